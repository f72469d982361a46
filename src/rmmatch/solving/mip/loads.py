"""What is asked of the loads of one side, and what a tier rewards of them.

A person's *load* is the number of chosen arcs. Sides are 0 (mentees) and 1 (mentors).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.network import LinearTier, Network
from rmmatch.solving.formulation.side_constraints import SideConstraints

__all__ = ["LoadLimits", "fold_reward", "load_limits", "load_reward_columns"]


class LoadLimits(NamedTuple):
    """Bounds of the loads of one side, people in id order.

    Attributes
    ----------
    min_load, max_load : ndarray of int64, shape (n_people,)
    min_load_if_paired : ndarray of int64, shape (n_people,)
        The least load of a person who has any; 0 and 1 ask nothing.
    """

    min_load: Ints
    max_load: Ints
    min_load_if_paired: Ints


def load_limits(network: Network, side_constraints: SideConstraints, side: int) -> LoadLimits:
    """Return the bounds of the loads of one side.

    Parameters
    ----------
    network : Network
    side_constraints : SideConstraints
    side : {0, 1}
        Mentees or mentors.
    """
    if side == 0:
        return LoadLimits(
            network.min_load_mentees,
            network.max_load_mentees,
            side_constraints.min_load_if_used_mentees,
        )
    return LoadLimits(
        network.min_load_mentors,
        network.max_load_mentors,
        side_constraints.min_load_if_used_mentors,
    )


def load_reward_columns(tier: LinearTier, side: int, max_load: Ints) -> tuple[Ints, Ints]:
    """Return what a tier rewards of each person's load on one side.

    Parameters
    ----------
    tier : LinearTier
    side : {0, 1}
        Mentees or mentors.
    max_load : ndarray of int64, shape (n_people,)
        For the shape only.

    Returns
    -------
    reward : ndarray of int64, shape (n_people,)
        What each rewarded pair of a person adds, in the tier's unit.
    reach : ndarray of int64, shape (n_people,)
        How many of a person's pairs are rewarded.
    """
    reward, reach = (
        (tier.load_reward_mentees, tier.rewarded_load_mentees),
        (tier.load_reward_mentors, tier.rewarded_load_mentors),
    )[side]
    return np.broadcast_to(reward, max_load.shape), np.broadcast_to(reach, max_load.shape)


def fold_reward(reward: Ints, reach: Ints, max_load: Ints) -> tuple[Ints, Bools]:
    """Return the rewards of loads that are as good as weights of arcs.

    Parameters
    ----------
    reward, reach : ndarray of int64, shape (n_people,)
        As `load_reward_columns` returns them.
    max_load : ndarray of int64, shape (n_people,)

    Returns
    -------
    folded : ndarray of int64, shape (n_people,)
        What each arc of a person is rewarded, in the tier's unit.
    is_partial : ndarray of bool, shape (n_people,)
        Whose reward ends below the maximum load, so that no arc can carry it.
    """
    is_partial = (reward > 0) & (reach > 0) & (reach < max_load)
    return np.where(is_partial | (reach <= 0), 0, reward), is_partial
