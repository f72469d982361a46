"""The commands: each reads files, calls the library, and shows or writes what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmmatch.cli.help import GroupedCommands
from rmmatch.cli.inputs import (
    AsJson,
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
from rmmatch.cli.run_folder import check_run_folder, check_write_and_show
from rmmatch.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rmmatch.matching import Result

__all__ = ["app"]

app = typer.Typer(
    name="rmmatch",
    cls=GroupedCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Pairs of people up to which a run is compared with another objective; wording.
_MAX_COMPARED_PAIRS = 4_000_000


def _version(wanted: bool) -> None:
    if wanted:
        from rmmatch import __version__

        typer.echo(f"rmmatch {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Pair mentors with mentees, explain every pair, and prove that no pairing is better."""


def _check_positive(seconds: float | None) -> float | None:
    if seconds is not None and not seconds > 0:
        raise typer.BadParameter("must be more than 0 seconds")
    return seconds


@app.command()
def match(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: Annotated[
        Path | None, typer.Option("--scheme", "-s", help="Scheme file (YAML or JSON).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the files of the result.")
    ] = None,
    relations: RelationsFile = None,
    form: FormFile = None,
    seed: Seed = 0,
    time_limit: Annotated[
        float | None, typer.Option(help="Stop after this many seconds.", callback=_check_positive)
    ] = None,
    quiet: Quiet = False,
    workers: Annotated[
        int | None,
        typer.Option(help="Processor cores to use above 400,000 pairs. [default: all]", min=1),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="File that keeps the work so far, to go on after a stop."),
    ] = None,
) -> None:
    """Pair everybody and write the results.

    Writes the pairs, the reasons for each, and a record (run.json) that other commands read.
    Give the folder of a scheme in place of the tables to pair in it: `rmmatch match my-scheme`.
    """
    from rmmatch.cli.scheme_folders import is_scheme_folder, pair_in_folder
    from rmmatch.solving import match as solve

    if is_scheme_folder(mentors):
        if mentees or scheme or out or relations or form or seed or time_limit or checkpoint:
            raise typer.BadParameter(
                f"{mentors} is the folder of a scheme: it has its own tables and scheme, and "
                "keeps its runs. Give no other options"
            )
        pair_in_folder(mentors)
        return
    if scheme is None or out is None:
        option = "--scheme" if scheme is None else "--out"
        raise typer.BadParameter(
            "is needed, where no folder of a scheme is given", param_hint=option
        )
    check_run_folder(out)
    cohort, policy = read_inputs(scheme, mentors, mentees, relations, form)
    progress = is_watched(quiet)
    result = solve(
        cohort,
        policy,
        seed=seed,
        time_limit=time_limit,
        workers=workers,
        progress=progress,
        checkpoint=checkpoint,
    )
    check_write_and_show(result, out, progress=progress)
    if cohort.n_mentees * cohort.n_mentors <= _MAX_COMPARED_PAIRS:
        _print_trade_off(result)


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN | MENTORS [MENTEES]",
            help="A run.json (with the tables, where it was saved without sensitive columns). "
            "With --scheme: the tables alone.",
        ),
    ],
    *,
    scheme: Annotated[
        Path | None, typer.Option("--scheme", "-s", help="Scheme for a list made by hand.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", "-p", help="List made by hand: a table with the columns mentee, mentor."
        ),
    ] = None,
    relations: RelationsFile = None,
    form: FormFile = None,
    exhaustive: Annotated[
        bool,
        typer.Option("--exhaustive", help="Score every possible pair again, on all cores."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Check a run and its proof, or a list of pairs made by hand.

    A list made by hand is compared with the best pairing. Without --pairs, the list is the pairs
    of the kind `manual` in the table of relations.
    """
    from rmmatch.cli.checks import check_list, check_run

    progress = is_watched(quiet)
    if scheme is not None and exhaustive:
        raise typer.BadParameter("is for a run, which has a proof", param_hint="--exhaustive")
    if scheme is not None:
        check_list(files, scheme, pairs, relations, form, progress=progress)
    elif pairs is not None:
        raise typer.BadParameter("a list of pairs needs --scheme", param_hint="--pairs")
    else:
        run = load_run(files[0], files[1:], relations, form)
        check_run(run, exhaustive=exhaustive, progress=progress)


@app.command()
def explain(
    run: Run,
    people: PeopleTables = None,
    *,
    mentee: Annotated[str | None, typer.Option(help="A mentee: id or name.")] = None,
    mentor: Annotated[str | None, typer.Option(help="A mentor: id or name.")] = None,
    audience: Annotated[
        str, typer.Option(help="Who will read it: coordinator, committee or participant.")
    ] = "coordinator",
    as_json: AsJson = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Explain a pair, or why somebody has no partner."""
    from rmmatch.analysis.explanations import explain as explain_result
    from rmmatch.cli.output import show_lines

    if mentee is None and mentor is None:
        raise typer.BadParameter("give --mentee, --mentor or both")
    result = load_run(run, people or [], relations, form)
    try:
        explanation = explain_result(result, mentee=mentee, mentor=mentor, audience=audience)
    except ProblemsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--audience") from None
    if as_json:
        typer.echo(explanation.to_json())
    else:
        show_lines(str(explanation).splitlines())


@app.command()
def compare(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    strategies: Annotated[
        str, typer.Option(help="Names with commas between. The others are compared with the first.")
    ] = "scheme,mentee_proposing,mentor_proposing,greedy,random",
    seeds: Annotated[int, typer.Option(help="Number of seeds to try.", min=1)] = 1,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", "-p", help="List made by hand, to compare as well."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the tables and the chart.")
    ] = None,
    relations: RelationsFile = None,
    form: FormFile = None,
    quiet: Quiet = False,
) -> None:
    """Compare ways of pairing the same people."""
    from rmmatch.cli.output import print_files, show_summary
    from rmmatch.desk.reporting import write_comparison
    from rmmatch.files.folder import check_folder
    from rmmatch.research.comparison import compare as compare_strategies
    from rmmatch.strategies import Listed, Strategy

    names = dict.fromkeys(name.strip() for name in strategies.split(",") if name.strip())
    chosen: dict[str, str | Strategy] = {name: name for name in names}
    if pairs is not None:
        chosen["listed"] = Listed(pairs)
    if not chosen:
        raise typer.BadParameter("name at least one", param_hint="--strategies")
    if out is not None:
        check_folder(out)
    cohort, policy = read_inputs(scheme, mentors, mentees, relations, form)
    comparison = compare_strategies(
        cohort, policy, chosen.values(), seeds=range(seeds), progress=is_watched(quiet)
    )
    show_summary(comparison.summary())
    if out is not None:
        written = write_comparison(comparison, out)
        print_files(out, written)
        if "comparison.png" not in written:
            typer.echo('No chart was written. To get one: pip install "rmmatch[plot]"')


