"""What a scheme declares, and what its parts need to know of it."""

__all__: list[str] = []
