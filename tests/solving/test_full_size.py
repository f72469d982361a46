"""Two thousand by two thousand in ten shapes: as another solver finds, and proved over all pairs.

The other solver is scipy's, over the whole table; the proof is followed by plain arithmetic.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from helpers.dense import SHAPES, DenseOracle, usual_tiers
from rmmatch.solving.pricing import solve_priced
from rmmatch.solving.universe import Frame

SIZE = 2000
PAIRS, TOTAL, _ = usual_tiers(SIZE, SIZE)


def best_of_another_solver(scores: np.ndarray, frame: Frame, *, pairs_first: bool) -> tuple:
    """Return the most pairs where they come first, and the largest total."""
    assert (frame.most_mentees == 1).all()
    seats = np.repeat(np.arange(scores.shape[1]), frame.most_mentors)
    n_most = min(scores.shape[0], seats.size)
    # a pair more is worth more than any total; a forbidden pair is worth nothing and not made
    step = n_most * int(scores.max()) + 1 if pairs_first else 0
    weights = np.where(scores >= 0, scores + step, 0)[:, seats].astype(np.float64)
    # its prices and the lengths of its ways are whole numbers that floats hold
    assert 4 * n_most * weights.max() < 2**53
    if weights.shape[0] == weights.shape[1]:
        weights -= weights.max(axis=0)  # all are used, so the same choice is best, found sooner
    rows, columns = linear_sum_assignment(weights, maximize=True)
    made = scores[rows, seats[columns]]
    made = made[made >= 0]
    return (made.size, made.sum()) if pairs_first else (made.sum(),)


def assert_proved_by_hand(scores: np.ndarray, frame: Frame, tiers: list, found) -> None:
    """Recompute values and bounds over all pairs, from their definition and nothing else."""
    chosen = np.zeros(scores.shape, dtype=bool)
    chosen[found.mentees, found.mentors] = True
    assert chosen.sum() == found.mentees.size  # nobody meets the same partner twice
    allowed, forced = scores >= 0, np.zeros_like(chosen)
    ranges = [(frame.least_mentees, frame.most_mentees), (frame.least_mentors, frame.most_mentors)]
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
    best = best_of_another_solver(scores, frame, pairs_first=True)
    # where all are acceptable and no score is negative, most pairs cost nothing
    alone = best[1:] if is_complete else best_of_another_solver(scores, frame, pairs_first=False)
    for tiers, expected in (([PAIRS, TOTAL], best), ([TOTAL], alone)):
        found = solve_priced(DenseOracle(scores), frame, tiers)
        assert found.values == expected
        assert_proved_by_hand(scores, frame, tiers, found)


def test_with_up_to_four_pairs_on_both_sides_the_proof_stands_alone():
    """Nobody meets the same partner twice, which no assignment of repeated people can say."""
    scores, frame = SHAPES["up to four each"](SIZE, np.random.default_rng(1))
    for tiers in ([PAIRS, TOTAL], [TOTAL]):
        found = solve_priced(DenseOracle(scores), frame, tiers)
        assert found.mentees.size == 4 * SIZE
        assert_proved_by_hand(scores, frame, tiers, found)
