"""Tiers solved one after the other, each proved before the next; and why nothing is allowed.

Once a tier is solved and priced, the choices that are best for it form a smaller network, over
which the next tier is solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from rmmatch.solving.flow import choose
from rmmatch.solving.flowway import FlowWay
from rmmatch.solving.network import (
    Bools,
    Ints,
    Network,
    Tier,
    allows,
    loads,
    simple_bound,
    turned,
)
from rmmatch.solving.stages import Linear, Proof, Stage, Value
from rmmatch.solving.stopping import Stop
from rmmatch.solving.ways import Way

__all__ = ["Group", "Shortfall", "Solution", "greedy", "settle", "shortfall", "solve"]


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """A choice, what it is worth in each tier, and what no choice can exceed.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,), or None
        The arcs taken; None where it was stopped before any allowed choice was at hand.
    values : tuple of int or of tuple of int, or None
        Its value in each tier; None where there is no choice.
    bounds : tuple of int, of tuple of int or of None
        For each tier, an upper bound on the value of every choice that is best for all tiers
        proved before it; None where nothing is known.
    proofs : tuple of (tuple of Proof) or None
        For each tier what proves it over the face of the tiers before it, or None where it
        was stopped first. The tiers with proofs come first.
    """

    chosen: Bools | None
    values: tuple[Value, ...] | None
    bounds: tuple[Value | None, ...]
    proofs: tuple[tuple[Proof, ...] | None, ...]

    @property
    def n_proved(self) -> int:
        """How many leading tiers are proved."""
        return sum(proofs is not None for proofs in self.proofs)

    @property
    def prices(self) -> tuple[tuple[Ints, Ints] | None, ...]:
        """The first prices of each tier: all there are where it is one linear question."""
        return tuple(proofs[0].prices if proofs else None for proofs in self.proofs)


def solve(network: Network, tiers: Sequence[Tier], *, stop: Stop | None = None) -> Solution | None:
    """Return a choice that maximises each linear tier in turn, with its proof.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of Tier
        What is maximised, in order.
    stop : Stop, optional
        It is asked between steps, so the call may end later than it is due. Then the best choice
        at hand is returned, a greedy one where nothing was solved yet.

    Returns
    -------
    Solution or None
        None where no choice is allowed.

    Raises
    ------
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> pairs = Tier("pairs", np.ones(3, dtype=np.int64))
    >>> found = solve(network, [pairs, Tier("total", np.array([20, 5, 6]))])
    >>> found.chosen, found.values, found.bounds
    (array([False,  True,  True]), (2, 11), (2, 11))
    """
    return settle(FlowWay(network), [Linear(tier) for tier in tiers], stop=stop)


def settle(way: Way, stages: Sequence[Stage], *, stop: Stop | None = None) -> Solution | None:
    """Return a choice that is best for each stage in turn, with its proof.

    Parameters
    ----------
    way : Way
        What answers the linear questions of the stages; it must not have held anything yet.
    stages : sequence of Stage
    stop : Stop, optional
        As for `solve`.

    Returns
    -------
    Solution or None
        None where no choice is allowed.

    Raises
    ------
    NotSupportedError
        A stage leaves slack, and the way cannot hold that.
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.
    TimeoutError
        Time ran out, in a way that had no allowed choice at hand yet.
    """
    stop = stop or Stop()
    network = way.network
    chosen: Bools | None = None
    bounds: list[Value | None] = []
    proofs: list[tuple[Proof, ...] | None] = []
    for at, stage in enumerate(stages):
        if stop.is_due:
            break
        run = takewhile(lambda later: isinstance(later, Linear), stages[at + 1 :])
        then = [later.hint(network).take(way.places) for later in run]
        try:
            settled = stage.settle(way, then, stop)
        except TimeoutError:
            if chosen is None:
                raise
            break  # what is best for the stages before stands
        if settled is None:
            return None
        way = settled.way
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[way.places[settled.chosen]] = True
        bounds.append(settled.optimum)
        if settled.proofs is None:
            break
        proofs.append(settled.proofs)

    if chosen is None:
        if not _has_room(network):
            return None
        chosen = greedy(network, [stage.hint(network) for stage in stages])
        if chosen is not None and not way.allows(chosen):
            chosen = None  # quotas are beyond it
    bounds += [_simple_bound(way, stage) for stage in stages[len(bounds) :]]
    proofs += [None] * (len(stages) - len(proofs))
    if chosen is None:
        return Solution(None, None, tuple(bounds), tuple(proofs))
    values = tuple(stage.value(network, chosen) for stage in stages)
    return Solution(chosen, values, tuple(bounds), tuple(proofs))


def _simple_bound(way: Way, stage: Stage) -> Value | None:
    """Return a quick bound on a stage that was not settled."""
    if not isinstance(stage, Linear):
        return None
    return simple_bound(way.network, stage.tier.take(way.places))


def _has_room(network: Network) -> bool:
    """Tell whether the bounds of each person, taken alone, leave any load."""
    fixed_mentees, fixed_mentors = loads(network, network.fixed)
    return bool(
        (np.maximum(network.least_mentees, fixed_mentees) <= network.most_mentees).all()
        and (np.maximum(network.least_mentors, fixed_mentors) <= network.most_mentors).all()
    )


def greedy(network: Network, tiers: Sequence[Tier]) -> Bools | None:
    """Take arcs by weight, earlier tiers first, while there is room.

    Parameters
    ----------
    network : Network
        The problem; its fixed arcs leave nobody without room.
    tiers : sequence of Tier
        What arcs are sorted by.

    Returns
    -------
    ndarray of bool, shape (n_arcs,), or None
        None where somebody's `least` is missed.
    """
    chosen = network.fixed.copy()
    fixed_mentees, fixed_mentors = loads(network, chosen)
    places_mentees = (network.most_mentees - fixed_mentees).tolist()
    places_mentors = (network.most_mentors - fixed_mentors).tolist()
    order = np.lexsort([-tier.weights for tier in reversed(tiers)]) if tiers else np.arange(0)
    order = order[~network.fixed[order]]
    ends = zip(network.mentees[order].tolist(), network.mentors[order].tolist(), strict=True)
    for arc, (mentee, mentor) in zip(order.tolist(), ends, strict=True):
        if places_mentees[mentee] and places_mentors[mentor]:
            chosen[arc] = True
            places_mentees[mentee] -= 1
            places_mentors[mentor] -= 1
    return chosen if allows(network, chosen) else None


@dataclass(frozen=True, eq=False, slots=True)
class Group:
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
    needed: int
    offered: int


@dataclass(frozen=True, eq=False, slots=True)
class Shortfall:
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
    groups: tuple[Group, ...]


def shortfall(network: Network) -> Shortfall | None:
    """Say why no choice is allowed.

    Each side is looked at alone: where the needs of either side can be met without those of the
    other, both can be met together (Mendelsohn and Dulmage, 1958).

    Parameters
    ----------
    network : Network
        The problem.

    Returns
    -------
    Shortfall or None
        None where some choice is allowed.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 1]), np.array([0, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(2, dtype=bool), one, one, 0 * one, one)
    >>> [group] = shortfall(network).groups
    >>> group.people, group.partners, group.needed, group.offered
    (array([0, 1]), array([0]), 2, 1)
    """
    fixed_mentees, fixed_mentors = loads(network, network.fixed)
    overfull_mentees = np.flatnonzero(fixed_mentees > network.most_mentees)
    overfull_mentors = np.flatnonzero(fixed_mentors > network.most_mentors)
    contrary_mentees = np.flatnonzero(network.least_mentees > network.most_mentees)
    contrary_mentors = np.flatnonzero(network.least_mentors > network.most_mentors)
    alone = overfull_mentees, overfull_mentors, contrary_mentees, contrary_mentors
    none = np.zeros(0, dtype=np.int64)
    if any(people.size for people in alone):
        return Shortfall(*alone, none, none, ())
    unmet_mentees, mentee_groups = _short_side(network, "mentees")
    unmet_mentors, mentor_groups = _short_side(turned(network, ())[0], "mentors")
    if not (unmet_mentees.size or unmet_mentors.size):
        return None
    groups = sorted(mentee_groups + mentor_groups, key=lambda group: group.people.size)
    return Shortfall(*alone, unmet_mentees, unmet_mentors, tuple(groups))


def _short_side(network: Network, side: str) -> tuple[Ints, list[Group]]:
    """Return who of the first side misses their least, and the groups that cause it."""
    least = network.least_mentees
    relaxed = replace(
        network,
        least_mentees=np.zeros_like(least),
        least_mentors=np.zeros_like(network.least_mentors),
    )
    needs = Tier(
        "needs",
        np.zeros(network.n_arcs, dtype=np.int64),
        reward_mentees=np.ones(1, dtype=np.int64),
        reach_mentees=least,
    )
    choice = choose(relaxed, [needs])
    assert choice is not None
    load, _ = loads(network, choice.chosen)
    unmet = np.flatnonzero(load < least)
    found: list[Bools] = []
    for person in unmet.tolist():
        people = _competitors(network, choice.chosen, person)
        # those who compete with the same people are told of together
        for other in found:
            if (other & people).any():
                people |= other
        found = [other for other in found if not (other & people).any()] + [people]
    return unmet, [_group(network, people, side) for people in found]


def _competitors(network: Network, chosen: Bools, person: int) -> Bools:
    """Mark everybody whose partners a person could take over, directly or through others."""
    wanted, held = ~network.fixed & ~chosen, ~network.fixed & chosen
    people = np.zeros(network.n_mentees, dtype=np.bool_)
    people[person] = True
    while True:
        partners = np.zeros(network.n_mentors, dtype=np.bool_)
        partners[network.mentors[wanted & people[network.mentees]]] = True
        more = people.copy()
        more[network.mentees[held & partners[network.mentors]]] = True
        if (more == people).all():
            return people
        people = more


def _group(network: Network, people: Bools, side: str) -> Group:
    """Count what a group needs and what its partners can offer."""
    theirs = people[network.mentees]
    _, arcs = loads(network, theirs)
    _, taken = loads(network, network.fixed & ~theirs)
    offers = np.minimum(network.most_mentors - taken, arcs)
    return Group(
        side,
        np.flatnonzero(people),
        np.flatnonzero(arcs),
        int(network.least_mentees[people].sum()),
        int(offers.sum()),
    )
