"""Everything a scheme and a cohort require, as requirements that may be let go one by one.

Unlike other models this one knows the pairs that rules forbid: who lets a rule go may use them.
What always holds (withdrawal, refusals, forbidden pairs of the tables) is no requirement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from rmmatch.numeric import Bools, Ints, pair_keys, pairs_of_keys
from rmmatch.pairwise.kernels import values_of_pairs
from rmmatch.rules import always_in_force
from rmmatch.scheme.quotas import Quota
from rmmatch.scoring import PairScores
from rmmatch.scoring.pair_scores import min_score_of
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.formulation.side_constraints import SideConstraint, side_constraints
from rmmatch.solving.mip.model_builder import UNBOUNDED_COUNT

__all__ = ["RequirementId", "Requirements", "collect_requirements", "requirement_rows"]

_MAX_CONCERNED_CELLS = 300_000  # pairs; limit of input: with more no conflict is looked for
_MAX_SEARCHED_PAIRS = 25_000_000  # pairs looked through for those of a group; limit of input


class RequirementId(NamedTuple):
    """Which requirement it is.

    Attributes
    ----------
    kind : {'pin', 'rule', 'quota', 'min_load', 'capacity'}
    position : int
        Among the pins, the rules or the rows of the `Requirements`; of a load the person's position
        in id order.
    side : int
        Of a load, 0 for mentees and 1 for mentors; else -1.
    """

    kind: Literal["pin", "rule", "quota", "min_load", "capacity"]
    position: int
    side: int = -1


@dataclass(frozen=True, eq=False)
class Requirements:
    """All requirements over the pairs of people that they concern, people in id order.

    Attributes
    ----------
    keys : tuple of RequirementId
    ends : tuple of ndarray of int64, shape (n_cells,)
        The mentee and the mentor of each *cell*: a pair that only requirements can forbid, where
        it matters. Sorted by mentee and then mentor.
    rules : tuple of int
        Positions in `PairScores.rule_list` of the rules that forbid some of these pairs.
    is_broken : ndarray of bool, shape (n_rules, n_cells)
        Which rule forbids which cell.
    pins : ndarray of int64
        The cells that are pinned.
    rows : tuple of SideConstraint
        Of the hard quotas.
    row_quotas : tuple of int
        Of which quota of the scheme each row is.
    min_load, min_load_if_paired, max_load : tuple of ndarray of int64
        Of mentees and mentors, in pairs: the least load, the least load of who has any, the
        capacity.
    """

    keys: tuple[RequirementId, ...]
    ends: tuple[Ints, Ints]
    rules: tuple[int, ...]
    is_broken: Bools
    pins: Ints
    rows: tuple[SideConstraint, ...]
    row_quotas: tuple[int, ...]
    min_load: tuple[Ints, Ints]
    min_load_if_paired: tuple[Ints, Ints]
    max_load: tuple[Ints, Ints]

    @cached_property
    def n_cells(self) -> tuple[Ints, Ints]:
        """How many cells each person of a side has."""
        sides = zip(self.ends, self.max_load, strict=True)
        mentees, mentors = (np.bincount(ends, minlength=most.size) for ends, most in sides)
        return mentees, mentors

    def violated_by(self, chosen: Bools) -> Bools:
        """Tell which requirements a choice of cells violates.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_cells,)

        Returns
        -------
        ndarray of bool, shape (n_requirements,)
            In the order of `keys`.
        """
        ends = self.ends[0][chosen], self.ends[1][chosen]
        loads = [np.bincount(ends[side], minlength=self.max_load[side].size) for side in (0, 1)]
        violated = np.zeros(len(self.keys), dtype=np.bool_)
        for key_idx, (kind, position, side) in enumerate(self.keys):
            if kind == "pin":
                violated[key_idx] = not chosen[self.pins[position]]
            elif kind == "rule":
                violated[key_idx] = bool((self.is_broken[position] & chosen).any())
            elif kind == "quota":
                row = self.rows[position]
                violated[key_idx] = not row.lower <= row.activity(*ends) <= row.upper
            elif kind == "capacity":
                violated[key_idx] = loads[side][position] > self.max_load[side][position]
            else:
                load = loads[side][position]
                violated[key_idx] = (
                    load < self.min_load[side][position]
                    or 0 < load < self.min_load_if_paired[side][position]
                )
        return violated


def collect_requirements(scores: PairScores, formulation: Formulation) -> Requirements | None:
    """Return what a cohort and a scheme require.

    Only pairs that help to meet a requirement matter: who needs nobody, and is counted nowhere,
    may as well be left alone by the others who do.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        Of the same cohort and scheme.

    Returns
    -------
    Requirements or None
        None where they concern too many pairs.
    """
    orders = formulation.mentee_order, formulation.mentor_order
    bounds, constraints = formulation.load_bounds, formulation.side_constraints
    rows: list[SideConstraint] = []
    row_quotas: list[int] = []
    for index, quota in enumerate(scores.scheme.quotas):
        if not quota.is_soft:
            quota_rows = requirement_rows(scores, formulation, quota)
            rows += quota_rows
            row_quotas += [index] * len(quota_rows)
    min_load = bounds.min_load_mentees, bounds.min_load_mentors
    min_load_if_paired = constraints.min_load_if_used_mentees, constraints.min_load_if_used_mentors
    is_wanted = [(min_load[side] > 0) | (min_load_if_paired[side] > 1) for side in (0, 1)]
    pair_rows = []
    for row in rows:
        if row.lower > -UNBOUNDED_COUNT and row.arc_group is not None:
            pair_rows.append(row)
        elif row.lower > -UNBOUNDED_COUNT:
            is_wanted = [
                wanted | (weights != 0)
                for wanted, weights in zip(is_wanted, (row.mentees, row.mentors), strict=True)
            ]
    ends = _concerned_cells(is_wanted, pair_rows, (bounds.fixed_mentees, bounds.fixed_mentors))
    if ends is None:
        return None
    masks = [_forbidden_cells(scores, rule, orders, ends) for rule in range(len(scores.rule_list))]
    n_implied = len(always_in_force())
    free = ~np.logical_or.reduce([*masks[:n_implied], np.zeros(ends[0].size, dtype=np.bool_)])
    ends = ends[0][free], ends[1][free]
    if ends[0].size > _MAX_CONCERNED_CELLS:
        return None
    rules = [rule for rule in range(n_implied, len(masks)) if masks[rule][free].any()]
    n_mentors = orders[1].size
    capacity = [
        side.capacity[order].astype(np.int64)
        for side, order in zip(scores.cohort.sides, orders, strict=True)
    ]
    requirements = Requirements(
        keys=(),
        ends=ends,
        rules=tuple(rules),
        is_broken=np.array([masks[rule][free] for rule in rules]).reshape(len(rules), ends[0].size),
        pins=np.searchsorted(
            pair_keys(*ends, n_mentors),
            np.sort(pair_keys(bounds.fixed_mentees, bounds.fixed_mentors, n_mentors)),
        ),
        rows=tuple(rows),
        row_quotas=tuple(row_quotas),
        min_load=min_load,
        min_load_if_paired=min_load_if_paired,
        max_load=(capacity[0], capacity[1]),
    )
    return replace(requirements, keys=tuple(_requirement_ids(requirements)))


def requirement_rows(
    scores: PairScores, formulation: Formulation, quota: Quota
) -> list[SideConstraint]:
    """Return the side constraints of a hard quota.

    Who has a capacity of 0 counts as one who could be paired: the capacity is a requirement by
    itself.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        For the order of people.
    quota : Quota
        Of the scheme, or the same with other numbers.

    Returns
    -------
    list of SideConstraint
        Weights of people in id order.
    """
    cohort = scores.cohort
    mentees, mentors = (
        replace(side, capacity=np.maximum(side.capacity, 1)) for side in cohort.sides
    )
    instance = quota.instance(cohort.replace(mentees=mentees, mentors=mentors), scores.setting)
    orders = formulation.mentee_order, formulation.mentor_order
    return list(side_constraints([instance], orders).constraints)


def _concerned_cells(
    is_wanted: Sequence[Bools], pair_rows: Sequence[SideConstraint], pins: tuple[Ints, Ints]
) -> tuple[Ints, Ints] | None:
    """Return the pairs with somebody wanted, or of a counted group, or pinned; sorted."""
    n_mentees, n_mentors = is_wanted[0].size, is_wanted[1].size
    n_wanted = int(is_wanted[0].sum()) * n_mentors + int(is_wanted[1].sum()) * n_mentees
    # more than are allowed: some may always be forbidden
    max_cells = 4 * _MAX_CONCERNED_CELLS
    if n_wanted > max_cells or (pair_rows and n_mentees * n_mentors > _MAX_SEARCHED_PAIRS):
        return None
    every_mentee, every_mentor = np.arange(n_mentees)[:, None], np.arange(n_mentors)
    keys = [
        pair_keys(np.flatnonzero(is_wanted[0])[:, None], every_mentor, n_mentors).ravel(),
        pair_keys(every_mentee, np.flatnonzero(is_wanted[1]), n_mentors).ravel(),
        pair_keys(*pins, n_mentors),
    ]
    for row in pair_rows:
        assert row.arc_group is not None
        keys.append(np.flatnonzero(row.arc_group.contains(every_mentee, every_mentor[None, :])))
        if keys[-1].size > max_cells:
            return None
    return pairs_of_keys(np.unique(np.concatenate(keys)).astype(np.int64), n_mentors)


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


def _requirement_ids(requirements: Requirements) -> Iterator[RequirementId]:
    """Yield the requirements; of the capacities only those that could bind."""
    yield from (RequirementId("pin", index) for index in range(requirements.pins.size))
    yield from (RequirementId("quota", index) for index in range(len(requirements.rows)))
    for side in (0, 1):
        needs = (requirements.min_load[side] > 0) | (requirements.min_load_if_paired[side] > 1)
        for person in np.flatnonzero(needs).tolist():
            yield RequirementId("min_load", person, side)
    for side in (0, 1):
        can_bind = requirements.n_cells[side] > requirements.max_load[side]
        for person in np.flatnonzero(can_bind).tolist():
            yield RequirementId("capacity", person, side)
    yield from (RequirementId("rule", index) for index in range(len(requirements.rules)))
