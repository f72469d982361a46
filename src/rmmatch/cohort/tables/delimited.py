"""Tables of text, as csv: how they are encoded, what separates their cells, and quotation marks."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice

from rmmatch.cohort.columns import column_name
from rmmatch.errors import Problem
from rmmatch.files.table_limits import MAX_COLUMNS, UnreadableError

__all__ = [
    "HEAD_BYTES",
    "SAVE_AS_REMEDY",
    "csv_records",
    "decoded",
    "header_line",
    "undecoded_cells",
]

HEAD_BYTES = 1_048_576  # within which a line must end; limit of input
SAVE_AS_REMEDY = "save it as 'CSV UTF-8' or as xlsx"

_DELIMITERS = ",;\t|"
_MAX_TITLE_LINES = 30  # above the headers; limit of input
_MAX_LITERAL_ROWS = 1_000  # with lonely quotation marks; limit of input
_MIN_SWALLOWED_WIDTH = 3  # columns of a table in which whole rows in a cell are told from text
_UNDECODED = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of a byte
# Excel's own first line.
_SEPARATOR = re.compile(r'\A"?sep=[^\r\n]"?(\r\n|\r|\n)', re.IGNORECASE)


def decoded(data: bytes, name: str, notes: list[str]) -> str:
    """Return the text of a file.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for notes.
    notes : list of str
        Is added to where the encoding is a guess.

    Raises
    ------
    UnreadableError
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise UnreadableError("starts as UTF-16 text and is not", SAVE_AS_REMEDY) from None
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="surrogateescape")
            notes.append(f"{name}: it is not UTF-8 and was read as Windows-1252; check the accents")
    if "\0" in text:
        raise UnreadableError("holds NUL bytes: it is not a table of text", SAVE_AS_REMEDY)
    # The line becomes an empty row, so that rows keep their numbers.
    return _SEPARATOR.sub("\n", text, count=1)


def header_line(text: str) -> str | None:
    """Return the first line that is not blank, with line breaks in quotes; None if it is cut.

    Parameters
    ----------
    text : str
    """
    return next(_header_lines(text), None)


def _header_lines(text: str) -> Iterator[str]:
    """Yield the lines that are not blank, with line breaks in quotes."""
    line_parts: list[str] = []
    is_open = False
    for line in io.StringIO(text, newline=""):
        line_parts.append(line)
        is_open ^= line.count('"') % 2 == 1
        if not is_open and line.endswith(("\n", "\r")):
            if any(line_part.strip() for line_part in line_parts):
                yield "".join(line_parts)
            line_parts = []


def _delimiter(head: str, known_headers: Set[str]) -> str:
    """Return the delimiter that finds most known headers, then most headers."""
    lines = list(islice(_header_lines(head), _MAX_TITLE_LINES)) or [head]

    def n_headers(delimiter: str, line: str) -> tuple[int, int]:
        try:
            names = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 0, 0
        return sum(column_name(name) in known_headers for name in names[:MAX_COLUMNS]), len(names)

    # A title above the headers has no delimiter: then the lines below it decide.
    for line in lines:
        best = max(_DELIMITERS, key=lambda delimiter: n_headers(delimiter, line))
        n_known, n_names = n_headers(best, line)
        if n_known or n_names > 1:
            return best
    return _DELIMITERS[0]


# Cells --------------------------------------------------------------------------------------


def csv_records(text: str, known_headers: Set[str], name: str, notes: list[str]) -> list[list[str]]:
    """Return the cells of a table of text, row by row.

    A quotation mark that stands alone in a cell is taken as it is where its line then has as many
    cells as the first line, and the next row has so too; it is refused otherwise.

    Parameters
    ----------
    text : str
    known_headers : set of str
        Names of columns; they decide where two delimiters would do.
    name : str
        Of the file, for notes.
    notes : list of str

    Raises
    ------
    UnreadableError
        With the row.
    """
    delimiter = _delimiter(text[:HEAD_BYTES], known_headers)
    records: list[list[str]] = []
    literal_rows: list[int] = []
    lines: list[str] = []  # only where they must be looked at again
    n_lines = 0  # that were read
    while True:
        unread = (lines[index] for index in range(n_lines, len(lines)))
        source = _limited(unread if lines else _lines(text))
        error, n_read = _read_records(source, delimiter, records)
        if error is None:
            break
        n_lines += n_read
        if error.is_final or len(literal_rows) == _MAX_LITERAL_ROWS:
            raise error.unreadable(len(records) + 1)
        lines = lines or list(_lines(text))
        cells = _literal_cells(lines[n_lines], delimiter)
        following = _next_record(lines, n_lines + 1, delimiter)
        width = len(next((record for record in records if any(record)), ()))
        is_short = max(map(len, cells)) <= csv.field_size_limit()
        if not (1 < width == len(cells) and is_short and following in (0, width)):
            raise error.unreadable(len(records) + 1)
        records.append(cells)
        literal_rows.append(len(records))
        n_lines += 1
        if n_lines == len(lines):
            break
    if literal_rows:
        rows = ", ".join(map(str, literal_rows[:_MAX_TITLE_LINES]))
        notes.append(
            f"{name}: a quotation mark that is not closed, or not at the end of its cell, was read "
            f"as it stands: row{'s' * (len(literal_rows) > 1)} {rows}"
        )
    return records


