"""Commands about changes: what one would do, what rules cost, and when somebody leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from rmmatch.cli.commands import app
from rmmatch.cli.inputs import (
    AsJson,
    FormFile,
    PeopleTables,
    RelationsFile,
    Run,
    load_run,
    read_newer,
)
from rmmatch.cli.run_folder import check_run_folder, check_write_and_show
from rmmatch.cli.words import PAIR, pair_of

if TYPE_CHECKING:
    import pandas as pd

    from rmmatch.analysis.explanations import Explanation
    from rmmatch.analysis.what_if import PersonRef, WhatIf
    from rmmatch.cohort import Role

__all__ = ["app"]

_Words = list[str] | None


def _check_probability(dropout: float) -> float:
    if not 0 < dropout < 1:
        raise typer.BadParameter("must be a chance between 0 and 1, as 0.1")
    return dropout


@app.command("what-if")
def what_if(
    run: Run,
    people: PeopleTables = None,
    *,
    pin: Annotated[
        _Words, typer.Option(metavar=PAIR, help="A pair to make. Repeat for more.")
    ] = None,
    forbid: Annotated[_Words, typer.Option(metavar=PAIR, help="A pair not to make.")] = None,
    remove: Annotated[
        _Words, typer.Option(metavar="PERSON", help="Somebody who leaves: id or name.")
    ] = None,
    add: Annotated[
        Path | None, typer.Option(help="Table of people who join, with a column `role`.")
    ] = None,
    weight: Annotated[
        _Words,
        typer.Option(
            metavar="CRITERION=NUMBER", help="Another weight; 0 leaves the criterion out."
        ),
    ] = None,
    capacity: Annotated[
        _Words, typer.Option(metavar="PERSON=NUMBER", help="How many partners somebody may have.")
    ] = None,
    without_rule: Annotated[
        list[int] | None,
        typer.Option(metavar="NUMBER", help="A rule to leave out; the first is 1.", min=1),
    ] = None,
    without_quota: Annotated[
        list[int] | None,
        typer.Option(metavar="NUMBER", help="A quota to leave out; the first is 1.", min=1),
    ] = None,
    drop_rule: Annotated[list[int] | None, typer.Option(hidden=True, min=0)] = None,
    drop_quota: Annotated[list[int] | None, typer.Option(hidden=True, min=0)] = None,
    audience: Annotated[
        str, typer.Option(help="Who will read it: coordinator or committee.")
    ] = "coordinator",
    as_json: AsJson = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Show what a change would do, without making it.

    Pairs again with the change, and shows whose partner changes and what it costs. Writes nothing.
    People are given by id or name; `mentor:ID` or `mentee:ID` where both sides have the id.
    """
    from rmmatch.analysis.what_if import what_if as change
    from rmmatch.cli.output import show_lines

    result = load_run(run, people or [], relations, form)
    answer = change(
        result,
        pin=[pair_of(word, "--pin") for word in pin or []],
        forbid=[pair_of(word, "--forbid") for word in forbid or []],
        remove=[_parse_person(word) for word in remove or []],
        add=None if add is None else _read_numbered_table(add),
        weights=dict(_parse_assignment(word, float, "--weight") for word in weight or []),
        rules=dict.fromkeys([*(drop_rule or []), *(n - 1 for n in without_rule or [])]),
        quotas=dict.fromkeys([*(drop_quota or []), *(n - 1 for n in without_quota or [])]),
        capacity={
            _parse_person(person): size
            for person, size in (
                _parse_assignment(word, int, "--capacity") for word in capacity or []
            )
        },
    )
    shown = answer if audience == "coordinator" else _for_audience(answer, audience)
    if as_json:
        typer.echo(shown.to_json())
    else:
        show_lines(str(shown).splitlines())
    raise typer.Exit(answer.result.matching is None)


