"""When to stop: at a deadline, or at the first Ctrl-C, with the best choice that is at hand."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop"]

_MAX_STOP_S = 10**9  # seconds, some thirty years; more is no limit, so that a clock can add it


class Stop:
    """Whether the time is up: solvers look at it between steps.

    Parameters
    ----------
    deadline : float, optional
        A value of `time.monotonic`.

    Attributes
    ----------
    deadline : float or None
    seconds : float or None
        The time limit that `after` was given.
    is_interrupted : bool
        Whether somebody pressed Ctrl-C while `heeding_interrupts`.

    Examples
    --------
    >>> Stop().is_due, Stop.after(3600).is_due, Stop.after(0).is_due
    (False, False, True)
    """

    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self.seconds: float | None = None
        self.is_interrupted = False

    @classmethod
    def after(cls, seconds: float | None) -> Stop:
        """Return a stop that is due some time from now.

        Parameters
        ----------
        seconds : float or None
            From now; None: it is never due by itself.
        """
        stop = cls()
        if seconds is not None and seconds <= _MAX_STOP_S:
            stop.deadline = time.monotonic() + float(seconds)
        stop.seconds = seconds
        return stop

    @property
    def is_due(self) -> bool:
        """Whether to stop at the next step."""
        is_late = self.deadline is not None and time.monotonic() >= self.deadline
        return self.is_interrupted or is_late

    @contextmanager
    def heeding_interrupts(self) -> Iterator[None]:
        """Make the first Ctrl-C due instead of an error; the second is a KeyboardInterrupt.

        Signals reach the main thread only. Elsewhere, and in a program that handles Ctrl-C in a
        way of its own, nothing is changed.
        """
        is_main = threading.current_thread() is threading.main_thread()
        usual = signal.default_int_handler
        if not is_main or signal.getsignal(signal.SIGINT) is not usual:
            yield
            return

        def interrupt(number: int, frame: FrameType | None) -> None:
            if self.is_interrupted:
                usual(number, frame)
            self.is_interrupted = True

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, usual)
