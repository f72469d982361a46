"""A pairing by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores
from rmmatch.strategies.openings import Openings

__all__ = ["Random"]


@dataclass(frozen=True)
class Random:
    """Put all acceptable pairs in a random order and take each one that still fits.

    The result is maximal: no acceptable pair could be added. Not all maximal matchings are equally
    likely. Pins are kept, capacities and forbidden pairs hold, reserves come after applicants;
    minimum loads are not looked at.

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
    >>> rm.check(rm.match(cohort, scheme, strategy=Random(), seed=7))
    []
    """

    draws: ClassVar[bool] = True
    name: str = "random"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return a random maximal matching.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of NumPy's default generator.

        Raises
        ------
        SchemeError
            A pin cannot be kept.
        ValueError
            `seed` is negative.
        """
        openings = Openings(scores, seed)
        mentees, mentors = np.nonzero(openings.keys(scores.to_numpy()) >= 0)
        order = np.random.default_rng(seed).permutation(len(mentees))
        n_reserves = 2 - openings.n_applicants[mentees[order], mentors[order]]
        order = order[np.argsort(n_reserves, kind="stable")]
        return openings.first_fit(mentees[order], mentors[order])
