"""How far the filled cells of a sheet reach, told from its parts before it is loaded.

A reader of workbooks makes room for the whole rectangle from A1 to the last filled cell: one stray
cell at XFD1048576 asks for 17 thousand million. Cells that are only formatted take no room.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rmmatch.cohort.limits import LONGEST_CELL, UnreadableError, too_long

__all__ = [
    "Extent",
    "attributes",
    "check_ods",
    "check_weight",
    "check_xlsb",
    "check_xlsx",
    "is_light",
    "records",
    "unclear",
]

Blocks = Callable[[], Iterable[bytes]]

_ROOMY = 2_000_000  # cells of a rectangle that is no burden, whatever is in it
_LARGE = 10_000_000  # of one that is thinly filled
_MOST = 50_000_000  # of any
_THINNEST = 100  # cells for each filled one
_FEW = 100  # cells beyond all others that are stray, and no part of the table

_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_ATTRIBUTE = re.compile(rb"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """Return the attributes of a tag, as they are written."""
    return {match[1]: match[2] or match[3] or b"" for match in _ATTRIBUTE.finditer(tag)}


class Extent:
    """The filled cells of a sheet as they are met: how many, and how far they reach.

    Rows and columns count from 1.
    """

    def __init__(self, name: str = "") -> None:
        self._sheet = f"the sheet {name!r}" if name else "the sheet"
        self._count = 0
        self._rows: Counter[int] = Counter()  # how many are in each
        self._columns: Counter[int] = Counter()
        self._lowest = self._rightmost = (0, 0)

    def add(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Count a filled cell, or a block of them of which it is the first."""
        if not rows or not columns:
            return
        self._count += rows * columns
        last_row, last_column = row + rows - 1, column + columns - 1
        for each in {row, last_row}:
            self._rows[each] += columns
        for each in {column, last_column}:
            self._columns[each] += rows
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
        if _is_bearable(size, self._count):
            return
        last_row, n_below = _before_gap(self._rows)
        last_column, n_aside = _before_gap(self._columns)
        n_far = n_below + n_aside if size > _THINNEST * self._count else 0
        if size <= _LARGE and not 0 < n_far <= max(_FEW, self._count // 100):
            return
        if not n_far:
            raise UnreadableError(
                f"{self._sheet} has {size:,} cells: {n_rows:,} rows, {n_columns:,} columns",
                "delete the columns that the scheme does not read, or save the sheet as csv",
                code="file_too_large",
            )
        strays = [self._lowest] * (n_below > 0) + [self._rightmost] * (n_aside > 0)
        names = " and ".join(dict.fromkeys(_reference(*stray) for stray in strays))
        if n_below > 1 or n_aside > 1:
            places = [f"below row {last_row}"] * (n_below > 0)
            places += [f"to the right of column {_letters(last_column)}"] * (n_aside > 0)
            remedy = f"delete the stray cells {' and '.join(places)}, such as {names}"
        else:
            remedy = f"delete the stray cell{'s' * (' and ' in names)} at {names}"
        raise UnreadableError(
            f"{self._sheet} reaches to {_reference(n_rows, n_columns)}, and of its "
            f"{size:,} cells only {self._count:,} hold anything",
            f"{remedy}; then save the workbook",
            row=strays[0][0],
            value=names,
            code="stray_cell",
        )


def _is_bearable(size: int, count: int) -> bool:
    return size <= max(_ROOMY, min(_THINNEST * count, _MOST))


def _before_gap(filled: Mapping[int, int]) -> tuple[int, int]:
    """Return the last row or column before a gap of half the sheet, and the cells behind it."""
    places = [0, *sorted(filled)]
    gaps = [after - before for before, after in pairwise(places)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    is_gap = widest > 0 and gaps[widest] > places[-1] // 2
    behind = places[widest + 1 :] if is_gap else []
    return places[widest] if is_gap else places[-1], sum(filled[place] for place in behind)


def _reference(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell.

    Examples
    --------
    >>> _reference(1048576, 16384), _reference(7, 27)
    ('XFD1048576', 'AA7')
    """
    return f"{_letters(column)}{row}"


def _letters(column: int) -> str:
    text = ""
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(65 + letter) + text
    return text


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


# xlsx ---------------------------------------------------------------------------------------

_REFERENCE = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")
_ROW_NUMBER = re.compile(rb"()([0-9]{1,7})")
_TAG = re.compile(rb"<(/?)(?:[^\s<>/:\"'!?]*:)?([^\s<>/:\"'!?]+)(" + _ATTRIBUTES + rb")>")
_LONGEST_ROW = 32 << 20  # bytes of XML
_LONGEST_RECORD = 10 * LONGEST_CELL  # bytes of xlsb
_LIGHT = 256 << 20  # characters of text that are no burden
_HEAVIEST = 20  # characters for each byte of a sheet
_CELL_HEAD = 128  # bytes; the name of a cell's tag and its reference are shorter


def check_xlsx(blocks: Blocks) -> None:
    """Look at the part of a sheet, and refuse one that reaches too far.

    Parameters
    ----------
    blocks : callable
        Returns the part anew, in blocks of bytes.

    Raises
    ------
    UnreadableError
    """
    if not _is_plainly_bearable(blocks()):
        extent = Extent()
        for row, column in _filled_cells(blocks()):
            extent.add(row, column)
        extent.check()


def _is_plainly_bearable(blocks: Iterable[bytes]) -> bool:
    """Whether all cells, filled or not, are in a bearable box; False where that is not plain.

    Nearly every program writes every cell as ``<c r="B7"``. So it is enough to search for a cell
    that is not written so, or stands outside the box around those before it: that takes a
    fraction of the time of reading each.
    """
    column = row = count = 0
    prefix = None
    rest = b""
    for block in _then_padding(blocks):
        text = rest + block
        if prefix is None:
            root = re.search(rb"<([\w.-]+:)?worksheet[\s>]", text)
            prefix = (root[1] or b"") if root else b""
        if any(other.search(text) for other in _other_cells(prefix)):
            return False
        # What begins in the last bytes may go on in the next block: it is seen with that.
        end = max(len(text) - _CELL_HEAD, 0)
        place = 0
        while (match := _outside(prefix, column, row)[0].search(text, place)) is not None:
            if match.start() >= end:
                break
            cell = _plain(prefix).match(text, match.start())
            if cell is None:
                return False
            column, row = max(column, _column_number(cell[1])), max(row, int(cell[2]))
            place = match.start()
        count += text.count(b"</%bc>" % prefix, 0, end)
        rest = text[end:]
    return _is_bearable(_outside(prefix or b"", column, row)[1], count)


def _then_padding(blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield from blocks
    yield b" " * _CELL_HEAD


@lru_cache(maxsize=256)
def _outside(prefix: bytes, column: int, row: int) -> tuple[re.Pattern[bytes], int]:
    """Return what finds a cell that is not plain, or outside a box; and how many cells that has.

    The box is rounded up, columns to a last letter Z and rows to a first digit and nines.
    """
    if column <= 26:
        letters, n_columns = "[A-Z]", 26
    elif column <= 702:
        first = (column - 1) // 26
        letters, n_columns = f"[A-{chr(64 + first)}]?[A-Z]", 26 * (first + 1)
    else:
        first = (column - 703) // 676
        letters, n_columns = (
            f"(?:[A-{chr(65 + first)}][A-Z])?[A-Z]|[A-Z]{{2}}",
            702 + 676 * (first + 1),
        )
    digits = max(len(str(row)), 3)
    lead = int(str(row)[0]) if len(str(row)) == digits else 9
    rows = f"(?:[1-{lead}][0-9]{{{digits - 1}}}|[1-9][0-9]{{0,{digits - 2}}})"
    n_rows = (lead + 1) * 10 ** (digits - 1) - 1
    text = rf'<{re.escape(prefix.decode())}c(?! r="(?:{letters}){rows}")[\s/>]'
    return re.compile(text.encode()), n_columns * n_rows


@lru_cache(maxsize=16)
def _plain(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'<%bc r="([A-Z]{1,3})([1-9][0-9]{0,6})"' % re.escape(prefix))


@lru_cache(maxsize=16)
def _other_cells(prefix: bytes) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds a cell whose tag has another prefix than the sheet's."""
    if not prefix:
        return (re.compile(rb":c[\s/>]"),)
    return re.compile(rb"<c[\s/>]"), re.compile(rb"(?<!<%b):c[\s/>]" % re.escape(prefix[:-1]))


def _filled_cells(blocks: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield row and column of each cell that holds anything, however it is written."""
    row = column = 1  # of the next cell that does not say where it is
    place = (1, 1)
    kind = b""
    is_cell = is_filled = False
    value_from = -1
    for tag in _tags(blocks):
        if tag.name == b"row":
            if not tag.is_end:
                row = _matched(_ROW_NUMBER, tag.attributes, (row, 0))[0]
            if tag.is_end or tag.is_whole:
                row, column = row + 1, 1
        elif tag.name == b"c" and not tag.is_end:
            place = _matched(_REFERENCE, tag.attributes, (row, column))
            kind = attributes(tag.attributes).get(b"t", b"")
            column = place[1] + 1
            is_cell, is_filled = not tag.is_whole, False
        elif tag.name == b"c":
            if is_cell and is_filled:
                yield place
            is_cell = False
        elif tag.name == b"is":
            is_filled = True
        elif tag.name == b"v" and tag.is_end:
            is_filled = is_filled or tag.start != value_from
        elif tag.name == b"v":
            # An empty text is a cell, an empty number is none.
            is_filled = is_filled or kind == b"str"
            value_from = tag.end


def _matched(pattern: re.Pattern[bytes], tag: bytes, otherwise: tuple[int, int]) -> tuple[int, int]:
    """Return the row and column that a tag gives, if it gives any."""
    text = attributes(tag).get(b"r")
    if text is None:
        return otherwise
    match = pattern.fullmatch(text)
    if match is None:
        raise unclear()
    return int(match[2]), _column_number(match[1])


class _Tag(NamedTuple):
    """A tag, where it starts and ends in its part, and its name without a prefix."""

    start: int
    end: int
    name: bytes
    attributes: bytes
    is_end: bool

    @property
    def is_whole(self) -> bool:
        return self.attributes.endswith(b"/")


def _tags(blocks: Iterable[bytes]) -> Iterator[_Tag]:
    offset = 0
    rest = b""
    for block in blocks:
        text, place = _bounded(rest + block), 0
        for match in _TAG.finditer(text):
            place = match.end()
            start, end = offset + match.start(), offset + place
            yield _Tag(start, end, match[2], match[3], match[1] == b"/")
        rest = text[place:]
        offset += place


def _bounded(text: bytes) -> bytes:
    """Return a stretch of XML; refuse what would hide tags or has no end."""
    if b"<!-" in text or b"<![" in text or len(text) > _LONGEST_ROW:
        raise unclear()
    return text


def unclear() -> UnreadableError:
    """Return why a workbook is not loaded of which nobody can tell how far it reaches."""
    reason = "is written in a way that cannot be looked into"
    return UnreadableError(reason, "open it in a spreadsheet and save it again")


# ods ----------------------------------------------------------------------------------------

_ODS_TABLE = re.compile(rb"<table:table(?=[\s/>])(" + _ATTRIBUTES + rb")>")
_ODS_ROW = re.compile(rb"<table:table-row(?=[\s/>])(" + _ATTRIBUTES + rb")>")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell(?=[\s/>])(" + _ATTRIBUTES + rb")>")
_ODS_SPACES = re.compile(rb"<text:s(?=[\s/>])(" + _ATTRIBUTES + rb")>")


def check_ods(blocks: Blocks) -> None:
    """Look at the content of an ods workbook, and refuse it where a sheet reaches too far.

    Rows, cells and spaces that are repeated stand in it once, with how often. All sheets are
    loaded when one is, so all are looked at.

    Parameters
    ----------
    blocks : callable
        Returns the content anew, in blocks of bytes.

    Raises
    ------
    UnreadableError
    """
    extent, row = Extent(), 1
    n_bytes = weight = 0
    for text in _ods_rows(blocks()):
        for table in _ODS_TABLE.finditer(text):
            extent.check()
            extent, row = Extent(_value(table[1], b"table:name", "")), 1
        n_bytes += len(text)
        starts = list(_ODS_ROW.finditer(text))
        if not starts:
            continue
        text = text[starts[0].start() :]
        rows = sum(_times(start[1], b"table:number-rows-repeated") for start in starts)
        column = 1
        widest = 0  # of what is repeated in the row
        if b"-columns-repeated" in text:
            for cell in _ODS_CELL.finditer(text):
                columns = _times(cell[1], b"table:number-columns-repeated")
                if _is_filled(cell[1]):
                    extent.add(row, column, rows=rows, columns=columns)
                    widest = max(widest, columns)
                column += columns
        elif _is_filled(text):
            columns = text.count(b"<table:table-cell") + text.count(b"<table:covered-table-cell")
            extent.add(row, 1, rows=rows, columns=columns)
            widest = 1
        row += rows
        spaces = sum(_times(tag[1], b"text:c") for tag in _ODS_SPACES.finditer(text))
        if rows * widest > 1 or spaces:
            weight += (len(text) + spaces) * rows * widest
            check_weight(weight, n_bytes)
    extent.check()


def is_light(weight: int, n_bytes: int) -> bool:
    """Whether a sheet of so many bytes may hold so many characters of text in all its cells."""
    return weight <= max(_LIGHT, _HEAVIEST * n_bytes)


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


def _ods_rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield an ods content row by row, each with what stands before it."""
    rest = b""
    for block in blocks:
        *rows, rest = _bounded(rest + block).split(b"</table:table-row>")
        yield from rows
    yield rest


def _is_filled(text: bytes) -> bool:
    return b"office:" in text or b"table:formula" in text


def _times(tag: bytes, name: bytes) -> int:
    number = _value(tag, name, "1").lstrip("+")
    return int(number) if re.fullmatch("[0-9]{1,15}", number) else 1


def _value(tag: bytes, name: bytes, default: str) -> str:
    value = attributes(tag).get(name)
    return default if value is None else html.unescape(value.decode(errors="replace"))


# xlsb ---------------------------------------------------------------------------------------

_ROW_RECORD, _CELL_RECORDS = 0x00, range(0x02, 0x0C)  # 0x01 is a cell that is only formatted


def check_xlsb(blocks: Blocks) -> None:
    """Look at the part of a sheet of an xlsb workbook, and refuse one that reaches too far.

    Parameters
    ----------
    blocks : callable
        Returns the part anew, in blocks of bytes.

    Raises
    ------
    UnreadableError
    """
    extent, row = Extent(), 0
    for kind, start in records(blocks()):
        if kind == _ROW_RECORD:
            row = int.from_bytes(start, "little") + 1
        elif kind in _CELL_RECORDS:
            extent.add(row, int.from_bytes(start, "little") + 1)
    extent.check()


def records(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield what each record of an xlsb part is, and its first four bytes.

    Kind and length are numbers of one or more bytes, seven bits in each, the lowest first.
    """
    rest, place = b"", 0
    for block in _then_padding(blocks):
        text = rest + block
        while place + 10 <= len(text):
            kind, place = _number(text, place, most=2)
            length, place = _number(text, place, most=4)
            if length > _LONGEST_RECORD:
                raise too_long()
            yield kind, text[place : place + 4]
            place += length
        rest, place = text[place:], max(place - len(text), 0)


def _number(text: bytes, place: int, *, most: int) -> tuple[int, int]:
    number = 0
    for index in range(most):
        byte = text[place + index]
        number |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            break
    return number, place + index + 1
