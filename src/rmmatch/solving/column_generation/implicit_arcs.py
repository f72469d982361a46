"""All acceptable pairs, without ever holding them: what a sweep asks, and of whom.

A tier may be proved over the few pairs at hand by prices; the *universe* is every pair that could
still disprove it. Once a tier is proved, only pairs that are tight in it stay in the universe of
the next. Most tiers give a pair the same weight whoever meets, so that this is decided by groups
of people; only scores and marks are looked at pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier

__all__ = ["NO_MARGIN", "ArcBlock", "ExplicitArcs", "ImplicitArcs", "scan"]

NO_MARGIN = 2**60
"""A margin that every acceptable pair is within."""

_PROBE_ROWS_AND_COLUMNS = (
    512,
    4096,
)  # rows and columns looked at to guess how many pairs an answer will hold
_MAX_PAIRS_PER_ANSWER = 2_000_000  # pairs an answer should hold at most


@dataclass(frozen=True, eq=False, slots=True)
class ArcBlock:
    """All acceptable pairs of some rows with some columns that are tight in some tiers.

    Attributes
    ----------
    rows, columns : ndarray of int64
    tight : tuple of (ImplicitTier, ndarray, ndarray)
        Tiers whose weight must equal the two prices, decided pair by pair.
    floor : int
        The lowest score.
    """

    rows: Ints
    columns: Ints
    tight_tiers: tuple[tuple[ImplicitTier, Ints, Ints], ...] = ()
    min_score: int = 0

    def parts_by_weight(self, tier: ImplicitTier) -> Iterator[tuple[Ints, Ints, int | None]]:
        """Cut into parts where no weight is above one number, or (None) it differs by pair.

        Of a constant tier it is that number.
        """
        differs = {"constant": tier.unit, "above": 0}.get(tier.kind)
        if tier.kind == "marks":
            yield self.rows, self.columns, None
            return
        for rows, rows_have in _split_by_flag(self.rows, tier.mentee_marks):
            for columns, columns_have in _split_by_flag(self.columns, tier.mentor_marks):
                if rows.size and columns.size:
                    yield rows, columns, differs if rows_have and columns_have else 0

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> Iterator[ArcBlock]:
        """Keep the pairs that are tight in a tier."""
        for rows, columns, weight in self.parts_by_weight(tier):
            if weight is None:
                yield replace(
                    self, rows=rows, columns=columns, tight_tiers=(*self.tight_tiers, (tier, u, v))
                )
                continue
            for price in np.intersect1d(u[rows], weight - v[columns]).tolist():
                some = rows[u[rows] == price], columns[v[columns] == weight - price]
                yield replace(self, rows=some[0], columns=some[1])

    def leading_prices(self) -> tuple[Ints, Ints] | None:
        """Return the prices of the first tier of scores that must be tight."""
        return next(((u, v) for tier, u, v in self.tight_tiers if tier.kind == "scores"), None)

    def contains(self, rows: Ints, columns: Ints, scores: Ints) -> Bools:
        """Tell which listed pairs are tight wherever they must be."""
        holds: Bools = scores >= self.min_score
        for tier, u, v in self.tight_tiers:
            holds &= tier.weights_of_pairs(rows, columns, scores) == u[rows] + v[columns]
        return holds


def _split_by_flag(people: Ints, flags: NDArray[Any] | None) -> list[tuple[Ints, bool]]:
    if flags is None:
        return [(people, True)]
    return [(people[flags[people]], True), (people[~flags[people]], False)]


class ImplicitArcs:
    """Every pair that is tight in all tiers proved so far."""

    def __init__(
        self, oracle: PricingOracle, patches: Sequence[ArcBlock], rng: np.random.Generator
    ) -> None:
        self.oracle = oracle
        self.blocks = tuple(patches)
        self._rng = rng

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> ImplicitArcs:
        """Return the pairs that are tight in one more tier."""
        patches = [part for patch in self.blocks for part in patch.optimal_face(tier, u, v)]
        return ImplicitArcs(self.oracle, patches, self._rng)

    def with_min_score(self, level: int) -> ImplicitArcs:
        """Return the pairs that score so much at least."""
        patches = [replace(patch, min_score=max(level, patch.min_score)) for patch in self.blocks]
        return ImplicitArcs(self.oracle, patches, self._rng)

    def score_threshold(self, count: int) -> int:
        """Return a score that some `count` pairs reach, estimated from pairs drawn at random."""
        scores, stands_for = [], []
        none = tuple(np.zeros(size, dtype=np.int64) for size in self.oracle.shape)
        for patch in self.blocks:
            if patch.leading_prices() is None and patch.rows.size and patch.columns.size:
                people = patch.rows, patch.columns
                some = [
                    _draw_sorted(self._rng, *one)
                    for one in zip(people, _PROBE_ROWS_AND_COLUMNS, strict=True)
                ]
                found = self.oracle.candidates(none[0], none[1], NO_MARGIN, *some)
                scores.append(found[2][patch.contains(*found)])
                share = patch.rows.size * patch.columns.size / (some[0].size * some[1].size)
                stands_for.append(np.full(scores[-1].size, share))
        if not scores:
            return 0
        score, sums = np.concatenate(scores), np.concatenate(stands_for)
        order = np.argsort(-score)
        reached = int(np.searchsorted(np.cumsum(sums[order]), count))
        return int(score[order[reached]]) if reached < score.size else 0

    def pairs_scoring_at_least(self, level: int) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield all pairs that score so much at least, in parts."""
        n, m = self.oracle.shape
        lead = np.full(n, level), np.zeros(m, dtype=np.int64), 1
        for patch in self.with_min_score(level).blocks:
            tight = patch.leading_prices() is not None
            yield from self._pairs_of_block(
                patch, patch.rows, patch.columns, None, None if tight else lead
            )

    def pairs(self, *, per_row: int | None = None) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield all pairs in parts; of each row about `per_row`, drawn at random, if given."""
        for patch in self.blocks:
            yield from self._pairs_of_block(patch, patch.rows, patch.columns, per_row)

    def violations(
        self,
        tier: ImplicitTier,
        u: Ints,
        v: Ints,
        fell: tuple[Bools, Bools],
        *,
        margin: int = 0,
        per_row: int | None = None,
        is_crowded: bool = False,
    ) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """Yield rows, columns, scores and gains of the pairs with weight - u - v > -margin.

        Parts of constant weight are looked at wherever prices are too low; of the others only
        pairs whose row or column fell. `per_row` thins the former, where it is crowded all.
        """
        for patch in self.blocks:
            for rows, columns, weight in patch.parts_by_weight(tier):
                thinned = None if weight is None and not is_crowded else per_row
                for part in self._violations_in_part(
                    patch, tier, (rows, columns, weight), u, v, fell, margin, thinned
                ):
                    yield _violated_pairs(part, tier, u, v, margin)

    def price_margin(
        self, tier: ImplicitTier, u: Ints, v: Ints, fell: tuple[Bools, Bools], count: int
    ) -> tuple[int, bool]:
        """Return a margin within which some `count` pairs are, and whether they are many more.

        Where fewer than that are worth more than their prices, the margin is `ANY`. Estimated
        from pairs drawn at random.
        """
        gains, stands_for = [], []
        for patch in self.blocks:
            for rows, columns, weight in patch.parts_by_weight(tier):
                if weight is not None or patch.leading_prices() is not None:
                    continue
                for region in _blocks_with_dropped_prices(rows, columns, fell):
                    if not (region[0].size and region[1].size):
                        continue
                    some = [
                        _draw_sorted(self._rng, *one)
                        for one in zip(region, _PROBE_ROWS_AND_COLUMNS, strict=True)
                    ]
                    found = self.oracle.candidates(u, v, 0, *some)
                    gains.append(found[2] - u[found[0]] - v[found[1]])
                    share = region[0].size * region[1].size / (some[0].size * some[1].size)
                    stands_for.append(np.full(gains[-1].size, share))
        if not gains:
            return NO_MARGIN, False
        gain = np.concatenate(gains)
        order = np.argsort(-gain)
        sums, gain = np.cumsum(np.concatenate(stands_for)[order]), gain[order]
        reached = int(np.searchsorted(sums, count))
        if reached >= gain.size:
            return NO_MARGIN, False
        # masses of pairs may be worth exactly as much
        first, end = np.searchsorted(-gain, [-gain[reached], 1 - gain[reached]])
        if first and sums[first - 1] >= count / 4:
            return -int(gain[reached]), False
        return 1 - int(gain[reached]), bool(sums[end - 1] > 4 * count)

    def _violations_in_part(
        self,
        patch: ArcBlock,
        tier: ImplicitTier,
        part: tuple[Ints, Ints, int | None],
        u: Ints,
        v: Ints,
        fell: tuple[Bools, Bools],
        margin: int,
        per_row: int | None,
    ) -> Iterator[tuple[Ints, Ints, Ints]]:
        rows, columns, weight = part
        if weight is not None:
            low_rows = rows[u[rows] + v[columns].min() < weight]
            low_columns = columns[v[columns] + u[rows].min() < weight]
            yield from self._pairs_of_block(patch, low_rows, low_columns, per_row)
            return
        lead = (u, v, margin) if tier.kind == "scores" and patch.leading_prices() is None else None
        for some_rows, some_columns in _blocks_with_dropped_prices(rows, columns, fell):
            yield from self._pairs_of_block(patch, some_rows, some_columns, per_row, lead)

    def _pairs_of_block(
        self,
        patch: ArcBlock,
        rows: Ints,
        columns: Ints,
        per_row: int | None,
        lead: tuple[Ints, Ints, int] | None = None,
    ) -> Iterator[tuple[Ints, Ints, Ints]]:
        tight = patch.leading_prices()
        if lead is None and tight is not None:
            lead = (*tight, 1)
        for found in scan(self.oracle, lead, rows, columns, self._rng, per_row=per_row):
            holds = patch.contains(*found)
            yield (found[0][holds], found[1][holds], found[2][holds])


def _blocks_with_dropped_prices(
    rows: Ints, columns: Ints, fell: tuple[Bools, Bools]
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return the blocks of pairs whose row or column fell."""
    fallen = fell[0][rows]
    return (rows[fallen], columns), (rows[~fallen], columns[fell[1][columns]])


