"""The restricted master problem: the best choice over the arcs at hand, and its prices.

Where few prices will move, the arcs that are close to them are solved alone. The others are then
priced like all pairs, until none of them is worth more than its prices.
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

_CANDIDATE_ARCS_PER_PERSON = 6  # arcs a person that are solved at first; speed only
_MAX_UNMATCHED_SHARE = 0.25  # of people who may keep to artificial arcs at first; speed only
_PEOPLE_PER_UNMATCHED = 500  # one in so many is hardly anybody, and waits for arcs; speed only


@dataclass(frozen=True, eq=False, slots=True)
class MasterSolution:
    """A choice over the arcs at hand.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
        The arcs taken.
    prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,), or None
        Prices in millionths that prove the choice, together with the artificial arcs taken if
        there are any; None where there was no time for them.
    unmatched : tuple of ndarray of int64, or None
        Mentees and mentors of the artificial arcs taken, by positions in id order; None where the
        choice was made without such arcs.
    """

    chosen: Bools
    prices: DualPrices | None
    unmatched: tuple[Ints, Ints] | None = None


class RestrictedMaster:
    """Restricted master problem of the column generation: solves a tier over the arcs at hand.

    With few arcs many people have no partner, and their dual prices are useless for pricing. So
    *artificial arcs* may join such mentees and mentors (see `artificial_arcs`): the problem is then
    a square assignment, several times quicker than a flow. They have no part in a final answer. One
    master solves one tier after the other, and what it finds out about artificial arcs holds from
    then on. Nobody need trust its prices (invariant I3).

    Parameters
    ----------
    n_people : int
        On the smaller side.

    Attributes
    ----------
    may_use_artificial : bool
        False once artificial arcs failed on all arcs (most people would have kept to them).
    artificial_discount : int or None
        An artificial arc is worth ``u + v - artificial_discount``, millionths; None: it is worth 0.
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
        """Return the best choice over the arcs of a network, and its prices.

        Parameters
        ----------
        network : Network
        tier : LinearTier
        near_prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
            The prices expected, in millionths.
        previous_arcs : ndarray of bool, shape (n_arcs,)
            A choice made before.
        stop : Stop
            Once it is due, there are no prices.
        n_new : int or None
            How many arcs are worth more than these prices; None where that is not known.
        may_use_artificial : bool
            Whether people may stay alone and have no rewards in this tier.
        """
        is_little = n_new is not None and n_new <= self._few_unmatched
        is_active = np.ones(network.n_arcs, dtype=np.bool_)
        if is_little:
            is_active = (
                _arcs_of_largest_reduced_weight(network, tier, near_prices)
                | previous_arcs
                | network.fixed
            )
        # nobody has more partners than arcs, whatever their capacity
        degrees = count_loads(network, np.ones_like(is_active))
        while True:
            has_all_arcs = bool(is_active.all())
            # masses of arcs should not be held twice
            active, active_tier = (
                (network, tier)
                if has_all_arcs
                else (network.with_arcs(is_active), tier.with_arcs(is_active))
            )
            previous = previous_arcs[is_active]
            solution = (
                _if_still_optimal(active, active_tier, near_prices, previous) if is_little else None
            )
            if solution is None and may_use_artificial and self.may_use_artificial:
                solution = self._solve_with_artificial_arcs(
                    active, active_tier, near_prices, previous, degrees
                )
                self.may_use_artificial = solution is not None or not has_all_arcs
            if solution is None and not (may_use_artificial and self.may_use_artificial):
                solution = _solve_by_flow(active, active_tier)
            if solution is None:
                is_active[:] = True
                continue
            chosen = np.zeros_like(is_active)
            chosen[is_active] = solution.chosen
            if stop.is_due:
                return MasterSolution(chosen, None, solution.unmatched)
            prices = solution.prices or optimal_duals(
                active, active_tier, solution.chosen, near_prices
            )
            is_violated = ~is_active & (reduced_weights(network, tier, *prices) > 0)
            if not is_violated.any():
                if solution.unmatched is not None:
                    # they must become fewer, else they do stay alone
                    self._max_unmatched = max(solution.unmatched[0].size // 2, self._few_unmatched)
                return MasterSolution(chosen, prices, solution.unmatched)
            is_active |= is_violated

    def _solve_with_artificial_arcs(
        self,
        network: Network,
        tier: LinearTier,
        near_prices: DualPrices,
        previous_arcs: Bools,
        degrees: tuple[Ints, Ints],
    ) -> MasterSolution | None:
        """Return the best choice with artificial arcs; None where too many of them are taken."""
        pairs = network.mentees[previous_arcs], network.mentors[previous_arcs]
        solution = solve_with_artificial_arcs(
            network, tier, near_prices, pairs, degrees, self.artificial_discount
        )
        if solution is None or solution.n_unmatched > self._max_unmatched:
            return None
        # artificial arcs that are worth something leave people alone who could have partners
        if is_feasible(network, solution.chosen) and (
            self.artificial_discount is None or not solution.n_unmatched
        ):
            proved = _if_still_optimal(network, tier, near_prices, solution.chosen)
            if proved is not None:
                return proved
        return MasterSolution(
            solution.chosen, solution.optimal_duals(near_prices), solution.unmatched
        )


def _if_still_optimal(
    network: Network, tier: LinearTier, near_prices: DualPrices, chosen: Bools
) -> MasterSolution | None:
    """Return a choice with its prices, if it is the best."""
    with suppress(NotOptimal):
        return MasterSolution(chosen, optimal_duals(network, tier, chosen, near_prices))
    return None


def _solve_by_flow(network: Network, tier: LinearTier) -> MasterSolution | None:
    """Return the best choice without artificial arcs; None where none is allowed."""
    solution = solve_flow(network, [tier])
    return None if solution is None else MasterSolution(solution.chosen, solution.prices)


def _arcs_of_largest_reduced_weight(
    network: Network, tier: LinearTier, near_prices: DualPrices
) -> Bools:
    """Mark the arcs of largest weight - u - v, some of everybody."""
    count = _CANDIDATE_ARCS_PER_PERSON * max(network.n_mentees, network.n_mentors)
    if network.n_arcs < 2 * count:
        return np.ones(network.n_arcs, dtype=np.bool_)
    reduced = reduced_weights(network, tier, *near_prices)
    lowest = reduced.min()
    is_marked: Bools = reduced >= np.partition(reduced, -count)[-count]
    for size, people in (
        (network.n_mentees, network.mentees),
        (network.n_mentors, network.mentors),
    ):
        best = np.full(size, lowest)
        np.maximum.at(best, people, reduced)
        is_marked |= reduced == best[people]
    return is_marked
