"""What happens to a result after it exists."""

__all__: list[str] = []
