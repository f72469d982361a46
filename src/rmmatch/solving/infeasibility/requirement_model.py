"""Requirements as an elastic model: which of them can be met together.

An *elastic* program has a column for each requirement by which it can be let go (Chinneck and
Dravnieks, 1991, "Locating minimal infeasible constraint sets in linear programs").
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.infeasibility.requirements import RequirementId, Requirements
from rmmatch.solving.mip.mathopt import SolverAnswer, Termination, solve_program
from rmmatch.solving.mip.model_builder import (
    UNBOUNDED_COUNT,
    ModelBuilder,
    Terms,
    side_constraint_terms,
)
from rmmatch.solving.stopping import Stop

__all__ = ["feasible_violation", "lp_infeasible_core", "min_violation"]

_MIN_VIOLATION_TIME_S = 1.0  # seconds to look for the fewest; decides how few are let go
_DUAL_TOLERANCE = 1e-7  # speed only: a core is looked at again in whole numbers


def min_violation(requirements: Requirements, is_kept: Bools, deadline: float) -> Bools | None:
    """Return what a choice violates that meets some requirements and violates few others.

    As few as possible, unless that takes longer than `_MIN_VIOLATION_TIME_S`.

    Parameters
    ----------
    requirements : Requirements
    is_kept : ndarray of bool, shape (n_requirements,)
        Which requirements the choice must meet.
    deadline : float
        A value of `time.monotonic`.

    Returns
    -------
    ndarray of bool, shape (n_requirements,), or None
        A correction set; None where no choice meets all those kept.

    Raises
    ------
    TimeoutError
        The deadline passed, or the solver's answer did not stand when looked at in whole numbers.
    """
    model = _ElasticModel(requirements, is_kept, is_elastic=True)
    soon = min(deadline, time.monotonic() + _MIN_VIOLATION_TIME_S)
    answer = model.solve(model.keeping_objective(), is_whole=True, deadline=soon)
    if answer.termination is Termination.INFEASIBLE:
        return None
    if answer.x is not None:
        violated = model.violated_by(answer.x)
        if not (violated & is_kept).any():
            return violated
    return feasible_violation(requirements, is_kept, deadline)


def feasible_violation(requirements: Requirements, is_kept: Bools, deadline: float) -> Bools | None:
    """Return what some choice violates that meets some requirements.

    Parameters
    ----------
    requirements : Requirements
    is_kept : ndarray of bool, shape (n_requirements,)
        Which requirements the choice must meet.
    deadline : float
        A value of `time.monotonic`.

    Returns
    -------
    ndarray of bool, shape (n_requirements,), or None
        None where no choice meets all those kept.

    Raises
    ------
    TimeoutError
        As `min_violation`.
    """
    model = _ElasticModel(requirements, is_kept, is_elastic=False)
    for is_whole in (False, True):
        if time.monotonic() > deadline:
            raise TimeoutError
        answer = model.solve([], is_whole=is_whole, deadline=deadline)
        if answer.termination is Termination.INFEASIBLE:
            return None
        if answer.x is not None:
            violated = model.violated_by(answer.x)
            if not (violated & is_kept).any():
                return violated
    raise TimeoutError


def lp_infeasible_core(requirements: Requirements, is_kept: Bools, deadline: float) -> Bools:
    """Return those of some requirements that cannot hold already by linear programming, or all.

    The duals of what is missed least tell which (Farkas' lemma); the core is not looked at again
    here.

    Parameters
    ----------
    requirements : Requirements
    is_kept : ndarray of bool, shape (n_requirements,)
        Which requirements are to hold; they should be infeasible.
    deadline : float
        A value of `time.monotonic`.

    Returns
    -------
    ndarray of bool, shape (n_requirements,)
        Some of those kept; all where linear programming tells nothing.
    """
    model = _ElasticModel(requirements, is_kept, is_elastic=False)
    objective = model.add_violation_columns()
    answer = model.solve(objective, is_whole=False, deadline=deadline)
    if answer.x is None or answer.duals is None:
        return is_kept
    duals = np.where(np.abs(answer.duals) > _DUAL_TOLERANCE, answer.duals, 0.0)
    core = np.zeros_like(is_kept)
    for rows, positions in model.owners:
        core[positions[duals[rows] != 0]] = True
    if not core.any():
        return is_kept
    program = model.linear_program
    gains = np.zeros(program.objective.size)
    np.add.at(gains, program.columns, -program.entries * duals[program.rows])
    # a pair that would help must stay forbidden: by as few rules as will do
    helps = gains[model.cells] > _DUAL_TOLERANCE
    rules = [(rule_idx, position) for rule_idx, position in model.rules if is_kept[position]]
    while True:
        counts = [int((requirements.is_broken[rule_idx] & helps).sum()) for rule_idx, _ in rules]
        if not any(counts):
            return core
        rule_idx, position = rules[int(np.argmax(counts))]
        core[position] = True
        helps &= ~requirements.is_broken[rule_idx]


class _ElasticModel:
    """The requirements as a program: a column for each pair, each requirement, and who is paired.

    Parameters
    ----------
    requirements : Requirements
    is_kept : ndarray of bool, shape (n_requirements,)
    is_elastic : bool
        Whether each of the others can be let go by its column; else they are left out.

    Attributes
    ----------
    cells : ndarray of int64
        The columns of the pairs.
    owners : list of (ndarray of int64, ndarray of int64)
        Rows, and the positions of the requirements that ask for them.
    rules : list of (int, int)
        The rules, and the positions of their requirements.
    """

    def __init__(self, requirements: Requirements, is_kept: Bools, *, is_elastic: bool) -> None:
        self.requirements = requirements
        self._is_present = is_kept | is_elastic
        self._position_of = {key: position for position, key in enumerate(requirements.keys)}
        self._builder = ModelBuilder()
        self.owners: list[tuple[Ints, Ints]] = []
        self.rules = [
            (rule_idx, self._position_of[RequirementId("rule", rule_idx)])
            for rule_idx in range(len(requirements.rules))
        ]
        is_barred = np.zeros(requirements.ends[0].size, dtype=np.bool_)
        for rule_idx, position in self.rules:
            if is_kept[position]:
                is_barred |= requirements.is_broken[rule_idx]
        self.cells = self._builder.add_columns(is_barred.size, 0.0, np.where(is_barred, 0.0, 1.0))
        self._let_go = self._builder.add_columns(is_kept.size, 0.0, np.where(is_kept, 0.0, 1.0))
        self._pins()
        if is_elastic:
            for rule_idx, position in self.rules:
                self._rule(position, np.flatnonzero(requirements.is_broken[rule_idx] & ~is_barred))
        self._paired: list[Ints] = []
        for side in (0, 1):
            self._capacities(side)
            self._min_loads(side)
            self._is_paired(side)
            self._min_loads_if_paired(side)
        for index in range(len(requirements.rows)):
            self._side_constraint(index)

    def keeping_objective(self) -> Terms:
        """Return an objective that lets go of few requirements."""
        return [(self._let_go, np.full(self._let_go.size, -1.0))]

    def add_violation_columns(self) -> Terms:
        """Let every requirement be missed by any amount; return an objective to miss little."""
        lower = np.concatenate([row_lower for row_lower, _ in self._builder.bounds])
        return [
            self._builder.add_violation_columns(rows, np.where(np.isfinite(lower[rows]), 1.0, -1.0))
            for rows, _ in self.owners
        ]

    def solve(self, objective: Terms, *, is_whole: bool, deadline: float) -> SolverAnswer:
        """Solve it with an objective, as an integer or as a linear program."""
        self.linear_program = self._builder.build(objective)
        return solve_program(self.linear_program, is_integer=is_whole, stop=Stop(deadline))

    def violated_by(self, x: Floats) -> Bools:
        """Tell in whole numbers which requirements a solution violates."""
        return self.requirements.violated_by(x[self.cells] > 0.5)

    # --- constraints, in the order in which they are added ---------------------------------

    def _pins(self) -> None:
        """Ensures that a pinned pair is chosen: ``x + let_go >= 1``."""
        pins = self.requirements.pins
        positions = np.array(
            [self._position_of[RequirementId("pin", index)] for index in range(pins.size)],
            dtype=np.int64,
        )
        is_present = self._is_present[positions]
        rows = self._builder.add_rows(int(is_present.sum()), 1.0, np.inf)
        self._builder.add_entries(rows, self.cells[pins[is_present]], 1.0)
        self._attach_to_requirements(rows, positions[is_present], 1)

    def _rule(self, position: int, broken: Ints) -> None:
        """Ensures that a pair is chosen only if a rule that forbids it is let go: ``x <= let_go``.

        It has no owner: a rule that is kept fixes its pairs at 0 instead.
        """
        rows = self._builder.add_rows(broken.size, -np.inf, 0.0)
        self._builder.add_entries(rows, self.cells[broken], 1.0)
        self._builder.add_entries(rows, self._let_go[np.full(broken.size, position)], -1.0)

    def _capacities(self, side: int) -> None:
        """Ensures that capacities hold: ``load <= capacity + (n_cells - capacity)·let_go``."""
        max_load = self.requirements.max_load[side]
        people, positions = self._requirements_of("capacity", side, np.arange(max_load.size))
        rows = self._loads(side, people, -np.inf, max_load[people])
        excess = np.maximum(0, self.requirements.n_cells[side] - max_load)
        self._attach_to_requirements(rows, positions, -excess[people])

    def _min_loads(self, side: int) -> None:
        """Ensures that minimum loads hold: ``load + min_load·let_go >= min_load``."""
        min_load = self.requirements.min_load[side]
        people, positions = self._requirements_of("min_load", side, np.flatnonzero(min_load > 0))
        rows = self._loads(side, people, min_load[people], np.inf)
        self._attach_to_requirements(rows, positions, min_load[people])

    def _is_paired(self, side: int) -> None:
        """Ensures that ``paired`` is 1 of who has a load: ``paired <= load <= n_cells·paired``."""
        requirements = self.requirements
        is_counted = requirements.min_load_if_paired[side] > 1
        for row in requirements.rows:
            is_counted = is_counted | ((row.mentees, row.mentors)[side] != 0)
        people = np.flatnonzero(is_counted)
        paired = np.full(is_counted.size, -1, dtype=np.int64)
        paired[people] = self._builder.add_columns(people.size, 0.0, 1.0)
        for lower, upper, factors in (
            (0.0, np.inf, np.ones_like(people)),
            (-np.inf, 0.0, requirements.n_cells[side][people]),
        ):
            rows = self._loads(side, people, lower, upper)
            self._builder.add_entries(rows, paired[people], -factors)
        self._paired.append(paired)

    def _min_loads_if_paired(self, side: int) -> None:
        """Ensures that who has a load has the least one: ``load + m·let_go >= m·paired``."""
        least = self.requirements.min_load_if_paired[side]
        people, positions = self._requirements_of("min_load", side, np.flatnonzero(least > 1))
        rows = self._loads(side, people, 0.0, np.inf)
        self._builder.add_entries(rows, self._paired[side][people], -least[people])
        self._attach_to_requirements(rows, positions, least[people])

    def _side_constraint(self, index: int) -> None:
        """Ensures that a quota's count is within its bounds, or its requirement let go.

        ``count + a·let_go >= lower`` and ``count - b·let_go <= upper``, where a and b are as large
        as any choice of pairs can need.
        """
        constraint = self.requirements.rows[index]
        position = np.array([self._position_of[RequirementId("quota", index)]])
        if not self._is_present[position[0]]:
            return
        terms = side_constraint_terms(constraint, self.requirements.ends, self.cells, self._paired)
        factors = np.concatenate([values for _, values in terms])
        lowest, highest = factors[factors < 0].sum(), factors[factors > 0].sum()
        for lower, upper, slack in (
            (float(constraint.lower), np.inf, max(0, constraint.lower - lowest)),
            (-np.inf, float(constraint.upper), min(0, constraint.upper - highest)),
        ):
            if abs(lower if upper == np.inf else upper) < UNBOUNDED_COUNT:
                row = self._builder.add_sum_row(terms, lower, upper)
                self._attach_to_requirements(row, position, slack)

    # --- parts -----------------------------------------------------------------------------

    def _attach_to_requirements(self, rows: Ints, positions: Ints, factors: Ints | float) -> None:
        """Make requirements the owners of rows, and let their columns lift these rows."""
        self.owners.append((rows, positions))
        self._builder.add_entries(rows, self._let_go[positions], factors)

    def _loads(self, side: int, people: Ints, lower: Ints | float, upper: Ints | float) -> Ints:
        """Add rows of the loads of people."""
        ends = self.requirements.ends[side]
        return self._builder.add_load_rows(self.cells, ends, people, lower, upper)

    def _requirements_of(
        self, kind: Literal["min_load", "capacity"], side: int, people: Ints
    ) -> tuple[Ints, Ints]:
        """Return the people who have a present requirement of a kind, and its position."""
        positions = np.array(
            [
                self._position_of.get(RequirementId(kind, person, side), -1)
                for person in people.tolist()
            ],
            dtype=int,
        )
        is_present = (positions >= 0) & self._is_present[positions]
        return people[is_present], positions[is_present]
