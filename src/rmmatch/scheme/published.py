"""The JSON Schema of schemes with a title, a description and a level for every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rmmatch.scheme.words.entries import FieldWords, PartWords
from rmmatch.scheme.words.of_criteria import CRITERIA, CRITERION_FIELDS
from rmmatch.scheme.words.of_rules import RULE_FIELDS, RULES
from rmmatch.scheme.words.of_the_whole import AIM, MEETINGS, QUOTA, SCHEME

__all__ = ["worded"]

_FAMILIES: dict[str, tuple[Mapping[str, FieldWords], Mapping[str, PartWords]]] = {
    "criteria": (CRITERION_FIELDS, CRITERIA),
    "rules": (RULE_FIELDS, RULES),
}
_PARTS = {"Quota": QUOTA, "Aim": AIM, "Meetings": MEETINGS}


def worded(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of schemes, as pydantic makes it, in words for people.

    Criteria and rules of somebody's own keep what their fields say (``Field(title=…)``); what
    they share with the others is in the same words, and of a docstring the first line is shown.

    Parameters
    ----------
    schema : dict
        Is changed.
    """
    _say(schema, SCHEME, {})
    for key, (shared, parts) in _FAMILIES.items():
        for part in schema["properties"][key]["items"]["oneOf"]:
            tag = part["properties"]["type"]["default"]
            _say(part, parts.get(tag), shared)
    for name, words in _PARTS.items():
        if name in schema.get("$defs", {}):
            _say(schema["$defs"][name], words, {})
    return schema


def _say(part: dict[str, Any], words: PartWords | None, shared: Mapping[str, FieldWords]) -> None:
    """Put the words of a part, and of its fields, into its schema."""
    own_fields = {} if words is None else words.fields
    if words is not None:
        part.update(title=words.title, description=words.description)
    elif "description" in part:
        part["description"] = part["description"].partition("\n")[0]
    for key, field in part["properties"].items():
        entry = own_fields.get(key)
        if entry is None and (words is not None or "description" not in field):
            entry = shared.get(key)
        if entry is not None:
            field.update(entry.to_schema())
        else:
            field.setdefault("level", "basic")
