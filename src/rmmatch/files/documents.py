"""Scheme files: text to plain data with line numbers, and errors in a coordinator's words."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from rmmatch.errors import Problem, ProblemsError, SchemeError, nearest
from rmmatch.files.access import access_fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Families", "Lines", "parse", "problems_of", "quoted", "read_text", "yaml_text"]

KeyPath = tuple[str | int, ...]
Lines = dict[KeyPath, int]
Families = Mapping[str, Mapping[str, type[BaseModel]]]

MAX_BYTES = 10_000_000  # bytes of a scheme file; limit of input
# What JSON may hold and a YAML reader refuses or takes for the end of a line: outside strings,
# and in them. Compiled where there is JSON: it takes longer than reading a scheme.
_SPACE = "[\t\r]"
_NOT_YAML = "[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class _Wording(NamedTuple):
    """What is wrong with a file or a value: as in `rmmatch.errors.Problem`."""

    reason: str
    code: str
    remedy: str = ""


def read_text(path: Path, error_class: type[ProblemsError] = SchemeError) -> str:
    """Return the text of a scheme file, or of a form.

    Parameters
    ----------
    path : Path
    error_class : type
        What to raise.

    Raises
    ------
    SchemeError
        It is not there, is a folder, is not UTF-8 text, or is over 10 MB.
    """
    try:
        if path.stat().st_size <= MAX_BYTES:
            return path.read_text(encoding="utf-8-sig")
        wrong = _Wording(
            "is over 10 MB", code="file_too_large", remedy="give a scheme file, not a table"
        )
    except UnicodeDecodeError:
        wrong = _Wording("is not UTF-8 text", code="not_text", remedy="save it as UTF-8")
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        nearest_name = nearest(path.name, siblings)
        remedy = f"did you mean {nearest_name!r}?" if nearest_name else "check the name"
        wrong = _Wording("no such file", code="file_not_found", remedy=remedy)
    except IsADirectoryError:
        wrong = _Wording("is a folder", code="unreadable_file", remedy="name the scheme file in it")
    except OSError as error:
        reason, remedy = access_fault(error, "read")
        wrong = _Wording(reason, code="unreadable_file", remedy=remedy)
    problem = Problem(path.name, "", "", "", wrong.reason, wrong.remedy, code=wrong.code)
    raise error_class([problem])


def parse(
    text: str, source: str, error_class: type[ProblemsError] = SchemeError
) -> tuple[dict[str, Any], Lines]:
    """Return YAML or JSON text as plain data, and the line of every key and item.

    Parameters
    ----------
    text : str
    source : str
        Names the text in errors.
    error_class : type
        What to raise.

    Raises
    ------
    SchemeError
        The text is not YAML, is not a mapping, or has the same key twice.
    """
    from ruamel.yaml import error as yaml_errors
    from ruamel.yaml import nodes

    try:
        data, node = _load_yaml(text)
    except (yaml_errors.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error) or "cannot be read"
        raise error_class(
            [
                Problem(
                    source,
                    mark.line + 1 if mark else "",
                    "",
                    "",
                    f"is not YAML or JSON: {reason}",
                    "check the indentation, brackets and quotes near this line",
                    code="not_yaml_or_json",
                )
            ]
        ) from None
    if not isinstance(data, dict):
        raise error_class(
            [
                Problem(
                    source,
                    "",
                    "",
                    "",
                    "is empty" if data is None else "has no lines of the form `key: value`",
                    "start from a file that `rmmatch template` or `rmmatch import` writes",
                    code="empty_file" if data is None else "wrong_type",
                )
            ]
        )
    lines: Lines = {}
    repeated: list[Problem] = []
    stack: list[tuple[KeyPath, Any]] = [((), node)]
    visited: set[int] = set()  # an alias may stand in many places, even inside itself
    while stack:
        path, node = stack.pop()
        lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, nodes.MappingNode):
            seen = set()
            numbers: dict[float, str] = {}  # `1` and `true` are one key of a dict
            for key, value in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, nodes.ScalarNode):
                    reason = "is not YAML or JSON: a key must be text"
                    remedy = "check the indentation, brackets and quotes near this line"
                    problem = Problem(source, line, "", "", reason, remedy, code="not_yaml_or_json")
                    raise error_class([problem])
                if key.value in seen:
                    at = _dotted((*path, key.value))
                    reason = "is there twice: write it once"
                    repeated.append(Problem(source, line, at, "", reason, code="repeated_key"))
                seen.add(key.value)
                number = _number_of(key)
                if number is not None and number in numbers:
                    at = _dotted((*path, key.value))
                    reason = f"is the same key as {numbers[number]!r}: put both in quotes"
                    repeated.append(Problem(source, line, at, "", reason, code="repeated_key"))
                elif number is not None:
                    numbers[number] = key.value
                lines[(*path, key.value)] = line
                stack.append(((*path, key.value), value))
        elif isinstance(node, nodes.SequenceNode):
            stack += [((*path, index), item) for index, item in enumerate(node.value)]
    if repeated:
        raise error_class(repeated)
    return data, lines


def _number_of(key: Any) -> float | None:
    """Return the number that a key of YAML is in Python, where true is 1; None for text."""
    kind = key.tag.rpartition(":")[2]
    if kind == "bool":
        return float(key.value.lower() == "true")
    try:
        return float(key.value) if kind in ("int", "float") else None
    except ValueError:
        return None


def _load_yaml(text: str) -> tuple[Any, Any]:
    """Return the data of a text, and its tree of YAML nodes, which know their lines."""
    yaml = _yaml()
    try:
        # JSON by its own reader: YAML's knows neither its pairs of surrogates nor 1e-3.
        data = json.loads(text)
    except ValueError:
        data = yaml.load(text)
    else:
        text = re.sub(_SPACE, " ", text)
        text = re.sub(_NOT_YAML, lambda match: f"\\u{ord(match[0]):04x}", text)
    return data, _yaml().compose(text)


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML text that `parse` reads back.

    Parameters
    ----------
    data : mapping
    """
    yaml, out = _yaml(), io.StringIO()
    # These are written as they are and read back as ends of lines, if not escaped.
    text = json.dumps(data, ensure_ascii=False)
    yaml.allow_unicode = not re.search("[\x85\u2028\u2029]", text)
    yaml.dump(dict(data), out)
    return out.getvalue()


