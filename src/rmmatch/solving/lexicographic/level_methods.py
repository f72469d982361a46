"""Tiers that compare whole lists of pairs, the worst first or the best first: level by level.

A level ``t`` after a level ``q`` is the linear question

    Σ ± [key = t] ± (N + 1)·[q < key < t],    N at least the number of pairs of any choice,

whose optimum proves at once that no better choice has a pair between the two levels, and how many
have the level itself. `rmmatch.checking` asks the same of the prices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, dual_bound
from rmmatch.solving.lexicographic.solution_set import SolutionSet, TierOptimum, restrict_choice
from rmmatch.solving.lexicographic.tier_methods import DualProof, TierOutcome
from rmmatch.solving.stopping import Stop

__all__ = ["BottleneckMethod", "LexicographicLevels"]

_STEEP_BITS = 20  # of the weight of the lowest key in a first guess; speed only
_CANDIDATE_ARCS_PER_PERSON = 4  # arcs tried before all arcs; speed only


@dataclass(frozen=True, eq=False, slots=True)
class _KeyedMethod:
    """A tier that compares the pairs' keys, such as their scores, the lowest first.

    Attributes
    ----------
    name : str
    keys : ndarray of int64, shape (n_arcs,)
        Of the arcs of the first network.
    n_max_pairs : int
        At least the number of pairs of any choice.
    sign : {-1, 1}
        As few as possible of the lowest keys, or as many.
    """

    name: str
    keys: Ints
    n_max_pairs: int
    sign: Literal[-1, 1] = -1

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return weights that rise, or fall, with the keys.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        """
        return LinearTier(self.name, -self.sign * self.keys)

    def level_tier(self, keys: Ints, after: int | None, level: int) -> LinearTier:
        """Return the tier that counts the pairs at a level, and the open pairs below the level.

        Parameters
        ----------
        keys : ndarray of int64, shape (n_arcs,)
            Of the arcs the tier is to be over.
        after : int or None
            The level before, above which pairs are open; None: all pairs are.
        level : int
        """
        between = keys < level
        if after is not None:
            between &= keys > after
        weights = self.sign * ((keys == level) + (self.n_max_pairs + 1) * between).astype(np.int64)
        steep = self._steep_weights(keys, level)
        return LinearTier(f"{self.name} {after} {level}", weights, next_tiers=(steep,))

    def initial_choice(self, solutions: SolutionSet, keys: Ints) -> TierOptimum | None:
        """Return an allowed choice that is likely to be good; None where none is allowed.

        Parameters
        ----------
        solutions : SolutionSet
        keys : ndarray of int64, shape (n_arcs,)
            Of the arcs of `solutions`.
        """
        zero = np.zeros(keys.size, dtype=np.int64)
        steep = self._steep_weights(keys, None)
        return solutions.optimise(LinearTier(f"{self.name} start", zero, next_tiers=(steep,)))

    def _steep_weights(self, keys: Ints, after: int | None) -> LinearTier:
        """Return weights that fall so fast with the keys that the lowest count nearly alone."""
        is_open = np.ones(keys.size, dtype=np.bool_) if after is None else keys > after
        weights = np.zeros(keys.size, dtype=np.int64)
        if is_open.any():
            open_keys = keys[is_open]
            low, span = int(open_keys.min()), max(1, int(open_keys.max() - open_keys.min()))
            share = (open_keys - low) / span
            weights[is_open] = self.sign * np.rint(2.0 ** (_STEEP_BITS * (1 - share)))
        return LinearTier(f"{self.name} steep {after}", weights)


