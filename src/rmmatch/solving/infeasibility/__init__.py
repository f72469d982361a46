"""Why no matching is allowed: the smallest conflict, and what would be enough."""

__all__: list[str] = []
