"""The best pair first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores
from rmmatch.strategies.openings import Openings

__all__ = ["Greedy"]


@dataclass(frozen=True)
class Greedy:
    """Take the pair with the best score, then the best of what is left, and so on.

    What a patient person does by hand. Pins are kept, capacities and forbidden pairs hold, reserves
    come after applicants; minimum loads are not looked at. Where ``total`` is all that counts, it
    reaches at least half of the optimum [1]_; ties are broken by the pairs' marks.

    References
    ----------
    .. [1] D. Avis, "A survey of heuristics for the weighted matching problem", Networks 13 (1983).

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.check(rm.match(cohort, scheme, strategy=Greedy()))
    []
    """

    draws: ClassVar[bool] = False
    name: str = "greedy"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the greedy matching.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of the rule that breaks ties.

        Raises
        ------
        SchemeError
            A pin cannot be kept.
        """
        openings = Openings.of(scores, seed)
        mentees, mentors = np.nonzero(openings.by_score >= 0)
        order = np.argsort(-openings.by_score[mentees, mentors], kind="stable")
        return openings.first_fit(mentees[order], mentors[order])
