"""Small cohorts from plain dicts, as a saved record describes them."""

from __future__ import annotations

from typing import Any

import rmmatch as rm
from rmmatch.cohort.plain import from_plain

NUMBERS = {"capacity": 1, "min_load": 0, "priority": 0}


def person(id_: str, **facts: Any) -> dict[str, Any]:
    return {"id": id_, "status": "applicant", **NUMBERS, **facts}


def people(prefix: str, count: int, **facts: Any) -> list[dict[str, Any]]:
    return [person(f"{prefix}{index}", **facts) for index in range(count)]


def cohort_of(
    mentees: list[dict[str, Any]],
    mentors: list[dict[str, Any]],
    relations: dict[str, list[tuple[str, str]]] | None = None,
    managers: dict[str, list[str]] | None = None,
) -> rm.Cohort:
    """Build a cohort; relations are (mentee id, mentor id) by kind."""
    at = [{one["id"]: index for index, one in enumerate(side)} for side in (mentees, mentors)]
    return from_plain(
        {
            "mentee": _side(mentees),
            "mentor": _side(mentors),
            "relations": {
                kind: [[at[0][e] for e, _ in pairs], [at[1][m] for _, m in pairs]]
                for kind, pairs in (relations or {}).items()
            },
            "managers": managers or {},
            "notes": [],
            "sources": [],
        }
    )


def _side(side: list[dict[str, Any]]) -> dict[str, Any]:
    names = {name: None for one in side for name in one if name not in ("id", "status", *NUMBERS)}
    return {
        "ids": [one["id"] for one in side],
        "status": [one["status"] for one in side],
        "columns": {name: [one.get(name) for one in side] for name in names},
        **{name: [one[name] for one in side] for name in NUMBERS},
    }


def table_scheme(scores: dict[tuple[str, str], float], **keys: Any) -> rm.Scheme:
    """Return a scheme that scores the listed pairs, any other pair zero."""
    rows = [[e, m, score] for (e, m), score in scores.items()]
    table = {"type": "table", "rows": rows, "missing": "zero"}
    return rm.Scheme.model_validate({"criteria": [table], **keys})


def pairs_of(result: rm.Result) -> set[tuple[str, str]]:
    return set(result.made)
