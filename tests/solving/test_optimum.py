"""`match` gives what trying everything gives, proves it, and says so when nothing is valid."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration
from helpers.people import cohort_of, pairs_of, person, table_scheme
from helpers.random_problems import Problem, problems, weighed_scores

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "600"))


@settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), seed=st.integers(0, 3))
def test_match_equals_trying_everything(problem: Problem, seed: int) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    result = rm.match(cohort, scheme, seed=seed)
    event(result.status.name)
    if best.values is None:
        assert result.status is rm.Status.INFEASIBLE
        assert result.matching is None
        assert result.reason
        return
    assert result.status is rm.Status.OPTIMAL
    assert dict(result.values) == best.values
    assert pairs_of(result) in best.matchings
    assert dict(result.bounds) == best.values
    assert result.gap == 0
    assert rm.check(result) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(minimums=True))
def test_an_infeasible_result_names_people_whose_minimum_stands_in_the_way(
    problem: Problem,
) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    result = rm.match(cohort, scheme)
    assume(result.status is rm.Status.INFEASIBLE)
    # People whose minimum is above their own capacity come first, then those who compete.
    for _ in range(2):
        if result.status is rm.Status.INFEASIBLE:
            named = set(re.findall(r"\b[EM]\d\b", result.reason))
            eased = without_minimums(cohort, named)
            assert eased.fingerprint != cohort.fingerprint, result.reason
            cohort = eased
            result = rm.match(cohort, scheme)
    assert result.status is rm.Status.OPTIMAL


def without_minimums(cohort: rm.Cohort, ids: set[str]) -> rm.Cohort:
    mentees, mentors = (
        replace(side, min_load=np.where(np.isin(side.ids, list(ids)), 0, side.min_load))
        for side in cohort.sides
    )
    return cohort.replace(mentees=mentees, mentors=mentors)


def test_minimum_loads_that_compete_are_named_with_their_partners() -> None:
    cohort = cohort_of([person(f"E{i}", min_load=1) for i in range(3)], [person("M0", capacity=2)])
    result = rm.match(cohort, rm.Scheme())
    assert result.status is rm.Status.INFEASIBLE
    assert "E0, E1, E2 must have 3" in result.reason
    assert "M0 can give only 2" in result.reason
    assert result.headline == f"No pairing is possible: {result.reason}."


def test_a_minimum_above_the_capacity_is_named() -> None:
    cohort = cohort_of([person("E0", min_load=2, capacity=1)], [person("M0"), person("M1")])
    result = rm.match(cohort, rm.Scheme())
    assert "mentee E0 needs 2 and has a capacity of 1" in result.reason


def test_a_result_without_a_matching_has_none_to_ask_for() -> None:
    cohort = cohort_of([person("E0", min_load=1)], [])
    result = rm.match(cohort, rm.Scheme())
    assert result.status is rm.Status.INFEASIBLE
    assert result.gap is None
    for ask in (lambda: result.pairs, lambda: result.unpaired, lambda: rm.check(result)):
        with pytest.raises(rm.errors.NoMatchingError, match="E0"):
            ask()


def test_nobody_to_pair_is_an_optimum_of_no_pairs_with_a_reason_each() -> None:
    mentees = [person("E0"), person("E1", status="withdrawn"), person("E2", capacity=0)]
    cohort = cohort_of(mentees, [person("M0")], {"declined": [("E0", "M0"), ("E2", "M0")]})
    result = rm.match(cohort, rm.Scheme())
    assert result.status is rm.Status.OPTIMAL
    assert len(result.made) == 0
    assert rm.check(result) == []
    reasons = dict(zip(result.unpaired.id, result.unpaired.reason, strict=True))
    assert reasons == {
        "E0": "nobody was suitable: 1 excluded because one of the two had declined the other",
        "E1": "withdrew from the scheme",
        "E2": "not eligible: has no places (a capacity of 0)",
        "M0": "nobody was suitable: 2 excluded because one of the two had declined the other, "
        "1 withdrew",
    }


@pytest.mark.parametrize(("n_mentees", "n_mentors"), [(0, 0), (3, 0), (0, 3)])
def test_a_side_without_people_is_paired_and_checked(n_mentees: int, n_mentors: int) -> None:
    cohort = cohort_of(
        [person(f"E{i}") for i in range(n_mentees)], [person(f"M{i}") for i in range(n_mentors)]
    )
    result = rm.match(cohort, rm.Scheme())
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []
    assert set(result.unpaired.reason) <= {
        f"nobody was suitable: there are no {role}s" for role in ("mentee", "mentor")
    }
    assert "No pairs are possible" in repr(result)


def test_a_reserve_waits_until_no_applicant_can_fill_the_place() -> None:
    scores = {("E0", "R"): 1.0, ("E0", "M0"): 0.1}
    mentors = [person("R", status="reserve"), person("M0")]
    cohort = cohort_of([person("E0")], mentors)
    result = rm.match(cohort, table_scheme(scores))
    assert pairs_of(result) == {("E0", "M0")}
    assert result.objective["applicants"] == 1
    reasons = dict(zip(result.unpaired.id, result.unpaired.reason, strict=True))
    assert reasons == {"R": "is a reserve, and was not needed"}
    needed = rm.match(cohort_of([person("E0")], mentors[:1]), table_scheme({("E0", "R"): 1.0}))
    assert pairs_of(needed) == {("E0", "R")}


def test_a_minimum_load_does_not_bind_a_reserve() -> None:
    cohort = cohort_of([person("E0")], [person("M0"), person("R", status="reserve", min_load=1)])
    assert rm.match(cohort, rm.Scheme()).status is rm.Status.OPTIMAL
