"""Best choices by flow over a subset of the arcs, whose prices prove them over all arcs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network, reduced_weights

__all__ = ["PartialSolution", "best_arcs_per_person", "solve_partial"]

_MAX_ARCS_TAKEN_AT_ONCE = 150_000  # arcs; with fewer there is nothing to gain; speed only
_INITIAL_ARCS_PER_PERSON = 12  # arcs each person is given at first; speed only
_DENSE_MATRIX_SHARE = 0.1  # of all pairs, from where a matrix is quicker than a list; speed only
_ADDED_ARCS_PER_PERSON = 4  # arcs each person is given in a later round; speed only


def best_arcs_per_person(
    network: Network, gains: NDArray[np.float64], count: int, floor: float
) -> Ints:
    """Return the arcs worth more than `floor` that are among the best `count` of either person.

    Arcs of equal gain are taken as drawn, so that not everybody is given the same few partners.

    Parameters
    ----------
    network : Network
    gains : ndarray of float64, shape (n_arcs,)
        In the unit of a tier: its weights, or its reduced weights.
    count : int
        Arcs for each person.
    floor : float
        In the unit of `gains`.

    Returns
    -------
    ndarray of int64
        Positions among the arcs of the network, ascending.
    """
    # `column_generation.arc_pool` has its own: it marks pairs of any list, draws by a generator
    # that is given, and sorts integers in batches, as memory is scarce there. The analysis of
    # robustness too: it draws nothing, but takes all arcs as good as the last one taken.
    candidates = np.flatnonzero(gains > floor)
    n_pairs = network.n_mentees * network.n_mentors
    if (
        candidates.size > _DENSE_MATRIX_SHARE * n_pairs
        and min(network.n_mentees, network.n_mentors) > count
    ):
        return _best_arcs_by_partition(network, gains, candidates, count)
    noise = np.random.default_rng(candidates.size).random(candidates.size, dtype=np.float32)
    taken = np.zeros(candidates.size, dtype=np.bool_)
    for ends, size in ((network.mentees, network.n_mentees), (network.mentors, network.n_mentors)):
        people = ends[candidates]
        if candidates.size <= count * size // 2:
            return candidates
        order = np.lexsort((noise, -gains[candidates], people))
        starts = np.searchsorted(people[order], np.arange(size))
        rank = np.arange(candidates.size) - starts[people[order]]
        taken[order[rank < count]] = True
    return candidates[taken]


def _best_arcs_by_partition(
    network: Network, gains: NDArray[np.float64], candidates: Ints, count: int
) -> Ints:
    """Return what `best_arcs_per_person` does, by partitions of the whole matrix."""
    shape = network.n_mentees, network.n_mentors
    matrix = np.full(shape, -np.inf, dtype=np.float32)
    ends = network.mentees[candidates], network.mentors[candidates]
    matrix[ends] = gains[candidates]
    # less than one half, so that whole numbers keep their order
    matrix += 0.4 * np.random.default_rng(candidates.size).random(shape, dtype=np.float32)
    taken = np.zeros(shape, dtype=np.bool_)
    for axis, size in ((1, shape[1]), (0, shape[0])):
        best = np.argpartition(matrix, size - count, axis=axis)
        best = best[:, -count:] if axis else best[-count:]
        np.put_along_axis(taken, best, True, axis=axis)
    return candidates[taken[ends]]


@dataclass(frozen=True, eq=False, slots=True)
class PartialSolution:
    """A best choice, the prices that prove it, and the arcs that were enough.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
    u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Prices in the tier's unit, in id order.
    active_arcs : ndarray of int64
        Positions of the arcs that were solved over, ascending.
    """

    chosen: Bools
    u: Ints
    v: Ints
    active_arcs: Ints


def solve_partial(
    network: Network, tier: LinearTier, start: Ints | None = None
) -> PartialSolution | None:
    """Return a choice that is best for a tier, with its proof.

    Parameters
    ----------
    network : Network
    tier : LinearTier
    start : ndarray of int64, optional
        Positions of the arcs to begin with, ascending; by default some of everybody's best.

    Returns
    -------
    PartialSolution or None
        None where no choice is allowed.
    """
    all_arcs = np.arange(network.n_arcs)
    active_arcs = all_arcs
    if network.n_arcs > _MAX_ARCS_TAKEN_AT_ONCE:
        if start is None:
            start = best_arcs_per_person(
                network, tier.weights.astype(np.float64), _INITIAL_ARCS_PER_PERSON, -np.inf
            )
        active_arcs = np.union1d(start, np.flatnonzero(network.fixed))
    while True:
        subnetwork, subtier = network.with_arcs(active_arcs), tier.with_arcs(active_arcs)
        choice = solve_flow(subnetwork, [subtier])
        if choice is None:
            if active_arcs.size == all_arcs.size:
                return None
            active_arcs = all_arcs
            continue
        u, v = optimal_duals(subnetwork, subtier, choice.chosen)
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[active_arcs[choice.chosen]] = True
        if active_arcs.size == all_arcs.size:
            return PartialSolution(chosen, u, v, active_arcs)
        gains = reduced_weights(network, tier, u, v)
        gains[active_arcs] = 0
        if gains.max(initial=0) <= 0:
            return PartialSolution(chosen, u, v, active_arcs)
        active_arcs = np.union1d(
            active_arcs,
            best_arcs_per_person(network, gains.astype(np.float64), _ADDED_ARCS_PER_PERSON, 0.0),
        )
