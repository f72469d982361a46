"""Tiers solved one after the other, each proved before the next; and why nothing is allowed.

Once a tier is solved and priced, the choices that are best for it form a smaller network, over
which the next tier is solved.
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
    """A choice, what it is worth in each tier, and what no choice can exceed.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,), or None
        The arcs taken; None where it was stopped before any allowed choice was at hand.
    values : tuple of int or of tuple of int, or None
        Its value in each tier; None where there is no choice.
    bounds : tuple of int, of tuple of int or of None
        For each tier, an upper bound on the value of every choice that is best for all tiers
        proved before it; None where nothing is known.
    proofs : tuple of (tuple of Proof) or None
        For each tier what proves it over the face of the tiers before it, or None where it
        was stopped first. The tiers with proofs come first.
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
        """The first prices of each tier: all there are where it is one linear question."""
        return tuple(proofs[0].prices if proofs else None for proofs in self.proofs)


def solve_linear_tiers(
    network: Network, tiers: Sequence[LinearTier], *, stop: Stop | None = None
) -> Solution | None:
    """Return a choice that maximises each linear tier in turn, with its proof.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of Tier
        What is maximised, in order.
    stop : Stop, optional
        It is asked between steps, so the call may end later than it is due. Then the best choice
        at hand is returned, a greedy one where nothing was solved yet.

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
    >>> pairs = Tier("pairs", np.ones(3, dtype=np.int64))
    >>> found = solve(network, [pairs, Tier("total", np.array([20, 5, 6]))])
    >>> found.chosen, found.values, found.bounds
    (array([False,  True,  True]), (2, 11), (2, 11))
    """
    return solve_tiers(FlowSolutions(network), [LinearMethod(tier) for tier in tiers], stop=stop)


def solve_tiers(
    way: SolutionSet, stages: Sequence[TierMethod], *, stop: Stop | None = None
) -> Solution | None:
    """Return a choice that is best for each stage in turn, with its proof.

    Parameters
    ----------
    way : Way
        What answers the linear questions of the stages; it must not have held anything yet.
    stages : sequence of TierMethod
    stop : Stop, optional
        As for `solve`.

    Returns
    -------
    Solution or None
        None where no choice is allowed.

    Raises
    ------
    NotSupportedError
        A stage leaves slack, and the way cannot hold that.
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.
    TimeoutError
        Time ran out, in a way that had no allowed choice at hand yet.
    """
    stop = stop or Stop()
    network = way.network
    chosen: Bools | None = None
    bounds: list[Value | None] = []
    proofs: list[tuple[DualProof, ...] | None] = []
    for at, stage in enumerate(stages):
        if stop.is_due:
            break
        run = takewhile(lambda later: isinstance(later, LinearMethod), stages[at + 1 :])
        then = [later.linear_proxy(network).with_arcs(way.arc_idx) for later in run]
        try:
            settled = stage.optimise(way, then, stop)
        except TimeoutError:
            if chosen is None:
                raise
            break  # what is best for the stages before stands
        if settled is None:
            return None
        way = settled.solution_set
        chosen = np.zeros(network.n_arcs, dtype=np.bool_)
        chosen[way.arc_idx[settled.chosen]] = True
        bounds.append(settled.optimum)
        if settled.proofs is None:
            break
        proofs.append(settled.proofs)

    if chosen is None:
        if not has_feasible_loads(network):
            return None
        chosen = greedy_choice(network, [stage.linear_proxy(network) for stage in stages])
        if chosen is not None and not way.contains(chosen):
            chosen = None  # quotas are beyond it
    bounds += [_trivial_bound(way, stage) for stage in stages[len(bounds) :]]
    proofs += [None] * (len(stages) - len(proofs))
    if chosen is None:
        return Solution(None, None, tuple(bounds), tuple(proofs))
    values = tuple(stage.value(network, chosen) for stage in stages)
    return Solution(chosen, values, tuple(bounds), tuple(proofs))


def _trivial_bound(way: SolutionSet, stage: TierMethod) -> Value | None:
    """Return a quick bound on a stage that was not settled."""
    if not isinstance(stage, LinearMethod):
        return None
    return trivial_bound(way.network, stage.tier.with_arcs(way.arc_idx))


def has_feasible_loads(network: Network) -> bool:
    """Tell whether the bounds of each person, taken alone, leave any load."""
    fixed_mentees, fixed_mentors = count_loads(network, network.fixed)
    return bool(
        (np.maximum(network.min_load_mentees, fixed_mentees) <= network.max_load_mentees).all()
        and (np.maximum(network.min_load_mentors, fixed_mentors) <= network.max_load_mentors).all()
    )
