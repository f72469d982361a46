"""Twenty contradictory schemes: the smallest conflict of each is named, and a change is enough."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from helpers.people import people, person
from helpers.relaxations import Asked
from rmmatch.matching import Conflict
from rmmatch.solving.infeasibility import requirement_model, requirements, smallest_conflict

ARC, CRF = {"organisation": "ARC"}, {"organisation": "CRF"}
FROM_ARC = {"side": "mentors", "column": "organisation", "value": "ARC"}
FROM_CRF = {"side": "mentors", "column": "organisation", "value": "CRF"}
DIFFERENT = {"type": "attribute", "column": "organisation", "relation": "different"}


@dataclass
class Case:
    """A contradiction, every wish in its smallest conflict, and one change that is enough."""

    name: str
    mentees: list[dict[str, Any]]
    mentors: list[dict[str, Any]]
    wishes: set[str]
    change: str
    relations: dict[str, list[tuple[str, str]]] | None = None
    keys: dict[str, Any] | None = None

    def asked(self) -> Asked:
        return Asked(self.mentees, self.mentors, self.relations or {}, self.keys or {})


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(smallest_conflict, "_STEP_TIME_S", 60.0)
    monkeypatch.setattr(requirement_model, "_MIN_VIOLATION_TIME_S", 60.0)


def needy(*ids: str, least: int = 1, **facts: Any) -> list[dict[str, Any]]:
    return [
        person(id_, min_load=least, capacity=facts.pop("capacity", least), **facts) for id_ in ids
    ]


CASES = [
    Case(
        "two need the one mentor",
        needy("E1", "E2"),
        [person("M1")],
        {
            "mentee E1 needs at least 1",
            "mentee E2 needs at least 1",
            "mentor M1 may have at most 1",
        },
        "let mentor M1 have up to 2 instead of 1",
    ),
    Case(
        "more needed than a capacity",
        [person("E1", min_load=2)],
        people("M", 3),
        {"mentee E1 needs at least 2", "mentee E1 may have at most 1"},
        "let mentee E1 have at least 1 instead of 2",
    ),
    Case(
        "more needed than there are mentors",
        needy("E1", least=3),
        people("M", 2),
        {"mentee E1 needs at least 3"},
        "let mentee E1 have at least 2 instead of 3",
    ),
    Case(
        "nobody is allowed to help",
        needy("E1"),
        people("M", 2),
        {"mentee E1 needs at least 1", "the rule 'no pairs related as tutor' (rule 1)"},
        "drop the rule 'no pairs related as tutor' (rule 1)",
        {"tutor": [("E1", "M0"), ("E1", "M1")]},
        {"rules": [{"type": "relations", "forbid": ["tutor"]}]},
    ),
    Case(
        "two rules share the blame",
        needy("E1"),
        people("M", 2),
        {
            "mentee E1 needs at least 1",
            "the rule 'no pairs related as tutor' (rule 1)",
            "the rule 'no pairs that the scheme forbids by name' (rule 2)",
        },
        "drop the rule 'no pairs that the scheme forbids by name' (rule 2)",
        {"tutor": [("E1", "M0")]},
        {
            "rules": [
                {"type": "relations", "forbid": ["tutor"]},
                {"type": "pairs", "forbid": [["E1", "M1"]]},
            ]
        },
    ),
    Case(
        "not enough of a group",
        people("E", 3),
        people("M", 1, **ARC) + people("N", 3, **CRF),
        {"at least 2 mentors with organisation ARC (quota 1)"},
        "lower at_least from 2 to 1: at least 2 mentors with organisation ARC (quota 1)",
        None,
        {"quotas": [{**FROM_ARC, "at_least": 2}]},
    ),
    Case(
        "a pin takes a place that a quota needs",
        people("E", 2),
        people("M", 2, **ARC) + people("N", 1, **CRF),
        {
            "the pin E0–N0",
            "at least 2 mentors with organisation ARC (quota 1)",
            "mentee E0 may have at most 1",
            "mentee E1 may have at most 1",
        },
        "drop the pin E0–N0",
        {"pinned": [("E0", "N0")]},
        {"quotas": [{**FROM_ARC, "at_least": 2}]},
    ),
    Case(
        "pins against an upper bound",
        people("E", 2),
        people("M", 2, **ARC),
        {
            "the pin E0–M0",
            "the pin E1–M1",
            "at most 1 mentors with organisation ARC (quota 1)",
        },
        "raise at_most from 1 to 2: at most 1 mentors with organisation ARC (quota 1)",
        {"pinned": [("E0", "M0"), ("E1", "M1")]},
        {"quotas": [{**FROM_ARC, "at_most": 1}]},
    ),
    Case(
        "two quotas for one mentee",
        people("E", 1),
        people("M", 1, **ARC) + people("N", 1, **CRF),
        {
            "at least 1 mentors with organisation ARC (quota 1)",
            "at least 1 mentors with organisation CRF (quota 2)",
            "mentee E0 may have at most 1",
        },
        "let mentee E0 have up to 2 instead of 1",
        None,
        {"quotas": [{**FROM_ARC, "at_least": 1}, {**FROM_CRF, "at_least": 1}]},
    ),
    Case(
        "a quota that contradicts another",
        people("E", 3),
        people("M", 3, **ARC),
        {
            "at least 2 mentors with organisation ARC (quota 1)",
            "at most 1 mentors with organisation ARC (quota 2)",
        },
        "lower at_least from 2 to 1: at least 2 mentors with organisation ARC (quota 1)",
        None,
        {"quotas": [{**FROM_ARC, "at_least": 2}, {**FROM_ARC, "at_most": 1}]},
    ),
    Case(
        "a minimum load against an upper bound",
        people("E", 2),
        [person("M0", min_load=1, **ARC), person("M1", min_load=1, **ARC)],
        {
            "mentor M0 needs at least 1",
            "mentor M1 needs at least 1",
            "at most 1 mentors with organisation ARC (quota 1)",
        },
        "let mentor M1 have none instead of at least 1",
        None,
        {"quotas": [{**FROM_ARC, "at_most": 1}]},
    ),
    Case(
        "every department, and one has only tutors",
        people("E", 3),
        [person("M0", **ARC), person("M1", **CRF)],
        {
            "at least 1 mentors with organisation CRF (quota 1)",
            "the rule 'no pairs related as tutor' (rule 1)",
        },
        "drop at least 1 mentors of each organisation (quota 1)",
        {"tutor": [("E0", "M1"), ("E1", "M1"), ("E2", "M1")]},
        {
            "rules": [{"type": "relations", "forbid": ["tutor"]}],
            "quotas": [{"side": "mentors", "column": "organisation", "each": True, "at_least": 1}],
        },
    ),
    Case(
        "pairs that a rule forbids are asked for",
        people("E", 2, **ARC),
        people("M", 2, **ARC) + people("N", 2, **CRF),
        {
            "at least 1 pairs with the same organisation (quota 1)",
            "the rule 'organisation must be different' (rule 1)",
        },
        "drop the rule 'organisation must be different' (rule 1)",
        None,
        {
            "rules": [DIFFERENT],
            "quotas": [
                {"side": "pairs", "column": "organisation", "relation": "same", "at_least": 1}
            ],
        },
    ),
    Case(
        "pairs across two organisations are too few",
        people("E", 1, **ARC) + people("F", 2, **CRF),
        people("M", 1, **ARC) + people("N", 1, **CRF),
        {
            "at least 3 pairs of a mentee with organisation CRF and a mentor with organisation ARC "
            "(quota 1)"
        },
        "lower at_least from 3 to 1: at least 3 pairs of a mentee with organisation CRF and a "
        "mentor with organisation ARC (quota 1)",
        None,
        {
            "quotas": [
                {
                    "side": "pairs",
                    "mentee": {"organisation": "CRF"},
                    "mentor": {"organisation": "ARC"},
                    "at_least": 3,
                }
            ]
        },
    ),
    Case(
        "parity against a pin and a capacity",
        people("E", 1),
        people("M", 1, **ARC) + people("N", 2, **CRF),
        {
            "the pin E0–M0",
            "the shares paired of mentors with organisation ARC and of mentors with organisation "
            "CRF must be within 40 percentage points (quota 1)",
            "mentee E0 may have at most 1",
        },
        "let mentee E0 have up to 3 instead of 1",
        {"pinned": [("E0", "M0")]},
        {"quotas": [{"side": "mentors", "column": "organisation", "parity": 0.4}]},
    ),
    Case(
        "parity that has to give way",
        people("E", 3),
        needy("M0", "M1", **ARC) + people("N", 3, **CRF),
        {
            "mentor M0 needs at least 1",
            "mentor M1 needs at least 1",
            "the shares paired of mentors with organisation ARC and of mentors with organisation "
            "CRF must be within 50 percentage points (quota 1)",
            "mentee E0 may have at most 1",
            "mentee E1 may have at most 1",
            "mentee E2 may have at most 1",
        },
        "raise parity from 0.5 to 0.667: the shares of mentors paired, by organisation, must be "
        "within 50 percentage points of each other (quota 1)",
        None,
        {"quotas": [{"side": "mentors", "column": "organisation", "parity": 0.5}]},
    ),
    Case(
        "used only by so many",
        people("E", 2),
        [person("M0", capacity=2, min_load=3), person("M1")],
        {"the pin E0–M0", "mentor M0 has at least 3 or none"},
        "let mentor M0 have 2 or none, instead of at least 3 or none",
        {"pinned": [("E0", "M0")]},
        {"min_load": "if_used"},
    ),
    Case(
        "somebody with a capacity of 0 needs a mentor",
        [person("E0", capacity=0, min_load=1)],
        people("M", 1),
        {"mentee E0 needs at least 1", "mentee E0 may have at most 0"},
        "let mentee E0 have none instead of at least 1",
    ),
    Case(
        "a criterion that every pair must have",
        needy("E0", goals="research"),
        people("M", 2, goals="teaching"),
        {"mentee E0 needs at least 1", "the score for goals must be above 0 (`must_have`)"},
        "drop the score for goals must be above 0 (`must_have`)",
        None,
        {"criteria": [{"type": "goals", "must_have": True}]},
    ),
    Case(
        "a sensitive column is told of by place only",
        people("E", 1, ethnicity="p"),
        people("M", 2, ethnicity="p"),
        {"a confidential quota (quota 1)", "a confidential rule (rule 1)"},
        "drop a confidential rule (rule 1)",
        None,
        {
            "sensitive": ["ethnicity"],
            "rules": [{"type": "attribute", "column": "ethnicity", "relation": "different"}],
            "quotas": [
                {"side": "mentors", "column": "ethnicity", "value": "p", "at_least": 1},
            ],
        },
    ),
]


@cache
def result_of(name: str) -> rm.Result:
    [case] = [case for case in CASES if case.name == name]
    return case.asked().match()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_smallest_conflict_is_named_and_a_change_is_enough(case: Case) -> None:
    asked, result = case.asked(), result_of(case.name)
    assert result.status is rm.Status.INFEASIBLE
    assert result.conflict is not None
    assert result.conflict.is_smallest
    assert {wish.label for wish in result.conflict.wishes} == case.wishes
    changes = {change.label: change for change in result.conflict.relaxations}
    assert case.change in changes
    again = asked.relaxed(changes[case.change]).match()
    assert again.status is rm.Status.OPTIMAL
    assert rm.check(again) == []


def conflict_of(name: str) -> Conflict:
    conflict = result_of(name).conflict
    assert conflict is not None
    return conflict


def test_each_wish_tells_whom_it_concerns() -> None:
    wishes = {wish.kind: wish for wish in conflict_of("nobody is allowed to help").wishes}
    assert (wishes["min_load"].mentees, wishes["min_load"].mentors) == (("E1",), ())
    assert (wishes["rule"].mentees, wishes["rule"].mentors) == (("E1",), ("M0", "M1"))
    taken = {
        wish.kind: wish for wish in conflict_of("a pin takes a place that a quota needs").wishes
    }
    assert (taken["pin"].mentees, taken["pin"].mentors) == (("E0",), ("N0",))
    assert taken["pin"].where == "relations"
    assert taken["quota"].mentors == ("M0", "M1")


def test_the_cheapest_change_comes_first_and_rules_last() -> None:
    told = [c.label for c in conflict_of("more needed than a capacity").relaxations]
    assert len(told) == 2
    first = [change.where for change in conflict_of("two rules share the blame").relaxations]
    assert first == ["min_load", "rules[0]", "rules[1]"]
    costs = [
        abs(change.after - change.before)
        for change in conflict_of("parity against a pin and a capacity").relaxations
        if change.where == "capacity"
    ]
    assert costs == [2.0]


def test_nothing_of_a_sensitive_column_is_told(tmp_path: Path) -> None:
    # the group has three people: how many could be paired is not told either
    asked = Asked(
        people("E", 5, ethnicity="grey"),
        people("M", 3, ethnicity="grey") + people("N", 3, ethnicity="blue"),
        {},
        {
            "sensitive": ["ethnicity"],
            "quotas": [{"side": "mentors", "column": "ethnicity", "value": "grey", "at_least": 4}],
        },
    )
    result = asked.match()
    result.save(tmp_path / "run.json")
    told = [result.reason, *result.conflict.lines(), str(result.conflict), repr(result)]
    saved = json.loads((tmp_path / "run.json").read_text())["run"]
    for text in (*told, json.dumps(saved["conflict"]), saved["reason"]):
        assert "grey" not in text
        assert "blue" not in text
    assert [wish.label for wish in result.conflict.wishes] == ["a confidential quota (quota 1)"]
    [change] = result.conflict.relaxations
    assert (change.action, change.after) == ("drop", None)
    assert all(not wish.mentors for wish in result.conflict.wishes)


def test_two_conflicts_at_once_need_two_changes() -> None:
    asked = Asked(needy("E1", least=3) + needy("E2", least=4, capacity=5), people("M", 2))
    result = asked.match()
    conflict = result.conflict
    [wish] = conflict.wishes
    assert wish.label in ("mentee E1 needs at least 3", "mentee E2 needs at least 4")
    assert conflict.relaxations == ()
    # the mentors have a place each
    assert len(conflict.together) == 2
    assert "enough together" in result.reason
    assert asked.relaxed(*conflict.together).match().status is rm.Status.OPTIMAL


def test_a_pin_that_a_rule_forbids_is_an_error_as_before() -> None:
    rules = [{"type": "relations", "forbid": ["tutor"]}]
    pairs = [("E0", "M0"), ("E1", "M1")]
    asked = Asked(
        people("E", 2), people("M", 2), {"tutor": pairs, "pinned": pairs}, {"rules": rules}
    )
    with pytest.raises(rm.SchemeError) as caught:
        asked.match()
    assert len(caught.value.problems) == 2


def test_the_conflict_survives_a_saved_run(tmp_path: Path) -> None:
    for case in CASES:
        result = result_of(case.name)
        result.save(tmp_path / "run.json", sensitive=True)
        loaded = rm.load_result(tmp_path / "run.json")
        assert loaded.conflict == result.conflict
        assert loaded.reason == result.reason
    assert rm.match(*rm.synthetic.demo()).conflict is None


def test_the_order_of_rows_does_not_matter() -> None:
    for case in CASES:
        turned = Asked(
            case.mentees[::-1], case.mentors[::-1], case.relations or {}, case.keys or {}
        )
        assert turned.match().conflict == conflict_of(case.name)


def test_too_many_people_to_look_for_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_MAX_CONCERNED_CELLS", 10)
    asked = Asked(people("E", 4), people("M", 4, **ARC))
    asked.keys = {"quotas": [{**FROM_ARC, "at_least": 5}]}
    result = asked.match()
    assert result.status is rm.Status.INFEASIBLE
    assert result.conflict is None
    assert "at least 5 mentors with organisation ARC" in result.reason
    assert "no smallest conflict was found among so many people" in result.reason


def with_loads_only() -> list[Case]:
    return [
        case
        for case in CASES
        if not (case.keys or {}).get("quotas") and (case.keys or {}).get("min_load") != "if_used"
    ]


@pytest.mark.parametrize("case", with_loads_only(), ids=lambda case: case.name)
def test_too_few_places_are_a_conflict_among_any_number_of_people(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds what the smallest conflict of these people has, and every change is enough."""
    asked = case.asked()
    smallest = conflict_of(case.name)
    monkeypatch.setattr(requirements, "_MAX_CONCERNED_CELLS", -1)
    result = asked.match()
    conflict = result.conflict
    assert result.status is rm.Status.INFEASIBLE
    assert not conflict.is_smallest
    assert len(conflict.wishes) >= len(smallest.wishes)
    # what alone is enough has a part in every conflict
    told = {(wish.where, wish.mentees or wish.mentors) for wish in conflict.wishes}
    for change in smallest.relaxations:
        assert (change.where, change.mentees or change.mentors) in told
    for change in conflict.relaxations:
        again = asked.relaxed(change).match()
        assert again.status is rm.Status.OPTIMAL
        assert rm.check(again) == []
    # among few people a change that is enough is found again, unless a rule would have to go
    found = {change.label for change in conflict.relaxations}
    of_people = {c.label for c in smallest.relaxations if c.mentees or c.mentors}
    assert of_people <= found


