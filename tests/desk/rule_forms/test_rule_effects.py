"""What each rule forbids is what one counts pair by pair; nothing is counted of a private rule."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import rmmatch as rm
from helpers.people import cohort_of, people, person
from helpers.reference import Reference
from helpers.strategies import cases
from rmmatch.desk.rule_forms import Effects, effects


def counted_one_by_one(case: Any) -> list[list[list[bool]]]:
    """Which pairs each rule forbids, by the reference: rules that always hold come first."""
    tables, scheme = case
    reference = Reference(tables, scheme)
    pairs = [[(e["id"], m["id"]) for m in tables.mentors] for e in tables.mentees]
    checks = [
        lambda e, m: e == m,
        lambda e, m: reference._rule_not_withdrawn({}, e, m),
        lambda e, m: reference._related(e, m, "declined"),
        lambda e, m: reference._related(e, m, "forbidden"),
        *(
            lambda e, m, r=r: getattr(reference, "_rule_" + r["type"])(r, e, m)
            for r in reference.scheme["rules"]
        ),
    ]
    masks = [[[bool(check(*pair)) for pair in row] for row in pairs] for check in checks]
    # of somebody with themselves the reference knows the first rule alone
    scores = rm.score(tables.cohort(), scheme)
    for index, kernel in enumerate(scores.masks):
        for i, row in enumerate(pairs):
            for j, (e, m) in enumerate(row):
                if e == m and kernel is not None:
                    masks[index][i][j] = bool(kernel.block(np.array([i]), np.array([j]))[0, 0])
    return masks


def lonely(masks: list[list[list[bool]]]) -> int:
    """How many people have nobody where any of the masks forbids."""
    rows, columns = range(len(masks[0])) if masks else (), range(len(masks[0][0]))
    forbidden = [[any(mask[i][j] for mask in masks) for j in columns] for i in rows]
    return sum(map(all, forbidden)) + sum(map(all, zip(*forbidden, strict=True)))


@settings(max_examples=80, deadline=None)
@given(cases())
def test_counts_are_those_of_plain_counting(case: Any) -> None:
    masks = counted_one_by_one(case)
    counted = effects(case[0].cohort(), case[1])
    assert len(counted.rules) == len(masks)
    cells = [[flag for row in mask for flag in row] for mask in masks]
    assert counted.n_pairs == len(cells[0])
    assert counted.n_allowed == sum(not any(flags) for flags in zip(*cells, strict=True))
    assert counted.n_people_without == lonely(masks)
    for index, rule in enumerate(counted.rules):
        others = [mask for place, mask in enumerate(masks) if place != index]
        assert rule.n_forbidden == sum(cells[index])
        assert rule.n_forbidden_alone == sum(
            flags[index] and sum(flags) == 1 for flags in zip(*cells, strict=True)
        )
        assert rule.n_people == lonely([masks[index]])
        assert rule.n_people_more == lonely(masks) - lonely(others)


def small(rules: list[dict[str, Any]], **keys: Any) -> Effects:
    mentees = [person(f"E{n}", team="ab"[n % 2], faith="xyz"[n % 3], goals="g") for n in range(6)]
    mentors = [person(f"M{n}", team="a", faith="xyz"[n % 3], goals="g") for n in range(4)]
    scheme = rm.Scheme.from_dict({"rules": rules, **keys})
    return effects(cohort_of(mentees, mentors), scheme)


TEAM = {"type": "attribute", "column": "team", "relation": "same", "any": []}
FAITH = {"type": "attribute", "column": "faith", "relation": "different", "reason": "agreed"}


def test_counts_in_words() -> None:
    counted = small([TEAM, {"type": "relations", "forbid": ["tutor"]}, TEAM])
    assert [rule.text for rule in counted.rules[4:]] == [
        "forbids 12 of 24 pairs, all of which other rules forbid too; 3 people could then have "
        "nobody",
        "forbids no pair",
        "forbids 12 of 24 pairs, all of which other rules forbid too; 3 people could then have "
        "nobody",
    ]
    assert [rule.path for rule in counted.rules[4:]] == ["rules[0]", "rules[1]", "rules[2]"]
    assert counted.of("rules[0]") is counted.rules[4]
    assert counted.of("") is None


def test_a_private_rule_is_never_counted_nor_shows_in_other_counts() -> None:
    rules, private = [TEAM, FAITH], {"sensitive": ["faith"]}
    counted = small(rules, **private)
    rule = counted.of("rules[1]")
    assert rule is not None
    assert rule.is_confidential
    assert rule.text == "may leave somebody without a partner"
    numbers = rule.n_forbidden, rule.n_forbidden_alone, rule.n_people, rule.n_people_more
    assert numbers == (None,) * 4
    assert "faith" not in json.dumps(counted.to_dict())
    # whatever the private rule says, all numbers are the same
    without = small([TEAM], **private)
    for hidden in (FAITH, {**FAITH, "relation": "same", "any": []}):
        now = small([TEAM, hidden], **private)
        assert now.of("rules[0]") == without.of("rules[0]")
        assert (now.n_allowed, now.n_people_without) == (
            without.n_allowed,
            without.n_people_without,
        )
    # and where the lists that always hold are private, these are not counted either
    assert small([TEAM], sensitive=["declined"]).rules[2].text == rule.text


def test_a_criterion_that_a_pair_needs_is_counted() -> None:
    criterion = {"type": "attribute", "column": "team", "must_have": True}
    counted = small([], criteria=[{"type": "goals"}, criterion])
    rule = counted.of("criteria[1]")
    assert rule is not None
    assert rule.text == "forbids 12 of 24 pairs; 3 people could then have nobody"


def test_too_many_pairs_are_not_counted() -> None:
    cohort = cohort_of(people("E", 3, team="a"), people("M", 3, team="b"))
    scheme = rm.Scheme.from_dict({"rules": [{**TEAM, "relation": "different"}]})
    counted = effects(cohort, scheme, max_pairs=8)
    assert counted.rules[-1].text == "is not counted, as there are 9 pairs"
    assert (counted.n_allowed, counted.n_people_without) == (None, None)


@pytest.mark.parametrize("sides", [(0, 2), (2, 0)])
def test_where_nobody_is_nothing_is_forbidden(sides: tuple[int, int]) -> None:
    cohort = cohort_of(people("E", sides[0]), people("M", sides[1]))
    counted = effects(cohort, rm.Scheme())
    assert {rule.n_forbidden for rule in counted.rules} == {0}
    assert counted.n_allowed == 0
