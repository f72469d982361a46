"""The commands: each reads files, calls the library, and shows or writes what comes back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmmatch.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from rmmatch.cohort import Cohort
    from rmmatch.matching import Conflict, Result
    from rmmatch.scheme import Scheme

__all__ = [
    "AsJson",
    "PeopleTables",
    "RelationsFile",
    "Run",
    "app",
    "check_run_folder",
    "check_write_and_show",
    "conflict_lines",
    "is_watched",
    "load_run",
    "print_files",
    "read_inputs",
    "read_people",
    "two_tables",
    "verdict_line",
]

app = typer.Typer(
    name="rmmatch",
    help="Pair mentors with mentees by optimisation, explain every pair, prove the result.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_MAX_COMPARED_PAIRS = (
    4_000_000  # pairs of people, up to which a run is compared with another objective
)
_MENTORS_HELP = "Table of the mentors (csv or xlsx), or of both sides with a column `role`."
Mentors = Annotated[Path, typer.Argument(metavar="MENTORS", help=_MENTORS_HELP)]
Mentees = Annotated[Path | None, typer.Argument(metavar="MENTEES", help="Table of the mentees.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run.json that `rmmatch match` wrote.")]
PeopleTables = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="TABLES",
        help="The tables, where the run was saved without sensitive columns.",
    ),
]
SchemeFile = Annotated[Path, typer.Option("--scheme", "-s", help="Scheme file (YAML or JSON).")]
RelationsFile = Annotated[
    Path | None, typer.Option("--relations", "-r", help="Table of mentor, mentee, kind.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
Seed = Annotated[int, typer.Option(help="Decides between equally good matchings.", min=0)]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="No progress on stderr; else what takes longer than two seconds has."
    ),
]


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
    """Pair mentors with mentees by optimisation, explain every pair, prove the result."""


def _check_positive(seconds: float | None) -> float | None:
    if seconds is not None and not seconds > 0:
        raise typer.BadParameter("must be more than 0 seconds")
    return seconds


@app.command()
def match(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files of the result.")],
    relations: RelationsFile = None,
    seed: Seed = 0,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds for the solver.", callback=_check_positive)
    ] = None,
    quiet: Quiet = False,
    workers: Annotated[
        int | None,
        typer.Option(help="Threads for cohorts above 400,000 pairs. [default: all cores]", min=1),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="File to go on from after a stop, for cohorts that take minutes."),
    ] = None,
) -> None:
    """Pair a cohort, and write the pairs, the reasons and a record that can be checked."""
    from rmmatch.solving import match as solve

    check_run_folder(out)
    cohort, policy = read_inputs(scheme, mentors, mentees, relations)
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
            help="A run.json (and the tables, where it was saved without sensitive columns), "
            "or with --scheme the tables alone.",
        ),
    ],
    *,
    scheme: Annotated[
        Path | None, typer.Option("--scheme", "-s", help="Scheme for a list made by hand.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", "-p", help="List made by hand: a table of mentee, mentor."),
    ] = None,
    relations: RelationsFile = None,
    exhaustive: Annotated[
        bool,
        typer.Option("--exhaustive", help="Score every pair of people of a run, on all cores."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Check a saved run and its proof, or a pairing made by hand beside the best one.

    Without --pairs, the list is the relation `manual` of the tables.
    """
    from rmmatch.cli.checks import check_list, check_run

    progress = is_watched(quiet)
    if scheme is not None and exhaustive:
        raise typer.BadParameter("is for a run, which has a proof", param_hint="--exhaustive")
    if scheme is not None:
        check_list(files, scheme, pairs, relations, progress=progress)
    elif pairs is not None:
        raise typer.BadParameter("a list of pairs needs --scheme", param_hint="--pairs")
    else:
        run = load_run(files[0], files[1:], relations)
        check_run(run, exhaustive=exhaustive, progress=progress)


