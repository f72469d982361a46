"""`any:` and `only_where:`: who has no preference, and whom a rule binds."""

from __future__ import annotations

from typing import Any

import pytest

import rmmatch as rm
from rmmatch.scheme.quotas import Quota


def people(letter: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": f"{letter}{n}", **row} for n, row in enumerate(rows, start=1)]


def scheme(**parts: Any) -> rm.Scheme:
    return rm.Scheme.model_validate({"direction": "traditional", "objective": ["pairs"], **parts})


def same(column: str = "gender", **keys: Any) -> dict[str, Any]:
    return {"type": "attribute", "column": column, "relation": "same", **keys}


GENDERS = (
    people("e", *({"gender": value} for value in ("Woman", "No preference", "No preference"))),
    people("m", *({"gender": value} for value in ("Woman", "Man", "Non-binary"))),
)


def problems(tables: tuple[Any, Any], made: rm.Scheme) -> list[rm.Problem]:
    mentees, mentors = tables
    return made.problems(rm.read_cohort(mentors, mentees))


def forbidden(tables: tuple[Any, Any], made: rm.Scheme) -> set[str]:
    mentees, mentors = tables
    scores = rm.score(rm.read_cohort(mentors, mentees), made)
    matrix = scores.to_numpy()
    return {
        f"{e} {m}"
        for row, e in enumerate(scores.mentees)
        for column, m in enumerate(scores.mentors)
        if matrix[row, column] < 0
    }


# any ------------------------------------------------------------------------------------------


def test_no_preference_is_asked_about_and_then_allows() -> None:
    (problem,) = problems(GENDERS, scheme(rules=[same()]))
    assert (problem.column, problem.code) == ("rules[0].any", "bars_everybody")
    assert "2 mentees from every pair: e2, e3" in problem.reason
    assert "`any: [No preference]`" in problem.remedy
    made = scheme(rules=[same(any=["no  PREFERENCE"])])
    assert forbidden(GENDERS, made) == {"e1 m2", "e1 m3"}
    result = rm.match(rm.read_cohort(GENDERS[1], GENDERS[0]), made)
    assert len(result.pairs) == 3
    assert rm.check(result) == []


def test_an_empty_list_says_that_it_is_meant() -> None:
    made = scheme(rules=[same(any=[])])
    assert problems(GENDERS, made) == []
    notes = [*made.remarks(rm.read_cohort(GENDERS[1], GENDERS[0]))]
    assert any("it excludes 2 mentees from every pair" in note for note in notes), notes
    assert "any" in made.to_dict()["rules"][0]
    assert "any" not in scheme(rules=[same()]).to_dict()["rules"][0]


@pytest.mark.parametrize(
    "keys",
    [{"missing": "allow"}, {"relation": "different"}, {"only_where": {"minds": "yes"}}],
)
def test_whom_a_rule_does_not_bar_is_no_problem(keys: dict[str, Any]) -> None:
    mentees = people("e", {"gender": "a", "minds": "yes"}, {"gender": "c", "minds": "no"})
    mentors = people("m", {"gender": "a", "minds": "no"}, {"gender": None, "minds": "no"})
    assert bool(problems((mentees, mentors), scheme(rules=[same()])))
    assert problems((mentees, mentors), scheme(rules=[{**same(), **keys}])) == []


def test_who_cannot_be_paired_anyway_is_not_barred() -> None:
    mentees = people("e", {"gender": "a"}, {"gender": "c", "status": "withdrawn"})
    mentors = people("m", {"gender": "a"}, {"gender": "d", "capacity": 0})
    assert problems((mentees, mentors), scheme(rules=[same()])) == []


def test_a_slip_is_named_before_anything_else() -> None:
    mentees, mentors = people("e", {"site": "Leicestr"}), people("m", {"site": "Leicester"})
    first, second = problems((mentees, mentors), scheme(rules=[same("site")]))
    assert first.remedy.startswith("did you mean 'Leicester'?; if the rule is right as it is")
    assert second.value == "Leicester"


def test_sensitive_values_are_in_no_problem_and_no_remark() -> None:
    keys = {"sensitive": ["gender", "minds"]}
    (problem,) = problems(GENDERS, scheme(rules=[same()], **keys))
    assert problem.value == "(hidden)"
    text = f"{problem}"
    assert not any(word in text for word in ("preference'", "Woman", "e2"))
    tables = tuple([{**row, "minds": "never"} for row in side] for side in GENDERS)
    rule = same(any=[], only_where={"minds": "always"})
    (problem,) = problems(tables, scheme(rules=[rule], **keys))
    assert (problem.value, problem.code) == ("(hidden)", "unknown_value")
    assert "never" not in problem.reason
    rule = same(any=[], only_where={"minds": "never"})
    cohort = rm.read_cohort(tables[1], tables[0])
    assert not any(
        "never" in n or "Woman" in n for n in scheme(rules=[rule], **keys).remarks(cohort)
    )


def test_lists_and_numbers_may_hold_no_preference_too() -> None:
    mentees = people("e", {"topics": "a; any", "age": "any"}, {"topics": "b", "age": "30"})
    mentors = people("m", {"topics": "c", "age": "60"})
    overlap = {"type": "attribute", "column": "topics", "relation": "overlap", "any": ["Any"]}
    within = {"type": "attribute", "column": "age", "relation": "within", "gap": 5, "any": "any"}
    for rule in (overlap, within):
        assert forbidden((mentees, mentors), scheme(rules=[rule])) == {"e2 m1"}
    criteria = [
        {"type": "attribute", "column": "topics", "prefer": "overlap", "any": ["any"]},
        {"type": "attribute", "column": "age", "prefer": "close", "scale": 10, "any": ["any"]},
        {"type": "attribute", "column": "age", "any": ["any"]},
    ]
    scores = rm.score(rm.read_cohort(mentors, mentees), scheme(criteria=criteria))
    assert [*scores.pair("e1", "m1").raw.values()] == [1.0, 1.0, 1.0]
    assert [*scores.pair("e2", "m1").raw.values()] == [0.0, 0.0, 0.0]


def test_what_is_written_of_a_pair_without_preference() -> None:
    criterion = {"type": "attribute", "column": "gender", "any": ["No preference"]}
    made = scheme(criteria=[criterion])
    cohort = rm.read_cohort(GENDERS[1], GENDERS[0])
    assert made.criteria[0].fact(cohort, made.setting, 1, 0) == (
        "any gender will do: No preference"
    )
    assert made.criteria[0].shared_text(cohort, made.setting, 1, 0) == ""
    rule = scheme(rules=[same(any=["No preference", "Either"])]).rules[0]
    assert rule.describe() == (
        "gender must be the same (unless one of them is 'No preference' or 'Either')"
    )


# only_where -----------------------------------------------------------------------------------

MINDS = (
    people("e", {"gender": "M", "minds": "No"}, {"gender": "F", "minds": "No"}),
    people("m", {"gender": "F", "minds": "No"}, {"gender": "F", "minds": "Yes"}),
)


def test_a_wish_binds_only_who_has_it() -> None:
    rule = same(only_where={"Minds": "yes"})
    made = scheme(rules=[rule])
    assert forbidden(MINDS, made) == {"e1 m2"}
    result = rm.match(rm.read_cohort(MINDS[1], MINDS[0]), made)
    assert len(result.pairs) == 2
    assert rm.check(result) == []
    cohort = result.cohort
    assert made.rules[0].describe() == "gender must be the same, only where minds is 'yes'"
    assert made.rules[0].fact(cohort, made.setting, 0, 1) == (
        "gender: M and F; m2 answered 'Yes' under minds"
    )
    assert any("does not bind for these answers under 'minds': 'No' (3)" in n for n in result.notes)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"e1 m1", "e2 m1"}),
        ({"side": "mentors"}, set()),
        ({"side": "mentees"}, {"e1 m1", "e2 m1"}),
        ({"missing": "allow"}, {"e1 m1"}),
    ],
)
def test_a_blank_binds_unless_missing_data_is_allowed(
    keys: dict[str, Any], expected: set[str]
) -> None:
    mentees = people("e", {"site": "a", "minds": "TRUE"}, {"site": "a", "minds": None})
    mentors = people("m", {"site": "b", "minds": "no"})
    rule = same("site", any=[], only_where={"minds": ["yes"]}, **keys)
    assert forbidden((mentees, mentors), scheme(rules=[rule])) == expected


