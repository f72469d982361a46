"""The next best matchings are all there, in order: against every matching there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, person, table_scheme
from rmmatch.analysis.alternatives.most_different import most_different
from rmmatch.analysis.alternatives.second_best import murty_enumeration
from rmmatch.solving.assignment.network import LinearTier, Network, is_feasible, tier_value

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def drawn_network(seed: int) -> tuple[Network, list[LinearTier], list[np.ndarray]]:
    """A small network with capacities, minimum loads and fixed arcs; and its allowed choices."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, 2)
    arcs = [pair for pair in product(*map(range, sizes)) if rng.random() < 0.75][:9]
    mentees, mentors = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    most = [rng.integers(0, 4, size) for size in sizes]
    least = [np.minimum(rng.integers(0, 2, m.size) * rng.integers(0, 2, m.size), m) for m in most]
    count = len(arcs)
    network = Network(
        *sizes.tolist(),
        mentees,
        mentors,
        rng.random(count) < 0.08,
        least[0],
        most[0],
        least[1],
        most[1],
    )
    large = 2**45 if rng.random() < 0.3 else 1  # so that the tiers need several numbers
    kinds = [
        LinearTier("weights", rng.integers(-2, 5, count) * large),
        LinearTier("pairs", np.ones(count, dtype=np.int64)),
        LinearTier(
            "rewards",
            np.zeros(count, dtype=np.int64),
            *(rng.integers(0, 3, size) for size in (sizes[0], sizes[0], sizes[1], sizes[1])),
        ),
        LinearTier("more weights", rng.integers(-2, 5, count) * large),
    ]
    tiers = [kinds[kind] for kind in rng.permutation(4)[: rng.integers(1, 4)]]
    choices = (np.array(bits, dtype=bool) for bits in product([0, 1], repeat=count))
    return network, tiers, [choice for choice in choices if is_feasible(network, choice)]


def worth(network: Network, tiers: list[LinearTier], choice: np.ndarray) -> tuple[int, ...]:
    return tuple(tier_value(network, tier, choice) for tier in tiers)


@SETTINGS
@given(st.integers(0, 2**32))
def test_every_allowed_choice_comes_once_and_in_order(seed: int) -> None:
    network, tiers, choices = drawn_network(seed)
    found = list(murty_enumeration(network, tiers))
    assert len({one.chosen.tobytes() for one in found}) == len(found) == len(choices)
    assert all(worth(network, tiers, one.chosen) == one.values for one in found)
    expected = sorted((worth(network, tiers, choice) for choice in choices), reverse=True)
    assert [one.values for one in found] == expected


@SETTINGS
@given(st.integers(0, 2**32))
def test_for_one_person_the_best_with_each_set_of_partners(seed: int) -> None:
    network, tiers, choices = drawn_network(seed)
    for mentee in range(network.n_mentees):
        best: dict[bytes, tuple[int, ...]] = {}
        for choice in choices:
            partners = choice[network.mentees == mentee].tobytes()
            values = worth(network, tiers, choice)
            best[partners] = max(best.get(partners, values), values)
        found = list(murty_enumeration(network, tiers, mentee))
        partners_of = {one.chosen[network.mentees == mentee].tobytes(): one.values for one in found}
        assert partners_of == best
        assert [one.values for one in found] == sorted(best.values(), reverse=True)


@SETTINGS
@given(st.integers(0, 2**32), st.integers(0, 8))
def test_none_within_the_limit_shares_less(seed: int, less: int) -> None:
    network, _, choices = drawn_network(seed)
    if not choices or not network.n_arcs:
        return
    rng = np.random.default_rng(seed)
    total = LinearTier("total", rng.integers(0, 6, network.n_arcs))
    marks = LinearTier("marks", rng.integers(0, 100, network.n_arcs))
    shared = rng.integers(0, 3, network.n_arcs)
    at_least = max(tier_value(network, total, choice) for choice in choices) - less
    found = most_different(network, total, marks, shared, at_least)
    assert found.is_proved
    assert is_feasible(network, found.chosen)
    assert tier_value(network, total, found.chosen) >= at_least
    allowed = [choice for choice in choices if tier_value(network, total, choice) >= at_least]
    assert shared[found.chosen].sum() == min(shared[choice].sum() for choice in allowed)


# --- alternatives of a result --------------------------------------------------------------

SCORES = {("E0", "M0"): 0.9, ("E0", "M1"): 0.5, ("E1", "M0"): 0.7, ("E1", "M1"): 0.5}
SCORES |= {("E2", "M1"): 0.2, ("E2", "M2"): 0.4, ("E0", "M2"): 0.1}
KEPT = [("E0", "M1"), ("E1", "M0"), ("E2", "M2"), ("E1", "M2")]  # the last is forbidden


