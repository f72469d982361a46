"""The questions about people that a form leaves open: names in lists, asked of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rmmatch.cohort.answer_meanings import meaning
from rmmatch.cohort.columns import PEOPLE_COLUMNS
from rmmatch.cohort.forms import Form, FormField, FormQuestion
from rmmatch.cohort.forms.policy import private_columns
from rmmatch.cohort.identities import SIDE_LETTERS, Role
from rmmatch.cohort.identities.names import is_email
from rmmatch.cohort.tables import RawTable
from rmmatch.desk.survey.people.people_names import (
    PeopleCells,
    directory_of,
    question_of_spaces,
    questions_of_people,
)
from rmmatch.desk.survey.questions import question_of_table
from rmmatch.spelling import fold

__all__ = ["people_questions_of_form"]

_OPPOSITE: dict[str | None, Role] = {"mentor": "mentee", "mentee": "mentor"}
_TABLES: dict[Role, Literal["mentors", "mentees"]] = {"mentor": "mentors", "mentee": "mentees"}
_LETTERS: dict[str | None, str] = {
    "mentor": SIDE_LETTERS["mentor"],
    "mentee": SIDE_LETTERS["mentee"],
}
_OF_OTHER_SIDE = ("preferences", "declined")


def people_questions_of_form(
    form: Form, tables: Sequence[tuple[RawTable, Role | None]]
) -> list[FormQuestion]:
    """Return the questions about names in the lists of people of an export.

    Parameters
    ----------
    form : Form
        As proposed so far: which question gives the id, the name, the role and the lists.
    tables : sequence of (RawTable, role)
        The role is None for a table of everybody.

    Examples
    --------
    >>> import numpy as np
    >>> cells = [["a@x.example", "b@x.example"], ["Amara Okafor", "Bo Lind"], [None, "A. Okafor"]]
    >>> table = RawTable("export", "", ("Email", "Name", "Line manager"),
    ...                  tuple(np.array(column, dtype=object) for column in cells), [2, 3])
    >>> fields = {"id": "Email", "name": "Name", "line_manager": "Line manager"}
    >>> (question,) = people_questions_of_form(Form.from_dict({"fields": fields}), [(table, None)])
    >>> question.ask, question.answers[0].say
    ("Whom does 'A. Okafor' mean, under line_manager in 1 cell?", 'Amara Okafor (a@x.example)')
    """
    ids: list[str | None] = []
    names: list[str | None] = []
    emails: list[str | None] = []
    roles: list[str | None] = []
    lists: list[tuple[str, Role | None, list[str | None], list[str | None]]] = []
    for table, role in tables:
        fields = form.table(role).fields
        emails_of_table = _cells(table, fields.get("email"))
        roles_of_table: list[str | None] = [role] * len(table.rows)
        if role is None:
            roles_of_table = _roles(table, fields.get("role"))
        ids += _ids(table, fields.get("id"), emails_of_table, roles_of_table)
        names += _cells(table, fields.get("name"))
        emails += emails_of_table
        roles += roles_of_table
        for name in PEOPLE_COLUMNS:
            if name in fields:
                cells = _cells(table, fields[name], ";")
                lists.append((name, role, cells, roles_of_table))
    if not any(ids):
        return []  # without an id or an address nobody can be named in the form
    directory = directory_of(ids, names, emails, roles)
    hidden = private_columns(form)
    questions: list[FormQuestion] = []
    columns: list[PeopleCells] = []
    for name, role, cells, roles_of_list in lists:
        spaces = question_of_spaces(name, cells, directory) if name not in hidden else None
        if spaces is not None:
            table_name = _TABLES[role] if role else None
            if table_name and name in getattr(form.tables.get(table_name), "fields", {}):
                spaces = question_of_table(spaces, table_name)
            questions.append(spaces)
            cells = [_with_semicolons(cell) if cell else None for cell in cells]
        columns += _by_side(name, cells, roles_of_list)
    return [*questions, *questions_of_people(columns, directory, sensitive=hidden)]


def _with_semicolons(cell: str) -> str:
    return ";".join(piece.strip(",") for piece in cell.split())


def _by_side(
    name: str, cells: Sequence[str | None], roles: Sequence[str | None]
) -> list[PeopleCells]:
    """Return a list of people by the side on which they are looked for first."""
    if name not in _OF_OTHER_SIDE:
        return [PeopleCells(name, cells)]
    sides: dict[Role | None, list[str | None]] = {}
    for cell, role in zip(cells, roles, strict=True):
        sides.setdefault(_OPPOSITE.get(role), []).append(cell)
    return [PeopleCells(name, cells_of_side, side) for side, cells_of_side in sides.items()]


def _cells(table: RawTable, field: FormField | None, joint: str = " ") -> list[str | None]:
    """Return the cells that feed a field, those of several columns joined."""
    headers = {fold(header): place for place, header in enumerate(table.header)}
    places = [
        headers[fold(name)] for name in (field.headers if field else ()) if fold(name) in headers
    ]
    columns = [table.columns[place].tolist() for place in places]
    if len(columns) == 1:
        cells: list[str | None] = columns[0]
        return cells
    if not columns:
        return [None] * len(table.rows)
    return [joint.join(filter(None, row)) or None for row in zip(*columns, strict=True)]


def _roles(table: RawTable, field: FormField | None) -> list[str | None]:
    if field is None:
        return [None] * len(table.rows)
    answers = {fold(answer): value for answer, value in field.answers.items()}
    values: dict[str, str | None] = {}
    for cell in {cell for cell in _cells(table, field) if cell}:
        entry = meaning("role", cell)
        values[cell] = answers.get(fold(cell), entry.value if entry else None)
    return [values[cell] if cell else None for cell in _cells(table, field)]


def _ids(
    table: RawTable,
    field: FormField | None,
    emails: Sequence[str | None],
    roles: Sequence[str | None],
) -> list[str | None]:
    """Return ids, or e-mail addresses where ids are yet to be made."""
    if field is None or not field.headers:
        return [email if email and is_email(email) else None for email in emails]
    ids = _cells(table, field)
    if not field.each_side:
        return ids
    return [
        _LETTERS[role] + id_ if id_ and role in _LETTERS else None
        for id_, role in zip(ids, roles, strict=True)
    ]
