"""Best choices by flow, proved by prices: the way without side constraints."""

from __future__ import annotations

import numpy as np

from rmmatch.errors import NotSupportedError
from rmmatch.solving.assignment.duals import prices
from rmmatch.solving.assignment.flow import choose
from rmmatch.solving.assignment.network import (
    Bools,
    Ints,
    Network,
    Tier,
    allows,
    bound,
    narrow,
    trivial_bound,
    value,
)
from rmmatch.solving.lexicographic.solution_set import Best
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
        self.places = np.arange(network.n_arcs) if places is None else places
        # a choice that is best for these tiers, in order, since one flow answered several
        self._chosen: Bools | None = None
        self._ahead: tuple[str, ...] = ()

    def best(self, tier: Tier, stop: Stop | None = None) -> Best | None:
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
        if self._chosen is None or self._ahead[:1] != (tier.name,):
            choice = choose(self.network, [tier, *tier.then])
            if choice is None:
                return None
            names = (tier.name, *(later.name for later in tier.then))
            self._chosen, self._ahead = choice.chosen, names[: choice.n_tiers]
            proof = choice.prices
        chosen = self._chosen
        worth = value(self.network, tier, chosen)
        if stop is not None and stop.is_due:
            top = trivial_bound(self.network, tier)
            if top > worth:
                return Best(chosen, worth, top, None)
        proof = proof or prices(self.network, tier, chosen)
        return Best(chosen, worth, bound(self.network, tier, *proof), proof)

    def held(self, tier: Tier, best: Best, slack: int = 0) -> FlowSolutions:
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
        face, kept = narrow(self.network, tier, *best.prices)
        ahead = self._ahead[1:] if self._ahead[:1] == (tier.name,) else ()
        return self._part(face, kept, ahead)

    def allows(self, chosen: Bools) -> bool:
        """Tell whether a choice of its arcs is one of these."""
        return allows(self.network, chosen)

    def only(self, arcs: Bools) -> FlowSolutions:
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
        return self._part(self.network.take(kept), kept, self._ahead if stays else ())

    def _part(self, network: Network, kept: Ints, ahead: tuple[str, ...]) -> FlowSolutions:
        part = FlowSolutions(network, self.places[kept])
        if ahead and self._chosen is not None:
            part._chosen, part._ahead = self._chosen[kept], ahead
        return part
