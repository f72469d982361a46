"""Attribute: any column of the tables, alike or unlike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rmmatch.cohort import Cohort
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.pairwise.kernels import Composite, Kernel, Proximity
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
    ``close`` compares numbers: ``max(0, 1 - |a - b| / scale)``.

    Attributes
    ----------
    column : str
    prefer : {'same', 'different', 'overlap', 'close'}
    scale : float, optional
        For ``close``: the difference at which the score reaches 0, in the column's unit.

    Examples
    --------
    >>> Attribute(column="programme", weight=0.5, prefer="different").label
    'attribute_programme'
    """

    type: Literal["attribute"] = "attribute"
    column: ColumnName
    prefer: Literal["same", "different", "overlap", "close"] = "same"
    scale: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _scale_goes_with_close(self) -> Self:
        if (self.prefer == "close") != (self.scale is not None):
            raise ValueError("`prefer: close` and `scale:` need each other: give both")
        return self

    @property
    def label(self) -> str:
        """Name of the column of contributions."""
        return f"attribute_{self.column}"

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
        if self.prefer == "close":
            yield from number_mismatches(cohort, setting, self.column)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        if self.prefer == "close":
            return Proximity(*number_columns(cohort, self.column), self.scale or 1.0)
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
        if fold(mentee_value) != fold(mentor_value):
            return ""
        return f"You have the same {self.column.replace('_', ' ')}: {mentee_value}."
