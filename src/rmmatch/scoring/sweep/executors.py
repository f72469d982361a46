"""Tasks of a sweep computed by any `concurrent.futures.Executor`: in other processes, other hosts.

What a scanner is compiled from is sent once to each process: a task that finds its process without
the scanner answers so, and is sent again with it. A task that fails in any way is computed here.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import socket
import threading
import time
import zlib
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from rmmatch.cohort import Cohort, Ragged, Side
from rmmatch.rules import always_in_force
from rmmatch.scheme import Scheme
from rmmatch.scoring.pair_scores import PairScores
from rmmatch.scoring.sweep.scanner import PairScanner, ScanQuery, ScanTask

__all__ = ["ExecutorClient", "minimal_cohort"]

_MAX_SCANNERS_KEPT = 2  # scanners a process keeps, of which a sweep uses one; speed only
_TASK_S = 1.0  # seconds that a task should take; speed only
_INITIAL_PAIRS_PER_S = 200_000_000  # pairs a second, until the rate is measured; speed only
# Pairs of a sweep below which sending costs more than it gives.
_MIN_PAIRS_TO_SEND = 50_000_000  # speed only
# Tasks, and four more a process: each holds the prices of a side.
_MAX_TASKS_UNDER_WAY = 64  # speed and memory only
# Failures without a success between them after which nothing more is sent.
_MAX_FAILURES_IN_A_ROW = 8  # speed only


# --- in the process of a worker ------------------------------------------------------------

_lock = threading.Lock()
_scanners_by_key: WeakValueDictionary[str, PairScanner] = WeakValueDictionary()
_scanners_received: OrderedDict[str, PairScanner] = OrderedDict()


@dataclass(frozen=True)
class _TaskResult:
    """What a process answers to a task; ``answer`` is None where it lacks the scanner."""

    process: str
    seconds: float = 0.0
    answer: Any = None


def _run_task(
    key: str, packed_scanner: bytes | None, packed_task: bytes, attempt: int
) -> _TaskResult:
    """Answer a query about a task; `attempt` makes the arguments of every call differ."""
    process = f"{socket.gethostname()} {os.getpid()}"
    with _lock:
        scanner = _scanners_by_key.get(key)
        if scanner is None and packed_scanner is not None:
            scanner = _deserialise(packed_scanner)
            _scanners_by_key[key] = _scanners_received[key] = scanner
            while len(_scanners_received) > _MAX_SCANNERS_KEPT:
                _scanners_received.popitem(last=False)
    if scanner is None:
        return _TaskResult(process)
    query, task = pickle.loads(packed_task)  # noqa: S301 - what `ExecutorClient` sent
    start = time.perf_counter()
    answer = query.run(scanner, task)
    return _TaskResult(process, time.perf_counter() - start, answer)


def _serialise(scanner: PairScanner) -> bytes:
    """Return what a scanner is compiled from."""
    scores = scanner.scores
    recipe = (
        minimal_cohort(scores.cohort, scores.scheme),
        _without_quotas(scores.scheme),
        scanner.settings,
    )
    return zlib.compress(pickle.dumps(recipe, pickle.HIGHEST_PROTOCOL), 1)


def _deserialise(packed_scanner: bytes) -> PairScanner:
    cohort, scheme, settings = pickle.loads(zlib.decompress(packed_scanner))  # noqa: S301 - what `ExecutorClient` sent
    return PairScanner(PairScores(cohort, scheme), *settings)


def _without_quotas(scheme: Scheme) -> Scheme:
    return scheme.model_copy(update={"quotas": ()})


def minimal_cohort(cohort: Cohort, scheme: Scheme) -> Cohort:
    """Return a cohort with nothing but what the scores and rules of a scheme read.

    Those are ids, the columns, relations and managers that criteria and rules name, and
    availabilities and preferences where a criterion or rule names these. A user's own criterion or
    rule that names no columns is given all columns but sensitive ones.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
        Its criteria and rules are looked at.
    """
    cohort = scheme.readable(cohort)
    members = (*scheme.criteria, *always_in_force(), *scheme.rules)
    used = set[str]().union(*(member.columns_used() for member in members))
    if any(not m.columns_used() and not type(m).__module__.startswith("rmmatch.") for m in members):
        all_columns = {name for side in cohort.sides for name in side.columns}
        used |= all_columns - set(scheme.sensitive) | {
            "availability",
            "preferences",
            *cohort.relations,
        }
    used -= set(scheme.monitoring_only)
    return cohort.replace(
        mentees=_minimal_side(cohort.mentees, used),
        mentors=_minimal_side(cohort.mentors, used),
        relations={kind: pairs for kind, pairs in cohort.relations.items() if kind in used},
        managers=dict(cohort.managers) if "line_manager" in used else {},
        notes=(),
        sources=(),
    )


def _minimal_side(side: Side, used: set[str]) -> Side:
    side = replace(
        side, columns={name: cells for name, cells in side.columns.items() if name in used}
    )
    if "availability" not in used:
        side = replace(side, calendars=(), calendar=side.calendar * 0 - 1)
    if "preferences" not in used:
        empty = side.preferences.indices[:0]
        side = replace(side, preferences=Ragged(side.preferences.indptr * 0, empty))
    return side


# --- here ----------------------------------------------------------------------------------


class ExecutorClient:
    """Sends the tasks of a sweep to an executor, and collects the answers.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Stays open: it is closed by the code that made it.
    scanner : PairScanner
    pairs_a_task : int or None
        By default as many pairs as take about a second, and nothing is sent of a small sweep.
    """

    def __init__(
        self, executor: Executor, scanner: PairScanner, pairs_a_task: int | None = None
    ) -> None:
        self._executor: Executor | None = executor
        self._scanner = scanner
        self._pairs_a_task = pairs_a_task
        self._rate = float(_INITIAL_PAIRS_PER_S)
        self._packed_scanner = b""
        self._key = ""
        self._attempts = count()
        self._loaded_processes: set[str] = set()  # processes that have the scanner
        self._lacking_processes: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._n_in_a_row = 0

    @property
    def failures(self) -> tuple[str, ...]:
        """What the executor failed to do, a sentence for each kind of error."""
        return tuple(
            f"the executor failed ({name}, {times} times): what it had to do was done here"
            for name, times in sorted(self._failures.items())
        )

    def pairs_per_task(self, n_pairs: int) -> int | None:
        """Return how many pairs a task should hold; None where a sweep is better done here.

        Parameters
        ----------
        n_pairs : int
            Of the whole sweep.
        """
        if self._executor is None or (self._pairs_a_task is None and n_pairs < _MIN_PAIRS_TO_SEND):
            return None
        return self._pairs_a_task or int(self._rate * _TASK_S)

    def run(self, query: ScanQuery, tasks: Sequence[ScanTask]) -> list[Any]:
        """Return the answers to tasks, in the order of the tasks; None where a task failed.

        Parameters
        ----------
        query : ScanQuery
        tasks : sequence of ScanTask
        """
        answers: list[Any] = [None] * len(tasks)
        new, returned = deque(range(len(tasks))), deque[int]()
        sent: dict[Future[_TaskResult], tuple[int, bool]] = {}
        self._lacking_processes.clear()
        try:
            while self._is_ready() and (new or returned or sent):
                for index, is_heavy in self._next_tasks(new, returned, sent.values()):
                    future = self._submit(query, tasks[index], is_heavy)
                    if future is not None:
                        sent[future] = index, is_heavy
                for future in wait(sent, return_when=FIRST_COMPLETED).done:
                    index, _ = sent.pop(future)
                    done = self._result(future)
                    if done is not None and done.answer is None:
                        returned.append(index)
                    elif done is not None:
                        answers[index] = done.answer
                        self._update_rate(tasks[index], done.seconds)
        finally:
            for future in sent:
                future.cancel()
        return answers

    def _next_tasks(
        self, new: deque[int], returned: deque[int], sent: Collection[tuple[int, bool]]
    ) -> Iterator[tuple[int, bool]]:
        """Yield tasks to be sent now, and whether with the scanner.

        One scanner is under way for each process known to lack it. Meanwhile the tasks that came
        back go to processes that have it, few at a time: which process takes a task is not known.
        """
        room = _MAX_TASKS_UNDER_WAY + 4 * len(self._loaded_processes) - len(sent)
        n_heavy = sum(is_heavy for _, is_heavy in sent)
        missing = (len(self._lacking_processes) or int(not self._loaded_processes)) - n_heavy
        n_light = (
            2 * len(self._loaded_processes) - (len(sent) - n_heavy)
            if self._lacking_processes
            else room
        )
        while returned and room > 0 and (missing > 0 or (self._loaded_processes and n_light > 0)):
            is_heavy = missing > 0
            yield returned.popleft(), is_heavy
            missing, n_light, room = missing - is_heavy, n_light - (not is_heavy), room - 1
        while new and not returned and room > 0:
            yield new.popleft(), False
            room -= 1

    def _is_ready(self) -> bool:
        """Whether there is an executor that may work, and something to send it."""
        if self._executor is not None and not self._packed_scanner:
            try:
                self._packed_scanner = _serialise(self._scanner)
            except Exception as error:  # somebody's own criterion that cannot be sent
                self._fail(error)
                self._executor = None
            self._key = hashlib.sha256(self._packed_scanner).hexdigest()
            _scanners_by_key[self._key] = self._scanner  # threads of this process need nothing sent
        return self._executor is not None

    def _submit(
        self, query: ScanQuery, task: ScanTask, is_heavy: bool
    ) -> Future[_TaskResult] | None:
        if self._executor is None:
            return None
        packed_task = pickle.dumps((query, task.compressed()), pickle.HIGHEST_PROTOCOL)
        packed_scanner = self._packed_scanner if is_heavy else None
        try:
            return self._executor.submit(
                _run_task, self._key, packed_scanner, packed_task, next(self._attempts)
            )
        except Exception as error:  # broken or shut down
            self._fail(error)
            self._executor = None
            return None

    def _result(self, future: Future[_TaskResult]) -> _TaskResult | None:
        try:
            done = future.result()
        except Exception as error:  # whatever it was, the task is answered here
            self._fail(error)
            self._lacking_processes.clear()
            return None
        if done.answer is None:
            self._loaded_processes.discard(done.process)
            self._lacking_processes.add(done.process)
        else:
            self._lacking_processes.discard(done.process)
            self._loaded_processes.add(done.process)
            self._n_in_a_row = 0
        return done

    def _fail(self, error: Exception) -> None:
        self._failures[type(error).__name__] += 1
        self._n_in_a_row += 1
        if self._n_in_a_row >= _MAX_FAILURES_IN_A_ROW:
            self._executor = None

    def _update_rate(self, task: ScanTask, seconds: float) -> None:
        """Adapt the estimate of how many pairs a process does in a second."""
        rate = len(task.rows) * len(task.columns) / max(seconds, 1e-3)
        self._rate = min(
            max(0.8 * self._rate + 0.2 * rate, _INITIAL_PAIRS_PER_S / 20), _INITIAL_PAIRS_PER_S * 20
        )
