"""What the tiers of an objective mean: each as a sequence of linear questions to a way.

Some tiers are one linear question (`LinearMethod`). Those that compare whole lists of pairs, the worst
first or the best first, go level by level (`Levels`, `BottleneckMethod`): a level ``t`` after a level ``q`` is
the question

    Σ ± [key = t] ± (N + 1)·[q < key < t],    N at least the number of pairs of any choice,

whose optimum proves at once that no better choice has a pair between the two levels, and how many
have the level itself. `rmmatch.checking` asks the same of the prices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    count_loads,
    dual_bound,
    tier_value,
)
from rmmatch.solving.lexicographic.solution_set import SolutionSet, TierOptimum, restrict_choice
from rmmatch.solving.stopping import Stop

__all__ = [
    "BottleneckMethod",
    "DualProof",
    "LexicographicLevels",
    "LinearMethod",
    "LoadProfileMethod",
    "TierMethod",
    "TierOutcome",
    "Value",
]

Value: TypeAlias = int | tuple[int, ...]

_STEEP_BITS = 20
_LOADS_PER_QUESTION = 6  # loads asked for at once
_CANDIDATE_ARCS_PER_PERSON = 4  # arcs a person that are tried first


@dataclass(frozen=True, eq=False, slots=True)
class DualProof:
    """What proves one question of a stage.

    Attributes
    ----------
    level : int
        Which one; 0 where the stage is one question.
    prices : tuple of ndarray of int64, or None
        None where the way has a proof of its own.
    """

    level: int
    prices: tuple[Ints, Ints] | None


@dataclass(frozen=True, eq=False, slots=True)
class TierOutcome:
    """What a stage came to.

    Attributes
    ----------
    way : Way
        The choices that later stages may take.
    chosen : ndarray of bool
        One of them, over the arcs of `way`; the best at hand where time ran out.
    optimum : int or tuple of int, or None
        What no choice exceeds; None where nothing is known.
    proofs : tuple of Proof, or None
        None where time ran out.
    """

    solution_set: SolutionSet
    chosen: Bools
    optimum: Value | None
    proofs: tuple[DualProof, ...] | None


class TierMethod(Protocol):
    """One tier of an objective."""

    @property
    def name(self) -> str:
        """What a reader calls it."""
        ...

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return a linear tier over the first network that is like it, to sort arcs by."""
        ...

    def value(self, network: Network, chosen: Bools) -> Value:
        """Return what a choice of the first network is worth."""
        ...

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Find the best choices of a way; None where it has none.

        `then` are tiers over the way's arcs that will be asked next.
        """
        ...


@dataclass(frozen=True, eq=False, slots=True)
class LinearMethod:
    """A tier that is one linear question.

    Attributes
    ----------
    tier : Tier
        Over the first network.
    slack : callable, optional
        How much of an optimum later stages may give up.
    """

    tier: LinearTier
    slack: Callable[[int], int] | None = None

    @property
    def name(self) -> str:
        """The tier's."""
        return self.tier.name

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return the tier."""
        return self.tier

    def value(self, network: Network, chosen: Bools) -> int:
        """Return what a choice is worth."""
        return tier_value(network, self.tier, chosen)

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Ask for the best and hold it."""
        tier = replace(self.tier.with_arcs(way.arc_idx), next_tiers=tuple(then))
        best = way.optimise(tier, stop)
        if best is None:
            return None
        if best.value != best.bound:
            return TierOutcome(way, best.chosen, best.bound, None)
        slack = 0 if self.slack is None else self.slack(best.bound)
        after = way.restrict_to_optima(tier, best, slack)
        chosen = restrict_choice(way, after, best.chosen)
        return TierOutcome(after, chosen, best.bound, (DualProof(0, best.prices),))


