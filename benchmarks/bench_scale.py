"""rmmatch beside numpy + scipy's linear_sum_assignment and numpy + lapx, whole processes.

    python benchmarks/bench_scale.py [size ...]

All read the same csv files and score the same four criteria and two rules (those of bench_peers);
the do-it-yourself pipelines build the whole matrix with vectorised numpy, give forbidden pairs 0
and drop them afterwards, which is right for the objective `[total]`. Needs scipy and lapx.
"""

import sys
import tempfile
from pathlib import Path

from bench_peers import OURS, SCHEME, write_cohort
from measuring import measure, report

import rmmatch as rm

DIY = """
import sys
import numpy as np
import pandas as pd

folder, solver = sys.argv[1:]
E, M = (pd.read_csv(f"{folder}/{side}.csv", dtype=str) for side in ("mentees", "mentors"))


def marks(table, column):
    return table[column].str.get_dummies(";").sort_index(axis=1).to_numpy(np.float32)


goals = marks(E, "goals"), marks(M, "goals")
shared = goals[0] @ goals[1].T
either = goals[0].sum(1)[:, None] + goals[1].sum(1)[None, :] - shared
score = 4 * shared / either
del shared, either
for column, weight, same in (("speciality", 2, True), ("workplace", 1, False)):
    codes = pd.factorize(pd.concat([E[column], M[column]]))[0].astype(np.int16)
    alike = codes[: len(E), None] == codes[None, len(E) :]
    score += weight * (alike if same else ~alike)
slots = marks(E, "availability"), marks(M, "availability")
score += 2 * np.minimum(1, 210 * (slots[0] @ slots[1].T) / 420)
grade = E["grade"].to_numpy(np.int16), M["grade"].to_numpy(np.int16)
forbidden = grade[0][:, None] - grade[1][None, :] < 2
place = pd.Series(range(len(E)), E["id"])
forbidden[place[M["line_manager"]].to_numpy(), np.arange(len(M))] = True
score = np.where(forbidden, 0, np.rint(score * 1e6 / 9)).astype(np.float64)
if solver == "scipy":
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(score, maximize=True)
else:
    import lap

    _, mate, _ = lap.lapjv(-score, extend_cost=len(E) != len(M))
    rows = np.flatnonzero(mate >= 0)
    columns = mate[rows]
kept = ~forbidden[rows, columns]
ends = {"mentee": E["id"].to_numpy()[rows[kept]], "mentor": M["id"].to_numpy()[columns[kept]]}
pairs = pd.DataFrame(ends)
pairs.to_csv(f"{folder}/{solver}.csv", index=False)
"""


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cohort(folder, size)
        (folder / "scheme.yaml").write_text(SCHEME.replace("[pairs, total]", "[total]"))
        rounds = 3 if size <= 5_000 else 1
        measured = measure(
            {
                "rmmatch": [sys.executable, "-c", OURS, name],
                "numpy + scipy linear_sum_assignment": [sys.executable, "-c", DIY, name, "scipy"],
                "numpy + lapx lapjv": [sys.executable, "-c", DIY, name, "lapx"],
            },
            rounds=rounds,
            warm_up=False,
        )
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
        totals = [
            rm.check(cohort, scheme, folder / f"{way}.csv").objective["total"]
            for way in ("ours", "scipy", "lapx")
        ]
    told = ", ".join(f"{total:.6f}" for total in totals)
    report(f"scale_{size}", measured, "rmmatch", f"{size} × {size}, totals: {told}")


if __name__ == "__main__":
    for each in [int(text) for text in sys.argv[1:]] or [1_000, 2_000, 5_000, 10_000]:
        main(each)
