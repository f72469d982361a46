"""Which sheet of a workbook has the table, where none is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from itertools import islice
from typing import NamedTuple

from rmmatch.cohort.tables.layouts import first_headers, header_fit, header_index
from rmmatch.cohort.tables.objects import cell_text
from rmmatch.files import workbooks
from rmmatch.files.table_limits import UnreadableError

__all__ = ["sheet_of", "sheet_records"]

_MAX_SHEETS = 50  # that are looked into; limit of input
_MAX_HEAD_ROWS = 40  # within which the headers are; limit of input


class _SheetHead(NamedTuple):
    """The first rows of a sheet: which has the headers, and how well they fit."""

    name: str
    top: int
    header: list[str]
    fit: int

    def text(self) -> str:
        return f"{self.name!r} (row {self.top + 1}: {first_headers(self.header)})"


def sheet_records(data: bytes, sheet: str | None) -> list[list[str]]:
    """Return the cells of a sheet as text.

    Parameters
    ----------
    data : bytes
        Of the workbook.
    sheet : str or None
        Its name in any spelling; None for the first sheet.

    Raises
    ------
    UnreadableError, MissingExtraError
    """
    return [_texts(row) for row in workbooks.sheet_rows(data, sheet)]


def _texts(row: Sequence[object]) -> list[str]:
    return [cell if type(cell) is str else cell_text(cell) for cell in row]


def sheet_of(
    data: bytes,
    name: str,
    known_headers: Set[str],
    needed: Collection[Collection[str]],
    notes: list[str],
) -> str | None:
    """Return the sheet that has the table; None for the only one.

    It is the first one that can be seen, or else the only one with the headers that are needed.

    Parameters
    ----------
    data : bytes
        Of the workbook.
    name : str
        Of the file, for notes.
    known_headers : set of str
        Names of columns to expect.
    needed : collection of collection of str
        Of each, one must be there.
    notes : list of str

    Raises
    ------
    UnreadableError
        Several sheets could have the table.
    MissingExtraError
    """
    names = workbooks.visible_sheet_names(data)
    if len(names) < 2:
        return names[0] if names else None
    heads = [
        head
        for sheet in names[:_MAX_SHEETS]
        if (head := _head_of(data, sheet, known_headers, needed)) is not None
    ]
    fitting = [head for head in heads if head.fit]
    if not fitting and len(heads) > 1:
        # No header is known, as in an export whose questions nobody mapped yet: a form fills
        # several columns, and a sheet of explanations one.
        wide = [head for head in heads if sum(map(bool, head.header)) > 2]
        if needed or len(wide) != 1:
            raise _unclear(heads, needed)
        fitting = wide
    if not fitting:
        return heads[0].name if heads else names[0]
    chosen = fitting[0]
    if chosen.name != names[0]:
        if len(fitting) > 1:
            raise _unclear(fitting, needed)
        notes.append(f"{name}: the sheet {chosen.name!r} was read, the only one with such a table")
    elif len(fitting) > 1:
        sheets = ", ".join(repr(head.name) for head in fitting[1:])
        notes.append(
            f"{name}: the first sheet {chosen.name!r} was read; {sheets} "
            f"{'has' if len(fitting) == 2 else 'have'} a table too: write "
            f"'{name}#{fitting[1].name}' if it is meant"
        )
    return chosen.name


def _head_of(
    data: bytes, sheet: str, known_headers: Set[str], needed: Collection[Collection[str]]
) -> _SheetHead | None:
    """Look at the first rows of a sheet; None where it is empty or cannot be loaded."""
    try:
        rows = islice(workbooks.sheet_rows(data, sheet), _MAX_HEAD_ROWS)
        records = [_texts(row) for row in rows]
        top = header_index(records, known_headers)
    except UnreadableError as error:
        # Several rows fit: whoever reads the sheet will be asked which.
        if error.code != "no_header" or not isinstance(error.row, int):
            return None
        top = error.row - 1
    if top is None:
        return None
    return _SheetHead(sheet, top, records[top], header_fit(records[top], known_headers, needed))


def _unclear(heads: Sequence[_SheetHead], needed: Collection[Collection[str]]) -> UnreadableError:
    columns = " and ".join(repr(next(iter(names))) for names in needed)
    has_fit = any(head.fit for head in heads)
    if has_fit or not columns:
        reason = "several sheets could have the table"
    else:
        reason = f"no sheet has a column {columns}"
    return UnreadableError(
        f"{reason}: {'; '.join(head.text() for head in heads)}",
        f"name the sheet, as in 'file.xlsx#{heads[0].name}', or in the form with `sheet:` and "
        "`header:`" + ("" if has_fit else "; or say under `columns` which header it has"),
        code="which_sheet",
    )
