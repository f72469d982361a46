"""What the cells under a proposed field say: answers, separators, and what of it is to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rmmatch.cohort.forms import FormQuestion
from rmmatch.cohort.forms.document import merged
from rmmatch.desk.survey.cells.column_questions import questions_of_column, questions_of_grid
from rmmatch.desk.survey.drafts import TableDraft
from rmmatch.desk.survey.mapping.groups import day_grids
from rmmatch.desk.survey.questions import question_of_table

__all__ = ["read_cells"]

ROLES = ("mentors", "mentees")


def read_cells(
    data: dict[str, Any], drafts: Sequence[TableDraft]
) -> tuple[dict[str, Any], list[FormQuestion]]:
    """Return a form with what is sure of the cells of its fields, and what should be asked.

    Parameters
    ----------
    data : dict
        The form as plain data.
    drafts : sequence of TableDraft
        One table of everybody, or those of mentors and mentees.
    """
    questions: list[FormQuestion] = []
    parts: list[tuple[Mapping[str, Any], Sequence[TableDraft], str]] = [(data, drafts, "")]
    for role, draft in zip(ROLES, drafts, strict=False):
        parts.append((data.get("tables", {}).get(role, {}), [draft], role))
    for part, of_part, role in parts:
        for name, source in part.get("fields", {}).items():
            if name not in data.get("sensitive", ()):
                change, asked_of_field = _of_field(name, source, of_part)
                if change:
                    fields = {"fields": {name: change}}
                    data = merged(data, {"tables": {role: fields}} if role else fields)
                questions += [
                    question_of_table(question, role) if role else question
                    for question in asked_of_field
                ]
    return data, questions


def _of_field(
    name: str, source: Any, drafts: Sequence[TableDraft]
) -> tuple[dict[str, Any], list[FormQuestion]]:
    """Return the keys of a field that its cells settle, and questions."""
    if isinstance(source, Mapping) and "grid" in source:
        pattern = source["grid"]
        columns = [
            draft.table.columns[place].tolist()
            for draft in drafts
            for grid, places in day_grids(draft.table.header)
            if grid == pattern
            for place in places
        ]
        has_times = source.get("cells", "answers") == "answers"
        return questions_of_grid(name, pattern, columns, has_times=has_times)
    headers = source.get("from", ()) if isinstance(source, Mapping) else source
    headers = [headers] if isinstance(headers, str) else list(headers)
    if not headers:
        return {}, []
    cells = [
        cell
        for draft in drafts
        for header in headers
        if header in draft.table.header
        for cell in draft.cells(header)
    ]
    return questions_of_column(name, headers[0], cells)
