"""The pricing problem: which pairs beside those at hand are worth more than their prices."""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.column_generation.arc_pool import MAX_EXPLICIT_ARCS, ArcPool, PricingResult
from rmmatch.solving.column_generation.implicit_arcs import ExplicitArcs, ImplicitArcs
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier

__all__ = ["PricingProblem"]

_TARGET_PAIRS_PER_PERSON = 15  # pairs a person that a pricing round should find, about; speed only
_CROWDED_PAIRS_PER_ROW = 30  # pairs a row looked at first where whole groups violate; speed only
_ABOVE_ANY_WEIGHT = 2**61  # above the weight of any pair, in millionths; exactness


class PricingProblem:
    """The pricing problem of one tier: finds violated pairs among all that may still matter.

    A pair is *violated* where its weight is above its two prices; its *gain* is ``weight - u - v``.
    By invariant I3 the prices need not be trusted: with the largest gain of each person added to
    them they bound every choice. Where no pair is violated they prove the tier. Pairs outside the
    implicit arcs are in no choice that is best for the tiers before (I2).

    Parameters
    ----------
    implicit_arcs : ImplicitArcs or ExplicitArcs
        The pairs that may still matter.
    pool : ArcPool
        The arcs at hand, which are never found again.
    tier : ImplicitTier
    guessed_prices : tuple of ndarray of int64, or None
        Prices of the first tier of scores, shapes (n_mentees,) and (n_mentors,), in millionths and
        id order; they choose among pairs that weigh the same.
    max_score : int
        A number that no score exceeds, in millionths.
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        implicit_arcs: ImplicitArcs | ExplicitArcs,
        pool: ArcPool,
        tier: ImplicitTier,
        guessed_prices: DualPrices | None,
        max_score: int,
        rng: np.random.Generator,
    ) -> None:
        self._implicit_arcs, self._pool, self._tier = implicit_arcs, pool, tier
        self._guessed_prices, self._max_score, self._rng = guessed_prices, max_score, rng

    def price(self, u: Ints, v: Ints, dropped: tuple[Bools, Bools], margin: int) -> PricingResult:
        """Return violated pairs, and some that nearly are.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            The prices, in id order.
        dropped : tuple of ndarray of bool, shapes (n_mentees,), (n_mentors,)
            The people whose pairs may be violated, see `VerifiedPrices`.
        margin : int
            How far below their prices the first arcs were, in millionths.
        """
        tier = self._tier
        if tier.kind != "scores":
            return self._price_within_margin(u, v, dropped, 0)
        least_margin, is_crowded = self._implicit_arcs.price_margin(
            tier, u, v, dropped, _TARGET_PAIRS_PER_PERSON * max(u.size, v.size)
        )
        if least_margin < 0:
            priced = self._price_within_margin(u, v, dropped, least_margin, is_crowded=is_crowded)
            if priced.n_found:
                return priced
        # some that are nearly good enough as well: then small moves of prices disprove nothing
        priced = self._price_within_margin(u, v, dropped, margin // 4)
        if priced.n_found and margin < 4:
            # of masses that are worth just their prices a few
            priced.add_result(self._price_within_margin(u, v, dropped, 1, is_crowded=True))
        return priced

    def _price_within_margin(
        self,
        u: Ints,
        v: Ints,
        dropped: tuple[Bools, Bools],
        margin: int,
        *,
        is_crowded: bool = False,
    ) -> PricingResult:
        """Return pairs with a gain above ``-margin``; where these crowd, only some of them."""
        tier = self._tier
        priced = PricingResult(u.size, v.size, _ABOVE_ANY_WEIGHT if is_crowded else -margin)
        for per_row in (_CROWDED_PAIRS_PER_ROW, None):
            for rows, columns, scores, gains in self._implicit_arcs.violations(
                tier, u, v, dropped, margin=margin, per_row=per_row, is_crowded=is_crowded
            ):
                is_new = ~self._pool.contains(rows, columns)
                candidates = rows[is_new], columns[is_new], scores[is_new], gains[is_new]
                priced.add_candidates(*candidates, self._ranks(*candidates), self._rng)
                if per_row is None and priced.n_found > MAX_EXPLICIT_ARCS:
                    break
            if priced.n_found or is_crowded or not tier.has_constant_parts:
                break
            # only the thinned parts are looked at again
            dropped = np.zeros_like(dropped[0]), np.zeros_like(dropped[1])
        # what was passed over may be worth as much as this more
        unseen_weight = tier.unit if tier.kind == "constant" else 0
        if is_crowded:
            unseen_weight = tier.max_weight(self._max_score)
        for max_violation, prices, partner_prices in (
            (priced.max_violation_mentees, u, v),
            (priced.max_violation_mentors, v, u),
        ):
            if is_crowded or tier.has_constant_parts:
                unseen_gain = unseen_weight - prices - partner_prices.min()
                np.maximum(max_violation, unseen_gain, out=max_violation)
            np.maximum(max_violation, -margin, out=max_violation)
        return priced.finish(self._rng)

    def _ranks(self, rows: Ints, columns: Ints, scores: Ints, gains: Ints) -> Ints:
        """Return what decides which candidates are kept: the highest."""
        if self._tier.kind in ("constant", "above") and self._guessed_prices is not None:
            # all are worth the same here: take those that will serve the next tiers
            u, v = self._guessed_prices
            return scores - u[rows] - v[columns]
        return gains
