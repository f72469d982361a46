"""Goals: how much of what the mentee wants the mentor shares."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from rmmatch.cohort import Cohort, Labels, Ragged
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

__all__ = ["Goals", "place_weights"]

UNIT = 1000  # thousandths: degrees and weights of goals are whole, and so sums exact; exactness


def _falling(value: Any) -> Any:
    """Return the key `ranked` once it is true, false, or weights that fall."""
    if isinstance(value, bool):
        return value
    numbers: list[Any] = list(value) if isinstance(value, list | tuple) else []
    if not numbers or not all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    ):
        raise ValueError("must be true, false, or a list of weights such as [1, 0.5, 0.33]")
    if not all(0 < number <= 1e9 for number in numbers):
        raise ValueError("every weight must be above 0, and at most a thousand million")
    if any(after > before for before, after in pairwise(numbers)):
        raise ValueError("no weight may be above the one before: the first wish comes first")
    if UNIT * numbers[-1] < numbers[0]:
        raise ValueError("no weight may be below a thousandth of the first")
    return tuple(map(float, numbers))


RankWeights = Annotated[bool | tuple[float, ...], BeforeValidator(_falling)]


def place_weights(ranked: bool | tuple[float, ...], n_places: int) -> list[int]:
    """Return what goals count by their place in a list, in thousandths.

    Parameters
    ----------
    ranked : bool or tuple of float
        As in `Goals`; not False.
    n_places : int

    Examples
    --------
    >>> place_weights(True, 4), place_weights((3, 2), 4)
    ([1000, 500, 333, 250], [1000, 667, 667, 667])
    """
    if not isinstance(ranked, tuple):
        return [max(1, round(UNIT / place)) for place in range(1, n_places + 1)]
    shares = [max(1, round(UNIT * number / ranked[0])) for number in ranked]
    return [shares[min(place, len(shares) - 1)] for place in range(n_places)]


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

    `ranked` makes a mentee's first goal count more than the third: the weight of the goal in place
    :math:`k` of the mentee's list is multiplied by :math:`1/k`, the rank reciprocal weights of
    Stillwell, Seaver & Edwards (1981, Organizational Behavior and Human Performance 28:62–77).
    Weights may also be given, the first place first; the first then counts 1 and the others in
    proportion, and places beyond the last one given count as much as that. The order is that in
    the mentee's cell; that of the mentor's goals means nothing, so that `ranked` goes with
    ``coverage`` only.

    Attributes
    ----------
    measure : {'coverage', 'jaccard'}
    rarity : bool
    ranked : bool or tuple of float
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
    ranked: RankWeights = False
    related: RelatedWords = Field(default_factory=dict)
    column: ColumnName = "goals"

    @model_validator(mode="after")
    def _ranks_have_a_measure(self) -> Self:
        if self.ranked and self.measure == "jaccard":
            raise ValueError(
                "`ranked` goes with `measure: coverage`: only the mentee's list is an order of "
                "wishes, and `jaccard` looks at both lists alike"
            )
        return self

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the goals."""
        return (self.column,)

    def list_columns(self) -> tuple[str, ...]:
        """Return the column, of which each cell holds several values."""
        return (self.column,)

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield the words of related values that nobody has written, and ranks that nobody has.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from related_remarks(self.related, cohort, self.column)
        if self.ranked and self.column not in setting.sensitive:
            lengths = cohort.labels(self.column, several=True).mentees.lengths
            if lengths.any() and lengths.max() == 1:
                yield (
                    f"{self.column}: no mentee lists more than one, so `ranked` has no effect. "
                    "Several goals need `;` between them."
                )

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
        is_ordered = bool(self.ranked), False
        sets, codes = zip(*map(unique_profiles, sides, is_ordered), strict=True)
        stated_goals = [self._ranked_goals(sets[0], size), SparseRows.from_sets(sets[1], size)]
        met_goals = [person_goals.max_over(related) for person_goals in stated_goals]
        weights = self._weights(labels, met_goals[1].people_per_feature(codes[1]))
        wanted_goals = [person_goals.scaled(weights) for person_goals in stated_goals]
        if self.ranked and self.rarity:  # the product of two weights in thousandths
            wanted_goals[0] = wanted_goals[0].rounded(UNIT)
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

    def _ranked_goals(self, lists: Ragged, size: int) -> SparseRows:
        """Return the goals of each list, by place in thousandths where `ranked`, else 1 each."""
        if not self.ranked:
            return SparseRows.from_sets(lists, size)
        places = np.arange(len(lists.indices)) - np.repeat(lists.indptr[:-1], lists.lengths)
        n_places = int(lists.lengths.max(initial=0))
        weights = np.array(place_weights(self.ranked, n_places), dtype=np.float64)
        shape = len(lists), size
        return SparseRows.from_terms(lists.rows, lists.indices, weights[places], shape)

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
        met_goals = self._met_goals(cohort, mentee, mentor)
        met = [goal if goal == offer else f"{goal} (close to {offer})" for goal, offer in met_goals]
        if not met:
            goals = ", ".join(labels.names[goal] for goal in wanted)
            return f"none of {_count(wanted)} met: {goals}"
        n_close = sum("(close to " in goal for goal in met)
        close = f", {n_close} of these in part" if n_close else ""
        if self.ranked and len(wanted) > 1:
            is_met = met_goals[0][0] == labels.names[wanted[0]]  # they are in the mentee's order
            close += f" (first wish {'' if is_met else 'not '}met)"
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
        same = self.same_goals(cohort, mentee, mentor)
        if same:
            return f"You both chose: {', '.join(same)}."
        met = self._met_goals(cohort, mentee, mentor)
        close = "; ".join(f"{goal} and {offer}" for goal, offer in met)
        return f"Your goals are close to each other: {close}." if close else ""

    def same_goals(self, cohort: Cohort, mentee: int, mentor: int) -> list[str]:
        """Return the goals that both have.

        Parameters
        ----------
        cohort : Cohort
        mentee, mentor : int
            Positions, in cohort order.
        """
        met = self._met_goals(cohort, mentee, mentor)
        return [goal for goal, offer in met if goal == offer]

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
