"""A scheme file with mistakes: every one is told, with its line and what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.errors import Problem


def problems(text: str) -> list[Problem]:
    with pytest.raises(rm.SchemeError) as caught:
        rm.Scheme.from_text(text, source="s.yaml")
    assert all(item.file == "s.yaml" for item in caught.value.items)
    return list(caught.value.items)


MANY = """\
version: 1
direction: revers
wieght: 3
criteria:
  - {type: goals, wieght: 4}
  - {type: goal}
  - type: goals
    measure: jacard
    weight: -1
  - {weight: 2}
  - 7
rules:
  - {type: relations}
  - {type: power_distance}
  - {type: power_distance, min_gap: 3, max_gap: 2}
quotas:
  - {side: mentors, colum: x, each: true}
objective: [pairs, pair]
grades: [FY1, 2, true]
meetings: {count: [4], every_days: [28, 42], start: 2026-01-12, end: soon}
"""


def test_all_mistakes_of_a_file_are_told_at_once_with_their_lines() -> None:
    found = {(item.row, item.column): (item.reason, item.remedy) for item in problems(MANY)}
    expected = {
        (2, "direction"): ("must be 'reverse'", "'reverse'"),
        (3, "wieght"): ("no such key", "one of: version"),
        (5, "criteria[0].wieght"): ("no such key", "'weight'"),
        (6, "criteria[1]"): ("no criterion of type 'goal'", "'goals'"),
        (8, "criteria[2].measure"): ("must be 'coverage' or 'jaccard'", "'jaccard'"),
        (9, "criteria[2].weight"): ("must be more than 0", ""),
        (10, "criteria[3]"): ("needs a `type`", "one of: attribute"),
        (11, "criteria[4]"): ("needs a `type`", "one of: attribute"),
        (13, "rules[0].forbid"): ("missing", "`forbid:`"),
        (14, "rules[1]"): ("give `min_gap:`", ""),
        (15, "rules[2]"): ("larger than", ""),
        (17, "quotas[0].colum"): ("no such key", "'column'"),
        (18, "objective[1]"): ("must be 'pairs'", "'pairs'"),
        (19, "grades[1]"): ("must be text", "quotes"),
        (19, "grades[2]"): ("must be text", "quotes"),
        (20, "meetings.count"): ("too few", ""),
        (20, "meetings.end"): ("date", ""),
    }
    assert found.keys() == expected.keys()
    for place, (reason, remedy) in expected.items():
        assert reason in found[place][0], place
        assert remedy in found[place][1], place


@pytest.mark.parametrize("weight", ["0", "-1", ".nan", ".inf", "-.inf", "1e301", "heavy", "[1]"])
def test_a_weight_is_a_positive_finite_number(weight: str) -> None:
    (problem,) = problems(f"criteria:\n  - type: goals\n    weight: {weight}\n")
    assert (problem.row, problem.column) == (3, "criteria[0].weight")
    assert "number" in problem.reason or "must be" in problem.reason


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "0", "1e999"])
def test_json_has_no_way_round_that(weight: str) -> None:
    (problem,) = problems(f'{{"criteria": [\n{{"type": "goals", "weight": {weight}}}]}}')
    assert (problem.row, problem.column) == (2, "criteria[0].weight")


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        ("", "", "is empty"),
        ("# nothing but a remark\n", "", "is empty"),
        ("- version: 1", "", "has no lines of the form"),
        ("scheme", "", "has no lines of the form"),
        ("[]", "", "has no lines of the form"),
        ("name: a\ncriteria: [", 2, "not YAML or JSON"),
        ("name: a\n\tb: c", 2, "not YAML or JSON"),
        ("name: a\n---\nname: b", 2, "not YAML or JSON"),
        ("? [a]\n: b", 1, "not YAML or JSON"),
        ("name: !!python/name:os.system", 1, "not YAML or JSON"),
        ("[" * 5000, "", "not YAML or JSON"),
        ("name: a\x00b", "", "not YAML or JSON"),
    ],
)
def test_text_that_is_no_scheme_at_all(text: str, row: int | str, reason: str) -> None:
    (problem,) = problems(text)
    assert reason in problem.reason
    assert problem.row == row or row == ""


@pytest.mark.parametrize(
    ("text", "row", "path"),
    [
        ("name: a\nrules: []\nname: b\n", 3, "name"),
        ("criteria:\n- {type: goals, weight: 1,\n   weight: 2}", 3, "criteria[0].weight"),
        ('{"name": "a",\n "rules": [],\n\t"name": "b"}', 3, "name"),
        ("columns:\n  'Your goals?': goals\n  'Your goals?': speciality", 3, None),
    ],
)
def test_a_key_that_stands_there_twice(text: str, row: int, path: str | None) -> None:
    (problem,) = problems(text)
    assert (problem.row, problem.reason) == (row, "is there twice: write it once")
    assert path in (None, problem.column)


@pytest.mark.parametrize("key", ["version", "criteria", "rules", "objective", "cycle_weeks"])
def test_null_is_not_a_value(key: str) -> None:
    (problem,) = problems(f"{key}: null")
    assert problem.column == key


@pytest.mark.parametrize("key", ["objective: []", "grades: []", "grades: {}"])
def test_empty_lists_that_mean_nothing(key: str) -> None:
    (problem,) = problems(key)
    assert (problem.column, problem.reason) == (key.split(":")[0], "is empty")


@pytest.mark.parametrize(
    "text", ["grades: [ST1, ' st1']", "grades: {ST1: 1, st1: 2}", "objective: [pairs, pairs]"]
)
def test_names_that_are_one_name(text: str) -> None:
    (problem,) = problems(text)
    assert "twice" in problem.reason


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("{type: workplace, prefer: near}", "`distances:`"),
        ("{type: workplace, distances: {a: {b: 1}}}", "`distances:`"),
        ("{type: attribute, column: x, prefer: close}", "`scale:`"),
        ("{type: attribute, column: x, scale: 2}", "`scale:`"),
        ("{type: table}", "`rows:`"),
        ("{type: table, file: a.csv, rows: []}", "`rows:`"),
    ],
)
def test_options_that_go_together(member: str, reason: str) -> None:
    (problem,) = problems(f"criteria:\n  - {member}")
    assert (problem.row, problem.column) == (2, "criteria[0]")
    assert reason in problem.reason


@pytest.mark.parametrize(
    "quota",
    [
        "{side: mentors, column: x}",
        "{side: mentors, column: x, each: true}",
        "{side: mentors, column: x, value: a, each: true, at_least: 1}",
        "{side: mentors, column: x, parity: 0.1, at_least: 1}",
        "{side: mentors, column: x, value: a, at_least: 3, at_most: 2}",
        "{side: mentors, each: true, at_least: 1}",
        "{side: mentors, column: x, relation: same, at_least: 1}",
        "{side: mentors, column: x, value: a, at_least: 1, soft: true, penalty: 0.1}",
        "{side: pairs, column: x, at_least: 1}",
        "{side: pairs, column: x, relation: same}",
        "{side: pairs, column: x, relation: different, each: true, at_most: 1}",
        "{side: pairs, column: x, value: a, at_least: 1}",
        "{side: pairs, relation: same, at_least: 1}",
        "{side: pairs, column: x, relation: same, mentor: {x: a}, at_least: 1}",
    ],
)
def test_quotas_of_no_or_two_meanings(quota: str) -> None:
    (problem,) = problems(f"quotas: [{quota}]")
    assert problem.column == "quotas[0]"


def test_meetings_out_of_order() -> None:
    text = "meetings: {count: [6, 4], every_days: [1, 2], start: 2026-01-01, end: 2026-02-01}"
    (problem,) = problems(text)
    assert "`count`" in problem.reason


def test_ids_that_look_like_numbers_are_asked_for_in_quotes() -> None:
    found = problems("rules: [{type: pairs, pin: [[1, M1]]}]")
    assert [(item.column, item.remedy) for item in found] == [
        ("rules[0].pin[0][0]", "put it in quotes")
    ]


def test_code_in_a_file_is_never_a_function() -> None:
    (problem,) = problems("criteria: [{type: function, function: os.system}]")
    assert "Python function" in problem.reason


# --- sensitive columns -----------------------------------------------------------------------


def test_a_criterion_on_a_sensitive_column_is_refused_each_with_its_line() -> None:
    text = """\
