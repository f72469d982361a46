"""The people of a table, checked cell by cell: every problem is kept, none stops the reading."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from rmmatch.calendars.availability import Slot, parse_availability
from rmmatch.cohort.cells import parse_whole_number, parse_yes_no
from rmmatch.cohort.clashes import RegisteredPeople, repeated_hint
from rmmatch.cohort.columns import (
    BESIDE_IDS,
    RELATION_COLUMNS,
    STANDARD_COLUMNS,
    column_name,
)
from rmmatch.cohort.identities import OTHER_ROLE, SIDE_LETTERS
from rmmatch.cohort.identities.names import NAME_COLUMNS, roster_of
from rmmatch.cohort.idle_values import DATED_COLUMNS, idle_identity, spreadsheet_dates
from rmmatch.cohort.misnamed import column_meant, has_answers, lines_to_settle
from rmmatch.cohort.model import Link, Reading, Role
from rmmatch.cohort.relations_reader import LinkRow, PeopleOfRole
from rmmatch.cohort.side import STATUSES
from rmmatch.cohort.table_reader import NamedTable, TableReader
from rmmatch.cohort.tables import Row, TableLike
from rmmatch.files.row_numbers import row_list
from rmmatch.numeric import Ints, Text
from rmmatch.spelling import fold

__all__ = ["CheckedPeople", "PeopleReader"]

_NON_TEXT_COLUMNS = frozenset({"id", "role", "status", "capacity", "min_load", "priority"})
# Standard columns that bind: a survey's own wording of one must not pass for an extra column.
_BINDING_COLUMNS = ("status", "capacity", "min_load", "priority", "preferences", "declined")
_MAX_SINGLE_PROBLEMS = 20  # ids given twice; more are one problem; wording
_MAX_ROWS_OF_ONE_PERSON = 2  # of a table with one id; more are no answer sent twice; wording
_RUNS_AGO_REMEDY = "write how many runs ago as a whole number; leave it empty for good"


@dataclass(frozen=True)
class CheckedPeople:
    """The people of one table, of either role; None where a cell could not be read.

    Attributes
    ----------
    table : str
        Its name, for messages.
    rows, ids, roles, slots : list
        One entry a person, in the order of the table.
    columns : dict of str to ndarray of object, shape (n_rows,)
        Text columns by name.
    numbers : dict of str to ndarray of int64, shape (n_rows,)
        Capacity, least load and priority.
    status : ndarray of object, shape (n_rows,)
    headers : dict of str to str
        The header of each column as written.
    cells : dict of str to ndarray of object, shape (n_rows,)
        The table itself, by column.
    """

    table: str
    rows: list[Row]
    ids: list[str | None]
    roles: list[Role | None]
    columns: dict[str, Text]
    numbers: dict[str, Ints]
    status: Text
    slots: list[tuple[Slot, ...] | None]
    headers: dict[str, str]
    cells: dict[str, Text]

    def registered(self, role: Role) -> RegisteredPeople:
        """Return what the people of one role are called.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        people = self.of(role)
        columns = {name: people.columns[name] for name in NAME_COLUMNS if name in people.columns}
        roster = roster_of(people.ids, columns)
        return RegisteredPeople(
            role, self.table, people.rows, roster, self.headers.get("email", ""), self.headers
        )

    def is_same_list(self, other_table: CheckedPeople) -> bool:
        """Tell whether another table has the same rows, in any order.

        Parameters
        ----------
        other_table : CheckedPeople
        """
        cells, other_cells = self.cells, other_table.cells
        if len(self.rows) != len(other_table.rows) or cells.keys() != other_cells.keys():
            return False
        if {*cells.get("id", ())} != {*other_cells.get("id", ())}:  # quickly told, and mostly so
            return False
        rows, other_rows = (
            Counter(zip(*(columns[name] for name in cells), strict=True))
            for columns in (cells, other_cells)
        )
        return rows == other_rows

    def of(self, role: Role) -> PeopleOfRole:
        """Return the people of one role who have an id.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        ids = zip(self.ids, self.roles, strict=True)
        has_role = np.array(
            [id_ is not None and role_of_row == role for id_, role_of_row in ids], dtype=bool
        )
        positions = np.flatnonzero(has_role).tolist()
        return PeopleOfRole(
            role=role,
            table=self.table,
            rows=[self.rows[position] for position in positions],
            ids=[self.ids[position] or "" for position in positions],
            columns={name: cells[has_role] for name, cells in self.columns.items()},
            numbers={name: values[has_role] for name, values in self.numbers.items()},
            status=self.status[has_role],
            slots=[self.slots[position] for position in positions],
        )


class PeopleReader(TableReader):
    """Reads the tables of people and of relations.

    Parameters
    ----------
    mapping : mapping of str to str
        Header as written → the column it is.
    sensitive : collection of str
        Columns whose values appear in no problem.
    reading : Reading, optional
        What the scheme says of empty cells and of ids.
    """

    def __init__(
        self,
        mapping: Mapping[str, str],
        sensitive: Collection[str] = (),
        reading: Reading | None = None,
    ) -> None:
        super().__init__(mapping, sensitive)
        reading = reading or Reading()
        self._each_side = reading.each_side
        self._places = {role: reading.capacity.get(f"{role}s", 1) for role in SIDE_LETTERS}

    # People ---------------------------------------------------------------------------------

    def people(self, source: TableLike, name: str, role: Role | None) -> CheckedPeople | None:
        """Read and check a table of people.

        Parameters
        ----------
        source : path or DataFrame
        name : str
            What messages call a DataFrame.
        role : {'mentee', 'mentor'} or None
            Of all people in the table; None where its column ``role`` says it.

        Returns
        -------
        CheckedPeople or None
            None where the table cannot be read; `problems` then says why.
        """
        start = len(self.problems)
        sheet = self.sheet(source, name, ("id",) if role else ("id", "role"))
        if sheet is None:
            return None
        self._check_headers(sheet)
        self._drop_idle_identities(sheet)
        self._drop_dates(sheet)
        if not sheet.rows:
            reason, remedy = "has no people", "add a row for each person"
            self.problem(sheet.name, "", "", "", reason, remedy, "no_people")
        roles = self._roles(sheet, role)
        status = self._parse_column(
            sheet, "status", _status, f"write {', '.join(STATUSES)}", "applicant", "applicant"
        )
        slots: list[tuple[Slot, ...] | None] = self._parse_column(
            sheet,
            "availability",
            parse_availability,
            "write it as in 'Mon 09:00-12:00; Wed pm'",
            None,
            None,
        )
        columns = {
            name: cells for name, cells in sheet.columns.items() if name not in _NON_TEXT_COLUMNS
        }
        if "attended_training" in columns:
            answers = self._parse_column(
                sheet, "attended_training", parse_yes_no, "write yes or no", None, None
            )
            columns["attended_training"] = np.array(answers, dtype=object)
        people = CheckedPeople(
            table=sheet.name,
            rows=sheet.rows,
            ids=self._ids(sheet, roles),
            roles=roles,
            columns=columns,
            numbers=self._numbers(sheet, roles),
            status=np.array(status, dtype=object),
            slots=slots,
            headers=sheet.headers,
            cells=sheet.columns,
        )
        # Found column by column, shown row by row.
        index_of_row = {row: index for index, row in enumerate(sheet.rows)}
        self.problems[start:] = sorted(
            self.problems[start:],
            key=lambda problem: index_of_row.get(
                problem.row, index_of_row.get(problem.first_row or -1, -1)
            ),
        )
        return people

    def _numbers(self, sheet: NamedTable, roles: Sequence[Role | None]) -> dict[str, Ints]:
        # A capacity or a load that cannot be read must not look like a clash of the two.
        by_column = {"capacity": (-1, 2**40), "min_load": (0, 0), "priority": (0, 0)}
        remedy = "write a whole number, from 0 to 1,000,000"
        numbers = {
            column: np.array(
                self._parse_column(sheet, column, parse_whole_number, remedy, default, fault),
                dtype=np.int64,
            )
            for column, (default, fault) in by_column.items()
        }
        places = np.array([self._places[role] if role else 1 for role in roles], dtype=np.int64)
        numbers["capacity"] = np.where(numbers["capacity"] < 0, places, numbers["capacity"])
        for place in np.flatnonzero(numbers["min_load"] > numbers["capacity"]).tolist():
            reason = "is more than the person's capacity"
            row, value = sheet.rows[place], str(numbers["min_load"][place])
            remedy = "lower min_load or raise capacity"
            self.problem(sheet.name, row, "min_load", value, reason, remedy, "load_over_capacity")
        return numbers

    def _roles(self, sheet: NamedTable, role: Role | None) -> list[Role | None]:
        remedy = "write mentor or mentee"
        if role is not None:
            remedy = f"this is the table of {role}s: remove the column, or rename it"
        roles = self._parse_column(sheet, "role", _role, remedy, role, None)
        if role is not None:
            rows = [
                row
                for row, role_of_row in zip(sheet.rows, roles, strict=True)
                if role_of_row not in (role, None)
            ]
            if rows:
                reason, listed_rows = f"is in the table of {role}s", row_list(rows)
                self.problem(
                    sheet.name, listed_rows, "role", OTHER_ROLE[role], reason, remedy, "wrong_role"
                )
            return [role] * len(roles)
        if "role" in sheet.columns and sheet.rows:
            rows = [
                row
                for row, cell in zip(sheet.rows, sheet.columns["role"], strict=True)
                if cell is None
            ]
            if rows:
                reason = "is missing"
                self.problem(
                    sheet.name, row_list(rows), "role", "", reason, remedy, "missing_value"
                )
            for absent in ("mentor", "mentee"):
                if absent not in roles and None not in roles:
                    reason = f"has no {absent}s"
                    remedy = "add them; both mentors and mentees are needed"
                    self.problem(sheet.name, "", "role", "", reason, remedy, "no_people")
        return roles

    def _ids(self, sheet: NamedTable, roles: Sequence[Role | None]) -> list[str | None]:
        if "id" not in sheet.columns:
            return [None] * len(sheet.rows)
        ids: list[str | None] = sheet.columns["id"].tolist()
        rows_of: dict[tuple[Role | None, str], list[Row]] = {}
        written: dict[tuple[Role | None, str], str] = {}
        missing = [row for row, id_ in zip(sheet.rows, ids, strict=True) if id_ is None]
        if missing:
            remedy = "give each person an id"
            rows = row_list(missing)
            self.problem(sheet.name, rows, "id", "", "is missing", remedy, "missing_value")
        for row, id_, role in zip(sheet.rows, ids, roles, strict=True):
            if id_ is None:
                continue
            if ";" in id_:
                reason, remedy = "an id cannot have a ';' in it", "remove the ';'"
                self.problem(sheet.name, row, "id", id_, reason, remedy, "not_an_id")
            key = role, fold(id_)
            written.setdefault(key, id_)
            rows_of.setdefault(key, []).append(row)
        self._add_repeated_ids(
            sheet, {written[key]: rows for key, rows in rows_of.items() if len(rows) > 1}
        )
        if self._each_side:
            ids = [
                None if id_ is None or role is None else SIDE_LETTERS[role] + id_
                for id_, role in zip(ids, roles, strict=True)
            ]
        return ids

    def _add_repeated_ids(self, sheet: NamedTable, rows_of: Mapping[str, list[Row]]) -> None:
        if any(len(rows) == len(sheet.rows) > _MAX_ROWS_OF_ONE_PERSON for rows in rows_of.values()):
            ((id_, rows),) = rows_of.items()
            reason = "every row has the same id, as where one account filled in the form for all"
            remedy = "use another column as the id, or number the people"
            self.problem(sheet.name, row_list(rows), "id", id_, reason, remedy, "repeated_id")
            return
        remedy = "give each person one row, with an id of their own" + repeated_hint(sheet.headers)
        if len(rows_of) > _MAX_SINGLE_PROBLEMS:
            repeated_rows = [row for rows in rows_of.values() for row in rows]
            reason = f"{len(rows_of):,} ids stand in two rows or more"
            listed_rows = row_list(repeated_rows)
            self.problem(sheet.name, listed_rows, "id", "", reason, remedy, "repeated_id")
            return
        for id_, rows in rows_of.items():
            reason = f"{len(rows)} rows have the same id"
            self.problem(sheet.name, row_list(rows), "id", id_, reason, remedy, "repeated_id")

    def _drop_idle_identities(self, sheet: NamedTable) -> None:
        """Leave out names and e-mail addresses that are those of whoever filled in the form."""
        for column in ("name", "email"):
            if column not in sheet.columns:
                continue
            cells = sheet.columns[column]
            reason = idle_identity(column, cells, sheet.columns.get("name"))
            if reason:
                del sheet.columns[column]
                value = next(cell for cell in cells if cell is not None)
                shown = "" if column in self.sensitive or "same one" in reason else f" ({value!r})"
                self.notes.append(
                    f"{sheet.name}: the column {sheet.headers[column]!r} is not used as {column}: "
                    f"{reason}{shown}"
                )

    def _drop_dates(self, sheet: NamedTable) -> None:
        """Add a problem where a spreadsheet made a date of what was typed."""
        for column in DATED_COLUMNS:
            cells = sheet.columns.get(column, np.empty(0, dtype=object))
            dates = spreadsheet_dates(cells.tolist())
            if not dates:
                continue
            is_date = np.array([cell in dates for cell in cells], dtype=bool)
            rows = [sheet.rows[position] for position in np.flatnonzero(is_date).tolist()]
            date, typed = next(iter(dates.items()))
            reason = "Excel made a date of what was typed"
            if column not in self.sensitive:
                reason += f", in {date!r} perhaps of {typed!r}"
            remedy = "set the column to text in the spreadsheet, and type the answers again"
            value = date if len(dates) == 1 else ""
            self.problem(sheet.name, row_list(rows), column, value, reason, remedy, "date_cell")
            undated = cells.copy()
            undated[is_date] = None
            sheet.columns[column] = undated

    # Relations ------------------------------------------------------------------------------

    def links(self, source: TableLike) -> list[LinkRow]:
        """Read a table of relations; a name or e-mail address may stand beside or for an id.

        Parameters
        ----------
        source : path or DataFrame

        Returns
        -------
        list of LinkRow
            In the order of the table; rows with problems are left out.
        """
        needed = ("mentee", "mentor", "kind")
        sheet = self.sheet(source, "relations", needed)
        if sheet is None:
            return []
        kinds = {kind: column_name(kind) for kind in set(sheet.columns.get("kind", ())) if kind}
        self._columns_met.update(kinds.values())
        self._check_kinds(sheet, kinds)
        ages = self._parse_column(
            sheet, "runs_ago", parse_whole_number, _RUNS_AGO_REMEDY, None, None
        )
        self._columns_met.update({"mentee", "mentor", *BESIDE_IDS} & sheet.columns.keys())
        if not all(name in sheet.columns for name in needed):
            return []
        columns_beside = [
            sheet.columns.get(name, np.full(len(sheet.rows), None)) for name in BESIDE_IDS
        ]
        links = []
        for position, row in enumerate(sheet.rows):
            mentee, mentor, kind = (sheet.columns[name][position] for name in needed)
            texts_beside = [cells[position] or "" for cells in columns_beside]
            ends = (("mentee", mentee, texts_beside[:2]), ("mentor", mentor, texts_beside[2:]))
            missing = [name for name, id_, texts in ends if id_ is None and not any(texts)]
            for name in [*missing, *(["kind"] if kind is None else [])]:
                self.problem(sheet.name, row, name, "", "is missing", "fill it in", "missing_value")
            if kind is not None and not missing:
                link = Link(mentee or "", mentor or "", kinds[kind], ages[position], *texts_beside)
                links.append(LinkRow(sheet.name, row, link))
        return links

    def _check_kinds(self, sheet: NamedTable, kinds: Mapping[str, str]) -> None:
        """Add the kinds that look like a slip: a slip would free a pair that must not be."""
        known_kinds = (*RELATION_COLUMNS, "pinned", "forbidden", "manual")
        slips = {
            kind: matches[0]
            for kind, name in kinds.items()
            if name not in known_kinds
            and (matches := difflib.get_close_matches(name, known_kinds, 1, 0.8))
        }
        for row, kind in zip(sheet.rows, sheet.columns.get("kind", ()), strict=False):
            if kind in slips:
                remedy = f"write {slips[kind]!r}, or give your own kind another name"
                self.problem(sheet.name, row, "kind", kind, "may be misspelt", remedy, "slip")

    def _check_headers(self, sheet: NamedTable) -> None:
        """Add the columns that seem to bind people and are not read so; note what else may."""
        for column, cells in sheet.columns.items():
            header = sheet.headers[column]
            # `columns:` says what a header is, also where it says its own name.
            if column in STANDARD_COLUMNS or column_name(header) in self._mapping:
                continue
            question = sheet.questions.get(header, "")
            name = column_meant(header, sheet.columns) or column_meant(question, sheet.columns)
            if name is not None:
                if has_answers(cells.tolist()):
                    protects = ", a list that protects people," * (name in RELATION_COLUMNS)
                    reason = f"may be meant as {name!r}{protects} and is not read so"
                    remedy = lines_to_settle(header, name, sheet.columns)
                    code = "may_be_column"
                    self.problem(sheet.name, "", header, "", reason, remedy, code)
                continue
            words = set(column.split("_"))
            for name in (*_BINDING_COLUMNS, *RELATION_COLUMNS):
                if name not in sheet.columns and words >= set(name.split("_")):
                    self.notes.append(
                        f"{sheet.name}: the column {column!r} is not used as {name!r}; if it is "
                        f"meant, write under `columns` in the scheme {column!r}: {name}"
                    )


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
