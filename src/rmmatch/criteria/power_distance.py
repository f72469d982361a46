"""Power distance: how far apart two people stand on the grade scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rmmatch.cohort import Cohort
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.pairwise.kernels import Composite, Kernel
from rmmatch.pairwise.measures import gap_text, grade_gap

__all__ = ["PowerDistance"]


class PowerDistance(Criterion):
    """Nearness of the grade gap to a target: ``max(0, 1 - |gap - target| / spread)``.

    The gap is *senior minus junior* in levels of the scheme's scale: mentee minus mentor in a
    ``reverse`` scheme. The score is 1 at the target and falls evenly to 0 at `spread` levels
    from it on either side.

    Attributes
    ----------
    target : float
        The gap that scores 1, in levels.
    spread : float
        Distance from the target, in levels, at which the score reaches 0.

    Examples
    --------
    >>> PowerDistance(target=4, spread=3).spread
    3.0
    """

    type: Literal["power_distance"] = "power_distance"
    target: float
    spread: Annotated[float, Field(gt=0)] = 3.0

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the grades."""
        return ("grade",)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks, and every grade off the scale.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from super().misfits(cohort, setting)
        yield from setting.grade_mismatches(cohort)

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield a remark where the sides seem to be swapped.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from setting.direction_remarks(cohort)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        return Composite(
            (grade_gap(cohort, setting),),
            lambda gap: np.maximum(0.0, 1.0 - np.abs(gap - self.target) / self.spread),
        )

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return ``ST4 → Consultant, gap 5; the target is 4``.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return f"{gap_text(cohort, setting, mentee, mentor)}; the target is {self.target:g}"
