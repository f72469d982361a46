"""rmmatch beside plain CP-SAT over all pairs: quotas on three columns, parity, and four tiers.

    python benchmarks/bench_quotas.py [--alone] [size ...]

Both get the same matrix of scores, in one process one after the other. CP-SAT solves the tiers in
turn, each held by a row, and is stopped after the seconds given by `LIMIT`; what it has not proved
by then counts as that time. `--alone` leaves CP-SAT out.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

import rmmatch as rm

LIMIT = 120.0  # seconds for CP-SAT
OBJECTIVE = ["pairs", "priority", "worst_pair", "total"]
ORGANISATIONS = ["ARC", "BRC", "CRF", "DGH", "EUH"]


def cohort_of(size: int) -> rm.Cohort:
    """Return `size` mentees and 1.3 times as many mentors."""
    draw = np.random.default_rng(size)

    def table(prefix: str, count: int) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "id": [f"{prefix}{at:05}" for at in range(count)],
                "organisation": draw.choice(ORGANISATIONS, count),
                "department": [f"d{at}" for at in draw.integers(8, size=count)],
                "gender": draw.choice(["f", "m"], count),
                "priority": draw.integers(0, 3, count),
                "goals": [";".join(draw.choice(list("abcdefgh"), 3, False)) for _ in range(count)],
                "speciality": draw.choice(list("pqrstuv"), count),
                "grade": draw.integers(1, 9, count).astype(str),
            }
        )

    return rm.read_cohort(table("M", size * 13 // 10), table("E", size))


def scheme_of(size: int) -> rm.Scheme:
    """Return quotas that bind: more mentors of each organisation than would come by themselves."""
    return rm.Scheme.model_validate(
        {
            "criteria": [
                {"type": "goals", "weight": 4},
                {"type": "speciality", "weight": 2},
                {"type": "power_distance", "weight": 1, "target": 1, "spread": 4},
            ],
            "quotas": [
                {"side": "mentors", "column": "organisation", "each": True, "at_least": size // 6},
                {"side": "mentees", "column": "department", "each": True, "at_most": size // 8},
                {"side": "mentors", "column": "gender", "parity": 0.02},
            ],
            "objective": OBJECTIVE,
        }
    )


def by_cp_sat(cohort: rm.Cohort, scheme: rm.Scheme) -> tuple[float, list[int], bool]:
    """Return seconds, the values proved, and whether all tiers were."""
    from ortools.sat.python import cp_model

    scores = rm.score(cohort, scheme).to_numpy()
    begin = time.perf_counter()
    model = cp_model.CpModel()
    pairs = np.argwhere(scores >= 0)
    x = np.array([model.new_bool_var("") for _ in pairs], dtype=object)
    paired = []
    for side, people in enumerate(cohort.sides):
        flags = []
        for arcs in np.split(
            np.argsort(pairs[:, side], kind="stable"),
            np.cumsum(np.bincount(pairs[:, side], minlength=len(people)))[:-1],
        ):
            flag = model.new_bool_var("")
            model.add(sum(x[arcs].tolist()) == flag)
            flags.append(flag)
        paired.append(flags)
    for quota in scheme.quotas:
        side = int(quota.side == "mentors")
        column = cohort.sides[side].column(quota.column or "")
        counts = [
            (sum(f for f, v in zip(paired[side], column, strict=True) if v == name), n)
            for name, n in zip(*np.unique(column.astype(str), return_counts=True), strict=True)
        ]
        for count, size in counts:
            if quota.at_least is not None:
                model.add(count >= quota.at_least)
            if quota.at_most is not None:
                model.add(count <= quota.at_most)
            for other, other_size in counts if quota.parity is not None else ():
                most = int(quota.parity * int(size) * int(other_size))
                model.add(count * int(other_size) - other * int(size) <= most)
    worst = model.new_int_var(0, 1_000_000, "")
    for one, (mentee, mentor) in zip(x, pairs, strict=True):
        model.add(worst <= int(scores[mentee, mentor])).only_enforce_if(one)
    weights = scores[pairs[:, 0], pairs[:, 1]]
    aims = [
        sum(x.tolist()),
        sum(
            int(p) * f
            for side, flags in zip(cohort.sides, paired, strict=True)
            for p, f in zip(side.priority, flags, strict=True)
        ),
        worst,
        cp_model.LinearExpr.weighted_sum(x.tolist(), weights.tolist()),
    ]
    values: list[int] = []
    for aim in aims:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 8
        solver.parameters.max_time_in_seconds = max(1.0, LIMIT - (time.perf_counter() - begin))
        model.maximize(aim)
        if solver.solve(model) != cp_model.OPTIMAL:
            return time.perf_counter() - begin, values, False
        values.append(round(solver.objective_value))
        model.add(aim >= values[-1])
    return time.perf_counter() - begin, values, True


def main(size: int, *, is_alone: bool) -> None:
    """Print what both take, and the ratio."""
    cohort, scheme = cohort_of(size), scheme_of(size)
    begin, work = time.perf_counter(), time.process_time()
    result = rm.match(cohort, scheme)
    ours, work = time.perf_counter() - begin, time.process_time() - work
    told = f"{result.headline}, proof: {result.proof}"
    print(f"{size}: rmmatch {ours:.2f} s ({work:.2f} s CPU), {told}", flush=True)
    assert rm.check(result) == []
    if is_alone:
        return
    theirs, values, done = by_cp_sat(cohort, scheme)
    assert values == list(result.values.values())[: len(values)]
    state = "" if done else f" and proved {len(values)} of {len(OBJECTIVE)} tiers"
    print(f"{size}: CP-SAT {theirs:.2f} s{state}; ratio {theirs / ours:.1f}", flush=True)


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:] if text != "--alone"]
    for each in sizes or [200, 1_000, 2_000, 5_000]:
        main(each, is_alone="--alone" in sys.argv)
