"""In which order a sweep goes through mentees: a group of alike neighbours has close bounds.

Any order gives the same answers. How many groups and strips an order leaves to be looked at is
measured on a sample of strips and mentors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Ints
from rmmatch.scoring.sweep.fast_forms import LookupTable
from rmmatch.scoring.sweep.pruned_scan import ShiftedPrices

__all__ = ["RowOrder", "best_row_order"]


_PRICE_CLASSES = 8  # classes of prices between the codes of two tables; speed only
_MIN_PEOPLE_PER_CODE = 16  # people, in a table to sort by: else prices decide nothing; speed only
_TRIED_STRIPS, _TRIED_MENTORS = 48, 64  # strips, mentors of the sample; speed only
_MAX_WORK_SHARE = 0.95  # share of the work; to save less is chance; speed only


@dataclass(frozen=True)
class RowOrder:
    """An order of mentees: by their codes in one or two tables, then by price.

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
        """Return the mentees in this order.

        Parameters
        ----------
        tables : sequence of LookupTable
        rows : ndarray of int64, shape (n_rows,)
            Positions of mentees, in cohort order.
        u : ndarray of int64, shape (n_rows,)
            Prices of the mentees in millionths.

        Returns
        -------
        ndarray of int64, shape (n_rows,)
            Indices into `rows`.
        """
        n_rows = len(rows)
        rank = np.empty(n_rows, np.int64)
        rank[np.argsort(u, kind="stable")] = np.arange(n_rows)
        key = np.zeros(n_rows, np.int64)
        for index in self.tables:
            if self.by_class and index != self.tables[0]:
                key = key * _PRICE_CLASSES + rank * _PRICE_CLASSES // n_rows
            key = key * len(tables[index].table) + tables[index].rows[rows]
        # One number a person, no number twice: quicker than to sort by one key after the other.
        return np.argsort(key * n_rows + rank)


def best_row_order(
    tables: Sequence[LookupTable], rows: Ints, columns: Ints, prices: ShiftedPrices, lanes: int
) -> RowOrder:
    """Return the order that lets most groups be passed over.

    Parameters
    ----------
    tables : sequence of LookupTable
    rows, columns : ndarray of int64
        Positions of mentees and mentors, in cohort order.
    prices : ShiftedPrices
        Of these people, small.
    lanes : int
        Mentees of a group, and groups of a strip.
    """
    trial = _OrderTrial(tables, rows, columns, prices, lanes)
    sortable = [
        index
        for index, form in enumerate(tables)
        if len(form.table) * _MIN_PEOPLE_PER_CODE <= len(rows) and len(form.table) > 1
    ]
    best = min((RowOrder((index,)) for index in {0, *sortable}), key=trial.work)
    if best.tables[0] in sortable:
        pairs = [
            RowOrder((best.tables[0], index), by_class)
            for index in sortable
            if index not in best.tables
            for by_class in (False, True)
        ]
        second = min(pairs, key=trial.work, default=best)
        if trial.work(second) < _MAX_WORK_SHARE * trial.work(best):
            best = second
    return best


class _OrderTrial:
    """A sample of strips and mentors, on which orders are tried."""

    def __init__(
        self,
        tables: Sequence[LookupTable],
        rows: Ints,
        columns: Ints,
        prices: ShiftedPrices,
        lanes: int,
    ) -> None:
        self._tables, self._rows, self._prices, self._lanes = tables, rows, prices, lanes
        sample = np.arange(_TRIED_MENTORS) * len(columns) // _TRIED_MENTORS
        self._v = prices.columns[sample].astype(np.float32)
        self._sample_tables = [
            form.table.take(form.columns[columns[sample]], axis=1) for form in tables
        ]
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
        row_idx = order.positions(self._tables, self._rows, self._prices.rows)
        chosen = row_idx[np.minimum(places, len(row_idx) - 1)]
        group_bounds, strip_bounds = -self._v, -self._v
        for index, (form, table) in enumerate(zip(self._tables, self._sample_tables, strict=True)):
            values = table.take(form.rows[self._rows[chosen]], axis=0)
            if not index:
                values -= self._prices.rows[chosen].astype(np.float32)[:, None]
            values = values.reshape(-1, self._lanes, _TRIED_MENTORS).max(axis=1)
            group_bounds = group_bounds + values
            strip_bounds = strip_bounds + values.reshape(-1, self._lanes, _TRIED_MENTORS).max(
                axis=1
            )
        return float((group_bounds >= 1).mean() + (strip_bounds >= 1).mean() / self._lanes)
