"""What quotas ask of a network: rows of whole numbers that no flow can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.quotas import CountedGroup, QuotaInstance
from rmmatch.scheme.tiers import QUOTA_TIERS, TIERS
from rmmatch.solving.assignment.network import Network, count_loads

__all__ = ["SideConstraint", "SideConstraints", "SlackVariable", "side_constraints"]

_NO_COUNT_BOUND = 2**40  # more than any count


@dataclass(frozen=True, eq=False, slots=True)
class SlackVariable:
    """A whole number from 0 to `most` by which rows may be missed; what one costs, by tier."""

    max_value: int
    costs: Mapping[str, int]


@dataclass(frozen=True, eq=False, slots=True)
class SideConstraint:
    """``least <= Σ_people weight·[paired] + Σ_arcs of the kind + Σ coefficient·slack <= most``.

    Attributes
    ----------
    label : str
        In the scheme's words.
    mentees, mentors : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The weights of people.
    kind : Group or None
        A kind of pairs.
    least, most : int
    slacks : tuple of (int, int)
        Positions among the slacks, and coefficients.
    """

    label: str
    mentees: Ints
    mentors: Ints
    arc_group: CountedGroup | None
    lower: int
    upper: int
    slacks: tuple[tuple[int, int], ...] = ()

    def coefficients(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return what each pair of people adds as an arc of the kind."""
        if self.arc_group is None:
            return np.zeros(mentees.size, dtype=np.int64)
        return self.arc_group.contains(mentees, mentors).astype(np.int64)

    def activity(self, mentees: Ints, mentors: Ints) -> int:
        """Return what chosen arcs, given by their ends, come to without slack."""
        return int(
            self.mentees[np.unique(mentees)].sum()
            + self.mentors[np.unique(mentors)].sum()
            + self.coefficients(mentees, mentors).sum()
        )


@dataclass(frozen=True, eq=False, slots=True)
class SideConstraints:
    """Everything that is asked besides the bounds on loads.

    Attributes
    ----------
    rows : tuple of Row
    slacks : tuple of SlackVariable
    soft : tuple of QuotaInstance
        The soft quotas, people by their places in the network.
    max_used_mentees, max_used_mentors : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The least load of a person who has any; 0 and 1 ask nothing.
    """

    constraints: tuple[SideConstraint, ...]
    slacks: tuple[SlackVariable, ...]
    soft_quotas: tuple[QuotaInstance, ...]
    max_used_mentees: Ints
    max_used_mentors: Ints

    @property
    def is_empty(self) -> bool:
        """Whether the bounds on loads say all."""
        used = (self.max_used_mentees > 1).any() or (self.max_used_mentors > 1).any()
        return not self.constraints and not bool(used)

    def are_met_by(self, network: Network, chosen: Bools) -> bool:
        """Tell whether a choice keeps the rows without slack, and the loads of who is used."""
        for load, least in zip(
            count_loads(network, chosen),
            (self.max_used_mentees, self.max_used_mentors),
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
        """Return what missing the soft quotas costs a choice in a tier."""
        ends = network.mentees[chosen], network.mentors[chosen]
        return sum(
            cost * meaning.shortfall(meaning.counts(*ends))
            for meaning in self.soft_quotas
            if (cost := quota_cost_of(meaning, tier))
        )


def quota_cost_of(meaning: QuotaInstance, tier: str) -> int:
    """Return what each one that a soft quota is missed by costs in a tier."""
    kind = TIERS.get(tier)  # solvers also maximise sums that are no tier of a scheme
    if kind is not None and kind.quota_cost == "penalty":
        return meaning.penalty
    return int(kind is not None and kind.quota_cost == "misses" and not meaning.penalty)


def side_constraints(
    meanings: Sequence[QuotaInstance],
    orders: tuple[Ints, Ints],
    max_used: tuple[Ints, Ints] | None = None,
) -> SideConstraints:
    """Return what quotas ask of a network.

    Parameters
    ----------
    meanings : sequence of QuotaInstance
        People by their positions in the cohort.
    orders : tuple of ndarray of int64
        The position in the cohort of each mentee and each mentor of the network.
    used : tuple of ndarray of int64, optional
        The least load of each mentee and mentor who has any, by the network.
    """
    ours = [_in_id_order(meaning, orders) for meaning in meanings]
    rows: list[SideConstraint] = []
    slacks: list[SlackVariable] = []
    for meaning in ours:
        up: list[tuple[int, int]] = [(-1, 0)] * len(meaning.groups)
        if meaning.is_soft:
            costs = {tier: quota_cost_of(meaning, tier) for tier in QUOTA_TIERS}
            for index in range(len(meaning.groups)):
                least = max((limit.least or 0 for limit in meaning.bounds), default=0)
                size = meaning.sizes[index] if meaning.sizes else least
                up[index] = (len(slacks), size)
                slacks.append(SlackVariable(size, costs))
        for limit in meaning.bounds:
            weights = [np.zeros(order.size, dtype=np.int64) for order in orders]
            kind = None
            for at, weight in zip(limit.groups, limit.weights, strict=True):
                group = meaning.groups[at]
                if group.side == "pairs":
                    kind = group
                else:
                    weights[group.side == "mentors"][group.people] += weight
            terms = []
            if meaning.is_soft:
                terms = [(up[at][0], w) for at, w in zip(limit.groups, limit.weights, strict=True)]
                if meaning.parity is None and limit.most is not None:
                    most = min(orders[0].size * orders[1].size, _NO_COUNT_BOUND)
                    terms.append((len(slacks), -1))
                    slacks.append(SlackVariable(most, costs))
            bounds = (
                -_NO_COUNT_BOUND if limit.least is None else limit.least,
                _NO_COUNT_BOUND if limit.most is None else limit.most,
            )
            rows.append(
                SideConstraint(limit.label, weights[0], weights[1], kind, *bounds, tuple(terms))
            )
    none = tuple(np.zeros(order.size, dtype=np.int64) for order in orders)
    soft = tuple(meaning for meaning in ours if meaning.is_soft)
    return SideConstraints(tuple(rows), tuple(slacks), soft, *(max_used or (none[0], none[1])))


def _in_id_order(meaning: QuotaInstance, orders: tuple[Ints, Ints]) -> QuotaInstance:
    """Return a quota's meaning with people by their places in the network."""
    places = [np.argsort(order) for order in orders]
    groups = []
    for group in meaning.groups:
        if group.side == "pairs":
            codes = group.mentees[orders[0]], group.mentors[orders[1]]
            groups.append(replace(group, mentees=codes[0], mentors=codes[1]))
        else:
            groups.append(replace(group, people=places[group.side == "mentors"][group.people]))
    return replace(meaning, groups=tuple(groups))
