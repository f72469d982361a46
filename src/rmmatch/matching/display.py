"""The values of tiers, pairs and people without a partner, as people read them."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from rmmatch.cohort import Cohort
from rmmatch.files import markup
from rmmatch.numeric import MILLION, Ints
from rmmatch.scheme import Scheme
from rmmatch.scheme.objectives import applicants_by_score
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores
from rmmatch.scoring.points import as_points, share_points

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Shown",
    "Value",
    "pairs_html",
    "percentage_at_most",
    "shown_text",
    "shown_value",
    "unit_of",
    "unpaired_html",
]


_MAX_SHOWN_ROWS = 100  # pairs, or people, of a table; wording
_MAX_SHOWN_ITEMS = 8  # numbers of a tier that compares lists; wording

Value: TypeAlias = int | tuple[int, ...]
Shown: TypeAlias = float | tuple[float, ...]


def pairs_html(
    cohort: Cohort, positions: tuple[Ints, Ints], scores: PairScores | None = None
) -> str:
    """Return pairs as an HTML table: both people by name, and points out of 100.

    Parameters
    ----------
    cohort : Cohort
        Says which names are hidden.
    positions : tuple of ndarray
        Of the mentees, and of their mentors.
    scores : PairScores, optional
        Without them the table has the people only.
    """
    n_pairs = len(positions[0])
    mentees, mentors = (side[: markup.MAX_SHOWN_ROWS] for side in positions)
    names = [
        (cohort.person_text("mentee", mentee), cohort.person_text("mentor", mentor))
        for mentee, mentor in zip(mentees.tolist(), mentors.tolist(), strict=True)
    ]
    if scores is None or not names:
        return markup.table(("Mentee", "Mentor"), names, f"Pairs: {n_pairs:,}", n_rows=n_pairs)
    terms = scores.terms_of_pairs(mentees, mentors)
    contributions = [amounts.tolist() for amounts in terms.contributions]
    rows = [
        (*people, as_points(score), *share_points([amounts[pair] for amounts in contributions]))
        for pair, (people, score) in enumerate(zip(names, terms.score.tolist(), strict=True))
    ]
    labels = [label.replace("_", " ").capitalize() for label in scores.criteria]
    caption = f"Pairs: {n_pairs:,}, with points out of 100"
    return markup.table(("Mentee", "Mentor", "Points", *labels), rows, caption, n_rows=n_pairs)


def unpaired_html(cohort: Cohort, unpaired: pd.DataFrame) -> str:
    """Return the people without a partner as an HTML table, by name.

    Parameters
    ----------
    cohort : Cohort
        Says which names are hidden.
    unpaired : DataFrame
        With the columns id, side and reason.
    """
    people = zip(*(unpaired[name].tolist() for name in ("id", "side", "reason")), strict=True)
    rows = [
        (cohort.person_text(role, cohort.side(role).position[id_]), role, reason)
        for id_, role, reason in islice(people, markup.MAX_SHOWN_ROWS)
    ]
    caption = f"Left out: {len(unpaired):,}"
    return markup.table(("Person", "Side", "Reason"), rows, caption, n_rows=len(unpaired))


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
    kind = TIERS[tier]
    if kind.direction == "min":
        return -1
    # pairs of two applicants count by the tier they stand before
    is_score = kind.origin == "reserves" and applicants_by_score(scheme.aims)
    return MILLION if is_score or kind.unit == "millionths" else 1


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
