"""Kernels that combine what each person has by itself: codes, numbers, flags, other kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.pairwise.base import Block, Kernel, PairKernel, values_of_pairs

__all__ = ["Composite", "Dense", "EitherFlagged", "Outer", "Proximity"]


@dataclass(frozen=True)
class Dense(PairKernel):
    """A matrix computed beforehand: the fallback for a user's own function.

    Attributes
    ----------
    values : ndarray, shape (n_mentees, n_mentors)
    """

    values: Block

    def _values(self, rows: Ints, columns: Ints) -> Block:
        return self.values[rows, columns]


@dataclass(frozen=True)
class Outer(PairKernel):
    """An elementwise function of one number or code of each person.

    Attributes
    ----------
    mentees, mentors : ndarray, shape (n_people,)
    function : callable
        Of mentees' and mentors' numbers, which broadcast against each other.
    """

    mentees: NDArray[Any]
    mentors: NDArray[Any]
    function: Callable[[Block, Block], Block]

    def _values(self, rows: Ints, columns: Ints) -> Block:
        return self.function(self.mentees[rows], self.mentors[columns])


@dataclass(frozen=True)
class Proximity(PairKernel):
    """``max(0, 1 - |a - b| / scale)`` of a number of each person, NaN where one is missing.

    Attributes
    ----------
    mentees, mentors : ndarray of float64, shape (n_people,)
    scale : float
        Positive, in the unit of the numbers.
    """

    mentees: Floats
    mentors: Floats
    scale: float

    def _values(self, rows: Ints, columns: Ints) -> Block:
        return self.value_at(self.mentees[rows] - self.mentors[columns])

    def value_at(self, difference: Block) -> Block:
        """Return the value of pairs whose numbers differ by so much.

        Parameters
        ----------
        difference : ndarray of float64, of any shape
            In the unit of the numbers, of either sign; NaN where a number is missing.
        """
        return np.maximum(0.0, 1.0 - np.abs(difference) / self.scale)


@dataclass(frozen=True)
class Composite(PairKernel):
    """An elementwise function of the values of other kernels.

    Attributes
    ----------
    kernels : tuple of Kernel
    function : callable
        Of one array a kernel, all of one shape.
    """

    kernels: tuple[Kernel, ...]
    function: Callable[..., Block]

    def _block(self, rows: Ints, columns: Ints) -> Block:
        return self.function(*(kernel.block(rows, columns) for kernel in self.kernels))

    def _pairs(self, rows: Ints, columns: Ints) -> Block:
        return self.function(*(values_of_pairs(kernel, rows, columns) for kernel in self.kernels))


@dataclass(frozen=True)
class EitherFlagged(PairKernel):
    """The mask of pairs in which either person is flagged: a rule about one person at a time.

    Attributes
    ----------
    mentees, mentors : ndarray of bool, shape (n_people,)
        The people of whom the rule allows no pair.
    """

    mentees: Bools
    mentors: Bools

    def _values(self, rows: Ints, columns: Ints) -> Block:
        return self.mentees[rows] | self.mentors[columns]
