"""How many threads look through the pairs changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import rmmatch as rm
from rmmatch.scoring import sending, sweeping
from rmmatch.solving import door


def test_threads_and_executors_pair_alike(monkeypatch):
    monkeypatch.setattr(door, "_MATRIX_PAIRS", -1)
    monkeypatch.setattr(sweeping, "_ALONE", 1_000)
    monkeypatch.setattr(sending, "_LEAST", 1_000)
    cohort, scheme = rm.synthetic.cohort(200, 220, seed=9), rm.synthetic.demo()[1]
    results = [rm.match(cohort, scheme, workers=workers) for workers in (1, 3, None)]
    with ThreadPoolExecutor(2) as executor:
        results.append(rm.match(cohort, scheme, executor=executor))
    for other in results[1:]:
        assert other.matching == results[0].matching
        assert (other.values, other.bounds) == (results[0].values, results[0].bounds)
        assert other.solver == results[0].solver


def test_what_an_executor_fails_to_do_is_in_the_result(monkeypatch):
    monkeypatch.setattr(door, "_MATRIX_PAIRS", -1)
    monkeypatch.setattr(sending, "_LEAST", 1_000)
    cohort, scheme = rm.synthetic.cohort(200, 220, seed=9), rm.synthetic.demo()[1]
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    result = rm.match(cohort, scheme, executor=executor)
    assert "the executor failed (RuntimeError" in result.solver
    assert result.matching == rm.match(cohort, scheme).matching


def test_no_worker_at_all_is_refused():
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        rm.match(*rm.synthetic.demo(), workers=0)
