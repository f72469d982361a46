"""Searching all pairs by price finds exactly what the whole matrix holds."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import People, cases
from helpers.sweep_answers import assert_agrees_with_the_matrix
from rmmatch.criteria import Criterion
from rmmatch.pairwise.kernels import values_of_pairs
from rmmatch.rules import Rule
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep.sweep import Sweep

Case = tuple[People, rm.Scheme]
SPREADS = st.sampled_from((0, 3, 1_000, 400_000, 10**7, 10**12, 2**60))


@settings(max_examples=100, deadline=None)
@given(cases(max_mentees=9, max_mentors=9), st.data())
def test_any_scheme_any_prices(case: Case, data: st.DataObject) -> None:
    tables, scheme = case
    scores = PairScores(tables.cohort(), scheme)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    u, v = (
        random.integers(-spread, spread, n, endpoint=True)
        for spread, n in zip(data.draw(st.tuples(SPREADS, SPREADS)), scores.shape, strict=True)
    )
    if data.draw(st.booleans()):  # prices that a pair lies just on
        u = scores.to_numpy()[:, 0] - v[0] + random.integers(-1, 2, len(u))
        u = np.clip(u, -(2**60), 2**60)
    margin = data.draw(st.sampled_from((0, 1, 2, 500_000, 2**62)))
    rows, columns = (
        random.permutation(n)[: random.integers(0, n, endpoint=True)] if part else np.arange(n)
        for n, part in zip(
            scores.shape, data.draw(st.tuples(st.booleans(), st.booleans())), strict=True
        )
    )
    block = data.draw(st.sampled_from(((1, 1), (2, 3), (256, 512))))
    sweep = Sweep(
        scores,
        block=block,
        workers=data.draw(st.sampled_from((1, 2))),
        # 1: nearly nothing is a table, and products take their place.
        largest_table=data.draw(st.sampled_from((1, 6, 1 << 20))),
    )
    assert_agrees_with_the_matrix(sweep, u, v, margin, rows, columns)


@settings(max_examples=60, deadline=None)
@given(cases(max_mentees=6, max_mentors=6), st.data())
def test_every_kernel_says_the_same_of_pairs_as_of_blocks(case: Case, data: st.DataObject) -> None:
    tables, scheme = case
    scores = PairScores(tables.cohort(), scheme)
    count = data.draw(st.integers(0, 9))
    rows, columns = (
        np.array(
            data.draw(st.lists(st.integers(0, n - 1), min_size=count, max_size=count)),
            dtype=np.int64,
        )
        for n in scores.shape
    )
    for kernel in (*scores.kernels, *(mask for mask in scores.masks if mask is not None)):
        block = np.diagonal(kernel.block(rows, columns))
        np.testing.assert_array_equal(values_of_pairs(kernel, rows, columns), block)


def optimal_like(matrix: Any) -> tuple[Any, Any]:
    """Return prices at which few pairs pay."""
    u = np.sort(matrix, axis=1)[:, -3]
    return u - 200_000, np.maximum((matrix - u[:, None]).max(axis=0), 0) + 200_000


@pytest.fixture(scope="module")
def large() -> tuple[rm.Cohort, rm.Scheme]:
    scheme = rm.synthetic.demo()[1]
    return rm.synthetic.cohort(420, 470, seed=5, untidy=0.05), scheme


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"missing": "zero"},
        {"missing": "ignore"},
        {"view": "mentor"},
        {"measure": "jaccard", "rarity": False},
        {"measure": "jaccard", "view": "mentee"},
    ],
    ids=str,
)
@pytest.mark.parametrize("largest_table", [1 << 20, 4_000])
def test_a_large_cohort(
    large: tuple[rm.Cohort, rm.Scheme], changed: dict[str, Any], largest_table: int
) -> None:
    cohort, scheme = large
    goals = scheme.criteria[0].model_copy(update=changed)
    scheme = scheme.model_copy(update={"criteria": (goals, *scheme.criteria[1:])})
    scores = PairScores(cohort, scheme)
    random = np.random.default_rng(1)
    everybody = [np.arange(n) for n in scores.shape]
    sweep = Sweep(scores, largest_table=largest_table)
    assert bool(sweep.notes) == ("ignore" in changed.values())
    assert_agrees_with_the_matrix(sweep, *optimal_like(scores.to_numpy()), 0, *everybody)
    u, v = (random.integers(0, 600_000, n) for n in scores.shape)
    margin = random.integers(0, 300_000, scores.shape[0])
    some = [np.sort(random.permutation(n)[: n // 2]) for n in scores.shape]
    assert_agrees_with_the_matrix(sweep, u, v, margin, *some)


def test_neither_threads_nor_blocks_change_anything(large: tuple[rm.Cohort, rm.Scheme]) -> None:
    scores = PairScores(*large)
    u, v = optimal_like(scores.to_numpy())
    answers = []
    for workers, block in ((1, (256, 512)), (2, (256, 512)), (3, (17, 40)), (1, (1000, 1000))):
        sweep = Sweep(scores, workers=workers, block=block)
        answers.append(
            [
                *sweep.candidates(u, v, 5_000),
                *sweep.violations(u - 5_000, v),
                sweep.row_best(v),
                sweep.column_best(u),
            ]
        )
    assert len(answers[0][0]) > 200
    for other in answers[1:]:
        for one, another in zip(answers[0], other, strict=True):
            np.testing.assert_array_equal(one, another)


class Initials(Criterion):
    """Answers in blocks, as a user may write it."""

    type: Literal["test_sweep_initials"] = "test_sweep_initials"

    def prepare(self, cohort: Any, setting: Any) -> Any:
        class Kernel:
            def block(self, rows: Any, columns: Any) -> Any:
                return ((rows[:, None] * 7 + columns[None, :] * 3) % 11) / 10

        return Kernel()


class Odd(Rule):
    type: Literal["test_sweep_odd"] = "test_sweep_odd"

    def forbids(self, mentees: Any, mentors: Any) -> Any:
        both = np.add.outer(np.arange(len(mentees)), np.arange(len(mentors)))
        return both % 3 > 0


def test_a_users_own_criterion_and_rule_are_exact_and_said_to_be_slow(
    large: tuple[rm.Cohort, rm.Scheme],
) -> None:
    cohort, scheme = large
    own = scheme.model_copy(
        update={
            "criteria": (*scheme.criteria, Initials(weight=3)),
            "rules": (*scheme.rules, Odd()),
        }
    )
    sweep = Sweep(PairScores(cohort, own))
    assert any("test_sweep_initials" in note for note in sweep.notes)
    assert any("test sweep odd" in note for note in sweep.notes)
    everybody = [np.arange(n) for n in sweep.shape]
    u, v = optimal_like(sweep.scores.to_numpy())
    assert_agrees_with_the_matrix(sweep, u, v, 1_000, *everybody)


def test_wide_tables() -> None:
    """Hundreds of workplaces and years of any length: no small table holds them."""
    random = np.random.default_rng(2)
    mentors, mentees = rm.synthetic.frames(300, 250, seed=3)
    for side in (mentors, mentees):
        side["workplace"] = [f"site {n}" for n in random.integers(0, 150, len(side))]
        side["years"] = [f"{n:.2f}" for n in random.uniform(0, 40, len(side))]
    scheme = rm.Scheme.model_validate(
        {
            "grades": rm.synthetic.demo()[1].grades,
            "criteria": [
                {"type": "workplace", "prefer": "same"},
                {"type": "goals"},
                {"type": "attribute", "column": "years", "prefer": "close", "scale": 10},
            ],
            "rules": [{"type": "attribute", "column": "workplace", "relation": "different"}],
        }
    )
    sweep = Sweep(PairScores(rm.read_cohort(mentors, mentees), scheme))
    everybody = [np.arange(n) for n in sweep.shape]
    assert_agrees_with_the_matrix(sweep, *optimal_like(sweep.scores.to_numpy()), 20_000, *everybody)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"must_have": True},
        {"view": "mentor"},
        {"missing": "neutral"},
        {"missing": "zero", "scale": 0.5},
        {"missing": "ignore"},
    ],
    ids=str,
)
@pytest.mark.parametrize("largest_table", [1 << 20, 2_000])
def test_what_is_only_bounded_is_scored_exactly(
    large: tuple[rm.Cohort, rm.Scheme], changed: dict[str, Any], largest_table: int
) -> None:
    """A number of a thousand values is a table of bounds; so are products, and their rules."""
    random = np.random.default_rng(4)
    mentors, mentees = rm.synthetic.frames(170, 150, seed=3, untidy=0.1)
    for side in (mentors, mentees):
        side["years"] = [f"{n:.6f}" for n in random.uniform(0, 40, len(side))]
        side.loc[::9, "years"] = ""
    years = {"type": "attribute", "column": "years", "prefer": "close", "scale": 10, "weight": 2}
    scheme = rm.Scheme.model_validate(
        {
            "grades": large[1].grades,
            "criteria": [years | changed, {"type": "goals"}, {"type": "availability"}],
            "rules": [
                {"type": "minimum_score", "at_least": 0.2},
                {"type": "attribute", "column": "workplace", "relation": "different"},
            ],
        }
    )
    sweep = Sweep(PairScores(rm.read_cohort(mentors, mentees), scheme), largest_table=largest_table)
    u, v = optimal_like(sweep.scores.to_numpy())
    everybody = [np.arange(n) for n in sweep.shape]
    assert_agrees_with_the_matrix(sweep, u, v, 50_000, *everybody)
    assert_agrees_with_the_matrix(sweep, u * 0, v * 0, 2**60, *everybody)


def test_a_price_too_large_is_refused() -> None:
    sweep = Sweep(PairScores(*rm.synthetic.demo()))
    u, v = (np.zeros(n, dtype=np.int64) for n in sweep.shape)
    v[0] = 2**60 + 1
    for call in (sweep.candidates, sweep.violations):
        with pytest.raises(ValueError, match=r"larger than 2\*\*60"):
            call(u, v)
    with pytest.raises(ValueError, match=r"larger than 2\*\*60"):
        sweep.row_best(v)
