"""The b-matching problem as arcs and integers: its data, its value, its bound and its faces.

A network has people on two sides, arcs between them, and bounds on how many arcs each person may
have (their *load*). It knows no cohort: people are numbered in id order (invariant I5). An
objective is a list of tiers, each maximised in turn among the choices that are best for all earlier
tiers.

For any integer prices ``u`` of mentees and ``v`` of mentors, free in sign, `dual_bound` is an upper
bound on `tier_value` (invariant I3). Where the two are equal the prices describe *all* the best
choices, and these form a network again: the optimal face, which `optimal_face` returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rmmatch.numeric import Bools, Ints, as_python_ints, exact_sum

__all__ = [
    "Bools",
    "DualPrices",
    "Ints",
    "LinearTier",
    "Network",
    "count_loads",
    "dual_bound",
    "is_feasible",
    "optimal_face",
    "reduced_weights",
    "tier_value",
    "transpose",
    "trivial_bound",
]

DualPrices = tuple[Ints, Ints]
"""Prices of mentees and of mentors, in the unit of the tier's weights, people in id order."""


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """People, the arcs that may be chosen, and how many arcs each person may or must have.

    Invariant I5: people are numbered in id order; their order in the cohort is not known here.

    Attributes
    ----------
    n_mentees, n_mentors : int
        Numbers of people.
    mentees, mentors : ndarray of int64, shape (n_arcs,)
        The two ends of each arc, sorted by mentee and then mentor, no arc twice.
    fixed : ndarray of bool, shape (n_arcs,)
        Arcs that must be chosen.
    min_load_mentees, max_load_mentees : ndarray of int64, shape (n_mentees,)
        Bounds on the number of chosen arcs of each mentee, fixed arcs included.
    min_load_mentors, max_load_mentors : ndarray of int64, shape (n_mentors,)
        The same for mentors.

    Raises
    ------
    ValueError
        When the arcs are not sorted, repeat, or name somebody who is not there.
    """

    n_mentees: int
    n_mentors: int
    mentees: Ints
    mentors: Ints
    fixed: Bools
    min_load_mentees: Ints
    max_load_mentees: Ints
    min_load_mentors: Ints
    max_load_mentors: Ints

    def __post_init__(self) -> None:
        for ends, count in ((self.mentees, self.n_mentees), (self.mentors, self.n_mentors)):
            if ends.size and (ends.min() < 0 or ends.max() >= count):
                raise ValueError("an arc names somebody who is not in the network")
        rises, goes_on = (np.diff(self.mentees) > 0), (self.mentees[1:] == self.mentees[:-1])
        if not (rises | (goes_on & (self.mentors[1:] > self.mentors[:-1]))).all():
            raise ValueError("arcs must be sorted by mentee and mentor, without repeats")

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return self.mentees.size

    def with_arcs(self, arcs: Ints | Bools) -> Network:
        """Return the same people with a subset of the arcs.

        Parameters
        ----------
        arcs : ndarray of int64, ascending positions among the arcs; or of bool, shape (n_arcs,)
            The arcs of the new network.
        """
        return replace(
            self,
            mentees=self.mentees[arcs],
            mentors=self.mentors[arcs],
            fixed=self.fixed[arcs],
        )


def _zero_per_person() -> Ints:
    return np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class LinearTier:
    """One thing to maximise: ``Σ weight·x + Σ_people load_reward·min(load, rewarded_load)``.

    Attributes
    ----------
    name : str
        What a reader calls it.
    weights : ndarray of int64, shape (n_arcs,)
        What each chosen arc adds; any sign. The unit is the tier's own: millionths of a score,
        pairs, …; all numbers of one tier have the same unit.
    load_reward_mentees, rewarded_load_mentees : ndarray of int64, shape (n_mentees,) or (1,)
        What each of a mentee's first `rewarded_load_mentees` chosen arcs adds; rewards are not
        negative. Shape (1,) means the same for everybody; zero by default.
    load_reward_mentors, rewarded_load_mentors : ndarray of int64, shape (n_mentors,) or (1,)
        The same for mentors.
    next_tiers : tuple of LinearTier
        The tiers that may follow, in order: a solver of this tier may take among its best choices
        one that is best for these too. Names of tiers that stand together are distinct.
    """

    name: str
    weights: Ints
    load_reward_mentees: Ints = field(default_factory=_zero_per_person)
    rewarded_load_mentees: Ints = field(default_factory=_zero_per_person)
    load_reward_mentors: Ints = field(default_factory=_zero_per_person)
    rewarded_load_mentors: Ints = field(default_factory=_zero_per_person)
    next_tiers: tuple[LinearTier, ...] = ()

    def with_arcs(self, arcs: Ints | Bools) -> LinearTier:
        """Return the same tier over a subset of the arcs.

        Parameters
        ----------
        arcs : ndarray of int64, ascending positions among the arcs; or of bool, shape (n_arcs,)
            The arcs of the new tier, as in `Network.with_arcs`.
        """
        next_tiers = tuple(tier.with_arcs(arcs) for tier in self.next_tiers)
        return replace(self, weights=self.weights[arcs], next_tiers=next_tiers)


