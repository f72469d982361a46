"""What each rule does to a cohort, counted: alone, and beside the other rules.

Nothing is counted of a rule that reads a sensitive column: numbers that change as a rule is
switched on and off would show who is in a small group. For the same reason such a rule is not among
the others that a rule is counted beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort
from rmmatch.files.json_data import JsonAnswer
from rmmatch.numeric import Bools
from rmmatch.rules import MustHave, always_in_force
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores
from rmmatch.scoring.pair_scores import min_score_of

__all__ = ["MAX_COUNTED_PAIRS", "Effects", "RuleEffect", "effects"]

MAX_COUNTED_PAIRS = 4_000_000  # beyond this, counting takes seconds; speed only
_UNCOUNTED = "may leave somebody without a partner"


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule does.

    Attributes
    ----------
    path : str
        ``rules[1]``; of a criterion that a pair needs points for ``criteria[0]``; empty for a rule
        that always applies.
    name : str
        What it is called; that it is confidential, where it reads a sensitive column.
    n_pairs : int
        All pairs, of everybody with everybody.
    n_forbidden : int or None
        Pairs that it forbids; None where nothing is counted.
    n_forbidden_alone : int or None
        Those of them that no other rule forbids.
    n_people : int or None
        People who could have nobody if it were the only rule.
    n_people_more : int or None
        People who have nobody under all rules, and would have somebody without this one.
    is_confidential : bool
        Whether it reads a sensitive column.
    """

    path: str
    name: str
    n_pairs: int
    n_forbidden: int | None = None
    n_forbidden_alone: int | None = None
    n_people: int | None = None
    n_people_more: int | None = None
    is_confidential: bool = False

    @property
    def text(self) -> str:
        """The counts in words, as the end of a sentence about the rule."""
        if self.is_confidential:
            return _UNCOUNTED
        if self.n_forbidden is None:
            return f"is not counted, as there are {self.n_pairs:,} pairs"
        if not self.n_forbidden:
            return "forbids no pair"
        text = f"forbids {self.n_forbidden:,} of {self.n_pairs:,} pairs"
        if self.n_forbidden_alone == 0:
            text += ", all of which other rules forbid too"
        if self.n_people:
            people = "person" if self.n_people == 1 else "people"
            text += f"; {self.n_people:,} {people} could then have nobody"
        elif self.n_people_more:
            people = "person" if self.n_people_more == 1 else "people"
            text += f"; with the other rules, {self.n_people_more:,} {people} could have nobody"
        return text


