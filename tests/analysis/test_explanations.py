"""Explanations: the numbers add up exactly, the facts are those of the tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import rmmatch as rm
from helpers.strategies import cases
from rmmatch.analysis.explanations import explain_all
from rmmatch.errors import CohortError

MENTORS = pd.DataFrame(
    [
        # id, grade, goals, speciality, workplace, availability, line_manager, status, training
        ("M1", "ST4", "Leadership; Wellbeing; teaching", "renal", "North", "Wed 13:00-15:00", None),
        ("M2", "ST4", "career development", "Cardiology", "South", "Wed 14:00-18:00", None),
        ("M3", "Consultant", "research", "renal", "North", "Mon am", None),
        ("M4", "ST1", None, None, None, None, "E1"),
    ],
    columns=["id", "grade", "goals", "speciality", "workplace", "availability", "line_manager"],
)
MENTEES = pd.DataFrame(
    [
        (
            "E1",
            "Consultant",
            "leadership;wellbeing;teaching;research",
            "cardiology",
            "North",
            "Wed",
        ),
        ("E2", "ST3", "wellbeing", "respiratory", "South", "Wed 13:00-14:30"),
    ],
    columns=["id", "grade", "goals", "speciality", "workplace", "availability"],
)
SCHEME = rm.Scheme.from_text("""
grades: [ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]
criteria:
  - {type: goals, weight: 4, related: {leadership: {career development: 0.5}}}
  - {type: speciality, weight: 2, related: {cardiology: {renal: 0.4}}}
  - {type: workplace, weight: 1}
  - {type: availability, weight: 2, enough: 240}
  - {type: power_distance, weight: 1, target: 4, spread: 4, missing: ignore}
rules:
  - {type: power_distance, min_gap: 1, missing: allow}
  - {type: relations, forbid: [line_manager]}
""")


@pytest.fixture(scope="module")
def result():
    return rm.match(rm.read_cohort(MENTORS, MENTEES), SCHEME)


def facts(result, mentee, mentor):
    table = rm.explain(result, mentee=mentee, mentor=mentor).table
    return dict(zip(table.criterion, table.fact, strict=True))


def test_the_facts_behind_a_pair(result):
    assert facts(result, "E1", "M1") == {
        "goals": "3 of 4 goals met: Leadership, wellbeing, teaching",
        "speciality": "Cardiology and renal are related",
        "workplace": "the same workplace: North",
        "availability": "both free Wed 13:00-15:00, 120 minutes in all",
        "power_distance": "ST4 → Consultant, gap 5; the target is 4",
    }
    assert facts(result, "E1", "M2") | {"power_distance": ""} == {
        "goals": "1 of 4 goals met, 1 of these in part: Leadership (close to career development)",
        "speciality": "both Cardiology",
        "workplace": "different workplace: North and South",
        "availability": "both free Wed 14:00-17:00, 180 minutes in all",
        "power_distance": "",
    }


def test_missing_data_is_said(result):
    told = rm.explain(result, mentee="E2", mentor="M4")
    assert facts(result, "E2", "M4")["goals"] == ("no goals given; missing data counts as half")
    assert any("missing data counts as half" in sentence for sentence in told.sentences)


def test_a_forbidden_pair_names_every_rule_and_why(result):
    told = rm.explain(result, mentee="E1", mentor="M4")
    assert told.title == "E1 and M4 cannot be paired."
    assert told.sentences == (
        "Excluded by the rule 'no pairs related as line manager': related: line manager.",
    )
    told = rm.explain(result, mentee="E2", mentor="M1")
    assert told.sentences == (
        "Excluded by the rule 'the grade gap must be at least 1': ST4 → ST3, gap -1.",
    )


def test_an_unpaired_person_by_the_rules_that_forbade(result):
    told = rm.explain(result, mentor="M3")
    assert told.title == "M3 has no partner."
    assert told.sentences == (
        "2 of 2 mentees were excluded by the rule 'the grade gap must be at least 1'.",
        "No mentee was suitable.",
    )
    assert told.table.to_dict("records") == [
        {"rule": "the grade gap must be at least 1", "forbade": 2}
    ]


def test_somebody_who_lost_to_others_is_told_so(result):
    [loser] = set(result.unpaired["id"]) - {"M3"}
    told = rm.explain(result, mentor=loser)
    assert "1 of 2 mentees was suitable." in told.sentences
    assert "That one was paired with someone else." in told.sentences


def test_a_free_partner_is_not_called_taken(result):
    by_hand = rm.strategies.Listed([("E1", "M1")])
    listed = rm.match(result.cohort, SCHEME, strategy=by_hand)
    reasons = dict(zip(listed.unpaired["id"], listed.unpaired["reason"], strict=True))
    assert (
        reasons["E2"]
        == "1 mentor was suitable, but was not chosen; the mentor still has a free place"
    )
    assert reasons["M2"] == "1 mentee was suitable, but was paired with someone else"
    assert "1 of them still has a free place." in rm.explain(listed, mentee="E2").sentences


def test_unknown_ids_name_the_nearest(result):
    with pytest.raises(CohortError, match="did you mean 'M1'"):
        rm.explain(result, mentor="M11")
    with pytest.raises(ValueError, match="mentee=, mentor= or both"):
        rm.explain(result)


@settings(max_examples=60, deadline=None)
@given(cases(4, 4))
def test_contributions_add_up_and_counts_agree_with_the_scores(case):
    tables, scheme = case
    cohort = tables.cohort()
    result = rm.match(cohort, scheme)
    if result.matching is None:
        return
    matrix = result.scores.to_numpy()
    for told, pair in zip(explain_all(result), result.pairs.itertuples(), strict=False):
        millionths = np.rint(told.table.contribution * 1e6).sum() if len(told.table) else 0
        row, column = cohort.mentees.position[pair.mentee], cohort.mentors.position[pair.mentor]
        assert millionths == matrix[row, column]
    for side, id_ in zip(result.unpaired.side, result.unpaired.id, strict=True):
        told = rm.explain(result, **{side: id_})
        person = cohort.side(side).position[id_]
        line = matrix[person] if side == "mentee" else matrix[:, person]
        forbade = told.table.forbade.sum() if len(told.table) else 0
        assert forbade == (line < 0).sum()
