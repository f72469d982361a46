"""The tier `blocking_pairs`: what trying everything gives, theorems, and cases by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.two_views import EXAMPLE_1, Case, IdPair, Person, cases, square
from rmmatch.checking.blocking import n_blocking_pairs
from rmmatch.scheme.objectives import Aim
from rmmatch.solving.mip import stability_solutions
from rmmatch.stability import Preferences
from rmmatch.strategies import Greedy, Listed, MenteeProposing, MentorProposing, Random, Total

N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "100"))
ANY = settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def objectives(draw: Any) -> tuple[Aim, ...]:
    names = draw(st.permutations(["pairs", "total", "blocking_pairs"]))
    names = names[: 1 + max(names.index("blocking_pairs"), draw(st.integers(0, 2)))]
    if "pairs" in names and draw(st.booleans()):
        names.append("worst_pair")
    slack = draw(st.sampled_from([0.0, 0.0, 0.4]))
    return tuple(Aim(tier=name, within=slack if name != "worst_pair" else 0) for name in names)


def matched(case: Case, *objective: Any) -> rm.Result:
    case.objective = objective
    result = rm.match(case.cohort(), case.scheme())
    assert rm.check(result) == []
    return result


def keeps_minimums(case: Case, pairs: set[IdPair]) -> bool:
    return all(
        sum(pair[side] == id_ for pair in pairs) >= one.min_load
        for side, people in enumerate(case.people())
        for id_, one in people.items()
        if one.status == "applicant"
    )


def worth(case: Case, tier: str, pairs: set[IdPair], scores: dict[IdPair, int]) -> int:
    """What pairs are worth on a tier, from the definitions."""
    if tier == "blocking_pairs":
        return -len(case.blocking(pairs))
    both = {pair for pair in pairs if case.wish(pair, 0)[0] and case.wish(pair, 1)[0]}
    return {
        "pairs": len(pairs),
        "total": sum(scores[pair] for pair in pairs),
        "worst_pair": min((scores[pair] for pair in pairs), default=0),
        "applicants": len(both),
        "applicants' total": sum(scores[pair] for pair in both),
    }[tier]


def best_by_enumeration(case: Case) -> tuple[list[int] | None, list[set[IdPair]]]:
    """The optimum of each tier, and all matchings that are best."""
    table = case.scores()
    scores = {
        (e, m): int(table.to_numpy()[row, column])
        for row, e in enumerate(table.mentees)
        for column, m in enumerate(table.mentors)
    }
    left = [pairs for pairs in case.valid_matchings() if keeps_minimums(case, pairs)]
    if not left:
        return None, []
    steps = [(aim.tier, aim) for aim in case.objective]
    reserves = any(one.status == "reserve" for one in (*case.mentees, *case.mentors))
    if reserves and steps[0][0] != "blocking_pairs":
        first = "applicants' total" if steps[0][0] == "total" else "applicants"
        steps.insert(0, (first, Aim(tier="pairs")))
    optima = []
    for tier, aim in steps:
        values = [worth(case, tier, pairs, scores) for pairs in left]
        optima.append(max(values))
        least = optima[-1] - aim.slack(optima[-1])
        left = [pairs for pairs, value in zip(left, values, strict=True) if value >= least]
    return optima, left


@ANY
@given(case=cases(most=4), objective=objectives(), data=st.data())
def test_the_solver_finds_what_trying_everything_finds(
    case: Case, objective: tuple[Aim, ...], data: st.DataObject
) -> None:
    assume(len(case.acceptable()) <= 12)
    if data.draw(st.booleans()):
        someone = data.draw(st.sampled_from([*case.mentees, *case.mentors]))
        someone.min_load = data.draw(st.integers(1, 2))
    case.objective = objective
    optima, best = best_by_enumeration(case)
    result = rm.match(case.cohort(), case.scheme())
    if optima is None:
        assert result.status is rm.Status.INFEASIBLE
        return
    assert result.status is rm.Status.OPTIMAL
    assert list(result.bounds.values()) == optima
    assert set(result.made) in best
    assert rm.check(result) == []
    found = len(Preferences(result.scores).blocking_pairs(result.made))
    assert result.objective["blocking_pairs"] == found == len(case.blocking(set(result.made)))


@FEW
@given(case=cases(), one_more=st.sampled_from(["pairs", "total"]))
def test_something_is_stable_and_nothing_has_to_be_taken_on_trust(
    case: Case, one_more: str
) -> None:
    """Gale and Shapley 1962; ties are acceptable both ways."""
    alone = matched(case, "blocking_pairs")
    assert (alone.objective["blocking_pairs"], alone.proof) == (0, "prices")
    assert not case.blocking(set(alone.made))
    assert matched(case, "blocking_pairs", one_more).objective["blocking_pairs"] == 0


@FEW
@given(case=cases(strict=True, plain=True, one_to_one=True))
def test_all_stable_matchings_are_as_large(case: Case) -> None:
    """McVitie and Wilson 1970: one place each, no ties."""
    alone = matched(case, "blocking_pairs")
    larger = matched(case, "blocking_pairs", "pairs")
    assert len(alone.made) == len(larger.made)


@FEW
@given(case=cases(most=4), data=st.data())
def test_forbidding_a_pair_is_the_same_as_starting_again(case: Case, data: st.DataObject) -> None:
    result = matched(case, *data.draw(st.permutations(["pairs", "blocking_pairs"])))
    idle = sorted(case.acceptable() - set(result.made))
    assume(idle)
    pair = data.draw(st.sampled_from(idle))
    told = rm.what_if(result, forbid=[pair])
    case.forbidden = case.forbidden | {pair}
    assert told.result.values == matched(case, *result.scheme.objective).values


@FEW
@given(case=cases(), seed=st.integers(0, 3))
def test_other_strategies_are_told_how_many_pairs_block_theirs(case: Case, seed: int) -> None:
    case.objective = ("pairs", "blocking_pairs")
    for strategy in (Greedy(), Random(), Total()):
        result = rm.match(case.cohort(), case.scheme(), strategy=strategy, seed=seed)
        assert result.objective["blocking_pairs"] == len(case.blocking(set(result.made)))
        assert rm.check(result) == []


@FEW
@given(case=cases(), seed=st.integers(0, 3))
def test_check_refuses_other_claims(case: Case, seed: int) -> None:
    best = matched(case, "pairs", "blocking_pairs")
    for key, rules in (("values", {"value", "proof"}), ("bounds", {"proof"})):
        fewer = {**getattr(best, key), "blocking_pairs": best.values["blocking_pairs"] + 1}
        assert set(rm.check(best.replace(**{key: fewer})).by_rule()) <= rules
        assert rm.check(best.replace(**{key: fewer}))
    drawn = rm.match(best.cohort, best.scheme, strategy=Random(), seed=seed)
    claim = best.replace(matching=drawn.made)
    same = dict(drawn.values) == dict(best.values)
    assert ("value" in rm.check(claim).by_rule()) != same


# by hand


def test_between_the_two_sides_of_gale_and_shapley() -> None:
    """Example 1: three stable matchings; both sides' first choices cannot all be met."""
    case = square(EXAMPLE_1)
    middle = matched(case, "pairs", "blocking_pairs", "worst_pair")
    assert middle.objective == {"pairs": 3, "blocking_pairs": 0, "worst_pair": 0.98}


