"""The solutions with few blocking pairs: those under quotas, and an integer program besides.

A tier is first solved as if nobody blocked. Where that choice has few enough blocking pairs its
proof is the proof. Else one integer program over all arcs says which do block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.errors import NotSupportedError
from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.blocking_pairs import BlockingPairs
from rmmatch.solving.lexicographic.solution_set import TierOptimum, restrict_choice
from rmmatch.solving.mip.mathopt import LinearProgram, Termination, solve_program
from rmmatch.solving.mip.mip_solutions import MipSolutions
from rmmatch.solving.mip.stability_model import add_blocking
from rmmatch.solving.mip.tier_model import TierModel
from rmmatch.solving.stopping import Stop

__all__ = ["StabilitySolutions"]

_MAX_STABILITY_ARCS = 2500  # arcs; limit of input: so many take about 20 seconds
_TIER_NAME = "blocking_pairs"


@dataclass(frozen=True, eq=False)
class StabilitySolutions:
    """All choices of a solution set with no more than some number of blocking arcs.

    Attributes
    ----------
    mip_solutions : MipSolutions
        The choices, whatever blocks them.
    blocking_pairs : BlockingPairs
        Over the arcs of the first network.
    max_blocking : int or None
        How many arcs may block; None before that is known.
    incumbent : ndarray of bool, shape (n_arcs,), or None
        A choice that is allowed.
    """

    mip_solutions: MipSolutions
    blocking_pairs: BlockingPairs
    max_blocking: int | None = None
    incumbent: Bools | None = None

    @classmethod
    def of(cls, solutions: MipSolutions, blocking_pairs: BlockingPairs) -> StabilitySolutions:
        """Return all choices of a solution set, whatever blocks them, with no tier held yet.

        Parameters
        ----------
        solutions : MipSolutions
        blocking_pairs : BlockingPairs
            Of the same network.

        Raises
        ------
        NotSupportedError
            There are too many arcs.
        """
        n_arcs = solutions.network.n_arcs
        if n_arcs > _MAX_STABILITY_ARCS:
            raise NotSupportedError(
                f"{_TIER_NAME}: only for up to {_MAX_STABILITY_ARCS:,} acceptable pairs, and there "
                f"are {n_arcs:,}: pair by region or programme, let rules forbid more pairs, or "
                "leave the tier out"
            )
        return cls(solutions, blocking_pairs, incumbent=blocking_pairs.stable_solution())

    @property
    def network(self) -> Network:
        """That of the choices whatever blocks them."""
        return self.mip_solutions.network

    @property
    def arc_idx(self) -> Ints:
        """Positions of its arcs in the first network."""
        return self.mip_solutions.arc_idx

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier; None where none is allowed.

        Parameters
        ----------
        tier : LinearTier
            Over the arcs of `network` as it stands.
        stop : Stop, optional

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
        program, model = self._model_of_tier(tier, relaxed.bound)
        answer = solve_program(program, is_integer=True, stop=stop)
        if answer.termination is Termination.INFEASIBLE and self.incumbent is None:
            return None
        solution = None if answer.x is None else model.arcs_of_solution(answer.x)
        is_sound = solution is not None and self.contains(solution)
        if solution is not None:
            choices.insert(0, solution)
        candidates = [
            (self._tier_value(tier, choice), choice) for choice in choices if self.contains(choice)
        ]
        if not candidates:
            raise TimeoutError
        value, chosen = max(candidates, key=lambda candidate: candidate[0])
        is_proved = answer.termination is Termination.OPTIMAL and is_sound
        bound = value if is_proved else relaxed.bound
        prices = relaxed.prices if value == relaxed.bound else None
        return TierOptimum(chosen, value, bound, prices)

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> StabilitySolutions:
        """Return the choices of value at least ``best.value - slack`` in a tier.

        Parameters
        ----------
        tier : LinearTier
        best : TierOptimum
            Of this solution set in this tier.
        slack : int
            In the tier's unit.
        """
        min_value = best.value - slack
        incumbent = self.incumbent
        if (
            incumbent is None
            or not self.contains(incumbent)
            or self._tier_value(tier, incumbent) < min_value
        ):
            incumbent = best.chosen
        if tier.name == _TIER_NAME:
            return replace(self, max_blocking=-min_value, incumbent=incumbent)
        solutions = self.mip_solutions.restrict_to_optima(tier, best, slack)
        incumbent = restrict_choice(self, solutions, incumbent)
        return replace(self, mip_solutions=solutions, incumbent=incumbent)

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these, in whole numbers.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
        """
        few_block = self.max_blocking is None or self._count_blocking(chosen) <= self.max_blocking
        return few_block and self.mip_solutions.contains(chosen)

    def within_arcs(self, arcs: Bools) -> StabilitySolutions:
        """Return the choices that take some of the arcs only.

        Parameters
        ----------
        arcs : ndarray of bool, shape (n_arcs,)
            All fixed arcs among them.
        """
        solutions = self.mip_solutions.within_arcs(arcs)
        incumbent = None
        if self.incumbent is not None and not (self.incumbent & ~arcs).any():
            incumbent = restrict_choice(self, solutions, self.incumbent)
        return replace(self, mip_solutions=solutions, incumbent=incumbent)

    # --- parts -----------------------------------------------------------------------------

    def _model_of_tier(self, tier: LinearTier, bound: int) -> tuple[LinearProgram, TierModel]:
        """Return the program of a tier, and the model that reads its solutions."""
        is_counted = tier.name == _TIER_NAME
        model = TierModel(
            self.network,
            self.mip_solutions.side_constraints,
            self.mip_solutions.tier_floors,
            tier,
            np.arange(self.network.n_arcs),
            between=(None, None if is_counted else bound),
        )
        most = None if is_counted else self.max_blocking
        program = add_blocking(self.blocking_pairs, model.linear_program, self.arc_idx, most)
        return program, model

    def _count_blocking(self, chosen: Bools) -> int:
        """Return how many arcs of the first network block a choice."""
        chosen_of_all = np.zeros(self.blocking_pairs.network.n_arcs, dtype=np.bool_)
        chosen_of_all[self.arc_idx[chosen]] = True
        return self.blocking_pairs.count(chosen_of_all)

    def _tier_value(self, tier: LinearTier, chosen: Bools) -> int:
        """Return a choice's value in a tier."""
        if tier.name == _TIER_NAME:
            return -self._count_blocking(chosen)
        return self.mip_solutions.value_in_tier(tier, chosen)
