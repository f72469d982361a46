"""Why no matching is allowed: the smallest set of wishes in conflict, and what would be enough.

The smallest set is found by implicit hitting sets (Ignatiev, Previti, Liffiton and Marques-Silva,
2015, "Smallest MUS extraction with minimal hitting set dualization"). Whatever is let go to make
the rest possible has a part in every conflict. So a smallest set with a part in all that were
found so far is a smallest conflict, once it is a conflict at all.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from rmmatch.matching.conflict import Conflict
from rmmatch.scoring import PairScores
from rmmatch.solving.linear import solve_programme
from rmmatch.solving.network import Bools
from rmmatch.solving.objective import Posed, over_all_pairs
from rmmatch.solving.posing import Lines
from rmmatch.solving.relaxing import relaxations, together
from rmmatch.solving.tiers import shortfall
from rmmatch.solving.wishes import Demands, demands_of, solve_demands
from rmmatch.solving.wording import Words, told_shortfall

__all__ = ["conflict_of", "explained"]

_SECONDS = 15.0  # for each of: the smallest set, or a set at all; and what would be enough


def explained(scores: PairScores, posed: Posed) -> tuple[str, Conflict | None]:
    """Say why no matching is allowed: in words, and as the wishes in conflict where found."""
    conflict = conflict_of(scores, posed)
    short = shortfall(over_all_pairs(scores, posed)[0])
    if short is not None:
        told = told_shortfall(scores, posed, short)
    elif conflict is not None:
        told = conflict.told()
    else:
        asked = "; ".join(quota.describe(scores.setting) for quota in scores.scheme.quotas)
        told = f"the quotas cannot all hold with the rules, pins and minimum loads: {asked}"
    if conflict is None:
        return f"{told}; among so many people no smallest conflict was looked for", None
    return "; ".join(filter(None, (told, conflict.remedy()))), conflict


def conflict_of(scores: PairScores, posed: Posed, seconds: float = _SECONDS) -> Conflict | None:
    """Return what is in conflict where no matching is allowed.

    Parameters
    ----------
    scores : PairScores
    posed : Posed
    seconds : float
        For each step. Where it is not enough, the conflict is not proved smallest, or some
        changes are missing.

    Returns
    -------
    Conflict or None
        None where nothing is in conflict, and where it concerns too many pairs.
    """
    demands = demands_of(scores, posed)
    if demands is None:
        return None
    search = _Search(demands)
    found = search.smallest(time.monotonic() + seconds)
    is_smallest = found is not None
    is_minimal = is_smallest
    if found is None:
        found, is_minimal = search.smaller(time.monotonic() + seconds)
    if search.let_go is None or not found.any():
        return None
    words = Words(scores, posed, demands)
    keys = [demands.keys[place] for place in np.flatnonzero(found).tolist()]
    around = words.around(keys)
    conflict = Conflict(
        tuple(words.wish(key, around) for key in keys),
        is_smallest=is_smallest,
        is_minimal=is_minimal,
    )
    deadline = time.monotonic() + seconds
    alone = relaxations(demands, found, words, deadline)
    if alone:
        return replace(conflict, relaxations=alone)
    return replace(conflict, together=together(demands, search.let_go, words, deadline))


class _Search:
    """The search for a conflict.

    Attributes
    ----------
    let_go : ndarray of bool, shape (n_wishes,), or None
        The fewest wishes without which all others can hold; None until it is known.
    """

    def __init__(self, demands: Demands) -> None:
        self.demands = demands
        self.let_go: Bools | None = None
        self._met: list[Bools] = []

    def smallest(self, deadline: float) -> Bools | None:
        """Return a smallest conflict; None where the time was not enough."""
        try:
            while True:
                few = self._meeting_all(deadline)
                grown = few
                while (missed := self._missed(grown, deadline)) is not None:
                    if not missed.any():
                        return missed  # everything can hold
                    self._met.append(missed)
                    grown = grown | missed
                if grown is few:
                    return few
        except TimeoutError:
            return None

    def smaller(self, deadline: float) -> tuple[Bools, bool]:
        """Return a conflict, and whether no part of it is one: what is not needed is let go."""
        kept = np.ones(len(self.demands.keys), dtype=np.bool_)
        # what alone is enough to let go is part of every conflict
        needed = np.zeros_like(kept)
        for met in self._met:
            needed |= met & (met.sum() == 1)
        size = max(1, kept.size // 2)
        try:
            while True:
                left = np.flatnonzero(kept & ~needed)
                for start in range(0, left.size, size):
                    part = left[start : start + size]
                    fewer = kept.copy()
                    fewer[part] = False
                    if self._holds(fewer, deadline):
                        needed[part] |= part.size == 1
                    else:
                        kept = fewer
                if size == 1:
                    return kept, True
                size = max(1, size // 2)
        except TimeoutError:
            return kept, False

    def _missed(self, kept: Bools, deadline: float) -> Bools | None:
        missed = solve_demands(self.demands, kept, is_fewest=True, deadline=deadline)
        if self.let_go is None:
            self.let_go = missed
        return missed

    def _holds(self, kept: Bools, deadline: float) -> bool:
        return solve_demands(self.demands, kept, is_fewest=False, deadline=deadline) is not None

    def _meeting_all(self, deadline: float) -> Bools:
        """Return a smallest set of wishes that has a part in all sets that were let go."""
        n_wishes = len(self.demands.keys)
        if not self._met:
            return np.zeros(n_wishes, dtype=np.bool_)
        lines = Lines()
        taken = lines.add_columns(n_wishes, 0.0, 1.0)
        rows = lines.add_rows(len(self._met), 1.0, np.inf)
        for row, met in zip(rows, self._met, strict=True):
            lines.put(row[None], taken[met], 1.0)
        answer = solve_programme(
            lines.programme([(taken, np.full(n_wishes, -1.0))]), is_whole=True, deadline=deadline
        )
        if answer.x is None:
            raise TimeoutError
        few: Bools = answer.x > 0.5
        return few
