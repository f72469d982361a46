"""When answers were given: which column says so, and how its dates are read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from rmmatch.spelling import fold

__all__ = ["MONTHS", "DateOrder", "date_orders", "time_header", "time_of"]

DateOrder = Literal["day_first", "month_first"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Headers of the time of an answer, the surest first.
_TIME_HEADERS = (
    r"completion time|timestamp|submission date|submitted(?: at| on)?|date submitted|end ?date",
    r"recorded ?date|last modified time|.* timestamp|start ?(?:time|date)",
    r"(?:response )?(?:date|time)(?: of response)?|datestamp|created(?: at)?",
)
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


def time_header(headers: Iterable[str]) -> str:
    """Return the header of the time at which an answer was given; empty where there is none.

    Parameters
    ----------
    headers : iterable of str

    Examples
    --------
    >>> time_header(["ID", "Start time", "Completion time", "Email"])
    'Completion time'
    """
    texts = {header: fold(header.replace("_", " ")) for header in headers}
    return next(
        (
            header
            for pattern in _TIME_HEADERS
            for header, text in texts.items()
            if re.fullmatch(pattern, text)
        ),
        "",
    )


class DateOrders(NamedTuple):
    """What the dates of a column say of the order of day and month.

    Attributes
    ----------
    n_open : int
        Dates that could be read in either order, and are two days then.
    n_day_first, n_month_first : int
        Dates that can only be read in this order.
    """

    n_open: int
    n_day_first: int
    n_month_first: int

    @property
    def order(self) -> DateOrder | None:
        """The order that some dates have and none contradicts; None where there is none."""
        if bool(self.n_day_first) == bool(self.n_month_first):
            return None
        return "day_first" if self.n_day_first else "month_first"


def date_orders(texts: Iterable[str | None]) -> DateOrders:
    """Return what texts say of the order of day and month.

    Parameters
    ----------
    texts : iterable of str or None

    Examples
    --------
    >>> date_orders(["11/6/2026 08:31", "25/6/2026 08:31"])
    DateOrders(n_open=1, n_day_first=1, n_month_first=0)
    """
    n_open = n_day_first = n_month_first = 0
    for text in texts:
        match = _YEAR_LAST.fullmatch((text or "").strip())
        if match:
            first, second = int(match["a"]), int(match["b"])
            n_day_first += first > 12 >= second
            n_month_first += second > 12 >= first
            n_open += first <= 12 and second <= 12 and first != second
    return DateOrders(n_open, n_day_first, n_month_first)


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
    if match and (month := fold(match["month"])[:3]) in MONTHS:
        return _time(match, MONTHS.index(month) + 1, int(match["a"]))
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
