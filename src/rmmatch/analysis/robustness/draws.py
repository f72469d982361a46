"""Draws: the scheme's problem with other weights or noise, solved to the last tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from rmmatch.analysis.robustness.resolve import WarmStart
from rmmatch.criteria import Criterion
from rmmatch.matching import Result
from rmmatch.numeric import MILLION, Bools, Floats, Ints, pair_keys
from rmmatch.scoring import PairScores
from rmmatch.scoring.weighing import Weighting
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import LinearTier, Network, optimal_face
from rmmatch.solving.formulation.formulation import formulate, full_linear_model
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["CriterionWeight", "DrawTask", "Instance", "resolve_draw"]


class CriterionWeight(NamedTuple):
    """The fields of a criterion that `Weighting` reads; they can be sent to another process."""

    weight: float
    missing: str
    view: str


@dataclass(frozen=True, eq=False)
class DrawTask:
    """Some draws, to be solved one after the other.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_draws, n_criteria)
        Of each draw, in the order of the criteria.
    first_draw : int
        Number of the first of them: with the seed it decides the noise.
    noise : float or None
        Standard deviation of the noise on each score, in [0, 1]; None without noise.
    seed : int
    """

    weights: Floats
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
    criterion_weights : tuple of CriterionWeight
        Of each criterion.
    criterion_scores : list of ndarray of float64, shape (n_arcs,)
        Of each criterion, in [0, 1]; NaN where data is missing.
    min_score : int
        The least score that rules allow, in millionths; -1 without such a rule.
    pair_keys : ndarray of int64, shape (n_pairs,)
        Keys (`rmmatch.numeric.pair_keys`) of the result's pairs, of positions in id order, in the
        order of `Result.made`.
    """

    network: Network
    tiers: tuple[ImplicitTier, ...]
    criterion_weights: tuple[CriterionWeight, ...]
    criterion_scores: list[Floats]
    min_score: int
    pair_keys: Ints

    @classmethod
    def of(cls, result: Result) -> Instance:
        """Build from a result.

        Parameters
        ----------
        result : Result
            With a matching.
        """
        scheme = result.scores.scheme
        floors = [rule.score_floor for rule in scheme.rules if rule.score_floor is not None]
        rules = tuple(rule for rule in scheme.rules if rule.score_floor is None)
        scores = PairScores(result.cohort, scheme.model_copy(update={"rules": rules}))
        formulation = formulate(scores, result.seed)
        network, _ = full_linear_model(scores, formulation, is_priced=True)
        criterion_scores = [
            block[network.mentees, network.mentors]
            for block in scores.criterion_scores(formulation.mentee_order, formulation.mentor_order)
        ]
        rows, columns = result.made.positions(result.cohort)
        network_positions = (
            np.argsort(formulation.mentee_order),
            np.argsort(formulation.mentor_order),
        )
        return cls(
            network,
            formulation.tiers,
            tuple(
                CriterionWeight(criterion.weight, criterion.missing, criterion.view)
                for criterion in scheme.criteria
            ),
            criterion_scores,
            max((round(MILLION * floor) for floor in floors), default=-1),
            pair_keys(network_positions[0][rows], network_positions[1][columns], network.n_mentors),
        )

    def scores(self, weights: Sequence[float]) -> Ints:
        """Return what each arc scores with other weights, as `PairScores` does.

        Parameters
        ----------
        weights : sequence of float
            One a criterion.

        Returns
        -------
        ndarray of int64, shape (n_arcs,)
            Millionths.
        """
        shares = [
            share._replace(weight=weight)
            for share, weight in zip(self.criterion_weights, weights, strict=True)
        ]
        weighing = Weighting(cast("Sequence[Criterion]", shares))
        return weighing.terms(self.criterion_scores, (self.network.n_arcs,)).score


def resolve_draw(problem: Instance, task: DrawTask) -> tuple[Ints, int]:
    """Count in how many of some draws each pair is kept, and in how many nothing changes.

    Parameters
    ----------
    problem : Instance
    task : DrawTask

    Returns
    -------
    ndarray of int64, shape (n_pairs,)
        Numbers of draws, in the order of the result's pairs.
    int
        The number of draws with the same matching.
    """
    n_kept = np.zeros(problem.pair_keys.size, dtype=np.int64)
    n_unchanged = 0
    resolver = _Resolver(problem)
    sorted_keys = np.sort(problem.pair_keys)
    for number, weights in enumerate(task.weights.tolist(), start=task.first_draw):
        scores = problem.scores(weights)
        is_allowed = problem.network.fixed | (scores >= problem.min_score)
        if task.noise is not None:
            rng = np.random.default_rng([task.seed, number])
            moved = scores + MILLION * task.noise * rng.standard_normal(scores.size)
            scores = np.rint(np.clip(moved, 0, MILLION)).astype(np.int64)
        keys = resolver.optimal_pair_keys(scores, is_allowed)
        if keys is not None:
            n_kept += np.isin(problem.pair_keys, keys)
            n_unchanged += np.array_equal(sorted_keys, keys)
    return n_kept, n_unchanged


class _Resolver:
    """Solves the same problem with other scores, to the last tie as `match` does."""

    def __init__(self, problem: Instance) -> None:
        self._network, self._implicit_tiers = problem.network, problem.tiers
        self._tiers = self._linear_tiers(np.zeros(problem.network.n_arcs, dtype=np.int64))
        self._keys = pair_keys(
            self._network.mentees, self._network.mentors, self._network.n_mentors
        )
        self._warm_start = WarmStart(self._network)
        usual_scores = problem.scores([share.weight for share in problem.criterion_weights])
        self._warm_start.solve(self._linear_tiers(usual_scores)[:-1])

    def _linear_tiers(self, scores: Ints) -> list[LinearTier]:
        mentees, mentors = self._network.mentees, self._network.mentors
        return [tier.as_linear_tier(mentees, mentors, scores) for tier in self._implicit_tiers]

    def optimal_pair_keys(self, scores: Ints, is_allowed: Bools) -> Ints | None:
        """Return the sorted keys of the best matching's pairs; None where none is allowed."""
        mentees, mentors = self._network.mentees, self._network.mentors
        tiers = [
            implicit_tier.as_linear_tier(mentees, mentors, scores)
            if implicit_tier.kind == "scores"
            else tier
            for implicit_tier, tier in zip(self._implicit_tiers, self._tiers, strict=True)
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
        face, face_arcs = optimal_face(self._network, priced.tier, priced.u, priced.v)
        marks = tiers[-1].with_arcs(face_arcs)
        before = [tier.with_arcs(face_arcs) for tier in tiers if tier.name == "pairs"]
        # as many pairs as all of them have: then assignment needs no prices to know it is right
        choice = solve_flow(face, [*before, marks])
        if choice is not None and choice.n_tiers == len(before):
            choice = solve_flow(face, [marks])
        assert choice is not None, "the best choice is one of the face"
        return self._keys[face_arcs[choice.chosen]]
