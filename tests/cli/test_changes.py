"""what-if, rule-prices, and explanations for several audiences, by the command line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def record(match, folder):
    assert match().code == 0
    return folder / "out" / "run.json"


def test_a_forbidden_pair(run, record):
    outcome = run("what-if", record, "--forbid", "E1,M1", columns=120)
    assert outcome.code == 0
    assert "What if: forbid E1 and M1" in outcome.out
    assert "from M1 to M3" in outcome.out


def test_all_changes_at_once_as_json(run, record, folder):
    joins = folder / "joins.csv"
    joins.write_text("id,role,goals,grade,ethnicity\nM9,mentor,teaching,FY1,marker-z\n")
    outcome = run(
        *("what-if", record, folder / "mentors.csv", folder / "mentees.csv"),
        *("--pin", "E1,M9", "--remove", "mentor:M3", "--add", joins, "--weight", "workplace=0"),
        *("--capacity", "M1=2", "--drop-rule", 0, "--json"),
    )
    assert outcome.code == 0
    told = json.loads(outcome.out)
    assert told["changed"] == [
        "weight of workplace from 1 to 0",
        "drop the rule 'the grade gap must be at least 1'",
        "without M3",
        "with mentor M9",
        "capacity of M1 from 1 to 2",
        "pin E1 and M9",
    ]
    assert {"E1", "M9"} <= {change["id"] for change in told["changes"]}
    assert "marker" not in outcome.out


def test_a_change_that_nothing_allows_exits_with_1(run, match, folder):
    mentors = folder / "mentors.csv"
    header, first, *others = mentors.read_text(encoding="utf-8").splitlines()
    lines = [f"{header},min_load", f"{first},1", *(f"{line},0" for line in others)]
    mentors.write_text("\n".join(lines), encoding="utf-8")
    assert match().code == 0
    outcome = run("what-if", folder / "out" / "run.json", "--forbid", "E1,M1", "--forbid", "E2,M1")
    assert outcome.code == 1
    assert "No pairing is possible" in outcome.out


def test_a_pin_goes_with_the_person(run, match, folder):
    scheme = folder / "scheme.yaml"
    scheme.write_text(scheme.read_text() + "  - {type: pairs, pin: [[E1, M1]]}\n")
    assert match().code == 0
    record = folder / "out" / "run.json"
    assert run("what-if", record, "--remove", "M1").code == 0
    outcome = run("what-if", record, "--forbid", "E1,M1")
    assert outcome.code == 2
    assert "a rule forbids this pinned pair" in outcome.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pin", "E1"), "'E1' is not a pair"),
        (("--weight", "goals"), "'goals' is not NAME=NUMBER"),
        (("--weight", "goals=x"), "'goals=x' is not NAME=NUMBER"),
        (("--weight", "gaols=1"), "nearest: 'goals'"),
        (("--capacity", "M1=1.5"), "is not NAME=NUMBER"),
        (("--remove", "M11"), "did you mean 'M1'"),
        (("--add", "nobody.csv"), "no such file"),
        (("--drop-rule", "7"), "the scheme has 2 of them"),
    ],
)
def test_bad_words_are_told(run, record, words, said):
    outcome = run("what-if", record, *words, columns=200)
    assert outcome.code == 2
    assert said in outcome.err


def test_prices_of_rules(run, record):
    outcome = run("rule-prices", record, columns=120)
    assert outcome.code == 0
    assert "the grade gap must be" in outcome.out
    assert "a confidential rule (rule 2)" in outcome.out
    assert "total gained" in outcome.out


def test_explanations_for_others(run, record, folder):
    tables = folder / "mentors.csv", folder / "mentees.csv"
    outcome = run("explain", record, *tables, "--mentee", "E1", "--audience", "participant")
    assert outcome.code == 0
    assert "A mentor has been found for you" in outcome.out
    assert "score" not in outcome.out
    assert "Öne" not in outcome.out
    outcome = run("explain", record, "--mentor", "M3", "--audience", "committee", "--json")
    assert json.loads(outcome.out)["audience"] == "committee"
    assert "rules[" not in outcome.out
    outcome = run("explain", record, "--mentor", "M3", "--audience", "press", columns=200)
    assert outcome.code == 2
    assert "must be one of coordinator, committee, participant" in outcome.err
