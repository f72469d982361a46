"""Two questions of one form that each role answers for itself: what is offered, what is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.cohort.answer_meanings import meaning

__all__ = ["side_of_second"]


def side_of_second(
    roles: Sequence[str | None], first: Sequence[str | None], second: Sequence[str | None]
) -> str:
    """Return which table a second question is for, where each role has its own question.

    It matters only where somebody is both and answered both: joined, what such a person offers
    would count as what they want.

    Parameters
    ----------
    roles : sequence of str or None
        What each person answered to the question after the role.
    first, second : sequence of str or None
        The answers to the two questions.

    Returns
    -------
    str
        ``mentors`` or ``mentees``; empty where the answers do not say, or where it does not matter.

    Examples
    --------
    >>> roles = ["A mentor", "A mentee", "Both"]
    >>> side_of_second(roles, ["Data", None, "Data"], [None, "Exams", "Exams"])
    'mentees'
    >>> side_of_second(roles, ["Data", None, "Data"], [None, "Exams", None])
    ''
    """
    if not any(map(all, zip(first, second, strict=True))):
        return ""
    entries = {text: meaning("role", text) for text in set(roles) if text}
    values = {text: entry.value if entry else "" for text, entry in entries.items()}
    sides = [
        {values.get(role or "", "") for role, cell in zip(roles, cells, strict=True) if cell}
        for cells in (first, second)
    ]
    for own, opposite, table in (("mentor", "mentee", "mentees"), ("mentee", "mentor", "mentors")):
        if sides[0] <= {own, "both"} and sides[1] <= {opposite, "both"}:
            return table
    return ""
