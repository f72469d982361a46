"""Pairs of people who would rather have each other: counted, and as rows of a programme.

An arc blocks a choice unless it is chosen or one of its two is *content*: has all places filled,
each by a pinned partner or by one worth at least as much to them. With ``A`` the number of such
partners and ``c`` the places that is ``A = c``. For one place ``A`` is 0 or 1 and says by itself
whether somebody is content; for more a whole number ``y <= A / c`` does. So in whole numbers

    x + y of the mentee + y of the mentor + [the arc blocks] >= 1,

the stability constraints of Vande Vate (1989) and Rothblum (1992) with a slack; where ``A`` stands
for ``y`` it has counted ``x`` already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads
from rmmatch.solving.lexicographic.solution_set import SolutionSet
from rmmatch.solving.lexicographic.tier_methods import LinearMethod, TierOutcome
from rmmatch.solving.mip.mathopt import LinearProgram
from rmmatch.solving.mip.model_builder import ModelBuilder
from rmmatch.solving.stopping import Stop
from rmmatch.stability import Preferences, applicants_first_values, deferred_acceptance

__all__ = ["BlockingPairs", "FewestBlockingPairs"]

_PINNED_PREFERENCE = 2**62  # worth more than any other partner
_COUNT_TOLERANCE = 1e-3  # a whole number that is not passed, raised so that rounding cannot


@dataclass(frozen=True, eq=False)
class BlockingPairs:
    """What each arc of a network is to its two.

    Attributes
    ----------
    network : Network
        Of all acceptable pairs.
    worth : tuple of ndarray of int64, shape (n_arcs,)
        To the mentee, to the mentor: the larger, the rather.
    """

    network: Network
    preferences: tuple[Ints, Ints]

    @classmethod
    def of(cls, scores: PairScores, orders: tuple[Ints, Ints], network: Network) -> BlockingPairs:
        """Return it for a cohort.

        Parameters
        ----------
        scores : PairScores
        orders : tuple of ndarray of int64
            Positions in the cohort of the network's mentees and mentors.
        network : Network
        """
        preferences = Preferences(scores)
        pairs = orders[0][network.mentees], orders[1][network.mentors]
        mentee, mentor = (
            applicants_first_values(scores.cohort, view)[pairs]
            for view in (preferences.mentee, preferences.mentor)
        )
        return cls(network, (mentee, mentor))

    def count(self, chosen: Bools) -> int:
        """Return how many arcs block a choice."""
        network, blocks = self.network, ~chosen
        most = network.max_load_mentees, network.max_load_mentors
        ends = network.mentees, network.mentors
        for side, load in enumerate(count_loads(network, chosen)):
            held = np.where(network.fixed, _PINNED_PREFERENCE, self.preferences[side])[chosen]
            least = np.full(most[side].size, _PINNED_PREFERENCE)
            np.minimum.at(least, ends[side][chosen], held)
            least[load < most[side]] = -1
            blocks = blocks & (self.preferences[side] > least[ends[side]])
        return int(blocks.sum())

    def stable_solution(self) -> Bools:
        """Return a choice by deferred acceptance, beside what is fixed: nothing blocks it."""
        network = self.network
        keys = [np.full((network.n_mentees, network.n_mentors), -1) for _ in range(2)]
        ends = network.mentees[~network.fixed], network.mentors[~network.fixed]
        for key, worth in zip(keys, self.preferences, strict=True):
            key[ends] = worth[~network.fixed]
        pinned = count_loads(network, network.fixed)
        places = network.max_load_mentees - pinned[0], network.max_load_mentors - pinned[1]
        mentees, mentors = deferred_acceptance(keys[0], keys[1], *places)
        taken = mentees * network.n_mentors + mentors
        found = np.isin(network.mentees * network.n_mentors + network.mentors, taken)
        return found | network.fixed

    def add_blocking(
        self, programme: LinearProgram, places: Ints, most: int | None
    ) -> LinearProgram:
        """Return a programme that also says which arcs block.

        Parameters
        ----------
        programme : LinearProgram
            Its first columns are arcs.
        places : ndarray of int64
            Which arcs of the network these are.
        most : int or None
            No more may block. None: as few as possible shall; nothing else is worth anything.
        """
        lines = ModelBuilder.of(programme)
        n_arcs = self.network.n_arcs
        column = np.full(n_arcs, -1, dtype=np.int64)
        column[places] = np.arange(places.size)
        rows = lines.add_rows(n_arcs, 1.0, np.inf)
        counted = np.zeros(n_arcs, dtype=np.int64)
        for side in (0, 1):
            content, is_sum = self._add_levels(lines, side, column)
            lines.add_entries(rows, content, 1.0)
            counted += is_sum
        there = column >= 0
        lines.add_entries(rows[there], column[there], 1 - counted[there])
        blocks = lines.add_columns(n_arcs, 0.0, 1.0, whole=False)
        lines.add_entries(rows, blocks, 1.0)
        if most is None:
            return lines.build([(blocks, np.full(n_arcs, -1.0))])
        row = lines.add_rows(1, -np.inf, most + _COUNT_TOLERANCE)
        lines.add_entries(np.broadcast_to(row, blocks.shape), blocks, 1.0)
        return lines.build([])

    def _add_levels(self, lines: ModelBuilder, side: int, column: Ints) -> tuple[Ints, Bools]:
        """Add who is content with what; return each arc's column, and whether it counts the arc."""
        most, level, first = self._levels[side]
        n_levels = first.size
        # how many partners somebody has from their best level down to this one
        counts = lines.add_columns(n_levels, 0.0, most.astype(float), whole=False)
        links = lines.add_rows(n_levels, 0.0, 0.0)
        lines.add_entries(links, counts, 1.0)
        lines.add_entries(links[~first], counts[~first] - 1, -1.0)
        there = column >= 0
        lines.add_entries(links[level[there]], column[there], -1.0)
        content = counts.copy()
        many = most != 1
        content[many] = lines.add_columns(int(many.sum()), 0.0, 1.0)
        rows = lines.add_rows(int(many.sum()), 0.0, np.inf)
        lines.add_entries(rows, counts[many], 1.0)
        lines.add_entries(rows, content[many], -most[many])
        return content[level], ~many[level]

    @cached_property
    def _levels(self) -> tuple[tuple[Ints, Ints, Bools], ...]:
        """Of each side: the places of each level's person, each arc's level, who begins where.

        The levels of a person follow each other, the best first.
        """
        network = self.network
        sides = []
        for side, (ends, most) in enumerate(
            (
                (network.mentees, network.max_load_mentees),
                (network.mentors, network.max_load_mentors),
            )
        ):
            worth = np.where(network.fixed, _PINNED_PREFERENCE, self.preferences[side])
            order = np.lexsort((-worth, ends))
            begins = np.diff(ends[order], prepend=-1) != 0
            is_new = begins | (np.diff(worth[order], prepend=-1) != 0)
            level = np.empty(order.size, dtype=np.int64)
            level[order] = np.cumsum(is_new) - 1
            sides.append((most[ends[order][is_new]], level, begins[is_new]))
        return tuple(sides)


@dataclass(frozen=True, eq=False, slots=True)
class FewestBlockingPairs:
    """The stage of as few arcs as possible that block; its value is their number below 0.

    Attributes
    ----------
    blocking : BlockingPairs
    slack : callable
        How much of an optimum later stages may give up.
    name : str
    """

    blocking_pairs: BlockingPairs
    slack: Callable[[int], int]
    name: str = "blocking_pairs"

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return a tier that says nothing."""
        return LinearTier(self.name, np.zeros(network.n_arcs, dtype=np.int64))

    def value(self, network: Network, chosen: Bools) -> int:
        """Return what a choice is worth."""
        return -self.blocking_pairs.count(chosen)

    def optimise(
        self, way: SolutionSet, then: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Ask for the fewest and hold them."""
        tier = self.linear_proxy(self.blocking_pairs.network)
        return LinearMethod(tier, self.slack).optimise(way, then, stop)
