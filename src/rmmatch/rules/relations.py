"""Rules about how two people are related, and about named pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rmmatch.cohort import Cohort, Relation
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.declarations.base import ColumnName, NotEmpty
from rmmatch.declarations.declared import Many
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.errors import nearest
from rmmatch.pairwise.kernels import Kernel, SparsePairs
from rmmatch.rules.base import Rule
from rmmatch.spelling import FoldedKeys, fold

__all__ = [
    "IdPair",
    "NotOneself",
    "Pairs",
    "Relations",
    "ReportingChain",
    "kind_misfits",
    "mask_of",
]

IdPair = tuple[str, str]


def mask_of(relation: Relation) -> SparsePairs:
    """Return the kernel that is True for the listed pairs.

    Parameters
    ----------
    relation : Relation
    """
    return SparsePairs(relation, np.ones(len(relation), dtype=bool), np.zeros((1, 1), dtype=bool))


class Relations(Rule):
    """Forbids the pairs that are related in one of the named ways, whoever wrote it down.

    Attributes
    ----------
    forbid : tuple of str
        Kinds of relation: columns of ids (``line_manager``, ``tutor``, …) or kinds of the table
        of relations.

    Examples
    --------
    >>> Relations(forbid=["line_manager", "tutor"]).describe()
    'no pairs related as line manager or tutor'
    """

    type: Literal["relations"] = "relations"
    forbid: Annotated[Many[ColumnName], NotEmpty]

    def columns_used(self) -> tuple[str, ...]:
        """Return the kinds: where they are columns they may be sensitive."""
        return tuple(self.forbid)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a mismatch for each kind that is not known, such as a misspelt one.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        for kind in self.forbid:
            yield from kind_misfits(cohort, kind, "forbid")

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield a remark on kinds of which this cohort has no data, so that nobody relies on them.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        absent = [
            kind
            for kind in self.forbid
            if not (kind in cohort.relations or cohort.has_column(kind))
        ]
        if not absent:
            return
        *kinds, last = (
            f"{kind.replace('_', ' ')}s" if kind in STANDARD_KINDS else f"pairs of kind {kind!r}"
            for kind in absent
        )
        listed = f"no {', '.join(kinds)}{' or ' if kinds else ''}{last} are listed"
        title = self.describe() if self.reads_sensitive(setting) else self.title
        if len(absent) == len(self.forbid):
            yield f"{listed}, so this rule has no effect: {title}"
        else:
            yield f"{listed}, so this rule has no effect for them: {title}"

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        relations = [cohort.relation(kind) for kind in self.forbid]
        pairs = ((r.mentees.tolist(), r.mentors.tolist()) for r in relations)
        return mask_of(
            Relation.from_pairs(
                pair for mentees, mentors in pairs for pair in zip(mentees, mentors, strict=True)
            )
        )

    def describe(self) -> str:
        """Return the kinds."""
        if self.forbid == ("declined",):
            return "nobody is paired with somebody they declined"
        if self.forbid == ("forbidden",):
            return "no pairs that are listed as forbidden"
        *kinds, last = (kind.replace("_", " ") for kind in self.forbid)
        return f"no pairs related as {', '.join(kinds)}{' or ' if kinds else ''}{last}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the kinds in which the two are related.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        kinds = []
        for kind in self.forbid:
            relation = cohort.relation(kind)
            if np.any((relation.mentees == mentee) & (relation.mentors == mentor)):
                kinds.append(kind.replace("_", " "))
        return f"related: {', '.join(kinds)}"


STANDARD_KINDS = (*RELATION_COLUMNS, "forbidden")


def kind_misfits(cohort: Cohort, kind: str, key: str) -> Iterator[Mismatch]:
    """Yield a mismatch for a kind of relation that neither the cohort nor the library knows.

    Parameters
    ----------
    cohort : Cohort
    kind : str
    key : str
        Key of the rule under which the kind is written.
    """
    kinds = {*cohort.relations, *STANDARD_KINDS}
    if kind not in kinds:
        nearest_kind = nearest(kind, sorted(kinds))
        yield Mismatch(
            key,
            kind,
            "is a column whose cells are not read as people"
            if cohort.has_column(kind)
            else "there is no such column, and no such kind in the table of relations",
            (f"did you mean {nearest_kind!r}? If not, " if nearest_kind else "")
            + "correct it, or list such pairs in a table of relations",
            "unknown_kind",
        )


class ReportingChain(Rule):
    """Forbids a pair when one is the other's manager, or manager's manager, and so on.

    The chain runs through the ``line_manager`` column of both tables and through people who do
    not take part. A pair that a table of relations lists as ``line_manager`` is forbidden too;
    such a row does not say who manages whom, so no chain runs through it.

    Attributes
    ----------
    levels : int
        How far the chain reaches; 1 is the line manager alone.

    Examples
    --------
    >>> ReportingChain(levels=3).describe()
    "neither may be the other's manager, up to 3 levels up"
    """

    type: Literal["reporting_chain"] = "reporting_chain"
    levels: Annotated[int, Field(ge=1)] = 1

    def columns_used(self) -> tuple[str, ...]:
        """Return the column of the managers."""
        return ("line_manager",)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a mismatch where no table says who manages whom.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        if not cohort.has_column("line_manager") and "line_manager" not in cohort.relations:
            reason = "no table has a column 'line_manager'"
            remedy = "add the column, or remove this rule"
            yield Mismatch("", "", reason, remedy, "missing_column")

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield every circle of managers; the rule goes round it once.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        for cycle in _cycles(cohort.managers):
            path = " → ".join((*cycle, cycle[0]))
            if "line_manager" in setting.sensitive:
                path = f"{len(cycle)} people"
            yield f"these people manage each other in a circle: {path}"

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        mentee_at, mentor_at = cohort.mentees.position, cohort.mentors.position
        pairs = set()
        for side in cohort.sides:
            for person in side.ids:
                for manager in self._above(cohort, person):
                    if person in mentee_at and manager in mentor_at:
                        pairs.add((mentee_at[person], mentor_at[manager]))
                    if person in mentor_at and manager in mentee_at:
                        pairs.add((mentee_at[manager], mentor_at[person]))
        stated = cohort.relation("line_manager")
        pairs.update(zip(stated.mentees.tolist(), stated.mentors.tolist(), strict=True))
        return mask_of(Relation.from_pairs(pairs))

    def _above(self, cohort: Cohort, person: str) -> dict[str, int]:
        """Return the people above a person and how many levels up."""
        levels: dict[str, int] = {}
        ring = [person]
        for level in range(1, self.levels + 1):
            managers = [m for below in ring for m in cohort.managers.get(below, ())]
            ring = [m for m in dict.fromkeys(managers) if m not in levels and m != person]
            if not ring:
                break
            levels.update(dict.fromkeys(ring, level))
        return levels

    def describe(self) -> str:
        """Return how far the chain reaches."""
        reach = f", up to {self.levels} levels up" if self.levels > 1 else ""
        return f"neither may be the other's manager{reach}"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return who manages whom, and over how many levels.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        ids = cohort.mentees.ids[mentee], cohort.mentors.ids[mentor]
        for below, above in (ids, ids[::-1]):
            level = FoldedKeys(self._above(cohort, below)).get(above)
            if level is not None:
                return f"{above} is {level} level{'s' if level > 1 else ''} above {below}"
        return "listed as line manager"


def _cycles(managers: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle of managers once, without recursion (depth-first, three colours)."""
    done: set[str] = set()
    for start in sorted(managers):
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack: list[tuple[str, Iterator[str]]] = []
        if start in done:
            continue
        stack.append((start, iter(sorted(managers.get(start, ())))))
        path.append(start)
        on_path[start] = 0
        while stack:
            person, above = stack[-1]
            for manager in above:
                if manager in on_path:
                    yield tuple(path[on_path[manager] :])
                elif manager not in done:
                    on_path[manager] = len(path)
                    path.append(manager)
                    stack.append((manager, iter(sorted(managers.get(manager, ())))))
                    break
            else:
                stack.pop()
                path.pop()
                del on_path[person]
                done.add(person)


