"""Everybody without a partner has a kind, and the sentences of one kind read alike."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import assume, given, settings

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.matching.unpaired import UnpairedKind, UnpairedPerson

COUNTED = r"\d+ (withdrew|had |excluded (by|because|as) )"
FORMS = {
    "not_eligible": r"not eligible: (has |has not |excluded by a confidential rule)",
    "nobody_suitable": rf"nobody was suitable: (there are no (mentee|mentor)s$|{COUNTED})",
    "outbid": r"(1 (mentee|mentor) was|\d+ (mentee|mentor)s were) suitable, but "
    r"(was paired with someone else|all were paired with someone else|was not chosen; |"
    r"none was chosen; )",
    "withdrew": r"withdrew from the scheme$",
    "reserve": r"is a reserve, and was not needed$",
}


def require_form(row: UnpairedPerson) -> None:
    assert re.match(FORMS[row.kind], row.reason), row
    others = [kind for kind in FORMS if kind != row.kind and re.match(FORMS[kind], row.reason)]
    assert not others, row


def test_every_kind_has_a_form() -> None:
    assert set(FORMS) == set(get_args(UnpairedKind))


@settings(max_examples=150, deadline=None)
@given(problems(most_people=6))
def test_everybody_without_a_partner_has_a_kind_and_its_sentence(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None)
    unpaired = [
        id_
        for side in result.cohort.sides
        for id_ in side.ids
        if not result.partners_of(side.role)[id_]
    ]
    assert [row.id for row in result.unpaired_rows] == unpaired
    for row in result.unpaired_rows:
        require_form(row)
        side = result.cohort.side(row.side)
        status = side.status[side.position[row.id]]
        assert (row.kind == "withdrew") is (status == "withdrawn")
        if row.kind == "reserve":
            assert status == "reserve"
    assert list(result.unpaired.columns) == ["id", "side", "reason", "kind"]


def test_one_of_each_kind() -> None:
    mentees = [
        *people("E", 3),
        person("E3", attended_training="no"),
        person("E4", capacity=0),
        person("E5", status="withdrawn"),
        person("E6", eligibility_confirmed=None),
        person("E7", site="far"),
        person("E8", site="south"),
    ]
    mentors = [
        *people("M", 2),
        person("M2", status="reserve", site="south"),
        person("M3", site="south"),
    ]
    for table in (mentees, mentors):
        for row in table:
            row.setdefault("attended_training", "yes")
            row.setdefault("eligibility_confirmed", "yes" if row["id"] != "E6" else "no")
            row.setdefault("site", "near")
    rules = [
        {"type": "eligible", "column": "attended_training"},
        {"type": "eligible", "column": "eligibility_confirmed"},
        {"type": "attribute", "column": "site", "relation": "same", "any": []},
    ]
    scores = {("E0", "M0"): 0.9, ("E1", "M1"): 0.9}
    result = rm.match(cohort_of(mentees, mentors), table_scheme(scores, rules=rules))
    rows = {row.id: (row.kind, row.reason) for row in result.unpaired_rows}
    assert rows == {
        "E2": ("outbid", "2 mentors were suitable, but all were paired with someone else"),
        "E3": ("not_eligible", "not eligible: has not attended training"),
        "E4": ("not_eligible", "not eligible: has no places (a capacity of 0)"),
        "E5": ("withdrew", "withdrew from the scheme"),
        "E6": ("not_eligible", "not eligible: has no confirmed eligibility"),
        "E7": rows["E7"],
        "M2": ("reserve", "is a reserve, and was not needed"),
    }
    assert rows["E7"][0] == "nobody_suitable"
    assert rows["E7"][1].startswith("nobody was suitable: 4 excluded by the rule '")
    for row in result.unpaired_rows:
        require_form(row)


def test_a_rule_on_a_private_column_is_named_by_its_number_from_one() -> None:
    rules = [
        {"type": "eligible", "column": "attended_training"},
        {"type": "attribute", "column": "faith", "relation": "same", "any": []},
    ]
    table = [person(f"{letter}0", faith=letter, attended_training="yes") for letter in "EM"]
    cohort = cohort_of(table[:1], table[1:])
    result = rm.match(cohort, table_scheme({}, rules=rules, sensitive=["faith"]))
    reasons = {row.reason for row in result.unpaired_rows}
    assert reasons == {"nobody was suitable: 1 excluded by a confidential rule (rule 2)"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "nobody was suitable: 1 had no yes under dbs check"),
        ({"values": ["clear"]}, "nobody was suitable: 1 had no 'clear' under dbs check"),
    ],
)
def test_eligibility_by_any_column_reads_as_a_sentence(
    values: dict[str, list[str]], words: str
) -> None:
    rule = {"type": "eligible", "column": "dbs_check", "side": "mentors", **values}
    cohort = cohort_of([person("E0")], [person("M0", dbs_check="no")])
    result = rm.match(cohort, table_scheme({}, rules=[rule]))
    assert [row.reason for row in result.unpaired_rows] == [
        words,
        words.replace("nobody was suitable: 1 had", "not eligible: has"),
    ]