def test_of_many_wishes_the_first_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_MAX_CONCERNED_CELLS", -1)
    asked = Asked(needy(*(f"E{n:02}" for n in range(60))), people("M", 52, capacity=1))
    result = asked.match()
    # 53 need a place, and there are 52
    assert len(result.conflict.wishes) == 53 + 52
    lines = result.conflict.lines()
    assert "  and 65 more" in lines
    assert len(lines) < 100
    assert "52 mentors" in result.reason or "can give only 52" in result.reason
    first = result.conflict.relaxations[0]
    assert (first.action, first.before, first.after) == ("raise", 1, 9)
    assert asked.relaxed(first).match().status is rm.Status.OPTIMAL


def test_many_people_whom_nothing_concerns_are_left_out() -> None:
    others = people("X", 700)
    [case] = [case for case in CASES if case.name == "two need the one mentor"]
    tutors = [(e["id"], x["id"]) for e in case.mentees for x in others]
    keys = {"rules": [{"type": "relations", "forbid": ["tutor"]}]}
    asked = Asked(case.mentees + people("F", 900), case.mentors + others, {"tutor": tutors}, keys)
    conflict = asked.match().conflict
    assert conflict.is_smallest
    assert {wish.label for wish in conflict.wishes} == {
        *case.wishes,
        "the rule 'no pairs related as tutor' (rule 1)",
    }


def test_a_time_that_is_not_enough_leaves_a_true_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(smallest_conflict._HittingSetSearch, "_find_necessary", late)
    monkeypatch.setattr(smallest_conflict._HittingSetSearch, "_minimum_iis", late)
    asked = Asked(needy("E1", "E2"), [person("M1")])
    conflict = asked.match().conflict
    assert (conflict.is_minimal, conflict.is_smallest) == (True, False)
    assert len(conflict.wishes) == 3
    assert conflict.lines()[0] == "These requirements cannot all hold:"
