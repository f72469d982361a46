"""In which order a sweep looks at mentees changes its work, never its answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rmmatch as rm
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep.fast_forms import LookupTable
from rmmatch.scoring.sweep.pruned_scan import ShiftedPrices
from rmmatch.scoring.sweep.row_order import RowOrder, best_row_order
from rmmatch.scoring.sweep.scanner import PairScanner, ScanTask
from rmmatch.scoring.sweep.sweep import NO_PAIR


@pytest.fixture(scope="module")
def search() -> PairScanner:
    cohort = rm.synthetic.cohort(330, 310, seed=5, untidy=0.05)
    return PairScanner(PairScores(cohort, rm.synthetic.demo()[1]), (16, 16), True, 1 << 20)


@pytest.mark.parametrize(
    "order",
    [RowOrder(), RowOrder((2,)), RowOrder((1, 0)), RowOrder((1, 2), by_class=True)],
    ids=str,
)
def test_no_order_changes_what_is_found(search: PairScanner, order: RowOrder) -> None:
    matrix = search.scores.to_numpy().copy()
    u = np.sort(matrix, axis=1)[:, -4]
    v = np.maximum((matrix - u[:, None]).max(axis=0), 0)
    u = u - 60_000
    barred = search.bound.barred
    rows, columns = (np.flatnonzero(~one) for one in barred)
    rows = rows[order.positions(search.bound.tables, rows, u[rows])]
    part = ScanTask(rows, columns, u[rows], v[columns], order)

    found = search.pairs_above(part)
    exceptions = search.bound.exceptions
    expected = (matrix >= 0) & (matrix > u[:, None] + v)
    expected[exceptions.mentees, exceptions.mentors] = False
    got = np.zeros_like(expected)
    got[found[0], found[1]] = True
    np.testing.assert_array_equal(got, expected)
    assert len(found[0]) == got.sum() > 500
    np.testing.assert_array_equal(found[2], matrix[found[0], found[1]])

    matrix[exceptions.mentees, exceptions.mentors] = -1
    gains = np.where(matrix >= 0, matrix - v, NO_PAIR)[np.ix_(rows, columns)]
    people, best, _ = search.best_per_person(replace(part, u=part.u * 0), (NO_PAIR, None))
    np.testing.assert_array_equal(people, rows)
    np.testing.assert_array_equal(best, gains.max(axis=1))


def test_people_stand_by_code_then_class_then_code_then_price() -> None:
    random = np.random.default_rng(0)
    tables = [
        LookupTable(random.integers(0, size, 400), np.zeros(1, np.int64), np.zeros((size, 1)))
        for size in (7, 5)
    ]
    rows, u = random.permutation(400)[:320], random.integers(-50, 50, 320)
    places = RowOrder((1, 0)).positions(tables, rows, u)
    assert sorted(places.tolist()) == list(range(320))
    keys = [(tables[1].rows[rows[p]], tables[0].rows[rows[p]], u[p]) for p in places]
    assert keys == sorted(keys)

    places = RowOrder((1, 0), by_class=True).positions(tables, rows, u)
    rank = np.argsort(np.argsort(u, kind="stable"))
    keys = [(tables[1].rows[rows[p]], rank[p] // 40, tables[0].rows[rows[p]], u[p]) for p in places]
    assert keys == sorted(keys)


def test_the_table_that_tells_who_pays_comes_first() -> None:
    random = np.random.default_rng(1)
    n = 2_000
    noise = LookupTable(
        random.integers(0, 40, n), random.integers(0, 40, n), random.integers(0, 50, (40, 40))
    )
    sites = LookupTable(
        random.integers(0, 10, n), random.integers(0, 10, n), 400_000 * np.eye(10, dtype=int)
    )
    tables = [
        LookupTable(one.rows, one.columns, one.table.astype(np.float32)) for one in (noise, sites)
    ]
    everybody = np.arange(n)
    prices = ShiftedPrices(random.integers(300_000, 340_000, n), np.zeros(n, np.int64))
    assert best_row_order(tables, everybody, everybody, prices, 8).tables[0] == 1
    assert best_row_order(tables[::-1], everybody, everybody, prices, 8).tables[0] == 0
