"""The linear relaxation of a tier under side constraints, by column generation.

The program begins with few of the network's arcs, and is given those that violate its duals until
what is left could hardly change the bound.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, reduced_weights
from rmmatch.solving.assignment.partial import PartialSolution, best_arcs_per_person
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.mip.mathopt import Basis, SolverAnswer, Termination, solve_program
from rmmatch.solving.mip.tier_model import Duals, TierFloor, TierModel
from rmmatch.solving.stopping import Stop

__all__ = ["LinearRelaxation"]

_MAX_ARCS_TAKEN_AT_ONCE = 20_000  # arcs; speed only: with fewer all are in the first program
_INITIAL_ARCS_PER_PERSON = 8  # speed only
_ADDED_ARCS_PER_PERSON = 4  # in each round of column generation; speed only
_OBJECTIVE_NOISE = 1e-5  # share of the largest coefficient; speed only
_MAX_COARSE_WEIGHT = 1000  # units of a tier; speed only: smaller weights are often equal
_MAX_LEFT_VIOLATION = 0.05  # units of a scaled program, of all people; speed only
_VALUE_TOLERANCE = 1e-7  # of sums of solver numbers; exactness: a violation above it is infeasible
_REDUCED_COST_TOLERANCE = 1e-6  # units of a scaled program; speed only


class LinearRelaxation:
    """The linear relaxation of the best choice in a tier.

    Parameters
    ----------
    network : Network
    side_constraints : SideConstraints
    floors : sequence of TierFloor
    tier : LinearTier
    stop : Stop or None

    Attributes
    ----------
    support, certain_arcs : ndarray of bool, shape (n_arcs,)
        Arcs that some solution on the way takes at all, and those the last one takes wholly.
    integer_choices : list of ndarray of bool, shape (n_arcs,)
        Solutions on the way that take every arc wholly or not at all, by the solver's numbers.
    """

    def __init__(
        self,
        network: Network,
        side_constraints: SideConstraints,
        floors: Sequence[TierFloor],
        tier: LinearTier,
        stop: Stop | None,
    ) -> None:
        self.network, self.side_constraints = network, side_constraints
        self.floors, self.tier, self.stop = floors, tier, stop
        self.support = np.zeros(network.n_arcs, dtype=np.bool_)
        self.certain_arcs = np.zeros(network.n_arcs, dtype=np.bool_)
        self.integer_choices: list[Bools] = []

    def solve(
        self, relaxed: PartialSolution, incumbent: Bools | None
    ) -> tuple[Duals | None, Ints] | None:
        """Solve the relaxation, adding the arcs that violate its duals.

        Parameters
        ----------
        relaxed : PartialSolution
            The best choice without side constraints and floors.
        incumbent : ndarray of bool, shape (n_arcs,), or None
            A choice that is allowed.

        Returns
        -------
        (Duals or None, ndarray of int64), or None
            The multipliers, None where time ran out, and the arcs it was solved over; no pair where
            the relaxation has no solution.

        Raises
        ------
        TimeoutError
            Time ran out before it was seen whether it has one.
        """
        # weights that differ finely need no noise, which would only blur what they prove
        noise = (
            _OBJECTIVE_NOISE
            if int(np.abs(self.tier.weights).max(initial=0)) < _MAX_COARSE_WEIGHT
            else 0.0
        )
        arcs = self._first_arcs(relaxed, incumbent)
        basis = None
        while True:
            model = self._model(self.tier, arcs, noise)
            if basis is None:
                basis = model.warm_basis(relaxed.chosen, relaxed.u, relaxed.v)
            answer = self._solve_model(model, basis)
            if answer.termination is Termination.INFEASIBLE:
                feasible_arcs = self._phase_one(arcs)
                if feasible_arcs is None:
                    return None
                arcs, basis = feasible_arcs, None
                continue
            if answer.duals is None or answer.termination is Termination.STOPPED:
                return None, arcs
            if answer.x is not None:
                x = answer.x[: arcs.size]
                self.support[arcs[x > _VALUE_TOLERANCE]] = True
                self.certain_arcs = np.zeros_like(self.support)
                self.certain_arcs[arcs[x > 1 - _VALUE_TOLERANCE]] = True
                chosen = model.arcs_of_solution(answer.x)
                if chosen is not None:
                    self.integer_choices.append(chosen)
            duals = model.scaled_duals(answer.duals)
            if arcs.size == self.network.n_arcs:
                return duals, arcs
            gains = self._reduced_costs(duals, self.tier.weights.astype(np.float64))
            gains[arcs] = 0
            floor = model.scale * _REDUCED_COST_TOLERANCE + _MAX_COARSE_WEIGHT * noise
            added = best_arcs_per_person(self.network, gains, _ADDED_ARCS_PER_PERSON, floor)
            # what all arcs left out could add to the bound: too little is left to the program
            violations = np.zeros(self.network.n_mentees)
            np.maximum.at(violations, self.network.mentees[added], gains[added])
            if violations.sum() <= _MAX_LEFT_VIOLATION * model.scale:
                return duals, arcs
            old_arcs, arcs = arcs, np.union1d(arcs, added)
            if answer.basis is not None:
                n_besides_arcs = answer.basis.columns.size - old_arcs.size
                old_columns = (
                    np.searchsorted(arcs, old_arcs),
                    arcs.size + np.arange(n_besides_arcs),
                )
                basis = answer.basis.extended(
                    np.concatenate(old_columns), arcs.size + n_besides_arcs
                )

    def _first_arcs(self, relaxed: PartialSolution, incumbent: Bools | None) -> Ints:
        """Return the arcs to begin with: the best of each person, and those of known choices."""
        network = self.network
        if network.n_arcs <= _MAX_ARCS_TAKEN_AT_ONCE:
            return np.arange(network.n_arcs)
        partial, tier = (
            network.with_arcs(relaxed.active_arcs),
            self.tier.with_arcs(relaxed.active_arcs),
        )
        gains = reduced_weights(partial, tier, relaxed.u, relaxed.v).astype(np.float64)
        best = best_arcs_per_person(partial, gains, _INITIAL_ARCS_PER_PERSON, -np.inf)
        is_needed = network.fixed | relaxed.chosen
        if incumbent is not None:
            is_needed |= incumbent
        return np.union1d(relaxed.active_arcs[best], np.flatnonzero(is_needed))

    def _phase_one(self, arcs: Ints) -> Ints | None:
        """Return arcs over which the relaxation has a solution; None where it has none over all."""
        while True:
            model = self._model(None, arcs)
            answer = self._solve_model(model)
            if answer.termination is Termination.INFEASIBLE:
                return None  # somebody's bounds, alone, cannot hold: those are never missed
            if answer.duals is None or answer.x is None:
                raise TimeoutError
            violation = -float(model.linear_program.objective @ answer.x)
            if violation < _VALUE_TOLERANCE:
                return arcs
            gains = self._reduced_costs(
                model.scaled_duals(answer.duals), np.zeros(self.network.n_arcs)
            )
            gains[arcs] = 0
            added = best_arcs_per_person(
                self.network, gains, _ADDED_ARCS_PER_PERSON, _VALUE_TOLERANCE
            )
            if not added.size:
                return None
            arcs = np.union1d(arcs, added)

    def _reduced_costs(self, duals: Duals, weights: Floats) -> Floats:
        """Return what each arc would add at these multipliers."""
        network = self.network
        gains = weights - duals.mentees[network.mentees] - duals.mentors[network.mentors]
        for multiplier, row in zip(duals.rows, self.side_constraints.constraints, strict=True):
            if row.arc_group is not None and multiplier:
                gains -= multiplier * row.coefficients(network.mentees, network.mentors)
        for multiplier, floor in zip(duals.floors, self.floors, strict=True):
            if multiplier:
                gains += multiplier * floor.tier.weights
        return gains

    def _model(self, tier: LinearTier | None, arcs: Ints, noise: float = 0.0) -> TierModel:
        return TierModel(self.network, self.side_constraints, self.floors, tier, arcs, noise)

    def _solve_model(self, model: TierModel, start: Basis | None = None) -> SolverAnswer:
        return solve_program(model.linear_program, is_integer=False, stop=self.stop, start=start)
