"""Random people and random schemes for property tests, as a coordinator could write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import rmmatch as rm

Cells = dict[str, str | None]

GRADES = ("FY 1", "FY 2", "ST 3", "ST 4", "Consultant")
NUMBERS = ("0", "1", "2.5", "4", "7", "-1")
GOALS = ("leadership", "career development", "research", "teaching", "wellbeing")
SPECIALITIES = ("cardiology", "renal", "paediatrics", "surgery")
PLACES = ("North", "South", "St Mary's", "Élan")
LANGUAGES = ("Welsh", "Polish", "Urdu")
GROUPS = ("a", "b", "c")
CLOCK = (
    "Mon 09:00-12:00",
    "Mon 10:30-11:15",
    "Mon 11:00-13:00",
    "Tue am",
    "Tue pm",
    "Fri",
    "weekdays 12:00-13:00",
    "wk1 Mon am",
    "wk2 Mon 08:05-16:40",
    "wk2 Fri pm",
)
OUTSIDERS = ("X1", "X2")
KINDS = ("past_pair", "lab_mates", "line_manager", "forbidden")


@dataclass(frozen=True)
class People:
    """The tables of a cohort, cell by cell as written."""

    mentees: tuple[Cells, ...]
    mentors: tuple[Cells, ...]
    relations: tuple[tuple[str, str, str], ...] = ()  # mentor, mentee, kind

    def cohort(self) -> rm.Cohort:
        relations = None
        if self.relations:
            relations = pd.DataFrame(self.relations, columns=["mentor", "mentee", "kind"])
        mentors, mentees = (
            pd.DataFrame(list(side), dtype=object) for side in (self.mentors, self.mentees)
        )
        return rm.read_cohort(mentors, mentees, relations=relations)

    def replace(self, **changes: Any) -> People:
        return replace(self, **changes)


# --- cells ---------------------------------------------------------------------------------

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str,
    str.upper,
    str.title,
    lambda text: f"  {text} ",
    lambda text: text.replace(" ", "   "),
)
MISSING = (None, "", "NA", "n/a", " - ")


class _Writer:
    """Writes cells. Seeded: a strategy a cell would take most of the time of every test."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def word(self, words: Sequence[str]) -> str:
        return self.random.choice(SPELLINGS)(self.random.choice(words))

    def maybe(self, cell: str) -> str | None:
        return self.random.choice(MISSING) if self.random.random() < 0.2 else cell

    def several(self, words: Sequence[str], *, is_spelled: bool = True) -> str | None:
        count = self.random.choice((1, 1, 2, 3))
        one = self.word if is_spelled else self.random.choice
        drawn = [one(words) for _ in range(count)]
        return self.maybe(self.random.choice((";", "; ", " ;;")).join(drawn))

    def row(self, id_: str, ids: Sequence[str], *, numeric_grades: bool) -> Cells:
        grade = self.random.choice(NUMBERS) if numeric_grades else self.word(GRADES)
        return {
            "id": id_,
            "grade": self.maybe(grade),
            "goals": self.several(GOALS),
            "speciality": self.several(SPECIALITIES),
            "workplace": self.maybe(self.word(PLACES)),
            "availability": self.several(CLOCK, is_spelled=False),
            "languages": self.several(LANGUAGES),
            "group": self.maybe(self.word(GROUPS)),
            "years": self.maybe(self.random.choice(NUMBERS)),
            "attended_training": self.maybe(self.random.choice(("yes", "yes", "No", "TRUE", "0"))),
            "status": self.random.choice(("applicant",) * 6 + ("reserve", "withdrawn")),
            "preferences": self.several((*ids, *OUTSIDERS), is_spelled=False),
            "line_manager": self.several((*ids, *OUTSIDERS), is_spelled=False),
            # Mostly of nobody here, so that not every pair is forbidden.
            **{
                column: self.several((*ids, *OUTSIDERS * 4), is_spelled=False)
                for column in ("tutor", "conflict", "declined")
            },
        }


@st.composite
def people(
    draw: st.DrawFn, max_mentees: int = 4, max_mentors: int = 4, *, numeric_grades: bool = False
) -> People:
    """Draw the tables of a cohort of at least one person a side."""
    counts = draw(st.integers(1, max_mentees)), draw(st.integers(1, max_mentors))
    write = _Writer(draw(st.integers(0, 2**32)))
    # "P" may be on both sides: one person, twice.
    sides = [["P", *(f"E{n}" for n in range(1, counts[0]))]]
    sides.append([*(f"M{n}" for n in range(1, counts[1])), write.random.choice(("P", "M0"))])
    ids = list(dict.fromkeys(sides[0] + sides[1]))
    mentees, mentors = (
        [write.row(id_, ids, numeric_grades=numeric_grades) for id_ in side] for side in sides
    )
    links = [("X1", "P", "lab_mates")]
    for _ in range(write.random.randrange(4)):
        kind = write.random.choice(KINDS)
        links.append((write.random.choice(sides[1]), write.random.choice(sides[0]), kind))
    return People(tuple(mentees), tuple(mentors), tuple(links))