def count_loads(network: Network, arcs: Bools) -> tuple[Ints, Ints]:
    """Count each person's arcs among those marked.

    Parameters
    ----------
    network : Network
        The people and the arcs.
    arcs : ndarray of bool, shape (n_arcs,)
        The arcs to count.

    Returns
    -------
    tuple of ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Numbers of arcs, people in id order.
    """
    return (
        np.bincount(network.mentees[arcs], minlength=network.n_mentees).astype(np.int64),
        np.bincount(network.mentors[arcs], minlength=network.n_mentors).astype(np.int64),
    )


def is_feasible(network: Network, chosen: Bools) -> bool:
    """Tell whether a choice takes every fixed arc and keeps every load within its bounds.

    Parameters
    ----------
    network : Network
        The problem.
    chosen : ndarray of bool, shape (n_arcs,)
        The choice.
    """
    mentees, mentors = count_loads(network, chosen)
    return bool(
        chosen[network.fixed].all()
        and ((network.min_load_mentees <= mentees) & (mentees <= network.max_load_mentees)).all()
        and ((network.min_load_mentors <= mentors) & (mentors <= network.max_load_mentors)).all()
    )


def tier_value(network: Network, tier: LinearTier, chosen: Bools) -> int:
    """Return what a choice is worth in a tier.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is counted.
    chosen : ndarray of bool, shape (n_arcs,)
        The choice.

    Returns
    -------
    int
        In the tier's unit. Exact, whatever its size.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> total = LinearTier("total", np.array([9, 5, 6]))
    >>> tier_value(network, total, np.array([False, True, True]))
    11
    >>> dual_bound(network, total, np.array([5, 2]), np.array([4, 0]))
    11
    """
    mentees, mentors = count_loads(network, chosen)
    return (
        exact_sum(tier.weights[chosen])
        + exact_sum(
            as_python_ints(tier.load_reward_mentees)
            * np.minimum(mentees, tier.rewarded_load_mentees)
        )
        + exact_sum(
            as_python_ints(tier.load_reward_mentors)
            * np.minimum(mentors, tier.rewarded_load_mentors)
        )
    )


def dual_bound(network: Network, tier: LinearTier, u: Ints, v: Ints) -> int:
    """Return an upper bound on what any allowed choice is worth in a tier.

    It is the sum of ``w - u - v`` over fixed arcs, of its positive part over all other arcs, and
    of the maximum of ``load_reward·min(load, rewarded_load) + price·load`` over each person's
    allowed loads.

    Invariant I3: it is at least the value of every allowed choice, for *any* integers u and v of
    magnitude below 2**60. So prices need not be trusted, wherever they come from.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is counted.
    u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Prices of mentees and mentors in the tier's unit, in id order: any integers of magnitude
        below 2**60.

    Returns
    -------
    int
        In the tier's unit. Exact. Meaningful only where every ``min_load <= max_load``.
    """
    reduced = reduced_weights(network, tier, u, v)
    return (
        exact_sum(np.where(network.fixed, reduced, np.maximum(reduced, 0)))
        + _best_load_value(
            u,
            network.min_load_mentees,
            network.max_load_mentees,
            tier.load_reward_mentees,
            tier.rewarded_load_mentees,
        )
        + _best_load_value(
            v,
            network.min_load_mentors,
            network.max_load_mentors,
            tier.load_reward_mentors,
            tier.rewarded_load_mentors,
        )
    )


def trivial_bound(network: Network, tier: LinearTier) -> int:
    """Return a quick upper bound: the smaller of two, each with one side's best weights as prices.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is counted.

    Returns
    -------
    int
        In the tier's unit.
    """
    u = np.zeros(network.n_mentees, dtype=np.int64)
    v = np.zeros(network.n_mentors, dtype=np.int64)
    best_u, best_v = u.copy(), v.copy()
    np.maximum.at(best_u, network.mentees, tier.weights)
    np.maximum.at(best_v, network.mentors, tier.weights)
    # nobody's load can pass the number of their arcs, however large their capacity
    degrees = count_loads(network, np.ones(network.n_arcs, dtype=np.bool_))
    capped = replace(
        network,
        max_load_mentees=np.clip(degrees[0], network.min_load_mentees, network.max_load_mentees),
        max_load_mentors=np.clip(degrees[1], network.min_load_mentors, network.max_load_mentors),
    )
    return min(dual_bound(capped, tier, best_u, v), dual_bound(capped, tier, u, best_v))


