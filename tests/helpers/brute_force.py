"""Every valid matching of a small cohort, straight from the scheme and the people.

Nothing of the library is asked but the scores of the pairs. Which pairs are acceptable, who may
have how many, and what a matching is worth is written here a second time.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

import rmmatch as rm
from helpers.quota_counts import missed_by

YES = {"yes", "y", "true", "1"}


@dataclass
class Best:
    """The lexicographic optimum, by tier; None where no matching is valid.

    The matchings are the best on all tiers; the values are of those tiers that may decide.
    """

    values: dict[str, Any] | None
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


def idle_tiers(cohort: rm.Cohort, scheme: rm.Scheme, names: list[str]) -> list[str]:
    """Return the tiers that cannot decide, which a result leaves out; `names` are all of them."""
    there = [
        (index, str(side.status[at]), int(side.capacity[at]), int(side.priority[at]))
        for index, side in enumerate(cohort.sides)
        for at in range(len(side))
    ]
    active = [entry for entry in there if entry[1] != "withdrawn" and entry[2] > 0]
    is_alone = [aim.tier for aim in scheme.aims] == ["priority"]
    idle = []
    if "priority" in names and not is_alone and not any(entry[3] for entry in active):
        idle = ["priority"]
    for aim in scheme.aims:
        is_barred = any(aim.relation in getattr(r, "forbid", ()) for r in scheme.rules)
        if aim.tier == "fewest" and (is_barred or not len(cohort.relation(aim.relation))):
            idle.append(aim.label)
    left = [name for name in names if name not in idle]
    if {"pairs", "participation"} <= set(left) and all(entry[2] == 1 for entry in active):
        at = left.index("participation")
        strict = not any(aim.within for aim in scheme.aims if aim.tier == "pairs")
        close = "pairs" in left[: at + 2]
        sides = {entry[0] for entry in there if entry[1] == "reserve"}
        first = next((aim.tier for aim in scheme.aims if aim.tier != "kept_pairs"), "")
        counted = "applicants" in names and first != "total"
        if strict and close and (not sides or (len(sides) == 1 and counted)):
            idle.append("participation")
    return idle


def comparable(tier: str, value: Any) -> Any:
    """What a larger one of is better, compared as Python compares."""
    if tier == "leximin":
        return (*value, float("inf"))  # fewer pairs: nobody where another has their worst
    return value


@dataclass
class Table:
    """Some valid choices among some pairs, and what each is worth, one after the other."""

    cohort: rm.Cohort
    scheme: rm.Scheme
    pairs: list[tuple[int, int]]
    scores: np.ndarray
    choices: np.ndarray
    n_pins: int  # these come first

    def worth(self, aim: Any) -> list[Any]:
        measure = self.count if aim.tier == "pairs" else getattr(self, aim.tier)
        return [measure(aim, np.flatnonzero(row)) for row in self.choices]

    def count(self, aim: Any, taken: np.ndarray) -> int:
        return len(taken)

    def total(self, aim: Any, taken: np.ndarray) -> int:
        return int(self.scores[taken].sum())

    def participation(self, aim: Any, taken: np.ndarray) -> int:
        """How many applicants have a partner, both sides together."""
        paired = [{self.pairs[at][side] for at in taken} for side in (0, 1)]
        return sum(
            self.cohort.sides[side].status[person] == "applicant"
            for side in (0, 1)
            for person in paired[side]
        )

    def kept_pairs(self, aim: Any, taken: np.ndarray) -> int:
        mentees, mentors = self.cohort.sides
        ids = [(mentees.ids[e], mentors.ids[m]) for e, m in (self.pairs[at] for at in taken)]
        return sum(_related(self.cohort, aim.kind or "kept", pair) for pair in ids)

    def fewest(self, aim: Any, taken: np.ndarray) -> int:
        mentees, mentors = self.cohort.sides
        ids = [(mentees.ids[e], mentors.ids[m]) for e, m in (self.pairs[at] for at in taken)]
        return -sum(_related(self.cohort, aim.kind or "past_pair", pair) for pair in ids)

    def worst_pair(self, aim: Any, taken: np.ndarray) -> int:
        return min((int(self.scores[at]) for at in taken), default=0)

    def leximin(self, aim: Any, taken: np.ndarray) -> tuple[int, ...]:
        return tuple(sorted(int(self.scores[at]) for at in taken))

    def nash(self, aim: Any, taken: np.ndarray) -> int:
        return sum(round(1e6 * math.log(max(1, int(self.scores[at])))) for at in taken)

    def spread(self, aim: Any, taken: np.ndarray) -> tuple[int, ...]:
        side = 0 if aim.side == "mentees" else 1
        loads = Counter(self.pairs[at][side] for at in taken)
        most = max(loads.values(), default=0)
        return tuple(sum(load >= k for load in loads.values()) for k in range(1, most + 1))

    def blocking_pairs(self, aim: Any, taken: np.ndarray) -> int:
        """How many pairs would rather have each other, as a number below 0."""
        others = set(range(len(self.pairs))) - set(taken.tolist())
        return -sum(all(self._would(at, side, taken) for side in (0, 1)) for at in others)

    def _would(self, at: int, side: int, taken: np.ndarray) -> bool:
        person = self.pairs[at][side]
        mine = [other for other in taken.tolist() if self.pairs[other][side] == person]
        if len(mine) < self.cohort.sides[side].capacity[person]:
            return True
        wishes = {other: self._wish(other, side) for other in (at, *mine)}
        return any(wishes[other] < wishes[at] for other in mine if other >= self.n_pins)

    def _wish(self, at: int, side: int) -> tuple[bool, int]:
        partner = self.cohort.sides[1 - side].status[self.pairs[at][1 - side]]
        return partner != "reserve", int(self.scores[at])

    def rank_profile(self, aim: Any, taken: np.ndarray) -> Any:
        """How many pairs have each rank; for the generous one compared from the worst rank on."""
        side = 1 if aim.side == "mentors" else 0
        ranks = []
        for at in taken:
            me = self.pairs[at][side]
            mine = [s for pair, s in zip(self.pairs, self.scores, strict=True) if pair[side] == me]
            ranks.append(1 + sum(score > self.scores[at] for score in mine))
        counts = tuple(ranks.count(rank) for rank in range(1, max(ranks, default=0) + 1))
        return Generous(counts) if aim.generous else counts


class Generous(tuple):
    """Counts by rank, better with fewer of the worst rank."""

    def __gt__(self, other: Any) -> bool:
        size = max(len(self), len(other))
        mine, theirs = ([0] * (size - len(one)) + list(one[::-1]) for one in (self, other))
        return mine < theirs


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
                enough = load >= side.min_load[person]
                valid &= enough | (load == 0) if scheme.min_load == "if_used" else enough
            priority += np.where(load > 0, side.priority[person], 0)
    chosen, priority, valid = chosen[valid], priority[valid], valid[valid]
    listed = [[pairs[at] for at in np.flatnonzero(row)] for row in chosen]
    costs = {"total": np.zeros(len(chosen), int), "quota_shortfall": np.zeros(len(chosen), int)}
    for quota in scheme.quotas:
        told = quota.model_dump()
        missed = np.array([missed_by(cohort, told, some) for some in listed], dtype=np.int64)
        if quota.penalty is not None:
            costs["total"] += round(1_000_000 * quota.penalty) * missed
        elif quota.soft:
            costs["quota_shortfall"] += missed
        else:
            valid &= missed == 0
    if not valid.any():
        return Best(None, [])

    scores = np.array([weighed[pair] for pair in pairs], dtype=np.int64)
    applicants = np.array(
        ["reserve" not in (cohort.mentees.status[e], cohort.mentors.status[m]) for e, m in pairs],
        dtype=np.int64,
    )
    valid_choices = chosen[valid].astype(bool)
    table = Table(cohort, scheme, pairs, scores, valid_choices, len(pins))
    named = scheme.aims
    steps: list[tuple[str, float, list[Any]]] = []
    for aim in named:
        if aim.tier == "priority":
            steps.append(("priority", aim.within, [int(one) for one in priority[valid]]))
        elif aim.tier == "quota_shortfall":
            steps.append((aim.tier, aim.within, (-costs[aim.tier][valid]).tolist()))
        elif aim.tier == "total":
            worth = np.array(table.worth(aim)) - costs["total"][valid]
            steps.append((aim.tier, aim.within, worth.tolist()))
        else:
            steps.append((aim.label, aim.within, table.worth(aim)))
    has_reserves = any("reserve" in side.status for side in cohort.sides)
    if has_reserves and named[0].tier != "blocking_pairs":
        n_before = int(named[0].tier == "kept_pairs")  # what is kept comes before anything else
        by_score = [aim.tier for aim in named[n_before:]][:1] == ["total"]
        first = chosen @ (applicants * (scores if by_score else 1))
        steps.insert(n_before, ("applicants", 0.0, [int(one) for one in first[valid]]))
    left = list(range(len(valid_choices)))
    values: dict[str, Any] = {}
    for tier, within, worth in steps:
        values[tier] = max((worth[at] for at in left), key=lambda one: comparable(tier, one))
        if within:
            left = [
                at
                for at in left
                if worth[at] >= values[tier] - Fraction(str(within)) * abs(values[tier])
            ]
        else:
            left = [at for at in left if worth[at] == values[tier]]
    for tier in idle_tiers(cohort, scheme, [tier for tier, _, _ in steps]):
        del values[tier]
    chosen = valid_choices
    matchings = [
        frozenset((ids[0][pairs[at][0]], ids[1][pairs[at][1]]) for at in np.flatnonzero(row))
        for row in chosen[left]
    ]
    return Best(values, matchings)
