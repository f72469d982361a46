"""Criteria and rules by the names that the author of the scheme gave them."""

from __future__ import annotations

import json
from typing import Any, Literal

import pandas as pd
import pytest

import rmmatch as rm

SCHEME = """
criteria:
  - {type: goals, name: What they want to work on, weight: 2}
  - {type: attribute, column: ward, prefer: different, name: Another ward, must_have: true}
rules:
  - {type: eligible, name: Has done the training}
  - {type: attribute, column: faith, relation: same, any: [], name: One chapel}
sensitive: [faith]
"""


def people(prefix: str, **columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"id": [f"{prefix}{n}" for n in range(1, count + 1)], **columns})


@pytest.fixture
def inputs() -> tuple[rm.Cohort, rm.Scheme]:
    mentors = people(
        "M",
        goals=["teaching", "research", "teaching"],
        ward=["a", "b", "b"],
        attended_training=["yes", "no", "yes"],
        faith=["x", "x", "y"],
    )
    mentees = people(
        "E",
        goals=["teaching", "research"],
        ward=["b", "b"],
        attended_training=["yes", "yes"],
        faith=["x", "x"],
    )
    scheme = rm.Scheme.from_text(SCHEME)
    return rm.read_cohort(mentors, mentees, scheme=scheme), scheme


def test_names_are_shown_instead_of_what_a_rule_does(inputs: tuple[rm.Cohort, rm.Scheme]) -> None:
    cohort, scheme = inputs
    result = rm.match(cohort, scheme)
    assert result.pairs.columns.tolist()[-2:] == ["What they want to work on", "Another ward"]
    forbidden = {
        mentor: result.scores.pair("E1", mentor).forbidden_by for mentor in cohort.mentors.ids
    }
    assert forbidden == {
        "M1": None,
        "M2": "Has done the training",
        "M3": "a confidential rule (rule 2)",
    }
    assert scheme.rules[0].describe() == "people must have attended training"
    changed = rm.what_if(result, rules={0: None})
    assert changed.changed == ("drop the rule 'Has done the training'",)
    assert "What they want to work on" in str(rm.explain(result, mentee="E1"))


def test_the_name_of_a_rule_on_a_sensitive_column_is_never_shown(
    inputs: tuple[rm.Cohort, rm.Scheme],
) -> None:
    cohort, scheme = inputs
    result = rm.match(cohort, scheme)
    texts = [
        *scheme.remarks(cohort),
        str(rm.explain(result, mentee="E2")),
        str(rm.what_if(result, rules={1: None})),
        rm.prices_of_rules(result).to_string(),
        result.unpaired.to_string(),
        *(str(violation) for violation in rm.check(cohort, scheme, [("E1", "M3")])),
    ]
    assert "chapel" not in "\n".join(texts)


def test_names_are_kept_in_files_and_absent_ones_leave_no_trace() -> None:
    scheme = rm.Scheme.from_text(SCHEME)
    assert rm.Scheme.from_text(scheme.to_yaml()) == scheme
    assert rm.Scheme.from_text(scheme.to_json()) == scheme
    assert scheme.to_dict()["rules"][0]["name"] == "Has done the training"
    plain = rm.Scheme(rules=[{"type": "eligible"}], criteria=[{"type": "goals"}])
    assert "name" not in plain.to_dict()["rules"][0]
    assert "name" not in plain.to_dict()["criteria"][0]
    schema = json.dumps(rm.Scheme.json_schema())
    assert schema.count('"name"') > len(rm.rules.Rule.registry)


@pytest.mark.parametrize(
    ("name", "reason"), [("", "is empty"), ("  ", "is empty"), ("x" * 81, "at most 80 characters")]
)
@pytest.mark.parametrize("part", [{"rules": "eligible"}, {"criteria": "goals"}])
def test_a_name_is_a_few_words(part: dict[str, str], name: str, reason: str) -> None:
    data: dict[str, Any] = {key: [{"type": tag, "name": name}] for key, tag in part.items()}
    with pytest.raises(rm.SchemeError, match=reason):
        rm.Scheme.from_text(json.dumps(data))


def test_a_shared_run_has_no_names(tmp_path: Any, inputs: tuple[rm.Cohort, rm.Scheme]) -> None:
    cohort, _ = inputs
    scheme = rm.Scheme.from_text(SCHEME.replace("sensitive: [faith]", ""))
    path = tmp_path / "run.json"
    rm.match(cohort, scheme).save(path, sensitive=True)
    shared = rm.load_result(rm.anonymise(path))
    assert [rule.name for rule in shared.scheme.rules] == [None, None]
    assert [criterion.name for criterion in shared.scheme.criteria] == [None, None]
    assert rm.check(shared) == []


def test_a_rule_of_ones_own_may_have_a_name() -> None:
    class Own(rm.rules.Rule):
        type: Literal["rule_with_a_name"] = "rule_with_a_name"

    assert Own().title == "rule with a name"
    assert Own(name="Our  rule").title == "Our rule"
    del rm.rules.Rule.registry["rule_with_a_name"]
