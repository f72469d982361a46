"""A rule or quota on a sensitive column wants a reason: who agreed to it, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm

NOTE = (
    "{} uses a sensitive column and gives no reason. "
    "Add `reason:` to it: why it is needed, and who agreed to it."
)
REASON = "Pairs cross backgrounds: agreed by the equality committee on 3 March 2026"
COHORT = rm.read_cohort(
    *(
        pd.DataFrame(
            {"id": f"{letter}{at}", "ethnicity": "ab"[(at + (letter == "E")) % 2], "tutor": ""}
            for at in range(4)
        )
        for letter in "ME"
    )
)
RULE = {"type": "attribute", "column": "ethnicity", "relation": "different"}
QUOTA = {"side": "mentors", "column": "ethnicity", "parity": 0.5}


def scheme_with(sensitive: tuple[str, ...] = ("ethnicity",), **keys: Any) -> rm.Scheme:
    return rm.Scheme.from_text(json.dumps({"sensitive": sensitive, **keys}))


def notes(scheme: rm.Scheme) -> list[str]:
    return [note for note in scheme.remarks(COHORT) if "reason" in note]


def test_a_missing_reason_is_a_note_that_names_no_column_and_stops_nothing() -> None:
    scheme = scheme_with(rules=[{"type": "availability", "min_minutes": 1}, RULE], quotas=[QUOTA])
    assert notes(scheme) == [NOTE.format("Rule 2"), NOTE.format("Quota 1")]
    assert notes(scheme_with(rules=[{**RULE, "reason": "  "}])) == [NOTE.format("Rule 1")]
    plain = scheme_with(rules=[RULE], quotas=[QUOTA])
    given = scheme_with(
        rules=[{**RULE, "reason": REASON}], quotas=[{**QUOTA, "reason": f"  {REASON} "}]
    )
    assert notes(given) == []
    assert given.quotas[0].reason == REASON
    results = [rm.match(COHORT, scheme) for scheme in (plain, given)]
    assert results[0].made == results[1].made
    assert results[0].made
    assert rm.validate(COHORT, plain)  # the note is shown where a scheme is validated


def test_other_columns_and_lists_of_people_want_none() -> None:
    assert notes(scheme_with((), rules=[RULE], quotas=[QUOTA])) == []
    lists = [{"type": "relations", "forbid": ["tutor", "friend"]}, {"type": "reporting_chain"}]
    hidden = ("tutor", "line_manager", "friend")
    assert notes(scheme_with(hidden, rules=lists)) == []


@pytest.mark.parametrize("key", ["rules", "quotas"])
def test_reasons_round_trip_and_only_what_is_given_is_written(key: str) -> None:
    part = {"rules": RULE, "quotas": QUOTA}[key]
    scheme = scheme_with(**{key: [part, {**part, "reason": REASON}]})
    first, second = scheme.to_dict()[key]
    assert "reason" not in first
    assert second["reason"] == REASON
    for text in (scheme.to_yaml(), scheme.to_json()):
        assert rm.Scheme.from_text(text) == scheme
    assert json.dumps(rm.Scheme.json_schema()).count('"reason"') >= 9


def test_the_record_keeps_it_and_a_copy_to_share_does_not(tmp_path: Path) -> None:
    scheme = scheme_with(
        rules=[{**RULE, "reason": REASON}], quotas=[{**QUOTA, "reason": "Dr Marsh wants it"}]
    )
    result = rm.match(COHORT, scheme)
    result.save(tmp_path / "run.json", sensitive=True)
    assert REASON in (tmp_path / "run.json").read_text(encoding="utf-8")
    loaded = rm.load_result(tmp_path / "run.json")
    assert loaded.scheme.rules[0].reason == REASON
    copy = rm.load_result(rm.anonymise(tmp_path / "run.json"))
    text = copy.scheme.to_yaml()
    assert "Marsh" not in text
    assert "committee" not in text
    assert copy.scheme.rules[0].reason == copy.scheme.quotas[0].reason != ""
    assert notes(copy.scheme) == []


def test_a_reason_is_in_no_text_about_people() -> None:
    result = rm.match(COHORT, scheme_with(rules=[{**RULE, "reason": REASON}]))
    shown = [rm.explain(result, mentee="E0", mentor=m) for m in COHORT.mentors.ids]
    shown += [rm.explain(result, mentee="E0", audience="participant"), result.headline]
    assert not any("equality committee" in f"{value!r} {value}" for value in shown)
