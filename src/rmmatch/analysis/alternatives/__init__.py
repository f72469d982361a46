"""The matchings next to the best one: in order of the objective, or as different as possible."""

from rmmatch.analysis.alternatives.api import Alternative, Alternatives, alternatives

__all__ = ["Alternative", "Alternatives", "alternatives"]
