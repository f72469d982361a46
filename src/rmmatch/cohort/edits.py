"""Cohorts with people taken out, put in, or given other capacities."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort.columns import column_name
from rmmatch.cohort.identities import SIDE_LETTERS
from rmmatch.cohort.identities.names import NAME_COLUMNS
from rmmatch.cohort.labels import Ragged
from rmmatch.cohort.model import Cohort, Relation
from rmmatch.cohort.reading import read_cohort
from rmmatch.cohort.side import NUMBER_COLUMNS, Side
from rmmatch.cohort.tables import cell_text
from rmmatch.numeric import Ints
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "as_in_saved_run",
    "emptied",
    "with_capacities",
    "with_people",
    "withdrawn_from",
    "without_people",
]


def emptied(cohort: Cohort, columns: Collection[str]) -> Cohort:
    """Return a cohort without anybody's value in some columns, and with nobody related by them.

    The columns themselves stay. The cohort itself is returned where they are empty already.

    Parameters
    ----------
    cohort : Cohort
    columns : collection of str
        By the names that they are stored under.
    """
    names = {*columns}
    if not names:
        return cohort
    mentees, mentors = (_emptied_side(side, names) for side in cohort.sides)
    changed = cohort.replace(
        mentees=mentees,
        mentors=mentors,
        relations={
            kind: Relation.from_pairs(()) if kind in names else pairs
            for kind, pairs in cohort.relations.items()
        },
        managers={} if "line_manager" in names else cohort.managers,
        links=tuple(link for link in cohort.links if link.kind not in names),
        doubts=tuple(doubt for doubt in cohort.doubts if doubt.column not in names),
    )
    is_same = changed.sides == cohort.sides and all(
        len(getattr(changed, key)) == len(getattr(cohort, key))
        for key in ("managers", "links", "doubts")
    )
    is_same &= not any(len(cohort.relation(name)) for name in names)
    return cohort if is_same else changed


def _emptied_side(side: Side, names: Collection[str]) -> Side:
    changes: dict[str, Any] = {}
    with_values = [
        name
        for name in names
        if name in side.columns and any(cell is not None for cell in side.columns[name])
    ]
    if with_values:
        blank = np.full(len(side), None, dtype=object)
        changes["columns"] = {**side.columns, **dict.fromkeys(with_values, blank)}
    if "availability" in names and side.calendars:
        changes |= {"calendars": (), "calendar": np.full(len(side), -1, dtype=np.int64)}
    if "preferences" in names and len(side.preferences.indices):
        none = side.preferences.indices[:0]
        changes["preferences"] = Ragged(side.preferences.indptr * 0, none)
    return replace(side, **changes) if changes else side


def with_capacities(side: Side, capacities: Mapping[int, int]) -> Side:
    """Return a side with other capacities.

    Parameters
    ----------
    side : Side
    capacities : mapping of int to int
        Number of places by position, of those who get another one.
    """
    changed = side.capacity.copy()
    for person, capacity in capacities.items():
        changed[person] = capacity
    return replace(side, capacity=changed)


def without_people(cohort: Cohort, mentees: Collection[int], mentors: Collection[int]) -> Cohort:
    """Return a cohort without some people; what others said of their managers stays.

    Parameters
    ----------
    cohort : Cohort
    mentees, mentors : collection of int
        Positions of those who go.
    """
    remaining = [
        np.setdiff1d(np.arange(len(side)), np.array(sorted(leaving), dtype=np.int64))
        for side, leaving in zip(cohort.sides, (mentees, mentors), strict=True)
    ]
    moved = [
        _new_positions(people, len(side))
        for people, side in zip(remaining, cohort.sides, strict=True)
    ]
    sides = [
        replace(
            side,
            ids=tuple(side.ids[person] for person in people.tolist()),
            columns={name: values[people] for name, values in side.columns.items()},
            **{
                name: getattr(side, name)[people]
                for name in (*NUMBER_COLUMNS, "status", "calendar")
            },
            preferences=_move_rows(side.preferences, people, new_positions),
        )
        for side, people, new_positions in zip(cohort.sides, remaining, moved[::-1], strict=True)
    ]
    relations = {
        kind: Relation.from_pairs(_move_pairs(pairs, *moved))
        for kind, pairs in cohort.relations.items()
    }
    # Without them an answer may be somebody's alone; that is no question about the tables.
    reading = cohort.reading._replace(settled=True)
    return cohort.replace(mentees=sides[0], mentors=sides[1], relations=relations, reading=reading)


def withdrawn_from(
    cohort: Cohort,
    mentees: Collection[str],
    mentors: Collection[str],
    *,
    parted_pairs: Collection[tuple[str, str]] = (),
) -> Cohort:
    """Return a cohort in which some people have withdrawn, and no pin names them any more.

    Parameters
    ----------
    cohort : Cohort
    mentees, mentors : collection of str
        Ids of those who withdraw.
    parted_pairs : collection of (mentee id, mentor id)
        Pairs that are not pinned any more either.
    """
    sides = []
    for side, withdrawn in zip(cohort.sides, (mentees, mentors), strict=True):
        status = side.status.copy()
        status[[side.position[id_] for id_ in withdrawn]] = "withdrawn"
        sides.append(replace(side, status=status))
    pinned = cohort.relation("pinned")
    ids = cohort.mentees.ids, cohort.mentors.ids
    pins = [
        (mentee, mentor)
        for mentee, mentor in zip(pinned.mentees.tolist(), pinned.mentors.tolist(), strict=True)
        if ids[0][mentee] not in mentees
        and ids[1][mentor] not in mentors
        and (ids[0][mentee], ids[1][mentor]) not in parted_pairs
    ]
    relations = dict(cohort.relations)
    if len(pinned):
        relations["pinned"] = Relation.from_pairs(pins)
    return cohort.replace(mentees=sides[0], mentors=sides[1], relations=relations)


def as_in_saved_run(read: Cohort, saved: Cohort) -> Cohort:
    """Return a cohort read from its tables, with what a saved run has changed since.

    Status and the relations that were saved are those of the run; all else is from the tables.

    Parameters
    ----------
    read : Cohort
        From the tables.
    saved : Cohort
        From a saved run: without names, and perhaps without other columns.

    Raises
    ------
    KeyError
        The two are not of the same people.
    """
    positions_in_saved = [
        np.array([saved_side.position[id_] for id_ in side.ids], dtype=np.int64)
        for side, saved_side in zip(read.sides, saved.sides, strict=True)
    ]
    sides = [
        replace(side, status=saved_side.status[to_saved])
        for side, saved_side, to_saved in zip(
            read.sides, saved.sides, positions_in_saved, strict=True
        )
    ]
    positions_in_read = [np.argsort(to_saved) for to_saved in positions_in_saved]
    relations = {
        kind: Relation.from_pairs(_move_pairs(pairs, *positions_in_read))
        for kind, pairs in saved.relations.items()
    }
    return read.replace(
        mentees=sides[0], mentors=sides[1], relations={**read.relations, **relations}
    )


def with_people(
    cohort: Cohort,
    people: pd.DataFrame,
    *,
    columns: Mapping[str, str],
    sensitive: Collection[str] = (),
) -> Cohort:
    """Return a cohort with more people.

    Parameters
    ----------
    cohort : Cohort
    people : DataFrame
        Those who join, with a column ``role``; otherwise as `read_cohort` takes them. They may
        name anybody of the cohort.
    columns : mapping of str to str
    sensitive : collection of str
        As in `read_cohort`.

    Raises
    ------
    CohortError
        The table has problems, an id that is already in the cohort among them.
    """
    import pandas as pd

    mapping = {column_name(header): column_name(name) for header, name in columns.items()}
    # A column that the scheme maps comes before one that is headed so: Email as the id, not ID.
    header_of: dict[str, Any] = {column_name(str(header)): header for header in people.columns}
    header_of |= {mapping[name]: header for name, header in [*header_of.items()] if name in mapping}
    # Whom they name must be there, so everybody else stands below them by what they are called.
    name_columns = [name for name in NAME_COLUMNS if cohort.has_column(name)]
    rows = [
        (id_, side.role, *(side.column(name)[position] for name in name_columns))
        for side in cohort.sides
        for position, id_ in enumerate(side.ids)
    ]
    headers = [header_of.get(name, name) for name in ("id", "role", *name_columns)]
    table_of_cohort = pd.DataFrame(rows, columns=headers)
    # rows keep the numbers they are known by
    table_of_cohort.index = pd.Index(["of the run"] * len(table_of_cohort), dtype=object)
    table = pd.concat([_as_cohort_table(cohort, people, header_of), table_of_cohort.astype(object)])
    # What those who join left out is missing, and no mistake.
    columns_of_people = {column_name(str(header)) for header in people.columns}
    mapped_columns = {
        header: name for header, name in columns.items() if column_name(header) in columns_of_people
    }
    columns_of_people |= {column_name(name) for name in mapped_columns.values()}
    hidden = [name for name in sensitive if column_name(name) in columns_of_people]
    read = read_cohort(
        table, columns=mapped_columns, sensitive=hidden, people=cohort.reading.people
    )
    new_positions, sides = [], []
    for old, new in zip(cohort.sides, read.sides, strict=True):
        n_new = len(new) - len(old)
        new_positions.append(np.concatenate((len(old) + np.arange(n_new), np.arange(len(old)))))
    for old, new, across in zip(cohort.sides, read.sides, new_positions[::-1], strict=True):
        sides.append(_append_side(old, new, len(new) - len(old), across))
    kinds = dict.fromkeys((*cohort.relations, *read.relations))
    unchanged = [np.arange(len(side), dtype=np.int64) for side in cohort.sides]
    relations = {
        kind: Relation.from_pairs(
            [
                *_move_pairs(cohort.relation(kind), *unchanged),
                *_move_pairs(read.relation(kind), *new_positions),
            ]
        )
        for kind in kinds
    }
    return cohort.replace(
        mentees=sides[0],
        mentors=sides[1],
        relations=relations,
        managers={**cohort.managers, **read.managers},
        doubts=(*cohort.doubts, *read.doubts),
        notes=(*cohort.notes, *(note for note in read.notes if note not in cohort.notes)),
        sources=(*cohort.sources, *read.sources),
    )


def _as_cohort_table(
    cohort: Cohort, people: pd.DataFrame, header_of: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the table of the people who join, with ids as the cohort has them."""
    people = people.astype(object)
    id_header, role_header = header_of.get("id"), header_of.get("role")
    if not cohort.reading.each_side or id_header is None or role_header is None:
        return people
    letters = {fold(role): letter for role, letter in SIDE_LETTERS.items()}
    pairs = zip(people[id_header], people[role_header], strict=True)
    ids = [letters.get(fold(str(role)), "") + cell_text(id_) for id_, role in pairs]
    return people.assign(**{id_header: ids})


