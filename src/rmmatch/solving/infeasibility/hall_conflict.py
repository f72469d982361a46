"""Too few places for too many people as a conflict, in cohorts where no smallest one is looked for.

The people who compete for the same partners, those partners' places and what forbids all others
cannot hold together (Hall, 1935). What would be enough is looked at by flow.
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

__all__ = ["conflict_from_hall_violator"]


def conflict_from_hall_violator(
    scores: PairScores, posed: Formulation, network: Network, short: HallViolator, deadline: float
) -> Conflict:
    """Return a conflict, which need not be a smallest one, and some changes that are enough.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    network : Network
        Of all acceptable pairs.
    short : HallViolator
        Why no choice of the network is allowed.
    deadline : float
        A value of `time.monotonic`; what changes are not found until then are missing.
    """
    for side, contrary in enumerate((short.contrary_mentees, short.contrary_mentors)):
        for person in contrary[:1].tolist():
            keys: tuple[RequirementId, ...] = (
                RequirementId("min_load", person, side),
                RequirementId("capacity", person, side),
            )
            theirs = (network.mentees, network.mentors)[side] == person
            demands = _requirements_over_arcs(posed, network, keys, (), theirs | network.fixed)
            return _as_conflict(scores, posed, network, demands, 1, deadline)
    group = short.hall_sets[0]
    people = _people_short_alone(network, group)
    side = int(group.side == "mentors")
    ends = (network.mentees, network.mentors)[side], (network.mentors, network.mentees)[side]
    theirs = np.isin(ends[0], people)
    most = (network.max_load_mentors, network.max_load_mentees)[side]
    taken = np.bincount(ends[1][network.fixed & ~theirs], minlength=most.size)
    # who has fewer acceptable people among them than places gives no more with more places
    is_full = most - taken < np.bincount(ends[1][theirs], minlength=most.size)
    pins = np.flatnonzero((network.fixed & ~theirs & is_full[ends[1]])[network.fixed])
    keys = (
        *(RequirementId("pin", pin) for pin in pins.tolist()),
        *(RequirementId("min_load", person, side) for person in people.tolist()),
        *(
            RequirementId("capacity", partner, 1 - side)
            for partner in np.flatnonzero(is_full).tolist()
        ),
    )
    rules = _rules_barring(scores, posed, people, side)
    demands = _requirements_over_arcs(posed, network, keys, rules, theirs | network.fixed)
    return _as_conflict(scores, posed, network, demands, group.n_needed - group.n_offered, deadline)


def _people_short_alone(network: Network, group: HallSet) -> Ints:
    """Return people of a group who need too much even without the others."""
    least = (network.min_load_mentees, network.min_load_mentors)[group.side == "mentors"][
        group.people
    ]
    can_go = np.cumsum(least[::-1])[::-1] <= group.n_needed - group.n_offered - 1
    return group.people[~can_go & (least > 0)]


def _rules_barring(
    scores: PairScores, posed: Formulation, people: Ints, side: int
) -> tuple[int, ...]:
    """Return the rules that forbid pairs of some people: of each pair the first."""
    orders = posed.mentee_order, posed.mentor_order
    rows, columns = np.sort(orders[side][people]), np.arange(len(orders[1 - side]))
    block = scores.forbidden_by(*((rows, columns) if side == 0 else (columns, rows)))
    return tuple(np.unique(block[block >= len(always_in_force())]).tolist())


def _requirements_over_arcs(
    posed: Formulation,
    network: Network,
    keys: tuple[RequirementId, ...],
    rules: tuple[int, ...],
    arcs: Bools,
) -> Requirements:
    """Return wishes over some of the arcs; the pins are all the fixed ones."""
    ends = network.mentees[arcs], network.mentors[arcs]
    return Requirements(
        keys=(*keys, *(RequirementId("rule", index) for index in range(len(rules)))),
        ends=ends,
        rules=rules,
        is_broken=np.broadcast_to(np.False_, (len(rules), ends[0].size)),
        pins=np.flatnonzero(network.fixed[arcs]),
        rows=(),
        row_quotas=(),
        min_load=(network.min_load_mentees, network.min_load_mentors),
        max_used=(posed.side_constraints.max_used_mentees, posed.side_constraints.max_used_mentors),
        max_load=(network.max_load_mentees, network.max_load_mentors),
    )


def _as_conflict(
    scores: PairScores,
    posed: Formulation,
    network: Network,
    demands: Requirements,
    missing: int,
    deadline: float,
) -> Conflict:
    """Return all these wishes as a conflict; at least so many places are missing."""
    words = RequirementText(scores, posed, demands)
    wishes = tuple(words.requirement(key) for key in demands.keys)
    conflict = Conflict(wishes)
    if not posed.side_constraints.is_empty:
        return conflict  # what flow can tell is not all that is asked
    fixed = np.flatnonzero(network.fixed)
    anything = LinearTier("any", np.zeros(network.n_arcs, dtype=np.int64))

    def holds(changed: Requirements, kept: Bools) -> bool:
        if time.monotonic() > deadline:
            raise TimeoutError
        given_up = int((~kept).sum())
        for side in (0, 1):
            given_up += int((changed.max_load[side] - demands.max_load[side]).sum())
            given_up += int((demands.min_load[side] - changed.min_load[side]).sum())
        if given_up < missing:
            return False
        still = network.fixed.copy()
        still[fixed[[changed.keys[pin].position for pin in np.flatnonzero(~kept)]]] = False
        eased = replace(
            network,
            fixed=still,
            min_load_mentees=changed.min_load[0],
            min_load_mentors=changed.min_load[1],
            max_load_mentees=changed.max_load[0],
            max_load_mentors=changed.max_load[1],
        )
        return solve_flow(eased, [anything]) is not None

    # which pairs a rule let go would allow is not known here
    gives = {"pin": 1, "capacity": missing, "rule": 0, "quota": 0}
    enough = [
        gives.get(key.kind, int(demands.min_load[key.side][key.position])) >= missing
        for key in demands.keys
    ]
    return replace(conflict, relaxations=single_repairs(demands, np.array(enough), words, holds))
