"""`must_have`: a pair that scores 0 on the criterion is forbidden, and told why."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import People, cases
from rmmatch.scoring.sweep.sweep import Sweep


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(max_mentees=7, max_mentors=7), data=st.data())
def test_zeros_are_forbidden_and_nothing_else_changes(
    case: tuple[People, rm.Scheme], data: st.DataObject
) -> None:
    tables, scheme = case
    assume(scheme.criteria)
    at = data.draw(st.integers(0, len(scheme.criteria) - 1))
    criteria = list(scheme.criteria)
    criteria[at] = criteria[at].model_copy(update={"must_have": True})
    cohort = tables.cohort()
    strict = scheme.model_copy(update={"criteria": tuple(criteria)})
    before, after = rm.score(cohort, scheme), rm.score(cohort, strict)
    everybody = [np.arange(size) for size in before.shape]
    raw = before.criterion_scores(*everybody)[at]
    absent = criteria[at].missing == "zero"
    zero = np.where(np.isnan(raw), absent, raw == 0)
    expected = np.where(zero, -1, before.to_numpy())
    assert (after.to_numpy() == expected).all()
    rows, columns, scores = Sweep(after).candidates(
        *(np.zeros(size, dtype=np.int64) for size in before.shape), margin=2**60
    )
    found = np.full(before.shape, -1)
    found[rows, columns] = scores
    assert (found == expected).all()


def test_the_reason_is_told() -> None:
    import pandas as pd

    mentees = pd.DataFrame({"id": ["E1", "E2"], "goals": ["research", "teaching"]})
    mentors = pd.DataFrame({"id": ["M1"], "goals": ["research"], "capacity": ["2"]})
    cohort = rm.read_cohort(mentors, mentees)
    scheme = rm.Scheme.from_text("criteria: [{type: goals, must_have: true}]")
    assert rm.Scheme.from_text(scheme.to_yaml()) == scheme
    result = rm.match(cohort, scheme)
    assert list(result.made) == [("E1", "M1")]
    assert result.scores.pair("E2", "M1").forbidden_by == "the score for goals must be above 0"
    reasons = dict(zip(result.unpaired.id, result.unpaired.reason, strict=True))
    assert (
        reasons["E2"]
        == "nobody was suitable: 1 excluded by the rule 'the score for goals must be above 0'"
    )
    assert "goals must be above 0" in str(rm.explain(result, mentee="E2"))
    assert rm.check(cohort, scheme, [("E2", "M1")]).by_rule() == {
        "the score for goals must be above 0": 1
    }
