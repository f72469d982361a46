"""Answers that a rule, a criterion or a quota names: whom it binds, and what means "no matter"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.cohort.cells import YES_NO, list_items
from rmmatch.declarations.base import ColumnName, NotEmpty
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.errors import HIDDEN
from rmmatch.numeric import Bools
from rmmatch.spelling import fold

__all__ = [
    "AnswerList",
    "BoundSide",
    "OnlyWhere",
    "bound_people",
    "condition_mismatches",
    "condition_remarks",
    "condition_text",
    "indifferent_people",
    "is_indifferent",
    "or_text",
]

_MAX_SHOWN_ANSWERS = 5  # wording


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


# One answer or several.
AnswerList = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
OnlyWhere = Annotated[dict[ColumnName, Annotated[AnswerList, NotEmpty]], NotEmpty]
BoundSide = Literal["both", "mentees", "mentors"]


# --- any: an answer that means "no preference" -----------------------------------------------


def is_indifferent(cell: str | None, answers: Collection[str], *, several: bool) -> bool:
    """Tell whether a cell says that any value of the other person will do.

    Parameters
    ----------
    cell : str or None
    answers : collection of str
        The answers that say so, folded.
    several : bool
        Whether a cell may hold several values: one that says so is enough.
    """
    if cell is None or not answers:
        return False
    return fold(cell) in answers or (
        several and any(fold(item) in answers for item in list_items(cell))
    )


def indifferent_people(
    cohort: Cohort, column: str, answers: Collection[str] | None, *, several: bool = False
) -> tuple[Bools, Bools]:
    """Return which mentees and which mentors say that any value of the other will do.

    Parameters
    ----------
    cohort : Cohort
    column : str
    answers : collection of str or None
        As a scheme has them under ``any:``.
    several : bool
        Whether a cell may hold several values.
    """
    folded = frozenset(map(fold, answers or ()))
    mentees, mentors = (
        _flags(side.column(column), lambda cell: is_indifferent(cell, folded, several=several))
        for side in cohort.sides
    )
    return mentees, mentors


# --- only_where: whom a rule binds -----------------------------------------------------------


def bound_people(
    cohort: Cohort, only_where: Mapping[str, Collection[str]], bound: BoundSide, *, blank: bool
) -> tuple[Bools, Bools]:
    """Return which mentees and which mentors gave the answers that make a rule bind.

    Parameters
    ----------
    cohort : Cohort
    only_where : mapping of str to collection of str
        Column → answers. Of several columns all must say so.
    bound : {'both', 'mentees', 'mentors'}
        Whose answers count; nobody on the other side is bound.
    blank : bool
        Whether an empty cell counts as one of the answers.
    """
    flags = []
    for side in cohort.sides:
        is_bound = np.full(len(side), side.role in _roles(bound), dtype=np.bool_)
        for column, answers in only_where.items():
            is_bound &= _listed_people(side, column, _meanings(answers), blank=blank)
        flags.append(is_bound)
    return flags[0], flags[1]


def condition_mismatches(
    cohort: Cohort,
    setting: SchemeContext,
    only_where: Mapping[str, Collection[str]],
    bound: BoundSide,
) -> Iterator[Mismatch]:
    """Yield a mismatch where a condition lacks its column, or nobody gave any of its answers.

    That nobody gave them is let pass where everybody answered with a plain no to a yes.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
    only_where : mapping of str to collection of str
        Column → answers.
    bound : {'both', 'mentees', 'mentors'}
        Whose answers count.
    """
    roles = _roles(bound)
    for column, answers in only_where.items():
        lacking = [*column_mismatches(cohort, column, roles)]
        yield from (mismatch._replace(key="only_where") for mismatch in lacking)
        listed, given = _meanings(answers), _answers_given(cohort, column, roles)
        if lacking or not given or any(_is_listed(answer, listed) for answer in given):
            continue
        if all({*_meanings([answer]), *listed} <= {"yes", "no"} for answer in given):
            continue
        is_hidden = column in setting.sensitive
        reason = f"nobody gave this answer in the column {column!r}: it would bind nobody"
        if not is_hidden:
            reason += f"; the answers are {_counted_text(given)}"
        yield Mismatch(
            "only_where",
            HIDDEN if is_hidden else ", ".join(answers),
            reason,
            "list the answers that make it bind; if it should bind nobody, leave it out",
            code="unknown_value",
        )


def condition_remarks(
    cohort: Cohort,
    setting: SchemeContext,
    only_where: Mapping[str, Collection[str]],
    bound: BoundSide,
    title: str,
) -> Iterator[str]:
    """Yield the answers that do not make a rule bind, column by column.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
        Of a sensitive column nothing is shown.
    only_where : mapping of str to collection of str
        Column → answers.
    bound : {'both', 'mentees', 'mentors'}
        Whose answers count.
    title : str
        What the rule is called.
    """
    if not setting.sensitive.isdisjoint(only_where):
        return
    for column, answers in only_where.items():
        listed = _meanings(answers)
        given = _answers_given(cohort, column, _roles(bound))
        unlisted = {answer: n for answer, n in given.items() if not _is_listed(answer, listed)}
        if unlisted:
            words, answers_text = column.replace("_", " "), _counted_text(unlisted)
            yield f"{title}: it does not bind for these answers under {words!r}: {answers_text}"


def condition_text(only_where: Mapping[str, Collection[str]], bound: BoundSide) -> str:
    """Return a condition in words, as the end of a sentence.

    Parameters
    ----------
    only_where : mapping of str to collection of str
        Column → answers.
    bound : {'both', 'mentees', 'mentors'}
        Whose answers count.

    Examples
    --------
    >>> condition_text({"minds": ("yes", "a little")}, "mentees")
    ", only where the mentee's minds is 'yes' or 'a little'"
    """
    whose = {"both": "", "mentees": "the mentee's ", "mentors": "the mentor's "}[bound]
    parts = [
        f"{whose}{column.replace('_', ' ')} is {or_text(answers)}"
        for column, answers in only_where.items()
    ]
    return f", only where {' and '.join(parts)}"


def or_text(answers: Collection[str]) -> str:
    """Return answers in quotes, with "or" between the last two.

    Parameters
    ----------
    answers : collection of str

    Examples
    --------
    >>> or_text(["Either", "Any", "No preference"])
    "'Either', 'Any' or 'No preference'"
    """
    *first, last = map(repr, answers)
    return f"{', '.join(first)} or {last}" if first else last


def _roles(bound: BoundSide) -> tuple[Role, ...]:
    return {"both": ("mentee", "mentor"), "mentees": ("mentee",), "mentors": ("mentor",)}[bound]  # type: ignore[return-value]


def _meanings(answers: Collection[str]) -> frozenset[str]:
    """Return answers as they are compared: folded, and yes and no in any of their forms."""
    return frozenset(YES_NO.get(fold(answer), fold(answer)) for answer in answers)


def _is_listed(cell: str, listed: frozenset[str]) -> bool:
    return not listed.isdisjoint(_meanings([cell, *list_items(cell)]))


def _listed_people(side: Side, column: str, listed: frozenset[str], *, blank: bool) -> Bools:
    return _flags(
        side.column(column), lambda cell: blank if cell is None else _is_listed(cell, listed)
    )


def _answers_given(cohort: Cohort, column: str, roles: tuple[Role, ...]) -> dict[str, int]:
    """Return how many people of some sides gave each answer, the commonest first."""
    counts: dict[str, int] = {}
    for role in roles:
        for cell in cohort.side(role).column(column):
            if cell is not None:
                counts[cell] = counts.get(cell, 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _counted_text(counts: Mapping[str, int]) -> str:
    shown = [f"{answer!r} ({n:,})" for answer, n in [*counts.items()][:_MAX_SHOWN_ANSWERS]]
    n_more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {n_more:,} more" if n_more else "")


def _flags(cells: Any, test: Any) -> Bools:
    """Return for each cell what a test says of it; it is asked once of each distinct cell."""
    answers = {cell: test(cell) for cell in set(cells.tolist())}
    return np.array([answers[cell] for cell in cells.tolist()], dtype=np.bool_)
