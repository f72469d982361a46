"""Upper bounds in whole numbers from a solver's multipliers: right whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Bools, Ints, exact_sum
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.assignment.partial import solve_partial
from rmmatch.solving.formulation.side_constraints import SideConstraints
from rmmatch.solving.mip.tier_model import Duals, TierFloor, load_reward_columns

__all__ = ["LagrangianBound", "lagrangian_bound"]

_MULTIPLIER_FRACTION_BITS = 20  # of the fractions of multipliers
_WEIGHT_LIMIT = 2**45  # weights stay below it
_MAX_FLOW_WEIGHT = 2**58


@dataclass(frozen=True, eq=False, slots=True)
class LagrangianBound:
    """No choice is worth more than ``bound / unit``, and each arc's part in that.

    Attributes
    ----------
    bound, unit : int
        A choice that leaves an arc of gain g > 0, or takes one of gain g < 0, is worth at most
        ``(bound - |g|) / unit``.
    gains : ndarray of int64, shape (n_arcs,)
    """

    bound: int
    unit: int
    gains: Ints

    @property
    def integer_bound(self) -> int:
        """The bound as a whole number."""
        return self.bound // self.unit

    def reduced_cost_fixing(self, network: Network, worth: int) -> tuple[Ints, Bools]:
        """Return the arcs that choices worth so much may take, and those they all take."""
        spare = self.bound - self.unit * worth
        may = np.flatnonzero(network.fixed | (self.gains >= -spare))
        return may, self.gains > max(0, spare)


def lagrangian_bound(
    network: Network,
    limits: SideConstraints,
    held: Sequence[TierFloor],
    tier: LinearTier,
    duals: Duals,
    start: Ints,
) -> LagrangianBound | None:
    """Return the bound that multipliers prove, limits and held tiers moved into the objective.

    With multipliers λ of the limits and μ >= 0 of the held tiers no choice x that keeps them is
    worth more than

        max over loads of worth(x) + Σ μ·(held(x) - least) + Σ λ·(s - limit(x)),

    the most over all s from a limit's least to its most (Lagrange). Best prices of people are then
    found by flow, or those given are rounded: a bound holds for any.

    Parameters
    ----------
    network : Network
    limits : SideConstraints
    held : sequence of Held
    tier : Tier
    duals : Duals
    start : ndarray of int64
        Arcs over which the prices are found first.

    Returns
    -------
    LagrangianBound or None
        None where a multiplier is too large to be computed with.
    """
    top = max(1, int(np.abs(tier.weights).max(initial=1)))
    unit = 2 ** max(
        0, min(_MULTIPLIER_FRACTION_BITS, _WEIGHT_LIMIT.bit_length() - top.bit_length() - 1)
    )
    if not all(
        _fits_in_int64(part * unit)
        for part in (duals.rows, duals.floors, duals.mentees, duals.mentors)
    ):
        return None
    by_row = np.rint(duals.rows * unit).astype(np.int64)
    by_held = np.maximum(0, np.rint(duals.floors * unit)).astype(np.int64)
    weights = tier.weights * unit
    total = 0
    for multiplier, one in zip(by_held.tolist(), held, strict=True):
        if multiplier:
            weights = weights + multiplier * one.tier.weights
            total -= multiplier * one.min_value
    for multiplier, row in zip(by_row.tolist(), limits.constraints, strict=True):
        if multiplier and row.arc_group is not None:
            weights = weights - multiplier * row.coefficients(network.mentees, network.mentors)
        total += multiplier * (row.upper if multiplier > 0 else row.lower)
    if int(np.abs(weights).max(initial=0)) >= _WEIGHT_LIMIT:
        return None
    for index, slack in enumerate(limits.slacks):
        worth = -slack.costs.get(tier.name, 0) * unit
        for multiplier, one in zip(by_held.tolist(), held, strict=True):
            worth -= multiplier * slack.costs.get(one.tier.name, 0)
        for multiplier, row in zip(by_row.tolist(), limits.constraints, strict=True):
            worth -= multiplier * sum(factor for at, factor in row.slacks if at == index)
        total += max(0, worth) * slack.max_value

    sides = []
    for side in (0, 1):
        least, most, used = (
            (network.min_load_mentees, network.max_load_mentees, limits.max_used_mentees),
            (network.min_load_mentors, network.max_load_mentors, limits.max_used_mentors),
        )[side]
        once = np.zeros(most.size, dtype=np.int64)
        for multiplier, row in zip(by_row.tolist(), limits.constraints, strict=True):
            once -= multiplier * (row.mentees, row.mentors)[side]
        terms = [(once, np.ones_like(most))]
        counted = [(unit, tier), *zip(by_held.tolist(), (one.tier for one in held), strict=True)]
        for multiplier, one_tier in counted:
            reward, reach = load_reward_columns(one_tier, side, most)
            if multiplier and ((reward > 0) & (reach > 0)).any():
                terms.append((multiplier * reward, reach))
        sides.append(_LoadSubproblems(least, most, used, terms))
    found = _prices_by_flow(network, weights, sides, start)
    if found is None:
        found = tuple(
            np.rint(part * unit).astype(np.int64) for part in (duals.mentees, duals.mentors)
        )
    gains = weights - found[0][network.mentees] - found[1][network.mentors]
    total += exact_sum(gains[network.fixed]) + exact_sum(gains[~network.fixed & (gains > 0)])
    total += sides[0].max_value(found[0]) + sides[1].max_value(found[1])
    return LagrangianBound(total, unit, gains)


@dataclass(frozen=True, eq=False, slots=True)
class _LoadSubproblems:
    """One side: bounds of loads, and what the first pairs of each person are worth."""

    min_load: Ints
    max_load: Ints
    max_used: Ints
    terms: list[tuple[Ints, Ints]]

    @property
    def is_flow_solvable(self) -> bool:
        """Whether a flow knows all: what is counted at most so often ends with the load."""
        return all(
            (amount[(reach > 0) & (reach < self.max_load)] == 0).all()
            for amount, reach in self.terms
        )

    @property
    def folded_reward(self) -> Ints:
        """What an arc of each person is worth besides, where `is_alone`."""
        return sum(
            (np.where(reach > 0, amount, 0) for amount, reach in self.terms), 0 * self.max_load
        )

    def max_value(self, price: Ints) -> int:
        """Return the most that price·load and the terms can come to, over everybody's loads."""
        best = np.full(price.shape, -(2**62), dtype=np.int64)
        bends = [
            np.zeros_like(self.max_load),
            self.min_load,
            np.maximum(1, self.max_used),
            self.max_load,
        ]
        for load in (*bends, *(reach for _, reach in self.terms)):
            load = np.clip(load, self.min_load, self.max_load)
            worth = price * load
            for amount, reach in self.terms:
                worth = worth + amount * np.minimum(load, reach)
            allowed = (load == 0) | (load >= self.max_used)
            best = np.where(allowed, np.maximum(best, worth), best)
        return exact_sum(best)


def _prices_by_flow(
    network: Network, weights: Ints, sides: list[_LoadSubproblems], start: Ints
) -> tuple[Ints, Ints] | None:
    """Return the best prices, where a flow can find them."""
    if not all(side.is_flow_solvable for side in sides):
        return None
    extra = sides[0].folded_reward, sides[1].folded_reward
    weights = weights + extra[0][network.mentees] + extra[1][network.mentors]
    found = solve_partial(network, LinearTier("multipliers", weights), start)
    if found is None:
        return None
    return found.u - extra[0], found.v - extra[1]


def _fits_in_int64(numbers: np.ndarray) -> bool:
    return bool((np.abs(numbers) < _MAX_FLOW_WEIGHT).all())
