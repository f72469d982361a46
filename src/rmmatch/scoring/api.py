"""What others call: all scores of a cohort under a scheme, and whether the two fit."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.cohort import Cohort
from rmmatch.scheme import Scheme
from rmmatch.scoring.pair_scores import PairScores

__all__ = ["score", "validate"]


def score(cohort: Cohort, scheme: Scheme) -> PairScores:
    """Score all pairs of a cohort under a scheme.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme

    Returns
    -------
    PairScores

    Raises
    ------
    SchemeError
        The cohort lacks something the scheme needs; every such thing is listed.
    """
    return PairScores(cohort, scheme)


def validate(cohort: Cohort, scheme: Scheme) -> Sequence[str]:
    """Check that a cohort and a scheme fit, without pairing anybody.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme

    Returns
    -------
    list of str
        What is worth knowing though it stops nothing: people outside the cohort who are named,
        kinds of relation without data, circles of managers.

    Raises
    ------
    SchemeError
        They do not fit; every reason is listed.
    """
    scores = PairScores(cohort, scheme)
    _ = scores.pins  # raises where a pin cannot be kept
    return list(scheme.remarks(cohort))
