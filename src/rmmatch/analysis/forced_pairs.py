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
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from rmmatch.analysis.shortest_paths import (
    IMPOSSIBLE_LOSS,
    all_pairs_shortest_paths,
    shortest_path,
    shortest_paths_from,
)
from rmmatch.checking import check
from rmmatch.cohort import Role
from rmmatch.matching import Result, Status
from rmmatch.numeric import Bools, Ints, pair_keys
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.lexicographic_weights import lexicographic_weights
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads
from rmmatch.solving.formulation.formulation import formulate, full_model, to_cohort_order
from rmmatch.solving.lexicographic.tier_methods import LinearMethod

__all__ = ["AugmentingChain", "ForcedPairs", "forced_pairs"]

_MAX_TOTAL_LOSS = 2**60 - 1  # of all tiers packed, below half of IMPOSSIBLE_LOSS; exactness
_MAX_PAIRS = 4_000_000  # acceptable or not; above, callers solve again; limit of input


@dataclass(frozen=True)
class AugmentingChain:
    """What changes in a matching when one pair is forced into it.

    Attributes
    ----------
    removed, added : tuple of (int, int)
        Pairs as positions of mentee and mentor, in cohort order; `added` begins with the forced
        pair.
    losses : tuple of int
        What each tier loses, in the order of the tiers, in the unit of `Result.values`; the first
        that is not zero is positive.
    """

    removed: tuple[tuple[int, int], ...]
    added: tuple[tuple[int, int], ...]
    losses: tuple[int, ...]


