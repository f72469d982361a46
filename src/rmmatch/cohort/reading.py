"""From tables to a cohort: every problem of every table is found before any is reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rmmatch.cohort.cells import clean
from rmmatch.cohort.clashes import clash_notes, clashes, one_table_problem
from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.formed_tables import formed_tables
from rmmatch.cohort.forms.model import Form
from rmmatch.cohort.forms.policy import (
    form_of,
    has_own_ids,
    people_disagreements,
    undecided_columns,
)
from rmmatch.cohort.identities import OUTSIDE, Directory
from rmmatch.cohort.model import Cohort, Reading, Source
from rmmatch.cohort.people_reader import PeopleReader
from rmmatch.cohort.relations_reader import relate_people
from rmmatch.cohort.table_reader import TableReader
from rmmatch.cohort.tables import TableLike, cell_text, is_table, sheet_names
from rmmatch.errors import CohortError, Problem
from rmmatch.files.table_limits import HALF_CHARACTER, half_character
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["read_cohort", "read_pairs", "read_scores"]


class ReadingPolicy(Protocol):
    """What a scheme says of how its tables are to be read."""

    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def sensitive(self) -> Collection[str]: ...
    @property
    def people(self) -> Mapping[str, str]: ...
    @property
    def capacity(self) -> Mapping[str, int]: ...
    @property
    def each_side(self) -> bool: ...


PairsLike: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Iterable[tuple[str, str]]"


def read_cohort(
    mentors: TableLike,
    mentees: TableLike | None = None,
    *,
    relations: TableLike | None = None,
    scheme: ReadingPolicy | None = None,
    columns: Mapping[str, str] | None = None,
    sensitive: Collection[str] = (),
    people: Mapping[str, str] | None = None,
    capacity: Mapping[str, int] | None = None,
    each_side: bool = False,
    form: Form | str | os.PathLike[str] | None = None,
) -> Cohort:
    """Read the people who take part and how they are related.

    Headers are matched without regard to case, spaces, ``-`` and ``_``, in British or American
    spelling, and every column is stored in lower case with one ``_`` between words:
    ``Years of experience`` is ``years_of_experience``. Empty cells, ``NA``, ``n/a`` and ``-`` are
    missing. Text files may be UTF-8, UTF-16 with a byte order mark, or else Windows-1252 (a note
    says so), with ``,``, ``;``, tab or ``|`` between the cells.

    Lists of people (``line_manager``, ``declined``, …) may name a person by id, e-mail address or
    full name; how they are spelt does not matter (`rmmatch.spelling.fold`). What leads to nobody
    for sure is in the cohort's ``doubts``, and a scheme that reads the list refuses the cohort.

    Parameters
    ----------
    mentors, mentees : path, DataFrame or list of dict
        One table a side. Where `mentees` is left out, `mentors` holds both sides: a table with a
        ``role`` column, or a workbook with the sheets ``mentors`` and ``mentees`` (and, where it
        has one and `relations` is not given, ``relations``). ``file.xlsx#Sheet name`` names a
        sheet; otherwise it is the first one that is not hidden, or else the only one that has such
        a table. In a list each dict is a row, None is missing, and messages count rows from 1.
    relations : path, DataFrame or list of dict, optional
        A table with the columns ``mentor``, ``mentee`` and ``kind``; ``runs_ago`` may tell how
        many runs ago a pair was so, for `rmmatch.carry_over`.
    scheme : Scheme, optional
        Says how its tables are to be read: its `columns`, `sensitive`, `people`, `capacity` and
        `each_side` hold, besides what is given here.
    columns : mapping of str to str, optional
        Header as written → the column it is, such as a survey question → ``goals``. Where one is
        mapped to ``id``, a column headed ``ID`` is not used. Several for one list (``goals``,
        ``preferences``, ``availability``, …) are joined in the order of the table, names by a
        space; of any other column the cell that is filled counts. ``"Any comments? (2)"`` is the
        second of two headers that are the same.
    sensitive : collection of str
        Columns whose values appear in no message, as headers or by the names in `columns`.
    people : mapping of str to str, optional
        Whom a name in a list of people means: an id, an e-mail address, or ``outside`` for
        somebody who does not take part.
    capacity : mapping of str to int, optional
        Places of people whose cell is empty: ``{"mentors": 2}``.
    each_side : bool
        The ids of each table were numbered for themselves: they become ``M1`` and ``E1``.
    form : Form or path, optional
        How the export of a survey form is read: docs/form.md. The scheme's `columns` hold for the
        headers that the form leaves.

    Returns
    -------
    Cohort
        What the reader noticed and went on, such as blank rows, is in its ``notes``.

    Raises
    ------
    CohortError
        The tables have problems: all of them are listed.
    FormError
        The file of the form has problems.
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
    >>> read_cohort([{"id": "M1", "capacity": 2}], [{"id": "E1"}, {"id": "E2"}]).n_mentees
    2
    """
    if mentors is None:
        raise TypeError(
            "`mentors` is None: give the table of the mentors, or one table of everybody"
        )
    if scheme is not None:
        columns = {**scheme.columns, **(columns or {})}
        sensitive = (*scheme.sensitive, *([sensitive] if isinstance(sensitive, str) else sensitive))
        people = {**scheme.people, **(people or {})}
        capacity = {**scheme.capacity, **(capacity or {})}
        each_side = each_side or scheme.each_side
    if mentees is None:
        mentors, mentees, relations = _sheets_as_tables(mentors, relations)
    given = [mentors] if mentees is None else [mentors, mentees]
    reading = Reading(dict(people or {}), dict(capacity or {}), each_side)
    notes: list[str] = []
    sources: tuple[Source, ...] | None = None
    if form is not None:
        form = form_of(form)
        formed = formed_tables(
            form, given, columns=columns, sensitive=sensitive, has_scheme=scheme is not None
        )
        faults = [*people_disagreements(form, reading.people), *formed.problems]
        if faults:
            raise CohortError(faults)
        given, notes, sources = list(formed.tables), formed.notes, formed.sources
        columns = {
            header: name
            for header, name in (columns or {}).items()
            if column_name(header) not in formed.headers
        }
        # What a form names is what it is called: nothing is asked of it again.
        columns |= {
            name: name
            for name, _ in form.every_field()
            if name not in STANDARD_COLUMNS and name not in columns
        }
        sensitive = (*([sensitive] if isinstance(sensitive, str) else sensitive), *formed.sensitive)
        each_side = each_side or has_own_ids(form)
        reading = reading._replace(
            people={**reading.people, **form.people},
            each_side=each_side,
            split=formed.split,
            undecided=undecided_columns(form),
            form=form.digest,
        )
    reader = PeopleReader(columns or {}, sensitive, reading)
    reader.notes += notes
    reading = reading._replace(sensitive=tuple(sorted(reader.sensitive)))
    if len(given) == 1:
        tables = [reader.people(given[0], "people", None)]
    else:
        tables = [
            reader.people(given[0], "mentors", "mentor"),
            reader.people(given[1], "mentees", "mentee"),
        ]
    if sources is not None:
        reader.sources[:] = sources
    if relations is not None and not is_table(relations):
        relations = list(relations) or None  # an empty list has no header, and need have none
    links = [] if relations is None else reader.links(relations)
    checked = [table for table in tables if table is not None]
    if len(checked) == 2 and len(checked[0].ids) > 1 and checked[0].is_same_list(checked[1]):
        names = [table.table for table in checked]
        has_role = "role" in checked[0].headers
        problem = one_table_problem(names, len(checked[0].ids), has_role=has_role)
        # nothing is said besides of who is in which table
        others = (found for found in reader.problems if found.code != "wrong_role")
        reader.problems = [problem, *others]
    if len(checked) < len(tables):
        reader.check_names()
        raise CohortError(reader.problems)
    registered = checked[-1].registered("mentee"), checked[0].registered("mentor")
    reader.problems += clashes(*registered, reader.sensitive)
    ids = set(registered[0].roster.ids), set(registered[1].roster.ids)
    if len(ids[0]) > 1 and ids[0] == ids[1]:
        reader.notes.append(
            "everybody is both a mentor and a mentee: did you give the same table twice?"
        )
    reader.notes += clash_notes(*registered)
    rosters = registered[0].roster, registered[1].roster
    directory = Directory(
        *rosters,
        reading.people,
        each_side=each_side,
        has_hidden_names="name" in reader.sensitive,
    )
    related = relate_people(
        checked[-1].of("mentee"), checked[0].of("mentor"), links, directory, reader.sensitive
    )
    reader.problems += (*related.problems, *_invalid_settlements(directory))
    reader.check_names()
    if reader.problems:
        raise CohortError(dict.fromkeys(reader.problems))
    return Cohort(
        mentees=related.mentees,
        mentors=related.mentors,
        relations=related.relations,
        managers=related.managers,
        notes=(*reader.notes, *related.notes),
        sources=tuple(reader.sources),
        links=related.links,
        doubts=related.doubts,
        reading=reading,
    )


def _invalid_settlements(directory: Directory) -> Iterator[Problem]:
    """Yield what `people` says that cannot be: an id of nobody, a participant who is outside."""
    for written, value in directory.unsettled:
        entry = directory.look_up(written)
        takes_part = entry.kind == "person" and entry.by in ("id", "email")
        if fold(value) == OUTSIDE or takes_part:
            reason = f"{written!r} is the id or e-mail address of somebody who takes part"
            remedy = "take the line out: an id or e-mail address always means whoever has it"
        else:
            reason = f"{written!r} is said to be {value!r}, who is nobody here, or several people"
            remedy = directory.hint(value) or "write an id, or outside"
        yield Problem("people", "", "", "", reason, remedy, code="unknown_person")


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
    reader = TableReader({})
    read: list[tuple[str, str]] = []
    if is_table(pairs):
        sheet = reader.sheet(pairs, "pairs", ("mentee", "mentor"))
        if sheet is not None:
            filled = reader.filled(sheet, ("mentee", "mentor"))
            read = [(mentee, mentor) for _, (mentee, mentor) in filled]
    else:
        for row, pair in enumerate(pairs, start=1):
            ids = [clean(cell_text(id_)) for id_ in pair] if isinstance(pair, tuple | list) else []
            half = "".join(half_character(id_ or "") for id_ in ids)
            if half:
                reader.problem("pairs", row, "", half, *HALF_CHARACTER, "not_text")
            elif len(ids) == 2 and ids[0] is not None and ids[1] is not None:
                read.append((ids[0], ids[1]))
            else:
                remedy = "write (mentee id, mentor id)"
                reason = "is not a pair of ids"
                reader.problem("pairs", row, "", "", reason, remedy, "not_a_pair")
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
    reader = TableReader({})
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
            reason = "is not a score"
            reader.problem("scores", row, "score", text, reason, remedy, "not_a_score")
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
