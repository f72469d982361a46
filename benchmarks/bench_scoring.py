"""How many million pairs are scored a second, beside the machine's own matrix product.

    python benchmarks/bench_scoring.py [--size 20000] [--workers 1]

Everything in one process on one cohort. ``OPENBLAS_CORETYPE`` is reported where it is set: the
kernel of the BLAS library decides much of it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from measuring import Measured, report

import rmmatch as rm
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep.sweep import Sweep

DENSE = 2_000
SAMPLE = 1_000


def seconds(work: Callable[[], object], rounds: int) -> Measured:
    """Measure work in this process; what other processes do for it is not in `cpu`."""
    times, cpu = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    return Measured(
        float(np.median(times)), (min(times), max(times)), 0.0, cpu=float(np.median(cpu))
    )


def prices(scores: PairScores) -> tuple[np.ndarray, np.ndarray]:
    """Return the prices of an optimal pairing of a sample, extended to everybody."""
    random = np.random.default_rng(0)
    sides = [np.sort(random.permutation(n)[:SAMPLE]) for n in scores.shape]
    tables = [
        side.to_frame().iloc[some].drop(columns=["min_load"]).reset_index()
        for side, some in zip(scores.cohort.sides, sides, strict=True)
    ]
    scheme = scores.scheme.model_copy(update={"objective": ("total",)})
    certificate = rm.match(rm.read_cohort(tables[1], tables[0]), scheme).certificate
    sweep = Sweep(scores)
    u, v = (np.zeros(n, dtype=np.int64) for n in scores.shape)
    u[sides[0]], v[sides[1]] = certificate.tiers[0].mentees, certificate.tiers[0].mentors
    u = np.maximum(sweep.row_best(v, columns=sides[1]), 0)
    return u, np.maximum(sweep.column_best(u, rows=sides[0]), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()

    scheme = rm.synthetic.demo()[1]
    scores = PairScores(rm.synthetic.cohort(args.size, args.size, seed=1), scheme)
    start = time.perf_counter()
    sweep = Sweep(scores, workers=args.workers)
    compiled = time.perf_counter() - start
    plain = Sweep(scores, workers=args.workers, prune=False)
    u, v = prices(scores)
    none = np.full(args.size, 10**6, dtype=np.int64)
    found = len(sweep.candidates(u, v, 10_000)[0])
    free = [
        np.mean([not scores.barred_by(role, person) for person in range(args.size)])
        for role in ("mentee", "mentor")
    ]
    barred = 1 - free[0] * free[1]
    people = np.arange(DENSE)
    left, right = (np.random.default_rng(s).random((2048, 2048), dtype=np.float32) for s in (0, 1))

    pairs = {
        "scored exactly, criterion by criterion": 500 * DENSE,
        "scored exactly, from the sweep's tables": DENSE**2,
        "bounded, no pruning": args.size**2,
        "candidates at good prices, no pruning": args.size**2,
        "candidates at good prices": args.size**2,
        "violations at good prices": args.size**2,
        "the largest of each mentee at good prices": args.size**2,
        "float32 matrix product, 2·64 operations a pair": 2048**3 / 64,
    }
    work: list[Callable[[], object]] = [
        lambda: PairScores(scores.cohort, scheme).block(people[:500], people),
        lambda: sweep.block(people, people),
        lambda: plain.candidates(none, v * 0, 0),
        lambda: plain.candidates(u, v, 10_000),
        lambda: sweep.candidates(u, v, 10_000),
        lambda: sweep.violations(u, v),
        lambda: sweep.row_best(v),
        lambda: left @ right,
    ]
    measured = {name: seconds(one, args.rounds) for name, one in zip(pairs, work, strict=True)}
    rates = {name: count / measured[name].seconds / 1e6 for name, count in pairs.items()}
    gigaflops = 2 * 2048**3 / measured[next(reversed(measured))].seconds / 1e9
    lines = [f"  {name:<50}{rate:>10.0f} million pairs a second" for name, rate in rates.items()]
    note = "\n".join(
        [
            *lines,
            f"  sgemm {gigaflops:.0f} GFLOP/s; OPENBLAS_CORETYPE "
            f"{os.environ.get('OPENBLAS_CORETYPE', 'not set')}; {args.workers} workers; "
            f"{args.size:,} a side, {barred:.0%} of pairs with somebody barred, counted and passed "
            f"over; {found:,} candidates; compiled in {compiled:.2f} s",
            "goal: 250 million pairs a second bounded without pruning, on one core",
        ]
    )
    report("scoring", measured, "bounded, no pruning", note, rates=rates, gigaflops=gigaflops)


if __name__ == "__main__":
    main()
