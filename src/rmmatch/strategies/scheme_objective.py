"""The optimum of the scheme's own objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores

__all__ = ["SchemeObjective"]


@dataclass(frozen=True)
class SchemeObjective:
    """The best matching of the scheme's objective, found and proved by `rmmatch.match`.

    It is what `rmmatch.match` returns without a strategy. Where the objective asks for pairs first,
    a strategy that pairs fewer people may reach a larger total: `Total` reaches the largest.

    Attributes
    ----------
    draws : bool
        Whether the matching depends on `seed` beyond the breaking of ties.
    name : str
        Name in tables.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> SchemeObjective().pair(rm.score(cohort, scheme), seed=0) == rm.match(cohort, scheme).made
    True
    """

    draws: ClassVar[bool] = False
    name: str = "scheme"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the optimum.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of the rule that breaks ties.

        Raises
        ------
        NoMatchingError
            Pins, minimum loads and quotas cannot all hold.
        SchemeError
            A pin cannot be kept.
        """
        from rmmatch.solving import match

        return match(scores.cohort, scores.scheme, seed=seed).made
