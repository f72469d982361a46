"""Rows and columns of a sparse linear program, built up one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.mip.mathopt import LinearProgram

__all__ = ["ModelBuilder"]


class ModelBuilder:
    """Columns and rows while they are collected."""

    def __init__(self) -> None:
        self.columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self.bounds: list[tuple[Floats, Floats]] = []
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.n_columns = self.n_rows = 0

    @classmethod
    def of(cls, programme: LinearProgram) -> ModelBuilder:
        """Return the lines of a programme, to which others can be added."""
        lines = cls()
        lines.columns.append(
            (programme.lower, programme.upper, programme.objective, programme.is_integer)
        )
        lines.bounds.append((programme.row_lower, programme.row_upper))
        lines.entries.append((programme.rows, programme.columns, programme.entries))
        lines.n_columns, lines.n_rows = programme.objective.size, programme.row_lower.size
        return lines

    def add_columns(
        self, count: int, least: Floats | float, most: Floats | float, *, whole: bool = True
    ) -> Ints:
        """Add columns that are worth nothing; return their places."""
        bounds = [np.broadcast_to(np.asarray(b, dtype=np.float64), (count,)) for b in (least, most)]
        self.columns.append((bounds[0], bounds[1], np.zeros(count), np.full(count, whole)))
        self.n_columns += count
        return np.arange(self.n_columns - count, self.n_columns)

    def add_rows(self, count: int, low: Ints | float, high: Ints | float) -> Ints:
        """Add rows without entries; return their places."""
        bounds = [np.broadcast_to(np.asarray(b, dtype=np.float64), (count,)) for b in (low, high)]
        self.bounds.append((bounds[0], bounds[1]))
        self.n_rows += count
        return np.arange(self.n_rows - count, self.n_rows)

    def add_entries(self, rows: Ints, columns: Ints, values: Ints | Floats | float) -> None:
        """Enter values, leaving out zeros."""
        rows, columns, entries = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        some = entries != 0
        self.entries.append((rows[some], columns[some], entries[some]))

    def build(self, worth: Sequence[tuple[Ints, Floats]]) -> LinearProgram:
        """Return the whole."""
        least, most, objective, whole = (np.concatenate(c) for c in zip(*self.columns, strict=True))
        for columns, values in worth:
            np.add.at(objective, columns, values)
        low, high = (np.concatenate(b) for b in zip(*self.bounds, strict=True))
        rows, columns, entries = (np.concatenate(e) for e in zip(*self.entries, strict=True))
        return LinearProgram(objective, least, most, low, high, rows, columns, entries, whole)


def _grow_trees(roots: Bools, tails: Ints, heads: Ints) -> tuple[Ints, Bools]:
    """Return the edges of trees that grow from roots as far as they can, and whom they reach."""
    ends = np.concatenate((tails, heads)), np.concatenate((heads, tails))
    reached, edges = roots.copy(), [np.zeros(0, dtype=np.int64)]
    while (some := np.flatnonzero(reached[ends[0]] & ~reached[ends[1]])).size:
        new, first = np.unique(ends[1][some], return_index=True)
        edges.append(some[first] % tails.size)
        reached[new] = True
    return np.concatenate(edges), reached
