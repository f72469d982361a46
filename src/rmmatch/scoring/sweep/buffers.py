"""The float32 arrays in which a thread of the sweep computes bounds, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Ints, Singles

__all__ = ["MenteeStrip", "Scratch", "multiply_rows"]

_MAX_UNTHREADED_MULTIPLICATIONS = 1 << 18  # that OpenBLAS does in one thread; speed only


@dataclass
class Scratch:
    """Arrays in which the blocks of one thread are computed, each over the one before it.

    Attributes
    ----------
    total, term : ndarray of float32, shape (n_pairs,)
        A sum, in millionths, and what is added to it.
    """

    total: Singles
    term: Singles

    @classmethod
    def of(cls, size: int) -> Scratch:
        """Return the arrays for blocks of up to a number of pairs.

        Parameters
        ----------
        size : int
            Pairs.
        """
        return cls(np.empty(size, np.float32), np.empty(size, np.float32))

    def sum_of(self, views: Sequence[Singles], lines: Sequence[Ints]) -> Singles:
        """Return the sums of one line of each view.

        Parameters
        ----------
        views : sequence of ndarray of float32, shape (n_view_lines, n_lanes)
            Summands in millionths.
        lines : sequence of ndarray of int64, shape (n_lines,)
            Which lines of each view are added.

        Returns
        -------
        ndarray of float32, shape (n_lines, n_lanes)
            A view of `total`: the next block overwrites it.
        """
        shape = len(lines[0]), views[0].shape[1]
        n_cells = shape[0] * shape[1]
        total, term = self.total[:n_cells].reshape(shape), self.term[:n_cells].reshape(shape)
        for index, (view, line) in enumerate(zip(views, lines, strict=True)):
            # Codes are in range; `clip` only spares a copy.
            view.take(line, axis=0, out=term if index else total, mode="clip")
            if index:
                total += term
        return total


@dataclass(frozen=True)
class MenteeStrip:
    """Some mentees, ready to be bounded with any mentors.

    Attributes
    ----------
    mentees : ndarray of int64, shape (n_mentees,)
        Positions, in cohort order.
    levels : tuple of tuples of ndarray of float32, shapes (n_codes, n_mentees or n_groups)
        Each table with the mentees' codes looked up, of the first with their prices taken off, in
        millionths; then the largest of each group of neighbours, and of each group of such groups.
    group_maxima : tuple of ndarray of float32, shape (n_codes,)
        The largest value of all the mentees, if there are groups.
    """

    mentees: Ints
    levels: tuple[tuple[Singles, ...], ...]
    group_maxima: tuple[Singles, ...]


def multiply_rows(mentor_rows: Singles, mentee_rows: Singles, out: Singles) -> None:
    """Put the products of all rows of two matrices into `out`.

    Parameters
    ----------
    mentor_rows, mentee_rows : ndarray of float32, shapes (n, k) and (m, k)
    out : ndarray of float32, shape (n, m)
        Overwritten.
    """
    # In pieces too small for threads of the BLAS library, which would wait for each other and for
    # the threads of the sweep.
    n, k = mentor_rows.shape
    if not k:
        out.fill(0)
        return
    step = max(1, _MAX_UNTHREADED_MULTIPLICATIONS // max(1, k * len(mentee_rows)))
    n_even = n // step * step
    pieces = (
        mentor_rows[:n_even].reshape(-1, step, k),
        out[:n_even].reshape(-1, step, len(mentee_rows)),
    )
    np.matmul(pieces[0], mentee_rows.T, out=pieces[1])
    np.matmul(mentor_rows[n_even:], mentee_rows.T, out=out[n_even:])
