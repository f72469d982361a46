"""A pairing made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rmmatch.cohort import read_pairs
from rmmatch.errors import CohortError, Problem
from rmmatch.matching import Matching
from rmmatch.scoring import PairScores

if TYPE_CHECKING:
    from rmmatch.cohort.reading import PairsLike

__all__ = ["Listed"]


@dataclass(frozen=True, init=False)
class Listed:
    """The pairs of a list, as they stand there: a forbidden pair too, for `rmmatch.check` to tell.

    Parameters
    ----------
    pairs : path, DataFrame or iterable of (mentee, mentor), optional
        A table has the columns ``mentee`` and ``mentor``. Where nothing is given, the list is the
        relation ``manual`` of the cohort that is paired.
    name : str
        Name in tables, so that several lists can be compared.

    Attributes
    ----------
    draws : bool
        False: the matching does not depend on `seed`.
    pairs : tuple of (str, str) or None
        Mentee and mentor ids, as they were read.
    name : str

    Raises
    ------
    CohortError
        The list cannot be read: all problems of it.

    Examples
    --------
    >>> Listed([("E01", "M02")], name="by hand").pairs
    (('E01', 'M02'),)
    """

    draws: ClassVar[bool] = False
    pairs: tuple[tuple[str, str], ...] | None
    name: str

    def __init__(self, pairs: PairsLike | None = None, *, name: str = "listed") -> None:
        read = None if pairs is None else tuple(read_pairs(pairs))
        object.__setattr__(self, "pairs", read)
        object.__setattr__(self, "name", name)

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the list; a pair that stands there twice is one pair.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of no effect.

        Raises
        ------
        CohortError
            The cohort has no list, or lacks people of the list; each is named.
        """
        del seed
        cohort = scores.cohort
        if self.pairs is None:
            if "manual" not in cohort.relations:
                raise CohortError([_NO_LIST])
            manual = cohort.relations["manual"]
            return Matching.at(cohort, manual.mentees, manual.mentors)
        matching = Matching.of(cohort.ids_of_pairs(self.pairs))
        matching.positions(cohort)  # raises where somebody is not there
        return matching


_NO_LIST = Problem(
    "relations",
    "",
    "kind",
    "",
    "no pairs are of the kind 'manual'",
    "give the list itself: Listed(pairs)",
    code="unknown_kind",
)
