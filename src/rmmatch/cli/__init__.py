"""The `rmmatch` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rmmatch.errors import ProblemsError, RmmatchError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; by default those of the process.

    Returns
    -------
    int
        0 when it was done, 1 where there is no valid matching, 2 for input that cannot be used.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without "→" is no reason to stop
    import typer.main

    from rmmatch.cli import (  # noqa: F401  # their commands join the app
        changes,
        desk,
        folders,
        inspect,
        letters,
        reviews,
        survey,
    )
    from rmmatch.cli.commands import app
    from rmmatch.cli.scheme_folders import command_line

    command_line.set(tuple(sys.argv[1:] if argv is None else argv))

    try:
        typer.main.get_command(app).main(args=argv, prog_name="rmmatch")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except RmmatchError as error:
        _print_error(error)
        return 2
    raise AssertionError("a command always ends by SystemExit")


def _print_error(error: RmmatchError) -> None:
    """Print an error: every problem of an input, a line each, while they are not too many."""
    from rmmatch.cli.output import printable, problem_lines

    lines = [str(error)]
    if isinstance(error, ProblemsError):
        count = len(error.items)
        lines = [f"{count:,} problem{'' if count == 1 else 's'}; nothing was written"]
        lines += [f"  {line}" for line in problem_lines(error.items)]
    lines[0] = f"rmmatch: {lines[0]}"
    for line in lines:
        print(printable(line), file=sys.stderr)