def quoted(text: str) -> str:
    r"""Return a text on one line and in quotation marks, as it can be written in YAML.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> print(quoted("Which \"site\"\n do you like?"))
    "Which \"site\" do you like?"
    """
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _yaml() -> Any:
    """Return a reader and writer of YAML 1.2: `Yes`, `No` and `On` are text."""
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # `parse` finds them, with their lines
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 100
    return yaml


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    data: Any,
    source: str,
    lines: Lines,
    *,
    families: Families | None = None,
) -> list[Problem]:
    """Return the errors of a validation as problems, each with its line and a remedy.

    Parameters
    ----------
    error : ValidationError
    model : type
        What the data was to be.
    data : mapping
        What was given.
    source : str
        Name of the file.
    lines : dict of tuple to int
        The line of every key and item, as `parse` returns them; may be empty.
    families : mapping of str to mapping of str to type, optional
        Of keys whose items name their class by ``type``: the classes by these names.
    """
    problems: dict[tuple[str, str], Problem] = {}
    for details in error.errors(include_url=False):
        path = _location_in_data(details["loc"], data)
        if details["type"] == "missing" and isinstance(details["loc"][-1], str):
            path = (*path, details["loc"][-1])
        reason, code, remedy = _in_words(details, path, model, data, families or {})
        value = details["input"]
        shown = "" if isinstance(value, (Mapping, list, tuple, BaseModel)) else str(value)
        line = next((lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines), "")
        at = _dotted(path)
        problems.setdefault(
            (at, reason), Problem(source, line, at, shown, reason, remedy, code=code)
        )
    return list(problems.values())


