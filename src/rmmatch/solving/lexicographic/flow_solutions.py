"""Best choices by flow, proved by prices: the way without side constraints."""

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
    """All best choices so far, as a network: the face that the prices of held tiers leave.

    Parameters
    ----------
    network : Network
        The problem.
    places : ndarray of int64, optional
        For each arc, its place in the first network; by default it is the first.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> way, total = FlowSolutions(network), Tier("total", np.array([20, 5, 6]))
    >>> found = way.best(total)
    >>> found.value, found.bound
    (20, 20)
    >>> way.held(total, found).places  # the third arc is in no best choice
    array([0, 1])
    """

    def __init__(self, network: Network, places: Ints | None = None) -> None:
        self.network = network
        self.arc_idx = np.arange(network.n_arcs) if places is None else places
        # a choice that is best for these tiers, in order, since one flow answered several
        self._chosen: Bools | None = None
        self._solved_tiers: tuple[str, ...] = ()

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier, proved unless it was stopped; None: none allowed.

        Parameters
        ----------
        tier : Tier
        stop : Stop, optional
            Asked between the flow and its prices.

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
        worth = tier_value(self.network, tier, chosen)
        if stop is not None and stop.is_due:
            top = trivial_bound(self.network, tier)
            if top > worth:
                return TierOptimum(chosen, worth, top, None)
        proof = proof or optimal_duals(self.network, tier, chosen)
        return TierOptimum(chosen, worth, dual_bound(self.network, tier, *proof), proof)

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> FlowSolutions:
        """Return the choices that are best in a tier.

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
        face, kept = optimal_face(self.network, tier, *best.prices)
        ahead = self._solved_tiers[1:] if self._solved_tiers[:1] == (tier.name,) else ()
        return self._restrict(face, kept, ahead)

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice of its arcs is one of these."""
        return is_feasible(self.network, chosen)

    def within_arcs(self, arcs: Bools) -> FlowSolutions:
        """Return the choices among some of the arcs; a fixed arc may not be taken away.

        Raises
        ------
        ValueError
            An arc that must be chosen is taken away.
        """
        if (self.network.fixed & ~arcs).any():
            raise ValueError("an arc that must be chosen is taken away")
        kept = np.flatnonzero(arcs)
        # what is best among more choices is best among fewer, if it is one of them
        stays = self._chosen is not None and bool(arcs[self._chosen].all())
        return self._restrict(
            self.network.with_arcs(kept), kept, self._solved_tiers if stays else ()
        )

    def _restrict(self, network: Network, kept: Ints, ahead: tuple[str, ...]) -> FlowSolutions:
        part = FlowSolutions(network, self.arc_idx[kept])
        if ahead and self._chosen is not None:
            part._chosen, part._solved_tiers = self._chosen[kept], ahead
        return part
