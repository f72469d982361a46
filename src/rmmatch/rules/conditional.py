"""Rules that may bind only some people, by what they answered in a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from rmmatch.cohort import Cohort
from rmmatch.declarations.named_answers import (
    BoundSide,
    OnlyWhere,
    bound_people,
    condition_mismatches,
    condition_remarks,
    condition_text,
)
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.numeric import Bools
from rmmatch.pairwise.kernels import Composite, EitherFlagged, Kernel
from rmmatch.rules.base import Missing, Rule

__all__ = ["ConditionalRule"]


class ConditionalRule(Rule):
    """Base of the rules that measure a pair, and may bind only where somebody asks for it.

    Attributes
    ----------
    missing : {'forbid', 'allow'}
        What happens to a pair of which the data is missing; also whether the rule binds somebody
        who left a column of `only_where` empty.
    only_where : dict of str to tuple of str, optional
        Column → answers: the rule binds only the pairs in which somebody gave one of them (in
        each column, where there are several). ``yes`` and ``no`` stand for y, n, true, false, 1
        and 0 too.
    side : {'both', 'mentees', 'mentors'}
        Whose answers `only_where` is about.
    """

    only_where: OnlyWhere | None = None
    side: BoundSide = "both"

    if TYPE_CHECKING:  # each class declares it, after what it measures
        missing: Missing = "forbid"

    @model_validator(mode="after")
    def _side_goes_with_a_condition(self) -> Self:
        if self.side != "both" and self.only_where is None:
            raise ValueError("`side:` says whose answers `only_where:` is about: give both")
        return self

    def _measured_columns(self) -> tuple[str, ...]:
        """Return the columns that are compared, which both tables must have."""
        raise NotImplementedError

    def _mask(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask of a rule that binds everybody."""
        raise NotImplementedError

    def columns_used(self) -> tuple[str, ...]:
        """Return the columns that are compared, and those that say whom the rule binds."""
        return tuple(dict.fromkeys((*self._measured_columns(), *(self.only_where or ()))))

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks, and a condition that nobody meets.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        for name in self._measured_columns():
            yield from column_mismatches(cohort, name)
        yield from condition_mismatches(cohort, setting, self.only_where or {}, self.side)

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield the answers by which the rule does not bind.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        title = "a confidential rule" if self.reads_sensitive(setting) else self.title
        yield from condition_remarks(cohort, setting, self.only_where or {}, self.side, title)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        mask = self._mask(cohort, setting)
        if self.only_where is None:
            return mask
        binds = EitherFlagged(*self._bound(cohort))
        return Composite((mask, binds), lambda broken, is_bound: broken & is_bound)

    def _bound(self, cohort: Cohort) -> tuple[Bools, Bools]:
        blank = self.missing == "forbid"
        return bound_people(cohort, self.only_where or {}, self.side, blank=blank)

    @property
    def _condition(self) -> str:
        """The condition in words, as the end of a sentence; empty where there is none."""
        return condition_text(self.only_where, self.side) if self.only_where else ""

    def _condition_fact(self, cohort: Cohort, mentee: int, mentor: int) -> str:
        """Return who makes the rule bind this pair, as the end of a sentence."""
        if self.only_where is None:
            return ""
        parts = []
        for side, person, flags in zip(
            cohort.sides, (mentee, mentor), self._bound(cohort), strict=True
        ):
            if flags[person]:
                who = cohort.person_text(side.role, person)
                parts += [
                    f"{who} left {column.replace('_', ' ')} empty"
                    if (cell := side.column(column)[person]) is None
                    else f"{who} answered {cell!r} under {column.replace('_', ' ')}"
                    for column in self.only_where
                ]
        return "".join(f"; {part}" for part in parts)
