"""Claims about the arcs at hand: however few are solved at first, the choice is the best of all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.solving.assignment.flow import solve_flow
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    dual_bound,
    is_feasible,
    tier_value,
)
from rmmatch.solving.column_generation import restricted_master
from rmmatch.solving.column_generation.restricted_master import RestrictedMaster
from rmmatch.solving.stopping import Stop

NUMBERS = st.integers(0, 2**32 - 1)


def _drawn(seed, capacity, spread):
    """Return a network, a tier and prices that may be far from the right ones."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 9, 2)
    arcs = np.flatnonzero(rng.random(n * m) < rng.choice([0.3, 0.7, 1.0]))
    most = rng.integers(1, capacity + 1, n), rng.integers(1, capacity + 1, m)
    none = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    network = Network(
        n, m, arcs // m, arcs % m, np.zeros(arcs.size, bool), none[0], most[0], none[1], most[1]
    )
    tier = LinearTier("total", rng.integers(0, rng.choice([3, 1000]), arcs.size))
    return network, tier, (rng.integers(0, spread, n), rng.integers(0, spread, m)), rng


@pytest.fixture(params=[1, 2])
def few_are_close(request, monkeypatch):
    monkeypatch.setattr(restricted_master, "_CANDIDATE_ARCS_PER_PERSON", request.param)


@pytest.mark.usefixtures("few_are_close")
@given(NUMBERS, st.integers(1, 3), st.sampled_from([1, 1000]), st.sampled_from([None, 0, 1]))
def test_without_artificial_arcs_the_prices_prove_the_choice(seed, capacity, spread, n_new):
    network, tier, near_prices, rng = _drawn(seed, capacity, spread)
    master = RestrictedMaster(min(network.n_mentees, network.n_mentors))
    previous = solve_flow(network, [LinearTier("any", rng.integers(0, 9, network.n_arcs))])
    assert previous is not None
    solution = master.solve(
        network, tier, near_prices, previous.chosen, Stop(), n_new=n_new, may_use_artificial=False
    )
    assert is_feasible(network, solution.chosen)
    assert solution.prices is not None
    assert dual_bound(network, tier, *solution.prices) == tier_value(network, tier, solution.chosen)


@pytest.mark.usefixtures("few_are_close")
@given(
    NUMBERS,
    st.integers(1, 3),
    st.sampled_from([1, 1000]),
    st.sampled_from([None, 0]),
    st.sampled_from([None, 1, 500]),
)
def test_with_artificial_arcs_no_arc_is_worth_more_than_its_prices(
    seed, capacity, spread, n_new, discount
):
    network, tier, near_prices, _ = _drawn(seed, capacity, spread)
    master = RestrictedMaster(min(network.n_mentees, network.n_mentors))
    master.artificial_discount = discount
    solution = master.solve(
        network, tier, near_prices, network.fixed, Stop(), n_new=n_new, may_use_artificial=True
    )
    assert solution.prices is not None
    u, v = solution.prices
    reduced = tier.weights - u[network.mentees] - v[network.mentors]
    taken = solution.chosen
    assert (reduced[~taken] <= 0).all()
    assert (reduced[taken] >= 0).all()
    if solution.unmatched is None:
        assert dual_bound(network, tier, u, v) == tier_value(network, tier, taken)
        return
    everybody = [
        int(np.minimum(most, np.bincount(people, minlength=most.size)).sum())
        for most, people in (
            (network.max_load_mentees, network.mentees),
            (network.max_load_mentors, network.mentors),
        )
    ]
    if taken.sum() == max(everybody):
        # nobody is left out: among the choices with as many arcs none is worth more
        fullest = solve_flow(network, [LinearTier("fullest", tier.weights + 10**6)])
        assert fullest is not None
        assert tier_value(network, tier, taken) == tier_value(network, tier, fullest.chosen)
