"""From the tables of an export to tables with standard headers, as a form says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rmmatch.cohort.forms.model import Form
from rmmatch.cohort.identities import Role
from rmmatch.cohort.model import Source
from rmmatch.cohort.tables import RawTable, TableLike
from rmmatch.errors import Problem

__all__ = ["FormedTables", "formed_tables"]


@dataclass(frozen=True)
class FormedTables:
    """The people of an export as a form reads them.

    Attributes
    ----------
    tables : tuple of RawTable
        One table of everybody, with a column ``role``, or the mentors and the mentees. Headers are
        standard names where the form says so, cells are as docs/form.md says, and each row has
        the number that it has in the export.
    problems : list of Problem
        Where there are any, the tables are not to be relied on.
    notes : list of str
    sources : tuple of Source
    headers : frozenset of str
        Headers that the form has taken up, by `column_name`.
    split : tuple of str
        Columns of which the form says how several answers in a cell are told apart.
    """

    tables: tuple[RawTable, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    headers: frozenset[str] = frozenset()
    split: tuple[str, ...] = ()

    @property
    def mentors(self) -> RawTable:
        """The mentors, without a column ``role``."""
        return self._of("mentor")

    @property
    def mentees(self) -> RawTable:
        """The mentees, without a column ``role``."""
        return self._of("mentee")

    def _of(self, role: Role) -> RawTable:
        raise NotImplementedError


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
    """
    raise NotImplementedError