@dataclass(frozen=True, slots=True)
class Effects(JsonAnswer):
    """What all rules do to a cohort.

    Attributes
    ----------
    rules : tuple of RuleEffect
        Those that always apply, then the scheme's in order, then criteria that a pair needs
        points for.
    n_pairs : int
    n_allowed : int or None
        Pairs that no counted rule forbids; None where nothing is counted.
    n_people_without : int or None
        People who have nobody under all counted rules.
    """

    rules: tuple[RuleEffect, ...]
    n_pairs: int
    n_allowed: int | None
    n_people_without: int | None

    def of(self, path: str) -> RuleEffect | None:
        """Return what the rule at a place does; None where there is none.

        Parameters
        ----------
        path : str
            ``rules[1]``.
        """
        return next((rule for rule in self.rules if path and rule.path == path), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        rules = [{**asdict(rule), "text": rule.text} for rule in self.rules]
        return {
            "n_pairs": self.n_pairs,
            "n_allowed": self.n_allowed,
            "n_people_without": self.n_people_without,
            "rules": rules,
        }


def effects(cohort: Cohort, scheme: Scheme, *, max_pairs: int = MAX_COUNTED_PAIRS) -> Effects:
    """Count what each rule of a scheme forbids.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    max_pairs : int
        Of more pairs than this nothing is counted.

    Raises
    ------
    SchemeError
        The cohort lacks something the scheme needs.

    Examples
    --------
    >>> from rmmatch import synthetic
    >>> cohort, scheme = synthetic.demo()
    >>> effects(cohort, scheme).of("rules[5]").text
    'forbids 115 of 2,700 pairs; 1 person could then have nobody'
    """
    scores = PairScores(cohort, scheme)
    n_pairs = scores.shape[0] * scores.shape[1]
    paths = _paths_of(scores)
    is_open = [not rule.reads_sensitive(scores.setting) for rule in scores.rule_list]
    if n_pairs > max_pairs:
        rules = (
            RuleEffect(path, name, n_pairs, is_confidential=not open_)
            for path, name, open_ in zip(paths, scores.rules, is_open, strict=True)
        )
        return Effects(tuple(rules), n_pairs, None, None)
    tally = _Tally(scores, [index for index, open_ in enumerate(is_open) if open_])
    effects_of_rules = (
        tally.effect(index, path) if is_open[index] else _hidden(path, scores.rules[index], n_pairs)
        for index, path in enumerate(paths)
    )
    return Effects(tuple(effects_of_rules), n_pairs, tally.n_allowed, tally.n_people_without)


def _hidden(path: str, name: str, n_pairs: int) -> RuleEffect:
    return RuleEffect(path, name, n_pairs, is_confidential=True)


def _paths_of(scores: PairScores) -> Sequence[str]:
    """Return the place of each rule in the scheme; empty for those that always apply."""
    n_implied, n_stated = len(always_in_force()), len(scores.scheme.rules)
    needed = [
        f"criteria[{index}]"
        for index, criterion in enumerate(scores.scheme.criteria)
        if criterion.must_have
    ]
    assert sum(isinstance(rule, MustHave) for rule in scores.rule_list) == len(needed)
    return (*("",) * n_implied, *(f"rules[{index}]" for index in range(n_stated)), *needed)


class _Tally:
    """Counts of all pairs, gathered block by block.

    Parameters
    ----------
    scores : PairScores
    counted : list of int
        Positions of the rules to be counted.
    """

    def __init__(self, scores: PairScores, counted: list[int]) -> None:
        self.scores = scores
        self.rows = {index: row for row, index in enumerate(counted)}
        n_rules = len(counted)
        self.forbidden = np.zeros(n_rules, dtype=np.int64)
        self.forbidden_alone = np.zeros(n_rules, dtype=np.int64)
        self.n_allowed = 0
        # Who has a partner under each rule alone, and under all rules but that one: mentees,
        # then mentors.
        self.alone = [np.zeros((n_rules, size), dtype=np.bool_) for size in scores.shape]
        self.without = [np.zeros((n_rules, size), dtype=np.bool_) for size in scores.shape]
        self.under_all = [np.zeros(size, dtype=np.bool_) for size in scores.shape]
        for rows, columns in scores.blocks():
            self._add(rows, columns)

    @property
    def n_people_without(self) -> int:
        """People who have nobody under all rules."""
        return int(sum(np.count_nonzero(~has_partner) for has_partner in self.under_all))

    def effect(self, index: int, path: str) -> RuleEffect:
        """Return what one rule does.

        Parameters
        ----------
        index : int
            Its position in `PairScores.rules`.
        path : str
        """
        row = self.rows[index]
        more = sum(
            np.count_nonzero(without[row] & ~under_all)
            for without, under_all in zip(self.without, self.under_all, strict=True)
        )
        return RuleEffect(
            path,
            self.scores.rules[index],
            self.scores.shape[0] * self.scores.shape[1],
            int(self.forbidden[row]),
            int(self.forbidden_alone[row]),
            int(sum(np.count_nonzero(~alone[row]) for alone in self.alone)),
            int(more),
        )

    def _add(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
        masks = self._masks(rows, columns)
        n_against = np.zeros((len(rows), len(columns)), dtype=np.int16)
        for mask in masks:
            n_against += mask
        allowed = n_against == 0
        self.n_allowed += int(np.count_nonzero(allowed))
        _mark(self.under_all, rows, allowed)
        for row, mask in enumerate(masks):
            alone_against = mask & (n_against == 1)
            self.forbidden[row] += np.count_nonzero(mask)
            self.forbidden_alone[row] += np.count_nonzero(alone_against)
            _mark([side[row] for side in self.alone], rows, ~mask)
            _mark([side[row] for side in self.without], rows, allowed | alone_against)

    def _masks(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> list[Bools]:
        """Return for each counted rule which pairs of a block it forbids."""
        scores = self.scores
        masks: list[Bools] = []
        points = None
        for index in self.rows:
            kernel = scores.masks[index]
            if kernel is not None:
                with np.errstate(over="ignore"):
                    masks.append(np.asarray(kernel.block(rows, columns), dtype=np.bool_))
                continue
            if points is None:
                points = scores.terms_of_block(rows, columns).score
            masks.append(points < min_score_of(scores.rule_list[index]))
        return masks


def _mark(sides: Sequence[Bools], rows: NDArray[np.int64], allowed: Bools) -> None:
    """Mark the mentees and the mentors of a block who have a partner in it."""
    if allowed.size:
        sides[0][rows] |= allowed.any(axis=1)
        sides[1][:] |= allowed.any(axis=0)
