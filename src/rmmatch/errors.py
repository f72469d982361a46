"""Every exception rmmatch raises.

::

    RmmatchError
    ├── ProblemsError                 an input with problems, all of them in ``.problems``
    │   ├── CohortError               people, relations, availability, lists of pairs
    │   │   └── UnknownPersonError    nobody taking part has an id or name that was given
    │   ├── SchemeError               a scheme, or a scheme and a cohort that do not fit
    │   ├── FormError                 a file that says how a survey form is read
    │   ├── RecordError               a saved run that cannot be read
    │   ├── ReviewError               a step of a review that cannot be taken
    │   └── FolderError               the folder of a scheme that cannot be opened or changed
    ├── NotSupportedError             declared, but not built yet, or impossible by nature
    ├── NoMatchingError               a value asked of a result that has no matching
    └── MissingExtraError             an optional package is not installed (also an ImportError)

An infeasible scheme is not an exception: it is a status of the result, with a reason.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import TYPE_CHECKING, Any

from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CohortError",
    "FolderError",
    "FormError",
    "MissingExtraError",
    "NoMatchingError",
    "NotSupportedError",
    "Problem",
    "ProblemsError",
    "RecordError",
    "ReviewError",
    "RmmatchError",
    "SchemeError",
    "UnknownPersonError",
    "nearest",
    "require_seconds",
    "require_whole",
]

HIDDEN = "(hidden)"  # what stands for the value of a sensitive column
_MAX_SHOWN_PROBLEMS = 20  # of an exception as text; wording
_MAX_VALUE_CHARACTERS = 60  # wording
_ROW_LIST = re.compile(r"[0-9][0-9, -]*( and [0-9,]+ more)?")
# A place in a scheme, as keys and positions from 0.
_SCHEME_PATH = re.compile(r"(criteria|rules|quotas|objective)\[([0-9]+)\]\.?(.*)")
_PART_NAMES = {"criteria": "criterion", "rules": "rule", "quotas": "quota"}
_SCHEME_SUFFIXES = (".yaml", ".yml", ".json")


def require_whole(least: int, **arguments: int) -> None:
    """Refuse arguments that are no whole numbers, or too small.

    Parameters
    ----------
    least : int
        The least that is allowed.
    **arguments
        Numbers by the names that messages give them.

    Raises
    ------
    TypeError, ValueError
    """
    for name, number in arguments.items():
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            raise TypeError(f"{name} must be a whole number, not {number!r}")
        if number < least:
            raise ValueError(f"{name} must be at least {least}, not {number}")


def require_seconds(**arguments: float | None) -> None:
    """Refuse arguments that are no positive number of seconds; None is let through.

    Parameters
    ----------
    **arguments
        Seconds by the names that messages give them.

    Raises
    ------
    TypeError, ValueError
    """
    for name, number in arguments.items():
        if number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, Real):
            raise TypeError(f"{name} must be a number of seconds, not {number!r}")
        if not number > 0:
            raise ValueError(f"{name} must be positive seconds, not {number}")


class RmmatchError(Exception):
    """Base of every exception of this library."""

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON has it, for an answer to whoever sent the input.

        Returns
        -------
        dict
            ``error``, the name of the class; ``message``, its text; and ``problems``, a list of
            dicts with the columns of `ProblemsError.problems`, in which a missing ``row`` is None.
            The list is empty for errors of other kinds.
        """
        return {"error": type(self).__name__, "message": str(self), "problems": []}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and what to do about it.

    Attributes
    ----------
    file : str
        The file, table or object it was found in.
    row : int or str
        The row as a spreadsheet numbers it (the header is row 1), or the line of a scheme
        file; empty where no row applies.
    column : str
        The column, or the path inside a scheme (``rules[2].min_gap``).
    value : str
        What was found, cut to 60 characters; ``(hidden)`` for a sensitive column.
    reason : str
        What is wrong with it.
    remedy : str
        What to write instead.
    code : str
        What kind of problem it is, for programs and tests: it stays where words change.
        docs/api.md lists them.
    """

    file: str
    row: int | str
    column: str
    value: str
    reason: str
    remedy: str = ""
    code: str = field(kw_only=True)

    def __post_init__(self) -> None:
        if len(self.value) > _MAX_VALUE_CHARACTERS:
            object.__setattr__(self, "value", self.value[:_MAX_VALUE_CHARACTERS] + "…")

    @property
    def first_row(self) -> int | None:
        """The row as a number, the first of several; None where none applies or it has a name."""
        number = re.match("[0-9]+(?=[-, ]|$)", str(self.row))
        return int(number[0]) if number else None

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON has it: ``row`` a number or null, ``rows`` as text."""
        cells = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return cells | {"row": self.first_row, "rows": str(self.row)}

    def __str__(self) -> str:
        location = self.file
        if self.row != "":
            is_list = _ROW_LIST.fullmatch(str(self.row)) is not None and str(self.row) != str(
                self.first_row
            )
            is_line = self.file in ("scheme", "form") or self.file.lower().endswith(
                _SCHEME_SUFFIXES
            )
            location += f", {'line' if is_line else 'rows' if is_list else 'row'} {self.row}"
        if self.column:
            location += f", {_place_text(self.column)}"
        value = f" (found {self.value!r})" if self.value else ""
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{location}: {self.reason}{value}{remedy}"


