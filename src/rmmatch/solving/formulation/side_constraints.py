"""What quotas ask of a network: rows of integers that no flow can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.quotas import CountedGroup, QuotaInstance
from rmmatch.scheme.tiers import QUOTA_TIERS, TIERS
from rmmatch.solving.assignment.network import Network, count_loads

__all__ = ["SideConstraint", "SideConstraints", "SlackVariable", "side_constraints"]

_NO_COUNT_BOUND = 2**40  # people or pairs, more than any count: stands for "no bound"; exactness


@dataclass(frozen=True, eq=False, slots=True)
class SlackVariable:
    """An integer by which rows may be missed.

    Attributes
    ----------
    max_value : int
        It is from 0 to this many people or pairs.
    costs : mapping of str to int
        By the name of a tier, what each person or pair missed costs in it, in the tier's unit.
    """

    max_value: int
    costs: Mapping[str, int]


@dataclass(frozen=True, eq=False, slots=True)
class SideConstraint:
    """``lower <= Σ_people weight·[paired] + Σ_arcs of the group + Σ coefficient·slack <= upper``.

    Attributes
    ----------
    label : str
        In the scheme's words.
    mentees, mentors : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The weights of people, in id order.
    arc_group : CountedGroup or None
        The pairs that are counted; None where only people are.
    lower, upper : int
        Weighted numbers of people or pairs.
    slacks : tuple of (int, int)
        Positions among `SideConstraints.slacks`, and coefficients.
    """

    label: str
    mentees: Ints
    mentors: Ints
    arc_group: CountedGroup | None
    lower: int
    upper: int
    slacks: tuple[tuple[int, int], ...] = ()

    def coefficients(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return what each arc adds by belonging to `arc_group`.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n,)
            The ends of the arcs, in id order.

        Returns
        -------
        ndarray of int64, shape (n,)
            0 or 1.
        """
        if self.arc_group is None:
            return np.zeros(mentees.size, dtype=np.int64)
        return self.arc_group.contains(mentees, mentors).astype(np.int64)

    def activity(self, mentees: Ints, mentors: Ints) -> int:
        """Return the sum for chosen arcs, without slack.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_chosen,)
            The ends of the arcs, in id order.
        """
        return int(
            self.mentees[np.unique(mentees)].sum()
            + self.mentors[np.unique(mentors)].sum()
            + self.coefficients(mentees, mentors).sum()
        )


@dataclass(frozen=True, eq=False, slots=True)
class SideConstraints:
    """All constraints besides the bounds on loads.

    Attributes
    ----------
    constraints : tuple of SideConstraint
    slacks : tuple of SlackVariable
    soft_quotas : tuple of QuotaInstance
        People by their positions in the network.
    min_load_if_used_mentees, min_load_if_used_mentors : ndarray of int64
        Of the shapes (n_mentees,) and (n_mentors,).
        The minimum load of a person who is paired at all; 0 and 1 ask nothing.
    """

    constraints: tuple[SideConstraint, ...]
    slacks: tuple[SlackVariable, ...]
    soft_quotas: tuple[QuotaInstance, ...]
    min_load_if_used_mentees: Ints
    min_load_if_used_mentors: Ints

    @property
    def is_empty(self) -> bool:
        """Whether there are no constraints besides the bounds on loads."""
        used = (self.min_load_if_used_mentees > 1).any() or (
            self.min_load_if_used_mentors > 1
        ).any()
        return not self.constraints and not bool(used)

    def are_met_by(self, network: Network, chosen: Bools) -> bool:
        """Tell whether a choice keeps all constraints that have no slack, and the minimum loads.

        Parameters
        ----------
        network : Network
        chosen : ndarray of bool, shape (n_arcs,)
            The choice.
        """
        for load, least in zip(
            count_loads(network, chosen),
            (self.min_load_if_used_mentees, self.min_load_if_used_mentors),
            strict=True,
        ):
            if ((load > 0) & (load < least)).any():
                return False
        ends = network.mentees[chosen], network.mentors[chosen]
        return all(
            row.lower <= row.activity(*ends) <= row.upper
            for row in self.constraints
            if not row.slacks
        )

    def quota_cost(self, tier: str, network: Network, chosen: Bools) -> int:
        """Return what missing the soft quotas costs a choice in a tier, in the tier's unit.

        Parameters
        ----------
        tier : str
            Its name.
        network : Network
        chosen : ndarray of bool, shape (n_arcs,)
            The choice.
        """
        ends = network.mentees[chosen], network.mentors[chosen]
        return sum(
            cost * quota.shortfall(quota.counts(*ends))
            for quota in self.soft_quotas
            if (cost := quota_cost_of(quota, tier))
        )


