"""Why somebody has no partner: excluded by what, who shares too few, what pairing them costs."""

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
from rmmatch.matching.rule_words import exclusion_text, partners_excluded_text
from rmmatch.matching.unpaired import barred_by_quotas
from rmmatch.numeric import Ints

__all__ = ["Shortage", "explain_unpaired", "find_shortage"]

_MAX_PAIRS = 4_000_000  # acceptable or not; above, no shortage is looked for; wording
_MAX_SHOWN_PEOPLE = 8  # in a sentence; wording
# Parts of the other side beside those that rules exclude; no rule has such a name.
_SUITABLE, _WITHOUT_PLACES = "", " "


@dataclass(frozen=True, eq=False)
class Shortage:
    """People who together want more places than their partners have (Hall, 1935).

    Attributes
    ----------
    people : ndarray of int64, shape (n_people,)
        Positions on one side, in cohort order.
    partners : ndarray of int64, shape (n_partners,)
        Positions on the other side: everybody acceptable to any of the people.
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
        Position on that side, in cohort order, of somebody with fewer pairs than capacity.

    Returns
    -------
    Shortage or None
        None where somebody among the partners has a place left, so that it is not a shortage.
    """
    scores = result.scores
    is_allowed = scores.to_numpy() >= 0
    is_made, is_pinned = np.zeros_like(is_allowed), np.zeros_like(is_allowed)
    is_made[result.made.positions(result.cohort)] = True
    is_pinned[scores.pins.mentees, scores.pins.mentors] = True
    if role == "mentor":
        is_allowed, is_made, is_pinned = is_allowed.T, is_made.T, is_pinned.T
    own_side, partner_side = result.cohort.side(role), result.cohort.side(OTHER_ROLE[role])
    is_full = is_made.sum(axis=0) >= partner_side.capacity
    is_possible, is_movable = is_allowed & ~is_made, is_made & ~is_pinned
    is_in_group = np.zeros(len(own_side), dtype=np.bool_)
    is_new = is_in_group.copy()
    is_new[person] = True
    while is_new.any():
        is_in_group |= is_new
        is_partner = is_possible[is_in_group].any(axis=0)
        if not is_full[is_partner].all():
            return None
        is_new = is_movable[:, is_partner].any(axis=1) & ~is_in_group
    is_partner = is_allowed[is_in_group].any(axis=0)
    offered = partner_side.capacity - is_pinned[~is_in_group].sum(axis=0)
    places = np.minimum(offered, is_allowed[is_in_group].sum(axis=0))[is_partner]
    return Shortage(
        np.flatnonzero(is_in_group),
        np.flatnonzero(is_partner),
        int(own_side.capacity[is_in_group].sum()),
        int(np.maximum(places, 0).sum()),
    )


def explain_unpaired(choices: ChoiceExplainer, role: Role, people: Ints) -> Iterator[Explanation]:
    """Explain why people of one side have no partner.

    Parameters
    ----------
    choices : ChoiceExplainer
    role : {'mentee', 'mentor'}
        The people's side.
    people : ndarray of int64, shape (n_people,)
        Positions on that side, in cohort order.

    Yields
    ------
    Explanation
        One a person, in the order given.
    """
    result, scores, audience = choices.result, choices.scores, choices.audience
    side, partner_side = scores.cohort.side(role), scores.cohort.side(OTHER_ROLE[role])
    names = rule_names(scores.scheme, audience)
    paired = result.made.positions(scores.cohort)[1 if role == "mentee" else 0]
    has_place = np.bincount(paired, minlength=len(partner_side)) < partner_side.capacity
    partners = scores.partners(role, people)
    has_any_place = partner_side.capacity > 0
    for person, (acceptable, by_rule) in zip(people.tolist(), partners, strict=True):
        excluded: dict[str, int] = {}
        for rule, count in by_rule.items():
            name = names.get(rule, rule)
            excluded[name] = excluded.get(name, 0) + count
        count, n_free = int((acceptable & has_any_place).sum()), int((acceptable & has_place).sum())
        n_without_places = int((acceptable & ~has_any_place).sum())
        n_other = count_text(len(partner_side), audience)
        parts = {**excluded, _WITHOUT_PLACES: n_without_places, _SUITABLE: count}
        shown_counts = count_texts_of_parts(parts, audience)
        count_texts = {
            name: f"{text} of {n_other} {partner_side.role}s" for name, text in shown_counts.items()
        }
        sentences = []
        if side.status[person] == "reserve":
            sentences.append("They are a reserve: applicants are paired first.")
        if side.capacity[person] == 0:
            sentences.append("They have no places (a capacity of 0).")
        barring_rules = dict.fromkeys(
            names.get(rule, rule) for rule in scores.barred_by(role, person)
        )
        sentences += [f"Not eligible: {exclusion_text(scores, rule)}." for rule in barring_rules]
        # of somebody who cannot be paired at all, counts say nothing of the partners
        counted_rules = sorted(excluded.items(), key=lambda item: -item[1]) * (not barring_rules)
        for rule, _ in counted_rules:
            words = partners_excluded_text(scores, rule, count_texts[rule])
            were = "was excluded" if words.startswith("1 of") else "were excluded"
            sentences.append(f"{words.replace(' excluded', f' {were}', 1)}.")
        if n_without_places and not barring_rules:
            sentences.append(f"{count_texts[_WITHOUT_PLACES]} had no places.")
        facts: dict[str, Any] = {role: side.ids[person], "acceptable": shown_counts[_SUITABLE]}
        if audience == "coordinator":
            facts |= {"acceptable": int(acceptable.sum()), "free": n_free}
        if not barring_rules:
            sentences += _suitable_sentences(choices, role, (count, n_free), count_texts[_SUITABLE])
        is_barred = barred_by_quotas(result.scores, result.positions, role, person)
        if (acceptable & has_place & is_barred).any():
            sentences.append("A quota allows no more pairs with some of them.")
        if acceptable.any() and side.capacity[person]:
            shortage_sentences, shortage_facts = _explain_shortage(choices, role, person)
            sentences += shortage_sentences
            facts |= shortage_facts
        yield Explanation(
            f"{choices.person_text(role, person)} has no partner.",
            tuple(sentences),
            tuple(
                {
                    "rule": rule,
                    "forbade": number if audience == "coordinator" else shown_counts[rule],
                }
                for rule, number in excluded.items()
            ),
            facts,
            audience,
        )