class _QuoteError(Exception):
    """Why a record could not be read.

    Parameters
    ----------
    reason, remedy : str
    is_final : bool
        Whether the cells cannot be taken as they stand.
    """

    def __init__(self, reason: str, remedy: str, *, is_final: bool = False) -> None:
        self.reason, self.remedy, self.is_final = reason, remedy, is_final
        super().__init__(reason)

    def unreadable(self, row: int) -> UnreadableError:
        """Return the error for the table as a whole."""
        is_long = self.reason.startswith("a cell is over")
        code = "cell_too_long" if is_long else "unreadable_table"
        return UnreadableError(self.reason, self.remedy, row=row, code=code)


def _read_records(
    lines: Iterator[str], delimiter: str, records: list[list[str]]
) -> tuple[_QuoteError | None, int]:
    """Add records until one cannot be read; return why, and the lines read before it."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    n_lines = 0
    width = len(next((record for record in records if any(record)), ()))
    try:
        for record in reader:
            if reader.line_num - n_lines > 1 and _has_swallowed_rows(record, delimiter, width):
                reason = "a cell holds whole rows: a quotation mark is closed in a later row"
                remedy = 'take the quotation mark out, or write it twice: ""'
                return _QuoteError(reason, remedy, is_final=True), n_lines
            records.append(record)
            width = width or (len(record) if any(record) else 0)
            n_lines = reader.line_num
    except csv.Error as error:
        return _quote_error(str(error)), n_lines
    return None, n_lines


def _quote_error(message: str) -> _QuoteError:
    is_final = "over 1 MB" in message
    if "field larger" in message:
        reason = f"a cell is over {csv.field_size_limit():,} characters"
        remedy = "check for a quotation mark that is never closed"
    elif is_final:
        reason, remedy = message, "check for lost line breaks"
    elif "end of data" in message:
        reason, remedy = "a quotation mark is never closed", 'close it, or write it twice: ""'
    else:
        reason, remedy = "text after a closing quotation mark", 'write quotes twice: ""'
    return _QuoteError(reason, remedy, is_final=is_final)


def _has_swallowed_rows(record: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether each line of a record has as many cells as the table, and no commas as in text."""
    if width < _MIN_SWALLOWED_WIDTH or len(record) != width:
        return False
    lines = delimiter.join(record).splitlines()
    return len(lines) > 1 and all(
        line.count(delimiter) == width - 1
        and f"{delimiter} " not in line
        and len([cell for cell in line.split(delimiter) if cell.strip()]) > 1
        for line in lines
    )


def _literal_cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line in which quotation marks are letters, except round a cell."""
    cells = line.rstrip("\r\n").split(delimiter)
    return [
        cell[1:-1].replace('""', '"')
        if len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
        else cell
        for cell in cells
    ]


def _next_record(lines: Sequence[str], start: int, delimiter: str) -> int:
    """Return how many cells the line after another has; 0 where none is filled."""
    text = "".join(islice(lines, start, start + 1))
    if not text.strip(f'{delimiter}"\r\n '):
        return 0
    try:
        return len(next(csv.reader([text], delimiter=delimiter, strict=True)))
    except csv.Error:
        return len(_literal_cells(text, delimiter))


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _limited(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) > HEAD_BYTES:
            raise csv.Error("a line is over 1 MB")
        yield line


def undecoded_cells(records: Sequence[list[str]], name: str) -> list[Problem]:
    """Find the bytes that neither encoding has, and put a replacement character in.

    Parameters
    ----------
    records : sequence of list of str
        Is changed.
    name : str
        Of the file.
    """
    faults = []
    for row, record in enumerate(records, start=1):
        match = _UNDECODED.search("".join(record))
        if match:
            byte = f"byte 0x{ord(match[0]) - 0xDC00:02X}"
            reason = "is neither UTF-8 nor Windows-1252"
            faults.append(Problem(name, row, "", byte, reason, SAVE_AS_REMEDY, code="not_text"))
            record[:] = [_UNDECODED.sub("\ufffd", cell) for cell in record]
    return faults
