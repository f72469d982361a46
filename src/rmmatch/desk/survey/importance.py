"""The order in which questions are asked: what could pair the wrong people comes first."""

from __future__ import annotations

from collections.abc import Iterable

from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.forms import FormQuestion
from rmmatch.cohort.side import NUMBER_COLUMNS

__all__ = ["importance", "most_important_first"]

_WHO = ("id", "email", "name", "first_name", "last_name")
_WHEN_AND_WHETHER = ("role", "availability", "grade", "attended_training", "status")
_SCORED = ("goals", "speciality", "workplace", "department", "organisation", "preferences")
_WHO_RANK, _PROTECTING, _DECIDING, _SCORED_RANK, _ANY_OTHER, _SPELLINGS = range(6)


def importance(question: FormQuestion) -> int:
    """Return how soon a question should be asked; the least first.

    Who people are; the lists that protect them; role, availability, grade, training and places;
    what is scored; any other column; spellings.

    Parameters
    ----------
    question : FormQuestion

    Examples
    --------
    >>> ask = [FormQuestion(about=about, ask="?") for about in ("goals", "tutor", "hobby", "id")]
    >>> [importance(question) for question in ask]
    [3, 1, 4, 0]
    """
    about = question.about
    if any(_has_spellings(answer.change) for answer in question.answers):
        return _SPELLINGS
    if about in _WHO:
        return _WHO_RANK
    if about in RELATION_COLUMNS:
        return _PROTECTING
    if about in _WHEN_AND_WHETHER or about in NUMBER_COLUMNS:
        return _DECIDING
    return _SCORED_RANK if about in _SCORED else _ANY_OTHER


def _has_spellings(change: object) -> bool:
    return isinstance(change, dict) and (
        "spellings" in change or any(map(_has_spellings, change.values()))
    )


def most_important_first(questions: Iterable[FormQuestion]) -> list[FormQuestion]:
    """Return questions in the order in which to ask them; equals stay in their order.

    Parameters
    ----------
    questions : iterable of FormQuestion
    """
    return sorted(questions, key=importance)
