"""The answers of one question: split where the form says, and put into the words it means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rmmatch.cohort.cells import LIST_SEPARATOR, list_items, outside_brackets
from rmmatch.cohort.columns import PEOPLE_COLUMNS
from rmmatch.cohort.forms.model import FormField
from rmmatch.cohort.forms.values import is_valid
from rmmatch.cohort.joins import LIST_COLUMNS
from rmmatch.spelling import fold

__all__ = ["Answers", "is_list_field", "is_split", "safe_item"]

# Where choices are known, and no separator.
_ANY_SEPARATOR = re.compile(f"{LIST_SEPARATOR.pattern}|,")


def is_list_field(name: str, field: FormField) -> bool:
    """Whether the cells of a field hold several answers.

    Parameters
    ----------
    name : str
        Of the column.
    field : FormField
    """
    return name in LIST_COLUMNS or is_split(field)


def is_split(field: FormField) -> bool:
    """Whether the form says how several answers in one cell are told apart.

    Parameters
    ----------
    field : FormField
    """
    return bool(field.separator or field.choices or field.boxes or field.ranks)


def safe_item(item: str) -> str:
    """Return an answer as it can stand in a list with ``;`` between the answers.

    Parameters
    ----------
    item : str

    Examples
    --------
    >>> safe_item("Papers;  posters")
    'Papers, posters'
    """
    text = " ".join(item.split())
    return ", ".join(list_items(text)).strip(" ,") or text


class Answers:
    """Reads the cells of one field.

    Parameters
    ----------
    name : str
        Of the column.
    field : FormField

    Attributes
    ----------
    rewritten : dict of str to str
        Answers that hold a separator of lists, and how they are written instead.
    """

    def __init__(self, name: str, field: FormField) -> None:
        self._name, self._field = name, field
        self._meanings = {fold(answer): value for answer, value in field.answers.items()}
        self._spellings = {
            fold(written): value for value, ways in field.spellings.items() for written in ways
        }
        self._choices = {fold(choice): choice for choice in field.choices}
        self._values = {fold(value): value for value in field.answers.values()}
        self._items: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        separator = field.separator
        self._separator = (
            re.compile(re.escape(separator.strip() or separator)) if separator else None
        )
        self.rewritten: dict[str, str] = {}

    def value(self, cell: str) -> tuple[str | None, tuple[str, ...]]:
        """Return what a cell with one answer means, and the answer if nothing says it.

        Parameters
        ----------
        cell : str
        """
        meaning = self._meaning(cell)
        return (None, (cell,)) if meaning is None else (meaning or None, ())

    def items(self, cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the answers of a cell in the words of the form, and those nothing names.

        Parameters
        ----------
        cell : str
        """
        if cell not in self._items:
            self._items[cell] = self._read(cell)
        return self._items[cell]

    def _read(self, cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        field = self._field
        has_words = bool(field.answers or field.spellings)
        if not is_split(field) and not has_words:
            is_as_written = self._name in PEOPLE_COLUMNS or self._name == "availability"
            text = cell.rstrip("; ")
            return tuple([text] if is_as_written and text else list_items(text)), ()
        whole = self._named(cell)
        texts = [cell] if whole is not None else list(self._split(cell))
        items: list[str] = []
        unknown: list[str] = []
        for text in texts:
            meaning = self._meaning(text)
            if meaning is None:
                unknown.append(text)
            elif fold(text) in self._meanings:  # one answer may stand for several: a; b
                items += map(self._safe, list_items(meaning))
            elif meaning:
                items.append(self._safe(meaning))
        return tuple(items), tuple(unknown)

    def _safe(self, item: str) -> str:
        safe = safe_item(item)
        if len(list_items(item)) > 1:
            self.rewritten[item] = safe
        return safe

    def _named(self, text: str) -> str | None:
        """Return the meaning of a text that the form names."""
        key = fold(text)
        spelt = self._spellings.get(key)
        if key in self._meanings:
            return self._meanings[key]
        if spelt is not None:
            return self._meanings.get(fold(spelt), spelt)
        return self._choices.get(key)

    def _meaning(self, text: str) -> str | None:
        """Return what an answer means, "" for nothing; None where the form does not say it."""
        meaning = self._named(text)
        if meaning is not None:
            return meaning
        field = self._field
        is_open = field.others == "keep" or not (field.answers or field.choices)
        if is_open or (self._name in PEOPLE_COLUMNS and not field.choices):
            return text
        if fold(text) in self._values:
            return self._values[fold(text)]
        return text if is_valid(self._name, text) and not field.choices else None

    # --- several answers in one cell ----------------------------------------------------------

    def _split(self, cell: str) -> Iterator[str]:
        if self._choices:
            yield from self._split_at_choices(cell)
            return
        if self._separator is None:
            yield from list_items(cell)
        else:
            yield from outside_brackets(cell, self._separator)

    def _split_at_choices(self, cell: str) -> Iterator[str]:
        """Yield the choices in a cell, the longest first; between them what is no choice."""
        pattern = self._separator or _ANY_SEPARATOR
        bounds = [(match.start(), match.end()) for match in pattern.finditer(cell)]
        starts = [0, *(end for _, end in bounds)]
        ends = [*(start for start, _ in bounds), len(cell)]
        n_pieces = len(starts)
        # Of every piece: how many from here on belong to no choice, and where the choice ends.
        best: list[tuple[int, int]] = [(0, n_pieces)] * (n_pieces + 1)
        for first in range(n_pieces - 1, -1, -1):
            is_blank = not cell[starts[first] : ends[first]].strip()
            best[first] = best[first + 1][0] + (not is_blank), -1
            for last in range(n_pieces - 1, first - 1, -1):
                text = cell[starts[first] : ends[last]]
                if best[last + 1][0] < best[first][0] and self._named(text) is not None:
                    best[first] = best[last + 1][0], last + 1
        first = 0
        while first < n_pieces:
            after = best[first][1]
            if after > 0:
                yield cell[starts[first] : ends[after - 1]].strip()
                first = after
                continue
            last = first
            while last + 1 < n_pieces and best[last + 1][1] <= 0:
                last += 1
            run = cell[starts[first] : ends[last]]
            yield from outside_brackets(run, self._separator or LIST_SEPARATOR)
            first = last + 1
