"""Who may know what: a coordinator, a committee, the people themselves.

Values of sensitive columns are for nobody here. A coordinator sees everything else. A committee
sees ids only, no count under five, and of a rule on a sensitive column not even which it is. A
participant sees their own partner, by a name where the partner agreed to that, and never an id: see
`rmmatch.analysis.explanations.participant_sheet`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from rmmatch.cohort import Role
from rmmatch.cohort.cells import YES_NO
from rmmatch.matching import Result
from rmmatch.matching.rule_words import CONFIDENTIAL_RULE
from rmmatch.scheme import Scheme
from rmmatch.spelling import fold

__all__ = [
    "CONTACT",
    "FEWER_THAN_FIVE",
    "Audience",
    "as_audience",
    "count_text",
    "count_texts_of_parts",
    "has_consented",
    "partner_name",
    "rule_names",
    "shows_contact",
]

Audience = Literal["coordinator", "committee", "participant"]
FEWER_THAN_FIVE = "fewer than 5"
SOME_PEOPLE = "some"
_MIN_SHOWN_PEOPLE = 5  # the smallest number of people a committee may read; wording
CONTACT = (
    "name",
    "first_name",
    "last_name",
    "surname",
    "email",
    "e_mail",
    "email_address",
    "phone",
    "phone_number",
    "telephone",
    "mobile",
    "address",
)
"""Columns that tell who somebody is, or how to reach them."""


def as_audience(word: str) -> Audience:
    """Return the audience that a word names.

    Parameters
    ----------
    word : str

    Returns
    -------
    {'coordinator', 'committee', 'participant'}

    Raises
    ------
    ValueError
        There is no such audience.
    """
    audiences: tuple[Audience, ...] = get_args(Audience)
    for audience in audiences:
        if word == audience:
            return audience
    raise ValueError(f"audience must be one of {', '.join(audiences)}, not {word!r}")


def shows_contact(columns: Sequence[str], audience: Audience) -> bool:
    """Tell whether facts from some columns would show a contact to an audience that may not see it.

    Parameters
    ----------
    columns : sequence of str
        Names of columns.
    audience : {'coordinator', 'committee', 'participant'}
    """
    return audience != "coordinator" and bool(set(columns) & set(CONTACT))


def has_consented(result: Result, role: Role, id_: str, *, assumed: bool = False) -> bool:
    """Tell whether somebody's column ``consent`` says that their partner may know who they are.

    Parameters
    ----------
    result : Result
    role : {'mentee', 'mentor'}
    id_ : str
    assumed : bool
        What an empty cell says: a coordinator may know that everybody agreed who did not say no.
    """
    side = result.cohort.side(role)
    consent = side.column("consent")[side.position[id_]]
    if "consent" in result.scheme.sensitive:
        return False  # an answer that nobody may see cannot be told from an empty cell
    return assumed if consent is None else YES_NO.get(fold(consent)) == "yes"


def partner_name(result: Result, role: Role, id_: str, *, assumed: bool = False) -> str:
    """Return the name that a participant may read of a partner; empty without consent.

    Parameters
    ----------
    result : Result
    role : {'mentee', 'mentor'}
        The partner's side.
    id_ : str
        The partner's id.
    assumed : bool
        As in `has_consented`.
    """
    if not has_consented(result, role, id_, assumed=assumed):
        return ""
    cohort = result.cohort.hiding(result.scheme.sensitive)
    name = cohort.person_text(role, cohort.side(role).position[id_], has_id=False)
    return "" if name == id_ else name  # it is the id where there is no name to be shown


def count_text(count: int, audience: Audience) -> str:
    """Return a number of people in words that the audience may read.

    Parameters
    ----------
    count : int
        Number of people.
    audience : {'coordinator', 'committee', 'participant'}

    Examples
    --------
    >>> count_text(3, "coordinator"), count_text(3, "committee"), count_text(0, "committee")
    ('3', 'fewer than 5', '0')
    """
    return (
        FEWER_THAN_FIVE if audience == "committee" and 0 < count < _MIN_SHOWN_PEOPLE else str(count)
    )


def count_texts_of_parts(counts: Mapping[str, int], audience: Audience) -> dict[str, str]:
    """Return the parts of a whole that the reader may know, so that none follows from the others.

    Where the sum of the hidden counts would give one of them away, another part is hidden too: the
    smallest that leaves every hidden count open, or all where none is large enough.

    Parameters
    ----------
    counts : mapping of str to int
        Numbers of people, by the names of the parts.
    audience : {'coordinator', 'committee', 'participant'}

    Returns
    -------
    dict of str to str
        The same names in the same order.

    Examples
    --------
    >>> count_texts_of_parts({"grade": 12, "tutor": 2, "site": 9}, "committee")
    {'grade': '12', 'tutor': 'fewer than 5', 'site': 'some'}
    >>> count_texts_of_parts({"grade": 12, "tutor": 2, "site": 3}, "committee")
    {'grade': '12', 'tutor': 'fewer than 5', 'site': 'fewer than 5'}
    """
    texts = {name: count_text(count, audience) for name, count in counts.items()}
    hidden = [name for name, text in texts.items() if text == FEWER_THAN_FIVE]
    open_names = [name for name, count in counts.items() if count and name not in hidden]
    max_hidden = _MIN_SHOWN_PEOPLE - 1
    n_hidden_people = sum(counts[name] for name in hidden)
    if len(hidden) == 1 or (hidden and n_hidden_people in (len(hidden), max_hidden * len(hidden))):
        # whatever the hidden ones are from 1 to 4, this one then may still be 5 or more
        enough = [
            name
            for name in open_names
            if counts[name] >= _MIN_SHOWN_PEOPLE + (max_hidden - 1) * len(hidden)
        ]
        hidden_too = [min(enough, key=lambda name: counts[name])] if enough else open_names
        texts |= dict.fromkeys(hidden_too, SOME_PEOPLE)
    return texts


def rule_names(scheme: Scheme, audience: Audience) -> dict[str, str]:
    """Return how rules on sensitive columns are called before an audience, by their names.

    Parameters
    ----------
    scheme : Scheme
    audience : {'coordinator', 'committee', 'participant'}

    Returns
    -------
    dict of str to str
        Empty for a coordinator, who reads the names themselves.
    """
    if audience == "coordinator":
        return {}
    return {
        scheme.public_description(rule, index): CONFIDENTIAL_RULE
        for index, rule in enumerate(scheme.rules)
        if rule.reads_sensitive(scheme.setting)
    }
