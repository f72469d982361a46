"""What a scheme's quotas say of listed pairs, read from the people a second time."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from itertools import product
from typing import Any

import rmmatch as rm
from helpers.reference import same_words, values

Pairs = list[tuple[int, int]]


def missed_by(cohort: rm.Cohort, quota: dict[str, Any], pairs: Pairs) -> int:
    """By how many a quota is missed; `pairs` are positions."""

    def miss(count: int) -> int:
        most = quota["at_most"]
        over = 0 if most is None else max(0, count - most)
        return max(0, (quota["at_least"] or 0) - count) + over

    if quota["side"] == "pairs":
        return sum(miss(count) for count in _pairs_counted(cohort, quota, pairs))
    index = int(quota["side"] == "mentors")
    side, paired = cohort.sides[index], {pair[index] for pair in pairs}
    no_group = set(map(same_words, quota.get("any") or ()))
    cells = [_values(cell, no_group) for cell in side.columns[quota["column"]]]
    for column, answers in (quota.get("only_where") or {}).items():
        for p, answer in enumerate(side.columns[column]):
            if same_words(answer or "") not in map(same_words, answers):
                cells[p] = set()
    known = sorted(set().union(*cells)) if quota["value"] is None else [quota["value"]]
    if quota["parity"] is None:
        return sum(miss(sum(v in cells[p] for p in paired)) for v in known)
    groups = [
        [p for p in range(len(side)) if v in cells[p] and side.status[p] == "applicant"]
        for v in known
    ]
    groups = [group for group in groups if group]
    counts = [len(paired & set(group)) for group in groups]
    within = Fraction(str(quota["parity"]))
    room = [range(len(group) - n + 1) for group, n in zip(groups, counts, strict=True)]
    fewest = None
    for more in product(*room):
        rates = [Fraction(n + m, len(g)) for n, m, g in zip(counts, more, groups, strict=True)]
        if not rates or max(rates) - min(rates) <= within:
            fewest = sum(more) if fewest is None else min(fewest, sum(more))
    assert fewest is not None
    return fewest


def _values(cell: str | None, no_group: Collection[str] = ()) -> set[str]:
    return {value for value in values(cell) if same_words(value) not in no_group}


def _pairs_counted(cohort: rm.Cohort, quota: dict[str, Any], pairs: Pairs) -> list[int]:
    mentees, mentors = cohort.sides
    column = quota["column"]
    if column is None:
        wanted = (quota["mentee"] or {}, quota["mentor"] or {})
        return [
            sum(
                all(
                    value in _values(side.columns[name][person])
                    for side, person, asked in zip(cohort.sides, pair, wanted, strict=True)
                    for name, value in asked.items()
                )
                for pair in pairs
            )
        ]
    cells = [(mentees.columns[column][e], mentors.columns[column][m]) for e, m in pairs]
    no_group = {None, *map(same_words, quota.get("any") or ())}
    both = [(a, b) for a, b in cells if not {a and same_words(a), b and same_words(b)} & no_group]
    if quota["each"]:
        shared = set(mentees.columns[column]) & set(mentors.columns[column]) - {None}
        return [sum(a == b == value for a, b in both) for value in shared]
    return [sum((a == b) == (quota["relation"] == "same") for a, b in both)]
