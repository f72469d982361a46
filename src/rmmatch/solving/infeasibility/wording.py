"""What is in conflict, in words: wishes, and people who compete for too few places."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rmmatch.matching.conflict import Wish, people_text
from rmmatch.numeric import Bools, Ints
from rmmatch.rules import always_in_force
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.hall import HallSet, HallViolator
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.infeasibility.requirements import RequirementId, Requirements

__all__ = ["RequirementText", "hall_violator_text"]


class RequirementText:
    """The words for the wishes of a cohort and a scheme.

    Parameters
    ----------
    scores : PairScores
    posed : Formulation
    demands : Requirements
    """

    def __init__(self, scores: PairScores, posed: Formulation, demands: Requirements) -> None:
        self.scores, self.formulation, self.requirements = scores, posed, demands
        self._orders = posed.mentee_order, posed.mentor_order

    def ids(self, side: int, people: Ints) -> tuple[str, ...]:
        """Return the ids of people by their places, sorted."""
        ids = self.scores.cohort.sides[side].ids
        return tuple(sorted(ids[person] for person in self._orders[side][people].tolist()))

    def person(self, side: int, who: int) -> str:
        """Return whom a place is."""
        return f"{('mentee', 'mentor')[side]} {self.ids(side, np.array([who]))[0]}"

    def quota(self, index: int) -> str:
        """Return what a quota asks; of one on a sensitive column only which it is."""
        quota = self.scores.scheme.quotas[index]
        if quota.reads_sensitive(self.scores.setting):
            return f"a quota (quotas[{index}])"
        return f"{quota.describe(self.scores.setting)} (quotas[{index}])"

    def requirement(self, key: RequirementId, around: tuple[Bools, Bools] | None = None) -> Wish:
        """Return a wish in words.

        Parameters
        ----------
        key : Key
        around : tuple of ndarray of bool, optional
            The other people of the conflict: a rule concerns those whose pairs with them it
            forbids.
        """
        kind, index, side = key
        if kind == "pin":
            return self._pin(index)
        if kind == "rule":
            return self._rule(index, around)
        if kind == "quota":
            return self._limit(index)
        ids = self.ids(side, np.array([index]))
        who = self.person(side, index)
        if kind == "capacity":
            asked = f"{who} may have at most {self.requirements.max_load[side][index]}"
        elif self.requirements.max_used[side][index] > 1:
            asked = f"{who} has at least {self.requirements.max_used[side][index]} or none"
        else:
            asked = f"{who} needs at least {self.requirements.min_load[side][index]}"
        return Wish(kind, kind, asked, *((ids, ()) if side == 0 else ((), ids)))

    def _pin(self, index: int) -> Wish:
        cell = self.requirements.pins[index]
        [mentee], [mentor] = (self.ids(s, self.requirements.ends[s][[cell]]) for s in (0, 1))
        where = [
            f"rules[{at}].pin"
            for at, rule in enumerate(self.scores.scheme.rules)
            if (mentee, mentor) in rule.pins()
        ]
        return Wish(
            "pin",
            ", ".join(where) or "relations",
            f"the pin {mentee}–{mentor}",
            (mentee,),
            (mentor,),
        )

    def _rule(self, index: int, around: tuple[Bools, Bools] | None) -> Wish:
        scores, position = self.scores, self.requirements.rules[index]
        at = position - len(always_in_force())
        rule = scores.rule_list[position]
        name = scores.rules[position]
        if at < len(scores.scheme.rules):
            where = f"rules[{at}]"
            label = name if where in name else f"the rule on {name} ({where})"
        else:
            where = f"criteria[{scores.criteria.index(rule.name)}].must_have"
            label = f"{name} ({where})"
        if around is None or rule.reads_sensitive(scores.setting):
            return Wish("rule", where, label)
        mentees, mentors = self.requirements.ends
        theirs = self.requirements.is_broken[index] & (around[0][mentees] | around[1][mentors])
        return Wish(
            "rule",
            where,
            label,
            self.ids(0, np.unique(mentees[theirs])),
            self.ids(1, np.unique(mentors[theirs])),
        )

    def _limit(self, index: int) -> Wish:
        at = self.requirements.row_quotas[index]
        where = f"quotas[{at}]"
        if self.scores.scheme.quotas[at].reads_sensitive(self.scores.setting):
            return Wish("quota", where, self.quota(at))
        row = self.requirements.rows[index]
        ends = self.requirements.ends
        counted = row.coefficients(*ends) > 0
        people = [
            np.union1d(np.flatnonzero(weights), ends[side][counted])
            for side, weights in enumerate((row.mentees, row.mentors))
        ]
        return Wish(
            "quota", where, f"{row.label} ({where})", self.ids(0, people[0]), self.ids(1, people[1])
        )

    def context(self, keys: list[RequirementId]) -> tuple[Bools, Bools]:
        """Mark the people whom the pins, loads and quotas among some wishes concern."""
        marks = tuple(np.zeros(order.size, dtype=np.bool_) for order in self._orders)
        for key in keys:
            if key.kind == "rule":
                continue
            wish = self.requirement(key)
            for side, ids in enumerate((wish.mentees, wish.mentors)):
                marks[side][[self._cell_positions[side][id_] for id_ in ids]] = True
        return marks[0], marks[1]

    @cached_property
    def _cell_positions(self) -> tuple[dict[str, int], ...]:
        ids = [side.ids for side in self.scores.cohort.sides]
        return tuple(
            {ids[side][person]: place for place, person in enumerate(order.tolist())}
            for side, order in enumerate(self._orders)
        )


def hall_violator_text(scores: PairScores, posed: Formulation, short: HallViolator) -> str:
    """Say why pins and minimum loads alone cannot hold."""
    parts = []
    for side, order, contrary in (
        (scores.cohort.mentees, posed.mentee_order, short.contrary_mentees),
        (scores.cohort.mentors, posed.mentor_order, short.contrary_mentors),
    ):
        for person in order[contrary].tolist():
            parts.append(
                f"{side.role} {side.ids[person]} needs {side.min_load[person]} and has a capacity "
                f"of {side.capacity[person]}"
            )
    parts += [_hall_set_text(scores, posed, group) for group in short.hall_sets]
    return "the pins and minimum loads cannot all hold: " + "; ".join(parts)


def _hall_set_text(scores: PairScores, posed: Formulation, group: HallSet) -> str:
    sides = [
        (scores.cohort.mentees, posed.mentee_order, "mentee"),
        (scores.cohort.mentors, posed.mentor_order, "mentor"),
    ]
    if group.side == "mentors":
        sides.reverse()
    (side, order, role), (other, other_order, other_role) = sides
    who = people_text([side.ids[p] for p in order[group.people].tolist()], role)
    if not len(group.partners):
        return f"{who} must have {group.n_needed}, and every {other_role} is forbidden"
    whom = people_text([other.ids[p] for p in other_order[group.partners].tolist()], other_role)
    return (
        f"{who} must have {group.n_needed}, but acceptable {whom} can give only {group.n_offered}"
    )
