"""In which order mentees are looked at: groups of neighbours have close bounds if they are alike.

Any order gives the same answers. How many groups and strips an order leaves to be looked at is
measured on some of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Ints
from rmmatch.scoring.sweep.fast_forms import LookupTable
from rmmatch.scoring.sweep.pruned_scan import ShiftedPrices

__all__ = ["RowOrder", "best_row_order"]


_PRICE_CLASSES = 8  # of prices, between the codes of two tables
_MIN_PEOPLE_PER_CODE = 16  # in a table to sort by: else nothing is left to the prices
_TRIED_STRIPS, _TRIED_MENTORS = 48, 64  # that are tried
_MAX_WORK_SHARE = 0.95  # of the work; what saves less is chance


@dataclass(frozen=True)
class RowOrder:
    """By the codes of some tables, then by price.

    Attributes
    ----------
    tables : tuple of int
        Which tables of the bound, the one that matters most first; one or two.
    by_class : bool
        Whether classes of prices come before the codes of the second table.
    """

    tables: tuple[int, ...] = (0,)
    by_class: bool = False

    def positions(self, tables: Sequence[LookupTable], rows: Ints, u: Ints) -> Ints:
        """Return the places of mentees of such prices in this order."""
        n_rows = len(rows)
        rank = np.empty(n_rows, np.int64)
        rank[np.argsort(u, kind="stable")] = np.arange(n_rows)
        key = np.zeros(n_rows, np.int64)
        for index in self.tables:
            if self.by_class and index != self.tables[0]:
                key = key * _PRICE_CLASSES + rank * _PRICE_CLASSES // n_rows
            key = key * len(tables[index].table) + tables[index].rows[rows]
        # One number a person, none twice: quicker than to sort by one key after the other.
        return np.argsort(key * n_rows + rank)


def best_row_order(
    tables: Sequence[LookupTable], rows: Ints, columns: Ints, prices: ShiftedPrices, lanes: int
) -> RowOrder:
    """Return the order that lets most groups be passed over.

    Parameters
    ----------
    tables : sequence of LookupTable
    rows, columns : ndarray of int64
        Positions of mentees and mentors.
    prices : Prices
        Theirs, small.
    lanes : int
        Mentees of a group, and groups of a strip.
    """
    trial = _OrderTrial(tables, rows, columns, prices, lanes)
    few = [
        index
        for index, one in enumerate(tables)
        if len(one.table) * _MIN_PEOPLE_PER_CODE <= len(rows) and len(one.table) > 1
    ]
    best = min((RowOrder((index,)) for index in {0, *few}), key=trial.work)
    if best.tables[0] in few:
        pairs = [
            RowOrder((best.tables[0], index), by_class)
            for index in few
            if index not in best.tables
            for by_class in (False, True)
        ]
        second = min(pairs, key=trial.work, default=best)
        if trial.work(second) < _MAX_WORK_SHARE * trial.work(best):
            best = second
    return best


class _OrderTrial:
    """Some strips and some mentors."""

    def __init__(
        self,
        tables: Sequence[LookupTable],
        rows: Ints,
        columns: Ints,
        prices: ShiftedPrices,
        lanes: int,
    ) -> None:
        self._tables, self._rows, self._prices, self._lanes = tables, rows, prices, lanes
        some = np.arange(_TRIED_MENTORS) * len(columns) // _TRIED_MENTORS
        self._v = prices.columns[some].astype(np.float32)
        self._narrow = [one.table.take(one.columns[columns[some]], axis=1) for one in tables]
        self._work_by_order: dict[RowOrder, float] = {}

    def work(self, order: RowOrder) -> float:
        """Return how many groups, and of how many strips, must be looked at with an order."""
        if order not in self._work_by_order:
            self._work_by_order[order] = self._count_work(order)
        return self._work_by_order[order]

    def _count_work(self, order: RowOrder) -> float:
        height = self._lanes**2
        n_strips = max(1, len(self._rows) // height)
        strips = np.arange(min(_TRIED_STRIPS, n_strips)) * n_strips // min(_TRIED_STRIPS, n_strips)
        places = (strips[:, None] * height + np.arange(height)).ravel()
        order_of = order.positions(self._tables, self._rows, self._prices.rows)
        chosen = order_of[np.minimum(places, len(order_of) - 1)]
        groups, wholes = -self._v, -self._v
        for index, (one, table) in enumerate(zip(self._tables, self._narrow, strict=True)):
            most = table.take(one.rows[self._rows[chosen]], axis=0)
            if not index:
                most -= self._prices.rows[chosen].astype(np.float32)[:, None]
            most = most.reshape(-1, self._lanes, _TRIED_MENTORS).max(axis=1)
            groups = groups + most
            wholes = wholes + most.reshape(-1, self._lanes, _TRIED_MENTORS).max(axis=1)
        return float((groups >= 1).mean() + (wholes >= 1).mean() / self._lanes)
