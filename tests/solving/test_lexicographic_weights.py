"""Tiers packed into one integer compare as the tiers do in order, and stay within the limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights

TOPS = st.lists(st.integers(0, 10**6), min_size=1, max_size=6)


def packed(factors: list[int], values: tuple[int, ...]) -> int:
    return sum(factor * value for factor, value in zip(factors, values, strict=True))


@given(st.data(), TOPS, st.integers(0, 2**62))
def test_packed_tiers_compare_as_tiers_in_order(
    data: st.DataObject, tops: list[int], limit: int
) -> None:
    # values from -top to top, so two of them differ by 2·top at most
    factors = lexicographic_weights(tops, [2 * top for top in tops], limit)
    leading = tops[: len(factors)]
    first, second = (
        tuple(data.draw(st.integers(-top, top) | st.sampled_from([-top, top])) for top in leading)
        for _ in range(2)
    )
    assert (packed(factors, first) < packed(factors, second)) == (first < second)
    assert abs(packed(factors, first)) <= limit


@given(TOPS, st.integers(0, 2**62))
def test_as_many_leading_tiers_as_fit(tops: list[int], limit: int) -> None:
    spans = [2 * top for top in tops]
    n_packed = len(lexicographic_weights(tops, spans, limit))
    for count in range(1, len(tops) + 1):
        factors = lexicographic_weights(tops[:count], spans[:count], 2**999)
        assert (packed(factors, tuple(tops[:count])) <= limit) == (count <= n_packed)
