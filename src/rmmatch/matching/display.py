"""The values of tiers as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scheme.objectives import Aim, applicants_by_score
from rmmatch.scheme.tiers import tier_kind
from rmmatch.scoring import PairScores
from rmmatch.scoring.points import as_points, points_text, share_points

if TYPE_CHECKING:
    from rmmatch.numeric import Ints

__all__ = [
    "Shown",
    "Value",
    "change_text",
    "list_text",
    "missing_proof_text",
    "n_text",
    "percentage_at_most",
    "points_rows",
    "points_text_table",
    "proved_text",
    "shown_text",
    "shown_value",
    "tier_words",
    "unit_of",
    "unproved_tier",
]


_MAX_SHOWN_ROWS = 100  # pairs, or people, of a table; wording
_MAX_SHOWN_ITEMS = 8  # numbers of a tier that compares lists; wording

_COUNTED_NOUNS = {
    "pairs": "pair",
    "applicants": "pair of two applicants",
    "priority": "priority point",
    "participation": "person with a partner",
    "kept_pairs": "kept pair",
    "quota_shortfall": "missed quota place",
    "blocking_pairs": "blocking pair",
}
_LISTED_PAIR = "pair listed as "
_PLURALS = {
    "pair of two applicants": "pairs of two applicants",
    "person with a partner": "people with a partner",
}
_SCORE_WORDS = {"total": "the total score", "worst_pair": "the lowest score of a pair"}

Value: TypeAlias = int | tuple[int, ...]
Shown: TypeAlias = float | tuple[float, ...]


def shown_value(scheme: Scheme, tier: str, value: Value) -> Shown:
    """Return a tier's value as people read it: scores in units of 1, counts as they are.

    Parameters
    ----------
    scheme : Scheme
    tier : str
    value : int or tuple of int
        As of `Result.values`.
    """
    unit = unit_of(scheme, tier)
    if isinstance(value, tuple):
        return tuple(item / unit for item in value) if unit > 1 else value
    return value / unit if unit > 1 else value * unit


def unit_of(scheme: Scheme, tier: str) -> int:
    """Return what a tier's value is divided by to be read: -1 where people count what is lost.

    Parameters
    ----------
    scheme : Scheme
        Whose objective says whether pairs of applicants count by their scores.
    tier : str
    """
    kind = tier_kind(tier)
    if kind.direction == "min":
        return -1
    # pairs of two applicants count by the tier they stand before
    is_score = kind.origin == "reserves" and applicants_by_score(scheme.aims)
    return MILLION if is_score or kind.unit == "millionths" else 1


def unproved_tier(
    aims: Sequence[Aim], values: Mapping[str, Value], bounds: Mapping[str, Value]
) -> str | None:
    """Return the first tier that might be better; None where every tier is proved.

    Parameters
    ----------
    aims : sequence of Aim
        Of the scheme: they say how much of a tier later ones may give up.
    values, bounds : mapping of str to int or tuple of int
        As of `Result`.
    """
    slack = {aim.label: aim.slack for aim in aims}
    for tier, value in values.items():
        bound = bounds.get(tier)
        if bound == value:
            continue
        if not isinstance(bound, int) or not isinstance(value, int):
            return tier
        allowed = slack[tier](bound) if tier in slack else 0
        if bound - allowed > value:
            return tier
    return None


def percentage_at_most(share: float) -> str:
    """Return a share above 0 as a percentage, rounded up to two digits that count.

    Parameters
    ----------
    share : float
        Above 0.

    Examples
    --------
    >>> percentage_at_most(0.011231), percentage_at_most(0.00001267), percentage_at_most(1)
    ('1.13%', '0.0013%', '100.00%')
    """
    digits = max(2, -math.floor(math.log10(100 * share)) + 1)
    return f"{math.ceil(100 * share * 10**digits) / 10**digits:.{digits}f}%"


def n_text(count: int, noun: str) -> str:
    """Return a number with its noun.

    Parameters
    ----------
    count : int
    noun : str
        Of one.

    Examples
    --------
    >>> n_text(1, "pair"), n_text(1200, "pair")
    ('1 pair', '1,200 pairs')
    """
    if count != 1:
        noun = _PLURALS.get(noun) or (
            noun.replace("pair ", "pairs ", 1) if noun.startswith(_LISTED_PAIR) else f"{noun}s"
        )
    return f"{count:,} {noun}"


def list_text(texts: Sequence[str]) -> str:
    """Return texts as a sentence has them.

    Parameters
    ----------
    texts : sequence of str
        At least one.

    Examples
    --------
    >>> list_text(["Ann"]), list_text(["Ann", "Bo", "Cy"])
    ('Ann', 'Ann, Bo and Cy')
    """
    *first_texts, last_text = texts
    return f"{', '.join(first_texts)} and {last_text}" if first_texts else last_text


def tier_words(tier: str) -> str:
    """Return what a sentence calls a tier.

    Parameters
    ----------
    tier : str

    Examples
    --------
    >>> tier_words("kept_pairs"), tier_words("fewest past_pair"), tier_words("fewest same_team")
    ('kept pairs', 'repeats', "pairs listed as 'same_team'")
    """
    kind = tier_kind(tier)
    if kind.is_repeatable:
        return n_text(0, _counted_noun(tier)).removeprefix("0 ")
    return kind.words.replace("_", " ")


def _counted_noun(tier: str) -> str:
    """Return what a tier counts one of; nothing where it does not count."""
    name, _, relation = tier.partition(" ")
    if name != "fewest":
        return _COUNTED_NOUNS.get(tier, "")
    return "repeat" if relation == "past_pair" else f"{_LISTED_PAIR}{relation!r}"


def proved_text(scheme: Scheme, proof: str) -> str:
    """Return what is proved: the best of all, or of those that keep the most earlier pairs.

    Parameters
    ----------
    scheme : Scheme
    proof : str
        By whom: ``proved``, ``proved by the solver``.
    """
    if scheme.aims[0].tier == "kept_pairs":
        return f"No better pairing keeps as many of the earlier pairs ({proof})."
    return f"No better pairing exists under your rules ({proof})."


def missing_proof_text(scheme: Scheme, tier: str, value: Value, bound: Value | None) -> str:
    """Say how much better a pairing might be on the first tier that is not proved.

    Parameters
    ----------
    scheme : Scheme
    tier : str
    value : int or tuple of int
        As of `Result.values`.
    bound : int, tuple of int or None
        As of `Result.bounds`.
    """
    if not isinstance(value, int) or not isinstance(bound, int):
        return "A better pairing may exist: how much better is not known."
    if abs(unit_of(scheme, tier)) == 1 and (noun := _counted_noun(tier)):
        word = "more" if tier_kind(tier).direction == "max" else "fewer"
        number, noun = n_text(bound - value, noun).split(" ", 1)
        return f"A better pairing may exist, with up to {number} {word} {noun}."
    share = percentage_at_most((bound - value) / max(1, abs(bound)))
    words = _SCORE_WORDS.get(tier, f"the objective '{tier}'")
    return f"A better pairing may exist: {words} is within {share} of the best possible."


def change_text(scheme: Scheme, tier: str, change: int) -> str:
    """Return a change of a tier in words: "2 fewer pairs", "14 points less".

    Parameters
    ----------
    scheme : Scheme
    tier : str
    change : int
        Of a value as `Result.values` has it: positive where the pairing is better. Not 0.

    Examples
    --------
    >>> scheme = Scheme()
    >>> change_text(scheme, "pairs", -1), change_text(scheme, "blocking_pairs", -2)
    ('1 fewer pair', '2 more blocking pairs')
    >>> change_text(scheme, "total", 140_000), change_text(scheme, "total", -1)
    ('14 points more', 'less than 1 point less')
    """
    unit = unit_of(scheme, tier)
    if unit == MILLION:
        return f"{points_text(change)} {'more' if change > 0 else 'less'}"
    shown_change = change * unit
    noun = _counted_noun(tier) or tier_kind(tier).words
    number, noun = n_text(abs(shown_change), noun).split(" ", 1)
    return f"{number} {'more' if shown_change > 0 else 'fewer'} {noun}"


def points_rows(scores: PairScores, mentees: Ints, mentors: Ints) -> list[tuple[Any, ...]]:
    """Return pairs as people read them: both names, points out of 100, and their parts.

    The parts are whole numbers that add up to the points.

    Parameters
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions, in cohort order.

    Returns
    -------
    list of tuple
        Mentee, mentor and points, then a part for each criterion.
    """
    terms = scores.terms_of_pairs(mentees, mentors)
    names_of_sides = (
        [scores.cohort.person_text(side.role, person) for person in people.tolist()]
        for side, people in zip(scores.cohort.sides, (mentees, mentors), strict=True)
    )
    points = map(as_points, terms.score.tolist())
    parts = map(share_points, terms.contributions.T.tolist())
    return [(*pair, *shares) for *pair, shares in zip(*names_of_sides, points, parts, strict=True)]


def points_text_table(scores: PairScores, mentees: Ints, mentors: Ints) -> str:
    """Return what `points_rows` does as a table of plain text.

    Parameters
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions, in cohort order.
    """
    import pandas as pd

    header = ["mentee", "mentor", "points", *scores.criteria]
    table = pd.DataFrame(points_rows(scores, mentees, mentors), columns=header)
    return table.to_string(index=False)


def shown_text(value: Shown) -> str:
    """Return a tier's value in few words: of a list the first items.

    Parameters
    ----------
    value : float or tuple of float
        As `shown_value` returns it.
    """
    if not isinstance(value, tuple):
        return f"{value:.6g}"
    more = " …" if len(value) > _MAX_SHOWN_ITEMS else ""
    return "(" + " ".join(f"{item:.4g}" for item in value[:_MAX_SHOWN_ITEMS]) + more + ")"
