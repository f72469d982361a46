"""Quotas: how many of a group must, or may, be paired; and what that means in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor, gcd
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.declarations.base import ColumnName, Reason, without_absent
from rmmatch.declarations.declared import Declared
from rmmatch.declarations.named_answers import (
    AnswerList,
    OnlyWhere,
    bound_people,
    condition_mismatches,
    condition_remarks,
    condition_text,
    indifferent_people,
)
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.errors import HIDDEN, nearest
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.scheme.counts import CountBound, CountedGroup, QuotaInstance
from rmmatch.spelling import fold

__all__ = [
    "CountBound",
    "CountedGroup",
    "Quota",
    "QuotaInstance",
    "quota_instances",
    "quota_sentences",
]

Count = Annotated[int, Field(ge=0)]

_ROLES: tuple[Role, Role] = ("mentee", "mentor")


class Quota(Declared):
    """A bound on how many of a group are paired: people of one side, or pairs of a kind.

    People count once, however many pairs they have; reserves count where they are paired, in
    parity only applicants do. Somebody without a value in the column is in no group, somebody
    with several (``;`` between them) in each of theirs; a pair counts in a `relation` only where
    both have a value.

    Attributes
    ----------
    side : {'mentors', 'mentees', 'pairs'}
        Who is counted.
    column : str, optional
        What makes the groups; for pairs, what `relation` compares.
    value : str, optional
        The group of people it is about; or
    each : bool
        every group of the column (with pairs: of each value the pairs that share it); or
    parity : float, optional
        the largest difference between the paired rates of any two groups, in [0, 1]: the parts
        of their applicants that are paired, compared as exact fractions.
    relation : {'same', 'different'}, optional
        Pairs whose two people have the same, or different, values in the column; or
    mentor, mentee : dict, optional
        pairs whose mentor, or mentee, or both, have these values, column by column.
    at_least, at_most : int, optional
        Bounds on the number counted.
    any : tuple of str, optional
        Values that mean "no preference", or the like: they make no group (with `each` and
        `parity`), and a pair in which somebody has one has no `relation`.
    only_where : dict of str to tuple of str, optional
        Column → answers: only people who gave one of them are counted, not those who left the
        column empty.
    penalty : float, optional
        Makes the quota soft: score taken off the tier ``total`` for each one short or over.
    soft : bool
        Makes the quota soft: what it is missed by is counted in the tier ``quota_shortfall``.
    reason : str
        Why it is needed and who agreed to it. It decides nothing; a quota on a sensitive column
        should have one.

    Examples
    --------
    >>> Quota(side="mentors", column="organisation", value="ARC", at_least=2).describe()
    'at least 2 mentors with organisation ARC'
    >>> Quota(side="pairs", column="organisation", relation="different", at_least=3).describe()
    'at least 3 pairs with a different organisation'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _without_absent_keys(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out `any` and `only_where` where they were not given."""
        return without_absent(dump(self))

    side: Literal["mentors", "mentees", "pairs"]
    column: ColumnName | None = None
    value: str | None = None
    each: bool = False
    parity: Annotated[float, Field(ge=0, le=1)] | None = None
    relation: Literal["same", "different"] | None = None
    mentor: dict[ColumnName, str] | None = None
    mentee: dict[ColumnName, str] | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    any: AnswerList | None = None
    only_where: OnlyWhere | None = None
    penalty: Annotated[float, Field(gt=0, le=1000)] | None = None
    soft: bool = False
    reason: Reason = ""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.side == "pairs":
            self._check_pairs()
        else:
            self._check_people()
        if self.any and (self.value is not None or self.mentor or self.mentee):
            raise ValueError("`any:` goes with `each: true`, `parity:` or `relation:`")
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        if (self.parity is None) != bool(bounds):
            raise ValueError("give `at_least`, `at_most` or both; with `parity`, give neither")
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            raise ValueError("`at_least` is larger than `at_most`")
        if self.soft and self.penalty is not None:
            raise ValueError("give `soft: true` or `penalty:`, not both")
        return self

    def _check_people(self) -> None:
        if self.relation or self.mentor is not None or self.mentee is not None:
            raise ValueError("`relation`, `mentor` and `mentee` are for `side: pairs`")
        if self.column is None:
            raise ValueError("give the `column:` that makes the groups")
        if [self.value is not None, self.each, self.parity is not None].count(True) != 1:
            raise ValueError("give exactly one of `value:`, `each: true`, `parity:`")

    def _check_pairs(self) -> None:
        if self.only_where is not None:
            raise ValueError("`only_where:` is about people: for pairs write `mentor:`, `mentee:`")
        if self.value is not None or self.parity is not None:
            raise ValueError("`value` and `parity` are for `side: mentors` or `side: mentees`")
        if bool(self.mentor or self.mentee) == (self.relation is not None):
            raise ValueError("give either `column:` and `relation:`, or `mentor:` or `mentee:`")
        if (self.column is None) != (self.relation is None):
            raise ValueError("`column` and `relation` need each other: give both")
        if self.each and self.relation != "same":
            raise ValueError("for pairs, `each` needs `relation: same`")

    @property
    def is_soft(self) -> bool:
        """Whether it may be missed at a price."""
        return self.soft or self.penalty is not None

    def columns_used(self) -> tuple[str, ...]:
        """Return the columns that make the groups."""
        named = [
            *([self.column] if self.column else []),
            *(self.mentor or ()),
            *(self.mentee or ()),
            *(self.only_where or ()),
        ]
        return tuple(dict.fromkeys(named))

    def list_columns(self) -> tuple[str, ...]:
        """Return the columns of which each cell is read as a list of values."""
        if self.relation is not None:
            return ()
        return tuple(dict.fromkeys(column for _, column, _ in self._conditions()))

    def reads_sensitive(self, setting: SchemeContext) -> bool:
        """Tell whether a sensitive column is among the columns used.

        Parameters
        ----------
        setting : SchemeContext
        """
        return any(name in setting.sensitive for name in self.columns_used())

    # --- meeting a cohort ------------------------------------------------------------------

    def _conditions(self) -> Iterator[tuple[Role, str, str | None]]:
        """Yield the columns read: of whom, which, and the value asked for."""
        if self.side != "pairs":
            assert self.column is not None
            yield ("mentor" if self.side == "mentors" else "mentee"), self.column, self.value
        elif self.column is not None:
            yield "mentee", self.column, None
            yield "mentor", self.column, None
        for role, wanted in (("mentor", self.mentor), ("mentee", self.mentee)):
            for column, value in (wanted or {}).items():
                yield ("mentor" if role == "mentor" else "mentee"), column, value

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield a misfit where a table lacks a column, or nobody has the value.

        A value that nobody has is let pass under `at_most` alone, unless it looks like a slip.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        if self.side != "pairs":
            yield from condition_mismatches(cohort, setting, self.only_where or {}, self.side)
        for role, column, value in self._conditions():
            side = cohort.side(role)
            if not side.has(column):
                yield from column_mismatches(cohort, column, (role,))
                continue
            names = cohort.labels(column, several=True).names
            values_of_side = [names[code] for code in _codes_of(side, cohort, column)]
            if value is None or fold(value) in map(fold, values_of_side):
                continue
            is_hidden = column in setting.sensitive
            nearest_value = nearest(value, values_of_side)
            if nearest_value is None and not self.at_least:
                continue
            is_told = nearest_value is not None and not is_hidden
            yield Mismatch(
                "value" if self.value is not None else role,
                HIDDEN if is_hidden else value,
                f"no {role} has this {column}",
                f"did you mean {nearest_value!r}?"
                if is_told
                else "correct it, or remove the quota",
                code="unknown_value",
            )

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield what is odd: a quota that can never bind, or that cannot be met.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        instance = self.instance(cohort, setting)
        if self.only_where is not None and self.side != "pairs" and not instance.is_hidden:
            title = self.describe(setting)
            yield from condition_remarks(cohort, setting, self.only_where, self.side, title)
        if not instance.bounds:
            yield f"this quota has no effect, as there are too few groups: {instance.label}"
        if self.parity is not None or self.side == "pairs" or instance.is_hidden:
            return
        for bound in instance.bounds:
            size = instance.groups[bound.groups[0]].people.size
            if bound.least is not None and bound.least > size:
                yield f"this quota cannot be met, as only {size} can be paired: {bound.label}"
            elif not bound.least and bound.most is not None and bound.most >= size:
                yield f"this quota has no effect, as there are only {size}: {bound.label}"

    def instance(self, cohort: Cohort, setting: SchemeContext) -> QuotaInstance:
        """Return what the quota asks of this cohort, in numbers.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        parity = None if self.parity is None else Fraction(str(self.parity))
        groups = tuple(self._groups(cohort, setting))
        sizes: tuple[int, ...] = ()
        if parity is None:
            bounds = tuple(
                CountBound(
                    f"{self._bounds} {group.name}", (index,), (1,), self.at_least, self.at_most
                )
                for index, group in enumerate(groups)
            )
        else:
            sizes = tuple(group.people.size for group in groups)
            bounds = tuple(self._parities(parity, groups, sizes))
        return QuotaInstance(
            label=self.describe(setting),
            groups=groups,
            bounds=bounds,
            parity=parity,
            sizes=sizes,
            is_soft=self.is_soft,
            penalty=round(MILLION * (self.penalty or 0)),
            is_hidden=self.reads_sensitive(setting),
        )

    def _groups(self, cohort: Cohort, setting: SchemeContext) -> Iterator[CountedGroup]:
        none = np.zeros(0, dtype=np.int64)
        if self.side == "pairs":
            yield from self._kinds_of_pairs(cohort, setting)
            return
        [(role, column, value)] = self._conditions()
        side = cohort.side(role)
        names = cohort.labels(column, several=True).names
        counted = side.status == "applicant" if self.parity is not None else _is_pairable(side)
        if self.only_where is not None:
            bound = bound_people(cohort, self.only_where, "both", blank=False)
            counted = counted & bound[_ROLES.index(role)]
        no_group = {*map(fold, self.any or ())}
        codes = [c for c in _codes_of(side, cohort, column) if fold(names[c]) not in no_group]
        for code in codes if value is None else [None]:
            wanted = names[code] if code is not None else str(value)
            people = np.flatnonzero(_has_value(side, cohort, column, wanted) & counted)
            if people.size or self.parity is None:
                group_text = _group_text(column, wanted, setting) + self._condition(setting)
                name = f"{self.side} with {group_text}"
                yield CountedGroup(name, self.side, people, none, none)

    def _kinds_of_pairs(self, cohort: Cohort, setting: SchemeContext) -> Iterator[CountedGroup]:
        none = np.zeros(0, dtype=np.int64)
        if self.column is not None:
            labels = cohort.labels(self.column, several=False)
            codes = labels.mentees.first, labels.mentors.first
            if self.any:
                indifferent = indifferent_people(cohort, self.column, self.any)
                codes = (
                    np.where(indifferent[0], -1, codes[0]),
                    np.where(indifferent[1], -1, codes[1]),
                )
            if not self.each:
                alike = "the same" if self.relation == "same" else "a different"
                name = f"pairs with {alike} {self.column.replace('_', ' ')}"
                yield CountedGroup(name, "pairs", none, *codes, self.relation == "same")
                return
            shared = np.intersect1d(codes[0], codes[1])
            for code in shared[shared >= 0].tolist():
                codes_alike = [np.where(side == code, 0, -1).astype(np.int64) for side in codes]
                text = _group_text(self.column, labels.names[code], setting)
                yield CountedGroup(
                    f"pairs with {text} on both sides",
                    "pairs",
                    none,
                    codes_alike[0],
                    codes_alike[1],
                )
            return
        codes_of = []
        parts = []
        for role, wanted in zip(_ROLES, (self.mentee, self.mentor), strict=True):
            side = cohort.side(role)
            has = np.ones(len(side), dtype=bool)
            for column, value in (wanted or {}).items():
                has &= _has_value(side, cohort, column, value)
            codes_of.append(np.where(has, 0, -1).astype(np.int64))
            if wanted:
                text = " and ".join(_group_text(c, v, setting) for c, v in wanted.items())
                parts.append(f"a {role} with {text}")
        yield CountedGroup(
            f"pairs of {' and '.join(parts)}", "pairs", none, codes_of[0], codes_of[1]
        )

    def _parities(
        self, parity: Fraction, groups: Sequence[CountedGroup], sizes: Sequence[int]
    ) -> Iterator[CountBound]:
        """Yield, for every two groups, ``|a/A - b/B| <= parity`` times the common multiple."""
        for first, second in combinations(range(len(groups)), 2):
            divisor = gcd(sizes[first], sizes[second])
            weights = sizes[second] // divisor, -sizes[first] // divisor
            max_difference = floor(parity * sizes[first] * sizes[second] / divisor)
            label = (
                f"the shares paired of {groups[first].name} and of {groups[second].name} must be "
                f"within {100 * float(parity):g} percentage points"
            )
            yield CountBound(label, (first, second), weights, -max_difference, max_difference)

    @property
    def _bounds(self) -> str:
        if self.at_least is None:
            return f"at most {self.at_most}"
        if self.at_most is None:
            return f"at least {self.at_least}"
        return f"{self.at_least} to {self.at_most}"

    def describe(self, setting: SchemeContext | None = None) -> str:
        """Return the quota in a few words; values of sensitive columns are not told.

        Parameters
        ----------
        setting : SchemeContext, optional
            Says which columns are sensitive; by default none is.
        """
        setting = setting or SchemeContext()
        return self._words(setting) + self._condition(setting)

    def _condition(self, setting: SchemeContext) -> str:
        if self.only_where is None:
            return ""
        shown = {
            name: answers
            for name, answers in self.only_where.items()
            if name not in setting.sensitive
        }
        return condition_text(shown, "both") if shown else ", only of a group"

    def _words(self, setting: SchemeContext) -> str:
        column = (self.column or "").replace("_", " ")
        if self.parity is not None:
            return (
                f"the shares of {self.side} paired, by {column}, must be within "
                f"{100 * self.parity:g} percentage points of each other"
            )
        if self.each:
            counted = "pairs that share" if self.side == "pairs" else f"{self.side} of"
            return f"{self._bounds} {counted} each {column}"
        if self.relation is not None:
            alike = "the same" if self.relation == "same" else "a different"
            return f"{self._bounds} pairs with {alike} {column}"
        if self.side != "pairs":
            text = _group_text(self.column or "", self.value or "", setting)
            return f"{self._bounds} {self.side} with {text}"
        parts = [
            f"a {role} with {' and '.join(_group_text(c, v, setting) for c, v in wanted.items())}"
            for role, wanted in zip(_ROLES, (self.mentee, self.mentor), strict=True)
            if wanted
        ]
        return f"{self._bounds} pairs of {' and '.join(parts)}"


def _group_text(column: str, value: str, setting: SchemeContext) -> str:
    shown = column.replace("_", " ")
    return f"a group of {shown}" if column in setting.sensitive else f"{shown} {value}"


def _is_pairable(side: Side) -> Bools:
    is_pairable: Bools = np.asarray(
        (side.status != "withdrawn") & (side.capacity > 0), dtype=np.bool_
    )
    return is_pairable


def _codes_of(side: Side, cohort: Cohort, column: str) -> list[int]:
    """Return the values that people of a side have, as codes of the cohort's labels."""
    labels = cohort.labels(column, several=True)
    rows = labels.mentees if side.role == "mentee" else labels.mentors
    codes: list[int] = np.unique(rows.indices).tolist()
    return codes


def _has_value(side: Side, cohort: Cohort, column: str, value: str) -> Bools:
    """Mark the people of a side who have a value."""
    labels = cohort.labels(column, several=True)
    rows = labels.mentees if side.role == "mentee" else labels.mentors
    folded = [fold(name) for name in labels.names]
    has = np.zeros(len(side), dtype=np.bool_)
    if fold(value) in folded:
        has[rows.rows[rows.indices == folded.index(fold(value))]] = True
    return has


def quota_instances(
    quotas: Sequence[Quota], cohort: Cohort, setting: SchemeContext
) -> tuple[QuotaInstance, ...]:
    """Return what each quota of a scheme asks of a cohort, in order.

    Parameters
    ----------
    quotas : sequence of Quota
    cohort : Cohort
    setting : SchemeContext
    """
    return tuple(quota.instance(cohort, setting) for quota in quotas)


def quota_sentences(
    quotas: Sequence[Quota], cohort: Cohort, setting: SchemeContext, positions: tuple[Ints, Ints]
) -> tuple[str, ...]:
    """Return what each quota got, a sentence each; small counts of sensitive columns are hidden.

    Parameters
    ----------
    quotas : sequence of Quota
    cohort : Cohort
    setting : SchemeContext
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.
    """
    sentences = []
    for quota in quota_instances(quotas, cohort, setting):
        counts = quota.counts(*positions)
        n_missed = quota.shortfall(counts)
        state = f" (missed by {n_missed})" if n_missed and not quota.is_hidden else ""
        state = " (missed)" if n_missed and quota.is_hidden else state
        sentences.append(f"{quota.label}{state}: {quota.sentence(counts)}")
    return tuple(sentences)
