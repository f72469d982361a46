"""The best choice but one: the cheapest change of a best choice, by shortest paths.

Two choices differ by changes that each go round: a mentee takes an arc, its mentor gives one up,
that arc's mentee takes another, and so on, back to the first mentee, or from somebody who may have
one arc less or more to somebody else who may. Each change that goes round once is itself allowed,
and none of a best choice gains anything; so the best choice but one is the cheapest of them
(Chegireddy and Hamacher, 1987; Murty, 1968). Its cost is found by Floyd and Warshall's paths
between the mentees. Tiers are compared in order, in one or several 64-bit numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, pairwise

import numpy as np

from rmmatch.numeric import Bools, Ints, pair_keys, ranks_in_groups, stable_order
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    count_loads,
    is_feasible,
    tier_value,
)
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["RankedAssignment", "murty_enumeration"]

_NO_PATH_COST = 2**61  # stands for "no such path"; two of them still fit 64 bits; exactness
_MAX_PATH_COST = 2**60  # every true cost is smaller in size; exactness
_MAX_INT64 = np.iinfo(np.int64).max  # above every cost; exactness
Costs = list[Ints]  # one array for each 64-bit number, compared in order


@dataclass(frozen=True, eq=False)
class RankedAssignment:
    """A choice and what it is worth in each tier.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
    values : tuple of int
        In the order of the tiers, in their units.
    """

    chosen: Bools
    values: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Subspace:
    """Part of all choices: some arcs fixed, some banned; its best choice and the best but one."""

    fixed: Bools
    banned: Bools
    best: Bools
    second_best: Bools


def murty_enumeration(
    network: Network, tiers: Sequence[LinearTier], mentee: int | None = None
) -> Iterator[RankedAssignment]:
    """Yield all allowed choices in the order of the tiers, the best first.

    Parameters
    ----------
    network : Network
        With arcs in the order of mentees and then mentors.
    tiers : sequence of LinearTier
        What is maximised, in order.
    mentee : int, optional
        Position in the network. Only the best of the choices in which this mentee has the same
        arcs.

    Yields
    ------
    RankedAssignment

    Examples
    --------
    >>> ones = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * ones, ones, 0 * ones, ones)
    >>> total = LinearTier("total", np.array([20, 5, 6]))
    >>> [ranked.values for ranked in murty_enumeration(network, [total])]
    [(20,), (11,), (6,), (5,), (0,)]
    """
    if not network.n_arcs:
        if is_feasible(network, network.fixed):
            yield RankedAssignment(
                network.fixed, tuple(tier_value(network, t, network.fixed) for t in tiers)
            )
        return
    solution = solve_linear_tiers(network, tiers)
    if solution is None or solution.chosen is None:
        return
    residual = _ResidualGraph(network, tiers)
    queue: list[tuple[tuple[int, ...], int, _Subspace]] = []
    numbers = count()

    def push_subspace(fixed: Bools, banned: Bools, best: Bools) -> None:
        second = residual.second_best(fixed, banned, best, mentee)
        if second is not None:
            negated_values = tuple(-tier_value(network, tier, second) for tier in tiers)
            heappush(queue, (negated_values, next(numbers), _Subspace(fixed, banned, best, second)))

    best = solution.chosen
    yield RankedAssignment(best, tuple(tier_value(network, tier, best) for tier in tiers))
    push_subspace(network.fixed, np.zeros(network.n_arcs, dtype=np.bool_), best)
    while queue:
        negated_values, _, subspace = heappop(queue)
        yield RankedAssignment(subspace.second_best, tuple(-value for value in negated_values))
        differing = subspace.best != subspace.second_best
        if mentee is not None:
            differing &= network.mentees == mentee
        arc = np.arange(network.n_arcs) == np.flatnonzero(differing)[0]
        with_arc, without = (
            (subspace.best, subspace.second_best)
            if subspace.best[arc].all()
            else (subspace.second_best, subspace.best)
        )
        push_subspace(subspace.fixed | arc, subspace.banned, with_arc)
        push_subspace(subspace.fixed, subspace.banned | arc, without)


class _ResidualGraph:
    """What each change of a choice costs, in a few numbers of 64 bits."""

    def __init__(self, network: Network, tiers: Sequence[LinearTier]) -> None:
        self._network = network
        self._tiers = tiers
        self._factors = _packing_factors(network, tiers)

    def second_best(
        self, fixed: Bools, banned: Bools, best: Bools, mentee: int | None
    ) -> Bools | None:
        """Return the best allowed choice that differs from the best one; None without any."""
        network = self._network
        load_mentees, load_mentors = count_loads(network, best)
        removable = np.flatnonzero(best & ~fixed)
        addable = np.flatnonzero(~best & ~banned)
        weights = self._packed_weights([tier.weights for tier in self._tiers])
        owners, partners = network.mentees[removable], network.mentors[removable]

        adding = [np.full((network.n_mentees, network.n_mentors), _NO_PATH_COST) for _ in weights]
        for limb, weight in zip(adding, weights, strict=True):
            limb[network.mentees[addable], network.mentors[addable]] = -weight[addable]
        removing = [weight[removable] for weight in weights]

        # a step: a mentee takes an arc, and its mentor gives one of theirs up
        steps, removed_of_step = _min_by_owner(
            owners,
            [
                limb[:, partners] + removing_limb
                for limb, removing_limb in zip(adding, removing, strict=True)
            ],
            network.n_mentees,
        )
        for step in steps:
            np.fill_diagonal(step, _NO_PATH_COST)
        predecessors = _all_pairs_shortest_paths(steps)

        gain_mentees, loss_mentees = self._load_change_costs(
            load_mentees,
            network.min_load_mentees,
            network.max_load_mentees,
            [(tier.load_reward_mentees, tier.rewarded_load_mentees) for tier in self._tiers],
        )
        gain_mentors, loss_mentors = self._load_change_costs(
            load_mentors,
            network.min_load_mentors,
            network.max_load_mentors,
            [(tier.load_reward_mentors, tier.rewarded_load_mentors) for tier in self._tiers],
        )
        # from the outside to a mentee, directly or by a mentor who gives an arc up; and back
        enter_via, enter_by = _min_by_owner(
            owners,
            [
                removing_limb + loss_limb[partners]
                for removing_limb, loss_limb in zip(removing, loss_mentors, strict=True)
            ],
            network.n_mentees,
        )
        leaving = [
            adding_limb + gain_limb
            for adding_limb, gain_limb in zip(adding, gain_mentors, strict=True)
        ]
        leave_by = _argmin_lexicographic(leaving)
        everybody = np.arange(network.n_mentees)
        leave_via = [np.minimum(limb[everybody, leave_by], _NO_PATH_COST) for limb in leaving]

        enter = _PathEnds(gain_mentees, enter_via, steps, axis=0)
        leave = _PathEnds(loss_mentees, leave_via, steps, axis=1)
        cycle = _cheapest_cycle(steps, enter, leave, mentee)
        if cycle is None:
            return None
        people, enters_by_mentor, leaves_by_mentor = _mentees_of_cycle(
            cycle, predecessors, enter, leave
        )
        changed = best.copy()
        for taker, giver in pairwise(people):
            given_up = removed_of_step[taker, giver]
            changed[removable[given_up]] = False
            changed[self._arc(taker, partners[given_up])] = True
        if enters_by_mentor:
            changed[removable[enter_by[people[0]]]] = False
        if leaves_by_mentor:
            changed[self._arc(people[-1], int(leave_by[people[-1]]))] = True
        return changed

    def _arc(self, mentee: int, mentor: int) -> int:
        network = self._network
        keys = pair_keys(network.mentees, network.mentors, network.n_mentors)
        return int(np.searchsorted(keys, mentee * network.n_mentors + mentor))

    def _packed_weights(self, of_tiers: Sequence[Ints]) -> Costs:
        """Return numbers of each tier as the few that are compared."""
        return [
            sum(
                (factor * some for factor, some in zip(row, of_tiers, strict=True) if factor),
                np.zeros(1, dtype=np.int64),
            )
            for row in self._factors
        ]

    def _load_change_costs(
        self, load: Ints, min_load: Ints, max_load: Ints, rewards: Sequence[tuple[Ints, Ints]]
    ) -> tuple[Costs, Costs]:
        """Return what one arc more of each person costs, and one less, beside its weight."""
        gained = self._packed_weights(
            [np.where(load < rewarded_load, reward, 0) for reward, rewarded_load in rewards]
        )
        lost = self._packed_weights(
            [np.where(load <= rewarded_load, reward, 0) for reward, rewarded_load in rewards]
        )
        return (
            [np.where(load < max_load, -cost, _NO_PATH_COST) for cost in gained],
            [np.where(load > min_load, cost, _NO_PATH_COST) for cost in lost],
        )


class _PathEnds:
    """How cycles come from the outside to each mentee, or go from each to the outside.

    `direct`: the mentee has one arc more or less. `path`: by a mentor, or through other mentees,
    of whom `end` is the one next to the outside.
    """

    def __init__(self, direct: Costs, by_mentor: Costs, paths: Costs, *, axis: int) -> None:
        self.is_direct = ~_is_less(by_mentor, direct)
        self.direct = direct
        people = np.arange(len(self.is_direct))
        totals = []
        for direct_limb, mentor_limb, path in zip(direct, by_mentor, paths, strict=True):
            outer = np.where(self.is_direct, direct_limb, mentor_limb)
            limb = outer + (path.T if axis == 0 else path)
            limb[people, people] = mentor_limb
            totals.append(limb)
        self.end = _argmin_lexicographic(totals)
        self.path = [limb[people, self.end] for limb in totals]


def _cheapest_cycle(
    paths: Costs, enter: _PathEnds, leave: _PathEnds, mentee: int | None
) -> tuple[int, int] | None:
    """Return a mentee on the cheapest cycle, of all or of those through one mentee, and its kind.

    A mentee who only has one arc more and one less at once changes nothing: that is no cycle. A
    cycle by the outside that passes somebody twice is no cheaper than the round in it, which comes
    first.
    """
    people = np.arange(len(paths[0])) if mentee is None else np.array([mentee])
    if not people.size:
        return None
    kinds = [
        [path[people, people] for path in paths],
        _add_costs(enter.direct, leave.path, people),
        _add_costs(enter.path, leave.direct, people),
        _add_costs(enter.path, leave.path, people),
    ]
    limbs_of_kinds = [np.concatenate(limbs)[None] for limbs in zip(*kinds, strict=True)]
    place = int(_argmin_lexicographic(limbs_of_kinds)[0])
    if limbs_of_kinds[0][0, place] >= _MAX_PATH_COST:
        return None
    kind, place_of_kind = divmod(place, people.size)
    return int(people[place_of_kind]), kind


def _mentees_of_cycle(
    cycle: tuple[int, int], predecessors: Ints, enter: _PathEnds, leave: _PathEnds
) -> tuple[list[int], bool, bool]:
    """Return the mentees of a cycle in order, and whether a mentor is its first, its last."""
    mentee, kind = cycle
    if kind == 0:
        return _mentees_of_path(predecessors, mentee, mentee), False, False
    people, by_mentor = [mentee], [False, False]
    if kind in (2, 3):
        first = int(enter.end[mentee])
        by_mentor[0] = first == mentee or not enter.is_direct[first]
        people = _mentees_of_path(predecessors, first, mentee) if first != mentee else people
    if kind in (1, 3):
        last = int(leave.end[mentee])
        by_mentor[1] = last == mentee or not leave.is_direct[last]
        people += _mentees_of_path(predecessors, mentee, last)[1:] if last != mentee else []
    return people, by_mentor[0], by_mentor[1]


def _mentees_of_path(predecessors: Ints, first: int, last: int) -> list[int]:
    """Return the mentees on the shortest path; from a mentee to themselves, those of the round."""
    people = [last, int(predecessors[first, last])]
    while people[-1] != first:
        people.append(int(predecessors[first, people[-1]]))
    return people[::-1]


def _all_pairs_shortest_paths(paths: Costs) -> Ints:
    """Make steps into the costs of shortest paths, in place; return who stands before the last."""
    n_mentees = len(paths[0])
    predecessors = np.repeat(np.arange(n_mentees), n_mentees).reshape(n_mentees, n_mentees)
    # a number that is the same for every step, as the count of pairs is, decides between no paths
    deciding = [path for path in paths if path[path < _MAX_PATH_COST].any()] or paths[:1]
    for middle in range(n_mentees):
        offer = [path[:, middle, None] + path[None, middle] for path in deciding]
        better = _is_less(offer, deciding)
        if not better.any():
            continue
        for path, offered in zip(deciding, offer, strict=True):
            np.copyto(path, offered, where=better)
        np.copyto(predecessors, predecessors[None, middle], where=better)
    for path in paths:
        if not any(path is deciding_limb for deciding_limb in deciding):
            path[:] = np.where(deciding[0] < _MAX_PATH_COST, 0, _NO_PATH_COST)
    return predecessors


def _min_by_owner(owners: Ints, costs: Costs, count: int) -> tuple[Costs, Ints]:
    """Return each owner's least cost along the last axis, and its place."""
    shape = (*costs[0].shape[:-1], count)
    least: Costs = [np.full(shape, _NO_PATH_COST) for _ in costs]
    places: Ints = np.full(shape, -1)
    for entries in _nth_entry_of_each(owners):
        owners_with_nth = owners[entries]
        offer = [cost[..., entries] for cost in costs]
        better = _is_less(offer, [limb[..., owners_with_nth] for limb in least])
        for limb, offered in zip(least, offer, strict=True):
            limb[..., owners_with_nth] = np.where(better, offered, limb[..., owners_with_nth])
        places[..., owners_with_nth] = np.where(better, entries, places[..., owners_with_nth])
    return least, places


