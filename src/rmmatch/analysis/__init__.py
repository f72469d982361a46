"""Questions about one result. Nothing here changes a cohort on disk."""

__all__: list[str] = []
