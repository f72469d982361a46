"""What the folder of a scheme holds, who has it open, and whether it may be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rmmatch.cohort import Cohort
from rmmatch.cohort.forms import Form
from rmmatch.desk.folders.acts import RunActs
from rmmatch.desk.folders.exports import ExportFile, FolderExports
from rmmatch.desk.folders.layout import (
    RUNS,
    SCHEME,
    SENT,
    folder_error,
    make_private,
    read_marker,
)
from rmmatch.desk.folders.locks import FolderLock, LockHolder
from rmmatch.desk.folders.questions import FolderQuestion
from rmmatch.desk.folders.runs import Run, RunStore, run_folders
from rmmatch.desk.folders.tables import EditedAnswer, edited_tables, read_edited, read_edits
from rmmatch.files.atomic import write_record
from rmmatch.scheme import Scheme

__all__ = ["FolderContents"]


class FolderContents:
    """What the folder of a scheme holds, and whether it may be changed.

    Parameters
    ----------
    path : Path
    lock : FolderLock or LockHolder or None
        Ours; or who has the folder; or None where it is only to be read.
    by : str

    Attributes
    ----------
    path : Path
    by : str
        Who acts; it may be set at any time.
    holder : LockHolder or None
        Who has the folder open; None where we have, or nobody asked for it.
    """

    def __init__(self, path: Path, lock: FolderLock | LockHolder | None, *, by: str = "") -> None:
        self.path = path
        self.by = by
        self.holder = lock if isinstance(lock, LockHolder) else None
        self._lock = lock if isinstance(lock, FolderLock) else None
        self._exports = FolderExports(path)
        self._stores: dict[str, RunStore] = {}

    # --- opening and closing ---------------------------------------------------------------

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed: somebody else has the folder open, or it was closed."""
        return self._lock is None

    def close(self) -> None:
        """Give the folder back; nothing needs to be saved."""
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _acting(self) -> Iterator[None]:
        """Let nobody else act meanwhile; refuse where the folder is not ours."""
        lock = self._lock
        if lock is None and self.holder is not None:
            reason = f"is open elsewhere: {self.holder.text}. It can be read, and not changed"
            remedy = "close it there and open it here again"
            if self.holder.is_stale:
                remedy += ". The program there seems to be gone: then take over"
            raise folder_error(self.path, reason, remedy, code="open_elsewhere")
        if lock is None:
            remedy = "open it again with open_folder"
            raise folder_error(self.path, "was opened only to read", remedy, code="read_only")
        with lock.acting:
            if not lock.is_held:
                self._lock = None
                reason = "was taken over by somebody else"
                remedy = "open it again; every act that was confirmed is in it"
                raise folder_error(self.path, reason, remedy, code="taken_over")
            yield

    # --- what the folder holds -------------------------------------------------------------

    @property
    def sent(self) -> Path:
        """Where letters, workbooks and drafts of the approved run belong."""
        return self.path / SENT

    @property
    def scheme(self) -> Scheme:
        """The scheme, as its file is now.

        Raises
        ------
        SchemeError
            The file has problems.
        FolderError
            There is none yet.
        """
        path = self.path / SCHEME
        if not path.exists():
            reason = "there is no scheme yet"
            remedy = "import an export: a first scheme is written then; or write one"
            raise folder_error(path, reason, remedy, code="no_scheme")
        return Scheme.from_file(path)

    def write_scheme(self, text: str) -> Scheme:
        """Write the scheme's file, which is as it was if the text has problems.

        Parameters
        ----------
        text : str
            YAML or JSON.

        Raises
        ------
        SchemeError
            The text has problems: all of them are listed.
        FolderError
            The folder is not ours to change.
        """
        scheme = Scheme.from_text(text, source=SCHEME)
        path = self.path / SCHEME
        with self._acting():
            write_record(path, text)
            make_private([path])
        return scheme

    @property
    def form(self) -> Form | None:
        """How the survey's exports are read; None before there is one."""
        return self._exports.form

    @property
    def cohort(self) -> Cohort:
        """The people as the tables have them now, with the answers that were edited here."""
        return read_edited(self.path, self.scheme, self.edits)

    @property
    def exports(self) -> tuple[ExportFile, ...]:
        """The files that were added, oldest first."""
        return self._exports.files

    @property
    def edits(self) -> tuple[EditedAnswer, ...]:
        """The answers that were edited here and hold, with what the export says now."""
        edits = read_edits(self.path)
        return edited_tables(self.path, edits)[1] if edits else ()

    @property
    def questions(self) -> tuple[FolderQuestion, ...]:
        """What is left to decide about the last export, the most important first."""
        return tuple(self._exports.questions)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, oldest first."""
        return tuple(self._store(path).view() for path in run_folders(self.path / RUNS))

    @property
    def current(self) -> Run | None:
        """The run that is being worked on; None before it is paired, and after `next_run`."""
        store = self._current_store()
        return None if store is None else store.view()

    def _current_store(self) -> RunStore | None:
        ended = read_marker(self.path)["ended"]
        folders = [path for path in run_folders(self.path / RUNS) if path.name not in ended]
        return self._store(folders[-1]) if folders else None

    def _store(self, path: Path) -> RunStore:
        """Return a run; it is read again where another opening of the folder has acted."""
        store = self._stores.get(path.name)
        if store is None or not store.history.is_current:
            notes = [] if store is None else store.notes
            store = RunStore(path, writable=not self.is_read_only)
            store.notes[:0] = notes
            self._stores[path.name] = store
        return store

    def _acts(self) -> RunActs:
        """Return what can be done in the current run."""
        store = self._current_store()
        if store is None:
            reason, remedy = "nobody is paired yet", "pair first: rmmatch match " + str(self.path)
            raise folder_error(self.path, reason, remedy, code="no_run")
        return RunActs(store, self.by)
