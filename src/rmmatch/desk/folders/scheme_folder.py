"""The folder of a scheme as one object: what it holds, and everything that can be done in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rmmatch.cohort import Cohort, Role
from rmmatch.cohort.forms import Form
from rmmatch.desk.folders.previews import Changes, TogetherPreview, TurnDownPreview
from rmmatch.desk.folders.questions import FolderQuestion
from rmmatch.desk.folders.runs import Run
from rmmatch.matching.matching import IdPair
from rmmatch.scheme import Scheme

__all__ = ["SchemeFolder", "open_folder"]


def open_folder(
    path: str | Path,
    *,
    create: bool = False,
    by: str = "",
    read_only: bool = False,
    take_over: bool = False,
) -> SchemeFolder:
    """Open the folder of a scheme (public as ``rmmatch.open_folder``)."""
    raise NotImplementedError


class SchemeFolder:
    """The folder of a scheme; a context manager that closes it.

    Attributes
    ----------
    path : Path
    by : str
        Who acts; can be set.
    is_read_only : bool
    notes : tuple of str
    """

    path: Path
    by: str
    is_read_only: bool
    notes: tuple[str, ...]

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # what the folder holds: scheme, form, cohort, runs, current, sent, questions, status
    scheme: Scheme
    form: Form | None
    cohort: Cohort
    runs: tuple[Run, ...]
    current: Run | None
    questions: tuple[FolderQuestion, ...]
    sent: Path

    # each of these returns the current run as it is afterwards
    def pair(self) -> Run: ...  # type: ignore[empty-body]
    def pair_again(self, changes: Changes = "fewest") -> Run: ...  # type: ignore[empty-body]
    def keep(self, pair: IdPair) -> Run: ...  # type: ignore[empty-body]
    def release(self, pair: IdPair) -> Run: ...  # type: ignore[empty-body]
    def turn_down(  # type: ignore[empty-body]
        self, pair: IdPair, reason: str, changes: Changes = "fewest"
    ) -> Run: ...
    def put_together(  # type: ignore[empty-body]
        self, pair: IdPair, changes: Changes = "fewest"
    ) -> Run: ...
    def undo(self) -> Run: ...  # type: ignore[empty-body]
    def approve(self, by: str, comment: str = "") -> Run: ...  # type: ignore[empty-body]

    # nothing is changed by these
    def preview_turn_down(self, pair: IdPair) -> TurnDownPreview: ...  # type: ignore[empty-body]
    def preview_put_together(  # type: ignore[empty-body]
        self, mentee: str, mentor: str
    ) -> TogetherPreview: ...

    # exports, answers, edits
    def add_export(self, *paths: Path) -> tuple[FolderQuestion, ...]: ...  # type: ignore[empty-body]
    def answer(self, question: FolderQuestion | str, answer: int = 1) -> None: ...
    def edit_answer(
        self, person: str, field: str, value: str, role: Role | None = None
    ) -> None: ...

    # decisions.csv, next year, the end
    def apply_decisions(self, path: Path) -> object: ...
    def next_run(
        self, continued: Sequence[IdPair] = (), cool_down: int | None = None
    ) -> object: ...
    def delete_personal_data(self) -> object: ...
