"""The cohort: two sides of people as immutable columns, and the relations between them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rmmatch.calendars.availability import Slot
from rmmatch.cohort.doubts import Doubt
from rmmatch.cohort.identities import Directory, Role
from rmmatch.cohort.labels import Labels, Ragged, _frozen
from rmmatch.cohort.names import roster_of
from rmmatch.numeric import Ints, Text
from rmmatch.spelling import FoldedKeys, fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cohort", "Link", "Reading", "Relation", "Role", "Side", "Source"]


STATUSES = ("applicant", "reserve", "withdrawn")
_PEOPLE_PER_HASH_BLOCK = 4096  # people written down at once


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
        """Build from (mentee, mentor) positions in any order."""
        unique = sorted(set(pairs))
        table = np.array(unique, dtype=np.int64).reshape(len(unique), 2)
        return cls(_frozen(table[:, 0].copy()), _frozen(table[:, 1].copy()))

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
        """Return the name and the e-mail address beside an id."""
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
    """

    people: Mapping[str, str] = MappingProxyType({})
    capacity: Mapping[str, int] = MappingProxyType({})
    each_side: bool = False
    sensitive: tuple[str, ...] = ()


class Source(NamedTuple):
    """Where a table came from: its name, the SHA-256 of its bytes, its number of people."""

    name: str
    sha256: str
    n_rows: int


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
        for name in ("capacity", "min_load", "priority", "status", "calendar"):
            _frozen(getattr(self, name))
        columns = {name: _frozen(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))

    def __getstate__(self) -> dict[str, Any]:
        return _state(self)

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
        """Return a text column; all None where the side does not have it."""
        if name in self.columns:
            return self.columns[name]
        return np.full(len(self), None, dtype=object)

    def has(self, name: str) -> bool:
        """Whether the side's table has this column."""
        if name == "availability":
            return len(self.calendars) > 0 or name in self.columns
        if name == "preferences":
            return len(self.preferences.indices) > 0 or name in self.columns
        return name in self.columns

    def count_missing(self, name: str) -> int:
        """Count the people of whom a column is empty; 0 where the side does not have it."""
        if name == "availability":
            return int((self.calendar < 0).sum()) if self.has(name) else 0
        return sum(cell is None for cell in self.columns.get(name, ()))

    def slots(self, person: int) -> tuple[Slot, ...] | None:
        """Return one person's availability, or None where it is missing."""
        code = int(self.calendar[person])
        return None if code < 0 else self.calendars[code]

    def to_frame(self) -> pd.DataFrame:
        """Return the side as a DataFrame of text and whole numbers, indexed by id."""
        import pandas as pd

        data: dict[str, Any] = {name: values.copy() for name, values in self.columns.items()}
        for name in ("capacity", "min_load", "priority", "status"):
            data[name] = getattr(self, name).copy()
        return pd.DataFrame(data, index=pd.Index(self.ids, name="id", dtype=object))


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
        return _state(self)

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
        """Return one side by its role."""
        return self.mentees if role == "mentee" else self.mentors

    @cached_property
    def directory(self) -> Directory:
        """Who is meant by an id, an e-mail address or a name."""
        mentees, mentors = (roster_of(side.ids, side.columns) for side in self.sides)
        reading = self.reading
        return Directory(
            mentees,
            mentors,
            reading.people,
            each_side=reading.each_side,
            has_hidden_names="name" in reading.sensitive,
        )

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
        """Return the pairs of one kind; empty where there are none."""
        return self.relations.get(kind) or Relation.from_pairs(())

    def has_column(self, name: str) -> bool:
        """Whether either table has this column."""
        return any(side.has(name) for side in self.sides)

    def labels(self, column: str, *, several: bool) -> Labels:
        """Return a column of both sides as codes into one vocabulary.

        Parameters
        ----------
        column : str
        several : bool
            Whether ``;`` separates values in a cell; otherwise the whole cell is one value.
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
            words = [word for word in (cell.split(";") if several else [cell]) if word.strip()]
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
        """Return a copy with some attributes changed."""
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


def _canonical_facts(side: Side, other_side: Side, people: Ints) -> Iterator[tuple[str, ...]]:
    """Yield how everything known of each of some people is written down, fact by fact."""
    positions, calendars = people.tolist(), side.calendar[people].tolist()
    numbers = (
        getattr(side, name)[people].tolist() for name in ("capacity", "min_load", "priority")
    )
    slots = {code: repr(side.calendars[code] if code >= 0 else None) for code in set(calendars)}
    wishes = (
        [other_side.ids[partner] for partner in side.preferences[position].tolist()]
        for position in positions
    )
    cells = []
    for name in sorted(side.columns):
        values = side.columns[name][people].tolist()
        text_of_value = {
            value: repr((name, value)) for value in set(values)
        }  # columns repeat values
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


def _state(value: Side | Cohort) -> dict[str, Any]:
    """Return the fields, without what is derived from them, in types that can be pickled."""
    state = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Cohort):
        people, capacity = dict(value.reading.people), dict(value.reading.capacity)
        state["reading"] = value.reading._replace(people=people, capacity=capacity)
    return {k: dict(v) if isinstance(v, Mapping) else v for k, v in state.items()}
