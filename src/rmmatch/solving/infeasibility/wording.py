"""What is in conflict, in words: requirements as the `Wish` of a reader, and Hall violators."""

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
    """The words for the requirements of a cohort and a scheme.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
    requirements : Requirements
    """

    def __init__(
        self, scores: PairScores, formulation: Formulation, requirements: Requirements
    ) -> None:
        self.scores, self.formulation, self.requirements = scores, formulation, requirements
        self._orders = formulation.mentee_order, formulation.mentor_order

    def ids(self, side: int, people: Ints) -> tuple[str, ...]:
        """Return the ids of people, sorted.

        Parameters
        ----------
        side : {0, 1}
            Mentees or mentors.
        people : ndarray of int64
            Positions in id order.
        """
        ids = self.scores.cohort.sides[side].ids
        return tuple(sorted(ids[person] for person in self._orders[side][people].tolist()))

    def person(self, side: int, position: int) -> str:
        """Return a person's role and id.

        Parameters
        ----------
        side : {0, 1}
            Mentees or mentors.
        position : int
            In id order.
        """
        return f"{('mentee', 'mentor')[side]} {self.ids(side, np.array([position]))[0]}"

    def quota(self, index: int) -> str:
        """Return what a quota requires; of one on a sensitive column only which it is.

        Parameters
        ----------
        index : int
            Of the scheme's quotas.
        """
        quota = self.scores.scheme.quotas[index]
        if quota.reads_sensitive(self.scores.setting):
            return f"a confidential quota (quota {index + 1})"
        return f"{quota.describe(self.scores.setting)} (quota {index + 1})"

    def requirement(self, key: RequirementId, concerned: tuple[Bools, Bools] | None = None) -> Wish:
        """Return a requirement in words.

        Parameters
        ----------
        key : RequirementId
        concerned : tuple of ndarray of bool, shapes (n_mentees,) and (n_mentors,), optional
            The other people of the conflict, in id order: a rule concerns those whose pairs with
            them it forbids.
        """
        kind, position, side = key
        if kind == "pin":
            return self._pin(position)
        if kind == "rule":
            return self._rule(position, concerned)
        if kind == "quota":
            return self._quota_row(position)
        ids = self.ids(side, np.array([position]))
        name = self.person(side, position)
        if kind == "capacity":
            label = f"{name} may have at most {self.requirements.max_load[side][position]}"
        elif (least := self.requirements.min_load_if_paired[side][position]) > 1:
            label = f"{name} has at least {least} or none"
        else:
            label = f"{name} needs at least {self.requirements.min_load[side][position]}"
        return Wish(kind, kind, label, *((ids, ()) if side == 0 else ((), ids)))

    def _pin(self, position: int) -> Wish:
        cell = self.requirements.pins[position]
        [mentee], [mentor] = (
            self.ids(side, self.requirements.ends[side][[cell]]) for side in (0, 1)
        )
        where = [
            f"rules[{index}].pin"
            for index, rule in enumerate(self.scores.scheme.rules)
            if (mentee, mentor) in rule.pins()
        ]
        return Wish(
            "pin",
            ", ".join(where) or "relations",
            f"the pin {mentee}–{mentor}",
            (mentee,),
            (mentor,),
        )

    def _rule(self, position: int, concerned: tuple[Bools, Bools] | None) -> Wish:
        scores, rule_idx = self.scores, self.requirements.rules[position]
        scheme_idx = rule_idx - len(always_in_force())
        rule, name = scores.rule_list[rule_idx], scores.rules[rule_idx]
        if scheme_idx < len(scores.scheme.rules):
            where = f"rules[{scheme_idx}]"
            is_hidden = rule.reads_sensitive(scores.setting)
            label = name if is_hidden else f"the rule '{name}' (rule {scheme_idx + 1})"
        else:
            where = f"criteria[{scores.criteria.index(rule.label)}].must_have"
            label = f"{name} (`must_have`)"
        if concerned is None or rule.reads_sensitive(scores.setting):
            return Wish("rule", where, label)
        mentees, mentors = self.requirements.ends
        is_near = concerned[0][mentees] | concerned[1][mentors]
        barred = self.requirements.is_broken[position] & is_near
        return Wish(
            "rule",
            where,
            label,
            self.ids(0, np.unique(mentees[barred])),
            self.ids(1, np.unique(mentors[barred])),
        )

    def _quota_row(self, position: int) -> Wish:
        index = self.requirements.row_quotas[position]
        where = f"quotas[{index}]"
        if self.scores.scheme.quotas[index].reads_sensitive(self.scores.setting):
            return Wish("quota", where, self.quota(index))
        row = self.requirements.rows[position]
        ends = self.requirements.ends
        is_counted = row.coefficients(*ends) > 0
        people = [
            np.union1d(np.flatnonzero(weights), ends[side][is_counted])
            for side, weights in enumerate((row.mentees, row.mentors))
        ]
        return Wish(
            "quota",
            where,
            f"{row.label} (quota {index + 1})",
            self.ids(0, people[0]),
            self.ids(1, people[1]),
        )

    def context(self, keys: list[RequirementId]) -> tuple[Bools, Bools]:
        """Mark the people whom the pins, loads and quotas among some requirements concern.

        Parameters
        ----------
        keys : list of RequirementId

        Returns
        -------
        tuple of ndarray of bool, shapes (n_mentees,) and (n_mentors,)
            In id order.
        """
        marks = tuple(np.zeros(order.size, dtype=np.bool_) for order in self._orders)
        for key in keys:
            if key.kind == "rule":
                continue
            wish = self.requirement(key)
            for side, ids in enumerate((wish.mentees, wish.mentors)):
                marks[side][[self._position_by_id[side][id_] for id_ in ids]] = True
        return marks[0], marks[1]

    @cached_property
    def _position_by_id(self) -> tuple[dict[str, int], ...]:
        ids = [side.ids for side in self.scores.cohort.sides]
        return tuple(
            {ids[side][person]: position for position, person in enumerate(order.tolist())}
            for side, order in enumerate(self._orders)
        )


