"""People by code: a kernel that says the same of all people of one code, as a small table.

The table holds the kernel's own answers for one person of each code, so nothing of its meaning is
written a second time. What a kernel reads of a person is all that must be known of it here; of a
kernel that is none of `rmmatch.pairwise.kernels` nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.numeric import Ints
from rmmatch.pairwise.kernels import (
    Composite,
    Counts,
    Dense,
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

__all__ = ["CodeTable", "code_table", "joint_codes", "missing_by_person"]

Columns = list[NDArray[Any]]

_N_BINS = 16  # bins of a number that has too many values for a table; speed only


@dataclass(frozen=True, eq=False)
class CodeTable:
    """What a kernel answers for people of each code.

    Attributes
    ----------
    mentees, mentors : ndarray of int64, shapes (n_mentees,), (n_mentors,)
        The code of each person, from 0 on without gaps.
    values : ndarray of float64 or bool, shape (n_mentee_codes, n_mentor_codes)
        NaN where data is missing, which it then is for every pair of the two codes.
    is_exact : bool
        Whether the value is that of every pair; else none has a larger one.
    sparse_pairs : tuple of Relation
        Pairs of which the table says nothing.
    """

    mentees: Ints
    mentors: Ints
    values: NDArray[Any]
    is_exact: bool = True
    sparse_pairs: tuple[Relation, ...] = ()


def code_table(kernel: Kernel, shape: tuple[int, int], cells: int) -> CodeTable | None:
    """Return a kernel as a table over codes; None where it has no table of so few cells.

    Parameters
    ----------
    kernel : Kernel
    shape : (int, int)
        Numbers of mentees and mentors.
    cells : int
        The most cells of a table. Numbers with more values than that are put into bins, of which
        the nearest ends are compared.
    """
    columns = _columns(kernel, shape)
    if columns is None or 0 in shape:
        return None
    (mentees, some_mentees), (mentors, some_mentors) = (joint_codes(side) for side in columns)
    if len(some_mentees) * len(some_mentors) > cells:
        return _bin_table(kernel) if type(kernel) is Proximity else None
    with np.errstate(over="ignore"):
        values = np.asarray(_without_sparse_pairs(kernel).block(some_mentees, some_mentors))
    rows, lines = _unique_rows(values)
    across, values = _unique_rows(np.ascontiguousarray(lines.T))
    return CodeTable(
        rows[mentees], across[mentors], values.T, sparse_pairs=tuple(_sparse_pairs(kernel))
    )


def missing_by_person(kernel: Kernel) -> CodeTable | None:
    """Return the table of 1.0, and NaN for whose data is missing; None where it is not known.

    Parameters
    ----------
    kernel : Kernel
        Scores in [0, 1].
    """
    if type(kernel) is Dense and not np.isnan(kernel.values).any():
        everybody = [np.zeros(count, dtype=np.int64) for count in kernel.values.shape]
        return CodeTable(everybody[0], everybody[1], np.ones((1, 1)), is_exact=False)
    counts = kernel.counts if isinstance(kernel, Share | Jaccard) else kernel
    if type(kernel) not in (Share, Jaccard, MaxProduct) or not isinstance(
        counts, Counts | MaxProduct
    ):
        return None
    (mentees, has_gaps), (mentors, have_gaps) = (
        (side.missing.astype(np.int64), bool(side.missing.any()))
        for side in (counts.mentees, counts.mentors)
    )
    values = np.ones((1 + has_gaps, 1 + have_gaps))
    values[1:] = np.nan
    values[:, 1:] = np.nan
    if has_gaps and mentees.all():
        mentees, values = mentees - 1, values[1:]
    if have_gaps and mentors.all():
        mentors, values = mentors - 1, values[:, 1:]
    return CodeTable(mentees, mentors, values, is_exact=False)


def joint_codes(columns: Columns) -> tuple[Ints, Ints]:
    """Return one code a person for what several columns say, and somebody of each code.

    Parameters
    ----------
    columns : list of ndarray, each of shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
    ndarray of int64, shape (n_codes,)
        Positions.
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, more = np.unique(column, return_inverse=True)
        _, codes = np.unique(codes * len(values) + more, return_inverse=True)
    _, somebody = np.unique(codes, return_index=True)
    return codes, somebody


