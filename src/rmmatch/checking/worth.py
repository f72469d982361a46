"""What pairs and people add to each tier, and how many pairs a person may have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Side
from rmmatch.scoring import PairScores

__all__ = ["Worth", "exact_sum", "load_bounds"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Worth:
    """The tiers of one cohort under one scheme.

    Parameters
    ----------
    scores : PairScores

    Attributes
    ----------
    tiers : tuple of str
        In order; the first is ``applicants`` where there are reserves.
    applicants : (ndarray of bool, ndarray of bool)
        Mentees, mentors who are no reserves.
    """

    def __init__(self, scores: PairScores) -> None:
        self._scores = scores
        self._sides = scores.cohort.sides
        self._objective = scores.scheme.objective
        mentees, mentors = (np.asarray(side.status != "reserve") for side in self._sides)
        self.applicants: tuple[Bools, Bools] = mentees, mentors
        has_reserves = not (mentees.all() and mentors.all())
        self.tiers = (*(["applicants"] if has_reserves else []), *self._objective)

    def weight(self, tier: str, *, both: bool) -> int | None:
        """Return what each pair adds to a tier, None for its score.

        Parameters
        ----------
        tier : str
        both : bool
            Of pairs of which neither is a reserve, or of all others.
        """
        if tier == "total":
            return None
        if tier == "pairs":
            return 1
        if tier == "priority" or not both:
            return 0
        return None if self._objective[0] == "total" else 1

    def weights(self, tier: str, mentees: Ints, mentors: Ints, scores: Ints) -> Ints:
        """Return what listed pairs with these scores add to a tier, shape (n_pairs,)."""
        both = self.applicants[0][mentees] & self.applicants[1][mentors]
        each = [self.weight(tier, both=kind) for kind in (True, False)]
        those, others = (scores if weight is None else weight for weight in each)
        return np.where(both, those, others)

    def rewards(self, tier: str, side: Side) -> Ints:
        """Return what each person of a side adds to a tier once they have a partner."""
        return side.priority if tier == "priority" else np.zeros_like(side.priority)

    def of(self, mentees: Ints, mentors: Ints) -> dict[str, int]:
        """Return what listed allowed pairs are worth on each tier."""
        scores = self._scores.listed(mentees, mentors).score
        worth = {}
        for tier in self.tiers:
            worth[tier] = exact_sum(self.weights(tier, mentees, mentors, scores))
            for side, people in zip(self._sides, (mentees, mentors), strict=True):
                worth[tier] += exact_sum(self.rewards(tier, side)[np.unique(people)])
        return worth


def load_bounds(side: Side) -> tuple[Ints, Ints]:
    """Return the least and most pairs of each person; a minimum binds applicants only."""
    least = np.where(side.status == "applicant", side.min_load, 0)
    return least, np.where(side.status == "withdrawn", 0, side.capacity)


def exact_sum(numbers: Ints) -> int:
    """Sum without overflow: high and low halves of 32 bits apart."""
    low = numbers & 0xFFFFFFFF
    return (int((numbers >> 32).sum()) << 32) + int(low.sum())
