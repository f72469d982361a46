"""How far the sheets of an ods workbook reach, told from its content before it is loaded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from rmmatch.files.workbooks.extents import Blocks, Extent, check_weight, unclear_error
from rmmatch.files.workbooks.xml_tags import (
    ATTRIBUTES,
    MAX_ROW_BYTES,
    attributes,
    text_before_tag,
)

__all__ = ["check_ods"]

_ROW_START = b"<table:table-row"
_TABLE = re.compile(rb"<table:table(?=[\s/>])(" + ATTRIBUTES + rb")>")
_ROW = re.compile(rb"<table:table-row(?=[\s/>])(" + ATTRIBUTES + rb")>")
_CELL = re.compile(rb"<table:(?:covered-)?table-cell(?=[\s/>])(" + ATTRIBUTES + rb")>")
_SPACES = re.compile(rb"<text:s(?=[\s/>])(" + ATTRIBUTES + rb")>")


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
    for text in _rows(blocks()):
        n_bytes += len(text)
        start = _ROW.match(text)
        starts = [start] if start else []
        if start is None or text.count(_ROW_START) > 1:
            starts = list(_ROW.finditer(text))
            for table in _TABLE.finditer(text):
                if starts and starts[0].start() < table.start():
                    raise unclear_error()
                extent.check()
                extent, row = Extent(_value(table[1], b"table:name", "")), 1
            text = text[starts[0].start() :] if starts else b""
        rows = sum(_times(start[1], b"table:number-rows-repeated") for start in starts)
        times = rows * _add_row(extent, row, rows, text)
        row += rows
        spaces = 0
        if b"text:c" in text:
            spaces = sum(_times(tag[1], b"text:c") for tag in _SPACES.finditer(text))
        if times > 1 or spaces:
            weight += (len(text) + spaces) * times
            check_weight(weight, n_bytes)
    extent.check()


def _add_row(extent: Extent, row: int, rows: int, text: bytes) -> int:
    """Add the cells of a row that stands for several; return how often a cell in it stands."""
    column, times = 1, 0
    if b"-columns-repeated" in text:
        for cell in _CELL.finditer(text):
            columns = _times(cell[1], b"table:number-columns-repeated")
            if _is_filled(cell[1]):
                extent.add(row, column, rows=rows, columns=columns)
                times = max(times, columns)
            column += columns
    elif _is_filled(text):
        columns = text.count(b"<table:table-cell") + text.count(b"<table:covered-table-cell")
        extent.add(row, 1, rows=rows, columns=columns)
        times = 1
    return times


def _rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield an ods content row by row, each with what stands before it."""
    unread = b""
    for block in blocks:
        *rows, unread = (unread + block).split(b"</table:table-row>")
        yield from map(text_before_tag, rows)
        if len(unread) > MAX_ROW_BYTES:
            raise unclear_error()
    yield text_before_tag(unread)


def _is_filled(text: bytes) -> bool:
    return b"office:" in text or b"table:formula" in text


def _times(tag: bytes, name: bytes) -> int:
    if name not in tag:
        return 1
    number = _value(tag, name, "1").lstrip("+")
    return int(number) if re.fullmatch("[0-9]{1,15}", number) else 1


def _value(tag: bytes, name: bytes, default: str) -> str:
    value = attributes(tag).get(name)
    return default if value is None else html.unescape(value.decode(errors="replace"))
