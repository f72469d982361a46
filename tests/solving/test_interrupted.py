"""Ctrl-C and a time limit in what solves several times: no half answer is told as a whole one."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

import rmmatch as rm
from helpers.signals import hearing_ctrl_c  # noqa: F401  # a fixture
from rmmatch import solving
from rmmatch.analysis.what_if import api as what_if_api
from rmmatch.lifecycle.rematch import change_budget, keep_all

QUOTA = {"side": "mentors", "column": "organisation", "each": True, "at_most": 30}


@pytest.fixture
def result() -> rm.Result:
    cohort, scheme = rm.synthetic.demo()
    quotas = rm.Scheme.model_validate({**scheme.to_dict(), "quotas": [QUOTA]})
    return rm.match(cohort, quotas)


def pressing(solved: list[rm.Result]) -> Any:
    """Return a way to match in which somebody presses Ctrl-C as the solver begins."""

    def match_until(*args: Any, **keys: Any) -> rm.Result:
        os.kill(os.getpid(), signal.SIGINT)
        solved.append(solving.match_until(*args, **keys))
        return solved[-1]

    return match_until


@pytest.mark.usefixtures("hearing_ctrl_c")
@pytest.mark.parametrize(
    "ask",
    [
        rm.prices_of_rules,
        rm.prices_of_pairs,
        lambda result: rm.what_if(result, quotas={0: None}),
    ],
)
def test_one_ctrl_c_ends_all_the_solves_of_a_price(
    result: rm.Result, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved: list[rm.Result] = []
    monkeypatch.setattr(what_if_api, "match_until", pressing(solved))
    with pytest.raises(KeyboardInterrupt):
        ask(result)
    assert len(solved) <= 1


@pytest.mark.usefixtures("hearing_ctrl_c")
def test_one_ctrl_c_ends_a_rematch(monkeypatch: pytest.MonkeyPatch) -> None:
    result = rm.match(*rm.synthetic.demo())
    solved: list[rm.Result] = []
    for room in (change_budget, keep_all):
        monkeypatch.setattr(room, "match_until", pressing(solved))
    _, mentor = next(iter(result.made))
    try:
        found = rm.rematch(result, withdrawn=[("mentor", mentor)], most_changes=20)
    except KeyboardInterrupt:
        return
    assert len(solved) <= 2
    assert rm.check(found.result) == []


def test_a_time_limit_is_for_all_the_solves_of_a_rematch() -> None:
    result = rm.match(rm.synthetic.cohort(60, 60, seed=1), rm.synthetic.demo()[1])
    _, mentor = next(iter(result.made))
    found = rm.rematch(result, withdrawn=[("mentor", mentor)], most_changes=40, time_limit=1e-9)
    assert rm.check(found.result) == []


def test_what_is_not_proved_has_no_price() -> None:
    result = rm.match(rm.synthetic.cohort(60, 60, seed=1), rm.synthetic.demo()[1])
    told = rm.what_if(result, remove=[result.cohort.mentors.ids[0]], time_limit=1e-9)
    assert told.result.status is not rm.Status.OPTIMAL
    assert told.price == {}
