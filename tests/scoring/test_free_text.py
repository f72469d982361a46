"""Many words: entries and whole rows score alike, in memory in proportion to what is written."""

from __future__ import annotations

import multiprocessing
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.reference import Reference
from helpers.strategies import CRITERIA, RULES, SPECIALITIES, People, people, related
from helpers.sweep_answers import assert_agrees_with_the_matrix
from rmmatch.cohort import Ragged
from rmmatch.criteria import workplace
from rmmatch.criteria.base import nearest_word, related_degrees, related_to_each
from rmmatch.pairwise import features
from rmmatch.pairwise import products as product_kernels
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import values_of_pairs
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep import rare_words
from rmmatch.scoring.sweep.sweep import Sweep

MIB = 2**20
WORDY = [CRITERIA[name] for name in ("goals", "speciality", "attribute", "workplace")]


@contextmanager
def limits(
    few: int = 0, cells: int = 0, products: int = 2, listed: int | None = None
) -> Iterator[None]:
    """Lower the limits at which words are few, tables are small, and pairs may be listed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(product_kernels, "_MAX_DENSE_FEATURES", few)
        patch.setattr(product_kernels, "_MAX_TABLE_CELLS", cells)
        patch.setattr(workplace, "_MAX_TABLE_CELLS", cells)
        patch.setattr(features, "_MAX_PRODUCTS_HELD", products)
        if listed is not None:
            patch.setattr(rare_words, "_LISTED_PAIRS_PER_ENTRY", listed)
        yield


@st.composite
def wordy(draw: st.DrawFn, most: int) -> tuple[People, rm.Scheme]:
    """Draw people, and a scheme of criteria and rules on words."""
    tables = draw(people(most, most))
    criteria = draw(st.lists(st.one_of(*WORDY), min_size=1, max_size=3))
    for criterion in criteria:
        criterion["must_have"] = draw(st.integers(0, 5)) == 0
    rules = draw(st.lists(st.one_of(RULES["attribute"], RULES["minimum_score"]), max_size=2))
    return tables, rm.Scheme.model_validate({"criteria": criteria, "rules": rules})


@settings(max_examples=80, deadline=None)
@given(wordy(5), st.data())
def test_entries_score_what_whole_rows_do(case: tuple[People, rm.Scheme], data: Any) -> None:
    tables, scheme = case
    usual = PairScores(tables.cohort(), scheme)
    with limits(products=data.draw(st.sampled_from((1, 3, 1000)))):
        scores = PairScores(tables.cohort(), scheme)
        # Any people, in any order, some of them twice, or nobody.
        rows, columns = (
            np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=6)), dtype=np.int64)
            for n in scores.shape
        )
        count = min(len(rows), len(columns))
        mine = [*scores.kernels, *scores.masks]
        for one, other in zip(mine, [*usual.kernels, *usual.masks], strict=True):
            if one is None:
                continue
            block, listed = (np.asarray(kernel.block(rows, columns)) for kernel in (one, other))
            assert block.tobytes() == listed.tobytes()
            pairs = values_of_pairs(one, rows[:count], columns[:count])
            assert pairs.tobytes() == np.diagonal(block[:count, :count]).copy().tobytes()
        np.testing.assert_array_equal(scores.to_numpy(), usual.to_numpy())
        reference = Reference(tables, scheme)
        for row, column in zip(rows[:count], columns[:count], strict=True):
            mentee, mentor = scores.mentees[row], scores.mentors[column]
            assert list(scores.pair(mentee, mentor).raw.values()) == reference.raw(mentee, mentor)


@settings(max_examples=80, deadline=None)
@given(wordy(9), st.data())
def test_sweeps_over_entries_find_what_the_matrix_holds(
    case: tuple[People, rm.Scheme], data: Any
) -> None:
    tables, scheme = case
    draw = data.draw
    few, listed = draw(st.sampled_from((0, 1, 3, 99))), draw(st.sampled_from((0, 1, 4, 99)))
    with limits(few=few, listed=listed):
        scores = PairScores(tables.cohort(), scheme)
        random = np.random.default_rng(draw(st.integers(0, 2**32)))
        u, v = (random.integers(-300_000, 600_000, n) for n in scores.shape)
        rows, columns = (random.permutation(n)[: random.integers(1, n + 1)] for n in scores.shape)
        sweep = Sweep(
            scores,
            block=draw(st.sampled_from(((1, 1), (4, 3), (256, 512)))),
            workers=1,
            largest_table=draw(st.sampled_from((1, 6, 1 << 20))),
        )
        assert_agrees_with_the_matrix(sweep, u, v, 1, rows, columns)


# --- larger cohorts --------------------------------------------------------------------------


def drawn(size: int, kind: str, seed: int = 1) -> rm.Cohort:
    """Return people with three answers each in one column.

    Of *different* ones nobody writes what another does; of *shared* ones some three people of
    each side do; of *listed* ones two are of fifteen, and one is one's own or another person's.
    """
    random = np.random.default_rng(seed)

    def cell(prefix: str, person: int) -> str:
        if kind == "different":
            return ";".join(f"{prefix} {person} {n}" for n in range(3))
        if kind == "shared":
            return ";".join(f"word {n}" for n in random.integers(0, size, 3))
        both = [f"list {n}" for n in random.choice(15, 2, replace=False)]
        return ";".join([*both, f"word {random.integers(0, 2 * size)}"])

    sides = [
        pd.DataFrame(
            {
                "id": [f"{prefix}{n}" for n in range(size)],
                "answers": [None if n % 17 == 3 else cell(prefix, n) for n in range(size)],
                "site": [f"site {n}" for n in random.integers(0, 4, size)],
            }
        )
        for prefix in "ME"
    ]
    return rm.read_cohort(*sides)


def scheme_of(*criteria: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> rm.Scheme:
    site = {"type": "workplace", "column": "site"}
    return rm.Scheme.model_validate({"criteria": [*criteria, site], "rules": rules})


GOALS = {"type": "goals", "column": "answers", "weight": 3}
JACCARD = GOALS | {"measure": "jaccard", "rarity": True}
RELATED = JACCARD | {"related": {"word 1": {"word 2": 0.5}, "list 1": {"list 2": 0.25}}}
SPECIALITY = {"type": "speciality", "column": "answers", "related": RELATED["related"]}
OVERLAP = {"type": "attribute", "column": "answers", "prefer": "overlap"}
PLACE = {"type": "workplace", "column": "answers", "prefer": "same"}
NEAR = PLACE | {"prefer": "near", "distances": {"E 1 0;E 1 1;E 1 2": {"M 2 0;M 2 1;M 2 2": 3}}}
MUST = {"type": "attribute", "column": "answers", "relation": "overlap", "any": []}


@pytest.mark.parametrize("kind", ["different", "shared", "listed"])
@pytest.mark.parametrize(
    ("criterion", "rules"),
    [
        (GOALS, ()),
        (JACCARD | {"missing": "zero"}, ()),
        (RELATED | {"view": "mentee"}, ()),
        (GOALS | {"missing": "ignore"}, ()),
        (GOALS | {"must_have": True}, ()),
        (SPECIALITY, ()),
        (SPECIALITY | {"missing": "ignore", "must_have": True}, ()),
        (OVERLAP, (MUST,)),
        (GOALS, (MUST | {"missing": "forbid"},)),
    ],
    ids=str,
)
@pytest.mark.parametrize("largest_table", [1 << 20, 300])
def test_sweeps_over_many_words(
    kind: str, criterion: dict[str, Any], rules: tuple[dict[str, Any], ...], largest_table: int
) -> None:
    with limits(few=20, products=1 << 20):
        scores = PairScores(drawn(90, kind), scheme_of(criterion, rules=rules))
        matrix = scores.to_numpy()
        u = np.sort(matrix, axis=1)[:, -3] - 100_000
        v = np.maximum((matrix - u[:, None]).max(axis=0), 0) + 100_000
        sweep = Sweep(scores, largest_table=largest_table)
        everybody = [np.arange(n) for n in scores.shape]
        assert_agrees_with_the_matrix(sweep, u, v, 5_000, *everybody)


@pytest.mark.parametrize("criterion", [GOALS, JACCARD, SPECIALITY, OVERLAP], ids=str)
def test_rare_words_leave_a_table_and_a_short_list(criterion: dict[str, Any]) -> None:
    with limits(few=256, cells=1 << 16, products=1 << 20):
        scores = PairScores(drawn(700, "listed"), scheme_of(criterion))
        sweep = Sweep(scores, largest_table=1 << 16)
    bound = sweep._bound
    assert sweep.notes == ()
    assert bound.is_tabled
    assert 100 < len(bound.exceptions) < 4 * 6 * 700
    rows, columns = (
        np.unique(one)[:300] for one in (bound.exceptions.mentees, bound.exceptions.mentors)
    )
    np.testing.assert_array_equal(sweep.block(rows, columns), scores.block(rows, columns))


def test_many_words_in_other_processes() -> None:
    scores = PairScores(drawn(420, "shared"), scheme_of(GOALS, OVERLAP))
    u, v = (np.full(n, 150_000) for n in scores.shape)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        sweep = Sweep(scores, executor=pool, pairs_a_task=60_000, largest_table=1 << 16)
        assert len(sweep._bound.exceptions) > 1000
        everybody = [np.arange(n) for n in scores.shape]
        assert_agrees_with_the_matrix(sweep, u, v, 1_000, *everybody)
        assert sweep.notes == ()


# --- memory ----------------------------------------------------------------------------------


def peak_of(work: Callable[[], Any]) -> float:
    """Return the MiB that a piece of work takes at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("kind", "criterion"),
    [
        *(
            ("different", one)
            for one in (GOALS, JACCARD, RELATED, SPECIALITY, OVERLAP, PLACE, NEAR)
        ),
        *(("shared", one) for one in (GOALS, JACCARD, RELATED, SPECIALITY, OVERLAP, PLACE)),
    ],
    ids=str,
)
def test_memory_is_in_proportion_to_what_is_written(kind: str, criterion: dict[str, Any]) -> None:
    """12,000 answers: 2,000 people by as many words would be 90 MiB a side, by each other 30."""
    size = 2000
    cohort, scheme = drawn(size, kind), scheme_of(criterion)
    cohort.labels("answers", several=True)

    def search() -> None:
        scores = PairScores(cohort, scheme)
        scores.block(np.arange(30), np.arange(size))
        prices = np.full(size, 500_000)
        Sweep(scores, workers=1).candidates(prices, prices)

    assert peak_of(search) < 24


