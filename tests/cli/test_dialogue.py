"""Questions at a terminal: numbers, Enter, ?, s; and nothing is lost when somebody stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rmmatch.cli.dialogue import Dialogue, TerminalQuestion, answer_form
from rmmatch.cohort.forms import Form

TEXT = """\
version: 1
# how people are told apart
fields:
  id: Email   # an exact name
  goals: Topics
undecided:
  - about: goals
    ask: Split at commas?
    evidence: "'Teaching' stands alone in 9 cells"
    answers:
      - say: yes, at commas
        change: {fields: {goals: {separator: ","}}}
      - say: no, a cell is one goal
        change: {}
  - about: line_manager
    ask: Which column is the line manager?
    answers:
      - {say: "Manager", change: {fields: {line_manager: Manager}}}
      - {say: "Boss", change: {fields: {line_manager: Boss}}}
  - {about: comments, ask: Is this needed?}
"""


def typed(*lines: str) -> Callable[[str], str]:
    """Somebody who types these lines, and then goes away."""
    replies = iter(lines)

    def read(prompt: str) -> str:
        assert prompt.endswith(": ")
        try:
            return next(replies)
        except StopIteration:
            raise EOFError from None

    return read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "form.yaml").write_text(TEXT)
    return tmp_path / "form.yaml"


def answered(path: Path, *lines: str) -> Form:
    form = Form.from_file(path)
    answer_form(form, path, Dialogue(typed(*lines)))
    return Form.from_file(path)


def test_what_protects_comes_first_and_enter_is_the_first_answer(path, capsys) -> None:
    form = answered(path, "", "2", "")
    shown = capsys.readouterr().out
    assert shown.index("Question 1 of 3, line_manager") < shown.index("Question 2 of 3, goals")
    assert "'Teaching' stands alone in 9 cells" in shown
    assert "1: yes, at commas" in shown
    assert form.fields["line_manager"].headers == ("Manager",)
    assert form.fields["goals"].separator is None
    assert [question.about for question in form.undecided] == ["comments"]
    assert "# how people are told apart" in path.read_text()
    assert "# an exact name" in path.read_text()


def test_more_is_shown_and_wrong_replies_are_asked_again(path, capsys) -> None:
    form = answered(path, "?", "7", "x", "2", "s", "s")
    shown = capsys.readouterr().out
    assert "It is about: line_manager" in shown
    assert "      line_manager: Boss" in shown
    assert shown.count("Please write a number from 1 to 2, ? or s.") == 2
    assert form.fields["line_manager"].headers == ("Boss",)
    assert [question.about for question in form.undecided] == ["goals", "comments"]


@pytest.mark.parametrize("stop", [EOFError, KeyboardInterrupt])
def test_answers_so_far_are_in_the_file(path, stop: type[BaseException]) -> None:
    replies: Iterator[str] = iter([""])

    def read(prompt: str) -> str:
        for reply in replies:
            return reply
        raise stop

    with pytest.raises(stop):
        answer_form(Form.from_file(path), path, Dialogue(read))
    form = Form.from_file(path)
    assert form.fields["line_manager"].headers == ("Manager",)
    assert [question.about for question in form.undecided] == ["goals", "comments"]


def test_long_evidence_is_cut_until_more_is_wanted(capsys) -> None:
    question = TerminalQuestion("goals", "Split?", "evidence " * 60 + "the end", ["yes"], [""])
    assert Dialogue(typed("")).ask(question) == 1
    assert "the end" not in capsys.readouterr().out
    assert Dialogue(typed("?", "S")).ask(question) is None
    assert "the end" in capsys.readouterr().out
