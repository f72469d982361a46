"""Upper bounds in whole numbers from a solver's multipliers: right whatever these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints, exact_sum
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.assignment.partial import solve_partial
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.mip.loads import LoadLimits, load_limits, load_reward_columns
from rmmatch.solving.mip.tier_model import Duals, TierFloor

__all__ = ["LagrangianBound", "lagrangian_bound"]

_MULTIPLIER_FRACTION_BITS = 20  # of a multiplier's fraction; tightness of the bound only
_WEIGHT_LIMIT = 2**45  # of a scaled weight; exactness: sums of weights stay within int64
_MAX_FLOW_WEIGHT = 2**58  # of a scaled multiplier; exactness: it is a whole number of int64
_NO_VALUE = -(2**62)  # exactness: below any value of a person's load


@dataclass(frozen=True, eq=False, slots=True)
class LagrangianBound:
    """A bound of a tier's value, and how much of it each arc would cost.

    Attributes
    ----------
    bound, unit : int
        No allowed choice has a value above ``bound / unit``. One that leaves an arc of gain g > 0,
        or takes one of gain g < 0, has at most ``(bound - |g|) / unit``.
    gains : ndarray of int64, shape (n_arcs,)
        Reduced weights, in 1 / `unit` of the tier's unit.
    """

    bound: int
    unit: int
    gains: Ints

    @property
    def integer_bound(self) -> int:
        """The bound as a whole number, in the tier's unit."""
        return self.bound // self.unit

    def reduced_cost_fixing(self, network: Network, min_value: int) -> tuple[Ints, Bools]:
        """Return the arcs that choices of at least some value may take, and those they must take.

        Parameters
        ----------
        network : Network
            That of the bound.
        min_value : int
            In the tier's unit.

        Returns
        -------
        possible : ndarray of int64
            Positions of the arcs that such a choice may take, rising.
        is_certain : ndarray of bool, shape (n_arcs,)
            Which arcs every such choice takes.
        """
        spare = self.bound - self.unit * min_value
        possible = np.flatnonzero(network.fixed | (self.gains >= -spare))
        return possible, self.gains > max(0, spare)


def lagrangian_bound(
    network: Network,
    side_constraints: SideConstraints,
    floors: Sequence[TierFloor],
    tier: LinearTier,
    duals: Duals,
    start: Ints,
) -> LagrangianBound | None:
    """Return the bound that multipliers prove, side constraints and floors moved to the objective.

    With multipliers λ of the side constraints and μ >= 0 of the tier floors no choice x that meets
    them has a value above

        max over loads of value(x) + Σ μ·(floor(x) - min_value) + Σ λ·(s - constraint(x)),

    the most over all s from a constraint's lower to its upper bound (Lagrange). Best prices of
    people are then found by flow, or those of `duals` are rounded: a bound holds for any.

    Parameters
    ----------
    network : Network
    side_constraints : SideConstraints
    floors : sequence of TierFloor
    tier : LinearTier
    duals : Duals
        In the tier's unit.
    start : ndarray of int64
        Positions of the arcs over which the prices are found first; speed only.

    Returns
    -------
    LagrangianBound or None
        None where a multiplier is too large to be computed with.
    """
    largest_weight = max(1, int(np.abs(tier.weights).max(initial=1)))
    spare_bits = _WEIGHT_LIMIT.bit_length() - largest_weight.bit_length() - 1
    unit = 2 ** max(0, min(_MULTIPLIER_FRACTION_BITS, spare_bits))
    if not all(
        _fits_in_int64(multipliers * unit)
        for multipliers in (duals.rows, duals.floors, duals.mentees, duals.mentors)
    ):
        return None
    row_multipliers = np.rint(duals.rows * unit).astype(np.int64).tolist()
    floor_multipliers = np.maximum(0, np.rint(duals.floors * unit)).astype(np.int64).tolist()
    weighted_floors = list(zip(floor_multipliers, floors, strict=True))
    weighted_rows = list(zip(row_multipliers, side_constraints.constraints, strict=True))
    weights = tier.weights * unit
    total = 0
    for multiplier, floor in weighted_floors:
        if multiplier:
            weights = weights + multiplier * floor.tier.weights
            total -= multiplier * floor.min_value
    for multiplier, row in weighted_rows:
        if multiplier and row.arc_group is not None:
            weights = weights - multiplier * row.coefficients(network.mentees, network.mentors)
        total += multiplier * (row.upper if multiplier > 0 else row.lower)
    if int(np.abs(weights).max(initial=0)) >= _WEIGHT_LIMIT:
        return None
    for slack_idx, slack in enumerate(side_constraints.slacks):
        gain = -slack.costs.get(tier.name, 0) * unit
        for multiplier, floor in weighted_floors:
            gain -= multiplier * slack.costs.get(floor.tier.name, 0)
        for multiplier, row in weighted_rows:
            gain -= multiplier * sum(factor for index, factor in row.slacks if index == slack_idx)
        total += max(0, gain) * slack.max_value

    sides = []
    for side in (0, 1):
        limits = load_limits(network, side_constraints, side)
        of_paired = np.zeros(limits.max_load.size, dtype=np.int64)
        for multiplier, row in weighted_rows:
            of_paired -= multiplier * (row.mentees, row.mentors)[side]
        terms = [(of_paired, np.ones_like(limits.max_load))]
        for multiplier, rewarding in [
            (unit, tier),
            *((multiplier, floor.tier) for multiplier, floor in weighted_floors),
        ]:
            reward, reach = load_reward_columns(rewarding, side, limits.max_load)
            if multiplier and ((reward > 0) & (reach > 0)).any():
                terms.append((multiplier * reward, reach))
        sides.append(_LoadSubproblems(limits, terms))
    prices = _prices_by_flow(network, weights, sides, start)
    if prices is None:
        u, v = (np.rint(rough * unit).astype(np.int64) for rough in (duals.mentees, duals.mentors))
    else:
        u, v = prices
    gains = weights - u[network.mentees] - v[network.mentors]
    total += exact_sum(gains[network.fixed]) + exact_sum(gains[~network.fixed & (gains > 0)])
    total += sides[0].max_value(u) + sides[1].max_value(v)
    return LagrangianBound(total, unit, gains)


