"""A scheme as a form: what is typed is what the scheme says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people
from helpers.strategies import cases
from rmmatch import synthetic
from rmmatch.desk.rule_forms import (
    FormPart,
    addition,
    blank_parts,
    changes_of,
    scheme_form,
    with_changes,
)


def typed(part: FormPart, blank: FormPart) -> dict[str, str]:
    """What somebody types who fills an empty form in as another one is."""
    texts = {field.key: field.text for field in part.fields}
    return {field.path: texts[field.key] for field in blank.fields if texts[field.key]}


def filled_in(scheme: rm.Scheme) -> rm.Scheme:
    """The scheme that somebody types who starts from nothing, part by part."""
    form, copy = scheme_form(scheme), rm.Scheme()
    # what holds by default goes as soon as there is something else
    for part in form.parts:
        if part.family == "scheme":
            answers = {field.path: field.text for field in part.fields}
            copy = with_changes(copy, changes_of(scheme_form(copy), answers))
        elif part.family in ("criteria", "rules", "quotas"):
            blanks = blank_parts(copy, part.family)
            blank = next(b for b in blanks if b.type == part.type)
            copy = with_changes(copy, addition(blank, typed(part, blank)))
        elif part.family == "meetings" and part.is_present:
            blank = scheme_form(copy).of("meetings")[0]
            copy = with_changes(copy, addition(blank, typed(part, blank)))
    aims = {f"objective[{len(copy.aims) + index}]": aim for index, aim in enumerate(scheme.aims)}
    data = {path: aim.model_dump(mode="json") for path, aim in aims.items()}
    gone = {f"objective[{index}]": None for index in range(len(copy.aims))}
    return with_changes(copy, {**data, **gone})


@settings(max_examples=40, deadline=None)
@given(cases(max_criteria=3, max_rules=3))
def test_a_scheme_typed_field_by_field_is_the_scheme(case: Any) -> None:
    data = case[1].to_dict()
    for member in (*data.get("criteria", ()), *data.get("rules", ())):
        if member.get("any"):  # spaces around what is typed are not kept
            member["any"] = [word.strip() for word in member["any"]]
    scheme = rm.Scheme.from_dict(data)
    members = [m.type for m in (*scheme.criteria, *scheme.rules)]
    if {"not_oneself", "not_withdrawn"} & {*members}:  # which nobody need add
        return
    assert filled_in(scheme) == rm.Scheme.from_dict(scheme.to_dict())


def test_the_demo_can_be_typed() -> None:
    scheme = synthetic.demo()[1]
    assert filled_in(scheme) == scheme


QUOTAS = [
    {"side": "mentors", "column": "organisation", "value": "ARC", "at_least": 2, "soft": True},
    {"side": "mentees", "column": "department", "each": True, "at_most": 5, "any": ["None"]},
    {"side": "mentors", "column": "organisation", "parity": 0.1},
    {"side": "pairs", "column": "organisation", "relation": "different", "at_least": 3},
    {"side": "pairs", "mentor": {"organisation": "ARC"}, "at_least": 1, "penalty": 0.2},
    {"side": "mentees", "column": "x", "value": "y", "at_least": 1, "only_where": {"z": ["yes"]}},
]


def test_quotas_and_aims_can_be_typed() -> None:
    scheme = rm.Scheme.from_dict(
        {
            "quotas": QUOTAS,
            "objective": ["pairs", {"tier": "total", "within": 0.1}, "quota_shortfall"],
            "grades": {"ST1": 1, "Consultant": 9.5},
            "capacity": {"mentors": 2},
            "people": {"Dr Marsh": "E3"},
            "columns": {"What would you like?": "goals"},
            "criteria": [{"type": "goals", "ranked": [1, 0.5]}],
        }
    )
    form = scheme_form(scheme)
    answers = {path: field.text for path, field in form.fields.items()}
    assert changes_of(form, answers) == {}
    assert form.fields["grades"].text == "ST1: 1.0\nConsultant: 9.5"
    assert form.fields["criteria[0].ranked"].kind == "table"
    changed = changes_of(form, {**answers, "objective[0].within": "0.2", "quotas[0].at_least": "1"})
    assert changed == {"objective[0].within": 0.2, "quotas[0].at_least": 1}
    assert with_changes(scheme, changed).aims[0].within == 0.2


def test_what_is_emptied_is_taken_out() -> None:
    scheme = rm.Scheme.from_dict(
        {"rules": [{"type": "power_distance", "min_gap": 2, "max_gap": 5, "name": "Gap"}]}
    )
    form = scheme_form(scheme)
    changes = changes_of(form, {"rules[0].max_gap": " ", "rules[0].name": ""})
    assert changes == {"rules[0].max_gap": None, "rules[0].name": None}
    rule = with_changes(scheme, changes).rules[0]
    assert (rule.max_gap, rule.name) == (None, None)
    with pytest.raises(rm.SchemeError, match=r"min_gap|max_gap"):
        with_changes(scheme, {"rules[0].max_gap": None, "rules[0].min_gap": None})


def test_everything_that_cannot_be_read_comes_at_once() -> None:
    form = scheme_form(
        rm.Scheme.from_dict(
            {
                "criteria": [{"type": "goals"}],
                "rules": [{"type": "reporting_chain"}],
                "meetings": {
                    "count": [4, 6],
                    "every_days": [28, 42],
                    "start": "2026-01-12",
                    "end": "2026-07-12",
                },
            }
        )
    )
    answers = {
        "criteria[0].weight": "a lot",
        "criteria[0].rarity": "perhaps",
        "criteria[0].related": "[a: {",
        "rules[0].levels": "1.5",
        "meetings.count": "four",
        "rules[0].level": "2",
    }
    with pytest.raises(rm.SchemeError) as refused:
        changes_of(form, answers)
    assert {item.column: item.code for item in refused.value.items} == {
        "criteria[0].weight": "not_a_number",
        "criteria[0].rarity": "wrong_type",
        "criteria[0].related": "invalid_value",
        "rules[0].levels": "not_a_number",
        "meetings.count": "not_a_whole_number",
        "rules[0].level": "unknown_key",
    }
    assert "rules[0].levels" in str(refused.value.items[-1])
    # and what can be read but makes no scheme
    scheme = rm.Scheme.from_dict({"criteria": [{"type": "goals"}]})
    changes = changes_of(scheme_form(scheme), {"criteria[0].weight": "0"})
    with pytest.raises(rm.SchemeError, match="more than 0"):
        with_changes(scheme, changes)


def test_an_empty_list_is_not_no_list() -> None:
    rule = {"type": "attribute", "column": "x", "relation": "same", "any": []}
    scheme = rm.Scheme.from_dict({"rules": [rule]})
    form = scheme_form(scheme)
    assert form.fields["rules[0].any"].text == "(none)"
    assert changes_of(form, {"rules[0].any": ""}) == {"rules[0].any": None}
    without = with_changes(scheme, {"rules[0].any": None})
    assert changes_of(scheme_form(without), {"rules[0].any": "(none)"}) == {"rules[0].any": []}


def test_several_boxes_are_one_answer() -> None:
    scheme = rm.Scheme.from_dict({"rules": [{"type": "relations", "forbid": ["tutor"]}]})
    form = scheme_form(scheme)
    changes = changes_of(form, {"rules[0].forbid": ["tutor", "", " examiner "]})
    assert changes == {"rules[0].forbid": ["tutor", "examiner"]}


def cohort() -> rm.Cohort:
    facts = {"goals": "x", "faith": "y", "income": "1", "programme": "z"}
    sides = people("E", 2, **facts), people("M", 2, **facts)
    return cohort_of(*sides, {"lab_mates": [("E1", "M1")]})


def test_columns_to_choose_are_those_of_the_cohort() -> None:
    scheme = rm.Scheme.from_dict(
        {
            "sensitive": ["faith"],
            "monitoring_only": ["income"],
            "criteria": [{"type": "attribute", "column": "programme"}],
            "rules": [
                {"type": "attribute", "column": "faith", "relation": "different"},
                {"type": "relations", "forbid": ["lab_mates"]},
            ],
        }
    )
    fields = scheme_form(scheme, cohort()).fields
    assert {c.value for c in fields["criteria[0].column"].choices} == {"goals", "programme"}
    private = {c.value: c.is_private for c in fields["rules[0].column"].choices}
    assert private == {"goals": False, "faith": True, "programme": False}
    kinds = [choice.value for choice in fields["rules[1].forbid"].choices]
    assert kinds[0] == "lab_mates"
    assert {"tutor", "line_manager", "past_pair"} <= {*kinds}
    # without a cohort there is at least what the scheme says
    assert [c.value for c in scheme_form(scheme).fields["criteria[0].column"].choices] == [
        "programme"
    ]


def test_parts_that_read_a_sensitive_column_are_marked() -> None:
    form = scheme_form(synthetic.demo()[1])
    assert [part.path for part in form.parts if part.is_confidential] == ["rules[2]"]


def test_a_form_is_plain_data() -> None:
    form = scheme_form(*reversed(synthetic.demo()))
    data = json.loads(json.dumps(form.to_dict()))
    assert data["parts"][0]["family"] == "scheme"
    field = next(f for f in data["parts"][1]["fields"] if f["key"] == "weight")
    assert (field["path"], field["text"], field["level"]) == ("criteria[0].weight", "6", "basic")
    assert "<" not in "".join(f["help"] for part in data["parts"] for f in part["fields"])


@pytest.mark.parametrize("family", ["criteria", "rules", "quotas", "objective"])
def test_what_can_be_added_has_an_empty_form(family: str) -> None:
    blanks = blank_parts(synthetic.demo()[1], family)
    assert len({(part.title, part.type) for part in blanks}) == len(blanks)
    assert not any(part.is_present for part in blanks)
    assert all(field.value == field.default for part in blanks for field in part.fields)


def test_a_changed_scheme_still_finds_its_files(tmp_path: Any) -> None:
    (tmp_path / "scores.csv").write_text("mentee,mentor,score\nE1,M1,0.5\n")
    path = tmp_path / "scheme.yaml"
    path.write_text("criteria: [{type: table, file: scores.csv}]\n")
    changed = with_changes(rm.Scheme.from_file(path), {"criteria[0].weight": 2})
    assert changed.inlined().criteria[0].rows == (("E1", "M1", 0.5),)


NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False)
)


@given(NUMBERS)
def test_a_number_is_read_as_it_is_shown(number: float) -> None:
    from rmmatch.desk.rule_forms.values import FieldShape, text_of, value_of

    assert value_of(FieldShape("number"), text_of("number", number)) == number
