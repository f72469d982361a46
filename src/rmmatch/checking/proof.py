"""What prices prove: the bound of every tier, summed over all pairs, block by block.

Whatever adds to a bound is summed by `_Pairs.follow`, in whole numbers of 64 bits. What adds
nothing need not be listed: most pairs are dismissed before, in blocks, because what they are worth
at most is less than the prices of the two. No pair is passed over unseen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rmmatch.checking.levels import BY_LEVEL, load_bounds
from rmmatch.checking.worth import Bools, Ints, Worth, exact_sum
from rmmatch.matching import Certificate, Result, TierPrices
from rmmatch.matching.result import Value
from rmmatch.progress import Bar, progress_bar
from rmmatch.scoring import PairScores
from rmmatch.scoring.bounding import Bound, Work

__all__ = ["bounds_of", "proved_bounds"]

_LARGEST_PRICE = 2**60  # beyond it a difference of prices would leave 64 bits
_EXACT_IN_FLOATS = 6_000_000  # prices; with scores and penalties still below 2²⁴
_CELLS = 1 << 17  # pairs of a block: what is computed of them stays in the cache
_HEIGHT = 256  # mentees of a strip
_TABLE = 1 << 20
_LISTED = 1 << 14  # pairs scored one by one at once
_SMALL = 1 << 22  # pairs that are not worth a second thread


def bounds_of(result: Result) -> dict[str, Value]:
    """Compute what the prices of a result prove; empty where they are not of its form.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to int or tuple of int
        As of `proved_bounds`.
    """
    if result.certificate is None:
        return {}
    scores = result.scores
    silent = partial(progress_bar, "", unit="pair", shown=False)
    bounds, _ = proved_bounds(
        scores, Worth(scores), result.certificate, bar=lambda n_pairs: silent(total=n_pairs)
    )
    return bounds


def proved_bounds(
    scores: PairScores,
    worth: Worth,
    certificate: Certificate,
    *,
    workers: int | None = None,
    bar: Callable[[int], Bar],
) -> tuple[dict[str, Value], str]:
    """Compute what prices prove.

    Parameters
    ----------
    scores : PairScores
    worth : Worth
    certificate : Certificate
    workers : int, optional
        Threads; by default as many as there are cores, one where there is little to do.
    bar : callable
        Given the number of pairs to look at, returns the bar to tell of them.

    Returns
    -------
    dict of str to int or tuple of int
        The bound of each tier, given that the tiers before are at theirs; the tiers from the
        first that is not bounded are not in it.
    str
        What is wrong with the form of the prices, and empty where nothing is.
    """
    tiers = certificate.tiers
    malformed = _malformed(scores, worth, tiers)
    if malformed or not tiers:
        return {}, malformed
    sums = [0] * len(tiers)
    for index, side in enumerate(scores.cohort.sides):
        least, most = (bound.astype(object) for bound in load_bounds(side, scores.scheme.min_load))
        for at, prices in enumerate(tiers):
            price = (prices.mentees, prices.mentors)[index]
            reward, reach = worth.rewards(prices.tier, side, prices.level)
            gain, low, high = _best_loads(price, reward, reach, least, most)
            sums[at] += gain
            if prices.tier != "worst_pair":  # whose best choices are not told by prices
                least, most = low, high
    pairs = _Pairs(scores, worth, tiers)
    tasks = pairs.tasks()
    n_pairs = sum(task.n_pairs for task in tasks)
    if workers is None:
        workers = 1 if n_pairs < _SMALL else _n_cores()
    with bar(n_pairs) as shown:
        for task, parts in _done(tasks, workers):
            sums = [one + more for one, more in zip(sums, parts, strict=True)]
            shown.update(task.n_pairs)
    # of what comes after a tier that may be given up in part, prices say nothing
    loose: set[str] = {
        aim.tier for aim in scores.scheme.aims if aim.within and aim.tier != "worst_pair"
    }
    return _by_tier(worth, tiers, sums, loose), ""


def _by_tier(
    worth: Worth, tiers: Sequence[TierPrices], sums: Sequence[int], loose: set[str]
) -> dict[str, Value]:
    """Return the bound of each tier from those of its prices, up to the first without one.

    Or up to the first of the loose ones, whose choices are more than its best.
    """
    bounds: dict[str, Value] = {}
    for tier in worth.tiers:
        mine = [at for at, prices in enumerate(tiers) if prices.tier == tier]
        of_mine = [sums[at] for at in mine]
        if tier in BY_LEVEL:
            is_empty = 0 in (bounds.get("pairs"), bounds.get("participation"))
            levels = [tiers[at].level for at in mine]
            bound = worth.levels.proved(tier, levels, of_mine, is_empty=is_empty)
        else:
            bound = of_mine[0] if len(mine) == 1 else None
        if bound is None:
            break
        bounds[tier] = bound
        if tier in loose:
            break
    return bounds


def _malformed(scores: PairScores, worth: Worth, tiers: Sequence[TierPrices]) -> str:
    """Say what is wrong with the form of prices."""
    # a tier that goes by level has prices a level, or none where there is no pair
    names = [name for name, _ in groupby(prices.tier for prices in tiers)]
    last = worth.tiers.index(names[-1]) if names and names[-1] in worth.tiers else -1
    needed = [name for name in worth.tiers[: last + 1] if name in names or name not in BY_LEVEL]
    if names != needed:
        return f"the prices are for the tiers {', '.join(names)}"
    for prices in tiers:
        for given, count in zip((prices.mentees, prices.mentors), scores.shape, strict=True):
            if given.shape != (count,):
                return "there is not one price a person"
            if given.dtype != np.int64:
                return "the prices are not whole numbers of 64 bits"
            if ((given > _LARGEST_PRICE) | (given < -_LARGEST_PRICE)).any():
                return "a price is too large to be computed with"
    for side in scores.cohort.sides:
        least, most = load_bounds(side, scores.scheme.min_load)
        if tiers and (least > most).any():
            return f"{side.ids[int(np.argmax(least > most))]} needs more than their capacity"
    return ""


def _best_loads(
    price: Ints, reward: Ints, reach: int, least: NDArray[np.object_], most: NDArray[np.object_]
) -> tuple[int, NDArray[np.object_], NDArray[np.object_]]:
    """Return the most that ``reward·min(load, reach) + price·load`` is worth, and at which loads.

    It bends at a load of `reach` only, so that it is largest at an end or there. Objects are whole
    numbers of any size.
    """
    loads = least, np.minimum(np.maximum(least, reach), most), most
    price, reward = price.astype(object), reward.astype(object)
    worth = [reward * np.minimum(load, reach) + price * load for load in loads]
    best = np.maximum(np.maximum(worth[0], worth[1]), worth[2])
    reached = [np.equal(one, best).astype(bool) for one in worth]
    low = np.where(reached[0], loads[0], np.where(reached[1], loads[1], loads[2]))
    high = np.where(reached[2], loads[2], np.where(reached[1], loads[1], loads[0]))
    return sum(best.tolist()), low, high


@dataclass(frozen=True, eq=False)
class _Task:
    """Pairs that can be looked at without any others: `run` returns what they add to each tier."""

    n_pairs: int
    run: Callable[[], list[int]]


def _done(tasks: Sequence[_Task], workers: int) -> Iterator[tuple[_Task, list[int]]]:
    """Yield the tasks, in order, with their sums."""
    if workers == 1:
        yield from ((task, task.run()) for task in tasks)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from zip(tasks, pool.map(lambda task: task.run(), tasks), strict=True)
        except BaseException:  # Ctrl-C above all: the tasks that wait must not be run first
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _n_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class _Area:
    """Mentees and mentors any two of whom are weighed alike: both applicants, or not.

    Attributes
    ----------
    mentees, mentors : ndarray of int64
        Positions.
    same : tuple of int
        What each pair adds to the first tiers, those in which all pairs add the same.
    """

    mentees: Ints
    mentors: Ints
    same: tuple[int, ...]


class _Pairs:
    """All pairs, under the prices of each tier."""

    def __init__(self, scores: PairScores, worth: Worth, tiers: Sequence[TierPrices]) -> None:
        self.scores, self.worth, self.tiers = scores, worth, tiers
        self.after = [
            before.level if before is not None and before.tier == prices.tier else None
            for before, prices in zip((None, *tiers), tiers, strict=False)
        ]
        self.bound = Bound(scores, _TABLE)
        pins = scores.pins
        self.pins = self._keys(pins.mentees, pins.mentors)
        # Of these pairs the bound does not know all, or they are counted by name.
        named = (self.bound.exceptions, self.bound.forbidden, worth.kept)
        keys = [self._keys(one.mentees, one.mentors) for one in named]
        every = np.sort(np.concatenate([self.pins, *keys]))
        self.named = every[np.diff(every, prepend=-1) > 0]

    def _keys(self, mentees: Ints, mentors: Ints) -> Ints:
        keys: Ints = mentees * self.scores.shape[1] + mentors
        return keys

    def _are_named(self, mentees: Ints, mentors: Ints) -> Bools:
        keys = self._keys(mentees, mentors)
        place = np.searchsorted(self.named, keys)
        place[place == len(self.named)] = 0
        return self.named[place] == keys if len(self.named) else np.zeros(len(keys), dtype=bool)

    def tasks(self) -> list[_Task]:
        """Return tasks that together look at every pair that the rules do not bar."""
        differing = (p.tier for p in self.tiers if self.worth.weight(p.tier, both=True) is None)
        first = next(differing, "total")
        if not self.worth.adds_scores(first):  # no sum of scores that could dismiss pairs
            return [
                _Task(len(rows) * len(columns), partial(self._follow_block, rows, columns))
                for rows, columns in self.scores.blocks()
            ]
        tasks = []
        for start in range(0, len(self.named), _LISTED):
            keys = self.named[start : start + _LISTED]
            tasks.append(_Task(len(keys), partial(self._follow_named, keys)))
        for area in self._areas():
            for mentees in self._strips(area):
                n_pairs = len(mentees) * len(area.mentors)
                tasks.append(_Task(n_pairs, partial(self._follow_strip, area, mentees)))
        return tasks

    def follow(self, mentees: Ints, mentors: Ints, scores: Ints, pinned: Bools) -> list[int]:
        """Return what listed pairs add to the bound of each tier.

        A pair that must be there adds its gain, what it is worth less the two prices. One that
        may be there adds its gain above 0, and then must be there in all tiers that follow; below
        0 it is out of them.
        """
        allowed = scores >= 0
        mentees, mentors, scores = mentees[allowed], mentors[allowed], scores[allowed]
        must = pinned[allowed]
        may = ~must
        sums = []
        levels = self.worth.levels
        for prices, after in zip(self.tiers, self.after, strict=True):
            tier, level = prices.tier, prices.level
            if tier in BY_LEVEL and tier != "spread":
                keys = levels.keys(tier, mentees, mentors, scores)
                gain = levels.weights(tier, keys, after, level)
                lost = levels.between(keys, after, level)
            else:
                gain = self.worth.weights(tier, mentees, mentors, scores)
                lost = np.zeros(len(gain), dtype=bool)
            gain = gain - prices.mentees[mentees] - prices.mentors[mentors]
            forced = may & (gain > 0)
            sums.append(exact_sum(gain[must | forced]))
            if tier == "worst_pair":
                may &= scores >= levels.floor(level)
            else:
                must |= forced
                may &= (gain == 0) & ~lost
            left = must | may
            if 2 * np.count_nonzero(left) < len(left):
                mentees, mentors, scores = mentees[left], mentors[left], scores[left]
                must, may = must[left], may[left]
        return sums

    def _follow_block(self, rows: Ints, columns: Ints) -> list[int]:
        mentees, mentors = (one.ravel() for one in np.meshgrid(rows, columns, indexing="ij"))
        scores = self.scores.block(rows, columns).ravel()
        return self.follow(
            mentees, mentors, scores, np.isin(self._keys(mentees, mentors), self.pins)
        )

    def _follow_named(self, keys: Ints) -> list[int]:
        mentees, mentors = np.divmod(keys, self.scores.shape[1])
        scores = self.scores.listed_scores(mentees, mentors)
        return self.follow(mentees, mentors, scores, np.isin(keys, self.pins))

    # --- blocks ----------------------------------------------------------------------------

    def _areas(self) -> Iterator[_Area]:
        """Yield areas that cover all pairs once, without people of whom nobody is allowed."""
        applicants = self.worth.applicants
        open_ = ~self.bound.barred[0], ~self.bound.barred[1]
        # Neighbours with the same codes find the views of the tables in the cache.
        by_code = np.lexsort([one.columns for one in self.bound.tables])
        for of_mentees, of_mentors, both in (
            (applicants[0], applicants[1], True),
            (applicants[0], ~applicants[1], False),
            (~applicants[0], np.ones_like(applicants[1]), False),
        ):
            same: list[int] = []
            for prices in self.tiers:
                weight = self.worth.weight(prices.tier, both=both)
                if weight is None:
                    break
                same.append(weight)
            mentees = np.flatnonzero(of_mentees & open_[0])
            mentors = by_code[(of_mentors & open_[1])[by_code]]
            if len(mentees) and len(mentors):
                yield _Area(mentees, mentors, tuple(same))

    def _strips(self, area: _Area) -> Iterator[Ints]:
        """Yield the mentees of an area, those together who have equal prices in the first tiers."""
        prices = [prices.mentees[area.mentees] for prices in self.tiers[: len(area.same)]]
        order = np.lexsort([self.bound.tables[0].rows[area.mentees], *prices])
        changes = np.zeros(len(order) - 1, dtype=bool)
        for price in prices:
            changes |= np.diff(price[order]) != 0
        for group in np.split(order, np.flatnonzero(changes) + 1):
            for start in range(0, len(group), _HEIGHT):
                yield area.mentees[group[start : start + _HEIGHT]]

    def _follow_strip(self, area: _Area, mentees: Ints) -> list[int]:
        must = np.zeros(len(area.mentors), dtype=bool)
        may = ~must
        for weight, prices in zip(area.same, self.tiers, strict=False):
            gain = weight - prices.mentees[mentees[0]] - prices.mentors[area.mentors]
            must |= may & (gain > 0)
            may &= gain == 0
        free = np.zeros(len(mentees), dtype=np.int64)
        floors = np.full(int(must.sum()), self.bound.floor, dtype=np.int64)
        found = [self._at_least(mentees, area.mentors[must], free, floors)]
        place = len(area.same)
        if place < len(self.tiers):  # else who may be there adds nothing to any tier
            prices = self.tiers[place]
            # In the last tier a pair that is worth just its prices adds nothing either.
            margin = int(place == len(self.tiers) - 1)
            mentors = area.mentors[may]
            least = prices.mentors[mentors] + margin
            found.append(self._at_least(mentees, mentors, prices.mentees[mentees], least))
        sums = [0] * len(self.tiers)
        for pairs in found:
            for more in pairs:
                none = np.zeros(len(more[0]), dtype=bool)
                parts = self.follow(*more, none)
                sums = [one + part for one, part in zip(sums, parts, strict=True)]
        return sums

    def _at_least(
        self, mentees: Ints, mentors: Ints, prices: Ints, least: Ints
    ) -> Iterable[tuple[Ints, Ints, Ints]]:
        """Yield pairs and scores, all those among them with score - price of the mentee >= least.

        Pairs that are named, and only those, are left out.
        """
        if not len(mentors):
            return
        middle = (int(least.min()) + int(least.max())) // 2
        prices, least = prices + middle, least - middle
        largest = int(np.abs(prices).max()) + int(np.abs(least).max())
        is_small = largest <= _EXACT_IN_FLOATS
        inside = prices if is_small else np.zeros_like(prices)
        strip = self.bound.strip(mentees, inside.astype(np.float32))
        limit = least.astype(np.float32) if is_small else least
        width = _CELLS // len(mentees)
        work = Work.of(len(mentees) * width)
        for start in range(0, len(mentors), width):
            some = mentors[start : start + width]
            codes = [one.columns[some] for one in self.bound.tables]
            most = self.bound.fill(work, strip, some, codes)
            worth = most if is_small else np.floor(most).astype(np.int64) - prices
            at = np.flatnonzero(worth >= limit[start : start + width, None])
            if not len(at):
                continue
            rows, columns = mentees[at % len(mentees)], some[at // len(mentees)]
            if self.bound.is_exact:
                scores = most.ravel()[at].astype(np.int64) + inside[at % len(mentees)]
                scores[scores < self.bound.floor] = -1
            else:
                scores = self._scores_of(mentees, some, at)
            new = ~self._are_named(rows, columns)
            yield rows[new], columns[new], scores[new]

    def _scores_of(self, mentees: Ints, mentors: Ints, at: Ints) -> Ints:
        """Return the scores of places in a block that has a row a mentor."""
        if 4 * len(at) > len(mentees) * len(mentors):
            return self.scores.block(mentees, mentors).T.ravel()[at]
        rows, columns = mentees[at % len(mentees)], mentors[at // len(mentees)]
        scores = np.empty(len(at), np.int64)
        for start in range(0, len(at), _LISTED):
            some = slice(start, start + _LISTED)
            scores[some] = self.scores.listed_scores(rows[some], columns[some])
        return scores
