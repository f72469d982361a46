"""How often each pair survives other weights, or scores with noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.analysis.robustness.breakpoints import nearest_breakpoints
from rmmatch.analysis.robustness.draws import DrawTask, Instance, resolve_draw
from rmmatch.errors import MissingExtraError, NotSupportedError, require_whole
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching import Result
from rmmatch.numeric import Floats, Ints
from rmmatch.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Confidence", "confidence", "wilson"]

_MAX_PAIRS = 4_000_000  # acceptable or not; limit of input
_DRAWS_PER_TASK = 50  # draws in a task; speed only
_Z_95 = 1.959963984540054  # standard deviations that hold 95 % of a normal distribution
_MAX_LABELLED_BARS = 60  # bars that can still be read; wording
_SURE_SHARE = 0.95  # of the draws: a pair in so many is counted as sure; wording


def confidence(
    result: Result,
    draws: int = 1000,
    *,
    concentration: float = 100.0,
    noise: float | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    progress: bool = False,
) -> Confidence:
    """Draw other weights, pair anew each time, and count how often each pair is there again.

    The shares of the criteria are drawn from a Dirichlet distribution whose mean is the scheme's;
    each share p varies by a standard deviation of ``sqrt(p (1 - p) / (concentration + 1))``. Each
    draw is scored and paired exactly as `match` would with these weights and the result's seed:
    rules on scores allow other pairs then, and ties are broken alike.

    Parameters
    ----------
    result : Result
    draws : int
        How many.
    concentration : float
        How near the draws are to the scheme: at 100, a share of one half varies by 0.05.
    noise : float, optional
        A standard deviation: as many draws again, with the scheme's weights, add normal noise to
        the score of each pair, which stays in [0, 1]. Rules keep to the scores without noise.
    seed : int
        Of what is drawn.
    executor : concurrent.futures.Executor, optional
        Does the draws, some at a time; the result does not depend on it.
    progress : bool
        Show a bar on stderr where it takes longer than two seconds.

    Returns
    -------
    Confidence

    Raises
    ------
    NoMatchingError
        The result has no matching.
    NotSupportedError
        The scheme has quotas or an objective that is no sum, or there are more than 4,000,000
        pairs of people.
    ValueError
        `draws` or `concentration` is not positive, or `noise` is negative.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> sure = rm.confidence(rm.match(cohort, scheme), draws=20)
    >>> bool(sure.pairs["survival"].between(0, 1).all())
    True
    """
    require_whole(1, draws=draws)
    if not (concentration > 0 and math.isfinite(concentration)):
        raise ValueError(f"concentration must be positive, not {concentration}")
    if noise is not None and not noise >= 0:
        raise ValueError(f"noise must not be negative, not {noise}")
    scores = result.scores
    if scores.shape[0] * scores.shape[1] > _MAX_PAIRS:
        raise NotSupportedError(f"confidence is found among at most {_MAX_PAIRS:,} pairs")
    problem = Instance.of(result)
    criteria = scores.scheme.criteria
    weights = np.array([criterion.weight for criterion in criteria])
    drawn = np.tile(weights, (draws, 1))
    if len(criteria) > 1:
        shares = weights / weights.sum()
        drawn = np.random.default_rng(seed).dirichlet(concentration * shares, draws)
        drawn = np.maximum(drawn, np.finfo(float).tiny)  # a weight is positive
    kinds: list[tuple[Floats, float | None]] = [(drawn, None)]
    if noise is not None:
        kinds.append((np.tile(weights, (draws, 1)), noise))
    tasks = [
        DrawTask(weight_rows[start : start + _DRAWS_PER_TASK], start, noise_of_kind, seed)
        for weight_rows, noise_of_kind in kinds
        for start in range(0, draws, _DRAWS_PER_TASK)
    ]
    counts = [np.zeros(len(result.made), dtype=np.int64) for _ in kinds]
    unchanged = [0 for _ in kinds]
    with progress_bar("drawing", total=draws * len(kinds), unit="draw", is_shown=progress) as bar:
        for task, (n_kept, n_unchanged) in zip(
            tasks, _run_tasks(problem, tasks, executor), strict=True
        ):
            kind = int(task.noise is not None)
            counts[kind] += n_kept
            unchanged[kind] += n_unchanged
            bar.update(len(task.weights))
    return Confidence(
        result,
        draws,
        drawn,
        noise,
        tuple(tuple(of_kind.tolist()) for of_kind in counts),
        tuple(unchanged),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Confidence(JsonAnswer):
    """How often each pair of a result survives.

    Attributes
    ----------
    result : Result
    draws : int
        Of weights, and as many of noise where it was asked for.
    weights : ndarray of float64, shape (draws, n_criteria)
        What was drawn, in the order of the criteria.
    noise : float or None
    counts : tuple of tuple of int
        In how many draws of weights each pair of the result was there, in their order; and in how
        many draws of noise.
    unchanged : tuple of int
        In how many of each the whole matching was the same.
    """

    result: Result
    draws: int
    weights: Floats
    noise: float | None
    counts: tuple[tuple[int, ...], ...]
    unchanged: tuple[int, ...]

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row a pair: mentee, mentor, survival, low, high.

        `survival` is the share of draws whose matching has the pair; low and high are Wilson's
        interval for it (1927), which holds the true share in 95 of 100 cases. With noise also
        noise_survival, noise_low and noise_high.
        """
        import pandas as pd

        table: dict[str, Any] = {
            "mentee": [mentee for mentee, _ in self.result.made],
            "mentor": [mentor for _, mentor in self.result.made],
        }
        for prefix, of_kind in zip(("", "noise_"), self.counts, strict=False):
            intervals = [wilson(count, self.draws) for count in of_kind]
            table[f"{prefix}survival"] = [count / self.draws for count in of_kind]
            table[f"{prefix}low"] = [low for low, _ in intervals]
            table[f"{prefix}high"] = [high for _, high in intervals]
        return pd.DataFrame(table)

    def to_dict(self) -> dict[str, Any]:
        """Return draws, noise, unchanged and the rows of `pairs` as plain JSON data."""
        return {
            "draws": self.draws,
            "noise": self.noise,
            "unchanged": list(self.unchanged),
            "pairs": json_data(self.pairs.to_dict("records")),
        }

    @cached_property
    def smallest_change(self) -> pd.DataFrame:
        """One row a pair: the smallest change of one weight beyond which it is not there.

        Columns: mentee, mentor, criterion, weight, weight_to, change. One weight goes from what it
        is to `weight_to`, the others stay; `change` is the difference as a share of the sum of the
        scheme's weights. Until then some best matching has the pair: of several best ones that
        with the most pairs of the result is meant. So 0 is a pair that another one equals. NaN and
        None: no weight lowered to 0, and none raised by the sum of all, does it.

        Scores are not rounded here, a matching is better where its total is so by a millionth, and
        who is acceptable stays as it is.

        Raises
        ------
        NotSupportedError
            A criterion belongs to one view, or missing data is left out of the score of a pair:
            then a score is no sum of weights times numbers. Or there are reserves and the
            objective begins with ``total``.
        """
        import pandas as pd

        breaks = nearest_breakpoints(self.result)
        names = self.result.scores.criteria
        weights = [criterion.weight for criterion in self.result.scores.scheme.criteria]
        rows = [
            {
                "mentee": mentee,
                "mentor": mentor,
                "criterion": None if breakpoint_ is None else names[breakpoint_.criterion],
                "weight": np.nan if breakpoint_ is None else weights[breakpoint_.criterion],
                "weight_to": np.nan
                if breakpoint_ is None
                else weights[breakpoint_.criterion] + breakpoint_.change * sum(weights),
                "change": np.nan if breakpoint_ is None else abs(breakpoint_.change),
            }
            for (mentee, mentor), breakpoint_ in zip(self.result.made, breaks, strict=True)
        ]
        columns = ["mentee", "mentor", "criterion", "weight", "weight_to", "change"]
        return pd.DataFrame(rows, columns=columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each pair's survival with its interval, the least sure at the bottom.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Raises
        ------
        MissingExtraError
            matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("matplotlib", "plot", "a plot") from None

        table = self.pairs.sort_values("survival", kind="stable").reset_index(drop=True)
        has_labels = len(table) <= _MAX_LABELLED_BARS
        if ax is None:
            height = max(2.4, 0.8 + 0.2 * len(table)) if has_labels else 4.4
            _, ax = plt.subplots(figsize=(6.4, height), layout="constrained")
        places = np.arange(len(table))
        # Told apart with any colour vision (Okabe and Ito), and by shape.
        kinds = (("", "weights drawn", "#0072B2", "o"), ("noise_", "noisy scores", "#D55E00", "^"))
        for prefix, label, colour, shape in kinds[: len(self.counts)]:
            middle = table[f"{prefix}survival"].to_numpy()
            low, high = (table[f"{prefix}{end}"].to_numpy() for end in ("low", "high"))
            bars = np.maximum(0, [middle - low, high - middle])
            ax.errorbar(
                middle,
                places,
                xerr=bars,
                fmt=shape,
                color=colour,
                markersize=4 if has_labels else 2,
                elinewidth=1 if has_labels else 0.5,
                label=label,
            )
        if has_labels:
            ax.set_yticks(places, [f"{row.mentee}–{row.mentor}" for row in table.itertuples()])
            ax.tick_params(axis="y", labelsize="small")
        else:
            ax.set_ylabel(f"{len(table)} pairs, by survival")
            ax.set_yticks([])
        ax.set_xlim(-0.02, 1.02)
        ax.set_xlabel(f"share of {self.draws} draws that have the pair; bars: 95 % (Wilson)")
        ax.grid(axis="x", alpha=0.25)
        if len(self.counts) > 1:
            ax.legend(frameon=False)
        return ax

    @property
    def headlines(self) -> tuple[str, ...]:
        """A line on the draws of weights, and one on those of noise."""
        n_pairs = len(self.result.made)
        lines = []
        for words, of_kind, n_unchanged in zip(
            ("other weights", "noisy scores"), self.counts, self.unchanged, strict=False
        ):
            n_sure = sum(count >= _SURE_SHARE * self.draws for count in of_kind)
            lines.append(
                f"{self.draws} draws of {words}: the same matching in {n_unchanged}; "
                f"{n_sure} of {n_pairs} pairs in at least {_SURE_SHARE:.0%}"
            )
        return tuple(lines)

    def __repr__(self) -> str:
        if not len(self.result.made):
            return "\n".join(self.headlines)
        text = self.pairs.sort_values("survival", kind="stable").to_string(
            index=False, max_rows=_MAX_LABELLED_BARS, float_format="{:.3f}".format
        )
        return "\n".join((*self.headlines, text))

    def _repr_html_(self) -> str:
        table = self.pairs.sort_values("survival", kind="stable")
        return markup.block(*map(markup.paragraph, self.headlines), markup.frame(table))


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return Wilson's score interval (1927) for a share, at 95 %.

    Parameters
    ----------
    count, of : int
        How many of how many.

    Returns
    -------
    (float, float)
        Both ends, in [0, 1].

    Examples
    --------
    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    share = count / of
    middle = share + _Z_95**2 / (2 * of)
    half = _Z_95 * math.sqrt(share * (1 - share) / of + _Z_95**2 / (4 * of**2))
    scale = 1 + _Z_95**2 / of
    low = (middle - half) / scale if count else 0.0
    high = (middle + half) / scale if count < of else 1.0
    return low, high


def _run_tasks(
    problem: Instance, tasks: Sequence[DrawTask], executor: Executor | None
) -> Iterator[tuple[Ints, int]]:
    """Yield how often each pair of each task was kept, and how often all were."""
    if executor is None:
        for task in tasks:
            yield resolve_draw(problem, task)
        return
    futures = [executor.submit(resolve_draw, problem, task) for task in tasks]
    for future in futures:
        yield future.result()
