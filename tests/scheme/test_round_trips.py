"""Whatever a scheme says, its text says: YAML, JSON and the published schema."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import CRITERIA, RULES
from rmmatch.criteria import Criterion
from rmmatch.declarations.meetings import Meetings
from rmmatch.rules import Rule
from rmmatch.scheme.quotas import Quota
from rmmatch.spelling import fold

# Any text: quotes, line ends of every kind, emoji, control characters, look-alikes of numbers.
TEXT = st.one_of(st.text(max_size=12), st.sampled_from(("NO", "1e3", "\x7f", "\x85", "😀", "~")))
UNUSUAL = {
    "goals": {"related": {"\u2028": {"yes": 1e-7}, "null": {}}},
    "workplace": {"prefer": "near", "distances": {"1": {"2.0": 1e22}}},
}


def by_type(member: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Put text where random places of people stand."""
    if member["type"] not in ("table", "pairs"):
        return st.just(member)
    key = "rows" if member["type"] == "table" else "forbid"
    texts = st.tuples(TEXT, TEXT)
    named = [texts.map(lambda ids, rest=rest: (*ids, *rest)) for _, _, *rest in member[key]]
    return st.tuples(*named).map(lambda rows: {**member, key: rows})


@st.composite
def quotas(draw: st.DrawFn) -> dict[str, Any]:
    quota: dict[str, Any] = {"side": draw(st.sampled_from(("mentors", "mentees"))), "column": "x"}
    kind = draw(st.sampled_from(("value", "each", "parity", "relation", "mentor")))
    soft = draw(st.sampled_from(({}, {"penalty": 0.25}, {"soft": True})))
    if kind == "parity":
        return {**quota, "parity": draw(st.floats(0, 1)), **soft}
    low = draw(st.integers(0, 9))
    bounds = draw(
        st.sampled_from(({"at_least": low}, {"at_most": low}, {"at_least": 0, "at_most": low}))
    )
    if kind == "relation":
        return {**quota, "side": "pairs", "relation": "same", "each": True, **bounds, **soft}
    if kind == "mentor":
        return {"side": "pairs", "mentor": {"x": draw(TEXT)}, **bounds, **soft}
    return {**quota, kind: True if kind == "each" else draw(TEXT), **bounds, **soft}


@st.composite
def meetings(draw: st.DrawFn) -> dict[str, Any]:
    low, start = draw(st.integers(1, 40)), draw(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    return {
        "count": [low, low + draw(st.integers(0, 9))],
        "minutes": draw(st.integers(1, 600)),
        "every_days": [low, 90],
        "start": start,
        "end": start + timedelta(days=draw(st.integers(0, 700))),
        "holidays": draw(st.none() | TEXT),
    }


GRADES = st.one_of(
    st.none(),
    st.lists(TEXT, min_size=1, unique_by=fold),
    st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), min_size=1).filter(
        lambda levels: len(set(map(fold, levels))) == len(levels)
    ),
)


WORDS = TEXT.filter(lambda text: text.strip() and fold(text) != "others")
OTHERS = st.sampled_from(({}, {"others": "outside"}, {" Others": "Outside 0123abcd"}))
PEOPLE = st.builds(lambda named, others: named | others, st.dictionaries(WORDS, WORDS), OTHERS)


@st.composite
def any_scheme(draw: st.DrawFn) -> rm.Scheme:
    members = [st.one_of(*family.values()).flatmap(by_type) for family in (CRITERIA, RULES)]
    return rm.Scheme.model_validate(
        {
            "name": draw(TEXT),
            "direction": draw(st.sampled_from(("reverse", "traditional", "peer"))),
            "grades": draw(GRADES),
            "cycle_weeks": draw(st.integers(1, 53)),
            "monitoring_only": draw(st.lists(st.sampled_from(("Kept 1", "Kept 2")), unique=True)),
            "sensitive": draw(
                st.lists(st.sampled_from(("Ethnic group", "Faith", "Kept 1")), unique=True)
            ),
            "columns": draw(st.dictionaries(TEXT, TEXT, max_size=3)),
            "people": draw(PEOPLE),
            "capacity": draw(
                st.dictionaries(st.sampled_from(("mentors", "mentees")), st.integers(0, 1_000_000))
            ),
            "each_side": draw(st.booleans()),
            "criteria": draw(st.lists(members[0], max_size=3)),
            "rules": draw(st.lists(members[1], max_size=3)),
            "quotas": draw(st.lists(quotas(), max_size=2)),
            "min_load": draw(st.sampled_from(("hard", "if_used"))),
            "objective": [
                "quota_shortfall",
                *draw(st.permutations(("pairs", "priority", "total")))[: draw(st.integers(1, 3))],
            ],
            "meetings": draw(st.none() | meetings()),
        }
    )


@cache
def schema() -> jsonschema.Draft202012Validator:
    published = rm.Scheme.json_schema()
    jsonschema.Draft202012Validator.check_schema(published)
    return jsonschema.Draft202012Validator(published)


def check_round_trip(scheme: rm.Scheme) -> None:
    for text in (scheme.to_yaml(), scheme.to_json()):
        assert rm.Scheme.from_text(text) == scheme
    assert rm.Scheme.model_validate(scheme.to_dict()) == scheme
    schema().validate(json.loads(scheme.to_json()))


