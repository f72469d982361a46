"""Few arcs and a sweep against all arcs at once: the same choice, and a proof over all pairs."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.dense import NONE, SHAPES, DenseOracle, everybody, smooth, usual_tiers
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    dual_bound,
    is_feasible,
    optimal_face,
)
from rmmatch.solving.column_generation import driver, pricing, warm_start
from rmmatch.solving.column_generation.driver import generate_columns
from rmmatch.solving.column_generation.events import PhaseStarted, RoundFinished
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier, LoadBounds
from rmmatch.solving.lexicographic.driver import solve_linear_tiers
from rmmatch.solving.stopping import Stop


def whole(
    scores: np.ndarray, frame: LoadBounds, tiers: list[ImplicitTier]
) -> tuple[Network, list[LinearTier]]:
    """The same problem with every arc."""
    a, b = np.nonzero(scores >= 0)
    n, m = scores.shape
    fixed = np.isin(a * m + b, frame.fixed_mentees * m + frame.fixed_mentors)
    return Network(n, m, a, b, fixed, *frame.bounds), [
        tier.as_linear_tier(a, b, scores[a, b]) for tier in tiers
    ]


def assert_proved(scores, frame, tiers, found) -> np.ndarray:
    """Follow the proof face by face over all acceptable pairs; return the choice."""
    network, left = whole(scores, frame, tiers)
    m = scores.shape[1]
    chosen = np.isin(network.mentees * m + network.mentors, found.mentees * m + found.mentors)
    assert chosen.sum() == found.mentees.size
    assert (scores[found.mentees, found.mentors] == found.scores).all()
    assert found.values == found.bounds
    face, kept_chosen = network, chosen
    for proof, top in zip(found.prices, found.bounds, strict=True):
        assert is_feasible(face, kept_chosen)
        assert dual_bound(face, left[0], *proof) == top
        face, kept = optimal_face(face, left[0], *proof)
        left, kept_chosen = [tier.with_arcs(kept) for tier in left[1:]], kept_chosen[kept]
    assert is_feasible(face, kept_chosen)
    return chosen


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, m = draw(st.tuples(st.integers(1, 14), st.integers(1, 14)))
    scores = rng.integers(0, draw(st.sampled_from([1, 2, 6, 10**6])), (n, m))
    scores[rng.random((n, m)) < draw(st.sampled_from([0, 0.3, 0.7]))] = -1
    most = [rng.integers(0, draw(st.sampled_from([2, 4])), size) for size in (n, m)]
    needy = draw(st.sampled_from([0, 0.15]))
    least = [np.where(rng.random(some.size) < needy, np.minimum(some, 1), 0) for some in most]
    a, b = np.nonzero((scores >= 0) & (most[0] > 0)[:, None] & (most[1] > 0))
    pinned = np.sort(rng.permutation(a.size)[: draw(st.integers(0, 2))])
    frame = LoadBounds(least[0], most[0], least[1], most[1], a[pinned], b[pinned])
    once = np.ones(1, dtype=np.int64)
    kinds = {
        "pairs": ImplicitTier("pairs", "constant"),
        "total": ImplicitTier("total", "scores"),
        "priority": ImplicitTier(
            "priority",
            "constant",
            unit=0,
            load_reward_mentees=rng.integers(0, 3, n),
            rewarded_load_mentees=once,
            load_reward_mentors=rng.integers(0, 3, m),
            rewarded_load_mentors=once,
        ),
    }
    names = draw(st.permutations(sorted(kinds)))[: draw(st.integers(1, 3))]
    tiers = [kinds[name] for name in names]
    if draw(st.booleans()):
        flags = (rng.random(size) < 0.7 for size in (n, m))
        tiers.insert(0, ImplicitTier("applicants", tiers[0].kind, *flags, unit=tiers[0].unit))
    return scores, frame, [*tiers, usual_tiers(n, m, bits=45)[2]]


def solve_small(scores, frame, tiers, small: int, **options):
    """Solve with the samples of a large problem."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", small)
        patch.setattr(warm_start, "_SAMPLE_GROWTH_FACTOR", 2)
        patch.setattr(warm_start, "_INITIAL_ARCS_PER_PERSON", 1)
        patch.setattr(warm_start, "_MIN_ARCS_PER_PERSON", 1)
        patch.setattr(driver, "_MAX_TIGHT_ARCS_PER_PERSON", small - 1)
        # so few that masses of equal pairs are cut short
        patch.setattr(pricing, "_TARGET_PAIRS_PER_PERSON", 0.2)
        return generate_columns(DenseOracle(scores), frame, tiers, **options)


