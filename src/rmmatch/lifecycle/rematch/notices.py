"""Who to tell after a rematch, and what to say: in words for them or for the coordinator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rmmatch.analysis.explanations.audiences import Audience, partner_name
from rmmatch.cohort import OTHER_ROLE, Role
from rmmatch.files.json_data import JsonAnswer
from rmmatch.matching import Matching, Result
from rmmatch.matching.display import list_text
from rmmatch.matching.matching import IdPair

__all__ = ["Notice", "RematchEvent", "notices_of"]


@dataclass(frozen=True)
class Notice(JsonAnswer):
    """What to tell one person.

    Attributes
    ----------
    id : str
    side : {'mentee', 'mentor'}
    what : str
        ``withdrew``, ``new partner``, ``further partner``, ``steps in`` (a reserve), ``no partner
        yet``, ``pairing ended`` (others continue) or ``place kept`` (they asked to continue).
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
        leavers = [person for person in people if person in self.withdrawn]
        if leavers:
            names = (self.after.person_text(role, id_) for role, id_ in leavers)
            return f"{' and '.join(names)} withdrew"
        if pair in self.parted:
            return "the pair asked to separate"
        positions = Matching.of([pair]).positions(self.after.cohort)
        allowed = self.after.scores.scores_of_pairs(*positions)[0] >= 0
        return (
            "it was given up for a better pairing" if allowed else "a rule now excludes this pair"
        )


