"""Small cohorts whose two sides see each pair differently, and what stability means, spelt out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.plain import from_plain

IdPair = tuple[str, str]


@dataclass
class Person:
    id: str
    capacity: int = 1
    status: str = "applicant"
    min_load: int = 0

    @property
    def places(self) -> int:
        return 0 if self.status == "withdrawn" else self.capacity


@dataclass
class Case:
    """People, and each pair's worth to its mentee and to its mentor, in hundredths."""

    mentees: list[Person]
    mentors: list[Person]
    views: dict[IdPair, tuple[int, int]]
    forbidden: set[IdPair] = field(default_factory=set)
    pins: set[IdPair] = field(default_factory=set)
    manual: set[IdPair] = field(default_factory=set)
    objective: tuple[str, ...] = ("total",)

    def cohort(self) -> rm.Cohort:
        at = [{one.id: place for place, one in enumerate(s)} for s in (self.mentees, self.mentors)]
        relations = {"forbidden": self.forbidden, "pinned": self.pins, "manual": self.manual}
        return from_plain(
            {
                "mentee": _side(self.mentees),
                "mentor": _side(self.mentors),
                "relations": {
                    kind: [
                        [at[0][e] for e, _ in sorted(pairs)],
                        [at[1][m] for _, m in sorted(pairs)],
                    ]
                    for kind, pairs in relations.items()
                    if pairs
                },
                "managers": {},
                "notes": [],
                "sources": [],
            }
        )

    def scheme(self) -> rm.Scheme:
        tables = [
            {
                "type": "table",
                "view": view,
                "rows": [[*pair, worth[place] / 100] for pair, worth in self.views.items()],
            }
            for place, view in enumerate(("mentee", "mentor"))
        ]
        return rm.Scheme.model_validate({"criteria": tables, "objective": self.objective})

    def scores(self) -> rm.PairScores:
        return rm.score(self.cohort(), self.scheme())

    # --- what stability means, for any person, pair by pair ----------------------------------

    def people(self) -> tuple[dict[str, Person], dict[str, Person]]:
        return {one.id: one for one in self.mentees}, {one.id: one for one in self.mentors}

    def is_acceptable(self, pair: IdPair) -> bool:
        both = [side[id_] for side, id_ in zip(self.people(), pair, strict=True)]
        return pair not in self.forbidden and all(one.status != "withdrawn" for one in both)

    def acceptable(self) -> set[IdPair]:
        return {pair for pair in self.views if self.is_acceptable(pair)}

    def wish(self, pair: IdPair, side: int) -> tuple[int, int]:
        """What a pair is to one of its two: partners who are reserves come after applicants."""
        if not self.is_acceptable(pair):
            return (-1, -1)
        partner = self.people()[1 - side][pair[1 - side]]
        return int(partner.status != "reserve"), self.views[pair][side]

    def blocking(self, matching: set[IdPair]) -> set[IdPair]:
        return {
            pair
            for pair in self.acceptable() - matching
            if all(self._would(pair, side, matching) for side in (0, 1))
        }

    def _would(self, pair: IdPair, side: int, matching: set[IdPair]) -> bool:
        mine = [other for other in matching if other[side] == pair[side]]
        if len(mine) < self.people()[side][pair[side]].capacity:
            return True
        return any(
            self.wish(pair, side) > self.wish(other, side)
            for other in mine
            if other not in self.pins
        )

    def valid_matchings(self) -> Iterator[set[IdPair]]:
        """Every matching that keeps pins and capacities."""
        pairs = sorted(self.acceptable())
        for size in range(len(pairs) + 1):
            for some in map(set, combinations(pairs, size)):
                if some >= self.pins and self.fits(some):
                    yield some

    def fits(self, matching: set[IdPair]) -> bool:
        return all(
            sum(pair[side] == id_ for pair in matching) <= one.places
            for side, people in enumerate(self.people())
            for id_, one in people.items()
        )

    def deferred_acceptance(self, proposing: int) -> set[IdPair]:
        """Gale and Shapley, in rounds: everybody asks, everybody keeps the best; no ties."""
        receiving = 1 - proposing
        people = self.people()
        turned_down: set[IdPair] = set()
        while True:
            asked: set[IdPair] = set(self.pins)
            for id_, one in people[proposing].items():
                pinned = sum(pair[proposing] == id_ for pair in self.pins)
                mine = [
                    p for p in self.acceptable() - self.pins - turned_down if p[proposing] == id_
                ]
                mine.sort(key=lambda pair: self.wish(pair, proposing), reverse=True)
                asked.update(mine[: one.places - pinned])
            refused = set()
            for id_, one in people[receiving].items():
                pinned = sum(pair[receiving] == id_ for pair in self.pins)
                theirs = [pair for pair in asked - self.pins if pair[receiving] == id_]
                theirs.sort(key=lambda pair: self.wish(pair, receiving), reverse=True)
                refused.update(theirs[one.places - pinned :])
            if not refused:
                return asked
            turned_down |= refused


