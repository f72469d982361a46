"""From the tables of an export to tables with standard headers, as a form says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.answers import is_list_field, is_split
from rmmatch.cohort.forms.columns import formed_columns
from rmmatch.cohort.forms.exports import ExportTable, quoted
from rmmatch.cohort.forms.headers import (
    PROTECTING_COLUMNS,
    check_headers,
    disagreements,
    kept_headers,
    open_questions,
    written_headers,
)
from rmmatch.cohort.forms.model import Form, FormTable
from rmmatch.cohort.forms.repeated_rows import merged_rows
from rmmatch.cohort.forms.values import BOTH
from rmmatch.cohort.identities import Role
from rmmatch.cohort.joins import LIST_COLUMNS
from rmmatch.cohort.model import Source
from rmmatch.cohort.tables import RawTable, TableLike, read_table, sheet_names
from rmmatch.errors import Problem
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["FormedTables", "formed_tables"]

_ROLES: tuple[Role, Role] = ("mentor", "mentee")


@dataclass(frozen=True)
class FormedTables:
    """The people of an export as a form reads them.

    Attributes
    ----------
    tables : tuple of RawTable
        One table of everybody, with a column ``role``, or the mentors and the mentees. Headers are
        standard names where the form says so, and each row has the number it has in the export.
    problems : list of Problem
        Where there are any, the tables are not to be relied on.
    notes : list of str
    sources : tuple of Source
    headers : frozenset of str
        Headers that the form has taken up, by `column_name`.
    split : tuple of str
        Columns of which the form says how several answers in a cell are told apart.
    sensitive : tuple of str
        The form's own columns whose values are not shown, by the names that the tables have.
    """

    tables: tuple[RawTable, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    headers: frozenset[str] = frozenset()
    split: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()

    @cached_property
    def mentors(self) -> RawTable:
        """The mentors, without a column ``role``; empty where there are problems."""
        return self._of("mentor")

    @cached_property
    def mentees(self) -> RawTable:
        """The mentees, without a column ``role``; empty where there are problems."""
        return self._of("mentee")

    def _of(self, role: Role) -> RawTable:
        if not self.tables:
            return RawTable(f"{role}s", "", (), (), [])
        if len(self.tables) == len(_ROLES):
            return self.tables[_ROLES.index(role)]
        (table,) = self.tables
        if "role" not in table.header:
            return RawTable(table.name, table.sha256, (), (), [])
        roles = table.columns[table.header.index("role")].tolist()
        positions = [place for place, text in enumerate(roles) if fold(text or "") == role]
        columns = dict(zip(table.header, table.columns, strict=True))
        del columns["role"]
        return _as_raw(table, columns, positions, positions)


def formed_tables(
    form: Form,
    sources: Sequence[TableLike],
    *,
    columns: Mapping[str, str] | None = None,
    sensitive: Collection[str] = (),
    has_scheme: bool = False,
) -> FormedTables:
    """Return the tables of an export as a form reads them.

    Parameters
    ----------
    form : Form
    sources : sequence of path or DataFrame
        One export of everybody, or the mentors and the mentees.
    columns : mapping of str to str, optional
        The scheme's: header as written → the column it is. Where the form says otherwise, there
        is a problem.
    sensitive : collection of str
        Columns whose values appear in no problem, besides those of the form.
    has_scheme : bool
        Whether a scheme will say which open questions matter; without one, those about any
        standard column do.

    Examples
    --------
    >>> form = Form.from_dict({"fields": {"id": "Email", "role": "I am a", "goals": {
    ...     "from": "Topics", "separator": ","}}})
    >>> export = [{"Email": "a@b.example", "I am a": "Both", "Topics": "Data, Teaching"}]
    >>> mentors = formed_tables(form, [export]).mentors
    >>> mentors.header, mentors.columns[1].tolist()
    (('id', 'goals', 'email'), ['Data; Teaching'])
    """
    problems: list[Problem] = list(
        open_questions(
            form,
            PROTECTING_COLUMNS if has_scheme else PROTECTING_COLUMNS.union(STANDARD_COLUMNS),
        )
    )
    notes: list[str] = []
    hidden = _hidden(form, sensitive, columns or {})
    exports = _exports(form, sources, hidden, problems, notes)
    made_of = tuple(
        Source(table.raw.name, table.raw.sha256, len(table)) for table in _distinct(exports)
    )
    if len(exports) < len(_roles_of(form, sources)):
        return FormedTables((), problems, notes, made_of)
    mapping = {column_name(key): column_name(value) for key, value in (columns or {}).items()}
    has_own_fields = any(table.fields for table in form.tables.values())
    if len(exports) == 1 and has_own_fields:
        exports = _by_role(form, exports[0])
    check_headers(exports)
    problems += disagreements(exports, columns or {})
    tables = tuple(_formed(table, mapping) for table in exports)
    if len(tables) == 1:
        tables = (_with_both_roles(exports[0], tables[0]),)
    else:
        pairs = zip(tables, _ROLES, strict=True)
        tables = tuple(_without_role(table, role) for table, role in pairs)
    taken = {header for table in exports for header in table.used}
    taken |= {column_name(header) for table in exports for header in table.spec.ignore}
    split = {
        name
        for table in exports
        for name, entry in table.spec.fields.items()
        if is_split(entry) or entry.grid
    }
    # What is wrong with both tables, or with one table that is read twice, is said once.
    return FormedTables(
        tables,
        list(dict.fromkeys(problems)),
        list(dict.fromkeys(notes)),
        made_of,
        frozenset(taken),
        tuple(sorted(split)),
        _sensitive(form),
    )


# --- the tables of an export ------------------------------------------------------------------


def _roles_of(form: Form, sources: Sequence[TableLike]) -> list[tuple[TableLike, Role | None]]:
    """Return which tables are read, and whose they are."""
    if len(sources) == len(_ROLES):
        return list(zip(sources, _ROLES, strict=True))
    (source,) = sources
    sheets = [form.table(role).sheet for role in _ROLES]
    if len({fold(sheet) for sheet in sheets}) == len(_ROLES) and all(sheets):
        return [(source, role) for role in _ROLES]
    by_name = {column_name(name).removesuffix("s"): name for name in sheet_names(source)}
    if not form.sheet and set(_ROLES) <= by_name.keys():
        return [(f"{source}#{by_name[role]}", role) for role in _ROLES]
    return [(source, None)]


def _exports(
    form: Form,
    sources: Sequence[TableLike],
    hidden: frozenset[str],
    problems: list[Problem],
    notes: list[str],
) -> list[ExportTable]:
    exports: list[ExportTable] = []
    for source, role in _roles_of(form, sources):
        spec = form.table(role)
        headers = [header for entry in spec.fields.values() for header in written_headers(entry)]
        raw = read_table(
            source,
            f"{role}s" if role else "people",
            known_headers={*STANDARD_COLUMNS, *map(column_name, headers)},
            problems=problems,
            notes=notes,
            sheet=spec.sheet,
            header=spec.header,
        )
        if raw is not None:
            exports.append(ExportTable(raw, spec, hidden, problems, notes))
    return exports


def _distinct(exports: Sequence[ExportTable]) -> list[ExportTable]:
    return list({(table.raw.name, table.raw.sha256): table for table in exports}.values())


def _hidden(form: Form, sensitive: Collection[str], columns: Mapping[str, str]) -> frozenset[str]:
    """Return the names of columns, and of the headers they come from, that are not shown."""
    written = (sensitive,) if isinstance(sensitive, str) else sensitive
    hidden = {column_name(column) for column in (*written, *form.sensitive)}
    fields = [
        (name, entry)
        for table in (form, *form.tables.values())
        for name, entry in table.fields.items()
    ]
    for name, entry in fields:
        headers = {column_name(header) for header in written_headers(entry)}
        if name in hidden or headers & hidden:
            hidden |= {name, *headers}
    for header, name in columns.items():
        pair = {column_name(header), column_name(name)}
        hidden |= pair if pair & hidden else set()
    return frozenset(hidden)


def _sensitive(form: Form) -> tuple[str, ...]:
    """Return the sensitive columns of a form: those that a header feeds in place of the header."""
    names: dict[str, None] = {}
    for written in form.sensitive:
        fed = [
            name
            for table in (form, *form.tables.values())
            for name, entry in table.fields.items()
            if column_name(written) in map(column_name, written_headers(entry))
        ]
        names |= dict.fromkeys(fed or [written])
    return tuple(names)


def _by_role(form: Form, table: ExportTable) -> list[ExportTable]:
    """Return the mentors and the mentees of one table, each to be read in its own way."""
    spec = FormTable.model_construct(
        fields={name: entry for name, entry in form.fields.items() if name == "role"}
    )
    part = ExportTable(table.raw, spec, table.hidden, table.problems, table.notes, table.used)
    cells = formed_columns(part).get("role")
    if cells is None and "role" not in form.fields and table.has("role"):
        cells = table.cells("role")
    if cells is None:
        table.add_problem(
            "role",
            (),
            "the form says of `tables:` what differs, and not which column tells the role",
            'name it in the form, as in fields: {role: "I want to be a"}; or give two tables',
            "missing_column",
        )
        cells = table.empty()
    roles = [fold(text) if text is not None else "" for text in cells.tolist()]
    _check_roles(table, roles, cells)
    exports = []
    for role in _ROLES:
        positions = [place for place, text in enumerate(roles) if text in (role, BOTH)]
        spec = form.table(role)
        fields = {name: entry for name, entry in spec.fields.items() if name != "role"}
        exports.append(table.only(positions, spec.model_copy(update={"fields": fields})))
    return exports


def _check_roles(table: ExportTable, roles: Sequence[str], cells: Text) -> None:
    """Add a problem about the rows whose role is not known."""
    if any(fault.column == "role" and fault.code == "unknown_answer" for fault in table.problems):
        return  # what these rows say is not known, and that is said
    unknown: dict[str, list[int]] = {}
    missing = []
    for place, (role, text) in enumerate(zip(roles, cells.tolist(), strict=True)):
        if not role:
            missing.append(place)
        elif role not in (*_ROLES, BOTH):
            unknown.setdefault(text, []).append(place)
    example = quoted(next(iter(unknown), "…"))
    table.add_answers_problem(
        "role",
        unknown,
        "these answers are neither mentor nor mentee, nor both",
        f"say what each means, in the form: role: {{answers: {{{example}: mentor}}}}",
        "not_role",
    )
    if missing:
        remedy = (
            "fill it in, or write in the form what an empty cell means: role: {default: mentee}"
        )
        table.add_problem("role", missing, "is missing", remedy, "missing_value")


# --- one table --------------------------------------------------------------------------------


def _formed(table: ExportTable, mapping: Mapping[str, str]) -> RawTable:
    """Return a table with the columns that the form makes, and those it leaves as they are."""
    columns = formed_columns(table)
    for header in kept_headers(table, mapping):
        place = table.places[header]
        written = table.raw.header[place]
        # The second of two equal headers must not clash with the first.
        key = header if header in STANDARD_COLUMNS or written in columns else written
        columns[key] = table.raw.columns[place]
    fields = table.spec.fields
    lists = {name for name, entry in fields.items() if is_list_field(name, entry)}
    lists |= {
        name
        for name in columns
        if mapping.get(column_name(name), column_name(name)) in LIST_COLUMNS
    }
    columns, positions = merged_rows(table, columns, lists)
    return _as_raw(table.raw, columns, range(len(positions)), positions)


def _with_both_roles(table: ExportTable, raw: RawTable) -> RawTable:
    """Return a table of everybody in which whoever is both has a row for each role."""
    columns = dict(zip(raw.header, raw.columns, strict=True))
    header = next((name for name in columns if column_name(name) == "role"), None)
    if header is None:
        return raw
    roles = columns.pop(header)
    folded = [fold(text) if text is not None else "" for text in roles.tolist()]
    part = ExportTable(raw, table.spec, table.hidden, table.problems, table.notes)
    _check_roles(part, folded, roles)
    places: list[int] = []
    values: list[str | None] = []
    for place, role in enumerate(folded):
        for value in _ROLES if role == BOTH else (role or None,):
            places.append(place)
            values.append(value)
    identity = table.spec.fields.get("id")
    if identity is not None and identity.each_side and len(places) > len(folded):
        part.add_problem(
            "id",
            [place for place, role in enumerate(folded) if role == BOTH],
            "`each_side: true` would make two people of somebody who is both mentor and mentee",
            "take it out: in one form for both roles, an id means one person",
            "each_side",
        )
    result = _as_raw(raw, columns, places, places)
    cells = np.array([*values, None], dtype=object)[:-1]
    return RawTable(
        result.name, result.sha256, ("role", *result.header), (cells, *result.columns), result.rows
    )


def _without_role(raw: RawTable, role: Role) -> RawTable:
    """Return the table of one role without its column of roles, where it says nothing else."""
    columns = dict(zip(raw.header, raw.columns, strict=True))
    if "role" not in columns:
        return raw
    roles = [fold(text or "") for text in columns["role"].tolist()]
    if {*roles} <= {role, BOTH, ""}:
        del columns["role"]
    else:
        values = [role if text == BOTH else text or None for text in roles]
        columns["role"] = np.array([*values, None], dtype=object)[:-1]
    everybody = range(len(raw.rows))
    return _as_raw(raw, columns, everybody, everybody)


def _as_raw(
    raw: RawTable, columns: Mapping[str, Text], places: Sequence[int], positions: Sequence[int]
) -> RawTable:
    """Return columns as a table.

    Parameters
    ----------
    raw : RawTable
        The export, for its name and its rows.
    columns : mapping of str to ndarray of object
    places : sequence of int
        Which rows of the columns.
    positions : sequence of int
        Which rows of the export they are.
    """
    index = np.array(places, dtype=np.intp)
    return RawTable(
        raw.name,
        raw.sha256,
        tuple(columns),
        tuple(cells[index] for cells in columns.values()),
        [raw.rows[position] for position in positions],
    )
