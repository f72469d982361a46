"""The values of tiers as people read them."""

from __future__ import annotations

import math
from typing import TypeAlias

from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scheme.objectives import applicants_by_score
from rmmatch.scheme.tiers import TIERS

__all__ = ["Shown", "Value", "percentage_at_most", "shown_text", "shown_value", "unit_of"]


_MAX_SHOWN_ROWS = 100  # pairs, or people, of a table; wording
_MAX_SHOWN_ITEMS = 8  # numbers of a tier that compares lists; wording

Value: TypeAlias = int | tuple[int, ...]
Shown: TypeAlias = float | tuple[float, ...]


def shown_value(scheme: Scheme, tier: str, value: Value) -> Shown:
    """Return a tier's value as people read it: scores in units of 1, counts as they are.

    Parameters
    ----------
    scheme : Scheme
    tier : str
    value : int or tuple of int
        As of `Result.values`.
    """
    unit = unit_of(scheme, tier)
    if isinstance(value, tuple):
        return tuple(item / unit for item in value) if unit > 1 else value
    return value / unit if unit > 1 else value * unit


def unit_of(scheme: Scheme, tier: str) -> int:
    """Return what a tier's value is divided by to be read: -1 where people count what is lost.

    Parameters
    ----------
    scheme : Scheme
        Whose objective says whether pairs of applicants count by their scores.
    tier : str
    """
    kind = TIERS[tier]
    if kind.direction == "min":
        return -1
    # pairs of two applicants count by the tier they stand before
    is_score = kind.origin == "reserves" and applicants_by_score(scheme.aims)
    return MILLION if is_score or kind.unit == "millionths" else 1


def percentage_at_most(share: float) -> str:
    """Return a share above 0 as a percentage, rounded up to two digits that count.

    Parameters
    ----------
    share : float
        Above 0.

    Examples
    --------
    >>> percentage_at_most(0.011231), percentage_at_most(0.00001267), percentage_at_most(1)
    ('1.13%', '0.0013%', '100.00%')
    """
    digits = max(2, -math.floor(math.log10(100 * share)) + 1)
    return f"{math.ceil(100 * share * 10**digits) / 10**digits:.{digits}f}%"


def shown_text(value: Shown) -> str:
    """Return a tier's value in few words: of a list the first items.

    Parameters
    ----------
    value : float or tuple of float
        As `shown_value` returns it.
    """
    if not isinstance(value, tuple):
        return f"{value:.6g}"
    more = " …" if len(value) > _MAX_SHOWN_ITEMS else ""
    return "(" + " ".join(f"{item:.4g}" for item in value[:_MAX_SHOWN_ITEMS]) + more + ")"
