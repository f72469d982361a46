"""What a participant reads: who their partner is, and what the two have in common.

No id, score, rank, count or rule, nobody else who was considered, and nothing of the partner but
the columns that brought the two together. A name or an address is shown only where the partner has
a yes in the column ``consent``. Until a person has approved the pairing, a line says that it is a
proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rmmatch.analysis.explanations.audiences import (
    CONTACT,
    has_consented,
    partner_name,
)
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.cohort import OTHER_ROLE, Role, Side
from rmmatch.matching import Result

__all__ = [
    "PartnerFacts",
    "partner_facts",
    "partner_labels",
    "partners_sentence",
    "profile_columns",
    "sheet",
]

# Others may tell of third people, or of what one said of the other in confidence.
_SHOWN_CRITERIA = (
    "goals",
    "speciality",
    "workplace",
    "availability",
    "power_distance",
    "attribute",
)
_PROPOSAL_SENTENCE = "This is a proposal: the pairs may still change."
_HIDDEN_COLUMNS = (*CONTACT, "availability", "preferences", "declined", "consent")


def sheet(result: Result, role: Role, person: int) -> Explanation:
    """Return what one person may know.

    Parameters
    ----------
    result : Result
    role : {'mentee', 'mentor'}
    person : int
        Position on that side, in cohort order.
    """
    side = result.cohort.side(role)
    rows, columns = result.made.positions(result.cohort)
    own_positions, partner_positions = (rows, columns) if role == "mentee" else (columns, rows)
    partners = partner_positions[own_positions == person].tolist()
    proposal = () if result.review.state == "approved" else (_PROPOSAL_SENTENCE,)
    if not partners:
        sentence = (
            "No partner was found for you this time. Please ask the coordinator what happens next."
        )
        if side.status[person] == "withdrawn":
            sentence = "You have left the scheme."
        return Explanation("You have no partner", (sentence, *proposal), (), {}, "participant")
    partner_role = OTHER_ROLE[role]
    all_facts = [partner_facts(result, role, person, partner) for partner in partners]
    names = [facts.name for facts in all_facts]
    lines: list[dict[str, Any]] = []
    sentences: list[str] = []
    for facts, label in zip(all_facts, partner_labels(partner_role, names), strict=True):
        about = [(f"their {name.replace('_', ' ')}", cell) for name, cell in facts.profile.items()]
        about += facts.shared
        about += [(f"their {name.replace('_', ' ')}", cell) for name, cell in facts.contact.items()]
        lines += [{"partner": label, "about": key, "fact": fact} for key, fact in about]
        if not about:
            lines.append({"partner": label, "about": "", "fact": ""})
        prefix = f"{_with_capital(label)}: " if len(partners) > 1 else ""
        for entry in about:
            text = entry[1] if entry in facts.shared else f"{entry[0]}: {entry[1]}."
            sentences.append(prefix + (text if prefix else _with_capital(text)))
    if not all(names):
        sentences.append(f"The coordinator will tell you who your {partner_role} is.")
    partner_ids = result.cohort.side(partner_role).ids
    return Explanation(
        _with_capital(partners_sentence(partner_role, names)),
        (*sentences, *proposal),
        tuple(lines),
        {"partners": [partner_ids[partner] for partner in partners]},
        "participant",
    )


class PartnerFacts(NamedTuple):
    """What somebody may know of a partner.

    Attributes
    ----------
    name : str
        Empty where the partner did not agree to be named.
    profile, contact : mapping of str to str
        By the names of columns; contact details other than the name, where the partner agreed.
    shared : tuple of (criterion, sentence)
        What the two have in common.
    """

    name: str
    profile: Mapping[str, str]
    contact: Mapping[str, str]
    shared: tuple[tuple[str, str], ...]


def partner_facts(
    result: Result, role: Role, person: int, partner: int, *, assumed: bool = False
) -> PartnerFacts:
    """Return what somebody may know of a partner.

    Parameters
    ----------
    result : Result
    role : {'mentee', 'mentor'}
        The side of the reader.
    person, partner : int
        Positions on that side and on the other, in cohort order.
    assumed : bool
        As in `rmmatch.analysis.explanations.audiences.has_consented`.
    """
    side = result.cohort.side(OTHER_ROLE[role])
    id_ = side.ids[partner]
    name = partner_name(result, side.role, id_, assumed=assumed)
    contact: dict[str, str] = {}
    if has_consented(result, side.role, id_, assumed=assumed):
        contact = _contact_details(result, side, partner, has_name=bool(name))
    pair = (person, partner) if role == "mentee" else (partner, person)
    profile = _partner_profile(result, side, partner)
    return PartnerFacts(name, profile, contact, tuple(_shared_facts(result, pair)))


def partner_labels(role: Role, names: Sequence[str]) -> list[str]:
    """Return how a reader's partners are called: by name, or by their role.

    Parameters
    ----------
    role : {'mentee', 'mentor'}
        The side of the partners.
    names : sequence of str
        Empty for a partner who is not to be named.

    Examples
    --------
    >>> partner_labels("mentor", [""]), partner_labels("mentor", ["Ann Lee", ""])
    (['your mentor'], ['Ann Lee', 'mentor 2'])
    """
    if len(names) == 1:
        return [names[0] or f"your {role}"]
    return [name or f"{role} {number}" for number, name in enumerate(names, start=1)]


def partners_sentence(role: Role, names: Sequence[str]) -> str:
    """Say who somebody's partners are, or how many have been found.

    Parameters
    ----------
    role : {'mentee', 'mentor'}
        The side of the partners.
    names : sequence of str
        Empty for a partner who is not to be named.
    """
    if not all(names):
        subject = f"a {role} has" if len(names) == 1 else f"{len(names)} {role}s have"
        return f"{subject} been found for you"
    return f"your {role}{'s are' if len(names) > 1 else ' is'} {' and '.join(names)}"


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _partner_profile(result: Result, partner_side: Side, partner: int) -> dict[str, str]:
    """Return what the partner wrote in the columns that speak for the pair."""
    cells = ((name, partner_side.column(name)[partner]) for name in profile_columns(result))
    return {name: str(cell) for name, cell in cells if cell is not None}


def profile_columns(result: Result) -> list[str]:
    """Return the columns that speak for a pair, and that a partner may read.

    Parameters
    ----------
    result : Result
    """
    used = [
        name
        for criterion in result.scheme.criteria
        if criterion.type in _SHOWN_CRITERIA
        for name in criterion.columns_used()
    ]
    hidden = {*_HIDDEN_COLUMNS, *result.scheme.sensitive}
    return [name for name in dict.fromkeys(used) if name not in hidden]


def _shared_facts(result: Result, pair: tuple[int, int]) -> list[tuple[str, str]]:
    """Return what the two have in common, criterion by criterion."""
    scores = result.scores
    pair_score = scores.pairs(np.array([pair[0]]), np.array([pair[1]]))[0]
    facts = []
    for name, criterion in zip(scores.criteria, scores.scheme.criteria, strict=True):
        is_shown = criterion.type in _SHOWN_CRITERIA and not set(criterion.columns_used()) & set(
            CONTACT
        )
        # what scored nothing, or could not be looked at, is no reason
        if is_shown and pair_score.raw[name] is not None and pair_score.contributions[name] > 0:
            fact = criterion.shared_text(scores.cohort, scores.setting, *pair)
            if fact:
                facts.append((name.replace("_", " "), fact))
    return facts


def _contact_details(
    result: Result, partner_side: Side, partner: int, *, has_name: bool
) -> dict[str, str]:
    """Return how to reach a partner who has agreed to that, without the name that is shown."""
    hidden = set(result.scheme.sensitive)
    cells = ((name, partner_side.column(name)[partner]) for name in CONTACT if name not in hidden)
    return {
        name: str(cell) for name, cell in cells if cell and not (has_name and name.endswith("name"))
    }
