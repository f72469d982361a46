"""What a program that uses rmmatch looks like to a type checker: `mypy --strict` finds nothing."""

from __future__ import annotations

import io
from typing import Any

import rmmatch as rm
from rmmatch import criteria, rules
from rmmatch.types import Aim, Explanation, Quota

mentors: list[dict[str, str | int | None]] = [
    {"id": "M1", "goals": "teaching; research", "capacity": 2, "organisation": "North"},
    {"id": "M2", "goals": None, "capacity": 1, "organisation": "South"},
]
mentees = [{"id": "E1", "goals": ["teaching"]}, {"id": "E2", "goals": ["research"]}]
links = [{"mentor": "M1", "mentee": "E2", "kind": "tutor"}]

scheme = rm.Scheme(
    name="Autumn",
    sensitive=["ethnicity"],
    grades=["foundation", "specialist", "consultant"],
    columns={"What do you want to learn?": "goals"},
    criteria=[criteria.Goals(weight=4), {"type": "preference", "side": "both"}],
    rules=[
        rules.Relations(forbid=["line_manager", "tutor"]),
        rules.Pairs(pin=[("E2", "M2")]),
        {"type": "eligible", "column": "attended_training"},
    ],
    quotas=[Quota(side="mentors", column="organisation", value="North", at_least=1)],
    objective=["pairs", Aim(tier="total", within=0.02)],
)
request: dict[str, Any] = {"criteria": [{"type": "goals"}], "capacity": {"mentors": 2}}
simple: rm.Scheme = rm.Scheme.from_dict(request)


def pair() -> dict[str, Any]:
    """Pair, explain and keep."""
    cohort: rm.Cohort = rm.read_cohort(mentors, mentees, relations=links, scheme=simple)
    result = rm.match(cohort, simple, time_limit=10)
    if result.status is not rm.Status.OPTIMAL or result.matching is None:
        lines: list[str] = [] if result.conflict is None else result.conflict.lines
        return {"refused": lines, **result.to_dict()}
    why: list[Explanation] = [rm.explain(result, mentee=mentee) for mentee, _ in result.matching]
    change: rm.WhatIf = rm.what_if(result, forbid=[result.made.pairs[0]], weights={"goals": 2})
    record = io.StringIO()
    result.save(record)
    record.seek(0)
    assert not rm.check(rm.load_result(record))
    total: float | tuple[float, ...] = result.objective["total"]
    return {"total": total, "why": [told.to_dict() for told in why], "price": change.price}


def mistakes() -> dict[str, Any]:
    """Refuse what somebody sent, in words."""
    try:
        rm.Scheme.from_dict({"criteria": [{"type": "gaols"}]})
    except rm.SchemeError as error:
        codes: list[str] = [problem.code for problem in error.items]
        return {"codes": codes, **error.to_dict()}
    return {}


if __name__ == "__main__":
    print(pair(), mistakes(), scheme.to_yaml())