@dataclass(frozen=True, eq=False, slots=True)
class BottleneckMethod(_KeyedMethod):
    """The lowest key as high as possible; 0 where there is no pair.

    Attributes
    ----------
    slack : callable, optional
        From the lowest key to how much of it later tiers may give up.
    """

    slack: Callable[[int], int] | None = None

    def value(self, network: Network, chosen: Bools) -> int:
        """Return the lowest key of the chosen arcs; 0 where there are none.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        chosen : ndarray of bool, shape (n_arcs,)
        """
        return int(self.keys[chosen].min()) if chosen.any() else 0

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Find the highest level that all pairs can have, then prove that it is.

        Parameters
        ----------
        solutions : SolutionSet
        next_tiers : sequence of LinearTier
        stop : Stop
            As for `TierMethod.optimise`.
        """
        keys = self.keys[solutions.arc_idx]
        best = _highest_bottleneck(solutions, keys, stop)
        if best is None:
            return None
        if not best.chosen.any():
            # an earlier tier counts pairs or people: where one choice has none, all have none
            return TierOutcome(solutions, best.chosen, 0, ())
        level = int(keys[best.chosen].min())
        fewest = None if stop.is_due else _fewest_at_level(self, solutions, keys, level, stop)
        if fewest is None or fewest.bound >= 0:
            return TierOutcome(
                solutions, best.chosen, _bottleneck_bound(solutions.network, keys), None
            )
        good = keys >= level - (0 if self.slack is None else self.slack(level))
        proofs = (DualProof(level, fewest.prices),)
        return TierOutcome(solutions.within_arcs(good), fewest.chosen[good], level, proofs)


@dataclass(frozen=True, eq=False, slots=True)
class LexicographicLevels(_KeyedMethod):
    """All keys, level by level.

    Attributes
    ----------
    describe_keys : callable
        From the keys of the chosen arcs, ascending, to the value a reader sees.
    """

    describe_keys: Callable[[Ints], tuple[int, ...]] = lambda keys: tuple(keys.tolist())

    def value(self, network: Network, chosen: Bools) -> tuple[int, ...]:
        """Return what a reader sees of the keys of the chosen arcs.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        chosen : ndarray of bool, shape (n_arcs,)
        """
        return self.describe_keys(np.sort(self.keys[chosen]))

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Settle the number of pairs at one level after the other.

        Parameters
        ----------
        solutions : SolutionSet
        next_tiers : sequence of LinearTier
        stop : Stop
            As for `TierMethod.optimise`.
        """
        keys = self.keys[solutions.arc_idx]
        best = (
            self.initial_choice(solutions, keys)
            if self.sign > 0
            else _highest_bottleneck(solutions, keys, stop)
        )
        if best is None:
            return None
        chosen, after = best.chosen, None
        proofs: list[DualProof] = []
        while True:
            open_keys = keys[chosen] if after is None else keys[chosen & (keys > after)]
            last = int(self.keys.max(initial=0))
            is_over = after == last or not self.keys.size or (after is None and self.sign < 0)
            if is_over and not open_keys.size:
                break
            level = int(open_keys.min()) if open_keys.size else last
            if stop.is_due:
                return TierOutcome(solutions, chosen, None, None)
            tier = self.level_tier(keys, after, level)
            if after is None and self.sign < 0:
                best = _fewest_at_level(self, solutions, keys, level, stop)
            else:
                best = solutions.optimise(tier, stop)
            assert best is not None
            if best.value != best.bound:
                return TierOutcome(solutions, best.chosen, None, None)
            count = self.sign * best.value
            if count > self.n_max_pairs or (count == 0 and open_keys.size):
                # pairs between the levels are possible, or none at this level is needed
                chosen = best.chosen
                continue
            proofs.append(DualProof(level, best.prices))
            if count == 0 and self.sign > 0:
                break  # no pair at any level above
            restricted = solutions.restrict_to_optima(tier, best)
            restricted_keys = self.keys[restricted.arc_idx]
            between = restricted_keys < level
            if after is not None:
                between &= restricted_keys > after
            chosen = restrict_choice(solutions, restricted, best.chosen)[~between]
            solutions, after = restricted.within_arcs(~between), level
            keys = self.keys[solutions.arc_idx]
        return TierOutcome(
            solutions, chosen, self.describe_keys(np.sort(keys[chosen])), tuple(proofs)
        )


