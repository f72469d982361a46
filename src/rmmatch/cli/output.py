"""What the commands print: tables that fit the terminal, plain text where there is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rmmatch.checking import Findings
from rmmatch.cohort.doubts import row_list
from rmmatch.errors import Problem
from rmmatch.matching import Conflict, Result
from rmmatch.matching.display import Shown, points_rows, shown_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.console import Console

    from rmmatch.cohort import Cohort
    from rmmatch.scheme import Scheme

__all__ = [
    "conflict_lines",
    "print_files",
    "printable",
    "problem_lines",
    "rule_lines",
    "show_findings",
    "show_lines",
    "show_notes",
    "show_objectives",
    "show_result",
    "show_rows",
    "show_summary",
    "show_table",
]

_MAX_SHOWN_ROWS = 40  # of a table; wording
_MAX_SHOWN_PROBLEMS = 50  # more are merged by kind; wording
_MAX_SHOWN_VALUES = 3  # of problems that are merged; wording
_MAX_SHOWN_ROW_RUNS = 20  # of rows that have the same problem; wording
_N_REASONS = 2  # criteria shown with a pair; wording


def show_result(result: Result) -> None:
    """Print the headline, the pairs with what gave most of their points, and who has no partner.

    Parameters
    ----------
    result : Result
        With a matching.
    """
    console = _console()
    console.print(printable(result.headline), style="bold", soft_wrap=True)
    _print_table(
        console, ("mentee", "mentor", "points", "most points from"), _pair_rows(result), {2}
    )
    _print_n_more(console, len(result.made), "pairs.csv")
    unpaired = result.unpaired_rows
    if not unpaired:
        return
    have = "person has" if len(unpaired) == 1 else "people have"
    console.print(f"{len(unpaired):,} {have} no partner:", style="bold")
    people = [
        (row.side, result.person_text(row.side, row.id), row.reason)
        for row in unpaired[:_MAX_SHOWN_ROWS]
    ]
    _print_table(console, ("side", "person", "reason"), people)
    _print_n_more(console, len(unpaired), "unpaired.csv")


def show_notes(notes: Collection[str]) -> None:
    """Print notes for the coordinator.

    Parameters
    ----------
    notes : collection of str
        Nothing is printed where there are none.
    """
    if notes:
        show_lines(["Please check:", *(f"  {note}" for note in notes), ""])


def rule_lines(cohort: Cohort, scheme: Scheme) -> list[str]:
    """Return what a scheme does not allow, and its quotas, as numbered sentences with counts.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    """
    from rmmatch.desk.rule_forms import effects, sentences

    said = sentences(scheme)  # people as the scheme names them: this output shows no other names
    counts = effects(cohort, scheme)
    lines = []
    for family, title in (("rules", "Rules:"), ("quotas", "Quotas:")):
        members = [sentence for sentence in said if sentence.family == family]
        lines += [title] if members else []
        for number, sentence in enumerate(members, start=1):
            effect = counts.of(sentence.path)
            ending = "" if effect is None else f" It {effect.text}."
            name = f"{sentence.name}: " if sentence.name else ""
            lines.append(f"  {number}. {name}{sentence.text}{ending}")
    return [*lines, ""] if lines else []


def show_findings(findings: Findings) -> None:
    """Print every violation under its rule.

    Parameters
    ----------
    findings : Findings
    """
    for rule, count in findings.by_rule.items():
        messages = [f"  {violation.message}" for violation in findings if violation.rule == rule]
        show_lines([f"{rule} ({count})", *messages, ""])


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Return problems a line each; where they are many, a line for each kind.

    Parameters
    ----------
    problems : sequence of Problem
    """
    if len(problems) <= _MAX_SHOWN_PROBLEMS:
        return [str(problem) for problem in problems]
    groups_by_kind: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        kind = (problem.file, problem.column, problem.reason, problem.remedy, problem.code)
        groups_by_kind.setdefault(kind, []).append(problem)
    groups = list(groups_by_kind.values())
    lines = [str(_merge_problems(group)) for group in groups[:_MAX_SHOWN_PROBLEMS]]
    n_more = sum(map(len, groups[_MAX_SHOWN_PROBLEMS:]))
    if n_more:
        lines.append(f"… and {n_more:,} more: correct these and try again")
    return lines


def _merge_problems(problems: Sequence[Problem]) -> Problem:
    """Return problems of one kind as one problem, with all their rows and some of their values."""
    rows = [problem.row for problem in problems]
    values = list(dict.fromkeys(problem.value for problem in problems))
    shown = ", ".join(values[:_MAX_SHOWN_VALUES])
    if len(values) > _MAX_SHOWN_VALUES:
        shown += f" and {len(values) - _MAX_SHOWN_VALUES:,} more"
    return replace(problems[0], row=row_list(rows, _MAX_SHOWN_ROW_RUNS), value=shown)


