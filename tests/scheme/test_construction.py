"""A scheme made in Python: every mistake in one `SchemeError`, whichever way it is made."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pydantic
import pytest

import rmmatch as rm
import rmmatch.types

MISTAKES: dict[str, Any] = {
    "cycle_weeks": "often",
    "sensitiv": ["faith"],
    "criteria": [{"type": "goals", "weight": -1}, {"type": "gaols"}],
    "rules": [{"type": "relations"}],
}
CODES = {
    "cycle_weeks": "not_a_whole_number",
    "sensitiv": "unknown_key",
    "criteria[0].weight": "out_of_range",
    "criteria[1]": "unknown_type",
    "rules[0].forbid": "missing_key",
}
WAYS: dict[str, Callable[[dict[str, Any]], rm.Scheme]] = {
    "from_dict": rm.Scheme.from_dict,
    "constructor": lambda data: rm.Scheme(**data),
    "model_validate": rm.Scheme.model_validate,
}


@pytest.mark.parametrize("way", WAYS)
def test_all_mistakes_come_at_once_with_codes_and_remedies(way: str) -> None:
    with pytest.raises(rm.SchemeError) as caught:
        WAYS[way](MISTAKES)
    assert {item.column: item.code for item in caught.value.items} == CODES
    remedies = {item.column: item.remedy for item in caught.value.items}
    assert remedies["sensitiv"] == "did you mean 'sensitive'?"
    assert remedies["criteria[1]"] == "did you mean 'goals'?"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("way", ["from_dict", "model_validate"])
@pytest.mark.parametrize("data", [[1], "goals", None, 3])
def test_what_is_no_mapping_is_a_problem_too(way: str, data: Any) -> None:
    with pytest.raises(rm.SchemeError) as caught:
        WAYS[way](data)
    assert [item.code for item in caught.value.items] == ["wrong_type"]


def test_the_source_is_named() -> None:
    with pytest.raises(rm.SchemeError, match="request 7, cycle_weeks"):
        rm.Scheme.from_dict({"cycle_weeks": 0}, source="request 7")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: rm.criteria.Goals(wieght=2), "unknown_key"),
        (lambda: rm.rules.Relations(), "missing_key"),
        (lambda: rmmatch.types.Quota(side="mentors", column="grade"), "invalid_value"),
        (lambda: rmmatch.types.Aim(tier="total", within=2), "out_of_range"),
        (lambda: rmmatch.types.Meetings(count="x"), "wrong_type"),
    ],
)
def test_so_do_the_parts_of_a_scheme(make: Callable[[], Any], code: str) -> None:
    with pytest.raises(rm.SchemeError) as caught:
        make()
    assert code in [item.code for item in caught.value.items]


def test_as_a_field_of_another_model_pydantic_says_where_it_is() -> None:
    class Request(pydantic.BaseModel):
        scheme: rm.Scheme

    with pytest.raises(pydantic.ValidationError) as caught:
        Request.model_validate({"scheme": MISTAKES})
    places = [error["loc"] for error in caught.value.errors()]
    assert ("scheme", "criteria", 0, "weight") in places
    assert len(places) == len(CODES)


def test_a_class_with_a_constructor_of_its_own_still_tells_where_the_mistake_is() -> None:
    class Fussy(rm.criteria.Goals.__base__):  # type: ignore[misc,name-defined]
        type: str = "fussy"
        column: str

        def __init__(self, **data: Any) -> None:
            super().__init__(**data)

    try:
        with pytest.raises(rm.SchemeError) as caught:
            rm.Scheme.from_dict({"criteria": [{"type": "fussy", "weight": -1}]})
        columns = [item.column for item in caught.value.items]
        assert columns == ["criteria[0].weight", "criteria[0].column"]
    finally:
        rm.criteria.Goals.registry.pop("fussy")


def test_lists_become_tuples_and_all_ways_give_one_scheme() -> None:
    data: dict[str, Any] = {
        "sensitive": ["Faith"],
        "criteria": [{"type": "goals", "weight": 2}],
        "rules": [{"type": "pairs", "pin": [["E1", "M1"]]}],
        "objective": ["pairs", "total"],
        "grades": ["low", "high"],
    }
    schemes = [make(data) for make in WAYS.values()]
    schemes.append(
        rm.Scheme(
            sensitive=["Faith"],
            criteria=[rm.criteria.Goals(weight=2)],
            rules=[rm.rules.Pairs(pin=[("E1", "M1")])],
            objective=["pairs", "total"],
            grades=["low", "high"],
        )
    )
    assert all(scheme == schemes[0] for scheme in schemes)
    assert schemes[0].sensitive == ("faith",)
    assert schemes[0].rules[0].pin == (("E1", "M1"),)
    assert rm.Scheme.from_dict(schemes[0].to_dict()) == schemes[0]
    assert pickle.loads(pickle.dumps(schemes[0])) == schemes[0]
