"""Tiers whose weights are known for any pair, so that arcs need not be written out; load bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rmmatch.matching.tie_marks import marks_of_pairs
from rmmatch.numeric import Ints, pair_keys
from rmmatch.solving.assignment.network import LinearTier

__all__ = ["ImplicitTier", "LoadBounds"]


@dataclass(frozen=True, eq=False, slots=True)
class LoadBounds:
    """Bounds on everybody's number of pairs, and the pairs that must be made; people in id order.

    Attributes
    ----------
    min_load_mentees, max_load_mentees : ndarray of int64, shape (n_mentees,)
    min_load_mentors, max_load_mentors : ndarray of int64, shape (n_mentors,)
        Numbers of pairs.
    fixed_mentees, fixed_mentors : ndarray of int64, shape (n_fixed,)
        Acceptable pairs, by positions in id order, none twice.
    """

    min_load_mentees: Ints
    max_load_mentees: Ints
    min_load_mentors: Ints
    max_load_mentors: Ints
    fixed_mentees: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fixed_mentors: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def bounds(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Minimum and maximum loads of mentees, then of mentors: as `Network` takes them."""
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
        which is no sum of weights; scores sort the pairs. ``"listed"``: a pair weighs `unit` where
        it is among the listed ones. ``"above"``: the question whether a
        choice needs a pair of score `unit` or less, see
        `rmmatch.solving.lexicographic.level_methods`.
    mentee_marks, mentor_marks : ndarray of bool or uint64, or None
        For the kind ``"marks"`` the marks of people, in id order. For other kinds flags: a pair
        weighs 0 unless both people have the flag; None is everybody.
    unit : int
        The weight of a constant, or the level, in millionths.
    listed_mentees, listed_mentors : ndarray of int64, shape (n_listed,), or None
        For the kind ``"listed"``, in id order.
    mark_bits : int
        The length of the mark of a pair.
    n_max_pairs : int
        At least the number of pairs of any choice.
    load_reward_mentees, rewarded_load_mentees : ndarray of int64, shape (n_mentees,) or (1,)
    load_reward_mentors, rewarded_load_mentors : ndarray of int64, shape (n_mentors,) or (1,)
        As in `rmmatch.solving.assignment.network.LinearTier`.
    """

    name: str
    kind: Literal["constant", "scores", "marks", "worst", "listed", "above"]
    mentee_marks: NDArray[Any] | None = None
    mentor_marks: NDArray[Any] | None = None
    unit: int = 1
    listed_mentees: Ints | None = None
    listed_mentors: Ints | None = None
    mark_bits: int = 20
    n_max_pairs: int = 0
    load_reward_mentees: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    rewarded_load_mentees: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    load_reward_mentors: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    rewarded_load_mentors: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))

    def weights_of_pairs(self, rows: Ints, columns: Ints, scores: Ints) -> Ints:
        """Return the weights of listed pairs.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Positions of mentees and mentors, in id order.
        scores : ndarray of int64, shape (n_pairs,)
            Of these pairs, millionths.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            In the tier's unit.
        """
        if self.kind == "marks":
            assert self.mentee_marks is not None
            assert self.mentor_marks is not None
            return marks_of_pairs(
                self.mentee_marks[rows], self.mentor_marks[columns], bits=self.mark_bits
            )
        if self.kind == "listed":
            assert self.listed_mentees is not None
            assert self.listed_mentors is not None
            width = 1 + int(max(self.listed_mentors.max(initial=0), columns.max(initial=0)))
            listed_keys = pair_keys(self.listed_mentees, self.listed_mentors, width)
            return np.where(np.isin(pair_keys(rows, columns, width), listed_keys), self.unit, 0)
        if self.kind == "above":
            below = np.where(scores < self.unit, -(self.n_max_pairs + 1), 0)
            return np.where(scores == self.unit, -1, below)
        # a constant is one number, however many pairs
        unit = np.broadcast_to(np.int64(self.unit), rows.shape)
        weights = unit if self.kind == "constant" else scores
        for flags, people in ((self.mentee_marks, rows), (self.mentor_marks, columns)):
            if flags is not None:
                weights = np.where(flags[people], weights, 0)
        return weights.astype(np.int64, copy=False)

    def as_linear_tier(self, rows: Ints, columns: Ints, scores: Ints) -> LinearTier:
        """Return the tier over listed pairs.

        Parameters
        ----------
        rows, columns : ndarray of int64, shape (n_pairs,)
            Positions of mentees and mentors, in id order.
        scores : ndarray of int64, shape (n_pairs,)
            Of these pairs, millionths.
        """
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
        """Whether the weights of some pairs are known without their scores."""
        return self.kind in ("constant", "above") or (
            self.kind == "scores" and self.mentee_marks is not None
        )

    def max_weight(self, top_score: int) -> int:
        """Return a number that no weight exceeds; not negative, in the tier's unit.

        Parameters
        ----------
        top_score : int
            A number that no score exceeds, millionths.
        """
        tops = {"constant": self.unit, "above": 0, "marks": 1 << self.mark_bits}
        return max(0, tops.get(self.kind, top_score))
