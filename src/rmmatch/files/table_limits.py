"""How much a table may hold, and why one cannot be read."""

from __future__ import annotations

import re
from typing import TypeAlias

__all__ = [
    "HALF_CHARACTER",
    "MAX_CELL_CHARACTERS",
    "MAX_COLUMNS",
    "SHORTEN_REMEDY",
    "Row",
    "UnreadableError",
    "half_character",
    "too_long_error",
    "without_halves",
]

Row: TypeAlias = "int | str"

MAX_CELL_CHARACTERS = 131_072  # as csv readers have it, Excel has 32,767; limit of input
MAX_COLUMNS = 16_384  # of a sheet in Excel; limit of input

# The reason and remedy of a problem with the code `not_text`.
HALF_CHARACTER = "holds half of a character", "write it again, or mend the program that cut it"

_SURROGATE = re.compile("[\ud800-\udfff]")
SHORTEN_REMEDY = "shorten it, and check that nothing was pasted into it by mistake"


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
    return UnreadableError(reason, SHORTEN_REMEDY, row=row, code="cell_too_long")


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
