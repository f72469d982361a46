"""The kernel of listed pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.numeric import Ints
from rmmatch.pairwise.base import Block, PairKernel

__all__ = ["SparsePairs"]


@dataclass(frozen=True)
class SparsePairs(PairKernel):
    """Values of listed pairs, and one value a person for all other pairs.

    Attributes
    ----------
    listed_pairs : Relation
        Sorted by mentee, then mentor.
    values : ndarray, shape (n_pairs,)
    default_values : ndarray, shape (n_mentees, 1), (1, n_mentors) or (1, 1)
        The value of a pair that is not listed.
    """

    listed_pairs: Relation
    values: NDArray[Any]
    default_values: NDArray[Any]

    def _block(self, rows: Ints, columns: Ints) -> Block:
        n_mentees, n_mentors = len(rows), len(columns)
        if self.default_values.shape[0] > 1:
            background = self.default_values[rows]
        elif self.default_values.shape[1] > 1:
            background = self.default_values[:, columns]
        else:
            background = self.default_values
        out = np.broadcast_to(background, (n_mentees, n_mentors)).copy()
        if not len(self.listed_pairs):
            return out
        # A person may stand twice in a block: find the pairs of distinct people, then spread.
        distinct_rows, row_of = np.unique(rows, return_inverse=True)
        start = np.searchsorted(self.listed_pairs.mentees, distinct_rows, side="left")
        stop = np.searchsorted(self.listed_pairs.mentees, distinct_rows, side="right")
        lengths = stop - start
        if not lengths.sum() or not n_mentors:
            return out
        distinct_columns, column_of = np.unique(columns, return_inverse=True)
        offsets = np.repeat(start - np.cumsum(lengths) + lengths, lengths)
        entries = np.arange(lengths.sum()) + offsets
        mentors = self.listed_pairs.mentors[entries]
        column_idx = np.searchsorted(distinct_columns, mentors)
        column_idx[column_idx == len(distinct_columns)] = 0
        is_listed = distinct_columns[column_idx] == mentors
        entry_table = np.full((len(distinct_rows), len(distinct_columns)), -1, dtype=np.int64)
        entry_table[
            np.repeat(np.arange(len(distinct_rows)), lengths)[is_listed], column_idx[is_listed]
        ] = entries[is_listed]
        entry_of_pair = entry_table[row_of][:, column_of]
        listed = entry_of_pair >= 0
        out[listed] = self.values[entry_of_pair[listed]]
        return out

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        row = rows if self.default_values.shape[0] > 1 else 0
        column = columns if self.default_values.shape[1] > 1 else 0
        out = np.broadcast_to(self.default_values[row, column], rows.shape).copy()
        if not len(self.listed_pairs) or not len(rows):
            return out
        wanted_keys = (rows << 32) + columns
        keys = self._keys
        entry = np.minimum(np.searchsorted(keys, wanted_keys), len(keys) - 1)
        is_listed = keys[entry] == wanted_keys
        out[is_listed] = self.values[entry[is_listed]]
        return out

    @cached_property
    def _keys(self) -> Ints:
        """The keys of the listed pairs, ascending."""
        return (self.listed_pairs.mentees << 32) + self.listed_pairs.mentors