@app.command()
def explain(
    run: Run,
    people: PeopleTables = None,
    *,
    mentee: Annotated[str | None, typer.Option(help="Id of a mentee.")] = None,
    mentor: Annotated[str | None, typer.Option(help="Id of a mentor.")] = None,
    audience: Annotated[
        str, typer.Option(help="For whom: coordinator, committee or participant.")
    ] = "coordinator",
    as_json: AsJson = False,
    relations: RelationsFile = None,
) -> None:
    """Explain a pair, or what became of one person."""
    from rmmatch.analysis.explanations import explain as explain_result
    from rmmatch.cli.output import show_lines

    if mentee is None and mentor is None:
        raise typer.BadParameter("give --mentee, --mentor or both")
    result = load_run(run, people or [], relations)
    try:
        told = explain_result(result, mentee=mentee, mentor=mentor, audience=audience)
    except ProblemsError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--audience") from None
    if as_json:
        typer.echo(told.to_json())
    else:
        show_lines(str(told).splitlines())


@app.command()
def compare(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    strategies: Annotated[
        str, typer.Option(help="Names with commas between; the first is what others differ from.")
    ] = "total,mentee_proposing,mentor_proposing,greedy,random",
    seeds: Annotated[int, typer.Option(help="How many seeds, from 0 on.", min=1)] = 1,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", "-p", help="List made by hand, to be one of the strategies."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the tables and the plot.")
    ] = None,
    relations: RelationsFile = None,
    quiet: Quiet = False,
) -> None:
    """Compare ways of pairing the same cohort."""
    from rmmatch.cli.output import show_summary
    from rmmatch.desk.reporting import check_folder, write_comparison
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
    cohort, policy = read_inputs(scheme, mentors, mentees, relations)
    comparison = compare_strategies(
        cohort, policy, chosen.values(), seeds=range(seeds), progress=is_watched(quiet)
    )
    show_summary(comparison.summary())
    if out is not None:
        written = write_comparison(comparison, out)
        print_files(out, written)
        if "comparison.png" not in written:
            typer.echo('No plot: it needs matplotlib; pip install "rmmatch[plot]"')


