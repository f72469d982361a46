"""The small cases of real surveys that failed once: refused with the line, and right with it.

The tables and schemes are read from `cases`, beside the test data.
"""

from __future__ import annotations

from typing import Any

import pytest

import rmmatch as rm
from helpers.data import case
from rmmatch.errors import CohortError, ProblemsError, SchemeError

CHOICES = ["Statistics", "Writing (papers, posters)", "Public speaking (talks, teaching)"]
CAPACITY = "How many mentees would you take?"


def run(folder: str, form: dict[str, Any] | None = None, **keys: Any) -> rm.MatchResult:
    """Pair a case under its scheme, in which `keys` are changed, read by a form where given."""
    scheme = rm.Scheme.from_file(case(folder, "scheme.yaml"))
    scheme = rm.Scheme.from_dict({**scheme.to_dict(), **keys})
    more: dict[str, Any] = {"form": rm.Form.from_dict(form)} if form else {}
    if case(folder).joinpath("relations.csv").exists():
        more["relations"] = case(folder, "relations.csv")
    tables = case(folder, "mentors.csv"), case(folder, "mentees.csv")
    cohort = rm.read_cohort(*tables, scheme=scheme, **more)
    result = rm.match(cohort, scheme)
    assert rm.check(result) == []
    assert result.status is rm.Status.OPTIMAL
    return result


def refusal(error: type[ProblemsError], folder: str, **keys: Any) -> list[str]:
    """The problems for which a case is refused."""
    with pytest.raises(error) as caught:
        run(folder, **keys)
    return [str(item) for item in caught.value.items]


def total(result: rm.MatchResult) -> float:
    return float(result.pairs["score"].sum())


def test_01_two_forms_that_number_their_answers() -> None:
    (problem,) = refusal(CohortError, "01-forms-id-collision")
    assert "'1', '2', '3'" in problem
    assert "Wren Adair" in problem
    assert "each_side: true" in problem
    form = {
        "fields": {"id": {"from": "ID", "each_side": True}, "goals": "Topics"},
        "ignore": ["Start time"],
    }
    result = run("01-forms-id-collision", form)
    assert {("E1", "M1"), ("E2", "M2")} < set(result.made)
    assert len(result.made) == 3
    assert total(result) == pytest.approx(3)
    # the short way of the scheme is the same
    assert set(run("01-forms-id-collision", each_side=True).made) == set(result.made)


def test_02b_choices_with_commas() -> None:
    (problem,) = refusal(SchemeError, "02b-choices-with-commas")
    assert 'goals: {separator: ",", choices: [' in problem
    assert '"Writing (papers, posters)"' in problem
    goals = {"from": "goals", "separator": ",", "choices": CHOICES}
    result = run("02b-choices-with-commas", {"fields": {"id": "id", "goals": goals}})
    assert ("e2", "m1") in result.made
    assert len(result.made) == 2
    assert total(result) == pytest.approx(1.5)


def test_03_people_by_name() -> None:
    result = run("03-people-by-name")
    petra, kene = "p.holm@ward.example", "k.amadi@ward.example"
    assert set(result.made) == {(petra, "t.varga@ward.example"), (kene, "r.quill@ward.example")}
    assert total(result) == 0
    assert [note.split(":")[0] for note in result.cohort.notes] == ["line_manager", "declined"]


def test_06_no_preference() -> None:
    (problem,) = refusal(SchemeError, "06-no-preference")
    assert "any: [No preference]" in problem
    assert "e2, e3" in problem
    rule = {"type": "attribute", "column": "gender", "relation": "same", "missing": "allow"}
    result = run("06-no-preference", rules=[{**rule, "any": ["No preference"]}])
    assert ("e1", "m1") in result.made
    assert len(result.made) == 3


def test_08_a_wish_that_binds_who_has_it() -> None:
    refusal(SchemeError, "08-conditional-wish")
    rule = {"type": "attribute", "column": "gender", "relation": "same"}
    always = run("08-conditional-wish", rules=[{**rule, "any": []}])
    assert len(always.made) == 1
    result = run("08-conditional-wish", rules=[{**rule, "only_where": {"minds": "yes"}}])
    assert set(result.made) == {("e1", "m1"), ("e2", "m2")}


