"""Every answer is plain JSON data: the keys that docs/json.md has, and the same after JSON."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rmmatch as rm
import rmmatch.types
from helpers.people import cohort_of, people
from rmmatch.files.json_data import JsonAnswer, json_data

PAGE = Path(__file__).parents[2] / "docs" / "json.md"


@cache
def result() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


@cache
def reviewed() -> rm.Result:
    pairs = result().made.pairs
    return rm.review(
        result(), by="Kim", lock=[pairs[0]], reject={pairs[1]: "a clash"}, comment="so far"
    )


def only_pair() -> rm.Result:
    return rm.match(cohort_of(people("E", 1, min_load=1), people("M", 1)), rm.Scheme())


@cache
def impossible() -> rm.Result:
    scheme = rm.Scheme.from_dict({"rules": [{"type": "pairs", "forbid": [["E0", "M0"]]}]})
    return rm.match(cohort_of(people("E", 1, min_load=1), people("M", 1)), scheme)


def rematched() -> rm.Rematch:
    return rm.rematch(result(), withdrawn=[("mentor", result().made.pairs[0][1])])


def conflict() -> rmmatch.types.Conflict:
    assert impossible().conflict is not None
    return impossible().conflict


def wrong_pairs() -> rmmatch.types.Findings:
    return rm.check(result().cohort, result().scheme, [("E1", "nobody")])


ANSWERS: dict[str, Callable[[], Any]] = {
    "Alternative": lambda: rm.alternatives(result(), 2)[0],
    "Alternatives": lambda: rm.alternatives(result(), 2),
    "CarryOver": lambda: rm.carry_over(result()),
    "Comparison": lambda: rm.compare(result().cohort, result().scheme, ["greedy", "random"]),
    "Confidence": lambda: rm.confidence(result(), 20, noise=0.01),
    "Conflict": conflict,
    "Explanation": lambda: rm.explain(result(), mentee=result().made.pairs[0][0]),
    "Findings": wrong_pairs,
    "GoalTags": lambda: rm.propose_tags({"E1": "teaching", "E2": "?"}, ["teaching"]).accept(1),
    "Letters": lambda: rm.letters(result(), tempfile.mkdtemp(), kinds=["print"]),
    "Notice": lambda: rematched().notices()[0],
    "Outcome": lambda: rm.check(result()).outcome,
    "PairPrices": lambda: rm.prices_of_pairs(result()),
    "Rematch": rematched,
    "Reserves": lambda: rm.reserves(result(), 1, draws=20),
    "Result": result,
    "Review": lambda: reviewed().review,
    "Shortlist": lambda: rm.shortlist(result().cohort, result().scheme, 2),
    "Step": lambda: reviewed().review.log[0],
    "TradeOff": lambda: rm.trade_off(result()),
    "Violation": lambda: wrong_pairs()[0],
    "WhatIf": lambda: rm.what_if(result(), forbid=[result().made.pairs[0]]),
}
# Other results, people without a partner among them.
MORE: dict[str, Callable[[], Any]] = {
    "Result, reviewed": reviewed,
    "Result, infeasible": impossible,
    "Explanation, unpaired": lambda: rm.explain(result(), mentee=str(result().unpaired["id"][0])),
    "Explanation, participant": lambda: rm.explain(
        result(), mentee=result().made.pairs[0][0], audience="participant"
    ),
    "Findings, none": lambda: rm.check(result()),
    "WhatIf, infeasible": lambda: rm.what_if(only_pair(), forbid=[("E0", "M0")]),
}


def documented() -> dict[str, list[str]]:
    """The keys of each answer by the table of docs/json.md."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: re.findall(r"`(\w+)`", keys) for name, keys in rows}


