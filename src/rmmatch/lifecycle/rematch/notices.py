"""Who must be told what after a rematch, in words for them or for the coordinator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import Audience
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.files.json_data import JsonAnswer
from rmmatch.matching import Matching, Result
from rmmatch.matching.matching import IdPair

__all__ = ["Notice", "RematchEvent", "notices_of"]


@dataclass(frozen=True)
class Notice(JsonAnswer):
    """What one person must be told.

    Attributes
    ----------
    id : str
    side : {'mentee', 'mentor'}
    what : str
        ``withdrew``, ``new partner``, ``further partner``, ``steps in`` (a reserve), ``no partner
        yet``, ``pairing ended`` (others go on) or ``place kept`` (they asked to stay).
    sentence : str
    """

    id: str
    side: Role
    what: str
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return id, side, what and sentence as plain JSON data."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


@dataclass(frozen=True)
class RematchEvent:
    """What happened, and to whom.

    Attributes
    ----------
    before, after : Result
    withdrawn, joined : frozenset of (role, id)
    parted, stayed : frozenset of (mentee id, mentor id)
    """

    before: Result
    after: Result
    withdrawn: frozenset[tuple[Role, str]]
    joined: frozenset[tuple[Role, str]]
    parted: frozenset[IdPair]
    stayed: frozenset[IdPair]

    def why_ended(self, pair: IdPair) -> str:
        """Say why an old pair has ended.

        Parameters
        ----------
        pair : (mentee id, mentor id)
            Of the matching before, and not of the one after.
        """
        people: tuple[tuple[Role, str], ...] = ("mentee", pair[0]), ("mentor", pair[1])
        leavers = [id_ for role, id_ in people if (role, id_) in self.withdrawn]
        if leavers:
            return f"{' and '.join(leavers)} withdrew"
        if pair in self.parted:
            return "the pair asked to part"
        positions = Matching.of([pair]).positions(self.after.cohort)
        allowed = self.after.scores.scores_of_pairs(*positions)[0] >= 0
        return "given up for a better pairing" if allowed else "a rule now forbids it"


def notices_of(event: RematchEvent, audience: Audience) -> Iterator[Notice]:
    """Yield who must be told what: mentees first, each side by id.

    A participant reads of their own partners only, never why another left, nor of a score, a rank
    or anybody else. A coordinator reads the reasons; a committee the changes without those.

    Parameters
    ----------
    event : RematchEvent
    audience : Audience
    """
    if event.before.matching is None or event.after.matching is None:
        return
    whys: dict[tuple[Role, str], str] = {}
    if audience == "coordinator":
        whys = {(side, id_): why for id_, side, why in event.after.unpaired_rows}
    for side in event.after.cohort.sides:
        role = side.role
        old, new = (result.made.partner_ids(role) for result in (event.before, event.after))
        stayers = {pair[0 if role == "mentee" else 1] for pair in event.stayed}
        for id_ in sorted(side.ids):
            partners = set(old.get(id_, ())), set(new.get(id_, ()))
            change = _PersonChange(event, role, id_, *partners)
            what = change.kind_of_change(asked_to_stay=id_ in stayers)
            if not what:
                continue
            if audience == "participant":
                sentence = change.letter(what)
            else:
                sentence = change.coordinator_line(
                    what, whys, with_reasons=audience == "coordinator"
                )
            yield Notice(id_, role, what, sentence)


@dataclass(frozen=True)
class _PersonChange:
    """One person's partners before and after."""

    event: RematchEvent
    role: Role
    id_: str
    old_partners: set[str]
    new_partners: set[str]

    @property
    def lost_partners(self) -> list[str]:
        return sorted(self.old_partners - self.new_partners)

    @property
    def gained_partners(self) -> list[str]:
        return sorted(self.new_partners - self.old_partners)

    @property
    def kept_partners(self) -> list[str]:
        return sorted(self.old_partners & self.new_partners)

    @property
    def is_reserve(self) -> bool:
        side = self.event.after.cohort.side(self.role)
        return bool(side.status[side.position[self.id_]] == "reserve")

    @property
    def has_joined(self) -> bool:
        return (self.role, self.id_) in self.event.joined

    def kind_of_change(self, *, asked_to_stay: bool) -> str:
        """Return what happened to the person; empty where there is nothing to tell."""
        if (self.role, self.id_) in self.event.withdrawn:
            return "withdrew"
        if self.gained_partners and not self.old_partners and self.is_reserve:
            return "steps in"
        if self.gained_partners:
            return (
                "further partner"
                if self.kept_partners and not self.lost_partners
                else "new partner"
            )
        if self.lost_partners:
            return "pairing ended" if self.kept_partners else "no partner yet"
        if self.has_joined:
            return "no partner yet"
        return "place kept" if asked_to_stay else ""

    def letter(self, what: str) -> str:
        """Return what the person may read."""
        other_role = OTHER_ROLE[self.role]
        sentences = []
        if self.has_joined:
            sentences.append("Welcome.")
        if what == "withdrew":
            sentences.append("You no longer take part. Thank you for what you did.")
        if self.lost_partners:
            have = "have" if len(self.lost_partners) > 1 else "has"
            ended = f"{_ids_text(self.lost_partners)} {have} ended"
            sentences.append(f"Your {_pairing_word(self.lost_partners)} with {ended}.")
        if what == "steps in":
            sentences.append("You were a reserve, and now step in.")
        if self.gained_partners:
            further = (
                "further" if what == "further partner" else "new" if self.lost_partners else ""
            )
            plural = len(self.gained_partners) > 1
            noun = f"{further} {other_role}{'s' if plural else ''}".strip()
            sentences.append(
                f"Your {noun} {'are' if plural else 'is'} {_ids_text(self.gained_partners)}."
            )
        if what == "no partner yet":
            sentences.append(self._nobody_yet(other_role))
        if self.kept_partners and what != "withdrew":
            goes = "go" if len(self.kept_partners) > 1 else "goes"
            ids_text = _ids_text(self.kept_partners)
            sentences.append(f"Your {_pairing_word(self.kept_partners)} with {ids_text} {goes} on.")
        return " ".join(sentences)

    def _nobody_yet(self, other_role: Role) -> str:
        if self.is_reserve and not self.lost_partners:
            return "You are a reserve: we will write to you when a place opens."
        not_found_text = (
            f"No {'new ' if self.lost_partners else ''}{other_role} has been found for you yet"
        )
        after = self.event.after
        [(is_acceptable, _)] = after.scores.partners(
            self.role, np.array([after.scores.position(self.role, self.id_)])
        )
        side = after.cohort.side(other_role)
        paired = after.made.positions(after.cohort)[0 if other_role == "mentee" else 1]
        why = ""
        if not is_acceptable.any():
            why = ": nobody who takes part now can be paired with you in this scheme"
        elif (np.bincount(paired, minlength=len(side)) >= side.capacity)[is_acceptable].all():
            why = ": everybody who could be paired with you has a partner"
        return f"{not_found_text}{why}. We will write to you when that changes."

    def coordinator_line(
        self, what: str, whys: Mapping[tuple[Role, str], str], *, with_reasons: bool
    ) -> str:
        """Return what a coordinator or a committee reads."""
        reason = whys.get((self.role, self.id_), "")
        parts = []
        if what == "withdrew":
            parts.append("withdrew")
        if self.has_joined:
            parts.append("joined")
        for partner in self.lost_partners:
            pair = (self.id_, partner) if self.role == "mentee" else (partner, self.id_)
            why = f" ({self.event.why_ended(pair)})" if with_reasons and what != "withdrew" else ""
            parts.append(f"no longer paired with {partner}{why}")
        if what == "steps in":
            parts.append("steps in as a reserve")
        if self.gained_partners:
            parts.append(f"now paired with {_ids_text(self.gained_partners)}")
        if what == "no partner yet":
            parts.append(f"nobody found yet{f': {reason}' if reason else ''}")
        if what == "place kept":
            parts.append(f"asked to stay, and does, with {_ids_text(self.kept_partners)}")
        elif self.kept_partners:
            parts.append(f"still paired with {_ids_text(self.kept_partners)}")
        return f"{self.role} {self.id_}: {'; '.join(parts)}."


def _ids_text(ids: list[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} and {ids[-1]}"


def _pairing_word(ids: list[str]) -> str:
    return "pairing" if len(ids) == 1 else "pairings"
