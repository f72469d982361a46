"""Lists to choose from have the largest sum there is, and nobody is on too many."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 2**32),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["mentee", "mentor"]),
)
def test_no_lists_have_a_larger_sum(seed: int, k: int, most: int, role: str) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, 2)
    everybody = [(f"E{e}", f"M{m}") for e, m in product(*map(range, sizes))]
    allowed = [pair for pair in everybody if rng.random() < 0.8][:10]
    scores = {pair: int(rng.integers(0, 6)) / 5 for pair in allowed}
    forbid = [pair for pair in everybody if pair not in allowed]
    scheme = table_scheme(scores, rules=[{"type": "pairs", "forbid": forbid}])
    cohort = cohort_of(people("E", sizes[0]), people("M", sizes[1]))
    lists = rm.shortlist(cohort, scheme, k=k, most=most, role=role)

    mine, theirs = (0, 1) if role == "mentee" else (1, 0)
    best = (-1, -1)
    for bits in product([0, 1], repeat=len(allowed)):
        chosen = [pair for pair, bit in zip(allowed, bits, strict=True) if bit]
        owners, partners = ([pair[side] for pair in chosen] for side in (mine, theirs))
        if all(owners.count(one) <= k for one in owners) and all(
            partners.count(one) <= most for one in partners
        ):
            total = round(1_000_000 * sum(scores[pair] for pair in chosen))
            best = max(best, (total, len(chosen)))
    assert (lists.total, len(lists)) == best
    found = [(row["mentee"], row["mentor"]) for row in lists]
    assert set(found) <= set(allowed)
    for row in lists:
        assert row["score"] == scores[row["mentee"], row["mentor"]]
        partner = (row["mentee"], row["mentor"])[theirs]
        assert row["listed"] == sum(pair[theirs] == partner for pair in found) <= most
        own = [scores[pair] for pair in allowed if pair[mine] == row[role]]
        assert row["choice"] == 1 + sum(score > row["score"] for score in own)
        assert row["acceptable"] == len(own)
    for id_ in cohort.side(role).ids:
        places = [(row["place"], row["score"]) for row in lists if row[role] == id_]
        assert [place for place, _ in places] == list(range(1, len(places) + 1))
        assert [score for _, score in places] == sorted((s for _, s in places), reverse=True)
        assert len(lists.of(id_)) == len(places) <= k
        assert (id_ in lists.without) == (not places)


def test_who_does_not_take_part_is_on_no_list_and_pins_are_on_all() -> None:
    mentees = [person("E0"), person("E1", status="withdrawn"), person("E2", capacity=0)]
    mentors = [person("M0", status="reserve"), person("M1"), person("M2"), person("M3")]
    pairs = product(["E0", "E1", "E2"], ["M0", "M1", "M2", "M3"])
    rules = [{"type": "pairs", "pin": [["E0", "M3"]]}]
    scheme = table_scheme({pair: 0.1 if pair[1] == "M3" else 0.9 for pair in pairs}, rules=rules)
    lists = rm.shortlist(cohort_of(mentees, mentors), scheme, k=2)
    assert set(lists.of("E0")) in ({"M1", "M3"}, {"M2", "M3"})
    assert {row["mentee"] for row in lists} == {"E0"}
    assert lists.without == ()


def test_the_order_of_rows_does_not_matter() -> None:
    scheme = table_scheme(dict.fromkeys(product(("E0", "E1"), ("M0", "M1", "M2")), 0.5))
    ids = people("E", 2), people("M", 3)
    here = rm.shortlist(cohort_of(*ids), scheme, k=2, most=1)
    there = rm.shortlist(cohort_of(ids[0][::-1], ids[1][::-1]), scheme, k=2, most=1)
    assert here.rows == there.rows


def test_reasons_are_facts_and_add_up_to_no_more_than_the_score() -> None:
    cohort, scheme = rm.synthetic.demo()
    lists = rm.shortlist(cohort, scheme)
    scores = rm.score(cohort, scheme)
    for row in list(lists)[:20]:
        parts = scores.pair(row["mentee"], row["mentor"]).contributions
        name, most = max(parts.items(), key=lambda part: part[1])
        assert row["reasons"].startswith(f"{name} {most / 1_000_000:.3f}")
    assert lists.headline in repr(lists)
    assert "<table" in lists._repr_html_()
    assert lists.table.columns[0] == "mentee"
    assert rm.shortlist(cohort, scheme, role="mentor").table.columns[0] == "mentor"
    empty = rm.shortlist(cohort_of(people("E", 1), [person("M0", capacity=0)]), rm.Scheme())
    assert (len(empty), empty.without, repr(empty)) == (0, ("E0",), empty.headline)


@pytest.mark.parametrize("keys", [{"k": 0}, {"most": 0}, {"role": "tutor"}])
def test_what_cannot_be_listed(keys: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        rm.shortlist(*rm.synthetic.demo(), **keys)