LEFT_OVER = {
    # E0 and M0 want each other; E1 has nobody else to go to, and M1 neither
    ("E0", "M0"): (90, 90),
    ("E0", "M1"): (50, 80),
    ("E1", "M0"): (80, 50),
}


def two_and_two() -> Case:
    people = [[Person(f"{letter}{n}") for n in range(2)] for letter in "EM"]
    views = {**LEFT_OVER, ("E1", "M1"): (0, 0)}
    return Case(*people, views, forbidden={("E1", "M1")})


def test_more_pairs_may_leave_more_to_regret() -> None:
    case = two_and_two()
    everybody = matched(case, "pairs", "blocking_pairs")
    assert everybody.objective == {"pairs": 2, "blocking_pairs": 1}
    assert everybody.proof == "solver"
    assert "blocking_pairs 1, proved optimal" in everybody.summary_line
    assert matched(case, "blocking_pairs", "pairs").objective["pairs"] == 1
    given_up = matched(case, {"tier": "pairs", "within": 0.5}, "blocking_pairs")
    assert given_up.objective == {"pairs": 1, "blocking_pairs": 0}
    both = rm.what_if(matched(case, "blocking_pairs", "pairs"), pin=[("E1", "M0")])
    # who is pinned cannot leave, so nothing is lost
    assert both.price == {"blocking_pairs": 0, "pairs": -1}


