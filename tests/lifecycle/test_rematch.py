"""Rematch: what trying every matching gives, where what was kept counts before anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.brute_force import best_by_enumeration
from helpers.people import cohort_of, pairs_of, people, person, table_scheme
from helpers.random_problems import Problem, problems, weighed_scores
from rmmatch.checking import values_on_tiers
from rmmatch.cohort import Relation
from rmmatch.lifecycle.rematch.keep_all import keep_all
from rmmatch.scheme.objectives import Aim
from rmmatch.solving import Stop

ROOMY = [HealthCheck.filter_too_much]  # many small problems have no matching, or no pair
MANY = settings(max_examples=60, deadline=None, suppress_health_check=ROOMY)
SOME = settings(MANY, max_examples=40)
FEW = settings(MANY, max_examples=20)
QUOTAS: list[list[dict[str, Any]]] = [
    [],
    [],
    [],
    [{"side": "mentors", "column": "group", "value": "a", "at_least": 1}],
    [{"side": "mentees", "column": "group", "value": "b", "at_most": 1}],
]


class Asked:
    """A paired problem, what happens to it, and the problem that this makes."""

    def __init__(self, problem: Problem, data: st.DataObject) -> None:
        self.result = problem.match()
        assume(self.result.matching is not None)
        made = sorted(self.result.made)
        everybody = [("mentee", one["id"]) for one in problem.mentees]
        everybody += [("mentor", one["id"]) for one in problem.mentors]
        self.gone = data.draw(st.lists(st.sampled_from(everybody), max_size=3, unique=True))
        asking = data.draw(st.lists(st.sampled_from(made), max_size=3, unique=True)) if made else []
        n_part = data.draw(st.integers(0, len(asking)))
        self.part = asking[:n_part]
        self.stay = [pair for pair in asking[n_part:] if self.is_there(pair)]
        self.problem = Problem(**vars(problem))
        for name, role in (("mentees", "mentee"), ("mentors", "mentor")):
            side = [
                {**one, "status": "withdrawn"} if (role, one["id"]) in self.gone else one
                for one in getattr(problem, name)
            ]
            setattr(self.problem, name, side)
        self.problem.forbid = [*problem.forbid, *self.part]
        self.problem.pins = {
            pair for pair in problem.pins if self.is_there(pair) and pair not in self.part
        } | set(self.stay)
        self.old = {pair for pair in made if self.is_there(pair) and pair not in self.part}
        self.problem.relations = {**problem.relations, "kept": sorted(self.old)}
        self.problem.objective = ("kept_pairs", *problem.objective)

    def is_there(self, pair: tuple[str, str]) -> bool:
        return ("mentee", pair[0]) not in self.gone and ("mentor", pair[1]) not in self.gone

    def rematch(self, **more: Any) -> rm.Rematch:
        return rm.rematch(self.result, withdrawn=self.gone, part=self.part, stay=self.stay, **more)

    def best(self, objective: tuple[Any, ...] | None = None) -> Any:
        self.problem.objective = objective or self.problem.objective
        cohort, scheme = self.problem.cohort(), self.problem.scheme()
        weighed = weighed_scores(cohort, scheme)
        return best_by_enumeration(cohort, scheme, self.problem.pins, weighed)


@st.composite
def all_kinds(draw: Any) -> Problem:
    problem = draw(problems(most_people=5))
    quotas = draw(st.sampled_from(QUOTAS))
    if all(
        quota["value"] in {p["group"] for p in vars(problem)[quota["side"]]} for quota in quotas
    ):
        problem.quotas = quotas
    problem.min_load = draw(st.sampled_from(["hard", "hard", "if_used"]))
    return problem


@MANY
@given(all_kinds(), st.data())
def test_as_many_old_pairs_stay_as_can_and_then_the_best_is_made(
    problem: Problem, data: st.DataObject
) -> None:
    asked = Asked(problem, data)
    again = asked.rematch()
    best = asked.best()
    if best.values is None:
        assert again.result.status is rm.Status.INFEASIBLE
        assert again.result.conflict is not None
        assert (again.kept, again.n_changed, again.notices()) == ((), 0, ())
        return
    assert again.result.status is rm.Status.OPTIMAL
    assert dict(again.result.values) == best.values
    assert pairs_of(again.result) in best.matchings
    assert len(again.kept) == best.values["kept_pairs"] == again.result.objective["kept_pairs"]
    assert set(again.stayed) <= set(again.result.made)
    assert not set(again.parted) & set(again.result.made)
    assert rm.check(again.result) == []
    # however it was solved, ties are broken as by one solve of the whole
    whole = rm.match(again.result.cohort, again.result.scheme)
    assert whole.matching == again.result.matching


@SOME
@given(problems(most_people=6), st.data())
def test_only_the_places_that_are_left_are_solved_where_all_old_pairs_can_stay(
    problem: Problem, data: st.DataObject
) -> None:
    most = data.draw(st.sampled_from((1, 2, 3)))
    for one in (*problem.mentees, *problem.mentors):
        one["min_load"] = 0
        one["capacity"] = min(3, one["capacity"] * most)
    asked = Asked(problem, data)
    assume(asked.old)
    again = asked.rematch()
    assert again.result.solver.startswith(f"{len(asked.old)} old pairs stay")
    assert set(again.kept) == asked.old
    assert rm.check(again.result) == []
    whole = rm.match(again.result.cohort, again.result.scheme)
    assert whole.matching == again.result.matching
    assert whole.values == again.result.values


@SOME
@given(all_kinds(), st.data(), st.integers(1, 3))
def test_pairs_are_given_up_only_for_something_better_and_as_few_as_that_needs(
    problem: Problem, data: st.DataObject, most: int
) -> None:
    asked = Asked(problem, data)
    again = asked.rematch(most_changes=most)
    least = asked.best()
    if least.values is None:
        assert again.result.status is rm.Status.INFEASIBLE
        return
    n_kept = least.values["kept_pairs"]
    share = (most + 0.5) / max(n_kept, 1)
    first = (Aim(tier="kept_pairs", within=share),) if n_kept > most else ()
    best = asked.best((*first, *problem.objective))
    own = {tier: value for tier, value in best.values.items() if tier != "kept_pairs"}
    # also on a tier that decides nothing beside the pairs that are kept, and so is left out
    values = values_on_tiers(again.result.scores, *again.result.positions, (*own, "kept_pairs"))
    assert {tier: values[tier] for tier in own} == own
    assert again.result.values.items() <= values.items()
    assert pairs_of(again.result) in best.matchings
    assert len(again.kept) == max(len(asked.old & pairs) for pairs in best.matchings)
    assert len(again.kept) == again.result.objective["kept_pairs"]
    assert len(again.kept) >= n_kept - most
    assert rm.check(again.result) == []


@FEW
@given(problems(most_people=4), st.data())
def test_a_rematch_of_a_rematch_keeps_what_the_first_one_made(
    problem: Problem, data: st.DataObject
) -> None:
    first = Asked(problem, data).rematch().result
    assume(first.matching is not None)
    everybody = [(side.role, id_) for side in first.cohort.sides for id_ in side.ids]
    gone = data.draw(st.lists(st.sampled_from(everybody), max_size=2, unique=True))
    again = rm.rematch(first, withdrawn=gone)
    assume(again.result.matching is not None)
    assert sum(aim.tier == "kept_pairs" for aim in again.result.scheme.aims) <= 1
    if not any(one["min_load"] for one in (*problem.mentees, *problem.mentors)):
        there = {p for p in first.made if not {("mentee", p[0]), ("mentor", p[1])} & set(gone)}
        assert there <= pairs_of(again.result)
    assert rm.check(again.result) == []


@FEW
@given(problems(most_people=4))
def test_everybody_left_and_others_joined_is_a_plain_match(problem: Problem) -> None:
    problem.rules, problem.pins, problem.scores = [], set(), {}
    result = problem.match()
    assume(result.matching is not None)
    everybody = [(side.role, id_) for side in result.cohort.sides for id_ in side.ids]
    late = [
        {**one, "id": f"L{one['id']}", "role": role, "min_load": 0}
        for role, side in (("mentee", problem.mentees), ("mentor", problem.mentors))
        for one in side
    ]
    again = rm.rematch(result, withdrawn=everybody, joined=late)
    tables = [
        pd.DataFrame([one for one in late if one["role"] == role]) for role in ("mentor", "mentee")
    ]
    plain = rm.match(rm.read_cohort(*tables), table_scheme({}, objective=problem.objective))
    assert again.result.matching == plain.matching
    assert again.result.values == {"kept_pairs": 0, **plain.values}
    assert again.kept == ()


SCORES = {("E0", "M0"): 0.9, ("E0", "M1"): 0.5, ("E1", "M0"): 0.8, ("E1", "M1"): 0.7}


@pytest.fixture
def result() -> rm.Result:
    """E0 and M0, E1 and M1; M2 is a reserve, E2 has nobody."""
    mentors = [*people("M", 2), person("M2", status="reserve")]
    scheme = table_scheme(SCORES, rules=[{"type": "pairs", "forbid": [["E2", "M2"]]}])
    return rm.match(
        cohort_of([person("E0"), person("E1"), person("E2", status="withdrawn")], mentors), scheme
    )


def told(again: rm.Rematch, audience: str = "participant") -> dict[str, tuple[str, str]]:
    return {one.id: (one.what, one.sentence) for one in again.notices(audience)}


def test_a_reserve_steps_in(result: rm.Result) -> None:
    again = rm.rematch(result, withdrawn=["M1"])
    assert pairs_of(again.result) == {("E0", "M0"), ("E1", "M2")}
    assert again.result.objective == {
        "kept_pairs": 1,
        "applicants": 1,
        "pairs": 2,
        "total": pytest.approx(0.9),
    }
    assert again.changes.to_dict("list") == {
        "id": ["E1", "M1", "M2"],
        "side": ["mentee", "mentor", "mentor"],
        "before": ["M1", "E1", ""],
        "after": ["M2", "", "E1"],
    }
    assert again.n_changed == 3
    assert told(again) == {
        "E1": (
            "new partner",
            "Your pairing with your mentor has ended. A new mentor has been found for you. "
            "The coordinator will tell you who it is.",
        ),
        "M1": (
            "withdrew",
            "You have left the scheme. Thank you for taking part. "
            "Your pairing with your mentee has ended.",
        ),
        "M2": (
            "steps in",
            "You were a reserve, and you now have a place. A mentee has been found for you. "
            "The coordinator will tell you who it is.",
        ),
    }
    assert told(again, "coordinator")["E1"][1] == (
        "E1, mentee: no longer paired with M1 because M1 withdrew; now paired with M2."
    )
    assert told(again, "committee")["E1"][1] == (
        "E1, mentee: no longer paired with M1; now paired with M2."
    )
    assert list(again.notice_rows.columns) == ["id", "side", "what", "sentence"]
    assert again.told.equals(again.notice_rows)
    assert str(again).splitlines()[:2] == [
        "Rematch: M1 withdraws",
        "  1 of 2 pairs continue, 1 is new. There are now 2 pairs.",
    ]
    assert "<li>M2, mentor: from no partner to E1</li>" in again._repr_html_()
    data = json.loads(again.to_json())
    assert data["notices"][0]["letter"] == told(again)["E1"][1]
    assert data["kept"] == [["E0", "M0"]]


def test_two_who_part_are_never_paired_again_and_one_waits(result: rm.Result) -> None:
    again = rm.rematch(result, part=[("E1", "M1")], stay=[("E0", "M0")])
    assert pairs_of(again.result) == {("E0", "M0"), ("E1", "M2")}
    assert told(again)["M0"] == ("place kept", "Your pairing with your mentee continues.")
    waiting = told(again)["M1"]
    assert waiting[0] == "no partner yet"
    assert waiting[1].startswith(
        "Your pairing with your mentee has ended. No new mentee has been found"
    )
    assert "part" not in waiting[1].replace("pair", "").replace("partner", "")
    assert "because the pair asked to separate;" in told(again, "coordinator")["M1"][1]
    later = rm.rematch(again.result, withdrawn=["M2"])
    assert pairs_of(later.result) == {("E0", "M0")}


def test_who_cannot_be_served_is_told_so(result: rm.Result) -> None:
    again = rm.rematch(result, withdrawn=["M0", "M1", "M2"])
    assert "nobody taking part now is suitable for you" in told(again)["E0"][1]
    # a quota keeps them from a partner who is free: that is no matter of theirs
    quota = {"side": "mentees", "column": "group", "value": "a", "at_most": 1}
    cohort = cohort_of([person("E0", group="a")], people("M", 2))
    full = rm.match(cohort, table_scheme({}, quotas=[quota]))
    late = rm.rematch(full, joined=[{"id": "E1", "role": "mentee", "group": "a"}])
    assert told(late)["E1"][1] == (
        "Welcome to the scheme. No mentor has been found for you yet. "
        "We will write to you when that changes."
    )
    assert again.result.cohort.mentors.status.tolist() == ["withdrawn"] * 3
    assert told(rm.rematch(again.result, withdrawn=["M0"])) == {}


def test_late_joiners_are_paired_and_welcomed(result: rm.Result) -> None:
    again = rm.rematch(
        result,
        withdrawn=["E1"],
        joined=[
            {"id": "E8", "role": "mentee"},
            {"id": "M9", "role": "mentor", "status": "reserve"},
        ],
    )
    assert ("E8", "M1") in again.result.made
    assert told(again)["E8"] == (
        "new partner",
        "Welcome to the scheme. A mentor has been found for you. "
        "The coordinator will tell you who it is.",
    )
    assert told(again)["M1"][1] == (
        "Your pairing with your mentee has ended. A new mentee has been found for you. "
        "The coordinator will tell you who it is."
    )
    assert told(again)["M9"][1].startswith("Welcome to the scheme. You are a reserve")
    assert again.joined == (("mentee", "E8"), ("mentor", "M9"))


def test_several_partners() -> None:
    cohort = cohort_of(people("E", 3), [person("M0", capacity=2), person("M1", capacity=2)])
    scores = {("E0", "M0"): 0.9, ("E1", "M0"): 0.9, ("E2", "M1"): 0.9}
    again = rm.rematch(rm.match(cohort, table_scheme(scores)), withdrawn=["E0"])
    assert told(again)["M0"] == (
        "pairing ended",
        "Your pairing with one of your mentees has ended. "
        "Your pairing with one of your mentees continues.",
    )
    later = rm.rematch(again.result, withdrawn=["M1"])
    assert told(later)["M0"] == (
        "further partner",
        "A further mentee has been found for you. The coordinator will tell you who it is. "
        "Your pairing with your mentee continues.",
    )
    last = rm.rematch(later.result, withdrawn=["M0"])
    assert told(last)["M0"][1].endswith("Your pairings with your mentees have ended.")


def test_changes_for_a_better_pairing_say_how_many_at_most() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2))
    listed = rm.strategies.Listed([("E0", "M1"), ("E1", "M0")])
    poor = rm.match(cohort, table_scheme(SCORES), strategy=listed)
    assert rm.rematch(poor).n_changed == 0
    assert rm.rematch(poor, most_changes=1).n_changed == 0
    better = rm.rematch(poor, most_changes=2)
    assert pairs_of(better.result) == {("E0", "M0"), ("E1", "M1")}
    assert told(better, "coordinator")["E0"][1] == (
        "E0, mentee: no longer paired with M1 because it was given up for a better pairing; "
        "now paired with M0."
    )
    # what gains nothing is left alone, however much may change
    idle = rm.rematch(better.result, most_changes=2)
    assert idle.n_changed == 0
    assert idle.result.values["kept_pairs"] == 2


def test_the_pairs_that_stay_are_counted_where_none_can_or_all_may_go(
    result: rm.Result, tmp_path: Path
) -> None:
    parted = rm.rematch(result, part=list(result.made))
    poor = rm.match(
        result.cohort,
        result.scheme,
        strategy=rm.strategies.Listed([("E0", "M1"), ("E1", "M0")]),
    )
    for again in (parted, rm.rematch(poor, most_changes=2), rm.rematch(poor, most_changes=9)):
        assert again.result.objective["kept_pairs"] == again.result.bound["kept_pairs"] == 0
        assert again.kept == ()
        assert rm.check(again.result) == []
        again.result.save(tmp_path / "run.json")
        loaded = rm.load_result(tmp_path / "run.json")
        assert loaded.values == again.result.values
        assert rm.check(loaded) == []
        assert len(rm.rematch(loaded).kept) == len(loaded.made) == 2


def test_a_pair_that_a_rule_forbids_by_now_is_not_kept() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2))
    scheme = table_scheme(SCORES, rules=[{"type": "minimum_score", "at_least": 0.6}])
    listed = rm.strategies.Listed([("E0", "M1"), ("E1", "M0")])
    again = rm.rematch(rm.match(cohort, scheme, strategy=listed))
    assert pairs_of(again.result) == {("E1", "M0")}
    assert "because a rule now excludes this pair;" in told(again, "coordinator")["E0"][1]


def test_a_stay_that_the_minimum_loads_do_not_allow_is_a_conflict() -> None:
    cohort = cohort_of([person("E0")], [person("M0"), person("M1", min_load=1)])
    listed = rm.strategies.Listed([("E0", "M0")])
    result = rm.match(cohort, table_scheme({}), strategy=listed)
    assert pairs_of(rm.rematch(result).result) == {("E0", "M1")}
    again = rm.rematch(result, stay=[("E0", "M0")])
    assert again.result.status is rm.Status.INFEASIBLE
    assert "E0" in str(again.result.conflict)
    assert str(again).splitlines()[1].startswith("  No pairing is possible: ")
    assert json.loads(again.to_json())["status"] == "infeasible"


def test_pins_of_who_leaves_or_parts_are_dropped() -> None:
    cohort = cohort_of(people("E", 3), people("M", 3), {"pinned": [("E0", "M0"), ("E1", "M1")]})
    scheme = table_scheme({}, rules=[{"type": "pairs", "pin": [["E2", "M2"]]}])
    result = rm.match(cohort, scheme)
    again = rm.rematch(result, withdrawn=["M0"], part=[("E2", "M2")])
    assert ("E1", "M1") in again.result.made
    assert ("E2", "M2") not in again.result.made
    assert rm.check(again.result) == []


def test_a_saved_rematch_is_checked_and_paired_again(result: rm.Result, tmp_path: Path) -> None:
    again = rm.rematch(result, withdrawn=["M1"]).result
    again.save(tmp_path / "run.json")
    loaded = rm.load_result(tmp_path / "run.json")
    assert rm.check(loaded) == []
    assert loaded.objective == again.objective
    assert pairs_of(rm.rematch(loaded, withdrawn=["M2"]).result) == {("E0", "M0")}


def test_the_schemes_own_kept_pairs_count_the_run_from_then_on() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2), {"past_pair": [("E0", "M1")]})
    objective = ("pairs", {"tier": "kept_pairs", "kind": "past_pair"}, "total")
    result = rm.match(cohort, table_scheme(SCORES, objective=objective))
    again = rm.rematch(result, part=[("E0", "M1")])
    assert [aim.tier for aim in again.result.scheme.aims] == ["kept_pairs", "pairs", "total"]
    assert again.result.values["kept_pairs"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"withdrawn": ["M11", "X"]}, "2 problems(.|\n)*did you mean 'M1'"),
        ({"withdrawn": [("mentee", "M1")]}, "nobody has this id"),
        ({"part": [("E0", "M1")]}, "the run has no such pair .found 'E0 M1'."),
        ({"stay": [("E0", "M1")]}, "name a mentee and a mentor whom the run paired"),
        ({"stay": [("E0", "M0")], "part": [("E0", "M0")]}, "is to part as well"),
        ({"stay": [("E0", "M0")], "withdrawn": ["E0"]}, "is to stay, and E0 withdraws"),
        ({"most_changes": -1}, "is not a number of pairs"),
        ({"joined": [{"id": "M0", "role": "mentor"}]}, "have the same id"),
    ],
)
def test_bad_wishes_name_what_is_wrong(
    result: rm.Result, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(rm.CohortError, match=said):
        rm.rematch(result, **change)


def test_letters_tell_nothing_of_others() -> None:
    """What is in a sensitive or a contact column, a score or a reason is in no letter."""
    mentors = [person(f"M{n}", email="marker@x.org", ethnicity="marker") for n in range(3)]
    mentees = [person(f"E{n}", ethnicity=f"marker-{n}", phone="marker") for n in range(3)]
    scheme = table_scheme(
        {("E0", "M0"): 0.375},
        rules=[
            {
                "type": "attribute",
                "column": "ethnicity",
                "relation": "different",
                "missing": "allow",
            }
        ],
        sensitive=["ethnicity"],
    )
    result = rm.match(cohort_of(mentees, mentors), scheme)
    pair = sorted(result.made)[0]
    again = rm.rematch(result, withdrawn=["M2"], part=[pair])
    assert "marker" not in again.to_json()
    for one in again.notices():
        partners = {id_ for p in (*result.made, *again.result.made) if one.id in p for id_ in p}
        others = {f"{s}{n}" for s in "EM" for n in range(3)} - partners
        assert not any(other in one.sentence for other in others)
        assert not any(
            word in one.sentence for word in ("score", "375", "withdrew", "asked", "rank")
        )


def test_a_rematch_is_read_back_with_the_tables_it_began_with(tmp_path: Path) -> None:
    mentors = [person(f"M{n}", ethnicity="xyz"[n]) for n in range(3)]
    mentees = [person(f"E{n}", ethnicity="x") for n in range(3)]
    cohort = cohort_of(mentees, mentors)
    quota = {"side": "mentors", "column": "ethnicity", "each": True, "at_most": 1}
    scheme = table_scheme({("E0", "M0"): 0.5}, quotas=[quota], sensitive=["ethnicity"])
    again = rm.rematch(rm.match(cohort, scheme), withdrawn=["M2"]).result
    path = tmp_path / "run.json"
    again.save(path)
    assert rm.load_result(path).left_out == ("ethnicity",)
    read = rm.load_result(path, cohort)
    assert read.cohort.fingerprint == again.cohort.fingerprint
    assert rm.check(read) == []
    assert read.made == again.made
    assert len(rm.rematch(read, withdrawn=["M1"]).result.made) == 1
    others = cohort_of([*mentees[:2], person("E2", ethnicity="z")], mentors)
    for wrong in (others, cohort_of(mentees[:2], mentors)):
        with pytest.raises(rm.errors.RecordError, match="not the one that was paired"):
            rm.load_result(path, wrong)


def test_what_ended_is_a_past_pair_of_the_next_run() -> None:
    result = rm.match(*rm.synthetic.demo())
    first, second = list(result.made)[:2]

    def past(run: rm.Result) -> set[tuple[str, str]]:
        table = rm.carry_over(run, sensitive=True).relations
        table = table[(table["kind"] == "past_pair") & (table["runs_ago"] == 1)]
        return set(zip(table["mentee"], table["mentor"], strict=True))

    parted = rm.rematch(result, part=[first], withdrawn=[("mentor", second[1])])
    assert past(parted.result) == {*parted.result.made, first}, "the second had not begun"
    approved = rm.approve(rm.review(result))
    parted = rm.rematch(approved, withdrawn=[("mentor", second[1])])
    assert past(parted.result) == {*parted.result.made, second}
    assert [step.state for step in parted.result.review.log] == ["reviewed", "approved", "proposed"]


def test_what_a_review_rejected_is_not_kept_and_what_it_locked_is() -> None:
    result = rm.match(*rm.synthetic.demo())
    first, second, third = list(result.made)[:3]
    seen = rm.review(result, reject={first: "same choir"}, lock=[second])
    with pytest.raises(rm.CohortError, match="was rejected in the review"):
        rm.rematch(seen, withdrawn=[("mentor", third[1])])
    again = rm.rematch(rm.match_again(seen), withdrawn=[("mentor", third[1])], most_changes=30)
    assert first not in again.result.made
    locked = rm.rematch(rm.review(result, lock=[second]), withdrawn=[("mentor", third[1])])
    assert locked.stayed == (second,)
    assert rm.rematch(rm.review(result, lock=[second]), withdrawn=[second[0]]).stayed == ()


def test_old_pairs_are_not_mistaken_for_a_relation_of_the_tables() -> None:
    """A rule forbids the kind ``kept``; that is not what the rematch keeps."""
    cohort = cohort_of(people("E", 2), people("M", 3), {"kept": [("E1", "M0")]})
    rule = {"type": "relations", "forbid": ["kept"]}
    scheme = table_scheme({("E0", "M0"): 0.9, ("E1", "M1"): 0.8}, rules=[rule])
    again = rm.rematch(rm.match(cohort, scheme), withdrawn=["M2"])
    assert again.ended == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"withdrawn": [("Mentee", "E0")]},
        {"withdrawn": [5]},
        {"part": ("E0", "M0")},
        {"stay": ["E0"]},
        {"most_changes": "x"},
        {"most_changes": float("nan")},
    ],
)
def test_what_is_no_person_and_no_pair_is_told(asked: dict[str, Any]) -> None:
    result = rm.match(cohort_of(people("E", 1), people("M", 1)), table_scheme({("E0", "M0"): 1}))
    with pytest.raises(rm.CohortError):
        rm.rematch(result, **asked)


def test_who_joins_cannot_be_compared_with_labels(tmp_path: Path) -> None:
    mentors, mentees = (
        [person(f"{side}{n}", ethnicity=group) for n, group in enumerate("xy")] for side in "ME"
    )
    rule = {"type": "attribute", "column": "ethnicity", "relation": "different"}
    scheme = table_scheme({("E0", "M1"): 0.5}, rules=[rule], sensitive=["ethnicity"])
    cohort = cohort_of(mentees, mentors)
    rm.match(cohort, scheme).save(tmp_path / "run.json")
    late = [{"id": "M7", "role": "mentor", "ethnicity": "x"}]
    for change in (rm.rematch, rm.what_if):
        name = "joined" if change is rm.rematch else "add"
        with pytest.raises(rm.errors.RecordError, match="labels in place of the values"):
            change(rm.load_result(tmp_path / "run.json"), **{name: late})
        found = change(rm.load_result(tmp_path / "run.json", cohort), **{name: late}).result
        assert rm.check(found) == []


def test_a_lock_ends_with_its_own_people_and_not_with_their_namesakes() -> None:
    """X is a mentee and a mentor; the mentor leaves, and the mentee's locked pair stays."""
    cohort = cohort_of([person("X"), person("E1")], [person("X"), person("M1")])
    scheme = table_scheme({("X", "M1"): 0.9, ("E1", "X"): 0.8})
    result = rm.match(cohort, scheme)
    assert set(result.made) == {("X", "M1"), ("E1", "X")}
    seen = rm.review(result, lock=list(result.made))
    assert rm.rematch(seen, withdrawn=[("mentor", "X")]).stayed == (("X", "M1"),)


