"""The rule behind a criterion's `must_have`: a pair that scores 0 on it is forbidden."""

from __future__ import annotations

from typing import Any

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.criteria import Criterion
from rmmatch.declarations.setting import SchemeContext
from rmmatch.pairwise.base import Block
from rmmatch.pairwise.kernels import Composite, Kernel
from rmmatch.rules.base import Rule

__all__ = ["MustHave"]


class MustHave(Rule):
    """Forbids the pairs that score 0 on a criterion.

    `PairScores` makes one for each criterion with `must_have`. Its `type` has no default, so that
    the class is not registered: a scheme file writes ``must_have`` at the criterion.

    Attributes
    ----------
    label : str
        What the scheme calls the criterion.
    criterion : Criterion
    kernel : Kernel
        The criterion's scores, NaN where data is missing.

    Examples
    --------
    >>> goals = Criterion.registry["goals"](must_have=True)
    >>> MustHave(type="must_have", label="goals", criterion=goals, kernel=None).describe()
    'the score for goals must be above 0'
    """

    label: str
    criterion: Criterion
    kernel: Any

    def columns_used(self) -> tuple[str, ...]:
        """Return the columns of the criterion."""
        return self.criterion.columns_used()

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        forbids_missing = self.criterion.missing == "zero"

        def broken(scores: Block) -> Block:
            return np.where(np.isnan(scores), forbids_missing, scores <= 0)

        return Composite((self.kernel,), broken)

    def describe(self) -> str:
        """Return which criterion must be above 0."""
        return f"the score for {self.label} must be above 0"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the facts behind the score of the criterion.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return self.criterion.fact(cohort, setting, mentee, mentor)
