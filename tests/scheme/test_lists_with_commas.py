"""Lists: what separates answers in a cell, and when commas are asked about."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.cells import list_items, overfull_cells
from rmmatch.cohort.commas import parts_at_commas

GOALS = rm.Scheme.model_validate({"criteria": [{"type": "goals"}], "direction": "traditional"})
WORDS = st.text("abcXYZ é-,", min_size=1, max_size=8).map(str.strip).filter(bool)


def cohort_of(*cells: str | None, column: str = "goals") -> rm.Cohort:
    """One mentor of the first cell, a mentee of each other one."""
    mentees = [{"id": f"e{n}", column: cell} for n, cell in enumerate(cells[1:], start=1)]
    return rm.read_cohort([{"id": "m1", column: cells[0]}], mentees)


def commas(cohort: rm.Cohort, scheme: rm.Scheme = GOALS) -> list[rm.Problem]:
    return [each for each in scheme.problems(cohort) if each.code == "commas_in_list"]


@given(
    words=st.lists(WORDS, min_size=1, max_size=5),
    separators=st.lists(
        st.sampled_from([";", "|", "\n", "\r\n", "•", " ;", "; ", "\n• "]), min_size=5, max_size=5
    ),
)
def test_every_separator_gives_the_same_answers(words: list[str], separators: list[str]) -> None:
    cell = "".join(f"{word}{end}" for word, end in zip(words, separators, strict=False))
    assert list_items(cell) == words
    by_form = cohort_of(cell, ";".join(words)).labels("goals", several=True)
    assert by_form.mentees[0].tolist() == by_form.mentors[0].tolist()


@pytest.mark.parametrize("separator", [";", "|", "\n", "•", "\r\n• "])
def test_goals_are_shared_whatever_separates_them(separator: str) -> None:
    cohort = cohort_of(f"Teaching{separator}Research", "Research; Teaching")
    assert rm.score(cohort, GOALS).pair("e1", "m1").score == 1_000_000
    overlap = [{"type": "attribute", "column": "goals", "relation": "overlap"}]
    assert rm.Scheme.model_validate({"rules": overlap}).problems(cohort) == []


def test_a_whole_cell_is_still_one_value_where_it_is_meant_so() -> None:
    cohort = cohort_of("St Mary's | North", "st mary's | north", column="site")
    same = {"type": "attribute", "column": "site", "prefer": "same"}
    scheme = rm.Scheme.model_validate({"criteria": [same]})
    assert rm.score(cohort, scheme).pair("e1", "m1").score == 1_000_000


def test_too_many_answers_are_counted_by_any_separator() -> None:
    for separator in (";", "|", "\n", "•"):
        cells = [separator.join("ab" * 500), separator.join("ab" * 500 + "c")]
        assert [each.place for each in overfull_cells(cells)] == [1]
    with pytest.raises(rm.CohortError, match="9,000 answers"):
        cohort_of("\n".join(f"goal {n}" for n in range(9000)), "a")


# commas ---------------------------------------------------------------------------------------


def test_a_part_that_stands_alone_is_evidence() -> None:
    cohort = cohort_of("Teaching, Research", "Teaching", "teaching", "Digital; Research, Audit")
    (problem,) = commas(cohort)
    assert (problem.file, problem.column) == ("mentors and mentees", "goals")
    assert problem.reason == "2 cells hold commas, and 'Teaching' stands alone in 2 others"
    assert problem.remedy.startswith('form: goals: {separator: ","}; or, if the commas belong')
    with pytest.raises(rm.SchemeError):
        rm.match(cohort, GOALS)


def test_a_part_of_several_answers_is_evidence() -> None:
    (problem,) = commas(cohort_of("Teaching, Research", "Audit, Teaching", None))
    assert problem.reason == "2 cells hold commas, and 'Teaching' is a part of 2 different answers"


def test_choices_with_commas_in_their_brackets_are_to_be_listed() -> None:
    cohort = cohort_of(
        "Writing (papers, posters), Public speaking (talks, teaching)",
        "Statistics, Writing (papers, posters)",
        "Public speaking (talks, teaching)",
    )
    (problem,) = commas(cohort)
    assert (
        'goals: {separator: ",", choices: ["Public speaking (talks, teaching)", "Statistics", '
        '"Writing (papers, posters)"]}'
    ) in problem.remedy
    (problem,) = commas(cohort_of("Statistics", "Audit, Writing (papers, posters)"))
    assert problem.reason.endswith("some of the commas stand in brackets, and some do not")


@pytest.mark.parametrize(
    "cells",
    [
        ("I want to lead a team, and to write", "Finding my feet, one year in"),
        ("Digital, data and AI", "Digital, data and AI"),
        ("Writing (papers, posters)", "Writing"),
        ("10,000 steps", "steps"),
        ("research, etc.", "teaching, etc."),
        (None, None),
    ],
)
def test_commas_that_separate_nothing_are_no_problem(cells: tuple[str | None, ...]) -> None:
    assert commas(cohort_of(*cells)) == []


def test_only_lists_that_the_scheme_reads_are_asked_about() -> None:
    cohort = cohort_of("a, b", "a")
    assert commas(cohort, rm.Scheme()) == []
    same = [{"type": "attribute", "column": "goals", "prefer": "same"}]
    assert commas(cohort, rm.Scheme.model_validate({"criteria": same})) == []
    for part in (
        {"criteria": [{"type": "attribute", "column": "goals", "prefer": "overlap"}]},
        {"rules": [{"type": "attribute", "column": "goals", "relation": "overlap", "any": []}]},
        {"quotas": [{"side": "mentees", "column": "goals", "each": True, "at_most": 9}]},
        {"criteria": [{"type": "speciality", "column": "goals"}]},
    ):
        assert len(commas(cohort, rm.Scheme.model_validate(part))) == 1


def test_what_a_form_decided_is_not_asked_again() -> None:
    cohort = cohort_of("Digital, data and AI", "Digital")
    assert len(commas(cohort)) == 1
    decided = cohort.replace(reading=cohort.reading._replace(split=("goals",)))
    assert commas(decided) == []
    assert len(rm.match(decided, GOALS).pairs) == 1


def test_a_saved_run_is_not_asked_again(tmp_path: object) -> None:
    cohort = cohort_of("Digital, data and AI", "Digital")
    decided = cohort.replace(reading=cohort.reading._replace(split=("goals",)))
    rm.match(decided, GOALS).save(f"{tmp_path}/run.json")
    assert rm.check(rm.load_result(f"{tmp_path}/run.json")) == []


def test_sensitive_answers_are_not_shown() -> None:
    quota = {"side": "mentees", "column": "faith", "each": True, "at_most": 9}
    scheme = rm.Scheme.model_validate({"sensitive": ["faith"], "quotas": [quota]})
    cohort = cohort_of("Jedi, Sith (light, dark)", "Jedi", column="faith")
    (problem,) = commas(cohort, scheme)
    assert "Jedi" not in str(problem)
    assert "Sith" not in str(problem)
    assert problem.reason == "1 cell holds commas, and a part of them stands alone in 1 other"


@given(parts=st.lists(st.text("ab (),", max_size=6), max_size=4))
def test_no_letter_is_lost_at_commas(parts: list[str]) -> None:
    text = ", ".join(parts)
    letters = [c for c in text if c not in ", "]
    assert [c for c in "".join(parts_at_commas(text)) if c not in ", "] == letters


def test_fifty_thousand_free_texts_take_seconds() -> None:
    rows = [
        [{"id": f"{k}{n}", "goals": f"{k} goal {n}, and more of {k}{n}"} for n in range(25_000)]
        for k in "me"
    ]
    cohort = rm.read_cohort(*rows)
    start = time.process_time()
    assert commas(cohort) == []
    assert time.process_time() - start < 15
