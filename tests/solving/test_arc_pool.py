"""Claims about the arcs at hand: which are kept, and what need not be asked again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.numeric import stable_order
from rmmatch.solving.column_generation import arc_pool
from rmmatch.solving.column_generation.arc_pool import (
    ArcPool,
    PricingResult,
    VerifiedPrices,
    best_arcs_per_person,
)

NUMBERS = st.one_of(st.integers(0, 9), st.integers(0, 2**40), st.integers(2**61, 2**63 - 1))


@given(st.lists(NUMBERS, max_size=60))
def test_places_are_those_of_a_stable_sort(numbers):
    array = np.array(numbers, dtype=np.int64)
    assert (stable_order(array) == np.argsort(array, kind="stable")).all()


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(-5, 5)), min_size=1, max_size=80
    ),
    st.integers(1, 6),
    st.sampled_from([1, 10**6, 10**17]),
    st.integers(0, 3),
)
def test_the_best_of_each_person_are_kept_and_few_others(arcs, count, unit, seed):
    rows, columns, gains = np.array(arcs, dtype=np.int64).T
    gains = gains * unit
    is_kept = best_arcs_per_person(rows, columns, gains, count, np.random.default_rng(seed))
    for arc_idx in np.flatnonzero(~is_kept):
        # whoever is left out, both people have as many that are at least as good
        for people in (rows, columns):
            is_theirs = people == people[arc_idx]
            assert np.count_nonzero(is_kept & is_theirs & (gains >= gains[arc_idx])) >= count
    counts = [np.bincount(people) for people in (rows, columns)]
    if all((degrees <= count).all() for degrees in counts):
        assert is_kept.all()
    if all((degrees > count).sum() == (degrees > 0).sum() for degrees in counts):
        assert is_kept.sum() <= count * sum((degrees > 0).sum() for degrees in counts)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 4))
def test_sorting_few_arcs_at_once_keeps_the_same(seed, at_once, count):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 80))
    rows, columns = rng.integers(0, rng.integers(1, 12), size), rng.integers(0, 9, size)
    gains = rng.permutation(size)  # distinct: nothing is drawn
    in_one_go = best_arcs_per_person(rows, columns, gains, count, rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arc_pool, "_ARCS_PER_SORT", at_once)
        assert (best_arcs_per_person(rows, columns, gains, count, rng) == in_one_go).all()


def test_equal_arcs_are_drawn():
    rows, columns = (positions.ravel() for positions in np.indices((30, 40)))
    equal_gains = np.zeros(rows.size, dtype=np.int64)
    first, second = (
        best_arcs_per_person(rows, columns, equal_gains, 3, np.random.default_rng(seed))
        for seed in (1, 2)
    )
    assert (first != second).any()
    assert (np.bincount(rows[first]) >= 3).all()
    assert (np.bincount(columns[first]) >= 3).all()


@given(st.integers(0, 2**32 - 1))
def test_a_pair_above_its_prices_is_in_the_pool_or_asked_for_again(seed):
    """Whatever prices come later: only where they fell can a pair be worth more."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 8, 2)
    scores = rng.integers(0, 20, (n, m))
    verified, pool = VerifiedPrices(n, m), np.zeros((n, m), dtype=np.bool_)
    for _ in range(4):
        u, v = rng.integers(-5, 20, n), rng.integers(-5, 20, m)
        margin = int(rng.integers(0, 4))
        dropped = verified.dropped_since(u, v)
        gains = scores - u[:, None] - v
        is_asked = dropped[0][:, None] | dropped[1]
        assert not ((gains > 0) & ~is_asked & ~pool).any()
        priced = PricingResult(n, m, -margin)
        rows, columns = np.nonzero(is_asked & ~pool & (gains > -margin))
        asked_gains = gains[rows, columns]
        priced.add_candidates(rows, columns, scores[rows, columns], asked_gains, asked_gains, rng)
        priced.finish(rng)
        pool[priced.rows, priced.columns] = True
        verified.record(dropped, (u, v), priced)


def test_a_pool_tells_its_arcs_from_other_pairs():
    pool = ArcPool(5, np.array([2, 0, 2]), np.array([4, 1, 4]), np.array([7, 8, 7]))
    assert pool.rows.tolist() == [0, 2]
    assert pool.are_among(np.array([2, 3]), np.array([4, 0])).tolist() == [False, True]
    assert (
        not ArcPool(5, *3 * [np.zeros(0, np.int64)]).are_among(np.array([1]), np.array([1])).any()
    )
