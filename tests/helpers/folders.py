"""The folder of a small scheme, with tables written by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import rmmatch as rm

SCHEME = """\
version: 1
name: Small scheme
criteria:
  - {type: goals, weight: 3}
  - {type: workplace, weight: 1}
rules:
  - {type: relations, forbid: [line_manager, past_pair]}
"""
WORDS = ("teaching", "research", "leadership", "wellbeing", "careers")
NAMES = (
    "Ann Lee",
    "Ben Ode",
    "Cay Moss",
    "Dan Fell",
    "Eve Hart",
    "Flo Bligh",
    "Gus Orr",
    "Hal Ivy",
)


def write_people(path: Path, side: str, count: int, shift: int = 0) -> None:
    """Write a table of people: ids, names and e-mail addresses, goals, workplaces."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "email", "goals", "workplace", "line manager"])
        for place in range(count):
            name = f"{NAMES[place % 8].split()[0]} {side.title()}{place}"
            goals = f"{WORDS[(place + shift) % 5]}; {WORDS[(2 * place + 1) % 5]}"
            manager = "M01" if side == "mentee" and place == 0 else ""
            id_ = f"{'M' if side == 'mentor' else 'E'}{place + 1:02}"
            email = f"{side}{place}@trust.example"
            writer.writerow([id_, name, email, goals, ("North", "South")[place % 2], manager])


def make_folder(path: Path, mentees: int = 5, mentors: int = 6) -> Path:
    """Make the folder of a scheme, with tables written by hand."""
    rm.open_folder(path, create=True).close()
    (path / "scheme.yaml").write_text(SCHEME, encoding="utf-8")
    write_people(path / "mentees.csv", "mentee", mentees)
    write_people(path / "mentors.csv", "mentor", mentors, 1)
    return path
