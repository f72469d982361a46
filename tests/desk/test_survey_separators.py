"""Lists in cells: which separator, and the choices of a form that hold it themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.cohort.forms import Form
from rmmatch.desk.survey.cells.column_questions import questions_of_column
from rmmatch.desk.survey.cells.separators import separation, written_pieces

WORDS = st.text("abcdefgh", min_size=1, max_size=4)


@st.composite
def google_columns(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, ...]]]:
    """Cells that Google Forms would write of choices with commas and brackets, and what is meant.

    No two choices share a text between commas, and each stands alone in some cell.
    """
    n_texts = draw(st.integers(2, 12))
    texts = draw(st.lists(WORDS, min_size=n_texts, max_size=n_texts, unique=True))
    choices = []
    while texts:
        n_parts = draw(st.integers(1, min(3, len(texts))))
        parts, texts = texts[:n_parts], texts[n_parts:]
        if n_parts > 1 and draw(st.booleans()):
            choices.append(f"{parts[0]} ({', '.join(parts[1:])})")
        else:
            choices.append(", ".join(parts))
    ticked = draw(
        st.lists(st.lists(st.sampled_from(choices), min_size=1, unique=True), max_size=20)
    )
    in_order = [tuple(c for c in choices if c in answers) for answers in ticked]
    answers = [*((choice,) for choice in choices), *in_order]
    order = draw(st.permutations(answers))
    return [", ".join(answers) for answers in order], list(order)


@given(google_columns())
def test_choices_with_commas_are_recovered_where_each_stands_alone(
    column: tuple[list[str], list[tuple[str, ...]]],
) -> None:
    cells, answers = column
    assert written_pieces(cells, has_form_style=False) == answers


@given(google_columns())
def test_every_piece_is_text_of_its_cell(
    column: tuple[list[str], list[tuple[str, ...]]],
) -> None:
    cells, _ = column
    for cell, pieces in zip(cells, written_pieces(cells), strict=True):
        assert ", ".join(pieces) == cell


@given(st.lists(st.text("aB,;( )[", max_size=12), max_size=12))
def test_no_column_breaks_the_search(cells: list[str]) -> None:
    change, questions = questions_of_column("goals", "Goals", cells)
    Form.from_dict({"fields": {"goals": {"from": "Goals", **change}}})
    for question in questions:
        for answer in question.answers:
            form = Form.from_dict({"fields": {"goals": "Goals"}, "undecided": [question]})
            form.accept(1, question.answers.index(answer) + 1)
            assert form.undecided == ()


def test_the_sentence_of_the_coordinator() -> None:
    cells = ["Teaching"] * 9 + ["Teaching, Data"] * 20 + ["Data, Exams"] * 11
    change, (question,) = questions_of_column("goals", "Topics", cells)
    assert change == {}
    assert (
        question.ask == "'Teaching' stands alone in 9 cells, and 31 hold commas: split at commas?"
    )
    assert [answer.change for answer in question.answers] == [
        {"fields": {"goals": {"separator": ","}}},
        {"fields": {"goals": {"separator": ";"}}},
    ]


def test_choices_with_commas_are_proposed_as_choices() -> None:
    cells = [
        "Teaching",
        "Digital, data and AI, Teaching",
        "Digital, data and AI",
        "Teaching, Exams (viva, OSCE)",
        "Exams (viva, OSCE), Leadership",
        "Leadership",
    ]
    _, (question,) = questions_of_column("goals", "Topics", cells)
    entry = question.answers[0].change["fields"]["goals"]
    assert entry["separator"] == ","
    assert set(entry["choices"]) == {
        "Teaching",
        "Digital, data and AI",
        "Exams (viva, OSCE)",
        "Leadership",
    }
    assert "others" not in entry  # nothing is left that is no choice: another answer is refused
    assert "'Digital, data and AI'" in question.ask or "'Exams (viva, OSCE)'" in question.ask


def test_brackets_alone_show_which_commas_belong_to_a_choice() -> None:
    cells = [
        "Statistics, Writing (papers, posters)",
        "Public speaking (talks, teaching)",
        "Writing (papers, posters), Public speaking (talks, teaching)",
        "Statistics",
    ]
    _, (question,) = questions_of_column("goals", "Topics", cells)
    assert set(question.answers[0].change["fields"]["goals"]["choices"]) == {
        "Statistics",
        "Writing (papers, posters)",
        "Public speaking (talks, teaching)",
    }


def test_what_somebody_wrote_under_other_is_kept() -> None:
    cells = ["Data", "Exams", "Data, Exams", "Digital, media and AI, Data", "Digital, media and AI"]
    cells += ["Exams, Wellbeing on nights"]
    _, (question,) = questions_of_column("goals", "Topics", cells)
    assert question.answers[0].change["fields"]["goals"]["others"] == "keep"


def test_semicolons_separate_and_commas_belong_to_choices() -> None:
    cells = ["Exams, vivas and OSCEs;", "Data;Exams, vivas and OSCEs;", "Data;"]
    assert questions_of_column("goals", "Topics", cells) == ({"separator": ";"}, [])


@pytest.mark.parametrize(
    "cells",
    [
        [
            "I hope to learn, above all, from somebody else",
            "Growing, slowly",
            "As it comes, really",
        ],
        ["Trauma, orthopaedics", "Renal"],
        ["Data", "Exams"],
        [],
        [None, "", "n/a"],
    ],
)
def test_without_evidence_nothing_is_asked(cells: list[str | None]) -> None:
    assert questions_of_column("goals", "Topics", cells) == ({}, [])


def test_slashes_need_two_answers_that_stand_alone() -> None:
    both = ["Cardiology/Renal", "Cardiology", "Renal", "Stroke"]
    _, (question,) = questions_of_column("speciality", "Speciality", both)
    assert question.answers[0].change == {"fields": {"speciality": {"separator": "/"}}}
    assert questions_of_column("speciality", "S", ["Flexible training / LTFT", "LTFT"]) == ({}, [])


def test_a_column_that_is_no_list_is_not_split() -> None:
    cells = ["Ward, North", "Ward", "North"]
    assert questions_of_column("workplace", "Site", cells) == ({}, [])
    assert questions_of_column("support", "Help with", cells, is_list=True)[1]


def test_questions_of_a_sensitive_list_have_counts_and_no_values() -> None:
    cells = ["Deaf"] * 3 + ["Deaf, Wheelchair (own, electric)"] * 2 + ["Wheelchair (own, electric)"]
    _, questions = questions_of_column("needs", "Needs", cells, is_list=True, is_sensitive=True)
    assert len(questions) == 1
    for word in ("Deaf", "Wheelchair", "electric"):
        assert word not in questions[0].model_dump_json()
    assert "3 cells of needs hold commas: split at commas?" in questions[0].ask


def test_pieces_are_counted_by_cells() -> None:
    parts = separation({"A": 3, "A, B": 2, "C, B": 1})
    assert (parts.joined, parts.with_separator) == (3, 3)
    assert parts.pieces == {"A": 5, "B": 3, "C": 1}
    assert parts.alone == {"A": 3}
