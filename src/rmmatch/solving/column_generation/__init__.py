"""Tiers over arcs that are never written out: restricted master, pricing, dual prices."""

__all__: list[str] = []
