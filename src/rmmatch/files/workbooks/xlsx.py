"""How far a sheet of an xlsx workbook reaches, told from its XML before it is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from rmmatch.files.workbooks.extents import Blocks, check_cells, is_bearable, unclear_error
from rmmatch.files.workbooks.xml_tags import ATTRIBUTES, attributes, text_before_tag, whole_tags

__all__ = ["check_xlsx"]

_REFERENCE = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")
_ROW_NUMBER = re.compile(rb"()([0-9]{1,7})")
_CELL_START = r'<%sc(?: (?!r=)[a-zA-Z:]+="[^"<>]*"){0,4} r="%s"'
_TAG = re.compile(rb"<(/?)(?:[^\s<>/:\"'!?]*:)?(row|c|v|is)(?=[\s/>])(" + ATTRIBUTES + rb")>")
_CELL_HEAD_BYTES = 128  # the name of a cell's tag and its reference are shorter; exactness


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
    unread = b""
    for block in chain(blocks, [b" " * _CELL_HEAD_BYTES]):
        text = unread + block
        if prefix is None:
            root = re.search(rb"<([A-Za-z]\w*:)?worksheet[\s>]", text)
            prefix = (root[1] or b"") if root else b""
        if any(pattern.search(text) for pattern in _other_prefix_pattern(prefix)):
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
        unread = text[end:]
    return is_bearable(_pattern_outside_box(prefix or b"", column, row)[1], count)


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
    for start, end, (slash, name, attributes_text) in _tags(blocks):
        if name == b"c" and not slash:
            place = _row_and_column(_REFERENCE, attributes_text, (row, column))
            kind = attributes(attributes_text).get(b"t", b"")
            column = place[1] + 1
            is_cell, is_filled = not attributes_text.endswith(b"/"), False
        elif name == b"c":
            if is_cell and is_filled:
                yield place
            is_cell = False
        elif name == b"is":
            is_filled = True
        elif name == b"row":
            if not slash:
                row = _row_and_column(_ROW_NUMBER, attributes_text, (row, 0))[0]
            if slash or attributes_text.endswith(b"/"):
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


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
