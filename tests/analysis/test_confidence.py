"""Survival is what pairing anew gives, and a pair is lost exactly where it is said to be."""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, table_scheme
from rmmatch.analysis.robustness.api import wilson
from rmmatch.analysis.robustness.resolve import WarmStart
from rmmatch.solving.assignment.network import LinearTier, Network, is_feasible, tier_value

GOALS = {"type": "goals", "weight": 4}
SPECIALITY = {"type": "speciality", "weight": 2}
WORKPLACE = {"type": "workplace", "prefer": "different", "weight": 1}
KEYS = {
    "two tiers": {},
    "total alone": {"objective": ["total"]},
    "three tiers": {"objective": ["priority", "pairs", "total"]},
    "everybody once first": {"objective": ["participation", "pairs", "total"]},
    "few repeats": {"objective": ["pairs", {"tier": "fewest", "kind": "supervisor"}, "total"]},
    "a rule on scores": {"rules": [{"type": "minimum_score", "at_least": 0.4}]},
    "missing left out": {"criteria": [GOALS | {"missing": "ignore"}, SPECIALITY, WORKPLACE]},
    "two views": {"criteria": [GOALS | {"view": "mentee"}, SPECIALITY, WORKPLACE]},
}


def scheme_of(name: str) -> rm.Scheme:
    return rm.Scheme.model_validate({"criteria": [GOALS, SPECIALITY, WORKPLACE], **KEYS[name]})


def with_weights(scheme: rm.Scheme, weights: list[float]) -> rm.Scheme:
    criteria = tuple(
        criterion.model_copy(update={"weight": weight})
        for criterion, weight in zip(scheme.criteria, weights, strict=True)
    )
    return scheme.model_copy(update={"criteria": criteria})


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("size", [12, 50])  # of 50, a few arcs each are looked at first
def test_survival_is_what_matching_anew_gives(name: str, size: int) -> None:
    cohort, scheme = rm.synthetic.cohort(size + 3, size, seed=3), scheme_of(name)
    result = rm.match(cohort, scheme, seed=5)
    found = rm.confidence(result, draws=6, concentration=20, seed=1)
    counts = dict.fromkeys(result.made, 0)
    same = 0
    for weights in found.weights.tolist():
        again = rm.match(cohort, with_weights(scheme, weights), seed=5).made
        same += again == result.made
        for pair in set(again) & set(counts):
            counts[pair] += 1
    assert found.counts == (tuple(counts.values()),)
    assert found.unchanged == (same,)
    assert found.pairs["survival"].tolist() == [count / 6 for count in counts.values()]


def test_noise_is_what_matching_noisy_scores_gives() -> None:
    cohort, scheme = rm.synthetic.cohort(9, 8, seed=2), scheme_of("a rule on scores")
    result = rm.match(cohort, scheme)
    found = rm.confidence(result, draws=5, noise=0.1, seed=4)
    allowed = rm.score(cohort, scheme).to_numpy()
    plain = rm.score(cohort, scheme_of("two tiers")).to_numpy()
    counts = dict.fromkeys(result.made, 0)
    for draw in range(5):
        rng = np.random.default_rng([4, draw])
        noisy = np.clip(plain + 100_000 * rng.standard_normal(plain.shape), 0, 1_000_000)
        pairs = list(product(cohort.mentees.ids, cohort.mentors.ids))
        table = dict(zip(pairs, (np.rint(noisy) / 1_000_000).ravel().tolist(), strict=True))
        forbid = [pair for pair, score in zip(pairs, allowed.ravel(), strict=True) if score < 0]
        again = rm.match(cohort, table_scheme(table, rules=[{"type": "pairs", "forbid": forbid}]))
        for pair in set(again.made) & set(counts):
            counts[pair] += 1
    assert found.counts[1] == tuple(counts.values())
    assert {"noise_survival", "noise_low", "noise_high"} <= set(found.pairs)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_the_executor_does_not_matter(pool: type[Executor]) -> None:
    result = rm.match(*rm.synthetic.demo())
    alone = rm.confidence(result, draws=60, noise=0.05)
    with pool(2) as executor:
        together = rm.confidence(result, draws=60, noise=0.05, executor=executor)
    assert together.counts == alone.counts
    assert together.unchanged == alone.unchanged


