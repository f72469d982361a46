"""People with several rows: which row counts; and whether text dates have the day first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rmmatch.cohort.answer_times import date_orders, time_header
from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.cohort.identities.names import is_email, name_key
from rmmatch.files.row_numbers import row_list
from rmmatch.files.table_limits import Row
from rmmatch.spelling import fold

__all__ = ["question_of_dates", "question_of_repeats", "repeated_people"]

Cells = Sequence[str | None]
_MAX_SHOWN_PEOPLE = 5  # wording


def repeated_people(ids: Cells, names: Cells = (), emails: Cells = ()) -> list[list[int]]:
    """Return the places of the rows of each person who has several.

    One id is one person; so is one e-mail address, but for rows with other names.

    Parameters
    ----------
    ids, names, emails : sequence of str or None
        One entry a row; empty where the export has no such column.

    Examples
    --------
    >>> repeated_people(["1", "2", "3"], emails=["a@b.example", "c@d.example", "A@B.example"])
    [[0, 2]]
    """
    groups: dict[tuple[str, str, str], list[int]] = {}
    for kind, cells in (("id", ids), ("email", emails)):
        texts = [fold(cell) if cell else "" for cell in cells]
        if len({*texts} - {""}) <= 1 < len(texts):
            continue  # what everybody has tells nobody apart
        for place, text in enumerate(texts):
            if text and (kind == "id" or is_email(text)):
                name = name_key(names[place] or "") if kind == "email" and len(names) else ""
                groups.setdefault((kind, text, name), []).append(place)
    return sorted({tuple(rows): rows for rows in groups.values() if len(rows) > 1}.values())


def question_of_repeats(
    people: Sequence[Sequence[int]],
    rows: Sequence[Row],
    columns: Mapping[str, Cells],
    *,
    names: Cells = (),
    own_headers: Collection[str] = (),
) -> FormQuestion | None:
    """Return the question which rows of people with several rows count; None where nobody has.

    Parameters
    ----------
    people : sequence of sequence of int
        As `repeated_people` returns them.
    rows : sequence of int or str
        As the spreadsheet numbers them.
    columns : mapping of str to sequence of str or None
        The cells by header.
    names : sequence of str or None
        What people are called; empty where names must not be shown.
    own_headers : collection of str
        Of columns that the survey tool fills in itself: they differ from row to row.

    Examples
    --------
    >>> columns = {"Timestamp": ["1/2/2026", "9/2/2026"], "Goals": ["Data", "Teaching"]}
    >>> question = question_of_repeats([[0, 1]], [2, 3], columns, names=["Ed", "Ed"])
    >>> question.ask, question.answers[0].change
    ("1 person has several rows (Ed: rows 2-3): does the latest count, by 'Timestamp'?", \
{'repeated': {'keep': 'latest', 'by': 'Timestamp'}})
    """
    if not people:
        return None
    by = time_header(list(columns))
    differing = _differing_headers(people, columns, (*own_headers, by))
    shown = []
    for places in people[:_MAX_SHOWN_PEOPLE]:
        name = names[places[0]] if len(names) else None
        listed = row_list([rows[place] for place in places])
        shown.append(f"{name}: rows {listed}" if name else f"rows {listed}")
    if len(people) > _MAX_SHOWN_PEOPLE:
        shown.append(f"and {len(people) - _MAX_SHOWN_PEOPLE:,} more")
    who = "1 person has" if len(people) == 1 else f"{len(people):,} people have"
    join = FormAnswer(
        say="each row is one answer: join their lists",
        change={"repeated": "join"},
    )
    answers = [join]
    question = "join the lists of their rows?"
    if by:
        latest = FormAnswer(
            say=f"the latest row counts, by {by!r}",
            change={"repeated": {"keep": "latest", "by": by}},
        )
        is_long = len(differing) <= 1 and len(people) > 1
        answers = [join, latest] if is_long else [latest, join]
        if not is_long:
            question = f"does the latest count, by {by!r}?"
    answers.append(
        FormAnswer(
            say="neither: I shall delete rows",
            change={"repeated": "error"},
        )
    )
    return FormQuestion(
        about="id",
        ask=f"{who} several rows ({'; '.join(shown)}): {question}",
        evidence=_difference_text(differing),
        answers=tuple(answers),
    )


def _differing_headers(
    people: Sequence[Sequence[int]], columns: Mapping[str, Cells], own_headers: Collection[str]
) -> list[str]:
    """Return the headers under which the rows of one person differ."""
    own = {fold(header) for header in own_headers}
    return [
        header
        for header, cells in columns.items()
        if fold(header) not in own
        and any(len({_answers(cells[place]) for place in places}) > 1 for places in people)
    ]


def _answers(cell: str | None) -> frozenset[str]:
    return frozenset(map(fold, list_items(cell or "")))


def _difference_text(headers: Sequence[str]) -> str:
    if not headers:
        return "their rows say the same"
    texts = [f"{' '.join(header.split())[:60]!r}" for header in headers[:_MAX_SHOWN_PEOPLE]]
    more = len(headers) - len(texts)
    return f"their rows differ under {', '.join(texts)}" + (f" and {more} more" if more else "")


def question_of_dates(header: str, cells: Cells) -> tuple[dict[str, str], FormQuestion | None]:
    """Return how text dates are written, where they decide it; else the question.

    Parameters
    ----------
    header : str
    cells : sequence of str or None

    Returns
    -------
    tuple of (dict, FormQuestion or None)
        A change to the form, which is empty where nothing is sure.

    Examples
    --------
    >>> question_of_dates("Timestamp", ["11/6/2026 08:31", "25/6/2026 08:31"])
    ({'dates': 'day_first'}, None)
    """
    orders = date_orders(cells)
    if not any(orders):
        return {}, None
    if orders.order is not None:
        return {"dates": orders.order}, None
    day = FormAnswer(say="the day comes first, as in Britain", change={"dates": "day_first"})
    month = FormAnswer(say="the month comes first", change={"dates": "month_first"})
    evidence = "1 date" if orders.n_open == 1 else f"{orders.n_open:,} dates"
    evidence += " can be read both ways"
    if orders.n_day_first:
        evidence = f"the day comes first in {orders.n_day_first:,}, "
        evidence += f"the month in {orders.n_month_first:,}"
    question = FormQuestion(
        about="id",
        ask=f"Do the dates under {header!r} have the day or the month first?",
        evidence=evidence,
        answers=(day, month),
    )
    return {}, question
