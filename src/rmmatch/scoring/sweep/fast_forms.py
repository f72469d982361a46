"""The fast forms of kernels: tables over small codes, and products in float32, never too low."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.numeric import Floats, Ints, Singles, pair_keys
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import (
    Composite,
    Counts,
    EitherFlagged,
    FewerThan,
    Jaccard,
    Kernel,
    MaxProduct,
    Outer,
    Proximity,
    Share,
    SparsePairs,
)

__all__ = [
    "PENALTY",
    "LookupTable",
    "ProductForm",
    "binned_distance",
    "lookup_table",
    "product_form",
    "sum_tables",
]


_FLOAT32_ROUNDING = 2.0**-24  # relative error of one rounding to float32; exactness
_FLOAT32_EXACT_LIMIT = 2.0**24  # whole numbers below it are float32 numbers; exactness
_MAX_SCALED_FEATURE = 1e30  # scaled features beyond it could overflow float32; exactness
# A view of a table costs little with few codes, and with many people for each code.
_MAX_SMALL_TABLE_CODES = 256  # codes; speed only
_MIN_PEOPLE_PER_CODE = 32  # people; speed only
PENALTY = 1 << 22  # millionths, more than any score; below 2²⁴ with the scores added; exactness
_MAX_NUMBER_BINS = 128  # bins, for numbers of too many values; speed only


# --- tables --------------------------------------------------------------------------------


@dataclass(frozen=True)
class LookupTable:
    """Values that depend on one code of each person, but for listed pairs, its exceptions.

    Attributes
    ----------
    rows, columns : ndarray of int64, shapes (n_mentees,), (n_mentors,)
        Code of each person, in cohort order; every row and column of the table is somebody's.
    table : ndarray, shape (n_row_codes, n_column_codes)
        Scores in [0, 1], contributions in millionths, or bool.
    exceptions : tuple of Relation
        Pairs whose values are not in the table.
    """

    rows: Ints
    columns: Ints
    table: NDArray[Any]
    exceptions: tuple[Relation, ...] = ()

    def values_of_pairs(self, mentees: Ints, mentors: Ints) -> NDArray[Any]:
        """Return the values of listed pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order; of no exceptions.

        Returns
        -------
        ndarray, shape (n_pairs,)
        """
        places = pair_keys(self.rows[mentees], self.columns[mentors], self.table.shape[1])
        values: NDArray[Any] = self.table.ravel().take(places)
        return values

    def add(self, addend: LookupTable, cells: int) -> LookupTable | None:
        """Return the sum of two tables.

        Parameters
        ----------
        addend : LookupTable
            Of the same people.
        cells : int
            The most that the sum may have.

        Returns
        -------
        LookupTable or None
            None where the sum has more cells, or needs much larger views than the two tables.
        """
        if np.array_equal(self.rows, addend.rows) and np.array_equal(self.columns, addend.columns):
            return replace(self, table=self.table + addend.table)
        small = max(_MAX_SMALL_TABLE_CODES, len(self.columns) // _MIN_PEOPLE_PER_CODE)
        limit = max(small, self.table.shape[1], addend.table.shape[1])
        return _combined_table([self, addend], np.add, cells, limit)


def lookup_table(kernel: Kernel, shape: tuple[int, int], cells: int) -> LookupTable | None:
    """Return a kernel as a table over codes.

    Parameters
    ----------
    kernel : Kernel
    shape : (int, int)
        Number of mentees, number of mentors.
    cells : int
        The most that the table may have.

    Returns
    -------
    LookupTable or None
        None where the table would have more cells, or the kernel has no codes.
    """
    if isinstance(kernel, EitherFlagged):
        kernel = Outer(kernel.mentees, kernel.mentors, np.logical_or)
    if isinstance(kernel, Proximity):
        value_at = kernel.value_at
        kernel = Outer(
            kernel.mentees, kernel.mentors, lambda mentee, mentor: value_at(mentee - mentor)
        )
    if isinstance(kernel, Outer):
        if kernel.mentees.dtype.kind not in "biuf" or kernel.mentors.dtype.kind not in "biuf":
            return None
        mentees, rows = np.unique(kernel.mentees, return_inverse=True)
        mentors, columns = np.unique(kernel.mentors, return_inverse=True)
        if len(mentees) * len(mentors) > cells:
            return None
        with np.errstate(over="ignore"):
            return LookupTable(rows, columns, kernel.function(mentees[:, None], mentors[None, :]))
    if isinstance(kernel, SparsePairs):
        return _default_value(kernel, shape)
    if isinstance(kernel, (Counts, MaxProduct, Share, Jaccard, FewerThan)):
        return _profile_table(kernel, cells)
    if isinstance(kernel, Composite):
        forms = [lookup_table(inner, shape, cells) for inner in kernel.kernels]
        tables = [form for form in forms if form is not None]
        if len(tables) < len(forms) or not tables:
            return None
        return _combined_table(tables, kernel.function, cells)
    return None


def binned_distance(kernel: Proximity) -> LookupTable:
    """Return upper bounds as a table: two bins of numbers are as close as their nearest ends.

    Parameters
    ----------
    kernel : Proximity

    Returns
    -------
    LookupTable
        Of bounds in [0, 1], NaN where a number is missing.
    """
    sides = kernel.mentees, kernel.mentors
    numbers = np.sort(np.concatenate([side[~np.isnan(side)] for side in sides]))
    edges = numbers[:: max(1, numbers.size // _MAX_NUMBER_BINS)]
    edges = edges[np.diff(edges, prepend=-np.inf) > 0]
    codes, lows, highs = [], [], []
    for side in sides:
        missing = np.isnan(side)
        code = np.searchsorted(edges, side, side="right")
        code[missing] = edges.size + 1
        _, first, code = np.unique(code, return_index=True, return_inverse=True)
        low, high = np.full(first.size, np.inf), np.full(first.size, -np.inf)
        np.minimum.at(low, code[~missing], side[~missing])
        np.maximum.at(high, code[~missing], side[~missing])
        low[code[missing]] = np.nan
        codes.append(code)
        lows.append(low)
        highs.append(high)
    with np.errstate(over="ignore"):
        gap = np.maximum(lows[0][:, None] - highs[1][None, :], lows[1][None, :] - highs[0][:, None])
    return LookupTable(codes[0], codes[1], kernel.value_at(np.maximum(gap, 0.0)))


def _profile_table(
    kernel: Counts | MaxProduct | Share | Jaccard | FewerThan, cells: int
) -> LookupTable | None:
    """Return a kernel of profiles as a table, where there are few distinct profiles."""
    counts = kernel if isinstance(kernel, (Counts, MaxProduct)) else kernel.counts
    rows = [counts.mentees.profile_codes, counts.mentees.missing.astype(np.int64)]
    columns = [counts.mentors.profile_codes, counts.mentors.missing.astype(np.int64)]
    if isinstance(kernel, Share):
        rows.append(np.unique(kernel.needs, return_inverse=True)[1])
    if isinstance(kernel, Jaccard):
        for codes, totals in zip((rows, columns), kernel.totals, strict=True):
            codes.append(np.unique(totals, return_inverse=True)[1])
    (row, row_at), (column, column_at) = (_joint_codes(codes) for codes in (rows, columns))
    if len(row_at) * len(column_at) > cells:
        return None
    return LookupTable(row, column, kernel.block(row_at, column_at))


def _default_value(kernel: SparsePairs, shape: tuple[int, int]) -> LookupTable:
    """Return the values of pairs that are not listed as a table; the listed ones are exceptions."""
    across = kernel.default_values.shape[1] > 1
    values, codes = np.unique(kernel.default_values.ravel(), return_inverse=True)
    n_mentees, n_mentors = shape
    if across:
        return LookupTable(
            np.zeros(n_mentees, np.int64), codes, values[None, :], (kernel.listed_pairs,)
        )
    if kernel.default_values.shape[0] == 1:
        codes = np.zeros(n_mentees, np.int64)
    return LookupTable(
        codes, np.zeros(n_mentors, np.int64), values[:, None], (kernel.listed_pairs,)
    )


def _combined_table(
    tables: list[LookupTable], function: Any, cells: int, most_columns: int | None = None
) -> LookupTable | None:
    """Return an elementwise function of several tables as one table; None where it is too large."""
    columns, column_at = _joint_codes([form.columns for form in tables])
    if most_columns is not None and len(column_at) > most_columns:
        return None
    rows, row_at = _joint_codes([form.rows for form in tables])
    if len(row_at) * len(column_at) > cells:
        return None
    spread = [form.table[np.ix_(form.rows[row_at], form.columns[column_at])] for form in tables]
    with np.errstate(over="ignore"):
        table = function(*spread)
    exceptions = tuple(pairs for form in tables for pairs in form.exceptions)
    return LookupTable(rows, columns, table, exceptions)


def _joint_codes(codes: list[Ints]) -> tuple[Ints, Ints]:
    """Return one code a person for several codes, and the position of somebody with each."""
    joint = codes[0]
    for further in codes[1:]:
        keys = pair_keys(joint, further, int(further.max()) + 1)
        _, joint = np.unique(keys, return_inverse=True)
    _, first, joint = np.unique(joint, return_index=True, return_inverse=True)
    return joint, first


def sum_tables(tables: list[LookupTable], cells: int) -> list[LookupTable]:
    """Add tables up to as few tables as stay small.

    Parameters
    ----------
    tables : list of LookupTable
        Of the same people, in millionths.
    cells : int
        The most that a sum may have.

    Returns
    -------
    list of LookupTable
        First the one by which scores differ most.
    """
    sums: list[LookupTable] = []
    for form in sorted(tables, key=lambda form: form.table.size):
        for index, partial_sum in enumerate(sums):
            joined = form.add(partial_sum, cells)
            if joined is not None:
                sums[index] = joined
                break
        else:
            sums.append(form)
    return sorted(sums, key=lambda form: float(np.ptp(np.maximum(form.table, 0))), reverse=True)


# --- products ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProductForm:
    """Contributions that come of a product, as float32 features whose result is never too low.

    With the features' product ``p``, which has `bias` in it, a contribution is at most
    ``floor(min(p, cap))``; or, where there are totals, ``floor(factor · p / (a + b - p) + bias)``.
    A person without data has only zeros (and the bias), so that the contribution is 0.

    Attributes
    ----------
    rows, columns : ndarray of float32, shape (n_people, n_features)
        Scaled features of mentees and of mentors, in cohort order.
    bias : float
        A half for each rounding of the contribution, and what float32 may lose, in millionths.
    cap : float or None
        Millionths; None where the product cannot pass it.
    factor : float
        Millionths of a full score; 0 for rules without a criterion.
    totals : (ndarray of float32, ndarray of float32) or None
        What each mentee, each mentor has in all, where the criterion is a Jaccard index.
    linear_terms : tuple of (float, float)
        Slope and constant of steep lines: no contribution lies above them, and under a rule's
        minimum they fall far below 0. Without a criterion, 0 is the largest value.
    max_value : int
        No contribution is larger, in millionths.
    """

    rows: Singles
    columns: Singles
    bias: float
    cap: float | None
    factor: float
    totals: tuple[Singles, Singles] | None
    linear_terms: tuple[tuple[float, float], ...]
    max_value: int


def product_form(
    kernel: Share | Jaccard | Counts,
    factors: list[float],
    least: tuple[float, ...] = (),
) -> ProductForm | None:
    """Return the form of a criterion's kernel, or of bare counts (factors empty) for rules.

    Parameters
    ----------
    kernel : Share, Jaccard or Counts
    factors : list of float
        Millionths of a full score, one for each rounding.
    least : tuple of float
        Counts below one of these are forbidden, and so are missing counts; only where all
        mentees need the same.

    Returns
    -------
    ProductForm or None
        None where the numbers do not fit float32, or are not held as whole rows.

    Notes
    -----
    The terms of a product are all ≥ 0, and a sum of m of them that are not 0 (the bias is one
    more) rounds each at most m times; the features and their product are rounded too. So the
    result is within ``(m + 6) · 2⁻²⁴`` of the true one, relatively, whatever the order of the
    sum; where the whole numbers are below 2²⁴ without scaling it is exact. Only results up to
    the largest contribution matter, which turns that into an absolute error.
    """
    counts = kernel if isinstance(kernel, Counts) else kernel.counts
    if isinstance(counts.mentees.features, SparseRows):
        return None
    factor = sum(factors)
    missing = counts.mentees.missing, counts.mentors.missing
    mentee_rows, mentor_rows, divisor = _without_common_divisor(counts)
    rows, columns = counts.mentees.profile_codes, counts.mentors.profile_codes
    terms = int(
        min(
            (mentee_rows != 0).sum(axis=1).max(initial=0),
            (mentor_rows != 0).sum(axis=1).max(initial=0),
        )
    )
    largest = _max_product(mentee_rows, mentor_rows)
    if largest >= _MAX_SCALED_FEATURE:
        return None
    lost = (terms + 6) * _FLOAT32_ROUNDING * 1.01
    half = 0.5 * len(factors)
    if isinstance(kernel, Jaccard):
        error = (2 * lost + 12 * _FLOAT32_ROUNDING) * (factor + 1) + 1e-6
        totals = tuple((total / divisor).astype(np.float32) for total in kernel.totals)
        filled = tuple(
            np.where(is_missing, np.float32(1), total)
            for is_missing, total in zip(missing, totals, strict=True)
        )
        return ProductForm(
            mentee_rows.astype(np.float32)[rows],
            mentor_rows.astype(np.float32)[columns],
            half + error,
            None,
            factor,
            (filled[0], filled[1]),
            (),
            int(factor + half + error),
        )
    if isinstance(kernel, Counts):  # a rule alone
        error = 0.0 if largest < _FLOAT32_EXACT_LIMIT else lost
        return ProductForm(
            mentee_rows.astype(np.float32)[rows],
            mentor_rows.astype(np.float32)[columns],
            0.0,
            None,
            0.0,
            None,
            tuple(_linear_term(count / divisor, 1.0, 0.0, error, is_rule=True) for count in least),
            0,
        )
    with np.errstate(over="ignore"):
        scale = np.minimum(factor * divisor / kernel.needs, _MAX_SCALED_FEATURE)
    error = lost * (factor + 1) + 1e-6
    bias = half + error
    lines = tuple(_linear_term(count / divisor, float(scale[0]), bias, lost) for count in least)
    # Above this it makes no difference how large a term is, and it must stay finite.
    steepest = max((abs(constant) for _, constant in lines), default=0.0)
    ceiling = 4 * max(factor + bias, 1.0, steepest)
    if ceiling >= _MAX_SCALED_FEATURE:
        return None
    scaled = np.minimum(mentee_rows[rows] * scale[:, None], ceiling)
    biased = np.hstack([scaled, np.full((len(rows), 1), bias)])
    with_ones = np.hstack([mentor_rows[columns], np.ones((len(columns), 1))])
    may_pass = bool(np.any(largest * scale > factor * (1 + 1e-9)))
    return ProductForm(
        biased.astype(np.float32),
        with_ones.astype(np.float32),
        bias,
        factor + bias if may_pass else None,
        factor,
        None,
        lines,
        int(factor + bias) if may_pass else int((factor + bias) * (1 + lost)),
    )


def _linear_term(
    least: float, scale: float, bias: float, lost: float, *, is_rule: bool = False
) -> tuple[float, float]:
    """Return the line through the least product a rule allows, which falls by a penalty a count.

    It passes a little below that point, so that rounding does not put it above.
    """
    slope = max(2 * PENALTY / max(scale, 1 / _MAX_SCALED_FEATURE), 4.0)
    edge = (np.ceil(min(least, _MAX_SCALED_FEATURE)) * scale + bias) * (
        1 - lost - 12 * _FLOAT32_ROUNDING
    )
    return slope, edge * ((0 if is_rule else 1) - slope)


def _without_common_divisor(
    counts: Counts,
) -> tuple[Floats, Floats, float]:
    """Return the features without their common divisor, so that sums are small, and the divisor."""
    sides, divisor = [], 1.0
    for side in (counts.mentees, counts.mentors):
        rows = side.dense_rows.astype(np.float64)
        common = float(max(np.gcd.reduce(rows.astype(np.int64), axis=None, initial=0), 1))
        divisor *= common
        sides.append(rows / common)
    return sides[0], sides[1], divisor


def _max_product(mentee_rows: Floats, mentor_rows: Floats) -> float:
    """Return a number that no product of two rows passes."""
    if not mentee_rows.size or not mentor_rows.size:
        return 0.0
    return float(mentee_rows.sum(axis=1).max() * mentor_rows.max())
