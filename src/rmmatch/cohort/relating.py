"""Ids in cells become pairs of positions; ids of nobody in the cohort are counted, not lost."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rmmatch.cohort.model import (
    IntArray,
    Link,
    Ragged,
    Relation,
    Role,
    Side,
    Slot,
    Text,
)
from rmmatch.cohort.parsing import RELATION_COLUMNS, split_ids
from rmmatch.cohort.tables import Row

__all__ = ["LinkRow", "People", "Related", "relate"]

_LOOKED_UP = 200  # ids of nobody in the cohort that are compared with its own
_COMPARISONS = 100_000  # pairs of ids compared letter by letter, in all
_ALIKE_FROM = 0.8  # share of letters in common, as difflib counts it
_SHOWN = 20
_ALIKE = str.maketrans("oil", "011", " -_./")
_NO_DIGITS = str.maketrans("", "", "0123456789")
_OTHER: dict[Role, Role] = {"mentee": "mentor", "mentor": "mentee"}


class LinkRow(NamedTuple):
    """A link, and the row it stands in."""

    table: str
    row: Row
    link: Link


@dataclass(frozen=True)
class People:
    """The people of one role in one table: checked, not yet related to anybody."""

    role: Role
    table: str
    rows: list[Row]
    ids: list[str]
    columns: dict[str, Text]
    numbers: dict[str, IntArray]
    status: Text
    slots: list[tuple[Slot, ...] | None]


class Related(NamedTuple):
    """What a cohort is made of."""

    mentees: Side
    mentors: Side
    relations: dict[str, Relation]
    managers: dict[str, tuple[str, ...]]
    notes: list[str]


def relate(
    mentees: People, mentors: People, links: Iterable[LinkRow], sensitive: Collection[str]
) -> Related:
    """Turn the ids in the cells of both tables, and the rows of a third, into positions.

    A relation is one between persons: it holds for both sides of somebody who is on both.

    Parameters
    ----------
    mentees, mentors : People
    links : iterable of LinkRow
    sensitive : collection of str
        Columns whose ids no note shows.
    """
    relating = _Relating(mentees, mentors)
    for column in RELATION_COLUMNS:
        relating.read_column(column)
    preferences = {role: relating.preferences(role) for role in relating.people}
    relating.read_links(links)
    return Related(
        _side(mentees, preferences["mentee"]),
        _side(mentors, preferences["mentor"]),
        {kind: Relation.from_pairs(pairs) for kind, pairs in relating.pairs.items()},
        relating.managers,
        list(relating.notes(sensitive)),
    )


class _Relating:
    """Everything that the ids in cells lead to, gathered while they are read."""

    def __init__(self, mentees: People, mentors: People) -> None:
        self.people: dict[Role, People] = {"mentee": mentees, "mentor": mentors}
        self.position: dict[Role, dict[str, int]] = {
            role: {id_: place for place, id_ in enumerate(side.ids)}
            for role, side in self.people.items()
        }
        self.everyone = self.position["mentee"] | self.position["mentor"]
        self.pairs: dict[str, list[tuple[int, int]]] = {}
        self.managers: dict[str, tuple[str, ...]] = {}
        # By column: each id that leads nowhere, and where it was first met.
        self.outside: dict[str, dict[str, tuple[str, Row]]] = defaultdict(dict)
        self.wrong_side: dict[str, set[str]] = defaultdict(set)

    def read_column(self, column: str) -> None:
        mentees, mentors = self.position["mentee"], self.position["mentor"]
        for role, side in self.people.items():
            if column not in side.columns:
                continue
            pairs = self.pairs.setdefault(column, [])
            for place, named in self._named(column, role):
                person = side.ids[place]
                as_mentee, as_mentor = mentees.get(person), mentors.get(person)
                for id_ in named:
                    if as_mentee is not None and id_ in mentors:
                        pairs.append((as_mentee, mentors[id_]))
                    if as_mentor is not None and id_ in mentees:
                        pairs.append((mentees[id_], as_mentor))
                if column == "line_manager":
                    before = self.managers.get(person)
                    merged = tuple(dict.fromkeys((*before, *named))) if before else named
                    self.managers[person] = merged

    def preferences(self, role: Role) -> Ragged:
        position = self.position[_OTHER[role]]
        ranked: list[list[int]] = [[] for _ in self.people[role].ids]
        for place, named in self._named("preferences", role):
            ranked[place] = [position[id_] for id_ in named if id_ in position]
        return Ragged.from_rows(ranked)

    def read_links(self, links: Iterable[LinkRow]) -> None:
        for table, row, link in links:
            pairs = self.pairs.setdefault(link.kind, [])
            mentee = self.position["mentee"].get(link.mentee)
            mentor = self.position["mentor"].get(link.mentor)
            if mentee is not None and mentor is not None:
                pairs.append((mentee, mentor))
            for id_, found in ((link.mentee, mentee), (link.mentor, mentor)):
                if found is None:
                    self._count(link.kind, id_, table, row)

    def notes(self, sensitive: Collection[str]) -> Iterator[str]:
        for column, ids in self.outside.items():
            yield f"{column}: {_count_ids(len(ids))} outside the cohort"
        for column, known in self.wrong_side.items():
            yield f"{column}: {_count_ids(len(known))} on the other side than the column asks for"
        if "id" in sensitive:
            return
        shown = [
            (column, id_, where)
            for column, ids in self.outside.items()
            if column not in sensitive
            for id_, where in ids.items()
        ]
        looked_up = list(dict.fromkeys(id_ for _, id_, _ in shown))[:_LOOKED_UP]
        slips = _slips(looked_up, self.everyone)
        shown = [entry for entry in shown if entry[1] in slips]
        for column, id_, (table, row) in shown[:_SHOWN]:
            near = slips[id_]
            yield f"{column}: {id_!r} in {table} row {row} is nobody's id; it looks like {near!r}"

    def _named(self, column: str, role: Role) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each person whose cell is not missing, with the ids in it."""
        side, partners = self.people[role], self.position[_OTHER[role]]
        expected = partners if column in ("preferences", "declined") else self.everyone
        split: dict[str, tuple[str, ...]] = {}
        for place, cell in enumerate(side.columns.get(column, ())):
            if cell is None:
                continue
            if cell not in split:
                split[cell] = split_ids(cell)
                for id_ in split[cell]:
                    if id_ not in expected:
                        self._count(column, id_, side.table, side.rows[place])
            yield place, split[cell]

    def _count(self, column: str, id_: str, table: str, row: Row) -> None:
        if id_ in self.everyone:
            self.wrong_side[column].add(id_)
        else:
            self.outside[column].setdefault(id_, (table, row))


