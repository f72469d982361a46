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
    come after applicants; minimum loads are not looked at. Where nobody is a reserve, its total is
    at least half of the largest there is (Avis 1983). Ties are broken by the pairs' marks.

    Attributes
    ----------
    draws : bool
        Whether the matching depends on `seed` beyond the breaking of ties.
    name : str
        Name in tables.

    References
    ----------
    - D. Avis, "A survey of heuristics for the weighted matching problem", Networks 13 (1983).

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
        openings = Openings(scores, seed)
        keys = openings.keys(scores.to_numpy())
        mentees, mentors = np.nonzero(keys >= 0)
        order = np.argsort(-keys[mentees, mentors], kind="stable")
        return openings.first_fit(mentees[order], mentors[order])
