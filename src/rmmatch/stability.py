"""What each side thinks of a matching: ranks of partners, rank profile, blocking pairs.

Each side ranks its acceptable partners by its own view of the pair (`PairScores.views`). Where all
criteria are ``both`` the two sides see one and the same score: stability is then trivial, as
pairing the best pair first is stable, and a blocking pair only says that somebody gave way to the
total.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappush, heapreplace

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.matching import Matching
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.scoring import PairScores

__all__ = ["Preferences", "applicants_first_values", "deferred_acceptance", "n_applicants"]


_ABOVE_ALL = int(np.iinfo(np.int64).max)  # above every value of a partner; exactness
_RECEIVERS_PER_BATCH = 64  # receivers of a proposer looked up at once; speed only


class Preferences:
    """Whom each side of a cohort prefers under a scheme.

    Parameters
    ----------
    scores : PairScores

    Attributes
    ----------
    mentee, mentor : ndarray of int64, shape (n_mentees, n_mentors)
        Each pair as its mentee and as its mentor sees it: millionths, -1 = forbidden; in cohort
        order.

    Examples
    --------
    >>> import rmmatch as rm
    >>> from rmmatch.stability import Preferences
    >>> cohort, scheme = rm.synthetic.demo()
    >>> greedy = rm.match(cohort, scheme, strategy=rm.strategies.Greedy())
    >>> Preferences(greedy.scores).blocking_pairs(greedy.made)
    ()
    """

    def __init__(self, scores: PairScores) -> None:
        self._cohort = scores.cohort
        self._pins = scores.pins.mentees, scores.pins.mentors
        self.mentee, self.mentor = _all_views(scores)

    def ranks(self, matching: Matching) -> tuple[Ints, Ints]:
        """Return how good a partner each pair is to its mentee, and to its mentor.

        Rank 1 is the best of all acceptable partners; partners of one value share the better rank.
        Only values count, not whether partners are reserves or have a place.

        Parameters
        ----------
        matching : Matching
            Of people of the cohort.

        Returns
        -------
        tuple of ndarray of int64, shape (n_pairs,)
            In the order of the matching; 0 where the pair is forbidden.
        """
        rows, columns = matching.positions(self._cohort)
        allowed = self.mentee[rows, columns] >= 0
        by_mentee = 1 + (self.mentee[rows] > self.mentee[rows, columns][:, None]).sum(axis=1)
        by_mentor = 1 + (self.mentor[:, columns] > self.mentor[rows, columns]).sum(axis=0)
        return np.where(allowed, by_mentee, 0), np.where(allowed, by_mentor, 0)

    def rank_profile(self, matching: Matching) -> tuple[Ints, Ints]:
        """Return how many pairs have each rank in the eyes of the mentees, and of the mentors.

        Parameters
        ----------
        matching : Matching
            Of people of the cohort; forbidden pairs are not counted.

        Returns
        -------
        tuple of ndarray of int64, shapes (n_mentors,) and (n_mentees,)
            Entry ``k`` counts rank ``k + 1``.
        """
        ranks = self.ranks(matching)
        by_mentee, by_mentor = (
            np.bincount(of_pairs, minlength=size + 1)[1:]
            for of_pairs, size in zip(ranks, self.mentee.shape[::-1], strict=True)
        )
        return by_mentee, by_mentor

    def blocking_pairs(self, matching: Matching) -> tuple[tuple[str, str], ...]:
        """Return the pairs of people who would rather have each other than what they have.

        A pair blocks a matching when it is acceptable, is not in it, and each of the two has a
        free place or strictly prefers the other to the worst of their partners. A pinned partner
        cannot be left, and a reserve is never preferred to an applicant
        (`applicants_first_values`). A forbidden partner, as a list made by hand may have, is worse
        than any acceptable one.

        Parameters
        ----------
        matching : Matching
            Of people of the cohort.

        Returns
        -------
        tuple of (str, str)
            Mentee and mentor ids, sorted.
        """
        rows, columns = matching.positions(self._cohort)
        paired = np.zeros(self.mentee.shape, dtype=bool)
        paired[rows, columns] = True
        leavable = paired.copy()
        leavable[self._pins] = False
        by_mentee, by_mentor = (
            applicants_first_values(self._cohort, view) for view in (self.mentee, self.mentor)
        )
        sides = self._cohort.sides
        # A person prefers a partner to the worst one they have if its value is above these.
        mentee_worst = _worst_partner_values(
            by_mentee, leavable, 1, paired.sum(axis=1) < sides[0].capacity
        )
        mentor_worst = _worst_partner_values(
            by_mentor, leavable, 0, paired.sum(axis=0) < sides[1].capacity
        )
        blocks = (by_mentee > mentee_worst[:, None]) & (by_mentor > mentor_worst[None, :]) & ~paired
        return Matching.at(self._cohort, *np.nonzero(blocks)).pairs


def n_applicants(cohort: Cohort) -> Ints:
    """Return how many people of each pair are no reserves.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    ndarray of int64, shape (n_mentees, n_mentors)
        0, 1 or 2; in cohort order.
    """
    mentees, mentors = ((side.status != "reserve").astype(np.int64) for side in cohort.sides)
    count: Ints = mentees[:, None] + mentors[None, :]
    return count


def applicants_first_values(cohort: Cohort, values: Ints) -> Ints:
    """Return the values by which people choose where reserves take part: the larger, the rather.

    A reserve is there for a place that no applicant can fill. So everybody, reserves too, would
    rather have any applicant than any reserve. Pairs of two applicants stand above those of one,
    and these above those of none, each sort in the order of its values: to one person, whose own
    status is the same in all their pairs, that is applicants above reserves.

    Parameters
    ----------
    cohort : Cohort
    values : ndarray of int64, shape (n_mentees, n_mentors)
        Scores, or one side's view: millionths, -1 = forbidden; in cohort order.

    Returns
    -------
    ndarray of int64, shape (n_mentees, n_mentors)
        Below 2²³, -1 = forbidden; `values` itself where there is no reserve.
    """
    count = n_applicants(cohort)
    if (count == 2).all():
        return values
    return np.where(values >= 0, values + 2 * MILLION * count, values)


def _all_views(scores: PairScores) -> tuple[Ints, Ints]:
    """Return all pairs as the mentees and as the mentors see them, -1 where forbidden."""
    if not scores.has_two_views:
        return scores.to_numpy(), scores.to_numpy()
    mentee, mentor = (np.empty(scores.shape, dtype=np.int64) for _ in range(2))
    for rows, columns in scores.blocks():
        mentee[rows], mentor[rows] = scores.views(rows, columns)
    return mentee, mentor


def _worst_partner_values(values: Ints, leavable: Bools, axis: int, has_place: Bools) -> Ints:
    """Return the value of each person's worst partner; -1, which all beat, for a free place."""
    worst = np.where(leavable, values, _ABOVE_ALL).min(axis=axis, initial=_ABOVE_ALL)
    return np.where(has_place, -1, worst)


