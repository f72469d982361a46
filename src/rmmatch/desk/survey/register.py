"""The file people.csv: who took part, and under which id, so that an id lasts for years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from rmmatch.cohort import Cohort
from rmmatch.cohort.identities import OUTSIDE, Person
from rmmatch.cohort.identities.names import NAME_COLUMNS, is_email, name_key
from rmmatch.cohort.tables import read_table
from rmmatch.errors import CohortError, Problem
from rmmatch.files.table_limits import Row
from rmmatch.spelling import fold

__all__ = ["Recognition", "Register", "RegisterEntry", "RegisterQuestion"]

COLUMNS = ("id", "name", "email", "first_seen", "last_seen")


class RegisterEntry(NamedTuple):
    """A person of the register.

    Attributes
    ----------
    id, name, email : str
    first_seen, last_seen : str
        Days of imports, as ``2026-11-30``.
    """

    id: str
    name: str = ""
    email: str = ""
    first_seen: str = ""
    last_seen: str = ""


class RegisterQuestion(NamedTuple):
    """Whether somebody in an export is somebody of the register.

    Attributes
    ----------
    id : str
        Of the person in the export.
    label : str
        Name and e-mail address there.
    entry : RegisterEntry
        Who it may be.
    row : int or str
        Of `entry` in people.csv.
    """

    id: str
    label: str
    entry: RegisterEntry
    row: Row

    @property
    def ask(self) -> str:
        """The question in words."""
        before = _label(self.entry.name, self.entry.email, self.entry.id)
        return f"Is {self.label} the same person as {before}, who took part before?"

    def problem(self) -> Problem:
        """Return the question as a problem, with what to write in people.csv."""
        otherwise = f"add a row with the id {self.id!r} and the name"
        if fold(self.id) == fold(self.entry.id):
            otherwise = "the two need ids of their own"
        return Problem(
            "people.csv",
            self.row,
            "",
            "",
            f"{self.label} may be {_label(self.entry.name, self.entry.email, self.entry.id)}",
            "if so, write the new name and e-mail address in this row; if not, " + otherwise,
            code="nearly_a_person",
        )


@dataclass
class Recognition:
    """Who of a cohort is who in a register.

    Attributes
    ----------
    ids : dict of str to str
        Id in the cohort → id in the register, where the two differ.
    entries : dict of str to int
        Id in the cohort → place in the register.
    questions : list of RegisterQuestion
    problems : list of Problem
    notes : list of str
    """

    ids: dict[str, str] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    questions: list[RegisterQuestion] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Register:
    """Everybody who was ever imported.

    Parameters
    ----------
    entries : iterable of RegisterEntry
    rows : list of int or str, optional
        The row of each in its file; by default counted from 2.
    outside : iterable of str
        Names in lists of people of whoever does not take part. In the file their id is
        ``outside``. They hold for the tables beside it; the next import writes them again.

    Examples
    --------
    >>> import rmmatch as rm
    >>> register = Register([RegisterEntry("E003", "Helen Marsh", "h.marsh@trust.example")])
    >>> cohort = rm.read_cohort(
    ...     [{"id": "1", "name": "Ann Lee"}],
    ...     [{"id": "2", "name": "Helen Marsh", "email": "H.Marsh@trust.example"}],
    ... )
    >>> register.recognise(cohort).ids
    {'2': 'E003'}
    """

    def __init__(
        self,
        entries: Iterable[RegisterEntry] = (),
        rows: list[Row] | None = None,
        outside: Iterable[str] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.outside = tuple(outside)
        self.rows: list[Row] = rows or list(range(2, len(self.entries) + 2))

    @classmethod
    def from_file(cls, path: Path) -> Register:
        """Read people.csv.

        Parameters
        ----------
        path : Path

        Raises
        ------
        CohortError
            It is no such table, or an id or e-mail address stands in it twice.
        """
        problems: list[Problem] = []
        table = read_table(
            path, path.name, known_headers=frozenset(COLUMNS), problems=problems, notes=[]
        )
        if table is None or problems:
            raise CohortError(problems)
        columns = dict(zip(table.header, table.columns, strict=True))
        if "id" not in columns:
            reason, remedy = "there is no such column", "use the people.csv that rmmatch wrote"
            raise CohortError(
                [Problem(path.name, "", "id", "", reason, remedy, code="missing_column")]
            )
        empty = [None] * len(table.rows)
        cells = zip(*(columns.get(name, empty) for name in COLUMNS), strict=True)
        all_entries = [RegisterEntry(*(cell or "" for cell in row)) for row in cells]
        outside = [entry.name for entry in all_entries if fold(entry.id) == OUTSIDE]
        is_person = [fold(entry.id) != OUTSIDE for entry in all_entries]
        entries = list(compress(all_entries, is_person))
        rows = list(compress(table.rows, is_person))
        for name in ("id", "email"):
            first: dict[str, Row] = {}
            for row, entry in zip(rows, entries, strict=True):
                text = getattr(entry, name)
                if fold(text) in first:
                    reason = f"row {first[fold(text)]} has the same {name}"
                    remedy = "keep one row for each person"
                    problems.append(
                        Problem(path.name, row, name, text, reason, remedy, code="repeated_id")
                    )
                elif text:
                    first[fold(text)] = row
        if problems:
            raise CohortError(problems)
        return cls(entries, rows, outside)

    def recognise(self, cohort: Cohort, answers: Mapping[str, bool] | None = None) -> Recognition:
        """Return who of a cohort took part before.

        A person is found by id, then by e-mail address, then by full name where one person of the
        register and one of the cohort have it. Where id, name and e-mail address do not agree, it
        is a question: nobody is silently new, and nobody silently somebody else.

        Parameters
        ----------
        cohort : Cohort
        answers : mapping of str to bool, optional
            Ids of people of the cohort → whether they are who the question took them for.
        """
        return _Recogniser(self, cohort, answers or {}).recognition

    def updated(
        self, cohort: Cohort, recognition: Recognition, day: str
    ) -> tuple[RegisterEntry, ...]:
        """Return the register with the people of a cohort: those of before, then the new ones.

        Parameters
        ----------
        cohort : Cohort
        recognition : Recognition
            Of this cohort, without questions.
        day : str
            On which the cohort was imported.
        """
        entries = list(self.entries)
        emails_before = {fold(entry.email) for entry in entries if entry.email}
        for person in cohort.directory.people:
            name, email = _text(person.names), _text(person.emails)
            place = recognition.entries.get(person.id)
            if place is None:
                # an address that somebody else has now leads to nobody of before
                entries = (
                    [
                        entry._replace(email="")
                        if email and fold(entry.email) == fold(email)
                        else entry
                        for entry in entries
                    ]
                    if fold(email) in emails_before
                    else entries
                )
                entries.append(RegisterEntry(person.id, name, email, day, day))
            else:
                entry = entries[place]
                entries[place] = entry._replace(
                    name=name or entry.name, email=email or entry.email, last_seen=day
                )
        return tuple(entries)


class _Recogniser:
    """Finds the people of one cohort in a register."""

    def __init__(self, register: Register, cohort: Cohort, answers: Mapping[str, bool]) -> None:
        self.register = register
        self.is_hidden = not {*NAME_COLUMNS}.isdisjoint(cohort.reading.sensitive)
        self.answers = answers
        self.recognition = Recognition()
        entries = list(enumerate(register.entries))
        self.by_id = {fold(entry.id): place for place, entry in entries}
        self.by_email = {fold(entry.email): place for place, entry in entries if entry.email}
        self.by_name: dict[str, list[int]] = {}
        for place, entry in entries:
            if entry.name:
                self.by_name.setdefault(name_key(entry.name), []).append(place)
        people = cohort.directory.people
        counts = Counter(name_key(name) for person in people for name in person.names)
        self.single_names = {name for name, count in counts.items() if count == 1}
        self.person_of_entry: dict[int, Person] = {}
        self.settled: set[str] = set()  # people who are found, asked about, or refused
        # By id and e-mail first: a name is taken for nobody who is found by one of them.
        for find in (self._by_id_or_email, self._by_full_name):
            for person in people if entries else ():
                found_place = None if person.id in self.settled else find(person)
                if found_place is not None:
                    self._take(person, found_place)

    def _by_id_or_email(self, person: Person) -> int | None:
        emails = [fold(email) for email in person.emails if is_email(email)]
        by_id = self.by_id.get(fold(person.id))
        by_email = next((self.by_email[email] for email in emails if email in self.by_email), None)
        if by_id is not None and self._contradicts(person, self.register.entries[by_id]):
            if by_email is None or by_email == by_id:
                self._id_of_another(person, by_id)
                return None
            by_id = None
        place = by_email if by_id is None else by_id
        if place is None:
            return None
        entry = self.register.entries[place]
        if not self._shares_a_name(person, entry):
            return self._answered(person, place)
        if person.names and entry.name and not self._has_name(person, entry) and not self.is_hidden:
            same = "e-mail address" if by_id is None else "id"
            self.recognition.notes.append(
                f"{person.names[0]} was {entry.name} before: the {same} is the same"
            )
        return place

    def _by_full_name(self, person: Person) -> int | None:
        keys = {name_key(name) for name in person.names}
        places = [place for key in keys for place in self.by_name.get(key, ())]
        places = [place for place in places if place not in self.person_of_entry]
        if not places:
            return None
        entry = self.register.entries[places[0]]
        is_certain = len(places) == 1 and keys <= self.single_names
        if is_certain and not (entry.email and any(map(is_email, person.emails))):
            return places[0]
        return self._answered(person, places[0])

    def _answered(self, person: Person, place: int) -> int | None:
        """Return the entry where it is said to be this person; ask where nothing is said."""
        self.settled.add(person.id)
        if self.answers.get(person.id):
            return place
        if person.id in self.answers:
            if fold(person.id) == fold(self.register.entries[place].id):
                self._id_of_another(person, place)
            return None
        entry, row = self.register.entries[place], self.register.rows[place]
        if self.is_hidden:
            entry = RegisterEntry(entry.id)
        question = RegisterQuestion(person.id, self._person_text(person), entry, row)
        self.recognition.questions.append(question)
        return None

    def _take(self, person: Person, place: int) -> None:
        self.settled.add(person.id)
        taken = self.person_of_entry
        if place in taken:
            labels = map(self._person_text, (taken[place], person))
            reason = f"{' and '.join(labels)} are both this person"
            self.recognition.problems.append(
                Problem(
                    "people.csv",
                    self.register.rows[place],
                    "",
                    self.register.entries[place].id,
                    reason,
                    "give each person one id in the export",
                    code="one_person_two_ids",
                )
            )
            return
        taken[place] = person
        self.recognition.entries[person.id] = place
        if self.register.entries[place].id != person.id:
            self.recognition.ids[person.id] = self.register.entries[place].id

    def _id_of_another(self, person: Person, place: int) -> None:
        self.settled.add(person.id)
        entry = self.register.entries[place]
        label = self._person_text(person)
        before = "somebody else" if self.is_hidden else _label(entry.name, entry.email, "")
        self.recognition.problems.append(
            Problem(
                "people.csv",
                self.register.rows[place],
                "id",
                entry.id,
                f"is now the id of {label}, and was the id of {before}",
                "take ids that last, in the form: id: Email; if it is the same person, write the "
                "new name in this row",
                code="id_of_another_person",
            )
        )

    def _person_text(self, person: Person) -> str:
        if self.is_hidden:
            return person.id
        return _label(_text(person.names), _text(person.emails), person.id)

    @staticmethod
    def _contradicts(person: Person, entry: RegisterEntry) -> bool:
        """Whether name and e-mail address say that the same id is another person's."""
        emails = {fold(email) for email in person.emails if is_email(email)}
        differ = [
            fold(entry.email) not in emails if entry.email and emails else None,
            not _Recogniser._has_name(person, entry) if entry.name and person.names else None,
        ]
        return any(differ) and False not in differ

    @staticmethod
    def _has_name(person: Person, entry: RegisterEntry) -> bool:
        return name_key(entry.name) in {name_key(name) for name in person.names}

    @staticmethod
    def _shares_a_name(person: Person, entry: RegisterEntry) -> bool:
        """Whether a word of the names agrees: a surname may change, a whole name may not."""
        words = {word for name in person.names for word in name_key(name).split()}
        return not (words and entry.name) or bool(words & {*name_key(entry.name).split()})


def _text(texts: tuple[str, ...]) -> str:
    return texts[0] if texts else ""


def _label(name: str, email: str, id_: str) -> str:
    """Return a name with what tells the person apart from a namesake."""
    beside = email or id_
    return f"{name} ({beside})" if name and beside else name or beside
