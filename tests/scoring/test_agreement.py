"""One meaning of a score: however it is asked for, and as plain Python says."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.reference import Reference
from helpers.strategies import CLOCK, People, cases, people, rule_for, schemes

Case = tuple[People, rm.Scheme]


def matrices(tables: People, scheme: rm.Scheme) -> dict[str, Any]:
    """Return the scores and the first forbidding rules by pair of ids."""
    scores = rm.score(tables.cohort(), scheme)
    rows, columns = (np.arange(n) for n in scores.shape)
    matrix, first = scores.to_numpy(), scores.forbidden_by(rows, columns)
    return {
        f"{mentee} {mentor}": (int(matrix[row, column]), int(first[row, column]))
        for row, mentee in enumerate(scores.mentees)
        for column, mentor in enumerate(scores.mentors)
    }


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_pair_scores_what_plain_python_says(case: Case) -> None:
    tables, scheme = case
    scores, reference = rm.score(tables.cohort(), scheme), Reference(tables, scheme)
    matrix = scores.to_numpy()
    for row, mentee in enumerate(scores.mentees):
        for column, mentor in enumerate(scores.mentors):
            pair = scores.pair(mentee, mentor)
            rule = reference.forbidden_by(mentee, mentor)
            assert list(pair.raw.values()) == reference.raw(mentee, mentor)
            assert (
                list(pair.contributions.values()),
                pair.mentee_view,
                pair.mentor_view,
            ) == reference.weighed(mentee, mentor)
            assert pair.score == matrix[row, column] == reference.score(mentee, mentor)
            assert pair.forbidden_by == (scores.rules[rule] if rule >= 0 else None)


@settings(max_examples=40, deadline=None)
@given(cases(), st.data())
def test_blocks_lists_and_the_whole_agree_bit_for_bit(case: Case, data: st.DataObject) -> None:
    tables, scheme = case
    cohort = tables.cohort()
    scores, fresh = rm.score(cohort, scheme), rm.score(cohort, scheme)
    every = [np.arange(n) for n in scores.shape]
    whole, raw = scores.terms_of_block(*every), scores.criterion_scores(*every)
    # Any people, in any order, some of them twice, or nobody.
    rows, columns = (
        np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=6)), dtype=np.int64)
        for n in scores.shape
    )
    at = np.ix_(rows, columns)
    block = fresh.terms_of_block(rows, columns)
    np.testing.assert_array_equal(block.contributions, whole.contributions[:, rows][:, :, columns])
    np.testing.assert_array_equal(block.mentee, whole.mentee[at])
    np.testing.assert_array_equal(block.mentor, whole.mentor[at])
    np.testing.assert_array_equal(fresh.block(rows, columns), scores.to_numpy()[at])
    for part, all_of_it in zip(fresh.criterion_scores(rows, columns), raw, strict=True):
        assert part.tobytes() == all_of_it[at].tobytes()
    for part, all_of_it in zip(fresh.views(rows, columns), scores.views(*every), strict=True):
        np.testing.assert_array_equal(part, all_of_it[at])
    first = scores.forbidden_by(*every)
    np.testing.assert_array_equal(fresh.forbidden_by(rows, columns), first[at])

    count = min(len(rows), len(columns))
    rows, columns = rows[:count], columns[:count]
    listed = fresh.terms_of_pairs(rows, columns)
    np.testing.assert_array_equal(listed.contributions, whole.contributions[:, rows, columns])
    np.testing.assert_array_equal(listed.mentee, whole.mentee[rows, columns])
    np.testing.assert_array_equal(listed.mentor, whole.mentor[rows, columns])
    np.testing.assert_array_equal(fresh.forbidden_by_of_pairs(rows, columns), first[rows, columns])


def test_long_lists_and_many_blocks_agree_with_the_whole(monkeypatch: Any) -> None:
    size = 150
    tables = People(
        tuple({"id": f"E{n}", "goals": f"g{n % 7};g{n % 5}"} for n in range(size)),
        tuple({"id": f"M{n}", "goals": f"g{n % 11}"} for n in range(size)),
    )
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "goals", "rarity": True}]})
    scores = rm.score(tables.cohort(), scheme)
    rows = np.arange(size).repeat(2)
    listed = scores.terms_of_pairs(rows, rows[::-1])
    np.testing.assert_array_equal(listed.score, scores.to_numpy()[rows, rows[::-1]])
    monkeypatch.setattr("rmmatch.scoring.pair_scores._BLOCK_CELLS", 1000)
    in_blocks = rm.score(tables.cohort(), scheme)
    assert len(list(in_blocks.blocks())) == 25
    np.testing.assert_array_equal(in_blocks.to_numpy(), scores.to_numpy())


@settings(max_examples=40, deadline=None)
@given(cases())
def test_contributions_add_up_and_the_mean_of_the_views_is_the_score(case: Case) -> None:
    tables, scheme = case
    scores = rm.score(tables.cohort(), scheme)
    for mentee in scores.mentees:
        for mentor in scores.mentors:
            pair = scores.pair(mentee, mentor)
            total = sum(pair.contributions.values())
            assert pair.mentee_view + pair.mentor_view == 2 * total
            assert pair.score in (-1, total)
            # Each criterion is rounded once a view: no more than half a millionth each.
            assert 0 <= total <= 1_000_000 + 2 * len(scores.criteria)
            if not scores.has_two_views:
                assert pair.mentee_view == pair.mentor_view == total


@settings(max_examples=30, deadline=None)
@given(cases())
def test_the_frame_holds_the_acceptable_pairs_in_order(case: Case) -> None:
    tables, scheme = case
    scores = rm.score(tables.cohort(), scheme)
    frame = scores.to_frame()
    assert list(frame.columns) == ["mentee", "mentor", "score", *scores.criteria]
    pairs = [scores.pair(mentee, mentor) for mentee in scores.mentees for mentor in scores.mentors]
    allowed = [pair for pair in pairs if pair.forbidden_by is None]
    assert list(zip(frame["mentee"], frame["mentor"], strict=True)) == [
        (pair.mentee, pair.mentor) for pair in allowed
    ]
    assert frame["score"].tolist() == [pair.score / 1e6 for pair in allowed]
    for name in scores.criteria:
        assert frame[name].tolist() == [pair.contributions[name] / 1e6 for pair in allowed]


@settings(max_examples=30, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_show(case: Case, random: Any) -> None:
    tables, scheme = case
    shuffled = {}
    for side in ("mentees", "mentors"):
        rows = [list(cells.items()) for cells in getattr(tables, side)]
        order = list(range(len(rows[0])))
        random.shuffle(order)
        random.shuffle(rows)
        shuffled[side] = tuple({row[n][0]: row[n][1] for n in order} for row in rows)
    assert matrices(tables.replace(**shuffled), scheme) == matrices(tables, scheme)


@settings(max_examples=30, deadline=None)
@given(cases(max_rules=1), st.sampled_from((2.0, 0.25, 2.0**60, 2.0**-60)))
def test_only_the_shares_of_the_weights_matter(case: Case, factor: float) -> None:
    tables, scheme = case
    heavier = scheme.model_copy(
        update={
            "criteria": tuple(
                criterion.model_copy(update={"weight": criterion.weight * factor})
                for criterion in scheme.criteria
            )
        }
    )
    assert matrices(tables, heavier) == matrices(tables, scheme)


@settings(max_examples=30, deadline=None)
@given(people(2, 2), st.sampled_from(CLOCK), st.floats(1, 1000))
def test_adding_free_time_never_lowers_availability(
    tables: People, more: str, enough: float
) -> None:
    scheme = rm.Scheme.model_validate(
        {"cycle_weeks": 2, "criteria": [{"type": "availability", "enough": enough}]}
    )
    first, *others = tables.mentees
    before = rm.score(tables.cohort(), scheme)
    freer = first | {"availability": "; ".join(filter(None, (first["availability"], more)))}
    if before.cohort.mentees.slots(0) is None:
        return  # a person of whom nothing was known: not free time added
    after = rm.score(tables.replace(mentees=(freer, *others)).cohort(), scheme)
    assert np.all(after.to_numpy() >= before.to_numpy())


RELAXED = {
    "power_distance": (("min_gap", -1.5), ("max_gap", 1.5)),
    "availability": (("min_minutes", 0.5),),
    "minimum_score": (("at_least", 0.0),),
    "reporting_chain": (("levels", 1),),
    "attribute": (("gap", 2.0),),
}


@settings(max_examples=40, deadline=None)
@given(cases(max_rules=0), st.data())
def test_relaxing_a_rule_never_forbids_more(case: Case, data: st.DataObject) -> None:
    tables, scheme = case
    rule = data.draw(rule_for(tables))
    relaxed = dict(rule)
    for key, step in RELAXED.get(rule["type"], ()):
        if key == "levels":
            relaxed[key] = step
        elif key in ("min_minutes", "at_least"):
            relaxed[key] = min(relaxed[key], step)
        elif key in rule:
            relaxed[key] = rule[key] + step
    if isinstance(rule.get("forbid"), list) and rule["type"] == "pairs":
        relaxed["forbid"] = rule["forbid"][1:]
    if rule["type"] == "relations" and len(rule["forbid"]) > 1:
        relaxed["forbid"] = rule["forbid"][1:]
    if "missing" in rule:
        relaxed["missing"] = "allow"

    def forbidden(one: dict[str, Any]) -> set[str]:
        data = {**scheme.to_dict(), "rules": [one]}
        found = matrices(tables, rm.Scheme.model_validate(data))
        return {pair for pair, (_, first) in found.items() if first >= 0}

    assert forbidden(relaxed) <= forbidden(rule)


@settings(max_examples=30, deadline=None)
@given(people(3, 3), st.data())
def test_the_first_rule_is_named_and_all_broken_ones_are_told(
    tables: People, data: st.DataObject
) -> None:
    scheme = data.draw(schemes(tables))
    scores = rm.score(tables.cohort(), scheme)
    for row, mentee in enumerate(scores.mentees):
        for column, mentor in enumerate(scores.mentors):
            broken = [name for name, _ in scores.broken_rules(row, column)]
            first = scores.pair(mentee, mentor).forbidden_by
            assert broken[:1] == ([] if first is None else [first])
    for role, matrix in (("mentee", scores.to_numpy()), ("mentor", scores.to_numpy().T)):
        told = scores.partners(role, np.arange(len(matrix)))
        for mine, (acceptable, by_rule) in zip(matrix, told, strict=True):
            np.testing.assert_array_equal(acceptable, mine >= 0)
            assert sum(by_rule.values()) == (mine < 0).sum()
