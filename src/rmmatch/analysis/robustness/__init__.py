"""How much a matching owes to the exact weights and scores."""

from rmmatch.analysis.robustness.api import Confidence, confidence

__all__ = ["Confidence", "confidence"]
