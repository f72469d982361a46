"""From tables to a cohort: every problem of every table is found before any is reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from rmmatch.cohort.model import (
    Cohort,
    Relation,
)
from rmmatch.cohort.parsing import (
    RELATION_COLUMNS,
    clean,
    column_name,
)
from rmmatch.cohort.tables import TableLike, cell_text, sheet_names
from rmmatch.errors import CohortError

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["read_cohort", "read_pairs"]

PairsLike: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Iterable[tuple[str, str]]"
T = TypeVar("T")

_NUMBERS = {"capacity": 1, "min_load": 0, "priority": 0}
_NOT_TEXT = frozenset({"id", "role", "status", *_NUMBERS})
_LOOKED_UP = 200  # ids of people outside the cohort that are compared with its own
_COMPARISONS = 200_000
_SLIPS_SHOWN = 20
_NEAREST_SHOWN = 20


def read_cohort(
    mentors: TableLike,
    mentees: TableLike | None = None,
    *,
    relations: TableLike | None = None,
    columns: Mapping[str, str] | None = None,
    sensitive: Collection[str] = (),
) -> Cohort:
    """Read the people who take part and how they are related.

    Headers are matched without regard to case, spaces, ``-`` and ``_``, in British or American
    spelling, and every column is stored in lower case with one ``_`` between words:
    ``Years of experience`` is ``years_of_experience``. Empty cells, ``NA``, ``n/a`` and ``-`` are
    missing. Text files may be UTF-8, UTF-16 with a byte order mark, or else Windows-1252 (a note
    says so), with ``,``, ``;``, tab or ``|`` between the cells.

    Parameters
    ----------
    mentors, mentees : path or DataFrame
        One table a side. Where `mentees` is left out, `mentors` holds both sides: a table with a
        ``role`` column, or a workbook with the sheets ``mentors`` and ``mentees`` (and, where it
        has one and `relations` is not given, ``relations``). ``file.xlsx#Sheet name`` names a
        sheet; otherwise it is the first one.
    relations : path or DataFrame, optional
        A table with the columns ``mentor``, ``mentee`` and ``kind``.
    columns : mapping of str to str, optional
        Header as written → the column it is, such as a survey question → ``goals``.
    sensitive : collection of str
        Columns whose values appear in no message.

    Returns
    -------
    Cohort
        What the reader noticed and went on, such as blank rows, is in its ``notes``.

    Raises
    ------
    CohortError
        The tables have problems: all of them are listed.
    MissingExtraError
        A spreadsheet is given and python-calamine is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({
    ...     "ID": ["M1", "E1", "E2"],
    ...     "Role": ["mentor", "mentee", "mentee"],
    ...     "Goals": [["teaching", "research"], "research", None],
    ... })
    >>> read_cohort(people)
    Cohort of 2 mentees and 1 mentors
      mentee columns: goals
      mentor columns: goals
    """
    reader = _Reader(columns or {}, sensitive)
    if mentees is None:
        mentors, mentees, relations = _sheets_as_tables(mentors, relations)
    if mentees is None:
        people = reader.people(mentors, "people", None)
        sides = {"mentor": people, "mentee": people}
    else:
        sides = {
            "mentor": reader.people(mentors, "mentors", "mentor"),
            "mentee": reader.people(mentees, "mentees", "mentee"),
        }
    links = reader.links(relations, sides) if relations is not None else []
    reader.check_mapping()
    if reader.problems:
        raise CohortError(reader.problems)

    groups = [_Group.of(role, sides[role]) for role in ("mentee", "mentor")]
    found = _Relating(groups[0], groups[1], reader)
    for column in (*RELATION_COLUMNS, "preferences"):
        found.read_column(column)
    found.read_links(links)
    return Cohort(
        mentees=found.side(0),
        mentors=found.side(1),
        relations={kind: Relation.from_pairs(pairs) for kind, pairs in found.pairs.items()},
        managers={person: tuple(ids) for person, ids in found.managers.items()},
        notes=(*reader.notes, *found.notes()),
        sources=tuple(reader.sources),
    )


def read_pairs(pairs: PairsLike) -> list[tuple[str, str]]:
    """Read a list of pairs, such as a pairing made by hand.

    Parameters
    ----------
    pairs : path, DataFrame or iterable of (mentee, mentor)
        A table has the columns ``mentee`` and ``mentor``; others are ignored.

    Returns
    -------
    list of tuple of str
        (mentee id, mentor id), in the order of the input.

    Raises
    ------
    CohortError
        The list has problems: all of them are listed.

    Examples
    --------
    >>> read_pairs([("E03", "M07"), ("E04", 12)])
    [('E03', 'M07'), ('E04', '12')]
    """
    reader = _Reader({}, ())
    read: list[tuple[str, str]] = []
    if isinstance(pairs, str) or hasattr(pairs, "__fspath__") or hasattr(pairs, "columns"):
        sheet = reader.sheet(pairs, "pairs", ("mentee", "mentor"))
        if sheet is not None:
            cells = reader.filled(sheet, ("mentee", "mentor"))
            read = [(mentee, mentor) for _, (mentee, mentor) in cells]
    else:
        for row, pair in enumerate(pairs, start=1):
            ids = [clean(cell_text(id_)) for id_ in pair] if isinstance(pair, tuple | list) else []
            if len(ids) == 2 and ids[0] is not None and ids[1] is not None:
                read.append((ids[0], ids[1]))
            else:
                reason = "is not a pair of ids"
                reader.problem("pairs", row, "", None, reason, "write (mentee id, mentor id)")
    if reader.problems:
        raise CohortError(reader.problems)
    return read


def _sheets_as_tables(
    book: TableLike, relations: TableLike | None
) -> tuple[TableLike, TableLike | None, TableLike | None]:
    """Return mentors, mentees and relations of a workbook that has such sheets."""
    by_name = {column_name(sheet).removesuffix("s"): sheet for sheet in sheet_names(book)}
    if not {"mentor", "mentee"} <= by_name.keys():
        return book, None, relations
    mentors, mentees = (f"{book}#{by_name[role]}" for role in ("mentor", "mentee"))
    if relations is None and "relation" in by_name:
        relations = f"{book}#{by_name['relation']}"
    return mentors, mentees, relations
