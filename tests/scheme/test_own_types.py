"""Criteria and rules that users write: registered, saved, kept from what they may not see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import rmmatch as rm
from helpers.strategies import People
from rmmatch.criteria import Criterion, Function
from rmmatch.errors import NotSupportedError, RmmatchError
from rmmatch.rules import Rule

TABLES = People(
    ({"id": "E1", "team": "a", "faith": "x"}, {"id": "E2", "team": "b", "faith": None}),
    ({"id": "M1", "team": "a", "faith": "x"},),
)


@pytest.fixture(autouse=True)
def registries() -> Iterator[None]:
    """Forget what a test registers."""
    kept = [(family, dict(family.registry)) for family in (Criterion, Rule)]
    yield
    for family, registry in kept:
        family.registry.clear()
        family.registry.update(registry)


NOTEBOOK_CELL = """
class SameTeam(Criterion):
    type: Literal["same_team"] = "same_team"
    worth: float = 1.0

    def score(self, mentees, mentors):
        return self.worth * np.equal.outer(mentees["team"].to_numpy(), mentors["team"].to_numpy())


class NotSameTeam(Rule):
    type: Literal["not_same_team"] = "not_same_team"

    def forbids(self, mentees, mentors):
        alike = np.equal.outer(mentees["team"].to_numpy(), mentors["team"].to_numpy())
        return alike.astype(bool)
