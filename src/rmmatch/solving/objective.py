"""From a cohort's scores to the network and the tiers the solver knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Side
from rmmatch.matching.marks import marks_of_pairs, marks_of_people
from rmmatch.scoring import PairScores
from rmmatch.solving.network import Ints, Network, Tier

__all__ = ["Posed", "load_bounds", "pose"]


@dataclass(frozen=True)
class Posed:
    """A pairing problem in numbers, people in the order of their ids.

    Attributes
    ----------
    network : Network
    tiers : tuple of Tier
        Those of the objective; last the marks that break ties.
    mentees, mentors : ndarray of int64
        Positions in the cohort of the people of the network.
    """

    network: Network
    tiers: tuple[Tier, ...]
    mentees: Ints
    mentors: Ints


def pose(scores: PairScores, seed: int) -> Posed:
    """Return the problem that a cohort and a scheme pose.

    People stand in the order of their ids, so that the order of the input cannot matter.

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
    orders = scores.cohort.mentees.by_id, scores.cohort.mentors.by_id
    matrix = scores.to_numpy()[np.ix_(*orders)]
    mentees, mentors = np.nonzero(matrix >= 0)
    place = np.empty(len(orders[0]), dtype=np.int64), np.empty(len(orders[1]), dtype=np.int64)
    for order, inverse in zip(orders, place, strict=True):
        inverse[order] = np.arange(len(order))
    pins = place[0][scores.pins.mentees] * len(orders[1]) + place[1][scores.pins.mentors]
    arcs = mentees * len(orders[1]) + mentors
    least, most = zip(*(load_bounds(side) for side in scores.cohort.sides), strict=True)
    network = Network(
        len(orders[0]),
        len(orders[1]),
        mentees,
        mentors,
        np.isin(arcs, pins),
        least[0][orders[0]],
        most[0][orders[0]],
        least[1][orders[1]],
        most[1][orders[1]],
    )
    sides = [(side, order) for side, order in zip(scores.cohort.sides, orders, strict=True)]
    applicants = [(side.status != "reserve")[order] for side, order in sides]
    tiers = _tiers(scores, matrix[mentees, mentors], network, applicants)
    marks = [marks_of_people(side, seed)[order] for side, order in sides]
    ties = Tier("ties", marks_of_pairs(marks[0][mentees], marks[1][mentors]))
    return Posed(network, (*tiers, ties), orders[0], orders[1])


def load_bounds(side: Side) -> tuple[Ints, Ints]:
    """Return least and most pairs of each person; a minimum binds applicants only."""
    most = np.where(side.status == "withdrawn", 0, side.capacity)
    least = np.where(side.status == "applicant", side.min_load, 0)
    return least.astype(np.int64), most.astype(np.int64)


def _tiers(
    scores: PairScores, weights: Ints, network: Network, applicants: list[NDArray[np.bool_]]
) -> list[Tier]:
    priorities = [side.priority[side.by_id] for side in scores.cohort.sides]
    once = np.ones(1, dtype=np.int64)
    tiers = {
        "pairs": lambda: Tier("pairs", np.ones(len(weights), dtype=np.int64)),
        "total": lambda: Tier("total", weights),
        "priority": lambda: Tier(
            "priority",
            np.zeros(len(weights), dtype=np.int64),
            priorities[0],
            once,
            priorities[1],
            once,
        ),
    }
    objective = [tiers[name]() for name in scores.scheme.objective]
    if all(side.all() for side in applicants):
        return objective
    # Reserves fill what applicants leave: the first tier is solved for applicants alone before.
    both = applicants[0][network.mentees] & applicants[1][network.mentors]
    first = weights if objective[0].name == "total" else np.ones(len(weights), dtype=np.int64)
    return [Tier("applicants", np.where(both, first, 0)), *objective]
