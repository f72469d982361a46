"""The old kind of workbook: a file system in a file, and in it a stream of records.

No part of it is packed, so no text can be longer than the file; only the reach of its sheets is
looked at. All of them are loaded when one is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

from rmmatch.files.table_limits import UnreadableError
from rmmatch.files.workbooks.extents import check_cells, unclear_error

__all__ = ["check_xls"]

# Kinds of records; exactness (the format).
_END_RECORD, _SHEET_RECORD = 0x000A, 0x0085
_DIMENSIONS_RECORD, _MULTIPLE_CELLS_RECORD = 0x0200, 0x00BD
_CELL_RECORDS = frozenset(
    {0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E, _MULTIPLE_CELLS_RECORD}
)
_RECORD_HEAD = struct.Struct("<HH")
_MAX_ROWS, _MAX_COLUMNS = 65_536, 256  # of the format; limit of input
_ENTRY_BYTES = 128  # of an entry in a directory; exactness (the format)
_FIRST_SPECIAL_SECTOR = 0xFFFFFFFA  # from here on no sector follows; exactness (the format)
_MIN_STREAM_BYTES = 4096  # smaller streams are kept together in one; exactness (the format)


def check_xls(data: bytes) -> None:
    """Look at an xls workbook, and refuse it where a sheet reaches too far.

    Parameters
    ----------
    data : bytes
        Of the workbook.

    Raises
    ------
    UnreadableError
    """
    try:
        book = _CompoundFile(data).stream("Workbook", "Book")
        starts = [
            _unsigned_int(book, place, 4)
            for kind, place, _ in _records(book, 0)
            if kind == _SHEET_RECORD
        ]
        for start in starts:
            check_cells(partial(_cells, book, start))
    except (IndexError, struct.error):
        reason = "is not a workbook that can be read: it is damaged, or cut short"
        raise UnreadableError(reason, "open it in a spreadsheet and save it as xlsx") from None


def _cells(book: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield row and column of each cell of a sheet that holds anything."""
    for kind, place, length in _records(book, start):
        if kind in _CELL_RECORDS:
            row, column = _RECORD_HEAD.unpack_from(book, place)
            yield row + 1, column + 1
            if kind == _MULTIPLE_CELLS_RECORD:
                last = _unsigned_int(book, place + length - 2, 2)
                yield from ((row + 1, following + 1) for following in range(column + 1, last + 1))
        elif kind == _DIMENSIONS_RECORD:
            # Room is made for so many cells before any is read.
            size = 4 if length >= 14 else 2
            rows, columns = (
                _unsigned_int(book, place + size, size),
                _unsigned_int(book, place + 2 * size + 2, 2),
            )
            if rows > _MAX_ROWS or columns > _MAX_COLUMNS:
                raise unclear_error()


def _records(book: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and length of each record, up to the end of the sheet."""
    while place + 4 <= len(book):
        kind, length = _RECORD_HEAD.unpack_from(book, place)
        if kind == _END_RECORD:
            return
        yield kind, place + 4, length
        place += 4 + length


def _unsigned_int(data: bytes, place: int, size: int) -> int:
    return int.from_bytes(data[place : place + size], "little")


class _CompoundFile:
    """The streams of a compound file.

    Parameters
    ----------
    data : bytes
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = 1 << _unsigned_int(data, 30, 2)
        self._small_size = 1 << _unsigned_int(data, 32, 2)
        tables = list(struct.unpack_from("<109I", data, 76))
        next_table = _unsigned_int(data, 68, 4)
        for _ in range(_unsigned_int(data, 72, 4)):
            sector = self._sector(next_table)
            *numbers, next_table = struct.unpack(f"<{len(sector) // 4}I", sector)
            tables += numbers
        self._next = self._numbers(tables[: _unsigned_int(data, 44, 4)])
        self._directory = self._chain(_unsigned_int(data, 48, 4))

    def stream(self, *names: str) -> bytes:
        """Return the first stream that has one of these names; empty where none has."""
        entries = self._directory
        for place in range(0, len(entries), _ENTRY_BYTES):
            length = _unsigned_int(entries, place + 64, 2)
            name = entries[place : place + max(length - 2, 0)].decode("utf-16-le", "replace")
            if name in names:
                start, size = struct.unpack_from("<II", entries, place + 116)
                return (
                    self._chain(start) if size >= _MIN_STREAM_BYTES else self._small_stream(start)
                )[:size]
        return b""

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._data):
            raise IndexError
        return self._data[start : start + self._size]

    def _numbers(self, sectors: list[int]) -> tuple[int, ...]:
        joined = b"".join(map(self._sector, sectors))
        return struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4])

    def _chain(self, number: int) -> bytes:
        return b"".join(self._sector(sector) for sector in _follow_chain(self._next, number))

    def _small_stream(self, number: int) -> bytes:
        """Return a small stream, which is a chain of pieces of the stream of the first entry."""
        small_streams = self._chain(_unsigned_int(self._directory, 116, 4))
        table = self._chain(_unsigned_int(self._data, 60, 4))
        following = struct.unpack(f"<{len(table) // 4}I", table)
        size = self._small_size
        pieces = _follow_chain(following, number)
        return b"".join(small_streams[piece * size : (piece + 1) * size] for piece in pieces)


def _follow_chain(following: tuple[int, ...], number: int) -> Iterator[int]:
    """Yield a number and those that follow it; a circle has no end, and is refused."""
    for _ in range(len(following) + 1):
        if number >= _FIRST_SPECIAL_SECTOR:
            return
        yield number
        number = following[number]
    raise IndexError
