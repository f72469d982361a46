"""From scores in [0, 1] to whole contributions: weights, views and missing data.

The one place that says what a score means. With the weights W of a view, a criterion of weight w
that gives s contributes ``round(10⁶ · w/ΣW · s)`` millionths, halves to even, computed in IEEE
double precision from left to right. Where some criteria belong to one view only, each view's
half ``round(½ · 10⁶ · w/ΣW · s)`` is rounded by itself; the contribution to the pair's score is
the sum of the two halves, to a view twice its half: so the mean of the views *is* the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.criteria import Criterion
from rmmatch.numeric import MILLION, Floats, Ints

__all__ = ["MILLION", "ScoreTerms", "Weighting"]


@dataclass(frozen=True)
class ScoreTerms:
    """Contributions of a block of pairs, in millionths.

    Attributes
    ----------
    contributions : ndarray of int64, shape (n_criteria, n_rows, n_columns)
        To the pair's score; (n_criteria, n_pairs) for listed pairs, and so on.
    mentee, mentor : ndarray of int64, shape (n_rows, n_columns)
        The score as each side sees it; their mean is the pair's score.
    """

    contributions: Ints
    mentee: Ints
    mentor: Ints

    @property
    def score(self) -> Ints:
        """The pair's score, shape (n_rows, n_columns)."""
        total: Ints = self.contributions.sum(axis=0)
        return total


class Weighting:
    """The weights of a scheme's criteria, ready to be applied to blocks."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self._weights = [criterion.weight for criterion in criteria]
        self._missing = [criterion.missing for criterion in criteria]
        self._in_view = [
            [criterion.view in ("both", view) for criterion in criteria]
            for view in ("mentee", "mentor")
        ]
        self.has_two_views = self._in_view[0] != self._in_view[1]

    def terms(self, scores: Sequence[Floats], shape: tuple[int, ...]) -> ScoreTerms:
        """Return the contributions of a block.

        Parameters
        ----------
        scores : sequence of ndarray of float64
            One block, or one list of pairs, a criterion, in [0, 1], NaN where data is missing.
        shape : (int, int) or (int,)
            Of the block, or of the list of pairs.
        """
        absent = [np.isnan(block) for block in scores]
        if not self.has_two_views:
            whole = self._view_terms(scores, absent, 0, MILLION, shape)
            total = whole.sum(axis=0)
            return ScoreTerms(whole, total, total)
        mentee, mentor = (self._view_terms(scores, absent, v, MILLION // 2, shape) for v in (0, 1))
        return ScoreTerms(mentee + mentor, 2 * mentee.sum(axis=0), 2 * mentor.sum(axis=0))

    def term_if_nothing_missing(self, criterion: int, scores: Floats) -> Ints:
        """Return what one criterion contributes where nothing is left out of the score.

        Parameters
        ----------
        criterion : int
            Its position.
        scores : ndarray of float64
            In [0, 1], NaN where data is missing; any shape.
        """
        filler = 0.5 if self._missing[criterion] == "neutral" else 0.0
        filled = np.where(np.isnan(scores), filler, scores)
        parts = np.zeros(filled.shape, dtype=np.int64)
        for factor in self.weight_factors(criterion):
            parts += np.rint(factor * filled).astype(np.int64)
        return parts

    def weight_factors(self, criterion: int) -> list[float]:
        """Return the millionths of a full score, one number for each rounding of a contribution."""
        views = (0, 1) if self.has_two_views else (0,)
        unit = MILLION // 2 if self.has_two_views else MILLION
        factors = []
        for view in views:
            if self._in_view[view][criterion]:
                everything = 0.0
                for c, weight in enumerate(self._weights):
                    everything += weight if self._in_view[view][c] else 0.0
                factors.append(unit * self._weights[criterion] / everything)
        return factors

    def drops_missing(self, criterion: int) -> bool:
        """Whether missing data of a criterion changes the weight of the others."""
        return self._missing[criterion] == "ignore"

    def _view_terms(
        self,
        scores: Sequence[Floats],
        absent: Sequence[NDArray[np.bool_]],
        view: int,
        unit: int,
        shape: tuple[int, ...],
    ) -> Ints:
        """Return the rounded parts of one view, zero for criteria that are not in it."""
        parts = np.zeros((len(scores), *shape), dtype=np.int64)
        members = [c for c in range(len(scores)) if self._in_view[view][c]]
        ignorable = [c for c in members if self._missing[c] == "ignore" and absent[c].any()]
        everything = 0.0
        for c in members:
            everything += self._weights[c]
        present: Floats | float = everything
        nothing = np.zeros(shape, dtype=bool)
        if ignorable:
            present = np.zeros(shape)
            for c in members:
                left_out = absent[c] if c in ignorable else False
                present += np.where(left_out, 0.0, self._weights[c])
            # A pair of which nothing at all is known cannot be scaled up: it is neutral.
            nothing = present == 0
            present = np.where(nothing, everything, present)
        for c in members:
            filler = 0.5 if self._missing[c] == "neutral" else 0.0
            score = np.where(absent[c], filler, scores[c])
            weight: Floats | float = self._weights[c]
            if c in ignorable:
                score = np.where(absent[c] & nothing, 0.5, score)
                weight = np.where(absent[c] & ~nothing, 0.0, weight)
            parts[c] = np.rint(unit * weight / present * score)
        return parts
