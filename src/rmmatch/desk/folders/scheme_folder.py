"""Everything that can be done in the folder of a scheme."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rmmatch.cohort import Role
from rmmatch.desk.folders.contents import FolderContents
from rmmatch.desk.folders.decisions import (
    AppliedDecisions,
    CarriedDecisions,
    match_as_decided,
    read_returned,
)
from rmmatch.desk.folders.deletion import DeletionPlan, delete_personal_data, deletion_plan
from rmmatch.desk.folders.edits import edit_answer
from rmmatch.desk.folders.exports import FolderImport
from rmmatch.desk.folders.layout import (
    INPUTS,
    RUNS,
    SENT,
    folder_error,
    is_scheme_folder,
    new_marker,
    private_folder,
    read_marker,
)
from rmmatch.desk.folders.locks import FolderLock
from rmmatch.desk.folders.next_year import NextRun, begin_next_run
from rmmatch.desk.folders.previews import (
    Changes,
    TogetherPreview,
    TurnDownPreview,
    preview_together,
    preview_turn_down,
)
from rmmatch.desk.folders.questions import FolderQuestion
from rmmatch.desk.folders.runs import Run, new_run, run_folders
from rmmatch.desk.folders.tables import (
    EditedAnswer,
    read_edits,
    read_tables,
    require_tables,
    write_tables_to,
)
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair
from rmmatch.matching.records.record import key_of_record

__all__ = ["SchemeFolder", "open_folder"]


def open_folder(
    path: str | Path,
    *,
    create: bool = False,
    by: str = "",
    read_only: bool = False,
    take_over: bool = False,
) -> SchemeFolder:
    """Open the folder of a scheme.

    One program writes at a time. Where somebody has the folder open already, it is opened to be
    read only, and `SchemeFolder.holder` says who that is and since when.

    Parameters
    ----------
    path : str or Path
    create : bool
        Make the folder where it is not one yet. What is in it stays.
    by : str
        Who acts; kept with each act.
    read_only : bool
        Only look: nothing is locked and nothing is written.
    take_over : bool
        Take the folder from a program that seems to be gone.

    Returns
    -------
    SchemeFolder
        Also a context manager, which gives the folder back at its end.

    Raises
    ------
    FolderError
        It is no folder of a scheme, damaged, or cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> import rmmatch as rm
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with rm.open_folder(f"{place}/my-scheme", create=True, by="Ann Lee") as folder:
    ...         print(folder.current, [path.name for path in sorted(folder.path.iterdir())])
    None ['.desk', 'inputs', 'runs', 'sent']
    """
    path = Path(path).absolute()
    if create and not is_scheme_folder(path):
        private_folder(path)
        new_marker(path)
    read_marker(path)
    if create:
        for name in (INPUTS, RUNS, SENT):
            private_folder(path / name)
    lock = None if read_only else FolderLock.acquire(path, take_over=take_over)
    return SchemeFolder(path, lock, by=by)


class SchemeFolder(FolderContents):
    """The folder of a scheme. `open_folder` opens it.

    Beside what is listed here it has what `FolderContents` holds: ``scheme``, ``form``,
    ``cohort``, ``runs``, ``current``, ``questions``, ``edits``, ``sent`` and more.
    """

    # --- exports and answers ---------------------------------------------------------------

    def add_export(self, *paths: str | Path) -> FolderImport:
        """Add an export of the survey: it is copied, read by the form, and its people counted in.

        Parameters
        ----------
        *paths : str or Path
            One file of everybody; or that of the mentors, then that of the mentees.

        Returns
        -------
        FolderImport
            Whether its people are in the tables now, the questions that are left, and who is new,
            changed and gone.

        Raises
        ------
        ProblemsError
            The files, or answers in them, cannot be read; all problems are listed.
        """
        with self._acting():
            return self._exports.add([Path(path) for path in paths], read_edits(self.path), self.by)

    def read_export(self) -> FolderImport:
        """Read the last export once more, as after its form was edited by hand.

        Raises
        ------
        FolderError
            There is none.
        CohortError
            Answers in it cannot be read; all problems are listed.
        """
        with self._acting():
            return self._exports.go_on(read_edits(self.path))

    def answer(self, question: FolderQuestion | str, answer: int = 1) -> FolderImport:
        """Answer a question about the last export; with the last one its people are counted in.

        Parameters
        ----------
        question : FolderQuestion or str
            One of `questions`, or its id.
        answer : int
            Which of its answers, from 1.

        Returns
        -------
        FolderImport
            As `add_export` returns it.

        Raises
        ------
        FolderError
            There is no such question or answer.
        CohortError
            The answer is kept; the export has other problems, which are listed.
        """
        with self._acting():
            self._exports.answer(question if isinstance(question, str) else question.id, answer)
            if not self._exports.is_pending:
                return FolderImport(False, self.questions)
            return self._exports.go_on(read_edits(self.path))

    def edit_answer(
        self,
        person: str,
        field: str,
        value: str | None,
        *,
        role: Role | None = None,
        reason: str = "",
    ) -> EditedAnswer:
        """Correct an answer on the spot; the exports stay as they came.

        The edit holds for every later export of this run's people. Where a newer export says
        something else than before, `edits` and the list of differences show both.

        Parameters
        ----------
        person : str
            Id, e-mail address or name.
        field : str
            The column, such as ``grade``.
        value : str or None
            What is right; None lets the export's answer hold again.
        role : {'mentee', 'mentor'}, optional
            Needed where somebody is on both sides.
        reason : str

        Raises
        ------
        CohortError
            Nobody has that name, or the answer cannot be read; nothing is changed then.
        FolderError
            There is no such column.
        """
        with self._acting():
            policy = self.scheme
            return edit_answer(
                *(self.path, policy, person, field, value), role=role, by=self.by, reason=reason
            )

    # --- pairing and deciding --------------------------------------------------------------

    def pair(self) -> Run:
        """Pair the people as the tables and the scheme are now, as a new run.

        What was decided in the current run goes on: pairs that were kept stay, pairs that were
        turned down are not made. Where that is impossible, the notes of the run say so.

        Raises
        ------
        FolderError
            The current run is approved; an export is not read yet; or no pairing is possible.
        ProblemsError
            The tables or the scheme have problems; all of them are listed.
        """
        with self._acting():
            store = self._current_store()
            if self._exports.is_pending:
                reason = "the last export is not read yet: questions are open"
                remedy = "answer them: rmmatch import " + str(self.path)
                raise folder_error(self.path, reason, remedy, code="open_questions")
            if store is not None and store.result.review.state == "approved":
                reason = f"run {store.name} is approved"
                remedy = "to begin the next one: rmmatch next-run " + str(self.path)
                raise folder_error(self.path, reason, remedy, code="already_approved")
            require_tables(self.path)
            decided = None if store is None else CarriedDecisions.of(store.view())
            with self._tables() as inputs:
                cohort = read_tables(inputs, self.scheme)
                result, notes = match_as_decided(cohort, self.scheme, decided, self.by)
                self._require_pairs(result)
                details: dict[str, Any] = {"by": self.by, "notes": list(notes)}
                made = new_run(self.path / RUNS, inputs, result, "paired", details)
            made.notes += notes
            self._stores[made.name] = made
            return made.view()

    @contextmanager
    def _tables(self) -> Iterator[Path]:
        """Give a copy of the tables with the edits in them, to be moved into a run."""
        staging = Path(
            tempfile.mkdtemp(prefix=".new-tables-", dir=private_folder(self.path / RUNS))
        )
        try:
            write_tables_to(self.path, staging / INPUTS, read_edits(self.path))
            yield staging / INPUTS
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _require_pairs(self, result: Result) -> None:
        if result.matching is None:
            remedy = "look at the rules of the scheme, or take a decision back"
            raise folder_error(self.path, result.headline, remedy, code="no_pairing")

    def review(
        self,
        *,
        lock: Iterable[IdPair] = (),
        reject: Mapping[IdPair, str] | None = None,
        release: Iterable[IdPair] = (),
        together: Iterable[IdPair] = (),
        comment: str = "",
    ) -> Run:
        """Record decisions without pairing again, as `rmmatch.review`.

        Parameters
        ----------
        lock : iterable of (mentee, mentor)
        reject : mapping of (mentee, mentor) to str, optional
        release, together : iterable of (mentee, mentor)
        comment : str
            As for `rmmatch.review`.
        """
        with self._acting():
            return self._acts().review(
                lock=lock, reject=reject, release=release, together=together, comment=comment
            )

    def pair_again(self, changes: Changes = "fewest", most_changes: int = 0) -> Run:
        """Pair again in the current run, with every decision in force.

        Parameters
        ----------
        changes : {'fewest', 'best'}
            The best that changes nobody else, or the best of all.
        most_changes : int
            As for `rmmatch.match_again`.
        """
        with self._acting():
            return self._acts().pair_again(changes, most_changes)

    def keep(self, pair: IdPair) -> Run:
        """Keep a pair, whatever else changes; where it is kept already nothing is done.

        Parameters
        ----------
        pair : (mentee, mentor)
            By id, e-mail address or name; so in the following.
        """
        with self._acting():
            return self._acts().keep(pair)

    def release(self, pair: IdPair) -> Run:
        """Leave a pair open again that was kept, put together or turned down.

        Parameters
        ----------
        pair : (mentee, mentor)
        """
        with self._acting():
            return self._acts().release(pair)

    def turn_down(self, pair: IdPair, reason: str, changes: Changes = "fewest") -> Run:
        """Turn a pair down, and pair again at once.

        Parameters
        ----------
        pair : (mentee, mentor)
        reason : str
            Kept in the record, and shown to nobody but the coordinator.
        changes : {'fewest', 'best'}
            The best that changes nobody else, or the best of all.

        Raises
        ------
        ReviewError
            The pair is not made, or has no reason; nothing is changed.
        FolderError
            No pairing is possible without it; nothing is changed.
        """
        with self._acting():
            return self._acts().turn_down(pair, reason, changes)

    def put_together(self, pair: IdPair, changes: Changes = "fewest") -> Run:
        """Put two people together, and pair again at once; a pair that is made already is kept.

        Parameters
        ----------
        pair : (mentee, mentor)
        changes : {'fewest', 'best'}

        Raises
        ------
        ReviewError
            A rule forbids it, or somebody has no place; nothing is changed.
        """
        with self._acting():
            return self._acts().put_together(pair, changes)

    def undo(self) -> Run:
        """Take back the last act of the current run; again, the one before it.

        Raises
        ------
        FolderError
            There is none, or the run is approved.
        """
        with self._acting():
            return self._acts().undo()

    def approve(self, by: str, comment: str = "") -> Run:
        """Approve the current run, and write all its files into its folder.

        Parameters
        ----------
        by : str
            Who takes responsibility.
        comment : str

        Raises
        ------
        ReviewError
            Nobody has reviewed it, a decision is not carried out, or `rmmatch.check` finds faults.
        """
        with self._acting():
            return self._acts().approve(by, comment)

    def write_files(self) -> tuple[str, ...]:
        """Write the files of the current run into its folder; return their names.

        A workbook that is there is kept under another name: somebody may have written into it.
        """
        with self._acting():
            return self._acts().write_files()

    def preview_turn_down(self, pair: IdPair) -> TurnDownPreview:
        """Return what becomes of the others if a pair is turned down, both ways.

        Parameters
        ----------
        pair : (mentee, mentor)
        """
        return preview_turn_down(self._acts().store.result, pair)

    def preview_put_together(
        self, mentee: str, mentor: str, changes: Changes = "fewest"
    ) -> TogetherPreview:
        """Return what it costs to put two people together, or which rule forbids it.

        Parameters
        ----------
        mentee, mentor : str
        changes : {'fewest', 'best'}
        """
        return preview_together(self._acts().store.result, (mentee, mentor), changes)

    def apply_decisions(self, path: str | Path) -> AppliedDecisions:
        """Apply the decisions that a page of review was sent back with.

        They may be of any run of this folder, as it was at any time. A decision is applied where
        its pair is still made; the others are listed. Nothing is paired again yet.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        FolderError
            The file is of another folder, or has problems: all of them are listed, and nothing is
            applied.
        """
        with self._acting():
            acts = self._acts()
            lines = read_returned(Path(path), self._keys(), acts.store.result.cohort)
            return acts.apply(Path(path), lines)

    def _keys(self) -> dict[str, str]:
        """Return the key of every state of every run, with the name of the run."""
        stores = [self._store(path) for path in run_folders(self.path / RUNS)]
        return {
            key_of_record(run): store.name
            for store in stores
            for run in store.history.states()
            if run["pairs"] is not None
        }

    # --- next year, and the end ------------------------------------------------------------

    def next_run(
        self, continued: Iterable[IdPair] = (), *, cool_down: int | None = None, step: int = 1
    ) -> NextRun:
        """End the current run and begin the next: past pairs and waiting people are remembered.

        Parameters
        ----------
        continued : iterable of (mentee, mentor)
            Pairs that asked to continue.
        cool_down : int, optional
            For how many runs past pairs are not paired again; for good by default.
        step : int
            How much more priority people without a partner get.
        """
        with self._acting():
            return begin_next_run(
                self.path, self._acts().store, continued, cool_down, step, self.by
            )

    @property
    def deletion_plan(self) -> DeletionPlan:
        """What `delete_personal_data` would delete, and what stays."""
        return deletion_plan(self.path)

    def delete_personal_data(self) -> DeletionPlan:
        """Delete the personal data of the folder when the scheme is over. It cannot be undone.

        Returns
        -------
        DeletionPlan
            What was deleted, and what stays.
        """
        with self._acting():
            store = self._current_store()
            self._stores.clear()
            return delete_personal_data(self.path, store)
