"""Every tier of an objective, alone and with others: what trying everything gives, and proved."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration, comparable
from helpers.objectives import LISTS, TIERS, with_objectives
from helpers.people import cohort_of, pairs_of, people, person, table_scheme
from helpers.random_problems import Problem, problems, weighed_scores
from helpers.slow_proof import slow_counts
from rmmatch.matching import Certificate
from rmmatch.scheme.objectives import Aim
from rmmatch.solving import api
from rmmatch.strategies import strategy_of_name

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "200"))
ANY = settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=N_EXAMPLES // 4, parent=ANY)
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@ANY
@given(problem=with_objectives(slack=True, blocking=True), seed=st.integers(0, 2))
def test_every_objective_gives_what_trying_everything_gives(problem: Problem, seed: int) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    result = rm.match(cohort, scheme, seed=seed)
    event(", ".join(aim.tier for aim in scheme.aims))
    if best.values is None:
        assert result.status is rm.Status.INFEASIBLE
        return
    assert result.status is rm.Status.OPTIMAL
    assert dict(result.bounds) == best.values
    assert pairs_of(result) in best.matchings
    assert result.gap == 0
    if not any(aim.within for aim in scheme.aims):
        assert dict(result.values) == best.values
    assert rm.check(result) == []


def test_pairs_that_only_lengthen_a_profile_are_left_out() -> None:
    """After `participation` the number of pairs is open, and the fewest of each rank are best."""
    mentees = [person("E0"), person("E2", capacity=2), person("E4")]
    mentors = [person("M0"), person("M1", capacity=2), person("M2"), person("M3", capacity=0)]
    scheme = table_scheme(
        {("E0", "M1"): 0.5, ("E0", "M3"): 0.51, ("E2", "M1"): 0.5, ("E4", "M1"): 0.5},
        rules=[{"type": "pairs", "forbid": [["E0", "M0"], ["E4", "M0"], ["E4", "M3"]]}],
        objective=["participation", {"tier": "rank_profile", "side": "mentees", "generous": True}],
    )
    result = rm.match(cohort_of(mentees, mentors), scheme)
    assert result.values["rank_profile"] == result.bounds["rank_profile"] == (0, 3)
    assert rm.check(result) == []


@st.composite
def loaded(draw: Any) -> Problem:
    """Least and most loads on both sides, reserves and priorities."""
    problem = draw(problems(most_people=5, minimums=True))
    problem.min_load = draw(st.sampled_from(["hard", "if_used"]))
    names = draw(st.permutations(["pairs", "priority", "participation", "spread", "total"]))
    problem.objective = tuple(Aim(tier=name) for name in names[: draw(st.integers(1, 4))])
    return problem


@SOME
@given(problem=loaded())
def test_loads_on_both_sides_give_what_trying_everything_gives(problem: Problem) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    result = rm.match(cohort, scheme)
    if best.values is None:
        assert result.status is rm.Status.INFEASIBLE
        assert result.conflict is not None
        return
    assert result.status is rm.Status.OPTIMAL
    assert dict(result.values) == best.values
    assert pairs_of(result) in best.matchings
    assert rm.check(result) == []


@FEW
@given(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=5, max_size=5))
def test_leximin_is_the_best_of_all_permutations(table: list[list[int]]) -> None:
    vectors = [sorted(table[e][m] for e, m in enumerate(mates)) for mates in permutations(range(5))]
    scores = square(*(tuple(cell / 4 for cell in row) for row in table))
    result = matched(scores, "pairs", "leximin", n=5)
    assert [4 * score for score in result.objective["leximin"]] == max(vectors)
    worst = matched(scores, "pairs", "worst_pair", n=5)
    assert 4 * worst.objective["worst_pair"] == max(min(vector) for vector in vectors)


@SOME
@given(problem=with_objectives(), data=st.data())
def test_check_refuses_a_proof_without_one_of_its_prices(
    problem: Problem, data: st.DataObject
) -> None:
    result = problem.match()
    assume(result.certificate is not None and len(result.certificate.tiers) > 0)
    assume(len(result.made) > 0)  # where there is no pair, lists need no prices
    tiers = list(result.certificate.tiers)
    gone = tiers.pop(data.draw(st.integers(0, len(tiers) - 1)))
    fewer = result.replace(certificate=Certificate(tuple(tiers)))
    if "proof" not in rm.check(fewer).by_rule():
        # or it only said that no pair comes after the last level, where none is best anyway: the
        # others, summed up slowly, still prove as many pairs at each level as the result has
        event("a price that nobody needs")
        tier = gone.tier
        assert tier == "leximin" or (tier == "rank_profile" and _is_generous(problem))
        value = result.values[tier]
        assert isinstance(value, tuple)
        keys = value if tier == "leximin" else _keys_of_ranks(value)
        counts = slow_counts(result.scores, tiers, tier)
        assert {key: count for key, count in counts.items() if count} == Counter(keys)
        assert gone.level > max(keys)
        assert gone.level > max(counts)


def _is_generous(problem: Problem) -> bool:
    return any(aim.generous for aim in problem.objective)


def _keys_of_ranks(profile: tuple[int, ...]) -> list[int]:
    return [-rank for rank, count in enumerate(profile, 1) for _ in range(count)]


@FEW
@given(problem=with_objectives(), data=st.data())
def test_check_refuses_a_better_value_than_there_is(problem: Problem, data: st.DataObject) -> None:
    result = problem.match()
    assume(result.matching is not None)
    tier = data.draw(st.sampled_from(list(result.values)))
    value = result.values[tier]
    better = (*value, 1) if isinstance(value, tuple) else value + 1
    claim = {"values": {**result.values, tier: better}}
    assert "value" in rm.check(result.replace(**claim)).by_rule()
    both = {"values": {**result.values, tier: better}, "bounds": {**result.bounds, tier: better}}
    assert {"value", "proof"} <= set(rm.check(result.replace(**both)).by_rule())


@FEW
@given(
    tier=st.sampled_from(["worst_pair", "leximin", "rank_profile"]),
    table=st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=4, max_size=4),
    mates=st.permutations(range(4)),
    data=st.data(),
)
def test_no_prices_at_hand_prove_a_matching_that_is_not_best(
    tier: str, table: list[list[int]], mates: list[int], data: st.DataObject
) -> None:
    scores = square(*(tuple(cell / 8 for cell in row) for row in table))
    cohort = cohort_of(people("E", 4), people("M", 4))
    scheme = table_scheme(scores, objective=["pairs", tier])
    best = rm.match(cohort, scheme)
    matching = rm.Matching.of((f"E{e}", f"M{m}") for e, m in enumerate(mates))
    own = rm.check(cohort, scheme, list(matching)).objective[tier]
    assume(own != best.objective[tier])
    worth = {**best.values, tier: _in_millionths(tier, own)}
    levels = data.draw(st.permutations(_levels(worth[tier])))
    tiers = [
        replace(prices, level=levels[at % len(levels)]) if prices.tier == tier else prices
        for at, prices in enumerate(best.certificate.tiers)
    ]
    for certificate in (best.certificate, Certificate(tuple(tiers))):
        claim = best.replace(matching=matching, values=worth, bounds=worth, certificate=certificate)
        assert set(rm.check(claim).by_rule()) == {"proof"}


def _in_millionths(tier: str, value: Any) -> Any:
    if tier == "worst_pair":
        return round(value * 1_000_000)
    return tuple(round(one * 1_000_000) for one in value) if tier == "leximin" else value


def _levels(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(dict.fromkeys((*value, 1, 2)))


@FEW
@given(problem=with_objectives())
def test_a_later_tier_changes_no_earlier_one(problem: Problem) -> None:
    result = problem.match()
    assume(result.matching is not None and len(problem.objective) > 1)
    problem.objective = problem.objective[:-1]
    shorter = problem.match()
    assert list(shorter.values.items()) == list(result.values.items())[: len(shorter.values)]


@FEW
@given(problem=with_objectives())
def test_multiplying_all_weights_changes_nothing(problem: Problem) -> None:
    scheme = problem.scheme()
    heavier = scheme.criteria[0].model_copy(update={"weight": 7.5})
    again = rm.match(problem.cohort(), scheme.model_copy(update={"criteria": (heavier,)}))
    assert again.matching == problem.match().matching


@FEW
@given(problem=with_objectives(), data=st.data())
def test_more_room_never_lowers_the_first_tier(problem: Problem, data: st.DataObject) -> None:
    # a rank is among all acceptable partners, so that a new one changes the ranks of others
    assume(problem.objective[0].tier != "rank_profile")
    before = problem.match()
    assume(before.matching is not None)
    if data.draw(st.booleans()):
        side = data.draw(st.sampled_from([problem.mentees, problem.mentors]))
        side[data.draw(st.integers(0, len(side) - 1))]["capacity"] += 1
    else:
        problem.mentors.append(person("M9", group="a", trained="yes"))
    after = problem.match()
    tier = next(iter(before.values))
    assert comparable(tier, after.values[tier]) >= comparable(tier, before.values[tier])


@FEW
@given(problem=problems(most_people=5), data=st.data())
def test_no_strategy_with_as_many_pairs_has_a_better_worst_pair(
    problem: Problem, data: st.DataObject
) -> None:
    problem.objective = ("pairs", "leximin")
    best = problem.match()
    assume(best.matching is not None)
    assert best.values["leximin"] == tuple(sorted(best.values["leximin"]))
    problem.objective = ("pairs", "worst_pair")
    assert problem.match().values["worst_pair"] == min(best.values["leximin"], default=0)
    cohort, scheme = problem.cohort(), problem.scheme()
    leximin = scheme.model_copy(update={"objective": ("pairs", "leximin")})
    for name in ("mentee_proposing", "mentor_proposing", "greedy", "random", "total"):
        try:
            matching = strategy_of_name(name).pair(rm.score(cohort, scheme), seed=0)
        except rm.errors.NoMatchingError:
            continue
        findings = rm.check(cohort, leximin, list(matching))
        if findings:
            continue  # a strategy may leave somebody below their minimum load
        worth = findings.objective
        if worth["pairs"] == best.values["pairs"] and not _has_reserves(cohort):
            assert worth["leximin"] <= best.objective["leximin"]


def _has_reserves(cohort: rm.Cohort) -> bool:
    return any("reserve" in side.status for side in cohort.sides)


# by hand


def square(*rows: tuple[float, ...]) -> dict[tuple[str, str], float]:
    return {(f"E{e}", f"M{m}"): score for e, row in enumerate(rows) for m, score in enumerate(row)}


def matched(
    scores: dict[tuple[str, str], float], *objective: Any, n: int = 2, **sides: Any
) -> rm.Result:
    mentees = sides.get("mentees", people("E", n))
    mentors = sides.get("mentors", people("M", n))
    scheme = table_scheme(scores, objective=objective)
    result = rm.match(cohort_of(mentees, mentors, sides.get("relations")), scheme)
    assert rm.check(result) == []
    return result


def test_the_worst_pair_comes_before_the_total() -> None:
    scores = square((1.0, 0.5), (0.6, 0.2))
    assert matched(scores, "pairs", "total").objective == {"pairs": 2, "total": 1.2}
    fair = matched(scores, "pairs", "worst_pair", "total")
    assert fair.objective == {"pairs": 2, "worst_pair": 0.5, "total": 1.1}
    assert "worst_pair 0.5" in fair.summary_line


def test_some_of_the_worst_pair_may_be_given_up_for_the_total() -> None:
    scores = square((1.0, 0.5), (0.6, 0.2))
    kept = matched(scores, "pairs", {"tier": "worst_pair", "within": 0.59}, "total")
    assert kept.objective["total"] == 1.1
    given_up = matched(scores, "pairs", {"tier": "worst_pair", "within": 0.6}, "total")
    assert given_up.status is rm.Status.OPTIMAL
    assert given_up.gap == 0
    assert given_up.objective == {"pairs": 2, "worst_pair": 0.2, "total": 1.2}
    assert given_up.bound["worst_pair"] == 0.5


def test_leximin_looks_beyond_the_worst_pair() -> None:
    scores = square((0.2, 0.1, 0.1), (0.1, 0.9, 0.5), (0.1, 0.6, 0.9))
    scores[("E0", "M0")] = 0.2
    one = matched(scores, "pairs", "worst_pair", "leximin", n=3)
    assert one.objective["leximin"] == (0.2, 0.9, 0.9)
    assert "leximin (0.2 0.9 0.9)" in one.summary_line


def test_with_participation_leximin_leaves_out_pairs_that_nobody_needs() -> None:
    scores = square((0.9, 0.4), (0.3, 0.8))
    sides = {"mentees": people("E", 2, capacity=2), "mentors": people("M", 2, capacity=2)}
    assert matched(scores, "participation", "leximin", **sides).objective["leximin"] == (0.8, 0.9)
    assert len(matched(scores, "pairs", "leximin", **sides).made) == 4


def test_first_choices_come_before_the_total_and_generous_saves_the_last() -> None:
    # E0 and E1 both want M0; E2's second choice is what decides.
    scores = square((1.0, 0.9, 0.1), (0.8, 0.2, 0.7), (0.3, 0.9, 0.2))
    most_first = matched(scores, "rank_profile", n=3)
    assert most_first.objective["rank_profile"] == (2, 1)
    scores = square((0.9, 0.8, 0.1), (0.9, 0.8, 0.1), (0.9, 0.2, 0.1))
    assert matched(scores, "rank_profile", n=3).objective["rank_profile"] == (1, 1, 1)
    generous = {"tier": "rank_profile", "generous": True}
    assert matched(scores, "pairs", generous, n=3).objective["rank_profile"] == (1, 1, 1)
    by_mentors = matched(scores, {"tier": "rank_profile", "side": "mentors"}, n=3)
    assert by_mentors.objective["rank_profile"] == (3,)


def test_loads_are_spread_before_scores_count() -> None:
    scores = square((1.0, 0.1), (1.0, 0.1), (1.0, 0.1), (1.0, 0.1))
    sides = {"mentees": people("E", 4), "mentors": people("M", 2, capacity=3)}
    assert matched(scores, "pairs", "total", **sides).objective["total"] == 3.1
    even = matched(scores, "pairs", "spread", "total", **sides)
    assert even.objective == {"pairs": 4, "spread": (2, 2), "total": 2.2}


def test_a_pair_that_is_kept_first_is_not_broken_up_for_an_applicant() -> None:
    cohort = cohort_of(
        people("E", 1), [person("M0", status="reserve"), person("M1")], {"kept": [("E0", "M0")]}
    )
    scheme = table_scheme({("E0", "M1"): 1.0}, objective=("kept_pairs", "pairs", "total"))
    result = rm.match(cohort, scheme)
    assert result.objective == {"kept_pairs": 1, "applicants": 0, "pairs": 1, "total": 0}
    assert rm.check(result) == []
    after = scheme.model_copy(update={"objective": ("pairs", "kept_pairs", "total")})
    assert pairs_of(rm.match(cohort, after)) == {("E0", "M1")}


def test_kept_pairs_are_counted_and_unknown_kinds_named() -> None:
    scores = square((1.0, 0.5), (0.6, 0.2))
    relations = {"kept": [("E0", "M1")], "past_pair": [("E1", "M1")]}
    kept = matched(scores, "pairs", "kept_pairs", relations=relations)
    assert kept.objective == {"pairs": 2, "kept_pairs": 1}
    assert ("E0", "M1") in kept.made
    aim = {"tier": "kept_pairs", "kind": "past_pairs"}
    with pytest.raises(rm.SchemeError, match=r"objective 2, kind.*'past_pairs'.*'past_pair'"):
        matched(scores, "pairs", aim, relations=relations)


def test_nash_prefers_balance_and_passes_over_zeros() -> None:
    scores = square((1.0, 0.5), (0.5, 0.1))
    assert matched(scores, "pairs", "total").objective["total"] == 1.1
    balanced = matched(scores, "pairs", "nash")
    assert set(balanced.made) == {("E0", "M1"), ("E1", "M0")}
    assert balanced.objective["nash"] == pytest.approx(2 * np.log(500_000), abs=1e-5)
    assert matched(square((0.0,)), "pairs", "nash", n=1).objective == {"pairs": 1, "nash": 0}


def test_nobody_to_pair_is_an_optimum_of_every_tier() -> None:
    nobody = matched({}, "pairs", *TIERS[2:], n=0)
    assert nobody.status is rm.Status.OPTIMAL
    assert nobody.objective["worst_pair"] == 0
    assert nobody.objective["leximin"] == ()


def test_too_many_pairs_for_a_tier_that_needs_them_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", 3)
    scores = square((1.0, 0.5), (0.6, 0.2))
    assert matched(scores, "pairs", "worst_pair").objective["worst_pair"] == 0.5
    monkeypatch.setattr(api, "_MAX_REQUIRED_MATRIX_PAIRS", 3)
    assert matched(scores, "participation", "total").objective["total"] == 1.2
    with pytest.raises(rm.errors.NotSupportedError, match="leximin: only for up to 3 pairs"):
        matched(scores, "pairs", "leximin")


def test_slack_that_flow_cannot_hold_goes_by_integer_programme() -> None:
    first = {"tier": "total", "within": 0.1}
    result = matched(square((1.0, 0.5), (0.6, 0.2)), first, "pairs", "worst_pair")
    assert result.proof == "solver"
    # 1.1 is within a tenth of 1.2, and its worst pair is better
    assert result.bound["total"] == 1.2
    assert (result.objective["total"], result.objective["worst_pair"]) == (1.1, 0.5)
    assert rm.check(result) == []


def test_a_time_limit_leaves_true_bounds_and_claims_no_more() -> None:
    cohort = rm.synthetic.cohort(60, 60, seed=1)
    scheme = rm.synthetic.demo()[1]
    for tier in (*LISTS, "worst_pair", "nash"):
        aims = scheme.model_copy(update={"objective": ("pairs", tier, "total")})
        best = rm.match(cohort, aims)
        cut = rm.match(cohort, aims, time_limit=1e-9)
        assert cut.status is rm.Status.FEASIBLE
        assert rm.check(cut) == []
        if tier in cut.bounds:
            assert cut.bounds[tier] >= best.values[tier]


def test_a_run_with_every_tier_is_saved_and_checked_again(tmp_path: Any) -> None:
    relations = {"kept": [("E0", "M1")]}
    scores = square((1.0, 0.5), (0.6, 0.2))
    result = matched(scores, "pairs", *TIERS, relations=relations)
    result.save(tmp_path / "run.json")
    again = rm.load_result(tmp_path / "run.json")
    assert again.values == result.values
    assert again.objective == result.objective
    assert rm.check(again) == []
    # a level is part of the proof
    tiers = [replace(t, level=t.level + 1) for t in result.certificate.tiers]
    moved = result.replace(certificate=Certificate(tuple(tiers)))
    assert "proof" in rm.check(moved).by_rule()


@pytest.mark.parametrize(
    ("within", "optimum", "slack"),
    [
        # 0.29 times 100 is a little less than 29 in binary fractions
        (0.29, 100, 29),
        (0.29, 100_000_000_000_000_050, 29_000_000_000_000_014),
        (0.07, 100_000_000_000_000_050, 7_000_000_000_000_003),
        (0.07, -100_000_000_000_000_050, 7_000_000_000_000_003),
    ],
)
def test_what_a_tier_may_give_up_is_counted_in_whole_numbers(
    within: float, optimum: int, slack: int
) -> None:
    assert Aim(tier="total", within=within).slack(optimum) == slack
