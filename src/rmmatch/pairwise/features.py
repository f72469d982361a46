"""What people have, as rows of numbers of which most are 0: held, and multiplied, as entries.

Memory is in proportion to what is written, however many words there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Ragged
from rmmatch.numeric import Bools, Floats, Ints, pair_keys, pairs_of_keys

__all__ = [
    "FeatureMatrix",
    "SparseRows",
    "nonzero_products",
    "products_of_block",
    "products_of_pairs",
    "shared_features",
]


_MAX_PRODUCTS_HELD = 1 << 20  # products held at once, some megabytes; speed only
_MAX_NARROW_FEATURES = 1 << 16  # features whose numbers fit 16 bits; speed only


class _GatheredEntries(NamedTuple):
    """The entries of some rows of `SparseRows`, of which one may be chosen twice.

    Attributes
    ----------
    row_idx : ndarray of int64, shape (n_entries,)
        Which of the chosen rows each entry is of, ascending.
    features : ndarray of int64, shape (n_entries,)
    values : ndarray of float64, shape (n_entries,)
    """

    row_idx: Ints
    features: Ints
    values: Floats


@dataclass(frozen=True)
class SparseRows:
    """Rows of numbers, of which only those are held that are not 0.

    Attributes
    ----------
    indices : Ragged
        The features of each row, ascending.
    values : ndarray of float64, shape (n_entries,)
        Positive; in the order of ``indices.indices``.
    n_features : int
    """

    indices: Ragged
    values: Floats
    n_features: int

    @classmethod
    def from_terms(
        cls, rows: Ints, features: Ints, numbers: Floats, shape: tuple[int, int]
    ) -> SparseRows:
        """Build from terms in any order; of several for one row and feature the largest counts.

        Parameters
        ----------
        rows, features : ndarray of int64, shape (n_terms,)
        numbers : ndarray of float64, shape (n_terms,)
            At least 0; zeros are not held.
        shape : (int, int)
            Number of rows, number of features.
        """
        is_held = numbers > 0
        keys, numbers = pair_keys(rows, features, shape[1])[is_held], numbers[is_held]
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        if len(first) < len(keys):
            keys, numbers = keys[first], np.maximum.reduceat(numbers, first)
        rows, features = pairs_of_keys(keys, shape[1])
        return cls(_as_ragged(rows, features, shape[0]), numbers, shape[1])

    @classmethod
    def from_sets(cls, sets: Ragged, n_features: int, number: float = 1.0) -> SparseRows:
        """Build from sets of features, with one number for every entry.

        Parameters
        ----------
        sets : Ragged
            The features of each row, ascending.
        n_features : int
        number : float
            Positive.
        """
        return cls(sets, np.full(len(sets.indices), number), n_features)

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def _keys(self) -> Ints:
        """The key of the row and feature of each entry, ascending."""
        return pair_keys(self.indices.rows, self.indices.indices, self.n_features)

    def lengths(self, rows: Ints) -> Ints:
        """Return how many entries each of some rows has, shape (n_chosen,).

        Parameters
        ----------
        rows : ndarray of int64, shape (n_chosen,)
        """
        lengths: Ints = self.indices.indptr[rows + 1] - self.indices.indptr[rows]
        return lengths

    def gather(self, rows: Ints) -> _GatheredEntries:
        """Return the entries of some rows, one row after the other.

        Parameters
        ----------
        rows : ndarray of int64, shape (n_chosen,)
            In any order; one may stand there twice.
        """
        lengths = self.lengths(rows)
        entries = _concatenated_ranges(self.indices.indptr[rows], lengths)
        row_idx = np.repeat(np.arange(len(rows)), lengths)
        return _GatheredEntries(row_idx, self.indices.indices[entries], self.values[entries])

    def scaled(self, factors: Floats) -> SparseRows:
        """Return the rows with each feature times its factor.

        Parameters
        ----------
        factors : ndarray of float64, shape (n_features,)
            Positive.
        """
        return SparseRows(
            self.indices, self.values * factors[self.indices.indices], self.n_features
        )

    def rounded(self, divisor: int) -> SparseRows:
        """Return the rows divided, each number rounded to the nearest whole one but 0.

        Parameters
        ----------
        divisor : int
            Positive.
        """
        return SparseRows(
            self.indices, np.maximum(1.0, np.rint(self.values / divisor)), self.n_features
        )

    def max_over(self, feature_rows: SparseRows) -> SparseRows:
        """Return for each row the elementwise maximum of the rows that its features stand for.

        Parameters
        ----------
        feature_rows : SparseRows
            A row for each feature, as the degree to which it meets others.

        Returns
        -------
        SparseRows
            As many rows as these, with the features of `feature_rows`.
        """
        reached = feature_rows.gather(self.indices.indices)
        rows = self.indices.rows[reached.row_idx]
        shape = len(self), feature_rows.n_features
        return SparseRows.from_terms(rows, reached.features, reached.values, shape)

    def hstack(self, right: SparseRows) -> SparseRows:
        """Return the rows with further features.

        Parameters
        ----------
        right : SparseRows
            As many rows; their features come after these.
        """
        rows = np.concatenate([self.indices.rows, right.indices.rows])
        features = np.concatenate([self.indices.indices, right.indices.indices + self.n_features])
        numbers = np.concatenate([self.values, right.values])
        shape = len(self), self.n_features + right.n_features
        return SparseRows.from_terms(rows, features, numbers, shape)

    def row_sums(self) -> Floats:
        """Return the sum of each row, shape (n_rows,)."""
        totals = np.bincount(self.indices.rows, self.values, minlength=len(self))
        return totals.astype(np.float64)

    def people_per_feature(self, codes: Ints) -> Ints:
        """Return how many people have each feature, shape (n_features,).

        Parameters
        ----------
        codes : ndarray of int64, shape (n_people,)
            The row of each person.
        """
        people = np.bincount(codes, minlength=len(self))
        counted = np.bincount(
            self.indices.indices, people[self.indices.rows], minlength=self.n_features
        )
        return counted.astype(np.int64)

    def with_features(self, chosen: Bools) -> SparseRows:
        """Return the rows with chosen features alone, which are numbered from 0 on.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_features,)
        """
        is_held = chosen[self.indices.indices]
        features = (np.cumsum(chosen) - 1)[self.indices.indices[is_held]]
        sets = _as_ragged(self.indices.rows[is_held], features, len(self))
        return SparseRows(sets, self.values[is_held], int(chosen.sum()))

    def unique_rows(self) -> tuple[SparseRows, Ints]:
        """Return the distinct rows, and the code of each row among them, shape (n_rows,)."""
        code_by_row: dict[bytes, int] = {}
        codes: list[int] = []
        firsts: list[int] = []
        for row, (start, stop) in enumerate(pairwise(self.indices.indptr.tolist())):
            key = self.indices.indices[start:stop].tobytes() + self.values[start:stop].tobytes()
            code = code_by_row.setdefault(key, len(code_by_row))
            codes.append(code)
            if code == len(firsts):
                firsts.append(row)
        chosen = self.gather(np.array(firsts, dtype=np.int64))
        sets = _as_ragged(chosen.row_idx, chosen.features, len(firsts))
        distinct = SparseRows(sets, chosen.values, self.n_features)
        return distinct, np.array(codes, dtype=np.int64)

    def to_dense(self) -> Floats:
        """Return whole rows, shape (n_rows, n_features)."""
        dense = np.zeros((len(self), self.n_features))
        dense[self.indices.rows, self.indices.indices] = self.values
        return dense


FeatureMatrix = NDArray[Any] | SparseRows


def shared_features(mentees: SparseRows, mentors: SparseRows) -> Bools:
    """Return which features both sides have; products of any other feature are 0.

    Parameters
    ----------
    mentees, mentors : SparseRows
        Of the same features.

    Returns
    -------
    ndarray of bool, shape (n_features,)
    """
    marks = []
    for side in (mentees, mentors):
        has = np.zeros(side.n_features, dtype=bool)
        has[side.indices.indices] = True
        marks.append(has)
    shared: Bools = marks[0] & marks[1]
    return shared


def products_of_block(
    mentees: FeatureMatrix,
    rows: Ints,
    mentors: FeatureMatrix,
    columns: Ints,
    gather: np.ufunc = np.add,
) -> Floats:
    """Return the sum, or the largest, of the products of features of each pair of a block.

    Parameters
    ----------
    mentees : ndarray, shape (n, n_features), or SparseRows
        Both in the same form; whole numbers where products are added.
    rows : ndarray of int64
        Rows of `mentees`.
    mentors : ndarray, shape (m, n_features), or SparseRows
        In the same form.
    columns : ndarray of int64
        Rows of `mentors`.
    gather : {numpy.add, numpy.maximum}
        The maximum is for SparseRows only, and 0 where there is no product.

    Returns
    -------
    ndarray of float64, shape (len(rows), len(columns))
    """
    if not isinstance(mentees, SparseRows):
        assert not isinstance(mentors, SparseRows)
        sums: Floats = (mentees[rows] @ mentors[columns].T).astype(np.float64)
        return sums
    assert isinstance(mentors, SparseRows)
    block = np.zeros((len(rows), len(columns)))
    flat = block.reshape(-1)
    for row, column, numbers in nonzero_products(mentees, rows, mentors, columns):
        gather.at(flat, pair_keys(row, column, len(columns)), numbers)
    return block


def nonzero_products(
    mentees: SparseRows, rows: Ints, mentors: SparseRows, columns: Ints
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield the products of features that are not 0, in batches that fit the memory.

    Parameters
    ----------
    mentees : SparseRows
        Of the same features.
    rows : ndarray of int64
        Rows of `mentees`.
    mentors : SparseRows
        In the same form.
    columns : ndarray of int64
        Rows of `mentors`.

    Yields
    ------
    row_idx, column_idx : ndarray of int64, shape (n_products,)
        Which of `rows` and of `columns` each product is of; a pair may have several.
    products : ndarray of float64, shape (n_products,)
    """
    of_rows, of_columns = mentees.gather(rows), mentors.gather(columns)
    is_wanted = np.zeros(mentees.n_features, dtype=bool)
    is_wanted[of_rows.features] = True
    shared_idx = np.flatnonzero(is_wanted[of_columns.features])
    # Small whole numbers are sorted several times quicker.
    dtype = np.uint16 if mentees.n_features <= _MAX_NARROW_FEATURES else np.int64
    shared_idx = shared_idx[
        np.argsort(of_columns.features[shared_idx].astype(dtype), kind="stable")
    ]
    features, column_idx = of_columns.features[shared_idx], of_columns.row_idx[shared_idx]
    numbers = of_columns.values[shared_idx]
    starts = np.searchsorted(features, of_rows.features, side="left")
    lengths = np.searchsorted(features, of_rows.features, side="right") - starts
    for batch in _batches(lengths):
        entries = _concatenated_ranges(starts[batch], lengths[batch])
        row_idx = np.repeat(of_rows.row_idx[batch], lengths[batch])
        factors = np.repeat(of_rows.values[batch], lengths[batch])
        yield row_idx, column_idx[entries], factors * numbers[entries]


