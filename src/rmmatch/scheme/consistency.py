"""What parts of a scheme cannot stand together, as errors of its validation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pydantic_core import InitErrorDetails, PydanticCustomError

from rmmatch.criteria import Criterion
from rmmatch.scheme.objectives import Aim, disordered_tiers
from rmmatch.scheme.quotas import Quota

__all__ = ["order_errors", "sensitive_errors", "soft_quota_errors"]


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
            {"tier": aim.tier, "remedy": "put `pairs` or `participation` before it"},
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
