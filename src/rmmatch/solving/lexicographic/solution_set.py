"""What it is to know all the best choices: ask it a linear question, hold the answer, ask again.

A `Way` stands for every choice that is allowed and best for all tiers held so far. It can be asked
for the best of them in one more tier, told to hold that, and told to go without some arcs. What
the tiers of a scheme mean is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.stopping import Stop

__all__ = ["SolutionSet", "TierOptimum", "restrict_choice"]


@dataclass(frozen=True, eq=False, slots=True)
class TierOptimum:
    """A choice that is best in a tier, or the best at hand when time ran out.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        Over the arcs of the way's network as it stands.
    value : int
        What it is worth in the tier.
    bound : int
        No allowed choice is worth more; the same as `value` where that is proved.
    prices : tuple of ndarray of int64, or None
        Prices of mentees and mentors that prove it, where this way has such prices.
    """

    chosen: Bools
    value: int
    bound: int
    prices: tuple[Ints, Ints] | None


class SolutionSet(Protocol):
    """All choices that are allowed, and best for every tier held so far."""

    @property
    def network(self) -> Network:
        """The network as it stands: arcs that no such choice takes may have gone."""
        ...

    @property
    def arc_idx(self) -> Ints:
        """For each of its arcs, the place among the arcs of the first network."""
        ...

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier over the arcs as they stand; None: none is allowed."""
        ...

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> SolutionSet:
        """Return the choices worth at least ``best.value - slack`` in a tier."""
        ...

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice of its arcs is one of these."""
        ...

    def within_arcs(self, arcs: Bools) -> SolutionSet:
        """Return the choices among some of the arcs; a fixed arc may not be taken away."""
        ...


def restrict_choice(solutions: SolutionSet, subset: SolutionSet, chosen: Bools) -> Bools:
    """Return a choice over the arcs that a smaller solution set has left.

    Parameters
    ----------
    solutions, subset : SolutionSet
        The second has some of the first one's arcs.
    chosen : ndarray of bool, shape (n_arcs,)
        Over the arcs of `solutions`.

    Returns
    -------
    ndarray of bool
        Over the arcs of `subset`.
    """
    return chosen[np.searchsorted(solutions.arc_idx, subset.arc_idx)]
