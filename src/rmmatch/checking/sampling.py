"""A sample of dismissed pairs that are scored after all: it guards the dismissal.

A theorem says that no dismissal is wrong; whether the code does what the theorem says, a sample
tells. Half of it is drawn uniformly from all pairs of people, less those that were scored: what
share of dismissals is wrong is bounded by it (with n drawn and none wrong, a share of 3/n would
have shown itself with a probability of 1 - (1 - 3/n)ⁿ > 95 %, the rule of three). The other half
stands next to the threshold, where a bound that is a little too low does harm first: of groups,
the pair of each two that comes nearest to its prices; of blocks, those that come nearest in one.

The seed is a fresh one each time, so that nobody can know the sample beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from rmmatch.checking.tasks import Task, run_tasks
from rmmatch.numeric import Bools, Ints
from rmmatch.scoring import PairScores

__all__ = ["DismissedPairs", "Sample", "Sampler", "StripSample"]


_MAX_SAMPLE_PAIRS = 1_000_000  # drawn uniformly, as many next to the threshold; what is found
_MIN_SAMPLE_PAIRS = 1_000  # the same, at least; what is found
_PAIRS_PER_SAMPLED_PAIR = 100  # of small cohorts fewer are drawn; what is found
_OVERSAMPLING = 1.25  # times as many are drawn, since some were scored; what is found
_PAIRS_PER_TASK = 1 << 14  # pairs scored at once; speed only
_MAX_LISTED_WRONG = 10  # wrong dismissals that are told by name; wording
_NO_BOUND = 2**62  # millionths, above every score: the pair counts for nothing; exactness


@dataclass(frozen=True, eq=False)
class DismissedPairs:
    """Dismissed pairs.

    Attributes
    ----------
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions.
    bounds : ndarray of int64, shape (n_pairs,)
        What each was said to score at most, in millionths; -1: that it is forbidden.
    """

    mentees: Ints
    mentors: Ints
    bounds: Ints

    def __len__(self) -> int:
        return len(self.mentees)

    def take(self, places: Ints | Bools | slice) -> DismissedPairs:
        """Return a part of the pairs.

        Parameters
        ----------
        places : ndarray of int64 or bool, or slice
            Which: an index of the arrays.
        """
        return DismissedPairs(self.mentees[places], self.mentors[places], self.bounds[places])

    @classmethod
    def concatenate(cls, several: Sequence[DismissedPairs]) -> DismissedPairs:
        """Return the pairs of several as one.

        Parameters
        ----------
        several : sequence of DismissedPairs
            In the order in which their pairs are to stand.
        """
        if not several:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, none, none)
        columns = zip(*((each.mentees, each.mentors, each.bounds) for each in several), strict=True)
        return cls(*map(np.concatenate, columns))


@dataclass(frozen=True, eq=False)
class Sample:
    """Dismissed pairs that were scored after all.

    Attributes
    ----------
    seed : int
    n_uniform, n_near : int
        How many were drawn uniformly, and how many stood next to the threshold.
    n_wrong : int
        How many were dismissed wrongly: they score more than they were said to, or count.
    wrong : list of (int, int, int, int)
        Some of them: positions of mentee and mentor, what the pair was said to score at most, and
        its score, in millionths.
    """

    seed: int
    n_uniform: int = 0
    n_near: int = 0
    n_wrong: int = 0
    wrong: list[tuple[int, int, int, int]] = field(default_factory=list)


class Sampler:
    """Draws from all strips, so many pairs as befits the cohort.

    Parameters
    ----------
    seed : int
    n_pairs : int
        Of people, in all strips together.
    n_group_pairs : int
        Strips times groups of mentors; where the sample is no smaller, each has a pair in it.

    Attributes
    ----------
    size : int
        How many pairs are drawn uniformly at most, and how many next to the threshold.
    """

    def __init__(self, seed: int, n_pairs: int, n_group_pairs: int) -> None:
        self.seed = seed
        self.size = min(
            _MAX_SAMPLE_PAIRS, max(_MIN_SAMPLE_PAIRS, n_pairs // _PAIRS_PER_SAMPLED_PAIR)
        )
        self._n_pairs = max(n_pairs, 1)
        self._has_pair_per_group = n_group_pairs <= self.size

    def of_strip(self, index: int, mentees: Ints, mentors: Ints) -> StripSample:
        """Return what is drawn of one strip: the same for a seed, whoever looks at it when.

        Parameters
        ----------
        index : int
            Of the strip.
        mentees, mentors : ndarray of int64
            Positions.
        """
        random = np.random.default_rng((self.seed, index))
        share = self.size * len(mentees) * len(mentors) / self._n_pairs
        counts = int(_OVERSAMPLING * share + random.random()), int(share + random.random())
        return StripSample(
            random, mentees, mentors, *counts, has_pair_per_group=self._has_pair_per_group
        )

    def score_sample(
        self,
        scores: PairScores,
        drawn: list[tuple[DismissedPairs, ...]],
        counting: Callable[[DismissedPairs, Ints], Ints],
        workers: int,
    ) -> Sample:
        """Return what scoring the pairs that strips gave shows.

        Parameters
        ----------
        scores : PairScores
        drawn : list of (DismissedPairs, DismissedPairs, DismissedPairs)
            What each strip has taken.
        counting : callable
            Given pairs and their scores, says where pairs stand that count for the bounds.
        workers : int
            Threads.
        """
        uniform, in_groups, in_blocks = map(DismissedPairs.concatenate, zip(*drawn, strict=True))
        halves = self._thin(uniform, self.size), self._nearest_to_threshold(in_groups, in_blocks)
        tasks = []
        for half in halves:
            for start in range(0, len(half), _PAIRS_PER_TASK):
                pairs = half.take(slice(start, start + _PAIRS_PER_TASK))
                tasks.append(Task(len(pairs), partial(_wrong_dismissals, pairs, scores, counting)))
        n_wrong = 0
        wrong: list[tuple[int, int, int, int]] = []
        for _, offenders in run_tasks(tasks, workers):
            n_wrong += len(offenders)
            wrong += offenders[: _MAX_LISTED_WRONG - len(wrong)]
        return Sample(self.seed, len(halves[0]), len(halves[1]), n_wrong, wrong)

    def _thin(self, drawn: DismissedPairs, size: int) -> DismissedPairs:
        """Return so many of what the strips gave, or all where there are no more."""
        if len(drawn) <= size:
            return drawn
        random = np.random.default_rng((self.seed, len(drawn)))
        return drawn.take(np.sort(random.permutation(len(drawn))[:size]))

    def _nearest_to_threshold(
        self, in_groups: DismissedPairs, in_blocks: DismissedPairs
    ) -> DismissedPairs:
        """Return the half that stands next to the threshold, of groups and of blocks."""
        most = (
            self.size
            if self._has_pair_per_group
            else self.size - min(self.size // 2, len(in_blocks))
        )
        in_groups = self._thin(in_groups, most)
        in_blocks = self._thin(in_blocks, self.size - len(in_groups))
        return DismissedPairs.concatenate([in_groups, in_blocks])


class StripSample:
    """What is drawn of one strip: told by its look at groups and blocks what became of pairs.

    Parameters
    ----------
    random : numpy.random.Generator
    mentees, mentors : ndarray of int64
        Positions.
    n_drawn, n_nearest : int
        How many of all pairs, and of those next to the threshold in groups or in a block.
    has_pair_per_group : bool
        Whether each group of mentors has a pair in the sample.
    """

    def __init__(
        self,
        random: np.random.Generator,
        mentees: Ints,
        mentors: Ints,
        n_drawn: int,
        n_nearest: int,
        *,
        has_pair_per_group: bool,
    ) -> None:
        self._random, self._mentees, self._mentors = random, mentees, mentors
        cells = random.integers(0, max(len(mentees) * len(mentors), 1), n_drawn)
        self._rows, self._columns = np.divmod(np.unique(cells), max(len(mentors), 1))
        self._bounds = np.full(len(self._rows), _NO_BOUND)
        self._is_scored = np.zeros(len(self._rows), dtype=bool)
        self._slots = np.full(len(mentors), -1)
        self._n_nearest, self._has_pair_per_group = n_nearest, has_pair_per_group
        self._in_groups: list[DismissedPairs] = []
        self._in_blocks: list[DismissedPairs] = []

    def record_groups(
        self, rectangle_pos: Ints, ceilings: Ints, needed: Ints, is_undismissed: Bools, groups: Ints
    ) -> None:
        """Take note of what the ceilings of groups dismissed.

        Parameters
        ----------
        rectangle_pos : ndarray of int64, shape (n,)
            Positions of mentors in the strip, those of a group together and in the order of
            their prices.
        ceilings : ndarray of int64, shape (n,)
            Millionths.
        needed : ndarray of int64, shape (n,)
            The least score that counts, millionths, for the first mentee, whose price is the
            lowest.
        is_undismissed : ndarray of bool, shape (n,)
            Who is not dismissed.
        groups : ndarray of int64, shape (n,)
        """
        ceiling_of = np.full(len(self._mentors), _NO_BOUND)
        ceiling_of[rectangle_pos] = ceilings
        self._bounds = np.minimum(self._bounds, ceiling_of[self._columns])
        self._slots[:] = -1
        self._slots[rectangle_pos[is_undismissed]] = np.arange(np.count_nonzero(is_undismissed))
        begins = np.diff(groups, prepend=-1) != 0
        is_first = ~is_undismissed & (begins | np.roll(is_undismissed, 1))
        first = np.flatnonzero(is_first)
        if not self._has_pair_per_group:
            first = first[_positions_of_smallest(needed[first] - ceilings[first], self._n_nearest)]
        mentees = np.broadcast_to(self._mentees[:1], first.shape)
        self._in_groups.append(
            DismissedPairs(mentees, self._mentors[rectangle_pos[first]], ceilings[first])
        )

    def sampled_block(self, n_blocks: int) -> int:
        """Draw the block of which pairs next to the threshold are taken.

        Parameters
        ----------
        n_blocks : int
            How many blocks there are.

        Returns
        -------
        int
            Number of the block, from 0.
        """
        return int(self._random.integers(0, max(n_blocks, 1)))

    def record_block(self, start: int, bounds: Ints, may_count: Bools) -> None:
        """Take note of what was dismissed in a block.

        Parameters
        ----------
        start : int
            How many mentors of those left after groups were in blocks before.
        bounds : ndarray of int64, shape (n_mentees, n_mentors)
        may_count : ndarray of bool, shape (n_mentees, n_mentors)
            Who is not dismissed.
        """
        slots = self._slots[self._columns] - start
        in_block = np.flatnonzero((slots >= 0) & (slots < bounds.shape[1]))
        cells = self._rows[in_block], slots[in_block]
        self._bounds[in_block] = bounds[cells]
        self._is_scored[in_block] = may_count[cells]

    def record_nearest(self, mentors: Ints, bounds: Ints, needed: Ints, may_count: Bools) -> None:
        """Take the dismissed pairs of a block that come nearest to what counts.

        Parameters
        ----------
        mentors : ndarray of int64, shape (n_mentors,)
            Positions.
        bounds, needed : ndarray of int64, shape (n_mentees, n_mentors)
        may_count : ndarray of bool, shape (n_mentees, n_mentors)
        """
        dismissed = np.flatnonzero(~may_count)
        short = needed.ravel()[dismissed] - np.ravel(bounds)[dismissed]
        cells = dismissed[_positions_of_smallest(short, self._n_nearest)]
        rows, columns = np.divmod(cells, len(mentors))
        nearest = DismissedPairs(self._mentees[rows], mentors[columns], np.ravel(bounds)[cells])
        self._in_blocks.append(nearest)

    def dismissed_pairs(self) -> tuple[DismissedPairs, DismissedPairs, DismissedPairs]:
        """Return the dismissed pairs drawn uniformly, of groups, and of blocks."""
        drawn = DismissedPairs(
            self._mentees[self._rows], self._mentors[self._columns], self._bounds
        )
        uniform = drawn.take(~self._is_scored)
        return (
            uniform,
            DismissedPairs.concatenate(self._in_groups),
            DismissedPairs.concatenate(self._in_blocks),
        )


def _wrong_dismissals(
    pairs: DismissedPairs, scores: PairScores, counting: Callable[[DismissedPairs, Ints], Ints]
) -> list[tuple[int, int, int, int]]:
    """Return the pairs that were dismissed wrongly, as `Sample` has them."""
    values = scores.scores_of_pairs(pairs.mentees, pairs.mentors)
    is_wrong = values > pairs.bounds
    is_wrong[counting(pairs, values)] = True
    columns = pairs.mentees, pairs.mentors, pairs.bounds, values
    return list(zip(*(column[is_wrong].tolist() for column in columns), strict=True))


def _positions_of_smallest(numbers: Ints, count: int) -> Ints:
    """Return where the smallest so many numbers are."""
    if count >= len(numbers):
        return np.arange(len(numbers))
    return np.argpartition(numbers, count)[:count]
