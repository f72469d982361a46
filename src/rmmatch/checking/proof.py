"""What prices prove: the bound of every tier, summed over all pairs of people.

Of people, the best that each load is worth is known from their prices alone. Of pairs,
`rmmatch.checking.pair_sums` tells what they add; and where pairs were dismissed unscored, a sample
of these is scored after all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rmmatch.checking.dismissal import Dismissal
from rmmatch.checking.levels import load_bounds
from rmmatch.checking.pair_sums import PairSums
from rmmatch.checking.sampling import Sample
from rmmatch.checking.tasks import estimated_seconds, run_tasks
from rmmatch.checking.tier_values import TierValues
from rmmatch.matching import Certificate, Result, TierPrices
from rmmatch.matching.display import Value
from rmmatch.numeric import Ints, n_cores
from rmmatch.progress import Bar, progress_bar
from rmmatch.scheme.tiers import tier_kind
from rmmatch.scoring import PairScores

__all__ = ["Proof", "bounds_of", "proved_bounds"]

_MAX_PRICE = 2**60  # of prices and levels: differences of larger ones leave 64 bits; exactness
_MAX_PAIRS_ALL_SCORED = 1 << 20  # pairs, of which dismissing any would save nothing; speed only
_MIN_PAIRS_FOR_THREADS = 1 << 22  # fewer pairs are not worth a second thread; speed only
_MIN_PAIRS_FOR_ESTIMATE = 1 << 28  # pairs from which on the time is estimated; wording
_SLOW_S = 60.0  # seconds from which on an estimate is told; wording


@dataclass(frozen=True, eq=False)
class Proof:
    """What prices prove, and how it was looked at.

    Attributes
    ----------
    bounds : dict of str to int or tuple of int
        The bound of each tier, given that the tiers before are at theirs; the tiers from the
        first that is not bounded are not in it.
    malformed : str
        What is wrong with the form of the prices, and empty where nothing is.
    n_pairs, n_scored : int
        Pairs of people, and how many of them were scored to sum the bounds up.
    sample : Sample or None
        Of the others, those that were scored after all.
    """

    bounds: dict[str, Value] = field(default_factory=dict)
    malformed: str = ""
    n_pairs: int = 0
    n_scored: int = 0
    sample: Sample | None = None


def bounds_of(result: Result) -> dict[str, Value]:
    """Compute what the prices of a result prove; empty where they are not of its form.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to int or tuple of int
        As of `Proof`.
    """
    if result.certificate is None:
        return {}
    scores = result.scores
    silent = partial(progress_bar, "", unit="pair", is_shown=False)
    proof = proved_bounds(
        scores,
        TierValues(scores, {prices.tier for prices in result.certificate.tiers}),
        result.certificate,
        new_bar=lambda n_pairs: silent(total=n_pairs),
    )
    return proof.bounds


def proved_bounds(
    scores: PairScores,
    tier_values: TierValues,
    certificate: Certificate,
    *,
    workers: int | None = None,
    exhaustive: bool = False,
    seed: int | None = None,
    new_bar: Callable[[int], Bar],
    report_line: Callable[[str], None] = lambda line: None,
) -> Proof:
    """Compute what prices prove.

    Parameters
    ----------
    scores : PairScores
    tier_values : TierValues
    certificate : Certificate
    workers : int, optional
        Threads; by default as many as there are cores, one where there is little to do.
    exhaustive : bool
        Whether all pairs are scored; those of small cohorts are in any case.
    seed : int, optional
        Of the sample of dismissed pairs that is scored after all; by default there is none.
    new_bar : callable
        Given the number of pairs to look at, returns the bar to tell of them.
    report_line : callable
        Is told beforehand what will take long.
    """
    tiers = certificate.tiers
    malformed = _malformed_reason(scores, tier_values, tiers)
    n_pairs = scores.shape[0] * scores.shape[1]
    if malformed:
        return Proof(malformed=malformed, n_pairs=n_pairs)
    sums = [0] * len(tiers)
    for index, side in enumerate(scores.cohort.sides):
        least, most = (bound.astype(object) for bound in load_bounds(side, scores.scheme.min_load))
        for tier_idx, prices in enumerate(tiers):
            price = (prices.mentees, prices.mentors)[index]
            reward, reach = tier_values.rewards(prices.tier, side, prices.level)
            gain, low, high = _best_loads(price, reward, reach, least, most)
            sums[tier_idx] += gain
            # the best choices of a bottleneck are not told by prices
            if tier_kind(prices.tier).form != "bottleneck":
                least, most = low, high
    # of what comes after a tier that may be given up in part, prices say nothing
    loose: set[str] = {
        aim.label
        for aim in scores.scheme.aims
        if aim.within and tier_kind(aim.tier).form != "bottleneck"
    }
    if not tiers:
        return Proof(_bounds_by_tier(tier_values, tiers, sums, loose), n_pairs=n_pairs)
    dismissal = None if exhaustive or n_pairs <= _MAX_PAIRS_ALL_SCORED else Dismissal(scores)
    pairs = PairSums(scores, tier_values, tiers, dismissal)
    sampler = pairs.sampler(seed) if seed is not None else None
    tasks = pairs.tasks(sampler)
    if workers is None:
        workers = 1 if n_pairs < _MIN_PAIRS_FOR_THREADS else n_cores()
    if n_pairs >= _MIN_PAIRS_FOR_ESTIMATE:
        seconds = estimated_seconds(tasks, workers)
        if seconds > _SLOW_S:
            report_line(_duration_text(n_pairs, seconds, workers))
    n_scored, drawn = 0, []
    with new_bar(n_pairs) as bar:
        for task, scan in run_tasks(tasks, workers):
            sums = [first + second for first, second in zip(sums, scan.sums, strict=True)]
            n_scored += scan.n_scored
            drawn.append(scan.drawn)
            bar.update(task.n_pairs)
    sample = (
        None
        if sampler is None
        else sampler.score_sample(scores, drawn, pairs.positions_to_score, workers)
    )
    return Proof(_bounds_by_tier(tier_values, tiers, sums, loose), "", n_pairs, n_scored, sample)


def _duration_text(n_pairs: int, seconds: float, workers: int) -> str:
    """Say how long looking at all pairs is going to take."""
    cores = "1 core" if workers == 1 else f"{workers} cores"
    return f"{n_pairs:,} pairs of people to look at: about {seconds / 60:.0f} minutes on {cores}"


def _bounds_by_tier(
    tier_values: TierValues, tiers: Sequence[TierPrices], sums: Sequence[int], loose: set[str]
) -> dict[str, Value]:
    """Return the bound of each tier from those of its prices, up to the first without one.

    Or up to the first of the loose ones, whose choices are more than its best.
    """
    bounds: dict[str, Value] = {}
    for tier in tier_values.tiers:
        price_idx = [index for index, prices in enumerate(tiers) if prices.tier == tier]
        tier_sums = [sums[index] for index in price_idx]
        if tier_kind(tier).goes_by_level:
            is_empty = 0 in (bounds.get("pairs"), bounds.get("participation"))
            levels = [tiers[index].level for index in price_idx]
            bound = tier_values.levels.proved_value(tier, levels, tier_sums, is_empty=is_empty)
        else:
            bound = tier_sums[0] if len(price_idx) == 1 else None
        if bound is None:
            break
        bounds[tier] = bound
        if tier in loose:
            break
    return bounds


def _malformed_reason(
    scores: PairScores, tier_values: TierValues, tiers: Sequence[TierPrices]
) -> str:
    """Say what is wrong with the form of prices."""
    # a tier that goes by level has prices a level, or none where there is no pair
    names = [name for name, _ in groupby(prices.tier for prices in tiers)]
    last = tier_values.tiers.index(names[-1]) if names and names[-1] in tier_values.tiers else -1
    needed = [
        name
        for name in tier_values.tiers[: last + 1]
        if name in names or not tier_kind(name).goes_by_level
    ]
    if names != needed:
        return f"the prices are for the tiers {', '.join(names)}"
    for prices in tiers:
        if not -_MAX_PRICE <= prices.level <= _MAX_PRICE:
            return "a level is too large to be computed with"
        for prices_of_side, count in zip(
            (prices.mentees, prices.mentors), scores.shape, strict=True
        ):
            if prices_of_side.shape != (count,):
                return "there is not one price a person"
            if prices_of_side.dtype != np.int64:
                return "the prices are not whole numbers of 64 bits"
            if ((prices_of_side > _MAX_PRICE) | (prices_of_side < -_MAX_PRICE)).any():
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
    values = [reward * np.minimum(load, reach) + price * load for load in loads]
    best = np.maximum(np.maximum(values[0], values[1]), values[2])
    is_best = [np.equal(value, best).astype(bool) for value in values]
    low = np.where(is_best[0], loads[0], np.where(is_best[1], loads[1], loads[2]))
    high = np.where(is_best[2], loads[2], np.where(is_best[1], loads[1], loads[0]))
    return sum(best.tolist()), low, high
