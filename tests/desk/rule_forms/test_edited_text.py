"""The text of a scheme edited field by field: its comments stay, and it says what was asked for."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import cases
from rmmatch.desk.rule_forms import changes_of, scheme_form, with_changes
from rmmatch.files.commented import CommentedText
from rmmatch.files.documents import parse, yaml_text

DEMO = (Path(rm.__file__).parent / "demo" / "scheme.yaml").read_text("utf-8")


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """How many lines went and how many came."""
    lines = [*difflib.ndiff(before.splitlines(), after.splitlines())]
    return sum(line[:2] == "- " for line in lines), sum(line[:2] == "+ " for line in lines)


DEMO_FORM = scheme_form(rm.Scheme.from_text(DEMO))


def other_value(field: Any) -> Any:
    """Another value that a field may hold."""
    if field.kind == "choice":
        return next(choice.value for choice in field.choices if choice.value != field.value)
    if field.kind == "number":
        return (field.value or 1) * 0.5 if not field.shape.is_whole else int(field.value or 0) + 1
    return {
        "yes_no": not field.value,
        "text": "Words: of all kinds, 'quoted' or not",
        "column": "programme",
        "columns": ["programme", "tutor"],
        "words": ["One", "no", "3"],
        "range": [3, 9],
        "date": "2026-02-01",
    }.get(field.kind, field.value)


SIMPLE = [
    path
    for path, field in DEMO_FORM.fields.items()
    if field.kind != "table" and not field.path.startswith(("objective", "capacity", "cycle"))
]


@pytest.mark.parametrize("path", SIMPLE)
def test_one_field_of_the_demo_changes_one_place_and_no_comment(path: str) -> None:
    field = DEMO_FORM.fields[path]
    value = other_value(field)
    try:
        scheme = with_changes(rm.Scheme.from_text(DEMO), {path: value})
    except rm.SchemeError:  # fields that need each other
        with pytest.raises(rm.SchemeError):
            rm.Scheme.edited_text(DEMO, {path: value})
        return
    edited = rm.Scheme.edited_text(DEMO, {path: value})
    assert comments(edited) == comments(DEMO)
    assert len(comments(edited)) == 27
    assert rm.Scheme.from_text(edited) == scheme
    gone, came = changed_lines(DEMO, edited)
    assert came == 1
    assert gone <= (3 if path.endswith("reason") else 1)


def test_several_changes_at_once_keep_all_comments() -> None:
    changes = {
        "criteria[0].weight": 5,
        "criteria[1]": None,
        "rules[3].forbid": ["tutor"],
        "rules[7]": {"type": "minimum_score", "at_least": 0.3},
        "rules[0]": None,
        "quotas[0]": {"side": "mentors", "column": "organisation", "each": True, "at_least": 1},
        "meetings.minutes": 45,
        "grades": None,
        "objective[2].within": 0.1,
    }
    edited = rm.Scheme.edited_text(DEMO, changes)
    # but for the one behind a line that went
    assert [c for c in comments(DEMO) if c not in comments(edited)] == ["low to high"] or len(
        comments(edited)
    ) == 26
    scheme = rm.Scheme.from_text(edited)
    assert scheme == with_changes(rm.Scheme.from_text(DEMO), changes)
    assert [criterion.type for criterion in scheme.criteria][:2] == ["goals", "workplace"]
    assert scheme.rules[0].type == "eligible"
    assert scheme.rules[-1].type == "minimum_score"
    assert scheme.aims[-1].within == 0.1


def test_a_new_rule_stands_under_the_last_one() -> None:
    edited = rm.Scheme.edited_text(DEMO, {"rules[7]": {"type": "minimum_score", "at_least": 0.3}})
    lines = edited.splitlines()
    place = lines.index("  - {type: minimum_score, at_least: 0.3}")
    assert lines[place - 1] == "  - {type: availability, min_minutes: 60}"
    assert changed_lines(DEMO, edited) == (0, 1)


def test_what_is_the_same_changes_nothing() -> None:
    assert rm.Scheme.edited_text(DEMO, {}) == DEMO
    assert rm.Scheme.edited_text(DEMO, {"criteria[0].weight": 6}) == DEMO


def test_json_stays_json() -> None:
    text = rm.Scheme.from_text(DEMO).to_json()
    edited = rm.Scheme.edited_text(text, {"rules[5].min_gap": 1e-3})
    assert json.loads(edited)["rules"][5]["min_gap"] == 1e-3
    assert json.loads(edited) | {"rules": 0} == json.loads(text) | {"rules": 0}


def test_a_value_that_stands_for_two_is_changed_once() -> None:
    text = "# by two\ncriteria:\n  - &a {type: goals, weight: 2}\n  - {type: speciality}\n  - *a\n"
    edited = rm.Scheme.edited_text(text, {"criteria[0].weight": 3})
    assert [c.weight for c in rm.Scheme.from_text(edited).criteria] == [3, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n- type: power_distance\n  min_gap: 2\n- {type: minimum_score, at_least: 0.1}\n",
        "rules:\n    - type: power_distance\n      min_gap: 2  # two\n    # next\n    - {type: "
        "minimum_score,\n       at_least: 0.1}",
        "rules: [{type: power_distance, min_gap: 2}, {type: minimum_score, at_least: 0.1}]",
        '{"rules": [{"type": "power_distance", "min_gap": 2}, {"type": "minimum_score",'
        ' "at_least": 0.1}]}',
    ],
)
@pytest.mark.parametrize(
    "changes",
    [
        {"rules[0].min_gap": -1.5},
        {"rules[0].max_gap": 4, "rules[0].reason": "a: b"},
        {"rules[0]": None},
        {"rules[1]": None},
        {"rules[0]": None, "rules[1]": None},
        {"rules[2]": {"type": "relations", "forbid": ["tutor"]}, "rules[0]": None},
        {"name": "Ours", "meetings.count": None},
    ],
)
def test_lists_of_every_shape_are_edited(text: str, changes: dict[str, Any]) -> None:
    edited = rm.Scheme.edited_text(text, changes)
    assert rm.Scheme.from_text(edited) == with_changes(rm.Scheme.from_text(text), changes)
    # but for those behind, or between, lines that went
    n_gone = sum(value is None for value in changes.values())
    assert len(comments(edited)) >= len(comments(text)) - n_gone


def test_text_with_the_sign_of_a_comment_is_text() -> None:
    reason = "Rule #3 of 'ours': yes # or no"
    edited = rm.Scheme.edited_text(DEMO, {"rules[0].reason": reason})
    assert rm.Scheme.from_text(edited).rules[0].reason == reason


def test_all_problems_come_at_once() -> None:
    with pytest.raises(rm.SchemeError) as misplaced:
        rm.Scheme.edited_text(DEMO, {"rules[99].min_gap": 1, "ruls[0]": None, "rules(0)": 2})
    assert [item.column for item in misplaced.value.items] == [
        "rules[99].min_gap",
        "ruls[0]",
        "rules(0)",
    ]
    assert {item.code for item in misplaced.value.items} == {"unknown_key"}
    wrong = {"criteria[0].weight": -1, "rules[5].min_gpa": 2, "rules[6].min_minutes": None}
    with pytest.raises(rm.SchemeError) as refused:
        rm.Scheme.edited_text(DEMO, wrong, source="scheme.yaml")
    assert {item.column for item in refused.value.items} == set(wrong)
    assert all(item.row for item in refused.value.items)  # lines of the new text
    with pytest.raises(rm.SchemeError) as plain:
        with_changes(rm.Scheme.from_text(DEMO), wrong)
    assert {item.column for item in plain.value.items} == set(wrong)


@settings(max_examples=60, deadline=None)
@given(cases(), cases(), st.data())
def test_random_edits_say_the_same_in_text_and_in_data(
    first: Any, second: Any, data: st.DataObject
) -> None:
    scheme, donor = first[1], second[1]
    dumped = yaml_text(scheme.to_dict())
    text = data.draw(st.sampled_from((dumped, scheme.to_json(), f"# ours\n{dumped}# end\n")))
    fields, donated = scheme_form(scheme).fields, scheme_form(donor).fields
    paths = sorted(path for path in fields if path in donated)
    chosen = data.draw(st.lists(st.sampled_from(paths), max_size=4, unique=True))
    changes: dict[str, Any] = {path: donated[path].value for path in chosen}
    for family in ("criteria", "rules"):
        members = donor.to_dict().get(family, [])
        if members and data.draw(st.booleans()):
            changes[f"{family}[{len(getattr(scheme, family))}]"] = members[0]
        if getattr(scheme, family) and data.draw(st.booleans()):
            changes[f"{family}[0]"] = None
    try:
        expected = with_changes(scheme, changes)
    except rm.SchemeError:
        with pytest.raises(rm.SchemeError):
            rm.Scheme.edited_text(text, changes)
        return
    edited = rm.Scheme.edited_text(text, changes)
    assert rm.Scheme.from_text(edited) == expected
    if text.startswith("# ours"):
        assert "# ours" in edited


def test_an_unchanged_form_changes_nothing() -> None:
    answers = {path: field.text for path, field in DEMO_FORM.fields.items()}
    assert changes_of(DEMO_FORM, answers) == {}


PLAIN = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=4), st.sampled_from((0.5, 1e9))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), PLAIN, min_size=1), st.sampled_from("abcd"), PLAIN)
def test_any_value_can_be_put_and_dropped(data: dict[str, Any], key: str, value: Any) -> None:
    text = CommentedText(yaml_text(data))
    text.put((key,), value)
    assert parse(text.to_yaml(), "")[0] == {**data, key: value}
    text.drop((key,))
    data.pop(key, None)
    if data:
        assert parse(text.to_yaml(), "")[0] == data