def test_free_text_is_paired_in_little_memory() -> None:
    """Words by words would be 288 MiB; the matrix of so many equal pairs takes some 100."""
    cohort, scheme = drawn(1000, "different"), scheme_of(GOALS, SPECIALITY)
    assert peak_of(lambda: rm.match(cohort, scheme)) < 160


def with_a_long_cell(n_words: int) -> rm.Cohort:
    """Return people of whom the first mentee and the first mentor have written very much."""
    cohort = drawn(12, "shared")
    words = [f"word {n}" for n in range(n_words)]
    sides = {}
    for side, answers in zip(cohort.sides, (words, words[::3]), strict=True):
        cells = side.column("answers").copy()
        cells[0] = ";".join(answers)
        sides[f"{side.role}s"] = replace(side, columns={**side.columns, "answers": cells})
    return cohort.replace(**sides)


@pytest.mark.parametrize("criterion", [GOALS, JACCARD, RELATED, SPECIALITY, OVERLAP], ids=str)
def test_a_very_long_cell(criterion: dict[str, Any]) -> None:
    """Words by words would be 618 MiB."""
    cohort, scheme = with_a_long_cell(9000), scheme_of(criterion)
    made: list[PairScores] = []
    assert peak_of(lambda: made.append(PairScores(cohort, scheme))) < 40
    scores = made[0]
    assert peak_of(lambda: made.append(Sweep(scores).block(np.arange(12), np.arange(12)))) < 24
    np.testing.assert_array_equal(made[1], scores.to_numpy())
    raw = scores.pair("E0", "M0").raw[scores.criteria[0]]
    assert raw == (1.0 if criterion is SPECIALITY else pytest.approx(1 / 3, rel=0.2))
    with limits(few=10**6, cells=10**6):
        np.testing.assert_array_equal(PairScores(cohort, scheme).to_numpy(), made[1])
    said: list[str] = []
    told = scheme.criteria[0]
    assert peak_of(lambda: said.append(told.fact(cohort, scheme.setting, 0, 0))) < 24
    assert said[0]


