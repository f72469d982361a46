"""Kernels that are products of what two people have: shared minutes, goals, related words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.pairwise.base import Block, PairKernel
from rmmatch.pairwise.elementwise import Outer
from rmmatch.pairwise.features import (
    FeatureMatrix,
    SparseRows,
    products_of_block,
    products_of_pairs,
    shared_features,
)

__all__ = [
    "Counts",
    "FewerThan",
    "Jaccard",
    "MaxProduct",
    "Profiles",
    "Share",
    "counts_kernel",
    "max_product_kernel",
]

# To multiply whole rows is quicker up to so many features, and so many entries for each product
# that is not 0; else entries are multiplied.
_MAX_DENSE_FEATURES = 256  # features; speed only
_MAX_ENTRIES_PER_PRODUCT = 128  # entries of whole rows for each product; speed only
_MAX_TABLE_CELLS = 1 << 20  # cells of a table over distinct rows, 8 MiB; speed only


@dataclass(frozen=True)
class Profiles:
    """What the people of a side have, each distinct row of features once.

    Attributes
    ----------
    features : ndarray, shape (n_distinct, n_features), or SparseRows
        Numbers of at least 0; of `Counts` whole ones. The two sides of a kernel have one form.
    profile_codes : ndarray of int64, shape (n_people,)
        The row of each person, in cohort order.
    missing : ndarray of bool, shape (n_people,)
        Whose data is missing; their features are zeros.
    """

    features: FeatureMatrix
    profile_codes: Ints
    missing: Bools

    @property
    def sparse_rows(self) -> SparseRows:
        """The features, where they are held as entries."""
        assert isinstance(self.features, SparseRows)
        return self.features

    @property
    def dense_rows(self) -> NDArray[Any]:
        """The features, where they are held as whole rows."""
        assert not isinstance(self.features, SparseRows)
        return self.features

    def with_features(self, chosen: Bools) -> Profiles:
        """Return the profiles with some of the features; only where they are held as entries.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_features,)
        """
        if chosen.all():
            return self
        features, codes = self.sparse_rows.with_features(chosen).unique_rows()
        return Profiles(features, codes[self.profile_codes], self.missing)


@dataclass(frozen=True)
class Counts(PairKernel):
    """A product of whole numbers: shared minutes, shared goals; NaN where data is missing.

    Attributes
    ----------
    mentees, mentors : Profiles
        With numbers small enough that every sum of products is exact in their type.
    """

    mentees: Profiles
    mentors: Profiles

    def with_dense_rows(self) -> Counts:
        """Return the kernel with features held as whole rows if there are few of them."""
        sides = self.mentees, self.mentors
        for side in sides:
            features = side.features
            if not isinstance(features, SparseRows) or features.n_features > _MAX_DENSE_FEATURES:
                return self
        dense = [replace(side, features=side.sparse_rows.to_dense()) for side in sides]
        return Counts(dense[0], dense[1])

    def _block(self, rows: Ints, columns: Ints) -> Block:
        return _block_products(self.mentees, self.mentors, rows, columns, np.add)

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        row, column = self.mentees.profile_codes[rows], self.mentors.profile_codes[columns]
        counts: Block
        if self._table is not None:
            counts = self._table[row, column]
        else:
            counts = products_of_pairs(self.mentees.features, row, self.mentors.features, column)
        counts[self.mentees.missing[rows] | self.mentors.missing[columns]] = np.nan
        return counts

    @cached_property
    def _table(self) -> Floats | None:
        """The counts of all distinct rows of features, where there are few."""
        mentees, mentors = self.mentees.features, self.mentors.features
        if len(mentees) * len(mentors) > _MAX_TABLE_CELLS:
            return None
        return products_of_block(mentees, np.arange(len(mentees)), mentors, np.arange(len(mentors)))


@dataclass(frozen=True)
class MaxProduct(PairKernel):
    """The largest product of two features, of related words; NaN where data is missing.

    Attributes
    ----------
    mentees, mentors : Profiles
        Whose features are held as entries.
    """

    mentees: Profiles
    mentors: Profiles

    def _block(self, rows: Ints, columns: Ints) -> Block:
        return _block_products(self.mentees, self.mentors, rows, columns, np.maximum)

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        mentees, mentors = self.mentees, self.mentors
        row, column = mentees.profile_codes[rows], mentors.profile_codes[columns]
        best: Block = products_of_pairs(mentees.features, row, mentors.features, column, np.maximum)
        best[mentees.missing[rows] | mentors.missing[columns]] = np.nan
        return best


def _block_products(
    mentees: Profiles, mentors: Profiles, rows: Ints, columns: Ints, gather: np.ufunc
) -> Block:
    """Return the sums, or the largest, of the products of a block; NaN where data is missing."""
    row, column = mentees.profile_codes[rows], mentors.profile_codes[columns]
    block: Block = products_of_block(mentees.features, row, mentors.features, column, gather)
    block[mentees.missing[rows]] = np.nan
    block[:, mentors.missing[columns]] = np.nan
    return block


class _OfCounts(PairKernel):
    """Base of the kernels whose values are made of `Counts`."""

    counts: Counts

    def _block(self, rows: Ints, columns: Ints) -> Block:
        counts = self.counts.block(rows, columns)
        return self._values_of_counts(counts, rows[:, None], columns[None, :])

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        return self._values_of_counts(self.counts.pairs(rows, columns), rows, columns)

    def _values_of_counts(self, counts: Block, rows: Ints, columns: Ints) -> Block:
        """Return the values of pairs by their counts; all three broadcast."""
        raise NotImplementedError


@dataclass(frozen=True)
class Share(_OfCounts):
    """Counts as a share of what the mentee needs, at most 1.

    Attributes
    ----------
    counts : Counts
    needs : ndarray of float64, shape (n_mentees,)
        Positive, in the unit of the counts, in cohort order.
    """

    counts: Counts
    needs: Floats

    def _values_of_counts(self, counts: Block, rows: Ints, columns: Ints) -> Block:
        return np.minimum(counts / self.needs[rows], 1.0)


@dataclass(frozen=True)
class Jaccard(_OfCounts):
    """Counts ``c`` over what either person has, ``a + b - c``.

    Attributes
    ----------
    counts : Counts
        At most the mean of the two totals.
    totals : (ndarray of float64, ndarray of float64)
        What each mentee, each mentor has in all: whole numbers, positive unless missing.
    """

    counts: Counts
    totals: tuple[Floats, Floats]

    def _values_of_counts(self, counts: Block, rows: Ints, columns: Ints) -> Block:
        shares: Block = counts / (self.totals[0][rows] + self.totals[1][columns] - counts)
        return shares


@dataclass(frozen=True)
class FewerThan(_OfCounts):
    """The mask of pairs with fewer counts than a rule asks for.

    Attributes
    ----------
    counts : Counts
    least : float
        In the unit of the counts.
    missing : bool
        The value of a pair whose data is missing.
    """

    counts: Counts
    least: float
    missing: bool

    def _values_of_counts(self, counts: Block, rows: Ints, columns: Ints) -> Block:
        mask: Block = counts < self.least
        if self.missing:
            mask |= np.isnan(counts)
        return mask


def counts_kernel(mentees: Profiles, mentors: Profiles) -> Counts:
    """Return the kernel of the products of two sides' features, in the form that is quickest.

    Parameters
    ----------
    mentees, mentors : Profiles
        Whose features are held as entries.
    """
    shared = shared_features(mentees.sparse_rows, mentors.sparse_rows)
    counts = Counts(mentees.with_features(shared), mentors.with_features(shared))
    people = [
        side.sparse_rows.people_per_feature(side.profile_codes)
        for side in (counts.mentees, counts.mentors)
    ]
    n_products = int((people[0] * people[1]).sum())
    n_numbers = int(shared.sum()) * len(mentees.profile_codes) * len(mentors.profile_codes)
    return (
        counts.with_dense_rows() if n_numbers <= _MAX_ENTRIES_PER_PRODUCT * n_products else counts
    )


def max_product_kernel(mentees: Profiles, mentors: Profiles) -> MaxProduct | Outer:
    """Return the kernel of the largest product of two sides' features.

    Parameters
    ----------
    mentees, mentors : Profiles
        Whose features are held as entries.

    Returns
    -------
    MaxProduct or Outer
        A table over distinct rows of features where there are few.
    """
    shared = shared_features(mentees.sparse_rows, mentors.sparse_rows)
    kernel = MaxProduct(mentees.with_features(shared), mentors.with_features(shared))
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
