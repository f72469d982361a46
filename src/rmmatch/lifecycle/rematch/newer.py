"""The people of a run as newer tables have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rmmatch.cohort import Cohort, Role, people_error
from rmmatch.cohort.edits import withdrawn_from
from rmmatch.errors import Problem
from rmmatch.matching import Result

__all__ = ["NewerPeople", "newer_people"]

# Kinds that a run makes itself, or that names alone make.
_OWN_KINDS = ("paired_before", "same_person")


class NewerPeople(NamedTuple):
    """Who leaves and who joins, and everybody who is in the newer tables.

    Attributes
    ----------
    cohort : Cohort
        With those who withdrew before, too.
    withdrawn, joined : tuple of (role, id)
    """

    cohort: Cohort
    withdrawn: tuple[tuple[Role, str], ...]
    joined: tuple[tuple[Role, str], ...]


def newer_people(result: Result, newer: Cohort) -> NewerPeople:
    """Return the people of a run as newer tables have them.

    Parameters
    ----------
    result : Result
    newer : Cohort

    Raises
    ------
    CohortError
        Somebody of the run, or a kind of relation, is not in the newer tables.
    """
    problems = [*_lost_relations(result.cohort, newer)]
    withdrawn: list[tuple[Role, str]] = []
    joined: list[tuple[Role, str]] = []
    leavers: list[set[str]] = []
    for before, after in zip(result.cohort.sides, newer.sides, strict=True):
        leavers.append(set())
        for place, id_ in enumerate(before.ids):
            position = after.position.get(id_, -1)
            had_left = before.status[place] == "withdrawn"
            if position < 0:
                reason = "is in the run, and not in the newer tables"
                remedy = "keep the row of somebody who leaves, with the status withdrawn"
                label = result.person_text(before.role, id_)
                file = f"{before.role}s"
                problems.append(Problem(file, "", "id", label, reason, remedy, code="other_people"))
            elif had_left:
                leavers[-1].add(after.ids[position])
            elif after.status[position] == "withdrawn":
                withdrawn.append((before.role, id_))
        joined += [
            (after.role, id_)
            for place, id_ in enumerate(after.ids)
            if id_ not in before.position and after.status[place] != "withdrawn"
        ]
    if problems:
        raise people_error(problems, newer)
    # An answer to the survey is no return: who withdrew during the run stays withdrawn.
    cohort = withdrawn_from(result.scheme.readable(newer), *leavers)
    return NewerPeople(cohort, tuple(withdrawn), tuple(joined))


def _lost_relations(run: Cohort, newer: Cohort) -> Iterator[Problem]:
    """Yield each kind of relation that the run knew and the newer tables do not."""
    for kind, pairs in run.relations.items():
        if len(pairs) and kind not in newer.relations and kind not in _OWN_KINDS:
            reason = "was known in the run, and is in none of the newer tables"
            remedy = "give the table of relations that the run was made with"
            yield Problem("relations", "", "kind", kind, reason, remedy, code="missing_relations")
