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
from rmmatch.numeric import Floats, Ints

__all__ = [
    "FeatureMatrix",
    "SparseRows",
    "nonzero_products",
    "products_of_block",
    "products_of_pairs",
    "shared_features",
]


_MAX_PRODUCTS_HELD = 1 << 20  # products held at once, some megabytes; speed only


class _GatheredEntries(NamedTuple):
    """Rows chosen out of these, which may be chosen twice.

    Attributes
    ----------
    places : ndarray of int64, shape (n_entries,)
        Which of the chosen rows each entry is of, ascending.
    features : ndarray of int64, shape (n_entries,)
    numbers : ndarray of float64, shape (n_entries,)
    """

    row_idx: Ints
    features: Ints
    values: Floats


@dataclass(frozen=True)
class SparseRows:
    """Rows of numbers, of which only those are held that are not 0.

    Attributes
    ----------
    sets : Ragged
        The features of each row, ascending.
    numbers : ndarray of float64, shape (n_entries,)
        Positive; in the order of ``sets.indices``.
    n_features : int
    """

    indices: Ragged
    values: Floats
    n_features: int

    @classmethod
    def from_terms(
        cls, rows: Ints, features: Ints, numbers: Floats, shape: tuple[int, int]
    ) -> SparseRows:
        """Build from terms in any order; of several for one place the largest counts.

        Parameters
        ----------
        rows, features : ndarray of int64, shape (n_terms,)
        numbers : ndarray of float64, shape (n_terms,)
            At least 0.
        shape : (int, int)
            Number of rows, number of features.
        """
        held = numbers > 0
        keys, numbers = (rows * shape[1] + features)[held], numbers[held]
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        if len(first) < len(keys):
            keys, numbers = keys[first], np.maximum.reduceat(numbers, first)
        rows = keys // max(shape[1], 1)
        return cls(_as_ragged(rows, keys - rows * shape[1], shape[0]), numbers, shape[1])

    @classmethod
    def from_sets(cls, sets: Ragged, n_features: int, number: float = 1.0) -> SparseRows:
        """Build from sets, each ascending, with one number for every entry."""
        return cls(sets, np.full(len(sets.indices), number), n_features)

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def _keys(self) -> Ints:
        """One ascending number an entry."""
        keys: Ints = self.indices.rows * self.n_features + self.indices.indices
        return keys

    def lengths(self, rows: Ints) -> Ints:
        """Return how many entries rows have."""
        lengths: Ints = self.indices.indptr[rows + 1] - self.indices.indptr[rows]
        return lengths

    def gather(self, rows: Ints) -> _GatheredEntries:
        """Return the entries of rows, one row after the other."""
        lengths = self.lengths(rows)
        entries = _concatenated_ranges(self.indices.indptr[rows], lengths)
        places = np.repeat(np.arange(len(rows)), lengths)
        return _GatheredEntries(places, self.indices.indices[entries], self.values[entries])

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

    def max_over(self, others: SparseRows) -> SparseRows:
        """Return for each row the largest numbers that its features, as rows of `others`, have."""
        reached = others.gather(self.indices.indices)
        rows = self.indices.rows[reached.row_idx]
        shape = len(self), others.n_features
        return SparseRows.from_terms(rows, reached.features, reached.values, shape)

    def hstack(self, other: SparseRows) -> SparseRows:
        """Return rows of the features of both, the other's last."""
        rows = np.concatenate([self.indices.rows, other.indices.rows])
        features = np.concatenate([self.indices.indices, other.indices.indices + self.n_features])
        numbers = np.concatenate([self.values, other.values])
        shape = len(self), self.n_features + other.n_features
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
            The row of each.
        """
        people = np.bincount(codes, minlength=len(self))
        counted = np.bincount(
            self.indices.indices, people[self.indices.rows], minlength=self.n_features
        )
        return counted.astype(np.int64)

    def with_features(self, chosen: NDArray[np.bool_]) -> SparseRows:
        """Return the rows with chosen features alone, which are numbered anew.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_features,)
        """
        held = chosen[self.indices.indices]
        features = (np.cumsum(chosen) - 1)[self.indices.indices[held]]
        sets = _as_ragged(self.indices.rows[held], features, len(self))
        return SparseRows(sets, self.values[held], int(chosen.sum()))

    def unique_rows(self) -> tuple[SparseRows, Ints]:
        """Return the distinct rows, and which of them each row is."""
        place: dict[bytes, int] = {}
        codes: list[int] = []
        firsts: list[int] = []
        for row, (start, stop) in enumerate(pairwise(self.indices.indptr.tolist())):
            key = self.indices.indices[start:stop].tobytes() + self.values[start:stop].tobytes()
            code = place.setdefault(key, len(place))
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


def shared_features(left: SparseRows, right: SparseRows) -> NDArray[np.bool_]:
    """Return which features both sides have, shape (n_features,): products of others are 0."""
    marks = []
    for side in (left, right):
        has = np.zeros(side.n_features, dtype=bool)
        has[side.indices.indices] = True
        marks.append(has)
    both: NDArray[np.bool_] = marks[0] & marks[1]
    return both


def products_of_block(
    left: FeatureMatrix, rows: Ints, right: FeatureMatrix, columns: Ints, gather: np.ufunc = np.add
) -> Floats:
    """Return sums, or the largest, of the products of features, of a block of pairs.

    Parameters
    ----------
    left, right : ndarray, shapes (n, n_features) and (m, n_features), or SparseRows
        Both in the same form; whole numbers where products are added.
    rows, columns : ndarray of int64
        Rows of each.
    gather : {numpy.add, numpy.maximum}
        The largest is of SparseRows only, and 0 where there is no product.

    Returns
    -------
    ndarray of float64, shape (len(rows), len(columns))
    """
    if not isinstance(left, SparseRows):
        assert not isinstance(right, SparseRows)
        sums: Floats = (left[rows] @ right[columns].T).astype(np.float64)
        return sums
    assert isinstance(right, SparseRows)
    block = np.zeros((len(rows), len(columns)))
    flat = block.reshape(-1)
    for row, column, numbers in nonzero_products(left, rows, right, columns):
        gather.at(flat, row * len(columns) + column, numbers)
    return block


def nonzero_products(
    left: SparseRows, rows: Ints, right: SparseRows, columns: Ints
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield the products that are not 0, some at a time.

    Yields
    ------
    places of rows, places of columns : ndarray of int64, shape (n_products,)
    products : ndarray of float64, shape (n_products,)
    """
    mine, theirs = left.gather(rows), right.gather(columns)
    wanted = np.zeros(left.n_features, dtype=bool)
    wanted[mine.features] = True
    meets = np.flatnonzero(wanted[theirs.features])
    # Small whole numbers are sorted several times quicker.
    narrow = np.uint16 if left.n_features <= 1 << 16 else np.int64
    meets = meets[np.argsort(theirs.features[meets].astype(narrow), kind="stable")]
    features, places, numbers = theirs.features[meets], theirs.row_idx[meets], theirs.values[meets]
    starts = np.searchsorted(features, mine.features, side="left")
    lengths = np.searchsorted(features, mine.features, side="right") - starts
    for piece in _batches(lengths):
        entries = _concatenated_ranges(starts[piece], lengths[piece])
        row = np.repeat(mine.row_idx[piece], lengths[piece])
        number = np.repeat(mine.values[piece], lengths[piece])
        yield row, places[entries], number * numbers[entries]


