"""What every pair is worth, and which are forbidden."""

from rmmatch.scoring.pairs import PairScore, PairScores, score, validate

__all__ = ["PairScore", "PairScores", "score", "validate"]
