"""Rows and columns of a sparse linear program, built up one after the other.

Two models are built of the same parts: that of a tier (`tier_model`), and the elastic one that
tells which requirements can hold together (`rmmatch.solving.infeasibility.requirement_model`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.formulation.side_constraints import SideConstraint
from rmmatch.solving.mip.mathopt import LinearProgram

__all__ = ["UNBOUNDED_COUNT", "ModelBuilder", "Terms", "side_constraint_terms"]

UNBOUNDED_COUNT = 2**39  # pairs; exactness: a bound this far from zero bounds no count

Terms: TypeAlias = list[tuple[Ints, Floats]]
"""A linear expression: columns and their coefficients, of equal lengths."""


class ModelBuilder:
    """The columns, rows and entries of a linear program while they are collected.

    Attributes
    ----------
    columns : list of tuple of ndarray
        Lower bounds, upper bounds, objective, and which are whole numbers.
    bounds : list of (ndarray, ndarray)
        Lower and upper bounds of rows.
    entries : list of tuple of ndarray
        Rows, columns and coefficients.
    n_columns, n_rows : int
        How many there are so far.
    """

    def __init__(self) -> None:
        self.columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self.bounds: list[tuple[Floats, Floats]] = []
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.n_columns = self.n_rows = 0

    @classmethod
    def of(cls, program: LinearProgram) -> ModelBuilder:
        """Return a builder that begins with a finished program.

        Parameters
        ----------
        program : LinearProgram
            Its columns and rows keep their positions, and its objective stays.
        """
        builder = cls()
        builder.columns.append(
            (program.lower, program.upper, program.objective, program.is_integer)
        )
        builder.bounds.append((program.row_lower, program.row_upper))
        builder.entries.append((program.rows, program.columns, program.entries))
        builder.n_columns, builder.n_rows = program.objective.size, program.row_lower.size
        return builder

    def add_columns(
        self, count: int, lower: Floats | float, upper: Floats | float, *, whole: bool = True
    ) -> Ints:
        """Add columns with objective 0.

        Parameters
        ----------
        count : int
        lower, upper : ndarray of float64, shape (count,), or float
            Bounds; may be infinite.
        whole : bool
            Whether an integer program takes whole numbers only.

        Returns
        -------
        ndarray of int64, shape (count,)
            Positions of the columns.
        """
        bounds = [
            np.broadcast_to(np.asarray(bound, dtype=np.float64), (count,))
            for bound in (lower, upper)
        ]
        self.columns.append((bounds[0], bounds[1], np.zeros(count), np.full(count, whole)))
        self.n_columns += count
        return np.arange(self.n_columns - count, self.n_columns)

    def add_rows(self, count: int, lower: Ints | float, upper: Ints | float) -> Ints:
        """Add rows without entries.

        Parameters
        ----------
        count : int
        lower, upper : ndarray of int64, shape (count,), or float
            Bounds; may be infinite.

        Returns
        -------
        ndarray of int64, shape (count,)
            Positions of the rows.
        """
        bounds = [
            np.broadcast_to(np.asarray(bound, dtype=np.float64), (count,))
            for bound in (lower, upper)
        ]
        self.bounds.append((bounds[0], bounds[1]))
        self.n_rows += count
        return np.arange(self.n_rows - count, self.n_rows)

    def add_entries(self, rows: Ints, columns: Ints, values: Ints | Floats | float) -> None:
        """Enter coefficients, leaving out zeros.

        Parameters
        ----------
        rows, columns : ndarray of int64, shapes that broadcast
            Positions; no place is entered twice.
        values : ndarray of int64 or float64, or float
        """
        rows, columns, entries = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        is_entry = entries != 0
        self.entries.append((rows[is_entry], columns[is_entry], entries[is_entry]))

    def add_sum_row(self, terms: Terms, lower: float, upper: float) -> Ints:
        """Add one row: ``lower <= Σ coefficient·column <= upper``.

        Parameters
        ----------
        terms : list of (ndarray of int64, ndarray of float64)
            Columns and coefficients.
        lower, upper : float
            May be infinite.

        Returns
        -------
        ndarray of int64, shape (1,)
            The position of the row.
        """
        row = self.add_rows(1, lower, upper)
        for columns, coefficients in terms:
            self.add_entries(row, columns, coefficients)
        return row

    def add_load_rows(
        self,
        arc_columns: Ints,
        ends: Ints,
        people: Ints,
        lower: Ints | float,
        upper: Ints | float,
    ) -> Ints:
        """Add a row for each person: ``lower <= Σ of the person's arcs <= upper``.

        Parameters
        ----------
        arc_columns : ndarray of int64, shape (n_arcs,)
        ends : ndarray of int64, shape (n_arcs,)
            The person of one side whose arc it is: a position in id order.
        people : ndarray of int64, shape (n_people,)
            Positions in id order, rising; arcs of others have no entry.
        lower, upper : ndarray of int64, shape (n_people,), or float
            In pairs.

        Returns
        -------
        ndarray of int64, shape (n_people,)
            Positions of the rows.
        """
        rows = self.add_rows(people.size, lower, upper)
        is_counted = np.isin(ends, people)
        row_idx = rows[np.searchsorted(people, ends[is_counted])]
        self.add_entries(row_idx, arc_columns[is_counted], 1.0)
        return rows

    def add_violation_columns(self, rows: Ints, signs: Floats | float) -> tuple[Ints, Floats]:
        """Let rows be missed by any amount: one slack column each, which costs 1 a unit.

        Parameters
        ----------
        rows : ndarray of int64, shape (n_rows,)
        signs : ndarray of float64, shape (n_rows,), or float
            1 where a row may stay below its lower bound, -1 where it may rise above its upper one.

        Returns
        -------
        columns : ndarray of int64, shape (n_rows,)
        costs : ndarray of float64, shape (n_rows,)
            Minus 1 each: a term of an objective to be maximised.
        """
        columns = self.add_columns(rows.size, 0.0, np.inf, whole=False)
        self.add_entries(rows, columns, signs)
        return columns, np.full(rows.size, -1.0)

    def build(self, objective_terms: Sequence[tuple[Ints, Floats]]) -> LinearProgram:
        """Return the program of all that was added.

        Parameters
        ----------
        objective_terms : sequence of (ndarray of int64, ndarray of float64)
            Columns, and what is added to their part of the objective.
        """
        lower, upper, objective, is_integer = (
            np.concatenate(parts) for parts in zip(*self.columns, strict=True)
        )
        for term_columns, values in objective_terms:
            np.add.at(objective, term_columns, values)
        row_lower, row_upper = (np.concatenate(parts) for parts in zip(*self.bounds, strict=True))
        rows, columns, entries = (
            np.concatenate(parts) for parts in zip(*self.entries, strict=True)
        )
        return LinearProgram(
            objective, lower, upper, row_lower, row_upper, rows, columns, entries, is_integer
        )


def side_constraint_terms(
    constraint: SideConstraint,
    ends: tuple[Ints, Ints],
    arc_columns: Ints,
    paired: Sequence[Ints],
) -> Terms:
    """Return ``Σ_people weight·[paired] + Σ_arcs of the group`` as columns and coefficients.

    Parameters
    ----------
    constraint : SideConstraint
    ends : tuple of ndarray of int64, shape (n_arcs,)
        The mentee and the mentor of each arc, positions in id order.
    arc_columns : ndarray of int64, shape (n_arcs,)
    paired : sequence of ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The column that says whether a person is paired; -1 of people with at most one arc in a
        solution, whose weight is then that of each of their arcs.
    """
    coefficients = constraint.coefficients(*ends)
    terms: Terms = []
    for side, weights in enumerate((constraint.mentees, constraint.mentors)):
        coefficients = coefficients + np.where(paired[side] < 0, weights, 0)[ends[side]]
        people = np.flatnonzero(paired[side] >= 0)
        terms.append((paired[side][people], weights[people].astype(float)))
    return [*terms, (arc_columns, coefficients.astype(float))]
