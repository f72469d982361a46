"""Workbooks: looked into before they are loaded, because a small file can unfold to anything."""

__all__: list[str] = []
