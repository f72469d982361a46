"""Errors for programs: one type a column, plain data, and a class of its own for unknown people."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.errors import CohortError, Problem, ProblemsError, UnknownPersonError
from rmmatch.scoring import PairScores


def problem(row: int | str) -> Problem:
    return Problem("mentors", row, "id", "x", "is wrong", "write another", code="invalid_value")


@pytest.mark.parametrize(
    ("row", "number"),
    [("", None), (7, 7), ("3, 7-9", 3), ("3-5", 3), ("12", 12), ("M1", None), ("3rd", None)],
)
def test_a_row_is_a_number_or_missing_and_the_text_is_kept(
    row: int | str, number: int | None
) -> None:
    data = problem(row).to_dict()
    assert (data["row"], data["rows"]) == (number, str(row))
    assert problem(row).first_row == number


@pytest.mark.parametrize("rows", [[], [""], [3], ["", 3, "3, 4", "M1"]])
def test_every_column_of_problems_has_one_type(rows: list[int | str]) -> None:
    table = ProblemsError([problem(row) for row in rows]).problems
    names = ["file", "row", "column", "value", "reason", "remedy", "code", "rows"]
    assert table.columns.tolist() == names
    assert table["row"].dtype == pd.Int64Dtype()
    for name in set(names) - {"row"}:
        assert table[name].dtype == object
        assert all(type(cell) is str for cell in table[name])
    assert len(table) == len(rows)


@pytest.mark.parametrize(
    "error",
    [
        CohortError([problem(""), problem(3)]),
        UnknownPersonError([problem("")], {"x": ["E1"]}),
        rm.errors.NoMatchingError("there is none"),
        rm.errors.MissingExtraError("matplotlib", "plot", "a plot"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_plain_data(error: rm.RmmatchError) -> None:
    data = error.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["error"] == type(error).__name__
    assert data["message"] == str(error)
    assert len(data["problems"]) == len(getattr(error, "items", ()))


def test_unknown_people_survive_pickling() -> None:
    error = UnknownPersonError([problem("")], {"x": ["E1", "E2"]})
    again = pickle.loads(pickle.dumps(error))
    assert (again.items, again.suggestions, again.id) == (error.items, {"x": ("E1", "E2")}, "x")


def run() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


ASKING: dict[str, Callable[[rm.Result], Any]] = {
    "explain": lambda result: rm.explain(result, mentee="E0003"),
    "score": lambda result: PairScores(result.cohort, result.scheme).pair("E0003", "M001"),
    "what_if pin": lambda result: rm.what_if(result, pin=[("E0003", "M001")]),
    "what_if remove": lambda result: rm.what_if(result, remove=[("mentee", "E0003")]),
    "rematch": lambda result: rm.rematch(result, withdrawn=["E0003"]),
    "rematch part": lambda result: rm.rematch(result, part=[("E0003", "M001")]),
    "carry_over": lambda result: rm.carry_over(result, continued=[("E0003", "M001")]),
    "positions": lambda result: rm.Matching.of([("E0003", "M001")]).positions(result.cohort),
    "prices": lambda result: rm.prices_of_pairs(result, [("E0003", "M001")]),
}


@pytest.mark.parametrize("way", ASKING)
def test_whoever_is_nobody_is_an_error_of_its_own_with_who_may_be_meant(way: str) -> None:
    with pytest.raises(UnknownPersonError) as caught:
        ASKING[way](run())
    error = caught.value
    assert isinstance(error, CohortError)  # as it was before there was a class for it
    assert (error.id, error.ids) == ("E0003", ("E0003",))
    assert error.suggestions["E0003"][0] == "E003"
    assert error.to_dict()["suggestions"] == {"E0003": list(error.suggestions["E0003"])}


def test_everybody_who_is_nobody_is_named_and_some_are_near_to_nobody() -> None:
    with pytest.raises(UnknownPersonError) as caught:
        rm.what_if(run(), forbid=[("E0003", "qqqqqq"), ("E001", "M0002")])
    assert caught.value.ids == ("E0003", "qqqqqq", "M0002")
    assert caught.value.suggestions["qqqqqq"] == ()
    assert caught.value.suggestions["M0002"] == ("M002",)


def test_other_problems_beside_it_are_a_plain_error() -> None:
    pairs: Any = [("E0003", "M001"), "E001"]
    with pytest.raises(CohortError) as caught:
        rm.what_if(run(), pin=pairs)
    assert not isinstance(caught.value, UnknownPersonError)
    assert {item.code for item in caught.value.items} == {"unknown_person", "not_a_pair"}


def test_a_name_that_several_people_have_is_not_an_unknown_one() -> None:
    names = {"E1": "Ann Lee", "E2": "Ann Lee", "E3": "Bo Ek", "E4": "Di Fox"}
    mentees = [{"id": id_, "name": name} for id_, name in names.items()]
    result = rm.match(rm.read_cohort([{"id": "M1"}], mentees), rm.Scheme())
    with pytest.raises(CohortError) as caught:
        rm.rematch(result, withdrawn=["Ann Lee"])
    assert not isinstance(caught.value, UnknownPersonError)


def test_what_json_makes_of_pairs_and_people_is_accepted() -> None:
    """JSON has lists where Python has tuples."""
    result = run()
    first, second, third = ([*pair] for pair in result.made.pairs[:3])
    as_lists: Any = rm.review(result, lock=[first], reject=[[*second, "a clash"]], by="Kim")
    as_tuples = rm.review(
        result, lock=[(first[0], first[1])], reject={(second[0], second[1]): "a clash"}, by="Kim"
    )
    assert as_lists.review.locked == as_tuples.review.locked
    assert as_lists.review.rejected == as_tuples.review.rejected
    person: Any = ["mentor", third[1]]
    again = rm.rematch(result, withdrawn=[person])
    assert again.withdrawn == (("mentor", third[1]),)
    moved = rm.what_if(result, remove=[person])
    assert moved.changed == (f"without {third[1]}",)


@pytest.mark.parametrize("entry", [["E001"], ["E001", "M001"], "E001", []])
def test_a_rejection_without_its_parts_is_a_problem(entry: Any) -> None:
    with pytest.raises(rm.errors.ReviewError):
        rm.review(run(), reject=[entry])
