"""From a cohort and a scheme to the numbers that solvers know, with the matrix or without.

Invariants I1 and I5 are made here: scores come from `PairScores` as int64 millionths, -1 where a
pair is forbidden, and people are numbered in id order from here on, until the result is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.cohort import Side
from rmmatch.errors import NotSupportedError
from rmmatch.matching.tie_marks import marks_of_people
from rmmatch.numeric import Ints, pair_keys
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.objectives import Aim, aims_in_force, applicants_by_score, tier_names
from rmmatch.scheme.quotas import quota_instances
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier, LoadBounds
from rmmatch.solving.formulation.side_constraints import SideConstraints, side_constraints
from rmmatch.solving.formulation.tier_models import tier_method
from rmmatch.solving.lexicographic.tier_methods import LinearMethod, TierMethod

__all__ = [
    "Formulation",
    "formulate",
    "full_linear_model",
    "full_model",
    "full_network",
    "to_cohort_order",
]


@dataclass(frozen=True)
class Formulation:
    """A pairing problem in numbers, people in id order.

    Invariant I5: positions inside the solver are id order, so that the order of the input cannot
    matter; only `mentee_order` and `mentor_order` lead back to the cohort (see `to_cohort_order`).

    Attributes
    ----------
    load_bounds : LoadBounds
        In id order.
    side_constraints : SideConstraints
        What quotas ask, and minimum loads that bind only people who are paired.
    implicit_tiers : dict of str to ImplicitTier
        The tiers that need no matrix, by name; among them the marks that break ties.
    aims : tuple of Aim
        The objective, in order, without the tiers that cannot decide.
    tier_names : tuple of str
        The tiers a reader sees, in order. Reserves fill the places that applicants leave: so
        before all of them the first tier is solved for applicants alone.
    mentee_order, mentor_order : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The position in the cohort of each person, in id order.
    """

    load_bounds: LoadBounds
    side_constraints: SideConstraints
    implicit_tiers: dict[str, ImplicitTier]
    aims: tuple[Aim, ...]
    tier_names: tuple[str, ...]
    mentee_order: Ints
    mentor_order: Ints

    @property
    def not_linear(self) -> tuple[str, ...]:
        """What is no sum over pairs and people to be maximised: tiers, or side constraints."""
        return self._unsupported([tier for tier, kind in TIERS.items() if kind.is_sum])

    @property
    def not_column_generable(self) -> tuple[str, ...]:
        """What is no such sum of scores, marks and numbers of pairs: tiers, or side constraints."""
        return self._unsupported([tier for tier, kind in TIERS.items() if kind.is_column_generable])

    @property
    def not_implicit(self) -> tuple[str, ...]:
        """What is no `ImplicitTier`: tiers, or side constraints."""
        return self._unsupported([tier for tier, kind in TIERS.items() if kind.is_implicit])

    def _unsupported(self, supported: Sequence[str]) -> tuple[str, ...]:
        tiers = (aim.label for aim in self.aims if aim.within or aim.tier not in supported)
        return (*tiers, *(() if self.side_constraints.is_empty else ("quotas",)))

    @property
    def needs_matrix(self) -> tuple[str, ...]:
        """What can only be solved over all pairs at once: tiers, or side constraints."""
        loose = {aim.label for aim in self.aims if aim.within}
        return tuple(
            name
            for name in self.not_column_generable
            if name in loose or name not in TIERS or TIERS[name].form != "bottleneck"
        )

    @property
    def tiers(self) -> tuple[ImplicitTier, ...]:
        """The tiers of an objective that needs no matrix; last the marks that break ties."""
        worst = ImplicitTier("worst_pair", "worst")
        return tuple(self.implicit_tiers.get(name, worst) for name in (*self.tier_names, "ties"))


def formulate(
    scores: PairScores, seed: int, loads_before: tuple[Ints, Ints] | None = None
) -> Formulation:
    """Return the problem that a cohort and a scheme pose.

    Parameters
    ----------
    scores : PairScores
        Of the cohort and the scheme.
    seed : int
        Of the marks that break ties.
    loads_before : tuple of two ndarrays of int64, shapes (n_mentees,) and (n_mentors,), optional
        In cohort order: how many pairs people have already, whose places are no longer in their
        capacities. Another pair is not their first.

    Raises
    ------
    SchemeError
        A pin cannot be kept.
    """
    sides = scores.cohort.sides
    orders = sides[0].by_id, sides[1].by_id
    id_positions = np.argsort(orders[0]), np.argsort(orders[1])
    min_loads, max_loads = zip(*(_load_bounds(side) for side in sides), strict=True)
    if_used = min_loads[0][orders[0]], min_loads[1][orders[1]]
    if scores.scheme.min_load == "if_used":
        min_loads = tuple(np.zeros_like(bound) for bound in min_loads)
    else:
        if_used = np.zeros_like(if_used[0]), np.zeros_like(if_used[1])
    load_bounds = LoadBounds(
        min_loads[0][orders[0]],
        max_loads[0][orders[0]],
        min_loads[1][orders[1]],
        max_loads[1][orders[1]],
        id_positions[0][scores.pins.mentees],
        id_positions[1][scores.pins.mentors],
    )
    quotas = quota_instances(scores.scheme.quotas, scores.cohort, scores.scheme.setting)
    constraints = side_constraints(quotas, orders, if_used)
    facts = CohortFacts.of_cohort(scores.cohort, scores.scheme.rules, loads_before)
    aims = scores.scheme.aims
    names = tier_names(aims, facts)
    return Formulation(
        load_bounds,
        constraints,
        _implicit_tiers(scores, seed, loads_before, has_applicants="applicants" in names),
        aims_in_force(aims, facts),
        names,
        *orders,
    )


def to_cohort_order(values: Ints, order: Ints) -> Ints:
    """Return numbers of the people of one side, in id order, by the order of the cohort.

    Parameters
    ----------
    values : ndarray of int64, shape (n_people,)
        One number a person, in id order; of any unit.
    order : ndarray of int64, shape (n_people,)
        The position in the cohort of each of them: `mentee_order` or `mentor_order` of a
        `Formulation`.

    Returns
    -------
    ndarray of int64, shape (n_people,)
        In cohort order.

    Examples
    --------
    >>> to_cohort_order(np.array([7, 8, 9]), np.array([2, 0, 1])).tolist()
    [8, 9, 7]
    """
    placed = np.empty_like(values)
    placed[order] = values
    return placed


def _load_bounds(side: Side) -> tuple[Ints, Ints]:
    """Return minimum and maximum loads in cohort order; a minimum binds applicants only."""
    max_load = np.where(side.status == "withdrawn", 0, side.capacity)
    min_load = np.where(side.status == "applicant", side.min_load, 0)
    return min_load.astype(np.int64), max_load.astype(np.int64)


def _implicit_tiers(
    scores: PairScores,
    seed: int,
    loads_before: tuple[Ints, Ints] | None,
    *,
    has_applicants: bool,
) -> dict[str, ImplicitTier]:
    """Return the tiers that need no matrix, by name; what they hold of people is in id order."""
    sides = scores.cohort.sides
    loads = loads_before or tuple(np.zeros(len(side), dtype=np.int64) for side in sides)
    priorities = [
        np.where(load == 0, side.priority, 0)[side.by_id]
        for side, load in zip(sides, loads, strict=True)
    ]
    newcomers = [
        ((side.status != "reserve") & (load == 0))[side.by_id].astype(np.int64)
        for side, load in zip(sides, loads, strict=True)
    ]
    applicants = [(side.status != "reserve")[side.by_id] for side in sides]
    marks = [marks_of_people(side, seed)[side.by_id] for side in sides]
    single = np.ones(1, dtype=np.int64)
    tiers = {
        "pairs": ImplicitTier("pairs", "constant"),
        "total": ImplicitTier("total", "scores"),
        "priority": ImplicitTier(
            "priority",
            "constant",
            unit=0,
            load_reward_mentees=priorities[0],
            rewarded_load_mentees=single,
            load_reward_mentors=priorities[1],
            rewarded_load_mentors=single,
        ),
        "participation": ImplicitTier(
            "participation",
            "constant",
            unit=0,
            load_reward_mentees=newcomers[0],
            rewarded_load_mentees=single,
            load_reward_mentors=newcomers[1],
            rewarded_load_mentors=single,
        ),
        "quota_shortfall": ImplicitTier("quota_shortfall", "constant", unit=0),
        "ties": ImplicitTier("ties", "marks", marks[0], marks[1]),
    }
    id_positions = [np.argsort(side.by_id) for side in sides]
    for aim in scores.scheme.aims:
        if TIERS[aim.tier].pair_weight == "listed":
            relation = scores.cohort.relation(aim.relation)
            tiers[aim.label] = ImplicitTier(
                aim.label,
                "listed",
                unit=-1 if TIERS[aim.tier].direction == "min" else 1,
                listed_mentees=id_positions[0][relation.mentees],
                listed_mentors=id_positions[1][relation.mentors],
            )
    if has_applicants:
        first = tiers["total" if applicants_by_score(scores.scheme.aims) else "pairs"]
        flags = {"mentee_marks": applicants[0], "mentor_marks": applicants[1]}
        tiers["applicants"] = replace(first, name="applicants", **flags)
    return tiers


def full_network(scores: PairScores, formulation: Formulation) -> tuple[Network, Ints]:
    """Return the network of all acceptable pairs, and the scores of its arcs.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        The problem that they pose.

    Returns
    -------
    network : Network
        People in id order. Forbidden pairs, of score -1, have no arc (invariant I1).
    weights : ndarray of int64, shape (n_arcs,)
        Millionths.
    """
    matrix = scores.to_numpy()[np.ix_(formulation.mentee_order, formulation.mentor_order)]
    acceptable = matrix >= 0
    mentees, mentors = np.nonzero(acceptable)
    n_mentors = len(formulation.mentor_order)
    load_bounds = formulation.load_bounds
    fixed = np.zeros(mentees.size, dtype=np.bool_)
    if load_bounds.fixed_mentees.size:
        pins = pair_keys(load_bounds.fixed_mentees, load_bounds.fixed_mentors, n_mentors)
        fixed = np.isin(pair_keys(mentees, mentors, n_mentors), pins)
    network = Network(
        len(formulation.mentee_order),
        n_mentors,
        mentees,
        mentors,
        fixed,
        *load_bounds.bounds,
    )
    return network, matrix[acceptable]


def full_model(
    scores: PairScores, formulation: Formulation, *, is_marked: bool = True
) -> tuple[Network, tuple[TierMethod, ...]]:
    """Return the network of all acceptable pairs, and how each tier is optimised over it.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        The problem that they pose.
    is_marked : bool
        Whether the marks that break ties are the last tier.
    """
    network, weights = full_network(scores, formulation)
    aims: dict[str, Aim] = {aim.label: aim for aim in formulation.aims}
    orders = formulation.mentee_order, formulation.mentor_order
    methods: list[TierMethod] = []
    for name in (*formulation.tier_names, *(("ties",) if is_marked else ())):
        if name in formulation.implicit_tiers:
            slack = aims[name].slack if name in aims else None
            tier = formulation.implicit_tiers[name].as_linear_tier(
                network.mentees, network.mentors, weights
            )
            methods.append(LinearMethod(tier, slack))
        else:
            methods.append(tier_method(aims[name], scores, orders, network, weights))
    return network, tuple(methods)


def full_linear_model(
    scores: PairScores, formulation: Formulation, *, is_priced: bool = False
) -> tuple[Network, tuple[LinearTier, ...]]:
    """Return the network of all acceptable pairs, and the tiers of the objective over it.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        The problem that they pose.
    is_priced : bool
        Whether every tier must be an `ImplicitTier`.

    Raises
    ------
    NotSupportedError
        The scheme has quotas, or a tier that is no sum over pairs and people, or with `is_priced`
        no `ImplicitTier`.
    """
    unsupported = formulation.not_implicit if is_priced else formulation.not_linear
    if unsupported:
        supported = {
            tier
            for tier, kind in TIERS.items()
            if kind.origin == "scheme" and (kind.is_implicit if is_priced else kind.is_sum)
        }
        raise NotSupportedError(
            f"this is supported for the tiers {', '.join(sorted(supported))} only, and the scheme "
            f"has: {', '.join(unsupported)}"
        )
    network, methods = full_model(scores, formulation)
    return network, tuple(method.tier for method in methods if isinstance(method, LinearMethod))