def _violated_pairs(
    pairs: tuple[Ints, Ints, Ints], tier: ImplicitTier, u: Ints, v: Ints, margin: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Keep the pairs that are worth nearly as much as their prices or more, and tell the rest."""
    rows, columns, scores = pairs
    gains = tier.weights_of_pairs(rows, columns, scores) - u[rows] - v[columns]
    good = np.flatnonzero(gains > -margin)
    return rows[good], columns[good], scores[good], gains[good]


class ExplicitArcs:
    """A universe small enough to be held."""

    def __init__(self, pairs: tuple[Ints, Ints, Ints], rng: np.random.Generator) -> None:
        self._pairs, self._rng = pairs, rng

    def optimal_face(self, tier: ImplicitTier, u: Ints, v: Ints) -> ExplicitArcs:
        """Return the pairs that are tight in one more tier."""
        rows, columns, scores = self._pairs
        kept = tier.weights_of_pairs(rows, columns, scores) == u[rows] + v[columns]
        return ExplicitArcs((rows[kept], columns[kept], scores[kept]), self._rng)

    def with_min_score(self, level: int) -> ExplicitArcs:
        """Return the pairs that score so much at least."""
        kept = self._pairs[2] >= level
        rows, columns, scores = (some[kept] for some in self._pairs)
        return ExplicitArcs((rows, columns, scores), self._rng)

    def score_threshold(self, count: int) -> int:
        """Return the score that so many pairs reach."""
        scores = np.sort(self._pairs[2])
        return int(scores[-count]) if 0 < count <= scores.size else 0

    def pairs_scoring_at_least(self, level: int) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield all pairs that score so much at least."""
        return self.with_min_score(level).pairs()

    def pairs(self, *, per_row: int | None = None) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield all pairs at once; of each row about `per_row`, drawn at random, if given."""
        rows, columns, scores = self._pairs
        if per_row is not None:
            wanted = per_row * np.unique(rows).size
            drawn = self._rng.random(rows.size) * rows.size < wanted
            rows, columns, scores = rows[drawn], columns[drawn], scores[drawn]
        yield rows, columns, scores

    def price_margin(
        self, tier: ImplicitTier, u: Ints, v: Ints, fell: tuple[Bools, Bools], count: int
    ) -> tuple[int, bool]:
        """Return no restriction."""
        return NO_MARGIN, False

    def violations(
        self,
        tier: ImplicitTier,
        u: Ints,
        v: Ints,
        fell: tuple[Bools, Bools],
        *,
        margin: int = 0,
        per_row: int | None = None,
        is_crowded: bool = False,
    ) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """Yield rows, columns, scores and gains of the pairs with weight - u - v > -margin."""
        yield _violated_pairs(self._pairs, tier, u, v, margin)


def scan(
    oracle: PricingOracle,
    lead: tuple[Ints, Ints, int] | None,
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
    *,
    per_row: int | None = None,
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield the candidates among some rows and columns, in parts that fit into memory.

    Parameters
    ----------
    oracle : PricingOracle
    lead : tuple of ndarray, ndarray and int, or None
        Prices and margin; None for all acceptable pairs.
    rows, columns : ndarray of int64
        Sorted positions.
    rng : numpy.random.Generator
    per_row : int, optional
        Where there are many more candidates a row, each part is drawn from columns of its own.
    """
    if not (rows.size and columns.size):
        return
    if lead is None:
        n, m = oracle.shape
        lead = np.zeros(n, np.int64), np.zeros(m, np.int64), NO_MARGIN
    density = share = 1.0
    if rows.size * columns.size > _MAX_PAIRS_PER_ANSWER:
        some_rows, some_columns = (
            _draw_sorted(rng, *some)
            for some in zip((rows, columns), _PROBE_ROWS_AND_COLUMNS, strict=True)
        )
        hits = oracle.candidates(*lead, some_rows, some_columns)[0].size
        density = (hits + 1) / (some_rows.size * some_columns.size)
        if per_row is not None:
            share = min(1.0, per_row / (density * columns.size))
    step = max(1, int(_MAX_PAIRS_PER_ANSWER / (density * share * columns.size)))
    if share < 1:
        # many parts, so that nobody is left out of all of them
        step = max(1, min(step, rows.size // 32))
    for start in range(0, rows.size, step):
        drawn = columns
        if share < 1:
            drawn = _draw_sorted(rng, columns, max(1, int(share * columns.size)))
        yield oracle.candidates(*lead, rows[start : start + step], drawn)


def _draw_sorted(rng: np.random.Generator, people: Ints, count: int) -> Ints:
    """Draw some people, sorted."""
    if people.size <= count:
        return people
    drawn: Ints = np.sort(rng.choice(people, count, replace=False))
    return drawn
