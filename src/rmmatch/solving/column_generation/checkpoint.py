"""A checkpoint: what a long solving has come to, kept in a file so that it can go on after a stop.

The arcs at hand and the prices of the last round are no more than a good beginning: whatever
comes out is proved over all pairs again, wherever it began (invariant I3).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from rmmatch import __version__
from rmmatch.cohort import Cohort
from rmmatch.errors import Problem, RecordError
from rmmatch.files.access import access_fault
from rmmatch.files.atomic import write_whole
from rmmatch.numeric import Ints
from rmmatch.scheme import Scheme
from rmmatch.solving.assignment.network import DualPrices
from rmmatch.solving.column_generation.arc_pool import ArcArrays
from rmmatch.solving.column_generation.warm_start import InitialColumns

__all__ = ["Checkpoint"]

_FORMAT_NAME = "rmmatch checkpoint 1"
_INCOMPLETE_REASON = "is not a complete checkpoint"
_REMEDY = "remove it to begin anew, or name another file"
_RESCORED_PAIRS = 10_000  # pairs compared; decides how small a change is noticed


class Checkpoint:
    """A file with the arcs and prices of one matching; people stand in it by position alone (I5).

    Parameters
    ----------
    path : Path
        Written whole or not at all, anew after each round.
    cohort : Cohort
    scheme : Scheme
    seed : int
        Of the samples and of the draws among equal arcs.

    Attributes
    ----------
    start : InitialColumns or None
        What the file held; None where there was none.

    Raises
    ------
    RecordError
        The folder is not there, or the file is of another cohort, scheme or seed, or cut short.
    """

    def __init__(self, path: Path, cohort: Cohort, scheme: Scheme, seed: int) -> None:
        self._path = path
        self._shape = cohort.n_mentees, cohort.n_mentors
        # another version may score or round otherwise
        inputs = json.dumps([__version__, cohort.fingerprint, scheme.inlined().to_dict(), seed])
        self._key = f"{_FORMAT_NAME} {hashlib.sha256(inputs.encode()).hexdigest()}"
        folder = path.absolute().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            remedy = "name a file in a folder that is there"
            raise self._error("cannot be written", remedy, code="cannot_write")
        self.start = self._read() if path.exists() else None

    def _error(self, reason: str, remedy: str, *, code: str) -> RecordError:
        name = self._path.name
        return RecordError([Problem(name, "", "checkpoint", "", reason, remedy, code=code)])

    def _read(self) -> InitialColumns:
        """Return the arcs and prices at which the last round left off."""
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                key = str(arrays["key"])
                rows, columns, scores, u, v = (
                    arrays[name].astype(np.int64)
                    for name in ("rows", "columns", "scores", "u", "v")
                )
                margin = int(arrays["margin"])
        except (AttributeError, BadZipFile, EOFError, LookupError, OSError, ValueError):
            raise self._error(_INCOMPLETE_REASON, _REMEDY, code="incomplete_file") from None
        if key != self._key:
            reason = "is of another cohort, scheme or seed"
            raise self._error(reason, _REMEDY, code="other_inputs")
        sides = zip((rows, columns), self._shape, strict=True)
        is_complete = (u.size, v.size) == self._shape and rows.size == columns.size == scores.size
        if not is_complete or any(((pos < 0) | (pos >= size)).any() for pos, size in sides):
            raise self._error(_INCOMPLETE_REASON, _REMEDY, code="incomplete_file")
        return InitialColumns(rows, columns, scores, (u, v), margin, holds_all_arcs=False)

    def require_same_scores(self, score: Callable[[Ints, Ints], Ints]) -> None:
        """Make sure, by a sample, that the pairs still score what they scored.

        Parameters
        ----------
        score : callable
            Takes rows and columns, ndarray of int64 of shape (n_pairs,) in id order, and returns
            the scores in millionths.

        Raises
        ------
        RecordError
            Some pairs do not: a criterion or a rule was changed.
        """
        if self.start is None or not self.start.rows.size:
            return
        arc_idx = np.random.default_rng(0).integers(0, self.start.rows.size, _RESCORED_PAIRS)
        scores = score(self.start.rows[arc_idx], self.start.columns[arc_idx])
        if (scores != self.start.scores[arc_idx]).any():
            reason = "has other scores than these people have now"
            raise self._error(reason, _REMEDY, code="other_scores")

    def save(self, arcs: ArcArrays, prices: DualPrices, margin: int) -> None:
        """Write where a round leaves off, in place of the round before.

        Parameters
        ----------
        arcs : tuple of ndarray of int64, shape (n_arcs,)
            Rows, columns and scores of the arcs at hand; id order, millionths.
        prices : tuple of ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Of the first tier of scores, in millionths.
        margin : int
            How far below their prices the first arcs were, in millionths.
        """
        named_arrays = zip(("rows", "columns", "scores"), arcs, strict=True)
        # scores and positions are below 2**31, which halves the file
        numbers: dict[str, Any] = {name: array.astype(np.int32) for name, array in named_arrays}
        u, v = prices

        def write(file: IO[bytes]) -> None:
            np.savez(file, allow_pickle=False, key=self._key, u=u, v=v, margin=margin, **numbers)

        try:
            write_whole(self._path, write)
        except OSError as error:
            reason, remedy = access_fault(error, "written", "name a file where there is space")
            raise self._error(reason, remedy, code="cannot_write") from None

    def remove(self) -> None:
        """Remove the file: everything is proved."""
        self._path.unlink(missing_ok=True)
