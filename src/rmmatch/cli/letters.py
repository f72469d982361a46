"""The command that writes letters; nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rmmatch.cli.commands import app
from rmmatch.cli.inputs import (
    FormFile,
    PeopleTables,
    Quiet,
    RelationsFile,
    Run,
    is_watched,
    load_run,
)
from rmmatch.errors import ProblemsError

__all__ = ["app"]


@app.command()
def letters(
    run: Run,
    people: PeopleTables = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the letters.")],
    template: Annotated[
        Path | None,
        typer.Option(
            "--template", "-t", help="Your own letter in Word. [default: two that rmmatch has]"
        ),
    ] = None,
    mentor_template: Annotated[
        Path | None,
        typer.Option(help="Your own letter to mentors, where --template is for mentees alone."),
    ] = None,
    kinds: Annotated[
        str,
        typer.Option(
            help="What to write: merge (a table), docx, drafts (of e-mails), print, templates "
            "(to change them)."
        ),
    ] = "merge,docx,drafts,print",
    partners_agreed: Annotated[
        bool,
        typer.Option(
            "--partners-agreed",
            help="Everybody agreed that their partner reads their name and address, unless their "
            "column `consent` says no.",
        ),
    ] = False,
    sender: Annotated[str, typer.Option(help="Who writes. [default: The coordinator]")] = "",
    relations: RelationsFile = None,
    form: FormFile = None,
    quiet: Quiet = False,
) -> None:
    """Write letters, e-mail drafts and a merge table. Nothing is sent.

    Until the pairing is approved, every letter says that it is a draft.
    """
    from rmmatch.cli.output import print_files, show_lines, show_notes
    from rmmatch.desk.letters.writing import letters as write

    if mentor_template is not None and template is None:
        raise typer.BadParameter("goes with --template", param_hint="--mentor-template")
    own: Path | dict[str, Path] | None = template
    if template is not None and mentor_template is not None:
        own = {"mentee": template, "mentor": mentor_template}
    result = load_run(run, people or [], relations, form)
    try:
        written = write(
            result,
            out,
            template=own,
            kinds=[kind.strip() for kind in kinds.split(",") if kind.strip()],
            partners_agreed=partners_agreed,
            sender=sender,
            progress=is_watched(quiet),
        )
    except ProblemsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--kinds") from None
    show_lines([written.headline])
    show_notes(written.notes)
    print_files(out, written.files)
