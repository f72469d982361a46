"""A record goes to an open file and comes from one, as from a path."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return rm.review(rm.match(*rm.synthetic.demo()), by="Zoë", comment="agréé 中")


def same(one: rm.Result, other: rm.Result) -> bool:
    return (
        one.made == other.made
        and one.values == other.values
        and one.review == other.review
        and one.to_dict() == other.to_dict()
    )


@pytest.mark.parametrize("kind", [io.StringIO, io.BytesIO, tempfile.TemporaryFile])
def test_saved_to_an_open_file_and_loaded_again(
    result: rm.Result, kind: Any, tmp_path: Path
) -> None:
    result.save(tmp_path / "run.json")
    from_path = rm.load_result(tmp_path / "run.json")
    with kind() as file:
        result.save(file)
        assert not file.closed
        file.seek(0)
        assert same(rm.load_result(file), from_path)
        assert not file.closed
    cohort = result.cohort
    with (tmp_path / "run.json").open("rb") as file:
        assert same(rm.load_result(file, cohort), rm.load_result(tmp_path / "run.json", cohort))


def test_a_text_file_in_any_encoding_holds_a_record(result: rm.Result, tmp_path: Path) -> None:
    with (tmp_path / "run.json").open("w", encoding="ascii") as file:
        result.save(file)
    loaded = rm.load_result(str(tmp_path / "run.json"))
    assert loaded.review.log[0].comment == "agréé 中"
    assert rm.check(loaded) == []


def test_what_an_open_file_cannot_do_is_said_in_words(result: rm.Result, tmp_path: Path) -> None:
    closed = io.StringIO()
    closed.close()
    (tmp_path / "run.json").write_text("")
    with (tmp_path / "run.json").open() as only_read:
        for file in (closed, only_read):
            with pytest.raises(rm.errors.RecordError, match="cannot be written"):
                result.save(file)
    with pytest.raises(rm.errors.RecordError, match="record: cannot be read: the file is closed"):
        rm.load_result(closed)
    with (
        (tmp_path / "run.json").open("w") as only_written,
        pytest.raises(rm.errors.RecordError, match=r"run\.json: cannot be read"),
    ):
        rm.load_result(only_written)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", b"[1", b'{"format": "rmmatch run"}'])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(rm.errors.RecordError):
        rm.load_result(io.BytesIO(content))
