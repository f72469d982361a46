"""The optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores

__all__ = ["Total"]


@dataclass(frozen=True)
class Total:
    """The best matching of the scheme's objective, found and proved by `rmmatch.match`.

    Its total is the largest there is where ``total`` is the first tier of the objective. With the
    default ``[participation, pairs, priority, total]`` it is the largest among matchings with as
    many pairs as possible, and a strategy that pairs fewer people may reach more.

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
    >>> Total().pair(rm.score(cohort, scheme), seed=0) == rm.match(cohort, scheme).made
    True
    """

    draws: ClassVar[bool] = False
    name: str = "total"

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
