"""rmmatch beside do-it-yourself pipelines on the whole matrix, whole processes, by size and shape.

    python benchmarks/bench_scale.py [SIZE ...] [--shape square] [--rounds 3] [--limit 900]

All read the same csv files and score the same criteria and rules; every total is recomputed by
`rm.check` and must be the same. The pipelines (see `pipelines`) hold the whole matrix: above
``--largest``, or where it would need more than ``--memory``, only rmmatch runs. Needs scipy and
lapx (a way that is not installed is told, and left out).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import cohorts
import numpy as np
from measuring import RESULTS, measure, report

import rmmatch as rm
from rmmatch.scoring import PairScores

WAYS = {
    "rmmatch": "rmmatch",
    "scipy": "numpy + scipy linear_sum_assignment",
    "lapx": "numpy + lapx lapjv",
    "ortools": "numpy + OR-Tools linear sum assignment",
}
MODULES = {"scipy": "scipy", "lapx": "lap", "ortools": "ortools"}
BYTES = {"scipy": 20, "lapx": 20, "ortools": 52}  # a pair, at the peak; measured
LOOKED_AT = 500  # people of each side who are counted as acceptable to nobody


def skipped(way: str, shape: str, size: int, largest: int, gib: float) -> str:
    """Return why a way does not run; empty where it does."""
    if way == "rmmatch":
        return ""
    if find_spec(MODULES[way]) is None:
        return f"{MODULES[way]} is not installed"
    if size > largest:
        return f"holds the matrix: only up to {largest:,}"
    n_mentees, n_mentors = cohorts.sizes(shape, size)
    # Two of the solvers take squares only.
    n_pairs = n_mentees * n_mentors if way == "scipy" else max(n_mentees, n_mentors) ** 2
    needed = BYTES[way] * n_pairs / 2**30
    return f"would need {needed:.1f} GiB" if needed > gib else ""


def facts(cohort: rm.Cohort, scheme: rm.Scheme) -> tuple[float, float]:
    """Return the shares of pairs that are acceptable and of people who have no partner."""
    scores = PairScores(cohort, scheme)
    acceptable, alone = [], []
    for role, size in zip(("mentee", "mentor"), scores.shape, strict=True):
        people = np.random.default_rng(0).permutation(size)[:LOOKED_AT]
        shares = [free.mean() for free, _ in scores.partners(role, people)]
        acceptable.append(np.mean(shares))
        alone.append(np.mean(np.array(shares) == 0))
    return float(np.mean(acceptable)), float(np.mean(alone))


def main(size: int, args: argparse.Namespace) -> None:
    reasons = {way: skipped(way, args.shape, size, args.largest, args.memory) for way in WAYS}
    ways = [way for way in WAYS if not reasons[way]]
    script = str(Path(__file__).with_name("pipelines.py"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cohorts.write(folder, size, args.shape)
        measured = measure(
            {WAYS[way]: [sys.executable, script, name, way] for way in ways},
            rounds=args.rounds or (3 if size <= 5_000 else 1),
            warm_up=False,
            limit=args.limit,
        )
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
        totals = {}
        for way in ways:
            if not measured[WAYS[way]].trouble:
                checked = rm.check(cohort, scheme, folder / f"{way}.csv")
                totals[way] = checked.objective["total"]
                assert not checked, f"{way}: {checked[:3]}"
        acceptable, alone = facts(cohort, scheme)
    n_mentees, n_mentors = cohorts.sizes(args.shape, size)
    told = f"total {next(iter(totals.values())):.6f}" if totals else "no total"
    if len(set(totals.values())) > 1:
        told = "TOTALS DIFFER: " + ", ".join(f"{way} {total}" for way, total in totals.items())
    note = (
        f"{n_mentees:,} mentees × {n_mentors:,} mentors, {args.shape}: "
        f"{acceptable:.0%} of pairs acceptable, {alone:.0%} of people without any partner; "
        f"{told}, checked, of {', '.join(totals)}"
    )
    for way, reason in reasons.items():
        note += f"\n{WAYS[way]}: not run, {reason}" if reason else ""
    report(
        f"scale_{size}" + (f"_{args.shape}" if args.shape != "square" else ""),
        measured,
        WAYS["rmmatch"],
        note,
        out=args.out,
        shape=args.shape,
        mentees=n_mentees,
        mentors=n_mentors,
        acceptable=acceptable,
        without_partner=alone,
        totals=totals,
    )
    if len(set(totals.values())) > 1:
        sys.exit("the totals differ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    parser.add_argument("--shape", choices=cohorts.SHAPES, default="square")
    parser.add_argument("--rounds", type=int, help="3 by default, 1 above 5,000")
    parser.add_argument("--limit", type=float, default=900, help="seconds a run")
    parser.add_argument("--largest", type=int, default=10_000, help="for those with the matrix")
    parser.add_argument("--memory", type=float, default=6, help="GiB, for those with the matrix")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    for each in given.sizes or [100, 300, 1_000, 2_000, 5_000, 10_000]:
        main(each, given)