def test_a_scheme_of_one_criterion_has_nothing_to_vary() -> None:
    scores = {("E0", "M0"): 0.5, ("E1", "M1"): 0.5, ("E0", "M1"): 0.4, ("E1", "M0"): 0.4}
    cohort = cohort_of(people("E", 2), people("M", 2))
    found = rm.confidence(rm.match(cohort, table_scheme(scores)), draws=3)
    assert found.pairs["survival"].tolist() == [1.0, 1.0]
    assert found.unchanged == (3,)


def test_draws_are_about_the_scheme() -> None:
    result = rm.match(rm.synthetic.cohort(3, 3), scheme_of("two tiers"))
    weights = rm.confidence(result, draws=400, concentration=50).weights
    shares = np.array([4, 2, 1]) / 7
    assert np.allclose(weights.sum(axis=1), 1)
    assert np.allclose(weights.mean(axis=0), shares, atol=0.03)
    assert np.allclose(weights.std(axis=0), np.sqrt(shares * (1 - shares) / 51), rtol=0.2)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_wilsons_ends_are_where_the_share_is_two_deviations_off(of: int, share: float) -> None:
    count = round(share * of)
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        deviation = np.sqrt(end * (1 - end) / of)
        assert abs(count / of - end) == pytest.approx(1.959963984540054 * deviation)


# --- the smallest change -------------------------------------------------------------------


def drawn_tables(seed: int) -> tuple[rm.Cohort, rm.Scheme, np.ndarray, np.ndarray]:
    """A cohort of four and three, three criteria of arbitrary scores: (criteria, 4, 3), weights."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 10**6, (3, 4, 3)) / 10**6
    weights = rng.integers(1, 6, 3)
    cohort = cohort_of(people("E", 4), people("M", 3))
    pairs = list(product(cohort.mentees.ids, cohort.mentors.ids))
    criteria = [
        {
            "type": "table",
            "weight": int(weight),
            "rows": [[e, m, s] for (e, m), s in zip(pairs, table.ravel().tolist(), strict=True)],
        }
        for weight, table in zip(weights, values, strict=True)
    ]
    return cohort, rm.Scheme.model_validate({"criteria": criteria}), values, weights


def lost_at(values: np.ndarray, weights: np.ndarray, pair: tuple[int, int]) -> float | None:
    """The smallest change, from all matchings of three pairs and where their lines cross."""
    matchings = [tuple(zip(rows, range(3), strict=True)) for rows in permutations(range(4), 3)]
    sums = np.array([[sum(t[e, m] for e, m in each) for t in values] for each in matchings])
    shares = weights / weights.sum()
    worth = sums @ shares
    has = np.array([pair in each for each in matchings])
    changes = []
    for criterion in range(3):
        slopes = sums[:, criterion]
        crossings = {
            (worth[a] - worth[b]) / (slopes[b] - slopes[a])
            for a, b in combinations(range(len(matchings)), 2)
            if slopes[a] != slopes[b]
        }
        for low, high in ((0.0, 1.0), (-shares[criterion], 0.0)):
            ends = sorted({low, high, *(x for x in crossings if low < x < high)}, key=abs)
            for start, stop in pairwise(ends):
                if not has[np.argmax(worth + slopes * (start + stop) / 2)]:
                    changes.append(abs(start))
                    break
    return min(changes, default=None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_the_smallest_change_is_that_of_all_matchings(seed: int) -> None:
    cohort, scheme, values, weights = drawn_tables(seed)
    result = rm.match(cohort, scheme)
    table = rm.confidence(result, draws=1).smallest_change
    at = cohort.mentees.position, cohort.mentors.position
    for row in table.itertuples():
        expected = lost_at(values, weights, (at[0][row.mentee], at[1][row.mentor]))
        if expected is None:
            assert np.isnan(row.change)
        else:
            assert row.change == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_beyond_the_smallest_change_the_pair_is_gone_and_before_it_is_there(seed: int) -> None:
    cohort, scheme, _, weights = drawn_tables(seed)
    result = rm.match(cohort, scheme)
    names = result.scores.criteria
    table = rm.confidence(result, draws=1).smallest_change.dropna()
    assert len(table)
    for row in table.itertuples():
        place = names.index(row.criterion)
        for much, is_there in ((1.001, False), (0.999, True)):
            new = weights.astype(float)
            new[place] = max(1e-9, row.weight + much * (row.weight_to - row.weight))
            again = rm.match(cohort, with_weights(scheme, new.tolist()))
            assert ((row.mentee, row.mentor) in again.made) == is_there


@pytest.mark.parametrize("seed", range(5))
def test_no_smaller_change_of_several_weights_does_it(seed: int) -> None:
    """In sums of sizes a line's nearest point is along one axis, and weights stay positive here."""
    cohort, scheme, _, weights = drawn_tables(seed)
    result = rm.match(cohort, scheme)
    shares = weights / weights.sum()
    smallest = rm.confidence(result, draws=1).smallest_change["change"].min()
    rng = np.random.default_rng(seed)
    for _ in range(40):
        change = rng.laplace(size=3)
        change *= 0.999 * min(smallest, shares.min()) / np.abs(change).sum()
        again = rm.match(cohort, with_weights(scheme, (shares + change).tolist()))
        assert again.made == result.made


