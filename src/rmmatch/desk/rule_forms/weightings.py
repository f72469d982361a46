"""Up to three weightings of one cohort side by side: what stays, what differs, what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.files.json_data import JsonAnswer
from rmmatch.matching import Result
from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scoring.points import as_points, share_points
from rmmatch.solving import match

__all__ = ["MAX_WEIGHTINGS", "ComparedPair", "WeightingOutcome", "Weightings", "compare_weightings"]

MAX_WEIGHTINGS = 3  # that a page shows beside each other; wording


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """A pair that some of the weightings make.

    Attributes
    ----------
    mentee, mentor : str
        Ids.
    mentee_name, mentor_name : str
        As a coordinator reads them: name first.
    made_by : tuple of bool
        Which weightings make it.
    points : tuple of (int or None)
        What it is worth under each weighting, out of 100, made or not; None where it is not
        allowed.
    """

    mentee: str
    mentor: str
    mentee_name: str
    mentor_name: str
    made_by: tuple[bool, ...]
    points: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class WeightingOutcome:
    """What one weighting gives.

    Attributes
    ----------
    shares : dict of str to int
        Points out of 100 that each criterion can give, by its name.
    headline : str
    n_pairs : int
    mean_points : int or None
        Of its pairs, out of 100; None where there are none.
    worst_pair : ComparedPair or None
        The pair with the fewest points.
    criterion_points : dict of str to (int or None)
        How well its pairs do by each criterion, out of 100 whatever its weight; pairs of which
        data is missing are left out, and None stands where all are.
    n_unpaired : int
        People without a partner.
    """

    shares: Mapping[str, int]
    headline: str
    n_pairs: int
    mean_points: int | None
    worst_pair: ComparedPair | None
    criterion_points: Mapping[str, int | None]
    n_unpaired: int

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        return {
            "shares": dict(self.shares),
            "headline": self.headline,
            "n_pairs": self.n_pairs,
            "mean_points": self.mean_points,
            "worst_pair": None if self.worst_pair is None else _plain_pair(self.worst_pair),
            "criterion_points": dict(self.criterion_points),
            "n_unpaired": self.n_unpaired,
        }


@dataclass(frozen=True, slots=True)
class Weightings(JsonAnswer):
    """Weightings side by side.

    Attributes
    ----------
    outcomes : tuple of WeightingOutcome
        In the order given.
    same_pairs : tuple of ComparedPair
        Pairs that all weightings make.
    differing_pairs : tuple of ComparedPair
        Pairs that some make and others do not.
    """

    outcomes: tuple[WeightingOutcome, ...]
    same_pairs: tuple[ComparedPair, ...]
    differing_pairs: tuple[ComparedPair, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
            "same_pairs": [_plain_pair(pair) for pair in self.same_pairs],
            "differing_pairs": [_plain_pair(pair) for pair in self.differing_pairs],
        }


def compare_weightings(cohort: Cohort, schemes: Sequence[Scheme]) -> Weightings:
    """Pair a cohort by each of up to three schemes, and put what comes out side by side.

    Parameters
    ----------
    cohort : Cohort
    schemes : sequence of Scheme
        Alike but for their weights, as `with_changes` makes them; nothing refuses other ones.

    Raises
    ------
    ValueError
        There is no scheme, or there are more than three.
    SchemeError
        The cohort lacks something a scheme needs.

    Examples
    --------
    >>> from rmmatch import synthetic
    >>> from rmmatch.desk.rule_forms.answers import with_changes
    >>> cohort, scheme = synthetic.demo()
    >>> other = with_changes(scheme, {"criteria[0].weight": 1})
    >>> weightings = compare_weightings(cohort, [scheme, other])
    >>> [outcome.shares["goals"] for outcome in weightings.outcomes]
    [48, 14]
    """
    if not 1 <= len(schemes) <= MAX_WEIGHTINGS:
        raise ValueError(f"give one to {MAX_WEIGHTINGS} schemes, not {len(schemes)}")
    results = [match(cohort, scheme) for scheme in schemes]
    made = [set(result.matching or ()) for result in results]
    pairs = sorted(set().union(*made))
    points = [_points_of(result, pairs) for result in results]
    compared = {
        pair: ComparedPair(
            pair[0],
            pair[1],
            results[0].person_text("mentee", pair[0]),
            results[0].person_text("mentor", pair[1]),
            tuple(pair in matching for matching in made),
            tuple(as_points(score) if score >= 0 else None for score in scores),
        )
        for pair, *scores in zip(pairs, *points, strict=True)
    }
    return Weightings(
        tuple(_outcome(result, compared) for result in results),
        tuple(pair for pair in compared.values() if all(pair.made_by)),
        tuple(pair for pair in compared.values() if not all(pair.made_by)),
    )


def _points_of(result: Result, pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Return the scores of pairs under the scheme of a result, in millionths, -1 if forbidden."""
    cohort = result.cohort
    mentees = np.array([cohort.mentees.position[mentee] for mentee, _ in pairs], dtype=np.int64)
    mentors = np.array([cohort.mentors.position[mentor] for _, mentor in pairs], dtype=np.int64)
    scores: list[int] = result.scores.scores_of_pairs(mentees, mentors).tolist()
    return scores


def _outcome(result: Result, compared: Mapping[tuple[str, str], ComparedPair]) -> WeightingOutcome:
    labels, criteria = result.scheme.criterion_labels(), result.scheme.criteria
    total = sum(criterion.weight for criterion in criteria) or 1.0
    shares = share_points([round(MILLION * criterion.weight / total) for criterion in criteria])
    mean, worst = None, None
    means: dict[str, int | None] = dict.fromkeys(labels)
    if result.matching:
        scores = result.scores.scores_of_pairs(*result.positions)
        mean = as_points(round(int(scores.sum()) / len(scores)))
        worst = compared[[*result.matching][int(scores.argmin())]]
        means = _means(result, labels)
    return WeightingOutcome(
        dict(zip(labels, shares, strict=True)),
        result.headline,
        len(result.matching or ()),
        mean,
        worst,
        means,
        0 if result.matching is None else len(result.unpaired_rows),
    )


def _means(result: Result, labels: Sequence[str]) -> dict[str, int | None]:
    """Return the mean score of the pairs by each criterion, in points."""
    means: dict[str, int | None] = {}
    pairs = result.scores.pairs(*result.positions)
    for label in labels:
        values = [value for pair in pairs if (value := pair.raw[label]) is not None]
        means[label] = as_points(round(MILLION * sum(values) / len(values))) if values else None
    return means


def _plain_pair(pair: ComparedPair) -> dict[str, Any]:
    names = ("mentee", "mentor", "mentee_name", "mentor_name")
    lists = {"made_by": list(pair.made_by), "points": list(pair.points)}
    return {**{name: getattr(pair, name) for name in names}, **lists}
