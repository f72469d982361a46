r"""The checker's own dismissal: pairs that cannot add to a bound, whatever their score is.

**Theorem.** Let :math:`W` be the weighing, which turns one number in [0, 1] (or NaN: missing) a
criterion into a score in whole millionths. Let a pair have the numbers :math:`s_c`, and let
:math:`r_c` be NaN where :math:`s_c` is, as far as the criterion's missing data is ignored, and at
least :math:`s_c` elsewhere (where missing data is not ignored but counts one half or nothing,
:math:`r_c = 1` is enough for any :math:`s_c`). Then the pair scores at most :math:`W(r)`; so if
:math:`W(r) < u + v`, it is not worth its prices.

*Proof.* Which weights count depends on which numbers are NaN, and that is the same for both. A
contribution is then ``rint(constant · number)`` with a constant of at least 0. A product of floats
and a rounding to whole numbers never fall where the number rises; so no contribution of the pair is
larger than that of :math:`r`, and nor is their sum, which is of whole numbers. ∎

So nothing is assumed of how a score is rounded, and no second formula is written for it: the
ceiling of a pair is the score, by the definition itself, of the best that the pair could be.

People are put into groups, by code (`rmmatch.checking.code_tables`), of whom a criterion knows the
exact :math:`s_c` of any two; what the groups do not tell is counted as met in full. The ceilings
of two groups are one number, and the people of a group stand in the order of their prices: most
pairs are dismissed by counting. Of those that are left one criterion after the other is looked
up, exactly, in blocks, the rest still being counted as met in full. What then is left is scored.

With the solvers this shares the score and its kernels, which are its definition, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.checking.code_tables import CodeTable, code_table, joint_codes, missing_by_person
from rmmatch.cohort import Relation
from rmmatch.numeric import Bools, Ints
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import Counts, Kernel, SparsePairs
from rmmatch.scoring import PairScores
from rmmatch.scoring.pair_scores import FORBIDDEN, min_score_of

__all__ = ["Dismissal"]


_NO_BOUND = 2**62  # millionths, above every score; exactness
_MAX_TABLE_CELLS = 1 << 18  # cells of a table over codes; speed only
_MIN_GROUPS = 256  # groups of a side, never too many; speed only
_PEOPLE_PER_GROUP = 256  # at least on average, nearly alike by price; speed only
_MAX_GROUP_PAIRS = 1 << 23  # ceilings of two groups in all; memory and speed only
# one pair of so many left: scoring them is quicker than looking up a criterion; speed only
_SPARSE_RATIO = 16
_PAIRS_PER_PRODUCT = 1 << 13  # pairs whose products are computed at once; speed only
_N_TRIAL_PEOPLE = 64  # people a side by whom criteria are put into order; speed only


@dataclass(frozen=True)
class _GroupTable:
    """A table over codes, by groups.

    Attributes
    ----------
    mentees, mentors : ndarray of int64, shapes (n_mentee_groups,), (n_mentor_groups,)
        Codes.
    values : ndarray of float64 or bool, shape (n_mentee_codes, n_mentor_codes)
    """

    mentees: Ints
    mentors: Ints
    values: NDArray[Any]

    def row_of_group(self, group: int) -> NDArray[Any]:
        """Return the value of a group of mentees with each group of mentors."""
        row: NDArray[Any] = self.values[self.mentees[group], self.mentors]
        return row


class Dismissal:
    """Ceilings of what pairs can score, for the groups and for blocks of pairs.

    Parameters
    ----------
    scores : PairScores

    Attributes
    ----------
    mentee_groups, mentor_groups : ndarray of int64, shapes (n_mentees,), (n_mentors,)
        The group of each person.
    n_groups : (int, int)
        How many there are of each side.
    exceptions : tuple of Relation
        Pairs of which no ceiling is known: they must be scored.
    is_open : bool
        Whether scores have ceilings at all. They have none where missing data is ignored and
        nobody knows, short of scoring a pair, whether it is missing, or too many groups would have
        to be told apart by it; then rules alone dismiss.
    """

    def __init__(self, scores: PairScores) -> None:
        self._scores = scores
        self._criteria = scores.scheme.criteria
        floors = [min_score_of(rule) for rule in scores.rule_list if rule.score_floor is not None]
        self._floor = max(floors, default=0)
        self.is_open = True
        exceptions: list[Relation] = []
        forms = [self._form(c, kernel) for c, kernel in enumerate(scores.kernels)]
        rules = [mask for mask in scores.masks if mask is not None]
        masks = [form for mask in rules if (form := self._mask(mask)) is not None]
        for form in (*forms, *masks):
            exceptions += form.sparse_pairs
        self.exceptions = tuple(exceptions)
        best = [self._as_if_nothing_missing(c, form) for c, form in enumerate(forms)]
        used = self._group(forms, masks, best)
        tops = [form if form in used else full for form, full in zip(forms, best, strict=True)]
        self._tops = [self._lookup(form) for form in tops]
        self._broken = [self._lookup(form) for form in masks if form in used]
        inexact = [c for c, form in enumerate(tops) if not form.is_exact]
        self._distance_kernel = self._by_information(inexact) if self.is_open else []

    # --- groups ----------------------------------------------------------------------------

    def _form(self, criterion: int, kernel: Kernel) -> CodeTable:
        """Return what codes tell of a criterion."""
        form = code_table(kernel, self._scores.shape, _MAX_TABLE_CELLS) or missing_by_person(kernel)
        if form is None:
            self.is_open &= self._criteria[criterion].missing != "ignore"
            alike = [np.zeros(count, dtype=np.int64) for count in self._scores.shape]
            return CodeTable(alike[0], alike[1], np.ones((1, 1)), is_exact=False)
        return form

    def _as_if_nothing_missing(self, criterion: int, form: CodeTable) -> CodeTable:
        """Return a criterion as met in full, but for missing data that changes all weights."""
        is_ignored = self._criteria[criterion].missing == "ignore"
        values = np.where(np.isnan(form.values) & is_ignored, np.nan, 1.0)
        return replace(form, values=values, is_exact=False, sparse_pairs=())

    def _mask(self, mask: Kernel) -> CodeTable | None:
        """Return what codes tell of a rule: where it is True the rule forbids the pair."""
        form = code_table(mask, self._scores.shape, _MAX_TABLE_CELLS)
        if form is None or not form.is_exact:
            return None
        if isinstance(mask, SparsePairs) and np.all(mask.values):
            # To take a pair that the rule forbids by name as allowed dismisses nothing wrongly.
            return CodeTable(form.mentees, form.mentors, form.values)
        return form

    def _group(
        self, forms: list[CodeTable], masks: list[CodeTable], best: list[CodeTable]
    ) -> list[CodeTable]:
        """Put people into groups by the forms that tell most; return those it went by."""
        shape = self._scores.shape
        limits = [max(_MIN_GROUPS, count // _PEOPLE_PER_GROUP) for count in shape]
        gains = {
            id(form): self._criteria[c].weight * (1.0 - _mean(form, missing=0.5))
            for c, form in enumerate(forms)
        }
        everything = sum(criterion.weight for criterion in self._criteria) or 1.0
        gains |= {id(form): everything * _mean(form, missing=0.0) for form in masks}
        used: list[CodeTable] = []
        groups = [np.zeros(count, dtype=np.int64) for count in shape]
        # Which data is missing must be known of any two groups where that changes all weights.
        for full in best:
            if np.isnan(full.values).any():
                for side, codes in enumerate(_missing_codes(full)):
                    groups[side], _ = joint_codes([groups[side], codes])
        if (1 + groups[0].max(initial=0)) * (1 + groups[1].max(initial=0)) > _MAX_GROUP_PAIRS:
            self.is_open = False
            groups = [np.zeros(count, dtype=np.int64) for count in shape]
        for form in sorted((*forms, *masks), key=lambda form: -gains[id(form)]):
            sides = zip(groups, (form.mentees, form.mentors), strict=True)
            more, counts = zip(
                *((codes, len(first)) for codes, first in map(joint_codes, map(list, sides))),
                strict=True,
            )
            is_small = counts[0] <= limits[0] and counts[1] <= limits[1]
            if (is_small and counts[0] * counts[1] <= _MAX_GROUP_PAIRS) or form.values.size == 1:
                groups, used = list(more), [*used, form]
        (
            (self.mentee_groups, self._mentee_representatives),
            (self.mentor_groups, self._mentor_representatives),
        ) = (joint_codes([codes]) for codes in groups)
        self.n_groups = len(self._mentee_representatives), len(self._mentor_representatives)
        return used

    def _lookup(self, form: CodeTable) -> _GroupTable:
        return _GroupTable(
            form.mentees[self._mentee_representatives],
            form.mentors[self._mentor_representatives],
            form.values,
        )

    def _by_information(self, criteria: list[int]) -> list[int]:
        """Return criteria in the order of how much is known once they are looked up."""
        random = np.random.default_rng(0)
        people = [
            np.sort(random.integers(0, count, _N_TRIAL_PEOPLE)) for count in self._scores.shape
        ]

        def gain(criterion: int) -> float:
            with np.errstate(over="ignore"):
                values = self._scores.kernels[criterion].block(*people)
            mean = float(np.where(np.isnan(values), 0.5, values).mean())
            return float(self._criteria[criterion].weight) * (1.0 - mean)

        return sorted(criteria, key=gain, reverse=True)

    # --- ceilings --------------------------------------------------------------------------

    def ceilings(self, group: int) -> Ints:
        """Return what no pair of a group of mentees with each group of mentors scores above.

        Parameters
        ----------
        group : int
            Of mentees.

        Returns
        -------
        ndarray of int64, shape (n_mentor_groups,)
            Millionths; -1 where every such pair is forbidden. Not for `exceptions`.
        """
        shape = (self.n_groups[1],)
        if self.is_open:
            ceilings = self._scores.weighting.terms(self._best_terms(group), shape).score
            ceilings[ceilings < self._floor] = FORBIDDEN
        else:
            ceilings = np.full(shape, _NO_BOUND)
        for mask in self._broken:
            ceilings[mask.row_of_group(group).astype(bool)] = FORBIDDEN
        return ceilings

    def _best_terms(self, group: int) -> list[NDArray[np.float64]]:
        """Return the best that pairs of two groups can be, criterion by criterion."""
        return [top.row_of_group(group).astype(np.float64) for top in self._tops]

    def ceilings_of_block(
        self, group: int, mentees: Ints, mentors: Ints, ceilings: Ints, prices: Ints, least: Ints
    ) -> tuple[Ints, Bools]:
        """Return what the pairs of a block score at most, and which may be worth their prices.

        Parameters
        ----------
        group : int
            The one of all these mentees.
        mentees, mentors : ndarray of int64
            Positions.
        ceilings : ndarray of int64, shape (n_mentors,)
            Of these mentors' groups.
        prices : ndarray of int64, shape (n_mentees,)
        least : ndarray of int64, shape (n_mentors,)
            A pair counts where its score less the mentee's price is at least this.

        Returns
        -------
        ndarray of int64, shape (n_mentees, n_mentors)
            Millionths.
        ndarray of bool, shape (n_mentees, n_mentors)
            Where this is False the pair does not count.
        """
        shape = len(mentees), len(mentors)
        needed = prices[:, None] + least
        bounds = np.broadcast_to(ceilings, shape)
        may_count: Bools = bounds >= needed
        columns = self.mentor_groups[mentors]
        best = [numbers[None, columns] for numbers in self._best_terms(group)]
        for criterion in self._distance_kernel:
            # where every acceptable pair counts no score is too low
            if _SPARSE_RATIO * np.count_nonzero(may_count) < may_count.size or needed.max() <= 0:
                break
            kernel = self._scores.kernels[criterion]
            best[criterion] = _values_by_pieces(kernel, mentees, mentors)
            bounds = self._scores.weighting.terms(best, shape).score
            may_count = bounds >= needed
        return bounds, may_count


def _values_by_pieces(kernel: Kernel, mentees: Ints, mentors: Ints) -> NDArray[np.float64]:
    """Return the values of a block, from products too small for threads of the BLAS library.

    These would wait for each other, and for the threads of the checker.
    """
    counts = getattr(kernel, "counts", None)
    is_product = isinstance(counts, Counts) and not isinstance(counts.mentees.features, SparseRows)
    height = max(1, _PAIRS_PER_PRODUCT // max(1, len(mentors))) if is_product else len(mentees)
    starts = range(0, len(mentees), height)
    with np.errstate(over="ignore"):
        return np.concatenate(
            [kernel.block(mentees[start : start + height], mentors) for start in starts]
        )


def _mean(form: CodeTable, *, missing: float) -> float:
    """Return the mean over all pairs of people; missing data counts as given."""
    shares = [
        np.bincount(codes, minlength=count) / max(len(codes), 1)
        for codes, count in zip((form.mentees, form.mentors), form.values.shape, strict=True)
    ]
    values = np.where(np.isnan(form.values), missing, form.values)
    return float(shares[0] @ values @ shares[1])


def _missing_codes(full: CodeTable) -> Iterator[Ints]:
    """Yield codes of mentees and of mentors by which missing data can be told."""
    gaps = np.isnan(full.values)
    for lines, codes in ((gaps, full.mentees), (gaps.T, full.mentors)):
        _, kinds = np.unique(lines, axis=0, return_inverse=True)
        yield kinds.reshape(-1)[codes]
