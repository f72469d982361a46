"""Bad input: every problem of every table is found, placed, and comes with a remedy."""

from __future__ import annotations

import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.cohort import read_cohort, read_pairs
from rmmatch.errors import HIDDEN, CohortError, Problem

GOOD = pd.DataFrame({"id": ["E1"]})


def problems_of(mentors: object, mentees: object = GOOD, **options: object) -> list[Problem]:
    with pytest.raises(CohortError) as caught:
        read_cohort(mentors, mentees, **options)  # type: ignore[arg-type]
    items = list(caught.value.items)
    assert all(item.remedy and item.reason and item.file for item in items)
    assert len(caught.value.problems) == len(items)
    return items


def problem_of(mentors: object, mentees: object = GOOD, **options: object) -> Problem:
    (item,) = problems_of(mentors, mentees, **options)
    return item


def test_all_problems_of_all_tables_come_at_once(tmp_path: Path) -> None:
    mentors = tmp_path / "mentors.csv"
    mentors.write_text(
        "id,capacity,min_load,priority,status,attended training,availability\n"
        "M1,2.0,1,,reserve,y,Mon am\n"
        "M1,-1,x,1.5,gone,maybe,Mon 25:00\n"
        ",,3,,,,\n"
        "M4,1,2,,,,,surplus\n"
        "M;5,99999999999999999999,,,,,Mon 12:00-09:00\n",
        encoding="utf-8",
    )
    mentees = pd.DataFrame({"ids": ["E1"], "Capacity": ["two"]}, index=["first"])
    relations = tmp_path / "relations.csv"
    relations.write_text("mentor,mentee,kind\nM1,E9,pinned\nM1,,\n", encoding="utf-8")
    found = problems_of(mentors, mentees, relations=relations, columns={"Goal?": "goals"})
    assert [(item.file, item.row, item.column, item.value) for item in found] == [
        ("mentors.csv", "2-3", "id", "M1"),
        ("mentors.csv", 3, "status", "gone"),
        ("mentors.csv", 3, "availability", "Mon 25:00"),
        ("mentors.csv", 3, "attended_training", "maybe"),
        ("mentors.csv", 3, "capacity", "-1"),
        ("mentors.csv", 3, "min_load", "x"),
        ("mentors.csv", 3, "priority", "1.5"),
        ("mentors.csv", 4, "id", ""),
        ("mentors.csv", 4, "min_load", "3"),
        ("mentors.csv", 5, "", ""),
        ("mentors.csv", 5, "min_load", "2"),
        ("mentors.csv", 6, "availability", "Mon 12:00-09:00"),
        ("mentors.csv", 6, "id", "M;5"),
        ("mentors.csv", 6, "capacity", "99999999999999999999"),
        ("mentees", "", "id", ""),
        ("mentees", "first", "capacity", "two"),
        ("relations.csv", 3, "mentee", ""),
        ("relations.csv", 3, "kind", ""),
        ("relations.csv", 2, "mentee", "E9"),
        ("columns", "", "", "Goal?"),
    ]
    reasons = [item.reason for item in found]
    assert reasons[0] == "2 rows have the same id"
    assert "'ids'" in next(item.remedy for item in found if item.code == "missing_column")


@pytest.mark.parametrize("value", ["2", "2.0", "+2", "002", 2, 2.0, True])
def test_whole_numbers_that_are_fine(value: object) -> None:
    frame = pd.DataFrame({"id": ["M1"], "priority": pd.Series([value], dtype=object)})
    if value is True:
        assert problem_of(frame).column == "priority"
    else:
        assert read_cohort(frame, GOOD).mentors.priority.tolist() == [2]


@pytest.mark.parametrize("value", ["1.5", "-1", "two", "1e3", "٣", "1 000", "1000001", "--1"])
@pytest.mark.parametrize("column", ["capacity", "min_load", "priority"])
def test_whole_numbers_that_are_not(column: str, value: str) -> None:
    found = problem_of(pd.DataFrame({"id": ["M1"], column: [value]}, index=["a"]))
    assert (found.row, found.column, found.value) == ("a", column, value)


def test_roles() -> None:
    people = pd.DataFrame(
        {"id": ["A", "B", "C"], "role": ["mentor", "boss", None]}, index=[7, 8, 9]
    )
    assert [(p.row, p.value) for p in problems_of(people, None)] == [(8, "boss"), (9, "")]
    alone = problem_of(people[:1], None)
    assert alone.reason == "has no mentees"
    assert "two tables" in problem_of(GOOD, None).remedy
    swapped = problem_of(pd.DataFrame({"id": ["A"], "role": ["mentee"]}))
    assert swapped.reason == "is in the table of mentors"
    jobs = problem_of(pd.DataFrame({"id": ["A"], "role": ["Ward sister"]}))
    assert "or rename it" in jobs.remedy


