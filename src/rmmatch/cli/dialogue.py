"""Questions at a terminal, one by one: numbered answers, Enter for the first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rmmatch.cli.output import show_lines

if TYPE_CHECKING:
    from pathlib import Path

    from rmmatch.cohort.forms import Form
    from rmmatch.desk.survey.importing import SurveyImport

__all__ = ["Dialogue", "TerminalQuestion", "answer_form", "answer_register", "is_terminal"]

_MAX_EVIDENCE_CHARACTERS = 240  # shown before somebody asks for more; wording


def is_terminal() -> bool:
    """Whether somebody sits at a terminal and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class TerminalQuestion(NamedTuple):
    """A question as it is asked.

    Attributes
    ----------
    about, ask, evidence : str
    answers : sequence of str
        The likeliest first.
    details : sequence of str
        What each answer does, for who asks for more.
    """

    about: str
    ask: str
    evidence: str
    answers: Sequence[str]
    details: Sequence[str] = ()


class Dialogue:
    """Asks questions at a terminal.

    Parameters
    ----------
    read : callable, optional
        Reads one line, given the prompt; by default from the keyboard.
    """

    def __init__(self, read: Callable[[str], str] | None = None) -> None:
        self._read = read or input

    def ask(self, question: TerminalQuestion, heading: str = "") -> int | None:
        """Ask a question until it is answered.

        Parameters
        ----------
        question : TerminalQuestion
        heading : str
            Stands before it: which of how many.

        Returns
        -------
        int or None
            The answer, from 1; None where the question is skipped.

        Raises
        ------
        EOFError, KeyboardInterrupt
            Nobody answers.
        """
        show_lines(["", f"{heading}{question.ask}"])
        evidence = question.evidence
        if len(evidence) > _MAX_EVIDENCE_CHARACTERS:
            evidence = f"{evidence[:_MAX_EVIDENCE_CHARACTERS].rstrip()} … (? for all)"
        show_lines([f"  {line}" for line in evidence.splitlines() if line.strip()])
        count = len(question.answers)
        show_lines([f"  {place}: {text}" for place, text in enumerate(question.answers, 1)])
        prompt = "Enter = 1, ? = more, s = skip: " if count else "Enter = skip, ? = more: "
        while True:
            reply = self._read(prompt).strip().casefold()
            if reply == "?":
                show_lines(_more_lines(question))
            elif reply in ("s", "skip") or (not reply and not count):
                return None
            elif not reply:
                return 1
            elif reply.isdecimal() and 1 <= int(reply) <= count:
                return int(reply)
            else:
                numbers = f"a number from 1 to {count}, " if count else ""
                show_lines([f"  Please write {numbers}? or s."])


def _more_lines(question: TerminalQuestion) -> list[str]:
    lines = [f"  It is about: {question.about}"]
    lines += [f"  {line}" for line in question.evidence.splitlines() if line.strip()]
    for place, detail in enumerate(question.details, 1):
        if detail:
            lines.append(f"  Answer {place} writes into the form:")
            lines += [f"      {line}" for line in detail.splitlines()]
        else:
            lines.append(f"  Answer {place} changes nothing in the form.")
    return lines


def answer_form(form: Form, path: Path, dialogue: Dialogue) -> int:
    """Ask the open questions of a form; each answer is written at once.

    Parameters
    ----------
    form : Form
        Is changed.
    path : Path
        Its file.
    dialogue : Dialogue

    Returns
    -------
    int
        How many were answered.
    """
    from rmmatch.desk.survey.questions import answer_text, numbered_questions

    questions = [question for _, question in numbered_questions(form)]
    n_answered = 0
    for place, question in enumerate(questions, start=1):
        if question not in form.undecided:
            continue  # another answer has settled it
        number = dialogue.ask(
            TerminalQuestion(
                question.about,
                question.ask,
                question.evidence,
                [answer.say for answer in question.answers],
                [answer_text(answer) for answer in question.answers],
            ),
            f"Question {place} of {len(questions)}, {question.about}: ",
        )
        if number is not None:
            form.accept(question, number)
            form.to_file(path)
            n_answered += 1
    return n_answered


def answer_register(survey: SurveyImport, dialogue: Dialogue) -> None:
    """Ask whether people of an export took part before.

    Parameters
    ----------
    survey : SurveyImport
        Gets the answers.
    dialogue : Dialogue
    """
    for question in survey.questions:
        number = dialogue.ask(
            TerminalQuestion(
                "people.csv",
                question.ask,
                "",
                [
                    f"yes: the id stays {question.entry.id}",
                    f"no: somebody new, with the id {question.id}",
                ],
            )
        )
        if number is not None:
            survey.answer(question, is_same=number == 1)
