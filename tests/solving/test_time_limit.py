"""A time limit: whatever is returned is valid and its bound is true."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, table_scheme
from rmmatch.matching.display import percentage_at_most
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.hall import find_hall_violator
from rmmatch.solving.formulation.formulation import formulate, full_network
from rmmatch.solving.infeasibility.hall_conflict import conflict_from_hall_violator
from rmmatch.solving.infeasibility.smallest_conflict import explain_infeasibility


@pytest.fixture(scope="module")
def large() -> tuple[rm.Cohort, rm.Scheme]:
    table = np.random.default_rng(11).integers(0, 1_000_000, (300, 300)) / 1_000_000

    def given_scores(mentees: Any, mentors: Any) -> Any:
        return table

    scheme = rm.Scheme.model_validate(
        {"criteria": [given_scores], "rules": [{"type": "minimum_score", "at_least": 0.9}]}
    )
    return cohort_of(people("E", 300), people("M", 300)), scheme


@pytest.mark.parametrize("seconds", [1e-9, 0.01, 0.05, 0.1, 0.2])
def test_a_short_limit_gives_a_valid_matching_and_a_true_bound(large: Any, seconds: float) -> None:
    best = rm.match(*large)
    result = rm.match(*large, time_limit=seconds)
    assert result.status in (rm.Status.OPTIMAL, rm.Status.FEASIBLE)
    assert rm.check(result) == []
    assert list(result.values) == list(result.bounds) == ["pairs", "total"]
    assert result.bounds["pairs"] >= best.values["pairs"]
    assert result.bounds["total"] >= best.values["total"]
    if result.values["pairs"] == best.values["pairs"]:
        assert best.values["total"] >= result.values["total"]
    assert result.gap is not None
    assert result.gap >= 0
    assert (result.status is rm.Status.OPTIMAL) <= (result.gap == 0)


def test_no_time_at_all_leaves_a_gap_and_says_so(large: Any) -> None:
    result = rm.match(*large, time_limit=1e-9)
    assert result.status is rm.Status.FEASIBLE
    assert result.certificate is not None
    assert result.certificate.tiers == ()
    tier = next(name for name in result.values if result.values[name] != result.bounds[name])
    bound, value = result.bounds[tier], result.values[tier]
    assert result.gap == (bound - value) / bound > 0
    told = re.search(r"gap at most ([0-9.]+)%", result.summary_line)
    assert told is not None
    assert result.gap <= float(told[1]) / 100 <= result.gap + 0.0001 + 1e-12


@given(st.floats(1e-15, 1))
def test_a_gap_is_never_told_smaller_than_it_is(share: float) -> None:
    told = float(percentage_at_most(share).removesuffix("%")) / 100
    assert share * (1 - 1e-9) <= told <= share + max(1.0001e-4 * (share >= 0.001), 0.11 * share)


def test_a_result_called_optimal_too_early_is_found_out(large: Any) -> None:
    result = rm.match(*large, time_limit=1e-9).replace(status=rm.Status.OPTIMAL)
    assert any("not proved on" in str(found) for found in rm.check(result))


def test_a_generous_limit_changes_nothing(large: Any) -> None:
    assert rm.match(*large, time_limit=math.inf).matching == rm.match(*large).matching


@pytest.mark.parametrize("seconds", [0, -1, -math.inf, math.nan])
def test_limits_that_are_not_positive_are_refused(large: Any, seconds: float) -> None:
    with pytest.raises(ValueError, match="time_limit must be positive seconds"):
        rm.match(*large, time_limit=seconds)


def test_no_time_and_a_minimum_that_is_hard_to_meet_is_not_called_infeasible() -> None:
    # A greedy pairing gives M0 to E0, who has another choice; E1 has none.
    mentees = people("E", 2, min_load=1)
    cohort = cohort_of(mentees, people("M", 2), {"declined": [("E1", "M1")]})
    scores = {"criteria": [{"type": "table", "missing": "zero", "rows": [["E0", "M0", 1.0]]}]}
    result = rm.match(cohort, rm.Scheme.model_validate(scores), time_limit=1e-9)
    assert result.status is rm.Status.NO_SOLUTION_FOUND
    assert "time limit" in result.reason
    assert result.gap is None
    assert rm.match(cohort, rm.Scheme.model_validate(scores)).status is rm.Status.OPTIMAL


def test_out_of_time_it_is_still_told_that_nothing_is_allowed() -> None:
    cohort = cohort_of(people("E", 4, min_load=1), people("M", 3))
    scores = PairScores(cohort, table_scheme({("E0", "M0"): 1.0}))
    told, conflict = explain_infeasibility(scores, formulate(scores, 0), 1e-9)
    assert told.startswith("the rules, pins, capacities and minimum loads cannot all hold")
    assert "time limit" in told
    assert conflict is None
    told, conflict = explain_infeasibility(scores, formulate(scores, 0), 60.0)
    assert "must have 4" in told
    assert conflict is not None
    assert conflict.relaxations


def test_a_shortage_told_late_has_the_same_wishes_and_no_changes() -> None:
    cohort = cohort_of(people("E", 4, min_load=1), people("M", 3))
    scores = PairScores(cohort, table_scheme({("E0", "M0"): 1.0}))
    posed = formulate(scores, 0)
    network, _ = full_network(scores, posed)
    short = find_hall_violator(network)
    assert short is not None
    late, early = (
        conflict_from_hall_violator(scores, posed, network, short, deadline)
        for deadline in (0.0, math.inf)
    )
    assert late.wishes == early.wishes
    assert not late.relaxations
    # anybody may be left out, or any mentor take two
    assert [change.after for change in early.relaxations] == [0] * 4 + [2] * 3