@settings(max_examples=150, deadline=None)
@given(problems(), st.integers(2, 4), st.integers(0, 3))
def test_the_choice_is_that_of_all_arcs_whatever_the_start(problem, small, seed):
    expected = solve_linear_tiers(*whole(*problem))
    found = solve_small(*problem, small, seed=seed)
    assert (found is None) == (expected is None)
    if expected is None:
        return
    chosen = assert_proved(*problem, found)
    assert found.values == expected.values
    # marks of 45 bits leave one best choice
    assert (chosen == expected.chosen).all()


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 12))
def test_out_of_time_the_choice_is_allowed_and_the_bounds_are_true(problem, n_looks):
    scores, frame, _ = problem
    expected = solve_linear_tiers(*whole(*problem))
    with pytest.MonkeyPatch.context() as patch:
        looks = iter(range(n_looks))
        late = property(lambda run: next(looks, None) is None)
        patch.setattr(driver._ColumnGeneration, "_is_late", late)
        found = solve_small(*problem, 2)
    if found is None:
        assert expected is None
        return
    proofs = [proof is None for proof in found.prices]
    assert proofs == sorted(proofs)
    if expected is not None:
        assert all(top >= best for top, best in zip(found.bounds, expected.values, strict=True))
        n_proved = proofs.count(False)
        assert found.bounds[:n_proved] == expected.values[:n_proved]
    if found.mentees is None:
        assert frame.min_load_mentees.any() or frame.min_load_mentors.any()
        return
    m = scores.shape[1]
    network, _ = whole(*problem)
    keys = found.mentees * m + found.mentors
    assert is_feasible(network, np.isin(network.mentees * m + network.mentors, keys))
    assert found.values <= tuple(expected.values)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_proved_over_all_pairs(name):
    scores, frame = SHAPES[name](300, np.random.default_rng(1))
    tiers = usual_tiers(*scores.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", 60)
        found = generate_columns(DenseOracle(scores), frame, tiers)
    assert_proved(scores, frame, tiers, found)
    assert found.rounds[0].n_arcs < scores.size
    assert found.values == solve_linear_tiers(*whole(scores, frame, tiers)).values


@pytest.mark.parametrize("levels", [1_000_000, 20])
def test_two_thousand_are_proved_from_a_few_arcs(levels):
    rng = np.random.default_rng(levels)
    scores = smooth(rng, 2000, 2000) // (1_000_000 // levels) * (1_000_000 // levels)
    scores[rng.random(scores.shape) > 0.37] = -1
    frame, tiers = everybody(2000, 2000), usual_tiers(2000, 2000)
    found = generate_columns(DenseOracle(scores), frame, tiers)
    assert_proved(scores, frame, tiers, found)
    assert max(step.n_arcs for step in found.rounds) < scores.size // 10


class Far:
    """A table whose people stand far apart among very many."""

    def __init__(self, scores: np.ndarray, shape: tuple[int, int], places: tuple) -> None:
        self.near, self.shape, self.places = DenseOracle(scores), shape, places
        self.max_score = self.near.max_score

    def _near(self, rows, columns):
        asked = zip(self.places, (rows, columns), strict=True)
        return [np.flatnonzero(np.isin(known, some)) for known, some in asked]

    def candidates(self, u, v, margin, rows, columns):
        a, b = self.places
        found = self.near.candidates(u[a], v[b], margin, *self._near(rows, columns))
        return a[found[0]], b[found[1]], found[2]

    def row_best(self, v, rows, columns):
        return self._best(0, self.near.row_best(v[self.places[1]], *self._near(rows, columns)))

    def column_best(self, u, rows, columns):
        return self._best(1, self.near.column_best(u[self.places[0]], *self._near(rows, columns)))

    def _best(self, side, near):
        best = np.full(self.shape[side], NONE)
        best[self.places[side]] = near
        return best


@pytest.mark.parametrize("name", ["up to four a mentor", "sites that never mix", "coarse"])
def test_among_ten_thousand_million_pairs_the_same_are_chosen(name):
    """Whoever numbers pairs in 32 bits would mix them up."""
    rng = np.random.default_rng(1)
    scores, frame = SHAPES[name](200, rng)
    shape = 100_000, 110_000
    places = tuple(
        np.sort(np.append(rng.permutation(far - 1)[: near - 1], far - 1))
        for far, near in zip(shape, scores.shape, strict=True)
    )

    def far(some, side):
        moved = np.zeros(shape[side], dtype=some.dtype)
        moved[places[side]] = some
        return moved

    tiers = usual_tiers(*scores.shape, bits=35)
    *plain, ties = tiers
    marks = replace(
        ties, mentee_marks=far(ties.mentee_marks, 0), mentor_marks=far(ties.mentor_marks, 1)
    )
    bounds = (far(some, side) for some, side in zip(frame.bounds, (0, 0, 1, 1), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", 60)
        found = generate_columns(DenseOracle(scores), frame, tiers)
        again = generate_columns(Far(scores, shape, places), LoadBounds(*bounds), [*plain, marks])
    assert again.values == again.bounds == found.values
    pairs = places[0][found.mentees], places[1][found.mentors]
    assert (again.mentees == pairs[0]).all()
    assert (again.mentors == pairs[1]).all()


@pytest.mark.parametrize("bits", [24, 31, 32, 33, *range(44, 62)])
def test_scores_of_any_size_are_added_up_exactly_or_refused(bits):
    rng = np.random.default_rng(bits)
    scores = 2**bits - rng.integers(0, 2 ** (bits // 2), (30, 40))
    scores[rng.random(scores.shape) < 0.3] = -1
    problem = scores, everybody(30, 40), usual_tiers(30, 40)
    try:
        found = solve_small(*problem, 4)
    except OverflowError:
        assert bits > 52
        return
    assert_proved(*problem, found)
    assert found.values[1] == sum(scores[found.mentees, found.mentors].tolist())


def test_prices_stay_where_they_prove_already():
    rng = np.random.default_rng(4)
    scores = smooth(rng, 40, 50)
    frame, tiers = everybody(40, 50), usual_tiers(40, 50)[1:2]
    network, [total] = whole(scores, frame, tiers)
    best = solve_linear_tiers(network, [total])
    u, v = optimal_duals(network, total, best.chosen)
    high = optimal_duals(network, total, best.chosen, (u + 10**7, v))
    assert (high[0] > u).any()
    # proofs are closed under averages, rounded down in u and -v
    between = (u + high[0]) // 2, -((-v - high[1]) // 2)
    for start in (u, v), high, between:
        assert dual_bound(network, total, *start) == best.values[0]
        again = optimal_duals(network, total, best.chosen, start)
        assert all((a == b).all() for a, b in zip(again, start, strict=True))


def test_prices_near_others_are_refused_for_a_choice_that_is_not_best():
    scores = np.array([[5, 1], [1, 5]])
    network, [total] = whole(scores, everybody(2, 2), [ImplicitTier("total", "scores")])
    zero = np.zeros(2, dtype=np.int64)
    for chosen in ([0, 1, 1, 0], [1, 0, 0, 0]):
        with pytest.raises(NotOptimal, match="'total'"):
            optimal_duals(network, total, np.array(chosen, dtype=bool), (zero, zero))


def test_a_forbidden_pair_cannot_be_fixed():
    scores = np.array([[5, -1], [1, 5]])
    frame = everybody(2, 2)
    pinned = LoadBounds(*frame.bounds, np.array([0]), np.array([1]))
    with pytest.raises(ValueError, match="not acceptable"):
        generate_columns(DenseOracle(scores), pinned, usual_tiers(2, 2))


@pytest.mark.parametrize(("n", "m"), [(1, 0), (0, 1), (0, 0), (3, 2)])
def test_where_nobody_may_be_paired_that_is_proved(n, m):
    scores = np.full((n, m), -1)
    frame, tiers = everybody(n, m), usual_tiers(n, m)
    assert_proved(scores, frame, tiers, generate_columns(DenseOracle(scores), frame, tiers))


def test_progress_is_told_and_the_last_round_of_each_tier_finds_nothing():
    scores = smooth(np.random.default_rng(2), 900, 1000)
    told = []
    tiers = usual_tiers(900, 1000)
    found = generate_columns(DenseOracle(scores), everybody(900, 1000), tiers, progress=told.append)
    assert tuple(step for step in told if isinstance(step, RoundFinished)) == found.rounds
    for tier in tiers:
        rounds = [step for step in found.rounds if step.tier == tier.name]
        assert rounds[-1].n_found == 0
        assert rounds[-1].value == max(step.value for step in rounds)


def test_what_takes_long_is_told_when_it_is_begun():
    scores = smooth(np.random.default_rng(2), 900, 1000)
    told = []
    tiers = usual_tiers(900, 1000)
    generate_columns(DenseOracle(scores), everybody(900, 1000), tiers, progress=told.append)
    assert told[0] == PhaseStarted("beginning", 1000)
    assert len([step for step in told if isinstance(step, RoundFinished)]) >= len(tiers)
    for at, step in enumerate(told):
        if isinstance(step, RoundFinished):
            assert told[at - 2] == PhaseStarted("choosing", step.n_arcs, step.tier)
            assert told[at - 1] == PhaseStarted("asking", step.n_arcs, step.tier)


def test_a_deadline_that_has_passed_gives_a_greedy_choice():
    scores = smooth(np.random.default_rng(2), 900, 1000)
    tiers = usual_tiers(900, 1000)
    found = generate_columns(
        DenseOracle(scores), everybody(900, 1000), tiers, stop=Stop(time.monotonic())
    )
    assert found.prices == (None, None, None)
    assert np.unique(found.mentees).size == np.unique(found.mentors).size == found.values[0]
    assert found.values[0] <= found.bounds[0] == 900


def test_loading_pricing_loads_neither_ortools_nor_pandas():
    code = "import sys\nimport rmmatch.solving.column_generation.driver\n"
    code += "print({'ortools', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
