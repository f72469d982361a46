"""From a cohort and a scheme to the numbers the solvers know, with the matrix or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmmatch.cohort import Side
from rmmatch.errors import NotSupportedError
from rmmatch.matching.tie_marks import marks_of_people
from rmmatch.numeric import Ints
from rmmatch.scheme.objectives import Aim, applicants_by_score, tier_names
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
    """A pairing problem in numbers, people in the order of their ids.

    In that order, so that the order of the input cannot matter.

    Attributes
    ----------
    frame : LoadBounds
    limits : SideConstraints
        What quotas ask, and minimum loads that bind only who is paired.
    priced : dict of str to ImplicitTier
        The tiers that need no matrix, by name; among them the marks that break ties.
    aims : tuple of Aim
        The objective, in order.
    mentees, mentors : ndarray of int64
        Positions in the cohort of the people, by their ids.
    """

    load_bounds: LoadBounds
    side_constraints: SideConstraints
    implicit_tiers: dict[str, ImplicitTier]
    aims: tuple[Aim, ...]
    mentee_order: Ints
    mentor_order: Ints

    @property
    def tier_names(self) -> tuple[str, ...]:
        """The tiers a reader sees, in order.

        Reserves fill what applicants leave: what comes first is solved for applicants alone before.
        """
        return tier_names(self.aims, has_reserves="applicants" in self.implicit_tiers)

    @property
    def not_linear(self) -> tuple[str, ...]:
        """What is more than sums over pairs and people, to be maximised: tiers, or limits."""
        return self._unsupported([tier for tier, kind in TIERS.items() if kind.is_sum])

    @property
    def not_column_generable(self) -> tuple[str, ...]:
        """What is more than such sums of scores, marks and numbers of pairs: tiers, or limits."""
        return self._unsupported([tier for tier, kind in TIERS.items() if kind.is_column_generable])

    def _unsupported(self, supported: Sequence[str]) -> tuple[str, ...]:
        tiers = (aim.tier for aim in self.aims if aim.within or aim.tier not in supported)
        return (*tiers, *(() if self.side_constraints.is_empty else ("quotas",)))

    @property
    def needs_matrix(self) -> tuple[str, ...]:
        """What can only be solved over all pairs at once: tiers, or limits."""
        loose = {aim.tier for aim in self.aims if aim.within}
        return tuple(
            name
            for name in self.not_column_generable
            if name in loose or name not in TIERS or TIERS[name].form != "bottleneck"
        )

    @property
    def tiers(self) -> tuple[ImplicitTier, ...]:
        """The tiers where none needs the matrix; last the marks that break ties."""
        worst = ImplicitTier("worst_pair", "worst")
        return tuple(self.implicit_tiers.get(name, worst) for name in (*self.tier_names, "ties"))


def formulate(scores: PairScores, seed: int) -> Formulation:
    """Return the problem that a cohort and a scheme pose.

    Parameters
    ----------
    scores : PairScores
    seed : int
        Of the marks that break ties.

    Raises
    ------
    SchemeError
        A pin cannot be kept.
    """
    sides = scores.cohort.sides
    orders = sides[0].by_id, sides[1].by_id
    places = np.argsort(orders[0]), np.argsort(orders[1])
    least, most = zip(*(_load_bounds(side) for side in sides), strict=True)
    used = least[0][orders[0]], least[1][orders[1]]
    if scores.scheme.min_load == "if_used":
        least = tuple(np.zeros_like(bound) for bound in least)
    else:
        used = np.zeros_like(used[0]), np.zeros_like(used[1])
    frame = LoadBounds(
        least[0][orders[0]],
        most[0][orders[0]],
        least[1][orders[1]],
        most[1][orders[1]],
        places[0][scores.pins.mentees],
        places[1][scores.pins.mentors],
    )
    asked = quota_instances(scores.scheme.quotas, scores.cohort, scores.scheme.setting)
    limits = side_constraints(asked, orders, used)
    return Formulation(frame, limits, _implicit_tiers(scores, seed), scores.scheme.aims, *orders)


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
    """Return least and most pairs of each person; a minimum binds applicants only."""
    most = np.where(side.status == "withdrawn", 0, side.capacity)
    least = np.where(side.status == "applicant", side.min_load, 0)
    return least.astype(np.int64), most.astype(np.int64)


def _implicit_tiers(scores: PairScores, seed: int) -> dict[str, ImplicitTier]:
    sides = scores.cohort.sides
    priorities = [side.priority[side.by_id] for side in sides]
    applicants = [(side.status != "reserve")[side.by_id] for side in sides]
    marks = [marks_of_people(side, seed)[side.by_id] for side in sides]
    once = np.ones(1, dtype=np.int64)
    priced = {
        "pairs": ImplicitTier("pairs", "constant"),
        "total": ImplicitTier("total", "scores"),
        "priority": ImplicitTier(
            "priority",
            "constant",
            unit=0,
            load_reward_mentees=priorities[0],
            rewarded_load_mentees=once,
            load_reward_mentors=priorities[1],
            rewarded_load_mentors=once,
        ),
        "participation": ImplicitTier(
            "participation",
            "constant",
            unit=0,
            load_reward_mentees=once,
            rewarded_load_mentees=once,
            load_reward_mentors=once,
            rewarded_load_mentors=once,
        ),
        "quota_shortfall": ImplicitTier("quota_shortfall", "constant", unit=0),
        "ties": ImplicitTier("ties", "marks", marks[0], marks[1]),
    }
    has_reserves = not all(side.all() for side in applicants)
    if "applicants" in tier_names(scores.scheme.aims, has_reserves=has_reserves):
        first = priced["total" if applicants_by_score(scores.scheme.aims) else "pairs"]
        flags = {"mentee_marks": applicants[0], "mentor_marks": applicants[1]}
        priced["applicants"] = replace(first, name="applicants", **flags)
    return priced


def full_network(scores: PairScores, posed: Formulation) -> tuple[Network, Ints]:
    """Return the network of all acceptable pairs, and the scores of its arcs.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    """
    matrix = scores.to_numpy()[np.ix_(posed.mentee_order, posed.mentor_order)]
    acceptable = matrix >= 0
    mentees, mentors = np.nonzero(acceptable)
    n_mentors = len(posed.mentor_order)
    frame = posed.load_bounds
    fixed = np.zeros(mentees.size, dtype=np.bool_)
    if frame.fixed_mentees.size:
        pins = frame.fixed_mentees * n_mentors + frame.fixed_mentors
        fixed = np.isin(mentees * n_mentors + mentors, pins)
    network = Network(
        len(posed.mentee_order),
        n_mentors,
        mentees,
        mentors,
        fixed,
        *frame.bounds,
    )
    return network, matrix[acceptable]


def full_model(
    scores: PairScores, posed: Formulation, *, is_marked: bool = True
) -> tuple[Network, tuple[TierMethod, ...]]:
    """Return the network of all acceptable pairs, and the stages of the objective over it.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    is_marked : bool
        Whether the marks that break ties are the last stage.
    """
    network, weights = full_network(scores, posed)
    aims: dict[str, Aim] = {aim.tier: aim for aim in posed.aims}
    orders = posed.mentee_order, posed.mentor_order
    stages: list[TierMethod] = []
    for name in (*posed.tier_names, *(("ties",) if is_marked else ())):
        if name in posed.implicit_tiers:
            slack = aims[name].slack if name in aims else None
            tier = posed.implicit_tiers[name].as_linear_tier(
                network.mentees, network.mentors, weights
            )
            stages.append(LinearMethod(tier, slack))
        else:
            stages.append(tier_method(aims[name], scores, orders, network, weights))
    return network, tuple(stages)


def full_linear_model(
    scores: PairScores, posed: Formulation, *, is_priced: bool = False
) -> tuple[Network, tuple[LinearTier, ...]]:
    """Return the network of all acceptable pairs, and the tiers of the objective over it.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    is_priced : bool
        Whether every tier must be a `ImplicitTier`.

    Raises
    ------
    NotSupportedError
        The scheme has quotas, or a tier that is more than a sum over pairs and people, or none of
        the priced ones.
    """
    beyond = posed.not_column_generable if is_priced else posed.not_linear
    if beyond:
        answered = set(posed.implicit_tiers) - {"ties"}
        if not is_priced:
            answered |= {
                tier for tier, kind in TIERS.items() if kind.is_sum and kind.origin == "scheme"
            }
        raise NotSupportedError(
            f"this is answered for the tiers {', '.join(sorted(answered))} only, and the scheme "
            f"has: {', '.join(beyond)}"
        )
    network, stages = full_model(scores, posed)
    return network, tuple(stage.tier for stage in stages if isinstance(stage, LinearMethod))
