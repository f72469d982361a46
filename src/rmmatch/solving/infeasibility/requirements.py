"""Everything a scheme and a cohort ask for, as wishes that may be kept or let go one by one.

Unlike the other programmes this one knows the pairs that rules forbid: who lets a rule go may use
them. What always holds (withdrawal, refusals, forbidden pairs of the tables) is no wish.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.pairwise.kernels import values_of_pairs
from rmmatch.rules import always_in_force
from rmmatch.scheme.quotas import Quota
from rmmatch.scoring import PairScores
from rmmatch.scoring.pair_scores import min_score_of
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.formulation.side_constraints import SideConstraint, side_constraints

__all__ = ["RequirementId", "Requirements", "requirement_rows", "requirements"]

_MAX_CONCERNED_CELLS = 300_000
_MAX_SEARCHED_PAIRS = 25_000_000  # pairs looked through for those of a kind
_MIN_UNBOUNDED_COUNT = 2**39


class RequirementId(NamedTuple):
    """Which wish it is.

    `at` is a place among the pins, the rules of the demands or the rows; a person is given by
    side (0 is mentees) and place.
    """

    kind: Literal["pin", "rule", "quota", "min_load", "capacity"]
    position: int
    side: int = -1


@dataclass(frozen=True, eq=False)
class Requirements:
    """All wishes over the pairs of people that they concern, people in the order of their ids.

    Attributes
    ----------
    keys : tuple of Key
    ends : tuple of ndarray of int64, shape (n_cells,)
        The mentee and the mentor of each pair that only wishes can forbid, where it matters.
    rules : tuple of int
        Positions in `PairScores.rule_list` of the rules that forbid some of these pairs.
    broken : ndarray of bool, shape (n_rules, n_cells)
    pins : ndarray of int64
        The cells that are pinned.
    rows : tuple of Row
        The limits of the hard quotas; `row_quotas` tells of which quota of the scheme.
    row_quotas : tuple of int
    least, used, most : tuple of ndarray of int64
        Of mentees and mentors: the least load, the least load of who has any, the capacity.
    """

    keys: tuple[RequirementId, ...]
    ends: tuple[Ints, Ints]
    rules: tuple[int, ...]
    is_broken: Bools
    pins: Ints
    rows: tuple[SideConstraint, ...]
    row_quotas: tuple[int, ...]
    min_load: tuple[Ints, Ints]
    max_used: tuple[Ints, Ints]
    max_load: tuple[Ints, Ints]

    @cached_property
    def n_cells(self) -> tuple[Ints, Ints]:
        """How many cells each person of a side has."""
        sides = zip(self.ends, self.max_load, strict=True)
        mentees, mentors = (np.bincount(ends, minlength=most.size) for ends, most in sides)
        return mentees, mentors

    def violated_by(self, chosen: Bools) -> Bools:
        """Tell which wishes a choice of cells misses."""
        ends = self.ends[0][chosen], self.ends[1][chosen]
        loads = [np.bincount(ends[s], minlength=self.max_load[s].size) for s in (0, 1)]
        missed = np.zeros(len(self.keys), dtype=np.bool_)
        for at, (kind, index, side) in enumerate(self.keys):
            if kind == "pin":
                missed[at] = not chosen[self.pins[index]]
            elif kind == "rule":
                missed[at] = bool((self.is_broken[index] & chosen).any())
            elif kind == "quota":
                row = self.rows[index]
                missed[at] = not row.lower <= row.activity(*ends) <= row.upper
            elif kind == "capacity":
                missed[at] = loads[side][index] > self.max_load[side][index]
            else:
                load = loads[side][index]
                missed[at] = (
                    load < self.min_load[side][index] or 0 < load < self.max_used[side][index]
                )
        return missed


def requirements(scores: PairScores, posed: Formulation) -> Requirements | None:
    """Return what a cohort and a scheme ask for; None where it concerns too many pairs.

    Only pairs that help to keep a wish matter: who needs nobody, and is counted nowhere, may as
    well be left alone by the others who do.
    """
    orders = posed.mentee_order, posed.mentor_order
    frame = posed.load_bounds
    hard = [i for i, quota in enumerate(scores.scheme.quotas) if not quota.is_soft]
    rows: list[SideConstraint] = []
    row_quotas: list[int] = []
    for index in hard:
        some = requirement_rows(scores, posed, scores.scheme.quotas[index])
        rows += some
        row_quotas += [index] * len(some)
    least = frame.min_load_mentees, frame.min_load_mentors
    used = posed.side_constraints.max_used_mentees, posed.side_constraints.max_used_mentors
    wanted = [(least[s] > 0) | (used[s] > 1) for s in (0, 1)]
    kinds = []
    for row in rows:
        if row.lower > -_MIN_UNBOUNDED_COUNT and row.arc_group is not None:
            kinds.append(row)
        elif row.lower > -_MIN_UNBOUNDED_COUNT:
            wanted = [w | (x != 0) for w, x in zip(wanted, (row.mentees, row.mentors), strict=True)]
    ends = _concerned_cells(wanted, kinds, (frame.fixed_mentees, frame.fixed_mentors))
    if ends is None:
        return None
    masks = [_forbidden_cells(scores, rule, orders, ends) for rule in range(len(scores.rule_list))]
    n_implied = len(always_in_force())
    free = ~np.logical_or.reduce([*masks[:n_implied], np.zeros(ends[0].size, dtype=np.bool_)])
    ends = ends[0][free], ends[1][free]
    if ends[0].size > _MAX_CONCERNED_CELLS:
        return None
    rules = [i for i in range(n_implied, len(masks)) if masks[i][free].any()]
    n_mentors = orders[1].size
    capacity = [
        side.capacity[order].astype(np.int64)
        for side, order in zip(scores.cohort.sides, orders, strict=True)
    ]
    demands = Requirements(
        keys=(),
        ends=ends,
        rules=tuple(rules),
        is_broken=np.array([masks[i][free] for i in rules]).reshape(len(rules), ends[0].size),
        pins=np.searchsorted(
            ends[0] * n_mentors + ends[1],
            np.sort(frame.fixed_mentees * n_mentors + frame.fixed_mentors),
        ),
        rows=tuple(rows),
        row_quotas=tuple(row_quotas),
        min_load=least,
        max_used=used,
        max_load=(capacity[0], capacity[1]),
    )
    return replace(demands, keys=tuple(_requirement_ids(demands)))


def requirement_rows(scores: PairScores, posed: Formulation, quota: Quota) -> list[SideConstraint]:
    """Return the rows of a hard quota, by the places of people.

    Who has a capacity of 0 counts as one who could be paired: the capacity is a wish by itself.
    """
    cohort = scores.cohort
    mentees, mentors = (replace(s, capacity=np.maximum(s.capacity, 1)) for s in cohort.sides)
    meaning = quota.instance(cohort.replace(mentees=mentees, mentors=mentors), scores.setting)
    return list(side_constraints([meaning], (posed.mentee_order, posed.mentor_order)).constraints)


def _concerned_cells(
    wanted: Sequence[Bools], kinds: Sequence[SideConstraint], pins: tuple[Ints, Ints]
) -> tuple[Ints, Ints] | None:
    """Return the pairs with somebody wanted, or of a kind that is asked for, or pinned; sorted."""
    n_mentees, n_mentors = wanted[0].size, wanted[1].size
    # twice as many: some may always be forbidden
    n_wanted = int(wanted[0].sum()) * n_mentors + int(wanted[1].sum()) * n_mentees
    if n_wanted > 4 * _MAX_CONCERNED_CELLS or (
        kinds and n_mentees * n_mentors > _MAX_SEARCHED_PAIRS
    ):
        return None
    mentees, mentors = np.flatnonzero(wanted[0]), np.flatnonzero(wanted[1])
    found = [
        (mentees[:, None] * n_mentors + np.arange(n_mentors)).ravel(),
        (np.arange(n_mentees)[:, None] * n_mentors + mentors).ravel(),
        pins[0] * n_mentors + pins[1],
    ]
    for row in kinds:
        assert row.arc_group is not None
        holds = row.arc_group.contains(np.arange(n_mentees)[:, None], np.arange(n_mentors)[None, :])
        found.append(np.flatnonzero(holds))
        if found[-1].size > 4 * _MAX_CONCERNED_CELLS:
            return None
    cells = np.unique(np.concatenate(found)).astype(np.int64)
    return cells // max(1, n_mentors), cells % max(1, n_mentors)


def _forbidden_cells(
    scores: PairScores, rule: int, orders: tuple[Ints, Ints], ends: tuple[Ints, Ints]
) -> Bools:
    """Tell which pairs a rule forbids, whatever the others do."""
    mentees, mentors = orders[0][ends[0]], orders[1][ends[1]]
    mask = scores.masks[rule]
    with np.errstate(over="ignore"):
        if mask is None:
            below: Bools = scores.terms_of_pairs(mentees, mentors).score < min_score_of(
                scores.rule_list[rule]
            )
            return below
        return np.asarray(values_of_pairs(mask, mentees, mentors), dtype=np.bool_)


def _requirement_ids(demands: Requirements) -> Iterator[RequirementId]:
    """Yield the wishes; of the capacities only those that could bind."""
    yield from (RequirementId("pin", index) for index in range(demands.pins.size))
    yield from (RequirementId("quota", index) for index in range(len(demands.rows)))
    for side in (0, 1):
        asked = (demands.min_load[side] > 0) | (demands.max_used[side] > 1)
        yield from (RequirementId("min_load", who, side) for who in np.flatnonzero(asked).tolist())
    for side in (0, 1):
        binds = demands.n_cells[side] > demands.max_load[side]
        yield from (RequirementId("capacity", who, side) for who in np.flatnonzero(binds).tolist())
    yield from (RequirementId("rule", index) for index in range(len(demands.rules)))
