"""Why this pair, why nobody: every number of a score with the facts behind it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Role
from rmmatch.matching import Result
from rmmatch.scoring import PairScore, PairScores
from rmmatch.scoring.weighing import MILLION

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation", "explain", "explain_all"]

Ints = NDArray[np.int64]
_STRIP = 64  # pairs whose partners are ranked at once
_OTHER: dict[Role, Role] = {"mentee": "mentor", "mentor": "mentee"}
_HANDLED = {"neutral": "counts as 0.5", "zero": "counts as 0", "ignore": "left out of the score"}


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """An answer in sentences, with the numbers as a table.

    Attributes
    ----------
    title : str
        What is explained.
    sentences : tuple of str
        Plain English.
    rows : tuple of dict
        The rows of `table`.
    """

    title: str
    sentences: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def table(self) -> pd.DataFrame:
        """For pairs: mentee, mentor, criterion, score, weight, contribution, fact. Else the rules.

        Scores and contributions are in [0, 1]; the contributions of a pair add up to its score.
        For an unpaired person: rule, and how many of the other side it forbade.
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {sentence}" for sentence in self.sentences)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.sentences)
        return f"<p><strong>{html.escape(self.title)}</strong></p><ul>{items}</ul>"


def explain(result: Result, *, mentee: str | None = None, mentor: str | None = None) -> Explanation:
    """Explain a pair, or what became of one person.

    With both ids: that pair, whether it was chosen or not. With one: the person's pairs, or why
    there is none: how many of the other side each rule forbade, and whether anybody acceptable
    was there. Values of sensitive columns are never shown; a rule on one is "a scheme rule".

    Parameters
    ----------
    result : Result
    mentee, mentor : str, optional
        Ids; at least one.

    Returns
    -------
    Explanation

    Raises
    ------
    CohortError
        Nobody has the id; the nearest one is named.
    NoMatchingError
        The result has no matching.
    ValueError
        Neither id is given.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> pair = rm.explain(result, mentee=result.pairs.mentee[0], mentor=result.pairs.mentor[0])
    >>> bool(abs(pair.table.contribution.sum() - result.pairs.score[0]) < 1e-9)
    True
    """
    scores = result.scores
    if mentee is not None and mentor is not None:
        ends = scores.position("mentee", mentee), scores.position("mentor", mentor)
        return _pairs(result, np.array([ends[0]]), np.array([ends[1]]))[0]
    role: Role = "mentee" if mentor is None else "mentor"
    id_ = mentee if mentor is None else mentor
    if id_ is None:
        raise ValueError("give mentee=, mentor= or both")
    id_ = str(id_)
    person = scores.position(role, id_)
    rows, columns = result.made.positions(result.cohort)
    paired = (rows if role == "mentee" else columns) == person
    if not paired.any():
        return next(_unpaired(result, role, np.array([person])))
    parts = _pairs(result, rows[paired], columns[paired])
    sentences = [sentence for part in parts for sentence in (part.title, *part.sentences)]
    return Explanation(
        f"{role} {id_} has {len(parts)} pair{'s' if len(parts) > 1 else ''}",
        tuple(sentences),
        tuple(row for part in parts for row in part.rows),
    )


def explain_all(result: Result) -> list[Explanation]:
    """Explain every pair, then every unpaired person.

    Parameters
    ----------
    result : Result

    Returns
    -------
    list of Explanation
    """
    rows, columns = result.made.positions(result.cohort)
    explanations = _pairs(result, rows, columns)
    for side, paired in zip(result.cohort.sides, (rows, columns), strict=True):
        people = np.setdiff1d(np.arange(len(side)), paired)
        explanations += _unpaired(result, side.role, people)
    return explanations


def _pairs(result: Result, mentees: Ints, mentors: Ints) -> list[Explanation]:
    """Explain listed pairs, given as positions."""
    scores = result.scores
    made, pinned = set(result.made), _pinned(scores)
    ranks = _ranks(scores, mentees, mentors)
    positions = zip(mentees.tolist(), mentors.tolist(), strict=True)
    explanations = []
    for one, at, choices in zip(scores.pairs(mentees, mentors), positions, ranks, strict=True):
        rows, sentences = _criteria(scores, one, at)
        if one.forbidden_by is not None:
            title = f"{one.mentee} and {one.mentor} may not be paired."
            broken = scores.broken_rules(*at)
            sentences = [f"Forbidden by {rule}{': ' + why if why else ''}." for rule, why in broken]
        else:
            is_made = (one.mentee, one.mentor) in made
            state = "are paired" if is_made else "could be paired, and are not"
            state += " (pinned)" if at in pinned else ""
            shown = f"{one.score / MILLION:.3f}"
            title = f"{one.mentee} and {one.mentor} {state}: score {shown} of 1."
            sentences += choices if is_made else []
        explanations.append(Explanation(title, tuple(sentences), tuple(rows)))
    return explanations


