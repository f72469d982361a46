"""What a kernel answers: the value of many pairs at once, in a block or in a list."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Ints

__all__ = ["Block", "Kernel", "PairKernel", "values_of_pairs"]

Block = NDArray[Any]

_PAIRS_PER_DIAGONAL_BLOCK = 64  # pairs of a block of which the diagonal is used; speed only


class Kernel(Protocol):
    """Anything that can be asked for a block of pairs: the whole protocol of a user's own kernel.

    A kernel may also have ``pairs(rows, columns)``, which `values_of_pairs` prefers.
    """

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of some mentees with some mentors.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order; one may stand there twice.

        Returns
        -------
        ndarray, shape (len(rows), len(columns))
            Of a criterion float64 in [0, 1], NaN where data is missing; of a rule bool.
        """
        ...


class PairKernel:
    """Base of the kernels here: a class defines `_values` alone, or `_block` and `_pairs`."""

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of a block: of each of some mentees with each of some mentors.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.

        Returns
        -------
        ndarray, shape (len(rows), len(columns))
        """
        return self._block(rows, columns)

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Position of the mentee and of the mentor of each pair, in cohort order.

        Returns
        -------
        ndarray, shape (n_pairs,)
        """
        return self._pairs(rows, columns)

    def _block(self, rows: Ints, columns: Ints) -> Block:
        return self._values(rows[:, None], columns[None, :])

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        return self._values(rows, columns)

    def _values(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of pairs, `rows` and `columns` broadcast against each other."""
        raise NotImplementedError


def values_of_pairs(kernel: Kernel, rows: Ints, columns: Ints) -> Block:
    """Return the values of listed pairs, also of a kernel that answers in blocks only.

    Parameters
    ----------
    kernel : Kernel
    rows, columns : ndarray of int64, shape (n_pairs,)
        Position of the mentee and of the mentor of each pair, in cohort order.

    Returns
    -------
    ndarray, shape (n_pairs,)
    """
    pairs = getattr(kernel, "pairs", None)
    if pairs is not None:
        values: Block = pairs(rows, columns)
        return values
    starts = range(0, max(len(rows), 1), _PAIRS_PER_DIAGONAL_BLOCK)
    return np.concatenate(
        [
            np.diagonal(
                kernel.block(
                    rows[start : start + _PAIRS_PER_DIAGONAL_BLOCK],
                    columns[start : start + _PAIRS_PER_DIAGONAL_BLOCK],
                )
            )
            for start in starts
        ]
    )
