"""A scheme in sentences: every value that it sets is in one of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

import rmmatch as rm
from helpers.people import cohort_of, people
from helpers.strategies import cases
from rmmatch import synthetic
from rmmatch.desk.rule_forms import RuleSentence, scheme_form, sentences


def sentence_of(family: str, member: Any, **keys: Any) -> RuleSentence:
    scheme = rm.Scheme.from_dict({family: [member], **keys})
    return next(s for s in sentences(scheme) if s.path == f"{family}[0]")


def gap(direction: str, **window: float) -> str:
    rule = {"type": "power_distance", **window}
    return sentence_of("rules", rule, direction=direction).marked_text


def test_grades_are_above_or_below_by_the_direction() -> None:
    assert gap("reverse", min_gap=2) == "A mentor must be at least [2] grades below the mentee."
    assert gap("traditional", min_gap=1) == "A mentor must be at least [1] grade above the mentee."
    assert gap("peer", max_gap=3) == "The two must be at most [3] grades apart."
    assert (
        gap("traditional", min_gap=-1.5, max_gap=4)
        == "The mentor's grade minus the mentee's must be at least [-1.5] and at most [4]."
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"type": "eligible"}, "[Everybody] must have [a yes] under [attended training]."),
        (
            {"type": "eligible", "column": "dbs", "side": "mentors", "values": ["clear"]},
            "[Mentors] must have ['clear'] under [dbs].",
        ),
        (
            {"type": "relations", "forbid": ["line_manager", "tutor"]},
            "Never together: [line manager, tutor].",
        ),
        (
            {"type": "reporting_chain", "levels": 3},
            "Nobody is paired with a manager of theirs, up to [3] levels up.",
        ),
        (
            {"type": "availability", "min_minutes": 60, "missing": "allow"},
            "The two must share at least [60] minutes of free time a week; where an answer is "
            "missing, [the pair is allowed].",
        ),
        (
            {
                "type": "attribute",
                "column": "gender",
                "relation": "same",
                "any": ["No preference"],
                "only_where": {"minds": "yes"},
                "side": "mentees",
            },
            "The two must have [the same answer] under [gender], only where [minds is 'yes']; "
            "whose answer decides that: [the mentee], unless one of the two [gave the answer "
            "'No preference'].",
        ),
        (
            {"type": "minimum_score", "at_least": 0.29},
            "A pair must have at least [29] points out of 100.",
        ),
        (
            {"type": "pairs", "pin": [["E1", "M3"]], "forbid": [["E2", "M5"], ["E2", "M6"]]},
            "Always together: [E1 with M3]; never together: [E2 with M5, E2 with M6].",
        ),
    ],
)
def test_rules_in_words(rule: dict[str, Any], said: str) -> None:
    assert sentence_of("rules", rule).marked_text == said


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        (
            {"side": "mentors", "column": "organisation", "value": "ARC", "at_least": 2},
            "At least [2] [mentors] with [organisation] [ARC].",
        ),
        (
            {"side": "mentees", "column": "department", "each": True, "at_least": 1, "at_most": 5},
            "At least [1] and at most [5] [mentees] of [each] [department].",
        ),
        (
            {"side": "mentors", "column": "organisation", "parity": 0.1},
            "The shares of [mentors] who have a partner, by [organisation], must be within [10] "
            "percentage points of each other.",
        ),
        (
            {"side": "pairs", "column": "organisation", "relation": "different", "at_least": 3},
            "At least [3] [pairs] with [different answers] under [organisation].",
        ),
        (
            {"side": "pairs", "mentor": {"site": "ARC"}, "mentee": {"site": "B"}, "at_most": 1}
            | {"penalty": 0.2},
            "At most [1] [pairs] of a mentee with [site B] and a mentor with [site ARC]; it may "
            "be missed, at a price of [20 points] for each one missing.",
        ),
    ],
)
def test_quotas_in_words(quota: dict[str, Any], said: str) -> None:
    assert sentence_of("quotas", quota).marked_text == said


def test_weights_are_shares_of_100() -> None:
    criteria = [{"type": "goals", "weight": w, "name": f"G{w}"} for w in (1, 1, 1)]
    scheme = rm.Scheme.from_dict({"criteria": criteria})
    said = [s for s in sentences(scheme) if s.family == "criteria"]
    assert [s.share for s in said] == [34, 33, 33]
    assert sum(s.share or 0 for s in said) == 100
    assert said[0].name == "G1"
    assert said[0].blanks[0].path == "criteria[0].weight"
    assert said[0].text.startswith("34 of 100 points: goals")


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_sentence_names_every_value_that_is_set(case: Any) -> None:
    scheme = case[1]
    form = scheme_form(scheme)
    said = {s.path: s for s in sentences(scheme, form=form, shows_confidential=True)}
    for part in form.parts:
        if not part.is_present:
            continue
        sentence = said[part.path]
        named = {blank.path for blank in sentence.blanks}
        for field in part.fields:
            if field.key in ("name", "reason") and part.family != "scheme":
                assert (field.value or "") == getattr(sentence, field.key)
            elif field.is_set and field.value != {}:
                assert field.path in named, (field.path, sentence.marked_text)
        assert len(named) == len(sentence.blanks)
        assert all(blank.text for blank in sentence.blanks)
        assert sentence.text[:1] == sentence.text[:1].upper()
        assert sentence.text.endswith(".")
        assert "{" not in sentence.text


def test_a_confidential_rule_says_only_that() -> None:
    cohort, scheme = synthetic.demo()
    said = sentences(scheme, cohort)
    assert [s.text for s in said if s.is_confidential] == ["A confidential rule."]
    everything = json.dumps([s.to_dict() for s in said])
    assert "ethnicity" not in everything
    assert "Equality Act" not in everything
    for_author = json.dumps([s.to_dict() for s in sentences(scheme, shows_confidential=True)])
    assert "ethnicity" in for_author
    quota = {"side": "mentors", "column": "faith", "value": "A", "at_least": 1}
    assert sentence_of("quotas", quota, sensitive=["faith"]).text == "A confidential quota."


def test_people_of_single_pairs_have_names() -> None:
    cohort = cohort_of(people("E", 1, name="Ann Lee"), people("M", 1, name="Bo Hill"))
    scheme = rm.Scheme.from_dict({"rules": [{"type": "pairs", "forbid": [["E0", "M0"]]}]})
    said = sentences(scheme, cohort)[-1 - len(scheme.aims)]
    assert said.text == "Never together: Ann Lee (E0) with Bo Hill (M0)."
    many = {"type": "pairs", "forbid": [[f"E{n}", "M1"] for n in range(9)]}
    assert sentence_of("rules", many).text == "Never together: 9 pairs."