def hall_violator_text(scores: PairScores, formulation: Formulation, violator: HallViolator) -> str:
    """Say why pins and minimum loads alone cannot hold.

    Parameters
    ----------
    scores : PairScores
    formulation : Formulation
        For the order of people.
    violator : HallViolator
        People by their positions in id order.
    """
    reasons = []
    for side, order, contrary in (
        (scores.cohort.mentees, formulation.mentee_order, violator.contrary_mentees),
        (scores.cohort.mentors, formulation.mentor_order, violator.contrary_mentors),
    ):
        for person in order[contrary].tolist():
            reasons.append(
                f"{side.role} {side.ids[person]} needs {side.min_load[person]} and has a capacity "
                f"of {side.capacity[person]}"
            )
    reasons += [_hall_set_text(scores, formulation, hall_set) for hall_set in violator.hall_sets]
    return "the pins and minimum loads cannot all hold: " + "; ".join(reasons)


def _hall_set_text(scores: PairScores, formulation: Formulation, hall_set: HallSet) -> str:
    sides = [
        (scores.cohort.mentees, formulation.mentee_order, "mentee"),
        (scores.cohort.mentors, formulation.mentor_order, "mentor"),
    ]
    if hall_set.side == "mentors":
        sides.reverse()
    (side, order, role), (partner_side, partner_order, partner_role) = sides
    ids = [side.ids[person] for person in order[hall_set.people].tolist()]
    people = people_text(ids, role)
    if not len(hall_set.partners):
        return f"{people} must have {hall_set.n_needed}, and every {partner_role} is forbidden"
    ids = [partner_side.ids[person] for person in partner_order[hall_set.partners].tolist()]
    partners = people_text(ids, partner_role)
    return (
        f"{people} must have {hall_set.n_needed}, but acceptable {partners} can give only "
        f"{hall_set.n_offered}"
    )