def notices_of(
    event: RematchEvent, audience: Audience, *, assumed: bool = False
) -> Iterator[Notice]:
    """Yield who to tell, and what to say: mentees first, each side by id.

    A participant reads of their own partners only, by name where the partner agreed to that, never
    by id; and never why another left, nor of a score, a rank or anybody else. A coordinator reads
    names, ids and reasons; a committee ids and the changes without reasons.

    Parameters
    ----------
    event : RematchEvent
    audience : Audience
    assumed : bool
        Whether who has not answered about their name agreed that a partner reads it.
    """
    if event.before.matching is None or event.after.matching is None:
        return
    whys: dict[tuple[Role, str], str] = {}
    if audience == "coordinator":
        whys = {(side, id_): why for id_, side, why, _ in event.after.unpaired_rows}
    for side in event.after.cohort.sides:
        role = side.role
        old, new = (result.made.partner_ids(role) for result in (event.before, event.after))
        stayers = {pair[0 if role == "mentee" else 1] for pair in event.stayed}
        for id_ in sorted(side.ids):
            partners = set(old.get(id_, ())), set(new.get(id_, ()))
            change = _PersonChange(event, role, id_, *partners, has_assumed_consent=assumed)
            what = change.kind_of_change(asked_to_stay=id_ in stayers)
            if not what:
                continue
            if audience == "participant":
                sentence = change.letter(what)
            else:
                sentence = change.coordinator_line(
                    what, whys, is_coordinator=audience == "coordinator"
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
    has_assumed_consent: bool = False

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
        partner_role = OTHER_ROLE[self.role]
        sentences = []
        if self.has_joined:
            sentences.append("Welcome to the scheme.")
        if what == "withdrew":
            sentences.append("You have left the scheme. Thank you for taking part.")
        if self.lost_partners:
            have = "have" if len(self.lost_partners) > 1 else "has"
            pairing, names = _pairing_word(self.lost_partners), self._old_names(self.lost_partners)
            sentences.append(f"Your {pairing} with {names} {have} ended.")
        if what == "steps in":
            sentences.append("You were a reserve, and you now have a place.")
        if self.gained_partners:
            is_further = what == "further partner"
            further = "further" if is_further else "new" if self.lost_partners else ""
            sentences += self._gained_sentences(partner_role, further)
        if what == "no partner yet":
            sentences.append(self._nobody_yet(partner_role))
        if self.kept_partners and what != "withdrew":
            goes = "continue" if len(self.kept_partners) > 1 else "continues"
            pairing, names = _pairing_word(self.kept_partners), self._old_names(self.kept_partners)
            sentences.append(f"Your {pairing} with {names} {goes}.")
        return " ".join(sentences)

    def _name(self, partner: str) -> str:
        """Return the name of a partner that the person may read; empty without consent."""
        role, assumed = OTHER_ROLE[self.role], self.has_assumed_consent
        return partner_name(self.event.after, role, partner, assumed=assumed)

    def _old_names(self, partners: list[str]) -> str:
        """Return partners of before as the person knows them: by name, or by their role."""
        names = [name for name in map(self._name, partners) if name]
        n_unnamed, partner_role = len(partners) - len(names), OTHER_ROLE[self.role]
        if n_unnamed and len(partners) == len(self.old_partners):
            plural = "s" if len(partners) > 1 else ""
            return f"your {partner_role}{plural}"
        if n_unnamed:
            amount = "one" if n_unnamed == 1 else str(n_unnamed)
            names.append(f"{amount} of your {partner_role}s")
        return list_text(names)

    def _gained_sentences(self, partner_role: Role, further: str) -> Iterator[str]:
        """Say who the person's new partners are, or that they have been found."""
        names = list(map(self._name, self.gained_partners))
        is_plural = len(names) > 1
        noun = f"{further} {partner_role}{'s' if is_plural else ''}".strip()
        if all(names):
            yield f"Your {noun} {'are' if is_plural else 'is'} {list_text(names)}."
        else:
            subject = f"{len(names)} {noun} have" if is_plural else f"A {noun} has"
            yield f"{subject} been found for you."
            yield f"The coordinator will tell you who {'they are' if is_plural else 'it is'}."

    def _nobody_yet(self, partner_role: Role) -> str:
        if self.is_reserve and not self.lost_partners:
            return "You are a reserve. We will write to you when there is a place for you."
        not_found_text = (
            f"No {'new ' if self.lost_partners else ''}{partner_role} has been found for you yet"
        )
        after = self.event.after
        [(is_acceptable, _)] = after.scores.partners(
            self.role, np.array([after.scores.position(self.role, self.id_)])
        )
        side = after.cohort.side(partner_role)
        paired = after.made.positions(after.cohort)[0 if partner_role == "mentee" else 1]
        why = ""
        if not is_acceptable.any():
            why = ": nobody taking part now is suitable for you under the rules"
        elif (np.bincount(paired, minlength=len(side)) >= side.capacity)[is_acceptable].all():
            why = ": everybody suitable for you has a partner"
        return f"{not_found_text}{why}. We will write to you when that changes."

    def coordinator_line(
        self, what: str, whys: Mapping[tuple[Role, str], str], *, is_coordinator: bool
    ) -> str:
        """Return what a coordinator or a committee reads."""
        partner_role = OTHER_ROLE[self.role]

        def name(role: Role, id_: str) -> str:
            return self.event.after.person_text(role, id_) if is_coordinator else id_

        def names(ids: list[str]) -> str:
            return list_text([name(partner_role, id_) for id_ in ids])

        reason = whys.get((self.role, self.id_), "")
        parts = []
        if what == "withdrew":
            parts.append("withdrew")
        if self.has_joined:
            parts.append("joined")
        for partner in self.lost_partners:
            pair = (self.id_, partner) if self.role == "mentee" else (partner, self.id_)
            has_reason = is_coordinator and what != "withdrew"
            why = f" because {self.event.why_ended(pair)}" if has_reason else ""
            parts.append(f"no longer paired with {name(partner_role, partner)}{why}")
        if what == "steps in":
            parts.append("was a reserve and now has a place")
        if self.gained_partners:
            parts.append(f"now paired with {names(self.gained_partners)}")
        if what == "no partner yet":
            parts.append(f"no partner yet{f' ({reason})' if reason else ''}")
        if what == "place kept":
            parts.append(f"asked to continue, and does, with {names(self.kept_partners)}")
        elif self.kept_partners:
            parts.append(f"still paired with {names(self.kept_partners)}")
        return f"{name(self.role, self.id_)}, {self.role}: {'; '.join(parts)}."


def _pairing_word(ids: list[str]) -> str:
    return "pairing" if len(ids) == 1 else "pairings"
