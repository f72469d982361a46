"""What a person should decide about an export before people can be paired, in one list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rmmatch.cohort.forms import Form, FormQuestion
from rmmatch.desk.survey.questions import blocking_questions, numbered_questions
from rmmatch.desk.survey.register import RegisterQuestion

__all__ = ["FolderQuestion", "form_questions", "person_question", "question_id"]

SAME, ANOTHER = "Yes, the same person", "No, another person"


@dataclass(frozen=True)
class FolderQuestion:
    """A question about an export.

    Attributes
    ----------
    id : str
        Stands for the question, also when others were answered.
    kind : {'form', 'person'}
        How the form is read; or whether somebody took part before.
    about : str
        The column; ``people`` for a question about a person.
    ask : str
    evidence : str
        What was seen in the export.
    answers : tuple of str
        The likeliest first; `SchemeFolder.answer` takes the number, from 1.
    is_blocking : bool
        Whether nobody can be read before it is answered.
    """

    id: str
    kind: Literal["form", "person"]
    about: str
    ask: str
    evidence: str
    answers: tuple[str, ...]
    is_blocking: bool


def question_id(*texts: str) -> str:
    """Return a short name of a question, from what it asks.

    Parameters
    ----------
    *texts : str
    """
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def form_question_id(question: FormQuestion) -> str:
    """Return the name of a question of a form.

    Parameters
    ----------
    question : FormQuestion
    """
    return question_id("form", question.about, question.ask)


def form_questions(form: Form) -> list[FolderQuestion]:
    """Return the open questions of a form, the most important first.

    Parameters
    ----------
    form : Form

    Examples
    --------
    >>> form = Form.from_dict({"fields": {"id": "Email"}, "undecided": [
    ...     {"about": "goals", "ask": "Split at commas?", "answers": [{"say": "yes"}]},
    ... ]})
    >>> question = form_questions(form)[0]
    >>> question.ask, question.answers, question.is_blocking
    ('Split at commas?', ('yes',), True)
    """
    blocking = {form_question_id(question) for question in blocking_questions(form)}
    return [
        FolderQuestion(
            form_question_id(question),
            "form",
            question.about,
            question.ask,
            question.evidence,
            tuple(answer.say for answer in question.answers),
            form_question_id(question) in blocking,
        )
        for _, question in numbered_questions(form)
    ]


def person_question(question: RegisterQuestion) -> FolderQuestion:
    """Return the question whether somebody took part before.

    Parameters
    ----------
    question : RegisterQuestion
    """
    id_ = question_id("person", question.id, question.entry.id)
    return FolderQuestion(
        id_, "person", "people", question.ask, "", (SAME, ANOTHER), is_blocking=True
    )


def blocking(questions: Iterable[FolderQuestion]) -> list[FolderQuestion]:
    """Return the questions that must be answered first.

    Parameters
    ----------
    questions : iterable of FolderQuestion
    """
    return [question for question in questions if question.is_blocking]
