"""What a participant reads: who their partner is, and what the two have in common.

No score, rank, count or rule, nobody else who was considered, and nothing of the partner but the
columns that brought the two together. A name or an address is told only where the partner has a
yes in the column ``consent``. Until a person has approved the pairing, a line says that it is a
proposal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import CONTACT
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.cohort import Role, Side
from rmmatch.cohort.cells import YES_NO
from rmmatch.matching import Result
from rmmatch.spelling import fold

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
            "No partner was found for you this time. Please ask the coordinator what comes next."
        )
        if side.status[person] == "withdrawn":
            sentence = "You withdrew."
        title = f"{side.ids[person]}: no partner"
        return Explanation(title, (sentence, *proposal), (), {}, "participant")
    partner_side = result.cohort.side("mentor" if role == "mentee" else "mentee")
    lines: list[dict[str, Any]] = []
    for partner in partners:
        pair = (person, partner) if role == "mentee" else (partner, person)
        about = [*_partner_profile(result, partner_side, partner), *_shared_facts(result, pair)]
        about += _contact_details(result, partner_side, partner)
        lines += [
            {"partner": partner_side.ids[partner], "about": key, "fact": fact}
            for key, fact in about
        ]
        if not about:
            lines.append({"partner": partner_side.ids[partner], "about": "", "fact": ""})
    ids = [partner_side.ids[partner] for partner in partners]
    partner_text = f"your {partner_side.role}{'s are' if len(ids) > 1 else ' is'} {', '.join(ids)}"
    prefixes = {id_: f"{id_}: " if len(ids) > 1 else "" for id_ in ids}
    return Explanation(
        f"{side.ids[person]}: {partner_text}",
        (
            *(
                f"{prefixes[line['partner']]}{line['about']}: {line['fact']}."
                for line in lines
                if line["about"]
            ),
            *proposal,
        ),
        tuple(lines),
        {"partners": ids},
        "participant",
    )


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
        is_told = criterion.type in _SHOWN_CRITERIA and not set(criterion.columns_used()) & set(
            CONTACT
        )
        # what scored nothing, or could not be looked at, is no reason
        if is_told and pair_score.raw[name] is not None and pair_score.contributions[name] > 0:
            fact = criterion.fact(scores.cohort, scores.setting, *pair)
            if fact:
                facts.append((f"the two of you, {name.replace('_', ' ')}", fact))
    return facts


def _contact_details(result: Result, partner_side: Side, partner: int) -> list[tuple[str, str]]:
    """Return how to reach the partner, where they have agreed to that."""
    hidden = set(result.scheme.sensitive)
    consent = partner_side.column("consent")[partner]
    if "consent" in hidden or consent is None or YES_NO.get(fold(consent)) != "yes":
        return []
    cells = ((name, partner_side.column(name)[partner]) for name in CONTACT if name not in hidden)
    return [(f"their {name.replace('_', ' ')}", str(cell)) for name, cell in cells if cell]
