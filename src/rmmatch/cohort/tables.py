"""Tables as they come: csv files, sheets of a workbook, DataFrames, lists; all read as text."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from rmmatch.cohort.cells import clean, unquoted
from rmmatch.cohort.columns import column_name
from rmmatch.cohort.objects import cell_text, check_width, object_records
from rmmatch.errors import Problem, nearest
from rmmatch.files import workbooks
from rmmatch.files.access import access_fault
from rmmatch.files.table_limits import (
    HALF_CHARACTER,
    MAX_COLUMNS,
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

_DELIMITERS = ",;\t|"
_MAX_BYTES_PER_CHARACTER = 4  # in UTF-8; exactness
_HEAD_BYTES = 1_048_576  # within which a line must end; limit of input
_WORKBOOK_SUFFIXES = ("xlsx", "xlsm", "xlsb", "xls", "ods")
_SHEET = re.compile(rf"(?is)(.+\.(?:{'|'.join(_WORKBOOK_SUFFIXES)}))#(.+)")
_UNDECODED = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of a byte
_SAVE_AS_REMEDY = "save it as 'CSV UTF-8' or as xlsx"


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
        As written, without the space around it.
    columns : tuple of ndarray of object, shape (n_rows,)
        One per header; each entry a str, or None where the cell is missing.
    rows : list of int or str
        How a spreadsheet numbers each row; the index label in a DataFrame; from 1 in a list.
    """

    name: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[Text, ...]
    rows: list[Row]


