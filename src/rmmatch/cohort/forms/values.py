"""Which texts are values of a standard column, and what the words for a tick are."""

from __future__ import annotations

from rmmatch.calendars.availability import parse_availability
from rmmatch.cohort.cells import parse_whole_number, parse_yes_no
from rmmatch.cohort.side import STATUSES
from rmmatch.spelling import fold

__all__ = ["BOTH", "BUSY", "FREE", "TICKED", "UNTICKED", "expected_text", "is_checked", "is_valid"]

BOTH = "both"
TICKED = frozenset(
    {"1", "1.0", "x", "✓", "✔", "☑", "☒", "yes", "y", "true"}
    | {"checked", "ticked", "selected", "on"}
)
UNTICKED = frozenset(
    {"0", "0.0", "no", "n", "false", "☐"} | {"unchecked", "not checked", "not selected", "off"}
)
FREE = TICKED | {"free", "available"}
BUSY = UNTICKED | {"busy", "unavailable", "not available", "not free"}

_EXPECTED = {
    **dict.fromkeys(("capacity", "min_load", "priority"), "a whole number"),
    "attended_training": "yes or no",
    "status": ", ".join(STATUSES),
    "role": "mentor, mentee or both",
    "availability": "times, as in Mon 09:00-12:00",
}


def is_checked(column: str) -> bool:
    """Whether only some texts may stand in a column.

    Parameters
    ----------
    column : str
        By its standard name.
    """
    return column in _EXPECTED


def expected_text(column: str) -> str:
    """Return what may stand in a column that `is_checked`.

    Parameters
    ----------
    column : str
        By its standard name.
    """
    return _EXPECTED[column]


def is_valid(column: str, text: str) -> bool:
    """Whether a text is a value of a column; False for columns that take any text.

    Parameters
    ----------
    column : str
        By its standard name.
    text : str

    Examples
    --------
    >>> is_valid("capacity", "2"), is_valid("role", "Both"), is_valid("grade", "ST3")
    (True, True, False)
    """
    try:
        if column in ("capacity", "min_load", "priority"):
            parse_whole_number(text)
        elif column == "attended_training":
            parse_yes_no(text)
        elif column == "availability":
            parse_availability(text)
        elif column == "status":
            return fold(text) in STATUSES
        else:
            return column == "role" and fold(text) in ("mentor", "mentee", BOTH)
    except ValueError:
        return False
    return True
