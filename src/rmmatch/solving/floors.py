"""The worst pair as good as it can be, without the matrix: not many pairs are as good as that.

The best pairs of all are listed, more and more of them until some choice needs no other; then the
usual stage finds the highest level over these, and prices that no choice reaches a higher one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmmatch.solving.arcs import Pool, joined
from rmmatch.solving.flowway import FlowWay
from rmmatch.solving.network import Bools, Ints, Network
from rmmatch.solving.stages import Proof, Worst
from rmmatch.solving.stopping import Stop
from rmmatch.solving.universe import Listed, PricedTier, Universe

__all__ = ["Floor", "find_floor"]

_FIRST = 12  # pairs a person that are listed first
_MORE = 4  # times as many next
_LISTED = 4_000_000  # pairs that may be held at once

Pairs = tuple[Ints, Ints, Ints]


@dataclass(frozen=True, eq=False, slots=True)
class Floor:
    """How good the worst pair can be.

    Attributes
    ----------
    level : int
        The lowest score of `chosen`; 0 where it is empty.
    bound : int
        No choice has a higher one.
    pairs : tuple of ndarray of int64
        Rows, columns and scores of pairs that reach the level.
    chosen : ndarray of bool
        Of these pairs, a choice.
    is_all : bool
        Whether those are all pairs that reach it.
    proofs : tuple of Proof, or None
        None where the bound was not reached in time.
    """

    level: int
    bound: int
    pairs: Pairs
    chosen: Bools
    is_all: bool
    proofs: tuple[Proof, ...] | None


def find_floor(
    universe: Universe | Listed,
    network_of: Callable[[Pool], Network],
    most: int,
    known: Pairs,
    fixed: Pairs,
    stop: Stop,
) -> Floor | None:
    """Return how good the worst pair can be.

    Parameters
    ----------
    universe : Universe or Listed
        Every pair that may be chosen.
    network_of : callable
        Returns the network of some pairs.
    most : int
        At least the number of pairs of any choice.
    known : tuple of ndarray of int64
        Rows, columns and scores of a choice that is allowed; no pairs where none is known.
    fixed : tuple of ndarray of int64
        The same of the pairs that must be chosen.
    stop : Stop

    Returns
    -------
    Floor or None
        None where time ran out first.
    """
    top = int(fixed[2].min(initial=universe.oracle.top))
    lowest = int(known[2].min(initial=top)) if known[0].size else 0
    wanted = 1 + _FIRST * sum(universe.oracle.shape)
    while True:
        level = max(lowest, min(top, universe.level(wanted)))
        parts, is_all = [fixed, known], True
        for part in universe.above(level):
            parts.append(part)
            is_all = sum(some[0].size for some in parts) <= _LISTED
            if not is_all or stop.is_due:
                break
        if stop.is_due:
            return None
        pool = Pool(universe.oracle.shape[1], *joined(parts))
        pool.fix(*fixed[:2])
        network = network_of(pool)
        keys = pool.scores
        way = FlowWay(network).only((keys >= level) | network.fixed)
        settled = Worst("worst_pair", keys, most).settle(way, (), stop)
        if settled is not None:
            break
        assert level > lowest, "the choice that is known is one of these"
        wanted *= _MORE
    chosen = np.zeros(keys.size, dtype=np.bool_)
    chosen[settled.way.places[settled.chosen]] = True
    found = int(keys[chosen].min(initial=top)) if chosen.any() else 0
    proofs = settled.proofs
    if proofs and found == top and fixed[0].size:
        # a fixed pair is as bad: no price is needed to see that
        nothing = tuple(np.zeros(size, dtype=np.int64) for size in universe.oracle.shape)
        proofs = (Proof(found, (nothing[0], nothing[1])),)
    elif proofs and not (is_all and _leave_out(universe, proofs[0].prices, found, most)):
        proofs = None
    good = keys >= found
    return Floor(
        found,
        found if proofs is not None else top,
        (pool.rows[good], pool.columns[good], keys[good]),
        chosen[good],
        is_all,
        proofs,
    )


def _leave_out(
    universe: Universe | Listed, prices: tuple[Ints, Ints] | None, level: int, most: int
) -> bool:
    """Tell whether no pair below the level, listed or not, is worth more than its prices."""
    if prices is None:
        return False
    below = PricedTier("below", "constant", unit=-(most + 1))
    n, m = universe.oracle.shape
    fell = np.ones(n, dtype=np.bool_), np.ones(m, dtype=np.bool_)
    found = universe.violations(below, *prices, fell)
    return not any((scores < level).any() for _, _, scores, _ in found)
