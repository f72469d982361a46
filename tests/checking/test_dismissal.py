"""What the checker dismisses cannot count, and whoever breaks a bound is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.objectives import with_objectives
from helpers.people import cohort_of, people, table_scheme
from helpers.strategies import People, cases
from rmmatch.checking import code_tables, proof
from rmmatch.checking.code_tables import code_table
from rmmatch.checking.dismissal import Dismissal
from rmmatch.checking.sampling import StripSample
from rmmatch.checking.tier_values import TierValues
from rmmatch.pairwise import products
from rmmatch.pairwise.kernels import Dense, Kernel, Outer, Proximity
from rmmatch.progress import progress_bar
from rmmatch.scoring.sweep import sweep, upper_bound
from rmmatch.solving import api

ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

# From all that is known of groups to nothing, and blocks that are looked up to the end or not.
LIMITS: list[dict[str, Any]] = [
    {},
    {"dismissal._MAX_TABLE_CELLS": 1},
    {"dismissal._MAX_TABLE_CELLS": 6},
    {"dismissal._MAX_TABLE_CELLS": 6, "code_tables._N_BINS": 2},
    {"dismissal._MIN_GROUPS": 1, "dismissal._PEOPLE_PER_GROUP": 99},
    {"dismissal._MIN_GROUPS": 3, "dismissal._SPARSE_RATIO": 10**9},
    {"dismissal._MAX_GROUP_PAIRS": 4, "dismissal._SPARSE_RATIO": 0},
    {
        "dismissal._MAX_TABLE_CELLS": 1,
        "dismissal._SPARSE_RATIO": 10**9,
        "dismissal._PAIRS_PER_PRODUCT": 3,
    },
]


def limited(patch: pytest.MonkeyPatch, limits: dict[str, Any]) -> None:
    for name, value in limits.items():
        patch.setattr(f"rmmatch.checking.{name}", value)


def silent(n_pairs: int) -> Any:
    return progress_bar("", total=n_pairs, unit="pair", is_shown=False)


# --- ceilings --------------------------------------------------------------------------------


class Opaque:
    """A kernel of nobody's acquaintance, which answers in blocks only."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def block(self, rows: Any, columns: Any) -> Any:
        return self.kernel.block(rows, columns)


def some_opaque(scores: rm.PairScores, data: st.DataObject) -> rm.PairScores:
    """Hide what some kernels are, or make whole matrices of them."""
    everybody = [np.arange(size) for size in scores.shape]
    for mine in (scores.kernels, scores.masks):
        for at, kernel in enumerate(mine):
            if kernel is not None:
                how = data.draw(st.sampled_from(("as it is",) * 6 + ("opaque", "dense")))
                if how == "opaque":
                    mine[at] = Opaque(kernel)
                elif how == "dense":
                    with np.errstate(over="ignore"):
                        mine[at] = Dense(kernel.block(*everybody))
    return scores


def must_haves(scheme: rm.Scheme, data: st.DataObject) -> rm.Scheme:
    criteria = [
        one.model_copy(update={"must_have": data.draw(st.sampled_from((False,) * 5 + (True,)))})
        for one in scheme.criteria
    ]
    return scheme.model_copy(update={"criteria": tuple(criteria)})


