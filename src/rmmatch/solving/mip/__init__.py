"""Tiers under side constraints, as linear and integer programs."""

__all__: list[str] = []
