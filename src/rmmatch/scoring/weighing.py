"""From scores in [0, 1] to whole contributions: weights, views and missing data.

The one place that says what a score means. With the weights W of a view, a criterion of weight w
that gives s contributes ``round(10⁶ · w/ΣW · s)`` millionths, halves to even, computed in IEEE
double precision from left to right. Where some criteria belong to one view only, each view's
half ``round(½ · 10⁶ · w/ΣW · s)`` is rounded by itself; the contribution to the pair's score is
the sum of the two halves, to a view twice its half: so the mean of the views *is* the score.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rmmatch.criteria import Criterion
from rmmatch.numeric import MILLION, Floats, Ints
from rmmatch.scoring.terms import ScoreTerms

__all__ = ["Weighting"]


class Weighting:
    """The weights of a scheme's criteria, ready to be applied to many pairs at once.

    Parameters
    ----------
    criteria : sequence of Criterion

    Attributes
    ----------
    has_two_views : bool
        Whether some criteria belong to one view only.
    """

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self._weights = [criterion.weight for criterion in criteria]
        self._missing = [criterion.missing for criterion in criteria]
        self._in_view = [
            [criterion.view in ("both", view) for criterion in criteria]
            for view in ("mentee", "mentor")
        ]
        self.has_two_views = self._in_view[0] != self._in_view[1]

    def terms(self, scores: Sequence[Floats], shape: tuple[int, ...]) -> ScoreTerms:
        """Return the contributions and views of a block, or of listed pairs.

        Parameters
        ----------
        scores : sequence of ndarray of float64
            A block, or a list of pairs, for each criterion, in [0, 1], NaN where data is missing.
        shape : (int, int) or (int,)
            Of the block, or of the list of pairs.
        """
        absent = [np.isnan(block) for block in scores]
        if not self.has_two_views:
            contributions = self._view_terms(scores, absent, 0, MILLION, shape)
            total = contributions.sum(axis=0)
            return ScoreTerms(contributions, total, total)
        mentee, mentor = (self._view_terms(scores, absent, v, MILLION // 2, shape) for v in (0, 1))
        return ScoreTerms(mentee + mentor, 2 * mentee.sum(axis=0), 2 * mentor.sum(axis=0))

    def term_if_nothing_missing(self, criterion: int, scores: Floats) -> Ints:
        """Return what one criterion contributes where nothing is left out of the score.

        Parameters
        ----------
        criterion : int
            Position among the scheme's criteria.
        scores : ndarray of float64
            In [0, 1], NaN where data is missing; any shape.

        Returns
        -------
        ndarray of int64
            Millionths, of the same shape.
        """
        filler = 0.5 if self._missing[criterion] == "neutral" else 0.0
        filled = np.where(np.isnan(scores), filler, scores)
        contributions = np.zeros(filled.shape, dtype=np.int64)
        for factor in self.weight_factors(criterion):
            contributions += np.rint(factor * filled).astype(np.int64)
        return contributions

    def weight_factors(self, criterion: int) -> list[float]:
        """Return what a full score contributes, one number for each rounding of a contribution.

        Parameters
        ----------
        criterion : int
            Position among the scheme's criteria.

        Returns
        -------
        list of float
            Millionths; of two views a number for each that the criterion belongs to.
        """
        views = (0, 1) if self.has_two_views else (0,)
        unit = MILLION // 2 if self.has_two_views else MILLION
        factors = []
        for view in views:
            if self._in_view[view][criterion]:
                total_weight = 0.0
                for c, weight in enumerate(self._weights):
                    total_weight += weight if self._in_view[view][c] else 0.0
                factors.append(unit * self._weights[criterion] / total_weight)
        return factors

    def drops_missing(self, criterion: int) -> bool:
        """Tell whether missing data of a criterion changes the weight of all other criteria.

        Parameters
        ----------
        criterion : int
            Position among the scheme's criteria.
        """
        return self._missing[criterion] == "ignore"

    def _view_terms(
        self,
        scores: Sequence[Floats],
        absent: Sequence[NDArray[np.bool_]],
        view: int,
        unit: int,
        shape: tuple[int, ...],
    ) -> Ints:
        """Return the rounded contributions to one view, zero for criteria that are not in it."""
        contributions = np.zeros((len(scores), *shape), dtype=np.int64)
        members = [c for c in range(len(scores)) if self._in_view[view][c]]
        with_ignored = [c for c in members if self._missing[c] == "ignore" and absent[c].any()]
        total_weight = 0.0
        for c in members:
            total_weight += self._weights[c]
        present_weight: Floats | float = total_weight
        is_unknown = np.zeros(shape, dtype=bool)
        if with_ignored:
            present_weight = np.zeros(shape)
            for c in members:
                left_out = absent[c] if c in with_ignored else False
                present_weight += np.where(left_out, 0.0, self._weights[c])
            # A pair of which no data is known cannot be scaled up: it is neutral.
            is_unknown = present_weight == 0
            present_weight = np.where(is_unknown, total_weight, present_weight)
        for c in members:
            filler = 0.5 if self._missing[c] == "neutral" else 0.0
            score = np.where(absent[c], filler, scores[c])
            weight: Floats | float = self._weights[c]
            if c in with_ignored:
                score = np.where(absent[c] & is_unknown, 0.5, score)
                weight = np.where(absent[c] & ~is_unknown, 0.0, weight)
            contributions[c] = np.rint(unit * weight / present_weight * score)
        return contributions