def small_cohort(kept: list[tuple[str, str]] = KEPT) -> rm.Cohort:
    mentees = [person("E0", priority=2), person("E1"), person("E2", priority=1)]
    mentors = [person("M0", capacity=2), person("M1"), person("M2", status="reserve")]
    return cohort_of(mentees, mentors, {"kept": kept})


def small_scheme(*objective: str) -> rm.Scheme:
    everybody = product(("E0", "E1", "E2"), ("M0", "M1", "M2"))
    forbid = [pair for pair in everybody if pair not in SCORES]
    return table_scheme(SCORES, rules=[{"type": "pairs", "forbid": forbid}], objective=objective)


def all_matchings(
    cohort: rm.Cohort, scheme: rm.Scheme, kept: list[tuple[str, str]] = KEPT
) -> dict[rm.Matching, tuple[int, ...]]:
    """Every matching the checker finds valid, with what it is worth, by hand."""
    found = {}
    for bits in product([False, True], repeat=len(SCORES)):
        pairs = [pair for pair, bit in zip(SCORES, bits, strict=True) if bit]
        if rm.check(cohort, scheme, pairs):
            continue
        total = round(sum(1_000_000 * SCORES[pair] for pair in pairs))
        paired = {id_ for pair in pairs for id_ in pair}
        applicants = [pair for pair in pairs if pair[1] != "M2"]
        first_is_total = scheme.objective[0] == "total"
        values = {
            "applicants": round(sum(1_000_000 * SCORES[pair] for pair in applicants))
            if first_is_total
            else len(applicants),
            "pairs": len(pairs),
            "participation": len(paired - {"M2"}),  # who is a reserve
            "priority": 2 * ("E0" in paired) + ("E2" in paired),
            "total": total,
            "kept_pairs": len(set(pairs) & set(kept)),
            "nash": sum(round(1e6 * np.log(1e6 * SCORES[pair])) for pair in pairs),
        }
        after = int(scheme.objective[0] == "kept_pairs")
        tiers = [*scheme.objective[:after], "applicants", *scheme.objective[after:]]
        found[rm.Matching.of(pairs)] = tuple(values[tier] for tier in tiers)
    return found


@pytest.mark.parametrize(
    "objective",
    [
        ("pairs", "total"),
        ("total",),
        ("priority", "total", "pairs"),
        ("pairs",),
        ("participation", "total"),
        ("kept_pairs", "pairs", "total"),
        ("pairs", "kept_pairs", "total"),
        ("pairs", "nash"),
    ],
)
def test_alternatives_are_all_other_matchings_in_order(objective: tuple[str, ...]) -> None:
    cohort, scheme = small_cohort(), small_scheme(*objective)
    every = all_matchings(cohort, scheme)
    result = rm.match(cohort, scheme)
    found = rm.alternatives(result, k=1000)
    assert {one.matching for one in found} == set(every) - {result.made}
    assert all(tuple(one.values.values()) == every[one.matching] for one in found)
    values = [tuple(one.values.values()) for one in found]
    assert values == sorted(values, reverse=True)
    for one in found:
        assert set(one.gone) == set(result.made) - set(one.matching)
        assert set(one.new) == set(one.matching) - set(result.made)
    assert [one.matching for one in rm.alternatives(result, k=3)] == [
        one.matching for one in found[:3]
    ]


@pytest.mark.parametrize(("role", "id_"), [("mentee", "E0"), ("mentor", "M0"), ("mentor", "M1")])
def test_alternatives_of_one_person_give_them_other_partners(role: str, id_: str) -> None:
    cohort, scheme = small_cohort(), small_scheme("pairs", "total")
    best: dict[tuple[str, ...], tuple[int, ...]] = {}
    for matching, values in all_matchings(cohort, scheme).items():
        partners = matching.partners(role, id_)
        best[partners] = max(best.get(partners, values), values)
    result = rm.match(cohort, scheme)
    del best[result.made.partners(role, id_)]
    found = rm.alternatives(result, k=1000, **{role: id_})
    assert {one.matching.partners(role, id_): tuple(one.values.values()) for one in found} == best
    assert len(found) == len(best)


