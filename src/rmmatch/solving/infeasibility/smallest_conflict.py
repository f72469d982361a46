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

from rmmatch.cohort import Cohort
from rmmatch.matching.conflict import Conflict
from rmmatch.numeric import Bools
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.hall import find_hall_violator
from rmmatch.solving.formulation.formulation import Formulation, formulate, full_network
from rmmatch.solving.infeasibility.hall_conflict import conflict_from_hall_violator
from rmmatch.solving.infeasibility.repairs import joint_repairs, single_repairs
from rmmatch.solving.infeasibility.requirement_model import (
    feasible_violation,
    lp_infeasible_core,
    min_violation,
)
from rmmatch.solving.infeasibility.requirements import Requirements, requirements
from rmmatch.solving.infeasibility.wording import RequirementText, hall_violator_text
from rmmatch.solving.mip.mathopt import Termination, solve_program
from rmmatch.solving.mip.model_builder import ModelBuilder
from rmmatch.solving.stopping import Stop

__all__ = ["explain_infeasibility", "find_conflict", "smallest_conflict"]

_STEP_TIME_S = 3.0  # for each step: a set in conflict, the smallest one, and what would be enough


def explain_infeasibility(
    scores: PairScores, posed: Formulation, time_limit: float | None = None
) -> tuple[str, Conflict | None]:
    """Say why no matching is allowed: in words, and as the wishes in conflict where found.

    A time limit is that of all steps together; each has a few seconds at most.
    """
    stop = Stop.after(time_limit)
    conflict = smallest_conflict(scores, posed, _STEP_TIME_S, stop=stop)
    network, _ = full_network(scores, posed)
    try:
        short = find_hall_violator(network, stop)
    except TimeoutError:
        short = None
    if conflict is None and short is not None:
        until = _deadline_after(_STEP_TIME_S, stop)
        conflict = conflict_from_hall_violator(scores, posed, network, short, until)
    if short is not None:
        told = hall_violator_text(scores, posed, short)
    elif conflict is not None:
        told = conflict.sentence()
    elif scores.scheme.quotas:
        asked = "; ".join(quota.describe(scores.setting) for quota in scores.scheme.quotas)
        told = f"the quotas cannot all hold with the rules, pins and minimum loads: {asked}"
    else:
        told = "the rules, pins, capacities and minimum loads cannot all hold"
    if conflict is None and stop.is_due:
        return f"{told}; the time limit passed before it was found why", None
    if conflict is None:
        return f"{told}; no smallest conflict was found among so many people", None
    return "; ".join(filter(None, (told, conflict.remedy()))), conflict


def find_conflict(cohort: Cohort, scheme: Scheme) -> Conflict | None:
    """Return what is in conflict, without pairing anybody; see `conflict_of`.

    Raises
    ------
    SchemeError
        The cohort and the scheme do not fit; every reason is listed.
    """
    scores = PairScores(cohort, scheme)
    return smallest_conflict(scores, formulate(scores, 0))


def _deadline_after(seconds: float, stop: Stop) -> float:
    """Return when a step of so many seconds must end that begins now."""
    soon = time.monotonic() + seconds
    return soon if stop.deadline is None else min(soon, stop.deadline)


def smallest_conflict(
    scores: PairScores,
    posed: Formulation,
    seconds: float = _STEP_TIME_S,
    *,
    stop: Stop | None = None,
) -> Conflict | None:
    """Return what is in conflict where no matching is allowed.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    seconds : float
        For each step. Where it is not enough, the conflict is not proved smallest, or some
        changes are missing.
    stop : Stop, optional
        When all steps must end.

    Returns
    -------
    Conflict or None
        None where nothing is in conflict, where it concerns too many pairs, and where there was
        no time to see that there is one.
    """
    demands = requirements(scores, posed)
    if demands is None or not demands.keys:
        return None
    stop = stop or Stop()
    search = _HittingSetSearch(demands, seconds, stop)
    found = search.run()
    if found is None:
        return None
    words = RequirementText(scores, posed, demands)
    keys = [demands.keys[place] for place in np.flatnonzero(found).tolist()]
    around = words.context(keys)
    conflict = Conflict(
        tuple(words.requirement(key, around) for key in keys),
        is_smallest=search.is_smallest,
        is_minimal=search.is_minimal,
    )
    deadline = _deadline_after(seconds, stop)

    def holds(changed: Requirements, kept: Bools) -> bool:
        return feasible_violation(changed, kept, deadline) is not None

    alone = single_repairs(demands, found, words, holds)
    if alone or search.correction_sets is None:
        return replace(conflict, relaxations=alone)
    some = joint_repairs(demands, search.correction_sets, words, holds)
    if len(some) == 1:  # there was no time to look for others
        return replace(conflict, relaxations=some)
    return replace(conflict, together=some)