@ANY
@given(case=cases(max_mentees=9, max_mentors=9), data=st.data())
def test_no_pair_scores_above_its_ceiling_or_its_bound_in_a_block(
    case: tuple[People, rm.Scheme], data: st.DataObject
) -> None:
    tables, scheme = case
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans()):  # as where people write many words
            patch.setattr(products, "_MAX_DENSE_FEATURES", 0)
            patch.setattr(products, "_MAX_TABLE_CELLS", 0)
        scores = some_opaque(rm.score(tables.cohort(), must_haves(scheme, data)), data)
    matrix = scores.to_numpy()
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, data.draw(st.sampled_from(LIMITS)))
        dismissal = Dismissal(scores)
        event(f"open: {dismissal.is_open}, groups: {dismissal.n_groups}")
        known = np.ones(scores.shape, dtype=bool)
        for pairs in dismissal.exceptions:
            known[pairs.mentees, pairs.mentors] = False
        mentors = data.draw(st.permutations(range(scores.shape[1])))
        some = np.array(mentors[: data.draw(st.integers(1, len(mentors)))])
        for group in range(dismissal.n_groups[0]):
            rows = np.flatnonzero(dismissal.mentee_groups == group)
            ceilings = dismissal.ceilings(group)[dismissal.mentor_groups]
            below = matrix[rows] <= ceilings
            assert (below | ~known[rows]).all()
            spread = data.draw(st.sampled_from((0, 1, 400_000, 2**60)))
            random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
            prices = np.sort(random.integers(-spread, spread, len(rows), endpoint=True))
            least = random.integers(-spread, spread, len(some), endpoint=True)
            bounds, may_count = dismissal.ceilings_of_block(
                group, rows, some, ceilings[some], prices, least
            )
            exact, is_known = matrix[np.ix_(rows, some)], known[np.ix_(rows, some)]
            counts = (exact >= 0) & (exact - prices[:, None] >= least)
            assert not (counts & ~may_count & is_known).any()
            # of a pair that rules forbid the bound is that of the score it would have
            assert not ((exact > bounds) & (ceilings[some] >= 0) & is_known).any()


def test_where_codes_tell_everything_the_ceilings_are_the_scores() -> None:
    cohort, scheme = rm.synthetic.demo()
    kinds = {"speciality", "workplace", "power_distance"}
    keys = {
        "criteria": tuple(one for one in scheme.criteria if one.type in kinds),
        "rules": tuple(one for one in scheme.rules if one.type in ("power_distance", "eligible")),
    }
    assert all(keys.values())
    scores = rm.score(cohort, scheme.model_copy(update=keys))
    dismissal = Dismissal(scores)
    rows = [dismissal.ceilings(group) for group in range(dismissal.n_groups[0])]
    ceilings = np.array(rows)[dismissal.mentee_groups][:, dismissal.mentor_groups]
    np.testing.assert_array_equal(ceilings, scores.to_numpy())
    assert (ceilings == -1).any()
    assert (ceilings > 0).any()


def test_a_kernel_derived_from_a_known_one_is_not_taken_for_it() -> None:
    @dataclass(frozen=True)
    class ByPosition(Outer):
        """Reads more of a person than the code."""

        def block(self, rows: Any, columns: Any) -> Any:
            return (rows[:, None] + columns[None, :]) / 100

    alike = np.zeros(5, dtype=np.int64)
    plain = Outer(alike, alike, lambda mentee, mentor: (mentee + mentor) / 100)
    assert code_table(plain, (5, 5), 100) is not None
    assert code_table(ByPosition(alike, alike, plain.function), (5, 5), 100) is None


def test_the_nearest_ends_of_bins_are_no_farther_apart_than_any_two_numbers() -> None:
    random = np.random.default_rng(3)
    sides = [np.round(random.normal(size=300), 3) for _ in range(2)]
    sides[0][::7] = np.nan
    kernel = Proximity(*sides, scale=1.5)
    form = code_table(kernel, (300, 300), 400)
    assert form is not None
    assert not form.is_exact
    assert form.values.size <= (code_tables._N_BINS + 1) ** 2
    values = kernel.block(np.arange(300), np.arange(300))
    most = form.values[np.ix_(form.mentees, form.mentors)]
    np.testing.assert_array_equal(np.isnan(values), np.isnan(most))
    assert np.all((values <= most) | np.isnan(values))
    assert np.nanmean(most - values) < 0.2


def test_numbers_whose_difference_may_be_none_are_put_into_no_bins() -> None:
    numbers = np.array([0.0, 1.0, np.inf, 2.0])
    assert code_table(Proximity(numbers, numbers, scale=1.0), (4, 4), 2) is None


def halved(mentees: Any, mentors: Any) -> Any:
    """Give a quarter to half of all pairs; the others have no data, whoever the people are."""
    rows, columns = np.arange(len(mentees))[:, None], np.arange(len(mentors))
    return np.where((rows + columns) % 2, np.nan, 0.25)