@dataclass(frozen=True, eq=False, slots=True)
class _LoadSubproblems:
    """One side of the relaxed problem: each person's best load, all alone.

    Attributes
    ----------
    limits : LoadLimits
    terms : list of (ndarray of int64, ndarray of int64)
        Of each person an amount, and how many of their first pairs add it.
    """

    limits: LoadLimits
    terms: list[tuple[Ints, Ints]]

    @property
    def is_flow_solvable(self) -> bool:
        """Whether a flow can count all terms: each ends with the person's maximum load."""
        return all(
            (amount[(reach > 0) & (reach < self.limits.max_load)] == 0).all()
            for amount, reach in self.terms
        )

    @property
    def folded_reward(self) -> Ints:
        """What each arc of a person adds besides its weight, where `is_flow_solvable`."""
        return sum(
            (np.where(reach > 0, amount, 0) for amount, reach in self.terms),
            0 * self.limits.max_load,
        )

    def max_value(self, price: Ints) -> int:
        """Return the most that price·load and the terms can come to, over everybody's loads."""
        min_load, max_load, min_load_if_paired = self.limits
        best = np.full(price.shape, _NO_VALUE, dtype=np.int64)
        # linear between these loads, so that one of them is best
        bends = [np.zeros_like(max_load), min_load, np.maximum(1, min_load_if_paired), max_load]
        for bend in (*bends, *(reach for _, reach in self.terms)):
            load = np.clip(bend, min_load, max_load)
            value = price * load
            for amount, reach in self.terms:
                value = value + amount * np.minimum(load, reach)
            is_allowed = (load == 0) | (load >= min_load_if_paired)
            best = np.where(is_allowed, np.maximum(best, value), best)
        return exact_sum(best)


def _prices_by_flow(
    network: Network, weights: Ints, sides: list[_LoadSubproblems], start: Ints
) -> tuple[Ints, Ints] | None:
    """Return the best prices, where a flow can find them."""
    if not all(side.is_flow_solvable for side in sides):
        return None
    extra = sides[0].folded_reward, sides[1].folded_reward
    weights = weights + extra[0][network.mentees] + extra[1][network.mentors]
    solution = solve_partial(network, LinearTier("multipliers", weights), start)
    if solution is None:
        return None
    return solution.u - extra[0], solution.v - extra[1]


def _fits_in_int64(numbers: Floats) -> bool:
    return bool((np.abs(numbers) < _MAX_FLOW_WEIGHT).all())
