"""What if: the difference is that between two pairings, each found from nothing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.cohort.edits import with_people, without_people

SCORES = {("E0", "M0"): 0.9, ("E0", "M1"): 0.5, ("E1", "M0"): 0.8, ("E1", "M1"): 0.7}


@pytest.fixture
def result() -> rm.Result:
    return rm.match(cohort_of(people("E", 2), people("M", 2)), table_scheme(SCORES))


def test_a_pin_by_hand(result: rm.Result) -> None:
    told = rm.what_if(result, pin=[("E0", "M1")])
    assert set(told.result.made) == {("E0", "M1"), ("E1", "M0")}
    assert told.price == {"pairs": 0, "total": pytest.approx(0.3)}
    assert told.changes.to_dict("list") == {
        "id": ["E0", "E1", "M0", "M1"],
        "side": ["mentee", "mentee", "mentor", "mentor"],
        "before": ["M0", "M1", "E0", "E1"],
        "after": ["M1", "M0", "E1", "E0"],
        "score_before": [0.9, 0.7, 0.9, 0.7],
        "score_after": [0.5, 0.8, 0.8, 0.5],
    }
    assert told.values.to_dict("list") == {
        "tier": ["pairs", "total"],
        "before": [2.0, 1.6],
        "after": [2.0, 1.3],
    }
    assert str(told).splitlines()[:4] == [
        "What if: pin E0 and M1",
        "  pairs: 2 before, 2 after",
        "  total: 160 points before, 130 points after (30 points less)",
        "  4 people have other partners:",
    ]
    data = json.loads(told.to_json())
    assert data["price"] == {"pairs": 0, "total": 0.3}
    assert data["changes"][0]["after"] == ["M1"]
    assert "after (30 points less)</li>" in told._repr_html_()
    assert rm.check(told.result) == []


@settings(max_examples=60, deadline=None)
@given(problems(most_people=4), st.data())
def test_changes_that_take_something_away_are_the_same_warm_or_not(
    problem: Problem, data: st.DataObject
) -> None:
    result = problem.match()
    assume(result.matching is not None)
    cohort = result.cohort
    everybody = [(e, m) for e in cohort.mentees.ids for m in cohort.mentors.ids]
    bans = data.draw(st.lists(st.sampled_from(everybody), max_size=3, unique=True))
    bans = [pair for pair in bans if pair not in problem.pins]
    at = data.draw(st.integers(0, len(cohort.mentors) - 1))
    n_pins = sum(mentor == cohort.mentors.ids[at] for _, mentor in problem.pins)
    size = max(n_pins, int(cohort.mentors.capacity[at]) - data.draw(st.integers(0, 1)))
    told = rm.what_if(result, forbid=bans, capacity={("mentor", cohort.mentors.ids[at]): size})
    problem.forbid = [*problem.forbid, *bans]
    problem.mentors[at] = {**problem.mentors[at], "capacity": size}
    again = problem.match()
    assert told.result.matching == again.matching
    assert told.result.values == again.values
    if again.matching is not None:
        assert rm.check(told.result) == []
        first = next((price for price in told.price.values() if price), 0)
        assert first >= 0
    if told.is_warm:
        assert told.changes.empty
        assert not any(told.price.values())


def test_what_the_pairs_do_not_need_is_taken_away_without_solving(result: rm.Result) -> None:
    assert rm.what_if(result, forbid=[("E0", "M1")], pin=[("E0", "M0")]).is_warm
    assert not rm.what_if(result, forbid=[("E0", "M0")]).is_warm


@settings(max_examples=40, deadline=None)
@given(problems(most_people=4), st.data())
def test_a_cohort_without_somebody_is_one_where_they_never_were(
    problem: Problem, data: st.DataObject
) -> None:
    cohort = problem.cohort()
    at = data.draw(st.integers(0, len(cohort.mentees) - 1))
    gone = cohort.mentees.ids[at]
    smaller = without_people(cohort, [at], [])
    problem.mentees = [one for one in problem.mentees if one["id"] != gone]
    problem.scores = {pair: s for pair, s in problem.scores.items() if pair[0] != gone}
    problem.relations = {
        kind: [pair for pair in pairs if pair[0] != gone]
        for kind, pairs in problem.relations.items()
    }
    problem.forbid = [pair for pair in problem.forbid if pair[0] != gone]
    pins = {pair for pair in problem.pins if pair[0] != gone}
    assert smaller.fingerprint == problem.cohort().fingerprint
    result = rm.match(cohort, table_scheme({}))
    problem.pins = pins
    told = rm.what_if(result, remove=[gone])
    assert told.result.cohort.fingerprint == smaller.fingerprint


@settings(max_examples=40, deadline=None)
@given(problems(most_people=4), st.data())
def test_removing_somebody_named_by_the_scheme(problem: Problem, data: st.DataObject) -> None:
    result = problem.match()
    assume(result.matching is not None)
    gone = data.draw(st.sampled_from(result.cohort.mentors.ids))
    told = rm.what_if(result, remove=[("mentor", gone)])
    problem.mentors = [one for one in problem.mentors if one["id"] != gone]
    problem.scores = {pair: s for pair, s in problem.scores.items() if pair[1] != gone}
    problem.relations = {
        kind: [pair for pair in pairs if pair[1] != gone]
        for kind, pairs in problem.relations.items()
    }
    problem.forbid = [pair for pair in problem.forbid if pair[1] != gone]
    problem.pins = {pair for pair in problem.pins if pair[1] != gone}
    if not problem.mentors:
        return
    again = problem.match()
    assert told.result.values == again.values
    assert told.result.matching == again.matching


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    mentors = pd.DataFrame(
        {
            "id": ["M1", "M2", "M3"],
            "goals": ["teaching", "research;teaching", None],
            "availability": ["Mon am", "Tue 09:00-11:00", "Fri"],
            "preferences": ["E1;E2", None, "E2"],
            "tutor": [None, "E1", None],
            "line_manager": ["E2", None, "M1"],
            "Band": ["a", "b", "c"],
        }
    )
    mentees = pd.DataFrame(
        {
            "id": ["E1", "E2"],
            "goals": ["teaching", "research"],
            "availability": ["Mon", None],
            "declined": [None, "M3"],
            "preferences": ["M3;M1", "M2"],
        }
    )
    return mentors, mentees


@pytest.mark.parametrize("late", [("M3",), ("E2",), ("E1", "M1"), ("M2", "M3")])
def test_people_who_join_are_as_if_they_had_always_been_there(late: tuple[str, ...]) -> None:
    mentors, mentees = tables()
    whole = rm.read_cohort(mentors, mentees)
    gone = [[side.position[id_] for id_ in late if id_ in side.position] for side in whole.sides]
    before = without_people(whole, *gone)
    both = pd.concat([mentors.assign(role="mentor"), mentees.assign(role="mentee")])
    after = with_people(before, both[both.id.isin(late)], columns={})
    # those who were there have forgotten whom they named among the newcomers
    for kind in ("tutor", "declined"):
        named = {
            (after.mentees.ids[e], after.mentors.ids[m])
            for e, m in zip(after.relation(kind).mentees, after.relation(kind).mentors, strict=True)
        }
        always = {
            (whole.mentees.ids[e], whole.mentors.ids[m])
            for e, m in zip(whole.relation(kind).mentees, whole.relation(kind).mentors, strict=True)
        }
        writer = {"tutor": 1, "declined": 0}[kind]
        kept = {pair for pair in always if not set(pair) & set(late) or pair[writer] in late}
        assert named == kept
    for side, old in zip(after.sides, whole.sides, strict=True):
        assert set(side.ids) == set(old.ids)
        for id_ in late:
            if id_ not in side.position:
                continue
            here, there = side.position[id_], old.position[id_]
            assert side.slots(here) == old.slots(there)
            for name in old.columns:
                assert side.column(name)[here] == old.column(name)[there]
            other = whole.sides[old.role == "mentee"], after.sides[old.role == "mentee"]
            wished = [other[0].ids[one] for one in old.preferences[there]]
            assert [other[1].ids[one] for one in side.preferences[here]] == wished


def test_somebody_who_joins_is_paired(result: rm.Result) -> None:
    scheme = result.scheme.model_copy(update={"sensitive": ("ethnicity",)})
    told = rm.what_if(result.replace(scheme=scheme), add=[{"id": "M9", "role": "mentor"}])
    assert told.changed == ("with mentor M9",)
    assert told.result.cohort.n_mentors == 3
    more = rm.what_if(
        result, add=pd.DataFrame({"ID": ["E9"], "Role": ["mentee"]}), capacity={"M1": 2}
    )
    assert more.price == {"participation": -1, "pairs": -1, "total": 0}
    assert len(more.result.made) == 3


@pytest.mark.parametrize("weight", [0, 5])
def test_weights_are_priced_by_the_scheme_as_it_was(weight: float) -> None:
    mentors, mentees = tables()
    scheme = rm.Scheme.model_validate(
        {"criteria": [{"type": "goals", "weight": 1}, {"type": "availability", "weight": 1}]}
    )
    cohort = rm.read_cohort(mentors, mentees)
    result = rm.match(cohort, scheme)
    told = rm.what_if(result, weights={"availability": weight})
    assert told.changed == (f"weight of availability from 1 to {weight}",)
    listed = rm.strategies.Listed(told.result.made)
    by_old = rm.match(cohort, scheme, strategy=listed).objective
    assert told.price["total"] == pytest.approx(result.objective["total"] - by_old["total"])
    assert told.price["total"] >= 0
    assert len(told.result.scheme.criteria) == (1 if weight == 0 else 2)


def test_rules_dropped_replaced_and_added(result: rm.Result) -> None:
    added = rm.what_if(result, rules={0: {"type": "minimum_score", "at_least": 0.75}})
    assert added.price["pairs"] == 1
    told = added.result.scheme.rules[0].describe()
    assert "75 points" in told
    assert added.changed == (f"rule 1 becomes the rule '{told}'",)
    again = rm.what_if(added.result, rules={0: rm.rules.MinimumScore(at_least=0.6)})
    assert again.price["pairs"] == -1
    dropped = rm.what_if(added.result, rules={0: None})
    assert dropped.result.scheme.rules == ()
    assert dropped.changed == (f"drop the rule '{told}'",)
    assert dropped.result.made == result.made


def test_a_change_that_nothing_allows_says_so(result: rm.Result) -> None:
    needed = cohort_of(people("E", 2), [person("M0", min_load=1), person("M1")])
    told = rm.what_if(rm.match(needed, result.scheme), forbid=[("E0", "M0"), ("E1", "M0")])
    assert told.result.status is rm.Status.INFEASIBLE
    assert told.price == {}
    assert told.changes.empty
    assert "No pairing is possible" in str(told)
    assert json.loads(told.to_json())["status"] == "infeasible"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"remove": ["M11"]}, "nobody has this id .found 'M11'. → did you mean 'M1'"),
        ({"weights": {"tabel": 2}}, "nearest: 'table'"),
        ({"weights": {"table": -1}}, "is not a weight"),
        ({"weights": {"table": np.nan}}, "is not a weight"),
        ({"rules": {3: None}}, "the scheme has 0 of them"),
        ({"rules": {0: None}}, "the scheme has 0 of them"),
        ({"rules": {0: {"type": "pears"}}}, "no rule of type 'pears'"),
        ({"quotas": {0: {"side": "mentors"}}}, "quota 1"),
        ({"capacity": {"M0": -1}}, "is negative"),
        ({"capacity": {"M0": 1.5}}, "is not a whole number"),
        ({"capacity": {"M0": float("inf")}}, "is not a number"),
        ({"capacity": {"M0": 2**63}}, "is over 1,000,000"),
        ({"capacity": {"M9": 1}}, "nobody has this id"),
        ({"pin": [("E0", "M9")]}, "no mentor has this id"),
        ({"add": [{"id": "M0", "role": "mentor"}]}, "have the same id"),
    ],
)
def test_bad_changes_name_what_is_wrong(
    result: rm.Result, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(rm.errors.ProblemsError, match=said):
        rm.what_if(result, **change)


def test_somebody_on_both_sides() -> None:
    result = rm.match(cohort_of(people("P", 3), people("P", 3)), table_scheme({}))
    with pytest.raises(rm.CohortError, match=r"write \('mentor', 'P1'\)"):
        rm.what_if(result, capacity={"P1": 2})
    resized = rm.what_if(result, capacity={("mentor", "P1"): 2}).result.cohort
    assert resized.mentors.capacity.tolist() == [1, 2, 1]
    assert resized.mentees.capacity.tolist() == [1, 1, 1]
    gone = rm.what_if(result, remove=["P1"]).result.cohort
    assert (gone.n_mentees, gone.n_mentors) == (2, 2)


def test_a_tier_that_decides_only_after_the_change_is_told_of_both() -> None:
    """With a second place people are counted, with a priority its points: before too."""
    cohort = cohort_of(people("E", 3), people("M", 2))
    result = rm.match(cohort, table_scheme(SCORES))
    assert list(result.values) == ["pairs", "total"]
    told = rm.what_if(result, capacity={"M0": 2})
    assert told.values.to_dict("list") == {
        "tier": ["participation", "pairs", "total"],
        "before": [4, 2, 1.6],
        "after": [5, 3, 1.7],
    }
    assert told.price == {"participation": -1, "pairs": -1, "total": pytest.approx(-0.1)}
    back = rm.what_if(told.result, capacity={"M0": 1})
    assert back.values.set_index("tier")["after"].to_dict() == {
        "participation": 4,
        "pairs": 2,
        "total": 1.6,
    }
    assert back.price == {"participation": 1, "pairs": 1, "total": pytest.approx(0.1)}
    added = rm.what_if(result, add=[{"id": "E9", "role": "mentee", "priority": 4}])
    assert added.price["priority"] == -4
    assert rm.check(added.result) == []
