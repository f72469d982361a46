"""What it costs to force a pair into a best matching, or out of it, without solving again.

Whoever is forced into a pair pushes somebody out of it, who takes another partner or none, and so
on: a chain of people. The cheapest chain is a shortest path between people of one side, the other
side being contracted into the steps; a last node stands for places that are filled or left free.
The best matching with the pair is the old one with the chain applied: this is how a minimum-cost
flow grows by one unit (Ahuja, Magnanti and Orlin, *Network Flows*, 1993, section 9.7). All chains
at once are found by Floyd and Warshall's recursion, those of one person by Bellman and Ford's.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from rmmatch.checking import check
from rmmatch.cohort import Role
from rmmatch.matching import Result, Status
from rmmatch.numeric import Bools, Ints, n_cores
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads
from rmmatch.solving.formulation.formulation import formulate, full_model, to_cohort_order
from rmmatch.solving.lexicographic.tier_methods import LinearMethod

__all__ = ["AugmentingChain", "ForcedPairs", "forced_pairs"]

IMPOSSIBLE_LOSS = np.int64(2**61)  # a loss that stands for "impossible"
_MAX_TOTAL_LOSS = 2**60 - 1
_MAX_PAIRS = 4_000_000
_NODES_PER_TILE = 64
_NODES_PER_STRIP = 32


@dataclass(frozen=True)
class AugmentingChain:
    """What changes in a matching when one pair is forced into it.

    Attributes
    ----------
    removed, added : tuple of (int, int)
        Positions of mentees and mentors in the cohort; `added` begins with the forced pair.
    losses : tuple of int
        What each tier loses, in order; the first that is not zero is positive.
    """

    removed: tuple[tuple[int, int], ...]
    added: tuple[tuple[int, int], ...]
    losses: tuple[int, ...]


class ForcedPairs:
    """The steps by which a best matching can change, and what they cost.

    Losses are one number for all tiers, from which `losses` returns each; at least `IMPOSSIBLE_LOSS // 2`
    where something is impossible.

    Parameters
    ----------
    scores : PairScores
    network : Network
        All acceptable pairs, people in the order of their ids.
    tiers : sequence of Tier
        The objective.
    chosen : ndarray of bool, shape (n_arcs,)
        A choice that is best for them.
    orders : tuple of ndarray of int64
        The positions in the cohort of the people of the network.

    Raises
    ------
    OverflowError
        The tiers together need more than 64 bits.
    """

    def __init__(
        self,
        scores: PairScores,
        network: Network,
        tiers: Sequence[LinearTier],
        chosen: Bools,
        orders: tuple[Ints, Ints],
    ) -> None:
        self.tiers = tuple(tier.name for tier in tiers)
        shape = len(scores.mentees), len(scores.mentors)
        self._is_transposed = shape[0] < shape[1]  # nodes are the smaller side
        self._spans = [_max_chain_loss(tier, min(shape) + 2) for tier in tiers]
        factors = self._factors()
        whole = sum(
            factor * tier.weights for factor, tier in zip(factors, tiers, strict=True)
        ) + np.zeros(network.n_arcs, dtype=np.int64)
        rows, columns = orders[0][network.mentees], orders[1][network.mentors]
        rises, falls = zip(*_load_change_losses(network, tiers, factors, chosen), strict=True)
        sides = [
            (to_cohort_order(rise, order), to_cohort_order(fall, order))
            for rise, fall, order in zip(rises, falls, orders, strict=True)
        ]
        if self._is_transposed:
            rows, columns, shape, sides = columns, rows, shape[::-1], sides[::-1]
        (self._row_rise, self._row_fall), (self._column_rise, self._column_fall) = sides
        # what taking a pair costs; what leaving one costs
        self.taking_loss = np.full(shape, IMPOSSIBLE_LOSS)
        self.taking_loss[rows[~chosen], columns[~chosen]] = -whole[~chosen]
        self.is_made = np.zeros(shape, dtype=np.bool_)
        self.is_made[rows[chosen], columns[chosen]] = True
        held = chosen & ~network.fixed
        self._rows, self._columns, self._leaving_loss = rows[held], columns[held], whole[held]
        self._rows_of_column: dict[
            int, list[tuple[int, int]]
        ] = {}  # column → rows, what leaving costs
        for row, column, leave in self._removable_pairs():
            self._rows_of_column.setdefault(column, []).append((row, leave))
        self._steps = self._all_steps()
        self._all_paths: Ints | None = None

    def _factors(self) -> list[int]:
        # a loss may be negative in all tiers but the first that it changes
        ranges = [2 * span for span in self._spans]
        factors = lexicographic_weights(self._spans, ranges, _MAX_TOTAL_LOSS)
        if len(factors) < len(self._spans):
            raise OverflowError("the tiers together need more than 64 bits")
        return factors

    def _all_steps(self) -> Ints:
        """Return the loss of every step: a column with one partner too many passes that on."""
        n_columns = self.taking_loss.shape[1]
        steps = np.full((n_columns + 1, n_columns + 1), IMPOSSIBLE_LOSS)
        steps[:-1, -1] = self._column_rise
        steps[-1, :-1] = np.minimum(
            self._column_fall,
            np.minimum(self._row_rise[:, None] + self.taking_loss, IMPOSSIBLE_LOSS).min(
                axis=0, initial=IMPOSSIBLE_LOSS
            ),
        )
        for row, column, leave in self._removable_pairs():
            onwards = np.minimum(leave + self.taking_loss[row], IMPOSSIBLE_LOSS)
            np.minimum(steps[column, :-1], onwards, out=steps[column, :-1])
            steps[column, -1] = min(steps[column, -1], leave + self._row_fall[row])
        np.fill_diagonal(steps, 0)
        return steps

    def _removable_pairs(self) -> list[tuple[int, int, int]]:
        return list(
            zip(
                self._rows.tolist(),
                self._columns.tolist(),
                self._leaving_loss.tolist(),
                strict=True,
            )
        )

    # --- one person --------------------------------------------------------------------------

    def losses_of_person(self, role: Role, person: int) -> Ints:
        """Return what forcing a person to each of the other side costs; 0 where they are paired.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        person : int
            Position in the cohort.
        """
        if (role == "mentee") != self._is_transposed:
            losses = self.taking_loss[person] + self._path_losses_to(person)[:-1]
            return np.where(self.is_made[person], 0, losses)
        reached = self._path_losses_from(person)
        ends = self._row_rise + reached[-1]
        np.minimum.at(ends, self._rows, self._leaving_loss + reached[self._columns])
        return np.where(self.is_made[:, person], 0, self.taking_loss[:, person] + ends)

    def _losses_of_last_step(self, row: int) -> Ints:
        """Return what it costs from each node to give a row one partner fewer."""
        ends = np.full(len(self._steps), IMPOSSIBLE_LOSS)
        ends[-1] = self._row_rise[row]
        mine = self._rows == row
        ends[self._columns[mine]] = self._leaving_loss[mine]
        return ends

    def _path_losses_to(self, row: int) -> Ints:
        ends = self._losses_of_last_step(row)
        if self._all_paths is None:
            return _shortest_paths_from(ends, self._steps.T)
        nodes = np.flatnonzero(ends < IMPOSSIBLE_LOSS // 2)
        ways: Ints = (self._all_paths[:, nodes] + ends[nodes]).min(axis=1, initial=IMPOSSIBLE_LOSS)
        return ways

    def _path_losses_from(self, column: int) -> Ints:
        if self._all_paths is not None:
            ways: Ints = self._all_paths[column]
            return ways
        starts = np.full(len(self._steps), IMPOSSIBLE_LOSS)
        starts[column] = 0
        return _shortest_paths_from(starts, self._steps)

    def prepare_all_paths(self) -> None:
        """Find all ways at once, so that many people can be asked about quickly."""
        if self._all_paths is None:
            self._all_paths = _all_pairs_shortest_paths(self._steps)

    def chain(self, mentee: int, mentor: int) -> AugmentingChain | None:
        """Return the cheapest chain that makes a pair; None where nothing allows it.

        Parameters
        ----------
        mentee, mentor : int
            Positions in the cohort of an acceptable pair that is not made.
        """
        row, column = (mentor, mentee) if self._is_transposed else (mentee, mentor)
        ways, ends = self._path_losses_to(row), self._losses_of_last_step(row)
        loss = int(self.taking_loss[row, column] + ways[column])
        if loss >= IMPOSSIBLE_LOSS // 2:
            return None
        removed, added = [], [(row, column)]
        path = _shortest_path(self._steps, ways, ends, column)
        for here, there in pairwise(path):
            left, taken = self._pairs_of_step(here, there)
            removed += left
            added += taken
        if path[-1] < self.taking_loss.shape[1]:
            removed.append((row, path[-1]))
        return AugmentingChain(
            self._transposed(removed),
            self._transposed(added),
            tuple(int(losses[0]) for losses in self.losses_by_tier(np.array([loss]))),
        )

    def _transposed(self, pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple((b, a) if self._is_transposed else (a, b) for a, b in pairs)

    def _pairs_of_step(
        self, here: int, there: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the pairs that a step ends and those it makes."""
        loss, hub = self._steps[here, there], self.taking_loss.shape[1]
        if here == hub:
            if loss == self._column_fall[there]:
                return [], []
            row = int(
                np.argmin(np.minimum(self._row_rise + self.taking_loss[:, there], IMPOSSIBLE_LOSS))
            )
            return [], [(row, there)]
        if there == hub and loss == self._column_rise[here]:
            return [], []
        for row, leave in self._rows_of_column.get(here, []):
            onwards = self._row_fall[row] if there == hub else self.taking_loss[row, there]
            if leave + onwards == loss:
                return [(row, here)], [] if there == hub else [(row, there)]
        raise AssertionError("a step is made of pairs")

    # --- everybody ---------------------------------------------------------------------------

    def losses_of_all_pairs(self) -> Ints:
        """Return what each pair costs, shape (n_mentees, n_mentors).

        For a pair that is not made, what forcing it costs; for one that is, what forbidding it
        costs. At least ``IMPOSSIBLE_LOSS // 2`` where that is impossible, for forbidden pairs, and for
        pinned ones.
        """
        self.prepare_all_paths()
        assert self._all_paths is not None
        ways = self._all_paths
        ends = np.minimum(ways[:-1, -1][None, :] + self._row_rise[:, None], IMPOSSIBLE_LOSS)
        for row, column, leave in self._removable_pairs():
            np.minimum(ends[row], leave + ways[:-1, column], out=ends[row])
        losses = np.where(
            self.is_made, IMPOSSIBLE_LOSS, np.minimum(self.taking_loss + ends, IMPOSSIBLE_LOSS)
        )
        for row, column, leave in self._removable_pairs():
            onwards = np.minimum(self.taking_loss[row] + ways[:-1, column], IMPOSSIBLE_LOSS).min(
                initial=IMPOSSIBLE_LOSS
            )
            losses[row, column] = leave + min(onwards, self._row_fall[row] + ways[-1, column])
        return losses.T if self._is_transposed else losses

    def losses_by_tier(self, whole: Ints) -> list[Ints]:
        """Return what each tier loses, from losses in one number."""
        parts = []
        for span in self._spans[:0:-1]:
            part = (whole + span) % (2 * span + 1) - span
            parts.append(part)
            whole = (whole - part) // (2 * span + 1)
        return [whole, *parts[::-1]]