def test_sensitive_values_and_ids_are_in_no_message() -> None:
    secret = "Tuesday-ish"
    frame = pd.DataFrame(
        {"id": ["M1", "M1"], "availability": [secret, None], "capacity": [secret, "1"]}
    )
    relations = pd.DataFrame({"mentor": ["M2"], "mentee": ["E1"], "kind": ["pinned"]})
    found = problems_of(
        frame,
        relations=relations,
        columns={"capacity": "min_load"},
        sensitive=["Availability", "Capacity", "ID"],
    )
    text = " ".join(map(str, found))
    assert secret not in text
    assert "M1" not in text
    assert "M2" not in text
    assert [item.value for item in found] == [HIDDEN] * 4


def test_a_sensitive_column_that_no_table_has_would_hide_nothing() -> None:
    people = pd.DataFrame({"id": ["M1"], "What is your faith?": ["x"], "disability": ["y"]})
    kinds = pd.DataFrame({"mentor": ["M1"], "mentee": ["E1"], "kind": ["Grievance"]})
    mapping = {"What is your faith?": "faith"}
    named = ["Disability", "faith", "what is your faith?", "grievance", "tutor"]
    read_cohort(people, GOOD, relations=kinds, columns=mapping, sensitive=named)
    item = problem_of(people, columns=mapping, sensitive=["disabilty", "faith"])
    assert (item.file, item.reason) == ("sensitive", "no table has the column 'disabilty'")
    assert "did you mean 'disability'?" in item.remedy


def test_one_sensitive_column_may_be_named_by_itself() -> None:
    table = pd.DataFrame({"id": ["M1"], "availability": ["my secret"]})
    assert problem_of(table, sensitive="availability").value == HIDDEN


def test_headers() -> None:
    twice = pd.DataFrame([["M1", "a", "b"]], columns=["id", "Line manager", "line_manager"])
    assert "'Line manager' and 'line_manager'" in problem_of(twice).reason
    mapped = pd.DataFrame([["M1", "a", "b"]], columns=["id", "grade", "Aims?"])
    conflict = problem_of(mapped, columns={"Aims?": "grade"})
    assert conflict.code == "conflicting_columns"
    assert "'grade', 'Aims?' is filled, and they differ" in conflict.reason
    missed = problem_of(mapped, columns={"Aim?": "goals"})
    assert (missed.value, missed.remedy) == ("Aim?", "did you mean 'Aims?'?")
    assert "'Staff ID'" in problem_of(pd.DataFrame({"Staff ID": ["M1"]})).remedy


@pytest.mark.parametrize(
    ("data", "reason", "row"),
    [
        (b"", "is empty", ""),
        (b"\n , \n", "is empty", ""),
        (b"id,name\n", "has no people", ""),
        (b"id,name\n,\n", "has no people", ""),
        (b"id,name\nM1,\x81\n", "is neither UTF-8 nor Windows-1252", 2),
        (b"id\nM1\x00\n", "NUL bytes", ""),
        (b"\xff\xfei\x00d\x00\n", "starts as UTF-16", ""),
        ("id\nM1\n".encode("utf-16-le"), "NUL bytes", ""),
        (b'id,name\nM1,"Ann\nM2,Bo,x\n', "a quotation mark is never closed", 2),
        (b'id,name\nM1,"Ann, ""x""" Lee\n', "text after a closing quotation mark", 2),
        (b'id,name,city\nM1,"Ann,Rye\nM2,Bo",Ely\n', "a cell holds whole rows", 2),
        (b"id,name\nM1," + b"x" * 131_073 + b"\n", "a cell is over 131,072 characters", 2),
        (b"id,name\nM1," + b"a," * 2**19, "a line is over 1 MB", 2),
        (b"PK\x03\x04 and then nothing like a zip", "is not a workbook that can be read", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is not a workbook that can be read", ""),
        (b"x" * 2**20, "the header line is over 1 MB", ""),
        (b'id,"' + b"name\n" * 2**18, "the header line is over 1 MB", ""),
        (b"\0" * 2**20, "NUL bytes", ""),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, data: bytes, reason: str, row: object) -> None:
    path = tmp_path / "mentors.csv"
    path.write_bytes(data)
    found = problem_of(path)
    assert reason in found.reason
    assert (found.file, found.row) == ("mentors.csv", row)


def test_a_huge_file_of_one_line_is_refused_from_its_head(tmp_path: Path) -> None:
    path = tmp_path / "mentors.csv"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"id,name;" * 2**17)
    tracemalloc.start()
    try:
        assert "over 1 MB" in problem_of(path).reason
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    finally:
        tracemalloc.stop()


def test_a_line_without_an_end_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mentors.csv"
    for mark in (b"", b'"'):
        with path.open("wb") as file:
            file.write(b"id,goals\nM1,a\nM2," + mark)
            for _ in range(60):
                file.write(b"research" * 2**17)
            file.write(mark + b"\n")
        tracemalloc.start()
        try:
            item = problem_of(path)
            assert tracemalloc.get_traced_memory()[1] < 15 * 2**20
        finally:
            tracemalloc.stop()
        assert item.reason == "line 3 is over 1 MB"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_table_of_many_megabytes_is_read(tmp_path: Path, codec: str, end: str) -> None:
    path = tmp_path / "mentors.csv"
    rows = (f"M{n},{'é' * 500}" for n in range(6_000))
    path.write_bytes(end.join(["id,name", *rows]).encode(codec))
    assert path.stat().st_size > 6_000_000
    assert len(read_cohort(path, GOOD).mentors) == 6_000


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "mentors.csv").write_text("id\nM1\n", encoding="utf-8")
    missing = problem_of(tmp_path / "mentor.csv")
    assert (missing.reason, missing.remedy) == ("no such file", "did you mean 'mentors.csv'?")
    assert problem_of(tmp_path).reason == "is a folder"
    assert problem_of(tmp_path / "mentors.csv" / "x.csv").reason == "no such file"
    assert problem_of(tmp_path / ("x" * 5000)).reason.startswith("cannot be read")
    assert problem_of("nul\0byte.csv").reason == "no such file"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert problem_of(tmp_path / "pipe.csv").reason == "is not an ordinary file"


