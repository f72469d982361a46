"""One task of a sweep: some mentees, all mentors, by price. Runs in any thread or process."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Ints, is_member
from rmmatch.scoring.pair_scores import FORBIDDEN, PairScores
from rmmatch.scoring.sweep.pruned_scan import BoundBlock, PrunedScan, ShiftedPrices
from rmmatch.scoring.sweep.rare_words import relation_keys
from rmmatch.scoring.sweep.row_order import RowOrder, best_row_order
from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound

__all__ = ["PairScanner", "ScanQuery", "ScanTask", "concatenate"]

PairArrays = tuple[Ints, Ints, Ints]
FloorPair = tuple[int | None, int | None]

_MAX_QUEUED_PAIRS = 1 << 14  # pairs scored exactly at once; speed only
_MAX_RAISE_ROUNDS = 4  # rounds of one best bound a person, before all bounds; speed only
_RESOLVED_BOUND = -(2**63)  # millionths, below every bound; exactness
_MAX_UNORDERED_PAIRS = 1 << 16  # pairs, all bounded at once; speed only
_MIN_PAIRS_TO_ORDER = 1 << 24  # pairs of a task for which orders of mentees are tried; speed only
_REORDER_GROWTH_FACTOR = 4  # times as many pairs as last time: tried again; speed only
_PEOPLE_PER_SAMPLED = 16  # one of so many partners is looked at first; speed only
_MARKS_PER_EXCLUDED_PAIR = 16  # so that few other pairs share a mark; speed only
_DEFAULT_ORDER = RowOrder()


@dataclass(frozen=True)
class ScanTask:
    """Some of the mentees, and all the mentors, that a sweep looks at, and their prices.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (n_mentees,), (n_mentors,)
        Positions, in cohort order. Neighbours should be alike.
    u, v : ndarray of int64, shape (n_mentees,), (n_mentors,)
        Prices of these people in millionths.
    order : RowOrder
        What makes mentees neighbours.
    """

    rows: Ints
    columns: Ints
    u: Ints
    v: Ints
    order: RowOrder = _DEFAULT_ORDER

    def compressed(self) -> ScanTask:
        """Return the task with its numbers in as few bytes as hold them."""
        return self._with_converted(_in_smallest_dtype)

    def decompressed(self) -> ScanTask:
        """Return a compressed task as it was."""
        return self._with_converted(lambda numbers: numbers.astype(np.int64, copy=False))

    def _with_converted(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> ScanTask:
        rows, columns, u, v = map(change, (self.rows, self.columns, self.u, self.v))
        return replace(self, rows=rows, columns=columns, u=u, v=v)

    def padded(self, size: int) -> ScanTask:
        """Return the task with its last mentee repeated, so that the mentees fill strips.

        Parameters
        ----------
        size : int
            Mentees of a strip.
        """
        n_missing = -len(self.rows) % size
        rows, u = (np.pad(column, (0, n_missing), mode="edge") for column in (self.rows, self.u))
        return replace(self, rows=rows, u=u)


@dataclass(frozen=True)
class ScanQuery:
    """What a task is asked: the pairs above the prices, or the best of each person.

    Attributes
    ----------
    floors : (int or None, int or None), optional
        Where the best of mentees, of mentors begins, in millionths; None for a side that is not
        asked for. Without, the pairs above the prices are asked for.
    """

    floors: FloorPair | None = None

    def run(self, scanner: PairScanner, task: ScanTask) -> tuple[Ints | None, ...]:
        """Return what `PairScanner.pairs_above` or `PairScanner.best_per_person` returns.

        Parameters
        ----------
        scanner : PairScanner
        task : ScanTask
            Compressed or not.
        """
        task = task.decompressed()
        if self.floors is None:
            return scanner.pairs_above(task)
        return scanner.best_per_person(task, self.floors)


class PairScanner:
    """What a cohort and a scheme are compiled to, and how a task is searched with it.

    Parameters
    ----------
    scores : PairScores
    block : (int, int)
        Mentees and mentors of a block.
    prune : bool
        Whether groups are bounded first.
    largest_table : int
        Cells of a table over codes.
    """

    def __init__(
        self, scores: PairScores, block: tuple[int, int], prune: bool, largest_table: int
    ) -> None:
        self.scores = scores
        self.bound = ScoreUpperBound(scores, largest_table)
        # Of each strip first groups are bounded, then mentees: as many groups as mentees in each.
        lanes = math.isqrt(block[0])
        self.size = lanes**2, block[1]
        self._sizes = lanes, block[1]
        self.prune = prune
        self._may_prune = prune and self.bound.is_tabled
        self.settings = block, prune, largest_table
        lists = self.bound.forbidden, self.bound.exceptions
        self.excluded_keys = np.sort(np.concatenate([relation_keys(pairs) for pairs in lists]))
        self._marks = np.zeros(
            1 << (_MARKS_PER_EXCLUDED_PAIR * len(self.excluded_keys)).bit_length(), bool
        )
        self._marks[self._mark_idx(self.excluded_keys >> 32, self.excluded_keys & 0xFFFFFFFF)] = (
            True
        )
        # Mentors with the same codes find the views of the tables in the cache.
        order = np.lexsort([form.columns for form in self.bound.tables])
        self._mentor_rank = np.empty(len(order), np.int64)
        self._mentor_rank[order] = np.arange(len(order))
        self._order, self._n_pairs_measured = RowOrder(), 0

    # --- tasks -----------------------------------------------------------------------------

    def in_best_order(self, task: ScanTask) -> ScanTask:
        """Return a task with neighbours alike, if it is large enough for that to matter.

        Parameters
        ----------
        task : ScanTask
            Not compressed.
        """
        n_pairs = len(task.rows) * len(task.columns)
        if n_pairs <= _MAX_UNORDERED_PAIRS:
            return task
        columns = np.argsort(self._mentor_rank[task.columns])
        task = replace(task, columns=task.columns[columns], v=task.v[columns])
        tables = self.bound.tables
        if self.prune and n_pairs >= max(
            _MIN_PAIRS_TO_ORDER, _REORDER_GROWTH_FACTOR * self._n_pairs_measured
        ):
            prices = ShiftedPrices.clipped(task.u, task.v, self.bound.floor)
            if prices.is_small:
                self._n_pairs_measured = n_pairs
                self._order = best_row_order(
                    tables, task.rows, task.columns, prices, self._sizes[0]
                )
        rows = self._order.positions(tables, task.rows, task.u)
        return replace(task, rows=task.rows[rows], u=task.u[rows], order=self._order)

    # --- what a task is asked --------------------------------------------------------------

    def pairs_above(self, task: ScanTask) -> PairArrays:
        """Return the acceptable pairs whose score is above the sum of their prices.

        Parameters
        ----------
        task : ScanTask
            Not compressed.

        Returns
        -------
        mentees, mentors, scores : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order, and millionths; the pairs in any order, without the
            exceptions of the bound.
        """
        n_real = len(task.rows)
        task = task.padded(self.size[0]) if n_real else task
        prices = ShiftedPrices.clipped(task.u, task.v, self.bound.floor)
        resolved: list[PairArrays] = []
        queued: list[PairArrays] = []
        n_queued = 0

        def resolve() -> None:
            row, column, bounds = (np.concatenate(pieces) for pieces in zip(*queued, strict=True))
            mentees, mentors = task.rows[row], task.columns[column]
            values = self.exact_scores(
                mentees, mentors, bounds + prices.rows[row] + prices.columns[column]
            )
            keep = (values >= 0) & (values > task.u[row] + task.v[column]) & (row < n_real)
            resolved.append((mentees[keep], mentors[keep], values[keep]))

        for block in self._bound_blocks(task, prices):
            flat = np.flatnonzero(block.total >= 1)
            if not len(flat):
                continue
            queued.append((*block.positions(flat), _floor_to_int(block.total.ravel()[flat])))
            n_queued += len(flat)
            if n_queued >= _MAX_QUEUED_PAIRS:
                resolve()
                queued, n_queued = [], 0
        if queued:
            resolve()
        return concatenate(resolved)

    def best_per_person(
        self, task: ScanTask, lowest: FloorPair
    ) -> tuple[Ints, Ints | None, Ints | None]:
        """Return the largest ``score - u - v`` of an acceptable pair of each person.

        Parameters
        ----------
        task : ScanTask
            Not compressed.
        lowest : (int or None, int or None)
            Where the best of mentees and of mentors begins, in millionths; None for a side that
            is not asked for.

        Returns
        -------
        rows : ndarray of int64, shape (n_mentees,)
            Positions of the mentees of the task, in cohort order.
        row_best, column_best : ndarray of int64, shape (n_mentees,), (n_mentors,), or None
            Millionths; None for a side that is not asked for.
        """
        is_large = len(task.rows) * len(task.columns) > _MAX_UNORDERED_PAIRS
        least = min(start for start in lowest if start is not None)
        if least < 0 and self._may_prune and is_large:
            row_best, column_best = self._best_from_sample(task, lowest)
        else:
            row_best, column_best = self._best_by_scan(task, lowest)
        return task.rows, row_best, column_best

    def _best_from_sample(
        self, task: ScanTask, lowest: FloorPair
    ) -> tuple[Ints | None, Ints | None]:
        """Take the best among a few partners first: it lets most others be passed over."""
        u, v = task.u, task.v
        if lowest[0] is not None:
            chosen = _cheapest_positions(task.columns, v)
            sample = replace(task, columns=task.columns[chosen], v=v[chosen])
            first, partner_prices = self._sampled_best(sample, 0, lowest[0]), v
        else:
            assert lowest[1] is not None
            chosen = _cheapest_positions(task.rows, u)
            sample = replace(task, rows=task.rows[chosen], u=u[chosen])
            first, partner_prices = self._sampled_best(sample, 1, lowest[1]), u
        # No acceptable pair has a score below 0.
        floor = np.maximum(first, -int(partner_prices.max()) - 1 - (v if lowest[0] is None else u))
        if lowest[1] is None:
            order = task.order.positions(self.bound.tables, task.rows, u + floor)
            raised = replace(task, rows=task.rows[order], u=(u + floor)[order])
            excess = self._best_by_scan(raised, (0, None))[0]
            assert excess is not None
            excess = excess[np.argsort(order)]
        else:
            excess = self._best_by_scan(replace(task, v=v + floor), (None, 0))[1]
            assert excess is not None
        best = np.where(excess > 0, floor + excess, first)
        return (best, None) if lowest[1] is None else (None, best)

    def _sampled_best(self, task: ScanTask, axis: int, least: int) -> Ints:
        """Return ``score - u - v`` of a good pair of each mentee (axis 0) or mentor, or `least`."""
        n_people = (len(task.rows), len(task.columns))[axis]
        task = task.padded(self.size[0])
        best: list[Ints | None] = [None, None]
        best[axis] = values = np.full((len(task.rows), len(task.columns))[axis], least)
        bounds, partners = np.full_like(values, _RESOLVED_BOUND), np.zeros_like(values)
        for block in self._bound_blocks(task, ShiftedPrices(task.u, task.v), prune=False):
            lanes = block.first_row + np.arange(block.total.shape[1])
            people, facing = (lanes, block.columns) if axis == 0 else (block.columns, lanes)
            best_idx = block.total.argmax(axis=axis)
            largest = _floor_to_int(
                np.take_along_axis(block.total, np.expand_dims(best_idx, axis), axis)
            ).ravel()
            is_better = largest > bounds[people]
            bounds[people[is_better]] = largest[is_better]
            partners[people[is_better]] = facing[best_idx[is_better]]
        people = np.flatnonzero(bounds > _RESOLVED_BOUND)
        row, column = (people, partners[people]) if axis == 0 else (partners[people], people)
        _RunningMax(self, task, best).raise_by_pairs(row, column, bounds[people])
        return values[:n_people]

    def _best_by_scan(self, task: ScanTask, lowest: FloorPair) -> tuple[Ints | None, Ints | None]:
        n_real = len(task.rows)
        task = task.padded(self.size[0]) if n_real else task
        best = [
            None if least is None else np.full(len(people), least)
            for least, people in zip(lowest, (task.rows, task.columns), strict=True)
        ]
        # Pairs below 0 may be passed over where they are not asked for.
        prune = all(least is None or least >= 0 for least in lowest)
        running_max = _RunningMax(self, task, best)
        for block in self._bound_blocks(task, ShiftedPrices(task.u, task.v), prune=prune):
            running_max.raise_by(block)
        running_max.resolve()
        return None if best[0] is None else best[0][:n_real], best[1]

    def exact_scores(self, mentees: Ints, mentors: Ints, bounds: Ints) -> Ints:
        """Return the scores of pairs of people who are not barred.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.
        bounds : ndarray of int64, shape (n_pairs,)
            Bounds of the pairs in millionths, without prices.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Millionths, -1 where forbidden or an exception of the bound.
        """
        scores = np.empty(len(mentees), np.int64)
        for start in range(0, len(mentees), _MAX_QUEUED_PAIRS):
            batch = slice(start, start + _MAX_QUEUED_PAIRS)
            scores[batch] = self.bound.exact_where_tight(
                mentees[batch], mentors[batch], bounds[batch]
            )
        if len(self.excluded_keys):
            # To look a pair up among the excluded ones takes longer than to score it.
            suspects = np.flatnonzero(self._marks.take(self._mark_idx(mentees, mentors)))
            keys = (mentees[suspects] << 32) + mentors[suspects]
            scores[suspects[is_member(self.excluded_keys, keys)]] = FORBIDDEN
        return scores

    def _mark_idx(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the index of the mark of each pair; several pairs may share one."""
        return (mentees * 40_503 + mentors) & (len(self._marks) - 1)

    def scores_by_definition(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the scores of listed pairs by `PairScores`, without the bound.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Millionths, -1 where forbidden.
        """
        scores = np.empty(len(mentees), np.int64)
        for start in range(0, len(mentees), _MAX_QUEUED_PAIRS):
            batch = slice(start, start + _MAX_QUEUED_PAIRS)
            scores[batch] = self.scores.scores_of_pairs(mentees[batch], mentors[batch])
        return scores

    def _bound_blocks(
        self, task: ScanTask, prices: ShiftedPrices, *, prune: bool = True
    ) -> PrunedScan:
        """Return blocks that hold every pair whose bound is above its prices."""
        prune = prune and self.prune
        return PrunedScan(self.bound, *self._sizes, task.rows, task.columns, prices, prune=prune)


class _RunningMax:
    """The largest exact values met so far, of mentees, of mentors, or of both."""

    def __init__(self, scanner: PairScanner, task: ScanTask, best: list[Ints | None]) -> None:
        self.scanner, self.task, self.best = scanner, task, best
        self.queued: list[PairArrays] = []

    def raise_by(self, block: BoundBlock) -> None:
        """Take a block; its bounds are overwritten."""
        if not isinstance(block.first_row, int):  # groups: nobody is below 0
            self._queue_cells(block, np.flatnonzero(block.total >= 1))
            return
        rows = block.first_row + np.arange(block.total.shape[1])
        lowest = min(int(best.min()) for best in self._best_of(rows, block.columns))
        flat = np.flatnonzero(block.total >= lowest + 1)
        if len(flat) <= _MAX_QUEUED_PAIRS // 4:
            self._queue_cells(block, flat)
            return
        for axis, best in enumerate(self.best):
            if best is not None:
                self._raise_best(best, rows, block.columns, block.total, axis)

    def _queue_cells(self, block: BoundBlock, flat: Ints) -> None:
        """Queue the entries of a block that may raise the best value of a person."""
        row, column = block.positions(flat)
        bounds = _floor_to_int(block.total.ravel()[flat])
        may_raise = np.zeros(len(flat), bool)
        for best in self._best_of(row, column):
            may_raise |= bounds > best
        self.queued.append((row[may_raise], column[may_raise], bounds[may_raise]))
        if sum(len(rows) for rows, _, _ in self.queued) >= _MAX_QUEUED_PAIRS:
            self.resolve()

    def resolve(self) -> None:
        """Take the exact scores of the queued pairs."""
        if self.queued:
            columns = zip(*self.queued, strict=True)
            row, column, bounds = (np.concatenate(pieces) for pieces in columns)
            self.queued = []
            self.raise_by_pairs(row, column, bounds)

    def raise_by_pairs(self, row: Ints, column: Ints, bounds: Ints) -> None:
        """Take the exact scores of pairs, given with their bounds less prices."""
        task = self.task
        prices = task.u[row] + task.v[column]
        # A bound on the score below 0 is a penalty: the pair is forbidden.
        may_be = bounds >= -prices
        row, column, bounds, prices = row[may_be], column[may_be], bounds[may_be], prices[may_be]
        values = self.scanner.exact_scores(task.rows[row], task.columns[column], bounds + prices)
        allowed = values >= 0
        values = values[allowed] - prices[allowed]
        for best, people in zip(self.best, (row[allowed], column[allowed]), strict=True):
            if best is not None:
                np.maximum.at(best, people, values)

    def _best_of(self, row: Ints, column: Ints) -> list[Ints]:
        pairs = zip(self.best, (row, column), strict=True)
        return [best[people] for best, people in pairs if best is not None]

    def _raise_best(
        self, best: Ints, rows: Ints, columns: Ints, total: NDArray[Any], axis: int
    ) -> None:
        # The best bound of a person is mostly the score; then no other bound of theirs is above it.
        people = rows if axis == 0 else columns
        for _ in range(_MAX_RAISE_ROUNDS):
            person_idx = np.flatnonzero(total.max(axis=axis) >= best[people] + 1)
            if not len(person_idx):
                return
            if axis == 0:
                self._resolve_cells(
                    rows, columns, total, total[:, person_idx].argmax(axis=0), person_idx
                )
            else:
                self._resolve_cells(
                    rows, columns, total, person_idx, total[person_idx].argmax(axis=1)
                )
        thresholds = best[people] + 1
        above = total >= (thresholds[None, :] if axis == 0 else thresholds[:, None])
        self._resolve_cells(rows, columns, total, *np.nonzero(above & (total > _RESOLVED_BOUND)))

    def _resolve_cells(
        self, rows: Ints, columns: Ints, total: NDArray[Any], line: Ints, lane: Ints
    ) -> None:
        """Take the exact scores of pairs of a block, and overwrite their bounds."""
        bounds = _floor_to_int(total[line, lane])
        total[line, lane] = _RESOLVED_BOUND
        self.raise_by_pairs(rows[lane], columns[line], bounds)


def _cheapest_positions(people: Ints, prices: Ints) -> Ints:
    """Return the index of the cheapest of every few neighbours."""
    n_grouped = len(people) // _PEOPLE_PER_SAMPLED * _PEOPLE_PER_SAMPLED
    cheapest = prices[:n_grouped].reshape(-1, _PEOPLE_PER_SAMPLED).argmin(axis=1)
    starts = np.arange(0, n_grouped, _PEOPLE_PER_SAMPLED)
    return np.concatenate([starts + cheapest, np.arange(n_grouped, len(people))])


def _in_smallest_dtype(numbers: Ints) -> NDArray[Any]:
    is_narrow = int(np.abs(numbers).max(initial=0)) < 2**31
    return numbers.astype(np.int32) if is_narrow else numbers


def _floor_to_int(bounds: NDArray[Any]) -> Ints:
    """Return bounds as whole numbers, rounded down."""
    floors: Ints = np.floor(bounds).astype(np.int64)
    return floors


def concatenate(answers: list[PairArrays]) -> PairArrays:
    """Return the pairs of several answers as one.

    Parameters
    ----------
    answers : list of (mentees, mentors, scores)
        Each three ndarrays of int64, shape (n_pairs,).
    """
    empty = np.zeros(0, np.int64)
    joined = [np.concatenate([empty, *pieces]) for pieces in zip(*answers, strict=True)]
    return (joined[0], joined[1], joined[2]) if joined else (empty, empty, empty)
