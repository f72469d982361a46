"""Large cohorts are paired without their matrix: the same pairs, the same proof."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.dense import best_by_scipy
from helpers.random_problems import problems
from rmmatch.solving import api
from rmmatch.solving.column_generation import oracle_scan, restricted_problem, warm_start


def both_ways(cohort: rm.Cohort, scheme: rm.Scheme, **keys: object) -> tuple[rm.Result, rm.Result]:
    """Match with the matrix, and without."""
    results = []
    with pytest.MonkeyPatch.context() as patch:
        for most_pairs in (10**9, -1):
            patch.setattr(api, "_MAX_MATRIX_PAIRS", most_pairs)
            results.append(rm.match(cohort, scheme, **keys))
    return results[0], results[1]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), seed=st.integers(0, 3))
def test_both_ways_agree_on_small_problems(problem, seed):
    dense, swept = both_ways(problem.cohort(), problem.scheme(), seed=seed)
    assert (dense.status, dense.values, dense.reason) == (swept.status, swept.values, swept.reason)
    assert dense.matching == swept.matching
    if dense.matching is not None:
        assert rm.check(swept) == []
        assert swept.gap == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    problem=problems(),
    tiers=st.permutations(["pairs", "priority", "worst_pair", "total"]),
    has_few_arcs=st.booleans(),
)
def test_the_worst_pair_is_as_good_without_the_matrix(problem, tiers, has_few_arcs):
    tiers.remove("pairs")  # which comes before
    tiers.insert(tiers.index("worst_pair"), "pairs")
    problem.objective = tuple(tiers)
    with pytest.MonkeyPatch.context() as patch:
        if has_few_arcs:  # few arcs at first, which all pairs must add to
            patch.setattr(restricted_problem, "_BOTTLENECK_PAIRS_PER_PERSON", 0)
            patch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", 1)
            patch.setattr(warm_start, "_INITIAL_ARCS_PER_PERSON", 1)
            patch.setattr(warm_start, "_MIN_ARCS_PER_PERSON", 1)
            patch.setattr(oracle_scan, "_PROBE_ROWS_AND_COLUMNS", (2, 2))
        dense, swept = both_ways(problem.cohort(), problem.scheme())
    assert (dense.status, dense.values, dense.bounds) == (swept.status, swept.values, swept.bounds)
    assert dense.matching == swept.matching
    assert swept.proof == dense.proof
    if swept.matching is not None:
        assert rm.check(swept) == []


@pytest.mark.parametrize(
    ("n_mentors", "n_mentees", "objective"),
    [
        (300, 300, ["pairs", "priority", "total"]),
        (200, 400, ["pairs", "total"]),
        (400, 200, ["total"]),
        (250, 250, ["priority", "total"]),
        (200, 250, ["participation", "total"]),
        (250, 250, ["pairs", "worst_pair", "total"]),
        (200, 300, ["priority", "worst_pair", "pairs", "total"]),
    ],
)
def test_both_ways_agree_on_a_deanery(n_mentors, n_mentees, objective):
    cohort = rm.synthetic.cohort(n_mentors, n_mentees, seed=n_mentors)
    scheme = rm.synthetic.demo()[1].model_copy(update={"objective": tuple(objective)})
    dense, swept = both_ways(cohort, scheme)
    assert dense.values == swept.values
    assert dense.matching == swept.matching
    assert rm.check(swept) == []


def test_a_cohort_past_the_limit_is_paired_without_its_matrix():
    n = 640
    assert n * n > api._MAX_MATRIX_PAIRS
    ids = np.arange(n)
    frames = [
        pd.DataFrame({"id": [f"{side}{i}" for i in ids], "grade": (ids * step % 7 + first)})
        for side, step, first in (("M", 3, 0), ("E", 5, 3))
    ]
    scheme = rm.Scheme.from_text("""
criteria: [{type: power_distance, target: 4, spread: 4}]
rules: [{type: power_distance, min_gap: 1}]
""")
    result = rm.match(rm.read_cohort(*frames), scheme)
    assert "swept" in result.solver
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []


@pytest.mark.parametrize("objective", [["pairs", "total"], ["total"]])
def test_two_thousand_by_two_thousand_are_paired_as_well_as_scipy_pairs_the_whole_matrix(objective):
    tables = rm.synthetic.frames(2000, 2000, seed=3)
    cohort = rm.read_cohort(*tables)
    assert (cohort.mentees.capacity == 1).all()
    scheme = rm.synthetic.demo()[1].model_copy(update={"objective": tuple(objective)})
    result = rm.match(cohort, scheme)
    assert "all pairs swept by price" in result.solver
    best = best_by_scipy(
        rm.score(cohort, scheme).to_numpy(),
        cohort.mentors.capacity,
        pairs_first="pairs" in objective,
    )
    assert tuple(result.values.values()) == tuple(result.bounds.values()) == best
    assert rm.check(result) == []
    shuffled = rm.read_cohort(*(table.sample(frac=1, random_state=1) for table in tables))
    assert rm.match(shuffled, scheme, workers=3).matching == result.matching


def test_a_time_limit_gives_a_valid_matching_and_a_true_bound():
    cohort = rm.synthetic.cohort(300, 300, seed=2)
    scheme = rm.synthetic.demo()[1]
    best, hurried = both_ways(cohort, scheme)[0], both_ways(cohort, scheme, time_limit=1e-3)[1]
    if hurried.matching is None:
        assert hurried.status is rm.Status.NO_SOLUTION_FOUND
        return
    assert rm.check(hurried) == []
    first = next(iter(best.values))
    assert hurried.values[first] <= best.values[first] <= hurried.bounds[first]
