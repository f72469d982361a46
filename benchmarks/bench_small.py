"""A small cohort, csv to files by the Python interface, beside bare imports: the least it costs.

    python benchmarks/bench_small.py [SIZE] [--imports]

Whole processes at 10 × 10. ``--imports`` prints, package by package, what loading costs in each.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import cohorts
from measuring import RESULTS, measure, report

BARE = "import pandas; from ortools.graph.python import min_cost_flow"
READ = """
import sys
import rmmatch as rm
folder = sys.argv[1]
scheme = rm.Scheme.from_file(folder + "/scheme.yaml")
cohort = rm.read_cohort(folder + "/mentors.csv", folder + "/mentees.csv")
"""
MATCH = READ + "result = rm.match(cohort, scheme)\n"
SAVE = MATCH + 'result.save(folder + "/run.json")\n'
PANDAS = MATCH + "result.pairs\n"
FILES = (
    MATCH
    + """
from pathlib import Path
from rmmatch.desk.reporting import write_files
write_files(result, Path(folder) / "out")
"""
)
STEPS = {
    BARE: BARE,
    "csv and scheme read": READ,
    "csv to pairs": MATCH,
    "csv to run.json": SAVE,
    "csv to all report files": FILES,
    "csv to result.pairs, a DataFrame": PANDAS,
}


def imports(code: str, folder: str, shown: int = 12) -> str:
    """Return the milliseconds that loading takes, by top-level package, dearest first."""
    command = [sys.executable, "-X", "importtime", "-c", code, folder]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    spent: Counter[str] = Counter()
    for micros, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", told):
        spent[name.split(".")[0]] += int(micros) / 1000
    dearest = ", ".join(f"{name} {ms:.0f}" for name, ms in spent.most_common(shown))
    return f"{spent.total():.0f} ms: {dearest}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", nargs="?", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--imports", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        cohorts.write(Path(name), given.size, objective="[pairs, total]")
        measured = measure(
            {label: [sys.executable, "-c", code, name] for label, code in STEPS.items()},
            rounds=given.rounds,
        )
        loading = {label: imports(code, name) for label, code in STEPS.items() if given.imports}
    report(
        f"small_{given.size}",
        measured,
        BARE,
        f"{given.size} × {given.size}. Goal at 10: csv to run.json at most 1.25"
        + "".join(f"\n  {label}: {told}" for label, told in loading.items()),
        out=given.out,
    )