sensitive: [Ethnic Group, Organization]
criteria:
  - {type: goals}
  - {type: attribute, column: ethnic-group}
  - {type: workplace, column: organisation}
rules:
  - {type: attribute, column: ethnic group, relation: different}
"""
    found = problems(text)
    assert [(item.row, item.column) for item in found] == [(4, "criteria[1]"), (5, "criteria[2]")]
    assert "'ethnic_group'" in found[0].reason
    rules_only = rm.Scheme.from_text("\n".join([*text.splitlines()[:3], *text.splitlines()[5:]]))
    assert rules_only.sensitive == ("ethnic_group", "organisation")


@pytest.mark.parametrize(
    ("type_", "column"),
    [
        ("goals", "goals"),
        ("speciality", "Specialty"),
        ("workplace", "workplace"),
        ("availability", "availability"),
        ("power_distance, target: 2", "grade"),
        ("preference", "preferences"),
    ],
)
def test_no_built_in_criterion_reads_a_sensitive_column(type_: str, column: str) -> None:
    (problem,) = problems(f"sensitive: [{column}]\ncriteria: [{{type: {type_}}}]")
    assert problem.column == "criteria[0]"


# --- files -----------------------------------------------------------------------------------


def refused(path: Path) -> Problem:
    with pytest.raises(rm.SchemeError) as caught:
        rm.Scheme.from_file(path)
    (problem,) = caught.value.items
    assert problem.file == path.name
    return problem


def test_a_file_that_is_not_there_and_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "scheme.yaml").write_text("name: a")
    problem = refused(tmp_path / "schema.yaml")
    assert problem.reason == "no such file"
    assert "'scheme.yaml'" in problem.remedy
    assert refused(tmp_path / "none" / "x.yaml").remedy == "check the name"
    assert "cannot be read" in refused(tmp_path / "scheme.yaml" / "x.yaml").reason


def test_a_folder_is_not_a_scheme(tmp_path: Path) -> None:
    assert refused(tmp_path).reason == "is a folder"


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_bytes("name: Élan".encode("cp1252"))
    assert refused(path).remedy == "save it as UTF-8"
    path.write_bytes("name: Élan".encode("utf-8-sig"))
    assert rm.Scheme.from_file(path).name == "Élan"


def test_data_instead_of_a_scheme(tmp_path: Path) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_bytes(b"x" * 10_000_001)
    assert "10 MB" in refused(path).reason


def test_errors_name_the_file_they_are_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"nam": 1}, indent="\t"))
    problem = refused(path)
    assert (problem.row, problem.column, problem.remedy) == (2, "nam", "did you mean 'name'?")


# --- what YAML can do that nobody should -----------------------------------------------------


def test_aliases_are_read_and_cannot_run_away() -> None:
    scheme = rm.Scheme.from_text(
        "rules:\n - &r {type: relations, forbid: &f [tutor]}\n - *r\n"
        " - {type: relations, forbid: *f}"
    )
    assert scheme.rules[0] == scheme.rules[1] == scheme.rules[2]
    (problem,) = problems("criteria: &a [*a]")
    assert problem.column == "criteria[0]"
    laughs = ["a0: &a0 [x, x]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert len(problems("\n".join(laughs))) == 40


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.integers(-2, 2),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from((*rm.Scheme.model_fields, "type", "column", "x")), inner, max_size=3
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_reads_or_is_refused_with_reasons(data: object) -> None:
    text = json.dumps(data)
    try:
        scheme = rm.Scheme.from_text(text)
    except rm.SchemeError as error:
        told = error
    else:
        assert rm.Scheme.from_text(scheme.to_json()) == scheme
        return
    assert len(told.problems) == len(told.items) > 0
    assert str(told)