class Pairs(Rule):
    """Named pairs: some that must be paired, some that must not.

    Attributes
    ----------
    pin, forbid : tuple of (mentee id, mentor id)

    Examples
    --------
    >>> Pairs(pin=[("E1", "M3")], forbid=[("E2", "M5")]).pins()
    (('E1', 'M3'),)
    """

    type: Literal["pairs"] = "pairs"
    pin: Many[IdPair] = ()
    forbid: Many[IdPair] = ()

    def pins(self) -> tuple[IdPair, ...]:
        """Return the pinned pairs."""
        return tuple(self.pin)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a mismatch for each name of nobody in the cohort, or of several people.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        for key, pairs in (("pin", self.pin), ("forbid", self.forbid)):
            yield from _unknown_people(cohort, key, pairs)

    def in_ids_of(self, cohort: Cohort) -> Pairs:
        """Return the rule with people by the ids that they have in the cohort.

        Parameters
        ----------
        cohort : Cohort
        """
        pairs = {key: cohort.ids_of_pairs(getattr(self, key)) for key in ("pin", "forbid")}
        return self.model_copy(update=pairs)

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        position_of = cohort.position_of
        return mask_of(
            Relation.from_pairs(
                (position_of("mentee", mentee), position_of("mentor", mentor))
                for mentee, mentor in self.forbid
            )
        )

    def describe(self) -> str:
        """Return what the rule does."""
        return "no pairs that the scheme forbids by name"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return that the scheme names the pair.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return "the scheme forbids this pair by name"


def _unknown_people(cohort: Cohort, key: str, pairs: Iterable[IdPair]) -> Iterator[Mismatch]:
    """Yield a mismatch for each text that is not exactly one person of its side."""
    for index, pair in enumerate(pairs):
        for text, side in zip(pair, cohort.sides, strict=True):
            if cohort.position_of(side.role, text) < 0:
                hint = cohort.directory.hint(text, side.role)
                yield Mismatch(
                    f"{key}[{index}]",
                    text,
                    f"no {side.role} has this id, e-mail address or name",
                    hint or f"write the mentee first, then the mentor: {key}: [[E1, M3]]",
                    "unknown_person",
                )


class NotOneself(Rule):
    """Nobody is their own partner; always in force.

    The same id on both sides is one person, and so may be the same full name under two ids where
    no e-mail addresses tell the two apart.
    """

    type: Literal["not_oneself"] = "not_oneself"

    def columns_used(self) -> tuple[str, ...]:
        """Return the kind of relation of people who have one name on two sides."""
        return ("same_person",)

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield nothing: most cohorts have nobody of this kind.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from ()

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        mentors, namesakes = cohort.mentors.position, cohort.relation("same_person")
        pairs = [
            (mentee_pos, mentors[id_])
            for mentee_pos, id_ in enumerate(cohort.mentees.ids)
            if id_ in mentors
        ]
        pairs += zip(namesakes.mentees.tolist(), namesakes.mentors.tolist(), strict=True)
        return mask_of(Relation.from_pairs(pairs))

    def describe(self) -> str:
        """Return what the rule does."""
        return "nobody is paired with themselves"

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return that the two are one person, or may be.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        if fold(cohort.mentees.ids[mentee]) == fold(cohort.mentors.ids[mentor]):
            return "the two are the same person"
        return "the two have one name, and may be the same person"
