"""Dual prices of a best choice: the proof that it is one.

A choice ``x`` is best for a tier exactly where prices exist with, for every arc that is not fixed,
``u + v >= w`` if it is not chosen and ``u + v <= w`` if it is, and with every load among its
person's best at their price. With ``p = u`` and ``q = -v`` these are differences of two numbers,
so the smallest solution is found by Bellman and Ford's method, a whole side at a time, over a
growing set of the arcs whose constraints were broken.
"""

from __future__ import annotations

from itertools import count

import numpy as np

from rmmatch.numeric import Bools, Ints, stable_order
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads

__all__ = ["NotOptimal", "optimal_duals"]

_NO_BOUND_PRICE = np.int64(2**61)  # beyond any price: stands for "no bound"; exactness
_MAX_PRICE = 2**59  # in size, so that sums of two prices and a weight fit 64 bits; exactness
_PEOPLE_PER_BATCH = 1 << 17  # people whose constraints are followed at once; speed only
_STEPS_BETWEEN_CHAIN_CHECKS = 16  # a chain may be as long as a side has people; speed only


class NotOptimal(RuntimeError):
    """No prices prove this choice, so it is not the best one: an error inside the solver."""


def optimal_duals(
    network: Network, tier: LinearTier, chosen: Bools, near_prices: tuple[Ints, Ints] | None = None
) -> tuple[Ints, Ints]:
    """Return prices that prove a choice to be best for a tier.

    Where every minimum load is zero and nobody has a load reward, no price is negative.

    Parameters
    ----------
    network : Network
        The problem.
    tier : LinearTier
        What is maximised.
    chosen : ndarray of bool, shape (n_arcs,)
        An allowed choice.
    near_prices : tuple of ndarray of int64, optional
        Prices of mentees and mentors to stay close to; by default the smallest prices of mentees
        are returned.

    Returns
    -------
    u, v : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        Prices of mentees and mentors, in the unit of the weights, in id order; their
        `rmmatch.solving.assignment.network.dual_bound` equals the choice's value.

    Raises
    ------
    NotOptimal
        When another allowed choice is worth more.
    OverflowError
        When the weights are so large that prices might leave 64 bits.

    Examples
    --------
    >>> one = np.ones(2, dtype=np.int64)
    >>> arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    >>> total = LinearTier("total", np.array([9, 5, 6]))
    >>> optimal_duals(network, total, np.array([False, True, True]))
    (array([3, 0]), array([6, 2]))
    """
    free = ~network.fixed
    taken = np.flatnonzero(free & chosen)
    busy_mentees = np.zeros(network.n_mentees, dtype=np.bool_)
    busy_mentees[network.mentees[taken]] = True
    load_mentees, load_mentors = count_loads(network, chosen)
    low_p, high_p = _price_range(
        load_mentees,
        network.min_load_mentees,
        network.max_load_mentees,
        tier.load_reward_mentees,
        tier.rewarded_load_mentees,
    )
    low_v, high_v = _price_range(
        load_mentors,
        network.min_load_mentors,
        network.max_load_mentors,
        tier.load_reward_mentors,
        tier.rewarded_load_mentors,
    )
    low_q, high_q = -high_v, -low_v
    top = _exclusive_max_weight(tier)
    lowest = -(network.n_mentees + network.n_mentors + 2) * top
    if -lowest > _MAX_PRICE:
        raise OverflowError(f"tier {tier.name!r}: weights up to {top} are too large to be proved")
    if near_prices is not None:
        return _nearest_feasible(
            network, tier, free & ~chosen, taken, near_prices, (low_p, high_p, low_q, high_q)
        )

    # a mentee without a free chosen arc constrains nobody: as dear as their load allows, or zero
    unbounded = low_p == -_NO_BOUND_PRICE
    idle = unbounded & ~busy_mentees
    low_p = np.where(idle, np.where(high_p == _NO_BOUND_PRICE, 0, high_p), low_p)
    floored = unbounded & busy_mentees

    relaxation = _IntervalRelaxation(network, tier, free & ~chosen, taken)
    # small prices read better; only the last floor is sure to be low enough
    for floor in (0, -4 * top, lowest) if floored.any() else (0,):
        solution = relaxation.raise_to_fixpoint(
            np.where(floored, floor, low_p), low_q.copy(), high_p, high_q
        )
        if solution is not None:
            p, q = solution
            return p, np.where(
                q <= -_NO_BOUND_PRICE, relaxation.smallest_prices_excluding_arcs(p), -q
            )
    raise NotOptimal(f"tier {tier.name!r}: no prices prove this choice")


