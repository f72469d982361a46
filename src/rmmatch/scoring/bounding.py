"""An upper bound on the score of every pair, compiled from a scheme into float32 features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.kernels import Fewer, Jaccard, Kernel, Share
from rmmatch.scoring.forms import Measured, Tabled, add_up, join, measured, tabled
from rmmatch.scoring.pairs import PairScores, floor_of
from rmmatch.scoring.weighing import MILLION

__all__ = ["Bound", "Work"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_WIDEST = 64  # codes of one table that a product may have as features
_PENALTY = 1 << 22
_PEOPLE_A_GROUP = 16  # fewer, and bounding groups costs more than it saves


@dataclass
class Work:
    """Arrays that blocks of one thread are computed in."""

    total: Floats
    part: Floats
    mask: Bools

    @classmethod
    def of(cls, rows: int, columns: int) -> Work:
        """Return arrays for blocks of so many pairs."""
        size = rows * columns
        return cls(np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, bool))

    def shaped(self, rows: int, columns: int) -> tuple[Floats, Floats, Bools]:
        """Return them as blocks."""
        shape, size = (rows, columns), rows * columns
        return (
            self.total[:size].reshape(shape),
            self.part[:size].reshape(shape),
            self.mask[:size].reshape(shape),
        )


class Bound:
    """Upper bounds in millionths: exact up to rounding where a criterion says its form.

    Scores, and prices in reach of them, are whole numbers below 2²⁴ and so are sums of tables
    over codes: exact in float32. Only products are rounded, upwards. A pair that the scheme
    forbids has a bound below 0, or that of its score: whoever uses the bound asks for the exact
    score of what it lets through.

    Parameters
    ----------
    scores : PairScores

    Attributes
    ----------
    notes : tuple of str
        What has no fast form, and what that costs.
    floor : int
        No acceptable score is lower.
    barred : (ndarray of bool, ndarray of bool)
        Mentees, mentors of whom the rules allow nobody.
    exceptions : Relation
        Pairs of which the bound knows nothing: their exact scores must be asked for.
    left, right : ndarray of float32, shapes (n_mentees, k), (n_mentors, k)
        Features; the first two columns are for prices: a row's and 1, 1 and a column's.
    width : int
        How many of them make one product with the prices.
    grouped_width : int
        How many of those are the same for all mentors of a group.
    groups : ndarray of int64, shape (n_mentors,)
    representatives : ndarray of int64, shape (n_groups,)
        A mentor of each group.
    above : ndarray of float32, shape (n_mentees,)
        With ``rest``, no pair of a mentee scores more above the grouped features.
    rest : int
    order : ndarray of int64, shape (n_mentees,)
        A code a mentee: those with the same tables have the same.
    """

    def __init__(self, scores: PairScores) -> None:
        self._scores = scores
        self._tables: list[Tabled] = []
        self._parts: list[Measured] = []
        self._opaque: list[int] = []
        self._exceptions: list[Relation] = []
        self._coupled = False
        self.floor = 0
        self.barred = np.zeros(scores.shape[0], bool), np.zeros(scores.shape[1], bool)
        notes: list[str] = []
        rules = self._take_rules(notes)
        self._take_criteria(notes, rules)
        for fewer in rules:
            part = measured(fewer.counts, [], ((fewer.least, fewer.missing),))
            if part is not None:
                self._parts.append(part)
        self.notes = tuple(notes)
        self.exceptions = Relation.from_pairs(
            pair
            for one in self._exceptions
            for pair in zip(one.mentees.tolist(), one.mentors.tolist(), strict=True)
        )
        self._lay_out()

    # --- compiling -------------------------------------------------------------------------

    def _take_rules(self, notes: list[str]) -> list[Fewer]:
        """Turn rules into tables of penalties; return those that count something."""
        fewer, penalties = [], []
        for name, rule, mask in zip(
            self._scores.rules, self._scores.rule_list, self._scores.masks, strict=True
        ):
            if mask is None:
                self.floor = max(self.floor, floor_of(rule))
                continue
            if isinstance(mask, Fewer):
                fewer.append(mask)
                continue
            form = tabled(mask, self._scores.shape)
            if form is None:
                notes.append(f"{name}: has no fast form and is tried pair by pair")
            elif not form.table.any():
                continue  # it forbids listed pairs only, which the exact score knows
            elif form.exceptions:
                self._exceptions += form.exceptions
                penalties.append(form)
            else:
                self.barred[0][form.table.all(axis=1)[form.rows]] = True
                self.barred[1][form.table.all(axis=0)[form.columns]] = True
                penalties.append(form)
        share = min(_PENALTY, 2 * _PENALTY // max(len(penalties), 1))
        for form in penalties:
            remaining = form.table & ~form.table.all(axis=1)[:, None] & ~form.table.all(axis=0)
            if form.exceptions:
                remaining = form.table
            if remaining.any():
                table = np.where(remaining, -share, 0)
                self._tables.append(Tabled(form.rows, form.columns, table))
        return fewer

    def _take_criteria(self, notes: list[str], rules: list[Fewer]) -> None:
        weighing, criteria = self._scores.weighing, self._scores.criteria
        forms = [tabled(kernel, self._scores.shape) for kernel in self._scores.kernels]
        for c, kernel in enumerate(self._scores.kernels):
            if weighing.leaves_out(c) and _may_miss(kernel, forms[c]):
                self._coupled = True
                notes.append(
                    f"{criteria[c]}: `missing: ignore` changes the weight of all criteria, so "
                    "that all pairs are scored exactly"
                )
                return
        for c, kernel in enumerate(self._scores.kernels):
            form = forms[c]
            if form is not None:
                self._tables.append(
                    Tabled(form.rows, form.columns, weighing.alone(c, form.table))
                )
                self._exceptions += form.exceptions
                continue
            part = None
            if isinstance(kernel, (Share, Jaccard)):
                part = self._take_product(kernel, weighing.factors(c), rules)
            if part is None:
                self._opaque.append(c)
                notes.append(f"{criteria[c]}: has no fast form and is scored pair by pair")
                continue
            self._parts.append(part)
            assert isinstance(kernel, (Share, Jaccard))
            missing = [gone.astype(np.int64) for gone in kernel.counts.missing]
            if any(gone.any() for gone in missing):
                filler = int(weighing.alone(c, np.array([np.nan]))[0])
                self._tables.append(
                    Tabled(missing[0], missing[1], np.array([[0, filler], [filler, filler]]))
                )

    def _take_product(
        self, kernel: Share | Jaccard, factors: list[float], rules: list[Fewer]
    ) -> Measured | None:
        """Return a criterion's form; rules on the same counts go with it."""
        if isinstance(kernel, Share) and len(kernel.needs) and np.ptp(kernel.needs) == 0:
            same = [rule for rule in rules if _same_counts(rule, kernel)]
            part = measured(kernel, factors, tuple((rule.least, rule.missing) for rule in same))
            if part is not None:
                for rule in same:
                    rules.remove(rule)
                return part
        return measured(kernel, factors)

    def _lay_out(self) -> None:
        """Put all features of a person side by side."""
        if self._coupled:
            self._tables, self._parts, self._opaque = [], [], []
        tables = add_up([one for one in self._tables if one.table.any()])
        self._wide = [one for one in tables if min(one.table.shape) > _WIDEST]
        narrow = [one for one in tables if min(one.table.shape) <= _WIDEST]
        # A part whose fraction is left in the total saves rounding it; it must be the last.
        self._parts.sort(key=lambda part: (part.factor > 0, part.cap is None, part.totals is None))
        n_mentees, n_mentors = self._scores.shape
        narrow, grouped = self._group(narrow)
        left, right = [np.ones((n_mentees, 2), np.float32)], [np.ones((n_mentors, 2), np.float32)]
        for one in narrow:
            features = _features(one)
            left.append(features[0])
            right.append(features[1])
        self.grouped_width = sum(block.shape[1] for block in left[: grouped + 1])
        self.width = sum(block.shape[1] for block in left)
        self._at: list[slice] = []
        start = self.width
        for part in self._parts:
            self._at.append(slice(start, start + part.rows.shape[1]))
            start += part.rows.shape[1]
            left.append(part.rows)
            right.append(part.columns)
        self.left, self.right = np.hstack(left), np.hstack(right)
        nothing = np.empty((0, 0), np.float32)  # the features are kept once
        self._parts = [replace(part, rows=nothing, columns=nothing) for part in self._parts]
        self.rest = sum(part.most for part in self._parts) + sum(
            max(int(one.table.max()), 0) for one in self._wide
        )
        if self._coupled or self._opaque:
            self.rest = MILLION + len(self._scores.criteria)

    def _group(self, tables: list[Tabled]) -> tuple[list[Tabled], int]:
        """Group mentors by as many tables as give few groups; return those first, and how many."""
        n_mentees, n_mentors = self._scores.shape
        groups, chosen, others = np.zeros(n_mentors, np.int64), [], []
        for one in sorted(tables, key=lambda one: int(np.ptp(one.table)), reverse=True):
            more, found = join([groups, one.columns])
            if len(found) <= n_mentors // _PEOPLE_A_GROUP:
                groups = more
                chosen.append(one)
            else:
                others.append(one)
        self.groups = groups
        _, self.representatives = np.unique(groups, return_index=True)
        self.above = np.zeros(n_mentees, np.float32)
        for one in others:
            self.above += one.table.max(axis=1).astype(np.float32)[one.rows]
        rows = [one.rows for one in (*self._wide, *chosen)]
        self.order = join(rows)[0] if rows else np.zeros(n_mentees, np.int64)
        return [*chosen, *others], len(chosen)

    # --- blocks ----------------------------------------------------------------------------

    def fill(
        self, work: Work, left: Floats, right: Floats, rows: Ints, columns: Ints
    ) -> Floats:
        """Return the bounds of a block less the prices in the features.

        Parameters
        ----------
        work : Work
            The answer is in it, until the next block.
        left, right : ndarray of float32
            Features of the rows and columns.
        rows, columns : ndarray of int64
            Positions of mentees and mentors.
        """
        total, part, mask = work.shaped(len(rows), len(columns))
        width = self.width
        np.matmul(left[:, :width], right[:, :width].T, out=total)
        for one in self._wide:
            self._add_wide(one, total, rows, columns)
        for c in self._opaque:
            with np.errstate(over="ignore"):
                values = self._scores.kernels[c].block(rows, columns)
            total += self._scores.weighing.alone(c, values).astype(np.float32)
        if self._coupled:
            total += self._scores.weigh(rows, columns).score.astype(np.float32)
        for index, (form, at) in enumerate(zip(self._parts, self._at, strict=True)):
            np.matmul(left[:, at], right[:, at].T, out=part)
            for least, missing in form.least:
                np.less(part, np.float32(least), out=mask)
                if not missing:
                    mask[form.missing[0][rows]] = False
                    mask[:, form.missing[1][columns]] = False
                np.copyto(total, np.float32(-2 * _PENALTY), where=mask)
            if not form.factor:
                continue
            if form.totals is not None:
                _over(part, form, rows, columns)
            elif form.cap is not None:
                np.minimum(part, np.full(len(columns), form.cap, np.float32), out=part)
            if index < len(self._parts) - 1:
                np.floor(part, out=part)
            np.add(total, part, out=total)
        return total

    def _add_wide(self, one: Tabled, total: Floats, rows: Ints, columns: Ints) -> None:
        codes, at, last = one.rows[rows].tolist(), one.columns[columns], -1
        for row, code in enumerate(codes):
            if code != last:
                values, last = one.table[code][at].astype(np.float32), code
            total[row] += values


