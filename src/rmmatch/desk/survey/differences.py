"""What a newer export changes: who is new, who is gone, whose cells differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.desk.survey.clean_tables import CleanTable
from rmmatch.errors import HIDDEN
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CellChange", "Differences", "ExportChange", "differences"]

_MAX_LISTED = 20  # people of one kind that the lines name; wording
_COLUMNS = ("what", "side", "name", "id", "column", "before", "after")


@dataclass(frozen=True)
class CellChange:
    """One cell that differs.

    Attributes
    ----------
    column : str
    before, after : str
        Empty where the cell is missing; ``(hidden)`` in a private column.
    """

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class ExportChange:
    """Somebody who is new, changed or gone.

    Attributes
    ----------
    what : {'new', 'changed', 'gone'}
    side : {'mentee', 'mentor'}
    id, name : str
    cells : tuple of CellChange
        Of somebody who changed.
    """

    what: str
    side: Role
    id: str
    name: str
    cells: tuple[CellChange, ...] = ()

    @property
    def label(self) -> str:
        """Name, id and side; and which columns changed."""
        person = f"{self.name} ({self.id})" if self.name else self.id
        columns = ", ".join(cell.column for cell in self.cells)
        return f"{person}, {self.side}{': ' if columns else ''}{columns}"


@dataclass(frozen=True)
class Differences:
    """What differs between the tables of two exports.

    Attributes
    ----------
    people : tuple of ExportChange
        New, then changed, then gone; mentors before mentees.
    """

    people: tuple[ExportChange, ...]

    def of(self, what: str) -> tuple[ExportChange, ...]:
        """Return the people of one kind.

        Parameters
        ----------
        what : {'new', 'changed', 'gone'}
        """
        return tuple(person for person in self.people if person.what == what)

    @property
    def headline(self) -> str:
        """How many are new, changed and gone."""
        return ", ".join(f"{len(self.of(what))} {what}" for what in ("new", "changed", "gone"))

    @property
    def lines(self) -> tuple[str, ...]:
        """The headline, and a line for each person, some of each kind at most."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"Since the tables that were there: {self.headline}."
        for what in ("new", "changed", "gone"):
            people = self.of(what)
            yield from (f"  {what}: {person.label}" for person in people[:_MAX_LISTED])
            if len(people) > _MAX_LISTED:
                yield f"  … and {len(people) - _MAX_LISTED:,} more {what}, in changes.csv"

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each person who is new or gone, and for each cell that changed."""
        rows = []
        for person in self.people:
            cells = person.cells or (CellChange("", "", ""),)
            rows += [
                (
                    *(person.what, person.side, person.name, person.id),
                    *(cell.column, cell.before, cell.after),
                )
                for cell in cells
            ]
        return tuple(rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of `rows`: what, side, name, id, column, before, after."""
        return _COLUMNS

    def to_frame(self) -> pd.DataFrame:
        """Return `rows` as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(_COLUMNS), dtype=object)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def differences(
    before: dict[Role, CleanTable],
    after: dict[Role, CleanTable],
    sensitive: Collection[str] = (),
) -> Differences:
    """Return who is new, changed and gone between two pairs of clean tables.

    Somebody whose status is ``withdrawn`` is gone, whether their row is there or not.

    Parameters
    ----------
    before, after : dict of str to CleanTable
        By role.
    sensitive : collection of str
        Columns whose values are not shown.

    Examples
    --------
    >>> tables = [
    ...     {role: CleanTable(("id", "grade"), [{"id": role, "grade": grade}])
    ...      for role in ("mentee", "mentor")}
    ...     for grade in ("ST1", "ST2")
    ... ]
    >>> differences(*tables).people[0].cells
    (CellChange(column='grade', before='ST1', after='ST2'),)
    """
    hidden = {*sensitive}
    people: list[ExportChange] = []
    for role in reversed(OTHER_ROLE):
        old, new = before[role], after[role]
        rows = [{fold(row["id"]): row for row in table.rows} for table in (old, new)]
        columns = tuple(dict.fromkeys((*new.header, *old.header)))
        for key, row in rows[1].items():
            old_row = rows[0].get(key)
            label = row["id"], "" if "name" in hidden else row.get("name", "")
            is_here = row.get("status") != "withdrawn"
            was_here = old_row is not None and old_row.get("status") != "withdrawn"
            if is_here and not was_here:
                people.append(ExportChange("new", role, *label))
            elif was_here and not is_here:
                people.append(ExportChange("gone", role, *label))
            elif is_here and old_row is not None:
                cells = tuple(_changed_cells(columns, old_row, row, hidden))
                if cells:
                    people.append(ExportChange("changed", role, *label, cells))
        people += [
            ExportChange("gone", role, row["id"], "" if "name" in hidden else row.get("name", ""))
            for key, row in rows[0].items()
            if key not in rows[1] and row.get("status") != "withdrawn"
        ]
    order = ("new", "changed", "gone").index
    return Differences(tuple(sorted(people, key=lambda person: order(person.what))))


def _changed_cells(
    columns: tuple[str, ...], before: dict[str, str], after: dict[str, str], hidden: set[str]
) -> Iterator[CellChange]:
    for name in columns:
        texts = before.get(name, ""), after.get(name, "")
        if name != "id" and texts[0] != texts[1]:
            yield (
                CellChange(name, *((HIDDEN if text else "") for text in texts))
                if (name in hidden)
                else CellChange(name, *texts)
            )
