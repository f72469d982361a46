"""Why somebody has no partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rmmatch.cohort import Role, Side
from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.quotas import CountedGroup, QuotaInstance, quota_instances

if TYPE_CHECKING:
    from rmmatch.matching.result import Result

__all__ = ["barred_by_quotas", "unpaired_rows"]


def unpaired_rows(result: Result) -> tuple[tuple[str, Role, str], ...]:
    """Return the people without a partner, mentees first: (id, side, reason)."""
    rows: list[tuple[str, Role, str]] = []
    sides = result.cohort.sides
    positions = result.made.positions(result.cohort)
    free = [
        np.bincount(paired, minlength=len(side)) < side.capacity
        for side, paired in zip(sides, positions, strict=True)
    ]
    asked = _hard_quotas(result)
    for side, paired, has_place in zip(sides, positions, free[::-1], strict=True):
        people = np.flatnonzero(np.bincount(paired, minlength=len(side)) == 0)
        partners = result.scores.partners(side.role, people)
        for person, (acceptable, forbidden) in zip(people.tolist(), partners, strict=True):
            barred = result.scores.barred_by(side.role, person)
            open_ = acceptable & has_place
            by_quota = open_ & _barred_partners(
                asked, positions, result.scores.shape, side.role, person
            )
            counts = int(acceptable.sum()), int(open_.sum()), int(by_quota.sum())
            reason = _unpaired_reason(side, person, counts, forbidden, barred)
            rows.append((side.ids[person], side.role, reason))
    return tuple(rows)


def barred_by_quotas(result: Result, role: Role, person: int) -> Bools:
    """Tell with whom one more pair of somebody would break a hard quota that is kept now.

    Parameters
    ----------
    result : Result
        With a matching, in which the person has no partner.
    role : {'mentee', 'mentor'}
    person : int
        A position.

    Returns
    -------
    ndarray of bool, shape (n_people of the other side,)
    """
    positions = result.made.positions(result.cohort)
    return _barred_partners(_hard_quotas(result), positions, result.scores.shape, role, person)


def _hard_quotas(result: Result) -> list[QuotaInstance]:
    asked = quota_instances(result.scheme.quotas, result.cohort, result.scheme.setting)
    return [meaning for meaning in asked if not meaning.is_soft]


def _barred_partners(
    asked: Sequence[QuotaInstance],
    positions: tuple[Ints, Ints],
    shape: tuple[int, int],
    role: Role,
    person: int,
) -> Bools:
    """Return what `barred_by_quotas` does, of quotas and pairs at hand."""
    others = np.arange(shape[role == "mentee"])
    same = np.full(others.size, person)
    pairs = (same, others) if role == "mentee" else (others, same)
    barred = np.zeros(others.size, dtype=np.bool_)
    for meaning in asked:
        counts = meaning.counts(*positions)
        broken = meaning.violated_bounds(counts)
        after = [
            count + _added_counts(group, positions, pairs)
            for count, group in zip(counts, meaning.groups, strict=True)
        ]
        for limit in meaning.bounds:
            if limit in broken:
                continue
            weighed = zip(limit.groups, limit.weights, strict=True)
            reached = np.sum([weight * after[group] for group, weight in weighed], axis=0)
            if limit.least is not None:
                barred |= reached < limit.least
            if limit.most is not None:
                barred |= reached > limit.most
    return barred


def _added_counts(
    group: CountedGroup, positions: tuple[Ints, Ints], pairs: tuple[Ints, Ints]
) -> Ints:
    """Return what each pair alone would add to the count of a group."""
    if group.side == "pairs":
        return group.contains(*pairs).astype(np.int64)
    at = int(group.side == "mentors")
    is_new = np.isin(pairs[at], group.people) & ~np.isin(pairs[at], positions[at])
    return is_new.astype(np.int64)


def _unpaired_reason(
    side: Side,
    person: int,
    partners: tuple[int, int, int],
    forbidden: Mapping[str, int],
    barred: Sequence[str],
) -> str:
    """Say why.

    `partners` counts the acceptable ones, those of them with a free place, and those of these whom
    a quota bars.
    """
    n_acceptable, n_free, n_barred = partners
    if side.status[person] == "withdrawn":
        return "withdrew"
    if side.capacity[person] == 0:
        return "has a capacity of 0"
    if barred:
        return f"may not be paired: {', '.join(barred)}"
    if not n_acceptable:
        most_first = sorted(forbidden.items(), key=lambda item: -item[1])
        counts = ", ".join(f"{count} by {rule}" for rule, count in most_first)
        return f"no acceptable partner; forbidden: {counts}" if counts else "nobody to pair with"
    if side.status[person] == "reserve":
        return "reserve, not needed"
    other = "mentor" if side.role == "mentee" else "mentee"
    state = f"{n_free} with a free place" if n_free else "paired with others"
    if n_barred:
        whom = "" if n_barred == n_free else f" with {n_barred} of these"
        state += f"; a quota of the scheme allows no more pairs{whom}"
    return f"{n_acceptable} acceptable {other}{'s' * (n_acceptable > 1)}, {state}"