def _nth_entry_of_each(people: Ints) -> Iterator[Ints]:
    """Yield the places of each person's first entry, of each one's second, and so on."""
    order = stable_order(people)
    ranks = ranks_in_groups(people[order])
    for rank in range(int(ranks.max(initial=-1)) + 1):
        yield order[ranks == rank]


def _add_costs(first: Costs, second: Costs, people: Ints) -> Costs:
    return [
        first_limb[people] + second_limb[people]
        for first_limb, second_limb in zip(first, second, strict=True)
    ]


def _is_less(costs: Costs, bounds: Costs) -> Bools:
    """Compare in order: the first number first."""
    less: Bools = costs[-1] < bounds[-1]
    for cost, bound in zip(costs[-2::-1], bounds[-2::-1], strict=True):
        less = (cost < bound) | ((cost == bound) & less)
    return less


def _argmin_lexicographic(costs: Costs) -> Ints:
    """Return the place of the least of each row, compared in order."""
    limb = costs[0]
    for next_limb in costs[1:]:
        limb = np.where(limb == limb.min(axis=1, keepdims=True), next_limb, _MAX_INT64)
    place: Ints = limb.argmin(axis=1)
    return place


def _packing_factors(network: Network, tiers: Sequence[LinearTier]) -> list[list[int]]:
    """Return, for each number that is compared, by how much each tier is multiplied in it.

    As many tiers share a number as fit: an earlier one counts more than later ones can ever differ.
    """
    sizes: list[int] = []
    for tier in tiers:
        highest, lowest = int(tier.weights.max()), int(tier.weights.min())
        rewards = int(tier.load_reward_mentees.max(initial=0)) + int(
            tier.load_reward_mentors.max(initial=0)
        )
        ends = max(abs(highest), abs(lowest)) + rewards
        # a path passes a mentee once, and two are added; each step takes an arc and gives one up
        sizes.append(2 * (network.n_mentees * (highest - lowest) + 2 * ends))
        if sizes[-1] >= _MAX_PATH_COST:
            raise OverflowError(f"tier {tier.name!r}: weights up to {ends} are too large")
    rows: list[list[int]] = []
    n_packed = 0
    while n_packed < len(tiers):
        tops = sizes[n_packed:]
        factors = lexicographic_weights(tops, [2 * top for top in tops], _MAX_PATH_COST - 1)
        n_after = len(tops) - len(factors)
        rows.append([0] * n_packed + factors + [0] * n_after)
        n_packed += len(factors)
    return rows
