"""What is measured of a matching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rmmatch.checking import check
from rmmatch.matching import Matching
from rmmatch.numeric import MILLION
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences

if TYPE_CHECKING:
    pass

__all__ = ["METRICS"]


METRICS = (
    "pairs",
    "total",
    "mean",
    "worst",
    "lowest_decile",
    "mentee_rank",
    "mentor_rank",
    "blocking_pairs",
    "violations",
)


_AXIS_LABELS = {
    "pairs": "pairs",
    "total": "total score",
    "mean": "mean score of a pair",
    "worst": "score of the worst pair",
    "lowest_decile": "score that a tenth of the pairs do not exceed",
    "mentee_rank": "mean rank of the mentor in the mentee's eyes",
    "mentor_rank": "mean rank of the mentee in the mentor's eyes",
    "blocking_pairs": "blocking pairs",
    "violations": "violations of the scheme",
}


def _metrics_of(
    scores: PairScores, preferences: Preferences, matching: Matching
) -> dict[str, int | float]:
    """Return all measures of a matching, forbidden pairs left out of all but the violations."""
    pair_scores = scores.to_numpy()[matching.positions(scores.cohort)]
    allowed = pair_scores >= 0
    pair_scores = pair_scores[allowed]
    ranks = [of_side[allowed] for of_side in preferences.ranks(matching)]
    has_pairs = len(pair_scores) > 0
    return {
        "pairs": len(pair_scores),
        "total": int(pair_scores.sum()) / MILLION,
        "mean": float(pair_scores.mean()) / MILLION if has_pairs else np.nan,
        "worst": int(pair_scores.min()) / MILLION if has_pairs else np.nan,
        "lowest_decile": (
            float(np.percentile(pair_scores, 10, method="lower")) / MILLION if has_pairs else np.nan
        ),
        "mentee_rank": float(ranks[0].mean()) if has_pairs else np.nan,
        "mentor_rank": float(ranks[1].mean()) if has_pairs else np.nan,
        "blocking_pairs": len(preferences.blocking_pairs(matching)),
        "violations": len(check(scores.cohort, scores.scheme, list(matching))),
    }
