"""Reading an oracle in parts that fit into memory, and by samples.

Positions are in id order, scores, prices and margins int64 millionths (invariants I1 and I5).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rmmatch.numeric import Ints
from rmmatch.solving.column_generation.arc_pool import ArcArrays
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle

__all__ = ["NO_MARGIN", "probe", "scan"]

NO_MARGIN = 2**60  # a margin, in millionths, that every acceptable pair is within; exactness
_PROBE_ROWS_AND_COLUMNS = 512, 4096  # people whose pairs are counted for an estimate; speed only
_MAX_PAIRS_PER_ANSWER = 2_000_000  # pairs an answer should hold at most, about; speed only
_MIN_THINNED_PARTS = 32  # parts whose columns are drawn apart, so that none is left out; speed only


def scan(
    oracle: PricingOracle,
    cutoff: tuple[Ints, Ints, int] | None,
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
    *,
    per_row: int | None = None,
) -> Iterator[ArcArrays]:
    """Yield the candidates among some rows and columns, in parts that fit into memory.

    Parameters
    ----------
    oracle : PricingOracle
    cutoff : tuple of ndarray, ndarray and int, or None
        Prices and margin, in millionths; None for all acceptable pairs.
    rows, columns : ndarray of int64
        Sorted positions.
    rng : numpy.random.Generator
    per_row : int, optional
        Where there are many more candidates a row, each part is drawn from columns of its own.
    """
    if not (rows.size and columns.size):
        return
    if cutoff is None:
        n_mentees, n_mentors = oracle.shape
        cutoff = np.zeros(n_mentees, np.int64), np.zeros(n_mentors, np.int64), NO_MARGIN
    density = share = 1.0
    if rows.size * columns.size > _MAX_PAIRS_PER_ANSWER:
        pairs, n_probed = probe(oracle, cutoff, rows, columns, rng)
        density = (pairs[0].size + 1) / n_probed
        if per_row is not None:
            share = min(1.0, per_row / (density * columns.size))
    step = max(1, int(_MAX_PAIRS_PER_ANSWER / (density * share * columns.size)))
    if share < 1:
        # many parts, so that nobody is left out of all of them
        step = max(1, min(step, rows.size // _MIN_THINNED_PARTS))
    for start in range(0, rows.size, step):
        part_columns = columns
        if share < 1:
            part_columns = _draw_sorted(rng, columns, max(1, int(share * columns.size)))
        yield oracle.candidates(*cutoff, rows[start : start + step], part_columns)


def probe(
    oracle: PricingOracle,
    cutoff: tuple[Ints, Ints, int],
    rows: Ints,
    columns: Ints,
    rng: np.random.Generator,
) -> tuple[ArcArrays, int]:
    """Ask for the candidates among people drawn at random.

    Parameters
    ----------
    oracle : PricingOracle
    cutoff : tuple of ndarray, ndarray and int
        Prices and margin, in millionths.
    rows, columns : ndarray of int64
        Sorted positions, of which some are drawn.
    rng : numpy.random.Generator

    Returns
    -------
    pairs : tuple of ndarray of int64
        Rows, columns and scores of the candidates.
    n_probed : int
        How many pairs the drawn people have, acceptable or not.
    """
    n_rows, n_columns = _PROBE_ROWS_AND_COLUMNS
    probe_rows = _draw_sorted(rng, rows, n_rows)
    probe_columns = _draw_sorted(rng, columns, n_columns)
    pairs = oracle.candidates(*cutoff, probe_rows, probe_columns)
    return pairs, probe_rows.size * probe_columns.size


def _draw_sorted(rng: np.random.Generator, people: Ints, count: int) -> Ints:
    """Draw some people, sorted."""
    if people.size <= count:
        return people
    drawn: Ints = np.sort(rng.choice(people, count, replace=False))
    return drawn
