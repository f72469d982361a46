"""Asked things as plain data, and what a change makes of them."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import rmmatch as rm
from helpers.people import cohort_of
from rmmatch.matching import Change

IdPair = tuple[str, str]


@dataclass
class Asked:
    """People, relations and the keys of a scheme."""

    mentees: list[dict[str, Any]]
    mentors: list[dict[str, Any]]
    relations: dict[str, list[IdPair]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)

    def cohort(self) -> rm.Cohort:
        return cohort_of(self.mentees, self.mentors, self.relations)

    def scheme(self) -> rm.Scheme:
        return rm.Scheme.model_validate(self.keys)

    def match(self) -> rm.Result:
        return rm.match(self.cohort(), self.scheme())

    def relaxed(self, *changes: Change) -> Asked:
        """What is left to ask for after some changes, as a coordinator would make them."""
        asked = deepcopy(self)
        for change in changes:
            asked._change(change)
        asked.keys["quotas"] = [quota for quota in asked.keys.get("quotas", []) if quota]
        return asked

    def _change(self, change: Change) -> None:
        if change.where in ("min_load", "capacity"):
            [id_] = [*change.mentees, *change.mentors]
            side = self.mentees if change.mentees else self.mentors
            [person] = [one for one in side if one["id"] == id_]
            assert person[change.where] == change.before
            person[change.where] = change.after
        elif change.mentees:
            self._unpin((change.mentees[0], change.mentors[0]))
        else:
            family, index, key = re.fullmatch(r"(\w+)\[(\d+)\]\.?(\w*)", change.where).groups()
            entry = self.keys[family][int(index)]
            if change.action != "drop":
                assert entry[key] == change.before
                entry[key] = change.after if key == "parity" else int(change.after)
            elif family == "criteria":
                entry[key] = False
            elif family == "quotas":
                entry.clear()
            else:
                pins = entry.get("pin", [])
                entry.clear()
                entry.update(type="pairs", pin=pins)

    def _unpin(self, pin: IdPair) -> None:
        pinned = self.relations.get("pinned", [])
        self.relations["pinned"] = [pair for pair in pinned if pair != pin]
        for rule in self.keys.get("rules", []):
            if "pin" in rule:
                rule["pin"] = [pair for pair in rule["pin"] if tuple(pair) != pin]
