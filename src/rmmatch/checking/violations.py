"""One thing that is wrong with a matching."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from rmmatch.files.json_data import JsonAnswer

__all__ = ["Violation"]


@dataclass(frozen=True)
class Violation(JsonAnswer):
    """One thing that is wrong with a matching.

    Attributes
    ----------
    rule : str
        What is broken: a rule's description, or ``id``, ``capacity``, ``minimum load``, ``pin``,
        ``repeated pair``, ``value``, ``proof``.
    mentee, mentor : str
        Ids; empty where it is not about a pair.
    message : str
        One sentence.
    code : str
        What kind of violation it is, for programs and tests: it stays where words change.
    """

    rule: str
    mentee: str
    mentor: str
    message: str
    code: str = field(kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Return rule, mentee, mentor, message and code as plain JSON data."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def __str__(self) -> str:
        return self.message
