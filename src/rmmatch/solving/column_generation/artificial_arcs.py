"""Artificial arcs: they give a partner to people for whom the arcs at hand have none.

Few arcs seldom give everybody a partner, and then their prices are far from the right ones. So
people of the two sides are joined by arcs that do not exist. With as many places on each side and
an arc, true or artificial, for each place this is an assignment problem, which is solved several
times quicker than a flow. Its prices are as good as any to price all pairs with. An artificial arc
may be worth a little less than the prices expected: were it worth nothing, a few people alone
would move the prices of all. Where it is worth nothing and the right people keep to artificial
arcs, the choice is the best without them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints, is_member, pair_keys
from rmmatch.solving.assignment.duals import optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import DualPrices, LinearTier, Network

__all__ = ["ArtificialSolution", "solve_with_artificial_arcs"]


@dataclass(frozen=True, eq=False, slots=True)
class ArtificialSolution:
    """A choice among arcs and artificial arcs.

    Its prices are good for any bound (invariant I3), though the choice may be none that is allowed.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The true arcs taken.
    unmatched : tuple of ndarray of int64, shape (n_unmatched,)
        Mentees and mentors of the artificial arcs taken, by positions in id order.
    """

    chosen: Bools
    unmatched: tuple[Ints, Ints]
    _extended: tuple[Network, LinearTier, Bools]

    @property
    def n_unmatched(self) -> int:
        """How many artificial arcs were taken."""
        return self.unmatched[0].size

    def optimal_duals(self, near_prices: DualPrices) -> DualPrices:
        """Return prices that prove the choice with artificial arcs, free in sign.

        Parameters
        ----------
        near_prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths that the returned ones are to be close to.
        """
        return optimal_duals(*self._extended, near_prices)


def solve_with_artificial_arcs(
    network: Network,
    tier: LinearTier,
    near_prices: DualPrices,
    previous_arcs: tuple[Ints, Ints],
    degrees: tuple[Ints, Ints],
    artificial_discount: int | None = None,
) -> ArtificialSolution | None:
    """Return the best choice among the arcs of a network and artificial arcs.

    Parameters
    ----------
    network : Network
    tier : LinearTier
        Without rewards.
    near_prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
        The prices expected, in millionths: where one side has more places, those of the people
        with the lowest prices are left out.
    previous_arcs : tuple of ndarray of int64, shape (n_pairs,)
        Mentees and mentors of a choice made before, sorted; at least the fixed pairs. These pairs
        need no artificial arcs.
    degrees : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
        No more artificial arcs than these of each person.
    artificial_discount : int, optional
        By how much an artificial arc is worth less than the prices expected, in millionths; unless
        given it is worth 0.

    Returns
    -------
    ArtificialSolution or None
        None where no such artificial arcs would do.
    """
    pairs = _complete_with_artificial_arcs(network, near_prices, previous_arcs, degrees)
    if pairs is None:
        return None
    mentees, mentors = pairs
    arc_keys = pair_keys(network.mentees, network.mentors, network.n_mentors)
    wanted_keys = pair_keys(mentees, mentors, network.n_mentors)
    is_new = ~is_member(arc_keys, wanted_keys)
    new_mentees, new_mentors = mentees[is_new], mentors[is_new]
    insert_idx = np.searchsorted(arc_keys, wanted_keys[is_new])
    del arc_keys  # they take as much memory as the arcs
    # who must have a partner keeps to an artificial arc only where nothing else is left
    is_owed = (network.min_load_mentees[new_mentees] > 0) | (
        network.min_load_mentors[new_mentors] > 0
    )
    weights = np.where(is_owed, -2 * (1 + int(np.abs(tier.weights).max(initial=0))), 0)
    if artificial_discount is not None:
        expected = near_prices[0][new_mentees] + near_prices[1][new_mentors] - artificial_discount
        weights = np.clip(expected, weights, max(0, int(tier.weights.max(initial=0))))
    loads = (
        np.bincount(mentees, minlength=network.n_mentees),
        np.bincount(mentors, minlength=network.n_mentors),
    )
    extended = replace(
        network,
        min_load_mentees=loads[0],
        max_load_mentees=loads[0],
        min_load_mentors=loads[1],
        max_load_mentors=loads[1],
    )
    extended_tier = tier
    if insert_idx.size:
        extended = replace(
            extended,
            mentees=np.insert(network.mentees, insert_idx, new_mentees),
            mentors=np.insert(network.mentors, insert_idx, new_mentors),
            fixed=np.insert(network.fixed, insert_idx, np.False_),
        )
        extended_tier = replace(tier, weights=np.insert(tier.weights, insert_idx, weights))
    solution = solve_flow(extended, [extended_tier], previous_arcs=pairs)
    assert solution is not None, "artificial arcs leave nobody alone"
    is_true_arc = np.insert(np.ones(network.n_arcs, dtype=np.bool_), insert_idx, np.False_)
    taken_idx = np.flatnonzero(solution.chosen & ~is_true_arc)
    unmatched = extended.mentees[taken_idx], extended.mentors[taken_idx]
    return ArtificialSolution(
        solution.chosen[is_true_arc], unmatched, (extended, extended_tier, solution.chosen)
    )


def _complete_with_artificial_arcs(
    network: Network,
    near_prices: DualPrices,
    previous_arcs: tuple[Ints, Ints],
    degrees: tuple[Ints, Ints],
) -> tuple[Ints, Ints] | None:
    """Add artificial pairs to previous ones until the smaller side has no place left.

    Returns
    -------
    mentees, mentors : ndarray of int64, shape (n_pairs,), or None
        Sorted; None where a pair would stand there twice, somebody who must have partners would
        lack one, or most of the pairs would be artificial.
    """
    paired = [
        np.bincount(people, minlength=prices.size)
        for people, prices in zip(previous_arcs, near_prices, strict=True)
    ]
    free_places = (
        np.minimum(network.max_load_mentees, degrees[0]) - paired[0],
        np.minimum(network.max_load_mentors, degrees[1]) - paired[1],
    )
    owed_loads = network.min_load_mentees - paired[0], network.min_load_mentors - paired[1]
    n_artificial = min(int(places.sum()) for places in free_places)
    if n_artificial > network.n_arcs + network.n_mentees + network.n_mentors:
        return None  # most of them would be kept
    ends = []
    for people, places, owed, prices in zip(
        previous_arcs, free_places, owed_loads, near_prices, strict=True
    ):
        if n_artificial < np.maximum(owed, 0).sum():
            return None
        # places are never listed one by one: there may be far more of them than artificial arcs
        order = np.lexsort((-prices, owed <= 0))
        room = np.minimum(places[order], n_artificial)
        n_taken = np.zeros_like(places)
        n_taken[order] = np.clip(n_artificial - (np.cumsum(room) - room), 0, room)
        ends.append(np.concatenate((people, np.repeat(np.arange(places.size), n_taken))))
    order = np.lexsort(ends[::-1])
    mentees, mentors = ends[0][order], ends[1][order]
    is_repeated = (np.diff(mentees) == 0) & (np.diff(mentors) == 0)
    return None if is_repeated.any() else (mentees, mentors)
