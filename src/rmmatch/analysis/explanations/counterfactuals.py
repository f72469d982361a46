"""What another choice would have cost: who would have to move, and what the whole would lose."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rmmatch.analysis.explanations.audiences import Audience, count_text
from rmmatch.analysis.forced_pairs import AugmentingChain, ForcedPairs, forced_pairs
from rmmatch.analysis.shortest_paths import IMPOSSIBLE_LOSS
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.matching import Result
from rmmatch.matching.display import change_text, shown_value
from rmmatch.scoring.points import points_text

__all__ = ["ChoiceExplainer", "score_difference_text"]

_MAX_SHOWN_MOVES = 3  # moves of other people in a sentence; wording


class ChoiceExplainer:
    """A result, for whom it is explained, and what else could have been chosen.

    Parameters
    ----------
    result : Result
    audience : Audience
    is_prepared : bool, optional
        Whether to find all chains at once; False leaves out what other choices cost. None finds
        the chains person by person.
    """

    def __init__(
        self, result: Result, audience: Audience, *, is_prepared: bool | None = None
    ) -> None:
        self.result = result
        self.scores = result.scores
        self.audience = audience
        self.made = set(result.made)
        self._prepared = is_prepared

    @property
    def is_thorough(self) -> bool:
        """Whether facts are found that take a while for each person."""
        return self._prepared is not False

    @cached_property
    def forcing(self) -> ForcedPairs | None:
        """What forcing pairs costs; None where that is not known."""
        if self._prepared is False:
            return None
        forcing = forced_pairs(self.result)
        if isinstance(forcing, str):
            return None
        if self._prepared:
            forcing.prepare_all_paths()
        return forcing

    def ids(self, pair: tuple[int, int]) -> tuple[str, str]:
        """Return the ids of a pair.

        Parameters
        ----------
        pair : (int, int)
            Positions of mentee and mentor, in cohort order.

        Returns
        -------
        (mentee id, mentor id)
        """
        return self.scores.mentees[pair[0]], self.scores.mentors[pair[1]]

    def person_text(self, role: Role, person: int, *, has_id: bool = True) -> str:
        """Return how the audience reads of somebody: a committee by the id alone.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        person : int
            Position on that side, in cohort order.
        has_id : bool
            Whether a coordinator reads the id beside a name.
        """
        if self.audience == "coordinator":
            return self.scores.cohort.person_text(role, person, has_id=has_id)
        return self.scores.cohort.side(role).ids[person]

    def partners(self, role: Role, person: int) -> list[int]:
        """Return the positions of a person's partners, by id.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            The person's side.
        person : int
            Position on that side, in cohort order.
        """
        cohort = self.result.cohort
        partner_ids = self.result.made.partners(role, cohort.side(role).ids[person])
        return [cohort.side(OTHER_ROLE[role]).position[id_] for id_ in partner_ids]

    def cheapest(self, role: Role, person: int) -> int | None:
        """Return the partner whom it costs least to give somebody who has none.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            The person's side.
        person : int
            Position on that side, in cohort order.

        Returns
        -------
        int or None
            Position on the other side; None where nobody can be given, or costs are not known.
        """
        if self.forcing is None:
            return None
        losses = self.forcing.losses_of_person(role, person)
        cheapest = min(
            range(len(losses)), key=lambda partner: (losses[partner], self._other_id(role, partner))
        )
        return cheapest if losses[cheapest] < IMPOSSIBLE_LOSS // 2 else None

    def _other_id(self, role: Role, partner: int) -> str:
        return (self.scores.mentors if role == "mentee" else self.scores.mentees)[partner]

    def explain_change(self, role: Role, pair: tuple[int, int]) -> tuple[list[str], dict[str, Any]]:
        """Say what making a pair would cost, from one side.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            The side whose point of view it is: a mentee's own move is left out.
        pair : (int, int)
            Positions of mentee and mentor, in cohort order; acceptable, and not made.

        Returns
        -------
        list of str
            Sentences.
        dict
            The same as facts: see `Explanation.facts`.
        """
        assert self.forcing is not None
        chain = self.forcing.chain(*pair)
        partner = self.ids(pair)[1 if role == "mentee" else 0]
        if chain is None:
            sentence = "Pins and minimum loads make this pair impossible."
            return [sentence], {"partner": partner, "loses": None}
        losses = dict(zip(self.forcing.tiers, chain.losses, strict=True))
        facts: dict[str, Any] = {
            "partner": partner,
            "loses": {
                tier: shown_value(self.result.scheme, tier, loss) for tier, loss in losses.items()
            },
        }
        movers = self._moved_mentees(chain, None if role == "mentor" else pair[0])
        moves = [self._move_sentence(*mover) for mover in movers[:_MAX_SHOWN_MOVES]]
        move_sentences = [f"{' and '.join(moves)}."] if moves else []
        if len(movers) > _MAX_SHOWN_MOVES:
            more = count_text(len(movers) - _MAX_SHOWN_MOVES, self.audience)
            move_sentences = [f"{', '.join(moves)}, and {more} more would move."]
        if self.audience == "coordinator" or len(movers) <= _MAX_SHOWN_MOVES:
            # whom the sentence leaves out, the facts leave out too
            facts["removed"] = [self.ids(removed_pair) for removed_pair in chain.removed]
            facts["added"] = [self.ids(added_pair) for added_pair in chain.added]
        return [*move_sentences, self._total_loss_sentence(losses)], facts

    def _total_loss_sentence(self, losses: dict[str, int]) -> str:
        for tier, loss in losses.items():
            if not loss:
                continue
            amount = change_text(self.result.scheme, tier, -loss)
            if amount.endswith("less"):
                return f"In total, the pairs would have {amount}."
            return f"In total, there would be {amount}."
        return (
            "In total, nothing would be lost: of pairings that are equally good, one is chosen "
            "at random."
        )

    def _moved_mentees(
        self, chain: AugmentingChain, focus: int | None
    ) -> list[tuple[int, list[int], list[int]]]:
        """Return the mentees along a chain, but for `focus`, each with old and new mentors."""
        old_mentors: dict[int, list[int]] = {}
        new_mentors: dict[int, list[int]] = {}
        for mentors_of, pairs in ((new_mentors, chain.added), (old_mentors, chain.removed)):
            for mentee, mentor in pairs:
                mentors_of.setdefault(mentee, []).append(mentor)
        holder = {mentor: mentee for mentee, mentor in chain.removed}
        # from the pair that is made, to whom it pushes out, to whom they push out in turn
        mover, mentor = chain.added[0]
        order = {mover: None}
        while mentor in holder and holder[mentor] not in order:
            mover = holder[mentor]
            order[mover] = None
            mentor = new_mentors.get(mover, [-1])[0]
        order |= dict.fromkeys(mentee for mentee, _ in (*chain.removed, *chain.added))
        return [
            (mentee, old_mentors.get(mentee, []), new_mentors.get(mentee, []))
            for mentee in order
            if mentee != focus
        ]

    def _move_sentence(self, mentee: int, old: list[int], new: list[int]) -> str:
        """Say what happens to a mentee."""
        name = self.person_text("mentee", mentee)
        before, after = (
            " and ".join(self.person_text("mentor", mentor) for mentor in mentors)
            for mentors in (old, new)
        )
        if not new:
            has_others = len(self.partners("mentee", mentee)) > len(old)
            return f"{name} would lose {before}" + ("" if has_others else " and have no partner")
        if not old:
            return f"{name} would gain {after}"
        gain = self._score(mentee, new) - self._score(mentee, old)
        return f"{name} would move from {before} to {after} ({score_difference_text(gain)})"

    def _score(self, mentee: int, mentors: list[int]) -> int:
        # whoever knows what a change costs has the matrix already
        matrix = self.scores.to_numpy()
        return sum(int(matrix[mentee, mentor]) for mentor in mentors)


def score_difference_text(millionths: int) -> str:
    """Return a difference of scores in words.

    Parameters
    ----------
    millionths : int
        Positive where there is more.

    Examples
    --------
    >>> [score_difference_text(gain) for gain in (40_000, -1_234, 0)]
    ['4 points more', 'less than 1 point less', 'the same points']
    """
    if not millionths:
        return "the same points"
    return f"{points_text(millionths)} {'more' if millionths > 0 else 'less'}"
