"""Strategies side by side: every number is one that can be had another way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import rmmatch as rm
from helpers.two_views import square
from rmmatch import strategies
from rmmatch.matching import Matching
from rmmatch.research.comparison import Comparison, compare
from rmmatch.research.metrics import METRICS
from rmmatch.stability import Preferences

mpl.use("Agg")

NAMES = ["scheme", "mentee_proposing", "mentor_proposing", "greedy", "random"]


def cohorts(count: int) -> list[rm.Cohort]:
    return [rm.synthetic.cohort(14, 12, seed=seed) for seed in range(count)]


@pytest.fixture(scope="module")
def scheme() -> rm.Scheme:
    return rm.Scheme.model_validate(
        {
            "criteria": [
                {"type": "goals", "weight": 3, "view": "mentee"},
                {"type": "speciality", "weight": 2, "view": "mentor"},
                {"type": "availability", "enough": 180},
            ],
            "rules": [{"type": "relations", "forbid": ["supervisor", "conflict"]}],
        }
    )


@pytest.fixture(scope="module")
def comparison(scheme: rm.Scheme) -> Comparison:
    return compare(cohorts(5), scheme, seeds=(3, 4))


def test_one_row_a_cohort_and_strategy_and_one_a_seed_where_the_seed_draws(
    comparison: Comparison,
) -> None:
    table = comparison.table
    assert list(table.columns) == ["cohort", "strategy", "seed", *METRICS]
    expected = [
        (cohort, name, seed)
        for cohort in range(1, 6)
        for name in NAMES
        for seed in ([3, 4] if name == "random" else [3])
    ]
    rows = table[["cohort", "strategy", "seed"]].itertuples(index=False, name=None)
    assert list(rows) == expected
    assert table["violations"].eq(0).all()


def test_every_measure_is_that_of_the_matching(comparison: Comparison, scheme: rm.Scheme) -> None:
    people = cohorts(5)
    for row in comparison.table.itertuples():
        cohort = people[row.cohort - 1]
        result = rm.match(
            cohort, scheme, strategy=strategies.strategy_of_name(row.strategy), seed=int(row.seed)
        )
        scores = sorted(result.pairs["score"])
        preferences = Preferences(result.scores)
        ranks = preferences.ranks(result.made)
        assert row.pairs == len(scores) == len(result.made)
        assert row.total == pytest.approx(result.objective["total"])
        assert row.mean == pytest.approx(np.mean(scores))
        assert row.worst == pytest.approx(scores[0])
        assert row.lowest_decile == pytest.approx(scores[(len(scores) - 1) // 10])
        assert (row.mentee_rank, row.mentor_rank) == pytest.approx(
            (ranks[0].mean(), ranks[1].mean())
        )
        assert row.blocking_pairs == len(preferences.blocking_pairs(result.made))


def test_the_summary_is_means_and_paired_differences(comparison: Comparison) -> None:
    table, summary = comparison.table, comparison.summary(of="mean")
    assert list(summary["strategy"]) == NAMES
    assert list(summary["cohorts"]) == [5] * 5
    for row in summary.itertuples():
        ours = table[table["strategy"] == row.strategy].groupby("cohort")["mean"].mean()
        theirs = table[table["strategy"] == "scheme"].groupby("cohort")["mean"].mean()
        difference = (ours - theirs).to_numpy()
        assert row.mean == pytest.approx(ours.mean())
        assert row.mean_difference == pytest.approx(difference.mean())
        error = np.sqrt(((difference - difference.mean()) ** 2).sum() / 4 / 5)
        assert row.mean_standard_error == pytest.approx(error)


def test_one_cohort_with_many_seeds_has_the_uncertainty_of_the_draw(scheme: rm.Scheme) -> None:
    single = compare(cohorts(1)[0], scheme, NAMES, seeds=range(20))
    summary = single.summary(of="mean").set_index("strategy")
    drawn = single.table[single.table["strategy"] == "random"]["mean"]
    assert summary["seeds"].to_dict() == {name: 20 if name == "random" else 1 for name in NAMES}
    assert summary["mean_seed_error"]["random"] == pytest.approx(drawn.std() / np.sqrt(20))
    assert summary["mean_seed_error"].drop("random").isna().all()  # these do not draw
    assert summary["mean_standard_error"].isna().all()  # of other people nothing is known
    assert "seed error over draws for the same people" in repr(single)
    assert "standard error over cohorts" not in repr(single)
    assert single.plot().get_title() == "one cohort; bars: 10th to 90th percentile of the seeds"
    # Compared with the strategy that draws, the draw is the uncertainty of all others.
    turned = compare(cohorts(1)[0], scheme, list(reversed(NAMES)), seeds=range(20))
    errors = turned.summary(of="mean").set_index("strategy")["mean_seed_error"]
    assert errors.to_dict() == pytest.approx(
        {name: 0 if name == "random" else drawn.std() / np.sqrt(20) for name in NAMES}
    )


def test_the_seed_error_of_several_cohorts_is_that_of_the_mean_of_their_means(
    comparison: Comparison,
) -> None:
    table = comparison.table
    drawn = table[table["strategy"] == "random"].groupby("cohort")["total"]
    expected = np.sqrt((drawn.var() / drawn.count()).sum()) / 5
    errors = comparison.summary().set_index("strategy")["total_seed_error"]
    assert errors["random"] == pytest.approx(expected)
    assert errors.drop("random").isna().all()


def test_the_order_of_the_cohorts_and_seeds_of_others_change_no_row(
    comparison: Comparison, scheme: rm.Scheme
) -> None:
    labelled = [(cohort, number) for number, cohort in enumerate(cohorts(5), start=1)]
    other = compare(reversed(labelled), scheme, list(reversed(NAMES)), seeds=(3, 4)).table
    keys = ["cohort", "strategy", "seed"]
    pd.testing.assert_frame_equal(
        other.sort_values(keys, ignore_index=True),
        comparison.table.sort_values(keys, ignore_index=True),
    )


def test_cohorts_may_come_one_by_one_with_or_without_labels(scheme: rm.Scheme) -> None:
    def one_by_one() -> Iterator[rm.Cohort | tuple[rm.Cohort, str]]:
        first, second, third = cohorts(3)
        yield first
        yield second, "north"
        yield third, "south"

    mixed = compare(one_by_one(), scheme, ["greedy", "random"])
    assert list(mixed.table["cohort"]) == [1, 1, "north", "north", "south", "south"]
    assert list(mixed.summary()["cohorts"]) == [3, 3]
    single = compare(cohorts(1)[0], scheme, ["greedy"])
    pd.testing.assert_frame_equal(single.table, mixed.table.iloc[:1].astype(single.table.dtypes))
    assert single.summary()["total_standard_error"].isna().all()


def test_a_list_made_by_hand_is_measured_with_what_is_wrong_with_it() -> None:
    case = square([[(1, 1), (2, 2)], [(2, 2), (1, 1)]], forbidden={("E1", "M0")})
    chosen = ["scheme", strategies.Listed([("E0", "M0"), ("E1", "M0")], name="by hand")]
    table = compare(case.cohort(), case.scheme(), chosen).table
    by_hand = table.iloc[1]
    assert by_hand["strategy"] == "by hand"
    assert (by_hand["pairs"], by_hand["total"]) == (1, 0.99)
    assert by_hand["violations"] == 2  # a forbidden pair, a capacity
    # E1 would leave the forbidden mentor for one who is free.
    assert by_hand["blocking_pairs"] == 1


def test_a_strategy_of_ones_own_is_run_for_every_seed() -> None:
    @dataclass(frozen=True)
    class First:
        name: str = "first"

        def pair(self, scores: rm.PairScores, *, seed: int) -> Matching:
            return Matching.of([(scores.mentees[seed], scores.mentors[0])])

    case = square([[(1, 1)], [(2, 2)]])
    table = compare(case.cohort(), case.scheme(), [First()], seeds=range(2)).table
    assert list(table["total"]) == [0.99, 0.98]


def test_where_nothing_can_be_measured_there_is_nothing() -> None:
    bare = square([[(1, 1)]], forbidden={("E0", "M0")})
    row = compare(bare.cohort(), bare.scheme(), ["greedy"]).table.iloc[0]
    assert (row["pairs"], row["total"], row["blocking_pairs"]) == (0, 0, 0)
    assert row[["mean", "worst", "lowest_decile", "mentee_rank", "mentor_rank"]].isna().all()


def test_a_cohort_whose_minimum_loads_cannot_hold_is_left_out_of_differences() -> None:
    well = square([[(1, 1)]])
    ill = square([[(1, 1)]], forbidden={("E0", "M0")})
    ill.mentors[0].min_load = 1
    # Scores of pairs are the scheme's, and the two cohorts have the same people.
    result = compare([ill.cohort(), well.cohort()], well.scheme(), ["scheme", "greedy"])
    assert result.table["pairs"].isna().tolist() == [True, False, False, False]
    assert result.table["violations"].tolist()[1] == 1  # greedy does not look at minimum loads
    summary = result.summary()
    assert summary["cohorts"].tolist() == [1, 2]
    assert summary["total_difference"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("chosen", "seeds", "message"),
    [
        ([], (0,), "at least one strategy"),
        (["greedy"], (), "at least one seed"),
        (["greedy", "greedy"], (0,), "each strategy must be another: greedy, greedy"),
        (["greedy"], (1, 1), "each seed must be another"),
        (["gredy"], (0,), "did you mean 'greedy'"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    chosen: list[str], seeds: tuple[int, ...], message: str
) -> None:
    case = square([[(1, 1)]])
    with pytest.raises(ValueError, match=message):
        compare(case.cohort(), case.scheme(), chosen, seeds=seeds)


def test_no_cohort_or_a_label_twice_is_refused() -> None:
    case = square([[(1, 1)]])
    with pytest.raises(ValueError, match="at least one cohort"):
        compare([], case.scheme(), ["greedy"])
    with pytest.raises(ValueError, match="each cohort must be another: a, a"):
        compare([(case.cohort(), "a")] * 2, case.scheme(), ["greedy"])


def test_quotas_are_not_broken_in_silence() -> None:
    people = [{"id": f"M{at}", "organisation": name} for at, name in enumerate("AB")]
    cohort = rm.read_cohort(pd.DataFrame(people), pd.DataFrame([{"id": "E0"}]))
    quota = {"side": "mentors", "column": "organisation", "value": "B", "at_least": 1}
    table = {"type": "table", "rows": [["E0", "M0", 1], ["E0", "M1", 0.5]]}
    scheme = rm.Scheme.model_validate({"criteria": [table], "quotas": [quota]})
    found = compare(cohort, scheme, ["scheme", "greedy"]).table
    assert found["violations"].tolist() == [0, 1]


def test_a_comparison_can_be_read(comparison: Comparison) -> None:
    text, page = repr(comparison), comparison._repr_html_()
    assert text.startswith("5 strategies on 5 cohorts: means; differences from scheme")
    assert all(name in text and name in page for name in NAMES)
    case = square([[(1, 1)]])
    odd = compare(case.cohort(), case.scheme(), [strategies.Greedy(name="<b>&")])
    assert "1 strategy on 1 cohort" in repr(odd)
    assert "<b>" not in odd._repr_html_()
    assert "&lt;b&gt;&amp;" in odd._repr_html_()


def test_the_plot_has_a_mark_for_each_strategy_at_its_means(comparison: Comparison) -> None:
    import matplotlib.pyplot as plt

    ax = comparison.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        name.replace("_", " ") for name in NAMES
    ]
    means = comparison.summary()[["mean", "worst"]].to_numpy()
    marks = [bars.lines[0].get_xydata()[0] for bars in ax.containers]
    assert np.allclose(marks, means)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mean score of a pair", "score of the worst pair")
    _, mine = plt.subplots()
    assert comparison.plot(mine, x="total", y="blocking_pairs") is mine
    assert mine.get_ylabel() == "blocking pairs"
    plt.close("all")


def test_the_plot_leaves_out_a_strategy_without_pairs() -> None:
    import matplotlib.pyplot as plt

    case = square([[(1, 1)]])
    ax = compare(case.cohort(), case.scheme(), [strategies.Listed([]), strategies.Greedy()]).plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["greedy"]
    assert ax.get_title() == "one cohort"
    plt.close("all")


def test_an_unknown_measure_is_refused(comparison: Comparison) -> None:
    for ask in (
        lambda: comparison.summary(of="speed"),
        lambda: comparison.plot(x="speed"),
        lambda: comparison.plot(y="speed"),
    ):
        with pytest.raises(ValueError, match="no measure 'speed'; one of pairs, total"):
            ask()


def test_a_plot_without_matplotlib_names_the_extra(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(rm.errors.MissingExtraError, match=r"rmmatch\[plot\]"):
        comparison.plot()


def test_importing_loads_no_solver_no_tables_and_no_plots() -> None:
    code = (
        "import sys, rmmatch.strategies, rmmatch.research.comparison, rmmatch.stability\n"
        "print([n for n in ('ortools', 'pandas', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
