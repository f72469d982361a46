"""The same people and arcs solved again and again, each time with slightly other weights.

The prices of the first time tell which few arcs matter the next: the problem is solved over these
and priced, and all arcs are swept for one worth more than its prices; such arcs join, until there
is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.solving.assignment.duals import NotOptimal, prices
from rmmatch.solving.assignment.flow import choose
from rmmatch.solving.assignment.network import Bools, Ints, Network, Tier, loads, reduced_weights

__all__ = ["Priced", "Warm", "combined", "part"]

_INITIAL_ARCS_PER_PERSON = 10  # a person to begin with
_FEW = 2_000  # arcs that are all taken at once
_LARGEST = 2**59


@dataclass(frozen=True, eq=False)
class Priced:
    """A best choice, the one tier that stands for all, and the prices that prove it."""

    tier: Tier
    chosen: Bools
    u: Ints
    v: Ints


class Warm:
    """A network that is solved for one objective after another, the usual one first.

    Parameters
    ----------
    network : Network

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> warm = Warm(network)
    >>> warm.best([Tier("total", np.array([9, 5, 6]))]).chosen
    array([False,  True,  True])
    >>> warm.best([Tier("total", np.array([19, 5, 6]))]).chosen
    array([ True, False, False])
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._first: Priced | None = None

    def best(self, tiers: Sequence[Tier]) -> Priced | None:
        """Return a best choice; None where that is not to be had this way, or there is none.

        Parameters
        ----------
        tiers : sequence of Tier
            What is maximised, in order.
        """
        network = self.network
        tier = combined(network, tiers)
        if tier is None:
            return None
        taken = network.fixed.copy()
        if self._first is None:
            taken[:] = True
        else:
            taken |= self._first.chosen
            taken |= self._likely(reduced_weights(network, tier, self._first.u, self._first.v))
        while True:
            arcs = np.flatnonzero(taken)
            few = part(network, arcs)
            choice = choose(few, [one.take(arcs) for one in tiers])
            if choice is None or choice.n_tiers < len(tiers):
                return None
            try:
                u, v = prices(few, tier.take(arcs), choice.chosen)
            except NotOptimal:  # equal in 64 bits, and yet not the best
                return None
            missed = (reduced_weights(network, tier, u, v) > 0) & ~taken
            if not missed.any():
                break
            taken |= missed
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[arcs[choice.chosen]] = True
        found = Priced(tier, chosen, u, v)
        self._first = self._first or found
        return found

    def _likely(self, gain: Ints) -> Bools:
        """Mark each person's arcs that are worth most beside the prices."""
        network = self.network
        if network.n_arcs <= _FEW:
            return np.ones(network.n_arcs, dtype=np.bool_)
        gains = np.full((network.n_mentees, network.n_mentors), np.iinfo(np.int64).min)
        gains[network.mentees, network.mentors] = gain
        likely = np.zeros(network.n_arcs, dtype=np.bool_)
        for axis, people in ((1, network.mentees), (0, network.mentors)):
            place = gains.shape[axis] - min(_INITIAL_ARCS_PER_PERSON, gains.shape[axis])
            least = np.take(np.partition(gains, place, axis=axis), place, axis=axis)
            likely |= gain >= least[people]
        return likely


def part(network: Network, arcs: Ints) -> Network:
    """Return the network of some of the arcs.

    Parameters
    ----------
    network : Network
    arcs : ndarray of int64
        Their places, in order.
    """
    return replace(
        network,
        mentees=network.mentees[arcs],
        mentors=network.mentors[arcs],
        fixed=network.fixed[arcs],
    )


def combined(network: Network, tiers: Sequence[Tier]) -> Tier | None:
    """Return one tier that orders choices as several in turn do; None where 64 bits are too few.

    Parameters
    ----------
    network : Network
    tiers : sequence of Tier
    """
    degrees = loads(network, np.ones(network.n_arcs, dtype=np.bool_))
    most = np.minimum(network.most_mentees, degrees[0]).sum()
    most = int(min(most, np.minimum(network.most_mentors, degrees[1]).sum()))
    weights = np.zeros(network.n_arcs, dtype=np.int64)
    whole = Tier("combined", weights)
    factor, top = 1, 0
    for tier in reversed(tiers):
        rewards = (
            int(tier.load_reward_mentees.max(initial=0)),
            int(tier.load_reward_mentors.max(initial=0)),
        )
        if any(rewards) and (whole.load_reward_mentees.any() or whole.load_reward_mentors.any()):
            return None
        largest = max(int(np.abs(tier.weights).max(initial=0)), *rewards)
        top += factor * largest
        if top * (network.n_mentees + network.n_mentors + 4) > _LARGEST:
            return None
        weights = weights + factor * tier.weights
        if any(rewards):
            whole = replace(
                tier,
                load_reward_mentees=factor * tier.load_reward_mentees,
                load_reward_mentors=factor * tier.load_reward_mentors,
            )
        # two choices cannot differ by more than this in the tier
        lowest, highest = (int(some) for some in _ends(tier.weights))
        span = most * (highest - lowest) + sum(
            int((reward * np.minimum(reach, load)).sum())
            for reward, reach, load in (
                (tier.load_reward_mentees, tier.rewarded_load_mentees, network.most_mentees),
                (tier.load_reward_mentors, tier.rewarded_load_mentors, network.most_mentors),
            )
        )
        factor *= span + 1
    return replace(whole, name="combined", weights=weights)


def _ends(weights: Ints) -> tuple[int, int]:
    return min(int(weights.min(initial=0)), 0), max(int(weights.max(initial=0)), 0)
