"""rmmatch beside the PyPI package mentor-match on an equal cohort, each a whole process.

    python benchmarks/bench_peers.py [size]

The peer is installed in an environment of its own. Both read the same csv files, apply the same
two hard rules (grade gap, line manager) and score goals, speciality, workplace and half-days with
the same weights; the peer's own way of pairing is left as it is (its Munkres matrix).
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from measuring import measure, report

import rmmatch as rm

PEER = "mentor-match==7.0.1"
CACHE = Path(tempfile.gettempdir()) / "rmmatch-bench-peer"

SCHEME = """
version: 1
direction: reverse
criteria:
  - {type: goals, weight: 4, measure: jaccard}
  - {type: speciality, weight: 2}
  - {type: workplace, weight: 1, prefer: different}
  - {type: availability, weight: 2, enough: 420}
rules:
  - {type: power_distance, min_gap: 2}
  - {type: relations, forbid: [line_manager]}
objective: [pairs, total]
"""

OURS = """
import sys
import rmmatch as rm
folder = sys.argv[1]
scheme = rm.Scheme.from_file(folder + "/scheme.yaml")
cohort = rm.read_cohort(folder + "/mentors.csv", folder + "/mentees.csv")
result = rm.match(cohort, scheme)
result.pairs[["mentee", "mentor"]].to_csv(folder + "/ours.csv", index=False)
"""

THEIRS = """
import csv
import sys
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Disqualify, Rule

folder = sys.argv[1]


def people(kind, file):
    with open(file) as handle:
        for row in csv.DictReader(handle):
            person = kind(**{**row, "email": row["id"]})
            person.id, person.manager = row["id"], row["line_manager"]
            person.goals = frozenset(row["goals"].split(";"))
            person.speciality, person.workplace = row["speciality"], row["workplace"]
            person.slots = frozenset(row["availability"].split(";"))
            yield person


class Compatibility(Rule):
    def evaluate(self, match):
        return True

    def apply(self, match):
        a, b = match.mentee, match.mentor
        hours = min(1.0, 3.5 * len(a.slots & b.slots) / 7)
        score = 4 * len(a.goals & b.goals) / len(a.goals | b.goals)
        score += 2 * (a.speciality == b.speciality) + (a.workplace != b.workplace) + 2 * hours
        return round(1e6 / 9 * score)


rules = [
    Compatibility(),
    Disqualify(lambda m: m.mentee.grade - m.mentor.grade < 2),
    Disqualify(lambda m: m.mentor.manager == m.mentee.id),
]


mentors = list(people(Mentor, folder + "/mentors.csv"))
mentees = list(people(Mentee, folder + "/mentees.csv"))
process_data(mentors, mentees, [rules])
with open(folder + "/theirs.csv", "w") as handle:
    handle.write("mentee,mentor\\n")
    for mentor in mentors:
        for mentee in mentor.mentees:
            handle.write(f"{mentee.id},{mentor.id}\\n")
"""


def peer_python() -> str:
    python = CACHE / "bin" / "python"
    if not python.exists():
        venv.create(CACHE, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER], check=True)
    return str(python)


def write_cohort(folder: Path, size: int) -> None:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(7)
    slots = [
        f"{d} {h}" for d in ("Mon", "Tue", "Wed", "Thu", "Fri") for h in ("9-12:30", "13:30-17")
    ]
    popular = 1 / np.arange(1, 16)
    for side, prefix, grades in (("mentors", "M", (1, 7)), ("mentees", "E", (4, 12))):
        pd.DataFrame(
            {
                "id": [f"{prefix}{i:05}" for i in range(size)],
                "grade": rng.integers(*grades, size),
                "goals": [
                    ";".join(f"goal {g}" for g in rng.choice(15, 3, False, popular / popular.sum()))
                    for _ in range(size)
                ],
                "speciality": [f"speciality {i}" for i in rng.integers(0, 12, size)],
                "workplace": [f"site {i}" for i in rng.integers(0, 5, size)],
                "availability": [";".join(rng.choice(slots, 4, False)) for _ in range(size)],
                "line_manager": [f"E{i:05}" for i in rng.integers(0, size, size)],
            }
        ).to_csv(folder / f"{side}.csv", index=False)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cohort(folder, size)
        (folder / "scheme.yaml").write_text(SCHEME)
        measured = measure(
            {
                "rmmatch": [sys.executable, "-c", OURS, name],
                "mentor-match": [peer_python(), "-c", THEIRS, name],
            },
            rounds=3,
            warm_up=False,
        )
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
        ours = rm.check(cohort, scheme, folder / "ours.csv").objective["total"]
        theirs = rm.check(cohort, scheme, folder / "theirs.csv").objective["total"]
        n_pairs = [len((folder / f).read_text().split()) - 1 for f in ("ours.csv", "theirs.csv")]
    report(
        f"peers_{size}",
        measured,
        "rmmatch",
        f"{size} × {size}: rmmatch {n_pairs[0]} pairs, total {ours:.2f}; mentor-match {n_pairs[1]} "
        f"pairs, total {theirs:.2f}",
        peer=PEER,
    )
