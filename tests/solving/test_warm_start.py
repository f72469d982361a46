"""Claims about the arcs to begin with, and those offered to people who stay alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.dense import DenseOracle, everybody
from rmmatch.solving.column_generation import warm_start
from rmmatch.solving.column_generation.warm_start import columns_for_unmatched


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 400))
def test_who_stays_alone_is_offered_the_best_partners_in_reach(seed, count, margin):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 12, 2)
    scores = rng.integers(0, 1000, (n, m))
    scores[rng.random((n, m)) < 0.3] = -1
    u, v = rng.integers(0, 500, n), rng.integers(0, 500, m)
    unmatched = tuple(rng.integers(0, size, 2) for size in (n, m))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_start, "_INITIAL_ARCS_PER_PERSON", count)
        rows, columns, offered_scores = columns_for_unmatched(
            DenseOracle(scores), everybody(n, m), (u, v), margin, unmatched, rng
        )
    assert (scores[rows, columns] == offered_scores).all()
    assert (np.isin(rows, unmatched[0]) | np.isin(columns, unmatched[1])).all()
    gains = np.where(scores >= 0, scores - u[:, None] - v, -(2**60))
    offered = np.zeros((n, m), dtype=bool)
    offered[rows, columns] = True
    assert (gains[offered] > -margin).all()
    for lines, is_offered, people in (
        (gains, offered, unmatched[0]),
        (gains.T, offered.T, unmatched[1]),
    ):
        for person in people:
            best = np.sort(lines[person][lines[person] > -margin])[::-1][:count]
            assert is_offered[person].sum() >= best.size
            assert (np.sort(lines[person][is_offered[person]])[::-1][: best.size] == best).all()