def test_09_ranked_goals() -> None:
    plain = run("09-ranked-goals")
    assert plain.cohort.mentees.column("goals").tolist() == ["Leadership; Data", "Data; Leadership"]
    assert len(plain.made) == 2
    ranked = [{"type": "goals", "weight": 1, "ranked": True}]
    result = run("09-ranked-goals", criteria=ranked)
    assert set(result.made) == {("e1", "m1"), ("e2", "m2")}
    # the first of two wishes: 1 of 1 + 1/2
    assert total(result) == pytest.approx(2 / 1.5, abs=1e-5)
    # a form says so of the mentees alone
    fields = {"goals": [f"Topic [Rank {rank}]" for rank in (1, 2, 3)]}
    form = {
        "fields": {"id": "id"},
        "tables": {"mentors": {"fields": {"goals": "goals"}}, "mentees": {"fields": fields}},
    }
    assert set(run("09-ranked-goals", form, criteria=ranked, columns={}).made) == set(result.made)


def test_10_repeats_as_few_as_possible() -> None:
    hard = run("10-avoid-repeats-softly")
    assert len(hard.made) == 2
    tiers = ["pairs", {"tier": "fewest", "kind": "past_pair"}, "total"]
    result = run("10-avoid-repeats-softly", rules=[], objective=tiers)
    assert set(result.made) == {("e1", "m1"), ("e2", "m2"), ("e3", "m3")}
    assert "1 of them a repeat" in result.headline


def test_12_times_as_people_write_them() -> None:
    problems = refusal(CohortError, "12-availability-wording")
    remedies = {
        "Flexible": "weekdays 09:00-17:00",
        "Mon 9-5": "Mon 09:00-17:00",
        "Mon after 5pm": "Mon 17:00-20:00",
    }
    assert len(problems) == len(remedies)
    for problem, (written, meant) in zip(problems, remedies.items(), strict=True):
        assert f"write {meant!r}" in problem
        assert f'answers: {{"{written}": "{meant}"}}' in problem
    field = {"from": "availability", "answers": remedies}
    result = run("12-availability-wording", {"fields": {"id": "id", "availability": field}})
    assert len(result.made) == 1
    calendars = dict(zip(result.cohort.mentors.ids, result.cohort.mentors.calendars, strict=True))
    assert all(calendars.values())
    assert [slot.day for slot in calendars["m10"]] == list(range(7))
    assert [slot.start for slot in calendars["m9"]] == [12 * 60]


def test_13_numbers_in_words() -> None:
    (problem,) = refusal(CohortError, "13-number-words")
    assert "rows 2-5" in problem
    assert f'capacity: {{from: "{CAPACITY}", answers: {{"No preference"' in problem
    answers = {"No preference": 2, "1-2": 2, "3 or more": 3, "Up to 2": 2}
    form = {"fields": {"id": "id", "capacity": {"from": CAPACITY, "answers": answers}}}
    result = run("13-number-words", form)
    assert len(result.made) == 5
    assert result.cohort.mentors.capacity.tolist() == [2, 2, 3, 2]


def test_14_a_row_an_answer_and_an_answer_twice() -> None:
    mentors, mentees = refusal(CohortError, "14-one-row-per-answer")
    assert "mentors.csv, rows 2-3" in mentors
    assert "`repeated: join`" in mentors
    assert '`repeated: {keep: latest, by: "Timestamp"}`' in mentees
    form = {
        "fields": {"id": "id", "goals": "goals"},
        "tables": {
            "mentors": {"repeated": "join"},
            "mentees": {"repeated": {"keep": "latest", "by": "Timestamp"}},
        },
    }
    result = run("14-one-row-per-answer", form)
    assert result.cohort.mentors.column("goals").tolist() == ["Leadership; Data", "Data"]
    assert result.cohort.mentees.column("goals").tolist() == ["Leadership", "Data"]
    assert len(result.made) == 2
    assert total(result) == pytest.approx(2)


@pytest.mark.parametrize(
    "form",
    [
        None,
        {"fields": {"id": "id", "preferences": ["First", "Second"]}},
        {
            "fields": {
                "id": "id",
                "preferences": {"from": ["First", "Second"]},
                "availability": {"grid": "{day}", "cells": "times"},
            }
        },
    ],
)
def test_17_several_columns_are_one_list(form: dict[str, Any] | None) -> None:
    result = run("17-several-columns-one-list", form)
    assert set(result.made) == {("e1", "m2"), ("e2", "m1")}
    assert total(result) == pytest.approx(1.5)
    if form and "availability" in form["fields"]:
        first, second = result.cohort.mentees.calendars
        assert [(slot.day, slot.start) for slot in first] == [(0, 9 * 60), (0, 14 * 60)]
        assert [(slot.day, slot.start) for slot in second] == [(1, 9 * 60)]
