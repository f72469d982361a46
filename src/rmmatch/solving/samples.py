"""Where to begin: good arcs, and prices close to the right ones, from small samples of people.

The smallest sample is solved over all its pairs. Its prices are extended to a larger one: a person
is worth what the best partner in the sample would leave them. With such prices few arcs a person
are enough, those with the largest ``score - u - v``; the largest scores alone would crowd round
the people everybody wants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmmatch.solving.arcs import best_of_each, joined
from rmmatch.solving.flow import choose
from rmmatch.solving.network import Ints, Network, Tier, narrow
from rmmatch.solving.prices import prices
from rmmatch.solving.universe import Frame, Oracle, PricedTier, fetch

__all__ = ["Start", "begin"]

_SMALL = 600  # people a side whose pairs are all taken
_STEP = 6  # how many times larger each sample is than the one before, about
_ARCS = 25  # a person
_FEW = 4  # arcs a person needs at least
_PROBE = 256, 4096
_NOBODY = -(2**59)


@dataclass(frozen=True, eq=False, slots=True)
class Start:
    """The first arcs.

    Attributes
    ----------
    rows, columns, scores : ndarray of int64, shape (n_arcs,)
        Acceptable pairs, in no order, some perhaps twice.
    prices : tuple of ndarray, or None
        Of mentees and mentors, for the first tier of scores.
    is_whole : bool
        These are all acceptable pairs.
    """

    rows: Ints
    columns: Ints
    scores: Ints
    prices: tuple[Ints, Ints] | None
    is_whole: bool


def begin(
    oracle: Oracle, frame: Frame, tiers: Sequence[PricedTier], rng: np.random.Generator
) -> Start:
    """Return the arcs to begin with.

    Parameters
    ----------
    oracle : Oracle
    frame : Frame
        Fixed pairs are not added.
    tiers : sequence of PricedTier
    rng : numpy.random.Generator
        Draws the samples: they decide how long it takes, never what comes out.
    """
    n, m = oracle.n_mentees, oracle.n_mentors
    ratio = math.sqrt(n * m) / _SMALL
    if ratio <= 1:
        whole = _listed(oracle, np.arange(n), np.arange(m), rng)
        return Start(*whole, None, is_whole=True)
    levels = max(1, round(math.log(ratio, _STEP)))
    orders = rng.permutation(n), rng.permutation(m)
    guess: tuple[Ints, Ints] | None = None
    rows = columns = np.zeros(0, dtype=np.int64)
    for level in range(levels + 1):
        share = ratio ** (level / levels - 1)
        new_rows = np.sort(orders[0][: math.ceil(share * n)])
        new_columns = np.sort(orders[1][: math.ceil(share * m)])
        if guess is None:
            arcs = _listed(oracle, new_rows, new_columns, rng)
        else:
            guess = _extend(oracle, guess, (rows, columns), (new_rows, new_columns))
            arcs = _good_arcs(oracle, guess, new_rows, new_columns, rng)
        rows, columns = new_rows, new_columns
        if level < levels:
            guess = _priced(oracle, frame, tiers, arcs, guess)
    return Start(*arcs, guess, is_whole=False)


def _listed(
    oracle: Oracle, rows: Ints, columns: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return all acceptable pairs of some people."""
    return joined(list(fetch(oracle, None, rows, columns, rng)))


