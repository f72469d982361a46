"""The restricted master problem: the best choice over the arcs at hand, and its prices.

Where few prices will move, the arcs that are close to them are solved alone. The others are then
asked like all pairs, until none of them is worth more than its prices.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from rmmatch.solving.assignment.duals import NotOptimal, prices
from rmmatch.solving.assignment.flow import choose
from rmmatch.solving.assignment.network import (
    Bools,
    Ints,
    Network,
    Prices,
    Tier,
    allows,
    loads,
    reduced_weights,
)
from rmmatch.solving.column_generation.artificial_arcs import solve_with_artificial_arcs
from rmmatch.solving.stopping import Stop

__all__ = ["MasterSolution", "RestrictedMaster"]

_CANDIDATE_ARCS_PER_PERSON = 6  # arcs a person that are solved at first
_ALONE = 0.25  # the share of people who may keep to their couples at first
_PEOPLE_PER_UNMATCHED = 500  # one in so many is hardly anybody: they wait for better arcs


@dataclass(frozen=True, eq=False, slots=True)
class MasterSolution:
    """A choice over the arcs at hand.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The arcs taken.
    prices : tuple of ndarray of int64, or None
        That prove it, perhaps with couples; None where there was no time for them.
    alone : tuple of ndarray of int64, or None
        Mentees and mentors of the couples that were kept; None where it went without.
    """

    chosen: Bools
    prices: Prices | None
    alone: tuple[Ints, Ints] | None = None


class RestrictedMaster:
    """Solves one tier after the other; what it finds out of couples holds from then on.

    Parameters
    ----------
    n_people : int
        On the smaller side.

    Attributes
    ----------
    may_use_artificial : bool
        Whether couples help, see `rmmatch.solving.column_generation.artificial_arcs`.
    give : int or None
        What a couple loses, see `solve_with_artificial_arcs`.
    """

    def __init__(self, n_people: int) -> None:
        self.may_use_artificial = True
        self.give: int | None = None
        self._hardly = n_people // _PEOPLE_PER_UNMATCHED
        self._max_unmatched = int(_ALONE * n_people)

    def solve(
        self,
        network: Network,
        tier: Tier,
        near: Prices,
        before: Bools,
        stop: Stop,
        *,
        n_new: int | None,
        may_use_artificial: bool,
    ) -> MasterSolution:
        """Return the best choice.

        Parameters
        ----------
        network : Network
        tier : Tier
        near : tuple of ndarray of int64
            The prices expected.
        before : ndarray of bool, shape (n_arcs,)
            A choice made before.
        stop : Stop
            Once it is due, there are no prices.
        n_new : int or None
            How many arcs are worth more than these prices; None where that is not known.
        may_use_artificial : bool
            Whether people may stay alone and have no rewards.
        """
        is_little = n_new is not None and n_new <= self._hardly
        part = np.ones(network.n_arcs, dtype=np.bool_)
        if is_little:
            part = _close(network, tier, near) | before | network.fixed
        # nobody has more partners than arcs, whatever their capacity
        degrees = loads(network, np.ones_like(part))
        while True:
            # masses of arcs should not be held twice
            is_whole = bool(part.all())
            some, over = (network, tier) if is_whole else (network.take(part), tier.take(part))
            found = _stayed(some, over, near, before[part]) if is_little else None
            if found is None and may_use_artificial and self.may_use_artificial:
                found = self._coupled(some, over, near, before[part], degrees)
                self.may_use_artificial = found is not None or not is_whole
            if found is None and not (may_use_artificial and self.may_use_artificial):
                found = _flowing(some, over)
            if found is None:
                part[:] = True
                continue
            chosen = np.zeros_like(part)
            chosen[part] = found.chosen
            if stop.is_due:
                return MasterSolution(chosen, None, found.alone)
            proof = found.prices or prices(some, over, found.chosen, near)
            missed = ~part & (reduced_weights(network, tier, *proof) > 0)
            if not missed.any():
                if found.alone is not None:
                    # they must become fewer, else they do stay alone
                    self._max_unmatched = max(found.alone[0].size // 2, self._hardly)
                return MasterSolution(chosen, proof, found.alone)
            part |= missed

    def _coupled(
        self,
        network: Network,
        tier: Tier,
        near: Prices,
        before: Bools,
        degrees: tuple[Ints, Ints],
    ) -> MasterSolution | None:
        """Return the best choice with couples; None where most people would keep to them."""
        pairs = network.mentees[before], network.mentors[before]
        found = solve_with_artificial_arcs(network, tier, near, pairs, degrees, self.give)
        if found is None or found.n_unmatched > self._max_unmatched:
            return None
        # couples that are worth something leave people alone who could have partners
        if allows(network, found.chosen) and (self.give is None or not found.n_unmatched):
            proved = _stayed(network, tier, near, found.chosen)
            if proved is not None:
                return proved
        return MasterSolution(found.chosen, found.prices(near), found.alone)


def _stayed(network: Network, tier: Tier, near: Prices, chosen: Bools) -> MasterSolution | None:
    """Return a choice with its prices, if it is the best."""
    with suppress(NotOptimal):
        return MasterSolution(chosen, prices(network, tier, chosen, near))
    return None


def _flowing(network: Network, tier: Tier) -> MasterSolution | None:
    """Return the best choice without couples; None where none is allowed."""
    choice = choose(network, [tier])
    return None if choice is None else MasterSolution(choice.chosen, choice.prices)


def _close(network: Network, tier: Tier, near: Prices) -> Bools:
    """Mark the arcs that are worth most more than their prices, some of everybody."""
    count = _CANDIDATE_ARCS_PER_PERSON * max(network.n_mentees, network.n_mentors)
    if network.n_arcs < 2 * count:
        return np.ones(network.n_arcs, dtype=np.bool_)
    worth = reduced_weights(network, tier, *near)
    best = np.full(network.n_mentees, worth.min()), np.full(network.n_mentors, worth.min())
    marked: Bools = worth >= np.partition(worth, -count)[-count]
    for most, people in zip(best, (network.mentees, network.mentors), strict=True):
        np.maximum.at(most, people, worth)
        marked |= worth == most[people]
    return marked
