"""What a sweep asks of all pairs: which are worth more than their prices, beside those at hand."""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.column_generation.arc_pool import MAX_EXPLICIT_ARCS, ArcPool, PricingResult
from rmmatch.solving.column_generation.implicit_arcs import ExplicitArcs, ImplicitArcs
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier

__all__ = ["PricingProblem"]

_TARGET_PAIRS_PER_PERSON = 15  # pairs a person that a sweep should find at most, about
_CROWDED_PAIRS_PER_ROW = (
    30  # pairs a row looked at first where whole groups of pairs are worth more
)
_ABOVE_ANY_WEIGHT = 2**61  # above anything a pair is worth


class PricingProblem:
    """One question to all pairs.

    Parameters
    ----------
    universe : ImplicitArcs or Listed
        The pairs.
    pool : Pool
        Those at hand, which nobody asks for.
    tier : ImplicitTier
    guess : tuple of ndarray of int64, or None
        Prices of the first tier of scores, which choose among pairs that are worth the same.
    top : int
        A number that no score exceeds.
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        universe: ImplicitArcs | ExplicitArcs,
        pool: ArcPool,
        tier: ImplicitTier,
        guess: DualPrices | None,
        top: int,
        rng: np.random.Generator,
    ) -> None:
        self._implicit_arcs, self._pool, self._tier = universe, pool, tier
        self._guessed_prices, self._max_score, self._rng = guess, top, rng

    def price(self, u: Ints, v: Ints, fell: tuple[Bools, Bools], margin: int) -> PricingResult:
        """Return what is worth more than its prices, and some that nearly is.

        Parameters
        ----------
        u, v : ndarray of int64
            The prices.
        fell : tuple of ndarray of bool
            The people whose pairs may be worth more.
        margin : int
            Within which the first arcs are.
        """
        tier = self._tier
        if tier.kind != "scores":
            return self._price_within_margin(u, v, fell, 0)
        most, is_crowded = self._implicit_arcs.price_margin(
            tier, u, v, fell, _TARGET_PAIRS_PER_PERSON * max(u.size, v.size)
        )
        if most < 0:
            swept = self._price_within_margin(u, v, fell, most, is_crowded=is_crowded)
            if swept.n_found:
                return swept
        # some that are nearly good enough as well: then small moves of prices disprove nothing
        swept = self._price_within_margin(u, v, fell, margin // 4)
        if swept.n_found and margin < 4:
            # of masses that are worth just their prices a few
            swept.add_result(self._price_within_margin(u, v, fell, 1, is_crowded=True))
        return swept

    def _price_within_margin(
        self,
        u: Ints,
        v: Ints,
        fell: tuple[Bools, Bools],
        margin: int,
        *,
        is_crowded: bool = False,
    ) -> PricingResult:
        """Return what is within a margin of its prices; where it is crowded, only some of it."""
        tier = self._tier
        swept = PricingResult(u.size, v.size, _ABOVE_ANY_WEIGHT if is_crowded else -margin)
        for per_row in (_CROWDED_PAIRS_PER_ROW, None):
            for rows, columns, scores, gains in self._implicit_arcs.violations(
                tier, u, v, fell, margin=margin, per_row=per_row, is_crowded=is_crowded
            ):
                new = ~self._pool.contains(rows, columns)
                found = rows[new], columns[new], scores[new], gains[new]
                ranks = gains[new]
                if tier.kind in ("constant", "above") and self._guessed_prices is not None:
                    # all are worth the same here: take those that will serve the next tiers
                    ranks = (
                        found[2]
                        - self._guessed_prices[0][found[0]]
                        - self._guessed_prices[1][found[1]]
                    )
                swept.add_candidates(*found, ranks, self._rng)
                if per_row is None and swept.n_found > MAX_EXPLICIT_ARCS:
                    break
            if swept.n_found or is_crowded or not tier.has_constant_parts:
                break
            # only the thinned parts are looked at again
            fell = np.zeros_like(fell[0]), np.zeros_like(fell[1])
        # what was passed over may be worth as much as this more
        unseen = tier.unit if tier.kind == "constant" else 0
        if is_crowded:
            unseen = tier.max_weight(self._max_score)
        for over, mine, theirs in (
            (swept.max_violation_mentees, u, v),
            (swept.max_violation_mentors, v, u),
        ):
            if is_crowded or tier.has_constant_parts:
                np.maximum(over, unseen - mine - theirs.min(), out=over)
            np.maximum(over, -margin, out=over)
        return swept.finish(self._rng)
