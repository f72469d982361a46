"""Reserves: the best of all sets of so many people, served by trying every way."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.lifecycle.reserves.api import Estimate, draw_dropouts
from rmmatch.lifecycle.reserves.best_subset import ServiceModel, best_subset

Near = dict[int, list[int]]


def served(places: list[int], near: Near, room: dict[int, int]) -> int:
    """The most places served, person by person, trying every set of spares for each."""
    if not places:
        return 0
    me = len(places) - 1
    best = 0
    able = [one for one in near if me in near[one] and room[one]]
    for size in range(min(places[me], len(able)) + 1):
        for some in combinations(able, size):
            left = {one: count - (one in some) for one, count in room.items()}
            best = max(best, size + served(places[:me], near, left))
    return best


@st.composite
def sides(draw: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n_candidates, n_people = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    numbers = st.sampled_from([0, 0, 1, 1, 2])
    n_draws = draw(st.integers(1, 5))
    places = [[draw(numbers) for _ in range(n_people)] for _ in range(n_draws)]
    near = [[draw(st.booleans()) for _ in range(n_people)] for _ in range(n_candidates)]
    capacity = [draw(st.integers(1, 3)) for _ in range(n_candidates)]
    return (
        np.array(places, dtype=np.int64).reshape(n_draws, n_people),
        np.array(near, dtype=bool).reshape(n_candidates, n_people),
        np.array(capacity, dtype=np.int64),
    )


def by_trying(
    side: tuple[np.ndarray, np.ndarray, np.ndarray], chosen: tuple[int, ...]
) -> list[int]:
    places, near, capacity = side
    adjacent = {one: np.flatnonzero(near[one]).tolist() for one in chosen}
    room = {one: int(capacity[one]) for one in chosen}
    return [served(row, adjacent, room) for row in places.tolist()]


@settings(max_examples=150, deadline=None)
@given(st.lists(sides(), min_size=1, max_size=2), st.integers(1, 3))
def test_the_choice_is_the_best_of_all(given_sides: list[Any], count: int) -> None:
    everybody = [(s, one) for s, side in enumerate(given_sides) for one in range(len(side[2]))]
    assume(len(everybody) >= count)
    found = best_subset([ServiceModel(*side) for side in given_sides], count)

    def worth(some: Any) -> int:
        return sum(
            sum(by_trying(side, tuple(one for at, one in some if at == s)))
            for s, side in enumerate(given_sides)
        )

    assert len(found.chosen) == count
    assert found.value == found.bound == worth(found.chosen)
    assert found.value == max(map(worth, combinations(everybody, count)))


@settings(max_examples=150, deadline=None)
@given(sides(), st.data())
def test_gains_are_those_of_the_larger_set(side: Any, data: st.DataObject) -> None:
    n = len(side[2])
    chosen = data.draw(st.lists(st.integers(0, max(0, n - 1)), max_size=n, unique=True))
    both = ServiceModel(*side)
    assert both.n_served(chosen).tolist() == by_trying(side, tuple(chosen))
    for one, gain in enumerate(both.gains(chosen).tolist()):
        if one not in chosen:
            larger = by_trying(side, (*chosen, one))
            assert gain == sum(larger) - sum(by_trying(side, tuple(chosen)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(problems(most_people=5), st.integers(1, 2), st.integers(0, 3))
def test_no_other_people_of_the_cohort_keep_more_pairs(problem: Problem, k: int, seed: int) -> None:
    result = problem.match()
    assume(result.matching is not None)
    cohort, made = result.cohort, list(result.made)
    free = [
        (s, at)
        for s, side in enumerate(cohort.sides)
        for at in range(len(side))
        if side.status[at] != "withdrawn"
        and side.capacity[at]
        and not any(pair[s] == side.ids[at] for pair in made)
    ]
    matrix = result.scores.to_numpy()
    allowed = [(matrix >= 0), (matrix >= 0).T]
    # whom nobody may have who has a partner to lose
    paired = [[side.position[pair[s]] for pair in made] for s, side in enumerate(cohort.sides)]
    free = [(s, at) for s, at in free if allowed[s][at, paired[1 - s]].any()]
    assume(len(free) >= k)
    alive, alone = draw_dropouts(result, 0.4, 20, seed)

    def mean(some: Any) -> float:
        saved = 0
        for s in (0, 1):
            mine = [at for side, at in some if side == s]
            near = {at: np.flatnonzero(allowed[s][at]).tolist() for at in mine}
            room = {at: int(cohort.sides[s].capacity[at]) for at in mine}
            saved += sum(served(row, near, room) for row in alone[1 - s].tolist())
        return (int(alive.sum()) + saved) / 20

    spares = rm.reserves(result, k, dropout=0.4, draws=20, seed=seed)
    chosen = [
        (s, side.position[one.id])
        for one in spares.chosen
        for s, side in enumerate(cohort.sides)
        if side.role == one.side
    ]
    assert spares.alive.mean == pytest.approx(mean(chosen))
    assert spares.alive.mean == pytest.approx(max(map(mean, combinations(free, k))))
    assert spares.alive_without.mean == pytest.approx(mean([]))
    assert spares.is_proved
    for one, place in zip(spares.chosen, chosen, strict=True):
        others = [other for other in chosen if other != place]
        assert one.alone == pytest.approx(mean([place]) - mean([]))
        assert one.share == pytest.approx(mean(chosen) - mean(others))


def test_who_is_left_alone_has_a_partner_who_dropped_out() -> None:
    cohort = cohort_of([person("E0", capacity=2), person("E1")], people("M", 3))
    result = rm.match(cohort, table_scheme({}))
    alive, (mentees, mentors) = draw_dropouts(result, 0.5, 400, 1)
    n_pairs = len(result.made)
    # a pair is alive, or one of the two is left alone, or both dropped out
    gone = n_pairs - alive - mentees.sum(axis=1) - mentors.sum(axis=1)
    assert gone.min() >= 0
    assert {*range(n_pairs + 1)} == {*alive.tolist()}
    assert mentees.max() == 2
    # each pair is alive with a chance of one quarter
    assert alive.mean() == pytest.approx(n_pairs / 4, abs=0.15)


@pytest.fixture
def result() -> rm.Result:
    """Nine pairs; M10 may serve everybody, M11 only E0, E9 anybody, M12 nobody."""
    mentors = [*people("M", 9), *(person(f"M1{n}", status="reserve") for n in range(3))]
    mentees = [*people("E", 9), person("E9", status="reserve")]
    forbid = [[f"E{n}", "M11"] for n in range(1, 10)] + [[f"E{n}", "M12"] for n in range(10)]
    scheme = table_scheme({}, rules=[{"type": "pairs", "forbid": forbid}])
    return rm.match(cohort_of(mentees, mentors), scheme)


def test_the_pilot(result: rm.Result) -> None:
    assert len(result.made) >= 9
    plain = result.replace(matching=rm.Matching.of([(f"E{n}", f"M{n}") for n in range(9)]))
    spares = rm.reserves(plain, 2)
    assert {one.id for one in spares.chosen} == {"M10", "E9"}
    assert spares.dropout == 1 / 9
    assert spares.n_pairs == 9
    assert spares.alive.low < spares.alive.mean < spares.alive.high
    assert spares.alive_without.mean == pytest.approx(9 * (8 / 9) ** 2, abs=0.2)
    assert spares.saved.mean == pytest.approx(spares.alive.mean - spares.alive_without.mean)
    mentors = rm.reserves(plain, 2, role="mentor")
    assert [one.id for one in mentors.chosen] == ["M10", "M11"]
    assert mentors.alive.mean < spares.alive.mean
    assert list(spares.table.columns) == ["id", "side", "status", "alone", "share"]
    assert "E9, mentee, reserve:" in str(spares)
    assert "<li>" in spares._repr_html_()
    data = json.loads(spares.to_json())
    assert data["is_proved"] is True
    assert data["chosen"][0]["side"] in ("mentee", "mentor")


def test_the_order_of_the_input_does_not_matter(result: rm.Result) -> None:
    cohort = result.cohort
    turned = rm.read_cohort(
        cohort.mentors.to_frame()[::-1].reset_index(), cohort.mentees.to_frame()[::-1].reset_index()
    )
    plain = rm.Matching.of([(f"E{n}", f"M{n}") for n in range(9)])
    texts = [
        rm.reserves(run.replace(matching=plain), 2, seed=3).to_json()
        for run in (result, rm.match(cohort, result.scheme), rm.match(turned, result.scheme))
    ]
    assert texts[0] == texts[1] == texts[2]


def test_out_of_time_says_how_good_another_choice_could_be() -> None:
    """Each spare serves a few people, so that no few of them are surely the best at once."""
    rng = np.random.default_rng(5)
    places = (rng.random((200, 40)) < 0.2).astype(np.int64)
    near = rng.random((30, 40)) < 0.15
    side = ServiceModel(places, near, np.full(30, 2))
    cut = best_subset([side], 5, time_limit=1e-9)
    whole = best_subset([side], 5)
    assert cut.value <= whole.value == whole.bound <= cut.bound
    assert cut.value < cut.bound
    assert side.n_served([one for _, one in cut.chosen]).sum() == cut.value


@pytest.mark.parametrize(
    ("wish", "error", "said"),
    [
        ({"k": 0}, ValueError, "k must be from 1 to 12"),
        ({"k": 13}, ValueError, "k must be from 1 to 12"),
        ({"k": 9}, rm.CohortError, "only [1-8] (people|person) could stand in"),
        ({"k": 1, "dropout": 1.5}, ValueError, "dropout"),
        ({"k": 1, "draws": 1}, ValueError, "draws"),
        ({"k": 1, "role": "both"}, ValueError, "role"),
        ({"k": 1, "time_limit": 0}, ValueError, "time_limit"),
    ],
)
def test_bad_wishes_are_told(
    result: rm.Result, wish: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        rm.reserves(result, **wish)


def test_nobody_to_train() -> None:
    result = rm.match(cohort_of(people("E", 2), people("M", 2)), table_scheme({}))
    with pytest.raises(rm.CohortError, match="let people join with the status reserve"):
        rm.reserves(result, 1)


def test_an_interval_is_that_of_a_sample() -> None:
    """Of 1 and 3 the sample varies by 2, and its mean by 1."""
    estimate = Estimate.of(np.array([1, 3]))
    assert estimate.mean == 2
    assert estimate.low == pytest.approx(2 - 1.959964)
    assert estimate.high == pytest.approx(2 + 1.959964)
    numbers = np.array([0, 0, 1, 5, 9])  # squares about the mean of 3: 62
    apart = 1.959964 * (62 / 4 / 5) ** 0.5
    assert Estimate.of(numbers).high == pytest.approx(3 + apart)


def test_nobody_is_proposed_who_could_stand_in_for_nobody() -> None:
    """Of five mentors without a partner only M5 may be paired with E0 or E1, who have one."""
    mentors = [
        *people("M", 2, trained="yes"),
        person("M2", trained="no"),
        person("M3", trained="yes", status="withdrawn"),
        person("M4", trained="yes", status="reserve"),
        person("M5", trained="yes", status="reserve"),
        person("M6", trained="yes", capacity=0),
    ]
    mentees = [*people("E", 2, trained="yes"), person("E2", trained="no")]
    cohort = cohort_of(mentees, mentors, {"forbidden": [("E0", "M4"), ("E1", "M4")]})
    result = rm.match(cohort, table_scheme({}, rules=[{"type": "eligible", "column": "trained"}]))
    listed = result.replace(matching=rm.Matching.of([("E0", "M0"), ("E1", "M1")]))
    assert [spare.id for spare in rm.reserves(listed, 1, draws=50).chosen] == ["M5"]
    with pytest.raises(rm.CohortError, match="only 1 person could stand in"):
        rm.reserves(listed, 2, draws=50)
    with pytest.raises(rm.CohortError, match="only 0 mentees could stand in"):
        rm.reserves(listed, 1, draws=50, role="mentee")
