"""What a score is made of: contributions and views, of many pairs and of one."""

from __future__ import annotations

from dataclasses import dataclass

from rmmatch.numeric import Ints

__all__ = ["PairScore", "ScoreTerms"]


@dataclass(frozen=True)
class ScoreTerms:
    """What the scores of a block, or of listed pairs, are made of, in millionths.

    Attributes
    ----------
    contributions : ndarray of int64, shape (n_criteria, n_rows, n_columns)
        Of each criterion to the pair's score; (n_criteria, n_pairs) for listed pairs.
    mentee, mentor : ndarray of int64, shape (n_rows, n_columns) or (n_pairs,)
        The score as each side sees it; the mean of the two is the pair's score.
    """

    contributions: Ints
    mentee: Ints
    mentor: Ints

    @property
    def score(self) -> Ints:
        """The score of each pair in millionths, shape (n_rows, n_columns) or (n_pairs,)."""
        total: Ints = self.contributions.sum(axis=0)
        return total


@dataclass(frozen=True)
class PairScore:
    """Everything about the score of one pair.

    Attributes
    ----------
    mentee, mentor : str
        Ids.
    score : int
        Millionths; -1 where the pair is forbidden.
    raw : dict of str to float or None
        Each criterion's score in [0, 1], None where data is missing.
    contributions : dict of str to int
        Millionths of each criterion; the sum is the score that the pair has, or would have.
    mentee_view, mentor_view : int
        The score as each of the two sees it, in millionths; the mean of the two is the score.
    forbidden_by : str or None
        The first rule that forbids the pair.
    """

    mentee: str
    mentor: str
    score: int
    raw: dict[str, float | None]
    contributions: dict[str, int]
    mentee_view: int
    mentor_view: int
    forbidden_by: str | None
