"""A small scheme on disk, and the command run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rmmatch.cli import main

SCHEME = """\
version: 1
name: Small
grades: [FY1, ST1, ST4, Consultant]
sensitive: [ethnicity]
criteria:
  - {type: goals, weight: 2}
  - {type: workplace, weight: 1}
rules:
  - {type: power_distance, min_gap: 1}
  - {type: attribute, column: ethnicity, relation: different, reason: agreed by the committee}
"""
MENTORS = """\
id,name,email,grade,goals,workplace,ethnicity,availability,capacity
M1,Mentor Öne,m1@example.org,FY1,teaching;research,North,marker-a,Mon am,1
M2,=cmd|' /C calc'!A0,m2@example.org,ST1,research,South,marker-a,Tue am,1
M3,Mentor Three,m3@example.org,ST4,wellbeing,South,marker-b,Wed am,1
"""
MENTEES = """\
id,name,email,grade,goals,workplace,ethnicity,availability,capacity
E1,Mentee One,e1@example.org,Consultant,teaching,North,marker-c,Mon am,1
E2,Mentee Two,e2@example.org,Consultant,research,North,marker-d,Tue am,1
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line; 80 columns wide unless told."""

    def _run(*argv: object, columns: int = 80) -> Outcome:
        monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        code = main([str(word) for word in argv])
        return Outcome(code, *capsys.readouterr())

    return _run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with mentors.csv, mentees.csv and scheme.yaml."""
    (tmp_path / "mentors.csv").write_text(MENTORS, encoding="utf-8")
    (tmp_path / "mentees.csv").write_text(MENTEES, encoding="utf-8")
    (tmp_path / "scheme.yaml").write_text(SCHEME, encoding="utf-8")
    return tmp_path


@pytest.fixture
def match(run: Run, folder: Path) -> Run:
    """Run ``rmmatch match`` on the folder, into its subfolder out."""

    def _match(*more: object, columns: int = 80) -> Outcome:
        files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
        return run("match", *files, "--out", folder / "out", *more, columns=columns)

    return _match
