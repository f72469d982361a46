"""Dual prices, and what their reader may conclude."""

from __future__ import annotations

from dataclasses import dataclass

from rmmatch.numeric import Ints

__all__ = ["Certificate", "TierPrices"]


@dataclass(frozen=True, eq=False)
class TierPrices:
    """The prices that bound one tier, or one level of a tier that is settled level by level.

    Attributes
    ----------
    tier : str
    mentees : ndarray of int64, shape (n_mentees,)
        In the unit of the tier (pairs, priority points, millionths of score), by the order of
        the cohort.
    mentors : ndarray of int64, shape (n_mentors,)
    level : int
        A score in millionths (``worst_pair``, ``leximin``), a rank (``rank_profile``; its negative
        where it is generous), a number of pairs (``spread``); else 0.
    """

    tier: str
    mentees: Ints
    mentors: Ints
    level: int = 0


@dataclass(frozen=True, eq=False)
class Certificate:
    """Dual prices, one pair of arrays a tier, in the order of the tiers.

    For any prices u, v no matching is worth more than

        Σ over pinned pairs (w - u - v) + Σ over other acceptable pairs max(0, w - u - v)
        + Σ over people of the most that any load they may have is worth at their price,

    which with minimum loads of 0 is ``Σ capacity·u + Σ capacity·v + Σ max(0, w - u - v)`` for
    prices ≥ 0. Where the bound equals a matching's value, both are optimal, and the matchings
    that reach it are exactly those that complement the prices; the next tier is bounded over
    them alone. `rmmatch.check` computes this anew from the cohort.
    """

    tiers: tuple[TierPrices, ...]
