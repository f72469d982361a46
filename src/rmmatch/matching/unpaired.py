"""Why somebody has no partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.quotas import CountedGroup, QuotaInstance, quota_instances
from rmmatch.scoring import PairScores

__all__ = ["barred_by_quotas", "is_everybody_paired", "unpaired_rows"]


def is_everybody_paired(cohort: Cohort, positions: tuple[Ints, Ints]) -> bool:
    """Tell whether everybody of both sides has a partner.

    Parameters
    ----------
    cohort : Cohort
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.
    """
    sides = zip(cohort.sides, positions, strict=True)
    return all(np.unique(paired).size == len(side) for side, paired in sides)


def unpaired_rows(
    scores: PairScores, positions: tuple[Ints, Ints]
) -> tuple[tuple[str, Role, str], ...]:
    """Return the people without a partner, mentees first, each with the reason.

    Parameters
    ----------
    scores : PairScores
        Of the cohort that was paired.
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.

    Returns
    -------
    tuple of (id, side, reason)
    """
    rows: list[tuple[str, Role, str]] = []
    sides = scores.cohort.sides
    has_place_by_side = [
        np.bincount(paired, minlength=len(side)) < side.capacity
        for side, paired in zip(sides, positions, strict=True)
    ]
    quotas = _hard_quotas(scores)
    for side, paired, has_place in zip(sides, positions, has_place_by_side[::-1], strict=True):
        people = np.flatnonzero(np.bincount(paired, minlength=len(side)) == 0)
        partners = scores.partners(side.role, people)
        for person, (acceptable, forbidden) in zip(people.tolist(), partners, strict=True):
            barred_by = scores.barred_by(side.role, person)
            is_available = acceptable & has_place
            is_barred = _barred_partners(quotas, positions, scores.shape, side.role, person)
            n_partners = (
                int(acceptable.sum()),
                int(is_available.sum()),
                int((is_available & is_barred).sum()),
            )
            reason = _unpaired_reason(side, person, n_partners, forbidden, barred_by)
            rows.append((side.ids[person], side.role, reason))
    return tuple(rows)


def barred_by_quotas(
    scores: PairScores, positions: tuple[Ints, Ints], role: Role, person: int
) -> Bools:
    """Tell with whom one more pair of somebody would break a hard quota that is kept now.

    Parameters
    ----------
    scores : PairScores
        Of the cohort that was paired.
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`. The person is in none of them.
    role : {'mentee', 'mentor'}
        The person's side.
    person : int
        A position in cohort order.

    Returns
    -------
    ndarray of bool, shape (n_people of the other side,)
        In cohort order.
    """
    return _barred_partners(_hard_quotas(scores), positions, scores.shape, role, person)


def _hard_quotas(scores: PairScores) -> list[QuotaInstance]:
    scheme = scores.scheme
    quotas = quota_instances(scheme.quotas, scores.cohort, scheme.setting)
    return [quota for quota in quotas if not quota.is_soft]


def _barred_partners(
    quotas: Sequence[QuotaInstance],
    positions: tuple[Ints, Ints],
    shape: tuple[int, int],
    role: Role,
    person: int,
) -> Bools:
    """Return what `barred_by_quotas` does, of quotas and pairs at hand."""
    partner_pos = np.arange(shape[role == "mentee"])
    person_pos = np.full(partner_pos.size, person)
    pairs = (person_pos, partner_pos) if role == "mentee" else (partner_pos, person_pos)
    is_barred = np.zeros(partner_pos.size, dtype=np.bool_)
    for quota in quotas:
        counts = quota.counts(*positions)
        violated = quota.violated_bounds(counts)
        counts_after = [
            count + _added_counts(group, positions, pairs)
            for count, group in zip(counts, quota.groups, strict=True)
        ]
        for bound in quota.bounds:
            if bound in violated:
                continue
            weighted_groups = zip(bound.groups, bound.weights, strict=True)
            activity = np.sum(
                [weight * counts_after[group] for group, weight in weighted_groups], axis=0
            )
            if bound.least is not None:
                is_barred |= activity < bound.least
            if bound.most is not None:
                is_barred |= activity > bound.most
    return is_barred


def _added_counts(
    group: CountedGroup, positions: tuple[Ints, Ints], pairs: tuple[Ints, Ints]
) -> Ints:
    """Return what each pair alone would add to the count of a group."""
    if group.side == "pairs":
        return group.contains(*pairs).astype(np.int64)
    side_idx = int(group.side == "mentors")
    paired, partner_pos = positions[side_idx], pairs[side_idx]
    is_new = np.isin(partner_pos, group.people) & ~np.isin(partner_pos, paired)
    return is_new.astype(np.int64)


def _unpaired_reason(
    side: Side,
    person: int,
    n_partners: tuple[int, int, int],
    forbidden: Mapping[str, int],
    barred_by: Sequence[str],
) -> str:
    """Return why somebody has no partner, in words.

    `n_partners` counts the acceptable partners, those of them with a free place, and those of
    the latter whom a quota bars.
    """
    n_acceptable, n_free, n_barred = n_partners
    if side.status[person] == "withdrawn":
        return "withdrew"
    if side.capacity[person] == 0:
        return "has a capacity of 0"
    if barred_by:
        return f"may not be paired: {', '.join(barred_by)}"
    if not n_acceptable:
        most_first = sorted(forbidden.items(), key=lambda item: -item[1])
        counts = ", ".join(f"{count} by {rule}" for rule, count in most_first)
        return f"no acceptable partner; forbidden: {counts}" if counts else "nobody to pair with"
    if side.status[person] == "reserve":
        return "reserve, not needed"
    partner_role = "mentor" if side.role == "mentee" else "mentee"
    state = f"{n_free} with a free place" if n_free else "paired with others"
    if n_barred:
        with_text = "" if n_barred == n_free else f" with {n_barred} of these"
        state += f"; a quota of the scheme allows no more pairs{with_text}"
    return f"{n_acceptable} acceptable {partner_role}{'s' * (n_acceptable > 1)}, {state}"
