"""Tests that need data from outside the repository are skipped only where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import data


def test_data_are_read_from_the_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orlib").mkdir()
    (tmp_path / "orlib" / "gap1.txt").touch()
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    assert data.sample("orlib", "gap1.txt") == tmp_path / "orlib" / "gap1.txt"


def test_a_file_that_is_missing_in_the_folder_that_is_named_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(pytest.fail.Exception, match="there is no"):
        data.sample("orlib", "gap1.txt")


def test_a_file_that_is_missing_beside_the_project_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(data.VARIABLE, raising=False)
    monkeypatch.setattr(data, "DEFAULT_FOLDER", tmp_path)
    with pytest.raises(pytest.fail.Exception, match="there is no"):
        data.sample("orlib", "gap1.txt")


def test_a_test_is_skipped_where_there_are_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv(data.VARIABLE, raising=False)
    monkeypatch.setattr(data, "DEFAULT_FOLDER", tmp_path / "nowhere")
    with pytest.raises(pytest.skip.Exception, match="no test data"):
        data.sample("orlib", "gap1.txt")


def test_nothing_is_skipped_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv(data.VARIABLE, raising=False)
    monkeypatch.setattr(data, "DEFAULT_FOLDER", tmp_path / "nowhere")
    with pytest.raises(pytest.fail.Exception, match="no test data"):
        data.sample("orlib", "gap1.txt")


def test_small_cases_are_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path / "data"))
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "one.csv").touch()
    assert data.case("one.csv") == tmp_path / "cases" / "one.csv"
    with pytest.raises(pytest.fail.Exception, match="there is no"):
        data.case("two.csv")
