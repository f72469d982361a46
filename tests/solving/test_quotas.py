"""Quotas: what trying everything gives, cases by hand, and theorems."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration, comparable
from helpers.people import cohort_of, pairs_of, people, person, table_scheme
from helpers.quota_counts import missed_by
from helpers.random_problems import Problem, problems, weighed_scores
from rmmatch.matching.unpaired import barred_by_quotas
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.quotas import Quota
from rmmatch.solving.assignment import partial
from rmmatch.solving.mip import linear_relaxation, mip_solutions

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "100"))
ANY = settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(
    max_examples=max(15, N_EXAMPLES // 8), deadline=None, suppress_health_check=list(HealthCheck)
)

OTHERS = ("priority", "participation", "worst_pair", "leximin", "spread", "total", "blocking_pairs")
bounds = st.sampled_from(
    [{"at_least": n} for n in range(4)]
    + [{"at_most": n} for n in range(3)]
    + [{"at_least": 1, "at_most": 2}]
)
softness = st.sampled_from([{}, {}, {"soft": True}, {"penalty": 0.1}, {"penalty": 0.65}])
values = st.sampled_from(["a", "b"])


@st.composite
def quotas(draw: Any) -> dict[str, Any]:
    """One quota on the column `group`, of any form."""
    form = draw(st.sampled_from(["value", "each", "parity", "relation", "same", "mentor"]))
    soft = draw(softness)
    quota: dict[str, Any] = {"side": draw(st.sampled_from(["mentors", "mentees"]))}
    if form == "value":
        return {**quota, "column": "group", "value": draw(values), **draw(bounds), **soft}
    if form == "each":
        return {**quota, "column": "group", "each": True, **draw(bounds), **soft}
    if form == "parity":
        parity = draw(st.sampled_from([0, 0.1, 0.34, 0.5]))
        return {**quota, "column": "group", "parity": parity, **soft}
    quota = {"side": "pairs", **draw(bounds), **soft}
    if form == "mentor":
        both = draw(st.sampled_from([{}, {"mentee": {"group": draw(values)}}]))
        return {**quota, "mentor": {"group": draw(values)}, **both}
    if form == "same":
        return {**quota, "column": "group", "relation": "same", "each": draw(st.booleans())}
    return {**quota, "column": "group", "relation": "different"}


@st.composite
def with_quotas(draw: Any) -> Problem:
    problem = draw(problems(most_people=5, minimums=draw(st.booleans())))
    for side in (problem.mentees, problem.mentors):
        side[-1]["group"] = "b"  # every value that is asked for is somebody's
        side[0]["group"] = "a" if len(side) > 1 else "a;b"
    problem.rules = [rule for rule in problem.rules if rule["type"] == "minimum_score"]
    problem.quotas = draw(st.lists(quotas(), min_size=1, max_size=3))
    problem.min_load = draw(st.sampled_from(["hard", "if_used"]))
    names = ["pairs", *draw(st.permutations(OTHERS))[: draw(st.integers(0, 2))]]
    names.insert(draw(st.sampled_from([0, len(names)])), "quota_shortfall")
    slack = draw(st.sampled_from([0.0, 0.0, 0.3]))
    problem.objective = tuple(
        Aim(tier=name, within=slack if name in ("total", "pairs") else 0.0) for name in names
    )
    return problem


@ANY
@given(problem=with_quotas())
def test_quotas_of_every_form_give_what_trying_everything_gives(problem: Problem) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    result = rm.match(cohort, scheme)
    if best.values is None:
        assert result.status is rm.Status.INFEASIBLE
        assert result.reason
        return
    assert result.status is rm.Status.OPTIMAL
    assert result.bounds == best.values
    assert frozenset(pairs_of(result)) in best.matchings
    assert result.proof in ("prices", "solver")
    assert rm.check(result) == []


# --- by hand ---------------------------------------------------------------------------------

MENTEES = people("E", 4, organisation="X")
MENTORS = [
    *people("A", 3, organisation="ARC", ethnicity="p"),
    *people("C", 3, organisation="CRF", ethnicity="q"),
]
# everybody scores 1 with mentors of ARC and 0.5 with those of CRF
SCORES = {
    (e["id"], m["id"]): 1.0 if m["organisation"] == "ARC" else 0.5 for e in MENTEES for m in MENTORS
}


def solved(*asked: dict[str, Any], **keys: Any) -> rm.Result:
    scheme = table_scheme(SCORES, quotas=list(asked), **keys)
    result = rm.match(cohort_of(MENTEES, MENTORS), scheme)
    assert result.matching is None or rm.check(result) == []
    return result


def from_crf(result: rm.Result) -> int:
    return sum(mentor.startswith("C") for _, mentor in pairs_of(result))


def test_each_and_parity_by_hand() -> None:
    assert from_crf(solved()) == 1
    each = {"side": "mentors", "column": "organisation", "each": True, "at_most": 2}
    assert from_crf(solved(each)) == 2
    # of 3 and 3: 3 and 1 are two thirds apart, 2 and 2 are level
    parity = {"side": "mentors", "column": "organisation", "parity": 0.5}
    assert from_crf(solved(parity)) == 2
    assert from_crf(solved({**parity, "parity": 0.67})) == 1
    # 2/3 is more than 0.66 by one part in 150, and no rounding lets it pass
    assert from_crf(solved({**parity, "parity": 0.66})) == 2
    one = {"side": "mentors", "column": "organisation", "value": "CRF", "at_least": 3}
    assert from_crf(solved(one)) == 3


def test_three_groups_by_hand() -> None:
    """Of six mentees two are of each department; four mentors, and every pair is as good."""
    mentees = [
        person(f"E{department}{n}", department=department) for department in "ABC" for n in "12"
    ]
    cohort = cohort_of(mentees, people("M", 4))

    def paired(**asked: Any) -> list[str]:
        scheme = table_scheme({}, quotas=[{"side": "mentees", "column": "department", **asked}])
        result = rm.match(cohort, scheme)
        assert rm.check(result) == []
        return sorted(mentee[1] for mentee, _ in result.made)

    assert len(paired(each=True, at_least=1)) == 4
    assert paired(each=True, at_most=1) == ["A", "B", "C"]
    # all at 1/2; at none of 2 or both of them it would take six mentors
    assert paired(parity=0) == ["A", "B", "C"]
    assert paired(parity=0.49) == ["A", "B", "C"]
    # one department at 2/2 is half a department ahead of the two others
    assert len(set(paired(parity=0.5))) == 3
    assert len(paired(parity=0.5)) == 4


def test_a_result_tells_what_each_quota_got() -> None:
    each = {"side": "mentors", "column": "organisation", "each": True, "at_most": 2}
    result = solved(each)
    assert result.quotas == (
        "at most 2 mentors of each organisation: mentors with organisation ARC: 2; "
        "mentors with organisation CRF: 2",
    )
    for text in (repr(result), result._repr_html_()):
        assert result.quotas[0] in text


def test_a_penalty_is_paid_where_that_is_worth_it() -> None:
    quota = {"side": "mentors", "column": "organisation", "value": "CRF", "at_least": 3}
    # another mentor of CRF costs half a point
    cheap, dear = (solved({**quota, "penalty": price}) for price in (0.4, 0.6))
    assert (from_crf(cheap), from_crf(dear)) == (1, 3)
    assert cheap.objective["total"] == pytest.approx(3.5 - 2 * 0.4)
    assert dear.objective["total"] == pytest.approx(2.5)


def test_a_shortfall_is_a_tier_of_its_own() -> None:
    quota = {"side": "mentors", "column": "organisation", "value": "CRF", "at_least": 3}
    soft = {**quota, "at_least": 9, "soft": True}
    result = solved(soft, objective=["pairs", "quota_shortfall", "total"])
    assert from_crf(result) == 3
    assert result.objective["quota_shortfall"] == 6
    late = solved(soft, objective=["pairs", "total", "quota_shortfall"])
    assert (from_crf(late), late.objective["quota_shortfall"]) == (1, 8)


def test_missing_less_is_a_gain() -> None:
    soft = {"side": "mentors", "column": "organisation", "value": "CRF", "soft": True}
    result = solved({**soft, "at_least": 3}, objective=["pairs", "total", "quota_shortfall"])
    told = rm.what_if(result, quotas={0: {**soft, "at_least": 2}})
    assert told.price == {"pairs": 0, "total": 0, "quota_shortfall": -1}
    assert rm.prices_of_rules(result).quota_shortfall.tolist() == [2]


def test_an_impossible_quota_is_a_reason_and_no_exception() -> None:
    quota = {"side": "mentors", "column": "organisation", "value": "CRF", "at_least": 4}
    result = solved(quota)
    assert result.status is rm.Status.INFEASIBLE
    assert "at least 4 mentors with organisation CRF" in result.reason
    assert any("this quota cannot be met" in note for note in result.notes)


def test_who_is_left_out_by_a_quota_is_told_of_no_value(tmp_path: Path) -> None:
    few = {"side": "mentors", "column": "ethnicity", "each": True, "at_most": 1}
    result = solved(few, sensitive=["ethnicity"])
    reasons = {reason for _, side, reason, _ in result.unpaired_rows if side == "mentee"}
    assert reasons == {
        "6 mentors were suitable, but none was chosen; 4 of them still have a free place, "
        "but a quota allows no more pairs"
    }
    left = result.unpaired_rows[0][0]
    told = rm.explain(result, mentee=left).sentences
    assert "A quota allows no more pairs with some of them." in told
    assert not any("ethnicity" in sentence for sentence in told)
    # a quota that is not in the way is not blamed
    assert "quota" not in solved({**few, "at_most": 3}).unpaired_rows[0][2]


@FEW
@given(problem=with_quotas())
def test_a_quota_bars_a_pair_more_where_it_would_be_missed(problem: Problem) -> None:
    problem.objective = ("pairs", "quota_shortfall")
    result = problem.match()
    assume(result.matching is not None)
    cohort = result.cohort
    hard = [q.model_dump() for q in result.scheme.quotas if not q.soft and q.penalty is None]
    made = list(zip(*(some.tolist() for some in result.made.positions(cohort)), strict=True))
    assert not any(missed_by(cohort, quota, made) for quota in hard)
    for id_, role, *_ in result.unpaired_rows:
        person = cohort.side(role).position[id_]
        for other, is_barred in enumerate(
            barred_by_quotas(result.scores, result.positions, role, person).tolist()
        ):
            pair = (person, other) if role == "mentee" else (other, person)
            sides = list(zip(cohort.sides, pair, strict=True))
            if any(not s.capacity[one] or s.status[one] == "withdrawn" for s, one in sides):
                continue  # whom nobody could be paired with
            assert is_barred == any(missed_by(cohort, quota, [*made, pair]) for quota in hard)


def test_hand_made_pairs_are_told_which_quotas_they_miss() -> None:
    quota = {"side": "mentors", "column": "organisation", "value": "CRF", "at_least": 2}
    scheme = table_scheme(SCORES, quotas=[quota])
    [found] = rm.check(cohort_of(MENTEES, MENTORS), scheme, [("E0", "A0"), ("E1", "C0")])
    assert found.rule == "at least 2 mentors with organisation CRF"
    assert "mentors with organisation CRF: 1" in found.message


def test_quotas_on_a_sensitive_column_tell_no_value_and_no_small_count() -> None:
    parity = {"side": "mentors", "column": "ethnicity", "parity": 0.1}
    value = {"side": "mentors", "column": "ethnicity", "value": "q", "at_least": 2}
    scheme = table_scheme(SCORES, quotas=[parity, value], sensitive=["ethnicity"])
    cohort = cohort_of(MENTEES, MENTORS)
    found = rm.check(cohort, scheme, [("E0", "A0"), ("E1", "A1"), ("E2", "C0")])
    texts = [*(one.rule for one in found), *(one.message for one in found)]
    assert len(found) == 2
    for text in texts:
        assert "a group of ethnicity" in text
        assert not any(text.endswith(f" {value}") for value in "pq")
        assert "1 of 3" not in text
        assert ": 1" not in text


def test_a_used_mentor_has_their_minimum_or_nobody() -> None:
    mentors = [person("M0", capacity=2, min_load=2), person("M1")]
    mentees = people("E", 2)
    scores = {("E0", "M0"): 1.0, ("E1", "M1"): 1.0}
    rules = [{"type": "pairs", "forbid": [["E1", "M0"]]}]
    cohort = cohort_of(mentees, mentors)
    hard = rm.match(cohort, table_scheme(scores, rules=rules))
    assert hard.status is rm.Status.INFEASIBLE
    used = rm.match(cohort, table_scheme(scores, rules=rules, min_load="if_used"))
    assert used.objective["pairs"] == 1
    assert rm.check(used) == []
    [found] = rm.check(cohort, used.scheme, [("E0", "M0")])
    assert found.rule == "minimum load"


def test_soft_quotas_need_somebody_who_counts_them() -> None:
    quota = {"side": "mentors", "column": "x", "value": "a", "at_least": 1, "soft": True}
    with pytest.raises(ValueError, match="quota_shortfall"):
        rm.Scheme(quotas=[quota])


# --- numbers at their ends ---------------------------------------------------------------------

BY_PARITY = {"side": "mentors", "column": "ethnicity", "parity": 0.5}


def words_for(n_paired: int, n_people: int, **asked: Any) -> str:
    """What is said of a sensitive group of so many mentors of whom so many are paired."""
    cohort = cohort_of(people("E", 1), people("M", n_people, ethnicity="p"))
    quota = Quota.model_validate(asked)
    setting = rm.Scheme(quotas=[quota], sensitive=["ethnicity"]).setting
    return quota.instance(cohort, setting).sentence([n_paired])


def test_somebody_without_a_value_is_in_no_pair_of_different_values() -> None:
    mentees = [person("E0", group="a"), person("E1"), person("E2"), person("E3", group="a")]
    mentors = [person("M0", group="b"), person("M1", group="b"), person("M2"), person("M3")]
    cohort = cohort_of(mentees, mentors)
    quota = {"side": "pairs", "column": "group", "relation": "different", "at_least": 1}
    meaning = Quota.model_validate(quota).instance(cohort, rm.Scheme().setting)
    everybody = np.arange(4)
    # of a and b; nobody and b; nobody and nobody; a and nobody
    assert meaning.groups[0].contains(everybody, everybody).tolist() == [True, False, False, False]
    assert meaning.counts(everybody, everybody) == (1,)
    # where only the pairs of nobody known are open, the quota cannot be met
    forbid = [[e, m] for e in ("E0", "E3") for m in ("M0", "M1")]
    scheme = table_scheme({}, quotas=[quota], rules=[{"type": "pairs", "forbid": forbid}])
    assert rm.match(cohort, scheme).status is rm.Status.INFEASIBLE


def test_what_parity_is_missed_by_is_whole_people_and_enough_of_them() -> None:
    sides = [*people("A", 3, group="a"), *people("B", 3, group="b")]
    cohort = cohort_of(people("E", 1), sides)
    asked = {"side": "mentors", "column": "group", "parity": 0.5, "soft": True}
    meaning = Quota.model_validate(asked).instance(cohort, rm.Scheme().setting)
    # half of three is one and a half people: one would not do
    assert meaning.shortfall([3, 0]) == 2
    assert meaning.shortfall([3, 1]) == 1
    assert meaning.shortfall([3, 2]) == meaning.shortfall([2, 1]) == 0


def test_few_people_are_hidden_whether_they_are_paired_or_not() -> None:
    hidden = "mentors with a group of ethnicity: not shown: few people"
    for n_paired in (0, 4, 6, 10):
        assert words_for(n_paired, 10, **BY_PARITY) == hidden
    assert words_for(5, 10, **BY_PARITY) == "mentors with a group of ethnicity: 5 of 10"
    assert words_for(5, 9, **BY_PARITY) == hidden
    assert words_for(4, 9, **BY_PARITY) == hidden


def test_five_are_told_and_four_are_not() -> None:
    asked = {"side": "mentors", "column": "ethnicity", "value": "p", "at_least": 1}
    few = "mentors with a group of ethnicity: fewer than 5"
    assert [words_for(count, 9, **asked) for count in (0, 1, 4)] == [few] * 3
    assert words_for(5, 9, **asked) == "mentors with a group of ethnicity: 5"


@pytest.mark.parametrize("millionths", [249, 250_001])
def test_a_penalty_is_the_nearest_millionth(millionths: int) -> None:
    """A million times the number, as binary fractions multiply, falls just below the whole."""
    penalty = millionths / 1_000_000
    assert int(1_000_000 * penalty) == millionths - 1
    asked = {"side": "mentors", "column": "organisation", "value": "ARC", "at_least": 1}
    quota = Quota.model_validate({**asked, "penalty": penalty})
    meaning = quota.instance(cohort_of(MENTEES, MENTORS), rm.Scheme().setting)
    assert meaning.penalty == millionths


def test_whoever_has_no_place_or_withdrew_is_not_counted_among_those_who_can_be_paired() -> None:
    mentors = [
        person("M0", group="a"),
        person("M1", group="a", capacity=0),
        person("M2", group="a", status="withdrawn"),
        person("M3", group="a", status="reserve"),
    ]
    cohort = cohort_of(people("E", 3), mentors)

    def remarks(**bounds: int) -> list[str]:
        asked = {"side": "mentors", "column": "group", "value": "a", **bounds}
        return list(Quota.model_validate(asked).remarks(cohort, rm.Scheme().setting))

    too_many = "this quota cannot be met, as only 2 can be paired: at least 3 mentors with group a"
    assert remarks(at_least=3) == [too_many]
    assert remarks(at_least=2) == []
    no_use = "this quota has no effect, as there are only 2: at most 2 mentors with group a"
    assert remarks(at_most=2) == [no_use]
    assert remarks(at_most=1) == []


# --- theorems --------------------------------------------------------------------------------


def relaxed(draw: Any, quota: dict[str, Any]) -> list[dict[str, Any]]:
    """A quota with an easier number, or none."""
    easier = []
    if quota.get("at_least"):
        easier.append({**quota, "at_least": quota["at_least"] - 1})
    if "at_most" in quota:
        easier.append({**quota, "at_most": quota["at_most"] + 1})
    if "parity" in quota:
        easier.append({**quota, "parity": quota["parity"] + 0.2})
    return draw(st.sampled_from([[], *([one] for one in easier)]))


def first_value(result: rm.Result) -> Any:
    tier, value = next(iter(result.values.items()))
    return comparable(tier, value)


@FEW
@given(problem=with_quotas(), data=st.data())
def test_a_quota_relaxed_or_more_capacity_never_lowers_the_first_tier(
    problem: Problem, data: st.DataObject
) -> None:
    strict = problem.match()
    assume(strict.matching is not None)
    at = data.draw(st.integers(0, len(problem.quotas) - 1))
    less = [
        *problem.quotas[:at],
        *relaxed(data.draw, problem.quotas[at]),
        *problem.quotas[at + 1 :],
    ]
    assert first_value(replace(problem, quotas=less).match()) >= first_value(strict)
    side = data.draw(st.sampled_from([problem.mentees, problem.mentors]))
    some = [person for person in side if person["capacity"] and person["status"] != "reserve"]
    if some:  # whoever has no place is in no group, so that a place would be a person more
        data.draw(st.sampled_from(some))["capacity"] += 1
        assert first_value(problem.match()) >= first_value(strict)


@FEW
@given(problem=with_quotas(), data=st.data())
def test_a_mentor_more_never_lowers_the_first_tier_without_parity(
    problem: Problem, data: st.DataObject
) -> None:
    # with `each` a mentor more may bring a group that nobody could have before
    problem.quotas = [
        quota for quota in problem.quotas if "parity" not in quota and not quota.get("each")
    ]
    before = problem.match()
    assume(before.matching is not None)
    group = data.draw(st.sampled_from(["a", "b", None]))
    problem.mentors.append(person("M9", group=group, trained="yes"))
    worth = st.sampled_from([0.0, 0.5, 1.0])
    problem.scores |= {(one["id"], "M9"): data.draw(worth) for one in problem.mentees}
    assert first_value(problem.match()) >= first_value(before)


@FEW
@given(problem=with_quotas())
def test_a_later_tier_changes_no_earlier_one(problem: Problem) -> None:
    # without it nothing would keep a soft quota
    assume(len(problem.objective) > 1 and problem.objective[-1].tier != "quota_shortfall")
    result = problem.match()
    assume(result.matching is not None)
    shorter = replace(problem, objective=problem.objective[:-1]).match()
    assert shorter.bounds.items() <= result.bounds.items()


@FEW
@given(problem=with_quotas())
def test_a_quota_costs_what_trying_everything_gains_without_it(problem: Problem) -> None:
    problem.objective = ("pairs", "quota_shortfall", "total")
    result = problem.match()
    assume(result.matching is not None)
    table = rm.prices_of_rules(result).set_index("part")
    for index in range(len(problem.quotas)):
        fewer = replace(problem, quotas=problem.quotas[:index] + problem.quotas[index + 1 :])
        cohort, scheme = fewer.cohort(), fewer.scheme()
        best = best_by_enumeration(cohort, scheme, fewer.pins, weighed_scores(cohort, scheme))
        assert best.values is not None
        gains = {tier: value - result.values[tier] for tier, value in best.values.items()}
        gains["total"] = pytest.approx(gains["total"] / 1_000_000, abs=1e-9)
        assert {tier: table.loc[f"quotas[{index}]", tier] for tier in gains} == gains


@FEW
@given(problem=with_quotas())
def test_a_run_with_quotas_can_be_saved_and_checked(
    problem: Problem, tmp_path_factory: pytest.TempPathFactory
) -> None:
    result = problem.match()
    path = tmp_path_factory.mktemp("runs") / "run.json"
    result.save(path)
    again = rm.load_result(path)
    assert (again.proof, dict(again.values)) == (result.proof, dict(result.values))
    if result.matching is not None:
        assert rm.check(again) == []


@FEW
@given(problem=with_quotas())
def test_few_arcs_at_a_time_come_to_the_same(problem: Problem) -> None:
    usual = problem.match()
    with pytest.MonkeyPatch.context() as patch:
        for module in (linear_relaxation, partial):
            patch.setattr(module, "_MAX_ARCS_TAKEN_AT_ONCE", 2)
            patch.setattr(module, "_INITIAL_ARCS_PER_PERSON", 1)
            patch.setattr(module, "_ADDED_ARCS_PER_PERSON", 1)
        patch.setattr(mip_solutions, "_MAX_ARCS_OF_WHOLE_MIP", 2)
        few = problem.match()
    assert (few.status, few.bounds) == (usual.status, usual.bounds)
    if few.matching is not None:
        assert rm.check(few) == []


@FEW
@given(problem=with_quotas())
def test_what_is_rounded_around_a_few_people_comes_to_the_same(problem: Problem) -> None:
    usual = problem.match()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            mip_solutions, "_MAX_ARCS_OF_WHOLE_MIP", 0
        )  # integer programmes over few arcs first
        patch.setattr(mip_solutions, "_FREE_PEOPLE_PER_SIDE", (0, 1))
        patch.setattr(
            mip_solutions, "_MIP_GROWTH_FACTOR", 0
        )  # draws people, rather than all arcs that matter
        rounded = problem.match()
    assert (rounded.status, rounded.bounds) == (usual.status, usual.bounds)
    if rounded.matching is not None:
        assert rm.check(rounded) == []


def larger(n_people: int) -> tuple[rm.Cohort, rm.Scheme]:
    """A cohort whose quotas bind and cross each other; it needs linear and integer programmes."""
    draw = np.random.default_rng(n_people)
    sides = [
        [
            person(
                f"{prefix}{at}",
                organisation=["ARC", "BRC", "CRF"][at % 3],
                ethnicity="ppq"[int(draw.integers(3))],
                priority=int(draw.integers(3)),
            )
            for at in range(count)
        ]
        for prefix, count in (("E", n_people), ("M", n_people * 5 // 4))
    ]
    table = draw.integers(0, 40, (n_people, n_people * 5 // 4)) / 40

    def given_scores(mentees: Any, mentors: Any) -> Any:
        return table

    return cohort_of(*sides), rm.Scheme.model_validate(
        {
            "criteria": [given_scores],
            "quotas": [
                {"side": "mentors", "column": "organisation", "each": True, "at_least": 38},
                {"side": "mentees", "column": "organisation", "each": True, "at_most": 39},
                {"side": "mentors", "column": "ethnicity", "parity": 0.03},
            ],
            "objective": ["pairs", "priority", "worst_pair", "total"],
        }
    )


def test_hundreds_of_people_are_paired_under_quotas_quietly(capfd: Any) -> None:
    cohort, scheme = larger(120)
    result = rm.match(cohort, scheme)
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []
    free = rm.match(cohort, scheme.model_copy(update={"quotas": ()}))
    assert result.values["pairs"] == 3 * 39 < free.values["pairs"] == 120
    # the solvers say nothing, neither on stdout nor on stderr
    assert capfd.readouterr() == ("", "")
    with pytest.MonkeyPatch.context() as patch:
        # few arcs at a time, and a few people loose around what is whole
        for module in (linear_relaxation, partial):
            patch.setattr(module, "_MAX_ARCS_TAKEN_AT_ONCE", 100)
            patch.setattr(module, "_INITIAL_ARCS_PER_PERSON", 2)
        patch.setattr(mip_solutions, "_MAX_ARCS_OF_WHOLE_MIP", 0)
        patch.setattr(mip_solutions, "_FREE_PEOPLE_PER_SIDE", (5, 30))
        patch.setattr(mip_solutions, "_MIP_GROWTH_FACTOR", 1)
        few = rm.match(cohort, scheme)
    assert (few.status, few.bounds) == (result.status, result.bounds)
    assert rm.check(few) == []


@pytest.mark.parametrize("seconds", [1e-9, 0.05, 0.3])
def test_a_time_limit_under_quotas_gives_true_bounds(seconds: float) -> None:
    cohort, scheme = larger(120)
    best, hurried = rm.match(cohort, scheme), rm.match(cohort, scheme, time_limit=seconds)
    if hurried.matching is None:
        assert hurried.status is rm.Status.NO_SOLUTION_FOUND
        return
    assert rm.check(hurried) == []
    first = [name for name in best.values if name in hurried.values]
    assert hurried.bounds["pairs"] >= best.values["pairs"] >= hurried.values["pairs"]
    for before, name in pairwise(first):
        # where time ran out within a tier that goes by levels, nothing bounds it
        if hurried.values[before] != best.values[before] or name not in hurried.bounds:
            break
        assert hurried.bounds[name] >= best.values[name] >= hurried.values[name]
