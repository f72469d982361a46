"""Why a pair: what each criterion gives it, each one's order, and the best of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import (
    FEWER_THAN_FIVE,
    count_text,
    rule_names,
    shows_contact,
)
from rmmatch.analysis.explanations.counterfactuals import (
    ChoiceExplainer,
    score_difference_text,
)
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.numeric import MILLION, Ints
from rmmatch.scoring import PairScore

__all__ = ["explain_pairs"]

Pair = tuple[int, int]
SentencesAndFacts = tuple[list[str], dict[str, Any]]
_PAIRS_PER_BLOCK = 64  # pairs whose partners are ranked at once
_MISSING_TEXTS = {
    "neutral": "counts as 0.5",
    "zero": "counts as 0",
    "ignore": "left out of the score",
}


def explain_pairs(choices: ChoiceExplainer, mentees: Ints, mentors: Ints) -> list[Explanation]:
    """Explain listed pairs, given as positions."""
    scores = choices.scores
    pins = zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True)
    pinned = set(pins)
    orders = _partner_ranks(choices, mentees, mentors)
    positions = zip(mentees.tolist(), mentors.tolist(), strict=True)
    explanations = []
    for one, at, (told, facts) in zip(
        scores.pairs(mentees, mentors), positions, orders, strict=True
    ):
        rows, sentences = _criterion_rows(choices, one, at)
        facts = {"mentee": one.mentee, "mentor": one.mentor, **facts}
        if one.forbidden_by is not None:
            title = f"{one.mentee} and {one.mentor} may not be paired."
            sentences = _broken_rules(choices, at)
            facts = {"mentee": one.mentee, "mentor": one.mentor, "score": None}
        else:
            is_made = (one.mentee, one.mentor) in choices.made
            state = "are paired" if is_made else "could be paired, and are not"
            state += " (pinned)" if at in pinned else ""
            title = f"{one.mentee} and {one.mentor} {state}: score {one.score / MILLION:.3f} of 1."
            sentences += told
            if not is_made and choices.forcing is not None:
                more, facts["change"] = choices.explain_change("mentor", at)
                sentences += ["To pair them:", *more]
        explanations.append(
            Explanation(title, tuple(sentences), tuple(rows), facts, choices.audience)
        )
    return explanations


def _broken_rules(choices: ChoiceExplainer, at: Pair) -> list[str]:
    """Say which rules forbid a pair, and why."""
    scores, audience = choices.scores, choices.audience
    names = rule_names(scores.scheme, audience)
    contact = {
        scores.scheme.public_description(rule, index)
        for index, rule in enumerate(scores.scheme.rules)
        if shows_contact(rule.columns_used(), audience)
    }
    told = [
        f"Forbidden by {names.get(rule, rule)}{': ' + why if why and rule not in contact else ''}."
        for rule, why in scores.broken_rules(*at)
    ]
    return list(dict.fromkeys(told))


def _criterion_rows(
    choices: ChoiceExplainer, one: PairScore, at: Pair
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what each criterion gives a pair, as rows and as sentences."""
    scores = choices.scores
    rows: list[dict[str, Any]] = []
    sentences: list[str] = []
    weights = sum(criterion.weight for criterion in scores.scheme.criteria)
    for name, criterion in zip(scores.criteria, scores.scheme.criteria, strict=True):
        raw, contribution = one.raw[name], one.contributions[name] / MILLION
        fact = criterion.fact(scores.cohort, scores.setting, *at)
        if shows_contact(criterion.columns_used(), choices.audience):
            fact = ""
        shown = f"missing, {_MISSING_TEXTS[criterion.missing]}" if raw is None else f"{raw:.3f}"
        rows.append(
            {
                "mentee": one.mentee,
                "mentor": one.mentor,
                "criterion": name,
                "score": np.nan if raw is None else raw,
                "weight": criterion.weight,
                "contribution": contribution,
                "fact": fact,
            }
        )
        sentences.append(
            f"{name}: {fact + '; ' if fact else ''}scores {shown}, weight {criterion.weight:g} of "
            f"{weights:g}, contributes {contribution:.3f}."
        )
    return rows, sentences


@dataclass(frozen=True)
class _PartnerRank:
    """Where one side puts a partner: the place, of how many; and the best of those not had.

    `gain` is how much more the pair with the other would score, in millionths.
    """

    rank: int
    count: int
    best_other: int | None
    score: int
    gain: int


