"""The smallest change of one weight that takes each pair of a matching apart.

With all weights but one held, what a matching is worth is a line over that weight, and the best
matchings are the upper envelope of these lines. It is walked from the scheme's weight to both
sides: where the lines of two ends cross, the problem is solved anew; a matching above the crossing
splits the range, and where there is none the two are neighbours (Eisner and Severance, 1976).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmmatch.analysis.robustness.draws import Instance
from rmmatch.analysis.robustness.resolve import WarmStart
from rmmatch.errors import NotSupportedError
from rmmatch.matching import Result
from rmmatch.numeric import Bools, Floats, Ints, pair_keys
from rmmatch.solving.assignment.network import LinearTier, Network, optimal_face
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["Breakpoint", "nearest_breakpoints"]

_MAX_UNITS_PER_SCORE = 1e9  # steps in which the solver sees a score of 1; precision of a change
_MAX_TOTAL = 2**61  # of packed sums in 64 bits; exactness
_CHANGE_DIGITS = 12  # decimals of a change; precision of a change
_MIN_IMPROVEMENT = 1e-6  # in scores: a total that is larger by less is the same; as documented


@dataclass(frozen=True)
class Breakpoint:
    """Where a pair is lost.

    Attributes
    ----------
    criterion : int
        Position in the scheme.
    change : float
        Of the criterion's weight, as a share of the sum of all weights.
    """

    criterion: int
    change: float


def nearest_breakpoints(result: Result) -> list[Breakpoint | None]:
    """Return, for each pair of a result, the smallest change of one weight beyond which it is lost.

    Parameters
    ----------
    result : Result

    Returns
    -------
    list of Breakpoint or None
        In the order of `Result.made`; None for a pair that no change of one weight takes apart.

    Raises
    ------
    NotSupportedError
        A score is no sum of weights times numbers.
    """
    best: list[Breakpoint | None] = [None] * len(result.made)
    if "total" not in result.scheme.objective:
        return best
    walk = _UpperEnvelope(result)
    for criterion in range(len(result.scores.criteria)):
        for direction in (1, -1):
            walk.walk(criterion, direction, best)
    return best


@dataclass(frozen=True, eq=False)
class _ScoreLine:
    """The value of one matching over the change of one weight, in scores.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n_arcs,)
    value : float
        Without any change.
    slope : float
        By how much the value grows where the weight grows by the sum of all weights.
    """

    chosen: Bools
    value: float
    slope: float

    def at(self, change: float) -> float:
        """Return the value at a change."""
        return self.value + self.slope * change

    def has(self, pairs: Ints) -> Bools:
        """Tell which of some arcs the matching has; none where the place is -1."""
        return (pairs >= 0) & self.chosen[pairs]


class _UpperEnvelope:
    """The best matchings over one weight, among those that are best for all tiers before total."""

    def __init__(self, result: Result) -> None:
        problem = Instance.of(result)
        weights = np.array([share.weight for share in problem.criterion_weights])
        self._weight_shares = weights / weights.sum()
        self._network, arcs = _optimal_face(problem, problem.scores(weights.tolist()))
        self._criterion_scores = [
            _fill_missing(problem, criterion)[arcs] for criterion in range(weights.size)
        ]
        self._values = sum(
            (
                share * criterion_score
                for share, criterion_score in zip(
                    self._weight_shares, self._criterion_scores, strict=True
                )
            ),
            np.zeros(arcs.size),
        )
        keys = pair_keys(self._network.mentees, self._network.mentors, self._network.n_mentors)
        self._is_kept = np.isin(keys, problem.pair_keys).astype(np.int64)
        # -1: a pair that no best matching can have, since the result is not the best one
        arcs_of_pairs = np.searchsorted(keys, problem.pair_keys)
        self._pairs = np.where(np.isin(problem.pair_keys, keys), arcs_of_pairs, -1)
        size = max(self._network.n_mentees, self._network.n_mentors, 2)
        n_places = int(min(self._network.max_load_mentees.sum(), arcs.size)) + size
        max_units = _MAX_TOTAL // (8 * n_places**2 * (size + 1) * 2)
        self._units_per_score = min(_MAX_UNITS_PER_SCORE, float(max_units))
        self._min_improvement = max(_MIN_IMPROVEMENT, 2 * size / self._units_per_score)
        self._warm_start = WarmStart(self._network)

    def walk(self, criterion: int, direction: int, best: list[Breakpoint | None]) -> None:
        """Walk from the scheme's weight to one side, and note where each pair is lost first."""
        end = 1.0 if direction > 0 else -float(self._weight_shares[criterion])
        is_lost = np.zeros(len(best), dtype=np.bool_)
        first = self._solve(criterion, 0.0)
        self._record_breakpoint(criterion, 0.0, ~first.has(self._pairs), is_lost, best)
        ranges = [(0.0, first, end, self._solve(criterion, end))]
        while ranges:
            start, start_line, stop, stop_line = ranges.pop()
            if all(
                pair_is_lost or (breakpoint_ is not None and abs(breakpoint_.change) <= abs(start))
                for pair_is_lost, breakpoint_ in zip(is_lost.tolist(), best, strict=True)
            ):
                return
            slope_gain = stop_line.slope - start_line.slope
            if np.array_equal(start_line.chosen, stop_line.chosen) or slope_gain == 0:
                continue
            low, high = sorted((start, stop))
            crossing = min(max((start_line.value - stop_line.value) / slope_gain, low), high)
            # rounded, as a tie at the scheme's own weights is at 0
            crossing = round(crossing, _CHANGE_DIGITS)
            middle = self._solve(criterion, crossing)
            if middle.at(crossing) > start_line.at(crossing) + self._min_improvement:
                ranges += [
                    (crossing, middle, stop, stop_line),
                    (start, start_line, crossing, middle),
                ]
            else:
                is_ended = start_line.has(self._pairs) & ~stop_line.has(self._pairs)
                self._record_breakpoint(criterion, crossing, is_ended, is_lost, best)

    def _record_breakpoint(
        self,
        criterion: int,
        change: float,
        is_ended: Bools,
        is_lost: Bools,
        best: list[Breakpoint | None],
    ) -> None:
        for pair in np.flatnonzero(is_ended & ~is_lost).tolist():
            breakpoint_ = best[pair]
            if breakpoint_ is None or abs(change) < abs(breakpoint_.change):
                best[pair] = Breakpoint(criterion, change)
        is_lost |= is_ended

    def _solve(self, criterion: int, change: float) -> _ScoreLine:
        """Return the best matching, of equal ones that with the most pairs of the result."""
        values = self._values + change * self._criterion_scores[criterion]
        n_pairs = int(self._is_kept.sum())
        weights = (
            np.rint(self._units_per_score * values).astype(np.int64) * (n_pairs + 1) + self._is_kept
        )
        tier = LinearTier("total", weights)
        priced = self._warm_start.solve([tier])
        if priced is None:
            solution = solve_linear_tiers(self._network, [tier])
            assert solution is not None, "the result has a matching"
            assert solution.chosen is not None
            chosen = solution.chosen
        else:
            chosen = priced.chosen
        return _ScoreLine(
            chosen,
            float(self._values[chosen].sum()),
            float(self._criterion_scores[criterion][chosen].sum()),
        )