def test_the_order_of_rows_does_not_matter() -> None:
    scheme = table_scheme(dict.fromkeys(product(("E0", "E1"), ("M0", "M1", "M2")), 0.5))
    ids = [person("E0"), person("E1")], [person(f"M{m}") for m in range(3)]
    here = rm.alternatives(rm.match(cohort_of(*ids), scheme), k=99)
    there = rm.alternatives(rm.match(cohort_of(ids[0][::-1], ids[1][::-1]), scheme), k=99)
    assert [one.matching for one in here] == [one.matching for one in there]
    assert len(here) == 6 - 1 + 6 + 1  # two pairs; one pair; none


def test_of_a_matching_that_is_not_the_best_the_best_is_an_alternative() -> None:
    cohort, scheme = rm.synthetic.demo()
    greedy = rm.match(cohort, scheme, strategy=rm.strategies.Greedy())
    best = rm.match(cohort, scheme)
    [first] = rm.alternatives(greedy, k=1)
    assert (first.matching, first.values) == (best.made, dict(best.values))


def test_the_most_different_are_valid_near_and_told() -> None:
    cohort, scheme = rm.synthetic.demo()
    result = rm.match(cohort, scheme)
    found = rm.alternatives(result, k=3, within=0.01)
    least = result.values["total"] - int(0.01 * result.values["total"])
    for one in found:
        assert rm.check(cohort, scheme, list(one.matching)) == []
        assert one.values["total"] >= least
        assert one.values["pairs"] == result.values["pairs"]
    assert len(found[0].gone) >= len(rm.alternatives(result, k=1)[0].gone)
    table = found.to_frame()
    assert table["changed"].tolist() == [len(one.gone) for one in found]
    shown = table["total"] + table["total_less"]
    assert np.allclose(shown, result.objective["total"])
    assert "1. " in repr(found)
    assert "<table" in found._repr_html_()
    assert len(rm.alternatives(result, within=0.0)) <= 5


def test_the_most_different_keep_as_many_pairs_and_confidence_says_what_it_knows() -> None:
    kept = [("E2", "M2")]
    cohort, scheme = small_cohort(kept), small_scheme("kept_pairs", "pairs", "total")
    result = rm.match(cohort, scheme)
    every = all_matchings(cohort, scheme, kept)
    best = max(every.values())
    [*others, total] = best
    near = [one for one in every if every[one] >= (*others, total - int(0.5 * total))]
    shared = min(len(set(one) & set(result.made)) for one in near)
    found = rm.alternatives(result, k=1, within=0.5)
    assert [len(set(one.matching) & set(result.made)) for one in found] == [shared] == [2]
    assert rm.confidence(result, draws=1).pairs["survival"].notna().all()
    result = rm.match(cohort, small_scheme("pairs", "nash"))
    with pytest.raises(rm.errors.NotSupportedError, match=r"scheme has: nash$") as caught:
        rm.confidence(result, draws=1)
    assert "nash" not in str(caught.value).split("only")[0]


def test_what_is_no_sum_has_no_alternatives() -> None:
    for tier in ("worst_pair", "spread"):
        result = rm.match(small_cohort(), small_scheme("pairs", "kept_pairs", tier))
        with pytest.raises(rm.errors.NotSupportedError, match=f"kept_pairs.*scheme has: {tier}$"):
            rm.alternatives(result)


def test_nothing_else_is_possible() -> None:
    lone = rm.match(cohort_of([person("E0", capacity=0)], [person("M0")]), rm.Scheme())
    assert len(rm.alternatives(lone)) == 0
    assert repr(rm.alternatives(lone)) == "No other matching."


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"k": 0}, "k must be at least 1"),
        ({"within": 2.0}, "a share in"),
        ({"mentee": "E0", "mentor": "M0"}, "give one of"),
        ({"within": 0.1}, "no tier"),
    ],
)
def test_what_cannot_be_asked(keys: dict[str, object], words: str) -> None:
    result = rm.match(small_cohort(), small_scheme("pairs"))
    with pytest.raises(ValueError, match=words):
        rm.alternatives(result, **keys)


def test_an_unknown_id_names_the_nearest() -> None:
    result = rm.match(small_cohort(), small_scheme("pairs", "total"))
    with pytest.raises(rm.CohortError, match="did you mean 'E1'"):
        rm.alternatives(result, mentee="E11")


def test_without_a_matching_there_are_no_alternatives() -> None:
    cohort = cohort_of([person("E0", min_load=1)], [person("M0", capacity=0)])
    result = rm.match(cohort, rm.Scheme())
    assert result.status is rm.Status.INFEASIBLE
    for ask in (rm.alternatives, rm.confidence):
        with pytest.raises(rm.errors.NoMatchingError):
            ask(result)
