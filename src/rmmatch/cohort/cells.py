"""The text of cells: missing data, whole numbers, yes and no, what a spreadsheet would compute."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rmmatch.files.table_limits import MAX_CELL_CHARACTERS, SHORTEN_REMEDY
from rmmatch.files.tables import FORMULA_STARTS
from rmmatch.spelling import fold

__all__ = [
    "LIST_SEPARATOR",
    "MISSING",
    "YES_NO",
    "OverfullCell",
    "clean",
    "list_items",
    "outside_brackets",
    "overfull_cells",
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
# Between several answers in one cell; also as a keyboard of another script has them.
LIST_SEPARATOR = re.compile("[;|•\n\r\v\f\x1c-\x1e\x85\u2028\u2029\u037e；﹔｜]")
_OPENING, _CLOSING = "([{（", ")]}）"
_MAX_ANSWERS_PER_CELL = 1_000  # limit of input
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
    >>> clean(" ST3 "), clean("n/a"), clean("N/A;"), clean("")
    ('ST3', None, None, None)
    """
    text = unquoted(text)
    bare = text.strip("; |•") or text  # a form ends its only choice, "N/A;", as it ends a list
    return None if len(bare) <= _MAX_MISSING_CHARACTERS and fold(bare) in MISSING else text


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


def list_items(cell: str) -> list[str]:
    r"""Return the several answers in a cell, in order: between ``;``, ``|``, ``•`` and line breaks.

    A comma may be a part of an answer, and separates nothing here.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> list_items("• Teaching\n• Digital, data and AI"), list_items("leadership;; research |")
    (['Teaching', 'Digital, data and AI'], ['leadership', 'research'])
    """
    return [item for item in map(str.strip, LIST_SEPARATOR.split(cell)) if item]


def outside_brackets(text: str, separator: re.Pattern[str]) -> list[str]:
    """Return what stands between separators, of which those in brackets do not count.

    Parameters
    ----------
    text : str
    separator : re.Pattern

    Examples
    --------
    >>> outside_brackets("Statistics, Writing (papers, posters)", re.compile(","))
    ['Statistics', 'Writing (papers, posters)']
    """
    depths, depth = [], 0
    for sign in text:
        depth = max(0, depth + (sign in _OPENING) - (sign in _CLOSING))
        depths.append(depth)
    # A bracket that is never closed protects nothing: it would swallow what comes after.
    parts, start = [], 0
    for match in separator.finditer(text):
        if depth or not depths[match.start()]:
            parts.append(text[start : match.start()])
            start = match.end()
    return [part for part in map(str.strip, (*parts, text[start:])) if part]


class OverfullCell(NamedTuple):
    """A cell of a column that holds more than a cell may.

    Attributes
    ----------
    place : int
        Of the cell in its column, from 0.
    reason, remedy, code : str
        As in `rmmatch.errors.Problem`.
    """

    place: int
    reason: str
    remedy: str
    code: str


def overfull_cells(cells: Sequence[str | None]) -> Iterator[OverfullCell]:
    """Yield the cells of a column that hold more than a cell may.

    Parameters
    ----------
    cells : sequence of str or None
        The column; None where a cell is missing.

    Examples
    --------
    >>> [each.place for each in overfull_cells(["teaching", None, "a;" * 1000, "a|" * 1001])]
    [3]
    """
    # A cell of fewer characters cannot hold that many answers, and most columns have no longer one.
    min_characters = 2 * _MAX_ANSWERS_PER_CELL + 1
    if max(map(len, filter(None, cells)), default=0) < min_characters:
        return
    for place, cell in enumerate(cells):
        if cell is None or len(cell) < min_characters:
            continue
        if len(cell) > MAX_CELL_CHARACTERS:
            reason = f"has {len(cell):,} characters; a cell may have {MAX_CELL_CHARACTERS:,}"
            yield OverfullCell(place, reason, SHORTEN_REMEDY, code="cell_too_long")
        else:
            count = len(list_items(cell))
            if count > _MAX_ANSWERS_PER_CELL:
                reason = f"has {count:,} answers; a cell may have {_MAX_ANSWERS_PER_CELL:,}"
                remedy = "keep the answers that matter, with ';' between them"
                yield OverfullCell(place, reason, remedy, code="too_many_answers")
