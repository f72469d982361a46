"""How far a sheet of an xlsb workbook reaches, told from its records before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from rmmatch.files.table_limits import MAX_CELL_CHARACTERS, too_long_error
from rmmatch.files.workbooks.extents import Blocks, check_cells

__all__ = ["check_xlsb", "records"]

_ROW_RECORD, _CELL_RECORDS = 0x00, range(0x02, 0x0C)  # 0x01: only formatted; exactness
_MAX_RECORD_BYTES = 10 * MAX_CELL_CHARACTERS  # limit of input
_HEAD_BYTES = 10  # most that kind, length and the first four bytes of a record take; exactness


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

    Parameters
    ----------
    blocks : iterable of bytes
        The part, cut anywhere.

    Notes
    -----
    Kind and length are numbers of one or more bytes, seven bits in each, the lowest first.
    """
    unread, place = b"", 0
    for block in chain(blocks, [b" " * _HEAD_BYTES]):
        text = unread + block
        end = len(text) - _HEAD_BYTES
        while place <= end:
            kind, length = text[place], text[place + 1]
            if kind < 0x80 and length < 0x80:
                place += 2
            else:
                kind, place = _number(text, place, max_bytes=2)
                length, place = _number(text, place, max_bytes=4)
                if length > _MAX_RECORD_BYTES:
                    raise too_long_error()
            yield kind, text[place : place + 4]
            place += length
        unread, place = text[place:], max(place - len(text), 0)


def _number(text: bytes, place: int, *, max_bytes: int) -> tuple[int, int]:
    number = 0
    for index in range(max_bytes):
        byte = text[place + index]
        number |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            break
    return number, place + index + 1
