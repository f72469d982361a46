"""People who leave or join a cohort, and a scheme that names nobody who is absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from rmmatch.cohort import Cohort, Role, people_error
from rmmatch.cohort.edits import with_people
from rmmatch.errors import CohortError, Problem, RecordError
from rmmatch.matching import Result
from rmmatch.scheme import Scheme

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NewPeople", "PersonRef", "add_people", "require_values", "resolve_people"]

PersonRef: TypeAlias = "str | tuple[Role, str]"
NewPeople: TypeAlias = "pd.DataFrame | Iterable[Mapping[str, Any]]"


def resolve_people(
    cohort: Cohort, person: PersonRef, asked_by: str = "what_if"
) -> list[tuple[Role, int]]:
    """Return where somebody is: role and position, on one side or on both.

    Parameters
    ----------
    cohort : Cohort
    person : id or (role, id)
        Or an e-mail address or a full name in place of the id.
    asked_by : str
        Named in the error.

    Returns
    -------
    list of (role, int)
        Positions in cohort order.

    Raises
    ------
    UnknownPersonError
        Nobody has the id; the nearest one is named.
    CohortError
        Several people may be meant; or `person` is no id and no (role, id).
    """
    role, id_ = (None, person) if isinstance(person, str) else _role_and_id(person, asked_by)
    sides = cohort.sides if role is None else (cohort.side(role),)
    places = [(side.role, cohort.position_of(side.role, id_)) for side in sides]
    places = [(side_role, position) for side_role, position in places if position >= 0]
    entry = cohort.directory.look_up(id_, role)
    if not places or entry.kind == "several":
        is_unknown = entry.kind != "several"
        reason = "nobody has this id" if is_unknown else "several people have this name"
        code = "unknown_person" if is_unknown else "ambiguous_person"
        remedy = cohort.directory.hint(id_, role)
        problem = Problem(asked_by, "", "id", id_, reason, remedy, code=code)
        raise people_error([problem], cohort, role)
    return places


def _role_and_id(person: tuple[Role, str], asked_by: str) -> tuple[Role, str]:
    is_two = isinstance(person, tuple | list) and len(person) == 2  # a list: from JSON
    if is_two and person[0] in ("mentee", "mentor"):
        return person[0], str(person[1])
    remedy = "write an id, or ('mentee', id), or ('mentor', id)"
    reason = "is nobody"
    raise CohortError(
        [Problem(asked_by, "", "id", str(person), reason, remedy, code="not_a_person")]
    )


def require_values(result: Result) -> None:
    """Make sure that people who join can be compared with those who are there.

    Parameters
    ----------
    result : Result
        The run that they join.

    Raises
    ------
    RecordError
        The run was loaded from a record that has labels in place of sensitive values.
    """
    hidden = [name for name in result.scheme.sensitive if result.cohort.has_column(name)]
    if result.inputs and hidden:
        reason = "the record has labels in place of the values, and those who join have values"
        remedy = "give the tables of the run: load_result(path, cohort=...)"
        problem = Problem("record", "", ", ".join(hidden), "", reason, remedy, code="hidden_values")
        raise RecordError([problem])


def add_people(
    cohort: Cohort, scheme: Scheme, people: NewPeople
) -> tuple[Cohort, list[tuple[Role, str]]]:
    """Return the cohort with more people, and who they are.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
        Whose names of columns, and sensitive ones, the tables follow.
    people : DataFrame or list of mapping
        Rows as in the tables of `read_cohort`, with ``id`` and ``role``.

    Raises
    ------
    CohortError
        The rows have problems.
    """
    import pandas as pd

    table = people if isinstance(people, pd.DataFrame) else pd.DataFrame(list(people))
    larger = with_people(cohort, table, columns=scheme.columns, sensitive=scheme.sensitive)
    return larger, [
        (side.role, id_)
        for side, old in zip(larger.sides, cohort.sides, strict=True)
        for id_ in side.ids
        if id_ not in old.position
    ]
