"""The choice that shares least with others, among those that are nearly the best.

A limit on the total makes the assignment problem hard in general. Its Lagrangian is an assignment
problem again, which weighs what is shared against what is lost; its best price gives a bound and
mostly the choice. Where a gap is left, the choices next to the best at this price are looked
through, as long as they could close it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from rmmatch.analysis.alternatives.second_best import murty_enumeration
from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, tier_value
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["DifferentAssignment", "most_different"]

# both decide only how often a proof is found
_MAX_TRIAL_WORK = 1_000_000  # mentees squared, times the choices that are looked through
_MIN_TRIALS = 20  # choices that are looked through at least


@dataclass(frozen=True, eq=False)
class DifferentAssignment:
    """A choice, and whether it is proved that no allowed one shares less.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
    is_proved : bool
    """

    chosen: Bools
    is_proved: bool


def most_different(
    network: Network, total: LinearTier, marks: LinearTier, shared: Ints, at_least: int
) -> DifferentAssignment:
    """Return a choice whose total is large enough, and that shares as little as possible.

    Parameters
    ----------
    network : Network
        With at least one allowed choice.
    total : LinearTier
        Weights in millionths, no rewards of loads.
    marks : LinearTier
        Decides between choices that share as little and are worth as much.
    shared : ndarray of int64, shape (n_arcs,)
        In how many of the matchings so far each arc is, in the order of the arcs.
    at_least : int
        The least total allowed, in millionths; some allowed choice has it.

    Returns
    -------
    DifferentAssignment

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> network = Network(2, 2, *arcs, np.zeros(4, dtype=bool), ones, ones, ones, ones)
    >>> total = LinearTier("total", np.array([9, 8, 8, 9]))
    >>> best = np.array([1, 0, 0, 1])
    >>> most_different(network, total, total, best, at_least=16).chosen
    array([False,  True,  True, False])
    >>> most_different(network, total, total, best, at_least=17).chosen
    array([ True, False, False,  True])
    """
    common = LinearTier("common", -shared)

    def shares_and_total(choice: Bools) -> tuple[int, int]:
        return -tier_value(network, common, choice), tier_value(network, total, choice)

    def best(*tiers: LinearTier) -> Bools:
        solution = solve_linear_tiers(network, [*tiers, marks])
        assert solution is not None, "the network has choices"
        assert solution.chosen is not None
        return solution.chosen

    feasible, infeasible = best(total, common), best(common, total)
    if shares_and_total(infeasible)[1] >= at_least:
        return DifferentAssignment(infeasible, True)
    if shares_and_total(feasible)[0] == shares_and_total(infeasible)[0]:
        return DifferentAssignment(feasible, True)
    while True:
        (feasible_shares, feasible_total), (infeasible_shares, infeasible_total) = (
            shares_and_total(feasible),
            shares_and_total(infeasible),
        )
        # the price at which both are equal: what is shared, against what is lost
        price, unit = feasible_total - infeasible_total, feasible_shares - infeasible_shares
        combined = replace(total, name="both", weights=unit * total.weights - price * shared)
        candidate = best(combined)
        value = tier_value(network, combined, candidate)
        if value == tier_value(network, combined, feasible):
            break
        if shares_and_total(candidate)[1] >= at_least:
            feasible = candidate
        else:
            infeasible = candidate
    fewest_shares = shares_and_total(feasible)[0]
    n_trials = max(_MIN_TRIALS, _MAX_TRIAL_WORK // network.n_mentees**2)
    choices = murty_enumeration(network, [combined, marks])
    for ranked in islice(choices, n_trials):
        # whatever shares less and has the least total is worth as much as this
        if ranked.values[0] < unit * at_least - price * (fewest_shares - 1):
            return DifferentAssignment(feasible, True)
        shares, total_value = shares_and_total(ranked.chosen)
        if total_value >= at_least and shares < fewest_shares:
            feasible, fewest_shares = ranked.chosen, shares
    return DifferentAssignment(feasible, next(choices, None) is None)
