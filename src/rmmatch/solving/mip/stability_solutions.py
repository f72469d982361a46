"""Choices with few blocking pairs: the way of everything else, and an integer programme on top.

A tier is first solved as if nobody blocked. Where that choice has few enough blocking pairs its
proof is the proof. Else one integer programme over all arcs says which do block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.errors import NotSupportedError
from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, tier_value
from rmmatch.solving.formulation.blocking_pairs import BlockingPairs
from rmmatch.solving.lexicographic.solution_set import TierOptimum
from rmmatch.solving.mip.mathopt import LinearProgram, Termination, solve_program
from rmmatch.solving.mip.mip_solutions import MipSolutions
from rmmatch.solving.mip.stability_model import add_blocking
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

    mip_solutions: MipSolutions
    blocking_pairs: BlockingPairs
    max_blocking: int | None = None
    incumbent: Bools | None = None

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
        return cls(others, blocking, incumbent=blocking.stable_solution())

    @property
    def network(self) -> Network:
        """That of the other way."""
        return self.mip_solutions.network

    @property
    def arc_idx(self) -> Ints:
        """Those of the other way."""
        return self.mip_solutions.arc_idx

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier; None where none is allowed.

        Raises
        ------
        TimeoutError
            It was stopped before any allowed choice was at hand.
        """
        relaxed = self.mip_solutions.optimise(tier, stop)
        if relaxed is None:
            return None
        choices = [relaxed.chosen] if self.incumbent is None else [self.incumbent, relaxed.chosen]
        for choice in choices:
            if self.contains(choice) and self._tier_value(tier, choice) == relaxed.bound:
                return TierOptimum(choice, relaxed.bound, relaxed.bound, relaxed.prices)
        programme, posing = self._model_of_tier(tier, relaxed.bound)
        answer = solve_program(programme, is_integer=True, stop=stop)
        if answer.termination is Termination.INFEASIBLE and self.incumbent is None:
            return None
        found = None if answer.x is None else posing.arcs_of_solution(answer.x)
        is_sound = found is not None and self.contains(found)
        if found is not None:
            choices.insert(0, found)
        worths = [
            (self._tier_value(tier, choice), choice) for choice in choices if self.contains(choice)
        ]
        if not worths:
            raise TimeoutError
        worth, chosen = max(worths, key=lambda one: one[0])
        is_proved = answer.termination is Termination.OPTIMAL and is_sound
        bound = worth if is_proved else relaxed.bound
        prices = relaxed.prices if worth == relaxed.bound else None
        return TierOptimum(chosen, worth, bound, prices)

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> StabilitySolutions:
        """Return the choices worth at least ``best.value - slack`` in a tier."""
        least = best.value - slack
        known = self.incumbent
        if known is None or not self.contains(known) or self._tier_value(tier, known) < least:
            known = best.chosen
        if tier.name == _TIER_NAME:
            return replace(self, max_blocking=-least, incumbent=known)
        others = self.mip_solutions.restrict_to_optima(tier, best, slack)
        return replace(
            self, mip_solutions=others, incumbent=self._restrict_incumbent(known, others)
        )

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these, looked at in whole numbers."""
        few_block = self.max_blocking is None or self._count_blocking(chosen) <= self.max_blocking
        return few_block and self.mip_solutions.contains(chosen)

    def within_arcs(self, arcs: Bools) -> StabilitySolutions:
        """Return the choices among some of the arcs; a fixed arc may not be taken away."""
        others = self.mip_solutions.within_arcs(arcs)
        lost = self.incumbent is None or bool((self.incumbent & ~arcs).any())
        known = (
            None
            if lost or self.incumbent is None
            else self._restrict_incumbent(self.incumbent, others)
        )
        return replace(self, mip_solutions=others, incumbent=known)

    # --- parts -----------------------------------------------------------------------------

    def _model_of_tier(self, tier: LinearTier, bound: int) -> tuple[LinearProgram, TierModel]:
        """Return the programme of a tier, and what reads its solutions."""
        is_counted = tier.name == _TIER_NAME
        posing = TierModel(
            self.network,
            self.mip_solutions.side_constraints,
            self.mip_solutions.tier_floors,
            tier,
            np.arange(self.network.n_arcs),
            between=(None, None if is_counted else bound),
        )
        most = None if is_counted else self.max_blocking
        program = add_blocking(self.blocking_pairs, posing.linear_program, self.arc_idx, most)
        return program, posing

    def _restrict_incumbent(self, chosen: Bools, others: MipSolutions) -> Bools:
        return chosen[np.searchsorted(self.arc_idx, others.arc_idx)]

    def _count_blocking(self, chosen: Bools) -> int:
        """Return how many arcs of the first network block a choice."""
        there = np.zeros(self.blocking_pairs.network.n_arcs, dtype=np.bool_)
        there[self.arc_idx[chosen]] = True
        return self.blocking_pairs.count(there)

    def _tier_value(self, tier: LinearTier, chosen: Bools) -> int:
        """Return what a choice is worth in a tier."""
        if tier.name == _TIER_NAME:
            return -self._count_blocking(chosen)
        cost = self.mip_solutions.side_constraints.quota_cost(tier.name, self.network, chosen)
        return tier_value(self.network, tier, chosen) - cost
