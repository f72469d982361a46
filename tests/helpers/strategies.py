"""Random people and random schemes for property tests, as a coordinator could write them."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
PERSON_COLUMNS = ("tutor", "conflict", "line_manager", "declined", "preferences")


@dataclass(frozen=True)
class People:
    """The tables of a cohort, cell by cell as written, without the id where a list is in order."""

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

SPELLINGS = (
    str,
    str,
    str.upper,
    str.title,
    lambda text: f"  {text} ",
    lambda text: text.replace(" ", "   "),
)
MISSING = st.sampled_from((None, "", "NA", "n/a", " - "))


def spelled(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(words), st.sampled_from(SPELLINGS))
    return pairs.map(lambda pair: pair[1](pair[0]))


def maybe(cells: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(cells, cells, cells, MISSING)


def several(
    words: st.SearchStrategy[str], separators: tuple[str, ...] = (";", " ; ", ";;")
) -> st.SearchStrategy[str]:
    lists = st.lists(words, min_size=1, max_size=4)
    return st.tuples(st.sampled_from(separators), lists).map(lambda pair: pair[0].join(pair[1]))


def _sides(max_mentees: int, max_mentors: int) -> st.SearchStrategy[tuple[list[str], list[str]]]:
    mentees = [f"E{n}" for n in range(1, max_mentees)]
    mentors = [f"M{n}" for n in range(1, max_mentors)]
    counts = st.tuples(st.integers(1, max_mentees), st.integers(1, max_mentors))
    # "P" may be on both sides: one person, twice.
    return counts.map(lambda n: (["P", *mentees][: n[0]], [*mentors, "P"][-n[1] :]))


@st.composite
def people(
    draw: st.DrawFn, max_mentees: int = 4, max_mentors: int = 4, *, numeric_grades: bool = False
) -> People:
    """Draw the tables of a cohort of at least one person a side."""
    mentee_ids, mentor_ids = draw(_sides(max_mentees, max_mentors))
    ids = tuple(dict.fromkeys((*mentee_ids, *mentor_ids)))
    columns: dict[str, st.SearchStrategy[str | None]] = {
        "grade": maybe(st.sampled_from(NUMBERS) if numeric_grades else spelled(GRADES)),
        "goals": maybe(several(spelled(GOALS))),
        "speciality": maybe(several(spelled(SPECIALITIES))),
        "workplace": maybe(spelled(PLACES)),
        "availability": maybe(several(st.sampled_from(CLOCK), (";", "; "))),
        "languages": maybe(several(spelled(LANGUAGES))),
        "group": maybe(spelled(GROUPS)),
        "years": maybe(st.sampled_from(NUMBERS)),
        "attended_training": maybe(st.sampled_from(("yes", "No", "TRUE", "0"))),
        "status": st.sampled_from(("applicant", "applicant", "reserve", "withdrawn")),
    }
    named = maybe(several(st.sampled_from((*ids, *OUTSIDERS)), (";", "; ")))
    columns |= dict.fromkeys(PERSON_COLUMNS, named)
    row = st.fixed_dictionaries(columns)
    sides = []
    for side_ids in (mentee_ids, mentor_ids):
        rows = draw(st.lists(row, min_size=len(side_ids), max_size=len(side_ids)))
        sides.append(tuple({"id": id_, **cells} for id_, cells in zip(side_ids, rows, strict=True)))
    if draw(st.booleans()):  # a table without the column is not bound by it
        sides[0] = tuple(
            {name: cell for name, cell in cells.items() if name != "attended_training"}
            for cells in sides[0]
        )
    link = st.tuples(
        st.sampled_from(mentor_ids), st.sampled_from(mentee_ids), st.sampled_from(KINDS)
    )
    links = [("X1", mentee_ids[0], "lab_mates"), *draw(st.lists(link, max_size=3))]
    return People(sides[0], sides[1], tuple(links))


def cohorts(max_mentees: int = 4, max_mentors: int = 4) -> st.SearchStrategy[rm.Cohort]:
    """Draw cohorts, read from random tables with gaps, odd spellings and several values."""
    return people(max_mentees, max_mentors).map(People.cohort)


# --- schemes -------------------------------------------------------------------------------

DEGREES = st.sampled_from((0.0, 0.25, 1 / 3, 0.5, 0.7777, 1.0))
WEIGHTS = st.one_of(st.integers(1, 9), st.floats(0.01, 100))


def related(words: tuple[str, ...]) -> st.SearchStrategy[dict[str, dict[str, float]]]:
    """Draw a table of degrees, with words that nobody uses."""
    names = spelled((*words, "unheard of"))
    return st.dictionaries(names, st.dictionaries(names, DEGREES, max_size=3), max_size=3)


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


def _pairs_of(tables: People | None) -> st.SearchStrategy[tuple[str, str]]:
    if tables is None:
        return st.tuples(st.text(max_size=3), st.text(max_size=3))
    return st.tuples(
        *(
            st.sampled_from([cells["id"] for cells in side])
            for side in (tables.mentees, tables.mentors)
        )
    )


def criteria(tables: People | None = None) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    """Return a strategy for each built-in criterion that a file can hold, by its type."""
    unique = {"unique_by": lambda row: row[:2]}
    rows = st.lists(st.tuples(_pairs_of(tables), DEGREES).map(lambda r: (*r[0], r[1])), **unique)
    own: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "goals": _declared(
            "goals",
            {"measure": st.sampled_from(("coverage", "jaccard")), "rarity": st.booleans()},
            {"related": related(GOALS)},
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
        "attribute": st.one_of(
            _declared("attribute", {"column": st.just("group"), "prefer": ALIKE}),
            _declared("attribute", {"column": st.just("languages"), "prefer": st.just("overlap")}),
            _declared(
                "attribute",
                {
                    "column": st.just("years"),
                    "prefer": st.just("close"),
                    "scale": st.floats(0.1, 9),
                },
            ),
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


def rules(tables: People | None = None) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    """Return a strategy for each rule, by its type; pins are left out."""
    low, high = st.floats(-4, 2), st.floats(2, 6)
    return {
        "eligible": _declared("eligible", optional={"side": st.sampled_from(("both", "mentors"))}),
        "power_distance": st.one_of(
            _declared("power_distance", {"min_gap": low}, {"max_gap": high, **UNKNOWN}),
            _declared("power_distance", {"max_gap": high}, UNKNOWN),
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
        "availability": _declared("availability", {"min_minutes": st.floats(1, 600)}, UNKNOWN),
        "minimum_score": _declared("minimum_score", {"at_least": st.floats(0, 1)}),
        "attribute": st.one_of(
            _declared("attribute", {"column": st.just("group"), "relation": ALIKE}, UNKNOWN),
            _declared(
                "attribute",
                {"column": st.just("languages"), "relation": st.just("overlap")},
                UNKNOWN,
            ),
            _declared(
                "attribute",
                {
                    "column": st.just("years"),
                    "relation": st.just("within"),
                    "gap": st.floats(0, 5),
                },
                UNKNOWN,
            ),
        ),
        "pairs": _declared("pairs", {"forbid": st.lists(_pairs_of(tables), max_size=2)}),
        "not_oneself": _declared("not_oneself"),
        "not_withdrawn": _declared("not_withdrawn"),
    }


@st.composite
def schemes(
    draw: st.DrawFn,
    tables: People | None = None,
    *,
    numeric_grades: bool = False,
    max_criteria: int = 5,
    max_rules: int = 4,
) -> rm.Scheme:
    """Draw a scheme that fits any cohort of `people`; named pairs are of `tables`."""
    grades = st.one_of(
        st.just(list(GRADES)),
        st.lists(st.integers(-3, 9), min_size=len(GRADES), max_size=len(GRADES)).map(
            lambda levels: dict(zip(GRADES, levels, strict=True))
        ),
    )
    return rm.Scheme.model_validate(
        {
            "direction": draw(st.sampled_from(("reverse", "traditional", "peer"))),
            "grades": None if numeric_grades else draw(grades),
            "cycle_weeks": draw(st.sampled_from((2, 3))),
            "criteria": draw(
                st.lists(st.one_of(*criteria(tables).values()), max_size=max_criteria)
            ),
            "rules": draw(st.lists(st.one_of(*rules(tables).values()), max_size=max_rules)),
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
