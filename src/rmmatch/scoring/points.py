"""Points out of 100, in which people read scores; files for programs keep millionths."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.numeric import MILLION

__all__ = ["as_points", "points_text", "share_points"]

_POINT = MILLION // 100  # millionths of one point; wording


def as_points(millionths: int) -> int:
    """Return a score in whole points, halves away from 0.

    Parameters
    ----------
    millionths : int
        A score, a contribution or a difference of scores.

    Examples
    --------
    >>> as_points(800_000), as_points(804_999), as_points(-805_000)
    (80, 80, -81)
    """
    points = (abs(millionths) + _POINT // 2) // _POINT
    return points if millionths >= 0 else -points


def points_text(millionths: int) -> str:
    """Return a score, or the size of a difference, in words.

    Parameters
    ----------
    millionths : int
        As for `as_points`; of a difference the size is told, without a sign.

    Examples
    --------
    >>> points_text(800_000), points_text(10_000), points_text(4_000), points_text(0)
    ('80 points', '1 point', 'less than 1 point', '0 points')
    """
    size = abs(millionths)
    if 0 < size < _POINT:
        return "less than 1 point"
    points = as_points(size)
    return f"{points:,} point{'' if points == 1 else 's'}"


def share_points(contributions: Sequence[int]) -> tuple[int, ...]:
    """Return contributions in whole points that add up to the points of their sum.

    By largest remainder: each is rounded down, and the points that are then missing go to those
    that lost most; of equal ones to the first.

    Parameters
    ----------
    contributions : sequence of int
        Millionths, not negative; in the order of the criteria.

    Returns
    -------
    tuple of int
        Points, in the same order.

    Examples
    --------
    >>> share_points([333_333, 333_333, 333_334]), share_points([5_000, 5_000])
    ((33, 33, 34), (1, 0))
    """
    shares = [contribution // _POINT for contribution in contributions]
    n_missing = as_points(sum(contributions)) - sum(shares)
    order = sorted(range(len(shares)), key=lambda place: -(contributions[place] % _POINT))
    for place in order[:n_missing]:
        shares[place] += 1
    return tuple(shares)
