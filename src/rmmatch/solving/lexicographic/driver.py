"""Lexicographic optimisation: one tier after the other, each proved before the next.

Once a tier is optimised, the solution set is restricted to its optima, over which the next tier is
optimised (invariant I2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.greedy import greedy_choice
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, trivial_bound
from rmmatch.solving.lexicographic.flow_solutions import FlowSolutions
from rmmatch.solving.lexicographic.solution_set import SolutionSet
from rmmatch.solving.lexicographic.tier_methods import DualProof, LinearMethod, TierMethod, Value
from rmmatch.solving.stopping import Stop

__all__ = ["Solution", "solve_linear_tiers", "solve_tiers"]


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """A choice, its value in each tier, and what no choice can exceed.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,), or None
        The arcs taken, of the first network; None where time ran out before any allowed choice
        was at hand.
    values : tuple of int or of tuple of int, or None
        The value of the choice in each tier, in the tier's unit; None where there is no choice.
    bounds : tuple of int, of tuple of int or of None
        For each tier, an upper bound on the value of every choice that is best for all tiers
        proved before it; None where no bound is known.
    proofs : tuple of (tuple of DualProof) or None
        For each tier what proves it over the optimal face of the tiers before it, or None where
        time ran out before. The tiers with proofs come first.
    """

    chosen: Bools | None
    values: tuple[Value, ...] | None
    bounds: tuple[Value | None, ...]
    proofs: tuple[tuple[DualProof, ...] | None, ...]

    @property
    def n_proved(self) -> int:
        """How many leading tiers are proved."""
        return sum(proofs is not None for proofs in self.proofs)

    @property
    def prices(self) -> tuple[tuple[Ints, Ints] | None, ...]:
        """The first prices of each tier: the only prices where the tier is one linear question."""
        return tuple(proofs[0].prices if proofs else None for proofs in self.proofs)


def solve_linear_tiers(
    network: Network, tiers: Sequence[LinearTier], *, stop: Stop | None = None
) -> Solution | None:
    """Return a choice that maximises each linear tier in turn, with its proof.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of LinearTier
        What is maximised, in order.
    stop : Stop, optional
        Looked at between steps, so the call may end later than `stop` is due. Then the best
        choice at hand is returned, a greedy choice where no tier was optimised yet.

    Returns
    -------
    Solution or None
        None where no choice is allowed.

    Raises
    ------
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> pairs = LinearTier("pairs", np.ones(3, dtype=np.int64))
    >>> total = LinearTier("total", np.array([20, 5, 6]))
    >>> solution = solve_linear_tiers(network, [pairs, total])
    >>> solution.chosen, solution.values, solution.bounds
    (array([False,  True,  True]), (2, 11), (2, 11))
    """
    return solve_tiers(FlowSolutions(network), [LinearMethod(tier) for tier in tiers], stop=stop)


def solve_tiers(
    solutions: SolutionSet, methods: Sequence[TierMethod], *, stop: Stop | None = None
) -> Solution | None:
    """Return a choice that is best for each tier in turn, with its proof.

    Parameters
    ----------
    solutions : SolutionSet
        All allowed choices, over all arcs; not restricted to the optima of any tier yet.
    methods : sequence of TierMethod
        How each tier is optimised, in order.
    stop : Stop, optional
        As for `solve_linear_tiers`.

    Returns
    -------
    Solution or None
        None where no choice is allowed.

    Raises
    ------
    NotSupportedError
        A tier leaves slack, and `solutions` cannot be restricted with slack.
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.
    TimeoutError
        Time ran out, and `solutions` had no allowed choice at hand yet.
    """
    stop = stop or Stop()
    network = solutions.network
    chosen: Bools | None = None
    bounds: list[Value | None] = []
    proofs: list[tuple[DualProof, ...] | None] = []
    for place, method in enumerate(methods):
        if stop.is_due:
            break
        linear = takewhile(lambda later: isinstance(later, LinearMethod), methods[place + 1 :])
        next_tiers = [later.linear_proxy(network).with_arcs(solutions.arc_idx) for later in linear]
        try:
            outcome = method.optimise(solutions, next_tiers, stop)
        except TimeoutError:
            if chosen is None:
                raise
            break  # the choice that is best for the tiers before stands
        if outcome is None:
            return None
        solutions = outcome.solution_set
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[solutions.arc_idx[outcome.chosen]] = True
        bounds.append(outcome.optimum)
        if outcome.proofs is None:
            break
        proofs.append(outcome.proofs)

    if chosen is None:
        if not has_feasible_loads(network):
            return None
        chosen = greedy_choice(network, [method.linear_proxy(network) for method in methods])
        if chosen is not None and not solutions.contains(chosen):
            chosen = None  # a greedy choice does not look at side constraints
    bounds += [_trivial_bound(solutions, method) for method in methods[len(bounds) :]]
    proofs += [None] * (len(methods) - len(proofs))
    if chosen is None:
        return Solution(None, None, tuple(bounds), tuple(proofs))
    values = tuple(method.value(network, chosen) for method in methods)
    return Solution(chosen, values, tuple(bounds), tuple(proofs))


def _trivial_bound(solutions: SolutionSet, method: TierMethod) -> Value | None:
    """Return a quick bound on a tier that was not optimised; None where there is none."""
    if not isinstance(method, LinearMethod):
        return None
    return trivial_bound(solutions.network, method.tier.with_arcs(solutions.arc_idx))


def has_feasible_loads(network: Network) -> bool:
    """Tell whether the bounds of each person, taken alone, leave any load.

    Parameters
    ----------
    network : Network
        The problem.
    """
    fixed_mentees, fixed_mentors = count_loads(network, network.fixed)
    return bool(
        (np.maximum(network.min_load_mentees, fixed_mentees) <= network.max_load_mentees).all()
        and (np.maximum(network.min_load_mentors, fixed_mentors) <= network.max_load_mentors).all()
    )
