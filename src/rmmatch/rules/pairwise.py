"""Rules that measure a pair: grade gap, shared time, an attribute, the score itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rmmatch.cohort import Cohort, format_availability
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.pairwise.kernels import FewerThan, Kernel
from rmmatch.pairwise.measures import (
    common_stretches,
    cycle_mismatches,
    gap_text,
    grade_gap,
    number_difference,
    number_mismatches,
    same_value,
    shared_minutes,
    shared_values,
)
from rmmatch.rules.base import Missing, Rule, broken_where

__all__ = ["AttributeRule", "AvailabilityRule", "MinimumScore", "PowerDistanceRule"]


class PowerDistanceRule(Rule):
    """Forbids pairs whose grade gap lies outside a window.

    The gap is *senior minus junior* in levels of the scheme's scale, see
    `rmmatch.criteria.PowerDistance`.

    Attributes
    ----------
    min_gap, max_gap : float, optional
        Both ends are allowed.
    missing : {'forbid', 'allow'}
        What happens to a pair of which a grade is missing.

    Examples
    --------
    >>> PowerDistanceRule(min_gap=2, max_gap=9).describe()
    'the grade gap must be at least 2 and at most 9'
    """

    type: Literal["power_distance"] = "power_distance"
    min_gap: float | None = None
    max_gap: float | None = None
    missing: Missing = "forbid"

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if self.min_gap is None and self.max_gap is None:
            raise ValueError("give `min_gap:`, `max_gap:` or both")
        if self.min_gap is not None and self.max_gap is not None and self.min_gap > self.max_gap:
            raise ValueError("`min_gap` is larger than `max_gap`: no pair could be allowed")
        return self

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
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        low = -np.inf if self.min_gap is None else self.min_gap
        high = np.inf if self.max_gap is None else self.max_gap
        return broken_where(
            grade_gap(cohort, setting), self.missing, lambda gap: (gap < low) | (gap > high)
        )

    def describe(self) -> str:
        """Return the window."""
        ends = [("at least", self.min_gap), ("at most", self.max_gap)]
        window = " and ".join(f"{word} {end:g}" for word, end in ends if end is not None)
        return f"the grade gap must be {window}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the grades and the gap.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return gap_text(cohort, setting, mentee, mentor)


class AvailabilityRule(Rule):
    """Forbids pairs who share less than so many minutes in a cycle.

    Attributes
    ----------
    min_minutes : float
    missing : {'forbid', 'allow'}
        What happens to a pair of which an availability is missing.

    Examples
    --------
    >>> AvailabilityRule(min_minutes=60).describe()
    'they must share at least 60 minutes of free time'
    """

    type: Literal["availability"] = "availability"
    min_minutes: Annotated[float, Field(gt=0)]
    missing: Missing = "forbid"

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
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        return FewerThan(
            shared_minutes(cohort, setting), self.min_minutes, self.missing == "forbid"
        )

    def describe(self) -> str:
        """Return the minimum."""
        return f"they must share at least {self.min_minutes:g} minutes of free time"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the time they share.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        slots = cohort.mentees.slots(mentee), cohort.mentors.slots(mentor)
        if slots[0] is None or slots[1] is None:
            return "availability missing"
        shared = common_stretches(slots[0], slots[1])
        return f"shared: {format_availability(shared)}" if shared else "no shared time"


class AttributeRule(Rule):
    """Forbids pairs that are not related in a column as they must be.

    Attributes
    ----------
    column : str
    relation : {'same', 'different', 'overlap', 'within'}
        What an allowed pair is: the same value, different values, at least one value in common
        (``;`` between several), numbers at most `gap` apart.
    gap : float, optional
        For ``within``, in the column's unit.
    missing : {'forbid', 'allow'}
        What happens to a pair of which a value is missing.

    Examples
    --------
    >>> AttributeRule(column="department", relation="different").describe()
    'department must be different'
    """

    type: Literal["attribute"] = "attribute"
    column: ColumnName
    relation: Literal["same", "different", "overlap", "within"]
    gap: Annotated[float, Field(ge=0)] | None = None
    missing: Missing = "forbid"

    @model_validator(mode="after")
    def _gap_goes_with_within(self) -> Self:
        if (self.relation == "within") != (self.gap is not None):
            raise ValueError("`relation: within` and `gap:` need each other: give both")
        return self

    def columns_used(self) -> tuple[str, ...]:
        """Return the column that is compared."""
        return (self.column,)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks: the column, or numbers in it.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from super().misfits(cohort, setting)
        if self.relation == "within":
            yield from number_mismatches(cohort, setting, self.column)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        if self.relation == "within":
            gap = self.gap or 0.0
            difference = number_difference(cohort, self.column)
            return broken_where(difference, self.missing, lambda values: values > gap)
        if self.relation == "overlap":
            return FewerThan(shared_values(cohort, self.column).counts, 1, self.missing == "forbid")
        wanted = float(self.relation == "same")
        same = same_value(cohort, self.column)
        return broken_where(same, self.missing, lambda alike: alike != wanted)

    def describe(self) -> str:
        """Return what the column must be."""
        column = self.column.replace("_", " ")
        if self.relation == "within":
            return f"{column} must be at most {self.gap:g} apart"
        if self.relation == "overlap":
            return f"{column} must have something in common"
        return f"{column} must be {'the same' if self.relation == 'same' else 'different'}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the two values.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        mentee_value = cohort.mentees.column(self.column)[mentee]
        mentor_value = cohort.mentors.column(self.column)[mentor]
        if mentee_value is None or mentor_value is None:
            return f"{self.column} missing"
        return f"{self.column}: {mentee_value} and {mentor_value}"


class MinimumScore(Rule):
    """Forbids pairs whose score is too low to be worth a meeting.

    Attributes
    ----------
    at_least : float
        In [0, 1].

    Examples
    --------
    >>> MinimumScore(at_least=0.3).describe()
    'the score must be at least 30 points'
    """

    type: Literal["minimum_score"] = "minimum_score"
    at_least: Annotated[float, Field(ge=0, le=1)]

    @property
    def score_floor(self) -> float | None:
        """The lowest score allowed."""
        return self.at_least

    def describe(self) -> str:
        """Return the minimum."""
        return f"the score must be at least {100 * self.at_least:g} points"
