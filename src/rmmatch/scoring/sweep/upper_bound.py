"""An upper bound on the score of every pair, compiled from a scheme for speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from rmmatch.scoring.sweep.buffers import MenteeStrip, Scratch, multiply_rows
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
    relation_keys,
    without_rare_pairs,
)

__all__ = ["ScoreUpperBound"]

K = TypeVar("K", bound=Kernel)


class ScoreUpperBound:
    """Upper bounds on scores in millionths: exact but for products, which are rounded up.

    Invariant I4: the bound of every pair is at least its score, and equal to it where `is_exact`;
    so a pair that is passed over by its bound cannot be worth more than the prices.

    Scores, and prices in reach of them, are whole numbers below 2²⁴, and so are sums of tables
    over codes: exact in float32. A pair that the scheme forbids has a bound far below 0, or that
    of its score: whoever uses the bound asks for the exact score of what it lets through.

    Blocks have a row a *mentor*: a table's view for some mentees is then copied row by row as
    the mentors' codes say, at the speed of memory.

    Parameters
    ----------
    scores : PairScores
    largest_table : int
        Cells of a table over codes; what needs more is computed as a product, or pair by pair.

    Attributes
    ----------
    notes : tuple of str
        What has no fast form, and what that costs.
    floor : int
        No acceptable score is lower, in millionths.
    barred : (ndarray of bool, ndarray of bool)
        Mentees, mentors of whom the rules allow no pair, in cohort order.
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
    max_beyond_tables : int
        The most, in millionths, that anything not in the tables adds to a bound.
    """

    def __init__(self, scores: PairScores, largest_table: int) -> None:
        self._scores = scores
        self._cells = largest_table
        self._product_forms: list[ProductForm] = []
        self._opaque_criteria: list[int] = []
        self._bounding_tables: list[LookupTable] = []
        self._inexact_criteria: list[int] = []
        self._masks_without_table: list[Kernel] = []
        self._exceptions: list[Relation] = []
        self._forbidden: list[Relation] = []
        self._split_kernels: dict[
            int, WithoutRarePairs
        ] = {}  # by the `id` of a kernel of the scores
        self._coupled = False
        self.floor = 0
        self.barred = np.zeros(scores.shape[0], bool), np.zeros(scores.shape[1], bool)
        notes: list[str] = []
        tables, counting_rules = self._take_rules(notes)
        if self._find_coupled(notes):
            counting_rules = []
        else:
            tables += self._take_criteria(notes, counting_rules)
        for rule in counting_rules:
            form = product_form(rule.counts, [], (rule.least,)) if rule.missing else None
            self._product_forms += [] if form is None else [form]
        self.notes = tuple(notes)
        self.exceptions = _union_of_relations(self._exceptions)
        self.forbidden = _union_of_relations(self._forbidden)
        zeros = [np.zeros(n, np.int64) for n in scores.shape]
        empty = LookupTable(zeros[0], zeros[1], np.zeros((1, 1)))
        self.tables = tuple(
            replace(form, table=form.table.astype(np.float32, order="C"))
            for form in sum_tables([empty, *tables], largest_table)
        )
        # The fraction of the last product may stay in the total: whole numbers are looked for.
        self._product_forms.sort(
            key=lambda form: (form.factor > 0, form.cap is None, form.totals is None)
        )
        self.is_tabled = not (self._coupled or self._opaque_criteria or self._product_forms)
        self.is_exact = not (
            self._coupled or self._inexact_criteria or self._masks_without_table or self._is_vague
        )
        self.max_beyond_tables = sum(form.max_value for form in self._product_forms)
        if self._coupled or self._opaque_criteria:
            self.max_beyond_tables = MILLION + 2 * len(scores.criteria)

    # --- compiling -------------------------------------------------------------------------

    def _take_rules(self, notes: list[str]) -> tuple[list[LookupTable], list[FewerThan]]:
        """Return tables of penalties, and the rules that count something and are no table.

        Takes the floor, the barred people and the forbidden pairs as well.
        """
        counting_rules, masks = [], []
        for name, rule, mask in zip(
            self._scores.rules, self._scores.rule_list, self._scores.masks, strict=True
        ):
            if mask is None:
                self.floor = max(self.floor, min_score_of(rule))
                continue
            form = self._as_table(mask)
            if form is None:
                self._masks_without_table.append(mask)
                if isinstance(mask, FewerThan):
                    counting_rules.append(self._without_rare_pairs(mask))
                else:
                    notes.append(f"{name}: has no fast form and is tried pair by pair")
            elif not form.table.any():
                self._forbidden += [_forbidden_pairs(mask, pairs) for pairs in form.exceptions]
            elif form.exceptions:
                self._exceptions += form.exceptions
                masks.append(form)
            else:
                barred_codes = np.all(form.table, axis=1), np.all(form.table, axis=0)
                self.barred[0][barred_codes[0][form.rows]] = True
                self.barred[1][barred_codes[1][form.columns]] = True
                left_over = form.table & ~barred_codes[0][:, None] & ~barred_codes[1]
                masks.append(replace(form, table=left_over))
        share = min(PENALTY, 2 * PENALTY // max(len(masks), 1))
        # There are so many rules that the penalty of one does not put every bound below 0.
        self._is_vague = share <= MILLION + len(self._scores.criteria)
        penalties = [replace(form, table=np.where(form.table, -share, 0)) for form in masks]
        return [form for form in penalties if form.table.any()], counting_rules

    def _find_coupled(self, notes: list[str]) -> bool:
        """Tell whether missing data of one criterion changes the weight of all other criteria."""
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
        """Return the tables of contributions; of `rules` those go that a product takes in."""
        weighting, tables = self._scores.weighting, []
        for c, kernel in enumerate(self._scores.kernels):
            form = self._as_table(kernel)
            if form is not None:
                tables.append(replace(form, table=weighting.term_if_nothing_missing(c, form.table)))
                self._exceptions += form.exceptions
                continue
            self._inexact_criteria.append(c)
            if isinstance(kernel, Proximity):
                form = binned_distance(kernel)
                self._bounding_tables.append(
                    replace(form, table=weighting.term_if_nothing_missing(c, form.table))
                )
                continue
            product = None
            kernel = self._without_rare_pairs(kernel)
            if isinstance(kernel, (Share, Jaccard)):
                product = _product_form(kernel, weighting.weight_factors(c), rules)
            if product is None or not isinstance(kernel, (Share, Jaccard)):
                self._opaque_criteria.append(c)
                notes.append(
                    f"{self._scores.criteria[c]}: has no fast form and is scored pair by pair"
                )
                continue
            self._product_forms.append(product)
            sides = kernel.counts.mentees, kernel.counts.mentors
            is_missing = [side.missing.astype(np.int64) for side in sides]
            filler = int(weighting.term_if_nothing_missing(c, np.array([np.nan]))[0])
            if filler and any(side.any() for side in is_missing):
                self._bounding_tables.append(
                    LookupTable(
                        is_missing[0], is_missing[1], np.array([[0, filler], [filler, filler]])
                    )
                )
        return [*tables, *self._bounding_tables]

    def _as_table(self, kernel: Kernel) -> LookupTable | None:
        common, pairs = self._split_rare_pairs(kernel)
        form = lookup_table(common, self._scores.shape, self._cells)
        if form is None:
            return None
        return replace(form, exceptions=(*form.exceptions, *pairs))

    def _without_rare_pairs(self, kernel: K) -> K:
        """Return a kernel without the features that few pairs share; these become exceptions."""
        common, pairs = self._split_rare_pairs(kernel)
        self._exceptions += pairs
        assert isinstance(common, type(kernel))
        return common

    def _split_rare_pairs(self, kernel: Kernel) -> WithoutRarePairs:
        split = self._split_kernels.get(id(kernel))
        if split is None:
            split = self._split_kernels[id(kernel)] = without_rare_pairs(kernel, self._cells)
        return split

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
            Positions, in cohort order, of people who are not barred; no pairs of `exceptions` or
            `forbidden`.
        bounds : ndarray of int64, shape (n_pairs,)
            The bounds of the pairs in millionths, without prices.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Millionths.
        """
        if self._coupled or self._is_vague:
            return self._scores.scores_of_pairs(mentees, mentors)
        scores = bounds if self.is_tabled else self._from_tables(mentees, mentors)
        forbidden = scores < 0  # a penalty is larger than any score
        for form in self._bounding_tables:
            scores = scores - form.values_of_pairs(mentees, mentors)
        with np.errstate(over="ignore"):
            for c in self._inexact_criteria:
                values = values_of_pairs(self._scores.kernels[c], mentees, mentors)
                scores = scores + self._scores.weighting.term_if_nothing_missing(c, values)
            for mask in self._masks_without_table:
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
        mentors : ndarray of int64, shape (n_chosen,)
            Positions, in cohort order.

        Returns
        -------
        list of LookupTable
            Whose `columns` have a code for each of `mentors`, in their order.
        """
        narrowed = []
        for form in self.tables:
            codes, table = form.columns[mentors], form.table
            used = np.bincount(codes, minlength=table.shape[1]) > 0
            if not used.all():
                codes, table = (np.cumsum(used) - 1)[codes], table[:, used]
            narrowed.append(replace(form, columns=codes, table=table))
        return narrowed

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
        mentees : ndarray of int64, shape (n_mentees,)
            Positions, in cohort order.
        prices : ndarray of float32, shape (n_mentees,)
            Of the mentees in millionths, whole numbers of at most six million.
        tables : sequence of LookupTable, optional
            As `mentor_codes` gives them; by default those of all mentors.
        groups : sequence of int
            How many neighbours make a group, how many groups a larger one; the mentees fill them.
        """
        tables = self.tables if tables is None else tables
        levels: list[list[Singles]] = [[] for _ in (1, *groups)]
        group_maxima = []
        for index, form in enumerate(tables):
            values = form.table[form.rows[mentees]]
            if not index:
                values -= prices[:, None]
            levels[0].append(np.ascontiguousarray(values.T))
            for level, size in zip(levels[1:], groups, strict=True):
                values = values.reshape(-1, size, values.shape[1]).max(axis=1)
                level.append(np.ascontiguousarray(values.T))
            if groups:
                group_maxima.append(values.max(axis=0))
        return MenteeStrip(mentees, tuple(tuple(level) for level in levels), tuple(group_maxima))

    def upper_bounds_into(
        self, work: Scratch, strip: MenteeStrip, mentors: Ints, codes: Sequence[Ints]
    ) -> Singles:
        """Return the bounds of a block less the mentees' prices.

        Parameters
        ----------
        work : Scratch
            The answer is in it, until the next block.
        strip : MenteeStrip
        mentors : ndarray of int64, shape (n_mentors,)
            Positions, in cohort order.
        codes : sequence of ndarray of int64, shape (n_mentors,)
            Of the mentors in each table.

        Returns
        -------
        ndarray of float32, shape (n_mentors, n_mentees)
            Millionths; the fraction of a product may be in it, which does not count.
        """
        total = work.sum_of(strip.levels[0], codes)
        mentees = strip.mentees
        term = work.term[: total.size].reshape(total.shape)
        for c in self._opaque_criteria:
            with np.errstate(over="ignore"):
                values = self._scores.kernels[c].block(mentees, mentors)
            total += self._scores.weighting.term_if_nothing_missing(c, values).T
        if self._coupled:
            total += self._scores.terms_of_block(mentees, mentors).score.T
        for index, form in enumerate(self._product_forms):
            self._add_product(form, term, mentees, mentors)
            if index < len(self._product_forms) - 1:
                np.floor(term, out=term)
            total += term
        return total

    def _add_product(self, form: ProductForm, term: Singles, mentees: Ints, mentors: Ints) -> None:
        """Put the contributions of a product into `term`, shape (n_mentors, n_mentees)."""
        multiply_rows(form.columns[mentors], form.rows[mentees], term)
        cap = 0.0 if not form.factor else form.cap
        lines = []
        with np.errstate(over="ignore"):  # far above a line is far above it
            for slope, constant in form.linear_terms:
                line = term * np.float32(slope)
                line += np.float32(constant)
                lines.append(line)
        if form.totals is not None:
            either = np.add.outer(form.totals[1][mentors], form.totals[0][mentees])
            either -= term
            term /= either
            term *= np.float32(form.factor)
            term += np.float32(form.bias)
        if cap is not None:
            np.minimum(term, np.full(len(mentees), cap, np.float32), out=term)
        for line in lines:
            np.minimum(term, line, out=term)


