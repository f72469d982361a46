"""Availability text: the documented forms, what it means, and that it can be written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.calendars.availability import (
    format_availability,
    parse_availability,
    suggested_availability,
)
from rmmatch.cohort import Slot

WEEKDAYS = range(5)


def slots(*parts: tuple[int, str, str], week: int | None = None) -> tuple[Slot, ...]:
    def minutes(time: str) -> int:
        hour, minute = time.split(":")
        return int(hour) * 60 + int(minute)

    return tuple(Slot(week, day, minutes(start), minutes(end)) for day, start, end in parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Mon 09:00-12:00; Wed 13:00-17:00",
            slots((0, "9:00", "12:00"), (2, "13:00", "17:00")),
        ),
        ("Tue am", slots((1, "9:00", "12:30"))),
        ("Thu pm", slots((3, "13:30", "17:00"))),
        ("Fri", slots((4, "9:00", "17:00"))),
        ("weekdays 12:00-13:00", slots(*((day, "12:00", "13:00") for day in WEEKDAYS))),
        ("weekends", slots((5, "9:00", "17:00"), (6, "9:00", "17:00"))),
        ("wk1 Mon am", slots((0, "9:00", "12:30"), week=1)),
        ("Week 2 THURSDAY pm", slots((3, "13:30", "17:00"), week=2)),
        ("mon 9–12", slots((0, "9:00", "12:00"))),
        ("Mon: 9:30 to 11", slots((0, "9:30", "11:00"))),
        ("Mon 9am-12pm", slots((0, "9:00", "12:00"))),
        ("Mon 1-3pm", slots((0, "13:00", "15:00"))),
        ("Mon 11-1pm", slots((0, "11:00", "13:00"))),
        ("Mon 0-1pm", slots((0, "0:00", "13:00"))),
        ("Mon 09.00-09.45", slots((0, "9:00", "9:45"))),
        ("Mon, Wed am", slots((0, "9:00", "12:30"), (2, "9:00", "12:30"))),
        ("Mon/Wed am", slots((0, "9:00", "12:30"), (2, "9:00", "12:30"))),
        ("Mon and Wed am", slots((0, "9:00", "12:30"), (2, "9:00", "12:30"))),
        ("Mon-Fri pm", slots(*((day, "13:30", "17:00") for day in WEEKDAYS))),
        ("Mon 9-10, 14-15", slots((0, "9:00", "10:00"), (0, "14:00", "15:00"))),
        ("Mon am, Wed pm", slots((0, "9:00", "12:30"), (2, "13:30", "17:00"))),
        ("Wed 9-10\nMon 9-10", slots((0, "9:00", "10:00"), (2, "9:00", "10:00"))),
        ("Sun 22:00-24:00", slots((6, "22:00", "24:00"))),
        ("Mon 9-11; Mon 10-12; Mon 12-13", slots((0, "9:00", "13:00"))),
        ("", ()),
        # As people write it.
        ("Tuesdays", slots((1, "9:00", "17:00"))),
        ("Mondays and Wednesdays", slots((0, "9:00", "17:00"), (2, "9:00", "17:00"))),
        ("Mon morning", slots((0, "9:00", "12:30"))),
        (
            "Tuesday morning, Thursday afternoon",
            slots((1, "9:00", "12:30"), (3, "13:30", "17:00")),
        ),
        ("Mon morning and afternoon", slots((0, "9:00", "12:30"), (0, "13:30", "17:00"))),
        ("Weekday evenings", slots(*((day, "17:00", "20:00") for day in WEEKDAYS))),
        ("Friday's afternoon", slots((4, "13:30", "17:00"))),
        ("every Monday in the morning", slots((0, "9:00", "12:30"))),
        ("Fri 9:00 a.m. – 11:00", slots((4, "9:00", "11:00"))),
        ("Fri 9:00 A.M. - 11:00 A.M.", slots((4, "9:00", "11:00"))),
        ("Mon (9am-12pm)", slots((0, "9:00", "12:00"))),
        (
            "Monday (9am-12pm), Wednesday (1pm-5pm)",
            slots((0, "9:00", "12:00"), (2, "13:00", "17:00")),
        ),
        ("Tue noon-2pm", slots((1, "12:00", "14:00"))),
        ("Tue 10 to midday", slots((1, "10:00", "12:00"))),
        ("Tue 12 noon - 14:00", slots((1, "12:00", "14:00"))),
        ("Mon between 9am and 11am", slots((0, "9:00", "11:00"))),
        ("every day 12:00-13:00", slots(*((day, "12:00", "13:00") for day in range(7)))),
        ("every day", slots(*((day, "9:00", "17:00") for day in range(7)))),
        ("Mon evenings 6-8", slots((0, "18:00", "20:00"))),
        ("Mon 2-4 in the afternoon", slots((0, "14:00", "16:00"))),
        ("Mon am, 14-15", slots((0, "9:00", "12:30"), (0, "14:00", "15:00"))),
        ("Mon am|Tue pm", slots((0, "9:00", "12:30"), (1, "13:30", "17:00"))),
        ("• Mon am • Tue pm", slots((0, "9:00", "12:30"), (1, "13:30", "17:00"))),
    ],
)
def test_the_documented_forms(text: str, expected: tuple[Slot, ...]) -> None:
    assert parse_availability(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Mon 25:00", "needs a start and an end"),
        ("Mon 25:00-26:00", "26:00 is not a time"),
        ("Mon 12:00-09:00", "end is not after the start"),
        ("Mon 09:00-24:30", "24:30 is not a time"),
        ("Mon 09:75-11:00", "09:75 is not a time"),
        ("Mon 13pm-14", "13pm is not a time"),
        ("Mon 9-12am", "12am can mean two times"),
        ("Mon 2-4", "2 can mean two times, write 02:00 or 14:00"),
        ("Mon 9-12, Tue 1.30 to 3", "1 can mean two times"),
        ("9-12", "no day before the time"),
        ("wk1", "no day before the time"),
        ("wk0 Mon", "weeks run from 1 to 53"),
        ("wk54 Mon", "weeks run from 1 to 53"),
        ("Fri-Mon am", "must run forward"),
        ("weekdays-Sat am", "must run forward"),
        ("Mon 9-10-11", "'-' is out of place"),
        ("Mon 9-", "needs a start and an end"),
        ("Tuesday nights", "'nights' is neither a day nor a time"),
        ("not Mondays", "'not' is neither a day nor a time"),
        ("every other Monday", "'other' is neither a day nor a time"),
        ("Mon morning 14-15", "14-15 is not in the morning"),
        ("evenings", "no day before the time"),
        ("Mon 900-1200", "is not understood"),
        ("Mon ☕", "'☕' is not understood"),
    ],
)
def test_what_is_not_understood_is_quoted_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_availability(text)
    assert repr(text) in str(caught.value)


def test_time_free_every_week_is_not_repeated_for_one_week() -> None:
    assert format_availability(parse_availability("wk2 Mon 8-18; Mon 9-10")) == (
        "Mon 09:00-10:00; wk2 Mon 08:00-09:00; wk2 Mon 10:00-18:00"
    )


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Mon 9-5", "Mon 09:00-17:00"),
        ("Mon 2-4", "Mon 14:00-16:00"),
        ("Mon after 5pm", "Mon 17:00-20:00"),
        ("Mon, Tue 6pm+", "Mon, Tue 18:00-20:00"),
        ("Mon 9am onwards", "Mon 09:00-17:00"),
        ("Mon until noon", "Mon 09:00-12:00"),
        ("Mon am; Tue 9-5", "Mon 09:00-12:30; Tue 09:00-17:00"),
        ("wk2 Mon 9-5", "wk2 Mon 09:00-17:00"),
        ("flexible", "weekdays 09:00-17:00"),
        ("Any time", "weekdays 09:00-17:00"),
        ("evenings", "weekdays 17:00-20:00"),
        ("Mon lunchtime", "Mon 12:00-13:00"),
        ("not on Mondays", None),
        ("ask me", None),
    ],
)
def test_what_may_be_meant_is_suggested(text: str, suggestion: str | None) -> None:
    with pytest.raises(ValueError, match=r"'"):
        parse_availability(text)
    assert suggested_availability(text) == suggestion


@given(st.text(alphabet="mon tue after until 0123456789:-;,+apm", max_size=30))
def test_a_suggestion_can_be_read(text: str) -> None:
    suggestion = suggested_availability(text)
    if suggestion is not None:
        assert parse_availability(suggestion)


DAY_TEXTS = {"Mon": [0], "Tuesdays": [1], "weekdays": [0, 1, 2, 3, 4], "Sat and Sun": [5, 6]}
PART_TEXTS = {
    "morning": (540, 750),
    "afternoons": (810, 1020),
    "in the evening": (1020, 1200),
    "9:00 a.m. – noon": (540, 720),
    "(1pm-3pm)": (780, 900),
}


@given(
    st.lists(st.tuples(st.sampled_from(list(DAY_TEXTS)), st.sampled_from(list(PART_TEXTS)))),
    st.sampled_from([", ", "; ", "\n", " and "]),
)
def test_days_and_parts_of_days_are_read_in_any_number(
    entries: list[tuple[str, str]], joint: str
) -> None:
    read = parse_availability(joint.join(f"{days} {part}" for days, part in entries))
    expected = {
        (day, minute)
        for days, part in entries
        for day in DAY_TEXTS[days]
        for minute in range(*PART_TEXTS[part])
    }
    assert {(slot.day, minute) for slot in read for minute in range(slot.start, slot.end)} == (
        expected
    )


@st.composite
def any_slot(draw: st.DrawFn) -> Slot:
    start = draw(st.integers(0, 24 * 60 - 1))
    end = draw(st.integers(start + 1, 24 * 60))
    return Slot(draw(st.sampled_from([None, 1, 2])), draw(st.integers(0, 1)), start, end)


def minutes_by_week(written: tuple[Slot, ...] | list[Slot]) -> set[tuple[int, int, int]]:
    return {
        (week, slot.day, minute)
        for slot in written
        for week in ([1, 2] if slot.week is None else [slot.week])
        for minute in range(slot.start, slot.end)
    }


@given(st.lists(any_slot(), max_size=6))
def test_any_slots_in_any_order_keep_their_minutes_and_come_back_disjoint(
    written: list[Slot],
) -> None:
    read = parse_availability(format_availability(written))
    assert minutes_by_week(read) == minutes_by_week(written)
    assert list(read) == sorted(read, key=lambda slot: (slot.week or 0, *slot[1:]))
    one_week = [sum(s.end - s.start for s in read if s.week in (None, week)) for week in (1, 2)]
    assert sum(one_week) == len(minutes_by_week(read))
    assert parse_availability(format_availability(read)) == read


@given(st.text(alphabet="monweda am pm 0123456789:-;,wk/", max_size=30))
def test_any_text_is_read_or_refused_and_what_is_read_is_canonical(text: str) -> None:
    try:
        read = parse_availability(text)
    except ValueError:
        return
    assert parse_availability(format_availability(read)) == read
    assert all(0 <= slot.start < slot.end <= 24 * 60 for slot in read)