_FORCED_PAIRS_CACHE: WeakKeyDictionary[Result, ForcedPairs | str] = WeakKeyDictionary()


def forced_pairs(result: Result) -> ForcedPairs | str:
    """Return the steps of a result, or why there are none.

    They need a proved optimum of tiers that are sums over pairs and people, no quota, at most
    4,000,000 pairs, and numbers that fit into 64 bits together.

    Parameters
    ----------
    result : Result
    """
    if result not in _FORCED_PAIRS_CACHE:
        _FORCED_PAIRS_CACHE[result] = _compute_forced_pairs(result)
    return _FORCED_PAIRS_CACHE[result]


def _compute_forced_pairs(result: Result) -> ForcedPairs | str:
    if result.status is not Status.OPTIMAL:
        return "the matching is not proved optimal"
    if result.scheme.quotas:
        return "the scheme has quotas"
    scores = result.scores
    if scores.shape[0] * scores.shape[1] > _MAX_PAIRS:
        return f"there are more than {_MAX_PAIRS:,} pairs"
    posed = formulate(scores, result.seed)
    network, stages = full_model(scores, posed)
    if not posed.side_constraints.is_empty:
        return "minimum loads bind only who is used"
    tiers = [stage.tier for stage in stages[:-1] if isinstance(stage, LinearMethod)]
    if len(tiers) < len(stages) - 1 or any(aim.within for aim in result.scheme.aims):
        return "a tier of the objective is not a plain sum"
    # of a worse matching there is no cheapest chain: each could be gone round once more, for less
    if check(result):
        return "the result does not pass its check"
    mentees, mentors = result.made.positions(result.cohort)
    places = np.argsort(posed.mentee_order), np.argsort(posed.mentor_order)
    keys = places[0][mentees] * network.n_mentors + places[1][mentors]
    chosen = np.isin(network.mentees * network.n_mentors + network.mentors, keys)
    try:
        return ForcedPairs(scores, network, tiers, chosen, (posed.mentee_order, posed.mentor_order))
    except OverflowError as error:
        return str(error)