def _criteria(
    scores: PairScores, one: PairScore, at: tuple[int, int]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what each criterion gives a pair, as rows and as sentences."""
    rows: list[dict[str, Any]] = []
    sentences: list[str] = []
    weights = sum(criterion.weight for criterion in scores.scheme.criteria)
    for name, criterion in zip(scores.criteria, scores.scheme.criteria, strict=True):
        raw, contribution = one.raw[name], one.contributions[name] / MILLION
        fact = criterion.fact(scores.cohort, scores.setting, *at)
        shown = f"missing, {_HANDLED[criterion.missing]}" if raw is None else f"{raw:.3f}"
        rows.append(
            {
                "mentee": one.mentee,
                "mentor": one.mentor,
                "criterion": name,
                "score": np.nan if raw is None else raw,
                "weight": criterion.weight,
                "contribution": contribution,
                "fact": fact,
            }
        )
        sentences.append(
            f"{name}: {fact + '; ' if fact else ''}scores {shown}, weight {criterion.weight:g} of "
            f"{weights:g}, contributes {contribution:.3f}."
        )
    return rows, sentences


def _pinned(scores: PairScores) -> set[tuple[int, int]]:
    return set(zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True))


def _ranks(scores: PairScores, rows: Ints, columns: Ints) -> list[list[str]]:
    """Say, for listed pairs, which choice of each the other is, by that side's own view."""
    mentees, mentors = (np.arange(size) for size in scores.shape)
    told: list[list[str]] = []
    for start in range(0, len(rows), _STRIP):
        some = rows[start : start + _STRIP], columns[start : start + _STRIP]
        views: tuple[tuple[Role, Ints, Ints], ...] = (
            ("mentee", scores.views(some[0], mentors)[0], some[1]),
            ("mentor", scores.views(mentees, some[1])[1].T, some[0]),
        )
        sentences = []
        for role, view, partners in views:
            own = np.take_along_axis(view, partners[:, None], axis=1)
            choices, acceptable = (view > own).sum(axis=1) + 1, (view >= 0).sum(axis=1)
            sentences.append(
                [
                    f"For the {role} this is choice {choice} of {count} acceptable {_OTHER[role]}s."
                    for choice, count in zip(choices.tolist(), acceptable.tolist(), strict=True)
                ]
            )
        told += map(list, zip(*sentences, strict=True))
    return told


def _unpaired(result: Result, role: Role, people: Ints) -> Iterator[Explanation]:
    """Explain why people, given as positions on one side, have no partner."""
    scores = result.scores
    side, other = scores.cohort.side(role), scores.cohort.side(_OTHER[role])
    taken = result.made.positions(scores.cohort)[1 if role == "mentee" else 0]
    has_place = np.bincount(taken, minlength=len(other)) < other.capacity
    partners = scores.partners(role, people)
    for person, (acceptable, forbidden) in zip(people.tolist(), partners, strict=True):
        rows = tuple({"rule": rule, "forbade": count} for rule, count in forbidden.items())
        sentences = []
        if side.status[person] == "reserve":
            sentences.append("They are a reserve: used only where no applicant can fill the place.")
        if side.capacity[person] == 0:
            sentences.append("Their capacity is 0.")
        barred = scores.barred_by(role, person)
        if barred:
            sentences.append(f"They may not be paired with anybody: {', '.join(barred)}.")
        for rule, count in sorted(forbidden.items(), key=lambda item: -item[1]):
            sentences.append(f"{count} of {len(other)} {other.role}s: forbidden by {rule}.")
        count, free = int(acceptable.sum()), int((acceptable & has_place).sum())
        if not count:
            sentences.append(f"No {other.role} was acceptable.")
        else:
            sentences.append(f"{count} of {len(other)} {other.role}s would have been acceptable.")
            sentences.append(
                f"{free} of them still {'has' if free == 1 else 'have'} a free place."
                if free
                else "All of these are paired with others, and have no place left."
            )
        yield Explanation(f"{role} {side.ids[person]} is not paired.", tuple(sentences), rows)
