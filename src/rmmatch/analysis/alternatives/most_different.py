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

_MAX_TRIAL_WORK = 1_000_000  # mentees squared, times the choices that are looked through
_MIN_TRIALS = 20


@dataclass(frozen=True, eq=False)
class DifferentAssignment:
    """A choice, and whether it is proved that no allowed one shares less."""

    chosen: Bools
    is_proved: bool


def most_different(
    network: Network, total: LinearTier, marks: LinearTier, shared: Ints, at_least: int
) -> DifferentAssignment:
    """Return a choice whose total is large enough, and that shares as little as possible.

    Parameters
    ----------
    network : Network
    total : Tier
        Of weights alone.
    marks : Tier
        Decides between choices that share as little and are worth as much.
    shared : ndarray of int64, shape (n_arcs,)
        What each arc shares with others.
    at_least : int
        The least total; some allowed choice has it.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> network = Network(2, 2, *arcs, np.zeros(4, dtype=bool), one, one, one, one)
    >>> total = Tier("total", np.array([9, 8, 8, 9]))
    >>> best = np.array([1, 0, 0, 1])
    >>> most_different(network, total, total, best, at_least=16).chosen
    array([False,  True,  True, False])
    >>> most_different(network, total, total, best, at_least=17).chosen
    array([ True, False, False,  True])
    """
    common = LinearTier("common", -shared)

    def at(choice: Bools) -> tuple[int, int]:
        return -tier_value(network, common, choice), tier_value(network, total, choice)

    def best(*tiers: LinearTier) -> Bools:
        solution = solve_linear_tiers(network, [*tiers, marks])
        assert solution is not None, "the network has choices"
        assert solution.chosen is not None
        return solution.chosen

    near, far = best(total, common), best(common, total)
    if at(far)[1] >= at_least:
        return DifferentAssignment(far, True)
    if at(near)[0] == at(far)[0]:
        return DifferentAssignment(near, True)
    while True:
        (near_shares, near_total), (far_shares, far_total) = at(near), at(far)
        # the price at which both are equal: what is shared, against what is lost
        price, unit = near_total - far_total, near_shares - far_shares
        both = replace(total, name="both", weights=unit * total.weights - price * shared)
        found = best(both)
        worth = tier_value(network, both, found)
        if worth == tier_value(network, both, near):
            break
        if at(found)[1] >= at_least:
            near = found
        else:
            far = found
    fewest = at(near)[0]
    tried = max(_MIN_TRIALS, _MAX_TRIAL_WORK // network.n_mentees**2)
    choices = murty_enumeration(network, [both, marks])
    for ranked in islice(choices, tried):
        # whatever shares less and has the least total is worth as much as this
        if ranked.values[0] < unit * at_least - price * (fewest - 1):
            return DifferentAssignment(near, True)
        shares, worth = at(ranked.chosen)
        if worth >= at_least and shares < fewest:
            near, fewest = ranked.chosen, shares
    return DifferentAssignment(near, next(choices, None) is None)
