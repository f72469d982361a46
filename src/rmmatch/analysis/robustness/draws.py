"""Draws: the scheme's problem with other weights or noise, solved to the last tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from rmmatch.analysis.robustness.resolve import WarmStart
from rmmatch.criteria import Criterion
from rmmatch.matching import Result
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.scoring import PairScores
from rmmatch.scoring.weighing import Weighting
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network, optimal_face
from rmmatch.solving.formulation.formulation import formulate, full_linear_model
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["CriterionWeight", "DrawTask", "Instance", "resolve_draw"]


class CriterionWeight(NamedTuple):
    """What `Weighting` asks of a criterion, without what a function of somebody's may hold."""

    weight: float
    missing: str
    view: str


@dataclass(frozen=True, eq=False)
class DrawTask:
    """Some draws: their weights, the number of the first, and noise in place of other weights."""

    weights: NDArray[np.float64]
    first_draw: int
    noise: float | None
    seed: int


@dataclass(frozen=True, eq=False)
class Instance:
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
    criterion_weights: tuple[CriterionWeight, ...]
    criterion_scores: list[NDArray[np.float64]]
    min_score: int
    pair_keys: Ints

    @classmethod
    def of(cls, result: Result) -> Instance:
        """Return the problem of a result."""
        scheme = result.scores.scheme
        floors = [rule.score_floor for rule in scheme.rules if rule.score_floor is not None]
        rules = tuple(rule for rule in scheme.rules if rule.score_floor is None)
        scores = PairScores(result.cohort, scheme.model_copy(update={"rules": rules}))
        posed = formulate(scores, result.seed)
        network, _ = full_linear_model(scores, posed, is_priced=True)
        raw = [
            block[network.mentees, network.mentors]
            for block in scores.criterion_scores(posed.mentee_order, posed.mentor_order)
        ]
        rows, columns = result.made.positions(result.cohort)
        at = np.argsort(posed.mentee_order), np.argsort(posed.mentor_order)
        return cls(
            network,
            posed.tiers,
            tuple(CriterionWeight(c.weight, c.missing, c.view) for c in scheme.criteria),
            raw,
            max((round(MILLION * floor) for floor in floors), default=-1),
            at[0][rows] * network.n_mentors + at[1][columns],
        )

    def scores(self, weights: Sequence[float]) -> Ints:
        """Return what each arc scores with other weights, as `PairScores` does."""
        shares = [
            share._replace(weight=weight)
            for share, weight in zip(self.criterion_weights, weights, strict=True)
        ]
        weighing = Weighting(cast("Sequence[Criterion]", shares))
        return weighing.terms(self.criterion_scores, (self.network.n_arcs,)).score


def resolve_draw(problem: Instance, task: DrawTask) -> tuple[Ints, int]:
    """Count in how many of some draws each pair is kept, and in how many nothing changes."""
    kept = np.zeros(problem.pair_keys.size, dtype=np.int64)
    same = 0
    again = _Resolver(problem)
    mine = np.sort(problem.pair_keys)
    for number, weights in enumerate(task.weights.tolist(), start=task.first_draw):
        scores = problem.scores(weights)
        is_allowed = problem.network.fixed | (scores >= problem.min_score)
        if task.noise is not None:
            rng = np.random.default_rng([task.seed, number])
            moved = scores + MILLION * task.noise * rng.standard_normal(scores.size)
            scores = np.rint(np.clip(moved, 0, MILLION)).astype(np.int64)
        keys = again.optimal_pair_keys(scores, is_allowed)
        if keys is not None:
            kept += np.isin(problem.pair_keys, keys)
            same += np.array_equal(mine, keys)
    return kept, same


class _Resolver:
    """Solves the same problem with other scores, to the last tie as `match` does."""

    def __init__(self, problem: Instance) -> None:
        self._network, self._implicit_tiers = problem.network, problem.tiers
        self._tiers = self._linear_tiers(np.zeros(problem.network.n_arcs, dtype=np.int64))
        self._keys = self._network.mentees * self._network.n_mentors + self._network.mentors
        self._warm_start = WarmStart(self._network)
        usual = problem.scores([share.weight for share in problem.criterion_weights])
        self._warm_start.solve(self._linear_tiers(usual)[:-1])

    def _linear_tiers(self, scores: Ints) -> list[LinearTier]:
        mentees, mentors = self._network.mentees, self._network.mentors
        return [tier.as_linear_tier(mentees, mentors, scores) for tier in self._implicit_tiers]

    def optimal_pair_keys(self, scores: Ints, is_allowed: Bools) -> Ints | None:
        """Return the pairs of the best matching, as sorted numbers; None where none is allowed."""
        mentees, mentors = self._network.mentees, self._network.mentors
        tiers = [
            posed.as_linear_tier(mentees, mentors, scores) if posed.kind == "scores" else tier
            for posed, tier in zip(self._implicit_tiers, self._tiers, strict=True)
        ]
        if not is_allowed.all():
            arcs = np.flatnonzero(is_allowed)
            solution = solve_linear_tiers(
                self._network.with_arcs(arcs), [tier.with_arcs(arcs) for tier in tiers]
            )
            if solution is None or solution.chosen is None:
                return None
            return self._keys[arcs[solution.chosen]]
        priced = self._warm_start.solve(tiers[:-1])
        if priced is None:
            solution = solve_linear_tiers(self._network, tiers)
            if solution is None or solution.chosen is None:
                return None
            return self._keys[solution.chosen]
        face, kept = optimal_face(self._network, priced.tier, priced.u, priced.v)
        marks = tiers[-1].with_arcs(kept)
        before = [tier.with_arcs(kept) for tier in tiers if tier.name == "pairs"]
        # as many pairs as all of them have: then assignment needs no prices to know it is right
        choice = solve_flow(face, [*before, marks])
        if choice is not None and choice.n_tiers == len(before):
            choice = solve_flow(face, [marks])
        assert choice is not None, "the best choice is one of the face"
        return self._keys[kept[choice.chosen]]
