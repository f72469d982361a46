"""Best choices by flow over few of many arcs: the prices of the few are tried on all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network, reduced_weights

__all__ = ["PartialSolution", "best_arcs_per_person", "solve_partial"]

_MAX_ARCS_TAKEN_AT_ONCE = 150_000  # with fewer arcs there is nothing to gain
_INITIAL_ARCS_PER_PERSON = 12  # arcs a person is given at first
_DENSE_MATRIX_SHARE = 0.1  # of all pairs: from here on a matrix is quicker than a list
_ADDED_ARCS_PER_PERSON = 4  # and in a later round


def best_arcs_per_person(
    network: Network, gains: NDArray[np.float64], count: int, floor: float
) -> Ints:
    """Return the arcs worth more than `floor` that are among the best `count` of either person.

    Equal arcs are taken as drawn, so that not everybody is given the same few partners.

    Parameters
    ----------
    network : Network
    worth : ndarray of float, shape (n_arcs,)
    count : int
    floor : float

    Returns
    -------
    ndarray of int64
        Places of the arcs, in order.
    """
    able = np.flatnonzero(gains > floor)
    n_pairs = network.n_mentees * network.n_mentors
    if (
        able.size > _DENSE_MATRIX_SHARE * n_pairs
        and min(network.n_mentees, network.n_mentors) > count
    ):
        return _best_arcs_by_partition(network, gains, able, count)
    noise = np.random.default_rng(able.size).random(able.size, dtype=np.float32)
    taken = np.zeros(able.size, dtype=np.bool_)
    for ends, size in ((network.mentees, network.n_mentees), (network.mentors, network.n_mentors)):
        people = ends[able]
        if able.size <= count * size // 2:
            return able
        order = np.lexsort((noise, -gains[able], people))
        starts = np.searchsorted(people[order], np.arange(size))
        rank = np.arange(able.size) - starts[people[order]]
        taken[order[rank < count]] = True
    return able[taken]


def _best_arcs_by_partition(
    network: Network, worth: NDArray[np.float64], able: Ints, count: int
) -> Ints:
    """Return what `best_arcs_per_person` does, by partitions of the whole matrix."""
    shape = network.n_mentees, network.n_mentors
    matrix = np.full(shape, -np.inf, dtype=np.float32)
    ends = network.mentees[able], network.mentors[able]
    matrix[ends] = worth[able]
    # less than one half, so that whole numbers keep their order
    matrix += 0.4 * np.random.default_rng(able.size).random(shape, dtype=np.float32)
    taken = np.zeros(shape, dtype=np.bool_)
    for axis, size in ((1, shape[1]), (0, shape[0])):
        best = np.argpartition(matrix, size - count, axis=axis)
        best = best[:, -count:] if axis else best[-count:]
        np.put_along_axis(taken, best, True, axis=axis)
    return able[taken[ends]]


@dataclass(frozen=True, eq=False, slots=True)
class PartialSolution:
    """A best choice, prices of mentees and mentors that prove it, and the arcs that were enough."""

    chosen: Bools
    u: Ints
    v: Ints
    active_arcs: Ints


def solve_partial(
    network: Network, tier: LinearTier, start: Ints | None = None
) -> PartialSolution | None:
    """Return a choice that is best for a tier, with its proof; None: none is allowed.

    Parameters
    ----------
    network : Network
    tier : Tier
    start : ndarray of int64, optional
        Arcs to begin with, in order; some of everybody's best unless given.
    """
    everything = np.arange(network.n_arcs)
    few = everything
    if network.n_arcs > _MAX_ARCS_TAKEN_AT_ONCE:
        if start is None:
            start = best_arcs_per_person(
                network, tier.weights.astype(np.float64), _INITIAL_ARCS_PER_PERSON, -np.inf
            )
        few = np.union1d(start, np.flatnonzero(network.fixed))
    while True:
        part, its_tier = network.with_arcs(few), tier.with_arcs(few)
        choice = solve_flow(part, [its_tier])
        if choice is None:
            if few.size == everything.size:
                return None
            few = everything
            continue
        u, v = optimal_duals(part, its_tier, choice.chosen)
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[few[choice.chosen]] = True
        if few.size == everything.size:
            return PartialSolution(chosen, u, v, few)
        gains = reduced_weights(network, tier, u, v)
        gains[few] = 0
        if gains.max(initial=0) <= 0:
            return PartialSolution(chosen, u, v, few)
        few = np.union1d(
            few,
            best_arcs_per_person(network, gains.astype(np.float64), _ADDED_ARCS_PER_PERSON, 0.0),
        )
