"""Pairs of people who would rather have each other: what each is to the other, and how many block.

An arc blocks a choice unless it is chosen or one of its two people is *content*: has all places
filled, each by a pinned partner or by one worth at least as much to them.
`rmmatch.solving.mip.stability_model` says the same in rows of a mixed-integer program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmmatch.numeric import Bools, Ints, pair_keys
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads
from rmmatch.solving.lexicographic.solution_set import SolutionSet
from rmmatch.solving.lexicographic.tier_methods import LinearMethod, TierOutcome
from rmmatch.solving.stopping import Stop
from rmmatch.stability import Preferences, applicants_first_values, deferred_acceptance

__all__ = ["BlockingPairs", "FewestBlockingPairs", "PreferenceLevels"]

_PINNED_PREFERENCE = 2**62  # above any preference, millionths; exactness


@dataclass(frozen=True, eq=False, slots=True)
class PreferenceLevels:
    """Partners to whom the people of one side are indifferent, as levels numbered in order.

    The levels of a person follow each other, the best first; pinned partners are the best.

    Attributes
    ----------
    max_load : ndarray of int64, shape (n_levels,)
        The maximum load of each level's person.
    level_of_arc : ndarray of int64, shape (n_arcs,)
        The level in which the arc's partner is.
    begins : ndarray of bool, shape (n_levels,)
        Whether the level is the best of its person.
    """

    max_load: Ints
    level_of_arc: Ints
    begins: Bools


@dataclass(frozen=True, eq=False)
class BlockingPairs:
    """What the two people of each arc think of each other.

    Attributes
    ----------
    network : Network
        Of all acceptable pairs, people in id order.
    preferences : tuple of ndarray of int64, shape (n_arcs,)
        The value of the arc to its mentee, and to its mentor: the higher, the more they want it.
        In millionths, and above all of these for applicants where there are reserves.
    """

    network: Network
    preferences: tuple[Ints, Ints]

    @classmethod
    def of(cls, scores: PairScores, orders: tuple[Ints, Ints], network: Network) -> BlockingPairs:
        """Return the preferences of a cohort's people.

        Parameters
        ----------
        scores : PairScores
        orders : tuple of ndarray of int64, shapes (n_mentees,) and (n_mentors,)
            The position in the cohort of each mentee and each mentor of the network.
        network : Network
            Of all acceptable pairs.
        """
        preferences = Preferences(scores)
        pairs = orders[0][network.mentees], orders[1][network.mentors]
        mentee, mentor = (
            applicants_first_values(scores.cohort, view)[pairs]
            for view in (preferences.mentee, preferences.mentor)
        )
        return cls(network, (mentee, mentor))

    def count(self, chosen: Bools) -> int:
        """Return how many arcs block a choice.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_arcs,)
            The choice.
        """
        network, blocks = self.network, ~chosen
        max_load = network.max_load_mentees, network.max_load_mentors
        ends = network.mentees, network.mentors
        for side, load in enumerate(count_loads(network, chosen)):
            chosen_preferences = np.where(
                network.fixed, _PINNED_PREFERENCE, self.preferences[side]
            )[chosen]
            worst = np.full(max_load[side].size, _PINNED_PREFERENCE)
            np.minimum.at(worst, ends[side][chosen], chosen_preferences)
            worst[load < max_load[side]] = -1
            blocks = blocks & (self.preferences[side] > worst[ends[side]])
        return int(blocks.sum())

    def stable_solution(self) -> Bools:
        """Return a choice by deferred acceptance, beside what is fixed: nothing blocks it."""
        network = self.network
        matrices = [np.full((network.n_mentees, network.n_mentors), -1) for _ in range(2)]
        ends = network.mentees[~network.fixed], network.mentors[~network.fixed]
        for matrix, preferences in zip(matrices, self.preferences, strict=True):
            matrix[ends] = preferences[~network.fixed]
        pinned = count_loads(network, network.fixed)
        places = network.max_load_mentees - pinned[0], network.max_load_mentors - pinned[1]
        mentees, mentors = deferred_acceptance(matrices[0], matrices[1], *places)
        arc_keys = pair_keys(network.mentees, network.mentors, network.n_mentors)
        return network.fixed | np.isin(arc_keys, pair_keys(mentees, mentors, network.n_mentors))

    @cached_property
    def levels(self) -> tuple[PreferenceLevels, PreferenceLevels]:
        """The levels of mentees, and those of mentors."""
        network = self.network
        return (
            self._levels_of_side(network.mentees, network.max_load_mentees, self.preferences[0]),
            self._levels_of_side(network.mentors, network.max_load_mentors, self.preferences[1]),
        )

    def _levels_of_side(self, ends: Ints, max_load: Ints, preferences: Ints) -> PreferenceLevels:
        values = np.where(self.network.fixed, _PINNED_PREFERENCE, preferences)
        order = np.lexsort((-values, ends))
        begins = np.diff(ends[order], prepend=-1) != 0
        is_new = begins | (np.diff(values[order], prepend=-1) != 0)
        level_of_arc = np.empty(order.size, dtype=np.int64)
        level_of_arc[order] = np.cumsum(is_new) - 1
        return PreferenceLevels(max_load[ends[order][is_new]], level_of_arc, begins[is_new])


@dataclass(frozen=True, eq=False, slots=True)
class FewestBlockingPairs:
    """The tier of as few blocking arcs as possible; its value is minus their number.

    Attributes
    ----------
    blocking_pairs : BlockingPairs
    slack : callable
        From an optimum to how many more blocking arcs later tiers may leave.
    name : str
    """

    blocking_pairs: BlockingPairs
    slack: Callable[[int], int]
    name: str = "blocking_pairs"

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return a tier in which all arcs weigh 0.

        Parameters
        ----------
        network : Network
        """
        return LinearTier(self.name, np.zeros(network.n_arcs, dtype=np.int64))

    def value(self, network: Network, chosen: Bools) -> int:
        """Return minus the number of blocking arcs.

        Parameters
        ----------
        network : Network
            That of `blocking_pairs`.
        chosen : ndarray of bool, shape (n_arcs,)
            The choice.
        """
        return -self.blocking_pairs.count(chosen)

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Find a choice with the fewest blocking arcs, and restrict the solutions to such choices.

        Parameters
        ----------
        solutions : SolutionSet
        next_tiers : sequence of LinearTier
        stop : Stop
            As for `TierMethod.optimise`.
        """
        tier = self.linear_proxy(self.blocking_pairs.network)
        return LinearMethod(tier, self.slack).optimise(solutions, next_tiers, stop)
