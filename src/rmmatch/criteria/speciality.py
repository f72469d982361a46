"""Speciality: the nearest pair of what the two work in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rmmatch.cohort import Cohort, Ragged
from rmmatch.criteria.base import Criterion, Related, related_degrees, related_remarks
from rmmatch.declared import ColumnName, Setting
from rmmatch.kernels import Kernel, Outer
from rmmatch.measures import distinct_sets

__all__ = ["Speciality"]


class Speciality(Criterion):
    """Similarity of the most similar two specialities, one of each person's.

    The same speciality scores 1, two that the `related` table joins score its degree, others 0;
    of several specialities the best pair counts.

    Attributes
    ----------
    related : dict of dict of float
        ``{speciality: {other: degree in [0, 1]}}``, read both ways round.
    column : str

    Examples
    --------
    >>> Speciality(weight=2, related={"cardiology": {"respiratory": 0.4}}).column
    'speciality'
    """

    type: Literal["speciality"] = "speciality"
    related: Related = Field(default_factory=dict)
    column: ColumnName = "speciality"

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the specialities."""
        return (self.column,)

    def remarks(self, cohort: Cohort, setting: Setting) -> Iterator[str]:
        """Yield the words of the table of related values that nobody has written."""
        yield from related_remarks(self.related, cohort, self.column)

    def prepare(self, cohort: Cohort, setting: Setting) -> Kernel:
        """Return the kernel of the scores."""
        labels = cohort.labels(self.column, several=True)
        similar = np.eye(len(labels.names))
        for pair, degree in related_degrees(self.related, labels.names).items():
            if pair[0] != pair[1]:
                similar[pair] = degree
        # People with the same specialities share a row of the table.
        groups, codes = zip(
            *(distinct_sets(side) for side in (labels.mentees, labels.mentors)), strict=True
        )
        table = _best(_best(similar, groups[0]).T, groups[1]).T
        return Outer(codes[0], codes[1], lambda mentee, mentor: table[mentee, mentor])

    def fact(self, cohort: Cohort, setting: Setting, mentee: int, mentor: int) -> str:
        """Return the two specialities that count."""
        labels = cohort.labels(self.column, several=True)
        mine, theirs = labels.mentees[mentee].tolist(), labels.mentors[mentor].tolist()
        if not mine or not theirs:
            return "speciality missing"
        degrees = related_degrees(self.related, labels.names)
        pairs = [(1.0 if a == b else degrees.get((a, b), 0.0), a, b) for a in mine for b in theirs]
        degree, a, b = max(pairs, key=lambda pair: pair[0])
        if a == b:
            return f"both {labels.names[a]}"
        names = f"{labels.names[a]} and {labels.names[b]}"
        return f"{names} are related ({degree:g})" if degree > 0 else f"{names} differ"


def _best(similar: NDArray[np.float64], groups: Ragged) -> NDArray[np.float64]:
    """Return the largest of the rows of each group, NaN for the empty group."""
    best = np.full((len(groups), similar.shape[1]), np.nan)
    for row in range(len(groups)):
        if len(groups[row]):
            best[row] = similar[groups[row]].max(axis=0)
    return best
