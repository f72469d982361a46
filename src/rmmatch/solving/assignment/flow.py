"""Best choices by OR-Tools' exact graph solvers.

Tiers are combined into one weight as far as 64 bits allow (see `lexicographic_weights`). What does
not fit is left to the next call, over the face that the first tiers leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import (
    Bools,
    Ints,
    as_python_ints,
    exact_sum,
    is_member,
    pair_keys,
    ranks_in_groups,
    stable_order,
)
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, is_feasible

__all__ = ["FlowSolution", "solve_flow"]

_MAX_COST = 2**61  # of packed tiers, so that the solvers' sums stay in 64 bits; exactness
_MAX_SLOT_ARCS_PER_ARC = 3  # arcs between slots for each arc between people; speed only


@dataclass(frozen=True, eq=False, slots=True)
class FlowSolution:
    """A choice that is best for the first tiers, in order.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The arcs taken.
    n_tiers : int
        For how many leading tiers it is best.
    prices : tuple of ndarray of int64, or None
        Prices of mentees and mentors, in the first tier's unit and in id order, that prove the
        choice best for the first tier, where they were needed to see that it is.
    """

    chosen: Bools
    n_tiers: int
    prices: tuple[Ints, Ints] | None = None


def solve_flow(
    network: Network,
    tiers: Sequence[LinearTier],
    *,
    previous_arcs: tuple[Ints, Ints] | None = None,
) -> FlowSolution | None:
    """Return a choice that is best for as many leading tiers as can be combined safely.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of LinearTier
        What is maximised, in order; at least one.
    previous_arcs : tuple of ndarray of int64, optional
        The mentees and the mentors of a choice that is perhaps not far from the best; only time
        depends on it.

    Returns
    -------
    FlowSolution or None
        None where no choice is allowed.

    Raises
    ------
    OverflowError
        When the first tier alone is too large for 64 bits.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> solve_flow(network, [LinearTier("total", np.array([20, 5, 6]))]).chosen
    array([ True, False, False])
    """
    residual = _ResidualCapacity(network)
    if not residual.has_feasible_loads:
        return None
    if residual.n_max_pairs == 0:
        return (
            FlowSolution(network.fixed.copy(), len(tiers))
            if is_feasible(network, network.fixed)
            else None
        )
    if residual.is_square:
        # With as many places on each side everybody often has a partner, and assignment is quicker.
        is_full = residual.is_side_full or _is_cardinality_tier(tiers[0], residual.arcs)
        solution = _solve_as_assignment(
            network, tiers if is_full else tiers[:1], residual, previous_arcs, is_full=is_full
        )
        if solution is not None and not is_full:
            solution = _with_duals(network, tiers[0], solution)
        if solution is not None:
            return solution
    return _solve_as_flow(network, tiers, residual)


def _with_duals(network: Network, tier: LinearTier, choice: FlowSolution) -> FlowSolution | None:
    """Return the choice with its prices; None where it is not the best."""
    if not is_feasible(network, choice.chosen):
        return None
    try:
        return replace(choice, prices=optimal_duals(network, tier, choice.chosen))
    except NotOptimal:
        return None


class _ResidualCapacity:
    """What the fixed arcs leave: the places of each person, and arcs between people with places."""

    def __init__(self, network: Network) -> None:
        degrees = count_loads(network, np.ones(network.n_arcs, dtype=np.bool_))
        self.fixed_load_mentees, self.fixed_load_mentors = count_loads(network, network.fixed)
        self.max_load_mentees = np.minimum(network.max_load_mentees, degrees[0])
        self.max_load_mentors = np.minimum(network.max_load_mentors, degrees[1])
        self.min_load_mentees = np.maximum(network.min_load_mentees, self.fixed_load_mentees)
        self.min_load_mentors = np.maximum(network.min_load_mentors, self.fixed_load_mentors)
        self.has_feasible_loads = bool(
            (self.min_load_mentees <= self.max_load_mentees).all()
            and (self.min_load_mentors <= self.max_load_mentors).all()
        )
        self.capacity_mentees = self.max_load_mentees - self.fixed_load_mentees
        self.capacity_mentors = self.max_load_mentors - self.fixed_load_mentors
        self.arcs = np.flatnonzero(
            ~network.fixed
            & (self.capacity_mentees > 0)[network.mentees]
            & (self.capacity_mentors > 0)[network.mentors]
        )
        self.n_slot_arcs = (
            self.capacity_mentees[network.mentees[self.arcs]]
            * self.capacity_mentors[network.mentors[self.arcs]]
        ).sum()
        self.n_max_pairs = min(
            int(self.capacity_mentees.sum()), int(self.capacity_mentors.sum()), self.arcs.size
        )

    @property
    def is_square(self) -> bool:
        """As many places on each side, and not so many that arcs between all would be far more."""
        if self.capacity_mentees.sum() != self.capacity_mentors.sum():
            return False
        return int(self.n_slot_arcs) <= _MAX_SLOT_ARCS_PER_ARC * self.arcs.size

    @property
    def is_side_full(self) -> bool:
        """Everybody on one side must be given all their places."""
        return bool(
            (self.min_load_mentees == self.max_load_mentees).all()
            or (self.min_load_mentors == self.max_load_mentors).all()
        )


def _is_cardinality_tier(tier: LinearTier, arcs: Ints) -> bool:
    """Tell whether a tier wants as many arcs as possible, whichever they are."""
    weights = tier.weights[arcs]
    return bool(weights[0] > 0 and (weights == weights[0]).all())


def _solve_as_assignment(
    network: Network,
    tiers: Sequence[LinearTier],
    residual: _ResidualCapacity,
    previous_arcs: tuple[Ints, Ints] | None,
    *,
    is_full: bool,
) -> FlowSolution | None:
    """Return the best choice, slots without a partner being joined by artificial arcs.

    With `is_full` every slot must have a partner. None where that cannot be, or where numbers are
    too large.
    """
    arcs = residual.arcs
    ends = network.mentees[arcs], network.mentors[arcs]
    slots = _UnitSlots(residual.capacity_mentees), _UnitSlots(residual.capacity_mentors)
    size = slots[0].size
    if is_full and not all(
        (np.bincount(end, minlength=side.capacity.size) >= side.capacity).all()
        for end, side in zip(ends, slots, strict=True)
    ):
        return None
    # all choices have as many arcs here, so only differences between weights count
    weights = [tier.weights[arcs] for tier in tiers]
    lowest = [int(of_tier.min()) if is_full else 0 for of_tier in weights]
    tops = [int(of_tier.max()) - low for of_tier, low in zip(weights, lowest, strict=True)]
    # the solver scales by size + 1; its prices move by 2·size·(1 + 1/5 + …)·2 at most
    limit = _MAX_COST // (4 * (size + 1) * size)
    # the first tier is always tried: whether it alone is too large is seen below
    factors = lexicographic_weights(tops, [top * size for top in tops], limit) or [1]
    costs = np.zeros(arcs.size, dtype=np.int64)
    for factor, of_tier, low in zip(factors, weights, lowest, strict=False):
        costs -= factor * (of_tier - low)
    # With artificial arcs there is always a solution, and the solver need not find out that there
    # is none, which it does slowly.
    artificial = _artificial_slots(network, slots, previous_arcs)
    price = 2 * factors[0] * (tops[0] + 1) if is_full and artificial[0].size else 0
    if max(tops[0], price) > 2 * limit:
        return None
    arc_of_slots, mentee_slots, mentor_slots = _slot_arcs(*ends, *slots)
    costs = costs if arc_of_slots is None else costs[arc_of_slots]
    del ends, weights  # the solver takes as much memory as these
    partners = _solve_assignment(
        size,
        [(mentee_slots, mentor_slots, costs), (*artificial, np.full_like(artificial[0], price))],
    )
    if partners is None:
        return None
    taken = np.flatnonzero(partners[mentee_slots] == mentor_slots)
    taken = taken if arc_of_slots is None else arc_of_slots[taken]
    if (is_full and taken.size < size) or np.bincount(taken).max(initial=0) > 1:
        return None
    chosen = network.fixed.copy()
    chosen[arcs[taken]] = True
    return FlowSolution(chosen, len(factors))


def _solve_assignment(
    size: int, parts: Sequence[tuple[NDArray[Any], NDArray[Any], Ints]]
) -> Ints | None:
    """Return the mentor slot of each mentee slot at least cost, from arcs and costs in parts."""
    from ortools.graph.python import linear_sum_assignment as lsa

    solver = lsa.SimpleLinearSumAssignment()
    for mentee_slots, mentor_slots, costs in parts:
        solver.add_arcs_with_cost(mentee_slots, mentor_slots, costs)
    if solver.solve() != solver.OPTIMAL:
        return None
    return np.fromiter(map(solver.right_mate, range(size)), np.int64, size)


class _UnitSlots:
    """The places of one side's people one by one: a person has `capacity` slots, in order."""

    def __init__(self, capacity: Ints) -> None:
        self.capacity = capacity
        self.starts = np.cumsum(capacity) - capacity
        self.size = int(capacity.sum())

    def next_slots(self, people: Ints) -> Ints:
        """Return a slot for each entry of `people`, -1 where the person has no slot left.

        Parameters
        ----------
        people : ndarray of int64, shape (n,)
            In any order; a person may stand there several times.

        Returns
        -------
        ndarray of int64, shape (n,)
        """
        order = stable_order(people)
        rank = np.empty_like(people)
        rank[order] = ranks_in_groups(people[order])
        return np.where(rank < self.capacity[people], self.starts[people] + rank, -1)


