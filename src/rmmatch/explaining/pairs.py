"""Why a pair: what each criterion gives it, each one's order, and the best of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Role
from rmmatch.explaining.audiences import FEW, counted, rule_names, shows_contact
from rmmatch.explaining.choices import OTHER, Choices, apart
from rmmatch.explaining.model import Explanation
from rmmatch.scoring import PairScore
from rmmatch.scoring.weighing import MILLION

__all__ = ["explain_pairs"]

Ints = NDArray[np.int64]
Pair = tuple[int, int]
Told = tuple[list[str], dict[str, Any]]
_STRIP = 64  # pairs whose partners are ranked at once
_HANDLED = {"neutral": "counts as 0.5", "zero": "counts as 0", "ignore": "left out of the score"}


def explain_pairs(choices: Choices, mentees: Ints, mentors: Ints) -> list[Explanation]:
    """Explain listed pairs, given as positions."""
    scores = choices.scores
    pins = zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True)
    pinned = set(pins)
    orders = _orders(choices, mentees, mentors)
    positions = zip(mentees.tolist(), mentors.tolist(), strict=True)
    explanations = []
    for one, at, (told, facts) in zip(
        scores.pairs(mentees, mentors), positions, orders, strict=True
    ):
        rows, sentences = _criteria(choices, one, at)
        facts = {"mentee": one.mentee, "mentor": one.mentor, **facts}
        if one.forbidden_by is not None:
            title = f"{one.mentee} and {one.mentor} may not be paired."
            sentences = _broken(choices, at)
            facts = {"mentee": one.mentee, "mentor": one.mentor, "score": None}
        else:
            is_made = (one.mentee, one.mentor) in choices.made
            state = "are paired" if is_made else "could be paired, and are not"
            state += " (pinned)" if at in pinned else ""
            title = f"{one.mentee} and {one.mentor} {state}: score {one.score / MILLION:.3f} of 1."
            sentences += told
            if not is_made and choices.forcing is not None:
                more, facts["change"] = choices.change("mentor", at)
                sentences += ["To pair them:", *more]
        explanations.append(
            Explanation(title, tuple(sentences), tuple(rows), facts, choices.audience)
        )
    return explanations


def _broken(choices: Choices, at: Pair) -> list[str]:
    """Say which rules forbid a pair, and why."""
    scores, audience = choices.scores, choices.audience
    names = rule_names(scores.scheme, audience)
    contact = {
        scores.scheme.named(rule, index)
        for index, rule in enumerate(scores.scheme.rules)
        if shows_contact(rule.columns_used(), audience)
    }
    told = [
        f"Forbidden by {names.get(rule, rule)}{': ' + why if why and rule not in contact else ''}."
        for rule, why in scores.broken_rules(*at)
    ]
    return list(dict.fromkeys(told))


def _criteria(choices: Choices, one: PairScore, at: Pair) -> tuple[list[dict[str, Any]], list[str]]:
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
        shown = f"missing, {_HANDLED[criterion.missing]}" if raw is None else f"{raw:.3f}"
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


def _orders(choices: Choices, rows: Ints, columns: Ints) -> list[Told]:
    """Tell, for listed pairs, where each stands in the other's order, and who else stands high."""
    scores = choices.scores
    mentees, mentors = (np.arange(size) for size in scores.shape)
    told: list[Told] = []
    for start in range(0, len(rows), _STRIP):
        some = rows[start : start + _STRIP], columns[start : start + _STRIP]
        own = scores.listed_scores(*some).tolist()
        views: tuple[tuple[Role, Ints, Ints], ...] = (
            ("mentee", scores.views(some[0], mentors)[0], some[1]),
            ("mentor", scores.views(mentees, some[1])[1].T, some[0]),
        )
        sides: list[list[Told]] = []
        for role, view, partners in views:
            mine = np.take_along_axis(view, partners[:, None], axis=1)
            places, counts = (view > mine).sum(axis=1) + 1, (view >= 0).sum(axis=1)
            best = _runners_up(choices, role, some, view)
            sides.append(
                [
                    _of_one(choices, role, pair, score, place, count, other)
                    for *pair, score, place, count, other in zip(
                        *(ends.tolist() for ends in some),
                        own,
                        places.tolist(),
                        counts.tolist(),
                        best,
                        strict=True,
                    )
                ]
            )
        for score, of_mentee, of_mentor in zip(own, *sides, strict=True):
            facts: dict[str, Any] = {"score": score / MILLION}
            for key in ("choice", "runner_up"):
                facts[key] = {"mentee": of_mentee[1][key], "mentor": of_mentor[1][key]}
            told.append(([*of_mentee[0], *of_mentor[0]], facts))
    return told


def _runners_up(
    choices: Choices, role: Role, some: tuple[Ints, Ints], view: Ints
) -> list[int | None]:
    """Return for each pair the partner one side would like best of those they do not have."""
    scores = choices.scores
    other = scores.cohort.side(OTHER[role])
    by_id = other.by_id
    found: list[int | None] = []
    for person, line in zip((some[0] if role == "mentee" else some[1]).tolist(), view, strict=True):
        line = line.copy()
        line[choices.partners(role)[person]] = -1
        best = int(by_id[np.argmax(line[by_id])])
        found.append(best if line[best] >= 0 else None)
    return found


def _of_one(
    choices: Choices,
    role: Role,
    pair: list[int],
    score: int,
    place: int,
    count: int,
    other: int | None,
) -> Told:
    """Tell one side's order of partners: the place of this one, and the best of the others."""
    shown = counted(count, choices.audience)
    whom = f"{shown} acceptable {OTHER[role]}{'' if shown == '1' else 's'}"
    if shown == FEW:
        sentences = [f"For the {role} this is one of {whom}."]
        choice: dict[str, Any] = {"place": None, "of": shown}
    else:
        sentences = [f"For the {role} this is choice {place} of {whom}."]
        choice = {"place": place, "of": count if choices.audience == "coordinator" else shown}
    facts: dict[str, Any] = {"choice": choice, "runner_up": None}
    is_made = choices.ids((pair[0], pair[1])) in choices.made
    if other is None or not is_made:
        return sentences, facts
    instead = (pair[0], other) if role == "mentee" else (other, pair[1])
    theirs = int(choices.scores.listed_scores(*(np.array([end]) for end in instead))[0])
    ids = choices.ids(instead)
    name, focus = ids[::-1] if role == "mentee" else ids
    rival = (
        f"Of the others {name} would suit {focus} best: with {name} the score would be "
        f"{apart(theirs - score)}."
    )
    runner: dict[str, Any] = {"partner": name, "score": theirs / MILLION}
    if choices.forcing is not None:
        told, change = choices.change(role, instead)
        rival = " ".join((rival, *told))
        runner = {**change, **runner}
    facts["runner_up"] = runner
    return [*sentences, rival], facts
