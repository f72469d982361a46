"""Choices under quotas: flow where it is enough, else linear and then integer programmes.

A tier is first solved without the quotas. Where an allowed choice reaches that, the flow's prices
prove it. Else the linear relaxation gives multipliers, the multipliers a bound in whole numbers
and a worth of each arc, and an integer programme over the arcs that can still matter the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    is_feasible,
    optimal_face,
    reduced_weights,
    tier_value,
    trivial_bound,
)
from rmmatch.solving.assignment.partial import PartialSolution, best_arcs_per_person, solve_partial
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.lexicographic.solution_set import TierOptimum
from rmmatch.solving.mip.lagrangian import LagrangianBound, lagrangian_bound
from rmmatch.solving.mip.mathopt import Basis, SolverAnswer, Termination, solve_program
from rmmatch.solving.mip.tier_model import Duals, TierFloor, TierModel
from rmmatch.solving.stopping import Stop

__all__ = ["MipSolutions"]

_MAX_ARCS_TAKEN_AT_ONCE = 20_000  # with fewer arcs all are in the programme from the start
_INITIAL_ARCS_PER_PERSON = 8
_ADDED_ARCS_PER_PERSON = 4
_OBJECTIVE_NOISE = 1e-5
_MAX_COARSE_WEIGHT = 1000  # weights below are few different whole numbers
_MAX_LEFT_VIOLATION = 0.05  # in units of a scaled programme
_MIP_GROWTH_FACTOR = 2  # by how much an integer programme grows
_FREE_PEOPLE_PER_SIDE = 50, 200  # people of each side who may leave what is certain
_ARCS_PER_FREE_PERSON = 6  # arcs of each of them
_MAX_ARCS_OF_WHOLE_MIP = 1500  # with fewer arcs an integer programme is given all


@dataclass(frozen=True, eq=False, slots=True)
class _MipOptimum(TierOptimum):
    """A best choice, the multipliers that bound it, and the arcs over which it was found."""

    lagrangian_bound: LagrangianBound | None
    active_arcs: Ints


@dataclass(frozen=True, eq=False)
class MipSolutions:
    """All choices that keep the limits and are best for every tier held so far.

    Attributes
    ----------
    network : Network
    places : ndarray of int64, shape (n_arcs,)
    limits : SideConstraints
    taken : tuple of Held
        The tiers held that the network alone does not hold.
    known : ndarray of bool, shape (n_arcs,), or None
        A choice that is allowed.
    few : ndarray of int64, or None
        Arcs that were enough for the last answer, to begin the next with.
    """

    network: Network
    arc_idx: Ints
    side_constraints: SideConstraints
    tier_floors: tuple[TierFloor, ...] = ()
    incumbent: Bools | None = None
    active_arcs: Ints | None = None

    @classmethod
    def of(cls, network: Network, limits: SideConstraints) -> MipSolutions:
        """Return the way with nothing held yet."""
        return cls(network, np.arange(network.n_arcs), limits)

    # --- what a way answers ----------------------------------------------------------------

    def optimise(self, tier: LinearTier, stop: Stop | None = None) -> TierOptimum | None:
        """Return the best choice in a tier; None where none is allowed.

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
                and self._tier_value(tier, choice) == top
                and self.contains(choice)
            ):
                return _MipOptimum(choice, top, top, prices, None, relaxed.active_arcs)
        found = _BranchSearch(self, tier, stop).run(relaxed)
        if found is None:
            return None
        if found.value == top:
            return _MipOptimum(found.chosen, top, top, prices, None, found.active_arcs)
        return replace(found, bound=min(found.bound, top))

    def restrict_to_optima(
        self, tier: LinearTier, best: TierOptimum, slack: int = 0
    ) -> MipSolutions:
        """Return the choices worth at least ``best.value - slack`` in a tier."""
        network, few, taken = self.network, self.active_arcs, self.tier_floors
        if best.prices is not None and slack == 0:
            face, kept = optimal_face(network, tier, *best.prices)
            # where soft quotas cost nothing in any best choice, that is left to a row
            is_held = not any(one.costs.get(tier.name) for one in self.side_constraints.slacks)
        else:
            kept, is_held = np.arange(network.n_arcs), False
            if isinstance(best, _MipOptimum) and best.lagrangian_bound is not None:
                kept, always = best.lagrangian_bound.reduced_cost_fixing(
                    network, best.value - slack
                )
                network = replace(network, fixed=network.fixed | always)
            face = network.with_arcs(kept)
        if isinstance(best, _MipOptimum):
            few = best.active_arcs
        if not is_held:
            taken = (*taken, TierFloor(tier, best.value - slack))
        return replace(self, tier_floors=taken, incumbent=best.chosen, active_arcs=few)._restrict(
            kept, face
        )

    def within_arcs(self, arcs: Bools) -> MipSolutions:
        """Return the choices among some of the arcs; a fixed arc may not be taken away."""
        kept = np.flatnonzero(arcs)
        return self._restrict(kept, self.network.with_arcs(kept))

    def contains(self, chosen: Bools) -> bool:
        """Tell whether a choice is one of these."""
        return (
            is_feasible(self.network, chosen)
            and self.side_constraints.are_met_by(self.network, chosen)
            and all(self._tier_value(one.tier, chosen) >= one.min_value for one in self.tier_floors)
        )

    # --- parts -----------------------------------------------------------------------------

    def _restrict(self, kept: Ints, network: Network) -> MipSolutions:
        """Return the same with some of the arcs, and what is known of those."""
        taken = tuple(
            TierFloor(one.tier.with_arcs(kept), one.min_value) for one in self.tier_floors
        )
        known, few = self.incumbent, self.active_arcs
        if known is not None:
            stays = np.count_nonzero(known[kept]) == np.count_nonzero(known)
            known = known[kept] if stays else None
        # without a choice that is known to be allowed, few arcs may well have none
        if few is not None:
            is_few = np.zeros(self.network.n_arcs, dtype=np.bool_)
            is_few[few] = True
            few = None if known is None else np.flatnonzero(is_few[kept])
        return MipSolutions(network, self.arc_idx[kept], self.side_constraints, taken, known, few)

    def _tier_value(self, tier: LinearTier, chosen: Bools) -> int:
        """Return what a choice is worth in a tier, what soft quotas cost taken off."""
        return tier_value(self.network, tier, chosen) - self.side_constraints.quota_cost(
            tier.name, self.network, chosen
        )


