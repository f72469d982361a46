"""Points that people read add up, whatever they are the points of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rmmatch.scoring.points import as_points, share_points

contributions = st.lists(st.integers(0, 1_000_000), max_size=8)


@given(contributions)
def test_points_of_contributions_add_up_to_the_points_of_the_score(parts: list[int]) -> None:
    assert sum(share_points(parts)) == as_points(sum(parts))


@given(contributions)
def test_points_of_a_contribution_are_less_than_a_point_away_from_it(parts: list[int]) -> None:
    for points, part in zip(share_points(parts), parts, strict=True):
        assert abs(10_000 * points - part) < 10_000


@given(st.integers(-(10**7), 10**7))
def test_points_are_the_nearest_ones(score: int) -> None:
    assert abs(10_000 * as_points(score) - score) <= 5_000
