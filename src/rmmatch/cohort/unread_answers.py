"""Answers of a survey that are not what their column takes: said once, with what settles them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice

from rmmatch.calendars.availability import suggested_availability
from rmmatch.cohort.answer_meanings import NUMBER_WORD, meaning
from rmmatch.errors import HIDDEN
from rmmatch.files.documents import quoted
from rmmatch.files.row_numbers import row_list
from rmmatch.files.table_limits import Row
from rmmatch.spelling import fold

__all__ = ["ANSWER_COLUMNS", "answers_line", "unread_answers"]

# Columns that a survey asks about in words of its own.
ANSWER_COLUMNS = frozenset({"attended_training", "capacity", "role", "status"})

_MAX_SHOWN_ANSWERS = 12  # wording
_MAX_ROW_RUNS = 5  # for each answer; wording
_NUMBER = re.compile(r"[-+]?[0-9.]+")
_PLACEHOLDERS = {
    "attended_training": "yes or no",
    "capacity": "a number",
    "role": "mentor, mentee or both",
    "status": "applicant, reserve or withdrawn",
}


def unread_answers(
    column: str,
    rows_of: Mapping[str, Sequence[Row]],
    reasons: Mapping[str, str],
    remedy: str,
    header: str,
    *,
    is_hidden: bool = False,
) -> list[tuple[Row, str, str, str]]:
    """Return row, value, reason and remedy of each problem with the answers of a column.

    Parameters
    ----------
    column : str
    rows_of : mapping of str to sequence of int or str
        Answer → rows that have it.
    reasons : mapping of str to str
        Answer → why it is not what the column takes.
    remedy : str
    header : str
        Of the column, as written.
    is_hidden : bool
        Whether the answers are not shown.

    Examples
    --------
    >>> answer = {"1-2": [2, 3], "No preference": [4]}
    >>> reasons = dict.fromkeys(answer, "is not a number")
    >>> [found] = unread_answers("capacity", answer, reasons, "write a number", "How many?")
    >>> found[0], found[2]
    ('2-4', "2 answers cannot be read: '1-2' (rows 2-3), 'No preference' (row 4)")
    >>> print(found[3].partition("means: ")[2])
    capacity: {from: "How many?", answers: {"1-2": 2, "No preference": "a number"}}
    """
    all_rows = _in_order([row for rows in rows_of.values() for row in rows])
    if is_hidden:
        return [(all_rows, HIDDEN, "cannot be used in this column", remedy)]
    if column == "availability":
        shown = islice(rows_of, _MAX_SHOWN_ANSWERS)
        guesses = {answer: suggested_availability(answer) for answer in shown}
        settled = {answer: guess for answer, guess in guesses.items() if guess}
        worded = rows_of
    else:
        # A wrong number is a slip in one row; an answer in words is one of the form.
        worded = {
            answer: rows
            for answer, rows in rows_of.items()
            if column in ANSWER_COLUMNS and not _NUMBER.fullmatch(answer)
        }
        settled = {answer: _meaning(column, answer) for answer in worded}
    slips = [
        (row, answer, reasons[answer], remedy)
        for answer, rows in rows_of.items()
        if answer not in worded
        for row in rows
    ]
    if column == "availability" and len(worded) <= _MAX_SHOWN_ANSWERS:
        return [
            (row_list(rows), answer, reasons[answer], _availability_remedy(answer, remedy, header))
            for answer, rows in worded.items()
        ]
    if settled:
        line = answers_line(column, header, settled)
        remedy = f"{remedy}; or say in the form what an answer means: {line}"
    if len(worded) == 1:
        ((answer, rows),) = worded.items()
        return [*slips, (row_list(rows), answer, reasons[answer], remedy)]
    if not worded:
        return slips
    listed = [
        f"{answer!r} (row{'s' * (len(rows) > 1)} {row_list(rows, _MAX_ROW_RUNS)})"
        for answer, rows in list(worded.items())[:_MAX_SHOWN_ANSWERS]
    ]
    n_more = len(worded) - _MAX_SHOWN_ANSWERS
    reason = f"{len(worded):,} answers cannot be read: {', '.join(listed)}"
    reason += f" and {n_more:,} more" if n_more > 0 else ""
    rows_in_words = _in_order([row for rows in worded.values() for row in rows])
    return [*slips, (rows_in_words, "", reason, remedy)]


def _in_order(rows: Sequence[Row]) -> Row:
    numbers = sorted(row for row in rows if isinstance(row, int))
    return row_list([*numbers, *(row for row in rows if not isinstance(row, int))])


def _availability_remedy(answer: str, remedy: str, header: str) -> str:
    suggestion = suggested_availability(answer)
    if suggestion is None:
        return remedy
    line = answers_line("availability", header, {answer: suggestion})
    return f"if that is meant, write {suggestion!r}; for each such answer, in the form: {line}"


def answers_line(column: str, header: str, answers: Mapping[str, str]) -> str:
    """Return the line of a form that says what the answers to a question mean.

    Parameters
    ----------
    column, header : str
        What the question is read as, and the question.
    answers : mapping of str to str
        Answer as written → value.

    Examples
    --------
    >>> answers_line("capacity", "How many?", {"1-2": "2"})
    'capacity: {from: "How many?", answers: {"1-2": 2}}'
    """
    pairs = ", ".join(
        f"{quoted(answer)}: {value if re.fullmatch('[a-z]+|[0-9]+', value) else quoted(value)}"
        for answer, value in list(answers.items())[:_MAX_SHOWN_ANSWERS]
    )
    more = ", …" if len(answers) > _MAX_SHOWN_ANSWERS else ""
    return f"{column}: {{from: {quoted(header)}, answers: {{{pairs}{more}}}}}"


def _meaning(column: str, answer: str) -> str:
    """Return what an answer means, or the values to choose from where that is not sure."""
    entry = meaning(column, answer)
    if entry and column == "capacity" and NUMBER_WORD.search(fold(answer)):
        return entry.second or entry.value  # the most that was said
    # What is not sure is no line to copy: a coordinator would take it for an answer.
    return entry.value if entry and entry.is_sure else _PLACEHOLDERS[column]
