"""What it costs to send parts of a sweep to processes and to a Dask cluster, and when it pays.

    python benchmarks/bench_cluster.py [--sizes 5000 20000] [--workers 2]

All on one machine: what a network adds is not in it; CPU seconds are those of this process, without
what the others compute. A sweep is `candidates` at good prices. Empty sweeps have prices at which
nothing is left of any strip, so that all that is left is the sending.
"""

from __future__ import annotations

import argparse
import os
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from bench_scoring import prices, seconds
from measuring import report

import rmmatch as rm
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep import executors
from rmmatch.scoring.sweep.sweep import Sweep

ROUNDS = 3


@contextmanager
def dask(n_workers: int) -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


@contextmanager
def pool(n_workers: int) -> Iterator[Executor]:
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as executor:
        list(executor.map(abs, range(4 * n_workers)))
        yield executor


def once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()

    measured, facts, lines = {}, {}, []
    scheme = rm.synthetic.demo()[1]
    for size in args.sizes:
        scores = PairScores(rm.synthetic.cohort(size, size, seed=1), scheme)
        u, v = prices(scores)
        dear = np.full(size, 10**6, dtype=np.int64)
        one = Sweep(scores, workers=1)
        expected = one.candidates(u, v, 10_000)
        measured[f"{size:,} a side: one thread"] = seconds(
            lambda one=one, u=u, v=v: one.candidates(u, v, 10_000), ROUNDS
        )
        several = Sweep(scores, workers=args.workers)
        measured[f"{size:,}: {args.workers} threads"] = seconds(
            lambda several=several, u=u, v=v: several.candidates(u, v, 10_000), ROUNDS
        )
        heavy = len(executors._serialise(one._scanner))
        unpacking = once(lambda one=one: executors._deserialise(executors._serialise(one._scanner)))
        task = pickle.dumps(one._scan_task(u, v, None, None).compressed())
        lines.append(
            f"  {size:,}: once a process {heavy / 1e6:.2f} MB and {unpacking:.2f} s to compile it; "
            f"prices of everybody {len(task) / 1e6:.2f} MB"
        )
        for name, start in (("pool of processes", pool), ("Dask", dask)):
            with start(args.workers) as executor:
                a_task = size * size // (4 * args.workers)
                sweep = Sweep(scores, executor=executor, pairs_a_task=a_task)
                first = once(lambda sweep=sweep, u=u, v=v: sweep.candidates(u, v, 10_000))
                found = sweep.candidates(u, v, 10_000)
                assert all(map(np.array_equal, found, expected))
                measured[f"{size:,}: {name} of {args.workers}"] = seconds(
                    lambda sweep=sweep, u=u, v=v: sweep.candidates(u, v, 10_000), ROUNDS
                )
                small = Sweep(scores, executor=executor, pairs_a_task=max(1, size * size // 50))
                small.candidates(dear, v, 0)
                here = seconds(lambda one=one, d=dear, v=v: one.candidates(d, v, 0), ROUNDS)
                there = seconds(lambda s=small, d=dear, v=v: s.candidates(d, v, 0), ROUNDS)
                n_tasks = len(small._split_task(small._scan_task(dear, v, None, None), 50))
                cost = max(0.0, there.seconds - here.seconds / args.workers) / n_tasks
                assert not sweep.notes
                lines.append(
                    f"  {size:,}: {name}: the first sweep {first:.2f} s; a task of an empty sweep "
                    f"costs {1e3 * cost:.1f} ms beside its work"
                )
                facts[f"{size} {name}"] = {"first_s": first, "task_s": cost, "heavy": heavy}
    note = "\n".join([*lines, f"  {os.cpu_count()} cores; 8 tasks a sweep; same pairs every time"])
    report("cluster", measured, next(iter(measured)), note, **facts)


if __name__ == "__main__":
    main()
