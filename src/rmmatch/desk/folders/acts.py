"""What a person can do with the pairs of a run: each act is kept before it is answered."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rmmatch.desk.folders.decisions import AppliedDecisions, ReturnedDecision, sort_returned
from rmmatch.desk.folders.layout import folder_error, make_private
from rmmatch.desk.folders.previews import Changes, difference_of
from rmmatch.desk.folders.runs import ActKind, Run, RunStore
from rmmatch.desk.reporting import write_files
from rmmatch.files.access import access_fault
from rmmatch.lifecycle.reviewing import approve, match_again, review
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair

__all__ = ["RunActs"]

_WORKBOOK = "pairing.xlsx"


class RunActs:
    """What can be done in one run.

    Parameters
    ----------
    store : RunStore
    by : str
        Who acts.
    """

    def __init__(self, store: RunStore, by: str) -> None:
        self.store = store
        self.by = by

    def _named(self, pair: IdPair) -> IdPair:
        """Return a pair by ids, however its people were named."""
        ((mentee, mentor),) = self.store.result.cohort.ids_of_pairs([pair])
        return mentee, mentor

    def _recorded(self, result: Result, act: ActKind, **details: Any) -> Run:
        self.store.record(result, act, by=self.by, **details)
        return self.store.view()

    def review(
        self,
        *,
        lock: Iterable[IdPair] = (),
        reject: Mapping[IdPair, str] | None = None,
        release: Iterable[IdPair] = (),
        together: Iterable[IdPair] = (),
        comment: str = "",
    ) -> Run:
        """Record decisions; see `SchemeFolder.review`.

        Parameters
        ----------
        lock : iterable of (mentee, mentor)
        reject : mapping of (mentee, mentor) to str, optional
        release, together : iterable of (mentee, mentor)
        comment : str
            As for `rmmatch.review`.
        """
        seen = review(
            self.store.result,
            by=self.by,
            lock=lock,
            reject=reject,
            release=release,
            together=together,
            comment=comment,
        )
        step = seen.review.log[-1]
        rejected = [[mentee, mentor] for mentee, mentor, _ in step.reject]
        pairs = [*map(list, (*step.lock, *step.together, *step.release)), *rejected]
        return self._recorded(seen, "reviewed", pairs=pairs, reason=comment)

    def keep(self, pair: IdPair) -> Run:
        """Keep a pair; see `SchemeFolder.keep`.

        Parameters
        ----------
        pair : (mentee, mentor)
        """
        pair, result = self._named(pair), self.store.result
        if pair in result.review.locked and result.review.state != "approved":
            return self.store.view()
        return self._recorded(review(result, by=self.by, lock=[pair]), "kept", pairs=[list(pair)])

    def release(self, pair: IdPair) -> Run:
        """Leave a pair open again; see `SchemeFolder.release`.

        Parameters
        ----------
        pair : (mentee, mentor)
        """
        pair = self._named(pair)
        seen = review(self.store.result, by=self.by, release=[pair])
        return self._recorded(seen, "released", pairs=[list(pair)])

    def turn_down(self, pair: IdPair, reason: str, changes: Changes = "fewest") -> Run:
        """Turn a pair down; see `SchemeFolder.turn_down`.

        Parameters
        ----------
        pair : (mentee, mentor)
        reason : str
        changes : {'fewest', 'best'}
        """
        pair = self._named(pair)
        seen = review(self.store.result, by=self.by, reject={pair: reason})
        return self._paired(seen, "turned_down", pair, reason.strip(), changes)

    def put_together(self, pair: IdPair, changes: Changes = "fewest") -> Run:
        """Put two people together; see `SchemeFolder.put_together`.

        Parameters
        ----------
        pair : (mentee, mentor)
        changes : {'fewest', 'best'}
        """
        pair = self._named(pair)
        if pair in self.store.result.made:
            return self.keep(pair)
        seen = review(self.store.result, by=self.by, together=[pair])
        return self._paired(seen, "put_together", pair, "", changes)

    def _paired(
        self, seen: Result, act: ActKind, pair: IdPair, reason: str, changes: Changes
    ) -> Run:
        result = self._matched(seen, changes)
        price = difference_of(self.store.result, result, changes, {pair}).price
        price["changes"] = changes
        return self._recorded(result, act, pairs=[list(pair)], reason=reason, price=price)

    def _matched(self, seen: Result, changes: Changes, most_changes: int = 0) -> Result:
        result = match_again(seen, changes=changes, most_changes=most_changes, by=self.by)
        if result.matching is None:
            remedy = "leave the pair as it is, or change another decision first"
            raise folder_error(self.store.name, result.headline, remedy, code="no_pairing")
        return result

    def pair_again(self, changes: Changes = "fewest", most_changes: int = 0) -> Run:
        """Pair again; see `SchemeFolder.pair_again`.

        Parameters
        ----------
        changes : {'fewest', 'best'}
        most_changes : int
        """
        before = self.store.result
        is_seen = before.review.state != "proposed"
        seen = before if is_seen else review(before, by=self.by)
        result = self._matched(seen, changes, most_changes)
        price = difference_of(before, result, changes, set()).price
        price["changes"] = changes
        return self._recorded(result, "paired_again", price=price)

    def undo(self) -> Run:
        """Take back the last act; see `SchemeFolder.undo`."""
        self.store.undo(self.by)
        return self.store.view()

    def approve(self, by: str, comment: str = "") -> Run:
        """Approve the run; see `SchemeFolder.approve`.

        Parameters
        ----------
        by : str
        comment : str
        """
        result = self.store.result
        if not by.strip():
            reason, remedy = "nobody is named who approves", "give a name: approve(by=...)"
            raise folder_error(self.store.name, reason, remedy, code="missing_name")
        decided = [act for act in self.store.acts[1:] if not act.is_undone and act.act != "undone"]
        if result.review.state == "proposed" and decided:
            # pairs that came of somebody's decisions were looked at
            result = review(result, by=by)
        approved = approve(result, by=by, comment=comment)
        self.store.record(approved, "approved", by=by.strip(), reason=comment.strip())
        self.write_files()
        return self.store.view()

    def write_files(self) -> tuple[str, ...]:
        """Write the files of the run; see `SchemeFolder.write_files`."""
        path = self.store.path
        if (path / _WORKBOOK).exists():
            aside = next(
                name
                for number in range(1, 100_000)
                if not (path / (name := f"pairing-before-{number}.xlsx")).exists()
            )
            os.replace(path / _WORKBOOK, path / aside)
        names = write_files(self.store.result, path)
        make_private(path / name for name in names)
        return names

    def apply(self, path: Path, lines: Iterable[ReturnedDecision]) -> AppliedDecisions:
        """Apply decisions from elsewhere; see `SchemeFolder.apply_decisions`.

        Parameters
        ----------
        path : Path
            Their file.
        lines : iterable of ReturnedDecision
        """
        decided = sort_returned(self.store.result, lines)
        lists = tuple(decided.not_applied), tuple(decided.conflicts)
        if decided.is_empty:
            return AppliedDecisions(self.store.view(), not_applied=lists[0], conflicts=lists[1])
        seen = review(
            self.store.result,
            by=self.by,
            lock=decided.lock,
            reject=decided.reject,
            release=decided.release,
        )
        number = next(
            n for n in range(1, 100_000) if not (self.store.path / f"decisions-{n}.csv").exists()
        )
        file = self.store.path / f"decisions-{number}.csv"
        try:
            shutil.copyfile(path, file)
        except OSError as error:
            reason, remedy = access_fault(error, "written", "make sure that the disk has space")
            raise folder_error(file, reason, remedy, code="cannot_write") from None
        make_private([file])
        pairs = [*decided.lock, *decided.reject, *decided.release]
        run = self._recorded(
            seen, "applied_decisions", pairs=list(map(list, pairs)), reason=file.name
        )
        return AppliedDecisions(
            run,
            tuple(decided.lock),
            tuple(decided.reject),
            tuple(decided.release),
            *lists,
            file,
        )
