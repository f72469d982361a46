"""Tiers over arcs that are not written out, and the loads of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rmmatch.matching.tie_marks import marks_of_pairs
from rmmatch.numeric import Ints
from rmmatch.solving.assignment.network import LinearTier

__all__ = ["ImplicitTier", "LoadBounds"]


@dataclass(frozen=True, eq=False, slots=True)
class LoadBounds:
    """Bounds on everybody's number of pairs, and the pairs that must be made.

    Attributes
    ----------
    least_mentees, most_mentees : ndarray of int64, shape (n_mentees,)
    least_mentors, most_mentors : ndarray of int64, shape (n_mentors,)
    fixed_mentees, fixed_mentors : ndarray of int64, shape (n_fixed,)
        Acceptable pairs, by positions, none twice.
    """

    min_load_mentees: Ints
    max_load_mentees: Ints
    min_load_mentors: Ints
    max_load_mentors: Ints
    fixed_mentees: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fixed_mentors: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def bounds(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Least and most of mentees, least and most of mentors: as `Network` takes them."""
        return (
            self.min_load_mentees,
            self.max_load_mentees,
            self.min_load_mentors,
            self.max_load_mentors,
        )


@dataclass(frozen=True, eq=False, slots=True)
class ImplicitTier:
    """A tier whose weights are known for any pair.

    Attributes
    ----------
    name : str
    kind : str
        ``"constant"``: every pair weighs `unit`. ``"scores"``: its score. ``"marks"``: the mark
        of the two people, see `rmmatch.matching.tie_marks`. ``"worst"``: the lowest score counts,
        which is no sum of weights; scores sort the pairs. ``"above"``: the question whether a
        choice needs a pair of score `unit` or less, see
        `rmmatch.solving.lexicographic.tier_methods`.
    mentees, mentors : ndarray of bool or uint64, or None
        For marks, those of people. Else flags: a pair weighs 0 unless both people have it; None
        is everybody.
    unit, bits, most : int
        The weight of a constant, or a level; the length of a mark; at least the number of pairs
        of any choice.
    load_reward_mentees, rewarded_load_mentees, load_reward_mentors, rewarded_load_mentors : ndarray of int64
        As in `rmmatch.solving.assignment.network.Tier`.
    """

    name: str
    kind: Literal["constant", "scores", "marks", "worst", "above"]
    mentee_marks: NDArray[Any] | None = None
    mentor_marks: NDArray[Any] | None = None
    unit: int = 1
    mark_bits: int = 20
    max_key: int = 0
    load_reward_mentees: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    rewarded_load_mentees: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    load_reward_mentors: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    rewarded_load_mentors: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))

    def weights_of_pairs(self, rows: Ints, columns: Ints, scores: Ints) -> Ints:
        """Return the weights of listed pairs."""
        if self.kind == "marks":
            assert self.mentee_marks is not None
            assert self.mentor_marks is not None
            return marks_of_pairs(
                self.mentee_marks[rows], self.mentor_marks[columns], bits=self.mark_bits
            )
        if self.kind == "above":
            below = np.where(scores < self.unit, -(self.max_key + 1), 0)
            return np.where(scores == self.unit, -1, below)
        # a constant is one number, however many pairs
        unit = np.broadcast_to(np.int64(self.unit), rows.shape)
        weights = unit if self.kind == "constant" else scores
        for flags, people in ((self.mentee_marks, rows), (self.mentor_marks, columns)):
            if flags is not None:
                weights = np.where(flags[people], weights, 0)
        return weights.astype(np.int64, copy=False)

    def as_linear_tier(self, rows: Ints, columns: Ints, scores: Ints) -> LinearTier:
        """Return the tier over listed pairs."""
        return LinearTier(
            self.name,
            self.weights_of_pairs(rows, columns, scores),
            self.load_reward_mentees,
            self.rewarded_load_mentees,
            self.load_reward_mentors,
            self.rewarded_load_mentors,
        )

    @property
    def has_constant_parts(self) -> bool:
        """Whether some pairs weigh the same whoever meets."""
        return self.kind in ("constant", "above") or (
            self.kind == "scores" and self.mentee_marks is not None
        )

    def max_weight(self, top_score: int) -> int:
        """Return a number that no weight exceeds."""
        tops = {"constant": self.unit, "above": 0, "marks": 1 << self.mark_bits}
        return max(0, tops.get(self.kind, top_score))
