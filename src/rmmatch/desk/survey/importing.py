"""An export and its form become clean tables in a folder, beside what lasts between exports."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rmmatch.cohort import OTHER_ROLE, Cohort, Role, column_name, read_cohort
from rmmatch.cohort.columns import PEOPLE_COLUMNS
from rmmatch.cohort.forms import Form
from rmmatch.cohort.identities import OTHERS, OUTSIDE
from rmmatch.cohort.identities.doubts import list_digest, unsettled
from rmmatch.cohort.identities.names import name_key
from rmmatch.cohort.tables import TableLike
from rmmatch.desk.survey.clean_tables import (
    CleanTable,
    clean_table,
    joined_tables,
    read_clean_table,
)
from rmmatch.desk.survey.differences import Differences, differences
from rmmatch.desk.survey.register import COLUMNS as REGISTER_COLUMNS
from rmmatch.desk.survey.register import Recognition, Register, RegisterEntry, RegisterQuestion
from rmmatch.errors import CohortError, Problem, ProblemsError
from rmmatch.files.folder import check_folder, keep_files, staged
from rmmatch.files.tables import write_rows
from rmmatch.spelling import fold

__all__ = [
    "SurveyImport",
    "SurveyTables",
    "check_import_folder",
    "next_command",
    "propose_into",
    "run_of",
]

SCHEME = "scheme.yaml"
REGISTER = "people.csv"
CHANGES = "changes.csv"
TABLES: dict[Role, str] = {"mentor": "mentors.csv", "mentee": "mentees.csv"}
_MAX_SINGLE_SETTLEMENTS = 20  # names outside, each a line of a scheme; wording


def check_import_folder(folder: Path, exports: Sequence[Path], *, scheme: bool = False) -> None:
    """Make sure that an import writes over nothing that it did not write itself.

    Parameters
    ----------
    folder : Path
        Need not exist.
    exports : sequence of Path
        The files that are imported.
    scheme : bool
        Whether a scheme is to be written too.

    Raises
    ------
    ProblemsError
        An export, a table of another origin, or a scheme is in the way, or the folder cannot be
        written.
    """
    check_folder(folder)
    names = (*TABLES.values(), REGISTER, CHANGES)
    targets = {(folder / name).resolve() for name in names}
    problems = [
        Problem(
            str(export),
            "",
            "",
            "",
            "is an export, and a clean table would be written over it",
            "name another folder with --out",
            code="already_there",
        )
        for export in exports
        if Path(export).resolve() in targets
    ]
    if problems:
        raise ProblemsError(problems)
    if not (folder / REGISTER).exists():
        # tables without it were made by hand
        keep_files(folder, (*TABLES.values(), CHANGES))
    if scheme:
        keep_files(folder, (SCHEME,))


@dataclass(frozen=True)
class SurveyTables:
    """What an import writes.

    Attributes
    ----------
    cohort : Cohort
        The people of the clean tables, as they are read without a form.
    tables : dict of str to CleanTable
        By role.
    register : tuple of RegisterEntry
        Everybody who was ever imported, for people.csv.
    differences : Differences or None
        To the tables that were in the folder; None where there were none.
    outside : tuple of str
        Names in lists of people that lead to nobody for certain, and are outside as the form says.
    notes : tuple of str
        What the reader noticed.
    """

    cohort: Cohort
    tables: Mapping[Role, CleanTable]
    register: tuple[RegisterEntry, ...]
    differences: Differences | None
    outside: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def people(self) -> dict[str, str]:
        """Lines for `people` of a scheme, which say who is outside; many names are one line."""
        lists = [doubt for doubt in self.cohort.doubts if doubt.column != "preferences"]
        unsure = {doubt.text: OUTSIDE for doubt in lists if doubt.why != "nobody"}
        strangers = {fold(doubt.text): doubt.text for doubt in lists if doubt.why == "nobody"}
        if len(strangers) <= _MAX_SINGLE_SETTLEMENTS:
            return {**unsure, **dict.fromkeys(strangers.values(), OUTSIDE)}
        is_hidden = any(doubt.column in self.cohort.reading.sensitive for doubt in lists)
        digest = "" if is_hidden else f" {list_digest(strangers.values())}"
        return {**unsure, OTHERS: f"{OUTSIDE}{digest}"}

    def save(self, folder: Path, scheme: str = "") -> tuple[str, ...]:
        """Write the tables; all of them arrive, or none does.

        Parameters
        ----------
        folder : Path
            Is made where it does not exist.
        scheme : str, optional
            The text of a scheme to write as well.

        Returns
        -------
        tuple of str
            Names of the files written.

        Raises
        ------
        ProblemsError
            The folder cannot be written.
        """
        with staged(folder, owned=(CHANGES,)) as new:
            for role, name in TABLES.items():
                table = self.tables[role]
                write_rows(table.header, table.cells, new / name)
            outside = (RegisterEntry(OUTSIDE, name) for name in self.outside)
            write_rows(REGISTER_COLUMNS, (*self.register, *outside), new / REGISTER)
            if self.differences is not None:
                write_rows(self.differences.columns, self.differences.rows, new / CHANGES)
            if scheme:
                (new / SCHEME).write_text(scheme, encoding="utf-8", newline="")
            names = (*TABLES.values(), REGISTER, CHANGES, SCHEME)
            return tuple(name for name in names if (new / name).exists())


class SurveyImport:
    """One import: the export read by its form, and who in it took part before.

    Parameters
    ----------
    exports : sequence of path, DataFrame or list of mapping
        One export of everybody; or that of the mentors, then that of the mentees.
    form : Form
    folder : Path, optional
        Where the tables will be written: those of an earlier import are compared, and its
        people.csv says who took part before.
    people : Path, optional
        Another people.csv, such as last year's.

    Attributes
    ----------
    cohort : Cohort
        The people of the export, with the ids of the form.

    Raises
    ------
    CohortError
        With every problem: open questions of the form, cells, names in lists of people.
    """

    def __init__(
        self,
        exports: Sequence[TableLike],
        form: Form,
        *,
        folder: Path | None = None,
        people: Path | None = None,
    ) -> None:
        self.form = form
        self.folder = folder
        self.register = Register()
        path = people if people is not None else folder / REGISTER if folder else None
        if path is not None and (people is not None or path.exists()):
            self.register = Register.from_file(path)
        self._settled_leavers = _settled_leavers(form, exports, self.register)
        people_today = {**form.people, **dict.fromkeys(self._settled_leavers, OUTSIDE)}
        form_today = form.model_copy(update={"people": people_today})
        self.cohort = read_cohort(*exports, form=form_today)
        self.sensitive = frozenset(
            (*map(column_name, form.sensitive), *self.cohort.reading.sensitive)
        )
        problems = _settlement_problems(self.cohort, form, self.sensitive, self.register)
        if problems:
            raise CohortError(problems)
        self._answers: dict[str, bool] = {}

    @property
    def recognition(self) -> Recognition:
        """Who took part before, with the answers so far."""
        return self.register.recognise(self.cohort, self._answers)

    @property
    def questions(self) -> list[RegisterQuestion]:
        """Whether people of the export are people who took part before."""
        return self.recognition.questions

    def answer(self, question: RegisterQuestion, *, is_same: bool) -> None:
        """Answer a question.

        Parameters
        ----------
        question : RegisterQuestion
        is_same : bool
            Whether the two are one person.
        """
        self._answers[question.id] = is_same

    def tables(self, day: str) -> SurveyTables:
        """Return what is to be written.

        Parameters
        ----------
        day : str
            Today, as ``2026-11-30``, for people.csv.

        Raises
        ------
        CohortError
            It is not certain who took part before, or the tables in the folder cannot be read.
        """
        recognition = self.recognition
        problems = [
            *recognition.problems,
            *(question.problem() for question in recognition.questions),
        ]
        if problems:
            raise CohortError(problems)
        before = self._tables_before()
        leavers = self._leavers(before, recognition) if before is not None else {}
        tables = {
            role: clean_table(self.cohort, role, recognition.ids, leavers) for role in OTHER_ROLE
        }
        changes = None
        if before is not None:
            tables = {role: _with_leavers(tables[role], before[role]) for role in OTHER_ROLE}
            changes = differences(before, tables, self.sensitive)
        cohort = _read_back(tables, self.sensitive)
        return SurveyTables(
            cohort,
            tables,
            self.register.updated(self.cohort, recognition, day),
            changes,
            tuple(dict.fromkeys(doubt.text for doubt in cohort.doubts)),
            (*self.cohort.notes, *recognition.notes),
        )

    def _leavers(
        self, before: Mapping[Role, CleanTable], recognition: Recognition
    ) -> dict[str, str]:
        """Return the texts that mean somebody who has left and stays in the tables, with the id."""
        rows = {fold(row["id"]) for table in before.values() for row in table.rows}
        staying = {*recognition.entries.values()}
        entries = [
            entry
            for place, entry in enumerate(self.register.entries)
            if place not in staying and fold(entry.id) in rows
        ]
        texts: dict[str, set[str]] = {}
        for entry in entries:
            for text in filter(None, (entry.id, entry.email, entry.name)):
                texts.setdefault(name_key(text), set()).add(entry.id)
        ids = {text: min(owners) for text, owners in texts.items() if len(owners) == 1}
        said = {text: ids.get(name_key(who)) for text, who in self._settled_leavers.items()}
        outside = {name_key(text) for text, who in self.form.people.items() if who == OUTSIDE}
        ids = {text: id_ for text, id_ in ids.items() if text not in outside}
        return ids | {name_key(text): id_ for text, id_ in said.items() if id_}

    def _tables_before(self) -> dict[Role, CleanTable] | None:
        paths = [self.folder / name for name in TABLES.values()] if self.folder else []
        if not paths or not all(path.exists() for path in paths):
            return None
        return dict(zip(TABLES, map(read_clean_table, paths), strict=True))


def _with_leavers(table: CleanTable, before: CleanTable) -> CleanTable:
    """Return a table with the rows of those who were in the one before and are in it no more."""
    ids = {fold(row["id"]) for row in table.rows}
    leavers = [row for row in before.rows if fold(row["id"]) not in ids]
    return joined_tables(table, CleanTable(before.header if leavers else ("id",), leavers))


def _read_back(tables: Mapping[Role, CleanTable], sensitive: frozenset[str]) -> Cohort:
    """Return the people of clean tables: what cannot be read again is not written."""
    sources: list[list[dict[str, Any]]] = [
        [{name: row.get(name) for name in tables[role].header} for row in tables[role].rows]
        for role in TABLES
    ]
    columns = {name for table in tables.values() for name in table.header}
    return read_cohort(*sources, sensitive=tuple(sorted(sensitive & columns)))


def _settled_leavers(
    form: Form, exports: Sequence[TableLike], register: Register
) -> dict[str, str]:
    """Return the texts that the form says mean somebody who has left since, with the id or address.

    Whoever has left is outside, and the form need not be written anew.
    """
    known = {fold(text) for entry in register.entries for text in (entry.id, entry.email) if text}
    lines = {text: person for text, person in form.people.items() if fold(person) in known}
    if not lines:
        return {}
    others = {text: person for text, person in form.people.items() if text not in lines}
    directory = read_cohort(*exports, form=form.model_copy(update={"people": others})).directory
    return {
        text: person for text, person in lines.items() if directory.look_up(person).kind == "nobody"
    }


def _settlement_problems(
    cohort: Cohort, form: Form, sensitive: frozenset[str], register: Register
) -> list[Problem]:
    """Return the names in lists of people that lead to nobody for certain.

    Whoever took part before, or was outside before, is known: who has left is outside.
    """
    before = {*register.outside, *(text for entry in register.entries for text in entry[:3])}
    said_of_others = (value for key, value in form.people.items() if fold(key) == OTHERS)
    problems = unsettled(
        cohort.doubts,
        cohort.directory,
        PEOPLE_COLUMNS,
        others=next(said_of_others, ""),
        sensitive=sensitive,
        known_outside={name_key(text) for text in before if text},
    )
    return [
        replace(problem, remedy=problem.remedy.replace("in the scheme", "in the form"))
        for problem in problems
    ]


def propose_into(path: Path, exports: Sequence[Path]) -> Form:
    """Propose how an export is read, and write that to a file that is not there yet.

    Parameters
    ----------
    path : Path
        Of the form.
    exports : sequence of path

    Raises
    ------
    ProblemsError
        There is a form already, or the folder cannot be written.
    """
    if path.exists():
        reason = "is there already, and a form is never written over"
        remedy = f"read it: --form {path}; or name another folder with --out"
        raise ProblemsError([Problem(str(path), "", "", "", reason, remedy, code="already_there")])
    from rmmatch.desk.survey.proposal import propose_form

    form = propose_form(*exports)
    with staged(path.parent) as new:
        form.to_file(new / path.name)
    return form


def run_of(folder: Path) -> Path | None:
    """Return the run that was made from the tables of a folder, where there is one only.

    Parameters
    ----------
    folder : Path
        It, the folders in it and those beside it are looked at.
    """
    places = (folder.glob("run.json"), folder.glob("*/run.json"), folder.parent.glob("*/run.json"))
    runs = sorted({path for paths in places for path in paths})
    return runs[0] if len(runs) == 1 else None


def next_command(folder: Path, changes: Differences | None) -> str:
    """Return the command that comes after an import.

    Parameters
    ----------
    folder : Path
    changes : Differences or None
        To the tables that were there.
    """
    if changes is not None and changes.people:
        run = run_of(folder)
        text = "RUN" if run is None else shlex.quote(str(run))
        return f"rmmatch rematch {text} --newer {shlex.quote(str(folder))} --out FOLDER"
    files = shlex.join(str(folder / name) for name in TABLES.values())
    scheme = folder / SCHEME
    text = shlex.quote(str(scheme)) if scheme.exists() else "SCHEME"
    return f"rmmatch match {files} --scheme {text} --out FOLDER"
