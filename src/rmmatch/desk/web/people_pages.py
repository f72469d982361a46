"""The page of people: exports, questions about them, what fills which field, and corrections."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from rmmatch.cohort import Cohort, Role
from rmmatch.cohort.forms import Form
from rmmatch.desk.web.answering import Asked, html, in_page, uploaded
from rmmatch.desk.web.desk import Desk
from rmmatch.errors import FolderError, Problem, ProblemsError

__all__ = ["add_export", "answer", "edit", "people", "read_again"]


def people(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    return in_page(desk, "people", "people.html", **_state(desk))


def add_export(desk: Desk, asked: Asked) -> Response:
    """Add one export of everybody, or that of the mentors and that of the mentees.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    with uploaded(asked, "export", "mentees") as paths:
        if not paths:
            reason, remedy = "no file was chosen", "choose the export of your survey"
            raise FolderError([Problem("export", "", "", "", reason, remedy, code="bad_export")])
        desk.last_import = desk.folder.add_export(*paths)
    return _went_on(desk)


def answer(desk: Desk, asked: Asked) -> Response:
    """Answer a question about the last export.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    number = asked.text("answer")
    desk.last_import = desk.folder.answer(
        asked.text("question"), int(number) if number.isdecimal() else 0
    )
    return _went_on(desk)


def read_again(desk: Desk, asked: Asked) -> Response:
    """Read the last export again, once somebody has edited the form.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    exports = desk.folder.exports
    last_files = [export.path for export in exports if export.at == exports[-1].at]
    desk.last_import = desk.folder.add_export(*last_files)
    return _went_on(desk)


def edit(desk: Desk, asked: Asked) -> Response:
    """Correct an answer of somebody.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    role: Role = "mentor" if asked.text("role") == "mentor" else "mentee"
    edited = desk.folder.edit_answer(
        asked.text("person"),
        asked.text("field"),
        None if asked.text("is_export") else asked.text("value"),
        role=role,
        reason=asked.text("reason"),
    )
    return html("_edits.html", edits=desk.folder.edits, edited=edited, focus="edits")


def _went_on(desk: Desk) -> Response:
    state = _state(desk)
    focus = f"q-{state['questions'][0].id}" if state["questions"] else "outcome"
    return html("_people.html", focus=focus, is_read_only=desk.folder.is_read_only, **state)


def _state(desk: Desk) -> dict[str, Any]:
    folder = desk.folder
    form = folder.form
    problems: list[str] = []
    cohort: Cohort | None = None
    if (folder.path / "mentors.csv").exists() and (folder.path / "scheme.yaml").exists():
        try:
            cohort = folder.cohort
        except ProblemsError as error:
            problems = [str(problem) for problem in error.items]
    run = folder.current
    return {
        "questions": folder.questions,
        "outcome": desk.last_import,
        "exports": folder.exports,
        "tables": [] if form is None else _form_tables(form),
        "n_people": None if cohort is None else (cohort.n_mentors, cohort.n_mentees),
        "columns": [] if cohort is None else _columns(cohort),
        "problems": problems,
        "edits": folder.edits,
        "may_pair": cohort is not None and (run is None or run.state != "approved"),
        "run": run,
    }


def _columns(cohort: Cohort) -> list[str]:
    """Return what can be corrected on the page: no private column."""
    hidden = {*cohort.reading.sensitive, "id", "role"}
    names = {name for side in cohort.sides for name in side.columns} | set(cohort.relations)
    return sorted(names - hidden)


def _form_tables(form: Form) -> list[tuple[str, list[tuple[str, str, str, bool]]]]:
    """Return which question fills which field: of everybody, or a table for each side."""
    tables = []
    roles: list[Role | None] = ["mentor", "mentee"] if form.tables else [None]
    for role in roles:
        table = form.table(role)
        rows = [
            (
                name.replace("_", " "),
                ", ".join(
                    (*field.headers, *field.mint, *field.boxes, *field.ranks, field.grid)
                ).strip(", "),
                "; ".join(f"{answer} → {value}" for answer, value in field.answers.items()),
                name in form.sensitive,
            )
            for name, field in table.fields.items()
        ]
        rows += [("not used", header, "", False) for header in table.ignore]
        tables.append((f"{role.capitalize()}s" if role else "Everybody", rows))
    return tables
