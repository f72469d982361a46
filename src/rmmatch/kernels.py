"""How a thing is computed for a block of pairs at once; the one meaning every size shares.

A kernel holds columns of each side and answers ``block(rows, columns)`` for positions of mentees
and mentors, shape ``(len(rows), len(columns))``. Everything before the last division is whole
numbers below 2⁵³, so the answer for a pair is the same bits in any block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation

__all__ = ["Combined", "Dense", "EitherMarked", "Kernel", "Listed", "Outer", "Product"]

IntArray = NDArray[np.int64]
Block = NDArray[Any]


class Kernel(Protocol):
    """Anything that can be asked for a block of pairs."""

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return the values of some mentees (rows) with some mentors (columns)."""
        ...


@dataclass(frozen=True)
class Dense:
    """A whole matrix, computed beforehand: the fallback for a user's own function."""

    values: Block

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        return self.values[rows[:, None], columns[None, :]]


@dataclass(frozen=True)
class Outer:
    """An elementwise function of one number or code of each person."""

    mentees: NDArray[Any]
    mentors: NDArray[Any]
    function: Callable[[Block, Block], Block]

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        return self.function(self.mentees[rows][:, None], self.mentors[columns][None, :])


@dataclass(frozen=True)
class Product:
    """A function of matrix products of whole-number features.

    Attributes
    ----------
    factors : tuple of (ndarray, ndarray)
        Features of the mentees and of the mentors, shapes (n, k); float arrays that hold whole
        numbers, small enough that every sum of products is exact in their type.
    finish : callable
        Called with one product block per factor pair, then the rows and the columns.
    """

    factors: tuple[tuple[NDArray[Any], NDArray[Any]], ...]
    finish: Callable[..., Block]

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        products = [left[rows] @ right[columns].T for left, right in self.factors]
        return self.finish(*products, rows, columns)


@dataclass(frozen=True)
class Listed:
    """Values of listed pairs, and one value a person for all the others.

    Attributes
    ----------
    pairs : Relation
    values : ndarray, shape (n_pairs,)
    others : ndarray, shape (n_mentees, 1) or (1, n_mentors)
        The value of a pair that is not listed.
    """

    pairs: Relation
    values: NDArray[Any]
    others: NDArray[Any]

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        n_mentees, n_mentors = len(rows), len(columns)
        if self.others.shape[0] > 1:
            background = self.others[rows]
        elif self.others.shape[1] > 1:
            background = self.others[:, columns]
        else:
            background = self.others
        out = np.broadcast_to(background, (n_mentees, n_mentors)).copy()
        if not len(self.pairs):
            return out
        # A person may stand twice in a block: find the pairs of distinct people, then spread.
        distinct_rows, row_of = np.unique(rows, return_inverse=True)
        start = np.searchsorted(self.pairs.mentees, distinct_rows, side="left")
        stop = np.searchsorted(self.pairs.mentees, distinct_rows, side="right")
        lengths = stop - start
        if not lengths.sum() or not n_mentors:
            return out
        distinct_columns, column_of = np.unique(columns, return_inverse=True)
        offsets = np.repeat(start - np.cumsum(lengths) + lengths, lengths)
        entries = np.arange(lengths.sum()) + offsets
        mentor = self.pairs.mentors[entries]
        place = np.searchsorted(distinct_columns, mentor)
        place[place == len(distinct_columns)] = 0
        hit = distinct_columns[place] == mentor
        entry = np.full((len(distinct_rows), len(distinct_columns)), -1, dtype=np.int64)
        entry[np.repeat(np.arange(len(distinct_rows)), lengths)[hit], place[hit]] = entries[hit]
        spread = entry[row_of][:, column_of]
        listed = spread >= 0
        out[listed] = self.values[spread[listed]]
        return out


@dataclass(frozen=True)
class Combined:
    """An elementwise function of the blocks of other kernels."""

    parts: tuple[Kernel, ...]
    function: Callable[..., Block]

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        return self.function(*(part.block(rows, columns) for part in self.parts))


@dataclass(frozen=True)
class EitherMarked:
    """The mask of pairs in which either person is marked: a rule about one person at a time."""

    mentees: NDArray[np.bool_]
    mentors: NDArray[np.bool_]

    def block(self, rows: IntArray, columns: IntArray) -> Block:
        """Return a block."""
        return self.mentees[rows][:, None] | self.mentors[columns][None, :]