def test_workbooks_that_cannot_be_read(tmp_path: Path) -> None:
    fake = tmp_path / "mentors.xlsx"
    fake.write_text("id\nM1\n", encoding="utf-8")
    assert problem_of(fake).reason == "is not a workbook"
    assert problem_of(f"{fake}#Sheet1").file == "mentors.xlsx#Sheet1"
    archive = shutil.make_archive(str(tmp_path / "some"), "zip", root_dir=tmp_path, base_dir=".")
    assert "is not a workbook" in problem_of(archive).reason

    pd.DataFrame({"id": ["M1"]}).to_excel(fake, index=False, engine="xlsxwriter")
    unknown = problem_of(f"{fake}#People")
    assert (unknown.reason, unknown.value) == ("no such sheet", "People")
    assert "'Sheet1'" in unknown.remedy
    fake.write_bytes(fake.read_bytes()[:-200])
    assert "is not a workbook" in problem_of(fake).reason


def test_a_workbook_of_both_sides_or_relations_that_cannot_be_read(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "people.xlsx", None).reason == "no such file"
    people = pd.DataFrame({"id": ["M1"]})
    found = problem_of(people, relations=tmp_path / "relations.csv")
    assert (found.file, found.reason) == ("relations.csv", "no such file")


def test_a_table_must_be_a_path_a_dataframe_or_a_list() -> None:
    with pytest.raises(TypeError, match="not int"):
        read_cohort(3, GOOD)  # type: ignore[arg-type]


def test_other_tables_do_not_suffer_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    relations = pd.DataFrame({"mentor": ["M1"], "mentee": ["E1"], "kind": ["pinned"]})
    found = problems_of(
        tmp_path / "none.csv",
        pd.DataFrame({"id": ["E1", "E1"]}),
        relations=relations,
        columns={"ScanQuery": "goals"},
    )
    assert [(item.file, item.column) for item in found] == [("none.csv", ""), ("mentees", "id")]


@given(st.binary(max_size=200), st.sampled_from([b"", b"id,name\n", b"PK\x03\x04", b"\xff\xfe"]))
def test_any_bytes_are_read_or_refused_with_problems(rubbish: bytes, start: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mentors.csv"
        path.write_bytes(start + rubbish)
        try:
            found = read_cohort(path, GOOD).mentors.ids
        except CohortError as error:
            found = error.items
    assert len(found) > 0
    assert "".join(map(str, found)).encode("utf-8")


def test_a_kind_of_relation_that_looks_like_a_slip_is_refused() -> None:
    relations = pd.DataFrame(
        {"mentor": ["M1", "M1"], "mentee": ["E1", "E1"], "kind": ["forbiden", "same choir"]}
    )
    with pytest.raises(CohortError) as caught:
        read_cohort(pd.DataFrame({"id": ["M1"]}), pd.DataFrame({"id": ["E1"]}), relations=relations)
    [problem] = caught.value.items
    assert (problem.column, problem.value, problem.reason) == (
        "kind",
        "forbiden",
        "may be misspelt",
    )
    assert "'forbidden'" in problem.remedy


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        (
            {"Application status": ["withdrawn", None]},
            "under `columns` in the scheme 'application_status': status",
        ),
        ({"Priority area": ["maternity", None]}, "in the scheme 'priority_area': priority"),
    ],
)
def test_what_may_be_meant_otherwise_is_noted(columns: dict[str, list[object]], note: str) -> None:
    mentors = pd.DataFrame({"id": ["M1", "M2"], **columns})
    cohort = read_cohort(mentors, pd.DataFrame({"id": ["E1"]}))
    assert any(note in found for found in cohort.notes), cohort.notes


