"""Tables as survey tools and people lay them out: read as they are meant, or refused with why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.cohort import Cohort, read_cohort
from rmmatch.cohort.columns import STANDARD_COLUMNS
from rmmatch.cohort.tables import RawTable, read_table
from rmmatch.errors import CohortError, Problem

MENTEES = [{"id": "E1"}]


def problems_of(mentors: Any, **options: Any) -> list[Problem]:
    with pytest.raises(CohortError) as caught:
        read_cohort(mentors, MENTEES, **options)
    return list(caught.value.items)


def file_of(folder: Path, text: str, name: str = "mentors.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read_text(folder: Path, text: str, **options: Any) -> Cohort:
    return read_cohort(file_of(folder, text), MENTEES, **options)


def workbook(
    path: Path, sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()
) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name in hidden:
                sheet.hide()
    return path


# Further rows of headers ----------------------------------------------------------------------

QUALTRICS = (
    "StartDate,Status,Progress,Finished,RecordedDate,ResponseId,Q1,Q2\n"
    "Start Date,Response Type,Progress,Finished,Recorded Date,Response ID,Your e-mail,Your aims\n"
    + ",".join(
        f'"{{""ImportId"":""{name}""}}"'
        for name in ("startDate", "status", "progress", "finished", "a", "b", "QID1", "QID2")
    )
    + "\n2026-01-05,IP Address,100,True,2026-01-05,R_1,m1@x.example,teaching\n"
)


@pytest.mark.parametrize("columns", [{"Q1": "id", "Q2": "goals"}, {"Your e-mail": "id"}])
def test_the_two_further_header_rows_of_qualtrics_are_passed(
    tmp_path: Path, columns: dict[str, str]
) -> None:
    cohort = read_text(tmp_path, QUALTRICS, columns=columns)
    assert cohort.mentors.ids == ("m1@x.example",)
    assert "mentors.csv: rows 2 and 3 of headers from Qualtrics passed" in cohort.notes
    # Its Status is that of the answer, not of the person.
    assert cohort.mentors.status.tolist() == ["applicant"]
    assert not any("status" in note for note in cohort.notes)


def test_columns_of_qualtrics_are_not_ours_without_its_further_rows_either(tmp_path: Path) -> None:
    lines = QUALTRICS.splitlines(keepends=True)
    cohort = read_text(tmp_path, lines[0] + lines[3], columns={"Q1": "id"})
    assert cohort.mentors.status.tolist() == ["applicant"]
    plain = "id,Status,Progress\nM1,reserve,100\n"
    assert read_text(tmp_path, plain).mentors.status.tolist() == ["reserve"]


def test_questions_of_qualtrics_are_beside_the_headers(tmp_path: Path) -> None:
    path = file_of(tmp_path, QUALTRICS)
    table = read_table(path, "", known_headers=set(), problems=[], notes=[])
    assert table is not None
    assert dict(zip(table.header, table.questions, strict=True))["Q2"] == "Your aims"
    assert table.rows == [4]


def test_a_question_that_asks_for_managers_is_not_passed_over_by_its_code(tmp_path: Path) -> None:
    text = QUALTRICS.replace("Your aims", "Who is your line manager?")
    problems = problems_of(file_of(tmp_path, text), columns={"Q1": "id"})
    assert [(fault.code, fault.column) for fault in problems] == [("may_be_column", "Q2")]
    assert '"Q2": line_manager' in problems[0].remedy


SURVEYMONKEY = (
    "Respondent ID,Email,What would you like to work on?,,,How many?\n"
    ",,Teaching,Research,Other (please specify),Response\n"
    "101,m1@x.example,Teaching,,Juggling,2\n"
)


def test_choices_over_columns_of_surveymonkey_get_their_question(tmp_path: Path) -> None:
    question = "What would you like to work on?"
    choices = ("Teaching", "Research", "Other (please specify)")
    mapping = {
        "Respondent ID": "id",
        "How many?": "capacity",
        **{f"{question} [{choice}]": "goals" for choice in choices},
    }
    cohort = read_text(tmp_path, SURVEYMONKEY, columns=mapping)
    assert cohort.mentors.column("goals").tolist() == ["Teaching; Juggling"]
    assert cohort.mentors.capacity.tolist() == [2]


def test_a_second_header_row_of_another_kind_is_a_problem(tmp_path: Path) -> None:
    text = "id,Wishes,,\n,First,Second,Third\nM1,a,b,c\n"
    codes = [(item.row, item.code) for item in problems_of(file_of(tmp_path, text))]
    assert (2, "second_header") in codes


def test_totals_at_the_bottom_are_passed_with_a_note(tmp_path: Path) -> None:
    cohort = read_text(tmp_path, "id,name,capacity\nM1,Ann,1\nM2,Bo,2\n\nTotal,,3\n")
    assert cohort.mentors.ids == ("M1", "M2")
    assert "mentors.csv: row 5 at the bottom is a total and was passed over" in cohort.notes


@pytest.mark.parametrize(
    ("text", "row"),
    [("id,name\nM1,Ann\nTotal,\nM2,Bo\n", 3), ("id,name\nM1,Ann\nTotal,Bo\n", 3)],
)
def test_what_may_be_a_total_is_a_problem(tmp_path: Path, text: str, row: int) -> None:
    (item,) = problems_of(file_of(tmp_path, text))
    assert (item.row, item.value, item.code) == (row, "Total", "total_row")


def test_headers_that_are_repeated_below_are_a_problem(tmp_path: Path) -> None:
    (item,) = problems_of(file_of(tmp_path, "id,name\nM1,Ann\nID,Name\nM2,Bo\n"))
    assert (item.row, item.code) == (3, "repeated_header")


# Where the table is ---------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers_below_a_title_are_found_and_rows_keep_their_numbers(
    tmp_path: Path, delimiter: str
) -> None:
    text = "Mentors of 2026\n\nid,name,capacity\nM1,Ann,x\n".replace(",", delimiter)
    (item,) = problems_of(file_of(tmp_path, text))
    assert (item.row, item.column) == (4, "capacity")
    cohort = read_text(tmp_path, text.replace("x", "2"))
    assert cohort.mentors.column("name").tolist() == ["Ann"]
    assert cohort.notes == ("mentors.csv: the headers are in row 3; what is above was passed over",)


def test_headers_below_groups_of_headers_are_found(tmp_path: Path) -> None:
    cohort = read_text(tmp_path, "About you,,Wishes\nid,name,goals\nM1,Ann,teaching\n")
    assert cohort.mentors.column("goals").tolist() == ["teaching"]


def test_questions_that_nobody_mapped_are_found_below_a_title(tmp_path: Path) -> None:
    text = "Survey\n\nTimestamp,Which e-mail?,Which aims?\n1 May,m@x.example,teaching\n"
    table = read_table(file_of(tmp_path, text), "", known_headers=set(), problems=[], notes=[])
    assert table is not None
    assert table.header == ("Timestamp", "Which e-mail?", "Which aims?")
    assert table.rows == [4]


def test_where_two_rows_could_have_the_headers_both_are_named(tmp_path: Path) -> None:
    text = "Mentors\nid,name\nM1,Ann\nMentees\nid,name\nE1,Bo\n"
    (item,) = problems_of(file_of(tmp_path, text))
    assert item.code == "no_header"
    assert "row 2 ('id', 'name') and row 5 ('id', 'name')" in item.reason
    assert "`header: 2`" in item.remedy


def test_a_sheet_and_a_header_row_can_be_given(tmp_path: Path) -> None:
    book = workbook(tmp_path / "b.xlsx", {"A": [["id"], ["M1"]], "B": [["x"], ["id"], ["M2"]]})
    options: dict[str, Any] = {"known_headers": {"id"}, "problems": [], "notes": []}
    table = read_table(book, "", sheet="B", header=2, **options)
    assert table is not None
    assert (table.name, table.rows) == ("b.xlsx#B", [3])
    assert table.columns[0].tolist() == ["M2"]
    assert read_table(table, "", **options) is table
    named = read_table(f"{book}#A", "", sheet="B", **options)
    assert named is not None
    assert named.columns[0].tolist() == ["M1"]
    assert read_table(book, "", header=9, **options) is None
    assert options["problems"][0].code == "no_header"


READ_ME: list[list[object]] = [["How to use this file"], ["Name your file"]]
PEOPLE: list[list[object]] = [["Answers"], [], ["ID", "Name", "Goals"], ["M1", "Ann", "teaching"]]


def test_the_only_sheet_that_fits_is_read(tmp_path: Path) -> None:
    book = workbook(tmp_path / "mentors.xlsx", {"Read me": READ_ME, "Form1": PEOPLE})
    cohort = read_cohort(book, MENTEES)
    assert cohort.mentors.ids == ("M1",)
    assert "mentors.xlsx: the sheet 'Form1' was read, the only one with such a table" in (
        cohort.notes
    )


def test_a_hidden_sheet_is_passed_over(tmp_path: Path) -> None:
    sheets = {"_meta": [["id", "name"], ["form", "v2"]], "Form1": PEOPLE}
    book = workbook(tmp_path / "mentors.xlsx", dict(reversed(sheets.items())), ("_meta",))
    assert read_cohort(book, MENTEES).mentors.ids == ("M1",)
    assert not any("sheet" in note for note in read_cohort(book, MENTEES).notes)


def test_where_several_sheets_fit_they_are_named(tmp_path: Path) -> None:
    sheets = {"Read me": READ_ME, "2025": PEOPLE, "2026": PEOPLE}
    (item,) = problems_of(workbook(tmp_path / "mentors.xlsx", sheets))
    assert item.code == "which_sheet"
    assert "'2025' (row 3: 'ID', 'Name', 'Goals')" in item.reason
    assert "'2026' (row 3" in item.reason
    assert "`sheet:`" in item.remedy


def test_where_no_sheet_fits_all_are_named_with_their_likely_rows(tmp_path: Path) -> None:
    sheets = {"Read me": READ_ME, "Form1": [["Kennung", "Ziele"], ["M1", "teaching"]]}
    (item,) = problems_of(workbook(tmp_path / "mentors.xlsx", sheets))
    assert "no sheet has a column 'id'" in item.reason
    assert "'Form1' (row 1: 'Kennung', 'Ziele')" in item.reason


# Headers --------------------------------------------------------------------------------------


def test_a_header_that_stands_twice_matters_only_where_it_is_read(tmp_path: Path) -> None:
    text = "id,Any comments?,Grade,Any comments?\nM1,yes,1,no\n"
    assert read_text(tmp_path, text).mentors.ids == ("M1",)
    second = read_text(tmp_path, text, columns={"Any comments? (2)": "goals"})
    assert second.mentors.column("goals").tolist() == ["no"]
    (item,) = problems_of(file_of(tmp_path, text), columns={"Any comments?": "goals"})
    assert item.code == "repeated_column"
    assert '{"Any comments? (2)": goals}' in item.remedy
    mapping = {"Any comments?": "goals", "Any comments? (2)": "goals"}
    both = read_text(tmp_path, text, columns=mapping)
    assert both.mentors.column("goals").tolist() == ["yes; no"]


def test_a_standard_header_that_stands_twice_is_a_problem(tmp_path: Path) -> None:
    (item,) = problems_of(file_of(tmp_path, "id,Declined,declined\nM1,E1,E2\n"))
    assert (item.column, item.code) == ("declined", "repeated_column")
    assert "'Declined' and 'declined' are the same column" in item.reason


def test_a_sensitive_header_that_stands_twice_is_a_problem(tmp_path: Path) -> None:
    path = file_of(tmp_path, "id,Faith,Faith\nM1,secret a,secret b\n")
    (item,) = problems_of(path, sensitive=["faith"])
    assert (item.column, item.code) == ("faith", "repeated_column")
    assert "secret" not in str(item)


def test_line_breaks_and_hard_spaces_in_headers_do_not_matter(tmp_path: Path) -> None:
    text = '\ufeffid,"Your\nwork\u00a0aims "\nM1,teaching\n'
    cohort = read_text(tmp_path, text, columns={"Your work aims": "goals"})
    assert cohort.mentors.column("goals").tolist() == ["teaching"]


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "c d", None]), min_size=3, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_columns_of_one_list_are_joined_in_order(rows: list[list[str | None]]) -> None:
    mentors = [
        {"id": f"M{number}", "First": row[0], "Second": row[1], "Third": row[2]}
        for number, row in enumerate(rows)
    ]
    mapping = dict.fromkeys(["Third", "First", "Second"], "goals")
    read = read_cohort(mentors, MENTEES, columns=mapping).mentors.column("goals").tolist()
    assert read == ["; ".join(filter(None, row)) or None for row in rows]


def test_names_are_joined_and_of_other_columns_the_filled_one_counts() -> None:
    mentors = [
        {"id": "M1", "First name": "Ann", "Last name": "Lee", "Site A": "North", "Site B": None},
        {"id": "M2", "First name": "Bo", "Last name": None, "Site A": None, "Site B": "South"},
    ]
    mapping = {
        "First name": "name",
        "Last name": "name",
        "Site A": "workplace",
        "Site B": "workplace",
    }
    side = read_cohort(mentors, MENTEES, columns=mapping).mentors
    assert side.column("name").tolist() == ["Ann Lee", "Bo"]
    assert side.column("workplace").tolist() == ["North", "South"]


def test_columns_of_days_are_joined_with_their_days() -> None:
    mentors = [{"id": "M1", "When? [Monday]": "9-11, 14-16", "When? [Tuesday]": "Morning;Evening;"}]
    mapping = dict.fromkeys(["When? [Monday]", "When? [Tuesday]"], "availability")
    side = read_cohort(mentors, MENTEES, columns=mapping).mentors
    assert [(slot.day, slot.start, slot.end) for slot in side.calendars[0]] == [
        (0, 540, 660),
        (0, 840, 960),
        (1, 540, 750),
        (1, 1020, 1200),
    ]


# Cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"),
    [('M2,"Bo,1', '"Bo'), ('M2,"Bo" Lee,1', '"Bo" Lee'), ('"M2","5" rule","1"', '5" rule')],
)
def test_a_lonely_quotation_mark_is_read_where_its_row_is_whole(
    tmp_path: Path, line: str, name: str
) -> None:
    cohort = read_text(tmp_path, f'id,name,capacity\nM1,"Ann, Lee",2\n{line}\nM3,Cy,3\n')
    assert cohort.mentors.ids == ("M1", "M2", "M3")
    assert cohort.mentors.column("name").tolist() == ["Ann, Lee", name, "Cy"]
    assert any("row 3" in note and "quotation mark" in note for note in cohort.notes)


def test_a_lonely_quotation_mark_that_leaves_a_row_unclear_is_refused(tmp_path: Path) -> None:
    text = 'id,name,capacity\nM1,"Ann, Lee,2\nM2,Bo,1\n'
    (item,) = problems_of(file_of(tmp_path, text))
    assert (item.row, item.reason) == (2, "a quotation mark is never closed")


def test_rows_that_are_too_long_are_told_once(tmp_path: Path) -> None:
    text = "id,name\nM1,Ann,x\nM2,Bo,y\nM3,Cy\n"
    (item,) = problems_of(file_of(tmp_path, text))
    assert (item.row, item.code) == ("2-3", "surplus_cells")


@pytest.mark.parametrize("column", ["grade", "capacity", "goals"])
def test_a_date_that_excel_made_of_an_answer_is_a_problem(tmp_path: Path, column: str) -> None:
    path = tmp_path / "mentors.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", column, "Timestamp"])
        date = book.add_format({"num_format": "d-mmm"})
        for row in (1, 2):
            sheet.write(row, 0, f"M{row}")
            sheet.write_datetime(row, 1, pd.Timestamp("2026-04-03"), date)
            sheet.write_datetime(row, 2, pd.Timestamp("2026-04-03 10:00"), date)
    (item,) = problems_of(path)
    assert (item.row, item.column, item.code) == ("2-3", column, "date_cell")
    assert "perhaps of '3-4'" in item.reason


# Answers in words -----------------------------------------------------------------------------


def test_answers_in_words_are_told_once_with_the_line_that_settles_them() -> None:
    question = "How many mentees would you take?"
    answers = ["No preference", "1-2", "3 or more", "1-2"]
    mentors = [{"id": f"M{n}", question: answer} for n, answer in enumerate(answers)]
    (item,) = problems_of(mentors, columns={question: "capacity"})
    assert (item.row, item.code) == ("1-4", "not_capacity")
    assert "'1-2' (rows 2, 4)" in item.reason
    assert (
        f'capacity: {{from: "{question}", answers: '
        '{"No preference": "a number", "1-2": 2, "3 or more": 3}}'
    ) in item.remedy


@pytest.mark.parametrize(
    ("column", "answer", "pair"),
    [
        ("attended_training", "Yes, I attended", '"Yes, I attended": yes'),
        ("status", "waitlist", '"waitlist": reserve'),
        ("capacity", "Two or three", '"Two or three": 3'),
        ("availability", "Flexible", '"Flexible": "weekdays 09:00-17:00"'),
        # who would like a mentor is none, and a booked course is none yet
        ("role", "I would like a mentor", '"I would like a mentor": mentee'),
        ("attended_training", "Yes, booked for May", '"Yes, booked for May": "yes or no"'),
    ],
)
def test_what_an_answer_may_mean_is_proposed(column: str, answer: str, pair: str) -> None:
    mentors = [{"id": f"M{n}", column: answer} for n in range(41)]
    (item,) = problems_of(mentors)
    assert (item.row, item.value) == ("1-41", answer)
    assert f'{column}: {{from: "{column}", answers: {{{pair}}}}}' in item.remedy


def test_both_is_a_role_for_the_form() -> None:
    people = [{"id": "A", "role": "mentor"}, {"id": "B", "role": "Both"}]
    with pytest.raises(CohortError) as caught:
        read_cohort(people)
    assert any('answers: {"Both": both}' in item.remedy for item in caught.value.items)


def test_answers_of_a_sensitive_column_are_not_listed() -> None:
    mentors = [{"id": f"M{n}", "capacity": f"secret {n}"} for n in range(3)]
    (item,) = problems_of(mentors, sensitive=["capacity"])
    assert "secret" not in str(item)


# Identities -----------------------------------------------------------------------------------


def test_a_name_or_address_of_everybody_is_not_used() -> None:
    mentors = [
        {"id": f"M{n}", "Name": "anonymous", "Email": "office@x.example", "role": "mentor"}
        for n in range(4)
    ]
    cohort = read_cohort(mentors, MENTEES)
    assert "name" not in cohort.mentors.columns
    assert "email" not in cohort.mentors.columns
    assert any("'Name' is not used as name" in note for note in cohort.notes)


def test_the_address_of_whoever_fills_in_the_form_is_not_used() -> None:
    mentors = [
        {"id": f"M{n}", "name": f"Person {n}", "email": "office@x.example"} for n in range(4)
    ]
    mentors.append({"id": "M9", "name": "Ann", "email": "ann@x.example"})
    assert "email" not in read_cohort(mentors, MENTEES).mentors.columns
    for row in mentors:
        row["name"] = "Ann"
    items = problems_of([*mentors, {"id": "M10", "name": "Bo", "email": "bo@x.example"}])
    assert [item.code for item in items] == ["same_email"]


def test_an_id_of_everybody_is_one_problem() -> None:
    mentors = [{"Email": "office@x.example"} for _ in range(4)]
    (item,) = problems_of(mentors, columns={"Email": "id"})
    assert (item.row, item.code) == ("1-4", "repeated_id")
    assert "every row has the same id" in item.reason


def test_an_address_that_stands_twice_comes_with_the_line_of_the_form() -> None:
    mentors = [
        {"Timestamp": f"2026-01-0{n}", "id": f"M{n}", "email": "ann@x.example"} for n in (1, 2)
    ] + [{"Timestamp": "2026-01-05", "id": "M3", "email": "bo@x.example"}]
    (item,) = problems_of(mentors)
    assert (item.row, item.code) == ("1-2", "same_email")
    assert '`repeated: {keep: latest, by: "Timestamp"}`' in item.remedy


# What is missing ------------------------------------------------------------------------------


def test_a_missing_id_lists_the_headers_and_names_a_column_of_addresses() -> None:
    mentors = [{"Email address": f"m{n}@x.example", "Aims": "teaching"} for n in range(3)]
    (item,) = problems_of(mentors)
    assert "the headers are 'Email address', 'Aims'" in item.reason
    assert '`columns: {"Email address": id}`' in item.remedy


def test_no_table_of_mentors_is_told_in_words() -> None:
    with pytest.raises(TypeError, match="`mentors` is None"):
        read_cohort(None, MENTEES)  # type: ignore[arg-type]


# Theorem --------------------------------------------------------------------------------------

WORDS = st.text("abc de", min_size=1, max_size=6).filter(lambda text: bool(text.strip()))


@given(
    rows=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4),
    n_blank=st.integers(0, 3),
    title=st.sampled_from(["", "Mentors 2026", "Export, 3 March"]),
    total=st.booleans(),
)
def test_the_same_people_come_out_of_every_layout(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    n_blank: int,
    title: str,
    total: bool,
) -> None:
    lines = [title, *[""] * n_blank] if title else []
    lines += ["id,name,goals"]
    lines += [f"M{number},{name},{goals}" for number, (name, goals) in enumerate(rows)]
    lines += ["", "Total,,12"] if total else []
    path = tmp_path_factory.getbasetemp() / "layout.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    problems: list[Problem] = []
    table = read_table(path, "", known_headers=set(STANDARD_COLUMNS), problems=problems, notes=[])
    assert isinstance(table, RawTable)
    assert not problems
    assert table.header == ("id", "name", "goals")
    assert table.columns[0].tolist() == [f"M{number}" for number in range(len(rows))]
    assert [lines[int(row) - 1].split(",")[0] for row in table.rows] == table.columns[0].tolist()
