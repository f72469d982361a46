"""What the pins leave: the pairs and places that a strategy may still use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.matching import Matching
from rmmatch.matching.marks import marks_of_pairs, marks_of_people
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences

__all__ = ["Openings"]

Ints = NDArray[np.int64]

_MARK_BITS = 40  # a wish is below 2²²: both fit 63 bits


@dataclass(frozen=True, eq=False)
class Openings:
    """Open pairs and places, people in the order of their ids.

    Attributes
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64
        Positions in the cohort of the people.
    by_mentee, by_mentor, by_score : ndarray of int64, shape (n_mentees, n_mentors)
        What each side goes by, and their mean, which is the score; pairs worth the same are told
        apart by their mark; -1: not open.
    are_applicants : ndarray of bool, shape (n_mentees, n_mentors)
        Neither of the two is a reserve.
    mentee_places, mentor_places : ndarray of int64, shape (n,)
        Free places of each person.
    """

    scores: PairScores
    mentees: Ints
    mentors: Ints
    by_mentee: Ints
    by_mentor: Ints
    by_score: Ints
    are_applicants: NDArray[np.bool_]
    mentee_places: Ints
    mentor_places: Ints

    @classmethod
    def of(cls, scores: PairScores, seed: int) -> Openings:
        """Keep the pins, and return what is left."""
        mentees, mentors = scores.cohort.sides
        pins = scores.pins
        marks = marks_of_pairs(
            marks_of_people(mentees, seed)[:, None],
            marks_of_people(mentors, seed)[None, :],
            bits=_MARK_BITS,
        )
        by_id = np.ix_(mentees.by_id, mentors.by_id)
        preferences = Preferences(scores)
        by_mentee, by_mentor = preferences.wishes()
        wishes = []
        for wish in (by_mentee, by_mentor, (by_mentee + by_mentor) // 2):
            told_apart = np.where(wish >= 0, (wish << _MARK_BITS) | marks, -1)
            told_apart[pins.mentees, pins.mentors] = -1
            wishes.append(told_apart[by_id])
        places = [
            (side.capacity - np.bincount(pinned, minlength=len(side)))[side.by_id]
            for side, pinned in ((mentees, pins.mentees), (mentors, pins.mentors))
        ]
        applicants = preferences.are_applicants[by_id]
        return cls(scores, mentees.by_id, mentors.by_id, *wishes, applicants, *places)

    def matching(self, mentees: Ints, mentors: Ints) -> Matching:
        """Return the pins and the listed pairs, given by the order of the ids."""
        pins = self.scores.pins
        return Matching.at(
            self.scores.cohort,
            np.concatenate([pins.mentees, self.mentees[mentees]]),
            np.concatenate([pins.mentors, self.mentors[mentors]]),
        )

    def first_fit(self, mentees: Ints, mentors: Ints) -> Matching:
        """Go through listed pairs in order and take each one that both have a place for.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            By the order of the ids.
        """
        places = self.mentee_places.tolist(), self.mentor_places.tolist()
        taken: list[tuple[int, int]] = []
        start, step = 0, 1024
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
