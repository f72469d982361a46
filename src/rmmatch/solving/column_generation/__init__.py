"""Tiers over arcs that are never written out: restricted master, pricing, dual prices.

To read in this order: `implicit_arcs`, `pricing`, `restricted_master`, `driver`.
"""

__all__: list[str] = []
