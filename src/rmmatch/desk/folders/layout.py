"""Which file of the folder of a scheme is where, and who may read it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rmmatch.errors import FolderError, Problem
from rmmatch.files.access import access_fault
from rmmatch.files.atomic import write_text

__all__ = [
    "DESK",
    "EDITS",
    "EXPORTS",
    "FORM",
    "HISTORY",
    "INPUTS",
    "RECORD",
    "RELATIONS",
    "RUNS",
    "SCHEME",
    "SENT",
    "append_line",
    "folder_above",
    "folder_error",
    "is_scheme_folder",
    "make_private",
    "new_marker",
    "private_folder",
    "read_marker",
    "write_json",
]

SCHEME = "scheme.yaml"
FORM = "form.yaml"
RELATIONS = "relations.csv"
EDITS = "edits.jsonl"
INPUTS = "inputs"
EXPORTS = "inputs/exports.json"
RUNS = "runs"
SENT = "sent"
DESK = ".desk"
MARKER = ".desk/folder.json"
RECORD = "run.json"
HISTORY = "history.jsonl"


def folder_error(
    source: Path | str, reason: str, remedy: str, value: str = "", *, code: str
) -> FolderError:
    """Return an error with one problem.

    Parameters
    ----------
    source : path
    reason, remedy, value : str
    code : str
    """
    return FolderError([Problem(str(source), "", "", value, reason, remedy, code=code)])


def is_scheme_folder(path: Path) -> bool:
    """Whether a folder is that of a scheme.

    Parameters
    ----------
    path : Path
    """
    return (path / MARKER).is_file()


def folder_above(path: Path) -> Path | None:
    """Return the folder of the scheme that a file of a run is in; None where it is in none.

    Parameters
    ----------
    path : Path
    """
    parents = path.absolute().parents
    runs = next((place for place, parent in enumerate(parents) if parent.name == RUNS), None)
    if runs is None or runs + 1 >= len(parents):
        return None
    return parents[runs + 1] if is_scheme_folder(parents[runs + 1]) else None


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can read, where it is not there; return it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FolderError
        It cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason, remedy = access_fault(error, "written", "name a folder that you may write to")
        raise folder_error(path, reason, remedy, code="cannot_write") from None
    return path


def make_private(paths: Iterable[Path]) -> None:
    """Let only the owner read files and folders, as far as the disk knows owners.

    On Windows, and on most network shares, modes mean nothing: whoever may open the folder above
    may read them.

    Parameters
    ----------
    paths : iterable of Path
        Of a folder all that is in it, too.
    """
    for path in paths:
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                os.chmod(path, 0o700)
                make_private(path.iterdir())
            elif path.is_file() and not path.is_symlink():
                os.chmod(path, 0o600 if os.access(path, os.W_OK) else 0o400)


def new_marker(path: Path) -> dict[str, Any]:
    """Make the file that says that a folder is that of a scheme, with its id and its salt.

    Parameters
    ----------
    path : Path
        Of the folder.
    """
    marker = {
        "format": "rmmatch folder",
        "version": 1,
        "id": secrets.token_hex(8),
        "salt": secrets.token_hex(16),
        "ended": [],
    }
    private_folder(path / DESK)
    write_json(path / MARKER, marker)
    return marker


def read_marker(path: Path) -> dict[str, Any]:
    """Return what the file says that makes a folder that of a scheme.

    Parameters
    ----------
    path : Path
        Of the folder.

    Raises
    ------
    FolderError
        There is none, it is damaged, or a newer version made it.
    """
    try:
        marker = json.loads((path / MARKER).read_text(encoding="utf-8"))
        version, _ = marker["version"], (marker["id"], marker["salt"], marker["ended"])
    except FileNotFoundError:
        reason = "is not the folder of a scheme" if path.exists() else "there is no such folder"
        remedy = f"to begin one: rmmatch init {path}"
        raise folder_error(path, reason, remedy, code="not_a_scheme_folder") from None
    except OSError as error:
        reason, remedy = access_fault(error, "read", "ask for access to the folder")
        raise folder_error(path, reason, remedy, code="unreadable_file") from None
    except (ValueError, KeyError, TypeError):
        remedy = "copy the folder again from your backup"
        reason = "is damaged"
        raise folder_error(path / MARKER, reason, remedy, code="damaged_folder") from None
    if version != 1:
        reason, remedy = "was made by a newer version of rmmatch", "update rmmatch"
        raise folder_error(path, reason, remedy, code="other_version")
    return dict(marker)


def write_json(path: Path, data: Any) -> None:
    """Write plain data to a file of its owner, whole or not at all.

    Parameters
    ----------
    path : Path
    data : JSON data
    """
    write_text(path, json.dumps(data, ensure_ascii=False, indent=1))
    make_private([path])


def append_line(path: Path, data: Any) -> int:
    """Add a line to a file, and return when it is on the disk: how long the file is then.

    Parameters
    ----------
    path : Path
        A file of JSON lines; made, for its owner alone, where it is not there.
    data : JSON data

    Raises
    ------
    FolderError
        The line cannot be written; the file is then as it was before.
    """
    line = (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    is_new = not path.exists()
    try:
        file = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            size = os.fstat(file).st_size
            try:
                written = 0
                while written < len(line):
                    written += os.write(file, line[written:])
                os.fsync(file)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(file, size)
                raise
        finally:
            os.close(file)
        if is_new:
            _sync_folder(path.parent)
    except OSError as error:
        reason, remedy = access_fault(error, "written", "make sure that the disk has space")
        raise folder_error(path, reason, remedy, code="cannot_write") from None
    return size + len(line)


def _sync_folder(path: Path) -> None:
    """Have the name of a new file on the disk too, where the system can."""
    with suppress(OSError):
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
