"""Pairs, a status, and the prices that prove a value: plain values that know no solver."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np

from rmmatch.cohort import Cohort, Role, people_error
from rmmatch.errors import Problem
from rmmatch.files.atomic import write_record
from rmmatch.files.tables import escaped
from rmmatch.numeric import Ints
from rmmatch.rules.relations import IdPair

__all__ = ["IdPair", "Matching", "Status", "id_pairs"]


def id_pairs(
    pairs: Iterable[IdPair], cohort: Cohort, asked_by: str, problems: list[Problem]
) -> tuple[IdPair, ...]:
    """Return pairs by the ids that people have in a cohort, each once.

    Parameters
    ----------
    pairs : iterable of (mentee, mentor)
        Each person by id, e-mail address or full name.
    cohort : Cohort
    asked_by : str
        Named in the problems.
    problems : list of Problem
        Is added to: what is not a pair (one pair alone, not in a list, is none), and people who
        are not in the cohort, or may be several. Such pairs are left out.
    """
    listed = list(pairs)
    odd = [pair for pair in listed if isinstance(pair, str) or len(pair) != 2]
    remedy, reason = "write a list of (mentee id, mentor id)", "is not a pair"
    problems += (
        Problem(asked_by, "", "", str(pair), reason, remedy, code="not_a_pair") for pair in odd
    )
    texts = [tuple(map(str, pair)) for pair in listed if pair not in odd]
    named = [
        (mentee, mentor)
        for mentee, mentor in texts
        if cohort.position_of("mentee", mentee) >= 0 and cohort.position_of("mentor", mentor) >= 0
    ]
    unknown = {
        (text, side.role): None
        for pair in texts
        for text, side in zip(pair, cohort.sides, strict=True)
        if cohort.position_of(side.role, text) < 0
    }
    problems += (_unknown_person(cohort, text, role, asked_by) for text, role in unknown)
    return tuple(dict.fromkeys(cohort.ids_of_pairs(named)))


class Status(Enum):
    """What is known of a result.

    ``OPTIMAL``: proved, every tier. ``FEASIBLE``: valid, and not proved optimal. ``INFEASIBLE``:
    no matching keeps every pin, rule, hard quota and load. ``NO_SOLUTION_FOUND``: the time ran
    out first.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION_FOUND = "no_solution_found"


@dataclass(frozen=True)
class Matching:
    """Pairs of (mentee id, mentor id), sorted, none twice.

    Examples
    --------
    >>> Matching.of([("E2", "M1"), ("E1", "M1")]).partners("mentor", "M1")
    ('E1', 'E2')
    """

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Matching:
        """Build from pairs in any order.

        Parameters
        ----------
        pairs : iterable of (mentee id, mentor id)
        """
        return cls(tuple(sorted(set(pairs))))

    @classmethod
    def at(cls, cohort: Cohort, mentees: Ints, mentors: Ints) -> Matching:
        """Build from positions on the two sides of a cohort.

        Parameters
        ----------
        cohort : Cohort
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        """
        ids = cohort.mentees.ids, cohort.mentors.ids
        positions = zip(mentees.tolist(), mentors.tolist(), strict=True)
        return cls.of((ids[0][mentee], ids[1][mentor]) for mentee, mentor in positions)

    def positions(self, cohort: Cohort) -> tuple[Ints, Ints]:
        """Return the positions of the pairs in a cohort; of a result see `Result.positions`.

        Parameters
        ----------
        cohort : Cohort

        Returns
        -------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions in cohort order; the pairs by their ids.

        Raises
        ------
        UnknownPersonError
            Somebody is not in the cohort; every such id is listed, with the nearest.
        """
        at = cohort.mentees.position, cohort.mentors.position
        unknown = {
            (side.role, pair[index]): None
            for pair in self.pairs
            for index, side in enumerate(cohort.sides)
            if pair[index] not in at[index]
        }
        if unknown:
            problems = [_unknown_person(cohort, id_, role, "pairs") for role, id_ in unknown]
            raise people_error(problems, cohort)
        mentees = np.array([at[0][mentee] for mentee, _ in self.pairs], dtype=np.int64)
        mentors = np.array([at[1][mentor] for _, mentor in self.pairs], dtype=np.int64)
        return mentees, mentors

    def partners(self, role: str, id_: str) -> tuple[str, ...]:
        """Return the ids of a person's partners, sorted.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            The person's side.
        id_ : str
        """
        return self.partner_ids("mentee" if role == "mentee" else "mentor").get(id_, ())

    def partner_ids(self, role: Role) -> Mapping[str, tuple[str, ...]]:
        """Return the partners of everybody of one side who has any; computed once.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            Whose partners.

        Returns
        -------
        mapping of str to tuple of str
            From a person's id to the ids of the partners, sorted.

        Examples
        --------
        >>> Matching.of([("E2", "M1"), ("E1", "M1")]).partner_ids("mentor")
        {'M1': ('E1', 'E2')}
        """
        return self._partner_ids[role]

    @cached_property
    def _partner_ids(self) -> dict[Role, Mapping[str, tuple[str, ...]]]:
        partners: dict[Role, dict[str, list[str]]] = {"mentee": {}, "mentor": {}}
        for mentee, mentor in self.pairs:
            partners["mentee"].setdefault(mentee, []).append(mentor)
            partners["mentor"].setdefault(mentor, []).append(mentee)
        return {
            role: {id_: tuple(ids) for id_, ids in by_id.items()}
            for role, by_id in partners.items()
        }

    def to_csv(self, path: str | Path) -> None:
        """Write the pairs of ids as csv, columns ``mentee`` and ``mentor``: whole or not at all.

        UTF-8 with a byte order mark, so that Excel shows accents; an id that a spreadsheet would
        compute has an apostrophe in front, which rmmatch reads away. `check` reads it back.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        RecordError
            The file cannot be written.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("mentee", "mentor"))
        writer.writerows((escaped(mentee), escaped(mentor)) for mentee, mentor in self.pairs)
        write_record(Path(path), "\ufeff" + text.getvalue())

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __contains__(self, pair: object) -> bool:
        return pair in self.pairs


def _unknown_person(cohort: Cohort, text: str, role: Role, asked_by: str) -> Problem:
    is_several = cohort.directory.look_up(text, role).kind == "several"
    reason = f"several {role}s have this name" if is_several else f"no {role} has this id"
    code = "ambiguous_person" if is_several else "unknown_person"
    return Problem(asked_by, "", role, text, reason, cohort.directory.hint(text, role), code=code)