def test_scores_have_no_ceiling_where_nobody_knows_what_is_ignored() -> None:
    cohort, scheme = rm.synthetic.demo()
    for missing, is_open in (("ignore", False), ("neutral", True)):
        own = rm.criteria.Function(function=halved, missing=missing)
        criteria = (*scheme.criteria, own)
        dismissal = Dismissal(rm.score(cohort, scheme.model_copy(update={"criteria": criteria})))
        assert dismissal.is_open == is_open
        groups = range(dismissal.n_groups[0])
        ceilings = np.array([dismissal.ceilings(group) for group in groups])
        assert ceilings.min() == -1
        assert (ceilings.max() == 2**62) != is_open


# --- proofs ----------------------------------------------------------------------------------


@FEW
@given(problem=with_objectives(slack=True), data=st.data())
def test_dismissing_pairs_proves_what_scoring_all_proves(problem: Any, data: Any) -> None:
    result = problem.match()
    assume(result.certificate is not None and result.certificate.tiers)
    event(result.certificate.tiers[-1].tier)
    with pytest.MonkeyPatch.context() as patch:
        expected = rm.check(result, exhaustive=True)
        limited(patch, {"proof._MAX_PAIRS_ALL_SCORED": -1, **data.draw(st.sampled_from(LIMITS))})
        found = rm.check(result)
        assert found == expected == []
        looked = [
            proof.proved_bounds(
                result.scores,
                TierValues(result.scores),
                result.certificate,
                exhaustive=exhaustive,
                seed=1,
                new_bar=silent,
            )
            for exhaustive in (False, True)
        ]
        assert looked[0].bounds == looked[1].bounds
        assert looked[1].sample is None
        assert looked[1].n_scored == looked[1].n_pairs


@pytest.fixture(scope="module")
def people_of_120() -> tuple[rm.Cohort, rm.Scheme]:
    return rm.synthetic.cohort(120, 120, seed=3), rm.synthetic.demo()[1]


def unsound(patch: pytest.MonkeyPatch) -> None:
    """Put one wrong line into the bound by which the solver's sweep dismisses pairs."""
    sound = upper_bound.ScoreUpperBound._add_product

    def too_low(self: Any, form: Any, part: Any, *people: Any) -> None:
        sound(self, form, part, *people)
        part -= 250_000

    patch.setattr(upper_bound.ScoreUpperBound, "_add_product", too_low)


