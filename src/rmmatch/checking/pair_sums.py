"""What all pairs add to the bounds of prices, tier by tier, strip by strip.

Whatever adds to a bound is summed by `PairSums.positive_parts`, in whole numbers of 64 bits. What
adds nothing need not be listed. Without a dismissal every pair is scored, and those below their
prices are left out; with one most pairs are dismissed unscored, and some of these drawn for the
sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rmmatch.checking.dismissal import Dismissal
from rmmatch.checking.rectangles import Rectangle, RelevantMentors
from rmmatch.checking.sampling import DismissedPairs, Sampler, StripSample
from rmmatch.checking.tasks import Task
from rmmatch.checking.tier_values import TierValues
from rmmatch.matching import TierPrices
from rmmatch.numeric import Bools, Ints, exact_sum, is_member, pair_keys, pairs_of_keys
from rmmatch.scheme.tiers import tier_kind
from rmmatch.scoring import PairScores

__all__ = ["PairSums", "ScanResult"]

_Scored = tuple[Ints, Ints, Ints]  # positions of mentees and mentors, and scores in millionths

_PAIRS_PER_BLOCK = 1 << 16  # pairs of a block, which stays in the cache; speed only
_MENTEES_PER_STRIP = 64  # mentees of a strip; speed only
# mentees and mentors of a block that is scored: larger products wait for BLAS threads; speed only
_EXACT_BLOCK_SHAPE = 8, 2048
_PAIRS_PER_TASK = 1 << 14  # pairs scored one by one at once; speed only
_MAX_CACHED_PARTS = 8  # sets of mentors kept at hand; speed only
# one pair of so many left: scoring the whole block is quicker than picking pairs out; speed only
_DENSE_RATIO = 4


@dataclass(frozen=True, eq=False)
class ScanResult:
    """What looking at some pairs has shown.

    Attributes
    ----------
    sums : list of int
        What they add to each tier.
    n_scored : int
        How many of them were scored.
    drawn : (DismissedPairs, DismissedPairs, DismissedPairs)
        Dismissed ones: drawn uniformly, of groups, and of blocks.
    """

    sums: list[int]
    n_scored: int
    drawn: tuple[DismissedPairs, ...] = (DismissedPairs.concatenate([]),) * 3


class PairSums:
    """All pairs of people, under the prices of each tier.

    Parameters
    ----------
    scores : PairScores
    tier_values : TierValues
    tiers : sequence of TierPrices
    dismissal : Dismissal, optional
        By default every pair is scored.
    """

    def __init__(
        self,
        scores: PairScores,
        tier_values: TierValues,
        tiers: Sequence[TierPrices],
        dismissal: Dismissal | None = None,
    ) -> None:
        self._scores, self._tier_values, self._tiers = scores, tier_values, tiers
        self._dismissal = dismissal
        self._previous_levels = [
            before.level if before is not None and before.tier == prices.tier else None
            for before, prices in zip((None, *tiers), tiers, strict=False)
        ]
        pins = scores.pins
        self._pins = self._keys(pins.mentees, pins.mentors)
        # These are counted by name, or no ceiling of theirs is known.
        listed_relations = [
            *tier_values.listed_pairs.values(),
            *(dismissal.exceptions if dismissal is not None else ()),
        ]
        keys = [self._keys(pairs.mentees, pairs.mentors) for pairs in listed_relations]
        sorted_keys = np.sort(np.concatenate([self._pins, *keys]))
        self._listed_keys = sorted_keys[np.diff(sorted_keys, prepend=-1) > 0]
        self._parts_cache: dict[tuple[int, tuple[int, ...]], list[RelevantMentors]] = {}
        self._rectangles = list(self._all_rectangles()) if self.sums_scores else []
        self._strips = [
            (rectangle, mentees)
            for rectangle in self._rectangles
            for mentees in self._strips_of(rectangle)
        ]

    @property
    def sums_scores(self) -> bool:
        """Whether the first tier in which pairs differ adds up scores: else none is dismissed."""
        differing_tiers = (
            p.tier
            for p in self._tiers
            if self._tier_values.weight(p.tier, both_applicants=True) is None
        )
        return self._tier_values.sums_scores(next(differing_tiers, "total"))

    def sampler(self, seed: int) -> Sampler | None:
        """Return what draws from the dismissed pairs, if any are dismissed.

        Parameters
        ----------
        seed : int
            Of the sample.
        """
        if self._dismissal is None or not self._strips:
            return None
        n_groups = self._dismissal.n_groups[1]
        n_pairs = sum(len(mentees) * len(rectangle.mentors) for rectangle, mentees in self._strips)
        return Sampler(seed, n_pairs, len(self._strips) * n_groups)

    def tasks(self, sampler: Sampler | None = None) -> list[Task[ScanResult]]:
        """Return tasks that together look at every pair of people.

        Parameters
        ----------
        sampler : Sampler, optional
            Draws from the dismissed pairs.
        """
        if not self.sums_scores:
            everybody = [np.arange(count) for count in self._scores.shape]
            return [
                Task(len(rows) * len(everybody[1]), partial(self._scan_rows, rows, everybody[1]))
                for rows in _chunks(everybody[0], _MENTEES_PER_STRIP)
            ]
        tasks = []
        for start in range(0, len(self._listed_keys), _PAIRS_PER_TASK):
            keys = self._listed_keys[start : start + _PAIRS_PER_TASK]
            # they are among the pairs of the strips as well, where they are passed over
            tasks.append(Task(0, partial(self._scan_listed, keys)))
        for index, (rectangle, mentees) in enumerate(self._strips):
            run = partial(self._scan_strip, rectangle, mentees, index, sampler)
            tasks.append(Task(len(mentees) * len(rectangle.mentors), run))
        return tasks

    # --- pairs one by one ------------------------------------------------------------------

    def positive_parts(
        self, mentees: Ints, mentors: Ints, scores: Ints, pinned: Bools
    ) -> list[int]:
        """Return what listed pairs add to the bound of each tier.

        A pair that must be there adds its gain, what it is worth less the two prices. One that
        may be there adds its gain above 0, and then must be there in all tiers that follow; below
        0 it is out of them.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions.
        scores : ndarray of int64, shape (n_pairs,)
            Millionths, -1 where forbidden.
        pinned : ndarray of bool, shape (n_pairs,)
            Which pairs must be there from the first tier on.
        """
        return self._positive_parts(mentees, mentors, scores, pinned)[0]

    def positions_to_score(self, pairs: DismissedPairs, scores: Ints) -> Ints:
        """Return where pairs stand that add to the bound of a tier, and so must be scored.

        Parameters
        ----------
        pairs : DismissedPairs
        scores : ndarray of int64, shape (n_pairs,)
            Theirs, in millionths, -1 where forbidden.
        """
        pinned = np.isin(self._keys(pairs.mentees, pairs.mentors), self._pins)
        _, counting = self._positive_parts(pairs.mentees, pairs.mentors, scores, pinned)
        return np.unique(np.concatenate(counting))

    def _positive_parts(
        self, mentees: Ints, mentors: Ints, scores: Ints, pinned: Bools
    ) -> tuple[list[int], list[Ints]]:
        pair_idx = np.flatnonzero(scores >= 0)
        mentees, mentors, scores = mentees[pair_idx], mentors[pair_idx], scores[pair_idx]
        must = pinned[pair_idx]
        may = ~must
        sums, counting = [], [pair_idx[:0]]
        levels = self._tier_values.levels
        for prices, after in zip(self._tiers, self._previous_levels, strict=True):
            tier, level = prices.tier, prices.level
            if tier_kind(tier).goes_by_level and tier_kind(tier).form != "load_profile":
                keys = levels.keys(tier, mentees, mentors, scores)
                gain = levels.weights(tier, keys, after, level)
                is_excluded = levels.strictly_between(keys, after, level)
            else:
                gain = self._tier_values.weights(tier, mentees, mentors, scores)
                is_excluded = np.zeros(len(gain), dtype=bool)
            gain = gain - prices.mentees[mentees] - prices.mentors[mentors]
            forced = may & (gain > 0)
            sums.append(exact_sum(gain[must | forced]))
            counting.append(pair_idx[(must | forced) & (gain != 0)])
            if tier_kind(tier).form == "bottleneck":
                may &= scores >= levels.score_floor(level)
            else:
                must |= forced
                may &= (gain == 0) & ~is_excluded
            is_open = must | may
            if 2 * np.count_nonzero(is_open) < len(is_open):
                mentees, mentors, scores = mentees[is_open], mentors[is_open], scores[is_open]
                must, may, pair_idx = must[is_open], may[is_open], pair_idx[is_open]
        return sums, counting

    def _keys(self, mentees: Ints, mentors: Ints) -> Ints:
        return pair_keys(mentees, mentors, self._scores.shape[1])

    def is_listed(self, mentees: Ints, mentors: Ints) -> Bools:
        """Tell which pairs are scored by name, and not in a strip.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, cohort order.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
        """
        return is_member(self._listed_keys, self._keys(mentees, mentors))

    def _scan_rows(self, rows: Ints, columns: Ints) -> ScanResult:
        sums = [0] * len(self._tiers)
        for mentee_block, mentor_block in _blocks(rows, columns):
            mentees, mentors = (
                side.ravel() for side in np.meshgrid(mentee_block, mentor_block, indexing="ij")
            )
            scores = self._scores.block(mentee_block, mentor_block).ravel()
            pinned = np.isin(self._keys(mentees, mentors), self._pins)
            sums = _add_sums(sums, self.positive_parts(mentees, mentors, scores, pinned))
        return ScanResult(sums, len(rows) * len(columns))

    def _scan_listed(self, keys: Ints) -> ScanResult:
        mentees, mentors = pairs_of_keys(keys, self._scores.shape[1])
        scores = self._scores.scores_of_pairs(mentees, mentors)
        # without a dismissal they are scored among the others as well
        n_scored = 0 if self._dismissal is None else len(mentees)
        return ScanResult(
            self.positive_parts(mentees, mentors, scores, np.isin(keys, self._pins)), n_scored
        )

    # --- strips ----------------------------------------------------------------------------

    def _all_rectangles(self) -> Iterator[Rectangle]:
        """Yield rectangles that cover all pairs once."""
        applicants = self._tier_values.applicants
        for of_mentees, of_mentors, both_applicants in (
            (applicants[0], applicants[1], True),
            (applicants[0], ~applicants[1], False),
            (~applicants[0], np.ones_like(applicants[1]), False),
        ):
            equal_weights: list[int] = []
            for prices in self._tiers:
                weight = self._tier_values.weight(prices.tier, both_applicants=both_applicants)
                if weight is None:
                    break
                equal_weights.append(weight)
            mentees, mentors = np.flatnonzero(of_mentees), np.flatnonzero(of_mentors)
            if self._dismissal is not None:
                order = [self._dismissal.mentor_groups[mentors]]
                if len(equal_weights) < len(self._tiers):
                    order.insert(0, self._tiers[len(equal_weights)].mentors[mentors])
                mentors = mentors[np.lexsort(order)]
            if len(mentees) and len(mentors):
                yield Rectangle(mentees, mentors, tuple(equal_weights))

    def _strips_of(self, rectangle: Rectangle) -> Iterator[Ints]:
        """Yield the mentees of a rectangle, by price, those together who are of one group.

        In the first tiers the prices of those together are equal.
        """
        keys = [
            prices.mentees[rectangle.mentees]
            for prices in self._tiers[: len(rectangle.equal_weights)]
        ]
        if self._dismissal is not None:
            keys.append(self._dismissal.mentee_groups[rectangle.mentees])
        by_price = [
            prices.mentees[rectangle.mentees]
            for prices in self._tiers[len(rectangle.equal_weights) :][:1]
        ]
        order = (
            np.lexsort([*by_price, *keys])
            if keys or by_price
            else np.arange(len(rectangle.mentees))
        )
        changes = np.zeros(len(order) - 1, dtype=bool)
        for key in keys:
            changes |= np.diff(key[order]) != 0
        for alike in np.split(order, np.flatnonzero(changes) + 1):
            for start in range(0, len(alike), _MENTEES_PER_STRIP):
                yield rectangle.mentees[alike[start : start + _MENTEES_PER_STRIP]]

    def _relevant_mentors(self, rectangle: Rectangle, mentee: int) -> list[RelevantMentors]:
        """Return the mentors of a rectangle with whom a mentee's pairs may count for any tier.

        The same for all mentees with the same prices in the first tiers; those of the last
        ones asked for are at hand.
        """
        first = tuple(int(p.mentees[mentee]) for p in self._tiers[: len(rectangle.equal_weights)])
        key = (id(rectangle), first)
        parts = self._parts_cache.get(key)
        if parts is None:
            if len(self._parts_cache) >= _MAX_CACHED_PARTS:
                self._parts_cache = {}
            parts = self._parts_cache[key] = list(self._find_relevant_mentors(rectangle, first))
        return parts

    def _find_relevant_mentors(
        self, rectangle: Rectangle, first: tuple[int, ...]
    ) -> Iterator[RelevantMentors]:
        must = np.zeros(len(rectangle.mentors), dtype=bool)
        may = ~must
        for weight, price, prices in zip(rectangle.equal_weights, first, self._tiers, strict=False):
            gain = weight - price - prices.mentors[rectangle.mentors]
            must |= may & (gain > 0)
            may &= gain == 0
        place = len(rectangle.equal_weights)
        for are_meant, is_priced in ((must, False), (may, True)):
            places = np.flatnonzero(are_meant)
            mentors = rectangle.mentors[places]
            least = np.zeros(len(places), dtype=np.int64)
            if is_priced and place == len(self._tiers):
                continue  # who may be there adds nothing to any tier
            if is_priced:
                # In the last tier a pair that is worth just its prices adds nothing either.
                least += self._tiers[place].mentors[mentors] + int(place == len(self._tiers) - 1)
            groups = np.zeros_like(mentors)
            if self._dismissal is not None:
                groups = self._dismissal.mentor_groups[mentors]
            if len(places):
                yield RelevantMentors(places, mentors, groups, least, is_priced)

    def _scan_strip(
        self, rectangle: Rectangle, mentees: Ints, index: int, sampler: Sampler | None
    ) -> ScanResult:
        sample = None if sampler is None else sampler.of_strip(index, mentees, rectangle.mentors)
        sums, n_scored = [0] * len(self._tiers), 0
        for relevant in self._relevant_mentors(rectangle, int(mentees[0])):
            prices = np.zeros(len(mentees), dtype=np.int64)
            if relevant.is_priced:
                prices += self._tiers[len(rectangle.equal_weights)].mentees[mentees]
            if self._dismissal is None:
                counting = self._scored_block(mentees, relevant, prices)
            else:
                counting = self._undismissed_pairs(
                    self._dismissal, mentees, relevant, prices, sample
                )
            for rows, columns, scores in counting:
                is_new = ~self.is_listed(rows, columns)
                n_scored += int(np.count_nonzero(is_new))
                is_new &= scores >= 0
                is_pinned = np.zeros(np.count_nonzero(is_new), dtype=bool)
                more_sums = self.positive_parts(
                    rows[is_new], columns[is_new], scores[is_new], is_pinned
                )
                sums = _add_sums(sums, more_sums)
        if self._dismissal is None:
            n_scored = len(mentees) * len(rectangle.mentors)
        if sample is None:
            return ScanResult(sums, n_scored)
        return ScanResult(
            sums, n_scored, tuple(map(self._without_listed, sample.dismissed_pairs()))
        )

    def _without_listed(self, drawn: DismissedPairs) -> DismissedPairs:
        return drawn.take(~self.is_listed(drawn.mentees, drawn.mentors))

    def _scored_block(
        self, mentees: Ints, relevant: RelevantMentors, prices: Ints
    ) -> Iterator[_Scored]:
        """Yield pairs and scores, those that count, after scoring all.

        Parameters
        ----------
        mentees : ndarray of int64, shape (n_mentees,)
            Positions.
        relevant : RelevantMentors
        prices : ndarray of int64, shape (n_mentees,)
            Theirs.
        """
        for rows, columns in _blocks(np.arange(len(mentees)), np.arange(len(relevant.mentors))):
            scores = self._scores.block(mentees[rows], relevant.mentors[columns])
            counts = scores >= np.maximum(prices[rows][:, None] + relevant.min_gain[columns], 0)
            row, column = np.nonzero(counts)
            yield mentees[rows][row], relevant.mentors[columns][column], scores[counts]

    def _undismissed_pairs(
        self,
        dismissal: Dismissal,
        mentees: Ints,
        relevant: RelevantMentors,
        prices: Ints,
        sample: StripSample | None,
    ) -> Iterator[_Scored]:
        """Yield pairs and scores, among them all that count.

        Parameters
        ----------
        dismissal : Dismissal
        mentees : ndarray of int64, shape (n_mentees,)
            Positions, of people of one group, by price.
        relevant : RelevantMentors
        prices : ndarray of int64, shape (n_mentees,)
        sample : StripSample or None
            Is told what was dismissed.
        """
        group = int(dismissal.mentee_groups[mentees[0]])
        ceilings = dismissal.ceilings(group)[relevant.groups]
        needed = np.maximum(prices[0] + relevant.min_gain, 0)
        is_undismissed = ceilings >= needed
        undismissed_idx = np.flatnonzero(is_undismissed)
        width = max(1, _PAIRS_PER_BLOCK // len(mentees))
        sampled_idx = -1
        if sample is not None:
            sample.record_groups(
                relevant.rectangle_pos, ceilings, needed, is_undismissed, relevant.groups
            )
            sampled_idx = sample.sampled_block(-(-len(undismissed_idx) // width))
        unscored_pairs: list[tuple[Ints, Ints]] = []
        for index, start in enumerate(range(0, len(undismissed_idx), width)):
            block = undismissed_idx[start : start + width]
            mentors, least = relevant.mentors[block], relevant.min_gain[block]
            bounds, may_count = dismissal.ceilings_of_block(
                group, mentees, mentors, ceilings[block], prices, least
            )
            if sample is not None:
                sample.record_block(start, bounds, may_count)
            if sample is not None and index == sampled_idx:
                sample.record_nearest(mentors, bounds, prices[:, None] + least, may_count)
            if _DENSE_RATIO * np.count_nonzero(may_count) > may_count.size:
                for rows, columns in _blocks(np.arange(len(mentees)), np.arange(len(mentors))):
                    is_scored = may_count[np.ix_(rows, columns)]
                    row, column = np.nonzero(is_scored)
                    scores = self._scores.block(mentees[rows], mentors[columns])[is_scored]
                    yield mentees[rows][row], mentors[columns][column], scores
                continue
            rows, columns = np.nonzero(may_count)
            unscored_pairs.append((mentees[rows], mentors[columns]))
            if sum(len(rows) for rows, _ in unscored_pairs) >= _PAIRS_PER_TASK:
                yield from self._scored_pairs(unscored_pairs)
                unscored_pairs = []
        yield from self._scored_pairs(unscored_pairs)

    def _scored_pairs(self, unscored_pairs: list[tuple[Ints, Ints]]) -> Iterator[_Scored]:
        """Yield listed pairs with their scores."""
        if not unscored_pairs:
            return
        mentees, mentors = map(np.concatenate, zip(*unscored_pairs, strict=True))
        for start in range(0, len(mentees), _PAIRS_PER_TASK):
            chunk = slice(start, start + _PAIRS_PER_TASK)
            scores = self._scores.scores_of_pairs(mentees[chunk], mentors[chunk])
            yield mentees[chunk], mentors[chunk], scores


def _blocks(rows: Ints, columns: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield rows and columns of blocks that are small enough to be scored at once."""
    for block_rows in _chunks(rows, _EXACT_BLOCK_SHAPE[0]):
        for block_columns in _chunks(columns, _EXACT_BLOCK_SHAPE[1]):
            yield block_rows, block_columns


def _chunks(places: Ints, size: int) -> Iterator[Ints]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _add_sums(sums: list[int], more: list[int]) -> list[int]:
    return [first + second for first, second in zip(sums, more, strict=True)]