class ForcedPairs:
    """The steps by which a best matching can change, and what they cost.

    Losses are packed: one number for all tiers, from which `losses_by_tier` returns each; at least
    ``IMPOSSIBLE_LOSS // 2`` where something is impossible.

    Parameters
    ----------
    scores : PairScores
    network : Network
        All acceptable pairs, people in id order.
    tiers : sequence of LinearTier
        The objective, the most important first.
    chosen : ndarray of bool, shape (n_arcs,)
        A choice that is best for the tiers.
    orders : (ndarray of int64, ndarray of int64)
        Positions in the cohort of the mentees and of the mentors of the network, in id order.

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
        # Rows and columns below are the larger side and the smaller one: columns are the nodes.
        shape = len(scores.mentees), len(scores.mentors)
        self._is_transposed = shape[0] < shape[1]
        self._spans = [_max_chain_loss(tier, min(shape) + 2) for tier in tiers]
        factors = self._factors()
        packed = sum(
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
        self.taking_loss[rows[~chosen], columns[~chosen]] = -packed[~chosen]
        self.is_made = np.zeros(shape, dtype=np.bool_)
        self.is_made[rows[chosen], columns[chosen]] = True
        is_removable = chosen & ~network.fixed
        self._rows, self._columns, self._leaving_loss = (
            rows[is_removable],
            columns[is_removable],
            packed[is_removable],
        )
        # column → rows, and what leaving each costs
        self._rows_of_column: dict[int, list[tuple[int, int]]] = {}
        for row, column, loss in self._removable_pairs():
            self._rows_of_column.setdefault(column, []).append((row, loss))
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
        """Return the loss of every step: a column with one partner too many passes that on.

        The last node stands for places that are filled from outside, or left free.
        """
        n_columns = self.taking_loss.shape[1]
        steps = np.full((n_columns + 1, n_columns + 1), IMPOSSIBLE_LOSS)
        steps[:-1, -1] = self._column_rise
        steps[-1, :-1] = np.minimum(
            self._column_fall,
            np.minimum(self._row_rise[:, None] + self.taking_loss, IMPOSSIBLE_LOSS).min(
                axis=0, initial=IMPOSSIBLE_LOSS
            ),
        )
        for row, column, leaving_loss in self._removable_pairs():
            onwards = np.minimum(leaving_loss + self.taking_loss[row], IMPOSSIBLE_LOSS)
            np.minimum(steps[column, :-1], onwards, out=steps[column, :-1])
            steps[column, -1] = min(steps[column, -1], leaving_loss + self._row_fall[row])
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
            The person's side.
        person : int
            Position on that side, in cohort order.

        Returns
        -------
        ndarray of int64, shape (n_people of the other side,)
            Packed losses, in cohort order.
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
        is_of_row = self._rows == row
        ends[self._columns[is_of_row]] = self._leaving_loss[is_of_row]
        return ends

    def _path_losses_to(self, row: int) -> Ints:
        ends = self._losses_of_last_step(row)
        if self._all_paths is None:
            return shortest_paths_from(ends, self._steps.T)
        nodes = np.flatnonzero(ends < IMPOSSIBLE_LOSS // 2)
        losses: Ints = (self._all_paths[:, nodes] + ends[nodes]).min(
            axis=1, initial=IMPOSSIBLE_LOSS
        )
        return losses

    def _path_losses_from(self, column: int) -> Ints:
        if self._all_paths is not None:
            losses: Ints = self._all_paths[column]
            return losses
        starts = np.full(len(self._steps), IMPOSSIBLE_LOSS)
        starts[column] = 0
        return shortest_paths_from(starts, self._steps)

    def prepare_all_paths(self) -> None:
        """Find the paths between all nodes at once, so that many people are answered quickly."""
        if self._all_paths is None:
            self._all_paths = all_pairs_shortest_paths(self._steps)

    def chain(self, mentee: int, mentor: int) -> AugmentingChain | None:
        """Return the cheapest chain that makes a pair; None where nothing allows it.

        Parameters
        ----------
        mentee, mentor : int
            Positions, in cohort order, of an acceptable pair that is not made.
        """
        row, column = (mentor, mentee) if self._is_transposed else (mentee, mentor)
        path_losses, ends = self._path_losses_to(row), self._losses_of_last_step(row)
        loss = int(self.taking_loss[row, column] + path_losses[column])
        if loss >= IMPOSSIBLE_LOSS // 2:
            return None
        removed, added = [], [(row, column)]
        path = shortest_path(self._steps, path_losses, ends, column)
        for node, next_node in pairwise(path):
            ended, taken = self._pairs_of_step(node, next_node)
            removed += ended
            added += taken
        if path[-1] < self.taking_loss.shape[1]:
            removed.append((row, path[-1]))
        return AugmentingChain(
            self._transposed(removed),
            self._transposed(added),
            tuple(int(losses[0]) for losses in self.losses_by_tier(np.array([loss]))),
        )

    def _transposed(self, pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple(
            (column, row) if self._is_transposed else (row, column) for row, column in pairs
        )

    def _pairs_of_step(
        self, node: int, next_node: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the pairs that a step ends and those it makes."""
        loss, hub = self._steps[node, next_node], self.taking_loss.shape[1]
        if node == hub:
            if loss == self._column_fall[next_node]:
                return [], []
            row = int(
                np.argmin(
                    np.minimum(self._row_rise + self.taking_loss[:, next_node], IMPOSSIBLE_LOSS)
                )
            )
            return [], [(row, next_node)]
        if next_node == hub and loss == self._column_rise[node]:
            return [], []
        for row, leaving_loss in self._rows_of_column.get(node, []):
            onwards = self._row_fall[row] if next_node == hub else self.taking_loss[row, next_node]
            if leaving_loss + onwards == loss:
                return [(row, node)], [] if next_node == hub else [(row, next_node)]
        raise AssertionError("a step is made of pairs")

    # --- everybody ---------------------------------------------------------------------------

    def losses_of_all_pairs(self) -> Ints:
        """Return what forcing each pair costs, or forbidding it where it is made.

        Returns
        -------
        ndarray of int64, shape (n_mentees, n_mentors)
            Packed losses, in cohort order. At least ``IMPOSSIBLE_LOSS // 2`` where that is
            impossible, for forbidden pairs, and for pinned ones.
        """
        self.prepare_all_paths()
        assert self._all_paths is not None
        path_losses = self._all_paths
        ends = np.minimum(path_losses[:-1, -1][None, :] + self._row_rise[:, None], IMPOSSIBLE_LOSS)
        for row, column, leaving_loss in self._removable_pairs():
            np.minimum(ends[row], leaving_loss + path_losses[:-1, column], out=ends[row])
        losses = np.where(
            self.is_made, IMPOSSIBLE_LOSS, np.minimum(self.taking_loss + ends, IMPOSSIBLE_LOSS)
        )
        for row, column, leaving_loss in self._removable_pairs():
            onwards = np.minimum(
                self.taking_loss[row] + path_losses[:-1, column], IMPOSSIBLE_LOSS
            ).min(initial=IMPOSSIBLE_LOSS)
            losses[row, column] = leaving_loss + min(
                onwards, self._row_fall[row] + path_losses[-1, column]
            )
        return losses.T if self._is_transposed else losses

    def losses_by_tier(self, losses: Ints) -> list[Ints]:
        """Return what each tier loses.

        Parameters
        ----------
        losses : ndarray of int64
            Packed losses below ``IMPOSSIBLE_LOSS // 2``, of any shape.

        Returns
        -------
        list of ndarray of int64
            One a tier, in the order of `tiers`, each of the shape of `losses` and in the unit of
            `Result.values`.
        """
        later_losses = []
        for span in self._spans[:0:-1]:
            tier_losses = (losses + span) % (2 * span + 1) - span
            later_losses.append(tier_losses)
            losses = (losses - tier_losses) // (2 * span + 1)
        return [losses, *later_losses[::-1]]


