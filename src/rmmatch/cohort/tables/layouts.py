"""Where a table begins and ends: titles above the headers, further rows of headers, totals below.

Survey tools and people add rows that are no answers. What is recognised for certain is passed over
with a note; what only looks like it is a problem.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence, Set
from typing import NamedTuple

from rmmatch.cohort.cells import clean, unquoted
from rmmatch.cohort.columns import column_name
from rmmatch.errors import Problem
from rmmatch.files.table_limits import Row, UnreadableError
from rmmatch.spelling import fold

__all__ = ["Layout", "distinct_headers", "first_headers", "header_fit", "header_index", "layout_of"]

_MAX_TITLE_ROWS = 30  # above the headers; limit of input
_MIN_HEADERS_BELOW_TITLE = 3  # of a row that is told from the title above it
_MAX_SHOWN_HEADERS = 4  # wording
_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"\s*:')
# The columns that Qualtrics adds to the questions of a survey.
_OF_QUALTRICS = frozenset(
    {
        *("startdate", "enddate", "status", "ipaddress", "progress", "duration (in seconds)"),
        *("finished", "recordeddate", "responseid", "recipientlastname", "recipientfirstname"),
        *("recipientemail", "externalreference", "locationlatitude", "locationlongitude"),
        *("distributionchannel", "userlanguage", "q_recaptchascore"),
    }
)
_MIN_OF_QUALTRICS = 3  # of these make an export of Qualtrics
_OF_SURVEYMONKEY = frozenset({"respondent id", "collector id", "respondent_id", "collector_id"})
_PLAIN_CHOICES = frozenset({"response", "open-ended response"})
_UNNAMED = re.compile(r"Unnamed: [0-9]+(_level_[0-9]+)?")  # what pandas makes of an empty header
_TOTAL = re.compile(
    r"(grand |sub-?)?totals?( (responses|respondents|answers|people|rows|mentors|mentees))?"
    r":?( [0-9,]+)?|sum:?"
)
_NUMBER = re.compile(r"[-+]?[0-9][0-9,.]*%?")


class Layout(NamedTuple):
    """Which rows of a table are what.

    Attributes
    ----------
    header : list of str
        One for each column; empty where there is none.
    questions : list of str
        The question under each header, where the export has a row of them.
    start : int
        Position of the first row of the body.
    skipped : frozenset of int
        Positions in the body that are no answers.
    foreign : frozenset of str
        Headers that the survey tool fills for itself.
    """

    header: list[str]
    questions: list[str]
    start: int
    skipped: frozenset[int]
    foreign: frozenset[str]


# The row of the headers ---------------------------------------------------------------------


def header_fit(
    record: Sequence[str], known_headers: Set[str], needed: Collection[Collection[str]] = ()
) -> int:
    """Return how many known headers a row has; 0 where a needed column is missing.

    Parameters
    ----------
    record : sequence of str
    known_headers : set of str
        Names of columns to expect.
    needed : collection of collection of str
        Of each, one must be there.
    """
    names = {column_name(cell) for cell in record if cell.strip()}
    return len(names & known_headers) if all(not names.isdisjoint(each) for each in needed) else 0


def header_index(records: Sequence[Sequence[str]], known_headers: Set[str]) -> int | None:
    """Return which row has the headers; None where every row is empty.

    It is the first row that is filled, unless that one has no known header and exactly one row
    below it has; or unless all that stands above the first wide row is a title.

    Parameters
    ----------
    records : sequence of sequence of str
    known_headers : set of str
        Names of columns to expect.

    Raises
    ------
    UnreadableError
        Several rows could have the headers.

    Examples
    --------
    >>> header_index([["Mentors 2026", ""], ["", ""], ["id", "name"], ["M1", "Ann"]], {"id"})
    2
    """
    filled = [index for index, record in enumerate(records) if any(map(str.strip, record))]
    if not filled:
        return None
    first, *below = filled[: _MAX_TITLE_ROWS + 1]
    if header_fit(records[first], known_headers):
        return first
    fits = {index: header_fit(records[index], known_headers) for index in below}
    best = max(fits.values(), default=0)
    is_title = _n_filled(records[first]) == 1
    if best > 1 or (best == 1 and is_title):
        likely = [index for index, fit in fits.items() if fit == best]
        if len(likely) > 1:
            rows = " and ".join(
                f"row {index + 1} ({first_headers(records[index])})" for index in likely
            )
            raise UnreadableError(
                f"more than one row looks like the row of the headers: {rows}",
                "delete what is not part of the table, or write in the form "
                f"`header: {likely[0] + 1}`",
                row=likely[0] + 1,
                code="no_header",
            )
        return likely[0]
    wide = next((index for index in below if _n_filled(records[index]) > 1), None)
    if is_title and wide is not None and _looks_like_headers(records[wide]):
        return wide
    return first


def _looks_like_headers(record: Sequence[str]) -> bool:
    cells = [fold(cell) for cell in record if cell.strip()]
    is_text = not any(_NUMBER.fullmatch(cell) or "@" in cell for cell in cells)
    return len(cells) >= _MIN_HEADERS_BELOW_TITLE and len({*cells}) == len(cells) and is_text


def _n_filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def first_headers(record: Sequence[str]) -> str:
    """Return the first filled cells of a row, for messages.

    Parameters
    ----------
    record : sequence of str
    """
    cells = [" ".join(cell.split()) for cell in record if cell.strip()]
    return ", ".join(map(repr, cells[:_MAX_SHOWN_HEADERS])) + (
        " …" if len(cells) > _MAX_SHOWN_HEADERS else ""
    )


def distinct_headers(header: Sequence[str]) -> list[str]:
    """Return headers of which a repeated one has its number: ``Any comments? (2)``.

    Parameters
    ----------
    header : sequence of str
        Those that differ only in spelling count as repeated.

    Examples
    --------
    >>> distinct_headers(["id", "Any comments?", "any  comments?", "Any comments?"])
    ['id', 'Any comments?', 'any  comments? (2)', 'Any comments? (3)']
    """
    names = [column_name(text) for text in header]
    if len({*names}) == len(names):
        return [*header]
    taken = {*names}
    count: Counter[str] = Counter()
    distinct = []
    for text, name in zip(header, names, strict=True):
        count[name] += 1
        if name and count[name] > 1:
            number = count[name]
            while column_name(f"{text} ({number})") in taken:
                number += 1
            text = f"{text} ({number})"
            taken.add(column_name(text))
        distinct.append(text)
    return distinct


# The rows of a table ------------------------------------------------------------------------


def layout_of(
    records: Sequence[Sequence[str]],
    top: int,
    labels: Sequence[Row],
    name: str,
    known_headers: Set[str],
    problems: list[Problem],
    notes: list[str],
) -> Layout:
    """Return which rows of a table are headers, answers, and neither.

    Parameters
    ----------
    records : sequence of sequence of str
    top : int
        Which of them has the headers.
    labels : sequence of int or str
        How a spreadsheet numbers each row.
    name : str
        Of the table, for messages.
    known_headers : set of str
        Names of columns to expect.
    problems, notes : list
        Both are added to.
    """
    header = [unquoted(cell) for cell in records[top]]
    while not header[-1]:
        header.pop()
    start, questions, foreign = top + 1, [""] * len(header), frozenset[str]()
    second = [unquoted(cell) for cell in records[start]] if start < len(records) else []
    mark = next((i for i in (top + 1, top + 2) if i < len(records) and _is_import(records[i])), 0)
    if mark or _is_of_qualtrics(header):
        foreign = frozenset(text for text in header if fold(text) in _OF_QUALTRICS)
    if mark:
        start = mark + 1
        if mark == top + 2:
            questions = _padded(second, len(header))
            # A scheme may name a column by the question in place of the code above it.
            header = [
                question
                if column_name(question) in known_headers and column_name(code) not in known_headers
                else code
                for code, question in zip(header, questions, strict=True)
            ]
        rows = " and ".join(str(labels[index]) for index in range(top + 1, start))
        notes.append(
            f"{name}: row{'s' * (mark == top + 2)} {rows} of headers from Qualtrics passed"
        )
    elif second and _is_second_header(header, second):
        if _is_of_surveymonkey(header, second):
            header, start = _with_choices(header, second), start + 1
            notes.append(
                f"{name}: row {labels[top + 1]} has the choices of the questions above it, as in "
                "SurveyMonkey; its columns are called 'Question [Choice]'"
            )
        else:
            problems.append(
                Problem(
                    name,
                    labels[top + 1],
                    "",
                    "",
                    "looks like a second row of headers: it is filled where the header above is "
                    "empty",
                    "write a header over each column and delete the row",
                    code="second_header",
                )
            )
    skipped = _rows_that_are_no_answers(records, start, header, labels, name, problems, notes)
    return Layout(header, questions, start, skipped, foreign)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *([""] * (width - len(cells)))]


def _is_import(record: Sequence[str]) -> bool:
    """Whether a row is the third one of Qualtrics, which no other tool writes."""
    filled = [cell for cell in record if cell.strip()]
    return bool(filled) and all(_IMPORT_ID.match(cell) for cell in filled)


def _is_of_qualtrics(header: Sequence[str]) -> bool:
    names = {fold(text) for text in header}
    return len(names & _OF_QUALTRICS) >= _MIN_OF_QUALTRICS and not names.isdisjoint(
        {"responseid", "recordeddate", "progress", "finished"}
    )


def _is_second_header(header: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a row is filled over columns without a header, and empty where answers begin."""
    second = _padded(second, max(len(header), len(second)))
    unnamed = [
        cell
        for text, cell in zip(_padded(header, len(second)), second, strict=True)
        if _is_unnamed(text)
    ]
    first = next((i for i, text in enumerate(header) if not _is_unnamed(text)), 0)
    return bool(unnamed) and all(unnamed) and not second[first] and len(second) > 1


