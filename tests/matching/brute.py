"""Every valid matching of a small cohort, straight from the scheme and the people.

Nothing of the library is asked but the scores of the pairs. Which pairs are acceptable, who may
have how many, and what a matching is worth is written here a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

import rmmatch as rm

YES = {"yes", "y", "true", "1"}


@dataclass
class Best:
    """The lexicographic optimum, by tier; None where no matching is valid."""

    values: dict[str, int] | None
    matchings: list[frozenset[tuple[str, str]]]


def is_acceptable(cohort: rm.Cohort, scheme: rm.Scheme, e: int, m: int, score: int) -> bool:
    """Whether the rules used in these tests allow a pair."""
    mentees, mentors = cohort.mentees, cohort.mentors
    ids = mentees.ids[e], mentors.ids[m]
    if ids[0] == ids[1] or "withdrawn" in (mentees.status[e], mentors.status[m]):
        return False
    if _related(cohort, "declined", ids) or _related(cohort, "forbidden", ids):
        return False
    for rule in scheme.rules:
        told: dict[str, Any] = rule.model_dump()
        if told["type"] == "pairs" and ids in {tuple(pair) for pair in told["forbid"]}:
            return False
        if told["type"] == "relations" and any(_related(cohort, k, ids) for k in told["forbid"]):
            return False
        if told["type"] == "minimum_score" and score < round(1_000_000 * told["at_least"]):
            return False
        if told["type"] == "eligible":
            cells = [mentees.columns[told["column"]][e], mentors.columns[told["column"]][m]]
            if any(cell is None or cell.strip().lower() not in YES for cell in cells):
                return False
        if told["type"] == "attribute":
            cells = [mentees.columns[told["column"]][e], mentors.columns[told["column"]][m]]
            if None in cells:
                if told["missing"] == "forbid":
                    return False
            elif (cells[0] == cells[1]) != (told["relation"] == "same"):
                return False
    return True


def _related(cohort: rm.Cohort, kind: str, ids: tuple[str, str]) -> bool:
    relation = cohort.relations.get(kind)
    if relation is None:
        return False
    return any(
        (cohort.mentees.ids[e], cohort.mentors.ids[m]) == ids
        for e, m in zip(relation.mentees.tolist(), relation.mentors.tolist(), strict=True)
    )


def acceptable_pairs(
    cohort: rm.Cohort, scheme: rm.Scheme, weighed: np.ndarray
) -> list[tuple[int, int]]:
    """All acceptable pairs; `weighed` are the scores, as if nothing were forbidden."""
    shape = len(cohort.mentees), len(cohort.mentors)
    return [
        (e, m)
        for e, m in product(range(shape[0]), range(shape[1]))
        if is_acceptable(cohort, scheme, e, m, int(weighed[e, m]))
    ]


def best_by_enumeration(
    cohort: rm.Cohort, scheme: rm.Scheme, pins: set[tuple[str, str]], weighed: np.ndarray
) -> Best:
    """Try every set of acceptable pairs."""
    ids = cohort.mentees.ids, cohort.mentors.ids
    pairs = acceptable_pairs(cohort, scheme, weighed)
    is_pin = [(ids[0][e], ids[1][m]) in pins for e, m in pairs]
    assert sum(is_pin) == len(pins), "a pin is not acceptable"
    free = [pair for pair, pin in zip(pairs, is_pin, strict=True) if not pin]
    pairs = [pair for pair, pin in zip(pairs, is_pin, strict=True) if pin] + free
    chosen = np.ones((2 ** len(free), len(pairs)), dtype=np.int64)
    codes = np.arange(2 ** len(free))[:, None]
    chosen[:, len(pins) :] = (codes >> np.arange(len(free))) & 1

    valid = np.ones(len(chosen), dtype=bool)
    priority = np.zeros(len(chosen), dtype=np.int64)
    for index, side in enumerate(cohort.sides):
        for person in range(len(side)):
            theirs = [at for at, pair in enumerate(pairs) if pair[index] == person]
            load = chosen[:, theirs].sum(axis=1)
            valid &= load <= side.capacity[person]
            if side.status[person] == "applicant":
                valid &= load >= side.min_load[person]
            priority += np.where(load > 0, side.priority[person], 0)
    if not valid.any():
        return Best(None, [])

    scores = np.array([weighed[pair] for pair in pairs], dtype=np.int64)
    applicants = np.array(
        ["reserve" not in (cohort.mentees.status[e], cohort.mentors.status[m]) for e, m in pairs],
        dtype=np.int64,
    )
    worth = {
        "pairs": chosen.sum(axis=1),
        "priority": priority,
        "total": chosen @ scores,
        "applicants": chosen @ (applicants * (scores if scheme.objective[0] == "total" else 1)),
    }
    has_reserves = any("reserve" in side.status for side in cohort.sides)
    tiers = [*(["applicants"] if has_reserves else []), *scheme.objective]
    left = valid
    values = {}
    for tier in tiers:
        values[tier] = int(worth[tier][left].max())
        left = left & (worth[tier] == values[tier])
    matchings = [
        frozenset((ids[0][pairs[at][0]], ids[1][pairs[at][1]]) for at in np.flatnonzero(row))
        for row in chosen[left]
    ]
    return Best(values, matchings)
