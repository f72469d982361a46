"""Availability: whether the two can meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rmmatch.cohort import Cohort, format_availability
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.pairwise.kernels import Kernel, Share
from rmmatch.pairwise.measures import common_stretches, cycle_mismatches, shared_minutes

__all__ = ["Availability"]


class Availability(Criterion):
    """Minutes both are free in a cycle, up to `enough`: ``min(1, shared / enough)``.

    The measure is absolute on purpose. It is not divided by what either person entered, so
    nobody gains by entering little (half an hour that happens to be shared is half an hour, not
    a perfect fit), and it stops at `enough`, so nobody who enters the whole week crowds out the
    others. Someone who enters little loses no more than the meeting time they really lack: every
    minute added up to `enough` counts the same, and adding time never lowers a score.

    Attributes
    ----------
    enough : float
        Shared minutes in a cycle that score 1.

    Examples
    --------
    >>> Availability(weight=2, enough=180).enough
    180.0
    """

    type: Literal["availability"] = "availability"
    enough: Annotated[float, Field(gt=0)] = 120.0

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the availability."""
        return ("availability",)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks, or a week beyond the cycle.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from super().misfits(cohort, setting)
        yield from cycle_mismatches(cohort, setting)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        return Share(shared_minutes(cohort, setting), np.full(cohort.n_mentees, self.enough))

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return ``both free Wed 13:00-15:00, 120 minutes in all``.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        slots = cohort.mentees.slots(mentee), cohort.mentors.slots(mentor)
        if slots[0] is None or slots[1] is None:
            return "no availability given"
        shared = common_stretches(slots[0], slots[1])
        if not shared:
            return "no free time in common"
        minutes = sum(
            (slot.end - slot.start) * (setting.cycle_weeks if slot.week is None else 1)
            for slot in shared
        )
        return f"both free {format_availability(shared)}, {minutes} minutes in all"

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return when both are free.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        slots = cohort.mentees.slots(mentee), cohort.mentors.slots(mentor)
        shared = common_stretches(slots[0] or (), slots[1] or ())
        return f"You are both free: {format_availability(shared)}." if shared else ""
