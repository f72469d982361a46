"""The folder of a run: whether it may be written, and what is written once the run is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rmmatch.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rmmatch.matching import Result

__all__ = ["check_run_folder", "check_write_and_show"]


def check_run_folder(folder: Path) -> None:
    """Make sure that the files of a run can be written, over none that somebody has reviewed.

    Parameters
    ----------
    folder : Path
        Need not exist.

    Raises
    ------
    ProblemsError
        They cannot, or the run that is there was reviewed: its log would be lost.
    """
    from rmmatch.errors import RecordError
    from rmmatch.files.folder import check_folder
    from rmmatch.matching import load_review

    check_folder(folder)
    path = folder / "run.json"
    if not path.exists():
        return
    remedy = "name another folder with --out, or move the run away"
    try:
        review = load_review(path)
    except RecordError as error:
        reason = "is there and cannot be read, so nobody knows whether it was reviewed"
        problem = Problem(str(path), "", "", "", reason, remedy, code="already_there")
        raise ProblemsError([*error.items, problem]) from None
    if review.log:
        reason = f"was {review.summary}"
        raise ProblemsError(
            [Problem(str(path), "", "", "", reason, remedy, code="already_reviewed")]
        )


def check_write_and_show(
    result: Result,
    out: Path,
    inputs: Mapping[str, bytes] | None = None,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    progress: bool = False,
    is_shown: bool = True,
) -> None:
    """Check a result, write its files, and show it.

    Parameters
    ----------
    result : Result
    out : Path
        The folder to write to.
    inputs : mapping of str to bytes, optional
        Other files to write, by name.
    tables : mapping of str to DataFrame, optional
        Tables to write as csv, by the names of the files without their ends.
    progress : bool
        Whether a bar is shown.
    is_shown : bool
        Without, only what is wrong is printed.

    Raises
    ------
    typer.Exit
        1 where there is no matching, or the check found a violation; nothing was written.
    """
    from rmmatch.checking import check as check_result
    from rmmatch.cli.output import (
        conflict_lines,
        print_files,
        show_findings,
        show_lines,
        show_notes,
        show_result,
    )
    from rmmatch.desk.reporting import write_files
    from rmmatch.desk.reporting.verdicts import verdict_line

    if result.matching is None:
        if is_shown:
            show_lines([result.headline, *conflict_lines(result.conflict), "Nothing was written."])
        raise typer.Exit(1)
    findings = check_result(result, progress=progress)
    if findings:
        show_findings(findings)
        show_lines(["The result failed its own check. Nothing was written: please report this."])
        raise typer.Exit(1)
    names = write_files(result, out, inputs, tables)
    if not is_shown:
        return
    show_result(result)
    show_notes(result.notes)
    show_lines([verdict_line(result)])
    print_files(out, names)
