"""The times of answers, as workbooks and forms write them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from rmmatch.spelling import fold

__all__ = ["DateOrder", "date_order", "time_of"]

DateOrder = Literal["day_first", "month_first"]

_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = (
    r"(?:[\sT,]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?)?(?:\s*(?:z|utc|gmt|bst)?\s*(?:[+-]\d{1,2}:?\d{0,2})?)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[-/.](?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}}){_CLOCK}", re.I
)
_YEAR_LAST = re.compile(
    rf"(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d{{2}}){_CLOCK}", re.I
)
_DAY_MONTH = re.compile(
    rf"(?P<a>\d{{1,2}})[\s-]+(?P<month>[a-z]{{3,9}})[\s,-]+(?P<year>\d{{4}}){_CLOCK}", re.I
)
_MONTH_DAY = re.compile(
    rf"(?P<month>[a-z]{{3,9}})\s+(?P<a>\d{{1,2}}),?\s+(?P<year>\d{{4}}){_CLOCK}", re.I
)


class DateOrders(NamedTuple):
    """What the dates of a column say of the order of day and month.

    Attributes
    ----------
    has_open : bool
        Whether some date could be read in either order.
    day_first, month_first : bool
        Whether some date can only be read in this order.
    """

    has_open: bool
    day_first: bool
    month_first: bool


def date_order(texts: Iterable[str]) -> DateOrders:
    """Return what texts say of the order of day and month.

    Parameters
    ----------
    texts : iterable of str

    Examples
    --------
    >>> date_order(["11/6/2026 08:31", "25/6/2026 08:31"])
    DateOrders(has_open=True, day_first=True, month_first=False)
    """
    has_open = day_first = month_first = False
    for text in texts:
        match = _YEAR_LAST.fullmatch(text.strip())
        if match:
            first, second = int(match["a"]), int(match["b"])
            day_first |= first > 12
            month_first |= second > 12
            has_open |= first <= 12 and second <= 12 and first != second
    return DateOrders(has_open, day_first, month_first)


def time_of(text: str, order: DateOrder | None) -> datetime.datetime | None:
    """Return the time that a text names; None where it names none for sure.

    Parameters
    ----------
    text : str
    order : {'day_first', 'month_first'} or None
        Of day and month where both are numbers and the year is last.

    Examples
    --------
    >>> time_of("2026-10-03 12:00", None) == time_of("3/10/2026 12:00 pm", "day_first")
    True
    >>> time_of("3/10/2026", None) is None
    True
    """
    text = " ".join(text.split())
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return _time(match, int(match["a"]), int(match["b"]))
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, second = int(match["a"]), int(match["b"])
        if first == second or order == "day_first":
            return _time(match, second, first)
        return None if order is None else _time(match, first, second)
    match = _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if match and fold(match["month"])[:3] in _MONTHS:
        return _time(match, _MONTHS[fold(match["month"])[:3]], int(match["a"]))
    return None


def _time(match: re.Match[str], month: int, day: int) -> datetime.datetime | None:
    year = int(match["year"])
    hour, half = int(match["hour"] or 0), (match["half"] or "")[:1].lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + 12 * (half == "p")
    try:
        return datetime.datetime(
            year + 2000 * (year < 100),
            month,
            day,
            hour,
            int(match["minute"] or 0),
            int(match["second"] or 0),
        )
    except ValueError:
        return None
