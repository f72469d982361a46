"""How a thing is computed for a block of pairs at once; the one meaning every size shares.

A kernel holds columns of each side and answers ``block(rows, columns)`` for positions of mentees
and mentors, shape ``(len(rows), len(columns))``, and ``pairs(rows, columns)`` for as many mentees
as mentors, one value a pair. Everything before the last division is whole numbers below 2⁵³, so
the answer for a pair is the same bits however it is asked for.

Which class a kernel is says what it needs: a function of codes (`Outer`), listed pairs (`Listed`),
one product of whole numbers (`Counts`, and what is made of it), the largest of products
(`MaxProduct`). From that the sweep over all pairs finds a fast form by itself; `Dense`, or a class
of a user's own with a `block`, has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.numeric import Ints
from rmmatch.pairwise.features import (
    FeatureMatrix,
    SparseRows,
    products_of_block,
    products_of_pairs,
    shared_features,
)

__all__ = [
    "Composite",
    "Counts",
    "Dense",
    "EitherFlagged",
    "FewerThan",
    "Jaccard",
    "Kernel",
    "MaxProduct",
    "Outer",
    "Profiles",
    "Proximity",
    "Share",
    "SparsePairs",
    "counts_kernel",
    "max_product_kernel",
    "values_of_pairs",
]

Block = NDArray[Any]

# Speed only: of more features, or where fewer products are not 0, entries multiply more quickly.
_MAX_DENSE_FEATURES = 256
_MAX_ENTRIES_PER_PRODUCT = 128
_PAIRS_PER_DIAGONAL_BLOCK = 64
_MAX_TABLE_CELLS = 1 << 20


class Kernel(Protocol):
    """Anything that can be asked for a block of pairs."""

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of some mentees (rows) with some mentors (columns)."""
        ...


@dataclass(frozen=True)
class Dense:
    """A whole matrix, computed beforehand: the fallback for a user's own function."""

    values: Block

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self.values[rows[:, None], columns[None, :]]

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self.values[rows, columns]


@dataclass(frozen=True)
class Outer:
    """An elementwise function of one number or code of each person."""

    mentees: NDArray[Any]
    mentors: NDArray[Any]
    function: Callable[[Block, Block], Block]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self.function(self.mentees[rows][:, None], self.mentors[columns][None, :])

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self.function(self.mentees[rows], self.mentors[columns])


@dataclass(frozen=True)
class Proximity:
    """``max(0, 1 - |a - b| / scale)`` of a number of each person, NaN where one is missing."""

    mentees: NDArray[np.float64]
    mentors: NDArray[np.float64]
    scale: float

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self.value_at(self.mentees[rows][:, None] - self.mentors[columns][None, :])

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self.value_at(self.mentees[rows] - self.mentors[columns])

    def value_at(self, difference: Block) -> Block:
        """Return the value of a difference."""
        return np.maximum(0.0, 1.0 - np.abs(difference) / self.scale)


@dataclass(frozen=True)
class Profiles:
    """What the people of a side have, each distinct row of features once.

    Attributes
    ----------
    features : ndarray, shape (n_distinct, k), or SparseRows
        Numbers of at least 0; of a product whole ones. Both sides are held alike.
    codes : ndarray of int64, shape (n,)
        The row of each person.
    missing : ndarray of bool, shape (n,)
        Whose data is missing; their features are zeros.
    """

    features: FeatureMatrix
    profile_codes: Ints
    missing: NDArray[np.bool_]

    @property
    def sparse_rows(self) -> SparseRows:
        """The features, which are held as entries."""
        assert isinstance(self.features, SparseRows)
        return self.features

    @property
    def dense_rows(self) -> NDArray[Any]:
        """The features, which are held as whole rows."""
        assert not isinstance(self.features, SparseRows)
        return self.features

    def with_features(self, chosen: NDArray[np.bool_]) -> Profiles:
        """Return the profiles with some of the features, which are held as entries.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_features,)
        """
        if chosen.all():
            return self
        features, codes = self.sparse_rows.with_features(chosen).unique_rows()
        return Profiles(features, codes[self.profile_codes], self.missing)


