"""Everything a scheme and a cohort ask for, as wishes that may be kept or let go one by one.

Unlike the other programmes this one knows the pairs that rules forbid: who lets a rule go may use
them. What always holds (withdrawal, refusals, forbidden pairs of the tables) is no wish.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmmatch.pairwise.kernels import values_of_pairs
from rmmatch.scheme.quotas import Quota
from rmmatch.rules import always_in_force
from rmmatch.scoring import PairScores
from rmmatch.scoring.pair_scores import floor_of
from rmmatch.solving.formulation.side_constraints import Row, limits_of
from rmmatch.solving.mip.mathopt import Answer, Outcome, solve_programme
from rmmatch.solving.assignment.network import Bools, Ints
from rmmatch.solving.formulation.formulation import Posed
from rmmatch.solving.mip.tier_model import Lines
from rmmatch.solving.stopping import Stop

__all__ = ["Demands", "Key", "any_missed", "demands_of", "fewest_missed", "linear_core", "rows_of"]

_MOST_CELLS = 300_000
_MOST_KINDS = 25_000_000  # pairs looked through for those of a kind
_UNBOUNDED = 2**39
_SOON = 1.0  # seconds to look for the fewest
_TINY = 1e-7


class Key(NamedTuple):
    """Which wish it is.

    `at` is a place among the pins, the rules of the demands or the rows; a person is given by
    side (0 is mentees) and place.
    """

    kind: Literal["pin", "rule", "quota", "min_load", "capacity"]
    at: int
    side: int = -1


@dataclass(frozen=True, eq=False)
class Demands:
    """All wishes over the pairs of people that they concern, people in the order of their ids.

    Attributes
    ----------
    keys : tuple of Key
    ends : tuple of ndarray of int64, shape (n_cells,)
        The mentee and the mentor of each pair that only wishes can forbid, where it matters.
    rules : tuple of int
        Positions in `PairScores.rule_list` of the rules that forbid some of these pairs.
    broken : ndarray of bool, shape (n_rules, n_cells)
    pins : ndarray of int64
        The cells that are pinned.
    rows : tuple of Row
        The limits of the hard quotas; `row_quotas` tells of which quota of the scheme.
    row_quotas : tuple of int
    least, used, most : tuple of ndarray of int64
        Of mentees and mentors: the least load, the least load of who has any, the capacity.
    """

    keys: tuple[Key, ...]
    ends: tuple[Ints, Ints]
    rules: tuple[int, ...]
    broken: Bools
    pins: Ints
    rows: tuple[Row, ...]
    row_quotas: tuple[int, ...]
    least: tuple[Ints, Ints]
    used: tuple[Ints, Ints]
    most: tuple[Ints, Ints]

    @cached_property
    def n_cells(self) -> tuple[Ints, Ints]:
        """How many cells each person of a side has."""
        sides = zip(self.ends, self.most, strict=True)
        mentees, mentors = (np.bincount(ends, minlength=most.size) for ends, most in sides)
        return mentees, mentors

    def missed(self, chosen: Bools) -> Bools:
        """Tell which wishes a choice of cells misses."""
        ends = self.ends[0][chosen], self.ends[1][chosen]
        loads = [np.bincount(ends[s], minlength=self.most[s].size) for s in (0, 1)]
        missed = np.zeros(len(self.keys), dtype=np.bool_)
        for at, (kind, index, side) in enumerate(self.keys):
            if kind == "pin":
                missed[at] = not chosen[self.pins[index]]
            elif kind == "rule":
                missed[at] = bool((self.broken[index] & chosen).any())
            elif kind == "quota":
                row = self.rows[index]
                missed[at] = not row.least <= row.reached(*ends) <= row.most
            elif kind == "capacity":
                missed[at] = loads[side][index] > self.most[side][index]
            else:
                load = loads[side][index]
                missed[at] = load < self.least[side][index] or 0 < load < self.used[side][index]
        return missed


def demands_of(scores: PairScores, posed: Posed) -> Demands | None:
    """Return what a cohort and a scheme ask for; None where it concerns too many pairs.

    Only pairs that help to keep a wish matter: who needs nobody, and is counted nowhere, may as
    well be left alone by the others who do.
    """
    orders = posed.mentees, posed.mentors
    frame = posed.frame
    hard = [i for i, quota in enumerate(scores.scheme.quotas) if not quota.is_soft]
    rows: list[Row] = []
    row_quotas: list[int] = []
    for index in hard:
        some = rows_of(scores, posed, scores.scheme.quotas[index])
        rows += some
        row_quotas += [index] * len(some)
    least = frame.least_mentees, frame.least_mentors
    used = posed.limits.used_mentees, posed.limits.used_mentors
    wanted = [(least[s] > 0) | (used[s] > 1) for s in (0, 1)]
    kinds = []
    for row in rows:
        if row.least > -_UNBOUNDED and row.kind is not None:
            kinds.append(row)
        elif row.least > -_UNBOUNDED:
            wanted = [w | (x != 0) for w, x in zip(wanted, (row.mentees, row.mentors), strict=True)]
    ends = _cells(wanted, kinds, (frame.fixed_mentees, frame.fixed_mentors))
    if ends is None:
        return None
    masks = [_forbidden(scores, rule, orders, ends) for rule in range(len(scores.rule_list))]
    n_implied = len(always_in_force())
    free = ~np.logical_or.reduce([*masks[:n_implied], np.zeros(ends[0].size, dtype=np.bool_)])
    ends = ends[0][free], ends[1][free]
    if ends[0].size > _MOST_CELLS:
        return None
    rules = [i for i in range(n_implied, len(masks)) if masks[i][free].any()]
    n_mentors = orders[1].size
    capacity = [
        side.capacity[order].astype(np.int64)
        for side, order in zip(scores.cohort.sides, orders, strict=True)
    ]
    demands = Demands(
        keys=(),
        ends=ends,
        rules=tuple(rules),
        broken=np.array([masks[i][free] for i in rules]).reshape(len(rules), ends[0].size),
        pins=np.searchsorted(
            ends[0] * n_mentors + ends[1],
            np.sort(frame.fixed_mentees * n_mentors + frame.fixed_mentors),
        ),
        rows=tuple(rows),
        row_quotas=tuple(row_quotas),
        least=least,
        used=used,
        most=(capacity[0], capacity[1]),
    )
    return replace(demands, keys=tuple(_keys(demands)))


def rows_of(scores: PairScores, posed: Posed, quota: Quota) -> list[Row]:
    """Return the rows of a hard quota, by the places of people.

    Who has a capacity of 0 counts as one who could be paired: the capacity is a wish by itself.
    """
    cohort = scores.cohort
    mentees, mentors = (replace(s, capacity=np.maximum(s.capacity, 1)) for s in cohort.sides)
    meaning = quota.meaning(cohort.replace(mentees=mentees, mentors=mentors), scores.setting)
    return list(limits_of([meaning], (posed.mentees, posed.mentors)).rows)


def _cells(
    wanted: Sequence[Bools], kinds: Sequence[Row], pins: tuple[Ints, Ints]
) -> tuple[Ints, Ints] | None:
    """Return the pairs with somebody wanted, or of a kind that is asked for, or pinned; sorted."""
    n_mentees, n_mentors = wanted[0].size, wanted[1].size
    # twice as many: some may always be forbidden
    n_wanted = int(wanted[0].sum()) * n_mentors + int(wanted[1].sum()) * n_mentees
    if n_wanted > 4 * _MOST_CELLS or (kinds and n_mentees * n_mentors > _MOST_KINDS):
        return None
    mentees, mentors = np.flatnonzero(wanted[0]), np.flatnonzero(wanted[1])
    found = [
        (mentees[:, None] * n_mentors + np.arange(n_mentors)).ravel(),
        (np.arange(n_mentees)[:, None] * n_mentors + mentors).ravel(),
        pins[0] * n_mentors + pins[1],
    ]
    for row in kinds:
        assert row.kind is not None
        holds = row.kind.holds(np.arange(n_mentees)[:, None], np.arange(n_mentors)[None, :])
        found.append(np.flatnonzero(holds))
        if found[-1].size > 4 * _MOST_CELLS:
            return None
    cells = np.unique(np.concatenate(found)).astype(np.int64)
    return cells // max(1, n_mentors), cells % max(1, n_mentors)


def _forbidden(
    scores: PairScores, rule: int, orders: tuple[Ints, Ints], ends: tuple[Ints, Ints]
) -> Bools:
    """Tell which pairs a rule forbids, whatever the others do."""
    mentees, mentors = orders[0][ends[0]], orders[1][ends[1]]
    mask = scores.masks[rule]
    with np.errstate(over="ignore"):
        if mask is None:
            below: Bools = scores.listed(mentees, mentors).score < floor_of(scores.rule_list[rule])
            return below
        return np.asarray(values_of_pairs(mask, mentees, mentors), dtype=np.bool_)


def _keys(demands: Demands) -> Iterator[Key]:
    """Yield the wishes; of the capacities only those that could bind."""
    yield from (Key("pin", index) for index in range(demands.pins.size))
    yield from (Key("quota", index) for index in range(len(demands.rows)))
    for side in (0, 1):
        asked = (demands.least[side] > 0) | (demands.used[side] > 1)
        yield from (Key("min_load", who, side) for who in np.flatnonzero(asked).tolist())
    for side in (0, 1):
        binds = demands.n_cells[side] > demands.most[side]
        yield from (Key("capacity", who, side) for who in np.flatnonzero(binds).tolist())
    yield from (Key("rule", index) for index in range(len(demands.rules)))


def fewest_missed(demands: Demands, kept: Bools, deadline: float) -> Bools | None:
    """Return what a choice misses that keeps some wishes and misses few; None where none can.

    As few as possible, unless that takes too long.

    Raises
    ------
    TimeoutError
        The deadline passed, or the solver's answer did not stand when looked at in whole numbers.
    """
    posed = _Posing(demands, kept, is_elastic=True)
    soon = min(deadline, time.monotonic() + _SOON)
    answer = posed.solved(posed.worth_of_keeping(), is_whole=True, deadline=soon)
    if answer.outcome is Outcome.INFEASIBLE:
        return None
    if answer.x is not None:
        missed = posed.missed(answer.x)
        if not (missed & kept).any():
            return missed
    return any_missed(demands, kept, deadline)


def any_missed(demands: Demands, kept: Bools, deadline: float) -> Bools | None:
    """Return what some choice misses that keeps some wishes; None where none can keep them.

    Raises
    ------
    TimeoutError
        As `fewest_missed`.
    """
    posed = _Posing(demands, kept, is_elastic=False)
    for is_whole in (False, True):
        if time.monotonic() > deadline:
            raise TimeoutError
        answer = posed.solved([], is_whole=is_whole, deadline=deadline)
        if answer.outcome is Outcome.INFEASIBLE:
            return None
        if answer.x is not None:
            missed = posed.missed(answer.x)
            if not (missed & kept).any():
                return missed
    raise TimeoutError


def linear_core(demands: Demands, kept: Bools, deadline: float) -> Bools:
    """Return those of some wishes that already cannot hold by linear programming, or all.

    The multipliers of what is missed least tell them (Farkas); they are not looked at again here.
    """
    posed = _Posing(demands, kept, is_elastic=False)
    worth = posed.add_slacks()
    answer = posed.solved(worth, is_whole=False, deadline=deadline)
    if answer.x is None or answer.duals is None:
        return kept
    duals = np.where(np.abs(answer.duals) > _TINY, answer.duals, 0.0)
    core = np.zeros_like(kept)
    for rows, places in posed.owners:
        core[places[duals[rows] != 0]] = True
    if not core.any():
        return kept
    programme = posed.programme
    gains = np.zeros(programme.objective.size)
    np.add.at(gains, programme.columns, -programme.entries * duals[programme.rows])
    # a pair that would help must stay forbidden: by as few rules as will do
    helps = gains[posed.cells] > _TINY
    rules = [(k, place) for k, place in posed.rules if kept[place]]
    while True:
        counts = [int((demands.broken[k] & helps).sum()) for k, _ in rules]
        if not any(counts):
            return core
        k, place = rules[int(np.argmax(counts))]
        core[place] = True
        helps &= ~demands.broken[k]


class _Posing:
    """The wishes as a programme: a column for each pair, one for each wish, and who is paired.

    Parameters
    ----------
    demands : Demands
    kept : ndarray of bool, shape (n_wishes,)
    is_elastic : bool
        Whether each of the others is let go by its column; else they are left out.

    Attributes
    ----------
    cells : ndarray of int64
        The columns of the pairs.
    owners : list of (ndarray, ndarray)
        Rows, and the places of the wishes they are.
    rules : list of (int, int)
        The rules, and the places of their wishes.
    """

    def __init__(self, demands: Demands, kept: Bools, *, is_elastic: bool) -> None:
        self.demands, self._kept = demands, kept
        self._there = kept | is_elastic
        self._at = {key: place for place, key in enumerate(demands.keys)}
        self._lines = lines = Lines()
        self.owners: list[tuple[Ints, Ints]] = []
        self.rules = [(k, self._at[Key("rule", k)]) for k in range(len(demands.rules))]
        barred = np.zeros(demands.ends[0].size, dtype=np.bool_)
        for k, place in self.rules:
            if kept[place]:
                barred |= demands.broken[k]
        self.cells = lines.add_columns(barred.size, 0.0, np.where(barred, 0.0, 1.0))
        self._let_go = lines.add_columns(kept.size, 0.0, np.where(kept, 0.0, 1.0))
        self._add_pins()
        if is_elastic:
            for k, place in self.rules:
                theirs = np.flatnonzero(demands.broken[k] & ~barred)
                links = lines.add_rows(theirs.size, -np.inf, 0.0)
                lines.put(links, self.cells[theirs], 1.0)
                lines.put(links, self._let_go[np.full(theirs.size, place)], -1.0)
        paired = [self._add_people(side) for side in (0, 1)]
        for index in range(len(demands.rows)):
            self._add_limit(index, paired)

    def worth_of_keeping(self) -> list[tuple[Ints, NDArray[np.float64]]]:
        """Return an objective that lets go of few."""
        return [(self._let_go, np.full(self._let_go.size, -1.0))]

    def add_slacks(self) -> list[tuple[Ints, NDArray[np.float64]]]:
        """Let every wish be missed by any amount; return an objective that misses little."""
        worth = []
        lows = np.concatenate([low for low, _ in self._lines.bounds])
        for rows, _ in self.owners:
            columns = self._lines.add_columns(rows.size, 0.0, np.inf, whole=False)
            self._lines.put(rows, columns, np.where(np.isfinite(lows[rows]), 1.0, -1.0))
            worth.append((columns, np.full(rows.size, -1.0)))
        return worth

    def solved(
        self,
        worth: list[tuple[Ints, NDArray[np.float64]]],
        *,
        is_whole: bool,
        deadline: float,
    ) -> Answer:
        """Solve it with an objective."""
        self.programme = self._lines.programme(worth)
        return solve_programme(self.programme, is_whole=is_whole, stop=Stop(deadline))

    def missed(self, x: NDArray[np.float64]) -> Bools:
        """Tell in whole numbers what a solution misses."""
        return self.demands.missed(x[self.cells] > 0.5)

    def _own(self, rows: Ints, places: Ints, factors: Ints | int) -> None:
        """Make rows those of wishes, which by their columns let them go."""
        self.owners.append((rows, places))
        self._lines.put(rows, self._let_go[places], factors)

    def _add_pins(self) -> None:
        pins = self.demands.pins
        places = np.array([self._at[Key("pin", i)] for i in range(pins.size)], dtype=np.int64)
        there = self._there[places]
        rows = self._lines.add_rows(int(there.sum()), 1.0, np.inf)
        self._lines.put(rows, self.cells[pins[there]], 1.0)
        self._own(rows, places[there], 1)

    def _add_loads(self, side: int, people: Ints, low: Ints | float, high: Ints | float) -> Ints:
        """Add rows of the loads of people."""
        rows = self._lines.add_rows(people.size, low, high)
        place = np.full(self.demands.most[side].size, -1, dtype=np.int64)
        place[people] = rows
        row = place[self.demands.ends[side]]
        self._lines.put(row[row >= 0], self.cells[row >= 0], 1.0)
        return rows

    def _wishes(
        self, kind: Literal["min_load", "capacity"], side: int, people: Ints
    ) -> tuple[Ints, Ints]:
        """Return those of the people whose wish is there, and its place."""
        places = np.array(
            [self._at.get(Key(kind, p, side), -1) for p in people.tolist()], dtype=int
        )
        there = (places >= 0) & self._there[places]
        return people[there], places[there]

    def _add_people(self, side: int) -> Ints:
        """Add what is asked of loads; return the columns that say who is paired, or -1."""
        demands, lines = self.demands, self._lines
        most, least, used = demands.most[side], demands.least[side], demands.used[side]
        n_cells = demands.n_cells[side]
        binding, places = self._wishes("capacity", side, np.arange(most.size))
        rows = self._add_loads(side, binding, -np.inf, most[binding])
        self._own(rows, places, -np.maximum(0, n_cells - most)[binding])
        asked, places = self._wishes("min_load", side, np.flatnonzero(least > 0))
        rows = self._add_loads(side, asked, least[asked], np.inf)
        self._own(rows, places, least[asked])

        weighed = [(limit.mentees, limit.mentors)[side] != 0 for limit in demands.rows]
        counted = np.flatnonzero(np.logical_or.reduce([used > 1, *weighed]))
        paired = np.full(most.size, -1, dtype=np.int64)
        paired[counted] = lines.add_columns(counted.size, 0.0, 1.0)
        # load >= paired, load <= cells·paired; and load >= used·paired
        rows = self._add_loads(side, counted, 0.0, np.inf)
        lines.put(rows, paired[counted], -1.0)
        rows = self._add_loads(side, counted, -np.inf, 0.0)
        lines.put(rows, paired[counted], -n_cells[counted])
        many, places = self._wishes("min_load", side, np.flatnonzero(used > 1))
        rows = self._add_loads(side, many, 0.0, np.inf)
        lines.put(rows, paired[many], -used[many])
        self._own(rows, places, used[many])
        return paired

    def _add_limit(self, index: int, paired: Sequence[Ints]) -> None:
        """Add both bounds of a limit, each far away where the wish is let go."""
        limit, place = self.demands.rows[index], np.array([self._at[Key("quota", index)]])
        if not self._there[place[0]]:
            return
        terms: list[tuple[Ints, Ints]] = []
        for side, weights in enumerate((limit.mentees, limit.mentors)):
            people = np.flatnonzero(weights)
            terms.append((paired[side][people], weights[people]))
        counted = np.flatnonzero(limit.over(*self.demands.ends))
        terms.append((self.cells[counted], np.ones(counted.size, dtype=np.int64)))
        factors = np.concatenate([values for _, values in terms])
        lowest, highest = int(factors[factors < 0].sum()), int(factors[factors > 0].sum())
        for low, high, loose in (
            (float(limit.least), np.inf, max(0, limit.least - lowest)),
            (-np.inf, float(limit.most), min(0, limit.most - highest)),
        ):
            if abs(low if high == np.inf else high) < _UNBOUNDED:
                row = self._lines.add_rows(1, low, high)
                for columns, values in terms:
                    self._lines.put(np.broadcast_to(row, columns.shape), columns, values)
                self._own(row, place, loose)
