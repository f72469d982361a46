"""Ctrl-C: the first one keeps what is at hand, the second one does not wait."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from helpers.signals import hearing_ctrl_c  # noqa: F401  # a fixture
from rmmatch.solving import api
from rmmatch.solving.column_generation import restricted_master
from rmmatch.solving.lexicographic import flow_solutions, tier_methods
from rmmatch.solving.stopping import Stop

pytestmark = pytest.mark.usefixtures("hearing_ctrl_c")


def press(times: int = 1) -> None:
    """Press Ctrl-C; Python hears of it before the next line."""
    for _ in range(times):
        os.kill(os.getpid(), signal.SIGINT)


def pressed_before(module: Any, name: str, patch: pytest.MonkeyPatch, times: int = 1) -> None:
    """Press Ctrl-C when a step begins for the first time; the step itself is the real one."""
    step = getattr(module, name)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        patch.setattr(module, name, step)
        press(times)
        return step(*args, **kwargs)

    patch.setattr(module, name, interrupted)


def test_a_deadline_and_an_interrupt_are_due() -> None:
    assert not Stop().is_due
    assert not Stop.after(None).is_due
    assert not Stop.after(3600).is_due
    assert Stop.after(1e-9).is_due
    assert Stop(time.monotonic()).is_due
    stop = Stop.after(3600)
    with stop.heeding_interrupts():
        press()
        assert stop.is_due
        assert stop.is_interrupted
    assert stop.is_due


def test_the_second_interrupt_is_an_error() -> None:
    stop = Stop()
    with pytest.raises(KeyboardInterrupt), stop.heeding_interrupts():
        press(2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    with Stop().heeding_interrupts():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()
    with pytest.raises(LookupError), Stop().heeding_interrupts():
        raise LookupError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_program_is_left_alone() -> None:
    heard: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        stop = Stop()
        with stop.heeding_interrupts():
            press()
        assert heard == [signal.SIGINT]
        assert not stop.is_interrupted
    finally:
        signal.signal(signal.SIGINT, usual)


def test_in_another_thread_nothing_is_changed() -> None:
    seen: list[object] = []

    def work() -> None:
        with Stop().heeding_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


@pytest.fixture(scope="module")
def inputs() -> tuple[rm.Cohort, rm.Scheme]:
    scheme = rm.synthetic.demo()[1].model_copy(update={"objective": ("pairs", "total")})
    return rm.synthetic.cohort(40, 50, seed=2), scheme


def test_an_interrupted_match_returns_the_best_so_far_with_its_bound(
    inputs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = rm.match(*inputs)
    # The first tier is solved; Ctrl-C comes while its prices are computed.
    pressed_before(flow_solutions, "optimal_duals", monkeypatch)
    result = rm.match(*inputs)
    assert result.status is rm.Status.FEASIBLE
    assert "interrupted by Ctrl-C" in result.solver
    assert [prices.tier for prices in result.certificate.tiers] == ["pairs"]
    assert result.values["pairs"] == result.bounds["pairs"] == best.values["pairs"]
    assert result.values["total"] <= best.values["total"] <= result.bounds["total"]
    assert rm.check(result) == []


def test_without_the_matrix_too(inputs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    best = rm.match(*inputs)
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    pressed_before(restricted_master, "optimal_duals", monkeypatch)
    result = rm.match(*inputs)
    assert result.status is rm.Status.FEASIBLE
    assert "interrupted by Ctrl-C" in result.solver
    assert result.values["pairs"] <= best.values["pairs"] <= result.bounds["pairs"]
    assert rm.check(result) == []


def test_an_interrupt_before_the_first_step_leaves_a_greedy_matching(
    inputs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = rm.match(*inputs)
    pressed_before(api, "full_model", monkeypatch)
    result = rm.match(*inputs)
    assert result.status is rm.Status.FEASIBLE
    assert 0 < len(result.made) <= result.bounds["pairs"]
    assert best.values["pairs"] <= result.bounds["pairs"]
    assert rm.check(result) == []


def test_an_interrupt_when_all_is_proved_changes_nothing(
    inputs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = rm.match(*inputs)
    pressed_before(tier_methods, "tier_value", monkeypatch)
    result = rm.match(*inputs)
    assert result.status is rm.Status.OPTIMAL
    assert result.matching == best.matching
    assert result.solver == best.solver


def test_without_any_matching_at_hand_the_interrupt_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A greedy pairing gives M0 to E0, and none to E1, who needs it.
    mentees = pd.DataFrame({"id": ["E0", "E1"], "min_load": ["1", "1"], "declined": ["", "M1"]})
    cohort = rm.read_cohort(pd.DataFrame({"id": ["M0", "M1"]}), mentees)
    table = {"type": "table", "missing": "zero", "rows": [["E0", "M0", 1.0]]}
    scheme = rm.Scheme.model_validate({"criteria": [table]})
    assert rm.match(cohort, scheme).status is rm.Status.OPTIMAL
    pressed_before(api, "full_model", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        rm.match(cohort, scheme)


def test_the_second_ctrl_c_ends_a_match_at_once(
    inputs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed_before(flow_solutions, "optimal_duals", monkeypatch, times=2)
    with pytest.raises(KeyboardInterrupt):
        rm.match(*inputs)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
