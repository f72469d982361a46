"""People by name: how many ways of writing one are read, asked or outside; and how long it takes.

python bench_people.py            # the table of docs/files.md, and 2 × 100,000 people
python bench_people.py 10000      # another size
"""

from __future__ import annotations

import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pandas as pd

import rmmatch as rm

FIRST = [
    "Helen",
    "Amara",
    "Zoë",
    "Seán",
    "Anne-Marie",
    "José",
    "Petra",
    "Kene",
    "Li",
    "Rosa",
    "Téo",
    "Ingrid",
    "Omar",
    "Priya",
    "Tom",
]
FIRST += [
    "Nadia",
    "Ivo",
    "Wren",
    "Tove",
    "Una",
    "Sam",
    "Lee",
    "Pia",
    "Bram",
    "Cleo",
    "Dara",
    "Esme",
    "Finn",
    "Gwen",
    "Hugo",
]
SYLLABLES = [
    "ba",
    "den",
    "mar",
    "lo",
    "ket",
    "ri",
    "son",
    "wick",
    "ham",
    "ford",
    "ley",
    "ton",
    "gra",
    "shaw",
    "pel",
    "dur",
]
CLEAR = {
    "full name": lambda first, last: f"{first} {last}",
    "capitals": lambda first, last: f"{first} {last}".upper(),
    "Surname, First": lambda first, last: f"{last}, {first}",
    "with a title": lambda first, last: f"Dr. {first} {last}",
    "Unicode apart": lambda first, last: unicodedata.normalize("NFD", f"{first} {last}"),
    "spaces": lambda first, last: f" {first}  {last} ",
}
UNSURE = {
    "initial": lambda first, last: f"{first[0]}. {last}",
    "middle initial": lambda first, last: f"{first} J {last}",
    "a letter lost": lambda first, last: f"{first} {last[:2]}{last[3:]}",
    "two letters swapped": lambda first, last: f"{first} {last[0]}{last[2]}{last[1]}{last[3:]}",
}


def names(count: int, seed: int) -> list[tuple[str, str]]:
    """Return so many distinct full names, invented."""
    rng = np.random.default_rng(seed)
    drawn: dict[tuple[str, str], None] = {}
    while len(drawn) < count:
        parts = rng.integers(0, len(SYLLABLES), 4)
        last = "".join(SYLLABLES[part] for part in parts).title()
        drawn[FIRST[int(rng.integers(len(FIRST)))], last] = None
    return list(drawn)


def table(letter: str, called: list[tuple[str, str]]) -> pd.DataFrame:
    """Return a side, ids and full names."""
    return pd.DataFrame(
        {
            "id": [f"{letter}{at:06d}" for at in range(len(called))],
            "name": [" ".join(name) for name in called],
        }
    )


def read(managers: list[str], called: list[tuple[str, str]]) -> tuple[rm.Cohort, Counter[str]]:
    """Return a cohort whose mentors name these managers, and what became of the names."""
    mentors = table("M", called[len(called) // 2 :])
    mentees = table("E", called[: len(called) // 2])
    mentors = mentors.loc[mentors.index.repeat(-(-len(managers) // len(mentors)))]
    mentors = mentors.iloc[: len(managers)].assign(line_manager=managers)
    mentors["id"] = [f"M{at:06d}" for at in range(len(mentors))]
    mentors["name"] = [f"Mentor {at}" for at in range(len(mentors))]
    cohort = rm.read_cohort(mentors, mentees)
    doubted = {doubt.text.strip(): doubt.why for doubt in cohort.doubts}
    became = Counter(
        doubted.get(" ".join(m.split()), doubted.get(m.strip(), "read")) for m in managers
    )
    return cohort, became


def ways() -> None:
    """Print how 200 names in ten ways, and 150 outsiders, are taken."""
    called = names(550, 1)
    people, outsiders = called[:400], called[400:]
    print(f"{'200 names':22} read  asked (nearly, several)  name of nobody")
    ways_of: dict[str, Callable[[str, str], str]] = {**CLEAR, **UNSURE}
    for way, write in ways_of.items():
        _, became = read([write(*name) for name in people[:200]], people)
        asked = became["nearly"] + became["several"] + became["partly"]
        print(f"{way:22} {became['read']:4}  {asked:5} {'':18}  {became['nobody']:4}")
    _, became = read([" ".join(name) for name in outsiders], people)
    asked = became["nearly"] + became["several"] + became["partly"]
    print(f"{'150 outsiders':22} {became['read']:4}  {asked:5} {'':18}  {became['nobody']:4}")


def scale(size: int) -> None:
    """Print how long a large cohort takes to read, its managers by id, by name and outside."""
    called = names(2 * size, 2)
    mentees, mentors = table("E", called[:size]), table("M", called[size:])
    rng = np.random.default_rng(3)
    chosen = rng.integers(0, size, size)
    strangers = [f"{first} {last}ova" for first, last in called[:size]]
    by: dict[str, list[str]] = {
        "no managers": [""] * size,
        "by id": mentees["id"].to_numpy()[chosen].tolist(),
        "by name": mentees["name"].to_numpy()[chosen].tolist(),
        "by name, all outside": [strangers[place] for place in chosen],
    }
    for what, managers in by.items():
        start = time.process_time()
        cohort = rm.read_cohort(mentors.assign(line_manager=managers), mentees)
        seconds = time.process_time() - start
        pairs, memory = len(cohort.relation("line_manager")), getrusage(RUSAGE_SELF).ru_maxrss
        print(
            f"{size:,} a side, {what:22} {seconds:6.2f} CPU s  {pairs:,} pairs related, "
            f"{len(cohort.doubts):,} asked, peak {memory / 1024:.0f} MiB"
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        ways()
    scale(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
