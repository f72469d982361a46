"""Values of fields as people type them: what a field holds, and the way there and back."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from rmmatch.cohort.cells import YES_NO
from rmmatch.spelling import fold

__all__ = ["NO_WORDS", "FieldKind", "FieldShape", "number_text", "shape_of", "text_of", "value_of"]

NO_WORDS = "(none)"
"""What is typed for a list without words, where that says something else than no list at all."""

FieldKind = Literal[
    "choice",
    "column",
    "columns",
    "date",
    "number",
    "range",
    "table",
    "text",
    "words",
    "yes_no",
]


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a field may hold.

    Attributes
    ----------
    kind : str
        A ``choice`` of words, a ``column`` of the cohort or several ``columns``, a ``date``, a
        ``number``, a ``range`` of two whole numbers, a ``table`` (what has rows or lines of its
        own, typed as in a scheme file), ``text``, a list of ``words``, or ``yes_no``.
    options : tuple of str
        Of a choice.
    is_whole : bool
        Whether a number is a whole one.
    least, most : float or None
        Bounds of a number.
    other : str or None
        What else it may hold: grades are a list of words, or a table with a number for each.
    """

    kind: FieldKind
    options: tuple[str, ...] = ()
    is_whole: bool = False
    least: float | None = None
    most: float | None = None
    other: FieldKind | None = None


def shape_of(schema: Mapping[str, Any], value: Any = None) -> FieldShape:
    """Return what a field may hold, by its JSON Schema.

    Parameters
    ----------
    schema : mapping
    value : Any
        What it holds: of a field that may be two things, this decides.
    """
    branches = [
        branch
        for choice in schema.get("anyOf", [schema])
        for branch in choice.get("oneOf", [choice])
        if branch.get("type") != "null"
    ]
    shapes = [_plain_shape(branch) for branch in branches]
    fitting = [shape for shape in shapes if value is not None and _fits(shape, value)]
    shape = (fitting or shapes)[0]
    others = [other.kind for other in shapes if other.kind != shape.kind]
    return replace(shape, other=others[0]) if others else shape


def _plain_shape(schema: Mapping[str, Any]) -> FieldShape:
    if "enum" in schema:
        return FieldShape("choice", options=tuple(schema["enum"]))
    type_, items = schema.get("type"), schema.get("items") or {}
    if type_ == "boolean":
        return FieldShape("yes_no")
    if type_ in ("number", "integer"):
        least = schema.get("minimum", schema.get("exclusiveMinimum"))
        most = schema.get("maximum", schema.get("exclusiveMaximum"))
        return FieldShape("number", (), type_ == "integer", least, most)
    if type_ == "string":
        is_date = schema.get("format") == "date"
        is_column = schema.get("kind") == "column"
        return FieldShape("date" if is_date else "column" if is_column else "text")
    if type_ == "array" and items.get("type") == "string":
        return FieldShape("columns" if items.get("kind") == "column" else "words")
    pair = schema.get("prefixItems") or []
    if len(pair) == 2 and all(item.get("type") == "integer" for item in pair):
        return FieldShape("range", is_whole=True)
    return FieldShape("table")


def _fits(shape: FieldShape, value: Any) -> bool:
    if isinstance(value, bool):
        return shape.kind == "yes_no"
    if isinstance(value, int | float):
        return shape.kind == "number"
    if isinstance(value, str):
        return shape.kind in ("choice", "column", "date", "text")
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return shape.kind in ("columns", "words")
    return shape.kind in ("range", "table")


# --- there and back --------------------------------------------------------------------------


def text_of(kind: FieldKind, value: Any) -> str:
    r"""Return a value as it is typed; nothing where there is none.

    Parameters
    ----------
    kind : str
    value : Any
        Plain data.

    Examples
    --------
    >>> text_of("number", 2.0), text_of("yes_no", True), text_of("words", ["a", "b"])
    ('2', 'yes', 'a\nb')
    """
    if value is None:
        return ""
    if kind == "number":
        return number_text(value)
    if kind == "yes_no":
        return "yes" if value else "no"
    if kind in ("words", "columns"):
        return "\n".join(value)
    if kind == "range":
        return " to ".join(map(number_text, value))
    return _table_text(value) if kind == "table" else str(value)


def value_of(shape: FieldShape, text: str | Sequence[str]) -> Any:
    """Return what was typed as a value; None where nothing was.

    Parameters
    ----------
    shape : FieldShape
    text : str or sequence of str
        Several where there are several boxes.

    Raises
    ------
    ValueError
        It is none; the message says what it must be.

    Examples
    --------
    >>> value_of(FieldShape("number"), "2.5"), value_of(FieldShape("range"), "4 to 6")
    (2.5, [4, 6])
    """
    parts = [text] if isinstance(text, str) else [*text]
    typed = "\n".join(part.strip() for part in parts if part.strip())
    if not typed:
        return None
    if shape.other is not None:
        with suppress(ValueError):
            value = _table_of(typed)
            if _has_numbers(value):
                return value
        plain_kind = shape.other if shape.kind == "table" else shape.kind
        return value_of(replace(shape, kind=plain_kind, other=None), typed)
    if shape.kind in ("words", "columns"):
        if typed == NO_WORDS:
            return []
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if shape.kind == "range":
        ends = typed.replace(" to ", "\n").replace("–", "\n").split("\n")
        if len(ends) != 2:
            raise ValueError("must be two numbers, as in 4 to 6")
        return [_number_of(end, is_whole=True) for end in ends]
    if shape.kind == "number":
        return _number_of(typed, is_whole=shape.is_whole)
    if shape.kind == "yes_no":
        answer = YES_NO.get(fold(typed), {"on": "yes", "off": "no"}.get(fold(typed), ""))
        if not answer:
            raise ValueError("must be yes or no")
        return answer == "yes"
    return _table_of(typed) if shape.kind == "table" else typed


def number_text(number: float) -> str:
    """Return a number without what it need not have, and with all that it has.

    Parameters
    ----------
    number : int or float

    Examples
    --------
    >>> number_text(4.0), number_text(0.1), number_text(1e22)
    ('4', '0.1', '1e+22')
    """
    is_short = float(number).is_integer() and abs(number) < 1e15  # wording
    return str(int(number)) if is_short else repr(number)


def _number_of(text: str, *, is_whole: bool) -> int | float:
    cleaned = text.strip().replace(",", "")
    with suppress(ValueError):
        return int(cleaned)
    if is_whole:
        raise ValueError("must be a whole number")
    try:
        return float(cleaned)
    except ValueError:
        raise ValueError("must be a number") from None


def _has_numbers(value: Any) -> bool:
    """Tell whether what was typed is a table of numbers, or a list of them, not words."""
    items = value.values() if isinstance(value, Mapping) else value
    if isinstance(items, str) or not hasattr(items, "__iter__"):
        return False
    return all(isinstance(item, int | float) for item in items)


def _table_text(value: Any) -> str:
    """Return lines as a scheme file has them, the innermost lists in brackets."""
    yaml = _yaml()
    is_flat = isinstance(value, Mapping) and not any(
        isinstance(item, Mapping | list) for item in value.values()
    )
    yaml.default_flow_style = False if is_flat else None
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue().strip()


def _table_of(text: str) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        value = _yaml().load(text)
    except (YAMLError, ValueError, RecursionError):
        raise ValueError("is not written as in a scheme file") from None
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 10_000  # characters of a line; wording
    return yaml
