"""A scheme as a file, as text and as plain data: every way in raises `SchemeError`."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import ConfigDict, PrivateAttr, ValidationError

from rmmatch.declarations.declared import Declared
from rmmatch.errors import Problem, SchemeError
from rmmatch.files.atomic import write_text
from rmmatch.files.documents import read_text, yaml_text
from rmmatch.scheme.text import parsed, scheme_problems, validated

__all__ = ["SchemeDocument"]


class SchemeDocument(Declared):
    """What reads and writes a scheme; `Scheme` has what it says."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    _file: Path | None = PrivateAttr(default=None)

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain data."""

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a scheme from a YAML or JSON file.

        Files the scheme names are looked for from its folder.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        SchemeError
            With every problem of the file: line, path, value, what was expected.
        """
        path = Path(path)
        scheme = cls.from_text(read_text(path), source=path.name)
        object.__setattr__(scheme, "_file", path)
        return scheme

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, source: str = "scheme") -> Self:
        """Make a scheme of plain data, such as a request in JSON or what `to_dict` returned.

        Parameters
        ----------
        data : mapping
            Keys and values as a scheme file has them.
        source : str
            Names the data in errors.

        Raises
        ------
        SchemeError
            With every problem of the data.

        Examples
        --------
        >>> from rmmatch.scheme import Scheme
        >>> Scheme.from_dict({"rules": [{"type": "relations"}]})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        rmmatch.errors.SchemeError: 1 problem:
          scheme, rule 1, forbid: a key is missing → add `forbid:`
        """
        return validated(cls, data, source)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Validate as pydantic's method of this name does, with a `SchemeError` of all problems.

        A scheme that is a field of a model of your own has pydantic's `ValidationError`, as all
        other fields of the model.

        Parameters
        ----------
        obj : object
            A mapping, or a scheme.
        **options
            As pydantic has them.

        Raises
        ------
        SchemeError
            With every problem of the data.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise SchemeError(cls.problems_of(error, obj)) from None

    @classmethod
    def problems_of(cls, error: ValidationError, data: Mapping[str, Any]) -> list[Problem]:
        """Return the errors of a validation in words.

        Parameters
        ----------
        error : ValidationError
        data : mapping
            What was given.
        """
        return scheme_problems(error, cls, data, "scheme")

    @classmethod
    def from_text(cls, text: str, *, source: str = "scheme") -> Self:
        """Read a scheme from YAML or JSON text.

        Parameters
        ----------
        text : str
        source : str
            Names the text in errors.

        Raises
        ------
        SchemeError
            With every problem of the text.

        Examples
        --------
        >>> from rmmatch.scheme import Scheme
        >>> Scheme.from_text("criteria: [{type: speciality, wieght: 2}]")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        rmmatch.errors.SchemeError: 1 problem:
          scheme, line 1, criterion 1, wieght: there is no such key (found '2') → did you mean ...
        """
        return parsed(cls, text, source)

    @classmethod
    def edited_text(cls, text: str, changes: Mapping[str, Any], *, source: str = "scheme") -> str:
        r"""Return the text of a scheme with other values in it, and with its comments.

        Parameters
        ----------
        text : str
            YAML or JSON.
        changes : mapping of str to Any
            Values by place: ``rules[1].min_gap`` is a field of the second rule, ``rules[1]`` the
            rule itself. None takes out; a part whose place is behind the last is added. Places are
            those of the text before any change.
        source : str
            Names the text in errors.

        Raises
        ------
        SchemeError
            With every problem of the text, of the places, or of what the new text says.

        Examples
        --------
        >>> from rmmatch.scheme import Scheme
        >>> text = "rules:\n  - {type: power_distance, min_gap: 2}  # agreed in May\n"
        >>> print(Scheme.edited_text(text, {"rules[0].min_gap": 1}), end="")
        rules:
          - {type: power_distance, min_gap: 1}  # agreed in May
        """
        from rmmatch.scheme.changes import changed_text

        parsed(cls, text, source)
        edited = changed_text(text, changes, source)
        parsed(cls, edited, source)
        return edited

    def to_yaml(self) -> str:
        """Return the scheme as YAML text that `from_text` reads back, without comments."""
        return yaml_text(self.to_dict())

    def to_json(self) -> str:
        """Return the scheme as JSON text that `from_text` reads back."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def to_file(self, path: str | Path) -> None:
        """Write the scheme: JSON where the name ends in ``.json``, else YAML.

        Parameters
        ----------
        path : str or Path
        """
        path = Path(path)
        write_text(path, self.to_json() if path.suffix == ".json" else self.to_yaml())

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a scheme file, registered criteria and rules included.

        Every field has a ``title`` and a ``description`` in people's words, a ``level`` (``basic``
        or ``more``), and, where there is one, a ``unit`` and what its ``choices`` mean: enough for
        a form.
        """
        # words that only the schema needs are read only for it
        from rmmatch.scheme.published import worded

        return worded(cls.model_json_schema(mode="validation"))