@app.command()
def validate(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Check the tables and the scheme before pairing anybody."""
    from rmmatch.cli.output import rule_lines, show_lines, show_notes
    from rmmatch.scoring import validate as validate_inputs
    from rmmatch.solving.infeasibility.smallest_conflict import find_conflict

    cohort, policy = read_inputs(scheme, mentors, mentees, relations, form)
    notes = validate_inputs(cohort, policy)
    show_notes(notes)
    used = {n for n in policy.columns_used() if cohort.has_column(n) or n in cohort.relations}
    unread = policy.columns_unread(cohort)
    show_lines(
        [
            *rule_lines(cohort, policy),
            f"These columns are used: {', '.join(sorted(used)) or 'none'}",
            f"These columns are not used: {', '.join(unread) or 'none'}",
            f"{cohort.n_mentors} mentors and {cohort.n_mentees} mentees fit the scheme.",
        ]
    )
    conflict = find_conflict(cohort, policy)
    if conflict is not None:
        show_lines(["But no pairing is possible.", *conflict.lines])
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scheme files, for text editors."""
    import json

    from rmmatch.scheme import Scheme

    typer.echo(json.dumps(Scheme.json_schema(), indent=2, ensure_ascii=False))


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
) -> None:
    """Write empty tables and a scheme with comments to start from."""
    from rmmatch.cli.output import print_files
    from rmmatch.desk.template import write_template

    print_files(folder, write_template(folder))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(
        "rmmatch-demo"
    ),
) -> None:
    """Pair the built-in example of invented people."""
    from rmmatch.solving import match as solve
    from rmmatch.synthetic import demo as demo_inputs
    from rmmatch.synthetic import demo_files

    check_run_folder(out)
    inputs = {file.name: file.read_bytes() for file in demo_files()}
    _refuse_changed_files(out, inputs)
    cohort, policy = demo_inputs()
    check_write_and_show(solve(cohort, policy), out, inputs)


def _refuse_changed_files(folder: Path, inputs: Mapping[str, bytes]) -> None:
    """Refuse to replace an input file that somebody has worked on."""
    changed = [
        name
        for name, content in inputs.items()
        if (folder / name).is_file() and (folder / name).read_bytes() != content
    ]
    if changed:
        reason = "is there already, and was changed"
        remedy = "name another folder with --out, or move the file away"
        raise ProblemsError(
            Problem(str(folder / name), "", "", "", reason, remedy, code="already_there")
            for name in changed
        )


def _print_trade_off(result: Result) -> None:
    """Print what it costs to pair as many as possible, or not to."""
    from rmmatch.analysis.trade_offs import trade_off
    from rmmatch.cli.output import show_lines

    trade = trade_off(result)
    if trade is not None:
        show_lines([str(trade)])
