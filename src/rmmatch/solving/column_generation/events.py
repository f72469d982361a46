"""What comes of solving without the matrix: the rounds, and what they led to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rmmatch.numeric import Ints
from rmmatch.solving.lexicographic.tier_methods import DualProof

__all__ = ["ColumnGenerationResult", "PhaseStarted", "RoundFinished"]


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """What is begun, which may take a while.

    Attributes
    ----------
    work : str
        ``"pricing"`` the people of a sample, ``"beginning"`` with good pairs of all people,
        ``"choosing"`` among the arcs at hand, ``"asking"`` all pairs.
    count : int
        People of the larger side, or arcs.
    tier : str
        Of the last two.
    """

    phase: Literal["pricing", "beginning", "choosing", "asking"]
    count: int
    tier: str = ""


@dataclass(frozen=True, slots=True)
class RoundFinished:
    """One round: the arcs at hand were solved, and all pairs were asked.

    Attributes
    ----------
    tier : str
    n_arcs : int
        How many were at hand.
    value : int
        Of the best choice over them.
    n_found : int
        How many pairs the sweep found to be worth more than their prices; 0 proves the tier.
    solve_s, sweep_s : float
        Seconds.
    """

    tier: str
    n_arcs: int
    value: int
    n_found: int
    solve_s: float
    sweep_s: float


@dataclass(frozen=True, eq=False, slots=True)
class ColumnGenerationResult:
    """Pairs, what they are worth in each tier, and what no choice can exceed.

    Attributes
    ----------
    mentees, mentors, scores : ndarray of int64, shape (n_pairs,), or None
        The pairs, sorted; None where time ran out before any allowed choice was at hand.
    values : tuple of int, or None
    bounds : tuple of int
        For each tier, an upper bound over all acceptable pairs on the value of every choice that
        is best for the tiers proved before it.
    proofs : tuple of (tuple of Proof) or None
        For each tier what proves ``value == bound``, or None where time ran out first. The tiers
        with proofs come first.
    steps : tuple of Step
    start_s : float
        Seconds to the first arcs.
    """

    mentees: Ints | None
    mentors: Ints | None
    scores: Ints | None
    values: tuple[int, ...] | None
    bounds: tuple[int, ...]
    proofs: tuple[tuple[DualProof, ...] | None, ...]
    rounds: tuple[RoundFinished, ...]
    start_s: float

    @property
    def prices(self) -> tuple[tuple[Ints, Ints] | None, ...]:
        """The prices of each tier."""
        return tuple(proofs[0].prices if proofs else None for proofs in self.proofs)
