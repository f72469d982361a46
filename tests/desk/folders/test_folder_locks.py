"""One program writes in a folder; everybody else reads, and knows who it is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.desk.folders.locks import STALE_SECONDS, FolderLock, lock_holder
from rmmatch.errors import FolderError

HOLD = """
import sys
import rmmatch as rm
folder = rm.open_folder(sys.argv[1], by="Other")
print("read-only" if folder.is_read_only else "open", flush=True)
sys.stdin.readline()
folder.close()
"""


@contextmanager
def open_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        try:
            yield program
        finally:
            program.kill()


def make_old(lock: Path) -> None:
    old = lock.stat().st_mtime - STALE_SECONDS - 60
    os.utime(lock, (old, old))


def as_of_another_computer(lock: Path) -> None:
    data = json.loads(lock.read_text())
    lock.write_text(json.dumps({**data, "host": "another-computer", "token": "another"}))


def test_a_folder_that_is_open_elsewhere_can_be_read(new_folder: Callable[[str], Path]) -> None:
    path = new_folder("two")
    rm.open_folder(path).pair()
    with open_elsewhere(path) as program, rm.open_folder(path, by="Ann Lee") as folder:
        assert folder.is_read_only
        assert folder.holder is not None
        assert (folder.holder.pid, folder.holder.host) == (program.pid, socket.gethostname())
        assert not folder.holder.is_stale
        run = folder.current
        assert run is not None
        for act in (folder.pair, lambda: folder.keep(run.result.made.pairs[0]), folder.undo):
            with pytest.raises(FolderError, match="open elsewhere") as caught:
                act()
            assert folder.holder.since[:10] in str(caught.value)
        with rm.open_folder(path, take_over=True) as taken:  # it is not stale
            assert taken.is_read_only
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
        program.wait()
        assert lock_holder(path) is None
    with rm.open_folder(path) as folder:
        assert not folder.is_read_only


def test_a_program_that_was_killed_holds_nothing(new_folder: Callable[[str], Path]) -> None:
    path = new_folder("killed")
    with open_elsewhere(path) as program:
        program.kill()
        program.wait()
        with rm.open_folder(path) as folder:
            assert not folder.is_read_only
            folder.pair()


def test_a_stale_lock_of_another_computer_is_taken_over_when_asked(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("stale")
    lock = path / ".desk" / "lock"
    first = rm.open_folder(path)
    as_of_another_computer(lock)
    with rm.open_folder(path, take_over=True) as folder:
        assert folder.is_read_only  # the other computer was there a moment ago
    make_old(lock)
    with rm.open_folder(path) as folder:
        assert folder.holder is not None
        assert folder.holder.is_stale
        with pytest.raises(FolderError, match="take over"):
            folder.pair()
    with rm.open_folder(path, take_over=True) as folder:
        assert not folder.is_read_only
        folder.pair()
        with pytest.raises(FolderError, match="taken over by somebody else"):
            first.pair()
        assert first.is_read_only


def test_of_many_that_take_over_at_once_one_has_the_folder(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("many")
    lock = path / ".desk" / "lock"
    held = rm.open_folder(path)
    as_of_another_computer(lock)
    make_old(lock)
    locks: list[FolderLock] = []
    barrier = threading.Barrier(8)

    def take() -> None:
        mine_or_theirs = FolderLock(path)
        barrier.wait()
        holder = lock_holder(path)
        if holder is not None and holder.is_stale:
            mine_or_theirs._take_from(holder)
        locks.append(mine_or_theirs)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lock.is_held for lock in locks) == 1
    assert held.current is None
    assert [name.name for name in (path / ".desk").glob("lock*")] == ["lock"]


def test_two_openings_in_one_program_see_each_others_acts(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("one-program")
    with rm.open_folder(path) as first, rm.open_folder(path) as second:
        pair = first.pair().result.made.pairs[0]
        assert second.keep(pair).result.review.locked == (pair,)
        assert first.current.result.review.locked == (pair,)  # type: ignore[union-attr]
        first.undo()
        assert second.current.result.review.locked == ()  # type: ignore[union-attr]
    assert lock_holder(path) is None


def test_a_closed_folder_and_one_opened_to_read_refuse_to_act(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("closed")
    with rm.open_folder(path) as folder:
        folder.pair()
    with rm.open_folder(path, read_only=True) as reader:
        assert lock_holder(path) is None
        for closed in (folder, reader):
            with pytest.raises(FolderError, match="opened only to read"):
                closed.pair()


def test_a_lock_that_was_never_written_counts_for_as_long_as_others(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("empty")
    lock = path / ".desk" / "lock"
    lock.touch()
    with rm.open_folder(path) as folder:
        assert folder.is_read_only
    make_old(lock)
    with rm.open_folder(path, take_over=True) as folder:
        assert not folder.is_read_only


def test_the_scheme_is_written_whole_and_by_whoever_has_the_folder(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("scheme")
    file = path / "scheme.yaml"
    with rm.open_folder(path) as folder:
        before = file.read_text(encoding="utf-8")
        with pytest.raises(rm.SchemeError):
            folder.write_scheme("criteria: [{type: gaols}]")
        assert file.read_text(encoding="utf-8") == before
        folder.write_scheme(f"# ours\n{before}")
        assert file.read_text(encoding="utf-8").startswith("# ours\n")
    with open_elsewhere(path), rm.open_folder(path) as reader:
        with pytest.raises(FolderError, match="is open elsewhere"):
            reader.write_scheme(before)
        assert file.read_text(encoding="utf-8").startswith("# ours\n")
