"""What a coordinator can change: a pin or a rule let go, another number; and how far it must go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor
from typing import TypeAlias

import numpy as np

from rmmatch.matching.conflict import Action, Change
from rmmatch.numeric import Bools
from rmmatch.solving.infeasibility.requirements import RequirementId, Requirements, requirement_rows
from rmmatch.solving.infeasibility.wording import RequirementText

__all__ = ["joint_repairs", "single_repairs"]

FeasibilityTest: TypeAlias = Callable[[Requirements, Bools], bool]

_PARITY_STEPS_PER_UNIT = 1000  # of the steps of a parity
_MIN_TOLD_SENSITIVE_COUNT = 5  # a smaller number of a sensitive group is not told


@dataclass(frozen=True, eq=False)
class _Repair:
    """One thing that can be changed.

    Attributes
    ----------
    places : tuple of int
        The wishes it is about, by their places among the keys.
    tell : callable
        The change in words; of a new number, or of None where it is let go.
    before, loosest : int
        A number, and what it comes to where nothing is asked any more; equal where there is none.
    apply : callable or None
        Requirements with another number.
    unit : int
        What the number is in, as parts of 1.
    """

    requirement_idx: tuple[int, ...]
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
        self, demands: Requirements, kept: Bools, holds: FeasibilityTest
    ) -> int | None:
        """Return the number nearest to the one before that makes the wishes kept possible."""

        def is_enough(value: int) -> bool:
            assert self.apply is not None
            return holds(self.apply(demands, value), kept)

        if self.apply is None or self.old_value == self.loosest_value:
            return None
        low, step = self.old_value, 1 if self.loosest_value > self.old_value else -1
        far = abs(self.loosest_value - self.old_value)
        # most often one is enough: by 1, 2, 4, … first
        while not is_enough(high := self.old_value + max(-far, min(far, step))):
            if high == self.loosest_value:
                return None
            low, step = high, 2 * step
        while abs(high - low) > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_enough(middle) else (middle, high)
        return high


def single_repairs(
    demands: Requirements, conflict: Bools, words: RequirementText, holds: FeasibilityTest
) -> tuple[Change, ...]:
    """Return the changes of a wish in conflict that make everything possible alone.

    Cheapest first: the fewest pins, places or people given up, then quotas, then rules. `holds`
    tells whether the wishes kept can hold; where it raises TimeoutError some may be missing.
    """
    found: list[tuple[int, int, Change]] = []
    all_kept = np.ones(len(demands.keys), dtype=np.bool_)
    try:
        for levers in _possible_repairs(demands, conflict, words):
            for lever in levers:
                value = lever.least_change(demands, all_kept, holds)
                if lever.apply is None:
                    kept = all_kept.copy()
                    kept[list(lever.requirement_idx)] = False
                    if not holds(demands, kept):
                        continue
                elif value is None:
                    continue
                change = lever.describe(value)
                kind = demands.keys[lever.requirement_idx[0]].kind
                rank = {"quota": 1, "rule": 2}.get(kind, 0) if change.action == "drop" else 0
                found.append((rank, lever.cost(value), change))
                break
    except TimeoutError:
        pass
    found.sort(key=lambda one: one[:2])
    return tuple(change for *_, change in found)


def joint_repairs(
    demands: Requirements, correction_sets: Bools, words: RequirementText, holds: FeasibilityTest
) -> tuple[Change, ...]:
    """Return changes that are enough together: each as small as the others then allow."""
    changes = []
    kept = ~correction_sets
    for levers in _possible_repairs(demands, correction_sets, words):
        for lever in levers:
            now = kept.copy()
            now[list(lever.requirement_idx)] = True
            try:
                value = lever.least_change(demands, now, holds)
            except TimeoutError:
                value = None
            if lever.apply is None:
                changes.append(lever.describe(None))
                break
            if value is None and lever is levers[-1]:
                value = lever.loosest_value  # so much is enough, if not the least
            if value is not None:
                demands, kept = lever.apply(demands, value), now
                changes.append(lever.describe(value))
                break
    return tuple(changes)


def _possible_repairs(
    demands: Requirements, among: Bools, words: RequirementText
) -> Iterator[list[_Repair]]:
    """Yield what can be changed about some wishes: for each thing the ways to do so, best first."""
    quotas: dict[int, list[int]] = {}
    for place, (kind, index, _) in enumerate(demands.keys):
        if kind == "quota":
            quotas.setdefault(demands.row_quotas[index], []).append(place)
    for places in quotas.values():
        if among[places].any():
            yield _quota_repairs(demands, tuple(places), words)
    for place in np.flatnonzero(among).tolist():
        key = demands.keys[place]
        if key.kind in ("pin", "rule"):
            yield [_Repair((place,), partial(_dropped_change, words, key))]
        elif key.kind != "quota":
            yield [_load_repair(demands, place, words)]


def _dropped_change(words: RequirementText, key: RequirementId, _: int | None) -> Change:
    wish = words.requirement(key)
    if key.kind == "pin":
        return Change("drop", wish.where, f"drop {wish.label}", wish.mentees, wish.mentors)
    return Change("drop", wish.where, f"drop {wish.label}")


def _load_repair(demands: Requirements, place: int, words: RequirementText) -> _Repair:
    """Return the lever of a minimum load or a capacity."""
    kind, who, side = demands.keys[place]
    wish = words.requirement(demands.keys[place])
    told = words.person(side, who)
    if kind == "capacity":
        name, loosest = "max_load", int(demands.n_cells[side][who])
    elif demands.max_used[side][who] > 1:
        name, loosest = "max_used", 1
    else:
        name, loosest = "min_load", 0
    before = int(getattr(demands, name)[side][who])

    def apply(changed: Requirements, value: int) -> Requirements:
        loads = {key: list(getattr(changed, key)) for key in ("min_load", "max_used", "max_load")}
        loads[name][side] = loads[name][side].copy()
        loads[name][side][who] = value
        least, used, most = ((mentees, mentors) for mentees, mentors in loads.values())
        return replace(changed, min_load=least, max_used=used, max_load=most)

    def tell(value: int | None) -> Change:
        if name == "max_load":
            label = f"let {told} have up to {value} instead of {before}"
        elif name == "max_used":
            label = f"let {told} have {value} or none, instead of at least {before} or none"
        elif value == 0:
            label = f"let {told} have none instead of at least {before}"
        else:
            label = f"let {told} have at least {value} instead of {before}"
        action: Action = "raise" if name == "max_load" else "lower"
        return Change(action, wish.where, label, wish.mentees, wish.mentors, before, value)

    return _Repair((place,), tell, before, loosest, apply)


def _quota_repairs(
    demands: Requirements, places: tuple[int, ...], words: RequirementText
) -> list[_Repair]:
    """Return the levers of a quota: its numbers, for all its groups at once; or it is dropped."""
    index = demands.row_quotas[demands.keys[places[0]].position]
    quota = words.scores.scheme.quotas[index]
    is_hidden = quota.reads_sensitive(words.scores.setting)
    drop = Change("drop", f"quotas[{index}]", f"drop {words.quota(index)}")

    def lever(key: str, before: int, loosest: int, unit: int) -> _Repair:
        written = float(getattr(quota, key))

        def number(value: int) -> float:
            return value if unit == 1 else value / unit

        def apply(changed: Requirements, value: int) -> Requirements:
            other = quota.model_copy(update={key: number(value)})
            fresh = iter(requirement_rows(words.scores, words.formulation, other))
            rows = zip(changed.rows, changed.row_quotas, strict=True)
            return replace(changed, rows=tuple(next(fresh) if q == index else r for r, q in rows))

        def tell(value: int | None) -> Change:
            assert value is not None
            is_only = quota.at_least is None or quota.at_most is None
            asks_nothing = value == loosest and key != "at_most" and is_only
            if asks_nothing or (is_hidden and (unit > 1 or value < _MIN_TOLD_SENSITIVE_COUNT)):
                return drop
            up = value > before
            label = (
                f"{'raise' if up else 'lower'} {key} from {written:g} to {number(value):g}: "
                f"{words.quota(index)}"
            )
            action: Action = "raise" if up else "lower"
            where = f"quotas[{index}].{key}"
            return Change(action, where, label, before=written, after=number(value))

        return _Repair(places, tell, before, loosest, apply, unit)

    levers = []
    if quota.parity is not None:
        # written with more than three places, it is first taken for a little less
        levers.append(
            lever(
                "parity",
                floor(quota.parity * _PARITY_STEPS_PER_UNIT),
                _PARITY_STEPS_PER_UNIT,
                _PARITY_STEPS_PER_UNIT,
            )
        )
    if quota.at_least:
        levers.append(lever("at_least", quota.at_least, 0, 1))
    if quota.at_most is not None:
        rows = [demands.rows[demands.keys[place].position] for place in places]
        most = max(
            int(r.mentees.sum() + r.mentors.sum() + r.coefficients(*demands.ends).sum())
            for r in rows
        )
        levers.append(lever("at_most", quota.at_most, max(most, quota.at_most), 1))
    return [*levers, _Repair(places, lambda _: drop)]
