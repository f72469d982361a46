"""The pairs and places that the pins leave free for a strategy."""

from __future__ import annotations

import numpy as np

from rmmatch.cohort import Side
from rmmatch.matching import Matching
from rmmatch.matching.tie_marks import marks_of_pairs, marks_of_people
from rmmatch.numeric import Ints
from rmmatch.scoring import PairScores
from rmmatch.stability import applicants_first_values, n_applicants

__all__ = ["Openings"]


_MARK_BITS = 40  # bits of a mark: with a value below 2²³ before it, 63 bits; exactness


class Openings:
    """Open pairs and places, people in the order of their ids.

    Parameters
    ----------
    scores : PairScores
    seed : int
        Of the marks that break ties between pairs of one value.

    Attributes
    ----------
    mentee_places, mentor_places : ndarray of int64, shape (n_people,)
        Free places of each person, in id order.

    Raises
    ------
    SchemeError
        A pin cannot be kept.
    """

    def __init__(self, scores: PairScores, seed: int) -> None:
        self._cohort, self._pins, self._seed = scores.cohort, scores.pins, seed
        mentees, mentors = self._cohort.sides
        self._by_id = mentees.by_id, mentors.by_id
        self.mentee_places = _places(mentees, self._pins.mentees)
        self.mentor_places = _places(mentors, self._pins.mentors)

    def keys(self, values: Ints) -> Ints:
        """Return pairs as keys, the larger the better: applicants first, then values, then marks.

        Parameters
        ----------
        values : ndarray of int64, shape (n_mentees, n_mentors)
            Scores, or one side's view: millionths, -1 = forbidden; in cohort order.

        Returns
        -------
        ndarray of int64, shape (n_mentees, n_mentors)
            In id order; -1 for pinned and forbidden pairs.
        """
        mentees, mentors = (marks_of_people(side, self._seed) for side in self._cohort.sides)
        marks = marks_of_pairs(mentees[:, None], mentors[None, :], bits=_MARK_BITS)
        ranked = applicants_first_values(self._cohort, values)
        keys = np.where(ranked >= 0, (ranked << _MARK_BITS) | marks, -1)
        keys[self._pins.mentees, self._pins.mentors] = -1
        ordered: Ints = keys[np.ix_(*self._by_id)]
        return ordered

    @property
    def n_applicants(self) -> Ints:
        """How many people of each pair are no reserves: as a matrix in id order."""
        ordered: Ints = n_applicants(self._cohort)[np.ix_(*self._by_id)]
        return ordered

    def matching(self, mentees: Ints, mentors: Ints) -> Matching:
        """Return the matching of the pins and some further pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of each pair, in id order.
        """
        return Matching.at(
            self._cohort,
            np.concatenate([self._pins.mentees, self._by_id[0][mentees]]),
            np.concatenate([self._pins.mentors, self._by_id[1][mentors]]),
        )

    def first_fit(self, mentees: Ints, mentors: Ints) -> Matching:
        """Go through listed pairs in order and take each one that both have a place for.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of each pair, in id order.

        Returns
        -------
        Matching
            The pairs taken, and the pins.
        """
        places = self.mentee_places.tolist(), self.mentor_places.tolist()
        taken: list[tuple[int, int]] = []
        start, step = 0, 1024  # pairs, twice as many each time; speed only
        while start < len(mentees):
            ahead = slice(start, start + step)
            # Most people are soon taken: their pairs are dropped before they are walked through.
            usable = (np.array(places[0])[mentees[ahead]] > 0) & (
                np.array(places[1])[mentors[ahead]] > 0
            )
            walked = mentees[ahead][usable].tolist(), mentors[ahead][usable].tolist()
            for mentee, mentor in zip(*walked, strict=True):
                if places[0][mentee] and places[1][mentor]:
                    places[0][mentee] -= 1
                    places[1][mentor] -= 1
                    taken.append((mentee, mentor))
            start, step = start + step, 2 * step
        pairs = np.array(taken, dtype=np.int64).reshape(-1, 2)
        return self.matching(pairs[:, 0], pairs[:, 1])


def _places(side: Side, pinned: Ints) -> Ints:
    """Return how many places the pins leave each person, in id order."""
    places: Ints = (side.capacity - np.bincount(pinned, minlength=len(side)))[side.by_id]
    return places
