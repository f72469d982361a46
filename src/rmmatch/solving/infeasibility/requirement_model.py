"""Requirements as an elastic model: which can be met together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.infeasibility.requirements import (
    _MIN_UNBOUNDED_COUNT,
    RequirementId,
    Requirements,
)
from rmmatch.solving.mip.mathopt import SolverAnswer, Termination, solve_program
from rmmatch.solving.mip.model_builder import ModelBuilder
from rmmatch.solving.stopping import Stop

__all__ = ["feasible_violation", "lp_infeasible_core", "min_violation"]


_MIN_VIOLATION_TIME_S = 1.0  # seconds to look for the fewest


_DUAL_TOLERANCE = 1e-7


def min_violation(demands: Requirements, kept: Bools, deadline: float) -> Bools | None:
    """Return what a choice misses that keeps some wishes and misses few; None where none can.

    As few as possible, unless that takes too long.

    Raises
    ------
    TimeoutError
        The deadline passed, or the solver's answer did not stand when looked at in whole numbers.
    """
    posed = _ElasticModel(demands, kept, is_elastic=True)
    soon = min(deadline, time.monotonic() + _MIN_VIOLATION_TIME_S)
    answer = posed.solve(posed.keeping_objective(), is_whole=True, deadline=soon)
    if answer.termination is Termination.INFEASIBLE:
        return None
    if answer.x is not None:
        missed = posed.violated_by(answer.x)
        if not (missed & kept).any():
            return missed
    return feasible_violation(demands, kept, deadline)


def feasible_violation(demands: Requirements, kept: Bools, deadline: float) -> Bools | None:
    """Return what some choice misses that keeps some wishes; None where none can keep them.

    Raises
    ------
    TimeoutError
        As `min_violation`.
    """
    posed = _ElasticModel(demands, kept, is_elastic=False)
    for is_whole in (False, True):
        if time.monotonic() > deadline:
            raise TimeoutError
        answer = posed.solve([], is_whole=is_whole, deadline=deadline)
        if answer.termination is Termination.INFEASIBLE:
            return None
        if answer.x is not None:
            missed = posed.violated_by(answer.x)
            if not (missed & kept).any():
                return missed
    raise TimeoutError


def lp_infeasible_core(demands: Requirements, kept: Bools, deadline: float) -> Bools:
    """Return those of some wishes that already cannot hold by linear programming, or all.

    The multipliers of what is missed least tell them (Farkas); they are not looked at again here.
    """
    posed = _ElasticModel(demands, kept, is_elastic=False)
    worth = posed.add_violation_columns()
    answer = posed.solve(worth, is_whole=False, deadline=deadline)
    if answer.x is None or answer.duals is None:
        return kept
    duals = np.where(np.abs(answer.duals) > _DUAL_TOLERANCE, answer.duals, 0.0)
    core = np.zeros_like(kept)
    for rows, places in posed.owners:
        core[places[duals[rows] != 0]] = True
    if not core.any():
        return kept
    programme = posed.linear_program
    gains = np.zeros(programme.objective.size)
    np.add.at(gains, programme.columns, -programme.entries * duals[programme.rows])
    # a pair that would help must stay forbidden: by as few rules as will do
    helps = gains[posed.cells] > _DUAL_TOLERANCE
    rules = [(k, place) for k, place in posed.rules if kept[place]]
    while True:
        counts = [int((demands.is_broken[k] & helps).sum()) for k, _ in rules]
        if not any(counts):
            return core
        k, place = rules[int(np.argmax(counts))]
        core[place] = True
        helps &= ~demands.is_broken[k]


class _ElasticModel:
    """The wishes as a programme: a column for each pair, one for each wish, and who is paired.

    Parameters
    ----------
    demands : Requirements
    kept : ndarray of bool, shape (n_wishes,)
    is_elastic : bool
        Whether each of the others is let go by its column; else they are left out.

    Attributes
    ----------
    cells : ndarray of int64
        The columns of the pairs.
    owners : list of (ndarray, ndarray)
        Rows, and the places of the wishes they are.
    rules : list of (int, int)
        The rules, and the places of their wishes.
    """

    def __init__(self, demands: Requirements, kept: Bools, *, is_elastic: bool) -> None:
        self.requirements, self._kept = demands, kept
        self._is_present = kept | is_elastic
        self._column_of = {key: place for place, key in enumerate(demands.keys)}
        self._builder = lines = ModelBuilder()
        self.owners: list[tuple[Ints, Ints]] = []
        self.rules = [
            (k, self._column_of[RequirementId("rule", k)]) for k in range(len(demands.rules))
        ]
        barred = np.zeros(demands.ends[0].size, dtype=np.bool_)
        for k, place in self.rules:
            if kept[place]:
                barred |= demands.is_broken[k]
        self.cells = lines.add_columns(barred.size, 0.0, np.where(barred, 0.0, 1.0))
        self._let_go = lines.add_columns(kept.size, 0.0, np.where(kept, 0.0, 1.0))
        self._add_pins()
        if is_elastic:
            for k, place in self.rules:
                theirs = np.flatnonzero(demands.is_broken[k] & ~barred)
                links = lines.add_rows(theirs.size, -np.inf, 0.0)
                lines.add_entries(links, self.cells[theirs], 1.0)
                lines.add_entries(links, self._let_go[np.full(theirs.size, place)], -1.0)
        paired = [self._add_people(side) for side in (0, 1)]
        for index in range(len(demands.rows)):
            self._add_side_constraint(index, paired)

    def keeping_objective(self) -> list[tuple[Ints, NDArray[np.float64]]]:
        """Return an objective that lets go of few."""
        return [(self._let_go, np.full(self._let_go.size, -1.0))]

    def add_violation_columns(self) -> list[tuple[Ints, NDArray[np.float64]]]:
        """Let every wish be missed by any amount; return an objective that misses little."""
        worth = []
        lows = np.concatenate([low for low, _ in self._builder.bounds])
        for rows, _ in self.owners:
            columns = self._builder.add_columns(rows.size, 0.0, np.inf, whole=False)
            self._builder.add_entries(rows, columns, np.where(np.isfinite(lows[rows]), 1.0, -1.0))
            worth.append((columns, np.full(rows.size, -1.0)))
        return worth

    def solve(
        self,
        worth: list[tuple[Ints, NDArray[np.float64]]],
        *,
        is_whole: bool,
        deadline: float,
    ) -> SolverAnswer:
        """Solve it with an objective."""
        self.linear_program = self._builder.build(worth)
        return solve_program(self.linear_program, is_integer=is_whole, stop=Stop(deadline))

    def violated_by(self, x: NDArray[np.float64]) -> Bools:
        """Tell in whole numbers what a solution misses."""
        return self.requirements.violated_by(x[self.cells] > 0.5)

    def _attach_to_requirements(self, rows: Ints, places: Ints, factors: Ints | int) -> None:
        """Make rows those of wishes, which by their columns let them go."""
        self.owners.append((rows, places))
        self._builder.add_entries(rows, self._let_go[places], factors)

    def _add_pins(self) -> None:
        pins = self.requirements.pins
        places = np.array(
            [self._column_of[RequirementId("pin", i)] for i in range(pins.size)], dtype=np.int64
        )
        there = self._is_present[places]
        rows = self._builder.add_rows(int(there.sum()), 1.0, np.inf)
        self._builder.add_entries(rows, self.cells[pins[there]], 1.0)
        self._attach_to_requirements(rows, places[there], 1)

    def _add_loads(self, side: int, people: Ints, low: Ints | float, high: Ints | float) -> Ints:
        """Add rows of the loads of people."""
        rows = self._builder.add_rows(people.size, low, high)
        place = np.full(self.requirements.max_load[side].size, -1, dtype=np.int64)
        place[people] = rows
        row = place[self.requirements.ends[side]]
        self._builder.add_entries(row[row >= 0], self.cells[row >= 0], 1.0)
        return rows

    def _requirements_of(
        self, kind: Literal["min_load", "capacity"], side: int, people: Ints
    ) -> tuple[Ints, Ints]:
        """Return those of the people whose wish is there, and its place."""
        places = np.array(
            [self._column_of.get(RequirementId(kind, p, side), -1) for p in people.tolist()],
            dtype=int,
        )
        there = (places >= 0) & self._is_present[places]
        return people[there], places[there]

    def _add_people(self, side: int) -> Ints:
        """Add what is asked of loads; return the columns that say who is paired, or -1."""
        demands, lines = self.requirements, self._builder
        most, least, used = demands.max_load[side], demands.min_load[side], demands.max_used[side]
        n_cells = demands.n_cells[side]
        binding, places = self._requirements_of("capacity", side, np.arange(most.size))
        rows = self._add_loads(side, binding, -np.inf, most[binding])
        self._attach_to_requirements(rows, places, -np.maximum(0, n_cells - most)[binding])
        asked, places = self._requirements_of("min_load", side, np.flatnonzero(least > 0))
        rows = self._add_loads(side, asked, least[asked], np.inf)
        self._attach_to_requirements(rows, places, least[asked])

        weighed = [(limit.mentees, limit.mentors)[side] != 0 for limit in demands.rows]
        counted = np.flatnonzero(np.logical_or.reduce([used > 1, *weighed]))
        paired = np.full(most.size, -1, dtype=np.int64)
        paired[counted] = lines.add_columns(counted.size, 0.0, 1.0)
        # load >= paired, load <= cells·paired; and load >= used·paired
        rows = self._add_loads(side, counted, 0.0, np.inf)
        lines.add_entries(rows, paired[counted], -1.0)
        rows = self._add_loads(side, counted, -np.inf, 0.0)
        lines.add_entries(rows, paired[counted], -n_cells[counted])
        many, places = self._requirements_of("min_load", side, np.flatnonzero(used > 1))
        rows = self._add_loads(side, many, 0.0, np.inf)
        lines.add_entries(rows, paired[many], -used[many])
        self._attach_to_requirements(rows, places, used[many])
        return paired

    def _add_side_constraint(self, index: int, paired: Sequence[Ints]) -> None:
        """Add both bounds of a limit, each far away where the wish is let go."""
        limit, place = (
            self.requirements.rows[index],
            np.array([self._column_of[RequirementId("quota", index)]]),
        )
        if not self._is_present[place[0]]:
            return
        terms: list[tuple[Ints, Ints]] = []
        for side, weights in enumerate((limit.mentees, limit.mentors)):
            people = np.flatnonzero(weights)
            terms.append((paired[side][people], weights[people]))
        counted = np.flatnonzero(limit.coefficients(*self.requirements.ends))
        terms.append((self.cells[counted], np.ones(counted.size, dtype=np.int64)))
        factors = np.concatenate([values for _, values in terms])
        lowest, highest = int(factors[factors < 0].sum()), int(factors[factors > 0].sum())
        for low, high, loose in (
            (float(limit.lower), np.inf, max(0, limit.lower - lowest)),
            (-np.inf, float(limit.upper), min(0, limit.upper - highest)),
        ):
            if abs(low if high == np.inf else high) < _MIN_UNBOUNDED_COUNT:
                row = self._builder.add_rows(1, low, high)
                for columns, values in terms:
                    self._builder.add_entries(np.broadcast_to(row, columns.shape), columns, values)
                self._attach_to_requirements(row, place, loose)
