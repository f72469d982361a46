"""The history of a run: a line an act, on the disk before the act is answered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from rmmatch.desk.folders.layout import HISTORY, append_line, folder_error
from rmmatch.desk.folders.patches import difference, patched
from rmmatch.errors import FolderError
from rmmatch.files.access import access_fault
from rmmatch.matching.records.record import digest_of

__all__ = ["History"]


class History:
    """What was done in a run, and the run after each act.

    Each line holds the act, and what it changed in the record of the run; so the record can be
    made from the lines alone, without pairing again.

    Parameters
    ----------
    folder : Path
        Of the run.
    writable : bool
        Whether a last line that was cut short is taken off the file.

    Attributes
    ----------
    entries : list of dict
        The lines.
    run : dict
        What the record of the run holds after the last of them.
    notes : list of str

    Raises
    ------
    FolderError
        The file cannot be read, or was changed.
    """

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self.path = folder / HISTORY
        self.entries: list[dict[str, Any]] = []
        self.run: dict[str, Any] = {}
        self.notes: list[str] = []
        self._size = 0
        self._read(writable)

    def _read(self, writable: bool) -> None:
        try:
            content = self.path.read_bytes()
        except OSError as error:
            reason, remedy = access_fault(error, "read", "copy the folder from your backup")
            raise folder_error(self.path, reason, remedy, code="unreadable_file") from None
        lines = content.split(b"\n")
        n_whole = len(lines) - 1  # what comes after the last end of a line was cut short
        for place, line in enumerate(lines[:n_whole]):
            try:
                entry = json.loads(line)
            except ValueError:
                if place < n_whole - 1:
                    raise self._damaged(place + 1) from None
                n_whole -= 1  # blocks of the last line that never reached the disk
                break
            try:
                is_next = entry["number"] == place + 1 and isinstance(entry["digest"], str)
                run = patched(self.run, entry["change"])
            except (KeyError, TypeError, AttributeError):
                is_next = False
            if not is_next:
                raise self._damaged(place + 1)
            self.entries.append(entry)
            self.run = run
        self._size = sum(len(line) + 1 for line in lines[:n_whole])
        if not self.entries or self.entries[-1]["digest"] != digest_of(self.run):
            raise self._damaged(max(1, len(self.entries)))
        if self._size < len(content):
            self.notes.append(
                "The last line of the history was cut short, because the program or the computer "
                "stopped while it was written. It was dropped: that act had not been confirmed."
            )
            if writable:
                with suppress(OSError):
                    os.truncate(self.path, self._size)

    def _damaged(self, line: int) -> FolderError:
        remedy = "copy the folder of this run from your backup"
        reason = "was changed or is damaged"
        return folder_error(self.path, f"line {line} {reason}", remedy, code="damaged_history")

    @property
    def is_current(self) -> bool:
        """Whether nobody has written to the file since it was read."""
        try:
            return self.path.stat().st_size == self._size
        except OSError:
            return False

    @property
    def digests(self) -> list[str]:
        """The digest of the run after each act."""
        return [entry["digest"] for entry in self.entries]

    def append(self, act: dict[str, Any], run: dict[str, Any]) -> None:
        """Add an act; when this returns it is on the disk.

        Parameters
        ----------
        act : dict
            What was done.
        run : dict
            What the record of the run holds now.

        Raises
        ------
        FolderError
            It cannot be written.
        """
        entry = self.line(act, run, len(self.entries) + 1, self.run)
        self._size = append_line(self.path, entry)
        self.entries.append(entry)
        self.run = run

    @staticmethod
    def line(
        act: dict[str, Any], run: dict[str, Any], number: int = 1, before: Any = None
    ) -> dict[str, Any]:
        """Return the line of an act.

        Parameters
        ----------
        act, run : dict
            As for `append`.
        number : int
            Of the line, from 1.
        before : dict, optional
            The run before it.
        """
        change = difference(before or {}, run)
        return {"number": number, **act, "change": change, "digest": digest_of(run)}

    def states(self) -> Iterator[dict[str, Any]]:
        """Yield the run as it was after each act."""
        run: dict[str, Any] = {}
        for entry in self.entries:
            run = patched(run, entry["change"])
            yield run

    def run_before(self, number: int) -> dict[str, Any]:
        """Return the run as it was before an act.

        Parameters
        ----------
        number : int
            From 2: before the first there is nothing.
        """
        return next(run for place, run in enumerate(self.states(), start=2) if place == number)

    @property
    def undone(self) -> frozenset[int]:
        """The numbers of the acts that were taken back."""
        return frozenset(entry["undoes"] for entry in self.entries if entry.get("undoes"))
