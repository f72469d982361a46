"""Solutions without side constraints: a network, solved by flow and proved by prices."""

from __future__ import annotations

import numpy as np

from rmmatch.errors import NotSupportedError
from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    dual_bound,
    is_feasible,
    optimal_face,
    tier_value,
    trivial_bound,
)
from rmmatch.solving.lexicographic.solution_set import TierOptimum
from rmmatch.solving.stopping import Stop

__all__ = ["FlowSolutions"]


class FlowSolutions:
    """All best choices so far, as a network: the face that the prices of the tiers so far leave.

    Invariant I2 holds since every choice that is best for a tier takes all arcs of positive reduced
    weight, none of negative reduced weight, and keeps each load in the range the prices leave.

    Parameters
    ----------
    network : Network
        The problem.
    arc_idx : ndarray of int64, shape (n_arcs,), optional
        For each arc, its position among the arcs of the first network, ascending; by default
        `network` is the first.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> solutions, total = FlowSolutions(network), LinearTier("total", np.array([20, 5, 6]))
    >>> best = solutions.optimise(total)
    >>> best.value, best.bound
    (20, 20)
    >>> solutions.restrict_to_optima(total, best).arc_idx  # the third arc is in no best choice
    array([0, 1])
    """

    def __init__(self, network: Network, arc_idx: Ints | None = None) -> None:
        self.network = network
        self.arc_idx = np.arange(network.n_arcs) if arc_idx is None else arc_idx
        # a choice that is best for these tiers, in order, since one flow can solve several
        self._chosen: Bools | None = None
        self._solved_tiers: tuple[str, ...] = ()

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier, proved unless time ran out.

        Parameters
        ----------
        tier : LinearTier
            Over the arcs of `network`.
        stop : Stop, optional
            Looked at between the flow and its prices.

        Returns
        -------
        TierOptimum or None
            None where no choice is allowed.

        Raises
        ------
        OverflowError
            The weights are too large to be solved in 64 bits.
        """
        proof = None
        if self._chosen is None or self._solved_tiers[:1] != (tier.name,):
            choice = solve_flow(self.network, [tier, *tier.next_tiers])
            if choice is None:
                return None
            names = (tier.name, *(later.name for later in tier.next_tiers))
            self._chosen, self._solved_tiers = choice.chosen, names[: choice.n_tiers]
            proof = choice.prices
        chosen = self._chosen
        value = tier_value(self.network, tier, chosen)
        if stop is not None and stop.is_due:
            bound = trivial_bound(self.network, tier)
            if bound > value:
                return TierOptimum(chosen, value, bound, None)
        proof = proof or optimal_duals(self.network, tier, chosen)
        return TierOptimum(chosen, value, dual_bound(self.network, tier, *proof), proof)

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> FlowSolutions:
        """Return the choices that are best in a tier.

        Parameters
        ----------
        tier : LinearTier
            Over the arcs of `network`.
        best : TierOptimum
            What `optimise` returned for this tier, with prices.
        slack : int
            Only 0 is possible here.

        Raises
        ------
        NotSupportedError
            There is some slack: such choices are no network.
        """
        if slack:
            raise NotSupportedError(
                f"the tier {tier.name} may be missed by {slack}, which flow alone cannot do"
            )
        if best.prices is None:
            raise ValueError(f"the tier {tier.name} is not proved, so it cannot be held")
        face, arc_idx = optimal_face(self.network, tier, *best.prices)
        solved_tiers = self._solved_tiers[1:] if self._solved_tiers[:1] == (tier.name,) else ()
        return self._restrict(face, arc_idx, solved_tiers)

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
            Over the arcs of `network`.
        """
        return is_feasible(self.network, chosen)

    def within_arcs(self, arcs: Bools) -> FlowSolutions:
        """Return the choices that take no arc outside a subset.

        Parameters
        ----------
        arcs : ndarray of bool, shape (n_arcs,)
            The subset of the arcs of `network`.

        Raises
        ------
        ValueError
            An arc that must be chosen is taken away.
        """
        if (self.network.fixed & ~arcs).any():
            raise ValueError("an arc that must be chosen is taken away")
        arc_idx = np.flatnonzero(arcs)
        # what is best among more choices is best among fewer, if it is one of them
        is_still_best = self._chosen is not None and bool(arcs[self._chosen].all())
        return self._restrict(
            self.network.with_arcs(arc_idx), arc_idx, self._solved_tiers if is_still_best else ()
        )

    def _restrict(
        self, network: Network, arc_idx: Ints, solved_tiers: tuple[str, ...]
    ) -> FlowSolutions:
        """Return the solutions of a network of these arcs; the choice is best for these tiers."""
        restricted = FlowSolutions(network, self.arc_idx[arc_idx])
        if solved_tiers and self._chosen is not None:
            restricted._chosen, restricted._solved_tiers = self._chosen[arc_idx], solved_tiers
        return restricted
