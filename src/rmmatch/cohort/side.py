"""One side of a cohort: its people as immutable columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.calendars.availability import Slot
from rmmatch.cohort.identities import Role
from rmmatch.cohort.labels import Ragged, frozen
from rmmatch.numeric import Ints, Text
from rmmatch.spelling import FoldedKeys

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NUMBER_COLUMNS", "STATUSES", "Side", "state_of"]

STATUSES = ("applicant", "reserve", "withdrawn")
NUMBER_COLUMNS = ("capacity", "min_load", "priority")


@dataclass(frozen=True, eq=False, repr=False)
class Side:
    """The people of one side, in the order of the input.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    ids : tuple of str
    columns : mapping of str to ndarray of object, shape (n,)
        Every text column under its standard name (``grade``, ``goals``, …, and any extra one);
        each entry is a str or None where the cell was empty. Several values in one cell stand
        as written, with ``;`` between them.
    capacity, min_load, priority : ndarray of int64, shape (n,)
        Most partners, least partners, and how much a person has priority.
    status : ndarray of object, shape (n,)
        ``applicant``, ``reserve`` or ``withdrawn``.
    calendars : tuple of tuple of Slot
        The distinct availabilities of the side.
    calendar : ndarray of int64, shape (n,)
        Position of each person's availability in `calendars`; -1 where it is missing.
    preferences : Ragged
        Positions on the other side, best first.
    """

    role: Role
    ids: tuple[str, ...]
    columns: Mapping[str, Text]
    capacity: Ints
    min_load: Ints
    priority: Ints
    status: Text
    calendars: tuple[tuple[Slot, ...], ...]
    calendar: Ints
    preferences: Ragged

    def __post_init__(self) -> None:
        for name in (*NUMBER_COLUMNS, "status", "calendar"):
            frozen(getattr(self, name))
        columns = {name: frozen(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))

    def __getstate__(self) -> dict[str, Any]:
        return state_of(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Side({self.role}, {len(self)} people, columns: {', '.join(self.columns)})"

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Position of each id, however it is spelt (`rmmatch.spelling.fold`)."""
        return FoldedKeys({id_: index for index, id_ in enumerate(self.ids)})

    @cached_property
    def by_id(self) -> Ints:
        """Positions in the order of the ids: what does not depend on the order of the input."""
        return np.array(sorted(range(len(self)), key=self.ids.__getitem__), dtype=np.int64)

    def column(self, name: str) -> Text:
        """Return a text column; all None where the side does not have it.

        Parameters
        ----------
        name : str
            Its standard name.

        Returns
        -------
        ndarray of object, shape (n,)
        """
        if name in self.columns:
            return self.columns[name]
        return np.full(len(self), None, dtype=object)

    def has(self, name: str) -> bool:
        """Whether the side's table has this column.

        Parameters
        ----------
        name : str
            Its standard name; ``availability`` and ``preferences`` too.
        """
        if name == "availability":
            return len(self.calendars) > 0 or name in self.columns
        if name == "preferences":
            return len(self.preferences.indices) > 0 or name in self.columns
        return name in self.columns

    def count_missing(self, name: str) -> int:
        """Count the people whose cell is empty; 0 where the side does not have the column.

        Parameters
        ----------
        name : str
            Its standard name; ``availability`` too.
        """
        if name == "availability":
            return int((self.calendar < 0).sum()) if self.has(name) else 0
        return sum(cell is None for cell in self.columns.get(name, ()))

    def slots(self, person: int) -> tuple[Slot, ...] | None:
        """Return one person's availability, or None where it is missing.

        Parameters
        ----------
        person : int
            Position on this side.
        """
        code = int(self.calendar[person])
        return None if code < 0 else self.calendars[code]

    def to_frame(self) -> pd.DataFrame:
        """Return the side as a DataFrame of text and whole numbers, indexed by id."""
        import pandas as pd

        data: dict[str, Any] = {name: values.copy() for name, values in self.columns.items()}
        for name in (*NUMBER_COLUMNS, "status"):
            data[name] = getattr(self, name).copy()
        return pd.DataFrame(data, index=pd.Index(self.ids, name="id", dtype=object))


def state_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass in types that can be pickled, nothing derived from them.

    Parameters
    ----------
    value : dataclass
        An object.
    """
    state = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: dict(v) if isinstance(v, Mapping) else v for name, v in state.items()}
