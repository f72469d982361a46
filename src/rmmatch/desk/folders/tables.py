"""The tables of people of a folder, and answers that were edited on the spot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmmatch.cohort import Cohort, Role, column_name, read_cohort
from rmmatch.cohort.columns import STANDARD_COLUMNS
from rmmatch.cohort.identities import OUTSIDE
from rmmatch.desk.folders.layout import EDITS, RELATIONS, folder_error
from rmmatch.desk.survey.clean_tables import CleanTable, read_clean_table
from rmmatch.desk.survey.register import Register
from rmmatch.files.tables import write_rows
from rmmatch.scheme import Scheme
from rmmatch.spelling import fold

__all__ = [
    "TABLES",
    "EditedAnswer",
    "edited_tables",
    "read_edits",
    "read_tables",
    "write_tables_to",
]

TABLES: dict[Role, str] = {"mentor": "mentors.csv", "mentee": "mentees.csv"}
REGISTER = "people.csv"


@dataclass(frozen=True)
class EditedAnswer:
    """An answer that a person corrected in the folder; it holds after a newer export too.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    person : str
        The id.
    field : str
        The column.
    value : str or None
        What holds; None where the answer of the export holds again.
    was : str
        What the export said when it was edited.
    at, by, reason : str
    now : str
        What the export says now.
    """

    role: Role
    person: str
    field: str
    value: str | None
    was: str = ""
    at: str = ""
    by: str = ""
    reason: str = ""
    now: str = ""

    @property
    def is_outdated(self) -> bool:
        """Whether a newer export says something else than before; the edit holds nonetheless."""
        return fold(self.now) not in (fold(self.was), fold(self.value or ""))

    @property
    def text(self) -> str:
        """The edit in words."""
        words = f"{self.person}, {self.field}: {self.was or 'empty'} → {self.value or 'empty'}"
        words += f" by {self.by}" if self.by else ""
        words += f" ({self.reason})" if self.reason else ""
        if self.is_outdated:
            words += f". The newer export says {self.now or 'nothing'}: your answer still holds"
        return words


def read_edits(folder: Path) -> tuple[EditedAnswer, ...]:
    """Return the answers that were edited, the last word on each.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    FolderError
        The file of edits is damaged.
    """
    path = folder / EDITS
    edits: dict[tuple[str, str, str], EditedAnswer] = {}
    if not path.exists():
        return ()
    # a last line without an end was never confirmed
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            edit = EditedAnswer(**json.loads(line))
        except (ValueError, TypeError):
            if number == len(lines):
                break
            remedy = "copy it again from your backup"
            reason = f"line {number} is damaged"
            raise folder_error(path, reason, remedy, code="damaged_folder") from None
        edits.pop((edit.role, edit.person, edit.field), None)
        if edit.value is not None:
            edits[edit.role, edit.person, edit.field] = edit
    return tuple(edits.values())


def edited_tables(
    folder: Path, edits: Iterable[EditedAnswer]
) -> tuple[dict[Role, CleanTable], tuple[EditedAnswer, ...]]:
    """Return the tables of a folder with the edits, and the edits with what the export says now.

    An edit about somebody who is in the tables no more changes nothing, and is kept.

    Parameters
    ----------
    folder : Path
    edits : iterable of EditedAnswer
    """
    tables = {role: read_clean_table(folder / name) for role, name in TABLES.items()}
    current: list[EditedAnswer] = []
    for edit in edits:
        header, rows = tables[edit.role]
        row = next((row for row in rows if fold(row["id"]) == fold(edit.person)), None)
        now = "" if row is None else row.get(edit.field, "")
        current.append(
            EditedAnswer(
                *(edit.role, edit.person, edit.field, edit.value, edit.was),
                *(edit.at, edit.by, edit.reason),
                now=edit.was if row is None else now,
            )
        )
        if row is None:
            continue
        if edit.value:
            row[edit.field] = edit.value
        else:
            row.pop(edit.field, None)
        if edit.field not in header:
            tables[edit.role] = CleanTable((*header, edit.field), rows)
    return tables, tuple(current)


def known_fields(folder: Path, role: Role) -> list[str]:
    """Return the columns that can be edited: those of the table, and those that rmmatch knows.

    Parameters
    ----------
    folder : Path
    role : {'mentee', 'mentor'}
    """
    table = read_clean_table(folder / TABLES[role])
    names = dict.fromkeys((*table.header, *map(column_name, STANDARD_COLUMNS)))
    return [name for name in names if name not in ("id", "role")]


def write_tables_to(folder: Path, target: Path, edits: Iterable[EditedAnswer]) -> None:
    """Copy the tables that a run is made from, with the edits in them.

    Parameters
    ----------
    folder : Path
        Of the scheme.
    target : Path
        A new folder.
    edits : iterable of EditedAnswer
    """
    target.mkdir(parents=True)
    edits = tuple(edits)
    if edits:
        for role, table in edited_tables(folder, edits)[0].items():
            write_rows(table.header, table.cells, target / TABLES[role])
    names = [RELATIONS, REGISTER, *(() if edits else TABLES.values())]
    for name in names:
        if (folder / name).exists():
            shutil.copyfile(folder / name, target / name)


def require_tables(folder: Path) -> None:
    """Make sure that a folder has tables of people.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    FolderError
        It has none yet.
    """
    missing = [name for name in TABLES.values() if not (folder / name).exists()]
    if missing:
        reason = f"has no {' and no '.join(missing)} yet"
        remedy = f"import an export: rmmatch import EXPORT --out {folder}"
        raise folder_error(folder, reason, remedy, code="no_people")


def read_tables(folder: Path, scheme: Scheme) -> Cohort:
    """Return the people of the tables in a folder.

    Parameters
    ----------
    folder : Path
        With mentors.csv and mentees.csv and, where they are there, relations.csv, and people.csv,
        which says who is outside.
    scheme : Scheme

    Raises
    ------
    FolderError
        There are no tables yet.
    CohortError
        The tables have problems.
    """
    require_tables(folder)
    relations = folder / RELATIONS
    return read_cohort(
        *(folder / name for name in TABLES.values()),
        relations=relations if relations.exists() else None,
        scheme=scheme,
        people=_outside(folder),
    )


def read_edited(folder: Path, scheme: Scheme, edits: Iterable[EditedAnswer]) -> Cohort:
    """Return the people of the tables in the folder of a scheme, with the edits.

    Parameters
    ----------
    folder : Path
    scheme : Scheme
    edits : iterable of EditedAnswer
    """
    edits = tuple(edits)
    if not edits:
        return read_tables(folder, scheme)
    tables, _ = edited_tables(folder, edits)
    rows = [list(_rows(tables[role])) for role in TABLES]
    relations = folder / RELATIONS
    return read_cohort(
        *rows,
        relations=relations if relations.exists() else None,
        scheme=scheme,
        people=_outside(folder),
    )


def _outside(folder: Path) -> dict[str, str]:
    register = folder / REGISTER
    outside = Register.from_file(register).outside if register.exists() else ()
    return dict.fromkeys(outside, OUTSIDE)


def _rows(table: CleanTable) -> Iterator[dict[str, Any]]:
    for row in table.rows:
        yield {name: row.get(name) for name in table.header}