def _place_text(column: str) -> str:
    """Return a column as it is, and a place in a scheme in words that count from 1.

    Examples
    --------
    >>> _place_text("rules[2].min_gap"), _place_text("quotas[0]"), _place_text("goals")
    ('rule 3, min_gap', 'quota 1', 'goals')
    """
    path = _SCHEME_PATH.fullmatch(column)
    if path is None:
        return column
    family, position, key = path.groups()
    key = re.sub(r"\[([0-9]+)\]", lambda index: f" {int(index[1]) + 1}", key)
    place = f"{_PART_NAMES.get(family, family)} {int(position) + 1}"
    return f"{place}, {key.strip()}" if key else place


class ProblemsError(RmmatchError, ValueError):
    """An input with one or more problems.

    Parameters
    ----------
    problems : iterable of Problem
        Everything that was found, in the order of the input.

    Attributes
    ----------
    items : tuple of Problem
        The problems as objects.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.items: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.items)

    @property
    def problems(self) -> pd.DataFrame:
        """All problems: columns file, row, column, value, reason, remedy, code, rows.

        ``row`` is a whole number, the first of several rows, and missing where none applies
        (``Int64``). All other columns are text; ``rows`` has all the rows, as the message shows
        them.
        """
        import pandas as pd

        names = [*(column.name for column in fields(Problem)), "rows"]
        entries = [item.to_dict() for item in self.items]
        return pd.DataFrame(
            {
                name: pd.Series(
                    [entry[name] for entry in entries], dtype="Int64" if name == "row" else "object"
                )
                for name in names
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return error, message and problems as plain JSON data."""
        return {**super().to_dict(), "problems": [item.to_dict() for item in self.items]}

    def __str__(self) -> str:
        count = len(self.items)
        lines = [f"{count} problem{'' if count == 1 else 's'}:"]
        lines += [f"  {item}" for item in self.items[:_MAX_SHOWN_PROBLEMS]]
        if count > _MAX_SHOWN_PROBLEMS:
            lines.append(f"  … and {count - _MAX_SHOWN_PROBLEMS} more, all in .problems")
        return "\n".join(lines)


class CohortError(ProblemsError):
    """People, relations, availability or a list of pairs that cannot be used as written."""


class UnknownPersonError(CohortError):
    """Nobody who takes part has an id, e-mail address or name that was given.

    Parameters
    ----------
    problems : iterable of Problem
        One for each of them.
    suggestions : mapping of str to sequence of str, optional
        The ids of people who may be meant, nearest first, by what was given.

    Attributes
    ----------
    suggestions : dict of str to tuple of str
        An entry for each of `ids`; empty where nobody is near.
    """

    def __init__(
        self,
        problems: Iterable[Problem],
        suggestions: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(problems)
        given_ids = suggestions or {}
        self.suggestions: dict[str, tuple[str, ...]] = {
            item.value: tuple(given_ids.get(item.value, ())) for item in self.items
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """What was given for people and is nobody's, each once."""
        return tuple(self.suggestions)

    @property
    def id(self) -> str:
        """The first of `ids`."""
        return self.items[0].value

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.items, self.suggestions)

    def to_dict(self) -> dict[str, Any]:
        """Return error, message, problems and suggestions as plain JSON data."""
        suggestions = {text: list(ids) for text, ids in self.suggestions.items()}
        return {**super().to_dict(), "suggestions": suggestions}


class SchemeError(ProblemsError):
    """A scheme that cannot be used as written, alone or with this cohort."""


class FormError(ProblemsError):
    """A form file that cannot be used as written."""


class RecordError(ProblemsError):
    """A saved file that cannot be written or read, or that was changed after it was saved."""


class ReviewError(ProblemsError):
    """A step of a review that cannot be taken as things stand."""


class FolderError(ProblemsError):
    """The folder of a scheme that cannot be opened, or not be changed as was asked."""


class NotSupportedError(RmmatchError, NotImplementedError):
    """Something declared that this version does not do, or that cannot be done by nature."""


class NoMatchingError(RmmatchError):
    """A result without a matching was asked for something only a matching has."""


class MissingExtraError(RmmatchError, ImportError):
    """An optional package is needed and not installed.

    Parameters
    ----------
    package : str
        The package that could not be imported.
    extra : str
        The extra of rmmatch that installs it.
    purpose : str
        What it is needed for, in a few words.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f'{purpose} needs {package}; install it with: pip install "rmmatch[{extra}]"'
        )


def nearest(word: str, candidates: Sequence[str]) -> str | None:
    """Return the candidate that is most like a word, or None where none is near.

    Parameters
    ----------
    word : str
    candidates : sequence of str
        Of several with one fold, the first counts.

    Examples
    --------
    >>> nearest("wieght", ["weight", "type"])
    'weight'
    """
    folded = {fold(candidate): candidate for candidate in reversed(candidates)}
    hits = difflib.get_close_matches(fold(word), list(folded), n=1, cutoff=0.6)
    return folded[hits[0]] if hits else None
