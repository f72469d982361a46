"""The people of a table, checked cell by cell: every problem is kept, none stops the reading."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from rmmatch.cohort.model import STATUSES, IntArray, Link, Role, Slot, Source, Text, fold
from rmmatch.cohort.parsing import (
    RELATION_COLUMNS,
    STANDARD_COLUMNS,
    column_name,
    parse_availability,
    parse_whole_number,
    parse_yes_no,
)
from rmmatch.cohort.relating import LinkRow, People
from rmmatch.cohort.tables import Row, TableLike, read_table
from rmmatch.errors import HIDDEN, Problem, nearest

__all__ = ["CheckedPeople", "Reader"]

T = TypeVar("T")
D = TypeVar("D")

_NOT_TEXT = frozenset({"id", "role", "status", "capacity", "min_load", "priority"})
# Standard columns that bind: a survey's own wording of one must not pass for an extra column.
_BINDING = ("status", "capacity", "min_load", "priority", "preferences", "declined")
_RUNS_AGO = "write how many runs ago as a whole number; leave it empty for good"
_NEAREST = 20  # pinned ids for which the nearest one is looked for


@dataclass(frozen=True)
class Sheet:
    """A table whose columns have their names."""

    name: str
    rows: list[Row]
    columns: dict[str, Text]


@dataclass(frozen=True)
class CheckedPeople:
    """The people of one table, of either role; None where a cell could not be read."""

    table: str
    rows: list[Row]
    ids: list[str | None]
    roles: list[Role | None]
    columns: dict[str, Text]
    numbers: dict[str, IntArray]
    status: Text
    slots: list[tuple[Slot, ...] | None]

    def ids_of(self, role: Role) -> list[str]:
        """Return the ids of one role, in order."""
        pairs = zip(self.ids, self.roles, strict=True)
        return [id_ for id_, its in pairs if id_ is not None and its == role]

    def of(self, role: Role) -> People:
        """Return the people of one role, once nothing is wrong with any of them."""
        where = np.array([its == role for its in self.roles], dtype=bool)
        places = np.flatnonzero(where).tolist()
        return People(
            role=role,
            table=self.table,
            rows=[self.rows[place] for place in places],
            ids=self.ids_of(role),
            columns={name: cells[where] for name, cells in self.columns.items()},
            numbers={name: values[where] for name, values in self.numbers.items()},
            status=self.status[where],
            slots=[self.slots[place] for place in places],
        )


class Reader:
    """Reads table after table and remembers what it met.

    Parameters
    ----------
    mapping : mapping of str to str
        Header as written → the column it is.
    sensitive : collection of str
        Columns whose values appear in no problem.

    Attributes
    ----------
    problems : list of Problem
    notes : list of str
    sources : list of Source
    sensitive : frozenset of str
        By the names the columns are stored under.
    """

    def __init__(self, mapping: Mapping[str, str], sensitive: Collection[str]) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.sources: list[Source] = []
        self._mapping = {column_name(key): column_name(value) for key, value in mapping.items()}
        written = (sensitive,) if isinstance(sensitive, str) else sensitive
        # Hidden by the header as well as by the name it is mapped to.
        self._hidden = {column: {column_name(column), self._name(column)} for column in written}
        self.sensitive = frozenset(name for names in self._hidden.values() for name in names)
        self._unused = {column_name(key): key for key in mapping}
        self._headers: list[str] = []
        self._met: set[str] = set()
        self._is_complete = True

    def problem(
        self, table: str, row: Row, column: str, value: str, reason: str, remedy: str
    ) -> None:
        """Add a problem, without the value of a sensitive column."""
        if value and column in self.sensitive:
            value = HIDDEN
        self.problems.append(Problem(table, row, column, value, reason, remedy))

    # Tables ---------------------------------------------------------------------------------

    def sheet(self, source: TableLike, name: str, needed: Sequence[str]) -> Sheet | None:
        """Read a table and name its columns."""
        known = {*STANDARD_COLUMNS, *needed, *self._mapping}
        table = read_table(source, name, known=known, problems=self.problems, notes=self.notes)
        if table is None:
            self._is_complete = False
            return None
        columns: dict[str, Text] = {}
        written: dict[str, str] = {}
        for header, cells in zip(table.header, table.columns, strict=True):
            self._unused.pop(column_name(header), None)
            column = self._name(header)
            if column in columns:
                reason = f"the headers {written[column]!r} and {header!r} are the same column"
                remedy = "rename one, or give it another name under `columns`"
                self.problem(table.name, "", column, "", reason, remedy)
            else:
                columns[column], written[column] = cells, header
        self._headers += table.header
        self._met.update(columns)
        self.sources.append(Source(table.name, table.sha256, len(table.rows)))
        for column in needed:
            if column not in columns:
                near = _nearest_header(column, table.header)
                remedy = f"nearest header: {near!r}; " if near else ""
                remedy += "add it, or map a header to it under `columns`"
                if column == "role":
                    remedy += "; or give two tables, mentors and mentees"
                self.problem(table.name, "", column, "", "there is no such column", remedy)
        return Sheet(table.name, table.rows, columns)

    def filled(
        self, sheet: Sheet, names: Sequence[str], *, also: str = ""
    ) -> Iterator[tuple[Row, tuple[str, ...]]]:
        """Yield the rows in which all these columns are filled; each other is a problem.

        Behind their cells stands that of a column that need not be filled, where one is named.
        """
        if not all(name in sheet.columns for name in names):
            return
        columns = [sheet.columns[name] for name in names]
        if also:
            columns.append(sheet.columns.get(also, np.full(len(sheet.rows), "", dtype=object)))
        for row, *found in zip(sheet.rows, *columns, strict=True):
            for name, cell in zip(names, found, strict=False):
                if cell is None:
                    self.problem(sheet.name, row, name, "", "is missing", "fill it in")
            if None not in found[: len(names)]:
                yield row, tuple(found)

    def check_names(self) -> None:
        """Add the keys of the mapping, and the sensitive columns, that no table has."""
        if not self._is_complete:
            return
        for key in self._unused.values():
            near = nearest(key, self._headers)
            remedy = f"nearest header: {near!r}" if near else "write the header as the table has it"
            self.problem("columns", "", "", key, "no table has this header", remedy)
        for column, names in self._hidden.items():
            # A misspelt one would hide nothing; a standard name is no slip.
            if names.isdisjoint(self._met) and names.isdisjoint(STANDARD_COLUMNS):
                near = nearest(column, self._headers)
                remedy = f"nearest header: {near!r}; " if near else ""
                remedy += "write it as the table has it, or take it out of `sensitive`"
                reason = f"no table has the column {column!r}"
                self.problem("sensitive", "", "", "", reason, remedy)

    def _name(self, header: str) -> str:
        name = column_name(header)
        return self._mapping.get(name, name)

    # People ---------------------------------------------------------------------------------

    def people(self, source: TableLike, name: str, role: Role | None) -> CheckedPeople | None:
        """Read and check a table of people, all of one role or of the roles it gives."""
        start = len(self.problems)
        sheet = self.sheet(source, name, ("id",) if role else ("id", "role"))
        if sheet is None:
            return None
        self._note_oddities(sheet)
        if not sheet.rows:
            self.problem(sheet.name, "", "", "", "has no people", "add a row for each person")
        roles = self._roles(sheet, role)
        status = self._parsed(
            sheet, "status", _status, f"write {', '.join(STATUSES)}", "applicant", "applicant"
        )
        slots: list[tuple[Slot, ...] | None] = self._parsed(
            sheet,
            "availability",
            parse_availability,
            "write it as in 'Mon 09:00-12:00; Wed pm'",
            None,
            None,
        )
        columns = {name: cells for name, cells in sheet.columns.items() if name not in _NOT_TEXT}
        if "attended_training" in columns:
            said = self._parsed(
                sheet, "attended_training", parse_yes_no, "write yes or no", None, None
            )
            columns["attended_training"] = np.array(said, dtype=object)
        people = CheckedPeople(
            table=sheet.name,
            rows=sheet.rows,
            ids=self._ids(sheet, roles),
            roles=roles,
            columns=columns,
            numbers=self._numbers(sheet),
            status=np.array(status, dtype=object),
            slots=slots,
        )
        # Found column by column, shown row by row.
        place = {row: index for index, row in enumerate(sheet.rows)}
        self.problems[start:] = sorted(
            self.problems[start:], key=lambda problem: place.get(problem.row, -1)
        )
        return people

    def _numbers(self, sheet: Sheet) -> dict[str, IntArray]:
        # A capacity or a load that cannot be read must not look like a clash of the two.
        by_column = {"capacity": (1, 2**40), "min_load": (0, 0), "priority": (0, 0)}
        remedy = "write a whole number, from 0 to 1,000,000"
        numbers = {
            column: np.array(
                self._parsed(sheet, column, parse_whole_number, remedy, default, fault),
                dtype=np.int64,
            )
            for column, (default, fault) in by_column.items()
        }
        for place in np.flatnonzero(numbers["min_load"] > numbers["capacity"]).tolist():
            reason = "is more than the capacity (1 where none is given)"
            row, value = sheet.rows[place], str(numbers["min_load"][place])
            remedy = "lower min_load or raise capacity"
            self.problem(sheet.name, row, "min_load", value, reason, remedy)
        return numbers

    def _roles(self, sheet: Sheet, role: Role | None) -> list[Role | None]:
        remedy = "write mentor or mentee"
        if role is not None:
            remedy = f"this is the table of {role}s: leave the column out, or give it another name"
        roles = self._parsed(sheet, "role", _role, remedy, role, None)
        if role is not None:
            for row, other in zip(sheet.rows, roles, strict=True):
                if other not in (role, None):
                    reason = f"is in the table of {role}s"
                    self.problem(sheet.name, row, "role", str(other), reason, remedy)
            return [role] * len(roles)
        if "role" in sheet.columns and sheet.rows:
            for row, cell in zip(sheet.rows, sheet.columns["role"], strict=True):
                if cell is None:
                    self.problem(sheet.name, row, "role", "", "is missing", remedy)
            for absent in ("mentor", "mentee"):
                if absent not in roles and None not in roles:
                    reason = f"has no {absent}s"
                    self.problem(sheet.name, "", "role", "", reason, "give both sides")
        return roles

    def _ids(self, sheet: Sheet, roles: Sequence[Role | None]) -> list[str | None]:
        if "id" not in sheet.columns:
            return [None] * len(sheet.rows)
        ids: list[str | None] = sheet.columns["id"].tolist()
        first: dict[tuple[Role | None, str], Row] = {}
        for row, id_, role in zip(sheet.rows, ids, roles, strict=True):
            if id_ is None:
                self.problem(sheet.name, row, "id", "", "is missing", "give each person an id")
                continue
            if ";" in id_:
                reason, remedy = "an id with ';' cannot stand in a list of ids", "leave it out"
                self.problem(sheet.name, row, "id", id_, reason, remedy)
            if (role, id_) in first:
                reason = f"row {first[role, id_]} has the same id"
                remedy = "give each person of a side one row, with an id of their own"
                self.problem(sheet.name, row, "id", id_, reason, remedy)
            else:
                first[role, id_] = row
        return ids

    def _parsed(
        self,
        sheet: Sheet,
        column: str,
        parse: Callable[[str], T],
        remedy: str,
        missing: D,
        fault: D,
    ) -> list[T | D]:
        """Parse each distinct cell once; a problem for every row whose cell does not parse."""
        if column not in sheet.columns:
            return [missing] * len(sheet.rows)
        cells = sheet.columns[column].tolist()
        values: dict[str | None, T | D] = {None: missing}
        reasons: dict[str, str] = {}
        for cell in set(cells) - {None}:
            try:
                values[cell] = parse(cell)
            except ValueError as error:
                values[cell] = fault
                reasons[cell] = str(error)
        if reasons:
            is_hidden = column in self.sensitive  # the reason may quote the cell
            for row, cell in zip(sheet.rows, cells, strict=True):
                if cell in reasons:
                    reason = "is not what this column takes" if is_hidden else reasons[cell]
                    self.problem(sheet.name, row, column, cell, reason, remedy)
        return [values[cell] for cell in cells]

    # Relations ------------------------------------------------------------------------------

    def links(self, source: TableLike, people: Sequence[CheckedPeople | None]) -> list[LinkRow]:
        """Read a table of relations between these people."""
        needed = ("mentee", "mentor", "kind")
        sheet = self.sheet(source, "relations", needed)
        if sheet is None:
            return []
        kinds = {kind: column_name(kind) for kind in set(sheet.columns.get("kind", ())) if kind}
        self._met.update(kinds.values())
        self._check_kinds(sheet, kinds)
        ages = self._parsed(sheet, "runs_ago", parse_whole_number, _RUNS_AGO, None, None)
        age_of = dict(zip(sheet.columns.get("runs_ago", ()), ages, strict=False))
        links = [
            LinkRow(sheet.name, row, Link(mentee, mentor, kinds[kind], age_of.get(age)))
            for row, (mentee, mentor, kind, age) in self.filled(sheet, needed, also="runs_ago")
        ]
        if self._is_complete:
            read = [table for table in people if table is not None]
            mentees = dict.fromkeys(id_ for table in read for id_ in table.ids_of("mentee"))
            mentors = dict.fromkeys(id_ for table in read for id_ in table.ids_of("mentor"))
            self._check_links(links, mentees, mentors)
        return links

    def _check_kinds(self, sheet: Sheet, kinds: Mapping[str, str]) -> None:
        """Add the kinds that look like a slip: one would free a pair that must not be."""
        known = (*RELATION_COLUMNS, "pinned", "forbidden", "manual")
        slips = {
            kind: near[0]
            for kind, name in kinds.items()
            if name not in known and (near := difflib.get_close_matches(name, known, 1, 0.8))
        }
        for row, kind in zip(sheet.rows, sheet.columns.get("kind", ()), strict=False):
            if kind in slips:
                remedy = f"write {slips[kind]!r}, or give your own kind another name"
                self.problem(sheet.name, row, "kind", kind, "looks like a slip", remedy)

    def _note_oddities(self, sheet: Sheet) -> None:
        """Note columns that may be meant as standard ones, and cells that hold commas."""
        for column in sheet.columns:
            words = set(column.split("_"))
            for name in (*_BINDING, *RELATION_COLUMNS):
                if column != name and name not in sheet.columns and words >= set(name.split("_")):
                    self.notes.append(
                        f"{sheet.name}: the column {column!r} is kept as an extra one; if it is "
                        f"{name!r}, map it under `columns`"
                    )
        for column in ("goals", "speciality"):
            cells = [cell for cell in sheet.columns.get(column, ()) if cell is not None]
            if any("," in cell for cell in cells) and not any(";" in cell for cell in cells):
                self.notes.append(
                    f"{sheet.name}: cells of {column!r} hold commas; several values are separated "
                    "by semicolons"
                )

    def _check_links(
        self, links: Iterable[LinkRow], mentees: Collection[str], mentors: Collection[str]
    ) -> None:
        sought = 0
        for table, row, (mentee, mentor, kind, _) in links:
            is_either_known = mentee in mentees or mentor in mentors
            if not is_either_known and mentee in mentors and mentor in mentees:
                reason = "the mentor's id is in the mentee column, the mentee's in the other"
                self.problem(table, row, "", "", reason, "swap the two ids")
                continue
            both = (("mentee", mentee, mentees), ("mentor", mentor, mentors))
            for column, id_, known in both if kind == "pinned" else ():
                if id_ in known:
                    continue
                sought += 1
                remedy = "both people of a pinned pair must be in the cohort"
                near = nearest(id_, list(known)) if sought <= _NEAREST else None
                if near and not self.sensitive & {"id", column}:
                    remedy = f"nearest id: {near!r}; {remedy}"
                value = HIDDEN if "id" in self.sensitive else id_
                self.problem(table, row, column, value, f"is not the id of a {column}", remedy)


def _status(text: str) -> str:
    status = fold(text)
    if status not in STATUSES:
        raise ValueError("is not a status")
    return status


def _role(text: str) -> Role:
    role = fold(text)
    if role not in ("mentor", "mentee"):
        raise ValueError("is neither mentor nor mentee")
    return cast("Role", role)


def _nearest_header(column: str, headers: Sequence[str]) -> str | None:
    """Return the header that has the column's name as a word, or is spelt most like it."""
    for header in headers:
        if column in column_name(header).split("_"):
            return header
    return nearest(column, headers)
