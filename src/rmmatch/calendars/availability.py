"""Availability as people write it, as slots of a rota cycle."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rmmatch.spelling import fold

__all__ = ["Slot", "format_availability", "parse_availability"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = tuple(day[:3].title() for day in _DAYS)
_DAY_WORDS: dict[str, tuple[int, ...]] = {
    **{day: (index,) for index, day in enumerate(_DAYS)},
    **{day[:3]: (index,) for index, day in enumerate(_DAYS)},
    "tues": (1,),
    "weds": (2,),
    "thur": (3,),
    "thurs": (3,),
    **dict.fromkeys(("weekday", "weekdays"), (0, 1, 2, 3, 4)),
    **dict.fromkeys(("weekend", "weekends"), (5, 6)),
}
_MINUTES_PER_DAY = 24 * 60  # exactness
_MAX_WEEK = 53  # of a rota cycle; limit of input
# What words for a part of a day mean, as start and end in minutes after midnight.
_MORNING = (9 * 60, 12 * 60 + 30)
_AFTERNOON = (13 * 60 + 30, 17 * 60)
_WHOLE_DAY = (9 * 60, 17 * 60)
_AMBIGUOUS_HOURS = frozenset("123456")  # nearly everybody who writes 2-4 means the afternoon
_HALF_DAYS = {"am": _MORNING, "pm": _AFTERNOON}
_TOKEN = re.compile(
    r"(?P<week>(?:wk|week)\s*(?P<number>[0-9]+)\b)"
    r"|(?P<time>(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s?(?P<half>[ap]m\b)?(?![0-9]))"
    r"|(?P<dash>to\b|-)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<skip>[\s,/&:.]+)"
)
_Range = tuple[int, int]  # start and end, minutes after midnight


class Slot(NamedTuple):
    """A stretch of free time in a week.

    Attributes
    ----------
    week : int or None
        Week of the cycle, from 1; None means every week.
    day : int
        0 is Monday.
    start, end : int
        Minutes after midnight, ``start < end``.
    """

    week: int | None
    day: int
    start: int
    end: int


def parse_availability(text: str) -> tuple[Slot, ...]:
    """Return the free time a text describes, sorted and without overlaps.

    Entries are separated by ``;`` or a new line: days, then times; ``am`` is 09:00-12:30, ``pm``
    13:30-17:00, no time at all 09:00-17:00; ``wk1`` before the days means that week of the cycle
    only. Time that is free every week is not repeated for a single week.

    Parameters
    ----------
    text : str
        Such as ``Mon 09:00-12:00; Wed, Fri pm`` or ``wk1 Mon-Thu 9am-12pm``.

    Returns
    -------
    tuple of Slot
        Sorted by week (every week first), day and start.

    Raises
    ------
    ValueError
        Some of the text is not understood; the message quotes that part.

    Examples
    --------
    >>> parse_availability("Tue am")
    (Slot(week=None, day=1, start=540, end=750),)
    >>> format_availability(parse_availability("mon/wed 9-10, 9:30-11; wk2 Sun pm"))
    'Mon 09:00-11:00; Wed 09:00-11:00; wk2 Sun 13:30-17:00'
    """
    entries = re.split(r"[;\n\r]", text)
    return _merge_slots(
        slot for entry in entries if entry.strip() for slot in _slots_of(entry.strip())
    )


def format_availability(slots: Iterable[Slot]) -> str:
    """Return slots as text that `parse_availability` reads back.

    Parameters
    ----------
    slots : iterable of Slot
        In the order in which they are to be written.

    Examples
    --------
    >>> format_availability([Slot(None, 2, 780, 900), Slot(1, 0, 540, 720)])
    'Wed 13:00-15:00; wk1 Mon 09:00-12:00'
    """
    return "; ".join(
        f"{'' if week is None else f'wk{week} '}{_SHORT_DAYS[day]} "
        f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        for week, day, start, end in slots
    )


@lru_cache(maxsize=4096)  # half a cohort writes "Wed pm"
def _slots_of(entry: str) -> tuple[Slot, ...]:
    return tuple(_parse_entry(entry))


def _parse_entry(entry: str) -> Iterator[Slot]:
    """Read one entry: an optional week, then groups of days followed by their times."""
    tokens = list(_tokens(entry))
    week = None
    if tokens and tokens[0][0] == "week":
        week = int(tokens.pop(0)[1].group("number"))
        if not 1 <= week <= _MAX_WEEK:
            raise ValueError(f"{entry!r}: weeks run from 1 to {_MAX_WEEK}")
    if not tokens or tokens[0][0] != "day":
        raise ValueError(f"{entry!r}: no day before the time")
    index = 0
    while index < len(tokens):
        days, index = _parse_days(tokens, index, entry)
        ranges, index = _parse_ranges(tokens, index, entry)
        for day in days:
            for start, end in ranges or [_WHOLE_DAY]:
                yield Slot(week, day, start, end)


def _tokens(entry: str) -> Iterator[tuple[str, re.Match[str]]]:
    text = fold(entry)
    index = 0
    while index < len(text):
        match = _TOKEN.match(text, index)
        if match is None:
            raise ValueError(f"{entry!r}: {text[index:].split()[0]!r} is not understood")
        index = match.end()
        kind = str(match.lastgroup)
        if kind == "word":
            word = match.group("word")
            kind = "half" if word in _HALF_DAYS else "skip" if word == "and" else "day"
            if kind == "day" and word not in _DAY_WORDS:
                raise ValueError(f"{entry!r}: {word!r} is not a day, nor am or pm")
        if kind != "skip":
            yield kind, match


def _parse_days(
    tokens: list[tuple[str, re.Match[str]]], index: int, entry: str
) -> tuple[list[int], int]:
    days: list[int] = []
    while index < len(tokens) and tokens[index][0] == "day":
        named = _DAY_WORDS[tokens[index][1].group("word")]
        index += 1
        if [kind for kind, _ in tokens[index : index + 2]] == ["dash", "day"]:
            last = _DAY_WORDS[tokens[index + 1][1].group("word")]
            if len(named) > 1 or len(last) > 1 or last < named:
                raise ValueError(f"{entry!r}: the range of days must run forward, as in Mon-Fri")
            named = tuple(range(named[0], last[0] + 1))
            index += 2
        days.extend(named)
    if not days:
        raise ValueError(f"{entry!r}: {tokens[index][1].group().strip()!r} is out of place")
    return days, index


def _parse_ranges(
    tokens: list[tuple[str, re.Match[str]]], index: int, entry: str
) -> tuple[list[_Range], int]:
    ranges: list[_Range] = []
    while index < len(tokens) and tokens[index][0] in ("half", "time"):
        kind, match = tokens[index]
        if kind == "half":
            ranges.append(_HALF_DAYS[match.group("word")])
            index += 1
        elif [kind for kind, _ in tokens[index + 1 : index + 3]] == ["dash", "time"]:
            ranges.append(_to_range(match, tokens[index + 2][1], entry))
            index += 3
        else:
            raise ValueError(f"{entry!r}: {match.group().strip()!r} needs a start and an end")
    return ranges, index


def _to_range(first: re.Match[str], last: re.Match[str], entry: str) -> _Range:
    end = _to_minutes(last, last.group("half"), entry)
    half = first.group("half")
    if half is None and last.group("half") and 1 <= int(first.group("hour")) <= 12:
        # In 1-3pm the first time is meant as pm too; in 9-1pm it cannot be.
        start = _to_minutes(first, last.group("half"), entry)
        if start >= end:
            start = _to_minutes(first, "am", entry)
    else:
        start = _to_minutes(first, half, entry)
    if start >= end:
        raise ValueError(f"{entry!r}: the end is not after the start")
    if not (first.group("half") or last.group("half")) and first.group("hour") in _AMBIGUOUS_HOURS:
        hour = int(first.group("hour"))
        raise ValueError(
            f"{entry!r}: {hour} can mean two times, write {hour:02}:00 or {hour + 12}:00"
        )
    return start, end


def _to_minutes(match: re.Match[str], half: str | None, entry: str) -> int:
    hour, minute = int(match.group("hour")), int(match.group("minute") or 0)
    if half == "am" and hour == 12:
        raise ValueError(f"{entry!r}: 12am can mean two times, write 00:00, 12:00 or 24:00")
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{entry!r}: {match.group().strip()} is not a time")
    if half == "pm" and hour < 12:
        hour += 12
    if minute > 59 or hour * 60 + minute > _MINUTES_PER_DAY:
        raise ValueError(f"{entry!r}: {match.group().strip()} is not a time")
    return hour * 60 + minute


def _merge_slots(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Sort, join what touches, and cut from single weeks what is free every week."""
    by_day: dict[tuple[int, int], list[_Range]] = defaultdict(list)
    for week, day, start, end in sorted((slot.week or 0, *slot[1:]) for slot in slots):
        ranges = by_day[week, day]
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return tuple(
        Slot(week or None, day, start, end)
        for (week, day), ranges in by_day.items()
        for start, end in (_subtract_ranges(ranges, by_day.get((0, day), [])) if week else ranges)
    )


def _subtract_ranges(ranges: list[_Range], taken: list[_Range]) -> list[_Range]:
    for low, high in taken:
        before = [(start, min(end, low)) for start, end in ranges]
        after = [(max(start, high), end) for start, end in ranges]
        ranges = sorted((start, end) for start, end in before + after if start < end)
    return ranges