@dataclass(frozen=True, eq=False, slots=True)
class _KeyedMethod:
    """A tier that compares the pairs' keys, the lowest first.

    Attributes
    ----------
    name : str
    keys : ndarray of int64, shape (n_arcs,)
        Of the arcs of the first network.
    most : int
        At least the number of pairs of any choice.
    sign : {-1, 1}
        As few as possible of the lowest keys, or as many.
    """

    name: str
    keys: Ints
    max_key: int
    sign: Literal[-1, 1] = -1

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return weights that rise, or fall, with the keys."""
        return LinearTier(self.name, -self.sign * self.keys)

    def level_tier(self, keys: Ints, after: int | None, level: int) -> LinearTier:
        """Return the tier that counts the pairs at a level, and those below it that are open."""
        between = keys < level
        if after is not None:
            between &= keys > after
        weights = self.sign * ((keys == level) + (self.max_key + 1) * between).astype(np.int64)
        then = self._steep_weights(keys, level)
        return LinearTier(f"{self.name} {after} {level}", weights, next_tiers=(then,))

    def initial_choice(self, way: SolutionSet, keys: Ints) -> TierOptimum | None:
        """Return an allowed choice that is likely to be good."""
        zero = np.zeros(keys.size, dtype=np.int64)
        steep = self._steep_weights(keys, None)
        return way.optimise(LinearTier(f"{self.name} start", zero, next_tiers=(steep,)))

    def _steep_weights(self, keys: Ints, after: int | None) -> LinearTier:
        """Return weights that fall so fast with the keys that the lowest count nearly alone."""
        is_open = np.ones(keys.size, dtype=np.bool_) if after is None else keys > after
        weights = np.zeros(keys.size, dtype=np.int64)
        if is_open.any():
            some = keys[is_open]
            low, span = int(some.min()), max(1, int(some.max() - some.min()))
            share = (some - low) / span
            weights[is_open] = self.sign * np.rint(2.0 ** (_STEEP_BITS * (1 - share)))
        return LinearTier(f"{self.name} steep {after}", weights)


@dataclass(frozen=True, eq=False, slots=True)
class BottleneckMethod(_KeyedMethod):
    """The lowest key as high as possible; 0 where there is no pair.

    Attributes
    ----------
    slack : callable, optional
        How much of it later stages may give up.
    """

    slack: Callable[[int], int] | None = None

    def value(self, network: Network, chosen: Bools) -> int:
        """Return the lowest key."""
        return int(self.keys[chosen].min()) if chosen.any() else 0

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Find the highest level that all pairs can have, then prove that it is."""
        keys = self.keys[way.arc_idx]
        best = _highest_bottleneck(way, keys, stop)
        if best is None:
            return None
        if not best.chosen.any():
            # an earlier tier counts pairs or people: where one choice has none, all have none
            return TierOutcome(way, best.chosen, 0, ())
        level = int(keys[best.chosen].min())
        found = None if stop.is_due else _fewest_at_level(self, way, keys, level, stop)
        if found is None or found.bound >= 0:
            return TierOutcome(way, best.chosen, _bottleneck_bound(way.network, keys), None)
        good = keys >= level - (0 if self.slack is None else self.slack(level))
        proofs = (DualProof(level, found.prices),)
        return TierOutcome(way.within_arcs(good), found.chosen[good], level, proofs)