@dataclass(frozen=True)
class Counts:
    """A product of whole numbers: shared minutes, shared goals; NaN where a person's are missing.

    Attributes
    ----------
    mentees, mentors : Profiles
        With numbers small enough that every sum of products is exact in their type.
    """

    mentees: Profiles
    mentors: Profiles

    def with_dense_rows(self) -> Counts:
        """Return the same where features are held as whole rows, if they are few."""
        sides = self.mentees, self.mentors
        for side in sides:
            features = side.features
            if not isinstance(features, SparseRows) or features.n_features > _MAX_DENSE_FEATURES:
                return self
        whole = [replace(side, features=side.sparse_rows.to_dense()) for side in sides]
        return Counts(whole[0], whole[1])

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return _block_products(self.mentees, self.mentors, rows, columns, np.add)

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        row, column = self.mentees.profile_codes[rows], self.mentors.profile_codes[columns]
        counts: Block
        if self._table is not None:
            counts = self._table[row, column]
        else:
            counts = products_of_pairs(self.mentees.features, row, self.mentors.features, column)
        counts[self.mentees.missing[rows] | self.mentors.missing[columns]] = np.nan
        return counts

    @cached_property
    def _table(self) -> NDArray[np.float64] | None:
        """The counts of all distinct rows, where they are few."""
        left, right = self.mentees.features, self.mentors.features
        if len(left) * len(right) > _MAX_TABLE_CELLS:
            return None
        return products_of_block(left, np.arange(len(left)), right, np.arange(len(right)))


@dataclass(frozen=True)
class MaxProduct:
    """The largest product of two features: of related words; NaN where a person's are missing.

    Attributes
    ----------
    mentees, mentors : Profiles
        Of SparseRows.
    """

    mentees: Profiles
    mentors: Profiles

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return _block_products(self.mentees, self.mentors, rows, columns, np.maximum)

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        row, column = self.mentees.profile_codes[rows], self.mentors.profile_codes[columns]
        left, right = self.mentees.features, self.mentors.features
        best: Block = products_of_pairs(left, row, right, column, np.maximum)
        best[self.mentees.missing[rows] | self.mentors.missing[columns]] = np.nan
        return best


def counts_kernel(mentees: Profiles, mentors: Profiles) -> Counts:
    """Return the product of what two sides have, held as entries, in the form that is quickest."""
    both = shared_features(mentees.sparse_rows, mentors.sparse_rows)
    counts = Counts(mentees.with_features(both), mentors.with_features(both))
    people = [
        side.sparse_rows.people_per_feature(side.profile_codes)
        for side in (counts.mentees, counts.mentors)
    ]
    n_products = int((people[0] * people[1]).sum())
    n_numbers = int(both.sum()) * len(mentees.profile_codes) * len(mentors.profile_codes)
    return (
        counts.with_dense_rows() if n_numbers <= _MAX_ENTRIES_PER_PRODUCT * n_products else counts
    )


def max_product_kernel(mentees: Profiles, mentors: Profiles) -> MaxProduct | Outer:
    """Return the largest product of what two sides have, as a table where few are distinct."""
    both = shared_features(mentees.sparse_rows, mentors.sparse_rows)
    kernel = MaxProduct(mentees.with_features(both), mentors.with_features(both))
    sides = kernel.mentees, kernel.mentors
    n_rows, n_columns = (len(side.features) for side in sides)
    if (n_rows + 1) * (n_columns + 1) > _MAX_TABLE_CELLS:
        return kernel
    table = np.full((n_rows + 1, n_columns + 1), np.nan)  # the last row and column: missing
    table[:-1, :-1] = products_of_block(
        sides[0].features, np.arange(n_rows), sides[1].features, np.arange(n_columns), np.maximum
    )
    codes = [np.where(side.missing, len(side.features), side.profile_codes) for side in sides]
    return Outer(codes[0], codes[1], lambda mentee, mentor: table[mentee, mentor])


def _block_products(
    mentees: Profiles, mentors: Profiles, rows: Ints, columns: Ints, gather: np.ufunc
) -> Block:
    """Return the sums, or the largest, of the products of a block; NaN where data is missing."""
    left, right = mentees.profile_codes[rows], mentors.profile_codes[columns]
    block: Block = products_of_block(mentees.features, left, mentors.features, right, gather)
    block[mentees.missing[rows]] = np.nan
    block[:, mentors.missing[columns]] = np.nan
    return block


