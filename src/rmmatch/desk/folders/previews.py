"""What a decision would do, before it is taken: new pairs, who changes, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np

from rmmatch.cohort import Role
from rmmatch.errors import ProblemsError, ReviewError
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.lifecycle.reviewing import match_again, review
from rmmatch.matching import Result
from rmmatch.matching.display import list_text
from rmmatch.matching.matching import IdPair
from rmmatch.scoring.points import as_points, points_text

__all__ = [
    "ChangePreview",
    "Changes",
    "PersonPreview",
    "PreviewPair",
    "TogetherPreview",
    "TurnDownPreview",
    "difference_of",
    "preview_together",
    "preview_turn_down",
]

Changes = Literal["fewest", "best"]
_ROLES: tuple[Role, Role] = ("mentee", "mentor")
_NOT_SAID = "to see what it would do"  # a reason that no log keeps


class PreviewPair(NamedTuple):
    """A pair as a page shows it.

    Attributes
    ----------
    mentee, mentor : str
        Ids.
    mentee_name, mentor_name : str
        Name and id; the id alone where names are private or missing.
    points : int
        The score, out of 100.
    """

    mentee: str
    mentor: str
    mentee_name: str
    mentor_name: str
    points: int


class PersonPreview(NamedTuple):
    """Somebody whose partners differ.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    id, name : str
    before, after : tuple of str
        Names of the partners; empty where there is none.
    """

    role: Role
    id: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class ChangePreview(JsonAnswer):
    """What a decision does to the pairs.

    Attributes
    ----------
    changes : {'fewest', 'best'}
        The best that changes nobody else, or the best of all.
    is_possible : bool
    reason : str
        Why it is not possible; empty where it is.
    new_pairs, lost_pairs : tuple of PreviewPair
    lost_points : int
        How many points less all pairs have together; negative where it is more.
    lost_millionths : int
        The same exactly.
    people : tuple of PersonPreview
        Everybody whose partners differ, the two of the pair too.
    n_others : int
        How many of `people` have a partner now, would have another, and are not of the pair that
        is decided about.
    without_partner : tuple of str
        Names of people who have a partner now and would have none.
    """

    changes: Changes
    is_possible: bool
    reason: str = ""
    new_pairs: tuple[PreviewPair, ...] = ()
    lost_pairs: tuple[PreviewPair, ...] = ()
    lost_points: int = 0
    lost_millionths: int = 0
    people: tuple[PersonPreview, ...] = ()
    n_others: int = 0
    without_partner: tuple[str, ...] = ()

    @property
    def price(self) -> dict[str, Any]:
        """What the history keeps of it: new and lost pairs by id, points, number of people."""
        return {
            "new_pairs": [list(pair[:2]) for pair in self.new_pairs],
            "lost_pairs": [list(pair[:2]) for pair in self.lost_pairs],
            "lost_points": self.lost_points,
            "people": len(self.people),
        }

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in words."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if not self.is_possible:
            yield self.reason
            return
        for pair in self.new_pairs:
            yield f"New: {pair.mentee_name} with {pair.mentor_name}, {pair.points} points."
        if self.without_partner:
            has = "has" if len(self.without_partner) == 1 else "have"
            yield f"{list_text(list(self.without_partner))} {has} no partner then."
        if self.lost_millionths:
            more = "fewer" if self.lost_millionths > 0 else "more"
            size = points_text(self.lost_millionths)
            yield f"All pairs together have {size} {more}."
        if self.people and not self.n_others:
            yield "Nobody else changes."
        elif self.n_others:
            people = "1 other person" if self.n_others == 1 else f"{self.n_others:,} other people"
            yield f"{people} would have another partner."

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data."""
        return {entry.name: json_data(getattr(self, entry.name)) for entry in fields(self)}


@dataclass(frozen=True)
class TurnDownPreview(JsonAnswer):
    """Both ways to turn a pair down.

    Attributes
    ----------
    pair : tuple of (mentee id, mentor id)
    fewest : ChangePreview
        The best that changes nobody else.
    best : ChangePreview
        The best of all, which may change other pairs.
    """

    pair: IdPair
    fewest: ChangePreview
    best: ChangePreview

    @property
    def is_same(self) -> bool:
        """Whether both ways make the same pairs, so that there is nothing to choose."""
        return self.fewest.new_pairs == self.best.new_pairs

    def to_dict(self) -> dict[str, Any]:
        """Return both ways as plain JSON data."""
        ways = {"fewest": self.fewest.to_dict(), "best": self.best.to_dict()}
        return {"pair": list(self.pair), **ways}


