"""What the files of a run say, as plain rows: no format, no pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rmmatch.analysis.explanations import Explanation
from rmmatch.cohort import OTHER_ROLE, Side
from rmmatch.matching import Result
from rmmatch.matching.display import shown_text
from rmmatch.numeric import MILLION

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Cell",
    "Listing",
    "details_listing",
    "explanation_text",
    "pairs_listing",
    "unpaired_listing",
    "with_names",
]

Cell: TypeAlias = "str | int | float | None"


@dataclass(frozen=True)
class Listing:
    """A titled table of cells.

    Attributes
    ----------
    title : str
    header : tuple of str
    rows : tuple of tuple
        As long as the header; None is an empty cell.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def pairs_listing(result: Result) -> Listing:
    """List the pairs: ids, names and e-mails where there are any, score, contributions.

    Parameters
    ----------
    result : Result

    Returns
    -------
    Listing
        Scores and contributions in [0, 1]; the contributions of a row add up to its score.
    """
    cohort, scores = result.cohort, result.scores
    positions = result.made.positions(cohort)
    terms = scores.terms_of_pairs(*positions)
    header: list[str] = []
    columns: list[Sequence[Cell]] = []
    for side, people in zip(cohort.sides, positions, strict=True):
        header.append(side.role)
        columns.append([side.ids[person] for person in people.tolist()])
        for name in _shown_values(result, side):
            header.append(f"{side.role}_{name}")
            columns.append(side.columns[name][people].tolist())
    header += ["score", *scores.criteria]
    columns += [(amounts / MILLION).tolist() for amounts in (terms.score, *terms.contributions)]
    return Listing("Pairs", tuple(header), tuple(zip(*columns, strict=True)))


def unpaired_listing(result: Result) -> Listing:
    """List the people without a partner: id, name and e-mail where there are any, side, why.

    The kind of reason is one word for programs and filters, the reason a sentence.

    Parameters
    ----------
    result : Result
    """
    cohort = result.cohort
    shown = _shown_values(result, *cohort.sides)
    rows = []
    for id_, role, reason, kind in result.unpaired_rows:
        side = cohort.side(role)
        person = side.position[id_]
        rows.append((id_, *(side.column(name)[person] for name in shown), role, reason, kind))
    return Listing("Unpaired", ("id", *shown, "side", "reason", "kind"), tuple(rows))


def with_names(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Return a table of people with their names and e-mail addresses, where there are any.

    Partners under ``before`` and ``after`` are written by name, with the id in brackets.

    Parameters
    ----------
    table : DataFrame
        With the columns ``id`` and ``side``.
    result : Result
        Of the people.
    """
    named = table.copy()
    sides = [result.cohort.side(role) for role in table["side"]]
    people = [side.position[id_] for side, id_ in zip(sides, table["id"], strict=True)]
    for place, name in enumerate(_shown_values(result, *result.cohort.sides), start=1):
        cells = [side.column(name)[person] for side, person in zip(sides, people, strict=True)]
        named.insert(place, name, cells)
    for column in {"before", "after"} & {*table.columns}:
        named[column] = [
            "; ".join(result.person_text(OTHER_ROLE[side.role], id_) for id_ in ids.split("; "))
            if ids
            else ids
            for side, ids in zip(sides, table[column], strict=True)
        ]
    return named


def details_listing(result: Result) -> Listing:
    """List what decided: status, versions, input files, the parts of the scheme.

    Parameters
    ----------
    result : Result
    """
    return Listing("Details", ("Part", "What", "Value"), tuple(_scheme_rows(result)))


def explanation_text(result: Result, explanations: Sequence[Explanation]) -> str:
    """Return explanations as plain text, a paragraph each.

    Parameters
    ----------
    result : Result
    explanations : sequence of Explanation
    """
    title = result.scheme.name or "Pairing"
    head = f"{title}\n{result.headline}\nState: {result.review.summary}"
    return "\n\n".join([head, *map(str, explanations)]) + "\n"


def _shown_values(result: Result, *sides: Side) -> list[str]:
    """Return the columns that tell a coordinator who somebody is, where a side has them."""
    columns = {name for side in sides for name in side.columns} - set(result.scheme.sensitive)
    return [name for name in ("name", "email") if name in columns]


def _scheme_rows(result: Result) -> Iterator[tuple[Cell, ...]]:
    scheme = result.scheme
    yield "run", "result", result.summary_line
    yield "run", "state", result.review.summary
    yield "run", "status", result.status.name
    for tier, value in result.objective.items():
        yield "objective", tier, shown_text(value)
        if tier in result.bound:
            yield "objective", f"{tier}, at best", shown_text(result.bound[tier])
    yield "run", "solved by", result.solver
    yield "run", "seed", result.seed
    for package, version in result.versions.items():
        yield "run", package, version
    for source in result.cohort.sources:
        yield "input", source.name, f"{source.n_rows} people, SHA-256 {source.sha256}"
    yield "scheme", "name", scheme.name
    yield "scheme", "direction", scheme.direction
    yield "scheme", "objective", ", then ".join(map(str, scheme.aims))
    total = sum(criterion.weight for criterion in scheme.criteria)
    for label, criterion in zip(scheme.criterion_labels(), scheme.criteria, strict=True):
        yield "criterion", label, f"weight {criterion.weight:g} of {total:g}"
    for index, rule in enumerate(scheme.rules):
        yield "rule", f"rule {index + 1}", scheme.public_description(rule, index)
