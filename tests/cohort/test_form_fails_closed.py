"""What a form leaves open, or leaves out, protects people all the same."""

from __future__ import annotations

from typing import Any

import pytest

import rmmatch as rm
from rmmatch.cohort.misnamed import has_answers
from rmmatch.errors import CohortError

FIELDS: dict[str, Any] = {"id": "ID", "role": "Role"}


def read(export: list[dict[str, str]], **form: Any) -> rm.Cohort:
    return rm.read_cohort(export, form=rm.Form.from_dict({"fields": FIELDS, **form}))


def two_people(header: str, *cells: str) -> list[dict[str, str]]:
    return [
        {"ID": f"P{place}", "Role": role, header: cell}
        for place, (role, cell) in enumerate(zip(("mentor", "mentee"), cells, strict=True))
    ]


@pytest.mark.parametrize("header", ["Previous mentors", "tutr", "Second examiner"])
def test_a_list_that_the_form_forgot_is_a_problem_as_without_a_form(header: str) -> None:
    export = two_people(header, "P1", "")
    with pytest.raises(CohortError) as caught:
        read(export)
    assert header in str(caught.value)
    assert read(export, ignore=[header]).n_mentors == 1


@pytest.mark.parametrize("about", ["people", "sensitive", "repeated", "tables", "declined", "id"])
def test_an_open_question_that_protects_refuses_with_a_scheme_and_without(about: str) -> None:
    form = rm.Form.from_dict({"fields": FIELDS, "undecided": [{"about": about, "ask": "Who?"}]})
    scheme = rm.Scheme.from_text("version: 1\ncriteria: [{type: goals, weight: 1}]")
    for policy in (None, scheme):
        with pytest.raises(CohortError, match="is open: Who"):
            rm.read_cohort(two_people("Goals", "a", "a"), form=form, scheme=policy)


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [
        ("N. Patel", True),
        ("Y Okafor", True),
        ("No, but Dr Marsh is my cousin", True),
        ("Yes: Helen Marsh", True),
        ("No, never", False),
        ("not applicable", False),
        ("None that I know of", False),
        ("n/a", False),
        ("1", False),
    ],
)
def test_only_a_plain_answer_names_nobody(cell: str, is_one: bool) -> None:
    assert has_answers([None, cell]) is is_one


@pytest.mark.parametrize("sensitive", ["ethnicity", "group", "Ethnic background"])
def test_every_column_of_a_private_question_is_private(sensitive: str) -> None:
    fields = {**FIELDS, "group": "Ethnic background", "ethnicity": "Ethnic background"}
    export = two_people("Ethnic background", "a", "b")
    cohort = read(export, fields=fields, sensitive=[sensitive])
    assert {*cohort.reading.sensitive} == {"group", "ethnicity"}
    fields["group"] = {"from": "Ethnic background", "answers": {"a": "x"}}
    with pytest.raises(CohortError) as caught:
        read(two_people("Ethnic background", "a", "Kept secret"), fields=fields,
             sensitive=[sensitive])  # fmt: skip
    assert "secret" not in str(caught.value)


def test_what_one_role_repeats_is_read_as_its_table_says() -> None:
    export = [*two_people("goals", "x", "y"), {"ID": "P0", "Role": "mentor", "goals": "z"}]
    cohort = read(export, tables={"mentors": {"repeated": "join"}})
    assert cohort.mentors.columns["goals"].tolist() == ["x; z"]


def test_columns_of_the_survey_tool_stay_its_own_under_a_form() -> None:
    own = {"StartDate": "", "Progress": "100", "Finished": "True", "ResponseId": "R1"}
    export = [{**row, **own, "Status": "IP Address"} for row in two_people("Goals", "a", "a")]
    cohort = read(export)
    assert cohort.mentors.status.tolist() == ["applicant"]


@pytest.mark.parametrize("sign", [";", "；", "|", "•", "｜"])
def test_a_choice_that_holds_a_separator_of_lists_stays_one(sign: str) -> None:
    goals = {"from": "Goals", "separator": ",", "choices": [f"A{sign}B", "C"]}
    cohort = read(two_people("Goals", f"A{sign}B, C", "C"), fields={**FIELDS, "goals": goals})
    assert cohort.mentors.columns["goals"].tolist() == ["A, B; C"]