def products_of_pairs(
    left: FeatureMatrix, rows: Ints, right: FeatureMatrix, columns: Ints, gather: np.ufunc = np.add
) -> Floats:
    """Return what `products` does, of listed pairs, shape (n_pairs,)."""
    if not isinstance(left, SparseRows):
        assert not isinstance(right, SparseRows)
        sums: Floats = np.einsum("pk,pk->p", left[rows], right[columns]).astype(np.float64)
        return sums
    assert isinstance(right, SparseRows)
    values = np.zeros(len(rows))
    lengths, others = left.lengths(rows), right.lengths(columns)
    if lengths.sum() > others.sum():  # those of the side with fewer are looked up in the other
        left, rows, lengths, right, columns = right, columns, others, left, rows
    keys = right._keys
    if not len(keys):
        return values
    for piece in _batches(lengths):
        mine = left.gather(rows[piece])
        wanted = columns[piece][mine.row_idx] * left.n_features + mine.features
        entries = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = np.flatnonzero(keys[entries] == wanted)
        numbers = mine.values[hit] * right.values[entries[hit]]
        gather.at(values[piece], mine.row_idx[hit], numbers)
    return values


def _concatenated_ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return the numbers from each start on, as many as its length says, one after the other."""
    numbers = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    numbers += np.arange(len(numbers))
    return numbers


def _as_ragged(rows: Ints, indices: Ints, n_rows: int) -> Ragged:
    """Return sorted entries as rows."""
    indptr = np.zeros(n_rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n_rows), out=indptr[1:])
    return Ragged(indptr, indices)


def _batches(lengths: Ints) -> Iterator[slice]:
    """Yield stretches of no more products than are held at once, but for one that is longer."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + _MAX_PRODUCTS_HELD, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
