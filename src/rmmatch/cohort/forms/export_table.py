"""One table of an export while a form reads it: its columns by header, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from rmmatch.cohort.columns import column_name
from rmmatch.cohort.forms.model import FormTable
from rmmatch.cohort.tables import RawTable, Row
from rmmatch.errors import HIDDEN, Problem
from rmmatch.files.row_numbers import row_list
from rmmatch.numeric import Text

__all__ = ["ExportTable", "answers_text"]

_MAX_LISTED = 20  # answers that one problem lists; wording


def answers_text(positions_of: Mapping[str, Sequence[int]]) -> str:
    """Return answers with the number of rows each is in.

    Parameters
    ----------
    positions_of : mapping of str to sequence of int
        Positions of rows by answer.

    Examples
    --------
    >>> answers_text({"Two": [1], "Three": [2, 5]})
    "'Two' (1 row), 'Three' (2 rows)"
    """
    listed = [
        f"{answer!r} ({len(positions):,} row{'s' * (len(positions) != 1)})"
        for answer, positions in positions_of.items()
    ]
    more = len(listed) - _MAX_LISTED
    return ", ".join(listed[:_MAX_LISTED]) + (f" and {more:,} more" if more > 0 else "")


@dataclass(frozen=True)
class ExportTable:
    """A table of an export, and how the form reads it.

    Attributes
    ----------
    raw : RawTable
    spec : FormTable
    hidden : frozenset of str
        Columns whose values appear in no problem, by the names they are stored under.
    problems : list of Problem
    notes : list of str
    used : set of str
        Names of the headers that a field has taken up.
    """

    raw: RawTable
    spec: FormTable
    hidden: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each column, by the name of its header."""
        return {column_name(header): place for place, header in enumerate(self.raw.header)}

    def __len__(self) -> int:
        return len(self.raw.rows)

    def has(self, header: str) -> bool:
        """Whether there is such a header.

        Parameters
        ----------
        header : str
            In any case and with any spaces.
        """
        return column_name(header) in self.places

    def cells(self, header: str) -> Text:
        """Return the cells under a header, which counts as used from now on.

        Parameters
        ----------
        header : str
            One that there is.
        """
        name = column_name(header)
        self.used.add(name)
        return self.raw.columns[self.places[name]]

    def empty(self) -> Text:
        """Return a column of missing cells."""
        return np.full(len(self), None, dtype=object)

    def rows_text(self, positions: Iterable[int]) -> Row:
        """Return rows as text, as the spreadsheet numbers them.

        Parameters
        ----------
        positions : iterable of int
            From 0.
        """
        rows = [self.raw.rows[position] for position in sorted(set(positions))]
        return row_list(rows) if rows else ""

    def add_problem(
        self,
        column: str,
        positions: Iterable[int],
        reason: str,
        remedy: str,
        code: str,
        value: str = "",
    ) -> None:
        """Add a problem.

        Parameters
        ----------
        column : str
        positions : iterable of int
            Of the rows it is about; may be empty.
        reason, remedy, code, value : str
            As in `rmmatch.errors.Problem`.
        """
        shown = HIDDEN if value and self.is_hidden(column) else value
        rows = self.rows_text(positions)
        self.problems.append(Problem(self.raw.name, rows, column, shown, reason, remedy, code=code))

    def is_hidden(self, column: str) -> bool:
        """Whether the values of a column are not shown.

        Parameters
        ----------
        column : str
        """
        return column_name(column) in self.hidden

    def add_answers_problem(
        self,
        column: str,
        positions_of: Mapping[str, Sequence[int]],
        reason: str,
        remedy: str,
        code: str,
    ) -> None:
        """Add one problem about all answers that cannot be read.

        Parameters
        ----------
        column : str
        positions_of : mapping of str to sequence of int
            Positions of rows by answer; nothing is added where it is empty.
        reason, remedy, code : str
            As in `rmmatch.errors.Problem`; the list of answers is put behind the reason.
        """
        if not positions_of:
            return
        positions = [position for group in positions_of.values() for position in group]
        if not self.is_hidden(column):
            reason += f": {answers_text(positions_of)}"
        self.add_problem(column, positions, reason, remedy, code)

    def only(self, positions: Sequence[int], spec: FormTable) -> ExportTable:
        """Return some of the rows, read as another form of table; problems go to the same list.

        Parameters
        ----------
        positions : sequence of int
        spec : FormTable
        """
        index = np.array(positions, dtype=np.intp)
        part = replace(
            self.raw,
            columns=tuple(cells[index] for cells in self.raw.columns),
            rows=[self.raw.rows[position] for position in positions],
        )
        return ExportTable(part, spec, self.hidden, self.problems, self.notes, self.used)
