"""Priorities, loads, weights and seeds at the ends of what numbers can do, through the door."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration
from helpers.people import cohort_of, pairs_of, person
from helpers.random_problems import problems, weighed_scores
from rmmatch.solving import api

LARGEST = 1_000_000  # that a table may hold
WITHOUT, WITH = -1, 10**9  # pairs from which there is no matrix
# 31 and 32 bits are within reach of a sum, or passed
WIDE = st.sampled_from([20, 30, 31, 32, 33, 40, 48, 52])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), bits=WIDE, way=st.sampled_from([WITH, WITHOUT]), data=st.data())
def test_numbers_of_any_size_give_what_trying_everything_gives(problem, bits, way, data):
    priorities = st.sampled_from([0, 1, LARGEST, 2**bits, 2**bits - 1])
    for one in (*problem.mentees, *problem.mentors):
        one["priority"] = data.draw(priorities)
        if one["capacity"] > 1:
            one["capacity"] = data.draw(st.sampled_from([one["capacity"], LARGEST, 2**bits]))
    cohort, scheme = problem.cohort(), problem.scheme()
    best = best_by_enumeration(cohort, scheme, problem.pins, weighed_scores(cohort, scheme))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "_MAX_MATRIX_PAIRS", way)
        result = rm.match(cohort, scheme)
    if best.values is None:
        assert result.status is rm.Status.INFEASIBLE
        return
    assert dict(result.values) == dict(result.bounds) == best.values
    assert pairs_of(result) in best.matchings
    assert rm.check(result) == []


@pytest.mark.parametrize("way", [WITH, WITHOUT])
@pytest.mark.parametrize("bits", range(53, 64))
def test_priorities_are_added_up_exactly_or_refused(monkeypatch, capfd, bits, way):
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", way)
    top = 2**bits - 1
    mentees = [person(f"E{i}", priority=top - i * i) for i in range(4)]
    mentors = [person(f"M{i}", priority=top - 7 * i) for i in range(3)]
    cohort = cohort_of(mentees, mentors)
    scheme = rm.Scheme.from_text("objective: [priority, total]")
    if bits > 55:
        with pytest.raises(rm.errors.NotSupportedError, match=r"'priority'.* give smaller numbers"):
            rm.match(cohort, scheme)
    else:
        result = rm.match(cohort, scheme)
        left_out = min(one["priority"] for one in mentees)
        everybody = sum(one["priority"] for one in (*mentees, *mentors))
        assert result.values["priority"] == result.bounds["priority"] == everybody - left_out
        assert rm.check(result) == []
    # the solvers' own complaints are not shown
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("seed", [0, 2**31, 2**32 - 1, 2**63, 2**64, 10**30])
def test_a_seed_of_any_size_breaks_ties_alike_on_both_ways(monkeypatch, seed):
    cohort = cohort_of([person(f"E{i}") for i in range(9)], [person(f"M{i}") for i in range(8)])
    results = []
    for way in (WITH, WITHOUT):
        monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", way)
        results.append(rm.match(cohort, rm.Scheme(), seed=seed))
    assert results[0].matching == results[1].matching


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="seed must be at least 0, not -1"):
        rm.match(*rm.synthetic.demo(), seed=-1)


def test_alternatives_of_numbers_beyond_64_bits_are_refused():
    cohort = cohort_of([person("E0", priority=2**40), person("E1")], [person("M0"), person("M1")])
    result = rm.match(cohort, rm.Scheme.from_text("objective: [pairs, priority, total]"))
    mentees = dataclasses.replace(cohort.mentees, priority=cohort.mentees.priority << 22)
    with pytest.raises(rm.errors.NotSupportedError, match="give smaller numbers"):
        rm.alternatives(result.replace(cohort=cohort.replace(mentees=mentees)))
