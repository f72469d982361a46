"""The objective of a scheme that names none, and the tiers that cannot decide."""

from __future__ import annotations

import os
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration
from helpers.people import cohort_of, pairs_of, people, person, table_scheme
from helpers.random_problems import Problem, problems, weighed_scores
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.objectives import DEFAULT_OBJECTIVE, Aim, aims_in_force
from rmmatch.solving import api

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "200"))
ANY = settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("participation", "pairs", "priority", "total")
ORDERS = [order for count in (2, 3, 4) for order in permutations(NAMES, count)]


@st.composite
def with_places(draw: Any, *, most: int = 3) -> Problem:
    """People with up to so many places, reserves, and sometimes nobody with a priority."""
    problem = draw(problems(most_people=5))
    has_priority = draw(st.booleans())
    reserve_sides = draw(st.sampled_from(["neither", "mentees", "mentors", "both"]))
    for name, rows in (("mentees", problem.mentees), ("mentors", problem.mentors)):
        for row in rows:
            row["capacity"] = draw(st.integers(0, most))
            row["priority"] = draw(st.integers(0, 2)) if has_priority else 0
            if row.get("status") == "reserve" and reserve_sides not in (name, "both"):
                row["status"] = "applicant"
    problem.min_load = "hard"
    return problem


def best_of(problem: Problem, *objective: Any) -> Any:
    problem.objective = objective
    cohort, scheme = problem.cohort(), problem.scheme()
    return best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))


def facts_of(problem: Problem) -> CohortFacts:
    return CohortFacts.of_sides(problem.cohort().sides)


def names_in_force(problem: Problem, *objective: Any) -> list[str]:
    aims = [entry if isinstance(entry, Aim) else Aim(tier=entry) for entry in objective]
    return [aim.tier for aim in aims_in_force(aims, facts_of(problem))]


def test_a_scheme_that_names_no_objective() -> None:
    assert rm.Scheme().objective == DEFAULT_OBJECTIVE == NAMES
    written = rm.Scheme.json_schema()["properties"]["objective"]["default"]
    assert written == list(NAMES)


@ANY
@given(problem=with_places(), given_seed=st.integers(0, 2))
def test_the_default_gives_what_trying_everything_gives(problem: Problem, given_seed: int) -> None:
    best = best_of(problem, *NAMES)
    assume(best.values is not None)
    result = problem.match(seed=given_seed)
    assert result.status is rm.Status.OPTIMAL
    assert dict(result.values) == dict(result.bounds) == best.values
    assert pairs_of(result) in best.matchings
    assert rm.check(result) == []


@ANY
@given(problem=with_places(most=2), order=st.sampled_from(ORDERS), data=st.data())
def test_what_is_left_out_decides_nothing(
    problem: Problem, order: tuple[str, ...], data: st.DataObject
) -> None:
    """The matchings that are best without these tiers are those that are best with them."""
    if data.draw(st.booleans()):
        for row in (*problem.mentees, *problem.mentors):
            row["capacity"] = min(1, row["capacity"])
    shares = data.draw(st.lists(st.sampled_from((0.0, 0.0, 0.0, 0.3)), min_size=4, max_size=4))
    objective = tuple(
        Aim(tier=tier, within=share) for tier, share in zip(order, shares, strict=False)
    )
    whole = best_of(problem, *objective)
    assume(whole.values is not None)
    in_force = names_in_force(problem, *objective)
    event(", ".join(sorted(set(order) - set(in_force))) or "nothing left out")
    # `total` first makes applicants count by their scores, which leaving a tier out must not change
    assume(in_force[0] != "total" or order[0] == "total" or not facts_of(problem).has_reserves)
    without = best_of(problem, *(aim for aim in objective if aim.tier in in_force))
    assert set(without.matchings) == set(whole.matchings)


@ANY
@given(problem=with_places())
def test_everybody_once_first_makes_no_fewer_pairs(problem: Problem) -> None:
    """Without quotas, `within` and `if_used`: a matching of the most people can be made longer.

    Where it has fewer pairs than another there is a path along which one more can be made, on
    which nobody has fewer pairs than before (Berge, 1957); and so whoever had a partner has one.
    """
    first = best_of(problem, *NAMES)
    assume(first.values is not None)
    without = best_of(problem, "pairs", "priority", "total")
    lengths = {len(pairs) for pairs in first.matchings}
    assert lengths == {len(pairs) for pairs in without.matchings}


