"""`Sweep`: the pairs above given prices, among all pairs, without ever holding the matrix."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from rmmatch.numeric import Ints, n_cores, pair_keys
from rmmatch.scoring.pair_scores import FORBIDDEN, PairScores
from rmmatch.scoring.sweep.buffers import Scratch
from rmmatch.scoring.sweep.executors import ExecutorClient
from rmmatch.scoring.sweep.rare_words import relation_keys
from rmmatch.scoring.sweep.scanner import PairScanner, ScanQuery, ScanTask, concatenate

__all__ = ["NO_PAIR", "Sweep"]

PairArrays = tuple[Ints, Ints, Ints]

NO_PAIR = -(2**62)  # exactness
"""What `Sweep.row_best` returns for a mentee without an acceptable mentor."""

_MAX_PRICE = 2**60  # millionths: sums of prices stay in 64 bits; exactness
_MAX_MARGIN = 2**61  # millionths: above the sum of any two prices; exactness
# Pairs that one thread has done before others have started.
_MAX_SINGLE_THREAD_PAIRS = 10_000_000  # speed only
_TASKS_PER_THREAD = 8  # so that threads end at about one time; speed only
_SCORE_BITS = 22  # bits of a score: a million, and a half for each rounding; exactness


class Sweep:
    """All pairs of a cohort under a scheme, searched by price.

    Every answer is exact. Blocks of pairs are bounded from above in float32, groups of mentees
    at once where that decides; what may lie above the prices is scored in whole numbers by the
    same code as every other score. The answers depend on none of `workers`, `executor` and `block`.

    Parameters
    ----------
    scores : PairScores
    workers : int, optional
        Threads; by default as many as there are cores for this process.
    executor : concurrent.futures.Executor, optional
        Computes tasks of large sweeps in place of the threads: processes, or a cluster. A task it
        fails to do is done in this process. It stays open.
    block : (int, int)
        Mentees and mentors of a block.
    prune : bool
        Whether groups of mentees are bounded first; without, every pair is (to measure).
    largest_table : int
        Cells of a table over codes; what would need more is a product, or done pair by pair.
    pairs_a_task : int, optional
        Pairs that an executor is sent at once, however small the sweep; by default as many as
        take about a second, and small sweeps are done in this process.

    Examples
    --------
    >>> import numpy as np
    >>> import rmmatch as rm
    >>> from rmmatch.scoring import PairScores
    >>> sweep = Sweep(PairScores(*rm.synthetic.demo()))
    >>> n_mentees, n_mentors = sweep.shape
    >>> free = np.zeros(n_mentees, dtype=np.int64), np.zeros(n_mentors, dtype=np.int64)
    >>> rows, columns, scores = sweep.candidates(*free, margin=-900_000)
    >>> bool((scores > 900_000).all())
    True
    """

    def __init__(
        self,
        scores: PairScores,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        block: tuple[int, int] = (64, 2048),
        prune: bool = True,
        largest_table: int = 1 << 20,
        pairs_a_task: int | None = None,
    ) -> None:
        self.scores = scores
        self.shape = scores.shape
        self.workers = n_cores() if workers is None else workers
        self._scanner = PairScanner(scores, block, prune, largest_table)
        self._bound = self._scanner.bound
        self._client = (
            None if executor is None else ExecutorClient(executor, self._scanner, pairs_a_task)
        )
        exceptions = self._bound.exceptions
        values = self._scanner.scores_by_definition(exceptions.mentees, exceptions.mentors)
        allowed = values >= 0
        self._exceptions: PairArrays = (
            exceptions.mentees[allowed],
            exceptions.mentors[allowed],
            values[allowed],
        )
        self._corrections = self._all_corrections(values)

    @property
    def notes(self) -> tuple[str, ...]:
        """Criteria and rules without a fast form, and what an executor failed to do."""
        return self._bound.notes + self.executor_failures

    @property
    def executor_failures(self) -> tuple[str, ...]:
        """What an executor failed to do."""
        return () if self._client is None else self._client.failures

    def candidates(
        self,
        u: Ints,
        v: Ints,
        margin: int | Ints = 0,
        rows: Ints | None = None,
        columns: Ints | None = None,
    ) -> PairArrays:
        """Return every acceptable pair whose score less both prices is above ``-margin``.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size; people in cohort order.
        margin : int or ndarray of int64, shape (n_mentees,)
            Millionths; 2⁶⁰ or more finds every acceptable pair if the prices are smaller than
            2⁵⁹.
        rows, columns : ndarray of int64, optional
            Positions to look at, in cohort order, listed in any order, none twice; by default all.

        Returns
        -------
        rows, columns, scores : ndarray of int64, shape (n_found,)
            Positions and millionths, sorted by row, then column.

        Raises
        ------
        ValueError
            A price is too large.
        """
        task = self._scan_task(u, v, rows, columns, margin)
        mentees, mentors, values = self._exceptions_in(task)
        floor = u[mentees] - np.minimum(_margin_of(margin, mentees), _MAX_MARGIN)
        keep = values > floor + v[mentors]
        answers = self._run_task(ScanQuery(), task)
        answers.append((mentees[keep], mentors[keep], values[keep]))
        return _sort_pairs(concatenate(answers), self.shape[1])

    def violations(
        self, u: Ints, v: Ints, rows: Ints | None = None, columns: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Return by how much the prices of each person fall short at most.

        That is the largest ``score - u - v`` over the acceptable partners looked at, or 0.

        Parameters
        ----------
        u, v : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size; people in cohort order.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        mentees, mentors : ndarray of int64, shapes (n_mentees,), (n_mentors,)
            Millionths, in cohort order; 0 for people not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        mentees, mentors = self._best_per_person(u, v, rows, columns, (0, 0))
        assert mentees is not None
        assert mentors is not None
        return mentees, mentors

    def row_best(self, v: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - v`` over the acceptable mentors of each mentee.

        Parameters
        ----------
        v : ndarray of int64, shape (n_mentors,)
            Prices in millionths, at most 2⁶⁰ in size; mentors in cohort order.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        ndarray of int64, shape (n_mentees,)
            Millionths, in cohort order; `NO_PAIR` for a mentee without an acceptable mentor, or
            not looked at.

        Raises
        ------
        ValueError
            A price is too large.
        """
        u = np.zeros(self.shape[0], np.int64)
        best = self._best_per_person(u, v, rows, columns, (NO_PAIR, None))[0]
        assert best is not None
        return best

    def column_best(self, u: Ints, rows: Ints | None = None, columns: Ints | None = None) -> Ints:
        """Return the largest ``score - u`` over the acceptable mentees of each mentor.

        Parameters
        ----------
        u : ndarray of int64, shape (n_mentees,)
            Prices in millionths, at most 2⁶⁰ in size; mentees in cohort order.
        rows, columns : ndarray of int64, optional
            Positions to look at, none twice; by default all.

        Returns
        -------
        ndarray of int64, shape (n_mentors,)
            As `row_best` returns it.

        Raises
        ------
        ValueError
            A price is too large.
        """
        v = np.zeros(self.shape[1], np.int64)
        best = self._best_per_person(u, v, rows, columns, (None, NO_PAIR))[1]
        assert best is not None
        return best

    def block(self, rows: Ints, columns: Ints) -> Ints:
        """Return the scores of a block in millionths, -1 where forbidden.

        The same as `PairScores.block`, and much quicker where the scheme has a fast form.

        Parameters
        ----------
        rows, columns : ndarray of int64
            Positions of mentees and mentors, in cohort order, none twice.

        Returns
        -------
        ndarray of int64, shape (len(rows), len(columns))
        """
        bound = self._bound
        if not bound.is_exact or not len(rows) or not len(columns):
            return self.scores.block(rows, columns)
        scores = np.empty((len(rows), len(columns)), np.int64)
        height, width = self._scanner.size
        work = Scratch.of(height * width)
        tables = bound.mentor_codes(columns)
        for top in range(0, len(rows), height):
            mentees = rows[top : top + height]
            strip = bound.strip(mentees, np.zeros(len(mentees), np.float32), tables)
            for start in range(0, len(columns), width):
                batch = slice(start, start + width)
                codes = [form.columns[batch] for form in tables]
                total = bound.upper_bounds_into(work, strip, columns[batch], codes)
                scores[top : top + height, batch] = total.T
        scores[scores < bound.floor] = FORBIDDEN
        scores[bound.barred[0][rows]] = FORBIDDEN
        scores[:, bound.barred[1][columns]] = FORBIDDEN
        keys, values = self._corrections
        places = []
        for people, chosen, size in zip(
            (keys >> 32, keys & 0xFFFFFFFF), (rows, columns), self.shape, strict=True
        ):
            place = np.full(size, -1)
            place[chosen] = np.arange(len(chosen))
            places.append(place[people])
        in_block = (places[0] >= 0) & (places[1] >= 0)
        scores[places[0][in_block], places[1][in_block]] = values[in_block]
        return scores

    # --- tasks -----------------------------------------------------------------------------

    def _scan_task(
        self, u: Ints, v: Ints, rows: Ints | None, columns: Ints | None, margin: int | Ints = 0
    ) -> ScanTask:
        """Return the people to look at, neighbours alike, without those whom the rules bar."""
        chosen = []
        for positions, size, barred in zip(
            (rows, columns), self.shape, self._bound.barred, strict=True
        ):
            people = np.arange(size) if positions is None else positions
            chosen.append(people[~barred[people]])
        mentees, mentors = chosen
        task = ScanTask(mentees, mentors, u[mentees], v[mentors])
        if any((np.abs(prices) > _MAX_PRICE).any() for prices in (task.u, task.v)):
            raise ValueError("a price is larger than 2**60")
        task = replace(task, u=task.u - np.minimum(_margin_of(margin, mentees), _MAX_MARGIN))
        return self._scanner.in_best_order(task)

    def _run_task(self, query: ScanQuery, task: ScanTask) -> list[Any]:
        """Return the answers to tasks of the rows."""
        n_pairs = len(task.rows) * len(task.columns)
        size = None if self._client is None else self._client.pairs_per_task(n_pairs)
        if self._client is not None and size is not None:
            tasks = self._split_task(task, -(-n_pairs // size))
            answers = self._client.run(query, tasks)
        else:
            is_small = self.workers == 1 or n_pairs <= _MAX_SINGLE_THREAD_PAIRS
            tasks = self._split_task(task, 1 if is_small else self.workers * _TASKS_PER_THREAD)
            answers = [None] * len(tasks)
        unanswered = [index for index, answer in enumerate(answers) if answer is None]
        computed = self._run_in_threads(query, [tasks[index] for index in unanswered])
        for index, answer in zip(unanswered, computed, strict=True):
            answers[index] = answer
        return answers

    def _split_task(self, task: ScanTask, n_tasks: int) -> list[ScanTask]:
        """Return about so many tasks of the rows."""
        height = self._scanner.size[0]
        step = max(1, -(-len(task.rows) // (max(n_tasks, 1) * height))) * height
        cuts = (slice(top, top + step) for top in range(0, len(task.rows), step))
        return [replace(task, rows=task.rows[cut], u=task.u[cut]) for cut in cuts]

    def _run_in_threads(self, query: ScanQuery, tasks: list[ScanTask]) -> list[Any]:
        """Return the answers to tasks by threads of this process."""
        if len(tasks) <= 1 or self.workers == 1:
            return [query.run(self._scanner, task) for task in tasks]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(lambda task: query.run(self._scanner, task), tasks))

    def _best_per_person(
        self,
        u: Ints,
        v: Ints,
        rows: Ints | None,
        columns: Ints | None,
        lowest: tuple[int | None, int | None],
    ) -> list[Ints | None]:
        """Return the largest ``score - u - v`` of an acceptable pair of each person."""
        task = self._scan_task(u, v, rows, columns)
        best_by_side = [
            None if least is None else np.full(size, least)
            for least, size in zip(lowest, self.shape, strict=True)
        ]
        mentees, mentors, values = self._exceptions_in(task)
        values = values - u[mentees] - v[mentors]
        for best, people in zip(best_by_side, (mentees, mentors), strict=True):
            if best is not None:
                np.maximum.at(best, people, values)
        for rows_of_task, *answer in self._run_task(ScanQuery(lowest), task):
            sides = zip(best_by_side, (rows_of_task, task.columns), answer, strict=True)
            for best, people, best_of_task in sides:
                if best is not None:
                    best[people] = np.maximum(best[people], best_of_task)
        return best_by_side

    # --- exceptions ------------------------------------------------------------------------

    def _all_corrections(self, values: Ints) -> tuple[Ints, Ints]:
        """Return the pairs whose scores are not in the tables, as sorted keys, and the scores."""
        lists = self._bound.forbidden, self._bound.exceptions
        keys = np.concatenate([relation_keys(pairs) for pairs in lists])
        scores = np.concatenate([np.full(len(lists[0]), FORBIDDEN), values])
        keys, first = np.unique(keys, return_index=True)
        return keys, scores[first]

    def _exceptions_in(self, task: ScanTask) -> PairArrays:
        """Return the acceptable exceptions between people who are looked at."""
        mentees, mentors, values = self._exceptions
        if not len(mentees):
            return self._exceptions
        marks = [np.zeros(size, bool) for size in self.shape]
        marks[0][task.rows], marks[1][task.columns] = True, True
        is_sought = marks[0][mentees] & marks[1][mentors]
        return mentees[is_sought], mentors[is_sought], values[is_sought]


def _margin_of(margin: int | Ints, people: Ints) -> int | Ints:
    return margin if isinstance(margin, int) or not np.ndim(margin) else margin[people]


def _sort_pairs(pairs: PairArrays, n_mentors: int) -> PairArrays:
    """Return pairs and their scores, sorted by mentee, then mentor."""
    mentees, mentors, scores = pairs
    keys = pair_keys(mentees, mentors, n_mentors)
    if not len(keys) or keys.max() >= 1 << (63 - _SCORE_BITS):
        order = np.argsort(keys)
        return mentees[order], mentors[order], scores[order]
    # Sorting the numbers themselves is several times quicker than sorting their places.
    keys = np.sort((keys << _SCORE_BITS) + scores)
    scores = keys & ((1 << _SCORE_BITS) - 1)
    keys >>= _SCORE_BITS
    mentees = keys // n_mentors
    return mentees, keys - mentees * n_mentors, scores
