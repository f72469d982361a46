"""The workbook as openpyxl opens it: what it says, how it prints, and decisions read back."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import rmmatch as rm
from helpers.letters import HOSTILE, run_of
from helpers.people import cohort_of, people, person
from rmmatch.desk.reporting import read_decisions
from rmmatch.errors import ReviewError
from rmmatch.scoring.points import as_points

SHEETS = ["Read me", "Pairs", "Left out", "Points", "Reasons", "Contacts", "Details"]
Edit = Mapping[int, tuple[str, str]]


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


@pytest.fixture(scope="module")
def book(result: rm.Result, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("workbook") / "pairing.xlsx"
    result.to_excel(path)
    return openpyxl.load_workbook(path)


def rows_of(book: Any, sheet: str) -> list[dict[str, Any]]:
    header, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture
def edited(result: rm.Result, tmp_path: Path) -> Callable[..., Path]:
    """Write the workbook, and write decisions and comments into lines of it, counted from 1."""

    def edit(lines: Edit, *, of: rm.Result = result) -> Path:
        path = tmp_path / "pairing.xlsx"
        of.to_excel(path)
        book = openpyxl.load_workbook(path)
        page = book["Pairs"]
        columns = {cell.value: cell.column for cell in page[1]}
        for line, (decision, comment) in lines.items():
            page.cell(line + 1, columns["Decision"], decision or None)
            page.cell(line + 1, columns["Comment"], comment or None)
        book.save(path)
        return path

    return edit


# --- what it says ----------------------------------------------------------------------------


def test_names_stand_before_ids_and_both_people_on_one_line(book: Any, result: rm.Result) -> None:
    assert book.sheetnames == SHEETS
    rows = rows_of(book, "Pairs")
    assert list(rows[0]) == [
        *("Mentee", "Mentee id", "Mentor", "Mentor id"),
        *("Points", "Why", "Decision", "Comment"),
    ]
    assert [(row["Mentee id"], row["Mentor id"]) for row in rows] == list(result.made)
    assert (rows[0]["Mentee"], rows[0]["Mentor"]) == ("Mentee 001", "Mentor 060")
    assert {row["Decision"] for row in rows} == {None}
    left_out = rows_of(book, "Left out")
    assert [row["Id"] for row in left_out] == result.unpaired["id"].tolist()
    assert [row["Reason"] for row in left_out] == result.unpaired["reason"].tolist()


def test_points_are_whole_and_their_parts_add_up(book: Any, result: rm.Result) -> None:
    scores = result.scores.terms_of_pairs(*result.positions).score.tolist()
    for row, score in zip(rows_of(book, "Points"), scores, strict=True):
        parts = [
            value for name, value in row.items() if isinstance(value, int) and name != "Points"
        ]
        assert row["Points"] == sum(parts) == as_points(score)
    why = rows_of(book, "Pairs")[0]["Why"]
    assert why.startswith("48 points for goals (1 of 1 goal")
    assert why.endswith("and 8 for the other criteria.")


def test_the_first_sheet_says_what_the_others_are(book: Any, result: rm.Result) -> None:
    text = dict(book["Read me"].iter_rows(values_only=True))
    assert text["Scheme"] == result.scheme.name
    assert text["Result"] == result.headline
    assert all(f"Sheet “{name}”" in text for name in SHEETS[1:])
    assert "people decide" in text["What “proved” means"]
    assert "--decisions pairing.xlsx" in text["How to send it back"]


def test_it_prints_in_landscape_one_page_wide_with_the_header_on_each(book: Any) -> None:
    for page in book.worksheets:
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToWidth in (None, 1)  # 1 where it is not written
        assert page.page_setup.fitToHeight == 0  # as many pages as it takes
        assert page.print_title_rows == "$1:$1"
        assert page.freeze_panes is not None
        assert (page.auto_filter.ref is None) is (page.title == "Read me")
        assert all(cell.alignment.wrap_text for cell in page[2])


def test_decisions_are_chosen_from_a_list(book: Any, result: rm.Result) -> None:
    (choice,) = book["Pairs"].data_validations.dataValidation
    assert choice.type == "list"
    assert choice.formula1 == '"Keep,Lock,Reject"'
    assert str(choice.sqref) == f"G2:G{len(result.made) + 1}"


def test_without_names_there_are_ids_and_no_empty_columns(tmp_path: Path) -> None:
    cohort = cohort_of(people("M", 2), people("E", 1))
    rm.match(cohort, rm.Scheme.model_validate({"criteria": []})).to_excel(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == [name for name in SHEETS if name != "Contacts"]
    (pair,) = rows_of(book, "Pairs")
    assert list(pair)[:3] == ["Mentee id", "Mentor id", "Points"]
    assert "Name" not in rows_of(book, "Left out")[0]


def test_sensitive_names_and_addresses_are_not_in_it(tmp_path: Path) -> None:
    table = [{"id": "M1", "name": "Zqx", "email": "zqx@example.org"}]
    cohort = rm.read_cohort(*(cohort_frame(rows) for rows in (table, [person("E1")])))
    scheme = rm.Scheme.model_validate({"sensitive": ["name", "email"]})
    rm.match(cohort, scheme).to_excel(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    text = str([list(page.iter_rows(values_only=True)) for page in book.worksheets])
    assert "M1" in text
    assert "zqx" not in text.casefold()


def cohort_frame(rows: list[dict[str, Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows)


# --- decisions read back ---------------------------------------------------------------------


def test_decisions_survive_the_way_there_and_back(
    result: rm.Result, edited: Callable[..., Path]
) -> None:
    pairs = list(result.made)
    lines = {
        1: ("Lock", ""),
        2: ("Reject", "same choir"),
        3: ("Keep", "ask them in May"),
        5: ("", "to discuss"),
        6: ("lock ", ""),
    }
    decisions = read_decisions(edited(lines), result)
    assert decisions.lock == (pairs[0], pairs[5])
    assert dict(decisions.reject) == {pairs[1]: "same choir"}
    assert decisions.keep == (pairs[2],)
    assert decisions.release == ()
    assert decisions.comment.splitlines() == [
        f"{' '.join(pairs[2])}: ask them in May",
        f"{' '.join(pairs[4])}: to discuss",
    ]
    assert decisions.summary == "1 pair kept, 2 pairs locked, 1 pair rejected, 2 comments"
    reviewed = rm.review(result, **decisions.arguments)
    assert reviewed.review.rejected == {pairs[1]: "same choir"}
    assert set(reviewed.review.locked) == {pairs[0], pairs[5]}


def test_a_second_workbook_shows_what_is_decided_and_can_take_it_back(
    result: rm.Result, edited: Callable[..., Path]
) -> None:
    pairs = list(result.made)
    seen = rm.review(result, lock=pairs[:2], reject={pairs[2]: "same choir"})
    path = edited({2: ("Keep", "")}, of=seen)
    rows = rows_of(openpyxl.load_workbook(path), "Pairs")
    assert [row["Decision"] for row in rows[:4]] == ["Lock", "Keep", "Reject", None]
    assert rows[2]["Comment"] is None  # reasons stay in the record
    decisions = read_decisions(path, seen)
    assert (decisions.lock, dict(decisions.reject)) == ((), {})
    assert decisions.release == (pairs[1],)
    assert rm.review(seen, **decisions.arguments).review.locked == (pairs[0],)


def test_lines_may_be_sorted_and_columns_moved_and_the_sheet_saved_as_csv(
    result: rm.Result, tmp_path: Path
) -> None:
    pairs = list(result.made)[:3]
    path = tmp_path / "Pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Decision", "Mentor id", "Comment", "Mentee id", "Mine"])
        for (mentee, mentor), decision in zip(reversed(pairs), ("Reject", "", "Lock"), strict=True):
            writer.writerow([decision, mentor, "a, b" if decision == "Reject" else "", mentee, "x"])
    decisions = read_decisions(path, result)
    assert decisions.lock == (pairs[0],)
    assert dict(decisions.reject) == {pairs[2]: "a, b"}


@pytest.mark.parametrize(
    ("lines", "code", "where"),
    [
        ({}, "no_decisions", ("", "Decision")),
        ({3: ("Reject", "")}, "missing_reason", (4, "Comment")),
        ({3: ("Rejct", "why")}, "not_a_decision", (4, "Decision")),
    ],
)
def test_a_mistake_is_named_with_its_row_and_column(
    result: rm.Result,
    edited: Callable[..., Path],
    lines: Edit,
    code: str,
    where: tuple[int | str, str],
) -> None:
    with pytest.raises(ReviewError) as caught:
        read_decisions(edited(lines), result)
    (problem,) = caught.value.items
    assert (problem.code, problem.row, problem.column) == (code, *where)
    assert problem.file == "pairing.xlsx#Pairs"
    assert problem.remedy


def test_a_workbook_of_another_run_is_refused(
    result: rm.Result, edited: Callable[..., Path]
) -> None:
    pair = result.made.pairs[0]
    again = rm.match_again(rm.review(result, reject={pair: "same choir"}))
    with pytest.raises(ReviewError) as caught:
        read_decisions(edited({1: ("Lock", "")}), again)
    assert [problem.code for problem in caught.value.items] == ["not_in_result"]


def test_two_decisions_about_one_pair_are_refused(result: rm.Result, tmp_path: Path) -> None:
    mentee, mentor = result.made.pairs[0]
    lines = ["Mentee id,Mentor id,Decision,Comment"]
    lines += [f"{mentee},{mentor},{word},why" for word in ("Lock", "Reject")]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ReviewError) as caught:
        read_decisions(path, result)
    (problem,) = caught.value.items
    assert (problem.code, problem.row) == ("contradiction", "2, 3")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Mentee id,Decision\nE001,Lock\n", {"missing_column"}),
        ("", {"unreadable_table"}),
        (None, {"file_not_found"}),
    ],
)
def test_what_is_no_workbook_of_pairs_is_refused(
    result: rm.Result, tmp_path: Path, text: str | None, codes: set[str]
) -> None:
    path = tmp_path / "a.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ReviewError) as caught:
        read_decisions(path, result)
    assert {problem.code for problem in caught.value.items} == codes


# --- as a document ---------------------------------------------------------------------------


def test_points_are_coloured_from_0_to_100(book: Any, result: rm.Result) -> None:
    for sheet, column in (("Pairs", "E"), ("Points", "E")):
        assert book[sheet][f"{column}1"].value == "Points"
        rules = {
            str(area.sqref): [rule.type for rule in rules]
            for area, rules in book[sheet].conditional_formatting._cf_rules.items()
        }
        assert rules[f"{column}2:{column}{len(result.made) + 1}"] == ["colorScale"]


def test_it_has_a_title_and_says_that_it_is_a_draft(book: Any, result: rm.Result) -> None:
    assert book.properties.title == result.scheme.name
    assert book.properties.description == "Draft – not approved"
    assert dict(book["Read me"].iter_rows(values_only=True))["State"].startswith(
        "Draft – not approved. Proposed"
    )
    for page in book.worksheets:
        assert page.oddHeader.center.text == "Draft – not approved"


def test_an_approved_workbook_is_no_draft(result: rm.Result, tmp_path: Path) -> None:
    approved = rm.approve(rm.review(result, by="A. Coordinator"), by="B. Dean")
    approved.to_excel(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert not book["Pairs"].oddHeader.center.text
    assert not book.properties.description
    assert dict(book["Read me"].iter_rows(values_only=True))["State"].startswith("Approved")


def test_hostile_text_is_text_and_decisions_still_come_back(tmp_path: Path) -> None:
    result = run_of(HOSTILE)
    result.to_excel(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    names = {row["Mentee"] for row in rows_of(book, "Pairs")}
    assert {
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "{{ 7*7 }} {% for x in y %}",
    } <= names
    for page in book.worksheets:
        for row in page.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
            assert not any("\u202e" in str(cell.value) for cell in row)
    book["Pairs"]["G2"] = "Lock"
    book.save(tmp_path / "a.xlsx")
    assert read_decisions(tmp_path / "a.xlsx", result).lock == (next(iter(result.made)),)