# --- entries ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(related(SPECIALITIES), st.permutations(range(4)), st.permutations(range(4)), st.data())
def test_the_nearest_word_is_the_first_of_the_best(
    table: dict[str, dict[str, float]], mine: list[int], theirs: list[int], data: Any
) -> None:
    mine, theirs = (words[: data.draw(st.integers(1, 4))] for words in (mine, theirs))
    degrees = related_degrees(table, SPECIALITIES)
    to_each = related_to_each(table, SPECIALITIES, mine + theirs)
    places = {word: place for place, word in enumerate(theirs)}
    for word in mine:
        every = [1.0 if word == other else degrees.get((word, other), 0.0) for other in theirs]
        assert nearest_word(word, places, to_each) == (max(every), theirs[every.index(max(every))])


NUMBERS = st.lists(st.lists(st.sampled_from((0, 0, 1, 2, 7)), min_size=5, max_size=5), max_size=6)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, st.lists(st.booleans(), min_size=5, max_size=5))
def test_entries_are_whole_rows(left: Any, right: Any, chosen: list[bool]) -> None:
    wholes = [np.array(rows, dtype=np.float64).reshape(len(rows), 5) for rows in (left, right)]
    held = []
    for whole in wholes:
        rows, places = np.nonzero(whole)
        order = np.argsort(-rows, kind="stable")
        rows, places = rows[order], places[order]
        held.append(SparseRows.from_terms(rows, places, whole[rows, places], whole.shape))
    for entries, whole in zip(held, wholes, strict=True):
        np.testing.assert_array_equal(entries.to_dense(), whole)
        np.testing.assert_array_equal(entries.row_sums(), whole.sum(axis=1))
        np.testing.assert_array_equal(
            entries.with_features(np.array(chosen)).to_dense(), whole[:, np.array(chosen)]
        )
        distinct, codes = entries.unique_rows()
        np.testing.assert_array_equal(distinct.to_dense()[codes], whole)
        assert len(distinct) == len(np.unique(whole, axis=0)) if len(whole) else not len(distinct)
    every = [np.arange(len(whole)) for whole in wholes]
    with limits(products=1):
        sums = features.products_of_block(held[0], every[0], held[1], every[1])
        best = features.products_of_block(held[0], every[0], held[1], every[1], np.maximum)
    np.testing.assert_array_equal(sums, wholes[0] @ wholes[1].T)
    largest = (wholes[0][:, None, :] * wholes[1][None, :, :]).max(axis=2)
    np.testing.assert_array_equal(best, largest)
    if len(left) == len(right):
        beside = held[0].hstack(held[1]).to_dense()
        np.testing.assert_array_equal(beside, np.hstack(wholes))


def test_an_empty_side_has_no_products() -> None:
    nobody = SparseRows.from_sets(Ragged.from_rows([]), 3)
    somebody = SparseRows.from_sets(Ragged.from_rows([[0, 2], []]), 3)
    none = np.zeros(0, np.int64)
    assert features.products_of_block(nobody, none, somebody, np.arange(2)).shape == (0, 2)
    assert features.products_of_pairs(somebody, none, nobody, none).shape == (0,)
    assert len(nobody.unique_rows()[0]) == 0