def test_a_pair_that_another_equals_is_lost_at_once_or_never() -> None:
    cohort = cohort_of(people("E", 1), people("M", 2))
    rows = [["E0", "M0", 0.5], ["E0", "M1", 0.5]]
    differs = [["E0", "M0", 0.5], ["E0", "M1", 0.6]]
    same = {"criteria": [{"type": "table", "rows": rows}, {"type": "table", "rows": rows}]}
    result = rm.match(cohort, rm.Scheme.model_validate(same))
    assert rm.confidence(result, draws=1).smallest_change["change"].isna().all()
    other = [["E0", "M0", 0.6], ["E0", "M1", 0.5]]
    tied = {"criteria": [{"type": "table", "rows": differs}, {"type": "table", "rows": other}]}
    result = rm.match(cohort, rm.Scheme.model_validate(tied))
    assert rm.confidence(result, draws=1).smallest_change["change"].tolist() == [0.0]


@pytest.mark.parametrize("name", ["missing left out", "two views"])
def test_where_scores_are_no_sums_there_is_no_smallest_change(name: str) -> None:
    result = rm.match(rm.synthetic.cohort(20, 20), scheme_of(name))
    with pytest.raises(rm.errors.NotSupportedError, match="the sum of weights"):
        _ = rm.confidence(result, draws=1).smallest_change


# --- the rest ------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_warm_network_finds_what_is_best_again_and_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, 2)
    arcs = [pair for pair in product(*map(range, sizes)) if rng.random() < 0.8]
    mentees, mentors = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    nothing = [np.zeros(size, dtype=np.int64) for size in sizes]
    most = [rng.integers(0, 3, size) for size in sizes]
    free = np.zeros(len(arcs), dtype=bool)
    network = Network(
        *sizes.tolist(), mentees, mentors, free, nothing[0], most[0], nothing[1], most[1]
    )
    choices = [np.array(bits, dtype=bool) for bits in product([0, 1], repeat=len(arcs))]
    choices = [choice for choice in choices if is_feasible(network, choice)]
    warm = WarmStart(network)
    for _ in range(4):
        tiers = [
            LinearTier("pairs", np.ones(len(arcs), dtype=np.int64)),
            LinearTier("total", rng.integers(0, 9, len(arcs))),
        ]
        found = warm.solve(tiers)
        assert found is not None
        worth = [tuple(tier_value(network, tier, choice) for tier in tiers) for choice in choices]
        assert tuple(tier_value(network, tier, found.chosen) for tier in tiers) == max(worth)


def test_confidence_shows_itself_as_text_table_and_plot() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    result = rm.match(*rm.synthetic.demo())
    found = rm.confidence(result, draws=10, noise=0.1)
    assert "10 draws of other weights" in repr(found)
    assert "noisy scores" in repr(found)
    assert "<table" in found._repr_html_()
    ax = found.plot()
    assert len(ax.get_yticklabels()) == len(result.made)
    assert "10 draws" in ax.get_xlabel()
    large = rm.match(rm.synthetic.cohort(80, 80), scheme_of("two tiers"))
    assert "pairs, by survival" in rm.confidence(large, draws=2).plot().get_ylabel()
    plt.close("all")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"draws": 0}, "draws must be at least 1"),
        ({"concentration": 0.0}, "concentration must be positive"),
        ({"noise": -1.0}, "noise must not be negative"),
    ],
)
def test_what_cannot_be_drawn(keys: dict[str, float], words: str) -> None:
    result = rm.match(*rm.synthetic.demo())
    with pytest.raises(ValueError, match=words):
        rm.confidence(result, **keys)
