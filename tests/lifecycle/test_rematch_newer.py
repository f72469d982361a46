"""Pairing again with newer tables changes only what must change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm

SCHEME = rm.Scheme.from_dict(
    {
        "criteria": [{"type": "goals", "weight": 1}],
        "rules": [{"type": "relations", "forbid": ["tutor", "conflict"]}],
    }
)
GOALS = ["teaching", "research", "teaching; research", "wellbeing"]


def cohort_of(rows: dict[str, dict[str, object]]) -> rm.Cohort:
    mentors, mentees = (
        [{"id": id_, "tutor": None, **row} for id_, row in rows.items() if id_[0] == letter]
        for letter in "ME"
    )
    return rm.read_cohort(mentors, mentees)


PEOPLE = {
    f"{letter}{place}": {"name": f"Name {letter}{place}", "goals": GOALS[place % 4]}
    for letter in "ME"
    for place in range(5)
}


@st.composite
def changed_people(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    rows = {id_: dict(row) for id_, row in PEOPLE.items()}
    for id_ in draw(st.lists(st.sampled_from(sorted(rows)), unique=True, max_size=4)):
        rows[id_]["goals"] = draw(st.sampled_from(GOALS))
    for id_ in draw(st.lists(st.sampled_from(sorted(rows)), unique=True, max_size=2)):
        rows[id_]["status"] = "withdrawn"
    for id_ in draw(st.lists(st.sampled_from(sorted(rows)), unique=True, max_size=2)):
        rows[id_]["tutor"] = f"{'EM'[id_[0] == 'E']}{draw(st.integers(0, 4))}"
    for place in range(draw(st.integers(0, 2))):
        rows[f"E{5 + place}"] = {"name": f"New {place}", "goals": draw(st.sampled_from(GOALS))}
        rows[f"M{5 + place}"] = {"name": f"Newer {place}", "goals": "research"}
    return rows


@settings(max_examples=30)
@given(changed_people())
def test_only_what_must_change_changes(rows: dict[str, dict[str, object]]) -> None:
    result = rm.match(cohort_of(PEOPLE), SCHEME)
    newer = cohort_of(rows)
    again = rm.rematch(result, newer=newer)
    withdrawn = {id_ for id_, row in rows.items() if row.get("status") == "withdrawn"}
    tutors = {(id_, row["tutor"]) for id_, row in rows.items() if row.get("tutor")}
    tutors |= {pair[::-1] for pair in tutors}
    for pair in result.made:
        must_end = bool({*pair} & withdrawn) or pair in tutors
        assert (pair in again.ended) is must_end
    assert {id_ for _, id_ in again.withdrawn} == withdrawn
    assert {id_ for _, id_ in again.joined} == set(rows) - set(PEOPLE)
    assert rm.check(again.result) == []
    # what changed counts: the new result is of the newer people
    positions = again.result.cohort.mentees.position
    assert [
        again.result.cohort.mentees.columns["goals"][positions[id_]] for id_ in newer.mentees.ids
    ] == newer.mentees.columns["goals"].tolist()


def test_tables_that_say_the_same_change_nothing() -> None:
    result = rm.match(cohort_of(PEOPLE), SCHEME)
    again = rm.rematch(result, newer=cohort_of(PEOPLE))
    assert again.n_changed == 0
    assert set(again.result.made) == set(result.made)


def test_somebody_who_is_nowhere_is_asked_for() -> None:
    result = rm.match(cohort_of(PEOPLE), SCHEME)
    rows = {id_: row for id_, row in PEOPLE.items() if id_ != "E2"}
    with pytest.raises(rm.CohortError, match=r"Name E2 \(E2\).*status withdrawn"):
        rm.rematch(result, newer=cohort_of(rows))


def test_who_withdrew_during_the_run_stays_withdrawn() -> None:
    """Their answer is still in the export: that is no return."""
    result = rm.match(cohort_of(PEOPLE), SCHEME)
    gone = rm.rematch(result, withdrawn=["E2"]).result
    again = rm.rematch(gone, newer=cohort_of(PEOPLE)).result
    assert "E2" not in dict(again.made)
    assert again.cohort.mentees.status[again.cohort.mentees.position["E2"]] == "withdrawn"


def test_relations_that_the_newer_tables_lack_are_asked_for() -> None:
    links = [{"mentor": "M1", "mentee": "E1", "kind": "conflict"}]
    mentors, mentees = ([{"id": f"{letter}{place}"} for place in (1, 2)] for letter in "ME")
    scheme = SCHEME.model_copy(update={"criteria": ()})
    result = rm.match(rm.read_cohort(mentors, mentees, relations=links), scheme)
    with pytest.raises(rm.CohortError) as caught:
        rm.rematch(result, newer=rm.read_cohort(mentors, mentees))
    assert [item.code for item in caught.value.items] == ["missing_relations"]
    again = rm.rematch(result, newer=rm.read_cohort(mentors, mentees, relations=links))
    assert again.n_changed == 0


def test_more_may_join_and_leave_than_the_tables_say() -> None:
    result = rm.match(cohort_of(PEOPLE), SCHEME)
    again = rm.rematch(
        result,
        newer=cohort_of(PEOPLE),
        withdrawn=["M1"],
        joined=[{"id": "M9", "role": "mentor", "goals": "research"}],
    )
    assert again.withdrawn == (("mentor", "M1"),)
    assert again.joined == (("mentor", "M9"),)
    assert "M9" in dict(map(reversed, again.result.made))


def test_whom_the_newer_tables_settle_the_new_run_remembers(tmp_path) -> None:
    scheme = SCHEME.model_copy(update={"criteria": ()})
    mentors = [{"id": "M1", "tutor": None}, {"id": "M2", "tutor": None}]
    result = rm.match(rm.read_cohort(mentors, [{"id": "E1"}]), scheme)
    tables = mentors, [{"id": "E1", "tutor": "Prof Q"}]
    with pytest.raises(rm.SchemeError, match="Prof Q"):
        rm.rematch(result, newer=rm.read_cohort(*tables))
    newer = rm.read_cohort(*tables, people={"Prof Q": "outside"})
    again = rm.rematch(result, newer=newer).result
    assert again.scheme.people == {"Prof Q": "outside"}
    again.save(tmp_path / "run.json")
    cohort = rm.read_cohort(*tables, scheme=rm.load_result(tmp_path / "run.json").scheme)
    assert rm.check(rm.load_result(tmp_path / "run.json", cohort)) == []