def _side(people: People, preferences: Ragged) -> Side:
    codes: dict[tuple[Slot, ...], int] = {}
    calendar = [
        -1 if slots is None else codes.setdefault(slots, len(codes)) for slots in people.slots
    ]
    return Side(
        role=people.role,
        ids=tuple(people.ids),
        columns=people.columns,
        **people.numbers,
        status=people.status,
        calendars=tuple(codes),
        calendar=np.array(calendar, dtype=np.int64),
        preferences=preferences,
    )


def _count_ids(count: int) -> str:
    return "1 id of a person" if count == 1 else f"{count} ids of people"


# Slips --------------------------------------------------------------------------------------


def _slips(unknown: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the known id that each unknown one looks like, where there is one.

    First ids that differ in case, zeros in front, punctuation, or O for 0 and l for 1; then ids
    of nearly the same letters. Two ids that differ only in their digits are two people's.
    """
    wanted = {id_: _lookalike(id_) for id_ in unknown}
    if not wanted:
        return {}
    alike = {_lookalike(id_): id_ for id_ in known}
    by_letters: dict[str, list[str]] = defaultdict(list)
    for id_ in known:
        by_letters[_letters(id_)].append(id_)
    found = {}
    left = _COMPARISONS
    for id_, key in wanted.items():
        if key in alike:
            found[id_] = alike[key]
            continue
        candidates = _others(by_letters, id_)
        left -= len(candidates)
        if left < 0:
            break
        found.update(
            (id_, near) for near in difflib.get_close_matches(id_, candidates, 1, _ALIKE_FROM)
        )
    return found


def _others(by_letters: Mapping[str, list[str]], id_: str) -> list[str]:
    """Return the ids of other letters, but those whose letters alone rule out a likeness."""
    letters = _letters(id_)
    digits = 2 * (len(id_) - len(letters))
    near = (
        ids
        for other, ids in by_letters.items()
        if other != letters
        and 2 * (Counter(letters) & Counter(other)).total() + digits
        >= _ALIKE_FROM * (len(letters) + len(other) + digits)
    )
    return [other_id for ids in near for other_id in ids]


def _lookalike(id_: str) -> str:
    text = id_.casefold().translate(_ALIKE)
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) if "0" in text else text


def _letters(id_: str) -> str:
    return id_.casefold().translate(_NO_DIGITS)
