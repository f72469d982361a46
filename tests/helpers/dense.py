"""Tables of scores for a sweep to search: an oracle that holds one, and cohorts of every shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from rmmatch.solving.formulation.implicit_tiers import ImplicitTier, LoadBounds

NONE = -(2**60)


class DenseOracle:
    """All scores in a table, forbidden pairs -1."""

    def __init__(self, scores: np.ndarray) -> None:
        self.scores = scores.astype(np.int64)
        self.shape = scores.shape
        self.max_score = int(scores.max(initial=0))

    def candidates(self, u, v, margin, rows=None, columns=None):
        rows = np.arange(self.shape[0]) if rows is None else rows
        columns = np.arange(self.shape[1]) if columns is None else columns
        found = [(np.zeros(0, dtype=np.int64),) * 3]
        for start in range(0, rows.size, 256):
            some = rows[start : start + 256]
            block = self.scores[some][:, columns]
            a, b = np.nonzero((block > (u[some] - margin)[:, None] + v[columns]) & (block >= 0))
            found.append((some[a], columns[b], block[a, b]))
        return tuple(np.concatenate(part) for part in zip(*found, strict=True))

    def row_best(self, v, rows, columns):
        block = self.scores[np.ix_(rows, columns)]
        best = np.full(self.shape[0], NONE)
        best[rows] = np.where(block >= 0, block - v[columns], NONE).max(axis=1, initial=NONE)
        return best

    def column_best(self, u, rows, columns):
        block = self.scores[np.ix_(rows, columns)]
        best = np.full(self.shape[1], NONE)
        best[columns] = np.where(block >= 0, block - u[rows, None], NONE).max(axis=0, initial=NONE)
        return best


def everybody(n: int, m: int, most: int = 1) -> LoadBounds:
    none, some = (lambda k: np.zeros(k, dtype=np.int64)), (lambda k: np.full(k, most))
    return LoadBounds(none(n), some(n), none(m), some(m))


def usual_tiers(n: int, m: int, bits: int = 20) -> list[ImplicitTier]:
    rng = np.random.default_rng(n + m)
    marks = (rng.integers(0, 2**63, size).astype(np.uint64) for size in (n, m))
    return [
        ImplicitTier("pairs", "constant"),
        ImplicitTier("total", "scores"),
        ImplicitTier("ties", "marks", *marks, mark_bits=bits),
    ]


def smooth(rng: np.random.Generator, n: int, m: int) -> np.ndarray:
    """Return scores as criteria give them, with some mentors that all mentees like better."""
    a, b = rng.random((n, 6)), rng.random((m, 6))
    return ((a @ b.T) * 120_000 + 250_000 * rng.random(m)).astype(np.int64)


Table = tuple[np.ndarray, LoadBounds]


def _one_to_one(scores: np.ndarray) -> Table:
    return scores, everybody(*scores.shape)


def _square(n: int, rng: np.random.Generator, share: float = 0.37) -> Table:
    scores = smooth(rng, n, n)
    scores[rng.random((n, n)) > share] = -1
    return _one_to_one(scores)


def _one_to_three(n: int, rng: np.random.Generator) -> Table:
    # as many pairs as in a square
    few = round(n / 3**0.5)
    return _one_to_one(smooth(rng, few, 3 * few))


def _up_to_four_a_mentor(n: int, rng: np.random.Generator) -> Table:
    frame = everybody(n, n)
    return smooth(rng, n, n), replace(frame, max_load_mentors=rng.integers(1, 5, n))


def _two_values(n: int, rng: np.random.Generator) -> Table:
    return _one_to_one(np.where(rng.random((n, n)) < 0.3, 900_000, 100_000))


def _everybody_wants_one(n: int, rng: np.random.Generator) -> Table:
    scores = smooth(rng, n, n) // 2
    scores[:, 7] += 500_000
    return _one_to_one(scores)


def _sites_that_never_mix(n: int, rng: np.random.Generator) -> Table:
    scores, sites = smooth(rng, n, n), rng.integers(0, 7, (2, n))
    scores[sites[0][:, None] != sites[1]] = -1
    return _one_to_one(scores)


def _one_ranking_for_all(n: int, rng: np.random.Generator) -> Table:
    return _one_to_one(np.tile(rng.permutation(n) * (10**6 // n), (n, 1)))


def _prices_in_one_chain(n: int, rng: np.random.Generator) -> Table:
    return _one_to_one(np.outer(rng.permutation(n), np.arange(n)) * 10**6 // n**2)


SHAPES: dict[str, Callable[[int, np.random.Generator], Table]] = {
    "square": _square,
    "one to three": _one_to_three,
    "a few too many": lambda n, rng: _one_to_one(smooth(rng, n, int(1.3 * n))),
    "up to four a mentor": _up_to_four_a_mentor,
    "up to four each": lambda n, rng: (smooth(rng, n, n), everybody(n, n, 4)),
    "rarely acceptable": lambda n, rng: _square(n, rng, 20 / n),
    "all acceptable": lambda n, rng: _one_to_one(smooth(rng, n, n)),
    "all equal": lambda n, rng: _one_to_one(np.full((n, n), 500_000)),
    "two values": _two_values,
    "everybody wants one": _everybody_wants_one,
    "sites that never mix": _sites_that_never_mix,
    "one ranking for all": _one_ranking_for_all,
    "prices in one chain": _prices_in_one_chain,
    "coarse": lambda n, rng: _one_to_one(np.round(smooth(rng, n, n) / 50_000).astype(int) * 50_000),
}
"""What draws the scores and bounds of about n × n people; of the acceptable pairs of `rarely
acceptable` there are 20 a person, which is 1 % of 2,000."""


def best_by_scipy(
    scores: np.ndarray, places: np.ndarray, *, pairs_first: bool = False
) -> tuple[int, ...]:
    """Return the largest total over a whole table; before it the most pairs if they come first.

    A mentee has one pair at most, a mentor as many as `places`; a forbidden pair scores -1.
    """
    seats = np.repeat(np.arange(scores.shape[1]), places)
    n_max_pairs = min(scores.shape[0], seats.size)
    # a pair more is worth more than any total; a forbidden pair is worth nothing and not made
    step = n_max_pairs * int(scores.max()) + 1 if pairs_first else 0
    weights = np.where(scores >= 0, scores + step, 0)[:, seats].astype(np.float64)
    # scipy's prices and the lengths of its ways are whole numbers that floats hold
    assert 4 * n_max_pairs * weights.max() < 2**53
    if weights.shape[0] == weights.shape[1]:
        weights -= weights.max(axis=0)  # all are used, so the same choice is best, found sooner
    rows, columns = linear_sum_assignment(weights, maximize=True)
    made = scores[rows, seats[columns]]
    made = made[made >= 0]
    return (made.size, int(made.sum())) if pairs_first else (int(made.sum()),)
