"""What column generation reports on its way, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rmmatch.numeric import Ints
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.lexicographic.tier_methods import DualProof

__all__ = ["ColumnGenerationResult", "PhaseStarted", "RoundFinished"]


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A phase is begun that may take a while.

    Attributes
    ----------
    phase : str
        ``"pricing"``: solving a sample of people. ``"beginning"``: finding good pairs of all
        people. ``"choosing"``: solving the arcs at hand. ``"asking"``: pricing all pairs.
    count : int
        People of the larger side in the first two phases, arcs at hand in the last two.
    tier : str
        Name of the tier in the last two phases.
    """

    phase: Literal["pricing", "beginning", "choosing", "asking"]
    count: int
    tier: str = ""


@dataclass(frozen=True, slots=True)
class RoundFinished:
    """One round is done: the arcs at hand were solved, and all pairs were priced.

    Attributes
    ----------
    tier : str
        Name of the tier.
    n_arcs : int
        How many arcs were at hand.
    value : int
        Of the best choice over these arcs, in the tier's unit; a level for the worst pair.
    n_found : int
        How many pairs are worth more than their prices; 0 proves the tier.
    solve_s, sweep_s : float
        Seconds for the arcs at hand, and for all pairs.
    """

    tier: str
    n_arcs: int
    value: int
    n_found: int
    solve_s: float
    sweep_s: float


@dataclass(frozen=True, eq=False, slots=True)
class ColumnGenerationResult:
    """The best choice found, its value in each tier, and what no choice can exceed.

    Attributes
    ----------
    mentees, mentors, scores : ndarray of int64, shape (n_pairs,), or None
        The chosen pairs by positions in id order, sorted, and their scores in millionths; None
        where time ran out before any allowed choice was at hand.
    values : tuple of int, or None
        For each tier, in its unit.
    bounds : tuple of int
        For each tier, an upper bound over all acceptable pairs on the value of every choice that
        is best for the tiers proved before it (invariant I3).
    proofs : tuple of (tuple of DualProof) or None
        For each tier what proves ``value == bound``, or None where time ran out first. The tiers
        with proofs come first.
    rounds : tuple of RoundFinished
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
    def prices(self) -> tuple[DualPrices | None, ...]:
        """The prices of each tier; None without a proof, or where the proof needs none."""
        return tuple(proofs[0].prices if proofs else None for proofs in self.proofs)
