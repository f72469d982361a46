"""The solutions under quotas: by flow where it is enough, else by linear and integer programs.

A tier is first solved without the quotas. Where an allowed choice reaches that value, the flow's
prices prove it best. Else the linear relaxation gives multipliers, the multipliers a bound in whole
numbers and a reduced weight of each arc, and an integer program over the arcs that can still matter
settles what is open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    is_feasible,
    optimal_face,
    tier_value,
    trivial_bound,
)
from rmmatch.solving.assignment.partial import PartialSolution, best_arcs_per_person, solve_partial
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.lexicographic.solution_set import TierOptimum
from rmmatch.solving.mip.lagrangian import LagrangianBound, lagrangian_bound
from rmmatch.solving.mip.linear_relaxation import LinearRelaxation
from rmmatch.solving.mip.mathopt import Termination, solve_program
from rmmatch.solving.mip.tier_model import TierFloor, TierModel
from rmmatch.solving.stopping import Stop

__all__ = ["MipSolutions"]

_INITIAL_MIP_ARCS_PER_PERSON = 2  # of an integer program; speed only
_MIP_GROWTH_FACTOR = 2  # by how much an integer program grows; speed only
_FREE_PEOPLE_PER_SIDE = 50, 200  # who may leave what is certain, in two tries; speed only
_ARCS_PER_FREE_PERSON = 6  # speed only
_MAX_ARCS_OF_WHOLE_MIP = 1500  # arcs; speed only: with fewer an integer program is given all


@dataclass(frozen=True, eq=False, slots=True)
class _MipOptimum(TierOptimum):
    """A best choice, the bound that multipliers prove, and the arcs over which it was found.

    Attributes
    ----------
    lagrangian_bound : LagrangianBound or None
        None where the prices of a flow prove the value.
    active_arcs : ndarray of int64
        Positions of the arcs that were enough for the flow or the linear relaxation.
    """

    lagrangian_bound: LagrangianBound | None
    active_arcs: Ints


@dataclass(frozen=True, eq=False)
class MipSolutions:
    """All choices that meet the side constraints and are best for every tier held so far.

    Attributes
    ----------
    network : Network
    arc_idx : ndarray of int64, shape (n_arcs,)
        Positions of its arcs in the first network.
    side_constraints : SideConstraints
    tier_floors : tuple of TierFloor
        The tiers held that the network alone does not hold.
    incumbent : ndarray of bool, shape (n_arcs,), or None
        A choice that is allowed.
    active_arcs : ndarray of int64, or None
        Positions of arcs that were enough for the last answer, to begin the next with.
    """

    network: Network
    arc_idx: Ints
    side_constraints: SideConstraints
    tier_floors: tuple[TierFloor, ...] = ()
    incumbent: Bools | None = None
    active_arcs: Ints | None = None

    @classmethod
    def of(cls, network: Network, side_constraints: SideConstraints) -> MipSolutions:
        """Return all allowed choices, with no tier held yet.

        Parameters
        ----------
        network : Network
        side_constraints : SideConstraints
        """
        return cls(network, np.arange(network.n_arcs), side_constraints)

    # --- what a solution set answers ------------------------------------------------------------

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
        relaxed = solve_partial(self.network, tier, self.active_arcs)
        if relaxed is None:
            return None
        top = tier_value(self.network, tier, relaxed.chosen)
        prices = relaxed.u, relaxed.v
        for choice in (self.incumbent, relaxed.chosen):
            if (
                choice is not None
                and self.value_in_tier(tier, choice) == top
                and self.contains(choice)
            ):
                return _MipOptimum(choice, top, top, prices, None, relaxed.active_arcs)
        optimum = _BranchSearch(self, tier, stop).run(relaxed)
        if optimum is None:
            return None
        if optimum.value == top:
            return _MipOptimum(optimum.chosen, top, top, prices, None, optimum.active_arcs)
        return replace(optimum, bound=min(optimum.bound, top))

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> MipSolutions:
        """Return the choices of value at least ``best.value - slack`` in a tier.

        Parameters
        ----------
        tier : LinearTier
        best : TierOptimum
            Of this solution set in this tier.
        slack : int
            In the tier's unit.
        """
        network, active_arcs, floors = self.network, self.active_arcs, self.tier_floors
        if best.prices is not None and slack == 0:
            face, face_arcs = optimal_face(network, tier, *best.prices)
            # the face alone holds the tier only where no soft quota costs anything in it
            slacks = self.side_constraints.slacks
            is_held = not any(variable.costs.get(tier.name) for variable in slacks)
        else:
            face_arcs, is_held = np.arange(network.n_arcs), False
            if isinstance(best, _MipOptimum) and best.lagrangian_bound is not None:
                face_arcs, is_certain = best.lagrangian_bound.reduced_cost_fixing(
                    network, best.value - slack
                )
                network = replace(network, fixed=network.fixed | is_certain)
            face = network.with_arcs(face_arcs)
        if isinstance(best, _MipOptimum):
            active_arcs = best.active_arcs
        if not is_held:
            floors = (*floors, TierFloor(tier, best.value - slack))
        held = replace(self, tier_floors=floors, incumbent=best.chosen, active_arcs=active_arcs)
        return held._restrict(face_arcs, face)

    def within_arcs(self, arcs: Bools) -> MipSolutions:
        """Return the choices that take some of the arcs only.

        Parameters
        ----------
        arcs : ndarray of bool, shape (n_arcs,)
            All fixed arcs among them.
        """
        arc_positions = np.flatnonzero(arcs)
        return self._restrict(arc_positions, self.network.with_arcs(arc_positions))

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these, in whole numbers.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
        """
        return (
            is_feasible(self.network, chosen)
            and self.side_constraints.are_met_by(self.network, chosen)
            and all(
                self.value_in_tier(floor.tier, chosen) >= floor.min_value
                for floor in self.tier_floors
            )
        )

    def value_in_tier(self, tier: LinearTier, chosen: Bools) -> int:
        """Return a choice's value in a tier, what soft quotas cost taken off.

        Parameters
        ----------
        tier : LinearTier
        chosen : ndarray of bool, shape (n_arcs,)
        """
        return tier_value(self.network, tier, chosen) - self.side_constraints.quota_cost(
            tier.name, self.network, chosen
        )

    # --- parts -----------------------------------------------------------------------------

    def _restrict(self, arcs: Ints, network: Network) -> MipSolutions:
        """Return the same with some of the arcs, and the parts over those of what is known."""
        floors = tuple(
            TierFloor(floor.tier.with_arcs(arcs), floor.min_value) for floor in self.tier_floors
        )
        incumbent, active_arcs = self.incumbent, self.active_arcs
        if incumbent is not None:
            stays = np.count_nonzero(incumbent[arcs]) == np.count_nonzero(incumbent)
            incumbent = incumbent[arcs] if stays else None
        # without a choice that is known to be allowed, few arcs may well have none
        if active_arcs is not None:
            is_active = np.zeros(self.network.n_arcs, dtype=np.bool_)
            is_active[active_arcs] = True
            active_arcs = None if incumbent is None else np.flatnonzero(is_active[arcs])
        return MipSolutions(
            network, self.arc_idx[arcs], self.side_constraints, floors, incumbent, active_arcs
        )


