"""A form as a file: YAML whose comments are kept when a form changes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from rmmatch.files.commented import CommentedText

__all__ = ["FormText", "merged"]


def merged(data: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with a change in it: mappings are merged, lists are added to.

    A header alone becomes ``{from: header}`` where the change has more to say of the field.

    Parameters
    ----------
    data, change : mapping
        Plain data.

    Examples
    --------
    >>> merged({"fields": {"goals": "Topics"}}, {"fields": {"goals": {"separator": ","}}})
    {'fields': {'goals': {'from': 'Topics', 'separator': ','}}}
    """
    result: dict[str, Any] = copy.deepcopy(dict(data))
    _merge_into(result, change)
    return result


class FormText(CommentedText):
    """The text of a form, which can be changed without losing its comments."""

    def merge(self, change: Mapping[str, Any], undecided: Sequence[Any]) -> None:
        """Write a change into the text, and the questions that are still open.

        Parameters
        ----------
        change : mapping
        undecided : sequence
            As plain data.
        """
        _merge_into(self._data, change)
        if undecided:
            self._data["undecided"] = list(undecided)
        else:
            self._data.pop("undecided", None)
        self._text = self._dumped()


def _merge_into(data: Any, change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        present = data.get(key)
        if isinstance(value, Mapping) and isinstance(present, str | list):
            data[key] = present = {"from": present}
        if isinstance(value, Mapping) and isinstance(present, Mapping):
            _merge_into(present, value)
        elif isinstance(value, list) and isinstance(present, list):
            present.extend(item for item in value if item not in present)
        else:
            data[key] = copy.deepcopy(value)
