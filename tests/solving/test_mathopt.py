"""Integer programmes as arrays, against published optima of the generalised assignment problem.

A quota counts people and pairs; the knapsacks of the generalised assignment problem weigh each pair
by itself, which no scheme can say. So the published problems go in one floor lower, as programmes.
Data: OR-Library (J. E. Beasley), of the test data.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.data import sample
from helpers.signals import hearing_ctrl_c  # noqa: F401  # a fixture
from rmmatch.solving.mip.mathopt import BASIC, LinearProgram, Termination, solve_program
from rmmatch.solving.stopping import Stop

OPTIMA = [
    [336, 327, 339, 341, 326],
    [434, 436, 420, 419, 428],
    [580, 564, 573, 570, 564],
    [656, 644, 673, 647, 664],
    [563, 558, 564, 568, 559],
    [761, 759, 758, 752, 747],
]


def problems(file: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Values and resources, shape (n_agents, n_jobs), and capacities, of each problem."""
    numbers = iter([int(word) for word in file.read_text().split()])
    read = []
    for _ in range(next(numbers)):
        shape = next(numbers), next(numbers)
        values, resources = (
            np.array([next(numbers) for _ in range(shape[0] * shape[1])]).reshape(shape)
            for _ in range(2)
        )
        read.append((values, resources, np.array([next(numbers) for _ in range(shape[0])])))
    return read


@pytest.mark.parametrize("file", range(1, 7))
def test_generalised_assignment_has_its_published_optimum(file: int) -> None:
    found = []
    for values, resources, capacities in problems(sample("orlib", f"gap{file}.txt")):
        n_agents, n_jobs = values.shape
        agents, jobs = (axis.ravel() for axis in np.indices(values.shape))
        columns = np.arange(values.size)
        programme = LinearProgram(
            objective=values.ravel().astype(float),
            lower=np.zeros(values.size),
            upper=np.ones(values.size),
            row_lower=np.concatenate([np.ones(n_jobs), np.full(n_agents, -np.inf)]),
            row_upper=np.concatenate([np.ones(n_jobs), capacities.astype(float)]),
            rows=np.concatenate([jobs, n_jobs + agents]),
            columns=np.concatenate([columns, columns]),
            entries=np.concatenate([np.ones(values.size), resources.ravel()]).astype(float),
            is_integer=np.ones(values.size, dtype=bool),
        )
        answer = solve_program(programme, is_integer=True)
        assert answer.termination is Termination.OPTIMAL
        assert answer.x is not None
        taken = np.rint(answer.x).astype(int).reshape(values.shape)
        assert (taken.sum(axis=0) == 1).all()
        assert ((taken * resources).sum(axis=1) <= capacities).all()
        found.append(int((taken * values).sum()))
        relaxed = solve_program(programme, is_integer=False)
        assert relaxed.bound >= found[-1] - 1e-6
    assert found == OPTIMA[file - 1]


def transport(size: int) -> LinearProgram:
    """An assignment problem of which a linear solver has some work."""
    worth = np.random.default_rng(5).random(size * size)
    rows, columns = (axis.ravel() for axis in np.indices((size, size)))
    return LinearProgram(
        objective=worth,
        lower=np.zeros(worth.size),
        upper=np.ones(worth.size),
        row_lower=np.full(2 * size, -np.inf),
        row_upper=np.ones(2 * size),
        rows=np.concatenate([rows, size + columns]),
        columns=np.concatenate([np.arange(worth.size)] * 2),
        entries=np.ones(2 * worth.size),
        is_integer=np.ones(worth.size, dtype=bool),
    )


def test_a_solver_starts_where_another_ended() -> None:
    programme = transport(30)
    cold = solve_program(programme, is_integer=False)
    assert cold.basis is not None
    basics = sum(int((part == BASIC).sum()) for part in (cold.basis.columns, cold.basis.rows))
    assert basics == programme.row_lower.size
    few = np.arange(0, programme.objective.size, 2)
    taken = np.isin(programme.columns, few)
    part = replace(
        programme,
        objective=programme.objective[few],
        lower=programme.lower[few],
        upper=programme.upper[few],
        rows=programme.rows[taken],
        columns=programme.columns[taken] // 2,
        entries=programme.entries[taken],
        is_integer=programme.is_integer[few],
    )
    before = solve_program(part, is_integer=False)
    assert before.basis is not None
    start = before.basis.extended(few, programme.objective.size)
    for warm in (start, cold.basis):
        again = solve_program(programme, is_integer=False, stop=Stop(), start=warm)
        assert again.termination is Termination.OPTIMAL
        assert again.bound == pytest.approx(cold.bound)


@pytest.mark.usefixtures("hearing_ctrl_c")
def test_ctrl_c_reaches_a_linear_solver_at_work() -> None:
    programme, stop = transport(400), Stop()
    presser = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with stop.heeding_interrupts():
        presser.start()
        answer = solve_program(programme, is_integer=False, stop=stop)
        presser.join()
    assert stop.is_interrupted
    assert answer.termination is Termination.STOPPED


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_solver_ends_when_it_is_due(is_whole: bool) -> None:
    answer = solve_program(transport(300), is_integer=is_whole, stop=Stop.after(0.05))
    assert answer.termination is Termination.STOPPED
