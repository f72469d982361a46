"""How many threads look through the pairs changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

import rmmatch as rm
from rmmatch.scoring.sweep import executors, sweep
from rmmatch.solving import api
from rmmatch.solving.column_generation import oracle_scan, warm_start

TIED = """
grades: [FY1, FY2, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]
criteria: [{type: workplace, prefer: different}, {type: power_distance, target: 5, spread: 4}]
rules: [{type: power_distance, min_gap: 3}]
"""


def test_threads_and_executors_pair_alike(monkeypatch):
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    monkeypatch.setattr(sweep, "_MAX_SINGLE_THREAD_PAIRS", 1_000)
    monkeypatch.setattr(executors, "_MIN_PAIRS_TO_SEND", 1_000)
    cohort, scheme = rm.synthetic.cohort(200, 220, seed=9), rm.synthetic.demo()[1]
    results = [rm.match(cohort, scheme, workers=workers) for workers in (1, 3, None)]
    with ThreadPoolExecutor(2) as executor:
        results.append(rm.match(cohort, scheme, executor=executor))
    for other in results[1:]:
        assert other.matching == results[0].matching
        assert (other.values, other.bounds) == (results[0].values, results[0].bounds)
        assert other.solver == results[0].solver


@pytest.mark.parametrize("is_marked", [True, False])
@pytest.mark.parametrize("is_tied", [True, False])
def test_the_pairs_are_the_same_for_any_workers_blocks_and_order_of_rows(
    monkeypatch, is_marked, is_tied
):
    """Also where nothing breaks ties but the seed, as it is in the largest cohorts."""
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    monkeypatch.setattr(api, "_MAX_TIE_MARKED_PAIRS", 10**9 if is_marked else -1)
    monkeypatch.setattr(sweep, "_MAX_SINGLE_THREAD_PAIRS", 1_000)
    # samples, and answers in many parts, as of a large cohort
    monkeypatch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", 60)
    monkeypatch.setattr(oracle_scan, "_MAX_PAIRS_PER_ANSWER", 5_000)
    tables = rm.synthetic.frames(240, 260, seed=6)
    scheme = rm.Scheme.from_text(TIED) if is_tied else rm.synthetic.demo()[1]
    original, results = sweep.Sweep, []
    for shuffle, (workers, block) in enumerate(
        [(1, (64, 2048)), (3, (64, 2048)), (2, (9, 50)), (None, (1, 7)), (3, (256, 100))]
    ):
        order = np.random.default_rng(shuffle)
        rows = [table.iloc[order.permutation(len(table))] for table in tables]
        monkeypatch.setattr(sweep, "Sweep", partial(original, block=block))
        results.append(rm.match(rm.read_cohort(*rows), scheme, workers=workers, seed=5))
    assert rm.check(results[0]) == []
    for other in results[1:]:
        assert other.matching == results[0].matching
        assert (other.values, other.bounds) == (results[0].values, results[0].bounds)
        assert other.solver == results[0].solver


def test_what_an_executor_fails_to_do_is_in_the_result(monkeypatch):
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    monkeypatch.setattr(executors, "_MIN_PAIRS_TO_SEND", 1_000)
    cohort, scheme = rm.synthetic.cohort(200, 220, seed=9), rm.synthetic.demo()[1]
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    result = rm.match(cohort, scheme, executor=executor)
    assert "the executor failed (RuntimeError" in result.solver
    assert result.matching == rm.match(cohort, scheme).matching


def test_no_worker_at_all_is_refused():
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        rm.match(*rm.synthetic.demo(), workers=0)
