"""What of a cohort decides which tiers of an objective can make a difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Side
from rmmatch.numeric import Ints
from rmmatch.rules import Relations, Rule

__all__ = ["CohortFacts"]

_Column = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True)
class CohortFacts:
    """What of a cohort decides which tiers of an objective can make a difference.

    Attributes
    ----------
    n_sides_with_reserves : int
        On how many of the two sides there are reserves.
    has_two_places : bool
        Whether anybody could have two partners: a capacity of 2 or more, and not withdrawn.
    has_priority : bool
        Whether anybody who could have a partner has a priority.
    open_kinds : frozenset of str
        Kinds of relation of which pairs are listed, and which no rule forbids.
    """

    n_sides_with_reserves: int
    has_two_places: bool
    has_priority: bool
    open_kinds: frozenset[str] = frozenset()

    @property
    def has_reserves(self) -> bool:
        """Whether any person of the cohort is a reserve."""
        return self.n_sides_with_reserves > 0

    @classmethod
    def of_cohort(
        cls, cohort: Cohort, rules: Sequence[Rule], loads_before: Sequence[Ints] | None = None
    ) -> CohortFacts:
        """Return the facts of a cohort under the rules of a scheme.

        Parameters
        ----------
        cohort : Cohort
        rules : sequence of Rule
        loads_before : sequence of two ndarrays of int64, optional
            As of `of_sides`.
        """
        return cls.of_sides(cohort.sides, loads_before).with_kinds(cohort.relations, rules)

    def with_kinds(self, relations: Mapping[str, Sized], rules: Sequence[Rule]) -> CohortFacts:
        """Return the facts with the kinds of relation that pairs may have.

        Parameters
        ----------
        relations : mapping of str to sized
            The pairs of each kind.
        rules : sequence of Rule
        """
        forbidden = {kind for rule in rules if isinstance(rule, Relations) for kind in rule.forbid}
        listed = {kind for kind, pairs in relations.items() if len(pairs)}
        return replace(self, open_kinds=frozenset(listed - forbidden))

    @classmethod
    def of_sides(
        cls, sides: Sequence[Side], loads_before: Sequence[Ints] | None = None
    ) -> CohortFacts:
        """Return the facts of a cohort.

        Parameters
        ----------
        sides : sequence of Side
            Mentees, mentors.
        loads_before : sequence of two ndarrays of int64, optional
            In cohort order: pairs that people have already, whose places are no longer in their
            capacities. The facts are those of the cohort with these pairs.
        """
        loads = loads_before or [np.zeros(len(side), dtype=np.int64) for side in sides]
        return cls.of_columns(
            (side.status, side.capacity + load, side.priority)
            for side, load in zip(sides, loads, strict=True)
        )

    @classmethod
    def of_columns(cls, sides: Iterable[tuple[_Column, _Column, _Column]]) -> CohortFacts:
        """Return the facts of people given by status, capacity and priority.

        Parameters
        ----------
        sides : iterable of (status, capacity, priority)
            An entry a person. Where a damaged record has fewer of one, the others are not looked
            at.
        """
        n_sides_with_reserves, has_two_places, has_priority = 0, False, False
        for columns in sides:
            n_people = min(map(len, columns))
            status, capacity, priority = (np.asarray(column)[:n_people] for column in columns)
            n_sides_with_reserves += int((np.asarray(columns[0]) == "reserve").any())
            takes_part = (status != "withdrawn") & (capacity > 0)
            has_two_places |= bool((takes_part & (capacity > 1)).any())
            has_priority |= bool((takes_part & (priority != 0)).any())
        return cls(n_sides_with_reserves, has_two_places, has_priority)
