"""What it costs to pair as many as possible, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.analysis import trade_offs


def problem(scores: list[list[float | None]], **person: Any) -> tuple[rm.Cohort, rm.Scheme]:
    import pandas as pd

    rows = [[f"E{e}", f"M{m}", s] for e, row in enumerate(scores) for m, s in enumerate(row)]
    no = [[e, m] for e, m, score in rows if score is None]
    table = {"type": "table", "missing": "zero", "rows": [r for r in rows if r[2] is not None]}
    scheme = {"criteria": [table], "rules": [{"type": "pairs", "forbid": no}] if no else []}
    mentees = pd.DataFrame({"id": [f"E{e}" for e in range(len(scores))], **person})
    mentors = pd.DataFrame({"id": [f"M{m}" for m in range(len(scores[0]))]})
    return rm.read_cohort(mentors, mentees), rm.Scheme.model_validate(scheme)


# Pairing both takes E0 away from the mentor who fits.
COSTLY = [[1.0, 0.2], [0.3, None]]


def solved(scores: list[list[float | None]], *objective: str) -> rm.Result:
    cohort, scheme = problem(scores)
    return rm.match(cohort, scheme.model_copy(update={"objective": objective}))


def test_the_cost_is_told_both_ways() -> None:
    for objective in (("pairs", "total"), ("total",), ("participation", "total")):
        found = rm.trade_off(solved(COSTLY, *objective))
        assert found is not None
        assert (found.most_pairs, found.best_total) == ((2, 0.5), (1, 1.0))
        assert (found.pairs_given_up, found.total_given_up) == (1, 0.5)
        assert str(found) == (
            "There is a trade-off between more pairs and better pairs. As many pairs as "
            "possible: 2 pairs with 50 points in total. As many points as possible: 1 pair with "
            "100 points in total, so 50 points more and 1 fewer pair."
        )


def test_where_both_are_had_prices_prove_it_without_solving(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = solved([[0.9, 0.2], [0.3, 0.8]], "pairs", "total")
    monkeypatch.delattr(trade_offs, "match_until")
    found = rm.trade_off(result)
    assert found is not None
    assert found.most_pairs == found.best_total == (2, 1.7)
    assert str(found) == (
        "There is no trade-off between more pairs and better pairs: 2 pairs with 170 points in "
        "total is the best for both."
    )


def test_a_scheme_without_an_objective_needs_no_second_solve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody has two places or a priority: without a count the total alone is left."""
    cohort, scheme = problem([[0.9, 0.2], [0.3, 0.8]])
    result = rm.match(cohort, scheme)
    assert list(result.values) == ["pairs", "total"]
    monkeypatch.delattr(trade_offs, "match_until")
    found = rm.trade_off(result)
    assert found is not None
    assert found.most_pairs == found.best_total == (2, 1.7)


def test_the_cost_of_everybody_first_is_told_both_ways() -> None:
    cohort, scheme = problem(COSTLY, capacity=[1, 2])
    result = rm.match(cohort, scheme)
    assert list(result.values) == ["participation", "pairs", "total"]
    found = rm.trade_off(result)
    assert found is not None
    assert found.total_given_up > 0
    assert found.most_pairs[0] == len(result.made)


def test_a_tier_that_needs_a_count_goes_with_it() -> None:
    found = rm.trade_off(solved(COSTLY, "pairs", "worst_pair", "total"))
    assert found is not None
    assert found.best_total == (1, 1.0)


def test_without_a_total_or_a_proof_there_is_nothing_to_tell() -> None:
    assert rm.trade_off(solved(COSTLY, "pairs")) is None
    cohort, scheme = problem(COSTLY)
    greedy = rm.match(cohort, scheme, strategy=rm.strategies.Greedy())
    assert rm.trade_off(greedy) is None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_trade_off_is_what_the_two_objectives_give(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    cell = st.one_of(st.none(), st.integers(0, 10).map(lambda n: n / 10))
    row = st.lists(cell, min_size=width, max_size=width)
    cohort, scheme = problem(data.draw(st.lists(row, min_size=1, max_size=4)))
    results = [
        rm.match(cohort, scheme.model_copy(update={"objective": objective}))
        for objective in (("pairs", "total"), ("total",))
    ]
    for result in results:
        found = rm.trade_off(result)
        assert found is not None
        assert found.most_pairs == (len(results[0].made), results[0].objective["total"])
        assert found.best_total[1] == results[1].objective["total"]
        assert found.total_given_up >= 0
