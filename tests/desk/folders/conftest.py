"""Folders of schemes for the tests: small, real, on the disk."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.desk.folders import SchemeFolder

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


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SchemeFolder]:
    with rm.open_folder(make_folder(tmp_path / "scheme"), by="Ann Lee") as opened:
        yield opened


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: make_folder(tmp_path / name)
