"""Preference: whom people want as a partner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from rmmatch.cohort import Cohort, Relation, Role, Side
from rmmatch.criteria.base import Criterion
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.pairwise.base import Block
from rmmatch.pairwise.kernels import Composite, Kernel, SparsePairs

__all__ = ["Preference"]

_ROLES_OF_SIDE: dict[str, tuple[Role, ...]] = {
    "mentee": ("mentee",),
    "mentor": ("mentor",),
    "both": ("mentee", "mentor"),
}


class Preference(Criterion):
    """Place in the other's preference list: ``1 - r / k`` for place r = 0, 1, … of k listed.

    Only people of the other side count among the k. Somebody not listed scores 0; a person
    without a list is missing data. With ``side: both`` the mean of the two sides counts, or the
    one there is.

    Attributes
    ----------
    side : {'both', 'mentee', 'mentor'}
        Whose preferences count. For the two sides to see a pair differently, declare one
        criterion with ``side: mentee, view: mentee`` and one for the mentors.

    Examples
    --------
    >>> Preference(side="mentor", view="mentor").side
    'mentor'
    """

    type: Literal["preference"] = "preference"
    side: Literal["both", "mentee", "mentor"] = "both"

    @property
    def label(self) -> str:
        """Name of the column of contributions."""
        return "preference" if self.side == "both" else f"preference_{self.side}"

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the preferences."""
        return ("preferences",)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a mismatch where no side whose preferences count has any.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        roles = _ROLES_OF_SIDE[self.side]
        if not any(cohort.side(role).has("preferences") for role in roles):
            yield from column_mismatches(cohort, "preferences", roles)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        kernels = {
            "mentee": _preference_kernel(cohort.mentees, across=False),
            "mentor": _preference_kernel(cohort.mentors, across=True),
        }
        if self.side != "both":
            return kernels[self.side]
        return Composite((kernels["mentee"], kernels["mentor"]), _mean_of_present)

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the place that each of the two gave the other.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        parts = []
        places = {"mentee": (mentee, mentor), "mentor": (mentor, mentee)}
        for role in _ROLES_OF_SIDE[self.side]:
            person, partner = places[role]
            listed = cohort.side(role).preferences[person].tolist()
            if not listed:
                parts.append(f"the {role} listed nobody")
            elif partner in listed:
                parts.append(f"the {role}'s choice {listed.index(partner) + 1} of {len(listed)}")
            else:
                parts.append(f"not among the {role}'s {len(listed)} choices")
        return "; ".join(parts)


def _preference_kernel(side: Side, *, across: bool) -> SparsePairs:
    """Return the kernel of one side's preferences; `across` where that side is the columns."""
    lists = side.preferences
    lengths = np.repeat(lists.lengths, lists.lengths)
    places = np.arange(len(lists.indices)) - np.repeat(lists.indptr[:-1], lists.lengths)
    values = 1.0 - places / lengths
    mentees, mentors = (lists.indices, lists.rows) if across else (lists.rows, lists.indices)
    order = np.lexsort((mentors, mentees))
    default_values = np.where(lists.lengths > 0, 0.0, np.nan)
    return SparsePairs(
        Relation(mentees[order], mentors[order]),
        values[order],
        default_values[None, :] if across else default_values[:, None],
    )


def _mean_of_present(mentee: Block, mentor: Block) -> Block:
    mean = (mentee + mentor) / 2
    return np.where(np.isnan(mentee), mentor, np.where(np.isnan(mentor), mentee, mean))
