"""Scores at the ends of what numbers can do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.reference import Reference
from helpers.strategies import People


def one_pair(mentee: dict[str, Any], mentor: dict[str, Any], **scheme: Any) -> Any:
    tables = People(({"id": "E1", **mentee},), ({"id": "M1", **mentor},))
    return rm.score(tables.cohort(), rm.Scheme.model_validate(scheme)).pair("E1", "M1")


PLACE = {"workplace": "North"}


@pytest.mark.parametrize("weight", [5e-324, 1e-300, 1.0, 1e300])
@pytest.mark.parametrize("view", ["both", "mentee"])
def test_weights_of_any_size_share_out_alike(weight: float, view: str) -> None:
    same = {"type": "workplace", "prefer": "same", "weight": weight}
    criteria = [same] * 39 + [{**same, "view": view, "missing": "ignore"}]
    assert one_pair(PLACE, PLACE, criteria=criteria).score == pytest.approx(10**6, abs=40)
    nothing = one_pair(PLACE, {"workplace": None}, criteria=criteria)
    assert nothing.score == pytest.approx(500_000, abs=40)


def test_a_weight_lost_beside_a_huge_one_counts_nothing_but_alone_it_counts() -> None:
    criteria = [
        {"type": "workplace", "prefer": "same", "weight": 1e-300},
        {"type": "speciality", "weight": 1e300, "missing": "ignore"},
    ]
    both = one_pair(PLACE, PLACE, criteria=criteria[:1])
    assert both.score == 1_000_000
    known = {"workplace": "North", "speciality": "renal"}
    pair = one_pair(known, {"workplace": "North", "speciality": "surgery"}, criteria=criteria)
    assert list(pair.contributions.values()) == [0, 0]
    unknown = one_pair(known, {"workplace": "North", "speciality": None}, criteria=criteria)
    assert list(unknown.contributions.values()) == [1_000_000, 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-300, 1e300), min_size=40, max_size=40), st.integers(0, 2**40))
def test_forty_criteria_of_wild_weights_add_up(weights: list[float], bits: int) -> None:
    criteria = [
        {"type": "workplace", "prefer": ("same", "different")[bits >> n & 1], "weight": weight}
        for n, weight in enumerate(weights)
    ]
    scheme = rm.Scheme.model_validate({"criteria": criteria})
    tables = People(({"id": "E1", **PLACE},), ({"id": "M1", **PLACE},))
    pair = rm.score(tables.cohort(), scheme).pair("E1", "M1")
    assert list(pair.contributions.values()) == Reference(tables, scheme).weighed("E1", "M1")[0]
    assert 0 <= pair.score <= 1_000_020
    share = math.fsum(w for n, w in enumerate(weights) if not bits >> n & 1) / math.fsum(weights)
    assert pair.score == pytest.approx(1e6 * share, abs=21)


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"type": "attribute", "column": "n", "prefer": "close", "scale": 5e-324}, 0),
        ({"type": "attribute", "column": "n", "prefer": "close", "scale": 1.7e308}, 0),
        ({"type": "power_distance", "target": 0, "spread": 5e-324}, 0),
        ({"type": "availability", "enough": 5e-324}, 1_000_000),
        ({"type": "availability", "enough": 1.7e308}, 0),
    ],
)
def test_quantities_beyond_the_largest_float_score_as_infinite_ones(
    criterion: dict[str, Any], expected: int
) -> None:
    facts = {"availability": "Mon 09:00-10:00"}
    mentee = {"n": "1.7e308", "grade": "1.7e308", **facts}
    mentor = {"n": "-1.7e308", "grade": "-1.7e308", **facts}
    assert one_pair(mentee, mentor, criteria=[criterion]).score == expected


def test_a_gap_beyond_the_largest_float_breaks_a_rule_quietly() -> None:
    rules = [{"type": "attribute", "column": "n", "relation": "within", "gap": 1}]
    assert one_pair({"n": "1.7e308"}, {"n": "-1.7e308"}, rules=rules).score == -1


def test_the_longest_cycle_is_counted_to_the_minute() -> None:
    """53 weeks without a break: the largest sum the single-precision product ever holds."""
    always = "; ".join(f"{day} 00:00-24:00" for day in ("Mon-Sun",))
    almost = always + "; wk53 Sun 00:00-23:59"
    pair = one_pair(
        {"availability": always},
        {"availability": almost},
        cycle_weeks=53,
        criteria=[{"type": "availability", "enough": 53 * 7 * 24 * 60}],
        rules=[{"type": "availability", "min_minutes": 53 * 7 * 24 * 60}],
    )
    assert pair.raw == {"availability": 1.0}
    assert pair.forbidden_by is None
    odd = one_pair(
        {"availability": "; ".join(f"wk{w} Mon-Sun 00:00-24:00" for w in range(1, 53))},
        {"availability": almost + "; Mon 00:00-24:00"},
        cycle_weeks=53,
        criteria=[{"type": "availability", "enough": 53 * 7 * 24 * 60}],
    )
    assert odd.raw == {"availability": 52 / 53}


def test_long_lists_of_rare_goals_stay_exact() -> None:
    """As many goals as a cell may hold: the sums of thousandths stay whole numbers below 2**53."""
    goals = [f"goal {n}" for n in range(999)]
    tables = People(
        ({"id": "E1", "goals": ";".join(goals)},),
        tuple({"id": f"M{n}", "goals": ";".join(goals[n::3])} for n in range(3)),
    )
    for measure in ("coverage", "jaccard"):
        criterion = {"type": "goals", "rarity": True, "measure": measure}
        scores = rm.score(tables.cohort(), rm.Scheme.model_validate({"criteria": [criterion]}))
        # Each goal is served by one mentor of three, so all weigh the same.
        assert [scores.pair("E1", f"M{n}").raw["goals"] for n in range(3)] == [1 / 3] * 3


def test_no_criteria_and_no_acceptable_pair_are_not_errors() -> None:
    people = pd.DataFrame({"id": ["A", "B"], "status": "withdrawn"})
    cohort = rm.read_cohort(people, people.assign(goals=["x", "y"]))
    scores = rm.score(cohort, rm.Scheme())
    np.testing.assert_array_equal(scores.to_numpy(), -np.ones((2, 2)))
    assert scores.to_frame().empty
    assert list(scores.to_frame().columns) == ["mentee", "mentor", "score"]
    assert scores.pair("A", "B").forbidden_by == "people who have withdrawn are not paired"
    assert scores.pair("A", "A").forbidden_by == "nobody is paired with themselves"
