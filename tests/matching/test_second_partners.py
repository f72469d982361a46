"""Sentences where people share a partner, or places are far too few."""

from __future__ import annotations

from typing import Any

import pytest

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme

PAIRS_FIRST = ["pairs", "priority", "total"]
SCORES = {("E0", "M0"): 1.0, ("E1", "M0"): 1.0, ("E0", "M1"): 0.1, ("E1", "M1"): 0.2}


def shared(*, objective: list[str] = PAIRS_FIRST, pin: Any = (), **m0: Any) -> tuple[str, ...]:
    """The notes on a run in which M0 has two mentees, and M1 none."""
    mentees = [person("E0", name="Ann Lee"), person("E1")]
    mentors = [person("M0", capacity=2, **m0), person("M1", name="Bo Ito")]
    rules = [{"type": "pairs", "pin": [*pin]}] if pin else []
    scheme = table_scheme(SCORES, rules=rules, objective=objective)
    return rm.match(cohort_of(mentees, mentors), scheme).notes


def test_somebody_has_two_partners_and_a_suitable_applicant_has_none() -> None:
    assert shared() == (
        "Bo Ito (M1) has no mentee, although Ann Lee (E0) is suitable and M0 has 2 mentees. To "
        "give everyone a first partner before anyone has a second, put `participation` first in "
        "the objective.",
    )


def test_by_default_nobody_waits_while_others_share() -> None:
    assert shared(objective=["participation", *PAIRS_FIRST]) == ()


def test_who_cannot_be_given_away_is_not_named() -> None:
    (note,) = shared(pin=[["E0", "M0"]])
    assert "E1 is suitable" in note
    assert shared(pin=[["E0", "M0"], ["E1", "M0"]]) == ()
    assert shared(min_load=2) == ()


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    cohort = cohort_of(people("E", 2), [person("M0", capacity=2), *people("N", 6)])
    scores = {("E0", "M0"): 1.0, ("E1", "M0"): 1.0}
    scheme = table_scheme(scores, objective=["pairs", "total"])
    notes = [note for note in rm.match(cohort, scheme).notes if "although" in note]
    assert len(notes) == 1
    assert notes[0].count("although") == 3
    assert "The same is true of 3 more mentors." in notes[0]


def test_a_reserve_may_wait() -> None:
    mentors = [person("M0", capacity=2), person("M1", status="reserve")]
    scheme = table_scheme(SCORES, objective=PAIRS_FIRST)
    assert rm.match(cohort_of(people("E", 2), mentors), scheme).notes == ()


def test_places_are_far_too_few() -> None:
    scheme = table_scheme({})
    assert tuple(scheme.remarks(cohort_of(people("E", 40), people("M", 12)))) == (
        "There are 40 mentees and only 12 places with mentors: at least 28 mentees will have no "
        "mentor. If mentors can take more, enter it in the column `capacity`, or write `capacity: "
        "{mentors: 2}` in the scheme for those who left it empty.",
    )


@pytest.mark.parametrize(
    ("count", "capacity", "is_told"), [(2, 1, True), (3, 1, False), (1, 2, True), (1, 3, False)]
)
def test_half_without_a_place_is_far_too_few(count: int, capacity: int, is_told: bool) -> None:
    """A withdrawn mentor has no place, and a reserve has."""
    mentors = [*people("M", count - 1, capacity=capacity), person("R", status="reserve")]
    mentors[-1]["capacity"] = capacity
    mentors.append(person("W", status="withdrawn", capacity=9))
    remarks = list(table_scheme({}).remarks(cohort_of(people("E", 4), mentors)))
    assert any("only" in remark and "with mentors" in remark for remark in remarks) is is_told
