"""Tiers that are settled level by level: what prices prove of them, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.objectives import with_objectives
from helpers.people import cohort_of, people, table_scheme
from helpers.slow_proof import most_pairs, slow_bounds
from rmmatch.checking import proof
from rmmatch.checking.tier_values import TierValues
from rmmatch.matching import Certificate, TierPrices
from rmmatch.progress import progress_bar

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
GENEROUS = {"tier": "rank_profile", "generous": True}


def silent(n_pairs: int) -> Any:
    return progress_bar("", total=n_pairs, unit="pair", is_shown=False)


def square(*rows: tuple[float, ...]) -> dict[tuple[str, str], float]:
    return {(f"E{e}", f"M{m}"): score for e, row in enumerate(rows) for m, score in enumerate(row)}


def matched(scores: dict[tuple[str, str], float], *objective: Any, **mentors: Any) -> rm.Result:
    cohort = cohort_of(people("E", 2), people("M", mentors.pop("n", 2), **mentors))
    result = rm.match(cohort, table_scheme(scores, objective=objective))
    assert rm.check(result) == []
    return result


def without_proof_of(result: rm.Result) -> list[str]:
    return [found.message for found in rm.check(result) if found.code == "not_proved"]


# --- by the definition -----------------------------------------------------------------------


def sums_of(scores: rm.PairScores, tiers: list[TierPrices], **how: Any) -> list[int]:
    """The bound of each of some prices, also of levels."""
    kept: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        by_tier = lambda worth, tiers, sums, loose: kept.extend(sums) or {}  # noqa: E731
        patch.setattr(proof, "_bounds_by_tier", by_tier)
        found = proof.proved_bounds(
            scores,
            TierValues(scores, {prices.tier for prices in tiers}),
            Certificate(tuple(tiers)),
            new_bar=silent,
            **how,
        )
    assert found.malformed == ""
    return kept


@SOME
@given(problem=with_objectives(slack=True), data=st.data())
def test_any_prices_of_any_tier_bound_what_they_bound_by_definition(
    problem: Any, data: st.DataObject
) -> None:
    result = problem.match()
    assume(result.certificate is not None and result.certificate.tiers)
    tiers = []
    for prices in result.certificate.tiers:
        for side in ("mentees", "mentors"):
            changes = data.draw(st.lists(st.sampled_from((0, 0, 1, -1, 10**6)), max_size=6))
            changed = getattr(prices, side).copy()
            changed[: len(changes)] += np.array(changes, dtype=np.int64)[: len(changed)]
            prices = replace(prices, **{side: changed})
        # a level need not be one that a pair has
        level = prices.level + data.draw(st.sampled_from((0, 0, 0, 1, -1)))
        tiers.append(replace(prices, level=level))
        event(prices.tier)
    expected = slow_bounds(result.scores, tiers)
    assert sums_of(result.scores, tiers) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", -1)
        assert sums_of(result.scores, tiers, seed=1) == expected
    assert TierValues(result.scores).levels.max_pairs == most_pairs(result.cohort)


def test_a_pair_that_lies_between_two_levels_is_out_of_what_follows() -> None:
    """The pair of 0.5 is below the level: in `total`, at whatever prices, it does not count."""
    scores = square((1.0, 0.5), (0.5, 1.0))
    result = matched(scores, "pairs", "leximin", "total")
    zero = np.zeros(2, dtype=np.int64)
    levels = [prices for prices in result.certificate.tiers if prices.tier == "leximin"]
    assert [prices.level for prices in levels] == [1_000_000]
    # at these prices of the level the pairs of 0.5 pay nothing, nor lose anything
    fair = replace(levels[0], mentees=zero - 3, mentors=zero)
    pairs = TierPrices("pairs", zero + 1, zero)
    tiers = [pairs, fair, TierPrices("total", zero, zero)]
    assert sums_of(result.scores, tiers) == slow_bounds(result.scores, tiers)
    assert sums_of(result.scores, tiers)[-1] == 2_000_000


# --- forged claims ---------------------------------------------------------------------------


def test_a_rank_profile_needs_prices_up_to_the_last_rank() -> None:
    result = matched(square((0.9, 0.5), (0.9, 0.5)), "rank_profile")
    assert result.values["rank_profile"] == (1, 1)
    assert result.certificate is not None
    forged = result.replace(
        matching=rm.Matching.of([("E0", "M0")]),
        values={"rank_profile": (1,)},
        bounds={"rank_profile": (1,)},
        certificate=Certificate(result.certificate.tiers[:1]),
    )
    assert without_proof_of(forged) == ["called optimal, and not proved on: rank_profile"]


def test_a_spread_needs_prices_up_to_what_anybody_can_have() -> None:
    result = matched(square((1.0,), (1.0,)), "spread", n=1, capacity=2)
    assert result.values["spread"] == (1, 1)
    assert result.certificate is not None
    forged = result.replace(
        matching=rm.Matching.of([("E0", "M0")]),
        values={"spread": (1,)},
        bounds={"spread": (1,)},
        certificate=Certificate(result.certificate.tiers[:1]),
    )
    assert without_proof_of(forged) == ["called optimal, and not proved on: spread"]


def test_the_solvers_word_is_not_taken_where_prices_can_prove() -> None:
    result = matched(square((1.0, 0.5), (0.6, 0.2)), "pairs", "total")
    forged = result.replace(proof="solver", certificate=None)
    assert without_proof_of(forged) == ["called optimal, and not proved on: pairs, total"]
    assert rm.check(forged).outcome.trusted == ()


EVERYBODY = [(f"E{e}", f"M{m}") for e in range(2) for m in range(2)]


@pytest.mark.parametrize("objective", [["rank_profile"], ["rank_profile", "total"], ["spread"]])
@pytest.mark.parametrize(
    "cohort",
    [
        cohort_of(people("E", 2), people("M", 2), {"declined": EVERYBODY}),
        cohort_of(people("E", 2, status="withdrawn"), people("M", 2)),
        cohort_of(people("E", 2), people("M", 2, capacity=0)),
        cohort_of([], []),
    ],
    ids=["declined", "withdrawn", "no places", "nobody"],
)
def test_a_list_of_no_pairs_is_proved_best_where_there_can_be_none(
    cohort: rm.Cohort, objective: list[str]
) -> None:
    result = rm.match(cohort, table_scheme({}, objective=objective))
    assert result.status is rm.Status.OPTIMAL
    assert result.values[objective[0]] == ()
    assert rm.check(result) == []


def test_that_there_is_no_pair_is_not_believed_where_there_could_be_one() -> None:
    result = matched(square((1.0, 0.5), (0.6, 0.2)), "rank_profile")
    forged = result.replace(
        matching=rm.Matching.of([]),
        values={"rank_profile": ()},
        bounds={"rank_profile": ()},
        certificate=Certificate(()),
    )
    assert without_proof_of(forged) == ["called optimal, and not proved on: rank_profile"]


@pytest.mark.parametrize("at", [0, 1])
def test_a_rank_that_nobody_can_have_proves_nothing_and_stops_nothing(at: int) -> None:
    """Ranks are at least 1: −1 in place of one, or before it, was once an error of its own."""
    profile = "rank_profile", GENEROUS
    result = matched(square((0.9, 0.5), (0.9, 0.5)), "pairs", profile[at])
    assert result.certificate is not None
    first = next(one for one in result.certificate.tiers if one.tier == "rank_profile")
    sign = (1, -1)[at]
    zero = np.zeros(2, dtype=np.int64)
    for level in (-1, 0, -2, 7, 10**12, 2**60, 2**64):
        forged = TierPrices("rank_profile", zero, zero, sign * level)
        for others in (result.certificate.tiers[1:], (first,), ()):
            levels = sorted((forged, *others), key=lambda prices: prices.level)
            claim = replace(result, certificate=Certificate((result.certificate.tiers[0], *levels)))
            codes = {found.code for found in rm.check(claim)}
            if level != 0 or not at:
                assert codes & {"not_proved", "malformed_prices"}, (level, levels)
    lone = TierPrices("rank_profile", zero + 1, zero, sign * -1)
    tiers = [result.certificate.tiers[0], *result.certificate.tiers[1:]]
    for others in (tiers[1:], tiers[-1:]):
        claim = result.replace(certificate=Certificate((tiers[0], lone, *others)))
        assert without_proof_of(claim) == ["called optimal, and not proved on: rank_profile"]


@SOME
@given(problem=with_objectives(), data=st.data())
def test_other_levels_never_stop_a_check_nor_prove_another_value(problem: Any, data: Any) -> None:
    result = problem.match()
    assume(result.certificate is not None and result.certificate.tiers)
    level = st.one_of(st.integers(-3, 3), st.sampled_from((10**6, 2**40, -(2**63), 2**70)))
    tiers = []
    for prices in result.certificate.tiers:
        changed = data.draw(st.booleans())
        tiers.append(replace(prices, level=data.draw(level)) if changed else prices)
    claim = result.replace(certificate=Certificate(tuple(tiers)))
    assert {found.rule for found in rm.check(claim)} <= {"proof"}
    for tier, bound in proof.bounds_of(claim).items():
        value = result.values[tier]
        if bound != value:
            worse = not isinstance(bound, int) or not isinstance(value, int) or bound > value
            assert worse
            break


def test_a_price_after_the_last_level_is_one_that_nobody_needs() -> None:
    """That a generous profile has no pair of a better rank says nothing: none is best."""
    scores = square((0.5, 0.9), (0.0, 0.0))
    declined = {"declined": [("E0", "M1"), ("E1", "M0"), ("E1", "M1")]}
    cohort = cohort_of(people("E", 2), people("M", 2), declined)
    result = rm.match(cohort, table_scheme(scores, objective=["pairs", GENEROUS]))
    assert result.certificate is not None
    tiers = result.certificate.tiers
    assert [(prices.tier, prices.level) for prices in tiers] == [
        ("pairs", 0),
        ("rank_profile", -1),
        ("rank_profile", 0),
    ]
    assert rm.check(result.replace(certificate=Certificate(tiers[:2]))) == []
    assert without_proof_of(result.replace(certificate=Certificate((tiers[0], tiers[2]))))
