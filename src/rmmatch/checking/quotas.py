"""Whether the quotas are kept, and by how many the soft ones are missed."""

from __future__ import annotations

from collections.abc import Iterator

from rmmatch.checking.findings import Violation
from rmmatch.numeric import Ints
from rmmatch.scheme.quotas import QuotaInstance

__all__ = ["quota_costs", "quota_violations"]


def quota_violations(
    asked: tuple[QuotaInstance, ...], mentees: Ints, mentors: Ints
) -> Iterator[Violation]:
    """Yield the limits of hard quotas that listed pairs, given by positions, miss."""
    for meaning in asked:
        counts = meaning.counts(mentees, mentors)
        for limit in () if meaning.is_soft else meaning.violated_bounds(counts):
            got = meaning.sentence([counts[at] for at in limit.groups], limit.groups)
            message = f"{limit.label}: not kept; {got}"
            yield Violation(limit.label, "", "", message, code="quota")


def quota_costs(asked: tuple[QuotaInstance, ...], mentees: Ints, mentors: Ints) -> dict[str, int]:
    """Return what missing the soft quotas takes off each tier."""
    costs = {"total": 0, "quota_shortfall": 0}
    for meaning in asked:
        if meaning.is_soft:
            missed = meaning.shortfall(meaning.counts(mentees, mentors))
            costs["total"] += meaning.penalty * missed
            costs["quota_shortfall"] += 0 if meaning.penalty else missed
    return costs
