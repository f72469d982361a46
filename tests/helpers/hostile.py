"""People whose every cell tries something: markup, formulas, line ends, turned text, templates."""

from __future__ import annotations

from typing import Any

import pandas as pd

import rmmatch as rm

SCRIPT = "<script>window.hacked=1</script>"
IMAGE = "\"><img src=x onerror='window.hacked=1'>"
FORMULA = '=HYPERLINK("http://attacker.test","click")'
BRACES = "{{ 7*7 }}{% for x in () %}${7*7}"
TURNED = "Ann\u202egnp.exe"
LINES = "Bo\r\nX-Bad: yes"
TEXTS = (SCRIPT, IMAGE, FORMULA, BRACES, TURNED, LINES)


def hostile_table(prefix: str) -> pd.DataFrame:
    """A row for each attack, in every column that people fill in."""
    rows: list[dict[str, Any]] = []
    for place, text in enumerate(TEXTS):
        rows.append(
            {
                "id": f"{text if place < 4 else ''}{prefix}{place}",
                "name": f"{text} {prefix}{place}",
                "email": f"{prefix}{place}@example.org",
                "goals": f"{text}; teaching",
                "workplace": f"{text} house",
                "team": text,
            }
        )
    return pd.DataFrame(rows)


def hostile_result() -> rm.Result:
    scheme = rm.Scheme.model_validate(
        {
            "name": f"{SCRIPT} {BRACES}",
            "criteria": [
                {"type": "goals", "weight": 2, "name": f"{IMAGE} goals"},
                {"type": "workplace"},
            ],
            "rules": [
                {
                    "type": "attribute",
                    "column": "team",
                    "relation": "different",
                    "name": f"{SCRIPT} rule",
                }
            ],
        }
    )
    cohort = rm.read_cohort(hostile_table("M"), hostile_table("E").iloc[:5], scheme=scheme)
    return rm.match(cohort, scheme)