class _BranchSearch:
    """The search for the best choice of one tier."""

    def __init__(self, way: MipSolutions, tier: LinearTier, stop: Stop | None) -> None:
        self.solution_set, self.network, self.tier, self.stop = way, way.network, tier, stop
        self.chosen: Bools | None = None
        self.value: int | None = None
        # the last relaxation's arcs that are taken at all, and those taken whole
        self.support = np.zeros(self.network.n_arcs, dtype=np.bool_)
        self.certain_arcs = self.support
        self.active_arcs = np.zeros(0, dtype=np.int64)
        if way.incumbent is not None:
            self._keep_incumbent(way.incumbent)

    def run(self, relaxed: PartialSolution) -> _MipOptimum | None:
        """Return the best choice, given the best one without quotas."""
        linear = self._solve_lp_by_columns(relaxed)
        if linear is None:
            return None
        duals, self.active_arcs = linear
        proof = None
        if duals is not None:
            proof = lagrangian_bound(
                self.network,
                self.solution_set.side_constraints,
                self.solution_set.tier_floors,
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

    # --- the linear relaxation -------------------------------------------------------------

    def _first_arcs(self, relaxed: PartialSolution) -> Ints:
        network = self.network
        if network.n_arcs <= _MAX_ARCS_TAKEN_AT_ONCE:
            return np.arange(network.n_arcs)
        part, tier = (
            network.with_arcs(relaxed.active_arcs),
            self.tier.with_arcs(relaxed.active_arcs),
        )
        gains = reduced_weights(part, tier, relaxed.u, relaxed.v).astype(np.float64)
        few = relaxed.active_arcs[
            best_arcs_per_person(part, gains, _INITIAL_ARCS_PER_PERSON, -np.inf)
        ]
        must = network.fixed | relaxed.chosen
        if self.solution_set.incumbent is not None:
            must |= self.solution_set.incumbent
        return np.union1d(few, np.flatnonzero(must))

    def _solve_lp_by_columns(self, relaxed: PartialSolution) -> tuple[Duals | None, Ints] | None:
        """Solve the relaxation, adding the arcs its duals ask for; None: it has no solution."""
        # weights that differ finely need no noise, which would only blur what they prove
        noise = (
            _OBJECTIVE_NOISE
            if int(np.abs(self.tier.weights).max(initial=0)) < _MAX_COARSE_WEIGHT
            else 0.0
        )
        arcs = self._first_arcs(relaxed)
        basis = None
        while True:
            posing = self._tier_model(self.tier, arcs, noise)
            if basis is None:
                basis = posing.warm_basis(relaxed.chosen, relaxed.u, relaxed.v)
            answer = self._solve_model(posing, is_whole=False, start=basis)
            if answer.termination is Termination.INFEASIBLE:
                more = self._phase_one(arcs)
                if more is None:
                    return None
                arcs, basis = more, None
                continue
            if answer.duals is None or answer.termination is Termination.STOPPED:
                return None, arcs
            if answer.x is not None:
                x = answer.x[: arcs.size]
                self.support[arcs[x > 1e-7]] = True
                self.certain_arcs = np.zeros_like(self.support)
                self.certain_arcs[arcs[x > 1 - 1e-7]] = True
                chosen = posing.arcs_of_solution(answer.x)
                if chosen is not None:
                    self._keep_incumbent(chosen)
            duals = posing.scaled_duals(answer.duals)
            if arcs.size == self.network.n_arcs:
                return duals, arcs
            gains = self._reduced_costs(duals, self.tier.weights.astype(np.float64))
            gains[arcs] = 0
            floor = posing.scale * 1e-6 + _MAX_COARSE_WEIGHT * noise
            more = best_arcs_per_person(self.network, gains, _ADDED_ARCS_PER_PERSON, floor)
            # what all arcs left out could add to the bound: too little is left to the programme
            left = np.zeros(self.network.n_mentees)
            np.maximum.at(left, self.network.mentees[more], gains[more])
            if left.sum() <= _MAX_LEFT_VIOLATION * posing.scale:
                return duals, arcs
            known, arcs = arcs, np.union1d(arcs, more)
            if answer.basis is not None:
                n_others = answer.basis.columns.size - known.size
                places = np.searchsorted(arcs, known), arcs.size + np.arange(n_others)
                basis = answer.basis.extended(np.concatenate(places), arcs.size + n_others)

    def _phase_one(self, arcs: Ints) -> Ints | None:
        """Return arcs over which the relaxation has a solution; None where there are none."""
        while True:
            posing = self._tier_model(None, arcs)
            answer = self._solve_model(posing, is_whole=False)
            if answer.termination is Termination.INFEASIBLE:
                return None  # somebody's bounds, alone, cannot hold: those are never missed
            if answer.duals is None or answer.x is None:
                raise TimeoutError
            missed = -float(posing.linear_program.objective @ answer.x)
            if missed < 1e-7:
                return arcs
            gains = self._reduced_costs(
                posing.scaled_duals(answer.duals), np.zeros(self.network.n_arcs)
            )
            gains[arcs] = 0
            more = best_arcs_per_person(self.network, gains, _ADDED_ARCS_PER_PERSON, 1e-7)
            if not more.size:
                return None
            arcs = np.union1d(arcs, more)

    def _reduced_costs(self, duals: Duals, worth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each arc would add at these multipliers."""
        network = self.network
        worth = worth - duals.mentees[network.mentees] - duals.mentors[network.mentors]
        for multiplier, row in zip(
            duals.rows, self.solution_set.side_constraints.constraints, strict=True
        ):
            if row.arc_group is not None and multiplier:
                worth -= multiplier * row.coefficients(network.mentees, network.mentors)
        for multiplier, one in zip(duals.floors, self.solution_set.tier_floors, strict=True):
            if multiplier:
                worth += multiplier * one.tier.weights
        return worth

    # --- the integer programme -------------------------------------------------------------

    def _try_to_reach_bound(self, proof: LagrangianBound) -> int:
        """Look for a choice that reaches the bound; return a bound that may be lower by one."""
        network, bound = self.network, proof.integer_bound
        if network.n_arcs <= _MAX_ARCS_OF_WHOLE_MIP or (
            self.value is not None and self.value >= bound
        ):
            return bound
        needed, held = proof.reduced_cost_fixing(network, bound)
        if needed.size <= _MIP_GROWTH_FACTOR * (network.n_mentees + network.n_mentors):
            outcome = self._solve_at_bound(bound, needed, held)
            return bound - 1 if outcome is Termination.INFEASIBLE else bound
        # A relaxation is whole but for a few people: most often some drawn besides are enough to
        # make room for them.
        broken = self.support & ~self.certain_arcs
        draw = np.random.default_rng(network.n_arcs)
        for n_free in _FREE_PEOPLE_PER_SIDE:
            free = []
            for ends, size in (
                (network.mentees, network.n_mentees),
                (network.mentors, network.n_mentors),
            ):
                free.append(np.zeros(size, dtype=np.bool_))
                free[-1][ends[broken]] = True
                free[-1][draw.choice(size, min(n_free, size), replace=False)] = True
            held = self.certain_arcs & ~free[0][network.mentees] & ~free[1][network.mentors]
            for side, ends in zip(free, (network.mentees, network.mentors), strict=True):
                side[ends[self.certain_arcs & ~held]] = True
            around = np.flatnonzero(free[0][network.mentees] & free[1][network.mentors] & ~held)
            gains = proof.gains[around].astype(np.float64)
            best = around[
                best_arcs_per_person(
                    network.with_arcs(around), gains, _ARCS_PER_FREE_PERSON, -np.inf
                )
            ]
            arcs = np.union1d(best, np.flatnonzero(held | self.support | network.fixed))
            if self._solve_at_bound(bound, arcs, held) is not Termination.INFEASIBLE:
                break
        return bound

    def _solve_at_bound(self, bound: int, arcs: Ints, held: Bools) -> Termination:
        """Look for a choice worth the bound among some arcs, some of them held."""
        network = replace(self.network, fixed=self.network.fixed | held)
        way = self.solution_set
        return self._try_mip(
            TierModel(
                network,
                way.side_constraints,
                way.tier_floors,
                self.tier,
                arcs,
                between=(bound, bound),
            )
        )

    def _solve_mip(
        self, gains: Ints, proof: LagrangianBound | None, bound: int | None
    ) -> _MipOptimum | None:
        """Look for a good choice among few arcs, then for a better one among all that matter."""
        network = self.network
        count = 2
        few = self._candidate_arcs(gains, count)
        while True:
            better = None if self.value is None else self.value + 1
            outcome = self._try_mip(self._tier_model(self.tier, few, between=(better, bound)))
            if outcome is Termination.STOPPED:
                break
            if few.size == network.n_arcs:
                return None if self.value is None else self._as_optimum(self.value, proof)
            if self.value is None:
                count *= 4
                few = self._candidate_arcs(gains, count)
                continue
            needed = np.arange(network.n_arcs)
            if proof is not None:
                # what a better choice leaves or takes costs it no more than it may miss the bound
                needed, _ = proof.reduced_cost_fixing(network, self.value + 1)
                if (
                    proof.integer_bound <= self.value
                    or np.isin(needed, few, assume_unique=True).all()
                ):
                    return self._as_optimum(self.value, proof)
            if needed.size > _MIP_GROWTH_FACTOR * few.size:
                # first a better choice, with which fewer are needed
                floor = -np.partition(-gains[needed], _MIP_GROWTH_FACTOR * few.size)[
                    _MIP_GROWTH_FACTOR * few.size
                ]
                needed = needed[network.fixed[needed] | (gains[needed] >= floor)]
            few = np.union1d(few, needed)
        if self.value is None:
            raise TimeoutError
        return self._as_optimum(
            trivial_bound(network, self.tier) if bound is None else bound, proof
        )

    def _candidate_arcs(self, gains: Ints, count: int) -> Ints:
        """Return each person's arcs of largest gains, those of the relaxation, and those known."""
        network = self.network
        if network.n_arcs <= _MAX_ARCS_OF_WHOLE_MIP:
            return np.arange(network.n_arcs)
        must = network.fixed | self.support
        if self.chosen is not None:
            must |= self.chosen
        few = best_arcs_per_person(network, gains.astype(np.float64), count, -np.inf)
        return np.union1d(few, np.flatnonzero(must))

    # --- parts -----------------------------------------------------------------------------

    def _tier_model(
        self,
        tier: LinearTier | None,
        arcs: Ints,
        noise: float = 0.0,
        between: tuple[int | None, int | None] = (None, None),
    ) -> TierModel:
        way = self.solution_set
        return TierModel(
            self.network, way.side_constraints, way.tier_floors, tier, arcs, noise, between
        )

    def _solve_model(
        self, posing: TierModel, *, is_whole: bool, start: Basis | None = None
    ) -> SolverAnswer:
        return solve_program(
            posing.linear_program, is_integer=is_whole, stop=self.stop, start=start
        )

    def _try_mip(self, posing: TierModel) -> Termination:
        """Solve an integer programme, and keep what it finds."""
        answer = self._solve_model(posing, is_whole=True)
        chosen = None if answer.x is None else posing.arcs_of_solution(answer.x)
        if chosen is not None:
            self._keep_incumbent(chosen)
        return answer.termination

    def _keep_incumbent(self, chosen: Bools) -> None:
        """Keep a choice that is allowed, looked at in whole numbers, and better."""
        if not self.solution_set.contains(chosen):
            return
        worth = self.solution_set._tier_value(self.tier, chosen)
        if self.value is None or worth > self.value:
            self.chosen, self.value = chosen, worth

    def _as_optimum(self, bound: int, proof: LagrangianBound | None) -> _MipOptimum:
        assert self.chosen is not None
        assert self.value is not None
        bound = max(bound, self.value)
        return _MipOptimum(self.chosen, self.value, bound, None, proof, self.active_arcs)