class _BranchSearch:
    """The search for the best choice of one tier.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,), or None
        The best allowed choice so far.
    value : int or None
        Its value in the tier.
    support, certain_arcs : ndarray of bool, shape (n_arcs,)
        The last relaxation's arcs that are taken at all, and those taken wholly.
    active_arcs : ndarray of int64
        Positions of the arcs in that relaxation.
    """

    def __init__(self, solutions: MipSolutions, tier: LinearTier, stop: Stop | None) -> None:
        self.solution_set, self.network = solutions, solutions.network
        self.tier, self.stop = tier, stop
        self.chosen: Bools | None = None
        self.value: int | None = None
        self.support = np.zeros(self.network.n_arcs, dtype=np.bool_)
        self.certain_arcs = self.support
        self.active_arcs = np.zeros(0, dtype=np.int64)
        if solutions.incumbent is not None:
            self._keep_incumbent(solutions.incumbent)

    def run(self, relaxed: PartialSolution) -> _MipOptimum | None:
        """Return the best choice, given the best one without quotas."""
        solutions = self.solution_set
        relaxation = LinearRelaxation(
            self.network, solutions.side_constraints, solutions.tier_floors, self.tier, self.stop
        )
        optimum = relaxation.solve(relaxed, solutions.incumbent)
        if optimum is None:
            return None
        duals, self.active_arcs = optimum
        self.support, self.certain_arcs = relaxation.support, relaxation.certain_arcs
        for chosen in relaxation.integer_choices:
            self._keep_incumbent(chosen)
        proof = None
        if duals is not None:
            proof = lagrangian_bound(
                self.network,
                solutions.side_constraints,
                solutions.tier_floors,
                self.tier,
                duals,
                self.active_arcs,
            )
        if proof is None:
            gains, bound = np.zeros(self.network.n_arcs, dtype=np.int64), None
        else:
            gains = proof.gains
            bound = self._try_to_reach_bound(proof)
            if self.value is not None and self.value >= bound:
                return self._as_optimum(bound, proof)
        return self._solve_mip(gains, proof, bound)

    # --- the integer program ---------------------------------------------------------------

    def _try_to_reach_bound(self, proof: LagrangianBound) -> int:
        """Look for a choice that reaches the bound; return a bound that may be lower by one."""
        network, bound = self.network, proof.integer_bound
        if network.n_arcs <= _MAX_ARCS_OF_WHOLE_MIP or (
            self.value is not None and self.value >= bound
        ):
            return bound
        possible, is_certain = proof.reduced_cost_fixing(network, bound)
        if possible.size <= _MIP_GROWTH_FACTOR * (network.n_mentees + network.n_mentors):
            termination = self._solve_at_bound(bound, possible, is_certain)
            return bound - 1 if termination is Termination.INFEASIBLE else bound
        # A relaxation is integer but for a few people: most often some people drawn besides are
        # enough to make room for them.
        fractional = self.support & ~self.certain_arcs
        rng = np.random.default_rng(network.n_arcs)
        for n_free in _FREE_PEOPLE_PER_SIDE:
            free = []
            for ends, size in (
                (network.mentees, network.n_mentees),
                (network.mentors, network.n_mentors),
            ):
                free.append(np.zeros(size, dtype=np.bool_))
                free[-1][ends[fractional]] = True
                free[-1][rng.choice(size, min(n_free, size), replace=False)] = True
            held = self.certain_arcs & ~free[0][network.mentees] & ~free[1][network.mentors]
            for is_free, ends in zip(free, (network.mentees, network.mentors), strict=True):
                is_free[ends[self.certain_arcs & ~held]] = True
            free_arcs = np.flatnonzero(free[0][network.mentees] & free[1][network.mentors] & ~held)
            gains = proof.gains[free_arcs].astype(np.float64)
            best = best_arcs_per_person(
                network.with_arcs(free_arcs), gains, _ARCS_PER_FREE_PERSON, -np.inf
            )
            is_needed = held | self.support | network.fixed
            arcs = np.union1d(free_arcs[best], np.flatnonzero(is_needed))
            if self._solve_at_bound(bound, arcs, held) is not Termination.INFEASIBLE:
                break
        return bound

    def _solve_at_bound(self, bound: int, arcs: Ints, held: Bools) -> Termination:
        """Look for a choice that reaches the bound among some arcs, some of them held."""
        network = replace(self.network, fixed=self.network.fixed | held)
        return self._try_mip(network, arcs, (bound, bound))

    def _solve_mip(
        self, gains: Ints, proof: LagrangianBound | None, bound: int | None
    ) -> _MipOptimum | None:
        """Look for a good choice among few arcs, then for a better one among all that matter."""
        network = self.network
        arcs_per_person = _INITIAL_MIP_ARCS_PER_PERSON
        arcs = self._candidate_arcs(gains, arcs_per_person)
        while True:
            better = None if self.value is None else self.value + 1
            termination = self._try_mip(network, arcs, (better, bound))
            if termination is Termination.STOPPED:
                break
            if arcs.size == network.n_arcs:
                return None if self.value is None else self._as_optimum(self.value, proof)
            if self.value is None:
                arcs_per_person *= 4
                arcs = self._candidate_arcs(gains, arcs_per_person)
                continue
            possible = np.arange(network.n_arcs)
            if proof is not None:
                # what a better choice leaves or takes costs it no more than it may miss the bound
                possible, _ = proof.reduced_cost_fixing(network, self.value + 1)
                if (
                    proof.integer_bound <= self.value
                    or np.isin(possible, arcs, assume_unique=True).all()
                ):
                    return self._as_optimum(self.value, proof)
            max_arcs = _MIP_GROWTH_FACTOR * arcs.size
            if possible.size > max_arcs:
                # first a better choice, with which fewer are possible
                floor = -np.partition(-gains[possible], max_arcs)[max_arcs]
                possible = possible[network.fixed[possible] | (gains[possible] >= floor)]
            arcs = np.union1d(arcs, possible)
        if self.value is None:
            raise TimeoutError
        return self._as_optimum(
            trivial_bound(network, self.tier) if bound is None else bound, proof
        )

    def _candidate_arcs(self, gains: Ints, count: int) -> Ints:
        """Return each person's arcs of largest gains, and those of the best solutions so far."""
        network = self.network
        if network.n_arcs <= _MAX_ARCS_OF_WHOLE_MIP:
            return np.arange(network.n_arcs)
        is_needed = network.fixed | self.support
        if self.chosen is not None:
            is_needed |= self.chosen
        best = best_arcs_per_person(network, gains.astype(np.float64), count, -np.inf)
        return np.union1d(best, np.flatnonzero(is_needed))

    # --- parts -----------------------------------------------------------------------------

    def _try_mip(
        self,
        network: Network,
        arcs: Ints,
        between: tuple[int | None, int | None],
    ) -> Termination:
        """Solve an integer program over some arcs, and keep its choice where that is better."""
        solutions = self.solution_set
        model = TierModel(
            network,
            solutions.side_constraints,
            solutions.tier_floors,
            self.tier,
            arcs,
            between=between,
        )
        answer = solve_program(model.linear_program, is_integer=True, stop=self.stop)
        chosen = None if answer.x is None else model.arcs_of_solution(answer.x)
        if chosen is not None:
            self._keep_incumbent(chosen)
        return answer.termination

    def _keep_incumbent(self, chosen: Bools) -> None:
        """Keep a choice that is allowed, looked at in whole numbers, and better."""
        if not self.solution_set.contains(chosen):
            return
        value = self.solution_set.value_in_tier(self.tier, chosen)
        if self.value is None or value > self.value:
            self.chosen, self.value = chosen, value

    def _as_optimum(self, bound: int, proof: LagrangianBound | None) -> _MipOptimum:
        assert self.chosen is not None
        assert self.value is not None
        bound = max(bound, self.value)
        return _MipOptimum(self.chosen, self.value, bound, None, proof, self.active_arcs)
