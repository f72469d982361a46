"""How much a table may hold, and why one cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

__all__ = [
    "HALF_CHARACTER",
    "MAX_CELL_CHARACTERS",
    "MAX_COLUMNS",
    "OverfullCell",
    "Row",
    "UnreadableError",
    "half_character",
    "overfull_cells",
    "too_long_error",
    "without_halves",
]

Row: TypeAlias = "int | str"

MAX_CELL_CHARACTERS = 131_072  # as csv readers have it, Excel has 32,767; limit of input
MAX_COLUMNS = 16_384  # of a sheet in Excel; limit of input
_MAX_ANSWERS_PER_CELL = 1_000  # with ';' between them; limit of input

# The reason and remedy of a problem with the code `not_text`.
HALF_CHARACTER = "holds half of a character", "write it again, or mend the program that cut it"

_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORTEN_REMEDY = "shorten it, and check that nothing was pasted into it by mistake"


class UnreadableError(Exception):
    """Why a table as a whole cannot be read.

    Parameters
    ----------
    reason, remedy : str
    row : int or str
    value, code : str
        As in `rmmatch.errors.Problem`.
    """

    def __init__(
        self,
        reason: str,
        remedy: str,
        *,
        row: Row = "",
        value: str = "",
        code: str = "unreadable_table",
    ) -> None:
        self.row, self.value, self.reason, self.remedy = row, value, reason, remedy
        self.code = code
        super().__init__(reason)


def too_long_error(cell: str = "") -> UnreadableError:
    """Return the error for a table with a cell that is too long.

    Parameters
    ----------
    cell : str, optional
        What a spreadsheet calls it, such as B7.
    """
    row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) if cell else ""
    reason = f"{f'cell {cell}' if cell else 'a cell'} is over {MAX_CELL_CHARACTERS:,} characters"
    return UnreadableError(reason, _SHORTEN_REMEDY, row=row, code="cell_too_long")


def half_character(text: str) -> str:
    r"""Return the first half of a character in a text, which no file can hold; empty for none.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> half_character("M1\ud83d"), half_character("M1")
    ('U+D83D', '')
    """
    half = _SURROGATE.search(text)
    return f"U+{ord(half[0]):04X}" if half else ""


def without_halves(text: str) -> str:
    """Return a text with a replacement character in the place of each half of a character.

    Parameters
    ----------
    text : str
    """
    return _SURROGATE.sub("\ufffd", text)


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
    >>> [each.place for each in overfull_cells(["teaching", None, "a;" * 1000, "a;" * 1001])]
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
            yield OverfullCell(place, reason, _SHORTEN_REMEDY, code="cell_too_long")
        elif cell.count(";") >= _MAX_ANSWERS_PER_CELL:
            count = sum(1 for answer in cell.split(";") if answer.strip())
            if count > _MAX_ANSWERS_PER_CELL:
                reason = f"has {count:,} answers; a cell may have {_MAX_ANSWERS_PER_CELL:,}"
                remedy = "keep the answers that matter, with ';' between them"
                yield OverfullCell(place, reason, remedy, code="too_many_answers")
