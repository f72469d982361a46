"""The conflict found is a smallest one: every choice of every subset of wishes is tried."""

from __future__ import annotations

import os
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import person
from helpers.quota_counts import missed_by
from helpers.relaxations import Asked
from rmmatch.matching import Wish
from rmmatch.solving.infeasibility import requirement_model, smallest_conflict

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "40"))
ANY = settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

Key = tuple[Any, ...]


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(smallest_conflict, "_STEP_TIME_S", 60.0)
    monkeypatch.setattr(requirement_model, "_MIN_VIOLATION_TIME_S", 60.0)


@st.composite
def asked(draw: Any) -> Asked:
    """At most nine pairs, much asked of them."""
    shape = draw(st.sampled_from([(2, 2), (3, 2), (2, 3), (3, 3), (3, 3), (4, 2)]))
    sides = [
        [
            person(
                f"{prefix}{index}",
                capacity=draw(st.sampled_from([1, 1, 1, 2, 0])),
                min_load=draw(st.sampled_from([0, 0, 1, 2])),
                status=draw(st.sampled_from(["applicant"] * 6 + ["reserve", "withdrawn"])),
                group=draw(st.sampled_from(["a", "b"])),
            )
            for index in range(count)
        ]
        for prefix, count in zip("EM", shape, strict=True)
    ]
    for side in sides:
        side[0]["group"], side[-1]["group"] = "a", "b"
    pairs = [(e["id"], m["id"]) for e, m in product(*sides)]
    kinds = draw(
        st.lists(
            st.sampled_from(["tutor", "forbidden", "listed", "", "", ""]),
            min_size=len(pairs),
            max_size=len(pairs),
        )
    )
    by_kind = {
        k: [p for p, kind in zip(pairs, kinds, strict=True) if kind == k] for k in set(kinds)
    }
    rules: list[dict[str, Any]] = [
        {"type": "relations", "forbid": ["tutor"]},
        {"type": "pairs", "forbid": by_kind.get("listed", [])},
    ]
    if draw(st.booleans()):
        relation = draw(st.sampled_from(["same", "different"]))
        rules.append({"type": "attribute", "column": "group", "relation": relation, "any": []})
    value = {"column": "group", "value": draw(st.sampled_from(["a", "b"]))}
    forms = [
        {"side": draw(st.sampled_from(["mentors", "mentees"])), **value},
        {"side": draw(st.sampled_from(["mentors", "mentees"])), "column": "group", "each": True},
        {
            "side": "pairs",
            "column": "group",
            "relation": draw(st.sampled_from(["same", "different"])),
        },
    ]
    bounds = st.sampled_from(
        [
            {"at_least": 1},
            {"at_least": 2},
            {"at_least": 3},
            {"at_most": 1},
            {"at_most": 0},
            {"at_least": 1, "at_most": 1},
        ]
    )
    quotas = [
        {**form, **draw(bounds)} for form in draw(st.lists(st.sampled_from(forms), max_size=2))
    ]
    if draw(st.booleans()):
        quotas.append(
            {"side": "mentors", "column": "group", "parity": draw(st.sampled_from([0, 0.3]))}
        )
    open_pairs = [p for p in by_kind.get("", []) if "withdrawn" not in _status(sides, p)]
    room = {one["id"]: one["capacity"] for side in sides for one in side}
    groups = {one["id"]: one["group"] for side in sides for one in side}
    pins = []
    for pair in draw(st.lists(st.sampled_from(open_pairs), max_size=2)) if open_pairs else []:
        same = groups[pair[0]] == groups[pair[1]]
        is_allowed = len(rules) < 3 or (rules[2]["relation"] == "same") == same
        if pair not in pins and is_allowed and all(room[id_] for id_ in pair):
            pins.append(pair)
            for id_ in pair:
                room[id_] -= 1
    relations = {
        "tutor": by_kind.get("tutor", []),
        "forbidden": by_kind.get("forbidden", []),
        "pinned": pins,
    }
    keys = {
        "rules": rules,
        "quotas": quotas,
        "min_load": draw(st.sampled_from(["hard", "hard", "if_used"])),
    }
    return Asked(*sides, relations, keys)


def _status(sides: list[list[dict[str, Any]]], pair: tuple[str, str]) -> set[str]:
    return {one["status"] for side in sides for one in side if one["id"] in pair}


def missed_sets(problem: Asked) -> set[frozenset[Key]]:
    """For every choice of pairs that are never forbidden, what it misses; the smallest such."""
    cohort = problem.cohort()
    pairs = [
        (e, m)
        for e, m in product(range(len(problem.mentees)), range(len(problem.mentors)))
        if "withdrawn" not in (problem.mentees[e]["status"], problem.mentors[m]["status"])
        and _ids(problem, e, m) not in problem.relations["forbidden"]
    ]
    found: set[frozenset[Key]] = set()
    for taken in product([False, True], repeat=len(pairs)):
        chosen = [pair for pair, is_taken in zip(pairs, taken, strict=True) if is_taken]
        found.add(frozenset(_missed(problem, cohort, chosen)))
    return {one for one in found if not any(other < one for other in found)}


