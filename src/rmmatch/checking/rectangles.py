"""Mentees and mentors whose pairs are looked at together, since they are weighed alike."""

from __future__ import annotations

from dataclasses import dataclass

from rmmatch.numeric import Ints

__all__ = ["Rectangle", "RelevantMentors"]


@dataclass(frozen=True, eq=False)
class RelevantMentors:
    """Mentors of a rectangle who are alike to a strip of mentees in the first tiers.

    Attributes
    ----------
    rectangle_pos, mentors, groups : ndarray of int64, shape (n_mentors,)
        Where they stand in the rectangle, their positions, and their groups.
    min_gain : ndarray of int64, shape (n_mentors,)
        Millionths. A pair counts where its score less the mentee's price is at least this, and
        not below 0.
    is_priced : bool
        Whether the mentee's price counts; where it does not, every acceptable pair counts.
    """

    rectangle_pos: Ints
    mentors: Ints
    groups: Ints
    min_gain: Ints
    is_priced: bool


@dataclass(frozen=True, eq=False)
class Rectangle:
    """Mentees and mentors any two of whom are weighed alike: both applicants, or not.

    Attributes
    ----------
    mentees, mentors : ndarray of int64
        Positions; mentors of a group together, in the order of their prices.
    equal_weights : tuple of int
        What each pair adds to the first tiers, those in which all pairs add the same.
    """

    mentees: Ints
    mentors: Ints
    equal_weights: tuple[int, ...]
