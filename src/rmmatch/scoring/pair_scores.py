"""`PairScores`: the score of one pair, a block of pairs or all of them, always the same integer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Relation, Role, people_error
from rmmatch.errors import Problem, SchemeError
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.pairwise.kernels import EitherFlagged, values_of_pairs
from rmmatch.rules import MustHave, Rule, always_in_force
from rmmatch.scheme import Scheme
from rmmatch.scoring.pins import pin_problems, stated_pins
from rmmatch.scoring.terms import PairScore, ScoreTerms
from rmmatch.scoring.weighing import Weighting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PairScore", "PairScores"]

FORBIDDEN = -1  # in the place of a score, which is never below 0; exactness
_BLOCK_CELLS = 1 << 18  # pairs evaluated at once, some megabytes a criterion; speed only
_PEOPLE_PER_BLOCK = 64  # people whose partners are looked at together; speed only


class PairScores:
    """What every pair of a cohort is worth under a scheme.

    Invariant I1: a score is an int64 in millionths, -1 for a forbidden pair, and the same number
    in a block, in a list of pairs, in the whole matrix and alone.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme

    Attributes
    ----------
    mentees, mentors : tuple of str
        Ids: the rows and columns of every array, in the order of the cohort.
    criteria : tuple of str
        Names of the criteria, as the columns of contributions are called.
    rules : tuple of str
        What each rule is about, in the order they are tried; those that always hold come first.

    Raises
    ------
    SchemeError
        The cohort lacks something the scheme needs; every such thing is listed.
    """

    def __init__(self, cohort: Cohort, scheme: Scheme) -> None:
        if not isinstance(cohort, Cohort) or not isinstance(scheme, Scheme):
            types = f"{type(cohort).__name__}, {type(scheme).__name__}"
            raise TypeError(f"expected a Cohort and a Scheme, in this order, not {types}")
        self.cohort = cohort = scheme.readable(cohort)
        self.scheme = scheme.in_ids_of(cohort).inlined()
        problems = self.scheme.problems(cohort)
        if problems:
            raise SchemeError(problems)
        self.setting = scheme.setting
        self.mentees = cohort.mentees.ids
        self.mentors = cohort.mentors.ids
        self.criteria = scheme.criterion_labels()
        self.kernels = [c.prepare(cohort, self.setting) for c in self.scheme.criteria]
        self.weighting = Weighting(self.scheme.criteria)
        implied = always_in_force()
        musts = [
            MustHave(type="must_have", label=name, criterion=criterion, kernel=kernel)
            for name, criterion, kernel in zip(
                self.criteria, self.scheme.criteria, self.kernels, strict=True
            )
            if criterion.must_have
        ]
        self.rule_list = (*implied, *self.scheme.rules, *musts)
        self.rules = (
            *(
                "a rule that always holds"
                if rule.reads_sensitive(self.setting)
                else rule.describe()
                for rule in implied
            ),
            *(scheme.public_description(rule, index) for index, rule in enumerate(scheme.rules)),
            *(rule.describe() for rule in musts),
        )
        self.masks = [
            None if rule.score_floor is not None else rule.prepare(cohort, self.setting)
            for rule in self.rule_list
        ]

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_mentees, n_mentors)``."""
        return len(self.mentees), len(self.mentors)

    @property
    def has_two_views(self) -> bool:
        """Whether the two sides may see a pair differently."""
        return self.weighting.has_two_views

    # --- blocks ----------------------------------------------------------------------------

    def terms_of_block(self, rows: Ints, columns: Ints) -> ScoreTerms:
        """Return contributions and views of a block, forbidden pairs included.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.
        """
        return self.weighting.terms(self.criterion_scores(rows, columns), (len(rows), len(columns)))

    def criterion_scores(self, rows: Ints, columns: Ints) -> list[NDArray[np.float64]]:
        """Return the scores of a block by each criterion, before they are weighed.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.

        Returns
        -------
        list of ndarray of float64, shape (len(rows), len(columns))
            In [0, 1], NaN where data is missing, in the order of `criteria`.
        """
        # A quantity beyond the largest float is infinite, and so scores as it should.
        with np.errstate(over="ignore"):
            return [kernel.block(rows, columns) for kernel in self.kernels]

    def block(self, rows: Ints, columns: Ints) -> Ints:
        """Return the scores of a block.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.

        Returns
        -------
        ndarray of int64, shape (len(rows), len(columns))
            Millionths, -1 where forbidden.
        """
        scores = self.terms_of_block(rows, columns).score
        scores[self.forbidden_by(rows, columns, scores) >= 0] = FORBIDDEN
        return scores

    def views(self, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
        """Return the scores of a block as the mentees and as the mentors see them.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.

        Returns
        -------
        mentee, mentor : ndarray of int64, shape (len(rows), len(columns))
            Millionths, -1 where forbidden.
        """
        terms = self.terms_of_block(rows, columns)
        forbidden = self.forbidden_by(rows, columns, terms.score) >= 0
        return (
            np.where(forbidden, FORBIDDEN, terms.mentee),
            np.where(forbidden, FORBIDDEN, terms.mentor),
        )

    def forbidden_by(self, rows: Ints, columns: Ints, scores: Ints | None = None) -> Ints:
        """Return which rule forbids each pair of a block: of several, the first in `rules`.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and of mentors, in cohort order.
        scores : ndarray of int64, optional
            The block's scores in millionths, where they are already known.

        Returns
        -------
        ndarray of int64, shape (len(rows), len(columns))
            Position in `rules`, -1 where the pair is acceptable.
        """
        first_rule = np.full((len(rows), len(columns)), -1, dtype=np.int64)
        for index, broken in enumerate(self._broken_rules(rows, columns, scores, listed=False)):
            first_rule[broken & (first_rule < 0)] = index
        return first_rule

    def _broken_rules(
        self, rows: Ints, columns: Ints, scores: Ints | None, *, listed: bool
    ) -> Iterator[Bools]:
        """Yield for each rule which pairs of a block, or of listed pairs, it forbids."""
        for rule, mask in zip(self.rule_list, self.masks, strict=True):
            if mask is not None:
                with np.errstate(over="ignore"):
                    if listed:
                        broken: Bools = values_of_pairs(mask, rows, columns)
                    else:
                        broken = mask.block(rows, columns)
                yield broken
            else:
                if scores is None:
                    terms_of = self.terms_of_pairs if listed else self.terms_of_block
                    scores = terms_of(rows, columns).score
                yield scores < min_score_of(rule)

    def blocks(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield (rows, columns) of blocks that cover all pairs, of some 260,000 pairs each."""
        columns = np.arange(len(self.mentors))
        step = max(1, _BLOCK_CELLS // max(1, len(columns)))
        for start in range(0, len(self.mentees), step):
            yield np.arange(start, min(start + step, len(self.mentees))), columns

    # --- all pairs -------------------------------------------------------------------------

    @cached_property
    def _matrix(self) -> Ints:
        matrix = np.empty(self.shape, dtype=np.int64)
        for rows, columns in self.blocks():
            matrix[rows[0] : rows[-1] + 1] = self.block(rows, columns)
        matrix.setflags(write=False)
        return matrix

    def to_numpy(self) -> Ints:
        """Return all scores: int64 millionths, shape (n_mentees, n_mentors), -1 = forbidden."""
        return self._matrix

    def to_frame(self) -> pd.DataFrame:
        """Return the acceptable pairs, one a row: mentee, mentor, score, and each contribution."""
        matrix = self.to_numpy()
        mentees, mentors = np.nonzero(matrix >= 0)
        return self.table(mentees, mentors)

    # --- lists of pairs --------------------------------------------------------------------

    def terms_of_pairs(self, mentees: Ints, mentors: Ints) -> ScoreTerms:
        """Return contributions and views of listed pairs, arrays of shape (…, n_pairs).

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.
        """
        return self.weighting.terms(
            self._criterion_scores_of_pairs(mentees, mentors), mentees.shape
        )

    def scores_of_pairs(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the scores of listed pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Millionths, -1 where forbidden.
        """
        scores = self.terms_of_pairs(mentees, mentors).score
        forbidden = np.zeros(mentees.shape, dtype=bool)
        for broken in self._broken_rules(mentees, mentors, scores, listed=True):
            forbidden |= broken
        scores[forbidden] = FORBIDDEN
        return scores

    def forbidden_by_of_pairs(
        self, mentees: Ints, mentors: Ints, scores: Ints | None = None
    ) -> Ints:
        """Return which rule forbids each listed pair: of several, the first in `rules`.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.
        scores : ndarray of int64, shape (n_pairs,), optional
            Scores of the pairs in millionths, where they are already known.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            Position in `rules`, -1 where the pair is acceptable.
        """
        first_rule = np.full(mentees.shape, -1, dtype=np.int64)
        for index, broken in enumerate(self._broken_rules(mentees, mentors, scores, listed=True)):
            first_rule[broken & (first_rule < 0)] = index
        return first_rule

    def _criterion_scores_of_pairs(self, mentees: Ints, mentors: Ints) -> list[NDArray[np.float64]]:
        with np.errstate(over="ignore"):
            return [values_of_pairs(kernel, mentees, mentors) for kernel in self.kernels]

    def table(self, mentees: Ints, mentors: Ints) -> pd.DataFrame:
        """Return listed pairs as a DataFrame.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.

        Returns
        -------
        DataFrame
            A row a pair: ids, score in [0, 1] and the contribution of each criterion in [0, 1].
        """
        import pandas as pd

        terms = self.terms_of_pairs(mentees, mentors)
        data = {
            "mentee": [self.mentees[row] for row in mentees.tolist()],
            "mentor": [self.mentors[column] for column in mentors.tolist()],
            "score": terms.score / MILLION,
        }
        for name, contribution in zip(self.criteria, terms.contributions, strict=True):
            data[name] = contribution / MILLION
        return pd.DataFrame(data)

    def pair(self, mentee: str, mentor: str) -> PairScore:
        """Return everything about one pair.

        Parameters
        ----------
        mentee, mentor : str
            Ids.

        Raises
        ------
        CohortError
            Somebody is not in the cohort; the nearest id is named.
        """
        row, column = self.position("mentee", mentee), self.position("mentor", mentor)
        return self.pairs(np.array([row]), np.array([column]))[0]

    def pairs(self, mentees: Ints, mentors: Ints) -> list[PairScore]:
        """Return everything about listed pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions, in cohort order.
        """
        criterion_scores = self._criterion_scores_of_pairs(mentees, mentors)
        terms = self.weighting.terms(criterion_scores, mentees.shape)
        score, first_rule = terms.score, self.forbidden_by_of_pairs(mentees, mentors, terms.score)
        pairs = []
        for index, (row, column) in enumerate(zip(mentees.tolist(), mentors.tolist(), strict=True)):
            rule = int(first_rule[index])
            values = [float(block[index]) for block in criterion_scores]
            pairs.append(
                PairScore(
                    self.mentees[row],
                    self.mentors[column],
                    int(score[index]) if rule < 0 else FORBIDDEN,
                    {
                        name: None if np.isnan(value) else value
                        for name, value in zip(self.criteria, values, strict=True)
                    },
                    dict(zip(self.criteria, terms.contributions[:, index].tolist(), strict=True)),
                    int(terms.mentee[index]),
                    int(terms.mentor[index]),
                    self.rules[rule] if rule >= 0 else None,
                )
            )
        return pairs

    def position(self, role: Role, id_: str) -> int:
        """Return the position of a person on their side, in cohort order.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        id_ : str
            Id, e-mail address or full name.

        Raises
        ------
        UnknownPersonError
            Nobody on that side is meant, or several people may be; these are named.
        """
        text = str(id_)  # a number of a DataFrame is read as text
        position = self.cohort.position_of(role, text)
        if position >= 0:
            return position
        reason, hint = f"no {role} has this id", self.cohort.directory.hint(text, role)
        problem = Problem(f"{role}s", "", "id", text, reason, hint, code="unknown_person")
        raise people_error([problem], self.cohort, role)

    def partners(self, role: Role, people: Ints) -> Iterator[tuple[Bools, dict[str, int]]]:
        """Yield, person by person, the acceptable partners, and how many each rule forbids.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        people : ndarray of int64
            Positions on that side, in cohort order.

        Yields
        ------
        ndarray of bool, shape (n_other_side,)
            Who of the other side is acceptable, in cohort order.
        dict of str to int
            How many partners each rule forbids, counted for the first rule that forbids a pair.
        """
        mentees, mentors = (np.arange(size) for size in self.shape)
        for start in range(0, len(people), _PEOPLE_PER_BLOCK):
            batch = people[start : start + _PEOPLE_PER_BLOCK]
            if role == "mentee":
                first_rule = self.forbidden_by(batch, mentors)
            else:
                first_rule = self.forbidden_by(mentees, batch).T
            for rule_idx in first_rule:
                counts: dict[str, int] = {}
                for index in rule_idx[rule_idx >= 0].tolist():
                    counts[self.rules[index]] = counts.get(self.rules[index], 0) + 1
                yield rule_idx < 0, counts

    def barred_by(self, role: Role, person: int) -> list[str]:
        """Return the rules that forbid every pair of a person, whoever the partner is.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        person : int
            Position on that side, in cohort order.
        """
        return [
            name
            for name, mask in zip(self.rules, self.masks, strict=True)
            if isinstance(mask, EitherFlagged)
            and (mask.mentees if role == "mentee" else mask.mentors)[person]
        ]

    def broken_rules(self, mentee: int, mentor: int) -> list[tuple[str, str]]:
        """Return every rule that forbids a pair, and why; for sensitive columns no reason.

        Parameters
        ----------
        mentee, mentor : int
            Positions, in cohort order.
        """
        row, column = np.array([mentee]), np.array([mentor])
        score = int(self.terms_of_block(row, column).score[0, 0])
        broken = []
        for name, rule, mask in zip(self.rules, self.rule_list, self.masks, strict=True):
            if mask is None:
                if score < min_score_of(rule):
                    broken.append((name, f"it is {score / MILLION:.3f}"))
            elif mask.block(row, column)[0, 0]:
                hidden = rule.reads_sensitive(self.setting)
                why = "" if hidden else rule.fact(self.cohort, self.setting, mentee, mentor)
                broken.append((name, why))
        return broken

    # --- pins ------------------------------------------------------------------------------

    @cached_property
    def pins(self) -> Relation:
        """The pairs that must be in every matching, as positions.

        Raises
        ------
        SchemeError
            A rule forbids a pin, or somebody has more pins than capacity.
        """
        pins = stated_pins(self.cohort, self.scheme)
        if not len(pins):
            return pins
        first_rule = self.forbidden_by_of_pairs(pins.mentees, pins.mentors)
        rules = [self.rules[rule] if rule >= 0 else None for rule in first_rule.tolist()]
        problems = list(pin_problems(pins, self.cohort, self.scheme, rules))
        if problems:
            raise SchemeError(problems)
        return pins

    def __repr__(self) -> str:
        return (
            f"PairScores of {len(self.mentees)} mentees × {len(self.mentors)} mentors, "
            f"criteria: {', '.join(self.criteria) or '-'}"
        )


def min_score_of(rule: Rule) -> int:
    """Return the lowest score that a rule allows, in millionths.

    Parameters
    ----------
    rule : Rule
        0 for a rule that is not about scores.
    """
    return round(MILLION * (rule.score_floor or 0.0))
