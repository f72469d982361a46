"""What is measured of a matching: each measure with its unit, its direction and its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rmmatch.checking import check
from rmmatch.matching import Matching
from rmmatch.numeric import MILLION, Floats, Ints
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences

__all__ = ["METRICS", "Metric", "measure"]


@dataclass(frozen=True)
class _MeasuredMatching:
    """A matching and what measures are taken from.

    Attributes
    ----------
    pair_scores : ndarray of int64, shape (n_allowed,)
        Of the pairs that no rule forbids, in millionths.
    mentee_ranks, mentor_ranks : ndarray, shape (n_allowed,)
        Of the partner in the eyes of each side, from 1.
    """

    scores: PairScores
    preferences: Preferences
    matching: Matching
    pair_scores: Ints
    mentee_ranks: Ints | Floats
    mentor_ranks: Ints | Floats


@dataclass(frozen=True)
class Metric:
    """One measure.

    Attributes
    ----------
    words : str
        As an axis of a plot calls it.
    direction : {'max', 'min'}
        Which is better: more of it, or less.
    value : callable
        Takes the measure; scores are in [0, 1].
    needs_pairs : bool
        Without an allowed pair it is NaN.
    """

    words: str
    direction: Literal["max", "min"]
    value: Callable[[_MeasuredMatching], int | float]
    needs_pairs: bool = True


METRICS: dict[str, Metric] = {
    "pairs": Metric("pairs", "max", lambda m: len(m.pair_scores), needs_pairs=False),
    "total": Metric(
        "total score", "max", lambda m: int(m.pair_scores.sum()) / MILLION, needs_pairs=False
    ),
    "mean": Metric("mean score of a pair", "max", lambda m: float(m.pair_scores.mean()) / MILLION),
    "worst": Metric("score of the worst pair", "max", lambda m: int(m.pair_scores.min()) / MILLION),
    "lowest_decile": Metric(
        "score that a tenth of the pairs do not exceed",
        "max",
        lambda m: float(np.percentile(m.pair_scores, 10, method="lower")) / MILLION,
    ),
    "mentee_rank": Metric(
        "mean rank of the mentor in the mentee's eyes",
        "min",
        lambda m: float(m.mentee_ranks.mean()),
    ),
    "mentor_rank": Metric(
        "mean rank of the mentee in the mentor's eyes",
        "min",
        lambda m: float(m.mentor_ranks.mean()),
    ),
    "blocking_pairs": Metric(
        "blocking pairs",
        "min",
        lambda m: len(m.preferences.blocking_pairs(m.matching)),
        needs_pairs=False,
    ),
    "violations": Metric(
        "violations of the scheme",
        "min",
        lambda m: len(check(m.scores.cohort, m.scores.scheme, list(m.matching))),
        needs_pairs=False,
    ),
}


def measure(
    scores: PairScores, preferences: Preferences, matching: Matching
) -> dict[str, int | float]:
    """Return all measures of a matching, forbidden pairs left out of all but the violations.

    Parameters
    ----------
    scores : PairScores
    preferences : Preferences
        Of the same scores.
    matching : Matching
        A list made by hand may have forbidden pairs.
    """
    pair_scores = scores.to_numpy()[matching.positions(scores.cohort)]
    is_allowed = pair_scores >= 0
    mentee_ranks, mentor_ranks = (ranks[is_allowed] for ranks in preferences.ranks(matching))
    measured = _MeasuredMatching(
        scores, preferences, matching, pair_scores[is_allowed], mentee_ranks, mentor_ranks
    )
    return {
        name: metric.value(measured) if is_allowed.any() or not metric.needs_pairs else np.nan
        for name, metric in METRICS.items()
    }
