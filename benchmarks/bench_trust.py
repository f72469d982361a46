"""A rematch beside the first solve; what each pair costs, against solving again for some.

    python benchmarks/bench_trust.py [SIZE] [--sample N] [--objective "[pairs, total]"]

Goal at 2,000 × 2,000: a rematch after 3 withdrawals takes less than the first solve. At
1,000 × 1,000: all prices within 10 s on two cores, and equal to 200 sampled re-solves; a sample of
0 leaves these out.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cohorts
import numpy as np
from measuring import RESULTS, Measured, report

import rmmatch as rm


def timed(work: Callable[[], Any]) -> tuple[Any, Measured]:
    """Run once; seconds, seconds of work on all cores, and the process's peak so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    took, worked = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return made, Measured(took, (took, took), peak, cpu=worked)


def resolved(result: rm.Result, prices: Any, sample: np.ndarray) -> float:
    """Solve again for each sampled pair; stop at the first that differs. Return the seconds."""
    ids = [side.ids for side in result.cohort.sides]
    start = time.perf_counter()
    for at in sample.tolist():
        pair = ids[0][prices.mentees[at]], ids[1][prices.mentors[at]]
        key = "forbid" if prices.is_made[at] else "pin"
        after = rm.what_if(result, **{key: [pair]}).result
        assert prices.is_possible[at] == (after.matching is not None), pair
        for tier, losses in prices.losses.items() if after.matching is not None else ():
            lost = result.values[tier] - after.values[tier]
            if lost != losses[at]:
                sys.exit(f"{pair}: {tier} loses {losses[at]} by the paths, {lost} by solving again")
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", nargs="?", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--objective", default="[pairs, total]")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cohorts.write(folder, given.size, objective=given.objective)
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    result, matching = timed(lambda: rm.match(cohort, scheme))
    gone = [("mentor", mentor) for _, mentor in list(result.made)[:3]]
    again, rematching = timed(lambda: rm.rematch(result, withdrawn=gone))
    assert len(again.kept) == len(result.made) - 3, "an old pair was broken up"
    assert rm.check(again.result) == []
    measured = {"match": matching, "rematch after 3 withdrawals": rematching}
    note = f"{given.size} × {given.size}, {given.objective}."
    if not given.sample:
        report(f"rematch_{given.size}", measured, "match", note, out=given.out)
        sys.exit()
    person, one = timed(lambda: rm.explain(result, mentee=cohort.mentees.ids[0]))
    prices, pricing = timed(lambda: rm.prices_of_pairs(result))
    rng = np.random.default_rng(1)
    made = np.flatnonzero(prices.is_made)
    some = rng.choice(len(prices), given.sample - given.sample // 10, replace=False)
    sample = np.concatenate((some, rng.choice(made, given.sample // 10, replace=False)))
    seconds = resolved(result, prices, sample)
    report(
        f"trust_{given.size}",
        {**measured, "one person explained": one, "prices of all pairs": pricing},
        "match",
        f"{note} {len(prices)} acceptable pairs. "
        f"{len(sample)} sampled pairs solved again in {seconds:.0f} s "
        f"({seconds / len(sample):.2f} s each): every loss on every tier is the same. "
        "Goal at 1,000: all prices within 10 s on two cores.",
        out=given.out,
    )
