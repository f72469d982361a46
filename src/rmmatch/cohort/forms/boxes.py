"""One column a choice: a box that is ticked, or the rank that a choice was given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rmmatch.cohort.columns import column_name
from rmmatch.cohort.forms.answers import Answers
from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.forms.model import FormField
from rmmatch.cohort.forms.values import TICKED, UNTICKED
from rmmatch.files.documents import quoted
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["box_cells", "new_boxes", "rank_cells", "rank_of"]

_RANK_WORDS = {
    word: rank
    for rank, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"), start=1
    )
}
_RANK = re.compile(r"(?:(?:rank|choice)\s*)?([0-9]{1,3})(?:\.0)?(?:st|nd|rd|th)?(?:\s*choice)?")
_BRACKETS = re.compile(r".*\[(.*)\]\s*")
_STEM = re.compile(r"(.+?)(?:___|\s*\[).*")


def box_cells(table: ExportTable, name: str, field: FormField, answers: Answers) -> Text:
    """Return the choices of which the box is ticked, in the order of the form.

    Parameters
    ----------
    table : ExportTable
    name : str
        Of the field.
    field : FormField
        One with boxes.
    answers : Answers
        Of the field: how a choice is written in a list.
    """
    result = table.empty()
    lists: list[list[str]] = [[] for _ in range(len(table))]
    odd: dict[str, list[int]] = {}
    for header, item, cells in _choices(table, field.boxes, answers):
        own_words = {fold(field.boxes[header]), fold(item), _label(header)}
        words = {cell: fold(cell or "") for cell in set(cells)}
        ticked = {cell for cell, word in words.items() if word in TICKED or word in own_words}
        empty = {cell for cell, word in words.items() if not word or word in UNTICKED} - ticked
        for position, cell in enumerate(cells):
            if cell in ticked:
                lists[position].append(item)
            elif cell is not None and cell not in empty:
                odd.setdefault(cell, []).append(position)
    table.add_answers_problem(
        name,
        odd,
        "in a column of boxes, these answers are neither ticked nor empty",
        "check the headers under `boxes:`; a ticked box is 1, x, yes, checked or the choice itself",
        "not_a_tick",
    )
    for position, items in enumerate(lists):
        result[position] = "; ".join(items) or None
    return result


def rank_cells(table: ExportTable, name: str, field: FormField, answers: Answers) -> Text:
    """Return the choices by the rank that each row gives them, the first rank first.

    Parameters
    ----------
    table : ExportTable
    name : str
        Of the field.
    field : FormField
        One with ranks.
    answers : Answers
        Of the field: how a choice is written in a list.
    """
    result = table.empty()
    ranked: list[list[tuple[int, str]]] = [[] for _ in range(len(table))]
    odd: dict[str, list[int]] = {}
    for _, item, cells in _choices(table, field.ranks, answers):
        for position, cell in enumerate(cells):
            if cell is None or fold(cell) in UNTICKED:
                continue
            rank = rank_of(cell)
            if rank is None:
                odd.setdefault(cell, []).append(position)
            else:
                ranked[position].append((rank, item))
    table.add_answers_problem(
        name,
        odd,
        "in a column of ranks, these answers are no rank",
        "check the headers under `ranks:`; a rank is a whole number, or 1st, 2nd, first, second",
        "not_a_rank",
    )
    tied = []
    for position, pairs in enumerate(ranked):
        if len({rank for rank, _ in pairs}) < len(pairs):
            tied.append(position)
        in_order = sorted(pairs, key=lambda pair: pair[0])
        result[position] = "; ".join(item for _, item in in_order) or None
    if tied:
        reason, remedy = "two choices have the same rank", "give each choice a rank of its own"
        table.add_problem(name, tied, reason, remedy, "not_a_rank")
    return result


def _choices(
    table: ExportTable, choices: Mapping[str, str], answers: Answers
) -> Iterator[tuple[str, str, list[str | None]]]:
    """Yield the header of each choice that the table has, the choice in a list, and its cells."""
    for header, choice in choices.items():
        if table.has(header):
            (item,) = answers.items(choice)[0][:1] or (choice,)
            yield header, item, table.cells(header).tolist()


def rank_of(cell: str) -> int | None:
    """Return the rank that a cell says; None where it says none.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> rank_of("2nd choice"), rank_of("First choice"), rank_of("maybe")
    (2, 1, None)
    """
    word = fold(cell)
    match = _RANK.fullmatch(word)
    if match:
        return int(match[1]) or None
    return _RANK_WORDS.get(word.removesuffix(" choice"))


def new_boxes(table: ExportTable, written: Sequence[str], unread: Sequence[str]) -> list[str]:
    """Return the headers that look like one more box of a question, and that nothing reads.

    Parameters
    ----------
    table : ExportTable
    written : sequence of str
        Headers of the boxes or ranks that the form has.
    unread : sequence of str
        Headers that nothing reads.
    """
    stems = {stem for header in written if (stem := _stem(header))}
    return [header for header in unread if _stem(header) in stems]


def _stem(header: str) -> str:
    match = _STEM.fullmatch(header.strip())
    return column_name(match[1]) if match else ""


def _label(header: str) -> str:
    match = _BRACKETS.fullmatch(header)
    return fold(match[1] if match else header)


def box_line(name: str, key: str, header: str) -> str:
    """Return the line that adds a box to a form.

    Parameters
    ----------
    name, key, header : str
        The field, ``boxes`` or ``ranks``, and the header.
    """
    match = _BRACKETS.fullmatch(header)
    return f"{name}: {{{key}: {{{quoted(header)}: {quoted(match[1] if match else '…')}}}}}"
