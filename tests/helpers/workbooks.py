"""Workbooks written part by part, as no spreadsheet would write them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{}</Relationships>"
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)
_ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)


def written(path: Path, parts: Mapping[str, str | bytes | Iterable[bytes]]) -> Path:
    """Write a zip of these parts; an iterable is written block by block."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if isinstance(content, str | bytes):
                archive.writestr(name, content)
                continue
            with archive.open(name, "w", force_zip64=True) as part:
                for block in content:
                    part.write(block)
    return path


def xlsx_parts(
    *sheets: str | bytes | Iterable[bytes], strings: str | bytes | Iterable[bytes] | None = None
) -> dict[str, str | bytes | Iterable[bytes]]:
    """The parts of an xlsx workbook with the sheets S1, S2, … of this XML."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    root = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    parts: dict[str, str | bytes | Iterable[bytes]] = {
        "_rels/.rels": _RELATIONSHIPS.format(root),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _RELATIONSHIPS.format(targets),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets, strict=True)}
    return parts if strings is None else {**parts, "xl/sharedStrings.xml": strings}


def sheet_xml(rows: str, prefix: str = "") -> str:
    """A sheet of such rows; their tags must have the prefix too."""
    name = f"{prefix}worksheet"
    space = f":{prefix[:-1]}" if prefix else ""
    data = f"<{prefix}sheetData>{rows}</{prefix}sheetData>"
    return f'<?xml version="1.0"?><{name} xmlns{space}="{_MAIN}">{data}</{name}>'


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def table_xml(more: str = "", people: int = 1) -> str:
    """The sheet of a table with the column id, and whatever else stands in it."""
    rows = (f'<row r="{n}">{text_cell(f"A{n}", f"M{n}")}</row>' for n in range(2, people + 2))
    return sheet_xml(f'<row r="1">{text_cell("A1", "id")}</row>' + "".join(rows) + more)


def ods_parts(*sheets: str) -> dict[str, str]:
    """The parts of an ods workbook with the sheets S1, S2, … of these rows."""
    tables = "".join(
        f'<table:table table:name="S{n}">{rows}</table:table>'
        for n, rows in enumerate(sheets, start=1)
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    return {
        "mimetype": _ODS,
        "content.xml": f"<office:document-content {_ODS_NAMES}>{body}</office:document-content>",
        "META-INF/manifest.xml": _MANIFEST,
    }


def ods_row(*texts: str, rows: int = 1, columns: int = 1) -> str:
    """A row of an ods sheet; each of its cells may stand for many, empty ones for none."""
    repeated = f' table:number-columns-repeated="{columns}"' if columns > 1 else ""
    cells = "".join(
        f'<table:table-cell{repeated} office:value-type="string"><text:p>{text}</text:p>'
        "</table:table-cell>"
        if text
        else f"<table:table-cell{repeated}/>"
        for text in texts
    )
    more = f' table:number-rows-repeated="{rows}"' if rows > 1 else ""
    return f"<table:table-row{more}>{cells}</table:table-row>"


def xlsb_parts(cells: Iterable[tuple[int, int, str]]) -> dict[str, str | bytes]:
    """The parts of an xlsb workbook with the sheet S1 of such cells: row, column, text."""
    records = [_record(0x81), _record(0x94, bytes(16)), _record(0x91)]
    for row, column, text in cells:
        records.append(_record(0x00, _number(row - 1) + bytes(21)))
        records.append(_record(0x06, _number(column - 1) + bytes(4) + _wide(text)))
    sheet = b"".join([*records, _record(0x92), _record(0x82)])
    listed = _record(0x9C, _number(0) + _number(1) + _wide("rId1") + _wide("S1"))
    book = _record(0x83) + _record(0x8F) + listed + _record(0x90) + _record(0x84)
    root = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.bin"/>'
    target = f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.bin"/>'
    return {
        "_rels/.rels": _RELATIONSHIPS.format(root),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": _RELATIONSHIPS.format(target),
        "xl/worksheets/sheet1.bin": sheet,
    }


def _record(kind: int, data: bytes = b"") -> bytes:
    start = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(data), b""
    while length > 0x7F:
        length, size = length >> 7, size + bytes([length & 0x7F | 0x80])
    return start + size + bytes([length]) + data


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _wide(text: str) -> bytes:
    return _number(len(text)) + text.encode("utf-16-le")


def xls_bytes(cells: Iterable[tuple[int, int, str]], *, size: int = 4096) -> bytes:
    """An xls workbook with the sheet S1 of such cells, its stream of at least so many bytes.

    A stream below 4,096 bytes is kept in another way.
    """
    first = struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)
    listed = struct.pack("<IBBBB", 0, 0, 0, 2, 0) + b"S1"
    book = _biff(0x0809, first) + _biff(0x0085, listed) + _biff(0x000A)
    book = book.replace(listed, struct.pack("<I", len(book)) + listed[4:])
    book += _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    for row, column, text in cells:
        place = struct.pack("<HHHHB", row - 1, column - 1, 0, len(text), 0)
        book += _biff(0x0204, place + text.encode("latin-1"))
    book = (book + _biff(0x000A)).ljust(size, b"\0")
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    is_small = len(book) < 4096
    stored = book.ljust(-len(book) % sector + len(book), b"\0")
    count = len(stored) // sector
    # Sectors: the table of sectors, the directory, the table of small sectors, the stream.
    chain = [0xFFFFFFFD, end, end, *range(4, 3 + count), end]
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    pieces = -(-len(book) // 64) if is_small else 0
    small = [*range(1, pieces), end] if is_small else []
    small_table = struct.pack("<128I", *small, *[free] * (128 - len(small)))
    entries = [
        _entry("Root Entry", 5, 3 if is_small else end, len(stored) if is_small else 0, child=1),
        _entry("Workbook", 2, 0 if is_small else 3, len(book)),
    ]
    directory = b"".join(entries).ljust(sector, b"\0")
    header = bytes.fromhex("d0cf11e0a1b11ae1").ljust(24, b"\0")
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6).ljust(20, b"\0")
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 2, 1, end, 0, 0)
    header += struct.pack("<108I", *[free] * 108)
    return header + table + directory + small_table + stored


def _biff(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + bytes(2)
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return entry.ljust(116, b"\0") + struct.pack("<II", start, size) + bytes(4)
