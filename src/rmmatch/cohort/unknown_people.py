"""The error about people who were asked for and are not in a cohort."""

from __future__ import annotations

from collections.abc import Iterable

from rmmatch.cohort.identities import Role
from rmmatch.cohort.model import Cohort
from rmmatch.errors import CohortError, Problem, UnknownPersonError

__all__ = ["people_error"]

_MAX_SUGGESTED_IDS = 5  # of one text; wording


def people_error(
    problems: Iterable[Problem], cohort: Cohort, role: Role | None = None
) -> CohortError:
    """Return the error about people: `UnknownPersonError` where all of them are nobody.

    Parameters
    ----------
    problems : iterable of Problem
        Of unknown people the value is what was given.
    cohort : Cohort
    role : {'mentee', 'mentor'}, optional
        The side on which the people were looked for; by default as each problem's column says.
    """
    items = tuple(problems)
    if not items or any(item.code != "unknown_person" for item in items):
        return CohortError(items)
    roles: dict[str, Role] = {"mentee": "mentee", "mentor": "mentor"}
    suggestions = {
        item.value: cohort.directory.nearest_ids(item.value, role or roles.get(item.column))[0][
            :_MAX_SUGGESTED_IDS
        ]
        for item in items
    }
    return UnknownPersonError(items, suggestions)
