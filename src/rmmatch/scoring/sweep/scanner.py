"""One part of a sweep: some mentees, all mentors, by price. Runs in any thread or process."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Ints
from rmmatch.scoring.pair_scores import FORBIDDEN, PairScores
from rmmatch.scoring.sweep.pruned_scan import BoundBlock, PrunedScan, ShiftedPrices
from rmmatch.scoring.sweep.row_order import RowOrder, best_row_order
from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound

__all__ = ["PairScanner", "ScanQuery", "ScanTask", "concatenate"]

PairArrays = tuple[Ints, Ints, Ints]
FloorPair = tuple[int | None, int | None]

_MAX_QUEUED_PAIRS = 1 << 14  # pairs scored exactly at once
_MAX_RAISE_ROUNDS = 4
_RESOLVED_BOUND = -(2**63)
_MAX_UNORDERED_PAIRS = 1 << 16  # pairs, all bounded at once
_MIN_PAIRS_TO_ORDER, _REORDER_GROWTH_FACTOR = (
    1 << 24,
    4,
)  # pairs for which orders are tried, and are tried again
_PEOPLE_PER_SAMPLED = 16  # one of so many partners is looked at first
_DEFAULT_ORDER = RowOrder()
_MARKS_PER_EXCLUDED_PAIR = 16  # for each struck pair: few others share one


@dataclass(frozen=True)
class ScanTask:
    """Some mentees and all mentors who are looked at, and their prices.

    Attributes
    ----------
    rows, columns : ndarray of int64
        Positions. Neighbours should be alike.
    u, v : ndarray of int64
        Prices of these people.
    order : RowOrder
        What makes mentees neighbours.
    """

    rows: Ints
    columns: Ints
    u: Ints
    v: Ints
    order: RowOrder = _DEFAULT_ORDER

    def compressed(self) -> ScanTask:
        """Return the part in as few bytes as hold its numbers."""
        return self._with_converted(_in_smallest_dtype)

    def decompressed(self) -> ScanTask:
        """Return a narrowed part as it was."""
        return self._with_converted(lambda one: one.astype(np.int64, copy=False))

    def _with_converted(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> ScanTask:
        rows, columns, u, v = map(change, (self.rows, self.columns, self.u, self.v))
        return replace(self, rows=rows, columns=columns, u=u, v=v)

    def padded(self, size: int) -> ScanTask:
        """Return the part with its last mentee repeated up to a multiple of a size."""
        short = -len(self.rows) % size
        rows, u = (np.pad(one, (0, short), mode="edge") for one in (self.rows, self.u))
        return replace(self, rows=rows, u=u)


@dataclass(frozen=True)
class ScanQuery:
    """What a part is asked: what it holds above the prices, or the largest of each person."""

    floors: FloorPair | None = None

    def run(self, search: PairScanner, part: ScanTask) -> tuple[Ints | None, ...]:
        """Return the answer."""
        part = part.decompressed()
        if self.floors is None:
            return search.pairs_above(part)
        return search.best_per_person(part, self.floors)


class PairScanner:
    """What a cohort and a scheme are compiled to, and how a part is searched with it.

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
        self.excluded_keys = np.sort(
            np.concatenate([(one.mentees << 32) + one.mentors for one in lists])
        )
        self._marks = np.zeros(
            1 << (_MARKS_PER_EXCLUDED_PAIR * len(self.excluded_keys)).bit_length(), bool
        )
        self._marks[self._mark_idx(self.excluded_keys >> 32, self.excluded_keys & 0xFFFFFFFF)] = (
            True
        )
        # Mentors with the same codes find the views of the tables in the cache.
        alike = np.lexsort([one.columns for one in self.bound.tables])
        self._beside = np.empty(len(alike), np.int64)
        self._beside[alike] = np.arange(len(alike))
        self._order, self._measured = RowOrder(), 0

    # --- parts -----------------------------------------------------------------------------

    def in_best_order(self, part: ScanTask) -> ScanTask:
        """Return a part with neighbours alike, if it is large enough for that to matter."""
        n_pairs = len(part.rows) * len(part.columns)
        if n_pairs <= _MAX_UNORDERED_PAIRS:
            return part
        columns = np.argsort(self._beside[part.columns])
        part = replace(part, columns=part.columns[columns], v=part.v[columns])
        tables = self.bound.tables
        if self.prune and n_pairs >= max(
            _MIN_PAIRS_TO_ORDER, _REORDER_GROWTH_FACTOR * self._measured
        ):
            prices = ShiftedPrices.clipped(part.u, part.v, self.bound.floor)
            if prices.is_small:
                self._measured = n_pairs
                self._order = best_row_order(
                    tables, part.rows, part.columns, prices, self._sizes[0]
                )
        rows = self._order.positions(tables, part.rows, part.u)
        return replace(part, rows=part.rows[rows], u=part.u[rows], order=self._order)

    # --- what a part is asked --------------------------------------------------------------

    def pairs_above(self, part: ScanTask) -> PairArrays:
        """Return positions and scores of the acceptable pairs worth more than both prices."""
        n_real = len(part.rows)
        part = part.padded(self.size[0]) if n_real else part
        prices = ShiftedPrices.clipped(part.u, part.v, self.bound.floor)
        found: list[PairArrays] = []
        waiting: list[PairArrays] = []
        count = 0

        def settle() -> None:
            row, column, bounds = (np.concatenate(one) for one in zip(*waiting, strict=True))
            mentees, mentors = part.rows[row], part.columns[column]
            values = self.exact_scores(
                mentees, mentors, bounds + prices.rows[row] + prices.columns[column]
            )
            keep = (values >= 0) & (values > part.u[row] + part.v[column]) & (row < n_real)
            found.append((mentees[keep], mentors[keep], values[keep]))

        for block in self._bound_blocks(part, prices):
            flat = np.flatnonzero(block.total >= 1)
            if not len(flat):
                continue
            waiting.append((*block.positions(flat), _floor_to_int(block.total.ravel()[flat])))
            count += len(flat)
            if count >= _MAX_QUEUED_PAIRS:
                settle()
                waiting, count = [], 0
        if waiting:
            settle()
        return concatenate(found)

    def best_per_person(
        self, part: ScanTask, lowest: FloorPair
    ) -> tuple[Ints, Ints | None, Ints | None]:
        """Return positions of mentees, and the largest ``score - u - v`` of them and of mentors.

        Of acceptable pairs of the part; a side that is not asked for is None.

        Parameters
        ----------
        part : Part
        lowest : (int or None, int or None)
            Where mentees and mentors begin; a side that is None is not asked for.
        """
        is_large = len(part.rows) * len(part.columns) > _MAX_UNORDERED_PAIRS
        if min(one for one in lowest if one is not None) < 0 and self._may_prune and is_large:
            mine, theirs = self._best_from_sample(part, lowest)
        else:
            mine, theirs = self._best_by_scan(part, lowest)
        return part.rows, mine, theirs

    def _best_from_sample(
        self, part: ScanTask, lowest: FloorPair
    ) -> tuple[Ints | None, Ints | None]:
        """Climb among a few partners first: what they give lets most others be passed over."""
        u, v = part.u, part.v
        if lowest[0] is not None:
            few = _cheapest_positions(part.columns, v)
            sample = replace(part, columns=part.columns[few], v=v[few])
            first, known = self._sampled_best(sample, 0, lowest[0]), v
        else:
            assert lowest[1] is not None
            few = _cheapest_positions(part.rows, u)
            sample = replace(part, rows=part.rows[few], u=u[few])
            first, known = self._sampled_best(sample, 1, lowest[1]), u
        # No acceptable pair is worth less than 0.
        floor = np.maximum(first, -int(known.max()) - 1 - (v if lowest[0] is None else u))
        if lowest[1] is None:
            order = part.order.positions(self.bound.tables, part.rows, u + floor)
            again = replace(part, rows=part.rows[order], u=(u + floor)[order])
            more = self._best_by_scan(again, (0, None))[0]
            assert more is not None
            more = more[np.argsort(order)]
        else:
            more = self._best_by_scan(replace(part, v=v + floor), (None, 0))[1]
            assert more is not None
        best = np.where(more > 0, floor + more, first)
        return (best, None) if lowest[1] is None else (None, best)

    def _sampled_best(self, part: ScanTask, axis: int, least: int) -> Ints:
        """Return ``score - u - v`` of a good pair of each mentee (axis 0) or mentor, or `least`."""
        n_people = (len(part.rows), len(part.columns))[axis]
        part = part.padded(self.size[0])
        best: list[Ints | None] = [None, None]
        best[axis] = worth = np.full((len(part.rows), len(part.columns))[axis], least)
        bounds, others = np.full_like(worth, _RESOLVED_BOUND), np.zeros_like(worth)
        for block in self._bound_blocks(part, ShiftedPrices(part.u, part.v), prune=False):
            lanes = block.first_row + np.arange(block.total.shape[1])
            mine, theirs = (lanes, block.columns) if axis == 0 else (block.columns, lanes)
            at = block.total.argmax(axis=axis)
            most = _floor_to_int(
                np.take_along_axis(block.total, np.expand_dims(at, axis), axis)
            ).ravel()
            better = most > bounds[mine]
            bounds[mine[better]], others[mine[better]] = most[better], theirs[at[better]]
        people = np.flatnonzero(bounds > _RESOLVED_BOUND)
        row, column = (people, others[people]) if axis == 0 else (others[people], people)
        _RunningMax(self, part, best).raise_by_pairs(row, column, bounds[people])
        return worth[:n_people]

    def _best_by_scan(self, part: ScanTask, lowest: FloorPair) -> tuple[Ints | None, Ints | None]:
        n_real = len(part.rows)
        part = part.padded(self.size[0]) if n_real else part
        best = [
            None if least is None else np.full(len(people), least)
            for least, people in zip(lowest, (part.rows, part.columns), strict=True)
        ]
        # Pairs below 0 may be passed over where nobody asks for them.
        prune = all(least is None or least >= 0 for least in lowest)
        summit = _RunningMax(self, part, best)
        for block in self._bound_blocks(part, ShiftedPrices(part.u, part.v), prune=prune):
            summit.raise_by(block)
        summit.resolve()
        return None if best[0] is None else best[0][:n_real], best[1]

    def exact_scores(self, mentees: Ints, mentors: Ints, bounds: Ints) -> Ints:
        """Return the scores of pairs who take part, -1 where forbidden or an exception.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions.
        bounds : ndarray of int64, shape (n_pairs,)
            Their bounds, without prices.
        """
        scores = np.empty(len(mentees), np.int64)
        for start in range(0, len(mentees), _MAX_QUEUED_PAIRS):
            some = slice(start, start + _MAX_QUEUED_PAIRS)
            scores[some] = self.bound.exact_where_tight(mentees[some], mentors[some], bounds[some])
        if len(self.excluded_keys):
            # To look a pair up among the struck ones takes longer than to score it.
            near = np.flatnonzero(self._marks.take(self._mark_idx(mentees, mentors)))
            wanted = (mentees[near] << 32) + mentors[near]
            place = np.minimum(
                np.searchsorted(self.excluded_keys, wanted), len(self.excluded_keys) - 1
            )
            scores[near[self.excluded_keys[place] == wanted]] = FORBIDDEN
        return scores

    def _mark_idx(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return where pairs have their marks."""
        return (mentees * 40_503 + mentors) & (len(self._marks) - 1)

    def scores_by_definition(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the scores of listed pairs, -1 where forbidden, in the plain way."""
        scores = np.empty(len(mentees), np.int64)
        for start in range(0, len(mentees), _MAX_QUEUED_PAIRS):
            some = slice(start, start + _MAX_QUEUED_PAIRS)
            scores[some] = self.scores.scores_of_pairs(mentees[some], mentors[some])
        return scores

    def _bound_blocks(
        self, part: ScanTask, prices: ShiftedPrices, *, prune: bool = True
    ) -> PrunedScan:
        """Return blocks that hold every pair whose bound is above its prices."""
        prune = prune and self.prune
        return PrunedScan(self.bound, *self._sizes, part.rows, part.columns, prices, prune=prune)


class _RunningMax:
    """The largest exact values met so far, of mentees, of mentors, or of both."""

    def __init__(self, search: PairScanner, part: ScanTask, best: list[Ints | None]) -> None:
        self.search, self.part, self.best = search, part, best
        self.queued: list[PairArrays] = []

    def raise_by(self, block: BoundBlock) -> None:
        """Take a block, whose bounds are used up."""
        if not isinstance(block.first_row, int):  # groups: nobody is below 0
            self._queue_cells(block, np.flatnonzero(block.total >= 1))
            return
        rows = block.first_row + np.arange(block.total.shape[1])
        lowest = min(int(one.min()) for one in self._best_of(rows, block.columns))
        flat = np.flatnonzero(block.total >= lowest + 1)
        if len(flat) <= _MAX_QUEUED_PAIRS // 4:
            self._queue_cells(block, flat)
            return
        for axis, best in enumerate(self.best):
            if best is not None:
                self._raise_best(best, rows, block.columns, block.total, axis)

    def _queue_cells(self, block: BoundBlock, flat: Ints) -> None:
        """List the entries of a block that may raise somebody."""
        row, column = block.positions(flat)
        bounds = _floor_to_int(block.total.ravel()[flat])
        higher = np.zeros(len(flat), bool)
        for one in self._best_of(row, column):
            higher |= bounds > one
        self.queued.append((row[higher], column[higher], bounds[higher]))
        if sum(len(some) for some, _, _ in self.queued) >= _MAX_QUEUED_PAIRS:
            self.resolve()

    def resolve(self) -> None:
        """Take the exact scores of the pairs that wait for it."""
        if self.queued:
            row, column, bounds = (np.concatenate(one) for one in zip(*self.queued, strict=True))
            self.queued = []
            self.raise_by_pairs(row, column, bounds)

    def raise_by_pairs(self, row: Ints, column: Ints, bounds: Ints) -> None:
        """Take pairs by their bounds less prices."""
        part = self.part
        prices = part.u[row] + part.v[column]
        # A bound on the score below 0 is a penalty: the pair is forbidden.
        may = bounds >= -prices
        row, column, bounds, prices = row[may], column[may], bounds[may], prices[may]
        values = self.search.exact_scores(part.rows[row], part.columns[column], bounds + prices)
        good = values >= 0
        values = values[good] - prices[good]
        for one, people in zip(self.best, (row[good], column[good]), strict=True):
            if one is not None:
                np.maximum.at(one, people, values)

    def _best_of(self, row: Ints, column: Ints) -> list[Ints]:
        pairs = zip(self.best, (row, column), strict=True)
        return [best[people] for best, people in pairs if best is not None]

    def _raise_best(
        self, best: Ints, rows: Ints, columns: Ints, total: NDArray[Any], axis: int
    ) -> None:
        # The best bound of each person is mostly true; then nothing else of theirs is above it.
        people = rows if axis == 0 else columns
        for _ in range(_MAX_RAISE_ROUNDS):
            higher = np.flatnonzero(total.max(axis=axis) >= best[people] + 1)
            if not len(higher):
                return
            if axis == 0:
                self._resolve_cells(rows, columns, total, total[:, higher].argmax(axis=0), higher)
            else:
                self._resolve_cells(rows, columns, total, higher, total[higher].argmax(axis=1))
        wanted = best[people] + 1
        above = total >= (wanted[None, :] if axis == 0 else wanted[:, None])
        self._resolve_cells(rows, columns, total, *np.nonzero(above & (total > _RESOLVED_BOUND)))

    def _resolve_cells(
        self, rows: Ints, columns: Ints, total: NDArray[Any], line: Ints, lane: Ints
    ) -> None:
        """Take the exact scores of pairs of a block, and strike their bounds out."""
        bounds = _floor_to_int(total[line, lane])
        total[line, lane] = _RESOLVED_BOUND
        self.raise_by_pairs(rows[lane], columns[line], bounds)


def _cheapest_positions(people: Ints, prices: Ints) -> Ints:
    """Return the place of the cheapest of every few neighbours."""
    n_whole = len(people) // _PEOPLE_PER_SAMPLED * _PEOPLE_PER_SAMPLED
    cheap = prices[:n_whole].reshape(-1, _PEOPLE_PER_SAMPLED).argmin(axis=1)
    return np.concatenate(
        [np.arange(0, n_whole, _PEOPLE_PER_SAMPLED) + cheap, np.arange(n_whole, len(people))]
    )


def _in_smallest_dtype(numbers: Ints) -> NDArray[Any]:
    is_narrow = int(np.abs(numbers).max(initial=0)) < 2**31
    return numbers.astype(np.int32) if is_narrow else numbers


def _floor_to_int(bounds: NDArray[Any]) -> Ints:
    """Return bounds as whole numbers, rounded down."""
    whole: Ints = np.floor(bounds).astype(np.int64)
    return whole


def concatenate(found: list[PairArrays]) -> PairArrays:
    """Return several finds as one."""
    nothing = np.zeros(0, np.int64)
    parts = [np.concatenate([nothing, *one]) for one in zip(*found, strict=True)]
    return (parts[0], parts[1], parts[2]) if parts else (nothing, nothing, nothing)
