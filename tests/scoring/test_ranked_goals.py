"""Ranked wishes: the first counts more, by the weights that the scheme says."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import permutations
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm

WISHES = "Leadership;Data;Teaching"


def raw(mentee: str, mentor: str, **keys: Any) -> float | None:
    cohort = rm.read_cohort([{"id": "m1", "goals": mentor}], [{"id": "e1", "goals": mentee}])
    scheme = rm.Scheme(criteria=[{"type": "goals", **keys}])
    return rm.score(cohort, scheme).pair("e1", "m1").raw["goals"]


def test_the_first_wish_counts_more_than_the_others() -> None:
    assert raw("Leadership;Data", "Leadership", ranked=True) == pytest.approx(2 / 3, abs=0.001)
    assert raw("Data;Leadership", "Leadership", ranked=True) == pytest.approx(1 / 3, abs=0.001)
    assert raw("Data;Leadership", "Leadership") == 0.5
    first, second, third = (
        raw(WISHES, wish, ranked=True) or 0 for wish in ("leadership", "data", "teaching")
    )
    assert (first, second, third) == (1000 / 1833, 500 / 1833, 333 / 1833)
    assert raw(WISHES, "Teaching;Data", ranked=True) == 833 / 1833
    assert raw(WISHES, "Research", ranked=True) == 0
    assert raw(WISHES, WISHES, ranked=True) == 1
    assert raw("", "Teaching", ranked=True) is None


def test_two_wishes_each_are_met_by_the_mentor_of_the_first() -> None:
    cohort = rm.read_cohort(
        [{"id": "m1", "goals": "Leadership"}, {"id": "m2", "goals": "Data"}],
        [{"id": "e1", "goals": "Leadership;Data"}, {"id": "e2", "goals": "Data;Leadership"}],
    )
    scheme = rm.Scheme(
        direction="traditional",
        criteria=[{"type": "goals", "ranked": True}],
        objective=["pairs", "total"],
    )
    for seed in range(5):
        result = rm.match(cohort, scheme, seed=seed)
        assert set(result.made) == {("e1", "m1"), ("e2", "m2")}
        assert rm.check(result) == []
    assert "1 of 2 goals met (first wish met): Leadership" in str(
        rm.explain(result, mentee="e1", mentor="m1")
    )
    assert "1 of 2 goals met (first wish not met): Data" in str(
        rm.explain(result, mentee="e1", mentor="m2")
    )


def test_weights_may_be_given_and_the_last_goes_on() -> None:
    assert raw(WISHES, "Data", ranked=[3, 2, 1]) == 667 / 2000
    assert raw(WISHES, "Data", ranked=[1, 0.667, 0.333]) == 667 / 2000
    assert raw(WISHES, "Teaching", ranked=[4, 1]) == 250 / 1500
    assert raw(WISHES, "Teaching", ranked=[1]) == raw(WISHES, "Teaching") == 1 / 3


def test_rare_and_related_goals_count_as_before() -> None:
    related = {"Data": {"Statistics": 0.5}}
    assert raw(WISHES, "statistics", ranked=True, related=related) == 250 / 1833
    mentors = [{"id": f"m{n}", "goals": "Leadership"} for n in range(3)]
    mentees = [{"id": "e1", "goals": "Leadership;Data"}]
    cohort = rm.read_cohort([*mentors, {"id": "m9", "goals": "Data"}], mentees)
    scheme = rm.Scheme(criteria=[{"type": "goals", "ranked": True, "rarity": True}])
    idf = [1 + np.log((1 + 4) / (1 + n)) for n in (3, 1)]
    weights = [idf[0], idf[1] / 2]
    shares = [weight / sum(weights) for weight in weights]
    scores = rm.score(cohort, scheme)
    assert scores.pair("e1", "m0").raw["goals"] == pytest.approx(shares[0], abs=0.001)
    assert scores.pair("e1", "m9").raw["goals"] == pytest.approx(shares[1], abs=0.001)


@given(st.permutations(["a", "b", "c", "d"]), st.sets(st.sampled_from("abcd"), min_size=1))
def test_it_is_the_sum_of_the_weights_of_what_is_met(wishes: list[str], offered: set[str]) -> None:
    weights = {goal: Fraction(1000 // place) for place, goal in enumerate(wishes, 1)}
    expected = sum(weights[goal] for goal in offered) / sum(weights.values())
    for order in permutations(sorted(offered)):  # of the mentor's goals the order means nothing
        assert raw("; ".join(wishes), ";".join(order), ranked=True) == float(expected)


def test_only_the_order_of_mentees_makes_two_lists_two() -> None:
    cohort = rm.read_cohort(
        [{"id": "m1", "goals": "a;b"}, {"id": "m2", "goals": "b;a"}, {"id": "m3", "goals": "b"}],
        [{"id": f"e{n}", "goals": goals} for n, goals in enumerate(["a;b", "b;a", "A ; b", "b"])],
    )
    matrix = rm.score(cohort, rm.Scheme(criteria=[{"type": "goals", "ranked": True}])).to_numpy()
    assert (matrix[:, 0] == matrix[:, 1]).all()
    assert (matrix[0] == matrix[2]).all()
    assert matrix[:, 2].tolist() == [333_333, 666_667, 333_333, 1_000_000]


@pytest.mark.parametrize(
    ("ranked", "message"),
    [
        ("[]", "true, false, or a list of weights"),
        ("first", "true, false, or a list of weights"),
        ("[1, two]", "true, false, or a list of weights"),
        ("[1, true]", "true, false, or a list of weights"),
        ("[1, 0]", "above 0"),
        ("[1, -0.5]", "above 0"),
        ("[.nan]", "above 0"),
        ("[0.5, 1]", "no weight may be above the one before"),
        ("[1, 0.0001]", "a thousandth of the first"),
    ],
)
def test_weights_that_are_none_are_problems(ranked: str, message: str) -> None:
    with pytest.raises(rm.SchemeError, match=message) as caught:
        rm.Scheme.from_text(f"criteria: [{{type: goals, ranked: {ranked}}}]")
    assert len(caught.value.items) == 1


def test_ranked_goes_with_coverage_only() -> None:
    with pytest.raises(rm.SchemeError, match="goes with `measure: coverage`"):
        rm.Scheme(criteria=[{"type": "goals", "ranked": True, "measure": "jaccard"}])


@pytest.mark.parametrize("ranked", [True, [1, 0.5, 0.33], [3, 2, 1]])
def test_a_scheme_keeps_its_weights_and_fits_the_schema(ranked: Any) -> None:
    scheme = rm.Scheme(criteria=[{"type": "goals", "ranked": ranked}])
    assert rm.Scheme.from_text(scheme.to_yaml()) == scheme
    assert rm.Scheme.from_text(scheme.to_json()) == scheme
    jsonschema.validate(json.loads(scheme.to_json()), rm.Scheme.json_schema())


def test_a_list_of_one_wish_each_is_remarked_on(tmp_path: Any) -> None:
    scheme = rm.Scheme(criteria=[{"type": "goals", "ranked": True}])
    cohort = rm.read_cohort([{"id": "m1", "goals": "a"}], [{"id": "e1", "goals": "a"}])
    assert any("`ranked` has no effect" in note for note in rm.match(cohort, scheme).notes)


def test_a_run_is_saved_and_shared_with_its_order(tmp_path: Any) -> None:
    cohort = rm.read_cohort(
        [{"id": "m1", "goals": "x"}, {"id": "m2", "goals": "y;z"}],
        [{"id": "e1", "goals": "z;y;x"}, {"id": "e2", "goals": "x;y"}],
    )
    result = rm.match(cohort, rm.Scheme(criteria=[{"type": "goals", "ranked": [5, 2, 1]}]))
    result.save(tmp_path / "run.json")
    rm.anonymise(tmp_path / "run.json", tmp_path / "shared.json")
    for name in ("run.json", "shared.json"):
        again = rm.load_result(tmp_path / name)
        assert again.values == result.values
        assert rm.check(again) == []
