"""Exports of a survey in a folder: copied as they came, read by the form, questions in between."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rmmatch.cohort.forms import Form
from rmmatch.desk.folders.deletion import restore_past_pairs
from rmmatch.desk.folders.layout import (
    EXPORTS,
    FORM,
    INPUTS,
    SCHEME,
    folder_error,
    make_private,
    private_folder,
    write_json,
)
from rmmatch.desk.folders.questions import (
    SAME,
    FolderQuestion,
    blocking,
    form_question_id,
    form_questions,
    person_question,
)
from rmmatch.desk.folders.tables import EditedAnswer, edited_tables
from rmmatch.desk.survey.differences import Differences
from rmmatch.desk.survey.first_scheme import first_scheme
from rmmatch.desk.survey.importing import SurveyImport, check_import_folder
from rmmatch.desk.survey.proposal import propose_form
from rmmatch.files.access import access_fault
from rmmatch.matching.review import to_timestamp
from rmmatch.scheme import Scheme

__all__ = ["ExportFile", "FolderExports", "FolderImport"]

_PAST_PAIRS_RULE = "{type: relations, forbid: [past_pair]}"
_ANSWERS = ".desk/answers.json"  # whether somebody took part before
_MAX_BYTES = 200_000_000  # of one export; limit of input


@dataclass(frozen=True)
class ExportFile:
    """A file as it came.

    Attributes
    ----------
    path : Path
        The copy in the folder.
    sha256 : str
    at, by : str
        When it was added, and by whom.
    """

    path: Path
    sha256: str
    at: str
    by: str = ""


@dataclass(frozen=True)
class FolderImport:
    """What became of an export.

    Attributes
    ----------
    is_done : bool
        Whether its people are in the tables of the folder.
    questions : tuple of FolderQuestion
        What is left to decide, the most important first.
    n_mentors, n_mentees : int
        Of the tables; 0 before it is done.
    differences : Differences or None
        To the tables that were there; None before it is done, and for the first export.
    edits : tuple of EditedAnswer
        Answers that were edited in the folder, and still hold.
    notes : tuple of str
    """

    is_done: bool
    questions: tuple[FolderQuestion, ...] = ()
    n_mentors: int = 0
    n_mentees: int = 0
    differences: Differences | None = None
    edits: tuple[EditedAnswer, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What became of it, in words."""
        if not self.is_done:
            count = len(blocking(self.questions))
            return (f"{count} question{'' if count == 1 else 's'} must be answered first.",)
        lines = [f"{self.n_mentors} mentors and {self.n_mentees} mentees are ready to be paired."]
        if self.differences is not None:
            lines += self.differences.lines
        if self.edits:
            lines += ["Answers that were edited here, and hold:"]
            lines += [f"  {edit.text}" for edit in self.edits]
        return tuple(lines)


