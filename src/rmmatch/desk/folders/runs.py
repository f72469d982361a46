"""One run of a scheme: its pairs as they are now, and every act that led to them."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from rmmatch.cohort import Cohort
from rmmatch.desk.folders.history import History
from rmmatch.desk.folders.layout import (
    HISTORY,
    INPUTS,
    RECORD,
    append_line,
    folder_error,
    make_private,
    private_folder,
)
from rmmatch.desk.folders.tables import read_tables
from rmmatch.errors import RecordError
from rmmatch.files.access import access_fault
from rmmatch.matching import Result, load_result
from rmmatch.matching.matching import IdPair
from rmmatch.matching.records.record import FORMAT, VERSION, digest_of, read_run, write_run
from rmmatch.matching.review import to_timestamp
from rmmatch.scheme import Scheme

__all__ = ["Act", "ActKind", "Run", "RunStore", "key_of_record", "new_run", "run_folders"]

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
_NEW = ".new-"  # of a run that is being written


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
    notes : tuple of str
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
    notes: tuple[str, ...] = ()


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

    @property
    def needs_pairing(self) -> bool:
        """Whether a decision is recorded that the pairs do not follow yet."""
        said = self.result.review
        return bool(said.rejected or set(said.locked) - set(self.result.made))

    @property
    def can_undo(self) -> bool:
        """Whether there is an act to take back."""
        return self.state != "approved" and _last_act(self.acts) is not None

    def __repr__(self) -> str:
        return f"Run {self.name}, {self.state}: {self.result.headline}"


def _last_act(acts: tuple[Act, ...]) -> Act | None:
    """Return the last act that can be taken back: not the pairing itself, and not undone."""
    return next(
        (act for act in reversed(acts[1:]) if not act.is_undone and act.act != "undone"), None
    )


class RunStore:
    """A run on the disk.

    Parameters
    ----------
    path : Path
        Its folder.
    writable : bool
        Whether the record may be written anew from the history.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self.name = path.name
        self.writable = writable
        self.history = History(path, writable=writable)
        self.notes = list(self.history.notes)
        self._result: Result | None = None
        if writable:
            self._catch_up()

    def _catch_up(self) -> None:
        """Write the record anew where an act is beyond it; keep one that somebody else changed."""
        record = self.path / RECORD
        digests = self.history.digests
        try:
            digest = digest_of(read_run(record)) if record.exists() else ""
        except RecordError:
            digest = "damaged"
        if digest == digests[-1]:
            return
        if digest and digest not in digests:
            aside = next(
                path
                for number in range(1, 10_000)
                if not (path := self.path / f"run-set-aside-{number}.json").exists()
            )
            os.replace(record, aside)
            self.notes.append(
                f"{RECORD} was changed by something that is not in the history. It was set aside "
                f"as {aside.name}, and written anew from the history."
            )
        elif digest:
            self.notes.append(
                "The program stopped between an act and its record. Nothing was lost: the record "
                "was written anew from the history."
            )
        self._write_record()

    def _write_record(self) -> None:
        write_run(self.path / RECORD, self.history.run)
        make_private([self.path / RECORD])

    @cached_property
    def cohort(self) -> Cohort:
        """The people of the run, as they were when it was paired."""
        scheme = Scheme.from_dict(self.history.run["scheme"], source=RECORD)
        return read_tables(self.path / INPUTS, scheme)

    @property
    def result(self) -> Result:
        """The run as it is now."""
        if self._result is None:
            self._result = self.result_of(self.history.run)
        return self._result

    def result_of(self, run: Mapping[str, Any]) -> Result:
        """Return the result that a record of this run holds, with names.

        Parameters
        ----------
        run : dict
        """
        record = {"format": FORMAT, "version": VERSION, "sha256": digest_of(run), "run": run}
        return load_result(io.StringIO(json.dumps(record)), self.cohort)

    @property
    def acts(self) -> tuple[Act, ...]:
        """Everything that was done, oldest first."""
        return tuple(self._acts())

    def _acts(self) -> Iterator[Act]:
        undone = self.history.undone
        for entry in self.history.entries:
            yield Act(
                entry["number"],
                entry["act"],
                entry["at"],
                entry.get("by", ""),
                tuple((str(mentee), str(mentor)) for mentee, mentor in entry.get("pairs", ())),
                entry.get("reason", ""),
                entry.get("price", {}),
                entry.get("undoes"),
                entry["number"] in undone,
                tuple(entry.get("notes", ())),
            )

    def view(self) -> Run:
        """Return the run as it is now."""
        return Run(self.name, self.path, self.result, self.acts, tuple(self.notes))

    def record(self, result: Result, act: ActKind, **details: Any) -> None:
        """Keep an act: in the history first, then in the record.

        Parameters
        ----------
        result : Result
            The run after it.
        act : str
        **details
            ``by``, ``pairs``, ``reason``, ``price``, ``notes``.
        """
        self._record(saved_run(result), act, details)
        self._result = result

    def _record(self, run: dict[str, Any], act: ActKind, details: Mapping[str, Any]) -> None:
        given_details = {key: entry for key, entry in details.items() if entry}
        self.history.append({"act": act, "at": to_timestamp(), **given_details}, run)
        self._result = None
        self._write_record()

    def undo(self, by: str) -> None:
        """Take back the last act that was not taken back; the history keeps both.

        Parameters
        ----------
        by : str

        Raises
        ------
        FolderError
            There is none, or the run is approved.
        """
        if self.result.review.state == "approved":
            reason, remedy = "is approved", "approved pairs stay as they are"
            raise folder_error(self.name, reason, remedy, code="already_approved")
        last_act = _last_act(self.acts)
        if last_act is None:
            reason, remedy = "nothing was done since it was paired", "there is nothing to take back"
            raise folder_error(self.name, reason, remedy, code="nothing_to_undo")
        details = {"by": by, "undoes": last_act.number, "pairs": list(map(list, last_act.pairs))}
        self._record(self.history.run_before(last_act.number), "undone", details)


