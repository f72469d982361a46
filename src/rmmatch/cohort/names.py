"""How people are called: full names, e-mail addresses, plain ids, and the columns of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rmmatch.spelling import fold

__all__ = [
    "EMAIL",
    "NAME_COLUMNS",
    "TITLES",
    "Roster",
    "beside_address",
    "is_email",
    "is_plain_id",
    "name_key",
    "roster_of",
]

_FIRST_NAMES = ("first_name", "forename", "given_name")
_SURNAMES = ("surname", "last_name", "family_name")
NAME_COLUMNS = ("name", "email", *_FIRST_NAMES, *_SURNAMES)
TITLES = frozenset(
    {
        *("a/prof", "assoc", "associate", "dame", "dr", "doctor", "lady", "lord", "miss", "mr"),
        *("mrs", "ms", "mx", "prof", "professor", "rev", "revd", "reverend", "sir"),
    }
)
EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+")


class Roster(NamedTuple):
    """What the people of one side are called.

    Attributes
    ----------
    ids : sequence of str
    names, emails : sequence of str or None
        By position; empty where the table has no such column.
    """

    ids: Sequence[str]
    names: Sequence[str | None] = ()
    emails: Sequence[str | None] = ()


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address and nothing else.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> is_email("h.marsh@trust.example"), is_email("anonymous")
    (True, False)
    """
    return EMAIL.fullmatch(text.strip()) is not None


def is_plain_id(text: str) -> bool:
    """Whether a text is an id and no name: one word, with a digit in it, and no e-mail address.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> is_plain_id("M061"), is_plain_id("Marsh"), is_plain_id("Ward 6"), is_plain_id("a1@b.c")
    (True, False, False, False)
    """
    word = text.strip()
    return "@" not in word and len(word.split()) == 1 and any(map(str.isdigit, word))


def name_key(name: str) -> str:
    """Return what two ways to write one full name have in common.

    As `fold`, and titles, full stops and the order of ``Surname, First name`` are ignored.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> name_key("Dr. Helen  Marsh"), name_key("MARSH, Helen"), name_key("Prof")
    ('helen marsh', 'helen marsh', 'prof')
    """
    text = fold(name)
    if text.count(",") == 1:
        last, first = text.split(",")
        text = f"{first} {last}"
    words = [word for word in re.split(r"[\s.,_]+", text) if word]
    while len(words) > 1 and words[0] in TITLES:
        words = words[1:]
    return " ".join(words)


def beside_address(text: str) -> str:
    """Return what stands beside an e-mail address, without brackets and quotes.

    Parameters
    ----------
    text : str
        Such as ``Helen Marsh <h.marsh@trust.example>``.
    """
    return EMAIL.sub("", text).strip(" <>()[]\"'\t\xa0")


def roster_of(ids: Sequence[str], columns: Mapping[str, Any]) -> Roster:
    """Return ids, names and e-mail addresses of the people of a side, from their columns.

    Where there is no column ``name``, first name and surname are joined. A column that says the
    same of everybody (``anonymous``) tells nobody apart and is passed over.

    Parameters
    ----------
    ids : sequence of str
    columns : mapping of str to sequence of str or None
        By standard name; one entry a person, in the order of `ids`.
    """
    names = columns.get("name")
    if names is None:
        first = next((columns[key] for key in _FIRST_NAMES if key in columns), None)
        last = next((columns[key] for key in _SURNAMES if key in columns), None)
        if first is not None and last is not None:
            pairs = zip(first, last, strict=True)
            names = [" ".join(filter(None, pair)) or None for pair in pairs]
    return Roster(ids, _non_trivial_values(names), _non_trivial_values(columns.get("email")))


def _non_trivial_values(values: Sequence[str | None] | None) -> Sequence[str | None]:
    if values is None or (len(values) > 1 and len({fold(value or "") for value in values}) == 1):
        return ()
    return values
