"""What must hold of every optimum, whatever the cohort."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

import rmmatch as rm
from helpers.data import sample
from helpers.people import cohort_of, pairs_of, people, person
from helpers.random_problems import Problem, problems

MILLION = 1_000_000

quick = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def first_value(result: rm.Result) -> int:
    return next(iter(result.values.values()))


# --- order and ties --------------------------------------------------------------------------


def shuffled(problem: Problem, draw: Any) -> Problem:
    other = deepcopy(problem)
    other.mentees, other.mentors = (
        draw(st.permutations(side)) for side in (problem.mentees, problem.mentors)
    )
    other.relations = {
        kind: draw(st.permutations(problem.relations[kind])) for kind in reversed(problem.relations)
    }
    other.scores = dict(draw(st.permutations(list(problem.scores.items()))))
    return other


@quick
@given(problem=problems(), seed=st.integers(0, 5), ties=st.booleans(), data=st.data())
def test_the_order_of_the_input_never_matters(
    problem: Problem, seed: int, ties: bool, data: Any
) -> None:
    """Invariant I5 of `rmmatch.solving`: positions inside the solver are in id order."""
    if ties:
        problem.scores = dict.fromkeys(problem.scores, 0.5)
    one, other = problem.match(seed=seed), shuffled(problem, data.draw).match(seed=seed)
    assert one.matching == other.matching
    assert one.status is other.status
    assert dict(one.values) == dict(other.values)
    assert one.reason == other.reason


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_cohort_of_nothing_but_ties_is_paired_the_same_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mentees, mentors = people("E", 40), people("M", 35, capacity=2)
    pairs = pairs_of(rm.match(cohort_of(mentees, mentors), rm.Scheme(), seed=seed))
    for _ in range(3):
        sides = [[side[at] for at in rng.permutation(len(side))] for side in (mentees, mentors)]
        assert pairs_of(rm.match(cohort_of(*sides), rm.Scheme(), seed=seed)) == pairs


def test_the_seed_decides_between_ties() -> None:
    cohort = cohort_of(people("E", 8), people("M", 8))
    matchings = {rm.match(cohort, rm.Scheme(), seed=seed).matching for seed in range(5)}
    assert len(matchings) == 5


@quick
@given(problem=problems(), seeds=st.tuples(st.integers(0, 9), st.integers(10, 99)))
def test_the_seed_never_changes_what_the_matching_is_worth(
    problem: Problem, seeds: tuple[int, int]
) -> None:
    one, other = (problem.match(seed=seed) for seed in seeds)
    assert dict(one.values) == dict(other.values)
    assert one.status is other.status


# --- more room is never worse ----------------------------------------------------------------


def is_no_worse(before: rm.Result, after: rm.Result) -> bool:
    return first_value(after) >= first_value(before)


@quick
@given(problem=problems(), data=st.data())
def test_relaxing_never_lowers_the_first_tier(problem: Problem, data: Any) -> None:
    before = problem.match()
    assume(before.matching is not None)
    eased = deepcopy(problem)
    how = data.draw(st.sampled_from(["rule", "named", "relation", "capacity", "minimum"]))
    if how == "rule":
        eased.rules = []
    elif how == "named":
        eased.forbid = []
    elif how == "relation":
        eased.relations["tutor"] = []
    else:
        person = data.draw(st.sampled_from([*eased.mentees, *eased.mentors]))
        if how == "capacity":
            person["capacity"] += 1
        else:
            person["min_load"] = 0
    assert is_no_worse(before, eased.match())


@quick
@given(problem=problems(most_people=5), data=st.data())
def test_one_mentor_more_never_lowers_the_first_tier(problem: Problem, data: Any) -> None:
    before = problem.match()
    assume(before.matching is not None)
    larger = deepcopy(problem)
    larger.mentors.append(person("M9", group="a", trained="yes"))
    larger.scores |= {
        (mentee["id"], "M9"): data.draw(st.sampled_from([0.0, 0.4, 1.0]))
        for mentee in larger.mentees
    }
    assert is_no_worse(before, larger.match())


@quick
@given(problem=problems(), data=st.data())
def test_forbidding_a_pair_costs_nothing_where_it_need_not(problem: Problem, data: Any) -> None:
    before = problem.match()
    assume(before.matching is not None)
    idle = sorted(set(problem.scores) - set(before.made))
    if idle:
        other = deepcopy(problem)
        other.forbid.append(data.draw(st.sampled_from(idle)))
        after = other.match()
        assert dict(after.values) == dict(before.values)
        assert after.matching == before.matching
    chosen = sorted(set(before.made) - problem.pins)
    has_minimum = any(one["min_load"] for one in (*problem.mentees, *problem.mentors))
    if chosen and problem.objective[0] == "pairs" and not has_minimum:
        other = deepcopy(problem)
        other.forbid.append(data.draw(st.sampled_from(chosen)))
        assert first_value(other.match()) >= first_value(before) - 1


@quick
@given(problem=problems(), weights=st.tuples(*[st.integers(1, 9)] * 2), power=st.integers(-5, 5))
def test_only_the_ratio_of_the_weights_matters(
    problem: Problem, weights: tuple[int, int], power: int
) -> None:
    scheme = problem.scheme()
    group = {"type": "attribute", "column": "group", "prefer": "same"}

    def weighted(factor: float) -> rm.Result:
        table, other = ({"weight": weight * factor} for weight in weights)
        criteria = [scheme.criteria[0].model_copy(update=table), {**group, **other}]
        both = rm.Scheme.model_validate({**dict(scheme), "criteria": criteria})
        return rm.match(problem.cohort(), both)

    one, other = weighted(1.0), weighted(2.0**power)
    assert one.matching == other.matching
    assert dict(one.values) == dict(other.values)


# --- other people's solvers and problems -----------------------------------------------------


def scheme_of(table: np.ndarray, **keys: Any) -> rm.Scheme:
    def given_scores(mentees: Any, mentors: Any) -> np.ndarray:
        return table / MILLION

    return rm.Scheme.model_validate({"criteria": [given_scores], **keys})


@pytest.mark.parametrize("objective", [["total"], ["pairs", "total"]])
@pytest.mark.parametrize("shape", [(1, 1), (7, 30), (120, 80), (300, 300)])
@pytest.mark.parametrize("top", [3, MILLION])
def test_the_total_is_that_of_scipy(shape: tuple[int, int], objective: list[str], top: int) -> None:
    table = np.random.default_rng([*shape, top]).integers(0, top, shape, endpoint=True)
    cohort = cohort_of(people("E", shape[0]), people("M", shape[1]))
    result = rm.match(cohort, scheme_of(table, objective=objective))
    assert result.values["total"] == table[linear_sum_assignment(table, maximize=True)].sum()
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []


@pytest.mark.parametrize("at_least", [0.5, 0.98, 0.995])
def test_with_many_forbidden_pairs_pairs_and_total_are_those_of_scipy(at_least: float) -> None:
    shape = 300, 240
    table = np.random.default_rng(5).integers(0, MILLION, shape)
    allowed = table >= at_least * MILLION
    scheme = scheme_of(table, rules=[{"type": "minimum_score", "at_least": at_least}])
    result = rm.match(cohort_of(people("E", shape[0]), people("M", shape[1])), scheme)
    partners = maximum_bipartite_matching(csr_array(allowed), perm_type="column")
    assert result.values["pairs"] == (partners >= 0).sum()
    worth = np.where(allowed, table + 300 * MILLION, 0)
    best = linear_sum_assignment(worth, maximize=True)
    assert result.values["total"] == table[best][allowed[best]].sum()
    assert rm.check(result) == []


@pytest.mark.parametrize(("name", "least_cost"), [("assign100", 305), ("assign500", 991)])
def test_or_library_assignment_problems(name: str, least_cost: int) -> None:
    """J. E. Beasley, OR-Library: distributing test problems by electronic mail (1990)."""
    numbers = np.array(sample("orlib", f"{name}.txt").read_text().split(), dtype=np.int64)
    size = int(numbers[0])
    costs = numbers[1:].reshape(size, size)
    rows = [
        (f"E{row}", f"M{column}", 1 - int(costs[row, column]) / 100)
        for row in range(size)
        for column in range(size)
    ]
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "table", "rows": rows}]})
    result = rm.match(cohort_of(people("E", size), people("M", size)), scheme)
    assert result.values["pairs"] == size
    assert 100 * size - result.values["total"] // 10_000 == least_cost
    assert result.values["total"] % 10_000 == 0
    assert result.gap == 0
    assert rm.check(result) == []
