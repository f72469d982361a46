"""How many pairs of people would rather have each other than what they have."""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import MILLION, Ints, pair_keys
from rmmatch.scoring import PairScores

__all__ = ["n_blocking_pairs"]


_PINNED_VIEW = 2**62  # more than any pair is worth, so a pinned partner stays; exactness


def n_blocking_pairs(scores: PairScores, mentees: Ints, mentors: Ints) -> int:
    """Count the acceptable pairs that block listed ones.

    A pair blocks where each of the two has a free place, or a partner who is not pinned and worth
    less to them. Whatever scores are, a reserve comes after an applicant.

    Parameters
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions of the listed pairs, cohort order.
    """
    sides = scores.cohort.sides
    status_values = [2 * MILLION * (side.status != "reserve") for side in sides]
    n_mentors, pins = len(sides[1]), scores.pins
    pinned_keys = pair_keys(pins.mentees, pins.mentors, n_mentors)
    is_pinned = np.isin(pair_keys(mentees, mentors, n_mentors), pinned_keys)
    listed = scores.terms_of_pairs(mentees, mentors)
    status_value = status_values[0][mentees] + status_values[1][mentors]
    floors = []
    for side, people, view in zip(
        sides, (mentees, mentors), (listed.mentee, listed.mentor), strict=True
    ):
        floor = np.full(len(side), _PINNED_VIEW)
        np.minimum.at(floor, people, np.where(is_pinned, _PINNED_VIEW, view + status_value))
        floor[np.bincount(people, minlength=len(side)) < side.capacity] = -1
        floors.append(floor)
    count = 0
    for rows, columns in scores.blocks():
        by_mentees, by_mentors = scores.views(rows, columns)
        status_value = status_values[0][rows][:, None] + status_values[1][columns]
        blocks = (by_mentees >= 0) & (by_mentees + status_value > floors[0][rows][:, None])
        blocks &= by_mentors + status_value > floors[1][columns]
        is_in_rows = np.isin(mentees, rows)
        blocks[mentees[is_in_rows] - rows[0], mentors[is_in_rows]] = False
        count += int(blocks.sum())
    return count
