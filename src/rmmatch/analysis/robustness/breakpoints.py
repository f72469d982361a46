"""The smallest change of one weight that takes each pair of a matching apart.

With all weights but one held, what a matching is worth is a line over that weight, and the best
matchings are the upper envelope of these lines. It is walked from the scheme's weight to both
sides: where the lines of two ends cross, the problem is solved anew; a matching above the crossing
splits the range, and where there is none the two are neighbours (Eisner and Severance, 1976).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmmatch.analysis.robustness.draws import Problem
from rmmatch.analysis.robustness.resolve import Warm, part
from rmmatch.errors import NotSupportedError
from rmmatch.matching import Result
from rmmatch.solving.assignment.network import Bools, Ints, Network, Tier, narrow
from rmmatch.solving.lexicographic.driver import solve

__all__ = ["Breakpoint", "nearest_breakpoints"]

Floats = NDArray[np.float64]
_MAX_UNITS_PER_SCORE = 1e9  # of a score: what the solver sees of it
_LARGEST = 2**61
_CHANGE_DIGITS = 12  # of a change
_BETTER = 1e-6  # of a score: a total that is this much larger is better


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
            walk.go(criterion, direction, best)
    return best


@dataclass(frozen=True, eq=False)
class _ScoreLine:
    """A matching: what it is worth without any change, and how much more by share of change."""

    chosen: Bools
    worth: float
    slope: float

    def at(self, change: float) -> float:
        """Return what it is worth at a change."""
        return self.worth + self.slope * change

    def has(self, pairs: Ints) -> Bools:
        """Tell which arcs it has; none where the place is -1."""
        return (pairs >= 0) & self.chosen[pairs]


class _UpperEnvelope:
    """The best matchings over one weight, among those that are best for all tiers before total."""

    def __init__(self, result: Result) -> None:
        problem = Problem.of(result)
        weights = np.array([share.weight for share in problem.shares])
        self._shares = weights / weights.sum()
        self._network, arcs = _face(problem, problem.scores(weights.tolist()))
        self._parts = [_filled(problem, criterion)[arcs] for criterion in range(weights.size)]
        self._worth = sum(
            (share * some for share, some in zip(self._shares, self._parts, strict=True)),
            np.zeros(arcs.size),
        )
        keys = self._network.mentees * self._network.n_mentors + self._network.mentors
        self._kept = np.isin(keys, problem.keys).astype(np.int64)
        # -1: a pair that no best matching can have, since the result is not the best one
        found = np.searchsorted(keys, problem.keys)
        self._pairs = np.where(np.isin(problem.keys, keys), found, -1)
        size = max(self._network.n_mentees, self._network.n_mentors, 2)
        places = int(min(self._network.most_mentees.sum(), arcs.size)) + size
        top = _LARGEST // (8 * places**2 * (size + 1) * 2)
        self._units = min(_MAX_UNITS_PER_SCORE, float(top))
        self._better = max(_BETTER, 2 * size / self._units)
        self._warm = Warm(self._network)

    def go(self, criterion: int, direction: int, best: list[Breakpoint | None]) -> None:
        """Walk from the scheme's weight to one side, and note where each pair is lost first."""
        end = 1.0 if direction > 0 else -float(self._shares[criterion])
        lost = np.zeros(len(best), dtype=np.bool_)
        first = self._solved(criterion, 0.0)
        self._note(criterion, 0.0, ~first.has(self._pairs), lost, best)
        ranges = [(0.0, first, end, self._solved(criterion, end))]
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
            crossing = min(max((near.worth - far.worth) / steeper, low), high)
            crossing = round(
                crossing, _CHANGE_DIGITS
            )  # as a tie at the scheme's own weights is at 0
            middle = self._solved(criterion, crossing)
            if middle.at(crossing) > near.at(crossing) + self._better:
                ranges += [(crossing, middle, stop, far), (start, near, crossing, middle)]
            else:
                gone = near.has(self._pairs) & ~far.has(self._pairs)
                self._note(criterion, crossing, gone, lost, best)

    def _note(
        self, criterion: int, change: float, gone: Bools, lost: Bools, best: list[Breakpoint | None]
    ) -> None:
        for pair in np.flatnonzero(gone & ~lost).tolist():
            known = best[pair]
            if known is None or abs(change) < abs(known.change):
                best[pair] = Breakpoint(criterion, change)
        lost |= gone

    def _solved(self, criterion: int, change: float) -> _ScoreLine:
        """Return the best matching, of equal ones that with the most pairs of the result."""
        values = self._worth + change * self._parts[criterion]
        n_pairs = int(self._kept.sum())
        weights = np.rint(self._units * values).astype(np.int64) * (n_pairs + 1) + self._kept
        tier = Tier("total", weights)
        found = self._warm.best([tier])
        if found is None:
            solution = solve(self._network, [tier])
            assert solution is not None, "the result has a matching"
            assert solution.chosen is not None
            chosen = solution.chosen
        else:
            chosen = found.chosen
        return _ScoreLine(
            chosen,
            float(self._worth[chosen].sum()),
            float(self._parts[criterion][chosen].sum()),
        )


def _face(problem: Problem, scores: Ints) -> tuple[Network, Ints]:
    """Return the network of all matchings that are best for the tiers before total, and its arcs.

    Raises
    ------
    NotSupportedError
        One of these tiers is a sum of scores too.
    """
    arcs = np.flatnonzero(problem.network.fixed | (scores >= problem.floor))
    network = part(problem.network, arcs)
    for posed in problem.tiers:
        if posed.name == "total":
            break
        if posed.kind == "scores":
            raise NotSupportedError(
                "the smallest change of a weight is not found where reserves come after the total "
                "of applicants: put `pairs` first in the objective"
            )
        tier = posed.over(network.mentees, network.mentors, scores[arcs])
        solution = solve(network, [tier])
        assert solution is not None, "the result has a matching"
        assert solution.prices[0] is not None, "proved, as there is no time limit"
        network, kept = narrow(network, tier, *solution.prices[0])
        arcs = arcs[kept]
    return network, arcs


def _filled(problem: Problem, criterion: int) -> Floats:
    """Return a criterion's scores with missing data as it counts.

    Raises
    ------
    NotSupportedError
        It is not the same number whatever the weights are.
    """
    share, raw = problem.shares[criterion], problem.raw[criterion]
    absent = np.isnan(raw)
    if share.view != "both" or (share.missing == "ignore" and absent.any()):
        raise NotSupportedError(
            "the smallest change of a weight is found where every score is the sum of weights "
            "times numbers: without `view: mentee` or `view: mentor`, and without pairs whose "
            "missing data is left out (`missing: ignore`)"
        )
    return np.where(absent, 0.5 if share.missing == "neutral" else 0.0, raw)
