"""Where a scheme and a cohort do not fit, everything that does not fit is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from helpers.strategies import People
from rmmatch.errors import Problem

TABLES = People(
    (
        {"id": "E1", "grade": "Consultent", "programme": "a", "availability": "wk3 Mon am"},
        {"id": "E2", "grade": "ST1", "programme": "b", "availability": None},
    ),
    (
        {"id": "M1", "grade": " st1", "programme": "a", "age": "old", "availability": "Tue"},
        {"id": "M2", "grade": None, "programme": "b", "age": "41", "availability": "Tue"},
    ),
)
GRADES = ["ST1", "Consultant"]


def misfits(tables: People = TABLES, **scheme: Any) -> list[Problem]:
    made = rm.Scheme.model_validate(scheme)
    with pytest.raises(rm.SchemeError) as caught:
        rm.score(tables.cohort(), made)
    with pytest.raises(rm.SchemeError) as validated:
        rm.validate(tables.cohort(), made)
    assert validated.value.items == caught.value.items
    return list(caught.value.items)


def test_all_misfits_are_told_at_once() -> None:
    found = misfits(
        grades=GRADES,
        criteria=[
            {"type": "goals"},
            {"type": "attribute", "column": "program", "prefer": "same"},
            {"type": "attribute", "column": "progamme"},
            {"type": "power_distance", "target": 1},
            {"type": "availability"},
            {"type": "preference"},
            {"type": "table", "rows": [["E1", "M9", 1], ["X", "X", 0], ["E1", "M9", 1]]},
        ],
        rules=[
            {"type": "power_distance", "min_gap": 1},
            {"type": "attribute", "column": "age", "relation": "within", "gap": 2},
            {"type": "relations", "forbid": ["tutr", "tutor", "programme"]},
            {"type": "reporting_chain"},
            {"type": "eligible"},
            {"type": "pairs", "pin": [["E1", "M3"]], "forbid": [["E9", "M1"]]},
        ],
        quotas=[{"side": "mentees", "column": "age", "each": True, "at_most": 1}],
    )
    assert len(set(found)) == len(found)
    told = [((item.column, item.value), f"{item.reason} → {item.remedy}") for item in found]
    expected = {
        ("criteria[0].column", "goals"): "neither the mentees' nor the mentors' table",
        ("criteria[2].column", "progamme"): "did you mean 'programme'?",
        ("grades", "Consultent"): "did you mean 'Consultant'?",
        ("cycle_weeks", "1"): "in week 3",
        ("criteria[5].column", "preferences"): "",
        ("criteria[6].rows", "E1, M9"): "scored twice",
        ("criteria[6].rows", "M9"): "no mentor has this id",
        ("criteria[6].rows", "X"): "has this id",
        ("rules[1].column", "age"): "mentees' table has no column",
        ("rules[1].column", "old"): "must hold numbers",
        ("rules[2].forbid", "tutr"): "did you mean 'tutor'?",
        ("rules[2].forbid", "programme"): "not read as people",
        ("rules[3]", ""): "'line_manager'",
        ("rules[4].column", "attended_training"): "",
        ("rules[5].pin[0]", "M3"): "no mentor has this id",
        ("rules[5].forbid[0]", "E9"): "no mentee has this id",
        ("quotas[0].column", "age"): "",
    }
    assert {place for place, _ in told} == expected.keys()
    for place, text in told:
        assert expected[place] in text, (place, text)
    # The same id is on neither side: one problem for each.
    assert [text.split(" → ")[0] for (_, value), text in told if value == "X"] == [
        "no mentee has this id",
        "no mentor has this id",
    ]


def test_a_column_is_looked_for_as_headers_are_read() -> None:
    tables = People(
        ({"id": "E1", "Training programme": "a"},), ({"id": "M1", "TRAINING-program": "a"},)
    )
    scheme = {"criteria": [{"type": "attribute", "column": "Training  Program"}]}
    made = rm.Scheme.model_validate(scheme)
    assert rm.score(tables.cohort(), made).to_numpy().tolist() == [[1_000_000]]


def test_a_column_that_one_table_lacks_is_missing_there() -> None:
    tables = People(({"id": "E1", "x": "a"},), ({"id": "M1"},))
    for member in (
        {"criteria": [{"type": "attribute", "column": "x"}]},
        {"criteria": [{"type": "goals", "column": "x"}]},
        {"rules": [{"type": "attribute", "column": "x", "relation": "same", "any": []}]},
        {"quotas": [{"side": "mentors", "column": "x", "each": True, "at_least": 1}]},
    ):
        (problem,) = misfits(tables, **member)
        assert "mentors' table has no column 'x'" in problem.reason
    one_side = [{"side": "mentees", "column": "x", "each": True, "at_least": 0}]
    rm.score(tables.cohort(), rm.Scheme.model_validate({"quotas": one_side}))


def test_grades_that_are_no_numbers_need_a_scale() -> None:
    found = misfits(rules=[{"type": "power_distance", "min_gap": 1}])
    assert {item.value for item in found} == {"Consultent", "ST1", "st1"}
    assert all("lists no grades" in item.reason for item in found)


def test_a_sensitive_grade_off_the_scale_is_not_shown() -> None:
    (problem,) = misfits(
        grades=GRADES, sensitive=["Grade"], rules=[{"type": "power_distance", "min_gap": 1}]
    )
    remedy = "correct it, or add it to `grades:`"
    assert (problem.value, problem.remedy) == ("(hidden)", remedy)


def test_a_sensitive_number_that_is_none_is_not_shown() -> None:
    found = misfits(
        TABLES.replace(mentees=tuple({**row, "age": "30"} for row in TABLES.mentees)),
        sensitive=["age"],
        rules=[{"type": "attribute", "column": "age", "relation": "within", "gap": 2}],
    )
    assert [item.value for item in found] == ["(hidden)"]


def test_distances_between_other_places_are_of_no_use() -> None:
    near = {"type": "workplace", "prefer": "near", "distances": {"A": {"B": 1}}}
    tables = People(({"id": "E1", "workplace": "C"},), ({"id": "M1", "workplace": "D"},))
    (problem,) = misfits(tables, criteria=[near])
    assert problem.column == "criteria[0].distances"
    one_place = People(({"id": "E1", "workplace": "C"},), ({"id": "M1", "workplace": "C"},))
    scores = rm.score(one_place.cohort(), rm.Scheme.model_validate({"criteria": [near]}))
    assert scores.to_numpy().tolist() == [[1_000_000]]


def test_a_missing_table_of_scores_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("criteria: [{type: table, file: scores.csv}]")
    scheme = rm.Scheme.from_file(path)
    with pytest.raises(rm.CohortError, match=r"scores\.csv"):
        rm.score(TABLES.cohort(), scheme)


# --- pins ------------------------------------------------------------------------------------


def test_pins_that_a_rule_forbids_and_pins_beyond_capacity_are_all_told() -> None:
    tables = People(
        tuple({"id": f"E{n}", "tutor": "M1" if n == 1 else None} for n in range(1, 4)),
        ({"id": "M1", "capacity": "2"}, {"id": "M2", "capacity": "1"}),
        (("M2", "E2", "pinned"),),
    )
    scheme = rm.Scheme.model_validate(
        {
            "rules": [
                {"type": "relations", "forbid": ["tutor"]},
                {"type": "pairs", "pin": [["E1", "M1"], ["E3", "M2"], ["E2", "M2"]]},
            ]
        }
    )
    for meet in (
        lambda: rm.score(tables.cohort(), scheme).pins,
        lambda: rm.validate(tables.cohort(), scheme),
    ):
        with pytest.raises(rm.SchemeError) as caught:
            meet()
        told = [(item.value, item.reason) for item in caught.value.items]
        assert told == [
            ("E1, M1", "a rule forbids this pinned pair: no pairs related as tutor"),
            ("M2", "2 pins for a mentor of capacity 1"),
        ]


def test_a_pin_written_twice_is_one_pin() -> None:
    tables = People(({"id": "E1"},), ({"id": "M1"},), (("M1", "E1", "pinned"),))
    scheme = rm.Scheme.model_validate(
        {"rules": [{"type": "pairs", "pin": [["E1", "M1"], ["E1", "M1"]]}]}
    )
    assert len(rm.score(tables.cohort(), scheme).pins) == 1


def test_a_pin_and_its_own_prohibition() -> None:
    tables = People(({"id": "E1"},), ({"id": "M1"},))
    rule = {"type": "pairs", "pin": [["E1", "M1"]], "forbid": [["E1", "M1"]]}
    with pytest.raises(
        rm.SchemeError, match="this pinned pair: no pairs that the scheme forbids by name"
    ):
        rm.validate(tables.cohort(), rm.Scheme.model_validate({"rules": [rule]}))


def test_a_sensitive_rule_that_forbids_a_pin_is_not_described() -> None:
    tables = People(({"id": "E1", "faith": "MARKER"},), ({"id": "M1", "faith": "MARKER"},))
    scheme = rm.Scheme.model_validate(
        {
            "sensitive": ["faith"],
            "rules": [
                {"type": "attribute", "column": "faith", "relation": "different"},
                {"type": "pairs", "pin": [["E1", "M1"]]},
            ],
        }
    )
    with pytest.raises(rm.SchemeError, match=r"a confidential rule \(rule 1\)") as caught:
        rm.validate(tables.cohort(), scheme)
    assert "MARKER" not in str(caught.value)
    assert "faith" not in str(caught.value)


def test_an_unknown_person_is_named_with_the_nearest() -> None:
    scores = rm.score(TABLES.cohort(), rm.Scheme())
    with pytest.raises(rm.CohortError, match="did you mean 'M2'"):
        scores.pair("E1", "M22")


def test_validate_tells_what_stops_nothing() -> None:
    people = pd.DataFrame({"id": ["A"], "line_manager": ["A"]})
    cohort = rm.read_cohort(people, pd.DataFrame({"id": ["B"], "tutor": ["X9"]}))
    scheme = rm.Scheme.model_validate(
        {
            "rules": [
                {"type": "relations", "forbid": ["tutor", "examiner"]},
                {"type": "reporting_chain", "levels": 2},
            ]
        }
    )
    notes = "\n".join(rm.validate(cohort, scheme))
    assert "tutor: 1 name or id matches nobody taking part: X9" in notes
    assert "no examiners are listed, so this rule has no effect for them" in notes
    assert "A → A" in notes


def cohort_of(
    mentees: dict[str, list[str]], mentors: dict[str, list[str]], **read: object
) -> rm.Cohort:
    return rm.read_cohort(pd.DataFrame(mentors), pd.DataFrame(mentees), **read)


def test_a_header_that_was_not_mapped_is_an_error() -> None:
    scheme = rm.Scheme.from_text("columns: {Line boss: line_manager}")
    tables = {"id": ["E1"]}, {"id": ["M1"], "Line boss": ["E1"]}
    with pytest.raises(rm.SchemeError, match="read without the scheme"):
        rm.match(cohort_of(*tables), scheme)
    assert len(rm.match(cohort_of(*tables, columns=scheme.columns), scheme).pairs) == 1


def test_remarks_tell_what_is_odd() -> None:
    scheme = rm.Scheme.from_text("""
