"""A form as a person reads it in a terminal or a notebook: what it reads, and what it asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rmmatch.files.markup import block, paragraph, table, title

if TYPE_CHECKING:
    from rmmatch.cohort.forms.model import FormQuestion

__all__ = ["form_html", "form_text"]


def form_text(fields: Sequence[str], questions: Sequence[FormQuestion]) -> str:
    """Return the columns that a form fills, and its open questions with their answers.

    Parameters
    ----------
    fields : sequence of str
    questions : sequence of FormQuestion
    """
    return "\n".join([_summary(fields, questions), *_question_lines(questions)])


def _summary(fields: Sequence[str], questions: Sequence[FormQuestion]) -> str:
    count = len(questions)
    words = "no open question" if not count else f"{count} open question{'s' * (count > 1)}"
    return f"Form of {len(fields)} columns, {words}: {', '.join(fields)}"


def _question_lines(questions: Sequence[FormQuestion]) -> Iterator[str]:
    for number, question in enumerate(questions, start=1):
        yield f"{number}. {question.ask}"
        if question.evidence:
            yield f"     seen: {question.evidence}"
        for place, answer in enumerate(question.answers, start=1):
            yield f"     answer {place}: {answer.say}"


def form_html(fields: Sequence[str], questions: Sequence[FormQuestion]) -> str:
    """Return the same as HTML.

    Parameters
    ----------
    fields : sequence of str
    questions : sequence of FormQuestion
    """
    rows = [
        (
            number,
            question.ask,
            question.evidence,
            " · ".join(
                f"{place}: {answer.say}" for place, answer in enumerate(question.answers, 1)
            ),
        )
        for number, question in enumerate(questions, start=1)
    ]
    pieces = [title("Form"), paragraph(_summary(fields, questions))]
    if rows:
        pieces.append(table(("number", "question", "seen", "answers"), rows))
    return block(*pieces)
