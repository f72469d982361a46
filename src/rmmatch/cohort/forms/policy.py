"""What a scheme and a form say together of how tables are read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.header_checks import PROTECTING_COLUMNS, written_headers
from rmmatch.cohort.forms.model import Form
from rmmatch.errors import Problem
from rmmatch.spelling import fold

__all__ = [
    "PROTECTING_TOPICS",
    "form_of",
    "has_own_ids",
    "open_questions",
    "people_disagreements",
    "private_columns",
    "undecided_columns",
]

# What a question may be about besides a column, and that protects people or says who they are.
PROTECTING_TOPICS = frozenset({"people", "sensitive", "repeated", "tables"})


def form_of(form: Form | str | os.PathLike[str]) -> Form:
    """Return a form, read from its file where a path is given.

    Parameters
    ----------
    form : Form or path

    Raises
    ------
    FormError
        The file has problems.
    """
    return form if isinstance(form, Form) else Form.from_file(Path(form))


def has_own_ids(form: Form) -> bool:
    """Whether the ids of each table were numbered for themselves.

    Parameters
    ----------
    form : Form
    """
    return any(field.each_side for _, field in form.every_field())


def undecided_columns(form: Form) -> tuple[str, ...]:
    """Return the columns that a form has an open question about.

    Parameters
    ----------
    form : Form
    """
    return tuple(dict.fromkeys(column_name(question.about) for question in form.undecided))


def open_questions(form: Form, *, has_scheme: bool) -> Iterator[Problem]:
    """Yield the questions of a form without whose answers people cannot be read.

    Parameters
    ----------
    form : Form
    has_scheme : bool
        Whether a scheme will say which other columns matter; without one, every standard one does.
    """
    columns = PROTECTING_TOPICS | (PROTECTING_COLUMNS if has_scheme else {*STANDARD_COLUMNS})
    for number, question in enumerate(form.undecided, start=1):
        name = column_name(question.about)
        if name not in columns | PROTECTING_COLUMNS:
            continue
        answers = "; ".join(
            f"{place}: {answer.say}" for place, answer in enumerate(question.answers, start=1)
        )
        yield Problem(
            form.source,
            "",
            name,
            "",
            f"question {number} of the form is open: {question.ask}",
            f"answer it ({answers}), in the form or with form.accept({number}, answer=…)"
            if answers
            else "answer it in the form, and take it out of `undecided:`",
            code="undecided",
        )


def people_disagreements(form: Form, people: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the names that mean somebody else in the scheme than in the form.

    Parameters
    ----------
    form : Form
    people : mapping of str to str
        The scheme's.
    """
    values = {fold(name): value for name, value in people.items()}
    for name, value in form.people.items():
        other_value = values.get(fold(name), value)
        if fold(other_value) != fold(value):
            yield Problem(
                "people",
                "",
                "",
                "",
                f"{name!r} is {value!r} in the form, and {other_value!r} in the scheme",
                "write it in one of them alone",
                code="form_and_scheme",
            )


def private_columns(
    form: Form, sensitive: Collection[str] = (), columns: Mapping[str, str] | None = None
) -> frozenset[str]:
    """Return the names of columns, and of the headers they come from, that are not shown.

    Parameters
    ----------
    form : Form
    sensitive : collection of str
        Those of a scheme, besides those of the form.
    columns : mapping of str to str, optional
        The scheme's: header → the column it is.
    """
    written = (sensitive,) if isinstance(sensitive, str) else sensitive
    hidden = {column_name(column) for column in (*written, *form.sensitive)}
    groups = [
        {name, *map(column_name, written_headers(entry))} for name, entry in form.every_field()
    ]
    groups += [{column_name(header), column_name(name)} for header, name in (columns or {}).items()]
    # A header may feed several columns, and each of them is as private as the others.
    while touched := [group for group in groups if group & hidden and not group <= hidden]:
        hidden.update(*touched)
    return frozenset(hidden)
