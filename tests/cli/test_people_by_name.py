"""Options that name people take ids, e-mail addresses and full names, given the tables."""

from __future__ import annotations

import json

import pytest

ONE = ("mentee one", "E1", "Mentee One", "E1@Example.org", "One, Mentee")
OENE = ("mentor öne", "m1", "M1", "Öne, Mentor")


@pytest.fixture
def record(match, folder):
    assert match().code == 0
    return folder / "out" / "run.json"


@pytest.fixture
def tables(folder):
    return folder / "mentors.csv", folder / "mentees.csv"


@pytest.mark.parametrize(("mentee", "mentor"), [*zip(ONE, (*OENE, "m1@example.org"), strict=True)])
def test_a_pair_in_any_words(run, record, tables, mentee, mentor):
    told = run("what-if", record, *tables, "--pin", f"{mentee}; {mentor}", "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["changed"] == ["pin E1 and M1"]


@pytest.mark.parametrize("option", ["--remove", "--capacity"])
def test_a_person_by_name(run, record, tables, option):
    word = "Mentor Three" + ("=1" if option == "--capacity" else "")
    assert run("what-if", record, *tables, option, word).code == 0
    told = run("what-if", record, *tables, option, word.replace("Three", "Thre"))
    assert told.code == 2
    assert "did you mean Mentor Three (M3)?" in " ".join(told.err.split())


def test_explain_alternatives_rematch_and_review_know_names(run, record, tables):
    for command in (
        ("explain", record, *tables, "--mentee", "Mentee One"),
        ("alternatives", record, *tables, "--mentee", "mentee two"),
        ("rematch", record, *tables, "--withdrawn", "Mentor Three"),
        ("review", record, *tables, "--comment", "seen", "--by", "A. Coordinator"),
    ):
        assert run(*command).code == 0, command
    pairs = json.loads(record.read_text())["run"]["pairs"]
    mentee = {"E1": "Mentee One", "E2": "Mentee Two"}[pairs[0][0]]
    word = f"{mentee}, {pairs[0][1].lower()}"
    assert run("review", record, *tables, "--lock", word).code == 0
    assert json.loads(record.read_text())["run"]["review"][-1]["lock"] == [pairs[0]]


def test_without_the_tables_a_record_knows_ids_alone(run, record):
    told = run("explain", record, "--mentee", "Mentee One")
    assert told.code == 2
    assert "no mentee has this id" in told.err


def test_a_list_made_by_hand_may_hold_names(run, folder, tables):
    (folder / "list.csv").write_text(
        'mentee,mentor\nMENTEE one,m3@example.org\n"Two, Mentee",Mentor Öne\n', encoding="utf-8"
    )
    told = run("check", *tables, "--scheme", folder / "scheme.yaml", "--pairs", folder / "list.csv")
    assert told.code == 0, told.out
    assert "2 pairs: valid" in told.out


def test_every_option_that_takes_people_takes_names(run, record, tables, folder):
    made = json.loads(record.read_text())["run"]["pairs"]
    name_by_id = {
        "E1": "Mentee One",
        "E2": "Mentee Two",
        "M1": "Mentor Öne",
        "M3": "Mentor Three",
    }
    pairs = [",".join(name_by_id.get(id_, id_) for id_ in pair) for pair in made]
    for command in (
        ("explain", record, *tables, "--mentor", "Mentor Three"),
        ("alternatives", record, *tables, "--mentor", "Mentor Three"),
        ("what-if", record, *tables, "--forbid", pairs[0]),
        ("what-if", record, *tables, "--remove", "mentor:Mentor Three"),
        ("rematch", record, *tables, "--part", pairs[0], "--stay", pairs[1]),
        ("carry-over", record, *tables, "--continue", pairs[0], "--out", folder / "next"),
        ("review", record, *tables, "--reject", f"{pairs[0]}: they know each other", "--by", "A"),
        ("review", record, *tables, "--release", pairs[0], "--by", "A"),
    ):
        outcome = run(*command)
        assert outcome.code == 0, (command, outcome.err)


def test_a_name_without_the_tables_says_what_to_give(run, record):
    outcome = run("explain", record, "--mentee", "Mentee One")
    assert "to use names with a saved run, give the tables as well" in " ".join(outcome.err.split())
