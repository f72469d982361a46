"""Best choices by OR-Tools' exact graph solvers.

Tiers are combined into one weight as far as 64 bits allow: an earlier tier is multiplied by more
than all that later ones could ever change. What does not fit is left to the next call, over the
face that the first tiers leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.solving.network import Bools, Ints, Network, Tier, allows, loads
from rmmatch.solving.prices import NotOptimal, prices

__all__ = ["Choice", "choose"]

_LIMIT = 2**61


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """A choice that is best for the first tiers, in order.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The arcs taken.
    n_tiers : int
        For how many leading tiers it is best.
    """

    chosen: Bools
    n_tiers: int


def choose(network: Network, tiers: Sequence[Tier]) -> Choice | None:
    """Return a choice that is best for as many leading tiers as can be combined safely.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of Tier
        What is maximised, in order; at least one.

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
    room = _Room(network)
    if not room.is_plausible:
        return None
    if room.n_most == 0:
        return Choice(network.fixed.copy(), len(tiers)) if allows(network, network.fixed) else None
    if room.is_square and (room.is_forced or _counts_arcs(tiers[0], room.arcs)):
        found = _assign(network, tiers, room)
        if found is not None:
            return found
    elif room.is_square:
        # Often everybody has a partner in the best choice too; prices tell whether it is so.
        found = _assign(network, tiers[:1], room)
        if found is not None and _is_best(network, tiers[0], found.chosen):
            return found
    return _flow(network, tiers, room)


def _is_best(network: Network, tier: Tier, chosen: Bools) -> bool:
    if not allows(network, chosen):
        return False
    try:
        prices(network, tier, chosen)
    except NotOptimal:
        return False
    return True


class _Room:
    """What the fixed arcs leave: places of each person, and arcs between people with places."""

    def __init__(self, network: Network) -> None:
        degrees = loads(network, np.ones(network.n_arcs, dtype=np.bool_))
        self.fixed_mentees, self.fixed_mentors = loads(network, network.fixed)
        self.most_mentees = np.minimum(network.most_mentees, degrees[0])
        self.most_mentors = np.minimum(network.most_mentors, degrees[1])
        self.least_mentees = np.maximum(network.least_mentees, self.fixed_mentees)
        self.least_mentors = np.maximum(network.least_mentors, self.fixed_mentors)
        self.is_plausible = bool(
            (self.least_mentees <= self.most_mentees).all()
            and (self.least_mentors <= self.most_mentors).all()
        )
        self.places_mentees = self.most_mentees - self.fixed_mentees
        self.places_mentors = self.most_mentors - self.fixed_mentors
        self.arcs = np.flatnonzero(
            ~network.fixed
            & (self.places_mentees > 0)[network.mentees]
            & (self.places_mentors > 0)[network.mentors]
        )
        self.n_most = min(
            int(self.places_mentees.sum()), int(self.places_mentors.sum()), self.arcs.size
        )

    @property
    def is_square(self) -> bool:
        """One place a person at most, and as many on each side."""
        return bool(
            self.places_mentees.max() == 1
            and self.places_mentors.max() == 1
            and self.places_mentees.sum() == self.places_mentors.sum()
        )

    @property
    def is_forced(self) -> bool:
        """Everybody on one side must be given all their places."""
        return bool(
            (self.least_mentees == self.most_mentees).all()
            or (self.least_mentors == self.most_mentors).all()
        )


def _counts_arcs(tier: Tier, arcs: Ints) -> bool:
    """Tell whether a tier wants as many arcs as possible, whichever they are."""
    weights = tier.weights[arcs]
    return bool(weights[0] > 0 and (weights == weights[0]).all())


def _multipliers(tops: Sequence[int], spans: Sequence[int], limit: int) -> list[int]:
    """Return the multipliers of as many leading tiers as stay within a limit together.

    `tops` are the largest numbers of each tier, `spans` the most by which two choices can differ.
    """
    factors = [1]
    total = tops[0]
    for top, span in zip(tops[1:], spans[1:], strict=True):
        total = total * (span + 1) + top
        if total > limit:
            break
        factors = [factor * (span + 1) for factor in factors] + [1]
    return factors


def _assign(network: Network, tiers: Sequence[Tier], room: _Room) -> Choice | None:
    """Give everybody with a place a partner; None where that cannot be, or is too large."""
    from ortools.graph.python import linear_sum_assignment as lsa

    left, right = network.mentees[room.arcs], network.mentors[room.arcs]
    free_mentees, free_mentors = room.places_mentees > 0, room.places_mentors > 0
    size = int(free_mentees.sum())
    # the assignment solver can take very long to see that not everybody can have a partner;
    # maximum flow sees it quickly, more so where a few arcs a person are already enough
    few = np.random.default_rng(0).integers(0, left.size, min(20 * size, left.size))
    if not (_has_partners(left[few], right[few], size) or _has_partners(left, right, size)):
        return None
    # all such choices have as many arcs, so only differences between weights count
    weights = [tier.weights[room.arcs] for tier in tiers]
    lowest = [int(some.min()) for some in weights]
    tops = [int(some.max()) - low for some, low in zip(weights, lowest, strict=True)]
    # the solver scales by size + 1; its prices move by 2·size·(1 + 1/5 + …)·2 at most
    limit = _LIMIT // (4 * (size + 1) * size)
    if tops[0] > limit:
        return None
    factors = _multipliers(tops, [top * size for top in tops], limit)
    costs = np.zeros(room.arcs.size, dtype=np.int64)
    for factor, some, low in zip(factors, weights, lowest, strict=False):
        costs -= factor * (some - low)

    solver = lsa.SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(
        (np.cumsum(free_mentees) - 1)[left], (np.cumsum(free_mentors) - 1)[right], costs
    )
    if solver.solve() != solver.OPTIMAL:
        return None
    mates = np.array([solver.right_mate(i) for i in range(size)], dtype=np.int64)
    partner = np.full(network.n_mentees, -1, dtype=np.int64)
    partner[free_mentees] = np.flatnonzero(free_mentors)[mates]
    return Choice(network.fixed | (partner[network.mentees] == network.mentors), len(factors))


