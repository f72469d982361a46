"""Tables as they come: csv files, sheets of a workbook, DataFrames, lists; all read as text."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from rmmatch.cohort.cells import clean, unquoted
from rmmatch.cohort.tables.delimited import (
    HEAD_BYTES,
    SAVE_AS_REMEDY,
    csv_records,
    decoded,
    header_line,
    undecoded_cells,
)
from rmmatch.cohort.tables.layouts import distinct_headers, header_index, layout_of
from rmmatch.cohort.tables.objects import cell_text, check_width, object_records
from rmmatch.cohort.tables.sheets import sheet_of, sheet_records
from rmmatch.errors import Problem, nearest
from rmmatch.files import workbooks
from rmmatch.files.access import access_fault
from rmmatch.files.row_numbers import row_list
from rmmatch.files.table_limits import (
    HALF_CHARACTER,
    Row,
    UnreadableError,
    half_character,
    without_halves,
)
from rmmatch.numeric import Text

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeIs

__all__ = ["RawTable", "Row", "TableLike", "cell_text", "is_table", "read_table", "sheet_names"]

TableLike: TypeAlias = (
    "str | os.PathLike[str] | pd.DataFrame | Iterable[Mapping[str, Any]] | RawTable"
)

_MAX_BYTES_PER_CHARACTER = 4  # in UTF-8; exactness
_WORKBOOK_SUFFIXES = ("xlsx", "xlsm", "xlsb", "xls", "ods")
_SHEET = re.compile(rf"(?is)(.+\.(?:{'|'.join(_WORKBOOK_SUFFIXES)}))#(.+)")


@dataclass(frozen=True)
class RawTable:
    """A table of text, as read.

    Attributes
    ----------
    name : str
        The file's name, with ``#sheet`` where a sheet was asked for.
    sha256 : str
        Of the file's bytes; of the csv text of a DataFrame or list.
    header : tuple of str
        As written, without the space around it; the second of two is ``Any comments? (2)``.
    columns : tuple of ndarray of object, shape (n_rows,)
        One per header; each entry a str, or None where the cell is missing.
    rows : list of int or str
        How a spreadsheet numbers each row; the index label in a DataFrame; from 1 in a list.
    questions : tuple of str
        The question under each header, where the export has a row of them; empty otherwise.
    foreign : frozenset of str
        Headers that a survey tool fills for itself: `Status` of Qualtrics is no column of ours.
    """

    name: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[Text, ...]
    rows: list[Row]
    questions: tuple[str, ...] = ()
    foreign: frozenset[str] = frozenset()


def read_table(
    source: TableLike,
    name: str,
    *,
    known_headers: Set[str],
    problems: list[Problem],
    notes: list[str],
    sheet: str = "",
    header: int | None = None,
    needed: Collection[Collection[str]] = (),
) -> RawTable | None:
    """Read one table, adding what is wrong with it to `problems`.

    Parameters
    ----------
    source : str, path, DataFrame, list of mapping or RawTable
        ``file.xlsx#Sheet name`` names a sheet; otherwise a workbook's first sheet is read, or the
        only one that fits. A table that was read already is returned as it is.
    name : str
        What to call a table that is no file.
    known_headers : set of str
        Names of columns to expect; they decide where two delimiters would do.
    problems, notes : list
        Both are added to.
    sheet : str
        Which sheet of a workbook is read, where `source` names none.
    header : int, optional
        The row of the headers as a spreadsheet numbers it; found where it is not given.
    needed : collection of collection of str
        Names of columns; a sheet that has the table has one of each.

    Returns
    -------
    RawTable or None
        None where nothing can be made of it; `problems` then says why.

    Raises
    ------
    MissingExtraError
        It is a workbook and python-calamine is not installed.
    TypeError
        `source` is neither a path nor a DataFrame, nor a list.
    """
    if isinstance(source, RawTable):
        return source
    faults: list[Problem] = []
    try:
        if isinstance(source, str | os.PathLike):
            path, named_sheet = _path_and_sheet(source)
            sheet = named_sheet or sheet
            name = path.name + (f"#{sheet}" if sheet else "")
            data = _bytes_of(path)
            digest = hashlib.sha256(data).hexdigest()
            if data.startswith(workbooks.MAGIC):
                if not sheet:
                    sheet = sheet_of(data, name, known_headers, needed, notes) or ""
                records = sheet_records(data, sheet or None)
            elif named_sheet or path.suffix.lower()[1:] in _WORKBOOK_SUFFIXES:
                raise UnreadableError("is not a workbook", "open it and save it as xlsx or csv")
            else:
                text = decoded(data, name, notes)
                records = csv_records(text, known_headers, name, notes)
                faults = undecoded_cells(records, name)
            labels: Sequence[Row] = range(1, len(records) + 1)
            if header is None:
                header = header_index(records, known_headers)
                header = None if header is None else header + 1
        else:
            records, labels = object_records(source)
            header = header or 1
            try:
                digest = _digest(records)
            except UnicodeEncodeError:
                faults = _replace_surrogates(records, labels, name)
                digest = _digest(records)
        problems.extend(faults)
        return _table(name, digest, records, labels, header, known_headers, problems, notes)
    except UnreadableError as error:
        problems.append(
            Problem(name, error.row, "", error.value, error.reason, error.remedy, code=error.code)
        )
        return None


def is_table(source: object) -> TypeIs[TableLike]:
    """Whether `source` is a path, a DataFrame, a list of mappings or a table that was read.

    Parameters
    ----------
    source : object
    """
    if isinstance(source, Sequence) and not isinstance(source, str):
        return bool(source) and isinstance(source[0], Mapping)
    return isinstance(source, str | os.PathLike | RawTable) or hasattr(source, "iloc")


def sheet_names(source: TableLike) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook; nothing for any other table.

    Parameters
    ----------
    source : path or DataFrame
        Nothing either where it names a sheet of a workbook.
    """
    if not isinstance(source, str | os.PathLike):
        return ()
    path, sheet = _path_and_sheet(source)
    try:
        data = _bytes_of(path)
        return () if sheet or not data.startswith(workbooks.MAGIC) else workbooks.sheet_names(data)
    except UnreadableError:
        return ()  # `read_table` will say why