def show_objectives(columns: Mapping[str, Mapping[str, Shown]]) -> None:
    """Print the values of pairings, tier by tier, side by side.

    Parameters
    ----------
    columns : mapping of str to mapping
        Of each pairing, by its title, the value of each tier.
    """
    tiers = dict.fromkeys(tier for values in columns.values() for tier in values)
    rows = [
        (
            tier,
            *(shown_text(values[tier]) if tier in values else "-" for values in columns.values()),
        )
        for tier in tiers
    ]
    _print_table(_console(), ("objective", *columns), rows, set(range(1, len(columns) + 1)))


def show_summary(summary: pd.DataFrame) -> None:
    """Print the summary of a comparison, a column for each strategy.

    Parameters
    ----------
    summary : DataFrame
        A row for each strategy.
    """
    measures = summary.set_index("strategy").T
    rows = [
        (
            str(measure).replace("_", " "),
            *("-" if cell != cell else f"{cell:.6g}" for cell in cells),
        )
        for measure, cells in zip(measures.index, measures.to_numpy(float).tolist(), strict=True)
    ]
    header = ("mean of", *(str(name).replace("_", " ") for name in measures.columns))
    _print_table(_console(), header, rows, set(range(1, len(header))))


def show_table(table: pd.DataFrame, file: str = "") -> None:
    """Print the first rows of a table.

    Parameters
    ----------
    table : DataFrame
    file : str, optional
        Name of the file that has all rows.
    """
    console = _console()
    numbers = {column for column, kind in enumerate(table.dtypes) if kind.kind in "fiu"}
    rows = [
        tuple(_cell_text(cell) for cell in row)
        for row in table.head(_MAX_SHOWN_ROWS).itertuples(index=False, name=None)
    ]
    header = [str(name).replace("_", " ") for name in table.columns]
    _print_table(console, header, rows, numbers)
    if len(table) > _MAX_SHOWN_ROWS:
        more = f"… and {len(table) - _MAX_SHOWN_ROWS} more" + (f", in {file}" if file else "")
        console.print(f"{more}\n", soft_wrap=True)


def _cell_text(cell: object) -> str:
    if cell is None or cell != cell:
        return "-"
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def show_rows(
    header: Sequence[str], rows: Iterable[Sequence[str]], number_columns: Collection[int] = ()
) -> None:
    """Print a table.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequence of str
        Each as long as the header.
    number_columns : collection of int
        Positions of the columns that stand to the right.
    """
    _print_table(_console(), header, rows, number_columns)


def show_lines(lines: Iterable[str]) -> None:
    """Print lines as they are; the terminal breaks long ones.

    Parameters
    ----------
    lines : iterable of str
    """
    console = _console()
    for line in lines:
        console.print(printable(line), soft_wrap=True)


def conflict_lines(conflict: Conflict | None) -> list[str]:
    """Return what is in conflict, a line each.

    Parameters
    ----------
    conflict : Conflict or None
        None where nothing is known: no line.
    """
    return [] if conflict is None else conflict.lines


def print_files(folder: Path, names: Sequence[str]) -> None:
    """Print which files were written to a folder.

    Parameters
    ----------
    folder : Path
    names : sequence of str
    """
    lines = [f"Written to {folder}: {', '.join(names)}"]
    if "run.json" in names and "pairing.xlsx" not in names:
        lines.append('For a workbook too: pip install "rmmatch[excel]"')
    show_lines(lines)


def printable(text: str) -> str:
    """Return a text without what could move the cursor of a terminal or colour it.

    Parameters
    ----------
    text : str
    """
    return "".join(c if c.isprintable() else " " for c in text)


def _console() -> Console:
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def _print_table(
    console: Console,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    number_columns: Collection[int] = (),
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column, name in enumerate(header):
        is_number = column in number_columns
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(printable, row))
    if table.row_count:
        console.print(table)


def _print_n_more(console: Console, count: int, file: str) -> None:
    if count > _MAX_SHOWN_ROWS:
        console.print(f"… and {count - _MAX_SHOWN_ROWS} more, in {file}\n", soft_wrap=True)


def _pair_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """Yield both people, the points, and the criteria that gave most of them."""
    mentees, mentors = (people[:_MAX_SHOWN_ROWS] for people in result.positions)
    criteria = result.scores.criteria
    for mentee, mentor, points, *parts in points_rows(result.scores, mentees, mentors):
        most_first = sorted(zip(criteria, parts, strict=True), key=lambda entry: -entry[1])
        yield (
            mentee,
            mentor,
            str(points),
            ", ".join(
                f"{name.replace('_', ' ')} {part}" for name, part in most_first[:_N_REASONS] if part
            ),
        )
