"""Why no matching is allowed: the smallest set of requirements in conflict, and how to mend it.

A minimal conflict is known as an *irreducible infeasible subset* (IIS); that it is minimal is
shown by a *deletion filter*, which tries without each member in turn (Chinneck and Dravnieks, 1991,
"Locating minimal infeasible constraint sets in linear programs"). The smallest is found by
implicit hitting sets (Ignatiev, Previti, Liffiton and Marques-Silva, 2015, "Smallest MUS extraction
with minimal hitting set dualization"). Whatever is let go to make the others possible, a
*correction set*, has a part in every conflict (Reiter, 1987, "A theory of diagnosis from first
principles"). So a smallest set with a part in all correction sets found so far is a smallest
conflict, once it is a conflict at all.
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
from rmmatch.solving.infeasibility.requirements import Requirements, collect_requirements
from rmmatch.solving.infeasibility.wording import RequirementText, hall_violator_text
from rmmatch.solving.mip.mathopt import Termination, solve_program
from rmmatch.solving.mip.model_builder import ModelBuilder
from rmmatch.solving.stopping import Stop

__all__ = ["explain_infeasibility", "find_conflict", "smallest_conflict"]

# seconds of each step: a conflict, the smallest one, what would be enough; decides what is proved
_STEP_TIME_S = 3.0


def explain_infeasibility(
    scores: PairScores, formulation: Formulation, time_limit: float | None = None
) -> tuple[str, Conflict | None]:
    """Say why no matching is allowed.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
    time_limit : float, optional
        In seconds, for all steps together; each has a few seconds at most.

    Returns
    -------
    message : str
    conflict : Conflict or None
        The requirements in conflict, where found.
    """
    stop = Stop.after(time_limit)
    conflict = smallest_conflict(scores, formulation, _STEP_TIME_S, stop=stop)
    network, _ = full_network(scores, formulation)
    try:
        violator = find_hall_violator(network, stop)
    except TimeoutError:
        violator = None
    if conflict is None and violator is not None:
        deadline = _deadline_after(_STEP_TIME_S, stop)
        conflict = conflict_from_hall_violator(scores, formulation, network, violator, deadline)
    if violator is not None:
        reason = hall_violator_text(scores, formulation, violator)
    elif conflict is not None:
        reason = conflict.sentence
    elif scores.scheme.quotas:
        quotas = "; ".join(quota.describe(scores.setting) for quota in scores.scheme.quotas)
        reason = f"the quotas cannot all hold with the rules, pins and minimum loads: {quotas}"
    else:
        reason = "the rules, pins, capacities and minimum loads cannot all hold"
    if conflict is None and stop.is_due:
        return f"{reason}; the time limit passed before it was found why", None
    if conflict is None:
        return f"{reason}; no smallest conflict was found among so many people", None
    return "; ".join(filter(None, (reason, conflict.remedy))), conflict


def find_conflict(cohort: Cohort, scheme: Scheme) -> Conflict | None:
    """Return what is in conflict, without pairing anybody; see `smallest_conflict`.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme

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
    formulation: Formulation,
    seconds: float = _STEP_TIME_S,
    *,
    stop: Stop | None = None,
) -> Conflict | None:
    """Return what is in conflict where no matching is allowed.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
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
    requirements = collect_requirements(scores, formulation)
    if requirements is None or not requirements.keys:
        return None
    stop = stop or Stop()
    search = _HittingSetSearch(requirements, seconds, stop)
    in_conflict = search.run()
    if in_conflict is None:
        return None
    texts = RequirementText(scores, formulation, requirements)
    keys = [requirements.keys[position] for position in np.flatnonzero(in_conflict).tolist()]
    concerned = texts.context(keys)
    conflict = Conflict(
        tuple(texts.requirement(key, concerned) for key in keys),
        is_smallest=search.is_smallest,
        is_minimal=search.is_minimal,
    )
    deadline = _deadline_after(seconds, stop)

    def is_feasible(changed: Requirements, is_kept: Bools) -> bool:
        return feasible_violation(changed, is_kept, deadline) is not None

    single = single_repairs(requirements, in_conflict, texts, is_feasible)
    if single or search.correction_set is None:
        return replace(conflict, relaxations=single)
    joint = joint_repairs(requirements, search.correction_set, texts, is_feasible)
    if len(joint) == 1:  # there was no time to look for others
        return replace(conflict, relaxations=joint)
    return replace(conflict, together=joint)


class _HittingSetSearch:
    """The search for a conflict.

    Sets of requirements are ndarray of bool, shape (n_requirements,).

    Attributes
    ----------
    correction_set : ndarray of bool, shape (n_requirements,), or None
        Few requirements without which all others can hold, where such a set is known.
    is_smallest, is_minimal : bool
        What is proved of the conflict found.
    """

    def __init__(self, requirements: Requirements, seconds: float, stop: Stop) -> None:
        self.requirements = requirements
        self._seconds, self._stop = seconds, stop
        self.is_smallest = self.is_minimal = False
        self.correction_set: Bools | None = None
        self._correction_sets: list[Bools] = []

    def run(self) -> Bools | None:
        """Return a conflict, a smallest one where the time is enough; None where all can hold."""
        everything = np.ones(len(self.requirements.keys), dtype=np.bool_)
        try:
            if self._is_feasible(everything, self._deadline()):
                return None
        except TimeoutError:
            return None
        conflict = self._quick_core(everything)
        necessary = np.zeros_like(everything)
        for step in (self._find_necessary, self._deletion_filter, self._minimum_iis):
            try:
                conflict = step(conflict, necessary, self._deadline())
            except TimeoutError:
                continue
            if self.is_smallest:
                break
        return conflict

    def _deadline(self) -> float:
        return _deadline_after(self._seconds, self._stop)

    def _quick_core(self, conflict: Bools) -> Bools:
        """Return a conflict within another, quickly."""
        deadline = self._deadline()
        core = lp_infeasible_core(self.requirements, conflict, deadline)
        try:
            return conflict if self._is_feasible(core, deadline) else core
        except TimeoutError:
            return conflict

    def _find_necessary(self, conflict: Bools, necessary: Bools, deadline: float) -> Bools:
        """Mark what alone is enough to let go: it is part of every conflict."""
        for position in np.flatnonzero(conflict).tolist():
            single = np.arange(conflict.size) == position
            if self._is_feasible(~single, deadline):
                self._correction_sets.append(single)
                self.correction_set = single
                necessary[position] = True
        self.is_smallest = self.is_minimal = bool((conflict == necessary).all())
        return conflict

    def _deletion_filter(self, conflict: Bools, necessary: Bools, deadline: float) -> Bools:
        """Return an irreducible conflict: without each of its members the others can hold."""
        necessary = necessary.copy()
        try:
            while (untried := np.flatnonzero(conflict & ~necessary)).size:
                fewer = conflict.copy()
                fewer[untried[0]] = False
                if self._is_feasible(fewer, deadline):
                    necessary[untried[0]] = True
                    continue
                conflict = fewer
                core = lp_infeasible_core(self.requirements, fewer, deadline)
                if not self._is_feasible(core, deadline):
                    conflict = core
        except TimeoutError:
            return conflict
        self.is_minimal = True
        return conflict

    def _minimum_iis(self, conflict: Bools, _: Bools, deadline: float) -> Bools:
        """Return a smallest conflict, given one."""
        while True:
            hitting_set = self._minimum_hitting_set(deadline)
            if hitting_set.sum() == conflict.sum():
                hitting_set = conflict
                break
            grown = hitting_set
            while (violated := min_violation(self.requirements, grown, deadline)) is not None:
                if self.correction_set is None or violated.sum() < self.correction_set.sum():
                    self.correction_set = violated
                self._correction_sets.append(violated)
                grown = grown | violated
            if grown is hitting_set:
                break
        self.is_smallest = self.is_minimal = True
        return hitting_set

    def _is_feasible(self, is_kept: Bools, deadline: float) -> bool:
        return feasible_violation(self.requirements, is_kept, deadline) is not None

    def _minimum_hitting_set(self, deadline: float) -> Bools:
        """Return a smallest set of requirements that has a part in all correction sets so far."""
        n_requirements = len(self.requirements.keys)
        if not self._correction_sets:
            return np.zeros(n_requirements, dtype=np.bool_)
        builder = ModelBuilder()
        is_taken = builder.add_columns(n_requirements, 0.0, 1.0)
        rows = builder.add_rows(len(self._correction_sets), 1.0, np.inf)
        for row, correction_set in zip(rows, self._correction_sets, strict=True):
            builder.add_entries(row[None], is_taken[correction_set], 1.0)
        program = builder.build([(is_taken, np.full(n_requirements, -1.0))])
        answer = solve_program(program, is_integer=True, stop=Stop(deadline))
        if answer.x is None or answer.termination is not Termination.OPTIMAL:
            raise TimeoutError
        hitting_set: Bools = answer.x > 0.5
        return hitting_set
