"""The arcs at hand, and those a sweep found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from rmmatch.numeric import Bools, Ints, is_member, stable_order

__all__ = [
    "MAX_EXPLICIT_ARCS",
    "ArcPool",
    "PricingResult",
    "VerifiedPrices",
    "best_arcs_per_person",
    "concatenate",
]

MAX_EXPLICIT_ARCS = 4_000_000
"""Pairs that may be held at once beside the arcs at hand."""

_ARCS_PER_SORT = 4_000_000  # arcs that are sorted at once
_ADDED_ARCS_PER_PERSON = 10  # arcs a person and sweep
_UNKNOWN_PRICE = np.int64(2**62)  # above any price


class ArcPool:
    """The arcs at hand, sorted, none twice."""

    def __init__(self, n_mentors: int, rows: Ints, columns: Ints, scores: Ints) -> None:
        self._n_mentors = max(1, n_mentors)
        keys = rows * self._n_mentors + columns
        order = stable_order(keys)
        first = order[np.diff(keys[order], prepend=-1) > 0]
        self.keys = keys[first]
        self.rows, self.columns, self.scores = rows[first], columns[first], scores[first]
        self.fixed = np.zeros(self.keys.size, dtype=np.bool_)

    def contains(self, rows: Ints, columns: Ints) -> Bools:
        """Tell which pairs are arcs."""
        return is_member(self.keys, rows * self._n_mentors + columns)

    def are_among(self, rows: Ints, columns: Ints) -> Bools:
        """Tell which arcs are among some pairs."""
        wanted = rows * self._n_mentors + columns
        found = np.zeros(self.keys.size, dtype=np.bool_)
        found[np.searchsorted(self.keys, wanted[is_member(self.keys, wanted)])] = True
        return found

    def mark_fixed(self, rows: Ints, columns: Ints) -> None:
        """Mark arcs that must be chosen."""
        self.fixed |= self.are_among(rows, columns)

    def with_arcs(self, rows: Ints, columns: Ints, scores: Ints) -> ArcPool:
        """Return the pool with more arcs; those at hand already are passed over."""
        pool = ArcPool(
            self._n_mentors,
            np.concatenate((self.rows, rows)),
            np.concatenate((self.columns, columns)),
            np.concatenate((self.scores, scores)),
        )
        pool.mark_fixed(self.rows[self.fixed], self.columns[self.fixed])
        return pool

    def subset(self, kept: Ints, fixed: Bools) -> ArcPool:
        """Return some of the arcs."""
        pool = ArcPool(self._n_mentors, self.rows[kept], self.columns[kept], self.scores[kept])
        pool.fixed = fixed
        return pool


class PricingResult:
    """What a sweep found, and how far prices are from proving anything.

    `max_violation_mentees` and `max_violation_mentors` hold the most by which any pair of a person outside the pool
    is worth more than its prices, at least 0; `max_unkept_gain_mentees` and `max_unkept_gain_mentors` the most among
    pairs that were not kept, at least `left`.
    """

    def __init__(self, n_mentees: int, n_mentors: int, left: int = 0) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        self.rows = self.columns = self.scores = nothing
        self.n_found = 0
        self.max_violation_mentees = np.zeros(n_mentees, dtype=np.int64)
        self.max_violation_mentors = np.zeros(n_mentors, dtype=np.int64)
        self.max_unkept_gain_mentees = np.full(n_mentees, left, dtype=np.int64)
        self.max_unkept_gain_mentors = np.full(n_mentors, left, dtype=np.int64)
        self._parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []

    def add_candidates(
        self,
        rows: Ints,
        columns: Ints,
        scores: Ints,
        gains: Ints,
        ranks: Ints,
        rng: np.random.Generator,
    ) -> None:
        """Keep those of a part with the highest ranks."""
        self.n_found += int(np.count_nonzero(gains > 0))
        np.maximum.at(self.max_violation_mentees, rows, gains)
        np.maximum.at(self.max_violation_mentors, columns, gains)
        self._parts.append(self._best_arcs((rows, columns, scores, gains, ranks), rng))

    def finish(self, rng: np.random.Generator) -> PricingResult:
        """Keep those of all parts."""
        if self._parts:
            whole = [np.concatenate(some) for some in zip(*self._parts, strict=True)]
            self.rows, self.columns, self.scores, _, _ = self._best_arcs(tuple(whole), rng)
        return self

    def add_result(self, other: PricingResult) -> None:
        """Keep what another one kept."""
        self.rows = np.concatenate((self.rows, other.rows))
        self.columns = np.concatenate((self.columns, other.columns))
        self.scores = np.concatenate((self.scores, other.scores))

    def _best_arcs(
        self, pairs: tuple[Ints, ...], rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        rows, columns, scores, gains, ranks = pairs
        kept = best_arcs_per_person(rows, columns, ranks, _ADDED_ARCS_PER_PERSON, rng)
        np.maximum.at(self.max_unkept_gain_mentees, rows[~kept], gains[~kept])
        np.maximum.at(self.max_unkept_gain_mentors, columns[~kept], gains[~kept])
        return rows[kept], columns[kept], scores[kept], gains[kept], ranks[kept]


class VerifiedPrices:
    """Prices that no pair outside the pool is worth more than.

    Only where a price falls below them can a pair be worth more than its prices.
    """

    def __init__(self, n_mentees: int, n_mentors: int) -> None:
        self._is_known = False
        self._prices = np.full(n_mentees, _UNKNOWN_PRICE), np.full(n_mentors, _UNKNOWN_PRICE)

    def dropped_since(self, u: Ints, v: Ints) -> tuple[Bools, Bools]:
        """Tell whose prices fell."""
        if self._is_known:
            # As much more on one side and less on the other is as good: let few have fallen.
            low, high = np.sort(u - self._prices[0]), np.sort(self._prices[1] - v)
            n_good = np.arange(high.size) - np.searchsorted(low, high)
            shift = high[np.argmax(n_good)]
            self._prices = self._prices[0] + shift, self._prices[1] - shift
        return u < self._prices[0], v < self._prices[1]

    def record(
        self, fell: tuple[Bools, Bools], now: tuple[Ints, Ints], swept: PricingResult
    ) -> None:
        """Take in what a sweep of those whose prices fell has left."""
        verified = []
        for old, fallen, price, left in zip(
            self._prices,
            fell,
            now,
            (swept.max_unkept_gain_mentees, swept.max_unkept_gain_mentors),
            strict=True,
        ):
            # of what a pair may be worth more, each of the two bears half, rounded up
            new = price - (-left) // 2
            verified.append(np.where(fallen, new, np.maximum(old, new)))
        self._prices, self._is_known = (verified[0], verified[1]), True


def concatenate(parts: Sequence[tuple[Ints, Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    """Return rows, columns and scores of several parts as one."""
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    rows, columns, scores = (np.concatenate(some) for some in zip(*parts, strict=True))
    return rows, columns, scores


def best_arcs_per_person(
    rows: Ints, columns: Ints, gains: Ints, count: int, rng: np.random.Generator
) -> Bools:
    """Mark each row's and each column's largest gains, equal ones drawn at random."""
    marked = np.zeros(rows.size, dtype=np.bool_)
    if not rows.size:
        return marked
    # without the draw, people who resemble each other are all offered the same few partners
    chance = rng.permutation(rows.size)
    most = int(gains.max())
    for people in (rows, columns):
        counts = np.bincount(people)
        if counts.max() <= count:
            return np.ones_like(marked)
        marked |= (counts <= count)[people]
        mine = people[chance]
        many = counts > count
        # so many people at a time that what sorting needs takes little memory
        ends = (
            np.searchsorted(np.cumsum(counts), np.arange(_ARCS_PER_SORT, rows.size, _ARCS_PER_SORT))
            + 1
        )
        for first, end in pairwise([0, *dict.fromkeys(ends.tolist()), counts.size]):
            few = np.zeros_like(many)
            few[first:end] = many[first:end]
            here = chance[few[mine]]
            if here.size:
                kept = _first_per_person(people[here], most - gains[here], count)
                marked[here[kept]] = True
    return marked


def _first_per_person(people: Ints, short: Ints, count: int) -> Ints:
    """Return the places of the least numbers of each, in turn where they are equal."""
    # the last bits may go, so that both and a place fit into one number
    left = 63 - people.size.bit_length() - int(people.max()).bit_length()
    lost = max(0, int(short.max()).bit_length() - left)
    order = stable_order((people << left) + (short >> lost))
    starts = np.flatnonzero(np.diff(people[order], prepend=-1))
    ranks = np.arange(people.size) - np.repeat(starts, np.diff(starts, append=people.size))
    return order[ranks < count]
