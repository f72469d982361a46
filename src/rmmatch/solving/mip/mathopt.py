"""Linear and integer programs given as arrays, solved by OR-Tools' GLOP and HiGHS.

No answer of these solvers is believed: the callers round it and look at it in whole numbers.
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


_STOP_POLL_S = 0.05  # seconds between looks at whether to stop; speed only
_FIRST_MIP_SLICE_S = 4.0  # seconds of an integer program's first try; speed only
_MIN_MIP_SLICE_S = 0.01  # seconds: less is no time limit for HiGHS; speed only
AT_LOWER, AT_UPPER, BASIC = 2, 3, 5  # statuses of columns and rows, as MathOpt numbers them


class Termination(Enum):
    """How a solver ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, eq=False, slots=True)
class LinearProgram:
    """Maximise ``objective·x`` where ``row_lower <= A x <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    objective, lower, upper : ndarray of float64, shape (n_columns,)
        The bounds may be infinite.
    row_lower, row_upper : ndarray of float64, shape (n_rows,)
        May be infinite.
    rows, columns : ndarray of int64, shape (n_entries,)
        The places of the entries of A, no place twice.
    entries : ndarray of float64, shape (n_entries,)
    is_integer : ndarray of bool, shape (n_columns,)
        Which x are whole numbers, where it is solved as an integer program.
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
    """A basis of the simplex method, from which a solver can start.

    Attributes
    ----------
    columns, rows : ndarray of int64, shapes (n_columns,) and (n_rows,)
        Statuses: `AT_LOWER`, `AT_UPPER`, `BASIC`, or another of MathOpt's.
    """

    columns: Ints
    rows: Ints

    def extended(self, old_columns: Ints, n_columns: int) -> Basis:
        """Return the basis of a program with more columns, the new ones at their lower bounds.

        Parameters
        ----------
        old_columns : ndarray of int64
            Positions of the old columns among all.
        n_columns : int
            Number of all columns.
        """
        columns = np.full(n_columns, AT_LOWER, dtype=np.int64)
        columns[old_columns] = self.columns
        return Basis(columns, self.rows)


@dataclass(frozen=True, eq=False, slots=True)
class SolverAnswer:
    """What a solver says.

    Attributes
    ----------
    termination : Termination
    x : ndarray of float64, shape (n_columns,), or None
        A solution, the best found.
    duals : ndarray of float64, shape (n_rows,), or None
        Of a linear program.
    bound : float
        What the solver says no solution's objective exceeds.
    basis : Basis or None
        Of a linear program.
    """

    termination: Termination
    x: Floats | None
    duals: Floats | None
    bound: float
    basis: Basis | None = None


def solve_program(
    program: LinearProgram,
    *,
    is_integer: bool,
    stop: Stop | None = None,
    start: Basis | None = None,
) -> SolverAnswer:
    """Solve a program, as a linear or as an integer one.

    Parameters
    ----------
    program : LinearProgram
    is_integer : bool
        Whether `LinearProgram.is_integer` counts.
    stop : Stop, optional
        A linear solver is stopped as soon as it is due. HiGHS cannot be stopped: it is given a
        time, and twice as much whenever that was too little, so that it ends not long after.
    start : Basis, optional
        Where a linear solver starts; speed only.

    Returns
    -------
    SolverAnswer
    """
    from ortools.math_opt import model_pb2, result_pb2

    model = model_pb2.ModelProto()
    _fill_model(model, program, is_integer=is_integer)
    result = _solve_mip_in_slices(model, stop) if is_integer else _solve_lp(model, stop, start)
    reason = result.termination.reason
    termination = {
        result_pb2.TERMINATION_REASON_OPTIMAL: Termination.OPTIMAL,
        result_pb2.TERMINATION_REASON_INFEASIBLE: Termination.INFEASIBLE,
        result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED: Termination.INFEASIBLE,
    }.get(reason, Termination.STOPPED)
    x, duals, basis = None, None, None
    if termination is not Termination.INFEASIBLE and len(result.solutions):
        best = result.solutions[0]
        if best.HasField("primal_solution"):
            x = _dense(best.primal_solution.variable_values, program.objective.size)
        if best.HasField("dual_solution"):
            duals = _dense(best.dual_solution.dual_values, program.row_lower.size)
        if best.HasField("basis"):
            statuses = best.basis.variable_status, best.basis.constraint_status
            basis = Basis(*(np.array(status.values, dtype=np.int64) for status in statuses))
    return SolverAnswer(
        termination, x, duals, result.termination.objective_bounds.dual_bound, basis
    )


def _solve_lp(model: Any, stop: Stop | None, start: Basis | None) -> Any:
    """Return GLOP's result, stopped when it is due."""
    from ortools.math_opt import model_parameters_pb2, parameters_pb2
    from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

    parameters = parameters_pb2.SolveParametersProto()
    parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
    model_parameters = model_parameters_pb2.ModelSolveParametersProto()
    if start is not None:
        statuses = (
            model_parameters.initial_basis.variable_status,
            model_parameters.initial_basis.constraint_status,
        )
        for status, values in zip(statuses, (start.columns, start.rows), strict=True):
            status.ids.extend(range(values.size))
            status.values.extend(values.tolist())
    if stop is None:
        return _run_solver(
            model, parameters_pb2.SOLVER_TYPE_GLOP, parameters, model_parameters, None
        )
    # Python hears Ctrl-C in the main thread only, and only between two lines of its own
    interrupter = PySolveInterrupter()
    with ThreadPoolExecutor(1) as pool:
        solving = pool.submit(
            _run_solver,
            model,
            parameters_pb2.SOLVER_TYPE_GLOP,
            parameters,
            model_parameters,
            interrupter,
        )
        try:
            while not stop.is_due and not wait([solving], _STOP_POLL_S).done:
                pass
        finally:
            interrupter.interrupt()
        return solving.result()


