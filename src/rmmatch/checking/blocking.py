"""How many pairs of people would rather have each other than what they have."""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import MILLION, Ints
from rmmatch.scoring import PairScores

__all__ = ["n_blocking_pairs"]


_PINNED_VIEW = 2**62  # more than any pair is worth: a pinned partner is not left for another


def n_blocking_pairs(scores: PairScores, mentees: Ints, mentors: Ints) -> int:
    """Count the acceptable pairs that block listed ones, given by positions.

    A pair blocks where each of the two has a free place, or a partner who is not pinned and worth
    less to them. Whatever they are worth, a reserve comes after an applicant.
    """
    sides = scores.cohort.sides
    first = [2 * MILLION * (side.status != "reserve") for side in sides]
    width = len(sides[1])
    pins = scores.pins
    is_pinned = np.isin(mentees * width + mentors, pins.mentees * width + pins.mentors)
    listed = scores.terms_of_pairs(mentees, mentors)
    before = first[0][mentees] + first[1][mentors]
    floors = []
    for side, people, view in zip(
        sides, (mentees, mentors), (listed.mentee, listed.mentor), strict=True
    ):
        floor = np.full(len(side), _PINNED_VIEW)
        np.minimum.at(floor, people, np.where(is_pinned, _PINNED_VIEW, view + before))
        floor[np.bincount(people, minlength=len(side)) < side.capacity] = -1
        floors.append(floor)
    count = 0
    for rows, columns in scores.blocks():
        by_mentees, by_mentors = scores.views(rows, columns)
        before = first[0][rows][:, None] + first[1][columns]
        blocks = (by_mentees >= 0) & (by_mentees + before > floors[0][rows][:, None])
        blocks &= by_mentors + before > floors[1][columns]
        here = np.isin(mentees, rows)
        blocks[mentees[here] - rows[0], mentors[here]] = False
        count += int(blocks.sum())
    return count