def _append_side(old: Side, new: Side, n_new: int, across: Ints) -> Side:
    """Return a side with the first `n_new` people of another side behind its own.

    `across` are the new positions of the people on the other side, whom preferences name.
    """
    names = dict.fromkeys((*old.columns, *new.columns))
    added = np.arange(n_new)
    calendar = new.calendar[added]
    lists = [old.preferences[row].tolist() for row in range(len(old))]
    lists += [across[new.preferences[row]].tolist() for row in range(n_new)]
    capacity, min_load, priority, status = (
        np.concatenate((getattr(old, name), getattr(new, name)[added]))
        for name in (*NUMBER_COLUMNS, "status")
    )
    return replace(
        old,
        ids=(*old.ids, *new.ids[:n_new]),
        columns={
            name: np.concatenate((old.column(name), new.column(name)[added])) for name in names
        },
        capacity=capacity,
        min_load=min_load,
        priority=priority,
        status=status,
        calendars=(*old.calendars, *new.calendars),
        calendar=np.concatenate(
            (old.calendar, np.where(calendar < 0, -1, calendar + len(old.calendars)))
        ),
        preferences=Ragged.from_rows(lists),
    )


def _new_positions(remaining: Ints, count: int) -> Ints:
    """Return the new position of each person, -1 of those who do not remain."""
    positions = np.full(count, -1, dtype=np.int64)
    positions[remaining] = np.arange(remaining.size)
    return positions


def _move_rows(lists: Ragged, people: Ints, new_positions: Ints) -> Ragged:
    """Return the rows of some people with new positions as entries, without those who have none."""
    rows = (
        [position for position in new_positions[lists[row]].tolist() if position >= 0]
        for row in people
    )
    return Ragged.from_rows(rows)


def _move_pairs(pairs: Relation, mentees: Ints, mentors: Ints) -> list[tuple[int, int]]:
    """Return pairs by new positions, without those of somebody who has none."""
    moved = zip(mentees[pairs.mentees].tolist(), mentors[pairs.mentors].tolist(), strict=True)
    return [pair for pair in moved if min(pair) >= 0]
