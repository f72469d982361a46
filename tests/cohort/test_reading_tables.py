"""Reading tables: the same people come out of every kind of file they can be written in."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import sample
from rmmatch.cohort import Cohort, Slot, read_cohort, read_pairs, read_scores
from rmmatch.cohort.cells import clean
from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.errors import CohortError, MissingExtraError

HEADER = ("ID", "Name", "Goals", "Capacity", "Attended training")
MENTORS = (
    ("M1", "Zoë Fiancé", "teaching; research", "2", "Y"),
    ("M2", "=cmd|' /C calc'!A0", "", "", "no"),
)
MENTEES = (("E1", "Ann, Lee", "n/a", "1", "TRUE"),)


def csv_text(rows: tuple[tuple[str, ...], ...], delimiter: str = ",", end: str = "\n") -> str:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in (HEADER, *rows)]
    return "".join(delimiter.join(row) + end for row in quoted)


def workbook(path: Path, sheets: dict[str, list[tuple[object, ...]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, place, cell)
                    else:
                        sheet.write(number, place, cell)
    return path


@pytest.fixture
def written(tmp_path: Path) -> Cohort:
    return read_bytes(tmp_path, csv_text(MENTORS).encode(), csv_text(MENTEES).encode())


def read_bytes(folder: Path, mentors: bytes, mentees: bytes) -> Cohort:
    (folder / "mentors.csv").write_bytes(mentors)
    (folder / "mentees.csv").write_bytes(mentees)
    return read_cohort(folder / "mentors.csv", folder / "mentees.csv")


def test_a_plain_csv(written: Cohort) -> None:
    mentors = written.mentors
    assert mentors.ids == ("M1", "M2")
    assert list(mentors.columns) == ["name", "goals", "attended_training"]
    assert mentors.column("goals").tolist() == ["teaching; research", None]
    assert mentors.column("attended_training").tolist() == ["yes", "no"]
    assert mentors.capacity.tolist() == [2, 1]
    assert mentors.min_load.tolist() == mentors.priority.tolist() == [0, 0]
    assert mentors.status.tolist() == ["applicant", "applicant"]
    assert mentors.column("name")[1] == "=cmd|' /C calc'!A0"
    assert written.mentees.has("goals")
    assert written.mentees.column("goals").tolist() == [None]
    assert written.notes == ()
    assert [source.name for source in written.sources] == ["mentors.csv", "mentees.csv"]
    digest = hashlib.sha256(csv_text(MENTORS).encode()).hexdigest()
    assert written.sources[0][1:] == (digest, 2)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_do_not_matter(
    tmp_path: Path, written: Cohort, codec: str, delimiter: str, end: str
) -> None:
    read = read_bytes(
        tmp_path,
        csv_text(MENTORS, delimiter, end).encode(codec),
        csv_text(MENTEES, delimiter, end).encode(codec),
    )
    assert read.fingerprint == written.fingerprint
    assert len(read.notes) == (codec == "cp1252")
    assert all("Windows-1252" in note for note in read.notes)


def test_commas_in_the_questions_do_not_decide_the_delimiter(tmp_path: Path) -> None:
    table = b"id;Which goals, if any, would you pick?;name\nE1;teaching;Ann\n"
    cohort = read_bytes(tmp_path, table.replace(b"E1", b"M1"), table)
    assert list(cohort.mentees.columns) == ["which_goals,_if_any,_would_you_pick?", "name"]


def test_a_cell_may_hold_line_breaks_and_rows_count_as_a_spreadsheet_counts(
    tmp_path: Path,
) -> None:
    table = b'id,name,capacity\n\n"E1","Ann\nLee",1\n,,\nE2,"B",x\n'
    with pytest.raises(CohortError) as caught:
        read_bytes(tmp_path, b"id\nM1\n", table)
    assert [(item.row, item.value) for item in caught.value.items] == [(5, "x")]


def test_blank_rows_and_columns_without_a_header_are_ignored_and_noted(tmp_path: Path) -> None:
    table = b",id,name,,\n0,M1,Ann\n,,\n1,M2\n\n"
    cohort = read_bytes(tmp_path, table, b"\n\nid\nE1\n")
    assert cohort.mentors.ids == ("M1", "M2")
    assert cohort.mentors.column("name").tolist() == ["Ann", None]
    assert cohort.notes == (
        "mentors.csv: 1 row has fewer cells than the header (the first is row 4); the rest of "
        "such a row counts as empty",
        "mentors.csv: 2 blank rows were ignored",
        "mentors.csv: column 1 has no header and was ignored",
    )


def test_the_line_in_which_excel_names_its_separator_is_passed_over(tmp_path: Path) -> None:
    cohort = read_bytes(tmp_path, b"sep=;\r\nid;name\r\nM1;Ann\r\n", b"id\nE1\n")
    assert cohort.mentors.column("name").tolist() == ["Ann"]
    with pytest.raises(CohortError) as caught:
        read_bytes(tmp_path, b"sep=;\nid;capacity\nM1;-1\n", b"id\nE1\n")
    assert [problem.row for problem in caught.value.items] == [3]


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    mentors = pd.DataFrame(MENTORS, columns=list(HEADER))
    mentors["Goals"] = [["teaching", "research"], None]
    mentors["Capacity"] = [2.0, float("nan")]
    mentors["Attended training"] = [True, False]
    return mentors, pd.DataFrame(MENTEES, columns=list(HEADER))


def test_a_dataframe(written: Cohort) -> None:
    mentors, mentees = frames()
    cohort = read_cohort(mentors, mentees)
    assert cohort.mentors.column("goals").tolist() == ["teaching;research", None]
    assert cohort.labels("goals", several=True).names == ("research", "teaching")
    assert cohort.mentors.capacity.tolist() == written.mentors.capacity.tolist()
    assert (
        cohort.mentors.column("attended_training").tolist()
        == written.mentors.column("attended_training").tolist()
    )
    assert cohort.sources == read_cohort(*frames()).sources
    assert cohort.sources[0].name == "mentors"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (101.0, "101"),
        (20.5, "20.5"),
        (np.float32(0.1), "0.1"),
        (np.int64(7), "7"),
        (True, "True"),
        ({"b", "a"}, "a;b"),
        ((1.0, None, "x"), "1;x"),
        (np.array(["p", "q"]), "p;q"),
        (pd.Timestamp("2026-01-12"), "2026-01-12"),
        (pd.Timestamp("2026-01-12 09:30"), "2026-01-12 09:30:00"),
        (pd.NaT, None),
        (pd.NA, None),
        (None, None),
        (float("nan"), None),
        (" N/A ", None),
        ("nan", "nan"),
        ("none", "none"),
    ],
)
def test_what_a_dataframe_cell_becomes(value: object, text: str | None) -> None:
    mentors = pd.DataFrame({"id": ["M1"], "what": pd.Series([value], dtype=object)})
    cohort = read_cohort(mentors, pd.DataFrame({"id": ["E1"]}))
    assert cohort.mentors.column("what").tolist() == [text]


def test_a_side_can_be_read_back_from_its_own_dataframe(written: Cohort) -> None:
    again = read_cohort(written.mentors.to_frame(), written.mentees.to_frame())
    assert again.fingerprint == written.fingerprint


def test_one_table_with_a_role_column() -> None:
    people = pd.DataFrame(
        {"id": ["A", "B", "A"], "Role": ["Mentor", "MENTEE", "mentee"], "grade": ["1", "2", "3"]}
    )
    cohort = read_cohort(people)
    assert cohort.mentors.ids == ("A",)
    assert cohort.mentees.ids == ("B", "A")
    assert cohort.mentees.column("grade").tolist() == ["2", "3"]
    assert not cohort.has_column("role")
    assert len(cohort.sources) == 1


def test_a_workbook(tmp_path: Path) -> None:
    mentors: list[tuple[object, ...]] = [(), ("id", "grade", "capacity"), (), (101.0, 7.0, 2)]
    mentees: list[tuple[object, ...]] = [("id", "preferences"), ("E1", 101.0)]
    pairs: list[tuple[object, ...]] = [("mentor", "mentee", "kind"), (101, "E1", "Tutor")]
    both = workbook(
        tmp_path / "both.xlsx",
        {"About": [("read me",)], "Mentees": mentees, "MENTORS": mentors, "Relations": pairs},
    )
    cohort = read_cohort(both)
    assert cohort.mentors.ids == ("101",)
    assert cohort.mentors.column("grade").tolist() == ["7"]
    assert cohort.mentees.preferences[0].tolist() == [0]
    assert len(cohort.relation("tutor")) == 1
    assert cohort.notes == ("both.xlsx#MENTORS: 1 blank row was ignored",)

    named = read_cohort(f"{both}#mentors", f"{both}#Mentees")
    assert named.mentors.ids == cohort.mentors.ids
    assert set(named.relations) == set()

    first = workbook(tmp_path / "first.xlsx", {"Sheet1": mentees, "Sheet2": mentors})
    assert read_cohort(f"{both}#MENTORS", first).mentees.ids == ("E1",)


def test_the_content_decides_not_the_ending_of_the_name(tmp_path: Path) -> None:
    book = workbook(tmp_path / "mentors.xlsx", {"NamedTable": [("id",), ("M1",)]})
    renamed = book.rename(tmp_path / "mentors.csv")
    assert read_cohort(renamed, pd.DataFrame({"id": ["E1"]})).mentors.ids == ("M1",)


def test_a_file_whose_name_looks_like_a_sheet_is_itself(tmp_path: Path) -> None:
    odd = workbook(tmp_path / "plain.xlsx", {"NamedTable": [("id",), ("M1",)]})
    odd = odd.rename(tmp_path / "old.xlsx#2")
    assert read_cohort(odd, pd.DataFrame({"id": ["E1"]})).mentors.ids == ("M1",)


def test_without_calamine_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = workbook(tmp_path / "mentors.xlsx", {"NamedTable": [("id",), ("M1",)]})
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r'pip install "rmmatch\[excel\]"'):
        read_cohort(book, pd.DataFrame({"id": ["E1"]}))


def test_all_standard_columns_have_their_meaning() -> None:
    mentees = pd.DataFrame(
        {
            "id": ["E1", "E2"],
            "Organization": ["ARC", "CRF"],
            "specialty": ["cardiology", None],
            "Min-Load": ["0", "1"],
            "CAPACITY": ["1", "3.0"],
            "priority": ["", "4"],
            "Status": ["Reserve", None],
            "Availability": ["Mon am", "mon 9-12:30"],
            "Years of  experience": ["3", "-"],
            "Training center": ["North", "South"],
        }
    )
    side = read_cohort(pd.DataFrame({"id": ["M1"]}), mentees).mentees
    assert list(side.columns) == [
        "organisation",
        "speciality",
        "availability",
        "years_of_experience",
        "training_centre",
    ]
    assert side.min_load.tolist() == [0, 1]
    assert side.capacity.tolist() == [1, 3]
    assert side.priority.tolist() == [0, 4]
    assert side.status.tolist() == ["reserve", "applicant"]
    assert side.calendars == ((Slot(None, 0, 540, 750),),)
    assert side.calendar.tolist() == [0, 0]


def test_survey_questions_are_mapped_to_columns() -> None:
    mentees = pd.DataFrame({"Staff no.": ["E1"], "What would you like to work on?": ["teaching"]})
    cohort = read_cohort(
        mentees.rename(columns={"Staff no.": "id"}).assign(id="M1"),
        mentees,
        columns={"staff  NO.": "ID", "What would you like to work on?": "Goals"},
    )
    assert cohort.mentees.ids == ("E1",)
    assert cohort.mentees.column("goals").tolist() == ["teaching"]


@given(st.text(max_size=20))
def test_naming_a_column_twice_changes_nothing(header: str) -> None:
    assert column_name(column_name(header)) == column_name(header)


@given(st.sampled_from(STANDARD_COLUMNS), st.sampled_from(["_", " ", "-", "", "  _"]))
def test_standard_headers_match_in_any_spelling(name: str, joint: str) -> None:
    assert column_name(f" {name.replace('_', joint).title()} ") == name


# Lists of pairs -------------------------------------------------------------------------------


def test_pairs_come_from_a_file_a_dataframe_or_a_list(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("Mentor,comment,MENTEE\nM7,by hand,E3\nM8,,E4\n", encoding="utf-8")
    book = workbook(tmp_path / "p.xlsx", {"S": [("mentee", "mentor"), ("E3", "M7"), ("E4", "M8")]})
    expected = [("E3", "M7"), ("E4", "M8")]
    assert read_pairs(path) == read_pairs(str(path)) == read_pairs(book) == expected
    assert read_pairs(pd.DataFrame(expected, columns=["mentee", "mentor"])) == expected
    assert read_pairs(iter(expected)) == expected
    assert read_pairs([]) == []


def test_pairs_that_are_not_pairs_are_all_listed(tmp_path: Path) -> None:
    with pytest.raises(CohortError) as caught:
        read_pairs([("E1", "M1"), ("E2",), "E3", ("E4", None)])  # type: ignore[list-item]
    assert [item.row for item in caught.value.items] == [2, 3, 4]

    path = tmp_path / "pairs.csv"
    path.write_text("mentee,mentors\nE1,M1\n", encoding="utf-8")
    with pytest.raises(CohortError, match="did you mean 'mentors'"):
        read_pairs(path)
    path.write_text("mentee,mentor\nE1,\n,M2\n", encoding="utf-8")
    with pytest.raises(CohortError) as caught:
        read_pairs(path)
    assert [(item.row, item.column) for item in caught.value.items] == [
        (2, "mentor"),
        (3, "mentee"),
    ]


def test_scores_are_read_or_all_that_are_none_are_listed() -> None:
    frame = pd.DataFrame({"mentee": ["E1", "E1"], "mentor": ["M1", "M2"], "score": [0.25, 1]})
    assert read_scores(frame) == (("E1", "M1", 0.25), ("E1", "M2", 1.0))
    with pytest.raises(CohortError) as caught:
        read_scores(frame.assign(score=["high", "1.5"]))
    assert [item.value for item in caught.value.items] == ["high", "1.5"]


# Real sample files ----------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "count"), [("small", 50), ("large", 500)])
def test_the_civil_service_sample(size: str, count: int) -> None:
    cohort = read_cohort(
        sample("civil-service", size, "mentors.csv"),
        sample("civil-service", size, "mentees.csv"),
        columns={"email address": "id", "profession": "speciality"},
        sensitive=["characteristics"],
    )
    assert (cohort.n_mentors, cohort.n_mentees) == (count, count)
    assert cohort.notes == ()
    scale = {"AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"}
    assert set(cohort.labels("grade", several=False).names) <= scale
    assert "match_with_similar_identity" in cohort.mentees.columns


def test_the_forms_export_sample() -> None:
    path = sample("mentormatch", "applications.xlsx")
    places = {"How many mentees are you willing to mentor?": "places"}  # in words
    mapping = {"ID": "response", "WWID": "id", "Email": "account", **places}
    cohort = read_cohort(path, columns=mapping)
    assert (cohort.n_mentors, cohort.n_mentees) == (5, 7)
    assert "part_3_of_3_which_of_these_mentor_skills_are_important_to_you?" in (
        cohort.mentees.columns
    )
    # The form numbered its answers in a column ID; whoever maps another one to id means that.
    by_number = read_cohort(path, columns={"WWID": "id", "Email": "account", **places})
    assert by_number.mentees.ids == cohort.mentees.ids
    assert by_number.mentors.ids == cohort.mentors.ids
    assert "response" in cohort.mentees.columns
    assert [note for note in by_number.notes if note not in cohort.notes] == [
        f"applications.xlsx#{role}: the column 'ID' is not used: another column is the id"
        for role in ("mentor", "mentee")
    ]
    # Most were entered from one account, so that its address tells nobody apart.
    by_account = read_cohort(path, columns={"WWID": "id", **places})
    assert "email" not in by_account.mentees.columns
    assert any("'Email' is not used as email" in note for note in by_account.notes)


def test_of_two_headers_that_are_mapped_to_the_id_the_filled_one_counts() -> None:
    mentors = pd.DataFrame({"ID": ["1", "2"], "WWID": ["M1", None], "Staff no": ["M1", "M2"]})
    mapping = {"WWID": "id", "Staff no": "id"}
    mentees = pd.DataFrame({"id": ["E1"]})
    assert read_cohort(mentors, mentees, columns=mapping).mentors.ids == ("M1", "M2")
    mentors["Staff no"] = ["M1", "M2"][::-1]
    with pytest.raises(CohortError, match=r"'WWID', 'Staff no' is filled, and they differ"):
        read_cohort(mentors, mentees, columns=mapping)


def test_reading_a_csv_loads_neither_pandas_nor_a_solver(tmp_path: Path) -> None:
    for side in ("mentors", "mentees"):
        (tmp_path / f"{side}.csv").write_text(f"id\n{side}1\n", encoding="utf-8")
    code = (
        "import sys; from rmmatch.cohort.reading import read_cohort; "
        "read_cohort('mentors.csv', 'mentees.csv'); "
        "print(sorted({'pandas', 'ortools', 'python_calamine'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


writable = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(deadline=None)  # it writes files
@given(
    cells=st.lists(st.tuples(writable, writable), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
)
def test_cells_come_back_whatever_is_in_them(cells: list[tuple[str, str]], delimiter: str) -> None:
    rows = [(f"M{number}", *row) for number, row in enumerate(cells)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mentors.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([("id", "one", "two"), *rows])
        from_file = read_cohort(path, pd.DataFrame({"id": ["E1"]}))
    frame = pd.DataFrame(rows, columns=["id", "one", "two"])
    from_frame = read_cohort(frame, pd.DataFrame({"id": ["E1"]}))
    assert from_file.fingerprint == from_frame.fingerprint
    for place, name in enumerate(("one", "two")):
        assert from_file.mentors.column(name).tolist() == [clean(row[place]) for row in cells]
