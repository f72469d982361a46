"""Choices with few blocking pairs: the way of everything else, and an integer programme on top.

A tier is first solved as if nobody blocked. Where that choice has few enough blocking pairs its
proof is the proof. Else one integer programme over all arcs says which do block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.errors import NotSupportedError
from rmmatch.solving.assignment.network import Bools, Ints, Network, Tier, value
from rmmatch.solving.formulation.blocking_pairs import BlockingPairs
from rmmatch.solving.lexicographic.solution_set import Best
from rmmatch.solving.mip.mathopt import LinearProgram, Outcome, solve_program
from rmmatch.solving.mip.mip_solutions import MipSolutions
from rmmatch.solving.mip.tier_model import TierModel
from rmmatch.solving.stopping import Stop

__all__ = ["StabilitySolutions"]

_MAX_STABILITY_ARCS = 2500  # some 20 seconds
_TIER_NAME = "blocking_pairs"


@dataclass(frozen=True, eq=False)
class StabilitySolutions:
    """All choices of another way among which no more than so many arcs block.

    Attributes
    ----------
    others : MipSolutions
        The choices, whatever blocks them.
    blocking : BlockingPairs
    most : int or None
        How many arcs may block; None before that is known.
    known : ndarray of bool, shape (n_arcs,), or None
        A choice that is allowed.
    """

    others: MipSolutions
    blocking: BlockingPairs
    most: int | None = None
    known: Bools | None = None

    @classmethod
    def of(cls, others: MipSolutions, blocking: BlockingPairs) -> StabilitySolutions:
        """Return the way with nothing held yet.

        Raises
        ------
        NotSupportedError
            There are too many arcs.
        """
        n_arcs = others.network.n_arcs
        if n_arcs > _MAX_STABILITY_ARCS:
            raise NotSupportedError(
                f"{_TIER_NAME}: only for up to {_MAX_STABILITY_ARCS:,} acceptable pairs, and there are "
                f"{n_arcs:,}: pair by region or programme, let rules forbid more pairs, or leave "
                "the tier out"
            )
        return cls(others, blocking, known=blocking.stable())

    @property
    def network(self) -> Network:
        """That of the other way."""
        return self.others.network

    @property
    def places(self) -> Ints:
        """Those of the other way."""
        return self.others.places

    def best(self, tier: Tier, stop: Stop | None = None) -> Best | None:
        """Return the best choice in a tier; None where none is allowed.

        Raises
        ------
        TimeoutError
            It was stopped before any allowed choice was at hand.
        """
        relaxed = self.others.best(tier, stop)
        if relaxed is None:
            return None
        choices = [relaxed.chosen] if self.known is None else [self.known, relaxed.chosen]
        for choice in choices:
            if self.allows(choice) and self._worth(tier, choice) == relaxed.bound:
                return Best(choice, relaxed.bound, relaxed.bound, relaxed.prices)
        programme, posing = self._posed(tier, relaxed.bound)
        answer = solve_program(programme, is_whole=True, stop=stop)
        if answer.outcome is Outcome.INFEASIBLE and self.known is None:
            return None
        found = None if answer.x is None else posing.chosen(answer.x)
        is_sound = found is not None and self.allows(found)
        if found is not None:
            choices.insert(0, found)
        worths = [(self._worth(tier, choice), choice) for choice in choices if self.allows(choice)]
        if not worths:
            raise TimeoutError
        worth, chosen = max(worths, key=lambda one: one[0])
        is_proved = answer.outcome is Outcome.OPTIMAL and is_sound
        bound = worth if is_proved else relaxed.bound
        prices = relaxed.prices if worth == relaxed.bound else None
        return Best(chosen, worth, bound, prices)

    def held(self, tier: Tier, best: Best, slack: int = 0) -> StabilitySolutions:
        """Return the choices worth at least ``best.value - slack`` in a tier."""
        least = best.value - slack
        known = self.known
        if known is None or not self.allows(known) or self._worth(tier, known) < least:
            known = best.chosen
        if tier.name == _TIER_NAME:
            return replace(self, most=-least, known=known)
        others = self.others.held(tier, best, slack)
        return replace(self, others=others, known=self._carried(known, others))

    def allows(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these, looked at in whole numbers."""
        few_block = self.most is None or self._count(chosen) <= self.most
        return few_block and self.others.allows(chosen)

    def only(self, arcs: Bools) -> StabilitySolutions:
        """Return the choices among some of the arcs; a fixed arc may not be taken away."""
        others = self.others.only(arcs)
        lost = self.known is None or bool((self.known & ~arcs).any())
        known = None if lost or self.known is None else self._carried(self.known, others)
        return replace(self, others=others, known=known)

    # --- parts -----------------------------------------------------------------------------

    def _posed(self, tier: Tier, bound: int) -> tuple[LinearProgram, TierModel]:
        """Return the programme of a tier, and what reads its solutions."""
        is_counted = tier.name == _TIER_NAME
        posing = TierModel(
            self.network,
            self.others.limits,
            self.others.taken,
            tier,
            np.arange(self.network.n_arcs),
            between=(None, None if is_counted else bound),
        )
        most = None if is_counted else self.most
        return self.blocking.added(posing.programme, self.places, most), posing

    def _carried(self, chosen: Bools, others: MipSolutions) -> Bools:
        return chosen[np.searchsorted(self.places, others.places)]

    def _count(self, chosen: Bools) -> int:
        """Return how many arcs of the first network block a choice."""
        there = np.zeros(self.blocking.network.n_arcs, dtype=np.bool_)
        there[self.places[chosen]] = True
        return self.blocking.count(there)

    def _worth(self, tier: Tier, chosen: Bools) -> int:
        """Return what a choice is worth in a tier."""
        if tier.name == _TIER_NAME:
            return -self._count(chosen)
        cost = self.others.limits.cost(tier.name, self.network, chosen)
        return value(self.network, tier, chosen) - cost
