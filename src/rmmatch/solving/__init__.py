"""Solving: one door, `match`; behind it one small file a step."""

from rmmatch.solving.door import match

__all__ = ["match"]