def saved_run(result: Result) -> dict[str, Any]:
    """Return what the record of a result holds.

    Parameters
    ----------
    result : Result
    """
    file = io.StringIO()
    result.save(file)
    run: dict[str, Any] = json.loads(file.getvalue())["run"]
    return run


def key_of_record(run: Mapping[str, Any]) -> str:
    """Return the key that files of decisions bear, from what a record holds.

    It follows from the people, the pairs, and how often they were paired again.

    Parameters
    ----------
    run : dict
    """
    n_rounds = sum(step["state"] == "proposed" for step in run.get("review", ()))
    return f"run-{digest_of([run['inputs'], run['pairs'], n_rounds])[:16]}"


def run_folders(runs: Path) -> list[Path]:
    """Return the folders of runs, oldest first.

    Parameters
    ----------
    runs : Path
        The folder that holds them.
    """
    if not runs.is_dir():
        return []
    folders = [path for path in runs.iterdir() if (path / HISTORY).is_file()]
    folders = [path for path in folders if not path.name.startswith(_NEW)]
    return sorted(folders, key=lambda path: _name_order(path.name))


def _name_order(name: str) -> tuple[str, int, str]:
    day, _, number = name.rpartition("-")
    return (day, int(number), name) if number.isdecimal() else (name, 0, name)


def new_run(
    runs: Path, inputs: Path, result: Result, act: ActKind, details: Mapping[str, Any]
) -> RunStore:
    """Make the folder of a new run; it is there whole, or not at all.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    inputs : Path
        The tables that it was paired from; they are moved into it.
    result : Result
    act : str
    details : mapping
        As for `RunStore.record`.

    Raises
    ------
    FolderError
        It cannot be written.
    """
    run = saved_run(result)
    given_details = {key: entry for key, entry in details.items() if entry}
    staging = Path(tempfile.mkdtemp(prefix=_NEW, dir=private_folder(runs)))
    try:
        os.rename(inputs, staging / INPUTS)
        write_run(staging / RECORD, run)
        line = History.line({"act": act, "at": to_timestamp(), **given_details}, run)
        append_line(staging / HISTORY, line)
        make_private([staging])
        path = _name_run(staging, runs)
    except OSError as error:
        reason, remedy = access_fault(error, "written", "make sure that the disk has space")
        raise folder_error(runs, reason, remedy, code="cannot_write") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return RunStore(path, writable=True)


def _name_run(staging: Path, runs: Path) -> Path:
    """Give a run the next name of today."""
    day = date.today().isoformat()
    numbers = [
        int(path.name[len(day) + 1 :]) for path in runs.glob(f"{day}-*") if _is_of(path, day)
    ]
    path = runs / f"{day}-{max(numbers, default=0) + 1}"
    os.rename(staging, path)
    return path


def _is_of(path: Path, day: str) -> bool:
    return path.name.removeprefix(f"{day}-").isdecimal()