@dataclass(frozen=True)
class Share:
    """Counts as a share of what the mentee needs, at most 1.

    Attributes
    ----------
    counts : Counts
    needs : ndarray of float64, shape (n_mentees,)
        Positive.
    """

    counts: Counts
    needs: NDArray[np.float64]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return np.minimum(self.counts.block(rows, columns) / self.needs[rows][:, None], 1.0)

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return np.minimum(self.counts.pairs(rows, columns) / self.needs[rows], 1.0)


@dataclass(frozen=True)
class Jaccard:
    """Counts ``c`` over what either has, ``a + b - c``.

    Attributes
    ----------
    counts : Counts
        At most the mean of the two totals.
    totals : (ndarray of float64, ndarray of float64)
        What each mentee, each mentor has in all: whole numbers, positive unless missing.
    """

    counts: Counts
    totals: tuple[NDArray[np.float64], NDArray[np.float64]]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        both = self.totals[0][rows][:, None] + self.totals[1][columns][None, :]
        return self._over(self.counts.block(rows, columns), both)

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        both = self.totals[0][rows] + self.totals[1][columns]
        return self._over(self.counts.pairs(rows, columns), both)

    def _over(self, counts: Block, both: Block) -> Block:
        either = both - counts
        shares: Block = counts / either
        return shares


@dataclass(frozen=True)
class FewerThan:
    """The mask of pairs with fewer counts than `least`; `missing` is the answer where unknown."""

    counts: Counts
    least: float
    missing: bool

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self._mask(self.counts.block(rows, columns))

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self._mask(self.counts.pairs(rows, columns))

    def _mask(self, counts: Block) -> Block:
        mask: Block = counts < self.least
        if self.missing:
            mask |= np.isnan(counts)
        return mask


@dataclass(frozen=True)
class SparsePairs:
    """Values of listed pairs, and one value a person for all the others.

    Attributes
    ----------
    relation : Relation
    values : ndarray, shape (n_pairs,)
    others : ndarray, shape (n_mentees, 1) or (1, n_mentors)
        The value of a pair that is not listed.
    """

    listed_pairs: Relation
    values: NDArray[Any]
    default_values: NDArray[Any]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
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
        mentor = self.listed_pairs.mentors[entries]
        place = np.searchsorted(distinct_columns, mentor)
        place[place == len(distinct_columns)] = 0
        hit = distinct_columns[place] == mentor
        entry = np.full((len(distinct_rows), len(distinct_columns)), -1, dtype=np.int64)
        entry[np.repeat(np.arange(len(distinct_rows)), lengths)[hit], place[hit]] = entries[hit]
        spread = entry[row_of][:, column_of]
        listed = spread >= 0
        out[listed] = self.values[spread[listed]]
        return out

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        row = rows if self.default_values.shape[0] > 1 else 0
        column = columns if self.default_values.shape[1] > 1 else 0
        out = np.broadcast_to(self.default_values[row, column], rows.shape).copy()
        if not len(self.listed_pairs) or not len(rows):
            return out
        wanted = (rows << 32) + columns
        keys = self._keys
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = keys[place] == wanted
        out[hit] = self.values[place[hit]]
        return out

    @cached_property
    def _keys(self) -> Ints:
        """One sorted number a listed pair."""
        return (self.listed_pairs.mentees << 32) + self.listed_pairs.mentors


@dataclass(frozen=True)
class Composite:
    """An elementwise function of the blocks of other kernels."""

    kernels: tuple[Kernel, ...]
    function: Callable[..., Block]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self.function(*(part.block(rows, columns) for part in self.kernels))

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self.function(*(values_of_pairs(part, rows, columns) for part in self.kernels))


@dataclass(frozen=True)
class EitherFlagged:
    """The mask of pairs in which either person is marked: a rule about one person at a time."""

    mentees: NDArray[np.bool_]
    mentors: NDArray[np.bool_]

    def block(self, rows: Ints, columns: Ints) -> Block:
        """Return a block."""
        return self.mentees[rows][:, None] | self.mentors[columns][None, :]

    def pairs(self, rows: Ints, columns: Ints) -> Block:
        """Return the values of listed pairs."""
        return self.mentees[rows] | self.mentors[columns]


def values_of_pairs(kernel: Kernel, rows: Ints, columns: Ints) -> Block:
    """Return the values of listed pairs, also of a kernel that answers in blocks only."""
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