def quota_cost_of(quota: QuotaInstance, tier: str) -> int:
    """Return what each person or pair missed of a soft quota costs in a tier, in the tier's unit.

    Parameters
    ----------
    quota : QuotaInstance
    tier : str
        Its name.
    """
    # the questions of which some tiers are a sequence have names that are not in the table
    quota_cost = TIERS[tier].quota_cost if tier in TIERS else "none"
    if quota_cost == "penalty":
        return quota.penalty
    return int(quota_cost == "misses" and not quota.penalty)


def side_constraints(
    quotas: Sequence[QuotaInstance],
    orders: tuple[Ints, Ints],
    min_load_if_used: tuple[Ints, Ints] | None = None,
) -> SideConstraints:
    """Return what quotas ask of a network.

    Parameters
    ----------
    quotas : sequence of QuotaInstance
        People by their positions in the cohort.
    orders : tuple of ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The position in the cohort of each mentee and each mentor of the network.
    min_load_if_used : tuple of ndarray of int64, optional
        The minimum load of each mentee and mentor who is paired at all, in id order.
    """
    instances = [_in_id_order(quota, orders) for quota in quotas]
    constraints: list[SideConstraint] = []
    slacks: list[SlackVariable] = []
    for quota in instances:
        slack_of_group = [-1] * len(quota.groups)
        if quota.is_soft:
            costs = {tier: quota_cost_of(quota, tier) for tier in QUOTA_TIERS}
            largest_minimum = max((limit.least or 0 for limit in quota.bounds), default=0)
            for group_idx in range(len(quota.groups)):
                max_missed = quota.sizes[group_idx] if quota.sizes else largest_minimum
                slack_of_group[group_idx] = len(slacks)
                slacks.append(SlackVariable(max_missed, costs))
        for limit in quota.bounds:
            weights = [np.zeros(order.size, dtype=np.int64) for order in orders]
            arc_group = None
            for group_idx, weight in zip(limit.groups, limit.weights, strict=True):
                group = quota.groups[group_idx]
                if group.side == "pairs":
                    arc_group = group
                else:
                    weights[group.side == "mentors"][group.people] += weight
            terms = []
            if quota.is_soft:
                terms = [
                    (slack_of_group[group_idx], weight)
                    for group_idx, weight in zip(limit.groups, limit.weights, strict=True)
                ]
                if quota.parity is None and limit.most is not None:
                    n_pairs = orders[0].size * orders[1].size
                    terms.append((len(slacks), -1))
                    slacks.append(SlackVariable(min(n_pairs, _NO_COUNT_BOUND), costs))
            bounds = (
                -_NO_COUNT_BOUND if limit.least is None else limit.least,
                _NO_COUNT_BOUND if limit.most is None else limit.most,
            )
            constraints.append(
                SideConstraint(
                    limit.label, weights[0], weights[1], arc_group, *bounds, tuple(terms)
                )
            )
    soft = tuple(quota for quota in instances if quota.is_soft)
    if min_load_if_used is None:
        min_load_if_used = np.zeros_like(orders[0]), np.zeros_like(orders[1])
    return SideConstraints(tuple(constraints), tuple(slacks), soft, *min_load_if_used)


def _in_id_order(quota: QuotaInstance, orders: tuple[Ints, Ints]) -> QuotaInstance:
    """Return a quota with people by their positions in the network."""
    id_positions = [np.argsort(order) for order in orders]
    groups = []
    for group in quota.groups:
        if group.side == "pairs":
            codes = group.mentees[orders[0]], group.mentors[orders[1]]
            groups.append(replace(group, mentees=codes[0], mentors=codes[1]))
        else:
            groups.append(
                replace(group, people=id_positions[group.side == "mentors"][group.people])
            )
    return replace(quota, groups=tuple(groups))
