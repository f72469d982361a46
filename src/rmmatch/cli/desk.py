"""The command that opens the coordinator's desk in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rmmatch.cli.commands import app

__all__ = ["app"]


@app.command()
def desk(
    folder: Annotated[
        Path, typer.Argument(help="The folder of your scheme. It is made if it is not there.")
    ] = Path("my-scheme"),
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Serve at this port. [default: any free one]")
    ] = 0,
    by: Annotated[
        str, typer.Option(help="Your name, kept with each decision. [default: your user name]")
    ] = "",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the browser.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Take the folder from a program that seems to be gone."),
    ] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only look: nothing can be changed.")
    ] = False,
) -> None:
    """Open the desk, where people, rules and pairs are pages in your browser.

    The pages are served by this computer to this computer alone. Everything you confirm is saved
    in the folder at once. Nothing is sent.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.desk.folders import open_folder
    from rmmatch.desk.web import serve_desk

    with open_folder(
        folder,
        create=not read_only,
        by=by or _user_name(),
        read_only=read_only,
        take_over=take_over,
    ) as opened:
        serve_desk(
            opened,
            port=port,
            opens_browser=not no_browser,
            show=lambda line: show_lines([line]),
        )


def _user_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name is known, as in some containers
        return "coordinator"
