"""What letters say, as data: one row for each person who gets one.

A reader learns what `rmmatch.analysis.explanations` lets a participant know: their own partners, by
name where those agreed, and what they have in common. No id, score, rank or rule, nobody else who
was considered, and no value of a sensitive column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from rmmatch.analysis.explanations.participant_sheet import (
    PartnerFacts,
    partner_facts,
    partner_labels,
    partners_sentence,
    profile_columns,
)
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.cohort.names import is_email
from rmmatch.desk.letters.plain_text import first_name_of, one_line
from rmmatch.lifecycle.rematch import Rematch
from rmmatch.matching import Result
from rmmatch.matching.display import list_text
from rmmatch.matching.review import DRAFT
from rmmatch.scheme import Scheme

__all__ = ["FIELDS", "LISTS", "PARTNER_FIELDS", "Letter", "fields_of_run", "letter_rows"]

Kind = Literal["pair", "no partner", "reserve", "withdrew"]

FIELDS: Mapping[str, str] = {
    "first_name": "first name of the reader",
    "name": "full name of the reader",
    "email": "e-mail address of the reader",
    "role": "mentee or mentor",
    "kind": "pair, no partner, reserve, or withdrew",
    "news": "who the partner is, or that there is none: a sentence",
    "partner_role": "what the partner is: mentor or mentee",
    "partner_name": "name of the partner; empty where they did not agree to be named",
    "partner_first_name": "first name of the partner",
    "partner_email": "e-mail address of the partner, where they agreed",
    "shared_goals": "goals that both chose, with commas between",
    "reasons": "what the two have in common, in sentences",
    "next_step": "what to do next: a sentence",
    "subject": "subject of an e-mail",
    "scheme_name": "name of the scheme",
    "sender": "who writes",
    "date": "the day, as 30 November 2026",
    "status": f"“{DRAFT}”, or empty once the pairing is approved",
}
"""What every run has, in the order of the merge table, with what it contains."""

PARTNER_FIELDS = ("label", "name", "first_name", "email", "about", "reasons")
"""Of one partner in ``{% for partner in partners %}``; `about` and `reasons` are lists."""

LISTS = ("partners", "reason_list")
"""What a template can go through besides."""

_NO_NAME = "colleague"  # after "Dear"; wording
_NO_SCHEME = "the mentoring scheme"
_SENDER = "The coordinator"
_NOBODY = "No partner was found for you this time."
_RESERVE = "You are a reserve. We will write to you when there is a place for you."
_ASK = "Please ask the coordinator what happens next."
_WRITE = "Please get in touch with each other in the next two weeks, and agree on a first meeting."
_WAIT = "The coordinator will tell you how to get in touch with each other."
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


@dataclass(frozen=True)
class Letter:
    """What one person reads.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    fields : mapping of str to str
        By the names of `fields_of_run`: one line each.
    partners : tuple of mapping
        Each with the keys of `PARTNER_FIELDS`.
    reasons : tuple of str
        What the two have in common, a sentence each.
    """

    role: Role
    fields: Mapping[str, str]
    partners: tuple[Mapping[str, Any], ...]
    reasons: tuple[str, ...]

    @property
    def context(self) -> dict[str, Any]:
        """What a template can name."""
        return {**self.fields, "partners": self.partners, "reason_list": self.reasons}


def fields_of_run(scheme: Scheme, columns: Sequence[str]) -> dict[str, str]:
    """Return the fields of a letter, with what they contain.

    Parameters
    ----------
    scheme : Scheme
    columns : sequence of str
        Of partners, as `profile_columns` returns them: each is a field ``partner_…``.
    """
    own = {
        f"partner_{name}": f"what the partner wrote under “{name.replace('_', ' ')}”"
        for name in columns
        if f"partner_{name}" not in FIELDS and name not in scheme.sensitive
    }
    names = list(FIELDS)
    after = names.index("partner_email") + 1
    ordered = [*names[:after], *own, *names[after:]]
    return {name: FIELDS.get(name) or own[name] for name in ordered}


def letter_rows(
    result: Result | Rematch,
    *,
    partners_agreed: bool = False,
    sender: str = "",
    day: date | None = None,
) -> tuple[Letter, ...]:
    """Return one row for each person who gets a letter: mentees, then mentors.

    Of a result, everybody with a partner, without one, or in reserve; who has withdrawn gets none.
    Of a rematch, everybody for whom something changes, and what changes.

    Parameters
    ----------
    result : Result or Rematch
    partners_agreed : bool
        Whether everybody agreed that a partner reads their name and address who did not answer
        under ``consent``. A no there always counts.
    sender : str
        Who writes; the coordinator by default.
    day : date, optional
        Of the letters; today by default.

    Raises
    ------
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import rmmatch as rm
    >>> letters = letter_rows(rm.match(*rm.synthetic.demo()), partners_agreed=True)
    >>> letters[0].fields["first_name"], letters[0].fields["news"]
    ('Mentee 001', 'Your mentor is Mentor 060.')
    """
    writer = _Writer.of(result, partners_agreed, one_line(sender), day or date.today())
    return tuple(writer.letters())


@dataclass(frozen=True)
class _Writer:
    """Puts the facts of people into letters."""

    result: Result
    notices: Mapping[tuple[Role, str], tuple[str, str]] | None
    partners_agreed: bool
    columns: tuple[str, ...]
    fixed_fields: Mapping[str, str]

    @classmethod
    def of(cls, source: Result | Rematch, agreed: bool, sender: str, day: date) -> _Writer:
        result = source if isinstance(source, Result) else source.result
        notices: dict[tuple[Role, str], tuple[str, str]] | None = None
        _ = result.made  # no letters of no pairs
        if not isinstance(source, Result):
            notices = {
                (notice.side, notice.id): (notice.what, notice.sentence)
                for notice in source.notices(partners_agreed=agreed)
            }
        scheme_name = one_line(result.scheme.name)
        fixed_fields = {
            "scheme_name": scheme_name or _NO_SCHEME,
            "sender": sender or _SENDER,
            "date": f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
            "status": result.review.banner,
        }
        return cls(result, notices, agreed, tuple(profile_columns(result)), fixed_fields)

    def letters(self) -> Iterator[Letter]:
        positions = [side.tolist() for side in self.result.positions]
        for side, own, across in zip(
            self.result.cohort.sides, positions, reversed(positions), strict=True
        ):
            partners_of: dict[int, list[int]] = {}
            for person, partner in zip(own, across, strict=True):
                partners_of.setdefault(person, []).append(partner)
            for person in range(len(side)):
                notice = (self.notices or {}).get((side.role, side.ids[person]))
                is_due = notice if self.notices is not None else side.status[person] != "withdrawn"
                if is_due:
                    yield self._letter(side.role, person, partners_of.get(person, []), notice)

    def _letter(
        self, role: Role, person: int, partners: Sequence[int], notice: tuple[str, str] | None
    ) -> Letter:
        partner_role = OTHER_ROLE[role]
        all_facts = [
            partner_facts(self.result, role, person, partner, assumed=self.partners_agreed)
            for partner in partners
        ]
        names = [one_line(facts.name) for facts in all_facts]
        labels = partner_labels(partner_role, names)
        lines = [
            _partner_lines(facts, label) for facts, label in zip(all_facts, labels, strict=True)
        ]
        kind = self._kind(role, person, partners, notice)
        is_alone = len(lines) == 1
        reasons = tuple(
            reason if is_alone else f"{_with_capital(entry['label'])}: {reason}"
            for entry in lines
            for reason in entry["reasons"]
        )
        fields = {
            **self._own_fields(role, person),
            **self.fixed_fields,
            **_partner_fields(all_facts, lines, self.columns),
            "role": role,
            "kind": kind,
            "news": self._news(kind, partner_role, names, notice),
            "partner_role": partner_role,
            "shared_goals": self._shared_goals(role, person, partners),
            "reasons": " ".join(reasons),
            "next_step": _next_step(kind, lines, is_ask=notice is None),
            "subject": self._subject(kind, partner_role, len(lines)),
        }
        names_of_fields = fields_of_run(self.result.scheme, self.columns)
        ordered = {name: fields[name] for name in names_of_fields}
        return Letter(role, ordered, tuple(lines), reasons)

    def _own_fields(self, role: Role, person: int) -> dict[str, str]:
        """Return what the reader is called, and where they can be reached."""
        cohort = self.result.cohort.hiding(self.result.scheme.sensitive)
        side = cohort.side(role)
        name = cohort.person_text(role, person, has_id=False)
        name = "" if name == side.ids[person] else one_line(name)
        hidden = self.result.scheme.sensitive
        email = "" if "email" in hidden else one_line(side.column("email")[person] or "")
        first_name = ""
        for column in ("first_name", "forename", "given_name"):
            if column not in hidden and side.column(column)[person]:
                first_name = one_line(side.column(column)[person])
                break
        first_name = first_name or first_name_of(name) or _NO_NAME
        return {"first_name": first_name, "name": name, "email": email}

    def _kind(
        self, role: Role, person: int, partners: Sequence[int], notice: tuple[str, str] | None
    ) -> Kind:
        if notice is not None and notice[0] == "withdrew":
            return "withdrew"
        if partners:
            return "pair"
        is_reserve = self.result.cohort.side(role).status[person] == "reserve"
        return "reserve" if is_reserve else "no partner"

    def _news(
        self, kind: Kind, partner_role: Role, names: list[str], notice: tuple[str, str] | None
    ) -> str:
        if notice is not None:
            return one_line(notice[1])
        if kind == "pair":
            sentence = f"{_with_capital(partners_sentence(partner_role, names))}."
            if all(names):
                return sentence
            return f"{sentence} The coordinator will tell you who your {partner_role} is."
        return _RESERVE if kind == "reserve" else _NOBODY

    def _shared_goals(self, role: Role, person: int, partners: Sequence[int]) -> str:
        scheme, cohort = self.result.scheme, self.result.cohort
        shared: dict[str, None] = {}
        for criterion in scheme.criteria:
            if criterion.type == "goals" and set(criterion.columns_used()) <= set(self.columns):
                for partner in partners:
                    pair = (person, partner) if role == "mentee" else (partner, person)
                    shared |= dict.fromkeys(criterion.same_goals(cohort, *pair))
        return one_line(", ".join(shared))

    def _subject(self, kind: Kind, partner_role: Role, n_partners: int) -> str:
        scheme_name = self.fixed_fields["scheme_name"]
        if kind == "pair":
            return f"Your {partner_role}{'s' if n_partners > 1 else ''}: {scheme_name}"
        return f"Your place in {scheme_name}"


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _partner_lines(facts: PartnerFacts, label: str) -> dict[str, Any]:
    """Return what a reader may know of one partner, as lines."""
    email = one_line(facts.contact.get("email", ""))
    email = email if is_email(email) else ""
    cells = {**facts.profile, **facts.contact, "email": email}
    about = [
        f"{'E-mail' if column == 'email' else _with_capital(column.replace('_', ' '))}: {cell}"
        for column, cell in cells.items()
        if cell and column not in ("first_name", "last_name", "surname")
    ]
    name = one_line(facts.name)
    return {
        "label": one_line(label),
        "name": name,
        "first_name": first_name_of(name),
        "email": email,
        "about": tuple(map(one_line, about)),
        "reasons": tuple(one_line(sentence) for _, sentence in facts.shared),
    }


def _partner_fields(
    all_facts: Sequence[PartnerFacts], lines: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> dict[str, str]:
    """Return the partners as fields of a table; of several, each cell says of whom it is."""

    def joined(cells: Sequence[str]) -> str:
        if len(cells) == 1:
            return one_line(cells[0])
        labels = [str(entry["label"]) for entry in lines]
        texts = [f"{label}: {cell}" for label, cell in zip(labels, cells, strict=True) if cell]
        return one_line("; ".join(texts))

    def listed(key: str) -> str:
        names = [str(entry[key]) for entry in lines]
        return list_text(names) if names and all(names) else ""

    fields = {
        f"partner_{name}": joined([f.profile.get(name, "") for f in all_facts]) for name in columns
    }
    return {
        **fields,
        "partner_name": listed("name"),
        "partner_first_name": listed("first_name"),
        "partner_email": "; ".join(str(entry["email"]) for entry in lines if entry["email"]),
    }


def _next_step(kind: Kind, lines: Sequence[Mapping[str, Any]], *, is_ask: bool) -> str:
    if kind == "pair":
        return _WRITE if all(entry["email"] for entry in lines) else _WAIT
    return _ASK if kind == "no partner" and is_ask else ""
