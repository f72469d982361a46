"""Commas in columns that are read as lists: whether they separate answers, or belong to one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rmmatch.cohort.cells import list_items, outside_brackets
from rmmatch.cohort.model import Cohort
from rmmatch.errors import Problem
from rmmatch.files.documents import quoted
from rmmatch.spelling import fold

__all__ = ["comma_problems", "parts_at_commas"]

_MAX_CHOICES = 12  # in a line that is proposed; wording
_MAX_CHOICE_WORDS = 8  # a longer part is a sentence, and no choice; wording
_COMMA = re.compile(r",(?!(?<=\d,)\d{3}\b)|，|、")  # not that of 10,000
# The end of a list that is cut short, and no answer.
_NO_ANSWERS = frozenset({"etc", "etc.", "and so on", "and more", "e.g.", "i.e."})


class _ListColumn(NamedTuple):
    """The answers of a column, as they are read, and their parts at commas.

    Attributes
    ----------
    counts : Counter of str
        How many people gave each answer without a comma outside brackets, folded.
    parts : dict of str to tuple of str
        The parts of each other answer, as written, by its folded text.
    n_cells : int
        How many people's cells hold a comma outside brackets.
    written : dict of str to str
        A spelling of each answer and part, by its folded text.
    tables : tuple of str
        The tables in which there are such commas.
    """

    counts: Counter[str]
    parts: dict[str, tuple[str, ...]]
    n_cells: int
    written: dict[str, str]
    tables: tuple[str, ...]


def parts_at_commas(text: str) -> list[str]:
    """Return the parts of a text between commas that stand in no brackets and in no number.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> parts_at_commas("Statistics, Writing (papers, posters)"), parts_at_commas("10,000 steps")
    (['Statistics', 'Writing (papers, posters)'], ['10,000 steps'])
    """
    return outside_brackets(text, _COMMA)


def comma_problems(
    cohort: Cohort, columns: Collection[str], sensitive: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem for each list in which commas seem to separate answers.

    They seem to where a part of an answer stands alone elsewhere, or in another such answer; or
    where an answer has a comma outside brackets and another one inside. Sentences with commas are
    no problem, nor are columns of which a form has decided.

    Parameters
    ----------
    cohort : Cohort
    columns : collection of str
        The columns that are read as lists.
    sensitive : collection of str
        Columns whose values are not shown.
    """
    reading = cohort.reading
    for name in sorted({*columns}.difference(reading.split)):
        if not reading.settled and _has_comma(cohort, name):
            yield from _problem_of_column(_list_column(cohort, name), name, name in sensitive)


def _has_comma(cohort: Cohort, name: str) -> bool:
    """Whether any cell has a comma: most columns of a large cohort have none; speed only."""
    cells = {cell for side in cohort.sides for cell in side.column(name) if cell is not None}
    return any(map(_COMMA.search, cells))


def _list_column(cohort: Cohort, name: str) -> _ListColumn:
    counts: Counter[str] = Counter()
    parts: dict[str, tuple[str, ...]] = {}
    written: dict[str, str] = {}
    n_cells, tables = 0, []
    for side in cohort.sides[::-1]:
        n_before = n_cells
        for cell, n_people in Counter(side.column(name).tolist()).items():
            has_comma = False
            for item in () if cell is None else list_items(cell):
                folded = fold(item)
                written.setdefault(folded, item)
                if folded not in parts:
                    pieces = parts_at_commas(item) if _COMMA.search(item) else []
                    if len(pieces) < 2:
                        counts[folded] += n_people
                        continue
                    parts[folded] = tuple(pieces)
                has_comma = True
            n_cells += n_people * has_comma
        if n_cells > n_before:
            tables.append(f"{side.role}s")
    for answer_parts in parts.values():
        for piece in answer_parts:
            written.setdefault(fold(piece), piece)
    return _ListColumn(counts, parts, n_cells, written, tuple(tables))


def _problem_of_column(column: _ListColumn, name: str, is_hidden: bool) -> Iterator[Problem]:
    in_answers = Counter(
        piece for pieces in column.parts.values() for piece in {*map(fold, pieces)} - _NO_ANSWERS
    )
    alone = [piece for piece in in_answers if column.counts[piece]]
    again = [piece for piece, n_answers in in_answers.items() if n_answers > 1]
    has_choices = any(_cuts_choices(pieces) for pieces in column.parts.values())
    if alone:
        piece = min(alone, key=lambda text: (-column.counts[text], text))
        n_alone = column.counts[piece]
        evidence = "{!r} stands alone in " + f"{n_alone:,} other{'s' * (n_alone != 1)}"
    elif again:
        piece = min(again, key=lambda text: (-in_answers[text], text))
        evidence = "{!r} is a part of " + f"{in_answers[piece]:,} different answers"
    elif has_choices:
        piece, evidence = "", "some of the commas stand in brackets, and some do not"
    else:
        return
    value = "" if is_hidden else column.written.get(piece, "")
    evidence = evidence.format(value) if value else evidence.replace("{!r}", "a part of them")
    n_cells = f"{column.n_cells:,} cell{'s hold' if column.n_cells != 1 else ' holds'} commas"
    lines = _lines(column, name, in_answers, with_choices=has_choices, is_hidden=is_hidden)
    yield Problem(
        " and ".join(column.tables),
        "",
        name,
        "",
        f"{n_cells}, and {evidence}",
        lines,
        code="commas_in_list",
    )


def _cuts_choices(pieces: Sequence[str]) -> bool:
    """Whether an answer has choices with commas in their brackets, and is no sentence."""
    return any(_COMMA.search(piece) for piece in pieces) and all(
        len(piece.split()) <= _MAX_CHOICE_WORDS for piece in pieces
    )


def _lines(
    column: _ListColumn,
    name: str,
    in_answers: Counter[str],
    *,
    with_choices: bool,
    is_hidden: bool,
) -> str:
    """Return what to write: in the form how the answers are separated, or in the table."""
    split = f'{name}: {{separator: ","}}'
    if with_choices:
        choices = sorted({*in_answers, *column.counts} - _NO_ANSWERS)
        shown = [quoted(column.written[each]) for each in choices]
        if is_hidden or len(shown) > _MAX_CHOICES:
            shown = ["the choices of the question"]
        split = f'{name}: {{separator: ",", choices: [{", ".join(shown)}]}}'
    whole = f'{name}: {{separator: ";"}}'
    return (
        f"form: {split}; or, if the commas belong to the answers, {whole}. Without a form, write "
        "';' between the answers in the table"
    )
