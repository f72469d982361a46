"""Progress is for a person who waits: on stderr, after a while, and only when asked for."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from helpers.signals import hearing_ctrl_c  # noqa: F401  # a fixture
from rmmatch import progress
from rmmatch.checking import pair_sums
from rmmatch.cli import main
from rmmatch.progress import Bar, progress_bar
from rmmatch.solving import api

COHORT, SCHEME = rm.synthetic.demo()
RESULT = rm.match(COHORT, SCHEME)
ASKED: dict[str, Callable[..., Any]] = {
    "match": lambda **how: rm.match(COHORT, SCHEME, **how),
    "check": lambda **how: rm.check(RESULT, **how),
    "compare": lambda **how: rm.compare([COHORT], SCHEME, ["total", "greedy"], **how),
}
WORDS = {"match": "pairing", "check": "checking the proof", "compare": "comparing"}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY_S", 0)
    monkeypatch.setattr(api, "_MAX_MATRIX_PAIRS", 0)


@pytest.mark.parametrize("name", ASKED)
def test_asked_for_it_is_on_stderr_and_changes_nothing(
    name: str, at_once: None, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, watched = ASKED[name](), ASKED[name](progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert WORDS[name] in err
    if name == "match":
        assert watched.matching == plain.matching
    if name == "compare":
        assert watched.rows == plain.rows


@pytest.mark.parametrize("name", ASKED)
def test_nothing_is_written_unless_asked(
    name: str, at_once: None, capsys: pytest.CaptureFixture[str]
) -> None:
    ASKED[name]()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ASKED)
def test_what_is_soon_done_shows_no_bar(
    name: str, at_once: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "DELAY_S", 3600)
    ASKED[name](progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_step_that_takes_long_is_drawn_meanwhile(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "DELAY_S", 0.1)
    monkeypatch.setattr(progress, "BEAT_S", 0.1)
    err = ""
    with progress_bar("pairing", total=None, unit="round", is_shown=True) as bar:
        bar.update(0, words="choosing")
        for _ in range(600):  # until it is drawn twice more, a minute at most
            err += capsys.readouterr().err
            if err.count("choosing") > 1:
                break
            time.sleep(0.1)
    assert err.count("choosing") > 1


def test_words_are_shown_once_the_delay_is_over(
    at_once: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar("reading", total=3, unit="table", is_shown=True) as bar:
        bar.update(2, words="the second")
    assert "reading" in (err := capsys.readouterr().err)
    assert "2/3" in err
    assert "the second" in err


def test_a_bar_of_nobody_counts_silently(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar() as bar:
        bar.update(5, words="anything")
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("hearing_ctrl_c")
def test_ctrl_c_ends_a_check_in_threads_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    look = pair_sums.PairSums._scan_strip

    def interrupted(self: Any, *args: Any) -> Any:
        begun.append(args)
        if len(begun) == 1:
            signal.raise_signal(signal.SIGINT)
        return look(self, *args)

    monkeypatch.setattr(pair_sums.PairSums, "_scan_strip", interrupted)
    monkeypatch.setattr(pair_sums, "_MENTEES_PER_STRIP", 1)
    for workers in (1, 2):
        begun.clear()
        with pytest.raises(KeyboardInterrupt):
            rm.check(RESULT, workers=workers)


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    assert main(["demo", "--out", str(tmp_path)]) == 0
    return tmp_path


def commands(demo: Path) -> list[list[str]]:
    tables = [str(demo / "mentors.csv"), str(demo / "mentees.csv")]
    tables += ["--scheme", str(demo / "scheme.yaml")]
    return [
        ["match", *tables, "--out", str(demo / "again")],
        ["check", str(demo / "run.json"), *tables[:2]],
        ["compare", *tables, "--strategies", "total,greedy"],
    ]


def test_the_command_shows_it_on_a_terminal_unless_quiet(
    demo: Path,
    at_once: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for command in commands(demo):
        capsys.readouterr()
        monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
        assert main(command) == 0
        plain = capsys.readouterr()
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert main(command) == 0
        watched = capsys.readouterr()
        assert main([*command, "--quiet"]) == 0
        quiet = capsys.readouterr()
        assert watched.err
        assert plain.err == quiet.err == ""
        assert plain.out == watched.out == quiet.out
