"""The text of cells: missing data, whole numbers, yes and no, what a spreadsheet would compute."""

from __future__ import annotations

import re

from rmmatch.files.tables import FORMULA_STARTS
from rmmatch.spelling import fold

__all__ = [
    "MISSING",
    "YES_NO",
    "clean",
    "parse_whole_number",
    "parse_yes_no",
    "unquoted",
]

MISSING = frozenset({"", "-", "na", "n/a"})  # folded
YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0"), "no"),
}
_MAX_MISSING_CHARACTERS = 3  # of `MISSING`, so that most cells need not be folded; speed only
_MAX_NUMBER = 1_000_000  # sums of loads and priorities stay within 64 bits; limit of input


def unquoted(text: str) -> str:
    """Return a cell without the space around it, and without an apostrophe for spreadsheets.

    Files that rmmatch writes have one before what a spreadsheet would compute.

    Parameters
    ----------
    text : str
        A cell as it stands in the table.

    Examples
    --------
    >>> unquoted("'+44 7700 900000"), unquoted(" 'tis ")
    ('+44 7700 900000', "'tis")
    """
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def clean(text: str) -> str | None:
    """Return a cell as `unquoted` does; None where it means that data are missing.

    Parameters
    ----------
    text : str
        A cell as it stands in the table.

    Examples
    --------
    >>> clean(" ST3 "), clean("n/a"), clean("")
    ('ST3', None, None)
    """
    text = unquoted(text)
    return None if len(text) <= _MAX_MISSING_CHARACTERS and fold(text) in MISSING else text


def parse_whole_number(text: str) -> int:
    """Return a whole number from 0 to 1,000,000; ``2.0`` is 2.

    Parameters
    ----------
    text : str
        A cell that `clean` returned.

    Raises
    ------
    ValueError
        The text is anything else; the message says what is wrong with it.

    Examples
    --------
    >>> parse_whole_number("2.0")
    2
    """
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", text):
        raise ValueError("is not a number")
    integer, _, fraction = text.partition(".")
    if fraction.strip("0"):
        raise ValueError("is not a whole number")
    if text.startswith("-") and integer.strip("-0"):
        raise ValueError("is negative")
    digits = integer.lstrip("+-0") or "0"
    if len(digits) > len(str(_MAX_NUMBER)) or int(digits) > _MAX_NUMBER:
        raise ValueError(f"is over {_MAX_NUMBER:,}")
    return int(digits)


def parse_yes_no(text: str) -> str:
    """Return ``yes`` or ``no`` for yes/no, y/n, true/false, 1/0 in any case.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        The text is anything else.

    Examples
    --------
    >>> parse_yes_no("TRUE"), parse_yes_no("n")
    ('yes', 'no')
    """
    try:
        return YES_NO[fold(text)]
    except KeyError:
        raise ValueError("is neither yes nor no") from None
