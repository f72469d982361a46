"""A pass over all pairs of some people: the blocks that may hold what is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import MILLION, Ints, Singles
from rmmatch.scoring.sweep.upper_bound import MenteeStrip, ScoreUpperBound, Scratch

__all__ = ["BoundBlock", "PrunedScan", "ShiftedPrices"]


_MAX_FLOAT32_PRICE = 6_000_000  # with scores and penalties still below 2²⁴, exact in float32
_WHOLE_STRIP_SHARE = 0.7  # the share of groups above which whole strips are quicker
_MAX_SINGLE_BLOCK_PAIRS = 1 << 16  # pairs that are looked up at once
_MIN_MENTOR_BLOCKS = (
    16  # blocks of mentors: to bound them once takes longer than to prepare mentees
)


class ShiftedPrices:
    """Prices of a part, moved where that changes nothing, so that float32 can hold them."""

    def __init__(self, rows: Ints, columns: Ints) -> None:
        middle = 0
        if len(rows) and len(columns):
            middle = (int(columns.min()) + int(columns.max())) // 2
        self.rows, self.columns = rows + middle, columns - middle
        largest = (int(np.abs(one).max(initial=0)) for one in (self.rows, self.columns))
        self.is_small = sum(largest) <= _MAX_FLOAT32_PRICE

    @classmethod
    def clipped(cls, rows: Ints, columns: Ints, floor: int) -> ShiftedPrices:
        """Return prices that let the same scores of at least `floor` be above their sums."""
        if len(rows) and len(columns):
            most = 2 * MILLION
            rows = np.clip(rows, floor - 1 - columns.max(), most - columns.min())
            columns = np.clip(columns, floor - 1 - rows.max(), most - rows.min())
        return cls(rows, columns)


@dataclass(frozen=True)
class BoundBlock:
    """Bounds less both prices: a line a mentor, a lane a mentee.

    Attributes
    ----------
    first : ndarray of int64, shape (n_lines,), or int
        Place in the part of the mentee of the first lane; the others follow.
    columns : ndarray of int64, shape (n_lines,)
        Places in the part of the mentors.
    total : ndarray, shape (n_lines, n_lanes)
    """

    first_row: Ints | int
    columns: Ints
    total: NDArray[Any]

    def positions(self, flat: Ints) -> tuple[Ints, Ints]:
        """Return places of mentees and mentors of entries of `total`."""
        line, lane = _divmod(flat, self.total.shape[1])
        first = self.first_row if isinstance(self.first_row, int) else self.first_row[line]
        return first + lane, self.columns[line]


class PrunedScan:
    """Blocks that hold every pair whose bound is above its prices, one after the other.

    The same sum of tables is compared with the prices several times: of the largest values of
    a span of mentees where mentors are many, of a strip of it, of a group of that, of each
    mentee; each time as many at once as a group has mentees. A block is the next one's as well.

    Parameters
    ----------
    bound : ScoreUpperBound
    lanes, width : int
        Mentees of a group, groups of a strip, strips of a span; mentors of a block.
    rows, columns : ndarray of int64
        Positions; the mentees fill strips.
    prices : Prices
    prune : bool
        Whether pairs whose bound is not above their prices may be passed over.
    """

    def __init__(
        self,
        bound: ScoreUpperBound,
        lanes: int,
        width: int,
        rows: Ints,
        columns: Ints,
        prices: ShiftedPrices,
        *,
        prune: bool,
    ) -> None:
        self._bound, self._lanes, self._width = bound, lanes, width
        self._height = lanes**2
        self._step = lanes * width  # lines of as many lanes fill a block
        self._rows, self._columns, self._prices = rows, columns, prices
        self._prune = prune and prices.is_small
        self._tables = bound.mentor_codes(columns)
        self._codes = [one.columns for one in self._tables]
        self._mentor_codes: NDArray[Any] = prices.columns
        if prices.is_small:
            self._mentor_codes = self._mentor_codes.astype(np.float32)

    def __iter__(self) -> Iterator[BoundBlock]:
        n_pairs = len(self._rows) * len(self._columns)
        if not n_pairs:
            return
        if self._bound.is_tabled and self._prices.is_small and n_pairs <= _MAX_SINGLE_BLOCK_PAIRS:
            yield self._single_block()
            return
        span = self._height * (self._lanes if self._prune else 1)
        tops = range(0, len(self._rows), span)
        everybody = np.arange(len(self._columns))
        if not self._prune:
            for top in tops:
                yield from self._whole_strip(self._strip(top, span), top, 0, everybody)
            return
        n_together = self._lanes if len(self._columns) >= _MIN_MENTOR_BLOCKS * self._width else 1
        for first in range(0, len(tops), n_together):
            several = tops[first : first + n_together]
            strips = [self._strip(top, span) for top in several]
            columns, index = everybody, np.zeros(len(everybody), np.int64)
            if n_together > 1:
                largest = zip(*(strip.group_maxima for strip in strips), strict=True)
                roots = [np.stack(one, axis=1) for one in largest]
                columns, index = self._surviving_children(roots, everybody)
            for each, (top, strip) in enumerate(zip(several, strips, strict=True)):
                at, node = self._surviving_children(strip.levels[2], columns[index == each])
                yield from (
                    self._surviving_groups(strip, top, at, node)
                    if self._bound.is_tabled
                    else self._whole_strips(strip, top, at, node)
                )

    @cached_property
    def _scratch(self) -> Scratch:
        return Scratch.of(self._height * self._width)

    @cached_property
    def _negated_price_table(self) -> NDArray[Any]:
        """Prices as one more table: to subtract a number a line is slower than to add a line."""
        return np.repeat(-self._mentor_codes, self._lanes).reshape(-1, self._lanes)

    def _strip(self, top: int, span: int) -> MenteeStrip:
        """Return the mentees of a span, ready to be bounded."""
        mine = self._prices.rows[top : top + span]
        inside = (mine if self._prices.is_small else np.zeros_like(mine)).astype(np.float32)
        groups = (self._lanes, self._lanes) if self._prune else ()
        return self._bound.strip(self._rows[top : top + span], inside, self._tables, groups)

    def _surviving_children(
        self, level: Sequence[Singles], columns: Ints, node: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Return mentors and the children of their nodes whose bounds are above the prices."""
        found = []
        least = 1 - self._bound.product_forms
        for start in range(0, len(columns), self._step):
            some = slice(start, start + self._step)
            nodes = None if node is None else node[some]
            total = self._reduced_bounds(level, columns[some], nodes)
            line, lane = _divmod(np.flatnonzero(total >= least), total.shape[1])
            child = lane if nodes is None else nodes.take(line) * self._lanes + lane
            found.append((columns[some].take(line), child))
        nothing = columns[:0], columns[:0]
        return found[0] if len(found) == 1 else _concatenate([nothing, *found])

    def _reduced_bounds(
        self, level: Sequence[Singles], columns: Ints, node: Ints | None
    ) -> Singles:
        """Return the bounds less prices of the children of a node, for a mentor each."""
        if node is None:  # the only one, perhaps with fewer children
            less = np.ascontiguousarray(self._negated_price_table[:, : level[0].shape[1]])
            return self._scratch.sum_of([*level, less], [*self._view_lines(columns, 1, 0), columns])
        views = [view.reshape(-1, self._lanes) for view in level]
        lines = self._view_lines(columns, level[0].shape[1] // self._lanes, node)
        return self._scratch.sum_of([*views, self._negated_price_table], [*lines, columns])

    def _view_lines(self, columns: Ints, n_nodes: int, node: Ints | int) -> list[Ints]:
        """Return where the views of each table have the codes of mentors, for a node each."""
        codes = [code.take(columns) for code in self._codes]
        return codes if n_nodes == 1 else [code * n_nodes + node for code in codes]

    def _surviving_groups(
        self, strip: MenteeStrip, top: int, columns: Ints, node: Ints
    ) -> Iterator[BoundBlock]:
        """Yield blocks of promising groups of strips; whole strips where most groups are."""
        for start in range(0, len(columns), self._step):
            some, strips = columns[start : start + self._step], node[start : start + self._step]
            at, group = self._surviving_children(strip.levels[1], some, strips)
            if len(at) > _WHOLE_STRIP_SHARE * len(some) * self._lanes:
                yield from self._whole_strips(strip, top, some, strips)
                continue
            for left in range(0, len(at), self._step):
                few, which = at[left : left + self._step], group[left : left + self._step]
                total = self._reduced_bounds(strip.levels[0], few, which)
                yield BoundBlock(top + which * self._lanes, few, total)

    def _whole_strips(
        self, strip: MenteeStrip, top: int, at: Ints, node: Ints
    ) -> Iterator[BoundBlock]:
        """Yield whole strips with the mentors for whom they are promising."""
        for index in range(len(strip.mentees) // self._height):
            yield from self._whole_strip(strip, top, index, at[node == index])

    def _whole_strip(
        self, strip: MenteeStrip, top: int, index: int, at: Ints
    ) -> Iterator[BoundBlock]:
        """Yield a strip with some mentors."""
        first = index * self._height
        n_strips = len(strip.mentees) // self._height
        views = tuple(view.reshape(-1, self._height) for view in strip.levels[0])
        one = MenteeStrip(strip.mentees[first : first + self._height], (views,), ())
        for left in range(0, len(at), self._width):
            few = at[left : left + self._width]
            lines = self._view_lines(few, n_strips, index)
            total: NDArray[Any] = self._bound.upper_bounds_into(
                self._scratch, one, self._columns[few], lines
            )
            if self._prices.is_small:
                total -= self._mentor_codes[few][:, None]
            else:
                mine = self._prices.rows[top + first : top + first + self._height]
                total = np.floor(total).astype(np.int64) - mine - self._mentor_codes[few][:, None]
            yield BoundBlock(top + first, few, total)

    def _single_block(self) -> BoundBlock:
        """Return the block of few pairs."""
        total = np.zeros((len(self._rows), len(self._columns)), np.float32)
        for one in self._tables:
            theirs = one.table.take(one.rows[self._rows], axis=0)
            total += theirs.take(one.columns, axis=1)
        total -= self._prices.rows.astype(np.float32)[:, None]
        total -= self._mentor_codes
        return BoundBlock(0, np.arange(len(self._columns)), np.ascontiguousarray(total.T))


def _concatenate(found: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    columns, nodes = zip(*found, strict=True)
    return np.concatenate(columns), np.concatenate(nodes)


def _divmod(places: Ints, size: int) -> tuple[Ints, Ints]:
    """Return quotients and remainders, several times quicker than `numpy.divmod`."""
    quotient: Ints = places // size
    return quotient, places - quotient * size