def _extend(
    oracle: Oracle, known: tuple[Ints, Ints], old: tuple[Ints, Ints], new: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Give those who are new the price at which their best pair with those known is worth 0."""
    u, v = known[0].copy(), known[1].copy()
    rows, columns = (np.setdiff1d(*some) for some in zip(new, old, strict=True))
    best = oracle.row_best(known[1], rows, old[1]), oracle.column_best(known[0], old[0], columns)
    for price, people, theirs, others in zip((u, v), (rows, columns), best, old, strict=True):
        lowest = min(0, int(price[others].min()))
        price[people] = np.maximum(np.where(theirs < _NOBODY, 0, theirs), lowest)
    return u, v


def _good_arcs(
    oracle: Oracle,
    guess: tuple[Ints, Ints],
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    """Return the arcs with the largest reduced scores, and some for everybody; lowers prices."""
    u, v = guess
    some_rows, some_columns = (
        np.sort(rng.choice(some, min(some.size, count), replace=False))
        for some, count in zip((rows, columns), _PROBE, strict=True)
    )
    a, b, scores = _listed(oracle, some_rows, some_columns, rng)
    gains = np.sort(scores - u[a] - v[b])[::-1]
    wanted = _ARCS * max(rows.size, columns.size) / (rows.size * columns.size)
    place = min(int(wanted * some_rows.size * some_columns.size), gains.size - 1)
    margin = max(1, 1 - int(gains[place])) if gains.size else 1
    cap = 4 * _ARCS
    parts = [
        _kept(found, u, v, rng)
        for found in fetch(oracle, (u, v, margin), rows, columns, rng, per_row=cap)
    ]
    arcs = joined(parts)
    few_rows = rows[np.bincount(arcs[0], minlength=u.size)[rows] < _FEW]
    few_columns = columns[np.bincount(arcs[1], minlength=v.size)[columns] < _FEW]
    u[few_rows] = _lowered(u[few_rows], oracle.row_best(v, few_rows, columns))
    parts += [
        _kept(found, u, v, rng)
        for found in fetch(oracle, (u, v, margin), few_rows, columns, rng, per_row=cap)
    ]
    v[few_columns] = _lowered(v[few_columns], oracle.column_best(u, rows, few_columns))
    parts += [
        _kept(found, u, v, rng) for found in fetch(oracle, (u, v, margin), rows, few_columns, rng)
    ]
    return joined(parts)


def _lowered(price: Ints, best: Ints) -> Ints:
    return np.where(best < _NOBODY, price, np.minimum(price, best))


def _kept(
    found: tuple[Ints, Ints, Ints], u: Ints, v: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Keep as many of each person as are wanted."""
    rows, columns, scores = found
    marked = best_of_each(rows, columns, scores - u[rows] - v[columns], 2 * _ARCS, rng)
    return rows[marked], columns[marked], scores[marked]


def _priced(
    oracle: Oracle,
    frame: Frame,
    tiers: Sequence[PricedTier],
    arcs: tuple[Ints, Ints, Ints],
    guess: tuple[Ints, Ints] | None,
) -> tuple[Ints, Ints] | None:
    """Solve a sample, nobody forced, and return the prices of its first tier of scores."""
    n, m = oracle.n_mentees, oracle.n_mentors
    keys, first = np.unique(arcs[0] * m + arcs[1], return_index=True)
    rows, columns, scores = keys // m, keys % m, arcs[2][first]
    face = Network(
        n,
        m,
        rows,
        columns,
        np.zeros(rows.size, dtype=np.bool_),
        np.zeros(n, dtype=np.int64),
        frame.most_mentees,
        np.zeros(m, dtype=np.int64),
        frame.most_mentors,
    )
    at = next((at for at, tier in enumerate(tiers) if tier.kind == "scores"), None)
    if at is None:
        return np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    left: list[Tier] = [tier.over(rows, columns, scores) for tier in tiers[: at + 1]]
    chosen, n_solved = np.zeros(0, dtype=np.bool_), 0
    nothing = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    for done in range(at + 1):
        if done == n_solved:
            choice = choose(face, left)
            assert choice is not None, "nobody is forced"
            chosen, n_solved = choice.chosen, done + choice.n_tiers
        near = guess if done == at and guess is not None else nothing
        found = prices(face, left[0], chosen, near)
        face, kept = narrow(face, left[0], *found)
        left, chosen = [tier.take(kept) for tier in left[1:]], chosen[kept]
    return found
