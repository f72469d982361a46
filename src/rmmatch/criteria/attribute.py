"""Attribute: any column of the tables, alike or unlike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rmmatch.cohort import Cohort
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.named_answers import (
    AnswerList,
    BoundSide,
    OnlyWhere,
    bound_people,
    condition_mismatches,
    condition_remarks,
    indifferent_people,
)
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.numeric import Bools
from rmmatch.pairwise.kernels import Composite, EitherFlagged, Kernel, Proximity
from rmmatch.pairwise.measures import (
    number_columns,
    number_mismatches,
    same_value,
    shared_values,
)
from rmmatch.spelling import fold

__all__ = ["Attribute"]


class Attribute(Criterion):
    r"""Likeness of the two in one column.

    ``same`` and ``different`` score 1 or 0 by the whole cell. ``overlap`` compares cells of
    several values (``;`` between them) by :math:`|A \cap B| / |A \cup B|` (Jaccard).
    ``close`` compares numbers: ``max(0, 1 - |a - b| / scale)``. A pair that `any` or `only_where`
    exempts scores 1.

    Attributes
    ----------
    column : str
    prefer : {'same', 'different', 'overlap', 'close'}
    scale : float, optional
        For ``close``: the difference at which the score reaches 0, in the column's unit.
    any : tuple of str, optional
        Values that mean "no preference": a pair in which somebody has one scores 1.
    only_where : dict of str to tuple of str, optional
        Column → answers: the values matter only in the pairs in which somebody gave one of these
        answers, or left the column empty (but not with ``missing: ignore``).
    side : {'both', 'mentees', 'mentors'}
        Whose answers `only_where` is about.

    Examples
    --------
    >>> Attribute(column="programme", weight=0.5, prefer="different").label
    'attribute_programme'
    """

    type: Literal["attribute"] = "attribute"
    column: ColumnName
    prefer: Literal["same", "different", "overlap", "close"] = "same"
    scale: Annotated[float, Field(gt=0)] | None = None
    any: AnswerList | None = None
    only_where: OnlyWhere | None = None
    side: BoundSide = "both"

    @model_validator(mode="after")
    def _scale_goes_with_close(self) -> Self:
        if (self.prefer == "close") != (self.scale is not None):
            raise ValueError("`prefer: close` and `scale:` need each other: give both")
        if self.side != "both" and self.only_where is None:
            raise ValueError("`side:` says whose answers `only_where:` is about: give both")
        return self

    @property
    def label(self) -> str:
        """Name of the column of contributions."""
        return f"attribute_{self.column}"

    def columns_used(self) -> tuple[str, ...]:
        """Return the column that is compared, and those that say in which pairs it matters."""
        return tuple(dict.fromkeys((self.column, *(self.only_where or ()))))

    @property
    def _reads_lists(self) -> bool:
        return self.prefer == "overlap"

    def list_columns(self) -> tuple[str, ...]:
        """Return the column, where the values that are shared count."""
        return (self.column,) if self._reads_lists else ()

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks: the column, or numbers in it.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from column_mismatches(cohort, self.column)
        yield from condition_mismatches(cohort, setting, self.only_where or {}, self.side)
        if self.prefer == "close":
            yield from number_mismatches(cohort, setting, self.column, self.any or ())

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield the answers by which the criterion does not matter.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        only_where = self.only_where or {}
        yield from condition_remarks(cohort, setting, only_where, self.side, self.title)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        kernel = self._kernel_of_values(cohort)
        if self.any:
            indifferent = EitherFlagged(*self._indifferent(cohort))
            kernel = Composite(
                (kernel, indifferent), lambda scores, is_open: np.where(is_open, 1.0, scores)
            )
        if self.only_where is not None:
            matters = EitherFlagged(*self._bound(cohort))
            kernel = Composite(
                (kernel, matters), lambda scores, is_bound: np.where(is_bound, scores, 1.0)
            )
        return kernel

    def _indifferent(self, cohort: Cohort) -> tuple[Bools, Bools]:
        return indifferent_people(cohort, self.column, self.any, several=self._reads_lists)

    def _bound(self, cohort: Cohort) -> tuple[Bools, Bools]:
        blank = self.missing != "ignore"
        return bound_people(cohort, self.only_where or {}, self.side, blank=blank)

    def _exemption(self, cohort: Cohort, mentee: int, mentor: int) -> str:
        """Return why the values of a pair do not matter; empty where they do."""
        words = self.column.replace("_", " ")
        if self.only_where is not None:
            is_bound = self._bound(cohort)
            if not (is_bound[0][mentee] or is_bound[1][mentor]):
                return f"{words} does not matter to them"
        if self.any:
            for side, person, flags in zip(
                cohort.sides, (mentee, mentor), self._indifferent(cohort), strict=True
            ):
                if flags[person]:
                    return f"any {words} will do: {side.column(self.column)[person]}"
        return ""

    def _kernel_of_values(self, cohort: Cohort) -> Kernel:
        if self.prefer == "close":
            numbers = number_columns(cohort, self.column, self.any or ())
            return Proximity(*numbers, self.scale or 1.0)
        if self.prefer == "overlap":
            return shared_values(cohort, self.column)
        same = same_value(cohort, self.column)
        if self.prefer == "same":
            return same
        return Composite((same,), lambda alike: 1.0 - alike)

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the two values.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        if exemption := self._exemption(cohort, mentee, mentor):
            return exemption
        words = self.column.replace("_", " ")
        mentee_value = cohort.mentees.column(self.column)[mentee]
        mentor_value = cohort.mentors.column(self.column)[mentor]
        if mentee_value is None or mentor_value is None:
            return f"no {words} given"
        if fold(mentee_value) == fold(mentor_value):
            return f"the same {words}: {mentee_value}"
        return f"{words}: {mentee_value} and {mentor_value}"

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the value where it is the same.

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
            return ""
        if fold(mentee_value) != fold(mentor_value) or fold(mentee_value) in map(
            fold, self.any or ()
        ):
            return ""
        return f"You have the same {self.column.replace('_', ' ')}: {mentee_value}."
