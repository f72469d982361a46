"""Speciality: the nearest pair of what the two work in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rmmatch.cohort import Cohort
from rmmatch.criteria.base import (
    Criterion,
    RelatedWords,
    nearest_word,
    related_degrees,
    related_entries,
    related_remarks,
    related_to_each,
)
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.setting import SchemeContext
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import Kernel, Profiles, max_product_kernel
from rmmatch.pairwise.measures import unique_profiles

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
    related: RelatedWords = Field(default_factory=dict)
    column: ColumnName = "speciality"

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the specialities."""
        return (self.column,)

    def list_columns(self) -> tuple[str, ...]:
        """Return the column, of which each cell holds several values."""
        return (self.column,)

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield the words of the table of related values that nobody has written.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from related_remarks(self.related, cohort, self.column)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        labels = cohort.labels(self.column, several=True)
        size = len(labels.names)
        related = related_entries(related_degrees(self.related, labels.names), size)
        # People with the same specialities share a row.
        sides = labels.mentees, labels.mentors
        sets, codes = zip(*(unique_profiles(side) for side in sides), strict=True)
        stated = [SparseRows.from_sets(words, size) for words in sets]
        missing = [side.lengths == 0 for side in sides]
        mentees, mentors = map(Profiles, (stated[0].max_over(related), stated[1]), codes, missing)
        return max_product_kernel(mentees, mentors)

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the two specialities that count.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        labels = cohort.labels(self.column, several=True)
        mentee_words = labels.mentees[mentee].tolist()
        mentor_words = labels.mentors[mentor].tolist()
        if not mentee_words or not mentor_words:
            return "no speciality given"
        places = {code: place for place, code in enumerate(mentor_words)}
        to_each = related_to_each(self.related, labels.names, mentee_words + mentor_words)
        nearest = ((*nearest_word(word, places, to_each), word) for word in mentee_words)
        degree, mentor_word, mentee_word = max(nearest, key=lambda pair: pair[0])
        if mentee_word == mentor_word:
            return f"both {labels.names[mentee_word]}"
        names = f"{labels.names[mentee_word]} and {labels.names[mentor_word]}"
        return f"{names} are related" if degree > 0 else f"{names} are not related"

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the speciality that both have.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        labels = cohort.labels(self.column, several=True)
        mentor_words = labels.mentors[mentor].tolist()
        same = [word for word in labels.mentees[mentee].tolist() if word in mentor_words]
        names = ", ".join(labels.names[word] for word in same)
        return f"You have the same {self.column.replace('_', ' ')}: {names}." if names else ""
