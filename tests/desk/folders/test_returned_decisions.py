"""Decisions that come back from a page of review: of any run of the folder, and of no other."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.desk.folders import Run, SchemeFolder
from rmmatch.desk.folders.runs import key_of_record, saved_run
from rmmatch.errors import FolderError


def write_decisions(
    path: Path, run: Run, lines: Iterable[tuple[tuple[str, str], str, str]]
) -> Path:
    """Write a file as the page of review does."""
    key = key_of_record(saved_run(run.result))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["run", "mentee", "mentor", "decision", "reason"])
        writer.writerows((key, *pair, decision, reason) for pair, decision, reason in lines)
    return path


def test_decisions_on_the_current_run_are_applied(folder: SchemeFolder, tmp_path: Path) -> None:
    run = folder.pair()
    stays, goes, opened, *_ = run.result.made.pairs
    folder.keep(opened)
    lines = [(stays, "kept", ""), (goes, "turned down", "same choir"), (opened, "open", "")]
    applied = folder.apply_decisions(write_decisions(tmp_path / "decisions.csv", run, lines))
    assert (applied.kept, applied.turned_down, applied.opened) == ((stays,), (goes,), (opened,))
    said = applied.run.result.review
    assert said.locked == (stays,)
    assert said.rejected == {goes: "same choir"}
    assert applied.run.needs_pairing
    assert applied.file is not None
    assert applied.file.read_bytes() == (tmp_path / "decisions.csv").read_bytes()
    again = folder.pair_again()
    assert stays in again.result.made
    assert goes not in again.result.made
    assert not again.needs_pairing
    folder.undo()
    assert folder.undo().result.review.locked == (opened,)


def test_decisions_on_an_earlier_run_are_applied_where_the_pair_still_stands(
    folder: SchemeFolder, tmp_path: Path
) -> None:
    first = folder.pair()
    pairs = first.result.made.pairs
    folder.turn_down(pairs[0], "same team")
    second = folder.pair()
    still = next(pair for pair in pairs[1:] if pair in second.result.made)
    lines = [(pairs[0], "kept", ""), (still, "kept", "")]
    applied = folder.apply_decisions(write_decisions(tmp_path / "decisions.csv", first, lines))
    assert applied.kept == (still,)
    assert len(applied.not_applied) == 1
    name = first.result.person_text("mentee", pairs[0][0])
    assert name in applied.not_applied[0]
    assert "made no more" in " ".join(applied.lines)


def test_decisions_of_another_folder_are_refused(
    folder: SchemeFolder, new_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder.pair()
    with rm.open_folder(new_folder("another")) as another:
        another.edit_answer("E02", "goals", "careers")
        run = another.pair()
        path = write_decisions(tmp_path / "d.csv", run, [(run.result.made.pairs[0], "kept", "")])
        assert another.apply_decisions(path).kept
    with pytest.raises(FolderError) as caught:
        folder.apply_decisions(path)
    assert [problem.code for problem in caught.value.items] == ["other_folder"]
    assert folder.current.state == "proposed"  # type: ignore[union-attr]


def test_what_two_people_decided_differently_is_listed_and_left(
    folder: SchemeFolder, tmp_path: Path
) -> None:
    run = folder.pair()
    first, second, *_ = run.result.made.pairs
    folder.keep(first)
    folder.review(reject={second: "they share an office"})
    lines = [(first, "turned down", "same choir"), (second, "kept", "")]
    applied = folder.apply_decisions(write_decisions(tmp_path / "decisions.csv", run, lines))
    assert applied.file is None
    assert len(applied.conflicts) == 2
    assert "same choir" in applied.conflicts[0]
    assert "they share an office" in applied.conflicts[1]
    said = folder.current.result.review  # type: ignore[union-attr]
    assert said.locked == (first,)
    assert said.rejected == {second: "they share an office"}


def test_all_faults_of_a_file_are_listed_and_nothing_is_applied(
    folder: SchemeFolder, tmp_path: Path
) -> None:
    run = folder.pair()
    first, second, third, *_ = run.result.made.pairs
    lines = [
        (first, "turned down", " "),
        (second, "keeep", ""),
        (third, "kept", ""),
        (third, "turned down", "same choir"),
    ]
    path = write_decisions(tmp_path / "decisions.csv", run, lines)
    with pytest.raises(FolderError) as caught:
        folder.apply_decisions(path)
    codes = [problem.code for problem in caught.value.items]
    assert codes == ["missing_reason", "not_a_decision", "contradiction"]
    path.write_text("mentee,mentor,decision\nE01,M02,kept\n")
    with pytest.raises(FolderError, match="no such column"):
        folder.apply_decisions(path)
    path.write_text("run,mentee,mentor,decision,reason\n")
    with pytest.raises(FolderError):
        folder.apply_decisions(path)
    assert len(folder.current.acts) == 1  # type: ignore[union-attr]