grades: [junior, senior]
criteria:
  - {type: goals, related: {teaching: {Lehre: 0.5}}}
  - {type: power_distance, target: 1}
rules:
  - {type: power_distance, min_gap: -1}
""")
    mentees = {"id": ["E1"], "goals": ["teaching"], "grade": ["junior"]}
    mentors = {"id": ["M1"], "goals": ["research"], "grade": ["senior"]}
    relations = pd.DataFrame({"mentor": ["M1"], "mentee": ["E1"], "kind": ["choir"]})
    cohort = cohort_of(mentees, mentors, relations=relations)
    assert list(scheme.remarks(cohort)) == [
        "1 pair is listed as 'choir', but no rule of the scheme forbids such pairs",
        "`related` of 'goals' lists words that nobody has in this column: Lehre",
        "the mentors have the higher grades, but the scheme says `direction: reverse`: are the two "
        "tables swapped?",
    ]
    assert rm.match(cohort, scheme).notes == tuple(scheme.remarks(cohort))


def test_a_column_that_looks_like_a_slip_is_told() -> None:
    mentors = pd.DataFrame({"id": ["M1"], "grads": ["ST3"], "team": ["a"], "gaols": ["x"]})
    cohort = rm.read_cohort(mentors, pd.DataFrame({"id": ["E1"]}))
    told = list(rm.Scheme().remarks(cohort))
    assert "mentors: the column 'grads' is not used; did you mean 'grade'?" in told
    assert "mentors: the column 'gaols' is not used; did you mean 'goals'?" in told
    assert not any("team" in one for one in told)
    read = rm.Scheme.from_text("criteria: [{type: attribute, column: gaols, prefer: same}]")
    assert not any("gaols" in one and "meant" in one for one in read.remarks(cohort))
