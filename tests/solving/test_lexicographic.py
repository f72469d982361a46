"""The exact core: against every choice there is, and against another solver."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from rmmatch.solving import stopping
from rmmatch.solving.assignment.duals import NotOptimal, optimal_duals
from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.hall import find_hall_violator
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    dual_bound,
    is_feasible,
    optimal_face,
    tier_value,
    trivial_bound,
)
from rmmatch.solving.lexicographic.driver import solve_linear_tiers, solve_tiers
from rmmatch.solving.lexicographic.flow_solutions import FlowSolutions
from rmmatch.solving.lexicographic.tier_methods import LinearMethod
from rmmatch.solving.stopping import Stop

LARGE = 2**40
WEIGHTS = (
    st.integers(0, 3),
    st.integers(-3, 3),
    st.integers(LARGE - 3, LARGE),
    st.integers(0, 1_000_010),
    st.just(1),
)


def ints(numbers) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


@st.composite
def networks(draw, max_arcs: int = 9, with_least: bool = True, with_fixed: bool = True) -> Network:
    n, m = draw(st.sampled_from([(0, 2), (1, 3), (2, 2), (3, 3), (4, 4), (5, 4)]))
    pairs = list(itertools.product(range(n), range(m)))
    arcs = sorted(draw(st.permutations(pairs))[: draw(st.integers(0, max_arcs))])
    one_to_one = draw(st.booleans())

    def bounds(count: int) -> tuple[np.ndarray, np.ndarray]:
        most = draw(
            st.lists(st.integers(0, 1 if one_to_one else 3), min_size=count, max_size=count)
        )
        least = [draw(st.integers(0, top)) if with_least else 0 for top in most]
        return ints(least), ints(most)

    fixed = [with_fixed and draw(st.integers(0, 7)) == 0 for _ in arcs]
    return Network(
        n,
        m,
        ints([a for a, _ in arcs]),
        ints([b for _, b in arcs]),
        np.array(fixed, dtype=bool),
        *bounds(n),
        *bounds(m),
    )


@st.composite
def tiers_of(draw, network: Network, with_reward: bool = True) -> LinearTier:
    kind = draw(st.sampled_from(WEIGHTS))
    weights = ints(draw(st.lists(kind, min_size=network.n_arcs, max_size=network.n_arcs)))
    if not (with_reward and draw(st.booleans())):
        return LinearTier("plain", weights)

    def side(count: int) -> tuple[np.ndarray, np.ndarray]:
        rewards = draw(st.lists(st.integers(0, 5) | st.just(LARGE), min_size=count, max_size=count))
        reach = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        return ints(rewards), ints(reach)

    return LinearTier("reward", weights, *side(network.n_mentees), *side(network.n_mentors))


@st.composite
def problems(draw, max_tiers: int = 3, **kinds) -> tuple[Network, list[LinearTier]]:
    network = draw(networks(**kinds))
    count = draw(st.integers(1, max_tiers))
    return network, [draw(tiers_of(network)) for _ in range(count)]


def every_choice(network: Network) -> np.ndarray:
    """All allowed choices, one a row."""
    size = network.n_arcs
    rows = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    by_mentee = rows @ (network.mentees[:, None] == np.arange(network.n_mentees)).astype(int)
    by_mentor = rows @ (network.mentors[:, None] == np.arange(network.n_mentors)).astype(int)
    good = (rows[:, network.fixed] == 1).all(axis=1)
    for load, least, most in (
        (by_mentee, network.min_load_mentees, network.max_load_mentees),
        (by_mentor, network.min_load_mentors, network.max_load_mentors),
    ):
        good &= ((least <= load) & (load <= most)).all(axis=1)
    return rows[good].astype(bool)


def worth(network: Network, tier: LinearTier, choices: np.ndarray) -> np.ndarray:
    """The value of each choice, straight from the definition."""
    total = choices.astype(np.int64) @ tier.weights
    for ends, count, reward, reach in (
        (network.mentees, network.n_mentees, tier.load_reward_mentees, tier.rewarded_load_mentees),
        (network.mentors, network.n_mentors, tier.load_reward_mentors, tier.rewarded_load_mentors),
    ):
        load = choices @ (ends[:, None] == np.arange(count)).astype(np.int64)
        total = total + (reward * np.minimum(load, reach)).sum(axis=1)
    return total


def bound_by_definition(network: Network, tier: LinearTier, u: np.ndarray, v: np.ndarray) -> int:
    total = 0
    for a, b, w, fixed in zip(
        network.mentees.tolist(),
        network.mentors.tolist(),
        tier.weights.tolist(),
        network.fixed,
        strict=True,
    ):
        gain = w - int(u[a]) - int(v[b])
        total += gain if fixed else max(0, gain)
    for price, least, most, reward, reach in (
        (
            u,
            network.min_load_mentees,
            network.max_load_mentees,
            tier.load_reward_mentees,
            tier.rewarded_load_mentees,
        ),
        (
            v,
            network.min_load_mentors,
            network.max_load_mentors,
            tier.load_reward_mentors,
            tier.rewarded_load_mentors,
        ),
    ):
        reward, reach = (np.broadcast_to(some, price.shape) for some in (reward, reach))
        for i in range(price.size):
            total += max(
                int(reward[i]) * min(load, int(reach[i])) + int(price[i]) * load
                for load in range(least[i], most[i] + 1)
            )
    return total


def square(weights: np.ndarray, acceptable: np.ndarray | None = None) -> tuple[Network, LinearTier]:
    """One-to-one, nobody forced, over the acceptable pairs of a table of weights."""
    n, m = weights.shape
    mask = np.ones((n, m), dtype=bool) if acceptable is None else acceptable
    a, b = np.nonzero(mask)
    network = Network(
        n, m, a, b, np.zeros(a.size, dtype=bool), ints([0] * n), ints([1] * n), *_zero_one(m)
    )
    return network, LinearTier("total", weights[mask].astype(np.int64))


def _zero_one(count: int) -> tuple[np.ndarray, np.ndarray]:
    return ints([0] * count), ints([1] * count)


def count_pairs(network: Network) -> LinearTier:
    return LinearTier("pairs", np.ones(network.n_arcs, dtype=np.int64))


def assert_proved(network: Network, tiers: list[LinearTier]) -> np.ndarray:
    """Solve, follow the proof face by face, and return the choice."""
    found = solve_linear_tiers(network, tiers)
    assert found is not None
    assert found.chosen is not None
    assert is_feasible(network, found.chosen)
    assert (
        found.values == found.bounds == tuple(tier_value(network, t, found.chosen) for t in tiers)
    )
    assert found.n_proved == len(tiers)
    face, places = network, np.arange(network.n_arcs)
    for tier, proof, top in zip(tiers, found.prices, found.bounds, strict=True):
        assert proof is not None
        u, v = proof
        assert bound_by_definition(face, tier.with_arcs(places), u, v) == top
        face, kept = optimal_face(face, tier.with_arcs(places), u, v)
        places = places[kept]
    return found.chosen


# every choice there is


@settings(max_examples=150, deadline=None)
@given(problems(max_arcs=11))
def test_the_choice_is_lexicographically_best_and_proved(problem):
    network, tiers = problem
    choices = every_choice(network)
    if not len(choices):
        assert solve_linear_tiers(network, tiers) is None
        return
    chosen = assert_proved(network, tiers)
    values = np.stack([worth(network, tier, choices) for tier in tiers], axis=1)
    assert tuple(tier_value(network, tier, chosen) for tier in tiers) == max(
        map(tuple, values.tolist())
    )


@settings(max_examples=60, deadline=None)
@given(problems(max_tiers=1))
def test_the_optimal_face_keeps_exactly_the_best_choices(problem):
    """Invariant I2 of `rmmatch.solving`, where the solution set is a network."""
    network, [tier] = problem
    choices = every_choice(network)
    assume(len(choices))
    values = worth(network, tier, choices)
    best = choices[values == values.max()]
    u, v = optimal_duals(network, tier, best[0])
    face, kept = optimal_face(network, tier, u, v)
    left = np.zeros((len(every_choice(face)), network.n_arcs), dtype=bool)
    left[:, kept] = every_choice(face)
    assert set(map(tuple, left.tolist())) == set(map(tuple, best.tolist()))


@settings(max_examples=60, deadline=None)
@given(problems(max_tiers=1))
def test_prices_exist_exactly_for_the_best_choices(problem):
    network, [tier] = problem
    choices = every_choice(network)
    assume(len(choices))
    values = worth(network, tier, choices)
    for chosen, own in list(zip(choices, values, strict=True))[:20]:
        if own == values.max():
            u, v = optimal_duals(network, tier, chosen)
            assert dual_bound(network, tier, u, v) == own
        else:
            with pytest.raises(NotOptimal):
                optimal_duals(network, tier, chosen)


def test_a_cycle_of_gains_is_refused_where_no_load_can_change():
    network, total = square(np.array([[5, 1], [1, 5]]))
    one = np.ones(2, dtype=np.int64)
    forced = replace(network, min_load_mentees=one, min_load_mentors=one)
    with pytest.raises(NotOptimal, match="'total'"):
        optimal_duals(forced, total, np.array([False, True, True, False]))


@settings(max_examples=60, deadline=None)
@given(problems(max_tiers=1), st.data())
def test_any_prices_bound_every_choice(problem, data):
    """Invariant I3 of `rmmatch.solving`."""
    network, [tier] = problem
    choices = every_choice(network)
    assume(len(choices))
    price = st.integers(-4, 4) | st.integers(-LARGE, LARGE)
    u, v = (
        ints(data.draw(st.lists(price, min_size=count, max_size=count)))
        for count in (network.n_mentees, network.n_mentors)
    )
    top = worth(network, tier, choices).max()
    assert dual_bound(network, tier, u, v) == bound_by_definition(network, tier, u, v) >= top
    assert trivial_bound(network, tier) >= top


@settings(max_examples=60, deadline=None)
@given(networks(with_least=False, with_fixed=False), st.data())
def test_prices_of_plain_capacities_fit_the_short_formula(network, data):
    tier = data.draw(tiers_of(network, with_reward=False))
    choices = every_choice(network)
    values = worth(network, tier, choices)
    u, v = optimal_duals(network, tier, choices[values.argmax()])
    gain = np.maximum(0, tier.weights - u[network.mentees] - v[network.mentors])
    assert (u >= 0).all()
    assert (v >= 0).all()
    assert network.max_load_mentees @ u + network.max_load_mentors @ v + gain.sum() == values.max()


@settings(max_examples=150, deadline=None)
@given(networks())
def test_a_shortfall_is_found_exactly_where_nothing_is_allowed(network):
    found = find_hall_violator(network)
    assert (found is None) == bool(len(every_choice(network)))
    if found is None or found.overfull_mentees.size or found.overfull_mentors.size:
        return
    assert found.hall_sets
    unmet = {"mentees": set(found.unmet_mentees), "mentors": set(found.unmet_mentors)}
    for group in found.hall_sets:
        assert group.n_needed > group.n_offered
        assert unmet[group.side] & set(group.people)
        # no choice that only keeps fixed arcs and capacities gives the group what it needs
        relaxed = replace(
            network,
            min_load_mentees=np.zeros_like(network.min_load_mentees),
            min_load_mentors=np.zeros_like(network.min_load_mentors),
        )
        ends = network.mentees if group.side == "mentees" else network.mentors
        given_places = every_choice(relaxed)[:, np.isin(ends, group.people)].sum(axis=1)
        assert given_places.max() <= group.n_offered
    for side, people in unmet.items():
        grouped = [
            person for group in found.hall_sets if group.side == side for person in group.people
        ]
        assert len(grouped) == len(set(grouped))
        assert people <= set(grouped)


@settings(max_examples=100, deadline=None)
@given(networks(with_fixed=False))
def test_in_a_group_is_who_may_be_short_where_as_much_as_can_be_is_met(network):
    found = find_hall_violator(network)
    assume(found is not None and found.hall_sets)
    nobody = [
        np.zeros_like(least) for least in (network.min_load_mentees, network.min_load_mentors)
    ]
    choices = every_choice(replace(network, min_load_mentees=nobody[0], min_load_mentors=nobody[1]))
    for side, ends, least in (
        ("mentees", network.mentees, network.min_load_mentees),
        ("mentors", network.mentors, network.min_load_mentors),
    ):
        loads = choices.astype(int) @ (ends[:, None] == np.arange(least.size))
        met = np.minimum(loads, least).sum(axis=1)
        short = (loads[met == met.max()] < least).any(axis=0)
        grouped = [p for group in found.hall_sets if group.side == side for p in group.people]
        assert sorted(grouped) == np.flatnonzero(short).tolist()


def test_of_a_thousand_who_want_the_same_hundred_and_of_many_alone_all_are_told():
    acceptable = np.zeros((1400, 200), dtype=bool)
    acceptable[:1000, :100] = True
    acceptable[np.arange(1000, 1300), 100 + np.arange(300) // 3] = True
    network, _ = square(np.ones(acceptable.shape), acceptable)
    found = find_hall_violator(replace(network, min_load_mentees=np.ones(1400, dtype=np.int64)))
    sizes = [group.people.size for group in found.hall_sets]
    assert sizes == [1] * 100 + [3] * 100 + [1000]
    assert [g.n_offered for g in found.hall_sets] == [0] * 100 + [1] * 100 + [100]
    assert found.unmet_mentees.size == 100 + 200 + 900


def test_without_time_what_needs_no_flow_is_still_told():
    network, _ = square(np.ones((2, 3)))
    with pytest.raises(TimeoutError):
        find_hall_violator(replace(network, min_load_mentors=ints([1, 1, 1])), Stop(0.0))
    assert (
        find_hall_violator(
            replace(network, min_load_mentees=ints([0, 4])), Stop(0.0)
        ).contrary_mentees
        == 1
    )
    assert find_hall_violator(network, Stop(0.0)) is None


def test_people_with_contrary_bounds_are_named():
    network, _ = square(np.ones((2, 3)))
    crowded = replace(network, fixed=np.array([1, 1, 0, 0, 0, 0], dtype=bool))
    assert find_hall_violator(crowded).overfull_mentees.tolist() == [0]
    assert solve_linear_tiers(crowded, [count_pairs(crowded)]) is None
    contrary = replace(network, min_load_mentors=ints([0, 0, 2]))
    assert find_hall_violator(contrary).contrary_mentors.tolist() == [2]
    assert solve_linear_tiers(contrary, [count_pairs(contrary)], stop=Stop(0.0)) is None


def test_three_who_share_two_are_told_apart_from_the_others():
    acceptable = np.ones((8, 8), dtype=bool)
    acceptable[[1, 4, 6]] = False
    acceptable[np.ix_([1, 4, 6], [2, 5])] = True
    network, _ = square(np.ones((8, 8)), acceptable)
    network = replace(network, min_load_mentees=np.ones(8, dtype=np.int64))
    found = find_hall_violator(network)
    [group] = found.hall_sets
    assert group.side == "mentees"
    assert group.people.tolist() == [1, 4, 6]
    assert group.partners.tolist() == [2, 5]
    assert (group.n_needed, group.n_offered) == (3, 2)
    assert found.unmet_mentees.size == 1
    assert found.unmet_mentors.size == 0


def test_people_short_of_the_same_partners_are_one_group():
    acceptable = np.zeros((7, 6), dtype=bool)
    acceptable[:4, :2] = acceptable[4:, 2:] = True
    acceptable[6] = False
    network, _ = square(np.ones((7, 6)), acceptable)
    found = find_hall_violator(replace(network, min_load_mentees=np.ones(7, dtype=np.int64)))
    groups = [
        (g.people.tolist(), g.partners.tolist(), g.n_needed, g.n_offered) for g in found.hall_sets
    ]
    assert groups == [([6], [], 1, 0), ([0, 1, 2, 3], [0, 1], 4, 2)]
    assert found.unmet_mentees.size == 3


# larger networks, against another solver


@pytest.mark.parametrize(
    ("n", "m", "share"), [(300, 300, 1.0), (300, 300, 0.4), (120, 156, 0.4), (150, 100, 1.0)]
)
@pytest.mark.parametrize("levels", [1_000_000, 20])
def test_totals_equal_those_of_another_solver(n, m, share, levels):
    rng = np.random.default_rng(n + m + levels)
    weights = rng.integers(0, levels + 1, (n, m)) * (1_000_000 // levels)
    acceptable = rng.random((n, m)) < share
    network, total = square(weights, acceptable)
    tie = LinearTier("tie", rng.integers(0, 2**20, network.n_arcs))
    chosen = assert_proved(network, [count_pairs(network), total, tie])
    # one more than every total makes the number of pairs come first
    step = min(n, m) * 1_000_000 + 1
    rows, columns = linear_sum_assignment(
        np.where(acceptable, weights.astype(float) + step, 0.0), maximize=True
    )
    both = acceptable[rows, columns]
    assert chosen.sum() == both.sum()
    assert total.weights[chosen].sum() == weights[rows, columns][both].sum()


def test_blocks_of_unequal_size_leave_the_same_people_out_as_another_solver():
    rng = np.random.default_rng(5)
    acceptable = np.zeros((100, 100), dtype=bool)
    acceptable[:50, :53] = acceptable[50:, 53:] = True
    weights = rng.integers(0, 1_000_001, (100, 100))
    network, total = square(weights, acceptable)
    chosen = assert_proved(network, [count_pairs(network), total])
    expected = 0
    for part in (np.s_[:50, :53], np.s_[50:, 53:]):
        expected += weights[part][linear_sum_assignment(weights[part], maximize=True)].sum()
    assert chosen.sum() == 97
    assert total.weights[chosen].sum() == expected


def test_a_larger_total_than_that_of_most_pairs_is_found_without_pairs():
    network, total = square(np.array([[20, 5], [6, 0]]), np.array([[1, 1], [1, 0]], dtype=bool))
    assert total.weights[assert_proved(network, [total])].sum() == 20
    assert total.weights[assert_proved(network, [count_pairs(network), total])].sum() == 11


def test_products_of_ranks_pair_equals_though_their_prices_form_one_long_chain():
    rank = np.arange(120)
    order = np.random.default_rng(0).permutation(120)
    network, total = square(np.outer(rank, rank[order]))
    chosen = assert_proved(network, [count_pairs(network), total])
    # the rearrangement inequality
    assert total.weights[chosen].sum() == (rank**2).sum()


# extremes


def test_all_equal_weights_leave_the_choice_to_the_last_tier():
    network, total = square(np.full((60, 60), 500_000))
    tie = np.random.default_rng(1).integers(0, 2**20, (60, 60))
    tiers = [count_pairs(network), total, LinearTier("tie", tie.ravel())]
    chosen = assert_proved(network, tiers)
    assert tie.ravel()[chosen].sum() == tie[linear_sum_assignment(tie, maximize=True)].sum()


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_without_arcs_nobody_is_paired_and_that_is_proved(n, m):
    network, total = square(np.zeros((n, m)), np.zeros((n, m), dtype=bool))
    assert not assert_proved(network, [count_pairs(network), total]).any()
    if n:
        forced = replace(network, min_load_mentees=ints([0] * (n - 1) + [1]))
        assert solve_linear_tiers(forced, [total]) is None
        assert find_hall_violator(forced).unmet_mentees.tolist() == [n - 1]


def test_without_tiers_there_is_nothing_to_prove():
    network, _ = square(np.ones((2, 2)))
    found = solve_linear_tiers(network, [])
    assert found.values == found.bounds == found.prices == ()
    assert is_feasible(network, found.chosen)


@pytest.mark.parametrize(("size", "spread"), [(30, 5), (30, 2**50), (300, LARGE)])
def test_large_weights_are_exact_in_each_of_several_tiers(size, spread):
    # the assignment solver takes the first and the last; 2**50 is too wide for it, not for flow
    rng = np.random.default_rng(2)
    weights = LARGE - rng.integers(0, spread, (size, size))
    network, total = square(weights)
    tie = LinearTier("tie", LARGE - rng.integers(0, 1000, network.n_arcs))
    chosen = assert_proved(network, [count_pairs(network), total, tie])
    expected = weights[linear_sum_assignment(weights - LARGE, maximize=True)].sum()
    assert total.weights[chosen].sum() == expected


def test_capacities_far_beyond_the_arcs_do_no_harm():
    network, total = square(np.array([[3, 1], [2, 5]]))
    wide = replace(network, max_load_mentees=ints([2**62, 1]), max_load_mentors=ints([1, 2**62]))
    found = solve_linear_tiers(wide, [total])
    assert found.values == found.bounds == (9,)


@pytest.mark.parametrize("bits", [30, 38, 44])
def test_tiers_that_overflow_together_are_solved_apart(bits):
    # only the diagonal can be chosen, and only prices that climb along the whole chain prove it;
    # the last mentee needs two partners, which keeps the assignment solver out
    size = 100
    step = np.arange(size)
    a = np.concatenate((step, step[1:], [size, size]))
    b = np.concatenate((step, step[:-1], [size, size + 1]))
    order = np.lexsort((b, a))
    diagonal = (a == b)[order]
    network = Network(
        size + 1,
        size + 2,
        a[order],
        b[order],
        np.zeros(a.size, dtype=bool),
        ints([1] * size + [2]),
        ints([1] * size + [2]),
        ints([1] * (size + 2)),
        ints([1] * (size + 2)),
    )
    tiers = [
        LinearTier("total", np.where(diagonal, 0, 2**bits)),
        LinearTier("tie", np.arange(a.size)),
    ]
    found = solve_linear_tiers(network, tiers)
    assert found.values == found.bounds
    assert found.chosen[diagonal].all()
    assert found.chosen.sum() == size + 2


@pytest.mark.parametrize("size", [2**57, 2**61])
def test_weights_too_large_for_64_bits_are_refused(size):
    network, total = square(np.array([[size, 1], [1, 5]]))
    with pytest.raises(OverflowError, match="'total'"):
        solve_linear_tiers(network, [total])


@pytest.mark.parametrize("bits", range(50, 62))
def test_weights_near_the_end_of_64_bits_are_added_up_exactly_or_refused(bits, capfd):
    weights = 2**bits - np.arange(16).reshape(4, 4) ** 2
    best = max(
        sum(int(weights[at, to]) for at, to in enumerate(order))
        for order in itertools.permutations(range(4))
    )
    network, total = square(weights)
    try:
        assert solve_linear_tiers(network, [total]).values == (best,)
    except OverflowError:
        assert bits > 55
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("mentees", "mentors"), [([1, 0], [0, 0]), ([0, 0], [1, 0]), ([0, 0], [0, 0]), ([0, 2], [0, 0])]
)
def test_arcs_out_of_order_repeated_or_to_nobody_are_refused(mentees, mentors):
    with pytest.raises(ValueError, match="arc"):
        Network(2, 2, ints(mentees), ints(mentors), np.zeros(2, bool), *_zero_one(2), *_zero_one(2))


# deadlines


@settings(max_examples=60, deadline=None)
@given(problems())
def test_after_the_deadline_a_choice_is_allowed_and_the_bounds_are_true(problem):
    network, tiers = problem
    choices = every_choice(network)
    found = solve_linear_tiers(network, tiers, stop=Stop(0.0))
    if found is None:
        assert not len(choices)
        return
    assert found.n_proved == 0
    if found.chosen is None:
        # only needs that a greedy choice may miss excuse an empty hand
        assert network.min_load_mentees.any() or network.min_load_mentors.any()
        assert found.values is None
    else:
        assert is_feasible(network, found.chosen)
    for tier, top in zip(tiers, found.bounds, strict=True):
        if len(choices):
            assert worth(network, tier, choices).max() <= top


def test_the_longer_the_time_the_more_is_proved(monkeypatch):
    rng = np.random.default_rng(3)
    network, total = square(rng.integers(0, 30, (12, 12)), rng.random((12, 12)) < 0.5)
    tiers = [count_pairs(network), total, LinearTier("tie", rng.integers(0, 2**20, network.n_arcs))]
    best = solve_linear_tiers(network, tiers)
    proved = []
    for steps in range(8):
        clock = itertools.count()
        monkeypatch.setattr(stopping.time, "monotonic", lambda clock=clock: next(clock))
        found = solve_linear_tiers(network, tiers, stop=Stop(steps))
        monkeypatch.undo()
        assert is_feasible(network, found.chosen)
        assert found.values <= best.values
        assert found.bounds[: found.n_proved] == best.bounds[: found.n_proved]
        assert all(top >= true for top, true in zip(found.bounds, best.values, strict=True))
        assert [pair is None for pair in found.prices] == sorted(
            pair is None for pair in found.prices
        )
        proved.append(found.n_proved)
    assert proved == sorted(proved)
    assert (proved[0], proved[-1]) == (0, 3)


def test_greedy_takes_the_dearest_arcs_first():
    network, total = square(np.array([[20, 5], [6, 0]]), np.array([[1, 1], [1, 0]], dtype=bool))
    found = solve_linear_tiers(network, [count_pairs(network), total], stop=Stop(0.0))
    assert found.values == (1, 20)
    assert found.bounds == (2, 25)
    assert found.prices == (None, None)


# the smaller pieces


@settings(max_examples=60, deadline=None)
@given(problems())
def test_a_combined_choice_is_best_for_the_tiers_it_claims(problem):
    network, tiers = problem
    choices = every_choice(network)
    assume(len(choices))
    found = solve_flow(network, tiers)
    assert 1 <= found.n_tiers <= len(tiers)
    claimed = tiers[: found.n_tiers]
    values = np.stack([worth(network, tier, choices) for tier in claimed], axis=1)
    assert [tier_value(network, tier, found.chosen) for tier in claimed] == max(values.tolist())


def test_pairs_and_totals_of_a_usual_cohort_are_combined():
    network, total = square(np.random.default_rng(4).integers(0, 1_000_011, (50, 70)))
    assert solve_flow(network, [count_pairs(network), total]).n_tiers == 2


def test_loading_the_core_loads_neither_ortools_nor_pandas():
    code = "import sys\nimport rmmatch.solving.lexicographic.driver\n"
    code += "print(sorted({'ortools', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class LateAfter(FlowSolutions):
    """Solutions whose time runs out before there is a choice in a tier of some name."""

    late = ""

    def optimise(self, tier, stop=None):
        if tier.name == self.late:
            raise TimeoutError
        return super().optimise(tier, stop)

    def _restrict(self, network, arc_idx, solved_tiers):
        restricted = LateAfter(network, self.arc_idx[arc_idx])
        restricted.late = self.late
        return restricted


def test_out_of_time_in_a_later_tier_the_choice_of_the_earlier_stands():
    arcs = np.array([0, 0, 1]), np.array([0, 1, 0])
    one = np.ones(2, dtype=np.int64)
    network = Network(2, 2, *arcs, np.zeros(3, dtype=bool), 0 * one, one, 0 * one, one)
    stages = [
        LinearMethod(count_pairs(network)),
        LinearMethod(LinearTier("total", np.array([20, 5, 6]))),
    ]
    way = LateAfter(network)
    way.late = "total"
    found = solve_tiers(way, stages)
    assert found.values[0] == found.bounds[0] == 2
    assert found.n_proved == 1
    assert found.values[1] == 11 <= found.bounds[1]
    way.late = "pairs"
    with pytest.raises(TimeoutError):
        solve_tiers(way, stages)
