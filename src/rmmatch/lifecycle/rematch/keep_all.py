"""Pairing again when every old pair can stay: only the places that are left need solving.

Where nobody needs more than their old pairs give them, and there are no quotas, all old pairs that
the rules allow can be kept at once. So the best pairing is these, and the best one of the places
that are left, as long as each tier adds up over pairs, or over people that have their first pair.
The prices of the small problem, after prices of zero for ``kept_pairs``, prove the whole; `check`
has the last word.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmmatch.checking import check, load_bounds, values_on_tiers
from rmmatch.cohort import Cohort, Relation
from rmmatch.matching import Certificate, Matching, Result, Status, TierPrices
from rmmatch.numeric import Ints
from rmmatch.scheme import Scheme
from rmmatch.scheme.edits import with_pairs, without_pairs
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores
from rmmatch.solving import Stop, match_until

__all__ = ["keep_all"]


def keep_all(
    cohort: Cohort, scheme: Scheme, old_pairs: Relation, seed: int, stop: Stop
) -> Result | None:
    """Return the best pairing with all old pairs; None where it must be solved as a whole.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
        With ``kept_pairs`` as its first tier.
    old_pairs : Relation
        The old pairs.
    seed : int
        Breaks ties.
    stop : Stop
        When to give up.
    """
    if (
        scheme.quotas
        or scheme.min_load != "hard"
        or not all(TIERS[aim.tier].splits for aim in scheme.aims)
    ):
        return None
    if any(aim.within for aim in scheme.aims) or len(scheme.aims) == 1:
        return None
    scores = PairScores(cohort, scheme)
    old_scores = scores.scores_of_pairs(old_pairs.mentees, old_pairs.mentors)
    stays = old_scores >= 0
    people = old_pairs.mentees[stays], old_pairs.mentors[stays]
    fixed = set(zip(*(side_people.tolist() for side_people in people), strict=True))
    pinned = zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True)
    loads = [
        np.bincount(side_people, minlength=len(side))
        for side, side_people in zip(cohort.sides, people, strict=True)
    ]
    remaining = cohort, scheme.model_copy(update={"objective": scheme.objective[1:]})
    if fixed:  # else all is left
        for side, load in zip(cohort.sides, loads, strict=True):
            min_load, max_load = load_bounds(side)
            if (load < min_load).any() or (load > max_load).any():
                return None
        if not fixed.issuperset(pinned):
            return None
        remaining = _remaining_instance(cohort, scheme, people, loads)
    remaining_result = match_until(stop, *remaining, seed=seed, loads_before=(loads[0], loads[1]))
    if remaining_result.status is not Status.OPTIMAL or remaining_result.certificate is None:
        return None
    mentees, mentors = remaining_result.made.positions(cohort)
    rows, columns = np.append(people[0], mentees), np.append(people[1], mentors)
    values = values_on_tiers(scores, rows, columns)
    zeros = [np.zeros(size, dtype=np.int64) for size in scores.shape]
    prices = TierPrices("kept_pairs", zeros[0], zeros[1])
    # alone a tier is kept that makes no difference, and with the old pairs' tier it is left out
    tiers = tuple(tier for tier in remaining_result.certificate.tiers if tier.tier in values)
    result = remaining_result.replace(
        cohort=cohort,
        scheme=scores.scheme,
        matching=Matching.at(cohort, rows, columns),
        values=values,
        bounds=values,
        certificate=Certificate((prices, *_prices_of_whole(tiers, loads))),
        solver=f"{len(fixed)} old pairs stay, which is proved to be best; "
        f"the rest: {remaining_result.solver}",
    )
    return None if check(result) else result


def _prices_of_whole(tiers: tuple[TierPrices, ...], loads: list[Ints]) -> list[TierPrices]:
    """Return the prices of the places that are left as those of all places.

    A price below zero of somebody who need not fill their places is as good as zero where no
    pair of theirs is settled; in the whole their old pairs would count as worth more by it. Who
    has had a price above zero in an earlier tier fills all places, and may have any price.
    """
    must_fill = [np.zeros(load.size, dtype=np.bool_) for load in loads]
    changed = []
    for tier in tiers:
        prices = []
        for price, load, fills in zip((tier.mentees, tier.mentors), loads, must_fill, strict=True):
            whole_price = np.where((load > 0) & ~fills, np.maximum(price, 0), price)
            fills |= whole_price > 0
            prices.append(whole_price)
        changed.append(replace(tier, mentees=prices[0], mentors=prices[1]))
    return changed


def _remaining_instance(
    cohort: Cohort, scheme: Scheme, people: tuple[Ints, Ints], loads: list[Ints]
) -> tuple[Cohort, Scheme]:
    """Return the cohort with the places that some pairs leave, and what to pair them by."""
    sides = [
        replace(
            side,
            capacity=side.capacity - load,
            min_load=np.zeros_like(side.min_load),
        )
        for side, load in zip(cohort.sides, loads, strict=True)
    ]
    # two who have places left must not be paired twice
    twice = [
        (sides[0].ids[mentee], sides[1].ids[mentor])
        for mentee, mentor in zip(*(positions.tolist() for positions in people), strict=True)
        if sides[0].capacity[mentee] and sides[1].capacity[mentor]
    ]
    scheme = with_pairs(without_pairs(scheme, drops_pin=lambda pair: True), forbid=twice)
    relations = {kind: pairs for kind, pairs in cohort.relations.items() if kind != "pinned"}
    remaining = cohort.replace(mentees=sides[0], mentors=sides[1], relations=relations)
    return remaining, scheme.model_copy(update={"objective": scheme.objective[1:]})