def _highest_bottleneck(solutions: SolutionSet, keys: Ints, stop: Stop) -> TierOptimum | None:
    """Return a choice whose lowest key is as high as can be, or is when time runs out.

    Few arcs have high keys: levels are tried from above, twice as many arcs at a time, and then
    halved between the last that was too high and the first that was not.
    """
    best: TierOptimum | None = None
    levels, counts = np.unique(keys, return_counts=True)
    n_arcs_from = np.cumsum(counts[::-1])[::-1]  # how many arcs have each level or a higher one
    if levels.size:
        levels = levels[levels <= _bottleneck_bound(solutions.network, keys)]
    first, last = 0, levels.size  # the highest level that can be is in levels[first - 1 : last]
    n_people = solutions.network.n_mentees + solutions.network.n_mentors
    n_tried = _CANDIDATE_ARCS_PER_PERSON * n_people
    while first < last and not stop.is_due:
        if best is None:
            n_wanted = min(n_tried, keys.size)
            middle = int(np.searchsorted(-n_arcs_from, -n_wanted, side="right")) - 1
            middle = min(middle, last - 1)
            n_tried *= 2
        else:
            middle = (first + last) // 2
        good = keys >= levels[middle]
        optimum = None
        if not (solutions.network.fixed & ~good).any():
            zero = np.zeros(np.count_nonzero(good), dtype=np.int64)
            optimum = solutions.within_arcs(good).optimise(LinearTier("any", zero), stop)
        if optimum is None:
            last = middle
            continue
        best = _lift_to_all_arcs(optimum, good)
        first = last if not best.chosen.any() else 1 + middle
        if best.chosen.any():
            first = int(np.searchsorted(levels, keys[best.chosen].min(), side="right"))
    if best is None:
        return solutions.optimise(LinearTier("any", np.zeros(keys.size, dtype=np.int64)), stop)
    return best


def _fewest_at_level(
    method: _KeyedMethod, solutions: SolutionSet, keys: Ints, level: int, stop: Stop
) -> TierOptimum | None:
    """Return a choice with the fewest pairs at a level at which a choice is known to be possible.

    No best choice takes an arc below the level, so these arcs are left out at first; the prices of
    the other arcs most often prove that too.
    """
    good = keys >= level
    tier = method.level_tier(keys, None, level)
    best = solutions.within_arcs(good).optimise(tier.with_arcs(good), stop)
    if best is None:
        return solutions.optimise(tier, stop)
    # a choice with an arc below the level is worth less than any without, so the bound holds
    # for all; prices prove that only where they leave every such arc out
    if best.prices is None or dual_bound(solutions.network, tier, *best.prices) == best.value:
        return _lift_to_all_arcs(best, good)
    return solutions.optimise(tier, stop)


def _lift_to_all_arcs(best: TierOptimum, good: Bools) -> TierOptimum:
    """Return the best choice among the good arcs as a choice among all."""
    chosen = np.zeros(good.size, dtype=np.bool_)
    chosen[np.flatnonzero(good)[best.chosen]] = True
    # all that a solution set knows of its optimum besides is about the good arcs only
    return TierOptimum(chosen, best.value, best.bound, best.prices)


def _bottleneck_bound(network: Network, keys: Ints) -> int:
    """Return a key that the lowest of no choice exceeds: somebody who must be paired has no more.

    Some choice must have a pair.
    """
    bounds = [int(keys.max())]
    for ends, n_people, min_load in (
        (network.mentees, network.n_mentees, network.min_load_mentees),
        (network.mentors, network.n_mentors, network.min_load_mentors),
    ):
        highest = np.full(n_people, np.iinfo(np.int64).min)
        np.maximum.at(highest, ends, keys)
        bounds += highest[min_load > 0].tolist()
    bounds += keys[network.fixed].tolist()
    return min(bounds)
