"""The largest sum of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores

__all__ = ["Total"]


@dataclass(frozen=True)
class Total:
    """The matching with the largest sum of scores that the rules allow, found and proved.

    It is what `rmmatch.match` returns where the scheme's objective is ``[total]``. It may leave
    people without a partner so that others score more; `SchemeObjective` does what the scheme says.
    Pins, minimum loads and quotas hold. Reserves come after applicants. A quota's `penalty` is
    taken off the sum; a quota with ``soft: true``, which no tier counts here, is not looked at.

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
    >>> by_total = rm.match(cohort, scheme, strategy=Total())
    >>> by_total.objective["total"] >= rm.match(cohort, scheme).objective["total"]
    True
    """

    draws: ClassVar[bool] = False
    name: str = "total"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the matching with the largest sum.

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

        scheme = scores.scheme.model_copy(update={"objective": ("total",)})
        return match(scores.cohort, scheme, seed=seed).made
