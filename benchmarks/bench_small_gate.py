"""Has anything become slower? Small works beside a peer in the same run, against stored ratios.

    python benchmarks/bench_small_gate.py [--write]

Only ratios are compared, never seconds: both sides run on the same machine within the same minute,
so a slow or busy machine changes both. A ratio more than 1.5 times the stored one fails.
``--write`` stores the ratios of this run in ``docs/benchmarks/gate.json``: on a quiet machine, and
after a change that is meant to be slower or is quicker for good.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cohorts
import numpy as np
from bench_small import BARE, SAVE
from measuring import RESULTS, measure
from scipy.optimize import linear_sum_assignment

import rmmatch as rm

GATE = RESULTS / "gate.json"
LIMIT = 1.5
ROUNDS = 7
SIZE = 300  # a side, for the works inside this process
Work = Callable[[], object]


def processes(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield ratios of whole processes, in seconds of work."""
    python = sys.executable
    commands = {
        "pandas": [python, "-c", "import pandas"],
        "bare": [python, "-c", BARE],
        "rmmatch": [python, "-c", "import rmmatch"],
        "10 × 10": [python, "-c", SAVE, str(folder)],
        "terminal": [python, "-m", "rmmatch", "validate"]
        + [str(folder / name) for name in ("mentors.csv", "mentees.csv")]
        + ["--scheme", str(folder / "scheme.yaml")],
    }
    cpu = {name: m.cpu for name, m in measure(commands, rounds=ROUNDS).items()}
    yield "import rmmatch / import pandas", cpu["rmmatch"] / cpu["pandas"]
    yield "10 × 10, csv to run.json / imports of pandas and OR-Tools", cpu["10 × 10"] / cpu["bare"]
    yield "rmmatch validate, 10 × 10 / import pandas", cpu["terminal"] / cpu["pandas"]


def in_turns(*works: Work) -> list[float]:
    """Return each work's least seconds of this process; they run in turns, after a warm-up."""
    seconds: list[list[float]] = [[] for _ in works]
    for turn in range(ROUNDS + 1):
        for work, times in zip(works, seconds, strict=True):
            gc.collect()
            start = time.process_time()
            work()
            if turn:
                times.append(time.process_time() - start)
    return [min(times) for times in seconds]


def inside(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield ratios of works in this process, beside numpy and scipy on as many pairs."""
    from matrix import scores as by_hand

    cohorts.write(folder, SIZE, objective="[pairs, total]")
    files = folder / "mentors.csv", folder / "mentees.csv"
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    cohort = rm.read_cohort(*files)
    result = rm.match(cohort, scheme)
    mentee = next(iter(result.made))[0]
    _, _, matrix = by_hand(folder)
    np.maximum(matrix, 0, out=matrix)

    hand, assignment, read, match, check, explain = in_turns(
        lambda: by_hand(folder),
        lambda: [linear_sum_assignment(matrix, maximize=True) for _ in range(10)],
        lambda: rm.read_cohort(*files),
        lambda: rm.match(rm.read_cohort(*files), scheme),
        lambda: rm.check(result),
        lambda: str(rm.explain(result, mentee=mentee)),
    )
    peer = hand + assignment / 10
    yield f"read_cohort, {SIZE} × {SIZE} / numpy and pandas to scores", read / hand
    yield f"csv to result, {SIZE} × {SIZE} / numpy, pandas and scipy", match / peer
    yield f"check, {SIZE} × {SIZE} / numpy, pandas and scipy", check / peer
    yield f"explain a person, {SIZE} × {SIZE} / numpy, pandas and scipy", explain / peer


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="store the ratios of this run")
    writes = parser.parse_args().write
    with tempfile.TemporaryDirectory() as name:
        cohorts.write(Path(name), 10, objective="[pairs, total]")
        ratios = dict(processes(Path(name)))
        ratios |= dict(inside(Path(name)))
    if writes:
        record = {
            "note": "seconds of work of rmmatch over those of the peer, in the same run",
            "limit": LIMIT,
            "ratios": {name: round(ratio, 3) for name, ratio in ratios.items()},
        }
        GATE.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    stored = json.loads(GATE.read_text(encoding="utf-8"))["ratios"]
    if stored.keys() != ratios.keys():
        names = ", ".join(sorted(stored.keys() ^ ratios.keys()))
        sys.exit(f"{GATE.name} holds other works than this script ({names}): run it with --write")
    print(f"{'':<66}{'now':>8}{'stored':>8}{'change':>8}")
    for name, ratio in ratios.items():
        change = ratio / stored[name]
        verdict = "  SLOWER" if change > LIMIT else ""
        print(f"{name:<66}{ratio:>8.3f}{stored[name]:>8.3f}{change:>8.2f}{verdict}")
    slower = [name for name, ratio in ratios.items() if ratio > LIMIT * stored[name]]
    if slower:
        print(f"more than {LIMIT:g} times slower than stored: {len(slower)} of {len(ratios)}")
    return bool(slower)


if __name__ == "__main__":
    sys.exit(main())
