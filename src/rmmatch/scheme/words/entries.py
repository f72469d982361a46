"""What the tables of words are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["FieldWords", "PartWords", "more"]


@dataclass(frozen=True, slots=True)
class FieldWords:
    """What a form says of one field.

    Attributes
    ----------
    title : str
        The field in a few words.
    description : str
        What it does, in one sentence.
    unit : str
        What its number counts; empty where it has no unit.
    level : {'basic', 'more'}
        Whether a form shows it at once, or under *More*.
    choices : mapping of str to str
        What each value means, where there is a choice.
    """

    title: str
    description: str
    unit: str = ""
    level: Literal["basic", "more"] = "basic"
    choices: Mapping[str, str] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """Return the words as keys of a JSON Schema."""
        schema: dict[str, Any] = {"title": self.title, "description": self.description}
        if self.unit:
            schema["unit"] = self.unit
        if self.choices:
            schema["choices"] = dict(self.choices)
        return {**schema, "level": self.level}


@dataclass(frozen=True, slots=True)
class PartWords:
    """What a form says of a criterion, a rule or another part, and of its fields.

    Attributes
    ----------
    title, description : str
    fields : mapping of str to FieldWords
        By key; those of the family that it does not name are as the family has them.
    """

    title: str
    description: str
    fields: Mapping[str, FieldWords]


def more(
    title: str, description: str, unit: str = "", choices: Mapping[str, str] | None = None
) -> FieldWords:
    """Return the words of a field that a form shows under *More*.

    Parameters
    ----------
    title, description : str
    unit : str
    choices : mapping of str to str, optional
        What each value means.
    """
    return FieldWords(title, description, unit, "more", choices or {})
