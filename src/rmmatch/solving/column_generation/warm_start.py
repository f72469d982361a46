"""Where to begin: good arcs, and prices close to the right ones, from small samples of people.

The smallest sample is solved over all its pairs. Its prices are extended to a larger one: a person
is worth what the best partner in the sample would leave them. With such prices few arcs a person
are enough, those with the largest ``score - u - v``; the largest scores alone would crowd round
the people everybody wants.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.column_generation.arc_pool import best_arcs_per_person, concatenate
from rmmatch.solving.column_generation.implicit_arcs import scan
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.formulation.implicit_tiers import LoadBounds

__all__ = ["InitialColumns", "artificial_discount", "columns_for_unmatched", "initial_columns"]

_MAX_WHOLE_SAMPLE_PEOPLE = 600  # people a side whose pairs are all taken
_SAMPLE_GROWTH_FACTOR = 10  # how many times larger each sample is than the one before, about
_INITIAL_ARCS_PER_PERSON = 24  # a person
_MIN_ARCS_PER_PERSON = 6  # arcs a person needs at least
_DISCOUNT_RANK_FACTOR = 10
_MAX_MARGIN_DOUBLINGS = 6  # times the margin is doubled for those who have fewer
_PROBE_ROWS_AND_COLUMNS = 64, 4096
_NO_PARTNER_GAIN = -(2**59)

ArcArrays = tuple[Ints, Ints, Ints]


@dataclass(frozen=True, eq=False, slots=True)
class InitialColumns:
    """The first arcs.

    Attributes
    ----------
    rows, columns, scores : ndarray of int64, shape (n_arcs,)
        Acceptable pairs, in no order, some perhaps twice.
    prices : tuple of ndarray, or None
        Of mentees and mentors, for the first tier of scores.
    margin : int
        How far below their prices pairs may be worth and still be among the first arcs.
    is_whole : bool
        These are all acceptable pairs.
    """

    rows: Ints
    columns: Ints
    scores: Ints
    prices: tuple[Ints, Ints] | None
    margin: int
    holds_all_arcs: bool


def initial_columns(
    oracle: PricingOracle,
    frame: LoadBounds,
    rng: np.random.Generator,
    price: Callable[[LoadBounds], tuple[Ints, Ints]],
) -> InitialColumns:
    """Return the arcs to begin with.

    Parameters
    ----------
    oracle : PricingOracle
    frame : LoadBounds
        Fixed pairs are not added.
    rng : numpy.random.Generator
        Draws the samples: they decide how long it takes, never what comes out.
    price : callable
        Returns good prices of a smaller problem, in which people without a place are left out.
    """
    rows, columns = np.flatnonzero(frame.max_load_mentees), np.flatnonzero(frame.max_load_mentors)
    ratio = math.sqrt(rows.size * columns.size) / _MAX_WHOLE_SAMPLE_PEOPLE
    if ratio <= 1:
        return InitialColumns(
            *_pairs_among(oracle, rows, columns, rng), None, 0, holds_all_arcs=True
        )
    ratio = max(ratio, _SAMPLE_GROWTH_FACTOR)  # a tenth of the people is enough of some thousands
    share = ratio ** (-1 / max(1, round(math.log(ratio, _SAMPLE_GROWTH_FACTOR))))
    some_rows, some_columns = (
        np.sort(rng.choice(some, max(1, int(share * some.size)), replace=False))
        for some in (rows, columns)
    )
    none = np.zeros_like(frame.min_load_mentees), np.zeros_like(frame.min_load_mentors)
    most = none[0].copy(), none[1].copy()
    most[0][some_rows] = frame.max_load_mentees[some_rows]
    most[1][some_columns] = frame.max_load_mentors[some_columns]
    known = price(LoadBounds(none[0], most[0], none[1], most[1]))
    guess = _extend_prices(oracle, known, (some_rows, some_columns), (rows, columns))
    arcs, margin = _good_arcs(oracle, guess, rows, columns, rng)
    return InitialColumns(*arcs, guess, margin, holds_all_arcs=False)


def _pairs_among(
    oracle: PricingOracle, rows: Ints, columns: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return all acceptable pairs of some people."""
    return concatenate(list(scan(oracle, None, rows, columns, rng)))


