"""How far the filled cells of a sheet reach, told from its parts before it is loaded.

A reader of workbooks makes room for the whole rectangle from A1 to the last filled cell: one stray
cell at XFD1048576 asks for 17 thousand million. Cells that are only formatted take no room.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from rmmatch.files.table_limits import MAX_CELL_CHARACTERS, UnreadableError, too_long_error

__all__ = [
    "ATTRIBUTES",
    "MAX_ROW_BYTES",
    "Blocks",
    "Extent",
    "attributes",
    "check_cells",
    "check_weight",
    "check_xlsb",
    "check_xlsx",
    "is_light",
    "records",
    "text_before_tag",
    "unclear_error",
    "whole_tags",
]

Blocks = Callable[[], Iterable[bytes]]

_MAX_CELLS_UNCHECKED = 2_000_000  # cells of a rectangle that is no burden, whatever is in it
_MAX_CELLS_WITH_STRAYS = 10_000_000  # of one that is thinly filled
_MAX_CELLS = 50_000_000  # of any
_MAX_CELLS_PER_FILLED = 100  # cells for each filled one
_MAX_STRAY_CELLS = 100  # cells beyond all others that are stray, and no part of the table

ATTRIBUTES = rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*"""
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
    if not _is_bearable(n_rows * n_columns, count):
        extent = Extent()
        for row, column in cells():
            extent.add(row, column)
        extent.check()


def _is_bearable(size: int, count: int) -> bool:
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


def is_light(weight: int, n_bytes: int) -> bool:
    """Whether a sheet of so many bytes may hold so many characters of text in all its cells."""
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


# xlsx ---------------------------------------------------------------------------------------

_REFERENCE = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")
_ROW_NUMBER = re.compile(rb"()([0-9]{1,7})")
_CELL_START = r'<%sc(?: (?!r=)[a-zA-Z:]+="[^"<>]*"){0,4} r="%s"'
_TAG = re.compile(rb"<(/?)(?:[^\s<>/:\"'!?]*:)?(row|c|v|is)(?=[\s/>])(" + ATTRIBUTES + rb")>")
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"<>"))
MAX_ROW_BYTES = 32 << 20  # bytes of XML
_MAX_RECORD_BYTES = 10 * MAX_CELL_CHARACTERS  # bytes of xlsb
_MAX_CHARACTERS_UNCHECKED = 256 << 20  # characters of text that are no burden
_MAX_CHARACTERS_PER_BYTE = 20  # characters for each byte of a sheet
_CELL_HEAD_BYTES = 128  # bytes; the name of a cell's tag and its reference are shorter


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
        check_cells(lambda: _filled_cells(blocks()))


def _is_plainly_bearable(blocks: Iterable[bytes]) -> bool:
    """Whether all cells, filled or not, are in a bearable box; False where that is not plain.

    Nearly every program writes every cell as ``<c r="B7" s="1">``. So it is enough to search for a
    cell that is not written so, or stands outside the box around those before it: that takes a
    fraction of the time of reading each.
    """
    column = row = count = 0
    prefix = None
    rest = b""
    for block in _with_padding(blocks):
        text = rest + block
        if prefix is None:
            root = re.search(rb"<([A-Za-z]\w*:)?worksheet[\s>]", text)
            prefix = (root[1] or b"") if root else b""
        if any(other.search(text) for other in _other_prefix_pattern(prefix)):
            return False
        # What begins in the last bytes may go on in the next block: it is seen with that.
        end = max(len(text) - _CELL_HEAD_BYTES, 0)
        place = 0
        while (
            match := _pattern_outside_box(prefix, column, row)[0].search(text, place)
        ) is not None:
            if match.start() >= end:
                break
            cell = _plain_cell_pattern(prefix).match(text, match.start())
            if cell is None:
                return False
            column, row = max(column, _column_number(cell[1])), max(row, int(cell[2]))
            place = match.start()
        count += text.count(b"</%bc>" % prefix, 0, end)
        rest = text[end:]
    return _is_bearable(_pattern_outside_box(prefix or b"", column, row)[1], count)


