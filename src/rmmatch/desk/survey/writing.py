"""A proposed form as YAML, with the evidence beside each line."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

__all__ = ["form_text"]

_WIDTH = 100  # characters of a line; wording
_SHORT = 70  # characters of a mapping that is written on one line; wording
_HEAD = """\
Proposed by rmmatch from the export: check it. Each line has its evidence, and how sure it is
from 0 to 1. A line may be changed, or deleted: the column then keeps its own name.
"""
_QUESTIONS = """\
To decide: answer with `rmmatch import` at a terminal or `form.accept` in Python, or write the
`change` of the answer into the form and delete the question.
"""


def form_text(data: Mapping[str, Any], evidence: Mapping[tuple[str, ...], str]) -> str:
    """Return a form as YAML text that reads back as the same data.

    Parameters
    ----------
    data : mapping
        As `Form.to_dict` gives it.
    evidence : mapping of tuple of str to str
        Path of a line → the comment beside it.

    Examples
    --------
    >>> print(form_text({"version": 1, "fields": {"id": "Email"}}, {("fields", "id"): "3 of 3"}))
    # Proposed by rmmatch from the export: check it. Each line has its evidence, and how sure it is
    # from 0 to 1. A line may be changed, or deleted: the column then keeps its own name.
    version: 1
    fields:
      id: Email # 3 of 3
    <BLANKLINE>
    """
    from ruamel.yaml import YAML

    text = _commented(data, evidence, ())
    text.yaml_set_start_comment(_HEAD)
    if "undecided" in data:
        text.yaml_set_comment_before_after_key("undecided", before=_QUESTIONS.rstrip())
    yaml = YAML(typ="rt")
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(text, out)
    return out.getvalue()


def _commented(value: Any, evidence: Mapping[tuple[str, ...], str], path: tuple[str, ...]) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, Mapping):
        mapping = CommentedMap()
        for key, item in value.items():
            mapping[key] = _commented(item, evidence, (*path, key))
            comment = " ".join(evidence.get((*path, key), "").split())
            if comment and len(str(item)) + len(key) + len(comment) <= _WIDTH:
                mapping.yaml_add_eol_comment(comment, key, column=0)
            elif comment:
                mapping.yaml_set_comment_before_after_key(key, before=comment, indent=_indent(path))
        is_commented = any(place[: len(path)] == path for place in evidence if place != path)
        if _is_short(value) and not is_commented:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        items = CommentedSeq(_commented(item, evidence, path) for item in value)
        if _is_short(value):
            items.fa.set_flow_style()
        return items
    return value


def _indent(path: tuple[str, ...]) -> int:
    return 2 * len(path)


def _is_short(value: Any) -> bool:
    """Whether a mapping or list is of texts only, and fits on a line."""
    items = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    texts = [item for item in items if isinstance(item, str | int | bool)]
    is_flat = len(texts) == len(items)
    return (
        is_flat
        and sum(len(str(text)) + 4 for text in texts) <= _SHORT
        and not any("\n" in str(text) for text in texts)
    )
