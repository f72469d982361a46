"""A pass over all pairs of some people: the blocks that may hold what is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.scoring.bounding import Bound, Strip, Work
from rmmatch.scoring.weighing import MILLION

__all__ = ["Block", "Pass", "Prices"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_PRICES = 6_000_000  # with scores and penalties still below 2²⁴, exact in float32
_MANY = 0.7  # the share of groups above which whole strips are quicker
_FEW = 1 << 16  # pairs that are looked up at once


class Prices:
    """Prices of a part, moved where that changes nothing, so that float32 can hold them."""

    def __init__(self, rows: Ints, columns: Ints) -> None:
        middle = 0
        if len(rows) and len(columns):
            middle = (int(columns.min()) + int(columns.max())) // 2
        self.rows, self.columns = rows + middle, columns - middle
        largest = (int(np.abs(one).max(initial=0)) for one in (self.rows, self.columns))
        self.is_small = sum(largest) <= _PRICES

    @classmethod
    def clipped(cls, rows: Ints, columns: Ints, floor: int) -> Prices:
        """Return prices that let the same scores of at least `floor` be above their sums."""
        if len(rows) and len(columns):
            most = 2 * MILLION
            rows = np.clip(rows, floor - 1 - columns.max(), most - columns.min())
            columns = np.clip(columns, floor - 1 - rows.max(), most - rows.min())
        return cls(rows, columns)


@dataclass(frozen=True)
class Block:
    """Bounds less both prices: a line a mentor, a lane a mentee.

    Attributes
    ----------
    first : ndarray of int64, shape (n_lines,), or int
        Place in the part of the mentee of the first lane; the others follow.
    columns : ndarray of int64, shape (n_lines,)
        Places in the part of the mentors.
    total : ndarray, shape (n_lines, n_lanes)
    """

    first: Ints | int
    columns: Ints
    total: NDArray[Any]

    def places(self, flat: Ints) -> tuple[Ints, Ints]:
        """Return places of mentees and mentors of entries of `total`."""
        line, lane = _divided(flat, self.total.shape[1])
        first = self.first if isinstance(self.first, int) else self.first[line]
        return first + lane, self.columns[line]


class Pass:
    """Blocks that hold every pair whose bound is above its prices, one after the other.

    The same sum of tables is compared with the prices three times: of the largest values of a
    strip of mentees, of a group in it, of each mentee; each time as many at once as a group has
    mentees. A block is the next one's as well.

    Parameters
    ----------
    bound : Bound
    lanes, width : int
        Mentees of a group, and groups of a strip; mentors of a block.
    rows, columns : ndarray of int64
        Positions; the mentees fill strips.
    prices : Prices
    prune : bool
        Whether pairs whose bound is not above their prices may be passed over.
    """

    def __init__(
        self,
        bound: Bound,
        lanes: int,
        width: int,
        rows: Ints,
        columns: Ints,
        prices: Prices,
        *,
        prune: bool,
    ) -> None:
        self._bound, self._lanes, self._width = bound, lanes, width
        self._height = lanes**2
        self._rows, self._columns, self._prices = rows, columns, prices
        self._prune = prune and prices.is_small
        self._tables = bound.facing(columns)
        self._codes = [one.columns for one in self._tables]
        self._theirs: NDArray[Any] = prices.columns
        if prices.is_small:
            self._theirs = self._theirs.astype(np.float32)

    def __iter__(self) -> Iterator[Block]:
        n_pairs = len(self._rows) * len(self._columns)
        if not n_pairs:
            return
        if self._bound.is_tabled and self._prices.is_small and n_pairs <= _FEW:
            yield self._at_once()
            return
        work = Work.of(self._height * self._width)
        # Prices are one more table: to subtract a number a line is slower than to add a line.
        less = np.repeat(-self._theirs, self._lanes).reshape(-1, self._lanes)
        everybody = np.arange(len(self._columns))
        groups = (self._lanes, self._lanes) if self._prune else ()
        span = self._lanes ** (1 + len(groups)) if self._prune else self._height
        for top in range(0, len(self._rows), span):
            mine = self._prices.rows[top : top + span]
            inside = (mine if self._prices.is_small else np.zeros_like(mine)).astype(np.float32)
            strip = self._bound.strip(self._tables, self._rows[top : top + span], inside, groups)
            if not self._prune:
                yield from self._whole(work, strip, top, 0, everybody)
                continue
            step = self._lanes * self._width
            for left in range(0, len(everybody), step):
                at = everybody[left : left + step]
                line, lane = self._promising(
                    work, strip.levels[2], less, at, at * 0, 1 - self._bound.rest
                )
                if self._bound.is_tabled:
                    yield from self._groups(work, strip, less, top, at.take(line), lane)
                else:
                    yield from self._strips(work, strip, top, at.take(line), lane)

    def _promising(
        self,
        work: Work,
        level: Sequence[Floats],
        less: NDArray[Any],
        at: Ints,
        node: Ints,
        least: int = 1,
    ) -> tuple[Ints, Ints]:
        """Return which lines, and which lanes of them, have bounds of at least so much."""
        total = self._sums(work, level, less, at, node)
        return _divided(np.flatnonzero(total >= least), total.shape[1])

    def _sums(
        self, work: Work, level: Sequence[Floats], less: NDArray[Any], at: Ints, node: Ints
    ) -> Floats:
        """Return the bounds less prices of the parts of a node each, for a mentor each."""
        lanes = min(self._lanes, level[0].shape[1])
        n_nodes = level[0].shape[1] // lanes
        views = [view.reshape(-1, lanes) for view in level]
        if lanes < self._lanes:
            less = np.ascontiguousarray(less[:, :lanes])
        if n_nodes == 1:
            places = [code.take(at) for code in self._codes]
        else:
            places = [code.take(at) * n_nodes + node for code in self._codes]
        return work.sum_of([*views, less], [*places, at])

    def _groups(
        self, work: Work, strip: Strip, less: NDArray[Any], top: int, at: Ints, node: Ints
    ) -> Iterator[Block]:
        """Yield blocks of promising groups of strips; whole strips where most groups are."""
        step = self._lanes * self._width
        for start in range(0, len(at), step):
            some, strips = at[start : start + step], node[start : start + step]
            line, lane = self._promising(work, strip.levels[1], less, some, strips)
            if len(line) > _MANY * len(some) * self._lanes:
                yield from self._strips(work, strip, top, some, strips)
                continue
            columns, group = some.take(line), strips.take(line) * self._lanes + lane
            for left in range(0, len(columns), step):
                few, which = columns[left : left + step], group[left : left + step]
                total = self._sums(work, strip.levels[0], less, few, which)
                yield Block(top + which * self._lanes, few, total)

    def _strips(self, work: Work, strip: Strip, top: int, at: Ints, node: Ints) -> Iterator[Block]:
        """Yield whole strips with the mentors for whom they are promising."""
        for index in range(len(strip.mentees) // self._height):
            yield from self._whole(work, strip, top, index, at[node == index])

    def _whole(self, work: Work, strip: Strip, top: int, index: int, at: Ints) -> Iterator[Block]:
        """Yield a strip with some mentors."""
        first = index * self._height
        mentees = strip.mentees[first : first + self._height]
        n_strips = len(strip.mentees) // self._height
        views = [view.reshape(-1, self._height) for view in strip.levels[0]]
        for left in range(0, len(at), self._width):
            few = at[left : left + self._width]
            lines = [code.take(few) * n_strips + index for code in self._codes]
            total: NDArray[Any] = self._bound.fill(work, views, lines, mentees, self._columns[few])
            if self._prices.is_small:
                total -= self._theirs[few][:, None]
            else:
                mine = self._prices.rows[top + first : top + first + self._height]
                total = np.floor(total).astype(np.int64) - mine - self._theirs[few][:, None]
            yield Block(top + first, few, total)

    def _at_once(self) -> Block:
        """Return the block of few pairs."""
        total = np.zeros((len(self._rows), len(self._columns)), np.float32)
        for one in self._tables:
            theirs = one.table.take(one.rows[self._rows], axis=0)
            total += theirs.take(one.columns, axis=1)
        total -= self._prices.rows.astype(np.float32)[:, None]
        total -= self._theirs
        return Block(0, np.arange(len(self._columns)), np.ascontiguousarray(total.T))


def _divided(places: Ints, size: int) -> tuple[Ints, Ints]:
    """Return quotients and remainders, several times quicker than `numpy.divmod`."""
    quotient: Ints = places // size
    return quotient, places - quotient * size
