"""alternatives, confidence, shortlist: what is shown, and what is written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

MARKERS = ("marker-a", "marker-b", "marker-c", "marker-d", "example.org", "Mentee One")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_alternatives_of_a_run(match, run, folder):
    match()
    outcome = run("alternatives", folder / "out" / "run.json", "-k", 3, "--out", folder / "other")
    assert outcome.code == 0
    assert "1. pairs 2" in outcome.out
    rows = rows_of(folder / "other" / "alternatives.csv")
    assert [row["alternative"] for row in rows] == ["1", "2", "3"]
    assert not any(marker in outcome.out for marker in MARKERS)


def test_alternatives_of_one_person_and_within_a_share(match, run, folder):
    match()
    record = folder / "out" / "run.json"
    assert "1. pairs 2" in run("alternatives", record, "--mentor", "M1").out
    assert "no mentee has this id" in run("alternatives", record, "--mentee", "E9").err
    assert run("alternatives", record, "--within", "1").code == 0
    assert run("alternatives", record, "--within", "2").code == 2
    assert run("alternatives", record, "--within", "0.1", "--mentee", "E1").code == 2


def test_confidence_of_a_run(match, run, folder):
    match()
    record, out = folder / "out" / "run.json", folder / "sure"
    outcome = run("confidence", record, "--draws", 20, "--noise", 0.1, "--out", out, columns=120)
    assert outcome.code == 0
    assert "20 draws of other weights" in outcome.out
    assert "20 draws of noisy scores" in outcome.out
    assert {path.name for path in out.iterdir()} == {
        "confidence.csv",
        "confidence.png",
        "smallest_change.csv",
    }
    assert len(rows_of(out / "confidence.csv")) == len(rows_of(out / "smallest_change.csv")) == 2
    assert not any(marker in outcome.out for marker in MARKERS)


@pytest.mark.parametrize("wrong", [("--draws", 0), ("--concentration", 0), ("--noise", -1)])
def test_confidence_that_cannot_be_drawn(match, run, folder, wrong):
    match()
    assert run("confidence", folder / "out" / "run.json", *wrong).code == 2


def test_shortlists(run, folder):
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    outcome = run("shortlist", *files, "-k", 2, "--most", 1, "--out", folder / "lists", columns=160)
    assert outcome.code == 0
    assert "2 lists of at most 2, nobody on more than 1" in outcome.out
    rows = rows_of(folder / "lists" / "shortlists.csv")
    assert len({row["mentor"] for row in rows}) == len(rows) == 3
    assert not any(marker in outcome.out for marker in MARKERS)
    of_mentors = run("shortlist", *files, "--of-mentors", columns=160)
    assert "3 lists" in of_mentors.out


def test_who_has_no_list_is_named(run, folder):
    path = folder / "mentees.csv"
    path.write_text(
        path.read_text("utf-8").replace("E2,Mentee Two,e2@example.org,Consultant", "E2,,,FY1")
    )
    files = (folder / "mentors.csv", path, "--scheme", folder / "scheme.yaml")
    assert "Nobody can be proposed to: E2" in run("shortlist", *files).out
