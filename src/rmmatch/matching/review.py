"""Who reviewed a pairing, when, and what they decided: a log that only grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from rmmatch.cohort import Role
from rmmatch.errors import Problem, ReviewError
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching.matching import IdPair

__all__ = ["DRAFT", "Review", "State", "Step", "to_timestamp"]

State = Literal["proposed", "reviewed", "approved"]
DRAFT = "Draft – not approved"


def to_timestamp(at: datetime | None = None) -> str:
    """Return a time as steps have it.

    Parameters
    ----------
    at : datetime, optional
        With a time zone; now by default.

    Raises
    ------
    ReviewError
        It has no time zone.

    Examples
    --------
    >>> to_timestamp(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    '2026-03-01T09:30:00+00:00'
    """
    when = datetime.now(UTC) if at is None else at
    if when.tzinfo is None:
        remedy = "give it a time zone: datetime.now(UTC)"
        reason = "has no time zone"
        raise ReviewError(
            [Problem("review", "", "at", str(when), reason, remedy, code="no_time_zone")]
        )
    return when.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Step(JsonAnswer):
    """One entry of the log.

    Attributes
    ----------
    state : {'proposed', 'reviewed', 'approved'}
        What the pairing is from here on; ``proposed`` where it was made again.
    at : str
        When: ISO 8601 in UTC, to the second.
    by : str
        Who; empty where nobody was named.
    lock : tuple of (mentee id, mentor id)
        Pairs that stay, whatever else changes.
    reject : tuple of (mentee id, mentor id, reason)
        Pairs that must not be.
    release : tuple of (mentee id, mentor id)
        Pairs that are neither any more.
    together : tuple of (mentee id, mentor id)
        Pairs that a person puts together: they are made when it is paired again, and stay.
    ended : tuple of (mentee id, mentor id)
        Where it was made again: pairs that had begun and are no more, past pairs for the next run.
    comment : str
        For the coordinator alone, as the reasons.
    """

    state: State
    at: str
    by: str = ""
    lock: tuple[IdPair, ...] = ()
    reject: tuple[tuple[str, str, str], ...] = ()
    release: tuple[IdPair, ...] = ()
    together: tuple[IdPair, ...] = ()
    ended: tuple[IdPair, ...] = ()
    comment: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data, for whoever may read reasons and comments."""
        return {entry.name: json_data(getattr(self, entry.name)) for entry in fields(self)}

    @property
    def text(self) -> str:
        """The same as `summary`."""
        return self.summary

    @property
    def summary(self) -> str:
        """The state, when and by whom: what any file of the run may say."""
        word = "paired again" if self.state == "proposed" else self.state
        return f"{word} {self.at}" + (f" by {self.by}" if self.by else "")

    @property
    def told(self) -> str:
        """The same as `summary`; an older name, which goes with version 1.0."""
        return self.summary

    def full_text(self, person_text: Callable[[Role, str], str] | None = None) -> str:
        """Return what was done, in words for a coordinator.

        Parameters
        ----------
        person_text : callable, optional
            How a person is named, by role and id: `Result.person_text`; by the id if not given.
        """

        def pair_text(mentee: str, mentor: str) -> str:
            if person_text is None:
                return f"{mentee} and {mentor}"
            return f"{person_text('mentee', mentee)} and {person_text('mentor', mentor)}"

        entries = [f"locked {pair_text(*pair)}" for pair in self.lock]
        entries += [
            f"rejected {pair_text(mentee, mentor)} ({why})" for mentee, mentor, why in self.reject
        ]
        entries += [f"released {pair_text(*pair)}" for pair in self.release]
        entries += [f"put together {pair_text(*pair)}" for pair in self.together]
        entries += [f"ended {pair_text(*pair)}" for pair in self.ended]
        entries += [self.comment] * bool(self.comment)
        return self.summary + (f": {'; '.join(entries)}" if entries else "")

    def __str__(self) -> str:
        return self.full_text()


@dataclass(frozen=True, slots=True, repr=False)
class Review(JsonAnswer):
    """What people said of a pairing, and so whether it may be used.

    Attributes
    ----------
    log : tuple of Step
        Oldest first; nothing is ever taken out. That of pairings before this one of the same
        run is at its beginning.
    """

    log: tuple[Step, ...] = ()

    @property
    def state(self) -> State:
        """``proposed`` by the machine, ``reviewed`` or ``approved`` by a person."""
        return self.log[-1].state if self.log else "proposed"

    @property
    def banner(self) -> str:
        """What every page and letter says above the pairs until a person has approved them."""
        return "" if self.state == "approved" else DRAFT

    def to_dict(self) -> dict[str, Any]:
        """Return state, summary and log as plain JSON data.

        The log has reasons and comments, which are for the coordinator alone.
        """
        steps = [step.to_dict() for step in self.log]
        return {"state": self.state, "summary": self.summary, "log": steps}

    @property
    def text(self) -> str:
        """The same as `summary`."""
        return self.summary

    @property
    def summary(self) -> str:
        """The state in a few words: no reason, no comment."""
        return self.log[-1].summary if self.state != "proposed" else "proposed, not yet reviewed"

    @property
    def told(self) -> str:
        """The same as `summary`; an older name, which goes with version 1.0."""
        return self.summary

    @property
    def locked(self) -> tuple[IdPair, ...]:
        """Pairs that stay, sorted: locked, or put together, in this round or an earlier one."""
        return tuple(sorted(pair for pair, why in self._last_words(self.log) if why is None))

    @property
    def rejected(self) -> dict[IdPair, str]:
        """Pairs of this pairing that must not be, sorted, with the reasons."""
        return self._rejections(self._current_steps)

    @property
    def bound(self) -> frozenset[IdPair]:
        """Pairs locked or rejected in this or an earlier round of the run, and not released."""
        return frozenset(pair for pair, _ in self._last_words(self.log))

    @property
    def released(self) -> frozenset[IdPair]:
        """Pairs released since the pairing was last made, and not bound again."""
        freed = frozenset(pair for step in self._current_steps for pair in step.release)
        return freed - self.bound

    @property
    def ever_rejected(self) -> dict[IdPair, str]:
        """The same of this pairing and of those before it."""
        return self._rejections(self.log)

    def with_step(self, step: Step) -> Review:
        """Return a review with one more step.

        Parameters
        ----------
        step : Step
        """
        return Review((*self.log, step))

    @property
    def ended(self) -> tuple[IdPair, ...]:
        """Pairs of this run that had begun and are no more, oldest first."""
        return tuple(pair for step in self.log for pair in step.ended)

    def made_again(
        self,
        *,
        by: str = "",
        ended: tuple[IdPair, ...] = (),
        release: tuple[IdPair, ...] = (),
        at: datetime | None = None,
    ) -> Review:
        """Return the review of new pairs of the same run: proposed, and the log goes on.

        Parameters
        ----------
        by : str
        ended : tuple of (mentee id, mentor id)
            Pairs that had begun and are no more.
        release : tuple of (mentee id, mentor id)
            Locked pairs that can no longer be.
        at : datetime, optional
            With a time zone; now by default.
        """
        step = Step("proposed", to_timestamp(at), by.strip(), release=release, ended=ended)
        return self.with_step(step)

    @property
    def _current_steps(self) -> tuple[Step, ...]:
        """The steps since the pairing was last made."""
        proposed_idx = [
            step_idx for step_idx, step in enumerate(self.log) if step.state == "proposed"
        ]
        return self.log[proposed_idx[-1] + 1 :] if proposed_idx else self.log

    def _rejections(self, steps: tuple[Step, ...]) -> dict[IdPair, str]:
        reasons = ((pair, why) for pair, why in self._last_words(steps) if why is not None)
        return dict(sorted(reasons))

    @staticmethod
    def _last_words(steps: tuple[Step, ...]) -> Iterator[tuple[IdPair, str | None]]:
        """Yield the last word on each pair: a reason, or None where it is locked."""
        reason_by_pair: dict[IdPair, str | None] = {}
        for step in steps:
            for pair in step.release:
                reason_by_pair.pop(pair, None)
            reason_by_pair |= dict.fromkeys((*step.lock, *step.together))
            reason_by_pair |= {(mentee, mentor): why for mentee, mentor, why in step.reject}
        yield from reason_by_pair.items()

    def lines(self, person_text: Callable[[Role, str], str] | None = None) -> list[str]:
        """Return the state, then the log, a line a step.

        Parameters
        ----------
        person_text : callable, optional
            As for `Step.full_text`.
        """
        return [
            f"Review: {self.summary}",
            *(f"  {step.full_text(person_text)}" for step in self.log),
        ]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def to_plain(self) -> list[dict[str, Any]]:
        """Return the log as plain data, without what is empty."""
        return [{key: cell for key, cell in asdict(step).items() if cell} for step in self.log]

    @classmethod
    def from_plain(cls, log: list[Mapping[str, Any]]) -> Review:
        """Return a review from plain data, as `to_plain` or JSON made it.

        Parameters
        ----------
        log : list of mapping
            An entry a step.

        Raises
        ------
        KeyError, TypeError, ValueError
            The data is not what `to_plain` writes.
        """
        steps = tuple(
            Step(
                state=entry["state"],
                at=entry["at"],
                by=entry.get("by", ""),
                lock=tuple((str(e), str(m)) for e, m in entry.get("lock", ())),
                reject=tuple((str(e), str(m), str(why)) for e, m, why in entry.get("reject", ())),
                release=tuple((str(e), str(m)) for e, m in entry.get("release", ())),
                together=tuple((str(e), str(m)) for e, m in entry.get("together", ())),
                ended=tuple((str(e), str(m)) for e, m in entry.get("ended", ())),
                comment=entry.get("comment", ""),
            )
            for entry in log
        )
        for step in steps:
            texts = (step.state, step.at, step.by, step.comment)
            if not (step.state in get_args(State) and all(isinstance(text, str) for text in texts)):
                raise ValueError("not a step of a review")
        return cls(steps)
