"""More pairs or better pairs: what the choice between the two costs, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmmatch.checking import bounds_of
from rmmatch.files.json_data import JsonAnswer
from rmmatch.matching import Certificate, Result, Status, TierPrices
from rmmatch.matching.display import n_text
from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.objectives import Aim, aims_in_force, disordered_tiers
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring.points import points_text
from rmmatch.solving import Stop, match_until

__all__ = ["TradeOff", "trade_off"]


@dataclass(frozen=True)
class TradeOff(JsonAnswer):
    """As many pairs as possible beside the largest total, other tiers as the scheme has them.

    Attributes
    ----------
    most_pairs, best_total : (int, float)
        Number of pairs and total score of each.
    """

    most_pairs: tuple[int, float]
    best_total: tuple[int, float]

    @property
    def pairs_given_up(self) -> int:
        """How many pairs the largest total costs; negative where it has more, as it may."""
        return self.most_pairs[0] - self.best_total[0]

    @property
    def total_given_up(self) -> float:
        """How much of the total it costs to pair as many as possible."""
        return self.best_total[1] - self.most_pairs[1]

    def to_dict(self) -> dict[str, Any]:
        """Return both ends, and what each gives up, as plain JSON data."""
        ends = {"most_pairs": self.most_pairs, "best_total": self.best_total}
        return {
            **{name: {"pairs": pairs, "total": total} for name, (pairs, total) in ends.items()},
            "pairs_given_up": self.pairs_given_up,
            "total_given_up": self.total_given_up,
            "text": self.text,
        }

    @property
    def text(self) -> str:
        """The choice in a few sentences."""
        return str(self)

    def __str__(self) -> str:
        (pairs, total), (fewer, higher) = self.most_pairs, self.best_total
        if higher <= total:
            return (
                "There is no trade-off between more pairs and better pairs: "
                f"{_pairs_text(pairs, total)} is the best for both."
            )
        gain = points_text(round((higher - total) * MILLION))
        change = n_text(abs(pairs - fewer), "pair").replace(
            " ", " fewer " if fewer <= pairs else " more ", 1
        )
        return (
            "There is a trade-off between more pairs and better pairs. "
            f"As many pairs as possible: {_pairs_text(pairs, total)}. "
            f"As many points as possible: {_pairs_text(fewer, higher)}, "
            f"so {gain} more and {change}."
        )


def trade_off(result: Result) -> TradeOff | None:
    """Tell what it costs to pair as many as possible before the total counts, or not to.

    Where the objective counts ``pairs`` or ``participation`` before ``total`` it is solved again
    without them, and else with ``pairs`` first. Tiers that have no meaning without a count before
    them go with it. Often nothing need be solved: the prices of the total may prove by themselves
    that no matching at all has a larger one.

    Parameters
    ----------
    result : Result

    Returns
    -------
    TradeOff or None
        None where the objective has no ``total``, or the result is not proved.

    Raises
    ------
    RecordError
        The run was loaded from a file without the sensitive columns its rules need.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.trade_off(rm.match(cohort, scheme)).total_given_up
    0.0
    """
    aims = result.scheme.aims
    names = [aim.tier for aim in aims]
    if "total" not in names or result.status is not Status.OPTIMAL:
        return None
    # a tier that cannot decide would hide that the total alone is left
    aims = aims_in_force(aims, CohortFacts.of_cohort(result.cohort, result.scheme.rules))
    counts_first = any(TIERS[name].asks_for_pairs for name in names[: names.index("total")])
    other_aims = [aim for aim in aims if not TIERS[aim.tier].asks_for_pairs]
    if counts_first:
        dependent_aims = [aim for _, aim in disordered_tiers(other_aims)]
        other_scheme = _match_with_aims(
            result.scheme, [aim for aim in other_aims if aim not in dependent_aims]
        )
    else:
        other_scheme = _match_with_aims(result.scheme, [Aim(tier="pairs"), *other_aims])
    own_values = _pairs_and_total(result)
    if counts_first and _is_best_without(result, other_scheme):
        return TradeOff(own_values, own_values)
    stop = Stop()
    other_result = match_until(stop, result.cohort, other_scheme, seed=result.seed)
    if stop.is_interrupted:
        raise KeyboardInterrupt
    other_values = _pairs_and_total(other_result)
    return (
        TradeOff(own_values, other_values) if counts_first else TradeOff(other_values, own_values)
    )


def _match_with_aims(scheme: Scheme, aims: list[Aim]) -> Scheme:
    return scheme.model_copy(update={"objective": tuple(aims)})


def _pairs_and_total(result: Result) -> tuple[int, float]:
    total = result.values["total"]
    assert isinstance(total, int)
    return len(result.made), total / MILLION


def _is_best_without(result: Result, scheme: Scheme) -> bool:
    """Tell whether the prices of the total prove it best of all matchings, however many pairs."""
    if [aim.tier for aim in scheme.aims] != ["total"] or result.certificate is None:
        return False
    prices = [prices for prices in result.certificate.tiers if prices.tier == "total"]
    if not prices or "applicants" in result.values:
        return False
    (price,) = prices
    nonnegative = TierPrices("total", np.maximum(price.mentees, 0), np.maximum(price.mentors, 0))
    bounds = bounds_of(result.replace(scheme=scheme, certificate=Certificate((nonnegative,))))
    return bounds.get("total") == result.values["total"]


def _pairs_text(pairs: int, total: float) -> str:
    return f"{n_text(pairs, 'pair')} with {points_text(round(total * MILLION))} in total"
