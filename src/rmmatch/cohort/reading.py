"""From tables to a cohort: every problem of every table is found before any is reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from rmmatch.cohort.model import Cohort
from rmmatch.cohort.parsing import clean, column_name
from rmmatch.cohort.people import Reader
from rmmatch.cohort.relating import relate
from rmmatch.cohort.tables import TableLike, cell_text, is_table, sheet_names
from rmmatch.errors import CohortError

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["read_cohort", "read_pairs", "read_scores"]

PairsLike: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Iterable[tuple[str, str]]"


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
        A table with the columns ``mentor``, ``mentee`` and ``kind``; ``runs_ago`` may tell how
        many runs ago a pair was so, for `rmmatch.carry_over`.
    columns : mapping of str to str, optional
        Header as written → the column it is, such as a survey question → ``goals``.
    sensitive : collection of str
        Columns whose values appear in no message, as headers or by the names in `columns`.

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
    reader = Reader(columns or {}, sensitive)
    if mentees is None:
        mentors, mentees, relations = _sheets_as_tables(mentors, relations)
    if mentees is None:
        tables = [reader.people(mentors, "people", None)]
    else:
        tables = [
            reader.people(mentors, "mentors", "mentor"),
            reader.people(mentees, "mentees", "mentee"),
        ]
    links = [] if relations is None else reader.links(relations, tables)
    reader.check_names()
    if reader.problems:
        raise CohortError(reader.problems)

    people = [table for table in tables if table is not None]
    ids = set(people[-1].ids_of("mentee")), set(people[0].ids_of("mentor"))
    if len(ids[0]) > 1 and ids[0] == ids[1]:
        reader.notes.append("everybody is on both sides: is it the same table twice?")
    related = relate(people[-1].of("mentee"), people[0].of("mentor"), links, reader.sensitive)
    return Cohort(
        mentees=related.mentees,
        mentors=related.mentors,
        relations=related.relations,
        managers=related.managers,
        notes=(*reader.notes, *related.notes),
        sources=tuple(reader.sources),
        links=tuple(found.link for found in links),
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
    reader = Reader({}, ())
    read: list[tuple[str, str]] = []
    if is_table(pairs):
        sheet = reader.sheet(pairs, "pairs", ("mentee", "mentor"))
        if sheet is not None:
            filled = reader.filled(sheet, ("mentee", "mentor"))
            read = [(mentee, mentor) for _, (mentee, mentor) in filled]
    else:
        for row, pair in enumerate(pairs, start=1):
            ids = [clean(cell_text(id_)) for id_ in pair] if isinstance(pair, tuple | list) else []
            if len(ids) == 2 and ids[0] is not None and ids[1] is not None:
                read.append((ids[0], ids[1]))
            else:
                remedy = "write (mentee id, mentor id)"
                reader.problem("pairs", row, "", "", "is not a pair of ids", remedy)
    if reader.problems:
        raise CohortError(reader.problems)
    return read


def read_scores(scores: TableLike) -> tuple[tuple[str, str, float], ...]:
    """Read scores of pairs from a table with the columns mentee, mentor and score.

    Parameters
    ----------
    scores : path of a csv or workbook, or DataFrame
        Scores in [0, 1]; further columns are passed over.

    Returns
    -------
    tuple of (mentee id, mentor id, score)
        In the order of the input.

    Raises
    ------
    CohortError
        The table has problems: all of them are listed.
    """
    reader = Reader({}, ())
    read: list[tuple[str, str, float]] = []
    names = ("mentee", "mentor", "score")
    sheet = reader.sheet(scores, "scores", names)
    filled = [] if sheet is None else reader.filled(sheet, names)
    for row, (mentee, mentor, text) in filled:
        try:
            score = float(text)
        except ValueError:
            score = -1.0
        if 0 <= score <= 1:
            read.append((mentee, mentor, score))
        else:
            remedy = "write a number from 0 to 1"
            reader.problem("scores", row, "score", text, "is not a score", remedy)
    if reader.problems:
        raise CohortError(reader.problems)
    return tuple(read)


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