def _max_chain_loss(tier: LinearTier, most: int) -> int:
    """Return a number that no chain's loss exceeds; it makes, and ends, at most so many pairs."""
    weights = tier.weights
    low, high = (int(weights.min()), int(weights.max())) if weights.size else (0, 0)
    # a chain makes at most one pair more than it ends, or one fewer, and moves two loads at most
    rewards = 4 * max(
        int(tier.load_reward_mentees.max(initial=0)), int(tier.load_reward_mentors.max(initial=0))
    )
    return most * (high - low) + 2 * max(abs(low), abs(high)) + rewards


def _load_change_losses(
    network: Network, tiers: Sequence[LinearTier], factors: Sequence[int], chosen: Bools
) -> list[tuple[Ints, Ints]]:
    """Return for each side what one pair more, and one fewer, costs each person by itself."""
    bounds = (
        (network.min_load_mentees, network.max_load_mentees),
        (network.min_load_mentors, network.max_load_mentors),
    )
    moves = []
    for side, (load, (least, most)) in enumerate(
        zip(count_loads(network, chosen), bounds, strict=True)
    ):
        rise, fall = np.zeros_like(load), np.zeros_like(load)
        for tier, factor in zip(tiers, factors, strict=True):
            reward, reach = (
                (tier.load_reward_mentees, tier.rewarded_load_mentees)
                if side == 0
                else (tier.load_reward_mentors, tier.rewarded_load_mentors)
            )
            rise -= factor * np.where(load < reach, reward, 0)
            fall += factor * np.where(load <= reach, reward, 0)
        moves.append(
            (
                np.where(load < most, rise, IMPOSSIBLE_LOSS),
                np.where(load > least, fall, IMPOSSIBLE_LOSS),
            )
        )
    return moves