def _extend_prices(
    oracle: PricingOracle, known: tuple[Ints, Ints], old: tuple[Ints, Ints], new: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Give those who are new the price at which their best pair with those known is worth 0."""
    u, v = known[0].copy(), known[1].copy()
    rows, columns = (
        np.flatnonzero(_mask_of(size, all_) & ~_mask_of(size, some))
        for size, all_, some in zip(oracle.shape, new, old, strict=True)
    )
    best = (
        oracle.row_best(known[1], rows, old[1])[rows],
        oracle.column_best(known[0], old[0], columns)[columns],
    )
    for price, people, theirs, others in zip((u, v), (rows, columns), best, old, strict=True):
        lowest = min(0, int(price[others].min()))
        price[people] = np.maximum(np.where(theirs < _NO_PARTNER_GAIN, 0, theirs), lowest)
    return u, v


def _good_arcs(
    oracle: PricingOracle,
    guess: tuple[Ints, Ints],
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[tuple[Ints, Ints, Ints], int]:
    """Return the arcs with the largest reduced scores, and the margin."""
    u, v = guess
    gains, place = _sampled_reduced_weights(oracle, guess, rows, columns, rng)
    margin = max(1, 1 - int(gains[place])) if gains.size else 1

    def within(rows: Ints, columns: Ints, limit: int, side: int | None) -> ArcArrays:
        return _arcs_within_margin(oracle, (u, v, limit), rows, columns, margin, side, rng)

    # Where masses of pairs are worth as much, whole groups of people may have no others among the
    # best: some that are worth less serve them.
    n_tied = int(np.searchsorted(-gains, margin))
    is_crowded = n_tied > 2 * place + 2
    wide = 1 - int(gains[min(4 * n_tied, gains.size - 1)]) if is_crowded else margin
    arcs = [within(rows, columns, wide, None)]
    few_rows, few_columns = (
        _people_with_few_arcs(rows, [arcs[0][0]]),
        _people_with_few_arcs(columns, [arcs[0][1]]),
    )
    for _ in range(_MAX_MARGIN_DOUBLINGS):
        if not (few_rows.size or few_columns.size):
            break
        wide *= 2
        arcs.append(within(few_rows, columns, wide, 0))
        arcs.append(within(rows, few_columns, wide, 1))
        few_rows = _people_with_few_arcs(few_rows, [some[0] for some in arcs])
        few_columns = _people_with_few_arcs(few_columns, [some[1] for some in arcs])
    return concatenate(arcs), margin


def columns_for_unmatched(
    oracle: PricingOracle,
    frame: LoadBounds,
    prices: tuple[Ints, Ints],
    margin: int,
    alone: tuple[Ints, Ints],
    rng: np.random.Generator,
) -> ArcArrays:
    """Return more arcs of people who stay alone: they may be worth less than is known by now.

    Parameters
    ----------
    oracle : PricingOracle
    frame : LoadBounds
    prices : tuple of ndarray of int64
    margin : int
        How far below their prices the arcs may be worth.
    alone : tuple of ndarray of int64
        Mentees and mentors.
    rng : numpy.random.Generator
    """
    arcs = []
    for side, people in enumerate(alone):
        sides = [np.flatnonzero(frame.max_load_mentees), np.flatnonzero(frame.max_load_mentors)]
        sides[side] = np.flatnonzero(_mask_of(oracle.shape[side], people))
        arcs.append(
            _arcs_within_margin(oracle, (*prices, margin), sides[0], sides[1], margin, side, rng)
        )
    return concatenate(arcs)


def _arcs_within_margin(
    oracle: PricingOracle,
    lead: tuple[Ints, Ints, int],
    rows: Ints,
    columns: Ints,
    margin: int,
    side: int | None,
    rng: np.random.Generator,
) -> ArcArrays:
    """Return good arcs of both sides, or of the people on one."""
    keep = partial(
        _best_arcs_within_margin, u=lead[0], v=lead[1], margin=margin, side=side, rng=rng
    )
    parts = scan(oracle, lead, rows, columns, rng, per_row=4 * _INITIAL_ARCS_PER_PERSON)
    return keep(concatenate([keep(part) for part in parts]))


def _sampled_reduced_weights(
    oracle: PricingOracle,
    guess: tuple[Ints, Ints],
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, int]:
    """Return what drawn pairs are worth less their prices, and up to where all are wanted."""
    u, v = guess
    some_rows, some_columns = (
        np.sort(rng.choice(some, min(some.size, count), replace=False))
        for some, count in zip((rows, columns), _PROBE_ROWS_AND_COLUMNS, strict=True)
    )
    a, b, scores = _pairs_among(oracle, some_rows, some_columns, rng)
    gains = np.sort(scores - u[a] - v[b])[::-1]
    wanted = _INITIAL_ARCS_PER_PERSON * max(rows.size, columns.size) / (rows.size * columns.size)
    return gains, min(int(wanted * some_rows.size * some_columns.size), gains.size - 1)


def artificial_discount(
    oracle: PricingOracle, frame: LoadBounds, guess: tuple[Ints, Ints], rng: np.random.Generator
) -> int:
    """Return how far below their prices pairs are worth, with many more a person than are arcs."""
    rows, columns = np.flatnonzero(frame.max_load_mentees), np.flatnonzero(frame.max_load_mentors)
    gains, place = _sampled_reduced_weights(oracle, guess, rows, columns, rng)
    return (
        max(1, -int(gains[min(_DISCOUNT_RANK_FACTOR * place, gains.size - 1)])) if gains.size else 1
    )


def _mask_of(size: int, people: Ints) -> Bools:
    """Mark some people."""
    marked = np.zeros(size, dtype=np.bool_)
    marked[people] = True
    return marked


def _people_with_few_arcs(people: Ints, ends: list[Ints]) -> Ints:
    """Return those of some people who have few arcs."""
    counts = np.bincount(np.concatenate(ends), minlength=int(people.max(initial=0)) + 1)
    return people[counts[people] < _MIN_ARCS_PER_PERSON]


def _best_arcs_within_margin(
    found: ArcArrays, u: Ints, v: Ints, margin: int, side: int | None, rng: np.random.Generator
) -> ArcArrays:
    """Keep as many of each person as are wanted; with a side, of the people on that side only."""
    rows, columns, scores = found
    gains = scores - u[rows] - v[columns]
    kept = np.zeros(rows.size, dtype=np.bool_)
    for some, count in (
        (gains > -margin, _INITIAL_ARCS_PER_PERSON),
        (gains <= -margin, _INITIAL_ARCS_PER_PERSON // 2),
    ):
        ends = (rows[some], columns[some]) if side is None else (found[side][some],) * 2
        kept[some] = best_arcs_per_person(*ends, gains[some], count, rng)
    return rows[kept], columns[kept], scores[kept]
