"""What a pricing round may ask of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from rmmatch.numeric import MILLION, Ints, stable_order

if TYPE_CHECKING:
    from rmmatch.scoring.sweep.sweep import Sweep

__all__ = ["IdOrderOracle", "PricingOracle"]


class PricingOracle(Protocol):
    """What knows every acceptable pair and its score; `rows` are mentees, `columns` mentors."""

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of mentees and mentors."""
        ...

    @property
    def max_score(self) -> int:
        """A number that no score exceeds; scores are not negative."""
        ...

    def candidates(
        self, u: Ints, v: Ints, margin: int, rows: Ints | None = None, columns: Ints | None = None
    ) -> tuple[Ints, Ints, Ints]:
        """Return rows, columns and scores of all acceptable pairs with score - u - v > -margin.

        `u` and `v` have an entry for everybody; `rows` and `columns` are sorted positions.
        """
        ...

    def row_best(self, v: Ints, rows: Ints, columns: Ints) -> Ints:
        """Return the largest score - v over the acceptable pairs of each row, shape (n_mentees,).

        Below -2**59 for rows without any, or not asked for.
        """
        ...

    def column_best(self, u: Ints, rows: Ints, columns: Ints) -> Ints:
        """Return the same for each column, shape (n_mentors,), with prices of rows."""
        ...


class IdOrderOracle:
    """A sweep whose rows and columns stand in another order than the cohort's.

    Parameters
    ----------
    sweep : Sweep
    mentees, mentors : ndarray of int64
        The position in the cohort of each row and column.
    """

    def __init__(self, sweep: Sweep, mentees: Ints, mentors: Ints) -> None:
        self._sweep = sweep
        self._orders = mentees, mentors
        self._id_positions = np.argsort(mentees), np.argsort(mentors)
        self.shape = sweep.shape
        # Most tables are sorted by id: then there is nothing to sort again.
        self._is_sorted = all((np.diff(order) > 0).all() for order in self._orders)
        # Each contribution may be rounded up by one half.
        self.max_score = MILLION + len(sweep.scores.criteria)

    def _to_cohort_positions(
        self, rows: Ints | None, columns: Ints | None
    ) -> tuple[Ints | None, Ints | None]:
        given = zip((rows, columns), self._orders, strict=True)
        there = [None if some is None else np.sort(order[some]) for some, order in given]
        return there[0], there[1]

    def _to_cohort_order(self, prices: Ints, side: int) -> Ints:
        return prices if self._is_sorted else prices[self._id_positions[side]]

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> tuple[Ints, Ints, Ints]:
        """Return rows, columns and scores of the pairs with score - u - v > -margin, sorted."""
        prices = self._to_cohort_order(u, 0), self._to_cohort_order(v, 1)
        found = self._sweep.candidates(*prices, margin, *self._to_cohort_positions(rows, columns))
        if self._is_sorted:
            return found
        there = self._id_positions[0][found[0]], self._id_positions[1][found[1]]
        order = stable_order(there[0] * self.shape[1] + there[1])
        return there[0][order], there[1][order], found[2][order]

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each row's largest score - v, by row."""
        there = self._to_cohort_positions(rows, columns)
        best = self._sweep.row_best(self._to_cohort_order(v, 1), *there)
        return best if self._is_sorted else best[self._orders[0]]

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each column's largest score - u, by column."""
        there = self._to_cohort_positions(rows, columns)
        best = self._sweep.column_best(self._to_cohort_order(u, 0), *there)
        return best if self._is_sorted else best[self._orders[1]]