def square(ranks: list[list[tuple[int, int]]], **facts: Any) -> Case:
    """Build from a table of ranks, (row's rank of the column, column's rank of the row)."""
    mentees = [Person(f"E{row}") for row in range(len(ranks))]
    mentors = [Person(f"M{column}") for column in range(len(ranks[0]))]
    views = {
        (f"E{row}", f"M{column}"): (100 - by_row, 100 - by_column)
        for row, line in enumerate(ranks)
        for column, (by_row, by_column) in enumerate(line)
    }
    return Case(mentees, mentors, views, **facts)


@st.composite
def cases(
    draw: Any,
    *,
    most: int = 5,
    strict: bool = False,
    shared: bool = False,
    plain: bool = False,
    one_to_one: bool = False,
) -> Case:
    """Draw a case.

    strict: no two pairs are worth the same to anybody; shared: to both sides the same; plain: no
    reserves, pins or people without a place.
    """
    capacity = st.just(1) if one_to_one else st.sampled_from([1, 1, 1, 2, 3] + [0] * (not plain))
    status = st.just("applicant")
    if not plain:
        status = st.sampled_from(["applicant"] * 5 + ["reserve"] * 2 + ["withdrawn"])
    sides = [
        [
            Person(f"{letter}{place}", draw(capacity), draw(status))
            for place in draw(st.permutations(range(draw(st.integers(1, most)))))
        ]
        for letter in "EM"
    ]
    everybody = [(e.id, m.id) for e, m in product(*sides)]
    if strict:
        worth = st.permutations(range(len(everybody)))
    else:
        few = st.integers(0, 4).map(lambda tens: 10 * tens)
        worth = st.lists(few, min_size=len(everybody), max_size=len(everybody))
    first = draw(worth)
    second = first if shared else draw(worth)
    forbidden = draw(st.sets(st.sampled_from(everybody)))
    case = Case(
        *sides, dict(zip(everybody, zip(first, second, strict=True), strict=True)), forbidden
    )
    if not plain:
        for pair in draw(st.lists(st.sampled_from(everybody), max_size=2)):
            if case.is_acceptable(pair) and case.fits(case.pins | {pair}):
                case.pins.add(pair)
    return case


def _side(people: list[Person]) -> dict[str, Any]:
    return {
        "ids": [one.id for one in people],
        "status": [one.status for one in people],
        "capacity": [one.capacity for one in people],
        "min_load": [one.min_load for one in people],
        "priority": [0] * len(people),
        "columns": {},
    }


# D. Gale and L. S. Shapley, "College admissions and the stability of marriage", 1962, examples.
EXAMPLE_1 = [[(1, 3), (2, 2), (3, 1)], [(3, 1), (1, 3), (2, 2)], [(2, 2), (3, 1), (1, 3)]]


EXAMPLE_2 = [
    [(1, 3), (2, 3), (3, 2), (4, 3)],
    [(1, 4), (4, 1), (3, 3), (2, 2)],
    [(2, 2), (1, 4), (3, 4), (4, 1)],
    [(4, 1), (2, 2), (3, 1), (1, 4)],
]
