"""What quotas ask of one cohort, in numbers: counted groups, and bounds on their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

import numpy as np

from rmmatch.numeric import Bools, Ints

__all__ = ["CountBound", "CountedGroup", "QuotaInstance"]

_MIN_SHOWN_PEOPLE = 5  # people: a smaller count of a sensitive group is not told; privacy


@dataclass(frozen=True, eq=False, slots=True)
class CountedGroup:
    """What a limit counts: people of one side that are paired, or pairs of a kind.

    Attributes
    ----------
    name : str
        In the scheme's words, as ``mentors with organisation ARC``.
    side : {'mentees', 'mentors', 'pairs'}
    people : ndarray of int64
        Positions in the cohort of the people it is about; empty for pairs. Each counts once,
        however many pairs they have.
    mentees, mentors : ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        For pairs, a code for each person, -1 for people whose pairs are not counted; empty for
        people.
    is_same : bool
        For pairs: whether pairs with the same code are counted, or those with different ones.
    """

    name: str
    side: Literal["mentees", "mentors", "pairs"]
    people: Ints
    mentees: Ints
    mentors: Ints
    is_same: bool = True

    def contains(self, mentees: Ints, mentors: Ints) -> Bools:
        """Tell which pairs are of the kind; only for groups of pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, cohort order.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
        """
        codes = self.mentees[mentees], self.mentors[mentors]
        alike = codes[0] == codes[1]
        counted: Bools = (codes[0] >= 0) & (codes[1] >= 0) & (alike == self.is_same)
        return counted

    def count(self, mentees: Ints, mentors: Ints) -> int:
        """Return how many of the group are among some pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        """
        if self.side == "pairs":
            return int(self.contains(mentees, mentors).sum())
        paired = mentees if self.side == "mentees" else mentors
        return int(np.isin(self.people, paired).sum())


@dataclass(frozen=True, eq=False, slots=True)
class CountBound:
    """``least <= Σ weight · (count of the group) <= most``.

    Attributes
    ----------
    label : str
        In the scheme's words, as ``at least 2 mentors with organisation ARC``.
    groups : tuple of int
        Positions among the groups of its `QuotaInstance`: one, or two for parity.
    weights : tuple of int
        One a group; 1 but for parity.
    least, most : int or None
        None is no bound.
    """

    label: str
    groups: tuple[int, ...]
    weights: tuple[int, ...]
    least: int | None
    most: int | None


@dataclass(frozen=True, eq=False, slots=True)
class QuotaInstance:
    """What one quota asks of one cohort.

    Attributes
    ----------
    label : str
        The whole quota in a few words.
    groups : tuple of CountedGroup
    bounds : tuple of CountBound
        All must hold; a soft quota may miss them.
    parity : Fraction or None
        The largest difference of paired rates of two groups.
    sizes : tuple of int
        Of each group the applicants; rates are parts of these. Only for parity.
    is_soft : bool
    penalty : int
        Millionths of score taken off the total for each person or pair short or over; 0 where a
        tier counts them, or where the quota is hard.
    is_hidden : bool
        Whether it reads a sensitive column: its counts below 5 are not told.
    """

    label: str
    groups: tuple[CountedGroup, ...]
    bounds: tuple[CountBound, ...]
    parity: Fraction | None
    sizes: tuple[int, ...]
    is_soft: bool
    penalty: int
    is_hidden: bool

    def counts(self, mentees: Ints, mentors: Ints) -> tuple[int, ...]:
        """Return the count of each group among some pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        """
        return tuple(group.count(mentees, mentors) for group in self.groups)

    def violated_bounds(self, counts: Sequence[int]) -> list[CountBound]:
        """Return the bounds that the counts of groups miss.

        Parameters
        ----------
        counts : sequence of int
            One a group, as `counts` returns them.
        """
        missed = []
        for bound in self.bounds:
            activity = sum(
                weight * counts[group]
                for group, weight in zip(bound.groups, bound.weights, strict=True)
            )
            is_short = bound.least is not None and activity < bound.least
            if is_short or (bound.most is not None and activity > bound.most):
                missed.append(bound)
        return missed

    def shortfall(self, counts: Sequence[int]) -> int:
        """Return by how many people or pairs the quota is missed.

        That is the sum over groups of what is short or over; for parity, the fewest people of
        the groups with the lower rates who would have to be paired besides.

        Parameters
        ----------
        counts : sequence of int
            One a group, as `counts` returns them.
        """
        if self.parity is None:
            return sum(
                max(0, (bound.least or 0) - counts[bound.groups[0]])
                + (0 if bound.most is None else max(0, counts[bound.groups[0]] - bound.most))
                for bound in self.bounds
            )
        # Raising the lowest rates may, by whole people, pass the highest: then all over again.
        raised, before = list(counts), None
        while raised != before:
            before = raised
            top = max((Fraction(n, s) for n, s in zip(raised, self.sizes, strict=True)), default=0)
            raised = [
                max(n, ceil((top - self.parity) * s))
                for n, s in zip(before, self.sizes, strict=True)
            ]
        return sum(raised) - sum(counts)

    def sentence(self, counts: Sequence[int], groups: Sequence[int] | None = None) -> str:
        """Say how many each group got; few people of a sensitive group are not counted.

        Parameters
        ----------
        counts : sequence of int
            Of the groups named, in their order.
        groups : sequence of int, optional
            Positions of groups; all by default.
        """
        group_texts = []
        group_idx = range(len(self.groups)) if groups is None else groups
        for index, count in zip(group_idx, counts, strict=True):
            group = self.groups[index]
            size = self.sizes[index] if self.sizes else None
            if (
                self.is_hidden
                and min(count, count if size is None else size - count) < _MIN_SHOWN_PEOPLE
            ):
                got = f"fewer than {_MIN_SHOWN_PEOPLE}" if size is None else "not shown: few people"
            else:
                got = str(count) if size is None else f"{count} of {size}"
            group_texts.append(f"{group.name}: {got}")
        return "; ".join(group_texts)
