"""Commands about what could be otherwise: what a change does, and what rules cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rmmatch.cli.commands import AsJson, People, RelationsFile, Run, app, load_run
from rmmatch.cli.words import pair_of

if TYPE_CHECKING:
    import pandas as pd

    from rmmatch.changing import Person

__all__ = ["app"]

_Words = list[str] | None


@app.command("what-if")
def what_if(
    run: Run,
    people: People = None,
    *,
    pin: Annotated[
        _Words, typer.Option(help="A pair that must be made, as MENTEE,MENTOR; again for more.")
    ] = None,
    forbid: Annotated[
        _Words, typer.Option(help="A pair that must not be made, as MENTEE,MENTOR.")
    ] = None,
    remove: Annotated[_Words, typer.Option(help="Id of somebody who leaves.")] = None,
    add: Annotated[
        Path | None, typer.Option(help="Table (csv) of people who join, with a column `role`.")
    ] = None,
    weight: Annotated[
        _Words, typer.Option(help="CRITERION=NUMBER; 0 leaves the criterion out.")
    ] = None,
    capacity: Annotated[_Words, typer.Option(help="ID=NUMBER, or mentor:ID=NUMBER.")] = None,
    drop_rule: Annotated[
        list[int] | None, typer.Option(help="Position of a rule in the scheme, from 0.", min=0)
    ] = None,
    drop_quota: Annotated[
        list[int] | None, typer.Option(help="Position of a quota in the scheme, from 0.", min=0)
    ] = None,
    as_json: AsJson = False,
    relations: RelationsFile = None,
) -> None:
    """Change something, pair again, and tell who changes and what it costs. Writes nothing."""
    from rmmatch.changing import what_if as change
    from rmmatch.cli.showing import show_lines

    result = load_run(run, people or [], relations)
    told = change(
        result,
        pin=[pair_of(word, "--pin") for word in pin or []],
        forbid=[pair_of(word, "--forbid") for word in forbid or []],
        remove=[_person(word) for word in remove or []],
        add=None if add is None else _table(add),
        weights=dict(_assigned(word, float, "--weight") for word in weight or []),
        rules=dict.fromkeys(drop_rule or []),
        quotas=dict.fromkeys(drop_quota or []),
        capacity={
            _person(who): size
            for who, size in (_assigned(word, int, "--capacity") for word in capacity or [])
        },
    )
    if as_json:
        typer.echo(told.to_json())
    else:
        show_lines(str(told).splitlines())
    raise typer.Exit(told.result.matching is None)


@app.command("rule-prices")
def rule_prices(run: Run, people: People = None, *, relations: RelationsFile = None) -> None:
    """Tell what each rule and quota costs: what would be gained without it."""
    from rmmatch.cli.showing import show_rows
    from rmmatch.costing import prices_of_rules

    table = prices_of_rules(load_run(run, people or [], relations))
    numbers = range(2, len(table.columns))
    rows = [
        [str(cell) if at not in numbers else f"{cell:.6g}" for at, cell in enumerate(row)]
        for row in table.itertuples(index=False)
    ]
    gained = [f"{tier} gained" for tier in table.columns[3:]]
    show_rows(["part", "what", "people who change", *gained], rows, set(numbers))


def _person(word: str) -> Person:
    if word.startswith("mentor:"):
        return "mentor", word.removeprefix("mentor:")
    if word.startswith("mentee:"):
        return "mentee", word.removeprefix("mentee:")
    return word


def _assigned(word: str, kind: type[Any], option: str) -> tuple[str, Any]:
    name, equals, number = word.rpartition("=")
    try:
        if equals and name:
            return name, kind(number)
    except ValueError:
        pass  # told below
    raise typer.BadParameter(f"{word!r} is not NAME=NUMBER", param_hint=option)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    from rmmatch.errors import CohortError, Problem

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else "is not a csv table in UTF-8"
        raise CohortError([Problem(path.name, "", "", "", f"{told}")]) from None
