"""Claims about arguments of another kind: they are named, whatever Python would have said."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import rmmatch as rm


@pytest.fixture(scope="module")
def demo():
    return rm.synthetic.demo()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"time_limit": "5"}, "time_limit must be a number of seconds, not '5'"),
        ({"time_limit": True}, "time_limit must be a number of seconds, not True"),
        ({"workers": "2"}, "workers must be a whole number, not '2'"),
        ({"workers": 1.5}, "workers must be a whole number, not 1.5"),
        ({"seed": None}, "seed must be a whole number, not None"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"executor": "dask"}, "executor must be a concurrent.futures.Executor, not 'dask'"),
    ],
)
def test_match_names_an_argument_of_another_kind(demo, given, told):
    with pytest.raises(TypeError, match=told):
        rm.match(*demo, **given)


def test_check_says_what_it_takes(demo):
    for wrong in (None, demo[0], "run.json"):
        with pytest.raises(TypeError, match=r"give check\(result\), not check"):
            rm.check(wrong)


def test_whole_numbers_of_numpy_are_whole_numbers(demo):
    result = rm.match(*demo, seed=np.int64(3), workers=np.int32(1), time_limit=np.float64(60))
    assert result.status is rm.Status.OPTIMAL


@pytest.mark.parametrize(
    "seconds", [10**400, Fraction(10**400), 1e300, float("inf"), 10**9, 7e8], ids=lambda _: ""
)
def test_any_number_of_seconds_is_a_time_limit(demo, seconds):
    result = rm.match(*demo, time_limit=seconds)
    assert result.status is rm.Status.OPTIMAL
    pair = next(iter(result.made))
    assert rm.rematch(result, part=[pair], time_limit=seconds).result.status is rm.Status.OPTIMAL
    assert rm.what_if(result, forbid=[pair], time_limit=seconds).result.status is rm.Status.OPTIMAL
    assert rm.reserves(result, 1, draws=20, time_limit=seconds).is_proved


@pytest.mark.parametrize("seconds", [10**400, float("inf"), 10**9], ids=lambda _: "")
def test_any_number_of_seconds_is_one_where_quotas_need_a_programme(demo, seconds):
    quota = {"side": "mentors", "column": "organisation", "each": True, "at_most": 30}
    cohort, scheme = demo
    asked = rm.Scheme.model_validate({**scheme.to_dict(), "quotas": [quota]})
    assert rm.match(cohort, asked, time_limit=seconds).status is rm.Status.OPTIMAL
    quota["at_least"], quota["at_most"] = 30, 31
    asked = rm.Scheme.model_validate({**scheme.to_dict(), "quotas": [quota]})
    assert rm.match(cohort, asked, time_limit=seconds).status is rm.Status.INFEASIBLE


@pytest.mark.parametrize("seconds", [0, -1, -(10**400), float("nan")], ids=lambda _: "")
def test_what_is_no_time_is_no_time_limit(demo, seconds):
    with pytest.raises(ValueError, match="time_limit must be positive seconds"):
        rm.match(*demo, time_limit=seconds)
    result = rm.match(*demo)
    for ask in (rm.rematch, rm.what_if):
        with pytest.raises(ValueError, match="time_limit must be positive seconds"):
            ask(result, time_limit=seconds)