# Files --------------------------------------------------------------------------------------


def _path_and_sheet(source: str | os.PathLike[str]) -> tuple[Path, str | None]:
    path = Path(source)
    match = _SHEET.fullmatch(os.fspath(source))
    if match is None or os.path.exists(path):
        return path, None
    return Path(match[1]), match[2]


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableError("is a folder", "name the file in it")
        if not path.exists():
            siblings = os.listdir(path.parent) if path.parent.is_dir() else []
            close_name = nearest(path.name, sorted(siblings))
            remedy = (
                f"did you mean {close_name!r}?" if close_name else "check the name and the folder"
            )
            raise UnreadableError("no such file", remedy, code="file_not_found")
        if path.name.startswith("~$"):
            raise UnreadableError(
                "is a mark that Excel leaves while a workbook is open, not the workbook",
                f"name the workbook: {path.name.removeprefix('~$')!r}",
            )
        if not path.is_file():
            raise UnreadableError("is not an ordinary file", "save it as csv or xlsx first")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            if len(head) == HEAD_BYTES and not head.startswith(workbooks.MAGIC):
                _check_head(head)
            return head + file.read() if head.startswith(workbooks.MAGIC) else _lines_of(head, file)
    except OSError as error:
        remedy = "check that it may be read, and is not locked"
        raise UnreadableError(*access_fault(error, "read", remedy)) from None


def _lines_of(head: bytes, file: BinaryIO) -> bytes:
    """Read on in a table of text, but not where a line has no end."""
    blocks, block = [], head
    n_bytes = n_lines = 0  # of the line that is being read, and before it
    while block:
        blocks.append(block)
        lines = block.count(b"\n") or block.count(b"\r")
        n_lines += lines
        last = max(block.rfind(b"\n"), block.rfind(b"\r")) if lines else -n_bytes
        n_bytes = len(block) - last
        if n_bytes > _MAX_BYTES_PER_CHARACTER * HEAD_BYTES:
            reason = f"line {n_lines + 1:,} is over 1 MB"
            raise UnreadableError(reason, "check for lost line breaks")
        block = file.read(HEAD_BYTES)
    return b"".join(blocks)


def _check_head(head: bytes) -> None:
    """Refuse a huge file that is not a table before the rest of it is read."""
    codec = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "latin-1"
    text = head.decode(codec, errors="replace")
    if "\0" in text:
        raise UnreadableError("holds NUL bytes: it is not a table of text", SAVE_AS_REMEDY)
    if header_line(text) is None:
        raise UnreadableError(
            "the header line is over 1 MB",
            "check for lost line breaks, and for a quotation mark that is never closed",
        )


