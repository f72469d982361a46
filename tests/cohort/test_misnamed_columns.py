"""Headers that may mean a column that binds people, and are not read as it."""

from __future__ import annotations

import pandas as pd
import pytest

from rmmatch import CohortError, read_cohort
from rmmatch.cohort.misnamed import column_meant

E1 = pd.DataFrame({"id": ["E1"]})


def mentors(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"id": ["M1", "M2"], **columns})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Line manager's name", "line_manager"),
        ("line_managers_name", "line_manager"),
        ("Line mangaer", "line_manager"),
        ("Manager", "line_manager"),
        ("Your line manager or educational supervisor", "line_manager"),
        ("Who is your educational supervisor?", "supervisor"),
        ("Supervisor(s)", "supervisor"),
        ("tutr", "tutor"),
        ("E-mail of your personal tutor", "tutor"),
        ("Examiners", "examiner"),
        ("Conflicts of interest", "conflict"),
        ("Is there anyone you should not be paired with?", "declined"),
        ("Previous mentors", "past_pair"),
        ("Mentor capacity", "capacity"),
        ("How many mentees can you take?", "capacity"),
        ("prioritty", "priority"),
        ("Your preferences", "preferences"),
    ],
)
def test_what_may_bind_is_a_problem_until_it_is_settled(header: str, name: str) -> None:
    table = mentors(**{header: ["E1", None]})
    with pytest.raises(CohortError) as caught:
        read_cohort(table, E1)
    (problem,) = caught.value.items
    assert (problem.column, problem.code) == (header, "may_be_column")
    assert f"'{name}'" in problem.reason
    assert f": {name}}}`" in problem.remedy
    # The second line of the remedy, as it is to be written, settles it.
    own = problem.remedy.split("if not, `columns: {")[1].split("}`")[0].rpartition(": ")[2]
    cohort = read_cohort(table, E1, columns={header: own})
    assert own in cohort.mentors.columns


@pytest.mark.parametrize(
    "header",
    [
        "How do you handle conflict?",
        "Does your line manager support your application?",
        "Application status",
        "Marital status",
        "Do you manage people?",
        "Senior manager",
        "Author",
        "Have you had a mentor before?",
        "How many mentees have you had?",
        "What do you want from your tutor?",
        "Priority area",
        "Hobbies",
        "Describe your experience as a supervisor",
    ],
)
def test_what_only_holds_the_word_is_let_pass(header: str) -> None:
    assert column_meant(header, []) is None
    read_cohort(mentors(**{header: ["E1", None]}), E1)


def test_a_column_of_yes_and_no_or_of_nothing_names_nobody() -> None:
    for cells in (["Yes", "no"], [None, None], ["No, never", "none"]):
        read_cohort(mentors(**{"Line manager approval": cells}), E1)


def test_a_second_column_of_a_list_is_not_lost() -> None:
    assert column_meant("Tutor 2", ["tutor"]) == "tutor"
    assert column_meant("Second supervisor", ["supervisor"]) == "supervisor"
    assert column_meant("Tutor's e-mail", ["tutor"]) is None