def _slot_arcs(
    mentees: Ints, mentors: Ints, of_mentees: _UnitSlots, of_mentors: _UnitSlots
) -> tuple[Ints | None, NDArray[np.int32], NDArray[np.int32]]:
    """Return every two slots of the two people of an arc: the arc, mentee slot and mentor slot.

    The arcs are None where each stands for itself.
    """
    starts = of_mentees.starts.astype(np.int32), of_mentors.starts.astype(np.int32)
    if max(side.capacity.max(initial=0) for side in (of_mentees, of_mentors)) <= 1:
        return None, starts[0][mentees], starts[1][mentors]
    width = of_mentors.capacity[mentors]
    arc_of_slots, rank = _repeat_with_rank(of_mentees.capacity[mentees] * width)
    width = width[arc_of_slots]
    mentee_slots = starts[0][mentees[arc_of_slots]] + rank // width
    mentor_slots = starts[1][mentors[arc_of_slots]] + rank % width
    return arc_of_slots, mentee_slots.astype(np.int32), mentor_slots.astype(np.int32)


def _repeat_with_rank(counts: Ints) -> tuple[Ints, Ints]:
    """Return each position as often as it counts, and a running number for each."""
    positions = np.repeat(np.arange(counts.size), counts)
    return positions, np.arange(positions.size) - np.repeat(np.cumsum(counts) - counts, counts)