"""


def run_cell() -> dict[str, Any]:
    names = {"Criterion": Criterion, "Rule": Rule, "Literal": Literal, "np": np}
    names["__name__"] = "__main__"
    exec(compile(NOTEBOOK_CELL, "cell", "exec", dont_inherit=True), names)
    return names


def test_a_class_is_used_from_a_file_as_soon_as_it_is_defined() -> None:
    text = "criteria: [{type: same_team, weight: 2, worth: 0.5}]"
    with pytest.raises(rm.SchemeError, match="there is no criterion of type 'same_team'"):
        rm.Scheme.from_text(text)
    run_cell()
    scheme = rm.Scheme.from_text(text)
    for again in (scheme.to_yaml(), scheme.to_json()):
        assert rm.Scheme.from_text(again) == scheme
    assert "same_team" in str(rm.Scheme.json_schema())
    scores = rm.score(TABLES.cohort(), scheme)
    assert scores.to_numpy().tolist() == [[500_000], [0]]
    ruled = rm.Scheme.from_text("rules: [{type: not_same_team}]")
    assert rm.Scheme.from_text(ruled.to_yaml()) == ruled
    assert rm.score(TABLES.cohort(), ruled).pair("E1", "M1").forbidden_by == "not same team"
    with pytest.raises(rm.SchemeError, match=r"did you mean 'worth'"):
        rm.Scheme.from_text("criteria: [{type: same_team, wort: 1}]")


def test_a_notebook_cell_may_run_twice() -> None:
    first, second = run_cell()["SameTeam"], run_cell()["SameTeam"]
    assert first is not second
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "same_team"}]})
    assert type(scheme.criteria[0]) is second


def test_a_taken_type_is_refused_and_stays_whose_it_was() -> None:
    with pytest.raises(TypeError, match="'goals' is taken"):

        class Mine(Criterion):
            type: Literal["goals"] = "goals"

    with pytest.raises(TypeError, match="'goals' is taken"):

        class Finer(rm.criteria.Goals):
            """A subclass needs a type of its own."""

    assert Criterion.registry["goals"] is rm.criteria.Goals


def test_a_rule_and_a_criterion_may_share_a_type() -> None:
    class Sum(Criterion):
        type: Literal["shared"] = "shared"

    class Ban(Rule):
        type: Literal["shared"] = "shared"

    assert (Criterion.registry["shared"], Rule.registry["shared"]) == (Sum, Ban)


def test_a_plain_function_works_and_says_why_it_cannot_be_saved() -> None:
    def closeness(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        return [[1.0], [None]]

    for criterion in (closeness, Function(function=closeness, weight=3)):
        scheme = rm.Scheme(criteria=(criterion,))
        scores = rm.score(TABLES.cohort(), scheme)
        assert scores.criteria == ("closeness",)
        assert scores.to_numpy().tolist() == [[1_000_000], [500_000]]
        for save in (scheme.to_dict, scheme.to_yaml, scheme.to_json):
            with pytest.raises(NotSupportedError, match="code is not data"):
                save()


def test_names_of_functions_never_hide_the_columns_of_a_table() -> None:
    def score(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        return np.full((len(mentees), len(mentors)), 0.25)

    def mentor(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        return np.full((len(mentees), len(mentors)), 0.75)

    frame = rm.score(TABLES.cohort(), rm.Scheme(criteria=(score, mentor, score))).to_frame()
    assert list(frame) == ["mentee", "mentor", "score", "score_2", "mentor_2", "score_3"]
    assert frame["mentor"].tolist() == ["M1", "M1"]
    assert frame["score"].tolist() == pytest.approx([(0.25 + 0.75 + 0.25) / 3] * 2, abs=2e-6)


def test_what_is_neither_data_nor_function_is_refused() -> None:
    for value in (3, "goals", rm.criteria.Goals, None):
        with pytest.raises(rm.SchemeError, match="needs a `type`"):
            rm.Scheme(criteria=(value,))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (np.zeros((1, 2)), "shape"),
        (np.zeros(2), "shape"),
        (0.5, "shape"),
        (None, "shape"),
        ([[1.0], [1.0, 2.0]], "numbers"),
        ([["good"], ["bad"]], "numbers"),
        ([[object()], [object()]], "numbers"),
        ([[1.5], [0.0]], r"outside \[0, 1\]"),
        ([[0.5], [-1e-9]], r"outside \[0, 1\]"),
        ([[np.inf], [0.0]], r"outside \[0, 1\]"),
    ],
)
def test_a_function_that_returns_something_else(answer: Any, reason: str) -> None:
    def odd(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        return answer

    with pytest.raises(RmmatchError, match=reason) as caught:
        rm.score(TABLES.cohort(), rm.Scheme(criteria=(odd,)))
    assert "odd" in str(caught.value)


@pytest.mark.parametrize(
    "answer", [np.zeros((2, 1)), np.zeros((1, 2), dtype=bool), None, [[True], [True, False]]]
)
def test_a_rule_that_returns_something_else(answer: Any) -> None:
    class Odd(Rule):
        type: Literal["odd"] = "odd"

        def forbids(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
            return answer

    with pytest.raises(RmmatchError, match="odd"):
        rm.score(TABLES.cohort(), rm.Scheme(rules=(Odd(),)))


def test_a_class_without_a_meaning_says_so() -> None:
    class Empty(Criterion):
        type: Literal["empty"] = "empty"

    class Hollow(Rule):
        type: Literal["hollow"] = "hollow"

    for scheme in (rm.Scheme(criteria=(Empty(),)), rm.Scheme(rules=(Hollow(),))):
        with pytest.raises(NotImplementedError, match="defines neither"):
            rm.score(TABLES.cohort(), scheme)


def test_a_users_code_sees_no_sensitive_column_it_did_not_name() -> None:
    seen: dict[str, list[str]] = {}

    def look(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        seen["function"] = [*mentees, *mentors]
        return np.zeros((len(mentees), len(mentors)))

    class Blind(Rule):
        type: Literal["blind"] = "blind"

        def forbids(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
            seen["blind"] = [*mentees, *mentors]
            return np.zeros((len(mentees), len(mentors)), dtype=bool)

    class Named(Blind):
        type: Literal["named"] = "named"

        def columns_used(self) -> tuple[str, ...]:
            return ("faith",)

        def forbids(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
            seen["named"] = [*mentees, *mentors]
            return np.zeros((len(mentees), len(mentors)), dtype=bool)

    class Nosy(Criterion):
        type: Literal["nosy"] = "nosy"

        def columns_used(self) -> tuple[str, ...]:
            return ("team", "faith")

    scheme = rm.Scheme(sensitive=("Faith",), criteria=(look,), rules=(Blind(), Named()))
    rm.score(TABLES.cohort(), scheme)
    assert "team" in seen["function"]
    assert "faith" not in seen["function"] + seen["blind"]
    assert seen["named"].count("faith") == 2
    with pytest.raises(rm.SchemeError, match="sensitive column 'faith'"):
        rm.Scheme(sensitive=("Faith",), criteria=(Nosy(),))


def test_a_users_code_cannot_change_the_cohort() -> None:
    cohort = TABLES.cohort()
    before = cohort.fingerprint

    def vandal(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        for table in (mentees, mentors):
            table.loc[:, "team"] = "z"
            table["capacity"] = 0
        return np.zeros((len(mentees), len(mentors)))

    rm.score(cohort, rm.Scheme(criteria=(vandal, vandal)))
    assert type(cohort).fingerprint.func(cohort) == before