def _suitable_sentences(
    choices: ChoiceExplainer, role: Role, counts: tuple[int, int], count_text_of_all: str
) -> Iterator[str]:
    """Say how many partners were suitable, and how many of them have a free place."""
    count, n_free = counts
    if not count:
        yield f"No {OTHER_ROLE[role]} was suitable."
        return
    is_coordinator = choices.audience == "coordinator"
    is_single = count == 1 and is_coordinator
    yield f"{count_text_of_all} {'was' if is_single else 'were'} suitable."
    if n_free:
        has = "has" if n_free == 1 and is_coordinator else "have"
        yield f"{count_text(n_free, choices.audience)} of them still {has} a free place."
    elif is_single:
        yield "That one was paired with someone else."
    else:
        yield "All of them were paired with someone else."


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
        shown = choices.person_text(OTHER_ROLE[role], partner)
        sentences.append(f"The least costly partner for them would be {shown}. {moves[0]}")
        sentences += moves[1:]
        facts["change"] = change
    return sentences, facts


def _shortage_sentence(choices: ChoiceExplainer, role: Role, group: Shortage) -> str:
    """Return the sentence that proves a shortage."""
    audience, partner_role = choices.audience, OTHER_ROLE[role]
    n_people, n_partners = group.people.size, group.partners.size
    is_alone = n_people == 1 and audience == "coordinator"
    people_text = f"{count_text(n_people, audience)} {role}{'' if is_alone else 's'}"
    if group.wanted != n_people:
        people_text += f", who want {count_text(group.wanted, audience)} places,"
    is_single = n_partners == 1 and audience == "coordinator"
    sentence = f"{people_text} can only be paired with {count_text(n_partners, audience)} "
    sentence += f"{partner_role}{'' if is_single else 's'}"
    if group.places != n_partners:
        places = count_text(group.places, audience)
        have = "has" if is_single else "have"
        sentence += f", who {have} {places} place{'' if places == '1' else 's'} for them"
    if audience != "coordinator":
        return f"{sentence}: there are too few for all."
    partners, people = (
        _people_text(choices, side_role, positions)
        for side_role, positions in ((partner_role, group.partners), (role, group.people))
    )
    return f"{sentence}: {partners}. The {role}{' is' if is_alone else 's are'}: {people}."


def _group_facts(choices: ChoiceExplainer, role: Role, group: Shortage) -> dict[str, Any]:
    if choices.audience != "coordinator":
        counts = {"people": group.people.size, "partners": group.partners.size}
        return {name: count_text(count, choices.audience) for name, count in counts.items()}
    side, partner_side = (
        choices.scores.cohort.side(side_role) for side_role in (role, OTHER_ROLE[role])
    )
    return {
        "people": [side.ids[person] for person in group.people.tolist()],
        "partners": [partner_side.ids[person] for person in group.partners.tolist()],
        "wanted": group.wanted,
        "places": group.places,
    }


def _people_text(choices: ChoiceExplainer, role: Role, people: Ints) -> str:
    ids = choices.scores.cohort.side(role).ids
    by_id = sorted(people.tolist(), key=lambda person: ids[person])
    shown = ", ".join(choices.person_text(role, person) for person in by_id[:_MAX_SHOWN_PEOPLE])
    n_more = len(by_id) - _MAX_SHOWN_PEOPLE
    return f"{shown} and {n_more} more" if n_more > 0 else shown
