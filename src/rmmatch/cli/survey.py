"""`rmmatch import`: from a survey export to clean tables, with the questions that are left."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmmatch.cli.commands import app
from rmmatch.cli.inputs import FormFile, two_tables
from rmmatch.errors import ProblemsError

if TYPE_CHECKING:
    from rmmatch.cohort.forms import Form
    from rmmatch.desk.survey.importing import SurveyTables

__all__ = ["app"]


@app.command("import")
def import_export(
    exports: Annotated[
        list[Path],
        typer.Argument(
            metavar="EXPORT...",
            help="The file that your survey gave you; or that of the mentors, then that of the "
            "mentees.",
        ),
    ],
    *,
    form: FormFile = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the form and the clean tables.")
    ] = Path("survey"),
    scheme: Annotated[
        bool, typer.Option("--scheme", help="Write a first scheme for these columns too.")
    ] = False,
    people: Annotated[
        Path | None,
        typer.Option(
            help="The people.csv of an earlier import, so that people keep their ids. "
            "[default: the one in the folder]"
        ),
    ] = None,
    no_questions: Annotated[
        bool, typer.Option("--no-questions", help="List the questions instead of asking them.")
    ] = False,
) -> None:
    """Turn a survey export into clean tables.

    Without --form, rmmatch proposes how the export is read, writes that into form.yaml, and asks
    what is not certain. Use the same form for the next export.
    """
    from rmmatch.cli.dialogue import Dialogue, answer_form, answer_register, is_terminal
    from rmmatch.cli.output import print_files, show_lines, show_notes
    from rmmatch.cli.scheme_folders import import_into_folder, is_scheme_folder
    from rmmatch.cohort.forms import Form
    from rmmatch.desk.survey.first_scheme import first_scheme
    from rmmatch.desk.survey.importing import (
        SurveyImport,
        check_import_folder,
        next_command,
        propose_into,
    )

    if is_scheme_folder(out) or (len(exports) == 1 and is_scheme_folder(exports[0])):
        folder, files = (out, exports) if is_scheme_folder(out) else (exports[0], [])
        if form or scheme or people:
            reason = f"{folder} is the folder of a scheme: it has its own form, scheme and people"
            raise typer.BadParameter(reason)
        dialogue = Dialogue() if is_terminal() and not no_questions else None
        import_into_folder(folder, files, dialogue)
        return
    two_tables(exports)
    check_import_folder(out, exports, scheme=scheme)
    if form is None:
        path = out / "form.yaml"
        policy = propose_into(path, exports)
        show_lines([f"Written to {path}: how the export is read. You can edit it."])
    else:
        path, policy = form, Form.from_file(form)
    again = _command_line(exports, path, out, scheme, people)
    dialogue = Dialogue() if is_terminal() and not no_questions else None
    try:
        if dialogue is not None and policy.undecided:
            answer_form(policy, path, dialogue)
        _stop_at_open_questions(policy, path, again)
        survey = SurveyImport(exports, policy, folder=out, people=people)
        if dialogue is not None:
            answer_register(survey, dialogue)
        tables = survey.tables(datetime.date.today().isoformat())
    except ProblemsError:
        show_lines([f"The form is in {path}. Correct it, or the export. Then: {again}"])
        raise
    except (KeyboardInterrupt, EOFError):
        show_lines(["", f"Stopped. Your answers so far are in {path}.", f"To go on: {again}"])
        raise typer.Exit(1) from None
    text = first_scheme(tables.cohort, policy, tables.people) if scheme else ""
    names = tables.save(out, text)
    show_notes(tables.notes)
    show_lines(_summary(tables, has_scheme=scheme))
    print_files(out, names)
    show_lines([f"Next: {next_command(out, tables.differences)}"])


def _command_line(
    exports: list[Path], form: Path, out: Path, scheme: bool, people: Path | None
) -> str:
    words = ["rmmatch", "import", *exports, "--form", form, "--out", out]
    words += ["--scheme"] if scheme else []
    words += ["--people", people] if people else []
    return shlex.join(map(str, words))


def _stop_at_open_questions(form: Form, path: Path, again: str) -> None:
    """List the open questions that nothing can be read without, and stop; go on without any."""
    from rmmatch.cli.output import show_lines
    from rmmatch.desk.survey.questions import blocking_questions, numbered_questions

    open_questions = blocking_questions(form)
    for _, question in numbered_questions(form):
        show_lines(["", f"{question.about}: {question.ask}"])
        show_lines([f"  {line}" for line in question.evidence.splitlines() if line.strip()])
        show_lines(
            [f"  {place}: {answer.say}" for place, answer in enumerate(question.answers, start=1)]
        )
    if not open_questions:
        return
    count = len(open_questions)
    questions = "1 question must" if count == 1 else f"{count} questions must"
    show_lines(
        [
            "",
            f"{questions} be answered first. No tables were written.",
            f"Each is in {path} under `undecided`. For the answer that is right, write the lines "
            "of its `change` into the form, and delete the question. At a terminal, rmmatch import "
            "asks them.",
            f"Then: {again}",
        ]
    )
    raise typer.Exit(1)


def _summary(tables: SurveyTables, *, has_scheme: bool) -> list[str]:
    from rmmatch.cohort.doubts import scheme_line

    cohort = tables.cohort
    lines = [f"{cohort.n_mentors} mentors and {cohort.n_mentees} mentees are ready to be paired."]
    if tables.differences is not None:
        lines += tables.differences.lines
        if tables.differences.of("gone"):
            lines.append("Those who are gone stay in the tables, with the status withdrawn.")
    if tables.people and not has_scheme:
        lines.append("Names in lists of people who do not take part: write in your scheme")
        lines += [f"  {scheme_line(text, value)}" for text, value in tables.people.items()]
    return lines
