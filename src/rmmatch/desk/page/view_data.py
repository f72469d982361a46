"""What pages show, as plain data: no result, no scores, no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rmmatch.cohort import Role
from rmmatch.matching.unpaired import UnpairedKind

__all__ = [
    "CardAction",
    "CardState",
    "CriterionPoints",
    "GroupCounts",
    "PairCard",
    "PersonName",
    "ReviewView",
    "SchemeWords",
    "UnpairedCard",
    "UnpairedGroup",
]

CardState: TypeAlias = Literal["", "kept", "turned down"]


@dataclass(frozen=True, slots=True)
class PersonName:
    """Somebody as a page names them.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    id : str
    name : str
        The id where there is no name, or names are sensitive.
    email : str
        Empty unless it was asked for.
    """

    role: Role
    id: str
    name: str
    email: str = ""

    @property
    def has_name(self) -> bool:
        """Whether there is a name beside the id."""
        return self.name != self.id


@dataclass(frozen=True, slots=True)
class CriterionPoints:
    """What a criterion gives a pair: "24 of 48 points", and the fact behind it.

    Attributes
    ----------
    name : str
        The criterion, in words.
    points : int
    most : int
        How many points it can give; 0 where that is not known.
    fact : str
        May be empty.
    is_missing : bool
        Whether data is missing for it.
    """

    name: str
    points: int
    most: int
    fact: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class CardAction:
    """A button on a card.

    Attributes
    ----------
    name : str
        What is done, for the script and the server: ``keep``, ``turn-down``.
    label : str
        What the button says.
    url : str
        Where a desk sends the act; empty on a page without a server.
    is_pressed : bool
        Whether the pair is in the state that the act leads to.
    has_dialog : bool
        Whether a question comes first, as for a reason.
    """

    name: str
    label: str
    url: str = ""
    is_pressed: bool = False
    has_dialog: bool = False


@dataclass(frozen=True, slots=True)
class PairCard:
    """A pair as a card, or as a line of the table.

    Attributes
    ----------
    key : str
        Names the pair in a page and in addresses: no id and no name can be read from it.
    mentee, mentor : PersonName
    points : int
        Out of 100.
    criteria : tuple of CriterionPoints
        In the order of the scheme.
    why : tuple of str
        Sentences: where each stands with the other, and who else would suit.
    concerns : tuple of str
        Why somebody should look at the pair, in a few words each.
    state : {'', 'kept', 'turned down'}
        What a review has said of it.
    reason : str
        Why it was turned down, where the reader may know.
    is_new : bool
        Whether the pairing before did not have it.
    actions : tuple of CardAction
        Its buttons; none on a page to read.
    """

    key: str
    mentee: PersonName
    mentor: PersonName
    points: int
    criteria: tuple[CriterionPoints, ...] = ()
    why: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    state: CardState = ""
    reason: str = ""
    is_new: bool = False
    actions: tuple[CardAction, ...] = ()

    @property
    def is_to_look_at(self) -> bool:
        """Whether the pair is new, or there is another reason to look at it."""
        return self.is_new or bool(self.concerns)


@dataclass(frozen=True, slots=True)
class UnpairedCard:
    """Somebody without a partner.

    Attributes
    ----------
    key : str
        As of `PairCard`.
    person : PersonName
    reason : str
        A sentence.
    why : tuple of str
        More sentences: how many partners each rule excluded, what a partner would cost.
    actions : tuple of CardAction
    """

    key: str
    person: PersonName
    reason: str
    why: tuple[str, ...] = ()
    actions: tuple[CardAction, ...] = ()


@dataclass(frozen=True, slots=True)
class UnpairedGroup:
    """People without a partner for reasons of one kind.

    Attributes
    ----------
    kind : str
        As of `Result.unpaired`.
    title, about : str
    people : tuple of UnpairedCard
        Mentees first.
    """

    kind: UnpairedKind
    title: str
    about: str
    people: tuple[UnpairedCard, ...]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How many people of each group take part, and how many have a partner.

    Attributes
    ----------
    title : str
        The side and the column, in words.
    rows : tuple of (group, taking part, with a partner)
        Counts in words; those from 1 to 4 are not given, nor what would give them away.
    """

    title: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class SchemeWords:
    """The scheme in sentences.

    Attributes
    ----------
    name, direction : str
    rules, quotas, aims : tuple of str
        Those that read a sensitive column only as confidential.
    weights : tuple of (str, int)
        Each criterion with its share of 100 points.
    """

    name: str
    direction: str
    rules: tuple[str, ...]
    quotas: tuple[str, ...]
    aims: tuple[str, ...]
    weights: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """All that a page of review shows.

    Attributes
    ----------
    run_key : str
        Names the run in files of decisions.
    title : str
        Of the scheme.
    headline : str
        What was found.
    verdict : str
        What an independent check says; empty where none was made.
    problems : tuple of str
        What the check found wrong.
    notes : tuple of str
        What the reader of the files noted, for the coordinator.
    is_approved : bool
    state : str
        Who reviewed or approved it, and when.
    pairs : tuple of PairCard
        Weakest first.
    unpaired : tuple of UnpairedGroup
    scheme : SchemeWords
    groups : tuple of GroupCounts
    criteria : tuple of str
        Names of the criteria, in words.
    quotas : tuple of str
        What each quota of the scheme got; those on sensitive columns are left out.
    """

    run_key: str
    title: str
    headline: str
    verdict: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    is_approved: bool
    state: str
    pairs: tuple[PairCard, ...]
    unpaired: tuple[UnpairedGroup, ...]
    scheme: SchemeWords
    groups: tuple[GroupCounts, ...] = ()
    criteria: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()

    @property
    def has_actions(self) -> bool:
        """Whether pairs have buttons."""
        return any(card.actions for card in self.pairs)

    @property
    def n_unpaired(self) -> int:
        """How many people have no partner."""
        return sum(len(group.people) for group in self.unpaired)

    @property
    def n_to_look_at(self) -> int:
        """How many pairs there is a reason to look at."""
        return sum(card.is_to_look_at for card in self.pairs)
