"""A folder through the years: exports, questions, edits, the next run, the end."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.desk.folders import FolderImport, SchemeFolder
from rmmatch.errors import CohortError, FolderError

HEADER = (
    "Start time",
    "Email",
    "Name",
    "I would like to take part as",
    "Which grade are you?",
    "Which topics would you like to work on?",
    "Who is your line manager?",
)
MARKER = "ZORBLAX"  # in every cell that is personal


def answers(count: int, *, grade: str = "ST4", marker: str = "") -> list[list[str]]:
    """Answers of so many mentees and as many mentors and one more."""
    rows = []
    for place in range(2 * count + 1):
        side = "A mentee" if place % 2 else "A mentor"
        topics = ("Teaching", "Research", "Leadership")[place % 3]
        name = f"{('Ann', 'Ben', 'Cay', 'Dan')[place % 4]} {marker}Moss{chr(65 + place)}"
        email = f"{marker}person{place}@trust.example".lower()
        own_grade = grade if place == 1 else "ST4" if place % 2 else "ST7"
        rows.append([f"2026-09-0{1 + place % 9}", email, name, side, own_grade, topics, ""])
    return rows


def write_export(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def answer_all(folder: SchemeFolder, outcome: FolderImport) -> FolderImport:
    """Take the likeliest answer to each question that must be answered."""
    while not outcome.is_done:
        question = next(item for item in folder.questions if item.is_blocking)
        outcome = folder.answer(question)
    return outcome


@pytest.fixture
def surveyed(tmp_path: Path) -> Iterator[SchemeFolder]:
    with rm.open_folder(tmp_path / "scheme", create=True, by="Ann Lee") as folder:
        answer_all(folder, folder.add_export(write_export(tmp_path / "first.csv", answers(4))))
        yield folder


def test_an_export_is_copied_as_it_came_and_becomes_people(
    surveyed: SchemeFolder, tmp_path: Path
) -> None:
    (export,) = surveyed.exports
    assert export.path.read_bytes() == (tmp_path / "first.csv").read_bytes()
    assert export.path.stat().st_mode & 0o777 == 0o400
    assert export.by == "Ann Lee"
    assert (surveyed.cohort.n_mentors, surveyed.cohort.n_mentees) == (5, 4)
    assert surveyed.form is not None
    assert surveyed.scheme.criteria  # a first scheme was written
    assert len(surveyed.pair().result.made) == 4
    assert surveyed.add_export(tmp_path / "first.csv").is_done
    assert len(surveyed.exports) == 1  # the same file once more


def test_an_export_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    with rm.open_folder(tmp_path / "scheme", create=True) as folder:
        (tmp_path / "x.csv").write_text("")
        with pytest.raises((FolderError, CohortError, ValueError)):
            folder.add_export(tmp_path / "x.csv")
        with pytest.raises(FolderError, match="cannot be read"):
            folder.add_export(tmp_path / "nowhere.csv")
        with pytest.raises(FolderError, match="one file or two"):
            folder.add_export()
        assert folder.exports == ()
        assert folder.form is None
        assert list((folder.path / "inputs").iterdir()) == []


def test_an_edit_is_replayed_after_a_newer_export_and_shown(
    surveyed: SchemeFolder, tmp_path: Path
) -> None:
    mentee = surveyed.cohort.mentees.ids[0]
    before = surveyed.exports[0].path.read_bytes()
    edit = surveyed.edit_answer(mentee, "grade", "ST6", reason="told me on the phone")
    assert (edit.was, edit.value) == ("ST4", "ST6")
    grades = surveyed.cohort.mentees.columns["grade"]
    assert grades[surveyed.cohort.mentees.position[mentee]] == "ST6"
    assert surveyed.exports[0].path.read_bytes() == before
    # a newer export that says the same as before
    outcome = surveyed.add_export(write_export(tmp_path / "second.csv", answers(4)[:-1]))
    outcome = answer_all(surveyed, outcome)
    assert outcome.differences is not None
    assert len(outcome.differences.of("gone")) == 1
    assert outcome.differences.of("changed") == ()
    assert [item.is_outdated for item in outcome.edits] == [False]
    # one that says something else: the edit holds, and both are shown
    rows = answers(4, grade="ST5")
    outcome = answer_all(surveyed, surveyed.add_export(write_export(tmp_path / "3.csv", rows)))
    (item,) = outcome.edits
    assert item.is_outdated
    assert "ST5" in item.text
    assert "told me on the phone" in item.text
    assert any(item.text in line for line in outcome.lines)
    assert surveyed.cohort.mentees.columns["grade"].tolist().count("ST6") == 1
    # taken back, the export holds
    surveyed.edit_answer(mentee, "grade", None)
    assert surveyed.edits == ()
    assert "ST6" not in surveyed.cohort.mentees.columns["grade"].tolist()


def test_an_edit_that_cannot_be_is_refused(surveyed: SchemeFolder) -> None:
    mentee = surveyed.cohort.mentees.ids[0]
    with pytest.raises(CohortError, match="means nobody"):
        surveyed.edit_answer("Nobody At All", "grade", "ST6")
    with pytest.raises(FolderError, match="did you mean 'grade'"):
        surveyed.edit_answer(mentee, "grad", "ST6")
    with pytest.raises(CohortError):
        surveyed.edit_answer(mentee, "capacity", "many")
    assert surveyed.edits == ()


def test_a_run_keeps_the_people_that_it_was_made_from(surveyed: SchemeFolder) -> None:
    made = surveyed.pair().result.made
    surveyed.edit_answer(surveyed.cohort.mentees.ids[0], "status", "withdrawn")
    path = surveyed.path
    surveyed.close()
    with rm.open_folder(path) as folder:
        run = folder.current
        assert run is not None
        assert run.result.made == made
        assert rm.check(run.result) == []


def test_the_next_run_knows_past_pairs_and_who_waited(folder: SchemeFolder) -> None:
    run = folder.pair()
    pairs = run.result.made.pairs
    (waiting,) = (row.id for row in run.result.unpaired_rows)
    folder.turn_down(pairs[-1], "same team")
    folder.keep(folder.current.result.made.pairs[0])  # type: ignore[union-attr]
    run = folder.approve("B. Dean")
    pairs = run.result.made.pairs
    over = folder.next_run([pairs[0]])
    assert folder.current is None
    assert over.ended == run.name
    assert over.continued == (pairs[0],)
    assert any(edit.field == "priority" for edit in folder.edits)
    # the same people apply again
    from helpers.folders import write_people

    write_people(folder.path / "mentees.csv", "mentee", 5)
    write_people(folder.path / "mentors.csv", "mentor", 6, 1)
    following = folder.pair()
    assert following.name != run.name
    assert pairs[0] in following.result.made
    assert set(pairs[1:]).isdisjoint(following.result.made)
    (mentor,) = (row.id for row in run.result.unpaired_rows)
    cohort = following.result.cohort
    assert cohort.mentors.priority[cohort.mentors.position[mentor]] == 1
    assert [earlier.name for earlier in folder.runs] == [run.name, following.name]
    assert waiting


def everything_in(path: Path) -> Iterator[tuple[Path, bytes]]:
    for place, _, names in os.walk(path):
        for name in names:
            yield Path(place) / name, (Path(place) / name).read_bytes()


def test_after_deletion_no_personal_data_are_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "scheme"
    rows = answers(4, marker=MARKER)
    with rm.open_folder(path, create=True, by=f"Coordinator {MARKER}") as folder:
        answer_all(folder, folder.add_export(write_export(tmp_path / "first.csv", rows)))
        folder.edit_answer(folder.cohort.mentees.ids[0], "grade", "ST6", reason=f"said {MARKER}")
        scheme = (path / "scheme.yaml").read_text()
        comment = f"# {MARKER} wants this\npeople: {{Dr {MARKER}: outside}}\n"
        (path / "scheme.yaml").write_text(f"{comment}{scheme.replace('people:', '#people:')}")
        pair = folder.pair().result.made.pairs[0]
        folder.turn_down(pair, f"{MARKER} and I sing in a choir")
        folder.keep(folder.current.result.made.pairs[0])  # type: ignore[union-attr]
        folder.approve(f"Dean {MARKER}", f"agreed with {MARKER}")
        (folder.sent / f"letter-{MARKER}.txt").write_text(f"Dear {MARKER}")
        made = folder.current.result.made.pairs  # type: ignore[union-attr]
        holding = [
            file
            for file, content in everything_in(path)
            if MARKER.lower().encode() in content.lower()
        ]
        assert len(holding) > 8
        plan = folder.deletion_plan
        assert any("inputs" in line for line in plan.goes)
        assert folder.delete_personal_data().goes == plan.goes
        assert folder.current is None
        assert folder.scheme.criteria
    for file, content in everything_in(path):
        assert MARKER.lower().encode() not in content.lower(), file
        assert b"trust.example" not in content, file
        assert MARKER.lower() not in str(file.relative_to(path)).lower()
    shared = rm.load_result(next(path.glob("runs/*/run-anonymous.json")))
    assert rm.check(shared) == []
    # the same people come back: their past pairs are known, by their addresses alone
    with rm.open_folder(path, by="Ann Lee") as folder:
        outcome = folder.add_export(write_export(tmp_path / "next.csv", rows))
        outcome = answer_all(folder, outcome)
        assert any("known again" in note for note in outcome.notes)
        cohort = folder.cohort
        past = cohort.relation("past_pair")
        assert len(past) == len(made)
        emails = [cohort.mentees.columns["email"], cohort.mentors.columns["email"]]
        known = {
            (emails[0][mentee], emails[1][mentor])
            for mentee, mentor in zip(past.mentees, past.mentors, strict=True)
        }
        # here the id of a person is the address
        assert {pair for pair in known if pair[0]} == set(made)


def test_deleting_twice_keeps_past_pairs(
    folder: SchemeFolder, new_folder: Callable[[str], Path]
) -> None:
    folder.pair()
    folder.review(comment="looked through")
    folder.approve("B. Dean")
    folder.next_run()
    folder.delete_personal_data()
    before = (folder.path / "past-pairs.csv").read_bytes()
    assert len(before.splitlines()) == 6
    folder.delete_personal_data()
    assert (folder.path / "past-pairs.csv").read_bytes() == before
