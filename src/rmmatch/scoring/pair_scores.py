"""`PairScores`: the score of one pair, a block of pairs or all of them, always the same integer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Relation, Role
from rmmatch.errors import CohortError, Problem, SchemeError
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.pairwise.kernels import EitherFlagged, values_of_pairs
from rmmatch.rules import MustHave, Rule, always_in_force
from rmmatch.scheme import Scheme
from rmmatch.scoring.weighing import ScoreTerms, Weighting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PairScore", "PairScores"]

FORBIDDEN = -1
_BLOCK_CELLS = 1 << 18  # pairs evaluated at once: some megabytes a criterion
_PEOPLE_PER_BLOCK = 64


@dataclass(frozen=True)
class PairScore:
    """One pair, fully told.

    Attributes
    ----------
    mentee, mentor : str
        Ids.
    score : int
        Millionths; -1 where the pair is forbidden.
    raw : dict of str to float or None
        Each criterion's score in [0, 1], None where data is missing.
    contributions : dict of str to int
        Millionths; they add up to the score the pair has or would have.
    mentee_view, mentor_view : int
        Millionths; their mean is the score.
    forbidden_by : str or None
        The first rule that forbids the pair.
    """

    mentee: str
    mentor: str
    score: int
    raw: dict[str, float | None]
    contributions: dict[str, int]
    mentee_view: int
    mentor_view: int
    forbidden_by: str | None


class PairScores:
    """What every pair of a cohort is worth under a scheme.

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
            given = f"{type(cohort).__name__}, {type(scheme).__name__}"
            raise TypeError(f"expected a Cohort and a Scheme, in this order, not {given}")
        self.cohort = cohort = cohort.hiding(scheme.sensitive)
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
            MustHave(type="must_have", name=name, criterion=criterion, kernel=kernel)
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
            Positions of mentees and mentors.
        """
        return self.weighting.terms(self.criterion_scores(rows, columns), (len(rows), len(columns)))

    def criterion_scores(self, rows: Ints, columns: Ints) -> list[NDArray[np.float64]]:
        """Return each criterion's scores in [0, 1] of a block, NaN where data is missing."""
        # A quantity beyond the largest float is infinite, and so scores as it should.
        with np.errstate(over="ignore"):
            return [kernel.block(rows, columns) for kernel in self.kernels]

    def block(self, rows: Ints, columns: Ints) -> Ints:
        """Return the scores of a block in millionths, -1 where forbidden."""
        scores = self.terms_of_block(rows, columns).score
        scores[self.forbidden_by(rows, columns, scores) >= 0] = FORBIDDEN
        return scores

    def views(self, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
        """Return a block as the mentees and as the mentors see it, -1 where forbidden."""
        weighed = self.terms_of_block(rows, columns)
        forbidden = self.forbidden_by(rows, columns, weighed.score) >= 0
        return (
            np.where(forbidden, FORBIDDEN, weighed.mentee),
            np.where(forbidden, FORBIDDEN, weighed.mentor),
        )

    def forbidden_by(self, rows: Ints, columns: Ints, scores: Ints | None = None) -> Ints:
        """Return the position in `rules` of the first rule that forbids each pair, else -1.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and mentors.
        scores : ndarray of int64, optional
            The block's scores, where they are already known.
        """
        first = np.full((len(rows), len(columns)), -1, dtype=np.int64)
        for index, (rule, mask) in enumerate(zip(self.rule_list, self.masks, strict=True)):
            if mask is not None:
                with np.errstate(over="ignore"):
                    broken = mask.block(rows, columns)
            else:
                if scores is None:
                    scores = self.terms_of_block(rows, columns).score
                broken = scores < min_score_of(rule)
            first[broken & (first < 0)] = index
        return first

    def blocks(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield (rows, columns) that cover all pairs, of some 260,000 pairs each."""
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
        """Return contributions and views of listed pairs, arrays of shape (…, n_pairs)."""
        return self.weighting.terms(
            self._criterion_scores_of_pairs(mentees, mentors), mentees.shape
        )

    def scores_of_pairs(self, mentees: Ints, mentors: Ints) -> Ints:
        """Return the scores of listed pairs in millionths, -1 where forbidden.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions.
        """
        scores = self.terms_of_pairs(mentees, mentors).score
        forbidden = np.zeros(mentees.shape, dtype=bool)
        for broken in self._rules_broken_by_pairs(mentees, mentors, scores):
            forbidden |= broken
        scores[forbidden] = FORBIDDEN
        return scores

    def forbidden_by_of_pairs(
        self, mentees: Ints, mentors: Ints, scores: Ints | None = None
    ) -> Ints:
        """Return the position in `rules` of the first rule that forbids each listed pair, else -1.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions.
        scores : ndarray of int64, shape (n_pairs,), optional
            Of the pairs, where they are already known.
        """
        first = np.full(mentees.shape, -1, dtype=np.int64)
        for index, broken in enumerate(self._rules_broken_by_pairs(mentees, mentors, scores)):
            first[broken & (first < 0)] = index
        return first

    def _rules_broken_by_pairs(
        self, mentees: Ints, mentors: Ints, scores: Ints | None
    ) -> Iterator[Bools]:
        """Yield for each rule which of the listed pairs it forbids."""
        for rule, mask in zip(self.rule_list, self.masks, strict=True):
            if mask is not None:
                with np.errstate(over="ignore"):
                    broken: Bools = values_of_pairs(mask, mentees, mentors)
                yield broken
            else:
                if scores is None:
                    scores = self.terms_of_pairs(mentees, mentors).score
                yield scores < min_score_of(rule)

    def _criterion_scores_of_pairs(self, mentees: Ints, mentors: Ints) -> list[NDArray[np.float64]]:
        with np.errstate(over="ignore"):
            return [values_of_pairs(kernel, mentees, mentors) for kernel in self.kernels]

    def table(self, mentees: Ints, mentors: Ints) -> pd.DataFrame:
        """Return listed pairs as a DataFrame: ids, score in [0, 1], each contribution in [0, 1]."""
        import pandas as pd

        weighed = self.terms_of_pairs(mentees, mentors)
        data = {
            "mentee": [self.mentees[row] for row in mentees.tolist()],
            "mentor": [self.mentors[column] for column in mentors.tolist()],
            "score": weighed.score / MILLION,
        }
        for name, contribution in zip(self.criteria, weighed.contributions, strict=True):
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
        row = np.array([self.position("mentee", mentee)])
        column = np.array([self.position("mentor", mentor)])
        return self.pairs(row, column)[0]

    def pairs(self, mentees: Ints, mentors: Ints) -> list[PairScore]:
        """Return everything about listed pairs.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions.
        """
        raw = self._criterion_scores_of_pairs(mentees, mentors)
        weighed = self.weighting.terms(raw, mentees.shape)
        score, first = weighed.score, self.forbidden_by_of_pairs(mentees, mentors, weighed.score)
        told = []
        for at, (row, column) in enumerate(zip(mentees.tolist(), mentors.tolist(), strict=True)):
            rule = int(first[at])
            values = [float(block[at]) for block in raw]
            told.append(
                PairScore(
                    self.mentees[row],
                    self.mentors[column],
                    int(score[at]) if rule < 0 else FORBIDDEN,
                    {
                        name: None if np.isnan(value) else value
                        for name, value in zip(self.criteria, values, strict=True)
                    },
                    dict(zip(self.criteria, weighed.contributions[:, at].tolist(), strict=True)),
                    int(weighed.mentee[at]),
                    int(weighed.mentor[at]),
                    self.rules[rule] if rule >= 0 else None,
                )
            )
        return told

    def position(self, role: Role, id_: str) -> int:
        """Return where a person, given by id, e-mail address or full name, stands on their side.

        Raises
        ------
        CohortError
            Nobody on that side is meant by it, or several are; who may be is named.
        """
        text = str(id_)  # a number of a DataFrame is read as text
        position = self.cohort.position_of(role, text)
        if position >= 0:
            return position
        reason, hint = f"no {role} has this id", self.cohort.directory.hint(text, role)
        problem = Problem(f"{role}s", "", "id", text, reason, hint, code="unknown_person")
        raise CohortError([problem])

    def partners(self, role: Role, people: Ints) -> Iterator[tuple[Bools, dict[str, int]]]:
        """Yield, person by person, who of the other side is acceptable, and what forbids how many.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        people : ndarray of int64
            Positions on that side.

        Yields
        ------
        ndarray of bool, shape (n_other_side,)
        dict of str to int
            How many each rule forbade, by the first rule that forbids a pair.
        """
        mentees, mentors = (np.arange(size) for size in self.shape)
        for start in range(0, len(people), _PEOPLE_PER_BLOCK):
            some = people[start : start + _PEOPLE_PER_BLOCK]
            if role == "mentee":
                first = self.forbidden_by(some, mentors)
            else:
                first = self.forbidden_by(mentees, some).T
            for rules in first:
                counts: dict[str, int] = {}
                for index in rules[rules >= 0].tolist():
                    counts[self.rules[index]] = counts.get(self.rules[index], 0) + 1
                yield rules < 0, counts

    def barred_by(self, role: Role, person: int) -> list[str]:
        """Return the rules that keep a person from everybody, whoever the other is.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        person : int
            Position on that side.
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
            Positions.
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
        stated = self.cohort.relation("pinned")
        pairs = list(zip(stated.mentees.tolist(), stated.mentors.tolist(), strict=True))
        mentees, mentors = self.cohort.mentees.position, self.cohort.mentors.position
        for rule in self.scheme.rules:
            pairs += [(mentees[e], mentors[m]) for e, m in rule.pins()]
        pins = Relation.from_pairs(pairs)
        problems = [*self._forbidden_pins(pins), *self._surplus_pins(pins)]
        if problems:
            raise SchemeError(problems)
        return pins

    def _forbidden_pins(self, pins: Relation) -> Iterator[Problem]:
        for mentee, mentor in zip(pins.mentees, pins.mentors, strict=True):
            rule = int(self.forbidden_by(mentee[None], mentor[None])[0, 0])
            if rule >= 0:
                yield Problem(
                    *self._where_pinned(mentee, mentor),
                    f"{self.mentees[mentee]}, {self.mentors[mentor]}",
                    f"a rule forbids this pinned pair: {self.rules[rule]}",
                    "drop the pin, or make the rule allow the pair",
                    code="forbidden_pin",
                )

    def _where_pinned(self, mentee: int, mentor: int) -> tuple[str, str, str]:
        """Return file, row and path of a pin: a rule of the scheme, or the table of relations."""
        pair = self.mentees[mentee], self.mentors[mentor]
        for index, rule in enumerate(self.scheme.rules):
            if pair in rule.pins():
                return self.scheme.source, "", f"rules[{index}].pin[{rule.pins().index(pair)}]"
        return "relations", "", "pinned"

    def _surplus_pins(self, pins: Relation) -> Iterator[Problem]:
        for side, people in zip(self.cohort.sides, (pins.mentees, pins.mentors), strict=True):
            counts = np.bincount(people, minlength=len(side))
            for person in np.nonzero(counts > side.capacity)[0].tolist():
                yield Problem(
                    "pins of the scheme and the relations",
                    "",
                    "",
                    side.ids[person],
                    f"{counts[person]} pins for a {side.role} of capacity {side.capacity[person]}",
                    "drop pins, or raise the capacity",
                    code="too_many_pins",
                )

    def __repr__(self) -> str:
        return (
            f"PairScores of {len(self.mentees)} mentees × {len(self.mentors)} mentors, "
            f"criteria: {', '.join(self.criteria) or '-'}"
        )


def min_score_of(rule: Rule) -> int:
    """Return the lowest score that a rule about scores allows, in millionths."""
    return round(MILLION * (rule.score_floor or 0.0))
