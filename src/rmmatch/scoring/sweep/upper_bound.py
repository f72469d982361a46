"""An upper bound on the score of every pair, compiled from a scheme for speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from rmmatch.cohort import Relation
from rmmatch.numeric import MILLION, Ints, Singles
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import (
    Counts,
    FewerThan,
    Jaccard,
    Kernel,
    MaxProduct,
    Proximity,
    Share,
    values_of_pairs,
)
from rmmatch.scoring.pair_scores import FORBIDDEN, PairScores, min_score_of
from rmmatch.scoring.sweep.fast_forms import (
    PENALTY,
    LookupTable,
    ProductForm,
    binned_distance,
    lookup_table,
    product_form,
    sum_tables,
)
from rmmatch.scoring.sweep.rare_words import (
    WithoutRarePairs,
    relation_from_keys,
    without_rare_pairs,
)

__all__ = ["MenteeStrip", "ScoreUpperBound", "Scratch"]

K = TypeVar("K", bound=Kernel)

_MAX_UNTHREADED_MULTIPLICATIONS = 1 << 18  # multiplications that OpenBLAS does in one thread


@dataclass
class Scratch:
    """Arrays that blocks of one thread are computed in."""

    total: Singles
    part: Singles

    @classmethod
    def of(cls, size: int) -> Scratch:
        """Return arrays for blocks of so many pairs."""
        return cls(np.empty(size, np.float32), np.empty(size, np.float32))

    def sum_of(self, views: Sequence[Singles], lines: Sequence[Ints]) -> Singles:
        """Return the sums of some lines of each view, shape (n_lines, n_lanes).

        The answer is in `total` until the next block.
        """
        shape = len(lines[0]), views[0].shape[1]
        total, part = (one[: shape[0] * shape[1]].reshape(shape) for one in (self.total, self.part))
        for index, (view, line) in enumerate(zip(views, lines, strict=True)):
            # Codes are in range; `clip` only spares a copy.
            view.take(line, axis=0, out=part if index else total, mode="clip")
            if index:
                total += part
        return total


@dataclass(frozen=True)
class MenteeStrip:
    """Some mentees, ready to be bounded with any mentors.

    Attributes
    ----------
    mentees : ndarray of int64, shape (n_mentees,)
    levels : tuple of tuples of ndarray of float32, shapes (n_codes, n_mentees or n_groups)
        Each table with the mentees' codes looked up, of the first with their prices taken off;
        then the largest of each group of neighbours, and of each group of such groups.
    largest : tuple of ndarray of float32, shape (n_codes,)
        The largest of all the mentees, if there are groups.
    """

    mentees: Ints
    levels: tuple[tuple[Singles, ...], ...]
    group_maxima: tuple[Singles, ...]


class ScoreUpperBound:
    """Upper bounds in millionths: exact but for products, which are rounded up.

    Scores, and prices in reach of them, are whole numbers below 2²⁴, and so are sums of tables
    over codes: exact in float32. A pair that the scheme forbids has a bound far below 0, or that
    of its score: whoever uses the bound asks for the exact score of what it lets through.

    Blocks have a row a *mentor*: a table's view for some mentees is then copied row by row as
    the mentors' codes say, at the speed of memory.

    Parameters
    ----------
    scores : PairScores
    largest_table : int
        Cells; what needs more is computed as a product, or pair by pair.

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
    forbidden : Relation
        Pairs that rules name and the tables do not know of.
    is_exact : bool
        Whether the tables hold the whole scheme: then the bound of a pair of people who are not
        barred and that is in neither list is its score, or below 0 where it is forbidden.
    tables : tuple of LookupTable
        At least one; the first tells most.
    is_tabled : bool
        Whether the bound of every pair is the sum of its values in the tables.
    rest : int
        What is not in the tables adds no more.
    """

    def __init__(self, scores: PairScores, largest_table: int) -> None:
        self._scores = scores
        self._cells = largest_table
        self._parts: list[ProductForm] = []
        self._opaque: list[int] = []
        self._loose: list[LookupTable] = []
        self._inexact: list[int] = []
        self._table_cache: list[Kernel] = []
        self._exceptions: list[Relation] = []
        self._forbidden: list[Relation] = []
        self._thins: dict[int, WithoutRarePairs] = {}  # by the `id` of a kernel of the scores
        self._coupled = False
        self.floor = 0
        self.barred = np.zeros(scores.shape[0], bool), np.zeros(scores.shape[1], bool)
        notes: list[str] = []
        tables, fewer = self._take_rules(notes)
        if self._is_coupled(notes):
            fewer = []
        else:
            tables += self._take_criteria(notes, fewer)
        for rule in fewer:
            part = product_form(rule.counts, [], (rule.least,)) if rule.missing else None
            self._parts += [] if part is None else [part]
        self.notes = tuple(notes)
        self.exceptions = _union_of_relations(self._exceptions)
        self.forbidden = _union_of_relations(self._forbidden)
        alike = [np.zeros(n, np.int64) for n in scores.shape]
        nothing = LookupTable(alike[0], alike[1], np.zeros((1, 1)))
        self.tables = tuple(
            replace(one, table=one.table.astype(np.float32, order="C"))
            for one in sum_tables([nothing, *tables], largest_table)
        )
        # The fraction of the last part may stay in the total: whole numbers are looked for.
        self._parts.sort(key=lambda part: (part.factor > 0, part.cap is None, part.totals is None))
        self.is_tabled = not (self._coupled or self._opaque or self._parts)
        self.is_exact = not (self._coupled or self._inexact or self._table_cache or self._is_vague)
        self.product_forms = sum(part.max_value for part in self._parts)
        if self._coupled or self._opaque:
            self.product_forms = MILLION + 2 * len(scores.criteria)

    # --- compiling -------------------------------------------------------------------------

    def _take_rules(self, notes: list[str]) -> tuple[list[LookupTable], list[FewerThan]]:
        """Return tables of penalties, and the rules that count something and are no table."""
        fewer, masks = [], []
        for name, rule, mask in zip(
            self._scores.rules, self._scores.rule_list, self._scores.masks, strict=True
        ):
            if mask is None:
                self.floor = max(self.floor, min_score_of(rule))
                continue
            form = self._as_table(mask)
            if form is None:
                self._table_cache.append(mask)
                if isinstance(mask, FewerThan):
                    fewer.append(self._without_rare_pairs(mask))
                else:
                    notes.append(f"{name}: has no fast form and is tried pair by pair")
            elif not form.table.any():
                self._forbidden += [_forbidden_pairs(mask, pairs) for pairs in form.exceptions]
            elif form.exceptions:
                self._exceptions += form.exceptions
                masks.append(form)
            else:
                whole = np.all(form.table, axis=1)[:, None], np.all(form.table, axis=0)[None, :]
                self.barred[0][whole[0][form.rows, 0]] = True
                self.barred[1][whole[1][0, form.columns]] = True
                masks.append(replace(form, table=form.table & ~whole[0] & ~whole[1]))
        share = min(PENALTY, 2 * PENALTY // max(len(masks), 1))
        # Of so many rules that one alone does not put every bound below 0.
        self._is_vague = share <= MILLION + len(self._scores.criteria)
        penalties = [replace(form, table=np.where(form.table, -share, 0)) for form in masks]
        return [form for form in penalties if form.table.any()], fewer

    def _is_coupled(self, notes: list[str]) -> bool:
        """Whether one criterion's missing data changes the weight of all the others."""
        for c, kernel in enumerate(self._scores.kernels):
            if self._scores.weighting.drops_missing(c) and self._may_miss(kernel):
                self._coupled = True
                notes.append(
                    f"{self._scores.criteria[c]}: `missing: ignore` changes the weight of all "
                    "criteria, so that all pairs are scored exactly"
                )
                return True
        return False

    def _take_criteria(self, notes: list[str], rules: list[FewerThan]) -> list[LookupTable]:
        """Return the tables of contributions."""
        weighing, tables = self._scores.weighting, []
        for c, kernel in enumerate(self._scores.kernels):
            form = self._as_table(kernel)
            if form is not None:
                tables.append(replace(form, table=weighing.term_if_nothing_missing(c, form.table)))
                self._exceptions += form.exceptions
                continue
            self._inexact.append(c)
            if isinstance(kernel, Proximity):
                form = binned_distance(kernel)
                self._loose.append(
                    replace(form, table=weighing.term_if_nothing_missing(c, form.table))
                )
                continue
            part = None
            kernel = self._without_rare_pairs(kernel)
            if isinstance(kernel, (Share, Jaccard)):
                part = _product_form(kernel, weighing.weight_factors(c), rules)
            if part is None or not isinstance(kernel, (Share, Jaccard)):
                self._opaque.append(c)
                notes.append(
                    f"{self._scores.criteria[c]}: has no fast form and is scored pair by pair"
                )
                continue
            self._parts.append(part)
            sides = kernel.counts.mentees, kernel.counts.mentors
            missing = [side.missing.astype(np.int64) for side in sides]
            filler = int(weighing.term_if_nothing_missing(c, np.array([np.nan]))[0])
            if filler and any(side.any() for side in missing):
                self._loose.append(
                    LookupTable(missing[0], missing[1], np.array([[0, filler], [filler, filler]]))
                )
        return [*tables, *self._loose]

    def _as_table(self, kernel: Kernel) -> LookupTable | None:
        thin, pairs = self._split_rare_pairs(kernel)
        form = lookup_table(thin, self._scores.shape, self._cells)
        if form is None:
            return None
        return replace(form, exceptions=(*form.exceptions, *pairs))

    def _without_rare_pairs(self, kernel: K) -> K:
        """Return a kernel without what few pairs share; these become exceptions."""
        thin, pairs = self._split_rare_pairs(kernel)
        self._exceptions += pairs
        assert isinstance(thin, type(kernel))
        return thin

    def _split_rare_pairs(self, kernel: Kernel) -> WithoutRarePairs:
        thin = self._thins.get(id(kernel))
        if thin is None:
            thin = self._thins[id(kernel)] = without_rare_pairs(kernel, self._cells)
        return thin

    def _may_miss(self, kernel: Kernel) -> bool:
        """Whether some pair's data may be missing."""
        if isinstance(kernel, (Share, Jaccard)):
            kernel = kernel.counts
        if isinstance(kernel, (Counts, MaxProduct)):
            return bool(kernel.mentees.missing.any() or kernel.mentors.missing.any())
        form = self._as_table(kernel)
        return form is None or bool(np.isnan(form.table).any())

    # --- pairs and blocks ------------------------------------------------------------------

    def exact_where_tight(self, mentees: Ints, mentors: Ints, bounds: Ints) -> Ints:
        """Return the scores of listed pairs, -1 where forbidden, by as little work as needed.

        What the tables hold exactly is not computed again: a score is the sum of the tables, with
        the criteria that are only bounded there in the place of their bounds.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of people who are not barred; no pairs of `exceptions` or `forbidden`.
        bounds : ndarray of int64, shape (n_pairs,)
            The bounds of the pairs, without prices.
        """
        if self._coupled or self._is_vague:
            return self._scores.scores_of_pairs(mentees, mentors)
        scores = bounds if self.is_tabled else self._from_tables(mentees, mentors)
        forbidden = scores < 0  # a penalty is larger than any score
        for form in self._loose:
            scores = scores - form.values_of_pairs(mentees, mentors)
        with np.errstate(over="ignore"):
            for c in self._inexact:
                values = values_of_pairs(self._scores.kernels[c], mentees, mentors)
                scores = scores + self._scores.weighting.term_if_nothing_missing(c, values)
            for mask in self._table_cache:
                forbidden |= values_of_pairs(mask, mentees, mentors)
        forbidden |= scores < self.floor
        return np.where(forbidden, FORBIDDEN, scores)

    def _from_tables(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the sums of the tables for listed pairs."""
        total = np.zeros(len(mentees), np.float32)
        for form in self.tables:
            total += form.values_of_pairs(mentees, mentors)
        return total.astype(np.int64)

    def mentor_codes(self, mentors: Ints) -> list[LookupTable]:
        """Return the tables with the codes of some mentors only, and those mentors alone.

        Parameters
        ----------
        mentors : ndarray of int64
            Positions.
        """
        facing = []
        for one in self.tables:
            codes, table = one.columns[mentors], one.table
            used = np.bincount(codes, minlength=table.shape[1]) > 0
            if not used.all():
                codes, table = (np.cumsum(used) - 1)[codes], table[:, used]
            facing.append(replace(one, columns=codes, table=table))
        return facing

    def strip(
        self,
        mentees: Ints,
        prices: Singles,
        tables: Sequence[LookupTable] | None = None,
        groups: Sequence[int] = (),
    ) -> MenteeStrip:
        """Return some mentees ready to be bounded.

        Parameters
        ----------
        mentees : ndarray of int64
            Positions.
        prices : ndarray of float32
            Theirs, whole numbers of which six million is the largest.
        tables : sequence of LookupTable, optional
            As `facing` gives them; by default those of all mentors.
        groups : sequence of int
            How many neighbours make a group, how many groups a larger one; the mentees fill them.
        """
        tables = self.tables if tables is None else tables
        levels: list[list[Singles]] = [[] for _ in (1, *groups)]
        largest = []
        for index, one in enumerate(tables):
            most = one.table[one.rows[mentees]]
            if not index:
                most -= prices[:, None]
            levels[0].append(np.ascontiguousarray(most.T))
            for level, size in zip(levels[1:], groups, strict=True):
                most = most.reshape(-1, size, most.shape[1]).max(axis=1)
                level.append(np.ascontiguousarray(most.T))
            if groups:
                largest.append(most.max(axis=0))
        return MenteeStrip(mentees, tuple(tuple(level) for level in levels), tuple(largest))

    def upper_bounds_into(
        self, work: Scratch, strip: MenteeStrip, mentors: Ints, codes: Sequence[Ints]
    ) -> Singles:
        """Return the bounds of a block less the mentees' prices, shape (n_mentors, n_mentees).

        Parameters
        ----------
        work : Work
            The answer is in it, until the next block.
        strip : MenteeStrip
        mentors : ndarray of int64
            Positions.
        codes : sequence of ndarray of int64
            Theirs in each table.
        """
        total = work.sum_of(strip.levels[0], codes)
        mentees = strip.mentees
        part = work.part[: total.size].reshape(total.shape)
        for c in self._opaque:
            with np.errstate(over="ignore"):
                values = self._scores.kernels[c].block(mentees, mentors)
            total += self._scores.weighting.term_if_nothing_missing(c, values).T
        if self._coupled:
            total += self._scores.terms_of_block(mentees, mentors).score.T
        for index, form in enumerate(self._parts):
            self._add_product(form, part, mentees, mentors)
            if index < len(self._parts) - 1:
                np.floor(part, out=part)
            total += part
        return total

    def _add_product(self, form: ProductForm, part: Singles, mentees: Ints, mentors: Ints) -> None:
        """Put the contributions of a product into `part`."""
        _multiply_rows(form.columns[mentors], form.rows[mentees], part)
        most = 0.0 if not form.factor else form.cap
        lines = []
        with np.errstate(over="ignore"):  # far above a line is far above it
            for slope, constant in form.linear_terms:
                line = part * np.float32(slope)
                line += np.float32(constant)
                lines.append(line)
        if form.totals is not None:
            either = np.add.outer(form.totals[1][mentors], form.totals[0][mentees])
            either -= part
            part /= either
            part *= np.float32(form.factor)
            part += np.float32(form.bias)
        if most is not None:
            np.minimum(part, np.full(len(mentees), most, np.float32), out=part)
        for line in lines:
            np.minimum(part, line, out=part)


def _multiply_rows(left: Singles, right: Singles, out: Singles) -> None:
    """Put the products of rows into `out`, in pieces too small for threads of the BLAS library.

    They would wait for each other, and for the threads of the sweep.
    """
    n, k = left.shape
    if not k:
        out.fill(0)
        return
    step = max(1, _MAX_UNTHREADED_MULTIPLICATIONS // max(1, k * len(right)))
    whole = n // step * step
    pieces = left[:whole].reshape(-1, step, k), out[:whole].reshape(-1, step, len(right))
    np.matmul(pieces[0], right.T, out=pieces[1])
    np.matmul(left[whole:], right.T, out=out[whole:])


def _forbidden_pairs(mask: Kernel, pairs: Relation) -> Relation:
    """Return those of listed pairs that a rule forbids."""
    with np.errstate(over="ignore"):
        broken = np.asarray(values_of_pairs(mask, pairs.mentees, pairs.mentors), dtype=bool)
    return Relation(pairs.mentees[broken], pairs.mentors[broken])


def _union_of_relations(relations: list[Relation]) -> Relation:
    return relation_from_keys([(one.mentees << 32) + one.mentors for one in relations])


def _product_form(
    kernel: Share | Jaccard, factors: list[float], rules: list[FewerThan]
) -> ProductForm | None:
    """Return a criterion's form; rules on the same counts go with it."""
    if isinstance(kernel, Share) and len(kernel.needs) and np.ptp(kernel.needs) == 0:
        same = [rule for rule in rules if rule.missing and _has_same_counts(rule, kernel)]
        part = product_form(kernel, factors, tuple(rule.least for rule in same))
        if part is not None:
            rules[:] = [rule for rule in rules if not any(rule is one for one in same)]
            return part
    return product_form(kernel, factors)


def _has_same_counts(rule: FewerThan, kernel: Share) -> bool:
    sides = zip(
        (rule.counts.mentees, rule.counts.mentors),
        (kernel.counts.mentees, kernel.counts.mentors),
        strict=True,
    )
    return all(
        not isinstance(one.features, SparseRows)
        and not isinstance(other.features, SparseRows)
        and np.array_equal(one.features, other.features)
        and np.array_equal(one.profile_codes, other.profile_codes)
        and np.array_equal(one.missing, other.missing)
        for one, other in sides
    )
