"""Claims about arguments of another kind: they are named, whatever Python would have said."""

from __future__ import annotations

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
