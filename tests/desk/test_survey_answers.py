"""Answers in a coordinator's words → what a cohort has; what is unsure is a question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.calendars.availability import parse_availability
from rmmatch.cohort.cells import parse_whole_number
from rmmatch.cohort.forms import Form, FormQuestion
from rmmatch.cohort.side import STATUSES
from rmmatch.desk.survey.answers import questions_of_column, questions_of_grid
from rmmatch.desk.survey.grades import grade_levels, grade_scale, grade_spellings
from rmmatch.desk.survey.meanings import FIXED_FIELDS, Meaning, meaning

SURE = {
    "role": {
        "Mentor (resident doctor or Band 5–7)": "mentor",
        "Mentee (senior leader)": "mentee",
        "I would like to be a mentor": "mentor",
        "I'd like a mentor": "mentee",
        "I want to be mentored": "mentee",
        "I want to mentor a colleague": "mentor",
        "Being a reverse mentor": "mentor",
        "mentors": "mentor",
        "Both": "both",
        "A mentor and a mentee": "both",
    },
    "attended_training": {
        "Yes, I attended": "yes",
        "Yes - online": "yes",
        "x": "yes",
        "✓": "yes",
        "I have attended": "yes",
        "Not yet": "no",
        "No, booked": "no",
        "I have not attended": "no",
    },
    "status": {
        "waitlist": "reserve",
        "On the waiting list": "reserve",
        "withdrew": "withdrawn",
        "Confirmed": "applicant",
    },
    "capacity": {
        "one": "1",
        "Two mentees": "2",
        "Up to 2": "2",
        "no more than 2": "2",
        "I'm willing to take on two mentees.": "2",
        "none": "0",
    },
}
UNSURE = {
    "role": {"Mentor or mentee": "both", "Either": "both"},
    "attended_training": {
        "Booked for 12/01": "no",
        "Yes (booked)": "no",
        "Yes, but only half": "no",
        "Partly": "no",
    },
    "status": {"pending": "reserve"},
    "capacity": {
        "Two or three": "2",
        "1-2": "1",
        "1–2": "1",
        "3 or more": "3",
        "2+": "2",
        "No preference": "1",
        "1 (maybe 2)": "1",
        "2.5": "2",
    },
    "availability": {
        "Flexible": "weekdays 09:00-17:00",
        "I'm flexible": "weekdays 09:00-17:00",
        "Mornings": "weekdays 09:00-12:30",
    },
}


def flat(table: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(field, *item) for field, answers in table.items() for item in answers.items()]


@pytest.mark.parametrize(("field", "answer", "value"), flat(SURE))
def test_unmistakable_answers_are_sure(field: str, answer: str, value: str) -> None:
    assert meaning(field, answer) == Meaning(value)


@pytest.mark.parametrize(("field", "answer", "value"), flat(UNSURE))
def test_other_answers_have_a_cautious_value(field: str, answer: str, value: str) -> None:
    entry = meaning(field, answer)
    assert entry is not None
    assert (entry.value, entry.is_sure) == (value, False)


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("role", "Neither"),
        ("role", "I do not want to be a mentor"),
        ("role", "Volunteer"),
        ("capacity", "lots"),
        ("capacity", "-1"),
        ("availability", "Mon 09:00-12:00"),
    ],
)
def test_what_may_mean_anything_has_no_value(field: str, answer: str) -> None:
    assert meaning(field, answer) is None


@given(st.sampled_from(sorted(FIXED_FIELDS)), st.text(max_size=20))
def test_every_value_that_is_proposed_can_be_read(field: str, answer: str) -> None:
    entry = meaning(field, answer)
    for value in (entry.value, entry.second or entry.value) if entry else ():
        if field == "role":
            assert value in ("mentor", "mentee", "both")
        elif field == "attended_training":
            assert value in ("yes", "no")
        elif field == "status":
            assert value in STATUSES
        elif field == "availability":
            assert parse_availability(value)
        else:
            parse_whole_number(value)


def only_question(result: tuple[dict[str, Any], list[FormQuestion]]) -> FormQuestion:
    (question,) = result[1]
    return question


def test_one_question_for_all_unsure_answers_of_a_column() -> None:
    cells = ["No preference", "1-2", "3 or more", "Up to 2", "1", "1-2"]
    change, questions = questions_of_column("capacity", "How many would you take?", cells)
    assert change == {"answers": {"Up to 2": "2"}}
    (question,) = questions
    assert question.about == "capacity"
    assert "'1-2' (2 cells), '3 or more' (1 cell), 'No preference' (1 cell)" in question.ask
    fewest, most = (answer.change["fields"]["capacity"] for answer in question.answers[:2])
    assert fewest == {"answers": {"1-2": "1", "3 or more": "3", "No preference": "1"}}
    assert most == {"answers": {"1-2": "2", "3 or more": "3", "No preference": "2"}}


def test_what_the_reader_knows_itself_needs_no_answers() -> None:
    for field, cells in {
        "role": ["mentor", "Mentee", "BOTH"],
        "attended_training": ["Yes ", "no", "TRUE", "1"],
        "status": ["applicant", "Reserve"],
        "capacity": ["1", "2.0", "n/a"],
        "availability": ["Mon 09:00-12:00; Wed pm"],
    }.items():
        change, questions = questions_of_column(field, field, cells)
        assert change == {}
        assert questions == []


def test_sure_answers_stand_in_a_form() -> None:
    cells = ["Mentor (junior)", "Both", "Mentee (senior)"]
    change, questions = questions_of_column("role", "I am", cells)
    form = Form.from_dict({"fields": {"role": {"from": "I am", **change}}})
    assert form.fields["role"].answers == {"Mentor (junior)": "mentor", "Mentee (senior)": "mentee"}
    assert questions == []


def test_a_grid_of_days_and_times() -> None:
    columns = [["Available", "Maybe"], ["Not available", "Maybe"], [None, "Available"]]
    change, questions = questions_of_grid("availability", "{day} [{time}]", columns)
    assert change == {"answers": {"Available": "free", "Not available": "busy"}}
    assert questions[0].answers[0].change == {
        "fields": {"availability": {"answers": {"Maybe": "busy"}}}
    }


def test_a_column_a_day_with_times_in_its_cells() -> None:
    columns = [["Morning, Evening", "9-11"], ["Not available", "Lunch"]]
    change, questions = questions_of_grid("availability", "{day}", columns, has_times=False)
    assert change == {"cells": "times", "answers": {"Not available": "busy"}}
    answers = questions[0].answers[0].change["fields"]["availability"]["answers"]
    assert [*answers] == ["Lunch"]  # morning and evening are read as they stand
    assert all(parse_availability(f"Mon {times}") for times in answers.values())


def test_words_for_times_in_a_list_at_commas() -> None:
    cells = ["Mon am, Tue pm", "Flexible, Wed am", "Mon am"]
    (question,) = questions_of_column("availability", "Times", cells)[1]
    assert question.answers[0].change["fields"]["availability"] == {
        "answers": {"Flexible": "weekdays 09:00-17:00"},
        "separator": ",",
    }
    cells = ["Mon 9-11, 14-16", "Flexible"]
    (question,) = questions_of_column("availability", "Times", cells)[1]
    assert "separator" not in question.answers[0].change["fields"]["availability"]


def test_people_and_identities_are_not_asked_cell_by_cell() -> None:
    for field in ("line_manager", "declined", "preferences", "id", "name", "email"):
        assert questions_of_column(field, field, ["A, B", "A", "B"]) == ({}, [])


# Grades ---------------------------------------------------------------------------------------


def test_grades_of_a_hospital_in_order() -> None:
    ordered, spellings, unknown = grade_scale(
        ["Consultant", "FY2", "Foundation Year 1", "FY1", "F2", "ST7", "GP ST2", "CT2", "Wizard"]
    )
    assert ordered == ("FY1", "FY2", "CT2", "GP ST2", "ST7", "Consultant")
    assert spellings == {"FY1": ("Foundation Year 1",), "FY2": ("F2",)}
    assert unknown == ("Wizard",)


@pytest.mark.parametrize(
    "low_to_high",
    [
        ["AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"],
        [
            "Band 2",
            "Band 3",
            "B4",
            "AfC Band 5",
            "Nurse Band 6",
            "Band 7",
            "8a",
            "Band 8b",
            "Band 8d",
        ],
        ["F1", "F2", "ST1", "IMT2", "ST3", "ST4", "Specialty Registrar (ST6)", "ST8", "Consultant"],
        ["PhD student", "Postdoc", "Lecturer", "Senior Lecturer", "Reader", "Professor"],
    ],
)
def test_scales_are_put_in_order(low_to_high: list[str]) -> None:
    assert grade_scale(reversed(low_to_high)) == (tuple(low_to_high), {}, ())


def test_grades_of_one_level_share_it() -> None:
    levels = grade_levels(["ST3", "IMT3", "FY1"])
    assert levels == {"FY1": 1, "IMT3": 2, "ST3": 2}


@pytest.mark.parametrize(
    "value", ["ST3-5", "ST4+", "Band 5 or 6", "Bands 5–7", "F1/F2", "FY3", "7"]
)
def test_what_is_no_single_grade_is_unknown(value: str) -> None:
    assert grade_scale([value]) == ((), {}, (value,))


@given(
    st.sets(
        st.sampled_from(
            [f"{stem}{n}" for stem in ("ST", "CT", "FY", "Band ", "G") for n in range(1, 10)]
        )
    )
)
def test_grades_with_different_numbers_are_never_one(values: set[str]) -> None:
    assert grade_spellings(sorted(values)) == {}


def test_spellings_of_grades_are_a_question() -> None:
    cells = ["FY1", "Foundation Year 1", "ST3", "ST4", "ST3"]
    question = only_question(questions_of_column("grade", "Grade", cells))
    assert question.answers[0].change == {
        "fields": {"grade": {"spellings": {"FY1": ["Foundation Year 1"]}}}
    }
    assert question.answers[1].change == {}
