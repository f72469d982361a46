"""Files: written whole or not at all, folders, documents with line numbers, workbooks."""

__all__: list[str] = []
