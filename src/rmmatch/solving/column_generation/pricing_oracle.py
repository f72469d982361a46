"""What a pricing round may ask of all pairs: the oracle of the column generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from rmmatch.numeric import MILLION, Ints, pair_keys, stable_order
from rmmatch.solving.column_generation.arc_pool import ArcArrays

if TYPE_CHECKING:
    from rmmatch.scoring.sweep.sweep import Sweep

__all__ = ["IdOrderOracle", "PricingOracle"]


class PricingOracle(Protocol):
    """Knows every acceptable pair and its score; `rows` are mentees, `columns` mentors.

    Scores are int64 millionths, and a forbidden pair is never told (invariant I1). Positions are
    of people in id order (I5).
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of mentees and mentors."""
        ...

    @property
    def max_score(self) -> int:
        """A number that no score exceeds, in millionths; scores are not negative."""
        ...

    def candidates(
        self, u: Ints, v: Ints, margin: int, rows: Ints | None = None, columns: Ints | None = None
    ) -> ArcArrays:
        """Return rows, columns and scores of all acceptable pairs with score - u - v > -margin.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices of all people, in millionths.
        margin : int
            Millionths.
        rows, columns : ndarray of int64, optional
            Sorted positions of the people whose pairs are asked for; by default all.

        Returns
        -------
        rows, columns, scores : ndarray of int64, shape (n_found,)
            Sorted by row and then column.
        """
        ...

    def row_best(self, v: Ints, rows: Ints, columns: Ints) -> Ints:
        """Return the largest score - v over the acceptable pairs of each row.

        Parameters
        ----------
        v : ndarray of int64, shape (n_mentors,)
            Prices in millionths.
        rows, columns : ndarray of int64
            Sorted positions of the people whose pairs are looked at.

        Returns
        -------
        ndarray of int64, shape (n_mentees,)
            Below -2**59 for rows without any such pair, or not asked for.
        """
        ...

    def column_best(self, u: Ints, rows: Ints, columns: Ints) -> Ints:
        """Return the largest score - u over the acceptable pairs of each column.

        Parameters
        ----------
        u : ndarray of int64, shape (n_mentees,)
            Prices in millionths.
        rows, columns : ndarray of int64
            Sorted positions of the people whose pairs are looked at.

        Returns
        -------
        ndarray of int64, shape (n_mentors,)
            As of `row_best`.
        """
        ...


class IdOrderOracle:
    """The oracle of a sweep: turns id order into the cohort's order, and back (invariant I5).

    Parameters
    ----------
    sweep : Sweep
        Its rows and columns are in cohort order.
    mentees, mentors : ndarray of int64, shapes (n_mentees,), (n_mentors,)
        The position in the cohort of each person in id order.
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
        """Return positions in the cohort, sorted."""
        sides = zip((rows, columns), self._orders, strict=True)
        in_cohort = [
            None if positions is None else np.sort(order[positions]) for positions, order in sides
        ]
        return in_cohort[0], in_cohort[1]

    def _to_cohort_order(self, prices: Ints, side: int) -> Ints:
        return prices if self._is_sorted else prices[self._id_positions[side]]

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> ArcArrays:
        """Return rows, columns and scores of the pairs with score - u - v > -margin, sorted.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, id order.
        margin : int
            Millionths.
        rows, columns : ndarray of int64, optional
            Positions in id order.
        """
        prices = self._to_cohort_order(u, 0), self._to_cohort_order(v, 1)
        pairs = self._sweep.candidates(*prices, margin, *self._to_cohort_positions(rows, columns))
        if self._is_sorted:
            return pairs
        id_rows, id_columns = self._id_positions[0][pairs[0]], self._id_positions[1][pairs[1]]
        order = stable_order(pair_keys(id_rows, id_columns, self.shape[1]))
        return id_rows[order], id_columns[order], pairs[2][order]

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each row's largest score - v, as `PricingOracle.row_best`.

        Parameters
        ----------
        v : ndarray of int64, shape (n_mentors,)
            Prices in millionths, id order.
        rows, columns : ndarray of int64, optional
            Positions in id order.
        """
        positions = self._to_cohort_positions(rows, columns)
        best = self._sweep.row_best(self._to_cohort_order(v, 1), *positions)
        return best if self._is_sorted else best[self._orders[0]]

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each column's largest score - u, as `PricingOracle.column_best`.

        Parameters
        ----------
        u : ndarray of int64, shape (n_mentees,)
            Prices in millionths, id order.
        rows, columns : ndarray of int64, optional
            Positions in id order.
        """
        positions = self._to_cohort_positions(rows, columns)
        best = self._sweep.column_best(self._to_cohort_order(u, 0), *positions)
        return best if self._is_sorted else best[self._orders[1]]