def _shortest_paths_from(reached: Ints, steps: Ints) -> Ints:
    """Return the cheapest ways on from what is reached; steps are from row to column."""
    changed = np.flatnonzero(reached < IMPOSSIBLE_LOSS // 2)
    while changed.size:
        offers = (reached[changed, None] + steps[changed]).min(axis=0)
        better = offers < reached
        reached = np.where(better, offers, reached)
        changed = np.flatnonzero(better & (reached < IMPOSSIBLE_LOSS // 2))
    return reached


def _shortest_path(steps: Ints, ways: Ints, ends: Ints, start: int) -> list[int]:
    """Return the nodes of a cheapest way, the fewest there can be."""
    came: dict[int, int] = {start: start}
    queue = [start]
    for here in queue:
        if ends[here] == ways[here]:
            path = [here]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1]
        # thousands of short rows: `flatnonzero` would take twice as long
        for there in (steps[here] + ways == ways[here]).nonzero()[0].tolist():
            if there not in came:
                came[there] = here
                queue.append(there)
    raise AssertionError("ways lead to their end")


def _all_pairs_shortest_paths(steps: Ints) -> Ints:
    """Return the cheapest ways between all nodes, strip by strip so that they stay in the cache."""
    ways = steps.copy()
    size = len(ways)

    def update(strip: Ints, panel: Ints, tile: slice) -> None:
        offers = np.empty_like(strip)
        for k, row in zip(range(tile.start, tile.stop), panel, strict=True):
            np.add(strip[:, k, None], row, out=offers)
            np.minimum(strip, offers, out=strip)

    with ThreadPoolExecutor(n_cores()) as pool:
        for start in range(0, size, _NODES_PER_TILE):
            tile = slice(start, min(start + _NODES_PER_TILE, size))
            update(ways[tile], ways[tile], tile)
            strips = [ways[at : at + _NODES_PER_STRIP] for at in range(0, size, _NODES_PER_STRIP)]
            others = [
                s
                for at, s in enumerate(strips)
                if not tile.start <= at * _NODES_PER_STRIP < tile.stop
            ]
            list(pool.map(lambda strip, tile=tile: update(strip, ways[tile], tile), others))
    return ways
