"""Table: scores that come from elsewhere, pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from rmmatch.cohort import Cohort, Relation, Role, read_scores
from rmmatch.criteria.base import Criterion, Degree
from rmmatch.declarations.declared import Many
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.pairwise.kernels import Kernel, SparsePairs
from rmmatch.spelling import fold

__all__ = ["Table"]


class Table(Criterion):
    """Scores of pairs from a table ``mentee, mentor, score``; pairs not in it are missing data.

    Attributes
    ----------
    file : Path, optional
        csv or xlsx, looked for from the folder of the scheme file.
    rows : tuple of (mentee id, mentor id, score in [0, 1]), optional
        The same, written into the scheme.

    Examples
    --------
    >>> Table(rows=[("E1", "M1", 0.25)]).rows
    (('E1', 'M1', 0.25),)
    """

    type: Literal["table"] = "table"
    file: Path | None = None
    rows: Many[tuple[str, str, Degree]] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.rows is None):
            raise ValueError("give either `file:` or `rows:`")
        return self

    def read(self, setting: SchemeContext) -> tuple[tuple[str, str, float], ...]:
        """Return the rows, from the file where there is one.

        Parameters
        ----------
        setting : SchemeContext
            Its folder, from which the file is looked for.

        Raises
        ------
        CohortError
            The file cannot be read, or a score is not a number in [0, 1].
        """
        if self.rows is not None:
            return tuple(self.rows)
        assert self.file is not None
        return read_scores((setting.folder or Path()) / self.file)

    def inlined(self, setting: SchemeContext) -> Table:
        """Return the same criterion with its rows written in it.

        Parameters
        ----------
        setting : SchemeContext
        """
        return self.model_copy(update={"file": None, "rows": self.read(setting)})

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield the ids of the table that nobody in the cohort has, and pairs scored twice.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        seen: set[tuple[int | str, ...]] = set()
        unknown: dict[tuple[str, Role], None] = {}
        position_of = cohort.position_of
        for mentee, mentor, _ in self.read(setting):
            pair = position_of("mentee", mentee), position_of("mentor", mentor)
            texts = zip(pair, (mentee, mentor), strict=True)
            key = tuple(fold(text) if position < 0 else position for position, text in texts)
            if key in seen:
                reason = "the pair is scored twice"
                yield Mismatch("rows", f"{mentee}, {mentor}", reason, code="repeated_pair")
            seen.add(key)
            for text, position, side in zip((mentee, mentor), pair, cohort.sides, strict=True):
                if position < 0:
                    unknown[text, side.role] = None
        for text, role in unknown:
            reason, hint = f"no {role} has this id", cohort.directory.hint(text, role)
            yield Mismatch("rows", text, reason, hint, "unknown_person")

    def in_ids_of(self, cohort: Cohort) -> Table:
        """Return the criterion with people by the ids that they have in the cohort.

        Parameters
        ----------
        cohort : Cohort
        """
        rows = self.rows or ()
        pairs = cohort.ids_of_pairs((mentee, mentor) for mentee, mentor, _ in rows)
        named = tuple((*pair, row[2]) for pair, row in zip(pairs, rows, strict=True))
        return self.model_copy(update={"rows": named})

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        rows, position_of = self.read(setting), cohort.position_of
        mentees = np.array([position_of("mentee", row[0]) for row in rows], dtype=np.int64)
        mentors = np.array([position_of("mentor", row[1]) for row in rows], dtype=np.int64)
        values = np.array([row[2] for row in rows], dtype=np.float64)
        order = np.lexsort((mentors, mentees))
        return SparsePairs(
            Relation(mentees[order], mentors[order]), values[order], np.full((1, 1), np.nan)
        )
