"""Commands of the folder of a scheme: begin one, look at it, delete what is private in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rmmatch.cli.commands import app

__all__ = ["app"]

_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the scheme.")]


@app.command()
def init(
    folder: _Folder,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Put the built-in example of invented people in it.")
    ] = False,
) -> None:
    """Begin the folder of a scheme.

    It keeps the exports, the people, the runs and every decision, year after year. What is in the
    folder already stays.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.desk.folders import open_folder
    from rmmatch.files.folder import keep_files
    from rmmatch.synthetic import demo_files

    files = demo_files() if demo else ()
    keep_files(folder, (file.name for file in files))
    with open_folder(folder, create=True) as opened:
        for file in files:
            (opened.path / file.name).write_bytes(file.read_bytes())
        show_lines([f"This is the folder of a scheme now: {folder}"])
    step = f"match {folder}" if demo else f"import EXPORT --out {folder}"
    show_lines([f"Next: rmmatch {step}"])


@app.command()
def status(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder of the scheme. [default: this one]")
    ] = Path(),
) -> None:
    """Show what the folder of a scheme holds, and what comes next."""
    from rmmatch.cli.output import show_lines
    from rmmatch.cli.scheme_folders import status_lines
    from rmmatch.desk.folders import open_folder

    with open_folder(folder, read_only=True) as opened:
        show_lines(list(status_lines(opened)))


@app.command("delete-data")
def delete_personal_data(
    folder: _Folder,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete. Without it, only the list is shown.")
    ] = False,
) -> None:
    """Delete names, answers and letters when the scheme is over.

    Pseudonyms of past pairs stay, so that people who come back are known. It cannot be undone.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.desk.folders import open_folder

    with open_folder(folder, read_only=not yes) as opened:
        if not yes:
            show_lines([*opened.deletion_plan.lines, "Nothing was deleted. To delete: add --yes"])
            return
        show_lines([*opened.delete_personal_data().lines, "Deleted."])
