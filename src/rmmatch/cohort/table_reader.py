"""Tables whose columns get their names, and whose cells are parsed; every problem is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rmmatch.cohort.cells import overfull_cells
from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.identities.names import is_email
from rmmatch.cohort.joins import columns_of, joined, with_day
from rmmatch.cohort.model import Source
from rmmatch.cohort.tables import RawTable, Row, TableLike, read_table
from rmmatch.cohort.unread_answers import unread_answers
from rmmatch.errors import HIDDEN, Problem, nearest
from rmmatch.files.documents import quoted
from rmmatch.files.row_numbers import row_list
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["NamedTable", "TableReader"]

_MAX_SHOWN_HEADERS = 20  # wording
_IDENTITIES = frozenset({"id", "name", "email"})

T = TypeVar("T")
D = TypeVar("D")

# Columns whose cells are parsed, each with a code of its own: `not_capacity`.
_PARSED_COLUMNS = frozenset(
    {"attended_training", "availability", "capacity", "min_load", "priority", "role", "runs_ago"}
    | {"status"}
)


@dataclass(frozen=True)
class NamedTable:
    """A table whose columns have their names.

    Attributes
    ----------
    name : str
        Of the table, for messages.
    rows : list of int or str
        How a spreadsheet numbers each row.
    columns : dict of str to ndarray of object, shape (n_rows,)
        By the names that they are stored under; None where a cell is missing.
    headers : dict of str to str
        The header of each column as written, the first where there are several.
    questions : dict of str to str
        What the export has under a header, by header: where that is a code, this says what it is.
    """

    name: str
    rows: list[Row]
    columns: dict[str, Text]
    headers: dict[str, str]
    questions: dict[str, str]


class TableReader:
    """Reads table after table, and keeps the problems, notes and sources of all.

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

    def __init__(self, mapping: Mapping[str, str], sensitive: Collection[str] = ()) -> None:
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
        self._columns_met: set[str] = set()
        self._is_complete = True

    def problem(
        self, table: str, row: Row, column: str, value: str, reason: str, remedy: str, code: str
    ) -> None:
        """Add a problem, without the value of a sensitive column.

        Parameters
        ----------
        table : RawTable
        row : int or str
        column, value, reason, remedy, code : str
            As in `rmmatch.errors.Problem`; `table` is its `file`.
        """
        if value and column in self.sensitive:
            value = HIDDEN
        self.problems.append(Problem(table, row, column, value, reason, remedy, code=code))

    def sheet(self, source: TableLike, name: str, needed: Sequence[str]) -> NamedTable | None:
        """Read a table and name its columns.

        Parameters
        ----------
        source : path or DataFrame
        name : str
            What messages call a DataFrame.
        needed : sequence of str
            Columns without which there is a problem.

        Returns
        -------
        NamedTable or None
            None where the table cannot be read; `problems` then says why.
        """
        known_headers = {*STANDARD_COLUMNS, *needed, *self._mapping}
        table = read_table(
            source,
            name,
            known_headers=known_headers,
            problems=self.problems,
            notes=self.notes,
            needed=[
                (column, *(key for key, value in self._mapping.items() if value == column))
                for column in needed
            ],
        )
        if table is None:
            self._is_complete = False
            return None
        for header in table.header:
            self._unused.pop(column_name(header), None)
        columns, written = self._named_columns(table)
        self._headers += table.header
        self._columns_met.update(columns)
        self.sources.append(Source(table.name, table.sha256, len(table.rows)))
        for column, cells in columns.items():
            for position, reason, remedy, code in overfull_cells(cells.tolist()):
                row, value = table.rows[position], cells[position]
                self.problem(table.name, row, column, value, reason, remedy, code)
        for column in needed:
            if column not in columns:
                reason = f"there is no such column; the headers are {_listed(table.header)}"
                remedy = _remedy_of_missing(column, table)
                self.problem(table.name, "", column, "", reason, remedy, "missing_column")
        questions = dict(zip(table.header, table.questions, strict=False))
        return NamedTable(table.name, table.rows, columns, written, questions)

    def _named_columns(self, table: RawTable) -> tuple[dict[str, Text], dict[str, str]]:
        """Return the columns by name, several for one joined, and the first header of each."""
        positions_of, repeated = columns_of(
            table.header, self._mapping, table.foreign, self.sensitive
        )
        for column, header, further in repeated:
            as_written = further.rpartition(" (")[0]
            reason = f"the headers {header!r} and {as_written!r} are the same column"
            remedy = (
                f"rename one of them in the table; or write under `columns` what {further!r} is, "
                f"as in {{{quoted(further)}: {column}}}"
            )
            self.problem(table.name, "", column, "", reason, remedy, "repeated_column")
        columns: dict[str, Text] = {}
        written: dict[str, str] = {}
        for column, positions in positions_of.items():
            mapped = [
                position
                for position in positions
                if column_name(table.header[position]) in self._mapping
            ]
            if column in _IDENTITIES and mapped and len(mapped) < len(positions):
                # A form numbers its own answers: whoever maps another column to id means that.
                for position in set(positions) - set(mapped):
                    header = table.header[position]
                    self.notes.append(
                        f"{table.name}: the column {header!r} is not used: another column is "
                        f"the {column}"
                    )
                positions = mapped
            headers = [table.header[position] for position in positions]
            parts = [
                with_day(header, table.columns[position])
                if column == "availability" and position in mapped
                else table.columns[position]
                for header, position in zip(headers, positions, strict=True)
            ]
            written[column] = headers[0]
            columns[column] = parts[0]
            if len(parts) > 1:
                columns[column], conflicts = joined(column, parts)
                self._add_conflicts(table, column, headers, conflicts)
        return columns, written

    def _add_conflicts(
        self, table: RawTable, column: str, headers: Sequence[str], conflicts: Sequence[int]
    ) -> None:
        if conflicts:
            rows = row_list([table.rows[position] for position in conflicts])
            reason = f"more than one of {_listed(headers)} is filled, and they differ"
            remedy = "leave the answer that counts, or map one of the headers to another column"
            self.problem(table.name, rows, column, "", reason, remedy, "conflicting_columns")

    def filled(
        self, sheet: NamedTable, names: Sequence[str]
    ) -> Iterator[tuple[Row, tuple[str, ...]]]:
        """Yield the rows in which all of some columns are filled; any other row is a problem.

        Parameters
        ----------
        sheet : NamedTable
        names : sequence of str
            The columns.

        Yields
        ------
        row : int or str
        cells : tuple of str
            In the order of `names`.
        """
        if not all(name in sheet.columns for name in names):
            return
        columns = [sheet.columns[name] for name in names]
        for row, *cells in zip(sheet.rows, *columns, strict=True):
            for name, cell in zip(names, cells, strict=True):
                if cell is None:
                    remedy = "fill it in"
                    self.problem(sheet.name, row, name, "", "is missing", remedy, "missing_value")
            if None not in cells:
                yield row, tuple(cells)

    def check_names(self) -> None:
        """Add the keys of the mapping, and the sensitive columns, that no table has."""
        if not self._is_complete:
            return
        for key in self._unused.values():
            close_header = nearest(key, self._headers)
            remedy = (
                f"did you mean {close_header!r}?"
                if close_header
                else "write the header as the table has it"
            )
            reason = "no table has this header"
            self.problem("columns", "", "", key, reason, remedy, "unknown_header")
        for column, names in self._hidden.items():
            # A misspelt name would hide nothing; a standard name is no slip.
            if names.isdisjoint(self._columns_met) and names.isdisjoint(STANDARD_COLUMNS):
                close_header = nearest(column, self._headers)
                remedy = f"did you mean {close_header!r}? If not, " if close_header else ""
                remedy += "write it as the table has it, or take it out of `sensitive` or "
                remedy += "`monitoring_only`"
                reason = f"no table has the column {column!r}"
                self.problem("sensitive", "", "", "", reason, remedy, "unknown_column")

    def _name(self, header: str) -> str:
        name = column_name(header)
        return self._mapping.get(name, name)

    def _parse_column(
        self,
        sheet: NamedTable,
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
            rows_of: dict[str, list[Row]] = {}
            for row, cell in zip(sheet.rows, cells, strict=True):
                if cell in reasons:
                    rows_of.setdefault(cell, []).append(row)
            code = f"not_{column}" if column in _PARSED_COLUMNS else "not_readable"
            header = sheet.headers.get(column, column)
            is_hidden = column in self.sensitive  # the reason may quote the cell
            answers = unread_answers(column, rows_of, reasons, remedy, header, is_hidden=is_hidden)
            for row, value, reason, remedy_of_answer in answers:
                self.problem(sheet.name, row, column, value, reason, remedy_of_answer, code)
        return [values[cell] for cell in cells]


def _remedy_of_missing(column: str, table: RawTable) -> str:
    """Return what to write where a column is missing, by the headers and cells there are."""
    address = next(
        (
            header
            for header, cells in zip(table.header, table.columns, strict=True)
            if column == "id" and _are_distinct_emails(cells.tolist())
        ),
        None,
    )
    if address is not None:
        line = f"{{{quoted(address)}: id}}"
        return f"write in the scheme `columns: {line}`, so that the e-mail address is the id"
    close_header = _nearest_header(column, table.header)
    remedy = f"did you mean {close_header!r}? If not, " if close_header else ""
    remedy += "add the column, or say under `columns` which header it has"
    return remedy + "; or give two tables, mentors and mentees" * (column == "role")


def _are_distinct_emails(cells: Sequence[str | None]) -> bool:
    emails = {fold(cell) for cell in cells if cell is not None and is_email(cell)}
    return len(emails) == len(cells) > 0


def _listed(headers: Sequence[str]) -> str:
    names = [" ".join(header.split()) for header in headers]
    shown = ", ".join(map(repr, names[:_MAX_SHOWN_HEADERS]))
    n_more = len(names) - _MAX_SHOWN_HEADERS
    return f"{shown} and {n_more} more" if n_more > 0 else shown or "empty"


def _nearest_header(column: str, headers: Sequence[str]) -> str | None:
    """Return the header that has the column's name as a word, or is spelt most like it."""
    for header in headers:
        if column in column_name(header).split("_"):
            return header
    return nearest(column, headers)
