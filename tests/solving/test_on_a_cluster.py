"""A Dask cluster of two processes pairs as one process does, also when one of them is killed."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest
from distributed import Client, LocalCluster

import rmmatch as rm
from rmmatch.scoring.sweep import executors
from rmmatch.solving import api

# Dask's own: sockets and event loops of a cluster that is closed are left to the collector, and
# a task that carries a cohort is large.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Sending large graph:UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        warnings.catch_warnings(),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


Case = tuple[rm.Cohort, rm.Scheme, rm.Result]


@pytest.fixture(scope="module")
def case() -> Iterator[Case]:
    """A cohort that is swept, and sent in several tasks a sweep; and what one process pairs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
        patch.setattr(executors, "_MIN_PAIRS_TO_SEND", 100_000)
        patch.setattr(executors, "_TASK_S", 3e-4)
        cohort, scheme = rm.synthetic.cohort(620, 620, seed=2), rm.synthetic.demo()[1]
        yield cohort, scheme, rm.match(cohort, scheme, workers=1)


class Watched(Executor):
    """Passes tasks on, and runs `act` once after so many answers."""

    def __init__(self, inner: Executor, after: int = -1, act: Any = None) -> None:
        self.inner, self.after, self.act = inner, after, act
        self.n_sent, self.n_back = 0, 0
        self.lock = threading.Lock()
        self.where: set[str] = set()

    def submit(self, fn: Any, /, *args: Any, **keys: Any) -> Future[Any]:
        self.n_sent += 1
        future = self.inner.submit(fn, *args, **keys)
        future.add_done_callback(self._back)
        return future

    def _back(self, future: Future[Any]) -> None:
        with self.lock:
            if not future.cancelled() and future.exception() is None:
                done = future.result()
                if done.answer is not None:
                    self.where.add(done.process)
                    self.n_back += 1
            if self.n_back == self.after and self.act is not None:
                self.act, act = None, self.act
                threading.Thread(target=act).start()


def test_a_cluster_pairs_as_one_process_does(client: Client, case: Case) -> None:
    cohort, scheme, alone = case
    watched = Watched(client.get_executor())
    together = rm.match(cohort, scheme, executor=watched)
    assert together.matching == alone.matching
    assert together.values == alone.values
    assert together.solver == alone.solver
    assert watched.n_back >= 10
    assert len(watched.where) == 2
    assert str(os.getpid()) not in " ".join(watched.where).split()
    assert rm.check(together) == []


def test_a_killed_worker_loses_nothing(client: Client, case: Case) -> None:
    cohort, scheme, alone = case
    victim = next(iter(client.run(os.getpid).values()))
    watched = Watched(client.get_executor(), 5, lambda: os.kill(victim, signal.SIGKILL))
    together = rm.match(cohort, scheme, executor=watched)
    assert watched.act is None
    assert together.matching == alone.matching
    assert together.values == alone.values
    assert together.bounds == alone.bounds
