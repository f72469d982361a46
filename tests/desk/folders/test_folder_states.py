"""Whatever is done, and whenever the folder is opened again: the state is that of the acts."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import rmmatch as rm
from helpers.folders import make_folder
from rmmatch.desk.folders import Run
from rmmatch.errors import FolderError, ReviewError

WAYS = st.sampled_from(["fewest", "best"])
DRAW = st.integers(0, 10_000)


def state_of(run: Run) -> tuple[Any, ...]:
    """What a person sees of a run: pairs, what was said of them, what they are worth."""
    result = run.result
    said = result.review
    return result.made.pairs, said.locked, said.rejected, said.log, dict(result.values)


class FolderMachine(RuleBasedStateMachine):
    """A folder beside a list of the states that it should go back to."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.folder = rm.open_folder(make_folder(self.place / "scheme", 4, 4), by="Ann Lee")
        self.states = [state_of(self.folder.pair())]
        self.n_acts = 1

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.close()
            shutil.rmtree(self.place)

    @property
    def run(self) -> Run:
        run = self.folder.current
        assert run is not None
        return run

    def a_pair(self, draw: int) -> tuple[str, str]:
        pairs = self.run.result.made.pairs
        return pairs[draw % len(pairs)]

    def acted(self, run: Run) -> None:
        self.n_acts += 1
        self.states.append(state_of(run))

    @rule(draw=DRAW)
    def keep(self, draw: int) -> None:
        pair = self.a_pair(draw)
        is_locked = pair in self.run.result.review.locked
        run = self.folder.keep(pair)
        if not is_locked:
            self.acted(run)

    @rule(draw=DRAW, changes=WAYS)
    @precondition(lambda self: len(self.run.result.made) > 0)
    def turn_down(self, draw: int, changes: Any) -> None:
        pair = self.a_pair(draw)
        preview = self.folder.preview_turn_down(pair)
        expected = preview.fewest if changes == "fewest" else preview.best
        try:
            run = self.folder.turn_down(pair, "same team", changes)
        except (FolderError, ReviewError):
            assert not expected.is_possible
            return
        assert run.acts[-1].price["lost_points"] == expected.lost_points
        assert pair not in run.result.made
        self.acted(run)

    @rule(mentee=DRAW, mentor=DRAW, changes=WAYS)
    def put_together(self, mentee: int, mentor: int, changes: Any) -> None:
        sides = self.run.result.cohort.sides
        pair = sides[0].ids[mentee % len(sides[0])], sides[1].ids[mentor % len(sides[1])]
        before = self.run
        try:
            run = self.folder.put_together(pair, changes)
        except (FolderError, ReviewError):
            assert state_of(self.run) == self.states[-1]
            return
        assert pair in run.result.made
        assert pair in run.result.review.locked
        if len(run.acts) > len(before.acts):
            self.acted(run)

    @rule(changes=WAYS)
    def pair_again(self, changes: Any) -> None:
        self.acted(self.folder.pair_again(changes))

    @rule()
    def undo(self) -> None:
        if len(self.states) == 1:
            return
        self.states.pop()
        self.n_acts += 1
        assert state_of(self.folder.undo()) == self.states[-1]

    @rule()
    def open_again(self) -> None:
        acts = self.run.acts
        self.folder.close()
        self.folder = rm.open_folder(self.place / "scheme", by="Ann Lee")
        assert self.run.acts == acts

    @rule()
    def open_from_the_history_alone(self) -> None:
        self.folder.close()
        (self.place / "scheme" / "runs" / self.name / "run.json").unlink()
        self.folder = rm.open_folder(self.place / "scheme", by="Ann Lee")

    @property
    def name(self) -> str:
        return next((self.place / "scheme" / "runs").iterdir()).name

    @invariant()
    def the_state_is_that_of_the_acts(self) -> None:
        if not hasattr(self, "folder"):
            return
        run = self.run
        assert state_of(run) == self.states[-1]
        assert [act.number for act in run.acts] == list(range(1, self.n_acts + 1))
        saved = rm.load_result(run.path / "run.json")
        assert (saved.made, saved.review) == (run.result.made, run.result.review)


TestFolderStates = FolderMachine.TestCase
TestFolderStates.settings = settings(deadline=None, stateful_step_count=12, max_examples=15)
