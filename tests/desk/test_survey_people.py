"""People in an export: names in lists, people with several rows, dates; the order of questions."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.data import sample
from rmmatch.cohort.answer_times import time_header
from rmmatch.cohort.forms import Form, FormAnswer, FormQuestion
from rmmatch.cohort.reading import read_cohort
from rmmatch.cohort.tables import RawTable, read_table
from rmmatch.desk.survey.cells.column_questions import questions_of_column, questions_of_grid
from rmmatch.desk.survey.cells.grades import grade_scale
from rmmatch.desk.survey.importance import importance, most_important_first
from rmmatch.desk.survey.people.people_names import (
    PeopleCells,
    directory_of,
    question_of_spaces,
    questions_of_people,
)
from rmmatch.desk.survey.people.people_of_form import people_questions_of_form
from rmmatch.desk.survey.people.repeats import (
    question_of_dates,
    question_of_repeats,
    repeated_people,
)
from rmmatch.scheme import Scheme

IDS = ["M1", "M2", "E1", "E2"]
NAMES = ["Amara Okafor", "Adaeze Okafor", "Helen Marsh", "Bo Lind"]
ROLES = ["mentor", "mentor", "mentee", "mentee"]
DIRECTORY = directory_of(IDS, NAMES, [f"{id_.lower()}@x.example" for id_ in IDS], ROLES)


def asked(*cells: str | None, field: str = "line_manager") -> list[FormQuestion]:
    return questions_of_people([PeopleCells(field, cells)], DIRECTORY)


def test_names_that_fit_one_person_need_no_question() -> None:
    assert asked("Helen Marsh", "MARSH, Helen", "m1@x.example", "E2; M2", "none", None, "T99") == []


def test_each_unsure_name_is_a_question_with_whom_it_may_mean() -> None:
    questions = asked("A. Okafor", "A. Okafor", "H Marsh")
    assert [question.ask for question in questions] == [
        "Whom does 'A. Okafor' mean, under line_manager in 2 cells?",
        "Whom does 'H Marsh' mean, under line_manager in 1 cell?",
    ]
    changes = [answer.change["people"]["A. Okafor"] for answer in questions[0].answers]
    assert changes == ["M1", "M2", "outside"]


def test_all_who_are_outside_are_one_question() -> None:
    (question,) = asked("Dr X Quill", "Prof P Vale", "X. Quill", "Helen Marsh")
    assert question.ask.startswith("3 names match nobody taking part: 'Dr X Quill'")
    assert question.evidence == "line_manager: 4 names: 1 recognised, 3 of nobody taking part"
    listed, each, by_hand = (answer.change for answer in question.answers)
    assert list(listed["people"]) == ["others"]
    assert set(each["people"].values()) == {"outside"}
    assert by_hand == {}


def test_a_question_that_feeds_two_lists_is_counted_once() -> None:
    cells = ["A. Okafor", "A. Okafor", "Helen Marsh", "Dr Quill"]
    columns = [PeopleCells(field, cells) for field in ("line_manager", "supervisor")]
    question, strangers = questions_of_people(columns, DIRECTORY)
    assert (
        question.ask == "Whom does 'A. Okafor' mean, under line_manager and supervisor in 2 cells?"
    )
    assert question.evidence == "nobody has exactly this name"
    counts = "3 names: 1 recognised, 1 to choose, 1 of nobody taking part"
    assert strangers.evidence == f"line_manager: {counts}"


def test_wishes_for_people_outside_are_not_asked() -> None:
    assert asked("Dr X Quill", field="preferences") == []
    assert len(asked("A. Okafor", field="preferences")) == 1


def test_many_unsure_names_are_one_question() -> None:
    names = [f"Sam{chr(97 + n)} Stone" for n in range(26)]
    ids = [f"P{n}" for n in range(26)]
    people = directory_of(ids, names)
    texts = [f"S. Stone {chr(97 + n)}" for n in range(22)]
    cells = [f"{name.split()[0]}x Stone" for name in names]
    questions = questions_of_people([PeopleCells("tutor", [*cells, *texts])], people)
    assert len(questions) <= 2
    assert "can you ask for their e-mail addresses?" in questions[0].ask
    assert questions[0].answers[0].change == {}  # the reader goes on refusing them


def test_names_of_a_sensitive_list_are_in_no_question() -> None:
    cells = PeopleCells("conflict", ["A. Okafor", "Dr X Quill"])
    assert questions_of_people([cells], DIRECTORY, sensitive=["conflict"]) == []
    assert questions_of_people([cells], DIRECTORY, sensitive=["name"]) == []


@given(st.lists(st.sampled_from(["A. Okafor", "Dr X Quill", "Hellen Marsh", "Vale, Imogen"])))
def test_the_answers_settle_what_the_reader_asks(cells: list[str]) -> None:
    """After the first answer to every question the scheme has no problem with the lists."""
    form = Form.from_dict({"undecided": [q.model_dump() for q in asked(*cells)]})
    while form.undecided:
        form.accept(1)
    mentors = [{"id": id_, "name": name} for id_, name in zip(IDS[:2], NAMES[:2], strict=True)]
    mentees = [{"id": id_, "name": name} for id_, name in zip(IDS[2:], NAMES[2:], strict=True)]
    mentees += [
        {"id": f"X{n}", "name": f"Y{n}y Z{n}z", "line_manager": cell}
        for n, cell in enumerate(cells)
    ]
    scheme = Scheme.from_dict(
        {
            "version": 1,
            "people": form.people,
            "rules": [{"type": "relations", "forbid": ["line_manager"]}],
        }
    )
    cohort = read_cohort(mentors, mentees, scheme=scheme)
    assert [problem.text for problem in scheme.problems(cohort)] == []


def table_of(columns: dict[str, list[str | None]]) -> RawTable:
    cells = tuple(np.array(column, dtype=object) for column in columns.values())
    return RawTable("export", "", tuple(columns), cells, list(range(2, 2 + len(cells[0]))))


def test_the_people_of_a_form_are_looked_up_by_its_fields() -> None:
    table = table_of(
        {
            "Email": ["a@x.example", "b@x.example", "c@x.example"],
            "First": ["Amara", "Adaeze", "Bo"],
            "Last": ["Okafor", "Okafor", "Lind"],
            "I am": ["Mentor (a)", "Mentor (a)", "Mentee (b)"],
            "Manager": [None, None, "A Okafor"],
            "Not with": [None, None, "Okafor"],
        }
    )
    fields = {
        "id": "Email",
        "name": ["First", "Last"],
        "role": {"from": "I am", "answers": {"Mentor (a)": "mentor", "Mentee (b)": "mentee"}},
        "line_manager": "Manager",
        "declined": "Not with",
    }
    form = Form.from_dict({"fields": fields})
    questions = people_questions_of_form(form, [(table, None)])
    assert [question.about for question in questions] == ["line_manager", "declined"]
    ids = [answer.change["people"]["A Okafor"] for answer in questions[0].answers]
    assert ids == ["a@x.example", "b@x.example", "outside"]
    assert (
        people_questions_of_form(
            Form.from_dict({"sensitive": ["name"], "fields": fields}), [(table, None)]
        )
        == []
    )


def test_ids_with_spaces_between_them_are_a_question_of_their_table() -> None:
    mentors = table_of({"ID": ["101", "102"]})
    mentees = table_of({"ID": ["201", "202", "203"], "Wish": ["101 102", "102,  ", "101"]})
    data = {"fields": {"id": "ID"}, "tables": {"mentees": {"fields": {"preferences": "Wish"}}}}
    form = Form.from_dict(data)
    (question,) = people_questions_of_form(form, [(mentors, "mentor"), (mentees, "mentee")])
    assert "split at spaces?" in question.ask
    form = Form.from_dict({**data, "undecided": [question.model_dump()]}).accept(1)
    assert form.table("mentee").fields["preferences"].separator == " "


def test_spaces_within_names_never_part_them() -> None:
    assert question_of_spaces("declined", ["M1 M2", "Helen Marsh"], DIRECTORY) is None
    assert question_of_spaces("declined", ["M1; M2", "E1, M2", "E2"], DIRECTORY) is None


# Several rows ---------------------------------------------------------------------------------

COLUMNS: dict[str, list[str | None]] = {
    "Completion time": ["2026-10-01 09:00", "2026-10-02 10:00", "2026-10-03 12:00"],
    "Goals": ["Data", "Data", "Exams"],
    "Grade": ["ST3", "ST4", "ST5"],
}


def test_who_answered_twice_is_asked_about_with_the_rows() -> None:
    people = repeated_people(["1", "2", "3"], emails=["a@x.example", "b@x.example", "A@X.example"])
    question = question_of_repeats(people, [2, 3, 4], COLUMNS, names=["Ann Lee", "Bo", "Ann Lee"])
    assert question is not None
    assert question.ask == (
        "1 person has several rows (Ann Lee: rows 2, 4): does the latest count, by "
        "'Completion time'?"
    )
    assert question.evidence == "their rows differ under 'Goals', 'Grade'"
    assert question.answers[0].change == {"repeated": {"keep": "latest", "by": "Completion time"}}


def test_a_row_an_answer_is_joined() -> None:
    columns = {"id": ["m1", "m1", "m2", "m2"], "Goals": ["A", "B", "A", "C"]}
    question = question_of_repeats(repeated_people(columns["id"]), [2, 3, 4, 5], columns)
    assert question is not None
    assert question.answers[0].change == {"repeated": "join"}


def test_one_address_with_two_names_is_not_one_person() -> None:
    emails = ["ward@x.example", "ward@x.example", "b@x.example"]
    assert repeated_people(["1", "2", "3"], ["Ann", "Bo", "Cy"], emails) == []
    assert repeated_people(["1", "2", "3"], ["Ann", "Ann", "Cy"], emails) == [[0, 1]]


def test_what_everybody_has_tells_nobody_apart() -> None:
    assert repeated_people(["anonymous"] * 3, emails=["a@x.example"] * 3) == []


@pytest.mark.parametrize(
    ("headers", "by"),
    [
        (["ID", "Start time", "Completion time", "Last modified time"], "Completion time"),
        (["Timestamp", "Name"], "Timestamp"),
        (["StartDate", "EndDate", "RecordedDate"], "EndDate"),
        (["Name", "When are you free?"], ""),
    ],
)
def test_the_time_of_an_answer(headers: list[str], by: str) -> None:
    assert time_header(headers) == by


@given(
    st.lists(st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 1, 1)), max_size=8),
    st.booleans(),
)
def test_the_order_of_day_and_month_is_sure_only_where_a_date_decides(
    dates: list[datetime.date], day_first: bool
) -> None:
    pattern = "%d/%m/%Y 08:31" if day_first else "%m/%d/%Y 08:31"
    change, question = question_of_dates("Timestamp", [date.strftime(pattern) for date in dates])
    if any(date.day > 12 for date in dates):
        assert change == {"dates": "day_first" if day_first else "month_first"}
        assert question is None
    else:
        assert change == {}
        assert (question is None) == all(date.day == date.month for date in dates)


def test_dates_that_contradict_each_other_are_asked() -> None:
    change, question = question_of_dates("Timestamp", ["25/6/2026", "6/25/2026"])
    assert change == {}
    assert question is not None
    assert question.evidence == "the day comes first in 1, the month in 1"


# Order ----------------------------------------------------------------------------------------


def test_questions_about_who_people_are_come_first_and_spellings_last() -> None:
    spelt = {"fields": {"grade": {"spellings": {"FY1": ["F1"]}}}}
    questions = [
        FormQuestion(about="grade", ask="?", answers=(FormAnswer(say="yes", change=spelt),)),
        *(FormQuestion(about=about, ask="?") for about in ("goals", "capacity", "tutor", "id")),
    ]
    ordered = [question.about for question in most_important_first(questions)]
    assert ordered == ["id", "tutor", "capacity", "goals", "grade"]
    assert importance(FormQuestion(about="role", ask="?")) == 2


# A real-looking export -------------------------------------------------------------------------


def export_of_41() -> RawTable:
    path = sample("mentormatch", "applications.xlsx").parents[2] / "cases/forms-export-1-41.xlsx"
    if not path.exists():
        pytest.skip(f"no such case: {path}")
    table = read_table(path, "export", known_headers=frozenset(), problems=[], notes=[])
    assert table is not None
    return table


def test_seven_questions_on_the_export_of_41_answers() -> None:
    table = export_of_41()
    headers = {
        header: column.tolist() for header, column in zip(table.header, table.columns, strict=True)
    }

    def header(words: str) -> str:
        return next(text for text in headers if words in text)

    fields = {
        "role": header("take part"),
        "grade": header("grade / band"),
        "speciality": header("speciality"),
        "workplace": header("site"),
        "goals": header("focus"),
        "attended_training": header("training session"),
        "capacity": header("How many partners"),
    }
    sure, questions = {}, []
    for field, name in fields.items():
        sure[field], of_column = questions_of_column(field, name, headers[name])
        questions += of_column
    grid = [cells for name, cells in headers.items() if name.endswith(("[am]", "[pm]"))]
    sure["availability"], of_grid = questions_of_grid("availability", "{day} [{time}]", grid)
    source: dict[str, object] = {
        name: {"from": fields[name], **sure[name]} for name in ("role", "goals", "capacity")
    }
    source |= {"id": "Email", "name": "Name", "email": "Email"}
    source |= {"line_manager": header("line manager"), "declined": header("NOT to be")}
    form = Form.from_dict({"fields": source})
    questions += [*of_grid, *people_questions_of_form(form, [(table, None)])]
    twice = repeated_people(headers["Email"], headers["Name"])
    repeats = question_of_repeats(twice, table.rows, headers, names=headers["Name"])
    assert repeats is not None
    questions.append(repeats)

    assert set(sure["role"]["answers"].values()) == {"mentor", "mentee"}
    assert sure["goals"] == {"separator": ";"}
    assert sure["availability"]["answers"] == {"Available": "free", "Not available": "busy"}
    assert [question.about for question in most_important_first(questions)] == [
        "id",
        "line_manager",
        "line_manager",
        "attended_training",
        "capacity",
        "availability",
        "grade",
    ]
    assert grade_scale(headers[fields["grade"]])[2] == ()


def timed(function: Callable[[], object]) -> None:
    """What a form proposes of 50,000 rows is quick, however different its cells."""
    import time

    start = time.process_time()
    function()
    assert time.process_time() - start < 5


def test_50_000_rows_are_quick() -> None:
    n_rows = 50_000
    choices = ["Digital, data and AI", "Teaching", "Exams (viva, OSCE)", "Leadership"]
    cells = [", ".join(c for i, c in enumerate(choices) if n >> i & 1) for n in range(n_rows)]
    timed(lambda: questions_of_column("goals", "Topics", cells))
    timed(
        lambda: questions_of_column("workplace", "Site", [f"Site {n} North" for n in range(n_rows)])
    )
    ids = [f"p{n}@x.example" for n in range(n_rows)]
    letters = "abcdefghij"
    names = [
        f"{letters[n % 10]}mara {''.join(letters[int(digit)] for digit in str(n))}son"
        for n in range(n_rows)
    ]
    managers = [names[n // 10] for n in range(n_rows)]
    timed(
        lambda: questions_of_people(
            [PeopleCells("line_manager", managers)], directory_of(ids, names, ids)
        )
    )
