"""Best choices by OR-Tools' exact graph solvers.

Tiers are combined into one weight as far as 64 bits allow: an earlier tier is multiplied by more
than all that later ones could ever change. What does not fit is left to the next call, over the
face that the first tiers leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints, is_member, stable_order
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, is_feasible

__all__ = ["FlowSolution", "solve_flow"]

_MAX_COST = 2**61
_MAX_SLOT_ARCS_PER_ARC = 3  # times more arcs between places than between people, at most


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
        Prices of mentees and mentors that prove it best for the first tier, where they were
        needed to see that it is.
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
    tiers : sequence of Tier
        What is maximised, in order; at least one.
    before : tuple of ndarray of int64, optional
        Pairs of a choice that is perhaps not far from the best; only time depends on it.

    Returns
    -------
    Choice or None
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
    >>> choose(network, [Tier("total", np.array([20, 5, 6]))]).chosen
    array([ True, False, False])
    """
    room = _ResidualCapacity(network)
    if not room.has_feasible_loads:
        return None
    if room.n_max_pairs == 0:
        return (
            FlowSolution(network.fixed.copy(), len(tiers))
            if is_feasible(network, network.fixed)
            else None
        )
    if room.is_square:
        # With as many on each side everybody often has a partner, and assignment is quicker.
        is_full = room.is_side_full or _is_cardinality_tier(tiers[0], room.arcs)
        found = _solve_as_assignment(
            network, tiers if is_full else tiers[:1], room, previous_arcs, is_full=is_full
        )
        if found is not None and not is_full:
            found = _with_duals(network, tiers[0], found)
        if found is not None:
            return found
    return _solve_as_flow(network, tiers, room)


def _with_duals(network: Network, tier: LinearTier, choice: FlowSolution) -> FlowSolution | None:
    """Return the choice with its prices, None where it is not the best."""
    if not is_feasible(network, choice.chosen):
        return None
    try:
        return replace(choice, prices=optimal_duals(network, tier, choice.chosen))
    except NotOptimal:
        return None


class _ResidualCapacity:
    """What the fixed arcs leave: places of each person, and arcs between people with places."""

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
    room: _ResidualCapacity,
    before: tuple[Ints, Ints] | None,
    *,
    is_full: bool,
) -> FlowSolution | None:
    """Return the best choice in which people without a partner stand in given couples.

    With `is_full` everybody with a place must have a partner. None where that cannot be, or
    where numbers are too large.
    """
    arcs = room.arcs
    ends = network.mentees[arcs], network.mentors[arcs]
    seats = _UnitSlots(room.capacity_mentees), _UnitSlots(room.capacity_mentors)
    size = seats[0].size
    if is_full and not all(
        (np.bincount(end, minlength=side.capacity.size) >= side.capacity).all()
        for end, side in zip(ends, seats, strict=True)
    ):
        return None
    # all choices have as many arcs here, so only differences between weights count
    weights = [tier.weights[arcs] for tier in tiers]
    lowest = [int(some.min()) if is_full else 0 for some in weights]
    tops = [int(some.max()) - low for some, low in zip(weights, lowest, strict=True)]
    # the solver scales by size + 1; its prices move by 2·size·(1 + 1/5 + …)·2 at most
    limit = _MAX_COST // (4 * (size + 1) * size)
    factors = lexicographic_weights(tops, [top * size for top in tops], limit) or [1]
    costs = np.zeros(arcs.size, dtype=np.int64)
    for factor, some, low in zip(factors, weights, lowest, strict=False):
        costs -= factor * (some - low)
    # Couples, whom nobody pairs: then there is always a solution, and the solver need not find
    # out that there is none, which it does slowly.
    couples = _artificial_slots(network, seats, before)
    price = 2 * factors[0] * (tops[0] + 1) if is_full and couples[0].size else 0
    if max(tops[0], price) > 2 * limit:
        return None
    whose, left, right = _slot_arcs(*ends, *seats)
    costs = costs if whose is None else costs[whose]
    del ends, weights  # the solver takes as much memory as all this
    mates = _solve_assignment(
        size, [(left, right, costs), (*couples, np.full_like(couples[0], price))]
    )
    if mates is None:
        return None
    taken = np.flatnonzero(mates[left] == right)
    taken = taken if whose is None else whose[taken]
    if (is_full and taken.size < size) or np.bincount(taken).max(initial=0) > 1:
        return None
    chosen = network.fixed.copy()
    chosen[arcs[taken]] = True
    return FlowSolution(chosen, len(factors))