def cohorts(max_mentees: int = 4, max_mentors: int = 4) -> st.SearchStrategy[rm.Cohort]:
    """Draw cohorts, read from random tables with gaps, odd spellings and several values."""
    return people(max_mentees, max_mentors).map(People.cohort)


# --- schemes -------------------------------------------------------------------------------

DEGREES = st.sampled_from((0.0, 0.25, 1 / 3, 0.5, 0.7777, 1.0))
WEIGHTS = st.one_of(st.integers(1, 9), st.floats(0.01, 100))


def spelled(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(words), st.sampled_from(SPELLINGS))
    return pairs.map(lambda pair: pair[1](pair[0]))


def related(words: tuple[str, ...]) -> st.SearchStrategy[dict[str, dict[str, float]]]:
    """Draw a table of degrees, with words that nobody uses."""
    names = spelled((*words, "unheard of"))
    row = st.dictionaries(names, DEGREES, min_size=1, max_size=4)
    return st.dictionaries(names, row, min_size=1, max_size=4)


def distances() -> st.SearchStrategy[dict[str, dict[str, float]]]:
    """Draw a table that tells how far apart any two of the places are, some of them twice."""
    base = {place: dict.fromkeys(PLACES[n + 1 :], 10.0) for n, place in enumerate(PLACES[:-1])}
    rows = st.dictionaries(spelled(PLACES), st.floats(0, 40), max_size=3)
    return st.dictionaries(spelled(PLACES), rows, max_size=2).map(lambda table: table | base)


def _declared(
    type_: str, needed: dict[str, Any] | None = None, optional: dict[str, Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(type_), **(needed or {})}, optional=optional)


ALIKE = st.sampled_from(("same", "different"))


def _some(words: Sequence[str]) -> dict[str, st.SearchStrategy[list[str]]]:
    return {"any": st.lists(spelled(tuple(words)), max_size=2)}


ANY_GROUP, ANY_LANGUAGE, ANY_NUMBER = _some(GROUPS), _some(LANGUAGES), _some(NUMBERS)
# Of a yes or no nobody need have given it; of other answers somebody must.
CONDITIONS = st.fixed_dictionaries(
    {
        "only_where": st.one_of(
            st.just({"Attended training": "YES"}),
            st.just({"attended_training": ["0"], "group": [*map(str.upper, GROUPS)]}),
        )
    },
    optional={"side": st.sampled_from(("both", "mentees", "mentors"))},
)


