"""Deferred acceptance: one side proposes, the other holds the best proposals it has had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappush, heapreplace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences
from rmmatch.strategies.openings import Openings

__all__ = ["MenteeProposing", "MentorProposing"]

Ints = NDArray[np.int64]

_AHEAD = 64
_NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class MenteeProposing:
    """Deferred acceptance, the mentees proposing (Gale and Shapley 1962).

    Every mentee with a free place proposes to the best mentor they have not yet asked; a mentor
    holds the best proposals they have places for, and turns the rest down. The result has no
    blocking pair, and of all such matchings it is the best for every mentee, where nobody has more
    than one place on one of the two sides. Where both sides have several places, a person's wish
    for a partner is taken not to depend on their other partners; then no two people block the
    matching, though larger groups might (Roth 1984).

    Pins are kept, capacities and forbidden pairs hold, and reserves come after applicants in
    everybody's preferences; minimum loads are not looked at. Partners that a person likes the same
    are told apart by the pairs' marks.

    References
    ----------
    - D. Gale and L. S. Shapley, "College admissions and the stability of marriage", American
      Mathematical Monthly 69 (1962).
    - A. E. Roth, "Stability and polarization of interests in job matching", Econometrica 52 (1984).

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.check(rm.match(cohort, scheme, strategy=MenteeProposing()))
    []
    """

    draws: ClassVar[bool] = False
    name: str = "mentee_proposing"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the stable matching that is best for the mentees.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of the rule that breaks ties.

        Raises
        ------
        SchemeError
            A pin cannot be kept.
        """
        openings, preferences = Openings(scores, seed), Preferences(scores)
        mentees, mentors = _deferred_acceptance(
            openings.keys(preferences.mentee),
            openings.keys(preferences.mentor),
            openings.mentee_places,
            openings.mentor_places,
        )
        return openings.matching(mentees, mentors)


@dataclass(frozen=True)
class MentorProposing:
    """Deferred acceptance, the mentors proposing: the mirror image of `MenteeProposing`.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.check(rm.match(cohort, scheme, strategy=MentorProposing()))
    []
    """

    draws: ClassVar[bool] = False
    name: str = "mentor_proposing"

    def pair(self, scores: PairScores, *, seed: int) -> Matching:
        """Return the stable matching that is best for the mentors.

        Parameters
        ----------
        scores : PairScores
        seed : int
            Of the rule that breaks ties.

        Raises
        ------
        SchemeError
            A pin cannot be kept.
        """
        openings, preferences = Openings(scores, seed), Preferences(scores)
        mentors, mentees = _deferred_acceptance(
            openings.keys(preferences.mentor).T,
            openings.keys(preferences.mentee).T,
            openings.mentor_places,
            openings.mentee_places,
        )
        return openings.matching(mentees, mentors)


def _deferred_acceptance(wishes: Ints, worth: Ints, free: Ints, places: Ints) -> tuple[Ints, Ints]:
    """Return the pairs that stand at the end, as positions of proposers and of receivers.

    Parameters
    ----------
    wishes, worth : ndarray of int64, shape (n_proposers, n_receivers)
        What the pair is to the proposer, and to the receiver; -1 where it is not open.
    free, places : ndarray of int64
        How many partners each proposer, and each receiver, may have.
    """
    order = np.argsort(-wishes, axis=1, kind="stable")
    lists = [
        _proposals(order[proposer, :length], worth[proposer])
        for proposer, length in enumerate((wishes >= 0).sum(axis=1).tolist())
    ]
    room = places.tolist()
    held: list[list[tuple[int, int]]] = [[] for _ in room]
    # Only a proposal worth more than this to the receiver is held: the worst held, once full.
    floor = np.where(places > 0, -1, _NEVER).tolist()
    # One entry for each free place of a proposer.
    asking = np.repeat(np.arange(len(free)), np.minimum(free, len(room))).tolist()
    while asking:
        proposer = asking.pop()
        for receiver, worth_of_it in lists[proposer]:
            if worth_of_it <= floor[receiver]:
                continue
            best = held[receiver]
            if len(best) < room[receiver]:
                heappush(best, (worth_of_it, proposer))
            else:
                asking.append(heapreplace(best, (worth_of_it, proposer))[1])
            if len(best) == room[receiver]:
                floor[receiver] = best[0][0]
            break
    pairs = [(proposer, receiver) for receiver, best in enumerate(held) for _, proposer in best]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _proposals(receivers: Ints, worth: Ints) -> Iterator[tuple[int, int]]:
    """Yield receivers in the proposer's order, each with what the proposer is worth to them."""
    for start in range(0, len(receivers), _AHEAD):
        ahead = receivers[start : start + _AHEAD]
        yield from zip(ahead.tolist(), worth[ahead].tolist(), strict=True)
