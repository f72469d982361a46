"""How a tier of an objective is optimised: as a sequence of linear questions to a solution set.

Some tiers are one linear question (`LinearMethod`). The loads of one side are compared by one
question for each load (`LoadProfileMethod`); tiers that compare whole lists of pairs are in
`rmmatch.solving.lexicographic.level_methods`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, tier_value
from rmmatch.solving.lexicographic.solution_set import SolutionSet, restrict_choice
from rmmatch.solving.stopping import Stop

__all__ = [
    "DualProof",
    "LinearMethod",
    "LoadProfileMethod",
    "TierMethod",
    "TierOutcome",
    "Value",
]

Value: TypeAlias = int | tuple[int, ...]

_LOADS_PER_QUESTION = 6  # loads that one flow may answer together; speed only


@dataclass(frozen=True, eq=False, slots=True)
class DualProof:
    """What proves the answer to one linear question of a tier.

    Attributes
    ----------
    level : int
        Which question: the level, or the load; 0 where the tier is one linear question.
    prices : tuple of ndarray of int64, or None
        Prices of mentees and mentors, in id order and in the unit of the question's weights; None
        where the solution set has a proof of its own.
    """

    level: int
    prices: tuple[Ints, Ints] | None


@dataclass(frozen=True, eq=False, slots=True)
class TierOutcome:
    """What optimising a tier came to.

    Attributes
    ----------
    solution_set : SolutionSet
        The choices that later tiers may take.
    chosen : ndarray of bool, shape (n_arcs,)
        One of these choices, over the arcs of `solution_set`; the best at hand where time ran out.
    optimum : int or tuple of int, or None
        What no choice exceeds, in the tier's unit; None where no bound is known.
    proofs : tuple of DualProof, or None
        None where time ran out.
    """

    solution_set: SolutionSet
    chosen: Bools
    optimum: Value | None
    proofs: tuple[DualProof, ...] | None


class TierMethod(Protocol):
    """How one tier of an objective is optimised and evaluated."""

    @property
    def name(self) -> str:
        """What a reader calls the tier."""
        ...

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return a linear tier over the first network that resembles this tier, to sort arcs by.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        """
        ...

    def value(self, network: Network, chosen: Bools) -> Value:
        """Return the value of a choice, in the tier's unit.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        chosen : ndarray of bool, shape (n_arcs,)
        """
        ...

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Find the best of some solutions, and restrict the solutions to the optima.

        Parameters
        ----------
        solutions : SolutionSet
            All choices that are allowed and best for the tiers before.
        next_tiers : sequence of LinearTier
            The tiers that follow, in order, over the arcs of `solutions`; only speed depends on
            them.
        stop : Stop
            Looked at between steps.

        Returns
        -------
        TierOutcome or None
            None where no choice is allowed.
        """
        ...


@dataclass(frozen=True, eq=False, slots=True)
class LinearMethod:
    """A tier that is one linear question.

    Attributes
    ----------
    tier : LinearTier
        Over the first network.
    slack : callable, optional
        From an optimum to how much of it later tiers may give up, both in the tier's unit.
    """

    tier: LinearTier
    slack: Callable[[int], int] | None = None

    @property
    def name(self) -> str:
        """The name of `tier`."""
        return self.tier.name

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return the tier itself.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        """
        return self.tier

    def value(self, network: Network, chosen: Bools) -> int:
        """Return the value of a choice, in the tier's unit.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        chosen : ndarray of bool, shape (n_arcs,)
        """
        return tier_value(network, self.tier, chosen)

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Ask for the best choice and restrict the solutions to such choices.

        Parameters
        ----------
        solutions : SolutionSet
        next_tiers : sequence of LinearTier
        stop : Stop
            As for `TierMethod.optimise`.
        """
        tier = replace(self.tier.with_arcs(solutions.arc_idx), next_tiers=tuple(next_tiers))
        best = solutions.optimise(tier, stop)
        if best is None:
            return None
        if best.value != best.bound:
            return TierOutcome(solutions, best.chosen, best.bound, None)
        slack = 0 if self.slack is None else self.slack(best.bound)
        restricted = solutions.restrict_to_optima(tier, best, slack)
        chosen = restrict_choice(solutions, restricted, best.chosen)
        return TierOutcome(restricted, chosen, best.bound, (DualProof(0, best.prices),))


@dataclass(frozen=True, eq=False, slots=True)
class LoadProfileMethod:
    """As many people of one side as possible with a pair, then with two, and so on.

    Attributes
    ----------
    side : {'mentees', 'mentors'}
    max_load : int
        At least the number of pairs that anybody on that side can have.
    name : str
    """

    side: Literal["mentees", "mentors"]
    max_load: int
    name: str = "spread"

    def load_tier(self, n_arcs: int, load: int) -> LinearTier:
        """Return the tier ``Σ min(load of the person, load)``.

        Parameters
        ----------
        n_arcs : int
        load : int
            Pairs that count of each person.
        """
        zero, reward = np.zeros(n_arcs, dtype=np.int64), np.ones(1, dtype=np.int64)
        name, rewarded = f"{self.name} {load}", np.full(1, load)
        if self.side == "mentees":
            return LinearTier(
                name, zero, load_reward_mentees=reward, rewarded_load_mentees=rewarded
            )
        return LinearTier(name, zero, load_reward_mentors=reward, rewarded_load_mentors=rewarded)

    def linear_proxy(self, network: Network) -> LinearTier:
        """Return the first question: how many people have a pair.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        """
        return self.load_tier(network.n_arcs, 1)

    def value(self, network: Network, chosen: Bools) -> tuple[int, ...]:
        """Return how many people have at least one pair, at least two, and so on.

        Parameters
        ----------
        network : Network
            The first network, of all arcs.
        chosen : ndarray of bool, shape (n_arcs,)
        """
        load = count_loads(network, chosen)[self.side == "mentors"]
        return tuple(int((load > k).sum()) for k in range(int(load.max(initial=0))))

    def optimise(
        self, solutions: SolutionSet, next_tiers: Sequence[LinearTier], stop: Stop
    ) -> TierOutcome | None:
        """Settle one load after the other.

        Parameters
        ----------
        solutions : SolutionSet
        next_tiers : sequence of LinearTier
        stop : Stop
            As for `TierMethod.optimise`.
        """
        proofs: list[DualProof] = []
        counts: list[int] = [0]
        chosen: Bools | None = None
        for load in range(1, max(1, self.max_load) + 1):
            if chosen is not None and stop.is_due:
                return TierOutcome(solutions, chosen, None, None)
            n_arcs = solutions.network.n_arcs
            later_loads = range(load + 1, min(load + _LOADS_PER_QUESTION, self.max_load + 1))
            next_load_tiers = tuple(self.load_tier(n_arcs, k) for k in later_loads)
            tier = replace(self.load_tier(n_arcs, load), next_tiers=next_load_tiers)
            best = solutions.optimise(tier, stop)
            if best is None:
                return None
            if best.value != best.bound:
                return TierOutcome(solutions, best.chosen, None, None)
            proofs.append(DualProof(load, best.prices))
            counts.append(best.value)
            restricted = solutions.restrict_to_optima(tier, best)
            chosen, solutions = restrict_choice(solutions, restricted, best.chosen), restricted
            if counts[-1] == counts[-2]:
                break  # nobody can have so many
        assert chosen is not None
        steps = np.diff(counts)
        return TierOutcome(solutions, chosen, tuple(steps[steps > 0].tolist()), tuple(proofs))
