"""A run as one record: its form, how its parts agree, and without its people."""

__all__: list[str] = []
