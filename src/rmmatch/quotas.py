"""Quotas: how many of a group must, or may, be paired. Declared here; solving them comes later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rmmatch.cohort import Cohort
from rmmatch.declared import ColumnName, Misfit, column_misfits

__all__ = ["Quota"]

Count = Annotated[int, Field(ge=0)]


class Quota(BaseModel):
    """A bound on the people of one side that are paired, by the groups of a column.

    Attributes
    ----------
    side : {'mentors', 'mentees'}
    column : str
    value : str, optional
        The group it is about; or
    each : bool
        every group of the column; or
    parity : float, optional
        the largest difference between the paired rates of any two groups, in [0, 1].
    at_least, at_most : int, optional
        Bounds on the number of paired people, for `value` and `each`.

    Examples
    --------
    >>> Quota(side="mentors", column="organisation", value="ARC", at_least=2).at_least
    2
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    side: Literal["mentors", "mentees"]
    column: ColumnName
    value: str | None = None
    each: bool = False
    parity: Annotated[float, Field(ge=0, le=1)] | None = None
    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if [self.value is not None, self.each, self.parity is not None].count(True) != 1:
            raise ValueError("give exactly one of `value:`, `each: true`, `parity:`")
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        if (self.parity is None) != bool(bounds):
            raise ValueError("`value` and `each` need `at_least` or `at_most`; `parity` neither")
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            raise ValueError("`at_least` is larger than `at_most`")
        return self

    def columns_used(self) -> tuple[str, ...]:
        """Return the column that makes the groups."""
        return (self.column,)

    def misfits(self, cohort: Cohort) -> Iterator[Misfit]:
        """Yield a misfit where the side's table does not have the column."""
        role: Literal["mentor", "mentee"] = "mentor" if self.side == "mentors" else "mentee"
        yield from column_misfits(cohort, self.column, (role,))
