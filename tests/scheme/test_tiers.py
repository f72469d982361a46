"""The one table of tiers: every row is known to the scheme file, the solver and the checker."""

from __future__ import annotations

from typing import get_args

import pytest

import rmmatch as rm
from helpers.people import cohort_of, people, table_scheme
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.tiers import TIERS, TierName

NAMED = [tier.name for tier in TIERS.values() if tier.origin == "scheme"]


def test_the_table_has_a_row_for_every_name_a_scheme_may_use() -> None:
    assert sorted(NAMED) == sorted(get_args(TierName))
    assert all(name == tier.name for name, tier in TIERS.items())


@pytest.mark.parametrize("name", NAMED)
def test_every_tier_of_the_table_is_solved_and_checked(name: str) -> None:
    cohort = cohort_of(
        people("E", 3, priority=1),
        people("M", 3, capacity=2),
        relations={"kept": [("E0", "M1")], "past_pair": [("E1", "M0")]},
    )
    objective = list(dict.fromkeys(("pairs", name, "total")))
    scores = {(f"E{e}", f"M{m}"): 0.1 + 0.2 * e * m for e in range(3) for m in range(2)}
    result = rm.match(cohort, table_scheme(scores, objective=objective))
    assert result.status is rm.Status.OPTIMAL
    assert isinstance(result.values[Aim(tier=name).label], tuple) == TIERS[name].is_list
    assert rm.check(result) == []
    assert TIERS[name].words


@pytest.mark.parametrize("name", NAMED)
def test_options_go_with_the_tiers_that_the_table_says(name: str) -> None:
    options = {"kind": "old", "side": "mentors", "generous": True}
    for option, value in options.items():
        data = {"tier": name, option: value}
        if option in TIERS[name].options:
            assert getattr(Aim.model_validate(data), option) == value
        else:
            with pytest.raises(ValueError, match=f"`{option}` goes with"):
                Aim.model_validate(data)
