"""What a scheme and a form say together of how tables are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from rmmatch.cohort.columns import column_name
from rmmatch.cohort.forms.model import Form
from rmmatch.errors import Problem
from rmmatch.spelling import fold

__all__ = ["form_of", "has_own_ids", "people_disagreements", "undecided_columns"]


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
    fields = [table.fields.get("id") for table in (form, *form.tables.values())]
    return any(field is not None and field.each_side for field in fields)


def undecided_columns(form: Form) -> tuple[str, ...]:
    """Return the columns that a form has an open question about.

    Parameters
    ----------
    form : Form
    """
    return tuple(dict.fromkeys(column_name(question.about) for question in form.undecided))


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
