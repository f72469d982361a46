"""A scheme with other values in its fields: as plain data, and as text that keeps its comments.

A change is a place and a value. A place is written as problems write it, counted from 0:
``direction``, ``meetings.minutes``, ``rules[1].min_gap``; ``rules[1]`` is the rule itself. Places
are those of the scheme before any of the changes. The value None takes the field, or the part, out;
a part whose place is behind the last is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Protocol

from rmmatch.errors import Problem, SchemeError, nearest
from rmmatch.files.commented import CommentedText, KeyPath
from rmmatch.files.documents import parse

__all__ = ["changed_data", "changed_text", "place_of"]

_PLACE = re.compile(r"(\w+)(?:\[([0-9]+)\])?(?:\.(\w+))?")
_FAMILIES = ("criteria", "rules", "quotas", "objective")


class _Container(Protocol):
    def put(self, path: KeyPath, value: Any) -> None: ...

    def drop(self, path: KeyPath) -> None: ...


class _PlainContainer:
    """Plain data that is changed as a text is."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def put(self, path: KeyPath, value: Any) -> None:
        """Write a value, as `CommentedText.put` does."""
        parent: Any = self.data
        for step, following in pairwise(path):
            if isinstance(step, str) and parent.get(step) is None:
                parent[step] = [] if isinstance(following, int) else {}
            parent = parent[step]
        if isinstance(path[-1], int) and path[-1] >= len(parent):
            parent.append(value)
        else:
            parent[path[-1]] = value

    def drop(self, path: KeyPath) -> None:
        """Take a key or an item out, as `CommentedText.drop` does."""
        parent: Any = self.data
        for step in path[:-1]:
            if isinstance(step, str) and parent.get(step) is None:
                return
            parent = parent[step]
        if isinstance(path[-1], int) or path[-1] in parent:
            del parent[path[-1]]


def changed_data(
    data: Mapping[str, Any], changes: Mapping[str, Any], source: str
) -> dict[str, Any]:
    """Return the plain data of a scheme with changes in it; whether it is a scheme is not checked.

    Parameters
    ----------
    data : mapping
    changes : mapping of str to Any
        Values by place; None takes out.
    source : str
        Names the data in errors.

    Raises
    ------
    SchemeError
        With every place that is none.

    Examples
    --------
    >>> scheme = {"rules": [{"type": "power_distance", "min_gap": 2}]}
    >>> changed_data(scheme, {"rules[0].min_gap": 1, "rules[0].max_gap": 4}, "scheme")
    {'rules': [{'type': 'power_distance', 'min_gap': 1, 'max_gap': 4}]}
    """
    container = _PlainContainer(_copied(data))
    _apply(container, data, changes, source)
    return container.data


def changed_text(text: str, changes: Mapping[str, Any], source: str) -> str:
    """Return the text of a scheme with changes in it; whether it is a scheme is not checked.

    Parameters
    ----------
    text : str
        YAML or JSON. Comments stay, and so do all lines that need not change.
    changes : mapping of str to Any
        Values by place; None takes out.
    source : str
        Names the text in errors.

    Raises
    ------
    SchemeError
        The text cannot be read, or with every place that is none.
    """
    data, _ = parse(text, source)
    commented = CommentedText(text)
    _apply(commented, data, changes, source)
    return commented.to_yaml()


def place_of(path: str) -> KeyPath | None:
    """Return the keys and positions of a place; None where it is not written as one.

    Parameters
    ----------
    path : str

    Examples
    --------
    >>> place_of("rules[1].min_gap"), place_of("name"), place_of("rules[x]")
    (('rules', 1, 'min_gap'), ('name',), None)
    """
    match = _PLACE.fullmatch(path)
    if match is None:
        return None
    key, index, inner = match.groups()
    position = () if index is None else (int(index),)
    return (key, *position, *(() if inner is None else (inner,)))


def _apply(
    container: _Container, data: Mapping[str, Any], changes: Mapping[str, Any], source: str
) -> None:
    """Write all changes; parts are taken out last, from the back, so that places stay true."""
    places = {path: place_of(path) for path in changes}
    problems = [*_misplaced(places, changes, data, source)]
    if problems:
        raise SchemeError(problems)
    placed = [(place, changes[path]) for path, place in places.items() if place is not None]
    placed.sort(key=lambda item: _rank(item[0]))
    for place, _ in placed:
        if place[0] == "objective" and len(place) == 3:  # a name alone has no place for options
            entry = data["objective"][place[1]]
            if isinstance(entry, str):
                container.put(place[:2], {"tier": entry})
    for place, value in placed:
        if value is not None:
            container.put(place, value)
        elif not _is_whole_part(place):
            container.drop(place)
    for place, value in reversed(placed):
        if value is None and _is_whole_part(place):
            container.drop(place)


def _is_whole_part(place: KeyPath) -> bool:
    return isinstance(place[-1], int)


def _rank(place: KeyPath) -> tuple[str, int, int]:
    """Return the order of places: those of one family by position, whole parts before fields."""
    position = place[1] if len(place) > 1 and isinstance(place[1], int) else -1
    return str(place[0]), position, len(place)


def _misplaced(
    places: Mapping[str, KeyPath | None],
    changes: Mapping[str, Any],
    data: Mapping[str, Any],
    source: str,
) -> Iterator[Problem]:
    """Yield a problem for each place that leads nowhere."""
    for path, place in places.items():
        if place is None:
            remedy = "write it as rules[1].min_gap"
            yield _problem(source, path, "is not a place in a scheme", remedy)
            continue
        key, position = place[0], place[1] if len(place) > 1 else None
        if not isinstance(position, int):
            continue
        if key not in _FAMILIES:
            nearest_family = nearest(str(key), _FAMILIES)
            remedy = f"did you mean {nearest_family!r}?" if nearest_family else ""
            yield _problem(source, path, "has no parts that are counted", remedy)
        else:
            n_parts = len(data.get(key) or ())
            is_added = _is_whole_part(place) and changes[path] is not None
            if position >= n_parts and not is_added:
                yield _problem(source, path, f"there are only {n_parts} of them")


def _problem(source: str, path: str, reason: str, remedy: str = "") -> Problem:
    return Problem(source, "", path, "", reason, remedy, code="unknown_key")


def _copied(value: Any) -> Any:
    """Return a copy in which nothing is shared, as an alias of YAML shares it."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value
