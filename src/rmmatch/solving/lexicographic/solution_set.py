"""The set of solutions that are still allowed: ask for the best in one tier, keep these, ask again.

A `SolutionSet` stands for every choice that is allowed and best for all tiers so far. It finds the
best of them in one more linear tier, and it can be restricted: to these optima, or to a subset of
the arcs. What the tiers of a scheme mean is not known here.
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
        Over the arcs of the solution set's network as it stands.
    value : int
        The value of the choice in the tier, in the tier's unit.
    bound : int
        No allowed choice has a higher value; the same as `value` where that is proved.
    prices : tuple of ndarray of int64, or None
        Prices of mentees and mentors, in id order and in the tier's unit, that prove the bound;
        None where the solution set has no such prices.
    """

    chosen: Bools
    value: int
    bound: int
    prices: tuple[Ints, Ints] | None


class SolutionSet(Protocol):
    """All choices that are allowed, and best for every tier it was restricted to so far.

    Invariant I2: restricting it to the optima of a tier drops no choice that is optimal for all
    tiers so far.
    """

    @property
    def network(self) -> Network:
        """The network as it stands: arcs that no such choice takes may have gone."""
        ...

    @property
    def arc_idx(self) -> Ints:
        """For each arc of `network`, its position among the first network's arcs; ascending."""
        ...

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier.

        Parameters
        ----------
        tier : LinearTier
            Over the arcs of `network`.
        stop : Stop, optional
            Looked at between steps; once it is due, the best choice at hand is returned.

        Returns
        -------
        TierOptimum or None
            None where no choice is allowed.
        """
        ...

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> SolutionSet:
        """Return the choices whose value in a tier is at least ``best.value - slack``.

        Parameters
        ----------
        tier : LinearTier
            Over the arcs of `network`.
        best : TierOptimum
            What `optimise` returned for this tier.
        slack : int
            In the tier's unit.
        """
        ...

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
            Over the arcs of `network`.
        """
        ...

    def within_arcs(self, arcs: Bools) -> SolutionSet:
        """Return the choices that take no arc outside a subset.

        Parameters
        ----------
        arcs : ndarray of bool, shape (n_arcs,)
            The subset of the arcs of `network`; all fixed arcs are in it.
        """
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
