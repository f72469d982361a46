"""Work in parts: on all cores, in order, and how long it is going to take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Task", "estimated_seconds", "run_tasks"]

TaskAnswer = TypeVar("TaskAnswer")

_N_TIMED_TASKS = 4  # tasks that are timed; wording


@dataclass(frozen=True, eq=False)
class Task(Generic[TaskAnswer]):
    """Pairs of people that can be looked at without any others.

    Attributes
    ----------
    n_pairs : int
    run : callable
        Looks at them; the answer is the same whenever it is called.
    """

    n_pairs: int
    run: Callable[[], TaskAnswer]


def run_tasks(
    tasks: Sequence[Task[TaskAnswer]], workers: int
) -> Iterator[tuple[Task[TaskAnswer], TaskAnswer]]:
    """Yield tasks with their answers, in their order.

    Parameters
    ----------
    tasks : sequence of Task
    workers : int
        Threads.
    """
    if workers == 1:
        yield from ((task, task.run()) for task in tasks)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from zip(tasks, pool.map(lambda task: task.run(), tasks), strict=True)
        except BaseException:  # Ctrl-C above all: the tasks that wait must not be run first
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def estimated_seconds(tasks: Sequence[Task[TaskAnswer]], workers: int) -> float:
    """Return how long tasks are going to take, from a few of them that are run for this.

    Parameters
    ----------
    tasks : sequence of Task
    workers : int
        Threads.
    """
    by_size = sorted(tasks, key=lambda task: task.n_pairs)
    tried = by_size[len(by_size) // (2 * _N_TIMED_TASKS) :: max(1, len(by_size) // _N_TIMED_TASKS)]
    start = time.perf_counter()
    for task in tried:
        task.run()
    seconds = time.perf_counter() - start
    share = sum(task.n_pairs for task in tried) / max(1, sum(task.n_pairs for task in tasks))
    return seconds / max(share, 1e-9) / workers
