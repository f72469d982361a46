"""Rules that measure a pair: grade gap, shared time, an attribute, the score itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rmmatch.cohort import Cohort, format_availability
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.named_answers import AnswerList, indifferent_people, or_text
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.numeric import Bools
from rmmatch.pairwise.kernels import Composite, EitherFlagged, FewerThan, Kernel
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
from rmmatch.rules.barred import BarredPeople, barred_mismatches, barred_people
from rmmatch.rules.base import Missing, Rule, broken_where
from rmmatch.rules.conditional import ConditionalRule

__all__ = ["AttributeRule", "AvailabilityRule", "MinimumScore", "PowerDistanceRule"]


class PowerDistanceRule(ConditionalRule):
    """Forbids pairs whose grade gap lies outside a window.

    The gap is *senior minus junior* in levels of the scheme's scale, see
    `rmmatch.criteria.PowerDistance`.

    Attributes
    ----------
    min_gap, max_gap : float, optional
        Both ends are allowed.
    missing : {'forbid', 'allow'}
        What happens to a pair of which a grade is missing.
    only_where, side
        As in `ConditionalRule`.

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

    def _measured_columns(self) -> tuple[str, ...]:
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
        yield from super().remarks(cohort, setting)
        yield from setting.direction_remarks(cohort)

    def _mask(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        low = -np.inf if self.min_gap is None else self.min_gap
        high = np.inf if self.max_gap is None else self.max_gap
        return broken_where(
            grade_gap(cohort, setting), self.missing, lambda gap: (gap < low) | (gap > high)
        )

    def describe(self) -> str:
        """Return the window."""
        ends = [("at least", self.min_gap), ("at most", self.max_gap)]
        window = " and ".join(f"{word} {end:g}" for word, end in ends if end is not None)
        return f"the grade gap must be {window}{self._condition}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the grades and the gap.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        text = gap_text(cohort, setting, mentee, mentor)
        return text + self._condition_fact(cohort, mentee, mentor)


class AvailabilityRule(ConditionalRule):
    """Forbids pairs who share less than so many minutes in a cycle.

    Attributes
    ----------
    min_minutes : float
    missing : {'forbid', 'allow'}
        What happens to a pair of which an availability is missing.
    only_where, side
        As in `ConditionalRule`.

    Examples
    --------
    >>> AvailabilityRule(min_minutes=60).describe()
    'they must share at least 60 minutes of free time'
    """

    type: Literal["availability"] = "availability"
    min_minutes: Annotated[float, Field(gt=0)]
    missing: Missing = "forbid"

    def _measured_columns(self) -> tuple[str, ...]:
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

    def _mask(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        return FewerThan(
            shared_minutes(cohort, setting), self.min_minutes, self.missing == "forbid"
        )

    def describe(self) -> str:
        """Return the minimum."""
        return (
            f"they must share at least {self.min_minutes:g} minutes of free time{self._condition}"
        )

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
            text = "availability missing"
        else:
            shared = common_stretches(slots[0], slots[1])
            text = f"shared: {format_availability(shared)}" if shared else "no shared time"
        return text + self._condition_fact(cohort, mentee, mentor)


class AttributeRule(ConditionalRule):
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
    any : tuple of str, optional
        Values that mean "no preference": a pair in which somebody has one is allowed.
    only_where, side
        As in `ConditionalRule`.

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
    any: AnswerList | None = None

    @model_validator(mode="after")
    def _gap_goes_with_within(self) -> Self:
        if (self.relation == "within") != (self.gap is not None):
            raise ValueError("`relation: within` and `gap:` need each other: give both")
        return self

    def _measured_columns(self) -> tuple[str, ...]:
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
            yield from number_mismatches(cohort, setting, self.column, self.any or ())
        # Once `any:` is written, empty or not, its author has thought of such people.
        elif self.any is None and not cohort.reading.settled:
            yield from barred_mismatches(cohort, setting, self.column, self._barred(cohort))

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield whom the rule excludes from every pair, where `any` says that this is meant.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from super().remarks(cohort, setting)
        if self.any is None or self.column in setting.sensitive:
            return
        for mismatch in barred_mismatches(cohort, setting, self.column, self._barred(cohort)):
            yield f"{self.title}: {mismatch.reason.replace('this rule', 'it')}"

    def _barred(self, cohort: Cohort) -> list[BarredPeople]:
        if self.relation not in ("same", "overlap") or not all(
            side.has(self.column) for side in cohort.sides
        ):
            return []
        return barred_people(
            cohort,
            self.column,
            several=self._reads_lists,
            allows_blank=self.missing == "allow",
            bound=None if self.only_where is None else self._bound(cohort),
            exempt=self._indifferent(cohort) if self.any else None,
        )

    @property
    def _reads_lists(self) -> bool:
        return self.relation == "overlap"

    def list_columns(self) -> tuple[str, ...]:
        """Return the column, where values of it are to be shared."""
        return (self.column,) if self._reads_lists else ()

    def _indifferent(self, cohort: Cohort) -> tuple[Bools, Bools]:
        return indifferent_people(cohort, self.column, self.any, several=self._reads_lists)

    def _mask(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        mask = self._mask_of_values(cohort)
        if not self.any:
            return mask
        indifferent = EitherFlagged(*self._indifferent(cohort))
        return Composite((mask, indifferent), lambda broken, is_open: broken & ~is_open)

    def _mask_of_values(self, cohort: Cohort) -> Kernel:
        if self.relation == "within":
            gap = self.gap or 0.0
            difference = number_difference(cohort, self.column, self.any or ())
            return broken_where(difference, self.missing, lambda values: values > gap)
        if self.relation == "overlap":
            return FewerThan(shared_values(cohort, self.column).counts, 1, self.missing == "forbid")
        wanted = float(self.relation == "same")
        same = same_value(cohort, self.column)
        return broken_where(same, self.missing, lambda alike: alike != wanted)

    def describe(self) -> str:
        """Return what the column must be."""
        column = self.column.replace("_", " ")
        wanted = {
            "within": f"be at most {self.gap or 0:g} apart",
            "overlap": "have something in common",
        }.get(self.relation, f"be {'the same' if self.relation == 'same' else 'different'}")
        exempt = f" (unless one of them is {or_text(self.any)})" if self.any else ""
        return f"{column} must {wanted}{exempt}{self._condition}"

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
            text = f"{self.column} missing"
        else:
            text = f"{self.column}: {mentee_value} and {mentor_value}"
        return text + self._condition_fact(cohort, mentee, mentor)


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