@dataclass(frozen=True)
class TogetherPreview(JsonAnswer):
    """What it would do to put two people together.

    Attributes
    ----------
    pair : tuple of (mentee id, mentor id)
    is_possible : bool
    forbidden : tuple of str
        Which rule forbids it, or why somebody has no place, in words; empty where it is possible.
    change : ChangePreview or None
        What it does to the others, where it is possible.
    """

    pair: IdPair
    is_possible: bool
    forbidden: tuple[str, ...]
    change: ChangePreview | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data."""
        change = None if self.change is None else self.change.to_dict()
        return {
            "pair": list(self.pair),
            "is_possible": self.is_possible,
            "forbidden": list(self.forbidden),
            "change": change,
        }


def preview_turn_down(result: Result, pair: IdPair) -> TurnDownPreview:
    """Return what becomes of the others if a pair is turned down, both ways.

    Parameters
    ----------
    result : Result
    pair : (mentee id, mentor id)
        Of the result.

    Raises
    ------
    ReviewError
        The pair is not of the result, or the pairs are approved.

    Examples
    --------
    >>> import rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> preview = preview_turn_down(result, next(iter(result.made)))
    >>> preview.fewest.is_possible, preview.fewest.lost_points >= preview.best.lost_points
    (True, True)
    """
    seen = review(result, reject={pair: _NOT_SAID})
    mentee, mentor, _ = seen.review.log[-1].reject[0]  # by id, however they were written
    pair = mentee, mentor
    fewest = _preview(result, seen, pair, "fewest")
    best = _preview(result, seen, pair, "best")
    return TurnDownPreview(pair, fewest, best)


def preview_together(result: Result, pair: IdPair, changes: Changes = "fewest") -> TogetherPreview:
    """Return what it costs to put two people together, or what forbids it.

    Parameters
    ----------
    result : Result
    pair : (mentee id, mentor id)
    changes : {'fewest', 'best'}

    Raises
    ------
    CohortError
        Nobody has such an id.
    """
    ((mentee, mentor),) = result.cohort.ids_of_pairs([pair])
    pair = mentee, mentor
    try:
        seen = review(result, together=[pair])
    except ReviewError as error:
        reasons = tuple(problem.reason for problem in error.items)
        return TogetherPreview(pair, False, reasons, None)
    change = _preview(result, seen, pair, changes)
    reasons = () if change.is_possible else (change.reason,)
    return TogetherPreview(pair, change.is_possible, reasons, change)


def _preview(result: Result, seen: Result, pair: IdPair, changes: Changes) -> ChangePreview:
    try:
        new = match_again(seen, changes=changes)
    except ProblemsError as error:
        return ChangePreview(changes, False, "; ".join(item.reason for item in error.items))
    if new.matching is None:
        return ChangePreview(changes, False, new.headline)
    return difference_of(result, new, changes, {pair})


def difference_of(
    before: Result, after: Result, changes: Changes, pairs: set[IdPair]
) -> ChangePreview:
    """Return what differs between two results of the same people.

    Parameters
    ----------
    before, after : Result
    changes : {'fewest', 'best'}
    pairs : set of (mentee id, mentor id)
        That were decided about: their people do not count among the others.
    """
    old, new = set(before.made), set(after.made)
    own = {(role, pair[place]) for pair in pairs for place, role in enumerate(_ROLES)}
    people = tuple(_person_changes(before, after))
    new_pairs, lost_pairs = (
        tuple(_shown_pairs(before, sorted(pairs_of))) for pairs_of in (new - old, old - new)
    )
    lost = _total(before, old - new) - _total(before, new - old)
    return ChangePreview(
        changes,
        True,
        "",
        new_pairs,
        lost_pairs,
        as_points(lost),
        lost,
        people,
        sum(bool(change.before) and (change.role, change.id) not in own for change in people),
        tuple(change.name for change in people if not change.after),
    )


def _person_changes(before: Result, after: Result) -> Iterator[PersonPreview]:
    for role, partner_role in zip(_ROLES, reversed(_ROLES), strict=True):
        old_partners, new_partners = before.partners_of(role), after.partners_of(role)
        for id_, old in old_partners.items():
            new = new_partners.get(id_, ())
            if set(old) != set(new):
                names = (
                    tuple(before.person_text(partner_role, partner) for partner in partners)
                    for partners in (old, new)
                )
                yield PersonPreview(role, id_, before.person_text(role, id_), *names)


def _scores(result: Result, pairs: list[IdPair]) -> list[int]:
    sides = result.cohort.sides
    positions = [[side.position[pair[place]] for pair in pairs] for place, side in enumerate(sides)]
    mentees, mentors = (np.array(people, dtype=np.int64) for people in positions)
    scores: list[int] = result.scores.terms_of_pairs(mentees, mentors).score.tolist()
    return scores


def _total(result: Result, pairs: set[IdPair]) -> int:
    return sum(_scores(result, sorted(pairs)))


def _shown_pairs(result: Result, pairs: list[IdPair]) -> Iterator[PreviewPair]:
    for (mentee, mentor), score in zip(pairs, _scores(result, pairs), strict=True):
        names = result.person_text("mentee", mentee), result.person_text("mentor", mentor)
        yield PreviewPair(mentee, mentor, *names, as_points(score))
