"""What a pair costs: the shortest chain of people is what solving again finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.analysis.forced_pairs import ForcedPairs, forced_pairs
from rmmatch.analysis.shortest_paths import IMPOSSIBLE_LOSS
from rmmatch.scheme.objectives import Aim

Pair = tuple[str, str]


def solved_again(problem: Problem, pair: Pair, *, is_made: bool) -> rm.Result | None:
    """The best with a pair forced, or forbidden where it is made; None where that cannot be."""
    if is_made:
        changed = replace(problem, forbid=[*problem.forbid, pair])
    else:
        changed = replace(problem, pins={*problem.pins, pair})
    try:
        found = changed.match()
    except rm.SchemeError:  # more pins than capacity, or a pin forbidden
        return None
    return None if found.matching is None else found


@settings(max_examples=100, deadline=None)
@given(problems(most_people=5))
def test_every_price_and_every_chain_is_what_solving_again_finds(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None)
    forcing = forced_pairs(result)
    assert isinstance(forcing, ForcedPairs)
    prices = rm.prices_of_pairs(result)
    ids = [side.ids for side in result.cohort.sides]
    made = set(zip(*(some.tolist() for some in result.made.positions(result.cohort)), strict=True))
    for at, (e, m) in enumerate(zip(prices.mentees, prices.mentors, strict=True)):
        pair = ids[0][e], ids[1][m]
        assert prices.is_made[at] == (pair in result.made)
        found = solved_again(problem, pair, is_made=bool(prices.is_made[at]))
        assert prices.is_possible[at] == (found is not None)
        if found is None:
            continue
        lost = {tier: result.values[tier] - value for tier, value in found.values.items()}
        assert {tier: int(losses[at]) for tier, losses in prices.losses.items()} == lost
        told = forcing.losses_of_person("mentee", e)[m], forcing.losses_of_person("mentor", m)[e]
        if prices.is_made[at]:
            assert told == (0, 0)
            continue
        assert [[int(one[0]) for one in forcing.losses_by_tier(np.array([w]))] for w in told] == [
            list(lost.values())
        ] * 2
        chain = forcing.chain(int(e), int(m))
        assert chain is not None
        assert dict(zip(forcing.tiers, chain.losses, strict=True)) == lost
        assert set(chain.removed) <= made
        assert not made.intersection(chain.added)
        after = [(ids[0][a], ids[1][b]) for a, b in made - set(chain.removed) | set(chain.added)]
        assert pair in after
        assert rm.check(result.cohort, problem.scheme(), after) == []
        listed = rm.strategies.Listed(after)
        scored = rm.match(result.cohort, problem.scheme(), strategy=listed)
        assert {tier: result.values[tier] - value for tier, value in scored.values.items()} == lost


@settings(max_examples=8, deadline=None)
@given(problems(most_people=3))
def test_where_paths_do_not_do_prices_are_solved_for(problem: Problem) -> None:
    cohort = problem.cohort()
    plain, slack = (
        problem.scheme().model_copy(update={"objective": objective})
        for objective in (("total",), (Aim(tier="total", within=1e-9),))
    )
    results = [rm.match(cohort, scheme) for scheme in (plain, slack)]
    assume(results[0].matching is not None)
    by_paths, by_solving = (rm.prices_of_pairs(result) for result in results)
    assert "shortest paths" in by_paths.method
    assert "a tier of the objective is not a plain sum" in by_solving.method
    # with so little slack nothing is given up
    same = by_paths.is_made == by_solving.is_made
    for one, other in ((by_paths, by_solving),):
        assert (one.is_possible == other.is_possible)[same].all()
        assert (one.losses["total"] == other.losses["total"])[same].all()


def random_result(n_mentees: int, n_mentors: int, seed: int) -> rm.Result:
    rng = np.random.default_rng(seed)
    cohort = cohort_of(people("E", n_mentees), people("M", n_mentors))
    scores = {
        (f"E{e}", f"M{m}"): float(rng.integers(0, 101)) / 100
        for e in range(n_mentees)
        for m in range(n_mentors)
    }
    return rm.match(cohort, table_scheme(scores))


@pytest.mark.parametrize("shape", [(70, 70), (66, 90), (90, 66)])
def test_chains_of_more_people_than_a_tile_holds(shape: tuple[int, int]) -> None:
    result = random_result(*shape, seed=3)
    forcing = forced_pairs(result)
    assert isinstance(forcing, ForcedPairs)
    whole = forcing.losses_of_all_pairs()
    is_made = np.zeros(shape, dtype=bool)
    is_made[result.made.positions(result.cohort)] = True
    rows = np.array([forcing.losses_of_person("mentee", e) for e in range(shape[0])])
    columns = np.array([forcing.losses_of_person("mentor", m) for m in range(shape[1])]).T
    assert (rows == columns).all()
    assert (np.where(is_made, 0, whole) == rows).all()
    assert (whole >= 0).all()
    assert (whole < IMPOSSIBLE_LOSS // 2).all()
    rng = np.random.default_rng(0)
    for e, m in zip(rng.integers(0, shape[0], 6), rng.integers(0, shape[1], 6), strict=True):
        pair = f"E{e}", f"M{m}"
        key = "forbid" if is_made[e, m] else "pin"
        again = rm.what_if(result, **{key: [pair]}).result
        prices = rm.prices_of_pairs(result, [pair])
        for tier, losses in prices.losses.items():
            assert result.values[tier] - again.values[tier] == losses[0]


def test_prices_as_a_table() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2))
    scores = {("E0", "M0"): 0.9, ("E0", "M1"): 0.5, ("E1", "M0"): 0.8, ("E1", "M1"): 0.7}
    prices = rm.prices_of_pairs(rm.match(cohort, table_scheme(scores)))
    assert prices.table.to_dict("list") == {
        "mentee": ["E0", "E0", "E1", "E1"],
        "mentor": ["M0", "M1", "M0", "M1"],
        "is_made": [True, False, False, True],
        "is_possible": [True] * 4,
        "pairs": [0.0] * 4,
        "total": pytest.approx([0.3, 0.3, 0.3, 0.3]),
    }
    assert "0 could be made at no loss" in repr(prices)


def test_what_has_no_price() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2))
    scheme = table_scheme({}, rules=[{"type": "pairs", "forbid": [["E0", "M0"]]}])
    result = rm.match(cohort, scheme)
    with pytest.raises(ValueError, match="E0 and M0 cannot be paired"):
        rm.prices_of_pairs(result, [("E0", "M0")])
    with pytest.raises(rm.CohortError, match=r"did you mean E0\?"):
        rm.prices_of_pairs(result, [("E00", "M0")])
    by_hand = rm.match(cohort, scheme, strategy=rm.strategies.Listed([("E0", "M1")]))
    with pytest.raises(rm.errors.NotSupportedError, match="not proved"):
        rm.prices_of_pairs(by_hand)


@settings(max_examples=25, deadline=None)
@given(problems(most_people=4))
def test_a_rule_costs_what_pairing_without_it_gains(problem: Problem) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    result = rm.match(cohort, scheme)
    assume(result.matching is not None)
    table = rm.prices_of_rules(result)
    for index in range(len(scheme.rules)):
        rules = tuple(rule for at, rule in enumerate(scheme.rules) if at != index)
        free = rm.match(cohort, scheme.model_copy(update={"rules": rules}))
        assert table.part[index] == f"rules[{index}]"
        for tier, value in free.objective.items():
            assert table[tier][index] == pytest.approx(value - result.objective[tier], abs=1e-9)


def test_minimum_loads_of_who_is_used_are_in_the_prices() -> None:
    """M0 takes two or none, so that whoever leaves M0 takes the other along."""
    scores = {("E0", "M0"): 0.9, ("E1", "M0"): 0.8, ("E0", "M1"): 0.1, ("E1", "M1"): 0.2}
    mentors = [person("M0", capacity=2, min_load=2), person("M1")]
    cohort = cohort_of(people("E", 2), mentors)
    result = rm.match(cohort, table_scheme(scores, min_load="if_used"))
    table = rm.prices_of_pairs(result, [("E0", "M1")]).table
    assert table[["pairs", "total"]].to_numpy().tolist() == [[1, 1.6]]
    assert "In all" not in str(rm.explain(result, mentee="E0", mentor="M1"))
