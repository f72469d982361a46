"""Why somebody has no partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from rmmatch.cohort import OTHER_ROLE, Cohort, Role, Side
from rmmatch.matching.rule_words import exclusion_counts_text, exclusion_text
from rmmatch.numeric import Bools, Ints
from rmmatch.scheme.quotas import CountedGroup, QuotaInstance, quota_instances
from rmmatch.scoring import PairScores

__all__ = [
    "UnpairedKind",
    "UnpairedPerson",
    "barred_by_quotas",
    "is_everybody_paired",
    "unpaired_rows",
]

UnpairedKind: TypeAlias = Literal[
    "not_eligible", "nobody_suitable", "outbid", "withdrew", "reserve"
]


class UnpairedPerson(NamedTuple):
    """Somebody without a partner.

    Attributes
    ----------
    id : str
    side : {'mentee', 'mentor'}
    reason : str
        Why, in a sentence without a full stop; those of one kind read alike.
    kind : {'not_eligible', 'nobody_suitable', 'outbid', 'withdrew', 'reserve'}
        Whether the person could not take part (a rule on people, or no places); whether rules
        excluded every partner; whether all suitable partners went to others; whether the person
        left; or whether a reserve was not needed.
    """

    id: str
    side: Role
    reason: str
    kind: UnpairedKind


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


def unpaired_rows(scores: PairScores, positions: tuple[Ints, Ints]) -> tuple[UnpairedPerson, ...]:
    """Return the people without a partner, mentees first, each with the reason.

    Parameters
    ----------
    scores : PairScores
        Of the cohort that was paired.
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.

    Returns
    -------
    tuple of (id, side, reason, kind)
    """
    rows: list[UnpairedPerson] = []
    sides = scores.cohort.sides
    has_place_by_side = [
        np.bincount(paired, minlength=len(side)) < side.capacity
        for side, paired in zip(sides, positions, strict=True)
    ]
    quotas = _hard_quotas(scores)
    for side, paired, has_place in zip(sides, positions, has_place_by_side[::-1], strict=True):
        people = np.flatnonzero(np.bincount(paired, minlength=len(side)) == 0)
        partners = scores.partners(side.role, people)
        has_any_place = scores.cohort.side(OTHER_ROLE[side.role]).capacity > 0
        for person, (acceptable, excluded) in zip(people.tolist(), partners, strict=True):
            suitable = acceptable & has_any_place
            is_available = suitable & has_place
            is_barred = _barred_partners(quotas, positions, scores.shape, side.role, person)
            n_partners = _PartnerCounts(
                int(suitable.sum()),
                int(is_available.sum()),
                int((is_available & is_barred).sum()),
                int((acceptable & ~has_any_place).sum()),
            )
            kind, reason = _kind_and_reason(scores, side, person, n_partners, excluded)
            rows.append(UnpairedPerson(side.ids[person], side.role, reason, kind))
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


class _PartnerCounts(NamedTuple):
    """How many partners are suitable, have a free place, are barred by a quota, have no places.

    Those with a free place are among the suitable ones, and those barred among the former; those
    without places are not suitable, though no rule excludes them.
    """

    suitable: int
    free: int
    barred: int
    without_places: int


def _kind_and_reason(
    scores: PairScores,
    side: Side,
    person: int,
    n_partners: _PartnerCounts,
    excluded: Mapping[str, int],
) -> tuple[UnpairedKind, str]:
    """Return why somebody has no partner, as a kind and in words."""
    if side.status[person] == "withdrawn":
        return "withdrew", "withdrew from the scheme"
    if side.capacity[person] == 0:
        return "not_eligible", "not eligible: has no places (a capacity of 0)"
    barred_by = scores.barred_by(side.role, person)
    if barred_by:
        reasons = dict.fromkeys(exclusion_text(scores, rule) for rule in barred_by)
        return "not_eligible", f"not eligible: {' and '.join(reasons)}"
    partner_role = OTHER_ROLE[side.role]
    if not n_partners.suitable:
        counts = exclusion_counts_text(scores, excluded)
        if n_partners.without_places:
            counts.append(f"{n_partners.without_places} had no places")
        reason = ", ".join(counts) or f"there are no {partner_role}s"
        return "nobody_suitable", f"nobody was suitable: {reason}"
    if side.status[person] == "reserve":
        return "reserve", "is a reserve, and was not needed"
    return "outbid", _outbid_reason(partner_role, n_partners)


def _outbid_reason(partner_role: Role, n_partners: _PartnerCounts) -> str:
    """Say that there were suitable partners, and where they are."""
    is_single = n_partners.suitable == 1
    reason = f"1 {partner_role} was" if is_single else f"{n_partners.suitable} {partner_role}s were"
    reason += " suitable, but "
    if not n_partners.free:
        return reason + ("was" if is_single else "all were") + " paired with someone else"
    reason += "was not chosen; " if is_single else "none was chosen; "
    have = "has" if n_partners.free == 1 else "have"
    subject = f"the {partner_role}" if is_single else f"{n_partners.free} of them"
    reason += f"{subject} still {have} a free place"
    if not n_partners.barred:
        return reason
    reason += ", but a quota allows no more pairs"
    return reason + f" with {n_partners.barred} of these" * (n_partners.barred < n_partners.free)
