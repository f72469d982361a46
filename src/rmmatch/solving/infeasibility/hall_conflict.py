"""Too few places for too many people, as a conflict: where a smallest one is too hard to find.

The people who compete for the same partners, those partners' places and what forbids all others
cannot hold together (Hall, 1935). What would be enough is tried by flow.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from rmmatch.matching.conflict import Conflict
from rmmatch.numeric import Bools, Ints
from rmmatch.rules import always_in_force
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.hall import HallSet, HallViolator
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.infeasibility.repairs import single_repairs
from rmmatch.solving.infeasibility.requirements import RequirementId, Requirements
from rmmatch.solving.infeasibility.wording import RequirementText
from rmmatch.solving.mip.loads import load_limits

__all__ = ["conflict_from_hall_violator"]


def conflict_from_hall_violator(
    scores: PairScores,
    formulation: Formulation,
    network: Network,
    violator: HallViolator,
    deadline: float,
) -> Conflict:
    """Return a conflict, which need not be a smallest one, and some changes that are enough.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
    network : Network
        Of all acceptable pairs, people in id order.
    violator : HallViolator
        Why no choice of the network is allowed.
    deadline : float
        A value of `time.monotonic`; what changes are not found until then are missing.
    """
    for side, contrary in enumerate((violator.contrary_mentees, violator.contrary_mentors)):
        for person in contrary[:1].tolist():
            keys: tuple[RequirementId, ...] = (
                RequirementId("min_load", person, side),
                RequirementId("capacity", person, side),
            )
            is_concerned = (network.mentees, network.mentors)[side] == person
            requirements = _requirements_over_arcs(
                formulation, network, keys, (), is_concerned | network.fixed
            )
            return _as_conflict(scores, formulation, network, requirements, 1, deadline)
    hall_set = violator.hall_sets[0]
    people = _people_short_alone(network, hall_set)
    side = int(hall_set.side == "mentors")
    ends = (network.mentees, network.mentors)[side], (network.mentors, network.mentees)[side]
    is_concerned = np.isin(ends[0], people)
    max_load = (network.max_load_mentors, network.max_load_mentees)[side]
    fixed_load = np.bincount(ends[1][network.fixed & ~is_concerned], minlength=max_load.size)
    # who has fewer acceptable people among them than places gives no more with more places
    is_full = max_load - fixed_load < np.bincount(ends[1][is_concerned], minlength=max_load.size)
    pins = np.flatnonzero((network.fixed & ~is_concerned & is_full[ends[1]])[network.fixed])
    keys = (
        *(RequirementId("pin", pin) for pin in pins.tolist()),
        *(RequirementId("min_load", person, side) for person in people.tolist()),
        *(
            RequirementId("capacity", partner, 1 - side)
            for partner in np.flatnonzero(is_full).tolist()
        ),
    )
    rules = _rules_barring(scores, formulation, people, side)
    requirements = _requirements_over_arcs(
        formulation, network, keys, rules, is_concerned | network.fixed
    )
    n_missing = hall_set.n_needed - hall_set.n_offered
    return _as_conflict(scores, formulation, network, requirements, n_missing, deadline)


def _people_short_alone(network: Network, hall_set: HallSet) -> Ints:
    """Return people of a Hall set who need too much even without the others."""
    min_load = (network.min_load_mentees, network.min_load_mentors)[hall_set.side == "mentors"][
        hall_set.people
    ]
    can_go = np.cumsum(min_load[::-1])[::-1] <= hall_set.n_needed - hall_set.n_offered - 1
    return hall_set.people[~can_go & (min_load > 0)]


def _rules_barring(
    scores: PairScores, formulation: Formulation, people: Ints, side: int
) -> tuple[int, ...]:
    """Return the rules that forbid pairs of some people: of each pair the first."""
    orders = formulation.mentee_order, formulation.mentor_order
    rows, columns = np.sort(orders[side][people]), np.arange(len(orders[1 - side]))
    block = scores.forbidden_by(*((rows, columns) if side == 0 else (columns, rows)))
    return tuple(np.unique(block[block >= len(always_in_force())]).tolist())


def _requirements_over_arcs(
    formulation: Formulation,
    network: Network,
    keys: tuple[RequirementId, ...],
    rules: tuple[int, ...],
    arcs: Bools,
) -> Requirements:
    """Return requirements over some of the arcs; the pins are all the fixed ones."""
    ends = network.mentees[arcs], network.mentors[arcs]
    limits = [load_limits(network, formulation.side_constraints, side) for side in (0, 1)]
    return Requirements(
        keys=(*keys, *(RequirementId("rule", index) for index in range(len(rules)))),
        ends=ends,
        rules=rules,
        is_broken=np.broadcast_to(np.False_, (len(rules), ends[0].size)),
        pins=np.flatnonzero(network.fixed[arcs]),
        rows=(),
        row_quotas=(),
        min_load=(limits[0].min_load, limits[1].min_load),
        min_load_if_paired=(limits[0].min_load_if_paired, limits[1].min_load_if_paired),
        max_load=(limits[0].max_load, limits[1].max_load),
    )


def _as_conflict(
    scores: PairScores,
    formulation: Formulation,
    network: Network,
    requirements: Requirements,
    n_missing: int,
    deadline: float,
) -> Conflict:
    """Return all these requirements as a conflict; at least `n_missing` places are missing."""
    texts = RequirementText(scores, formulation, requirements)
    conflict = Conflict(tuple(texts.requirement(key) for key in requirements.keys))
    if not formulation.side_constraints.is_empty:
        return conflict  # a flow does not know all that is required
    fixed = np.flatnonzero(network.fixed)
    any_choice = LinearTier("any", np.zeros(network.n_arcs, dtype=np.int64))

    def is_feasible(changed: Requirements, is_kept: Bools) -> bool:
        if time.monotonic() > deadline:
            raise TimeoutError
        n_given_up = int((~is_kept).sum())
        for side in (0, 1):
            n_given_up += int((changed.max_load[side] - requirements.max_load[side]).sum())
            n_given_up += int((requirements.min_load[side] - changed.min_load[side]).sum())
        if n_given_up < n_missing:
            return False
        still_fixed = network.fixed.copy()
        dropped = [changed.keys[key_idx].position for key_idx in np.flatnonzero(~is_kept)]
        still_fixed[fixed[dropped]] = False
        eased = replace(
            network,
            fixed=still_fixed,
            min_load_mentees=changed.min_load[0],
            min_load_mentors=changed.min_load[1],
            max_load_mentees=changed.max_load[0],
            max_load_mentors=changed.max_load[1],
        )
        return solve_flow(eased, [any_choice]) is not None

    # how many places one change can give; which pairs a rule let go would allow is not known here
    max_gains = {"pin": 1, "capacity": n_missing, "rule": 0, "quota": 0}
    can_be_enough = [
        max_gains.get(key.kind, int(requirements.min_load[key.side][key.position])) >= n_missing
        for key in requirements.keys
    ]
    changes = single_repairs(requirements, np.array(can_be_enough), texts, is_feasible)
    return replace(conflict, relaxations=changes)
