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
from rmmatch.matching.repeats import pair_sentences
from rmmatch.matching.rule_words import exclusion_counts_text, exclusion_text
from rmmatch.numeric import MILLION, Ints
from rmmatch.scoring import PairScore, PairScores
from rmmatch.scoring.points import points_text, share_points

__all__ = ["explain_pairs", "most_points"]

Pair = tuple[int, int]
SentencesAndFacts = tuple[list[str], dict[str, Any]]
_PAIRS_PER_BLOCK = 64  # pairs whose partners are ranked at once; speed only
_MISSING_TEXTS = {
    "neutral": "missing data counts as half",
    "zero": "missing data counts as nothing",
    "ignore": "left out, because data is missing",
}


def explain_pairs(choices: ChoiceExplainer, mentees: Ints, mentors: Ints) -> list[Explanation]:
    """Explain listed pairs.

    Parameters
    ----------
    choices : ChoiceExplainer
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions on the two sides, in cohort order.

    Returns
    -------
    list of Explanation
        One a pair, in the order given.
    """
    scores = choices.scores
    pins = zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True)
    pinned = set(pins)
    orders = _partner_ranks(choices, mentees, mentors)
    positions = zip(mentees.tolist(), mentors.tolist(), strict=True)
    explanations = []
    for pair_score, pair, (rank_sentences, facts) in zip(
        scores.pairs(mentees, mentors), positions, orders, strict=True
    ):
        rows, sentences = _criterion_rows(choices, pair_score, pair)
        facts = {"mentee": pair_score.mentee, "mentor": pair_score.mentor, **facts}
        names = " and ".join(map(choices.person_text, OTHER_ROLE, pair))
        if pair_score.forbidden_by is not None:
            title = f"{names} cannot be paired."
            sentences = _broken_rules(choices, pair)
            facts = {"mentee": pair_score.mentee, "mentor": pair_score.mentor, "score": None}
        else:
            is_made = (pair_score.mentee, pair_score.mentor) in choices.made
            state = "are paired" if is_made else "could be paired, but are not"
            state += " (pinned)" if pair in pinned else ""
            title = f"{names} {state}: {points_text(pair_score.score)} out of 100."
            if choices.audience == "coordinator":
                sentences += pair_sentences(scores, *pair, is_made=is_made)
            sentences += rank_sentences
            if not is_made and choices.forcing is not None:
                change_sentences, facts["change"] = choices.explain_change("mentor", pair)
                sentences += ["To pair them:", *change_sentences]
        explanations.append(
            Explanation(title, tuple(sentences), tuple(rows), facts, choices.audience)
        )
    return explanations


def _broken_rules(choices: ChoiceExplainer, pair: Pair) -> list[str]:
    """Say which rules forbid a pair, and why."""
    scores, audience = choices.scores, choices.audience
    names = rule_names(scores.scheme, audience)
    contact = {
        scores.scheme.public_description(rule, index)
        for index, rule in enumerate(scores.scheme.rules)
        if shows_contact(rule.columns_used(), audience)
    }
    sentences: dict[str, None] = {}
    barred_by = [
        (choices.person_text(role, person), scores.barred_by(role, person))
        for role, person in zip(OTHER_ROLE, pair, strict=True)
    ]
    for rule, why in scores.broken_rules(*pair):
        name = names.get(rule, rule)
        words = exclusion_text(scores, name)
        if not words.startswith("excluded"):  # a rule on people, on no sensitive column
            people = [person for person, rules in barred_by if rule in rules]
            sentences |= dict.fromkeys(f"{person} {words}." for person in people)
        else:
            words = exclusion_counts_text(scores, {name: 1})[0].removeprefix("1 excluded")
            shown_why = f": {why}" if why and rule not in contact else ""
            sentences[f"Excluded{words}{shown_why}."] = None
    return list(sentences)


