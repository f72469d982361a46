"""Ids and e-mail addresses that two people share, and people who have two of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rmmatch.cohort.answer_times import time_header
from rmmatch.cohort.identities.names import Roster, is_email, name_key
from rmmatch.cohort.model import Role
from rmmatch.cohort.tables import Row
from rmmatch.errors import Problem
from rmmatch.files.documents import quoted
from rmmatch.files.row_numbers import row_list
from rmmatch.spelling import fold

__all__ = [
    "RegisteredPeople",
    "clash_notes",
    "clashes",
    "one_table_problem",
    "repeated_hint",
]

_MAX_SHOWN_IDS = 3  # wording
_MAX_SINGLE_PROBLEMS = 5  # e-mail addresses given twice; more are one problem; wording


@dataclass(frozen=True)
class RegisteredPeople:
    """The people of one side as their table has them.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    table : str
        Its name, for messages.
    rows : sequence of int or str
        How a spreadsheet numbers the row of each person.
    roster : Roster
    email_header : str
        The header of the e-mail addresses as written; empty where there is none.
    headers : mapping of str to str
        The header of each column as written.
    """

    role: Role
    table: str
    rows: Sequence[Row]
    roster: Roster
    email_header: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def emails(self) -> dict[str, list[int]]:
        """The positions of the people with each e-mail address, folded."""
        people: dict[str, list[int]] = {}
        for position, email in enumerate(self.roster.emails):
            if email is not None and is_email(email):
                people.setdefault(fold(email), []).append(position)
        return people


def repeated_hint(headers: Mapping[str, str]) -> str:
    """Return what a form may say where somebody answered twice.

    Parameters
    ----------
    headers : mapping of str to str
        Name of a column → its header.

    Examples
    --------
    >>> repeated_hint({"timestamp": "Timestamp"})
    '; where somebody answered twice, write in the form `repeated: {keep: latest, by: "Timestamp"}`'
    """
    header = time_header(headers.values())
    if header:
        line = f"repeated: {{keep: latest, by: {quoted(header)}}}"
        return f"; where somebody answered twice, write in the form `{line}`"
    return "; where each answer has its own row, write in the form `repeated: join`"


def clashes(
    mentees: RegisteredPeople, mentors: RegisteredPeople, sensitive: Collection[str]
) -> Iterator[Problem]:
    """Yield where the tables leave open who is one person and who are two.

    Parameters
    ----------
    mentees, mentors : RegisteredPeople
    sensitive : collection of str
        Columns whose values are not shown.
    """
    yield from _shared_ids(mentees, mentors, sensitive)
    for side in (mentees, mentors):
        yield from _repeated_emails(side, sensitive)
    yield from _second_ids(mentees, mentors, sensitive)


def one_table_problem(tables: Sequence[str], n_people: int, *, has_role: bool) -> Problem:
    """Return what is wrong with a table that is given for both sides.

    Parameters
    ----------
    tables : sequence of str
        What the table of the mentors, and that of the mentees, is called.
    n_people : int
    has_role : bool
        Whether a column says who is a mentor.
    """
    reason = f"the same table of {n_people:,} people is given for the mentors and for the mentees"
    remedy = (
        "give the table once: its column `role` says who is a mentor and who is a mentee"
        if has_role
        else "give a table of mentors and a table of mentees, or one table whose column `role` "
        "says mentor or mentee for each person. Pairs within one group are not what rmmatch makes"
    )
    names = " and ".join(dict.fromkeys(tables))
    return Problem(names, "", "", "", reason, remedy, code="same_table")


def clash_notes(mentees: RegisteredPeople, mentors: RegisteredPeople) -> Iterator[str]:
    """Yield how many people of a side have the name of somebody else on that side.

    Parameters
    ----------
    mentees, mentors : RegisteredPeople
    """
    for side in (mentees, mentors):
        names = [name_key(name) for name in side.roster.names if name is not None]
        count = len(names) - len(set(names))
        if count:
            people = "1 person has" if count == 1 else f"{count} people have"
            yield (
                f"{side.role}s: {people} the same full name as another {side.role}; in lists of "
                "people, write their ids or e-mail addresses"
            )


def _shared_ids(
    mentees: RegisteredPeople, mentors: RegisteredPeople, sensitive: Collection[str]
) -> Iterator[Problem]:
    """Yield one problem for all ids that stand on both sides for what seem to be two people."""
    mentor_position = {fold(id_): index for index, id_ in enumerate(mentors.roster.ids)}
    shared = [
        (index, mentor_position[fold(id_)])
        for index, id_ in enumerate(mentees.roster.ids)
        if fold(id_) in mentor_position
    ]
    strangers = [
        pair for pair in shared if _are_different_people(mentees.roster, mentors.roster, *pair)
    ]
    if not strangers:
        return
    ids = [mentees.roster.ids[index] for index, _ in strangers]
    shown = "" if "id" in sensitive else f": {', '.join(map(repr, ids[:_MAX_SHOWN_IDS]))}"
    if len(ids) > _MAX_SHOWN_IDS and shown:
        shown += " …"
    example = ""
    names = [
        side.roster.names[index] if len(side.roster.names) else None
        for side, index in zip((mentees, mentors), strangers[0], strict=True)
    ]
    if None not in names and not {"id", "name"} & {*sensitive}:
        example = f"; {ids[0]!r} is {names[1]} among the mentors, {names[0]} among the mentees"
    stand = "id is" if len(ids) == 1 else "ids are"
    yield Problem(
        f"{mentors.table} and {mentees.table}" if mentors.table != mentees.table else mentees.table,
        "",
        "id",
        "",
        f"{len(ids):,} {stand} in both tables, with different names or e-mail addresses"
        f"{shown}{example}",
        _remedy(mentees, mentors, len(shared)),
        code="each_side",
    )


def _remedy(mentees: RegisteredPeople, mentors: RegisteredPeople, n_shared: int) -> str:
    sides = (mentees, mentors)
    have_emails = all(len(side.emails) == len(side.rows) for side in sides)
    headers = dict.fromkeys(side.email_header for side in sides)
    remedy = "if they are different people, write in the scheme "
    if have_emails:
        pairs = ", ".join(f"{header}: id" for header in headers)
        remedy += f"`columns: {{{pairs}}}`, so that the e-mail address is the id"
    else:
        remedy += "`each_side: true`, so that each table has its own ids (M1, E1)"
    return f"{remedy}; if they are the same people, give them the same name in both tables"


def _are_different_people(mentees: Roster, mentors: Roster, mentee: int, mentor: int) -> bool:
    """Whether the e-mails, or else the names, of one id on two sides are of two people."""
    emails = [
        fold(email) if (email := _value_at(roster.emails, position)) and is_email(email) else ""
        for roster, position in ((mentees, mentee), (mentors, mentor))
    ]
    if all(emails):
        return emails[0] != emails[1]
    names = [
        _value_at(roster.names, position)
        for roster, position in ((mentees, mentee), (mentors, mentor))
    ]
    return all(names) and name_key(names[0] or "") != name_key(names[1] or "")


def _value_at(values: Sequence[str | None], position: int) -> str | None:
    return values[position] if len(values) else None


def _repeated_emails(side: RegisteredPeople, sensitive: Collection[str]) -> Iterator[Problem]:
    repeated = {email: people for email, people in side.emails.items() if len(people) > 1}
    remedy = "keep one row for each person" + repeated_hint(side.headers)
    remedy += "; if they are different people, leave the column of addresses out"
    if len(repeated) > _MAX_SINGLE_PROBLEMS:
        rows = [side.rows[person] for group in repeated.values() for person in group]
        reason = f"{len(repeated):,} e-mail addresses are in two rows or more"
        yield Problem(side.table, row_list(rows), "email", "", reason, remedy, code="same_email")
        return
    for group in repeated.values():
        value = "" if "email" in sensitive else side.roster.emails[group[0]] or ""
        reason = f"{len(group)} {side.role}s have the same e-mail address"
        rows = [side.rows[person] for person in group]
        yield Problem(side.table, row_list(rows), "email", value, reason, remedy, code="same_email")


def _second_ids(
    mentees: RegisteredPeople, mentors: RegisteredPeople, sensitive: Collection[str]
) -> Iterator[Problem]:
    """Yield who is on both sides by the e-mail address, and under two ids."""
    mentor_positions = mentors.emails
    people = [
        (mentee_positions[0], mentor_positions[email][0])
        for email, mentee_positions in mentees.emails.items()
        if email in mentor_positions
        and fold(mentees.roster.ids[mentee_positions[0]])
        != fold(mentors.roster.ids[mentor_positions[email][0]])
    ]
    header = mentees.email_header
    remedy = f"give both rows the same id, as with `columns: {{{header}: id}}` in the scheme"
    if not people:
        return
    shown = [
        f"{mentees.roster.ids[mentee]!r} among the mentees and {mentors.roster.ids[mentor]!r} "
        "among the mentors"
        for mentee, mentor in people[:_MAX_SINGLE_PROBLEMS]
        if "id" not in sensitive
    ]
    count = "1 person has" if len(people) == 1 else f"{len(people):,} people have"
    reason = f"{count} one e-mail address and two ids"
    rows = [mentees.rows[mentee] for mentee, _ in people]
    yield Problem(
        mentees.table,
        row_list(rows),
        "email",
        "",
        f"{reason}: {'; '.join(shown)}" if shown else reason,
        remedy,
        code="same_email",
    )
