"""One table of what every tier of an objective is: its unit, its form, which options it has.

The scheme, the solvers, the checker and the display read it, so that nobody compares names. A new
tier is three pieces:

1. one row here, and its name in `TierName`, which the scheme file knows it by;
2. one method in `rmmatch.solving.formulation`: an `ImplicitTier` where it is a sum that needs no
   matrix, else what `tier_method` returns;
3. one piece in `rmmatch.checking`: what a pair adds (`TierValues`, or `LevelArithmetic` where it
   goes by level). The checker takes the form, the unit and the words from here, and has its own
   arithmetic, which is what makes it independent.

A test pairs a small cohort by every row and checks it, so that no piece can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["QUOTA_TIERS", "TIERS", "TierKind", "TierName", "tier_kind"]

TierName = Literal[
    "pairs",
    "priority",
    "participation",
    "kept_pairs",
    "fewest",
    "worst_pair",
    "leximin",
    "rank_profile",
    "spread",
    "nash",
    "quota_shortfall",
    "blocking_pairs",
    "total",
]
"""The tiers that a scheme may name; each has its row in `TIERS`."""


@dataclass(frozen=True)
class TierKind:
    """What a tier is.

    Attributes
    ----------
    name : str
    unit : {'pairs', 'people', 'points', 'misses', 'millionths'}
        What its value counts: points are those of priority, misses those of soft quotas,
        millionths those of scores, or of their logarithms.
    direction : {'max', 'min'}
        Whether as many as possible are wanted, or as few. What is minimised is kept as a
        negative number, so that solvers and checker always maximise.
    form : {'sum', 'levels', 'bottleneck', 'load_profile', 'blocking'}
        A sum over pairs and people; pairs compared level by level, the worst first or the best
        first; the score of the worst pair; the loads of people, the first pair first; the number
        of blocking pairs.
    pair_weight : {'none', 'one', 'score', 'listed', 'own'}
        What a pair adds to a sum: nothing, where people add (each once) or quotas do; 1; its
        score; 1 where it is listed as a kind of relation; or a number of its own, which only the
        matrix of all pairs has. What is compared by any other form counts as its own.
    quota_cost : {'none', 'penalty', 'misses'}
        What missing a soft quota takes off it: nothing; the quota's penalty; each miss of a
        quota without a penalty.
    asks_for_pairs : bool
        Whether it alone makes people be paired, whatever their scores.
    is_best_empty : bool
        Whether no pair at all would be best, where no tier before it asks for any.
    splits : bool
        Whether its value is that of the old pairs and that of the other pairs, each for itself:
        a rematch that keeps all old pairs then solves the others alone.
    options : tuple of str
        Keys that a scheme may give it, apart from ``within``.
    is_repeatable : bool
        Whether an objective may have it several times, each with another kind of relation, which
        is then part of its name in a result: ``fewest past_pair``.
    default_side : {'mentees', 'mentors'}
        Whose ranks or loads count, unless the option ``side`` says so.
    origin : {'scheme', 'reserves', 'solver'}
        Who adds it: the scheme by name; the library, where there are reserves; the solver for
        itself, in which case nobody sees its value.
    words : str
        What the screen calls it; its name by default.
    """

    name: str
    unit: Literal["pairs", "people", "points", "misses", "millionths"]
    form: Literal["sum", "levels", "bottleneck", "load_profile", "blocking"] = "sum"
    pair_weight: Literal["none", "one", "score", "listed", "own"] = "own"
    direction: Literal["max", "min"] = "max"
    quota_cost: Literal["none", "penalty", "misses"] = "none"
    asks_for_pairs: bool = False
    is_best_empty: bool = False
    splits: bool = False
    options: tuple[str, ...] = ()
    is_repeatable: bool = False
    default_side: Literal["mentees", "mentors"] = "mentees"
    origin: Literal["scheme", "reserves", "solver"] = "scheme"
    words: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self.words or self.name)

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of numbers."""
        return self.form in ("levels", "load_profile")

    @property
    def goes_by_level(self) -> bool:
        """Whether it is proved level by level, by prices for each level."""
        return self.form in ("levels", "bottleneck", "load_profile")

    @property
    def is_sum(self) -> bool:
        """Whether it is a sum over pairs and people."""
        return self.form == "sum"

    @property
    def is_column_generable(self) -> bool:
        """Whether it is a sum that needs no matrix of all pairs."""
        return self.is_implicit and self.pair_weight != "listed"

    @property
    def is_implicit(self) -> bool:
        """Whether it is a sum of what is known of any pair, once its score is."""
        return self.is_sum and self.pair_weight != "own"


_KINDS = (
    TierKind("pairs", "pairs", pair_weight="one", asks_for_pairs=True, splits=True),
    TierKind("applicants", "pairs", pair_weight="one", origin="reserves"),  # or by their scores
    TierKind("priority", "points", pair_weight="none", splits=True),
    TierKind("participation", "people", pair_weight="none", asks_for_pairs=True, splits=True),
    TierKind("kept_pairs", "pairs", pair_weight="listed", splits=True, options=("kind",)),
    TierKind(
        "fewest",
        "pairs",
        pair_weight="listed",
        direction="min",
        is_best_empty=True,
        splits=True,
        options=("kind",),
        is_repeatable=True,
    ),
    TierKind("worst_pair", "millionths", "bottleneck", is_best_empty=True),
    TierKind("leximin", "millionths", "levels", is_best_empty=True),
    TierKind("rank_profile", "pairs", "levels", options=("side", "generous")),
    TierKind("spread", "people", "load_profile", options=("side",), default_side="mentors"),
    TierKind("nash", "millionths"),
    TierKind("quota_shortfall", "misses", pair_weight="none", direction="min", quota_cost="misses"),
    TierKind("blocking_pairs", "pairs", "blocking", direction="min", words="blocking pairs"),
    TierKind("total", "millionths", pair_weight="score", quota_cost="penalty", splits=True),
    TierKind("needs", "pairs", pair_weight="none", origin="solver", words="minimum loads"),
    TierKind("ties", "points", origin="solver", words="choice among equals"),
)

TIERS: Mapping[str, TierKind] = {kind.name: kind for kind in _KINDS}
"""Every tier by its name."""


def tier_kind(label: str) -> TierKind:
    """Return what a tier of a result is.

    Parameters
    ----------
    label : str
        Its name in the result: that of the tier, and after a space the kind of relation where
        there may be several.

    Examples
    --------
    >>> tier_kind("fewest past_pair").direction
    'min'
    """
    return TIERS[label.partition(" ")[0]]


QUOTA_TIERS = tuple(kind.name for kind in _KINDS if kind.quota_cost != "none")
"""The tiers that missing a soft quota takes something off."""
