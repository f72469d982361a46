"""What a scheme cannot say, in one key or in several together, as errors of its validation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic_core import InitErrorDetails, PydanticCustomError

from rmmatch.cohort import column_name
from rmmatch.cohort.identities import OTHERS
from rmmatch.cohort.identities.names import NAME_COLUMNS
from rmmatch.criteria import Criterion
from rmmatch.scheme.objectives import (
    SENSITIVE_COUNT,
    SENSITIVE_REMEDY,
    Aim,
    disordered_tiers,
)
from rmmatch.scheme.quotas import Quota
from rmmatch.spelling import fold

__all__ = [
    "MonitoredUse",
    "count_errors",
    "monitored_uses",
    "monitoring_errors",
    "order_errors",
    "part_errors",
    "people_settled",
    "places_of_sides",
    "private_columns",
    "sensitive_errors",
    "soft_quota_errors",
]

_ALWAYS_SHOWN_COLUMNS = frozenset({"id", "role", "status", "capacity", "min_load", "priority"})
# These decide who is meant, or who is paired, whatever the scheme says.
_ALWAYS_DECIDING = _ALWAYS_SHOWN_COLUMNS | {
    *NAME_COLUMNS,
    *("declined", "forbidden", "manual", "pinned", "same_person"),
}


_OTHERS_OUTSIDE = re.compile("outside( [0-9a-f]{8})?")


def people_settled(value: dict[str, str]) -> dict[str, str]:
    """Return `Scheme.people` once each name and each answer is one.

    Parameters
    ----------
    value : dict of str to str

    Raises
    ------
    ValueError
        One is not.
    """
    for written, person in value.items():
        if not written.strip() or not person.strip():
            raise ValueError("a name, and an id or `outside`, are needed on both sides of ':'")
        if fold(written) == OTHERS and not _OTHERS_OUTSIDE.fullmatch(fold(person)):
            raise ValueError("`others:` can only be `outside`, or outside with its digest")
    return value


def places_of_sides(value: dict[str, int]) -> dict[str, int]:
    """Return `Scheme.capacity` once its keys are sides.

    Parameters
    ----------
    value : dict of str to int

    Raises
    ------
    ValueError
        One is not.
    """
    for side in value.keys() - {"mentors", "mentees"}:
        raise ValueError(f"{side!r} is no side: write mentors or mentees")
    return value


class _ReadsColumns(Protocol):
    def columns_used(self) -> tuple[str, ...]: ...


def private_columns(names: Sequence[str], mapping: Mapping[str, str], key: str) -> tuple[str, ...]:
    """Return columns as they are stored, also where a survey question was given.

    Parameters
    ----------
    names : sequence of str
        As `column_name` returns them.
    mapping : mapping of str to str
        From header to standard column name, as in `Scheme.columns`.
    key : {'sensitive', 'monitoring_only'}
        The key of the scheme that lists them.

    Raises
    ------
    ValueError
        A column cannot be listed under this key.
    """
    stored = {column_name(header): column_name(name) for header, name in mapping.items()}
    standard = set(stored.values())
    columns = tuple(name if name in standard else stored.get(name, name) for name in names)
    for name in columns:
        if key == "sensitive" and name in _ALWAYS_SHOWN_COLUMNS:
            raise ValueError(
                f"{name!r} cannot be sensitive: reasons, checks and saved runs tell of it"
            )
        if key == "monitoring_only" and name in _ALWAYS_DECIDING:
            raise ValueError(
                f"{name!r} cannot be kept for monitoring only: it always affects who is paired"
            )
    return columns


class MonitoredUse(NamedTuple):
    """A part of a scheme that reads a column kept for monitoring only.

    Attributes
    ----------
    family : {'criteria', 'rules', 'quotas', 'objective'}
    position : int
        Of the part in its family.
    column : str
        As it is stored.
    """

    family: str
    position: int
    column: str

    @property
    def reason(self) -> str:
        """What is wrong."""
        return f"reads the column {self.column!r}, which is kept for equality monitoring only"

    @property
    def remedy(self) -> str:
        """What to do."""
        remedy = "take it out: data kept for monitoring may not decide about a person"
        if self.family in ("rules", "quotas"):
            remedy += (
                "; if it was agreed that it may, list the column under `sensitive` in place of "
                "`monitoring_only`, and say why in `reason:`"
            )
        return remedy


def monitored_uses(
    parts: Mapping[str, Sequence[_ReadsColumns]],
    monitored: Collection[str],
    mapping: Mapping[str, str],
) -> Iterator[MonitoredUse]:
    """Yield each use of a column that is kept for monitoring only.

    Parameters
    ----------
    parts : mapping of str to sequence
        The parts of a scheme that decide who is paired, by the key they stand under.
    monitored : collection of str
        Columns, as they are stored.
    mapping : mapping of str to str
        From header to standard column name: a part may name the survey question.
    """
    if not monitored:
        return
    stored = {column_name(header): column_name(name) for header, name in mapping.items()}
    for family, members in parts.items():
        for position, member in enumerate(members):
            for column in map(column_name, member.columns_used()):
                for name in sorted({column, stored.get(column, column)}.intersection(monitored)):
                    yield MonitoredUse(family, position, name)


def part_errors(
    parts: Mapping[str, Sequence[Any]],
    sensitive: Collection[str],
    monitored: Collection[str],
    mapping: Mapping[str, str],
) -> Iterator[InitErrorDetails]:
    """Yield every error of parts that cannot stand together.

    Parameters
    ----------
    parts : mapping of str to sequence
        The parts of a scheme that decide who is paired, by the key they stand under.
    sensitive, monitored : collection of str
        Columns, as they are stored.
    mapping : mapping of str to str
        From header to standard column name.
    """
    aims = parts["objective"]
    errors = [
        *monitoring_errors([*monitored_uses(parts, monitored, mapping)]),
        *sensitive_errors(parts["criteria"], {*sensitive}.difference(monitored)),
        *count_errors(aims, {*sensitive}.difference(monitored)),
        *order_errors(aims),
    ]
    yield from errors or soft_quota_errors(parts["quotas"], aims)


def monitoring_errors(uses: Sequence[MonitoredUse]) -> Iterator[InitErrorDetails]:
    """Yield an error for each use of a column that is kept for monitoring only.

    Parameters
    ----------
    uses : sequence of MonitoredUse
    """
    for use in uses:
        error = PydanticCustomError(
            "monitoring_only", "{reason}", {"reason": use.reason, "remedy": use.remedy}
        )
        yield InitErrorDetails(type=error, loc=(use.family, use.position), input=use.column)


def sensitive_errors(
    criteria: Sequence[Criterion], sensitive: Collection[str]
) -> Iterator[InitErrorDetails]:
    """Yield an error for each criterion that scores a sensitive column.

    Parameters
    ----------
    criteria : sequence of Criterion
    sensitive : collection of str
        Columns.
    """
    for index, criterion in enumerate(criteria):
        for column in criterion.columns_used():
            if column in sensitive:
                error = PydanticCustomError(
                    "sensitive",
                    "scores the sensitive column '{column}': its scores would show the values",
                    {"column": column, "remedy": "use this column in rules and quotas only"},
                )
                yield InitErrorDetails(type=error, loc=("criteria", index), input=criterion)


def count_errors(aims: Sequence[Aim], sensitive: Collection[str]) -> Iterator[InitErrorDetails]:
    """Yield an error for each tier that would show how many pairs a sensitive list has.

    Parameters
    ----------
    aims : sequence of Aim
        The objective.
    sensitive : collection of str
        Columns and kinds of relation.
    """
    for index, aim in enumerate(aims):
        if aim.tier == "fewest" and aim.relation in sensitive:
            error = PydanticCustomError("sensitive", SENSITIVE_COUNT, {"remedy": SENSITIVE_REMEDY})
            yield InitErrorDetails(type=error, loc=("objective", index), input=aim.tier)


def order_errors(aims: Sequence[Aim]) -> Iterator[InitErrorDetails]:
    """Yield an error for each tier that is too early: no pair at all would be best.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order.
    """
    for index, aim in disordered_tiers(aims):
        error = PydanticCustomError(
            "disordered",
            "as the first aim, {tier} would be best with no pairs at all",
            {"tier": aim.label, "remedy": "put `pairs` or `participation` before it"},
        )
        yield InitErrorDetails(type=error, loc=("objective", index), input=aim.tier)


def soft_quota_errors(quotas: Sequence[Quota], aims: Sequence[Aim]) -> Iterator[InitErrorDetails]:
    """Yield an error for each soft quota that no tier counts.

    Parameters
    ----------
    quotas : sequence of Quota
    aims : sequence of Aim
        The objective.
    """
    if any(aim.tier == "quota_shortfall" for aim in aims):
        return
    for index, quota in enumerate(quotas):
        if quota.soft:
            error = PydanticCustomError(
                "uncounted",
                "`soft: true` needs quota_shortfall in `objective:`; without it the quota "
                "has no effect",
                {"remedy": "add quota_shortfall to the objective, or give a `penalty:`"},
            )
            yield InitErrorDetails(type=error, loc=("quotas", index), input=quota)