_FORCED_PAIRS_CACHE: WeakKeyDictionary[Result, ForcedPairs | str] = WeakKeyDictionary()


def forced_pairs(result: Result) -> ForcedPairs | str:
    """Return how a result can change and what that costs, or in words why that is not known.

    It needs a proved optimum of tiers that are sums over pairs and people, no quota, at most
    4,000,000 pairs, and numbers that fit into 64 bits together. Computed once a result.

    Parameters
    ----------
    result : Result

    Returns
    -------
    ForcedPairs or str
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
    formulation = formulate(scores, result.seed)
    network, stages = full_model(scores, formulation)
    if not formulation.side_constraints.is_empty:
        return "minimum loads bind only who is used"
    tiers = [stage.tier for stage in stages[:-1] if isinstance(stage, LinearMethod)]
    if len(tiers) < len(stages) - 1 or any(aim.within for aim in result.scheme.aims):
        return "a tier of the objective is not a plain sum"
    # of a worse matching there is no cheapest chain: each could be gone round once more, for less
    if check(result):
        return "the result does not pass its check"
    mentees, mentors = result.made.positions(result.cohort)
    network_positions = np.argsort(formulation.mentee_order), np.argsort(formulation.mentor_order)
    n_mentors = network.n_mentors
    made_keys = pair_keys(network_positions[0][mentees], network_positions[1][mentors], n_mentors)
    chosen = np.isin(pair_keys(network.mentees, network.mentors, n_mentors), made_keys)
    try:
        return ForcedPairs(
            scores, network, tiers, chosen, (formulation.mentee_order, formulation.mentor_order)
        )
    except OverflowError as error:
        return str(error)


def _max_chain_loss(tier: LinearTier, max_pairs: int) -> int:
    """Return a number that the loss of no chain exceeds which makes, and ends, so many pairs."""
    weights = tier.weights
    low, high = (int(weights.min()), int(weights.max())) if weights.size else (0, 0)
    # a chain makes at most one pair more than it ends, or one fewer, and moves two loads at most
    rewards = 4 * max(
        int(tier.load_reward_mentees.max(initial=0)), int(tier.load_reward_mentors.max(initial=0))
    )
    return max_pairs * (high - low) + 2 * max(abs(low), abs(high)) + rewards


def _load_change_losses(
    network: Network, tiers: Sequence[LinearTier], factors: Sequence[int], chosen: Bools
) -> list[tuple[Ints, Ints]]:
    """Return for each side what one pair more, and one fewer, costs each person by itself."""
    bounds = (
        (network.min_load_mentees, network.max_load_mentees),
        (network.min_load_mentors, network.max_load_mentors),
    )
    moves = []
    for side, (load, (min_load, max_load)) in enumerate(
        zip(count_loads(network, chosen), bounds, strict=True)
    ):
        rise, fall = np.zeros_like(load), np.zeros_like(load)
        for tier, factor in zip(tiers, factors, strict=True):
            reward, rewarded_load = (
                (tier.load_reward_mentees, tier.rewarded_load_mentees)
                if side == 0
                else (tier.load_reward_mentors, tier.rewarded_load_mentors)
            )
            rise -= factor * np.where(load < rewarded_load, reward, 0)
            fall += factor * np.where(load <= rewarded_load, reward, 0)
        moves.append(
            (
                np.where(load < max_load, rise, IMPOSSIBLE_LOSS),
                np.where(load > min_load, fall, IMPOSSIBLE_LOSS),
            )
        )
    return moves