def _forbidden_pairs(mask: Kernel, pairs: Relation) -> Relation:
    """Return those of listed pairs that a rule forbids."""
    with np.errstate(over="ignore"):
        broken = np.asarray(values_of_pairs(mask, pairs.mentees, pairs.mentors), dtype=bool)
    return Relation(pairs.mentees[broken], pairs.mentors[broken])


def _union_of_relations(relations: list[Relation]) -> Relation:
    return relation_from_keys([relation_keys(relation) for relation in relations])


def _product_form(
    kernel: Share | Jaccard, factors: list[float], rules: list[FewerThan]
) -> ProductForm | None:
    """Return a criterion's form; rules on the same counts go into it, and out of `rules`."""
    if isinstance(kernel, Share) and len(kernel.needs) and np.ptp(kernel.needs) == 0:
        same = [rule for rule in rules if rule.missing and _has_same_counts(rule, kernel)]
        form = product_form(kernel, factors, tuple(rule.least for rule in same))
        if form is not None:
            rules[:] = [rule for rule in rules if not any(rule is merged for merged in same)]
            return form
    return product_form(kernel, factors)


def _has_same_counts(rule: FewerThan, kernel: Share) -> bool:
    sides = zip(
        (rule.counts.mentees, rule.counts.mentors),
        (kernel.counts.mentees, kernel.counts.mentors),
        strict=True,
    )
    return all(
        not isinstance(of_rule.features, SparseRows)
        and not isinstance(of_kernel.features, SparseRows)
        and np.array_equal(of_rule.features, of_kernel.features)
        and np.array_equal(of_rule.profile_codes, of_kernel.profile_codes)
        and np.array_equal(of_rule.missing, of_kernel.missing)
        for of_rule, of_kernel in sides
    )
