"""The linear program of one tier: arcs, loads, side constraints, and the floors of earlier tiers.

Its arcs may be some of the network's only. A person's *load* is the number of chosen arcs; columns
besides the arcs are needed only where the load alone does not say what is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.side_constraints import SideConstraint, SideConstraints
from rmmatch.solving.mip.loads import LoadLimits, fold_reward, load_limits, load_reward_columns
from rmmatch.solving.mip.mathopt import AT_LOWER, AT_UPPER, BASIC, Basis, LinearProgram
from rmmatch.solving.mip.model_builder import (
    UNBOUNDED_COUNT,
    ModelBuilder,
    Terms,
    side_constraint_terms,
)

__all__ = ["Duals", "TierFloor", "TierModel"]

# coefficients after scaling; exactness: a solver's tolerance is then far below one half
_MAX_COEFFICIENT = 1000.0
_FLOOR_TOLERANCE = 1e-3  # units of a tier; exactness: a floor is lowered, so rounding meets it
_INTEGRALITY_TOLERANCE = 1e-5  # of an arc; exactness: what is farther from 0 and 1 is no choice
_NOISE_SEED = 7  # speed only


@dataclass(frozen=True, eq=False, slots=True)
class TierFloor:
    """An earlier tier held: only choices of at least this value are allowed.

    Attributes
    ----------
    tier : LinearTier
    min_value : int
        In the tier's unit, what soft quotas cost there taken off.
    """

    tier: LinearTier
    min_value: int


@dataclass(frozen=True, eq=False, slots=True)
class Duals:
    """Multipliers of a linear relaxation, in units of the tier for each pair, place or unit.

    Attributes
    ----------
    mentees, mentors : ndarray of float64, shapes (n_mentees,) and (n_mentors,)
        Prices of people, in id order.
    rows : ndarray of float64, shape (n_side_constraints,)
        Positive where the upper bound binds.
    floors : ndarray of float64, shape (n_tier_floors,)
        Not negative, but for rounding.
    """

    mentees: Floats
    mentors: Floats
    rows: Floats
    floors: Floats


class TierModel:
    """The linear program of a tier over some arcs.

    Columns are the arcs; then, for people whose load alone does not say what is counted, their
    load, whether they are paired, and how much of the load is rewarded; then the slacks of soft
    quotas. Rows are the loads, what links those columns, the side constraints, the tier floors.

    Parameters
    ----------
    network : Network
    side_constraints : SideConstraints
    floors : sequence of TierFloor
    tier : LinearTier or None
        What is maximised. None: what is missed of the rows is made as small as possible (the
        first phase of the simplex method).
    arcs : ndarray of int64
        Positions in the network of the arcs that may be used, all fixed ones among them.
    noise : float
        A drawn number of at most this share of the largest coefficient is added to the weight of
        each arc: the best of many equals is then one choice, and not a mean of them.
    between : tuple of int or None
        The least and the greatest value in the tier, where known: that helps a solver to end.

    Attributes
    ----------
    linear_program : LinearProgram
    scale : float
        Its objective is the tier's value divided by this.
    """

    def __init__(
        self,
        network: Network,
        side_constraints: SideConstraints,
        floors: Sequence[TierFloor],
        tier: LinearTier | None,
        arcs: Ints,
        noise: float = 0.0,
        between: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self._network, self._side_constraints, self._arcs = network, side_constraints, arcs
        self._floors, self._tier = floors, tier
        self._ends = network.mentees[arcs], network.mentors[arcs]
        self._limits = [load_limits(network, side_constraints, side) for side in (0, 1)]
        self._builder = ModelBuilder()
        self._load_rows: list[Ints] = []
        # columns of each side: -1 of people who have none
        self._loads: list[Ints] = []
        self._paired: list[Ints] = []
        self._rewarded: list[dict[int, Ints]] = []
        self._floor_scales: list[float] = []
        self.scale = 1.0
        self.linear_program = self._build(noise, between)

    def _build(self, noise: float, between: tuple[int | None, int | None]) -> LinearProgram:
        """Add all columns and rows, and return the program."""
        self._arc_columns = self._builder.add_columns(
            self._arcs.size, self._network.fixed[self._arcs].astype(float), 1.0
        )
        for side in (0, 1):
            has_paired, reaches = self._people_with_columns(side)
            self._load_bounds(side, np.logical_or.reduce([has_paired, *reaches.values()]))
            self._is_paired(side, has_paired)
            self._rewarded_load(side, reaches)
        max_slacks = [slack.max_value for slack in self._side_constraints.slacks]
        self._slacks = self._builder.add_columns(
            len(max_slacks), 0.0, np.array(max_slacks, dtype=float)
        )
        self._constraint_rows = [
            self._side_constraint(constraint) for constraint in self._side_constraints.constraints
        ]
        self._floor_rows = [self._tier_floor(floor) for floor in self._floors]
        if self._tier is None:
            return self._builder.build(self._violations())
        terms, self.scale = self._tier_terms(self._tier)
        objective = [(columns, values / self.scale) for columns, values in terms]
        self._value_range(objective, *between)
        if noise:
            # where every weight is zero, the noise alone leads a solver quickly
            largest = max(float(np.abs(values).max(initial=0)) for _, values in objective) or 1.0
            draws = np.random.default_rng(_NOISE_SEED).random(self._arcs.size)
            objective.append((self._arc_columns, noise * largest * draws))
        return self._builder.build(objective)

    # --- where to start --------------------------------------------------------------------

    def warm_basis(self, chosen: Bools, u: Ints, v: Ints) -> Basis:
        """Return the simplex basis of a choice that is best without side constraints.

        People hang together by arcs of reduced weight zero, in trees that grow from those whose
        price is zero: these arcs, and the loads of the roots, are basic.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
            Over all arcs of the network.
        u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
            Dual prices that prove it best in the tier, in the tier's unit and id order.
        """
        tier, network = self._tier, self._network
        assert tier is not None
        ends, weights = self._ends, tier.weights[self._arcs]
        tight = np.flatnonzero(weights == u[ends[0]] + v[ends[1]])
        roots, statuses = [], []
        for side, prices in enumerate((u, v)):
            max_load = self._limits[side].max_load
            folded, _ = fold_reward(*load_reward_columns(tier, side, max_load), max_load)
            roots.append(prices + folded == 0)
            loads = np.bincount(ends[side][chosen[self._arcs]], minlength=max_load.size)
            statuses.append(np.where(loads == max_load, AT_UPPER, AT_LOWER))
        is_root = np.concatenate(roots)
        tree_arcs, is_reached = _grow_trees(
            is_root, ends[0][tight], network.n_mentees + ends[1][tight]
        )
        columns = np.full(self.linear_program.objective.size, AT_LOWER, dtype=np.int64)
        columns[: self._arcs.size][chosen[self._arcs]] = AT_UPPER
        columns[tight[tree_arcs]] = BASIC
        rows = np.full(self.linear_program.row_lower.size, BASIC, dtype=np.int64)
        is_hanging = is_reached & ~is_root
        rows[np.concatenate(self._load_rows)[is_hanging]] = np.concatenate(statuses)[is_hanging]
        return Basis(columns, rows)

    # --- what comes back -------------------------------------------------------------------

    def arcs_of_solution(self, x: Floats) -> Bools | None:
        """Return the chosen arcs of a solution; None where an arc is fractional.

        Parameters
        ----------
        x : ndarray of float64, shape (n_columns,)

        Returns
        -------
        ndarray of bool, shape (n_arcs,), or None
            Over all arcs of the network.
        """
        shares = x[: self._arcs.size]
        if (np.abs(shares - np.rint(shares)) > _INTEGRALITY_TOLERANCE).any():
            return None
        chosen = np.zeros(self._network.n_arcs, dtype=np.bool_)
        chosen[self._arcs[shares > 0.5]] = True
        return chosen

    def scaled_duals(self, row_duals: Floats) -> Duals:
        """Return the multipliers of a solved relaxation in the unit of the tier.

        Parameters
        ----------
        row_duals : ndarray of float64, shape (n_rows,)
            As the solver gives them, of the scaled program.
        """
        rows = row_duals[self._constraint_rows] * self.scale
        floor_duals = -row_duals[self._floor_rows] * self.scale / np.array(self._floor_scales)
        weighted_tiers = [
            (1.0, self._tier),
            *zip(floor_duals.tolist(), (floor.tier for floor in self._floors), strict=True),
        ]
        prices_of_sides = []
        for side in (0, 1):
            prices = row_duals[self._load_rows[side]] * self.scale
            # the reward of a person's arcs is no part of the arcs' own weights
            for multiplier, tier in weighted_tiers:
                if tier is not None and multiplier:
                    max_load = self._limits[side].max_load
                    folded, _ = fold_reward(*load_reward_columns(tier, side, max_load), max_load)
                    prices = prices - multiplier * folded
            is_folded = self._paired[side] < 0
            for dual, constraint in zip(rows, self._side_constraints.constraints, strict=True):
                weights = (constraint.mentees, constraint.mentors)[side]
                prices = prices + np.where(is_folded, dual * weights, 0.0)
            prices_of_sides.append(prices)
        return Duals(prices_of_sides[0], prices_of_sides[1], rows, floor_duals)

    # --- constraints, in the order of `_build` ---------------------------------------------

    def _people_with_columns(self, side: int) -> tuple[Bools, dict[int, Bools]]:
        """Return who needs a column that says whether they are paired, and who of rewarded loads.

        The second by the number of rewarded pairs, from 2 on: of one pair it is the first column.
        """
        limits = self._limits[side]
        has_paired = limits.min_load_if_paired > 1
        for constraint in self._side_constraints.constraints:
            has_paired = has_paired | ((constraint.mentees, constraint.mentors)[side] != 0)
        tiers = [floor.tier for floor in self._floors]
        if self._tier is not None:
            tiers.append(self._tier)
        reaches: dict[int, Bools] = {}
        for tier in tiers:
            reward, reach = load_reward_columns(tier, side, limits.max_load)
            _, is_partial = fold_reward(reward, reach, limits.max_load)
            has_paired = has_paired | (is_partial & (reach == 1))
            for size in np.unique(reach[is_partial & (reach > 1)]).tolist():
                has_reach = is_partial & (reach == size)
                reaches[size] = reaches.get(size, np.zeros_like(has_reach)) | has_reach
        # with at most one arc the load itself says it
        can_be_both = (limits.max_load > 1) | (limits.min_load_if_paired > limits.max_load)
        return has_paired & can_be_both, reaches

    def _load_bounds(self, side: int, has_load: Bools) -> None:
        """Ensures that every load is within its bounds: ``min_load <= Σ x <= max_load``.

        Who has a column for it: ``Σ x - load = 0`` and ``min_load <= load <= max_load``.
        """
        limits = self._limits[side]
        people = np.flatnonzero(has_load)
        lower, upper = limits.min_load.copy(), limits.max_load.copy()
        lower[people] = upper[people] = 0
        rows = self._builder.add_load_rows(
            self._arc_columns, self._ends[side], np.arange(has_load.size), lower, upper
        )
        loads = self._columns_of(
            people,
            limits,
            limits.min_load[people].astype(float),
            limits.max_load[people].astype(float),
            is_integer=False,
        )
        self._builder.add_entries(rows[people], loads[people], -1.0)
        self._load_rows.append(rows)
        self._loads.append(loads)

    def _is_paired(self, side: int, has_paired: Bools) -> None:
        """Ensures that ``paired`` is 1 of who has a load, and 0 of who has none.

        ``load >= max(1, min_load_if_paired)·paired`` and ``load <= max_load·paired``.
        """
        limits, loads = self._limits[side], self._loads[side]
        people = np.flatnonzero(has_paired)
        paired = self._columns_of(people, limits, 0.0, 1.0)
        for lower, upper, factors in (
            (0.0, np.inf, np.maximum(1, limits.min_load_if_paired[people])),
            (-np.inf, 0.0, limits.max_load[people]),
        ):
            rows = self._builder.add_rows(people.size, lower, upper)
            self._builder.add_entries(rows, loads[people], 1.0)
            self._builder.add_entries(rows, paired[people], -factors)
        self._paired.append(paired)

    def _rewarded_load(self, side: int, reaches: dict[int, Bools]) -> None:
        """Ensures that a rewarded load is no more than the load: ``0 <= rewarded <= load``.

        And no more than the number of pairs that are rewarded: ``rewarded <= reach``.
        """
        limits, loads = self._limits[side], self._loads[side]
        rewarded = {}
        for reach, has_reach in sorted(reaches.items()):
            people = np.flatnonzero(has_reach)
            columns = self._columns_of(people, limits, 0.0, float(reach), is_integer=False)
            rows = self._builder.add_rows(people.size, 0.0, np.inf)
            self._builder.add_entries(rows, loads[people], 1.0)
            self._builder.add_entries(rows, columns[people], -1.0)
            rewarded[reach] = columns
        self._rewarded.append(rewarded)

    def _side_constraint(self, constraint: SideConstraint) -> int:
        """Ensures that a quota's count is within its bounds, and returns the row.

        ``lower <= Σ_people weight·paired + Σ_arcs of the group + Σ coefficient·slack <= upper``.
        """
        terms = side_constraint_terms(constraint, self._ends, self._arc_columns, self._paired)
        for slack_idx, coefficient in constraint.slacks:
            terms.append((self._slacks[[slack_idx]], np.array([float(coefficient)])))
        lower, upper = constraint.lower, constraint.upper
        row = self._builder.add_sum_row(
            terms,
            lower if lower > -UNBOUNDED_COUNT else -np.inf,
            upper if upper < UNBOUNDED_COUNT else np.inf,
        )
        return int(row[0])

    def _tier_floor(self, floor: TierFloor) -> int:
        """Ensures that an earlier tier keeps its value, and returns the row.

        ``value(x) >= min_value``, scaled.
        """
        terms, scale = self._tier_terms(floor.tier)
        row = self._builder.add_sum_row(
            [(columns, values / scale) for columns, values in terms],
            (floor.min_value - _FLOOR_TOLERANCE) / scale,
            np.inf,
        )
        self._floor_scales.append(scale)
        return int(row[0])

    def _value_range(self, objective: Terms, lower: int | None, upper: int | None) -> None:
        """Ensures that the tier's value is between two bounds: ``lower <= value(x) <= upper``."""
        if lower is not None or upper is not None:
            # half a unit of room cuts off no whole number
            self._builder.add_sum_row(
                objective,
                -np.inf if lower is None else (lower - 0.5) / self.scale,
                np.inf if upper is None else (upper + 0.5) / self.scale,
            )

    def _violations(self) -> Terms:
        """Let every row of a load, a side constraint or a floor be missed; return the costs."""
        loads = np.concatenate(self._load_rows)
        counts = np.array([*self._constraint_rows, *self._floor_rows], dtype=np.int64)
        return [
            self._builder.add_violation_columns(rows, sign)
            for rows, sign in ((loads, 1.0), (counts, 1.0), (counts, -1.0))
        ]

    # --- parts -----------------------------------------------------------------------------

    def _columns_of(
        self,
        people: Ints,
        limits: LoadLimits,
        lower: Floats | float,
        upper: Floats | float,
        *,
        is_integer: bool = True,
    ) -> Ints:
        """Add a column for some people of a side; return everybody's, -1 where there is none."""
        columns = np.full(limits.max_load.size, -1, dtype=np.int64)
        columns[people] = self._builder.add_columns(people.size, lower, upper, whole=is_integer)
        return columns

    def _tier_terms(self, tier: LinearTier) -> tuple[Terms, float]:
        """Return the value in a tier as columns and coefficients, and a scale that makes it small.

        What soft quotas cost in the tier is taken off.
        """
        weights = tier.weights[self._arcs].astype(float)
        costs = [-float(slack.costs.get(tier.name, 0)) for slack in self._side_constraints.slacks]
        terms: Terms = [(self._slacks, np.array(costs))]
        for side in (0, 1):
            max_load = self._limits[side].max_load
            reward, reach = load_reward_columns(tier, side, max_load)
            folded, is_partial = fold_reward(reward, reach, max_load)
            weights += folded[self._ends[side]]
            for size, columns in ((1, self._paired[side]), *self._rewarded[side].items()):
                people = np.flatnonzero(is_partial & (reach == size))
                terms.append((columns[people], reward[people].astype(float)))
        terms.append((self._arc_columns, weights))
        largest = max(float(np.abs(values).max(initial=0)) for _, values in terms)
        return terms, max(1.0, largest / _MAX_COEFFICIENT)


def _grow_trees(is_root: Bools, tails: Ints, heads: Ints) -> tuple[Ints, Bools]:
    """Return the edges of trees that grow from roots as far as they can, and whom they reach."""
    ends = np.concatenate((tails, heads)), np.concatenate((heads, tails))
    is_reached, edges = is_root.copy(), [np.zeros(0, dtype=np.int64)]
    while (frontier := np.flatnonzero(is_reached[ends[0]] & ~is_reached[ends[1]])).size:
        new_people, first = np.unique(ends[1][frontier], return_index=True)
        edges.append(frontier[first] % tails.size)
        is_reached[new_people] = True
    return np.concatenate(edges), is_reached