def conditional(member: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a member that binds everybody, or only people who gave some answers."""
    condition = st.one_of(st.just({}), st.just({}), CONDITIONS)
    return st.tuples(member, condition).map(lambda parts: parts[0] | parts[1])


# People by their place in the table, counted round; `schemes` puts the ids.
PLACE = st.integers(0, 9)
PAIR = st.tuples(PLACE, PLACE)


def _with_ids(member: dict[str, Any], tables: People) -> dict[str, Any]:
    """Turn places in the tables into ids, each pair once."""
    member = dict(member)
    for key in ("rows", "forbid"):
        if member["type"] in ("table", "pairs") and key in member:
            named = {}
            for mentee, mentor, *rest in member[key]:
                sides = (mentee, tables.mentees), (mentor, tables.mentors)
                ids = tuple(side[place % len(side)]["id"] for place, side in sides)
                named[ids] = (*ids, *rest)
            member[key] = list(named.values())
    return member


RANKS = st.one_of(
    st.just(True),
    st.lists(st.floats(0.01, 9), min_size=1, max_size=4).map(lambda ws: sorted(ws, reverse=True)),
)


def _criteria() -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    rows = st.lists(st.tuples(PLACE, PLACE, DEGREES), max_size=9)
    own: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "goals": st.one_of(
            _declared(
                "goals",
                {"measure": st.sampled_from(("coverage", "jaccard")), "rarity": st.booleans()},
                {"related": related(GOALS)},
            ),
            _declared(
                "goals",
                {"ranked": RANKS, "rarity": st.booleans()},
                {"related": related(GOALS)},
            ),
        ),
        "speciality": _declared("speciality", optional={"related": related(SPECIALITIES)}),
        "workplace": st.one_of(
            _declared("workplace", {"prefer": ALIKE}, {"column": st.just("Group")}),
            _declared(
                "workplace",
                {"prefer": st.just("near"), "distances": distances()},
                {"far": st.floats(0.5, 50)},
            ),
        ),
        "availability": _declared("availability", {"enough": st.floats(1, 1000)}),
        "power_distance": _declared(
            "power_distance", {"target": st.floats(-3, 5)}, {"spread": st.floats(0.5, 6)}
        ),
        "preference": _declared(
            "preference", {"side": st.sampled_from(("both", "mentee", "mentor"))}
        ),
        "attribute": conditional(
            st.one_of(
                _declared("attribute", {"column": st.just("group"), "prefer": ALIKE}, ANY_GROUP),
                _declared(
                    "attribute",
                    {"column": st.just("languages"), "prefer": st.just("overlap")},
                    ANY_LANGUAGE,
                ),
                _declared(
                    "attribute",
                    {
                        "column": st.just("years"),
                        "prefer": st.just("close"),
                        "scale": st.floats(0.1, 9),
                    },
                    ANY_NUMBER,
                ),
            )
        ),
        "table": _declared("table", {"rows": rows}),
    }
    common = st.fixed_dictionaries(
        {"weight": WEIGHTS},
        optional={
            "missing": st.sampled_from(("neutral", "zero", "ignore")),
            "view": st.sampled_from(("both", "both", "mentee", "mentor")),
        },
    )
    return {
        type_: st.tuples(one, common).map(lambda parts: parts[0] | parts[1])
        for type_, one in own.items()
    }


UNKNOWN = {"missing": st.sampled_from(("forbid", "allow"))}


def _rules() -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    low, high = st.floats(-4, 2), st.floats(2, 6)
    return {
        "eligible": _declared("eligible", optional={"side": st.sampled_from(("both", "mentors"))}),
        "power_distance": conditional(
            st.one_of(
                _declared("power_distance", {"min_gap": low}, {"max_gap": high, **UNKNOWN}),
                _declared("power_distance", {"max_gap": high}, UNKNOWN),
            )
        ),
        "relations": _declared(
            "relations",
            {
                "forbid": st.lists(
                    st.sampled_from(
                        ("tutor", "Line Manager", "conflict", "past_pair", "lab_mates")
                    ),
                    min_size=1,
                    max_size=3,
                )
            },
        ),
        "reporting_chain": _declared("reporting_chain", {"levels": st.integers(1, 4)}),
        "availability": conditional(
            _declared("availability", {"min_minutes": st.floats(1, 600)}, UNKNOWN)
        ),
        "minimum_score": _declared("minimum_score", {"at_least": st.floats(0, 1)}),
        # `any`, if only an empty one: else a value that nobody opposite has is a problem.
        "attribute": conditional(
            st.one_of(
                _declared(
                    "attribute",
                    {"column": st.just("group"), "relation": ALIKE, **ANY_GROUP},
                    UNKNOWN,
                ),
                _declared(
                    "attribute",
                    {
                        "column": st.just("languages"),
                        "relation": st.just("overlap"),
                        **ANY_LANGUAGE,
                    },
                    UNKNOWN,
                ),
                _declared(
                    "attribute",
                    {
                        "column": st.just("years"),
                        "relation": st.just("within"),
                        "gap": st.floats(0, 5),
                    },
                    {**UNKNOWN, **ANY_NUMBER},
                ),
            )
        ),
        "pairs": _declared("pairs", {"forbid": st.lists(PAIR, max_size=2)}),
        "not_oneself": _declared("not_oneself"),
        "not_withdrawn": _declared("not_withdrawn"),
    }


# A strategy for each built-in declaration that a file can hold, by its type; no pins.
CRITERIA = _criteria()
RULES = _rules()
ANY_CRITERION = st.one_of(*CRITERIA.values())
ANY_RULE = st.one_of(*RULES.values())
LEVELS = st.one_of(
    st.just(list(GRADES)),
    st.tuples(*(st.integers(-3, 9) for _ in GRADES)).map(
        lambda levels: dict(zip(GRADES, levels, strict=True))
    ),
)
DIRECTIONS = st.sampled_from(("reverse", "traditional", "peer"))
WEEKS = st.sampled_from((2, 3))


def rule_for(tables: People) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one rule, as plain data."""
    return ANY_RULE.map(lambda member: _with_ids(member, tables))


@st.composite
def schemes(
    draw: st.DrawFn,
    tables: People,
    *,
    numeric_grades: bool = False,
    max_criteria: int = 5,
    max_rules: int = 4,
) -> rm.Scheme:
    """Draw a scheme that fits the people."""
    return rm.Scheme.model_validate(
        {
            "direction": draw(DIRECTIONS),
            "grades": None if numeric_grades else draw(LEVELS),
            "cycle_weeks": draw(WEEKS),
            "criteria": [
                _with_ids(draw(ANY_CRITERION), tables)
                for _ in range(draw(st.integers(0, max_criteria)))
            ],
            "rules": [
                _with_ids(draw(ANY_RULE), tables) for _ in range(draw(st.integers(0, max_rules)))
            ],
        }
    )


@st.composite
def cases(
    draw: st.DrawFn, max_mentees: int = 4, max_mentors: int = 4, **limits: int
) -> tuple[People, rm.Scheme]:
    """Draw people, and a scheme that fits them."""
    numeric = draw(st.booleans())
    tables = draw(people(max_mentees, max_mentors, numeric_grades=numeric))
    return tables, draw(schemes(tables, numeric_grades=numeric, **limits))