class FolderExports:
    """The exports of a folder, the form, and the tables that come of them.

    Parameters
    ----------
    path : Path
        The folder of the scheme.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._survey: tuple[object, SurveyImport] | None = None

    @property
    def form(self) -> Form | None:
        """How the exports are read; None before there is one."""
        path = self.path / FORM
        return Form.from_file(path) if path.exists() else None

    @property
    def _list(self) -> list[dict[str, Any]]:
        path = self.path / EXPORTS
        if not path.exists():
            return []
        try:
            exports: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            remedy = "copy it again from your backup"
            raise folder_error(path, "is damaged", remedy, code="damaged_folder") from None
        return exports

    @property
    def files(self) -> tuple[ExportFile, ...]:
        """Every file that was added, oldest first."""
        return tuple(
            ExportFile(self.path / file["name"], file["sha256"], entry["at"], entry["by"])
            for entry in self._list
            for file in entry["files"]
        )

    @property
    def is_pending(self) -> bool:
        """Whether an export was added whose people are not in the tables yet."""
        exports = self._list
        return bool(exports) and not exports[-1]["is_done"]

    def add(self, paths: Sequence[Path], edits: Sequence[EditedAnswer], by: str) -> FolderImport:
        """Copy an export into the folder, and read it as far as that goes without questions.

        Parameters
        ----------
        paths : sequence of Path
            One export of everybody; or that of the mentors, then that of the mentees.
        edits : sequence of EditedAnswer
        by : str

        Raises
        ------
        ProblemsError
            The files cannot be read. What was copied before a problem of an answer was found stays.
        """
        if not 1 <= len(paths) <= 2:
            reason, remedy = "the people are in one file or two", "give that of the mentors first"
            raise folder_error("export", reason, remedy, str(len(paths)), code="bad_export")
        check_import_folder(self.path, paths)
        files, folder = self._copied(paths)
        exports = self._list
        hashes = [file["sha256"] for file in files]
        if exports and [file["sha256"] for file in exports[-1]["files"]] == hashes:
            _remove(folder)  # the same files once more: what is asked about them is still asked
        else:
            try:
                if not (self.path / FORM).exists():
                    propose_form(*self._paths(files)).to_file(self.path / FORM)
                    make_private([self.path / FORM])
            except BaseException:
                _remove(folder)
                raise
            entry = {"at": to_timestamp(), "by": by, "files": files, "is_done": False}
            write_json(self.path / EXPORTS, [*exports, entry])
        return self.go_on(edits)

    def _paths(self, files: Sequence[dict[str, Any]]) -> list[Path]:
        return [self.path / file["name"] for file in files]

    def _copied(self, paths: Sequence[Path]) -> tuple[list[dict[str, Any]], Path]:
        inputs = private_folder(self.path / INPUTS)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=inputs))
        try:
            for source in paths:
                if source.stat().st_size > _MAX_BYTES:
                    reason, remedy = "is larger than 200 MB", "export the answers alone"
                    raise folder_error(source, reason, remedy, code="too_large")
            names = [source.name for source in paths]
            if len(set(names)) < len(names):
                names = [f"{place}-{name}" for place, name in enumerate(names, start=1)]
            for source, name in zip(paths, names, strict=True):
                shutil.copyfile(source, staging / name)
                os.chmod(staging / name, 0o400)
            day, taken = date.today().isoformat(), {path.name for path in inputs.iterdir()}
            number = next(n for n in range(1, 100_000) if f"{day}-{n}" not in taken)
            folder = inputs / f"{day}-{number}"
            os.rename(staging, folder)
        except OSError as error:
            reason, remedy = access_fault(error, "read", "give a file that you can open")
            source_text = error.filename or INPUTS
            raise folder_error(str(source_text), reason, remedy, code="unreadable_file") from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        files = [
            {
                "name": (folder / name).relative_to(self.path).as_posix(),
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            }
            for name in names
        ]
        return files, folder

    def go_on(self, edits: Sequence[EditedAnswer]) -> FolderImport:
        """Read the last export, as far as that goes without questions.

        Parameters
        ----------
        edits : sequence of EditedAnswer

        Raises
        ------
        ProblemsError
            An answer cannot be read; all problems are listed.
        """
        questions = self.questions
        if not self._list:
            reason, remedy = "has no export yet", "add the file that your survey tool gave you"
            raise folder_error(self.path, reason, remedy, code="no_export")
        if blocking(questions):
            return FolderImport(False, tuple(questions))
        survey = self._reading()
        tables = survey.tables(date.today().isoformat())
        has_scheme = (self.path / SCHEME).exists()
        text = "" if has_scheme else first_scheme(tables.cohort, survey.form, tables.people)
        names = tables.save(self.path, text)
        make_private(self.path / name for name in names)
        n_known = restore_past_pairs(self.path)
        notes = [f"{n_known} past pairs of people who are known again."] if n_known else []
        if n_known and "past_pair" not in Scheme.from_file(self.path / SCHEME).columns_used():
            notes += ["No rule of the scheme keeps past pairs apart. Add one: " + _PAST_PAIRS_RULE]
        exports = self._list
        exports[-1]["is_done"] = True
        write_json(self.path / EXPORTS, exports)
        self._survey = None
        return FolderImport(
            True,
            tuple(questions),
            tables.cohort.n_mentors,
            tables.cohort.n_mentees,
            tables.differences,
            edited_tables(self.path, edits)[1] if edits else (),
            (*tables.notes, *notes),
        )

    @property
    def questions(self) -> list[FolderQuestion]:
        """What is left to decide: of the form, then about people who may have taken part before."""
        form = self.form
        questions = [] if form is None else form_questions(form)
        if form is not None and self.is_pending and not blocking(questions):
            asked_people = self._reading().questions
            questions = [*map(person_question, asked_people), *questions]
        return questions

    def answer(self, question: str, answer: int) -> None:
        """Write an answer into the form, or keep whether somebody took part before.

        Parameters
        ----------
        question : str
            The id of a question.
        answer : int
            Which of its answers, from 1.

        Raises
        ------
        FolderError
            There is no such question or answer.
        """
        asked = next((item for item in self.questions if item.id == question), None)
        if asked is None:
            reason, remedy = "there is no such question any more", "look at the questions again"
            raise folder_error("questions", reason, remedy, question, code="unknown_question")
        if not 1 <= answer <= len(asked.answers):
            reason = "the question has no such answer"
            remedy = f"choose a number from 1 to {len(asked.answers)}"
            raise folder_error("questions", reason, remedy, str(answer), code="unknown_answer")
        if asked.kind == "form":
            form = Form.from_file(self.path / FORM)
            place = next(
                place
                for place, item in enumerate(form.undecided, start=1)
                if form_question_id(item) == question
            )
            form.accept(place, answer).to_file(self.path / FORM)
            make_private([self.path / FORM])
        else:
            answers = self._person_answers()
            answers[question] = asked.answers[answer - 1] == SAME
            write_json(self.path / _ANSWERS, answers)
        self._survey = None

    def _person_answers(self) -> dict[str, bool]:
        path = self.path / _ANSWERS
        answers: dict[str, bool] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return answers

    def _reading(self) -> SurveyImport:
        """Return the last export, read; it is read once for the same files, form and answers."""
        form = self.form
        assert form is not None
        files, answers = self._list[-1]["files"], self._person_answers()
        key = ([file["sha256"] for file in files], form.digest, answers)
        if self._survey is None or self._survey[0] != key:
            survey = SurveyImport(self._paths(files), form, folder=self.path)
            for question in survey.questions:
                given_answer = answers.get(person_question(question).id)
                if given_answer is not None:
                    survey.answer(question, is_same=given_answer)
            self._survey = key, survey
        return self._survey[1]


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
