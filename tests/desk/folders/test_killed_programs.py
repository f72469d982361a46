"""A program that is killed between any two instructions loses no act that it confirmed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.errors import FolderError

PROGRAM = Path(__file__).parents[2] / "helpers" / "acting_program.py"
N_KILLS = 50


def kill_after(program: subprocess.Popen[str], n_acts: int, delay: float) -> list[str]:
    """Have a copy of the program act, and kill it after so many acts and a moment.

    Returns the acts that it confirmed.
    """
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("go\n")
    program.stdin.flush()
    pid, lines = 0, []
    while not pid or len(lines) <= n_acts:
        line = program.stdout.readline()
        assert line not in ("", "ended\n"), f"the program ended by itself after {lines}"
        if line.startswith("pid"):
            pid = int(line.split()[1])
        else:
            lines.append(line)
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    while (line := program.stdout.readline()) != "ended\n":
        assert line, f"the program is gone after {lines}"
        lines.append(line)
    assert lines[0].startswith("ready")
    return lines[1:]


def test_no_confirmed_act_is_lost_and_none_is_there_twice(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("killed")
    rm.open_folder(path).pair()
    draws = random.Random(16)
    confirmed: list[str] = []
    command = [sys.executable, str(PROGRAM), str(path)]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for _ in range(N_KILLS):
        before = len(confirmed)
        confirmed += kill_after(program, draws.randrange(3), draws.random() * 0.03)
        with rm.open_folder(path) as folder:  # takes over from the program that is gone
            run = folder.current
            assert run is not None
            acts = run.acts[1:]
            assert [act.number for act in run.acts] == list(range(1, len(run.acts) + 1))
            names = [
                " ".join([str(act.number), act.act, *(pair[0] for pair in act.pairs)]) + "\n"
                for act in acts
            ]
            assert names[: len(confirmed)] == confirmed
            # at most the act that was on its way is there beyond those that were confirmed
            assert len(names) - len(confirmed) <= 1
            confirmed = names
            saved = rm.load_result(run.path / "run.json")
            assert saved.review == run.result.review
        assert len(confirmed) >= before
    program.kill()
    program.communicate()


def test_a_last_line_that_was_cut_short_is_dropped_with_a_note(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("torn")
    with rm.open_folder(path) as folder:
        run = folder.pair()
        pair = run.result.made.pairs[0]
        folder.keep(pair)
    history = run.path / "history.jsonl"
    content = history.read_bytes()
    start = content.index(b"\n") + 1
    for end in range(start + 1, len(content) - 1, 37):
        history.write_bytes(content[:end])
        with rm.open_folder(path, read_only=True) as folder:
            assert [act.act for act in folder.current.acts] == ["paired"]  # type: ignore[union-attr]
        assert history.read_bytes() == content[:end]
        with rm.open_folder(path) as folder:
            current = folder.current
            assert current is not None
            assert [act.act for act in current.acts] == ["paired"]
            assert any("cut short" in note for note in current.notes)
            assert current.result.review.locked == ()
            folder.keep(pair)
        with rm.open_folder(path) as folder:
            assert [act.act for act in folder.current.acts] == ["paired", "kept"]  # type: ignore[union-attr]


def test_an_act_that_is_beyond_the_record_is_in_force(new_folder: Callable[[str], Path]) -> None:
    path = new_folder("beyond")
    with rm.open_folder(path) as folder:
        run = folder.pair()
        record = (run.path / "run.json").read_bytes()
        pair = run.result.made.pairs[0]
        folder.turn_down(pair, "same team", "best")
        made = folder.current.result.made  # type: ignore[union-attr]
    (run.path / "run.json").write_bytes(record)
    with rm.open_folder(path) as folder:
        assert folder.current.result.made == made  # type: ignore[union-attr]
        assert any("Nothing was lost" in note for note in folder.current.notes)  # type: ignore[union-attr]
    assert rm.load_result(run.path / "run.json").made == made


def test_a_history_that_was_changed_is_refused(new_folder: Callable[[str], Path]) -> None:
    path = new_folder("changed")
    with rm.open_folder(path) as folder:
        run = folder.pair()
        folder.keep(run.result.made.pairs[0])
        folder.keep(run.result.made.pairs[1])
    history = run.path / "history.jsonl"
    lines = history.read_text().splitlines()
    for changed in (
        [lines[0], "{", lines[2]],
        [lines[0], lines[2]],
        [*lines[:2], json.dumps({**json.loads(lines[2]), "digest": "0" * 64})],
        [],
    ):
        history.write_text("".join(f"{line}\n" for line in changed))
        with rm.open_folder(path) as folder, pytest.raises(FolderError) as caught:
            _ = folder.current
        assert caught.value.items[0].code == "damaged_history"


def test_a_record_that_something_else_changed_is_set_aside(
    new_folder: Callable[[str], Path],
) -> None:
    path = new_folder("aside")
    with rm.open_folder(path) as folder:
        run = folder.pair()
    other = rm.review(run.result, by="somebody", comment="by an older program")
    other.save(run.path / "run.json")
    with rm.open_folder(path) as folder:
        current = folder.current
        assert current is not None
        assert current.state == "proposed"
        assert any("set aside" in note for note in current.notes)
    assert rm.load_result(run.path / "run-set-aside-1.json").review == other.review
