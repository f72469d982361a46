"""All pairs by price, without ever holding the matrix."""

__all__: list[str] = []
