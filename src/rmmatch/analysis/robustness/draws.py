"""Draws: the scheme's problem with other weights or noise, solved to the last tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from rmmatch.analysis.robustness.resolve import Warm, part
from rmmatch.criteria import Criterion
from rmmatch.matching import Result
from rmmatch.scoring import PairScores
from rmmatch.scoring.weighing import MILLION, Weighting
from rmmatch.solving.assignment.flow import choose
from rmmatch.solving.assignment.network import Bools, Ints, Network, Tier, narrow
from rmmatch.solving.formulation.formulation import full_linear_model, pose
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier
from rmmatch.solving.lexicographic.driver import solve

__all__ = ["Problem", "Share", "Task", "resolve_draw"]


class Share(NamedTuple):
    """What `Weighting` asks of a criterion, without what a function of somebody's may hold."""

    weight: float
    missing: str
    view: str


@dataclass(frozen=True, eq=False)
class Task:
    """Some draws: their weights, the number of the first, and noise in place of other weights."""

    weights: NDArray[np.float64]
    start: int
    noise: float | None
    seed: int


@dataclass(frozen=True, eq=False)
class Problem:
    """All that a draw needs, and that can be sent to another process.

    Attributes
    ----------
    network : Network
        All pairs that no rule forbids but perhaps one on scores.
    tiers : tuple of ImplicitTier
        In order; last the marks.
    shares : tuple
        Weight, missing and view of each criterion.
    raw : list of ndarray of float64, shape (n_arcs,)
        Of each criterion.
    floor : int
        The least score that rules allow, in millionths.
    keys : ndarray of int64
        The result's pairs, numbered as arcs are sorted.
    """

    network: Network
    tiers: tuple[ImplicitTier, ...]
    shares: tuple[Share, ...]
    raw: list[NDArray[np.float64]]
    floor: int
    keys: Ints

    @classmethod
    def of(cls, result: Result) -> Problem:
        """Return the problem of a result."""
        scheme = result.scores.scheme
        floors = [rule.score_floor for rule in scheme.rules if rule.score_floor is not None]
        rules = tuple(rule for rule in scheme.rules if rule.score_floor is None)
        scores = PairScores(result.cohort, scheme.model_copy(update={"rules": rules}))
        posed = pose(scores, result.seed)
        network, _ = full_linear_model(scores, posed, is_priced=True)
        raw = [
            block[network.mentees, network.mentors]
            for block in scores.raw(posed.mentees, posed.mentors)
        ]
        rows, columns = result.made.positions(result.cohort)
        at = np.argsort(posed.mentees), np.argsort(posed.mentors)
        return cls(
            network,
            posed.tiers,
            tuple(Share(c.weight, c.missing, c.view) for c in scheme.criteria),
            raw,
            max((round(MILLION * floor) for floor in floors), default=-1),
            at[0][rows] * network.n_mentors + at[1][columns],
        )

    def scores(self, weights: Sequence[float]) -> Ints:
        """Return what each arc scores with other weights, as `PairScores` does."""
        shares = [
            share._replace(weight=weight)
            for share, weight in zip(self.shares, weights, strict=True)
        ]
        weighing = Weighting(cast("Sequence[Criterion]", shares))
        return weighing.weigh(self.raw, (self.network.n_arcs,)).score


def resolve_draw(problem: Problem, task: Task) -> tuple[Ints, int]:
    """Count in how many of some draws each pair is kept, and in how many nothing changes."""
    kept = np.zeros(problem.keys.size, dtype=np.int64)
    same = 0
    again = _Again(problem)
    mine = np.sort(problem.keys)
    for number, weights in enumerate(task.weights.tolist(), start=task.start):
        scores = problem.scores(weights)
        is_allowed = problem.network.fixed | (scores >= problem.floor)
        if task.noise is not None:
            rng = np.random.default_rng([task.seed, number])
            moved = scores + MILLION * task.noise * rng.standard_normal(scores.size)
            scores = np.rint(np.clip(moved, 0, MILLION)).astype(np.int64)
        keys = again.chosen(scores, is_allowed)
        if keys is not None:
            kept += np.isin(problem.keys, keys)
            same += np.array_equal(mine, keys)
    return kept, same


class _Again:
    """Solves the same problem with other scores, to the last tie as `match` does."""

    def __init__(self, problem: Problem) -> None:
        self._network, self._posed = problem.network, problem.tiers
        self._tiers = self._over(np.zeros(problem.network.n_arcs, dtype=np.int64))
        self._keys = self._network.mentees * self._network.n_mentors + self._network.mentors
        self._warm = Warm(self._network)
        usual = problem.scores([share.weight for share in problem.shares])
        self._warm.best(self._over(usual)[:-1])

    def _over(self, scores: Ints) -> list[Tier]:
        mentees, mentors = self._network.mentees, self._network.mentors
        return [tier.over(mentees, mentors, scores) for tier in self._posed]

    def chosen(self, scores: Ints, is_allowed: Bools) -> Ints | None:
        """Return the pairs of the best matching, as sorted numbers; None where none is allowed."""
        mentees, mentors = self._network.mentees, self._network.mentors
        tiers = [
            posed.over(mentees, mentors, scores) if posed.kind == "scores" else tier
            for posed, tier in zip(self._posed, self._tiers, strict=True)
        ]
        if not is_allowed.all():
            arcs = np.flatnonzero(is_allowed)
            solution = solve(part(self._network, arcs), [tier.take(arcs) for tier in tiers])
            if solution is None or solution.chosen is None:
                return None
            return self._keys[arcs[solution.chosen]]
        priced = self._warm.best(tiers[:-1])
        if priced is None:
            solution = solve(self._network, tiers)
            if solution is None or solution.chosen is None:
                return None
            return self._keys[solution.chosen]
        face, kept = narrow(self._network, priced.tier, priced.u, priced.v)
        marks = tiers[-1].take(kept)
        before = [tier.take(kept) for tier in tiers if tier.name == "pairs"]
        # as many pairs as all of them have: then assignment needs no prices to know it is right
        choice = choose(face, [*before, marks])
        if choice is not None and choice.n_tiers == len(before):
            choice = choose(face, [marks])
        assert choice is not None, "the best choice is one of the face"
        return self._keys[kept[choice.chosen]]
