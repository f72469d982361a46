"""From one run to the next: past pairs, people who wait, and pairs that continue."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rmmatch.cohort import Role
from rmmatch.desk.folders.edits import keep_edit
from rmmatch.desk.folders.layout import (
    EDITS,
    MARKER,
    RELATIONS,
    make_private,
    read_marker,
    write_json,
)
from rmmatch.desk.folders.runs import RunStore
from rmmatch.desk.folders.tables import TABLES, EditedAnswer
from rmmatch.files.folder import staged
from rmmatch.files.tables import rows_of, write_rows
from rmmatch.lifecycle.carry_over import carry_over
from rmmatch.matching.matching import IdPair
from rmmatch.matching.review import to_timestamp

if TYPE_CHECKING:
    import pandas as pd

    from rmmatch.lifecycle.carry_over import CarryOver

__all__ = ["NextRun", "begin_next_run"]


@dataclass(frozen=True)
class NextRun:
    """What a run has left to the next.

    Attributes
    ----------
    ended : str
        The run that is over.
    n_waiting : int
        People who had no partner, and come first in the next run.
    n_relations : int
        Rows of relations.csv: past pairs, and whom people must not be paired with.
    continued : tuple of (mentee id, mentor id)
    notes : tuple of str
    """

    ended: str
    n_waiting: int
    n_relations: int
    continued: tuple[IdPair, ...]
    notes: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        return (
            f"Run {self.ended} is over.",
            f"{self.n_waiting} people had no partner; they have more priority in the next run.",
            f"{self.n_relations} rows of past pairs and other relations are in {RELATIONS}.",
            *((f"{len(self.continued)} pairs continue.",) if self.continued else ()),
            *self.notes,
        )


def begin_next_run(
    folder: Path,
    store: RunStore,
    continued: Iterable[IdPair],
    cool_down: int | None,
    step: int,
    by: str,
) -> NextRun:
    """End a run and begin the next; see `SchemeFolder.next_run`.

    Parameters
    ----------
    folder : Path
        Of the scheme.
    store : RunStore
        The run that is over.
    continued : iterable of (mentee, mentor)
    cool_down : int or None
    step : int
    by : str
    """
    over = carry_over(
        store.result, continued=continued, cool_down=cool_down, step=step, sensitive=True
    )
    edits = list(_edits(over, store.name, by))
    # the tables of the run itself are with it, and so are its edits
    with staged(folder) as new:
        for role, name in TABLES.items():
            table = over.mentors if role == "mentor" else over.mentees
            write_rows(list(map(str, table.columns)), rows_of(table), new / name)
        write_rows(list(map(str, over.relations.columns)), rows_of(over.relations), new / RELATIONS)
    make_private(folder / name for name in (*TABLES.values(), RELATIONS))
    if (folder / EDITS).exists():
        os.replace(folder / EDITS, store.path / EDITS)
    for edit in edits:
        keep_edit(folder, edit)
    marker = read_marker(folder)
    marker["ended"] = [*marker["ended"], store.name]
    write_json(folder / MARKER, marker)
    n_waiting = len(over.mentees) + len(over.mentors) - sum(map(len, _pinned_people(over)))
    return NextRun(store.name, n_waiting, len(over.relations), over.pins, over.notes)


def _pinned_people(over: CarryOver) -> tuple[set[str], set[str]]:
    return {mentee for mentee, _ in over.pins}, {mentor for _, mentor in over.pins}


def _edits(over: CarryOver, run: str, by: str) -> Iterator[EditedAnswer]:
    """Yield what no new export says: who had no partner, and who continues."""
    pinned_mentees, pinned_mentors = _pinned_people(over)
    sides: tuple[tuple[Role, pd.DataFrame, set[str]], ...] = (
        ("mentee", over.mentees, pinned_mentees),
        ("mentor", over.mentors, pinned_mentors),
    )
    for role, table, pinned in sides:
        for id_, priority in zip(table.iloc[:, 0], table["priority"], strict=True):
            if id_ in pinned:
                reason, field, value = f"continues from run {run}", "status", "applicant"
            elif priority:
                reason, field, value = f"had no partner in run {run}", "priority", str(priority)
            else:
                continue
            yield EditedAnswer(role, str(id_), field, value, "", to_timestamp(), by, reason)
