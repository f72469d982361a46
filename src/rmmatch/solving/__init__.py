"""Solving: one door, `match`; behind it one small file a step."""

from rmmatch.solving.door import Pairing, match

__all__ = ["Pairing", "match"]
