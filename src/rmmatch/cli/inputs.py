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
    "FormFile",
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
    "read_newer",
    "read_people",
    "refuse_tables",
    "two_tables",
]

_MENTORS_HELP = "Table of the mentors (csv or xlsx), or of everybody, with a column `role`."
Mentors = Annotated[Path, typer.Argument(metavar="MENTORS", help=_MENTORS_HELP)]
Mentees = Annotated[Path | None, typer.Argument(metavar="MENTEES", help="Table of the mentees.")]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="The run.json of `rmmatch match`, or the folder of a scheme."
    ),
]
PeopleTables = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="TABLES",
        help="The tables of people: needed to find people by name, and where the run was saved "
        "without sensitive columns.",
    ),
]
SchemeFile = Annotated[Path, typer.Option("--scheme", "-s", help="Scheme file (YAML or JSON).")]
RelationsFile = Annotated[
    Path | None,
    typer.Option("--relations", "-r", help="Table of mentor, mentee and kind."),
]
FormFile = Annotated[
    Path | None,
    typer.Option(
        "--form", "-f", help="How the survey export is read: the form.yaml of `rmmatch import`."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Seed = Annotated[int, typer.Option(help="Chooses between equally good pairings.", min=0)]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Hide progress bars. Without this, longer steps show a progress bar.",
    ),
]


def read_inputs(
    scheme: Path,
    mentors: Path,
    mentees: Path | None,
    relations: Path | None,
    form: Path | None = None,
) -> tuple[Cohort, Scheme]:
    """Read the scheme, which says how to read the tables, then the tables.

    Parameters
    ----------
    scheme, mentors : Path
    mentees : Path or None
        None where `mentors` holds both sides.
    relations : Path or None
    form : Path, optional
        How a survey export is read.

    Returns
    -------
    Cohort, Scheme
    """
    from rmmatch.scheme import Scheme

    policy = Scheme.from_file(scheme)
    tables = [mentors] if mentees is None else [mentors, mentees]
    return read_people(policy, tables, relations, form), policy


def two_tables(tables: list[Path]) -> tuple[Path, Path | None]:
    """Return the table of mentors, or of everybody, and the table of mentees.

    Parameters
    ----------
    tables : list of Path
        One or two.

    Raises
    ------
    typer.BadParameter
        There are more than two.
    """
    if len(tables) > 2:
        raise typer.BadParameter("the people are in one table or two", param_hint="MENTEES")
    return tables[0], tables[1] if len(tables) == 2 else None


def load_run(
    run: Path, tables: list[Path], relations: Path | None, form: Path | None = None
) -> Result:
    """Read a saved run, with the tables of its people where they are given.

    Parameters
    ----------
    run : Path
    tables : list of Path
        Empty, or one or two tables of people.
    relations, form : Path or None
        Are read with the tables only.
    """
    from rmmatch.cli.scheme_folders import current_result, is_scheme_folder, refuse_run_in_folder
    from rmmatch.matching import load_result

    if is_scheme_folder(run):
        refuse_tables(run, tables, relations, form)
        return current_result(run)
    refuse_run_in_folder(run)
    result = load_result(run)
    if not tables:
        return result
    return load_result(run, read_people(result.scheme, tables, relations, form))


def refuse_tables(
    folder: Path, tables: list[Path], relations: Path | None, form: Path | None
) -> None:
    """Refuse tables beside the folder of a scheme, which has its own.

    Parameters
    ----------
    folder : Path
    tables : list of Path
    relations, form : Path or None

    Raises
    ------
    typer.BadParameter
        Some are given.
    """
    if tables or relations or form:
        raise typer.BadParameter(f"{folder} is the folder of a scheme, and has its own tables")


def read_people(
    policy: Scheme, tables: list[Path], relations: Path | None, form: Path | None = None
) -> Cohort:
    """Read one table or two as a scheme says.

    Parameters
    ----------
    policy : Scheme
    tables : list of Path
        Mentors and mentees, or everybody.
    relations : Path or None
    form : Path, optional
        How a survey export is read.
    """
    from rmmatch.cohort import read_cohort

    mentors, mentees = two_tables(tables)
    return read_cohort(mentors, mentees, relations=relations, scheme=policy, form=form)


def read_newer(policy: Scheme, folder: Path, relations: Path | None) -> Cohort:
    """Read the tables that a newer import has written.

    Parameters
    ----------
    policy : Scheme
        Of the run.
    folder : Path
        With mentors.csv, mentees.csv and, where `rmmatch import` wrote them, people.csv, which says
        which names are of people outside.
    relations : Path or None
    """
    from rmmatch.cohort import read_cohort
    from rmmatch.cohort.identities import OUTSIDE
    from rmmatch.desk.survey.register import Register

    register = folder / "people.csv"
    outside = Register.from_file(register).outside if register.exists() else ()
    return read_cohort(
        folder / "mentors.csv",
        folder / "mentees.csv",
        relations=relations,
        scheme=policy,
        people=dict.fromkeys(outside, OUTSIDE),
    )


def is_watched(quiet: bool) -> bool:
    """Whether somebody sits at a terminal and wants to see progress.

    Parameters
    ----------
    quiet : bool
        The option ``--quiet``.
    """
    return not quiet and sys.stderr.isatty()