def test_minimums_of_those_who_are_used_can_make_it_fewer() -> None:
    """M0 takes four mentees or none: 4 pairs of 5 people, and without M0 3 pairs of 6 people."""
    mentees = people("E", 4)
    mentors = [person("M0", capacity=4, min_load=4), *(person(f"M{at}") for at in (1, 2, 3))]
    allowed = {*((f"E{at}", "M0") for at in range(4)), ("E0", "M1"), ("E1", "M2"), ("E2", "M3")}
    forbid = [
        [f"E{e}", f"M{m}"] for e in range(4) for m in range(4) if (f"E{e}", f"M{m}") not in allowed
    ]
    scheme = table_scheme(
        {}, rules=[{"type": "pairs", "forbid": forbid}], min_load="if_used", objective=NAMES
    )
    cohort = cohort_of(mentees, mentors)
    result = rm.match(cohort, scheme)
    assert dict(result.values) == {"participation": 6, "pairs": 3, "total": 0}
    before = rm.match(cohort, scheme.model_copy(update={"objective": ("pairs", "total")}))
    assert dict(before.values) == {"pairs": 4, "total": 0}


def test_with_reserves_on_both_sides_people_are_counted() -> None:
    """One mentor, a reserve: paired with the mentee who applied, not with the better reserve."""
    cohort = cohort_of(
        [person("E0"), person("E1", status="reserve")], [person("M0", status="reserve")]
    )
    scores = {("E0", "M0"): 0.1, ("E1", "M0"): 0.9}
    result = rm.match(cohort, table_scheme(scores))
    assert pairs_of(result) == {("E0", "M0")}
    assert list(result.values) == ["applicants", "participation", "pairs", "total"]
    assert rm.check(result) == []


def test_reserves_of_one_side_leave_nothing_to_count() -> None:
    cohort = cohort_of(people("E", 2), [person("M0"), person("M1", status="reserve")])
    scores = {(f"E{e}", f"M{m}"): 0.5 for e in range(2) for m in range(2)}
    result = rm.match(cohort, table_scheme(scores))
    assert list(result.values) == ["applicants", "pairs", "total"]


def test_a_second_partner_does_not_come_before_somebody_without_one() -> None:
    """The best two pairs give M0 two mentees; as many people as possible needs M1."""
    mentees = people("E", 2)
    mentors = [person("M0", capacity=2), person("M1")]
    scores = {("E0", "M0"): 1.0, ("E1", "M0"): 1.0, ("E0", "M1"): 0.1, ("E1", "M1"): 0.1}
    cohort = cohort_of(mentees, mentors)
    result = rm.match(cohort, table_scheme(scores))
    assert {mentor for _, mentor in result.made} == {"M0", "M1"}
    assert dict(result.values) == {"participation": 4, "pairs": 2, "total": 1_100_000}
    before = rm.match(cohort, table_scheme(scores, objective=["pairs", "priority", "total"]))
    assert {mentor for _, mentor in before.made} == {"M0"}
    assert dict(before.values) == {"pairs": 2, "total": 2_000_000}


@pytest.mark.parametrize("places", [1, 2, 3])
def test_rows_in_another_order_and_the_sweep_give_the_same(
    monkeypatch: pytest.MonkeyPatch, places: int
) -> None:
    rng = np.random.default_rng(places)
    mentees = [person(f"E{at:02d}", priority=int(rng.integers(0, 2))) for at in range(30)]
    mentors = [
        person(f"M{at:02d}", capacity=places, status="reserve" if at < 4 else "applicant")
        for at in range(24)
    ]
    scores = {
        (f"E{e:02d}", f"M{m:02d}"): float(rng.integers(1, 9)) / 8
        for e in range(30)
        for m in range(24)
        if rng.random() < 0.15
    }
    forbid = [
        [f"E{e:02d}", f"M{m:02d}"]
        for e in range(30)
        for m in range(24)
        if (f"E{e:02d}", f"M{m:02d}") not in scores
    ]
    scheme = table_scheme(scores, rules=[{"type": "pairs", "forbid": forbid}])
    result = rm.match(cohort_of(mentees, mentors), scheme)
    assert ("participation" in result.values) is (places > 1)
    shuffled = rm.match(cohort_of(mentees[::-1], [*mentors[7:], *mentors[:7]]), scheme)
    assert shuffled.made == result.made
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", 0)
    swept = rm.match(cohort_of(mentees, mentors), scheme)
    assert "swept" in swept.solver
    assert dict(swept.values) == dict(result.values) == dict(swept.bounds)
    assert swept.made == result.made
    assert rm.check(swept) == []
