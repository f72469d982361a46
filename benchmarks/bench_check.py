"""What checking a saved run takes, beside another version of rmmatch, and with every pair scored.

    python benchmarks/bench_check.py [SIZE ...] [--folder FOLDER] [--old SOURCE]

Five criteria, two of them products over sets. Each size has a folder of its own in FOLDER; where
its tables and its run.json are there they are used again. `--old` names the `src` of another
version, which checks the same run in turns with this one: `git worktree add OLD COMMIT`, then
`--old OLD/src`. Every pair is scored as well up to `--exhaustive PAIRS`. Goals at 100,000 a side on
two cores: 5 minutes and 1 GiB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cohorts
from measuring import RESULTS, Measured, report

PAIRS = 200_000_000  # up to which every pair is scored as well


def paired(folder: Path, size: int) -> None:
    """Write what is not there: the tables, and the run."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "mentees.csv").exists():
        cohorts.write_five_criteria(folder, size)
    if (folder / "run.json").exists():
        return
    import rmmatch as rm

    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv", scheme=scheme)
    start = time.perf_counter()
    result = rm.match(cohort, scheme)
    print(f"{size:,} a side: {result.headline}, in {time.perf_counter() - start:.0f} s", flush=True)
    result.save(folder / "run.json")


def child(run: Path, *, exhaustive: bool) -> None:
    """Check a run, and print seconds, seconds of work, peak memory and what was looked at."""
    import rmmatch as rm

    result = rm.load_result(run)
    _ = result.scores
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    findings = rm.check(result, exhaustive=True) if exhaustive else rm.check(result)
    took, worked = time.perf_counter() - wall, time.process_time() - cpu
    if findings:
        sys.exit(f"violations: {findings}")
    outcome = getattr(findings, "outcome", None)
    words = [] if outcome is None else list(outcome.words)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([took, worked, peak, loaded, words]))


def checked(run: Path, source: str | None, *, exhaustive: bool = False) -> tuple[Measured, list]:
    """Check a run in a process of its own, under another version's source where it is given."""
    command = [sys.executable, __file__, "--child", str(run)]
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = source
    done = subprocess.run(
        command + ["--all"] * exhaustive, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        sys.exit(done.stderr)
    took, worked, peak, loaded, words = json.loads(done.stdout)
    words.append(f"Loaded: {loaded:.0f} MiB.")
    return Measured(took, (took, took), peak, cpu=worked), words


def measure(size: int, folder: Path, old: str | None, most: int, out: Path) -> None:
    """Check the run of one size in each way, one after the other."""
    paired(folder, size)
    run = folder / "run.json"
    measured = {}
    if old is not None:
        measured["check, the other version"], _ = checked(run, old)
    measured["check"], words = checked(run, None)
    if size * size <= most:
        measured["check, exhaustive"], _ = checked(run, None, exhaustive=True)
    load = "/".join(f"{number:.0f}" for number in os.getloadavg())
    note = f"{size:,} × {size:,}. Load of the machine {load}. {' '.join(words)}"
    report(f"check_{size}", measured, "check", note, out=out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--old")
    parser.add_argument("--exhaustive", type=int, default=PAIRS, metavar="PAIRS")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--all", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child, exhaustive=given.all)
        sys.exit()
    with tempfile.TemporaryDirectory() as temporary:
        base = given.folder or Path(temporary)
        for size in given.sizes:
            measure(size, base / str(size), given.old, given.exhaustive, given.out)
