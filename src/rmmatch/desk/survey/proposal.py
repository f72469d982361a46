"""From an export to the form that reads it: what is sure, and what a person should decide."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms import Form, FormQuestion
from rmmatch.cohort.forms.document import merged
from rmmatch.cohort.identities import Role
from rmmatch.cohort.tables import RawTable, TableLike, read_table, sheet_names
from rmmatch.desk.survey.cells.cell_reading import ROLES, read_cells
from rmmatch.desk.survey.drafts import TableDraft, draft_of
from rmmatch.desk.survey.importance import most_important_first
from rmmatch.desk.survey.mapping.fields import FIELDS
from rmmatch.desk.survey.mapping.proposed_fields import SURE, propose_fields
from rmmatch.desk.survey.people.ids import add_ids
from rmmatch.desk.survey.people.people_columns import ask_about_people_columns
from rmmatch.desk.survey.people.people_of_form import people_questions_of_form
from rmmatch.desk.survey.questions import question_of_table
from rmmatch.desk.survey.writing import form_text
from rmmatch.errors import CohortError, Problem

__all__ = ["propose_form"]

_PEOPLE_FIELDS = frozenset({"id", "name", "email", "first_name", "last_name"})
_ORDER = defaultdict(lambda: len(FIELDS), {kind.name: i for i, kind in enumerate(FIELDS)})
_MIN_FIELDS = 2  # that a sheet has if it is one of people


def propose_form(*exports: TableLike) -> Form:
    """Propose how an export is read, with the evidence for every line.

    What is sure is written; what is only likely is a question (`Form.questions`), and so is a
    column that may list people who must not be paired, however unsure.

    Parameters
    ----------
    *exports : path, DataFrame or list of mapping
        One export of everybody, or that of the mentors and that of the mentees. A workbook may
        have both, in sheets that say so.

    Returns
    -------
    Form
        `Form.to_yaml` has the evidence as comments.

    Raises
    ------
    CohortError
        A file cannot be read, or there are more than two.

    Examples
    --------
    >>> form = propose_form([{"Email": "a@x.example", "Which site are you based at?": "North"}])
    >>> form.fields["workplace"].headers
    ('Which site are you based at?',)
    """
    if not exports:
        raise TypeError("propose_form() needs an export")
    problems: list[Problem] = []
    notes: list[str] = []
    tables = _tables(exports, problems, notes)
    if problems or not tables:
        raise CohortError(problems)
    sheets = [sheet for _, sheet in tables]
    drafts = [draft_of(table) for table, _ in tables]
    questions = add_ids(drafts)
    ask_about_people_columns(drafts)
    data, evidence = _merged_drafts(drafts, sheets)
    questions += _joined_questions(drafts)
    data, cell_questions = read_cells(data, drafts)
    form = Form.from_dict(data)
    roles: tuple[Role | None, ...] = ("mentor", "mentee") if len(drafts) == 2 else (None,)
    sources = [(draft.table, role) for draft, role in zip(drafts, roles, strict=True)]
    questions += [*cell_questions, *people_questions_of_form(form, sources)]
    asked = most_important_first(questions)
    data["undecided"] = [question.model_dump(mode="json") for question in asked]
    return Form.from_text(form_text(Form.from_dict(data).to_dict(), evidence))


# Tables ---------------------------------------------------------------------------------------


def _tables(
    exports: Sequence[TableLike], problems: list[Problem], notes: list[str]
) -> list[tuple[RawTable, str]]:
    """Return one table of everybody, or those of mentors and mentees; each with its sheet."""
    tables: list[tuple[RawTable, str]] = []
    for number, export in enumerate(exports, start=1):
        for source, sheet in _sheets(export):
            name = "export" if len(exports) == 1 else f"export {number}"
            table = read_table(
                source,
                name,
                known_headers=frozenset(STANDARD_COLUMNS),
                problems=problems,
                notes=notes,
            )
            if table:
                table = _with_questions(table)
            # The same file twice is one form for everybody.
            if table and table.sha256 + sheet not in {t.sha256 + s for t, s in tables}:
                tables.append((table, sheet))
    if len(tables) > 2:
        names = ", ".join(repr(table.name) for table, _ in tables)
        reason = f"are {len(tables)} tables: a form reads one of everybody, or two"
        remedy = "give the export of the mentors and that of the mentees"
        problems.append(Problem(names, "", "", "", reason, remedy, code="too_many_tables"))
    if len(tables) == 2 and _is_of(tables[0], "mentees") and not _is_of(tables[1], "mentees"):
        tables.reverse()
    return tables


def _with_questions(table: RawTable) -> RawTable:
    """Return a table with its questions as headers in place of codes such as Q6.

    A form may name a column by its question, which says what the code does not.
    """
    if not table.questions:
        return table
    count = Counter(map(column_name, (*table.header, *table.questions)))
    header = [
        question
        if count[column_name(question)] == 1
        and code not in table.foreign
        and question
        and column_name(code) not in STANDARD_COLUMNS
        else code
        for code, question in zip(table.header, table.questions, strict=True)
    ]
    return replace(table, header=tuple(header))


def _is_of(table: tuple[RawTable, str], role: str) -> bool:
    return re.search(role.removesuffix("s"), f"{table[0].name} {table[1]}".casefold()) is not None


def _sheets(export: TableLike) -> list[tuple[TableLike, str]]:
    """Return the sheets of a workbook that are about people, each as a table of its own."""
    names = sheet_names(export)
    if len(names) < 2:
        return [(export, "")]
    assert isinstance(export, str | os.PathLike)
    fits: dict[str, int] = {}
    for name in names:
        table = read_table(
            f"{os.fspath(export)}#{name}", name, known_headers=frozenset(), problems=[], notes=[]
        )
        fits[name] = _n_fields(table) if table else 0
    people = [name for name in names if fits[name] >= _MIN_FIELDS]
    sides = [name for name in people if re.search("mentor|mentee", name.casefold())]
    if len(sides) != 2:
        sides = [max(names, key=lambda name: fits[name])]
    if not fits[sides[0]]:
        return [(export, "")]  # reading it says what is wrong
    return [(f"{os.fspath(export)}#{name}", name) for name in sides]


def _n_fields(table: RawTable) -> int:
    columns = [column.tolist() for column in table.columns] if table.rows else None
    proposals = propose_fields(table.header, columns)
    sure = {proposal.field for proposal in proposals if proposal.confidence >= SURE}
    return len(sure - {""}) if sure & _PEOPLE_FIELDS else 0


# Two tables -----------------------------------------------------------------------------------


def _merged_drafts(
    drafts: Sequence[TableDraft], sheets: Sequence[str]
) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """Return the form as plain data, and the evidence by the path of its line."""
    data: dict[str, Any] = {"version": 1, "fields": {}}
    evidence: dict[tuple[str, ...], str] = {}
    is_single = len(drafts) == 1
    path: tuple[str, ...]
    for role, draft, sheet in zip(ROLES, drafts, sheets, strict=False):
        for name in sorted(draft.fields, key=lambda name: (name in draft.sensitive, _ORDER[name])):
            source = draft.fields[name]
            is_common = all(other_draft.fields.get(name) == source for other_draft in drafts)
            path = ("fields",) if is_common else ("tables", role, "fields")
            data = merged(data, _nested(path, {name: source}))
            evidence.setdefault((*path, name), draft.evidence.get(name, ""))
        for header in draft.ignore:
            is_common = all(header in other_draft.ignore for other_draft in drafts)
            path = () if is_common else ("tables", role)
            data = merged(data, _nested(path, {"ignore": [header]}))
            evidence.setdefault((*path, "ignore"), draft.evidence.get(header, ""))
        if draft.dates:
            path = () if is_single else ("tables", role)
            data = merged(data, _nested(path, {"dates": draft.dates}))
        if sheet:
            path = () if is_single else ("tables", role)
            data = merged(data, _nested(path, {"sheet": sheet}))
        if draft.sensitive:
            data = merged(data, {"sensitive": draft.sensitive})
            evidence[("sensitive",)] = "never shown; a scheme says whether a rule may use them"
    return data, evidence


def _nested(path: Sequence[str], value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def _joined_questions(drafts: Sequence[TableDraft]) -> list[FormQuestion]:
    """Return the questions of all tables: once what both tables ask, else for the one table."""
    if len(drafts) == 1:
        return drafts[0].questions
    questions: list[FormQuestion] = []
    for role, draft in zip(ROLES, drafts, strict=True):
        for question in draft.questions:
            twin = _twin(question, drafts)
            if twin and role == ROLES[0]:
                evidence = f"{question.evidence} (mentors); {twin.evidence} (mentees)"
                same = question.evidence == twin.evidence
                questions.append(
                    question if same else question.model_copy(update={"evidence": evidence})
                )
            elif not twin:
                questions.append(question_of_table(question, role))
    return questions


def _twin(question: FormQuestion, drafts: Sequence[TableDraft]) -> FormQuestion | None:
    """Return the question of the second table that has the same answers, if both ask."""
    twins = [
        next(
            (
                candidate
                for candidate in draft.questions
                if (candidate.about, candidate.ask, candidate.answers)
                == (question.about, question.ask, question.answers)
            ),
            None,
        )
        for draft in drafts
    ]
    return twins[1] if all(twins) else None