def test_a_pair_more_that_blocks_is_a_loss() -> None:
    case = two_and_two()
    result = matched(case, "pairs", "blocking_pairs")
    prices = rm.prices_of_pairs(result).table.set_index(["mentee", "mentor"])
    assert prices.pairs["E0", "M0"] == 1
    assert prices.blocking_pairs["E0", "M0"] == -1


def test_too_many_pairs_is_said_with_the_largest_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability_solutions, "_MAX_STABILITY_ARCS", 2)
    with pytest.raises(rm.errors.NotSupportedError, match=r"up to 2 acceptable pairs.* are 3"):
        matched(two_and_two(), "blocking_pairs")


def random_case(size: int) -> Case:
    people = [[Person(f"{letter}{n:02}") for n in range(size)] for letter in "EM"]
    views = {
        (f"E{e:02}", f"M{m:02}"): ((7 * e + 13 * m * m) % 31, (11 * e * e + 5 * m) % 29)
        for e in range(size)
        for m in range(size)
    }
    return Case(*people, views, {pair for pair, (one, other) in views.items() if one * other > 90})


def test_a_time_limit_leaves_true_bounds() -> None:
    case = random_case(14)
    case.objective = ("pairs", "blocking_pairs", "total")
    best = rm.match(case.cohort(), case.scheme())
    assert best.values["blocking_pairs"] < 0
    for limit in (1e-9, 0.01, 0.05):
        cut = rm.match(case.cohort(), case.scheme(), time_limit=limit)
        if cut.matching is None:
            continue
        assert rm.check(cut) == []
        for tier, bound in cut.bounds.items():
            assert bound >= best.values[tier]
            if cut.bounds[tier] != best.values[tier]:
                break


def test_a_run_is_saved_and_checked_again(tmp_path: Path) -> None:
    result = matched(two_and_two(), "pairs", "blocking_pairs", "total")
    result.save(tmp_path / "run.json")
    again = rm.load_result(tmp_path / "run.json")
    assert (again.values, again.bounds, again.proof) == (
        result.values,
        result.bounds,
        result.proof,
    )
    assert rm.check(again) == []
    listed = rm.match(again.cohort, again.scheme, strategy=Listed(list(again.made)))
    assert listed.values == result.values


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_reserve_too_would_rather_have_an_applicant_whatever_the_score(is_turned: bool) -> None:
    """E0 applies and E1 is a reserve, as M0 is, for whom E1 scores far more."""
    pairs = {("E0", "M0"): (30, 30), ("E1", "M0"): (90, 90)}
    sides = [Person("E0"), Person("E1", status="reserve")], [Person("M0", status="reserve")]
    if is_turned:
        pairs = {pair[::-1]: views for pair, views in pairs.items()}
        sides = sides[::-1]
    case = Case(*sides, views=pairs)
    applicant, reserve = pairs
    scores = case.scores()
    preferences = Preferences(scores)
    assert preferences.blocking_pairs(rm.Matching.of([reserve])) == (applicant,)
    assert preferences.blocking_pairs(rm.Matching.of([applicant])) == ()
    assert case.blocking({reserve}) == {applicant}
    stable = matched(case, "blocking_pairs", "total")
    assert set(stable.made) == {applicant}
    late = matched(case, "total", "blocking_pairs")
    assert set(late.made) == {reserve}, "only pairs of two applicants come before the total"
    assert late.objective["blocking_pairs"] == 1
    for strategy in (MenteeProposing(), MentorProposing(), Greedy()):
        assert set(rm.match(scores.cohort, case.scheme(), strategy=strategy).made) == {applicant}


def test_a_pin_holds_its_own_pair_and_no_other() -> None:
    """E1 is pinned to M0; E0 has M2 and would rather have M1, who is free."""
    pairs = {("E0", "M1"): (90, 90), ("E0", "M2"): (10, 10), ("E1", "M0"): (10, 10)}
    few, many = ([Person(f"{side}{n}") for n in range(size)] for side, size in (("E", 2), ("M", 3)))
    case = Case(few, many, views=pairs, pins={("E1", "M0")})
    assert matched(case, "blocking_pairs").objective["blocking_pairs"] == 0
    scores = case.scores()
    assert n_blocking_pairs(scores, np.array([0, 1]), np.array([2, 0])) == 1
    assert n_blocking_pairs(scores, np.array([0, 1]), np.array([1, 0])) == 0
