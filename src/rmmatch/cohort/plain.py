"""A cohort as plain data, no more of it than is needed, and back."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np

from rmmatch.calendars.availability import Slot
from rmmatch.cohort.cells import LIST_SEPARATOR, list_items
from rmmatch.cohort.labels import Ragged
from rmmatch.cohort.model import Cohort, Relation, Role, Source
from rmmatch.cohort.side import NUMBER_COLUMNS, Side
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["from_plain", "to_plain"]

_SEPARATORS = re.compile(f"({LIST_SEPARATOR.pattern})")


def to_plain(
    cohort: Cohort,
    columns: Collection[str],
    *,
    pseudonyms: Collection[str] = (),
    emptied_columns: Collection[str] = (),
) -> dict[str, Any]:
    """Return the columns and relations of a cohort that are named as JSON data.

    Parameters
    ----------
    cohort : Cohort
    columns : collection of str
        Columns and kinds of relation to keep; ids, loads and status are always kept.
    pseudonyms : collection of str
        Of these columns only which values are the same is kept.
    emptied_columns : collection of str
        Of these only who has any: what stands in them is known otherwise.
    """
    sides: dict[str, Any] = {}
    for side in cohort.sides:
        cells = {name: values.tolist() for name, values in side.columns.items() if name in columns}
        cells |= {name: _pseudonyms(cohort, name, side) for name in cells if name in pseudonyms}
        for name in cells.keys() & set(emptied_columns):
            cells[name] = [None if cell is None else "" for cell in cells[name]]
        plain: dict[str, Any] = {"ids": list(side.ids), "status": side.status.tolist()}
        plain |= {name: getattr(side, name).tolist() for name in NUMBER_COLUMNS}
        plain["columns"] = cells
        if "availability" in columns:
            plain["calendars"] = [[list(slot) for slot in slots] for slots in side.calendars]
            plain["calendar"] = side.calendar.tolist()
        if "preferences" in columns:
            plain["preferences"] = [side.preferences[row].tolist() for row in range(len(side))]
        sides[side.role] = plain
    relations = {
        kind: [relation.mentees.tolist(), relation.mentors.tolist()]
        for kind, relation in cohort.relations.items()
        if kind in columns
    }
    managers = dict(cohort.managers) if "line_manager" in columns else {}
    return {
        **sides,
        "relations": relations,
        "managers": {person: list(ids) for person, ids in managers.items()},
        "notes": list(cohort.notes),
        "sources": [list(source) for source in cohort.sources],
    }


def from_plain(data: dict[str, Any]) -> Cohort:
    """Return the cohort that `to_plain` described.

    Parameters
    ----------
    data : dict
        As `to_plain` returns it.

    Raises
    ------
    KeyError, ValueError, TypeError
        The data is not what `to_plain` writes.
    """
    return Cohort(
        _side("mentee", data["mentee"]),
        _side("mentor", data["mentor"]),
        {
            kind: Relation.from_pairs(zip(mentees, mentors, strict=True))
            for kind, (mentees, mentors) in data["relations"].items()
        },
        {person: tuple(ids) for person, ids in data["managers"].items()},
        tuple(data["notes"]),
        tuple(Source(*source) for source in data["sources"]),
    )


def _side(role: Role, data: dict[str, Any]) -> Side:
    size = len(data["ids"])
    return Side(
        role=role,
        ids=tuple(data["ids"]),
        columns={name: _text(values) for name, values in data["columns"].items()},
        **{name: np.array(data[name], dtype=np.int64) for name in NUMBER_COLUMNS},
        status=_text(data["status"]),
        calendars=tuple(
            tuple(Slot(*slot) for slot in slots) for slots in data.get("calendars", [])
        ),
        calendar=np.array(data.get("calendar", [-1] * size), dtype=np.int64),
        preferences=Ragged.from_rows(data.get("preferences", [[]] * size)),
    )


def _text(values: list[str | None]) -> Text:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _pseudonyms(cohort: Cohort, name: str, side: Side) -> list[str | None]:
    """Replace every value by a meaningless one, the same for the same value on both sides."""
    # Numbered by who has the value first, by id: any order of the values would tell of them.
    code: dict[str, str] = {}
    # A line break is a space in a whole cell, and separates words in a list: where there is one,
    # what stands between spaces is coded, so that both ways of reading find the same.
    has_lines = any(
        cell is not None and len(cell.splitlines()) > 1
        for any_side in cohort.sides
        for cell in any_side.column(name)
    )

    def parts(word: str) -> list[str]:
        return fold(word).split() if has_lines else [fold(word)]

    for numbered_side in cohort.sides:
        for person in numbered_side.by_id.tolist():
            for word in list_items(numbered_side.column(name)[person] or ""):
                for part in parts(word):
                    code.setdefault(part, f"v{len(code)}")

    def hidden(word: str) -> str:
        # Spaces round a word decide whether two whole cells are the same.
        if not word.strip():
            return word
        before, after = (" " if end.isspace() else "" for end in (word[0], word[-1]))
        return f"{before}{' '.join(code[part] for part in parts(word))}{after}"

    def hidden_cell(cell: str) -> str:
        pieces = _SEPARATORS.split(cell)  # words and separators in turn
        pieces[::2] = map(hidden, pieces[::2])
        return "".join(pieces)

    return [None if cell is None else hidden_cell(cell) for cell in side.column(name)]