@pytest.mark.parametrize("name", [*ANSWERS, *MORE])
def test_an_answer_is_plain_data_with_the_keys_of_its_page(name: str) -> None:
    answer = {**ANSWERS, **MORE}[name]()
    assert type(answer).__name__ == name.split(",")[0]
    data = answer.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert json.loads(answer.to_json()) == data
    assert list(data) == documented()[type(answer).__name__]
    assert answer.to_dict() == data


def test_every_class_of_answers_is_looked_at_and_documented() -> None:
    for module in pkgutil.walk_packages(rm.__path__, "rmmatch."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = {cls.__name__ for cls in JsonAnswer.__subclasses__()}
    assert set(ANSWERS) == classes == set(documented())
    public = {*rm.__all__, *rmmatch.types.__all__}
    assert classes <= public


def test_every_public_answer_of_a_function_has_the_form() -> None:
    """What a public function says it returns is such an answer, or one that is no answer."""
    others = {"Cohort", "Form", "DataFrame", "PairScores", "Path", "None", "Sequence"}
    for name in rm.__all__:
        value = getattr(rm, name)
        if inspect.isfunction(value):
            returned = str(inspect.signature(value).return_annotation)
            words = set(re.findall(r"\w+", returned))
            assert words & {*ANSWERS, *others}, (name, returned)


@pytest.mark.parametrize("name", ["Result", "Result, reviewed"])
def test_the_pairs_of_a_result_are_those_of_its_tables(name: str) -> None:
    run = {**ANSWERS, **MORE}[name]()
    data = run.to_dict()
    assert [(row["mentee"], row["mentor"]) for row in data["pairs"]] == list(run.made)
    assert [row["score"] for row in data["pairs"]] == run.pairs["score"].tolist()
    for row in data["pairs"]:
        assert sum(row["contributions"].values()) == pytest.approx(row["score"])
    assert [row["id"] for row in data["unpaired"]] == run.unpaired["id"].tolist()
    assert "a clash" not in run.to_json()
    assert "so far" not in run.to_json()


def test_a_run_without_its_sensitive_columns_still_says_who_is_paired(tmp_path: Path) -> None:
    rule = {"type": "attribute", "column": "income", "relation": "within", "gap": 3}
    scheme = rm.Scheme.from_dict({"sensitive": ["income"], "rules": [rule]})
    mentors, mentees = (
        [{"id": f"{x}{at}", "income": at} for at in range(n)] for x, n in (("M", 2), ("E", 3))
    )
    run = rm.match(rm.read_cohort(mentors, mentees, scheme=scheme), scheme)
    assert len(run.unpaired) == 1
    run.save(tmp_path / "run.json")
    data = rm.load_result(tmp_path / "run.json").to_dict()
    assert data["left_out"] == ["income"]
    assert [(row["mentee"], row["mentor"]) for row in data["pairs"]] == list(run.made)
    assert {row["score"] for row in data["pairs"]} <= {None}
    assert [row["id"] for row in data["unpaired"]] == run.unpaired["id"].tolist()


def test_values_that_were_methods_can_still_be_called() -> None:
    found = conflict()
    assert found.lines() == found.lines
    assert found.sentence() == found.sentence == found.text == found.told()
    assert found.remedy() == found.remedy
    assert isinstance(found.lines, list)
    assert all(isinstance(text, str) for text in (found.text, found.remedy))
    review = reviewed().review
    assert review.text == review.summary == review.told
    assert review.log[0].text == review.log[0].summary
    told = rm.alternatives(result(), 2)
    assert told.table.equals(told.to_frame())


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.float64("nan"), None),
        (float("inf"), None),
        (np.bool_(True), True),
        (np.array([[1, 2]]), [[1, 2]]),
        (pd.NA, None),
        (pd.NaT, None),
        (rm.Status.OPTIMAL, "optimal"),
        ({1: (2,)}, {"1": [2]}),
        (pd.Timestamp("2026-01-12").date(), "2026-01-12"),
    ],
)
def test_other_values_become_plain_too(value: Any, plain: Any) -> None:
    assert json_data(value) == plain
