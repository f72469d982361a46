"""The bounds that `check` computes in blocks are those of the definition, pair by pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn import OBJECTIVES, Problem, problems
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from slow_proof import slow_bounds, tiers_of

import rmmatch as rm
from helpers.strategies import People, cases
from rmmatch.checking import proof
from rmmatch.checking.worth import Worth
from rmmatch.matching import Certificate, TierPrices
from rmmatch.progress import progress_bar
from rmmatch.scoring.bounding import Bound

SPREADS = (0, 1, 2, 1_000, 400_000, 10**7, 10**12, 2**60)
CELLS = [{}, {"_HEIGHT": 2, "_CELLS": 6, "_LISTED": 3}, {"_TABLE": 1}, {"_TABLE": 6, "_HEIGHT": 1}]
ANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def silent(n_pairs: int) -> Any:
    return progress_bar("", total=n_pairs, unit="pair", shown=False)


def bounds_of(scores: rm.PairScores, tiers: list[TierPrices], **how: Any) -> list[int]:
    certificate = Certificate(tuple(tiers))
    bounds, malformed = proof.proved_bounds(
        scores, Worth(scores), certificate, bar=how.pop("bar", silent), **how
    )
    assert malformed == ""
    assert list(bounds) == [prices.tier for prices in tiers]
    return list(bounds.values())


def in_parts(data: st.DataObject, patch: pytest.MonkeyPatch) -> None:
    for name, value in data.draw(st.sampled_from(CELLS)).items():
        patch.setattr(proof, name, value)


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


@pytest.fixture(scope="module")
def large() -> rm.PairScores:
    scheme = rm.synthetic.demo()[1]
    cohort = rm.synthetic.cohort(420, 470, seed=5, untidy=0.05)
    reserve = np.where(np.arange(len(cohort.mentees)) % 7, cohort.mentees.status, "reserve")
    mentees = replace(cohort.mentees, status=reserve)
    return rm.score(cohort.replace(mentees=mentees), scheme)


def optimal_like(scores: rm.PairScores) -> list[TierPrices]:
    """Prices at which few pairs pay, and many pairs of earlier tiers are worth just theirs."""
    matrix = scores.to_numpy()
    u = np.sort(matrix, axis=1)[:, -3]
    v = np.maximum((matrix - u[:, None]).max(axis=0), 0)
    n_mentees, n_mentors = scores.shape
    step = (np.arange(n_mentees) % 3 > 0).astype(np.int64), (np.arange(n_mentors) % 5 == 0) * 1
    return [
        TierPrices(tier, u, v) if tier == "total" else TierPrices(tier, *step)
        for tier in tiers_of(scores.cohort, scores.scheme)
    ]


def test_neither_threads_nor_blocks_change_anything(
    large: rm.PairScores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiers = optimal_like(large)
    expected = slow_bounds(large, tiers)
    for changed in CELLS[:1] + CELLS[2:3] + [{"_HEIGHT": 7, "_CELLS": 700, "_LISTED": 100}]:
        with monkeypatch.context() as patch:
            for name, value in changed.items():
                patch.setattr(proof, name, value)
            for workers in (1, 3):
                assert bounds_of(large, tiers, workers=workers) == expected


def test_every_pair_is_looked_at_or_barred(large: rm.PairScores) -> None:
    tiers = optimal_like(large)
    bound = Bound(large, 1 << 20)
    barred = large.shape[0] * large.shape[1] - np.prod([(~one).sum() for one in bound.barred])
    pairs = proof._Pairs(large, Worth(large), tiers)
    in_strips = sum(task.n_pairs for task in pairs.tasks()) - len(pairs.named)
    assert in_strips + barred == large.shape[0] * large.shape[1]
    assert (large.to_numpy()[bound.barred[0]] < 0).all()
    assert (large.to_numpy()[:, bound.barred[1]] < 0).all()


def test_no_threads_at_all_are_refused() -> None:
    result = rm.match(*rm.synthetic.demo())
    for workers in (0, -1):
        with pytest.raises(ValueError, match="workers must be at least 1"):
            rm.check(result, workers=workers)
    assert rm.check(result, workers=3) == []
