"""Small workbooks that would unfold to far more than a table are refused before they are loaded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from helpers.workbooks import (
    ods_parts,
    ods_row,
    sheet_xml,
    table_xml,
    text_cell,
    written,
    xls_bytes,
    xlsb_parts,
    xlsx_parts,
)
from rmmatch.cohort import read_cohort
from rmmatch.errors import CohortError, Problem

GOOD = pd.DataFrame({"id": ["E1"]})
FAR = '<row r="1048576"><c r="XFD1048576"{}</row>'
MEBIBYTE = 1 << 20


def read(path: Path | str) -> tuple[str, ...]:
    return read_cohort(path, GOOD).mentors.ids


def problem_of(path: Path | str) -> Problem:
    with pytest.raises(CohortError) as caught:
        read(path)
    (item,) = caught.value.items
    assert item.remedy
    return item


def xlsx(folder: Path, *sheets: str, strings: str | None = None) -> Path:
    return written(folder / "mentors.xlsx", xlsx_parts(*sheets, strings=strings))


def blocks(before: str, block: bytes, count: int, after: str) -> Iterator[bytes]:
    yield before.encode()
    for _ in range(count):
        yield block
    yield after.encode()


def cell(place: str, value: str, kind: str = "str") -> str:
    return f'<c r="{place}" t="{kind}"><v>{value}</v></c>'


# Cells that are far away ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "far",
    [
        f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>',
        FAR.format(' t="str"><f>A1</f><v></v></c>'),
        FAR.format(' t="str"><v/></c>'),
        '<row r="2"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'>\n<c s='1'\n r = 'xfd1048576'><v>1</v></c></row>",
        '<row r="1048576"><c q=">" r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><y:c r="XFD1048576"><y:v>1</y:v></y:c></row>',
        f'<row r="1048576">{"<c/>" * 16383}<c><v>1</v></c></row>',
        f'<row r="1048575"/><row>{"<c></c>" * 16383}<c><v>1</v></c></row>',
    ],
)
def test_a_stray_cell_is_named_however_it_is_written(tmp_path: Path, far: str) -> None:
    item = problem_of(xlsx(tmp_path, table_xml(far)))
    assert (item.file, item.row, item.code) == ("mentors.xlsx", 1048576, "stray_cell")
    assert item.remedy == "delete the stray cell at XFD1048576; then save the workbook"
    assert "17,179,869,184 cells only 3 hold" in item.reason


def test_a_stray_cell_in_a_sheet_whose_tags_have_a_prefix(tmp_path: Path) -> None:
    rows = [
        f'<x:row r="{row}"><x:c r="{place}" t="str"><x:v>{text}</x:v></x:c></x:row>'
        for row, place, text in ((1, "A1", "id"), (2, "A2", "M1"), (9, "XFD1048576", "x"))
    ]
    assert read(xlsx(tmp_path, sheet_xml("".join(rows[:2]), "x:"))) == ("M1",)
    assert problem_of(xlsx(tmp_path, sheet_xml("".join(rows), "x:"))).code == "stray_cell"


@pytest.mark.parametrize(
    "far",
    [
        FAR.format(' s="1"/>'),
        FAR.format(' s="1"></c>'),
        FAR.format(' s="1"><v/></c>'),
        FAR.format(' s="1"><v></v></c>'),
        FAR.format(' s="1"><f>A1</f></c>'),
        '<row r="1048576" s="1" customFormat="1"/>',
    ],
)
def test_rows_and_columns_that_are_only_formatted_are_no_matter(tmp_path: Path, far: str) -> None:
    assert read(xlsx(tmp_path, table_xml(far))) == ("M2",)


@pytest.mark.parametrize(
    ("places", "remedy"),
    [
        (["Z1048576"], "delete the stray cell at Z1048576"),
        (["XFD2"], "delete the stray cell at XFD2"),
        (["XFD2", "A1048576"], "delete the stray cells at A1048576 and XFD2"),
        (
            ["B1048570", "B1048575"],
            "delete the stray cells below row 3001, such as B1048575",
        ),
        (
            ["XFC5", "XFD4"],
            "delete the stray cells to the right of column A, such as XFD4",
        ),
    ],
)
def test_only_cells_behind_a_gap_are_called_stray(
    tmp_path: Path, places: list[str], remedy: str
) -> None:
    more = "".join(f'<row r="1">{text_cell(place, "x")}</row>' for place in places)
    wide = "".join(text_cell(f"{column}1", "x") for column in ("B", "C", "D", "E"))
    table = table_xml(more + f'<row r="1">{wide}</row>', people=3000)
    if "column A" in remedy:
        remedy = remedy.replace("column A", "column E")
    item = problem_of(xlsx(tmp_path, table))
    assert item.remedy == f"{remedy}; then save the workbook"


def sparse(n_rows: int) -> str:
    """A sheet in which the columns A and KN are filled, and none between them."""
    header = f'<row r="1">{cell("A1", "id")}{cell("KN1", "last")}</row>'
    rows = (
        f'<row r="{row}">{cell(f"A{row}", f"M{row}")}{cell(f"KN{row}", "x")}</row>'
        for row in range(2, n_rows + 1)
    )
    return sheet_xml(header + "".join(rows))


def test_what_is_large_and_thin_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thin = xlsx(tmp_path, sparse(200))  # 60,000 cells, 400 of them filled
    assert len(read(thin)) == 199
    limits = "rmmatch.files.workbooks.extents."
    monkeypatch.setattr(f"{limits}_MAX_CELLS_UNCHECKED", 1000)
    assert len(read(thin)) == 199  # what is far away is half of the table
    monkeypatch.setattr(f"{limits}_MAX_CELLS_WITH_STRAYS", 50_000)
    item = problem_of(thin)
    assert item.code == "stray_cell"
    assert "to the right of column A, such as KN" in item.remedy
    monkeypatch.setattr(f"{limits}_MAX_CELLS_PER_FILLED", 200)
    assert len(read(thin)) == 199
    monkeypatch.setattr(f"{limits}_MAX_CELLS", 50_000)
    item = problem_of(thin)
    assert item.code == "file_too_large"
    assert item.reason == "the sheet has 60,000 cells: 200 rows, 300 columns"


def test_a_stray_cell_in_a_sheet_that_is_not_read_is_no_matter(tmp_path: Path) -> None:
    far = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    book = xlsx(tmp_path, table_xml(), table_xml(far))
    assert read(book) == ("M2",)
    assert read(f"{book}#s1") == ("M2",)
    assert problem_of(f"{book}#s2").code == "stray_cell"


def test_both_sides_in_one_workbook_with_a_stray_cell(tmp_path: Path) -> None:
    far = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    parts = xlsx_parts(table_xml(), table_xml(far))
    listed = str(parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = listed.replace('"S1"', '"Mentors"').replace('"S2"', '"Mentees"')
    with pytest.raises(CohortError) as caught:
        read_cohort(written(tmp_path / "both.xlsx", parts))
    assert [(item.file, item.code) for item in caught.value.items] == [
        ("both.xlsx#Mentees", "stray_cell")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        '<!-- <c " --><row r="1048576"><c t="n" r="XFD1048576"><v>1</v></c></row>',
        '<row r="3"><c t="n" r="A99999999"><v>1</v></c></row>',
        '<row r="3"><c t="n" r="AAAA3"><v>1</v></c></row>',
        '<row r="9999999999"><c t="n"><v>1</v></c></row>',
    ],
)
def test_a_sheet_that_cannot_be_looked_into_is_not_loaded(tmp_path: Path, rows: str) -> None:
    item = problem_of(xlsx(tmp_path, table_xml(rows)))
    assert "cannot be looked into" in item.reason


# Long texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["shared", "inlineStr", "str"])
def test_a_cell_of_many_megabytes_is_named(tmp_path: Path, kind: str) -> None:
    text = b"x" * MEBIBYTE
    table = '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>goals</v></c></row>'
    strings = None
    if kind == "shared":
        strings = blocks("<sst><si><t>q</t></si><si><t>", text, 100, "</t></si></sst>")
        sheet: object = sheet_xml(table + f'<row r="7">{cell("B7", "1", "s")}</row>')
    else:
        tags = ("<is><t>", "</t></is>") if kind == "inlineStr" else ("<v>", "</v>")
        before, _, after = sheet_xml(
            table + f'<row r="7"><c r="B7" t="{kind}">{tags[0]}HERE{tags[1]}</c></row>'
        ).partition("HERE")
        sheet = blocks(before, text, 100, after)
    path = written(tmp_path / "mentors.xlsx", xlsx_parts(sheet, strings=strings))  # type: ignore[arg-type]
    assert path.stat().st_size < 200_000
    item = problem_of(path)
    assert (item.row, item.code) == (7, "cell_too_long")
    assert item.reason == "cell B7 is over 131,072 characters"


def test_the_limit_of_a_cell_is_that_of_csv(tmp_path: Path) -> None:
    header = f'<row r="1">{text_cell("A1", "id")}{text_cell("B1", "comment")}</row>'
    for text, is_fine in (("x" * 131_072, True), ("&amp;" * 131_072, True), ("x" * 131_073, False)):
        row = f'<row r="2">{text_cell("A2", "M1")}{text_cell("B2", text)}</row>'
        path = xlsx(tmp_path, sheet_xml(header + row))
        if is_fine:
            assert read(path) == ("M1",)
        else:
            item = problem_of(path)
            assert (item.row, item.column, item.code) == (2, "comment", "cell_too_long")
            assert "131,073" in item.reason


def test_one_long_text_in_very_many_cells_is_refused(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}">{cell(f"A{row}", f"M{row}")}{cell(f"B{row}", "1", "s")}</row>'
        for row in range(2, 5_002)
    )
    header = f'<row r="1">{cell("A1", "id")}{cell("B1", "comment")}</row>'
    strings = "<sst><si><t>short</t></si><si><t>{}</t></si></sst>".format("x" * 100_000)
    item = problem_of(xlsx(tmp_path, sheet_xml(header + rows), strings=strings))
    assert item.code == "file_too_large"
    assert "over 500," in item.reason
    once = rows.replace("<v>1</v>", "<v>0</v>", 4_999)
    assert len(read(xlsx(tmp_path, sheet_xml(header + once), strings=strings))) == 5_000


# Bombs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("is_honest", [True, False])
def test_what_unfolds_to_hundreds_of_times_its_size_is_refused(
    tmp_path: Path, part: str, *, is_honest: bool
) -> None:
    before, _, after = table_xml("HERE").partition("HERE")
    block = b'<row r="3"><c r="A3"><v>1</v></c></row>' * 25_000
    if part.endswith("sharedStrings.xml"):
        before, block, after = "<sst>", b"<si><t>x</t></si>" * 60_000, "</sst>"
    parts = {**xlsx_parts(table_xml()), part: blocks(before, block, 80, after)}
    path = written(tmp_path / "mentors.xlsx", parts)
    if not is_honest:
        _understate(path, part)
    item = problem_of(path)
    assert item.code == "file_too_large"
    assert "unfolds to over 200 times its size" in item.reason


def _understate(path: Path, part: str) -> None:
    """Write another size of a part into the directory of a zip."""
    data = bytearray(path.read_bytes())
    entry = data.rindex(part.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, entry + 24, 1000)
    path.write_bytes(data)


# Other kinds of workbook ---------------------------------------------------------------------

ODS_END = '</table:table><table:table table:name="S2">' + ods_row("x")
ODS = ods_row("id") + ods_row("M1")


def ods(folder: Path, *sheets: str) -> Path:
    return written(folder / "mentors.ods", ods_parts(*sheets))


def test_empty_cells_that_are_repeated_to_the_end_of_an_ods_sheet_are_no_matter(
    tmp_path: Path,
) -> None:
    wide = ods_row("id", "").replace(
        "table-cell/>", 'table-cell table:number-columns-repeated="9"/>'
    )
    rest = ods_row("", columns=16384, rows=1048574)
    assert read(ods(tmp_path, wide + ods_row("M1") + rest)) == ("M1",)


def test_a_stray_cell_of_an_ods_workbook_is_named_with_its_sheet(tmp_path: Path) -> None:
    far = ods_row("", "x").replace(
        "<table:table-cell/>", '<table:table-cell table:number-columns-repeated="16383"/>'
    )
    book = ods(tmp_path, ODS, ODS + ods_row("", columns=16384, rows=1048573) + far)
    item = problem_of(book)
    assert (item.row, item.code) == (1048576, "stray_cell")
    assert item.reason.startswith("the sheet 'S2' reaches to XFD1048576")
    assert item.remedy == "delete the stray cell at XFD1048576; then save the workbook"


@pytest.mark.parametrize(
    "row",
    [
        ods_row("x", columns=16384, rows=1048574),
        ods_row("x", columns=16384, rows=1048574).replace('repeated="1', 'repeated="&#49;'),
        ods_row("y").replace("row>", "row >") + ods_row("x", columns=16384, rows=1048573),
        ods_row('<text:s text:c="300000000"/>'),
        ods_row("x" * 1_400_000),
        "<!-- " + ods_row("x") + " -->",
        ods_row("", rows=1048574) + ods_row("x", "y").replace("row>", "row >") + ODS_END,
    ],
)
def test_what_is_repeated_in_an_ods_workbook_is_counted(tmp_path: Path, row: str) -> None:
    assert problem_of(ods(tmp_path, ODS + row)).code in (
        "cell_too_long",
        "file_too_large",
        "unreadable_table",
    )


def test_an_xlsb_workbook_is_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "mentors.xlsb"
    cells = [(1, 1, "id"), (2, 1, "M1")]
    assert read(written(path, xlsb_parts(cells))) == ("M1",)
    item = problem_of(written(path, xlsb_parts([*cells, (1048576, 16384, "x")])))
    assert item.remedy == "delete the stray cell at XFD1048576; then save the workbook"
    item = problem_of(written(path, xlsb_parts([*cells, (3, 1, "x" * 1_000_000)])))
    assert item.code == "cell_too_long"


@pytest.mark.parametrize("size", [1, 4096, 20_000])
def test_an_xls_workbook_is_looked_into(tmp_path: Path, size: int) -> None:
    path = tmp_path / "mentors.xls"
    cells = [(1, 1, "id"), (2, 1, "M1"), (3, 1, "M2")]
    path.write_bytes(xls_bytes(cells, size=size))
    assert read(path) == ("M1", "M2")
    path.write_bytes(xls_bytes([*cells, (65536, 256, "x")], size=size))
    item = problem_of(path)
    assert (item.row, item.code) == (65536, "stray_cell")
    assert item.remedy == "delete the stray cell at IV65536; then save the workbook"


def test_a_damaged_xls_workbook_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mentors.xls"
    whole = bytearray(xls_bytes([(1, 1, "id"), (2, 1, "M1")]))
    whole[512 + 4 * 5 : 512 + 4 * 6] = struct.pack("<I", 3)  # the stream follows itself
    for data in (whole, whole[:1000], whole[:512], whole[:20]):
        path.write_bytes(data)
        assert problem_of(path).code == "unreadable_table"


def test_an_ods_sheet_may_begin_with_empty_rows_or_be_empty(tmp_path: Path) -> None:
    empty = ods_row("", columns=16384, rows=1048576)
    assert read(f"{ods(tmp_path, empty, ODS)}#S2") == ("M1",)
    assert read(ods(tmp_path, ods_row("", rows=1000) + ODS)) == ("M1",)
