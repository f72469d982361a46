"""Pairs, and people without a partner, as notebooks show them: by name, in points out of 100."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from rmmatch.cohort import Cohort
from rmmatch.files import markup
from rmmatch.matching.display import points_rows
from rmmatch.numeric import Ints
from rmmatch.scoring import PairScores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["pairs_html", "unpaired_html"]


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
    if scores is None or not n_pairs:
        names = [
            (cohort.person_text("mentee", mentee), cohort.person_text("mentor", mentor))
            for mentee, mentor in zip(mentees.tolist(), mentors.tolist(), strict=True)
        ]
        return markup.table(("Mentee", "Mentor"), names, f"Pairs: {n_pairs:,}", n_rows=n_pairs)
    labels = [label.replace("_", " ").capitalize() for label in scores.criteria]
    rows = points_rows(scores, mentees, mentors)
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
