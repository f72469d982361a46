"""The file of a form: short ways to write it, its mistakes in words, comments and questions."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from rmmatch.cohort.forms import FormQuestion
from rmmatch.cohort.forms.document import merged
from rmmatch.errors import FormError

TEXT = """\
# the form of 2026
version: 1
fields:
  id: Email   # nobody has two
  name: [First name, Last name]
  goals: {from: "What would you like to work on in the next six months, with whom?", separator: ","}
people: {Dr H. Marsh: h.marsh@trust.example, Prof Q: outside}
undecided:
  - about: goals
    ask: Split at commas?
    evidence: 9 cells
    answers:
      - {say: "yes", change: {fields: {goals: {choices: [Teaching, "Data, AI"]}}}}
      - {say: "no", change: {fields: {goals: Topics}, ignore: [Other]}}
"""


def refused(text: str) -> str:
    with pytest.raises(FormError) as caught:
        rm.Form.from_text(text, source="form.yaml")
    return str(caught.value)


def test_a_form_comes_back_as_it_was_written() -> None:
    form = rm.Form.from_text(TEXT)
    assert form.to_yaml() == TEXT
    for copy in (
        rm.Form.from_text(form.to_json()),
        rm.Form.from_dict(form.to_dict()),
        pickle.loads(pickle.dumps(form)),
    ):
        assert copy == form
        assert copy.digest == form.digest
    assert rm.Form.from_text(TEXT.replace("# nobody has two", "")) == form
    assert rm.Form.from_text(TEXT.replace("outside", "P1")) != form
    assert form != "form"


def test_an_answer_is_written_into_the_form_and_its_comments_stay() -> None:
    form = rm.Form.from_text(TEXT)
    assert form.questions.loc[1, "answers"] == "1: yes / 2: no"
    assert form.accept(form.questions.loc[1]) is form
    assert form.fields["goals"].choices == ("Teaching", "Data, AI")
    assert form.undecided == ()
    text = form.to_yaml()
    assert "# nobody has two" in text
    assert "undecided" not in text
    # what was in one line stays in one line
    assert sum("goals" in line for line in text.splitlines()) == 1
    assert rm.Form.from_text(text) == form


def test_another_answer_and_questions_that_are_not_there() -> None:
    form = rm.Form.from_text(TEXT).accept(FormQuestion.model_validate(
        rm.Form.from_text(TEXT).to_dict()["undecided"][0]), answer=2)  # fmt: skip
    assert form.fields["goals"].headers == ("Topics",)
    assert form.ignore == ("Other",)
    for question, answer in ((0, 1), (2, 1), (1, 3)):
        with pytest.raises(ValueError, match="question"):
            rm.Form.from_text(TEXT).accept(question, answer)


def test_a_change_leaves_what_it_is_merged_into() -> None:
    data: dict[str, Any] = {"fields": {"goals": "Topics"}, "ignore": ["A"]}
    change = {"fields": {"goals": {"separator": ","}}, "ignore": ["A", "B"]}
    assert merged(data, change) == {
        "fields": {"goals": {"from": "Topics", "separator": ","}},
        "ignore": ["A", "B"],
    }
    assert data == {"fields": {"goals": "Topics"}, "ignore": ["A"]}


def test_answers_are_text_whatever_yaml_makes_of_them() -> None:
    form = rm.Form.from_text(
        "fields: {attended_training: {from: T, answers: {Yes: true, No: No, 1: 'yes'}}}"
    )
    assert form.fields["attended_training"].answers == {
        "Yes": "true",
        "No": "No",
        "1": "yes",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("feilds: {id: ID}", "line 1, feilds: there is no such key → did you mean 'fields'?"),
        ("fields: {goals: {from: T, seperator: ','}}", "did you mean 'separator'?"),
        ("fields: {goals: {form: T}}", "did you mean 'from'?"),
        ("tables: {mentors: {fields: {goals: {form: T}}}}", "did you mean 'from'?"),
        ("repeated: {keep: latest, bye: T}", "did you mean 'by'?"),
        ("tables: {mentor: {sheet: A}}", "must be 'mentors' or 'mentees'"),
        ("fields: {goals: {separator: ','}}", "needs one of `from:`, `grid:`"),
        ("fields: {goals: {from: T, boxes: {A: B}}}", "needs one of `from:`, `grid:`"),
        ("fields: {goals: {from: T, separator: ''}}", "`separator:` is empty"),
        ("fields: {goals: {mint: T}}", "are for id alone"),
        ("fields: {goals: {from: T, each_side: true}}", "are for id alone"),
        ("fields: {goals: {grid: '{day}'}}", "`grid:` is for availability alone"),
        ("fields: {availability: {grid: day}}", "needs {day}, {time} or both"),
        ("fields: {availability: {grid: '{time}', cells: times}}", "with {day}"),
        ("fields: {availability: {grid: '{day}', cells: days}}", "with {time}"),
        ("fields: {availability: {grid: '{day}', cells: hours}}", "cells"),
        ("fields: {availability: {grid: '{day}', minutes: 0}}", "at least 1"),
        ("fields: {capacity: {from: C, answers: {Two: two}}}", "'two' must be a whole number"),
        ("fields: {capacity: {from: C, default: one}}", "'one' must be a whole number"),
        ("fields: {role: {from: R, answers: {M: boss}}}", "must be mentor, mentee or both"),
        ("fields: {status: {from: S, answers: {W: wait}}}", "must be applicant, reserve"),
        ("fields: {grade: {from: G, answers: {A: x, ' a ': y}}}", "means two things here"),
        ("fields: {site: {from: G, spellings: {A: [x], B: [X]}}}", "means two things here"),
        ("fields: {Line manager: A, line_manager: B}", "has the field 'line_manager' twice"),
        ("fields: {'Which topics?': goals}", "is turned round: write the column first, goals"),
        ("fields: {Your topics: {from: goals}}", "goals: \"Your topics\""),
        ("repeated: latest", "need each other"),
        ("repeated: {keep: join, by: T}", "need each other"),
        ("repeated: newest", "must be 'error', 'latest' or 'join'"),
        ("dates: day first", "did you mean 'day_first'?"),
        ("header: 0", "at least 1"),
        ("version: 2", "must be 1"),
        ("fields: [id]", "lines of the form"),
        ("undecided: [{about: goals}]", "add `ask:`"),
        ("- a", "no lines of the form"),
        ("", "is empty"),
        ("fields: {id: A, id: B}", "is there twice"),
        ("fields: {support: {from: S, answers: {1: a, true: b}}}", "the same key as '1'"),
        ("fields: {id: [}", "is not YAML or JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_form_is_said_with_its_line(text: str, words: str) -> None:
    message = refused(text)
    assert words in message
    assert message.startswith("1 problem")


def test_a_form_that_is_no_file_says_line_too(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"form, line 2, fields\.goals\.form"):
        rm.Form.from_text("fields:\n  goals: {from: A, form: T}")
    (tmp_path / "form.yaml").write_text(TEXT)
    with pytest.raises(FormError, match=r"did you mean 'form\.yaml'"):
        rm.Form.from_file(tmp_path / "forms.yaml")
    with pytest.raises(FormError, match="no such file"):
        rm.read_cohort([{"id": "m"}], [{"id": "e"}], form=tmp_path / "lost.yaml")


@pytest.mark.parametrize("name", ["f.yaml", "f.json"])
def test_a_form_is_written_to_a_file(name: str, tmp_path: Path) -> None:
    form = rm.Form.from_text(TEXT)
    form.to_file(tmp_path / name)
    assert rm.Form.from_file(tmp_path / name) == form


def test_a_table_has_what_all_have_and_its_own() -> None:
    form = rm.Form.from_dict(
        {
            "fields": {"id": "Email", "goals": "Want"},
            "repeated": "join",
            "ignore": ["A"],
            "tables": {"mentors": {"fields": {"goals": "Offer"}, "header": 3, "ignore": ["B"],
                                   "repeated": "error"}},
        }
    )  # fmt: skip
    mentors, mentees = form.table("mentor"), form.table("mentee")
    assert (mentors.fields["goals"].headers, mentees.fields["goals"].headers) == (
        ("Offer",),
        ("Want",),
    )
    assert mentors.fields["id"] == mentees.fields["id"]
    assert (mentors.header, mentees.header) == (3, None)
    assert (mentors.ignore, mentees.ignore) == (("A", "B"), ("A",))
    assert mentors.repeated is not None
    assert mentees.repeated is not None
    assert (mentors.repeated.keep, mentees.repeated.keep) == ("error", "join")
    assert form.table(None) == mentees


def test_the_schema_knows_the_short_ways() -> None:
    schema = rm.Form.json_schema()
    field = json.dumps(schema["$defs"]["FormField"])
    assert '"from"' in field
    assert "headers" not in schema["$defs"]["FormField"]["anyOf"][1]["properties"]
    assert schema["$defs"]["FormField"]["anyOf"][0]["anyOf"][0]["type"] == [
        "string",
        "number",
        "boolean",
    ]
    assert schema["$defs"]["Repeated"]["anyOf"][0] == {"enum": ["error", "join"]}
    assert schema["additionalProperties"] is False


def test_every_form_of_the_documentation_is_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "form.md"
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    forms = [rm.Form.from_text(block) for block in blocks]
    keys = {key for form in forms for key in form.model_fields_set}
    undocumented = {"undecided", "sheet", "header"}
    assert keys >= set(rm.Form.model_fields) - undocumented
