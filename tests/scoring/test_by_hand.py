"""Scores and rules worked out by hand: one line, one promise of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from helpers.strategies import People

FAR = {"North": {"South": 10, "West": 40}, "south": {"NORTH": 8}}
RELATED = {"leadership": {"research": 0.5}, "research": {"leadership": 0.25}}


def raw(criterion: dict[str, Any], mentee: Any, mentor: Any, **scheme: Any) -> float | None:
    column = {"power_distance": "grade"}.get(criterion["type"], criterion["type"])
    column = criterion.get("column", column)
    tables = People(({"id": "E1", column: mentee},), ({"id": "M1", column: mentor},))
    made = rm.Scheme.model_validate({"criteria": [criterion], **scheme})
    (value,) = rm.score(tables.cohort(), made).pair("E1", "M1").raw.values()
    return value


@pytest.mark.parametrize(
    ("criterion", "mentee", "mentor", "expected"),
    [
        ({"type": "goals"}, "Research; wellbeing", "research", 1 / 2),
        ({"type": "goals", "measure": "jaccard"}, "a;b;c", "b;c;d", 2 / 4),
        ({"type": "goals", "related": RELATED}, "research", "leadership", 0.5),
        ({"type": "goals", "related": RELATED}, "research;x", "leadership;research", 0.5),
        ({"type": "goals", "measure": "jaccard", "related": RELATED}, "research", "leadership",
         1 / 3),
        ({"type": "goals", "related": {"a": {"b": 1 / 3}}}, "a", "b", 0.333),
        ({"type": "speciality", "related": {"a": {"b": 1 / 3}}}, "a", "b", 1 / 3),
        ({"type": "goals"}, "a", None, None),
        ({"type": "goals"}, None, "a", None),
        ({"type": "goals"}, ";", "a", None),
        ({"type": "speciality"}, "renal; Cardiology", "cardiology", 1.0),
        ({"type": "speciality", "related": {"renal": {"heart": 0.4}}}, "heart;x", "renal", 0.4),
        ({"type": "speciality"}, "renal", "heart", 0.0),
        ({"type": "workplace"}, "North", "north ", 0.0),
        ({"type": "workplace", "prefer": "same"}, "North", "north ", 1.0),
        ({"type": "workplace", "prefer": "near", "distances": FAR}, "North", "South", 1 - 8 / 40),
        ({"type": "workplace", "prefer": "near", "distances": FAR}, "South", "South", 1.0),
        ({"type": "workplace", "prefer": "near", "distances": {"A": {"B": 1}, "B": {"A": 4}}},
         "A", "B", 0.75),
        ({"type": "workplace", "prefer": "near", "distances": FAR, "far": 5}, "South", "North",
         0.0),
        ({"type": "availability"}, "Mon 09:00-10:00; Tue am", "Mon 09:30-11:00", 30 / 120),
        ({"type": "availability", "enough": 20}, "Mon 09:00-10:00", "Mon 09:30-11:00", 1.0),
        ({"type": "availability"}, "wk1 Mon am", "Mon 09:00-10:00", 0.5),
        ({"type": "power_distance", "target": 4}, "7", "2", 1 - 1 / 3),
        ({"type": "power_distance", "target": 4}, "2", "7", 0.0),
        ({"type": "attribute", "column": "x"}, "A b", "a  B", 1.0),
        ({"type": "attribute", "column": "x", "prefer": "different"}, "a;b", "b;a", 1.0),
        ({"type": "attribute", "column": "x", "prefer": "overlap"}, "a;b", "b;a;c", 2 / 3),
        ({"type": "attribute", "column": "x", "prefer": "close", "scale": 4}, "1", "2.5", 0.625),
        ({"type": "attribute", "column": "x"}, "a", "NA", None),
    ],
)  # fmt: skip
def test_a_criterion_scores_what_its_documentation_says(
    criterion: dict[str, Any], mentee: Any, mentor: Any, expected: float | None
) -> None:
    assert raw(criterion, mentee, mentor) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("direction", "expected"), [("reverse", 1.0), ("traditional", 0.0), ("peer", 1.0)]
)
def test_the_gap_is_senior_minus_junior(direction: str, expected: float) -> None:
    criterion = {"type": "power_distance", "target": 2, "spread": 1}
    for grades in (["FY1", "ST1", "Consultant"], {"FY1": 3, "consultant": 5}):
        scheme = {"direction": direction, "grades": grades}
        assert raw(criterion, "consultant", "FY1", **scheme) == expected


def test_rarity_follows_the_formula() -> None:
    """Two of three mentors who stated goals serve `common`, one serves `rare`."""
    tables = People(
        ({"id": "E1", "goals": "common;rare"},),
        tuple(
            {"id": f"M{n}", "goals": goals}
            for n, goals in enumerate(("common", "common;rare", "other", None))
        ),
    )
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "goals", "rarity": True}]})
    scores = rm.score(tables.cohort(), scheme)
    common, rare = 1.288, 1.693  # 1 + ln(4/3), 1 + ln(4/2), in thousandths
    assert scores.pair("E1", "M0").raw["goals"] == pytest.approx(common / (common + rare))
    assert scores.pair("E1", "M1").raw["goals"] == 1.0
    assert scores.pair("E1", "M3").raw["goals"] is None


def test_preferences_count_places_among_those_who_take_part() -> None:
    tables = People(
        ({"id": "E1", "preferences": "M2; gone; M1; M9; M2"},),
        (
            {"id": "M1", "preferences": "E1"},
            {"id": "M2", "preferences": None},
            {"id": "M3", "preferences": "nobody"},
        ),
    )

    def scores(side: str) -> list[float | None]:
        scheme = rm.Scheme.model_validate({"criteria": [{"type": "preference", "side": side}]})
        pairs = rm.score(tables.cohort(), scheme)
        return [next(iter(pairs.pair("E1", m).raw.values())) for m in ("M1", "M2", "M3")]

    assert scores("mentee") == [0.5, 1.0, 0.0]
    assert scores("mentor") == [1.0, None, None]
    assert scores("both") == [0.75, 1.0, 0.0]


def test_a_table_is_found_beside_the_scheme_and_unlisted_pairs_are_missing(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("mentee,mentor,score\nE1,M1,0.25\n")
    (tmp_path / "scheme.yaml").write_text(
        "criteria: [{type: table, file: scores.csv, missing: zero}]"
    )
    tables = People(({"id": "E1"},), ({"id": "M1"}, {"id": "M2"}))
    scores = rm.score(tables.cohort(), rm.Scheme.from_file(tmp_path / "scheme.yaml"))
    assert scores.to_numpy().tolist() == [[250_000, 0]]
    assert scores.pair("E1", "M2").raw == {"table": None}
    assert scores.scheme.criteria[0].rows == (("E1", "M1", 0.25),)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("neutral", (500_000, 250_000)), ("zero", (500_000, 0)), ("ignore", (1_000_000, 0))],
)
def test_missing_data_is_what_the_scheme_says(missing: str, expected: tuple[int, int]) -> None:
    tables = People(
        ({"id": "E1", "workplace": "North", "speciality": None},),
        ({"id": "M1", "workplace": "North", "speciality": "renal"},),
    )
    same = {"type": "workplace", "prefer": "same"}
    scheme = {"criteria": [same, {"type": "speciality", "missing": missing}]}
    pair = rm.score(tables.cohort(), rm.Scheme.model_validate(scheme)).pair("E1", "M1")
    assert tuple(pair.contributions.values()) == expected


def test_each_view_ranks_by_its_own_criteria() -> None:
    tables = People(
        ({"id": "E1", "workplace": "North", "speciality": "renal"},),
        ({"id": "M1", "workplace": "North", "speciality": "heart"},),
    )
    scheme = rm.Scheme.model_validate(
        {
            "criteria": [
                {"type": "workplace", "prefer": "same", "view": "mentee", "weight": 1},
                {"type": "speciality", "weight": 3},
            ]
        }
    )
    pair = rm.score(tables.cohort(), scheme).pair("E1", "M1")
    assert (pair.mentee_view, pair.mentor_view, pair.score) == (250_000, 0, 125_000)


def forbidden_pairs(tables: People, *rules: dict[str, Any], **scheme: Any) -> set[str]:
    made = rm.Scheme.model_validate({"rules": rules, **scheme})
    scores = rm.score(tables.cohort(), made)
    return {
        f"{e} {m}"
        for e in scores.mentees
        for m in scores.mentors
        if scores.pair(e, m).forbidden_by is not None
    }


CHAIN = People(
    (
        {"id": "E1", "line_manager": "outsider"},
        {"id": "E2", "line_manager": None},
        {"id": "E3", "line_manager": "M3"},
    ),
    (
        {"id": "M1", "line_manager": "E2"},
        {"id": "M2", "line_manager": None},
        {"id": "M3", "line_manager": "E3"},
        {"id": "outsider", "line_manager": "M2"},
    ),
)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (1, {"E1 outsider", "E2 M1", "E3 M3"}),
        (2, {"E1 outsider", "E1 M2", "E2 M1", "E3 M3"}),
        (9, {"E1 outsider", "E1 M2", "E2 M1", "E3 M3"}),
    ],
)
def test_the_reporting_chain_reaches_up_and_down(levels: int, expected: set[str]) -> None:
    assert forbidden_pairs(CHAIN, {"type": "reporting_chain", "levels": levels}) == expected
    scheme = rm.Scheme.model_validate({"rules": [{"type": "reporting_chain", "levels": levels}]})
    remarks = list(rm.validate(CHAIN.cohort(), scheme))
    assert "these people manage each other in a circle: E3 → M3 → E3" in remarks
    hidden = scheme.model_copy(update={"sensitive": ("line_manager",)})
    assert "these people manage each other in a circle: 2 people" in rm.validate(
        CHAIN.cohort(), hidden
    )


def test_a_chain_runs_through_people_of_either_side() -> None:
    tables = People(
        ({"id": "E1", "line_manager": "X"}, {"id": "X", "line_manager": "M2"}),
        ({"id": "M1", "line_manager": None}, {"id": "M2", "line_manager": "E1"}),
    )
    chain = {"type": "reporting_chain", "levels": 2}
    assert forbidden_pairs(tables, chain) == {"E1 M2", "X M2"}


def test_a_table_that_eligibility_binds_must_have_the_column() -> None:
    tables = People(
        ({"id": "E1"},),
        tuple(
            {"id": f"M{n}", "attended_training": cell}
            for n, cell in enumerate(("Yes", "no", None, "1"))
        ),
    )
    both = rm.Scheme.from_dict({"rules": [{"type": "eligible"}]})
    with pytest.raises(rm.SchemeError, match=r"mentees' table has no column.*`side: mentors`"):
        rm.score(tables.cohort(), both)
    rule = {"type": "eligible", "side": "mentors"}
    assert forbidden_pairs(tables, rule) == {"E1 M1", "E1 M2"}
    levels = {**rule, "column": "attended training", "values": ["no"]}
    assert forbidden_pairs(tables, levels) == {"E1 M0", "E1 M2", "E1 M3"}


@pytest.mark.parametrize("word", ["Y", "1", "TRUE", "yes"])
def test_training_is_yes_however_the_table_or_the_scheme_writes_it(word: str) -> None:
    people = ({"id": "M0", "attended_training": "y"}, {"id": "M1", "attended_training": "No"})
    tables = People(({"id": "E1"},), people)
    rule = {"type": "eligible", "side": "mentors", "values": [word]}
    assert forbidden_pairs(tables, rule) == {"E1 M1"}


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"relation": "same", "any": []}, {"a"}),
        ({"relation": "different"}, {"a;b", "c", "3"}),
        ({"relation": "overlap", "any": []}, {"a", "a;b"}),
        ({"relation": "different", "missing": "allow"}, {"a;b", "c", "3", None}),
    ],
)
def test_an_attribute_rule_allows_only_what_it_names(rule: Any, allowed: Any) -> None:
    cells = ("a", "a;b", "c", "3", None)
    tables = People(
        ({"id": "E1", "x": " A"},),
        tuple({"id": f"M{n}", "x": cell} for n, cell in enumerate(cells)),
    )
    forbidden = forbidden_pairs(tables, {"type": "attribute", "column": "x", **rule})
    assert {cell for n, cell in enumerate(cells) if f"E1 M{n}" not in forbidden} == allowed


def test_both_ends_of_a_window_are_allowed() -> None:
    tables = People(
        ({"id": "E1", "grade": "5", "years": "5"},),
        tuple({"id": f"M{n}", "grade": str(n), "years": str(n)} for n in range(1, 6)),
    )
    window = {"type": "power_distance", "min_gap": 1, "max_gap": 3}
    assert forbidden_pairs(tables, window) == {"E1 M1", "E1 M5"}
    within = {"type": "attribute", "column": "years", "relation": "within", "gap": 2}
    assert forbidden_pairs(tables, within) == {"E1 M1", "E1 M2"}


def test_the_least_score_is_allowed_and_a_millionth_less_is_not() -> None:
    tables = People(({"id": "E1"},), ({"id": "M1"}, {"id": "M2"}))
    rows = [["E1", "M1", 0.3], ["E1", "M2", 0.299999]]
    rule = {"type": "minimum_score", "at_least": 0.3}
    assert forbidden_pairs(tables, rule, criteria=[{"type": "table", "rows": rows}]) == {"E1 M2"}


@pytest.mark.parametrize("millionths", [249, 250_001])
def test_a_minimum_score_is_the_nearest_millionth(millionths: int) -> None:
    """A million times the number, as binary fractions multiply, falls just below the whole."""
    least = millionths / 1_000_000
    assert int(1_000_000 * least) == millionths - 1
    tables = People(({"id": "E1"}, {"id": "E2"}), ({"id": "M1"},))
    rows = [["E1", "M1", least], ["E2", "M1", (millionths - 1) / 1_000_000]]
    scheme = rm.Scheme.model_validate(
        {
            "criteria": [{"type": "table", "rows": rows}],
            "rules": [{"type": "minimum_score", "at_least": least}],
        }
    )
    scores = rm.score(tables.cohort(), scheme).to_numpy()
    assert scores[:, 0].tolist() == [millionths, -1]


@pytest.mark.parametrize(
    ("mentee", "mentor", "minutes"),
    [
        ("wk1 Mon 09:00-10:00", "Mon 09:00-09:40", 40),
        ("Mon 09:00-10:00", "Mon 09:00-09:40", 80),
        ("wk2 Mon 09:00-10:00; Tue 09:00-09:30", "Mon-Tue 09:00-12:00", 120),
    ],
)
def test_a_slot_of_one_week_counts_once_in_the_rota_and_one_of_every_week_in_each(
    mentee: str, mentor: str, minutes: int
) -> None:
    tables = People(
        ({"id": "E1", "availability": mentee},), ({"id": "M1", "availability": mentor},)
    )
    criterion = {"type": "availability", "enough": 1000}
    scheme = rm.Scheme.model_validate({"criteria": [criterion], "cycle_weeks": 2})
    cohort = tables.cohort()
    said = scheme.criteria[0].fact(cohort, scheme.setting, 0, 0)
    assert said.endswith(f", {minutes} minutes in all")
    assert rm.score(cohort, scheme).pair("E1", "M1").raw == {"availability": minutes / 1000}
