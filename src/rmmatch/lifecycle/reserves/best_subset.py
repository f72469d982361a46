"""Which few of many candidates serve the most places over many draws, exactly.

How many open places some candidates can serve in one draw is a flow from candidates to people, one
unit a pair. By max-flow min-cut (Ford and Fulkerson, 1956) it is the least, over all subsets T of
the candidates, of

    Σ over candidates outside T of their capacity
    + Σ over people of the smaller of their open places and how many of T are acceptable to them.

Summed over draws it is submodular: what a candidate adds never grows with the others. So the gains
of those left, the largest first, bound every larger set (Nemhauser, Wolsey and Fisher, 1978), and a
best-first search over sets ends with a proof.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rmmatch.numeric import Bools, Ints, stable_order
from rmmatch.solving import Stop

__all__ = ["BestSubset", "ServiceModel", "best_subset"]

_Place: TypeAlias = tuple[int, int]  # side, candidate


class ServiceModel:
    """How many places the candidates of one side can serve, draw by draw.

    Parameters
    ----------
    places : ndarray of int64, shape (n_draws, n_people)
        The open places of each person of the other side.
    is_acceptable : ndarray of bool, shape (n_candidates, n_people)
        Whom each candidate may be paired with.
    capacity : ndarray of int64, shape (n_candidates,)
        In places.

    Examples
    --------
    >>> places, is_acceptable = np.array([[1, 1, 0], [0, 0, 2]]), np.ones((2, 3), dtype=bool)
    >>> served = ServiceModel(places, is_acceptable, np.array([1, 1]))
    >>> served.n_served([0]), served.n_served([0, 1])
    (array([1, 1]), array([2, 2]))
    """

    def __init__(self, places: Ints, is_acceptable: Bools, capacity: Ints) -> None:
        self._capacity = capacity
        # people acceptable to the same candidates, and draws with the same open places, count once
        kinds, kind = np.unique(is_acceptable, axis=1, return_inverse=True)
        self._is_acceptable = kinds.astype(np.int64)
        order = stable_order(kind.ravel())
        starts = np.searchsorted(kind.ravel()[order], np.arange(kinds.shape[1]))
        levels = np.stack(
            [
                np.add.reduceat((places >= level)[:, order], starts, axis=1, dtype=np.int64)
                for level in range(1, int(places.max(initial=1)) + 1)
            ],
            axis=1,
        )
        distinct, self._distinct_row_of_draw, self._weights = np.unique(
            levels, axis=0, return_inverse=True, return_counts=True
        )
        self._distinct_row_of_draw = self._distinct_row_of_draw.ravel()
        # shape (n_levels, n_distinct, n_kinds); floats multiply fast, and exactly up to 2⁵³
        self._levels = distinct.transpose(1, 0, 2).astype(np.float64)

    def __len__(self) -> int:
        return len(self._capacity)

    def n_served(self, chosen: Sequence[int]) -> Ints:
        """Return how many places some candidates serve together.

        Parameters
        ----------
        chosen : sequence of int
            Candidates, by their place in `capacity`.

        Returns
        -------
        ndarray of int64, shape (n_draws,)
        """
        return self._compute_served(chosen)[self._distinct_row_of_draw]

    def gains(self, chosen: Sequence[int]) -> Ints:
        """Return how many places more each candidate would serve beside some others.

        Parameters
        ----------
        chosen : sequence of int
            The others, by their place in `capacity`.

        Returns
        -------
        ndarray of int64, shape (n_candidates,)
            Summed over all draws.
        """
        before = self._compute_served(chosen)
        least = before[:, None] + self._capacity
        n_acceptable, outside = self._subsets(chosen)
        for subset_counts, capacity_outside in zip(n_acceptable, outside.tolist(), strict=True):
            least = np.minimum(
                least, capacity_outside + self._covered(subset_counts + self._is_acceptable)
            )
        gains: Ints = self._weights @ (least - before[:, None])
        return gains

    def _compute_served(self, chosen: Sequence[int]) -> Ints:
        n_acceptable, outside = self._subsets(chosen)
        least: Ints = (self._covered(n_acceptable) + outside).min(axis=1)
        return least

    def _covered(self, n_acceptable: Ints) -> Ints:
        """Return the sum over people in the formula above, shape (n_distinct, n_subsets)."""
        shape = self._levels.shape[1], len(n_acceptable)
        covered = np.zeros(shape)
        for level, places in enumerate(self._levels, start=1):
            covered += places @ (n_acceptable >= level).T.astype(np.float64)
        return covered.astype(np.int64)

    def _subsets(self, chosen: Sequence[int]) -> tuple[Ints, Ints]:
        """Return how many of each subset are acceptable to each kind, and the capacity outside."""
        n_acceptable = np.zeros((1, self._is_acceptable.shape[1]), dtype=np.int64)
        outside = np.zeros(1, dtype=np.int64)
        for candidate in chosen:
            n_acceptable = np.concatenate(
                (n_acceptable, n_acceptable + self._is_acceptable[candidate])
            )
            outside = np.concatenate((outside + self._capacity[candidate], outside))
        return n_acceptable, outside


@dataclass(frozen=True)
class BestSubset:
    """The best candidates of each side that were found.

    Attributes
    ----------
    chosen : tuple of (side, candidate)
    value : int
        Places served over all draws.
    bound : int
        What no other choice exceeds.
    """

    chosen: tuple[tuple[int, int], ...]
    value: int
    bound: int


def best_subset(
    sides: Sequence[ServiceModel], count: int, time_limit: float | None = None
) -> BestSubset:
    """Return the candidates that serve the most places together.

    Parameters
    ----------
    sides : sequence of ServiceModel
    count : int
        How many, of all sides together; at most as many as there are.
    time_limit : float, optional
        Seconds, after which the best so far is returned, with a true bound.
    """
    stop = Stop.after(time_limit)
    gains = _SubmodularGains(sides)
    everybody = [
        (side, candidate) for side, served in enumerate(sides) for candidate in range(len(served))
    ]
    best: tuple[_Place, ...] = ()
    value = 0
    while len(best) < count:  # to begin with: one by one, the largest gain first
        joinable = [candidate for candidate in everybody if candidate not in best]
        added = gains.of(best, joinable)
        best, value = (*best, joinable[int(np.argmax(added))]), value + int(added.max())
    # sets to grow, the most promising first: negative bound, number, set, its value, who may join
    serial = 0
    queue: list[tuple[float, int, tuple[_Place, ...], int, list[_Place]]] = [
        (-math.inf, serial, (), 0, everybody)
    ]
    while queue and -queue[0][0] > value:
        if serial and stop.is_due:
            return BestSubset(tuple(sorted(best)), value, int(-queue[0][0]))
        _, _, chosen, set_value, joinable = heapq.heappop(queue)
        missing = count - len(chosen)
        added = gains.of(chosen, joinable)
        order = np.argsort(-added, kind="stable")
        joinable, added = [joinable[place] for place in order.tolist()], added[order]
        if missing == 1:
            if set_value + added[0] > value:
                best, value = (*chosen, joinable[0]), set_value + int(added[0])
            continue
        for place in range(len(joinable) - missing + 1):
            bound = set_value + int(added[place : place + missing].sum())
            if bound <= value:
                break
            serial += 1
            larger_set = (*chosen, joinable[place])
            heapq.heappush(
                queue,
                (-bound, serial, larger_set, set_value + int(added[place]), joinable[place + 1 :]),
            )
        serial += 1
    return BestSubset(tuple(sorted(best)), value, value)


class _SubmodularGains:
    """What candidates of all sides add to a set; each set of a side is looked at once."""

    def __init__(self, sides: Sequence[ServiceModel]) -> None:
        self._sides = sides
        self._gains_cache: dict[tuple[int, tuple[int, ...]], Ints] = {}

    def of(self, chosen: Sequence[_Place], candidates: Sequence[_Place]) -> Ints:
        by_side = []
        for side, served in enumerate(self._sides):
            own_chosen = tuple(
                sorted(candidate for chosen_side, candidate in chosen if chosen_side == side)
            )
            if (side, own_chosen) not in self._gains_cache:
                self._gains_cache[side, own_chosen] = served.gains(own_chosen)
            by_side.append(self._gains_cache[side, own_chosen])
        return np.array(
            [by_side[side][candidate] for side, candidate in candidates], dtype=np.int64
        )
