"""Who has no partner while others share one: for the coordinator to look at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rmmatch.cohort import Role
from rmmatch.numeric import Ints
from rmmatch.scoring import PairScores

__all__ = ["sharing_notes"]

_MAX_SHOWN_PEOPLE = 3  # who is named of those without a partner; wording
_MAX_SCORED_PAIRS = 4_000_000  # pairs of people looked at: the first without a partner; speed only


def sharing_notes(scores: PairScores, positions: tuple[Ints, Ints]) -> Iterator[str]:
    """Yield a sentence where somebody has two partners while a suitable applicant has none.

    Suitable is who could take over one of the two partners: the scheme allows the pair, and the
    partner is not pinned to the one who has both, who keeps as many as their minimum.

    Parameters
    ----------
    scores : PairScores
        Of the cohort that was paired.
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.
    """
    sides = scores.cohort.sides
    names_participation = any(aim.tier == "participation" for aim in scores.scheme.aims)
    pins = set(zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True))
    is_pinned = np.array(
        [pair in pins for pair in zip(*(people.tolist() for people in positions), strict=True)],
        dtype=np.bool_,
    )
    for side_idx, (side, partner_side) in enumerate(zip(sides, sides[::-1], strict=True)):
        own, partners = positions[side_idx], positions[1 - side_idx]
        load = np.bincount(own, minlength=len(side))
        can_give = (load[own] > np.maximum(1, side.min_load[own])) & ~is_pinned
        movable = np.unique(partners[can_give])
        without = np.flatnonzero((load == 0) & (side.status == "applicant") & (side.capacity > 0))
        if not movable.size or not without.size:
            continue
        without = without[: max(1, _MAX_SCORED_PAIRS // movable.size)]
        suitable = _allowed(scores, side.role, without, movable)
        people = np.flatnonzero(suitable.any(axis=1))
        if not people.size:
            continue
        cohort, role, partner_role = scores.cohort, side.role, partner_side.role
        shown = [
            f"{cohort.person_text(role, int(without[person]))} has no {partner_role}, although "
            f"{cohort.person_text(partner_role, partner)} is suitable and "
            f"{cohort.person_text(role, sharer)} has {load[sharer]} {partner_role}s"
            for person in people[:_MAX_SHOWN_PEOPLE].tolist()
            for partner in [int(movable[np.argmax(suitable[person])])]
            for sharer in [int(own[can_give & (partners == partner)][0])]
        ]
        more = people.size - len(shown)
        tail = f" The same is true of {more} more {role}{'s' * (more > 1)}." if more else ""
        remedy = (
            ""
            if names_participation
            else " To give everyone a first partner before anyone has a second, put "
            "`participation` first in the objective."
        )
        yield f"{'. '.join(shown)}.{tail}{remedy}"


def _allowed(
    scores: PairScores, role: Role, people: Ints, partners: Ints
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return whom people of a side may be paired with, shape (n_people, n_partners)."""
    if role == "mentee":
        return np.asarray(scores.block(people, partners) >= 0)
    return np.asarray(scores.block(partners, people) >= 0).T
