"""Ways of pairing side by side, over one cohort or many."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.errors import MissingExtraError, NoMatchingError
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching import Strategy
from rmmatch.progress import progress_bar
from rmmatch.research.metrics import METRICS, measure
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences
from rmmatch.strategies import strategy_of_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Comparison", "compare"]

STRATEGIES = ("scheme", "mentee_proposing", "mentor_proposing", "greedy", "random")

Cohorts: TypeAlias = Cohort | Iterable[Cohort | tuple[Cohort, str | int]]

# Told apart with any colour vision (Okabe and Ito), and by shape.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "^", "v", "s", "D", "p", "h", "8")


def compare(
    cohort: Cohorts,
    scheme: Scheme,
    strategies: Iterable[str | Strategy] = STRATEGIES,
    *,
    seeds: Iterable[int] = (0,),
    progress: bool = False,
) -> Comparison:
    """Pair each cohort by each strategy, and measure the matchings.

    Parameters
    ----------
    cohort : Cohort, or iterable of Cohort or of pairs of Cohort and label
        One after the other, so a generator of many needs memory for one. Without labels they are
        numbered from 1.
    scheme : Scheme
    strategies : iterable of str or Strategy
        Names (`rmmatch.strategies.strategy_of_name`) or strategies; the first is the one that
        `summary` compares the others with.
    seeds : iterable of int
        A strategy that draws is run once with each seed; others, where the seed only breaks ties,
        with the first. `Comparison.summary` says how much the draw matters.
    progress : bool
        Show a bar on stderr where it takes longer than two seconds.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        There is no cohort, strategy or seed, or two have the same label or name.
    ProblemsError
        There is no strategy of a name, a list of pairs does not fit a cohort, or a cohort does
        not fit the scheme.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.compare(cohort, scheme, ["scheme", "greedy"]).table[["strategy", "blocking_pairs"]]
      strategy  blocking_pairs
    0   scheme              12
    1   greedy               0
    """
    chosen = [
        strategy_of_name(strategy) if isinstance(strategy, str) else strategy
        for strategy in strategies
    ]
    names = _check_distinct([strategy.name for strategy in chosen], "strategy")
    seed_list = _check_distinct(list(seeds), "seed")
    rows: list[dict[str, Any]] = []
    labels: list[str | int] = []
    runs = [
        (strategy, seed)
        for strategy in chosen
        for seed in (seed_list if getattr(strategy, "draws", True) else seed_list[:1])
    ]
    count = 1 if isinstance(cohort, Cohort) else operator.length_hint(cohort) or None
    with progress_bar(
        "comparing", total=count and count * len(runs), unit="pairing", is_shown=progress
    ) as bar:
        for people, label in _with_labels(cohort):
            labels.append(label)
            scores = PairScores(people, scheme)
            preferences = Preferences(scores)
            for strategy, seed in runs:
                row = {"cohort": label, "strategy": strategy.name, "seed": seed}
                try:
                    matching = strategy.pair(scores, seed=seed)
                except NoMatchingError:
                    rows.append(row | dict.fromkeys(METRICS, np.nan))
                else:
                    rows.append(row | measure(scores, preferences, matching))
                bar.update(words=f"cohort {label}: {strategy.name}")
    _check_distinct(labels, "cohort")
    return Comparison(tuple(rows), tuple(names))


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(JsonAnswer):
    """What each strategy made of each cohort.

    Attributes
    ----------
    rows : tuple of dict
        The rows of `table`.
    strategies : tuple of str
        Names, in the order they were given.
    """

    rows: tuple[dict[str, Any], ...]
    strategies: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row for each cohort, strategy and seed.

        Columns: cohort, strategy, seed; pairs; total, mean, worst and lowest_decile of the pairs'
        scores in [0, 1] (of the tenth percentile, the score of a pair at or below it); mentee_rank
        and mentor_rank, the mean rank of the partner in the eyes of each side, 1 being the best;
        blocking_pairs; violations, as `rmmatch.check` counts them. A forbidden pair of a list made
        by hand is counted in violations and in nothing else. NaN stands where there is nothing to
        measure: no pair, or no matching that keeps the pins and minimum loads.
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return the names of the strategies and the rows of `table` as plain JSON data."""
        return {"strategies": list(self.strategies), "rows": json_data(self.rows)}

    def summary(self, *, of: str = "total") -> pd.DataFrame:
        """Return each strategy's means over the cohorts, and its difference from the first.

        Seeds of a cohort are averaged first, and the difference is paired, cohort by cohort.
        Cohorts for which either strategy has no value are left out of a difference. Two different
        things are uncertain about it:

        - ``<of>_standard_error``: would other people give another difference? It is the standard
          deviation of the cohorts' differences (over n - 1) divided by √n; NaN for one cohort.
        - ``<of>_seed_error``: would other draws for these same people? It is the same over the
          seeds of a cohort, put together as the error of a mean of cohorts. It says nothing
          about other people. NaN with one seed, and where neither strategy draws.

        With 20 cohorts, or seeds, or more, the true mean lies within two such errors of the one
        found about 19 times in 20.

        Parameters
        ----------
        of : str
            The measure of which differences are taken; a column of `table`.

        Returns
        -------
        DataFrame
            One row a strategy: strategy, cohorts (how many were paired), seeds (with how many each
            was), the mean of every measure, ``<of>_difference``, ``<of>_standard_error`` and
            ``<of>_seed_error``.

        Raises
        ------
        ValueError
            There is no such measure.

        Examples
        --------
        >>> import rmmatch as rm
        >>> _, scheme = rm.synthetic.demo()
        >>> cohorts = [rm.synthetic.cohort(30, 20, seed=seed) for seed in range(4)]
        >>> summary = rm.compare(cohorts, scheme, ["scheme", "greedy"]).summary(of="pairs")
        >>> bool((summary["pairs_difference"] <= 0).all())
        True
        """
        _check_metric(of)
        by_cohort = self._by_cohort()
        first_values = by_cohort[by_cohort["strategy"] == self.strategies[0]].set_index("cohort")[
            of
        ]
        by_cohort["difference"] = by_cohort[of] - by_cohort["cohort"].map(first_values)
        groups = by_cohort.groupby("strategy")
        means = groups[list(METRICS)].mean()
        means.insert(0, "cohorts", groups["pairs"].count())
        means[f"{of}_difference"] = groups["difference"].mean()
        means[f"{of}_standard_error"] = groups["difference"].sem()
        means[f"{of}_seed_error"] = [self._seed_error(of, name) for name in means.index]
        means.insert(1, "seeds", [self._n_seeds(name) for name in means.index])
        return means.loc[list(self.strategies)].reset_index()

    def plot(self, ax: Axes | None = None, *, x: str = "mean", y: str = "worst") -> Axes:
        """Draw what one measure costs in another: a mark for each strategy, at its mean.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        x, y : str
            Measures; columns of `table`.

        Returns
        -------
        matplotlib Axes
            Bars reach from the 10th to the 90th percentile of the cohorts; of a single cohort, of
            the seeds.

        Raises
        ------
        MissingExtraError
            matplotlib is not installed.
        ValueError
            There is no such measure.
        """
        _check_metric(x)
        _check_metric(y)
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("matplotlib", "plot", "a plot") from None

        if ax is None:
            _, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
        by_cohort = self._by_cohort()
        count = by_cohort["cohort"].nunique()
        spread = by_cohort if count > 1 else self.table
        for place, name in enumerate(self.strategies):
            values = spread.loc[spread["strategy"] == name, [x, y]].dropna().to_numpy(float)
            if not len(values):
                continue
            middle = values.mean(axis=0)
            # A mean may lie outside the bar where a few cohorts are far from the rest.
            low, high = np.percentile(values, [10, 90], axis=0)
            bars = np.maximum(0, [middle - low, high - middle])
            ax.errorbar(
                middle[:1],
                middle[1:],
                xerr=bars[:, :1],
                yerr=bars[:, 1:],
                fmt=_MARKERS[place % len(_MARKERS)],
                color=_COLOURS[place % len(_COLOURS)],
                # Hollow and ever smaller, so that marks at one place can all be seen.
                markersize=max(6, 15 - 2 * place),
                markerfacecolor="none",
                markeredgewidth=2,
                elinewidth=1,
                label=name.replace("_", " "),
            )
        title = f"{count} cohorts; bars: 10th to 90th percentile of the cohorts"
        if count == 1:
            title = "one cohort"
            if any(self._n_seeds(name) > 1 for name in self.strategies):
                title += "; bars: 10th to 90th percentile of the seeds"
        ax.set_title(title, fontsize="medium")
        ax.set_xlabel(METRICS[x].words)
        ax.set_ylabel(METRICS[y].words)
        ax.grid(alpha=0.25)
        ax.legend(frameon=False)
        return ax

    def _n_seeds(self, strategy: str) -> int:
        """Return with how many seeds a strategy was run."""
        return len({row["seed"] for row in self.rows if row["strategy"] == strategy})

    def _seed_error(self, metric: str, strategy: str) -> float:
        """Return the standard error, over seeds alone, of a difference from the first strategy."""
        values: dict[tuple[str, Any], dict[int, float]] = {}
        for row in self.rows:
            by_seed = values.setdefault((row["strategy"], row["cohort"]), {})
            by_seed[row["seed"]] = row[metric]
        variances = []
        for label in dict.fromkeys(row["cohort"] for row in self.rows):
            pair = values[strategy, label], values[self.strategies[0], label]
            seeds = max(pair, key=len)
            # a strategy that does not draw has one value, which stands for every seed
            own, first = (
                np.array([by_seed.get(s, next(iter(by_seed.values()))) for s in seeds])
                for by_seed in pair
            )
            differences = own - first
            differences = differences[~np.isnan(differences)]
            if len(differences) > 1:
                variances.append(differences.var(ddof=1) / len(differences))
        return float(np.sqrt(sum(variances)) / len(variances)) if variances else np.nan

    def _by_cohort(self) -> pd.DataFrame:
        """Return the table with the seeds of a cohort averaged."""
        groups = self.table.groupby(["cohort", "strategy"], sort=False)
        return groups[list(METRICS)].mean().reset_index()

    def __repr__(self) -> str:
        text = self.summary().to_string(index=False, float_format="{:.3f}".format, na_rep="-")
        return f"{self._title}\n{text}"

    def _repr_html_(self) -> str:
        summary = self.summary().set_index("strategy")
        first_name = self.strategies[0]
        words = {
            **{name: metric.words for name, metric in METRICS.items()},
            "total_difference": f"difference of the total score from {first_name}",
            "total_standard_error": "standard error of this difference",
        }
        texts = {name: words.get(name, name.replace("_", " ")) for name in summary.columns}
        rows = [
            (text[:1].upper() + text[1:], *map(_whole_if_it_is, summary[name].tolist()))
            for name, text in texts.items()
        ]
        header = ("Measure", *self.strategies)
        return markup.block(markup.title(self._title), markup.table(header, rows))

    @property
    def _title(self) -> str:
        strategies, cohorts = len(self.strategies), len({row["cohort"] for row in self.rows})
        return (
            f"{strategies} strateg{'y' if strategies == 1 else 'ies'} on {cohorts} "
            f"cohort{'' if cohorts == 1 else 's'}: means; differences from {self.strategies[0]}"
            + (f"; {note}" if (note := self._error_note(cohorts)) else "")
        )

    def _error_note(self, n_cohorts: int) -> str:
        """Return what the errors in the summary are about, where there are any."""
        notes = ["standard error over cohorts"] if n_cohorts > 1 else []
        if any(self._n_seeds(name) > 1 for name in self.strategies):
            notes.append("seed error over draws for the same people")
        return ", ".join(notes)


def _whole_if_it_is(value: float) -> float:
    """Return a whole number as an int, which is shown without decimals."""
    return int(value) if float(value).is_integer() else value


def _with_labels(cohorts: Cohorts) -> Iterator[tuple[Cohort, str | int]]:
    listed = [cohorts] if isinstance(cohorts, Cohort) else cohorts
    for number, item in enumerate(listed, start=1):
        yield (item, number) if isinstance(item, Cohort) else item


def _check_distinct(items: Sequence[Any], what: str) -> Sequence[Any]:
    if not items:
        raise ValueError(f"give at least one {what}")
    if len(set(items)) < len(items):
        raise ValueError(f"each {what} must be another: {', '.join(map(str, items))}")
    return items


def _check_metric(metric: str) -> None:
    if metric not in METRICS:
        raise ValueError(f"there is no measure {metric!r}; one of {', '.join(METRICS)}")
