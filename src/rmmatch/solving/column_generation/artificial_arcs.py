"""Few arcs seldom give everybody a partner, and then their prices are far from the right ones.

So people of the two sides are coupled by arcs that do not exist. With as many people on each side
and a couple for everybody this is an assignment problem, which is solved several times quicker
than a flow. Its prices are as good as any to ask all pairs which are worth more. A couple may be
worth a little less than the prices expected: were it worth nothing, a few people alone would move
the prices of all. Where it is worth nothing and people stay alone in the right couples, the choice
is the best without couples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints, is_member
from rmmatch.solving.assignment.duals import optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network

__all__ = ["ArtificialSolution", "solve_with_artificial_arcs"]


@dataclass(frozen=True, eq=False, slots=True)
class ArtificialSolution:
    """A choice among arcs and couples.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The arcs taken.
    alone : tuple of ndarray of int64, shape (n_unmatched,)
        Mentees and mentors of the couples that were kept.
    """

    chosen: Bools
    unmatched: tuple[Ints, Ints]
    _extended: tuple[Network, LinearTier, Bools]

    @property
    def n_unmatched(self) -> int:
        """How many couples were kept."""
        return self.unmatched[0].size

    def optimal_duals(self, near: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
        """Return prices that prove the choice with couples, free in sign and close to others."""
        return optimal_duals(*self._extended, near)


def solve_with_artificial_arcs(
    network: Network,
    tier: LinearTier,
    near_prices: tuple[Ints, Ints],
    previous_arcs: tuple[Ints, Ints],
    degrees: tuple[Ints, Ints],
    artificial_discount: int | None = None,
) -> ArtificialSolution | None:
    """Return the best choice with couples.

    Parameters
    ----------
    network : Network
    tier : Tier
        Without rewards.
    near : tuple of ndarray of int64
        The prices expected: where one side has more people, those with the lowest are left out.
    before : tuple of ndarray of int64
        Pairs of a choice made before, sorted; at least the fixed ones: they need no couples.
    degrees : tuple of ndarray of int64
        No more couples than these of each person.
    give : int, optional
        By how much a couple is worth less than the prices expected; nothing unless given.

    Returns
    -------
    ArtificialSolution or None
        None where there are no such couples.
    """
    pairs = _complete_with_artificial_arcs(network, near_prices, previous_arcs, degrees)
    if pairs is None:
        return None
    mentees, mentors = pairs
    keys = network.mentees * network.n_mentors + network.mentors
    wanted = mentees * network.n_mentors + mentors
    is_new = ~is_member(keys, wanted)
    new = mentees[is_new], mentors[is_new]
    places = np.searchsorted(keys, wanted[is_new])
    del keys  # it takes as much memory as the arcs
    # who must have a partner keeps to a couple only where nothing else is left
    must = (network.min_load_mentees[new[0]] > 0) | (network.min_load_mentors[new[1]] > 0)
    worth = np.where(must, -2 * (1 + int(np.abs(tier.weights).max(initial=0))), 0)
    if artificial_discount is not None:
        expected = near_prices[0][new[0]] + near_prices[1][new[1]] - artificial_discount
        worth = np.clip(expected, worth, max(0, int(tier.weights.max(initial=0))))
    taking_part = (
        np.bincount(mentees, minlength=network.n_mentees),
        np.bincount(mentors, minlength=network.n_mentors),
    )
    whole = replace(
        network,
        min_load_mentees=taking_part[0],
        max_load_mentees=taking_part[0],
        min_load_mentors=taking_part[1],
        max_load_mentors=taking_part[1],
    )
    posed = tier
    if places.size:
        whole = replace(
            whole,
            mentees=np.insert(network.mentees, places, new[0]),
            mentors=np.insert(network.mentors, places, new[1]),
            fixed=np.insert(network.fixed, places, np.False_),
        )
        posed = replace(tier, weights=np.insert(tier.weights, places, worth))
    found = solve_flow(whole, [posed], previous_arcs=pairs)
    assert found is not None, "couples leave nobody alone"
    is_arc = np.insert(np.ones(network.n_arcs, dtype=np.bool_), places, np.False_)
    kept = np.flatnonzero(found.chosen & ~is_arc)
    alone = whole.mentees[kept], whole.mentors[kept]
    return ArtificialSolution(found.chosen[is_arc], alone, (whole, posed, found.chosen))


def _complete_with_artificial_arcs(
    network: Network,
    near: tuple[Ints, Ints],
    before: tuple[Ints, Ints],
    degrees: tuple[Ints, Ints],
) -> tuple[Ints, Ints] | None:
    """Return pairs of before and couples, sorted, as many as the smaller side has people."""
    paired = [
        np.bincount(people, minlength=price.size)
        for people, price in zip(before, near, strict=True)
    ]
    left = (
        np.minimum(network.max_load_mentees, degrees[0]) - paired[0],
        np.minimum(network.max_load_mentors, degrees[1]) - paired[1],
    )
    owed = network.min_load_mentees - paired[0], network.min_load_mentors - paired[1]
    count = min(int(some.sum()) for some in left)
    if count > network.n_arcs + network.n_mentees + network.n_mentors:
        return None  # most of them would stay couples
    ends = []
    for ends_before, places, must, price in zip(before, left, owed, near, strict=True):
        if count < np.maximum(must, 0).sum():
            return None
        # places are never listed one by one: there may be far more of them than couples
        order = np.lexsort((-price, must <= 0))
        room = np.minimum(places[order], count)
        taken = np.zeros_like(places)
        taken[order] = np.clip(count - (np.cumsum(room) - room), 0, room)
        ends.append(np.concatenate((ends_before, np.repeat(np.arange(places.size), taken))))
    order = np.lexsort(ends[::-1])
    mentees, mentors = ends[0][order], ends[1][order]
    is_repeated = (np.diff(mentees) == 0) & (np.diff(mentors) == 0)
    return None if is_repeated.any() else (mentees, mentors)