def kept_whole(
    cohort: rm.Cohort, scheme: rm.Scheme, pairs: list[tuple[int, int]]
) -> rm.Result | None:
    """The way that keeps every old pair; None where it does not answer."""
    kept = Relation.from_pairs(pairs)
    first = scheme.model_copy(update={"objective": ("kept_pairs", *scheme.objective)})
    return keep_all(cohort.replace(relations={"kept": kept}), first, kept, 0, Stop())


def test_old_pairs_beyond_a_capacity_are_not_all_kept() -> None:
    cohort = cohort_of(people("E", 3), [person("M0"), person("M1", capacity=2)])
    scheme = table_scheme({})
    assert kept_whole(cohort, scheme, [(0, 0), (1, 0)]) is None
    whole = kept_whole(cohort, scheme, [(0, 1), (1, 1)])
    assert whole is not None
    assert pairs_of(whole) == {("E0", "M1"), ("E1", "M1"), ("E2", "M0")}


def test_who_has_an_old_pair_is_no_newcomer_to_participation_and_priority() -> None:
    """M0 has E0 already: a second mentee adds nobody there, and M1 is first to have E1."""
    mentees = [person("E0"), person("E1"), person("E2", capacity=2, priority=3)]
    mentors = [person("M0", capacity=2, priority=5), person("M1")]
    scores = {("E0", "M0"): 0.5, ("E1", "M0"): 1.0, ("E2", "M0"): 0.9, ("E1", "M1"): 0.1}
    cohort, scheme = cohort_of(mentees, mentors), table_scheme(scores)
    whole = kept_whole(cohort, scheme, [(0, 0)])
    assert whole is not None
    assert dict(whole.values) == {
        "kept_pairs": 1,
        "participation": 5,
        "pairs": 3,
        "priority": 8,
        "total": 1_500_000,
    }
    assert rm.check(whole) == []
    # whoever is left has one place each, and nobody a priority: the whole still has both tiers
    first = kept_whole(cohort, scheme, [(0, 0), (2, 0)])
    assert first is not None
    assert list(first.values) == list(whole.values)
    assert pairs_of(first) == {("E0", "M0"), ("E2", "M0"), ("E1", "M1")}


def test_an_old_pair_is_kept_once_where_both_have_places_left() -> None:
    """The pair scores best by far, and both of the two have another place."""
    cohort = cohort_of([person("E0", capacity=2)], [person("M0", capacity=2), person("M1")])
    whole = kept_whole(cohort, table_scheme({("E0", "M0"): 1.0, ("E0", "M1"): 0.1}), [(0, 0)])
    assert whole is not None
    assert list(whole.made) == [("E0", "M0"), ("E0", "M1")]
    assert whole.objective["total"] == pytest.approx(1.1)
    assert rm.check(whole) == []


def test_whoever_keeps_a_partner_has_no_claim_on_another_by_their_priority() -> None:
    """E0 has a partner and most points; the place that is left goes to E1, who has nobody."""
    mentees = [person("E0", capacity=2, priority=9), person("E1", priority=1)]
    cohort = cohort_of(mentees, people("M", 2))
    scheme = table_scheme({("E0", "M1"): 1.0}, objective=["priority", "total"])
    whole = kept_whole(cohort, scheme, [(0, 0)])
    assert whole is not None
    assert pairs_of(whole) == {("E0", "M0"), ("E1", "M1")}
    assert whole.values["priority"] == 10
    assert rm.check(whole) == []
