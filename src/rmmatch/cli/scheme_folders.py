"""What commands do in the folder of a scheme: each calls one verb of it, and shows what it did."""

from __future__ import annotations

import shlex
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rmmatch.errors import FolderError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rmmatch.cli.dialogue import Dialogue
    from rmmatch.desk.folders import FolderImport, Run, SchemeFolder
    from rmmatch.desk.folders.previews import Changes
    from rmmatch.matching import Result
    from rmmatch.matching.matching import IdPair

__all__ = [
    "approve_in_folder",
    "command_line",
    "current_record",
    "current_result",
    "import_into_folder",
    "is_scheme_folder",
    "next_run_in_folder",
    "pair_again_in_folder",
    "pair_in_folder",
    "refuse_run_in_folder",
    "review_in_folder",
    "status_lines",
]

command_line: ContextVar[tuple[str, ...]] = ContextVar("command_line", default=())
"""The words after the program's name, to say which ones are meant instead."""


def is_scheme_folder(path: Path) -> bool:
    """Whether a path is the folder of a scheme.

    Parameters
    ----------
    path : Path
    """
    from rmmatch.desk.folders.layout import is_scheme_folder as has_marker

    return path.is_dir() and has_marker(path)


def refuse_run_in_folder(run: Path) -> None:
    """Refuse the run.json of a run that the history of a folder keeps.

    Parameters
    ----------
    run : Path

    Raises
    ------
    FolderError
        It is one; with the command line that is meant.
    """
    from rmmatch.desk.folders.layout import folder_above

    folder = folder_above(run)
    if folder is None or run.is_dir():
        return
    shown = _short(folder)
    words = [shown if word == str(run) else word for word in command_line.get()]
    remedy = f"give the folder: rmmatch {shlex.join(words)}" if words else "give the folder"
    reason = "belongs to the folder of a scheme, which keeps its own history"
    raise FolderError([Problem(str(run), "", "", "", reason, remedy, code="run_in_folder")])


def _short(folder: Path) -> str:
    """Return the path of a folder as somebody would write it here."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _open(path: Path, by: str = "") -> SchemeFolder:
    from rmmatch.desk.folders import open_folder

    return open_folder(path, by=by)


def current_result(path: Path) -> Result:
    """Return the current run of a folder, with names; nothing is locked.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FolderError
        Nobody is paired yet.
    """
    return _current_of(path).result


def current_record(path: Path) -> Path:
    """Return the run.json of the current run of a folder.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FolderError
        Nobody is paired yet.
    """
    return _current_of(path).path / "run.json"


def _current_of(path: Path) -> Run:
    from rmmatch.desk.folders import open_folder
    from rmmatch.desk.folders.layout import folder_error

    with open_folder(path, read_only=True) as folder:
        run = folder.current
    if run is None:
        reason, remedy = "nobody is paired yet", f"pair first: rmmatch match {path}"
        raise folder_error(path, reason, remedy, code="no_run")
    return run


def pair_in_folder(path: Path) -> None:
    """Pair in a folder as a new run, write its files, and show it.

    Parameters
    ----------
    path : Path
    """
    from rmmatch.cli.output import print_files, show_lines, show_notes, show_result, verdict_line

    with _open(path) as folder:
        run = folder.pair()
        show_result(run.result)
        show_notes((*run.result.notes, *run.notes))
        show_lines([verdict_line(run.result)])
        print_files(run.path, folder.write_files())
        show_lines([f"Next: rmmatch review {path}, then rmmatch approve {path} --by NAME"])


def review_in_folder(
    path: Path,
    by: str,
    decided: Mapping[str, Sequence[IdPair] | Mapping[IdPair, str]],
    *,
    decisions: Path | None = None,
    undo: bool = False,
    comment: str = "",
) -> None:
    """Record decisions in a folder, or show those so far.

    Parameters
    ----------
    path : Path
    by : str
    decided : mapping
        ``lock``, ``reject``, ``release``, ``together``, as `rmmatch.review` takes them.
    decisions : Path, optional
        A decisions.csv of the page of review, or a workbook.
    undo : bool
    comment : str
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.desk.reporting.decisions import read_decisions

    if not (undo or decisions or comment or by or any(decided.values())):
        result = current_result(path)
        show_lines([result.headline, *result.review.lines(result.person_text)])
        return
    with _open(path, by) as folder:
        if undo:
            _show_state(folder.undo())
            return
        if decisions is not None and decisions.suffix.lower() == ".csv":
            show_lines(folder.apply_decisions(decisions).lines)
        elif decisions is not None:
            written = read_decisions(decisions, _current(folder).result)
            folder.review(
                lock=written.lock,
                reject=written.reject,
                release=written.release,
                comment=written.comment,
            )
            show_lines([f"{decisions.name}: {written.summary}"])
        if comment or any(decided.values()) or decisions is None:
            folder.review(**decided, comment=comment)  # type: ignore[arg-type]
        run = _current(folder)
        _show_state(run)
        step = f"match-again {path}" if run.needs_pairing else f"approve {path} --by NAME"
        show_lines([f"Next: rmmatch {step}"])


def _current(folder: SchemeFolder) -> Run:
    run = folder.current
    assert run is not None
    return run


def _show_state(run: Run) -> None:
    from rmmatch.cli.output import show_lines

    result = run.result
    show_lines([f"Run {run.name}. {result.headline}", *result.review.lines(result.person_text)])


