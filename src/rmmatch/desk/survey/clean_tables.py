"""Clean tables of a cohort: everything in them is written so that it needs no form to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rmmatch.cohort import OTHER_ROLE, Cohort, Role, Side, column_name
from rmmatch.cohort.columns import PEOPLE_COLUMNS, STANDARD_COLUMNS
from rmmatch.cohort.identities.names import name_key
from rmmatch.cohort.side import NUMBER_COLUMNS
from rmmatch.cohort.tables import read_table
from rmmatch.errors import CohortError, Problem
from rmmatch.spelling import fold

__all__ = ["CleanTable", "clean_table", "joined_tables", "read_clean_table"]

_DEFAULTS = {"capacity": 1, "min_load": 0, "priority": 0, "status": "applicant"}
_FIRST = ("id", "name", "email")


class CleanTable(NamedTuple):
    """The people of one side as a table.

    Attributes
    ----------
    header : tuple of str
        Standard names of columns, ``id`` first.
    rows : list of dict of str to str
        By header; a missing cell has no entry.
    """

    header: tuple[str, ...]
    rows: list[dict[str, str]]

    @property
    def cells(self) -> list[list[str]]:
        """The rows in the order of the header, empty where a cell is missing."""
        return [[row.get(name, "") for name in self.header] for row in self.rows]


def clean_table(
    cohort: Cohort,
    role: Role,
    ids: Mapping[str, str] | None = None,
    leavers: Mapping[str, str] | None = None,
) -> CleanTable:
    """Return the people of one side as `read_cohort` reads them without a form.

    Lists of people hold ids wherever they lead to somebody who takes part: a name that was
    settled once is not asked for again. Who is outside stays as written. Places that a form or a
    scheme gives by default are in the cells.

    Parameters
    ----------
    cohort : Cohort
    role : {'mentee', 'mentor'}
    ids : mapping of str to str, optional
        The id to write in place of another one.
    leavers : mapping of str to str, optional
        Texts, as `name_key` has them, that mean somebody who has left → the id.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort = rm.read_cohort(
    ...     [{"id": "M1", "name": "Ann Lee", "capacity": 2}],
    ...     [{"id": "E1", "line manager": "Dr Ann Lee"}],
    ... )
    >>> clean_table(cohort, "mentee").rows
    [{'id': 'E1', 'line_manager': 'M1'}]
    """
    side = cohort.side(role)
    ids = ids or {}
    columns = {name: side.columns[name].tolist() for name in side.columns}
    for name in PEOPLE_COLUMNS:
        if name in columns:
            wanted = OTHER_ROLE[role] if name in ("declined", "preferences") else None
            columns[name] = list(_with_ids(cohort, columns[name], wanted, ids, leavers or {}))
    columns |= dict(_number_columns(side))
    rows = [
        {
            "id": ids.get(id_, id_),
            **{name: cells[place] for name, cells in columns.items() if cells[place] is not None},
        }
        for place, id_ in enumerate(side.ids)
    ]
    return CleanTable(_ordered(columns), rows)


def read_clean_table(path: Path) -> CleanTable:
    """Return a table that was written before, cell by cell: nothing is read into it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CohortError
        It cannot be read, or has no ids.
    """
    problems: list[Problem] = []
    table = read_table(
        path, path.name, known_headers=frozenset(STANDARD_COLUMNS), problems=problems, notes=[]
    )
    header = () if table is None else tuple(map(column_name, table.header))
    if table is not None and "id" not in header:
        reason, remedy = "there is no such column", "move the file away, or name another folder"
        problems.append(Problem(path.name, "", "id", "", reason, remedy, code="missing_column"))
    if table is None or problems:
        raise CohortError(problems)
    rows = [
        {name: cell for name, cell in zip(header, cells, strict=True) if cell is not None}
        for cells in zip(*(column.tolist() for column in table.columns), strict=True)
    ]
    for row in rows:
        if fold(row.get("status", "")) == "withdrawn":  # however somebody wrote it by hand
            row["status"] = "withdrawn"
    return CleanTable(header, [row for row in rows if "id" in row])


def _ordered(columns: Mapping[str, object]) -> tuple[str, ...]:
    """Return the header: who it is, then the columns that rmmatch knows, then all others."""
    known = [name for name in (*STANDARD_COLUMNS, *NUMBER_COLUMNS) if name in columns]
    return tuple(dict.fromkeys((*_FIRST[:1], *known, *columns)))


def _number_columns(side: Side) -> Iterator[tuple[str, list[str | None]]]:
    for name, default in _DEFAULTS.items():
        values = getattr(side, name).tolist()
        if any(value != default for value in values):
            yield name, [None if value == default else str(value) for value in values]


def _with_ids(
    cohort: Cohort,
    cells: list[str | None],
    wanted: Role | None,
    ids: Mapping[str, str],
    leavers: Mapping[str, str],
) -> Iterator[str | None]:
    """Yield lists of people by id, as far as they lead to people of the cohort or leavers."""
    directory = cohort.directory
    written: dict[str, str] = {}
    for cell in cells:
        if cell is None:
            yield None
            continue
        if cell not in written:
            texts = []
            for entry in directory.entries(cell, wanted):
                if entry.kind == "person":
                    id_ = directory.people[entry.people[0]].id
                    texts.append(ids.get(id_, id_))
                else:
                    texts.append(leavers.get(name_key(entry.text), entry.text))
            written[cell] = "; ".join(texts) or cell  # "none" is an answer
        yield written[cell]


def joined_tables(table: CleanTable, leavers: CleanTable) -> CleanTable:
    """Return a table with the rows of people who left below, their status ``withdrawn``.

    A pairing that names them can then be made again from the table.

    Parameters
    ----------
    table, leavers : CleanTable
    """
    if not leavers.rows:
        return table
    rows = [{**row, "status": "withdrawn"} for row in leavers.rows]
    header = dict.fromkeys((*table.header, *leavers.header, "status"))
    return CleanTable(_ordered(header), [*table.rows, *rows])