def test_the_same_people_on_both_sides_are_noted() -> None:
    mentors = pd.DataFrame({"id": ["A", "B"], "goals": ["x", "y"]})
    mentees = pd.DataFrame({"id": ["B", "A"], "goals": ["x", "y"]})
    assert (
        "everybody is both a mentor and a mentee: did you give the same table twice?"
        in read_cohort(mentors, mentees).notes
    )


# Tables that hold too much ---------------------------------------------------------------------


def test_more_columns_than_a_sheet_can_have_are_refused(tmp_path: Path) -> None:
    header = ["id", *(f"c{n}" for n in range(16_384))]
    path = tmp_path / "mentors.csv"
    path.write_text(",".join(header) + "\nM1\n", "utf-8")
    for table in (pd.DataFrame([["M1"] * 16_385], columns=header), path):
        item = problem_of(table)
        assert (item.row, item.code) == ("", "too_many_columns")
        assert item.reason == "has 16,385 columns, and a table may have 16,384"
    path.write_text(",".join(header[:-1]) + "\nM1\n", "utf-8")
    assert len(read_cohort(path, GOOD).mentors.columns) == 16_383


@pytest.mark.parametrize("column", ["goals", "speciality", "preferences", "What else?", "conflict"])
def test_more_answers_than_a_cell_may_hold_are_a_problem_of_that_cell(column: str) -> None:
    cells = ["a", "; ;" + "b ;" * 1_000, "c;" * 1_001, None]
    frame = pd.DataFrame({"id": ["M1", "M2", "M3", "M4"], column: cells})
    item = problem_of(frame)
    name = column if column != "What else?" else "what_else?"
    assert (item.row, item.column, item.code) == (2, name, "too_many_answers")
    assert item.value.startswith("c;c;c;")
    assert item.reason == "has 1,001 answers; a cell may have 1,000"
    assert problem_of(frame, sensitive=[column]).value == HIDDEN


def test_a_cell_of_a_dataframe_has_the_limit_of_a_file() -> None:
    frame = pd.DataFrame({"id": ["M1", "M2"], "goals": ["x" * 131_072, "x" * 131_073]})
    item = problem_of(frame)
    assert (item.row, item.column, item.code) == (1, "goals", "cell_too_long")
    assert "131,073" in item.reason


def test_half_of_a_character_is_refused_wherever_it_stands() -> None:
    mentors = pd.DataFrame(
        {"id": ["M1", "M\ud83d", "M3"], "goals": [["a", "\udc00"], "b", "\U0001f600"]},
        index=["first", "\ud800", "third"],
    )
    mentees = pd.DataFrame({"id": ["E1"], "t\ud800": ["x"]})
    found = problems_of(mentors, mentees)
    assert {item.code for item in found} == {"not_text"}
    assert [(item.file, item.row, item.column, item.value) for item in found] == [
        ("mentors", "first", "goals", "U+DC00"),
        ("mentors", "\ufffd", "id", "U+D83D"),
        ("mentees", "", "t\ufffd", "U+D800"),
    ]
    assert "\n".join(map(str, found)).encode()
    with pytest.raises(CohortError) as caught:
        read_pairs([("E1", "M1"), ("E2", "M\ud800")])
    assert [(item.row, item.value) for item in caught.value.items] == [(2, "U+D800")]


def test_all_problems_are_kept_however_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "mentors.csv"
    path.write_text("id,capacity\n" + "".join(f"M{n},x{n % 7}\n" for n in range(100_000)), "utf-8")
    with pytest.raises(CohortError) as caught:
        read_cohort(path, GOOD)
    (item,) = caught.value.items
    assert (item.row, item.column) == ("2-100001", "capacity")
    assert item.reason.startswith("7 answers cannot be read: 'x0' (rows 2, 9, 16, 23, 30 and")
    assert len(str(caught.value)) < 5_000


def test_the_mark_of_a_workbook_that_is_open_is_not_the_workbook(tmp_path: Path) -> None:
    mark = tmp_path / "~$mentors.xlsx"
    mark.write_bytes(b"\x07A Person" + bytes(150))
    with pytest.raises(CohortError, match="while a workbook is open") as caught:
        read_cohort(mark, pd.DataFrame({"id": ["E1"]}))
    assert "name the workbook: 'mentors.xlsx'" in str(caught.value)
