"""A network, its limits and the tiers held, as a linear programme over some of the arcs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.mip.mathopt import AT_LOWER, AT_UPPER, BASIC, Basis
from rmmatch.solving.mip.model_builder import ModelBuilder, _grow_trees

__all__ = ["Duals", "TierFloor", "TierModel", "fold_reward", "load_reward_columns"]


_MAX_COEFFICIENT = (
    1000.0  # coefficients up to here: a solver's tolerance is then far below one half
)
_MIN_UNBOUNDED_COUNT = 2**39
_FLOOR_TOLERANCE = 1e-3  # a whole number that is held, lowered so that rounding cannot miss it


@dataclass(frozen=True, eq=False, slots=True)
class TierFloor:
    """Only choices worth at least so much in a tier, what soft quotas cost there taken off."""

    tier: LinearTier
    min_value: int


@dataclass(frozen=True, eq=False, slots=True)
class Duals:
    """Multipliers of the limits and of the tiers held, and prices of people: for a unit each."""

    mentees: Floats
    mentors: Floats
    rows: Floats
    floors: Floats


def load_reward_columns(tier: LinearTier, side: int, most: Ints) -> tuple[Ints, Ints]:
    """Return reward and reach of everybody on a side; 0 is mentees, 1 is mentors."""
    given = (
        (tier.load_reward_mentees, tier.rewarded_load_mentees),
        (tier.load_reward_mentors, tier.rewarded_load_mentors),
    )[side]
    return np.broadcast_to(given[0], most.shape), np.broadcast_to(given[1], most.shape)


def fold_reward(reward: Ints, reach: Ints, most: Ints) -> tuple[Ints, Bools]:
    """Return what each arc of a person is rewarded, and whose reward ends below their `most`."""
    ends = (reward > 0) & (reach > 0) & (reach < most)
    return np.where(ends | (reach <= 0), 0, reward), ends


class TierModel:
    """The programme of a tier over some arcs.

    Columns are the arcs; for people whose load alone does not say all, their load, whether they
    are paired, how much of it is rewarded; the slacks of soft quotas. Rows are the loads, what
    links those columns, the limits, the tiers held.

    Parameters
    ----------
    network : Network
    limits : SideConstraints
    held : sequence of Held
    tier : Tier or None
        What is maximised. None: what is missed of the rows is made as small as possible.
    arcs : ndarray of int64
        The places of the arcs that may be used, all fixed ones among them.
    noise : float
        At most so much of the largest coefficient is added to the worth of each arc, drawn: the
        best of many equals is then one choice, and not a mean of them.
    between : tuple of int or None
        Only choices worth so much in the tier: what is known already helps a solver to end.
    """

    def __init__(
        self,
        network: Network,
        limits: SideConstraints,
        held: Sequence[TierFloor],
        tier: LinearTier | None,
        arcs: Ints,
        noise: float = 0.0,
        between: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self._network, self._side_constraints, self._arcs = network, limits, arcs
        self._ends = network.mentees[arcs], network.mentors[arcs]
        self._sides = (
            (network.min_load_mentees, network.max_load_mentees, limits.max_used_mentees),
            (network.min_load_mentors, network.max_load_mentors, limits.max_used_mentors),
        )
        self._builder = lines = ModelBuilder()
        lines.add_columns(arcs.size, network.fixed[arcs].astype(float), 1.0)
        self._tier, self._floor_tiers = tier, [one.tier for one in held]
        tiers = [*self._floor_tiers, *([] if tier is None else [tier])]
        self._load_rows: list[Ints] = []
        self._paired: list[Ints] = []
        self._rewarded: list[dict[int, Ints]] = []
        for side in (0, 1):
            self._add_loads(side, tiers)
        slacks = np.array([slack.max_value for slack in limits.slacks], dtype=float)
        self._slacks = lines.add_columns(slacks.size, 0.0, slacks)
        self._constraint_rows = [
            self._add_side_constraint(index) for index in range(len(limits.constraints))
        ]
        self._floor_scales = []
        self._floor_rows = []
        for one in held:
            terms, scale = self._tier_terms(one.tier)
            row = lines.add_rows(1, (one.min_value - _FLOOR_TOLERANCE) / scale, np.inf)
            for columns, values in terms:
                lines.add_entries(row, columns, values / scale)
            self._floor_rows.append(int(row[0]))
            self._floor_scales.append(scale)
        self.scale = 1.0
        if tier is None:
            worth = self._add_violation_columns()
        else:
            terms, self.scale = self._tier_terms(tier)
            worth = [(columns, values / self.scale) for columns, values in terms]
            low, high = between
            if low is not None or high is not None:
                row = lines.add_rows(
                    1,
                    -np.inf if low is None else (low - 0.5) / self.scale,
                    np.inf if high is None else (high + 0.5) / self.scale,
                )
                for columns, values in worth:
                    lines.add_entries(row, columns, values)
            if noise:
                # where nothing is worth anything, the noise alone leads a solver quickly
                largest = max(float(np.abs(values).max(initial=0)) for _, values in worth) or 1.0
                draw = np.random.default_rng(7).random(arcs.size)
                worth.append((np.arange(arcs.size), noise * largest * draw))
        self.linear_program = lines.build(worth)

    # --- where to start --------------------------------------------------------------------

    def warm_basis(self, chosen: Bools, u: Ints, v: Ints) -> Basis:
        """Return the basis of a choice that is best without limits, its prices by the tier given.

        People hang together by arcs without gain, in trees that grow from those whose price is
        zero: these arcs, and the loads of the roots, are basic.
        """
        tier, network = self._tier, self._network
        assert tier is not None
        ends, weights = self._ends, tier.weights[self._arcs]
        tight = np.flatnonzero(weights == u[ends[0]] + v[ends[1]])
        roots, loads = [], []
        for side, prices in enumerate((u, v)):
            most = self._sides[side][1]
            roots.append(prices + fold_reward(*load_reward_columns(tier, side, most), most)[0] == 0)
            counts = np.bincount(ends[side][chosen[self._arcs]], minlength=most.size)
            loads.append(np.where(counts == most, AT_UPPER, AT_LOWER))
        within, reached = _grow_trees(
            np.concatenate(roots), ends[0][tight], network.n_mentees + ends[1][tight]
        )
        columns = np.full(self.linear_program.objective.size, AT_LOWER, dtype=np.int64)
        columns[: self._arcs.size][chosen[self._arcs]] = AT_UPPER
        columns[tight[within]] = BASIC
        rows = np.full(self.linear_program.row_lower.size, BASIC, dtype=np.int64)
        hang = reached & ~np.concatenate(roots)
        rows[np.concatenate(self._load_rows)[hang]] = np.concatenate(loads)[hang]
        return Basis(columns, rows)

    # --- what comes back -------------------------------------------------------------------

    def arcs_of_solution(self, x: Floats) -> Bools | None:
        """Return the arcs of a solution; None where an arc is neither taken nor left."""
        arcs = x[: self._arcs.size]
        if (np.abs(arcs - np.rint(arcs)) > 1e-5).any():
            return None
        chosen = np.zeros(self._network.n_arcs, dtype=np.bool_)
        chosen[self._arcs[arcs > 0.5]] = True
        return chosen

    def scaled_duals(self, given: Floats) -> Duals:
        """Return multipliers in the unit of the tier."""
        rows = given[self._constraint_rows] * self.scale
        held = -given[self._floor_rows] * self.scale / np.array(self._floor_scales)
        counted = [(1.0, self._tier), *zip(held.tolist(), self._floor_tiers, strict=True)]
        people = []
        for side in (0, 1):
            prices = given[self._load_rows[side]] * self.scale
            # what a person's arcs are rewarded is no part of the arcs' own weights
            for multiplier, tier in counted:
                if tier is not None and multiplier:
                    most = self._sides[side][1]
                    prices = (
                        prices
                        - multiplier * fold_reward(*load_reward_columns(tier, side, most), most)[0]
                    )
            alone = self._paired[side] < 0
            for price, row in zip(rows, self._side_constraints.constraints, strict=True):
                prices = prices + np.where(alone, price * (row.mentees, row.mentors)[side], 0.0)
            people.append(prices)
        return Duals(people[0], people[1], rows, held)

    # --- columns and rows ------------------------------------------------------------------

    def _add_loads(self, side: int, tiers: Sequence[LinearTier]) -> None:
        """Add the loads of a side, and the columns of people whose load does not say all."""
        lines = self._builder
        least, most, used = self._sides[side]
        asked = used > 1
        for row in self._side_constraints.constraints:
            asked = asked | ((row.mentees, row.mentors)[side] != 0)
        reaches: dict[int, Bools] = {}
        for tier in tiers:
            reward, reach = load_reward_columns(tier, side, most)
            _, ends = fold_reward(reward, reach, most)
            asked = asked | (ends & (reach == 1))
            for size in np.unique(reach[ends & (reach > 1)]).tolist():
                before = reaches.get(size, np.zeros(most.size, dtype=np.bool_))
                reaches[size] = before | (ends & (reach == size))
        asked = asked & ((most > 1) | (used > most))
        special = np.flatnonzero(np.logical_or.reduce([asked, *reaches.values()]))
        low, high = least.copy(), most.copy()
        low[special] = high[special] = 0
        rows = lines.add_rows(most.size, low, high)
        lines.add_entries(rows[self._ends[side]], np.arange(self._arcs.size), 1.0)
        load = np.full(most.size, -1, dtype=np.int64)
        load[special] = lines.add_columns(
            special.size, least[special].astype(float), most[special].astype(float), whole=False
        )
        lines.add_entries(rows[special], load[special], -1.0)

        people = np.flatnonzero(asked)
        paired = np.full(most.size, -1, dtype=np.int64)
        paired[people] = lines.add_columns(people.size, 0.0, 1.0)
        # load >= least·paired, load <= most·paired
        for low_link, high_link, factor in (
            (0.0, np.inf, np.maximum(1, used[people])),
            (-np.inf, 0.0, most[people]),
        ):
            links = lines.add_rows(people.size, low_link, high_link)
            lines.add_entries(links, load[people], 1.0)
            lines.add_entries(links, paired[people], -factor)
        rewarded = {}
        for size, flags in sorted(reaches.items()):
            who = np.flatnonzero(flags)
            rewarded[size] = np.full(most.size, -1, dtype=np.int64)
            rewarded[size][who] = lines.add_columns(who.size, 0.0, float(size), whole=False)
            links = lines.add_rows(who.size, 0.0, np.inf)
            lines.add_entries(links, load[who], 1.0)
            lines.add_entries(links, rewarded[size][who], -1.0)
        self._load_rows.append(rows)
        self._paired.append(paired)
        self._rewarded.append(rewarded)

    def _add_side_constraint(self, index: int) -> int:
        limit = self._side_constraints.constraints[index]
        row = self._builder.add_rows(
            1,
            limit.lower if limit.lower > -_MIN_UNBOUNDED_COUNT else -np.inf,
            limit.upper if limit.upper < _MIN_UNBOUNDED_COUNT else np.inf,
        )
        worth = limit.coefficients(*self._ends)
        for side, weights in enumerate((limit.mentees, limit.mentors)):
            paired = self._paired[side]
            worth = worth + np.where(paired < 0, weights, 0)[self._ends[side]]
            people = np.flatnonzero(paired >= 0)
            self._builder.add_entries(row, paired[people], weights[people])
        self._builder.add_entries(row, np.arange(worth.size), worth)
        for slack, factor in limit.slacks:
            self._builder.add_entries(row, self._slacks[[slack]], float(factor))
        return int(row[0])

    def _tier_terms(self, tier: LinearTier) -> tuple[list[tuple[Ints, Floats]], float]:
        """Return columns and what each adds to a tier, and a scale that makes that small."""
        worth = tier.weights[self._arcs].astype(float)
        costs = [-float(slack.costs.get(tier.name, 0)) for slack in self._side_constraints.slacks]
        terms: list[tuple[Ints, Floats]] = [(self._slacks, np.array(costs))]
        for side in (0, 1):
            most = self._sides[side][1]
            reward, reach = load_reward_columns(tier, side, most)
            fold, ends = fold_reward(reward, reach, most)
            worth += fold[self._ends[side]]
            for size, columns in ((1, self._paired[side]), *self._rewarded[side].items()):
                people = np.flatnonzero(ends & (reach == size))
                terms.append((columns[people], reward[people].astype(float)))
        terms.append((np.arange(worth.size), worth))
        largest = max(float(np.abs(values).max(initial=0)) for _, values in terms)
        return terms, max(1.0, largest / _MAX_COEFFICIENT)

    def _add_violation_columns(self) -> list[tuple[Ints, Floats]]:
        """Let every row that asks for something be missed; return what that costs."""
        lines = self._builder
        loads = np.concatenate(self._load_rows)
        both = np.array([*self._constraint_rows, *self._floor_rows], dtype=np.int64)
        worth = []
        for rows, sign in ((loads, 1.0), (both, 1.0), (both, -1.0)):
            columns = lines.add_columns(rows.size, 0.0, np.inf, whole=False)
            lines.add_entries(rows, columns, sign)
            worth.append((columns, np.full(rows.size, -1.0)))
        return worth