@app.command()
def validate(
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    relations: RelationsFile = None,
) -> None:
    """Check the tables and the scheme, and how they fit, without pairing anybody."""
    from rmmatch.cli.output import show_lines, show_notes
    from rmmatch.scoring import validate as validate_inputs
    from rmmatch.solving.infeasibility.smallest_conflict import find_conflict

    cohort, policy = read_inputs(scheme, mentors, mentees, relations)
    notes = validate_inputs(cohort, policy)
    show_notes(notes)
    used, unread = policy.columns_used(), policy.columns_unread(cohort)
    show_lines(
        [
            f"The scheme reads: {', '.join(sorted(used)) or 'no column'}",
            f"It does not read: {', '.join(unread) or 'every column is read'}",
            f"{cohort.n_mentors} mentors and {cohort.n_mentees} mentees fit the scheme.",
        ]
    )
    conflict = find_conflict(cohort, policy)
    if conflict is not None:
        show_lines(["But no matching is possible.", *conflict.lines()])
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scheme files, for editors that check them."""
    import json

    from rmmatch.scheme import Scheme

    typer.echo(json.dumps(Scheme.json_schema(), indent=2, ensure_ascii=False))


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder without such files.")],
) -> None:
    """Write empty tables and a commented scheme to start from."""
    from rmmatch.desk.template import write_template

    print_files(folder, write_template(folder))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(
        "rmmatch-demo"
    ),
) -> None:
    """Pair the bundled example, a deanery of invented people, and write all its files."""
    from rmmatch.solving import match as solve
    from rmmatch.synthetic import demo as demo_inputs
    from rmmatch.synthetic import demo_files

    check_run_folder(out)
    inputs = {file.name: file.read_bytes() for file in demo_files()}
    _refuse_changed_files(out, inputs)
    cohort, policy = demo_inputs()
    check_write_and_show(solve(cohort, policy), out, inputs)


# What the commands share ----------------------------------------------------------------------


def read_inputs(
    scheme: Path, mentors: Path, mentees: Path | None, relations: Path | None
) -> tuple[Cohort, Scheme]:
    """Read the scheme, which says how to read the tables, then the tables."""
    from rmmatch.scheme import Scheme

    policy = Scheme.from_file(scheme)
    tables = [mentors] if mentees is None else [mentors, mentees]
    return read_people(policy, tables, relations), policy


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


def check_run_folder(folder: Path) -> None:
    """Make sure that the files of a run can be written, over none that somebody has reviewed.

    Raises
    ------
    ProblemsError
        They cannot, or the run that is there was reviewed: its log would be lost.
    """
    from rmmatch.desk.reporting import check_folder
    from rmmatch.errors import RecordError
    from rmmatch.matching import load_review

    check_folder(folder)
    path = folder / "run.json"
    if not path.exists():
        return
    remedy = "name another folder with --out, or move the run away"
    try:
        said = load_review(path)
    except RecordError as error:
        reason = "is there and cannot be read, so nobody knows whether it was reviewed"
        there = Problem(str(path), "", "", "", reason, remedy, code="already_there")
        raise ProblemsError([*error.items, there]) from None
    if said.log:
        reason = f"was {said.summary}"
        raise ProblemsError(
            [Problem(str(path), "", "", "", reason, remedy, code="already_reviewed")]
        )


def two_tables(tables: list[Path]) -> tuple[Path, Path | None]:
    """Return the table of mentors, or of everybody, and that of mentees."""
    if len(tables) > 2:
        raise typer.BadParameter("the people are in one table or two", param_hint="MENTEES")
    return tables[0], tables[1] if len(tables) == 2 else None


def load_run(run: Path, tables: list[Path], relations: Path | None) -> Result:
    """Read a record, with the tables it was made from where they are given."""
    from rmmatch.matching import load_result

    result = load_result(run)
    if not tables:
        return result
    return load_result(run, read_people(result.scheme, tables, relations))


def read_people(policy: Scheme, tables: list[Path], relations: Path | None) -> Cohort:
    """Read one table or two as a scheme says."""
    from rmmatch.cohort import read_cohort

    mentors, mentees = two_tables(tables)
    return read_cohort(mentors, mentees, relations=relations, scheme=policy)


def is_watched(quiet: bool) -> bool:
    """Whether somebody sits at a terminal and wants to know how far it is."""
    return not quiet and sys.stderr.isatty()


def check_write_and_show(
    result: Result,
    out: Path,
    inputs: Mapping[str, bytes] | None = None,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    progress: bool = False,
    is_shown: bool = True,
) -> None:
    """Check a result, write its files, and show it; or only what is wrong, where not `shown`."""
    from rmmatch.checking import check as check_result
    from rmmatch.cli.output import show_findings, show_lines, show_notes, show_result
    from rmmatch.desk.reporting import write_files

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
    show_notes(list(result.scheme.remarks(result.cohort)))
    show_lines([verdict_line(result)])
    print_files(out, names)


def conflict_lines(conflict: Conflict | None) -> list[str]:
    """Return what is in conflict, a line each."""
    return [] if conflict is None else conflict.lines()


def _print_trade_off(result: Result) -> None:
    """Print what it costs to pair as many as possible, or not to."""
    from rmmatch.analysis.trade_offs import trade_off
    from rmmatch.cli.output import show_lines

    found = trade_off(result)
    if found is not None:
        show_lines([str(found)])


def verdict_line(result: Result, n_violations: int = 0) -> str:
    """Say in a line what an independent check found."""
    from rmmatch.matching import Status

    if n_violations:
        return f"Checked: {n_violations} violation{'' if n_violations == 1 else 's'}."
    proof = "the proof holds" if result.status is Status.OPTIMAL else "not proved optimal"
    if result.status is Status.OPTIMAL and result.proof == "solver":
        proof = "that nothing is better is the solver's word"
    return f"Checked: every rule is kept, {proof}."


def print_files(folder: Path, names: Sequence[str]) -> None:
    """Print which files were written to a folder."""
    from rmmatch.cli.output import show_lines

    show_lines([f"Written to {folder}: {', '.join(names)}"])
