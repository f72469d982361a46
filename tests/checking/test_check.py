"""`check` finds whatever is wrong with a result or a hand-made list, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, pairs_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.matching import Certificate, TierPrices

SCORES = {
    ("E0", "M0"): 0.9,
    ("E0", "M1"): 0.8,
    ("E1", "M0"): 0.7,
    ("E1", "M1"): 0.1,
    ("E2", "M1"): 0.3,
    ("E2", "M2"): 0.6,
}


@pytest.fixture
def result() -> rm.Result:
    """Three pairs, E0–M1, E1–M0, E2–M2, worth 2.1."""
    cohort = cohort_of(people("E", 3), people("M", 3))
    return rm.match(cohort, table_scheme(SCORES))


def rules_of(findings: list[rm.Violation]) -> set[str]:
    return {violation.rule for violation in findings}


def with_pairs(result: rm.Result, pairs: list[tuple[str, str]]) -> rm.Result:
    return result.replace(matching=rm.Matching.of(pairs))


def with_prices(result: rm.Result, tier: str, side: str, change: Any) -> rm.Result:
    """Change the prices of one tier and side by a function of the array."""
    assert result.certificate is not None
    tiers = tuple(
        replace(prices, **{side: change(getattr(prices, side).copy())})
        if prices.tier == tier
        else prices
        for prices in result.certificate.tiers
    )
    return result.replace(certificate=Certificate(tiers))


# --- a result --------------------------------------------------------------------------------


def test_a_true_result_passes(result: rm.Result) -> None:
    assert pairs_of(result) == {("E0", "M1"), ("E1", "M0"), ("E2", "M2")}
    findings = rm.check(result)
    assert findings == []
    assert findings.objective == result.objective == {"pairs": 3, "total": pytest.approx(2.1)}
    assert findings.best == {}
    assert findings.by_rule() == {}


def test_two_partners_exchanged(result: rm.Result) -> None:
    swapped = with_pairs(result, [("E0", "M0"), ("E1", "M1"), ("E2", "M2")])
    assert rules_of(rm.check(swapped)) == {"value", "proof"}


def test_a_pair_left_out(result: rm.Result) -> None:
    findings = rm.check(with_pairs(result, [("E0", "M1"), ("E1", "M0")]))
    assert rules_of(findings) == {"value", "proof"}
    assert any("not proved on: pairs" in str(violation) for violation in findings)


def test_a_person_used_twice_and_one_who_is_not_there(result: rm.Result) -> None:
    pairs = [("E0", "M1"), ("E2", "M1"), ("E1", "M00")]
    findings = rm.check(with_pairs(result, pairs))
    assert {"capacity", "id", "value", "proof"} == rules_of(findings)
    assert "M1 has 2 pairs and a capacity of 1" in map(str, findings)
    assert "no mentor has the id 'M00'; did you mean M0?" in map(str, findings)


@pytest.mark.parametrize("values", [{}, {"pairs": 3}, {"pairs": 3, "total": 2_100_001}])
def test_values_that_the_pairs_do_not_give(result: rm.Result, values: dict[str, int]) -> None:
    assert "value" in rules_of(rm.check(result.replace(values=values)))


def test_a_value_of_a_tier_that_the_scheme_does_not_have(result: rm.Result) -> None:
    findings = rm.check(result.replace(values={**result.values, "nash": 4}))
    assert [str(found) for found in findings] == ["claims 4 on the tier nash, the pairs give None"]


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("tier", ["pairs", "total"])
def test_a_wrong_bound(result: rm.Result, tier: str, by: int) -> None:
    bounds = {**result.bounds, tier: result.bounds[tier] + by}
    assert rules_of(rm.check(result.replace(bounds=bounds))) == {"proof"}


def test_a_bound_below_the_value_is_wrong_also_without_prices(result: rm.Result) -> None:
    unproved = result.replace(status=rm.Status.FEASIBLE, certificate=None)
    assert rm.check(unproved) == []
    low = unproved.replace(bounds={**result.bounds, "total": result.bounds["total"] - 1})
    assert rules_of(rm.check(low)) == {"proof"}


@pytest.mark.parametrize("tier", ["pairs", "total"])
@pytest.mark.parametrize("side", ["mentees", "mentors"])
@pytest.mark.parametrize("change", [lambda prices: prices + 1, lambda prices: prices - 1])
def test_raised_and_lowered_prices(result: rm.Result, tier: str, side: str, change: Any) -> None:
    assert rules_of(rm.check(with_prices(result, tier, side, change))) == {"proof"}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(), data=st.data())
def test_no_prices_whatever_prove_less_than_the_optimum(problem: Problem, data: Any) -> None:
    result = problem.match()
    assume(result.matching is not None and result.certificate is not None)
    number = st.one_of(st.integers(-2, 2), st.integers(-(2**60), 2**60))
    prices = [
        np.array(data.draw(st.lists(number, min_size=n, max_size=n)), dtype=np.int64)
        for n in result.scores.shape
    ]
    first = result.certificate.tiers[0].tier
    changed = result.replace(
        status=rm.Status.FEASIBLE,
        certificate=Certificate((TierPrices(first, *prices),)),
        bounds={first: -1},
    )
    proofs = [str(found) for found in rm.check(changed) if "its prices prove" in str(found)]
    assert len(proofs) == 1
    assert int(proofs[0].rsplit(" ", 1)[1]) >= result.values[first]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(), data=st.data())
def test_another_matching_is_never_called_proved(problem: Problem, data: Any) -> None:
    result = problem.match()
    assume(result.matching is not None)
    everybody = [(e, m) for e in result.cohort.mentees.ids for m in result.cohort.mentors.ids]
    pairs = data.draw(st.lists(st.sampled_from(everybody), unique=True, max_size=6))
    findings = rm.check(with_pairs(result, pairs))
    if not findings:
        again = rm.check(result.cohort, result.scheme, pairs)
        assert again == []
        assert again.objective == result.objective


def test_optimal_without_a_certificate(result: rm.Result) -> None:
    for certificate in (None, Certificate(()), Certificate(result.certificate.tiers[:1])):
        findings = rm.check(result.replace(certificate=certificate))
        assert rules_of(findings) == {"proof"}
        assert "called optimal, and not proved" in str(findings[-1])


def test_prices_in_another_order_of_tiers(result: rm.Result) -> None:
    turned = Certificate(result.certificate.tiers[::-1])
    assert "the prices are for the tiers total, pairs" in map(
        str, rm.check(result.replace(certificate=turned))
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda prices: prices[:-1], "there is not one price a person"),
        (lambda prices: np.append(prices, 0), "there is not one price a person"),
        (lambda prices: prices[:, None], "there is not one price a person"),
        (lambda prices: prices.astype(float), "the prices are not whole numbers of 64 bits"),
        (lambda prices: prices + 2**62, "a price is too large to be computed with"),
        (lambda prices: prices - 2**62, "a price is too large to be computed with"),
        (lambda prices: prices * 0 + np.iinfo(np.int64).min, "a price is too large"),
    ],
)
def test_prices_that_cannot_be_computed_with(result: rm.Result, change: Any, message: str) -> None:
    for side in ("mentees", "mentors"):
        findings = rm.check(with_prices(result, "total", side, change))
        assert any(message in str(found) for found in findings)
        assert "called optimal, and not proved on: pairs, total" in map(str, findings)


@pytest.mark.parametrize(
    ("mentee_price", "mentor_price", "bound"),
    [
        # Nine pairs are acceptable, worth 3.4 together.
        (2**60, 0, 3 * 2**60),
        (-(2**60), 0, 9 * 2**60 + 3_400_000),
        (2**60, -(2**60), 3 * 2**60 + 3_400_000),
        (-(2**60), -(2**60), 18 * 2**60 + 3_400_000),
    ],
)
def test_prices_as_large_as_may_be_are_summed_exactly(
    mentee_price: int, mentor_price: int, bound: int
) -> None:
    cohort = cohort_of(people("E", 3), people("M", 3))
    result = rm.match(cohort, table_scheme(SCORES, objective=["total"]))
    prices = np.full(3, mentee_price), np.full(3, mentor_price)
    findings = rm.check(result.replace(certificate=Certificate((TierPrices("total", *prices),))))
    assert any(str(found).endswith(f"its prices prove {bound}") for found in findings)


def test_nothing_is_proved_of_people_who_need_more_than_they_may_have(result: rm.Result) -> None:
    side = result.cohort.mentees
    cohort = result.cohort.replace(mentees=replace(side, min_load=side.min_load + 2))
    findings = rm.check(result.replace(cohort=cohort))
    assert findings.by_rule() == {"minimum load": 3, "proof": 2}
    assert "E0 needs more than their capacity" in map(str, findings)


# --- a strategy ---


@dataclass(frozen=True)
class Given:
    """A way of pairing that knows its pairs beforehand."""

    pairs: tuple[tuple[str, str], ...]
    name: str = "given"

    def pair(self, scores: rm.PairScores, *, seed: int) -> rm.Matching:
        return rm.Matching.of(self.pairs)


def test_what_a_strategy_paired_is_valued_and_checked_without_a_proof(result: rm.Result) -> None:
    pairs = (("E0", "M0"), ("E1", "M1"))
    other = rm.match(result.cohort, result.scheme, strategy=Given(pairs))
    assert other.status is rm.Status.FEASIBLE
    assert other.values == {"pairs": 2, "total": 1_000_000}
    assert other.gap is None
    assert "no bound" in other.summary_line
    assert rm.check(other) == []


def test_what_a_strategy_may_not_pair_is_worth_nothing_and_found() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2), {"declined": [("E0", "M0")]})
    strategy = Given((("E0", "M0"), ("E1", "M1")))
    other = rm.match(cohort, rm.Scheme(), strategy=strategy)
    assert other.values == {"pairs": 1, "total": 0}
    assert rm.check(other).by_rule() == {"nobody is paired with somebody they declined": 1}


def test_a_strategy_that_pairs_people_nobody_knows_is_refused(result: rm.Result) -> None:
    strategy = Given((("E0", "M11"), ("E00", "M0"), ("E00", "M1")))
    with pytest.raises(rm.CohortError, match="did you mean 'M1'") as caught:
        rm.match(result.cohort, result.scheme, strategy=strategy)
    assert [problem.value for problem in caught.value.items] == ["M11", "E00"]


# --- a list made by hand ---------------------------------------------------------------------


@pytest.fixture
def by_hand() -> tuple[rm.Cohort, rm.Scheme]:
    mentees = [
        person("E1", group="a", min_load=1),
        person("E2", group="b", min_load=1),
        person("E3", group="b", status="withdrawn"),
    ]
    mentors = [person("M1", group="a"), person("M2", group="b", capacity=2)]
    cohort = cohort_of(mentees, mentors, {"tutor": [("E1", "M1"), ("E2", "M2")]})
    rules = [
        {"type": "relations", "forbid": ["tutor"]},
        {"type": "attribute", "column": "group", "relation": "different"},
        {"type": "pairs", "pin": [["E2", "M1"]]},
    ]
    scores = {("E1", "M2"): 0.5, ("E2", "M1"): 0.25}
    return cohort, table_scheme(scores, rules=rules)


BY_HAND = {"participation": 4, "pairs": 2, "total": 0.75}  # the best of `by_hand`


def test_a_valid_list_beside_the_optimum(by_hand: Any) -> None:
    best = rm.match(*by_hand)
    findings = rm.check(*by_hand, [("E1", "M2"), ("E2", "M1")], best=best)
    assert findings == []
    assert findings.objective == findings.best == BY_HAND


def test_a_list_from_a_table_a_file_or_tuples(by_hand: Any, tmp_path: Any) -> None:
    frame = pd.DataFrame({"mentor": ["M2", "M1"], "mentee": ["E1", "E2"], "note": ["x", "y"]})
    path = tmp_path / "manual.csv"
    frame.to_csv(path, index=False)
    pairs = list(zip(frame["mentee"], frame["mentor"], strict=True))
    for given_pairs in (frame, path, str(path), pairs, iter(pairs)):
        findings = rm.check(*by_hand, given_pairs)
        assert findings == []
        assert findings.objective == BY_HAND


def test_every_violation_of_a_list_is_told_by_rule(by_hand: Any) -> None:
    pairs = [("E1", "M1"), ("E1", "M2"), ("E1", "M2"), ("E3", "M1"), ("E11", "M1")]
    findings = rm.check(*by_hand, pairs, best=rm.match(*by_hand))
    assert {(found.rule, found.mentee, found.mentor) for found in findings} == {
        ("repeated pair", "E1", "M2"),
        ("id", "E11", "M1"),
        ("no pairs related as tutor", "E1", "M1"),
        ("group must be different", "E1", "M1"),
        ("people who have withdrawn are not paired", "E3", "M1"),
        ("capacity", "E1", ""),
        ("capacity", "", "M1"),
        ("minimum load", "E2", ""),
        ("pin", "E2", "M1"),
    }
    assert findings.by_rule()["capacity"] == 2
    assert sum(findings.by_rule().values()) == len(findings)
    # Forbidden pairs and people who are not there are worth nothing; a repeated pair counts once.
    assert findings.objective == {"participation": 2, "pairs": 1, "total": 0.5}
    assert findings.best == BY_HAND
    told = "\n".join(map(str, findings))
    assert "no mentee has the id 'E11'; did you mean 'E1'?" in told
    assert "group: a and a" in told


def test_a_result_or_cohort_scheme_and_pairs():
    cohort, scheme = rm.synthetic.demo()
    with pytest.raises(TypeError, match=r"check\(cohort, scheme, pairs\)"):
        rm.check(cohort, scheme)


def test_an_empty_list_misses_what_must_be(by_hand: Any) -> None:
    assert rm.check(*by_hand, []).by_rule() == {"minimum load": 2, "pin": 1}


def test_a_sensitive_rule_gives_no_reason(by_hand: Any) -> None:
    cohort, scheme = by_hand
    hidden = scheme.model_copy(update={"sensitive": ("group",)})
    found = {str(one) for one in rm.check(cohort, hidden, [("E1", "M1")])}
    assert "E1 and M1: forbidden, a confidential rule (rule 2)" in found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(), data=st.data())
def test_forbidden_pairs_are_those_without_a_score(problem: Problem, data: Any) -> None:
    cohort, scheme = problem.cohort(), problem.scheme()
    matrix = rm.score(cohort, scheme).to_numpy()
    everybody = [(e, m) for e in cohort.mentees.ids for m in cohort.mentors.ids]
    pairs = data.draw(st.lists(st.sampled_from(everybody), unique=True))
    findings = rm.check(cohort, scheme, pairs)
    other = {"capacity", "minimum load", "pin"}
    forbidden = {(one.mentee, one.mentor) for one in findings if one.rule not in other}
    at = cohort.mentees.position, cohort.mentors.position
    scores = {pair: int(matrix[at[0][pair[0]], at[1][pair[1]]]) for pair in pairs}
    assert forbidden == {pair for pair, score in scores.items() if score < 0}
    if "total" in findings.objective:
        allowed = sum(score for score in scores.values() if score >= 0)
        assert findings.objective["total"] == allowed / 1_000_000


def test_scheme_and_cohort_must_fit_before_pairs_are_looked_at() -> None:
    scheme = rm.Scheme.model_validate({"rules": [{"type": "pairs", "pin": [["E9", "M0"]]}]})
    with pytest.raises(rm.SchemeError, match="no mentee has this id"):
        rm.check(cohort_of(people("E", 2), people("M", 2)), scheme, [("E0", "M0")])


def test_prices_prove_nothing_behind_a_tier_that_may_be_given_up_in_part() -> None:
    """Two pairs of 0.1 are the most pairs; half as many, one of 1.0, is what the scheme asks."""
    scores = {("E0", "M0"): 1.0, ("E0", "M1"): 0.1, ("E1", "M0"): 0.1}
    strict = table_scheme(
        scores, rules=[{"type": "pairs", "forbid": [["E1", "M1"]]}], objective=["pairs", "total"]
    )
    given = rm.match(cohort_of(people("E", 2), people("M", 2)), strict)
    loose = ({"tier": "pairs", "within": 0.5}, "total")
    scheme = rm.Scheme.model_validate({**strict.to_dict(), "objective": loose})
    assert "proof" in rm.check(given.replace(scheme=scheme)).by_rule()
    assert rm.match(given.cohort, scheme).objective["total"] == 1.0


def test_a_tier_that_no_prices_prove_need_not_be_claimed() -> None:
    everybody = [(f"E{e}", f"M{m}") for e in range(2) for m in range(2)]
    cohort = cohort_of(people("E", 2), people("M", 2), {"declined": everybody})
    scheme = table_scheme({}, objective=["spread", "rank_profile", "total"])
    best = rm.match(cohort, scheme)
    assert rm.check(best) == []
    assert best.certificate is not None
    assert [prices.tier for prices in best.certificate.tiers] == ["spread", "total"]
    # as one that was stopped in the second tier
    stopped = best.replace(
        status=rm.Status.FEASIBLE,
        proof="",
        bounds={"spread": (), "total": 0},
        certificate=Certificate(best.certificate.tiers[:1]),
    )
    assert rm.check(stopped) == []
    for bounds in ({"total": 0}, {"spread": (), "rank_profile": (1,), "total": 0}):
        found = rm.check(stopped.replace(bounds=bounds))
        assert ["claims the bound" in one.message for one in found] == [True]
