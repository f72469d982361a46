"""What the commands read: arguments and options they have in common, tables, schemes and runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rmmatch.cohort import Cohort
    from rmmatch.matching import Result
    from rmmatch.scheme import Scheme

__all__ = [
    "AsJson",
    "Mentees",
    "Mentors",
    "PeopleTables",
    "Quiet",
    "RelationsFile",
    "Run",
    "SchemeFile",
    "Seed",
    "is_watched",
    "load_run",
    "read_inputs",
    "read_people",
    "two_tables",
]

_MENTORS_HELP = "Table of the mentors (csv or xlsx), or of both sides with a column `role`."
Mentors = Annotated[Path, typer.Argument(metavar="MENTORS", help=_MENTORS_HELP)]
Mentees = Annotated[Path | None, typer.Argument(metavar="MENTEES", help="Table of the mentees.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run.json that `rmmatch match` wrote.")]
PeopleTables = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="TABLES",
        help="The tables, where the run was saved without sensitive columns.",
    ),
]
SchemeFile = Annotated[Path, typer.Option("--scheme", "-s", help="Scheme file (YAML or JSON).")]
RelationsFile = Annotated[
    Path | None, typer.Option("--relations", "-r", help="Table of mentor, mentee, kind.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
Seed = Annotated[int, typer.Option(help="Decides between equally good matchings.", min=0)]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="No progress on stderr; else what takes longer than two seconds has."
    ),
]


def read_inputs(
    scheme: Path, mentors: Path, mentees: Path | None, relations: Path | None
) -> tuple[Cohort, Scheme]:
    """Read the scheme, which says how to read the tables, then the tables."""
    from rmmatch.scheme import Scheme

    policy = Scheme.from_file(scheme)
    tables = [mentors] if mentees is None else [mentors, mentees]
    return read_people(policy, tables, relations), policy


def two_tables(tables: list[Path]) -> tuple[Path, Path | None]:
    """Return the table of mentors, or of everybody, and that of mentees."""
    if len(tables) > 2:
        raise typer.BadParameter("the people are in one table or two", param_hint="MENTEES")
    return tables[0], tables[1] if len(tables) == 2 else None


def load_run(run: Path, tables: list[Path], relations: Path | None) -> Result:
    """Read a record, with the tables it was made from where they are given."""
    from rmmatch.matching import load_result

    result = load_result(run)
    if not tables:
        return result
    return load_result(run, read_people(result.scheme, tables, relations))


def read_people(policy: Scheme, tables: list[Path], relations: Path | None) -> Cohort:
    """Read one table or two as a scheme says."""
    from rmmatch.cohort import read_cohort

    mentors, mentees = two_tables(tables)
    return read_cohort(mentors, mentees, relations=relations, scheme=policy)


def is_watched(quiet: bool) -> bool:
    """Whether somebody sits at a terminal and wants to know how far it is."""
    return not quiet and sys.stderr.isatty()
