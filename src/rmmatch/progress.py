"""A bar for what takes longer than two seconds; nothing at all unless it is asked for."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, cast

__all__ = ["DELAY_S", "Bar", "progress_bar"]

DELAY_S = 2.0
"""Seconds before a bar shows."""


class Bar(Protocol):
    """What is told how far something is."""

    def __enter__(self) -> Bar: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...

    def update(self, n: int = 1, /) -> object:
        """Tell that `n` more are done."""

    def set_postfix_str(self, text: str, /) -> object:
        """Tell something in words."""


class _Silent:
    """A bar that nobody asked for."""

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, n: int = 1, /) -> None: ...

    def set_postfix_str(self, text: str, /) -> None: ...


def progress_bar(title: str, *, total: int | None, unit: str, shown: bool) -> Bar:
    """Return a bar on stderr that shows after two seconds.

    Parameters
    ----------
    title : str
    total : int or None
        How many there are; None where nobody can know.
    unit : str
        What is counted.
    shown : bool
        Without, nothing is ever written.
    """
    if not shown:
        return _Silent()
    from tqdm import tqdm

    bar = tqdm(
        desc=title,
        total=total,
        unit=unit,
        unit_scale=total is not None and total > 10_000,
        delay=DELAY_S,
        dynamic_ncols=True,
    )
    return cast(Bar, bar)
