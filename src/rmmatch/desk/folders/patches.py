"""What differs between two states of a run, as plain JSON data: small enough for a line a step."""

from __future__ import annotations

from typing import Any

__all__ = ["difference", "patched"]

_TO, _MORE, _KEYS, _DROPPED = "to", "more", "keys", "dropped"


def difference(old: Any, new: Any) -> dict[str, Any] | None:
    """Return what makes one piece of JSON data of another; None where they are the same.

    Parameters
    ----------
    old, new : JSON data

    Examples
    --------
    >>> patch = difference({"a": [1], "b": 2, "c": 3}, {"a": [1, 5], "b": 2})
    >>> patch, patched({"a": [1], "b": 2, "c": 3}, patch)
    ({'keys': {'a': {'more': [5]}}, 'dropped': ['c']}, {'a': [1, 5], 'b': 2})
    """
    if old == new and _is_same_kind(old, new):
        return None
    if isinstance(old, dict) and isinstance(new, dict):
        keys = {}
        for key, entry in new.items():
            change = difference(old[key], entry) if key in old else {_TO: entry}
            if change is not None:
                keys[key] = change
        dropped = [key for key in old if key not in new]
        return {_KEYS: keys, **({_DROPPED: dropped} if dropped else {})}
    if isinstance(old, list) and isinstance(new, list) and old and new[: len(old)] == old:
        return {_MORE: new[len(old) :]}
    return {_TO: new}


def _is_same_kind(old: Any, new: Any) -> bool:
    """Whether equal values are written alike: 1, 1.0 and true are equal in Python."""
    if isinstance(old, dict):
        return all(_is_same_kind(entry, new[key]) for key, entry in old.items())
    if isinstance(old, list):
        return all(map(_is_same_kind, old, new))
    return type(old) is type(new)


def patched(old: Any, patch: dict[str, Any] | None) -> Any:
    """Return the data that a difference makes of another; `old` stays as it is.

    Parameters
    ----------
    old : JSON data
    patch : dict or None
        What `difference` returned.

    Raises
    ------
    KeyError, TypeError
        The difference is not of this data.
    """
    if patch is None:
        return old
    if _TO in patch:
        return patch[_TO]
    if _MORE in patch:
        return [*old, *patch[_MORE]]
    dropped = {*patch.get(_DROPPED, ())}
    data = {key: entry for key, entry in old.items() if key not in dropped}
    for key, change in patch[_KEYS].items():
        data[key] = patched(data.get(key), change)
    return data
