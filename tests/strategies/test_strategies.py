"""Theorems about each way of pairing, and what all of them promise."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.two_views import EXAMPLE_1, EXAMPLE_2, Case, Person, cases, square
from rmmatch.errors import ProblemsError
from rmmatch.matching import Matching, Strategy
from rmmatch.stability import Preferences
from rmmatch.strategies import (
    Greedy,
    Listed,
    MenteeProposing,
    MentorProposing,
    Random,
    SchemeObjective,
    Total,
    strategy_of_name,
)

HEURISTICS: tuple[Strategy, ...] = (MenteeProposing(), MentorProposing(), Greedy(), Random())
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def paired(strategy: Strategy, case: Case, seed: int = 0) -> set[tuple[str, str]]:
    return set(strategy.pair(case.scores(), seed=seed))


# --- deferred acceptance ---------------------------------------------------------------------


def test_gale_and_shapley_example_1_each_side_gets_its_first_choice_by_proposing() -> None:
    case = square(EXAMPLE_1)
    by_mentees, by_mentors = paired(MenteeProposing(), case), paired(MentorProposing(), case)
    assert by_mentees == {("E0", "M0"), ("E1", "M1"), ("E2", "M2")}
    assert by_mentors == {("E0", "M2"), ("E1", "M0"), ("E2", "M1")}
    middle = {("E0", "M1"), ("E1", "M2"), ("E2", "M0")}
    complete = [matching for matching in case.valid_matchings() if len(matching) == 3]
    stable = [matching for matching in complete if not case.blocking(matching)]
    assert len(complete) == 6
    assert len(stable) == 3
    assert all(matching in stable for matching in (by_mentees, middle, by_mentors))


def test_gale_and_shapley_example_2_has_one_stable_matching() -> None:
    case = square(EXAMPLE_2)
    only = {("E0", "M2"), ("E1", "M3"), ("E2", "M0"), ("E3", "M1")}
    assert paired(MenteeProposing(), case) == paired(MentorProposing(), case) == only


@quick
@given(cases(strict=True))
def test_deferred_acceptance_equals_a_plain_one(case: Case) -> None:
    assert paired(MenteeProposing(), case) == case.deferred_acceptance(0)
    assert paired(MentorProposing(), case) == case.deferred_acceptance(1)


@quick
@given(cases(), st.integers(0, 3))
def test_deferred_acceptance_leaves_no_blocking_pair_also_with_ties(case: Case, seed: int) -> None:
    assert not case.blocking(paired(MenteeProposing(), case, seed))
    assert not case.blocking(paired(MentorProposing(), case, seed))


@quick
@given(cases(most=3, strict=True, plain=True, one_to_one=True))
def test_the_side_that_proposes_gets_its_best_of_all_stable_matchings(case: Case) -> None:
    stable = [matching for matching in case.valid_matchings() if not case.blocking(matching)]
    for side, strategy in enumerate((MenteeProposing(), MentorProposing())):
        ours = paired(strategy, case)
        assert ours in stable
        best = {pair[side]: case.views[pair][side] for pair in ours}
        for matching in stable:
            theirs = {pair[side]: case.views[pair][side] for pair in matching}
            assert best.keys() == theirs.keys()  # the same people are paired in all of them
            assert all(best[id_] >= theirs[id_] for id_ in theirs)


@quick
@given(cases(strict=True, plain=True))
def test_with_several_places_both_directions_fill_the_same_number_of_places(case: Case) -> None:
    by_mentees, by_mentors = paired(MenteeProposing(), case), paired(MentorProposing(), case)
    for side in (0, 1):
        assert sorted(p[side] for p in by_mentees) == sorted(p[side] for p in by_mentors)


@quick
@given(cases(shared=True), st.integers(0, 3))
def test_one_shared_score_makes_greedy_and_both_proposals_the_same(case: Case, seed: int) -> None:
    greedy = paired(Greedy(), case, seed)
    assert greedy == paired(MenteeProposing(), case, seed) == paired(MentorProposing(), case, seed)


def test_proposing_on_a_cohort_of_many_rounds_leaves_nobody_who_would_rather_change() -> None:
    rng = np.random.default_rng(0)
    mentees = [Person(f"E{i:03}", int(rng.integers(1, 3))) for i in range(150)]
    mentors = [Person(f"M{i:03}", int(rng.integers(1, 4))) for i in range(120)]
    worth = rng.integers(0, 101, (150, 120, 2))
    views = {
        (e.id, m.id): (int(worth[i, j, 0]), int(worth[i, j, 1]))
        for (i, e), (j, m) in product(enumerate(mentees), enumerate(mentors))
    }
    case = Case(mentees, mentors, views)
    scores = case.scores()
    preferences = Preferences(scores)
    for strategy in (MenteeProposing(), MentorProposing()):
        assert preferences.blocking_pairs(strategy.pair(scores, seed=0)) == ()
    assert preferences.blocking_pairs(Random().pair(scores, seed=0))


# --- greedy ----------------------------------------------------------------------------------


@quick
@given(cases(plain=True), st.integers(0, 3))
def test_no_total_is_above_the_optimum_and_greedy_reaches_half_of_it(case: Case, seed: int) -> None:
    scores = case.scores()
    totals = {
        strategy.name: int(
            scores.to_numpy()[strategy.pair(scores, seed=seed).positions(scores.cohort)].sum()
        )
        for strategy in (Total(), SchemeObjective(), *HEURISTICS)
    }
    assert totals["total"] == max(totals.values())
    assert 2 * totals["greedy"] >= totals["total"]


@quick
@given(cases(most=3, plain=True), st.permutations(["pairs", "total", "priority", "worst_pair"]))
def test_total_is_the_largest_sum_whatever_the_scheme_is_for(case: Case, tiers: list[str]) -> None:
    case.objective = ("pairs", *(tier for tier in tiers if tier != "pairs"))
    scores = case.scores()
    table = scores.to_numpy()

    def total(pairs: Matching) -> int:
        return int(table[pairs.positions(scores.cohort)].sum())

    largest = max(total(Matching.of(pairs)) for pairs in case.valid_matchings())
    assert total(Total().pair(scores, seed=0)) == largest
    assert total(SchemeObjective().pair(scores, seed=0)) <= largest
    assert SchemeObjective().pair(scores, seed=0) == rm.match(case.cohort(), case.scheme()).made


@pytest.mark.parametrize("objective", [("pairs", "total"), ("total",), ("pairs", "worst_pair")])
@pytest.mark.parametrize("seed", range(3))
def test_total_is_above_every_other_strategy_on_synthetic_cohorts(
    objective: tuple[str, ...], seed: int
) -> None:
    cohort = rm.synthetic.cohort(14, 12, seed=seed)
    _, demo = rm.synthetic.demo()
    scheme = demo.model_copy(update={"rules": demo.rules[3:], "objective": objective})
    totals = {
        strategy.name: rm.match(cohort, scheme, strategy=strategy).pairs["score"].sum()
        for strategy in (Total(), SchemeObjective(), *HEURISTICS)
    }
    assert totals["total"] >= max(totals.values()) - 1e-9
    assert totals["scheme"] > 0


def test_the_scheme_may_pair_more_people_for_a_smaller_sum() -> None:
    case = square([[(1, 1), (60, 60)], [(60, 60), (1, 1)]], forbidden={("E1", "M1")})
    case.objective = ("pairs", "total")
    assert len(paired(SchemeObjective(), case)) == 2
    assert paired(Total(), case) == {("E0", "M0")}
    by_name = [rm.match(case.cohort(), case.scheme(), strategy=n) for n in ("scheme", "total")]
    assert [len(result.made) for result in by_name] == [2, 1]


def test_total_looks_at_no_soft_quota_and_takes_penalties_off() -> None:
    people = [{"id": f"M{at}", "organisation": name} for at, name in enumerate("AB")]
    cohort = rm.read_cohort(pd.DataFrame(people), pd.DataFrame([{"id": "E0"}]))
    table = {"type": "table", "rows": [["E0", "M0", 1], ["E0", "M1", 0.5]]}
    quota = {"side": "mentors", "column": "organisation", "value": "B", "at_least": 1}
    partner = {}
    for name, softness in {"soft": {"soft": True}, "dear": {"penalty": 0.7}, "hard": {}}.items():
        data = {"criteria": [table], "quotas": [{**quota, **softness}]}
        data["objective"] = ["pairs", "quota_shortfall", "total"]
        scheme = rm.Scheme.model_validate(data)
        pairs = [set(rm.match(cohort, scheme, strategy=s).made) for s in ("scheme", "total")]
        partner[name] = [mentor for found in pairs for _, mentor in found]
    assert partner == {"soft": ["M1", "M0"], "dear": ["M1", "M1"], "hard": ["M1", "M1"]}


@quick
@given(cases(plain=True), st.integers(0, 3))
def test_no_strategy_makes_more_pairs_than_the_optimum_of_pairs(case: Case, seed: int) -> None:
    case.objective = ("pairs", "total")
    most = len(paired(SchemeObjective(), case))
    for strategy in HEURISTICS:
        assert most / 2 <= len(paired(strategy, case, seed)) <= most


def test_the_half_is_nearly_reached() -> None:
    # The middle pair is a little better than each of the two it stands in the way of.
    worth = {("E0", "M0"): 51, ("E0", "M1"): 50, ("E1", "M0"): 50}
    views = {pair: (value, value) for pair, value in worth.items()}
    case = Case(
        [Person("E0"), Person("E1")],
        [Person("M0"), Person("M1")],
        {("E1", "M1"): (0, 0), **views},
        forbidden={("E1", "M1")},
    )
    assert paired(Greedy(), case) == {("E0", "M0")}
    assert paired(Total(), case) == {("E0", "M1"), ("E1", "M0")}


def test_greedy_is_the_plain_walk_through_thousands_of_sorted_pairs() -> None:
    rng = np.random.default_rng(1)
    size = 90
    mentees = [Person(f"E{i:02}", int(rng.integers(0, 3))) for i in range(size)]
    mentors = [Person(f"M{i:02}", int(rng.integers(0, 3))) for i in range(size)]
    order = rng.permutation(size * size) / 100
    views = {
        (e.id, m.id): (float(order[i * size + j]),) * 2
        for (i, e), (j, m) in product(enumerate(mentees), enumerate(mentors))
    }
    scaled = {pair: (worth[0] / 81, worth[0] / 81) for pair, worth in views.items()}
    places = {one.id: one.capacity for one in (*mentees, *mentors)}
    expected = set()
    for e, m in sorted(views, key=lambda pair: views[pair], reverse=True):
        if places[e] and places[m]:
            places[e] -= 1
            places[m] -= 1
            expected.add((e, m))
    assert paired(Greedy(), Case(mentees, mentors, scaled)) == expected


# --- what all promise ------------------------------------------------------------------------


@quick
@given(cases(), st.integers(0, 3))
def test_matchings_are_valid_and_maximal(case: Case, seed: int) -> None:
    cohort, scheme = case.cohort(), case.scheme()
    for strategy in (*HEURISTICS, SchemeObjective(), Total()):
        result = rm.match(cohort, scheme, strategy=strategy, seed=seed)
        assert result.status is rm.Status.FEASIBLE
        assert rm.check(result) == []
        made = set(result.made)
        assert case.pins <= made
        if strategy in HEURISTICS:
            assert not any(case.fits(made | {pair}) for pair in case.acceptable() - made)


@quick
@given(cases(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_input_never_matters(case: Case, seed: int, rng: random.Random) -> None:
    before = [paired(strategy, case, seed) for strategy in HEURISTICS]
    rng.shuffle(case.mentees)
    rng.shuffle(case.mentors)
    assert before == [paired(strategy, case, seed) for strategy in HEURISTICS]


@quick
@given(cases(), st.integers(0, 3))
def test_reserves_change_nothing_among_applicants(case: Case, seed: int) -> None:
    everybody = case.people()

    def applicants(matching: set[tuple[str, str]]) -> set[tuple[str, str]]:
        return {
            pair
            for pair in matching
            if all(s[i].status == "applicant" for s, i in zip(everybody, pair, strict=True))
        }

    case.pins = applicants(case.pins)
    # Random draws among other pairs when there are fewer of them.
    strategies = (MenteeProposing(), MentorProposing(), Greedy())
    with_reserves = [applicants(paired(strategy, case, seed)) for strategy in strategies]
    for one in (*case.mentees, *case.mentors):
        one.status = "withdrawn" if one.status == "reserve" else one.status
    assert with_reserves == [paired(strategy, case, seed) for strategy in strategies]


def test_random_never_takes_a_reserve_where_an_applicant_fits() -> None:
    mentors = [Person("M0"), Person("M1", status="reserve"), Person("M2", status="reserve")]
    case = Case([Person("E0")], mentors, {("E0", one.id): (50, 50) for one in mentors})
    assert {frozenset(paired(Random(), case, seed)) for seed in range(20)} == {
        frozenset({("E0", "M0")})
    }


def test_random_follows_its_seed_alone() -> None:
    case = square([[(1, 1)] * 6] * 6)
    drawn = [paired(Random(), case, seed) for seed in range(10)]
    assert drawn == [paired(Random(), case, seed) for seed in range(10)]
    assert len({frozenset(matching) for matching in drawn}) > 5


def test_ties_follow_the_seed() -> None:
    case = square([[(1, 1)] * 6] * 6)
    for strategy in (MenteeProposing(), MentorProposing(), Greedy()):
        assert len({frozenset(paired(strategy, case, seed)) for seed in range(10)}) > 5


@pytest.mark.parametrize("strategy", [SchemeObjective(), Total()], ids=lambda one: one.name)
def test_the_optima_keep_minimum_loads_and_say_where_none_can_be_kept(strategy: Strategy) -> None:
    case = square([[(1, 1), (2, 2)]])
    case.mentors[1].min_load = 1
    assert paired(strategy, case) == {("E0", "M1")}
    case.forbidden = {("E0", "M1")}
    with pytest.raises(rm.errors.NoMatchingError, match="cannot all hold"):
        paired(strategy, case)


def test_a_pin_that_cannot_be_kept_stops_every_strategy() -> None:
    case = square([[(1, 1)]], pins={("E0", "M0")}, forbidden={("E0", "M0")})
    for strategy in (*HEURISTICS, SchemeObjective(), Total()):
        with pytest.raises(rm.SchemeError, match="forbids this pinned pair"):
            paired(strategy, case)


# --- a list made by hand ---------------------------------------------------------------------


def test_a_list_is_kept_as_it_stands_and_check_tells_what_is_wrong(tmp_path: Path) -> None:
    case = square(EXAMPLE_1, forbidden={("E0", "M0")})
    pairs = [("E2", "M0"), ("E0", "M0"), ("E2", "M0")]
    csv = tmp_path / "manual.csv"
    csv.write_text("mentor,mentee\nM0,E2\nM0,E0\n", encoding="utf-8")
    table = pd.DataFrame(pairs, columns=["mentee", "mentor"])
    for given_as in (pairs, iter(pairs), csv, str(csv), table):
        assert Listed(given_as).pair(case.scores(), seed=0) == Matching.of(pairs)
    result = rm.match(case.cohort(), case.scheme(), strategy=Listed(pairs))
    assert {finding.rule for finding in rm.check(result)} >= {"capacity"}
    assert [(f.mentee, f.mentor) for f in rm.check(result) if f.mentee and f.mentor] == [
        ("E0", "M0")
    ]


def test_without_a_list_it_is_the_manual_relation_of_each_cohort() -> None:
    case = square(EXAMPLE_1, manual={("E0", "M2"), ("E1", "M1")})
    assert paired(strategy_of_name("listed"), case) == case.manual
    case.manual = set()
    with pytest.raises(rm.CohortError, match="no pairs are of the kind 'manual'"):
        paired(Listed(), case)
    assert paired(Listed([]), case) == set()


def test_everybody_of_a_list_whom_the_cohort_lacks_is_named_once() -> None:
    listed = Listed([("E0", "M09"), ("E1", "M09"), ("F0", "M0")])
    with pytest.raises(rm.CohortError) as caught:
        listed.pair(square(EXAMPLE_1).scores(), seed=0)
    assert [(item.column, item.value) for item in caught.value.items] == [
        ("mentor", "M09"),
        ("mentee", "F0"),
    ]
    assert "did you mean 'M" in str(caught.value)


def test_a_list_is_a_value() -> None:
    assert Listed([("E0", "M0")]) == Listed((("E0", "M0"),))
    assert Listed([("E0", "M0")]) != Listed([("E0", "M0")], name="by hand")
    assert hash(Listed([("E0", "M0")])) == hash(Listed([("E0", "M0")]))


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "strategy", [*HEURISTICS, SchemeObjective(), Total(), Listed()], ids=lambda one: one.name
)
def test_a_strategy_is_found_by_its_name(strategy: Strategy) -> None:
    assert strategy_of_name(strategy.name) == strategy


@pytest.mark.parametrize(
    ("wrong", "remedy"), [("gredy", "did you mean 'greedy'?"), ("xyz", "one of scheme, total, ")]
)
def test_an_unknown_name_is_told_the_nearest(wrong: str, remedy: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        strategy_of_name(wrong)
    assert caught.value.items[0].value == wrong
    assert caught.value.items[0].remedy.startswith(remedy)


# --- stability -------------------------------------------------------------------------------


@quick
@given(cases(), st.data())
def test_blocking_pairs_are_those_of_the_definition(case: Case, data: st.DataObject) -> None:
    pairs = data.draw(st.sets(st.sampled_from(sorted(case.views)))) | case.pins
    found = Preferences(case.scores()).blocking_pairs(Matching.of(pairs))
    assert len(found) == len(set(found))
    assert set(found) == case.blocking(pairs)


@quick
@given(cases(), st.data())
def test_ranks_are_those_of_the_definition(case: Case, data: st.DataObject) -> None:
    pairs = sorted(data.draw(st.sets(st.sampled_from(sorted(case.views)))))
    preferences, acceptable = Preferences(case.scores()), case.acceptable()
    ranks = preferences.ranks(Matching.of(pairs))
    for side, of_side in enumerate(ranks):
        expected = [
            1
            + sum(
                other[side] == pair[side] and case.views[other][side] > case.views[pair][side]
                for other in acceptable
            )
            if pair in acceptable
            else 0
            for pair in pairs
        ]
        assert of_side.tolist() == expected
    profile = preferences.rank_profile(Matching.of(pairs))
    assert [len(profile[0]), len(profile[1])] == [len(case.mentors), len(case.mentees)]
    for of_side, counts in zip(ranks, profile, strict=True):
        assert counts.tolist() == [(of_side == rank).sum() for rank in range(1, len(counts) + 1)]


def test_the_rank_profile_of_a_textbook_matching() -> None:
    case = square(EXAMPLE_1)
    preferences = Preferences(case.scores())
    by_mentees = MenteeProposing().pair(case.scores(), seed=0)
    assert [profile.tolist() for profile in preferences.rank_profile(by_mentees)] == [
        [3, 0, 0],
        [0, 0, 3],
    ]


def test_with_one_view_both_sides_go_by_the_score_and_greedy_is_stable() -> None:
    cohort, scheme = rm.synthetic.demo()
    scores = rm.score(cohort, scheme)
    assert not scores.has_two_views
    preferences = Preferences(scores)
    assert np.array_equal(preferences.mentee, scores.to_numpy())
    assert np.array_equal(preferences.mentor, scores.to_numpy())
    assert preferences.blocking_pairs(Greedy().pair(scores, seed=0)) == ()
    assert preferences.blocking_pairs(Total().pair(scores, seed=0))


@quick
@given(cases())
def test_the_score_is_the_mean_of_what_the_two_sides_see(case: Case) -> None:
    scores = case.scores()
    preferences = Preferences(scores)
    assert np.array_equal((preferences.mentee + preferences.mentor) // 2, scores.to_numpy())
    for (mentee, mentor), views in case.views.items():
        at = scores.position("mentee", mentee), scores.position("mentor", mentor)
        found = preferences.mentee[at], preferences.mentor[at]
        allowed = case.is_acceptable((mentee, mentor))
        assert found == (tuple(10_000 * view for view in views) if allowed else (-1, -1))