@dataclass(frozen=True, eq=False, slots=True)
class LexicographicLevels(_KeyedMethod):
    """All keys, level by level.

    Attributes
    ----------
    shape : callable
        From the keys of the chosen arcs, sorted, to the value a reader sees.
    """

    describe_keys: Callable[[Ints], tuple[int, ...]] = lambda keys: tuple(keys.tolist())

    def value(self, network: Network, chosen: Bools) -> tuple[int, ...]:
        """Return what a reader sees of the keys."""
        return self.describe_keys(np.sort(self.keys[chosen]))

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Settle the number of pairs at one level after the other."""
        keys = self.keys[way.arc_idx]
        best = (
            self.initial_choice(way, keys)
            if self.sign > 0
            else _highest_bottleneck(way, keys, stop)
        )
        if best is None:
            return None
        chosen, after = best.chosen, None
        proofs: list[DualProof] = []
        while True:
            mine = keys[chosen] if after is None else keys[chosen & (keys > after)]
            last = int(self.keys.max(initial=0))
            is_over = after == last or not self.keys.size or (after is None and self.sign < 0)
            if is_over and not mine.size:
                break
            level = int(mine.min()) if mine.size else last
            if stop.is_due:
                return TierOutcome(way, chosen, None, None)
            tier = self.level_tier(keys, after, level)
            if after is None and self.sign < 0:
                found = _fewest_at_level(self, way, keys, level, stop)
            else:
                found = way.optimise(tier, stop)
            assert found is not None
            if found.value != found.bound:
                return TierOutcome(way, found.chosen, None, None)
            count = self.sign * found.value
            if count > self.max_key or (count == 0 and mine.size):
                # pairs between the levels are possible, or none at this level is needed
                chosen = found.chosen
                continue
            proofs.append(DualProof(level, found.prices))
            if count == 0 and self.sign > 0:
                break  # no pair at any level above
            held = way.restrict_to_optima(tier, found)
            held_keys = self.keys[held.arc_idx]
            between = held_keys < level
            if after is not None:
                between &= held_keys > after
            chosen = restrict_choice(way, held, found.chosen)[~between]
            way, after = held.within_arcs(~between), level
            keys = self.keys[way.arc_idx]
        return TierOutcome(way, chosen, self.describe_keys(np.sort(keys[chosen])), tuple(proofs))


@dataclass(frozen=True, eq=False, slots=True)
class LoadProfileMethod:
    """As many people of one side as possible with a pair, then with two, and so on.

    Attributes
    ----------
    side : {'mentees', 'mentors'}
    highest : int
        At least the number of pairs that anybody on that side can have.
    name : str
    """

    side: Literal["mentees", "mentors"]
    max_load: int
    name: str = "spread"

    def load_tier(self, n_arcs: int, reach: int) -> LinearTier:
        """Return the tier ``Σ min(load, reach)``."""
        zero, one = np.zeros(n_arcs, dtype=np.int64), np.ones(1, dtype=np.int64)
        name, reaches = f"{self.name} {reach}", np.full(1, reach)
        if self.side == "mentees":
            return LinearTier(name, zero, load_reward_mentees=one, rewarded_load_mentees=reaches)
        return LinearTier(name, zero, load_reward_mentors=one, rewarded_load_mentors=reaches)

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return the first question."""
        return self.load_tier(network.n_arcs, 1)

    def value(self, network: Network, chosen: Bools) -> tuple[int, ...]:
        """Return how many people have at least one pair, at least two, and so on."""
        load = count_loads(network, chosen)[self.side == "mentors"]
        return tuple(int((load > k).sum()) for k in range(int(load.max(initial=0))))

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Settle one number of pairs after the other."""
        proofs: list[DualProof] = []
        counts: list[int] = [0]
        chosen: Bools | None = None
        for reach in range(1, max(1, self.max_load) + 1):
            if chosen is not None and stop.is_due:
                return TierOutcome(way, chosen, None, None)
            n_arcs = way.network.n_arcs
            later = range(reach + 1, min(reach + _LOADS_PER_QUESTION, self.max_load + 1))
            ahead = tuple(self.load_tier(n_arcs, k) for k in later)
            tier = replace(self.load_tier(n_arcs, reach), next_tiers=ahead)
            best = way.optimise(tier, stop)
            if best is None:
                return None
            if best.value != best.bound:
                return TierOutcome(way, best.chosen, None, None)
            proofs.append(DualProof(reach, best.prices))
            counts.append(best.value)
            held = way.restrict_to_optima(tier, best)
            chosen, way = restrict_choice(way, held, best.chosen), held
            if counts[-1] == counts[-2]:
                break  # nobody can have so many
        assert chosen is not None
        steps = np.diff(counts)
        return TierOutcome(way, chosen, tuple(steps[steps > 0].tolist()), tuple(proofs))


def _highest_bottleneck(way: SolutionSet, keys: Ints, stop: Stop) -> TierOptimum | None:
    """Return a choice whose lowest key is as high as can be, or is when time runs out.

    Few arcs have high keys: levels are tried from above, twice as many arcs at a time, and then
    halved between the last that was too high and the first that was not.
    """
    best: TierOptimum | None = None
    levels, counts = np.unique(keys, return_counts=True)
    reach = np.cumsum(counts[::-1])[::-1]  # how many arcs have each level or a higher one
    if levels.size:
        levels = levels[levels <= _bottleneck_bound(way.network, keys)]
    first, last = 0, levels.size  # the highest level that can be is in levels[first - 1 : last]
    n_tried = _CANDIDATE_ARCS_PER_PERSON * (way.network.n_mentees + way.network.n_mentors)
    while first < last and not stop.is_due:
        if best is None:
            at = int(np.searchsorted(-reach, -min(n_tried, keys.size), side="right")) - 1
            at = min(at, last - 1)
            n_tried *= 2
        else:
            at = (first + last) // 2
        good = keys >= levels[at]
        part = way.within_arcs(good) if not (way.network.fixed & ~good).any() else None
        zero = np.zeros(np.count_nonzero(good), dtype=np.int64)
        found = None if part is None else part.optimise(LinearTier("any", zero), stop)
        if found is None:
            last = at
            continue
        best = _lift_to_all_arcs(found, good)
        first = last if not best.chosen.any() else 1 + at
        if best.chosen.any():
            first = int(np.searchsorted(levels, keys[best.chosen].min(), side="right"))
    if best is None:
        return way.optimise(LinearTier("any", np.zeros(keys.size, dtype=np.int64)), stop)
    return best


def _fewest_at_level(
    stage: _KeyedMethod, way: SolutionSet, keys: Ints, level: int, stop: Stop
) -> TierOptimum | None:
    """Ask for the fewest pairs at a level that is known to be possible, over few arcs if that does.

    No best choice takes an arc below the level; prices of the others most often prove that too.
    """
    good = keys >= level
    tier = stage.level_tier(keys, None, level)
    found = way.within_arcs(good).optimise(tier.with_arcs(good), stop)
    if found is None:
        return way.optimise(tier, stop)
    # a choice with an arc below the level is worth less than any without, so the bound holds
    # for all; prices prove that only where they leave every such arc out
    if found.prices is None or dual_bound(way.network, tier, *found.prices) == found.value:
        return _lift_to_all_arcs(found, good)
    return way.optimise(tier, stop)


def _lift_to_all_arcs(best: TierOptimum, good: Bools) -> TierOptimum:
    """Return the best choice among some arcs as one among all."""
    chosen = np.zeros(good.size, dtype=np.bool_)
    chosen[np.flatnonzero(good)[best.chosen]] = True
    # what else a way knows of its answer is about fewer arcs
    return TierOptimum(chosen, best.value, best.bound, best.prices)


def _bottleneck_bound(network: Network, keys: Ints) -> int:
    """Return a key that the lowest of no choice exceeds: somebody who must be paired has no more.

    Some choice must have a pair.
    """
    bounds = [int(keys.max())]
    for ends, count, least in (
        (network.mentees, network.n_mentees, network.min_load_mentees),
        (network.mentors, network.n_mentors, network.min_load_mentors),
    ):
        tops = np.full(count, np.iinfo(np.int64).min)
        np.maximum.at(tops, ends, keys)
        bounds += tops[least > 0].tolist()
    bounds += keys[network.fixed].tolist()
    return min(bounds)
