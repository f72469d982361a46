"""Folders that are written whole or not at all, and cells that a spreadsheet must not compute."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.desk.reporting import Listing, write_csv
from rmmatch.errors import ProblemsError
from rmmatch.files.folder import check_folder, staged
from rmmatch.files.tables import escaped


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else "(folder)"
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def before(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("old a")
    (tmp_path / "out" / "kept").write_text("kept")
    return tmp_path


def test_files_arrive_together_and_stale_ones_go(before):
    with staged(before / "out", owned=("a", "b")) as new:
        (new / "b").write_text("new b")
        assert contents(before / "out")["a"] == "old a"
    assert contents(before) == {"out": "(folder)", "out/b": "new b", "out/kept": "kept"}


def test_a_failing_block_changes_nothing(before):
    was = contents(before)
    with pytest.raises(ZeroDivisionError), staged(before / "out", owned=("a",)) as new:
        _ = [(new / name).write_text(str(1 / size)) for name, size in (("a", 1), ("b", 0))]
    assert contents(before) == was


def test_a_move_that_fails_half_way_is_undone(before):
    (before / "out" / "z").mkdir()
    was = contents(before)
    with pytest.raises(ProblemsError, match="z is a folder there"), staged(before / "out") as new:
        _ = [(new / name).write_text("new") for name in ("a", "z")]
    assert contents(before) == was


def test_a_new_folder_is_made_only_on_success(tmp_path):
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "x" / "y") as new:
        (new / "a").write_text(str(1 / 0))
    assert contents(tmp_path) == {}
    with staged(tmp_path / "x" / "y") as new:
        (new / "a").write_text("a")
    assert contents(tmp_path) == {"x": "(folder)", "x/y": "(folder)", "x/y/a": "a"}


def test_asking_leaves_no_trace(tmp_path):
    check_folder(tmp_path / "x" / "y")
    assert contents(tmp_path) == {}
    (tmp_path / "file").write_text("a file")
    for out in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(ProblemsError, match="cannot be written"):
            check_folder(out)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(CELLS)
def test_no_text_starts_as_a_formula_unless_it_is_a_number(text):
    shown = escaped(text)
    assert shown in (text, f"'{text}")
    if shown[:1] in ("=", "+", "-", "@", "\t", "\r"):
        float(shown)  # a number is what it looks like


@given(st.lists(st.tuples(CELLS, st.floats(allow_nan=False), st.none()), max_size=5))
def test_csv_reads_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "cells.csv"
    write_csv(Listing("Cells", ("text", "number", "empty"), tuple(rows)), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *read = csv.reader(file)
    assert header == ["text", "number", "empty"]
    assert [(text, float(number), empty) for text, number, empty in read] == [
        (escaped(text), number, "") for text, number, _ in rows
    ]
