"""Relations: who is meant by the texts in cells, and what becomes of those of nobody."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort import Cohort, read_cohort
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.identities.doubts import Doubt
from rmmatch.errors import CohortError, Problem, SchemeError

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
        table(id=["A", "B"], line_manager=["X9; B", None]),
        table(id=["A", "C"], line_manager=["Y8;x9", "A"]),
    )
    assert cohort.managers == {"A": ("Y8", "x9", "B"), "C": ("A",)}
    # B manages A, who is a mentee too; A manages C, and is a mentor.
    assert id_pairs(cohort, "line_manager") == {("A", "B"), ("C", "A")}
    assert cohort.notes == ("line_manager: 2 names or ids match nobody taking part: Y8, x9",)


def test_preferences_are_positions_on_the_other_side_best_first() -> None:
    cohort = read_cohort(
        table(id=["M1", "M2", "M3"]),
        table(id=["E1", "E2", "E3"], preferences=["M3;M1; M3", None, "E1;X9;M2"]),
    )
    assert [row.tolist() for row in map(cohort.mentees.preferences.__getitem__, range(3))] == [
        [2, 0],
        [],
        [1],
    ]
    assert len(cohort.mentors.preferences) == 3
    assert cohort.notes == (
        "preferences: 1 name or id matches nobody taking part: X9",
        "preferences: 1 person listed somebody on their own side: this has no effect",
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
    assert cohort.notes == ("conflict: 1 name or id matches nobody taking part: M9",)
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


TUTORED = rm.Scheme.from_text("rules: [{type: relations, forbid: [tutor]}]")


def refused(cohort: Cohort, scheme: rm.Scheme) -> tuple[Problem, ...]:
    with pytest.raises(SchemeError) as caught:
        rm.score(cohort, scheme)
    return caught.value.items


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("E1O", "E10"),
        ("E010", "E10"),
        ("E-10", "E10"),
        ("anne.smlth@example.org", "anne.smith@example.org"),
        ("ann.smith@example.org", "anne.smith@example.org"),
    ],
)
def test_ids_that_look_like_a_slip_are_refused_with_whom_they_may_mean(
    written: str, meant: str
) -> None:
    mentees = table(id=["E10", "anne.smith@example.org"])
    mentors = table(id=["M1"], tutor=[written]).set_index(pd.Index([7]))
    cohort = read_cohort(mentors, mentees)
    assert cohort.doubts == (Doubt("tutor", written, "nearly", (meant,), (("mentors", 7),)),)
    assert cohort.notes == ()
    assert id_pairs(cohort, "tutor") == set()
    [problem] = refused(cohort, TUTORED)
    assert (problem.file, problem.row, problem.column) == ("mentors", 7, "tutor")
    assert (problem.value, problem.code) == (written, "nearly_a_person")
    assert problem.reason.endswith(meant)
    for answer, pairs in ((meant, {(meant, "M1")}), ("outside", set())):
        assert f'people: {{"{written}": {answer}}}' in problem.remedy
        settled = read_cohort(mentors, mentees, people={written: answer})
        assert settled.doubts == ()
        assert id_pairs(settled, "tutor") == pairs
        assert set(rm.match(settled, TUTORED).made).isdisjoint(pairs)


@pytest.mark.parametrize("hidden", ["tutor", "ID"])
@pytest.mark.parametrize("text", ["E1O", "Petra Holm", "anne.smlth@example.org"])
def test_what_leads_to_nobody_is_not_shown_where_it_is_sensitive(hidden: str, text: str) -> None:
    mentees = table(id=["E10", "anne.smith@example.org"])
    cohort = read_cohort(table(id=["M1"], tutor=[text]), mentees, sensitive=[hidden])
    assert len(cohort.doubts) == 1
    [problem] = refused(cohort, TUTORED)
    assert problem.value == "(hidden)"
    assert (problem.row, problem.column) == (0, "tutor")
    for shown in (repr(problem), str(problem), *rm.Scheme().remarks(cohort), *cohort.notes):
        assert text not in shown
        assert "E10" not in shown
        assert "anne" not in shown


@pytest.mark.parametrize("written", ["e10", " E10 ", "Ｅ10", "E1\u200b0"])
def test_spellings_with_one_fold_are_one_id(written: str) -> None:
    cohort = read_cohort(table(id=["M1"], tutor=[written]), table(id=["E10"]))
    assert id_pairs(cohort, "tutor") == {("E10", "M1")}
    assert (cohort.notes, cohort.doubts) == ((), ())


def test_a_plain_id_of_nobody_is_outside_and_refuses_nothing() -> None:
    cohort = read_cohort(table(id=["M1", "M2"], tutor=["E11; X9", "x9"]), table(id=["E10"]))
    assert cohort.doubts == ()
    assert cohort.notes == ("tutor: 2 names or ids match nobody taking part: E11, X9",)
    assert len(rm.match(cohort, TUTORED).made) == 1


def test_a_name_or_an_address_of_nobody_is_refused_until_it_is_settled() -> None:
    texts = ["somebody.else@example.net", "Petra Holm"]
    tables = table(id=["M1", "M2"], tutor=[";".join(texts), texts[1]]), table(id=["E10"])
    cohort = read_cohort(*tables)
    rows = (("mentors", 0),), (("mentors", 0), ("mentors", 1))
    assert cohort.doubts == tuple(
        Doubt("tutor", text, "nobody", (), places) for text, places in zip(texts, rows, strict=True)
    )
    assert cohort.notes == ()
    found = [(item.row, item.value, item.code) for item in refused(cohort, TUTORED)]
    assert found == [(0, texts[0], "unknown_name"), ("0-1", texts[1], "unknown_name")]
    # A scheme that does not use the list refuses nothing, and says who they are.
    note = "tutor: 2 names match nobody taking part for certain"
    listed = f"{note}: {', '.join(map(repr, texts))}"
    assert listed in rm.validate(cohort, rm.Scheme())
    for hidden in ("tutor", "name"):
        assert note in rm.validate(cohort, rm.Scheme(sensitive=[hidden]))
    for people in (dict.fromkeys(texts, "outside"), {"others": "outside"}):
        scheme = TUTORED.model_copy(update={"people": people})
        assert len(rm.match(read_cohort(*tables, scheme=scheme), scheme).made) == 1


@pytest.mark.parametrize("kind", ["declined", "conflict", "forbidden"])
def test_lists_that_protect_somebody_are_always_read(kind: str) -> None:
    links = table(mentee=["E1O"], mentor=["M1"], kind=[kind])
    cohort = read_cohort(table(id=["M1"]), table(id=["E10"]), relations=links)
    [problem] = refused(cohort, rm.Scheme())
    assert (problem.file, problem.row, problem.column) == ("relations", 0, kind)
    assert (problem.value, problem.code) == ("E1O", "nearly_a_person")


def test_more_than_twenty_slips_are_one_problem_that_lists_them_all() -> None:
    ids = [f"E{number}" for number in range(100, 140)]
    for count in (20, 21, 40):
        slips = [id_.replace("E", "E-") for id_ in ids[:count]]
        cohort = read_cohort(table(id=["M1"], conflict=[";".join(slips)]), table(id=ids))
        assert [(doubt.text, *doubt.people) for doubt in cohort.doubts] == [
            *zip(slips, ids, strict=False)
        ]
        problems = refused(cohort, rm.Scheme())
        assert len(problems) == (20 if count == 20 else 1)
        told = "\n".join(map(str, problems))
        assert [slip for slip in slips if f"'{slip}'" not in told] == []
        assert [id_ for id_ in ids[:count] if not re.search(rf"\b{id_}\b", told)] == []
        if count > 20:
            assert problems[0].code == "ambiguous_person"
            assert problems[0].reason.startswith(f"{count} names match several people")


def test_every_slip_is_found_among_thousands_of_people() -> None:
    letters = "abcdefghijklmno"
    ids = [f"{a}{b}{c}son" for a in letters for b in letters for c in letters[:14]]
    slips = {f"{id_}q": id_ for id_ in ids[::3]}
    half = len(slips) // 2  # of a thousand answers in a cell, none is read
    tutors = [";".join([*slips][:half]), ";".join([*slips][half:])]
    cohort = read_cohort(table(id=["M1", "M2"], tutor=tutors), table(id=ids))
    assert {doubt.text: doubt.people for doubt in cohort.doubts} == {
        slip: (id_,) for slip, id_ in slips.items()
    }
    assert {doubt.why for doubt in cohort.doubts} == {"nearly"}
    assert cohort.notes == ()
    [problem] = refused(cohort, TUTORED)
    assert problem.reason.startswith(f"{len(slips):,} names")
    assert "'aaasonq' (aaason)" in problem.reason


cells = st.lists(st.sampled_from([*IDS, "outside"]), max_size=3).map(";".join)
side = st.lists(st.tuples(st.sampled_from(IDS), cells), min_size=1, unique_by=lambda row: row[0])


@given(mentors=side, mentees=side)
def test_a_pair_is_related_when_either_person_names_the_other(
    mentors: list[tuple[str, str]], mentees: list[tuple[str, str]]
) -> None:
    assume(sorted(mentors) != sorted(mentees))  # which is one list given twice
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
    assume(sorted(mentors) != sorted(mentees))
    columns = ["id", "line_manager"]

    def read(order: bool) -> Cohort:
        tables = [
            data.draw(st.permutations(rows)) if order else rows for rows in (mentors, mentees)
        ]
        return read_cohort(*(pd.DataFrame(rows, columns=columns) for rows in tables))

    assert read(True).fingerprint == read(False).fingerprint
