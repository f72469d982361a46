"""`Sweep`: the pairs above given prices, among all pairs, without ever holding the matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rmmatch.scoring.bounding import Bound, Work
from rmmatch.scoring.pairs import PairScores
from rmmatch.scoring.weighing import MILLION

__all__ = ["NOTHING", "Sweep"]

Ints = NDArray[np.int64]
Found = tuple[Ints, Ints, Ints]
T = TypeVar("T")

NOTHING = -(2**62)
"""What `Sweep.row_best` returns for a mentee without an acceptable mentor."""

_FARTHEST = 2**60  # prices; their sums stay in 64 bits
_LISTED = 1 << 14  # pairs scored exactly at once
_ROUNDS = 4
_PRICES = 6_000_000  # with scores and penalties still below 2²⁴, exact in float32


class Sweep:
    """All pairs of a cohort under a scheme, searched by price.

    Every answer is exact. Blocks of pairs are bounded from above in float32, groups of mentors
    at once where that decides; what may lie above the prices is scored in whole numbers by the
    same code as every other score. The answers do not depend on `workers` or `block`.

    Parameters
    ----------
    scores : PairScores
    workers : int
        Threads. Set the threads of the BLAS library to 1 where there are several.
    block : (int, int)
        Mentees and mentors of a block.

    Attributes
    ----------
    notes : tuple of str
        Criteria and rules without a fast form; empty where everything is fast.

    Examples
    --------
    >>> import numpy as np
    >>> import rmmatch as rm
    >>> from rmmatch.scoring import PairScores
    >>> sweep = Sweep(PairScores(*rm.synthetic.demo()))
    >>> n_mentees, n_mentors = sweep.shape
    >>> free = np.zeros(n_mentees, dtype=np.int64), np.zeros(n_mentors, dtype=np.int64)
    >>> rows, columns, scores = sweep.candidates(*free, margin=-900_000)
    >>> bool((scores > 900_000).all())
    True
    """

    def __init__(
        self, scores: PairScores, *, workers: int = 1, block: tuple[int, int] = (256, 1024)
    ) -> None:
        self.scores = scores
        self.shape = scores.shape
        self.workers = workers
        self.block = block
        self._bound = Bound(scores)
        self.notes = self._bound.notes
        exceptions = self._bound.exceptions
        values = self._exact(exceptions.mentees, exceptions.mentors)
        known = values >= 0
        self._exceptions: Found = (
            exceptions.mentees[known],
            exceptions.mentors[known],
            values[known],
        )

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int | Ints = 0,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> Found:
        """Return every acceptable pair whose score less both prices is above ``-margin``.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        margin : int or ndarray of int64, shape (n_mentees,)
            2⁶⁰ or more finds every acceptable pair if the prices are smaller than 2⁵⁹.
        rows, columns : ndarray of int64, optional
            Positions to look at, in any order, none twice; by default all.

        Returns
        -------
        rows, columns, scores : ndarray of int64, shape (n_found,)
            Sorted by row, then column.

        Raises
        ------
        ValueError
            A price is too large.
        """
        _refuse_large(u, v)
        floor = u - np.minimum(margin, 2**61)
        rows, columns = self._taking_part(rows, columns)
        prices = _Prices.clipped(floor[rows], v[columns], self._bound.floor)
        threshold = np.empty(self.shape[0], np.int64)
        threshold[rows] = floor[rows]

        def find(part: Ints) -> Found:
            found: list[Found] = []
            waiting: list[tuple[Ints, Ints]] = []
            count = 0

            def settle() -> None:
                mentees, mentors = (np.concatenate(one) for one in zip(*waiting, strict=True))
                values = self._exact(mentees, mentors)
                keep = (values >= 0) & (values > threshold[mentees] + v[mentors])
                found.append((mentees[keep], mentors[keep], values[keep]))

            for mentees, mentors, total in self._blocks(rows, columns, prices, part, prune=True):
                at, mentor = _above(total)
                if len(at):
                    waiting.append((mentees[at], mentors[mentor]))
                    count += len(at)
                if count >= _LISTED:
                    settle()
                    waiting, count = [], 0
            if waiting:
                settle()
            return _together(found)

        found = self._run(find, rows, prices)
        found.append(self._exceptions_above(threshold, v, rows, columns))
        return _sorted(_together(found), self.shape[1])

    def violations(
        self, u: Ints, v: Ints, rows: Ints | None = None, columns: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Return by how much the prices of each person fall short at most.

        That is the largest ``score - u - v`` over the acceptable partners looked at, or 0.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        mentees, mentors : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            0 for people not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        _refuse_large(u, v)
        taking = self._taking_part(rows, columns)
        best = np.zeros(self.shape[0], np.int64), np.zeros(self.shape[1], np.int64)
        self._climb(u, v, best, taking, prune=True)
        return best

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - v`` over the acceptable mentors of each mentee.

        Parameters
        ----------
        v : ndarray of int64, shape (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        ndarray of int64, shape (n_mentees,)
            `NOTHING` for a mentee without an acceptable mentor, or not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        u = np.zeros(self.shape[0], np.int64)
        _refuse_large(u, v)
        best = np.full(self.shape[0], NOTHING), None
        self._climb(u, v, best, self._taking_part(rows, columns), prune=False)
        return best[0]

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - u`` over the acceptable mentees of each mentor.

        Parameters and answer are as those of `row_best`, with the sides changed.
        """
        v = np.zeros(self.shape[1], np.int64)
        _refuse_large(u, v)
        best = None, np.full(self.shape[1], NOTHING)
        self._climb(u, v, best, self._taking_part(rows, columns), prune=False)
        return best[1]
