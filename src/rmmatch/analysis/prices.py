"""What each pair and each rule costs: how much every tier loses by having it so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.analysis.forced_pairs import forced_pairs
from rmmatch.analysis.shortest_paths import IMPOSSIBLE_LOSS
from rmmatch.analysis.what_if import WhatIf, is_still_proved, what_if
from rmmatch.errors import NotSupportedError, SchemeError
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching import Result, Status
from rmmatch.matching.display import Value, unit_of
from rmmatch.numeric import Bools, Ints
from rmmatch.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PairPrices", "prices_of_pairs", "prices_of_rules"]


@dataclass(frozen=True, eq=False, repr=False)
class PairPrices(JsonAnswer):
    """What making a pair costs, or, where it is made, what forbidding it costs.

    Arrays have an entry a pair, in the order of the positions.

    Attributes
    ----------
    result : Result
        The proved optimum the prices are of.
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions on the two sides, in cohort order.
    is_made : ndarray of bool, shape (n_pairs,)
        Whether the pair is in the matching.
    is_possible : ndarray of bool, shape (n_pairs,)
        False where nothing allows the change: pins and minimum loads may leave no choice.
    losses : dict of str to ndarray of int64, shape (n_pairs,)
        What each tier loses, in the unit of `Result.values`; the first that is not zero is
        positive. Zero where impossible. Tiers whose value is a list are left out.
    method : str
        How they were found.
    """

    result: Result
    mentees: Ints
    mentors: Ints
    is_made: Bools
    is_possible: Bools
    losses: dict[str, Ints]
    method: str

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a pair: mentee, mentor, is_made, is_possible, and each tier's loss.

        Losses are in the unit of `Result.objective`, NaN where the change is impossible.
        """
        import pandas as pd

        ids = [np.array(side.ids, dtype=object) for side in self.result.cohort.sides]
        data = {
            "mentee": ids[0][self.mentees],
            "mentor": ids[1][self.mentors],
            "is_made": self.is_made,
            "is_possible": self.is_possible,
        }
        for tier, losses in self.losses.items():
            unit = abs(unit_of(self.result.scheme, tier))
            data[tier] = np.where(self.is_possible, losses / unit, np.nan)
        return pd.DataFrame(data)

    def to_dict(self) -> dict[str, Any]:
        """Return the method, and as ``pairs`` the rows of `table`, as plain JSON data.

        The losses of a change that is impossible are None.
        """
        return {"method": self.method, "pairs": json_data(self.table.to_dict("records"))}

    def __len__(self) -> int:
        return len(self.mentees)

    def __repr__(self) -> str:
        headline = f"Prices of {len(self)} pairs on {', '.join(self.losses)}, {self.method}"
        if len(self.losses) < len(self.result.values):
            return headline
        is_free = self.is_possible & ~self.is_made
        for losses in self.losses.values():
            is_free = is_free & (losses == 0)
        return f"{headline}: {is_free.sum()} could be made at no loss"


def prices_of_pairs(
    result: Result, pairs: Iterable[tuple[str, str]] | None = None, *, progress: bool = False
) -> PairPrices:
    """Tell what making each pair would cost, and what each pair made is worth.

    The price of a pair that is not made is what every tier loses when it must be; of one that is
    made, when it must not be: as many tiers as the objective has, each optimised before the next,
    exactly as `what_if` would find by solving again. For objectives that are sums over pairs and
    people all prices come from shortest paths, without solving again
    (`rmmatch.analysis.forced_pairs`): some seconds at 1,000 × 1,000. With quotas, ``within``, lists
    as tiers, or above four million pairs each pair is solved for.

    Parameters
    ----------
    result : Result
        With a matching that is proved optimal.
    pairs : iterable of (mentee id, mentor id), optional
        Acceptable pairs; by default all of them.
    progress : bool
        Show on stderr how far it is, where it takes longer than two seconds.

    Returns
    -------
    PairPrices

    Raises
    ------
    NotSupportedError
        The matching is not proved optimal.
    CohortError
        Somebody is not in the cohort.
    ValueError
        A rule forbids one of `pairs`.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> prices = rm.prices_of_pairs(rm.match(cohort, scheme))
    >>> prices.table.columns.tolist()[-3:]
    ['pairs', 'priority', 'total']
    """
    positions_made = result.made.positions(result.cohort)
    if result.status is not Status.OPTIMAL:
        raise NotSupportedError(
            "prices are those of the best matching, and this one is not proved to be: "
            "match without a strategy or a time limit"
        )
    positions = _pair_positions(result, pairs)
    is_made = np.zeros(result.scores.shape, dtype=np.bool_)
    is_made[positions_made] = True
    forcing = forced_pairs(result)
    if isinstance(forcing, str):
        return _resolve_with(result, positions, is_made[positions], forcing, progress)
    packed_losses = forcing.losses_of_all_pairs()[positions]
    is_possible = packed_losses < IMPOSSIBLE_LOSS // 2
    losses = forcing.losses_by_tier(np.where(is_possible, packed_losses, 0))
    return PairPrices(
        result,
        *positions,
        is_made[positions],
        is_possible,
        dict(zip(forcing.tiers, losses, strict=True)),
        "by shortest paths",
    )


