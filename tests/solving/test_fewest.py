"""As few repeats as possible: counted, named, proved, and the same wherever a result goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration
from helpers.people import cohort_of, pairs_of, people, table_scheme
from helpers.random_problems import Problem, problems, weighed_scores
from rmmatch.scheme.objectives import Aim
from rmmatch.solving import api

ANY = settings(
    max_examples=int(os.environ.get("RMMATCH_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
REPEATS = {"tier": "fewest", "kind": "past_pair"}
SAME_TEAM = {"tier": "fewest", "kind": "same team"}
SQUARE = {(f"E{e}", f"M{m}"): float(e == m) for e in range(3) for m in range(3)}
MET = {"past_pair": [("E0", "M0"), ("E0", "M1"), ("E0", "M2"), ("E1", "M0")]}


def matched(*objective: Any, relations: Any = MET, **options: Any) -> rm.Result:
    scheme = table_scheme(SQUARE, objective=objective, **options)
    mentors = people("M", 3, group="A")
    result = rm.match(cohort_of(people("E", 3), mentors, relations), scheme)
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []
    return result


def test_somebody_who_has_met_everybody_is_paired_once_more() -> None:
    forbidden = matched("pairs", "total", rules=[{"type": "relations", "forbid": ["past_pair"]}])
    assert len(forbidden.made) == 2
    result = matched("pairs", REPEATS, "total")
    assert result.objective == {"pairs": 3, "fewest past_pair": 1, "total": 3}
    assert result.bound == result.objective


def test_the_result_says_how_many_repeats_there_are_and_which() -> None:
    cohort = rm.read_cohort(
        [{"id": "m1", "name": "Bo Lee"}, {"id": "m2"}],
        [{"id": "e1", "name": "Ann Day"}, {"id": "e2"}],
        relations=[
            {"mentor": mentor, "mentee": mentee, "kind": kind}
            for mentor, mentee, kind in [
                ("m1", "e1", "past_pair"),
                ("m2", "e1", "past_pair"),
                ("m1", "e2", "past_pair"),
                ("m2", "e2", "same_team"),
            ]
        ],
    )
    scheme = rm.Scheme(direction="peer", objective=["pairs", REPEATS, {**SAME_TEAM}])
    result = rm.match(cohort, scheme)
    assert result.headline == (
        "2 pairs, 1 of them a repeat and 1 of them listed as 'same_team'. "
        "No better pairing exists under your rules (proved)."
    )
    assert "1 of 2 pairs is a repeat (the fewest possible): Ann Day (e1) and Bo Lee (m1)." in (
        result.notes
    )
    assert "1 of 2 pairs is listed as 'same_team' (the fewest possible): e2 and m2." in result.notes
    assert "This pair is a repeat" in str(rm.explain(result, mentee="e1", mentor="m1"))
    assert "would be a repeat" in str(rm.explain(result, mentee="e1", mentor="m2"))
    assert "repeat" not in str(rm.explain(result, mentee="e1", audience="participant"))
    hidden = rm.match(cohort, scheme.model_copy(update={"sensitive": ("name",)}))
    assert "Ann" not in "".join(hidden.notes)


def test_several_kinds_are_counted_each_for_itself() -> None:
    relations = {**MET, "same_team": [("E1", "M1"), ("E2", "M1"), ("E1", "M2")]}
    for objective, values in (
        (("pairs", REPEATS, SAME_TEAM), {"fewest past_pair": 1, "fewest same_team": 1}),
        (("pairs", SAME_TEAM, REPEATS), {"fewest same_team": 0, "fewest past_pair": 2}),
    ):
        result = matched(*objective, relations=relations)
        assert result.objective == {"pairs": 3, **values}
        assert list(result.objective) == ["pairs", *values]


@st.composite
def several_kinds(draw: Any) -> Problem:
    problem = draw(problems(most_people=5))
    pairs = list(problem.scores)
    kinds = ("past_pair", "same_team", "met")
    for kind in kinds:
        listed = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
        problem.relations[kind] = listed
    aims = draw(st.permutations([Aim(tier="fewest", kind=kind) for kind in kinds]))
    first = draw(st.sampled_from(["pairs", "participation"]))
    n_aims = draw(st.integers(1, 3))
    problem.objective = (first, *aims[:n_aims], *draw(st.sampled_from([(), ("total",)])))
    return problem


@ANY
@given(problem=several_kinds(), seed=st.integers(0, 2))
def test_it_is_what_trying_everything_gives(problem: Problem, seed: int) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    result = rm.match(cohort, scheme, seed=seed)
    assert (result.status is rm.Status.OPTIMAL) == (best.values is not None)
    if best.values is not None:
        assert dict(result.values) == dict(result.bounds) == best.values
        assert pairs_of(result) in best.matchings
        assert rm.check(result) == []


@ANY
@given(problem=several_kinds(), data=st.data())
def test_nobody_may_claim_fewer_repeats_than_there_are(
    problem: Problem, data: st.DataObject
) -> None:
    result = problem.match()
    counted = [tier for tier in result.values if tier.startswith("fewest ")]
    assume(counted)
    tier = data.draw(st.sampled_from(counted))
    values = {**result.values, tier: result.values[tier] + 1}
    assert "value" in rm.check(result.replace(values=values)).by_rule()
    assert {"value", "proof"} <= {*rm.check(result.replace(values=values, bounds=values)).by_rule()}


@ANY
@given(problem=several_kinds())
def test_a_rematch_counts_repeats_too(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None)
    again = rm.rematch(result, most_changes=1)
    assert rm.check(again.result) == []
    assert again.result.values.keys() >= {t for t in result.values if t.startswith("fewest ")}


def test_a_kind_that_nobody_listed_or_that_is_forbidden_decides_nothing() -> None:
    idle = matched("pairs", REPEATS, relations={})
    assert idle.objective == {"pairs": 3}
    assert idle.headline.startswith("3 pairs. ")
    (note,) = (note for note in idle.notes if "past pairs" in note)
    assert note == (
        "no past pairs are listed, so the aim {tier: fewest, kind: past_pair} has no effect"
    )
    rule = {"type": "relations", "forbid": ["past_pair"]}
    hard = matched("pairs", REPEATS, rules=[rule])
    assert hard.objective == {"pairs": 2}
    assert any(note.startswith("a rule forbids all past pairs") for note in hard.notes)
    without = rm.what_if(hard, rules={0: None})
    assert without.result.objective == {"pairs": 3, "fewest past_pair": 1}


def test_an_unknown_kind_is_a_problem() -> None:
    aim = {"tier": "fewest", "kind": "past_pairs"}
    with pytest.raises(rm.SchemeError, match=r"objective 2, kind.*'past_pairs'.*'past_pair'"):
        matched("pairs", aim)


def test_a_sensitive_list_is_not_counted() -> None:
    with pytest.raises(rm.SchemeError, match="the result would show who is on it"):
        rm.Scheme(sensitive=["union"], objective=["pairs", {"tier": "fewest", "kind": "union"}])
    with pytest.raises(rm.SchemeError, match="equality monitoring only"):
        rm.Scheme(
            monitoring_only=["union"], objective=["pairs", {"tier": "fewest", "kind": "union"}]
        )


def test_a_doubtful_name_in_the_list_stops_the_pairing() -> None:
    mentors = [{"id": "m1", "name": "Helen Marsh"}, {"id": "m2", "name": "Amara Okafor"}]
    mentees = [{"id": "e1", "past_pair": "H. Marsh"}, {"id": "e2", "past_pair": ""}]
    cohort = rm.read_cohort(mentors, mentees)
    rm.match(cohort, rm.Scheme(direction="peer"))
    with pytest.raises(rm.SchemeError, match="Marsh"):
        rm.match(cohort, rm.Scheme(direction="peer", objective=["pairs", REPEATS]))


def test_a_run_is_saved_read_and_shared(tmp_path: Path) -> None:
    relations = {**MET, "our_own_kind": [("E1", "M1")]}
    result = matched(
        "pairs", REPEATS, {"tier": "fewest", "kind": "our own kind"}, relations=relations
    )
    result.save(tmp_path / "run.json")
    again = rm.load_result(tmp_path / "run.json")
    assert again.values == result.values
    assert rm.check(again) == []
    rm.anonymise(tmp_path / "run.json", tmp_path / "shared.json")
    text = (tmp_path / "shared.json").read_text()
    assert "our_own_kind" not in text
    shared = rm.load_result(tmp_path / "shared.json")
    assert list(shared.values.values()) == list(result.values.values())
    assert rm.check(shared) == []


def test_what_else_asks_about_tiers_knows_it() -> None:
    result = matched("pairs", REPEATS, "total")
    assert rm.alternatives(result, k=2)[0].objective["fewest past_pair"] == 1
    assert rm.prices_of_pairs(result).losses["fewest past_pair"].max() == 1
    assert "repeats: 1 before, 1 after" in str(rm.what_if(result, forbid=[("E0", "M0")]))
    assert rm.trade_off(result).total_given_up == 0
    assert rm.confidence(result, 3).pairs["survival"].notna().all()


def test_with_a_quota_and_with_some_of_it_given_up() -> None:
    half = {**REPEATS, "within": 0.5}
    relations = {"past_pair": [(f"E{e}", f"M{m}") for e in range(3) for m in range(3) if e <= m]}
    strict = matched("pairs", REPEATS, "total", relations=relations)
    assert (strict.objective["fewest past_pair"], strict.objective["total"]) == (1, 0)
    quota = {"side": "mentors", "column": "group", "value": "A", "at_most": 3, "penalty": 0.1}
    loose = matched("pairs", half, "total", relations=relations)
    assert loose.objective["total"] == 0  # half of one pair is none
    assert matched("pairs", REPEATS, "total", relations=relations, quotas=[quota]).objective == (
        strict.objective
    )


def test_more_pairs_than_can_be_held_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", 3)
    assert matched("pairs", REPEATS).objective["fewest past_pair"] == 1
    monkeypatch.setattr(api, "_MAX_REQUIRED_MATRIX_PAIRS", 3)
    with pytest.raises(rm.errors.NotSupportedError, match="fewest past_pair: only for up to 3"):
        matched("pairs", REPEATS)
    assert matched("pairs", REPEATS, relations={}).objective == {"pairs": 3}  # it decides nothing


def test_the_table_for_next_year_is_avoided_softly() -> None:
    rm_note = "No rule of the scheme keeps past pairs apart"
    hard = rm.carry_over(matched("pairs", "total"))
    assert any(rm_note in note for note in hard.notes)
    soft = rm.carry_over(matched("pairs", REPEATS, "total"))
    assert not any(rm_note in note for note in soft.notes)


@ANY
@given(problem=several_kinds())
def test_pairs_dismissed_unscored_are_counted_all_the_same(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rmmatch.checking.proof._MAX_PAIRS_ALL_SCORED", 0)
        assert rm.check(result) == []
        assert rm.check(result, exhaustive=True) == []


def test_a_kind_that_the_form_calls_sensitive_is_refused_too() -> None:
    cohort = rm.read_cohort(
        [{"id": "m1"}, {"id": "m2"}], [{"id": "e1", "past_pair": "m1"}], sensitive=["past_pair"]
    )
    with pytest.raises(rm.SchemeError, match="would show who is on it") as caught:
        rm.match(cohort, rm.Scheme(direction="peer", objective=["pairs", REPEATS]))
    assert "m1" not in str(caught.value)


def test_pins_and_reserves_are_counted_like_others() -> None:
    mentors = [*people("M", 2), *people("N", 1, status="reserve")]
    cohort = cohort_of(people("E", 2), mentors, {"past_pair": [("E0", "M0"), ("E1", "M1")]})
    scheme = table_scheme({}, objective=["pairs", REPEATS])
    assert rm.match(cohort, scheme).objective["fewest past_pair"] == 0
    pinned = table_scheme(
        {}, objective=["pairs", REPEATS], rules=[{"type": "pairs", "pin": [["E0", "M0"]]}]
    )
    result = rm.match(cohort, pinned)
    # two applicants are paired before a reserve is, even where that is a repeat
    assert result.objective == {"applicants": 2, "pairs": 2, "fewest past_pair": 2}
    assert rm.check(result) == []