def read_table(
    source: TableLike,
    name: str,
    *,
    known_headers: Set[str],
    problems: list[Problem],
    notes: list[str],
    sheet: str = "",
    header: int | None = None,
) -> RawTable | None:
    """Read one table, adding what is wrong with it to `problems`.

    Parameters
    ----------
    source : str, path, DataFrame, list of mapping or RawTable
        ``file.xlsx#Sheet name`` names a sheet; otherwise a workbook's first sheet is read. A table
        that was read already is returned as it is.
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
                records = _sheet_records(data, sheet or None)
            elif named_sheet or path.suffix.lower()[1:] in _WORKBOOK_SUFFIXES:
                raise UnreadableError("is not a workbook", "open it and save it as xlsx or csv")
            else:
                text = _decode(data, name, notes)
                # Excel's own first line `sep=;` becomes an empty row: rows keep their numbers.
                text = _SEPARATOR.sub("\n", text, count=1)
                records = _records(text, _delimiter(text[:_HEAD_BYTES], known_headers))
                faults = _replace_undecoded(records, name)
            labels: Sequence[Row] = range(1, len(records) + 1)
        else:
            records, labels = object_records(source)
            try:
                digest = _digest(records)
            except UnicodeEncodeError:
                faults = _replace_surrogates(records, labels, name)
                digest = _digest(records)
        problems.extend(faults)
        return _table(name, digest, records, labels, problems, notes, header)
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
            head = file.read(_HEAD_BYTES)
            if len(head) == _HEAD_BYTES and not head.startswith(workbooks.MAGIC):
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
        if n_bytes > _MAX_BYTES_PER_CHARACTER * _HEAD_BYTES:
            reason = f"line {n_lines + 1:,} is over 1 MB"
            raise UnreadableError(reason, "check for lost line breaks")
        block = file.read(_HEAD_BYTES)
    return b"".join(blocks)


def _check_head(head: bytes) -> None:
    """Refuse a huge file that is not a table before the rest of it is read."""
    codec = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "latin-1"
    text = head.decode(codec, errors="replace")
    if "\0" in text:
        raise UnreadableError("holds NUL bytes: it is not a table of text", _SAVE_AS_REMEDY)
    if _header_line(text) is None:
        raise UnreadableError(
            "the header line is over 1 MB",
            "check for lost line breaks, and for a quotation mark that is never closed",
        )


def _decode(data: bytes, name: str, notes: list[str]) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise UnreadableError("starts as UTF-16 text and is not", _SAVE_AS_REMEDY) from None
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="surrogateescape")
            notes.append(f"{name}: it is not UTF-8 and was read as Windows-1252; check the accents")
    if "\0" in text:
        raise UnreadableError("holds NUL bytes: it is not a table of text", _SAVE_AS_REMEDY)
    return text


_SEPARATOR = re.compile(r'\A"?sep=[^\r\n]"?(\r\n|\r|\n)', re.IGNORECASE)

# csv ----------------------------------------------------------------------------------------


def _header_line(text: str) -> str | None:
    """Return the first line that is not blank, with line breaks in quotes; None if it is cut."""
    line_parts: list[str] = []
    is_open = False
    for line in io.StringIO(text, newline=""):
        line_parts.append(line)
        is_open ^= line.count('"') % 2 == 1
        if not is_open and line.endswith(("\n", "\r")):
            if any(line_part.strip() for line_part in line_parts):
                return "".join(line_parts)
            line_parts = []
    return None


def _delimiter(head: str, known_headers: Set[str]) -> str:
    """Return the delimiter that finds most known headers, then most headers."""
    line = _header_line(head) or head

    def n_headers(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 0, 0
        return sum(column_name(name) in known_headers for name in names[:MAX_COLUMNS]), len(names)

    return max(_DELIMITERS, key=n_headers)


def _records(text: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    code = "unreadable_table"
    try:
        records.extend(reader)
    except csv.Error as error:
        if "field larger" in str(error):
            reason = f"a cell is over {csv.field_size_limit():,} characters"
            remedy, code = "check for a quotation mark that is never closed", "cell_too_long"
        elif "over 1 MB" in str(error):
            reason, remedy = str(error), "check for lost line breaks"
        elif "end of data" in str(error):
            reason, remedy = "a quotation mark is never closed", 'close it, or write it twice: ""'
        else:
            reason, remedy = "text after a closing quotation mark", 'write quotes twice: ""'
        raise UnreadableError(reason, remedy, row=len(records) + 1, code=code) from None
    return records


def _lines(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > _HEAD_BYTES:
            raise csv.Error("a line is over 1 MB")
        yield line


def _replace_undecoded(records: list[list[str]], name: str) -> list[Problem]:
    """Find the bytes that neither encoding has, and put a replacement character in."""
    faults = []
    for row, record in enumerate(records, start=1):
        match = _UNDECODED.search("".join(record))
        if match:
            byte = f"byte 0x{ord(match[0]) - 0xDC00:02X}"
            reason = "is neither UTF-8 nor Windows-1252"
            faults.append(Problem(name, row, "", byte, reason, _SAVE_AS_REMEDY, code="not_text"))
            record[:] = [_UNDECODED.sub("\ufffd", cell) for cell in record]
    return faults


# Workbooks and objects ----------------------------------------------------------------------


def _sheet_records(data: bytes, sheet: str | None) -> list[list[str]]:
    rows = workbooks.sheet_rows(data, sheet)
    return [[cell if type(cell) is str else cell_text(cell) for cell in row] for row in rows]


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
    problems: list[Problem],
    notes: list[str],
    header_row: int | None,
) -> RawTable:
    filled = [index for index, record in enumerate(records) if any(map(str.strip, record))]
    if not filled:
        raise UnreadableError("is empty", "give it a header line and a row for each person")
    top = filled[0] if header_row is None else header_row - 1
    if top not in filled:
        reason, remedy = "has no headers in this row", "write under `header:` the row they are in"
        raise UnreadableError(reason, remedy, row=header_row or "", code="no_header")
    header = [unquoted(cell) for cell in records[top]]
    while not header[-1]:
        header.pop()
    width = len(header)
    check_width(width)
    body, rows = records[top + 1 :], list(labels[top + 1 :])
    short = []
    for index, record in enumerate(body):
        if len(record) == width:
            continue
        if len(record) < width and any(clean(cell) is not None for cell in record):
            short.append(rows[index])
        surplus = sum(clean(cell) is not None for cell in record[width:])
        if surplus:
            reason = f"has {surplus} cell{'s' * (surplus > 1)} beyond the last header"
            remedy = "put quotation marks round cells that contain the separator, or add a header"
            code = "surplus_cells"
            problems.append(Problem(name, rows[index], "", "", reason, remedy, code=code))
        body[index] = record[:width] + [""] * (width - len(record))

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
        tuple(header[place] for place in named),
        tuple(columns[place] for place in named),
        rows,
    )


def _clean_cells(cells: Sequence[str]) -> Text:
    texts = {cell: clean(cell) for cell in set(cells)}  # columns repeat values: one object each
    column = np.empty(len(cells), dtype=object)
    column[:] = [texts[cell] for cell in cells]
    return column
