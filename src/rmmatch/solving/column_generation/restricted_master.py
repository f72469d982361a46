"""The restricted master problem: the best choice over the arcs at hand, and its prices.

Where few prices will move, the arcs that are close to them are solved alone. The others are then
asked like all pairs, until none of them is worth more than its prices.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import (
    DualPrices,
    LinearTier,
    Network,
    count_loads,
    is_feasible,
    reduced_weights,
)
from rmmatch.solving.column_generation.artificial_arcs import solve_with_artificial_arcs
from rmmatch.solving.stopping import Stop

__all__ = ["MasterSolution", "RestrictedMaster"]

_CANDIDATE_ARCS_PER_PERSON = 6  # arcs a person that are solved at first
_MAX_UNMATCHED_SHARE = 0.25  # the share of people who may keep to their couples at first
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
    prices: DualPrices | None
    unmatched: tuple[Ints, Ints] | None = None


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
        self.artificial_discount: int | None = None
        self._few_unmatched = n_people // _PEOPLE_PER_UNMATCHED
        self._max_unmatched = int(_MAX_UNMATCHED_SHARE * n_people)

    def solve(
        self,
        network: Network,
        tier: LinearTier,
        near_prices: DualPrices,
        previous_arcs: Bools,
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
        is_little = n_new is not None and n_new <= self._few_unmatched
        part = np.ones(network.n_arcs, dtype=np.bool_)
        if is_little:
            part = (
                _arcs_of_largest_reduced_weight(network, tier, near_prices)
                | previous_arcs
                | network.fixed
            )
        # nobody has more partners than arcs, whatever their capacity
        degrees = count_loads(network, np.ones_like(part))
        while True:
            # masses of arcs should not be held twice
            is_whole = bool(part.all())
            some, over = (
                (network, tier) if is_whole else (network.with_arcs(part), tier.with_arcs(part))
            )
            found = (
                _if_still_optimal(some, over, near_prices, previous_arcs[part])
                if is_little
                else None
            )
            if found is None and may_use_artificial and self.may_use_artificial:
                found = self._solve_with_artificial_arcs(
                    some, over, near_prices, previous_arcs[part], degrees
                )
                self.may_use_artificial = found is not None or not is_whole
            if found is None and not (may_use_artificial and self.may_use_artificial):
                found = _solve_by_flow(some, over)
            if found is None:
                part[:] = True
                continue
            chosen = np.zeros_like(part)
            chosen[part] = found.chosen
            if stop.is_due:
                return MasterSolution(chosen, None, found.unmatched)
            proof = found.prices or optimal_duals(some, over, found.chosen, near_prices)
            missed = ~part & (reduced_weights(network, tier, *proof) > 0)
            if not missed.any():
                if found.unmatched is not None:
                    # they must become fewer, else they do stay alone
                    self._max_unmatched = max(found.unmatched[0].size // 2, self._few_unmatched)
                return MasterSolution(chosen, proof, found.unmatched)
            part |= missed

    def _solve_with_artificial_arcs(
        self,
        network: Network,
        tier: LinearTier,
        near: DualPrices,
        before: Bools,
        degrees: tuple[Ints, Ints],
    ) -> MasterSolution | None:
        """Return the best choice with couples; None where most people would keep to them."""
        pairs = network.mentees[before], network.mentors[before]
        found = solve_with_artificial_arcs(
            network, tier, near, pairs, degrees, self.artificial_discount
        )
        if found is None or found.n_unmatched > self._max_unmatched:
            return None
        # couples that are worth something leave people alone who could have partners
        if is_feasible(network, found.chosen) and (
            self.artificial_discount is None or not found.n_unmatched
        ):
            proved = _if_still_optimal(network, tier, near, found.chosen)
            if proved is not None:
                return proved
        return MasterSolution(found.chosen, found.optimal_duals(near), found.unmatched)


def _if_still_optimal(
    network: Network, tier: LinearTier, near: DualPrices, chosen: Bools
) -> MasterSolution | None:
    """Return a choice with its prices, if it is the best."""
    with suppress(NotOptimal):
        return MasterSolution(chosen, optimal_duals(network, tier, chosen, near))
    return None


def _solve_by_flow(network: Network, tier: LinearTier) -> MasterSolution | None:
    """Return the best choice without couples; None where none is allowed."""
    choice = solve_flow(network, [tier])
    return None if choice is None else MasterSolution(choice.chosen, choice.prices)


def _arcs_of_largest_reduced_weight(network: Network, tier: LinearTier, near: DualPrices) -> Bools:
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
