"""Weightings side by side: the pairs of each, what they share, what they are worth."""

from __future__ import annotations

import json

import pytest

import rmmatch as rm
from helpers.people import cohort_of, people, table_scheme
from rmmatch import synthetic
from rmmatch.desk.rule_forms import compare_weightings, with_changes


@pytest.fixture(scope="module")
def schemes() -> list[rm.Scheme]:
    scheme = synthetic.demo()[1]
    others = {"criteria[0].weight": 1}, {"criteria[1].weight": 20}
    return [scheme, *(with_changes(scheme, change) for change in others)]


def test_what_is_compared_is_what_the_results_say(schemes: list[rm.Scheme]) -> None:
    cohort = synthetic.demo()[0]
    weightings = compare_weightings(cohort, schemes)
    results = [rm.match(cohort, scheme) for scheme in schemes]
    made = [set(result.made) for result in results]
    same = {(pair.mentee, pair.mentor) for pair in weightings.same_pairs}
    differing = {(pair.mentee, pair.mentor) for pair in weightings.differing_pairs}
    assert same == set.intersection(*made)
    assert differing == set.union(*made) - same
    assert differing
    for index, (outcome, result) in enumerate(zip(weightings.outcomes, results, strict=True)):
        assert outcome.n_pairs == len(result.made)
        assert outcome.headline == result.headline
        assert outcome.n_unpaired == len(result.unpaired)
        assert sum(outcome.shares.values()) == 100
        scores = result.pairs["score"]
        assert abs(outcome.mean_points - 100 * scores.mean()) <= 0.51
        assert abs(outcome.worst_pair.points[index] - 100 * scores.min()) <= 0.51
        for pair in (*weightings.same_pairs, *weightings.differing_pairs):
            ids = pair.mentee, pair.mentor
            assert pair.made_by[index] is (ids in made[index])
            assert abs(pair.points[index] - result.scores.pair(*ids).score / 10_000) <= 0.51
        raw = [result.scores.pair(*pair).raw["goals"] for pair in result.made]
        known = [value for value in raw if value is not None]
        assert abs(outcome.criterion_points["goals"] - 100 * sum(known) / len(known)) <= 0.51
    assert "Mentee 0" in weightings.differing_pairs[0].mentee_name
    data = json.loads(weightings.to_json())
    assert len(data["outcomes"]) == 3
    assert "ethnicity" not in weightings.to_json()


def test_one_to_three_are_compared() -> None:
    cohort, scheme = synthetic.demo()
    for count in (0, 4):
        with pytest.raises(ValueError, match="one to 3"):
            compare_weightings(cohort, [scheme] * count)
    alone = compare_weightings(cohort, [scheme])
    assert alone.differing_pairs == ()
    assert len(alone.same_pairs) == alone.outcomes[0].n_pairs


def test_a_scheme_without_a_pairing_has_no_points() -> None:
    cohort = cohort_of(people("E", 1), people("M", 1, site="x"))
    scheme = table_scheme({("E0", "M0"): 0.25})
    pinned = {"type": "pairs", "pin": [["E0", "M0"]]}
    quota = {"side": "mentors", "column": "site", "value": "x", "at_least": 2}
    impossible = with_changes(scheme, {"rules[0]": pinned, "quotas[0]": quota})
    weightings = compare_weightings(cohort, [scheme, impossible])
    assert [outcome.mean_points for outcome in weightings.outcomes] == [25, None]
    assert weightings.outcomes[1].worst_pair is None
    assert weightings.differing_pairs[0].made_by == (True, False)
