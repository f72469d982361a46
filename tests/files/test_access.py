"""A file that is open in Excel, or on a drive that does not answer: the message says so."""

import errno
import os
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.errors import ProblemsError
from rmmatch.files.access import access_fault
from rmmatch.files.folder import staged


def as_windows_says(number, windows_number):
    error = OSError(number, "as the system calls it")
    error.winerror = windows_number
    return error


@pytest.mark.parametrize(
    ("error", "cause", "remedy"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "open in another program", "Excel"),
        (as_windows_says(errno.EACCES, 32), "open in another program", "Excel"),
        (as_windows_says(errno.ENOENT, 53), "network drive does not answer", "own computer"),
        (OSError(errno.EIO, "Input/output error"), "does not answer", "own computer"),
        (OSError(errno.ETIMEDOUT, "timed out"), "does not answer", "own computer"),
        (OSError(errno.ENOSPC, "No space left"), "the disk is full", "another disk"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "File name too long", "as it was"),
    ],
)
@pytest.mark.parametrize("action", ["read", "written"])
def test_the_cause_is_in_words_and_says_what_to_do(error, action, cause, remedy):
    reason, what_to_do = access_fault(error, action, "as it was")
    assert reason.startswith(f"cannot be {action}: ")
    assert cause in reason
    assert remedy in what_to_do


def test_a_table_and_a_scheme_that_are_locked_are_named_with_what_to_do(monkeypatch, tmp_path):
    mentors, mentees = (tmp_path / f"{side}.csv" for side in ("mentors", "mentees"))
    for file in (mentors, mentees):
        file.write_text("id\n1\n", encoding="utf-8")
    scheme = tmp_path / "scheme.yaml"
    scheme.write_text("version: 1\n", encoding="utf-8")

    def locked(path, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", locked)
    monkeypatch.setattr(Path, "read_text", locked)
    with pytest.raises(rm.CohortError, match=r"mentors\.csv.*open in another program.*Excel"):
        rm.read_cohort(mentors, mentees)
    with pytest.raises(rm.SchemeError, match=r"scheme\.yaml.*open in another program.*Excel"):
        rm.Scheme.from_file(scheme)


def write(folder, names):
    with staged(folder, names) as new:
        for name in names:
            (new / name).write_text("new", encoding="utf-8")


def test_the_file_of_a_result_that_is_open_is_named_and_nothing_is_changed(monkeypatch, tmp_path):
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "pairs.csv").write_text("old", encoding="utf-8")
    (folder / "run.json").write_text("old", encoding="utf-8")
    replace = os.replace

    def replace_unless_open(source, target):
        if Path(source) == folder / "pairs.csv":
            raise PermissionError(errno.EACCES, "Permission denied", str(source))
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_unless_open)
    names = ("pairs.csv", "run.json")
    with pytest.raises(ProblemsError, match=r"result.pairs\.csv.*open in another program.*Excel"):
        write(folder, names)
    assert [(folder / name).read_text("utf-8") for name in names] == ["old", "old"]
