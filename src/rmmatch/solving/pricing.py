"""Exact assignment without the matrix: few arcs, their prices, and a sweep for what disproves them.

Each tier is solved over the arcs at hand. Its prices prove it over all acceptable pairs as soon
as none of these is worth more than the two prices of its people; until then the pairs that are
worth most more become arcs. Arcs are never dropped while a tier is being proved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.solving.flow import choose
from rmmatch.solving.network import Bools, Ints, Network, Tier, allows, bound, narrow, value
from rmmatch.solving.prices import NotOptimal, prices
from rmmatch.solving.samples import begin
from rmmatch.solving.tiers import greedy
from rmmatch.solving.universe import (
    ANY,
    Frame,
    Oracle,
    PricedTier,
    Universe,
    best_of_each,
)

__all__ = ["PricedSolution", "Step", "solve_priced"]

_MORE = 10  # arcs a person and sweep
_LISTED = 4_000_000  # pairs that may be held at once
_DENSE = 60  # arcs a person that are solved at once


@dataclass(frozen=True, slots=True)
class Step:
    """One round: the arcs at hand were solved, and all pairs were asked.

    Attributes
    ----------
    tier : str
    n_arcs : int
        How many were at hand.
    value : int
        Of the best choice over them.
    n_found : int
        How many arcs the sweep added; 0 proves the tier.
    solve_s, prices_s, sweep_s : float
        Seconds.
    """

    tier: str
    n_arcs: int
    value: int
    n_found: int
    solve_s: float
    prices_s: float
    sweep_s: float


@dataclass(frozen=True, eq=False, slots=True)
class PricedSolution:
    """Pairs, what they are worth in each tier, and what no choice can exceed.

    Attributes
    ----------
    mentees, mentors, scores : ndarray of int64, shape (n_pairs,), or None
        The pairs, sorted; None where the deadline passed before any allowed choice was at hand.
    values : tuple of int, or None
    bounds : tuple of int
        For each tier, an upper bound over all acceptable pairs on the value of every choice that
        is best for the tiers proved before it.
    prices : tuple
        For each tier the prices that prove ``value == bound``, or None where the deadline passed
        first. The tiers with prices come first.
    steps : tuple of Step
    start_s : float
        Seconds to the first arcs.
    """

    mentees: Ints | None
    mentors: Ints | None
    scores: Ints | None
    values: tuple[int, ...] | None
    bounds: tuple[int, ...]
    prices: tuple[tuple[Ints, Ints] | None, ...]
    steps: tuple[Step, ...]
    start_s: float


def solve_priced(
    oracle: Oracle,
    frame: Frame,
    tiers: Sequence[PricedTier],
    *,
    deadline: float | None = None,
    progress: Callable[[Step], None] | None = None,
    seed: int = 0,
) -> PricedSolution | None:
    """Return a choice that maximises each tier in turn over all acceptable pairs, with its proof.

    Parameters
    ----------
    oracle : Oracle
        Knows the acceptable pairs.
    frame : Frame
        Bounds on everybody, and fixed pairs.
    tiers : sequence of PricedTier
        What is maximised, in order. With marks last, the choice is the same for every oracle and
        seed unless two choices have the same sum of marks.
    deadline : float, optional
        A value of `time.monotonic`, looked at between steps. After it, the best choice at hand is
        returned with true bounds.
    progress : callable, optional
        Told of each round.
    seed : int
        Of the samples and of the draws among equal arcs.

    Returns
    -------
    PricedSolution or None
        None where no choice is allowed.

    Raises
    ------
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.
    ValueError
        A fixed pair is not acceptable.
    """
    begun = time.monotonic()
    run = _Run(oracle, frame, tiers, deadline, progress, seed)
    start_s = time.monotonic() - begun
    if not run.is_plausible() or not run.meets_needs():
        return None
    proofs: list[tuple[Ints, Ints] | None] = []
    bounds: list[int] = []
    for at in range(len(tiers)):
        top, proof = run.prove(at)
        bounds.append(top)
        if proof is None:
            break
        proofs.append(proof)
        run.narrow(at, proof)
    bounds += [run.plain_bound(tier) for tier in tiers[len(bounds) :]]
    proofs += [None] * (len(tiers) - len(proofs))
    return run.told(tuple(bounds), tuple(proofs), start_s)


class _Pool:
    """The arcs at hand, sorted, none twice."""

    def __init__(self, n_mentors: int, rows: Ints, columns: Ints, scores: Ints) -> None:
        self._n_mentors = max(1, n_mentors)
        self.keys, first = np.unique(rows * self._n_mentors + columns, return_index=True)
        self.rows, self.columns, self.scores = rows[first], columns[first], scores[first]
        self.fixed = np.zeros(self.keys.size, dtype=np.bool_)

    def has(self, rows: Ints, columns: Ints) -> Bools:
        """Tell which pairs are arcs."""
        keys = rows * self._n_mentors + columns
        if not self.keys.size:
            return np.zeros(keys.size, dtype=np.bool_)
        places = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        found: Bools = self.keys[places] == keys
        return found

    def fix(self, rows: Ints, columns: Ints) -> None:
        """Mark arcs that must be chosen."""
        self.fixed |= np.isin(self.keys, rows * self._n_mentors + columns)

    def add(self, rows: Ints, columns: Ints, scores: Ints) -> None:
        """Take more arcs; those at hand already are passed over."""
        fixed = self.keys[self.fixed]
        self.__init__(  # type: ignore[misc]
            self._n_mentors,
            np.concatenate((self.rows, rows)),
            np.concatenate((self.columns, columns)),
            np.concatenate((self.scores, scores)),
        )
        self.fixed = np.isin(self.keys, fixed)

    def take(self, kept: Ints, fixed: Bools) -> None:
        """Drop the other arcs."""
        self.keys, self.rows, self.columns = self.keys[kept], self.rows[kept], self.columns[kept]
        self.scores, self.fixed = self.scores[kept], fixed
