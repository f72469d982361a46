"""From a tier of a scheme to how it is optimised: which numbers of the cohort it compares."""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import MILLION, Ints
from rmmatch.scheme.objectives import Aim
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.lexicographic.level_methods import BottleneckMethod, LexicographicLevels
from rmmatch.solving.lexicographic.tier_methods import LinearMethod, LoadProfileMethod, TierMethod

__all__ = ["max_pairs", "tier_method"]


def tier_method(
    aim: Aim, scores: PairScores, orders: tuple[Ints, Ints], network: Network, weights: Ints
) -> TierMethod:
    """Return how a tier that needs the matrix of all pairs is optimised.

    Parameters
    ----------
    aim : Aim
        The tier, with its options.
    scores : PairScores
    orders : tuple of ndarray of int64, shapes (n_mentees,) and (n_mentors,)
        The position in the cohort of each mentee and each mentor of the network.
    network : Network
        Of all acceptable pairs, people in id order.
    weights : ndarray of int64, shape (n_arcs,)
        The scores of its arcs, millionths.
    """
    rows, columns = orders[0][network.mentees], orders[1][network.mentors]
    n_max_pairs = max_pairs(network)
    if aim.tier == "worst_pair":
        return BottleneckMethod(aim.tier, weights, n_max_pairs, slack=aim.slack)
    if aim.tier == "leximin":
        return LexicographicLevels(aim.tier, weights, n_max_pairs)
    if aim.tier == "rank_profile":
        ranks = _score_ranks(scores, aim, rows, columns)
        if aim.generous:
            return LexicographicLevels(
                aim.tier, -ranks, n_max_pairs, describe_keys=lambda keys: _rank_profile(-keys)
            )
        return LexicographicLevels(
            aim.tier, ranks, n_max_pairs, sign=1, describe_keys=_rank_profile
        )
    if aim.tier == "spread":
        max_load, n_partners = (
            (network.max_load_mentees, network.n_mentors)
            if aim.of == "mentees"
            else (network.max_load_mentors, network.n_mentees)
        )
        return LoadProfileMethod(aim.of, int(np.minimum(max_load, n_partners).max(initial=0)))
    if aim.tier == "blocking_pairs":
        from rmmatch.solving.formulation.blocking_pairs import BlockingPairs, FewestBlockingPairs

        return FewestBlockingPairs(BlockingPairs.of(scores, orders, network), aim.slack)
    assert aim.tier == "nash"
    logs = np.rint(MILLION * np.log(np.maximum(weights, 1))).astype(np.int64)
    return LinearMethod(LinearTier(aim.tier, logs), aim.slack)


def max_pairs(network: Network) -> int:
    """Return a number of pairs that no choice exceeds.

    Parameters
    ----------
    network : Network
    """
    sides = (
        (network.max_load_mentees, network.n_mentors),
        (network.max_load_mentors, network.n_mentees),
    )
    return int(min(np.minimum(max_load, n_partners).sum() for max_load, n_partners in sides))


def _score_ranks(scores: PairScores, aim: Aim, rows: Ints, columns: Ints) -> Ints:
    """Return the rank of the partner in each pair, 1 the best; equal partners share the better."""
    from rmmatch.stability import Preferences

    preferences = Preferences(scores)
    views, people = (
        (preferences.mentee, rows) if aim.of == "mentees" else (preferences.mentor, columns)
    )
    view = views[rows, columns]
    order = np.lexsort((-view, people))
    view, people = view[order], people[order]
    place = np.arange(order.size)
    begins = np.diff(people, prepend=-1) != 0
    differs = begins | (np.diff(view, prepend=-1) != 0)
    first, best = (
        np.maximum.accumulate(np.where(is_start, place, 0)) for is_start in (begins, differs)
    )
    ranks = np.empty(order.size, dtype=np.int64)
    ranks[order] = 1 + best - first
    return ranks


def _rank_profile(ranks: Ints) -> tuple[int, ...]:
    """Return how many pairs have each rank, from 1 on."""
    return tuple(np.bincount(ranks)[1:].tolist())
