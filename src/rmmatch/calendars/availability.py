"""Availability as people write it, as slots of a rota cycle."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rmmatch.calendars.words import DAY_WORDS, DAYS, WEEKDAYS, Token, tokens_of

__all__ = ["Slot", "format_availability", "parse_availability", "suggested_availability"]

_SHORT_DAYS = tuple(day[:3].title() for day in DAYS)
_MINUTES_PER_DAY = 24 * 60  # exactness
_MAX_WEEK = 53  # of a rota cycle; limit of input
_WHOLE_DAY = (9 * 60, 17 * 60)
_ENDS_OF_DAY = (17 * 60, 20 * 60, 22 * 60)  # of a time without an end; wording
_AMBIGUOUS_HOURS = frozenset("123456")  # nearly everybody who writes 2-4 means the afternoon
_LAST_AMBIGUOUS_HOUR = 6
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

    Entries are separated by ``;`` or a new line: days, then times. ``am`` or morning is
    09:00-12:30, ``pm`` or afternoon 13:30-17:00, evening 17:00-20:00, noon 12:00, and no time at
    all 09:00-17:00. ``wk1`` before the days means that week of the cycle only. Time that is free
    every week is not repeated for a single week.

    Parameters
    ----------
    text : str
        Such as ``Mon 09:00-12:00; Wed, Fri pm``, ``wk1 Mon-Thu 9am-12pm``, ``Weekday evenings``
        or ``Tuesday morning, Thursday afternoon``.

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
    return _merge_slots(slot for entry in _entries(text) for slot in _slots_of(entry))


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


def suggested_availability(text: str) -> str | None:
    """Return what somebody may have meant, as text that `parse_availability` reads.

    It is a guess to show, not to use.

    Parameters
    ----------
    text : str
        That `parse_availability` refuses.

    Returns
    -------
    str or None
        None where even a guess is not possible.

    Examples
    --------
    >>> suggested_availability("Mon 9-5"), suggested_availability("Tue after 5pm")
    ('Mon 09:00-17:00', 'Tue 17:00-20:00')
    >>> suggested_availability("flexible"), suggested_availability("not sure yet")
    ('weekdays 09:00-17:00', None)
    """
    slots: list[Slot] = []
    for entry in _entries(text):
        try:
            slots += _slots_of(entry)
        except ValueError:
            try:
                slots += _EntryParser(entry, is_guess=True).slots()
            except ValueError:
                return None
    return _short_text(_merge_slots(slots)) if slots else None


def _short_text(slots: Sequence[Slot]) -> str:
    """Return slots as text, with one entry for days that are alike."""
    by_time: dict[tuple[int | None, int, int], list[int]] = defaultdict(list)
    for week, day, start, end in slots:
        by_time[week, start, end].append(day)
    names = {WEEKDAYS: "weekdays", (5, 6): "weekends", tuple(range(7)): "every day"}
    entries = []
    for (week, start, end), days in by_time.items():
        text = format_availability([Slot(week, days[0], start, end)])
        name = names.get(tuple(days)) or ", ".join(_SHORT_DAYS[day] for day in days)
        entries.append(text.replace(_SHORT_DAYS[days[0]], name, 1))
    return "; ".join(entries)


def _entries(text: str) -> Iterator[str]:
    return (entry.strip() for entry in re.split(r"[;\n\r|•]", text) if entry.strip())


@lru_cache(maxsize=4096)  # half a cohort writes "Wed pm"
def _slots_of(entry: str) -> tuple[Slot, ...]:
    return tuple(_EntryParser(entry).slots())


class _EntryParser:
    """Reads one entry: an optional week, then groups of days followed by their times.

    Parameters
    ----------
    entry : str
    is_guess : bool
        Whether what may mean several things is taken for the likeliest.
    """

    def __init__(self, entry: str, *, is_guess: bool = False) -> None:
        self._entry = entry
        self._is_guess = is_guess
        self._tokens = list(tokens_of(entry, is_guess=is_guess))
        self._index = 0

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the entry.

        Raises
        ------
        ValueError
            Something is not understood; the message quotes it.
        """
        week = None
        if self._kinds(1) == ["week"]:
            week = self._next().number
            if not 1 <= week <= _MAX_WEEK:
                raise self._error(f"weeks run from 1 to {_MAX_WEEK}")
        if self._kinds(1) != ["day"] and not (self._is_guess and self._tokens):
            raise self._error("no day before the time")
        while self._index < len(self._tokens):
            days = self._days()
            ranges = self._ranges()
            for day in days:
                for start, end in ranges or [_WHOLE_DAY]:
                    yield Slot(week, day, start, end)

    def _kinds(self, count: int, ahead: int = 0) -> list[str]:
        start = self._index + ahead
        return [token.kind for token in self._tokens[start : start + count]]

    def _next(self) -> Token:
        self._index += 1
        return self._tokens[self._index - 1]

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"{self._entry!r}: {reason}")

    def _days(self) -> list[int]:
        days: list[int] = []
        while self._kinds(1) == ["day"]:
            named = DAY_WORDS[self._next().text]
            if self._kinds(2) == ["dash", "day"]:
                self._next()
                last = DAY_WORDS[self._next().text]
                if len(named) > 1 or len(last) > 1 or last < named:
                    raise self._error("the range of days must run forward, as in Mon-Fri")
                named = tuple(range(named[0], last[0] + 1))
            days.extend(named)
        if not days:
            if self._is_guess and self._index == 0 and self._kinds(1)[0] not in ("dash", "week"):
                return [*WEEKDAYS]
            raise self._error(f"{self._tokens[self._index].text!r} is out of place")
        return days

    def _ranges(self) -> list[_Range]:
        ranges: list[_Range] = []
        while self._kinds(1) and self._kinds(1)[0] not in ("day", "week", "dash"):
            if self._kinds(1) == ["part"]:
                part = self._next()
                # In "evenings 6-8" the part says which 6 and which 8 are meant.
                if self._kinds(3) == ["time", "dash", "time"] and not self._is_apart():
                    ranges.append(self._time_range(part))
                else:
                    ranges.append(part.span)
            elif self._kinds(3) == ["time", "dash", "time"]:
                part_after = self._kinds(1, ahead=3) == ["part"] and not self._is_apart(ahead=3)
                ranges.append(
                    self._time_range(self._tokens[self._index + 3] if part_after else None)
                )
                self._index += part_after
            elif self._is_guess:
                ranges.append(self._guessed_range())
            else:
                raise self._error(f"{self._next().text!r} needs a start and an end")
        return ranges

    def _is_apart(self, ahead: int = 0) -> bool:
        return self._tokens[self._index + ahead].is_apart

    def _guessed_range(self) -> _Range:
        token = self._next()
        if token.kind == "anytime":
            return _WHOLE_DAY
        limit = token.kind
        if limit != "time" and self._kinds(1) == ["time"]:
            token = self._next()
        elif limit == "time" and self._kinds(1) == ["after"]:
            limit = self._next().kind
        if token.kind != "time":
            raise self._error(f"{token.text!r} is out of place")
        time = self._guessed_minutes(token)
        if limit == "before":
            return min(_WHOLE_DAY[0], time - 60), time
        if limit == "after":
            return time, next(end for end in (*_ENDS_OF_DAY, _MINUTES_PER_DAY) if end > time)
        return time, time + 60

    def _guessed_minutes(self, token: Token) -> int:
        minutes = self._minutes(token, token.half)
        is_early = not token.half and 1 <= token.number <= _LAST_AMBIGUOUS_HOUR
        minutes += _MINUTES_PER_DAY // 2 * is_early
        if not 60 <= minutes <= _MINUTES_PER_DAY - 60:
            raise self._error(f"{token.text} is not a time")
        return minutes

    def _time_range(self, part: Token | None) -> _Range:
        first = self._next()
        self._next()
        last = self._next()
        if part is not None and not first.half and not last.half:
            return self._range_in_part(first, last, part)
        end = self._minutes(last, last.half)
        if not first.half and last.half and 1 <= first.number <= 12:
            # In 1-3pm the first time is meant as pm too; in 9-1pm it cannot be.
            start = self._minutes(first, last.half)
            if start >= end:
                start = self._minutes(first, "am")
        else:
            start = self._minutes(first, first.half)
        is_ambiguous = (
            not (first.half or last.half)
            and first.number <= _LAST_AMBIGUOUS_HOUR
            and first.text[:1] in _AMBIGUOUS_HOURS
        )
        if self._is_guess:
            start += _MINUTES_PER_DAY // 2 * (is_ambiguous and first.number > 0)
            if start >= end and not last.half:
                end += _MINUTES_PER_DAY // 2
        if not start < end <= _MINUTES_PER_DAY:
            raise self._error("the end is not after the start")
        if is_ambiguous and not self._is_guess:
            hour = first.number
            raise self._error(f"{hour} can mean two times, write {hour:02}:00 or {hour + 12}:00")
        return start, end

    def _range_in_part(self, first: Token, last: Token, part: Token) -> _Range:
        """Return the times that are meant in a morning, an afternoon or an evening."""
        start, end = self._minutes(first, ""), self._minutes(last, "")
        if part.span[0] >= _MINUTES_PER_DAY // 2:
            start += _MINUTES_PER_DAY // 2 * (1 <= first.number < 12)
            end += _MINUTES_PER_DAY // 2 * (1 <= last.number < 12)
        if start >= end:
            raise self._error("the end is not after the start")
        if start >= part.span[1] or end <= part.span[0]:
            raise self._error(f"{first.text}-{last.text} is not in the {part.text}")
        return start, end

    def _minutes(self, token: Token, half: str) -> int:
        hour, minute = token.number, token.minute
        if half == "am" and hour == 12:
            raise self._error("12am can mean two times, write 00:00, 12:00 or 24:00")
        if half and not 1 <= hour <= 12:
            raise self._error(f"{token.text} is not a time")
        if half == "pm" and hour < 12:
            hour += 12
        if minute > 59 or hour * 60 + minute > _MINUTES_PER_DAY:
            raise self._error(f"{token.text} is not a time")
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
