"""Tier after tier: the set of solutions that are still allowed, and how it shrinks."""

__all__: list[str] = []
