"""Whether the quotas are kept, and by how many the soft ones are missed."""

from __future__ import annotations

from collections.abc import Iterator

from rmmatch.checking.violations import Violation
from rmmatch.numeric import Ints
from rmmatch.scheme.quotas import QuotaInstance

__all__ = ["quota_costs", "quota_violations"]


def quota_violations(
    quotas: tuple[QuotaInstance, ...], mentees: Ints, mentors: Ints
) -> Iterator[Violation]:
    """Yield the bounds of hard quotas that listed pairs miss.

    Parameters
    ----------
    quotas : tuple of QuotaInstance
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions, cohort order.
    """
    for quota in quotas:
        counts = quota.counts(mentees, mentors)
        for bound in () if quota.is_soft else quota.violated_bounds(counts):
            counts_text = quota.sentence([counts[group] for group in bound.groups], bound.groups)
            message = f"{bound.label}: not kept; {counts_text}"
            yield Violation(bound.label, "", "", message, code="quota")


def quota_costs(quotas: tuple[QuotaInstance, ...], mentees: Ints, mentors: Ints) -> dict[str, int]:
    """Return what missing the soft quotas takes off each tier.

    Parameters
    ----------
    quotas : tuple of QuotaInstance
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions of the pairs, cohort order.

    Returns
    -------
    dict of str to int
        Penalties in millionths for ``total``, numbers of misses for ``quota_shortfall``.
    """
    costs = {"total": 0, "quota_shortfall": 0}
    for quota in quotas:
        if quota.is_soft:
            n_missed = quota.shortfall(quota.counts(mentees, mentors))
            costs["total"] += quota.penalty * n_missed
            costs["quota_shortfall"] += 0 if quota.penalty else n_missed
    return costs