def _columns(kernel: Kernel, shape: tuple[int, int]) -> tuple[Columns, Columns] | None:
    """Return all that a kernel reads of each mentee and each mentor, but for listed pairs.

    Of exactly these classes: one derived from them may read more.
    """
    match kernel:
        case Outer() | Proximity() | EitherFlagged() if type(kernel) in (
            Outer,
            Proximity,
            EitherFlagged,
        ):
            sides: list[NDArray[Any]] = [kernel.mentees, kernel.mentors]
            numeric = all(side.dtype.kind in "biuf" for side in sides)
            return ([sides[0]], [sides[1]]) if numeric else None
        case Counts() | MaxProduct() if type(kernel) in (Counts, MaxProduct):
            people = kernel.mentees, kernel.mentors
            mentees, mentors = ([side.profile_codes, side.missing] for side in people)
            return mentees, mentors
        case Share() if type(kernel) is Share and type(kernel.counts) is Counts:
            mentees, mentors = _columns(kernel.counts, shape) or ([], [])
            return [*mentees, kernel.needs], mentors
        case Jaccard() if type(kernel) is Jaccard and type(kernel.counts) is Counts:
            mentees, mentors = _columns(kernel.counts, shape) or ([], [])
            return [*mentees, kernel.totals[0]], [*mentors, kernel.totals[1]]
        case FewerThan() if type(kernel) is FewerThan and type(kernel.counts) is Counts:
            return _columns(kernel.counts, shape)
        case SparsePairs() if type(kernel) is SparsePairs:
            default_values = np.broadcast_to(kernel.default_values, shape)
            by_mentee = kernel.default_values.shape[0] > 1
            return (
                [default_values[:, 0] if by_mentee else np.zeros(shape[0])],
                [np.zeros(shape[1]) if by_mentee else default_values[0]],
            )
        case Composite() if type(kernel) is Composite:
            columns_by_kernel = [_columns(member, shape) for member in kernel.kernels]
            known_columns = [columns for columns in columns_by_kernel if columns is not None]
            if not known_columns or len(known_columns) < len(columns_by_kernel):
                return None
            return (
                [column for mentees, _ in known_columns for column in mentees],
                [column for _, mentors in known_columns for column in mentors],
            )
    return None


def _without_sparse_pairs(kernel: Kernel) -> Kernel:
    """Return a kernel that knows of no listed pairs."""
    if isinstance(kernel, SparsePairs):
        return replace(kernel, listed_pairs=Relation.from_pairs([]), values=kernel.values[:0])
    if isinstance(kernel, Composite):
        return replace(
            kernel, kernels=tuple(_without_sparse_pairs(member) for member in kernel.kernels)
        )
    return kernel


def _sparse_pairs(kernel: Kernel) -> list[Relation]:
    if isinstance(kernel, SparsePairs):
        return [kernel.listed_pairs]
    if isinstance(kernel, Composite):
        return [relation for member in kernel.kernels for relation in _sparse_pairs(member)]
    return []


def _unique_rows(values: NDArray[Any]) -> tuple[Ints, NDArray[Any]]:
    """Return for each row which of the distinct rows it is, and these."""
    # NaN is not equal to itself, and rows with it would never be merged
    comparable = np.where(np.isnan(values), -np.inf, values)
    _, first, place = np.unique(comparable, axis=0, return_index=True, return_inverse=True)
    return place.reshape(-1), values[first]


def _bin_table(kernel: Proximity) -> CodeTable | None:
    """Return a table over bins of numbers: two are as close as the nearest ends of theirs."""
    sides = kernel.mentees, kernel.mentors
    numbers = np.concatenate([side[~np.isnan(side)] for side in sides])
    if np.isinf(numbers).any():  # of which the difference may be no number
        return None
    edges = np.unique(np.quantile(numbers, np.arange(1, _N_BINS) / _N_BINS, method="nearest"))
    codes, lows, highs = [], [], []
    for side in sides:
        missing = np.isnan(side)
        bins = np.where(missing, len(edges) + 1, np.searchsorted(edges, side, side="right"))
        code, somebody = joint_codes([bins])
        low, high = np.full(len(somebody), np.inf), np.full(len(somebody), -np.inf)
        np.minimum.at(low, code[~missing], side[~missing])
        np.maximum.at(high, code[~missing], side[~missing])
        low[code[missing]] = np.nan
        codes.append(code)
        lows.append(low)
        highs.append(high)
    with np.errstate(over="ignore"):
        between = np.maximum(lows[0][:, None] - highs[1], lows[1] - highs[0][:, None])
        values = kernel.value_at(np.maximum(between, 0.0))
    return CodeTable(codes[0], codes[1], values, is_exact=False)
