"""One value of a YAML text exchanged, added or taken out, with no other line changed.

Each function may refuse, by returning None, and none checks that the new text says what was wanted:
whoever calls them reads it, and has another way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["flow_text", "with_value", "without_value"]

_BLOCK_SCALARS = ("|", ">")
_DASH = re.compile(r" *- +")


def with_value(text: str, root: Any, path: tuple[str | int, ...], value: Any) -> str | None:
    """Return a text in which a place has another value, or a container has one more.

    Parameters
    ----------
    text : str
    root : ruamel.yaml.Node
        Its tree of nodes.
    path : tuple of str or int
        Keys and positions.
    value : Any
        Plain data.
    """
    node = _node_at(root, path)
    if node is not None:
        if not _is_in_line(node):
            return None
        return text[: node.start_mark.index] + flow_text(value) + text[node.end_mark.index :]
    parent, key = _node_at(root, path[:-1]), path[-1]
    if parent is None or isinstance(parent.value, str):
        return None
    entry = flow_text(value) if isinstance(key, int) else f"{flow_text(key)}: {flow_text(value)}"
    children = _children(parent)
    if parent.flow_style:
        end = children[-1][1].end_mark.index if children else parent.end_mark.index - 1
        return text[:end] + (", " if children else "") + entry + text[end:]
    if not children:
        return None
    lines = text.splitlines(keepends=True)
    first = children[0][0]
    indent = lines[first.start_mark.line][: first.start_mark.column]
    if not (_DASH.fullmatch(indent) if isinstance(key, int) else True):
        return None
    if not isinstance(key, int):
        indent = " " * len(indent)
    place = _last_line(children[-1][1]) + 1
    if not lines[place - 1].endswith("\n"):
        lines[place - 1] += "\n"
    return "".join((*lines[:place], f"{indent}{entry}\n", *lines[place:]))


def without_value(text: str, root: Any, path: tuple[str | int, ...]) -> str | None:
    """Return a text without the value of a place; comments above it stay.

    Parameters
    ----------
    text : str
    root : ruamel.yaml.Node
        Its tree of nodes.
    path : tuple of str or int
        Keys and positions.
    """
    parent = _node_at(root, path[:-1])
    children = [] if parent is None or isinstance(parent.value, str) else _children(parent)
    places = [
        index
        for index, (name, _) in enumerate(children)
        if (index if isinstance(path[-1], int) else name.value) == path[-1]
    ]
    if not places:
        return None
    place = places[0]
    first, last = children[place]
    if parent.flow_style:
        start, end = first.start_mark.index, last.end_mark.index
        if place + 1 < len(children):
            end = children[place + 1][0].start_mark.index
        elif place:
            start = children[place - 1][1].end_mark.index
        return text[:start] + text[end:]
    lines = text.splitlines(keepends=True)
    line = first.start_mark.line
    before = lines[line][: first.start_mark.column]
    is_own_line = _DASH.fullmatch(before) if isinstance(path[-1], int) else not before.strip()
    if len(children) == 1 or not is_own_line:
        return None
    return "".join((*lines[:line], *lines[_last_line(last) + 1 :]))


def flow_text(value: Any) -> str:
    """Return plain data as YAML in one line, as it may be written inside brackets.

    Parameters
    ----------
    value : Any

    Examples
    --------
    >>> flow_text({"minds": ["yes", "a, b"]}), flow_text(0.5)
    ("{minds: [yes, 'a, b']}", '0.5')
    """
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 1 << 30  # characters: never a second line; wording
    out = io.StringIO()
    plain = _listed(value)
    if isinstance(plain, dict | list):
        yaml.dump(plain, out)
        return out.getvalue().strip()
    yaml.dump([plain], out)  # in brackets more words need quotes than alone
    return out.getvalue().strip()[1:-1]


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _node_at(node: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        children = [] if node is None or isinstance(node.value, str) else _children(node)
        is_list = isinstance(step, int)
        node = next(
            (
                child
                for index, (name, child) in enumerate(children)
                if (index if is_list else name.value) == step
            ),
            None,
        )
    return node


def _children(node: Any) -> list[tuple[Any, Any]]:
    """Return each child with the node that it starts with: its key, or itself."""
    return [child if isinstance(child, tuple) else (child, child) for child in node.value]


def _is_in_line(node: Any) -> bool:
    """Tell whether a value starts and ends inside lines: no block of its own."""
    if isinstance(node.value, str):
        return node.style not in _BLOCK_SCALARS
    return bool(node.flow_style)


def _last_line(node: Any) -> int:
    """Return the last line of a value, counted from 0: a block's mark is behind its comments."""
    if isinstance(node.value, str):
        line = node.end_mark.line
        return int(line - 1 if node.style in _BLOCK_SCALARS else line)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    return _last_line(_children(node)[-1][1])
