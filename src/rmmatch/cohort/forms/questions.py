"""What a form leaves open: questions, and what each of their answers writes into the form."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from rmmatch.cohort.forms.fields import FORM_CONFIG

__all__ = ["FormAnswer", "FormQuestion"]


class FormAnswer(BaseModel):
    """One answer to a question about a form: what it says, and what it writes into the form.

    Attributes
    ----------
    say : str
    change : dict
        Keys of the form, merged into it.
    """

    model_config = FORM_CONFIG

    say: str
    change: dict[str, Any] = Field(default_factory=dict)


class FormQuestion(BaseModel):
    """What a person should decide before a form is relied on.

    Attributes
    ----------
    about : str
        The field.
    ask : str
        The question.
    evidence : str
        What was seen in the export.
    answers : tuple of FormAnswer
        The likeliest first.
    """

    model_config = FORM_CONFIG

    about: str
    ask: str
    evidence: str = ""
    answers: tuple[FormAnswer, ...] = ()
