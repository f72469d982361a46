"""How long alternatives, confidence and shortlists take, and whether samples of them are right.

    python benchmarks/bench_alternatives.py --size 200 --shapes square,rectangle,levels

One JSON line a shape on stdout; of two seconds the second is the work of this process alone, which
a busy machine changes least. Confidence is timed in this process alone and with two processes;
some of its draws are paired anew by `match`, and alternatives are checked one by one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import cohorts

import rmmatch as rm

Answer = TypeVar("Answer")
SAMPLES = 10


def timed(function: Callable[[], Answer]) -> tuple[tuple[float, float], Answer]:
    """Return seconds by the clock, seconds of this process's work, and the answer."""
    start, start_cpu = time.perf_counter(), time.process_time()
    answer = function()
    seconds = time.perf_counter() - start, time.process_time() - start_cpu
    return (round(seconds[0], 2), round(seconds[1], 2)), answer


def read(size: int, shape: str) -> tuple[rm.Cohort, rm.Scheme]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cohorts.write(folder, size, shape, "[pairs, total]")
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        return rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv"), scheme


def agrees(result: rm.Result, draws: int) -> bool:
    """Whether the counts of some draws are those of pairing anew."""
    sure = rm.confidence(result, draws)
    counts = dict.fromkeys(result.made, 0)
    for weights in sure.weights.tolist():
        criteria = tuple(
            criterion.model_copy(update={"weight": weight})
            for criterion, weight in zip(result.scheme.criteria, weights, strict=True)
        )
        again = rm.match(result.cohort, result.scheme.model_copy(update={"criteria": criteria}))
        for pair in set(again.made) & set(counts):
            counts[pair] += 1
    return sure.counts == (tuple(counts.values()),)


def measure(size: int, shape: str, draws: int) -> dict[str, object]:
    cohort, scheme = read(size, shape)
    seconds, result = timed(lambda: rm.match(cohort, scheme))
    row: dict[str, object] = {"shape": shape, "size": size, "match_s": seconds}
    row["alternatives_20_s"], near = timed(lambda: rm.alternatives(result, k=20))
    values = [tuple(one.values.values()) for one in near]
    row["alternatives_in_order"] = values == sorted(values, reverse=True)
    row["alternatives_valid"] = not any(
        rm.check(cohort, scheme, list(one.matching)) for one in near
    )
    first = result.made.pairs[0][0]
    row["of_one_mentee_20_s"], _ = timed(lambda: rm.alternatives(result, k=20, mentee=first))
    row["within_1_percent_s"], far = timed(lambda: rm.alternatives(result, k=1, within=0.01))
    row["within_1_percent_changed"] = [len(one.gone) for one in far]
    row["within_1_percent_proved"] = [one.is_proved for one in far]
    row["draws"] = draws
    row["confidence_s"], alone = timed(lambda: rm.confidence(result, draws))
    with ProcessPoolExecutor(2) as executor:
        row["confidence_two_processes_s"], together = timed(
            lambda: rm.confidence(result, draws, executor=executor)
        )
    row["same_with_processes"] = alone.counts == together.counts
    row["draws_paired_anew_agree"] = agrees(result, SAMPLES)
    row["smallest_change_s"], _ = timed(lambda: alone.smallest_change)
    row["shortlist_s"], _ = timed(lambda: rm.shortlist(cohort, scheme))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--shapes", default="square,rectangle,levels")
    parser.add_argument("--draws", type=int, default=1000)
    given = parser.parse_args()
    for shape in given.shapes.split(","):
        print(json.dumps(measure(given.size, shape, given.draws)), flush=True)


if __name__ == "__main__":
    main()