def _nearest_feasible(
    network: Network,
    tier: LinearTier,
    is_left_out: Bools,
    taken: Ints,
    near_prices: tuple[Ints, Ints],
    ranges: tuple[Ints, Ints, Ints, Ints],
) -> tuple[Ints, Ints]:
    """Raise near prices to the smallest solution above them, then lower that into its ranges."""
    n = network.n_mentees
    low, high = np.concatenate(ranges[::2]), np.concatenate(ranges[1::2])
    values = np.clip(np.concatenate((near_prices[0], -near_prices[1])), low, high)

    def raise_values(values: Ints, *, is_reversed: bool = False) -> bool:
        # the constraints take much memory, so they are not held longer than they are followed
        tails = np.concatenate((network.mentors[is_left_out] + n, network.mentees[taken]))
        heads = np.concatenate((network.mentees[is_left_out], network.mentors[taken] + n))
        weights = np.concatenate((tier.weights[is_left_out], -tier.weights[taken]))
        ends = (heads, tails) if is_reversed else (tails, heads)
        relaxation = _WorklistRelaxation(*ends, weights, values.size)
        del tails, heads, weights, ends
        return relaxation.raise_to_fixpoint(values)

    is_proof = raise_values(values)
    too_high = int((values - high).max(initial=0))
    if is_proof and too_high > 0 and (values - too_high >= low).all():
        # only differences between the sides bind: one side dearer, the other cheaper by as much
        values -= too_high
    elif is_proof and too_high > 0:
        # the largest solution below this one and the ranges: if there are prices at all, it is
        # within the ranges, since the smaller of two solutions is a solution
        values = -np.minimum(values, high)
        is_proof = raise_values(values, is_reversed=True)
        values = -values
    if not is_proof or (values < low).any():
        raise NotOptimal(f"tier {tier.name!r}: no prices prove this choice")
    return values[:n], -values[n:]


class _WorklistRelaxation:
    """The constraints as ``values[head] >= values[tail] + weight``, followed from tail to head."""

    def __init__(self, tails: Ints, heads: Ints, weights: Ints, n_people: int) -> None:
        order = stable_order(tails)
        self._heads, self._weights = heads[order], weights[order]
        self._starts = np.searchsorted(tails[order], np.arange(n_people + 1))

    def raise_to_fixpoint(self, values: Ints) -> bool:
        """Raise values in place to their smallest solution; False where there is none.

        Parameters
        ----------
        values : ndarray of int64, shape (n_people,)
            Where to start, in the unit of the weights: mentees' p, then mentors' q.
        """
        # who raised each person last, and the weight of that constraint
        raised_by, raised_weight = (
            np.arange(values.size),
            np.zeros(values.size, dtype=np.int64),
        )
        changed = np.arange(values.size)
        for step in count(1):
            lifted = np.zeros(values.size, dtype=np.bool_)
            for start in range(0, changed.size, _PEOPLE_PER_BATCH):
                self._raise_people(
                    values,
                    changed[start : start + _PEOPLE_PER_BATCH],
                    lifted,
                    raised_by,
                    raised_weight,
                )
            if not lifted.any():
                return True
            if step % _STEPS_BETWEEN_CHAIN_CHECKS == 0 and not _raise_along_chains(
                values, raised_by, raised_weight, lifted
            ):
                return False
            changed = np.flatnonzero(lifted)
        raise AssertionError

    def _raise_people(
        self, values: Ints, people: Ints, lifted: Bools, raised_by: Ints, raised_weight: Ints
    ) -> None:
        """Raise everybody whose value is too low given these people's; mark who was raised."""
        arcs, tails = _arc_idx_of_people(self._starts, people)
        heads, offers = self._heads[arcs], self._weights[arcs] + values[tails]
        better = np.flatnonzero(offers > values[heads])
        if not better.size:
            return
        heads, offers, arcs, tails = heads[better], offers[better], arcs[better], tails[better]
        np.maximum.at(values, heads, offers)
        best = offers == values[heads]
        raised_by[heads[best]], raised_weight[heads[best]] = tails[best], self._weights[arcs[best]]
        lifted[heads] = True


def _raise_along_chains(values: Ints, raised_by: Ints, raised_weight: Ints, lifted: Bools) -> bool:
    """Raise whole chains of constraints at once; False where a chain is a circle."""
    roots, gains = raised_by, raised_weight
    for _ in range(values.size.bit_length()):
        gains, roots = gains + gains[roots], roots[roots]
    if (raised_by[roots] != roots).any():
        return False
    raised = values[roots] + gains
    lifted |= raised > values
    np.maximum(values, raised, out=values)
    return True


