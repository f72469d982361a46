"""YAML text that can be changed without losing its comments."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Self

from rmmatch.files.documents import yaml_text
from rmmatch.files.splices import with_value, without_value

__all__ = ["CommentedText", "KeyPath"]

KeyPath = tuple[str | int, ...]

_WIDTH = 10_000  # characters of a line: a list in brackets stays on its line; wording
_MAX_OFFSET = 4  # of the dash of a list from its key; wording
_LIST_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
_ABSENT: Any = object()


class CommentedText:
    r"""The text of a YAML file, which can be changed without losing its comments.

    A change is written into the text itself where it can be, so that no other line changes; else
    the whole is written again by a writer that keeps comments; and if even that text would not say
    what is wanted (an alias stands for a value twice, say), without them. JSON has no comments,
    and is written as JSON again.

    Parameters
    ----------
    text : str
        YAML or JSON: a mapping.

    Examples
    --------
    >>> text = CommentedText("weight: 4  # agreed in May\nname: Goals\n")
    >>> text.put(("weight",), 5)
    >>> text.drop(("name",))
    >>> print(text.to_yaml(), end="")
    weight: 5  # agreed in May
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_json, self._data = _loaded(text)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the text of plain data.

        Parameters
        ----------
        data : mapping
        """
        out = io.StringIO()
        _yaml("").dump(dict(data), out)
        return cls(out.getvalue())

    def put(self, path: KeyPath, value: Any) -> None:
        """Write a value where another one is, or at a new key, or at the end of a list.

        Parameters
        ----------
        path : tuple of str or int
            Keys and positions. Mappings and lists that are not there yet are made.
        value : Any
            Plain data.
        """
        steps = path[:-1]
        for depth, step in enumerate(steps):
            parent = _at(self._data, steps[:depth])
            if not _has(parent, step) or parent[step] is None:
                # what is made is a list where a position comes next
                for key in reversed(path[depth + 1 :]):
                    value = [value] if isinstance(key, int) else {key: value}
                path = path[: depth + 1]
                break
        self._change(path, value)

    def drop(self, path: KeyPath) -> None:
        """Take a key, or an item of a list, out of the text.

        Parameters
        ----------
        path : tuple of str or int
            Nothing happens where it leads nowhere.
        """
        for depth, step in enumerate(path):
            if not _has(_at(self._data, path[:depth]), step):  # None has nothing
                return
        self._change(path, _ABSENT)

    def to_yaml(self) -> str:
        """Return the text."""
        return self._text

    def _change(self, path: KeyPath, value: Any) -> None:
        wanted = _plain(self._data)
        _write(_at(wanted, path[:-1]), path[-1], _plain(value))
        for text in self._candidates(path, value, wanted):
            with suppress(Exception):  # whatever a reader says against it, there is another way
                _, data = _loaded(text)
                if _same(data, wanted):
                    self._text, self._data = text, data
                    return
        self._text = yaml_text(_plain(wanted))
        self._data = _loaded(self._text)[1]

    def _candidates(self, path: KeyPath, value: Any, wanted: dict[str, Any]) -> Iterator[str]:
        """Yield texts with the change in it, the most like the text before first."""
        if self._is_json:
            yield _json_text(wanted)
            return
        root = _yaml("").compose(self._text)
        if value is _ABSENT:
            spliced = without_value(self._text, root, path)
        else:
            spliced = with_value(self._text, root, path, value)
        if spliced is not None:
            yield spliced
        _write(_at(self._data, path[:-1]), path[-1], value)
        yield self._dumped()

    def _dumped(self) -> str:
        if self._is_json:
            return _json_text(self._data)
        out = io.StringIO()
        _yaml(self._text).dump(self._data, out)
        return out.getvalue()


def _json_text(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _loaded(text: str) -> tuple[bool, Any]:
    """Return whether a text is JSON, and its data, which for YAML knows its comments."""
    with suppress(ValueError):  # YAML's reader does not know all of JSON
        return True, json.loads(text)
    return False, _yaml("").load(text)


def _at(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _has(container: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(container, list) and step < len(container)
    return isinstance(container, Mapping) and step in container


def _write(container: Any, step: str | int, value: Any) -> None:
    """Put a value into a mapping or a list, or take what is there out of it."""
    if value is _ABSENT:
        del container[step]
    elif isinstance(step, int) and step >= len(container):
        container.append(_written(value))
    else:
        present = container[step] if _has(container, step) else None
        container[step] = _updated(present, value)


def _updated(present: Any, value: Any) -> Any:
    """Return a value in which what it shares with the present one is as that is written."""
    if isinstance(value, Mapping) and isinstance(present, dict):
        for key in [key for key in present if key not in value]:
            del present[key]
        for key, item in value.items():
            _write(present, key, item)
        return present
    if isinstance(value, list | tuple) and isinstance(present, list):
        del present[len(value) :]
        for index, item in enumerate(value):
            _write(present, index, item)
        return present
    return present if present is not None and _same(present, value) else _written(value)


def _written(value: Any) -> Any:
    """Return plain data that is written in one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, Mapping):
        mapping = CommentedMap((key, _written(item)) for key, item in value.items())
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        items = CommentedSeq(map(_written, value))
        items.fa.set_flow_style()
        return items
    return value


def _plain(value: Any) -> Any:
    """Return what a reader of YAML made, without what it knows of the text."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or type(value).__name__ == "ScalarBoolean":
        return bool(value)
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _same(first: Any, second: Any) -> bool:
    """Tell whether plain data is the same, where 1 is not true."""
    return repr(_plain(first)) == repr(_plain(second))


def _yaml(text: str) -> Any:
    """Return a reader and writer of YAML that keeps comments, and sets lists as a text does."""
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    first_item = _LIST_ITEM.search(text)
    offset = len(first_item[1]) if first_item and len(first_item[1]) <= _MAX_OFFSET else 2
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    yaml.allow_unicode = True
    return yaml
