"""People named in cells become pairs of positions; who is not found is counted, never lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np

from rmmatch.calendars.availability import Slot
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.identities import OTHER_ROLE, Directory, NamedPerson, Person
from rmmatch.cohort.identities.doubts import Doubt
from rmmatch.cohort.identities.names import is_email, is_plain_id, name_key
from rmmatch.cohort.labels import Ragged
from rmmatch.cohort.model import Link, Relation, Role
from rmmatch.cohort.side import Side
from rmmatch.cohort.tables import Row
from rmmatch.errors import HIDDEN, Problem
from rmmatch.numeric import Ints, Text
from rmmatch.spelling import fold

__all__ = ["LinkRow", "PeopleOfRole", "RelatedPeople", "relate_people", "without_outsiders"]

_MAX_LISTED_OUTSIDERS = 5  # ids that a note lists; wording
_NOBODY_TAKING_PART = " nobody taking part"
_MAX_NAMESAKES = 20  # people of one name who may be one person; limit of input
# Kinds of pairs both people of which must take part, or the row says nothing.
_KINDS_WITHIN_COHORT = ("pinned", "manual")


class LinkRow(NamedTuple):
    """A link, and the row it stands in."""

    table: str
    row: Row
    link: Link


@dataclass(frozen=True)
class PeopleOfRole:
    """The people of one role in one table: checked, not yet related to anybody.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    table : str
        Its name, for messages.
    rows, ids, slots : list
        One entry a person, in the order of the table.
    columns : dict of str to ndarray of object, shape (n,)
    numbers : dict of str to ndarray of int64, shape (n,)
        Capacity, least load and priority.
    status : ndarray of object, shape (n,)
    """

    role: Role
    table: str
    rows: list[Row]
    ids: list[str]
    columns: dict[str, Text]
    numbers: dict[str, Ints]
    status: Text
    slots: list[tuple[Slot, ...] | None]


class RelatedPeople(NamedTuple):
    """The two sides and all relations, doubts, notes and problems: what a cohort is made of."""

    mentees: Side
    mentors: Side
    relations: dict[str, Relation]
    managers: dict[str, tuple[str, ...]]
    links: tuple[Link, ...]
    doubts: tuple[Doubt, ...]
    notes: list[str]
    problems: list[Problem]


def relate_people(
    mentees: PeopleOfRole,
    mentors: PeopleOfRole,
    links: Iterable[LinkRow],
    directory: Directory,
    sensitive: Collection[str],
) -> RelatedPeople:
    """Turn the names in cells of both tables, and in rows of a table of relations, into positions.

    A relation is one between persons: it holds for both sides of somebody who is on both.

    Parameters
    ----------
    mentees, mentors : PeopleOfRole
    links : iterable of LinkRow
        Rows of the table of relations.
    directory : Directory
        Of these people.
    sensitive : collection of str
        Columns whose texts no note and no problem shows.
    """
    relating = _RelationsReader(mentees, mentors, directory, sensitive)
    for column in RELATION_COLUMNS:
        relating.read_column(column)
    preferences = {role: relating.preferences(role) for role in relating.people}
    resolved = tuple(relating.read_links(links))
    relating.relate_namesakes()
    doubts = relating.doubts()
    return RelatedPeople(
        _side(mentees, preferences["mentee"]),
        _side(mentors, preferences["mentor"]),
        {kind: Relation.from_pairs(pairs) for kind, pairs in relating.pairs.items()},
        relating.managers,
        resolved,
        doubts,
        list(relating.notes()),
        relating.problems,
    )


class _RelationsReader:
    """Everything that the names in cells lead to, gathered while they are read."""

    def __init__(
        self,
        mentees: PeopleOfRole,
        mentors: PeopleOfRole,
        directory: Directory,
        sensitive: Collection[str],
    ) -> None:
        self.people: dict[Role, PeopleOfRole] = {"mentee": mentees, "mentor": mentors}
        self.directory = directory
        self.sensitive = sensitive
        self.pairs: dict[str, list[tuple[int, int]]] = {}
        self.managers: dict[str, tuple[str, ...]] = {}
        self.problems: list[Problem] = []
        # By column and entry: the rows it stands in.
        self._unsure: dict[tuple[str, NamedPerson], list[tuple[str, Row]]] = defaultdict(list)
        self._nobody: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
        self._outside: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
        self._plain: dict[str, dict[str, str]] = defaultdict(dict)
        self._wrong_side: dict[str, set[tuple[str, Row]]] = defaultdict(set)
        self._by_name: dict[str, dict[str, str]] = defaultdict(dict)
        self._spelling: dict[str, str] = {}  # how somebody outside was first written

    def read_column(self, column: str) -> None:
        for role, side in self.people.items():
            if column not in side.columns:
                continue
            pairs = self.pairs.setdefault(column, [])
            for place, entries in self._named_people(column, role):
                person = self.directory.person(side.ids[place])
                for entry in entries:
                    if entry.kind == "person":
                        pairs += self._pairs_of_persons(
                            person, self.directory.people[entry.people[0]]
                        )
                if column == "line_manager":
                    named = tuple(filter(None, map(self._shown_id, entries)))
                    before = self.managers.get(person.id, ())
                    self.managers[person.id] = tuple(dict.fromkeys((*before, *named)))

    def preferences(self, role: Role) -> Ragged:
        ranked: list[list[int]] = [[] for _ in self.people[role].ids]
        for place, entries in self._named_people("preferences", role):
            people = [
                self.directory.people[entry.people[0]].position(OTHER_ROLE[role])
                for entry in entries
                if entry.kind == "person"
            ]
            ranked[place] = [position for position in people if position >= 0]
        return Ragged.from_rows(ranked)

    def read_links(self, links: Iterable[LinkRow]) -> Iterator[Link]:
        for table, row, link in links:
            pairs = self.pairs.setdefault(link.kind, [])
            ends = {role: self._resolve_end(table, row, link, role) for role in self.people}
            mentee, mentor = ends["mentee"], ends["mentor"]
            places = {
                role: self.directory.people[entry.people[0]].position(role)
                if entry is not None and entry.kind == "person"
                else -1
                for role, entry in ends.items()
            }
            if min(places.values()) >= 0:
                pairs.append((places["mentee"], places["mentor"]))
            elif not self._is_swapped(table, row, ends, places):
                for role, entry in ends.items():
                    if entry is not None and places[role] < 0:
                        self._note_missing_end(table, row, link, role, entry)
            yield link._replace(
                mentee=self._linked_id(mentee, link.mentee),
                mentor=self._linked_id(mentor, link.mentor),
            )

    def relate_namesakes(self) -> None:
        """Keep people apart who have one full name on two sides, and may be one person."""
        for places in self.directory.namesakes():
            if len(places) > _MAX_NAMESAKES:
                continue  # "anonymous" is nobody's name
            people = [self.directory.people[place] for place in places]
            for mentee, mentor in permutations(people, 2):
                have_emails = all(any(map(is_email, person.emails)) for person in (mentee, mentor))
                if not have_emails and mentee.mentee >= 0 and mentor.mentor >= 0:
                    pairs = self.pairs.setdefault("same_person", [])
                    pairs.append((mentee.mentee, mentor.mentor))

    # --- one name --------------------------------------------------------------------------

    @staticmethod
    def _pairs_of_persons(person: Person, second_person: Person) -> Iterator[tuple[int, int]]:
        """Yield the pairs of two persons, either of whom may be on both sides."""
        if person.mentee >= 0 and second_person.mentor >= 0:
            yield person.mentee, second_person.mentor
        if person.mentor >= 0 and second_person.mentee >= 0:
            yield second_person.mentee, person.mentor

    def _named_people(
        self, column: str, role: Role
    ) -> Iterator[tuple[int, tuple[NamedPerson, ...]]]:
        """Yield each person whose cell is not missing, with whom it names."""
        side = self.people[role]
        expected = OTHER_ROLE[role] if column in ("preferences", "declined") else None
        split: dict[str, tuple[NamedPerson, ...]] = {}
        for place, cell in enumerate(side.columns.get(column, ())):
            if cell is None:
                continue
            if cell not in split:
                split[cell] = self.directory.entries(cell, expected)
            for entry in split[cell]:
                self._count(column, entry, side.table, side.rows[place], expected)
            yield place, split[cell]

    def _count(
        self, column: str, entry: NamedPerson, table: str, row: Row, expected: Role | None
    ) -> None:
        if entry.kind == "person":
            person = self.directory.people[entry.people[0]]
            if expected is not None and person.position(expected) < 0:
                self._wrong_side[column].add((table, row))
            if entry.by in ("email", "name"):
                self._by_name[column].setdefault(fold(entry.text), entry.text)
        elif entry.kind == "nobody":
            self._nobody[column, entry.text].append((table, row))
        elif entry.kind != "outside":
            self._unsure[column, entry].append((table, row))

    def _shown_id(self, entry: NamedPerson) -> str:
        """Return the id of who is meant; of somebody outside one spelling of the name."""
        if entry.kind == "person":
            return self.directory.people[entry.people[0]].id
        if entry.kind in ("outside", "nobody"):
            return self._spelling.setdefault(name_key(entry.text), " ".join(entry.text.split()))
        return ""

    # --- rows of a table of relations ------------------------------------------------------

    def _resolve_end(self, table: str, row: Row, link: Link, role: Role) -> NamedPerson | None:
        """Return whom one end of a link is; None where the row contradicts itself."""
        text = link.mentee if role == "mentee" else link.mentor
        name, email = link.beside(role)
        entry = self.directory.only_entry(text, role) if text else NamedPerson("", "nobody")
        entries_beside = [self.directory.look_up(label, role) for label in (email, name) if label]
        if entry.kind == "several":
            named = (candidate for candidate in entries_beside if candidate.kind == "person")
            return next(
                (candidate for candidate in named if candidate.people[0] in entry.people), entry
            )
        if entry.kind == "partly":
            return entry
        if entry.kind != "person":
            # By an e-mail or a name beside an id that nobody has any more.
            return next(
                (candidate for candidate in entries_beside if candidate.kind != "nobody"), entry
            )
        person = self.directory.people[entry.people[0]]
        is_same = (
            _is_among(email, person.emails, fold),
            _is_among(name, person.names, name_key),
        )
        is_claimed = any(
            candidate.kind in ("person", "several") and entry.people[0] not in candidate.people
            for candidate in entries_beside
        )
        if is_same[0] or (not is_claimed and (is_same[1] or False not in is_same)):
            return entry
        self._contradicts(table, row, role, entry, name or email or "")
        return None

    def _contradicts(
        self, table: str, row: Row, role: Role, entry: NamedPerson, label_beside: str
    ) -> None:
        is_hidden = bool({"id", "name", "email", role} & {*self.sensitive})
        label = self.directory.label(self.directory.people[entry.people[0]].id)
        reason = f"is now the id of {label}, but the row is about {label_beside!r}"
        if is_hidden:
            reason = "is now the id of another person than the row is about"
        remedy = (
            "the ids have changed: write the id that the person has now, or leave the cell empty, "
            "so that the name and e-mail address beside it are used"
        )
        value = HIDDEN if is_hidden else entry.text
        self.problems.append(
            Problem(table, row, role, value, reason, remedy, code="id_of_another_person")
        )

    def _is_swapped(
        self, table: str, row: Row, ends: dict[Role, NamedPerson | None], places: dict[Role, int]
    ) -> bool:
        if max(places.values()) >= 0:
            return False
        people = [
            self.directory.people[entry.people[0]] if entry and entry.kind == "person" else None
            for entry in (ends["mentee"], ends["mentor"])
        ]
        if people[0] is None or people[1] is None:
            return False
        reason = "the mentor's id is in the mentee column, the mentee's in the other"
        self.problems.append(
            Problem(table, row, "", "", reason, "swap the two ids", code="swapped_ids")
        )
        return True

    def _note_missing_end(
        self, table: str, row: Row, link: Link, role: Role, entry: NamedPerson
    ) -> None:
        """Note an end of a link that is nobody on its side."""
        if link.kind in _KINDS_WITHIN_COHORT:
            self._not_in_cohort(table, row, link.kind, role, entry)
            return
        texts_beside = [text for text in link.beside(role) if text]
        if entry.kind == "nobody" and texts_beside:
            # Neither the id nor what stands beside it leads to anybody: no slip, but outside.
            for text in filter(None, (entry.text, *texts_beside)):
                self._outside[link.kind, text].append((table, row))
        elif entry.kind == "person" and entry.by == "name":
            # Somebody of this name is on the other side alone: a namesake may be meant.
            self._nobody[link.kind, entry.text].append((table, row))
        elif entry.text:
            self._count(link.kind, entry, table, row, role)

    def _not_in_cohort(
        self, table: str, row: Row, kind: str, role: Role, entry: NamedPerson
    ) -> None:
        is_hidden = bool({"id", role, kind} & {*self.sensitive})
        hint = "" if is_hidden else self.directory.hint(entry.text, role)
        what = "a pinned pair" if kind == "pinned" else "a pairing made by hand"
        self.problems.append(
            Problem(
                table,
                row,
                role,
                HIDDEN if is_hidden else entry.text,
                f"is not the id, e-mail address or name of a {role}",
                f"{hint}; both people of {what} must be taking part".removeprefix("; "),
                code="ambiguous_person" if entry.kind == "several" else "unknown_person",
            )
        )

    def _linked_id(self, entry: NamedPerson | None, text: str) -> str:
        return text if entry is None else self._shown_id(entry) or text

    # --- doubts and notes ----------------------------------------------------------------------

    def doubts(self) -> tuple[Doubt, ...]:
        """Return texts that lead to nobody for sure; plain ids of nobody are counted instead."""
        doubts = [
            Doubt(column, entry.text, entry.kind, self.directory.ids(entry.people), tuple(rows))  # type: ignore[arg-type]
            for (column, entry), rows in self._unsure.items()
        ]
        texts = (text for _, text in (*self._nobody, *self._outside))
        lookalikes = self.directory.lookalikes(dict.fromkeys(texts))
        for (column, text), rows in (*self._nobody.items(), *self._outside.items()):
            if text in lookalikes:
                people = self.directory.ids(lookalikes[text])
                doubts.append(Doubt(column, text, "nearly", people, tuple(rows)))
            elif is_plain_id(text) or rows is self._outside.get((column, text)):
                self._plain[column].setdefault(fold(text), text)
            else:
                doubts.append(Doubt(column, text, "nobody", (), tuple(rows)))
        return tuple(doubts)

    def notes(self) -> Iterator[str]:
        for column, texts in self._plain.items():
            is_hidden = not {*self.sensitive}.isdisjoint({"id", column})
            yield f"{column}: {_outsiders_text(texts.values(), is_hidden)}"
        for column, rows in self._wrong_side.items():
            people = "1 person" if len(rows) == 1 else f"{len(rows)} people"
            verb = "declined" if column == "declined" else "listed"
            yield f"{column}: {people} {verb} somebody on their own side: this has no effect"
        for column, texts in self._by_name.items():
            count = len(texts)
            people = "1 person was" if count == 1 else f"{count} people were"
            yield f"{column}: {people} recognised by name or e-mail address"


def _is_among(
    text: str | None, own_texts: Collection[str], key: Callable[[str], str]
) -> bool | None:
    """Whether a text is one of a person's own; None where there is nothing to compare."""
    if not text or not own_texts:
        return None
    return key(text) in {key(own_text) for own_text in own_texts}


def _side(people: PeopleOfRole, preferences: Ragged) -> Side:
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


def without_outsiders(note: str) -> str:
    """Return a note without the ids of people outside the cohort that it lists.

    Parameters
    ----------
    note : str
        Of a cohort.

    Examples
    --------
    >>> without_outsiders("tutor: 2 names or ids match nobody taking part: T07, T12")
    'tutor: 2 names or ids match nobody taking part'
    """
    start, listed, _ = note.partition(f"{_NOBODY_TAKING_PART}: ")
    return start + listed.removesuffix(": ")


def _outsiders_text(texts: Collection[str], is_hidden: bool) -> str:
    """Say that texts match nobody taking part, and list the ids among them."""
    count = len(texts)
    sentence = "1 name or id matches" if count == 1 else f"{count:,} names or ids match"
    sentence += _NOBODY_TAKING_PART
    # What is no plain id may be a name, and names may be sensitive.
    shown = [] if is_hidden else sorted(filter(is_plain_id, texts))[:_MAX_LISTED_OUTSIDERS]
    if not shown:
        return sentence
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    return f"{sentence}: {', '.join(shown)}{more}"