def _is_of_surveymonkey(header: Sequence[str], second: Sequence[str]) -> bool:
    has_own_columns = any(fold(text) in _OF_SURVEYMONKEY for text in header)
    has_responses = any(fold(cell) in _PLAIN_CHOICES for cell in second)
    return (has_own_columns or has_responses) and not _is_unnamed(header[0])


def _is_unnamed(text: str) -> bool:
    return not text or _UNNAMED.fullmatch(text) is not None


def _with_choices(header: Sequence[str], second: Sequence[str]) -> list[str]:
    width = max(len(header), len(second))
    header, second = _padded(header, width), _padded(second, width)
    named, question = [], ""
    for text, choice in zip(header, second, strict=True):
        question = question if _is_unnamed(text) else text
        is_plain = not choice or fold(choice) in _PLAIN_CHOICES
        named.append(question if is_plain else f"{question} [{choice}]")
    return named


# Rows that are no answers -------------------------------------------------------------------


def _rows_that_are_no_answers(
    records: Sequence[Sequence[str]],
    start: int,
    header: Sequence[str],
    labels: Sequence[Row],
    name: str,
    problems: list[Problem],
    notes: list[str],
) -> frozenset[int]:
    """Return the totals at the bottom; problems for totals and headers elsewhere."""
    folded_header = [fold(text) for text in header]
    n_headers = sum(map(bool, folded_header))
    totals: list[int] = []
    is_bottom = True
    for index in range(len(records) - 1, start - 1, -1):
        record = records[index]
        place = next((i for i, cell in enumerate(record) if cell and not cell.isspace()), None)
        if place is None:
            continue
        text = record[place]
        # Few first cells begin so: the rest is looked at only then.
        if text[:1] in "TtSsGg" and _TOTAL.fullmatch(fold(text)):
            others = [clean(cell) for i, cell in enumerate(record) if i != place]
            is_sum = all(cell is None or _NUMBER.fullmatch(cell) for cell in others)
            if is_bottom and is_sum:
                totals.append(index)
                continue
            problems.append(
                Problem(
                    name,
                    labels[index],
                    header[place] if place < len(header) else "",
                    text.strip(),
                    "looks like a total, not like a person",
                    "delete the row; if it is a person, give them another id",
                    code="total_row",
                )
            )
        elif (
            n_headers > 1
            and fold(text) in folded_header
            and ([fold(cell) for cell in record[: len(header)]] == folded_header)
        ):
            reason, remedy = "repeats the headers", "delete the row"
            problems.append(
                Problem(name, labels[index], "", "", reason, remedy, code="repeated_header")
            )
        is_bottom = False
    if totals:
        rows = ", ".join(str(labels[index]) for index in reversed(totals))
        notes.append(
            f"{name}: row{'s' * (len(totals) > 1)} {rows} at the bottom "
            f"{'are totals and were' if len(totals) > 1 else 'is a total and was'} passed over"
        )
    return frozenset(index - start for index in totals)
