"""Who has a folder open: one program writes, everybody else reads.

A file made exclusively, which works on network shares too, where other locks do not. Whether its
holder is still there, its age says: it is touched every half minute, and its age is that beside a
file made on the same disk, so that the clocks of two computers do not count.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rmmatch.desk.folders.layout import DESK, folder_error, private_folder
from rmmatch.errors import FolderError
from rmmatch.files.access import access_fault

__all__ = ["FolderLock", "LockHolder", "lock_holder"]

LOCK = "lock"
_TAKE_OVER = "lock.take-over"
_HEARTBEAT_SECONDS = 30.0  # speed only
STALE_SECONDS = 180.0  # six heartbeats missed: a computer asleep or gone
_MAX_TAKE_OVER_SECONDS = 30.0  # a take-over that stopped half-way


@dataclass(frozen=True)
class LockHolder:
    """Who has a folder open.

    Attributes
    ----------
    user, host : str
    pid : int
    since : str
        ISO 8601, UTC.
    token : str
        Names this opening.
    is_stale : bool
        Whether the program seems to be gone: a person may take over.
    is_ended : bool
        Whether it certainly is: it ran on this computer, and does no more.
    """

    user: str
    host: str
    pid: int
    since: str
    token: str
    is_stale: bool = False
    is_ended: bool = False

    @property
    def text(self) -> str:
        """Who and since when, in words."""
        when = self.since.replace("T", " ")[:16]
        return f"{self.user or 'somebody'} on the computer {self.host}, since {when} UTC"


def lock_holder(folder: Path) -> LockHolder | None:
    """Return who has a folder open; None where nobody has.

    Parameters
    ----------
    folder : Path
    """
    path = folder / DESK / LOCK
    try:
        text = path.read_text(encoding="utf-8")
        age = _disk_time(path.parent) - path.stat().st_mtime
    except FileNotFoundError:
        return None
    except OSError as error:
        reason, remedy = access_fault(error, "read", "ask for access to the folder")
        raise folder_error(path, reason, remedy, code="unreadable_file") from None
    is_stale = age > STALE_SECONDS
    try:
        data = json.loads(text)
        user, host, since, token = (str(data[key]) for key in ("user", "host", "since", "token"))
        pid = int(data["pid"])
    except (ValueError, KeyError, TypeError):
        # its maker stopped before it was written
        return LockHolder("", "?", 0, "", "", is_stale)
    is_ended = host == socket.gethostname() and not _is_running(pid)
    return LockHolder(user, host, pid, since, token, is_stale or is_ended, is_ended)


def _is_running(pid: int) -> bool:
    """Whether a process of this computer runs; True where nobody can tell."""
    if os.name == "nt":  # there a signal of 0 is no question
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _disk_time(folder: Path) -> float:
    """Return what time it is by the clock of the disk."""
    probe = folder / f"clock-{secrets.token_hex(4)}"
    try:
        probe.touch(mode=0o600)
        return probe.stat().st_mtime
    except OSError:  # a folder that may only be read
        return datetime.now(UTC).timestamp()
    finally:
        with suppress(OSError):
            probe.unlink()


_own_locks: weakref.WeakValueDictionary[str, FolderLock] = weakref.WeakValueDictionary()
_own_locks_guard = threading.Lock()


class FolderLock:
    """The lock of a folder that this program has open.

    All openings of a folder by one program share it. It is given back when nobody refers to it any
    more, or when Python ends.

    Parameters
    ----------
    folder : Path

    Attributes
    ----------
    acting : RLock
        Held during an act: one at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / DESK / LOCK
        self.token = secrets.token_hex(8)
        self.acting = threading.RLock()
        self._stop = threading.Event()

    @classmethod
    def acquire(cls, folder: Path, *, take_over: bool = False) -> FolderLock | LockHolder:
        """Return the lock, or who has it.

        Parameters
        ----------
        folder : Path
        take_over : bool
            Take it from a program that seems to be gone.

        Raises
        ------
        FolderError
            The folder cannot be written.
        """
        folder = folder.resolve()
        with _own_locks_guard:
            own_lock = _own_locks.get(str(folder))
            if own_lock is not None and own_lock.is_held:
                return own_lock
            lock = cls(folder)
            if not lock._make():
                holder = lock_holder(folder)
                if holder is not None and (holder.is_ended or (take_over and holder.is_stale)):
                    lock._take_from(holder)
                elif holder is not None:
                    return holder
                elif not lock._make():  # given back meanwhile, and taken by somebody else
                    return lock_holder(folder) or LockHolder("", "?", 0, "", "")
            if not lock.is_held:
                return lock_holder(folder) or LockHolder("", "?", 0, "", "")
            lock._begin()
            _own_locks[str(folder)] = lock
            return lock

    @property
    def is_held(self) -> bool:
        """Whether the lock is still ours: nobody has taken it over."""
        try:
            return bool(json.loads(self.path.read_text(encoding="utf-8"))["token"] == self.token)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _text(self) -> str:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        data = {"pid": os.getpid(), "host": socket.gethostname(), "user": _user(), "since": since}
        data |= {"token": self.token, "heartbeat": _HEARTBEAT_SECONDS}
        return json.dumps(data)

    def _make(self) -> bool:
        """Make the file; False where it is there."""
        private_folder(self.path.parent)
        new = self.path.with_name(f"lock-{self.token}")
        try:
            # Linked when it is whole: a program that is killed meanwhile leaves no empty lock.
            self._write_new(new)
            with suppress(FileExistsError):
                os.link(new, self.path)
                return True
            return False
        except OSError:  # no links on this disk
            return self._make_in_place()
        finally:
            with suppress(OSError):
                new.unlink()

    def _make_in_place(self) -> bool:
        try:
            self._write_new(self.path)
        except FileExistsError:
            return False
        except OSError as error:
            raise _unwritable(self.path, error) from None
        return True

    def _write_new(self, path: Path) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as lock_file:
            lock_file.write(self._text())

    def _take_from(self, holder: LockHolder) -> None:
        """Put our lock in the place of one that nobody holds; one taker at a time."""
        gate = self.path.with_name(_TAKE_OVER)
        with suppress(OSError):
            if _disk_time(gate.parent) - gate.stat().st_mtime > _MAX_TAKE_OVER_SECONDS:
                gate.unlink()
        try:
            os.close(os.open(gate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            raise _unwritable(gate, error) from None
        try:
            current = lock_holder(self.folder)
            if current is not None and current.token == holder.token and current.is_stale:
                new = self.path.with_name(f"lock-{self.token}")
                new.write_text(self._text(), encoding="utf-8")
                os.chmod(new, 0o600)
                os.replace(new, self.path)
            elif current is None:
                self._make()
        finally:
            with suppress(OSError):
                gate.unlink()

    def _begin(self) -> None:
        """Touch the file from now on, and give it back when nobody needs it or Python ends."""
        threading.Thread(
            target=_beat, args=(self.path, self.token, self._stop), daemon=True, name="rmmatch-lock"
        ).start()
        weakref.finalize(self, _give_back, self.path, self.token, self._stop, os.getpid())


def _beat(path: Path, token: str, stop: threading.Event) -> None:
    while not stop.wait(_HEARTBEAT_SECONDS):
        with suppress(OSError):
            if token not in path.read_text(encoding="utf-8"):
                return
            os.utime(path)


def _give_back(path: Path, token: str, stop: threading.Event, pid: int) -> None:
    stop.set()
    with suppress(OSError):
        # a forked copy of the program does not hold the folder
        if os.getpid() == pid and token in path.read_text(encoding="utf-8"):
            path.unlink()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _unwritable(path: Path, error: OSError) -> FolderError:
    reason, remedy = access_fault(error, "written", "open the folder where you may write to it")
    return folder_error(path, reason, remedy, code="cannot_write")