@settings(max_examples=60, deadline=None)
@given(any_scheme())
def test_a_scheme_is_what_its_text_says(scheme: rm.Scheme) -> None:
    check_round_trip(scheme)


@pytest.mark.parametrize(
    ("family", "type_"),
    [("criteria", type_) for type_ in CRITERIA] + [("rules", type_) for type_ in RULES],
)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_every_declaration_round_trips(family: str, type_: str, data: st.DataObject) -> None:
    strategy = {"criteria": CRITERIA, "rules": RULES}[family][type_].flatmap(by_type)
    check_round_trip(rm.Scheme.model_validate({family: [data.draw(strategy)]}))


def test_every_registered_declaration_is_tried() -> None:
    """A new built-in criterion or rule must get a strategy."""
    built_in = [
        {t for t, cls in family.registry.items() if cls.__module__.startswith("rmmatch.")}
        for family in (Criterion, Rule)
    ]
    assert built_in[0] - {"function"} == set(CRITERIA)
    assert built_in[1] == set(RULES)


@pytest.mark.parametrize("type_", UNUSUAL)
def test_tables_with_unusual_words_round_trip(type_: str) -> None:
    check_round_trip(rm.Scheme.model_validate({"criteria": [{"type": type_, **UNUSUAL[type_]}]}))


def test_a_table_by_file_round_trips() -> None:
    check_round_trip(rm.Scheme.model_validate({"criteria": [{"type": "table", "file": "a/b.csv"}]}))


@settings(max_examples=30, deadline=None)
@given(quotas(), meetings())
def test_quotas_and_meetings_round_trip_by_themselves(
    quota: dict[str, Any], meeting: dict[str, Any]
) -> None:
    for model, data in ((Quota, quota), (Meetings, meeting)):
        made = model.model_validate(data)
        assert model.model_validate_json(made.model_dump_json()) == made


def test_files_are_read_back_and_written_whole(tmp_path: Path) -> None:
    scheme = rm.Scheme.model_validate({"name": "Élan 😀", "criteria": [{"type": "goals"}]})
    for name in ("scheme.yaml", "scheme.json"):
        scheme.to_file(tmp_path / name)
        assert rm.Scheme.from_file(tmp_path / name) == scheme
    assert json.loads((tmp_path / "scheme.json").read_text("utf-8"))["name"] == "Élan 😀"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scheme.json", "scheme.yaml"]


EXAMPLE = """
version: 1
name: Deanery reverse mentoring, cohort 5
direction: reverse                 # reverse · traditional · peer
grades: [FY1, FY2, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]
sensitive: [ethnicity]
columns: {"Which goals would you like to work on?": goals}
criteria:
  - {type: goals, weight: 4, measure: coverage, rarity: true,
     related: {leadership: {career development: 0.5}}}
  - {type: speciality, weight: 2, related: {cardiology: {respiratory: 0.4}}}
  - {type: workplace, weight: 1, prefer: different}
  - {type: availability, weight: 2, enough: 180}
  - {type: power_distance, weight: 1, target: 4, spread: 3}
  - {type: preference, weight: 1, side: both}
  - {type: attribute, column: programme, weight: 0.5, prefer: different}
  - {type: table, weight: 1, file: scores.csv}
rules:
  - {type: eligible, column: attended_training}
  - {type: power_distance, min_gap: 2, max_gap: 9}
  - {type: relations, forbid: [line_manager, supervisor, tutor, examiner, past_pair, conflict]}
  - {type: reporting_chain, levels: 3}
  - {type: availability, min_minutes: 60}
  - {type: minimum_score, at_least: 0.3}
  - {type: attribute, column: ethnicity, relation: different}
  - {type: pairs, pin: [[E1, M3]], forbid: [[E2, M5]]}
quotas:
  - {side: mentors, column: organisation, value: ARC, at_least: 2}
  - {side: mentees, column: department, each: true, at_most: 5}
  - {side: mentors, column: ethnicity, parity: 0.10}
objective: [pairs, priority, total]
meetings: {count: [4, 6], minutes: 60, every_days: [28, 42], start: 2026-01-12, end: 2026-07-12,
           holidays: GB-ENG}
"""


def test_the_documented_example_reads_and_is_valid_by_the_schema() -> None:
    scheme = rm.Scheme.from_text(EXAMPLE)
    check_round_trip(scheme)
    as_written = json.loads(json.dumps(yaml.safe_load(EXAMPLE), default=str))
    schema().validate(as_written)
    assert (len(scheme.criteria), len(scheme.rules), len(scheme.quotas)) == (8, 8, 3)
    assert scheme.rules[-1].pins() == (("E1", "M3"),)
    assert scheme.quotas[2].parity == 0.1
    assert scheme.meetings is not None
    assert (scheme.meetings.count, scheme.meetings.start) == ((4, 6), date(2026, 1, 12))


@pytest.mark.parametrize(
    "change",
    [
        {"wieght": 1},
        {"version": 2},
        {"criteria": [{"type": "goals", "wieght": 1}]},
        {"criteria": [{"type": "goals", "weight": 0}]},
        {"criteria": [{"type": "goal"}]},
        {"criteria": [{"weight": 1}]},
        {"rules": [{"type": "goals"}]},
        {"objective": ["leximn"]},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(rm.SchemeError):
        rm.Scheme.from_text(json.dumps(change))
    with pytest.raises(jsonschema.ValidationError):
        schema().validate(change)
