"""Cells as codes: the different values of a column, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints

__all__ = ["Labels", "Ragged", "frozen"]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths in two flat arrays.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_rows + 1,)
        Row ``i`` is ``indices[indptr[i]:indptr[i + 1]]``.
    indices : ndarray of int64, shape (n_entries,)
        Entries of all rows, one row after the other.
    """

    indptr: Ints
    indices: Ints

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[int]]) -> Ragged:
        """Build from lists of whole numbers.

        Parameters
        ----------
        rows : iterable of sequence of int
            One sequence a row, in the order of the rows.
        """
        row_list = list(rows)
        indptr = np.zeros(len(row_list) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in row_list], out=indptr[1:])
        flat = [index for row in row_list for index in row]
        return cls(frozen(indptr), frozen(np.array(flat, dtype=np.int64)))

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __getitem__(self, row: int) -> Ints:
        return self.indices[self.indptr[row] : self.indptr[row + 1]]

    @property
    def lengths(self) -> Ints:
        """Number of entries of each row, shape (n_rows,)."""
        return np.diff(self.indptr)

    @property
    def rows(self) -> Ints:
        """The row of each entry of `indices`, same shape."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def first(self) -> Ints:
        """The first entry of each row, -1 for an empty row; shape (n_rows,)."""
        firsts = np.full(len(self), -1, dtype=np.int64)
        filled = self.lengths > 0
        firsts[filled] = self.indices[self.indptr[:-1][filled]]
        return firsts

    def to_dense(self, n_columns: int) -> Bools:
        """Return which entries each row has.

        Parameters
        ----------
        n_columns : int
            More than the greatest entry.

        Returns
        -------
        ndarray of bool, shape (n_rows, n_columns)
        """
        dense = np.zeros((len(self), n_columns), dtype=bool)
        dense[self.rows, self.indices] = True
        return dense


class Labels(NamedTuple):
    """The values of one column over both sides, as codes into one vocabulary.

    Attributes
    ----------
    names : tuple of str
        The vocabulary, sorted by folded spelling; case and spacing do not matter.
    mentees, mentors : Ragged
        Codes of each person, without repeats; an empty row is missing data.
    """

    names: tuple[str, ...]
    mentees: Ragged
    mentors: Ragged


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array after it was made read-only.

    Parameters
    ----------
    array : ndarray
        Is changed in place.
    """
    array.setflags(write=False)
    return array
