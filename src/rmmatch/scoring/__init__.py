"""What every pair is worth, and which are forbidden."""

from rmmatch.scoring.pair_scores import PairScore, PairScores, score, validate

__all__ = ["PairScore", "PairScores", "score", "validate"]