def test_every_measured_rule_may_have_a_condition() -> None:
    mentees = people("e", {"grade": "1", "availability": "Mon am", "minds": "no"})
    mentors = people("m", {"grade": "9", "availability": "Tue am", "minds": "no"})
    for rule in (
        {"type": "power_distance", "max_gap": 2},
        {"type": "availability", "min_minutes": 60},
    ):
        assert forbidden((mentees, mentors), scheme(rules=[rule])) == {"e1 m1"}
        bound = {**rule, "only_where": {"minds": "yes"}}
        assert forbidden((mentees, mentors), scheme(rules=[bound])) == set()


def test_a_condition_that_binds_nobody_is_a_problem_but_not_a_plain_no() -> None:
    mentees = people("e", {"site": "a", "minds": "Yes, I do mind"})
    mentors = people("m", {"site": "a", "minds": "Not at all"})
    made = scheme(rules=[same("site", only_where={"minds": "yes"})])
    (problem,) = problems((mentees, mentors), made)
    assert (problem.column, problem.value) == ("rules[0].only_where", "yes")
    assert "'Yes, I do mind' (1)" in problem.reason
    plain = tuple([{**row, "minds": "n"} for row in side] for side in (mentees, mentors))
    assert problems(plain, made) == []


def test_a_condition_needs_its_column_where_it_is_read() -> None:
    mentees, mentors = people("e", {"site": "a", "minds": "yes"}), people("m", {"site": "a"})
    rule = same("site", only_where={"minds": "yes"})
    (problem,) = problems((mentees, mentors), scheme(rules=[rule]))
    assert (problem.column, problem.code) == ("rules[0].only_where", "missing_column")
    assert problems((mentees, mentors), scheme(rules=[{**rule, "side": "mentees"}])) == []


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"rules": [same(side="mentees")]}, "give both"),
        ({"rules": [same(only_where={})]}, "is empty"),
        ({"rules": [same(only_where={"minds": []})]}, "is empty"),
        ({"rules": [same(only_where={"minds": True})]}, "rules[0].only_where"),
        ({"rules": [same(any=[True])]}, "any"),
        ({"criteria": [{"type": "attribute", "column": "x", "side": "mentees"}]}, "give both"),
        (
            {
                "quotas": [
                    {"side": "mentors", "column": "x", "value": "a", "any": ["b"], "at_least": 1}
                ]
            },
            "`any:` goes with",
        ),
        (
            {
                "quotas": [
                    {
                        "side": "pairs",
                        "column": "x",
                        "relation": "same",
                        "only_where": {"x": "a"},
                        "at_least": 1,
                    }
                ]
            },
            "for pairs write `mentor:`",
        ),
    ],
)
def test_keys_that_cannot_be(part: dict[str, Any], words: str) -> None:
    with pytest.raises(rm.SchemeError) as caught:
        rm.Scheme.from_dict(part)
    assert any(words in f"{p.column} {p.reason} {p.remedy}" for p in caught.value.items), (
        caught.value
    )


