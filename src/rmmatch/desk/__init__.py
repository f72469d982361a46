"""What a coordinator touches."""

__all__: list[str] = []
