"""What `rmmatch check` does: a run and its proof, or a list made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rmmatch.cli.inputs import read_inputs, two_tables

if TYPE_CHECKING:
    from rmmatch.matching import Result

__all__ = ["check_list", "check_run"]


def check_run(result: Result, *, exhaustive: bool, progress: bool) -> None:
    """Check a saved run, and print what is wrong and what was looked at.

    Parameters
    ----------
    result : Result
    exhaustive : bool
        Whether every pair of people is scored.
    progress : bool
        Whether a bar is shown.

    Raises
    ------
    typer.Exit
        Always: 0 for a valid run, 1 for any other.
    """
    from rmmatch.checking import check as check_result
    from rmmatch.cli.output import conflict_lines, show_findings, show_lines
    from rmmatch.desk.reporting.verdicts import verdict_line

    if result.matching is None:
        show_lines([result.headline, *conflict_lines(result.conflict)])
        raise typer.Exit(1)
    findings = check_result(result, exhaustive=exhaustive, progress=progress)
    show_findings(findings)
    state = [f"State: {result.review.summary}"] if result.review.log else []
    scope = findings.outcome.words
    show_lines([result.headline, *state, *scope, verdict_line(result, len(findings))])
    raise typer.Exit(1 if findings else 0)


def check_list(
    tables: list[Path],
    scheme: Path,
    pairs: Path | None,
    relations: Path | None,
    form: Path | None = None,
    *,
    progress: bool,
) -> None:
    """Check a list of pairs made by hand, beside the best pairs, and print both.

    Parameters
    ----------
    tables : list of Path
        One or two tables of people.
    scheme : Path
    pairs : Path or None
        The list; None for the relation ``manual`` of the tables.
    relations : Path or None
    form : Path, optional
        How a survey export is read.
    progress : bool
        Whether a bar is shown.

    Raises
    ------
    typer.Exit
        Always: 0 for a valid list, 1 for any other.
    typer.BadParameter
        There is no list.
    """
    from rmmatch.checking import check as check_pairs
    from rmmatch.cli.output import show_findings, show_lines, show_objectives
    from rmmatch.cohort import read_pairs
    from rmmatch.matching import Matching
    from rmmatch.solving import match as solve

    cohort, policy = read_inputs(scheme, *two_tables(tables), relations, form)
    manual = cohort.relation("manual")
    if pairs is not None:
        pair_list = read_pairs(pairs)
    elif len(manual):
        pair_list = list(Matching.at(cohort, manual.mentees, manual.mentors))
    else:
        raise typer.BadParameter("give --pairs, or a relation of kind `manual`")
    best = solve(cohort, policy, progress=progress)
    findings = check_pairs(cohort, policy, pair_list, best=best)
    show_findings(findings)
    n_pairs = f"{len(pair_list)} pair{'' if len(pair_list) == 1 else 's'}"
    n_found = f"{len(findings)} violation{'' if len(findings) == 1 else 's'}"
    show_lines([f"{n_pairs}: {n_found if findings else 'valid'}"])
    if best.matching is None:
        show_lines([f"There is no optimum to compare with. {best.headline}"])
    show_objectives({"this list": findings.objective, "optimum": findings.best})
    raise typer.Exit(1 if findings else 0)