def pair_again_in_folder(path: Path, by: str, changes: Changes, most_changes: int) -> None:
    """Pair again in a folder, and show the pairs.

    Parameters
    ----------
    path : Path
    by : str
    changes : {'fewest', 'best'}
    most_changes : int
    """
    from rmmatch.cli.output import print_files, show_lines, show_result, verdict_line

    with _open(path, by) as folder:
        run = folder.pair_again(changes, most_changes)
        show_result(run.result)
        show_lines([verdict_line(run.result)])
        print_files(run.path, folder.write_files())


def approve_in_folder(path: Path, by: str, comment: str) -> None:
    """Approve the current run of a folder.

    Parameters
    ----------
    path : Path
    by, comment : str
    """
    from rmmatch.cli.output import show_lines

    with _open(path, by) as folder:
        run = folder.approve(by, comment)
        _show_state(run)
        show_lines([f"The files of the run are in {run.path}."])


def next_run_in_folder(
    path: Path, continued: Sequence[IdPair], cool_down: int | None, step: int
) -> None:
    """End the current run of a folder and begin the next.

    Parameters
    ----------
    path : Path
    continued : sequence of (mentee, mentor)
    cool_down : int or None
    step : int
    """
    from rmmatch.cli.output import show_lines

    with _open(path) as folder:
        over = folder.next_run(continued, cool_down=cool_down, step=step)
        show_lines([*over.lines, f"Next: rmmatch import EXPORT --out {path}"])


def import_into_folder(path: Path, exports: Sequence[Path], dialogue: Dialogue | None) -> None:
    """Add an export to a folder, or go on with the last one, and ask what is left to decide.

    Parameters
    ----------
    path : Path
    exports : sequence of Path
        None to go on.
    dialogue : Dialogue or None
        Asks; without, the questions are listed.

    Raises
    ------
    typer.Exit
        1 where questions are left that must be answered first.
    """
    from rmmatch.cli.output import show_lines, show_notes

    with _open(path) as folder:
        outcome = folder.add_export(*exports) if exports else folder.read_export()
        if dialogue is not None:
            outcome = _ask(folder, dialogue, outcome)
        show_notes(outcome.notes)
        show_lines(outcome.lines)
        if not outcome.is_done:
            show_lines(_question_lines(outcome))
            show_lines([f"Answer them at a terminal, or in {path / 'form.yaml'}. Then: "])
            show_lines([f"  rmmatch import {path}"])
            raise typer.Exit(1)
        show_lines([f"Next: rmmatch match {path}"])


def _ask(folder: SchemeFolder, dialogue: Dialogue, outcome: FolderImport) -> FolderImport:
    from rmmatch.cli.dialogue import TerminalQuestion

    skipped: set[str] = set()
    while question := next((item for item in folder.questions if item.id not in skipped), None):
        number = dialogue.ask(
            TerminalQuestion(question.about, question.ask, question.evidence, question.answers)
        )
        if number is None:
            skipped.add(question.id)
        else:
            outcome = folder.answer(question, number)
    return outcome if outcome.is_done else folder.read_export()


def _question_lines(outcome: FolderImport) -> Iterator[str]:
    for question in outcome.questions:
        yield ""
        yield f"{question.about}: {question.ask}"
        yield from (f"  {line}" for line in question.evidence.splitlines() if line.strip())
        yield from (f"  {place}: {text}" for place, text in enumerate(question.answers, start=1))


def status_lines(folder: SchemeFolder) -> Iterator[str]:
    """Yield what a folder holds, and what comes next.

    Parameters
    ----------
    folder : SchemeFolder
    """
    from rmmatch.desk.folders.locks import lock_holder

    path = _short(folder.path)
    yield f"Folder: {folder.path}"
    holder = lock_holder(folder.path)
    if holder is not None and not holder.is_ended:
        yield f"Open: by {holder.text}" + (". It seems to be gone." if holder.is_stale else "")
    yield f"Exports: {len(folder.exports)}"
    questions = [question for question in folder.questions if question.is_blocking]
    if questions:
        yield f"Questions that must be answered first: {len(questions)}"
    yield _read_text("Scheme", lambda: folder.scheme.name or "without a name")
    yield _read_text(
        "People", lambda: f"{folder.cohort.n_mentors} mentors, {folder.cohort.n_mentees} mentees"
    )
    if folder.edits:
        yield f"Answers edited here: {len(folder.edits)}"
    run = folder.current
    for earlier in folder.runs:
        is_current = run is not None and earlier.name == run.name
        mark = " (current)" if is_current else ""
        yield f"Run {earlier.name}{mark}, {earlier.state}: {earlier.result.headline}"
    yield from (f"Please check: {note}" for note in (run.notes if run else ()))
    if questions:
        yield f"Next: rmmatch import {path}"
    elif run is None:
        yield f"Next: rmmatch match {path}"
    elif run.needs_pairing:
        yield f"Next: rmmatch match-again {path}"
    elif run.state != "approved":
        yield f"Next: rmmatch review {path}, then rmmatch approve {path} --by NAME"
    else:
        yield f"Next year: rmmatch carry-over {path}"


def _read_text(title: str, read: Callable[[], str]) -> str:
    """Return a line about what is read, or why it cannot be."""
    from rmmatch.errors import ProblemsError

    try:
        return f"{title}: {read()}"
    except ProblemsError as error:
        more = f" (and {len(error.items) - 1} more)" if len(error.items) > 1 else ""
        return f"{title}: {error.items[0].reason}{more}"