# Workbooks and objects ----------------------------------------------------------------------


def _replace_surrogates(records: list[list[str]], labels: list[Row], name: str) -> list[Problem]:
    """Find halves of characters, which no file can hold, and put a replacement character in."""
    faults = []
    header = records[0]
    for label, record in zip(labels, records, strict=True):
        for place, cell in enumerate(record):
            if half := half_character(cell):
                record[place] = without_halves(cell)
                column, why = unquoted(header[place]), HALF_CHARACTER
                faults.append(Problem(name, label, column, half, *why, code="not_text"))
    return faults


def _digest(records: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(records)
    return hashlib.sha256(text.getvalue().encode()).hexdigest()


# Records to columns -------------------------------------------------------------------------


def _table(
    name: str,
    digest: str,
    records: list[list[str]],
    labels: Sequence[Row],
    header_row: int | None,
    known_headers: Set[str],
    problems: list[Problem],
    notes: list[str],
) -> RawTable:
    if not any(any(map(str.strip, record)) for record in records):
        raise UnreadableError("is empty", "give it a header line and a row for each person")
    top = (header_row or 1) - 1
    if top >= len(records) or not any(map(str.strip, records[top])):
        reason, remedy = "has no headers in this row", "write under `header:` the row they are in"
        raise UnreadableError(reason, remedy, row=header_row or "", code="no_header")
    check_width(len(records[top]))
    if header_row != 1 and any(any(map(str.strip, record)) for record in records[:top]):
        notes.append(f"{name}: the headers are in row {header_row}; what is above was passed over")
    layout = layout_of(records, top, labels, name, known_headers, problems, notes)
    header, width = layout.header, len(layout.header)
    body, rows = records[layout.start :], list(labels[layout.start :])
    if layout.skipped:
        body = [record for index, record in enumerate(body) if index not in layout.skipped]
        rows = [row for index, row in enumerate(rows) if index not in layout.skipped]
    short, long = [], []
    for index, record in enumerate(body):
        if len(record) == width:
            continue
        if len(record) < width and any(clean(cell) is not None for cell in record):
            short.append(rows[index])
        if any(clean(cell) is not None for cell in record[width:]):
            long.append(rows[index])
        body[index] = record[:width] + [""] * (width - len(record))
    if long:
        reason = "has cells" if len(long) == 1 else f"{len(long):,} rows have cells"
        remedy = "put quotation marks round cells that contain the separator, or add a header"
        reason += " beyond the last header"
        problems.append(Problem(name, row_list(long), "", "", reason, remedy, code="surplus_cells"))
    if short:
        count = f"{len(short)} rows have" if len(short) > 1 else "1 row has"
        notes.append(
            f"{name}: {count} fewer cells than the header (the first is row {short[0]}); the rest "
            "of such a row counts as empty"
        )

    cleaned = [_clean_cells(cells) for cells in zip(*body, strict=True)]
    columns = cleaned or [np.empty(0, dtype=object) for _ in header]
    blank = list(range(len(body)))
    for column in columns:
        blank = [index for index in blank if column[index] is None]
    if blank:
        notes.append(
            f"{name}: {len(blank)} blank row{'s were' * (len(blank) > 1) or ' was'} ignored"
        )
        columns = [np.delete(column, blank) for column in columns]
        ignored = set(blank)
        rows = [row for index, row in enumerate(rows) if index not in ignored]
    named = [place for place, title in enumerate(header) if title]
    notes.extend(
        f"{name}: column {place + 1} has no header and was ignored"
        for place in sorted(set(range(width)) - set(named))
        if any(cell is not None for cell in columns[place])
    )
    return RawTable(
        name,
        digest,
        tuple(distinct_headers([header[place] for place in named])),
        tuple(columns[place] for place in named),
        rows,
        tuple(layout.questions[place] for place in named) if any(layout.questions) else (),
        layout.foreign,
    )


def _clean_cells(cells: Sequence[str]) -> Text:
    texts = {cell: clean(cell) for cell in set(cells)}  # columns repeat values: one object each
    column = np.empty(len(cells), dtype=object)
    column[:] = [texts[cell] for cell in cells]
    return column
