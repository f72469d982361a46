"""The same problem without its matrix: frame, tiers, an oracle; people by their ids."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmmatch.matching.marks import marks_of_people
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweeping import Sweep
from rmmatch.scoring.weighing import MILLION
from rmmatch.solving.network import Ints
from rmmatch.solving.objective import load_bounds
from rmmatch.solving.universe import Frame, PricedTier

__all__ = ["PosedLarge", "pose_large"]


@dataclass(frozen=True)
class PosedLarge:
    """A pairing problem too large for its matrix.

    Attributes
    ----------
    oracle : OrderedSweep
    frame : Frame
    tiers : tuple of PricedTier
        Those of the objective; last the marks that break ties.
    mentees, mentors : ndarray of int64
        Positions in the cohort of the people, by their ids.
    """

    oracle: OrderedSweep
    frame: Frame
    tiers: tuple[PricedTier, ...]
    mentees: Ints
    mentors: Ints


class OrderedSweep:
    """A sweep whose rows and columns stand in another order than the cohort's.

    Parameters
    ----------
    sweep : Sweep
    mentees, mentors : ndarray of int64
        The position in the cohort of each row and column.
    """

    def __init__(self, sweep: Sweep, mentees: Ints, mentors: Ints) -> None:
        self._sweep = sweep
        self._orders = mentees, mentors
        self._places = np.argsort(mentees), np.argsort(mentors)
        self.shape = sweep.shape
        # Each contribution may be rounded up by one half.
        self.top = MILLION + len(sweep.scores.criteria)

    def _there(self, rows: Ints | None, columns: Ints | None) -> tuple[Ints | None, Ints | None]:
        given = zip((rows, columns), self._orders, strict=True)
        there = [None if some is None else np.sort(order[some]) for some, order in given]
        return there[0], there[1]

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> tuple[Ints, Ints, Ints]:
        """Return rows, columns and scores of the pairs with score - u - v > -margin, sorted."""
        prices = u[self._places[0]], v[self._places[1]]
        found = self._sweep.candidates(*prices, margin, *self._there(rows, columns))
        there = self._places[0][found[0]], self._places[1][found[1]]
        order = np.lexsort((there[1], there[0]))
        return there[0][order], there[1][order], found[2][order]

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each row's largest score - v, by row."""
        there = self._there(rows, columns)
        return self._sweep.row_best(v[self._places[1]], *there)[self._orders[0]]

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return each column's largest score - u, by column."""
        there = self._there(rows, columns)
        return self._sweep.column_best(u[self._places[0]], *there)[self._orders[1]]


def pose_large(scores: PairScores, seed: int) -> PosedLarge:
    """Return the problem that a cohort and a scheme pose, as `objective.pose` does.

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
    least, most = zip(*(load_bounds(side) for side in sides), strict=True)
    frame = Frame(
        least[0][orders[0]],
        most[0][orders[0]],
        least[1][orders[1]],
        most[1][orders[1]],
        places[0][scores.pins.mentees],
        places[1][scores.pins.mentors],
    )
    once = np.ones(1, dtype=np.int64)
    priorities = [side.priority[order] for side, order in zip(sides, orders, strict=True)]
    known = {
        "pairs": PricedTier("pairs", "constant"),
        "total": PricedTier("total", "scores"),
        "priority": PricedTier(
            "priority",
            "constant",
            unit=0,
            reward_mentees=priorities[0],
            reach_mentees=once,
            reward_mentors=priorities[1],
            reach_mentors=once,
        ),
    }
    tiers = [known[name] for name in scores.scheme.objective]
    applicants = [
        (side.status != "reserve")[order] for side, order in zip(sides, orders, strict=True)
    ]
    if not all(side.all() for side in applicants):
        first = replace(tiers[0] if tiers[0].name == "total" else known["pairs"], name="applicants")
        tiers.insert(0, replace(first, mentees=applicants[0], mentors=applicants[1]))
    marks = [marks_of_people(side, seed)[order] for side, order in zip(sides, orders, strict=True)]
    tiers.append(PricedTier("ties", "marks", marks[0], marks[1]))
    return PosedLarge(OrderedSweep(Sweep(scores), *orders), frame, tuple(tiers), *orders)