def _partner_ranks(choices: ChoiceExplainer, rows: Ints, columns: Ints) -> list[SentencesAndFacts]:
    """Tell, for listed pairs, where each stands in the other's order, and who else stands high."""
    scores = choices.scores
    mentees, mentors = (np.arange(size) for size in scores.shape)
    told: list[SentencesAndFacts] = []
    for start in range(0, len(rows), _PAIRS_PER_BLOCK):
        some = rows[start : start + _PAIRS_PER_BLOCK], columns[start : start + _PAIRS_PER_BLOCK]
        own = scores.scores_of_pairs(*some)
        views = scores.views(some[0], mentors)[0], scores.views(mentees, some[1])[1].T
        orders = [
            _partner_ranks_of_side(choices, role, some, own, view)
            for role, view in zip(OTHER_ROLE, views, strict=True)
        ]
        pairs = zip(*(ends.tolist() for ends in some), strict=True)
        for pair, score, *both in zip(pairs, own.tolist(), *orders, strict=True):
            sides = [
                _rank_sentences(choices, role, pair, order)
                for role, order in zip(OTHER_ROLE, both, strict=True)
            ]
            facts: dict[str, Any] = {"score": score / MILLION}
            for key in ("choice", "runner_up"):
                facts[key] = {
                    role: one[1][key] for role, one in zip(OTHER_ROLE, sides, strict=True)
                }
            told.append(([*sides[0][0], *sides[1][0]], facts))
    return told


def _partner_ranks_of_side(
    choices: ChoiceExplainer, role: Role, some: tuple[Ints, Ints], own: Ints, view: Ints
) -> list[_PartnerRank]:
    """Return one side's order of partners, for listed pairs."""
    scores = choices.scores
    people, partners = some if role == "mentee" else some[::-1]
    mine = np.take_along_axis(view, partners[:, None], axis=1)
    places, counts = (view > mine).sum(axis=1) + 1, (view >= 0).sum(axis=1)
    by_id = scores.cohort.side(OTHER_ROLE[role]).by_id
    left = view[:, by_id]  # a copy, so that the first by id is the first of equals
    place = np.argsort(by_id)
    for line, person in zip(left, people.tolist(), strict=True):
        line[place[choices.partners(role)[person]]] = -1
    at = left.argmax(axis=1)
    others, there = by_id[at], left[np.arange(len(at)), at] >= 0
    theirs = scores.scores_of_pairs(*((people, others) if role == "mentee" else (others, people)))
    return [
        _PartnerRank(place, count, other if is_there else None, score, score - mine)
        for place, count, other, is_there, score, mine in zip(
            *(part.tolist() for part in (places, counts, others, there, theirs, own)), strict=True
        )
    ]


def _rank_sentences(
    choices: ChoiceExplainer, role: Role, pair: Pair, order: _PartnerRank
) -> SentencesAndFacts:
    """Tell one side's order of partners, and why not the best of the others."""
    shown = count_text(order.count, choices.audience)
    whom = f"{shown} acceptable {OTHER_ROLE[role]}{'' if shown == '1' else 's'}"
    if shown == FEWER_THAN_FIVE:
        sentences = [f"For the {role} this is one of {whom}."]
        choice: dict[str, Any] = {"place": None, "of": shown}
    else:
        sentences = [f"For the {role} this is choice {order.rank} of {whom}."]
        choice = {"place": order.rank, "of": order.count}
    facts: dict[str, Any] = {"choice": choice, "runner_up": None}
    if order.best_other is None or choices.ids(pair) not in choices.made:
        return sentences, facts
    instead = (pair[0], order.best_other) if role == "mentee" else (order.best_other, pair[1])
    ids = choices.ids(instead)
    name, focus = ids[::-1] if role == "mentee" else ids
    rival = (
        f"Of the others {name} would suit {focus} best: with {name} the score would be "
        f"{score_difference_text(order.gain)}."
    )
    runner: dict[str, Any] = {"partner": name, "score": order.score / MILLION}
    if choices.forcing is not None:
        told, change = choices.explain_change(role, instead)
        rival = " ".join((rival, *told))
        runner = {**change, **runner}
    facts["runner_up"] = runner
    return [*sentences, rival], facts
