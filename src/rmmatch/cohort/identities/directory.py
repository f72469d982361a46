"""Whom a text means: a person by id, e-mail or full name; somebody outside; or nobody known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Literal

from rmmatch.cohort.cells import list_items
from rmmatch.cohort.identities.lookalikes import lookalikes
from rmmatch.cohort.identities.names import (
    EMAIL,
    Roster,
    beside_address,
    is_email,
    is_plain_id,
    name_key,
)
from rmmatch.cohort.identities.person import SIDE_LETTERS, NamedPerson, Person, Role
from rmmatch.errors import nearest
from rmmatch.spelling import fold

__all__ = [
    "OTHERS",
    "OUTSIDE",
    "Directory",
    "or_text",
]

OUTSIDE = "outside"
OTHERS = "others"
_ROLES: tuple[Role, Role] = ("mentee", "mentor")

_NOBODY_WORDS = frozenset(
    {
        *("", "-", "--", "no", "none", "nobody", "no one", "no-one", "noone", "nil", "na", "n/a"),
        *("not applicable", "n.a.", "none.", "no.", "nobody.", "none known", "no preference"),
    }
)
_SOFT_BREAKS = re.compile(r"\s*[,/&+]\s*|\s+(?:and|or)\s+", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*·‣▪])\s+")
_PIECE_PATTERNS = (re.compile(r"[^\W_]+"), re.compile(r"[\w.@+-]+"))
_MAX_RUN_CHARACTERS = 80  # of ids written without a space; speed only
_MAX_SHOWN_LABELS = 4  # people named where several may be meant; wording
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")


class Directory:
    """Finds the person that a text means, by id, then e-mail, then full name.

    Parameters
    ----------
    mentees, mentors : Roster
        The same id on both sides, by `rmmatch.spelling.fold`, is one person.
    settled : mapping of str to str
        What a scheme says of names: an id or an e-mail, or ``outside``; the key ``others`` is
        passed over.
    each_side : bool
        Whether the ids were numbered on each side for itself, and carry the letter of their side.
    has_hidden_names : bool
        Whether labels are ids alone.

    Attributes
    ----------
    people : tuple of Person
    unsettled : tuple of (str, str)
        Entries of `settled` that cannot be: the value is nobody, or several people, in the
        cohort; or the name is the id or e-mail address of somebody who takes part.
    """

    def __init__(
        self,
        mentees: Roster,
        mentors: Roster,
        settled: Mapping[str, str] | None = None,
        *,
        each_side: bool = False,
        has_hidden_names: bool = False,
    ) -> None:
        self._each_side = each_side
        self._has_hidden_names = has_hidden_names
        self._by_id: dict[str, int] = {}
        self.people = tuple(self._persons(mentees, mentors))
        self._entry_cache: dict[tuple[str, Role | None], NamedPerson] = {}
        # An empty tuple: the text means somebody outside.
        self._places_by_settled_text: dict[str, tuple[int, ...]] = {}
        self.unsettled: tuple[tuple[str, str], ...] = ()
        self._settle(settled or {})

    def _persons(self, mentees: Roster, mentors: Roster) -> Iterator[Person]:
        rosters = {"mentee": mentees, "mentor": mentors}
        placed: dict[str, dict[str, int]] = {}
        for role in _ROLES:
            for position, id_ in enumerate(rosters[role].ids):
                placed.setdefault(fold(id_), {}).setdefault(role, position)
        columns_of: list[dict[str, Sequence[str | None]]] = [
            {role: getattr(rosters[role], name) for role in _ROLES} for name in ("names", "emails")
        ]
        for key, position_on_side in placed.items():
            self._by_id[key] = len(self._by_id)
            names, emails = (
                tuple(
                    dict.fromkeys(
                        text
                        for role, position in position_on_side.items()
                        if len(columns[role]) and (text := columns[role][position])
                    )
                )
                for columns in columns_of
            )
            first = next(iter(position_on_side))
            yield Person(
                rosters[first].ids[position_on_side[first]],
                names,
                emails,
                position_on_side.get("mentee", -1),
                position_on_side.get("mentor", -1),
            )

    def _settle(self, settled: Mapping[str, str]) -> None:
        unsettled = []
        for written, value in settled.items():
            if fold(written) == OTHERS:
                continue
            people: tuple[int, ...] = ()
            if fold(written) in self._by_id or fold(written) in self._by_email:
                unsettled.append((written, value))  # whoever has this id takes part
                continue
            if fold(value) != OUTSIDE:
                entry = self.look_up(value)
                if entry.kind != "person":
                    unsettled.append((written, value))
                    continue
                people = entry.people
            self._places_by_settled_text[fold(written)] = people
        for written in [key for key in settled if fold(key) in self._places_by_settled_text]:
            self._places_by_settled_text.setdefault(
                name_key(written), self._places_by_settled_text[fold(written)]
            )
        self._entry_cache.clear()
        self.unsettled = tuple(unsettled)

    @cached_property
    def _by_email(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, person in enumerate(self.people):
            for email in person.emails:
                if is_email(email):
                    places.setdefault(fold(email), []).append(place)
        return places

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, keys in enumerate(self._name_keys):
            for key in keys:
                places.setdefault(key, []).append(place)
        return places

    @cached_property
    def _name_keys(self) -> list[tuple[str, ...]]:
        return [tuple(dict.fromkeys(map(name_key, person.names))) for person in self.people]

    # --- one text --------------------------------------------------------------------------

    def look_up(self, text: str, role: Role | None = None) -> NamedPerson:
        """Return whom a text means that is expected to name one person.

        Parameters
        ----------
        text : str
        role : {'mentee', 'mentor'}, optional
            The side that is asked for: of several people with one name, the one on it is meant.
        """
        cached = self._entry_cache.get((text, role))
        if cached is None:
            cached = self._entry_cache[text, role] = self._find(text, role)
        return cached

    def _find(self, text: str, role: Role | None) -> NamedPerson:
        key = fold(text)
        if key in self._by_id:
            return NamedPerson(text, "person", (self._by_id[key],), "id")
        settled = self._places_by_settled_text.get(key)
        if settled is None and self._places_by_settled_text:
            settled = self._places_by_settled_text.get(name_key(text))
        if settled is not None:
            return NamedPerson(text, "person" if settled else "outside", settled, "people")
        if self._each_side and role is not None:
            place = self._by_id.get(fold(SIDE_LETTERS[role] + key))
            if place is not None:
                return NamedPerson(text, "person", (place,), "id")
        addresses = EMAIL.findall(key)
        if len(addresses) > 1:
            return NamedPerson(text, "nobody")  # a list: its parts are looked up
        if addresses:
            # "Helen Marsh <h.marsh@trust.example>": what stands beside must be the same person.
            name_beside = beside_address(text)
            places = self._places_with_email(addresses[0])
            if name_beside:
                named = self._by_name.get(name_key(name_beside), [])
                places = [place for place in places if place in named]
            return self._entry_of(text, places, role, "email")
        return self._entry_of(text, self._by_name.get(name_key(text), []), role, "name")

    def _places_with_email(self, email: str) -> list[int]:
        by_id = [self._by_id[email]] if email in self._by_id else []
        return list(dict.fromkeys((*by_id, *self._by_email.get(email, []))))

    def _entry_of(
        self, text: str, places: Sequence[int], role: Role | None, by: Literal["email", "name"]
    ) -> NamedPerson:
        if len(places) > 1 and role is not None:
            on_side = [place for place in places if self.people[place].position(role) >= 0]
            places = on_side or places
        if not places:
            return NamedPerson(text, "nobody")
        return NamedPerson(text, "person" if len(places) == 1 else "several", tuple(places), by)

    # --- cells -----------------------------------------------------------------------------

    def entries(self, cell: str, role: Role | None = None) -> tuple[NamedPerson, ...]:
        """Return everybody a cell names, each once, in order.

        The whole cell is looked up first, then what stands between ``;``, line breaks, ``|`` and
        bullets; a comma, ``and``, ``&`` or ``/`` separates where every part is known. ``no``,
        ``none`` and the like name nobody.

        Parameters
        ----------
        cell : str
        role : {'mentee', 'mentor'}, optional
            As in `look_up`.
        """
        entry_of_cell = self.look_up(cell.strip(), role)
        if entry_of_cell.kind in ("person", "outside", "several"):
            return (entry_of_cell,)
        entries: list[NamedPerson] = []
        for piece in list_items(cell.replace("\t", ";")):
            entries += self._entries_of_part(_BULLET.sub("", piece).strip(), role)
        unique: dict[object, NamedPerson] = {}
        for entry in entries:
            unique.setdefault(entry.people or fold(entry.text), entry)
        return tuple(unique.values())

    def _entries_of_part(self, text: str, role: Role | None) -> Sequence[NamedPerson]:
        entry = self.look_up(text, role)
        if entry.kind != "nobody":
            return (entry,)
        if fold(text) in _NOBODY_WORDS:
            return ()
        words = [word for word in _SOFT_BREAKS.split(text) if word]
        if len(words) < 2:
            return self._entries_within(text, (), role) or (entry,)
        pairs = [", ".join(pair) for pair in list(pairwise(words))[::2]]
        for pieces in (words, pairs if len(words) % 2 == 0 else []):
            looked_up = [
                self.look_up(word, role) for word in pieces if fold(word) not in _NOBODY_WORDS
            ]
            if looked_up and all(named.kind in ("person", "outside") for named in looked_up):
                return looked_up
        return self._entries_within(text, words, role) or (entry,)

    def _entries_within(
        self, text: str, words: Sequence[str], role: Role | None
    ) -> Sequence[NamedPerson]:
        """Return an entry of whoever is named somewhere in a text; nothing where nobody is."""
        key = fold(text)
        named = [place for word in words for place in self.look_up(word, role).people]
        if not is_email(text):
            # "ID:E10", "(E10)", "E10.E11" are no ids of people outside.
            pieces = {piece for pattern in _PIECE_PATTERNS for piece in pattern.findall(key)}
            named += [self._by_id[piece] for piece in sorted(pieces) if piece in self._by_id]
            named += self._run_together(key)
        people = tuple(dict.fromkeys(named))
        return (NamedPerson(text, "partly", people),) if people else ()

    def _run_together(self, key: str) -> list[int]:
        """Return the people whose ids, written without anything between them, are a text."""
        if len(key) > _MAX_RUN_CHARACTERS or " " in key:
            return []
        ends: dict[int, list[int]] = {0: []}
        for start in range(len(key)):
            if start in ends:
                for end in range(start + 2, len(key) + 1):
                    place = self._by_id.get(key[start:end])
                    # Any number is made of ids that are numbers.
                    if place is not None and not key[start:end].isdigit():
                        ends.setdefault(end, [*ends[start], place])
        return ends.get(len(key), [])

    def only_entry(self, text: str, role: Role | None = None) -> NamedPerson:
        """Return whom a text means that should name one person and no list of them.

        Parameters
        ----------
        text : str
        role : {'mentee', 'mentor'}, optional
            As in `look_up`.
        """
        entries = self.entries(text, role)
        if len(entries) == 1:
            return entries[0]
        people = tuple(dict.fromkeys(place for entry in entries for place in entry.people))
        return NamedPerson(text, "partly" if people else "nobody", people)

    # --- texts that are nearly somebody's -----------------------------------------------------

    def lookalikes(self, texts: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """Return the people whom texts may mean although nobody is called so.

        Parameters
        ----------
        texts : iterable of str
            Of entries of the kind ``nobody``.

        Returns
        -------
        dict of str to tuple of int
            Places in the directory, a few at most; only texts that are nearly somebody's.
        """
        wanted, addressed = {}, {}
        for text in texts:
            name_beside = beside_address(text)
            bare = _BRACKETED.sub(" ", name_beside or text)
            wanted[text] = (fold(text), name_key(bare))
            addresses = EMAIL.findall(fold(text)) if name_beside else ()
            if places := tuple(
                place for email in addresses for place in self._places_with_email(email)
            ):
                addressed[text] = places
        if not wanted:
            return {}
        names_and_ids = (
            ((key, *(fold(email) for email in person.emails if is_email(email))), names)
            for key, person, names in zip(self._by_id, self.people, self._name_keys, strict=True)
        )
        people_of_text = lookalikes(wanted, names_and_ids)
        for text, places in addressed.items():
            people_of_text[text] = tuple(dict.fromkeys((*places, *people_of_text.get(text, ()))))
        return people_of_text

    # --- persons ---------------------------------------------------------------------------

    def person(self, id_: str) -> Person:
        """Return the person who has an id.

        Parameters
        ----------
        id_ : str
            As `rmmatch.spelling.fold` compares it.

        Raises
        ------
        KeyError
            Nobody has it.
        """
        return self.people[self._by_id[fold(id_)]]

    def position(self, role: Role, text: str) -> int:
        """Return the position of the person whom a text means; -1 where that is not one person.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            The side of the position.
        text : str
            An id, an e-mail address or a full name.
        """
        entry = self.look_up(text, role)
        if entry.kind != "person":
            return -1
        return self.people[entry.people[0]].position(role)

    def namesakes(self) -> Iterator[list[int]]:
        """Yield the places in the directory of people who have one full name."""
        yield from (places for places in self._by_name.values() if len(places) > 1)

    def hint(self, text: str, role: Role | None = None) -> str:
        """Return a remedy that says who may be meant by a text that means nobody for sure.

        Parameters
        ----------
        text : str
        role : {'mentee', 'mentor'}, optional
            Only people of this side are named.
        """
        ids, is_by_name = self.nearest_ids(text, role)
        if is_by_name:
            start = "write the id of the person you mean: " if len(ids) > 1 else "did you mean "
            return start + or_text(self, ids) + ("" if len(ids) > 1 else "?")
        if not ids and not self._by_name and not is_plain_id(text):
            return "only ids are known here; to use names with a saved run, give the tables as well"
        return f"did you mean {ids[0]!r}?" if ids else ""

    def nearest_ids(self, text: str, role: Role | None = None) -> tuple[tuple[str, ...], bool]:
        """Return the ids of who may be meant, and whether as a person, not by the look of an id."""
        entry = self.look_up(text, role)
        places: Sequence[int] = entry.people
        if entry.kind == "nobody":
            places = self.lookalikes([text]).get(text, ())
        if role is not None:
            places = [place for place in places if self.people[place].position(role) >= 0]
        if places:
            return self.ids(places), True
        ids = (person.id for person in self.people if role is None or person.position(role) >= 0)
        return tuple(filter(None, [nearest(text, [] if is_email(text) else list(ids))])), False

    def ids(self, places: Iterable[int]) -> tuple[str, ...]:
        """Return ids of people.

        Parameters
        ----------
        places : iterable of int
            In the directory.
        """
        return tuple(self.people[place].id for place in places)

    def label(self, id_: str) -> str:
        """Return a person's name with the id in brackets, or the id alone.

        Parameters
        ----------
        id_ : str
            Of somebody who may be outside the cohort.
        """
        place = self._by_id.get(fold(id_), -1)
        person = None if place < 0 else self.people[place]
        if person is None or not person.names or self._has_hidden_names:
            return id_ if person is None else person.id
        return f"{person.names[0]} ({person.id})"


def or_text(directory: Directory, ids: Sequence[str]) -> str:
    """Return people as "this or that", a few at most.

    Parameters
    ----------
    directory : Directory
    ids : sequence of str
    """
    labels = [directory.label(id_) for id_ in ids[:_MAX_SHOWN_LABELS]]
    if len(ids) > _MAX_SHOWN_LABELS:
        labels.append(f"{len(ids) - _MAX_SHOWN_LABELS:,} more")
    return " or ".join(labels)
