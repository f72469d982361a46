"""What a participant reads: who their partner is, and what the two have in common.

No id, score, rank, count or rule, nobody else who was considered, and nothing of the partner but
the columns that brought the two together. A name or an address is shown only where the partner has
a yes in the column ``consent``. Until a person has approved the pairing, a line says that it is a
proposal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import (
    CONTACT,
    has_consented,
    partner_name,
)
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.cohort import OTHER_ROLE, Role, Side
from rmmatch.matching import Result

__all__ = ["sheet"]

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
    partner_side = result.cohort.side(OTHER_ROLE[role])
    names = [partner_name(result, partner_side.role, partner_side.ids[p]) for p in partners]
    labels = [name or f"{partner_side.role} {number}" for number, name in enumerate(names, start=1)]
    if len(partners) == 1:
        labels = [names[0] or f"your {partner_side.role}"]
    lines: list[dict[str, Any]] = []
    sentences: list[str] = []
    for partner, name, label in zip(partners, names, labels, strict=True):
        pair = (person, partner) if role == "mentee" else (partner, person)
        shared = _shared_facts(result, pair)
        about = [*_partner_profile(result, partner_side, partner), *shared]
        contact = _contact_details(result, partner_side, partner)
        about += [entry for entry in contact if not (name and entry[0].endswith("name"))]
        lines += [{"partner": label, "about": key, "fact": fact} for key, fact in about]
        if not about:
            lines.append({"partner": label, "about": "", "fact": ""})
        prefix = f"{_with_capital(label)}: " if len(partners) > 1 else ""
        for entry in about:
            text = entry[1] if entry in shared else f"{entry[0]}: {entry[1]}."
            sentences.append(prefix + (text if prefix else _with_capital(text)))
    if not all(names):
        sentences.append(f"The coordinator will tell you who your {partner_side.role} is.")
    return Explanation(
        _with_capital(_partners_sentence(partner_side.role, names)),
        (*sentences, *proposal),
        tuple(lines),
        {"partners": [partner_side.ids[partner] for partner in partners]},
        "participant",
    )


def _partners_sentence(role: Role, names: list[str]) -> str:
    """Say who somebody's partners are, or how many have been found."""
    if not all(names):
        subject = f"a {role} has" if len(names) == 1 else f"{len(names)} {role}s have"
        return f"{subject} been found for you"
    return f"your {role}{'s are' if len(names) > 1 else ' is'} {' and '.join(names)}"


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _partner_profile(result: Result, partner_side: Side, partner: int) -> list[tuple[str, str]]:
    """Return what the partner wrote in the columns that speak for the pair."""
    used = [
        name
        for criterion in result.scheme.criteria
        if criterion.type in _SHOWN_CRITERIA
        for name in criterion.columns_used()
    ]
    hidden = {*_HIDDEN_COLUMNS, *result.scheme.sensitive}
    cells = ((name, partner_side.column(name)[partner]) for name in dict.fromkeys(used))
    return [
        (f"their {name.replace('_', ' ')}", str(cell))
        for name, cell in cells
        if cell is not None and name not in hidden
    ]


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


def _contact_details(result: Result, partner_side: Side, partner: int) -> list[tuple[str, str]]:
    """Return how to reach the partner, where they have agreed to that."""
    hidden = set(result.scheme.sensitive)
    if not has_consented(result, partner_side.role, partner_side.ids[partner]):
        return []
    cells = ((name, partner_side.column(name)[partner]) for name in CONTACT if name not in hidden)
    return [(f"their {name.replace('_', ' ')}", str(cell)) for name, cell in cells if cell]