def _with_padding(blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield from blocks
    yield b" " * _CELL_HEAD_BYTES


@lru_cache(maxsize=256)
def _pattern_outside_box(prefix: bytes, column: int, row: int) -> tuple[re.Pattern[bytes], int]:
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
    inside = _CELL_START % (prefix.decode(), f"(?:{letters}){rows}")
    start = f"<{prefix.decode()}c"
    pattern = f"{start}(?!{inside.removeprefix(start)})[\\s/>]"
    return re.compile(pattern.encode()), n_columns * n_rows


@lru_cache(maxsize=16)
def _plain_cell_pattern(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile((_CELL_START % (prefix.decode(), "([A-Z]{1,3})([1-9][0-9]{0,6})")).encode())


@lru_cache(maxsize=16)
def _other_prefix_pattern(prefix: bytes) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds a cell whose tag has another prefix than the sheet's."""
    if not prefix:
        return (re.compile(rb":c[\s/>]"),)
    return re.compile(rb"<c[\s/>]"), re.compile(rb"(?<!<%b):c[\s/>]" % prefix[:-1])


def _filled_cells(blocks: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield row and column of each cell that holds anything, however it is written."""
    row = column = 1  # of the next cell that does not say where it is
    place = (1, 1)
    kind = b""
    is_cell = is_filled = False
    value_from = -1
    for start, end, (slash, name, given) in _tags(blocks):
        if name == b"c" and not slash:
            place = _row_and_column(_REFERENCE, given, (row, column))
            kind = attributes(given).get(b"t", b"")
            column = place[1] + 1
            is_cell, is_filled = not given.endswith(b"/"), False
        elif name == b"c":
            if is_cell and is_filled:
                yield place
            is_cell = False
        elif name == b"is":
            is_filled = True
        elif name == b"row":
            if not slash:
                row = _row_and_column(_ROW_NUMBER, given, (row, 0))[0]
            if slash or given.endswith(b"/"):
                row, column = row + 1, 1
        elif slash:
            is_filled = is_filled or start != value_from
        else:
            # An empty text is a cell, an empty number is none.
            is_filled = is_filled or kind == b"str"
            value_from = end


def _row_and_column(
    pattern: re.Pattern[bytes], tag: bytes, otherwise: tuple[int, int]
) -> tuple[int, int]:
    """Return the row and column that a tag gives, if it gives any."""
    text = attributes(tag).get(b"r")
    if text is None:
        return otherwise
    match = pattern.fullmatch(text)
    if match is None:
        raise unclear_error()
    return int(match[2]), _column_number(match[1])


def _tags(blocks: Iterable[bytes]) -> Iterator[tuple[int, int, tuple[bytes, ...]]]:
    """Yield each tag of a row, a cell or a value: start, end; slash, name and attributes."""
    offset = 0
    for text in whole_tags(blocks):
        for match in _TAG.finditer(text_before_tag(text)):
            yield offset + match.start(), offset + match.end(), match.groups()
        offset += len(text)


def whole_tags(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks anew, each up to the last tag that begins in it."""
    rest = b""
    for block in blocks:
        text = rest + block
        cut = max(text.rfind(b"<"), 0)
        yield text[:cut]
        rest = text[cut:]
    yield rest


def text_before_tag(text: bytes) -> bytes:
    """Return a stretch of XML that ends before a tag; refuse what would hide tags or has no end.

    Raises
    ------
    UnreadableError
    """
    brackets = text.translate(None, _ALL_BUT_BRACKETS) + b"<"  # what follows is a tag
    if len(text) > MAX_ROW_BYTES or b"<<" in brackets or b"<!-" in text or b"<![" in text:
        raise unclear_error()
    return text


def unclear_error() -> UnreadableError:
    """Return why a workbook is not loaded of which nobody can tell how far it reaches."""
    reason = "is written in a way that cannot be looked into"
    return UnreadableError(reason, "open it in a spreadsheet and save it again")


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
    check_cells(lambda: _cells_of_records(blocks()))


def _cells_of_records(blocks: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    row = 0
    for kind, start in records(blocks):
        if kind in _CELL_RECORDS:
            yield row, int.from_bytes(start, "little") + 1
        elif kind == _ROW_RECORD:
            row = int.from_bytes(start, "little") + 1


def records(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield what each record of an xlsb part is, and its first four bytes.

    Kind and length are numbers of one or more bytes, seven bits in each, the lowest first.
    """
    rest, place = b"", 0
    for block in _with_padding(blocks):
        text = rest + block
        end = len(text) - 10
        while place <= end:
            kind, length = text[place], text[place + 1]
            if kind < 0x80 and length < 0x80:
                place += 2
            else:
                kind, place = _number(text, place, most=2)
                length, place = _number(text, place, most=4)
                if length > _MAX_RECORD_BYTES:
                    raise too_long_error()
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
