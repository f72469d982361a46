"""Random objectives: tiers with options, over random problems."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from helpers.random_problems import Problem, problems
from rmmatch.scheme.objectives import Aim

__all__ = ["COUNTING", "LISTS", "TIERS", "objectives", "random_aim", "with_objectives"]

COUNTING = ("pairs", "participation")


TIERS = (
    "priority",
    "kept_pairs",
    "fewest",
    "worst_pair",
    "leximin",
    "rank_profile",
    "spread",
    "nash",
    "total",
)


_NEED_PAIRS = ("fewest", "worst_pair", "leximin")
LISTS = ("leximin", "rank_profile", "spread")


def random_aim(draw: Any, tier: str, *, is_after_pairs: bool, slack: bool) -> Aim:
    options: dict[str, Any] = {}
    if tier == "kept_pairs":
        options["kind"] = "past_pair"
    if tier == "fewest":
        options["kind"] = draw(st.sampled_from(["past_pair", "same_team", "met"]))
    if tier in ("rank_profile", "spread"):
        options["side"] = draw(st.sampled_from(["mentees", "mentors"]))
    if tier == "rank_profile":
        options["generous"] = is_after_pairs and draw(st.booleans())
    if tier == "worst_pair" and slack:
        options["within"] = draw(st.sampled_from([0.0, 0.1, 0.5]))
    return Aim(tier=tier, **options)


@st.composite
def objectives(draw: Any, *, slack: bool = False, blocking: bool = False) -> tuple[Aim, ...]:
    """Up to four tiers in any order that has a meaning."""
    tiers = (*TIERS, "fewest", "blocking_pairs") if blocking else (*TIERS, "fewest")
    order = draw(st.permutations(tiers))[: draw(st.integers(0, 3))]
    counting = draw(st.sampled_from(COUNTING))
    before = draw(st.integers(0, len(order)))
    first = [tier for tier in order[:before] if tier not in _NEED_PAIRS]
    names = [*first, counting, *order[before:]]
    at = names.index(counting)
    aims = (
        random_aim(draw, tier, is_after_pairs=place > at, slack=slack)
        for place, tier in enumerate(names)
    )
    return tuple({aim.label: aim for aim in aims}.values())


@st.composite
def with_objectives(draw: Any, *, slack: bool = False, blocking: bool = False) -> Problem:
    problem = draw(problems(most_people=5))
    problem.objective = draw(objectives(slack=slack, blocking=blocking))
    problem.relations["past_pair"] = list(problem.scores)[::2]
    problem.relations["same_team"] = list(problem.scores)[1::3]
    problem.relations["met"] = []  # nobody has: such a tier cannot decide
    return problem