def _arc_idx_of_people(starts: Ints, people: Ints) -> tuple[Ints, Ints]:
    """Return the positions of all arcs of these people, and for each arc the person."""
    counts = starts[people + 1] - starts[people]
    ends = np.cumsum(counts)
    sources = np.repeat(people, counts)
    arcs = np.arange(sources.size) + np.repeat(starts[people] - ends + counts, counts)
    return arcs, sources


def _exclusive_max_weight(tier: LinearTier) -> int:
    """Return one more than the largest number of a tier."""
    numbers = (tier.weights, tier.load_reward_mentees, tier.load_reward_mentors)
    return 1 + max((int(np.abs(array).max()) for array in numbers if array.size), default=0)


def _price_range(
    load: Ints, min_load: Ints, max_load: Ints, reward: Ints, rewarded_load: Ints
) -> tuple[Ints, Ints]:
    """Return the lowest and highest price at which each load is among the best of its range."""
    low = np.where(load > min_load, -np.where(load <= rewarded_load, reward, 0), -_NO_BOUND_PRICE)
    high = np.where(load < max_load, -np.where(load < rewarded_load, reward, 0), _NO_BOUND_PRICE)
    return low, high


class _IntervalRelaxation:
    """The constraints between people: p >= w + q on arcs left out, q >= p - w on arcs taken."""

    def __init__(self, network: Network, tier: LinearTier, is_left_out: Bools, taken: Ints) -> None:
        self.n_mentors = network.n_mentors
        self.mentees, self.mentors = network.mentees[is_left_out], network.mentors[is_left_out]
        self.weights = tier.weights[is_left_out]
        self.starts = np.flatnonzero(np.diff(self.mentees, prepend=-1))
        self.heads = self.mentees[self.starts]
        self.counts = np.diff(self.starts, append=self.mentees.size)
        self.taken_mentees, self.taken_mentors = network.mentees[taken], network.mentors[taken]
        self.taken_weights = tier.weights[taken]

    def raise_to_fixpoint(
        self, p: Ints, q: Ints, high_p: Ints, high_q: Ints
    ) -> tuple[Ints, Ints] | None:
        """Raise p and q in place to their smallest solution.

        Parameters
        ----------
        p, q : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
            Where to start, in the unit of the weights; prices of mentors are -q.
        high_p, high_q : ndarray of int64, of the same shapes
            What may not be passed.

        Returns
        -------
        tuple of ndarray of int64, or None
            p and q; None where there is no solution below `high_p` and `high_q`.
        """
        active = np.zeros(0, dtype=np.int64)
        while True:
            # chains of changes can be as long as there are people: settle them on few arcs first
            if not self._relax_until_stable(p, q, high_p, high_q, active):
                return None
            if not self.starts.size:
                return p, q
            offers = self.weights + q[self.mentors]
            best = np.maximum.reduceat(offers, self.starts)
            raised = best > p[self.heads]
            if not raised.any():
                return p, q
            broken = np.flatnonzero(
                offers == np.repeat(np.where(raised, best, _NO_BOUND_PRICE), self.counts)
            )
            first = np.diff(self.mentees[broken], prepend=-1) > 0
            active = np.concatenate((active, broken[first]))

    def _relax_until_stable(
        self, p: Ints, q: Ints, high_p: Ints, high_q: Ints, active: Ints
    ) -> bool:
        """Raise p and q in place until the active arcs hold; False where that passes the highs."""
        mentees, mentors, weights = self.mentees[active], self.mentors[active], self.weights[active]
        # a smallest solution is a longest path, which passes each mentor at most once
        for _ in range(self.n_mentors + 2):
            before = q.copy()
            np.maximum.at(p, mentees, weights + q[mentors])
            np.maximum.at(q, self.taken_mentors, p[self.taken_mentees] - self.taken_weights)
            if (p > high_p).any() or (q > high_q).any():
                return False
            if (q == before).all():
                return True
        return False

    def smallest_prices_excluding_arcs(self, p: Ints) -> Ints:
        """Return the smallest prices of mentors, not negative, that leave every arc out.

        Parameters
        ----------
        p : ndarray of int64, shape (n_mentees,)
            Prices of mentees, in the unit of the weights.
        """
        v = np.zeros(self.n_mentors, dtype=np.int64)
        np.maximum.at(v, self.mentors, self.weights - p[self.mentees])
        return v
