"""Values that were methods before: they can still be called, until version 1.0."""

from __future__ import annotations

__all__ = ["CallableCounts", "CallableLines", "CallableText"]


class CallableText(str):
    """A text; calling it returns it."""

    __slots__ = ()

    def __call__(self) -> str:
        """Return the text."""
        return str(self)


class CallableLines(list[str]):
    """Lines of text; calling them returns them."""

    __slots__ = ()

    def __call__(self) -> list[str]:
        """Return the lines."""
        return list(self)


class CallableCounts(dict[str, int]):
    """Numbers by name; calling them returns them."""

    __slots__ = ()

    def __call__(self) -> dict[str, int]:
        """Return the numbers."""
        return dict(self)
