"""Linear and integer programmes given as arrays, solved by OR-Tools' GLOP and HiGHS.

Nothing that comes back from here is believed: the callers round it and look at it in whole numbers.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from rmmatch.numeric import Bools, Floats, Ints
from rmmatch.solving.stopping import Stop

__all__ = [
    "AT_LOWER",
    "AT_UPPER",
    "BASIC",
    "Basis",
    "LinearProgram",
    "SolverAnswer",
    "Termination",
    "solve_program",
]


_STOP_POLL_S = 0.05  # seconds between looks at whether to stop
_FIRST_MIP_SLICE_S = 4.0  # seconds of an integer programme's first try
AT_LOWER, AT_UPPER, BASIC = 2, 3, 5  # statuses of columns and rows in MathOpt


class Termination(Enum):
    """How a solver ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, eq=False, slots=True)
class LinearProgram:
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
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    rows: Ints
    columns: Ints
    entries: Floats
    is_integer: Bools


@dataclass(frozen=True, eq=False, slots=True)
class Basis:
    """Where a linear solver ended, for it to start from there.

    Attributes
    ----------
    columns, rows : ndarray of int64, shapes (n_columns,) and (n_rows,)
        MathOpt's statuses.
    """

    columns: Ints
    rows: Ints

    def extended(self, places: Ints, n_columns: int) -> Basis:
        """Return the basis of a programme with more columns; `places` are those of the old ones."""
        columns = np.full(n_columns, AT_LOWER, dtype=np.int64)
        columns[places] = self.columns
        return Basis(columns, self.rows)


@dataclass(frozen=True, eq=False, slots=True)
class SolverAnswer:
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
    basis : Basis or None
        Of a linear programme.
    """

    termination: Termination
    x: Floats | None
    duals: Floats | None
    bound: float
    basis: Basis | None = None


def solve_program(
    programme: LinearProgram,
    *,
    is_integer: bool,
    stop: Stop | None = None,
    start: Basis | None = None,
) -> SolverAnswer:
    """Solve a programme, as a linear or as an integer one.

    Parameters
    ----------
    programme : LinearProgram
    is_whole : bool
        Whether `LinearProgram.whole` counts.
    stop : Stop, optional
        A linear solver is told as soon as it is due. HiGHS cannot be told: it is given a time,
        and twice as much whenever that was too little, so that it ends not long after.
    start : Basis, optional
        Where a linear solver starts; only time depends on it.
    """
    from ortools.math_opt import model_pb2, result_pb2

    model = model_pb2.ModelProto()
    _fill_model(model, programme, is_whole=is_integer)
    result = _solve_mip_in_slices(model, stop) if is_integer else _solve_lp(model, stop, start)
    reason = result.termination.reason
    outcome = {
        result_pb2.TERMINATION_REASON_OPTIMAL: Termination.OPTIMAL,
        result_pb2.TERMINATION_REASON_INFEASIBLE: Termination.INFEASIBLE,
        result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED: Termination.INFEASIBLE,
    }.get(reason, Termination.STOPPED)
    x, duals, basis = None, None, None
    if outcome is not Termination.INFEASIBLE and len(result.solutions):
        best = result.solutions[0]
        if best.HasField("primal_solution"):
            x = _dense(best.primal_solution.variable_values, programme.objective.size)
        if best.HasField("dual_solution"):
            duals = _dense(best.dual_solution.dual_values, programme.row_lower.size)
        if best.HasField("basis"):
            kinds = best.basis.variable_status, best.basis.constraint_status
            basis = Basis(*(np.array(kind.values, dtype=np.int64) for kind in kinds))
    return SolverAnswer(outcome, x, duals, result.termination.objective_bounds.dual_bound, basis)


def _solve_lp(model: Any, stop: Stop | None, start: Basis | None) -> Any:
    """Return GLOP's result, stopped when it is due."""
    from ortools.math_opt import model_parameters_pb2, parameters_pb2
    from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

    parameters = parameters_pb2.SolveParametersProto()
    parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
    of_model = model_parameters_pb2.ModelSolveParametersProto()
    if start is not None:
        statuses = of_model.initial_basis.variable_status, of_model.initial_basis.constraint_status
        for status, values in zip(statuses, (start.columns, start.rows), strict=True):
            status.ids.extend(range(values.size))
            status.values.extend(values.tolist())
    if stop is None:
        return _run_solver(model, parameters_pb2.SOLVER_TYPE_GLOP, parameters, of_model, None)
    # Python hears Ctrl-C in the main thread only, and only between two lines of its own
    interrupter = PySolveInterrupter()
    with ThreadPoolExecutor(1) as pool:
        solving = pool.submit(
            _run_solver, model, parameters_pb2.SOLVER_TYPE_GLOP, parameters, of_model, interrupter
        )
        try:
            while not stop.is_due and not wait([solving], _STOP_POLL_S).done:
                pass
        finally:
            interrupter.interrupt()
        return solving.result()


def _solve_mip_in_slices(model: Any, stop: Stop | None) -> Any:
    """Return HiGHS' result, from tries that are given more and more time until it is due."""
    from ortools.math_opt import model_parameters_pb2, parameters_pb2, result_pb2

    parameters = parameters_pb2.SolveParametersProto()
    parameters.relative_gap_tolerance = 0.0
    parameters.absolute_gap_tolerance = 0.0
    of_model = model_parameters_pb2.ModelSolveParametersProto()
    seconds = _FIRST_MIP_SLICE_S
    while True:
        if stop is not None:
            left = seconds
            if stop.deadline is not None:
                left = max(0.01, min(seconds, stop.deadline - time.monotonic()))
            parameters.time_limit.FromNanoseconds(int(left * 1e9))
        result = _run_solver(model, parameters_pb2.SOLVER_TYPE_HIGHS, parameters, of_model, None)
        limit = result.termination.limit
        if stop is None or stop.is_due or limit != result_pb2.LIMIT_TIME:
            return result
        seconds *= 2


def _run_solver(model: Any, kind: Any, parameters: Any, of_model: Any, interrupter: Any) -> Any:
    from ortools.math_opt import callback_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver

    return solver.solve(
        model,
        kind,
        parameters_pb2.SolverInitializerProto(),
        parameters,
        of_model,
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        interrupter,
    )


def _fill_model(model: Any, programme: LinearProgram, *, is_whole: bool) -> None:
    """Write the arrays into a model, whole columns at a time."""
    n_columns, n_rows = programme.objective.size, programme.row_lower.size
    model.variables.ids.extend(range(n_columns))
    model.variables.lower_bounds.extend(programme.lower.tolist())
    model.variables.upper_bounds.extend(programme.upper.tolist())
    model.variables.integers.extend((programme.is_integer & is_whole).tolist())
    model.linear_constraints.ids.extend(range(n_rows))
    model.linear_constraints.lower_bounds.extend(programme.row_lower.tolist())
    model.linear_constraints.upper_bounds.extend(programme.row_upper.tolist())
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
