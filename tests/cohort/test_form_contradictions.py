"""Each key of a form that the export contradicts: one problem, with its rows and what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

import rmmatch as rm
from rmmatch.errors import ProblemsError

MENTORS = "ID / Name / Topics\nM1 / Ann / Data\nM2 / Bo / Talks"
MENTEES = "ID / Name / Topics\nE1 / Cy / Data\nE2 / Di / Talks"
LATEST = {"keep": "latest", "by": "When"}


def table(text: str) -> list[dict[str, str]]:
    header, *rows = [[cell.strip() for cell in line.split(" / ")] for line in text.split("\n")]
    return [dict(zip(header, row, strict=True)) for row in rows]


def problems(form: dict[str, Any], *tables: str | Path) -> list[str]:
    """The problems of an export, each as `code: text`."""
    exports = [table(text) if isinstance(text, str) else text for text in tables]
    with pytest.raises(ProblemsError) as caught:
        rm.read_cohort(*exports, form=rm.Form.from_dict(form))
    items = [f"{item.code}: {item}" for item in caught.value.items]
    assert len(items) == len(set(items))
    assert all(" → " in item for item in items)  # each says what to write
    return items


def with_fields(**fields: Any) -> dict[str, Any]:
    return {"fields": {"id": "ID", **fields}}


CONTRADICTED: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    # key: the form, the tables, what the one problem says
    "from": (
        with_fields(goals="Goals?"),
        [MENTORS, MENTEES],
        ["unknown_header", "mentors and mentees, goals", "'Goals?'"],
    ),
    "from, several": (
        with_fields(goals=["First topic", "Second topic"]),
        [MENTORS, MENTEES],
        ["unknown_header", "headers 'First topic', 'Second topic'", "`tables:`"],
    ),
    "from, renamed": (
        with_fields(goals="Topic"),
        [MENTORS, MENTEES],
        ["unknown_header", "'Topic'", "did you mean 'Topics'?"],
    ),
    "mint": (
        {"fields": {"id": {"mint": ["Name", "Site"]}}},
        [MENTORS, MENTEES],
        ["unknown_header", "mentors and mentees, id", "'Site'"],
    ),
    "mint, twins": (
        {"fields": {"id": {"mint": ["Name"]}}},
        ["Name\nAnn\nBo\nAnn", "Name\nCy"],
        ["repeated_id", "mentors, rows 1, 3", "one more column"],
    ),
    "each_side": (
        {"fields": {"id": {"from": "ID", "each_side": True}, "role": "Role"}},
        ["ID / Role\n1 / both\n2 / mentor\n3 / mentee"],
        ["each_side", "row 1", "take it out"],
    ),
    "grid": (
        with_fields(availability={"grid": "Free [{day}]", "cells": "times"}),
        [MENTORS, MENTEES],
        ["unknown_header", "'Free [{day}]'"],
    ),
    "grid, answers": (
        with_fields(availability={"grid": "{day} [{time}]", "answers": {"Yes": "free"}}),
        ["ID / Mon [am] / Tue [am]\nM1 / Yes / Perhaps\nM2 / Perhaps / Yes", MENTEES],
        ["unknown_answer", "rows 1-2", "'Perhaps' (2 rows)", 'answers: {"Perhaps"'],
    ),
    "grid, cells": (
        with_fields(availability={"grid": "{day}", "cells": "times"}),
        ["ID / Mon / Tue\nM1 / 9-11 / soon\nM2 / soon / 9-10", MENTEES],
        ["unknown_answer", "rows 1-2", "'soon' (2 rows)"],
    ),
    "grid, minutes": (
        with_fields(availability={"grid": "{day} {time}", "answers": {"Yes": "free"}}),
        ["ID / Mon 9:00 / Tue 9:00\nM1 / Yes / Yes", MENTEES],
        ["not_availability", "minutes: 60"],
    ),
    "boxes": (
        with_fields(goals={"boxes": {"help___1": "Data", "help___2": "Talks"}}),
        ["ID / help___1\nM1 / 1", "ID / help___1\nE1 / 1"],
        ["unknown_header", "'help___2'"],
    ),
    "boxes, cells": (
        with_fields(goals={"boxes": {"a": "Data", "b": "Talks"}}),
        ["ID / a / b\nM1 / maybe / 1\nM2 / perhaps / 0", "ID / a / b\nE1 / 1 / 0"],
        ["not_a_tick", "rows 1-2", "'maybe'", "'perhaps'"],
    ),
    "ranks": (
        with_fields(goals={"ranks": {"a": "Data", "b": "Talks"}}),
        ["ID / a / b\nM1 / best / 1", "ID / a / b\nE1 / 1 / 2"],
        ["not_a_rank", "row 1", "'best'"],
    ),
    "ranks, twice": (
        with_fields(goals={"ranks": {"a": "Data", "b": "Talks"}}),
        ["ID / a / b\nM1 / 1 / 1", "ID / a / b\nE1 / 1 / 2"],
        ["not_a_rank", "row 1", "two choices have the same rank"],
    ),
    "answers": (
        with_fields(capacity={"from": "How many", "answers": {"One": 1}}),
        ["ID / How many\nM1 / Some\nM2 / One\nM3 / Some", "ID / How many\nE1 / One"],
        ["unknown_answer", "rows 1, 3", "'Some' (2 rows)", "capacity: answers"],
    ),
    "answers of a role": (
        with_fields(role={"from": "I am", "answers": {"Old": "mentor", "New": "mentee"}}),
        ["ID / I am\n1 / Old\n2 / Newer\n3 / Newer\n4 / New"],
        ["unknown_answer", "rows 2-3", "'Newer' (2 rows)", "mentor, mentee or both"],
    ),
    "choices": (
        with_fields(goals={"from": "Topics", "choices": ["Data", "Talk"]}),
        [MENTORS, "ID / Topics\nE1 / Data"],
        ["unknown_answer", "row 2", "'Talk' in the form is most like 'Talks'", "others: keep"],
    ),
    "separator": (
        with_fields(goals={"from": "Topics", "separator": ",", "choices": ["Data"]}),
        ["ID / Topics\nM1 / Data, Tea\nM2 / Tea", "ID / Topics\nE1 / Data"],
        ["unknown_answer", "rows 1-2", "'Tea' (2 rows)"],
    ),
    "people": (
        {**with_fields(line_manager="Boss"), "people": {"Dr X": "M7"}},
        ["ID / Boss\nM1 / Dr X", "ID / Boss\nE1 / Dr X"],
        ["unknown_person", "'Dr X' is said to be 'M7'"],
    ),
    "repeated: error": (
        {**with_fields(goals="Topics"), "repeated": "error"},
        ["ID / Topics\nM1 / a\nM1 / b", MENTEES],
        ["repeated_id", "rows 1-2", "`repeated: join`"],
    ),
    "repeated: join": (
        {**with_fields(goals="Topics"), "repeated": "join"},
        ["ID / Topics / Site\nM1 / a / N\nM1 / b / S", MENTEES],
        ["differing_cells", "rows 1-2, Site"],
    ),
    "repeated: by": (
        {**with_fields(), "repeated": LATEST},
        [MENTORS, MENTEES],
        ["unknown_header", "mentors and mentees, repeated", "'When'"],
    ),
    "repeated: no dates": (
        {**with_fields(), "repeated": LATEST},
        ["ID / When\nM1 / soon\nM1 / later", "ID / When\nE1 / 2026-01-01"],
        ["not_a_date", "rows 1-2", "'When'"],
    ),
    "dates, left open": (
        {**with_fields(), "repeated": LATEST},
        ["ID / When\nM1 / 1/2/2026\nM1 / 2/1/2026", "ID / When\nE1 / 2026-01-01"],
        ["not_a_date", "rows 1-2", "dates: day_first"],
    ),
    "dates": (
        {**with_fields(), "repeated": LATEST, "dates": "month_first"},
        ["ID / When\nM1 / 25/12/2026\nM1 / 26/12/2026", "ID / When\nE1 / 1/1/2026"],
        ["not_a_date", "`dates: month_first`"],
    ),
    "sensitive": (
        {**with_fields(), "sensitive": ["ethnicity"]},
        [MENTORS, MENTEES],
        ["unknown_column", "'ethnicity'"],
    ),
    "ignore": (  # a list that protects is never passed over because its header is another now
        {**with_fields(), "ignore": ["Your manager"]},
        ["ID / Your line manager\nM1 / x", MENTEES],
        ["protecting_column", "'Your line manager'", "ignore: "],
    ),
    "tables": (
        {**with_fields(), "tables": {"mentees": {"fields": {"goals": "Subjects"}}}},
        [MENTORS, MENTEES],
        ["unknown_header", "mentees, goals", "'Subjects'"],
    ),
    "undecided": (
        {**with_fields(), "undecided": [{"about": "line_manager", "ask": "Who is Dr X?"}]},
        [MENTORS, MENTEES],
        ["undecided", "Who is Dr X?"],
    ),
    "role in the table of one side": (
        with_fields(role={"from": "I am", "answers": {"A": "mentor"}}),
        ["ID / I am\nM1 / A", "ID / I am\nE1 / A\nE2 / A"],
        ["wrong_role", "mentees, rows 1-2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", CONTRADICTED)
def test_a_key_that_the_export_contradicts_is_one_problem(key: str) -> None:
    form, tables, words = CONTRADICTED[key]
    (problem,) = problems(form, *tables)
    assert problem.startswith(f"{words[0]}: ")
    assert not [word for word in words if word not in problem], problem


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"sheet": "Form2"}, ["unreadable_table", "Form2", "'Form1'"]),
        ({"header": 9}, ["no_header", "row 9"]),
    ],
)
def test_a_sheet_or_row_of_headers_that_is_not_there(
    tmp_path: Path, key: dict[str, Any], words: list[str]
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Form1"
    for row in (("ID", "I am"), ("M1", "mentor"), ("E1", "mentee")):
        book.active.append(row)
    book.save(tmp_path / "export.xlsx")
    (problem,) = problems({**with_fields(role="I am"), **key}, tmp_path / "export.xlsx")
    assert not [word for word in words if word not in problem], problem


def test_the_form_of_another_export_says_each_field_once() -> None:
    fields: dict[str, Any] = {"id": "Email", "name": ["First name", "Last name"]}
    fields |= {"goals": "What for?", "line_manager": "Manager", "capacity": "How many?"}
    fields["availability"] = {"grid": "Free [{day}]", "cells": "times"}
    found = problems({"fields": fields}, MENTORS, MENTEES)
    assert [item.split(": ")[0] for item in found] == ["unknown_header"] * len(fields)
    for name in fields:
        assert sum(f"mentors and mentees, {name}:" in item for item in found) == 1


def test_a_form_for_tables_of_roles_without_a_role_is_one_problem() -> None:
    form = {**with_fields(), "tables": {"mentors": {"fields": {"goals": "Topics"}}}}
    (problem,) = problems(form, "ID / Topics\nM1 / a\nM2 / b")
    assert problem.startswith("missing_column: ")


def test_a_wish_may_be_asked_of_one_table_and_a_list_that_protects_must_be_said_of_it() -> None:
    tables = MENTORS, "ID / First / Second / Boss\nE1 / M1 / M2 / M2"
    wishes = {"fields": {"id": "ID", "preferences": ["First", "Second"]}}
    ignored = rm.Form.from_dict({**wishes, "ignore": ["Boss"]})
    cohort = rm.read_cohort(*map(table, tables), form=ignored)
    assert cohort.mentees.preferences[0].tolist() == [0, 1]
    wishes["fields"]["line_manager"] = "Boss"
    (problem,) = problems(wishes, *tables)
    assert "mentors, line_manager" in problem
    assert "`tables:` of the form" in problem
