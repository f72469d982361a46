"""The arcs at hand, and what one pricing round adds to them.

Positions are those of `rmmatch.solving`: people in id order (invariant I5). Scores, weights,
prices and gains are int64 millionths (I1).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from rmmatch.numeric import Bools, Ints, is_member, pair_keys, ranks_in_groups, stable_order

__all__ = [
    "MAX_EXPLICIT_ARCS",
    "ArcArrays",
    "ArcPool",
    "PricingResult",
    "VerifiedPrices",
    "best_arcs_per_person",
    "concatenate",
]

ArcArrays = tuple[Ints, Ints, Ints]
"""Rows (mentees), columns (mentors) and scores of arcs, each of shape (n_arcs,)."""

MAX_EXPLICIT_ARCS = 4_000_000  # pairs held at once beside the arcs at hand; speed only
_ARCS_PER_SORT = 4_000_000  # arcs sorted at once, which bounds the memory; speed only
_ADDED_ARCS_PER_PERSON = 10  # arcs added for each person in a pricing round; speed only
_UNKNOWN_PRICE = np.int64(2**62)  # above any price, in millionths; exactness


class ArcPool:
    """The arcs at hand, sorted by row and then column, none twice.

    Keys are of positions in id order (invariant I5), so that arcs stand in that order as well.

    Parameters
    ----------
    n_mentors : int
    rows, columns, scores : ndarray of int64, shape (n_given,)
        Arcs in any order, positions in id order; of arcs given twice the first one counts.

    Attributes
    ----------
    keys, rows, columns, scores : ndarray of int64, shape (n_arcs,)
        Keys as in `rmmatch.numeric.pair_keys`, positions in id order, scores in millionths.
    fixed : ndarray of bool, shape (n_arcs,)
        Arcs that every choice must take.
    """

    def __init__(self, n_mentors: int, rows: Ints, columns: Ints, scores: Ints) -> None:
        self._n_mentors = max(1, n_mentors)
        keys = pair_keys(rows, columns, self._n_mentors)
        order = stable_order(keys)
        first = order[np.diff(keys[order], prepend=-1) > 0]
        self.keys = keys[first]
        self.rows, self.columns, self.scores = rows[first], columns[first], scores[first]
        self.fixed = np.zeros(self.keys.size, dtype=np.bool_)

    def contains(self, rows: Ints, columns: Ints) -> Bools:
        """Tell which pairs are arcs at hand.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Positions in id order.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
        """
        return is_member(self.keys, pair_keys(rows, columns, self._n_mentors))

    def are_among(self, rows: Ints, columns: Ints) -> Bools:
        """Tell which arcs at hand are among given pairs.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Positions in id order.

        Returns
        -------
        ndarray of bool, shape (n_arcs,)
        """
        wanted = pair_keys(rows, columns, self._n_mentors)
        is_wanted = np.zeros(self.keys.size, dtype=np.bool_)
        is_wanted[np.searchsorted(self.keys, wanted[is_member(self.keys, wanted)])] = True
        return is_wanted

    def mark_fixed(self, rows: Ints, columns: Ints) -> None:
        """Mark arcs that must be chosen; pairs that are no arcs are passed over.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Positions in id order.
        """
        self.fixed |= self.are_among(rows, columns)

    def with_arcs(self, rows: Ints, columns: Ints, scores: Ints) -> ArcPool:
        """Return a pool with more arcs; those at hand already are passed over.

        Parameters
        ----------
        rows, columns, scores : ndarray of int64, shape (n_pairs,)
            Positions in id order, in any order of arcs; scores in millionths.
        """
        pool = ArcPool(
            self._n_mentors,
            np.concatenate((self.rows, rows)),
            np.concatenate((self.columns, columns)),
            np.concatenate((self.scores, scores)),
        )
        pool.mark_fixed(self.rows[self.fixed], self.columns[self.fixed])
        return pool

    def subset(self, arc_idx: Ints, fixed: Bools) -> ArcPool:
        """Return a pool of some of the arcs.

        Parameters
        ----------
        arc_idx : ndarray of int64, shape (n_arcs_left,)
            Places of arcs in this pool, ascending.
        fixed : ndarray of bool, shape (n_arcs_left,)
            Which of these must be chosen.
        """
        pool = ArcPool(
            self._n_mentors, self.rows[arc_idx], self.columns[arc_idx], self.scores[arc_idx]
        )
        pool.fixed = fixed
        return pool


class PricingResult:
    """What one pricing round found: arcs to add, and by how much the prices are violated.

    By I3 the two `max_violation` arrays turn the prices into a true bound, whatever was found.

    Parameters
    ----------
    n_mentees, n_mentors : int
    unkept_gain : int
        At least the gain ``weight - u - v`` of every pair that was not looked at, in millionths.

    Attributes
    ----------
    rows, columns, scores : ndarray of int64, shape (n_kept,)
        The arcs to add, once `finish` was called.
    n_found : int
        How many pairs are worth more than their prices.
    max_violation_mentees, max_violation_mentors : ndarray of int64, shape (n_people,)
        The largest gain of any pair of a person outside the pool, at least 0; for pairs that were
        passed over `PricingProblem` puts a bound of their gain there. Millionths, id order.
    max_unkept_gain_mentees, max_unkept_gain_mentors : ndarray of int64, shape (n_people,)
        The largest gain among a person's pairs that were not kept, at least `unkept_gain`.
    """

    def __init__(self, n_mentees: int, n_mentors: int, unkept_gain: int = 0) -> None:
        self.rows = self.columns = self.scores = np.zeros(0, dtype=np.int64)
        self.n_found = 0
        self.max_violation_mentees = np.zeros(n_mentees, dtype=np.int64)
        self.max_violation_mentors = np.zeros(n_mentors, dtype=np.int64)
        self.max_unkept_gain_mentees = np.full(n_mentees, unkept_gain, dtype=np.int64)
        self.max_unkept_gain_mentors = np.full(n_mentors, unkept_gain, dtype=np.int64)
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
        """Keep the candidates with the highest ranks of each person.

        Parameters
        ----------
        rows, columns, scores : ndarray of int64, shape (n_candidates,)
            Pairs outside the pool; positions in id order, scores in millionths.
        gains : ndarray of int64, shape (n_candidates,)
            ``weight - u - v`` in millionths.
        ranks : ndarray of int64, shape (n_candidates,)
            What decides which are kept; often the gains.
        rng : numpy.random.Generator
            Draws among equal ranks.
        """
        self.n_found += int(np.count_nonzero(gains > 0))
        np.maximum.at(self.max_violation_mentees, rows, gains)
        np.maximum.at(self.max_violation_mentors, columns, gains)
        self._parts.append(self._best_arcs((rows, columns, scores, gains, ranks), rng))

    def finish(self, rng: np.random.Generator) -> PricingResult:
        """Keep the best candidates of all that were added, and return this result.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws among equal ranks.
        """
        if self._parts:
            candidates = [np.concatenate(arrays) for arrays in zip(*self._parts, strict=True)]
            self.rows, self.columns, self.scores, _, _ = self._best_arcs(tuple(candidates), rng)
        return self

    def add_result(self, result: PricingResult) -> None:
        """Add the arcs of another result to this one; its violations and counts are not taken.

        Parameters
        ----------
        result : PricingResult
            Finished.
        """
        self.rows = np.concatenate((self.rows, result.rows))
        self.columns = np.concatenate((self.columns, result.columns))
        self.scores = np.concatenate((self.scores, result.scores))

    def _best_arcs(
        self, candidates: tuple[Ints, ...], rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        rows, columns, scores, gains, ranks = candidates
        is_best = best_arcs_per_person(rows, columns, ranks, _ADDED_ARCS_PER_PERSON, rng)
        np.maximum.at(self.max_unkept_gain_mentees, rows[~is_best], gains[~is_best])
        np.maximum.at(self.max_unkept_gain_mentors, columns[~is_best], gains[~is_best])
        return rows[is_best], columns[is_best], scores[is_best], gains[is_best], ranks[is_best]


class VerifiedPrices:
    """Prices that no pair outside the pool is worth more than.

    Only where a price falls below them can a pair be worth more than its prices: the next pricing
    round need only look at those people's pairs. Prices of any round will do: none need be optimal
    (invariant I3).

    Parameters
    ----------
    n_mentees, n_mentors : int
    """

    def __init__(self, n_mentees: int, n_mentors: int) -> None:
        self._is_recorded = False
        self._prices = np.full(n_mentees, _UNKNOWN_PRICE), np.full(n_mentors, _UNKNOWN_PRICE)

    def dropped_since(self, u: Ints, v: Ints) -> tuple[Bools, Bools]:
        """Tell whose prices are below the verified ones.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, id order.

        Returns
        -------
        mentees, mentors : ndarray of bool, shapes (n_mentees,), (n_mentors,)
        """
        if self._is_recorded:
            # As much more on one side and less on the other is as good: let few have fallen.
            low, high = np.sort(u - self._prices[0]), np.sort(self._prices[1] - v)
            n_not_below = np.arange(high.size) - np.searchsorted(low, high)
            shift = high[np.argmax(n_not_below)]
            self._prices = self._prices[0] + shift, self._prices[1] - shift
        return u < self._prices[0], v < self._prices[1]

    def record(
        self, dropped: tuple[Bools, Bools], prices: tuple[Ints, Ints], priced: PricingResult
    ) -> None:
        """Take in what a pricing round verified.

        Parameters
        ----------
        dropped : tuple of ndarray of bool, shapes (n_mentees,), (n_mentors,)
            The people whose pairs were looked at, as `dropped_since` told.
        prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Of that round, in millionths.
        priced : PricingResult
            Its `rows` and `columns` are in the pool from now on.
        """
        verified = []
        for old_price, has_dropped, price, unkept_gain in zip(
            self._prices,
            dropped,
            prices,
            (priced.max_unkept_gain_mentees, priced.max_unkept_gain_mentors),
            strict=True,
        ):
            # of what a pair may be worth more, each of the two bears half, rounded up
            new_price = price - (-unkept_gain) // 2
            verified.append(np.where(has_dropped, new_price, np.maximum(old_price, new_price)))
        self._prices, self._is_recorded = (verified[0], verified[1]), True


def concatenate(parts: Sequence[ArcArrays]) -> ArcArrays:
    """Return the arcs of several parts as one.

    Parameters
    ----------
    parts : sequence of tuple of three ndarray of int64
        Rows, columns and scores of each part.
    """
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    rows, columns, scores = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return rows, columns, scores


def best_arcs_per_person(
    rows: Ints, columns: Ints, gains: Ints, count: int, rng: np.random.Generator
) -> Bools:
    """Mark each row's and each column's largest gains, equal ones drawn at random.

    Parameters
    ----------
    rows, columns : ndarray of int64, shape (n_arcs,)
        Positions, not negative, in one order on each side.
    gains : ndarray of int64, shape (n_arcs,)
        Of any unit.
    count : int
        How many arcs of each person are marked, if there are as many.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of bool, shape (n_arcs,)
    """
    is_marked = np.zeros(rows.size, dtype=np.bool_)
    if not rows.size:
        return is_marked
    # without the draw, people who resemble each other are all offered the same few partners
    shuffled = rng.permutation(rows.size)
    max_gain = int(gains.max())
    for people in (rows, columns):
        counts = np.bincount(people)
        if counts.max() <= count:
            return np.ones_like(is_marked)
        is_marked |= (counts <= count)[people]
        shuffled_people = people[shuffled]
        has_more = counts > count
        # so many people at a time that what sorting needs takes little memory
        ends = (
            np.searchsorted(np.cumsum(counts), np.arange(_ARCS_PER_SORT, rows.size, _ARCS_PER_SORT))
            + 1
        )
        for start, end in pairwise([0, *dict.fromkeys(ends.tolist()), counts.size]):
            is_in_turn = np.zeros_like(has_more)
            is_in_turn[start:end] = has_more[start:end]
            arc_idx = shuffled[is_in_turn[shuffled_people]]
            if arc_idx.size:
                first = _first_per_person(people[arc_idx], max_gain - gains[arc_idx], count)
                is_marked[arc_idx[first]] = True
    return is_marked


def _first_per_person(people: Ints, shortfalls: Ints, count: int) -> Ints:
    """Return the places of each person's `count` least shortfalls, in turn where equal."""
    # the last bits may go, so that both and a place fit into one number
    n_bits = 63 - people.size.bit_length() - int(people.max()).bit_length()
    n_lost_bits = max(0, int(shortfalls.max()).bit_length() - n_bits)
    order = stable_order((people << n_bits) + (shortfalls >> n_lost_bits))
    return order[ranks_in_groups(people[order]) < count]
