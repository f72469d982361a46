"""Arrays of numbers: their types, sums that cannot overflow, pairs of people as keys, cores.

Nothing here knows what is paired: the solvers and the checker may both use it and still share no
rule of the matter.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MILLION",
    "Bools",
    "Floats",
    "Ints",
    "Singles",
    "Text",
    "as_python_ints",
    "exact_sum",
    "is_member",
    "n_cores",
    "pair_keys",
    "pairs_of_keys",
    "ranks_in_groups",
    "stable_order",
]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Text = NDArray[np.object_]

MILLION = 1_000_000  # what a score of 1 is in whole numbers; exactness


def n_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def as_python_ints(numbers: Ints) -> NDArray[np.object_]:
    """Return numbers as Python integers, whose products cannot overflow.

    Parameters
    ----------
    numbers : ndarray of int64
        Of any shape and unit.

    Returns
    -------
    ndarray of object
        Of the same shape.
    """
    return numbers.astype(object)


def exact_sum(numbers: Ints | NDArray[np.object_]) -> int:
    """Return the sum of whole numbers, which may be beyond 64 bits.

    Parameters
    ----------
    numbers : ndarray of int64, or of Python integers
        Of any shape and unit; of int64 fewer than 2**31.

    Examples
    --------
    >>> exact_sum(np.full(4, 2**62)) == 2**64
    True
    """
    if numbers.dtype == object:
        return sum(numbers.ravel().tolist())
    # two halves of 32 bits: each of their sums stays within int64
    return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())


def pair_keys(mentees: Ints, mentors: Ints, n_mentors: int) -> Ints:
    """Return one number for each pair, in the order of mentees and then mentors.

    Parameters
    ----------
    mentees, mentors : ndarray of int64, shape (n_pairs,), or shapes that broadcast
        Positions, on each side in one order.
    n_mentors : int
        Number of mentors in all.

    Returns
    -------
    ndarray of int64
        ``mentee * n_mentors + mentor``.

    Examples
    --------
    >>> pair_keys(np.array([0, 2]), np.array([3, 1]), 5).tolist()
    [3, 11]
    """
    return mentees * n_mentors + mentors


def pairs_of_keys(keys: Ints, n_mentors: int) -> tuple[Ints, Ints]:
    """Return the pairs that keys stand for: the inverse of `pair_keys`.

    Parameters
    ----------
    keys : ndarray of int64, shape (n_pairs,)
    n_mentors : int
        As in `pair_keys`; 0 is allowed where there are no keys.

    Returns
    -------
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions.
    """
    mentees, mentors = np.divmod(keys, max(n_mentors, 1))
    return mentees, mentors


def is_member(sorted_keys: Ints, wanted: Ints) -> Bools:
    """Tell which numbers are among sorted ones.

    Parameters
    ----------
    sorted_keys : ndarray of int64, shape (n,)
        In ascending order.
    wanted : ndarray of int64, shape (m,)

    Returns
    -------
    ndarray of bool, shape (m,)

    Examples
    --------
    >>> is_member(np.array([2, 5]), np.array([5, 6, 2])).tolist()
    [True, False, True]
    """
    if not sorted_keys.size:
        return np.zeros(wanted.size, dtype=np.bool_)
    places = np.minimum(np.searchsorted(sorted_keys, wanted), sorted_keys.size - 1)
    is_among: Bools = sorted_keys[places] == wanted
    return is_among


def stable_order(numbers: Ints) -> Ints:
    """Return the places of numbers from the least on, equal ones in turn.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        Not negative.

    Returns
    -------
    ndarray of int64, shape (n,)
        As ``np.argsort(numbers, kind="stable")``.
    """
    n_bits = numbers.size.bit_length()
    if not numbers.size or int(numbers.max()).bit_length() + n_bits > 63:
        return np.argsort(numbers, kind="stable")
    # To sort numbers that hold their places is several times quicker than to sort the places.
    numbers_and_places = (numbers << n_bits) + np.arange(numbers.size)
    numbers_and_places.sort()
    numbers_and_places &= (1 << n_bits) - 1
    return numbers_and_places


def ranks_in_groups(groups: Ints) -> Ints:
    """Return the place of each item among those of its group, from 0.

    Parameters
    ----------
    groups : ndarray of int64, shape (n,)
        The group of each item; those of one group stand together.

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> ranks_in_groups(np.array([4, 4, 4, 7, 7, 1])).tolist()
    [0, 1, 2, 0, 1, 0]
    """
    starts = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    return np.arange(groups.size) - np.repeat(starts, np.diff(starts, append=groups.size))