def _solve_assignment(
    size: int, parts: Sequence[tuple[NDArray[Any], NDArray[Any], Ints]]
) -> Ints | None:
    """Return the cheapest mate of each on the left, from arcs and their costs in parts."""
    from ortools.graph.python import linear_sum_assignment as lsa

    solver = lsa.SimpleLinearSumAssignment()
    for left, right, costs in parts:
        solver.add_arcs_with_cost(left, right, costs)
    if solver.solve() != solver.OPTIMAL:
        return None
    return np.fromiter(map(solver.right_mate, range(size)), np.int64, size)


class _UnitSlots:
    """People's places one by one: each has as many seats as places, numbered in order."""

    def __init__(self, places: Ints) -> None:
        self.capacity = places
        self.starts = np.cumsum(places) - places
        self.size = int(places.sum())

    def next_slots(self, people: Ints) -> Ints:
        """Return a seat for each of these people, -1 for those who have no more."""
        order = stable_order(people)
        sorted_people = people[order]
        first = np.flatnonzero(np.diff(sorted_people, prepend=-1))
        rank = np.empty_like(people)
        rank[order] = np.arange(people.size) - np.repeat(first, np.diff(first, append=people.size))
        return np.where(rank < self.capacity[people], self.starts[people] + rank, -1)


def _slot_arcs(
    mentees: Ints, mentors: Ints, mentee_seats: _UnitSlots, mentor_seats: _UnitSlots
) -> tuple[Ints | None, NDArray[np.int32], NDArray[np.int32]]:
    """Return an arc for every two seats of the two people of an arc: whose arc, and the seats.

    Whose it is, is None where each arc stands for itself.
    """
    starts = mentee_seats.starts.astype(np.int32), mentor_seats.starts.astype(np.int32)
    if max(side.capacity.max(initial=0) for side in (mentee_seats, mentor_seats)) <= 1:
        return None, starts[0][mentees], starts[1][mentors]
    wide = mentor_seats.capacity[mentors]
    whose, nth = _repeat_with_rank(mentee_seats.capacity[mentees] * wide)
    wide = wide[whose]
    left = starts[0][mentees[whose]] + nth // wide
    right = starts[1][mentors[whose]] + nth % wide
    return whose, left.astype(np.int32), right.astype(np.int32)


def _repeat_with_rank(counts: Ints) -> tuple[Ints, Ints]:
    """Return each position as often as it counts, and a running number for each."""
    whose = np.repeat(np.arange(counts.size), counts)
    return whose, np.arange(whose.size) - np.repeat(np.cumsum(counts) - counts, counts)


def _artificial_slots(
    network: Network, seats: tuple[_UnitSlots, _UnitSlots], before: tuple[Ints, Ints] | None
) -> tuple[Ints, Ints]:
    """Return seats without an arc that, with the pairs of before, leave no seat alone."""
    size = seats[0].size
    mates = np.full(size, -1, dtype=np.int64)
    if before is not None:
        left, right = (side.next_slots(people) for side, people in zip(seats, before, strict=True))
        known = (left >= 0) & (right >= 0)
        mates[left[known]] = right[known]
    alone = np.flatnonzero(mates < 0)
    mates[alone] = np.flatnonzero(np.bincount(mates[mates >= 0], minlength=size) == 0)
    owners = [_repeat_with_rank(side.capacity)[0] for side in seats]
    keys = network.mentees * network.n_mentors + network.mentors
    wanted = owners[0] * network.n_mentors + owners[1][mates]
    couples = np.flatnonzero(~is_member(keys, wanted))
    return couples, mates[couples]


