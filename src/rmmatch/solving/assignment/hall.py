"""People who have too few partners between them: violators of Hall's condition."""

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
        The people who compete: positions in id order, ascending.
    partners : ndarray of int64
        Everybody they have an arc with: positions in id order, ascending.
    n_needed : int
        The sum of the people's minimum loads.
    n_offered : int
        The most pairs that the partners can give them: for each partner the places not taken by a
        fixed arc with somebody else, or the number of arcs with `people` where that is smaller.
        Always below `n_needed`.
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
        People with more fixed arcs than their maximum load. Where there are any, `hall_sets` is
        empty, and nobody is unmet. People are positions in id order, here and below.
    contrary_mentees, contrary_mentors : ndarray of int64
        People whose minimum load is above their maximum load. The same holds.
    unmet_mentees, unmet_mentors : ndarray of int64
        People who miss their minimum load in one choice that meets as many needs of their side as
        can be met.
    hall_sets : tuple of HallSet
        Who competes for what, the smallest set first; everybody unmet is in exactly one set.
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
        Looked at before each flow, so the call may end later than `stop` is due.

    Returns
    -------
    HallViolator or None
        None where some choice is allowed.

    Raises
    ------
    TimeoutError
        `stop` was due before the answer was known.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 1]), np.array([0, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(2, dtype=bool), one, one, 0 * one, one)
    >>> [hall_set] = find_hall_violator(network).hall_sets
    >>> hall_set.people, hall_set.partners, hall_set.n_needed, hall_set.n_offered
    (array([0, 1]), array([0]), 2, 1)
    """
    stop = stop or Stop()
    fixed_mentees, fixed_mentors = count_loads(network, network.fixed)
    overfull_mentees = np.flatnonzero(fixed_mentees > network.max_load_mentees)
    overfull_mentors = np.flatnonzero(fixed_mentors > network.max_load_mentors)
    contrary_mentees = np.flatnonzero(network.min_load_mentees > network.max_load_mentees)
    contrary_mentors = np.flatnonzero(network.min_load_mentors > network.max_load_mentors)
    impossible = overfull_mentees, overfull_mentors, contrary_mentees, contrary_mentors
    nobody = np.zeros(0, dtype=np.int64)
    if any(people.size for people in impossible):
        return HallViolator(*impossible, nobody, nobody, ())
    unmet_mentees, unmet_mentors = nobody, nobody
    hall_sets: list[HallSet] = []
    if network.min_load_mentees.any():
        unmet_mentees, hall_sets = _violated_side(network, "mentees", stop)
    if network.min_load_mentors.any():
        unmet_mentors, of_mentors = _violated_side(transpose(network, ())[0], "mentors", stop)
        hall_sets += of_mentors
    if not hall_sets:
        return None
    hall_sets.sort(key=lambda hall_set: hall_set.people.size)
    return HallViolator(*impossible, unmet_mentees, unmet_mentors, tuple(hall_sets))


def _violated_side(network: Network, side: str, stop: Stop) -> tuple[Ints, list[HallSet]]:
    """Return who of the first side misses their minimum load, and the sets that cause it."""
    min_load = network.min_load_mentees
    relaxed = replace(
        network,
        min_load_mentees=np.zeros_like(min_load),
        min_load_mentors=np.zeros_like(network.min_load_mentors),
    )
    needs = LinearTier(
        "needs",
        np.zeros(network.n_arcs, dtype=np.int64),
        load_reward_mentees=np.ones(1, dtype=np.int64),
        rewarded_load_mentees=min_load,
    )
    if stop.is_due:  # all the rest takes far less time than the flow
        raise TimeoutError
    choice = solve_flow(relaxed, [needs])
    assert choice is not None
    load, _ = count_loads(network, choice.chosen)
    unmet = np.flatnonzero(load < min_load)
    competing = _alternating_reach(network, choice.chosen, unmet)
    arcs_of_mentee = _ArcsByEnd(network.mentees, np.arange(network.n_arcs), network.n_mentees)
    _, fixed = count_loads(network, network.fixed)
    return unmet, [_hall_set(network, people, arcs_of_mentee, fixed, side) for people in competing]


class _ArcsByEnd:
    """A subset of the arcs, grouped by one of their ends.

    Parameters
    ----------
    ends : ndarray of int64, shape (n_arcs,)
        That end of every arc of the network.
    arcs : ndarray of int64
        Positions of the subset among the arcs.
    n_people : int
        Number of people on that side.
    """

    def __init__(self, ends: Ints, arcs: Ints, n_people: int) -> None:
        self._arcs = arcs[np.argsort(ends[arcs], kind="stable")]
        self.counts = np.bincount(ends[arcs], minlength=n_people)
        self._starts = np.cumsum(self.counts) - self.counts

    def arcs_of(self, people: Ints) -> Ints:
        """Return the arcs of these people, one person after the other.

        Parameters
        ----------
        people : ndarray of int64
            Nobody twice.

        Returns
        -------
        ndarray of int64
            Positions among the arcs of the network.
        """
        counts = self.counts[people]
        first = self._starts[people] - (np.cumsum(counts) - counts)
        arcs: Ints = self._arcs[np.repeat(first, counts) + np.arange(counts.sum())]
        return arcs


def _alternating_reach(network: Network, chosen: Bools, unmet: Ints) -> list[Ints]:
    """Return, for each of the unmet people, everybody whose partners they could take over.

    Directly or through others; people who compete with the same people form one group. Each arc
    is looked at once: whoever was met before belongs to the one who met them first, and so does
    everybody they lead to.
    """
    chosen_arcs = np.flatnonzero(~network.fixed & chosen)
    chosen_of = _ArcsByEnd(network.mentors, chosen_arcs, network.n_mentors)
    is_wanted = ~network.fixed & ~chosen & (chosen_of.counts > 0)[network.mentors]
    wanted_of = _ArcsByEnd(network.mentees, np.flatnonzero(is_wanted), network.n_mentees)
    met_by = np.full(network.n_mentees, -1), np.full(network.n_mentors, -1)
    group_of = np.arange(unmet.size)  # a group is named by the last of its unmet people

    def meet(searcher: int, ends: Ints, side: int) -> Ints:
        """Return those not met before; the groups of all others join the searcher's."""
        is_end = np.zeros(met_by[side].size, dtype=np.bool_)
        is_end[ends] = True
        people = np.flatnonzero(is_end)
        first_met_by = met_by[side][people]
        groups = group_of[first_met_by[first_met_by >= 0]]
        if (groups != searcher).any():
            is_joined = np.zeros(unmet.size, dtype=np.bool_)
            is_joined[groups] = True
            group_of[is_joined[group_of]] = searcher
        new: Ints = people[first_met_by < 0]
        met_by[side][new] = searcher
        return new

    for searcher in range(unmet.size):
        people = meet(searcher, unmet[searcher : searcher + 1], 0)
        while people.size:
            partners = meet(searcher, network.mentors[wanted_of.arcs_of(people)], 1)
            people = meet(searcher, network.mentees[chosen_of.arcs_of(partners)], 0)
    everybody = np.flatnonzero(met_by[0] >= 0)
    groups = group_of[met_by[0][everybody]]
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    return np.split(everybody[order], ends) if order.size else []


def _hall_set(
    network: Network, people: Ints, arcs_of_mentee: _ArcsByEnd, n_fixed: Ints, side: str
) -> HallSet:
    """Count what people need and what their partners, with `n_fixed` fixed arcs, can offer."""
    arcs = arcs_of_mentee.arcs_of(people)
    partners = network.mentors[arcs]
    counts = np.bincount(partners, minlength=network.n_mentors)
    own = np.bincount(partners[network.fixed[arcs]], minlength=network.n_mentors)
    offers = np.minimum(network.max_load_mentors - (n_fixed - own), counts)
    return HallSet(
        side,
        people,
        np.flatnonzero(counts),
        int(network.min_load_mentees[people].sum()),
        int(offers.sum()),
    )