def products_of_pairs(
    mentees: FeatureMatrix,
    rows: Ints,
    mentors: FeatureMatrix,
    columns: Ints,
    gather: np.ufunc = np.add,
) -> Floats:
    """Return the sum, or the largest, of the products of features of each listed pair.

    Parameters
    ----------
    mentees : ndarray, shape (n, n_features), or SparseRows
        As `products_of_block` takes them.
    rows : ndarray of int64, shape (n_pairs,)
        Rows of `mentees`.
    mentors : ndarray, shape (m, n_features), or SparseRows
        In the same form.
    columns : ndarray of int64, shape (n_pairs,)
        Rows of `mentors`.
    gather : {numpy.add, numpy.maximum}

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
    """
    if not isinstance(mentees, SparseRows):
        assert not isinstance(mentors, SparseRows)
        sums: Floats = np.einsum("pk,pk->p", mentees[rows], mentors[columns]).astype(np.float64)
        return sums
    assert isinstance(mentors, SparseRows)
    values = np.zeros(len(rows))
    shorter, wanted_rows, longer, sought_rows = mentees, rows, mentors, columns
    lengths, mentor_lengths = mentees.lengths(rows), mentors.lengths(columns)
    # The entries of the side that has fewer are looked up among those of the other.
    if lengths.sum() > mentor_lengths.sum():
        shorter, wanted_rows, longer, sought_rows = mentors, columns, mentees, rows
        lengths = mentor_lengths
    keys = longer._keys
    if not len(keys):
        return values
    for batch in _batches(lengths):
        entries = shorter.gather(wanted_rows[batch])
        wanted_keys = pair_keys(
            sought_rows[batch][entries.row_idx], entries.features, longer.n_features
        )
        places = np.minimum(np.searchsorted(keys, wanted_keys), len(keys) - 1)
        hits = np.flatnonzero(keys[places] == wanted_keys)
        products = entries.values[hits] * longer.values[places[hits]]
        gather.at(values[batch], entries.row_idx[hits], products)
    return values


def _concatenated_ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return the numbers from each start on, as many as its length says, one after the other."""
    numbers = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    numbers += np.arange(len(numbers))
    return numbers


def _as_ragged(rows: Ints, indices: Ints, n_rows: int) -> Ragged:
    """Return the entries of rows, sorted by row, as ragged rows."""
    indptr = np.zeros(n_rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n_rows), out=indptr[1:])
    return Ragged(indptr, indices)


def _batches(lengths: Ints) -> Iterator[slice]:
    """Yield slices of entries with no more products than are held at once, but one at least."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        n_done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, n_done + _MAX_PRODUCTS_HELD, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
