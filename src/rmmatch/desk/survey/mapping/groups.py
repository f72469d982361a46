"""Columns that belong together: grids of days and times, boxes, ranks, first and second choice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rmmatch.cohort.forms.values import TICKED, UNTICKED
from rmmatch.desk.survey.mapping.headers import header_of
from rmmatch.spelling import fold

__all__ = ["ColumnGroup", "choice_of", "day_grids", "grouped", "stem_of"]

_DAYS = re.compile(
    r"(?i)(?<![^\W_])(mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
    r"|mon|tues?|weds?|thu|thurs?|fri|sat|sun)(?![^\W_])"
)
_CLOCK = r"\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\b\.?)?"
_TIMES = re.compile(
    rf"(?i)(?<![\w:.])(?:{_CLOCK}\s?(?:-|–|to)\s?{_CLOCK}|\d{{1,2}}[:.]\d\d(?:\s?[ap]\.?m\b\.?)?"
    r"|\d{1,2}\s?[ap]\.?m\b\.?"
    r"|(?:early |late |mid-?)?(?:mornings?|afternoons?|evenings?|lunch ?times?|nights?)"
    r"|am|pm|noon)(?![\w:])"
)
_RANK_ROW = re.compile(
    r"(rank|choice|preference|priority|option)?\s*#?\s*(\d{1,2}(st|nd|rd|th)?|first|second|third"
    r"|fourth|fifth|sixth)\s*(rank|choice|preference|priority|option)?"
)
_ORDINAL = re.compile(r"\b(first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|5th|6th|#?\d)\b")
_REDCAP = re.compile(r"(?P<stem>.+?)___(?P<choice>\w+)")
_LABELLED = re.compile(r"(?P<stem>.+?)\s*\(choice=(?P<choice>.+)\)\s*", re.DOTALL)
_RANK_CELL = re.compile(r"(rank |choice )?#?\d{1,2}(\.0)?(st|nd|rd|th)?( choice| rank)?")
_MIN_TIMES = 2  # columns of a grid
_PLACES = (("{day}", _DAYS), ("{time}", _TIMES))


@dataclass(frozen=True)
class ColumnGroup:
    """Columns of one question.

    Attributes
    ----------
    source : dict
        What a field says of them: `grid`, `boxes`, `ranks` or `from`.
    places : tuple of int
        Of the columns, in order.
    evidence : str
    is_sure : bool
        Whether it is certain that they are one question; else a person is asked.
    """

    source: dict[str, object]
    places: tuple[int, ...]
    evidence: str
    is_sure: bool = True


def day_grids(headers: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Return the patterns of grids of days and times, each with the places of its columns.

    Parameters
    ----------
    headers : sequence of str

    Examples
    --------
    >>> day_grids(["Name", "Monday [am]", "Monday [pm]", "Tuesday [am]"])
    [('{day} [{time}]', (1, 2, 3))]
    """
    members: dict[str, list[int]] = defaultdict(list)
    patterns: dict[str, str] = {}
    for place, written in enumerate(headers):
        pattern = _pattern(written)
        if "{day}" in pattern or "[{time}]" in pattern or pattern == "{time}":
            members[fold(pattern)].append(place)
            patterns.setdefault(fold(pattern), pattern)
    return [
        (patterns[key], tuple(places))
        for key, places in members.items()
        if len(places) >= _MIN_TIMES and len({fold(headers[place]) for place in places}) > 1
    ]


def _pattern(written: str) -> str:
    """Return a header with ``{day}`` and ``{time}`` for the last day and time in it."""
    pattern = written
    for name, expression in _PLACES:
        matches = list(expression.finditer(pattern))
        if matches:
            match = matches[-1]
            pattern = pattern[: match.start()] + name + pattern[match.end() :]
    return pattern


def grouped(
    headers: Sequence[str], places: Sequence[int], columns: Sequence[Sequence[str | None]] | None
) -> Iterator[ColumnGroup]:
    """Yield the columns that feed one field, those of one question together.

    Parameters
    ----------
    headers : sequence of str
        Of the whole table.
    places : sequence of int
        The columns that feed the field.
    columns : sequence of sequence of str or None, or None
        The answers of the whole table.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for place in places:
        members[stem_of(headers[place])].append(place)
    for group in members.values():
        yield _group(headers, tuple(group), columns)


def stem_of(written: str) -> str:
    """Return what the columns of one question have in common.

    Parameters
    ----------
    written : str
        A header.

    Examples
    --------
    >>> stem_of("subject_2"), stem_of("Second subject")
    ('subject #', '# subject')
    """
    boxed = _REDCAP.fullmatch(written) or _LABELLED.fullmatch(written)
    if boxed:
        return fold(boxed["stem"])
    header = header_of(written)
    text = fold(header.stem if header.row else header.text)
    return _ORDINAL.sub("#", re.sub(r"(?<=[a-z])\d{1,2}$", "", text))


def _group(
    headers: Sequence[str],
    places: tuple[int, ...],
    columns: Sequence[Sequence[str | None]] | None,
) -> ColumnGroup:
    names = [headers[place] for place in places]
    choices = [choice_of(name) for name in names]
    if len(places) == 1 or "" in choices:
        words = f"{len(places)} columns of one question" if len(places) > 1 else ""
        return ColumnGroup({"from": names}, places, words)
    boxes = dict(zip(names, choices, strict=True))
    is_redcap = all(_REDCAP.fullmatch(name) for name in names)
    if is_redcap or all(_LABELLED.fullmatch(name) for name in names):
        return ColumnGroup({"boxes": boxes}, places, "one column a choice", not is_redcap)
    if all(_RANK_ROW.fullmatch(fold(choice)) for choice in choices):
        return ColumnGroup({"from": names}, places, f"{len(places)} ranks of one question")
    cells = (
        {fold(cell) for place in places for cell in columns[place] if cell} if columns else set()
    )
    if cells and all(_RANK_CELL.fullmatch(cell) for cell in cells) and not cells <= {"1", "0"}:
        return ColumnGroup({"ranks": boxes}, places, "one column a choice, with its rank")
    own_words = {fold(choice) for choice in choices}
    if cells and cells <= TICKED | UNTICKED | own_words:
        return ColumnGroup({"boxes": boxes}, places, "one column a choice, ticked or not")
    return ColumnGroup({"from": names}, places, f"{len(places)} columns of one question")


def choice_of(name: str) -> str:
    """Return the choice that a column is for; empty where it is for all answers to a question.

    Parameters
    ----------
    name : str
        The header.

    Examples
    --------
    >>> choice_of("help_with___2"), choice_of("Help with [Data]"), choice_of("Help with")
    ('2', 'Data', '')
    """
    match = _REDCAP.fullmatch(name) or _LABELLED.fullmatch(name)
    return match["choice"].strip() if match else header_of(name).row
