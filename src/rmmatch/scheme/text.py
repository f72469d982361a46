"""A scheme as text and as plain data, in and out; errors in a coordinator's words.

Nothing here knows the class `Scheme`, which is made of it: what is read or written is any model
whose parts are criteria and rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from rmmatch.criteria import Criterion
from rmmatch.errors import NotSupportedError, Problem, SchemeError
from rmmatch.files.documents import Lines, parse, problems_of
from rmmatch.rules import Rule

__all__ = ["distinct_names", "parsed", "plain_data", "scheme_problems", "validated"]

_Model = TypeVar("_Model", bound=BaseModel)
# What a key of a scheme is by default, and so need not be written.
_DEFAULTS: dict[str, Any] = {
    "columns": {},
    "grades": None,
    "meetings": None,
    "name": "",
    "min_load": "hard",
    "people": {},
    "capacity": {},
    "each_side": False,
}


def parsed(model: type[_Model], text: str, source: str) -> _Model:
    """Return what YAML or JSON text says.

    Parameters
    ----------
    model : type
        `Scheme`.
    text : str
    source : str
        Names the text in errors.

    Raises
    ------
    SchemeError
        With every problem of the text: line, path, value, what was expected.
    """
    data, lines = parse(text, source)
    return validated(model, data, source, lines)


def validated(model: type[_Model], data: Any, source: str, lines: Lines | None = None) -> _Model:
    """Return what plain data says.

    Parameters
    ----------
    model : type
        `Scheme`.
    data : mapping
    source : str
        Names the data in errors.
    lines : dict, optional
        The line of every key and item, where there is a text.

    Raises
    ------
    SchemeError
        With every problem of the data.
    """
    try:
        # not `model_validate`, whose errors know no source and no lines
        return cast(_Model, model.__pydantic_validator__.validate_python(data))
    except ValidationError as error:
        raise SchemeError(scheme_problems(error, model, data, source, lines)) from None


def scheme_problems(
    error: ValidationError,
    model: type[BaseModel],
    data: Any,
    source: str,
    lines: Lines | None = None,
) -> list[Problem]:
    """Return the errors of a scheme as problems; keys of criteria and rules are known.

    Parameters
    ----------
    error : ValidationError
    model : type
        What the data was to be: `Scheme`.
    data : mapping
        What was given.
    source : str
        Names it.
    lines : dict, optional
        The line of every key and item, where there is a text.
    """
    families = {"criteria": Criterion.registry, "rules": Rule.registry}
    return problems_of(error, model, data, source, lines or {}, families=families)


def plain_data(scheme: BaseModel, criteria: Iterable[Criterion]) -> dict[str, Any]:
    """Return a scheme as plain data, only what was set and what names it.

    Parameters
    ----------
    scheme : Scheme
    criteria : iterable of Criterion
        Its criteria.

    Raises
    ------
    NotSupportedError
        A criterion is a plain function, which has no text.
    """
    for criterion in criteria:
        if criterion.unsaveable:
            raise NotSupportedError(criterion.unsaveable)
    data = scheme.model_dump(mode="json")
    for entry in (*data["rules"], *data["quotas"]):
        if not entry.get("reason", True):
            del entry["reason"]
    monitored = data["monitoring_only"]  # which reading adds to the sensitive ones
    data["sensitive"] = [name for name in data["sensitive"] if name not in monitored]
    return {
        key: value
        for key, value in data.items()
        if value not in ([], None) and _DEFAULTS.get(key, ...) != value
    }


def distinct_names(names: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    """Return names of which none stands there twice, by numbers behind those that would.

    Parameters
    ----------
    names : iterable of str
    taken : iterable of str
        Names that none may have.

    Examples
    --------
    >>> distinct_names(["goals", "goals", "score"], ["score"])
    ('goals', 'goals_2', 'score_2')
    """
    used = list(taken)
    n_taken = len(used)
    for base in names:
        name, number = base, 2
        while name in used:
            name, number = f"{base}_{number}", number + 1
        used.append(name)
    return tuple(used[n_taken:])
