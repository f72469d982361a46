"""A first choice: the best arcs first, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmmatch.numeric import Bools
from rmmatch.solving.assignment.network import LinearTier, Network, count_loads, is_feasible

__all__ = ["greedy_choice"]


def greedy_choice(network: Network, tiers: Sequence[LinearTier]) -> Bools | None:
    """Take arcs by weight, earlier tiers first, while there is room.

    Parameters
    ----------
    network : Network
        The problem; its fixed arcs leave nobody without room.
    tiers : sequence of LinearTier
        Arcs are sorted by their weights in the first tier, then in the second, and so on.

    Returns
    -------
    ndarray of bool, shape (n_arcs,), or None
        None where somebody's minimum load is missed.
    """
    chosen = network.fixed.copy()
    fixed_mentees, fixed_mentors = count_loads(network, chosen)
    capacity_mentees = (network.max_load_mentees - fixed_mentees).tolist()
    capacity_mentors = (network.max_load_mentors - fixed_mentors).tolist()
    order = np.lexsort([-tier.weights for tier in reversed(tiers)]) if tiers else np.arange(0)
    order = order[~network.fixed[order]]
    ends = zip(network.mentees[order].tolist(), network.mentors[order].tolist(), strict=True)
    for arc, (mentee, mentor) in zip(order.tolist(), ends, strict=True):
        if capacity_mentees[mentee] and capacity_mentors[mentor]:
            chosen[arc] = True
            capacity_mentees[mentee] -= 1
            capacity_mentors[mentor] -= 1
    return chosen if is_feasible(network, chosen) else None
