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
from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, optimal_face
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

__all__ = ["Breakpoint", "nearest_breakpoints"]

_MAX_UNITS_PER_SCORE = 1e9  # of a score: what the solver sees of it
_MAX_TOTAL = 2**61
_CHANGE_DIGITS = 12  # of a change
_MIN_IMPROVEMENT = 1e-6  # of a score: a total that is this much larger is better


@dataclass(frozen=True)
class Breakpoint:
    """Where a pair is lost: which criterion, and its change as a share of all weights."""

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
        In the order of the pairs.

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
    """A matching: what it is worth without any change, and how much more by share of change."""

    chosen: Bools
    value: float
    slope: float

    def at(self, change: float) -> float:
        """Return what it is worth at a change."""
        return self.value + self.slope * change

    def has(self, pairs: Ints) -> Bools:
        """Tell which arcs it has; none where the place is -1."""
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
                share * some
                for share, some in zip(self._weight_shares, self._criterion_scores, strict=True)
            ),
            np.zeros(arcs.size),
        )
        keys = self._network.mentees * self._network.n_mentors + self._network.mentors
        self._is_kept = np.isin(keys, problem.pair_keys).astype(np.int64)
        # -1: a pair that no best matching can have, since the result is not the best one
        found = np.searchsorted(keys, problem.pair_keys)
        self._pairs = np.where(np.isin(problem.pair_keys, keys), found, -1)
        size = max(self._network.n_mentees, self._network.n_mentors, 2)
        places = int(min(self._network.max_load_mentees.sum(), arcs.size)) + size
        top = _MAX_TOTAL // (8 * places**2 * (size + 1) * 2)
        self._units_per_score = min(_MAX_UNITS_PER_SCORE, float(top))
        self._min_improvement = max(_MIN_IMPROVEMENT, 2 * size / self._units_per_score)
        self._warm_start = WarmStart(self._network)

    def walk(self, criterion: int, direction: int, best: list[Breakpoint | None]) -> None:
        """Walk from the scheme's weight to one side, and note where each pair is lost first."""
        end = 1.0 if direction > 0 else -float(self._weight_shares[criterion])
        lost = np.zeros(len(best), dtype=np.bool_)
        first = self._solve(criterion, 0.0)
        self._record_breakpoint(criterion, 0.0, ~first.has(self._pairs), lost, best)
        ranges = [(0.0, first, end, self._solve(criterion, end))]
        while ranges:
            start, near, stop, far = ranges.pop()
            if all(
                is_lost or (known is not None and abs(known.change) <= abs(start))
                for is_lost, known in zip(lost.tolist(), best, strict=True)
            ):
                return
            steeper = far.slope - near.slope
            if np.array_equal(near.chosen, far.chosen) or steeper == 0:
                continue
            low, high = sorted((start, stop))
            crossing = min(max((near.value - far.value) / steeper, low), high)
            crossing = round(
                crossing, _CHANGE_DIGITS
            )  # as a tie at the scheme's own weights is at 0
            middle = self._solve(criterion, crossing)
            if middle.at(crossing) > near.at(crossing) + self._min_improvement:
                ranges += [(crossing, middle, stop, far), (start, near, crossing, middle)]
            else:
                gone = near.has(self._pairs) & ~far.has(self._pairs)
                self._record_breakpoint(criterion, crossing, gone, lost, best)

    def _record_breakpoint(
        self, criterion: int, change: float, gone: Bools, lost: Bools, best: list[Breakpoint | None]
    ) -> None:
        for pair in np.flatnonzero(gone & ~lost).tolist():
            known = best[pair]
            if known is None or abs(change) < abs(known.change):
                best[pair] = Breakpoint(criterion, change)
        lost |= gone

    def _solve(self, criterion: int, change: float) -> _ScoreLine:
        """Return the best matching, of equal ones that with the most pairs of the result."""
        values = self._values + change * self._criterion_scores[criterion]
        n_pairs = int(self._is_kept.sum())
        weights = (
            np.rint(self._units_per_score * values).astype(np.int64) * (n_pairs + 1) + self._is_kept
        )
        tier = LinearTier("total", weights)
        found = self._warm_start.solve([tier])
        if found is None:
            solution = solve_linear_tiers(self._network, [tier])
            assert solution is not None, "the result has a matching"
            assert solution.chosen is not None
            chosen = solution.chosen
        else:
            chosen = found.chosen
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
    for posed in problem.tiers:
        if posed.name == "total":
            break
        if posed.kind == "scores":
            raise NotSupportedError(
                "the smallest change of a weight is not found where reserves come after the total "
                "of applicants: put `pairs` first in the objective"
            )
        tier = posed.as_linear_tier(network.mentees, network.mentors, scores[arcs])
        solution = solve_linear_tiers(network, [tier])
        assert solution is not None, "the result has a matching"
        assert solution.prices[0] is not None, "proved, as there is no time limit"
        network, kept = optimal_face(network, tier, *solution.prices[0])
        arcs = arcs[kept]
    return network, arcs


def _fill_missing(problem: Instance, criterion: int) -> Floats:
    """Return a criterion's scores with missing data as it counts.

    Raises
    ------
    NotSupportedError
        It is not the same number whatever the weights are.
    """
    share, raw = problem.criterion_weights[criterion], problem.criterion_scores[criterion]
    absent = np.isnan(raw)
    if share.view != "both" or (share.missing == "ignore" and absent.any()):
        raise NotSupportedError(
            "the smallest change of a weight is found where every score is the sum of weights "
            "times numbers: without `view: mentee` or `view: mentor`, and without pairs whose "
            "missing data is left out (`missing: ignore`)"
        )
    return np.where(absent, 0.5 if share.missing == "neutral" else 0.0, raw)
