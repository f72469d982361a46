"""Solving: one door, `match`; behind it one small file a step.

What solves several times shares a `Stop` among them: its time limit and Ctrl-C are for all.
"""

from rmmatch.solving.api import match, match_until
from rmmatch.solving.stopping import Stop

__all__ = ["Stop", "match", "match_until"]
