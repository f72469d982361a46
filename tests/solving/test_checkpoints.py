"""A long pairing that was stopped goes on where it was, and comes to the same proof."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rmmatch as rm
from rmmatch.errors import RecordError
from rmmatch.solving import api
from rmmatch.solving.column_generation import warm_start
from rmmatch.solving.column_generation.events import RoundFinished
from rmmatch.solving.column_generation.progress_text import ProgressText

SCHEME = rm.synthetic.demo()[1]


class Stopped(Exception):
    pass


def stopping_after(n_rounds: int, rounds: list[RoundFinished]) -> type[ProgressText]:
    """Return a watch that breaks off after some rounds."""

    class Breaking(ProgressText):
        def __call__(self, step):
            if isinstance(step, RoundFinished):
                rounds.append(step)
            if len(rounds) == n_rounds:
                raise Stopped

    return Breaking


@pytest.fixture
def cohort(monkeypatch):
    """A cohort that needs several rounds, from thin samples."""
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", -1)
    monkeypatch.setattr(warm_start, "_MAX_WHOLE_SAMPLE_PEOPLE", 30)
    monkeypatch.setattr(warm_start, "_INITIAL_ARCS_PER_PERSON", 3)
    monkeypatch.setattr(warm_start, "_MIN_ARCS_PER_PERSON", 1)
    return rm.synthetic.cohort(180, 170, seed=5)


def stop(cohort, scheme, path, n_rounds: int) -> list[RoundFinished]:
    """Pair and break off; return what the rounds came to."""
    rounds: list[RoundFinished] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "ProgressText", stopping_after(n_rounds, rounds))
        with pytest.raises(Stopped):
            rm.match(cohort, scheme, checkpoint=path)
    return rounds


@pytest.mark.parametrize("objective", [["total"], ["pairs", "priority", "total"]])
@pytest.mark.parametrize("n_rounds", [1, 2, 3])
def test_what_was_stopped_goes_on(cohort, tmp_path, objective, n_rounds):
    scheme = SCHEME.model_copy(update={"objective": tuple(objective)})
    path = tmp_path / "prices.npz"
    rounds = stop(cohort, scheme, path, n_rounds)
    assert path.exists()
    later_rounds = stop(cohort, scheme, path, 1)
    if objective == ["total"]:
        assert {step.tier for step in rounds} == {"total"}
        assert later_rounds[0].n_arcs >= rounds[-1].n_arcs, "the arcs at hand are not forgotten"
    result = rm.match(cohort, scheme, checkpoint=str(path))
    assert result.values == rm.match(cohort, scheme).values
    assert rm.check(result) == []
    assert not path.exists()


def test_a_whole_pairing_leaves_no_checkpoint(cohort, tmp_path):
    path = tmp_path / "prices.npz"
    result = rm.match(cohort, SCHEME, checkpoint=path)
    assert result.matching == rm.match(cohort, SCHEME).matching
    assert list(tmp_path.iterdir()) == []


def test_what_stopped_at_its_time_limit_is_kept(cohort, tmp_path):
    path = tmp_path / "prices.npz"
    assert (
        rm.match(cohort, SCHEME, checkpoint=path, time_limit=1e-9).status is not rm.Status.OPTIMAL
    )
    assert path.exists()


def test_nobody_is_named(cohort, tmp_path):
    path = tmp_path / "prices.npz"
    stop(cohort, SCHEME, path, 1)
    with np.load(path) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files if name != "key"} == {"i"}
        assert len(str(arrays["key"])) < 100


def wrong_seed(path: Path, cohort: rm.Cohort) -> None:
    rm.match(cohort, SCHEME, checkpoint=path, seed=1)


def wrong_cohort(path: Path, cohort: rm.Cohort) -> None:
    rm.match(rm.synthetic.cohort(180, 170, seed=6), SCHEME, checkpoint=path)


def wrong_scheme(path: Path, cohort: rm.Cohort) -> None:
    rm.match(cohort, SCHEME.model_copy(update={"objective": ("total",)}), checkpoint=path)


@pytest.mark.parametrize("match", [wrong_seed, wrong_cohort, wrong_scheme])
def test_a_checkpoint_of_something_else_is_refused_and_left(cohort, tmp_path, match):
    path = tmp_path / "prices.npz"
    stop(cohort, SCHEME, path, 1)
    before = path.read_bytes()
    with pytest.raises(RecordError, match=r"prices\.npz.*another cohort, scheme or seed.*remove"):
        match(path, cohort)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_a_file_that_is_no_checkpoint_is_refused_and_left(cohort, tmp_path, content):
    path = tmp_path / "prices.npz"
    stop(cohort, SCHEME, path, 1)
    path.write_bytes(path.read_bytes()[:-300] if content is None else content)
    before = path.read_bytes()
    with pytest.raises(RecordError, match="not a complete checkpoint"):
        rm.match(cohort, SCHEME, checkpoint=path)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_told_before_hours_of_work(cohort, tmp_path):
    with pytest.raises(RecordError, match="cannot be written"):
        rm.match(cohort, SCHEME, checkpoint=tmp_path / "nowhere" / "prices.npz")


def altered(path: Path, **changes: np.ndarray) -> None:
    with np.load(path) as arrays:
        data = dict(arrays)
    with path.open("wb") as file:
        np.savez(file, **{**data, **changes})


def test_scores_of_another_day_are_not_believed(cohort, tmp_path):
    path = tmp_path / "prices.npz"
    stop(cohort, SCHEME, path, 1)
    with np.load(path) as arrays:
        scores, rows = arrays["scores"], arrays["rows"]
    altered(path, scores=scores - 1)
    with pytest.raises(RecordError, match="other scores than these people have now"):
        rm.match(cohort, SCHEME, checkpoint=path)
    for wrong in (rows + 1_000, rows[:-1]):
        altered(path, scores=scores, rows=wrong)
        with pytest.raises(RecordError, match="not a complete checkpoint"):
            rm.match(cohort, SCHEME, checkpoint=path)
