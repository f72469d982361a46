"""Two checkouts of the library side by side: has a change made anything slower?

    python benchmarks/bench_trees.py BEFORE [AFTER] [--mission FOLDER …] [--rounds N] [--out FOLDER]

BEFORE and AFTER are folders of checkouts (AFTER: this one). Whole processes in turns, one core: the
import, 300 × 300 by the command line, 1,000 × 1,000 with quotas, and every folder of a cohort
(mentors.csv, mentees.csv, scheme.yaml) that `--mission` names, from csv to the proved pairing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench_cli import SCHEME
from measuring import RESULTS, measure, report

import rmmatch as rm

HERE = Path(__file__).parent
QUOTAS = "import bench_quotas as b, rmmatch as rm; rm.match(b.cohort_of(1000), b.scheme_of(1000))"
MATCH = (
    "import sys, rmmatch as rm; folder = sys.argv[1]; "
    "scheme = rm.Scheme.from_file(folder + '/scheme.yaml'); "
    "cohort = rm.read_cohort(folder + '/mentors.csv', folder + '/mentees.csv', scheme=scheme); "
    "assert rm.match(cohort, scheme).status is rm.Status.OPTIMAL"
)


def works(folder: Path) -> dict[str, list[str]]:
    """Return the works as arguments of Python."""
    mentors, mentees = rm.synthetic.frames(300, 300, seed=1)
    mentors.to_csv(folder / "mentors.csv", index=False)
    mentees.to_csv(folder / "mentees.csv", index=False)
    (folder / "scheme.yaml").write_text(SCHEME, encoding="utf-8")
    files = [str(folder / name) for name in ("mentors.csv", "mentees.csv")]
    options = ["--scheme", str(folder / "scheme.yaml"), "--out", str(folder / "out")]
    return {
        "import": ["-c", "import rmmatch"],
        "command line, 300 × 300": ["-m", "rmmatch", "match", *files, *options],
        "quotas, 1,000 × 1,300": ["-c", QUOTAS],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=HERE.parent)
    parser.add_argument("--mission", type=Path, nargs="*", default=[])
    parser.add_argument("--only", nargs="*", default=[], help="works whose name begins with this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        arguments = works(Path(name))
        arguments |= {f"cohort {f.name}": ["-c", MATCH, str(f)] for f in options.mission}
        for work, words in arguments.items():
            if options.only and not any(work.startswith(start) for start in options.only):
                continue
            commands = {}
            for label, tree in (("before", options.before), ("after", options.after)):
                path = os.pathsep.join(str(p) for p in (tree.resolve() / "src", HERE))
                commands[label] = ["env", f"PYTHONPATH={path}", sys.executable, *words]
            measured = measure(commands, rounds=options.rounds)
            slug = "".join(letter if letter.isalnum() else "_" for letter in work.split(",")[0])
            report(f"trees_{slug}", measured, "before", work, out=options.out)
