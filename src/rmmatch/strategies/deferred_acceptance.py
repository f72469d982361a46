"""Deferred acceptance: one side proposes, the other holds the best proposals it has had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmmatch.matching import Matching
from rmmatch.scoring import PairScores
from rmmatch.stability import Preferences, deferred_acceptance
from rmmatch.strategies.openings import Openings

__all__ = ["MenteeProposing", "MentorProposing"]


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

    Attributes
    ----------
    draws : bool
        Whether the matching depends on `seed` beyond the breaking of ties.
    name : str
        Name in tables.

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
        mentees, mentors = deferred_acceptance(
            openings.keys(preferences.mentee),
            openings.keys(preferences.mentor),
            openings.mentee_places,
            openings.mentor_places,
        )
        return openings.matching(mentees, mentors)


@dataclass(frozen=True)
class MentorProposing:
    """Deferred acceptance, the mentors proposing: the mirror image of `MenteeProposing`.

    Attributes
    ----------
    draws : bool
        Whether the matching depends on `seed` beyond the breaking of ties.
    name : str
        Name in tables.

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
        mentors, mentees = deferred_acceptance(
            openings.keys(preferences.mentor).T,
            openings.keys(preferences.mentee).T,
            openings.mentor_places,
            openings.mentee_places,
        )
        return openings.matching(mentees, mentors)
