"""The warm start: first arcs, and prices close to the right ones, from small samples of people.

The smallest sample is solved over all its pairs. Its prices are extended to a larger one: a person
is worth what the best partner in the sample would leave them. With such prices few arcs a person
are enough, those with the largest reduced weight ``score - u - v``; the largest scores alone would
crowd round the people everybody wants.

Positions are in id order, scores and prices int64 millionths (invariants I1 and I5). Samples decide
how long solving takes, never what comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.column_generation.arc_pool import ArcArrays, best_arcs_per_person, concatenate
from rmmatch.solving.column_generation.oracle_scan import scan
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.formulation.implicit_tiers import LoadBounds

__all__ = ["InitialColumns", "artificial_discount", "columns_for_unmatched", "initial_columns"]

_MAX_WHOLE_SAMPLE_PEOPLE = 600  # people a side whose pairs are all taken; speed only
_SAMPLE_GROWTH_FACTOR = 10  # times each sample is larger than the one before, about; speed only
_INITIAL_ARCS_PER_PERSON = 24  # arcs a person to begin with; speed only
_MIN_ARCS_PER_PERSON = 6  # arcs a person needs at least to begin with; speed only
_DISCOUNT_RANK_FACTOR = 10  # times the rank at which the initial arcs end; speed only
_MAX_MARGIN_DOUBLINGS = 6  # times the margin is doubled for those who have fewer; speed only
_PROBE_ROWS_AND_COLUMNS = 64, 4096  # people whose reduced weights are sampled; speed only
_NO_PARTNER_GAIN = -(2**59)  # millionths, below the gain of any pair; exactness


@dataclass(frozen=True, eq=False, slots=True)
class InitialColumns:
    """The first arcs, and prices to begin with; what is proved depends on neither (invariant I3).

    Attributes
    ----------
    rows, columns, scores : ndarray of int64, shape (n_arcs,)
        Acceptable pairs, in no order, some perhaps twice; scores in millionths.
    prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,), or None
        For the first tier of scores, in millionths.
    margin : int
        How far below their prices pairs may be worth and still be among the first arcs, in
        millionths.
    holds_all_arcs : bool
        Whether these are all acceptable pairs.
    """

    rows: Ints
    columns: Ints
    scores: Ints
    prices: DualPrices | None
    margin: int
    holds_all_arcs: bool


def initial_columns(
    oracle: PricingOracle,
    load_bounds: LoadBounds,
    rng: np.random.Generator,
    price: Callable[[LoadBounds], DualPrices],
) -> InitialColumns:
    """Return the arcs to begin with.

    Parameters
    ----------
    oracle : PricingOracle
    load_bounds : LoadBounds
        Fixed pairs are not added.
    rng : numpy.random.Generator
        Draws the samples: they decide how long it takes, never what comes out.
    price : callable
        Returns good prices, in millionths, of a smaller problem, in which people with a maximum
        load of 0 are left out.
    """
    rows, columns = _people_with_places(load_bounds)
    ratio = math.sqrt(rows.size * columns.size) / _MAX_WHOLE_SAMPLE_PEOPLE
    if ratio <= 1:
        return InitialColumns(
            *_pairs_among(oracle, rows, columns, rng), None, 0, holds_all_arcs=True
        )
    ratio = max(ratio, _SAMPLE_GROWTH_FACTOR)  # a tenth of the people is enough of some thousands
    share = ratio ** (-1 / max(1, round(math.log(ratio, _SAMPLE_GROWTH_FACTOR))))
    sample_rows, sample_columns = (
        np.sort(rng.choice(people, max(1, int(share * people.size)), replace=False))
        for people in (rows, columns)
    )
    max_loads = (
        np.zeros_like(load_bounds.max_load_mentees),
        np.zeros_like(load_bounds.max_load_mentors),
    )
    min_loads = np.zeros_like(max_loads[0]), np.zeros_like(max_loads[1])
    max_loads[0][sample_rows] = load_bounds.max_load_mentees[sample_rows]
    max_loads[1][sample_columns] = load_bounds.max_load_mentors[sample_columns]
    sample_prices = price(LoadBounds(min_loads[0], max_loads[0], min_loads[1], max_loads[1]))
    prices = _extend_prices(oracle, sample_prices, (sample_rows, sample_columns), (rows, columns))
    arcs, margin = _good_arcs(oracle, prices, rows, columns, rng)
    return InitialColumns(*arcs, prices, margin, holds_all_arcs=False)


def _people_with_places(load_bounds: LoadBounds) -> tuple[Ints, Ints]:
    """Return the positions of people who may have a partner."""
    return np.flatnonzero(load_bounds.max_load_mentees), np.flatnonzero(
        load_bounds.max_load_mentors
    )


def _pairs_among(
    oracle: PricingOracle, rows: Ints, columns: Ints, rng: np.random.Generator
) -> ArcArrays:
    """Return all acceptable pairs of some people."""
    return concatenate(list(scan(oracle, None, rows, columns, rng)))


def _extend_prices(
    oracle: PricingOracle,
    sample_prices: DualPrices,
    sample: tuple[Ints, Ints],
    people: tuple[Ints, Ints],
) -> DualPrices:
    """Price people outside the sample so that the best pair of each with the sample gains 0."""
    prices = sample_prices[0].copy(), sample_prices[1].copy()
    rows, columns = (
        np.flatnonzero(_mask_of(size, positions) & ~_mask_of(size, sampled))
        for size, positions, sampled in zip(oracle.shape, people, sample, strict=True)
    )
    best_gains = (
        oracle.row_best(sample_prices[1], rows, sample[1])[rows],
        oracle.column_best(sample_prices[0], sample[0], columns)[columns],
    )
    for price, new, gains, sampled in zip(prices, (rows, columns), best_gains, sample, strict=True):
        lowest = min(0, int(price[sampled].min()))
        price[new] = np.maximum(np.where(gains < _NO_PARTNER_GAIN, 0, gains), lowest)
    return prices


def _good_arcs(
    oracle: PricingOracle,
    prices: DualPrices,
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[ArcArrays, int]:
    """Return the arcs with the largest reduced weights, and the margin."""
    gains, rank = _sampled_reduced_weights(oracle, prices, rows, columns, rng)
    margin = max(1, 1 - int(gains[rank])) if gains.size else 1

    def within(rows: Ints, columns: Ints, limit: int, side: int | None) -> ArcArrays:
        return _arcs_within_margin(oracle, (*prices, limit), rows, columns, margin, side, rng)

    # Where masses of pairs are worth as much, whole groups of people may have no others among the
    # best: some that are worth less serve them.
    n_tied = int(np.searchsorted(-gains, margin))
    is_crowded = n_tied > 2 * rank + 2
    wide_margin = 1 - int(gains[min(4 * n_tied, gains.size - 1)]) if is_crowded else margin
    parts = [within(rows, columns, wide_margin, None)]
    poor_rows = _people_with_few_arcs(rows, [parts[0][0]])
    poor_columns = _people_with_few_arcs(columns, [parts[0][1]])
    for _ in range(_MAX_MARGIN_DOUBLINGS):
        if not (poor_rows.size or poor_columns.size):
            break
        wide_margin *= 2
        parts.append(within(poor_rows, columns, wide_margin, 0))
        parts.append(within(rows, poor_columns, wide_margin, 1))
        poor_rows = _people_with_few_arcs(poor_rows, [arcs[0] for arcs in parts])
        poor_columns = _people_with_few_arcs(poor_columns, [arcs[1] for arcs in parts])
    return concatenate(parts), margin


def columns_for_unmatched(
    oracle: PricingOracle,
    load_bounds: LoadBounds,
    prices: DualPrices,
    margin: int,
    unmatched: tuple[Ints, Ints],
    rng: np.random.Generator,
) -> ArcArrays:
    """Return more arcs of people without a partner, who may have to take less than is known.

    Parameters
    ----------
    oracle : PricingOracle
    load_bounds : LoadBounds
    prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
        Millionths.
    margin : int
        How far below their prices the arcs may be worth, in millionths.
    unmatched : tuple of ndarray of int64
        Positions of mentees and mentors, in any order, some perhaps twice.
    rng : numpy.random.Generator
    """
    parts = []
    for side, people in enumerate(unmatched):
        sides = list(_people_with_places(load_bounds))
        sides[side] = np.flatnonzero(_mask_of(oracle.shape[side], people))
        parts.append(
            _arcs_within_margin(oracle, (*prices, margin), sides[0], sides[1], margin, side, rng)
        )
    return concatenate(parts)


def _arcs_within_margin(
    oracle: PricingOracle,
    cutoff: tuple[Ints, Ints, int],
    rows: Ints,
    columns: Ints,
    margin: int,
    side: int | None,
    rng: np.random.Generator,
) -> ArcArrays:
    """Return good arcs of the people on both sides, or of those on one."""
    keep_best = partial(
        _best_arcs_within_margin, u=cutoff[0], v=cutoff[1], margin=margin, side=side, rng=rng
    )
    parts = scan(oracle, cutoff, rows, columns, rng, per_row=4 * _INITIAL_ARCS_PER_PERSON)
    return keep_best(concatenate([keep_best(pairs) for pairs in parts]))


def _sampled_reduced_weights(
    oracle: PricingOracle,
    prices: DualPrices,
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, int]:
    """Return the reduced weights of drawn pairs, falling, and the rank where initial arcs end."""
    u, v = prices
    probe_rows, probe_columns = (
        np.sort(rng.choice(people, min(people.size, count), replace=False))
        for people, count in zip((rows, columns), _PROBE_ROWS_AND_COLUMNS, strict=True)
    )
    pair_rows, pair_columns, scores = _pairs_among(oracle, probe_rows, probe_columns, rng)
    gains = np.sort(scores - u[pair_rows] - v[pair_columns])[::-1]
    share = _INITIAL_ARCS_PER_PERSON * max(rows.size, columns.size) / (rows.size * columns.size)
    return gains, min(int(share * probe_rows.size * probe_columns.size), gains.size - 1)


def artificial_discount(
    oracle: PricingOracle,
    load_bounds: LoadBounds,
    guessed_prices: DualPrices,
    rng: np.random.Generator,
) -> int:
    """Estimate how far below its expected price an artificial arc is to be worth.

    Draws a random block of pairs and sorts their reduced weights ``score - u - v`` (millionths).
    The discount is minus the reduced weight at `_DISCOUNT_RANK_FACTOR` times the rank at which the
    initial arcs end: an artificial arc then loses against every pair worth adding. Only speed
    depends on it.

    Parameters
    ----------
    oracle : PricingOracle
    load_bounds : LoadBounds
    guessed_prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
        Dual prices of the sample, in millionths, people in id order.
    rng : numpy.random.Generator

    Returns
    -------
    int
        At least 1, in millionths. `RestrictedMaster.artificial_discount` holds it.
    """
    rows, columns = _people_with_places(load_bounds)
    gains, rank = _sampled_reduced_weights(oracle, guessed_prices, rows, columns, rng)
    if not gains.size:
        return 1
    return max(1, -int(gains[min(_DISCOUNT_RANK_FACTOR * rank, gains.size - 1)]))


def _mask_of(size: int, positions: Ints) -> Bools:
    """Mark some of `size` people."""
    is_marked = np.zeros(size, dtype=np.bool_)
    is_marked[positions] = True
    return is_marked


def _people_with_few_arcs(people: Ints, ends: list[Ints]) -> Ints:
    """Return the people who are less than `_MIN_ARCS_PER_PERSON` times among the ends of arcs."""
    counts = np.bincount(np.concatenate(ends), minlength=int(people.max(initial=0)) + 1)
    return people[counts[people] < _MIN_ARCS_PER_PERSON]


def _best_arcs_within_margin(
    arcs: ArcArrays, u: Ints, v: Ints, margin: int, side: int | None, rng: np.random.Generator
) -> ArcArrays:
    """Keep as many of each person as are wanted; with a side, of the people on that side only."""
    rows, columns, scores = arcs
    gains = scores - u[rows] - v[columns]
    is_best = np.zeros(rows.size, dtype=np.bool_)
    for is_in_class, count in (
        (gains > -margin, _INITIAL_ARCS_PER_PERSON),
        (gains <= -margin, _INITIAL_ARCS_PER_PERSON // 2),
    ):
        ends = (
            (rows[is_in_class], columns[is_in_class])
            if side is None
            else (arcs[side][is_in_class],) * 2
        )
        is_best[is_in_class] = best_arcs_per_person(*ends, gains[is_in_class], count, rng)
    return rows[is_best], columns[is_best], scores[is_best]
