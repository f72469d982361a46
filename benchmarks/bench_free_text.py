"""Free text in lists: what scoring and matching take where nearly everybody writes other words.

    python benchmarks/bench_free_text.py [SIZE] [--only WORD] [--limit SECONDS]

Whole processes, three answers a person. *different*: nobody writes what another wrote. *shared*:
each answer is some three people's a side. *listed*: two answers of fifteen in a list, one of
one's own. *cell*: one mentee with so many goals. Goal at 3,000 × 3,000: each within 300 MiB.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from measuring import RESULTS, measure, report

PEOPLE = """
import sys
import numpy as np
import pandas as pd
import rmmatch as rm

size, drawing, criteria = int(sys.argv[1]), sys.argv[2], sys.argv[3]
random = np.random.default_rng(1)
own = iter(range(10**9))
words = lambda n: [f"learn about subject {next(own)}" for _ in range(n)]
drawn = {
    "different": lambda: words(3),
    "shared": lambda: [f"learn about subject {n}" for n in random.integers(0, size, 3)],
    "listed": lambda: [f"goal {n}" for n in random.choice(15, 2, replace=False)] + words(1),
}

def side(prefix, grades):
    return pd.DataFrame({
        "id": [f"{prefix}{n}" for n in range(size)],
        "answers": [";".join(drawn[drawing]()) for _ in range(size)],
        "grade": random.integers(*grades, size),
        "workplace": [f"site {n}" for n in random.integers(0, 5, size)],
    })

scheme = rm.Scheme.from_text(
    "criteria: [" + criteria + ", {type: workplace, prefer: different}]\\n"
    "rules: [{type: power_distance, min_gap: 2}]"
)
cohort = rm.read_cohort(side("M", (1, 7)), side("E", (4, 12)))
"""
# A cell of so many answers is a problem when it is read, so it is put in afterwards.
CELL = """
import sys
from dataclasses import replace
import pandas as pd
import rmmatch as rm

size, n_words, criteria = 30, int(sys.argv[2]), sys.argv[3]
people = pd.DataFrame({"id": range(size), "answers": [f"subject {n}" for n in range(size)]})
scheme = rm.Scheme.from_text("criteria: [" + criteria + "]")
cohort = rm.read_cohort(people.assign(id=people.id.map("M{}".format)), people)
cells = cohort.mentees.column("answers").copy()
cells[0] = ";".join(f"subject {n}" for n in range(n_words))
columns = {**cohort.mentees.columns, "answers": cells}
cohort = cohort.replace(mentees=replace(cohort.mentees, columns=columns))
"""
SCORE = "rm.score(cohort, scheme).to_numpy()\n"
MATCH = "result = rm.match(cohort, scheme)\n"
GOALS = "{type: goals, column: answers, weight: 3}"
JACCARD = "{type: goals, column: answers, weight: 3, measure: jaccard, rarity: true}"
SPECIALITY = "{type: speciality, column: answers, weight: 3}"
OVERLAP = "{type: attribute, column: answers, weight: 3, prefer: overlap}"
CASES = {
    "read": (PEOPLE, "different", GOALS),
    "goals, different: scored": (PEOPLE + SCORE, "different", GOALS),
    "goals, different: matched": (PEOPLE + MATCH, "different", GOALS),
    "goals, shared: scored": (PEOPLE + SCORE, "shared", GOALS),
    "goals, shared: matched": (PEOPLE + MATCH, "shared", GOALS),
    "goals, listed: matched": (PEOPLE + MATCH, "listed", GOALS),
    "goals, jaccard, shared: matched": (PEOPLE + MATCH, "shared", JACCARD),
    "goals, jaccard, listed: matched": (PEOPLE + MATCH, "listed", JACCARD),
    "speciality, different: matched": (PEOPLE + MATCH, "different", SPECIALITY),
    "speciality, shared: matched": (PEOPLE + MATCH, "shared", SPECIALITY),
    "overlap, shared: matched": (PEOPLE + MATCH, "shared", OVERLAP),
    "a cell of 9000 goals: scored": (CELL + SCORE, "9000", GOALS),
    "a cell of 20000 goals: scored": (CELL + SCORE, "20000", GOALS),
    "a cell of 60000 goals: scored": (CELL + SCORE, "60000", GOALS),
    "a cell of 9000 specialities: scored": (CELL + SCORE, "9000", SPECIALITY),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", nargs="?", type=int, default=3000)
    parser.add_argument("--only", default="", help="cases with this in their names")
    parser.add_argument("--limit", type=float, default=300, help="seconds a case")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    measured = measure(
        {
            name: [sys.executable, "-c", code, str(given.size), drawing, criteria]
            for name, (code, drawing, criteria) in CASES.items()
            if given.only in name
        },
        rounds=given.rounds,
        warm_up=False,
        limit=given.limit,
    )
    report(
        f"free_text_{given.size}",
        measured,
        next(iter(measured)),
        f"{given.size} × {given.size}. Goal at 3,000: each at most 300 MiB, and every cell.",
        out=given.out,
    )
