"""Sweeps sent to threads, processes and clusters answer exactly as one thread does."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import People, cases
from rmmatch.criteria import Criterion
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep import executors
from rmmatch.scoring.sweep.sweep import Sweep


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    # Forked processes and the threads of other tests do not go together.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        yield pool


@pytest.fixture(scope="module")
def scores() -> PairScores:
    return PairScores(rm.synthetic.cohort(420, 470, seed=5, untidy=0.05), rm.synthetic.demo()[1])


def prices(scores: PairScores) -> tuple[Any, Any]:
    """Return prices at which few pairs pay."""
    matrix = scores.to_numpy()
    u = np.sort(matrix, axis=1)[:, -3]
    return u - 200_000, np.maximum((matrix - u[:, None]).max(axis=0), 0) + 200_000


def answers(sweep: Sweep, u: Any, v: Any, margin: int = 5_000) -> list[Any]:
    return [
        *sweep.candidates(u, v, margin),
        *sweep.violations(u - margin, v),
        sweep.row_best(v),
        sweep.column_best(u),
    ]


def assert_same(some: list[Any], others: list[Any]) -> None:
    for one, other in zip(some, others, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=25, deadline=None)
@given(cases(max_mentees=9, max_mentors=9), st.data())
def test_any_scheme_in_other_processes(
    processes: Executor, case: tuple[People, rm.Scheme], data: st.DataObject
) -> None:
    tables, scheme = case
    scores = PairScores(tables.cohort(), scheme)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    u, v = (random.integers(-300_000, 700_000, n) for n in scores.shape)
    with ThreadPoolExecutor(2) as threads:
        sweep = Sweep(
            scores,
            block=data.draw(st.sampled_from(((1, 1), (4, 3), (64, 512)))),
            workers=data.draw(st.sampled_from((1, 2))),
            executor=data.draw(st.sampled_from((threads, processes))),
            pairs_a_task=data.draw(st.sampled_from((1, 10, 10**9))),
        )
        assert_same(answers(sweep, u, v), answers(Sweep(scores, workers=1), u, v))
    assert sweep.notes == Sweep(scores).notes


def test_a_search_travels_once_a_process(scores: PairScores, processes: Executor) -> None:
    sent: list[bool] = []

    class Counting(Executor):
        def submit(self, fn: Any, /, *args: Any, **keys: Any) -> Future[Any]:
            sent.append(args[1] is not None)
            return processes.submit(fn, *args, **keys)

    sweep = Sweep(scores, executor=Counting(), pairs_a_task=10_000)
    u, v = prices(scores)
    expected = answers(Sweep(scores), u, v)
    for _ in range(3):
        assert_same(answers(sweep, u, v), expected)
    assert len(sent) > 50
    # Again where one process takes what was meant for the other, not with every task.
    assert 1 <= sum(sent) <= len(sent) // 4
    assert sweep.notes == ()


def test_only_what_the_scheme_reads_is_sent() -> None:
    mentors, mentees = rm.synthetic.frames(30, 30, seed=3)
    for side in (mentors, mentees):
        side["email"] = [f"secret{side.id[n]}@example.org" for n in range(len(side))]
        side["ethnicity"] = ["unmentionable"] * len(side)
    cohort = rm.read_cohort(mentors, mentees)
    scheme = rm.Scheme.from_text("criteria: [{type: goals}]\nsensitive: [ethnicity]")
    few = executors.minimal_cohort(cohort, scheme)
    assert set(few.mentees.columns) | set(few.mentors.columns) == {"goals"}
    assert not few.mentees.calendars
    assert not len(few.mentors.preferences.indices)
    packed = pickle.dumps(few)
    assert b"secret1@" not in packed
    assert b"unmentionable" not in packed
    left_out = {"email", "ethnicity", "grade", "speciality"}
    assert left_out <= set(cohort.mentees.columns)
    np.testing.assert_array_equal(
        PairScores(few, scheme).to_numpy(), PairScores(cohort, scheme).to_numpy()
    )


def test_what_an_executor_cannot_do_is_done_here(scores: PairScores) -> None:
    u, v = prices(scores)
    expected = answers(Sweep(scores), u, v)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    for broken in (pool, Raising()):
        sweep = Sweep(scores, executor=broken, pairs_a_task=10_000)
        assert_same(answers(sweep, u, v), expected)
        (note,) = sweep.notes
        assert "done here" in note
        assert ("RuntimeError" in note) == (broken is pool)


class Raising(Executor):
    """Loses every task but each third."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, fn: Any, /, *args: Any, **keys: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.count += 1
        if self.count % 3:
            future.set_exception(ConnectionError("lost"))
        else:
            future.set_result(fn(*args, **keys))
        return future


def test_a_killed_process_of_a_pool_loses_nothing(scores: PairScores) -> None:
    u, v = prices(scores)
    expected = answers(Sweep(scores), u, v)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        sweep = Sweep(scores, executor=pool, pairs_a_task=10_000)
        assert_same(answers(sweep, u, v), expected)
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
        assert_same(answers(sweep, u, v), expected)
        assert "BrokenProcessPool" in " ".join(sweep.notes)


def test_a_criterion_that_cannot_be_sent_stays_here(
    scores: PairScores, processes: Executor
) -> None:
    class Local(Criterion):
        type: Literal["test_sending_local"] = "test_sending_local"

        def score(self, mentees: Any, mentors: Any) -> Any:
            return np.add.outer(np.arange(len(mentees)), np.arange(len(mentors))) % 7 / 6

    scheme = scores.scheme.model_copy(update={"criteria": (*scores.scheme.criteria, Local())})
    own = PairScores(scores.cohort, scheme)
    u, v = prices(own)
    sweep = Sweep(own, executor=processes, pairs_a_task=50_000)
    assert_same(answers(sweep, u, v), answers(Sweep(own), u, v))
    assert any("done here" in note for note in sweep.notes)
