"""Linear and integer programmes given as arrays, solved by OR-Tools' GLOP and HiGHS.

Nothing that comes back from here is believed: the callers round it and look at it in whole numbers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.solving.network import Bools, Ints

__all__ = ["Answer", "Outcome", "Programme", "solve_programme"]

Floats = NDArray[np.float64]


class Outcome(Enum):
    """How a solver ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, eq=False, slots=True)
class Programme:
    """Maximise ``objective·x`` where ``low <= A x <= high`` and ``least <= x <= most``.

    Attributes
    ----------
    objective, least, most : ndarray of float64, shape (n_columns,)
    low, high : ndarray of float64, shape (n_rows,)
        May be infinite.
    rows, columns : ndarray of int64, shape (n_entries,)
        Where the entries of A stand, no place twice.
    entries : ndarray of float64, shape (n_entries,)
    whole : ndarray of bool, shape (n_columns,)
        Which x are whole numbers, where it is solved as an integer programme.
    """

    objective: Floats
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    rows: Ints
    columns: Ints
    entries: Floats
    whole: Bools


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What a solver says.

    Attributes
    ----------
    outcome : Outcome
    x : ndarray of float64 or None
        A solution, the best known.
    duals : ndarray of float64 or None
        Of the rows, of a linear programme.
    bound : float
        What the solver says no solution exceeds.
    """

    outcome: Outcome
    x: Floats | None
    duals: Floats | None
    bound: float


def solve_programme(
    programme: Programme, *, is_whole: bool, deadline: float | None = None
) -> Answer:
    """Solve a programme, as a linear or as an integer one.

    Parameters
    ----------
    programme : Programme
    is_whole : bool
        Whether `Programme.whole` counts.
    deadline : float, optional
        A value of `time.monotonic`.
    """
    from ortools.math_opt import (
        callback_pb2,
        model_parameters_pb2,
        model_pb2,
        parameters_pb2,
        result_pb2,
    )
    from ortools.math_opt.core.python import solver

    model = model_pb2.ModelProto()
    _fill(model, programme, is_whole=is_whole)
    parameters = parameters_pb2.SolveParametersProto()
    if deadline is not None:
        left = max(0.01, deadline - time.monotonic())
        parameters.time_limit.seconds, rest = int(left), left % 1
        parameters.time_limit.nanos = int(rest * 1e9)
    if is_whole:
        kind = parameters_pb2.SOLVER_TYPE_HIGHS
        parameters.relative_gap_tolerance = 0.0
        parameters.absolute_gap_tolerance = 0.0
    else:
        kind = parameters_pb2.SOLVER_TYPE_GLOP
        parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
    result = solver.solve(
        model,
        kind,
        parameters_pb2.SolverInitializerProto(),
        parameters,
        model_parameters_pb2.ModelSolveParametersProto(),
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None,
    )
    reason = result.termination.reason
    outcome = {
        result_pb2.TERMINATION_REASON_OPTIMAL: Outcome.OPTIMAL,
        result_pb2.TERMINATION_REASON_INFEASIBLE: Outcome.INFEASIBLE,
        result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED: Outcome.INFEASIBLE,
    }.get(reason, Outcome.STOPPED)
    x, duals = None, None
    if outcome is not Outcome.INFEASIBLE and len(result.solutions):
        best = result.solutions[0]
        if best.HasField("primal_solution"):
            x = _dense(best.primal_solution.variable_values, programme.objective.size)
        if best.HasField("dual_solution"):
            duals = _dense(best.dual_solution.dual_values, programme.low.size)
    return Answer(outcome, x, duals, result.termination.objective_bounds.dual_bound)


def _fill(model: Any, programme: Programme, *, is_whole: bool) -> None:
    """Write the arrays into a model, whole columns at a time."""
    n_columns, n_rows = programme.objective.size, programme.low.size
    model.variables.ids.extend(range(n_columns))
    model.variables.lower_bounds.extend(programme.least.tolist())
    model.variables.upper_bounds.extend(programme.most.tolist())
    model.variables.integers.extend((programme.whole & is_whole).tolist())
    model.linear_constraints.ids.extend(range(n_rows))
    model.linear_constraints.lower_bounds.extend(programme.low.tolist())
    model.linear_constraints.upper_bounds.extend(programme.high.tolist())
    model.objective.maximize = True
    worth = np.flatnonzero(programme.objective)
    model.objective.linear_coefficients.ids.extend(worth.tolist())
    model.objective.linear_coefficients.values.extend(programme.objective[worth].tolist())
    order = np.lexsort((programme.columns, programme.rows))
    order = order[programme.entries[order] != 0]
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(programme.rows[order].tolist())
    matrix.column_ids.extend(programme.columns[order].tolist())
    matrix.coefficients.extend(programme.entries[order].tolist())


def _dense(values: Any, size: int) -> Floats:
    """Return a sparse vector of a result as an array."""
    dense = np.zeros(size)
    dense[np.array(values.ids, dtype=np.int64)] = np.array(values.values, dtype=np.float64)
    return dense