def _solve_as_flow(
    network: Network, tiers: Sequence[LinearTier], room: _ResidualCapacity
) -> FlowSolution | None:
    """Send flow round: hub → mentee → mentor → hub, lower bounds shifted into supplies."""
    from ortools.graph.python import min_cost_flow

    shift, hub = network.n_mentees, network.n_mentees + network.n_mentors
    tops = [_max_magnitude(tier, room.arcs) for tier in tiers]
    spans = [_value_range(tier, room) for tier in tiers]
    factors = lexicographic_weights(tops, spans, _MAX_COST // (hub + 2)) or [1]
    used = tiers[: len(factors)]

    costs = np.zeros(room.arcs.size, dtype=np.int64)
    for factor, tier in zip(factors, used, strict=True):
        costs -= factor * tier.weights[room.arcs]
    mentees = _piecewise_segments(
        room.min_load_mentees,
        room.max_load_mentees,
        [
            (f, t.load_reward_mentees, t.rewarded_load_mentees)
            for f, t in zip(factors, used, strict=True)
        ],
    )
    mentors = _piecewise_segments(
        room.min_load_mentors,
        room.max_load_mentors,
        [
            (f, t.load_reward_mentors, t.rewarded_load_mentors)
            for f, t in zip(factors, used, strict=True)
        ],
    )
    ones = np.ones(room.arcs.size, dtype=np.int64)
    tails = network.mentees[room.arcs], np.full(mentees[0].size, hub), mentors[0] + shift
    heads = network.mentors[room.arcs] + shift, mentees[0], np.full(mentors[0].size, hub)
    arcs = (
        np.concatenate(tails),
        np.concatenate(heads),
        np.concatenate((ones, mentees[1], mentors[1])),
    )
    costs = np.concatenate((costs, mentees[2], mentors[2]))
    supplies = np.zeros(hub + 1, dtype=np.int64)
    supplies[:shift] = room.min_load_mentees - room.fixed_load_mentees
    supplies[shift:hub] = room.fixed_load_mentors - room.min_load_mentors
    supplies[hub] = -supplies.sum()
    if not costs.any():
        flows = _feasible_flow(*arcs, supplies)
        if flows is None:
            return None
    else:
        solver = min_cost_flow.SimpleMinCostFlow()
        places = solver.add_arcs_with_capacity_and_unit_cost(*arcs, costs)
        solver.set_nodes_supplies(np.arange(hub + 1), supplies)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return None
        if status != solver.OPTIMAL:
            if len(factors) > 1:
                return _solve_as_flow(network, tiers[:1], room)
            raise OverflowError(f"tier {tiers[0].name!r}: {status.name} from the flow solver")
        flows = solver.flows(places)
    chosen = network.fixed.copy()
    chosen[room.arcs[flows[: room.arcs.size] > 0]] = True
    return FlowSolution(chosen, len(factors))


def _feasible_flow(tails: Ints, heads: Ints, capacities: Ints, supplies: Ints) -> Ints | None:
    """Return flows that carry all supplies, whatever they cost; None where there are none.

    A largest flow finds them far sooner than a cheapest one.
    """
    from ortools.graph.python import max_flow

    source, sink = supplies.size, supplies.size + 1
    gives, takes = np.flatnonzero(supplies > 0), np.flatnonzero(supplies < 0)
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(
        np.concatenate((tails, np.full(gives.size, source), takes)),
        np.concatenate((heads, gives, np.full(takes.size, sink))),
        np.concatenate((capacities, supplies[gives], -supplies[takes])),
    )
    if solver.solve(source, sink) != solver.OPTIMAL:
        return None
    if solver.optimal_flow() < supplies[gives].sum():
        return None
    flows: Ints = solver.flows(arcs)[: tails.size]
    return flows


def _piecewise_segments(
    least: Ints, most: Ints, rewards: Sequence[tuple[int, Ints, Ints]]
) -> tuple[Ints, Ints, Ints]:
    """Split the loads from least to most where a reward ends: person, capacity, unit cost."""
    bends = np.stack([least, most, *(np.clip(reach, least, most) for _, _, reach in rewards)])
    bends.sort(axis=0)
    begins = bends[:-1]
    costs = np.zeros_like(begins)
    for factor, reward, reach in rewards:
        costs -= factor * np.where(begins < reach, reward, 0)
    capacities = np.diff(bends, axis=0)
    row, person = np.nonzero(capacities)
    return person, capacities[row, person], costs[row, person]


def _max_magnitude(tier: LinearTier, arcs: Ints) -> int:
    """Return the largest number a tier brings to any arc of the flow."""
    numbers = (tier.weights[arcs], tier.load_reward_mentees, tier.load_reward_mentors)
    return max((int(np.abs(some).max()) for some in numbers if some.size), default=0)


def _value_range(tier: LinearTier, room: _ResidualCapacity) -> int:
    """Return a number by which the values of two choices cannot differ more."""
    weights = tier.weights[room.arcs]
    span = room.n_max_pairs * (max(int(weights.max()), 0) - min(int(weights.min()), 0))
    for least, most, reward, reach in (
        (
            room.min_load_mentees,
            room.max_load_mentees,
            tier.load_reward_mentees,
            tier.rewarded_load_mentees,
        ),
        (
            room.min_load_mentors,
            room.max_load_mentors,
            tier.load_reward_mentors,
            tier.rewarded_load_mentors,
        ),
    ):
        steps = np.minimum(most, reach) - np.minimum(least, reach)
        span += sum((reward.astype(object) * steps).tolist())
    return span
