"""Small random problems: people, relations, scores and rules, in parts that tests may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

import numpy as np
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import is_acceptable
from helpers.people import cohort_of, person, table_scheme

IdPair = tuple[str, str]

TIERS = ("pairs", "priority", "total")
EVERYBODY_FIRST = [("participation", "pairs", "priority", "total"), ("participation", "total")]
OBJECTIVES = [order for count in (1, 2, 3) for order in permutations(TIERS, count)]
OBJECTIVES += 3 * EVERYBODY_FIRST
MOST_FREE_PAIRS = 12

statuses = st.sampled_from(["applicant"] * 6 + ["reserve", "withdrawn"])
groups = st.sampled_from(["a", "b", None])
trained = st.sampled_from(["yes"] * 5 + ["No", None])
# Few distinct scores make many ties.
pair_scores = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 100).map(lambda n: n / 100)
)
further_rules = st.sampled_from(
    [
        {"type": "minimum_score", "at_least": 0.3},
        {"type": "eligible", "column": "trained"},
        {"type": "attribute", "column": "group", "relation": "same", "any": []},
        {"type": "attribute", "column": "group", "relation": "different", "missing": "allow"},
    ]
)


@dataclass
class Problem:
    """What makes a cohort and a scheme."""

    mentees: list[dict[str, Any]]
    mentors: list[dict[str, Any]]
    scores: dict[IdPair, float]
    objective: tuple[str, ...]
    relations: dict[str, list[IdPair]]
    forbid: list[IdPair]
    rules: list[dict[str, Any]]
    pins: set[IdPair] = field(default_factory=set)
    quotas: list[dict[str, Any]] = field(default_factory=list)
    min_load: str = "hard"

    def cohort(self) -> rm.Cohort:
        return cohort_of(self.mentees, self.mentors, self.relations)

    def scheme(self) -> rm.Scheme:
        named = {"type": "pairs", "forbid": sorted(self.forbid), "pin": sorted(self.pins)}
        rules = [{"type": "relations", "forbid": ["tutor"]}, named, *self.rules]
        return table_scheme(
            self.scores,
            rules=rules,
            objective=self.objective,
            quotas=self.quotas,
            min_load=self.min_load,
        )

    def match(self, *, seed: int = 0) -> rm.Result:
        return rm.match(self.cohort(), self.scheme(), seed=seed)


def weighed_scores(cohort: rm.Cohort, scheme: rm.Scheme) -> np.ndarray:
    """The scores as if nothing were forbidden."""
    everybody = [np.arange(len(side)) for side in cohort.sides]
    return rm.score(cohort, scheme).terms_of_block(*everybody).score


@st.composite
def problems(draw: Any, *, most_people: int = 6, minimums: bool = False) -> Problem:
    counts = draw(st.integers(1, most_people)), draw(st.integers(1, most_people))
    minimums = minimums or draw(st.sampled_from([True, False, False]))
    least = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2]) if minimums else st.just(0)
    sides = [
        [
            person(
                f"{prefix}{index}",
                status=draw(statuses),
                capacity=draw(st.sampled_from([1, 1, 1, 1, 2, 3, 0])),
                min_load=draw(least),
                priority=draw(st.sampled_from([0, 0, 0, 1, 1, 2, 5])),
                group=draw(groups),
                trained=draw(trained),
            )
            for index in range(count)
        ]
        for prefix, count in zip("EM", counts, strict=True)
    ]
    everybody = [(e["id"], m["id"]) for e, m in product(*sides)]
    open_pairs = draw(st.lists(st.sampled_from(everybody), max_size=MOST_FREE_PAIRS, unique=True))
    # What is not open is forbidden, each pair in one of four ways.
    closed = [pair for pair in everybody if pair not in open_pairs]
    problem = Problem(
        *sides,
        scores={pair: draw(pair_scores) for pair in open_pairs},
        objective=draw(st.sampled_from(OBJECTIVES)),
        relations={
            kind: closed[way::4] for way, kind in enumerate(("declined", "forbidden", "tutor"))
        },
        forbid=closed[3::4],
        rules=draw(st.lists(further_rules, max_size=1)),
    )
    wanted = draw(st.lists(st.sampled_from(open_pairs), max_size=2)) if open_pairs else []
    problem.pins = _pins_that_can_be_kept(problem, wanted)
    return problem


def _pins_that_can_be_kept(problem: Problem, wanted: list[IdPair]) -> set[IdPair]:
    cohort, scheme = problem.cohort(), problem.scheme()
    weighed = weighed_scores(cohort, scheme)
    room = [side.capacity.tolist() for side in cohort.sides]
    pins = set()
    for pair in dict.fromkeys(wanted):
        e, m = cohort.mentees.position[pair[0]], cohort.mentors.position[pair[1]]
        allowed = is_acceptable(cohort, scheme, e, m, int(weighed[e, m]))
        if allowed and room[0][e] and room[1][m]:
            room[0][e] -= 1
            room[1][m] -= 1
            pins.add(pair)
    return pins
