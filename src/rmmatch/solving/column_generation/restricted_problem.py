"""The restricted problem: what is known between two rounds of column generation.

The arcs at hand, all pairs that could still matter beside them, the loads that the proved tiers
leave, and the best choice found. Positions are in id order, scores int64 millionths (invariants I1
and I5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.greedy import greedy_choice
from rmmatch.solving.assignment.network import (
    DualPrices,
    LinearTier,
    Network,
    count_loads,
    dual_bound,
    optimal_face,
    tier_value,
)
from rmmatch.solving.column_generation.arc_pool import (
    MAX_EXPLICIT_ARCS,
    ArcArrays,
    ArcPool,
    best_arcs_per_person,
    concatenate,
)
from rmmatch.solving.column_generation.implicit_arcs import ArcBlock, ExplicitArcs, ImplicitArcs
from rmmatch.solving.column_generation.oracle_scan import scan
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.column_generation.warm_start import InitialColumns
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier, LoadBounds
from rmmatch.solving.stopping import Stop

__all__ = ["RestrictedProblem"]

_CANDIDATE_ARCS_PER_PERSON = 10  # arcs a person to begin with for marks and the worst; speed only
_BOTTLENECK_PAIRS_PER_PERSON = 12  # pairs a person tried first for the worst one; speed only
_MAX_TIGHT_ARCS_PER_PERSON = 60  # arcs a person that are solved at once for marks; speed only


class RestrictedProblem:
    """The choices over the arcs at hand that are best for the tiers proved so far.

    Arcs are only dropped by `restrict_to_optima` and `restrict_to_min_score`, after a tier is
    proved: no choice that is best for it is lost (invariant I2).

    Parameters
    ----------
    oracle : PricingOracle
    load_bounds : LoadBounds
    columns : InitialColumns
        The first arcs.
    rng : numpy.random.Generator
        Draws among equal arcs.

    Attributes
    ----------
    pool : ArcPool
        The arcs at hand.
    implicit_arcs : ImplicitArcs or ExplicitArcs
        Every pair that is in a best choice, and perhaps others.
    holds_all_arcs : bool
        Whether every one of these is at hand: then there is nothing to price.
    load_limits : tuple of ndarray of int64
        Least and most loads of mentees, then of mentors, that the proved tiers leave.
    best_pairs : tuple of ndarray of int64, or None
        Rows, columns and scores of the best choice found; None before the first.

    Raises
    ------
    ValueError
        A fixed pair is not acceptable.
    """

    def __init__(
        self,
        oracle: PricingOracle,
        load_bounds: LoadBounds,
        columns: InitialColumns,
        rng: np.random.Generator,
    ) -> None:
        self._oracle, self._load_bounds, self._rng = oracle, load_bounds, rng
        self.shape = oracle.shape
        self.pool = ArcPool(self.shape[1], columns.rows, columns.columns, columns.scores)
        self.holds_all_arcs = columns.holds_all_arcs
        self.load_limits = load_bounds.bounds
        self.best_pairs: ArcArrays | None = None
        mentees = np.flatnonzero(load_bounds.max_load_mentees)
        mentors = np.flatnonzero(load_bounds.max_load_mentors)
        self.implicit_arcs: ImplicitArcs | ExplicitArcs = ImplicitArcs(
            oracle, [ArcBlock(mentees, mentors)], rng
        )
        self._add_fixed_arcs()

    def _add_fixed_arcs(self) -> None:
        mentees, mentors = self._load_bounds.fixed_mentees, self._load_bounds.fixed_mentors
        if not mentees.size:
            return
        # whole rows and columns of the fixed are few
        parts = scan(self._oracle, None, np.unique(mentees), np.unique(mentors), self._rng)
        fixed_pairs = ArcPool(self.shape[1], mentees, mentors, np.zeros_like(mentees))
        for rows, columns, scores in parts:
            is_fixed = fixed_pairs.contains(rows, columns)
            self.add_arcs(rows[is_fixed], columns[is_fixed], scores[is_fixed])
        self.pool.mark_fixed(mentees, mentors)
        if self.pool.fixed.sum() != mentees.size:
            raise ValueError("a fixed pair is not acceptable")

    def network(self) -> Network:
        """Return the arcs at hand with the loads that the proved tiers leave."""
        pool = self.pool
        return Network(*self.shape, pool.rows, pool.columns, pool.fixed, *self.load_limits)

    def linear_tier(self, tier: ImplicitTier) -> LinearTier:
        """Return a tier over the arcs at hand.

        Parameters
        ----------
        tier : ImplicitTier
        """
        return tier.as_linear_tier(self.pool.rows, self.pool.columns, self.pool.scores)

    def add_arcs(self, rows: Ints, columns: Ints, scores: Ints) -> None:
        """Bring more arcs to hand; those that are there already are passed over.

        Parameters
        ----------
        rows, columns, scores : ndarray of int64, shape (n_pairs,)
            Acceptable pairs in any order; positions in id order, scores in millionths.
        """
        self.pool = self.pool.with_arcs(rows, columns, scores)

    def _add_best_arcs(self, rows: Ints, columns: Ints, scores: Ints, gains: Ints) -> None:
        is_best = best_arcs_per_person(rows, columns, gains, _CANDIDATE_ARCS_PER_PERSON, self._rng)
        self.add_arcs(rows[is_best], columns[is_best], scores[is_best])

    def add_high_scores(self) -> None:
        """Bring some of the pairs with the highest scores to hand, of each person."""
        if self.holds_all_arcs:
            return
        score = self.implicit_arcs.score_threshold(_BOTTLENECK_PAIRS_PER_PERSON * sum(self.shape))
        for rows, columns, scores in self.implicit_arcs.pairs_scoring_at_least(score):
            self._add_best_arcs(rows, columns, scores, scores)

    def add_tight_arcs(self, tier: ImplicitTier, stop: Stop) -> None:
        """Bring all pairs that are tight so far to hand, or some good ones if they are too many.

        Parameters
        ----------
        tier : ImplicitTier
            The next one, which says which pairs are good.
        stop : Stop
            Once it is due, fewer are brought.
        """
        if self.holds_all_arcs:
            return
        parts, n_pairs = [], 0
        for arcs in self.implicit_arcs.pairs():
            parts.append(arcs)
            n_pairs += arcs[0].size
            if n_pairs > MAX_EXPLICIT_ARCS or stop.is_due:
                break
        else:
            pairs = concatenate(parts)
            self.holds_all_arcs = n_pairs <= _MAX_TIGHT_ARCS_PER_PERSON * sum(self.shape)
            if self.holds_all_arcs:
                self.add_arcs(*pairs)
                return
            self.implicit_arcs = ExplicitArcs(pairs, self._rng)
        for rows, columns, scores in self.implicit_arcs.pairs(per_row=_MAX_TIGHT_ARCS_PER_PERSON):
            weights = tier.weights_of_pairs(rows, columns, scores)
            self._add_best_arcs(rows, columns, scores, weights)
            if stop.is_due:
                return

    def has_feasible_loads(self) -> bool:
        """Tell whether each person, taken alone, can be given what they must have."""
        fixed_loads = count_loads(self.network(), self.pool.fixed)
        least_mentees, most_mentees, least_mentors, most_mentors = self.load_limits
        return bool(
            (np.maximum(least_mentees, fixed_loads[0]) <= most_mentees).all()
            and (np.maximum(least_mentors, fixed_loads[1]) <= most_mentors).all()
        )

    def max_pairs(self) -> int:
        """Return a number of pairs that no choice exceeds."""
        n_mentees, n_mentors = self.shape
        return int(
            min(
                np.minimum(self._load_bounds.max_load_mentees, n_mentors).sum(),
                np.minimum(self._load_bounds.max_load_mentors, n_mentees).sum(),
            )
        )

    def restrict_to_optima(self, tier: ImplicitTier, prices: DualPrices) -> None:
        """Leave only the choices that are best for a tier (invariant I2).

        Parameters
        ----------
        tier : ImplicitTier
        prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices that prove it over all pairs, in the tier's unit.
        """
        face, arc_idx = optimal_face(self.network(), self.linear_tier(tier), *prices)
        self.pool = self.pool.subset(arc_idx, face.fixed)
        self.load_limits = (
            face.min_load_mentees,
            face.max_load_mentees,
            face.min_load_mentors,
            face.max_load_mentors,
        )
        self.implicit_arcs = self.implicit_arcs.optimal_face(tier, *prices)

    def restrict_to_min_score(self, score: int) -> None:
        """Leave only the choices whose pairs all score at least so much.

        Parameters
        ----------
        score : int
            Millionths.
        """
        arc_idx = np.flatnonzero(self.pool.scores >= score)
        self.pool = self.pool.subset(arc_idx, self.pool.fixed[arc_idx])
        self.implicit_arcs = self.implicit_arcs.with_min_score(score)

    def trivial_bound(self, tier: ImplicitTier) -> int:
        """Return a bound of a tier that any weights of its kind keep to (invariant I3).

        Parameters
        ----------
        tier : ImplicitTier

        Returns
        -------
        int
            In the tier's unit.
        """
        if tier.kind == "worst":
            return self._oracle.max_score
        n_mentees, n_mentors = self.shape
        least_mentees, most_mentees, least_mentors, most_mentors = self.load_limits
        fixed_idx = np.flatnonzero(self.pool.fixed)
        fixed = self.pool.subset(fixed_idx, self.pool.fixed[fixed_idx])
        network = Network(
            n_mentees,
            n_mentors,
            fixed.rows,
            fixed.columns,
            fixed.fixed,
            least_mentees,
            np.maximum(least_mentees, np.minimum(most_mentees, n_mentors)),
            least_mentors,
            np.maximum(least_mentors, np.minimum(most_mentors, n_mentees)),
        )
        linear_tier = tier.as_linear_tier(fixed.rows, fixed.columns, fixed.scores)
        max_weight = tier.max_weight(self._oracle.max_score)
        u, v = np.zeros(n_mentees, dtype=np.int64), np.zeros(n_mentors, dtype=np.int64)
        return min(
            dual_bound(network, linear_tier, u + max_weight, v),
            dual_bound(network, linear_tier, u, v + max_weight),
        )

    def is_best_pair(self) -> Bools:
        """Mark the arcs at hand of the best choice found; before the first, the fixed ones."""
        if self.best_pairs is None:
            return self.pool.fixed
        return self.pool.are_among(*self.best_pairs[:2])

    def set_best_pairs(self, chosen: Bools) -> None:
        """Note a choice as the best one found.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
            Arcs at hand.
        """
        pool = self.pool
        self.best_pairs = pool.rows[chosen], pool.columns[chosen], pool.scores[chosen]

    def choose_greedily(self, tiers: Sequence[ImplicitTier]) -> None:
        """Note a greedy choice over the arcs at hand as the best one, if any is allowed.

        Parameters
        ----------
        tiers : sequence of ImplicitTier
        """
        pool = self.pool
        network = Network(
            *self.shape, pool.rows, pool.columns, pool.fixed, *self._load_bounds.bounds
        )
        chosen = greedy_choice(network, [self.linear_tier(tier) for tier in tiers])
        if chosen is not None:
            self.set_best_pairs(chosen)

    def values(self, pairs: ArcArrays, tiers: Sequence[ImplicitTier]) -> tuple[int, ...]:
        """Return the value of a choice in each tier.

        Parameters
        ----------
        pairs : tuple of ndarray of int64, shape (n_pairs,)
            Rows, columns and scores of an allowed choice, sorted.
        tiers : sequence of ImplicitTier
        """
        rows, columns, scores = pairs
        taken = np.ones(rows.size, dtype=np.bool_)
        network = Network(*self.shape, rows, columns, taken, *self._load_bounds.bounds)
        return tuple(
            (int(scores.min()) if scores.size else 0)
            if tier.kind == "worst"
            else tier_value(network, tier.as_linear_tier(rows, columns, scores), taken)
            for tier in tiers
        )
