"""A million mentees and a million mentors: built, paired and proved, going on after a stop.

    python benchmarks/bench_million.py FOLDER [--size 1000000]     starts it in the background
    python benchmarks/bench_million.py FOLDER --watch              what it has said so far
    python benchmarks/bench_million.py FOLDER --build-only         cohort and sweep, no pairing

FOLDER keeps everything: the csv files (made once), log.txt, the checkpoint of the prices, and at
the end pairs.csv and million.json. Stopped, or killed, it goes on from its checkpoint when it is
started again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cohorts

import rmmatch as rm

STEPS: dict[str, dict[str, float]] = {}


def say(*told: object) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), f"{peak():,.0f} MiB", *told, flush=True)


def peak() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time a step, and tell it."""
    start, cpu = time.perf_counter(), sum(os.times()[:4])
    yield
    took, worked = time.perf_counter() - start, sum(os.times()[:4]) - cpu
    STEPS[name] = {"seconds": took, "cpu_seconds": worked, "peak_mib": peak()}
    say(f"{name}: {took:.1f} s, of which {worked:.1f} s of work")


def build(folder: Path, size: int, shape: str) -> None:
    """Write the csv files, in a process of its own: its memory is not the pairing's."""
    names = ("mentors.csv", "mentees.csv", "scheme.yaml", "shape.json")
    if all((folder / name).exists() for name in names):
        return
    code = (
        f"import cohorts, pathlib; cohorts.write(pathlib.Path({str(folder)!r}), {size}, {shape!r})"
    )
    with step("csv files written"):
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=True)


def run(given: argparse.Namespace) -> None:
    folder: Path = given.folder
    build(folder, given.size, given.shape)
    from rmmatch.scoring import PairScores
    from rmmatch.scoring.sweep.sweep import Sweep

    with step("cohort read"):
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    if given.build_only:
        with step("criteria and rules compiled"):
            scores = PairScores(cohort, scheme)
        with step("sweep compiled"):
            Sweep(scores)
        with step("fingerprint"):
            _ = cohort.fingerprint
        keep(folder, "build", cohort)
        return
    with step("paired"):
        result = rm.match(
            cohort,
            scheme,
            workers=given.workers,
            time_limit=given.limit,
            progress=True,
            checkpoint=folder / "prices.npz",
        )
    say(result.headline)
    result.pairs[["mentee", "mentor", "score"]].to_csv(folder / "pairs.csv", index=False)
    if given.check:
        with step("checked"):
            say("violations:", rm.check(result))
    facts = {"shape": given.shape, "solver": result.solver, "gap": result.gap}
    keep(folder, "million", cohort, result=result.headline, bound=result.bound, **facts)


def keep(folder: Path, name: str, cohort: rm.Cohort, **facts: object) -> None:
    record = {
        "mentees": cohort.n_mentees,
        "mentors": cohort.n_mentors,
        "steps": STEPS,
        **facts,
        "rmmatch": rm.__version__,
        "python": sys.version.split()[0],
        "cores": os.cpu_count(),
    }
    (folder / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


def start(folder: Path, arguments: list[str]) -> None:
    """Start this script again, on its own, so that the terminal may be closed."""
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, *arguments, "--foreground"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    print(f"started as process {process.pid}; it writes to {folder / 'log.txt'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--shape", choices=cohorts.SHAPES, default="levels")
    parser.add_argument("--workers", type=int, help="threads; all cores by default")
    parser.add_argument("--limit", type=float, help="seconds; then the best so far and its gap")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--check", action="store_true", help="check the proof: one more sweep")
    parser.add_argument("--foreground", action="store_true")
    parser.add_argument("--watch", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.watch:
        print((given.folder / "log.txt").read_text())
    elif given.foreground or given.build_only:
        run(given)
    else:
        start(given.folder, sys.argv[1:])
