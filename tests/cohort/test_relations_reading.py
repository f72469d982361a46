"""Relations: who is meant by the ids in cells, and what becomes of ids that nobody has."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.cohort import Cohort, read_cohort
from rmmatch.cohort.parsing import RELATION_COLUMNS
from rmmatch.errors import CohortError

IDS = ["P", "Q", "R", "S", "T"]


def table(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def id_pairs(cohort: Cohort, kind: str) -> set[tuple[str, str]]:
    relation = cohort.relation(kind)
    places = zip(relation.mentees.tolist(), relation.mentors.tolist(), strict=True)
    return {(cohort.mentees.ids[e], cohort.mentors.ids[m]) for e, m in places}


@pytest.mark.parametrize("kind", RELATION_COLUMNS)
def test_either_side_may_name_the_other(kind: str) -> None:
    cohort = read_cohort(
        table(id=["M1", "M2", "M3"], **{kind: ["E1", None, "M1"]}),
        table(id=["E1", "E2"], **{kind: ["M2; M3;M2", "E1"]}),
    )
    assert id_pairs(cohort, kind) == {("E1", "M1"), ("E1", "M2"), ("E1", "M3")}
    assert cohort.mentees.column(kind).tolist() == ["M2; M3;M2", "E1"]
    wrong_side = kind == "declined"
    assert len(cohort.notes) == wrong_side


def test_managers_are_kept_for_everybody_and_merged_over_both_sides() -> None:
    cohort = read_cohort(
        table(id=["A", "B"], line_manager=["X; B", None]),
        table(id=["A", "C"], line_manager=["Y;X", "A"]),
    )
    assert cohort.managers == {"A": ("Y", "X", "B"), "C": ("A",)}
    # B manages A, who is a mentee too; A manages C, and is a mentor.
    assert id_pairs(cohort, "line_manager") == {("A", "B"), ("C", "A")}
    assert cohort.notes == ("line_manager: 2 ids of people outside the cohort",)


def test_preferences_are_positions_on_the_other_side_best_first() -> None:
    cohort = read_cohort(
        table(id=["M1", "M2", "M3"]),
        table(id=["E1", "E2", "E3"], preferences=["M3;M1; M3", None, "E1;nobody;M2"]),
    )
    assert [row.tolist() for row in map(cohort.mentees.preferences.__getitem__, range(3))] == [
        [2, 0],
        [],
        [1],
    ]
    assert len(cohort.mentors.preferences) == 3
    assert cohort.notes == (
        "preferences: 1 id of a person outside the cohort",
        "preferences: 1 id of a person on the other side than the column asks for",
    )


def test_the_table_of_relations() -> None:
    relations = table(
        mentor=["M1", "M2", "M2", "M1", "M9"],
        Mentee=["E1", "E1", "E2", "E1", "E1"],
        kind=["Pinned", "past pair", "Same ward", "line-manager", "conflict"],
    )
    cohort = read_cohort(table(id=["M1", "M2"]), table(id=["E1", "E2"]), relations=relations)
    assert id_pairs(cohort, "pinned") == {("E1", "M1")}
    assert id_pairs(cohort, "past_pair") == {("E1", "M2")}
    assert id_pairs(cohort, "same_ward") == {("E2", "M2")}
    assert id_pairs(cohort, "line_manager") == {("E1", "M1")}
    assert cohort.managers == {}
    assert id_pairs(cohort, "conflict") == set()
    assert cohort.notes == ("conflict: 1 id of a person outside the cohort",)
    assert cohort.sources[2][::2] == ("relations", 5)


def test_a_pinned_pair_must_be_in_the_cohort_and_the_right_way_round() -> None:
    people = table(id=["M10", "M20"]), table(id=["E10", "E20"])
    relations = table(
        mentor=["M11", "E10", "E20", "M10"],
        mentee=["E10", "M10", "M20", "M20"],
        kind=["pinned", "pinned", "forbidden", "pinned"],
    )
    with pytest.raises(CohortError) as caught:
        read_cohort(*people, relations=relations)
    found = [(item.row, item.column, item.value) for item in caught.value.items]
    assert found == [(0, "mentor", "M11"), (1, "", ""), (2, "", ""), (3, "mentee", "M20")]
    assert "'M10'" in caught.value.items[0].remedy


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("E1O", "E10"),
        ("e10", "E10"),
        ("E010", "E10"),
        ("E-10", "E10"),
        ("anne.smlth@example.org", "anne.smith@example.org"),
        ("ann.smith@example.org", "anne.smith@example.org"),
        ("E11", None),
        ("somebody.else@example.net", None),
    ],
)
def test_ids_that_look_like_a_slip_are_shown_with_the_nearest(
    written: str, meant: str | None
) -> None:
    mentees = table(id=["E10", "anne.smith@example.org"])
    mentors = table(id=["M1"], tutor=[written]).set_index(pd.Index([7]))
    notes = read_cohort(mentors, mentees).notes
    assert notes[0] == "tutor: 1 id of a person outside the cohort"
    expected = (
        [f"tutor: {written!r} in mentors row 7 is nobody's id; it looks like {meant!r}"]
        if meant
        else []
    )
    assert list(notes[1:]) == expected
    for hidden in ("tutor", "ID"):
        assert len(read_cohort(mentors, mentees, sensitive=[hidden]).notes) == 1


def test_at_most_twenty_slips_are_shown() -> None:
    ids = [f"E{number}" for number in range(100, 140)]
    mentors = table(id=["M1"], conflict=[";".join(id_.lower() for id_ in ids)])
    notes = read_cohort(mentors, table(id=ids)).notes
    assert notes[0] == "conflict: 40 ids of people outside the cohort"
    assert len(notes) == 21


def test_looking_for_slips_has_an_end() -> None:
    letters = "abcdefghijklmno"
    ids = [f"{a}{b}{c}son" for a in letters for b in letters for c in letters[:14]]
    unknown = [f"{id_}q" for id_ in ids[:200]]
    notes = read_cohort(table(id=["M1"], tutor=[";".join(unknown)]), table(id=ids)).notes
    assert notes[0] == "tutor: 200 ids of people outside the cohort"
    assert 1 < len(notes) <= 21
    assert notes[1] == ("tutor: 'aaasonq' in mentors row 0 is nobody's id; it looks like 'aaason'")


cells = st.lists(st.sampled_from([*IDS, "outside"]), max_size=3).map(";".join)
side = st.lists(st.tuples(st.sampled_from(IDS), cells), min_size=1, unique_by=lambda row: row[0])


@given(mentors=side, mentees=side)
def test_a_pair_is_related_when_either_person_names_the_other(
    mentors: list[tuple[str, str]], mentees: list[tuple[str, str]]
) -> None:
    columns = ["id", "supervisor"]
    cohort = read_cohort(
        pd.DataFrame(mentors, columns=columns), pd.DataFrame(mentees, columns=columns)
    )
    names = {(who, id_) for who, cell in mentors + mentees for id_ in cell.split(";")}
    expected = {
        (e, m) for e, _ in mentees for m, _ in mentors if (e, m) in names or (m, e) in names
    }
    assert id_pairs(cohort, "supervisor") == expected


@given(mentors=side, mentees=side, data=st.data())
def test_the_order_of_the_rows_changes_nothing(
    mentors: list[tuple[str, str]], mentees: list[tuple[str, str]], data: st.DataObject
) -> None:
    columns = ["id", "line_manager"]

    def read(order: bool) -> Cohort:
        tables = [
            data.draw(st.permutations(rows)) if order else rows for rows in (mentors, mentees)
        ]
        return read_cohort(*(pd.DataFrame(rows, columns=columns) for rows in tables))

    assert read(True).fingerprint == read(False).fingerprint
