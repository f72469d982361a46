"""Answers that are corrected on the spot: kept beside the exports, which stay as they came."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rmmatch.cohort import OTHER_ROLE, Role, column_name, people_error
from rmmatch.desk.folders.layout import EDITS, append_line, folder_error
from rmmatch.desk.folders.tables import (
    TABLES,
    EditedAnswer,
    known_fields,
    read_edited,
    read_edits,
)
from rmmatch.desk.survey.clean_tables import read_clean_table
from rmmatch.errors import Problem, nearest
from rmmatch.matching.review import to_timestamp
from rmmatch.scheme import Scheme
from rmmatch.spelling import fold

__all__ = ["edit_answer", "keep_edit"]


def edit_answer(
    folder: Path,
    scheme: Scheme,
    person: str,
    field: str,
    value: str | None,
    *,
    role: Role | None = None,
    by: str = "",
    reason: str = "",
) -> EditedAnswer:
    """Keep a corrected answer; see `SchemeFolder.edit_answer`.

    Parameters
    ----------
    folder : Path
        Of the scheme.
    scheme : Scheme
    person, field : str
    value : str or None
    role : {'mentee', 'mentor'}, optional
    by, reason : str
    """
    edits = read_edits(folder)
    cohort = read_edited(folder, scheme, edits)
    name = column_name(field)
    places: list[tuple[Role, str]] = []
    for side in OTHER_ROLE if role is None else (role,):
        position = cohort.position_of(side, person)
        if position >= 0:
            places.append((side, cohort.side(side).ids[position]))
    if not places:
        remedy = cohort.directory.hint(person, role)
        reason_text = "means nobody who takes part, or several people"
        problem = Problem("people", "", "", person, reason_text, remedy, code="unknown_person")
        raise people_error([problem], cohort, role)
    if len(places) > 1:
        reason_text, remedy = "is a mentee and a mentor", "say which answer: role='mentee'"
        raise folder_error("people", reason_text, remedy, person, code="on_both_sides")
    ((side, id_),) = places
    fields = known_fields(folder, side)
    if name not in fields:
        close = nearest(name, fields)
        remedy = f"did you mean {close!r}?" if close else "use a column of the table"
        reason_text = "there is no such column"
        raise folder_error(TABLES[side], reason_text, remedy, field, code="unknown_column")
    rows = read_clean_table(folder / TABLES[side]).rows
    was = next((row.get(name, "") for row in rows if fold(row["id"]) == fold(id_)), "")
    text = None if value is None else value.strip()
    edit = EditedAnswer(side, id_, name, text, was, to_timestamp(), by, reason, now=was)
    read_edited(folder, scheme, [*_without(edits, edit), *([edit] if text is not None else [])])
    keep_edit(folder, edit)
    return edit


def _without(edits: tuple[EditedAnswer, ...], edit: EditedAnswer) -> list[EditedAnswer]:
    key = edit.role, edit.person, edit.field
    return [before for before in edits if (before.role, before.person, before.field) != key]


def keep_edit(folder: Path, edit: EditedAnswer) -> None:
    """Write an edit to the disk.

    Parameters
    ----------
    folder : Path
    edit : EditedAnswer
    """
    data = {key: text for key, text in asdict(edit).items() if key != "now"}
    append_line(folder / EDITS, data)
