"""Strategies side by side."""

__all__: list[str] = []
