"""What `match` and `compare` ask of anything that pairs."""

from __future__ import annotations

from typing import Protocol

from rmmatch.matching.matching import Matching
from rmmatch.scoring import PairScores

__all__ = ["Strategy"]


class Strategy(Protocol):
    """Anything that can pair: a name, and one method.

    A strategy whose matching depends on `seed` only where ties are to be broken may say so by an
    attribute ``draws = False``; `rmmatch.compare` then runs it once instead of once a seed.
    """

    @property
    def name(self) -> str:
        """Name in tables."""
        ...

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return a matching that does not depend on the order of the input.

        Parameters
        ----------
        scores : PairScores
            Everything that is known of the pairs; the people are in ``scores.cohort``.
        seed : int
            Of what is drawn, and of the rule that breaks ties.
        """
        ...
