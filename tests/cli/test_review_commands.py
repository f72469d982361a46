"""review, approve, match-again, carry-over, by the command line: nothing said is lost."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import openpyxl
import pytest

import rmmatch as rm


@pytest.fixture
def tables(folder):
    return folder / "mentors.csv", folder / "mentees.csv"


@pytest.fixture
def record(match, folder):
    assert match().code == 0
    return folder / "out" / "run.json"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_next_step_works_as_it_is_printed(match, run, tables, folder):
    links = folder / "some links.csv"
    links.write_text("mentor,mentee,kind\nM3,E2,conflict\n", encoding="utf-8")
    assert match("--relations", links).code == 0
    record = folder / "out" / "run.json"
    reject = ["--reject", "E1,M1: same choir"]
    said = run("review", record, *tables, "--relations", links, *reject, columns=1000)
    [line] = [line for line in said.out.splitlines() if line.startswith("Next: rmmatch ")]
    words = shlex.split(line.removeprefix("Next: rmmatch ").replace("FOLDER", str(folder / "two")))
    assert run(*words).code == 0


def test_a_pairing_is_reviewed_made_again_and_approved(run, record, tables, folder):
    said = run("review", record, "--lock", "E2,M2", "--reject", "E1 M1: same: choir", "--by", "A N")
    assert said.code == 0
    assert "locked E2 and M2; rejected E1 and M1 (same: choir)" in said.out
    assert "Next: rmmatch match-again" in said.out
    stopped = run("approve", record, "--by", "A N", columns=200)
    assert stopped.code == 2
    assert "is rejected (found 'E1 M1') → pair again (match_again), or release it" in stopped.err

    again = run("match-again", record, *tables, "--out", folder / "two", "--by", "A N")
    assert again.code == 0
    result = rm.load_result(folder / "two" / "run.json")
    assert set(result.made) == {("E1", "M3"), ("E2", "M2")}
    assert [step.state for step in result.review.log] == ["reviewed", "proposed"]

    second = folder / "two" / "run.json"
    unseen = run("approve", second, "--by", "B", columns=200)
    assert unseen.code == 2
    assert "nobody has reviewed these pairs" in unseen.err
    assert run("review", second, "--by", "A N", "--comment", "all fine").code == 0
    done = run("approve", second, *tables, "--by", "B N", "--out", folder / "final")
    assert done.code == 0
    assert "the same pairs, approved" in done.out
    for name in ("two", "final"):
        approved = rm.load_result(folder / name / "run.json").review
        assert (approved.state, approved.log[-1].by) == ("approved", "B N")
    text = (folder / "final" / "explanations.txt").read_text(encoding="utf-8")
    assert "State: approved 20" in text
    assert "all fine" not in text
    assert rows_of(folder / "final" / "pairs.csv")[0]["mentee_name"] == "Mentee One"
    assert "State: approved 20" in run("check", second).out
    late = run("approve", second, "--by", "B", columns=200)
    assert late.code == 2
    assert "was approved" in late.err


def test_the_log_is_shown_and_nothing_written(run, record):
    assert run("review", record, "--comment", "hm").code == 0
    before = record.read_bytes()
    shown = run("review", record)
    assert shown.code == 0
    assert "Review: reviewed" in shown.out
    assert "hm" in shown.out
    assert record.read_bytes() == before


def test_sensitive_columns_of_a_record_stay_in_it(run, match, folder, tables):
    assert match().code == 0
    record = folder / "out" / "run.json"
    cohort = rm.read_cohort(*tables, sensitive=["ethnicity"])
    rm.load_result(record, cohort).save(record, sensitive=True)
    assert run("review", record, "--by", "A").code == 0
    body = json.loads(record.read_text(encoding="utf-8"))["run"]
    assert "marker-a" in body["cohort"]["mentor"]["columns"]["ethnicity"]


@pytest.mark.parametrize("command", ["match", "match-again", "approve"])
def test_a_reviewed_run_is_not_written_over(run, match, record, folder, command):
    assert run("review", record, "--by", "A").code == 0
    before = {path.name: path.read_bytes() for path in record.parent.iterdir()}
    if command == "match":
        outcome = match(columns=200)
    else:
        by = ("--by", "A") if command == "approve" else ()
        outcome = run(command, record, *by, "--out", record.parent, columns=200)
    assert outcome.code == 2
    assert "was reviewed" in outcome.err
    assert "name another folder with --out" in outcome.err
    assert {path.name: path.read_bytes() for path in record.parent.iterdir()} == before
    assert match("--out", folder / "other").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lock", "E1"), "'E1' is not a pair"),
        (("--reject", "E1 M1"), "has no reason"),
        (("--lock", "E1,M3"), "E1 is paired with M1"),
        (("--release", "E1,M1"), "is neither locked nor rejected"),
    ],
)
def test_what_cannot_be_said_is_told(run, record, words, said):
    before = record.read_bytes()
    outcome = run("review", record, *words, columns=200)
    assert outcome.code == 2
    assert said in outcome.err
    assert record.read_bytes() == before


def test_what_is_carried_over_is_matched_as_it_is(run, match, record, tables, folder):
    scheme = folder / "scheme.yaml"
    text = scheme.read_text(encoding="utf-8").replace("sensitive: [ethnicity]\n", "")
    scheme.write_text(
        text.replace("rules:\n", "rules:\n  - {type: relations, forbid: [past_pair]}\n"), "utf-8"
    )
    assert match().code == 0
    out = folder / "next"
    done = run(
        *("carry-over", record, *tables, "--out", out, "--continue", "E1,M1", "--cool-down", 2),
        columns=200,
    )
    assert done.code == 0
    assert "Carried over: 1 mentee, 2 mentors, 2 relations; 1 of the pairs go on" in done.out
    assert "never approved" in done.out
    [mentee], mentors = rows_of(out / "mentees.csv"), rows_of(out / "mentors.csv")
    assert (mentee["id"], mentee["email"], mentee["priority"]) == ("E1", "e1@example.org", "0")
    assert [(one["id"], one["priority"]) for one in mentors] == [("M1", "0"), ("M3", "1")]
    names = "Mentor Öne", "Mentee One", "'=cmd|' /C calc'!A0", "Mentee Two"
    header = ("mentor", "mentee", "kind", "runs_ago", "mentor_name", "mentee_name")
    linked = rows_of(out / "relations.csv")
    assert [tuple(row[column] for column in header) for row in linked] == [
        ("M1", "E1", "pinned", "", *names[:2]),
        ("M2", "E2", "past_pair", "1", *names[2:]),
    ]
    for row in linked:
        for role in ("mentor", "mentee"):
            assert row[f"{role}_email"] == f"{row[role].lower()}@example.org"
    files = (out / "mentors.csv", out / "mentees.csv", "--relations", out / "relations.csv")
    following = run("match", *files, "--scheme", scheme, "--out", out / "result")
    assert following.code == 0
    assert set(rm.load_result(out / "result" / "run.json").made) == {("E1", "M1")}
    twice = run("carry-over", record, *tables, "--out", out, columns=200)
    assert twice.code == 2
    assert "is there already" in twice.err


def test_sensitive_columns_are_carried_over_when_asked(run, record, tables, folder):
    outcome = run("carry-over", record, *tables, "--out", folder / "a", columns=200)
    assert "Without the sensitive columns ethnicity" in outcome.out
    assert "marker" not in (folder / "a" / "mentors.csv").read_text(encoding="utf-8")
    outcome = run("carry-over", record, *tables, "--out", folder / "b", "--sensitive")
    assert "marker" not in outcome.out
    assert "marker-b" in (folder / "b" / "mentors.csv").read_text(encoding="utf-8")


def test_tables_of_other_people_are_refused(run, record, tables, folder):
    outcome = run("carry-over", record, tables[1], tables[0], "--out", folder / "a", columns=200)
    assert outcome.code == 2
    assert "mentors, id: is not in the tables (found 'M3')" in outcome.err
    assert not (folder / "a").exists()
    assert run("carry-over", record, "--out", folder / "a").code == 2


def test_somebody_leaves_an_approved_run_and_the_rest_is_carried_over(run, record, tables, folder):
    assert run("review", record, "--by", "A").code == 0
    assert run("approve", record, "--by", "A").code == 0
    again = folder / "again"
    refused = run("rematch", record, "--withdrawn", "M2", "--out", record.parent, columns=200)
    assert refused.code == 2
    assert "was approved" in refused.err
    assert run("rematch", record, "--withdrawn", "M2", "--out", again).code == 0
    # Other pairs: somebody looks at them again.
    assert run("approve", again / "run.json", "--by", "A").code == 2
    assert run("review", again / "run.json", "--by", "A").code == 0
    assert run("approve", again / "run.json", "--by", "A").code == 0
    done = run("carry-over", again / "run.json", *tables, "--out", folder / "next", columns=200)
    assert done.code == 0
    # M2 left, E1 and E2 have had their partners
    assert rows_of(folder / "next" / "mentors.csv") == []
    kinds = {(row["mentee"], row["mentor"]) for row in rows_of(folder / "next" / "relations.csv")}
    assert kinds == {("E1", "M1"), ("E2", "M2"), ("E2", "M3")}


def test_a_run_that_cannot_be_read_is_not_written_over(match, record):
    whole = record.read_bytes()
    record.write_bytes(whole[:-50])
    outcome = match(columns=200)
    assert outcome.code == 2
    assert "nobody knows whether it was reviewed" in outcome.err
    assert record.read_bytes() == whole[:-50]


def test_letters_of_a_rematch_do_not_stay_beside_other_pairs(run, match, record, folder):
    out = folder / "again"
    assert run("rematch", record, "--withdrawn", "M2", "--out", out).code == 0
    assert (out / "notices.csv").exists()
    assert match("--out", out).code == 0
    assert not (out / "notices.csv").exists()
    assert not (out / "changes.csv").exists()


def test_decisions_of_the_workbook_are_recorded_whole_or_not_at_all(run, record, folder):
    path = folder / "out" / "pairing.xlsx"
    unread = run("review", record, "--decisions", path, columns=200)
    assert unread.code == 2
    assert "pairing.xlsx#Pairs, Decision: no decision is written here" in unread.err
    book = openpyxl.load_workbook(path)
    page = book["Pairs"]
    columns = {cell.value: cell.column for cell in page[1]}
    page.cell(2, columns["Decision"], "Reject")
    page.cell(3, columns["Decision"], "Lock")
    book.save(path)
    refused = run("review", record, "--decisions", path, columns=200)
    assert refused.code == 2
    assert "pairing.xlsx#Pairs, row 2, Comment: a rejected pair needs a reason" in refused.err
    assert rm.load_result(record).review.state == "proposed"
    page.cell(2, columns["Comment"], "same choir")
    book.save(path)
    done = run("review", record, "--decisions", path, "--by", "A N", "--comment", "all read")
    assert done.code == 0
    assert "pairing.xlsx: 1 pair locked, 1 pair rejected" in done.out
    result = rm.load_result(record)
    first, second = result.made.pairs[:2]
    assert result.review.rejected == {first: "same choir"}
    assert result.review.locked == (second,)
    assert result.review.log[-1].comment == "all read"


def test_two_are_put_together_and_a_step_is_taken_back(run, record, tables, folder):
    """E1 has M1 and E2 has M2; nobody has M3."""
    said = run("review", record, "--together", "E1,M3", "--by", "A N", columns=200)
    assert said.code == 0
    assert "put together E1 and M3" in said.out
    assert "Next: rmmatch match-again" in said.out
    out = folder / "two"
    options = ["--changes", "fewest", "--most-changes", "0", "--out", out]
    assert run("match-again", record, *tables, *options).code == 0
    assert set(rm.load_result(out / "run.json").made) == {("E1", "M3"), ("E2", "M2")}
    back = run("review", record, "--undo", columns=200)
    assert back.code == 0
    assert rm.load_result(record).review.locked == ()
    assert run("review", record, "--undo", "--lock", "E1,M1").code == 2
    wrong = run("match-again", record, *tables, "--most-changes", 1, "--out", folder / "three")
    assert wrong.code == 2
    assert not (folder / "three").exists()


def test_a_list_made_by_hand_becomes_a_run(run, record, tables, folder):
    """E1 has M1 and E2 has M2, and nobody has M3; here by hand."""
    scheme = folder / "scheme.yaml"
    pairs = folder / "by-hand.csv"
    pairs.write_text("mentee,mentor\nE1,M3\nE2,M2\n", encoding="utf-8")
    out = folder / "by-hand"
    assert run("adopt", pairs, *tables, "--scheme", scheme, "--out", out, "--by", "A").code == 0
    assert run("review", out / "run.json", *tables, "--by", "A N").code == 0
    assert run("approve", out / "run.json", *tables, "--by", "B").code == 0
    assert set(rm.load_result(out / "run.json").made) == {("E1", "M3"), ("E2", "M2")}
    pairs.write_text("mentee,mentor\nE1,M3\nE1,M2\n", encoding="utf-8")
    refused = run("adopt", pairs, *tables, "--scheme", scheme, "--out", folder / "no", columns=200)
    assert refused.code == 1
    assert "Nothing was written" in refused.out
    assert not (folder / "no").exists()
