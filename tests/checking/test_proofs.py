"""The bounds that `check` computes in blocks are those of the definition, pair by pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.random_problems import OBJECTIVES, Problem, problems
from helpers.slow_proof import slow_bounds, tiers_of
from helpers.strategies import People, cases
from rmmatch.checking import dismissal, pair_sums, proof
from rmmatch.checking.tier_values import TierValues
from rmmatch.matching import Certificate, TierPrices
from rmmatch.progress import progress_bar

SPREADS = (0, 1, 2, 1_000, 400_000, 10**7, 10**12, 2**60)
# Whatever the sizes of blocks, and whatever is known of groups; {}: as it is, all scored.
PARTS: list[dict[str, object]] = [
    {},
    {"pair_sums._MENTEES_PER_STRIP": 2, "pair_sums._EXACT_BLOCK_SHAPE": (1, 2)},
    {"proof._MAX_PAIRS_ALL_SCORED": -1},
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "pair_sums._MENTEES_PER_STRIP": 2,
        "pair_sums._PAIRS_PER_BLOCK": 6,
        "pair_sums._PAIRS_PER_TASK": 3,
    },
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "dismissal._SPARSE_RATIO": 0,
        "pair_sums._MENTEES_PER_STRIP": 1,
        "pair_sums._PAIRS_PER_BLOCK": 1,
    },
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "dismissal._MAX_TABLE_CELLS": 1,
        "pair_sums._EXACT_BLOCK_SHAPE": (1, 3),
    },
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "dismissal._MAX_TABLE_CELLS": 6,
        "dismissal._MIN_GROUPS": 2,
        "pair_sums._MENTEES_PER_STRIP": 1,
    },
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "dismissal._SPARSE_RATIO": 10**9,
        "dismissal._PAIRS_PER_PRODUCT": 2,
        "pair_sums._DENSE_RATIO": 0,
    },
    {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "dismissal._MAX_GROUP_PAIRS": 1,
        "pair_sums._MAX_CACHED_PARTS": 1,
        "pair_sums._DENSE_RATIO": 99,
    },
]
ANY = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def silent(n_pairs: int) -> Any:
    return progress_bar("", total=n_pairs, unit="pair", is_shown=False)


def values_of(scores: rm.PairScores, tiers: list[TierPrices]) -> TierValues:
    """The tiers that prices are for, also those that cannot decide."""
    return TierValues(scores, {prices.tier for prices in tiers})


def bounds_of(scores: rm.PairScores, tiers: list[TierPrices], **how: Any) -> list[int]:
    certificate = Certificate(tuple(tiers))
    found = proof.proved_bounds(
        scores, values_of(scores, tiers), certificate, new_bar=how.pop("bar", silent), seed=0, **how
    )
    assert found.malformed == ""
    assert list(found.bounds) == [prices.tier for prices in tiers]
    assert found.n_pairs == scores.shape[0] * scores.shape[1]
    assert 0 <= found.n_scored <= found.n_pairs
    if found.sample is not None:
        assert found.sample.n_wrong == 0
        assert found.sample.n_uniform <= found.n_pairs - found.n_scored
    return list(found.bounds.values())


def set_parts(patch: pytest.MonkeyPatch, changed: dict[str, object]) -> None:
    for name, value in changed.items():
        patch.setattr(f"rmmatch.checking.{name}", value)


def in_parts(data: st.DataObject, patch: pytest.MonkeyPatch) -> None:
    set_parts(patch, data.draw(st.sampled_from(PARTS)))


def corrupted(data: st.DataObject, prices: np.ndarray) -> np.ndarray:
    """Change some prices a little, some beyond measure, or none."""
    for _ in range(data.draw(st.sampled_from((0, 0, 1, 3)))):
        at = data.draw(st.integers(0, len(prices) - 1))
        change = data.draw(st.sampled_from((-1, 1, 7, -250_000, 10**6, -(2**59), 2**59)))
        prices = prices.copy()
        prices[at] = np.clip(prices[at] + change, -(2**60), 2**60)
    return prices


@ANY
@given(problem=problems(), data=st.data())
def test_true_and_corrupted_certificates(problem: Problem, data: st.DataObject) -> None:
    result = problem.match()
    assume(result.matching is not None and result.certificate is not None)
    tiers = [
        TierPrices(one.tier, corrupted(data, one.mentees), corrupted(data, one.mentors))
        for one in result.certificate.tiers
    ]
    with pytest.MonkeyPatch.context() as patch:
        in_parts(data, patch)
        workers = data.draw(st.sampled_from((None, 1, 2)))
        found = bounds_of(result.scores, tiers, workers=workers)
        assert found == slow_bounds(result.scores, tiers)


@ANY
@given(case=cases(max_mentees=7, max_mentors=7), data=st.data())
def test_any_scheme_any_prices(case: tuple[People, rm.Scheme], data: st.DataObject) -> None:
    tables, scheme = case
    objective = data.draw(st.sampled_from(OBJECTIVES))
    scores = rm.score(tables.cohort(), scheme.model_copy(update={"objective": objective}))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    tiers = []
    for tier in tiers_of(scores.cohort, scores.scheme):
        prices = []
        for count in scores.shape:
            spread = data.draw(st.sampled_from(SPREADS))
            drawn = random.integers(-spread, spread, count, endpoint=True)
            # Few distinct prices make groups of people, and gains of just 0.
            prices.append(random.choice(drawn[: random.integers(1, count, endpoint=True)], count))
        if data.draw(st.booleans()):
            limit = scores.to_numpy()[:, 0] - prices[1][0] + random.integers(-1, 2, scores.shape[0])
            prices[0] = np.clip(limit, -(2**60), 2**60)
        tiers.append(TierPrices(tier, *prices))
    with pytest.MonkeyPatch.context() as patch:
        in_parts(data, patch)
        assert bounds_of(scores, tiers) == slow_bounds(scores, tiers)


def of_size(n: int, objective: tuple[str, ...]) -> rm.PairScores:
    """A cohort with reserves, whose scores are mostly sums of tables over codes."""
    scheme = rm.synthetic.demo()[1]
    rules = (*scheme.rules, rm.rules.MinimumScore(at_least=0.45))
    scheme = scheme.model_copy(update={"objective": objective, "rules": rules})
    cohort = rm.synthetic.cohort(n, n + 10, seed=5, untidy=0.05)
    sides = {}
    for name, side in (("mentees", cohort.mentees), ("mentors", cohort.mentors)):
        reserve = np.where(np.arange(len(side)) % 7, side.status, "reserve")
        sides[name] = replace(side, status=reserve)
    return rm.score(cohort.replace(**sides), scheme)


def just_tight(scores: rm.PairScores, seed: int) -> list[TierPrices]:
    """Prices at which few pairs pay, and many are worth just their prices."""
    random, matrix = np.random.default_rng(seed), scores.to_numpy()
    tiers = []
    for tier in tiers_of(scores.cohort, scores.scheme):
        if tier == "total" or (tier == "applicants" and scores.scheme.objective[0] == "total"):
            u = np.sort(matrix, axis=1)[:, -random.integers(1, 4)]
            v = np.maximum((matrix - u[:, None]).max(axis=0), 0) - (
                random.random(matrix.shape[1]) < 0.1
            )
        else:
            u, v = (random.choice((0, 0, 0, 1, -1), n) for n in scores.shape)
        tiers.append(TierPrices(tier, u.astype(np.int64), v.astype(np.int64)))
    return tiers


@pytest.mark.parametrize("objective", OBJECTIVES, ids="-".join)
def test_pairs_worth_just_their_prices(
    objective: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = of_size(40, objective)
    for seed in range(3):
        tiers = just_tight(scores, seed)
        expected = slow_bounds(scores, tiers)
        for changed in PARTS:
            with monkeypatch.context() as patch:
                set_parts(patch, changed)
                assert bounds_of(scores, tiers) == expected


@pytest.fixture(scope="module")
def large() -> rm.PairScores:
    return of_size(200, ("pairs", "total", "priority"))


def test_neither_threads_nor_blocks_change_anything(
    large: rm.PairScores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiers = just_tight(large, 0)
    expected = slow_bounds(large, tiers)
    small = {
        "proof._MAX_PAIRS_ALL_SCORED": -1,
        "pair_sums._MENTEES_PER_STRIP": 7,
        "pair_sums._PAIRS_PER_BLOCK": 700,
        "pair_sums._PAIRS_PER_TASK": 100,
    }
    for changed in (*PARTS[:3], small):
        with monkeypatch.context() as patch:
            set_parts(patch, changed)
            for workers in (1, 3):
                assert bounds_of(large, tiers, workers=workers) == expected
                assert bounds_of(large, tiers, workers=workers, exhaustive=True) == expected


def test_every_pair_is_looked_at(large: rm.PairScores) -> None:
    tiers, n_pairs = just_tight(large, 0), large.shape[0] * large.shape[1]
    for how in (None, dismissal.Dismissal(large)):
        pairs = pair_sums.PairSums(large, values_of(large, tiers), tiers, how)
        assert sum(task.n_pairs for task in pairs.tasks()) == n_pairs
    everything = proof.proved_bounds(
        large, values_of(large, tiers), Certificate(tuple(tiers)), exhaustive=True, new_bar=silent
    )
    assert everything.n_scored == everything.n_pairs == n_pairs


def test_no_threads_at_all_are_refused() -> None:
    result = rm.match(*rm.synthetic.demo())
    for workers in (0, -1):
        with pytest.raises(ValueError, match="workers must be at least 1"):
            rm.check(result, workers=workers)
    assert rm.check(result, workers=3) == []
