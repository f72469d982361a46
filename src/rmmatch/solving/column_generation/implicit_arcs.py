"""All acceptable pairs, without ever holding them: the arcs that could still disprove a tier.

A tier is proved over the few arcs at hand by prices; the *implicit arcs* are every pair that could
still be worth more than these. Once a tier is proved, only pairs that are tight in it stay among
the implicit arcs of the next. Most tiers give a pair the same weight whoever meets, so that this is
decided by groups of people; only scores and marks are looked at pair by pair.

Positions are in id order, scores, prices and margins int64 millionths (invariants I1 and I5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.column_generation.arc_pool import ArcArrays
from rmmatch.solving.column_generation.oracle_scan import NO_MARGIN, probe, scan
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier

__all__ = ["ArcBlock", "ExplicitArcs", "ImplicitArcs"]


@dataclass(frozen=True, eq=False, slots=True)
class ArcBlock:
    """All acceptable pairs of some rows with some columns that are tight in some tiers.

    Attributes
    ----------
    rows, columns : ndarray of int64
        Sorted positions.
    tight_tiers : tuple of (ImplicitTier, ndarray, ndarray)
        Tiers whose weight must equal the two prices, decided pair by pair, with these prices.
    min_score : int
        The lowest score, in millionths.
    """

    rows: Ints
    columns: Ints
    tight_tiers: tuple[tuple[ImplicitTier, Ints, Ints], ...] = ()
    min_score: int = 0

    def parts_by_weight(self, tier: ImplicitTier) -> Iterator[tuple[Ints, Ints, int | None]]:
        """Cut the block into parts by what a tier's weight may be there.

        Parameters
        ----------
        tier : ImplicitTier

        Yields
        ------
        rows, columns : ndarray of int64
        weight : int or None
            No weight in the part exceeds this number, and in a constant tier each equals it; None
            where the weight differs by pair.
        """
        weight = {"constant": tier.unit, "above": 0}.get(tier.kind)
        if tier.kind == "marks":
            yield self.rows, self.columns, None
            return
        for rows, rows_count in _split_by_flag(self.rows, tier.mentee_marks):
            for columns, columns_count in _split_by_flag(self.columns, tier.mentor_marks):
                if rows.size and columns.size:
                    yield rows, columns, weight if rows_count and columns_count else 0

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> Iterator[ArcBlock]:
        """Keep the pairs that are tight in a proved tier (invariant I2).

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            The prices that prove it.
        """
        for rows, columns, weight in self.parts_by_weight(tier):
            if weight is None:
                yield replace(
                    self, rows=rows, columns=columns, tight_tiers=(*self.tight_tiers, (tier, u, v))
                )
                continue
            for price in np.intersect1d(u[rows], weight - v[columns]).tolist():
                yield replace(
                    self,
                    rows=rows[u[rows] == price],
                    columns=columns[v[columns] == weight - price],
                )

    def leading_prices(self) -> DualPrices | None:
        """Return the prices of the first tier of scores that must be tight."""
        return next(((u, v) for tier, u, v in self.tight_tiers if tier.kind == "scores"), None)

    def contains(self, rows: Ints, columns: Ints, scores: Ints) -> Bools:
        """Tell which pairs of the block's people are tight wherever they must be.

        Parameters
        ----------
        rows, columns, scores : ndarray of int64, shape (n_pairs,)
            Acceptable pairs of these rows with these columns.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
        """
        is_tight: Bools = scores >= self.min_score
        for tier, u, v in self.tight_tiers:
            is_tight &= tier.weights_of_pairs(rows, columns, scores) == u[rows] + v[columns]
        return is_tight


def _split_by_flag(people: Ints, flags: NDArray[Any] | None) -> list[tuple[Ints, bool]]:
    if flags is None:
        return [(people, True)]
    return [(people[flags[people]], True), (people[~flags[people]], False)]


class ImplicitArcs:
    """Every pair that is tight in all tiers proved so far, as blocks that share no pair.

    No choice that is best for these tiers takes any other pair (invariant I2).

    Parameters
    ----------
    oracle : PricingOracle
    blocks : sequence of ArcBlock
    rng : numpy.random.Generator
        Draws what estimates and thinning look at.
    """

    def __init__(
        self, oracle: PricingOracle, blocks: Sequence[ArcBlock], rng: np.random.Generator
    ) -> None:
        self.oracle = oracle
        self.blocks = tuple(blocks)
        self._rng = rng

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> ImplicitArcs:
        """Return the pairs that are tight in one more tier.

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            The prices that prove it.
        """
        faces = [face for block in self.blocks for face in block.optimal_face(tier, u, v)]
        return ImplicitArcs(self.oracle, faces, self._rng)

    def with_min_score(self, score: int) -> ImplicitArcs:
        """Return the pairs that score at least so much.

        Parameters
        ----------
        score : int
            Millionths.
        """
        blocks = [replace(block, min_score=max(score, block.min_score)) for block in self.blocks]
        return ImplicitArcs(self.oracle, blocks, self._rng)

    def score_threshold(self, count: int) -> int:
        """Estimate the score that about `count` pairs reach, from pairs drawn at random.

        Parameters
        ----------
        count : int

        Returns
        -------
        int
            Millionths; 0 where there are fewer pairs. A bad estimate costs rounds, never
            correctness.
        """
        scores, n_represented = [], []
        u, v = (np.zeros(size, dtype=np.int64) for size in self.oracle.shape)
        for block in self.blocks:
            if block.leading_prices() is None and block.rows.size and block.columns.size:
                pairs, n_probed = probe(
                    self.oracle, (u, v, NO_MARGIN), block.rows, block.columns, self._rng
                )
                scores.append(pairs[2][block.contains(*pairs)])
                ratio = block.rows.size * block.columns.size / n_probed
                n_represented.append(np.full(scores[-1].size, ratio))
        if not scores:
            return 0
        score, ratios = np.concatenate(scores), np.concatenate(n_represented)
        order = np.argsort(-score)
        rank = int(np.searchsorted(np.cumsum(ratios[order]), count))
        return int(score[order[rank]]) if rank < score.size else 0

    def pairs_scoring_at_least(self, score: int) -> Iterator[ArcArrays]:
        """Yield all pairs that score at least so much, in parts.

        Parameters
        ----------
        score : int
            Millionths.
        """
        n_mentees, n_mentors = self.oracle.shape
        cutoff = np.full(n_mentees, score), np.zeros(n_mentors, dtype=np.int64), 1
        for block in self.with_min_score(score).blocks:
            is_cut = block.leading_prices() is not None
            yield from self._pairs_of_block(
                block, block.rows, block.columns, None, None if is_cut else cutoff
            )

    def pairs(self, *, per_row: int | None = None) -> Iterator[ArcArrays]:
        """Yield all pairs in parts.

        Parameters
        ----------
        per_row : int, optional
            Of each row only about so many pairs, drawn at random.
        """
        for block in self.blocks:
            yield from self._pairs_of_block(block, block.rows, block.columns, per_row)

    def violations(
        self,
        tier: ImplicitTier,
        u: Ints,
        v: Ints,
        dropped: tuple[Bools, Bools],
        *,
        margin: int = 0,
        per_row: int | None = None,
        is_crowded: bool = False,
    ) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """Yield rows, columns, scores and gains of the pairs with weight - u - v > -margin.

        Parts of constant weight are looked at wherever prices are too low; of the others only
        pairs whose row or column has dropped.

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices.
        dropped : tuple of ndarray of bool, shapes (n_mentees,), (n_mentors,)
            Whose prices are below the verified ones.
        margin : int
            Millionths.
        per_row : int, optional
            Of parts of constant weight only about so many pairs of each row.
        is_crowded : bool
            Whether `per_row` thins all parts.
        """
        for block in self.blocks:
            for rows, columns, weight in block.parts_by_weight(tier):
                n_per_row = None if weight is None and not is_crowded else per_row
                for pairs in self._violations_in_part(
                    block, tier, (rows, columns, weight), u, v, dropped, margin, n_per_row
                ):
                    yield _violated_pairs(pairs, tier, u, v, margin)

    def price_margin(
        self, tier: ImplicitTier, u: Ints, v: Ints, dropped: tuple[Bools, Bools], count: int
    ) -> tuple[int, bool]:
        """Choose the cut-off of reduced weights of the next pricing round, for `count` arcs.

        Parameters
        ----------
        tier : ImplicitTier
            Of scores.
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices.
        dropped : tuple of ndarray of bool, shapes (n_mentees,), (n_mentors,)
            Whose prices are below the verified ones.
        count : int
            How many arcs are wanted, about.

        Returns
        -------
        margin : int
            Arcs with ``weight - u - v > -margin`` are about `count`; `NO_MARGIN` if fewer than
            `count` arcs violate the prices at all, so that every violated arc can be taken.
        is_crowded : bool
            Whether so many arcs tie at the cut-off that they must be thinned per row.

        Notes
        -----
        Estimated from a random sample of pairs; a bad estimate costs rounds, never correctness.
        """
        gains, n_represented = [], []
        for block in self.blocks:
            for part_rows, part_columns, weight in block.parts_by_weight(tier):
                if weight is not None or block.leading_prices() is not None:
                    continue
                for rows, columns in _blocks_with_dropped_prices(part_rows, part_columns, dropped):
                    if not (rows.size and columns.size):
                        continue
                    pairs, n_probed = probe(self.oracle, (u, v, 0), rows, columns, self._rng)
                    gains.append(pairs[2] - u[pairs[0]] - v[pairs[1]])
                    ratio = rows.size * columns.size / n_probed
                    n_represented.append(np.full(gains[-1].size, ratio))
        if not gains:
            return NO_MARGIN, False
        gain = np.concatenate(gains)
        order = np.argsort(-gain)
        n_pairs, gain = np.cumsum(np.concatenate(n_represented)[order]), gain[order]
        rank = int(np.searchsorted(n_pairs, count))
        if rank >= gain.size:
            return NO_MARGIN, False
        # masses of pairs may be worth exactly as much
        start, end = np.searchsorted(-gain, [-gain[rank], 1 - gain[rank]])
        if start and n_pairs[start - 1] >= count / 4:
            return -int(gain[rank]), False
        return 1 - int(gain[rank]), bool(n_pairs[end - 1] > 4 * count)

    def _violations_in_part(
        self,
        block: ArcBlock,
        tier: ImplicitTier,
        weighted_part: tuple[Ints, Ints, int | None],
        u: Ints,
        v: Ints,
        dropped: tuple[Bools, Bools],
        margin: int,
        per_row: int | None,
    ) -> Iterator[ArcArrays]:
        """Yield the pairs of a part of a block that hold all violated ones, and others."""
        rows, columns, weight = weighted_part
        if weight is not None:
            low_rows = rows[u[rows] + v[columns].min() < weight]
            low_columns = columns[v[columns] + u[rows].min() < weight]
            yield from self._pairs_of_block(block, low_rows, low_columns, per_row)
            return
        is_cut = tier.kind == "scores" and block.leading_prices() is None
        cutoff = (u, v, margin) if is_cut else None
        for block_rows, block_columns in _blocks_with_dropped_prices(rows, columns, dropped):
            yield from self._pairs_of_block(block, block_rows, block_columns, per_row, cutoff)

    def _pairs_of_block(
        self,
        block: ArcBlock,
        rows: Ints,
        columns: Ints,
        per_row: int | None,
        cutoff: tuple[Ints, Ints, int] | None = None,
    ) -> Iterator[ArcArrays]:
        tight_prices = block.leading_prices()
        if cutoff is None and tight_prices is not None:
            cutoff = (*tight_prices, 1)
        for pairs in scan(self.oracle, cutoff, rows, columns, self._rng, per_row=per_row):
            is_tight = block.contains(*pairs)
            yield pairs[0][is_tight], pairs[1][is_tight], pairs[2][is_tight]


def _blocks_with_dropped_prices(
    rows: Ints, columns: Ints, dropped: tuple[Bools, Bools]
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return the blocks of pairs whose row or column has dropped."""
    has_dropped = dropped[0][rows]
    return (rows[has_dropped], columns), (rows[~has_dropped], columns[dropped[1][columns]])


