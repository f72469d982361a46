"""A first scheme loads, fits its cohort, and pairs at once, whatever columns there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.forms import Form
from rmmatch.desk.survey.first_scheme import first_scheme

COLUMNS = {
    "grade": ["FY1", "ST3", "Consultant", "Wizard", "3"],
    "goals": ["teaching; research", "teaching"],
    "speciality": ["cardiology", "renal"],
    "workplace": ["North", "South"],
    "availability": ["Mon am", "Mon; Tue"],
    "attended_training": ["yes", "no"],
    "line_manager": ["M0", "X9"],
    "tutor": ["E0"],
    "past_pair": ["M0"],
    "declined": ["M0"],
    "preferences": ["M0", "E0"],
    "ethnicity": ["a", "b"],
}


@st.composite
def cohorts(draw: st.DrawFn) -> rm.Cohort:
    tables = []
    for letter in "ME":
        names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
        rows = [
            {"id": f"{letter}{place}"}
            | {name: draw(st.none() | st.sampled_from(COLUMNS[name])) for name in names}
            for place in range(draw(st.integers(1, 3)))
        ]
        tables.append(rows)
    return rm.read_cohort(*tables)


@given(cohorts(), st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
def test_it_fits_and_pairs_at_once(cohort: rm.Cohort, private: list[str]) -> None:
    form = Form.from_dict({"sensitive": private})
    scheme = rm.Scheme.from_text(first_scheme(cohort, form))
    assert scheme.problems(cohort) == []
    assert set(scheme.sensitive) == {name for name in private if cohort.has_column(name)}
    assert not {*private} & {
        name for criterion in scheme.criteria for name in criterion.columns_used()
    }
    assert rm.match(cohort, scheme).status is rm.Status.OPTIMAL


def rich(**changes: object) -> rm.Cohort:
    mentor = {
        "id": "M1",
        "grade": "FY1",
        "goals": "teaching",
        "attended_training": "yes",
        "line_manager": "Ann Lee",
        "tutor": "E2",
        "availability": "Mon am",
        "ethnicity": "a",
    }
    mentees = [
        mentor | {"id": id_, "name": name, "grade": "Consultant", "line_manager": None}
        for id_, name in (("E1", "Ann Lee"), ("E2", "Bo Ray"), ("E3", "Cy Dee"))
    ]
    return rm.read_cohort([mentor | changes], mentees)


def test_its_rules_are_in_force() -> None:
    cohort = rich()
    text = first_scheme(cohort, Form.from_dict({"sensitive": ["ethnicity"]}))
    scheme = rm.Scheme.from_text(text)
    assert rm.match(cohort, scheme).made == [("E3", "M1")] or dict(
        rm.match(cohort, scheme).made
    ) == {"E3": "M1"}
    assert scheme.direction == "reverse"
    assert scheme.sensitive == ("ethnicity",)
    kinds = [rule.type for rule in scheme.rules]
    assert kinds == [
        *("relations", "reporting_chain", "eligible", "power_distance", "availability"),
    ]
    assert scheme.rules[0].forbid == ("line_manager", "tutor")
    assert scheme.quotas == ()


def test_every_setting_is_explained() -> None:
    lines = first_scheme(rich()).splitlines()
    for place, line in enumerate(lines):
        if line.startswith(("  - ", "#  - ")):
            assert lines[place - 1].startswith("  # ")


def test_a_scheme_whose_mentors_are_senior_is_traditional() -> None:
    cohort = rm.read_cohort([{"id": "M1", "grade": "Consultant"}], [{"id": "E1", "grade": "FY1"}])
    assert rm.Scheme.from_text(first_scheme(cohort)).direction == "traditional"


def test_a_scale_has_the_grades_that_nobody_has_yet() -> None:
    cohort = rm.read_cohort(
        [{"id": "M1", "grade": "FY1"}],
        [{"id": "E1", "grade": "ST3"}, {"id": "E2", "grade": "Foundation Year 1"}],
    )
    scheme = rm.Scheme.from_text(first_scheme(cohort))
    assert {"FY1", "FY2", "ST8", "Consultant", "Foundation Year 1"} <= {*scheme.grades}
    assert scheme.grades["FY1"] == scheme.grades["Foundation Year 1"] < scheme.grades["FY2"]


def test_numbers_need_no_scale() -> None:
    cohort = rm.read_cohort([{"id": "M1", "grade": 2}], [{"id": "E1", "grade": 7}])
    scheme = rm.Scheme.from_text(first_scheme(cohort))
    assert scheme.grades is None
    assert dict(rm.match(cohort, scheme).made) == {"E1": "M1"}


def test_a_grade_without_a_place_switches_the_gap_off_and_can_be_given_one() -> None:
    cohort = rich(grade="Wizard: first class")
    text = first_scheme(cohort)
    scheme = rm.Scheme.from_text(text)
    assert scheme.problems(cohort) == []
    assert "power_distance" not in [rule.type for rule in scheme.rules]
    assert "Switched off: " in text
    on = text.replace('#  "Wizard', '  "Wizard').replace("#  - {", "  - {")
    scheme = rm.Scheme.from_text(on)
    assert scheme.problems(cohort) == []
    assert "power_distance" in [rule.type for rule in scheme.rules]


def test_private_grades_are_not_listed() -> None:
    text = first_scheme(rich(), Form.from_dict({"sensitive": ["grade"]}))
    assert "Consultant" not in text
    rm.Scheme.from_text(text)


def test_names_outside_are_settled() -> None:
    cohort = rm.read_cohort([{"id": "M1"}], [{"id": "E1", "line_manager": "Prof: Q"}])
    text = first_scheme(cohort, people={"Prof: Q": "outside"})
    scheme = rm.Scheme.from_text(text)
    again = rm.read_cohort([{"id": "M1"}], [{"id": "E1", "line_manager": "Prof: Q"}], scheme=scheme)
    assert scheme.problems(again) == []
    assert len(rm.match(again, scheme).made) == 1


@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_training_binds_the_side_that_was_asked(side: str) -> None:
    rows = {"mentor": [{"id": "M1"}], "mentee": [{"id": "E1"}]}
    rows[side][0]["attended_training"] = "yes"
    cohort = rm.read_cohort(rows["mentor"], rows["mentee"])
    scheme = rm.Scheme.from_text(first_scheme(cohort))
    assert scheme.rules[0].side == f"{side}s"
    assert len(rm.match(cohort, scheme).made) == 1


def test_a_private_question_is_private_by_the_column_that_it_fills() -> None:
    fields = {"id": "ID", "role": "Role", "ethnicity": "Ethnic background"}
    form = rm.Form.from_dict({"fields": fields, "sensitive": ["Ethnic background"]})
    export = [
        {"ID": f"P{at}", "Role": role, "Ethnic background": "a"}
        for at, role in enumerate(("mentor", "mentee"))
    ]
    cohort = rm.read_cohort(export, form=form)
    assert rm.Scheme.from_text(first_scheme(cohort, form)).sensitive == ("ethnicity",)