def _ids(problem: Asked, e: int, m: int) -> tuple[str, str]:
    return problem.mentees[e]["id"], problem.mentors[m]["id"]


def _missed(problem: Asked, cohort: rm.Cohort, chosen: list[tuple[int, int]]) -> set[Key]:
    missed: set[Key] = set()
    ids = {_ids(problem, e, m) for e, m in chosen}
    missed |= {("pin", *pair) for pair in problem.relations["pinned"] if pair not in ids}
    tutors, listed = problem.relations["tutor"], problem.keys["rules"][1]["forbid"]
    if ids & set(tutors):
        missed.add(("rule", 0))
    if ids & set(listed):
        missed.add(("rule", 1))
    for rule in problem.keys["rules"][2:]:
        alike = {problem.mentees[e]["group"] == problem.mentors[m]["group"] for e, m in chosen}
        if alike - {rule["relation"] == "same"}:
            missed.add(("rule", 2))
    for index, side in enumerate((problem.mentees, problem.mentors)):
        for place, one in enumerate(side):
            load = sum(pair[index] == place for pair in chosen)
            if load > one["capacity"]:
                missed.add(("capacity", one["id"]))
            spared = load == 0 and problem.keys["min_load"] == "if_used"
            if load < one["min_load"] and one["status"] == "applicant" and not spared:
                missed.add(("min_load", one["id"]))
    for at, quota in enumerate(problem.scheme().quotas):
        told = quota.model_dump()
        if not told["each"]:
            if missed_by(cohort, told, chosen):
                missed.add(("quota", at, ""))
            continue
        for value in "ab":
            if missed_by(cohort, {**told, "each": False, "value": value}, chosen):
                missed.add(("quota", at, value))
    return missed


def key_of(wish: Wish) -> Key:
    if wish.kind == "pin":
        return ("pin", *wish.mentees, *wish.mentors)
    if wish.kind == "rule":
        return ("rule", int(wish.where[6:-1]))
    if wish.kind == "quota":
        told = wish.label.split(" (")[0]
        is_one = " with group " in told and "rates" not in told
        return ("quota", int(wish.where[7:-1]), told[-1] if is_one else "")
    return (wish.kind, *wish.mentees, *wish.mentors)


@ANY
@given(problem=asked())
def test_the_conflict_is_a_smallest_one_and_each_change_is_enough(problem: Asked) -> None:
    sets = missed_sets(problem)
    result = problem.match()
    assert (frozenset() in sets) == (result.status is not rm.Status.INFEASIBLE)
    assume(frozenset() not in sets)
    conflict = result.conflict
    assert conflict is not None
    assert conflict.is_smallest
    each = {i for i, quota in enumerate(problem.keys["quotas"]) if quota.get("each")}
    found = {key_of(w) for w in conflict.wishes}
    found = {(k[0], k[1], k[2] if k[1] in each else "") if k[0] == "quota" else k for k in found}
    assert len(found) == len(conflict.wishes)
    assert all(found & one for one in sets), "some choice keeps all of it"
    every = sorted(set().union(*sets), key=str)
    for few in combinations(every, len(found) - 1):
        assert not all(set(few) & one for one in sets), f"{few} is a smaller one"
    # each change is enough, and those of people, pins and rules are all that are
    for change in conflict.relaxations:
        assert problem.relaxed(change).match().status is rm.Status.OPTIMAL, change.label
    alone = {key for one in sets if len(one) == 1 for key in one}
    told = {w.label for w in conflict.wishes if key_of(w) in alone and w.kind != "quota"}
    n_quotas = sum(change.where.startswith("quotas") for change in conflict.relaxations)
    assert len(conflict.relaxations) - n_quotas == len(told)
    if conflict.relaxations:
        assert conflict.together == ()
    else:
        assert problem.relaxed(*conflict.together).match().status is rm.Status.OPTIMAL
        assert len(conflict.together) <= min(len(one) for one in sets)


@ANY
@given(problem=asked())
def test_no_smaller_change_of_a_number_is_enough(problem: Asked) -> None:
    conflict = problem.match().conflict
    assume(conflict is not None)
    for change in conflict.relaxations:
        if change.after is None or change.where.endswith("parity"):
            continue
        step = 1 if change.after < change.before else -1
        nearer = change.after + step
        if nearer != change.before:
            less = type(change)(**{**_fields(change), "after": nearer})
            assert problem.relaxed(less).match().status is rm.Status.INFEASIBLE


def _fields(change: Any) -> dict[str, Any]:
    return {name: getattr(change, name) for name in change.__dataclass_fields__}
