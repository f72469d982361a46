"""Goals: how much of what the mentee wants the mentor shares."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rmmatch.cohort import Cohort, Labels
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
from rmmatch.pairwise.kernels import Jaccard, Kernel, Profiles, Share, counts_kernel
from rmmatch.pairwise.measures import unique_profiles

__all__ = ["Goals"]

UNIT = 1000  # thousandths: degrees and rarity weights are whole, and so sums exact; exactness


class Goals(Criterion):
    r"""Overlap of the goals of the two.

    With degrees :math:`r(g, h)` (1 for the same goal, the `related` table's for two others, else
    0) a person with goals :math:`B` meets goal :math:`g` to the degree
    :math:`c_B(g) = \max_{h \in B} r(g, h)`. With mentee goals :math:`A`, mentor goals :math:`B`
    and weights :math:`w`:

    - ``coverage``, the share of what the mentee wants:
      :math:`\sum_{g \in A} w_g c_B(g) / \sum_{g \in A} w_g`;
    - ``jaccard``: :math:`S / (\sum_{A} w + \sum_{B} w - S)` with
      :math:`S = \tfrac12 (\sum_{g \in A} w_g c_B(g) + \sum_{h \in B} w_h c_A(h))`, which without
      related goals is :math:`|A \cap B| / |A \cup B|`.

    `rarity` makes a goal that few can serve count more: :math:`w_g = 1 + \ln((1+N)/(1+n_g))`
    with :math:`N` mentors who stated goals, :math:`n_g` of whom serve :math:`g` to any degree;
    the inverse document frequency of Spärck Jones (1972, J. Documentation 28:11–21), smoothed.
    Without it every :math:`w_g = 1`. Degrees and weights are rounded to thousandths, so that the
    score is one division of two whole numbers.

    Attributes
    ----------
    measure : {'coverage', 'jaccard'}
    rarity : bool
    related : dict of dict of float
        ``{goal: {other goal: degree in [0, 1]}}``, read both ways round.
    column : str

    Examples
    --------
    >>> Goals(weight=4, related={"leadership": {"career development": 0.5}}).measure
    'coverage'
    """

    type: Literal["goals"] = "goals"
    measure: Literal["coverage", "jaccard"] = "coverage"
    rarity: bool = False
    related: RelatedWords = Field(default_factory=dict)
    column: ColumnName = "goals"

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the goals."""
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
        degrees = related_degrees(self.related, labels.names)
        thousandths = {pair: round(degree * UNIT) for pair, degree in degrees.items()}
        related = related_entries(thousandths, size, UNIT)
        sides = labels.mentees, labels.mentors
        sets, codes = zip(*(unique_profiles(side) for side in sides), strict=True)
        stated_goals = [SparseRows.from_sets(words, size) for words in sets]
        met_goals = [person_goals.max_over(related) for person_goals in stated_goals]
        weights = self._weights(labels, met_goals[1].people_per_feature(codes[1]))
        wanted_goals = [person_goals.scaled(weights) for person_goals in stated_goals]
        missing = [side.lengths == 0 for side in sides]
        totals = [
            wanted.row_sums()[code] * UNIT for wanted, code in zip(wanted_goals, codes, strict=True)
        ]
        # For jaccard both ways in one product: twice the overlap, and so twice the totals.
        if self.measure == "coverage":
            features = wanted_goals[0], met_goals[1]
        elif len(related.values) == size:  # each goal to itself alone: the two ways are the same
            features = wanted_goals[0], met_goals[1].scaled(np.full(size, 2.0))
        else:
            features = wanted_goals[0].hstack(met_goals[0]), met_goals[1].hstack(wanted_goals[1])
        mentees, mentors = map(Profiles, features, codes, missing)
        counts = counts_kernel(mentees, mentors)
        if self.measure == "coverage":
            return Share(counts, np.where(missing[0], 1.0, totals[0]))
        return Jaccard(counts, (2 * totals[0], 2 * totals[1]))

    def _weights(self, labels: Labels, serving: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weight of each goal, by how many mentors serve it if rarity counts."""
        if not self.rarity:
            return np.ones(len(labels.names))
        stated = int((labels.mentors.lengths > 0).sum())
        numbers, codes = np.unique(serving, return_inverse=True)
        weights = [round(UNIT * (1 + math.log((1 + stated) / (1 + n)))) for n in numbers.tolist()]
        return np.array(weights, dtype=np.float64)[codes]

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return ``3 of 4 goals met: …`` in the words of the cohort.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        labels = cohort.labels(self.column, several=True)
        wanted, offered = labels.mentees[mentee].tolist(), labels.mentors[mentor].tolist()
        if not wanted or not offered:
            return "no goals given"
        met = [
            goal if goal == offer else f"{goal} (close to {offer})"
            for goal, offer in self._met_goals(cohort, mentee, mentor)
        ]
        if not met:
            goals = ", ".join(labels.names[goal] for goal in wanted)
            return f"none of {_count(wanted)} met: {goals}"
        n_close = sum("(close to " in goal for goal in met)
        close = f", {n_close} of these in part" if n_close else ""
        return f"{len(met)} of {_count(wanted)} met{close}: {', '.join(met)}"

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the goals that both have, or else those that are close to each other.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        met = self._met_goals(cohort, mentee, mentor)
        same = [goal for goal, offer in met if goal == offer]
        if same:
            return f"You both chose: {', '.join(same)}."
        close = "; ".join(f"{goal} and {offer}" for goal, offer in met)
        return f"Your goals are close to each other: {close}." if close else ""

    def _met_goals(self, cohort: Cohort, mentee: int, mentor: int) -> list[tuple[str, str]]:
        """Return each goal of the mentee that is met, and the word of the mentor that meets it."""
        labels = cohort.labels(self.column, several=True)
        wanted, offered = labels.mentees[mentee].tolist(), labels.mentors[mentor].tolist()
        places = {code: place for place, code in enumerate(offered)}
        to_each = related_to_each(self.related, labels.names, wanted + offered)
        met = []
        for goal in wanted:
            degree, best = (1.0, goal) if goal in places else nearest_word(goal, places, to_each)
            if degree > 0:
                met.append((labels.names[goal], labels.names[best]))
        return met


def _count(goals: list[int]) -> str:
    return f"{len(goals)} goal{'s' * (len(goals) > 1)}"
