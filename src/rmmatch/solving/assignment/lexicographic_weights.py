"""Several tiers in one integer, so that comparing the integers compares the tiers in order.

This is a number system with a base of its own at each place. Let two choices differ in tier ``j``
by at most ``span_j``. Tier ``i`` is multiplied by ``f_i``, the product of ``span_j + 1`` over all
later tiers ``j``. What the later tiers can change together is then

    Σ_{j>i} f_j · span_j = f_i - 1 < f_i

(by induction from the last tier, for which ``f = 1``): nothing is ever carried from a later tier
into an earlier one, and whoever is ahead by 1 in tier ``i`` is ahead in the sum. If tier ``j`` of
anything that is compared is at most ``top_j`` in size, the sum is at most ``Σ f_j · top_j`` in
size: this is what must fit into the integer.

Where numbers from ``-top`` to ``top`` are compared, ``span = 2·top``.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["lexicographic_weights"]


def lexicographic_weights(tops: Sequence[int], spans: Sequence[int], limit: int) -> list[int]:
    """Return the multipliers of as many leading tiers as fit into one integer together.

    Parameters
    ----------
    tops : sequence of int
        For each tier, in order, the largest size of its numbers, in the tier's unit; not negative.
    spans : sequence of int
        For each tier the most by which two choices can differ; that of the first is not looked at.
    limit : int
        What the sum of multipliers times `tops` may reach. A caller who adds up or scales the
        packed numbers divides the largest integer by that beforehand.

    Returns
    -------
    list of int
        For the leading tiers that fit, from the first on; the last of them is 1. Empty where the
        first tier alone is beyond the limit.

    Examples
    --------
    >>> lexicographic_weights([9, 5, 2], [9, 5, 2], limit=10**6)
    [18, 3, 1]
    >>> lexicographic_weights([9, 5, 2], [9, 5, 2], limit=100)
    [6, 1]
    >>> lexicographic_weights([9, 5, 2], [9, 5, 2], limit=8)
    []
    """
    factors: list[int] = []
    total = 0
    for top, span in zip(tops, spans, strict=True):
        total = total * (span + 1) + top
        if total > limit:
            break
        factors = [factor * (span + 1) for factor in factors] + [1]
    return factors
