"""An export of Microsoft Forms with 41 answers, from a few questions to a pairing.

It is read from `cases`, beside the test data, with the scheme that somebody ended with who had
edited its cells by hand for two hours.
"""

from __future__ import annotations

import re
from collections import Counter

import openpyxl
import pytest

import rmmatch as rm
from helpers.data import case
from rmmatch.errors import CohortError

EXPORT, SCHEME = "forms-export-1-41.xlsx", "forms-export-scheme.yaml"
MANAGER = "Who is your line manager or educational supervisor?"
MOST_QUESTIONS = 9


def rows() -> list[dict[str, str]]:
    """The export as it is."""
    book = openpyxl.load_workbook(case(EXPORT), read_only=True)
    header, *lines = (
        ["" if cell is None else str(cell) for cell in line]
        for line in book.worksheets[0].iter_rows(values_only=True)
    )
    names = [" ".join(name.split()) for name in header]
    return [dict(zip(names, line, strict=True)) for line in lines if any(map(str.strip, line))]


def answered_form() -> rm.Form:
    """The form with the first answer to each question."""
    form = rm.propose_form(case(EXPORT))
    assert 0 < len(form.questions) <= MOST_QUESTIONS
    while len(form.questions):
        form.accept(1)
    return form


def scheme() -> rm.Scheme:
    """The scheme of the case; the form says which column is the id."""
    written = rm.Scheme.from_file(case(SCHEME)).to_dict()
    columns = {header: name for header, name in written["columns"].items() if name != "id"}
    return rm.Scheme.from_dict({**written, "columns": columns})


@pytest.fixture(scope="module")
def result() -> rm.MatchResult:
    policy = scheme()
    return rm.match(rm.read_cohort(case(EXPORT), form=answered_form(), scheme=policy), policy)


def words(name: str) -> list[str]:
    plain = re.sub(r"[^a-z ]", "", name.casefold().replace("-", " "))
    return [word for word in plain.split() if word not in {"dr", "mr", "mrs", "ms", "prof"}]


def may_be(written: str, name: str) -> bool:
    """Whether a name may be somebody's: the same surname, and no other first name or initial."""
    given, whole = words(written), words(name)
    if not given or given[-1] != whole[-1]:
        return False
    return len(given) == 1 or whole[0].startswith(given[0]) or given[0].startswith(whole[0])


def test_nobody_is_paired_with_the_manager_they_named(result: rm.MatchResult) -> None:
    answers = rows()
    header = next(name for name in answers[0] if name.startswith(MANAGER))
    named: dict[str, set[str]] = {}
    for row in answers:
        named.setdefault(row["Email"].casefold(), set()).add(row[header])
    name_of = {row["Email"].casefold(): row["Name"] for row in answers}
    pairs = [(mentee.casefold(), mentor.casefold()) for mentee, mentor in result.made]
    assert len(pairs) >= 18
    assert sum(may_be(written, name) for names in named.values() for written in names
               for name in name_of.values()) > 20  # fmt: skip
    for mentee, mentor in pairs:
        for person, partner in ((mentee, mentor), (mentor, mentee)):
            assert not any(may_be(written, name_of[partner]) for written in named[person])
    assert rm.check(result) == []
    assert result.status is rm.Status.OPTIMAL


def test_who_answered_twice_is_there_once_with_the_later_answer(result: rm.MatchResult) -> None:
    answers = rows()
    ((email, count),) = Counter(row["Email"].casefold() for row in answers).most_common(1)
    assert count == 2
    cohort = result.cohort
    ids = [id_.casefold() for id_ in (*cohort.mentors.ids, *cohort.mentees.ids)]
    assert ids.count(email) == 1
    assert len(ids) == len(answers) - 1
    later = [row for row in answers if row["Email"].casefold() == email][-1]
    side = cohort.mentors if later["Email"] in cohort.mentors.ids else cohort.mentees
    place = side.ids.index(later["Email"])
    question = next(name for name in later if name.startswith("Which of these"))
    read = side.column("goals")[place]
    assert {goal.strip() for goal in read.split(";")} == {
        goal.strip() for goal in later[question].split(";") if goal.strip()
    }


def test_who_declined_or_was_not_trained_is_not_paired_so(result: rm.MatchResult) -> None:
    trained = next(name for name in rows()[0] if name.startswith("Have you attended"))
    untrained = {
        row["Email"].casefold() for row in rows() if not row[trained].casefold().startswith("yes")
    }
    assert untrained
    paired = {id_.casefold() for pair in result.made for id_ in pair}
    assert paired.isdisjoint(untrained)


def test_without_a_form_the_scheme_of_two_hours_is_refused_with_what_to_write() -> None:
    policy = rm.Scheme.from_file(case(SCHEME))
    with pytest.raises(CohortError) as caught:
        rm.match(rm.read_cohort(case(EXPORT), scheme=policy), policy)
    problems = [str(item) for item in caught.value.items]
    assert len(problems) == len(set(problems))
    assert all(" → " in problem for problem in problems)
    text = "\n".join(problems)
    assert 'role: {from: "Would you like to take part as a mentor or a mentee?"' in text
    assert '"1-2": 2, "one": 1' in text


def test_where_scheme_and_form_have_two_ids_that_is_said_once() -> None:
    policy = rm.Scheme.from_file(case(SCHEME))
    with pytest.raises(CohortError) as caught:
        rm.read_cohort(case(EXPORT), form=answered_form(), scheme=policy)
    (problem,) = caught.value.items
    assert problem.code == "form_and_scheme"
    assert problem.value == "ID"