def _artificial_slots(
    network: Network, slots: tuple[_UnitSlots, _UnitSlots], previous_arcs: tuple[Ints, Ints] | None
) -> tuple[Ints, Ints]:
    """Return slots without an arc that, with the previous arcs, leave no slot without a partner."""
    size = slots[0].size
    partners = np.full(size, -1, dtype=np.int64)
    if previous_arcs is not None:
        mentee_slots, mentor_slots = (
            side.next_slots(people) for side, people in zip(slots, previous_arcs, strict=True)
        )
        has_slots = (mentee_slots >= 0) & (mentor_slots >= 0)
        partners[mentee_slots[has_slots]] = mentor_slots[has_slots]
    unmatched = np.flatnonzero(partners < 0)
    partners[unmatched] = np.flatnonzero(np.bincount(partners[partners >= 0], minlength=size) == 0)
    owners = [_repeat_with_rank(side.capacity)[0] for side in slots]
    arc_keys = pair_keys(network.mentees, network.mentors, network.n_mentors)
    slot_keys = pair_keys(owners[0], owners[1][partners], network.n_mentors)
    artificial = np.flatnonzero(~is_member(arc_keys, slot_keys))
    return artificial, partners[artificial]


def _solve_as_flow(
    network: Network, tiers: Sequence[LinearTier], residual: _ResidualCapacity
) -> FlowSolution | None:
    """Send flow round: hub → mentee → mentor → hub, lower bounds shifted into supplies."""
    from ortools.graph.python import min_cost_flow

    shift, hub = network.n_mentees, network.n_mentees + network.n_mentors
    tops = [_max_magnitude(tier, residual.arcs) for tier in tiers]
    spans = [_value_range(tier, residual) for tier in tiers]
    factors = lexicographic_weights(tops, spans, _MAX_COST // (hub + 2)) or [1]
    packed = tiers[: len(factors)]

    costs = np.zeros(residual.arcs.size, dtype=np.int64)
    for factor, tier in zip(factors, packed, strict=True):
        costs -= factor * tier.weights[residual.arcs]
    mentees = _piecewise_segments(
        residual.min_load_mentees,
        residual.max_load_mentees,
        [
            (factor, tier.load_reward_mentees, tier.rewarded_load_mentees)
            for factor, tier in zip(factors, packed, strict=True)
        ],
    )
    mentors = _piecewise_segments(
        residual.min_load_mentors,
        residual.max_load_mentors,
        [
            (factor, tier.load_reward_mentors, tier.rewarded_load_mentors)
            for factor, tier in zip(factors, packed, strict=True)
        ],
    )
    unit_capacities = np.ones(residual.arcs.size, dtype=np.int64)
    tails = network.mentees[residual.arcs], np.full(mentees[0].size, hub), mentors[0] + shift
    heads = network.mentors[residual.arcs] + shift, mentees[0], np.full(mentors[0].size, hub)
    arcs = (
        np.concatenate(tails),
        np.concatenate(heads),
        np.concatenate((unit_capacities, mentees[1], mentors[1])),
    )
    costs = np.concatenate((costs, mentees[2], mentors[2]))
    supplies = np.zeros(hub + 1, dtype=np.int64)
    supplies[:shift] = residual.min_load_mentees - residual.fixed_load_mentees
    supplies[shift:hub] = residual.fixed_load_mentors - residual.min_load_mentors
    supplies[hub] = -supplies.sum()
    if not costs.any():
        flows = _feasible_flow(*arcs, supplies)
        if flows is None:
            return None
    else:
        solver = min_cost_flow.SimpleMinCostFlow()
        arc_ids = solver.add_arcs_with_capacity_and_unit_cost(*arcs, costs)
        solver.set_nodes_supplies(np.arange(hub + 1), supplies)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return None
        if status != solver.OPTIMAL:
            if len(factors) > 1:
                return _solve_as_flow(network, tiers[:1], residual)
            raise OverflowError(f"tier {tiers[0].name!r}: {status.name} from the flow solver")
        flows = solver.flows(arc_ids)
    chosen = network.fixed.copy()
    chosen[residual.arcs[flows[: residual.arcs.size] > 0]] = True
    return FlowSolution(chosen, len(factors))


def _feasible_flow(tails: Ints, heads: Ints, capacities: Ints, supplies: Ints) -> Ints | None:
    """Return flows that carry all supplies, whatever they cost; None where there are none.

    A largest flow finds them far sooner than a cheapest one.
    """
    from ortools.graph.python import max_flow

    source, sink = supplies.size, supplies.size + 1
    sources, sinks = np.flatnonzero(supplies > 0), np.flatnonzero(supplies < 0)
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(
        np.concatenate((tails, np.full(sources.size, source), sinks)),
        np.concatenate((heads, sources, np.full(sinks.size, sink))),
        np.concatenate((capacities, supplies[sources], -supplies[sinks])),
    )
    if solver.solve(source, sink) != solver.OPTIMAL:
        return None
    if solver.optimal_flow() < supplies[sources].sum():
        return None
    flows: Ints = solver.flows(arcs)[: tails.size]
    return flows


def _piecewise_segments(
    min_load: Ints, max_load: Ints, rewards: Sequence[tuple[int, Ints, Ints]]
) -> tuple[Ints, Ints, Ints]:
    """Split the loads from least to most where a reward ends: person, capacity, unit cost."""
    bends = np.stack(
        [
            min_load,
            max_load,
            *(np.clip(rewarded_load, min_load, max_load) for _, _, rewarded_load in rewards),
        ]
    )
    bends.sort(axis=0)
    begins = bends[:-1]
    costs = np.zeros_like(begins)
    for factor, reward, rewarded_load in rewards:
        costs -= factor * np.where(begins < rewarded_load, reward, 0)
    capacities = np.diff(bends, axis=0)
    row, person = np.nonzero(capacities)
    return person, capacities[row, person], costs[row, person]


def _max_magnitude(tier: LinearTier, arcs: Ints) -> int:
    """Return the largest size of a number that a tier brings to any arc of the flow."""
    numbers = (tier.weights[arcs], tier.load_reward_mentees, tier.load_reward_mentors)
    return max((int(np.abs(array).max()) for array in numbers if array.size), default=0)


def _value_range(tier: LinearTier, residual: _ResidualCapacity) -> int:
    """Return a number by which the values of two choices cannot differ more."""
    weights = tier.weights[residual.arcs]
    span = residual.n_max_pairs * (max(int(weights.max()), 0) - min(int(weights.min()), 0))
    for min_load, max_load, reward, rewarded_load in (
        (
            residual.min_load_mentees,
            residual.max_load_mentees,
            tier.load_reward_mentees,
            tier.rewarded_load_mentees,
        ),
        (
            residual.min_load_mentors,
            residual.max_load_mentors,
            tier.load_reward_mentors,
            tier.rewarded_load_mentors,
        ),
    ):
        steps = np.minimum(max_load, rewarded_load) - np.minimum(min_load, rewarded_load)
        span += exact_sum(as_python_ints(reward) * steps)
    return span
