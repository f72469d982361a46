"""Rules about one person at a time: who may take part at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.cohort.cells import YES_NO
from rmmatch.declarations.base import ColumnName, NotEmpty
from rmmatch.declarations.declared import Many
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.pairwise.kernels import EitherFlagged, Kernel
from rmmatch.rules.base import Rule
from rmmatch.spelling import fold

__all__ = ["Eligible", "NotWithdrawn"]

YES = tuple(word for word, meaning in YES_NO.items() if meaning == "yes")


class Eligible(Rule):
    """Only people with a yes in a column (or one of `values`) may be paired; a blank is a no.

    Attributes
    ----------
    column : str
    side : {'both', 'mentees', 'mentors'}
        Whom the rule binds. Every table it binds must have the column.
    values : tuple of str
        The values that make a person eligible; by default yes, y, true, 1 in any case.

    Examples
    --------
    >>> Eligible(column="attended_training").describe()
    'people must have attended training'
    >>> Eligible(column="dbs_check", side="mentors", values=["clear"]).describe()
    "mentors must have 'clear' under dbs check"
    """

    type: Literal["eligible"] = "eligible"
    column: ColumnName = "attended_training"
    side: Literal["both", "mentees", "mentors"] = "both"
    values: Annotated[Many[str], NotEmpty] = YES

    def columns_used(self) -> tuple[str, ...]:
        """Return the column that decides."""
        return (self.column,)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a mismatch for each table that the rule binds and that lacks the column.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        roles: tuple[Role, ...] = ("mentee", "mentor")
        if self.side != "both":
            roles = ("mentee",) if self.side == "mentees" else ("mentor",)
        lacking = [role for role in roles if not cohort.side(role).has(self.column)]
        for mismatch in column_mismatches(cohort, self.column, roles):
            if len(lacking) == 1 and self.side == "both":
                bound = "mentors" if lacking == ["mentee"] else "mentees"
                remedy = f"{mismatch.remedy}; or bind the other side only: `side: {bound}`"
                mismatch = mismatch._replace(remedy=remedy)
            yield mismatch

    def _barred(self, side: Side) -> NDArray[np.bool_]:
        if self.side not in ("both", side.role + "s"):
            return np.zeros(len(side), dtype=bool)
        accepted = {fold(value) for value in self.values}
        if self.column == "attended_training":  # read as yes or no, however it was written
            accepted = {YES_NO.get(value, value) for value in accepted}
        cells = side.column(self.column)
        return np.array([cell is None or fold(cell) not in accepted for cell in cells], dtype=bool)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        return EitherFlagged(self._barred(cohort.mentees), self._barred(cohort.mentors))

    def describe(self) -> str:
        """Return what people need."""
        subject = "people" if self.side == "both" else self.side
        if self.column == "attended_training":
            return f"{subject} must have attended training"
        wanted = "a yes" if self.values == YES else " or ".join(map(repr, self.values))
        return f"{subject} must have {wanted} under {self.column.replace('_', ' ')}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return who is not eligible.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        barred = [
            side.ids[person]
            for side, person in ((cohort.mentees, mentee), (cohort.mentors, mentor))
            if self._barred(side)[person]
        ]
        return f"{' and '.join(barred)}: {self.column} is not {self.values[0]}"


class NotWithdrawn(Rule):
    """People whose status is ``withdrawn`` are not paired; always in force."""

    type: Literal["not_withdrawn"] = "not_withdrawn"

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        mentees, mentors = (side.status == "withdrawn" for side in cohort.sides)
        return EitherFlagged(mentees.astype(bool), mentors.astype(bool))

    def describe(self) -> str:
        """Return what the rule does."""
        return "people who have withdrawn are not paired"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return who withdrew.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        withdrawn = [
            side.ids[person]
            for side, person in ((cohort.mentees, mentee), (cohort.mentors, mentor))
            if side.status[person] == "withdrawn"
        ]
        return f"{' and '.join(withdrawn)} withdrew"
