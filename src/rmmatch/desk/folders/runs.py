"""One run of a scheme: its pairs as they are now, and every act that led to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair

__all__ = ["Act", "ActKind", "Run"]

ActKind = Literal[
    "paired",
    "reviewed",
    "kept",
    "released",
    "turned_down",
    "put_together",
    "paired_again",
    "applied_decisions",
    "undone",
    "approved",
]


@dataclass(frozen=True)
class Act:
    """One act of a person, as the history keeps it.

    Attributes
    ----------
    number : int
        From 1.
    act : str
        What was done, as `ActKind`.
    at, by : str
        When (ISO 8601, UTC), and who.
    pairs : tuple of (mentee id, mentor id)
        That it is about.
    reason : str
    price : mapping
        What it did: `ChangePreview.price`; empty where nothing was paired again.
    undoes : int or None
        The number of the act that it takes back.
    is_undone : bool
        Whether a later act took it back.
    """

    number: int
    act: ActKind
    at: str
    by: str = ""
    pairs: tuple[IdPair, ...] = ()
    reason: str = ""
    price: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None
    is_undone: bool = False


@dataclass(frozen=True)
class Run:
    """A run of a folder.

    Attributes
    ----------
    name : str
        ``2026-11-30-1``: the day, and which of that day.
    path : Path
        Its folder.
    result : Result
        As it is now, with names.
    acts : tuple of Act
        Oldest first.
    notes : tuple of str
        What was noticed when it was opened, such as a last line cut short.
    """

    name: str
    path: Path
    result: Result
    acts: tuple[Act, ...]
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> Literal["proposed", "reviewed", "approved"]:
        """What the pairs are: proposed, reviewed or approved."""
        return self.result.review.state