def _solve_mip_in_slices(model: Any, stop: Stop | None) -> Any:
    """Return HiGHS' result, from tries with more and more time until it is due."""
    from ortools.math_opt import model_parameters_pb2, parameters_pb2, result_pb2

    parameters = parameters_pb2.SolveParametersProto()
    parameters.relative_gap_tolerance = 0.0
    parameters.absolute_gap_tolerance = 0.0
    model_parameters = model_parameters_pb2.ModelSolveParametersProto()
    seconds = _FIRST_MIP_SLICE_S
    while True:
        if stop is not None:
            slice_s = seconds
            if stop.deadline is not None:
                slice_s = max(_MIN_MIP_SLICE_S, min(seconds, stop.deadline - time.monotonic()))
            parameters.time_limit.FromNanoseconds(int(slice_s * 1e9))
        result = _run_solver(
            model, parameters_pb2.SOLVER_TYPE_HIGHS, parameters, model_parameters, None
        )
        limit = result.termination.limit
        if stop is None or stop.is_due or limit != result_pb2.LIMIT_TIME:
            return result
        seconds *= 2


def _run_solver(
    model: Any, kind: Any, parameters: Any, model_parameters: Any, interrupter: Any
) -> Any:
    from ortools.math_opt import callback_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver

    return solver.solve(
        model,
        kind,
        parameters_pb2.SolverInitializerProto(),
        parameters,
        model_parameters,
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        interrupter,
    )


def _fill_model(model: Any, program: LinearProgram, *, is_integer: bool) -> None:
    """Write the arrays into a model, one array at a time."""
    n_columns, n_rows = program.objective.size, program.row_lower.size
    model.variables.ids.extend(range(n_columns))
    model.variables.lower_bounds.extend(program.lower.tolist())
    model.variables.upper_bounds.extend(program.upper.tolist())
    model.variables.integers.extend((program.is_integer & is_integer).tolist())
    model.linear_constraints.ids.extend(range(n_rows))
    model.linear_constraints.lower_bounds.extend(program.row_lower.tolist())
    model.linear_constraints.upper_bounds.extend(program.row_upper.tolist())
    model.objective.maximize = True
    has_objective = np.flatnonzero(program.objective)
    model.objective.linear_coefficients.ids.extend(has_objective.tolist())
    model.objective.linear_coefficients.values.extend(program.objective[has_objective].tolist())
    order = np.lexsort((program.columns, program.rows))
    order = order[program.entries[order] != 0]
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(program.rows[order].tolist())
    matrix.column_ids.extend(program.columns[order].tolist())
    matrix.coefficients.extend(program.entries[order].tolist())


def _dense(values: Any, size: int) -> Floats:
    """Return a sparse vector of a result as an array."""
    dense = np.zeros(size)
    dense[np.array(values.ids, dtype=np.int64)] = np.array(values.values, dtype=np.float64)
    return dense