def _has_partners(left: Ints, right: Ints, size: int) -> bool:
    """Tell whether arcs hold `size` pairs without anybody twice."""
    from ortools.graph.python import max_flow

    solver = max_flow.SimpleMaxFlow()
    mentees, mentors = (np.flatnonzero(np.bincount(some)) for some in (left, right))
    if mentees.size < size or mentors.size < size:
        return False
    last = int(max(left.max(), right.max())) + 1
    tails = np.concatenate((left, np.full(size, 2 * last), last + mentors))
    heads = np.concatenate((last + right, mentees, np.full(size, 2 * last + 1)))
    solver.add_arcs_with_capacity(tails, heads, np.ones(tails.size, dtype=np.int64))
    status = solver.solve(2 * last, 2 * last + 1)
    return bool(status == solver.OPTIMAL and solver.optimal_flow() == size)


def _flow(network: Network, tiers: Sequence[Tier], room: _Room) -> Choice | None:
    """Send flow round: hub → mentee → mentor → hub, lower bounds shifted into supplies."""
    from ortools.graph.python import min_cost_flow

    hub = network.n_mentees + network.n_mentors
    tops = [_largest(tier, room.arcs) for tier in tiers]
    spans = [_span(tier, room) for tier in tiers]
    factors = _multipliers(tops, spans, _LIMIT // (hub + 2))
    used = tiers[: len(factors)]

    solver = min_cost_flow.SimpleMinCostFlow()
    costs = np.zeros(room.arcs.size, dtype=np.int64)
    for factor, tier in zip(factors, used, strict=True):
        costs -= factor * tier.weights[room.arcs]
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.mentees[room.arcs],
        network.n_mentees + network.mentors[room.arcs],
        np.ones(room.arcs.size, dtype=np.int64),
        costs,
    )
    people, capacities, costs = _segments(
        room.least_mentees,
        room.most_mentees,
        [(f, t.reward_mentees, t.reach_mentees) for f, t in zip(factors, used, strict=True)],
    )
    hubs = np.full(people.size, hub)
    solver.add_arcs_with_capacity_and_unit_cost(hubs, people, capacities, costs)
    people, capacities, costs = _segments(
        room.least_mentors,
        room.most_mentors,
        [(f, t.reward_mentors, t.reach_mentors) for f, t in zip(factors, used, strict=True)],
    )
    hubs = np.full(people.size, hub)
    solver.add_arcs_with_capacity_and_unit_cost(network.n_mentees + people, hubs, capacities, costs)
    supplies = np.zeros(hub + 1, dtype=np.int64)
    supplies[: network.n_mentees] = room.least_mentees - room.fixed_mentees
    supplies[network.n_mentees : hub] = room.fixed_mentors - room.least_mentors
    supplies[hub] = -supplies.sum()
    solver.set_nodes_supplies(np.arange(hub + 1), supplies)

    status = solver.solve()
    if status == solver.INFEASIBLE:
        return None
    if status != solver.OPTIMAL:
        if len(factors) > 1:
            return _flow(network, tiers[:1], room)
        raise OverflowError(f"tier {tiers[0].name!r}: {status.name} from the flow solver")
    chosen = network.fixed.copy()
    chosen[room.arcs[solver.flows(arcs) > 0]] = True
    return Choice(chosen, len(factors))


def _segments(
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


def _largest(tier: Tier, arcs: Ints) -> int:
    """Return the largest number a tier brings to any arc of the flow."""
    numbers = (tier.weights[arcs], tier.reward_mentees, tier.reward_mentors)
    return max((int(np.abs(some).max()) for some in numbers if some.size), default=0)


def _span(tier: Tier, room: _Room) -> int:
    """Return a number by which the values of two choices cannot differ more."""
    weights = tier.weights[room.arcs]
    span = room.n_most * (max(int(weights.max()), 0) - min(int(weights.min()), 0))
    for least, most, reward, reach in (
        (room.least_mentees, room.most_mentees, tier.reward_mentees, tier.reach_mentees),
        (room.least_mentors, room.most_mentors, tier.reward_mentors, tier.reach_mentors),
    ):
        steps = np.minimum(most, reach) - np.minimum(least, reach)
        span += sum((reward.astype(object) * steps).tolist())
    return span
