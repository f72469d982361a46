"""Reasons: every number in an explanation is found again by trying all there is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.analysis.explanations import explain_all
from rmmatch.analysis.explanations.audiences import count_texts_of_parts
from rmmatch.analysis.explanations.unpaired import find_shortage


def losses_of(
    problem: Problem, result: rm.Result, pair: tuple[str, str]
) -> dict[str, float] | None:
    """What forcing a pair costs, by solving again."""
    try:
        found = replace(problem, pins={*problem.pins, pair}).match()
    except rm.SchemeError:
        return None
    if found.matching is None:
        return None
    return {tier: result.objective[tier] - value for tier, value in found.objective.items()}


def told_losses(change: dict[str, Any]) -> dict[str, float] | None:
    return change["loses"] and pytest.approx(change["loses"], abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(problems(most_people=5))
def test_runners_up_and_what_they_would_cost(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None)
    matrix = result.scores.to_numpy()
    ids = [side.ids for side in result.cohort.sides]
    for told in explain_all(result):
        if "score" not in told.facts:
            continue
        e, m = (side.position[told.facts[side.role]] for side in result.cohort.sides)
        assert told.facts["score"] == matrix[e, m] / 1e6
        for role, line, names in (
            ("mentee", matrix[e], ids[1]),
            ("mentor", matrix[:, m], ids[0]),
        ):
            own = matrix[e, m]
            assert told.facts["choice"][role] == {
                "place": 1 + sum(line > own),
                "of": sum(line >= 0),
            }
            have = result.made.partners(role, told.facts[role])
            others = [
                (-score, id_)
                for score, id_ in zip(line.tolist(), names, strict=True)
                if score >= 0 and id_ not in have
            ]
            runner = told.facts["runner_up"][role]
            if not others:
                assert runner is None
                continue
            score, partner = min(others)
            assert (runner["partner"], runner["score"]) == (partner, -score / 1e6)
            pair = (told.facts["mentee"], partner) if role == "mentee" else (partner, ids[1][m])
            assert losses_of(problem, result, pair) == told_losses(runner)


def tiers_in_order(losses: dict[str, float]) -> list[float]:
    return [round(loss, 6) for loss in losses.values()]


@settings(max_examples=80, deadline=None)
@given(problems(most_people=5))
def test_pairing_somebody_instead_costs_what_the_best_such_matching_lacks(
    problem: Problem,
) -> None:
    result = problem.match()
    assume(result.matching is not None)
    matrix = result.scores.to_numpy()
    for id_, role, *_ in result.unpaired_rows:
        told = rm.explain(result, **{role: id_})
        side = result.cohort.side(role)
        at = side.position[id_]
        line = matrix[at] if role == "mentee" else matrix[:, at]
        assert told.facts["acceptable"] == sum(line >= 0)
        if not (line >= 0).any() or not side.capacity[at]:
            assert "change" not in told.facts
            continue
        others = result.cohort.sides[role == "mentee"].ids
        found = [
            losses_of(problem, result, (id_, other) if role == "mentee" else (other, id_))
            for other, score in zip(others, line, strict=True)
            if score >= 0
        ]
        possible = [losses for losses in found if losses is not None]
        if not possible:
            assert "change" not in told.facts
            continue
        assert min(possible, key=tiers_in_order) == told_losses(told.facts["change"])


@st.composite
def sparse(draw: Any) -> rm.Result:
    """A cohort with few acceptable pairs, capacities on both sides, and a pin now and then."""
    sizes = draw(st.integers(2, 12)), draw(st.integers(2, 9))
    capacity = st.sampled_from([1, 1, 1, 2, 3, 0])
    sides = [
        [person(f"{prefix}{at:02}", capacity=draw(capacity)) for at in range(size)]
        for prefix, size in zip("EM", sizes, strict=True)
    ]
    every = [(e["id"], m["id"]) for e in sides[0] for m in sides[1]]
    allowed = draw(
        st.lists(st.sampled_from(every), min_size=1, max_size=2 * sum(sizes), unique=True)
    )
    forbid = [pair for pair in every if pair not in allowed]
    cohort = cohort_of(*sides)
    roomy = [
        (e, m)
        for e, m in allowed
        if cohort.mentees.capacity[cohort.mentees.position[e]]
        and cohort.mentors.capacity[cohort.mentors.position[m]]
    ]
    pin = draw(st.lists(st.sampled_from(roomy), max_size=1)) if roomy else []
    rule = {"type": "pairs", "forbid": forbid, "pin": pin}
    scores = {pair: draw(st.sampled_from([0.0, 0.5, 1.0])) for pair in allowed[:9]}
    return rm.match(cohort, table_scheme(scores, rules=[rule]))


@settings(max_examples=150, deadline=None)
@given(sparse())
def test_who_is_left_out_of_as_many_pairs_as_possible_shares_too_few_places(
    result: rm.Result,
) -> None:
    cohort, scores = result.cohort, result.scores
    pins = set(zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True))
    for id_, role, *_ in result.unpaired_rows:
        side = cohort.side(role)
        at = side.position[id_]
        allowed = scores.to_numpy() >= 0 if role == "mentee" else scores.to_numpy().T >= 0
        if not side.capacity[at] or not allowed[at].any():
            continue
        group = find_shortage(result, role, at)
        # as many pairs as possible: nobody can be added, so a shortage there must be
        assert group is not None
        assert at in group.people
        # nobody outside the partners is acceptable to the group
        assert set(np.flatnonzero(allowed[group.people].any(axis=0))) == set(group.partners)
        other = cohort.sides[role == "mentee"]
        places = 0
        for partner in group.partners.tolist():
            pinned = sum(
                (person, partner)[:: 1 if role == "mentee" else -1] in pins
                for person in range(len(side))
                if person not in group.people
            )
            most = int(other.capacity[partner]) - pinned
            places += min(most, sum(allowed[person, partner] for person in group.people))
        assert group.places == places
        assert group.wanted == sum(side.capacity[person] for person in group.people)
        assert group.places < group.wanted
        told = rm.explain(result, **{role: id_})
        assert told.facts["group"]["places"] == places
        assert "can only be paired with" in str(told)


def test_six_share_five() -> None:
    scores = {(f"E{e}", f"M{m}"): 0.5 for e in range(8) for m in range(5)}
    scores["E7", "M5"] = scores["E6", "M5"] = scores["E7", "M6"] = 0.5
    every = {(f"E{e}", f"M{m}") for e in range(8) for m in range(7)}
    rule = {"type": "pairs", "forbid": sorted(every - set(scores))}
    cohort = cohort_of(people("E", 8), people("M", 7))
    result = rm.match(cohort, table_scheme(scores, rules=[rule]))
    assert len(result.made) == 7
    [(left, *_)] = result.unpaired_rows
    told = rm.explain(result, mentee=left)
    assert (
        "6 mentees can only be paired with 5 mentors: M0, M1, M2, M3, M4. "
        "The mentees are: E0, E1, E2, E3, E4, E5." in told.sentences
    )
    assert (
        told.sentences[-1]
        == "In total, nothing would be lost: of pairings that are equally good, one is chosen at "
        "random."
    )
    for_committee = str(rm.explain(result, mentee=left, audience="committee"))
    assert (
        "6 mentees can only be paired with 5 mentors: there are too few for all." in for_committee
    )


def test_the_words_of_a_runner_up() -> None:
    scores = {("E0", "M0"): 0.8, ("E0", "M1"): 0.84, ("E1", "M1"): 0.6, ("E1", "M0"): 0.5}
    cohort = cohort_of(people("E", 3), people("M", 2))
    rule = {"type": "pairs", "forbid": [["E2", "M0"], ["E2", "M1"], ["E1", "M0"]]}
    result = rm.match(cohort, table_scheme(scores, rules=[rule]))
    told = rm.explain(result, mentee="E0", mentor="M0")
    assert told.sentences[2] == (
        "The best other mentor for E0 is M1: 4 points more. "
        "E1 would lose M1 and have no partner. In total, there would be 1 fewer pair."
    )
    data = json.loads(told.to_json())
    assert data["facts"]["runner_up"]["mentee"]["loses"]["pairs"] == 1
    assert data["facts"]["runner_up"]["mentee"]["removed"] == [["E1", "M1"], ["E0", "M0"]]
    assert data["facts"]["runner_up"]["mentor"] is None
    other = rm.explain(result, mentee="E0", mentor="M1")
    assert other.title == "E0 and M1 could be paired, but are not: 84 points out of 100."
    assert other.sentences[-3:] == (
        "To pair them:",
        "E0 would move from M0 to M1 (4 points more) and E1 would lose M1 and have no partner.",
        "In total, there would be 1 fewer pair.",
    )


def test_a_matching_that_is_not_proved_is_explained_without_losses() -> None:
    cohort = cohort_of(people("E", 3), people("M", 3))
    listed = rm.strategies.Listed([("E0", "M0"), ("E1", "M1")])
    result = rm.match(cohort, table_scheme({}), strategy=listed)
    for told in explain_all(result):
        assert "In all" not in str(told)
        assert "change" not in told.facts
        for runner in filter(None, told.facts.get("runner_up", {}).values()):
            assert "loses" not in runner


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 20), min_size=1),
)
def test_a_committee_cannot_work_a_small_count_out(counts: dict[str, int]) -> None:
    told = count_texts_of_parts(counts, "committee")
    few = [name for name, text in told.items() if text == "fewer than 5"]
    some = [name for name, text in told.items() if text == "some"]
    assert few == [name for name, count in counts.items() if 0 < count < 5]
    for name in set(counts) - set(few) - set(some):
        assert told[name] == str(counts[name])
    if not few:
        assert not some
    if some:
        assert all(counts[name] >= 5 for name in some)
    elif few and any(counts[name] >= 5 for name in counts):
        # what is left of the whole has more than one way to be split among the hidden
        rest = sum(counts[name] for name in few)
        assert len(few) < rest < 4 * len(few)
