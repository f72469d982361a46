"""A bar for what takes longer than two seconds; nothing at all unless it is asked for."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Bar", "progress_bar"]

DELAY_S = 2.0  # seconds before a bar is shown; speed only
BEAT_S = 10.0  # seconds after which a bar is drawn anew though nothing moved; speed only


class Bar:
    """Shows how far some work is, in a ``with`` statement.

    Parameters
    ----------
    shown : tqdm, optional
        The bar of another library that shows it; by default nothing is shown.
    """

    def __init__(self, shown: tqdm[Any] | None = None) -> None:
        self._shown = shown
        self._over = threading.Event()
        if shown is not None:
            # One step may take minutes, and whoever waits should see that it is at work.
            self._beat = threading.Thread(target=self._keep_drawing, args=(shown,), daemon=True)
            self._beat.start()

    def _keep_drawing(self, shown: tqdm[Any]) -> None:
        seconds = DELAY_S
        while not self._over.wait(seconds):
            shown.refresh()
            seconds = BEAT_S

    def update(self, n: int = 1, words: str = "") -> None:
        """Show that more is done.

        Parameters
        ----------
        n : int
            How many more.
        words : str
            Are shown beside the bar.
        """
        if self._shown is not None:
            # Drawn by `update`, which waits for the delay.
            self._shown.set_postfix_str(words, refresh=False)
            self._shown.update(n)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._shown is not None:
            self._beat.join()
            self._shown.close()


def progress_bar(title: str, *, total: int | None, unit: str, is_shown: bool) -> Bar:
    """Return a bar on stderr that shows after two seconds.

    Parameters
    ----------
    title : str
    total : int or None
        How many there are; None where nobody can know.
    unit : str
        What is counted.
    is_shown : bool
        Without, nothing is ever written.
    """
    if not is_shown:
        return Bar()
    from tqdm import tqdm

    return Bar(
        tqdm(
            desc=title,
            total=total,
            unit=unit,
            unit_scale=total is not None and total > 10_000,
            miniters=0,
            delay=DELAY_S,
            dynamic_ncols=True,
        )
    )