@app.command("rule-prices")
def rule_prices(
    run: Run,
    people: PeopleTables = None,
    *,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Show what would be gained without each rule and quota."""
    from rmmatch.analysis.prices import prices_of_rules
    from rmmatch.cli.output import show_rows

    table = prices_of_rules(load_run(run, people or [], relations, form))
    numbers = range(2, len(table.columns))
    rows = [
        [
            _part_text(str(cell))
            if column == 0
            else f"{cell:.6g}"
            if column in numbers
            else str(cell)
            for column, cell in enumerate(row)
        ]
        for row in table.itertuples(index=False)
    ]
    gained = [f"{tier} gained" for tier in table.columns[3:]]
    show_rows(
        ["part of the scheme", "what it does", "people who change", *gained], rows, set(numbers)
    )


@app.command()
def rematch(
    run: Run,
    people: PeopleTables = None,
    *,
    withdrawn: Annotated[
        _Words,
        typer.Option(metavar="PERSON", help="Somebody who leaves: id or name. Repeat for more."),
    ] = None,
    join: Annotated[
        Path | None, typer.Option(help="Table of people who join, with a column `role`.")
    ] = None,
    parting: Annotated[
        _Words,
        typer.Option("--part", metavar=PAIR, help="A pair that asks to separate. Repeat for more."),
    ] = None,
    stay: Annotated[
        _Words, typer.Option(metavar=PAIR, help="A pair that asks to continue.")
    ] = None,
    newer: Annotated[
        Path | None,
        typer.Option(
            help="Folder of newer tables (mentors.csv, mentees.csv), as `rmmatch import` writes "
            "them: who left, who joined and what changed."
        ),
    ] = None,
    most_changes: Annotated[
        int,
        typer.Option(
            help="Most current pairs that may change to make the whole pairing better.", min=0
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the new run, the changes, and who to tell."),
    ] = None,
    as_json: AsJson = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Pair again when somebody leaves or joins, with few changes.

    People are given by id or name; `mentor:ID` or `mentee:ID` where both sides have the id.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.lifecycle.rematch import rematch as pair_again

    if out is not None:
        check_run_folder(out)
    result = load_run(run, people or [], relations, form)
    rematched = pair_again(
        result,
        withdrawn=[_parse_person(word) for word in withdrawn or []],
        joined=None if join is None else _read_numbered_table(join),
        newer=None if newer is None else read_newer(result.scheme, newer, relations),
        part=[pair_of(word, "--part") for word in parting or []],
        stay=[pair_of(word, "--stay") for word in stay or []],
        most_changes=most_changes,
    )
    if as_json:
        typer.echo(rematched.to_json())
    else:
        notices = [f"  {notice.sentence}" for notice in rematched.notices("coordinator")]
        show_lines(
            [
                *str(rematched).splitlines(),
                *(["Who to tell, and what to say:", *notices] if notices else []),
            ]
        )
    if out is not None:
        from rmmatch.desk.reporting import with_names

        check_write_and_show(
            rematched.result,
            out,
            tables={
                "changes": with_names(rematched.changes, rematched.result),
                "notices": with_names(rematched.notice_rows, rematched.result),
            },
            is_shown=not as_json,
        )
    raise typer.Exit(rematched.result.matching is None)


@app.command()
def reserves(
    run: Run,
    people: PeopleTables = None,
    *,
    count: Annotated[
        int, typer.Option("--count", "-k", help="How many people to choose.", min=1, max=12)
    ] = 2,
    dropout: Annotated[
        float, typer.Option(help="The chance that a person drops out.", callback=_check_probability)
    ] = 1 / 9,
    draws: Annotated[int, typer.Option(help="Number of simulations.", min=2)] = 1000,
    seed: Annotated[int, typer.Option(help="Number that fixes the simulations.", min=0)] = 0,
    side: Annotated[str | None, typer.Option(help="Only from one side: mentee or mentor.")] = None,
    as_json: AsJson = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Choose who to train as stand-ins for people who drop out."""
    from rmmatch.cli.output import show_lines, show_table
    from rmmatch.lifecycle.reserves import reserves as choose

    if side not in (None, "mentee", "mentor"):
        raise typer.BadParameter("must be mentee or mentor", param_hint="--side")
    role = cast("Role | None", side)
    result = load_run(run, people or [], relations, form)
    chosen = choose(result, count, dropout=dropout, draws=draws, seed=seed, role=role)
    if as_json:
        typer.echo(chosen.to_json())
    else:
        show_table(chosen.table)
        show_lines(chosen.headlines)


def _part_text(part: str) -> str:
    """Return ``rule 3`` for ``rules[2]``, as people count."""
    kind, _, position = part.partition("[")
    return f"{kind.removesuffix('s')} {int(position.rstrip(']')) + 1}"


def _for_audience(answer: WhatIf, audience: str) -> Explanation:
    try:
        return answer.for_audience(audience)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--audience") from None


def _parse_person(word: str) -> PersonRef:
    if word.startswith("mentor:"):
        return "mentor", word.removeprefix("mentor:")
    if word.startswith("mentee:"):
        return "mentee", word.removeprefix("mentee:")
    return word


def _parse_assignment(word: str, kind: type[Any], option: str) -> tuple[str, Any]:
    name, equals, number = word.rpartition("=")
    try:
        if equals and name:
            return name, kind(number)
    except ValueError:
        pass  # told below
    raise typer.BadParameter(
        f"{word!r} is not NAME=NUMBER, as in goals=2 or M016=2", param_hint=option
    )


def _read_numbered_table(path: Path) -> pd.DataFrame:
    """Read a table of any kind that `match` reads, its rows numbered as a spreadsheet does."""
    import pandas as pd

    from rmmatch.cohort.columns import STANDARD_COLUMNS
    from rmmatch.cohort.tables import read_table
    from rmmatch.errors import CohortError, Problem

    problems: list[Problem] = []
    table = read_table(
        path, path.name, known_headers=frozenset(STANDARD_COLUMNS), problems=problems, notes=[]
    )
    if table is None or problems:
        raise CohortError(problems)
    columns = dict(zip(table.header, table.columns, strict=True))
    return pd.DataFrame(columns, index=pd.Index(table.rows, dtype=object))
