"""Workplace: the same, a different one, or one near by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rmmatch.cohort import Cohort, Labels
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.numeric import pair_keys
from rmmatch.pairwise.base import Block
from rmmatch.pairwise.kernels import Composite, Kernel, Outer
from rmmatch.pairwise.measures import same_value
from rmmatch.spelling import fold

__all__ = ["Workplace"]

_MAX_TABLE_CELLS = 1 << 20  # of a table of every two places, 8 MiB; speed only
Distance = Annotated[float, Field(ge=0)]


class Workplace(Criterion):
    """Whether the two work at the same place.

    ``same`` and ``different`` score 1 or 0. ``near`` scores ``max(0, 1 - d / far)`` with the
    distance ``d`` of the two places: 0 for the same place, the `distances` table's for two
    others, the smaller where both directions are written; two places without a distance count as
    missing data.

    Attributes
    ----------
    prefer : {'same', 'different', 'near'}
    distances : dict of dict of float
        ``{place: {other place: distance}}`` in any one unit, read both ways round.
    far : float, optional
        The distance from which on a pair scores 0; by default the largest in the table.
    column : str
        ``workplace``, or ``organisation``, ``department``, ….

    Examples
    --------
    >>> Workplace(prefer="near", distances={"North": {"South": 12}}).column
    'workplace'
    """

    type: Literal["workplace"] = "workplace"
    prefer: Literal["same", "different", "near"] = "different"
    distances: dict[str, dict[str, Distance]] = Field(default_factory=dict)
    far: Annotated[float, Field(gt=0)] | None = None
    column: ColumnName = "workplace"

    @model_validator(mode="after")
    def _distances_go_with_near(self) -> Self:
        if (self.prefer == "near") != bool(self.distances):
            raise ValueError("`prefer: near` and `distances:` need each other: give both")
        return self

    @property
    def label(self) -> str:
        """Name of the column of contributions."""
        return self.column

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the workplace."""
        return (self.column,)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what the cohort lacks: the column, or any place of the distance table.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from super().misfits(cohort, setting)
        if self.prefer == "near":
            names = cohort.labels(self.column, several=False).names
            if len(names) > 1 and not self._between(names):
                yield Mismatch(
                    "distances",
                    "",
                    f"no distance is given between two places in the column {self.column!r}",
                    "write the places as the tables have them",
                    code="unknown_places",
                )

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        labels = cohort.labels(self.column, several=False)
        size = len(labels.names)
        if (size + 1) ** 2 > _MAX_TABLE_CELLS:
            return self._distance_kernel(cohort, labels)
        table = np.full((size + 1, size + 1), np.nan)  # the last row and column: missing
        if self.prefer == "near":
            np.fill_diagonal(table[:size, :size], 1.0)
            far = self._far
            for pair, distance in self._between(labels.names).items():
                table[pair] = max(0.0, 1.0 - distance / far)
        else:
            same = np.eye(size)
            table[:size, :size] = same if self.prefer == "same" else 1.0 - same
        return Outer(
            labels.mentees.first,
            labels.mentors.first,
            lambda mentee, mentor: table[mentee, mentor],
        )

    def _distance_kernel(self, cohort: Cohort, labels: Labels) -> Kernel:
        """Return the kernel of many places, without a table of every two of them."""
        same = same_value(cohort, self.column)
        if self.prefer != "near":
            return same if self.prefer == "same" else Composite((same,), lambda alike: 1.0 - alike)
        size = len(labels.names)
        between = {(0, -1): np.nan}  # the key of missing data
        between |= {(place, place): 0.0 for place in range(size)} | self._between(labels.names)
        places = np.array(list(between), dtype=np.int64)
        keys = pair_keys(places[:, 0], places[:, 1], size)
        order = np.argsort(keys)
        keys = keys[order]
        distances = np.array(list(between.values()), dtype=np.float64)[order]
        with np.errstate(over="ignore"):
            values = np.maximum(0.0, 1.0 - distances / self._far)

        def closeness(mentee: Block, mentor: Block) -> Block:
            wanted = np.where((mentee < 0) | (mentor < 0), -1, pair_keys(mentee, mentor, size))
            entry = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            return np.where(keys[entry] == wanted, values[entry], np.nan)

        return Outer(labels.mentees.first, labels.mentors.first, closeness)

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the two places.

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
        names = tuple(sorted((mentee_value, mentor_value)))
        distance = self._between(names).get((0, 1))
        apart = "" if distance is None else f", {distance:g} apart"
        return f"different {words}: {mentee_value} and {mentor_value}{apart}"

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the place where both work.

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

    @property
    def _far(self) -> float:
        return self.far or max(d for row in self.distances.values() for d in row.values()) or 1.0

    def _between(self, names: tuple[str, ...]) -> dict[tuple[int, int], float]:
        """Return the distance of every two places that the table joins, by positions in `names`."""
        code = {fold(name): index for index, name in enumerate(names)}
        between: dict[tuple[int, int], float] = {}
        for place, row in self.distances.items():
            for far_place, distance in row.items():
                start, end = code.get(fold(place)), code.get(fold(far_place))
                if start is None or end is None or start == end:
                    continue
                for key in ((start, end), (end, start)):
                    between[key] = min(distance, between.get(key, distance))
        return between