class _HittingSetSearch:
    """The search for a conflict.

    Attributes
    ----------
    correction_sets : ndarray of bool, shape (n_wishes,), or None
        Few wishes without which all others can hold, where some are known.
    is_smallest, is_minimal : bool
        What is proved of the conflict found.
    """

    def __init__(self, demands: Requirements, seconds: float, stop: Stop) -> None:
        self.requirements = demands
        self._seconds, self._stop = seconds, stop
        self.is_smallest = self.is_minimal = False
        self.correction_sets: Bools | None = None
        self._hitting_set: list[Bools] = []

    def run(self) -> Bools | None:
        """Return a conflict, a smallest one where the time is enough; None where all can hold."""
        all_kept = np.ones(len(self.requirements.keys), dtype=np.bool_)
        try:
            if self._is_feasible(all_kept, self._deadline()):
                return None
        except TimeoutError:
            return None
        found = self._quick_core(all_kept)
        needed = np.zeros_like(all_kept)
        for step in (self._find_necessary, self._deletion_filter, self._minimum_iis):
            try:
                found = step(found, needed, self._deadline())
            except TimeoutError:
                continue
            if self.is_smallest:
                break
        return found

    def _deadline(self) -> float:
        return _deadline_after(self._seconds, self._stop)

    def _quick_core(self, kept: Bools) -> Bools:
        """Return a conflict among some that are one, quickly."""
        deadline = self._deadline()
        core = lp_infeasible_core(self.requirements, kept, deadline)
        try:
            return kept if self._is_feasible(core, deadline) else core
        except TimeoutError:
            return kept

    def _find_necessary(self, found: Bools, needed: Bools, deadline: float) -> Bools:
        """Mark what alone is enough to let go: it is part of every conflict."""
        for place in np.flatnonzero(found).tolist():
            one = np.arange(found.size) == place
            if self._is_feasible(~one, deadline):
                self._hitting_set.append(one)
                self.correction_sets = one
                needed[place] = True
        self.is_smallest = self.is_minimal = bool((found == needed).all())
        return found

    def _deletion_filter(self, found: Bools, needed: Bools, deadline: float) -> Bools:
        """Return a conflict without what is not needed."""
        needed = needed.copy()
        try:
            while (left := np.flatnonzero(found & ~needed)).size:
                fewer = found.copy()
                fewer[left[0]] = False
                if self._is_feasible(fewer, deadline):
                    needed[left[0]] = True
                    continue
                found = fewer
                core = lp_infeasible_core(self.requirements, fewer, deadline)
                if not self._is_feasible(core, deadline):
                    found = core
        except TimeoutError:
            return found
        self.is_minimal = True
        return found

    def _minimum_iis(self, found: Bools, _: Bools, deadline: float) -> Bools:
        """Return a smallest conflict, where one is known."""
        while True:
            few = self._minimum_hitting_set(deadline)
            if few.sum() == found.sum():
                few = found
                break
            grown = few
            while (missed := min_violation(self.requirements, grown, deadline)) is not None:
                if self.correction_sets is None or missed.sum() < self.correction_sets.sum():
                    self.correction_sets = missed
                self._hitting_set.append(missed)
                grown = grown | missed
            if grown is few:
                break
        self.is_smallest = self.is_minimal = True
        return few

    def _is_feasible(self, kept: Bools, deadline: float) -> bool:
        return feasible_violation(self.requirements, kept, deadline) is not None

    def _minimum_hitting_set(self, deadline: float) -> Bools:
        """Return a smallest set of wishes that has a part in all sets that were let go."""
        n_wishes = len(self.requirements.keys)
        if not self._hitting_set:
            return np.zeros(n_wishes, dtype=np.bool_)
        lines = ModelBuilder()
        taken = lines.add_columns(n_wishes, 0.0, 1.0)
        rows = lines.add_rows(len(self._hitting_set), 1.0, np.inf)
        for row, met in zip(rows, self._hitting_set, strict=True):
            lines.add_entries(row[None], taken[met], 1.0)
        fewest = lines.build([(taken, np.full(n_wishes, -1.0))])
        answer = solve_program(fewest, is_integer=True, stop=Stop(deadline))
        if answer.x is None or answer.termination is not Termination.OPTIMAL:
            raise TimeoutError
        few: Bools = answer.x > 0.5
        return few
