"""Answers as plain JSON data: dicts with text as keys, lists, text, numbers, true, false, null."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

__all__ = ["JsonAnswer", "json_data"]


def json_data(value: Any) -> Any:
    """Return a value as JSON has it.

    Parameters
    ----------
    value : object
        Tuples and arrays become lists, numbers of numpy plain ones, NaN and infinity None, a
        member of an enumeration its value, a dataclass a dict of its fields.

    Examples
    --------
    >>> json_data({"pairs": (("E1", "M1"),), "score": float("nan")})
    {'pairs': [['E1', 'M1']], 'score': None}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, JsonAnswer):
        return value.to_dict()
    if isinstance(value, Enum):
        return json_data(value.value)
    if isinstance(value, Mapping):
        return {str(key): json_data(entry) for key, entry in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: json_data(getattr(value, entry.name)) for entry in fields(value)}
    if hasattr(value, "tolist"):  # of numpy
        return json_data(value.tolist())
    if isinstance(value, Iterable):
        return [json_data(entry) for entry in value]
    is_missing = type(value).__name__ in ("NAType", "NaTType")
    return None if is_missing else str(value)  # dates


class JsonAnswer(ABC):
    """An answer that programs can read too: `to_dict`, and `to_json`, its text."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON data."""

    def to_json(self) -> str:
        """Return what `to_dict` does as JSON text; missing numbers are null."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
