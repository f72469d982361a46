"""Why somebody has no partner: what forbade, who shares too few, and what pairing them costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import count_text, count_texts_of_parts, rule_names
from rmmatch.analysis.explanations.counterfactuals import ChoiceExplainer
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.matching import Result
from rmmatch.matching.unpaired import barred_by_quotas
from rmmatch.numeric import Ints

__all__ = ["Shortage", "explain_unpaired", "find_shortage"]

_MAX_PAIRS = 4_000_000
_MAX_SHOWN_IDS = 8


@dataclass(frozen=True, eq=False)
class Shortage:
    """People who together want more places than their partners have (Hall, 1935).

    Attributes
    ----------
    people : ndarray of int64
        Positions on one side.
    partners : ndarray of int64
        Positions on the other: everybody acceptable to any of the people.
    wanted : int
        The sum of the people's capacities.
    places : int
        The most that the partners can give them: of each the places that no pin gives to others,
        or the number of these people it is acceptable to, where that is smaller. Below `wanted`.
    """

    people: Ints
    partners: Ints
    wanted: int
    places: int


def find_shortage(result: Result, role: Role, person: int) -> Shortage | None:
    """Return the group whose shortage leaves somebody without a partner.

    It is everybody who could be moved, directly or through others, to make room for the person:
    where no partner of theirs has a place left, they are too few for all of them.

    Parameters
    ----------
    result : Result
    role : {'mentee', 'mentor'}
    person : int
        Position on that side of somebody with fewer pairs than capacity.

    Returns
    -------
    Shortage or None
        None where somebody among the partners has a place left, so that it is not a shortage.
    """
    scores = result.scores
    allowed = scores.to_numpy() >= 0
    made, pinned = np.zeros_like(allowed), np.zeros_like(allowed)
    made[result.made.positions(result.cohort)] = True
    pinned[scores.pins.mentees, scores.pins.mentors] = True
    if role == "mentor":
        allowed, made, pinned = allowed.T, made.T, pinned.T
    mine, theirs = result.cohort.side(role), result.cohort.side(OTHER_ROLE[role])
    is_full = made.sum(axis=0) >= theirs.capacity
    wanted, moved = allowed & ~made, made & ~pinned
    people = np.zeros(len(mine), dtype=np.bool_)
    more = people.copy()
    more[person] = True
    while more.any():
        people |= more
        partners = wanted[people].any(axis=0)
        if not is_full[partners].all():
            return None
        more = moved[:, partners].any(axis=1) & ~people
    partners = allowed[people].any(axis=0)
    offered = theirs.capacity - pinned[~people].sum(axis=0)
    places = np.minimum(offered, allowed[people].sum(axis=0))[partners]
    return Shortage(
        np.flatnonzero(people),
        np.flatnonzero(partners),
        int(mine.capacity[people].sum()),
        int(np.maximum(places, 0).sum()),
    )


def explain_unpaired(choices: ChoiceExplainer, role: Role, people: Ints) -> Iterator[Explanation]:
    """Explain why people, given as positions on one side, have no partner."""
    result, scores, audience = choices.result, choices.scores, choices.audience
    side, other = scores.cohort.side(role), scores.cohort.side(OTHER_ROLE[role])
    names = rule_names(scores.scheme, audience)
    taken = result.made.positions(scores.cohort)[1 if role == "mentee" else 0]
    has_place = np.bincount(taken, minlength=len(other)) < other.capacity
    partners = scores.partners(role, people)
    for person, (acceptable, by_rule) in zip(people.tolist(), partners, strict=True):
        forbidden: dict[str, int] = {}
        for rule, count in by_rule.items():
            name = names.get(rule, rule)
            forbidden[name] = forbidden.get(name, 0) + count
        count, free = int(acceptable.sum()), int((acceptable & has_place).sum())
        n_other = count_text(len(other), audience)
        told = count_texts_of_parts({**forbidden, "": count}, audience)
        sentences = []
        if side.status[person] == "reserve":
            sentences.append("They are a reserve: pairs of two applicants come first.")
        if side.capacity[person] == 0:
            sentences.append("Their capacity is 0.")
        barred = dict.fromkeys(names.get(r, r) for r in scores.barred_by(role, person))
        if barred:
            sentences.append(f"They may not be paired with anybody: {', '.join(barred)}.")
        for rule, _ in sorted(forbidden.items(), key=lambda item: -item[1]):
            sentences.append(f"{told[rule]} of {n_other} {other.role}s: forbidden by {rule}.")
        facts: dict[str, Any] = {role: side.ids[person], "acceptable": told[""]}
        if audience == "coordinator":
            facts |= {"acceptable": count, "free": free}
        if not count:
            sentences.append(f"No {other.role} was acceptable.")
        else:
            sentences.append(f"{told['']} of {n_other} {other.role}s would have been acceptable.")
            sentences.append(
                f"{count_text(free, audience)} of them still {'has' if free == 1 else 'have'} a free "
                "place."
                if free
                else "All of these are paired with others, and have no place left."
            )
            if (
                acceptable
                & has_place
                & barred_by_quotas(result.scores, result.positions, role, person)
            ).any():
                sentences.append("A quota of the scheme allows no more pairs with some of them.")
            if side.capacity[person]:
                proof, more = _explain_shortage(choices, role, person)
                sentences += proof
                facts |= more
        yield Explanation(
            f"{role} {side.ids[person]} is not paired.",
            tuple(sentences),
            tuple(
                {"rule": rule, "forbade": number if audience == "coordinator" else told[rule]}
                for rule, number in forbidden.items()
            ),
            facts,
            audience,
        )


def _explain_shortage(
    choices: ChoiceExplainer, role: Role, person: int
) -> tuple[list[str], dict[str, Any]]:
    """Say who shares too few partners, and what it would cost to pair somebody all the same."""
    scores = choices.scores
    sentences: list[str] = []
    facts: dict[str, Any] = {}
    if scores.shape[0] * scores.shape[1] <= _MAX_PAIRS and choices.is_thorough:
        group = find_shortage(choices.result, role, person)
        if group is not None:
            sentences.append(_shortage_sentence(choices, role, group))
            facts["group"] = _group_facts(choices, role, group)
    partner = choices.cheapest(role, person)
    if partner is not None:
        pair = (person, partner) if role == "mentee" else (partner, person)
        moves, change = choices.explain_change(role, pair)
        shown = choices.ids(pair)[1 if role == "mentee" else 0]
        sentences.append(f"The least costly way to pair them would be with {shown}. {moves[0]}")
        sentences += moves[1:]
        facts["change"] = change
    return sentences, facts


def _shortage_sentence(choices: ChoiceExplainer, role: Role, group: Shortage) -> str:
    """Return the sentence that proves a shortage."""
    audience = choices.audience
    side, other = (choices.scores.cohort.side(one) for one in (role, OTHER_ROLE[role]))
    n_people, n_partners = group.people.size, group.partners.size
    who = f"{count_text(n_people, audience)} {role}{'s' if n_people > 1 else ''}"
    if group.wanted != n_people:
        who += f", who want {count_text(group.wanted, audience)} places,"
    one = n_partners == 1
    whom = f"{'this' if one else 'these'} {count_text(n_partners, audience)} {other.role}"
    whom += "" if one else "s"
    if group.places != n_partners:
        whom += f", who can give {'it' if n_people == 1 else 'them'} "
        whom += f"{count_text(group.places, audience)} places"
    sentence = f"{who} can only be served by {whom}"
    if audience != "coordinator":
        return f"{sentence}: too few for all."
    sentence += f" ({_ids_text([other.ids[at] for at in group.partners.tolist()])})"
    return f"{sentence}: {_ids_text([side.ids[at] for at in group.people.tolist()])}."


def _group_facts(choices: ChoiceExplainer, role: Role, group: Shortage) -> dict[str, Any]:
    if choices.audience != "coordinator":
        counts = {"people": group.people.size, "partners": group.partners.size}
        return {name: count_text(count, choices.audience) for name, count in counts.items()}
    side, other = (choices.scores.cohort.side(one) for one in (role, OTHER_ROLE[role]))
    return {
        "people": [side.ids[at] for at in group.people.tolist()],
        "partners": [other.ids[at] for at in group.partners.tolist()],
        "wanted": group.wanted,
        "places": group.places,
    }


def _ids_text(ids: list[str]) -> str:
    shown = ", ".join(sorted(ids)[:_MAX_SHOWN_IDS])
    return f"{shown} and {len(ids) - _MAX_SHOWN_IDS} more" if len(ids) > _MAX_SHOWN_IDS else shown
