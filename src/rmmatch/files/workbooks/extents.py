"""How far the filled cells of a sheet reach, told from its parts before it is loaded.

A reader of workbooks makes room for the whole rectangle from A1 to the last filled cell: one stray
cell at XFD1048576 asks for 17 thousand million. Cells that are only formatted take no room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from rmmatch.files.table_limits import UnreadableError

__all__ = [
    "Blocks",
    "Extent",
    "check_cells",
    "check_weight",
    "is_bearable",
    "is_light",
    "unclear_error",
]

Blocks = Callable[[], Iterable[bytes]]

_MAX_CELLS_UNCHECKED = 2_000_000  # no burden, whatever is in them; limit of input
_MAX_CELLS_WITH_STRAYS = 10_000_000  # of a rectangle that is thinly filled; limit of input
_MAX_CELLS = 50_000_000  # of any rectangle; limit of input
_MAX_CELLS_PER_FILLED = 100  # cells of a rectangle for each filled one; limit of input
_MAX_STRAY_CELLS = 100  # cells beyond all others that are no part of the table; wording
_MAX_CHARACTERS_UNCHECKED = 256 << 20  # characters of text that are no burden; limit of input
_MAX_CHARACTERS_PER_BYTE = 20  # characters for each byte of a sheet's part; limit of input


class Extent:
    """The filled cells of a sheet as they are met: how many, and how far they reach.

    Parameters
    ----------
    name : str, optional
        Of the sheet, for messages.

    Notes
    -----
    Rows and columns count from 1.
    """

    def __init__(self, name: str = "") -> None:
        self._sheet = f"the sheet {name!r}" if name else "the sheet"
        self._count = 0
        self._rows: Counter[int] = Counter()  # how many are in each
        self._columns: Counter[int] = Counter()
        self._lowest = self._rightmost = (0, 0)

    def add(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Count a filled cell, or a block of them.

        Parameters
        ----------
        row, column : int
            Of the first cell of the block, from 1.
        rows, columns : int
            Size of the block; nothing is counted where either is 0.
        """
        if not rows or not columns:
            return
        self._count += rows * columns
        last_row, last_column = row + rows - 1, column + columns - 1
        for index in {row, last_row}:
            self._rows[index] += columns
        for index in {column, last_column}:
            self._columns[index] += rows
        if last_row > self._lowest[0]:
            self._lowest = last_row, last_column
        if last_column > self._rightmost[1]:
            self._rightmost = last_row, last_column

    def check(self) -> None:
        """Refuse a rectangle that is far larger than what is in it.

        Raises
        ------
        UnreadableError
        """
        n_rows, n_columns = self._lowest[0], self._rightmost[1]
        size = n_rows * n_columns
        if is_bearable(size, self._count):
            return
        last_row, n_below = _split_at_gap(self._rows)
        last_column, n_aside = _split_at_gap(self._columns)
        n_far = n_below + n_aside if size > _MAX_CELLS_PER_FILLED * self._count else 0
        if size <= _MAX_CELLS_WITH_STRAYS and not 0 < n_far <= max(
            _MAX_STRAY_CELLS, self._count // 100
        ):
            return
        if not n_far:
            raise UnreadableError(
                f"{self._sheet} has {size:,} cells: {n_rows:,} rows, {n_columns:,} columns",
                "delete the columns that the scheme does not read, or save the sheet as csv",
                code="file_too_large",
            )
        strays = [self._lowest] * (n_below > 0) + [self._rightmost] * (n_aside > 0)
        names = " and ".join(dict.fromkeys(_cell_name(*stray) for stray in strays))
        if n_below > 1 or n_aside > 1:
            places = [f"below row {last_row}"] * (n_below > 0)
            places += [f"to the right of column {_letters(last_column)}"] * (n_aside > 0)
            remedy = f"delete the stray cells {' and '.join(places)}, such as {names}"
        else:
            remedy = f"delete the stray cell{'s' * (' and ' in names)} at {names}"
        raise UnreadableError(
            f"{self._sheet} reaches to {_cell_name(n_rows, n_columns)}, and of its "
            f"{size:,} cells only {self._count:,} hold anything",
            f"{remedy}; then save the workbook",
            row=strays[0][0],
            value=names,
            code="stray_cell",
        )


def check_cells(cells: Callable[[], Iterable[tuple[int, int]]]) -> None:
    """Refuse a sheet whose filled cells make a rectangle far larger than what is in it.

    Parameters
    ----------
    cells : callable
        Returns row and column of each anew.

    Raises
    ------
    UnreadableError
    """
    n_rows = n_columns = count = 0
    for row, column in cells():
        count += 1
        if row > n_rows:
            n_rows = row
        if column > n_columns:
            n_columns = column
    if not is_bearable(n_rows * n_columns, count):
        extent = Extent()
        for row, column in cells():
            extent.add(row, column)
        extent.check()


def is_bearable(size: int, count: int) -> bool:
    """Whether a rectangle of cells is no burden, or is filled well enough.

    Parameters
    ----------
    size : int
        Cells of the rectangle.
    count : int
        How many of them are filled.
    """
    return size <= max(_MAX_CELLS_UNCHECKED, min(_MAX_CELLS_PER_FILLED * count, _MAX_CELLS))


def _split_at_gap(filled: Mapping[int, int]) -> tuple[int, int]:
    """Return the last row or column before a gap of half the sheet, and the cells behind it."""
    places = [0, *sorted(filled)]
    gaps = [after - before for before, after in pairwise(places)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    is_gap = widest > 0 and gaps[widest] > places[-1] // 2
    behind = places[widest + 1 :] if is_gap else []
    return places[widest] if is_gap else places[-1], sum(filled[place] for place in behind)


def _cell_name(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell.

    Examples
    --------
    >>> _cell_name(1048576, 16384), _cell_name(7, 27)
    ('XFD1048576', 'AA7')
    """
    return f"{_letters(column)}{row}"


def _letters(column: int) -> str:
    text = ""
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(65 + letter) + text
    return text


def is_light(weight: int, n_bytes: int) -> bool:
    """Whether a sheet may hold so much text.

    Parameters
    ----------
    weight : int
        Characters of text in all its cells.
    n_bytes : int
        How long its part is.
    """
    return weight <= max(_MAX_CHARACTERS_UNCHECKED, _MAX_CHARACTERS_PER_BYTE * n_bytes)


def check_weight(weight: int, n_bytes: int) -> None:
    """Refuse a sheet in which the same text stands so often that it would fill the memory.

    Parameters
    ----------
    weight : int
        Characters of text in all its cells.
    n_bytes : int
        How long its part is.

    Raises
    ------
    UnreadableError
    """
    if not is_light(weight, n_bytes):
        raise UnreadableError(
            f"the sheet is small, and its cells together hold over {weight:,} characters",
            "delete long texts that stand in many cells",
            code="file_too_large",
        )


def unclear_error() -> UnreadableError:
    """Return the error for a workbook of which nobody can tell how far its sheets reach."""
    reason = "is written in a way that cannot be looked into"
    return UnreadableError(reason, "open it in a spreadsheet and save it again")
