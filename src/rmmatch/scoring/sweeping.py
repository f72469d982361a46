"""`Sweep`: the pairs above given prices, among all pairs, without ever holding the matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rmmatch.scoring.bounding import Bound, Work
from rmmatch.scoring.pairs import FORBIDDEN, PairScores
from rmmatch.scoring.weighing import MILLION

__all__ = ["NOTHING", "Sweep"]

Ints = NDArray[np.int64]
Found = tuple[Ints, Ints, Ints]
T = TypeVar("T")

NOTHING = -(2**62)
"""What `Sweep.row_best` returns for a mentee without an acceptable mentor."""

_FARTHEST = 2**60  # prices; their sums stay in 64 bits
_LISTED = 1 << 14  # pairs scored exactly at once
_ROUNDS = 4
_SETTLED = -(2**63)
_PRICES = 6_000_000  # with scores and penalties still below 2²⁴, exact in float32


class Sweep:
    """All pairs of a cohort under a scheme, searched by price.

    Every answer is exact. Blocks of pairs are bounded from above in float32, groups of mentors
    at once where that decides; what may lie above the prices is scored in whole numbers by the
    same code as every other score. The answers do not depend on `workers` or `block`.

    Parameters
    ----------
    scores : PairScores
    workers : int
        Threads. Set the threads of the BLAS library to 1 where there are several.
    block : (int, int)
        Mentees and mentors of a block.
    prune : bool
        Whether groups of mentors are bounded first; without, every pair is (to measure).
    largest_table : int
        Cells of a table over codes; what would need more is a product, or done pair by pair.

    Attributes
    ----------
    notes : tuple of str
        Criteria and rules without a fast form; empty where everything is fast.

    Examples
    --------
    >>> import numpy as np
    >>> import rmmatch as rm
    >>> from rmmatch.scoring import PairScores
    >>> sweep = Sweep(PairScores(*rm.synthetic.demo()))
    >>> n_mentees, n_mentors = sweep.shape
    >>> free = np.zeros(n_mentees, dtype=np.int64), np.zeros(n_mentors, dtype=np.int64)
    >>> rows, columns, scores = sweep.candidates(*free, margin=-900_000)
    >>> bool((scores > 900_000).all())
    True
    """

    def __init__(
        self,
        scores: PairScores,
        *,
        workers: int = 1,
        block: tuple[int, int] = (128, 1024),
        prune: bool = True,
        largest_table: int = 1 << 20,
    ) -> None:
        self.scores = scores
        self.shape = scores.shape
        self.workers = workers
        self.size = block
        self.prune = prune
        self._bound = Bound(scores, largest_table)
        self.notes = self._bound.notes
        exceptions = self._bound.exceptions
        values = self._by_rule_and_criterion(exceptions.mentees, exceptions.mentors)
        known = values >= 0
        self._exceptions: Found = (
            exceptions.mentees[known],
            exceptions.mentors[known],
            values[known],
        )
        self._corrections = self._all_corrections(values)

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int | Ints = 0,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> Found:
        """Return every acceptable pair whose score less both prices is above ``-margin``.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        margin : int or ndarray of int64, shape (n_mentees,)
            2⁶⁰ or more finds every acceptable pair if the prices are smaller than 2⁵⁹.
        rows, columns : ndarray of int64, optional
            Positions to look at, in any order, none twice; by default all.

        Returns
        -------
        rows, columns, scores : ndarray of int64, shape (n_found,)
            Sorted by row, then column.

        Raises
        ------
        ValueError
            A price is too large.
        """
        _refuse_large(u, v)
        floor = u - np.minimum(margin, 2**61)
        rows, columns = self._taking_part(rows, columns)
        prices = _Prices.clipped(floor[rows], v[columns], self._bound.floor)
        threshold = np.empty(self.shape[0], np.int64)
        threshold[rows] = floor[rows]

        def find(part: Ints) -> Found:
            found: list[Found] = []
            waiting: list[tuple[Ints, Ints]] = []
            count = 0

            def settle() -> None:
                mentees, mentors = (np.concatenate(one) for one in zip(*waiting, strict=True))
                values = self._exact(mentees, mentors)
                keep = (values >= 0) & (values > threshold[mentees] + v[mentors])
                found.append((mentees[keep], mentors[keep], values[keep]))

            for mentees, mentors, price, total in self._blocks(rows, columns, prices, part):
                mentor, at = _above(total, price)
                if len(at):
                    waiting.append((mentees[at], mentors[mentor]))
                    count += len(at)
                if count >= _LISTED:
                    settle()
                    waiting, count = [], 0
            if waiting:
                settle()
            return _together(found)

        found = self._run(find, rows, prices)
        found.append(self._exceptions_above(threshold, v, rows, columns))
        return _sorted(_together(found), self.shape[1])

    def violations(
        self, u: Ints, v: Ints, rows: Ints | None = None, columns: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Return by how much the prices of each person fall short at most.

        That is the largest ``score - u - v`` over the acceptable partners looked at, or 0.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        mentees, mentors : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            0 for people not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        _refuse_large(u, v)
        taking = self._taking_part(rows, columns)
        best = np.zeros(self.shape[0], np.int64), np.zeros(self.shape[1], np.int64)
        self._climb(u, v, best, taking, prune=True)
        return best

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - v`` over the acceptable mentors of each mentee.

        Parameters
        ----------
        v : ndarray of int64, shape (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        ndarray of int64, shape (n_mentees,)
            `NOTHING` for a mentee without an acceptable mentor, or not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        u = np.zeros(self.shape[0], np.int64)
        _refuse_large(u, v)
        best = np.full(self.shape[0], NOTHING), None
        self._climb(u, v, best, self._taking_part(rows, columns), prune=False)
        return best[0]

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - u`` over the acceptable mentees of each mentor.

        Parameters and answer are as those of `row_best`, with the sides changed.
        """
        v = np.zeros(self.shape[1], np.int64)
        _refuse_large(u, v)
        best = None, np.full(self.shape[1], NOTHING)
        self._climb(u, v, best, self._taking_part(rows, columns), prune=False)
        return best[1]

    def block(self, rows: Ints, columns: Ints) -> Ints:
        """Return the scores of a block in millionths, -1 where forbidden.

        The same as `PairScores.block`, and much quicker where the scheme has a fast form.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and mentors, none twice.
        """
        bound = self._bound
        if not bound.is_exact or not len(rows) or not len(columns):
            return self.scores.block(rows, columns)
        scores = np.empty((len(rows), len(columns)), np.int64)
        work = Work.of(*self.size)
        for top in range(0, len(rows), self.size[0]):
            mentees = rows[top : top + self.size[0]]
            strip = bound.strip(mentees, np.zeros(len(mentees), np.float32))
            for left in range(0, len(columns), self.size[1]):
                total = bound.fill(work, strip, columns[left : left + self.size[1]])
                scores[top : top + len(mentees), left : left + self.size[1]] = total.T
        scores[scores < bound.floor] = FORBIDDEN
        scores[bound.barred[0][rows]] = FORBIDDEN
        scores[:, bound.barred[1][columns]] = FORBIDDEN
        keys, values = self._corrections
        places = []
        for people, chosen, size in zip(
            (keys >> 32, keys & 0xFFFFFFFF), (rows, columns), self.shape, strict=True
        ):
            place = np.full(size, -1)
            place[chosen] = np.arange(len(chosen))
            places.append(place[people])
        here = (places[0] >= 0) & (places[1] >= 0)
        scores[places[0][here], places[1][here]] = values[here]
        return scores

    # --- blocks ----------------------------------------------------------------------------

    def _taking_part(self, rows: Ints | None, columns: Ints | None) -> tuple[Ints, Ints]:
        """Return the positions to look at, mentors by likeness, without people the rules bar."""
        chosen = []
        for given, size, barred in zip(
            (rows, columns), self.shape, self._bound.barred, strict=True
        ):
            people = np.arange(size) if given is None else np.sort(given)
            chosen.append(people[~barred[people]])
        # Neighbours with the same codes find the views of the tables in the cache.
        codes = [one.columns[chosen[1]] for one in self._bound.tables]
        return chosen[0], chosen[1][np.lexsort(codes)]

    def _run(self, task: Callable[[Ints], T], rows: Ints, prices: _Prices) -> list[T]:
        """Return the answers to parts of the rows, which stand by likeness and price."""
        order = np.lexsort((prices.rows, self._bound.tables[0].rows[rows]))
        n_blocks = -(-len(rows) // self.size[0])
        n_parts = min(n_blocks, 1 if self.workers == 1 else 8 * self.workers)
        edges = np.arange(n_parts + 1) * n_blocks // max(n_parts, 1) * self.size[0]
        parts = [order[start:stop] for start, stop in pairwise(edges.tolist())]
        if self.workers == 1:
            return [task(part) for part in parts]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(task, parts))

    def _blocks(
        self, rows: Ints, columns: Ints, prices: _Prices, part: Ints, *, prune: bool = True
    ) -> Iterator[tuple[Ints, Ints, Ints, NDArray[Any]]]:
        """Yield mentees, mentors, mentors' prices, and bounds less the mentees' prices.

        Mentors none of whose bounds can be above their price are left out. A block has a row a
        mentor, and is the next one's as well.
        """
        bound, (height, width) = self._bound, self.size
        work = Work.of(height, width)
        for start in range(0, len(part), height):
            some = part[start : start + height]
            mine = prices.rows[some]
            inside = mine if prices.is_small else np.zeros_like(mine)
            strip = bound.strip(rows[some], inside.astype(np.float32))
            kept = np.arange(len(columns))
            if prune and self.prune:
                kept = np.flatnonzero(bound.limits(strip, mine - inside)[columns] > prices.columns)
            for first in range(0, len(kept), width):
                at = kept[first : first + width]
                total: NDArray[Any] = bound.fill(work, strip, columns[at])
                if not prices.is_small:
                    total = np.floor(total).astype(np.int64) - mine
                yield strip.mentees, columns[at], prices.columns[at], total

    def _exact(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the scores of listed pairs who take part, -1 where forbidden."""
        if not self._bound.is_exact:
            return self._by_rule_and_criterion(mentees, mentors)
        scores = self._bound.look_up(mentees, mentors)
        scores[scores < self._bound.floor] = FORBIDDEN
        keys, values = self._corrections
        if len(keys):
            wanted = (mentees << 32) + mentors
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            hit = keys[place] == wanted
            scores[hit] = values[place[hit]]
        return scores

    def _by_rule_and_criterion(self, mentees: Ints, mentors: Ints) -> Ints:
        scores = np.empty(len(mentees), np.int64)
        for start in range(0, len(mentees), _LISTED):
            some = slice(start, start + _LISTED)
            scores[some] = self.scores.listed_scores(mentees[some], mentors[some])
        return scores

    def _all_corrections(self, values: Ints) -> tuple[Ints, Ints]:
        """Return the pairs whose scores are not in the tables, as sorted keys, and the scores."""
        lists = self._bound.forbidden, self._bound.exceptions
        keys = np.concatenate([(one.mentees << 32) + one.mentors for one in lists])
        scores = np.concatenate([np.full(len(lists[0]), FORBIDDEN), values])
        keys, first = np.unique(keys, return_index=True)
        return keys, scores[first]

    def _exceptions_above(self, threshold: Ints, v: Ints, rows: Ints, columns: Ints) -> Found:
        mentees, mentors, values = self._exceptions
        taking = self._are_in(rows, columns)
        keep = taking & (values > threshold[mentees] + v[mentors])
        return mentees[keep], mentors[keep], values[keep]

    def _are_in(self, rows: Ints, columns: Ints) -> NDArray[np.bool_]:
        """Return which exceptions are between people who take part."""
        marks = [np.zeros(size, bool) for size in self.shape]
        marks[0][rows], marks[1][columns] = True, True
        answer: NDArray[np.bool_] = marks[0][self._exceptions[0]] & marks[1][self._exceptions[1]]
        return answer

    # --- the largest of each person --------------------------------------------------------

    def _climb(
        self,
        u: Ints,
        v: Ints,
        best: tuple[Ints | None, Ints | None],
        taking: tuple[Ints, Ints],
        *,
        prune: bool,
    ) -> None:
        """Raise `best` of each person to the largest ``score - u - v`` of an acceptable pair."""
        rows, columns = taking
        prices = _Prices.whole(u[rows], v[columns])

        def climb(part: Ints) -> tuple[Ints | None, Ints | None]:
            mine = tuple(None if one is None else one.copy() for one in best)
            summit = _Summit(self, u, v, (mine[0], mine[1]))
            for mentees, mentors, price, total in self._blocks(
                rows, columns, prices, part, prune=prune
            ):
                total -= price.astype(total.dtype)[:, None]
                summit.raise_by(mentees, mentors, total)
            summit.settle()
            return summit.best

        known = self._are_in(rows, columns)
        mentees, mentors, values = (one[known] for one in self._exceptions)
        answers = self._run(climb, rows, prices)
        listed = _Summit(self, u, v, best)
        listed.take(mentees, mentors, values)
        for answer in answers:
            for one, more in zip(best, answer, strict=True):
                if one is not None and more is not None:
                    np.maximum(one, more, out=one)


class _Summit:
    """The largest exact values met so far, of mentees, of mentors, or of both."""

    def __init__(
        self, sweep: Sweep, u: Ints, v: Ints, best: tuple[Ints | None, Ints | None]
    ) -> None:
        self.sweep, self.u, self.v, self.best = sweep, u, v, best
        self.waiting: list[tuple[Ints, Ints]] = []

    def take(self, mentees: Ints, mentors: Ints, values: Ints) -> None:
        """Take exact scores, -1 where forbidden."""
        good = values >= 0
        mentees, mentors, values = mentees[good], mentors[good], values[good]
        values = values - self.u[mentees] - self.v[mentors]
        for one, people in zip(self.best, (mentees, mentors), strict=True):
            if one is not None:
                np.maximum.at(one, people, values)

    def raise_by(self, mentees: Ints, mentors: Ints, total: NDArray[Any]) -> None:
        """Take a block whose bounds less prices are `total`, which is used up."""
        lowest = min(int(one.min()) for one in self._best_of(mentees, mentors))
        if np.count_nonzero(total >= lowest + 1) <= _LISTED // 4:
            mentor, mentee = _above(total, np.full(len(mentors), lowest))
            self.waiting.append((mentees[mentee], mentors[mentor]))
            if sum(len(some) for some, _ in self.waiting) >= _LISTED:
                self.settle()
            return
        if self.best[0] is not None:
            self._raise(self.best[0], mentees, mentors, total, axis=0)
        if self.best[1] is not None:
            self._raise(self.best[1], mentees, mentors, total, axis=1)

    def settle(self) -> None:
        """Take the exact scores of the pairs that wait for it."""
        if self.waiting:
            mentees, mentors = (np.concatenate(one) for one in zip(*self.waiting, strict=True))
            self.waiting = []
            self.take(mentees, mentors, self.sweep._exact(mentees, mentors))

    def _best_of(self, mentees: Ints, mentors: Ints) -> list[Ints]:
        pairs = zip(self.best, (mentees, mentors), strict=True)
        return [best[people] for best, people in pairs if best is not None]

    def _raise(
        self, best: Ints, mentees: Ints, mentors: Ints, total: NDArray[Any], *, axis: int
    ) -> None:
        # The best bound of each person is mostly true; then nothing else of theirs is above it.
        people = mentees if axis == 0 else mentors
        for _ in range(_ROUNDS):
            higher = np.flatnonzero(total.max(axis=axis) >= best[people] + 1)
            if not len(higher):
                return
            if axis == 0:
                self._settle(mentees, mentors, total, total[:, higher].argmax(axis=0), higher)
            else:
                self._settle(mentees, mentors, total, higher, total[higher].argmax(axis=1))
        wanted = best[people] + 1
        above = total >= (wanted[None, :] if axis == 0 else wanted[:, None])
        self._settle(mentees, mentors, total, *np.nonzero(above & (total > _SETTLED)))

    def _settle(
        self, mentees: Ints, mentors: Ints, total: NDArray[Any], mentor: Ints, mentee: Ints
    ) -> None:
        """Take the exact scores of pairs of a block, and strike their bounds out."""
        bounds = total[mentor, mentee]
        total[mentor, mentee] = _SETTLED
        row, column = mentees[mentee], mentors[mentor]
        # A bound on the score below 0 is a penalty: the pair is forbidden.
        may = bounds >= -self.u[row] - self.v[column]
        self.take(row[may], column[may], self.sweep._exact(row[may], column[may]))


class _Prices:
    """Prices for one call, moved where that changes nothing, so that float32 can hold them."""

    def __init__(self, rows: Ints, columns: Ints) -> None:
        middle = 0
        if len(rows) and len(columns):
            middle = (int(columns.min()) + int(columns.max())) // 2
        self.rows, self.columns = rows + middle, columns - middle
        largest = (int(np.abs(one).max(initial=0)) for one in (self.rows, self.columns))
        self.is_small = sum(largest) <= _PRICES

    @classmethod
    def whole(cls, rows: Ints, columns: Ints) -> _Prices:
        """Return prices whose every difference counts."""
        return cls(rows, columns)

    @classmethod
    def clipped(cls, rows: Ints, columns: Ints, floor: int) -> _Prices:
        """Return prices that let the same scores of at least `floor` be above their sums."""
        if len(rows) and len(columns):
            most = 2 * MILLION
            rows = np.clip(rows, floor - 1 - columns.max(), most - columns.min())
            columns = np.clip(columns, floor - 1 - rows.max(), most - rows.min())
        return cls(rows, columns)


def _refuse_large(u: Ints, v: Ints) -> None:
    if any((one > _FARTHEST).any() or (one < -_FARTHEST).any() for one in (u, v)):
        raise ValueError("a price is larger than 2**60")


def _above(total: NDArray[Any], prices: Ints) -> tuple[Ints, Ints]:
    """Return where bounds are above the prices of their rows."""
    least = (prices + 1).astype(total.dtype)
    found = np.flatnonzero(total >= least[:, None])
    return found // total.shape[1], found % total.shape[1]


def _together(found: list[Found]) -> Found:
    nothing = np.zeros(0, np.int64)
    parts = [np.concatenate([nothing, *one]) for one in zip(*found, strict=True)]
    return (parts[0], parts[1], parts[2]) if parts else (nothing, nothing, nothing)


def _sorted(found: Found, n_mentors: int) -> Found:
    """Sort by row, then column, and drop what stands there twice."""
    _, first = np.unique(found[0] * n_mentors + found[1], return_index=True)
    return found[0][first], found[1][first], found[2][first]
