"""What can be changed so that a matching is allowed, and how far the change must go.

A pin, a rule or a quota is let go, or a number becomes another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor
from typing import Any, TypeAlias

import numpy as np

from rmmatch.matching.conflict import Action, Change
from rmmatch.numeric import Bools, Ints
from rmmatch.solving.infeasibility.requirements import RequirementId, Requirements, requirement_rows
from rmmatch.solving.infeasibility.wording import RequirementText

__all__ = ["joint_repairs", "single_repairs"]

FeasibilityTest: TypeAlias = Callable[[Requirements, Bools], bool]
"""Whether the requirements marked as kept can hold; marks in the order of the keys."""

_PARITY_STEPS_PER_UNIT = 1000  # of the numbers tried for a parity; decides how exact they are
_MIN_SHOWN_SENSITIVE_COUNT = 5  # people; wording: less of a sensitive group is not told


@dataclass(frozen=True, eq=False)
class _Repair:
    """A change of one kind: something let go, or a number that becomes another.

    Attributes
    ----------
    key_positions : tuple of int
        The requirements it is about, by their positions among the keys.
    describe : callable
        The change in words; of a new number, or of None where it is let go.
    old_value, loosest_value : int
        A number, and what it comes to where nothing is required any more; equal where there is
        none. In pairs or people, or in 1 / `unit`.
    apply : callable or None
        Requirements with another number; None where there is no number.
    unit : int
        What the number is in, as parts of 1.
    """

    key_positions: tuple[int, ...]
    describe: Callable[[int | None], Change]
    old_value: int = 0
    loosest_value: int = 0
    apply: Callable[[Requirements, int], Requirements] | None = None
    unit: int = 1

    def cost(self, value: int | None) -> int:
        """Return how many pins, places or people are given up; of a parity, how many points."""
        if value is None:
            return 1
        steps = abs(value - self.old_value)
        return steps if self.unit == 1 else ceil(100 * steps / self.unit)

    def least_change(
        self, requirements: Requirements, is_kept: Bools, is_feasible: FeasibilityTest
    ) -> int | None:
        """Return the number nearest to the old one with which the requirements kept can hold."""

        def is_enough(value: int) -> bool:
            assert self.apply is not None
            return is_feasible(self.apply(requirements, value), is_kept)

        if self.apply is None or self.old_value == self.loosest_value:
            return None
        low, step = self.old_value, 1 if self.loosest_value > self.old_value else -1
        max_step = abs(self.loosest_value - self.old_value)
        # most often a small change is enough: by 1, 2, 4, … first
        while not is_enough(high := self.old_value + max(-max_step, min(max_step, step))):
            if high == self.loosest_value:
                return None
            low, step = high, 2 * step
        while abs(high - low) > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_enough(middle) else (middle, high)
        return high


def single_repairs(
    requirements: Requirements,
    conflict: Bools,
    texts: RequirementText,
    is_feasible: FeasibilityTest,
) -> tuple[Change, ...]:
    """Return the changes of a requirement in conflict each of which alone is enough.

    Parameters
    ----------
    requirements : Requirements
    conflict : ndarray of bool, shape (n_requirements,)
        Which requirements may be changed.
    texts : RequirementText
    is_feasible : callable
        Tells whether the requirements kept can hold; where it raises TimeoutError some changes
        may be missing.

    Returns
    -------
    tuple of Change
        Cheapest first: the fewest pins, places or people given up, then quotas, then rules.
    """
    changes: list[tuple[int, int, Change]] = []
    all_kept = np.ones(len(requirements.keys), dtype=np.bool_)
    try:
        for repairs in _possible_repairs(requirements, conflict, texts):
            for repair in repairs:
                value = repair.least_change(requirements, all_kept, is_feasible)
                if repair.apply is None:
                    is_kept = all_kept.copy()
                    is_kept[list(repair.key_positions)] = False
                    if not is_feasible(requirements, is_kept):
                        continue
                elif value is None:
                    continue
                change = repair.describe(value)
                kind = requirements.keys[repair.key_positions[0]].kind
                rank = {"quota": 1, "rule": 2}.get(kind, 0) if change.action == "drop" else 0
                changes.append((rank, repair.cost(value), change))
                break
    except TimeoutError:
        pass
    changes.sort(key=lambda ranked: ranked[:2])
    return tuple(change for *_, change in changes)


def joint_repairs(
    requirements: Requirements,
    correction_set: Bools,
    texts: RequirementText,
    is_feasible: FeasibilityTest,
) -> tuple[Change, ...]:
    """Return changes that are enough together: each as small as the others then allow.

    Parameters
    ----------
    requirements : Requirements
    correction_set : ndarray of bool, shape (n_requirements,)
        Requirements without which all others can hold.
    texts : RequirementText
    is_feasible : callable
        As in `single_repairs`; where it raises TimeoutError a change may be larger than needed.
    """
    changes = []
    is_kept = ~correction_set
    for repairs in _possible_repairs(requirements, correction_set, texts):
        for repair in repairs:
            kept_besides = is_kept.copy()
            kept_besides[list(repair.key_positions)] = True
            try:
                value = repair.least_change(requirements, kept_besides, is_feasible)
            except TimeoutError:
                value = None
            if repair.apply is None:
                changes.append(repair.describe(None))
                break
            if value is None and repair is repairs[-1]:
                value = repair.loosest_value  # so much is enough, if not the least
            if value is not None:
                requirements, is_kept = repair.apply(requirements, value), kept_besides
                changes.append(repair.describe(value))
                break
    return tuple(changes)


def _possible_repairs(
    requirements: Requirements, is_concerned: Bools, texts: RequirementText
) -> Iterator[list[_Repair]]:
    """Yield for each pin, rule, load and quota among some requirements its repairs, best first."""
    keys_of_quotas: dict[int, list[int]] = {}
    for key_position, (kind, position, _) in enumerate(requirements.keys):
        if kind == "quota":
            quota = requirements.row_quotas[position]
            keys_of_quotas.setdefault(quota, []).append(key_position)
    for key_positions in keys_of_quotas.values():
        if is_concerned[key_positions].any():
            yield _quota_repairs(requirements, tuple(key_positions), texts)
    for key_position in np.flatnonzero(is_concerned).tolist():
        key = requirements.keys[key_position]
        if key.kind in ("pin", "rule"):
            yield [_Repair((key_position,), partial(_dropped_change, texts, key))]
        elif key.kind != "quota":
            yield [_load_repair(requirements, key_position, texts)]


def _dropped_change(texts: RequirementText, key: RequirementId, _: int | None) -> Change:
    wish = texts.requirement(key)
    if key.kind == "pin":
        return Change("drop", wish.where, f"drop {wish.label}", wish.mentees, wish.mentors)
    return Change("drop", wish.where, f"drop {wish.label}")


def _load_repair(requirements: Requirements, key_position: int, texts: RequirementText) -> _Repair:
    """Return the repair of a minimum load or a capacity: another number."""
    key = requirements.keys[key_position]
    kind, person, side = key
    wish, name = texts.requirement(key), texts.person(side, person)
    if kind == "capacity":
        field, loosest = "max_load", int(requirements.n_cells[side][person])
    elif requirements.min_load_if_paired[side][person] > 1:
        field, loosest = "min_load_if_paired", 1
    else:
        field, loosest = "min_load", 0
    before = int(getattr(requirements, field)[side][person])

    def apply(changed: Requirements, value: int) -> Requirements:
        loads: list[Ints] = list(getattr(changed, field))
        loads[side] = loads[side].copy()
        loads[side][person] = value
        other_loads: dict[str, Any] = {field: tuple(loads)}
        return replace(changed, **other_loads)

    def describe(value: int | None) -> Change:
        if field == "max_load":
            label = f"let {name} have up to {value} instead of {before}"
        elif field == "min_load_if_paired":
            label = f"let {name} have {value} or none, instead of at least {before} or none"
        elif value == 0:
            label = f"let {name} have none instead of at least {before}"
        else:
            label = f"let {name} have at least {value} instead of {before}"
        action: Action = "raise" if field == "max_load" else "lower"
        return Change(action, wish.where, label, wish.mentees, wish.mentors, before, value)

    return _Repair((key_position,), describe, before, loosest, apply)


def _quota_repairs(
    requirements: Requirements, key_positions: tuple[int, ...], texts: RequirementText
) -> list[_Repair]:
    """Return the repairs of a quota: its numbers, for all its groups at once; or it is dropped."""
    index = requirements.row_quotas[requirements.keys[key_positions[0]].position]
    quota = texts.scores.scheme.quotas[index]
    is_hidden = quota.reads_sensitive(texts.scores.setting)
    drop = Change("drop", f"quotas[{index}]", f"drop {texts.quota(index)}")

    def repair(field: str, before: int, loosest: int, unit: int) -> _Repair:
        written = float(getattr(quota, field))

        def number(value: int) -> float:
            return value if unit == 1 else value / unit

        def apply(changed: Requirements, value: int) -> Requirements:
            changed_quota = quota.model_copy(update={field: number(value)})
            fresh = iter(requirement_rows(texts.scores, texts.formulation, changed_quota))
            rows = tuple(
                next(fresh) if row_quota == index else row
                for row, row_quota in zip(changed.rows, changed.row_quotas, strict=True)
            )
            return replace(changed, rows=rows)

        def describe(value: int | None) -> Change:
            assert value is not None
            is_only = quota.at_least is None or quota.at_most is None
            asks_nothing = value == loosest and field != "at_most" and is_only
            if asks_nothing or (is_hidden and (unit > 1 or value < _MIN_SHOWN_SENSITIVE_COUNT)):
                return drop
            action: Action = "raise" if value > before else "lower"
            label = f"{action} {field} from {written:g} to {number(value):g}: {texts.quota(index)}"
            where = f"quotas[{index}].{field}"
            return Change(action, where, label, before=written, after=number(value))

        return _Repair(key_positions, describe, before, loosest, apply, unit)

    repairs = []
    if quota.parity is not None:
        # written with more than three places, it is first taken for a little less
        steps = floor(quota.parity * _PARITY_STEPS_PER_UNIT)
        repairs.append(repair("parity", steps, _PARITY_STEPS_PER_UNIT, _PARITY_STEPS_PER_UNIT))
    if quota.at_least:
        repairs.append(repair("at_least", quota.at_least, 0, 1))
    if quota.at_most is not None:
        rows = [requirements.rows[requirements.keys[key].position] for key in key_positions]
        largest_count = max(
            int(row.mentees.sum() + row.mentors.sum() + row.coefficients(*requirements.ends).sum())
            for row in rows
        )
        repairs.append(repair("at_most", quota.at_most, max(largest_count, quota.at_most), 1))
    return [*repairs, _Repair(key_positions, lambda _: drop)]
