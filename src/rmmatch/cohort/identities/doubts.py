"""Names in lists of people that match nobody for certain, as problems with the line to write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from rmmatch.cohort.identities.directory import OTHERS, OUTSIDE, Directory, or_text
from rmmatch.cohort.identities.names import name_key
from rmmatch.errors import HIDDEN, Problem
from rmmatch.files.documents import quoted
from rmmatch.files.row_numbers import row_list
from rmmatch.files.table_limits import Row
from rmmatch.spelling import fold

__all__ = ["Doubt", "list_digest", "remarks", "scheme_line", "unsettled"]

_MAX_SINGLE_PROBLEMS = 20  # more of one kind are one problem; wording
_MAX_LISTED_NAMES = 300  # names that such a problem lists; wording
_MAX_NOTED_NAMES = 5  # names that a remark lists; wording
# Values that need no quotation marks in YAML.
_UNQUOTED = re.compile(r"(?=.*[0-9@])[A-Za-z][\w.@+-]*|outside")


class Doubt(NamedTuple):
    """A text in a list of people that leads to nobody for sure.

    Attributes
    ----------
    column : str
        The column, or the kind of relation.
    text : str
        As written.
    why : {'several', 'nearly', 'partly', 'nobody'}
        It is the name of several people; it is nearly somebody's; it is a list of which only
        parts are known; it is a name or an e-mail address of nobody.
    people : tuple of str
        Ids of who may be meant.
    rows : tuple of (str, int or str)
        Table and row, wherever it stands.
    """

    column: str
    text: str
    why: Literal["several", "nearly", "partly", "nobody"]
    people: tuple[str, ...]
    rows: tuple[tuple[str, Row], ...]


def list_digest(texts: Iterable[str]) -> str:
    """Return eight characters that stand for a list of names, in any order and spelling.

    Parameters
    ----------
    texts : iterable of str
        The names as written.

    Examples
    --------
    >>> list_digest(["Dr X", "Prof Q"]) == list_digest(["q", "x", "X"])
    True
    """
    keys = sorted({name_key(text) for text in texts})
    return hashlib.sha256("\n".join(keys).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def unsettled(
    doubts: Sequence[Doubt],
    directory: Directory,
    kinds: Collection[str],
    *,
    others: str = "",
    sensitive: Collection[str] = (),
    known_outside: Collection[str] = (),
) -> Iterator[Problem]:
    """Yield the problems of names that must be settled before lists of people can be relied on.

    Parameters
    ----------
    doubts : sequence of Doubt
    directory : Directory
    kinds : collection of str
        Columns and kinds of relation that the scheme reads.
    others : str
        What the scheme says of all names that lead to nobody: ``outside``, with the digest of the
        list where the scheme has it; empty where it says nothing.
    sensitive : collection of str
        Columns whose texts are not shown.
    known_outside : collection of str
        Names and e-mail addresses, as `name_key` has them, of people who are outside as was said
        before.
    """
    read = [doubt for doubt in doubts if doubt.column in kinds]
    unsure = [doubt for doubt in read if doubt.why != "nobody"]
    # Whom somebody wishes for and who does not take part changes no pairing: a note.
    strangers = [doubt for doubt in read if doubt.why == "nobody" and doubt.column != "preferences"]
    groups = _group_doubts(unsure, sensitive)
    if len(groups) > _MAX_SINGLE_PROBLEMS:
        yield _merged_problem(groups, directory)
    else:
        yield from (_unsure_problem(group, directory) for group in groups)
    if not strangers:
        return
    digest = list_digest(doubt.text for doubt in strangers)
    answer, _, noted = fold(others).partition(" ")
    if answer == OUTSIDE and noted in ("", digest):
        return
    new = [doubt for doubt in strangers if name_key(doubt.text) not in known_outside]
    yield from _stranger_problems(_group_doubts(new, sensitive), digest, is_changed=bool(noted))


class _DoubtGroup(NamedTuple):
    """One text wherever it stands."""

    columns: tuple[str, ...]
    text: str
    why: str
    people: tuple[str, ...]
    rows: tuple[tuple[str, Row], ...]
    is_hidden: bool


def _group_doubts(doubts: Iterable[Doubt], sensitive: Collection[str]) -> list[_DoubtGroup]:
    by_text: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in doubts:
        by_text.setdefault((doubt.why, fold(doubt.text)), []).append(doubt)
    return [
        _DoubtGroup(
            tuple(dict.fromkeys(doubt.column for doubt in group)),
            group[0].text,
            group[0].why,
            tuple(dict.fromkeys(id_ for doubt in group for id_ in doubt.people)),
            tuple(dict.fromkeys(row for doubt in group for row in doubt.rows)),
            bool({"id", *(doubt.column for doubt in group)} & {*sensitive}),
        )
        for group in by_text.values()
    ]


_CODES = {
    "several": "ambiguous_person",
    "nearly": "nearly_a_person",
    "partly": "list_of_people",
    "nobody": "unknown_name",
}


def _unsure_problem(group: _DoubtGroup, directory: Directory) -> Problem:
    if group.is_hidden:
        reason = "is not the id, e-mail address or full name of exactly one person"
        return _problem(group, reason, "write the id in the cell")
    labels = or_text(directory, group.people)
    first = group.people[0]
    remedy = f"write the id in the cell, or in the scheme {scheme_line(group.text, first)}"
    if group.why == "partly":
        reason = f"is not one id or name; parts of it are the names of {labels}"
        remedy = "write ids, e-mail addresses or full names with ';' between them"
    elif group.why == "several":
        reason = f"is the name of {labels}"
    else:
        reason = f"matches nobody exactly; it may mean {labels}"
        remedy += f"; if it is somebody who does not take part, {scheme_line(group.text, OUTSIDE)}"
    return _problem(group, reason, remedy)


def _merged_problem(groups: Sequence[_DoubtGroup], directory: Directory) -> Problem:
    shown = [
        f"{group.text!r} ({or_text(directory, group.people)})"
        for group in groups
        if not group.is_hidden
    ]
    names = "; ".join(shown[:_MAX_LISTED_NAMES]) + _n_more_text(len(shown) - _MAX_LISTED_NAMES)
    reason = f"{len(groups):,} names match several people, or nobody exactly"
    return Problem(
        *_location(groups),
        "",
        f"{reason}: {names}" if shown else reason,
        "ask for e-mail addresses or ids instead of names; or settle each in the scheme, as in "
        + (scheme_line(groups[0].text, "E003") if shown else 'people: {"Dr H Marsh": E003}'),
        code="ambiguous_person",
    )


def _stranger_problems(
    groups: Sequence[_DoubtGroup], digest: str, *, is_changed: bool
) -> Iterator[Problem]:
    if not groups:
        return
    hidden = sum(group.is_hidden for group in groups)
    # The digest of a hidden list would tell whoever guesses the names.
    everybody = f"people: {{{OTHERS}: {OUTSIDE}{'' if hidden else f' {digest}'}}}"
    is_one = len(groups) - hidden == 1 and not hidden
    changed = "the list of people who do not take part has changed: " if is_changed else ""
    if len(groups) > _MAX_SINGLE_PROBLEMS or hidden:
        shown = [group.text for group in groups if not group.is_hidden]
        outsiders = ", ".join(map(repr, shown[:_MAX_LISTED_NAMES])) + _n_more_text(
            len(shown) - _MAX_LISTED_NAMES
        )
        names = "1 name matches" if len(groups) == 1 else f"{len(groups):,} names match"
        reason = f"{changed}{names} nobody taking part"
        yield Problem(
            *_location(groups),
            HIDDEN if hidden == len(groups) else "",
            f"{reason}: {outsiders}" if shown else reason,
            "check the list and write ids for those who take part; if the others do not take part, "
            f"write in the scheme {everybody}",
            code="unknown_name",
        )
        return
    for group in groups:
        remedy = (
            "write the id, e-mail address or full name of who is meant; for somebody who does not "
            f"take part write in the scheme {scheme_line(group.text, OUTSIDE)}"
        )
        if not is_one:
            remedy += f", or for all {len(groups)} such names {everybody}"
        yield _problem(group, f"{changed}matches nobody taking part", remedy)


def _problem(group: _DoubtGroup, reason: str, remedy: str) -> Problem:
    file, row, column = _location([group])
    value = HIDDEN if group.is_hidden else group.text
    return Problem(file, row, column, value, reason, remedy, code=_CODES[group.why])


def _location(groups: Sequence[_DoubtGroup]) -> tuple[str, Row, str]:
    """Return the tables, the rows and the columns that some texts stand in."""
    rows: dict[str, list[Row]] = {}
    for table, row in dict.fromkeys(row for group in groups for row in group.rows):
        rows.setdefault(table, []).append(row)
    columns = ", ".join(dict.fromkeys(column for group in groups for column in group.columns))
    lists = [row_list(rows_of_table) for rows_of_table in rows.values()]
    if len(lists) == 1:
        return next(iter(rows)), lists[0], columns
    texts = (f"{table} {rows_of_table}" for table, rows_of_table in zip(rows, lists, strict=True))
    return " and ".join(rows), "; ".join(texts), columns


def scheme_line(text: str, value: str) -> str:
    """Return the line of a scheme that settles whom a text means.

    Parameters
    ----------
    text : str
        As written in the list of people.
    value : str
        An id, an e-mail address or ``outside``.

    Examples
    --------
    >>> scheme_line("Dr H Marsh", "E003"), scheme_line("Prof Q", "12")
    ('people: {"Dr H Marsh": E003}', 'people: {"Prof Q": "12"}')
    """
    written = value if _UNQUOTED.fullmatch(value) else quoted(value)
    return f"people: {{{quoted(text)}: {written}}}"


def _n_more_text(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""


def remarks(
    doubts: Sequence[Doubt], kinds: Collection[str], sensitive: Collection[str] = ()
) -> Iterator[str]:
    """Yield which names match nobody, in lists that the scheme does not use.

    Parameters
    ----------
    doubts : sequence of Doubt
    kinds : collection of str
        Columns and kinds of relation that the scheme reads.
    sensitive : collection of str
        Columns whose texts are not shown.
    """
    texts_of: dict[str, dict[str, str]] = {}
    for doubt in doubts:
        is_note = doubt.column == "preferences" and doubt.why == "nobody"
        if doubt.column not in kinds or is_note:
            texts_of.setdefault(doubt.column, {}).setdefault(fold(doubt.text), doubt.text)
    for column, texts in texts_of.items():
        names = "1 name matches" if len(texts) == 1 else f"{len(texts)} names match"
        sentence = f"{column}: {names} nobody taking part for certain"
        if {*sensitive}.isdisjoint({"id", "name", "email", column}):
            listed = ", ".join(map(repr, list(texts.values())[:_MAX_NOTED_NAMES]))
            sentence += f": {listed}{_n_more_text(len(texts) - _MAX_NOTED_NAMES)}"
        yield sentence
