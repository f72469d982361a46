"""Quantities that both a criterion and a rule are about: grade gaps, shared time, values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Ragged, Side, Slot
from rmmatch.declarations.setting import Mismatch, SchemeContext, to_number
from rmmatch.errors import HIDDEN
from rmmatch.numeric import Ints
from rmmatch.pairwise.base import Block
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import Counts, Jaccard, Outer, Profiles, counts_kernel
from rmmatch.spelling import fold

__all__ = [
    "common_stretches",
    "cycle_mismatches",
    "gap_text",
    "grade_gap",
    "number_columns",
    "number_difference",
    "number_mismatches",
    "same_value",
    "shared_minutes",
    "shared_values",
    "unique_profiles",
]

MINUTES_A_WEEK = 7 * 24 * 60  # minutes; exactness
_GAP_BY_DIRECTION: dict[str, Callable[[Any, Any], Any]] = {
    "reverse": lambda mentee, mentor: mentee - mentor,
    "traditional": lambda mentee, mentor: mentor - mentee,
    "peer": lambda mentee, mentor: abs(mentee - mentor),
}


def grade_gap(cohort: Cohort, setting: SchemeContext) -> Outer:
    """Return the kernel of the grade gap of each pair, in levels; NaN where a grade is missing.

    The gap is *senior minus junior*: mentee minus mentor in a ``reverse`` scheme, mentor minus
    mentee in a ``traditional`` one, and without sign among ``peer`` people.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
        Its direction, and the level of each grade.
    """
    levels = [setting.levels(side) for side in cohort.sides]
    return Outer(levels[0], levels[1], _GAP_BY_DIRECTION[setting.direction])


def gap_text(cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
    """Return the grades and the gap of a pair: ``ST4 → Consultant, gap 5``, junior first.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
    mentee, mentor : int
        Positions, in cohort order.
    """
    ends = [cohort.mentees.column("grade")[mentee], cohort.mentors.column("grade")[mentor]]
    levels = [None if label is None else setting.level(label) for label in ends]
    if levels[0] is None or levels[1] is None:
        return "grade missing"
    gap = _GAP_BY_DIRECTION[setting.direction](levels[0], levels[1])
    if setting.direction == "reverse":
        ends.reverse()
    return f"{ends[0]} → {ends[1]}, gap {gap:g}"


def minutes_of_slots(slots: Iterable[Slot], cycle_weeks: int) -> Iterator[tuple[int, int]]:
    """Yield free stretches as minutes of the cycle; a slot of no week is in every week.

    Parameters
    ----------
    slots : iterable of Slot
    cycle_weeks : int

    Yields
    ------
    start, end : int
        Minutes from the beginning of the cycle.
    """
    for slot in slots:
        weeks = range(cycle_weeks) if slot.week is None else (slot.week - 1,)
        for week in weeks:
            midnight = week * MINUTES_A_WEEK + slot.day * 24 * 60
            yield midnight + slot.start, midnight + slot.end


def shared_minutes(cohort: Cohort, setting: SchemeContext) -> Counts:
    """Return the kernel of the minutes in which both people of a pair are free in one cycle.

    The cycle is cut at every time at which anybody's stretch starts or ends; within such a piece
    a person is free or not, so the shared minutes are a product of 0/1 rows and piece lengths.
    NaN where an availability is missing.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
    """
    distinct = [
        [list(minutes_of_slots(slots, setting.cycle_weeks)) for slots in side.calendars]
        for side in cohort.sides
    ]
    edges = sorted({t for side in distinct for person in side for pair in person for t in pair})
    # Sums stay below the minutes of the cycle (at most 53 weeks), far under float32's 2²⁴: exact.
    lengths = np.diff(np.array(edges, dtype=np.int64)).astype(np.float32)
    numbers = lengths, np.ones_like(lengths)
    mentees, mentors = map(_free_pieces, cohort.sides, distinct, (edges, edges), numbers)
    return Counts(mentees, mentors)


def _free_pieces(
    side: Side, people: list[list[tuple[int, int]]], edges: list[int], numbers: NDArray[np.float32]
) -> Profiles:
    """Return the pieces between edges in which people are free, with the number of each piece."""
    piece = {time: index for index, time in enumerate(edges)}
    free = np.zeros((len(people) + 1, len(numbers)), dtype=np.float32)
    for row, stretches in enumerate(people):
        for start, end in stretches:
            pieces = slice(piece[start], piece[end])
            free[row, pieces] = numbers[pieces]
    is_missing = side.calendar < 0
    # People without data have the row of zeros at the end.
    return Profiles(free, np.where(is_missing, len(people), side.calendar), is_missing)


def common_stretches(
    mentee_slots: Iterable[Slot], mentor_slots: Iterable[Slot]
) -> tuple[Slot, ...]:
    """Return the stretches in which two people are free, sorted.

    Parameters
    ----------
    mentee_slots, mentor_slots : iterable of Slot
        When each of the two is free; a slot of no week is in every week.
    """
    mentor_slots = list(mentor_slots)
    shared = set()
    for a in mentee_slots:
        for b in mentor_slots:
            weeks = {a.week, b.week} - {None}
            start, end = max(a.start, b.start), min(a.end, b.end)
            if a.day == b.day and len(weeks) < 2 and start < end:
                shared.add(Slot(weeks.pop() if weeks else None, a.day, start, end))
    return tuple(sorted(shared, key=lambda slot: (slot.week or 0, *slot[1:])))


def cycle_mismatches(cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
    """Yield a mismatch where somebody's availability names a week beyond the cycle.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
    """
    weeks = [slot.week or 0 for side in cohort.sides for c in side.calendars for slot in c]
    if weeks and max(weeks) > setting.cycle_weeks:
        yield Mismatch(
            "cycle_weeks",
            str(setting.cycle_weeks),
            f"somebody wrote an availability in week {max(weeks)}",
            f"set `cycle_weeks: {max(weeks)}` in the scheme",
            code="week_beyond_cycle",
        )


def same_value(cohort: Cohort, column: str) -> Outer:
    """Return the kernel of 1.0 where two cells are the same, else 0.0; NaN where one is missing.

    Parameters
    ----------
    cohort : Cohort
    column : str
        The whole cell is one value.
    """
    labels = cohort.labels(column, several=False)

    def same(mentee: Block, mentor: Block) -> Block:
        alike: Block = (mentee == mentor).astype(np.float64)
        alike[np.broadcast_to((mentee < 0) | (mentor < 0), alike.shape)] = np.nan
        return alike

    return Outer(labels.mentees.first, labels.mentors.first, same)


def shared_values(cohort: Cohort, column: str) -> Jaccard:
    """Return the kernel of the values two cells share, over those that either has.

    Parameters
    ----------
    cohort : Cohort
    column : str
        A cell holds several values.
    """
    labels = cohort.labels(column, several=True)
    sides = labels.mentees, labels.mentors
    sets, codes = zip(*(unique_profiles(side) for side in sides), strict=True)
    mentees, mentors = (
        Profiles(SparseRows.from_sets(words, len(labels.names)), code, side.lengths == 0)
        for words, code, side in zip(sets, codes, sides, strict=True)
    )
    totals = [side.lengths.astype(np.float64) for side in sides]
    return Jaccard(counts_kernel(mentees, mentors), (totals[0], totals[1]))


def unique_profiles(people: Ragged, is_ordered: bool = False) -> tuple[Ragged, Ints]:
    """Return the distinct rows, and the code of each among them.

    Parameters
    ----------
    people : Ragged
        The codes of the words of each person.
    is_ordered : bool
        Whether rows that differ in their order alone are two.

    Returns
    -------
    sets : Ragged
        Each ascending, or in its order.
    codes : ndarray of int64, shape (n_people,)
    """
    flat, indptr = people.indices.tolist(), people.indptr.tolist()
    code_by_set: dict[tuple[int, ...], int] = {}
    codes = [
        code_by_set.setdefault(
            tuple(flat[start:stop] if is_ordered else sorted(flat[start:stop])), len(code_by_set)
        )
        for start, stop in pairwise(indptr)
    ]
    return Ragged.from_rows(code_by_set), np.array(codes, dtype=np.int64)


def number_columns(
    cohort: Cohort, column: str, words: Collection[str] = ()
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a column of numbers of each side; NaN where a cell is missing.

    Parameters
    ----------
    cohort : Cohort
    column : str
    words : collection of str
        Cells that may stand in the place of a number, and are missing here.

    Returns
    -------
    mentees, mentors : ndarray of float64, shape (n_people,)
        In the column's unit, in cohort order.
    """
    folded = frozenset(map(fold, words))
    mentees, mentors = (
        np.array(
            [
                np.nan if cell is None or (folded and fold(cell) in folded) else float(cell)
                for cell in side.column(column)
            ],
            dtype=np.float64,
        )
        for side in cohort.sides
    )
    return mentees, mentors


def number_difference(cohort: Cohort, column: str, words: Collection[str] = ()) -> Outer:
    """Return the kernel of ``|a - b|`` of two numbers; NaN where one is missing.

    Parameters
    ----------
    cohort : Cohort
    column : str
        Of numbers, in any unit.
    words : collection of str
        Cells that may stand in the place of a number, and are missing here.
    """
    numbers = number_columns(cohort, column, words)
    return Outer(*numbers, lambda mentee, mentor: np.abs(mentee - mentor))


def number_mismatches(
    cohort: Cohort, setting: SchemeContext, column: str, words: Collection[str] = ()
) -> Iterator[Mismatch]:
    """Yield a mismatch for every distinct cell of a column that is not a finite number.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
        Its sensitive columns, whose cells are not shown.
    column : str
    words : collection of str
        Cells that may stand in the place of a number.
    """
    folded = frozenset(map(fold, words))
    cells = dict.fromkeys(cell for side in cohort.sides for cell in side.column(column))
    for cell in cells:
        if cell is not None and to_number(cell) is None and fold(cell) not in folded:
            value = HIDDEN if column in setting.sensitive else cell
            reason = f"the column {column!r} must hold numbers"
            yield Mismatch("column", value, reason, code="not_a_number")
