"""Columns whose cells are people who take part, whatever their header says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.desk.survey.drafts import TableDraft
from rmmatch.desk.survey.mapping.groups import grouped
from rmmatch.spelling import fold

__all__ = ["ask_about_people_columns"]

_LEAST = 0.6  # of the names in a column, that lead to somebody
_NUMBER = re.compile(r"[\d.]*")  # a number may be anything
_MEANINGS = (
    ("declined", "people whom they must not be paired with"),
    ("preferences", "whom they would like, best first"),
    ("past_pair", "their earlier partners"),
    ("line_manager", "their line manager"),
)


def ask_about_people_columns(drafts: Sequence[TableDraft]) -> None:
    """Add a question for every column that names people and feeds no field.

    Parameters
    ----------
    drafts : sequence of TableDraft
        Their questions are added to.
    """
    people = {name for draft in drafts for row in _identities(draft) for name in row}
    people.discard("")
    for draft in drafts:
        own = _identities(draft)
        counts: dict[int, tuple[int, int]] = {}
        for place, proposal in enumerate(draft.proposals):
            if proposal.field or proposal.is_tools or proposal.is_sensitive:
                continue
            n_names, n_people = _counts(draft.table.columns[place].tolist(), own, people)
            if n_people and n_people >= _LEAST * n_names:
                counts[place] = (n_names, n_people)
        for group in grouped(draft.table.header, list(counts), None):
            headers = [draft.table.header[place] for place in group.places]
            n_names, n_people = map(sum, zip(*map(counts.__getitem__, group.places), strict=True))
            draft.questions.append(_question(headers, n_names, n_people))


def _identities(draft: TableDraft) -> list[set[str]]:
    """Return the ids, addresses and names of each person, folded."""
    email = draft.fields.get("email")
    columns = [draft.cells(header) for header in (*draft.numbers, *([email] if email else []))]
    if draft.names:
        parts = zip(*(draft.cells(header) for header in draft.names), strict=True)
        columns.append([" ".join(cell or "" for cell in row) for row in parts])
    rows: list[set[str]] = [set() for _ in draft.table.rows]
    for column in columns:
        for row, cell in zip(rows, column, strict=True):
            text = fold(cell or "")
            if not _NUMBER.fullmatch(text):
                row.add(text)
    return rows


def _counts(
    cells: Sequence[str | None], own: Sequence[Collection[str]], people: Collection[str]
) -> tuple[int, int]:
    """Return how many names stand in a column, and how many are of somebody else."""
    n_names = n_people = 0
    for cell, identity in zip(cells, own, strict=True):
        if cell is None:
            continue
        is_one = fold(cell) in people
        for text in map(fold, [cell] if is_one else list_items(cell.replace(",", ";"))):
            n_names += 1
            n_people += text in people and text not in identity
    return n_names, n_people


def _question(headers: Sequence[str], n_names: int, n_people: int) -> FormQuestion:
    meanings = sorted(
        _MEANINGS, key=lambda meaning: len(headers) > 1 and meaning[0] != "preferences"
    )
    answers = [
        FormAnswer(say=f"{title} ({name})", change={"fields": {name: {"from": [*headers]}}})
        for name, title in meanings
    ]
    answers.append(FormAnswer(say="leave it out", change={"ignore": [*headers]}))
    shown = " and ".join(f"“{' '.join(header.split())[:80]}”" for header in headers)
    return FormQuestion(
        about=meanings[0][0],
        ask=f"{shown} name{'s' * (len(headers) == 1)} people who take part: who are they?",
        evidence=f"{n_people} of {n_names} names are of people in the export",
        answers=tuple(answers),
    )