def deferred_acceptance(
    proposer_keys: Ints, receiver_keys: Ints, proposer_places: Ints, receiver_places: Ints
) -> tuple[Ints, Ints]:
    """Let one side propose and the other hold the best proposals (Gale and Shapley 1962).

    Parameters
    ----------
    proposer_keys, receiver_keys : ndarray of int64, shape (n_proposers, n_receivers)
        How good a pair is to the proposer, and to the receiver, the larger the better; -1 where
        it is not open.
    proposer_places, receiver_places : ndarray of int64, shapes (n_proposers,) and (n_receivers,)
        How many partners each proposer, and each receiver, may have.

    Returns
    -------
    proposers, receivers : ndarray of int64, shape (n_pairs,)
        The pairs that stand at the end, as positions in the order of the arguments.
    """
    order = np.argsort(-proposer_keys, axis=1, kind="stable")
    lists = [
        _proposals(order[proposer, :length], receiver_keys[proposer])
        for proposer, length in enumerate((proposer_keys >= 0).sum(axis=1).tolist())
    ]
    capacities = receiver_places.tolist()
    held: list[list[tuple[int, int]]] = [[] for _ in capacities]
    # A receiver holds only a proposal above this: the worst one held, once their places are full.
    floor = np.where(receiver_places > 0, -1, _ABOVE_ALL).tolist()
    # One entry for each free place of a proposer.
    n_proposals = np.minimum(proposer_places, len(capacities))
    proposing = np.repeat(np.arange(len(proposer_places)), n_proposals).tolist()
    while proposing:
        proposer = proposing.pop()
        for receiver, key in lists[proposer]:
            if key <= floor[receiver]:
                continue
            proposals = held[receiver]
            if len(proposals) < capacities[receiver]:
                heappush(proposals, (key, proposer))
            else:
                proposing.append(heapreplace(proposals, (key, proposer))[1])
            if len(proposals) == capacities[receiver]:
                floor[receiver] = proposals[0][0]
            break
    pairs = [
        (proposer, receiver) for receiver, proposals in enumerate(held) for _, proposer in proposals
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _proposals(receivers: Ints, keys: Ints) -> Iterator[tuple[int, int]]:
    """Yield receivers in the proposer's order, each with the proposer's key to the receiver."""
    for start in range(0, len(receivers), _RECEIVERS_PER_BATCH):
        batch = receivers[start : start + _RECEIVERS_PER_BATCH]
        yield from zip(batch.tolist(), keys[batch].tolist(), strict=True)
