"""What a sweep must answer, told from the whole matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from rmmatch.scoring.sweep.sweep import NO_PAIR, Sweep


def assert_agrees_with_the_matrix(
    sweep: Sweep, u: Any, v: Any, margin: Any, rows: Any, columns: Any
) -> None:
    matrix = sweep.scores.to_numpy()
    allowed = np.zeros(matrix.shape, dtype=bool)
    allowed[np.ix_(rows, columns)] = True
    allowed &= matrix >= 0
    # Python's own integers: nothing here can overflow.
    reduced = matrix.astype(object) - u.astype(object)[:, None] - v.astype(object)[None, :]
    above = allowed & (reduced > -np.broadcast_to(margin, len(u)).astype(object)[:, None])

    np.testing.assert_array_equal(sweep.block(rows, columns), matrix[np.ix_(rows, columns)])

    found = sweep.candidates(u, v, margin, rows, columns)
    expected = np.nonzero(above)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_array_equal(found[2], matrix[expected])

    short = np.where(allowed, reduced, 0)
    mentees, mentors = sweep.violations(u, v, rows, columns)
    assert mentees.tolist() == short.max(axis=1, initial=0).tolist()
    assert mentors.tolist() == short.max(axis=0, initial=0).tolist()

    for best, prices, axis in (
        (sweep.row_best(v, rows, columns), v[None, :], 1),
        (sweep.column_best(u, rows, columns), u[:, None], 0),
    ):
        gains = np.where(allowed, matrix - prices, NO_PAIR)
        assert best.tolist() == gains.max(axis=axis, initial=NO_PAIR).tolist()
