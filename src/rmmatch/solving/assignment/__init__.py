"""Flows and their dual prices: the assignment problem over arcs at hand."""

__all__: list[str] = []
