"""One way of pairing, as a whole process: csv files to a csv file of pairs.

    python benchmarks/pipelines.py FOLDER WAY

WAY is rmmatch, scipy, lapx or ortools. The last three are do-it-yourself: the whole matrix by
numpy (see `matrix`), a dense solver, forbidden pairs worth 0 and dropped afterwards, which is
right for the objective ``[total]``.
"""

from __future__ import annotations

import sys
from pathlib import Path


def by_rmmatch(folder: Path) -> None:
    import rmmatch as rm

    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    result = rm.match(cohort, scheme)
    assert result.status is rm.Status.OPTIMAL
    result.made.to_csv(folder / "rmmatch.csv")


def do_it_yourself(folder: Path, way: str) -> None:
    import numpy as np
    import pandas as pd
    from matrix import scores

    mentees, mentors, matrix = scores(folder, np.int64 if way == "ortools" else np.float64)
    np.maximum(matrix, 0, out=matrix)  # a forbidden pair is worth nothing, and is dropped below
    n_rows, n_columns = matrix.shape
    if way == "scipy":
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(matrix, maximize=True)
    elif way == "lapx":
        import lap

        np.negative(matrix, out=matrix)
        _, mate, _ = lap.lapjv(matrix, extend_cost=n_rows != n_columns)
        np.negative(matrix, out=matrix)
        rows = np.flatnonzero(mate >= 0)
        columns = mate[rows]
    else:
        rows, columns = _ortools(matrix)
    # A pair worth nothing is forbidden, or adds nothing.
    kept = matrix[rows, columns] > 0
    pairs = pd.DataFrame({"mentee": mentees[rows[kept]], "mentor": mentors[columns[kept]]})
    pairs.to_csv(folder / f"{way}.csv", index=False)


def _ortools(matrix):  # type: ignore[no-untyped-def]
    import numpy as np
    from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

    n_rows, n_columns = matrix.shape
    size = max(n_rows, n_columns)  # it takes squares only: nobody stands for who is left over
    square = -matrix if n_rows == n_columns else np.zeros((size, size), np.int64)
    if n_rows != n_columns:
        np.negative(matrix, out=square[:n_rows, :n_columns])
    people = np.arange(size, dtype=np.int32)
    solver = SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(np.repeat(people, size), np.tile(people, size), square.ravel())
    assert solver.solve() == solver.OPTIMAL
    columns = np.array([solver.right_mate(row) for row in range(n_rows)])
    rows = np.flatnonzero(columns < n_columns)
    return rows, columns[rows]


if __name__ == "__main__":
    place, chosen = Path(sys.argv[1]), sys.argv[2]
    if chosen == "rmmatch":
        by_rmmatch(place)
    else:
        do_it_yourself(place, chosen)
