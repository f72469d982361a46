"""How much a matching owes to the exact weights and scores."""

from rmmatch.robustness.surviving import Confidence, confidence

__all__ = ["Confidence", "confidence"]
