"""The same people and arcs solved again and again, each time with slightly other weights.

The prices of the first time tell which few arcs matter the next: the problem is solved over these
and priced, and all arcs are swept for one worth more than its prices; such arcs join, until there
is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, reduced_weights

__all__ = ["PricedSolution", "WarmStart", "packed_tier"]

_INITIAL_ARCS_PER_PERSON = 10  # arcs of each person to begin with; speed only
_MAX_ARCS_ALL_TAKEN = 2_000  # arcs, of which all are taken at once; speed only
_MAX_PACKED_VALUE = 2**59  # of packed tiers, so that prices fit 64 bits; exactness


@dataclass(frozen=True, eq=False)
class PricedSolution:
    """A best choice and its proof.

    Attributes
    ----------
    tier : LinearTier
        The one tier that stands for all.
    chosen : ndarray of bool, shape (n_arcs,)
    u, v : ndarray of int64, shape (n_mentees,) and (n_mentors,)
        Prices in the unit of the tier, in the order of the network.
    """

    tier: LinearTier
    chosen: Bools
    u: Ints
    v: Ints


class WarmStart:
    """A network that is solved for one objective after another, the usual one first.

    Parameters
    ----------
    network : Network

    Examples
    --------
    >>> ones = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * ones, ones, 0 * ones, ones)
    >>> warm = WarmStart(network)
    >>> warm.solve([LinearTier("total", np.array([9, 5, 6]))]).chosen
    array([False,  True,  True])
    >>> warm.solve([LinearTier("total", np.array([19, 5, 6]))]).chosen
    array([ True, False, False])
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._first_solution: PricedSolution | None = None

    def solve(self, tiers: Sequence[LinearTier]) -> PricedSolution | None:
        """Return a best choice; None where there is none, or 64 bits are too few to find it.

        Parameters
        ----------
        tiers : sequence of LinearTier
            What is maximised, in order.
        """
        network = self.network
        tier = packed_tier(network, tiers)
        if tier is None:
            return None
        is_taken = network.fixed.copy()
        if self._first_solution is None:
            is_taken[:] = True
        else:
            is_taken |= self._first_solution.chosen
            is_taken |= self._likely_arcs(
                reduced_weights(network, tier, self._first_solution.u, self._first_solution.v)
            )
        while True:
            arcs = np.flatnonzero(is_taken)
            partial = network.with_arcs(arcs)
            choice = solve_flow(partial, [tier_.with_arcs(arcs) for tier_ in tiers])
            if choice is None or choice.n_tiers < len(tiers):
                return None
            try:
                u, v = optimal_duals(partial, tier.with_arcs(arcs), choice.chosen)
            except NotOptimal:  # equal in 64 bits, and yet not the best
                return None
            is_missed = (reduced_weights(network, tier, u, v) > 0) & ~is_taken
            if not is_missed.any():
                break
            is_taken |= is_missed
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[arcs[choice.chosen]] = True
        solution = PricedSolution(tier, chosen, u, v)
        self._first_solution = self._first_solution or solution
        return solution

    def _likely_arcs(self, gain: Ints) -> Bools:
        """Mark each person's arcs that are worth most beside the prices."""
        network = self.network
        if network.n_arcs <= _MAX_ARCS_ALL_TAKEN:
            return np.ones(network.n_arcs, dtype=np.bool_)
        gains = np.full((network.n_mentees, network.n_mentors), np.iinfo(np.int64).min)
        gains[network.mentees, network.mentors] = gain
        likely = np.zeros(network.n_arcs, dtype=np.bool_)
        for axis, people in ((1, network.mentees), (0, network.mentors)):
            place = gains.shape[axis] - min(_INITIAL_ARCS_PER_PERSON, gains.shape[axis])
            least = np.take(np.partition(gains, place, axis=axis), place, axis=axis)
            likely |= gain >= least[people]
        return likely


def packed_tier(network: Network, tiers: Sequence[LinearTier]) -> LinearTier | None:
    """Return one tier that orders choices as several in turn do; None where 64 bits are too few.

    Parameters
    ----------
    network : Network
    tiers : sequence of LinearTier
        What is maximised, in order.
    """
    degrees = count_loads(network, np.ones(network.n_arcs, dtype=np.bool_))
    most = np.minimum(network.max_load_mentees, degrees[0]).sum()
    most = int(min(most, np.minimum(network.max_load_mentors, degrees[1]).sum()))
    tops, spans = [], []
    for tier in tiers:
        rewards = tier.load_reward_mentees, tier.load_reward_mentors
        largest = (int(of_side.max(initial=0)) for of_side in rewards)
        tops.append(max(int(np.abs(tier.weights).max(initial=0)), *largest))
        lowest, highest = _value_range(tier.weights)
        spans.append(
            most * (highest - lowest)
            + sum(
                int((reward * np.minimum(reach, load)).sum())
                for reward, reach, load in zip(
                    rewards,
                    (tier.rewarded_load_mentees, tier.rewarded_load_mentors),
                    (network.max_load_mentees, network.max_load_mentors),
                    strict=True,
                )
            )
        )
    # prices are sums of weights along a chain of people
    limit = _MAX_PACKED_VALUE // (network.n_mentees + network.n_mentors + 4)
    factors = lexicographic_weights(tops, spans, limit)
    rewarded = [tier.load_reward_mentees.any() or tier.load_reward_mentors.any() for tier in tiers]
    if len(factors) < len(tiers) or sum(rewarded) > 1:
        return None
    weights = np.zeros(network.n_arcs, dtype=np.int64)
    packed = LinearTier("combined", weights)
    for tier, factor, has_rewards in zip(tiers, factors, rewarded, strict=True):
        weights = weights + factor * tier.weights
        if has_rewards:
            packed = replace(
                tier,
                load_reward_mentees=factor * tier.load_reward_mentees,
                load_reward_mentors=factor * tier.load_reward_mentors,
            )
    return replace(packed, name="combined", weights=weights)


def _value_range(weights: Ints) -> tuple[int, int]:
    return min(int(weights.min(initial=0)), 0), max(int(weights.max(initial=0)), 0)
