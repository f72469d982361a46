"""Commands about what else could be: other matchings, how sure one is, lists to choose from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmmatch.cli.commands import app
from rmmatch.cli.inputs import (
    FormFile,
    Mentees,
    Mentors,
    PeopleTables,
    Quiet,
    RelationsFile,
    Run,
    SchemeFile,
    Seed,
    is_watched,
    load_run,
    read_inputs,
)
from rmmatch.errors import NotSupportedError

if TYPE_CHECKING:
    from rmmatch.cohort import Role

__all__ = ["app"]

_MAX_LABELLED_BARS = 60  # in a plot that grows with them; wording

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write the files to.")]


def _check_share(within: float | None) -> float | None:
    if within is not None and not 0 <= within <= 1:
        raise typer.BadParameter("must be a share from 0 to 1, as 0.01 for 1 %")
    return within


def _check_not_negative(number: float | None) -> float | None:
    if number is not None and not number >= 0:
        raise typer.BadParameter("must not be negative")
    return number


def _check_above_zero(number: float) -> float:
    if not number > 0:
        raise typer.BadParameter("must be more than 0")
    return number


@app.command()
def alternatives(
    run: Run,
    people: PeopleTables = None,
    *,
    count: Annotated[int, typer.Option("--count", "-k", help="Most pairings to show.", min=1)] = 5,
    mentee: Annotated[
        str | None, typer.Option(help="Other partners for this mentee: id or name.")
    ] = None,
    mentor: Annotated[
        str | None, typer.Option(help="Other partners for this mentor: id or name.")
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            help="Instead, the most different pairings that lose at most this share of the total, "
            "as 0.01.",
            callback=_check_share,
        ),
    ] = None,
    out: Out = None,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Show the next best pairings, or other partners for somebody."""
    from rmmatch.analysis.alternatives import alternatives as find
    from rmmatch.cli.output import print_files, show_lines
    from rmmatch.desk.reporting import write_tables
    from rmmatch.files.folder import check_folder

    if sum(option is not None for option in (mentee, mentor, within)) > 1:
        raise typer.BadParameter("give one of --mentee, --mentor and --within")
    if out is not None:
        check_folder(out)
    result = load_run(run, people or [], relations, form)
    matchings = find(result, count, mentee=mentee, mentor=mentor, within=within)
    show_lines([f"The run: {result.headline}", *repr(matchings).splitlines()])
    if out is not None:
        print_files(out, write_tables({"alternatives": matchings.to_frame()}, out))


@app.command()
def confidence(
    run: Run,
    people: PeopleTables = None,
    *,
    draws: Annotated[int, typer.Option(help="Number of simulations.", min=1)] = 1000,
    concentration: Annotated[
        float,
        typer.Option(
            help="How near the weights stay to the scheme's; larger is nearer.",
            callback=_check_above_zero,
        ),
    ] = 100.0,
    noise: Annotated[
        float | None,
        typer.Option(
            help="Also vary the scores at random, with this standard deviation, as 0.05.",
            callback=_check_not_negative,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Number that fixes the simulations.", min=0)] = 0,
    out: Out = None,
    relations: RelationsFile = None,
    form: FormFile = None,
    quiet: Quiet = False,
) -> None:
    """Test how far each pair depends on the weights."""
    from rmmatch.analysis.robustness import confidence as draw
    from rmmatch.cli.output import print_files, show_lines, show_table
    from rmmatch.desk.reporting import write_tables
    from rmmatch.files.folder import check_folder

    if out is not None:
        check_folder(out)
    result = load_run(run, people or [], relations, form)
    survival = draw(
        result,
        draws,
        concentration=concentration,
        noise=noise,
        seed=seed,
        progress=is_watched(quiet),
    )
    table = survival.pairs.sort_values("survival", kind="stable")
    show_lines(survival.headlines)
    show_table(table, "confidence.csv" if out is not None else "")
    if out is not None:
        height = max(4.4, 0.8 + 0.2 * len(table)) if len(table) <= _MAX_LABELLED_BARS else 4.4
        tables = {"confidence": table}
        with suppress(NotSupportedError):  # scores that are no sums of weights times numbers
            tables["smallest_change"] = survival.smallest_change
        written = write_tables(tables, out, {"confidence": survival.plot}, height=height)
        print_files(out, written)


@app.command()
def shortlist(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    count: Annotated[int, typer.Option("--count", "-k", help="Names on each list.", min=1)] = 3,
    most: Annotated[int, typer.Option(help="Most lists one person can be on.", min=1)] = 5,
    of_mentors: Annotated[
        bool, typer.Option("--of-mentors", help="Make lists of mentees for the mentors.")
    ] = False,
    seed: Seed = 0,
    out: Out = None,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Propose some partners to each mentee, no one on too many lists."""
    from rmmatch.analysis.shortlists import shortlist as propose
    from rmmatch.cli.output import print_files, show_lines, show_table
    from rmmatch.desk.reporting import write_tables
    from rmmatch.files.folder import check_folder

    if out is not None:
        check_folder(out)
    cohort, policy = read_inputs(scheme, mentors, mentees, relations, form)
    role: Role = "mentor" if of_mentors else "mentee"
    lists = propose(cohort, policy, count, most, role=role, seed=seed)
    show_lines([lists.headline])
    show_table(lists.table, "shortlists.csv" if out is not None else "")
    if lists.without:
        show_lines([f"Nobody can be proposed to: {', '.join(lists.without)}"])
    if out is not None:
        print_files(out, write_tables({"shortlists": lists.table}, out))