@pytest.mark.parametrize("most_scored", [1 << 20, -1], ids=["all scored", "dismissed"])
def test_a_wrong_bound_of_the_solvers_sweep_is_found(
    people_of_120: Any, most_scored: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    # what people share is a product, as in large cohorts, and no table
    monkeypatch.setattr(sweep, "Sweep", partial(sweep.Sweep, largest_table=1))
    monkeypatch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", most_scored)
    true = rm.match(*people_of_120)
    assert "swept" in true.solver
    assert rm.check(true) == []
    unsound(monkeypatch)
    wrong = rm.match(*people_of_120)
    assert wrong.status is rm.Status.OPTIMAL
    assert wrong.values["total"] == wrong.bounds["total"] < true.values["total"]
    assert {found.code for found in rm.check(wrong)} == {"wrong_bound", "not_proved"}


# --- the sample ------------------------------------------------------------------------------


def lowered(by: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Break the ceilings of groups."""

    def change(patch: pytest.MonkeyPatch) -> None:
        sound = Dismissal.ceilings
        patch.setattr(Dismissal, "ceilings", lambda self, group: sound(self, group) - by)

    return change


def lowered_in_blocks(patch: pytest.MonkeyPatch) -> None:
    sound = Dismissal.ceilings_of_block

    def too_low(self: Any, *args: Any) -> Any:
        bounds, may_count = sound(self, *args)
        return bounds - 250_000, may_count & False

    patch.setattr(Dismissal, "ceilings_of_block", too_low)


def passed_over(patch: pytest.MonkeyPatch) -> None:
    """Break the comparison with the prices: true bounds, and nobody is left."""
    sound = Dismissal.ceilings_of_block

    def nobody_left(self: Any, *args: Any) -> Any:
        bounds, may_count = sound(self, *args)
        return bounds, may_count & False

    patch.setattr(Dismissal, "ceilings_of_block", nobody_left)


def wrong_groups(patch: pytest.MonkeyPatch) -> None:
    sound = Dismissal.__init__

    def shifted(self: Any, scores: rm.PairScores) -> None:
        sound(self, scores)
        self.mentor_groups = np.roll(self.mentor_groups, 1)

    patch.setattr(Dismissal, "__init__", shifted)


BREAKS = {
    "ceilings 250,000 too low": lowered(250_000),
    "all forbidden": lowered(10**7),
    "bounds of blocks too low": lowered_in_blocks,
    "a comparison that dismisses all": passed_over,
    "groups of others": wrong_groups,
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_dismissal_is_caught_by_the_sample(
    people_of_120: Any, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = rm.match(*people_of_120)
    assert result.certificate is not None
    # prices at which many pairs count
    tiers = tuple(
        replace(prices, mentees=prices.mentees // 2) if prices.tier == "total" else prices
        for prices in result.certificate.tiers
    )
    monkeypatch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", -1)
    for claim in (result, result.replace(certificate=rm.matching.Certificate(tiers))):
        sound = rm.check(claim, exhaustive=True)
        assert rm.check(claim) == sound
        with monkeypatch.context() as patch:
            broken(patch)
            findings = rm.check(claim)
        wrong = [found for found in findings if found.code == "wrong_dismissal"]
        if broken is not passed_over or claim is not result:
            assert 0 < len(wrong) <= 10
            assert findings.outcome.wrong >= len(wrong)
            assert "Do not rely on this proof" in str(findings.outcome)
            ids = result.cohort.mentees.position, result.cohort.mentors.position
            assert all(found.mentee in ids[0] and found.mentor in ids[1] for found in wrong)
            assert rm.check(claim, exhaustive=True) == sound


def test_a_seed_is_fresh_each_time_and_draws_the_same_again(
    people_of_120: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", -1)
    result = rm.match(*people_of_120)
    outcomes = [rm.check(result).outcome for _ in range(2)]
    assert outcomes[0].seed != outcomes[1].seed
    assert f"seed {outcomes[0].seed}" in str(outcomes[0])
    for workers in (1, 3):
        again = rm.check(result, workers=workers, seed=outcomes[0].seed)
        assert again == []
        assert again.outcome == outcomes[0]
    with pytest.raises(ValueError, match="seed must be at least 0"):
        rm.check(result, seed=-1)


def recorded(patch: pytest.MonkeyPatch) -> list[Any]:
    """Keep what is drawn of strips."""
    taken: list[Any] = []
    sound = StripSample.dismissed_pairs

    def keep(self: StripSample) -> Any:
        taken.append(sound(self))
        return taken[-1]

    patch.setattr(StripSample, "dismissed_pairs", keep)
    return taken


def test_the_sample_is_of_dismissed_pairs_with_every_two_groups_in_it(
    people_of_120: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = rm.match(*people_of_120)
    limited(monkeypatch, {"proof._MAX_PAIRS_ALL_SCORED": -1, "dismissal._MIN_GROUPS": 20})
    taken = recorded(monkeypatch)
    outcome = rm.check(result, seed=4).outcome
    assert outcome.scored + outcome.dismissed == outcome.n_pairs == 120 * 120
    assert 0 < outcome.sampled_uniformly <= min(1_000, outcome.dismissed)
    assert outcome.sampled_uniformly < outcome.sampled <= 2_000
    dismissal = Dismissal(result.scores)
    matrix = result.scores.to_numpy()
    groups = set()
    for uniform, in_groups, in_blocks in taken:
        for drawn in (uniform, in_groups, in_blocks):
            assert (matrix[drawn.mentees, drawn.mentors] <= drawn.bounds).all()
        groups.update(
            zip(
                dismissal.mentee_groups[in_groups.mentees].tolist(),
                dismissal.mentor_groups[in_groups.mentors].tolist(),
                strict=True,
            )
        )
    n_groups = dismissal.n_groups[0] * dismissal.n_groups[1]
    assert n_groups <= 1_000
    # of the others no ceiling dismissed anybody
    prices = result.certificate.tiers[-1]
    for group in range(dismissal.n_groups[0]):
        lowest = prices.mentees[dismissal.mentee_groups == group].min()
        for other, ceiling in enumerate(dismissal.ceilings(group).tolist()):
            highest = prices.mentors[dismissal.mentor_groups == other].max()
            if ceiling < max(0, lowest + highest + 1):
                assert (group, other) in groups


def test_a_sample_is_drawn_evenly_from_all_pairs() -> None:
    counts = np.zeros((30, 40), dtype=np.int64)
    for seed in range(200):
        sample = StripSample(
            np.random.default_rng(seed),
            np.arange(30),
            np.arange(40),
            300,
            0,
            has_pair_per_group=False,
        )
        uniform, _, _ = sample.dismissed_pairs()
        counts[uniform.mentees, uniform.mentors] += 1
    # 200 × some 265 of 1,200 pairs: five standard deviations
    expected = 200 * (1 - (1 - 1 / 1200) ** 300)
    assert np.abs(counts - expected).max() < 5.5 * np.sqrt(expected)


# --- in words --------------------------------------------------------------------------------


def test_the_outcome_says_what_was_scored(people_of_120: Any, monkeypatch: Any) -> None:
    result = rm.match(*people_of_120)
    scored = rm.check(result).outcome
    assert (scored.scored, scored.dismissed, scored.seed) == (14_400, 0, None)
    assert "all 14,400 pairs of people were scored, and none was dismissed" in str(scored)
    monkeypatch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", -1)
    outcome = rm.check(result).outcome
    assert f"{outcome.dismissed:,} dismissed" in str(outcome)
    words = f"fewer than 3 in {outcome.sampled_uniformly:,} dismissals are wrong"
    assert words in str(outcome)
    plain = outcome.to_dict()
    assert plain["scored"] == outcome.scored
    assert plain["words"] == list(outcome.words)
    assert rm.check(result, exhaustive=True).outcome == scored
    listed = rm.check(result.cohort, result.scheme, list(result.made)).outcome
    assert "whether there is a better list was not" in str(listed)
    bare = result.replace(status=rm.Status.FEASIBLE, certificate=None)
    assert "There were no prices to look at." in rm.check(bare).outcome.words


LOOSE_TOTAL = {"tier": "total", "within": 0.1}
SPREAD_OUT = {"side": "mentors", "column": "place", "each": True, "at_most": 1}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"objective": [LOOSE_TOTAL, "pairs", "worst_pair"]}, "`within`"),
        ({"objective": ["pairs", "blocking_pairs"]}, "`blocking_pairs`"),
        ({"quotas": [SPREAD_OUT]}, "quotas"),
    ],
)
def test_the_outcome_says_what_is_the_solvers_word(asked: dict[str, Any], reason: str) -> None:
    scores = {("E0", "M0"): 1.0, ("E0", "M1"): 0.5, ("E1", "M0"): 0.6, ("E1", "M1"): 0.2}
    declined = [("E1", "M1")] if reason == "`blocking_pairs`" else []
    cohort = cohort_of(people("E", 2), people("M", 2, place="north"), {"declined": declined})
    result = rm.match(cohort, table_scheme(scores, **asked))
    assert result.proof == "solver"
    findings = rm.check(result)
    assert findings == []
    assert findings.outcome.trusted
    words = findings.outcome.words[-1]
    assert "is the solver's word and was not checked" in words
    assert f"asks for {reason}" in words
    assert all(tier in words for tier in findings.outcome.trusted)
    # it is its word on what it claims, and not where the pairs do not reach that
    lower = result.replace(bounds=dict.fromkeys(result.bounds, 9**9))
    assert rm.check(lower).outcome.trusted == ()
