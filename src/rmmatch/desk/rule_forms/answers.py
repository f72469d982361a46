"""What was typed into a form, as changes of the scheme; and the scheme with changes in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rmmatch.desk.rule_forms.fields import FormPart, SchemeField, SchemeForm
from rmmatch.desk.rule_forms.values import value_of
from rmmatch.errors import Problem, SchemeError, nearest
from rmmatch.scheme import Scheme
from rmmatch.scheme.changes import changed_data

__all__ = ["addition", "changes_of", "with_changes"]

_CODES = {"number": "not_a_number", "range": "not_a_whole_number", "yes_no": "wrong_type"}
Typed = Mapping[str, str | Sequence[str]]


def changes_of(form: SchemeForm, answers: Typed) -> dict[str, Any]:
    """Return what answers to a form change, for `with_changes` and `Scheme.edited_text`.

    Parameters
    ----------
    form : SchemeForm
    answers : mapping of str to str or sequence of str
        What was typed, by the paths of fields. A field that is as it was changes nothing; one that
        was emptied is taken out.

    Raises
    ------
    SchemeError
        With everything that cannot be what its field holds.

    Examples
    --------
    >>> from rmmatch.desk.rule_forms.fields import scheme_form
    >>> scheme = Scheme.from_dict({"rules": [{"type": "power_distance", "min_gap": 2}]})
    >>> changes_of(scheme_form(scheme), {"rules[0].min_gap": "1", "rules[0].max_gap": ""})
    {'rules[0].min_gap': 1}
    """
    values = _values_of({path: form.fields.get(path) for path in answers}, answers)
    changes = {}
    for path, value in values.items():
        field = form.fields[path]
        if value != field.value and _joined(answers[path]) != field.text:
            # what holds anyway need not be written
            changes[path] = None if value == field.default and not field.is_required else value
    return changes


def addition(part: FormPart, answers: Typed) -> dict[str, Any]:
    """Return the change that adds a part, as answers to its empty form say it.

    Parameters
    ----------
    part : FormPart
        One of `blank_parts`, or the meetings of a scheme that has none.
    answers : mapping of str to str or sequence of str
        What was typed, by the paths of its fields.

    Raises
    ------
    SchemeError
        With everything that cannot be what its field holds.
    """
    fields = {field.path: field for field in part.fields}
    values = _values_of({path: fields.get(path) for path in answers}, answers)
    data: dict[str, Any] = {"type": part.type} if part.type else {}
    for path, value in values.items():
        if value is not None and (fields[path].is_required or value != fields[path].default):
            data[fields[path].key] = value
    return {part.path: data}


def with_changes(scheme: Scheme, changes: Mapping[str, Any]) -> Scheme:
    """Return a scheme with other values in its fields.

    To change its file too, give its text and the same changes to `Scheme.edited_text`.

    Parameters
    ----------
    scheme : Scheme
    changes : mapping of str to Any
        Values by place: ``rules[1].min_gap``, or ``rules[1]`` for the rule itself. None takes out;
        a part whose place is behind the last is added.

    Raises
    ------
    SchemeError
        With every problem of the places, or of what the new scheme says.

    Examples
    --------
    >>> scheme = Scheme.from_dict({"rules": [{"type": "power_distance", "min_gap": 2}]})
    >>> with_changes(scheme, {"rules[0].min_gap": 1}).rules[0].min_gap
    1.0
    """
    data = changed_data(scheme.to_dict(), changes, scheme.source)
    changed = type(scheme).from_dict(data, source=scheme.source)
    if scheme._file is not None:  # tables that it names are still found
        object.__setattr__(changed, "_file", scheme._file)
    return changed


def _values_of(fields: Mapping[str, SchemeField | None], answers: Typed) -> dict[str, Any]:
    """Return what was typed as values, once all can be read."""
    values, problems = {}, []
    known_paths = [path for path, field in fields.items() if field is not None]
    for path, field in fields.items():
        if field is None:
            nearest_path = nearest(path, known_paths)
            remedy = f"did you mean {nearest_path!r}?" if nearest_path else ""
            reason = "the form has no such field"
            problems.append(Problem("form", "", path, "", reason, remedy, code="unknown_key"))
            continue
        try:
            values[path] = value_of(field.shape, answers[path])
        except ValueError as error:
            code = _CODES.get(field.kind, "invalid_value")
            typed = _joined(answers[path])
            problems.append(Problem("form", "", path, typed, str(error), code=code))
    if problems:
        raise SchemeError(problems)
    return values


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "\n".join(text)
