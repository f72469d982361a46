"""A scan of all pairs of some people: the blocks that may hold a pair above its prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import MILLION, Ints, Singles
from rmmatch.scoring.sweep.buffers import MenteeStrip, Scratch
from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound

__all__ = ["BoundBlock", "PrunedScan", "ShiftedPrices"]


# Millionths: with scores and penalties still below 2²⁴, and so exact in float32.
_MAX_FLOAT32_PRICE = 6_000_000  # exactness
_WHOLE_STRIP_SHARE = 0.7  # share of groups above which whole strips are quicker; speed only
_MAX_SINGLE_BLOCK_PAIRS = 1 << 16  # pairs that are looked up at once; speed only
# Blocks of mentors from which on to bound them once takes longer than to prepare mentees.
_MIN_MENTOR_BLOCKS = 16  # speed only


class ShiftedPrices:
    """Prices of some people, moved from one side to the other so that float32 can hold them.

    A number added to all mentees' prices and taken off all mentors' changes no sum of two.

    Parameters
    ----------
    rows, columns : ndarray of int64, shape (n_mentees,), (n_mentors,)
        Prices in millionths.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (n_mentees,), (n_mentors,)
        The moved prices.
    is_small : bool
        Whether float32 holds them, and bounds less them, exactly.
    """

    def __init__(self, rows: Ints, columns: Ints) -> None:
        middle = 0
        if len(rows) and len(columns):
            middle = (int(columns.min()) + int(columns.max())) // 2
        self.rows, self.columns = rows + middle, columns - middle
        largest = (int(np.abs(prices).max(initial=0)) for prices in (self.rows, self.columns))
        self.is_small = sum(largest) <= _MAX_FLOAT32_PRICE

    @classmethod
    def clipped(cls, rows: Ints, columns: Ints, floor: int) -> ShiftedPrices:
        """Return smaller prices under which the same scores are above the sum of two prices.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_mentees,), (n_mentors,)
            Prices in millionths.
        floor : int
            No score in question is lower, in millionths.
        """
        if len(rows) and len(columns):
            above_all = 2 * MILLION  # more than any score
            rows = np.clip(rows, floor - 1 - columns.max(), above_all - columns.min())
            columns = np.clip(columns, floor - 1 - rows.max(), above_all - rows.min())
        return cls(rows, columns)


@dataclass(frozen=True)
class BoundBlock:
    """Bounds less both prices: a line a mentor, a lane a mentee.

    Attributes
    ----------
    first_row : ndarray of int64, shape (n_lines,), or int
        Index of the mentee of the first lane among the mentees of the scan; those of the other
        lanes follow.
    columns : ndarray of int64, shape (n_lines,)
        Indices among the mentors of the scan.
    total : ndarray of float32 or int64, shape (n_lines, n_lanes)
        Millionths.
    """

    first_row: Ints | int
    columns: Ints
    total: NDArray[Any]

    def positions(self, flat: Ints) -> tuple[Ints, Ints]:
        """Return the mentees and mentors of some entries of `total`.

        Parameters
        ----------
        flat : ndarray of int64, shape (n_entries,)
            Indices into ``total.ravel()``.

        Returns
        -------
        mentees, mentors : ndarray of int64, shape (n_entries,)
            Indices among the mentees and among the mentors of the scan.
        """
        line, lane = _divmod(flat, self.total.shape[1])
        first = self.first_row if isinstance(self.first_row, int) else self.first_row[line]
        return first + lane, self.columns[line]


class PrunedScan:
    """Iterate over blocks that together hold every pair with ``upper bound > u + v``.

    Mentees are grouped on three levels: span ⊃ strip ⊃ group of `lanes`. On each level the sum of
    the tables of the largest values of a span (where mentors are many), a strip, a group, and then
    of each mentee, is compared with the prices, and only the members of survivors are looked at: a
    branch and bound over a grid. No pair above its prices is passed over, as the bound is never
    below the score (invariant I4 of `ScoreUpperBound`).

    The block that is yielded is a view of a buffer that the next block overwrites: copy what is to
    be kept.

    Parameters
    ----------
    bound : ScoreUpperBound
    lanes, width : int
        Mentees of a group, which is also groups of a strip and strips of a span; mentors of a
        block.
    rows, columns : ndarray of int64, shape (n_mentees,), (n_mentors,)
        Positions, in cohort order; the mentees fill strips.
    prices : ShiftedPrices
        Of these people.
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
        self._codes = [form.columns for form in self._tables]
        self._mentor_prices: NDArray[Any] = prices.columns
        if prices.is_small:
            self._mentor_prices = self._mentor_prices.astype(np.float32)

    def __iter__(self) -> Iterator[BoundBlock]:
        n_pairs = len(self._rows) * len(self._columns)
        if not n_pairs:
            return
        if self._bound.is_tabled and self._prices.is_small and n_pairs <= _MAX_SINGLE_BLOCK_PAIRS:
            yield self._single_block()
            return
        span = self._height * (self._lanes if self._prune else 1)
        tops = range(0, len(self._rows), span)
        all_mentors = np.arange(len(self._columns))
        if not self._prune:
            for top in tops:
                yield from self._whole_strip(self._strip(top, span), top, 0, all_mentors)
            return
        n_together = self._lanes if len(self._columns) >= _MIN_MENTOR_BLOCKS * self._width else 1
        for first in range(0, len(tops), n_together):
            batch = tops[first : first + n_together]
            strips = [self._strip(top, span) for top in batch]
            columns, index = all_mentors, np.zeros(len(all_mentors), np.int64)
            if n_together > 1:
                maxima = zip(*(strip.group_maxima for strip in strips), strict=True)
                roots = [np.stack(of_table, axis=1) for of_table in maxima]
                columns, index = self._surviving_children(roots, all_mentors)
            for place, (top, strip) in enumerate(zip(batch, strips, strict=True)):
                mentors, node = self._surviving_children(strip.levels[2], columns[index == place])
                yield from (
                    self._surviving_groups(strip, top, mentors, node)
                    if self._bound.is_tabled
                    else self._whole_strips(strip, top, mentors, node)
                )

    @cached_property
    def _scratch(self) -> Scratch:
        return Scratch.of(self._height * self._width)

    @cached_property
    def _negated_price_table(self) -> NDArray[Any]:
        """Mentors' prices as one more table: to add a line is quicker than to subtract a number."""
        return np.repeat(-self._mentor_prices, self._lanes).reshape(-1, self._lanes)

    def _strip(self, top: int, span: int) -> MenteeStrip:
        """Return the mentees of a span, ready to be bounded."""
        prices = self._prices.rows[top : top + span]
        small = (prices if self._prices.is_small else np.zeros_like(prices)).astype(np.float32)
        groups = (self._lanes, self._lanes) if self._prune else ()
        return self._bound.strip(self._rows[top : top + span], small, self._tables, groups)

    def _surviving_children(
        self, level: Sequence[Singles], columns: Ints, node: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Return mentors, and with each a child of its node whose bound is above the prices."""
        survivors = []
        threshold = 1 - self._bound.max_beyond_tables
        for start in range(0, len(columns), self._step):
            batch = slice(start, start + self._step)
            nodes = None if node is None else node[batch]
            total = self._reduced_bounds(level, columns[batch], nodes)
            line, lane = _divmod(np.flatnonzero(total >= threshold), total.shape[1])
            child = lane if nodes is None else nodes.take(line) * self._lanes + lane
            survivors.append((columns[batch].take(line), child))
        nobody = columns[:0], columns[:0]
        return survivors[0] if len(survivors) == 1 else _concatenate([nobody, *survivors])

    def _reduced_bounds(
        self, level: Sequence[Singles], columns: Ints, node: Ints | None
    ) -> Singles:
        """Return the bounds less prices of the children of a node, for a mentor each."""
        if node is None:  # the only node, perhaps with fewer children
            prices = np.ascontiguousarray(self._negated_price_table[:, : level[0].shape[1]])
            return self._scratch.sum_of(
                [*level, prices], [*self._view_lines(columns, 1, 0), columns]
            )
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
            batch, strips = columns[start : start + self._step], node[start : start + self._step]
            mentors, group = self._surviving_children(strip.levels[1], batch, strips)
            if len(mentors) > _WHOLE_STRIP_SHARE * len(batch) * self._lanes:
                yield from self._whole_strips(strip, top, batch, strips)
                continue
            for line in range(0, len(mentors), self._step):
                chosen, groups = mentors[line : line + self._step], group[line : line + self._step]
                total = self._reduced_bounds(strip.levels[0], chosen, groups)
                yield BoundBlock(top + groups * self._lanes, chosen, total)

    def _whole_strips(
        self, strip: MenteeStrip, top: int, columns: Ints, node: Ints
    ) -> Iterator[BoundBlock]:
        """Yield whole strips with the mentors for whom they are promising."""
        for index in range(len(strip.mentees) // self._height):
            yield from self._whole_strip(strip, top, index, columns[node == index])

    def _whole_strip(
        self, strip: MenteeStrip, top: int, index: int, columns: Ints
    ) -> Iterator[BoundBlock]:
        """Yield a strip with some mentors."""
        first = index * self._height
        n_strips = len(strip.mentees) // self._height
        views = tuple(view.reshape(-1, self._height) for view in strip.levels[0])
        chosen = MenteeStrip(strip.mentees[first : first + self._height], (views,), ())
        for start in range(0, len(columns), self._width):
            batch = columns[start : start + self._width]
            lines = self._view_lines(batch, n_strips, index)
            total: NDArray[Any] = self._bound.upper_bounds_into(
                self._scratch, chosen, self._columns[batch], lines
            )
            mentor_prices = self._mentor_prices[batch][:, None]
            if self._prices.is_small:
                total -= mentor_prices
            else:
                mentee_prices = self._prices.rows[top + first : top + first + self._height]
                total = np.floor(total).astype(np.int64) - mentee_prices - mentor_prices
            yield BoundBlock(top + first, batch, total)

    def _single_block(self) -> BoundBlock:
        """Return all pairs as one block."""
        total = np.zeros((len(self._rows), len(self._columns)), np.float32)
        for form in self._tables:
            mentee_lines = form.table.take(form.rows[self._rows], axis=0)
            total += mentee_lines.take(form.columns, axis=1)
        total -= self._prices.rows.astype(np.float32)[:, None]
        total -= self._mentor_prices
        return BoundBlock(0, np.arange(len(self._columns)), np.ascontiguousarray(total.T))


def _concatenate(survivors: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    columns, nodes = zip(*survivors, strict=True)
    return np.concatenate(columns), np.concatenate(nodes)


def _divmod(places: Ints, size: int) -> tuple[Ints, Ints]:
    """Return quotients and remainders, several times quicker than `numpy.divmod`."""
    quotient: Ints = places // size
    return quotient, places - quotient * size
