"""The fast forms of kernels: tables over small codes, and products in float32, never too low."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.kernels import Combined, Counts, EitherMarked, Jaccard, Kernel, Listed, Outer, Share

__all__ = ["Measured", "Tabled", "add_up", "join", "joined", "measured", "tabled"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_UNIT = 2.0**-24  # relative error of one rounding to float32
_EXACT = 2.0**24
_LARGEST = 1e30  # scaled features beyond it could overflow float32
_CELLS = 1 << 22


# --- tables --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tabled:
    """Values that depend on one code of each person, but for listed pairs.

    Attributes
    ----------
    rows, columns : ndarray of int64, shapes (n_mentees,), (n_mentors,)
        Codes; every row and column of the table is somebody's.
    table : ndarray
    exceptions : tuple of Relation
        Pairs whose values are not in the table.
    """

    rows: Ints
    columns: Ints
    table: NDArray[Any]
    exceptions: tuple[Relation, ...] = ()

    def like(self, other: Tabled) -> bool:
        """Whether two tables are over the same codes."""
        return (
            self.table.shape == other.table.shape
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.columns, other.columns)
        )


def tabled(kernel: Kernel, shape: tuple[int, int]) -> Tabled | None:
    """Return a kernel over so many people as a table; None where it is none, or too large."""
    if isinstance(kernel, EitherMarked):
        kernel = Outer(kernel.mentees, kernel.mentors, np.logical_or)
    if isinstance(kernel, Outer):
        if kernel.mentees.dtype.kind not in "biuf" or kernel.mentors.dtype.kind not in "biuf":
            return None
        values, rows = np.unique(kernel.mentees, return_inverse=True)
        others, columns = np.unique(kernel.mentors, return_inverse=True)
        if len(values) * len(others) > _CELLS:
            return None
        with np.errstate(over="ignore"):
            return Tabled(rows, columns, kernel.function(values[:, None], others[None, :]))
    if isinstance(kernel, Listed):
        return _background(kernel, shape)
    if isinstance(kernel, Combined):
        parts = [tabled(part, shape) for part in kernel.parts]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts) or not found:
            return None
        return joined(found, kernel.function)
    return None


def _background(kernel: Listed, shape: tuple[int, int]) -> Tabled:
    """Return the values of the pairs that are not listed."""
    across = kernel.others.shape[1] > 1
    values, codes = np.unique(kernel.others.ravel(), return_inverse=True)
    n_mentees, n_mentors = shape
    if across:
        return Tabled(np.zeros(n_mentees, np.int64), codes, values[None, :], (kernel.relation,))
    if kernel.others.shape[0] == 1:
        codes = np.zeros(n_mentees, np.int64)
    return Tabled(codes, np.zeros(n_mentors, np.int64), values[:, None], (kernel.relation,))


def joined(parts: list[Tabled], function: Any) -> Tabled | None:
    """Return an elementwise function of several tables as one table."""
    rows, row_codes = join([part.rows for part in parts])
    columns, column_codes = join([part.columns for part in parts])
    if len(row_codes) * len(column_codes) > _CELLS:
        return None
    spread = [
        part.table[np.ix_(row_codes[:, at], column_codes[:, at])] for at, part in enumerate(parts)
    ]
    with np.errstate(over="ignore"):
        table = function(*spread)
    return Tabled(rows, columns, table, tuple(pair for part in parts for pair in part.exceptions))


def join(codes: list[Ints]) -> tuple[Ints, Ints]:
    """Return one code a person for several, and the several of each, shape (n_codes, n_lists)."""
    one = codes[0]
    for more in codes[1:]:
        _, one = np.unique(one * (int(more.max()) + 1) + more, return_inverse=True)
    _, first, one = np.unique(one, return_index=True, return_inverse=True)
    return one, np.stack([each[first] for each in codes], axis=1)


def add_up(tables: list[Tabled]) -> list[Tabled]:
    """Add tables over the same codes."""
    sums: list[Tabled] = []
    for one in tables:
        for at, other in enumerate(sums):
            if one.like(other):
                sums[at] = replace(other, table=other.table + one.table)
                break
        else:
            sums.append(one)
    return sums


# --- products ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """Contributions that come of a product, as float32 features whose result is never too low.

    With the features' product ``p``, which has `bias` in it, a contribution is at most
    ``floor(min(p, cap))``; or, where there are totals, ``floor(factor · p / (a + b - p) + bias)``.
    A person without data has only zeros (and the bias), so that the contribution is 0.

    Attributes
    ----------
    rows, columns : ndarray of float32, shape (n, k)
    bias : float
        A half for each rounding of the contribution, and what float32 may lose.
    cap : float or None
        None where the product cannot pass it.
    factor : float
    totals : (ndarray of float32, ndarray of float32) or None
    least : tuple of (float, bool)
        Pairs whose product lies below one of these are forbidden; with False, not where a
        person's data is missing.
    missing : (ndarray of bool, ndarray of bool)
    most : int
        No contribution is larger.
    """

    rows: Floats
    columns: Floats
    bias: float
    cap: float | None
    factor: float
    totals: tuple[Floats, Floats] | None
    least: tuple[tuple[float, bool], ...]
    missing: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    most: int


def measured(
    kernel: Share | Jaccard | Counts, factors: list[float], least: tuple[tuple[float, bool], ...] = ()
) -> Measured | None:
    """Return the form of a criterion's kernel, or of bare counts (factors empty) for rules.

    Parameters
    ----------
    kernel : Share, Jaccard or Counts
    factors : list of float
        Millionths of a full score, one a rounding.
    least : tuple of (float, bool)
        Counts under one of these are forbidden, with False not those that are missing; only
        where all mentees need the same.

    Returns
    -------
    Measured or None
        None where the numbers do not fit float32.

    Notes
    -----
    The terms of a product are all ≥ 0, and a sum of m of them that are not 0 (the bias is one
    more) rounds each at most m times; the features and their product are rounded too. So the
    result is within ``(m + 6) · 2⁻²⁴`` of the true one, relatively, whatever the order of the
    sum; where the whole numbers are below 2²⁴ without scaling it is exact. Only results up to
    the largest contribution matter, which turns that into an absolute error.
    """
    counts = kernel if isinstance(kernel, Counts) else kernel.counts
    factor = sum(factors)
    left, right, divisor = _reduced(counts)
    terms = int(min((left != 0).sum(axis=1).max(initial=0), (right != 0).sum(axis=1).max(initial=0)))
    largest = _largest(left, right)
    if largest >= _LARGEST:
        return None
    lost = (terms + 6) * _UNIT * 1.01
    half = 0.5 * len(factors)
    if isinstance(kernel, Jaccard):
        error = (2 * lost + 12 * _UNIT) * (factor + 1) + 1e-6
        totals = tuple((one / divisor).astype(np.float32) for one in kernel.totals)
        filled = tuple(
            np.where(gone, np.float32(1), one)
            for gone, one in zip(counts.missing, totals, strict=True)
        )
        return Measured(
            left.astype(np.float32),
            right.astype(np.float32),
            half + error,
            None,
            factor,
            (filled[0], filled[1]),
            (),
            counts.missing,
            int(factor + half + error),
        )
    if isinstance(kernel, Counts):  # a rule alone
        error = 0.0 if largest < _EXACT else lost
        floors = tuple(
            (min(one / divisor, _LARGEST) * (1 - error - 2 * _UNIT), missing)
            for one, missing in least
        )
        return Measured(
            left.astype(np.float32),
            right.astype(np.float32),
            0.0,
            None,
            0.0,
            None,
            floors,
            counts.missing,
            0,
        )
    with np.errstate(over="ignore"):
        scale = np.minimum(factor * divisor / kernel.needs, _LARGEST)
    error = lost * (factor + 1) + 1e-6
    bias = half + error
    floors = tuple(
        ((one / divisor * float(scale[0]) + bias) * (1 - lost - 2 * _UNIT), missing)
        for one, missing in least
    )
    # Beyond these it makes no difference how large a term is, and it must stay finite.
    plenty = 4 * max(factor + bias, 1.0, *(floor for floor, _ in floors))
    if plenty >= _LARGEST:
        return None
    scaled = np.minimum(left * scale[:, None], plenty)
    ones = (np.ones((len(side), 1)) for side in (left, right))
    left, right = (np.hstack([side, one]) for side, one in zip((scaled, right), ones, strict=True))
    left[:, -1] = bias
    may_pass = bool(np.any(largest * scale > factor * (1 + 1e-9)))
    return Measured(
        left.astype(np.float32),
        right.astype(np.float32),
        bias,
        factor + bias if may_pass else None,
        factor,
        None,
        floors,
        counts.missing,
        int(factor + bias) if may_pass else int((factor + bias) * (1 + lost)),
    )


def _reduced(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the features without a common divisor, so that their sums are small, and it."""
    sides = []
    divisor = 1.0
    for side in (counts.mentees, counts.mentors):
        whole = side.astype(np.float64)
        common = float(max(np.gcd.reduce(whole.astype(np.int64), axis=None, initial=0), 1))
        divisor *= common
        sides.append(whole / common)
    return sides[0], sides[1], divisor


def _largest(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Return a number that no product passes."""
    if not left.size or not right.size:
        return 0.0
    return float(left.sum(axis=1).max() * right.max())