def _location_in_data(loc: KeyPath, data: Any) -> KeyPath:
    """Cut what pydantic adds to a location for its own unions, and what is not in the data."""
    path: list[str | int] = []
    for step in loc:
        if isinstance(data, Mapping) and step in data:
            data = data[step]
        elif isinstance(data, Sequence) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        path.append(step)
    return tuple(path)


_LIMIT_WORDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_DATE = _Wording("must be a date, as in 2026-01-12", code="not_a_date")
_MAPPING = _Wording("must be lines of the form `key: value`", code="wrong_type")
_NUMBER = _Wording("must be a number", code="not_a_number")
_TRUE_OR_FALSE = _Wording("must be true or false", code="wrong_type")
_WHOLE_NUMBER = _Wording("must be a whole number", code="not_a_whole_number")
_WORDINGS = {
    "callable_type": _Wording(
        "must be a Python function, which cannot be in a file", code="wrong_type"
    ),
    "date_from_datetime_inexact": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_type": _DATE,
    "dict_type": _MAPPING,
    "bool_parsing": _TRUE_OR_FALSE,
    "bool_type": _TRUE_OR_FALSE,
    "finite_number": _Wording("must be a finite number", code="not_a_number"),
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "invalid_key": _Wording("a key must be text", code="wrong_type"),
    "list_type": _Wording("must be a list", code="wrong_type"),
    "model_type": _MAPPING,
    "string_type": _Wording("must be text", code="wrong_type"),
    "too_long": _Wording("has too many items", code="wrong_length"),
    "tuple_type": _Wording("must be a list", code="wrong_type"),
}


def _in_words(
    details: ErrorDetails, path: KeyPath, model: type[BaseModel], data: Any, families: Families
) -> _Wording:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _known_keys(path[:-1], model, data, families)
        nearest_text = nearest(str(path[-1]), keys)
        remedy = f"did you mean {nearest_text!r}?" if nearest_text else f"one of: {', '.join(keys)}"
        return _Wording("there is no such key", code="unknown_key", remedy=remedy)
    if kind == "missing":
        if isinstance(details["loc"][-1], int):
            return _Wording("has too few items", code="wrong_length")
        return _Wording("a key is missing", code="missing_key", remedy=f"add `{path[-1]}:`")
    if kind == "literal_error":
        expected = str(context["expected"])
        nearest_text = nearest(str(details["input"]), re.findall(r"'([^']*)'", expected))
        remedy = f"did you mean {nearest_text!r}?" if nearest_text else ""
        return _Wording(f"must be {expected}", code="not_a_choice", remedy=remedy)
    if kind == "value_error":
        return _Wording(details["msg"].removeprefix("Value error, "), code="invalid_value")
    if kind in _LIMIT_WORDS:
        (limit,) = context.values()
        return _Wording(f"must be {_LIMIT_WORDS[kind]} {limit:g}", code="out_of_range")
    reason = details["msg"][0].lower() + details["msg"][1:]
    if kind not in get_args(ErrorType):  # a PydanticCustomError, of ours or of somebody's own type
        return _Wording(reason, code=kind, remedy=str(context.get("remedy", "")))
    # the other kinds are met only by a class of somebody's own
    code = "wrong_type" if kind.endswith("_type") else "invalid_value"
    wording = _WORDINGS.get(kind) or _Wording(reason, code=code)
    if kind in ("string_type", "invalid_key") and isinstance(details["input"], (bool, int, float)):
        return wording._replace(remedy="put it in quotes")
    return wording


def _known_keys(path: KeyPath, model: type[BaseModel], data: Any, families: Families) -> list[str]:
    """Return the keys that may stand in the mapping at a path."""
    for step in path:
        data = data[step]
    registry = families.get(str(path[0]) if path else "", {})
    if registry and isinstance(data, Mapping):
        model = registry.get(str(data.get("type")), model)
    else:
        for step in path:
            field = model.model_fields.get(str(step))
            model = next(iter(_types_in(field.annotation if field else None)), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _types_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _types_in(inner)]


def _dotted(path: KeyPath) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