def _violated_pairs(
    pairs: ArcArrays, tier: ImplicitTier, u: Ints, v: Ints, margin: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Keep the pairs with weight - u - v > -margin, and tell this gain of each."""
    rows, columns, scores = pairs
    gains = tier.weights_of_pairs(rows, columns, scores) - u[rows] - v[columns]
    is_near = np.flatnonzero(gains > -margin)
    return rows[is_near], columns[is_near], scores[is_near], gains[is_near]


class ExplicitArcs:
    """The same questions as to `ImplicitArcs`, to pairs few enough to be held.

    Parameters
    ----------
    pairs : tuple of ndarray of int64
        Rows, columns and scores; as in `ImplicitArcs` no best choice takes any other (I2).
    rng : numpy.random.Generator
    """

    def __init__(self, pairs: ArcArrays, rng: np.random.Generator) -> None:
        self._pairs, self._rng = pairs, rng

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> ExplicitArcs:
        """Return the pairs that are tight in one more tier.

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            The prices that prove it.
        """
        rows, columns, scores = self._pairs
        is_tight = tier.weights_of_pairs(rows, columns, scores) == u[rows] + v[columns]
        return ExplicitArcs((rows[is_tight], columns[is_tight], scores[is_tight]), self._rng)

    def with_min_score(self, score: int) -> ExplicitArcs:
        """Return the pairs that score at least so much.

        Parameters
        ----------
        score : int
            Millionths.
        """
        is_enough = self._pairs[2] >= score
        rows, columns, scores = (numbers[is_enough] for numbers in self._pairs)
        return ExplicitArcs((rows, columns, scores), self._rng)

    def score_threshold(self, count: int) -> int:
        """Return the score in millionths that `count` pairs reach; 0 where there are fewer.

        Parameters
        ----------
        count : int
        """
        scores = np.sort(self._pairs[2])
        return int(scores[-count]) if 0 < count <= scores.size else 0

    def pairs_scoring_at_least(self, score: int) -> Iterator[ArcArrays]:
        """Yield all pairs that score at least so much, at once.

        Parameters
        ----------
        score : int
            Millionths.
        """
        return self.with_min_score(score).pairs()

    def pairs(self, *, per_row: int | None = None) -> Iterator[ArcArrays]:
        """Yield all pairs at once.

        Parameters
        ----------
        per_row : int, optional
            Of each row only about so many pairs, drawn at random.
        """
        rows, columns, scores = self._pairs
        if per_row is not None:
            n_wanted = per_row * np.unique(rows).size
            is_drawn = self._rng.random(rows.size) * rows.size < n_wanted
            rows, columns, scores = rows[is_drawn], columns[is_drawn], scores[is_drawn]
        yield rows, columns, scores

    def price_margin(
        self, tier: ImplicitTier, u: Ints, v: Ints, dropped: tuple[Bools, Bools], count: int
    ) -> tuple[int, bool]:
        """Return no restriction: all pairs are at hand.

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64
        dropped : tuple of ndarray of bool
        count : int
            As in `ImplicitArcs.price_margin`.
        """
        return NO_MARGIN, False

    def violations(
        self,
        tier: ImplicitTier,
        u: Ints,
        v: Ints,
        dropped: tuple[Bools, Bools],
        *,
        margin: int = 0,
        per_row: int | None = None,
        is_crowded: bool = False,
    ) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """Yield rows, columns, scores and gains of the pairs with weight - u - v > -margin.

        Parameters
        ----------
        tier : ImplicitTier
        u, v : ndarray of int64
            As in `ImplicitArcs.violations`.
        dropped : tuple of ndarray of bool
            Not used: all pairs are looked at.
        margin : int
            As in `ImplicitArcs.violations`.
        per_row : int, optional
        is_crowded : bool
            Not used.
        """
        yield _violated_pairs(self._pairs, tier, u, v, margin)