def _optimal_face(problem: Instance, scores: Ints) -> tuple[Network, Ints]:
    """Return the network of all matchings that are best for the tiers before total, and its arcs.

    Raises
    ------
    NotSupportedError
        One of these tiers is a sum of scores too.
    """
    arcs = np.flatnonzero(problem.network.fixed | (scores >= problem.min_score))
    network = problem.network.with_arcs(arcs)
    for implicit_tier in problem.tiers:
        if implicit_tier.name == "total":
            break
        if implicit_tier.kind == "scores":
            raise NotSupportedError(
                "the smallest change of a weight is not found where reserves come after the total "
                "of applicants: put `pairs` first in the objective"
            )
        tier = implicit_tier.as_linear_tier(network.mentees, network.mentors, scores[arcs])
        solution = solve_linear_tiers(network, [tier])
        assert solution is not None, "the result has a matching"
        assert solution.prices[0] is not None, "proved, as there is no time limit"
        network, face_arcs = optimal_face(network, tier, *solution.prices[0])
        arcs = arcs[face_arcs]
    return network, arcs


def _fill_missing(problem: Instance, criterion: int) -> Floats:
    """Return a criterion's scores with missing data as it counts.

    Raises
    ------
    NotSupportedError
        It is not the same number whatever the weights are.
    """
    share, raw = problem.criterion_weights[criterion], problem.criterion_scores[criterion]
    is_missing = np.isnan(raw)
    if share.view != "both" or (share.missing == "ignore" and is_missing.any()):
        raise NotSupportedError(
            "the smallest change of a weight is found where every score is the sum of weights "
            "times numbers: without `view: mentee` or `view: mentor`, and without pairs whose "
            "missing data is left out (`missing: ignore`)"
        )
    return np.where(is_missing, 0.5 if share.missing == "neutral" else 0.0, raw)