def test_a_criterion_matters_only_where_somebody_cares() -> None:
    criterion = {"type": "attribute", "column": "gender", "only_where": {"minds": "yes"}}
    made = scheme(criteria=[criterion])
    scores = rm.score(rm.read_cohort(MINDS[1], MINDS[0]), made)
    values = [scores.pair(e, m).raw for e in ("e1", "e2") for m in ("m1", "m2")]
    assert [value["attribute_gender"] for value in values] == [1.0, 0.0, 1.0, 1.0]
    fact = made.criteria[0].fact(scores.cohort, made.setting, 0, 0)
    assert fact == "gender does not matter to them"
    with pytest.raises(rm.SchemeError, match="scores the sensitive column"):
        rm.Scheme.from_dict({"sensitive": ["minds"], "criteria": [criterion]})


# quotas ---------------------------------------------------------------------------------------


def test_quotas_leave_these_people_out() -> None:
    rows = [("a", "new"), ("a", "old"), ("b", None), ("No preference", "new")]
    mentees = people("e", *({"ward": "x"} for _ in rows))
    mentors = people("m", *({"ward": ward, "kind": kind} for ward, kind in rows))
    cohort = rm.read_cohort(mentors, mentees)

    def groups(**keys: Any) -> dict[str, list[int]]:
        quota = Quota(side="mentors", column="ward", at_most=1, **keys)
        instance = quota.instance(cohort, rm.Scheme().setting)
        return {group.name: group.people.tolist() for group in instance.groups}

    assert groups(each=True, any=["no preference"]) == {
        "mentors with ward a": [0, 1],
        "mentors with ward b": [2],
    }
    assert groups(value="a", only_where={"kind": ["new"]}) == {
        "mentors with ward a, only where kind is 'new'": [0]
    }
    made = scheme(
        quotas=[
            {
                "side": "mentors",
                "column": "ward",
                "value": "a",
                "at_most": 0,
                "only_where": {"kind": "new"},
            }
        ]
    )
    assert len(rm.match(cohort, made).pairs) == 3


# yes and no -----------------------------------------------------------------------------------


def test_yes_and_no_stay_text_where_text_is_meant() -> None:
    made = rm.Scheme.from_text(
        """
version: 1
grades: [NO, Yes, On]
rules:
  - {type: eligible, column: dbs, values: [Yes]}
  - {type: attribute, column: minds, relation: same, any: [No], only_where: {minds: Yes}}
quotas:
  - {side: mentors, column: country, value: NO, at_least: 1}
  - {side: mentors, column: country, each: true, at_most: 3}
"""
    )
    assert made.grades == ("NO", "Yes", "On")
    assert made.rules[0].values == ("Yes",)
    assert (made.rules[1].any, made.rules[1].only_where) == (("No",), {"minds": ("Yes",)})
    assert made.quotas[0].value == "NO"
    assert rm.Scheme.from_text(made.to_yaml()) == made


@pytest.mark.parametrize(("written", "means"), [("true", True), ("yes", True), ("No", False)])
def test_a_yes_no_key_takes_any_yes_and_no(written: str, means: bool) -> None:
    made = rm.Scheme.from_text(f"criteria: [{{type: goals, rarity: {written}}}]")
    assert made.criteria[0].rarity is means


def test_what_is_no_yes_or_no_is_refused_with_the_words() -> None:
    with pytest.raises(rm.SchemeError, match="true or false"):
        rm.Scheme.from_text("criteria: [{type: goals, rarity: maybe}]")
