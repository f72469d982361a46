"""Tiers that are settled level by level: what a level weighs, and what all levels prove.

Prices of such a tier come with a `level`. They bound

    Σ ± [key = level] ± (N + 1)·[level before < key < level]

over the pairs of a matching, a key being a score or a rank and N no fewer than the pairs of any
matching. So the bound says how many pairs must, or can, have the level, and that no better
matching has a pair between the two levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Side
from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores

__all__ = ["LevelArithmetic", "load_bounds"]


class LevelArithmetic:
    """What the tiers that go by level compare.

    Parameters
    ----------
    scores : PairScores
    """

    def __init__(self, scores: PairScores) -> None:
        self._scores = scores
        self._aims: dict[str, Aim] = {aim.tier: aim for aim in scores.scheme.aims}
        max_loads = [
            np.minimum(load_bounds(side)[1], n_partners)
            for side, n_partners in zip(scores.cohort.sides, scores.shape[::-1], strict=True)
        ]
        self.max_pairs = min(int(capacity.sum()) for capacity in max_loads)
        self._max_loads = dict(zip(("mentees", "mentors"), max_loads, strict=True))

    def keys(self, tier: str, mentees: Ints, mentors: Ints, scores: Ints) -> Ints:
        """Return the keys of listed allowed pairs, which levels compare: the lowest count first.

        Parameters
        ----------
        tier : str
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        scores : ndarray of int64, shape (n_pairs,)
            Millionths.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Scores in millionths; of ``rank_profile`` ranks from 1, negative where it is generous.
        """
        if tier != "rank_profile":
            return scores
        ranks = self._ranks[mentees, mentors].astype(np.int64)
        return -ranks if self._aims[tier].generous else ranks

    def strictly_between(self, keys: Ints, after: int | None, level: int) -> Bools:
        """Tell which keys lie between a level and the level before it, both excluded.

        Parameters
        ----------
        keys : ndarray of int64, shape (n_pairs,)
            As `keys` returns them.
        after : int or None
            The level before; None at the first.
        level : int
        """
        below: Bools = keys < level
        return below if after is None else below & (keys > after)

    def weights(self, tier: str, keys: Ints, after: int | None, level: int) -> Ints:
        """Return what pairs add to a level.

        Parameters
        ----------
        tier : str
        keys : ndarray of int64, shape (n_pairs,)
            As `keys` returns them.
        after : int or None
            The level before; None at the first.
        level : int

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            The weight of the formula in the module's docstring.
        """
        between = self.strictly_between(keys, after, level)
        weights: Ints = (keys == level) + (self.max_pairs + 1) * between.astype(np.int64)
        return weights if self._counts_up(tier) else -weights

    def score_floor(self, level: int) -> int:
        """Return the lowest score that pairs may have after ``worst_pair``.

        Parameters
        ----------
        level : int
            Score of the worst pair, millionths.

        Returns
        -------
        int
            Millionths; less than the level where the scheme leaves some slack (``within``).
        """
        return level - self._aims["worst_pair"].slack(level)

    def value(self, tier: str, mentees: Ints, mentors: Ints, scores: Ints) -> int | tuple[int, ...]:
        """Return what listed allowed pairs are worth on a tier.

        Parameters
        ----------
        tier : str
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        scores : ndarray of int64, shape (n_pairs,)
            Millionths.

        Returns
        -------
        int or tuple of int
            As of `Result.values`: millionths, or numbers of pairs or people.
        """
        if TIERS[tier].form == "bottleneck":
            return int(scores.min(initial=np.iinfo(np.int64).max)) if len(scores) else 0
        if tier == "leximin":
            return tuple(np.sort(scores).tolist())
        if tier == "rank_profile":
            return _count_by_rank(self._ranks[mentees, mentors])
        people = mentees if self._aims[tier].of == "mentees" else mentors
        loads = np.bincount(people)
        return tuple(int((loads >= k).sum()) for k in range(1, 1 + int(loads.max(initial=0))))

    def max_contribution(self, tier: str, side: Side, level: int) -> int:
        """Return up to which load each pair of a person adds 1 to a level.

        Parameters
        ----------
        tier : str
        side : Side
            The person's side.
        level : int
            A number of pairs, of ``spread``.

        Returns
        -------
        int
            0 where loads of this side do not count.
        """
        return level if tier == "spread" and side.role + "s" == self._aims[tier].of else 0

    def proved_value(
        self, tier: str, levels: Sequence[int], sums: Sequence[int], *, is_empty: bool
    ) -> int | tuple[int, ...] | None:
        """Return the best value that the bounds of all levels prove; None where they prove none.

        Parameters
        ----------
        tier : str
        levels, sums : sequence of int
            Each level and its bound.
        is_empty : bool
            Whether no matching has any pair, as is known from tiers before.
        """
        if is_empty and not levels:
            return 0 if tier == "worst_pair" else ()
        if tier == "worst_pair":
            return levels[0] if len(levels) == 1 and sums[0] < 0 else None
        if not levels:
            # where nothing is acceptable no pair has a rank
            return () if tier == "rank_profile" and not self._last_rank else None
        if tier == "spread":
            steps = np.diff([0, *sums])
            highest = int(self._max_loads[self._aims[tier].of].max(initial=0))
            in_order = tuple(levels) == tuple(range(1, 1 + len(levels)))
            is_whole = steps[-1] == 0 or len(sums) >= highest
            return tuple(steps[steps > 0].tolist()) if in_order and is_whole else None
        counts = list(sums) if self._counts_up(tier) else [-count for count in sums]
        rising = all(low < high for low, high in pairwise(levels))
        if not rising or not all(0 <= count <= self.max_pairs for count in counts):
            return None
        keys = np.repeat(np.array(levels, dtype=np.int64), counts)
        if tier == "leximin":
            return tuple(keys.tolist())
        # as few as possible: beyond the last level none is best, whatever is known of it
        if self._aims[tier].generous:
            are_ranks = -self._last_rank <= levels[0] and levels[-1] <= 0
            return _count_by_rank(-keys) if are_ranks else None
        # as many as possible: what is beyond the last level must be known too
        return _count_by_rank(keys) if levels[0] >= 1 and levels[-1] == self._last_rank else None

    def _counts_up(self, tier: str) -> bool:
        """Whether as many pairs as possible are wanted at a level, not as few."""
        return tier == "rank_profile" and not self._aims[tier].generous

    @cached_property
    def _ranks(self) -> NDArray[np.int32]:
        """The rank of each partner in the eyes of one side, 1 the best; 0 where forbidden."""
        views = np.empty(self._scores.shape, dtype=np.int64)
        by_mentors = self._aims["rank_profile"].of == "mentors"
        for rows, columns in self._scores.blocks():
            views[rows] = self._scores.views(rows, columns)[by_mentors]
        ranks = np.zeros(views.shape, dtype=np.int32)
        own_views, own_ranks = (views.T, ranks.T) if by_mentors else (views, ranks)
        for view, rank in zip(own_views, own_ranks, strict=True):
            allowed = view >= 0
            ordered = np.sort(view[allowed])
            better = len(ordered) - np.searchsorted(ordered, view[allowed], side="right")
            rank[allowed] = 1 + better
        return ranks

    @cached_property
    def _last_rank(self) -> int:
        """The last rank that anybody has, 0 where nobody is acceptable to anybody."""
        return int(self._ranks.max(initial=0))


def load_bounds(side: Side, minimum: str = "hard") -> tuple[Ints, Ints]:
    """Return the least and most pairs of each person; a minimum binds applicants only.

    Where it binds only who is paired (``if_used``), nobody needs any.

    Parameters
    ----------
    side : Side
    minimum : {'hard', 'if_used'}
        `Scheme.min_load`.

    Returns
    -------
    least, most : ndarray of int64, shape (n_people,)
        Numbers of pairs, cohort order.
    """
    binds = (side.status == "applicant") & (minimum == "hard")
    least = np.where(binds, side.min_load, 0)
    return least, np.where(side.status == "withdrawn", 0, side.capacity)


def _count_by_rank(ranks: NDArray[np.integer]) -> tuple[int, ...]:
    """Return how many there are of each rank, from 1 on."""
    return tuple(np.bincount(ranks)[1:].tolist()) if len(ranks) else ()
