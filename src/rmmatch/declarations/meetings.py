"""What a scheme says about meetings. Declared here; the dates are found later."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from rmmatch.declarations.declared import Declared

__all__ = ["Meetings"]

Whole = Annotated[int, Field(ge=1)]


class Meetings(Declared):
    """How often and how long a pair should meet.

    Attributes
    ----------
    count : (int, int)
        Least and most number of meetings.
    minutes : int
        Length of a meeting, in minutes.
    every_days : (int, int)
        Least and most days between two meetings.
    start, end : date
        First and last day.
    holidays : str, optional
        A calendar of public holidays, such as ``GB-ENG``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    count: tuple[Whole, Whole]
    minutes: Whole = 60
    every_days: tuple[Whole, Whole]
    start: date
    end: date
    holidays: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, low, high in (
            ("count", *self.count),
            ("every_days", *self.every_days),
            ("start and end", self.start.toordinal(), self.end.toordinal()),
        ):
            if low > high:
                raise ValueError(f"`{name}`: the first must not be larger than the second")
        return self