def _pair_positions(result: Result, pairs: Iterable[tuple[str, str]] | None) -> tuple[Ints, Ints]:
    """Return the positions of acceptable pairs."""
    scores = result.scores
    if pairs is None:
        mentees, mentors = np.nonzero(scores.to_numpy() >= 0)
        return mentees, mentors
    position_pairs = [
        (scores.position("mentee", mentee_id), scores.position("mentor", mentor_id))
        for mentee_id, mentor_id in pairs
    ]
    mentees, mentors = np.array(position_pairs, dtype=np.int64).reshape(-1, 2).T
    forbidden = np.flatnonzero(scores.scores_of_pairs(mentees, mentors) < 0)
    if forbidden.size:
        mentee, mentor = position_pairs[forbidden[0]]
        raise ValueError(
            f"{scores.mentees[mentee]} and {scores.mentors[mentor]} cannot be paired, so making "
            "the pair has no price; rmmatch.explain tells which rule forbids it"
        )
    return mentees, mentors


def _resolve_with(
    result: Result, positions: tuple[Ints, Ints], is_made: Bools, why: str, progress: bool
) -> PairPrices:
    """Return the prices that are found by solving again for each pair."""
    ids = result.cohort.mentees.ids, result.cohort.mentors.ids
    numbers = [tier for tier, value in result.values.items() if isinstance(value, int)]
    losses = {tier: np.zeros(is_made.size, dtype=np.int64) for tier in numbers}
    is_possible = np.ones(is_made.size, dtype=np.bool_)
    with progress_bar("prices", total=is_made.size, unit="pair", is_shown=progress) as bar:
        for pair_idx, (mentee, mentor) in enumerate(zip(*positions, strict=True)):
            pair = ids[0][mentee], ids[1][mentor]
            values = _values_after(result, pair, is_made=bool(is_made[pair_idx]))
            is_possible[pair_idx] = bool(values)
            for tier in numbers if values else ():
                if tier not in values:  # in an earlier version's record, and it cannot decide
                    continue
                losses[tier][pair_idx] = _single_value(result.values, tier) - _single_value(
                    values, tier
                )
            bar.update()
    return PairPrices(
        result, *positions, is_made, is_possible, losses, f"by solving again, because {why}"
    )


def _values_after(result: Result, pair: tuple[str, str], *, is_made: bool) -> Mapping[str, Value]:
    """Return what tiers are worth with a pair changed; nothing where that is impossible."""
    try:
        changed = what_if(result, forbid=[pair]) if is_made else what_if(result, pin=[pair])
    except SchemeError:  # it is pinned, or other pins leave no place for it
        return {}
    return changed.result.values if changed.result.matching is not None else {}


def _single_value(values: Mapping[str, Value], tier: str) -> int:
    value = values[tier]
    assert isinstance(value, int)
    return value


def prices_of_rules(result: Result) -> pd.DataFrame:
    """Tell what each rule and each quota of the scheme costs.

    Each is dropped in turn and the pairing solved again, where the prices of the old one do not
    prove that nothing could be better. Of several rules that forbid the same pairs each alone may
    cost nothing.

    Parameters
    ----------
    result : Result
        With a matching.

    Returns
    -------
    DataFrame
        part (``rules[2]``), what, how many people would change, and a column for each tier: what
        it would gain without the rule, in the unit of `Result.objective`. Tiers whose value is a
        list are left out. A rule on a sensitive column is "a confidential rule"; of a quota on one
        no value is shown.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.prices_of_rules(rm.match(cohort, scheme)).part.tolist()[:2]
    ['rules[0]', 'rules[1]']
    """
    import pandas as pd

    _ = result.made
    scheme = result.scheme
    rows = []
    for index, rule in enumerate(scheme.rules):
        changed = _scheme_without(result, "rules", index)
        rows.append(
            _price_row(f"rules[{index}]", scheme.public_description(rule, index), result, changed)
        )
    for index, quota in enumerate(scheme.quotas):
        changed = _scheme_without(result, "quotas", index)
        rows.append(_price_row(f"quotas[{index}]", quota.describe(scheme.setting), result, changed))
    numbers = [tier for tier, value in result.values.items() if isinstance(value, int)]
    return pd.DataFrame(rows, columns=["part", "what", "people", *numbers])


def _scheme_without(result: Result, key: str, index: int) -> WhatIf | None:
    """Return what dropping a rule does; None where the old prices prove that it gains nothing."""
    members: Sequence[object] = getattr(result.scheme, key)
    remaining = tuple(member for place, member in enumerate(members) if place != index)
    # a quota may be what the prices are of
    if key == "rules" and is_still_proved(
        result.replace(scheme=result.scheme.model_copy(update={key: remaining}))
    ):
        return None
    dropped = {index: None}
    return what_if(result, rules=dropped) if key == "rules" else what_if(result, quotas=dropped)


def _price_row(
    scheme_part: str, what: str, result: Result, changed: WhatIf | None
) -> dict[str, object]:
    if changed is None:
        return {"part": scheme_part, "what": what, "people": 0, **dict.fromkeys(result.values, 0)}
    gains = {tier: 0 - price for tier, price in changed.price.items()}
    return {"part": scheme_part, "what": what, "people": len(changed.change_rows), **gains}
