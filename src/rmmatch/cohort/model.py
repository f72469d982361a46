"""The cohort: two sides of people as immutable columns, and the relations between them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from rmmatch.cohort.cells import list_items
from rmmatch.cohort.display import cohort_html
from rmmatch.cohort.identities import Directory, Role
from rmmatch.cohort.identities.doubts import Doubt
from rmmatch.cohort.identities.names import NAME_COLUMNS, Roster, roster_of
from rmmatch.cohort.labels import Labels, Ragged, frozen
from rmmatch.cohort.side import NUMBER_COLUMNS, Side, state_of
from rmmatch.numeric import Ints
from rmmatch.spelling import FoldedKeys, fold

__all__ = ["Cohort", "Link", "Reading", "Relation", "Role", "Source"]

_PEOPLE_PER_HASH_BLOCK = 4096  # people hashed at once; speed only


@dataclass(frozen=True, slots=True)
class Relation:
    """Pairs of one kind, as positions on the two sides.

    Attributes
    ----------
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Sorted by mentee, then mentor; no pair twice.
    """

    mentees: Ints
    mentors: Ints

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[int, int]]) -> Relation:
        """Build from positions in any order, repeated or not.

        Parameters
        ----------
        pairs : iterable of (int, int)
            Position of the mentee, then of the mentor.
        """
        unique = sorted(set(pairs))
        table = np.array(unique, dtype=np.int64).reshape(len(unique), 2)
        return cls(frozen(table[:, 0].copy()), frozen(table[:, 1].copy()))

    def __len__(self) -> int:
        return len(self.mentees)


class Link(NamedTuple):
    """One row of a table of relations.

    Attributes
    ----------
    mentee, mentor : str
        Ids, of people outside the cohort too.
    kind : str
    runs_ago : int or None
        How many runs ago it was so, 1 for the last one; None for what does not wear off.
    mentee_name, mentee_email, mentor_name, mentor_email : str
        What stands beside the ids, so that an id that is given to somebody else next year binds
        no stranger; empty where nothing does.
    """

    mentee: str
    mentor: str
    kind: str
    runs_ago: int | None = None
    mentee_name: str = ""
    mentee_email: str = ""
    mentor_name: str = ""
    mentor_email: str = ""

    def beside(self, role: Role) -> tuple[str, str]:
        """Return the name and the e-mail address beside an id.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            Whose id.
        """
        if role == "mentee":
            return self.mentee_name, self.mentee_email
        return self.mentor_name, self.mentor_email


class Reading(NamedTuple):
    """How tables were read where a scheme has a say in it.

    Attributes
    ----------
    people : mapping of str to str
        Whom a name in a list of people means: an id, an e-mail or ``outside``.
    capacity : mapping of str to int
        Places of people whose cell is empty, by side: ``mentees``, ``mentors``.
    each_side : bool
        Whether the ids of each table were numbered for themselves.
    sensitive : tuple of str
        Columns whose values are not shown.
    split : tuple of str
        Columns of which a form says what stands between several answers: no comma in them is
        asked about.
    settled : bool
        Whether a pairing was made of these tables before: how they are written is asked no more.
    undecided : tuple of str
        Columns that a form has an open question about.
    form : str
        Stands for what the form says; empty where the tables were read without one.
    """

    people: Mapping[str, str] = MappingProxyType({})
    capacity: Mapping[str, int] = MappingProxyType({})
    each_side: bool = False
    sensitive: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    settled: bool = False
    undecided: tuple[str, ...] = ()
    form: str = ""


class Source(NamedTuple):
    """Where a table came from: its name, the SHA-256 of its bytes, its number of people."""

    name: str
    sha256: str
    n_rows: int


@dataclass(frozen=True, eq=False, repr=False)
class Cohort:
    """Everybody who takes part, what they wrote, and how they are related.

    A cohort knows people, not policy: grades are labels until a scheme's scale gives them
    levels. It is immutable; `replace` returns a changed copy. Arrays over pairs have the shape
    ``(n_mentees, n_mentors)`` everywhere.

    Attributes
    ----------
    mentees, mentors : Side
    relations : mapping of str to Relation
        Pairs by kind: ``line_manager``, ``tutor``, ``past_pair``, ``declined``, ``pinned``,
        ``forbidden``, ``manual``, and any other kind found.
    managers : mapping of str to tuple of str
        The line managers of each person by id, people outside the cohort included.
    notes : tuple of str
        What the reader noticed and went on: blank rows, ids of people outside the cohort.
    sources : tuple of Source
    links : tuple of Link
        The table of relations as it was read, which `rmmatch.carry_over` hands on; what
        decides is `relations`. A saved run does not have it.
    doubts : tuple of Doubt
        Names in lists of people that lead to nobody for sure. A scheme that reads such a list
        refuses the cohort until they are settled. A saved run does not have them.
    reading : Reading
    """

    mentees: Side
    mentors: Side
    relations: Mapping[str, Relation] = field(default_factory=dict)
    managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    links: tuple[Link, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    reading: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        object.__setattr__(self, "relations", MappingProxyType(dict(self.relations)))
        object.__setattr__(self, "managers", FoldedKeys(self.managers))

    def __getstate__(self) -> dict[str, Any]:
        people, capacity = dict(self.reading.people), dict(self.reading.capacity)
        reading = self.reading._replace(people=people, capacity=capacity)
        return {**state_of(self), "reading": reading}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    @property
    def n_mentees(self) -> int:
        """Number of mentees: the rows of every array over pairs."""
        return len(self.mentees)

    @property
    def n_mentors(self) -> int:
        """Number of mentors: the columns of every array over pairs."""
        return len(self.mentors)

    @property
    def sides(self) -> tuple[Side, Side]:
        """Mentees, then mentors."""
        return self.mentees, self.mentors

    def side(self, role: Role) -> Side:
        """Return one side by its role.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        return self.mentees if role == "mentee" else self.mentors

    @cached_property
    def directory(self) -> Directory:
        """Finds the person that an id, an e-mail address or a name means."""
        reading = self.reading
        return Directory(
            *self._rosters,
            reading.people,
            each_side=reading.each_side,
            has_hidden_names="name" in reading.sensitive,
        )

    @cached_property
    def _rosters(self) -> tuple[Roster, Roster]:
        mentees, mentors = (roster_of(side.ids, side.columns) for side in self.sides)
        return mentees, mentors

    def person_text(self, role: Role, person: int, *, has_id: bool = True) -> str:
        """Return how a person is named to a coordinator: name first, id in brackets.

        Without a name, or where names are sensitive, it is the id alone.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        person : int
            Position on that side.
        has_id : bool
            Whether the id is told beside a name.
        """
        roster = self._rosters[("mentee", "mentor").index(role)]
        name = roster.names[person] if len(roster.names) else None
        if not name or not {*NAME_COLUMNS}.isdisjoint(self.reading.sensitive):
            return roster.ids[person]
        return f"{name} ({roster.ids[person]})" if has_id else name

    def hiding(self, columns: Iterable[str]) -> Cohort:
        """Return the cohort with these columns among those of which nothing is shown.

        Parameters
        ----------
        columns : iterable of str
            By the names that they are stored under.
        """
        hidden = tuple(sorted({*self.reading.sensitive, *columns}))
        if hidden == self.reading.sensitive:
            return self
        return self.replace(reading=self.reading._replace(sensitive=hidden))

    def position_of(self, role: Role, text: str) -> int:
        """Return where a person stands on a side; -1 where a text means nobody on it for sure.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        text : str
            An id, an e-mail address or a full name.
        """
        position = self.side(role).position.get(text)
        return self.directory.position(role, text) if position is None else position

    def ids_of_pairs(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return pairs of (mentee, mentor) by the ids of the cohort; who is nobody, as given.

        Parameters
        ----------
        pairs : iterable of (str, str)
            Each person by id, e-mail address or full name.
        """

        def named(role: Role, text: str) -> str:
            position = self.position_of(role, text)
            return text if position < 0 else self.side(role).ids[position]

        return tuple((named("mentee", mentee), named("mentor", mentor)) for mentee, mentor in pairs)

    def relation(self, kind: str) -> Relation:
        """Return the pairs of one kind; an empty relation where there are none.

        Parameters
        ----------
        kind : str
        """
        return self.relations.get(kind) or Relation.from_pairs(())

    def has_column(self, name: str) -> bool:
        """Whether either table has this column.

        Parameters
        ----------
        name : str
            Its standard name.
        """
        return any(side.has(name) for side in self.sides)

    def labels(self, column: str, *, several: bool) -> Labels:
        """Return a column of both sides as codes into one vocabulary.

        Parameters
        ----------
        column : str
            Its standard name.
        several : bool
            Whether a cell may hold several values, as `list_items` splits them; otherwise the
            whole cell is one.
        """
        cached = self._labels.get((column, several))
        if cached is None:
            cached = self._labels[column, several] = self._find_labels(column, several)
        return cached

    @cached_property
    def _labels(self) -> dict[tuple[str, bool], Labels]:
        """What `labels` has returned: explanations ask for the same ones, pair after pair."""
        return {}

    def _find_labels(self, column: str, several: bool) -> Labels:
        cells = [side.column(column) for side in self.sides]
        split: dict[str, list[str]] = {}
        spellings: dict[str, Counter[str]] = {}
        counted = Counter(value for side in cells for value in side if value is not None)
        for cell, count in counted.items():
            words = list_items(cell) if several else [cell] if cell.strip() else []
            split[cell] = list(dict.fromkeys(fold(word) for word in words))
            for word in words:
                written = " ".join(word.split())
                spellings.setdefault(fold(word), Counter())[written] += count
        # The commonest spelling, the least of equals: the order of the rows must not show.
        spelling = {
            word: min(counts, key=lambda written: (-counts[written], written))
            for word, counts in spellings.items()
        }
        code = {word: index for index, word in enumerate(sorted(spelling))}
        coded = {cell: [code[word] for word in words] for cell, words in split.items()}
        mentees, mentors = (
            Ragged.from_rows([] if value is None else coded[value] for value in side)
            for side in cells
        )
        return Labels(tuple(spelling[word] for word in sorted(spelling)), mentees, mentors)

    def replace(self, **changes: Any) -> Cohort:
        """Return a copy with some attributes changed.

        Parameters
        ----------
        **changes
            New values by attribute.
        """
        return replace(self, **changes)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that is known of the people, independent of the row order."""
        digest = hashlib.sha256()

        def write(*parts: object) -> None:
            digest.update(("\x1f".join(map(repr, parts)) + "\x1e").encode())

        for side, other_side in ((self.mentees, self.mentors), (self.mentors, self.mentees)):
            write(side.role, len(side))
            for start in range(0, len(side), _PEOPLE_PER_HASH_BLOCK):
                people = side.by_id[start : start + _PEOPLE_PER_HASH_BLOCK]
                lines = ("\x1f".join(line) for line in _canonical_facts(side, other_side, people))
                digest.update("".join(f"{line}\x1e" for line in lines).encode())
        for kind in sorted(self.relations):
            relation = self.relations[kind]
            pairs = zip(relation.mentees.tolist(), relation.mentors.tolist(), strict=True)
            write(
                kind,
                sorted(
                    (self.mentees.ids[mentee], self.mentors.ids[mentor]) for mentee, mentor in pairs
                ),
            )
        write(sorted((person, sorted(managers)) for person, managers in self.managers.items()))
        return digest.hexdigest()

    def __repr__(self) -> str:
        lines = [f"Cohort of {self.n_mentees} mentees and {self.n_mentors} mentors"]
        for side in self.sides:
            lines.append(f"  {side.role} columns: {', '.join(side.columns) or '-'}")
        kinds = ", ".join(f"{kind} {len(pairs)}" for kind, pairs in sorted(self.relations.items()))
        if kinds:
            lines.append(f"  related pairs: {kinds}")
        if self.notes:
            lines.append(f"  notes: {len(self.notes)} (see .notes)")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return cohort_html(
            self.sides,
            {kind: len(pairs) for kind, pairs in self.relations.items()},
            sensitive=self.reading.sensitive,
            n_notes=len(self.notes),
        )


def _canonical_facts(side: Side, other_side: Side, people: Ints) -> Iterator[tuple[str, ...]]:
    """Yield all facts of each of some people as text, in the order of `people`."""
    positions, calendars = people.tolist(), side.calendar[people].tolist()
    numbers = (getattr(side, name)[people].tolist() for name in NUMBER_COLUMNS)
    slots = {code: repr(side.calendars[code] if code >= 0 else None) for code in set(calendars)}
    wishes = (
        [other_side.ids[partner] for partner in side.preferences[position].tolist()]
        for position in positions
    )
    cells = []
    for name in sorted(side.columns):
        values = side.columns[name][people].tolist()
        # Columns repeat values: each is written once.
        text_of_value = {value: repr((name, value)) for value in set(values)}
        cells.append([text_of_value[value] for value in values])
    return zip(
        [repr(side.ids[position]) for position in positions],
        *(map(repr, values) for values in numbers),
        map(repr, side.status[people].tolist()),
        [slots[code] for code in calendars],
        map(repr, wishes),
        [f"[{', '.join(row)}]" for row in zip(*cells, strict=True)] or ["[]"] * len(positions),
        strict=True,
    )