def optimal_face(network: Network, tier: LinearTier, u: Ints, v: Ints) -> tuple[Network, Ints]:
    """Return the network of all choices that are best for a tier.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is maximised.
    u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Prices in the tier's unit, in id order, whose `dual_bound` some choice reaches; with other
        prices the result is meaningless.

    Returns
    -------
    face : Network
        Arcs that no best choice takes are gone, arcs that all best choices take are fixed, and
        each load is held to the range the prices leave.
    arc_idx : ndarray of int64, shape (n_arcs of face,)
        For each arc of `face`, its position among the arcs of `network`; ascending.
    """
    reduced = reduced_weights(network, tier, u, v)
    arc_idx = np.flatnonzero(network.fixed | (reduced >= 0))
    low_mentees, high_mentees = _best_loads(
        u,
        network.min_load_mentees,
        network.max_load_mentees,
        tier.load_reward_mentees,
        tier.rewarded_load_mentees,
    )
    low_mentors, high_mentors = _best_loads(
        v,
        network.min_load_mentors,
        network.max_load_mentors,
        tier.load_reward_mentors,
        tier.rewarded_load_mentors,
    )
    face = Network(
        network.n_mentees,
        network.n_mentors,
        network.mentees[arc_idx],
        network.mentors[arc_idx],
        network.fixed[arc_idx] | (reduced[arc_idx] > 0),
        low_mentees,
        high_mentees,
        low_mentors,
        high_mentors,
    )
    return face, arc_idx


def reduced_weights(network: Network, tier: LinearTier, u: Ints, v: Ints) -> Ints:
    """Return ``w - u - v`` for each arc.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is counted.
    u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Prices in the tier's unit, in id order.

    Returns
    -------
    ndarray of int64, shape (n_arcs,)
        In the tier's unit.
    """
    reduced: Ints = tier.weights - u[network.mentees] - v[network.mentors]
    return reduced


def transpose(
    network: Network, tiers: Sequence[LinearTier]
) -> tuple[Network, tuple[LinearTier, ...], Ints]:
    """Return the same problem with its sides exchanged.

    Parameters
    ----------
    network : Network
        The problem.
    tiers : sequence of LinearTier
        Its tiers, in order; their `next_tiers` are not exchanged.

    Returns
    -------
    network : Network
        Its mentees are the mentors of the given one.
    tiers : tuple of LinearTier
    order : ndarray of int64, shape (n_arcs,)
        For each arc of the new network, its position among the arcs of the given one.
    """
    order = np.lexsort((network.mentees, network.mentors))
    swapped = Network(
        network.n_mentors,
        network.n_mentees,
        network.mentors[order],
        network.mentees[order],
        network.fixed[order],
        network.min_load_mentors,
        network.max_load_mentors,
        network.min_load_mentees,
        network.max_load_mentees,
    )
    exchanged = tuple(
        replace(
            tier,
            weights=tier.weights[order],
            load_reward_mentees=tier.load_reward_mentors,
            rewarded_load_mentees=tier.rewarded_load_mentors,
            load_reward_mentors=tier.load_reward_mentees,
            rewarded_load_mentors=tier.rewarded_load_mentees,
        )
        for tier in tiers
    )
    return swapped, exchanged, order


def _best_loads(
    price: Ints, min_load: Ints, max_load: Ints, reward: Ints, rewarded_load: Ints
) -> tuple[Ints, Ints]:
    """Return the lowest and the highest load that maximise reward·min(load, …) + price·load."""
    bend = np.clip(rewarded_load, min_load, max_load)
    low = np.where(price > 0, max_load, np.where(price + reward > 0, bend, min_load))
    high = np.where(price >= 0, max_load, np.where(price + reward >= 0, bend, min_load))
    return low, high


def _best_load_value(
    price: Ints, min_load: Ints, max_load: Ints, reward: Ints, rewarded_load: Ints
) -> int:
    """Sum over people the maximum of reward·min(load, rewarded_load) + price·load."""
    load, _ = _best_loads(price, min_load, max_load, reward, rewarded_load)
    return exact_sum(
        as_python_ints(reward) * np.minimum(load, rewarded_load) + as_python_ints(price) * load
    )
