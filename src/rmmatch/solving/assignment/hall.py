"""People who have too few partners between them: violators of the condition of Hall."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, transpose
from rmmatch.solving.stopping import Stop

__all__ = ["HallSet", "HallViolator", "find_hall_violator"]


@dataclass(frozen=True, eq=False, slots=True)
class HallSet:
    """People of one side who together need more places than their partners can offer.

    Attributes
    ----------
    side : str
        ``"mentees"`` or ``"mentors"``: the side of `people`; `partners` are on the other.
    people : ndarray of int64
        The people who compete, by index.
    partners : ndarray of int64
        Everybody they have an arc with.
    needed : int
        The sum of the people's `least`.
    offered : int
        The most that the partners can give them: for each partner the places not taken by a fixed
        arc with somebody else, or the number of arcs with `people` where that is smaller. Always
        below `needed`.
    """

    side: str
    people: Ints
    partners: Ints
    n_needed: int
    n_offered: int


@dataclass(frozen=True, eq=False, slots=True)
class HallViolator:
    """Why no choice is allowed.

    Attributes
    ----------
    overfull_mentees, overfull_mentors : ndarray of int64
        People with more fixed arcs than their `most`. Where there are any, nothing else is given.
    contrary_mentees, contrary_mentors : ndarray of int64
        People whose `least` is above their `most`. The same holds.
    unmet_mentees, unmet_mentors : ndarray of int64
        People who miss their `least` in one choice that meets as much as can be met of that side.
    groups : tuple of Group
        Who competes for what, smallest group first; everybody unmet is in exactly one of them.
    """

    overfull_mentees: Ints
    overfull_mentors: Ints
    contrary_mentees: Ints
    contrary_mentors: Ints
    unmet_mentees: Ints
    unmet_mentors: Ints
    hall_sets: tuple[HallSet, ...]


def find_hall_violator(network: Network, stop: Stop | None = None) -> HallViolator | None:
    """Say why no choice is allowed.

    Each side is looked at alone: where the needs of either side can be met without those of the
    other, both can be met together (Mendelsohn and Dulmage, 1958).

    Parameters
    ----------
    network : Network
        The problem.
    stop : Stop, optional
        It is asked before each flow, so the call may end later than it is due.

    Returns
    -------
    HallViolator or None
        None where some choice is allowed.

    Raises
    ------
    TimeoutError
        It was due before the answer was known.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 1]), np.array([0, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(2, dtype=bool), one, one, 0 * one, one)
    >>> [group] = shortfall(network).groups
    >>> group.people, group.partners, group.needed, group.offered
    (array([0, 1]), array([0]), 2, 1)
    """
    stop = stop or Stop()
    fixed_mentees, fixed_mentors = count_loads(network, network.fixed)
    overfull_mentees = np.flatnonzero(fixed_mentees > network.max_load_mentees)
    overfull_mentors = np.flatnonzero(fixed_mentors > network.max_load_mentors)
    contrary_mentees = np.flatnonzero(network.min_load_mentees > network.max_load_mentees)
    contrary_mentors = np.flatnonzero(network.min_load_mentors > network.max_load_mentors)
    alone = overfull_mentees, overfull_mentors, contrary_mentees, contrary_mentors
    none = np.zeros(0, dtype=np.int64)
    if any(people.size for people in alone):
        return HallViolator(*alone, none, none, ())
    unmet_mentees, unmet_mentors = none, none
    groups: list[HallSet] = []
    if network.min_load_mentees.any():
        unmet_mentees, groups = _violated_side(network, "mentees", stop)
    if network.min_load_mentors.any():
        unmet_mentors, others = _violated_side(transpose(network, ())[0], "mentors", stop)
        groups += others
    if not groups:
        return None
    groups.sort(key=lambda group: group.people.size)
    return HallViolator(*alone, unmet_mentees, unmet_mentors, tuple(groups))


def _violated_side(network: Network, side: str, stop: Stop) -> tuple[Ints, list[HallSet]]:
    """Return who of the first side misses their least, and the groups that cause it."""
    least = network.min_load_mentees
    relaxed = replace(
        network,
        min_load_mentees=np.zeros_like(least),
        min_load_mentors=np.zeros_like(network.min_load_mentors),
    )
    needs = LinearTier(
        "needs",
        np.zeros(network.n_arcs, dtype=np.int64),
        load_reward_mentees=np.ones(1, dtype=np.int64),
        rewarded_load_mentees=least,
    )
    if stop.is_due:  # what else there is to do takes far less than the flow
        raise TimeoutError
    choice = solve_flow(relaxed, [needs])
    assert choice is not None
    load, _ = count_loads(network, choice.chosen)
    unmet = np.flatnonzero(load < least)
    competing = _alternating_reach(network, choice.chosen, unmet)
    rows = _ArcsByEnd(network.mentees, np.arange(network.n_arcs), network.n_mentees)
    _, fixed = count_loads(network, network.fixed)
    return unmet, [_hall_set(network, people, rows, fixed, side) for people in competing]


class _ArcsByEnd:
    """Some arcs by one of their ends."""

    def __init__(self, ends: Ints, arcs: Ints, count: int) -> None:
        self._arcs = arcs[np.argsort(ends[arcs], kind="stable")]
        self.counts = np.bincount(ends[arcs], minlength=count)
        self._starts = np.cumsum(self.counts) - self.counts

    def arcs_of(self, people: Ints) -> Ints:
        """Return the arcs of some people."""
        counts = self.counts[people]
        first = self._starts[people] - (np.cumsum(counts) - counts)
        arcs: Ints = self._arcs[np.repeat(first, counts) + np.arange(counts.sum())]
        return arcs


def _alternating_reach(network: Network, chosen: Bools, unmet: Ints) -> list[Ints]:
    """Return, for each of some people, everybody whose partners they could take over.

    Directly or through others; those who compete with the same people are told of together. Each
    arc is looked at once: whoever was met before belongs to the one who met them first, and so
    does everybody they lead to.
    """
    held = _ArcsByEnd(network.mentors, np.flatnonzero(~network.fixed & chosen), network.n_mentors)
    wanted = ~network.fixed & ~chosen & (held.counts > 0)[network.mentors]
    wants = _ArcsByEnd(network.mentees, np.flatnonzero(wanted), network.n_mentees)
    met_by = np.full(network.n_mentees, -1), np.full(network.n_mentors, -1)
    group_of = np.arange(unmet.size)  # named by the last of its unmet people

    def meet(one: int, ends: Ints, side: int) -> Ints:
        """Return those not met before; with the others' groups the one's becomes one."""
        is_end = np.zeros(met_by[side].size, dtype=np.bool_)
        is_end[ends] = True
        people = np.flatnonzero(is_end)
        before = met_by[side][people]
        groups = group_of[before[before >= 0]]
        if (groups != one).any():
            is_joined = np.zeros(unmet.size, dtype=np.bool_)
            is_joined[groups] = True
            group_of[is_joined[group_of]] = one
        new: Ints = people[before < 0]
        met_by[side][new] = one
        return new

    for one in range(unmet.size):
        people = meet(one, unmet[one : one + 1], 0)
        while people.size:
            partners = meet(one, network.mentors[wants.arcs_of(people)], 1)
            people = meet(one, network.mentees[held.arcs_of(partners)], 0)
    everybody = np.flatnonzero(met_by[0] >= 0)
    groups = group_of[met_by[0][everybody]]
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    return np.split(everybody[order], ends) if order.size else []


def _hall_set(network: Network, people: Ints, rows: _ArcsByEnd, fixed: Ints, side: str) -> HallSet:
    """Count what a group needs and what its partners, some arcs of whom are fixed, can offer."""
    arcs = rows.arcs_of(people)
    partners = network.mentors[arcs]
    counts = np.bincount(partners, minlength=network.n_mentors)
    own = np.bincount(partners[network.fixed[arcs]], minlength=network.n_mentors)
    offers = np.minimum(network.max_load_mentors - (fixed - own), counts)
    return HallSet(
        side,
        people,
        np.flatnonzero(counts),
        int(network.min_load_mentees[people].sum()),
        int(offers.sum()),
    )
