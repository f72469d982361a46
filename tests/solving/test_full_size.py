"""Two thousand by two thousand in ten shapes: as another solver finds, and proved over all pairs.

The other solver is scipy's, over the whole table; the proof is followed by plain arithmetic.
"""

from __future__ import annotations

import numpy as np
import pytest

from helpers.dense import SHAPES, DenseOracle, best_by_scipy, usual_tiers
from rmmatch.solving.column_generation.driver import generate_columns
from rmmatch.solving.formulation.implicit_tiers import LoadBounds

SIZE = 2000
PAIRS, TOTAL, _ = usual_tiers(SIZE, SIZE)


def assert_proved_by_hand(scores: np.ndarray, frame: LoadBounds, tiers: list, found) -> None:
    """Recompute values and bounds over all pairs, from their definition and nothing else."""
    chosen = np.zeros(scores.shape, dtype=bool)
    chosen[found.mentees, found.mentors] = True
    assert chosen.sum() == found.mentees.size  # nobody meets the same partner twice
    allowed, forced = scores >= 0, np.zeros_like(chosen)
    ranges = [
        (frame.min_load_mentees, frame.max_load_mentees),
        (frame.min_load_mentors, frame.max_load_mentors),
    ]
    for tier, proof, value, top in zip(
        tiers, found.prices, found.values, found.bounds, strict=True
    ):
        weights = scores if tier is TOTAL else np.ones_like(scores)
        assert value == weights[chosen].sum() == top
        # whatever is chosen: gain is what a pair is worth beyond the prices of its two people
        assert max(abs(prices).max() for prices in proof) < 2**38  # so that 2**22 gains add up
        gain = weights - proof[0][:, None] - proof[1]
        bound = gain[forced].sum() + gain[allowed & ~forced & (gain > 0)].sum()
        for prices, (least, most) in zip(proof, ranges, strict=True):
            bound += (prices * np.where(prices > 0, most, least)).sum()
        assert bound == top
        # what reaches the bound makes every pair that gains and none that loses; whoever has a
        # positive price is full, whoever has a negative one has as few as may be
        forced |= allowed & (gain > 0)
        allowed &= forced | (gain >= 0)
        ranges = [
            (np.where(prices > 0, most, least), np.where(prices < 0, least, most))
            for prices, (least, most) in zip(proof, ranges, strict=True)
        ]
        assert (forced <= chosen).all()
        assert (chosen <= allowed).all()
        for axis, (least, most) in zip((1, 0), ranges, strict=True):
            loads = chosen.sum(axis=axis)
            assert ((least <= loads) & (loads <= most)).all()


@pytest.mark.parametrize(
    "name",
    [
        "square",
        "one to three",
        "up to four a mentor",
        "rarely acceptable",
        "all acceptable",
        "all equal",
        "two values",
        "everybody wants one",
        "sites that never mix",
        "one ranking for all",
    ],
)
def test_every_shape_agrees_with_another_solver_and_is_proved(name):
    scores, frame = SHAPES[name](SIZE, np.random.default_rng(1))
    is_complete = (scores >= 0).all()
    assert (frame.max_load_mentees == 1).all()
    best = best_by_scipy(scores, frame.max_load_mentors, pairs_first=True)
    # where all are acceptable and no score is negative, most pairs cost nothing
    alone = best[1:] if is_complete else best_by_scipy(scores, frame.max_load_mentors)
    for tiers, expected in (([PAIRS, TOTAL], best), ([TOTAL], alone)):
        found = generate_columns(DenseOracle(scores), frame, tiers)
        assert found.values == expected
        assert_proved_by_hand(scores, frame, tiers, found)


def test_with_up_to_four_pairs_on_both_sides_the_proof_stands_alone():
    """Nobody meets the same partner twice, which no assignment of repeated people can say."""
    scores, frame = SHAPES["up to four each"](SIZE, np.random.default_rng(1))
    for tiers in ([PAIRS, TOTAL], [TOTAL]):
        found = generate_columns(DenseOracle(scores), frame, tiers)
        assert found.mentees.size == 4 * SIZE
        assert_proved_by_hand(scores, frame, tiers, found)
