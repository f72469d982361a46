"""Why nothing is possible: what cannot hold together, and what would be enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching.callable_values import CallableLines, CallableText

__all__ = ["Action", "Change", "Conflict", "Kind", "Wish", "people_text"]

Action = Literal["drop", "lower", "raise"]
Kind = Literal["pin", "rule", "quota", "min_load", "capacity"]
_MAX_SHOWN_IDS = 6  # people named in a sentence; wording
_MAX_LISTED_LABELS = 12  # requirements or changes named in a sentence; wording
_MAX_REMEDIES = 3  # changes named where each alone is enough; wording
_MAX_SHOWN_LINES = 40  # requirements or changes, a line each; wording


@dataclass(frozen=True, slots=True)
class Wish:
    """One requirement: a pin, a rule, a limit of a quota, a minimum load, a capacity.

    Attributes
    ----------
    kind : {'pin', 'rule', 'quota', 'min_load', 'capacity'}
    where : str
        The key of the scheme, as ``quotas[1]``; ``relations`` for a pin from there; the column
        for the number of a person.
    label : str
        In words; of a sensitive column no value.
    mentees, mentors : tuple of str
        The ids of the people it concerns, sorted: of a rule those of this conflict whose pairs it
        forbids; of a quota on a sensitive column nobody.
    """

    kind: Kind
    where: str
    label: str
    mentees: tuple[str, ...] = ()
    mentors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the scheme or of the tables.

    Attributes
    ----------
    action : {'drop', 'lower', 'raise'}
    where : str
        As of the requirement it changes; with the key of a quota, as ``quotas[1].at_least``.
    label : str
        In words.
    mentees, mentors : tuple of str
        Whose pin or number it is.
    before, after : float or None
        The number; None where something is dropped.
    """

    action: Action
    where: str
    label: str
    mentees: tuple[str, ...] = ()
    mentors: tuple[str, ...] = ()
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Conflict(JsonAnswer):
    """Requirements that cannot all hold, and the changes that make a matching possible.

    Attributes
    ----------
    wishes : tuple of Wish
        No matching keeps all of them.
    relaxations : tuple of Change
        Each alone makes *everything* possible, with the number nearest to the one before that
        does; cheapest first: fewest pins, places or people given up, then whole quotas, then
        rules, which protect somebody. Some may be missing where there was no time to look.
    together : tuple of Change
        Where no change is enough alone, few that are enough together.
    is_smallest : bool
        Whether it is proved that no smaller set of requirements conflicts.
    is_minimal : bool
        Whether without any one of the requirements the others could hold.
    """

    wishes: tuple[Wish, ...]
    relaxations: tuple[Change, ...] = ()
    together: tuple[Change, ...] = ()
    is_smallest: bool = False
    is_minimal: bool = False

    @property
    def text(self) -> CallableText:
        """The requirements in one sentence."""
        return self.sentence

    @property
    def sentence(self) -> CallableText:
        """The requirements in one sentence."""
        return CallableText(self._sentence())

    def _sentence(self) -> str:
        return f"these requirements conflict: {_labels_text([wish.label for wish in self.wishes])}"

    def told(self) -> str:
        """Return `sentence`; an older name, which goes with version 1.0."""
        return self.sentence

    @property
    def remedy(self) -> CallableText:
        """What would be enough in one sentence; empty where nothing is known."""
        return CallableText(self._remedy())

    def _remedy(self) -> str:
        if self.relaxations:
            labels = [change.label for change in self.relaxations[:_MAX_REMEDIES]]
            return f"any one of these changes is enough: {_labels_text(labels, ', or ')}"
        if self.together:
            labels = [change.label for change in self.together]
            return f"these changes are enough together: {_labels_text(labels, ', and ')}"
        return ""

    @property
    def lines(self) -> CallableLines:
        """Everything as lines of text."""
        return CallableLines(self._lines())

    def _lines(self) -> list[str]:
        size = " (no smaller set conflicts)" if self.is_smallest else ""
        lines = [f"These requirements cannot all hold{size}:"]
        for wish in self.wishes[:_MAX_SHOWN_LINES]:
            ids_by_role = (("mentee", wish.mentees), ("mentor", wish.mentors))
            people = ", ".join(people_text(ids, role) for role, ids in ids_by_role if ids)
            names_people = wish.kind in ("pin", "min_load", "capacity")
            lines.append(f"  {wish.label}" + (f": {people}" if people and not names_people else ""))
        if len(self.wishes) > _MAX_SHOWN_LINES:
            lines.append(f"  and {len(self.wishes) - _MAX_SHOWN_LINES} more")
        if self.relaxations:
            lines += ["Any one of these changes is enough:"]
            lines += [f"  {change.label}" for change in self.relaxations[:_MAX_SHOWN_LINES]]
        elif self.together:
            lines += ["No single change is enough. These changes are enough together:"]
            lines += [f"  {change.label}" for change in self.together]
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return wishes, relaxations, together, is_smallest and is_minimal as plain JSON data."""
        return {entry.name: json_data(getattr(self, entry.name)) for entry in fields(self)}

    def to_plain(self) -> dict[str, Any]:
        """Return the conflict as plain data."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Conflict:
        """Return a conflict from plain data, as `to_plain` or JSON made it.

        Parameters
        ----------
        data : mapping
            With the keys `wishes`, `relaxations`, `together`, `is_smallest`, `is_minimal`.
        """

        def tidy(entry: Mapping[str, Any]) -> dict[str, Any]:
            return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}

        return cls(
            wishes=tuple(Wish(**tidy(wish)) for wish in data["wishes"]),
            relaxations=tuple(Change(**tidy(change)) for change in data["relaxations"]),
            together=tuple(Change(**tidy(change)) for change in data["together"]),
            is_smallest=bool(data["is_smallest"]),
            is_minimal=bool(data["is_minimal"]),
        )


def people_text(ids: tuple[str, ...] | list[str], role: str) -> str:
    """Name people: the first few by their ids, sorted, and how many more.

    Parameters
    ----------
    ids : tuple of str or list of str
        In any order; not empty.
    role : {'mentee', 'mentor'}

    Examples
    --------
    >>> people_text(["M2", "M1"], "mentor")
    'mentors M1, M2'
    """
    shown = ", ".join(sorted(ids)[:_MAX_SHOWN_IDS])
    more = f" and {len(ids) - _MAX_SHOWN_IDS} more" if len(ids) > _MAX_SHOWN_IDS else ""
    return f"{role}{'s' if len(ids) > 1 else ''} {shown}{more}"


def _labels_text(labels: list[str], between: str = "; ") -> str:
    more = [f"{len(labels) - _MAX_LISTED_LABELS} more"] if len(labels) > _MAX_LISTED_LABELS else []
    return between.join([*labels[:_MAX_LISTED_LABELS], *more])
