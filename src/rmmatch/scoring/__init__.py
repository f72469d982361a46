"""What every pair is worth, and which are forbidden."""

from rmmatch.scoring.api import score, validate
from rmmatch.scoring.pair_scores import PairScore, PairScores

__all__ = ["PairScore", "PairScores", "score", "validate"]
