"""Proposed, reviewed, approved: the steps that can be taken, and those that cannot."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from rmmatch.errors import NoMatchingError, RecordError, ReviewError, SchemeError
from rmmatch.matching import save_review

IDS = range(4)
SCORES = {(f"E{e}", f"M{m}"): ((3 * e + 5 * m) % 7) / 7 for e in IDS for m in IDS}
NOW = datetime(2026, 3, 1, 9, 30, 15, 999, tzinfo=UTC)


def proposed(**keys: Any) -> rm.Result:
    return rm.match(cohort_of(people("E", 4), people("M", 4)), table_scheme(SCORES, **keys))


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return proposed()


def most_pairs(pinned: set[tuple[str, str]], banned: set[tuple[str, str]]) -> int:
    """How many pairs can be made at most: every way to give the mentees a mentor is looked at."""
    mentees = [f"E{e}" for e in IDS]
    ways = (
        {pair for pair in zip(mentees, mentors, strict=True) if pair not in banned}
        for mentors in permutations(f"M{m}" for m in IDS)
    )
    return max(len(pairs) for pairs in ways if pinned <= pairs)


def most_kept(
    old: set[tuple[str, str]], pinned: set[tuple[str, str]], banned: set[tuple[str, str]]
) -> int:
    """How many of the old pairs can stay at most beside those that must."""
    free = {
        pair
        for pair in old - banned
        if pair in pinned or not any(pair[0] == e or pair[1] == m for e, m in pinned)
    }
    return len(free)


def reasons(error: ReviewError) -> set[str]:
    return {item.reason for item in error.items}


# --- every way through -----------------------------------------------------------------------


class Reviewing(RuleBasedStateMachine):
    """A plain model of the states beside the real thing, whatever a coordinator does next."""

    def __init__(self) -> None:
        super().__init__()
        self.result = proposed()
        self.state = "proposed"
        self.locked: set[tuple[str, str]] = set()
        self.rejected: dict[tuple[str, str], str] = {}
        self.banned: set[tuple[str, str]] = set()  # rejected in rounds before this one
        self.kept: set[tuple[str, str]] = set()  # locked in rounds before this one
        self.own: set[tuple[str, str]] = set()  # put together, and not yet paired
        self.log: tuple[Any, ...] = ()
        self.n_pairs = 4

    def take(self, action: Any, is_allowed: bool) -> None:
        """Take a step where the model allows it; else it must fail and change nothing."""
        before = self.result
        if not is_allowed:
            with pytest.raises(ReviewError):
                action()
            assert before.review.log == self.log
            return
        self.result = action()
        assert before.review.log == self.log  # what was there is untouched
        assert self.result.review.log[: len(self.log)] == self.log
        assert len(self.result.review.log) == len(self.log) + 1
        self.log = self.result.review.log

    @rule(at=st.integers(0, 3), why=st.sampled_from(["same choir", "her sister", " "]))
    def reject(self, at: int, why: str) -> None:
        pair = list(self.result.made)[at % len(self.result.made)]
        is_allowed = self.state != "approved" and bool(why.strip())
        self.take(lambda: rm.review(self.result, by="A", reject={pair: why}), is_allowed)
        if is_allowed:
            self.state = "reviewed"
            self.locked.discard(pair)
            self.kept.discard(pair)
            self.rejected[pair] = why
            self.own.discard(pair)

    @rule(mentee=st.sampled_from(IDS), mentor=st.sampled_from(IDS))
    def together(self, mentee: int, mentor: int) -> None:
        pair = f"E{mentee}", f"M{mentor}"
        staying = self.locked | self.kept | self.own
        is_free = not any(self.share(pair, other) for other in staying)
        is_allowed = self.state != "approved" and pair not in self.result.made and is_free
        self.take(lambda: rm.review(self.result, together=[pair]), is_allowed)
        if is_allowed:
            self.state = "reviewed"
            self.banned.discard(pair)
            self.own.add(pair)

    @staticmethod
    def share(pair: tuple[str, str], other: tuple[str, str]) -> bool:
        return pair != other and (pair[0] == other[0] or pair[1] == other[1])

    @precondition(lambda self: self.state == "reviewed")
    @rule()
    def undo(self) -> None:
        """What is undone twice is as it was."""
        said = self.result.review
        back = rm.undo(self.result)
        forth = rm.undo(back).review
        assert (forth.locked, forth.rejected) == (said.locked, said.rejected)
        before = type(said)(said.log[:-1])
        assert back.review.locked == before.locked
        assert back.review.ever_rejected == before.ever_rejected

    @rule(at=st.integers(0, 3))
    def lock(self, at: int) -> None:
        pair = list(self.result.made)[at % len(self.result.made)]
        is_free = not any(self.share(pair, other) for other in self.locked | self.kept | self.own)
        is_allowed = self.state != "approved" and is_free
        self.take(lambda: rm.review(self.result, lock=[pair], comment="fits"), is_allowed)
        if is_allowed:
            self.state = "reviewed"
            self.rejected.pop(pair, None)
            self.locked.add(pair)

    @rule(at=st.integers(0, 3))
    def release(self, at: int) -> None:
        pair = list(self.result.made)[at % len(self.result.made)]
        is_allowed = self.state != "approved" and pair in {
            *self.locked,
            *self.rejected,
            *self.kept,
        }
        self.take(lambda: rm.review(self.result, release=[pair]), is_allowed)
        if is_allowed:
            self.state = "reviewed"
            self.locked.discard(pair)
            self.kept.discard(pair)
            self.rejected.pop(pair, None)

    @rule()
    def approve(self) -> None:
        is_allowed = self.state == "reviewed" and not self.rejected and not self.own
        self.take(lambda: rm.approve(self.result, by="B"), is_allowed)
        self.state = "approved" if is_allowed else self.state

    @precondition(lambda self: len(self.banned | self.rejected.keys()) < 5)
    @rule(changes=st.sampled_from(["best", "fewest"]))
    def match_again(self, changes: Any) -> None:
        is_allowed = self.state == "reviewed"
        old = set(self.result.made)
        self.take(lambda: rm.match_again(self.result, changes=changes), is_allowed)
        if is_allowed:
            self.state = "proposed"
            self.kept |= self.own
            self.own = set()
            if changes == "fewest":
                banned = self.banned | self.rejected.keys()
                most = most_kept(old - banned, self.kept | self.locked, banned)
                assert len(old & set(self.result.made)) == most
            self.banned |= self.rejected.keys()
            self.kept |= self.locked
            assert self.kept <= set(self.result.made)
            self.locked, self.rejected = set(), {}
            self.n_pairs = most_pairs(self.kept, self.banned)
            if changes == "fewest":  # old pairs come before the number of pairs
                assert len(self.result.made) <= self.n_pairs
                self.n_pairs = len(self.result.made)

    @invariant()
    def agrees_with_the_model(self) -> None:
        said = self.result.review
        assert said.state == self.state
        assert set(said.locked) == self.locked | self.kept | self.own
        assert said.rejected == self.rejected
        assert said.ever_rejected.keys() == self.banned | self.rejected.keys()
        assert self.banned.isdisjoint(self.result.made)
        assert len(self.result.made) == self.n_pairs
        assert rm.check(self.result) == []

    @invariant()
    def survives_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.result.save(Path(folder) / "run.json")
            assert rm.load_result(Path(folder) / "run.json").review == self.result.review


Reviewing.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestReviewing = Reviewing.TestCase


# --- what is kept ----------------------------------------------------------------------------


def test_the_log_says_who_when_and_why(result: rm.Result) -> None:
    first, second, *_ = result.made
    west = NOW.astimezone(timezone(timedelta(hours=-5)))
    seen = rm.review(
        result, by=" A. Name ", lock=[first], reject={second: "same choir"}, comment="late", at=west
    )
    [step] = seen.review.log
    assert (step.by, step.at, step.comment) == ("A. Name", "2026-03-01T09:30:15+00:00", "late")
    assert step.reject == ((*second, "same choir"),)
    assert (seen.matching, seen.values) == (result.matching, result.values)
    assert result.review.log == ()
    assert repr(seen.review) == (
        "Review: reviewed 2026-03-01T09:30:15+00:00 by A. Name\n"
        "  reviewed 2026-03-01T09:30:15+00:00 by A. Name: "
        f"locked {' and '.join(first)}; rejected {' and '.join(second)} (same choir); late"
    )
    for shown in (repr(seen), seen._repr_html_()):
        assert "State: reviewed 2026-03-01T09:30:15+00:00 by A. Name" in shown
        assert "choir" not in shown
        assert "late" not in shown
    assert "State" not in repr(result)


def test_without_a_name_and_a_time_it_is_now_and_nobody(result: rm.Result) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    [step] = rm.review(result).review.log
    assert before <= datetime.fromisoformat(step.at) <= datetime.now(UTC)
    assert step.by == ""
    assert "by" not in step.summary


def test_other_pairs_are_not_reviewed(result: rm.Result) -> None:
    approved = rm.approve(rm.review(result, by="A"))
    assert approved.replace(seed=3).review.state == "approved"
    fewer = rm.Matching(approved.made.pairs[:2])
    assert approved.replace(matching=fewer).review.state == "proposed"
    assert approved.replace(scheme=rm.Scheme()).review.state == "proposed"
    assert rm.what_if(approved, capacity={"M0": 2}).result.review.state == "proposed"


def test_locks_and_rejections_of_every_round_hold(result: rm.Result) -> None:
    first, second, *_ = result.made
    again = rm.match_again(rm.review(result, lock=[first], reject={second: "no"}), by="A")
    assert first in again.made
    assert second not in again.made
    third = next(pair for pair in again.made if pair != first)
    last = rm.match_again(rm.review(again, reject={third: "no"}))
    assert first in last.made
    assert not {second, third} & set(last.made)
    assert [step.state for step in last.review.log] == ["reviewed", "proposed"] * 2
    assert last.review.log[1].summary.startswith("paired again ")
    assert (last.review.rejected, set(last.review.ever_rejected)) == ({}, {second, third})
    # a pair locked before may be rejected later: the last word counts
    given_up = rm.match_again(rm.review(last, reject={first: "they fell out"}))
    assert not {first, second, third} & set(given_up.made)


def test_a_rejected_pin_of_the_tables_is_an_error_of_its_own(result: rm.Result) -> None:
    cohort = cohort_of(people("E", 4), people("M", 4), {"pinned": [("E0", "M0")]})
    pinned = rm.match(cohort, table_scheme(SCORES))
    with pytest.raises(SchemeError, match="forbids this pinned pair"):
        rm.match_again(rm.review(pinned, reject={("E0", "M0"): "no"}))
    scheme = table_scheme(SCORES, rules=[{"type": "pairs", "pin": [["E0", "M0"]]}])
    listed = rm.match(result.cohort, scheme)
    assert ("E0", "M0") not in rm.match_again(rm.review(listed, reject={("E0", "M0"): "no"})).made


# --- what cannot be done ---------------------------------------------------------------------


def test_every_problem_of_a_review_is_told_at_once(result: rm.Result) -> None:
    first, second, third, _ = result.made
    wrong = next((e, m) for e, m in SCORES if (e, m) not in result.made)
    with pytest.raises(ReviewError) as caught:
        rm.review(
            result,
            lock=[wrong, ("E9", "M0"), first],
            reject={first: "no", second: ""},
            release=[third],
        )
    assert reasons(caught.value) == {
        "is not a pair of the result",
        "no mentee has this id",
        "has no reason",
        "is named twice",
        "is neither locked nor rejected",
    }
    [unknown] = [item for item in caught.value.items if item.code == "unknown_person"]
    assert (unknown.file, unknown.column, unknown.value) == ("review", "mentee", "E9")
    assert f"{wrong[0]} is paired with {result.made.partners('mentee', wrong[0])[0]}" in str(
        caught.value
    )


@pytest.mark.parametrize("pair", ["E0", ("E0",), ("E0", "M0", "x")])
def test_what_is_not_a_pair_is_told(result: rm.Result, pair: Any) -> None:
    with pytest.raises(ReviewError, match="is not a pair"):
        rm.review(result, lock=[pair])


def test_a_time_without_a_zone_is_refused(result: rm.Result) -> None:
    with pytest.raises(ReviewError, match="no time zone"):
        rm.review(result, at=datetime(2026, 3, 1))


def test_what_breaks_a_rule_cannot_be_approved(result: rm.Result) -> None:
    scheme = table_scheme(SCORES, rules=[{"type": "minimum_score", "at_least": 1}])
    broken = rm.review(result.replace(scheme=scheme))
    with pytest.raises(ReviewError) as caught:
        rm.approve(broken)
    assert len(caught.value.items) > 1
    assert "the score must be at least 100 points" in str(caught.value)


def test_nothing_is_said_of_no_pairs() -> None:
    mentees = [person("E0", min_load=1)]
    scheme = table_scheme({}, rules=[{"type": "minimum_score", "at_least": 1}])
    nothing = rm.match(cohort_of(mentees, people("M", 1)), scheme)
    assert nothing.status is rm.Status.INFEASIBLE
    for action in (rm.review, rm.approve, rm.match_again):
        with pytest.raises(NoMatchingError):
            action(nothing)


# --- records ---------------------------------------------------------------------------------


def test_a_record_from_before_there_were_reviews_is_proposed(
    result: rm.Result, tmp_path: Path
) -> None:
    result.save(tmp_path / "run.json")
    assert "review" not in json.loads((tmp_path / "run.json").read_text())["run"]
    assert rm.load_result(tmp_path / "run.json").review.state == "proposed"


def test_a_review_goes_into_the_record_and_changes_nothing_else(
    result: rm.Result, tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    result.save(path, sensitive=True)
    before = json.loads(path.read_text())["run"]
    seen = rm.review(rm.load_result(path), by="A")
    save_review(path, seen)
    after = json.loads(path.read_text())["run"]
    assert after.pop("review") == [{"state": "reviewed", "at": seen.review.log[0].at, "by": "A"}]
    assert after == before
    # Somebody who looked at the record before that does not undo it.
    with pytest.raises(RecordError, match="meanwhile"):
        save_review(path, rm.review(result, comment="I was second"))
    with pytest.raises(RecordError, match="of other pairs"):
        save_review(path, rm.match_again(rm.review(seen, reject={result.made.pairs[0]: "no"})))
    assert rm.load_result(path).review == seen.review


@pytest.mark.parametrize(
    "log", [[{"state": "blessed", "at": ""}], [{"at": ""}], [{"state": "reviewed", "at": 3}], 7]
)
def test_a_log_that_is_none_is_refused(result: rm.Result, tmp_path: Path, log: Any) -> None:
    from rmmatch.matching.records.record import digest_of

    path = tmp_path / "run.json"
    result.save(path)
    record = json.loads(path.read_text())
    record["run"]["review"] = log
    record["sha256"] = digest_of(record["run"])
    path.write_text(json.dumps(record))
    with pytest.raises(RecordError, match=r"run\.json, review"):
        rm.load_result(path)


# --- what others read ------------------------------------------------------------------------


def test_a_participant_is_told_that_it_is_a_proposal_until_it_is_approved() -> None:
    free = rm.match(cohort_of(people("E", 1), people("M", 2)), table_scheme({("E0", "M0"): 1}))
    seen = rm.review(free, by="A. Name", comment="a good one")
    for result, is_open in ((free, True), (seen, True), (rm.approve(seen), False)):
        for who in ({"mentee": "E0"}, {"mentor": "M0"}, {"mentor": "M1"}):
            told = rm.explain(result, **who, audience="participant")
            assert ("This is a proposal: the pairs may still change." in told.sentences) is is_open
            assert "A. Name" not in told.to_json()
            assert "a good one" not in told.to_json()


def test_files_say_the_state_and_neither_reasons_nor_comments(tmp_path: Path) -> None:
    from python_calamine import load_workbook

    from rmmatch.desk.reporting import write_files

    result = proposed()
    pair = result.made.pairs[0]
    seen = rm.review(result, by="A. Name", reject={pair: "same choir"}, comment="too late", at=NOW)
    for name, run, state in (
        ("a", result, "proposed, not yet reviewed"),
        ("b", seen, "reviewed 2026-03-01T09:30:15+00:00 by A. Name"),
    ):
        write_files(run, tmp_path / name)
        text = (tmp_path / name / "explanations.txt").read_text(encoding="utf-8")
        assert f"State: {state}\n" in text
        book = load_workbook(str(tmp_path / name / "pairing.xlsx"))
        sheets = [book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names]
        assert ["run", "state", state] in sheets[-1]
        assert "choir" not in f"{sheets} {text}"
        assert "too late" not in f"{sheets} {text}"


def test_the_fewest_changes_leave_everybody_else_alone(result: rm.Result) -> None:
    first = result.made.pairs[0]
    seen = rm.review(result, reject={first: "no"})
    fewest, best = rm.match_again(seen, changes="fewest"), rm.match_again(seen)
    assert set(result.made) - set(fewest.made) == {first}
    values = [(len(run.made), run.values["total"]) for run in (fewest, best)]
    assert values[0] <= values[1]
    assert rm.check(fewest) == []
    later = rm.match_again(rm.review(fewest))  # the best of all again, and no tier is left behind
    assert later.made == best.made
    assert later.values.keys() == best.values.keys()
    with pytest.raises(ValueError, match="changes must be"):
        rm.match_again(seen, changes="few")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="goes with"):
        rm.match_again(seen, most_changes=1)


def test_two_are_put_together_and_a_rule_may_forbid_it() -> None:
    scheme = table_scheme(SCORES, rules=[{"type": "minimum_score", "at_least": 0.2}])
    result = rm.match(cohort_of(people("E", 4), people("M", 4)), scheme)
    open_pairs = {pair for pair, score in SCORES.items() if score >= 0.2} - set(result.made)
    pair = min(open_pairs)
    price = rm.what_if(result, pin=[pair]).price
    seen = rm.review(result, together=[pair], by="A")
    assert seen.review.locked == (pair,)
    with pytest.raises(ReviewError, match="is to be put together"):
        rm.approve(seen)
    again = rm.match_again(seen)
    assert pair in again.made
    lost = result.values["total"] - again.values["total"]
    assert price["total"] == pytest.approx(lost / 1_000_000)
    barred = min(pair for pair, score in SCORES.items() if score < 0.2)
    with pytest.raises(ReviewError) as caught:
        rm.review(result, together=[barred, result.made.pairs[0]])
    assert "is a pair of the result already" in str(caught.value)
    with pytest.raises(ReviewError, match="the score must be at least 20 points"):
        rm.review(result, together=[barred])
    with pytest.raises(ReviewError, match=r"would stay with .* and has 1 place"):
        rm.review(seen, together=[min(p for p in open_pairs if p[1] == pair[1] and p != pair)])


def test_a_step_back_is_a_step_of_the_log(result: rm.Result) -> None:
    first, second, *_ = result.made
    seen = rm.review(rm.review(result, lock=[first]), reject={first: "no", second: "never"})
    back = rm.undo(seen, by="A")
    assert (back.review.locked, back.review.rejected) == ((first,), {})
    assert [step.comment for step in back.review.log] == ["", "", "took the last step back"]
    for nothing in (result, rm.match_again(seen), rm.approve(rm.review(result))):
        with pytest.raises(ReviewError):
            rm.undo(nothing)


def test_a_list_made_by_hand_is_reviewed_and_approved_like_any_other(
    result: rm.Result, tmp_path: Path
) -> None:
    by_hand = rm.adopt(result.made.pairs[1:], result.cohort, result.scheme, by="A. Coordinator")
    assert by_hand.status is rm.Status.FEASIBLE
    assert by_hand.review.log[0].by == "A. Coordinator"
    approved = rm.approve(rm.review(by_hand), by="B. Dean")
    approved.save(tmp_path / "run.json")
    loaded = rm.load_result(tmp_path / "run.json")
    assert (loaded.made, loaded.review) == (approved.made, approved.review)
    result.made.to_csv(tmp_path / "pairs.csv")
    same = rm.adopt(tmp_path / "pairs.csv", result.cohort, result.scheme)
    assert same.made == result.made
    strict = table_scheme(SCORES, rules=[{"type": "minimum_score", "at_least": 1}])
    broken = rm.adopt(result.made.pairs, result.cohort, strict)
    with pytest.raises(ReviewError, match="must be at least 100 points"):
        rm.approve(rm.review(broken))


def test_what_an_earlier_round_said_can_be_taken_back(result: rm.Result) -> None:
    stays, goes = list(result.made)[:2]
    first = rm.match_again(rm.review(result, lock=[stays], reject={goes: "same choir"}))
    assert goes not in first.made
    freed = rm.review(first, release=[stays, goes])
    assert freed.review.released == {stays, goes}
    second = rm.match_again(freed)
    assert second.made == result.made
    assert second.review.ever_rejected == {}
    rules = [rule for rule in second.scheme.rules if isinstance(rule, rm.rules.Pairs)]
    assert not any({stays, goes} & {*rule.pin, *rule.forbid} for rule in rules)
    with pytest.raises(ReviewError, match="neither locked nor rejected"):
        rm.review(second, release=[stays])
