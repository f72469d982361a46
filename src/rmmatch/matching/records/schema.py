"""The form of a saved run: which keys it has, and of what type each value is, to the last leaf."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    ValidationError,
)

from rmmatch.errors import Problem
from rmmatch.files.documents import problems_of
from rmmatch.matching.conflict import Action, Kind
from rmmatch.matching.review import State

__all__ = ["RecordedRun", "form_problems"]

_MAX_INT64 = 2**63 - 1  # the largest number of an array; exactness
_PRIVATE_KEYS = ("cohort", "review", "conflict")  # what people wrote: a message shows none of it
_REMEDY = "take the record again from where it was saved"


class _RecordPart(BaseModel):
    # Every key of a record decides something. One that this version does not know was added by a
    # newer one, or by hand: the run would not be what it says if it were passed over.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True
    )


def _in_order(slot: tuple[int | None, int, int, int]) -> tuple[int | None, int, int, int]:
    if slot[2] >= slot[3]:
        raise ValueError("the end is not after the start")
    return slot


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and at.astimezone(UTC):
            return text
    except (OverflowError, ValueError):
        pass  # told below
    raise ValueError("must be a time with its zone, as in 2026-03-01T09:30:00+00:00")


def _fingerprint(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("must be 64 hexadecimal digits, a SHA-256")
    return text


Whole = Annotated[int, Field(ge=-_MAX_INT64, le=_MAX_INT64)]
Count = Annotated[int, Field(ge=0, le=_MAX_INT64)]
# JSON has lists only: those of a fixed length are rows of several things.
PairRow = Annotated[tuple[str, str], Strict(False)]
RejectedRow = Annotated[tuple[str, str, str], Strict(False)]
SourceRow = Annotated[tuple[str, str, Count], Strict(False)]
Positions = Annotated[tuple[list[Count], list[Count]], Strict(False)]
Week = Annotated[int, Field(ge=1, le=53)]
Day = Annotated[int, Field(ge=0, le=6)]
Minute = Annotated[int, Field(ge=0, le=24 * 60)]
FreeRow = Annotated[
    tuple[Week | None, Day, Minute, Minute], Strict(False), AfterValidator(_in_order)
]
TierValue = Annotated[
    Annotated[Whole, Tag("number")] | Annotated[list[Whole], Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "number"),
]


class RecordedSide(_RecordPart):
    """The people of one side, a list a fact."""

    ids: list[str]
    status: list[Literal["applicant", "reserve", "withdrawn"]]
    capacity: list[Count]
    min_load: list[Count]
    priority: list[Whole]
    columns: dict[str, list[str | None]]
    calendars: list[list[FreeRow]] = []
    calendar: list[Annotated[int, Field(ge=-1, le=_MAX_INT64)]] = []
    preferences: list[list[Count]] = []


class RecordedCohort(_RecordPart):
    """The people, and how they are related: pairs as positions on the two sides."""

    mentee: RecordedSide
    mentor: RecordedSide
    relations: dict[str, Positions]
    managers: dict[str, list[str]]
    notes: list[str]
    sources: list[SourceRow]


class RecordedWish(_RecordPart):
    """Something that is asked for and collides."""

    kind: Kind
    where: str
    label: str
    mentees: list[str]
    mentors: list[str]


class RecordedChange(_RecordPart):
    """What would be enough."""

    action: Action
    where: str
    label: str
    mentees: list[str]
    mentors: list[str]
    before: float | None
    after: float | None


class RecordedConflict(_RecordPart):
    """Why nothing is possible."""

    wishes: list[RecordedWish]
    relaxations: list[RecordedChange]
    together: list[RecordedChange]
    is_smallest: bool
    is_minimal: bool


class RecordedPrices(_RecordPart):
    """The prices of one tier, a number a person."""

    tier: str
    level: Whole = 0
    mentees: list[Whole]
    mentors: list[Whole]


class RecordedStep(_RecordPart):
    """One entry of a review's log, without what is empty."""

    state: State
    at: Annotated[str, AfterValidator(_moment)]
    by: str = ""
    lock: list[PairRow] = []
    reject: list[RejectedRow] = []
    release: list[PairRow] = []
    together: list[PairRow] = []
    ended: list[PairRow] = []
    comment: str = ""


class RecordedRun(_RecordPart):
    """What a record holds under ``run``; the scheme is read by `Scheme` itself.

    Attributes
    ----------
    conflict, proof, review
        Not in every record: only where there is one, and not in those of the first versions.
    """

    scheme: dict[str, Any]
    inputs: Annotated[str, AfterValidator(_fingerprint)]
    cohort: RecordedCohort
    left_out: list[str]
    versions: dict[str, str]
    seed: Annotated[int, Field(ge=0)]
    status: Literal["optimal", "feasible", "infeasible", "no_solution_found"]
    reason: str
    conflict: Annotated[RecordedConflict, Field(default=None)]
    proof: Literal["", "prices", "solver"] = "prices"
    solver: str
    pairs: list[PairRow] | None
    values: dict[str, TierValue]
    bounds: dict[str, TierValue]
    prices: list[RecordedPrices] | None
    review: list[RecordedStep] = []


def form_problems(run: Any, source: str) -> list[Problem]:
    """Return what is wrong with the form of a run; empty where it can be read.

    Parameters
    ----------
    run : object
        What JSON made of it.
    source : str
        Name of the file.
    """
    try:
        RecordedRun.model_validate(run)
    except ValidationError as error:
        data = run if isinstance(run, Mapping) else {}
        problems = problems_of(error, RecordedRun, data, source, {})
        return [_in_record_words(problem) for problem in problems]
    return []


def _in_record_words(problem: Problem) -> Problem:
    """Return a problem in the words of a record: no key is to be written by hand."""
    is_private = problem.column.startswith(_PRIVATE_KEYS)
    is_new = problem.code == "unknown_key"
    return replace(
        problem,
        value="" if is_private else problem.value,
        remedy="update rmmatch, if a newer version saved it" if is_new else _REMEDY,
    )