def _over(part: Floats, form: Measured, rows: Ints, columns: Ints) -> None:
    """Turn counts into contributions of a Jaccard kernel, in place."""
    assert form.totals is not None
    either = np.add.outer(form.totals[0][rows], form.totals[1][columns])
    either -= part
    part /= either
    part *= np.float32(form.factor)
    part += np.float32(form.bias)


def _may_miss(kernel: Kernel, form: Tabled | None) -> bool:
    if form is not None:
        return bool(np.isnan(form.table).any())
    if isinstance(kernel, (Share, Jaccard)):
        return any(bool(gone.any()) for gone in kernel.counts.missing)
    return True


def _same_counts(rule: Fewer, kernel: Share) -> bool:
    mine, theirs = rule.counts, kernel.counts
    return (
        mine.mentees.shape == theirs.mentees.shape
        and np.array_equal(mine.mentees, theirs.mentees)
        and np.array_equal(mine.mentors, theirs.mentors)
        and all(map(np.array_equal, mine.missing, theirs.missing))
    )


def _features(one: Tabled) -> tuple[Any, Any]:
    """Return features whose product looks a table up: one side's codes, the other's values."""
    if one.table.shape[0] <= one.table.shape[1]:
        codes = np.eye(one.table.shape[0], dtype=np.float32)
        return codes[one.rows], one.table.T.astype(np.float32)[one.columns]
    codes = np.eye(one.table.shape[1], dtype=np.float32)
    return one.table.astype(np.float32)[one.rows], codes[one.columns]