def _criterion_rows(
    choices: ChoiceExplainer, pair_score: PairScore, pair: Pair
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what each criterion gives a pair, as rows and as sentences."""
    scores = choices.scores
    rows: list[dict[str, Any]] = []
    sentences: list[str] = []
    points = share_points(list(pair_score.contributions.values()))
    most_of_criteria = most_points(scores, pair_score)
    for name, criterion, own_points, most in zip(
        scores.criteria, scores.scheme.criteria, points, most_of_criteria, strict=True
    ):
        raw, contribution = pair_score.raw[name], pair_score.contributions[name] / MILLION
        fact = criterion.fact(scores.cohort, scores.setting, *pair)
        if shows_contact(criterion.columns_used(), choices.audience):
            fact = ""
        if raw is None:
            fact = f"{fact + '; ' if fact else ''}{_MISSING_TEXTS[criterion.missing]}"
        rows.append(
            {
                "mentee": pair_score.mentee,
                "mentor": pair_score.mentor,
                "criterion": name,
                "score": np.nan if raw is None else raw,
                "weight": criterion.weight,
                "contribution": contribution,
                "fact": fact,
            }
        )
        points_of_most = f"{own_points} of {most} points" if most else f"{own_points} points"
        shown_name = name.replace("_", " ")
        sentences.append(f"{shown_name}: {points_of_most}{f' ({fact})' if fact else ''}.")
    return rows, sentences


def most_points(scores: PairScores, pair_score: PairScore) -> tuple[int, ...]:
    """Return how many points each criterion could give a pair, of 100 in all.

    0 where that is not known: where missing data of one criterion changes the weight of the others.

    Parameters
    ----------
    scores : PairScores
    pair_score : PairScore
        Of the pair.
    """
    criteria = scores.scheme.criteria
    is_reweighed = any(
        pair_score.raw[name] is None and criterion.missing == "ignore"
        for name, criterion in zip(scores.criteria, criteria, strict=True)
    )
    if is_reweighed:
        return (0,) * len(criteria)
    return share_points(
        [round(sum(scores.weighting.weight_factors(c))) for c in range(len(criteria))]
    )


@dataclass(frozen=True)
class _PartnerRank:
    """Where one side ranks its partner, and the best of the others.

    Attributes
    ----------
    rank, count : int
        Place of the partner, from 1, among so many acceptable people.
    best_other : int or None
        Position on the other side of the best person who is no partner.
    score, gain : int
        What the pair with that person would score, and how much more that is than the pair's own
        score; millionths.
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
    sentences_and_facts: list[SentencesAndFacts] = []
    for start in range(0, len(rows), _PAIRS_PER_BLOCK):
        block = rows[start : start + _PAIRS_PER_BLOCK], columns[start : start + _PAIRS_PER_BLOCK]
        own_scores = scores.scores_of_pairs(*block)
        views = scores.views(block[0], mentors)[0], scores.views(mentees, block[1])[1].T
        orders = [
            _partner_ranks_of_side(choices, role, block, own_scores, view)
            for role, view in zip(OTHER_ROLE, views, strict=True)
        ]
        pairs = zip(*(ends.tolist() for ends in block), strict=True)
        for pair, score, *ranks_of_pair in zip(pairs, own_scores.tolist(), *orders, strict=True):
            sides = [
                _rank_sentences(choices, role, pair, order)
                for role, order in zip(OTHER_ROLE, ranks_of_pair, strict=True)
            ]
            facts: dict[str, Any] = {"score": score / MILLION}
            for key in ("choice", "runner_up"):
                facts[key] = {
                    role: side[1][key] for role, side in zip(OTHER_ROLE, sides, strict=True)
                }
            sentences_and_facts.append(([*sides[0][0], *sides[1][0]], facts))
    return sentences_and_facts


def _partner_ranks_of_side(
    choices: ChoiceExplainer, role: Role, block: tuple[Ints, Ints], own_scores: Ints, view: Ints
) -> list[_PartnerRank]:
    """Return one side's order of partners, for listed pairs."""
    scores = choices.scores
    people, partners = block if role == "mentee" else block[::-1]
    own_values = np.take_along_axis(view, partners[:, None], axis=1)
    ranks, counts = (view > own_values).sum(axis=1) + 1, (view >= 0).sum(axis=1)
    by_id = scores.cohort.side(OTHER_ROLE[role]).by_id
    own_view = view[:, by_id]  # a copy, so that the first by id is the first of equals
    column_of_position = np.argsort(by_id)
    for row_values, person in zip(own_view, people.tolist(), strict=True):
        row_values[column_of_position[choices.partners(role, person)]] = -1
    best_columns = own_view.argmax(axis=1)
    best_others, has_other = (
        by_id[best_columns],
        own_view[np.arange(len(best_columns)), best_columns] >= 0,
    )
    other_scores = scores.scores_of_pairs(
        *((people, best_others) if role == "mentee" else (best_others, people))
    )
    return [
        _PartnerRank(rank, count, best_other if is_there else None, score, score - own_score)
        for rank, count, best_other, is_there, score, own_score in zip(
            *(
                column.tolist()
                for column in (ranks, counts, best_others, has_other, other_scores, own_scores)
            ),
            strict=True,
        )
    ]


def _rank_sentences(
    choices: ChoiceExplainer, role: Role, pair: Pair, order: _PartnerRank
) -> SentencesAndFacts:
    """Tell one side's order of partners, and why not the best of the others."""
    count_shown = count_text(order.count, choices.audience)
    own_idx = 0 if role == "mentee" else 1
    focus = choices.person_text(role, pair[own_idx], has_id=False)
    partner = choices.person_text(OTHER_ROLE[role], pair[1 - own_idx], has_id=False)
    choice: dict[str, Any] = {"place": order.rank, "of": order.count}
    if count_shown == FEWER_THAN_FIVE:
        place_text = f"one of {count_shown} suitable {OTHER_ROLE[role]}s"
        choice = {"place": None, "of": count_shown}
    elif order.count == 1:
        place_text = f"the only suitable {OTHER_ROLE[role]}"
    else:
        place_text = f"choice {order.rank} of {count_shown} suitable {OTHER_ROLE[role]}s"
    sentences = [f"For {focus}, {partner} is {place_text}."]
    facts: dict[str, Any] = {"choice": choice, "runner_up": None}
    if order.best_other is None or choices.ids(pair) not in choices.made:
        return sentences, facts
    other_pair = (pair[0], order.best_other) if role == "mentee" else (order.best_other, pair[1])
    other_id = choices.ids(other_pair)[1 - own_idx]
    rival = choices.person_text(OTHER_ROLE[role], order.best_other)
    rival_sentence = (
        f"The best other {OTHER_ROLE[role]} for {focus} is {rival}: "
        f"{score_difference_text(order.gain)}."
    )
    runner_up: dict[str, Any] = {"partner": other_id, "score": order.score / MILLION}
    if choices.forcing is not None:
        change_sentences, change = choices.explain_change(role, other_pair)
        rival_sentence = " ".join((rival_sentence, *change_sentences))
        runner_up = {**change, **runner_up}
    facts["runner_up"] = runner_up
    return [*sentences, rival_sentence], facts
