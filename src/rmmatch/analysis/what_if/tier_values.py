"""What two pairings are worth on the same tiers, where one of these decides in one of them only."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rmmatch.checking import values_on_tiers
from rmmatch.matching import Result
from rmmatch.matching.display import Shown, shown_value

__all__ = ["objective_on_tiers"]


def objective_on_tiers(result: Result, tiers: Collection[str]) -> Mapping[str, Shown]:
    """Return what a result is worth, also on tiers that decide only in another pairing.

    Parameters
    ----------
    result : Result
    tiers : collection of str
        Of the other pairing.

    Returns
    -------
    mapping of str to float or tuple of float
        As `Result.objective`.
    """
    if result.matching is None or result.objective.keys() >= set(tiers):
        return result.objective
    values = values_on_tiers(result.scores, *result.positions, (*result.values, *tiers))
    return {tier: shown_value(result.scheme, tier, value) for tier, value in values.items()}
